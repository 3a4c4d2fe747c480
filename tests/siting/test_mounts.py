"""Where a camera of a business may hang: on the facade that faces its street."""

from __future__ import annotations

import datetime as dt

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely import LineString, Point, Polygon, box

from coveragekit.coverage.nearby import walls_by_building
from coveragekit.errors import CRSError, InputError
from coveragekit.siting import building_mounts, facades, mount_rule, place_mounts
from coveragekit.siting import pole_mounts as poles_of
from coveragekit.siting.mounts import bearings_of
from coveragekit.visibility import Obstacles
from tests.oracles import siting as oracle
from tests.siting.streets_of_shops import CRS, X, Y, houses, places, roads, walls
from tests.strategies import DENSE, dense_scene, examples

LOW = {"Low Street": [(-100.0, 0.0), (100.0, 0.0)]}
# Three houses in a row that share their walls, their fronts on y = 6.
ROW = {
    "west": (-24.0, 6.0, -8.0, 18.0),
    "middle": (-8.0, 6.0, 8.0, 18.0),
    "east": (8.0, 6.0, 24.0, 18.0),
}


def drawn(mounts) -> list[tuple[float, float]]:
    """Places as drawn at the origin, from west to east."""
    return sorted(map(tuple, (mounts.xy - (X, Y)).round(3).tolist()))


def test_a_shop_in_a_row_has_its_front_and_neither_party_walls_nor_the_back() -> None:
    found = place_mounts(places({"shop": (0.0, 12.0)}), walls(ROW), roads(LOW))

    table = found.table()
    # Nine pieces of the front: before the shop, then the two ends.
    assert drawn(found) == [(-7.111, 5.9), (0.0, 5.9), (7.111, 5.9)]
    assert table["building_id"].tolist() == ["middle"] * 3
    assert table["belongs"].tolist() == ["inside"] * 3
    assert table["streets"].tolist() == ["Low Street"] * 3
    assert table["outward_deg"].to_numpy() == pytest.approx([180.0] * 3, abs=0.01)
    assert table["mount_height_m"].tolist() == [4.0] * 3
    assert table["assumed"].tolist() == [["mount_height_m"]] * 3
    assert found.share.tolist() == [1 / 3] * 3


def test_a_court_and_a_yard_behind_a_hedge_of_houses_face_no_street() -> None:
    court = box(-20, 6, 20, 46).difference(box(-10, 16, 10, 36))

    found = place_mounts(
        places({"shop": (0.0, 10.0)}), walls({"court": court}), roads(LOW)
    )

    # South front alone: the sides look along the street, court and back do not see it.
    assert {y for _, y in drawn(found)} == {5.9}


def test_a_corner_shop_has_a_place_at_the_corner_that_sees_both_streets() -> None:
    town = roads({**LOW, "Cross Lane": [(0.0, -100.0), (0.0, 100.0)]})

    found = place_mounts(
        places({"shop": (10.0, 10.0)}), walls({"h": (6.0, 6.0, 14.0, 14.0)}), town
    )

    table = found.table().set_index("mount")
    assert sorted(table.index) == ["corner", "facade", "facade"]
    corner = table.loc["corner"]
    assert (corner.geometry.x - X, corner.geometry.y - Y) == pytest.approx((5.9, 5.9))
    assert corner["streets"] == "Low Street and Cross Lane" or (
        corner["streets"] == "Cross Lane and Low Street"
    )
    assert corner["outward_deg"] == pytest.approx(225.0, abs=0.01)
    at = int(np.flatnonzero(found.corner)[0])
    assert found.free_deg[at] == pytest.approx(135.0)
    assert set(found.free_deg) == {90.0, found.free_deg[at]}


def test_bearings_divide_what_the_wall_leaves_and_never_look_into_it() -> None:
    found = place_mounts(places({"shop": (0.0, 12.0)}), walls(ROW), roads(LOW))

    ways = bearings_of(found, 4)

    assert ways[0].tolist() == pytest.approx([112.5, 157.5, 202.5, 247.5])
    with pytest.raises(InputError, match="bearings is 0; allowed: 1 or more"):
        bearings_of(found, 0)


