"""In which hours of the week cameras record."""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
import pytest

from coveragekit.coverage import (
    is_dark,
    recording,
    recording_matrix,
    recording_week,
)
from coveragekit.errors import InputError, TableError
from tests.oracles import hours as oracle

ATLANTA = {"lon": -84.39, "lat": 33.75}
ZONE = "America/New_York"


@pytest.mark.parametrize("text", [text for text in oracle.RECORDS if text])
def test_a_week_is_what_the_text_says_hour_by_hour(text: str) -> None:
    monday = datetime(2024, 1, 1, tzinfo=UTC)

    week = recording_week(text, ZONE)

    expected = [
        float(oracle.RECORDS[text](monday + timedelta(hours=hour)))
        for hour in range(168)
    ]
    assert week.tolist() == expected


def test_a_part_of_an_hour_counts_as_that_part() -> None:
    week = recording_week("Mo 08:30-18:15", ZONE)

    assert week[[7, 8, 9, 18, 19]].tolist() == [0.0, 0.5, 1.0, 0.25, 0.0]
    assert week.sum() == 9.75


def test_hours_of_a_season_are_a_share_of_the_year() -> None:
    # 1 April and 30 September 2025 were Tuesdays 26 weeks apart.
    week = recording_week("Apr-Sep Tu 08:00-09:00", ZONE)

    assert week[24 + 8] == pytest.approx(27 / 52)
    assert week.sum() == week[24 + 8]


def test_public_holidays_are_those_of_the_place() -> None:
    # 4 July 2025 was a Friday; in Finland no holiday falls on that day.
    georgia = recording_week("Fr 08:00-09:00; PH off", ZONE, **ATLANTA)
    finland = recording_week(
        "Jul Fr 08:00-09:00; PH off", "Europe/Helsinki", lon=24.94, lat=60.17
    )
    july = recording_week("Jul Fr 08:00-09:00; PH off", ZONE, **ATLANTA)

    assert georgia[96 + 8] < 1.0
    assert finland[96 + 8] == pytest.approx(4 / 52)
    assert july[96 + 8] == pytest.approx(3 / 52)


def test_hours_by_the_sun_follow_the_place() -> None:
    week = recording_week("sunset-sunrise", ZONE, **ATLANTA)

    # An independent measure: how often the sun is down at that local hour.
    local = pd.date_range("2025-01-06T00:05", "2026-01-05", freq="10min", tz=ZONE)
    down = pd.Series(is_dark(local, **ATLANTA, depression_deg=0.833))
    assert week.reshape(7, 24).mean(axis=0) == pytest.approx(
        down.groupby(local.hour).mean().to_numpy(), abs=0.02
    )


def test_unknown_hours_do_not_count_as_recorded() -> None:
    assert recording_week("Mo-Fr 08:00-18:00 unknown", ZONE).sum() == 0.0


def test_cameras_share_patterns_and_missing_means_always_and_is_said() -> None:
    cameras = pd.DataFrame(
        {"recording_hours": ["22:00-06:00", None, "24/7", "22:00-06:00", pd.NA]}
    )

    found = recording(cameras, ZONE)

    assert found.weeks.shape == (2, 168)
    assert found.week_of.tolist() == [0, 1, 1, 0, 1]
    assert found.assumed.tolist() == [False, True, False, False, True]
    matrix = recording_matrix(cameras, ZONE)
    assert matrix.sum(axis=1).tolist() == [56.0, 168.0, 168.0, 56.0, 168.0]
    assert recording_week("22:00-06:00", ZONE).tolist() == matrix[3].tolist()


def test_each_text_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    module = sys.modules["coveragekit.coverage.recording"]
    asked: list[str] = []
    kept = module.recording_week

    def counted(text: str, *args: object, **kwargs: object) -> object:
        asked.append(text)
        return kept(text, *args, **kwargs)

    monkeypatch.setattr(module, "recording_week", counted)
    cameras = pd.DataFrame({"recording_hours": ["off", "24/7"] * 5000})
    recording(cameras, ZONE)

    assert asked == ["off", "24/7"]


def test_texts_that_cannot_be_read_are_all_named() -> None:
    cameras = pd.DataFrame(
        {
            "camera_id": ["north", "south", "east", "west"],
            "recording_hours": ["8am-6pm", "24/7", "office hours", "8am-6pm"],
        }
    )

    with pytest.raises(TableError, match="3 faults") as caught:
        recording(cameras, ZONE)

    rows = [(fault.row, fault.value) for fault in caught.value.faults]
    assert rows == [
        ("north", "'8am-6pm'"),
        ("east", "'office hours'"),
        ("west", "'8am-6pm'"),
    ]
    assert "row north, recording_hours: '8am-6pm'" in str(caught.value)
    assert "such as '24/7', 'Mo-Fr 08:00-18:00'" in str(caught.value)


def test_without_ids_the_index_names_the_camera() -> None:
    cameras = pd.DataFrame({"recording_hours": ["daily"]}, index=["pole 7"])

    with pytest.raises(TableError, match="row pole 7, recording_hours: 'daily'"):
        recording(cameras, ZONE)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "allowed: OpenStreetMap's opening-hours form"),
        ("8-18", "allowed: OpenStreetMap's opening-hours form"),
        ("sunset-sunrise", "hours by the sun need the place, lon= and lat="),
        ("dawn-dusk", "hours by the sun need the place"),
        ("24/7; PH off", r"public holidays \(PH\) need the place"),
        ("SH 08:00-12:00", r"school holidays \(SH\) are not known here"),
    ],
)
def test_a_text_that_cannot_be_used_is_refused_with_the_way_out(
    text: str, said: str
) -> None:
    with pytest.raises(InputError, match=said):
        recording_week(text, ZONE)


def test_a_comment_is_not_taken_for_a_rule() -> None:
    assert recording_week('Mo 08:00-09:00 "SH and sunset"', ZONE).sum() == 1.0


def test_other_input_is_refused() -> None:
    with pytest.raises(InputError, match="no column 'recording_hours'"):
        recording(pd.DataFrame({"name": ["a"]}), ZONE)
    with pytest.raises(InputError, match="time_zone is 'Mars/Olympus'"):
        recording_week("24/7", "Mars/Olympus")
    with pytest.raises(InputError, match="year is 20; allowed: 1970 to 2100"):
        recording_week("24/7", ZONE, year=20)


def test_no_cameras_have_no_hours() -> None:
    none = pd.DataFrame({"recording_hours": []})

    assert recording_matrix(none, ZONE).shape == (0, 168)


def test_an_answer_that_is_changed_does_not_change_the_next() -> None:
    week = recording_week("24/7", ZONE)
    week[:] = 0.0

    assert np.all(recording_week("24/7", ZONE) == 1.0)
