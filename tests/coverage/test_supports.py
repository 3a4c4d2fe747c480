"""Where each event may have happened, and how surely it is seen there."""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import assume, given
from hypothesis import strategies as st
from shapely import LineString, MultiPolygon, Point, box
from shapely.affinity import rotate, translate

from coveragekit.coverage import (
    Supports,
    covered_probability,
    covered_variance,
    expected_covered,
    incident_coverage,
    shared_places,
    supports,
    unmet_places,
)
from coveragekit.coverage.support_areas import disc_spots, gaussian_spots
from coveragekit.errors import CRSError, InputError
from coveragekit.visibility import Obstacles
from tests.oracles import supports as oracle
from tests.strategies import CRS, examples

EAST, NORTH = 740000.0, 3735000.0
MIDDLE = np.array([EAST, NORTH])
HOUSE = box(40, 10, 60, 30)
# A cross: A Street runs east, B Street north; they meet at the origin.
CROSS = {
    "A Street": [(-200, 0), (0, 0), (120, 0)],
    "B Street": [(0, -80), (0, 0), (0, 60)],
}


def moved(shape):
    return translate(shape, EAST, NORTH)


def walls(*houses) -> Obstacles:
    names = [f"h{number}" for number in range(len(houses))]
    return Obstacles.from_buildings(
        gpd.GeoDataFrame(
            {"building_id": pd.Series(names, dtype="str")},
            geometry=[moved(house) for house in houses],
            crs=CRS,
        )
    )


def streets(lines=CROSS, highway="residential") -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        {"name": list(lines), "highway": [highway] * len(lines)},
        geometry=[moved(LineString(xy)) for xy in lines.values()],
        crs=CRS,
    )


def events(*xy, **columns) -> gpd.GeoDataFrame:
    filled = {
        name: values if isinstance(values, list) else [values] * len(xy)
        for name, values in columns.items()
    }
    return gpd.GeoDataFrame(
        filled, geometry=[moved(Point(place)) for place in xy], crs=CRS
    )


def found(table, houses=(), lines=CROSS, **options) -> Supports:
    return supports(table, walls(*houses), streets(lines), **options)


def places_of(result, event=0) -> np.ndarray:
    """Give the places of one event, metres from the middle of the little town."""
    support = result.support_of[event]
    first, last = result.ptr[support], result.ptr[support + 1]
    return result.xy[first:last] - [EAST, NORTH]


def weights_of(result, event=0) -> np.ndarray:
    support = result.support_of[event]
    return result.weight[result.ptr[support] : result.ptr[support + 1]]


# Blocks.


def test_an_event_at_a_block_may_be_anywhere_along_it() -> None:
    result = found(events((60, 3), location_kind="block"), spacing_m=10.0)

    xy = places_of(result)
    assert result.event_basis.tolist() == ["block"]
    assert xy[:, 0].tolist() == pytest.approx(np.arange(5, 120, 10))
    assert xy[:, 1] == pytest.approx(0.0)
    assert weights_of(result) == pytest.approx(1 / 12)


def test_the_street_that_the_address_names_is_taken_at_a_corner() -> None:
    table = events(
        (6, 8),
        (6, 8),
        (6, 8),
        location_kind="block",
        address=["100 BLOCK OF B ST", "1XX A STREET", "100 BLOCK OF C ST"],
    )

    result = found(table)

    up, right, unknown = (places_of(result, event) for event in range(3))
    assert up[:, 0] == pytest.approx(0.0)
    assert up[:, 1].min() > 0.0
    assert right[:, 1] == pytest.approx(0.0)
    assert right[:, 0].min() > 0.0
    # A street that is not on the map leaves the nearest one.
    assert np.array_equal(unknown, up)


def test_a_name_with_its_side_goes_before_one_without() -> None:
    lines = {
        "Wylie Street Northeast": [(-100, 0), (100, 0)],
        "Wylie Street Southeast": [(-100, -40), (100, -40)],
        "Oak Avenue": [(-100, -4), (100, -4)],
    }
    table = events(
        (0, -5),
        (0, -5),
        location_kind="block",
        address=["100 BLOCK OF WYLIE ST SE", "100 BLOCK OF WYLIE ST"],
    )

    result = found(table, lines=lines)

    assert places_of(result, 0)[:, 1] == pytest.approx(-40.0)
    assert places_of(result, 1)[:, 1] == pytest.approx(0.0)


def test_blocks_that_are_equally_near_share_the_event_by_their_length() -> None:
    table = events((0, 0), location_kind="block", address="100 BLOCK OF A ST")

    result = found(table, spacing_m=10.0)

    xy, weight = places_of(result), weights_of(result)
    assert xy[:, 1] == pytest.approx(0.0)
    assert weight[xy[:, 0] < 0].sum() == pytest.approx(200 / 320)
    assert weight.sum() == pytest.approx(1.0)


def test_a_path_is_no_street_and_cuts_no_block() -> None:
    path = streets({"Path": [(60, -50), (60, 0), (60, 50)]}, highway="footway")
    both = pd.concat([streets(), path], ignore_index=True)

    result = supports(events((60, 40), location_kind="block"), walls(), both)

    assert np.ptp(places_of(result)[:, 0]) > 100.0


