"""Tables as GeoJSON with classes, panes and keys."""

from __future__ import annotations

import json

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import GeometryCollection, LineString, Point, box

from coveragekit.errors import CRSError
from coveragekit.maps.features import (
    PANES,
    camera_features,
    collect,
    gap_features,
    isovist_features,
    not_working,
    plain_features,
    street_features,
)


def _cameras(**columns) -> gpd.GeoDataFrame:
    count = len(next(iter(columns.values())))
    base = {
        "camera_id": [f"c{i}" for i in range(count)],
        "access": ["public"] * count,
        "status": ["online"] * count,
        "bearing_deg": [0.0] * count,
    }
    points = [Point(24.9 + i / 1000, 60.2) for i in range(count)]
    return gpd.GeoDataFrame({**base, **columns}, geometry=points, crs=4326)


def _classes(features) -> list[str]:
    return [f["properties"]["style"]["className"] for f in features["features"]]


def test_a_camera_s_class_tells_tier_state_and_knowledge() -> None:
    cameras = _cameras(
        access=["integrated", "registered", "public"],
        status=["offline", "unknown", "online"],
        bearing_deg=[10.0, np.nan, 20.0],
    )

    assert _classes(camera_features(cameras)) == [
        "ck-camera ck-camera-integrated-offline",
        "ck-camera ck-camera-registered-unknown",
        "ck-camera ck-camera-public",
    ]


def test_a_camera_is_hollow_when_it_is_known_not_to_work() -> None:
    long_ago = pd.Timestamp("2022-01-01", tz="UTC")
    cameras = _cameras(
        status=["online", "offline", "unknown", "unknown"],
        works_now=[True, False, False, False],
        last_seen_at=[pd.NaT, long_ago, long_ago, pd.NaT],
    )

    assert not_working(cameras).tolist() == [False, True, True, False]
    assert not_working(cameras, strict=True).tolist() == [False, True, True, True]
    hollow = ["offline" in css for css in _classes(camera_features(cameras))]
    assert hollow == [False, True, True, False]
    strictly = camera_features(cameras, strict=True)
    assert ["offline" in css for css in _classes(strictly)] == [False, True, True, True]


def test_a_click_on_a_camera_is_not_a_click_on_the_ground() -> None:
    style = camera_features(_cameras(access=["public"]))["features"][0]["properties"]

    assert style["key"] == "c0"
    assert style["style"]["interactive"] is True
    assert style["style"]["bubblingMouseEvents"] is False


def test_the_basemap_takes_no_clicks() -> None:
    ground = gpd.GeoDataFrame(geometry=[box(0, 0, 1, 1)], crs=4326)

    feature = plain_features(ground, "ck-building", pane="ck-buildings")["features"][0]

    assert feature["properties"]["style"]["interactive"] is False
    assert "key" not in feature["properties"]


def test_no_text_of_a_source_travels_but_the_key() -> None:
    cameras = _cameras(name=["<script>"], address=["12 Elm St"], access=["public"])

    text = json.dumps(camera_features(cameras))

    assert "script" not in text
    assert "Elm" not in text


def test_views_of_unknown_direction_are_dashed() -> None:
    views = gpd.GeoDataFrame(geometry=[box(0, 0, 1, 1)] * 2, crs=4326)

    made = isovist_features(views, unknown=pd.Series([True, False]))

    assert _classes(made) == ["ck-isovist ck-isovist-unknown", "ck-isovist"]


def test_streets_are_wide_narrow_or_dotted_by_class() -> None:
    kinds = ["primary", "residential", "footway", None]
    streets = gpd.GeoDataFrame(
        {"highway": kinds}, geometry=[LineString([(0, 0), (1, 1)])] * 4, crs=4326
    )

    assert _classes(street_features(streets)) == [
        "ck-street",
        "ck-street ck-street-minor",
        "ck-street ck-street-path",
        "ck-street ck-street-minor",
    ]


def test_missing_and_empty_shapes_are_left_out_and_keys_stay_with_theirs() -> None:
    shapes = [None, Point(1, 2), GeometryCollection(), Point(3, 4)]
    gaps = gpd.GeoDataFrame({"gap_id": ["a", "b", "c", "d"]}, geometry=shapes, crs=4326)

    made = gap_features(gaps)["features"]

    assert [f["properties"]["key"] for f in made] == ["b", "d"]
    assert made[1]["geometry"]["coordinates"] == (3.0, 4.0)


def test_what_is_given_is_not_changed() -> None:
    cameras = _cameras(access=["public"])
    before = cameras.copy(deep=True)

    camera_features(cameras)

    pd.testing.assert_frame_equal(cameras, before)


@pytest.mark.parametrize("crs", [None, "EPSG:32635"])
def test_another_crs_is_refused(crs) -> None:
    metric = gpd.GeoSeries([Point(1, 2)], crs=crs)

    with pytest.raises(CRSError, match="map layers need EPSG:4326"):
        collect(metric, ["ck-gap"], pane="ck-gaps")


@given(st.floats(-180, 180), st.floats(-85, 85))
def test_rounding_moves_nothing_by_more_than_a_decimetre(lon, lat) -> None:
    series = gpd.GeoSeries([Point(lon, lat)], crs=4326)

    made = collect(series, ["x"], pane="ck-gaps")["features"][0]

    moved = np.abs(np.array(made["geometry"]["coordinates"]) - [lon, lat])
    assert (moved <= 0.5e-6 + 1e-12).all()  # half of the sixth digit: 0.06 m


def test_every_layer_lies_in_a_pane_that_the_map_has() -> None:
    cameras = _cameras(access=["public"])
    ground = gpd.GeoDataFrame(
        {"gap_id": ["a"], "highway": ["path"]}, geometry=[box(0, 0, 1, 1)], crs=4326
    )
    made = [
        camera_features(cameras),
        gap_features(ground),
        street_features(ground),
        isovist_features(ground, unknown=pd.Series([False])),
    ]

    panes = {f["properties"]["style"]["pane"] for m in made for f in m["features"]}

    assert panes <= set(PANES)
    assert len(panes) == 4
