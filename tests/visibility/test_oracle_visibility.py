"""The visibility room held against three slow oracles that share no idea with it."""

from __future__ import annotations

import math

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import Point, box

from tests.oracles import visibility as oracle
from tests.strategies import examples, scenes, targets

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
