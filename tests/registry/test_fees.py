"""What integration costs, by which plan, on which day."""

from __future__ import annotations

import tomllib
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coveragekit.errors import InputError
from coveragekit.registry.fee_files import example_plan, parse_plan
from coveragekit.registry.fee_plans import add_plan, end_plan, kept_plans, plan_on
from coveragekit.registry.fees import Plan, Tier, quote

ROOT = Path(__file__).resolve().parent.parent.parent
DAY = date(2026, 7, 1)
CITY = """
name = "City 2026"
currency = "USD"
effective_from = 2026-01-01
effective_to = 2026-12-31
note = "Ask for grants."
[[tiers]]
cameras_from = 1
days_from = 0
one_off = "350.00"
yearly = "150.00"
[[tiers]]
cameras_from = 1
days_from = 30
one_off = "400.00"
yearly = "200.50"
[[tiers]]
cameras_from = 9
days_from = 0
one_off = "1200.00"
yearly = "600"
[[tiers]]
cameras_from = 33
days_from = 0
"""


@pytest.mark.parametrize(
    ("cameras", "days", "one_off", "yearly"),
    [
        (1, 0, "350.00", "150.00"),
        (8, 29, "350.00", "150.00"),
        (8, 30, "400.00", "200.50"),
        (8, 365, "400.00", "200.50"),
        (9, 0, "1200.00", "600.00"),
        (32, 30, "1200.00", "600.00"),
        (33, 30, None, None),
        (500, 0, None, None),
    ],
)
def test_the_price_is_that_of_the_last_step_reached(
    cameras, days, one_off, yearly
) -> None:
    found = quote(parse_plan(CITY), cameras=cameras, days=days, on=DAY)

    assert (found.one_off, found.yearly) == (
        Decimal(one_off) if one_off else None,
        Decimal(yearly) if yearly else None,
    )
    assert (found.plan, found.currency) == ("City 2026", "USD")


def test_some_years_cost_what_the_plan_says_of_the_first() -> None:
    plan = parse_plan(CITY)
    included = parse_plan(f"first_year_included = true\n{CITY}")

    apart = quote(plan, cameras=1, days=0, on=DAY)
    within = quote(included, cameras=1, days=0, on=DAY)

    assert [apart.total(years) for years in (1, 2, 3)] == [500, 650, 800]
    assert [within.total(years) for years in (1, 2, 3)] == [350, 500, 650]
    assert quote(plan, cameras=99, days=0, on=DAY).total(3) is None
    with pytest.raises(
        InputError, match="years: 0; allowed: a whole number, 1 or more"
    ):
        apart.total(0)


def test_a_quote_is_told_with_its_plan_and_dates_in_both_languages() -> None:
    plan = parse_plan(f"first_year_included = true\n{CITY}")

    english = quote(plan, cameras=9, days=30, on=DAY).words()
    spanish = quote(plan, cameras=1, days=30, on=DAY).words("es")

    assert english == (
        "For 9 cameras and 30 days stored: once 1,200.00 USD; 600.00 USD a year from "
        "the second year on; in the first year 1,200.00 USD in all. By the plan “City "
        "2026”, in force from 2026-01-01 to 2026-12-31. Registering a camera is free."
    )
    assert spanish.startswith(
        "Para 1 cámara e imágenes guardadas 30 días: una sola vez 400.00 USD"
    )
    assert "vigente del 2026-01-01 al 2026-12-31" in spanish
    assert (
        quote(plan, cameras=1, days=30, on=DAY).words("fr").startswith("For 1 camera")
    )
    request = quote(plan, cameras=40, days=30, on=DAY).words()
    assert "the price is on request." in request


