"""A made-up city of any size: that it reads like a city, and breaks no rule."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import shapely
from geopandas.testing import assert_geodataframe_equal
from hypothesis import given, settings
from hypothesis import strategies as st

from coveragekit import model, optics
from coveragekit.errors import InputError
from coveragekit.sources import CITY_TIME_ZONE, CitySize, simulate_city
from coveragekit.sources.city_rules import city_rules, draw_index, draw_words

METRIC = "EPSG:32618"
SIZE = CitySize(buildings=2500, cameras=1500, incidents=20_000)


@pytest.fixture(scope="module")
def city():
    return simulate_city(SIZE, seed=5)


@pytest.fixture(scope="module")
def tables(city):
    return {name: one.table for name, one in city.items()}


@pytest.fixture(scope="module")
def metric(tables):
    return {name: table.to_crs(METRIC) for name, table in tables.items()}


def test_there_is_as_much_as_was_asked_for_and_all_of_it_is_called_simulated(city):
    counts = {name: len(one.table) for name, one in city.items()}
    assert counts["buildings"] == 2500
    assert counts["cameras"] == 1500
    assert counts["incidents"] == 20_000
    assert counts["calls"] == 10_000
    assert counts["places"] == 750
    for name, one in city.items():
        assert one.provenance["simulated"] is True
        assert one.provenance["rows_kept"] == counts[name]
        assert "made up" in one.notices[0]
        key = one.table[model.table(name).key]
        assert key.str.startswith("simulated-").all()


def test_no_table_has_a_fault(tables):
    for name, table in tables.items():
        assert model.find_faults(name, table) == []
    assert optics.camera_faults(tables["cameras"]) == []


def test_every_shape_is_valid(tables):
    for table in tables.values():
        assert shapely.is_valid(np.asarray(table.geometry.array)).all()


def test_the_same_seed_gives_the_same_and_another_gives_another():
    size = CitySize(buildings=150, cameras=60, incidents=200)
    one, again = simulate_city(size, seed=3), simulate_city(size, seed=3)
    other = simulate_city(size, seed=4)
    for name, made in one.items():
        assert_geodataframe_equal(made.table, again[name].table)
        assert not made.table.geometry.equals(other[name].table.geometry)


def test_more_incidents_move_neither_buildings_nor_cameras():
    few = simulate_city(CitySize(200, 80, 10), seed=3)
    many = simulate_city(CitySize(200, 80, 900), seed=3)
    for name in ("buildings", "streets", "places", "areas", "cameras"):
        assert_geodataframe_equal(few[name].table, many[name].table)


@settings(max_examples=12, deadline=None)
@given(
    st.integers(1, 400), st.integers(0, 200), st.integers(0, 300), st.integers(0, 9999)
)
def test_a_city_of_any_size_keeps_the_tables_rules(buildings, cameras, events, seed):
    made = simulate_city(CitySize(buildings, cameras, events), seed=seed)
    assert len(made["buildings"].table) == buildings
    assert len(made["cameras"].table) == cameras
    for name, one in made.items():
        assert model.find_faults(name, one.table) == []
        assert shapely.is_valid(np.asarray(one.table.geometry.array)).all()
    assert optics.camera_faults(made["cameras"].table) == []


def test_counts_and_seeds_that_cannot_be_are_refused():
    with pytest.raises(InputError, match=r"number of cameras is -1; allowed: 0 to 20"):
        CitySize(10, -1, 0)
    with pytest.raises(InputError, match=r"number of buildings is 0; allowed: 1 to"):
        CitySize(0, 0, 0)
    with pytest.raises(InputError, match=r"number of calls is 30,000,000; allowed"):
        CitySize(1, 0, 0, calls=30_000_000)
    with pytest.raises(InputError, match=r"the seed is -2; allowed: 0 or more"):
        simulate_city(CitySize(1, 0, 0), seed=-2)


def test_no_building_stands_in_another_in_the_street_or_in_the_river(metric):
    shapes = np.asarray(metric["buildings"].geometry.array)
    one, two = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    shared = shapely.area(shapely.intersection(shapes[one], shapes[two]))
    # Tables hold seven decimals of a degree: walls may cross by a centimetre.
    assert shared[one != two].max(initial=0.0) < 0.5
    for name in ("streets", "water"):
        tree = shapely.STRtree(np.asarray(metric[name].geometry.array))
        assert tree.query(shapes, predicate="intersects").size == 0


def test_some_buildings_have_courts_and_heights_go_with_the_district(metric):
    buildings = metric["buildings"]
    rings = shapely.get_num_interior_rings(np.asarray(buildings.geometry.array))
    assert 5 < (rings > 0).sum() < 0.2 * len(buildings)
    known = buildings["height_m"].notna()
    assert 0.6 < known.mean() < 0.9
    middle = shapely.Point(buildings.total_bounds.reshape(2, 2).mean(axis=0))
    reach = buildings.distance(middle)
    heights = buildings["height_m"][known]
    middle_most = heights[reach[known].nsmallest(25).index]
    assert middle_most.median() > 1.5 * heights.median()


def test_streets_meet_in_nodes_and_nowhere_else(metric):
    lines = np.asarray(metric["streets"].geometry.array)
    one, two = shapely.STRtree(lines).query(lines, predicate="crosses")
    apart = one < two
    where = shapely.intersection(lines[one[apart]], lines[two[apart]])
    # A centimetre of rounding may let two that share an end cross beside it.
    for point, first in zip(where, lines[one[apart]], strict=True):
        assert shapely.distance(point, first.boundary) < 0.05
    ends = {}
    for row in metric["streets"].itertuples():
        for node, at in ((row.u, 0), (row.v, -1)):
            ends.setdefault(node, set()).add(row.geometry.coords[at])
    assert all(len(places) == 1 for places in ends.values())
    assert metric["streets"]["street_id"].is_unique


def test_streets_are_no_grid_and_some_end_between_crossings(metric):
    streets = metric["streets"]
    assert {"primary", "secondary", "tertiary", "residential"} <= set(
        streets["highway"]
    )
    nodes = pd.concat([streets["u"], streets["v"]]).value_counts()
    ends = {row.u: row.geometry.coords[0] for row in streets.itertuples()}
    ends |= {row.v: row.geometry.coords[-1] for row in streets.itertuples()}
    inner = metric["areas"].union_all().buffer(-40.0)
    dead = [ends[node] for node, count in nodes.items() if count == 1]
    assert shapely.contains_xy(inner, np.array(dead)).sum() > 0.02 * len(nodes)
    assert (nodes == 3).sum() > (nodes == 4).sum() * 0.5
    lines = np.asarray(streets.geometry.array)
    step = shapely.get_coordinates(shapely.get_point(lines, -1)) - (
        shapely.get_coordinates(shapely.get_point(lines, 0))
    )
    turn = np.degrees(np.arctan2(step[:, 1], step[:, 0])) % 90.0
    shares = np.histogram(turn, bins=9, range=(0.0, 90.0))[0] / len(turn)
    assert shares.max() < 0.35
    assert 0.05 < (shapely.get_num_coordinates(lines) > 2).mean() < 0.6
    assert shapely.length(lines).min() > 1.0
    assert streets["name"].notna().all()
    assert streets["name"].nunique() > 50


def test_a_street_keeps_its_name_and_its_way_along_its_blocks(tables):
    streets = tables["streets"]
    assert streets.groupby("name").size().median() >= 2
    assert not streets[["name", "oneway"]].drop_duplicates()["name"].duplicated().any()


def test_places_stand_in_their_building(tables):
    places = tables["places"].merge(
        tables["buildings"][["building_id", "geometry"]],
        on="building_id",
        suffixes=("", "_of"),
    )
    assert len(places) == len(tables["places"])
    inside = shapely.contains(
        places["geometry_of"].to_numpy(), places["geometry"].to_numpy()
    )
    assert inside.mean() > 0.97
    assert places["category"].nunique() > 10
    assert places["naics"].str.fullmatch(r"\d{6}").all()


def test_areas_of_each_kind_tile_the_city_and_hold_the_same_people(metric):
    areas = metric["areas"]
    whole = {}
    for kind, some in areas.groupby("kind"):
        union = some.union_all()
        assert union.area == pytest.approx(some.area.sum(), rel=1e-5)
        whole[kind] = union
        inside = shapely.contains(union.buffer(0.1), metric["buildings"].geometry)
        assert inside.all()
    assert set(whole) == {"neighbourhood", "zone"}
    assert whole["zone"].symmetric_difference(whole["neighbourhood"]).area < 50.0
    people = areas.groupby("kind")["population"].sum()
    assert people["zone"] == people["neighbourhood"] > 1000


def test_cameras_are_of_every_kind_tier_and_state_and_lack_what_lists_lack(tables):
    cameras = tables["cameras"]
    layout = model.table("cameras").columns
    for name in ("kind", "access", "status"):
        assert set(cameras[name]) == set(layout[name].allowed or ())
    for name in ("bearing_deg", "hfov_deg", "width_px", "mount_height_m", "active_to"):
        assert 0.02 < cameras[name].isna().mean() < 0.99
    assert cameras["ptz_presets"].notna().any()
    assert cameras["recording_hours"].nunique() > 3
    for name in ("position_error_m", "bearing_error_deg", "ir_range_m", "range_m"):
        assert cameras[name].notna().any()
    assert (cameras["active_to"].dropna() > cameras["active_from"].dropna().min()).all()
    shared = cameras[~cameras["owner_id"].str.endswith("city")]
    tiers = shared[["owner_id", "access"]].drop_duplicates()
    assert tiers["owner_id"].is_unique


def test_a_camera_at_a_place_without_a_name_is_named_by_its_house(tables):
    nameless = tables["places"].loc[tables["places"]["name"].isna()]
    assert len(nameless)

    names = tables["cameras"]["name"].dropna()
    assert not names.str.contains(r"^(?:nan|None|<NA>)\b").any()


def test_most_cameras_look_away_from_the_wall_they_hang_on(metric):
    cameras = metric["cameras"]
    shapes = np.asarray(metric["buildings"].geometry.array)
    points = np.asarray(cameras.geometry.array)
    row, at = shapely.STRtree(shapes).query(points, predicate="dwithin", distance=0.4)
    hung = row[~shapely.contains(shapes[at], points[row])]
    assert len(np.unique(hung)) > 0.6 * len(cameras)
    bearing = cameras["bearing_deg"].to_numpy()
    ahead = shapely.get_coordinates(points) + 1.0 * np.stack(
        [np.sin(np.radians(bearing)), np.cos(np.radians(bearing))], axis=1
    )
    known = np.unique(hung[np.isfinite(bearing[hung])])
    blocked = shapely.STRtree(shapes).query(
        shapely.points(ahead[known]), predicate="intersects"
    )[0]
    assert len(np.unique(blocked)) < 0.1 * len(known)


def test_incidents_cluster_by_street_and_follow_one_another_nearby(tables, metric):
    incidents = tables["incidents"]
    counts = incidents["address"].value_counts()
    assert counts.iloc[: len(counts) // 20].sum() / counts.sum() > 0.3
    points = metric["incidents"].geometry
    keys = pd.DataFrame(
        {
            "code": incidents["offense_code"],
            "x": points.x // 150.0,
            "y": points.y // 150.0,
            "at": incidents["occurred_from"],
        }
    )

    def soon(table):
        ordered = table.sort_values("at", kind="stable")
        waits = ordered.groupby(["code", "x", "y"])["at"].diff()
        return int((waits < pd.Timedelta(days=14)).sum())

    # The same places and the same times, each offence's times dealt out anew.
    dealt = keys.assign(
        at=keys.groupby("code")["at"].transform(
            lambda times: times.sample(frac=1.0, random_state=1).to_numpy()
        )
    )
    assert soon(keys) > 1.2 * soon(dealt)


def test_incidents_say_what_their_points_stand_for(tables, metric):
    incidents = metric["incidents"]
    kinds = incidents["location_kind"]
    assert set(kinds) == {"exact", "block", "intersection", "address"}
    buildings = np.asarray(metric["buildings"].geometry.array)
    lines = np.asarray(metric["streets"].geometry.array)
    points = np.asarray(incidents.geometry.array)
    mine = points[kinds == "address"]
    inside = np.unique(shapely.STRtree(buildings).query(mine, predicate="within")[0])
    assert len(inside) > 0.99 * len(mine)
    for kind, far in (("block", 0.05), ("intersection", 0.05), ("exact", 7.2)):
        some = points[kinds == kind]
        near = shapely.STRtree(lines).query_nearest(some, return_distance=True)[1]
        assert near.max() < far
    crossings = tables["incidents"]["address"][kinds == "intersection"]
    assert crossings.str.contains(" & ").mean() > 0.8
    blocks = tables["incidents"]["address"][kinds == "block"]
    assert blocks.str.fullmatch(r"\d*00? block of .+").all()


def test_times_run_forward_inside_three_years_and_follow_the_hours(tables):
    incidents = tables["incidents"]
    start, end = pd.Timestamp("2023-01-01"), pd.Timestamp("2026-01-01")
    first = start.tz_localize(CITY_TIME_ZONE)
    last = end.tz_localize(CITY_TIME_ZONE)
    assert incidents["occurred_from"].is_monotonic_increasing
    assert (incidents["occurred_from"] >= first).all()
    assert (incidents["reported_at"] < last).all()
    assert (incidents["occurred_to"] >= incidents["occurred_from"]).all()
    assert (incidents["reported_at"] >= incidents["occurred_to"]).all()
    local = incidents["occurred_from"].dt.tz_convert(CITY_TIME_ZONE)
    lifted = local[incidents["offense_code"] == "23C"].dt.hour
    assert set(lifted) <= set(range(7, 23))
    months = local.dt.month.value_counts()
    assert months[[6, 7, 8]].sum() > 1.1 * months[[1, 2, 12]].sum()


def test_calls_are_about_incidents_or_other_things_and_lie_in_zones(tables):
    calls, incidents = tables["calls"], tables["incidents"]
    about = calls["incident_id"].notna()
    assert about.mean() == pytest.approx(0.4, abs=0.001)
    assert calls["incident_id"].dropna().isin(incidents["incident_id"]).all()
    assert calls["incident_id"].dropna().is_unique
    assert calls["received_at"].is_monotonic_increasing
    counted = model.counted_calls(calls)
    assert 0.5 < counted.mean() < 0.95
    assert calls["district"].str.fullmatch(r"Z\d+").all()


def test_without_cameras_and_events_there_is_a_city_still():
    made = simulate_city(CitySize(30, 0, 0, places=0), seed=1)
    assert len(made["buildings"].table) == 30
    for name in ("cameras", "incidents", "calls", "places"):
        assert len(made[name].table) == 0


def test_draws_keep_their_weights():
    rng = np.random.default_rng(0)
    drawn = draw_index([1.0, 3.0, 0.0], 40_000, rng)
    assert np.bincount(drawn, minlength=3)[2] == 0
    assert (drawn == 1).mean() == pytest.approx(0.75, abs=0.01)
    assert set(draw_words({"a": 0.0, "b": 1.0}, 5, rng)) == {"b"}


def test_the_rules_name_offences_and_kinds_that_the_model_knows():
    rules = city_rules()
    assert {one["code"] for one in rules["incidents"]["more"]} <= set(
        model.nibrs_codes()
    )
    kinds = set(model.table("cameras").columns["kind"].allowed or ())
    assert {one["kind"] for one in rules["cameras"]["models"]} == kinds
    plans = {plan for use in rules["uses"].values() for plan in use["plans"]}
    assert plans <= {*rules["plans"], "perimeter", "none"}
