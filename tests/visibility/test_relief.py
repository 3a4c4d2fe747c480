"""Lines of sight over ground and roofs: who sees a point, and what is in the way."""

from __future__ import annotations

import math
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import Point, box

from coveragekit.errors import CRSError, InputError
from coveragekit.optics import footprints
from coveragekit.visibility import (
    Obstacles,
    Surface,
    first_rises,
    mount,
    relief,
    sight_profile,
    viewsheds,
    who_sees,
    who_sees_relief,
)
from tests.oracles.relief import clearance, margin
from tests.strategies import examples
from tests.visibility.plans import CRS, houses, points
from tests.visibility.reliefs import (
    ALL_ROUND,
    cell_centres,
    cells_seen,
    lookouts,
    raster_surface,
)
from tests.visibility.test_viewsheds import rough


def seen(
    places: gpd.GeoSeries, cameras: gpd.GeoDataFrame, surface: Surface, **how: Any
) -> np.ndarray:
    """Give a full table of who sees what, bearings from the grid's north."""
    made = who_sees_relief(places, cameras, surface, north="grid", **how)
    assert made.dtype == np.bool_
    assert made.shape == (len(places), len(cameras))
    assert made.has_sorted_indices
    return made.toarray()


def walled() -> Surface:
    """Give level ground with a wall 3 m high and one cell deep, 10 m to the east."""
    rise = np.zeros((21, 61))
    rise[:, 10] = 3.0
    return raster_surface(np.zeros((21, 61)), rise)


def test_a_wall_of_three_metres_hides_points_by_their_height() -> None:
    camera = lookouts((0.5, 10.5, 6.0, *ALL_ROUND, 100.0))
    along = points(*((0.5 + far, 10.5) for far in (9, 11, 14.6, 14.7, 19.9, 20.1)))

    ground = seen(along, camera, walled(), target_height_m=0.0)[:, 0]
    faces = seen(along, camera, walled(), target_height_m=1.6)[:, 0]

    # The shadow ends at 20.000 m on the ground, at 14.667 m for faces at 1.6 m.
    assert ground.tolist() == [True, False, False, False, False, True]
    assert faces.tolist() == [True, False, False, True, True, True]


def test_a_camera_sees_over_what_the_plan_takes_for_a_wall() -> None:
    shed = houses(box(10, 0, 14, 20)).assign(height_m=[3.4])
    surface = Surface.from_buildings(shed, bounds=(0, 0, 60, 20))
    camera = lookouts((1.5, 10.5, 6.0, *ALL_ROUND, 55.0))
    places = points((18.0, 10.0), (40.0, 10.0))

    flat = who_sees(places, camera, Obstacles.from_buildings(shed), north="grid")

    assert flat.toarray()[:, 0].tolist() == [False, False]
    assert seen(places, camera, surface)[:, 0].tolist() == [False, True]


def test_only_the_field_of_view_and_range_are_seen() -> None:
    surface = raster_surface(np.zeros((60, 60)))
    camera = lookouts((30.5, 30.5, 4.0, 90.0, 90.0, 20.0))
    places = points((40, 30.5), (40, 41), (20, 30.5), (50.5, 30.5), (50.6, 30.5))

    assert seen(places, camera, surface)[:, 0].tolist() == [
        True,
        False,
        False,
        True,
        False,
    ]


def test_open_level_ground_is_seen_as_on_the_plan_with_footprints_too() -> None:
    rng = np.random.default_rng(3)
    surface = raster_surface(np.zeros((120, 120)))
    table = lookouts(
        *(
            (*rng.uniform(20, 100, 2), 4.0, 360 * rng.random(), 70.0, 30.0)
            for _ in "abcdef"
        )
    ).assign(kind="dome", tilt_deg=25.0, vfov_deg=45.0, width_px=1920)
    table.loc[5, "bearing_deg"] = np.nan
    places = gpd.GeoSeries(shapely.points(rng.uniform(1, 119, (4000, 2))), crs=CRS)
    ground = Obstacles.from_buildings(table.iloc[:0])
    shown = footprints(table, 62.5)

    for how in ({}, {"footprints": shown}):
        plan = who_sees(places, table, ground, north="grid", **how).toarray()

        assert plan.any(axis=0).all()
        assert np.array_equal(seen(places, table, surface, **how), plan)


