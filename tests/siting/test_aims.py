"""What every aim of a candidate shows: exactly what a camera so put up would see."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely import Point

from coveragekit import optics
from coveragekit.errors import CRSError, InputError
from coveragekit.siting import (
    Demand,
    Lens,
    aims_from,
    building_mounts,
    lenses,
    mount_rule,
    place_mounts,
    planned_cameras,
    pole_mounts,
)
from coveragekit.visibility import Obstacles, Surface, who_sees
from tests.oracles import siting as oracle
from tests.siting.streets_of_shops import CRS, X, Y, houses, places, roads, walls
from tests.siting.test_mounts import LOW, ROW, streets_round
from tests.strategies import DENSE, dense_scene, examples

DENSITY = 62.5
FISHEYE = Lens("round", "fisheye", 360.0, 180.0, 3000, 3000, 90.0, 15.0, 0.1)


def demand_at(xy, *, weight: float = 1.0) -> Demand:
    amount = {"street_m": np.full(len(xy), weight)}
    return Demand(np.asarray(xy, float), amount, amount, gpd.GeoSeries([], crs=CRS).crs)


def aims_of_row(**given_) -> tuple:
    shop, rule = places({"shop": (0.0, 12.0)}), mount_rule(most=2)
    mounts = place_mounts(shop, walls(ROW), roads(LOW), rule=rule)
    rng = np.random.default_rng(4)
    xy = rng.uniform((X - 60, Y - 20), (X + 60, Y + 30), (300, 2))
    demand = demand_at(xy)
    return aims_from(mounts, demand, walls(ROW), density_px_per_m=DENSITY, **given_)


def by_house_rule(aims, numbers, light, hides) -> np.ndarray:
    """What who_sees says of the same cameras, one by one."""
    cameras = planned_cameras(aims, numbers)
    shown = optics.footprints(cameras, DENSITY, light=light)
    points = gpd.GeoSeries(shapely.points(aims.demand.xy), crs=CRS)
    return who_sees(points, cameras, hides, footprints=shown).toarray()


def test_every_aim_covers_what_who_sees_says_by_day_and_by_night() -> None:
    aims = aims_of_row(bearings=5, lens_kinds=[*lenses(), FISHEYE])

    cover = aims.cover(np.arange(len(aims)))

    assert cover.dtype == bool
    assert cover.shape == (600, 2 * 4 * 5)
    made = cover.toarray()
    house = walls(ROW)
    everyone = np.arange(len(aims))
    assert (made[:300] == by_house_rule(aims, everyone, "day", house)).all()
    assert (made[300:] == by_house_rule(aims, everyone, "night", house)).all()
    assert made[300:].sum() < made[:300].sum()


def test_aims_are_numbered_place_by_place_and_what_is_none_is_refused() -> None:
    aims = aims_of_row(bearings=2)

    mount, lens, way = aims.parts(np.arange(len(aims)))

    assert len(aims) == 2 * 3 * 2
    assert mount.tolist() == [0] * 6 + [1] * 6
    assert lens.tolist() == [0, 0, 1, 1, 2, 2] * 2
    assert way.tolist() == [0, 1] * 6
    with pytest.raises(InputError, match="there is no aim 12; allowed: 0 to 11"):
        aims.cover([0, 12])
    with pytest.raises(InputError, match="there is no aim -1"):
        aims.cover([-1])
    assert aims.cover([]).shape == (600, 0)


def test_a_planned_camera_says_whose_it_is_and_what_was_assumed() -> None:
    aims = aims_of_row(bearings=2)

    made = planned_cameras(aims, [0, 6, 7])

    assert made["camera_id"].tolist() == ["shop#1", "shop#2", "shop#3"]
    assert planned_cameras(aims, [6])["camera_id"].tolist() == ["shop"]
    assert set(made["access"]) == {"planned"}
    assert "mount_height_m" in made["assumed"][0]
    assert "hfov_deg" in made["assumed"][0]
    assert made["bearing_deg"].to_numpy() == pytest.approx([135, 135, 225], abs=0.01)


@given(st.integers(0, 10_000), st.sampled_from(sorted(DENSE)))
@examples(10)
def test_in_any_town_every_aim_is_what_who_sees_says(seed, kind) -> None:
    scene = dense_scene(kind, seed, count=1)
    table, rng = scene.buildings_table(), np.random.default_rng(seed)
    town = shapely.union_all(table.geometry.to_numpy())
    obstacles = Obstacles.from_buildings(table)
    mounts = building_mounts(table["building_id"].to_numpy()[:6], obstacles)
    minx, miny, maxx, maxy = town.bounds
    xy = rng.uniform((minx - 9, miny - 9), (maxx + 9, maxy + 9), (150, 2))
    aims = aims_from(
        mounts, demand_at(xy), obstacles, density_px_per_m=DENSITY, bearings=3
    )
    taken = rng.integers(0, len(aims), 40)

    made = aims.cover(taken).toarray()

    assert (made[:150] == by_house_rule(aims, taken, "day", obstacles)).all()
    assert (made[150:] == by_house_rule(aims, taken, "night", obstacles)).all()


@pytest.mark.parametrize("kind", ["courts", "rows", "lattice"])
def test_every_aim_shows_what_taking_its_picture_shows(kind) -> None:
    scene = dense_scene(kind, 5, count=1)
    table, rng = scene.buildings_table(), np.random.default_rng(5)
    town = shapely.union_all(table.geometry.to_numpy())
    shops = gpd.GeoDataFrame(
        {"building_id": table["building_id"]},
        geometry=table.geometry.representative_point(),
        crs=CRS,
    )
    lines = streets_round(town, rng)
    streets = gpd.GeoDataFrame(
        {"highway": ["residential"] * len(lines)}, geometry=lines, crs=CRS
    )
    obstacles = Obstacles.from_buildings(table)
    mounts = place_mounts(shops, obstacles, streets)
    spots = [
        line.interpolate(part, normalized=True)
        for line in lines
        for part in rng.random(12)
    ]
    xy = shapely.get_coordinates(spots)
    aims = aims_from(
        mounts, demand_at(xy), obstacles, density_px_per_m=DENSITY, bearings=3
    )
    taken = rng.choice(len(aims), 25, replace=False)

    made = aims.cover(taken).toarray().reshape(2, len(xy), -1)

    seen = unsure = 0
    for at, (mount, lens, way) in enumerate(zip(*aims.parts(taken), strict=True)):
        pose = aims.bearing_deg[mount, way], mounts.height_m[mount]
        for light, night in enumerate((False, True)):
            found = oracle.aim_shows(
                town,
                mounts.xy[mount],
                aims.lenses[lens],
                pose,
                xy,
                asked=DENSITY,
                night=night,
            )
            sure = found.certain
            assert (made[light, sure, at] == found.shown[sure]).all()
            seen += int(found.shown.sum())
            unsure += int((~sure & found.shown).sum())
    assert seen > 20
    assert unsure <= 0.1 * seen


def test_privacy_zones_are_cut_out_of_every_aim() -> None:
    table = houses(ROW)
    zone = gpd.GeoDataFrame(
        {"zone_id": ["z"]}, geometry=[shapely.box(X - 9, Y - 9, X + 9, Y + 9)], crs=CRS
    )
    hides = (
        Obstacles.from_buildings(table, zone.iloc[:0]),
        Obstacles.from_buildings(table, zone),
    )
    mounts = place_mounts(places({"shop": (0.0, 12.0)}), hides[0], roads(LOW))
    demand = demand_at([(X, Y), (X + 12, Y)])

    open_, cut = (
        aims_from(mounts, demand, one, density_px_per_m=DENSITY) for one in hides
    )

    every = np.arange(len(open_))
    assert open_.cover(every)[[0, 1]].sum(axis=1).tolist()[0] > 0
    assert cut.cover(every)[[0, 2]].nnz == 0
    assert (cut.cover(every)[[1]] != open_.cover(every)[[1]]).nnz == 0


def test_over_a_surface_roofs_below_the_lens_hide_less_than_on_the_plan() -> None:
    shed = {**ROW, "shed": (-6.0, -4.0, 6.0, -1.0)}
    table = houses(shed).assign(height_m=[9.0, 9.0, 9.0, 2.0])
    flat = Obstacles.from_buildings(table)
    box = X - 60, Y - 60, X + 60, Y + 60
    surface = Surface.from_buildings(table, bounds=box)
    high = gpd.GeoDataFrame(
        {"mount_height_m": [8.0]}, geometry=[Point(X, Y + 4.0)], crs=CRS
    )
    demand = demand_at([(X, Y - 12.0)])

    plan, relief = (
        aims_from(pole_mounts(high, flat), demand, one, density_px_per_m=DENSITY)
        for one in (flat, surface)
    )

    every = np.arange(len(plan))
    assert plan.cover(every).nnz == 0
    assert relief.cover(every)[[0]].nnz > 0


def test_poles_of_several_heights_each_show_what_their_height_shows() -> None:
    poles = gpd.GeoDataFrame(
        {"site_id": ["a", "b", "c"], "mount_height_m": [8.0, 3.0, 20.0]},
        geometry=[Point(X, Y), Point(X + 20, Y), Point(X + 40, Y)],
        crs=CRS,
    )
    rng = np.random.default_rng(9)
    demand = demand_at(rng.uniform((X - 40, Y - 40), (X + 80, Y + 5), (400, 2)))
    aims = aims_from(
        pole_mounts(poles, walls(ROW)), demand, walls(ROW), density_px_per_m=DENSITY
    )
    every = np.arange(len(aims))

    made = aims.cover(every).toarray()

    assert (made[:400] == by_house_rule(aims, every, "day", walls(ROW))).all()
    assert (made[400:] == by_house_rule(aims, every, "night", walls(ROW))).all()


def test_what_an_owner_may_do_adds_up_over_every_place_lens_and_bearing() -> None:
    corner = place_mounts(
        places({"a": (10.0, 10.0), "b": (0.0, 24.0)}),
        walls({"h": (6.0, 6.0, 14.0, 14.0), "row": (-8.0, 18.0, 4.0, 30.0)}),
        roads({**LOW, "Cross Lane": [(5.0, -100.0), (5.0, 100.0)]}),
    )
    rng = np.random.default_rng(6)
    demand = demand_at(rng.uniform((X - 40, Y - 40), (X + 40, Y + 40), (80, 2)))
    aims = aims_from(corner, demand, walls({}), density_px_per_m=DENSITY, bearings=3)

    chance, made = aims.chance(), aims.chances().toarray()

    cover = aims.cover(np.arange(len(aims))).toarray()
    for site in range(2):
        own = slice(aims.site_ptr[site], aims.site_ptr[site + 1])
        assert chance[own].sum() == pytest.approx(1.0)
        assert made[:, site] == pytest.approx(cover[:, own] @ chance[own], abs=1e-12)
    assert made.min() >= 0.0
    assert made.max() <= 1.0
    assert (
        (made > 0.0) == (np.add.reduceat(cover, aims.site_ptr[:-1], axis=1) > 0)
    ).all()


def test_owners_look_straight_out_more_often_than_along_the_wall() -> None:
    aims = aims_of_row(bearings=4, lens_kinds=lenses()[:1])

    chance = aims.chance().reshape(2, 4)

    # cos 67.5 and cos 22.5 degrees, as scenes draw bearings; both places alike.
    level = np.cos(np.radians([67.5, 22.5, 22.5, 67.5]))
    assert chance == pytest.approx(np.tile(0.5 * level / level.sum(), (2, 1)))


def test_blocks_do_not_show(monkeypatch) -> None:
    shops = places({f"s{n}": (-80.0 + 16 * n, 9.0) for n in range(10)})
    street = walls(
        {f"h{n}": (-86.0 + 16 * n, 6.0, -74.0 + 16 * n, 16.0) for n in range(10)}
    )
    mounts = place_mounts(shops, street, roads(LOW))
    rng = np.random.default_rng(7)
    demand = demand_at(rng.uniform((X - 90, Y - 20), (X + 90, Y + 20), (200, 2)))
    aims = aims_from(mounts, demand, street, density_px_per_m=DENSITY)
    whole = aims.chances(), aims.cover(np.arange(len(aims)))

    monkeypatch.setattr("coveragekit.siting.aims._AT_ONCE", 50)
    parts = aims.chances(), aims.cover(np.arange(len(aims)))

    for one, other in zip(whole, parts, strict=True):
        assert (one != other).nnz == 0
        assert one.shape == other.shape


def test_what_cannot_be_looked_from_is_refused() -> None:
    mounts = place_mounts(places({"shop": (0.0, 12.0)}), walls(ROW), roads(LOW))
    demand, hides = demand_at([(X, Y)]), walls(ROW)
    elsewhere = Demand(
        demand.xy, demand.day, demand.night, gpd.GeoSeries([], crs=32617).crs
    )

    with pytest.raises(InputError, match="there are 0 lenses"):
        aims_from(mounts, demand, hides, density_px_per_m=DENSITY, lens_kinds=[])
    with pytest.raises(CRSError, match="mounting places and demand"):
        aims_from(mounts, elsewhere, hides, density_px_per_m=DENSITY)
    with pytest.raises(InputError, match="density_px_per_m"):
        aims_from(mounts, demand, hides, density_px_per_m=0.0)
    with pytest.raises(InputError, match="kind is 'box'; allowed: bullet"):
        Lens("x", "box", 90.0, 50.0, 1920, 1080, 10.0, 30.0)
    with pytest.raises(InputError, match=r"hfov_deg is 361\.0; allowed: more than 0"):
        Lens("x", "dome", 361.0, 50.0, 1920, 1080, 10.0, 30.0)
    with pytest.raises(InputError, match=r"share is -1\.0; allowed: 0 or more"):
        Lens("x", "dome", 90.0, 50.0, 1920, 1080, 10.0, 30.0, -1.0)
