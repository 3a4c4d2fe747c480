"""Naive against expected on one real neighbourhood, with its published offences."""

from __future__ import annotations

from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from coveragekit.coverage import (
    Supports,
    expected_covered,
    frontages,
    incident_coverage,
    shared_places,
    study_area,
    supports,
)
from coveragekit.visibility import Obstacles

pytestmark = pytest.mark.real_data

CRS = "EPSG:32616"


class Town(NamedTuple):
    buildings: gpd.GeoDataFrame
    streets: gpd.GeoDataFrame
    offences: gpd.GeoDataFrame
    obstacles: Obstacles
    supports: Supports


@pytest.fixture(scope="module")
def town(real_data) -> Town:
    folder = real_data / "atlanta_osm_reynoldstown"
    parts = [
        gpd.read_file(folder / f"{name}.geojson")
        for name in ("houses", "apartments", "otherBuildings")
    ]
    shapes = pd.concat(parts, ignore_index=True).to_crs(CRS)
    shapes = shapes[shapes.geom_type == "Polygon"].reset_index(drop=True)
    buildings = shapes[["geometry"]].assign(building_id=shapes["@id"])
    buildings = buildings.set_geometry(buildings.make_valid())
    roads = gpd.read_file(folder / "roads.geojson").to_crs(CRS)
    roads = roads[roads.geom_type == "LineString"].reset_index(drop=True)
    crimes = pd.read_parquet(
        real_data / "atlanta_crime" / "apd_crimes_2009_2022_unified.parquet"
    )
    text = crimes["location"]
    kind = np.where(text.str.match(r"\s*\d+\s"), "address", None)
    kind = np.where(text.str.contains("[/&]"), "intersection", kind)
    offences = gpd.GeoDataFrame(
        {"address": text, "location_kind": kind},
        geometry=gpd.points_from_xy(crimes["lon"], crimes["lat"]),
        crs="EPSG:4326",
    )
    offences = offences.cx[-84.3724:-84.3381, 33.7431:33.7630].to_crs(CRS)
    offences = offences[offences.within(study_area(buildings))].reset_index(drop=True)
    obstacles = Obstacles.from_buildings(buildings)
    streets = roads[["name", "highway", "geometry"]]
    found = supports(offences, obstacles, streets)
    return Town(buildings, streets, offences, obstacles, found)


def places_of(result, event) -> shapely.MultiPoint:
    support = result.support_of[event]
    return shapely.MultiPoint(result.xy[result.ptr[support] : result.ptr[support + 1]])


def test_every_offence_has_its_places_in_the_open_and_little_is_fallen_back_on(
    town,
) -> None:
    counts = town.supports.counts()

    assert sum(counts.values()) == len(town.offences) > 2_000
    fallen_back = sum(count for basis, count in counts.items() if ":" in basis)
    assert fallen_back < 0.01 * len(town.offences)
    # Addresses are geocoded into houses more often than not.
    assert 0.5 < counts["frontage"] / len(town.offences) < 0.7
    solid = shapely.union_all(town.buildings.geometry.to_numpy()).buffer(-1e-6)
    shapely.prepare(solid)
    counted = town.supports.weight > 0.0
    assert not shapely.contains_xy(solid, town.supports.xy[counted]).any()


@pytest.mark.parametrize(
    ("start", "names"),
    [
        ("CHESTER AVE SE / WYLIE ST SE", ("Chester Avenue", "Wylie Street")),
        ("KIRKWOOD AVE SE / SELMAN ST SE", ("Kirkwood Avenue", "Selman Street")),
        ("MORELAND AVE SE / WYLIE ST SE", ("Moreland Avenue", "Wylie Street")),
        ("BILL KENNEDY WAY SE / MEMORIAL DR", ("Bill Kennedy Way", "Memorial Drive")),
    ],
)
def test_a_crossing_is_found_by_its_names_even_where_the_point_is_off(
    town, start, names
) -> None:
    told = town.offences["address"].str.startswith(start)

    for event in np.flatnonzero(told):
        there = places_of(town.supports, event)
        assert town.supports.event_basis[event] == "intersection"
        for name in names:
            named = town.streets["name"].fillna("").str.startswith(name)
            assert town.streets[named].distance(there).min() < 0.01
    assert told.any()


def test_a_facade_lies_before_the_house_that_holds_the_point(town) -> None:
    rng = np.random.default_rng(3)
    in_houses = np.flatnonzero(town.supports.event_basis == "frontage")
    own_wall = 0

    sample = rng.choice(in_houses, 150, replace=False)
    for event in sample:
        point = town.offences.geometry.iloc[event]
        house = town.buildings[town.buildings.contains(point)].geometry.iloc[0]
        places = shapely.get_parts(places_of(town.supports, event))
        own_wall += shapely.distance(house, places).max() <= 1.0 + 1e-6

    # The rest stand wall to wall with another house, and are walked past.
    assert own_wall >= 140


def test_the_expected_share_stands_far_above_the_naive_one(town) -> None:
    rng = np.random.default_rng(7)
    middles = town.buildings.representative_point()
    fronts = frontages(middles, town.obstacles, town.streets)
    fronts = fronts[fronts["basis"] == "frontage"].sample(120, random_state=7)
    cameras = gpd.GeoDataFrame(
        {
            "bearing_deg": rng.uniform(0.0, 360.0, 120),
            "hfov_deg": np.full(120, 90.0),
            "range_m": np.full(120, 30.0),
        },
        geometry=fronts.geometry.to_numpy(),
        crs=CRS,
    )
    options = {"streets": town.streets}

    judged = incident_coverage(
        town.offences, cameras, town.obstacles, supports=town.supports, **options
    )
    by_point = incident_coverage(town.offences, cameras, town.obstacles, **options)

    expected, variance = expected_covered(judged["seen_probability"])
    count = len(judged)
    low = (expected - 1.645 * np.sqrt(variance)) / count
    naive = judged["naive_probability"].mean()
    # More than half of the points lie in houses, where no camera looks.
    assert naive < 0.4 * low
    assert naive == by_point["naive_probability"].mean()
    # A facade is looked at about as often as the one place in its middle, but partly.
    assert expected / count == pytest.approx(
        by_point["seen_probability"].mean(), rel=0.2
    )
    assert set(by_point["seen_probability"]) == {0.0, 1.0}
    partly = judged["seen_probability"].between(0.0, 1.0, inclusive="neither")
    assert 0.01 < partly.mean() < 0.2


def test_the_published_points_are_told_to_be_snapped(town) -> None:
    text = shared_places(town.offences)

    assert text is not None
    share = town.offences.geometry.duplicated(keep=False).mean()
    assert text.startswith(f"{share:.0%}".replace("%", " %"))
    assert share > 0.5
