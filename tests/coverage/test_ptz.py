"""Cameras that turn, by what they see now, from their presets, and at all."""

from __future__ import annotations

import json
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal
from shapely.geometry import Point

from coveragekit.coverage import camera_probability, multiplicity
from coveragekit.coverage.ptz import ptz_views, reach_over_views, turns
from coveragekit.errors import InputError, TableError
from coveragekit.optics import footprints
from coveragekit.visibility import Obstacles, isovists
from tests.strategies import examples

ROUND = [{"bearing_deg": bearing} for bearing in (0, 90, 180, 270)]


def cameras(*presets: Any, **changes: Any) -> gpd.GeoDataFrame:
    """Give a bullet and a PTZ for each list of presets, or text, or None."""
    texts = [
        None,
        *(p if p is None or isinstance(p, str) else json.dumps(p) for p in presets),
    ]
    count = len(texts)
    values: dict[str, Any] = {
        "camera_id": ["bullet", *(f"ptz{n}" for n in range(1, count))],
        "kind": ["bullet"] + ["ptz"] * (count - 1),
        "bearing_deg": [45.0] * count,
        "tilt_deg": [15.0] * count,
        "hfov_deg": [58.0] * count,
        "vfov_deg": [34.0] * count,
        "width_px": [1920] * count,
        "mount_height_m": [6.0] * count,
        "range_m": [np.nan] * count,
        "focal_length_mm": [4.7] * count,
        "ptz_presets": texts,
    }
    return gpd.GeoDataFrame(
        values | changes, geometry=[Point(0, 0)] * count, crs="EPSG:32616"
    )


def test_now_is_the_table_as_it_stands() -> None:
    table = cameras(ROUND)

    now = ptz_views(table, "now")

    assert_frame_equal(now, table)
    assert now is not table


def test_in_reach_is_all_that_a_ptz_could_look_at_with_certainty() -> None:
    table = cameras(None, ROUND)
    before = table.copy()

    reach = ptz_views(table, "reach")

    assert reach["bearing_deg"].isna().tolist() == [False, True, True]
    assert reach["probability"].tolist() == [1.0, 1.0, 1.0]
    assert camera_probability(reach).tolist() == [1.0, 1.0, 1.0]
    assert_frame_equal(table, before)


def test_each_preset_is_a_row_with_its_share_of_the_time() -> None:
    views = ptz_views(cameras(ROUND), "preset")

    assert views["camera_id"].tolist() == ["bullet"] + ["ptz1"] * 4
    assert views["bearing_deg"].tolist() == [45.0, 0.0, 90.0, 180.0, 270.0]
    assert views["probability"].tolist() == [1.0, 0.25, 0.25, 0.25, 0.25]
    assert views.index.tolist() == [0, 1, 2, 3, 4]


def test_the_presets_of_a_ptz_add_up_on_the_raster() -> None:
    views = ptz_views(cameras(ROUND).iloc[1:], "preset")
    ground = Obstacles.from_buildings(views.iloc[:0][["geometry"]])
    shown = footprints(views, 25.0)
    seen = isovists(views, ground, north="grid", footprints=shown)

    count = multiplicity(seen, camera_probability(views))

    assert float(count.sel(x=0.0, y=20.0, method="nearest")) == 0.25
    assert float(count.max()) == 0.25
    assert float(count.sel(x=20.0, y=20.0, method="nearest")) == 0.0


def test_a_ptz_without_presets_stays_as_it_is() -> None:
    views = ptz_views(cameras(None, "  "), "preset")

    assert views["bearing_deg"].tolist() == [45.0, 45.0, 45.0]
    assert views["probability"].tolist() == [1.0, 1.0, 1.0]


def test_one_of_unknown_bearing_without_presets_keeps_its_chance() -> None:
    views = ptz_views(cameras(None, bearing_deg=[np.nan, np.nan]), "preset")

    assert views["probability"].tolist() == pytest.approx([58 / 360, 58 / 360])


def test_shares_that_are_not_given_are_what_the_others_leave() -> None:
    presets = [
        {"bearing_deg": 0, "dwell_share": 0.5},
        {"bearing_deg": 90},
        {"bearing_deg": 180},
    ]
    views = ptz_views(cameras(presets), "preset")

    assert views["probability"].tolist() == pytest.approx([1.0, 0.5, 0.25, 0.25])


def test_time_that_no_preset_has_is_not_handed_out() -> None:
    presets = [
        {"bearing_deg": 0, "dwell_share": 0.5},
        {"bearing_deg": 90, "dwell_share": 0.2},
    ]
    views = ptz_views(cameras(presets), "preset")

    assert views["probability"].tolist() == [1.0, 0.5, 0.2]


