"""The written mounting rule, case by case, with places worked out by hand."""

from __future__ import annotations

import math

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from geopandas.testing import assert_geodataframe_equal
from hypothesis import given
from hypothesis import strategies as st
from shapely.affinity import rotate
from shapely.geometry import Point, Polygon, box

from coveragekit.errors import CRSError, InputError
from coveragekit.visibility import Obstacles, isovists, mount
from tests.strategies import Scene, examples, scenes
from tests.visibility.plans import CRS, cameras, houses

SHOP = box(0, 0, 10, 8)
HALL = box(0, 0, 100, 40)
COURT = Polygon(
    box(0, 0, 30, 30).exterior.coords, [box(10, 10, 20, 20).exterior.coords]
)
UNKNOWN = math.nan


def placed(
    shapes: list[Polygon],
    *rows: tuple[float, float, float],
    ids: list[str] | None = None,
    **how: float,
) -> pd.DataFrame:
    table = cameras(*[(x, y, bearing, 90.0, 50.0) for x, y, bearing in rows])
    return mount(
        table, Obstacles.from_buildings(houses(*shapes, ids=ids)), north="grid", **how
    )


def where(made: pd.DataFrame, row: int = 0) -> tuple[float, float]:
    return made["x"].iloc[row], made["y"].iloc[row]


# In the open.


def test_a_camera_in_the_open_is_not_moved() -> None:
    made = placed([SHOP, COURT], (-1, 4, 90), (0, -0.001, UNKNOWN), (15, 15, 0))

    assert made["mount"].tolist() == ["open"] * 3
    assert made["mount_shift_m"].tolist() == [0.0] * 3
    assert made["mount_building"].isna().all()
    assert where(made, 1) == (0.0, -0.001)


def test_with_no_buildings_every_camera_is_in_the_open() -> None:
    made = placed([], (5, 5, 0), (6, 6, UNKNOWN))

    assert made["mount"].tolist() == ["open", "open"]


# Along the bearing.


def test_a_camera_in_a_shop_goes_out_by_the_facade_along_its_bearing() -> None:
    made = placed([SHOP], (9, 4, 90), (5, 3, 180), (9, 7, 0))

    assert where(made, 0) == pytest.approx((10.1, 4))
    assert where(made, 1) == pytest.approx((5, -0.1))
    assert where(made, 2) == pytest.approx((9, 8.1))
    assert made["mount"].tolist() == ["facade"] * 3
    assert made["mount_shift_m"].tolist() == pytest.approx([1.1, 3.1, 1.1])
    assert made["mount_building"].tolist() == ["a"] * 3


def test_a_slanting_bearing_keeps_its_axis() -> None:
    made = placed([SHOP], (8, 4, 45))

    # Two metres to the east facade, as much to the north along the way.
    assert where(made) == pytest.approx((10.1, 6))


def test_the_stand_off_is_measured_square_to_the_facade() -> None:
    made = placed([SHOP], (9, 4, 90), stand_off_m=0.5)

    assert where(made) == pytest.approx((10.5, 4))


def test_a_camera_goes_through_the_party_wall_to_where_the_houses_end() -> None:
    made = placed([SHOP, box(10, 0, 14, 8)], (9, 4, 90))

    assert where(made) == pytest.approx((14.1, 4))
    assert made["mount_building"].tolist() == ["b"]


def test_a_camera_that_faces_its_court_goes_out_into_it() -> None:
    made = placed([COURT], (8, 15, 90), (8, 15, UNKNOWN))

    assert where(made, 0) == pytest.approx((10.1, 15))
    assert where(made, 1) == pytest.approx((10.1, 15))


def test_the_first_way_out_counts_not_one_beyond_the_street() -> None:
    made = placed([SHOP, box(12, 0, 13, 8)], (9, 4, 90))

    assert where(made) == pytest.approx((10.1, 4))


# The nearest facade.


def test_too_far_along_its_bearing_the_nearest_facade_it_faces_counts() -> None:
    # East is 50 m off; of the long sides the south one is nearer, the north one faces.
    made = placed([HALL], (50, 3, 80), (50, 37, 100), (50, 37, 80))

    assert made["mount"].tolist() == ["inside", "inside", "facade"]
    assert where(made, 2) == pytest.approx((50, 40.1))