def test_a_point_on_a_building_is_on_its_roof() -> None:
    block = houses(box(20, 5, 30, 15)).assign(height_m=[8.0])
    surface = Surface.from_buildings(block, bounds=(0, 0, 60, 20))
    rows = [(5.5, 10.5, height, *ALL_ROUND, 55.0) for height in (4.0, 12.0)]

    assert seen(points((25.3, 10.2)), lookouts(*rows), surface).tolist() == [
        [False, True]
    ]


def test_a_camera_inside_something_higher_sees_no_point() -> None:
    hall = Surface.from_buildings(houses(box(0, 0, 40, 40)), bounds=(-20, -20, 60, 60))
    camera = lookouts((20.5, 20.5, 4.0, 90.0, 90.0, 50.0))

    assert not seen(points((21, 20), (50, 20)), camera, hall).any()


def test_the_mounting_that_is_given_is_used() -> None:
    shop = houses(box(10, 5, 19.8, 15)).assign(height_m=[8.0])
    surface = Surface.from_buildings(shop, bounds=(0, 0, 60, 20))
    table = lookouts((19.0, 10.3, 4.0, 90.0, 90.0, 50.0))
    mounting = mount(table, Obstacles.from_buildings(shop), north="grid")

    assert seen(points((30, 10)), table, surface, mounting=mounting).all()
    with pytest.raises(InputError, match="mounting has 1 rows that are not those"):
        seen(points((30, 10)), table.set_axis(["x"]), surface, mounting=mounting)


@given(seed=st.integers(0, 2**32 - 1))
@examples(40)
def test_at_the_centres_of_cells_it_is_the_accurate_viewshed(seed: int) -> None:
    rng = np.random.default_rng(seed)
    surface = rough(rng)
    rows = [
        (*rng.uniform(1, 23, 2), rng.uniform(1, 8), rng.uniform(0, 360), hfov, 18.0)
        for hfov in (40.0, 120.0, 250.0, 360.0)
    ]
    table, target = lookouts(*rows), rng.uniform(0, 2)

    sheds = viewsheds(
        table, surface, mode="accurate", north="grid", target_height_m=target
    )
    found = seen(cell_centres(surface), table, surface, target_height_m=target)

    for number in range(len(table)):
        assert np.array_equal(found[:, number], cells_seen(sheds, number).ravel())


@given(seed=st.integers(0, 2**32 - 1))
@examples(40)
def test_any_line_is_what_the_slow_walk_says(seed: int) -> None:
    rng = np.random.default_rng(seed)
    surface = rough(rng, 20)
    table = lookouts((*rng.uniform(1, 19, 2), 4.0, *ALL_ROUND, 30.0))
    placed = viewsheds(table, surface, north="grid").placed.iloc[0]
    xy = rng.uniform(0.5, 19.5, (25, 2))

    found = seen(gpd.GeoSeries(shapely.points(xy), crs=CRS), table, surface)[:, 0]

    eye = (placed["x"] - 0.5, 19.5 - placed["y"], placed["eye_m"])
    for (x, y), free in zip(xy, found, strict=True):
        profile = sight_profile((x, y), table, surface, north="grid")
        over = margin(surface.top_m, eye, (x - 0.5, 19.5 - y, profile.target_m))
        if placed["mount"] == "inside":
            assert not free
        elif over is None or abs(over) > 1e-5:
            assert bool(free) == (over is None or over > 0)
            assert profile.free == free


