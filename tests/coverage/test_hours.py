"""In which hours of the week events happened."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from coveragekit.coverage import (
    by_hour,
    dark_share,
    hour_labels,
    hour_of_week,
    hour_weights,
    spans,
    timing,
)
from coveragekit.errors import InputError
from tests.oracles import hours as oracle

ZONES = [
    "America/New_York",
    "Europe/Helsinki",
    "Australia/Lord_Howe",
    "America/St_Johns",
    "Asia/Kathmandu",
    "Africa/Casablanca",
    "UTC",
]
ATLANTA = {"lon": -84.39, "lat": 33.75}


def at(*texts: str | None) -> pd.DatetimeIndex:
    return pd.to_datetime(list(texts), utc=True)


@pytest.mark.parametrize(
    ("begin", "end", "shares"),
    [
        ("01:50", "02:10", {1: 0.5, 2: 0.5}),
        ("01:00", "02:30", {1: 0.6667, 2: 0.3333}),
        ("04:00", "05:00", {4: 1.0}),
        ("04:20", "04:20", {4: 1.0}),
        ("05:00", "05:00", {5: 1.0}),
    ],
)
def test_each_hour_gets_its_share_of_the_span(
    begin: str, end: str, shares: dict[int, float]
) -> None:
    # 1 January 2024 was a Monday.
    found = hour_weights(at(f"2024-01-01T{begin}"), at(f"2024-01-01T{end}"), "UTC")

    assert dict(zip(found.indices, found.data.round(4), strict=True)) == shares


def test_a_span_over_midnight_goes_on_the_next_day() -> None:
    found = hour_weights(at("2024-01-01T23:30"), at("2024-01-02T01:15"), "UTC")

    assert found.indices.tolist() == [23, 24, 25]
    assert found.data.round(4).tolist() == [0.2857, 0.5714, 0.1429]


def test_a_span_over_the_week_s_end_begins_again() -> None:
    found = hour_weights(at("2024-01-07T23:00"), at("2024-01-08T01:00"), "UTC")

    assert found.indices.tolist() == [0, 167]
    assert found.data.tolist() == [0.5, 0.5]


def test_a_day_and_an_hour_fill_25_hours() -> None:
    found = hour_weights(at("2024-01-02T10:00"), at("2024-01-03T11:00"), "UTC")

    assert found.indices.tolist() == list(range(34, 59))
    assert found.data == pytest.approx(0.04)


def test_more_than_a_week_says_nothing_of_the_hour() -> None:
    begin = at("2024-01-02T10:00")

    week = hour_weights(begin, begin + pd.Timedelta(days=7), "UTC")
    more = hour_weights(begin, begin + pd.Timedelta(days=7, hours=5), "UTC")

    assert week.data == pytest.approx(1.0 / 168.0)
    assert more.toarray() == pytest.approx(1.0 / 168.0)
    assert more.nnz == 168


def test_a_missing_end_counts_as_the_begin_and_a_missing_begin_as_the_end() -> None:
    found = hour_weights(
        at("2024-01-01T05:10", None, None), at(None, "2024-01-01T06:10", None), "UTC"
    )

    assert np.diff(found.indptr).tolist() == [1, 1, 0]
    assert found.indices.tolist() == [5, 6]


def test_swapped_spans_are_turned_and_counted() -> None:
    late, early = at("2024-01-01T02:10"), at("2024-01-01T01:50")

    found = hour_weights(late, early, "UTC")

    assert found.data.tolist() == [0.5, 0.5]
    assert spans(late, early).swapped == 1
    assert timing(late, early, "UTC", **ATLANTA).swapped == 1
    assert spans(early, late).swapped == 0
    assert spans(early, early).swapped == 0


def test_the_repeated_hour_counts_twice_and_the_missing_one_not_at_all() -> None:
    # New York, 3 November 2024: 1 to 2 o'clock twice; 10 March 2024: no 2 to 3.
    back = hour_weights(at("2024-11-03T04:00"), at("2024-11-03T08:00"), ZONES[0])
    forth = hour_weights(at("2024-03-10T05:00"), at("2024-03-10T08:00"), ZONES[0])

    assert back.indices.tolist() == [144, 145, 146]
    assert back.data.tolist() == [0.25, 0.5, 0.25]
    assert forth.indices.tolist() == [144, 145, 147]
    assert forth.data == pytest.approx(1.0 / 3.0)


def test_hours_of_the_week_are_local_and_have_names() -> None:
    times = at("2024-01-01T04:59", "2024-01-01T05:00", None)

    *hours, unknown = hour_of_week(times, ZONES[0])

    assert [hour_labels()[hour] for hour in hours] == ["Sun 23-24", "Mon 00-01"]
    assert unknown == -1
    assert len(hour_labels()) == len(set(hour_labels())) == 168


MINUTES = st.integers(0, 3 * 365 * 1440).map(
    lambda number: datetime(2022, 10, 1, tzinfo=UTC) + timedelta(minutes=number)
)
LENGTHS = st.one_of(
    st.integers(0, 300), st.integers(0, 2 * 1440), st.integers(0, 8 * 1440)
)


@settings(max_examples=60, deadline=None)
@given(
    events=st.lists(st.tuples(MINUTES, LENGTHS), min_size=1, max_size=4),
    time_zone=st.sampled_from(ZONES),
)
@example([(datetime(2023, 4, 1, 14, 50, tzinfo=UTC), 60)], "Australia/Lord_Howe")
@example([(datetime(2010, 11, 7, 2, 0, tzinfo=UTC), 240)], "America/St_Johns")
@example([(datetime(2023, 3, 12, 6, 0, tzinfo=UTC), 10080)], "America/New_York")
def test_weights_are_those_of_counting_minutes(
    events: list[tuple[datetime, int]], time_zone: str
) -> None:
    begin = [start for start, _ in events]
    end = [start + timedelta(minutes=length) for start, length in events]

    found = hour_weights(begin, end, time_zone)

    for row, span in enumerate(zip(begin, end, strict=True)):
        expected = oracle.weights(*span, time_zone)
        assert found[[row]].toarray()[0] == pytest.approx(expected, abs=1e-9)
    assert found.sum(axis=1) == pytest.approx(1.0)
    assert found.has_sorted_indices
    assert hour_of_week(begin, time_zone).tolist() == [
        oracle.hour_of(start, time_zone) for start in begin
    ]


@settings(max_examples=40, deadline=None)
@example(datetime(2022, 10, 1, tzinfo=UTC), 10277, "America/New_York")
@given(begin=MINUTES, length=LENGTHS, time_zone=st.sampled_from(ZONES))
def test_hours_and_light_together_agree_with_each_alone(
    begin: datetime, length: int, time_zone: str
) -> None:
    start, end = [begin], [begin + timedelta(minutes=length)]

    found = timing(start, end, time_zone, **ATLANTA)

    alone = hour_weights(start, end, time_zone)
    assert (found.hours != alone).nnz == 0
    assert ((found.dark >= 0.0) & (found.dark <= found.hours.data + 1e-12)).all()
    # Over a week, hours are levelled out: half a day more, all dark, is 0.034 more.
    slack = 0.04 if length > 7 * 1440 else 1e-9
    share = dark_share(start, end, **ATLANTA)
    assert found.dark_share == pytest.approx(share, abs=slack)


def test_a_month_is_dark_at_night_only() -> None:
    begin = at("2024-06-01T00:00")

    june = timing(begin, begin + pd.Timedelta(days=30), ZONES[0], **ATLANTA)

    part = june.dark * 168.0
    assert part[[0, 24 + 3, 23]].tolist() == [1.0, 1.0, 1.0]
    assert part[[12, 24 + 18]].tolist() == [0.0, 0.0]
    assert 0.0 < part[21] < 1.0


def test_the_share_seen_by_hour_is_weighted() -> None:
    # Two at noon, one of them seen; one at 3 o'clock, seen by day only.
    begin = at("2024-01-01T17:30", "2024-01-01T17:30", "2024-01-01T08:30", None)
    when = timing(begin, begin, ZONES[0], **ATLANTA)

    found = by_hour(
        [1.0, 0.0, 1.0, 1.0], [0.0, 0.0, 0.25, 1.0], when, weights=[3.0, 1.0, 2.0, 9.0]
    )

    assert found.value[[12, 3]].tolist() == [0.75, 0.25]
    assert found.weight[[12, 3]].tolist() == [4.0, 2.0]
    assert found.weight.sum() == 6.0
    assert np.isnan(found.value[[0, 167]]).all()


def test_events_outside_the_study_area_count_in_no_hour() -> None:
    begin = at("2024-01-01T17:30", "2024-01-01T17:30")
    when = timing(begin, begin, ZONES[0], **ATLANTA)

    found = by_hour([1.0, np.nan], [0.0, np.nan], when)

    assert (found.value[12], found.weight[12]) == (1.0, 1.0)


@pytest.mark.parametrize(
    ("times", "said"),
    [
        (pd.to_datetime(["2024-01-01T00:00"]), "occurred_from have no time zone"),
        (["yesterday evening"], "occurred_from cannot be read as times"),
    ],
)
def test_times_that_are_none_are_refused(times: object, said: str) -> None:
    with pytest.raises(InputError, match=said):
        hour_weights(times, times, "UTC")  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["America/Atlanta", "", "../etc/passwd", "Eastern"])
def test_an_unknown_zone_is_refused(name: str) -> None:
    with pytest.raises(InputError, match="allowed: a name of the IANA data base"):
        hour_of_week(at("2024-01-01"), name)


def test_unequal_numbers_are_refused() -> None:
    with pytest.raises(InputError, match="2 times occurred_from and 1 occurred_to"):
        spans(at("2024-01-01", "2024-01-01"), at("2024-01-01"))
    when = timing(at("2024-01-01"), at("2024-01-01"), "UTC", **ATLANTA)
    with pytest.raises(InputError, match=r"p_day has the shape \(2,\)"):
        by_hour([1.0, 1.0], [1.0], when)
    with pytest.raises(InputError, match="a weight is -1"):
        by_hour([1.0], [1.0], when, weights=[-1.0])


def test_no_events_give_no_rows() -> None:
    none = at()

    assert hour_weights(none, none, "UTC").shape == (0, 168)
    assert timing(none, none, "UTC", **ATLANTA).dark_share.shape == (0,)


def test_nothing_given_is_changed() -> None:
    begin = pd.Series(at("2024-01-01T02:10"), name="occurred_from")
    before = begin.copy()

    hour_weights(begin, begin, ZONES[0])

    pd.testing.assert_series_equal(begin, before)
