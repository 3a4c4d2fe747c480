"""The coverage room on one real neighbourhood, against shapely asked row by row."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from coveragekit import model
from coveragekit.coverage import (
    area_share,
    frontages,
    gaps,
    public_area,
    seen,
    street_blocks,
    street_samples,
    study_area,
    unmet_demand,
)
from coveragekit.visibility import Obstacles

pytestmark = pytest.mark.real_data

CRS = "EPSG:32616"


@dataclass(frozen=True)
class Town:
    buildings: gpd.GeoDataFrame
    streets: gpd.GeoDataFrame
    offences: gpd.GeoSeries
    obstacles: Obstacles


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
    # One outline crosses itself; both sides of each comparison get it mended.
    buildings = buildings.set_geometry(buildings.make_valid())
    roads = gpd.read_file(folder / "roads.geojson").to_crs(CRS)
    roads = roads[roads.geom_type == "LineString"].reset_index(drop=True)
    streets = roads[["name", "highway", "geometry"]].assign(street_id=roads["@id"])
    crimes = pd.read_parquet(
        real_data / "atlanta_crime" / "apd_crimes_2009_2022_unified.parquet"
    )
    places = gpd.GeoSeries.from_xy(crimes["lon"], crimes["lat"], crs="EPSG:4326")
    west, south, east, north = -84.3724, 33.7431, -84.3381, 33.7630
    places = places.cx[west:east, south:north].to_crs(CRS).reset_index(drop=True)
    within = places[places.within(study_area(buildings))].reset_index(drop=True)
    return Town(buildings, streets, within, Obstacles.from_buildings(buildings))


def test_offences_in_buildings_are_those_that_shapely_finds_there(town) -> None:
    table = frontages(town.offences, town.obstacles, town.streets)

    joined = gpd.sjoin(
        town.offences.to_frame("geometry"), town.buildings, predicate="within"
    )
    inside = town.offences.index.isin(joined.index)
    assert len(table) > 2_000
    assert (table["building_id"].notna() == inside).all()
    assert 0.5 < inside.mean() < 0.6


def test_every_front_is_free_and_before_its_own_building(town) -> None:
    table = frontages(town.offences, town.obstacles, town.streets)
    fronted = table[table["basis"] == "frontage"].drop_duplicates(
        ["frontage_x", "frontage_y"]
    )

    hits = gpd.sjoin(fronted[["geometry"]], town.buildings, predicate="within")
    own = town.buildings.set_index("building_id").geometry[fronted["building_id"]]
    apart = shapely.distance(own.to_numpy(), fronted.geometry.to_numpy())

    assert len(hits) == 0
    # A metre along the way is less than a metre off a wall that the way leaves aslant.
    assert (apart <= 1.0 + 1e-6).mean() > 0.97
    assert (apart > 0.0).all()
    missing = (table["basis"] == "point") & table["building_id"].notna()
    assert missing.mean() < 0.005


def test_fronts_lie_on_the_way_to_the_nearest_public_street(town) -> None:
    rng = np.random.default_rng(8)
    table = frontages(town.offences, town.obstacles, town.streets)
    rows = table.index[table["basis"] == "frontage"]
    public = town.streets[model.is_public_street(town.streets["highway"])]
    agreed = 0

    sample = rng.choice(rows, 200, replace=False)
    for row in sample:
        point = town.offences[row]
        line = public.geometry.iloc[int(public.distance(point).argmin())]
        foot = line.interpolate(line.project(point))
        way = shapely.LineString([point, foot])
        agreed += way.distance(table.geometry[row]) < 1e-6

    # The rest found no free place before the nearest street, and took the next.
    assert agreed >= 195


def test_blocks_hold_the_public_network_and_know_the_corners_people_know(town) -> None:
    blocks = street_blocks(town.streets)

    public = town.streets[model.is_public_street(town.streets["highway"])]
    network = shapely.union_all(public.geometry.to_numpy())
    assert blocks["length_m"].sum() == pytest.approx(network.length, rel=1e-3)
    wylie = blocks[blocks["name"] == "Wylie Street Southeast"]
    corners = set(wylie["from_name"].dropna()) | set(wylie["to_name"].dropna())
    assert {"Flat Shoals Avenue Southeast", "Kenyon Street Southeast"} <= corners


def test_samples_of_the_streets_add_up_to_their_length_in_the_area(town) -> None:
    area = study_area(town.buildings)

    samples = street_samples(town.streets, area)

    public = town.streets[model.is_public_street(town.streets["highway"])]
    assert samples["length_m"].sum() == pytest.approx(
        public.intersection(area).length.sum()
    )


def test_gaps_and_what_is_seen_make_up_the_public_ground(town) -> None:
    area = study_area(town.buildings)
    rng = np.random.default_rng(9)
    spots = town.offences.iloc[rng.choice(len(town.offences), 60, replace=False)]
    solid = town.buildings.union_all()
    views = spots.buffer(40).difference(solid)
    table = frontages(town.offences, town.obstacles, town.streets)
    inside = table.intersects(views.union_all())
    table["seen_probability"] = inside.astype("float64")
    unmet = unmet_demand(table, years=13.0)

    raster = seen(views, None, 2.0, area=area, buildings=town.buildings)
    found = gaps(raster, town.streets, incidents=unmet)

    ground = public_area(area, town.buildings)
    covered = views.union_all().intersection(ground).area
    left = found["area_m2"].sum() + found.attrs["small_m2"]
    assert left == pytest.approx(ground.area - covered, rel=0.005)
    share = area_share(views, area, town.buildings, resolution_m=2.0)
    assert share.seen == pytest.approx(covered, rel=0.01)
    kept = found["incidents_per_year"].sum() + found.attrs["incidents_elsewhere"]
    assert kept == pytest.approx((~inside).sum() / 13.0)
    assert found.attrs["incidents_elsewhere"] < 0.01 * kept
    assert found["name"].is_unique
    assert not found["name"].str.contains("nan").any()
    named = found["name"].head(30).str.startswith("unnamed")
    assert named.sum() <= 3
    assert found.is_valid.all()