def test_looking_at_the_surface_every_twentieth_of_a_cell_says_the_same() -> None:
    # The walk looks once a cell; between, a bilinear surface may stand a little higher.
    rng = np.random.default_rng(8)
    same = counted = 0
    for _ in range(20):
        surface = rough(rng, 40)
        table = lookouts((*rng.uniform(1, 39, 2), 5.0, *ALL_ROUND, 60.0))
        placed = viewsheds(table, surface, north="grid").placed.iloc[0]
        if placed["mount"] == "inside":
            continue
        eye = (placed["x"] - 0.5, 39.5 - placed["y"], placed["eye_m"])
        xy = rng.uniform(0.5, 39.5, (60, 2))
        found = seen(gpd.GeoSeries(shapely.points(xy), crs=CRS), table, surface)[:, 0]
        for (x, y), free in zip(xy, found, strict=True):
            profile = sight_profile((x, y), table, surface, north="grid")
            over = clearance(surface.top_m, eye, (x - 0.5, 39.5 - y, profile.target_m))
            same += bool(free) == (over >= 0.0)
            counted += 1

    assert counted > 1000
    assert same / counted >= 0.97


@given(seed=st.integers(0, 2**32 - 1))
@examples(25)
def test_order_and_threads_change_nothing(seed: int) -> None:
    rng = np.random.default_rng(seed)
    surface = rough(rng)
    table = lookouts(
        *((*rng.uniform(1, 23, 2), 5.0, *ALL_ROUND, 15.0) for _ in range(5))
    )
    places = gpd.GeoSeries(shapely.points(rng.uniform(0.5, 23.5, (30, 2))), crs=CRS)
    rows, columns = rng.permutation(30), rng.permutation(5)

    one = seen(places, table, surface, threads=1)
    other = seen(places.iloc[rows], table.iloc[columns], surface, threads=2)

    assert np.array_equal(one[np.ix_(rows, columns)], other)


@given(seed=st.integers(0, 2**32 - 1))
@examples(25)
def test_raising_the_ground_under_everything_changes_nothing(seed: int) -> None:
    rng = np.random.default_rng(seed)
    low = rough(rng)
    high = raster_surface(low.ground_m + 64.0, low.top_m - low.ground_m)
    table = lookouts((*rng.uniform(1, 23, 2), 5.0, *ALL_ROUND, 30.0))
    centres = cell_centres(low)

    # heights that float32 holds alike: a few lines that graze may turn
    same = seen(centres, table, low) == seen(centres, table, high)

    assert same.mean() >= 0.995


def test_more_points_than_fit_at_first_are_all_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(relief, "_PAIRS", 7)
    surface = raster_surface(np.zeros((60, 60)))
    places = cell_centres(surface)
    table = lookouts(*[(30.5, 30.5, 5.0, *ALL_ROUND, 100.0)] * 3)

    made = who_sees_relief(places, table, surface, north="grid")

    assert made.nnz == 3 * 3600


def test_nothing_in_nothing_out() -> None:
    surface = walled()
    camera = lookouts((0.5, 10.5, 6.0, *ALL_ROUND, 100.0))
    place = points((5, 5))

    assert who_sees_relief(place.iloc[:0], camera, surface).shape == (0, 1)
    assert who_sees_relief(place, camera.iloc[:0], surface).shape == (1, 0)


def test_points_that_cannot_be_are_refused_by_name() -> None:
    ground = np.zeros((20, 20))
    ground[5, 8] = np.nan
    surface = raster_surface(ground)
    camera = lookouts((3.0, 3.0, 6.0, *ALL_ROUND, 10.0))
    labels = ["a", "b"]

    for place, message in (
        (Point(30, 5), r"points: the surface does not reach row b; it covers"),
        (Point(8.5, 14.5), r"points: the ground is unknown under row b"),
        (Point(), r"points: row b has no point"),
        (Point(np.nan, 1), r"points: row b has coordinates that are not finite"),
    ):
        with pytest.raises(InputError, match=message):
            seen(gpd.GeoSeries([Point(2, 2), place], labels, crs=CRS), camera, surface)
    with pytest.raises(CRSError):
        who_sees_relief(points((2, 2)).to_crs(4326), camera, surface)
    with pytest.raises(InputError, match="target_height_m is -1"):
        seen(points((2, 2)), camera, surface, target_height_m=-1.0)