def test_a_zoomed_preset_is_narrower_both_ways_and_has_another_focal_length() -> None:
    presets = [
        {"bearing_deg": 0, "hfov_deg": 5.0, "tilt_deg": 3.0},
        {"bearing_deg": 0, "hfov_deg": 5.0, "vfov_deg": 4.0},
        {"bearing_deg": 0},
    ]
    _, zoomed, given_both, wide = ptz_views(cameras(presets), "preset").itertuples()

    # the picture keeps its shape: tan 17 / tan 29 = tan v / tan 2.5
    shape = np.tan(np.radians(17.0)) / np.tan(np.radians(29.0))
    kept = 2.0 * np.degrees(np.arctan(shape * np.tan(np.radians(2.5))))
    assert (zoomed.hfov_deg, zoomed.tilt_deg) == (5.0, 3.0)
    assert zoomed.vfov_deg == pytest.approx(kept)
    assert np.isnan(zoomed.focal_length_mm)
    assert (given_both.vfov_deg, given_both.tilt_deg) == (4.0, 15.0)
    assert (wide.vfov_deg, wide.focal_length_mm) == (34.0, 4.7)


def test_a_zoomed_preset_of_a_wide_lens_narrows_in_proportion() -> None:
    presets = [{"bearing_deg": 0, "hfov_deg": 60.0}]
    table = cameras(presets, hfov_deg=[120.0, 120.0])

    views = ptz_views(table, "preset")

    assert views["vfov_deg"].tolist() == pytest.approx([34.0, 17.0])


@pytest.mark.parametrize(
    ("presets", "told"),
    [
        ("[{]", "Expecting property name"),
        ("", None),
        ({"bearing_deg": 0}, "a JSON list of at least one preset"),
        ([], "a JSON list of at least one preset"),
        ([7], "preset 1 is 7; allowed: an object of bearing_deg"),
        ([{"tilt_deg": 10}], "preset 1 has no bearing_deg"),
        ([{"bearing_deg": 360}], "bearing_deg 360; allowed: at least 0 deg and less"),
        ([{"bearing_deg": "N"}], "bearing_deg 'N'"),
        ([{"bearing_deg": True}], "bearing_deg True"),
        ('[{"bearing_deg": NaN}]', "bearing_deg nan"),
        ([{"bearing_deg": 0, "tilt_deg": 91}], "tilt_deg 91; allowed: at least -90"),
        ([{"bearing_deg": 0, "hfov_deg": 0}], "hfov_deg 0; allowed: more than 0"),
        ([{"bearing_deg": 0, "zoom": 3}], "preset 1 has 'zoom'; allowed: only bearing"),
        ([{"bearing_deg": 0, "dwell_share": 0}], "dwell_share 0; allowed: more than 0"),
        ([{"bearing_deg": 0, "dwell_share": 0.6}] * 2, "dwell shares sum to 1.2"),
        (
            [{"bearing_deg": 0, "dwell_share": 1}, {"bearing_deg": 90}],
            "dwell shares sum to 1, and 1 presets have none",
        ),
    ],
)
def test_presets_that_cannot_be_read_are_refused_by_the_cameras_key(
    presets: Any, told: str | None
) -> None:
    if told is None:
        assert len(ptz_views(cameras(ROUND, presets), "preset")) == 6
        return
    with pytest.raises(TableError) as raised:
        ptz_views(cameras(ROUND, presets), "preset")

    assert {fault.row for fault in raised.value.faults} == {"ptz2"}
    assert {fault.column for fault in raised.value.faults} == {"ptz_presets"}
    assert told in str(raised.value)


def test_all_faults_of_all_cameras_come_at_once() -> None:
    bad = [{"bearing_deg": 400, "tilt_deg": 99}, {"dwell_share": 2}]

    with pytest.raises(TableError) as raised:
        ptz_views(cameras(bad, "no"), "preset")

    rows = [fault.row for fault in raised.value.faults]
    assert rows == ["ptz1"] * 4 + ["ptz2"]


def test_another_mode_or_a_missing_column_is_refused() -> None:
    with pytest.raises(InputError, match="mode is 'all'; allowed: 'now', 'reach', 'pr"):
        ptz_views(cameras(), "all")  # type: ignore[arg-type]
    with pytest.raises(InputError, match="no column vfov_deg, ptz_presets"):
        ptz_views(cameras().drop(columns=["vfov_deg", "ptz_presets"]), "preset")


# Which cameras turn, and how far they reach.


def test_a_camera_turns_by_its_kind_or_by_its_presets() -> None:
    table = cameras(None, ROUND, ROUND, "  ")
    table["kind"] = ["bullet", "ptz", "dome", "ptz", None]

    assert turns(table).tolist() == [False, True, True, True, False]
    assert turns(table.drop(columns="ptz_presets")).tolist() == [
        *(False, True, False),
        *(True, False),
    ]
    with pytest.raises(InputError, match="no column kind; coveragekit"):
        turns(table.drop(columns="kind"))