def test_without_a_street_in_reach_the_event_falls_back_and_says_so() -> None:
    table = events(
        (300, 300),
        (300, 300),
        (50, 20),
        location_kind="block",
        location_error_m=[np.nan, 20.0, 20.0],
    )

    result = found(table, [HOUSE], lines={"A": [(50, -90), (90, -90)]})

    assert result.event_basis.tolist() == [
        "point: no street within 100 m",
        "disc: no street within 100 m",
        "frontage: no street within 100 m",
    ]
    assert result.counts() == dict.fromkeys(result.event_basis, 1)


def test_a_block_below_buildings_is_left_out_where_it_runs_below_them() -> None:
    over = box(30, -5, 90, 5)
    whole = box(-500, -500, 500, 500)

    half = found(events((60, 8), location_kind="block"), [over])
    none = found(events((60, 0), location_kind="block"), [whole])

    assert places_of(half)[:, 0].max() > 90.0
    assert not ((places_of(half)[:, 0] > 30) & (places_of(half)[:, 0] < 90)).any()
    assert weights_of(half).sum() == pytest.approx(1.0)
    assert none.event_basis.tolist() == [
        "point: no open ground, in a building without a front"
    ]


def test_streets_without_names_or_none_at_all_are_streets_still() -> None:
    nameless = streets().drop(columns="name")
    table = events((60, 3), location_kind="block", address="100 BLOCK OF A ST")

    without_names = supports(table, walls(), nameless)
    without_streets = supports(table, walls(), streets({}))

    assert without_names.event_basis.tolist() == ["block"]
    assert without_streets.event_basis.tolist() == ["point: no street within 100 m"]
    crossing = events((60, 3), location_kind="intersection")
    assert supports(crossing, walls(), streets({})).event_basis.tolist() == [
        "point: no crossing within 100 m"
    ]


# Intersections.


def test_an_event_at_a_crossing_may_be_along_half_of_each_arm() -> None:
    table = events((2, 2), location_kind="intersection")

    result = found(table, spacing_m=1.0)

    xy = places_of(result)
    assert result.event_basis.tolist() == ["intersection"]
    assert xy[:, 0].min() == pytest.approx(-49.5)  # 50 m at most, of a block of 200 m
    assert xy[:, 0].max() == pytest.approx(49.5)
    assert xy[:, 1].min() == pytest.approx(-39.5)  # half of 80 m
    assert xy[:, 1].max() == pytest.approx(29.5)
    assert len(xy) == 50 + 50 + 40 + 30
    assert weights_of(result) == pytest.approx(1 / 170)


def test_the_crossing_of_the_two_streets_named_is_taken_not_the_nearest() -> None:
    lines = CROSS | {"C Street": [(40, 70), (40, 0)]}
    lines["A Street"] = [(-200, 0), (0, 0), (40, 0), (120, 0)]
    named = events(
        (30, 0),
        (30, 0),
        (30, 0),
        location_kind="intersection",
        address=["A ST / B ST", None, "B ST & UNKNOWN AVE"],
    )

    result = found(named, lines=lines)

    by_name, nearest, half_known = (places_of(result, event) for event in range(3))
    assert by_name[:, 0].min() < -45.0
    assert nearest[:, 1].max() == pytest.approx(33.5, abs=1.0)
    assert np.array_equal(half_known, by_name)


def test_the_two_carriageways_of_a_street_make_one_crossing() -> None:
    lines = {
        "Wide North": [(-90, 10), (0, 10), (90, 10)],
        "Wide South": [(-90, -10), (0, -10), (90, -10)],
        "B Street": [(0, -90), (0, -10), (0, 10), (0, 90)],
    }

    xy = places_of(found(events((0, 12), location_kind="intersection"), lines=lines))

    for x, y in [(-40, 10), (40, 10), (-40, -10), (40, -10), (0, 0), (0, -40), (0, 40)]:
        assert np.hypot(*(xy - [x, y]).T).min() < 2.0


def test_a_bend_is_no_crossing_but_the_corner_of_two_streets_is() -> None:
    bend = {"A": [(-90, 0), (0, 0), (0, 90)]}
    corner = {"A": [(-90, 0), (0, 0)], "B": [(0, 0), (0, 90)]}
    ring = {"A": [(0, 0), (90, 0), (90, 90), (0, 90), (0, 0)]}
    table = events((0, 0), location_kind="intersection")

    assert found(table, lines=ring).counts() == found(table, lines=bend).counts()
    assert found(table, lines=bend).event_basis.tolist() == [
        "point: no crossing within 100 m"
    ]
    assert found(table, lines=corner).event_basis.tolist() == ["intersection"]


# Addresses.


def test_an_event_in_a_house_may_be_anywhere_along_its_facade() -> None:
    table = events((50, 20), (45, 25), location_kind=["address", "exact"])

    result = found(table, [HOUSE], spacing_m=2.0)

    xy = places_of(result)
    assert result.event_basis.tolist() == ["frontage", "frontage"]
    assert xy[:, 1] == pytest.approx(9.0)
    assert sorted(xy[:, 0]) == pytest.approx(np.arange(41, 60, 2))
    assert weights_of(result).sum() == pytest.approx(1.0)


