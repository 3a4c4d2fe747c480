"""Made-up incidents, calls and camera aims."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from geopandas.testing import assert_geodataframe_equal
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import LineString, Point, box

from coveragekit import model
from coveragekit.crs import to_grid_bearing_deg
from coveragekit.errors import CRSError, InputError
from coveragekit.sources.synth import (
    simulate_calls,
    simulate_camera_aims,
    simulate_incidents,
)
from coveragekit.sources.synth_draws import draw_keys, draw_times, made_up

HELSINKI = ZoneInfo("Europe/Helsinki")
PERIOD = {
    "start": datetime(2024, 1, 1, tzinfo=HELSINKI),
    "end": datetime(2026, 1, 1, tzinfo=HELSINKI),
}
NO_ZONE = PERIOD["start"].replace(tzinfo=None)
METRIC = "EPSG:32635"
OFFSET = np.array([385_000.0, 6_672_000.0])


def table(table_name, key, shapes, **columns):
    """Give a table from shapes in metres around a corner of Helsinki."""
    frame = gpd.GeoDataFrame(
        {key: [f"{table_name}-{row}" for row in range(len(shapes))], **columns},
        geometry=[shapely.transform(one, lambda xy: xy + OFFSET) for one in shapes],
        crs=METRIC,
    )
    return model.conform(table_name, frame.to_crs(4326))


@pytest.fixture(scope="module")
def town():
    """Ten by ten blocks of 80 m, a house of 40 m in each, streets between them."""
    houses = [
        box(80 * i + 20, 80 * j + 20, 80 * i + 60, 80 * j + 60)
        for i in range(10)
        for j in range(10)
    ]
    lines = []
    for i in range(11):
        for j in range(10):
            lines.append(LineString([(80 * i, 80 * j), (80 * i, 80 * j + 80)]))
            lines.append(LineString([(80 * j, 80 * i), (80 * j + 80, 80 * i)]))
    streets = table(
        "streets",
        "street_id",
        lines,
        highway=["residential"] * len(lines),
        name=[f"Street {row}" for row in range(len(lines))],
    )
    return streets, table("buildings", "building_id", houses)


@pytest.fixture(scope="module")
def incidents(town):
    return simulate_incidents(*town, 4000, rng=7, **PERIOD)


def test_incidents_are_a_checked_table_that_says_it_is_made_up(incidents):
    assert len(incidents) == 4000
    assert model.find_faults("incidents", incidents) == []
    assert incidents["incident_id"].str.startswith("simulated-").all()
    assert incidents["occurred_from"].is_monotonic_increasing


def test_the_same_seed_gives_the_same_and_another_gives_another(town):
    one = simulate_incidents(*town, 50, rng=3, **PERIOD)
    again = simulate_incidents(*town, 50, rng=np.random.default_rng(3), **PERIOD)
    other = simulate_incidents(*town, 50, rng=4, **PERIOD)
    assert_geodataframe_equal(one, again)
    assert not one["occurred_from"].equals(other["occurred_from"])


def test_times_follow_each_other_inside_the_period(incidents):
    start, end = pd.Timestamp(PERIOD["start"]), pd.Timestamp(PERIOD["end"])
    assert (incidents["occurred_from"] >= start).all()
    assert (incidents["occurred_from"] < end).all()
    assert (incidents["occurred_to"] >= incidents["occurred_from"]).all()
    assert (incidents["reported_at"] >= incidents["occurred_to"]).all()
    assert (incidents["reported_at"] <= end).all()


def test_what_somebody_saw_has_one_time_and_what_nobody_saw_has_a_span(incidents):
    spans = incidents["occurred_to"] - incidents["occurred_from"]
    assert (spans[incidents["offense_code"] == "120"] == pd.Timedelta(0)).all()
    assert spans[incidents["offense_code"] == "23F"].median() > pd.Timedelta(hours=2)


def test_shops_are_robbed_of_goods_while_they_are_open(incidents):
    local = incidents["occurred_from"].dt.tz_convert(HELSINKI)
    lifted = local[incidents["offense_code"] == "23C"].dt.hour
    assert len(lifted) > 100
    assert set(lifted) <= set(range(7, 23))


def test_cars_are_broken_into_by_night(incidents):
    local = incidents["occurred_from"].dt.tz_convert(HELSINKI)
    hours = local[incidents["offense_code"] == "23F"].dt.hour
    assert ((hours < 5) | (hours >= 19)).mean() > 0.6


def test_a_few_blocks_hold_a_large_share(incidents):
    counts = incidents["address"].value_counts()
    hottest = counts.iloc[:11].sum() / counts.sum()  # a twentieth of the 220 streets
    assert 0.15 < hottest < 0.7


def test_over_half_are_geocoded_into_buildings(incidents, town):
    _, buildings = town
    mine = incidents[incidents["location_kind"] == "address"]
    assert 0.5 < len(mine) / len(incidents) < 0.8
    inside = gpd.sjoin(mine, buildings, predicate="within")
    assert len(inside) == len(mine)
    assert mine["location_error_m"].isna().all()


def test_the_other_kinds_are_where_they_say(incidents, town):
    streets = town[0].to_crs(METRIC).set_index("name")
    points = incidents.to_crs(METRIC)
    for kind, share, tolerance_m in (
        ("block", 0.5, 0.01),
        ("exact", None, 7.1),
        ("intersection", (0.0, 1.0), 0.01),
    ):
        mine = points[points["location_kind"] == kind]
        assert len(mine) > 30
        lines = streets.geometry[mine["address"]].to_numpy()
        here = mine.geometry.to_numpy()
        assert shapely.distance(lines, here).max() < tolerance_m
        at = shapely.line_locate_point(lines, here, normalized=True)
        if share == 0.5:
            assert np.allclose(at, 0.5, atol=1e-3)
            assert np.allclose(mine["location_error_m"], 80.0 / 12.0**0.5, atol=0.1)
        elif share is not None:
            assert np.minimum(at, 1.0 - at).max() < 1e-3


def test_offences_are_known_and_some_can_be_seen_from_the_street(incidents):
    assert set(incidents["offense_code"]) <= set(model.nibrs_codes())
    visible = model.street_visible(incidents)
    assert 0.3 < visible.mean() < 0.8
    assert not visible[incidents["offense_code"] == "23C"].any()


def test_now_and_then_a_report_holds_two_offences(incidents):
    per_report = incidents["report_id"].value_counts()
    assert 0.02 < (per_report > 1).mean() < 0.08


def test_without_buildings_nothing_is_an_address(town):
    made = simulate_incidents(town[0], model.empty("buildings"), 100, rng=0, **PERIOD)
    assert "address" not in set(made["location_kind"])


def test_none_asked_is_an_empty_table(town):
    made = simulate_incidents(*town, 0, rng=0, **PERIOD)
    assert len(made) == 0
    assert model.find_faults("incidents", made) == []
    calls = simulate_calls(made, town[0], 0, rng=0, **PERIOD)
    assert len(calls) == 0
    assert model.find_faults("calls", calls) == []


def test_what_is_given_is_not_changed(town):
    before = [frame.copy(deep=True) for frame in town]
    made = simulate_incidents(*town, 20, rng=0, **PERIOD)
    kept = made.copy(deep=True)
    simulate_calls(made, town[0], 20, rng=0, **PERIOD)
    for frame, old in zip((*town, made), (*before, kept), strict=True):
        assert_geodataframe_equal(frame, old)


def test_impossible_wishes_are_refused(town):
    streets, buildings = town
    with pytest.raises(InputError, match="cannot make -1 incidents"):
        simulate_incidents(*town, -1, rng=0, **PERIOD)
    with pytest.raises(InputError, match="no streets to put incidents on"):
        simulate_incidents(model.empty("streets"), buildings, 1, rng=0, **PERIOD)
    with pytest.raises(InputError, match="is not after the start"):
        simulate_incidents(*town, 1, rng=0, start=PERIOD["end"], end=PERIOD["start"])
    with pytest.raises(InputError, match="has no time zone"):
        simulate_incidents(
            *town,
            1,
            rng=0,
            start=NO_ZONE,
            end=PERIOD["end"],
        )
    with pytest.raises(CRSError, match="streets and buildings"):
        simulate_incidents(streets, buildings.to_crs(METRIC), 1, rng=0, **PERIOD)
    with pytest.raises(InputError, match="cannot make -1 calls"):
        simulate_calls(model.empty("incidents"), streets, -1, rng=0, **PERIOD)
    with pytest.raises(InputError, match="no streets to put calls on"):
        simulate_calls(
            model.empty("incidents"), model.empty("streets"), 1, rng=0, **PERIOD
        )


def test_streets_without_any_length_are_refused(town):
    point = LineString([(0, 0), (0, 0)])
    flat = table("streets", "street_id", [point], highway=["residential"])
    with pytest.raises(InputError, match="have no length"):
        simulate_incidents(flat, town[1], 1, rng=0, **PERIOD)


@pytest.fixture(scope="module")
def calls(incidents, town):
    return simulate_calls(incidents, town[0], 2000, rng=7, **PERIOD)


def test_calls_are_a_checked_table_in_order_of_receipt(calls):
    assert len(calls) == 2000
    assert model.find_faults("calls", calls) == []
    assert calls["call_id"].str.startswith("simulated-call-").all()
    assert calls["received_at"].is_monotonic_increasing


def test_a_call_is_sent_out_arrived_at_and_closed_in_this_order(calls):
    assert (calls["dispatched_at"] >= calls["received_at"]).all()
    assert (calls["closed_at"] >= calls["dispatched_at"]).all()
    come = calls[calls["arrived_at"].notna()]
    assert (come["arrived_at"] >= come["dispatched_at"]).all()
    assert (come["closed_at"] >= come["arrived_at"]).all()


def test_urgent_calls_are_sent_out_sooner(calls):
    waited = (calls["dispatched_at"] - calls["received_at"]).dt.total_seconds()
    others = calls["origin"] != "OFFICER INITIATED"
    median = waited[others].groupby(calls["priority"]).median()
    assert median["1"] < median["2"] < median["3"]


def test_nobody_arrives_at_a_cancelled_or_duplicate_call(calls):
    early = calls["disposition"].isin(["CANCELLED BY CALLER", "DUPLICATE CALL"])
    assert early.any()
    assert calls.loc[early, "arrived_at"].isna().all()
    assert calls.loc[~early, "arrived_at"].notna().all()


def test_every_reason_to_set_a_call_apart_occurs(calls):
    reasons = model.call_set_apart(calls)
    assert set(reasons.dropna()) == {"cancelled", "duplicate", "officer-initiated"}
    assert 0.6 < model.counted_calls(calls).mean() < 0.9


def test_some_calls_are_about_incidents_where_these_are(calls, incidents):
    about = calls[calls["incident_id"].notna()]
    assert len(about) == 800
    assert about["incident_id"].is_unique
    theirs = incidents.set_index("incident_id").loc[about["incident_id"]]
    assert about.geometry.to_numpy().tolist() == theirs.geometry.to_numpy().tolist()
    assert (about["received_at"].to_numpy() == theirs["reported_at"].to_numpy()).all()


def test_calls_are_the_same_for_the_same_seed(incidents, town):
    one = simulate_calls(incidents, town[0], 60, rng=5, **PERIOD)
    assert_geodataframe_equal(
        one, simulate_calls(incidents, town[0], 60, rng=5, **PERIOD)
    )


def test_calls_can_be_made_without_incidents(town):
    made = simulate_calls(model.empty("incidents"), town[0], 30, rng=0, **PERIOD)
    assert len(made) == 30
    assert made["incident_id"].isna().all()


def cameras_at(*places, **columns):
    return table("cameras", "camera_id", [Point(place) for place in places], **columns)


def turned_deg(aimed, expected_deg):
    """Give how far each aim is from a grid bearing, -180 to 180."""
    here = aimed.to_crs(METRIC).geometry
    grid = to_grid_bearing_deg(aimed["bearing_deg"], here.x, here.y, crs=METRIC)
    return (grid - expected_deg + 180.0) % 360.0 - 180.0


@pytest.mark.parametrize(
    ("place", "outward_deg"),
    [((40, 18.5), 180.0), ((40, 61.5), 0.0), ((18.5, 40), 270.0), ((61.5, 40), 90.0)],
)
def test_a_camera_on_a_wall_looks_out_from_it(town, place, outward_deg):
    many = cameras_at(*[place] * 300)
    aimed = simulate_camera_aims(many, town[1], town[0], rng=1)
    off = turned_deg(aimed, outward_deg)
    # Of 300 draws with a spread of 22 degrees the mean is off by 1.3 or so.
    assert abs(off.mean()) < 4.0
    assert 18.0 < off.std() < 26.0


def test_a_camera_just_inside_its_wall_looks_out_too(town):
    aimed = simulate_camera_aims(
        cameras_at(*[(40, 20.4)] * 100), town[1], town[0], rng=1
    )
    assert abs(turned_deg(aimed, 180.0).mean()) < 8.0


def test_a_camera_in_a_courtyard_looks_into_it(town):
    ring = box(0, 0, 60, 60) - box(20, 20, 40, 40)
    house = table("buildings", "building_id", [ring])
    many = cameras_at(*[(30, 21)] * 100)
    aimed = simulate_camera_aims(many, house, town[0], rng=1)
    assert abs(turned_deg(aimed, 0.0).mean()) < 8.0


def test_a_camera_on_a_pole_looks_at_the_nearest_street(town):
    aimed = simulate_camera_aims(cameras_at(*[(8, 40)] * 100), town[1], town[0], rng=1)
    assert abs(turned_deg(aimed, 270.0).mean()) < 8.0


def test_with_nothing_around_cameras_look_anywhere():
    many = cameras_at(*[(0, 0)] * 200)
    aimed = simulate_camera_aims(
        many, model.empty("buildings"), model.empty("streets"), rng=1
    )
    quarters = np.histogram(aimed["bearing_deg"], bins=[0, 90, 180, 270, 360])[0]
    assert quarters.min() > 30


def test_what_a_source_said_stays(town):
    given_cameras = cameras_at(
        *[(40, 18.5), (40, 18.5)],
        bearing_deg=[12.5, None],
        kind=["alpr", "unknown"],
        access=["public", "registered"],
        status=["offline", "unknown"],
        assumed=[[], ["access"]],
    )
    aimed = simulate_camera_aims(given_cameras, town[1], town[0], rng=1)
    told = aimed.iloc[0]
    assert (told.bearing_deg, told.kind) == (12.5, "alpr")
    assert (told.access, told.status) == ("public", "offline")
    assert told.assumed == []
    assert sorted(aimed["assumed"][1]) == ["access", "bearing_deg", "kind", "status"]
    assert aimed["kind"][1] != "unknown"


def test_a_share_of_the_aims_may_stay_unknown(town):
    many = cameras_at(*[(40, 18.5)] * 400)
    aimed = simulate_camera_aims(many, town[1], town[0], rng=1, unknown_share=0.25)
    unknown = aimed["bearing_deg"].isna()
    assert 0.18 < unknown.mean() < 0.32
    marked = aimed["assumed"].map(lambda cell: "bearing_deg" in cell)
    assert (marked == ~unknown).all()
    with pytest.raises(InputError, match=r"unknown_share is 1\.5"):
        simulate_camera_aims(many, town[1], town[0], rng=1, unknown_share=1.5)


def test_every_tier_kind_and_state_occurs(town):
    many = cameras_at(*[(40, 18.5)] * 400)
    aimed = simulate_camera_aims(many, town[1], town[0], rng=1)
    rules = made_up()["cameras"]
    assert set(aimed["access"]) == set(rules["tiers"])
    assert set(aimed["kind"]) == set(rules["kinds"])
    assert set(aimed["status"]) == set(rules["statuses"])


def test_no_cameras_give_no_cameras(town):
    aimed = simulate_camera_aims(model.empty("cameras"), *town[::-1], rng=0)
    assert len(aimed) == 0


def test_aims_need_tables_of_one_crs(town):
    with pytest.raises(CRSError, match="cameras and buildings"):
        simulate_camera_aims(cameras_at((0, 0)), town[1].to_crs(METRIC), town[0], rng=0)


@settings(max_examples=30, deadline=None)
@given(
    st.datetimes(datetime(2000, 1, 1), datetime(2037, 1, 1)),  # noqa: DTZ001
    st.integers(1, 500 * 24 * 3600),
    st.sampled_from(["UTC", "Europe/Helsinki", "America/New_York", "Asia/Kathmandu"]),
    st.integers(0, 2**32),
)
def test_drawn_moments_lie_in_any_period_of_any_zone(first, seconds, zone, seed):
    start = first.replace(tzinfo=ZoneInfo(zone), microsecond=0)
    end = (pd.Timestamp(start) + pd.Timedelta(seconds=seconds)).to_pydatetime()
    patterns = ["night", "shops", "flat", "evening"] * 8
    drawn = draw_times(patterns, start, end, rng=np.random.default_rng(seed))
    assert (drawn >= pd.Timestamp(start)).all()
    assert (drawn < pd.Timestamp(end)).all()
    assert str(drawn.tz) == "UTC"


def test_the_hour_that_a_change_of_clocks_leaves_out_is_not_drawn():
    start = datetime(2024, 3, 31, tzinfo=HELSINKI)
    end = datetime(2024, 4, 1, tzinfo=HELSINKI)
    drawn = draw_times(["flat"] * 2000, start, end, rng=np.random.default_rng(0))
    assert 3 not in set(drawn.tz_convert(HELSINKI).hour)


def test_keys_are_drawn_by_their_weights():
    drawn = draw_keys({"a": 3, "b": 1, "c": 0}, 4000, np.random.default_rng(0))
    assert "c" not in set(drawn)
    assert np.mean(drawn == "a") == pytest.approx(0.75, abs=0.03)


def test_every_simulated_offence_and_pattern_is_known():
    data = made_up()
    for offence in data["offences"]:
        assert offence["code"] in model.nibrs_codes()
        assert offence["hours"] in data["hours"]
    for call in data["calls"]:
        assert call["hours"] in data["hours"]
        assert call["priority"] in data["call_times"]["dispatched_min"]
    for hours in data["hours"].values():
        assert len(hours) == 24


def test_a_short_period_in_utc_holds_all_its_reports(town):
    end = datetime(2024, 1, 2, tzinfo=UTC)
    start = datetime(2024, 1, 1, tzinfo=UTC)
    made = simulate_incidents(*town, 300, rng=0, start=start, end=end)
    assert (made["occurred_to"] <= end).all()
    assert (made["reported_at"] <= end).all()
    assert (made["reported_at"] == end).any()
