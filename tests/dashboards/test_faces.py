"""What pages say is said once, and in the same words wherever it is said."""

from __future__ import annotations

import logging
import re
from importlib.resources import files

from coveragekit.dashboards import engine_app
from coveragekit.dashboards.planner import parts
from coveragekit.dashboards.planner.figures import GapRow
from coveragekit.dashboards.planner.said import gap_rows, gap_title, range_title
from coveragekit.dashboards.planner.worth import warning_lines

_FRAME = "voila/templates/coveragekit/page.js"


def test_the_frame_and_the_page_tell_of_a_new_build_in_the_same_words() -> None:
    source = files("coveragekit.dashboards").joinpath(_FRAME).read_text("utf-8")

    joined = re.sub(r'" \+\s+"', "", source)

    assert f'"{parts._STALE}"' in joined


def _gap(**given: object) -> GapRow:
    usual = {
        "row": 3,
        "rank": 1,
        "gap_id": "g3",
        "name": "Elm",
        "incidents_per_year": 42.0,
        "calls_per_year": 3.0,
        "incidents_low": 15.2,
        "incidents_median": 20.4,
        "incidents_high": 23.0,
        "street_m": 140.0,
        "area_m2": 900.0,
    }
    return GapRow(**{**usual, **given})


def test_a_gap_is_told_as_the_median_of_scenes_within_its_interval() -> None:
    row = gap_rows([_gap()])[0]

    assert (row["incidents"], row["range"]) == ("20", "15-23")
    assert row["values"]["incidents"] == 20.4


def test_a_gap_without_scenes_is_told_as_given() -> None:
    row = gap_rows(
        [_gap(incidents_low=None, incidents_median=None, incidents_high=None)]
    )[0]

    assert (row["incidents"], row["range"]) == ("42", "")


def test_a_rate_of_few_events_is_said_to_be_too_few_to_tell() -> None:
    row = gap_rows(
        [_gap(incidents_per_year=None, incidents_median=None, incidents_low=None)]
    )[0]

    assert row["incidents"] == "too few"
    assert gap_title(row) == ("Gap 1: Elm; too few incidents to tell, 140 m of street")


def test_an_interval_of_few_scenes_is_called_what_it_is() -> None:
    few = {"scenes": {"count": 4, "level": 0.6}}
    enough = {"scenes": {"count": 64, "level": 0.9}}

    assert "too few for one of 90 %" in range_title(few)
    assert warning_lines(few)[-1].startswith("4 scenes are too few")
    assert warning_lines(enough) == []
    assert range_title(enough) == "90 % interval of 64 scenes"


def test_the_log_is_not_told_that_the_servers_own_notebook_is_new() -> None:
    def line(words: str) -> logging.LogRecord:
        return logging.LogRecord("Engine", 30, "", 0, words, ("planner.ipynb",), None)

    assert not engine_app._is_news(line("Notebook %s is not trusted"))
    assert engine_app._is_news(line("Notebook %s is gone"))
