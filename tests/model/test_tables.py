"""Tables are checked whole: every fault at once, with row, value, what is allowed."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely import Point, Polygon

from coveragekit import model
from coveragekit.errors import InputError, TableError


def _cameras(**columns: list[object]) -> gpd.GeoDataFrame:
    count = len(next(iter(columns.values())))
    points = [Point(-84.35 + i / 1000, 33.75) for i in range(count)]
    return gpd.GeoDataFrame(columns, geometry=points, crs=4326)


def test_a_good_table_passes_and_is_not_changed() -> None:
    given_frame = _cameras(camera_id=["a", "b"], bearing_deg=[0, 359.9])
    before = given_frame.copy()

    cameras = model.conform("cameras", given_frame)
    model.check("cameras", cameras)

    assert list(cameras.columns[:3]) == ["camera_id", "name", "kind"]
    assert cameras["bearing_deg"].dtype == np.float64
    pd.testing.assert_frame_equal(given_frame, before)


def test_all_faults_are_reported_at_once() -> None:
    cameras = model.conform(
        "cameras",
        _cameras(
            camera_id=["a", "a", None],
            kind=["bullet", "bulet", None],
            bearing_deg=[360.0, 10.0, -5.0],
        ),
    )

    with pytest.raises(TableError) as caught:
        model.check("cameras", cameras)

    seen = {(fault.row, fault.column, fault.value) for fault in caught.value.faults}
    assert (2, "camera_id", "missing") in seen
    assert (0, "camera_id", "'a' again") in seen
    assert (1, "kind", "'bulet'") in seen
    assert (0, "bearing_deg", "360.0") in seen
    assert (2, "bearing_deg", "-5.0") in seen
    assert "at least 0 deg and less than 360 deg" in str(caught.value)


def test_a_camera_that_ends_before_it_begins_is_named_with_the_other_faults() -> None:
    cameras = model.conform(
        "cameras",
        _cameras(
            camera_id=["a", "b", "c", "d", "e"],
            kind=["bulet", None, None, None, None],
            active_from=[
                *("2024-05-02T00:00Z", "2024-05-01T00:00Z", "2024-05-01T00:00Z"),
                *(None, "2024-05-01T00:00Z"),
            ],
            active_to=[
                *("2024-05-01T23:00Z", "2024-05-01T00:00Z", None),
                *("2024-05-01T00:00Z", "9999-12-31T00:00Z"),
            ],
        ),
    )

    faults = model.find_faults("cameras", cameras)

    assert [(one.row, one.column, one.value) for one in faults] == [
        (0, "kind", "'bulet'"),
        (0, "active_to", "2024-05-01T23:00:00Z (camera a)"),
    ]
    assert faults[1].allowed == "active_from, here 2024-05-02T00:00:00Z, or later"


def test_times_of_another_type_are_one_fault_and_not_compared() -> None:
    cameras = model.conform("cameras", _cameras(camera_id=["a"]))
    cameras["active_to"] = ["never"]

    columns = {fault.column for fault in model.find_faults("cameras", cameras)}

    assert columns == {"active_to"}


@pytest.mark.parametrize(
    ("geometry", "value"),
    [(None, "missing"), (Polygon(), "empty"), (Point(0, 0), "Point")],
)
def test_a_building_needs_a_polygon(geometry: object, value: str) -> None:
    frame = gpd.GeoDataFrame({"building_id": ["a"]}, geometry=[geometry], crs=4326)

    faults = model.find_faults("buildings", model.conform("buildings", frame))

    assert [(fault.row, fault.value) for fault in faults] == [(0, value)]


def test_a_missing_crs_is_a_fault() -> None:
    frame = gpd.GeoDataFrame({"water_id": ["a"]}, geometry=[Point(0, 0).buffer(1)])

    faults = model.find_faults("water", model.conform("water", frame))

    assert [fault.value for fault in faults] == ["no CRS"]


def test_a_number_that_is_a_word_names_its_column() -> None:
    with pytest.raises(TableError, match=r"hfov_deg.*wide"):
        model.conform("cameras", _cameras(camera_id=["a"], hfov_deg=["wide"]))


def test_an_unknown_table_names_the_known_ones() -> None:
    with pytest.raises(InputError, match="no table 'camera'; allowed: cameras"):
        model.table("camera")


def test_columns_of_other_tables_are_left_out_and_populations_kept() -> None:
    cameras = model.conform("cameras", _cameras(camera_id=["a"], colour=["red"]))
    areas = model.conform(
        "areas",
        gpd.GeoDataFrame(
            {"area_id": ["1"], "population": [5]},
            geometry=[Point(0, 0).buffer(1)],
            crs=4326,
        ),
    )

    assert "colour" not in cameras.columns
    assert areas["population"].tolist() == [5]


def test_times_become_utc() -> None:
    frame = gpd.GeoDataFrame(
        {"call_id": ["1"], "received_at": ["2024-03-01T10:00:00-05:00"]},
        geometry=[Point(0, 0)],
        crs=4326,
    )

    calls = model.conform("calls", frame)

    assert calls["received_at"][0] == pd.Timestamp("2024-03-01T15:00:00Z")
    assert str(calls["received_at"].dtype) == "datetime64[us, UTC]"


@pytest.mark.parametrize("name", model.table_names())
def test_every_table_may_be_empty(name: str) -> None:
    empty = model.empty(name)

    model.check(name, empty)

    assert empty.crs == "EPSG:4326"
    assert list(empty.columns)[:-1] == list(model.table(name).columns)


@given(
    st.lists(
        st.text(
            st.characters(exclude_characters=";", exclude_categories=["Z", "C"]),
            min_size=1,
        )
    )
)
def test_a_list_of_names_survives_being_joined(names: list[str]) -> None:
    assert model.split_assumed(model.join_assumed(names)) == names


@pytest.mark.parametrize("cell", [None, float("nan"), "", ";"])
def test_a_missing_list_is_empty(cell: object) -> None:
    assert model.split_assumed(cell) == []


@pytest.mark.parametrize("name", model.table_names())
def test_conforming_twice_changes_nothing_more(name: str) -> None:
    once = model.empty(name)

    twice = model.conform(name, once)

    pd.testing.assert_frame_equal(once, twice)