def test_shops_of_one_house_share_its_front_by_which_part_is_nearest() -> None:
    hall = {"hall": (-20.0, 6.0, 20.0, 26.0)}
    shops = {
        "right": (12.0, 10.0),
        "left": (-12.0, 10.0),
        "behind": (0.0, 24.0),
        "twin": (12.0, 10.0),
    }

    found = place_mounts(places(shops), walls(hall), roads(LOW))

    of = {
        name: {x for x, y in (found.xy[found.site == n] - (X, Y)).round(3).tolist()}
        for n, name in enumerate(found.site_ids)
    }
    # Pieces of 40/21 metres; the middle one is as near to both: the first from the west
    # has it. Of each part what is before the shop, then its ends.
    right = {1.905, 11.429, 19.048}
    assert of == {"right": right, "left": {-19.048, -11.429, 0.0}, "twin": right}
    assert found.left_out.to_dict("list") == {
        "site_id": ["behind"],
        "reason": ["behind_others"],
        "words": ["other businesses are nearer to every part of the facade"],
    }


def test_what_cannot_be_placed_is_reported_by_reason_and_counted() -> None:
    back = {**ROW, "back": (-8.0, 30.0, 8.0, 40.0)}
    shops = places(
        {
            "open": (0.0, 12.0),
            "shut": (0.0, 13.0),
            "shuts later": (12.0, 12.0),
            "far": (300.0, 12.0),
            "field": (60.0, 50.0),
            "yard": (0.0, 35.0),
        },
        closed_at=[None, "2020-01-01", "2031-01-01", None, None, None],
    )
    now = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    area = box(X - 100, Y - 100, X + 100, Y + 100)

    found = place_mounts(shops, walls(back), roads(LOW), area=area, as_of=now)
    at_any_time = place_mounts(shops, walls(back), roads(LOW), area=area)

    why = dict(zip(found.left_out["site_id"], found.left_out["reason"], strict=True))
    assert why == {
        "shut": "closed",
        "far": "outside",
        "field": "no_building",
        "yard": "no_facade",
    }
    assert list(found.site_ids) == ["open", "shuts later"]
    assert found.counts() == {
        "placed": 2,
        "closed": 1,
        "outside": 1,
        "no_building": 1,
        "no_facade": 1,
    }
    assert at_any_time.counts()["closed"] == 2


def test_a_business_belongs_to_the_building_it_names_else_holds_it_else_is_near() -> (
    None
):
    shops = places(
        {"names": (0.0, 12.0), "unknown": (0.0, 12.0), "front": (12.0, 0.5)},
        building_id=["west", "no such", None],
    )

    found = place_mounts(shops, walls(ROW), roads(LOW)).table()

    by_site = found.drop_duplicates("site_id").set_index("site_id")
    assert by_site["building_id"].to_dict() == {
        "names": "west",
        "unknown": "middle",
        "front": "east",
    }
    assert by_site["belongs"].to_dict() == {
        "names": "given",
        "unknown": "inside",
        "front": "near",
    }


def test_a_street_across_a_house_or_too_far_or_not_public_is_not_faced() -> None:
    shop, house = places({"s": (0.0, 10.0)}), {"h": (-4.0, 6.0, 4.0, 14.0)}
    screen = {**house, "screen": (-50.0, 2.0, 50.0, 3.0)}

    for shapes, lines in (
        (screen, LOW),
        (house, {"Far Street": [(-100.0, -40.0), (100.0, -40.0)]}),
    ):
        with pytest.raises(InputError, match="1 no facade that faces a public street"):
            place_mounts(shop, walls(shapes), roads(lines))
    foot = roads({"footpath": [(-100.0, 0.0), (100.0, 0.0)]})
    with pytest.raises(InputError, match="none of the 1 streets is public by its"):
        place_mounts(shop, walls(house), foot)
    far = mount_rule(street_m=60.0)
    seen = {"Far Street": [(-100.0, -40.0), (100.0, -40.0)]}
    assert len(place_mounts(shop, walls(house), roads(seen), rule=far)) == 1


