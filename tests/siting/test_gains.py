"""What a camera at each candidate adds: aimed well, and as its owner aims it."""

from __future__ import annotations

import math

import geopandas as gpd
import numpy as np
import pyproj
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_array

from coveragekit.coverage import street_samples, study_area
from coveragekit.errors import InputError
from coveragekit.siting import (
    Demand,
    aims_from,
    building_mounts,
    join_demand,
    lenses,
    maximal_cover,
    mount_rule,
    place_mounts,
    seen_probability,
    site_gains,
    street_demand,
    unmet_levels,
    with_registered,
)
from tests.oracles import siting as oracle
from tests.siting.streets_of_shops import CRS, X, Y, houses, places, roads, walls
from tests.siting.test_mounts import LOW
from tests.strategies import examples

DENSITY = 62.5
HERE = pyproj.CRS(CRS)
SHOP = {"h": (-4.0, 5.0, 4.0, 15.0)}


def street_of(shapes, spacing_m: float = 0.1) -> Demand:
    area = study_area(houses(shapes), margin_m=60.0)
    return street_demand(street_samples(roads(LOW), area, spacing_m))


def test_a_camera_straight_out_of_its_shop_sees_what_trigonometry_says() -> None:
    mounts = place_mounts(places({"s": (0.0, 8.0)}), walls(SHOP), roads(LOW))
    demand = street_of(SHOP)
    aims = aims_from(
        mounts,
        demand,
        walls(SHOP),
        density_px_per_m=DENSITY,
        lens_kinds=lenses()[:1],
        bearings=1,
    )

    found = site_gains(
        aims, demand.weights({"street_m": 1.0}), cameras_xy=[(X + 30.0, Y + 4.9)]
    ).iloc[0]

    # 98 degrees from 4.9 m before the street: 2 times 4.9 tan 49.
    width = 2.0 * 4.9 * math.tan(math.radians(49.0))
    assert found["gain"] == pytest.approx(width, abs=0.2)
    assert found["new_street_m"] == found["gain"] == found["expected_gain"]
    assert found["gain_low"] == found["gain_high"] == found["gain"]
    assert found["new_street_m_night"] == 0.0
    assert found["bearing_deg"] == pytest.approx(180.0, abs=0.01)
    assert found["nearest_camera_m"] == pytest.approx(30.0)
    assert found[["site_id", "building_id", "mount", "streets", "lens"]].tolist() == [
        "s",
        "h",
        "facade",
        "Low Street",
        "wide",
    ]
    assert (found.geometry.x - X, found.geometry.y - Y) == pytest.approx((0.0, 4.9))


def test_the_best_aim_turns_to_what_nobody_sees_yet() -> None:
    mounts = place_mounts(places({"s": (0.0, 8.0)}), walls(SHOP), roads(LOW))
    demand = street_of(SHOP, 1.0)
    aims = aims_from(
        mounts,
        demand,
        walls(SHOP),
        density_px_per_m=DENSITY,
        lens_kinds=lenses()[:1],
    )
    west = demand.xy[:, 0] < X
    weights = demand.weights({"street_m": 1.0})
    sees_west = csr_array(np.concatenate([west, np.zeros(len(west))])[:, None])

    alone = site_gains(aims, weights).iloc[0]
    left = unmet_levels(weights, sees_west)
    beside = site_gains(aims, left, seen=seen_probability(sees_west)).iloc[0]
    backed = unmet_levels(weights, sees_west, level_values=(1.0, 0.9))
    twice = site_gains(aims, backed, seen=seen_probability(sees_west)).iloc[0]

    assert 90.0 < beside["bearing_deg"] < 180.0
    assert beside["new_street_m"] == beside["gain"] < alone["gain"]
    # A second camera in the west counts nine tenths, but shows nothing new there.
    assert beside["gain"] < twice["gain"] < alone["gain"]
    assert twice["new_street_m"] <= twice["gain"]
    assert alone["nearest_camera_m"] != alone["nearest_camera_m"]


