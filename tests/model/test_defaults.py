"""What a source does not say of a camera is filled in by kind, and written down."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import pytest
from shapely import Point

from coveragekit import model
from coveragekit.errors import InputError


def _cameras(**columns: list[object]) -> gpd.GeoDataFrame:
    count = len(columns["camera_id"])
    frame = gpd.GeoDataFrame(columns, geometry=[Point(0, 0)] * count, crs=4326)
    return model.conform("cameras", frame)


def test_an_unknown_camera_is_1920_px_and_70_degrees_wide() -> None:
    filled = model.fill_camera_defaults(_cameras(camera_id=["a"]))

    row = filled.iloc[0]
    assert (row["kind"], row["width_px"], row["hfov_deg"]) == ("unknown", 1920, 70.0)
    assert row["access"] == "registered"
    assert set(row["assumed"]) >= {"kind", "width_px", "hfov_deg", "access", "status"}


def test_what_the_source_says_stays_and_is_not_assumed() -> None:
    filled = model.fill_camera_defaults(
        _cameras(camera_id=["a"], kind=["dome"], hfov_deg=[60.0], access=["public"])
    )

    row = filled.iloc[0]
    assert (row["hfov_deg"], row["access"], row["mount_height_m"]) == (
        60.0,
        "public",
        3.0,
    )
    assert "hfov_deg" not in row["assumed"]
    assert "access" not in row["assumed"]
    assert "mount_height_m" in row["assumed"]


def test_a_missing_bearing_stays_missing() -> None:
    filled = model.fill_camera_defaults(_cameras(camera_id=["a"], kind=["ptz"]))

    assert pd.isna(filled["bearing_deg"].iloc[0])
    assert "bearing_deg" not in filled["assumed"].iloc[0]


def test_each_row_takes_the_values_of_its_own_kind_whatever_the_order() -> None:
    kinds = ["alpr", "ptz", "bullet", "doorbell", "fisheye", "turret", "dome"]
    cameras = _cameras(camera_id=list("abcdefg"), kind=kinds)

    there = model.fill_camera_defaults(cameras)
    back = model.fill_camera_defaults(cameras.iloc[::-1])

    assert there["hfov_deg"].tolist() == [28, 58, 98, 150, 360, 98, 98]
    pd.testing.assert_frame_equal(there, back.sort_index())


def test_the_cameras_given_are_not_changed() -> None:
    cameras = _cameras(camera_id=["a"])
    before = cameras.copy(deep=True)

    model.fill_camera_defaults(cameras)

    pd.testing.assert_frame_equal(cameras, before)
    assert cameras["assumed"].iloc[0] == []


def test_filling_twice_changes_nothing_more() -> None:
    once = model.fill_camera_defaults(_cameras(camera_id=["a", "b"]))

    pd.testing.assert_frame_equal(once, model.fill_camera_defaults(once))


def test_a_kind_without_defaults_is_refused_by_name() -> None:
    defaults = {"common": {"kind": "drone"}, "kinds": {"dome": {}}}

    with pytest.raises(InputError, match="no defaults for camera kind 'drone'"):
        model.fill_camera_defaults(_cameras(camera_id=["a"]), defaults=defaults)


def test_every_default_is_allowed_by_the_table() -> None:
    kinds = list(model.camera_defaults()["kinds"])
    cameras = _cameras(camera_id=kinds, kind=kinds)

    model.check("cameras", model.fill_camera_defaults(cameras))

    assert set(kinds) == set(model.table("cameras").columns["kind"].allowed or ())
