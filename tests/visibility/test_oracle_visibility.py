"""The visibility room held against three slow oracles that share no idea with it."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod, Transformer
from shapely.geometry import Point, Polygon, box

from coveragekit.visibility import Obstacles, first_obstacle, isovists, mount, who_sees
from tests.oracles import visibility as oracle
from tests.strategies import (
    CRS,
    DENSE,
    OFFSETS,
    Camera,
    Scene,
    dense_scene,
    examples,
    neighbourhood,
    scene_of,
    scenes,
    targets,
)

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd
    from numpy.typing import NDArray

HOUSE = box(10.0, -5.0, 20.0, 5.0)


# The oracles themselves, by hand and against each other.


def test_the_ray_oracle_meets_a_wall_ten_metres_east() -> None:
    rays = oracle.ray_distances([HOUSE], 0.0, 0.0, np.array([90.0, 0.0, 60.0]), 50.0)

    assert rays.distance_m == pytest.approx([10.0, 50.0, 50.0])
    assert rays.hits_wall.tolist() == [True, False, False]
    assert rays.certain.all()


def test_the_ray_oracle_calls_a_ray_through_a_corner_uncertain() -> None:
    to_corner = math.degrees(math.atan2(10.0, 5.0))

    rays = oracle.ray_distances([HOUSE], 0.0, 0.0, np.array([to_corner]), 50.0)

    assert not rays.certain[0]


def test_the_ray_oracle_calls_a_ray_along_a_wall_uncertain() -> None:
    rays = oracle.ray_distances([HOUSE], 0.0, 5.0, np.array([90.0]), 50.0)

    assert not rays.certain[0]


def test_the_shadow_oracle_gives_the_sector_less_a_house_and_its_shadow() -> None:
    seen = oracle.shadow_isovist([HOUSE], 0.0, 0.0, 40.0, 90.0, 90.0)

    # Within the wedge of 45 degrees either side, the front wall hides what lies
    # behind it, from atan(5/10) to the south to as much to the north.
    hidden_angle = 2.0 * math.atan2(5.0, 10.0)
    expected = 0.5 * 40.0**2 * (math.pi / 2.0 - hidden_angle) + 0.5 * 10.0 * 10.0
    assert seen.area == pytest.approx(expected, rel=1e-5)


def test_the_sight_oracle_hides_what_lies_behind_the_house() -> None:
    points = np.array([[30.0, 0.0], [5.0, 0.0], [15.0, 0.0], [0.0, -45.0], [0.0, 60.0]])

    verdicts = oracle.sees(points, [HOUSE], (0.0, 0.0, 50.0, math.nan, 360.0))

    assert verdicts.seen.tolist() == [False, True, False, True, False]
    assert verdicts.certain.all()


@examples(60)
@given(data=st.data())
def test_the_three_oracles_agree_with_each_other(data: st.DataObject) -> None:
    scene = data.draw(scenes(places=("anywhere", "whole", "facade"), at_most=1))
    camera = scene.cameras[0]
    solid = shapely.union_all(scene.polygons)
    if solid.distance(Point(camera.x, camera.y)) < 1e-3:
        return
    points = data.draw(targets(scene))
    offsets = points - (camera.x, camera.y)
    directions = np.degrees(np.arctan2(offsets[:, 0], offsets[:, 1]))
    reach = (camera.range_m, camera.bearing_deg, camera.hfov_deg)

    verdicts = oracle.sees(points, scene.polygons, (camera.x, camera.y, *reach))
    rays = oracle.ray_distances(
        scene.polygons, camera.x, camera.y, directions, camera.range_m
    )
    isovist = oracle.shadow_isovist(scene.polygons, camera.x, camera.y, *reach)

    distance = np.hypot(offsets[:, 0], offsets[:, 1])
    in_reach = oracle.in_reach(offsets, *reach)
    by_ray = (distance <= rays.distance_m) & in_reach.seen
    compared = verdicts.certain & rays.certain & in_reach.certain
    assert (verdicts.seen == by_ray)[compared].all()
    # The arc of the shadow oracle is a fine polygon, so leave out its last millimetre.
    inner = np.abs(distance - camera.range_m) > 1e-3
    edge = shapely.boundary(isovist)
    off_edge = shapely.distance(edge, shapely.points(points)) > 1e-5
    compared = verdicts.certain & inner & off_edge
    inside = shapely.intersects_xy(isovist, points)
    assert (verdicts.seen == inside)[compared].all()
    assert np.mean(~verdicts.certain) <= 0.35


# The room against the oracles.

CHORD_M = 0.001
RAYS = 90


@dataclass
class Tally:
    """What was compared, and what was left out as uncertain."""

    compared: int = 0
    left_out: int = 0

    def count(self, certain: NDArray[np.bool_]) -> None:
        """Add one comparison's rays or pairs."""
        self.compared += int(certain.sum())
        self.left_out += int((~certain).sum())

    @property
    def left_out_share(self) -> float:
        """Share of all rays or pairs that no oracle would judge."""
        return self.left_out / max(1, self.compared + self.left_out)