def test_an_unknown_bearing_goes_to_the_nearest_facade() -> None:
    made = placed([SHOP], (5, 3, UNKNOWN), (8, 4, UNKNOWN))

    assert where(made, 0) == pytest.approx((5, -0.1))
    assert where(made, 1) == pytest.approx((10.1, 4))


def test_a_party_wall_is_no_facade() -> None:
    made = placed([SHOP, box(10, 0, 40, 8)], (9.5, 3, UNKNOWN))

    assert where(made) == pytest.approx((9.5, -0.1))


def test_only_the_part_of_a_facade_that_is_free_counts() -> None:
    # The neighbour covers the south facade up to x = 6.
    made = placed([SHOP, box(-20, -10, 6, 0)], (5, 1, 180))

    assert where(made) == pytest.approx((6.1, -0.1))


def test_an_inner_corner_is_kept_clear_of_on_both_sides() -> None:
    # A court two metres wide: from its south-west corner the stand-off both ways.
    ring = Polygon(
        box(-9, -9, 11, 11).exterior.coords, [box(0, 0, 2, 2).exterior.coords]
    )

    made = placed([ring], (-1, -1.5, UNKNOWN))

    assert where(made) == pytest.approx((0.1, 0.1), abs=1e-5)


def test_a_fence_before_a_facade_is_kept_clear_of() -> None:
    fence = box(-50, 8.15, 5, 8.16)

    made = placed([SHOP, fence], (4.9, 7.5, 0), (4.9, 7.5, UNKNOWN))

    # Along its bearing it stands between; with a choice it goes round the fence's end.
    assert where(made, 0) == pytest.approx((4.9, 8.1))
    assert where(made, 1) == pytest.approx(
        (5 + math.sqrt(0.1**2 - 0.05**2), 8.1), abs=1e-5
    )


def test_a_passage_with_little_room_will_do_where_there_is_no_other() -> None:
    made = placed([HALL, box(-50, 40.15, 150, 90)], (50, 39, UNKNOWN))

    assert where(made) == pytest.approx((50, 40.1))


def test_a_facade_inside_another_footprint_is_none() -> None:
    made = placed([SHOP, box(-5, -5, 15, 4)], (5, 0.5, UNKNOWN))

    # Its own south facade lies in the other house, whose own is 5.5 m off.
    assert where(made) == pytest.approx((5, -5.1))
    assert made["mount_building"].tolist() == ["b"]


def test_a_gap_too_narrow_to_stand_in_is_no_way_out() -> None:
    made = placed([SHOP, box(10.05, 0, 14, 8)], (9, 4, 90))

    # Neither facade on the gap has room; north and south are four metres off.
    assert made["mount"].tolist() == ["facade"]
    assert where(made)[1] in (pytest.approx(8.1), pytest.approx(-0.1))


def test_the_way_to_the_depth_is_inclusive() -> None:
    made = placed([HALL], (50, 34, 0), (50, 33.9999, 0), (50, 34, UNKNOWN))

    assert made["mount"].tolist() == ["facade", "inside", "facade"]


def test_the_depth_can_be_chosen() -> None:
    made = placed([HALL], (50, 20, 0), mount_depth_m=20.0)

    assert where(made) == pytest.approx((50, 40.1))


# On walls and corners.


@pytest.mark.parametrize("offset", [0.0, 1e-9, -1e-9, 9e-7, -9e-7])
def test_a_camera_on_a_wall_goes_off_it(offset: float) -> None:
    made = placed([SHOP], (10 + offset, 4, 90), (10 + offset, 4, 20), (5, 8, UNKNOWN))

    assert made["mount"].tolist() == ["facade"] * 3
    assert where(made, 0) == pytest.approx((10.1, 4))
    assert where(made, 1) == pytest.approx((10.1, 4))
    assert where(made, 2) == pytest.approx((5, 8.1))


def test_a_camera_on_a_wall_that_looks_in_goes_through_a_shop_but_not_a_hall() -> None:
    shop, hall = box(0, 0, 5, 5), box(50, 0, 90, 40)

    made = placed([shop, hall], (0, 2, 90), (50, 20, 90), ids=["shop", "hall"])

    assert made["mount"].tolist() == ["facade", "inside"]
    assert where(made, 0) == pytest.approx((5.1, 2))
    assert where(made, 1) == (50, 20)
    assert made["mount_building"].tolist() == ["shop", "hall"]