def test_of_two_carriageways_the_nearer_is_the_street_of_a_shop() -> None:
    shop, house = places({"s": (0.0, 10.0)}), walls({"h": (-4.0, 6.0, 4.0, 14.0)})
    far = {"Far Street": [(-100.0, -9.0), (100.0, -9.0)]}

    for lines in ({**LOW, **far}, {**far, **LOW}):
        found = place_mounts(shop, house, roads(lines)).table()
        assert found["streets"].tolist() == ["Low Street"]


def test_a_long_front_keeps_as_many_places_as_are_asked_for_far_apart() -> None:
    shop, long = places({"s": (-70.0, 12.0)}), {"h": (-80.0, 6.0, 80.0, 20.0)}

    found = place_mounts(shop, walls(long), roads(LOW), rule=mount_rule(most=3))

    # Nearest to the shop first, then the far end, then what is farthest from both.
    west, middle, east = (x for x, _ in drawn(found))
    assert (west, east) == (-69.136, 79.012)
    assert middle in {3.951, 5.926}


def test_no_business_left_a_wrong_crs_and_doubled_ids_are_refused_in_words() -> None:
    shop, house, low = places({"s": (0.0, 12.0)}), walls(ROW), roads(LOW)
    shut = places({"s": (0.0, 12.0)}, closed_at=["2020-01-01"])

    with pytest.raises(
        InputError, match=r"of 1 businesses none is left .*: 1 closed for good; give"
    ):
        place_mounts(shut, house, low)
    with pytest.raises(InputError, match="of 0 businesses none is left"):
        place_mounts(shop.iloc[:0], house, low)
    with pytest.raises(InputError, match="1 outside the study area"):
        place_mounts(shop, house, low, area=box(0, 0, 1, 1))
    with pytest.raises(CRSError, match="places and obstacles"):
        place_mounts(shop.to_crs("EPSG:32617"), house, low)
    with pytest.raises(CRSError, match="places"):
        place_mounts(shop.to_crs("EPSG:4326"), house, low)
    with pytest.raises(CRSError, match="obstacles and streets"):
        place_mounts(shop, house, low.to_crs("EPSG:32617"))
    twice = places({"s": (0.0, 12.0), "t": (1.0, 12.0)}).assign(place_id="s")
    with pytest.raises(InputError, match="place_id 's' is there twice"):
        place_mounts(twice, house, low)
    with pytest.raises(InputError, match="place_id is missing in row 0"):
        place_mounts(shop.assign(place_id=None), house, low)
    with pytest.raises(InputError, match="closed_at holds what is no time"):
        place_mounts(shop.assign(closed_at="gone"), house, low)
    with pytest.raises(InputError, match="without a time zone"):
        place_mounts(shut, house, low, as_of=dt.datetime(2026, 1, 1))  # noqa: DTZ001
    with pytest.raises(InputError, match="no 'most_places'; allowed: height_m"):
        mount_rule(most_places=3)
    with pytest.raises(InputError, match=r"facing_deg is 91.0; allowed: 0 to 90"):
        mount_rule(facing_deg=91.0)


def test_places_are_not_named_by_id_where_there_is_none_and_inputs_stay() -> None:
    shop = places({"s": (0.0, 12.0)}).drop(columns="place_id").set_axis(["a7"])
    before = shop.copy()

    found = place_mounts(shop, walls(ROW), roads(LOW).drop(columns="name"))

    assert list(found.site_ids) == ["a7"]
    assert found.table()["streets"].tolist() == ["", "", ""]
    assert shop.equals(before)


def own_points(points, height_m=6.0) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        {"site_id": list(points), "mount_height_m": height_m},
        geometry=[Point(X + x, Y + y) for x, y in points.values()],
        crs=CRS,
    )