@given(st.integers(0, 10_000))
@examples(15)
def test_gains_are_what_trying_every_aim_gives(seed) -> None:
    rng = np.random.default_rng(seed)
    row = {f"h{n}": (16.0 * n - 40, 5.0, 16.0 * n - 28, 15.0) for n in range(5)}
    cross = {**LOW, "Cross Lane": [(8.0, -60.0), (8.0, 60.0)]}
    shops = places({f"s{n}": (16.0 * n - 34, 9.0) for n in range(5)})
    mounts = place_mounts(
        shops, walls(row), roads(cross), rule=mount_rule(height_m=3.0 + seed % 3)
    )
    xy = rng.uniform((X - 50, Y - 15), (X + 50, Y + 20), (60, 2))
    amounts = [
        {"street_m": rng.random(60), "incidents_per_year": rng.random(60)}
        for _ in range(2)
    ]
    demand = Demand(xy, *amounts, HERE)
    aims = aims_from(mounts, demand, walls(row), density_px_per_m=DENSITY, bearings=4)
    there = csr_array(rng.choice([0.0, 0.5, 1.0], (120, 2), p=[0.7, 0.2, 0.1]))
    seen = seen_probability(there)
    unmet = unmet_levels(demand.weights(), there, level_values=(1.0, 0.5))

    found = site_gains(aims, unmet, seen=seen)

    cover = aims.cover(np.arange(len(aims))).toarray()
    gain, chance = cover.T @ unmet[:, 0], aims.chance()
    new = demand.amounts() * (1.0 - seen)[:, None]
    for site, row_ in enumerate(found.itertuples()):
        own = slice(aims.site_ptr[site], aims.site_ptr[site + 1])
        assert row_.gain == pytest.approx(gain[own].max())
        assert gain[row_.aim] == pytest.approx(row_.gain)
        assert own.start <= row_.aim < own.stop
        assert row_.expected_gain == pytest.approx(gain[own] @ chance[own])
        low, high = oracle.spread(gain[own].round(12), chance[own], (0.05, 0.95))
        assert (row_.gain_low, row_.gain_high) == pytest.approx((low, high))
        assert row_.gain_low <= row_.gain_high <= row_.gain * (1 + 1e-9)
        for at, name in enumerate(demand.measures):
            shown = cover[:, row_.aim] * new[:, at]
            assert getattr(row_, f"new_{name}") == pytest.approx(shown.sum())
            assert getattr(row_, f"new_{name}_night") == pytest.approx(shown[60:].sum())
            mean = chance[own] @ (cover[:, own].T @ new[:, at])
            assert getattr(row_, f"expected_{name}") == pytest.approx(mean)
    # A camera that is there already never makes another one worth more.
    more = csr_array(np.column_stack([there.toarray(), np.full(120, 0.5)]))
    less = site_gains(
        aims, unmet_levels(demand.weights(), more, level_values=(1.0, 0.5))
    )
    assert (less["gain"] <= found["gain"] + 1e-12).all()


def test_where_nothing_is_left_to_see_a_camera_looks_straight_out() -> None:
    mounts = place_mounts(places({"s": (0.0, 8.0)}), walls(SHOP), roads(LOW))
    empty = Demand(np.empty((0, 2)), {"a": np.empty(0)}, {"a": np.empty(0)}, HERE)
    far = Demand(np.array([[X + 9e4, Y]]), {"a": np.ones(1)}, {"a": np.ones(1)}, HERE)

    for demand in (empty, far):
        aims = aims_from(
            mounts, demand, walls(SHOP), density_px_per_m=DENSITY, bearings=5
        )
        found = site_gains(aims, np.ones(2 * len(demand))).iloc[0]
        assert found["gain"] == found["expected_gain"] == found["gain_high"] == 0.0
        assert found["bearing_deg"] == pytest.approx(180.0, abs=0.01)
        assert found["lens"] == "wide"
        assert aims.chances().shape == (2 * len(demand), 1)


