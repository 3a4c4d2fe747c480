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
from shapely.geometry import Point, Polygon, box

from coveragekit.visibility import Obstacles, isovists, mount, who_sees
from tests.oracles import visibility as oracle
from tests.strategies import (
    DENSE,
    Camera,
    Scene,
    dense_scene,
    examples,
    scenes,
    targets,
)

if TYPE_CHECKING:
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
    assert not made.is_empty.any()
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

    for seed in range(30):
        check_isovists(dense_scene(kind, seed, count=4), seed, tally)

    assert tally.compared > 5_000
    assert tally.left_out_share < 0.01


@pytest.mark.parametrize("kind", DENSE)
def test_who_sees_agrees_with_sight_lines_on_dense_scenes(kind: str) -> None:
    tally = Tally()

    for seed in range(20):
        scene = dense_scene(kind, seed, count=8)
        rng = np.random.default_rng(seed)
        points = rng.uniform(-10.0, 110.0, (150, 2)) + scene.offset
        check_who_sees(scene, points, tally)

    assert tally.compared > 10_000
    assert tally.left_out_share < 0.01
