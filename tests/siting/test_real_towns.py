"""Candidates on real ground: central Helsinki's shops, and Reynoldstown's houses."""

from __future__ import annotations

from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from coveragekit import coverage, model, optics, siting
from coveragekit.crs import local_crs
from coveragekit.sources import demo_inputs
from coveragekit.visibility import Obstacles, isovists

DENSITY = 62.5


class Town(NamedTuple):
    tables: dict[str, gpd.GeoDataFrame]
    obstacles: Obstacles
    mounts: siting.Mounts


@pytest.fixture(scope="module")
def helsinki() -> Town:
    tables = {name: one.table for name, one in demo_inputs(rng=0).items()}
    middle = tables["places"].geometry.iloc[0]
    crs = local_crs(lon=middle.x, lat=middle.y)
    tables = {name: one.to_crs(crs) for name, one in tables.items()}
    obstacles = Obstacles.from_buildings(tables["buildings"])
    area = coverage.study_area(tables["buildings"])
    mounts = siting.place_mounts(
        tables["places"], obstacles, tables["streets"], area=area
    )
    return Town(tables, obstacles, mounts)


@pytest.fixture(scope="module")
def reynoldstown(real_data) -> Town:
    folder = real_data / "atlanta_osm_reynoldstown"
    names = ("houses", "apartments", "otherBuildings")
    parts = [gpd.read_file(folder / f"{name}.geojson") for name in names]
    shapes = pd.concat(parts, ignore_index=True).to_crs("EPSG:32616")
    shapes = shapes[shapes.geom_type == "Polygon"].reset_index(drop=True)
    buildings = gpd.GeoDataFrame(
        {"building_id": shapes["@id"]},
        geometry=shapely.make_valid(shapes.geometry.to_numpy()),
        crs=shapes.crs,
    )
    streets = gpd.read_file(folder / "roads.geojson").to_crs(shapes.crs)
    streets = streets[streets.geom_type == "LineString"].reset_index(drop=True)
    obstacles = Obstacles.from_buildings(buildings)
    shops = gpd.GeoDataFrame(
        {"place_id": buildings["building_id"]},
        geometry=buildings.representative_point(),
        crs=shapes.crs,
    )
    tables = {"buildings": buildings, "streets": streets, "places": shops}
    return Town(tables, obstacles, siting.place_mounts(shops, obstacles, streets))


def check_mounts(town: Town) -> None:
    """Hold every place to the map: before its own house, in the open, on a street."""
    table = town.mounts.table()
    buildings = town.tables["buildings"]
    shapes = shapely.make_valid(buildings.geometry.to_numpy())
    by_id = dict(zip(buildings["building_id"].astype(str), shapes, strict=True))
    tree = shapely.STRtree(shapes)
    points = table.geometry.to_numpy()
    inside = tree.query(points, predicate="within")
    assert inside.shape[1] == 0
    hosts = np.array([by_id[one] for one in table["building_id"]], dtype=object)
    gap = shapely.distance(hosts, points)
    # A corner's place is a stand-off before both of its walls.
    assert (gap > 0.1 - 1e-5).all()
    assert (gap < np.where(table["mount"] == "corner", 0.27, 0.1 + 1e-5)).all()
    public = town.tables["streets"]
    public = public[model.is_public_street(public["highway"]).to_numpy()]
    near = shapely.STRtree(public.geometry.to_numpy())
    _, apart = near.query_nearest(points, return_distance=True, all_matches=False)
    assert (apart <= 40.0 + 1e-6).all()
    each = table.groupby("site_id").size()
    assert each.max() <= 6
    assert len(each) + len(town.mounts.left_out) == len(town.tables["places"])


def test_helsinkis_shops_hang_their_cameras_on_their_street_fronts(helsinki) -> None:
    check_mounts(helsinki)

    counts = helsinki.mounts.counts()
    assert counts["placed"] > 700
    assert counts["no_facade"] < 0.1 * counts["placed"]
    assert 200 < helsinki.mounts.corner.sum() < 500


@pytest.mark.real_data
def test_nearly_every_house_of_reynoldstown_has_a_front(reynoldstown) -> None:
    check_mounts(reynoldstown)

    counts = reynoldstown.mounts.counts()
    assert counts["placed"] > 0.85 * len(reynoldstown.tables["places"])
    # Some footprints are drawn within others.
    assert counts.get("behind_others", 0) <= 10


def test_what_a_shop_in_helsinki_would_add_beside_the_cameras_there(helsinki) -> None:
    tables, obstacles, mounts = helsinki
    area = coverage.study_area(tables["buildings"])
    samples = coverage.street_samples(tables["streets"], area, 4.0)
    events = coverage.supports(tables["incidents"], obstacles, tables["streets"])
    demand = siting.join_demand(
        siting.street_demand(samples),
        siting.event_demand(events, years=1.0, dark=np.full(len(events), 0.25)),
    )
    cameras = model.fill_camera_defaults(tables["cameras"])
    there = siting.existing_cover(demand, cameras, obstacles, density_px_per_m=DENSITY)
    seen = siting.seen_probability(there)
    unmet = siting.unmet_levels(demand.weights(), there)
    aims = siting.aims_from(mounts, demand, obstacles, density_px_per_m=DENSITY)

    found = siting.site_gains(
        aims,
        unmet,
        seen=seen,
        cameras_xy=shapely.get_coordinates(cameras.geometry.to_numpy()),
    )
    anywhere = siting.building_mounts(np.unique(mounts.building_ids), obstacles)
    all_round = siting.site_gains(
        siting.aims_from(anywhere, demand, obstacles, density_px_per_m=DENSITY), unmet
    )
    both = siting.with_registered(found, all_round)

    # The best covers, put up together with what is there, add just what was promised.
    cover = aims.cover(found["aim"])
    promised = cover.T @ unmet[:, 0]
    assert found["gain"].to_numpy() == pytest.approx(promised)
    best = found["gain"].to_numpy().argsort()[-40:]
    chosen = siting.planned_cameras(aims, found["aim"].iloc[best])
    active = model.fill_camera_defaults(chosen)
    with_it = siting.existing_cover(
        demand, active, obstacles, density_px_per_m=DENSITY, tiers=("planned",)
    )
    assert (with_it.toarray() > 0.0).sum() == cover[:, best].nnz
    assert (cover[:, best].toarray() == (with_it.toarray() > 0.0)).all()
    # Its isovist holds the places that it covers, but for the chords of its arc.
    shown = optics.footprints(chosen, DENSITY)
    shapes = isovists(chosen, obstacles, footprints=shown)
    for at in range(0, 40, 5):
        rows = cover[: len(demand), [best[at]]].nonzero()[0]
        places = shapely.points(demand.xy[rows])
        assert shapes.iloc[at].buffer(0.1).covers(shapely.union_all(places))
    # Nobody gains less by a good aim than on average, nor adds what is already seen.
    assert (both["expected_gain"] <= both["gain"] + 1e-9).all()
    assert (both["registered_gain"] >= 0.0).all()
    assert both["registered_gain"].mean() < both["expected_gain"].mean()
    total = (demand.amounts() * (1.0 - seen)[:, None]).sum(axis=0)
    assert (both["new_street_m"] <= total[0]).all()
    assert both["new_incidents_per_year_night"].max() > 0.0
    assert both["nearest_camera_m"].median() < 100.0
