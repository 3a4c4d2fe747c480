"""Which cameras were there, which work, and what was seen at the time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array

from coveragekit.coverage import (
    active_at,
    by_hour,
    dark_share,
    darkness_by_hour,
    hourly_share,
    in_service,
    is_dark,
    point_probability,
    seen_at_the_time,
    service,
    timing,
    working_now,
)
from coveragekit.errors import InputError
from tests.oracles import hours as oracle

ZONE = "America/New_York"
ATLANTA = {"lon": -84.39, "lat": 33.75}
NOON = pd.Timestamp("2024-05-01T12:00Z")


def at(*texts: str | None) -> pd.DatetimeIndex:
    return pd.to_datetime(list(texts), utc=True)


def cameras(
    count: int,
    begun: list[str | None] | None = None,
    ended: list[str | None] | None = None,
    hours: list[str | None] | None = None,
) -> pd.DataFrame:
    none: list[str | None] = [None] * count
    return pd.DataFrame(
        {
            "active_from": at(*(begun or none)),
            "active_to": at(*(ended or none)),
            "recording_hours": hours or none,
        }
    )


def matrix(*rows: list[int]) -> csr_array:
    return csr_array(np.array(rows, dtype=np.bool_))


# In service, working


def test_a_camera_serves_from_its_first_moment_until_before_its_last() -> None:
    table = cameras(
        4,
        begun=["2024-05-01T12:00", "2024-05-01T12:01", None, None],
        ended=[None, None, "2024-05-01T12:00", "2024-05-01T12:01"],
    )

    assert in_service(table, NOON).tolist() == [True, False, False, True]


def test_service_at_several_times_is_a_row_for_each() -> None:
    table = cameras(2, begun=["2024-01-01", None], ended=[None, "2024-03-01"])

    found = active_at(table, at("2023-12-31", "2024-02-01", "2024-03-01", None))

    assert found.tolist() == [
        [False, True],
        [True, True],
        [True, False],
        [False, False],
    ]


def test_years_that_stand_for_open_are_before_and_after_everything() -> None:
    # Such dates lie beyond what nanoseconds can count.
    always = cameras(1).assign(
        active_from=pd.to_datetime([pd.Timestamp("0001-01-01")], utc=True),
        active_to=pd.to_datetime([pd.Timestamp("9999-12-31")], utc=True),
    )
    times = at("1800-01-01T00:00Z", "2024-05-01T12:00Z", "2199-01-01T00:00Z")
    moment = timing(at("2024-05-01T12:00Z"), at("2024-05-01T12:00Z"), ZONE, **ATLANTA)
    one = matrix([1])

    seen = seen_at_the_time(
        one, one, [1.0], service=service(always, ZONE), timing=moment
    )

    assert active_at(always, times).tolist() == [[True], [True], [True]]
    assert in_service(always, NOON).tolist() == [True]
    assert seen.probability.tolist() == [1.0]


def test_works_now_means_online_or_seen_within_a_day_and_not_in_the_future() -> None:
    rows = [
        ("online", None, True),
        ("online", "2020-01-01T00:00", True),
        ("offline", "2024-05-01T11:59", False),
        ("unknown", None, False),
        ("unknown", "2024-04-30T12:00", True),
        ("unknown", "2024-04-30T11:59", False),
        ("unknown", "2024-05-01T12:00", True),
        ("unknown", "2024-05-01T12:01", False),
        (None, "2024-05-01T11:00", True),
        (None, None, False),
    ]
    table = pd.DataFrame(
        {
            "status": [status for status, _, _ in rows],
            "last_seen_at": at(*[seen for _, seen, _ in rows]),
        }
    )

    assert working_now(table, NOON).tolist() == [works for _, _, works in rows]


def test_a_time_without_zone_or_a_missing_column_is_refused() -> None:
    naive = pd.Timestamp("2024-05-01T12:00")

    with pytest.raises(InputError, match="times have no time zone"):
        in_service(cameras(1), naive)
    with pytest.raises(InputError, match="as_of have no time zone"):
        working_now(
            pd.DataFrame({"status": ["online"], "last_seen_at": at(None)}), naive
        )
    with pytest.raises(InputError, match="no column 'active_to'"):
        in_service(cameras(1).drop(columns="active_to"), NOON)
    with pytest.raises(InputError, match="no column 'status'"):
        working_now(cameras(1), NOON)
    table = cameras(1).assign(active_from=pd.to_datetime(["2024-01-01"]))
    with pytest.raises(InputError, match="active_from have no time zone"):
        service(table, ZONE)


# Seen at the time


def test_only_the_cameras_of_the_time_count() -> None:
    table = cameras(1, begun=["2024-01-01"])
    begin = at("2023-12-31T20:00", "2023-12-31T23:00", "2024-01-01T00:00")
    when = timing(begin, begin + pd.Timedelta(hours=2), ZONE, **ATLANTA)

    found = seen_at_the_time(
        matrix([1], [1], [1]),
        matrix([1], [1], [1]),
        [1.0],
        service=service(table, ZONE),
        timing=when,
    )

    # Before; half of the span; after.
    assert found.probability.tolist() == [0.0, 0.5, 1.0]


def test_a_moment_counts_from_the_first_moment_until_before_the_last() -> None:
    table = cameras(1, begun=["2024-01-01T12:00"], ended=["2024-01-02T12:00"])
    begin = at("2024-01-01T11:59", "2024-01-01T12:00", "2024-01-02T12:00")
    when = timing(begin, begin, ZONE, **ATLANTA)
    sees = matrix([1], [1], [1])

    found = seen_at_the_time(
        sees, sees, [1.0], service=service(table, ZONE), timing=when
    )

    assert found.probability.tolist() == [0.0, 1.0, 0.0]


def test_an_entry_that_says_no_is_no_view() -> None:
    begin = at("2024-05-01T16:00")
    when = timing(begin, begin, ZONE, **ATLANTA)
    stored = csr_array((np.array([False]), ([0], [0])), shape=(1, 1))

    found = seen_at_the_time(
        stored, stored, [1.0], service=service(cameras(1), ZONE), timing=when
    )

    assert stored.nnz == 1
    assert found.probability.tolist() == [0.0]


def test_a_camera_that_sees_by_day_only_sees_until_dusk() -> None:
    # Atlanta, 1 December 2026: dusk at 17:56 local, 22:56 UTC.
    begin = at("2026-12-01T21:56")
    when = timing(begin, begin + pd.Timedelta(hours=2), ZONE, **ATLANTA)

    found = seen_at_the_time(
        matrix([1]), matrix([0]), [1.0], service=service(cameras(1), ZONE), timing=when
    )

    assert found.probability[0] == pytest.approx(0.5, abs=2 / 120)


def test_light_and_hours_of_recording_are_taken_together() -> None:
    # Two hours of day and two of night around dusk at 17:56. The camera sees by night
    # only and records until 18:00: four of 240 minutes, not a quarter.
    begin = at("2026-12-01T20:56")
    when = timing(begin, begin + pd.Timedelta(hours=4), ZONE, **ATLANTA)
    table = cameras(1, hours=["08:00-18:00"])

    found = seen_at_the_time(
        matrix([0]), matrix([1]), [1.0], service=service(table, ZONE), timing=when
    )

    assert found.probability[0] == pytest.approx(4 / 240, abs=2 / 240)
    assert when.dark_share[0] == pytest.approx(0.5, abs=0.01)


def test_two_cameras_that_take_turns_see_the_whole_span() -> None:
    table = cameras(2, hours=["06:00-18:00", "18:00-06:00"])
    begin = at("2024-05-01T20:00")
    when = timing(begin, begin + pd.Timedelta(hours=4), ZONE, **ATLANTA)
    both = matrix([1, 1])

    found = seen_at_the_time(
        both, both, [1.0, 0.5], service=service(table, ZONE), timing=when
    )

    # 16 to 20 o'clock: two hours each.
    assert found.probability.tolist() == [0.75]
    value, weight = found.by_hour()
    assert value[[64, 65, 66, 67]].tolist() == [1.0, 1.0, 0.5, 0.5]
    assert weight[64:68].tolist() == [0.25] * 4


def test_an_unknown_time_gives_no_figure() -> None:
    when = timing(at(None, "2024-05-01T20:00"), at(None, None), ZONE, **ATLANTA)
    sees = matrix([1], [1])

    found = seen_at_the_time(
        sees, sees, [1.0], service=service(cameras(1), ZONE), timing=when
    )

    assert found.probability.tolist() == pytest.approx([np.nan, 1.0], nan_ok=True)
    assert found.by_hour().weight.sum() == 1.0


@dataclass
class Supports:
    weight: np.ndarray
    ptr: np.ndarray
    support_of: np.ndarray


def test_places_may_be_numbers_weights_or_supports() -> None:
    begin = at("2024-05-01T16:00", "2024-05-01T16:00", "2024-05-01T16:00")
    when = timing(begin, begin, ZONE, **ATLANTA)
    sees = matrix([1], [0])
    serving = service(cameras(1), ZONE)

    def judged(places: object) -> list[float]:
        return seen_at_the_time(
            sees, sees, [0.5], service=serving, timing=when, places=places
        ).probability.tolist()

    assert judged(np.array([0, 1, 0])) == [0.5, 0.0, 0.5]
    weights = csr_array(np.array([[1.0, 0.0], [0.25, 0.75], [0.0, 0.0]]))
    assert judged(weights) == [0.5, 0.125, 0.0]
    groups = Supports(np.array([0.4, 0.6]), np.array([0, 2, 2]), np.array([0, 0, 1]))
    assert judged(groups) == [0.2, 0.2, 0.0]


def test_undated_service_takes_today_s_cameras_for_all_time() -> None:
    table = cameras(1, begun=["2024-01-01"], hours=["12:00-24:00"])
    begin = at("2020-06-01T17:00", "2020-06-01T13:00")
    when = timing(begin, begin, ZONE, **ATLANTA)
    sees = matrix([1], [1])

    dated, undated = (
        seen_at_the_time(
            sees, sees, [1.0], service=service(table, ZONE, dated=flag), timing=when
        ).probability.tolist()
        for flag in (True, False)
    )

    assert dated == [0.0, 0.0]
    assert undated == [1.0, 0.0]


SPOTS = [
    (-84.39, 33.75, "America/New_York"),
    (24.94, 60.17, "Europe/Helsinki"),
    (151.2, -33.87, "Australia/Sydney"),
]
TEXTS = st.sampled_from(list(oracle.RECORDS))


@st.composite
def towns(draw: st.DrawFn) -> tuple[object, ...]:
    """A few cameras and places, and some events of whole minutes among them."""
    n_cameras = draw(st.integers(1, 4))
    n_places = draw(st.integers(1, 3))
    n_events = draw(st.integers(1, 3))
    start = draw(
        st.datetimes(
            datetime.fromisoformat("2023-01-01"),
            datetime.fromisoformat("2025-01-01"),
            timezones=st.just(UTC),
        )
    ).replace(second=0, microsecond=0)
    lengths = draw(
        st.lists(
            st.one_of(st.integers(0, 200), st.integers(0, 3 * 1440)),
            min_size=n_events,
            max_size=n_events,
        )
    )
    spans = [(start, start + timedelta(minutes=length)) for length in lengths]
    # Begin and end of service outside all spans: then the sum is exact.
    before, after = start - timedelta(minutes=1), start + timedelta(days=4)
    owned = [
        oracle.Camera(
            probability=draw(st.sampled_from([1.0, 0.5, 0.25, 0.0])),
            active_from=draw(st.sampled_from([None, before, start, after])),
            active_to=draw(st.sampled_from([None, before, start, after])),
            recording_hours=draw(TEXTS),
        )
        for _ in range(n_cameras)
    ]
    row = st.lists(st.booleans(), min_size=n_cameras, max_size=n_cameras)
    sees = {
        light: draw(st.lists(row, min_size=n_places, max_size=n_places))
        for light in ("day", "night")
    }
    parts = st.lists(st.integers(0, 4), min_size=n_places, max_size=n_places)
    weights = draw(st.lists(parts.filter(any), min_size=n_events, max_size=n_events))
    shares = [[part / sum(parts) for part in parts] for parts in weights]
    return spans, owned, sees, shares, draw(st.sampled_from(SPOTS))


@settings(max_examples=50, deadline=None)
@given(town=towns())
def test_the_sum_is_that_of_walking_minute_by_minute(town: tuple) -> None:
    spans, owned, sees, shares, spot = town
    lon, lat, time_zone = spot
    table = pd.DataFrame(
        {
            "active_from": at(*[camera.active_from for camera in owned]),
            "active_to": at(*[camera.active_to for camera in owned]),
            "recording_hours": [camera.recording_hours for camera in owned],
        }
    )
    when = timing(
        [begin for begin, _ in spans],
        [end for _, end in spans],
        time_zone,
        lon=lon,
        lat=lat,
    )

    found = seen_at_the_time(
        csr_array(np.array(sees["day"])),
        csr_array(np.array(sees["night"])),
        [camera.probability for camera in owned],
        service=service(table, time_zone),
        timing=when,
        places=csr_array(np.array(shares)),
    )

    # test_light.py holds the sun itself against another one.
    each = max((oracle.minutes(*span) for span in spans), key=len)
    ends = [minute + oracle.MINUTE for minute in each]
    dark = dict(zip(each, dark_share(each, ends, lon=lon, lat=lat), strict=True))
    at_once = float(is_dark([spans[0][0]], lon, lat)[0])

    for event, span in enumerate(spans):
        light = dark if span[0] < span[1] else {span[0]: at_once}
        expected = oracle.seen_then(
            span, sees, shares[event], owned, oracle.Spot(time_zone, light)
        )
        assert found.probability[event] == pytest.approx(expected, abs=1e-9)
    assert found.by_hour().value[found.by_hour().weight > 0.0].max() <= 1.0


@settings(max_examples=30, deadline=None)
@given(town=towns())
def test_always_recording_cameras_need_day_and_night_only(town: tuple) -> None:
    spans, owned, sees, _, spot = town
    lon, lat, time_zone = spot
    begin, end = [span[0] for span in spans], [span[1] for span in spans]
    when = timing(begin, end, time_zone, lon=lon, lat=lat)
    place = np.zeros(len(spans), dtype=np.int64)
    chances = [camera.probability for camera in owned]
    day, night = (csr_array(np.array(sees[light])) for light in ("day", "night"))

    found = seen_at_the_time(
        day,
        night,
        chances,
        service=service(cameras(len(owned)), time_zone),
        timing=when,
        places=place,
    )

    p_day = point_probability(day, chances)[place]
    p_night = point_probability(night, chances)[place]
    expected = (1.0 - when.dark_share) * p_day + when.dark_share * p_night
    assert found.probability == pytest.approx(expected, abs=1e-9)
    plain, full = by_hour(p_day, p_night, when), found.by_hour()
    assert plain.value == pytest.approx(full.value, nan_ok=True, abs=1e-9)
    assert plain.weight.tolist() == full.weight.tolist()


@settings(max_examples=20, deadline=None)
@given(town=towns())
def test_one_more_camera_never_lowers_what_was_seen(town: tuple) -> None:
    spans, owned, sees, shares, spot = town
    lon, lat, time_zone = spot
    when = timing(
        [span[0] for span in spans],
        [span[1] for span in spans],
        time_zone,
        lon=lon,
        lat=lat,
    )
    table = cameras(len(owned), hours=[camera.recording_hours for camera in owned])

    def judged(count: int) -> np.ndarray:
        return seen_at_the_time(
            csr_array(np.array(sees["day"])[:, :count]),
            csr_array(np.array(sees["night"])[:, :count]),
            [camera.probability for camera in owned[:count]],
            service=service(table[:count], time_zone),
            timing=when,
            places=csr_array(np.array(shares)),
        ).probability

    steps = [judged(count) for count in range(1, len(owned) + 1)]
    assert all((more >= less - 1e-12).all() for less, more in pairwise(steps))
    assert (steps[-1] <= 1.0).all()


# Streets by hour


def test_streets_are_seen_by_day_and_by_night_as_often_as_it_is() -> None:
    day, night = matrix([1, 0], [0, 1]), matrix([0, 0], [0, 1])
    dark = darkness_by_hour(**ATLANTA, time_zone=ZONE, year=2024)
    table = cameras(2, hours=[None, "Mo-Fr 08:00-18:00"])

    found = hourly_share(
        day,
        night,
        [1.0, 0.5],
        service=service(table, ZONE),
        darkness=dark,
        weights=[30.0, 10.0],
    )

    assert found.value[[0, 12, 5 * 24 + 12]].tolist() == [0.0, 35 / 40, 30 / 40]
    evening = (1.0 - dark[19]) * 30 / 40
    assert found.value[19] == pytest.approx(evening)
    assert found.weight.tolist() == [40.0] * 168


def test_nothing_to_see_has_no_share() -> None:
    none = csr_array((0, 1), dtype=np.bool_)

    found = hourly_share(
        none, none, [1.0], service=service(cameras(1), ZONE), darkness=np.zeros(24)
    )

    assert np.isnan(found.value).all()
    assert found.weight.tolist() == [0.0] * 168


def test_no_events_and_no_cameras_give_empty_answers() -> None:
    none = at()
    when = timing(none, none, ZONE, **ATLANTA)
    serving = service(cameras(0), ZONE)
    empty = csr_array((0, 0), dtype=np.bool_)

    found = seen_at_the_time(empty, empty, [], service=serving, timing=when)

    assert found.probability.shape == (0,)
    begin = at("2024-05-01T20:00")
    lonely = timing(begin, begin, ZONE, **ATLANTA)
    unseen = csr_array((1, 0), dtype=np.bool_)
    found = seen_at_the_time(unseen, unseen, [], service=serving, timing=lonely)
    assert found.probability.tolist() == [0.0]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"probability": [1.0, 1.0]}, "2 probabilities and the service of 1 cameras"),
        ({"sees_night": matrix([1])}, r"sees_night \(1, 1\)"),
        ({"places": np.array([0, 2])}, "places do not fit 2 events and 2 places"),
        ({"places": np.array([0])}, "places do not fit 2 events"),
        ({"places": csr_array(np.ones((2, 3)))}, "places do not fit 2 events"),
        (
            {"places": Supports(np.ones(3), np.array([0, 3]), np.array([0, 0]))},
            "places do not fit",
        ),
    ],
)
def test_sizes_that_do_not_fit_are_refused(change: dict, said: str) -> None:
    begin = at("2024-05-01T20:00", "2024-05-01T20:00")
    given_ = {
        "sees_day": matrix([1], [1]),
        "sees_night": matrix([1], [1]),
        "probability": [1.0],
        "service": service(cameras(1), ZONE),
        "timing": timing(begin, begin, ZONE, **ATLANTA),
        "places": None,
    } | change

    with pytest.raises(InputError, match=said):
        seen_at_the_time(**given_)


def test_darkness_must_be_a_share_of_24_hours() -> None:
    one = matrix([1])

    for wrong in (np.zeros(168), np.full(24, 2.0), np.full(24, np.nan)):
        with pytest.raises(InputError, match="allowed: 24 shares of 0 to 1"):
            hourly_share(
                one, one, [1.0], service=service(cameras(1), ZONE), darkness=wrong
            )