def test_a_corner_house_looks_at_the_street_of_its_address() -> None:
    corner = box(20, 6, 40, 30)
    table = events(
        *[(30, 16)] * 4,
        location_kind="address",
        address=["7 B ST", "100 A STREET", None, "7 FAR ST"],
    )

    result = found(table, [corner])

    at_b, at_a, unknown, elsewhere = (places_of(result, event) for event in range(4))
    assert at_b[:, 0] == pytest.approx(19.0)
    assert len(at_b) > 4
    assert at_b[:, 1].min() > 6.0
    assert at_a[:, 1] == pytest.approx(5.0)
    assert np.array_equal(unknown, at_a)
    assert np.array_equal(elsewhere, at_a)
    # A street that is named but too far away is not looked at.
    near = found(table, [corner], reach_m=15.0)
    assert np.array_equal(places_of(near, 0), at_a)


def test_of_a_long_front_only_ten_metres_on_either_side_are_taken() -> None:
    long = box(-150, 10, 150, 30)

    xy = places_of(found(events((50, 12), location_kind="address"), [long]))

    assert xy[:, 0].min() >= 40.0
    assert xy[:, 0].max() <= 60.0
    assert np.ptp(xy[:, 0]) > 14.0


def test_the_place_between_two_houses_that_stand_wall_to_wall_is_none() -> None:
    left, right = box(40, 10, 60, 30), box(60, 5, 80, 30)

    xy = places_of(found(events((58, 20), location_kind="address"), [left, right]))

    assert (xy[:, 0] < 60.0).all()
    assert xy[:, 1] == pytest.approx(9.0)


def test_a_house_aslant_has_two_facades_on_the_street() -> None:
    aslant = rotate(HOUSE, 45)

    xy = places_of(found(events((50, 20), location_kind="address"), [aslant]))

    assert (xy[:, 0] < 49).any()
    assert (xy[:, 0] > 51).any()
    assert (xy[:, 1] < 20.0).all()


def test_a_bay_hides_its_depth_from_the_front_and_its_sides_look_elsewhere() -> None:
    bay = HOUSE.difference(box(48, 10, 52, 14))
    deep = HOUSE.difference(box(47, 10, 53, 25))

    beside = places_of(found(events((42, 20), location_kind="address"), [bay]))
    within = places_of(found(events((50, 28), location_kind="address"), [deep]))

    assert beside[:, 1] == pytest.approx(9.0)
    assert within[:, 1] == pytest.approx(24.0)


def test_a_facade_stops_where_another_building_stands_before_it() -> None:
    porch = box(50, 8, 60, 10)

    xy = places_of(found(events((43, 20), location_kind="address"), [HOUSE, porch]))

    assert xy[:, 1] == pytest.approx(9.0)
    assert xy[:, 0].max() < 50.0


def test_a_house_behind_another_keeps_the_one_place_before_both() -> None:
    front = box(30, 4, 70, 9.5)

    result = found(events((50, 20), location_kind="address"), [HOUSE, front])

    assert places_of(result) == pytest.approx(np.array([[50.0, 3.0]]))
    assert weights_of(result).tolist() == [1.0]


def test_a_house_without_a_street_counts_as_not_seen() -> None:
    result = found(events((50, 20), location_kind="address"), [HOUSE], lines={})

    assert result.event_basis.tolist() == ["point: in a building without a front"]
    assert weights_of(result).tolist() == [0.0]
    assert covered_probability(result, np.ones(1)).tolist() == [0.0]


def test_an_address_in_the_open_is_judged_as_given() -> None:
    result = found(events((50, 5), location_kind="address"), [HOUSE])

    assert result.event_basis.tolist() == ["point"]
    assert places_of(result).tolist() == [[50.0, 5.0]]


# Points with an error.


def test_an_exact_point_with_an_error_is_spread_as_a_normal_distribution() -> None:
    table = events((0, 300), location_kind="exact", location_error_m=20.0)

    xy = places_of(found(table))

    assert len(xy) == 64
    assert xy.mean(axis=0) == pytest.approx([0.0, 300.0], abs=1e-6)
    assert xy.std(axis=0) == pytest.approx(20.0, rel=0.02)
    # Of a normal distribution, 39 % lie within one deviation and 86 % within two.
    apart = np.hypot(*(xy - [0, 300]).T)
    assert (apart < 20.0).mean() == pytest.approx(0.393, abs=0.02)
    assert (apart < 40.0).mean() == pytest.approx(0.865, abs=0.02)
    # No direction is left out.
    turn = np.sort(np.arctan2(*(xy - [0, 300]).T))
    assert np.diff(turn, append=turn[0] + 2 * np.pi).max() < 0.2


def test_an_error_of_nothing_or_none_leaves_the_point() -> None:
    table = events(
        (9, 9), (9, 9), location_kind="exact", location_error_m=[0.0, np.nan]
    )

    result = found(table)

    assert result.event_basis.tolist() == ["point", "point"]
    assert places_of(result, 0).tolist() == [[9.0, 9.0]]


def test_places_inside_buildings_are_left_out() -> None:
    table = events((50, 5), location_kind="exact", location_error_m=10.0)

    result = found(table, [HOUSE])

    xy = places_of(result)
    assert 20 < len(xy) < 60
    assert not shapely.contains_xy(HOUSE, xy).any()
    assert weights_of(result).sum() == pytest.approx(1.0)