def look(scene: Scene) -> tuple[pd.DataFrame, gpd.GeoSeries]:
    """Give the room's mounting and isovists of a scene."""
    obstacles = Obstacles.from_buildings(scene.buildings_table())
    table = scene.cameras_table()
    mounted = mount(table, obstacles, north="grid")
    isovist = isovists(
        table, obstacles, chord_tolerance_m=CHORD_M, north="grid", mounting=mounted
    )
    assert isovist.index.equals(table.index)
    return mounted, isovist


def check_radii(
    scene: Scene, camera: Camera, isovist: Polygon, rng: np.random.Generator
) -> NDArray[np.bool_]:
    """Hold an isovist against rays: exact on walls, within the chord on the arc."""
    full = oracle.is_full_circle(camera.bearing_deg, camera.hfov_deg)
    span = 360.0 if full else camera.hfov_deg * 0.9999
    start = 0.0 if full else camera.bearing_deg - span / 2.0
    directions = start + span * rng.random(RAYS)

    wanted = oracle.ray_distances(
        scene.polygons, camera.x, camera.y, directions, camera.range_m
    )
    got = oracle.ray_distances(
        [isovist], camera.x, camera.y, directions, 2.0 * camera.range_m, beyond_m=1e-6
    )

    # A ray that meets a wall at a small angle slides along it with the rounding of the
    # wall's own coordinates, so the tolerance grows as the angle closes.
    tolerance = 1e-6 * np.maximum(1.0, 0.01 / np.maximum(wanted.sine, 1e-9))
    short = np.where(wanted.hits_wall, 0.0, CHORD_M)
    gap = wanted.distance_m - got.distance_m
    right = (gap <= short + tolerance) & (gap >= -tolerance)
    wrong = wanted.certain & ~right
    assert not wrong.any(), (
        f"{camera} at {directions[wrong]}: wanted {wanted.distance_m[wrong]}, "
        f"got {got.distance_m[wrong]}; buildings {[p.wkt for p in scene.polygons]}"
    )
    return wanted.certain


def check_area(scene: Scene, camera: Camera, isovist: Polygon) -> None:
    """Hold an isovist against the sector less shadows."""
    full = oracle.is_full_circle(camera.bearing_deg, camera.hfov_deg)
    arc_m = math.radians(360.0 if full else camera.hfov_deg) * camera.range_m
    wanted = oracle.shadow_isovist(
        scene.polygons,
        camera.x,
        camera.y,
        camera.range_m,
        camera.bearing_deg,
        camera.hfov_deg,
    )
    differs_m2 = wanted.symmetric_difference(isovist).area
    # Both round the arc: the room by its chord, the oracle by a quarter of a degree.
    allowed_m2 = arc_m * (CHORD_M + 3e-6 * camera.range_m) + 1e-4
    assert differs_m2 <= allowed_m2, (
        f"{camera}: {differs_m2} m2 differ, {allowed_m2} allowed; "
        f"buildings {[p.wkt for p in scene.polygons]}"
    )