def test_poles_stand_in_the_open_and_look_all_round() -> None:
    points = own_points({"p": (0.0, 0.0), "q": (1.0, 0.0), "off": (900.0, 0.0)})
    points.loc[1, "mount_height_m"] = np.nan
    area = box(X - 100, Y - 100, X + 100, Y + 100)

    found = poles_of(points, walls(ROW), area=area)

    assert list(found.site_ids) == ["p", "q"]
    assert found.height_m.tolist() == [6.0, 4.0]
    table = found.table()
    assert table["assumed"].tolist() == [[], ["mount_height_m"]]
    assert table["outward_deg"].isna().all()
    assert table["building_id"].isna().all()
    assert set(table["mount"]) == {"pole"}
    assert found.counts() == {"placed": 2, "outside": 1}
    assert bearings_of(found, 4)[0].tolist() == [225.0, 315.0, 45.0, 135.0]


def test_own_points_in_a_building_go_to_its_nearest_facade_or_are_too_deep() -> None:
    deep = {**ROW, "hall": (100.0, 6.0, 160.0, 66.0)}
    points = own_points({"door": (0.0, 6.5), "yard": (12.0, 17.0), "deep": (130, 36)})

    found = poles_of(points, walls(deep))

    table = found.table()
    assert drawn(found) == [(0.0, 5.9), (12.0, 18.1)]
    assert table["building_id"].tolist() == ["middle", "east"]
    assert table["outward_deg"].to_numpy() % 360 == pytest.approx([180, 0], abs=0.01)
    assert found.free_deg.tolist() == [90.0, 90.0]
    assert table["belongs"].tolist() == ["inside", "inside"]
    assert found.counts() == {"placed": 2, "indoors": 1}


def test_points_that_cannot_be_used_are_refused() -> None:
    point = own_points({"p": (0.0, 0.0)})
    deep = own_points({"in": (130.0, 36.0)})

    with pytest.raises(InputError, match="mount_height_m is 0 at site p"):
        poles_of(point.assign(mount_height_m=0.0), walls(ROW))
    with pytest.raises(
        InputError, match=r"of 1 points none is left .*: 1 inside a bui"
    ):
        poles_of(deep, walls({"hall": (100.0, 6.0, 160.0, 66.0)}))
    with pytest.raises(CRSError, match="points and obstacles"):
        poles_of(point.to_crs(32617), walls(ROW))


def test_a_camera_that_is_somewhere_on_a_building_is_on_any_metre_of_its_walls() -> (
    None
):
    court = box(-20, 6, 20, 46).difference(box(-10, 16, 10, 36))

    found = building_mounts(np.array(["court"]), walls({"court": court}))
    in_row = building_mounts(np.array(["middle"]), walls(ROW))

    inner = np.abs(found.xy - (X, Y + 26)).max(axis=1) < 15.0
    assert not found.corner.any()
    assert found.share.sum() == pytest.approx(1.0)
    assert found.share[inner].sum() == pytest.approx(80.0 / 240.0)
    # Party walls carry none: front and back alone.
    assert set((in_row.xy[:, 1] - Y).round(3)) == {5.9, 18.1}
    with pytest.raises(InputError, match="there is no building 'x'"):
        building_mounts(np.array(["x"]), walls(ROW))


def streets_round(town: shapely.Geometry, rng) -> list[LineString]:
    minx, miny, maxx, maxy = town.bounds
    made = [
        LineString([(minx - 20, miny - 8), (maxx + 20, miny - 9)]),
        LineString([(maxx + 7, miny - 20), (maxx + 9, maxy + 20)]),
    ]
    for _ in range(4):
        ends = rng.uniform((minx, miny), (maxx, maxy), (2, 2))
        made.append(LineString(ends))
    return made