def test_a_point_in_a_court_smaller_than_its_error_stays() -> None:
    court = box(-900, -900, 900, 900).difference(box(-0.1, 399.9, 0.1, 400.1))
    table = events((0.01, 400), location_kind="exact", location_error_m=100.0)

    result = found(table, [court])

    assert result.event_basis.tolist() == ["point: no open ground"]
    assert places_of(result) == pytest.approx(np.array([[0.01, 400.0]]))


def test_where_too_many_are_spread_each_has_fewer_places_and_that_is_said(
    monkeypatch,
) -> None:
    monkeypatch.setattr("coveragekit.coverage.support_areas.MOST_PLACES", 200)
    exact = events(*((9.0 * x, 300) for x in range(8)), location_kind="exact")
    exact["location_error_m"] = [20.0] * 7 + [0.0]
    area = events(*((9.0 * x, -300) for x in range(5)), location_kind="area")
    area["location_error_m"] = 20.0
    table = pd.concat([exact, area, exact.iloc[:3]], ignore_index=True)

    result = found(table)
    few = found(table.iloc[:3])

    # Twelve different tellings with an error: 12 x 16 is below 200.
    assert result.counts() == {
        "gaussian: 16 places instead of 64": 10,
        "disc: no area, 16 places instead of 64": 5,
        "point": 1,
    }
    assert len(result.xy) == len(result.places) == 12 * 16 + 1
    assert few.counts() == {"gaussian": 3}
    assert len(places_of(few)) == 64


@pytest.mark.parametrize("each", [16, 7, 3])
def test_fewer_places_have_the_same_deviation_and_are_turned(each) -> None:
    middles = np.random.default_rng(1).uniform(0, 900, (50, 2)) + MIDDLE
    sigma = np.full(50, 10.0)

    normal = gaussian_spots(middles, sigma, each=each)
    even = disc_spots(middles, 2.0 * sigma, each=each)

    for spots in (normal, even):
        apart = spots.xy.reshape(50, each, 2) - middles[:, None]
        assert np.bincount(spots.owner).tolist() == [each] * 50
        assert apart.mean(axis=1) == pytest.approx(np.zeros((50, 2)), abs=1e-6)
        assert (apart**2).sum(axis=2).mean(axis=1) == pytest.approx(200.0)
        turn = np.sort(np.arctan2(*apart[:, -1].T))
        assert np.diff(turn, append=turn[0] + 2 * np.pi).max() < 1.0


@pytest.mark.parametrize(
    ("each", "rough"), [(64, 0.02), (16, 0.05), (7, 0.09), (3, 0.17)]
)
def test_fewer_places_tell_one_event_roughly_and_many_as_well(each, rough) -> None:
    rng = np.random.default_rng(1)
    middles = rng.uniform(0, 1000, (1500, 2)) + MIDDLE
    sigma = rng.uniform(3, 60, 1500)
    lights = rng.uniform(0, 1000, (40, 2)) + MIDDLE
    reach = rng.uniform(20, 90, 40)

    def lit(spread, count) -> np.ndarray:
        xy = spread(middles, sigma, each=count).xy
        seen = np.zeros(len(xy), dtype=bool)
        for light, far in zip(lights, reach, strict=True):
            seen |= ((xy - light) ** 2).sum(axis=1) < far**2
        return seen.reshape(-1, count).mean(axis=1)

    for spread in (gaussian_spots, disc_spots):
        # Three hundred places are nearly as good as the ground itself.
        off = lit(spread, each) - lit(spread, 301)
        assert np.sqrt((off**2).mean()) < rough
        assert abs(off.mean()) < 3.0 * rough / np.sqrt(len(off))


# Areas.


def test_an_event_of_an_area_may_be_anywhere_in_the_smallest_that_holds_it() -> None:
    town, quarter = box(-500, -500, 500, 500), box(20, 0, 80, 60)
    areas = gpd.GeoDataFrame(geometry=[moved(town), moved(quarter)], crs=CRS)

    result = found(events((30, 5), location_kind="area"), [HOUSE], areas=areas)

    xy = places_of(result)
    assert result.event_basis.tolist() == ["area"]
    assert len(xy) == 512
    assert shapely.contains_xy(quarter.difference(HOUSE), xy).all()
    # As many in each quarter as its open ground has a share.
    for part in (box(20, 0, 50, 30), box(50, 0, 80, 30), box(20, 30, 80, 60)):
        share = part.difference(HOUSE).area / quarter.difference(HOUSE).area
        assert shapely.contains_xy(part, xy).mean() == pytest.approx(share, abs=0.02)


def test_without_an_area_a_disc_of_the_same_deviation_is_taken() -> None:
    table = events(
        (0, 300), (0, 300), location_kind="area", location_error_m=[50.0, np.nan]
    )
    elsewhere = gpd.GeoDataFrame(geometry=[moved(box(0, 0, 9, 9))], crs=CRS)

    for options in ({}, {"areas": elsewhere}):
        result = found(table, **options)

        xy = places_of(result)
        apart = np.hypot(*(xy - [0, 300]).T)
        assert result.event_basis.tolist() == ["disc: no area", "point: no area"]
        assert xy.std(axis=0) == pytest.approx(50.0, rel=0.02)
        assert 95.0 < apart.max() < 101.0
        assert (apart < 50.0).mean() == pytest.approx(0.25, abs=0.02)


