"""When it is dark, and how much of each event was."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coveragekit.coverage import dark_share, darkness_by_hour, is_dark
from coveragekit.coverage.light import turns
from coveragekit.errors import InputError
from tests.oracles import hours as oracle

ATLANTA = (-84.39, 33.75)
HELSINKI = (24.94, 60.17)
TROMSO = (18.96, 69.65)

# End of the night and begin of the next, UTC. Reykjavik to 70 N: U.S. Naval Observatory
# (rstt/oneday, whole minutes). Atlanta: timeright.now, December 2026. Helsinki:
# worldcitiesexplorer.com, January 2026; both tables in local time, turned to UTC here.
PUBLISHED = [
    ("Atlanta", *ATLANTA, "2026-12-01T11:56", "2026-12-01T22:56"),
    ("Atlanta", *ATLANTA, "2026-12-13T12:05", "2026-12-13T22:57"),
    ("Helsinki", *HELSINKI, "2026-01-01T06:26", "2026-01-01T14:20"),
    ("Helsinki", *HELSINKI, "2026-01-15T06:15", "2026-01-15T14:43"),
    ("Reykjavik", -21.9426, 64.1466, "2025-12-21T10:03", "2025-12-21T16:49"),
    ("Oslo", 10.7522, 59.9139, "2025-06-21T00:10", "2025-06-21T22:28"),
    ("Oslo", 10.7522, 59.9139, "2025-12-21T07:21", "2025-12-21T15:10"),
    ("Quito", -78.4678, -0.1807, "2025-03-20T10:57", "2025-03-20T23:45"),
    ("London", -0.1278, 51.5074, "2025-06-21T02:55", "2025-06-21T21:09"),
    ("70 N", 0.0, 70.0, "2025-12-21T09:55", "2025-12-21T14:02"),
]


YEARS = (datetime.fromisoformat("2019-01-01"), datetime.fromisoformat("2027-01-01"))


def at(*texts: str | None) -> pd.DatetimeIndex:
    return pd.to_datetime(list(texts), utc=True)


@pytest.mark.parametrize(("name", "lon", "lat", "dawn", "dusk"), PUBLISHED)
def test_dawn_and_dusk_are_the_almanacs(
    name: str, lon: float, lat: float, dawn: str, dusk: str
) -> None:
    two = pd.Timedelta(minutes=2)
    edges = at(dawn, dawn, dusk, dusk) + pd.to_timedelta([-two, two, -two, two])

    assert is_dark(edges, lon, lat).tolist() == [True, False, False, True]


def test_the_share_of_a_night_is_counted_to_the_minute() -> None:
    # Helsinki, 1 January 2026: dark until 06:26 and from 14:20 UTC.
    share = dark_share(
        at("2026-01-01T06:00", "2026-01-01T12:00"),
        at("2026-01-01T07:00", "2026-01-01T15:00"),
        lon=HELSINKI[0],
        lat=HELSINKI[1],
    )

    assert share * [60, 180] == pytest.approx([26.5, 39.5], abs=2.0)


def test_a_moment_is_dark_or_not_and_missing_times_say_nothing() -> None:
    share = dark_share(
        at("2024-06-20T05:30", "2024-06-20T17:30", None, "2024-06-20T05:30"),
        at(None, "2024-06-20T17:30", None, "2024-06-20T05:31"),
        lon=ATLANTA[0],
        lat=ATLANTA[1],
    )

    assert share.tolist() == pytest.approx([1.0, 0.0, np.nan, 1.0], nan_ok=True)


def test_a_span_given_backwards_is_the_same_span() -> None:
    early, late = at("2024-06-20T22:00"), at("2024-06-21T04:00")

    there = dark_share(early, late, lon=ATLANTA[0], lat=ATLANTA[1])
    back = dark_share(late, early, lon=ATLANTA[0], lat=ATLANTA[1])

    assert there.tolist() == back.tolist()
    assert 0.0 < there[0] < 1.0


@pytest.mark.parametrize(
    ("day", "dark"),
    [("2025-06-21", 0.0), ("2025-12-21", None), ("2025-03-20", None)],
)
def test_a_polar_summer_has_no_night(day: str, dark: float | None) -> None:
    begin = at(day) - pd.Timedelta(days=5)

    share = dark_share(begin, begin + pd.Timedelta(days=10), lon=18.96, lat=69.65)

    assert share[0] == dark if dark is not None else 0.3 < share[0] < 0.9


def test_a_polar_winter_has_no_day() -> None:
    begin = at("2025-12-15")
    end = begin + pd.Timedelta(days=10)

    assert dark_share(begin, end, lon=15.0, lat=80.0).tolist() == [1.0]
    assert dark_share(begin, end, lon=15.0, lat=-80.0).tolist() == [0.0]
    assert is_dark(begin + pd.Timedelta(hours=11), 15.0, 80.0).all()


@pytest.mark.parametrize("lat", [66.0, 69.65, -67.0])
@pytest.mark.parametrize("lon", [-179.9, -90.0, 0.0, 24.94, 151.2, 180.0])
def test_dusk_and_dawn_take_turns_at_every_longitude(lon: float, lat: float) -> None:
    year = np.array([datetime(2024, 7, 1, tzinfo=UTC).timestamp()])

    turned = turns(year, year, lon=lon, lat=lat)

    assert (np.diff(turned) >= 0.0).all()
    noons = turned[1::2][1:-1], turned[0::2][2:]
    light = noons[1] - noons[0]
    assert (light > 0.0).all()
    # Between the two shortest and longest days nothing jumps.
    assert np.abs(np.diff(light[light < 80_000.0])).max() < 3600.0


@settings(max_examples=40, deadline=None)
@given(
    begin=st.datetimes(*YEARS),
    minutes=st.integers(1, 4 * 1440),
    lon=st.floats(-180.0, 180.0),
    lat=st.floats(-62.0, 62.0),
)
def test_the_share_is_that_of_an_independent_sun_minute_by_minute(
    begin: datetime, minutes: int, lon: float, lat: float
) -> None:
    start = begin.replace(tzinfo=UTC, second=0, microsecond=0)
    end = start + timedelta(minutes=minutes)

    share = dark_share([start], [end], lon=lon, lat=lat)[0]

    step = max(minutes // 400, 1)
    half = timedelta(minutes=step / 2)
    sampled = [
        oracle.is_dark(start + timedelta(minutes=number) + half, lon, lat)
        for number in range(0, minutes, step)
    ]
    crossings = 2 * (minutes / 1440 + 1)
    # Half a step lost at each crossing, and two minutes between the two suns.
    slack = crossings * (step / 2 + 2.0) / minutes + step / minutes
    assert share == pytest.approx(np.mean(sampled), abs=slack)


@pytest.mark.parametrize("lon", [-150.0, 0.0, 150.0])
@pytest.mark.parametrize("lat", [-64.5, -63.0, -60.5, 33.75, 60.5, 62.25, 65.2])
def test_the_sun_stands_at_six_degrees_at_every_turn(lon: float, lat: float) -> None:
    # Also at the latitudes where nights shrink to nothing within some days.
    year = np.array([datetime(2025, 7, 1, tzinfo=UTC).timestamp()])

    turned = turns(year, year, lon=lon, lat=lat)

    assert (np.diff(turned) >= 0.0).all()
    nights = turned.reshape(-1, 2)[300:800]
    real = nights[nights[:, 1] > nights[:, 0]]
    assert len(real) > 350
    for night in real[::2]:
        # 0.05 degrees are a quarter to half a minute; the first and last nights, of
        # less than 70 minutes, are grazed rather than crossed.
        slack = 0.05 if night[1] - night[0] > 4200.0 else 0.25
        for edge in night:
            high = oracle.sun_elevation_deg(datetime.fromtimestamp(edge, UTC), lon, lat)
            assert high == pytest.approx(-6.0, abs=slack)


def test_far_apart_years_do_not_disturb_each_other() -> None:
    old, new = at("1900-01-01T12:00"), at("2024-06-20T05:30")

    both = is_dark(old.append(new), *ATLANTA)

    assert both.tolist() == [
        is_dark(old, *ATLANTA)[0],
        is_dark(new, *ATLANTA)[0],
    ]


def test_a_million_events_need_few_years_of_sun(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from coveragekit.coverage import light

    asked: list[int] = []
    kept = light._greenwich

    def counted(lat: float, year: int, deg: float) -> object:
        asked.append(year)
        return kept(lat, year, deg)

    monkeypatch.setattr(light, "_greenwich", counted)
    is_dark(at("1900-06-01", "2024-06-01"), *ATLANTA)

    assert sorted(asked) == [1899, 1900, 1901, 2023, 2024, 2025]


def test_the_darkness_of_an_hour_is_its_mean_over_the_year() -> None:
    dark = darkness_by_hour(*ATLANTA, time_zone="America/New_York", year=2023)

    local = pd.date_range(
        "2023-01-01T00:05", "2024-01-01", freq="10min", tz="America/New_York"
    )
    sampled = pd.Series(is_dark(local, *ATLANTA)).groupby(local.hour).mean()
    assert dark == pytest.approx(sampled.to_numpy(), abs=0.01)
    assert dark[[0, 12]].tolist() == [1.0, 0.0]


@pytest.mark.parametrize(
    ("lon", "lat", "degrees", "said"),
    [
        (500000.0, 4000000.0, 6.0, "lon 500000, lat 4e.06; allowed: -180 to 180"),
        (-84.39, float("nan"), 6.0, "lat nan"),
        (-84.39, 33.75, 30.0, "depression_deg is 30; allowed: 0 to 18"),
    ],
)
def test_a_place_that_is_none_is_refused(
    lon: float, lat: float, degrees: float, said: str
) -> None:
    with pytest.raises(InputError, match=said):
        is_dark(at("2024-01-01"), lon, lat, depression_deg=degrees)


def test_a_time_without_zone_is_refused() -> None:
    with pytest.raises(InputError, match="no time zone, such as 2024-01-01"):
        is_dark(pd.to_datetime(["2024-01-01T00:00"]), *ATLANTA)


def test_a_mark_for_open_is_refused() -> None:
    late = [datetime(9999, 12, 31, tzinfo=UTC)]

    with pytest.raises(InputError, match="1 times lie outside the years 1800 to 2199"):
        is_dark(late, *ATLANTA)


def test_nothing_gives_nothing() -> None:
    none = at()

    assert is_dark(none, *ATLANTA).shape == (0,)
    assert dark_share(none, none, lon=0.0, lat=0.0).shape == (0,)
    assert is_dark(at(None), *ATLANTA).tolist() == [False]