def test_on_a_corner_the_bearing_chooses_the_facade() -> None:
    made = placed([SHOP], (10, 8, 80), (10, 8, 10))

    assert made["mount"].tolist() == ["corner", "corner"]
    assert where(made, 0) == pytest.approx((10.1, 8))
    assert where(made, 1) == pytest.approx((10, 8.1))


def test_on_a_corner_ties_go_to_the_longer_facade() -> None:
    made = placed([SHOP], (10, 8, 45), (10, 8, UNKNOWN))

    # North and south are ten metres long, east and west eight.
    assert where(made, 0) == pytest.approx((10, 8.1))
    assert where(made, 1) == pytest.approx((10, 8.1))


def test_a_camera_on_a_corner_sees_round_it() -> None:
    obstacles = Obstacles.from_buildings(houses(SHOP))

    (isovist,) = isovists(cameras((10, 8, 45, 360, 20)), obstacles, north="grid")

    # Three quarters of a circle but for the strip of the stand-off.
    assert isovist.area == pytest.approx(0.75 * math.pi * 20**2, rel=0.02)
    assert isovist.covers(Point(15, 1))
    assert isovist.covers(Point(0, 15))


def test_an_inner_corner_is_a_corner_too() -> None:
    ell = Polygon([(0, 0), (20, 0), (20, 8), (8, 8), (8, 20), (0, 20)])

    made = placed([ell], (8, 8, 90), (7, 8.05, 90))

    assert made["mount"].tolist() == ["corner", "corner"]
    assert Point(where(made, 0)).distance(ell) > 0
    assert where(made, 1) == pytest.approx((8.1, 8.05))


def test_where_a_flush_row_of_houses_meets_there_is_no_corner() -> None:
    made = placed([SHOP, box(10, 0, 20, 8)], (10, 8, 0))

    assert made["mount"].tolist() == ["facade"]
    assert where(made) == pytest.approx((10, 8.1))


def test_a_straight_wall_digitised_in_two_pieces_is_no_corner() -> None:
    made = placed([Polygon([(0, 0), (10, 0), (10, 4), (10, 8), (0, 8)])], (10, 4, 90))

    assert made["mount"].tolist() == ["facade"]


def test_the_two_sides_of_a_thin_wall_make_no_corner() -> None:
    made = placed([box(0, 0, 20, 0.05)], (10, 0.02, 0))

    assert made["mount"].tolist() == ["facade"]
    assert where(made) == pytest.approx((10, 0.15))


# Footprints that repeat or overlap.


def test_the_same_footprint_twice_is_one_building_the_first_by_id() -> None:
    made = placed([SHOP, SHOP.reverse()], (9, 4, 90), ids=["z", "y"])

    assert where(made) == pytest.approx((10.1, 4))
    assert made["mount_building"].tolist() == ["y"]


def test_overlapping_footprints_are_left_together() -> None:
    made = placed([SHOP, box(8, 2, 12, 6)], (9, 4, 90))

    assert where(made) == pytest.approx((12.1, 4))
    assert made["mount_building"].tolist() == ["b"]


def test_a_camera_deep_inside_names_the_building_it_stands_in() -> None:
    made = placed([HALL, box(45, 15, 55, 25)], (50, 20, 0), (20, 20, 0), ids=["h", "g"])

    assert made["mount"].tolist() == ["inside", "inside"]
    assert made["mount_building"].tolist() == ["g", "h"]


# Form, refusals, invariance.


def test_the_table_is_on_the_index_of_the_cameras_and_changes_nothing() -> None:
    table = cameras((9, 4, 90, 90, 50), (50, 50, 0, 90, 50)).set_axis(["n", "m"])
    before = table.copy(deep=True)

    made = mount(table, Obstacles.from_buildings(houses(SHOP)), north="grid")

    assert made.index.tolist() == ["n", "m"]
    assert list(made.columns) == ["x", "y", "mount", "mount_shift_m", "mount_building"]
    assert_geodataframe_equal(table, before)


def test_no_cameras_give_an_empty_table_of_the_same_types() -> None:
    obstacles = Obstacles.from_buildings(houses(SHOP))

    none = mount(cameras(), obstacles)
    some = mount(cameras((9, 4, 90, 90, 50)), obstacles)

    assert len(none) == 0
    assert none.dtypes.to_dict() == some.dtypes.to_dict()