def test_an_area_of_two_parts_or_thin_as_a_street_is_filled() -> None:
    thin = MultiPolygon([box(0, 300, 400, 301), box(0, 700, 400, 701)])
    areas = gpd.GeoDataFrame(geometry=[moved(thin)], crs=CRS)

    xy = places_of(found(events((9, 300.5), location_kind="area"), areas=areas))

    assert len(xy) == 512
    assert shapely.contains_xy(thin, xy).all()
    assert (xy[:, 1] > 500).mean() == pytest.approx(0.5, abs=0.05)


# Tables.


def test_without_a_kind_the_point_is_taken_and_that_is_said() -> None:
    table = events((50, 5), (50, 20), (50, 5), location_kind=[None, None, "exact"])

    named = found(table, [HOUSE])
    bare = found(table.geometry, [HOUSE])

    assert named.event_basis.tolist() == [
        "point: no location_kind",
        "frontage: no location_kind",
        "point",
    ]
    assert bare.event_basis[:2].tolist() == named.event_basis[:2].tolist()
    assert named.counts()["point"] == 1


def test_events_told_the_same_share_one_support_and_those_on_one_block_too() -> None:
    table = events(
        *[(60, 3)] * 50,
        *[(50, 3)] * 50,
        *[(60, 3)] * 50,
        location_kind=["block"] * 100 + ["exact"] * 50,
    )

    result = found(table)

    assert len(result) == 150
    assert len(result.basis) == 2
    assert (result.support_of[:100] == result.support_of[0]).all()
    assert result.counts() == {"block": 100, "point": 50}


def test_what_is_given_stays_as_it_was_and_no_events_have_no_places() -> None:
    table = events((60, 3), location_kind="block", address="100 BLOCK OF A ST")
    before = table.copy()

    found(table)
    empty = found(table.iloc[:0])

    pd.testing.assert_frame_equal(table, before)
    assert (len(empty), len(empty.xy), empty.ptr.tolist()) == (0, 0, [0])
    assert empty.counts() == {}
    assert covered_probability(empty, []).shape == (0,)
    assert len(empty.places) == 0


def test_a_kind_that_is_none_names_its_rows() -> None:
    table = events((0, 0), (1, 1), (2, 2), location_kind=["exact", "corner", "corner"])

    with pytest.raises(InputError, match=r"row 1, 2 has 'corner'; allowed: exact, add"):
        found(table)


@pytest.mark.parametrize("error", [-1.0, np.inf, "far"])
def test_an_error_that_cannot_be_names_its_rows(error) -> None:
    table = events((0, 0), (1, 1), location_error_m=[1.0, error])

    with pytest.raises(InputError, match=f"row 1 has {error}; allowed: 0 or more"):
        found(table)


def test_distances_and_crs_that_cannot_be_are_refused() -> None:
    table = events((0, 0), location_kind="block")
    areas = gpd.GeoDataFrame(geometry=[box(0, 0, 1, 1)], crs="EPSG:32617")

    with pytest.raises(InputError, match="spacing_m is 0; allowed: more than 0"):
        found(table, spacing_m=0.0)
    with pytest.raises(InputError, match="reach_m is inf"):
        found(table, reach_m=np.inf)
    with pytest.raises(CRSError, match="obstacles and streets"):
        supports(table, walls(), streets().set_crs("EPSG:32617", allow_override=True))
    with pytest.raises(CRSError, match="obstacles and areas"):
        found(table, areas=areas)
    with pytest.raises(CRSError, match="events"):
        found(table.to_crs("EPSG:4326"))
    with pytest.raises(InputError, match="row 0 has no point"):
        found(table.set_geometry([None], crs=CRS))


# Measures over supports.


def by_hand(*weights, support_of) -> Supports:
    """Supports of given weights; places lie a metre apart."""
    sizes = [len(part) for part in weights]
    xy = np.column_stack([np.arange(sum(sizes)), np.zeros(sum(sizes))])
    names = np.full(len(sizes), "block", dtype=object)
    return Supports(
        xy + np.array([EAST, NORTH]),
        np.concatenate([np.asarray(part, dtype=float) for part in weights]),
        np.concatenate([[0], np.cumsum(sizes)]),
        np.asarray(support_of),
        names,
        streets().crs,
    )


def test_the_probability_of_an_event_is_the_mean_over_its_places() -> None:
    two = by_hand([0.25, 0.75], [1.0], support_of=[1, 0, 0])

    one_scene = covered_probability(two, [1.0, 0.0, 0.5])
    scenes = covered_probability(two, [[1.0, 0.0], [0.0, 1.0], [0.5, 0.5]])

    assert one_scene.tolist() == [0.5, 0.25, 0.25]
    assert scenes.tolist() == [[0.5, 0.5], [0.25, 0.75], [0.25, 0.75]]


def test_a_place_counts_for_the_events_that_may_be_there() -> None:
    two = by_hand([0.25, 0.75], [0.0], support_of=[1, 0, 0])

    assert two.place_weights().tolist() == [0.5, 1.5, 0.0]
    assert two.place_weights([9.0, 1.0, 3.0]).tolist() == [1.0, 3.0, 0.0]
    assert two.place_weights(np.array([True, True, False])).tolist() == [0.25, 0.75, 0]


