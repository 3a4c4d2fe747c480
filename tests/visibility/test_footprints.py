"""Footprints on the plan: what dead zone, far edge and sides leave of an isovist."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import MultiPolygon, Point, Polygon, box

from coveragekit.errors import InputError
from coveragekit.optics import Footprints, Light, footprints
from coveragekit.visibility import (
    Obstacles,
    Surface,
    first_obstacle,
    isovists,
    mount,
    shapes,
    who_sees,
)
from tests.oracles import footprints as oracle
from tests.strategies import Scene, dense_scene, examples, scenes
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


# Held against pictures that are really taken.


def random_lenses(seed: int, count: int) -> gpd.GeoDataFrame:
    """Give lenses of every sort, the impossible ones too, all at one place."""
    rng = np.random.default_rng(seed)
    bearing = np.where(rng.random(count) < 0.15, np.nan, rng.uniform(0, 360, count))
    hfov = rng.choice([3.0, 28.0, 60.0, 90.0, 91.0, 120.0, 180.0, 200.0, 360.0], count)
    return gpd.GeoDataFrame(
        {
            "kind": rng.choice(["bullet", "fisheye"], count),
            "bearing_deg": bearing,
            "tilt_deg": np.where(
                rng.random(count) < 0.3,
                rng.choice([-90.0, -30.0, 0.0, 15.0, 89.0, 90.0], count),
                rng.uniform(-25, 90, count),
            ),
            "hfov_deg": hfov,
            "vfov_deg": rng.choice([2.0, 16.0, 43.0, 75.0, 120.0, 180.0], count),
            "width_px": rng.choice([640, 1920, 3840], count),
            "mount_height_m": rng.choice([0.0, 1.2, 1.5, 1.6, 3.0, 6.0, 40.0], count),
            "range_m": np.where(
                rng.random(count) < 0.3, rng.uniform(2, 60, count), np.nan
            ),
            "ir_range_m": np.where(
                rng.random(count) < 0.3, np.nan, rng.uniform(2, 60, count)
            ),
        },
        geometry=[Point(PLACE)] * count,
        crs="EPSG:32616",
    )


PLACE = (744_321.25, 3_735_017.75)


def lens_of(row: Any) -> oracle.Lens:
    names = [field.name for field in dataclasses.fields(oracle.Lens)]
    values = {name: getattr(row, name) for name in names}
    if math.isnan(values["range_m"]):
        values["range_m"] = math.inf
    return oracle.Lens(**values)


@pytest.mark.parametrize(
    ("seed", "asked", "level", "light"),
    [
        (1, 62.5, 1.5, "day"),
        (2, 12.5, 0.0, "night"),
        (3, 250.0, 1.6, "day"),
        (4, 1.0, 1.5, "day"),
    ],
)
def test_what_is_seen_on_open_ground_is_what_the_picture_shows(
    seed: int, asked: float, level: float, light: Light
) -> None:
    table = random_lenses(seed, 160)
    rng = np.random.default_rng(seed + 100)
    away, way = 10 ** rng.uniform(-1, 2.2, 80), rng.uniform(0, 2 * np.pi, 80)
    around = np.stack([away * np.sin(way), away * np.cos(way)], axis=1)
    views = footprints(table, asked, target_height_m=level, light=light)
    walls = Obstacles.from_buildings(houses())

    seen = who_sees(
        gpd.GeoSeries(shapely.points(around + PLACE), crs=table.crs),
        table,
        walls,
        north="grid",
        footprints=views,
    ).toarray()

    certain, shown = 0, 0
    # As the map's coordinates have them, for one answer to the last micrometre.
    exact = (around + PLACE) - PLACE
    for column, row in enumerate(table.itertuples()):
        truth = oracle.shows(
            lens_of(row),
            exact,
            asked=asked,
            target_height_m=level,
            night=light == "night",
        )
        wrong = truth.certain & (truth.shown != seen[:, column])
        assert not wrong.any(), (row, exact[wrong], truth.shown[wrong])
        certain += int(truth.certain.sum())
        shown += int(truth.shown.sum())
    assert certain > 0.99 * len(table) * len(around)
    assert shown > 0.01 * certain


# Held against shapely, and against each other, among buildings.


def half_plane(a: float, b: float, c: float, size: float) -> Polygon:
    """Give the part of a large square where a x + b y <= c; (a, b) has length 1."""
    along, out = np.array([-b, a]) * size, np.array([-a, -b]) * size
    foot = np.array([a, b]) * c
    return Polygon([foot + along, foot - along, foot - along + out, foot + along + out])


@examples(60)
@given(scene=scenes(), seed=st.integers(0, 10_000))
def test_any_planes_and_dead_zones_cut_as_shapely_cuts(scene: Scene, seed: int) -> None:
    rng = np.random.default_rng(seed)
    table = scene.cameras_table()
    count = len(table)
    turn = rng.uniform(0, 2 * np.pi, (count, 4))
    planes = np.stack([np.sin(turn), np.cos(turn), rng.normal(5, 15, (count, 4))], 2)
    planes[rng.random((count, 4)) < 0.4] = (0.0, 0.0, np.inf)
    dead = rng.random(count) < 0.4
    planes[dead] = (0.0, 0.0, np.inf)
    bearing = np.nan_to_num(table["bearing_deg"].to_numpy())
    views = Footprints(
        half_angle_deg=table["hfov_deg"].to_numpy() / 2.0,
        reach_m=table["range_m"].to_numpy(),
        near_m=np.where(dead, rng.uniform(0, 20, count), 0.0),
        planes=planes,
    )
    table["bearing_deg"] = bearing
    obstacles = Obstacles.from_buildings(scene.buildings_table())
    hung = mount(table, obstacles, north="grid")
    how = {"north": "grid", "mounting": hung, "chord_tolerance_m": 1e-4}

    whole = isovists(table, obstacles, **how)
    made = isovists(table, obstacles, footprints=views, **how)

    assert made.is_valid.all()
    for number, (plain, cut) in enumerate(zip(whole, made, strict=True)):
        place = hung[["x", "y"]].iloc[number].to_numpy()
        local = shapely.transform(plain, lambda xy, at=place: xy - at)
        cos, sin = (f(math.radians(bearing[number])) for f in (math.cos, math.sin))
        for right, ahead, c in planes[number]:
            if math.isfinite(c):
                a, b = right * cos + ahead * sin, ahead * cos - right * sin
                local = local.intersection(half_plane(a, b, c, 1e3))
        near = views.near_m[number]
        if near > 0.0:
            local = local.difference(Point(0, 0).buffer(near, quad_segs=400))
        got = shapely.transform(cut, lambda xy, at=place: xy - at)
        assert got.symmetric_difference(local).area < 0.02


@pytest.mark.parametrize("kind", ["rows", "courts", "lattice"])
def test_isovists_and_lines_of_sight_agree_on_footprints(kind: str) -> None:
    scene = dense_scene(kind, 3, count=300)
    obstacles = Obstacles.from_buildings(scene.buildings_table())
    table = random_lenses(11, 300).set_geometry(scene.cameras_table().geometry.array)
    views = footprints(table, 25.0)
    rng = np.random.default_rng(3)
    xy = rng.uniform(-10.0, 110.0, (400, 2)) + scene.offset
    spots = shapely.points(xy)

    made = isovists(
        table, obstacles, north="grid", chord_tolerance_m=1e-3, footprints=views
    )
    seen = who_sees(
        gpd.GeoSeries(spots, crs=table.crs),
        table,
        obstacles,
        north="grid",
        footprints=views,
    ).toarray()

    assert made.is_valid.all()
    assert {"Polygon", "MultiPolygon"} == set(made.geom_type)
    for column, isovist in enumerate(made):
        strictly = shapely.covers(isovist.buffer(-2e-3), spots)
        beyond = shapely.distance(isovist, spots) > 2e-3
        assert seen[strictly, column].all()
        assert not seen[beyond, column].any()
    assert seen.sum() > 300


def test_threads_and_short_scratch_change_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    scene = dense_scene("rows", 4, count=200)
    obstacles = Obstacles.from_buildings(scene.buildings_table())
    table = random_lenses(12, 200).set_geometry(scene.cameras_table().geometry.array)
    views = footprints(table, 12.5)
    how = {"north": "grid", "footprints": views}

    one = isovists(table, obstacles, threads=1, **how)
    four = isovists(table, obstacles, threads=4, **how)
    monkeypatch.setattr(shapes, "_WORK", 16)
    monkeypatch.setattr(shapes, "_SPARE", 0)
    small = isovists(table, obstacles, threads=1, **how)

    assert one.geom_equals_exact(four, 0.0).all()
    assert one.geom_equals_exact(small, 0.0).all()


def test_a_camera_all_round_beside_a_wall_starts_its_ring_at_the_walls_middle() -> None:
    # No corner is within the dead zone of 5 m, but the wall's middle is: one piece.
    table = cameras((0, 0, math.nan, 360, 20))
    views = Footprints(
        half_angle_deg=np.array([180.0]),
        reach_m=np.array([20.0]),
        near_m=np.array([5.0]),
        planes=np.full((1, 4, 3), (0.0, 0.0, np.inf)),
    )
    wall = box(-30, 3, 30, 4)
    made = isovists(
        table,
        Obstacles.from_buildings(houses(wall)),
        chord_tolerance_m=1e-4,
        footprints=views,
    ).iloc[0]

    ring = Point(0, 0).buffer(20, quad_segs=999) - Point(0, 0).buffer(5, quad_segs=999)
    expected = ring & box(-30, -30, 30, 3)
    assert isinstance(made, Polygon)
    assert made.symmetric_difference(expected).area < 0.01