def seen_from(scene: Scene, mounted: pd.DataFrame) -> list[tuple[int, Camera]]:
    """Give the cameras that ended in the open, where the room mounted them."""
    return [
        (number, replace(camera, x=float(x), y=float(y)))
        for number, (camera, x, y, how) in enumerate(
            zip(
                scene.cameras, mounted["x"], mounted["y"], mounted["mount"], strict=True
            )
        )
        if how != "inside"
    ]


def check_isovists(scene: Scene, seed: int, tally: Tally) -> None:
    """Hold every isovist of a scene against rays, shadows, and its own building."""
    rng = np.random.default_rng(seed)
    mounted, made = look(scene)

    assert made.is_valid.all()
    assert not made[mounted["mount"] != "inside"].is_empty.any()
    for number, camera in seen_from(scene, mounted):
        isovist = made.iloc[number]
        tally.count(check_radii(scene, camera, isovist, rng))
        check_area(scene, camera, isovist)
    solid = shapely.union_all(scene.polygons).buffer(1e-6, join_style="mitre")
    for isovist in made[mounted["mount"] == "inside"]:
        assert isovist.difference(solid).area < 1e-9


def check_who_sees(scene: Scene, points: NDArray[np.float64], tally: Tally) -> None:
    """Hold every pair of a point and a camera against its sight line."""
    obstacles = Obstacles.from_buildings(scene.buildings_table())
    table = scene.cameras_table()
    mounted = mount(table, obstacles, north="grid")

    places = gpd.GeoSeries(shapely.points(points), crs=table.crs)
    seen = who_sees(places, table, obstacles, north="grid", mounting=mounted).toarray()

    assert seen.shape == (len(points), len(table))
    assert seen.dtype == np.bool_
    for number, camera in seen_from(scene, mounted):
        place = (camera.x, camera.y)
        reach = (camera.range_m, camera.bearing_deg, camera.hfov_deg)
        verdicts = oracle.sees(points, scene.polygons, (*place, *reach))
        wrong = verdicts.certain & (verdicts.seen != seen[:, number])
        assert not wrong.any(), (
            f"{camera} and {points[wrong].tolist()}: wanted {verdicts.seen[wrong]}; "
            f"buildings {[p.wkt for p in scene.polygons]}"
        )
        tally.count(verdicts.certain)
    solid = shapely.union_all(scene.polygons)
    outside = shapely.distance(solid, shapely.points(points)) > 1e-6
    assert not seen[np.ix_(outside, (mounted["mount"] == "inside").to_numpy())].any()


@examples(150)
@given(scene=scenes(), seed=st.integers(0, 2**32 - 1))
def test_isovists_agree_with_rays_and_shadows_on_any_scene(
    scene: Scene, seed: int
) -> None:
    check_isovists(scene, seed, Tally())


@examples(100)
@given(data=st.data())
def test_who_sees_agrees_with_sight_lines_on_any_scene(data: st.DataObject) -> None:
    scene = data.draw(scenes())

    check_who_sees(scene, data.draw(targets(scene)), Tally())


@pytest.mark.parametrize("kind", DENSE)
def test_isovists_agree_with_rays_and_shadows_on_dense_scenes(kind: str) -> None:
    tally = Tally()

    for seed in range(24):
        check_isovists(dense_scene(kind, seed, count=4), seed, tally)

    assert tally.compared > 5_000
    assert tally.left_out_share < 0.01


@pytest.mark.parametrize("kind", DENSE)
def test_who_sees_agrees_with_sight_lines_on_dense_scenes(kind: str) -> None:
    tally = Tally()

    for seed in (*range(12), 1080, 1200):
        scene = dense_scene(kind, seed, count=8)
        rng = np.random.default_rng(seed)
        points = rng.uniform(-10.0, 110.0, (150, 2)) + scene.offset
        check_who_sees(scene, points, tally)

    assert tally.compared > 8_000
    assert tally.left_out_share < 0.01


