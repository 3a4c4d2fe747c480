"""Isovists by hand: wedges, walls, courts, rooms, and what must never change them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pytest
import shapely
from geopandas.testing import assert_geodataframe_equal
from hypothesis import assume, given
from hypothesis import strategies as st
from shapely.affinity import rotate, translate
from shapely.geometry import MultiPoint, Point, Polygon, box

from coveragekit import crs
from coveragekit.errors import CRSError, InputError
from coveragekit.visibility import Obstacles, isovists, mount
from coveragekit.visibility import shapes as shapes_module
from coveragekit.visibility.eyes import look
from coveragekit.visibility.isovist import isovist_arrays
from tests.strategies import Camera, Scene, examples, scene_of, scenes
from tests.visibility.plans import CRS, FULL, cameras, houses

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

WALL = box(10, -50, 20, 50)
COURT = Polygon(
    box(0, 0, 30, 30).exterior.coords, [box(10, 10, 20, 20).exterior.coords]
)


def seen(
    shapes: list[Polygon],
    *rows: tuple[float, float, float, float, float],
    **how: object,
) -> gpd.GeoSeries:
    obstacles = Obstacles.from_buildings(houses(*shapes))
    return isovists(cameras(*rows), obstacles, north="grid", **how)


def seen_in(scene: Scene, **how: object) -> gpd.GeoSeries:
    obstacles = Obstacles.from_buildings(scene.buildings_table())
    return isovists(scene.cameras_table(), obstacles, north="grid", **how)


def same(one: Polygon, other: Polygon) -> bool:
    return one.symmetric_difference(other).area < 1e-6


# By hand.


def test_a_camera_before_a_wall_sees_the_triangle_up_to_it() -> None:
    (isovist,) = seen([WALL], (0, 0, 90, 90, 50))

    assert same(isovist, Polygon([(0, 0), (10, -10), (10, 10)]))


def test_a_camera_on_open_ground_sees_its_circle_or_its_wedge() -> None:
    whole, half, three_quarters = seen(
        [], (0, 0, math.nan, 70, 50), (0, 0, 0, 180, 50), (0, 0, 0, 270, 50)
    )

    circle = math.pi * 50.0**2
    assert whole.area == pytest.approx(circle, rel=2e-3)
    assert half.area == pytest.approx(circle / 2, rel=2e-3)
    assert half.bounds == pytest.approx((-50, 0, 50, 50), abs=0.05)
    assert three_quarters.area == pytest.approx(circle * 0.75, rel=2e-3)


def test_a_field_of_view_of_360_degrees_has_no_corner_at_the_camera() -> None:
    turned, unknown = seen([WALL], (0, 0, 77, 360, 50), (0, 0, math.nan, 360, 50))

    assert turned.area == pytest.approx(unknown.area, rel=1e-3)
    assert turned.boundary.distance(Point(0, 0)) > 9.0


def test_the_corner_of_a_wedge_is_the_camera() -> None:
    (isovist,) = seen([WALL], (0, 0, 123, 40, 50))

    assert (0.0, 0.0) in list(isovist.exterior.coords)


def test_a_wall_hides_what_is_behind_it_and_nothing_beside_it() -> None:
    (isovist,) = seen([box(10, -5, 20, 5)], (0, 0, math.nan, 360, 50))

    assert not isovist.covers(Point(30, 0))
    assert not isovist.intersects(box(10.001, -4.999, 19.999, 4.999))
    # The shadow's edge runs through the near corner (10, 5): half as high as far.
    assert isovist.covers(Point(40, 20.01))
    assert not isovist.covers(Point(40, 19.99))


def test_a_wall_beyond_the_range_does_not_count() -> None:
    near, far = seen([WALL], (0, 0, 90, 90, 9.99), (0, 0, 90, 1, 10.01))

    assert near.area == pytest.approx(math.pi * 9.99**2 / 4, rel=3e-2)
    assert far.bounds[2] == pytest.approx(10.0)


def test_no_light_falls_through_the_joint_of_two_houses() -> None:
    left, right = box(-20, 10, 0, 20), box(0, 10, 20, 20)

    (isovist,) = seen([left, right], (0, 0, 0, 20, 50))

    assert isovist.bounds[3] == pytest.approx(10.0)


def test_no_light_falls_between_houses_that_meet_at_a_corner() -> None:
    (isovist,) = seen([box(-20, 10, 0, 20), box(0, 20, 20, 30)], (0, 0, 0, 20, 50))

    assert isovist.area == pytest.approx(
        0.5 * 10 * 10 * math.tan(math.radians(10))
        + 0.5 * 20 * 20 * math.tan(math.radians(10))
    )


def test_walls_of_overlapping_houses_hide_up_to_where_they_cross() -> None:
    # Two slanting walls that cross on the axis at y = 20; below it the nearer hides.
    left = Polygon([(-10, 10), (10, 30), (10, 31), (-10, 11)])
    right = Polygon([(10, 10), (-10, 30), (-10, 31), (10, 11)])

    (isovist,) = seen([left, right], (0, 0, 0, 53.13010235415598, 100))

    # The wedge's edges have slope 2, so that they meet the lines y = 20 -+ |x| at
    # x = 20 / 3, y = 40 / 3.
    expected = Polygon([(0, 0), (20 / 3, 40 / 3), (0, 20), (-20 / 3, 40 / 3)])
    assert same(isovist, expected)


def test_the_same_footprint_twice_hides_no_more_than_once() -> None:
    house = rotate(box(5, 5, 15, 12), 17)

    once = seen([house], (0, 0, *FULL))
    twice = seen([house, house.reverse(), house], (0, 0, *FULL))

    assert twice.area[0] == pytest.approx(once.area[0], abs=1e-9)


def test_a_camera_in_a_court_sees_the_court() -> None:
    (isovist,) = seen([COURT], (15, 15, *FULL))

    assert same(isovist, box(10, 10, 20, 20))


def test_a_camera_deep_inside_sees_its_room_and_never_the_town() -> None:
    hall = box(0, 0, 100, 40)

    room, corner = seen([hall], (50, 20, *FULL), (50, 20, 0, 90, 200))

    assert room.difference(hall).area < 1e-9
    assert room.area > 0.9 * 2 * 40 * 40
    assert same(corner, Polygon([(50, 20), (70, 40), (30, 40)]))


def test_walls_of_another_footprint_hide_inside_a_room_from_both_sides() -> None:
    hall, kiosk = box(0, 0, 100, 100), box(60, 45, 70, 55)

    (isovist,) = seen([hall, kiosk], (50, 50, 90, 1, 200))

    assert isovist.bounds[2] == pytest.approx(60.0)


def test_a_camera_on_the_wall_of_its_hall_that_looks_in_sees_the_hall_only() -> None:
    hall = box(0, 0, 100, 100)

    east, every = seen([hall], (0, 50, 90, 10, 30), (0, 50, 90, 340, 300))

    assert east.bounds[0] == pytest.approx(0.0, abs=1e-3)
    assert east.bounds[2] == pytest.approx(30.0, abs=0.05)
    assert every.difference(hall).area < 1e-6


def test_bearings_count_from_true_north_unless_said_otherwise() -> None:
    x, y = 600000.0, 5400000.0
    turned = crs.to_grid_bearing_deg([30.0], [x], [y], crs=CRS)[0]
    ground = Obstacles.from_buildings(houses())

    true = isovists(cameras((x, y, 30, 40, 100)), ground)
    grid = isovists(cameras((x, y, turned, 40, 100)), ground, north="grid")

    assert abs(turned - 30.0) > 0.5
    assert same(true[0], grid[0])


@pytest.mark.parametrize("tolerance_m", [0.5, 0.05, 0.001])
def test_chords_keep_within_their_tolerance_of_the_arc(tolerance_m: float) -> None:
    (isovist,) = seen([], (0, 0, *FULL), chord_tolerance_m=tolerance_m)

    corners = np.array(isovist.exterior.coords)
    middles = 0.5 * (corners[1:] + corners[:-1])
    assert np.hypot(*corners.T) == pytest.approx(50.0)
    sagitta = 50.0 - np.hypot(*middles.T)
    assert sagitta.max() <= tolerance_m * (1 + 1e-6)
    assert sagitta.max() >= tolerance_m * 0.5


def test_a_tiny_circle_stays_round() -> None:
    (isovist,) = seen([], (0, 0, math.nan, 360, 0.04))

    assert len(isovist.exterior.coords) == 13


def test_a_field_of_view_without_width_sees_nothing_or_a_hair() -> None:
    made = seen([WALL], (0, 0, 45, 1e-9, 50), (0, 0, 45, 1e-4, 50))

    assert made.is_valid.all()
    assert made.area[0] == 0.0
    assert made.length[1] == pytest.approx(2 * 10 * math.sqrt(2), rel=1e-3)


def test_a_camera_at_a_gap_too_narrow_to_stand_in_sees_its_own_room_only() -> None:
    # The gap is narrower than the stand-off, and the halls are deep.
    left, right = box(0, 0, 100, 100), box(100.05, 0, 200, 100)

    (isovist,) = seen([left, right], (100, 50, 90, 300, 30))

    assert isovist.difference(left).area < 1e-9
    assert isovist.area > 900


# Form of the answer.


def test_isovists_carry_the_index_the_crs_and_their_name() -> None:
    table = cameras((0, 0, 90, 90, 50), (5, 0, 0, 60, 20)).set_axis(["n", "m"])
    before = table.copy(deep=True)

    made = isovists(table, Obstacles.from_buildings(houses(WALL)), north="grid")

    assert isinstance(made, gpd.GeoSeries)
    assert made.name == "isovist"
    assert made.index.tolist() == ["n", "m"]
    assert made.crs == CRS
    assert_geodataframe_equal(table, before)


def test_no_cameras_give_no_isovists() -> None:
    made = isovists(cameras(), Obstacles.from_buildings(houses(WALL)))

    assert isinstance(made, gpd.GeoSeries)
    assert len(made) == 0
    assert made.crs == CRS


def test_a_camera_with_no_room_to_see_gets_an_empty_polygon() -> None:
    made = seen([box(0, 0, 1e-6, 50), box(-20, 0, 0, 50)], (0, 25, 90, 30, 50))

    assert made.geom_type[0] == "Polygon"
    assert made.is_valid.all()


def test_what_mount_gave_can_be_handed_over() -> None:
    obstacles = Obstacles.from_buildings(houses(WALL))
    table = cameras((10, 0, 270, 90, 50), (12, 0, 270, 90, 50), (0, 0, 0, 90, 50))
    mounting = mount(table, obstacles, north="grid", stand_off_m=0.5)

    made = isovists(table, obstacles, north="grid", mounting=mounting)

    assert (9.5, 0.0) in list(made[0].exterior.coords)
    assert (9.5, 0.0) in list(made[1].exterior.coords)


def test_rings_come_as_arrays_too_in_the_order_of_the_cameras() -> None:
    rng = np.random.default_rng(6)
    obstacles = Obstacles.from_buildings(
        houses(
            *[box(x, y, x + 6, y + 6) for x, y in rng.uniform(0, 300, (100, 2))],
            ids=[str(n) for n in range(100)],
        )
    )
    table = cameras(*[(*xy, b, 100, 60) for *xy, b in rng.uniform(0, 300, (50, 3))])

    eyes = look(table, obstacles, None, north="grid")
    corners, ends, suspect = isovist_arrays(eyes, obstacles, threads=2)

    polygons = isovists(table, obstacles, north="grid")
    for ring, isovist in zip(np.split(corners, ends[:-1]), polygons, strict=True):
        assert np.array_equal(ring, isovist.exterior.coords)
    assert len(suspect) == 50


def test_a_ring_that_rounding_has_spoilt_gives_its_largest_valid_part() -> None:
    bow_tie = Polygon([(0, 0), (10, 10), (10, 0), (0, 2)])
    needle = Polygon([(0, 0), (10, 0), (5, 0)])

    largest = shapes_module._sound(bow_tie)

    assert largest.is_valid
    assert largest.geom_type == "Polygon"
    assert largest.area == pytest.approx(
        max(p.area for p in shapely.make_valid(bow_tie).geoms)
    )
    assert shapes_module._sound(needle).is_empty
    assert shapes_module._sound(box(0, 0, 1, 1)).equals(box(0, 0, 1, 1))


def test_threads_change_nothing() -> None:
    rng = np.random.default_rng(5)
    shapes = [box(x, y, x + 6, y + 6) for x, y in rng.uniform(0, 300, (300, 2))]
    rows = [(*xy, b, 100.0, 60.0) for *xy, b in rng.uniform(0, 300, (500, 3))]

    one = seen(shapes, *rows, threads=1)
    four = seen(shapes, *rows, threads=4)
    default = seen(shapes, *rows)

    assert one.geom_equals_exact(four, 0.0).all()
    assert one.geom_equals_exact(default, 0.0).all()


def test_scratch_that_is_too_short_grows_until_all_is_there() -> None:
    # Three thousand posts in a ring, all in view, and an arc of many chords between.
    turn = np.arange(3000) * 2 * np.pi / 3000
    posts = shapely.buffer(
        shapely.points(200 * np.cos(turn), 200 * np.sin(turn)), 0.05, quad_segs=4
    )

    (isovist,) = seen(list(posts), (0, 0, math.nan, 360, 250), chord_tolerance_m=1e-5)

    assert len(isovist.exterior.coords) > 9000
    hidden = math.pi * 250**2 - isovist.area
    each = 0.5 * (250**2 - 200**2) * 2 * math.asin(0.05 / 200)
    assert hidden == pytest.approx(3000 * each, rel=2e-2)


# Refusals.


@pytest.mark.parametrize(
    ("column", "value", "what"),
    [
        ("range_m", 0.0, "range_m is 0 in row 1; allowed: metres, more than 0"),
        ("range_m", -5.0, "range_m is -5 in row 1"),
        ("range_m", math.nan, "range_m is nan in row 1"),
        ("range_m", math.inf, "range_m is inf in row 1"),
        ("hfov_deg", 0.0, "hfov_deg is 0 in row 1; allowed: more than 0, at most 360"),
        ("hfov_deg", 360.5, "hfov_deg is 360.5 in row 1"),
        ("hfov_deg", math.nan, "hfov_deg is nan in row 1"),
        ("bearing_deg", math.inf, "bearing_deg is infinite in row 1"),
    ],
)
def test_a_value_out_of_range_is_refused_with_its_row(
    column: str, value: float, what: str
) -> None:
    table = cameras((0, 0, 90, 90, 50), (0, 0, 90, 90, 50))
    table.loc[1, column] = value

    with pytest.raises(InputError, match=what):
        isovists(table, Obstacles.from_buildings(houses(WALL)))


@pytest.mark.parametrize("column", ["range_m", "hfov_deg", "bearing_deg"])
def test_a_missing_column_is_refused(column: str) -> None:
    table = cameras((0, 0, 90, 90, 50)).drop(columns=column)

    with pytest.raises(InputError, match=f"no column {column}; seen: "):
        isovists(table, Obstacles.from_buildings(houses(WALL)))


def test_a_column_of_words_is_refused() -> None:
    table = cameras((0, 0, 90, 90, 50)).astype({"hfov_deg": object})
    table.loc[0, "hfov_deg"] = "wide"

    with pytest.raises(InputError, match="hfov_deg holds what is no number"):
        isovists(table, Obstacles.from_buildings(houses(WALL)))


@pytest.mark.parametrize(
    ("change", "error", "what"),
    [
        (lambda table: table.set_crs(None, allow_override=True), CRSError, "no CRS"),
        (lambda table: table.to_crs(4326), CRSError, "degrees"),
        (lambda table: table.to_crs(32617), CRSError, "cameras and obstacles have"),
        (lambda table: table.set_geometry([None]), InputError, "row 0 has no point"),
        (lambda table: table.set_geometry([Point()]), InputError, "row 0 has no point"),
        (
            lambda table: table.set_geometry([MultiPoint([(0, 0)])]),
            InputError,
            "row 0 has no point",
        ),
        (
            lambda table: table.set_geometry([Point(math.inf, 0)]),
            InputError,
            "not finite",
        ),
    ],
)
def test_cameras_that_are_no_points_on_the_same_plan_are_refused(
    change: Callable[[gpd.GeoDataFrame], gpd.GeoDataFrame],
    error: type[Exception],
    what: str,
) -> None:
    table = change(cameras((0, 0, 90, 90, 50)))

    with pytest.raises(error, match=what):
        isovists(table, Obstacles.from_buildings(houses(WALL)))


@pytest.mark.parametrize(
    ("how", "what"),
    [
        ({"chord_tolerance_m": 0.0}, "chord_tolerance_m is 0.0; allowed: metres"),
        ({"chord_tolerance_m": math.nan}, "chord_tolerance_m is nan"),
        ({"north": "up"}, "north is 'up'; allowed: 'true' or 'grid'"),
        ({"threads": 0}, "threads is 0; allowed: 1 or more"),
    ],
)
def test_a_keyword_out_of_range_is_refused(how: dict[str, object], what: str) -> None:
    with pytest.raises(InputError, match=what):
        isovists(
            cameras((0, 0, 90, 90, 50)), Obstacles.from_buildings(houses(WALL)), **how
        )


@pytest.mark.parametrize(
    ("spoil", "what"),
    [
        (lambda made: made.iloc[:1], "1 rows that are not those of the 2 cameras"),
        (lambda made: made.drop(columns=["x", "mount"]), "mounting lacks mount, x"),
        (lambda made: made.assign(mount="pole"), "'pole' in row 0, 1; allowed: open"),
        (lambda made: made.assign(x=math.nan), "x or y is not finite"),
    ],
)
def test_a_mounting_of_something_else_is_refused(
    spoil: Callable[[pd.DataFrame], pd.DataFrame], what: str
) -> None:
    table = cameras((0, 0, 90, 90, 50), (5, 0, 90, 90, 50))
    obstacles = Obstacles.from_buildings(houses(WALL))

    with pytest.raises(InputError, match=what):
        isovists(table, obstacles, mounting=spoil(mount(table, obstacles)))


# What must hold on any plan.


@examples(150)
@given(scene=scenes())
def test_isovists_are_valid_and_within_their_sector(scene: Scene) -> None:
    made = seen_in(scene)

    assert made.is_valid.all()
    assert (made.geom_type == "Polygon").all()
    for camera, isovist in zip(scene.cameras, made, strict=True):
        reach = Point(camera.x, camera.y).buffer(camera.range_m + 6.2, quad_segs=64)
        assert reach.covers(isovist)


@examples(80)
@given(
    scene=scenes(places=("anywhere", "facade")),
    extra=st.tuples(st.integers(0, 70), st.integers(0, 70), st.integers(1, 20)),
)
def test_another_building_never_widens_a_view(
    scene: Scene, extra: tuple[int, int, int]
) -> None:
    x, y, size = extra
    more = translate(box(x, y, x + size, y + size), *scene.offset)
    assume(all(more.distance(Point(c.x, c.y)) > 1e-3 for c in scene.cameras))
    assume(
        all(
            p.distance(Point(c.x, c.y)) > 0
            for p in scene.polygons
            for c in scene.cameras
        )
    )
    wider = Scene((*scene.polygons, more), scene.cameras, scene.offset)

    before = seen_in(scene, chord_tolerance_m=1e-4)
    after = seen_in(wider, chord_tolerance_m=1e-4)

    # Chords start where walls end, so that two inscribed arcs differ by the tolerance.
    assert (after.difference(before.buffer(2e-4)).area < 1e-6).all()


@examples(80)
@given(scene=scenes(), more=st.floats(1.0, 3.0))
def test_a_longer_range_never_narrows_a_view(scene: Scene, more: float) -> None:
    longer = Scene(
        scene.polygons,
        tuple(
            Camera(c.x, c.y, c.bearing_deg, c.hfov_deg, c.range_m * more)
            for c in scene.cameras
        ),
        scene.offset,
    )

    before = seen_in(scene, chord_tolerance_m=1e-4)
    after = seen_in(longer, chord_tolerance_m=1e-4)

    assert (before.difference(after.buffer(2e-4)).area < 1e-6).all()


@examples(80)
@given(scene=scenes(), quarter=st.integers(1, 3))
def test_turning_the_plan_by_quarters_turns_the_view(
    scene: Scene, quarter: int
) -> None:
    # Quarter turns about the origin of whole numbers are exact; no ties break.
    assume(scene.offset == (0.0, 0.0))
    turned = scene_of(
        [rotate(p, -90 * quarter, origin=(0, 0)) for p in scene.polygons],
        [
            Camera(
                *rotate(Point(c.x, c.y), -90 * quarter, origin=(0, 0)).coords[0],
                (c.bearing_deg + 90 * quarter) % 360,
                c.hfov_deg,
                c.range_m,
            )
            for c in scene.cameras
        ],
    )
    open_air = (
        mount(
            scene.cameras_table(),
            Obstacles.from_buildings(scene.buildings_table()),
            north="grid",
        )["mount"]
        == "open"
    ).to_numpy()
    before = seen_in(scene, chord_tolerance_m=1e-4).area.to_numpy()
    after = seen_in(turned, chord_tolerance_m=1e-4).area.to_numpy()

    # Chords start elsewhere on the circle: at most 2 pi 120 m times the tolerance.
    assert after[open_air] == pytest.approx(before[open_air], abs=0.08)


@examples(80)
@given(scene=scenes())
def test_moving_the_plan_to_map_coordinates_changes_nothing(scene: Scene) -> None:
    assume(scene.offset == (0.0, 0.0))
    far = scene_of(scene.polygons, scene.cameras, (500000.0, 5400000.0))

    before, after = seen_in(scene).area.to_numpy(), seen_in(far).area.to_numpy()

    near = after == pytest.approx(before, rel=1e-6, abs=1e-3)
    assert near
