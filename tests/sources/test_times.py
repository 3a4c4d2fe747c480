"""Times: spellings, orders, zones, spans, impossible years."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coveragekit.errors import InputError
from coveragekit.sources import Loaded, read_table
from coveragekit.sources.dates import parse_clock, parse_moment
from coveragekit.sources.times import day_order, parse_times
from coveragekit.sources.zones import to_utc
from tests.sources.made_files import faults, told, write_features, write_rows

NEW_YORK = "America/New_York"
_FIRST = dt.datetime(1950, 1, 1)  # noqa: DTZ001 - a clock time
_LAST = dt.datetime(2100, 1, 1)  # noqa: DTZ001 - a clock time


def _said(text: str, order: str = "mdy") -> str | None:
    moment = parse_moment(text, order)
    return None if moment is None else str(np.datetime64(moment.seconds, "s"))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("2021-05-20", "2021-05-20T00:00:00"),
        ("2021/5/2 7:05", "2021-05-02T07:05:00"),
        ("20210520", "2021-05-20T00:00:00"),
        ("5/20/2021", "2021-05-20T00:00:00"),
        ("05/20/2021 11:00:00 PM", "2021-05-20T23:00:00"),
        ("5/20/21 12:15 a.m.", "2021-05-20T00:15:00"),
        ("5/20/2021 12:15pm", "2021-05-20T12:15:00"),
        ("20.5.2021 18:30", "2021-05-20T18:30:00"),
        ("20-May-2021", "2021-05-20T00:00:00"),
        ("May 20, 2021 6 PM", "2021-05-20T18:00:00"),
        ("2021-05-20T18:30:00.125", "2021-05-20T18:30:00"),
        ("2021-05-20T18:30:00Z", "2021-05-20T18:30:00"),
        ("2021-05-20T18:30:00-04:00", "2021-05-20T22:30:00"),
        ("2021-05-20 18:30:00+0530", "2021-05-20T13:00:00"),
        ("2021/05/20 00:00:00+00", "2021-05-20T00:00:00"),
        ("12/31/2020 24:00", "2021-01-01T00:00:00"),
        ("0220-11-01", "0220-11-01T00:00:00"),
        ("1/2/69", "1969-01-02T00:00:00"),
        ("1/2/68", "2068-01-02T00:00:00"),
        ("2/30/2021", None),
        ("13/1/2021", None),
        ("5/20/2021 25:00", None),
        ("5/20/2021 24:01", None),
        ("5/20/2021 13:00 PM", None),
        ("5/20/2021 noon", None),
        ("yesterday", None),
        ("", None),
    ],
)
def test_a_text_states_a_time(text: str, said: str | None) -> None:
    assert _said(text) == said


def test_the_day_stands_first_where_it_is_said_so() -> None:
    assert _said("1/2/2021") == "2021-01-02T00:00:00"
    assert _said("1/2/2021", "dmy") == "2021-02-01T00:00:00"


@pytest.mark.parametrize(
    ("text", "seconds", "open_s"),
    [
        ("0020", 1200, 60),
        ("2359", 86340, 60),
        ("930", 34200, 60),
        ("17", 61200, 3600),
        ("00", 0, 3600),
        ("15:35", 56100, 60),
        ("7:21:00 PM", 69660, 1),
        ("12:00:00 AM", 0, 1),
        ("2400", 86400, 60),
        ("24:00:00", 86400, 1),
    ],
)
def test_a_time_of_day_is_read_with_what_it_leaves_open(
    text: str, seconds: int, open_s: int
) -> None:
    assert parse_clock(text) == (seconds, open_s)


@pytest.mark.parametrize("text", ["T", "2500", "1260", "25", "7:61", "0:00 PM", "x"])
def test_what_is_no_time_of_day_is_none(text: str) -> None:
    assert parse_clock(text) is None


@given(
    st.datetimes(_FIRST, _LAST),
    st.sampled_from(
        [
            "%Y-%m-%d %H:%M:%S",
            "%m/%d/%Y %H:%M:%S",
            "%m/%d/%Y %I:%M:%S %p",
            "%d-%b-%Y %H:%M:%S",
            "%B %d, %Y %H:%M:%S",
            "%Y%m%d %H:%M:%S",
        ]
    ),
)
def test_every_spelling_of_a_time_is_read_back(time: dt.datetime, form: str) -> None:
    time = time.replace(microsecond=0)

    assert _said(time.strftime(form)) == time.isoformat()


@pytest.mark.parametrize(
    ("dates", "order"),
    [
        (["1/2/2021", "3/25/2021"], "mdy"),
        (["1/2/2021", "25/3/2021"], "dmy"),
        (["1/2/2021", "3/4/2021"], None),
        (["2021-01-02"], "ymd"),
        ([None, "x"], "ymd"),
    ],
)
def test_one_date_may_prove_the_order_of_all(
    dates: list[str | None], order: str | None
) -> None:
    assert day_order([pd.Series(dates, dtype="str")]) == order


def test_numbers_are_times_by_their_size() -> None:
    noon = 1_621_512_000
    for value in (noon, noon * 1000, 44336.5):
        found = parse_times(pd.Series([value, None], dtype="float64"))
        assert found.seconds.tolist() == [noon, 0]
        assert found.given.tolist() == [True, False]
    assert parse_times(pd.Series([44336])).resolution_s.tolist() == [86_400]
    assert parse_times(pd.Series([20210520])).year.tolist() == [2021]
    assert parse_times(pd.Series(["1621512000000"])).fixed.tolist() == [True]
    assert parse_times(pd.Series([7.0])).unreadable.tolist() == [True]


@given(st.integers(0, 4_000_000_000), st.sampled_from([NEW_YORK, "Europe/Helsinki"]))
def test_utc_shown_on_the_clock_is_read_back(utc: int, zone: str) -> None:
    shown = dt.datetime.fromtimestamp(utc, ZoneInfo(zone))
    clock = int(shown.replace(tzinfo=dt.UTC).timestamp())

    back, twice, never = to_utc(np.array([clock]), np.array([True]), zone)

    assert not never[0]
    if twice[0]:
        assert abs(int(back[0]) - utc) in {0, 3600}
    else:
        assert int(back[0]) == utc


def _read(path: Path, header: str, *rows: str, zone: str | None = NEW_YORK) -> Loaded:
    lines = [f"{number},-84.39,33.75,{row}" for number, row in enumerate(rows, start=1)]
    write_rows(path / "a.csv", f"id,lon,lat,{header}", *lines)
    return read_table(path / "a.csv", "incidents", time_zone=zone)


def _utc(loaded: Loaded, column: str) -> list[str | None]:
    return [
        None if pd.isna(time) else time.strftime("%Y-%m-%d %H:%M:%S")
        for time in loaded.table[column]
    ]


def test_a_local_time_becomes_utc(tmp_path: Path) -> None:
    loaded = _read(tmp_path, "occurred from", "2021-07-20 18:30", "2021-01-20 18:30")

    assert _utc(loaded, "occurred_from") == [
        "2021-07-20 22:30:00",
        "2021-01-20 23:30:00",
    ]
    assert loaded.table["assumed"].tolist() == [[], []]


def test_a_time_without_a_zone_needs_one(tmp_path: Path) -> None:
    with pytest.raises(
        InputError, match="state no time zone; give the one they are in"
    ):
        _read(tmp_path, "occurred from", "2021-07-20 18:30", zone=None)
    with pytest.raises(InputError, match="there is no time zone 'Atlanta'"):
        _read(tmp_path, "occurred from", "2021-07-20 18:30", zone="Atlanta")


def test_a_time_with_an_offset_needs_no_zone(tmp_path: Path) -> None:
    loaded = _read(tmp_path, "occurred from", "2021-07-20T18:30:00-04:00", zone=None)

    assert _utc(loaded, "occurred_from") == ["2021-07-20 22:30:00"]


def test_dates_that_could_be_read_two_ways_are_asked_about(tmp_path: Path) -> None:
    with pytest.raises(
        InputError, match=r"'1/2/2021 10:00'.*month or the day first.*time_ord"
    ):
        _read(tmp_path, "occurred from", "1/2/2021 10:00")


def test_a_date_alone_covers_its_day(tmp_path: Path) -> None:
    loaded = _read(tmp_path, "occurred from", "2021-07-20", "2021-07-21")

    assert _utc(loaded, "occurred_from")[0] == "2021-07-20 04:00:00"
    assert _utc(loaded, "occurred_to")[0] == "2021-07-21 03:59:59"
    assert loaded.table["assumed"][0] == ["occurred_from", "occurred_to"]


def test_an_hour_alone_covers_its_hour(tmp_path: Path) -> None:
    loaded = _read(
        tmp_path, "occur date,occur time", "2021-07-20,17", "2021-07-20,17:30"
    )

    assert _utc(loaded, "occurred_from") == [
        "2021-07-20 21:00:00",
        "2021-07-20 21:30:00",
    ]
    assert _utc(loaded, "occurred_to") == ["2021-07-20 21:59:59", None]
    assert loaded.table["assumed"].tolist() == [["occurred_from", "occurred_to"], []]


def test_a_reported_day_is_its_first_moment_and_assumed(tmp_path: Path) -> None:
    loaded = _read(tmp_path, "report date", "2021-07-20", "2021-07-21")

    assert _utc(loaded, "reported_at")[0] == "2021-07-20 04:00:00"
    assert loaded.table["assumed"][0] == ["reported_at"]


def test_a_time_of_day_that_cannot_be_read_leaves_the_day(tmp_path: Path) -> None:
    loaded = _read(tmp_path, "occur date,occur time", "2021-07-20,T", "2021-07-20,0020")

    assert _utc(loaded, "occurred_to")[0] == "2021-07-21 03:59:59"
    assert faults(loaded) == [(1, "occurred_from cannot be read", "cell left empty")]
    assert loaded.rejected["value"].tolist() == ["2021-07-20 T"]


def test_an_unreadable_time_leaves_its_cell_empty_and_the_row_stays(
    tmp_path: Path,
) -> None:
    loaded = _read(tmp_path, "occurred from", "soon", "2021-07-20 10:00")

    assert _utc(loaded, "occurred_from") == [None, "2021-07-20 14:00:00"]
    assert faults(loaded) == [(1, "occurred_from cannot be read", "cell left empty")]


@pytest.mark.parametrize("year", ["0220", "0202", "1010", "1800", "2120", "1949"])
def test_an_impossible_year_leaves_its_cell_empty(tmp_path: Path, year: str) -> None:
    loaded = _read(
        tmp_path, "occurred from", *["2021-07-20 10:00"] * 3, f"{year}-11-01 10:00"
    )

    assert len(loaded.table) == 4
    assert pd.isna(loaded.table["occurred_from"][3])
    assert faults(loaded) == [(4, "impossible year", "cell left empty")]
    assert "allowed: 1950 to" in loaded.rejected["detail"][0]


def test_a_column_of_years_02xx_is_mended_with_a_notice(tmp_path: Path) -> None:
    loaded = _read(
        tmp_path,
        "occurred from",
        "0220-02-29 10:00",
        "0221-07-20 10:00",
        "2021-07-20 10:00",
    )

    assert _utc(loaded, "occurred_from")[1:] == ["2021-07-20 14:00:00"] * 2
    assert told(loaded, "are written as 02xx: read as 20xx in 2 rows")
    assert "occurred_from" in loaded.table["assumed"][1]
    assert loaded.table["assumed"][2] == []


def test_an_end_before_its_begin_is_swapped_and_counted(tmp_path: Path) -> None:
    loaded = _read(
        tmp_path,
        "occurred from,occurred to",
        "2021-07-20 10:00,2021-07-20 09:00",
        "2021-07-20 10:00,2021-07-20 10:00",
        "2021-07-20 10:00,2021-07-20",
    )

    assert _utc(loaded, "occurred_from")[0] == "2021-07-20 13:00:00"
    assert _utc(loaded, "occurred_to")[0] == "2021-07-20 14:00:00"
    assert faults(loaded) == [(1, "end before begin", "repaired")]
    assert loaded.table["assumed"][0] == ["occurred_from", "occurred_to"]
    assert _utc(loaded, "occurred_to")[2] == "2021-07-21 03:59:59"


def test_an_hour_that_comes_twice_and_one_that_never_comes_are_assumed(
    tmp_path: Path,
) -> None:
    loaded = _read(
        tmp_path,
        "occurred from",
        "2021-11-07 01:30",
        "2021-03-14 02:30",
        "2021-07-20 10:00",
    )

    assert _utc(loaded, "occurred_from")[:2] == [
        "2021-11-07 05:30:00",
        "2021-03-14 07:00:00",
    ]
    assert faults(loaded) == [
        (1, "local hour comes twice", "repaired"),
        (2, "local hour does not exist", "repaired"),
    ]
    assert loaded.table["assumed"].tolist() == [
        ["occurred_from"],
        ["occurred_from"],
        [],
    ]
    assert told(loaded, "local hour comes twice, times of occurred_from: 1")


def test_a_call_arrives_no_earlier_than_it_was_received(tmp_path: Path) -> None:
    write_rows(
        tmp_path / "a.csv",
        "id,lon,lat,received,arrived",
        "1,-84.39,33.75,2021-07-20 10:00,2021-07-20 09:00",
        "2,-84.39,33.75,2021-07-20 10:00,2021-07-20 10:00",
    )

    loaded = read_table(tmp_path / "a.csv", "calls", time_zone="UTC")

    assert loaded.table["arrived_at"].isna().tolist() == [True, False]
    assert faults(loaded) == [(1, "before the call was received", "cell left empty")]


def test_times_of_a_workbook_keep_their_type(tmp_path: Path) -> None:
    times = pd.to_datetime(["2021-07-20 18:30", "2021-01-02 00:00"])
    frame = pd.DataFrame({"id": [1, 2], "lon": [-84.39] * 2, "lat": [33.75] * 2})
    frame["occurred from"] = times
    frame.to_excel(tmp_path / "a.xlsx", index=False)

    loaded = read_table(tmp_path / "a.xlsx", "incidents", time_zone=NEW_YORK)

    assert _utc(loaded, "occurred_from")[0] == "2021-07-20 22:30:00"


def test_a_column_of_midnights_holds_days(tmp_path: Path) -> None:
    loaded = _read(
        tmp_path, "occurred from", "2021-07-20 00:00:00", "2021-07-21 00:00:00"
    )

    assert _utc(loaded, "occurred_to")[0] == "2021-07-21 03:59:59"


def test_typed_times_with_a_zone_need_none(tmp_path: Path) -> None:
    times = pd.to_datetime(["2021-07-20 18:30:00-04:00", None], utc=True)
    frame = pd.DataFrame(
        {"id": [1, 2], "lon": [-84.39] * 2, "lat": [33.75] * 2, "date": times}
    )
    frame.to_parquet(tmp_path / "a.parquet")

    loaded = read_table(tmp_path / "a.parquet", "incidents")

    assert _utc(loaded, "occurred_from") == ["2021-07-20 22:30:00", None]


def test_one_midnight_alone_is_a_time(tmp_path: Path) -> None:
    loaded = _read(
        tmp_path, "occurred from", "2021-07-20 00:00:00", "2021-07-20 00:00:00"
    )

    assert loaded.table["occurred_to"].isna().all()
    assert loaded.table["assumed"].tolist() == [[], []]


def test_a_day_in_a_geojson_stays_a_day_beside_times(tmp_path: Path) -> None:
    point = {"type": "Point", "coordinates": [-84.39, 33.75]}
    path = write_features(
        tmp_path / "a.geojson",
        (point, {"id": "1", "date": "2021-07-20"}),
        (point, {"id": "2", "date": "2021-07-20T18:30:00"}),
    )

    loaded = read_table(path, "incidents", time_zone=NEW_YORK)

    assert _utc(loaded, "occurred_to") == ["2021-07-21 03:59:59", None]