@pytest.mark.parametrize("bearing_deg", [math.nan, 225.0])
def test_a_camera_kilometres_off_the_buildings_sees_them_and_past_them(
    bearing_deg: float,
) -> None:
    plan = dense_scene("overlapping", 7)
    dx, dy = plan.offset
    far = Camera(dx + 2500.0, dy + 2400.0, bearing_deg, 20.0, 4000.0)
    scene = replace(plan, cameras=(far,))
    obstacles = Obstacles.from_buildings(scene.buildings_table())
    rng = np.random.default_rng(7)
    points = rng.uniform(-300.0, 300.0, (500, 2)) + plan.offset

    made = isovists(
        scene.cameras_table(), obstacles, chord_tolerance_m=CHORD_M, north="grid"
    )
    tally = Tally()
    check_who_sees(scene, points, tally)

    check_radii(scene, far, made.iloc[0], rng)
    assert tally.left_out_share < 0.01


@pytest.mark.parametrize("kind", DENSE)
def test_the_first_obstacle_is_the_first_wall_that_a_ray_meets(kind: str) -> None:
    compared = 0
    for seed in range(4):
        scene = dense_scene(kind, seed, count=8)
        obstacles = Obstacles.from_buildings(scene.buildings_table())
        table = scene.cameras_table()
        mounted = mount(table, obstacles, north="grid")
        rng = np.random.default_rng(seed)
        for x, y in rng.uniform(-10.0, 110.0, (10, 2)) + scene.offset:
            got = first_obstacle((x, y), table, obstacles, mounting=mounted)
            for number, camera in seen_from(scene, mounted):
                way = math.degrees(math.atan2(x - camera.x, y - camera.y))
                length = math.hypot(x - camera.x, y - camera.y)
                place = (camera.x, camera.y)
                ray = oracle.ray_distances(
                    scene.polygons, *place, np.array([way]), length
                )
                if not ray.certain[0] or abs(ray.distance_m[0] - length) < 1e-6:
                    continue
                compared += 1
                row = int(got["building"].iloc[number])
                assert (row >= 0) == bool(ray.hits_wall[0])
                if row < 0:
                    assert math.isnan(got["distance_m"].iloc[number])
                    continue
                hit_m = ray.distance_m[0]
                assert got["distance_m"].iloc[number] == pytest.approx(hit_m, abs=1e-5)
                hit = Point(np.array(place) + hit_m * oracle.unit(way))
                assert scene.polygons[row].boundary.distance(hit) < 1e-6
    assert compared > 100


@pytest.mark.parametrize("kind", ["lattice", "courts"])
def test_a_camera_inside_sees_exactly_its_own_room(kind: str) -> None:
    tally = Tally()

    for seed in range(10):
        check_rooms(rooms(kind, seed), seed, tally)

    assert tally.compared > 2_000
    assert tally.left_out_share < 0.01


def rooms(kind: str, seed: int) -> Scene:
    """Give a scene whose footprints do not overlap, all cameras within one of them."""
    scene = dense_scene(kind, seed)
    rng = np.random.default_rng(seed)
    shells = [p for p in scene.polygons if kind == "lattice" or p.interiors]
    chosen = rng.choice(len(shells), len(scene.cameras))
    placed = []
    for number, camera in zip(chosen, scene.cameras, strict=True):
        minx, miny, maxx, maxy = shells[number].bounds
        there = rng.uniform((minx, miny), (maxx, maxy), (200, 2))
        deep = shapely.contains_xy(shells[number].buffer(-0.01), there)
        x, y = there[deep][0]
        placed.append(replace(camera, x=float(x), y=float(y)))
    return Scene(tuple(shells), tuple(placed), scene.offset)


