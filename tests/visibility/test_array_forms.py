"""Cameras that are arrays see exactly what the same cameras of a table see."""

import subprocess
import sys

import geopandas as gpd
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely import Polygon

from coveragekit import optics
from coveragekit.crs import to_grid_bearing_deg
from coveragekit.errors import InputError
from coveragekit.visibility import (
    Obstacles,
    Surface,
    isovists,
    mount,
    who_sees,
    who_sees_relief,
)
from coveragekit.visibility.eyes import look, look_arrays
from coveragekit.visibility.isovist import view_arrays
from coveragekit.visibility.lookouts import look_over, look_over_arrays
from coveragekit.visibility.mounting import mount_arrays
from coveragekit.visibility.relief import place_targets, who_sees_relief_arrays
from coveragekit.visibility.seen_cells import view_arrays_over
from coveragekit.visibility.sight import who_sees_arrays
from tests.strategies import CRS, examples, scenes, targets

OPTICS = ("tilt_deg", "vfov_deg", "width_px", "mount_height_m", "ir_range_m")


@st.composite
def towns(draw):
    """A scene whose cameras have lenses, with points to look at."""
    scene = draw(scenes())
    cameras = scene.cameras_table()
    count = len(cameras)

    def column(values):
        return draw(st.lists(values, min_size=count, max_size=count))

    kinds = ["bullet", "fisheye", "doorbell"]
    cameras["kind"] = column(st.sampled_from(kinds))
    cameras["tilt_deg"] = column(st.sampled_from([0.0, 15.0, 40.0, 90.0, -10.0]))
    cameras["vfov_deg"] = column(st.sampled_from([20.0, 52.0, 180.0]))
    cameras["width_px"] = column(st.sampled_from([1280.0, 3840.0]))
    cameras["mount_height_m"] = column(st.sampled_from([1.0, 4.0, 9.0]))
    cameras["ir_range_m"] = column(st.sampled_from([np.nan, 25.0]))
    return scene, cameras, draw(targets(scene))


def arrays_of(cameras):
    names = ("bearing_deg", "hfov_deg", "range_m", *OPTICS)
    columns = {name: cameras[name].to_numpy(dtype=float) for name in names}
    return {**columns, "is_fisheye": (cameras["kind"] == "fisheye").to_numpy()}


def xy_of(cameras):
    return np.column_stack([cameras.geometry.x, cameras.geometry.y])


def grid_bearing(cameras):
    x, y = xy_of(cameras).T
    bearing = cameras["bearing_deg"].to_numpy(dtype=float)
    known = ~np.isnan(bearing)
    turned = bearing.copy()
    turned[known] = to_grid_bearing_deg(bearing[known], x[known], y[known], crs=CRS)
    return turned


def shape_of(xy, ring_ptr, rows):
    """Rings filled by even and odd."""
    shape = Polygon()
    for ring in range(*rows):
        corners = xy[ring_ptr[ring] : ring_ptr[ring + 1]]
        shape = shape.symmetric_difference(Polygon(corners).buffer(0.0))
    return shape


def shapes_of(xy, ring_ptr, row_ptr):
    return [
        shape_of(xy, ring_ptr, row_ptr[camera : camera + 2])
        for camera in range(len(row_ptr) - 1)
    ]


@given(town=towns(), light=st.sampled_from(["day", "night"]))
@examples(30)
def test_footprints_of_arrays_are_those_of_a_table(town, light):
    _, cameras, _ = town
    of_table = optics.footprints(cameras, 20.0, light=light)
    of_arrays = optics.footprint_arrays(arrays_of(cameras), 20.0, light=light)

    for name, array in of_table.to_arrays().items():
        assert np.array_equal(array, of_arrays.to_arrays()[name], equal_nan=True)


@given(town=towns())
@examples(40)
def test_mounted_and_aimed_arrays_see_what_the_table_sees(town):
    scene, cameras, xy = town
    walls = Obstacles.from_buildings(scene.buildings_table())
    shown = optics.footprints(cameras, 20.0)
    bearing = grid_bearing(cameras)
    placed, kinds, _ = mount_arrays(xy_of(cameras), bearing, walls)
    eyes = look_arrays((placed, kinds), bearing, shown, obstacles=walls)

    of_table = look(cameras, walls, None, north="true", footprints=shown)
    assert np.array_equal(eyes.rows, of_table.rows)
    assert np.array_equal(eyes.opaque, of_table.opaque)
    points = gpd.GeoSeries.from_xy(*xy.T, crs=CRS)
    sees = who_sees(points, cameras, walls, footprints=shown)
    columns, ptr = who_sees_arrays(xy, eyes, walls)
    assert columns.tolist() == sees.indices.tolist()
    assert ptr.tolist() == sees.indptr.tolist()
    drawn = isovists(cameras, walls, footprints=shown)
    for mine, shape in zip(shapes_of(*view_arrays(eyes, walls)), drawn, strict=True):
        assert mine.symmetric_difference(shape).area < 1e-6