def test_unmet_demand_lies_where_events_may_be_and_adds_up() -> None:
    two = by_hand([0.25, 0.75], [0.0], [1.0], support_of=[1, 0, 0, 2])
    place = [1.0, 0.5, 0.9, 0.0]
    loads = np.array([2.0, 4.0, 4.0, 0.0])

    unmet = unmet_places(two, place, loads, years=2.0)

    assert unmet["per_year"].tolist() == [0.0, 1.5, 1.0]
    assert unmet.geometry.x.tolist() == [EAST, EAST + 1, EAST + 2]
    left = loads * (1.0 - covered_probability(two, place))
    assert unmet["per_year"].sum() == pytest.approx(left.sum() / 2.0)


def test_values_that_do_not_fit_the_places_are_refused() -> None:
    two = by_hand([0.25, 0.75], support_of=[0, 0])

    with pytest.raises(
        InputError, match="for 1 places; allowed: one for each of the 2"
    ):
        covered_probability(two, [0.5])
    with pytest.raises(InputError, match=r"seen with 1\.5; allowed: 0 to 1"):
        covered_variance(two, [0.5, 1.5])
    with pytest.raises(InputError, match=r"shape \(3,\); allowed: one row for each"):
        two.measure([1.0, 2.0, 3.0])
    with pytest.raises(InputError, match="one for each of the 2 points"):
        two.place_weights([1.0])
    with pytest.raises(InputError, match="years is 0"):
        unmet_places(two, [0.5, 0.5], years=0.0)


def test_incidents_are_judged_over_their_places_and_the_naive_figure_stays() -> None:
    camera = gpd.GeoDataFrame(
        {"bearing_deg": [0.0, 90.0], "hfov_deg": [360.0, 90.0], "range_m": [30.0, 9.0]},
        geometry=[moved(Point(0, 0)), moved(Point(60, 1))],
        crs=CRS,
    )
    table = events((60, 3), (50, 20), location_kind=["block", "address"])
    ground, lines = walls(HOUSE), streets()
    result = supports(table, ground, lines, spacing_m=1.0)
    groups = {"first": np.array([True, False])}

    judged = incident_coverage(
        table, camera, ground, streets=lines, supports=result, groups=groups
    )
    plain = incident_coverage(table, camera, ground, streets=lines)

    # 30 m of the block by the first camera, 8 m (60 to 69, the first behind) by the
    # second, of 120 m in all.
    assert judged["seen_probability_first"][0] == pytest.approx(30 / 120)
    assert judged["seen_probability"][0] == pytest.approx(38 / 120, abs=2 / 120)
    assert judged["basis"].tolist() == ["block", "frontage"]
    assert judged["naive_probability"].tolist() == plain["naive_probability"].tolist()
    assert list(judged.columns) == [
        *plain.columns,
        *(f"{name}_probability_first" for name in ("naive", "seen")),
    ]
    with pytest.raises(InputError, match="supports for 2 events and 1 points"):
        incident_coverage(table[:1], camera, ground, streets=lines, supports=result)


# The warning.


def test_events_that_share_their_points_are_told_with_share_and_most_used_point() -> (
    None
):
    points = gpd.GeoSeries([Point(6, 2)] * 3 + [Point(5, 6)] * 2 + [Point(7, 8)] * 1)

    text = shared_places(points)

    assert text is not None
    assert text.startswith("83 % of 6 events share their exact point with another")
    assert "the most used: 3 events at x 6, y 2)" in text
    local = events((0, 0), (0, 0))
    at = local.to_crs("EPSG:4326").geometry.iloc[0]
    assert f"lon {at.x:.5f}, lat {at.y:.5f})" in str(shared_places(local))


def test_up_to_the_limit_shared_points_are_no_news() -> None:
    points = gpd.GeoSeries([Point(0, 0)] * 2 + [Point(x, 1) for x in range(18)])

    assert shared_places(points) is None
    assert shared_places(points, limit=0.09) is not None
    assert shared_places(points.iloc[:0], limit=0.0) is None
    with pytest.raises(InputError, match="limit is 10; allowed: 0 to 1"):
        shared_places(points, limit=10.0)
    with pytest.raises(InputError, match="row 1 has no point"):
        shared_places(gpd.GeoSeries([Point(0, 0), None]))


# The variance, against simulation.


def test_points_of_a_block_vary_together_where_its_coverage_does() -> None:
    rng = np.random.default_rng(4)
    mean, spread = np.array([0.3, 0.6, 1.0]), np.array([0.05, 0.2, 0.0])
    block = np.array([0, 0, 0, 1, 1, 2, 0])
    weight = np.array([1.0, 2.0, 1.0, 3.0, 0.5, 1.0, 0.0])
    both = np.maximum(mean * (1 - mean) / np.maximum(spread, 1e-9) - 1.0, 1e-9)
    share = np.column_stack(
        [
            rng.beta(mean[0] * both[0], (1 - mean[0]) * both[0], 200_000),
            rng.beta(mean[1] * both[1], (1 - mean[1]) * both[1], 200_000),
            np.ones(200_000),
        ]
    )
    seen = rng.random((200_000, len(block))) < share[:, block]
    number = seen @ weight

    expected, variance = expected_covered(
        mean[block], weight, blocks=block, block_variance=spread[block]
    )

    assert expected == pytest.approx(number.mean(), abs=0.03)
    assert variance == pytest.approx(number.var(), rel=0.02)
    # Without the common term the variance is short by a quarter.
    assert expected_covered(mean[block], weight).variance < 0.8 * variance