def test_exactly_the_cameras_that_turn_are_changed_by_a_mode() -> None:
    table = cameras(None, ROUND, None, ROUND)
    table["kind"] = ["bullet", "ptz", "dome", "dome", "dome"]
    turning = turns(table)

    reach = ptz_views(table, "reach")
    preset = ptz_views(table, "preset")

    assert reach["bearing_deg"].isna().tolist() == turning.tolist()
    rows = preset["camera_id"].value_counts()[table["camera_id"]]
    assert (rows > 1).tolist() == [False, False, True, False, True]


def test_the_reach_is_that_of_the_farthest_view() -> None:
    near = [{"bearing_deg": 0, "tilt_deg": 60.0}]
    zoomed = [{"bearing_deg": 0}, {"bearing_deg": 90, "hfov_deg": 5.0, "tilt_deg": 3.0}]
    table = cameras(near, zoomed, None)
    alone = footprints(table, 62.5).reach_m

    reach_m = reach_over_views(table, 62.5)

    shown = footprints(ptz_views(table, "preset"), 62.5).reach_m
    assert reach_m[0] == alone[0]
    assert reach_m[1] >= alone[1] > shown[1]
    assert reach_m[2] == shown[3] > 2.0 * alone[2]
    for mode in ("now", "reach"):
        assert (reach_m >= footprints(ptz_views(table, mode), 62.5).reach_m).all()


def test_the_farthest_may_be_the_view_as_it_stands() -> None:
    table = cameras([{"bearing_deg": 0, "tilt_deg": 80.0}], tilt_deg=[15.0, 5.0])
    table["probability"] = [1.0, 0.5]

    reach_m = reach_over_views(table, 62.5)

    assert reach_m[1] >= footprints(table, 62.5).reach_m[1] > 20.0


def test_each_camera_keeps_its_own_density_and_the_light_counts() -> None:
    table = cameras(ROUND, ROUND, range_m=[np.nan] * 3, ir_range_m=[30.0, 0.0, 40.0])

    reach_m = reach_over_views(table, [25.0, 125.0, 25.0])
    dark_m = reach_over_views(table, 25.0, light="night", target_height_m=0.0)

    assert reach_m[0] == reach_m[2] > 3.0 * reach_m[1] > 0.0
    assert dark_m[1] == 0.0 < dark_m[0] < dark_m[2]


def test_no_cameras_reach_nowhere_and_cameras_that_stay_need_no_presets() -> None:
    table = cameras(ROUND)
    still = table.iloc[:1].drop(columns=["ptz_presets", "geometry"])

    assert reach_over_views(table.iloc[:0], 62.5).tolist() == []
    assert reach_over_views(still, 62.5).tolist() == (
        footprints(still, 62.5).reach_m.tolist()
    )


# The chance of a camera, with what presets say.


def test_a_given_probability_stands_and_a_missing_one_follows_from_the_view() -> None:
    table = pd.DataFrame(
        {
            "bearing_deg": [0.0, 0.0, None, None],
            "hfov_deg": [90.0, 90.0, 90.0, None],
            "probability": [0.25, None, None, 1.0],
        }
    )

    assert camera_probability(table).tolist() == [0.25, 1.0, 0.25, 1.0]


@pytest.mark.parametrize("chance", [-0.1, 1.1])
def test_a_probability_out_of_bounds_is_refused_by_its_row(chance: float) -> None:
    table = pd.DataFrame(
        {"bearing_deg": [0.0], "hfov_deg": [90.0], "probability": [chance]}, index=["a"]
    )

    with pytest.raises(InputError, match=f"camera a has probability {chance}; allowed"):
        camera_probability(table)


@given(
    st.lists(
        st.tuples(st.floats(0.0, 359.0), st.one_of(st.none(), st.floats(0.001, 0.2))),
        min_size=1,
        max_size=5,
    )
)
@examples(40)
def test_shares_are_at_most_the_whole_time_and_all_of_it_where_one_is_open(
    drawn: list[tuple[float, float | None]],
) -> None:
    presets = [
        {"bearing_deg": bearing} | ({} if share is None else {"dwell_share": share})
        for bearing, share in drawn
    ]

    views = ptz_views(cameras(presets).iloc[1:], "preset")

    total = views["probability"].sum()
    assert len(views) == len(drawn)
    assert (views["probability"] > 0.0).all()
    assert total <= 1.0 + 1e-9
    if any(share is None for _, share in drawn):
        assert total == pytest.approx(1.0)
