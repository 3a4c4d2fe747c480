"""Times, amounts and JSON come back as they were written, on both databases."""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Column, Integer, MetaData, Table, insert, select

from coveragekit.errors import InputError
from coveragekit.registry.column_types import Id, Json, Money, UtcTime, canonical_json
from coveragekit.registry.opening import Registry

THINGS = Table(
    "things",
    MetaData(),
    Column("number", Integer, primary_key=True),
    Column("key", Id),
    Column("at", UtcTime),
    Column("price", Money),
    Column("said", Json),
)
# what both databases hold: PostgreSQL ends with the year 294276, Python with 9999
MOMENTS = st.datetimes(
    datetime(1, 1, 2),  # noqa: DTZ001
    datetime(9999, 12, 30),  # noqa: DTZ001
    timezones=st.sampled_from([UTC, timezone(timedelta(hours=-9, minutes=-30))]),
)
WORDS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**12), 10**12) | WORDS,
    lambda inner: st.lists(inner) | st.dictionaries(WORDS, inner),
    max_leaves=6,
)


@pytest.fixture
def things(registry: Registry) -> Registry:
    """Give a registry with a table of our own."""
    with registry.write() as connection:
        THINGS.create(connection)
    return registry


def _kept(things: Registry, **values) -> tuple:
    column = THINGS.c[next(iter(values))]
    with things.write() as connection:
        connection.execute(THINGS.delete())
        connection.execute(insert(THINGS).values(number=1, **values))
        return connection.execute(select(column)).scalar_one()


FEW = settings(
    max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@FEW
@given(moment=MOMENTS)
def test_a_moment_comes_back_in_utc(things: Registry, moment: datetime) -> None:
    kept = _kept(things, at=moment)

    assert kept == moment
    assert kept.utcoffset() == timedelta(0)


@FEW
@given(moments=st.lists(MOMENTS, min_size=2, max_size=5))
def test_moments_sort_as_they_follow(things: Registry, moments: list[datetime]) -> None:
    with things.write() as connection:
        connection.execute(THINGS.delete())
        rows = [{"number": n, "at": one} for n, one in enumerate(moments)]
        connection.execute(insert(THINGS), rows)
        query = select(THINGS.c.at).order_by(THINGS.c.at)
        after = select(THINGS.c.at).where(THINGS.c.at > moments[0])
        assert connection.execute(query).scalars().all() == sorted(moments)
        assert sorted(connection.execute(after).scalars()) == sorted(
            one for one in moments if one > moments[0]
        )


@FEW
@given(value=VALUES)
def test_json_comes_back(things: Registry, value: object) -> None:
    assert _kept(things, said=value) == value


@FEW
@given(hundredths=st.integers(-(10**14), 10**14))
def test_an_amount_comes_back_to_the_cent(things: Registry, hundredths: int) -> None:
    amount = Decimal(hundredths) / 100

    assert _kept(things, price=amount) == amount


@given(VALUES)
def test_canonical_json_is_one_text_for_one_value(value: object) -> None:
    text = canonical_json(value)

    assert json.loads(text) == value
    assert canonical_json(json.loads(text)) == text


def test_ids_sort_by_their_bytes(things: Registry) -> None:
    ids = ["a_b", "a-b", "aB", "ab", "á", "A"]
    with things.write() as connection:
        rows = [{"number": n, "key": one} for n, one in enumerate(ids)]
        connection.execute(insert(THINGS), rows)
        query = select(THINGS.c.key).order_by(THINGS.c.key)
        assert connection.execute(query).scalars().all() == sorted(ids)


@pytest.mark.parametrize("value", [math.nan, math.inf, {1, 2}, object(), {"a": b"x"}])
def test_what_json_does_not_know_is_refused(value: object) -> None:
    with pytest.raises(InputError, match="cannot be kept as JSON"):
        canonical_json(value)


def test_a_time_without_zone_and_a_third_of_a_cent_are_refused(
    things: Registry,
) -> None:
    with pytest.raises(InputError, match="has no zone"):
        _kept(things, at=datetime(2026, 1, 1))  # noqa: DTZ001
    with pytest.raises(InputError, match=r"at most two decimals; seen: 1\.005"):
        _kept(things, price=Decimal("1.005"))