def test_a_block_seen_by_a_camera_of_unknown_bearing_varies_within_the_bound() -> None:
    rng = np.random.default_rng(5)
    place = np.linspace(-40.0, 40.0, 41)
    turn = np.degrees(np.arctan2(place, 12.0)) % 360.0
    bearing = rng.uniform(0.0, 360.0, 20_000)
    off = np.abs((turn - bearing[:, None] + 180.0) % 360.0 - 180.0)
    share = (off <= 60.0).mean(axis=1)
    block = by_hand(np.full(41, 1 / 41), support_of=[0])

    most = covered_variance(block, np.full(41, 120.0 / 360.0))[0]
    none = covered_variance(block, (place > 0.0).astype(float))[0]

    assert 0.2 * most < share.var() < most
    assert none == 0.0


def test_blocks_and_variances_that_cannot_be_are_refused() -> None:
    with pytest.raises(InputError, match="belong together"):
        expected_covered([0.5], blocks=[1])
    with pytest.raises(InputError, match="belong together"):
        expected_covered([0.5], block_variance=[0.1])
    with pytest.raises(InputError, match=r"block_variance is 0\.3 in position 1"):
        expected_covered([0.5, 0.5], blocks=[1, 1], block_variance=[0.25, 0.3])
    with pytest.raises(InputError, match=r"blocks has the shape \(1,\)"):
        expected_covered([0.5, 0.5], blocks=[1], block_variance=[0.25, 0.25])
    assert expected_covered(
        [np.nan, 0.5], blocks=["a", "a"], block_variance=[np.nan, 0.25]
    ) == (0.5, 0.25)


# Little towns, against lengths and areas.


class Town(NamedTuple):
    streets: list[oracle.Street]
    houses: list
    seen: object
    points: np.ndarray


def little_town(seed) -> Town:
    """Streets in a net with holes, houses on and beside them, discs that are seen."""
    rng = np.random.default_rng(seed)
    x = np.cumsum(rng.integers(30, 140, 4)).astype(float)
    y = np.cumsum(rng.integers(30, 140, 3)).astype(float)
    lines = []
    for row, level in enumerate(y):
        lines += [
            oracle.Street(f"Row{row} Street", LineString([(a, level), (b, level)]))
            for a, b in pairwise(x)
            if rng.random() < 0.8
        ]
    for column, level in enumerate(x):
        lines += [
            oracle.Street(
                f"Column{column} Avenue", LineString([(level, a), (level, b)])
            )
            for a, b in pairwise(y)
            if rng.random() < 0.8
        ]
    lines = [
        street._replace(line=street.line.reverse()) if rng.random() < 0.5 else street
        for street in lines
    ]
    rng.shuffle(lines)
    corner = rng.uniform([0, 0], [x[-1], y[-1]], (8, 2))
    size = rng.uniform(5, 40, (8, 2))
    houses = [box(*low, *(low + more)) for low, more in zip(corner, size, strict=True)]
    middles = rng.uniform([0, 0], [x[-1], y[-1]], (5, 2))
    seen = shapely.union_all(
        [Point(middle).buffer(rng.uniform(20, 90), 32) for middle in middles]
    )
    points = rng.uniform([-20, -20], [x[-1] + 20, y[-1] + 20], (6, 2))
    return Town(lines, houses, seen, points)


def shares(town, kind, **columns) -> tuple[Supports, np.ndarray]:
    """Give the supports of a town's points and how surely each is seen."""
    lines = gpd.GeoDataFrame(
        {
            "name": [street.name for street in town.streets],
            "highway": ["residential"] * len(town.streets),
        },
        geometry=[moved(street.line) for street in town.streets],
        crs=CRS,
    )
    table = events(*town.points, location_kind=kind, **columns)
    result = supports(table, walls(*town.houses), lines, spacing_m=0.5)
    lit = shapely.contains_xy(town.seen, result.xy - [EAST, NORTH])
    return result, covered_probability(result, lit.astype(float))


@examples(40)
@given(seed=st.integers(0, 2**32 - 1), named=st.booleans())
def test_blocks_agree_with_the_length_of_street_that_is_seen(seed, named) -> None:
    town = little_town(seed)
    assume(town.streets)
    solid = shapely.union_all(town.houses)
    rng = np.random.default_rng(seed)
    names = [str(rng.choice([s.name for s in town.streets])) for _ in town.points]
    address = [f"100 BLOCK OF {name.upper()}" for name in names] if named else None

    result, chance = shares(town, "block", address=address)

    blocks = oracle.blocks_of(town.streets)
    for event, xy in enumerate(town.points):
        name = names[event] if named else None
        near = oracle.nearest(blocks, Point(xy), name, 100.0)
        if not near:
            assert "no street within 100 m" in result.event_basis[event]
            continue
        support = shapely.union_all([block.line for block in near])
        share, length, ends = oracle.share_seen(support, town.seen, solid)
        if length < 5.0:
            continue
        assert result.event_basis[event] == "block"
        assert abs(chance[event] - share) <= 0.5 * ends / length + 1e-6