def test_the_example_is_an_example_with_published_figures_only() -> None:
    plan = example_plan()
    found = quote(plan, cameras=1, days=30, on=date(2024, 7, 1))

    assert plan.example
    assert plan.name.startswith("Example")
    assert "Lexington" in plan.name
    assert "lexingtonky.news" in str(plan.source)
    assert (found.one_off, found.yearly) == (Decimal(350), Decimal(150))
    # the source's own sum over three years
    assert found.total(3) == Decimal(650)
    assert "not an offer" in found.words()
    assert "no una oferta" in found.words("es")


@pytest.mark.parametrize("on", [date(2025, 12, 31), date(2027, 1, 1)])
def test_a_plan_out_of_force_gives_no_price(on) -> None:
    with pytest.raises(InputError, match=r"not in force on .*; allowed: 2026-01-01 to"):
        quote(parse_plan(CITY), cameras=1, days=0, on=on)


@pytest.mark.parametrize("on", [date(2026, 1, 1), date(2026, 12, 31)])
def test_the_first_and_the_last_day_are_in_force(on) -> None:
    assert quote(parse_plan(CITY), cameras=1, days=0, on=on).one_off == 350


@pytest.mark.parametrize(
    ("cameras", "days", "match"),
    [
        (0, 0, "cameras: 0; allowed: a whole number, 1 or more"),
        (1, -1, "days: -1; allowed: a whole number, 0 or more"),
        (1.5, 0, "cameras: 1.5"),
        (True, 0, "cameras: True"),
    ],
)
def test_numbers_that_cannot_be_are_refused(cameras, days, match) -> None:
    with pytest.raises(InputError, match=match):
        quote(parse_plan(CITY), cameras=cameras, days=days, on=DAY)


def test_a_plan_may_have_no_price_for_few_days() -> None:
    plan = Plan("P", "USD", DAY, None, (Tier(2, 30, Decimal(1), Decimal(1)),))

    with pytest.raises(InputError, match="has no price for 1 cameras and 30 days"):
        quote(plan, cameras=1, days=30, on=DAY)


@pytest.mark.parametrize(
    ("before", "after", "match"),
    [
        ('name = "City 2026"', "", "missing name"),
        ('name = "City 2026"', 'name = " "', "name of the fee plan is missing"),
        ('"USD"', '"usd"', "currency 'usd'; allowed: three letters"),
        ('"USD"', '"US dollars"', "currency 'US dollars'"),
        ('"USD"', "840", "currency '840'"),
        ("2026-12-31", "2025-12-31", "it ends on 2025-12-31, before 2026-01-01"),
        ("2026-12-31", '"2026-12-31"', "allowed: a day, as 2026-01-31 without quotes"),
        ("2026-12-31", "2026-12-31T10:00:00", "effective_to: datetime"),
        ('"350.00"', "350.0", "one_off: 350.0; allowed: a text with two decimals"),
        ('"350.00"', '"350.001"', "one_off: '350.001'"),
        ('"350.00"', '"-1.00"', "one_off: '-1.00'"),
        ('"350.00"', '"NaN"', "one_off: 'NaN'"),
        ('"350.00"', '"Infinity"', "one_off: 'Infinity'"),
        ('"350.00"', '"1e400"', "one_off: '1e400'"),
        ('"350.00"', '"=1+1"', "one_off: '=1\\+1'"),
        ('one_off = "350.00"\n', "", "give one_off and yearly, or neither"),
        ("cameras_from = 9", "cameras_from = 0", "cameras_from: 0"),
        ("cameras_from = 9", "cameras_from = 1", "1 cameras, 0 days twice"),
        ("cameras_from = 9", "cameras = 9", "missing cameras_from; unknown cameras"),
        ('note = "Ask', 'offer = "Ask', "unknown offer; allowed: currency, "),
        ('note = "Ask for grants."', 'example = "no"', "example: 'no'; allowed: true"),
        ("[[tiers]]", "[[tiers]", "this is no TOML"),
    ],
)
def test_a_plan_that_cannot_be_is_refused(before, after, match) -> None:
    changed = CITY.replace(before, after, 1)
    assert changed != CITY

    with pytest.raises(InputError, match=match):
        parse_plan(changed)


