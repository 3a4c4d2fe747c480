"""Words about one thing, in which no name can be markup."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coveragekit import model
from coveragekit.maps.popups import camera_popup, gap_popup, plain
from tests.dashboards.fixture_study import HOSTILE_IMAGE, HOSTILE_SCRIPT


def test_a_camera_tells_what_it_is_and_what_was_assumed() -> None:
    html = camera_popup(
        {
            "camera_id": "c1",
            "name": "Corner Deli",
            "access": "registered",
            "status": "unknown",
            "kind": "dome",
            "bearing_deg": 271.4,
            "effective_range_m": 31.2,
            "mount": "facade",
            "mount_shift_m": 0.35,
            "assumed": np.array(["hfov_deg", "kind"]),
        }
    )

    assert "Corner Deli" in html
    assert "<dd>271°, clockwise from north</dd>" in html
    assert "<dd>31 m</dd>" in html
    assert "<dd>on a wall</dd>" in html
    assert "<dd>0.3 m, out of the wall</dd>" in html or "<dd>0.4 m" in html
    assert "<dt>Useful range</dt>" in html
    assert "<dd>width of view, kind</dd>" in html


def test_a_direction_that_was_assumed_is_not_told_as_a_fact() -> None:
    html = camera_popup({"bearing_deg": 252.6, "assumed": "bearing_deg;ir_range_m"})

    assert "<dt>Looks to</dt><dd>253° (assumed)</dd>" in html
    assert "<dd>direction, infrared lamp</dd>" in html
    assert "_deg" not in html


def test_everything_that_can_be_assumed_has_a_word() -> None:
    filled = [
        "ir_range_m",
        *model.camera_defaults()["common"],
        *model.camera_defaults()["kinds"]["unknown"],
        *(f"{what}_error_deg" for what in ("bearing", "hfov")),
        *(f"{what}_error_m" for what in ("position", "height", "range")),
    ]

    html = camera_popup({"camera_id": "c1", "assumed": filled})

    assert not re.search(r"<dd>[^<]*_[^<]*</dd>", html)


def test_how_far_a_camera_sees_is_the_radius_of_its_view_where_that_is_known() -> None:
    html = camera_popup({"effective_range_m": 4.2, "reach_m": 17.6})

    assert "<dt>Sees as far as</dt><dd>18 m</dd>" in html
    assert "Useful range" not in html
    assert "<dd>4.2 m</dd>" in camera_popup({"effective_range_m": 4.2, "reach_m": None})


def test_a_camera_tells_its_night_its_state_and_what_its_outage_costs() -> None:
    html = camera_popup(
        {
            "camera_id": "c1",
            "works_now": False,
            "range_night_m": 0.0,
            "loss_street_m": 62.4,
            "loss_incidents_per_year": 8.44,
        }
    )

    assert "<dt>Works now</dt><dd>not known to</dd>" in html
    assert "<dd>sees nothing: no infrared lamp is known</dd>" in html
    assert "<dd>62 m of street, 8.4 incidents a year</dd>" in html
    bright = camera_popup({"works_now": np.True_, "range_night_m": 21.0})
    assert "<dt>Works now</dt><dd>yes</dd>" in bright
    assert "<dt>By night</dt><dd>21 m</dd>" in bright


def test_a_gap_tells_its_demand_with_its_interval() -> None:
    gap = {"incidents_per_year": 61.4, "incidents_low": 52.2, "incidents_high": 70.1}

    assert "<dd>61 a year (52-70)</dd>" in gap_popup(gap)
    assert "<dd>61 a year</dd>" in gap_popup({**gap, "incidents_low": float("nan")})
    assert "<dd>61 a year</dd>" in gap_popup({**gap, "incidents_high": 52.2})


@pytest.mark.parametrize("what", ["incidents", "calls"])
def test_a_gap_tells_where_scenes_put_its_demand(what) -> None:
    amounts = {"per_year": 61.4, "low": 42.2, "median": 55.5, "high": 60.1}

    html = gap_popup({f"{what}_{name}": value for name, value in amounts.items()})

    assert "<dd>61 a year, as given; over the scenes 56 (42-60)</dd>" in html


def test_what_is_missing_is_left_out_and_an_unknown_direction_is_said() -> None:
    html = camera_popup(
        {"camera_id": "c1", "name": None, "bearing_deg": float("nan"), "kind": pd.NA}
    )

    assert "c1" in html
    assert "<dd>unknown</dd>" in html
    assert "Kind" not in html
    assert "nan" not in html
    assert "NA" not in html


def test_a_gap_tells_its_demand_and_its_nearest_camera() -> None:
    html = gap_popup(
        {
            "name": "Wylie / Flat Shoals",
            "rank": 1,
            "incidents_per_year": 61.4,
            "calls_per_year": 3.25,
            "street_m": 140.0,
            "area_m2": 1234.5,
            "nearest_camera_id": "c4",
            "nearest_camera_m": 71.5,
        }
    )

    assert "<dd>61 a year</dd>" in html
    assert "<dd>3.2 a year</dd>" in html
    assert "<dd>1,234 m²</dd>" in html
    assert "<dd>c4, 72 m</dd>" in html


@pytest.mark.parametrize("name", [HOSTILE_SCRIPT, HOSTILE_IMAGE, '"><svg onload=x>'])
@pytest.mark.parametrize("words", [camera_popup, gap_popup])
def test_a_hostile_name_stays_text(words, name) -> None:
    html = words({"name": name, "camera_id": name, "nearest_camera_id": name})

    assert name not in html
    assert "<script" not in html
    assert "<img" not in html


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()

    def handle_starttag(self, tag, attrs) -> None:
        self.tags.add(tag)


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
def test_no_text_of_a_row_opens_a_tag(text) -> None:
    names = ("name", "camera_id", "kind", "access", "status", "mount", "assumed")
    reader = _Reader()

    reader.feed(camera_popup(dict.fromkeys(names, text)))
    reader.close()

    assert reader.tags <= {"div", "h3", "svg", "rect", "circle", "dl", "dt", "dd"}


@pytest.mark.parametrize("missing", [None, float("nan"), pd.NA, pd.NaT, np.nan])
def test_every_way_to_be_missing_is_an_empty_text(missing) -> None:
    assert plain(missing) == ""