@pytest.mark.parametrize("kind", DENSE)
def test_every_place_on_a_facade_is_what_shapely_finds_and_none_is_missing(
    kind,
) -> None:
    scene = dense_scene(kind, 3, count=1)
    table, rng = scene.buildings_table(), np.random.default_rng(8)
    town = shapely.union_all(table.geometry.to_numpy())
    lines = streets_round(town, rng)
    streets = gpd.GeoDataFrame(
        {"highway": ["residential"] * len(lines)}, geometry=lines, crs=CRS
    )
    obstacles, rule = Obstacles.from_buildings(table), mount_rule()
    hosts = np.arange(0, len(table), max(len(table) // 9, 1))

    found = facades._street_spots(
        hosts, obstacles, streets, walls=walls_by_building(obstacles), rule=rule
    )

    unsure = faced = 0
    for number, host in enumerate(hosts):
        spots = oracle.facade_places(table.geometry[host], town, lines, rule)
        mine = found.xy[found.building == number]
        for spot in spots:
            gap = np.hypot(*(mine - (spot.x, spot.y)).T).min(initial=np.inf)
            unsure += not spot.certain
            faced += spot.faces and spot.certain
            if spot.certain:
                assert (gap < 1e-5) == spot.faces, (kind, host, spot)
        tried = np.array([(spot.x, spot.y) for spot in spots]).reshape(-1, 2)
        for place in mine:
            assert np.hypot(*(tried - place).T).min() < 1e-5
    assert faced >= 1
    assert unsure <= 0.25 * (faced + 40)


@given(st.integers(0, 10_000), st.sampled_from(sorted(DENSE)))
@examples(12)
def test_a_mount_looks_out_of_its_own_house_whatever_the_town(seed, kind) -> None:
    scene = dense_scene(kind, seed, count=1)
    table, rng = scene.buildings_table(), np.random.default_rng(seed)
    town = shapely.union_all(table.geometry.to_numpy())
    inside = table.geometry.representative_point()
    shops = gpd.GeoDataFrame(
        {"place_id": table["building_id"], "building_id": table["building_id"]},
        geometry=inside,
        crs=CRS,
    )
    lines = streets_round(town, rng)
    streets = gpd.GeoDataFrame(
        {"highway": ["residential"] * len(lines)}, geometry=lines, crs=CRS
    )
    obstacles = Obstacles.from_buildings(table)

    found = place_mounts(shops, obstacles, streets)
    other = rng.permutation(len(shops))
    again = place_mounts(
        shops.iloc[other],
        Obstacles.from_buildings(table.iloc[rng.permutation(len(table))]),
        streets,
    )

    by_id = dict(zip(table["building_id"], table.geometry, strict=True))
    for at, (x, y) in enumerate(found.xy):
        host = by_id[found.building_ids[found.site[at]]]
        place = Point(x, y)
        assert town.distance(place) > 0.1 - 5e-6
        way = found.normals[at, :2] + found.normals[at, 2:]
        assert host.distance(place) < 0.1 * _to_wall(way) + 5e-6
        # A step back along the wall's normal is in the house, one ahead is not.
        back = (x, y) - (0.1 + 1e-3) * way / np.hypot(*way) * _to_wall(way)
        assert shapely.intersects_xy(host, *back)
    assert found.counts()["placed"] + len(found.left_out) == len(shops)
    # Neither the order of the shops nor that of the houses counts.
    first = {s: drawn_of(found, n) for n, s in enumerate(found.site_ids)}
    second = {s: drawn_of(again, n) for n, s in enumerate(again.site_ids)}
    assert first == second


def drawn_of(mounts, site: int) -> list[tuple[float, float]]:
    return sorted(map(tuple, mounts.xy[mounts.site == site].round(6).tolist()))


def _to_wall(way: np.ndarray) -> float:
    """How much farther the corner is than the wall, along the middle of both."""
    return 2.0 / float(np.hypot(*way))


def test_the_places_move_with_the_town() -> None:
    shapes = {"h": Polygon([(6, 6), (20, 7), (19, 20), (5, 18)])}
    town = roads({**LOW, "Cross Lane": [(0.0, -100.0), (0.0, 100.0)]})
    shop, table = places({"s": (12.0, 12.0)}), houses(shapes)

    here = place_mounts(shop, Obstacles.from_buildings(table), town)
    turned = [
        one.set_geometry(one.geometry.rotate(37.0, origin=(X, Y)))
        for one in (shop, table, town)
    ]
    there = place_mounts(turned[0], Obstacles.from_buildings(turned[1]), turned[2])

    back = gpd.GeoSeries(shapely.points(there.xy), crs=CRS).rotate(-37, origin=(X, Y))
    found = np.sort(shapely.get_coordinates(back), axis=0)
    assert np.sort(here.xy, axis=0) == pytest.approx(found, abs=1e-6)