@given(town=towns())
@examples(15)
def test_arrays_over_a_surface_see_what_the_table_sees(town):
    scene, cameras, xy = town
    buildings = scene.buildings_table()
    both = np.vstack([xy, xy_of(cameras)])
    low, high = both.min(axis=0) - 9.0, both.max(axis=0) + 9.0
    surface = Surface.from_buildings(buildings, bounds=(*low, *high))
    walls = Obstacles.from_buildings(buildings)
    shown = optics.footprints(cameras, 20.0)
    hung = mount(cameras, walls)
    bearing, height = grid_bearing(cameras), arrays_of(cameras)["mount_height_m"]
    placed, kinds, _ = mount_arrays(xy_of(cameras), bearing, walls)
    lookouts = look_over_arrays(
        xy_of(cameras),
        (bearing, height),
        shown,
        surface=surface,
        mounted=(placed, kinds),
    )

    of_table = look_over(cameras, surface, footprints=shown, mounting=hung)
    assert np.array_equal(lookouts.views, of_table.views)
    points = gpd.GeoSeries.from_xy(*xy.T, crs=CRS)
    sees = who_sees_relief(points, cameras, surface, footprints=shown, mounting=hung)
    places = place_targets(xy, surface, 1.5)
    columns, ptr = who_sees_relief_arrays(places, lookouts, surface)
    assert columns.tolist() == sees.indices.tolist()
    assert ptr.tolist() == sees.indptr.tolist()
    drawn = isovists(cameras, surface, footprints=shown, mounting=hung)
    made = shapes_of(*view_arrays_over(lookouts, surface, 1.5))
    for mine, shape in zip(made, drawn, strict=True):
        assert mine.symmetric_difference(shape).area < 1e-6


def test_over_unknown_ground_an_array_camera_sees_nothing():
    class Hole:
        heights_m = np.full((9, 9), np.nan, np.float32)
        transform = (5.0, 0.0, -10.0, 0.0, -5.0, 30.0)
        crs = CRS

    hole = Hole()
    hole.heights_m[:, 5:] = 2.0
    nothing = gpd.GeoDataFrame(geometry=[], crs=CRS)
    surface = Surface.from_buildings(nothing, hole, bounds=(0, 0, 30, 20))
    shown = optics.Footprints(
        half_angle_deg=np.array([180.0]),
        reach_m=np.array([9.0]),
        near_m=np.zeros(1),
        planes=np.full((1, 4, 3), (0.0, 0.0, np.inf)),
    )
    xy = np.array([[2.0, 10.0]])
    lookouts = look_over_arrays(
        xy,
        (np.array([np.nan]), np.array([4.0])),
        shown,
        surface=surface,
        mounted=(xy, np.zeros(1, np.uint8)),
    )

    assert lookouts.views[0, 10] == 1.0
    assert view_arrays_over(lookouts, surface, 1.5)[0].shape == (0, 2)


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ({"hfov_deg": None}, "no array 'hfov_deg'"),
        ({"tilt_deg": [np.nan]}, "tilt_deg is missing in 1 of 1 cameras"),
        ({"vfov_deg": [200.0]}, "vfov_deg is 200"),
        ({"ir_range_m": None}, "no array 'ir_range_m'"),
    ],
)
def test_arrays_that_no_camera_can_have_are_refused(parts, words):
    whole = {
        "bearing_deg": [0.0],
        "hfov_deg": [90.0],
        "range_m": [np.nan],
        "tilt_deg": [15.0],
        "vfov_deg": [50.0],
        "width_px": [1920.0],
        "mount_height_m": [4.0],
        "ir_range_m": [30.0],
        "is_fisheye": [False],
    }
    given_parts = {**whole, **parts}
    given_parts = {name: one for name, one in given_parts.items() if one is not None}

    with pytest.raises(InputError, match=words):
        optics.footprint_arrays(given_parts, 62.5, light="night")


def test_footprints_of_other_cameras_are_refused():
    nothing = gpd.GeoDataFrame(geometry=[], crs=CRS)
    walls = Obstacles.from_buildings(nothing)
    shown = optics.Footprints(*np.zeros((3, 2)), planes=np.zeros((2, 4, 3)))
    mounted = np.zeros((1, 2)), np.zeros(1, np.uint8)

    with pytest.raises(InputError, match="2 footprints for 1 cameras"):
        look_arrays(mounted, np.zeros(1), shown, obstacles=walls)


def test_arrays_need_no_table_library(tmp_path):
    nothing = gpd.GeoDataFrame(geometry=[], crs=CRS)
    for name, array in Obstacles.from_buildings(nothing).to_arrays().items():
        np.save(tmp_path / f"{name}.npy", array)
    code = f"""
import sys
from pathlib import Path
import numpy as np
from coveragekit import optics
from coveragekit.visibility.eyes import look_arrays
from coveragekit.visibility.isovist import view_arrays
from coveragekit.visibility.mounting import mount_arrays
from coveragekit.visibility.sight import who_sees_arrays
from coveragekit.visibility import Obstacles
folder = Path({str(tmp_path)!r})
arrays = {{p.stem: np.load(p, mmap_mode="r") for p in folder.iterdir()}}
walls = Obstacles.from_arrays(arrays, crs={CRS!r})
one = {{"bearing_deg": [90.0], "tilt_deg": [15.0], "hfov_deg": [90.0],
    "range_m": [50.0], "vfov_deg": [52.0], "width_px": [1920],
    "mount_height_m": [4.0], "is_fisheye": [0]}}
shown = optics.footprint_arrays(one, 25.0)
xy = np.array([[5e5, 4e6]])
placed, kinds, _ = mount_arrays(xy, np.array([90.0]), walls)
eyes = look_arrays((placed, kinds), np.array([90.0]), shown, obstacles=walls)
seen, _ = who_sees_arrays(xy + [[20.0, 0.0]], eyes, walls)
assert seen.tolist() == [0] and len(view_arrays(eyes, walls)[0])
heavy = {{"pandas", "geopandas", "shapely", "scipy.sparse", "xarray"}}
print(sorted(heavy & set(sys.modules)))
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )

    assert done.stdout.strip() == "[]", done.stderr[-2000:]
