"""Footprints on the plan: what dead zone, far edge and sides leave of an isovist."""

from __future__ import annotations

import math

import geopandas as gpd
import numpy as np
import pytest
import shapely
from shapely.geometry import MultiPolygon, Point, Polygon, box

from coveragekit.errors import InputError
from coveragekit.optics import Footprints, footprints
from coveragekit.visibility import (
    Obstacles,
    Surface,
    first_obstacle,
    isovists,
    who_sees,
)
from tests.visibility.plans import cameras, houses

LENS = {
    "kind": "bullet",
    "tilt_deg": 30.0,
    "hfov_deg": 52.0,
    "vfov_deg": 30.0,
    "width_px": 2560,
    "mount_height_m": 4.0,
}


def lenses(*rows: tuple[float, float, float], **changes: object) -> gpd.GeoDataFrame:
    """Give cameras of one lens from rows of x, y and bearing; no range of their own."""
    table = cameras(*((x, y, bearing, 1.0, math.nan) for x, y, bearing in rows))
    return table.assign(**(LENS | changes))


def shown(
    table: gpd.GeoDataFrame,
    *shapes: Polygon,
    density_px_per_m: float = 10.0,
    target_height_m: float = 0.0,
) -> gpd.GeoSeries:
    views = footprints(table, density_px_per_m, target_height_m=target_height_m)
    walls = Obstacles.from_buildings(houses(*shapes))
    return isovists(table, walls, north="grid", footprints=views)


def same(one: shapely.Geometry, other: shapely.Geometry) -> bool:
    return bool(one.is_valid and one.symmetric_difference(other).area < 1e-4)


TRAPEZOID = Polygon([(-2.665, 4), (2.665, 4), (7.281, 14.928), (-7.281, 14.928)])


def test_on_open_ground_the_isovist_is_the_trapezoid_turned_to_the_bearing() -> None:
    north, east = shown(lenses((0, 0, 0), (0, 0, 90)))

    assert north.symmetric_difference(TRAPEZOID).area < 0.02
    assert north.area == pytest.approx(108.692, abs=1e-3)
    assert same(east, shapely.affinity.rotate(north, -90, origin=(0, 0)))


def test_a_post_before_the_camera_parts_the_view_into_two_pieces() -> None:
    # Its shadow is all there is of the dead zone's edge between x = -0.4 and 0.4.
    (isovist,) = shown(lenses((0, 0, 0)), box(-0.2, 2.0, 0.2, 2.2))

    shadow = Polygon([(0, 0), (-2, 20), (2, 20)])
    (whole,) = shown(lenses((0, 0, 0)))
    assert isinstance(isovist, MultiPolygon)
    assert len(isovist.geoms) == 2
    assert same(isovist, whole.difference(shadow))


def test_the_footprints_must_be_those_of_the_cameras() -> None:
    table = lenses((0, 0, 0), (0, 0, math.nan))
    views = footprints(table, 10.0)
    walls = Obstacles.from_buildings(houses())

    with pytest.raises(InputError, match="there are 2 footprints for 1 cameras"):
        isovists(table.iloc[:1], walls, footprints=views)
    with pytest.raises(InputError, match="bearing_deg is missing in row 1, but"):
        who_sees(table.geometry, table, walls, footprints=views.take([0, 0]))


def test_a_camera_that_shows_nothing_sees_nothing_not_even_its_own_place() -> None:
    table = lenses((0, 0, 0), tilt_deg=-40.0)
    views = footprints(table, 10.0)
    walls = Obstacles.from_buildings(houses())

    assert views.reach_m.tolist() == [0.0]
    assert isovists(table, walls, footprints=views).is_empty.all()
    assert who_sees(table.geometry, table, walls, footprints=views).nnz == 0


def test_a_ceiling_fisheye_and_a_dead_zone_make_disc_and_ring() -> None:
    table = lenses((0, 0, 0), (0, 0, 0))
    views = Footprints(
        half_angle_deg=np.array([180.0, 180.0]),
        reach_m=np.array([20.0, 20.0]),
        near_m=np.array([0.0, 5.0]),
        planes=np.full((2, 4, 3), (0.0, 0.0, np.inf)),
    )
    walls = Obstacles.from_buildings(houses())

    disc, ring = isovists(table, walls, chord_tolerance_m=1e-4, footprints=views)

    assert disc.area == pytest.approx(math.pi * 400, rel=1e-4)
    assert len(ring.interiors) == 1
    assert ring.area == pytest.approx(math.pi * 375, rel=1e-4)
    assert not ring.covers(Point(0, 4.9))


# A surface in place of the buildings.


def test_a_surface_in_place_of_buildings_looks_over_what_is_low() -> None:
    low, high = box(-20, 20, 20, 21), box(-20, 50, 20, 51)
    walls = houses(low, high).assign(height_m=[2.0, 30.0])
    surface = Surface.from_buildings(walls, bounds=(-100, -100, 100, 100))
    table = cameras((0.5, 0.5, 0.0, 40.0, 90.0)).assign(mount_height_m=6.0)
    places = gpd.GeoSeries.from_xy([0.5] * 3, [10.5, 40.5, 70.5], crs=table.crs)

    over = who_sees(places, table, surface, north="grid", target_height_m=1.0)
    through = who_sees(places, table, Obstacles.from_buildings(walls), north="grid")
    (isovist,) = isovists(table, surface, north="grid", target_height_m=1.0)
    first = first_obstacle((0.5, 70.5), table, surface, north="grid")
    free = first_obstacle((0.5, 40.5), table, surface, north="grid")

    assert over.toarray()[:, 0].tolist() == [True, True, False]
    assert through.toarray()[:, 0].tolist() == [True, False, False]
    assert shapely.intersects(isovist, places.array).tolist() == [True, True, False]
    assert first["distance_m"].tolist() == pytest.approx([50.0], abs=1.0)
    assert first["building"].tolist() == free["building"].tolist() == [-1]
    assert free["distance_m"].isna().all()


def test_on_a_surface_the_height_of_the_target_counts() -> None:
    wall = houses(box(-20, 20, 20, 21)).assign(height_m=[5.0])
    surface = Surface.from_buildings(wall, bounds=(-100, -100, 100, 100))
    table = cameras((0.5, 0.5, 0.0, 40.0, 90.0)).assign(mount_height_m=6.0)
    there = gpd.GeoSeries.from_xy([0.5], [60.5], crs=table.crs)

    seen = [
        who_sees(there, table, surface, north="grid", target_height_m=height).nnz
        for height in (1.5, 4.5)
    ]

    assert seen == [0, 1]