def test_bearings_count_from_true_north_unless_said_otherwise() -> None:
    # Far west of the zone's middle grid north lies to the right of true north.
    x, y = 200000.0, 5400000.0
    hall = box(x - 50, y - 50, x + 50, y)
    table = cameras((x, y - 5.999, 0, 90, 50))
    obstacles = Obstacles.from_buildings(houses(hall))

    true = mount(table, obstacles)
    grid = mount(table, obstacles, north="grid")

    # Turned by about three degrees the way out is longer, and shifts sideways.
    assert grid["x"].iloc[0] == pytest.approx(x)
    assert true["mount"].tolist() == ["facade"]
    assert true["mount_shift_m"].iloc[0] == pytest.approx(6.099, abs=1e-6)


@pytest.mark.parametrize(
    ("how", "what"),
    [
        ({"mount_depth_m": -1.0}, "mount_depth_m is -1.0; allowed: metres, 0 or more"),
        ({"mount_depth_m": math.inf}, "mount_depth_m is inf"),
        ({"stand_off_m": 0.0}, "stand_off_m is 0.0; allowed: metres, 0.001 or more"),
        ({"stand_off_m": math.nan}, "stand_off_m is nan"),
    ],
)
def test_a_keyword_out_of_range_is_refused(how: dict[str, float], what: str) -> None:
    with pytest.raises(InputError, match=what):
        placed([SHOP], (9, 4, 90), **how)


def test_cameras_on_another_plan_are_refused() -> None:
    table = cameras((9, 4, 90, 90, 50)).set_crs(32617, allow_override=True)

    with pytest.raises(CRSError, match="different CRS"):
        mount(table, Obstacles.from_buildings(houses(SHOP)))


def test_many_walls_before_a_facade_are_all_minded() -> None:
    # A hundred and fifty thin fins before the south facade, more than the first scratch
    # holds cuts for; the camera is put between two of them.
    fins = [box(0.06 * n, -2, 0.06 * n + 0.01, 0.5) for n in range(150)]
    facade = box(0, 0, 10, 8)

    made = placed([facade, *fins], (9.5, 1, UNKNOWN), (4.51, 0.2, UNKNOWN))

    every = Obstacles.from_buildings(houses(facade, *fins, ids=["f"] * 151))
    assert made["mount"].isin(["facade", "corner"]).all()
    for row in range(2):
        place = gpd.GeoSeries([Point(where(made, row))], crs=CRS)
        table = cameras((*where(made, row), UNKNOWN, 90, 50))
        assert mount(table, every, north="grid")["mount"].tolist() == ["open"]
        assert place.iloc[0].distance(facade) >= 0.1 - 1e-9


@examples(60)
@given(
    x=st.floats(0.5, 9.5),
    y=st.floats(0.5, 7.5),
    bearing=st.floats(0, 359),
    turn=st.floats(0, 90),
)
def test_turning_the_plan_turns_the_mounting(
    x: float, y: float, bearing: float, turn: float
) -> None:
    here = placed([SHOP], (x, y, bearing))
    spot = rotate(Point(x, y), -turn, origin=(0, 0))
    there = placed(
        [rotate(SHOP, -turn, origin=(0, 0))], (spot.x, spot.y, bearing + turn)
    )

    # Where the way out runs into a corner, rounding may choose the other facade.
    moved = rotate(Point(where(here)), -turn, origin=(0, 0))
    ahead = np.array([math.sin(math.radians(bearing)), math.cos(math.radians(bearing))])
    with np.errstate(divide="ignore"):
        ways = np.where(
            ahead > 0, (np.array([10, 8]) - (x, y)) / ahead, -np.array([x, y]) / ahead
        )
    if abs(ways[0] - ways[1]) > 1e-6:
        assert moved.distance(Point(where(there))) < 1e-6


@examples(60)
@given(scene=scenes())
def test_a_moved_camera_stays_where_it_was_put(scene: Scene) -> None:
    obstacles = Obstacles.from_buildings(scene.buildings_table())
    table = scene.cameras_table()

    once = mount(table, obstacles, north="grid")
    moved = table.set_geometry(gpd.points_from_xy(once["x"], once["y"]), crs=CRS)
    again = mount(moved, obstacles, north="grid")

    outside = once["mount"] != "inside"
    assert (again["mount"][outside] == "open").all()
    assert (again["mount_shift_m"][outside] == 0.0).all()