def test_the_search_of_sites_takes_the_best_camera_and_one_aim_for_each() -> None:
    row = {f"h{n}": (16.0 * n - 40, 5.0, 16.0 * n - 28, 15.0) for n in range(5)}
    shops = places({f"s{n}": (16.0 * n - 34, 9.0) for n in range(5)})
    mounts = place_mounts(shops, walls(row), roads(LOW))
    demand = street_of(row, 1.0)
    weights = demand.weights({"street_m": 1.0})
    there = csr_array(np.arange(2 * len(demand))[:, None] % 3 == 0)
    levels = unmet_levels(weights, there, level_values=(1.0, 0.4))
    aims = aims_from(mounts, demand, walls(row), density_px_per_m=DENSITY, bearings=4)
    found = site_gains(aims, levels)

    one = maximal_cover(
        aims.cover(found["aim"]), np.ones(len(levels)), choose=1, level_values=levels
    )
    every = aims.cover(np.arange(len(aims)))
    owners = np.repeat(mounts.site_ids, np.diff(aims.site_ptr)).tolist()
    three = maximal_cover(
        every,
        np.ones(len(levels)),
        choose=3,
        level_values=levels,
        owners=owners,
        owner_cap=1,
    )
    asked = maximal_cover(
        aims.chances(), np.ones(len(levels)), choose=1, level_values=levels
    )

    assert one.value == pytest.approx(found["gain"].max())
    assert len({owners[n] for n in three.selected}) == 3
    assert three.value <= found["gain"].nlargest(3).sum() + 1e-9
    assert asked.value == pytest.approx(found["expected_gain"].max())


def test_a_registered_camera_may_hang_at_the_back_and_see_nothing() -> None:
    shops = places({"s": (0.0, 8.0)})
    hides = walls(SHOP)
    demand = street_of(SHOP, 1.0)
    weights = demand.weights({"street_m": 1.0})
    own, anywhere = (
        site_gains(aims_from(mounts, demand, hides, density_px_per_m=DENSITY), weights)
        for mounts in (
            place_mounts(shops, hides, roads(LOW)),
            building_mounts(np.array(["h"]), hides),
        )
    )

    found = with_registered(own, anywhere).iloc[0]

    assert found["registered_gain"] == pytest.approx(anywhere["expected_gain"][0])
    # The front is 8 of 36 metres of wall.
    assert 0.0 < found["registered_gain"] < found["expected_gain"] < found["gain"]
    assert found["registered_low"] == 0.0


def test_sites_without_a_building_have_no_registered_gain() -> None:
    gains = gpd.GeoDataFrame({"site_id": ["p"], "building_id": [None]})
    house = gpd.GeoDataFrame(
        {
            "site_id": ["h"],
            "expected_gain": [1.0],
            "gain_low": [0.0],
            "gain_high": [1.0],
        }
    )

    assert with_registered(gains, house)["registered_gain"].isna().all()


def test_what_does_not_fit_the_demand_is_refused() -> None:
    mounts = place_mounts(places({"s": (0.0, 8.0)}), walls(SHOP), roads(LOW))
    demand = join_demand(street_of(SHOP, 5.0))
    aims = aims_from(mounts, demand, walls(SHOP), density_px_per_m=DENSITY)
    rows = 2 * len(demand)

    with pytest.raises(InputError, match=f"one for each of the {rows} rows"):
        site_gains(aims, np.ones(3))
    with pytest.raises(InputError, match="unmet is -1; allowed: 0 or more"):
        site_gains(aims, np.full(rows, -1.0))
    with pytest.raises(InputError, match="seen is 2; allowed: 0 to 1"):
        site_gains(aims, np.ones(rows), seen=np.full(rows, 2.0))
    with pytest.raises(InputError, match="cameras_xy has the shape"):
        site_gains(aims, np.ones(rows), cameras_xy=[1.0, 2.0])
