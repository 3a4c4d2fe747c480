"""What is seen from month to month, as cameras come and go."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_array

from coveragekit.coverage import by_month, point_share
from coveragekit.errors import InputError
from tests.strategies import examples


def cameras(*spans) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "camera_id": [f"c{number}" for number in range(len(spans))],
            "active_from": pd.to_datetime(
                pd.Series([span[0] for span in spans], dtype=object), utc=True
            ),
            "active_to": pd.to_datetime(
                pd.Series([span[1] for span in spans], dtype=object), utc=True
            ),
        }
    )


def matrix(*rows) -> csr_array:
    return csr_array(np.array(rows, dtype=bool))


def test_months_follow_the_cameras_in_service() -> None:
    table = by_month(
        cameras(("2022-01-01", None), ("2022-02-01", "2022-04-01")),
        matrix([1, 0], [1, 1], [0, 1], [0, 0]),
        [10.0, 20.0, 30.0, 40.0],
        time_zone="UTC",
    )

    assert table["month"].tolist() == ["2022-01", "2022-02", "2022-03", "2022-04"]
    assert table["cameras"].tolist() == [1.0, 2.0, 2.0, 1.0]
    assert table["seen_share"].tolist() == pytest.approx([0.3, 0.6, 0.6, 0.3])


def test_a_camera_counts_for_the_part_of_a_month_it_was_there() -> None:
    # Up for 3 of 30 days of April, then for all of May.
    table = by_month(
        cameras(("2022-04-28", "2022-06-01")), matrix([1]), time_zone="UTC"
    )

    assert table["month"].tolist() == ["2022-04", "2022-05", "2022-06"]
    assert table["cameras"].tolist() == pytest.approx([0.1, 1.0, 0.0])
    assert table["seen_share"].tolist() == pytest.approx([0.1, 1.0, 0.0])


def test_months_begin_when_the_clocks_of_the_city_say_so() -> None:
    # 4:00 UTC is midnight in Atlanta, in summer.
    up = cameras(("2022-07-01T04:00Z", "2022-08-01T04:00Z"))

    table = by_month(up, matrix([1]), time_zone="America/New_York")

    assert table["month"].tolist() == ["2022-07", "2022-08"]
    assert table["seen_share"].tolist() == [1.0, 0.0]


def test_a_month_with_a_change_of_clocks_is_as_long_as_it_was() -> None:
    # March 2022 lost an hour: 743 of them, and the camera was there for 24.
    up = cameras(("2022-03-01T05:00Z", "2022-03-02T05:00Z"))

    table = by_month(up, matrix([1]), time_zone="America/New_York")

    assert table["seen_share"].tolist() == pytest.approx([24 / 743])


def test_cameras_without_dates_are_always_there_and_counted() -> None:
    table = by_month(
        cameras((None, None), (None, "2022-02-01"), ("2022-01-01", None)),
        matrix([1, 0, 0], [0, 1, 0], [0, 0, 1], [0, 0, 0]),
        time_zone="UTC",
    )

    assert table["cameras"].tolist() == [3.0, 2.0]
    assert table["seen_share"].tolist() == [0.75, 0.5]
    assert table.attrs == {"always_active": 2, "without_end": 2}


def test_unknown_bearings_count_by_their_chance() -> None:
    table = by_month(
        cameras(("2022-01-01", None), ("2022-02-01", None)),
        matrix([1, 1]),
        time_zone="UTC",
        probability=[0.5, 0.5],
    )

    assert table["seen_share"].tolist() == [0.5, 0.75]


def test_a_given_span_leaves_nothing_out_and_holds_what_was_before_it() -> None:
    up = cameras(("2020-01-01", None), ("2022-02-01", None))

    table = by_month(
        up, matrix([1, 1], [0, 1]), time_zone="UTC", span=("2021-12-24", "2022-02")
    )

    assert table["month"].tolist() == ["2021-12", "2022-01", "2022-02"]
    assert table["seen_share"].tolist() == [0.5, 0.5, 1.0]


def test_a_span_may_be_given_as_times_with_a_zone() -> None:
    late = pd.Timestamp("2022-01-31T23:30Z")

    table = by_month(
        cameras((None, None)),
        matrix([1]),
        time_zone="Europe/Helsinki",
        span=(None, late),
    )

    # It was February already in Helsinki.
    assert table["month"].tolist() == ["2022-02"]


def test_where_nothing_ever_changes_there_is_no_month_to_show() -> None:
    table = by_month(cameras((None, None)), matrix([1]), time_zone="UTC")

    assert len(table) == 0
    assert list(table.columns) == ["month", "cameras", "seen_share"]
    assert table.attrs["always_active"] == 1


def test_no_cameras_see_nothing_and_no_street_has_no_share() -> None:
    span = ("2022-01", "2022-02")

    none = by_month(
        cameras(), csr_array((1, 0), dtype=bool), time_zone="UTC", span=span
    )
    nowhere = by_month(
        cameras((None, None)), csr_array((0, 1), dtype=bool), time_zone="UTC", span=span
    )

    assert none["seen_share"].tolist() == [0.0, 0.0]
    assert nowhere["seen_share"].isna().all()
    assert nowhere["cameras"].tolist() == [1.0, 1.0]


def test_a_camera_that_was_there_for_no_time_at_all_changes_nothing() -> None:
    up = cameras(("2022-01-05", "2022-01-05"), (None, None))

    table = by_month(up, matrix([1, 0], [0, 1]), time_zone="UTC")

    assert table.to_numpy().tolist() == [["2022-01", 1.0, 0.5]]


def test_one_camera_replacing_another_at_one_moment_leaves_no_hole() -> None:
    up = cameras(("2022-01-01", "2022-01-16"), ("2022-01-16", "2022-02-01"))

    table = by_month(up, matrix([1, 1]), time_zone="UTC")

    assert table.to_numpy().tolist() == [["2022-01", 1.0, 1.0], ["2022-02", 0.0, 0.0]]


def test_changes_after_the_end_are_left_out() -> None:
    up = cameras(("2022-01-01", "2030-01-01"), ("2030-01-01", None))

    table = by_month(
        up, matrix([1, 0], [0, 1]), time_zone="UTC", span=(None, "2022-02-10")
    )

    assert table.to_numpy().tolist() == [["2022-01", 1.0, 0.5], ["2022-02", 1.0, 0.5]]


def test_where_all_changes_come_after_the_end_there_is_only_its_month() -> None:
    table = by_month(
        cameras(("2030-01-01", None), (None, None)),
        matrix([1, 0], [0, 1]),
        time_zone="America/New_York",
        span=(None, pd.Timestamp("2026-11-22T12:00Z")),
    )

    assert table.to_numpy().tolist() == [["2026-11", 1.0, 0.5]]


def test_where_all_changes_come_before_the_start_there_is_only_its_month() -> None:
    table = by_month(
        cameras((None, "2020-01-01"), ("2021-01-01", None)),
        matrix([1, 0], [0, 1]),
        time_zone="UTC",
        span=("2022-05", None),
    )

    assert table.to_numpy().tolist() == [["2022-05", 1.0, 0.5]]


def test_a_change_planned_within_the_last_month_counts_by_its_part() -> None:
    # As of the 10th; down from the 16th of thirty days on.
    up = cameras(("2022-04-01", "2022-04-16"))

    table = by_month(up, matrix([1]), time_zone="UTC", span=(None, "2022-04-10"))

    assert table.to_numpy().tolist() == [["2022-04", 0.5, 0.5]]


def test_years_that_stand_for_open_are_open() -> None:
    first, last = pd.Timestamp("0001-01-01"), pd.Timestamp("9999-12-31")
    up = cameras(
        (first, last),
        (pd.Timestamp("2022-01-01"), last),
        # Never there at all, as far as anybody will live to see.
        (pd.Timestamp("9000-01-01"), None),
        (first, pd.Timestamp("0001-02-01")),
    )

    table = by_month(
        up,
        matrix([1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]),
        time_zone="America/New_York",
        span=(None, "2022-01-15"),
    )

    # Midnight UTC of the new year was seven in the evening before, in New York.
    assert table["month"].tolist() == ["2021-12", "2022-01"]
    assert table["cameras"].tolist() == pytest.approx([1 + 5 / 744, 2.0])
    assert table["seen_share"].tolist() == pytest.approx([0.25 + 5 / 744 / 4, 0.5])
    assert table.attrs == {"always_active": 1, "without_end": 3}


def test_open_years_alone_are_no_change_to_show() -> None:
    up = cameras((pd.Timestamp("0001-01-01"), pd.Timestamp("9999-12-31")))

    assert len(by_month(up, matrix([1]), time_zone="UTC")) == 0


@pytest.mark.parametrize("unit", ["s", "us", "ns"])
def test_times_of_any_unit_give_the_same_months(unit) -> None:
    up = cameras(("2022-01-01", "2022-01-16T12:00"))
    up = up.assign(
        **{name: up[name].dt.as_unit(unit) for name in ("active_from", "active_to")}
    )

    table = by_month(up, matrix([1]), time_zone="UTC")

    assert table.to_numpy().tolist() == [["2022-01", 0.5, 0.5]]


def test_entries_stored_as_false_do_not_count() -> None:
    sees = csr_array((np.array([True, False]), ([0, 0], [0, 1])), shape=(1, 2))

    table = by_month(
        cameras(("2022-01-01", None), ("2022-01-01", None)),
        sees,
        time_zone="UTC",
        probability=[0.5, 1.0],
    )

    assert table["seen_share"].tolist() == [0.5]


@examples(40)
@given(seed=st.integers(0, 2**32 - 1), count=st.integers(1, 8))
def test_each_month_is_the_mean_of_the_shares_of_its_days(seed, count) -> None:
    rng = np.random.default_rng(seed)
    days = np.sort(rng.integers(0, 90, (count, 2)), axis=1)
    known = rng.random((count, 2)) < 0.8
    day0 = pd.Timestamp("2022-01-01", tz="UTC")
    up = cameras(
        *(
            [
                day0 + pd.Timedelta(days=int(d)) if k else None
                for d, k in zip(*row, strict=True)
            ]
            for row in zip(days, known, strict=True)
        )
    )
    sees = csr_array(rng.random((6, count)) < 0.5)
    weights = rng.integers(1, 5, 6).astype(float)
    chance = rng.choice([0.25, 1.0], count)

    table = by_month(
        up,
        sees,
        weights,
        time_zone="UTC",
        probability=chance,
        span=("2022-01", "2022-03"),
    )

    since = np.where(known[:, 0], days[:, 0], -1)
    until = np.where(known[:, 1], days[:, 1], 999)
    seen, number = np.empty(90), np.empty(90)
    for day in range(90):
        there = (since <= day) & (day < until)
        share = point_share(sees, chance * there, weights=weights)
        seen[day], number[day] = share.value, there.sum()
    months = np.split(np.arange(90), [31, 59])
    wanted = [seen[month].mean() for month in months]
    assert table["seen_share"].tolist() == pytest.approx(wanted, abs=1e-12)
    wanted = [number[month].mean() for month in months]
    assert table["cameras"].tolist() == pytest.approx(wanted)


ONE = cameras(("2022-01-01", None))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: by_month(ONE, matrix([1, 1]), time_zone="UTC"),
            "1 cameras and 2 columns",
        ),
        (
            lambda: by_month(ONE[["active_to"]], matrix([1]), time_zone="UTC"),
            "no column 'active_from'",
        ),
        (
            lambda: by_month(
                ONE.assign(active_to=pd.to_datetime(["2022-02-01"])),
                matrix([1]),
                time_zone="UTC",
            ),
            "'active_to' is of type datetime64.*allowed: times with a zone",
        ),
        (
            lambda: by_month(
                cameras(("2022-02-01", "2022-01-01")), matrix([1]), time_zone="UTC"
            ),
            "camera c0 is active from 2022-02-01.* to 2022-01-01",
        ),
        (
            lambda: by_month(
                ONE, matrix([1]), time_zone="UTC", span=("2022-03", "2022-01")
            ),
            "run from 2022-03 to 2022-01; allowed",
        ),
        (
            lambda: by_month(ONE, matrix([1]), [1.0, 2.0], time_zone="UTC"),
            "weights have the shape",
        ),
    ],
)
def test_months_that_cannot_be_told_are_refused(call, message) -> None:
    with pytest.raises(InputError, match=message):
        call()