@examples(40)
@given(seed=st.integers(0, 2**32 - 1))
def test_crossings_agree_with_the_length_of_their_arms_that_is_seen(seed) -> None:
    town = little_town(seed)
    assume(town.streets)
    solid = shapely.union_all(town.houses)

    result, chance = shares(town, "intersection")

    blocks = oracle.blocks_of(town.streets)
    for event, xy in enumerate(town.points):
        arms, apart = oracle.arms_of(blocks, town.streets, Point(xy))
        if arms is None or apart > 100.0:
            assert "no crossing within 100 m" in result.event_basis[event]
            continue
        share, length, ends = oracle.share_seen(arms, town.seen, solid)
        if length < 5.0:
            continue
        assert result.event_basis[event] == "intersection"
        assert abs(chance[event] - share) <= 0.5 * ends / length + 1e-6


@examples(30)
@given(seed=st.integers(0, 2**32 - 1), sigma=st.floats(3.0, 60.0))
def test_points_with_errors_agree_with_the_ground_that_is_seen(seed, sigma) -> None:
    town = little_town(seed)
    solid = shapely.union_all(town.houses)
    rng = np.random.default_rng(seed)
    cloud = rng.normal(0.0, sigma, (20_000, 2))

    spread, normal = shares(town, "exact", location_error_m=sigma)
    round_, disc = shares(town, "area", location_error_m=sigma)

    for event, xy in enumerate(town.points):
        if shapely.contains_xy(solid, *xy):
            assert spread.event_basis[event].startswith(("frontage", "point: in"))
            continue
        ground = Point(xy).buffer(2.0 * sigma, 64).difference(solid)
        free = cloud[~shapely.contains_xy(solid, cloud + xy)] + xy
        lit = shapely.contains_xy(town.seen, free).mean()
        # 64 places, less those inside houses: by chance 3 of 1,000 would be off so far.
        least = 1.5 / np.sqrt(len(places_of(spread, event)))
        assert abs(normal[event] - lit) <= least
        share = ground.intersection(town.seen).area / ground.area
        assert abs(disc[event] - share) <= 1.5 / np.sqrt(len(places_of(round_, event)))


@examples(20)
@given(seed=st.integers(0, 2**32 - 1))
def test_areas_agree_with_the_ground_of_the_smallest_that_is_seen(seed) -> None:
    town = little_town(seed)
    solid = shapely.union_all(town.houses)
    rng = np.random.default_rng(seed)
    corners = rng.uniform(0, 150, (3, 2))
    shapes = [box(*low, *(low + rng.uniform(60, 300, 2))) for low in corners]
    areas = gpd.GeoDataFrame(geometry=[moved(shape) for shape in shapes], crs=CRS)
    table = events(*town.points, location_kind="area")

    result = supports(table, walls(*town.houses), streets(), areas=areas)

    lit = shapely.contains_xy(town.seen, result.xy - [EAST, NORTH])
    chance = covered_probability(result, lit.astype(float))
    for event, xy in enumerate(town.points):
        area = oracle.area_of(shapes, Point(xy))
        if area is None:
            assert "no area" in result.event_basis[event]
            continue
        ground = area.difference(solid)
        share = ground.intersection(town.seen).area / ground.area
        assert result.event_basis[event] == "area"
        assert abs(chance[event] - share) <= 0.05


@examples(30)
@given(seed=st.integers(0, 2**32 - 1))
def test_places_are_in_the_open_and_the_order_of_rows_does_not_matter(seed) -> None:
    town = little_town(seed)
    kinds = ["exact", "address", "block", "intersection", "area", None]
    rng = np.random.default_rng(seed)
    lines = gpd.GeoDataFrame(
        {
            "name": [street.name for street in town.streets],
            "highway": ["residential"] * len(town.streets),
        },
        geometry=[moved(street.line) for street in town.streets],
        crs=CRS,
    )
    table = events(
        *np.repeat(town.points, 6, axis=0),
        location_kind=kinds * 6,
        location_error_m=rng.choice([np.nan, 15.0], 36).tolist(),
    )
    order = rng.permutation(36)
    ground = walls(*town.houses)

    one = supports(table, ground, lines)
    other = supports(table.iloc[order], ground, lines)

    total = one.measure(np.ones(len(one.xy)))
    unseen = np.array(["without a front" in basis for basis in one.basis], dtype=bool)
    assert total == pytest.approx(np.where(unseen, 0.0, 1.0))
    solid = shapely.union_all(town.houses).buffer(-1e-6)
    inside = shapely.contains_xy(solid, one.xy - [EAST, NORTH])
    assert not inside[one.weight > 0.0].any()
    assert (one.event_basis[order] == other.event_basis).all()
    field = np.hypot(*(one.xy - [EAST, NORTH]).T) / 1e4
    again = np.hypot(*(other.xy - [EAST, NORTH]).T) / 1e4
    first, second = covered_probability(one, field), covered_probability(other, again)
    assert first[order] == pytest.approx(second, abs=1e-9)
    facade = [number for number in range(36) if one.event_basis[number] == "frontage"]
    outline = shapely.union_all(town.houses)
    for number in facade:
        gaps = shapely.distance(outline, shapely.points(places_of(one, number)))
        assert (gaps <= 1.0 + 1e-6).all() or len(gaps) == 1