def test_unknown_ground_under_a_camera_names_it() -> None:
    ground = np.zeros((20, 20))
    ground[5, 8] = np.nan
    table = lookouts((8.5, 14.5, 4.0, *ALL_ROUND, 5.0)).set_axis(["pole 7"])

    with pytest.raises(InputError, match=r"unknown \(no data\) under row pole 7"):
        seen(points((2, 2)), table, raster_surface(ground))


def test_the_section_runs_from_the_lens_to_the_target() -> None:
    camera = lookouts((0.5, 10.5, 6.0, *ALL_ROUND, 1.0))

    made = sight_profile((18.5, 10.5), camera, walled(), target_height_m=0.0)

    assert made.distance_m.tolist() == list(map(float, range(19)))
    assert made.sight_m.tolist() == pytest.approx(np.linspace(6.0, 0.0, 19))
    assert made.top_m.tolist() == [0.0] * 10 + [3.0] + [0.0] * 8
    assert not made.ground_m.any()
    assert (made.eye_m, made.target_m) == (6.0, 0.0)
    assert (made.free, made.blocked_at_m) == (False, 10.0)
    assert made.x.tolist() == pytest.approx(np.arange(0.5, 19.0))
    assert made.y.tolist() == pytest.approx([10.5] * 19)


def test_the_section_of_a_free_line_says_so() -> None:
    camera = lookouts((0.5, 10.5, 6.0, *ALL_ROUND, 1.0))

    made = sight_profile((25.5, 14.5), camera, walled(), target_height_m=0.0)

    assert made.free
    assert math.isnan(made.blocked_at_m)
    assert made.distance_m[-1] == pytest.approx(math.hypot(25, 4))


def test_the_section_to_the_cameras_own_foot_is_a_point() -> None:
    camera = lookouts((3.5, 10.5, 6.0, *ALL_ROUND, 1.0))

    made = sight_profile((3.5, 10.5), camera, walled())

    assert made.free
    assert made.distance_m.tolist() == [0.0, 0.0]


def test_a_section_is_of_one_camera_and_a_place_on_the_surface() -> None:
    camera = lookouts((3.5, 10.5, 6.0, *ALL_ROUND, 1.0))

    with pytest.raises(InputError, match="camera has 2 rows; allowed: a table of one"):
        sight_profile((5, 5), pd.concat([camera, camera]), walled())
    with pytest.raises(InputError, match="the surface does not reach row 0"):
        sight_profile((500, 5), camera, walled())


@given(seed=st.integers(0, 2**32 - 1))
@examples(30)
def test_what_rises_first_is_what_the_sections_say(seed: int) -> None:
    rng = np.random.default_rng(seed)
    surface = rough(rng, 30)
    table = lookouts(
        *((*rng.uniform(1, 29, 2), 4.0, *ALL_ROUND, 9.0) for _ in range(8))
    ).set_axis(list("abcdefgh"))
    place = tuple(rng.uniform(1, 29, 2))

    made = first_rises(place, table, surface, north="grid")

    assert made.index.tolist() == list("abcdefgh")
    for row in range(8):
        line = sight_profile(place, table.iloc[[row]], surface, north="grid")
        found = made.iloc[row]
        assert math.isnan(found["blocked_at_m"]) == line.free
        if not line.free:
            at = int(np.argmin(np.abs(line.distance_m - line.blocked_at_m)))
            assert found["blocked_at_m"] == pytest.approx(line.blocked_at_m)
            assert found[["x", "y"]].tolist() == pytest.approx([line.x[at], line.y[at]])
            risen = line.top_m[at] > line.ground_m[at] + 1e-6
            assert bool(found["is_roof"]) == risen


def test_a_hill_that_rises_first_is_no_roof() -> None:
    ground = np.zeros((11, 41))
    ground[:, 12:15] = 9.0
    camera = lookouts((2.5, 5.5, 4.0, *ALL_ROUND, 60.0))

    made = first_rises((30.5, 5.5), camera, raster_surface(ground), north="grid")

    assert made.loc[0].tolist() == [10.0, 12.5, 5.5, False]