def test_a_plan_without_prices_is_refused() -> None:
    bare = CITY.split("[[tiers]]", maxsplit=1)[0]

    with pytest.raises(InputError, match="missing tiers"):
        parse_plan(bare)
    with pytest.raises(InputError, match="tiers: none; give each price once"):
        parse_plan(f"tiers = []\n{bare}")


@given(
    st.lists(
        st.tuples(st.integers(1, 20), st.integers(0, 20)),
        min_size=1,
        max_size=8,
        unique=True,
    ),
    st.integers(1, 25),
    st.integers(0, 25),
)
def test_the_order_in_which_prices_are_written_is_irrelevant(
    places, cameras, days
) -> None:
    tiers = [Tier(*place, Decimal(at), Decimal(0)) for at, place in enumerate(places)]
    # by hand: sort out what holds, then the most cameras, then the most days
    holding = [one for one in places if one[0] <= cameras and one[1] <= days]
    found = []
    for order in (tiers, tiers[::-1]):
        plan = Plan("P", "USD", DAY, None, tuple(order))
        if holding:
            found.append(quote(plan, cameras=cameras, days=days, on=DAY).one_off)
        else:
            with pytest.raises(InputError, match="has no price"):
                quote(plan, cameras=cameras, days=days, on=DAY)

    assert found == ([Decimal(places.index(max(holding)))] * 2 if holding else [])


def test_a_city_adds_ends_and_replaces_its_plan(registry) -> None:
    first = parse_plan(CITY.replace("effective_to = 2026-12-31\n", ""))
    second = parse_plan(
        CITY.replace("2026-01-01", "2027-01-01").replace("2026-12-31", "2027-12-31")
    )
    with registry.write() as connection:
        plan_id = add_plan(connection, first, by="kim", role="administrator")
        with pytest.raises(InputError, match=r"overlaps with .*; end that one the day"):
            add_plan(connection, second, by="kim", role="administrator")
        last = date(2026, 12, 31)
        end_plan(connection, plan_id, last_day=last, by="kim", role="administrator")
        add_plan(connection, second, by="kim", role="administrator")
    with registry.read() as connection:
        kept = kept_plans(connection)
        found = {
            on: plan_on(connection, on)
            for on in (
                date(2025, 12, 31),
                date(2026, 1, 1),
                date(2026, 12, 31),
                date(2027, 1, 1),
                date(2028, 1, 1),
            )
        }

    assert [one.revision for one in kept] == [2, 1]
    assert kept[1].plan == second
    assert [plan and plan.effective_from.year for plan in found.values()] == [
        None,
        2026,
        2026,
        2027,
        None,
    ]
    assert found[date(2026, 1, 1)].tiers == first.tiers
    assert found[date(2026, 1, 1)].effective_to == last


def test_what_is_kept_of_a_plan_is_all_of_it(registry) -> None:
    with registry.write() as connection:
        add_plan(connection, example_plan(), by="kim", role="administrator")
        assert plan_on(connection, date(2024, 1, 1)) == example_plan()


def test_a_plan_that_is_not_there_or_not_begun_is_not_ended(registry) -> None:
    with registry.write() as connection:
        given = {"by": "kim", "role": "administrator"}
        plan_id = add_plan(connection, parse_plan(CITY), **given)
        with pytest.raises(InputError, match="no fee plan 'fee_none'"):
            end_plan(connection, "fee_none", last_day=DAY, **given)
        with pytest.raises(InputError, match="begins on 2026-01-01; it cannot end on"):
            end_plan(connection, plan_id, last_day=date(2025, 12, 31), **given)


def test_the_example_file_is_the_form_that_it_explains() -> None:
    path = ROOT / "coveragekit" / "registry" / "data" / "fees" / "example.toml"
    data = tomllib.loads(path.read_text("utf-8"))

    assert data["example"] is True
    assert parse_plan(path.read_text("utf-8")) == example_plan()