def check_rooms(scene: Scene, seed: int, tally: Tally) -> None:
    """Hold isovists and sights from inside against rays to the first wall."""
    rng = np.random.default_rng(seed)
    obstacles = Obstacles.from_buildings(scene.buildings_table())
    cameras = scene.cameras_table()
    mounted = mount(cameras, obstacles, mount_depth_m=0.0, north="grid")
    made = isovists(
        cameras, obstacles, chord_tolerance_m=CHORD_M, north="grid", mounting=mounted
    )
    near = [(camera.x, camera.y) for camera in scene.cameras for _ in range(20)]
    points = np.array(near) + rng.uniform(-10.0, 10.0, (len(near), 2))
    places = gpd.GeoSeries(shapely.points(points), crs=CRS)
    seen = who_sees(places, cameras, obstacles, north="grid", mounting=mounted)

    assert (mounted["mount"] == "inside").all()
    for number, camera in enumerate(scene.cameras):
        tally.count(check_radii(scene, camera, made.iloc[number], rng))
        reach = (camera.range_m, camera.bearing_deg, camera.hfov_deg)
        offsets = points - (camera.x, camera.y)
        ways = np.degrees(np.arctan2(offsets[:, 0], offsets[:, 1]))
        rays = oracle.ray_distances(
            scene.polygons, camera.x, camera.y, ways, camera.range_m
        )
        sector = oracle.in_reach(offsets, *reach)
        short = rays.distance_m - np.hypot(offsets[:, 0], offsets[:, 1])
        certain = rays.certain & sector.certain & (np.abs(short) > 1e-6)
        wanted = sector.seen & (short > 0.0)
        wrong = certain & (wanted != seen.toarray()[:, number])
        assert not wrong.any(), (
            f"{camera} and {points[wrong].tolist()}: {wanted[wrong]}"
        )


def test_a_thousand_cameras_at_once_see_what_each_sees_alone() -> None:
    scene = dense_scene("rows", 5, count=1_000)
    obstacles = Obstacles.from_buildings(scene.buildings_table())
    table = scene.cameras_table()
    points = np.random.default_rng(5).uniform(-10.0, 110.0, (2_000, 2)) + scene.offset
    places = gpd.GeoSeries(shapely.points(points), crs=CRS)

    together = isovists(table, obstacles)
    seen = who_sees(places, table, obstacles).toarray()

    for number in range(0, len(table), 37):
        alone = table.iloc[[number]]
        assert isovists(alone, obstacles).iloc[0].equals(together.iloc[number])
        one = who_sees(places.iloc[::50], alone, obstacles).toarray()[:, 0]
        assert (one == seen[::50, number]).all()


# Ties: no rounding is involved, so there is one right answer.


def sight(
    polygons: list[Polygon], camera: Camera, points: list[tuple[float, float]]
) -> list[bool]:
    """Give which points the room says one camera sees."""
    scene = scene_of(polygons, [camera])
    obstacles = Obstacles.from_buildings(scene.buildings_table())
    places = gpd.GeoSeries(shapely.points(np.array(points)), crs=CRS)
    seen = who_sees(places, scene.cameras_table(), obstacles, north="grid")
    return [bool(row) for row in seen.toarray()[:, 0]]


def test_a_point_on_the_near_facade_is_seen_and_one_on_the_far_facade_is_not() -> None:
    camera = Camera(0.0, 0.0)

    assert sight([HOUSE], camera, [(10.0, 0.0), (10.0, 5.0), (20.0, 0.0)]) == [
        True,
        True,
        False,
    ]


def test_a_point_exactly_at_the_range_is_seen() -> None:
    camera = Camera(0.0, 0.0, range_m=5.0)

    assert sight([], camera, [(3.0, 4.0), (-5.0, 0.0), (3.0, 4.001)]) == [
        True,
        True,
        False,
    ]


def test_points_exactly_on_the_edges_of_a_half_circle_are_seen() -> None:
    camera = Camera(0.0, 0.0, bearing_deg=0.0, hfov_deg=180.0)

    assert sight([], camera, [(7.0, 0.0), (-7.0, 0.0), (7.0, -0.001)]) == [
        True,
        True,
        False,
    ]


def test_a_camera_sees_the_place_it_stands_on() -> None:
    camera = Camera(0.0, 0.0, bearing_deg=90.0, hfov_deg=30.0)

    assert sight([HOUSE], camera, [(0.0, 0.0)]) == [True]


def test_a_sight_line_that_touches_a_corner_is_free() -> None:
    diamond = Polygon([(10.0, 0.0), (15.0, 5.0), (10.0, 10.0), (5.0, 5.0)])

    assert sight([diamond], Camera(5.0, -5.0), [(5.0, 20.0), (5.0, 5.0)]) == [True] * 2


def test_a_sight_line_along_a_wall_is_free_and_along_a_party_wall_is_not() -> None:
    above, below = box(10.0, 0.0, 20.0, 10.0), box(10.0, -10.0, 20.0, 0.0)
    camera, beyond = Camera(0.0, 0.0), [(30.0, 0.0)]

    assert sight([above], camera, beyond) == [True]
    assert sight([below], camera, beyond) == [True]
    assert sight([above, below], camera, beyond) == [False]


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("offset", OFFSETS[:2])
def test_whole_number_sight_lines_across_a_lattice_are_exact(
    seed: int, offset: tuple[float, float]
) -> None:
    rng = np.random.default_rng(seed)
    side = 12
    filled = {(int(i), int(j)) for i, j in np.argwhere(rng.random((side, side)) < 0.3)}
    nodes = [(i, j) for i in range(-1, side + 2) for j in range(-1, side + 2)]
    touched = {(i + di, j + dj) for i, j in filled for di in (0, 1) for dj in (0, 1)}
    free = [node for node in nodes if node not in touched]
    stands = [free[k] for k in rng.choice(len(free), 6, replace=False)]
    scene = scene_of(
        [box(i, j, i + 1, j + 1) for i, j in sorted(filled)],
        [Camera(float(x), float(y), range_m=100.0) for x, y in stands],
        offset,
    )

    obstacles = Obstacles.from_buildings(scene.buildings_table())
    places = gpd.GeoSeries(shapely.points(np.array(nodes) + offset), crs=CRS)
    seen = who_sees(places, scene.cameras_table(), obstacles, north="grid").toarray()

    wanted = np.array(
        [
            [oracle.lattice_sight_is_free(filled, here, node) for here in stands]
            for node in nodes
        ]
    )
    wrong = [(nodes[i], stands[j]) for i, j in np.argwhere(seen != wanted)]
    assert wrong == [], f"{len(wrong)} wrong with cells {sorted(filled)}"


# True north, and a real place.


@pytest.mark.parametrize("bearing_deg", [0.0, 37.0, 200.0])
def test_bearings_are_from_true_north_as_the_ellipsoid_has_it(
    bearing_deg: float,
) -> None:
    lon, lat, off_deg = -84.35, 33.75, 1.0
    ways = np.array([bearing_deg, bearing_deg - off_deg, bearing_deg + off_deg])
    start = np.full(3, lon), np.full(3, lat)
    ahead = Geod(ellps="WGS84").fwd(*start, ways, np.full(3, 80.0))
    to_grid = Transformer.from_crs("EPSG:4326", CRS, always_xy=True)
    camera = Camera(*to_grid.transform(lon, lat), bearing_deg, 1.0, 100.0)
    scene = Scene((), (camera,))
    obstacles = Obstacles.from_buildings(scene.buildings_table())

    places = gpd.GeoSeries.from_xy(*to_grid.transform(*ahead[:2]), crs=CRS)
    seen = who_sees(places, scene.cameras_table(), obstacles).toarray()[:, 0]
    isovist = isovists(scene.cameras_table(), obstacles).iloc[0]

    assert seen.tolist() == [True, False, False]
    assert places.intersects(isovist).tolist() == [True, False, False]


@pytest.mark.real_data
def test_isovists_agree_with_rays_and_shadows_in_a_real_neighbourhood(
    real_data: Path,
) -> None:
    scene = neighbourhood(real_data, seed=1, count=120)
    tally = Tally()

    check_isovists(scene, 1, tally)

    assert tally.compared > 8_000
    assert tally.left_out_share < 0.01


@pytest.mark.real_data
def test_who_sees_agrees_with_sight_lines_in_a_real_neighbourhood(
    real_data: Path,
) -> None:
    scene = neighbourhood(real_data, seed=2, count=60)
    rng = np.random.default_rng(2)
    near = [(camera.x, camera.y) for camera in scene.cameras for _ in range(8)]
    points = np.array(near) + rng.normal(0.0, 60.0, (len(near), 2))
    tally = Tally()

    check_who_sees(scene, points, tally)

    assert tally.compared > 20_000
    assert tally.left_out_share < 0.01
