"""The view store holds what the summary says, and more."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely import Point, Polygon, box

from coveragekit.dashboards.planner.answers import Answers
from coveragekit.dashboards.planner.filter_panel import picker_terms
from coveragekit.dashboards.planner.filters import Filters
from coveragekit.dashboards.planner.terms import Terms
from coveragekit.errors import StudyError
from coveragekit.optics import Footprints
from coveragekit.study import Study
from coveragekit.study.view_cameras import check_alike
from coveragekit.view import Store
from tests.study import towns

RING = [-45.0, 45.0, 135.0, 225.0]


def town_cameras() -> gpd.GeoDataFrame:
    """
    Of every tier, kind, state and light.

    One turns by presets, one's bearing is not known, one is out of service, one is so
    far that only a looser band than the study's reaches the town.
    """
    presets = json.dumps(
        [{"bearing_deg": 90, "dwell_share": 0.5}, {"bearing_deg": 270, "hfov_deg": 60}]
    )
    rows = [
        # id, x, y, bearing, access, kind, width, ir, presets, status
        ("east", 50, 10, 90.0, "public", "bullet", 3750, 20.0, None, "online"),
        ("all", 20, 10, np.nan, "registered", "dome", 2560, np.nan, None, "online"),
        ("ptz", 70, 8, 0.0, "integrated", "ptz", 1920, 30.0, presets, "online"),
        ("plan", 90, 5, 270.0, "planned", "bullet", 3750, np.nan, None, "unknown"),
        ("gone", 10, 5, 90.0, "public", "bullet", 3750, np.nan, None, "online"),
        ("off", 40, 12, 180.0, "public", "turret", 3750, 30.0, None, "offline"),
        ("far", 240, 10, 270.0, "public", "bullet", 3750, 200.0, None, "online"),
    ]
    names = ["camera_id", "x", "y", "bearing_deg", "access", "kind", "width_px"]
    frame = pd.DataFrame(rows, columns=[*names, "ir_range_m", "ptz_presets", "status"])
    left = pd.to_datetime(["2021-01-01"], utc=True)[0]
    return gpd.GeoDataFrame(
        frame.drop(columns=["x", "y"]).assign(
            hfov_deg=90.0,
            mount_height_m=[1.5, 4.0, 5.0, 3.0, 1.5, 6.0, 1.5],
            tilt_deg=[0.0, 10.0, 15.0, 5.0, 0.0, 30.0, 0.0],
            active_to=[left if row[0] == "gone" else pd.NaT for row in rows],
            name=[f"The {row[0]} camera" for row in rows],
        ),
        geometry=[towns.at(row[1], row[2]) for row in rows],
        crs=towns.CRS,
    )


def town_incidents() -> gpd.GeoDataFrame:
    """Forty around the town, of every kind of place; some untimed, some on a block."""
    rng = np.random.default_rng(3)
    xy = rng.uniform((-5, 0), (105, 60), (40, 2)).round(1)
    begin = pd.Series(pd.date_range("2022-01-01", periods=40, freq="31h", tz="UTC"))
    kinds = np.array(["exact", "block", "intersection", "address"])
    return gpd.GeoDataFrame(
        {
            "incident_id": [f"i{row:02d}" for row in range(40)],
            "category": rng.choice(["AUTO THEFT", "ROBBERY", "FRAUD"], 40),
            "offense_code": ["11A" if row % 7 == 3 else None for row in range(40)],
            "occurred_from": begin.where(np.arange(40) % 9 != 0),
            "occurred_to": begin + pd.Timedelta(hours=3),
            "location_kind": rng.choice(kinds, 40),
            "location_error_m": np.where(rng.random(40) < 0.3, 8.0, np.nan),
            "weight": np.where(rng.random(40) < 0.5, np.nan, 5.0),
        },
        geometry=[towns.at(x, y) for x, y in xy],
        crs=towns.CRS,
    )


def town_calls() -> gpd.GeoDataFrame:
    """Ten, one of them cancelled."""
    rng = np.random.default_rng(4)
    xy = rng.uniform((0, 0), (100, 20), (10, 2)).round(1)
    times = pd.date_range("2022-01-01 23:30", periods=10, freq="7h", tz="UTC")
    return gpd.GeoDataFrame(
        {
            "call_id": [f"k{row}" for row in range(10)],
            "call_type": ["ALARM", "NOISE"] * 5,
            "disposition": [*["report"] * 9, "CANCELLED"],
            "received_at": times,
        },
        geometry=[towns.at(x, y) for x, y in xy],
        crs=towns.CRS,
    )


def town_areas() -> gpd.GeoDataFrame:
    """Two beats beside each other, a small one within, and a ward round all."""
    shapes = [box(-60, -60, 50, 120), box(50, -60, 160, 120), box(60, 0, 80, 20)]
    return gpd.GeoDataFrame(
        {
            "area_id": ["w", "e", "small", "ward"],
            "name": ["West", "East", "Market", None],
            "kind": ["beat", "beat", "beat", "ward"],
            "population": [100, 200, None, 300],
        },
        geometry=[towns.moved(one) for one in [*shapes, box(-60, -60, 160, 120)]],
        crs=towns.CRS,
    )


def town_water() -> gpd.GeoDataFrame:
    pond = Polygon([(0, 0), (9, 0), (9, 9), (0, 9)], [[(3, 3), (6, 3), (6, 6)]])
    return gpd.GeoDataFrame(
        {"water_id": ["pond"], "name": ["Pond"]},
        geometry=[towns.moved(pond)],
        crs=towns.CRS,
    )


@pytest.fixture(scope="module", params=["now", "preset", "reach", "surface"])
def study(request, tmp_path_factory: pytest.TempPathFactory) -> Study:
    way = request.param
    made = towns.make_town(
        tmp_path_factory.mktemp("studies") / "town",
        cameras=town_cameras(),
        incidents=town_incidents(),
        calls=town_calls(),
        areas=town_areas(),
        water=town_water(),
        buildings=towns.buildings().assign(height_m=[6.0, np.nan]),
    )
    changes = {"relief": "surface"} if way == "surface" else {"ptz": way}
    made = made.with_settings(time_zone="America/Chicago", **changes)
    made.build()
    return made


@pytest.fixture(scope="module")
def store(study: Study) -> Store:
    return Store.open(study.path)


def chances(store: Store, places, flags, *, band=None, light="day"):
    """How surely each place is seen, as slowly as the contract says it."""
    band = store.meta["band"] if band is None else band
    views, found = store.views, []
    for row in range(len(places)):
        of_camera: dict[int, float] = {}
        for at in range(places.ptr[row], places.ptr[row + 1]):
            view = int(places.view[at])
            if flags[view] and getattr(places, light)[at] > band:
                camera = int(views.camera[view])
                before = of_camera.get(camera, 0.0)
                of_camera[camera] = before + float(views.probability[view])
        found.append(1.0 - np.prod([1.0 - min(p, 1.0) for p in of_camera.values()]))
    return np.array(found)


def share(store: Store, name: str, flags, **asked) -> float:
    """The share of a measure that views see."""
    if name == "street_length":
        seen = chances(store, store.streets, flags, **asked)
        return float(store.streets.weight @ seen) / store.meta["totals"]["streets"]
    events = store.calls if name == "calls" else store.incidents
    places = store.call_places if name == "calls" else store.incident_places
    part = places.weight * chances(store, places, flags, **asked)
    by_support = np.add.reduceat(part, events.support_ptr[:-1])
    counted = events.counted if name != "incidents_all" else np.ones(len(events), bool)
    return float(by_support[events.support][counted].mean())


def tier_flags(store: Store, tier: str, *, now: bool = False, alone: bool = False):
    wanted = store.meta["tiers"].index(tier)
    cameras = store.cameras
    access = cameras.access == wanted if alone else cameras.access <= wanted
    flags = access & (cameras.works if now else cameras.active)
    return flags[store.views.camera]


MEASURES = ["street_length", "incidents", "incidents_all", "calls"]


@pytest.mark.parametrize("name", MEASURES)
def test_pairs_give_what_the_summary_says(study: Study, store: Store, name) -> None:
    told = study.results().summary["shares"][name]
    everyone = tier_flags(store, "registered")
    working = tier_flags(store, "registered", now=True)

    assert 0.02 < told["nominal"] < 0.98
    found = {
        "nominal": share(store, name, everyone),
        "night": share(store, name, everyone, light="night"),
        "working_now": share(store, name, working),
        "working_by_night": share(store, name, working, light="night"),
    }
    assert found == pytest.approx(
        {
            "nominal": told["nominal"],
            "night": told["by_light"]["night"]["value"],
            "working_now": told["working_now"]["value"],
            "working_by_night": told["working_by_night"]["value"],
        },
        abs=1e-6,
    )
    for tier, ways in told["by_access"].items():
        for way, value in ways.items():
            flags = tier_flags(store, tier, alone=way == "alone")
            assert share(store, name, flags) == pytest.approx(value, abs=1e-6)


def test_another_band_is_what_a_study_of_that_purpose_says(tmp_path: Path) -> None:
    study = towns.make_town(
        tmp_path / "town", cameras=town_cameras(), incidents=town_incidents()
    )
    study.build()
    store = Store.open(study.path)
    flags = tier_flags(store, "registered")
    assert store.meta["purpose"] == "observe"

    for purpose in ("monitor", "identify"):
        other = study.with_settings(purpose=purpose).build().summary["shares"]
        band = [one["name"] for one in store.meta["bands"]].index(purpose)
        for name in ("street_length", "incidents"):
            for light in ("day", "night"):
                found = share(store, name, flags, band=band, light=light)
                told = other[name]["by_light"][light]["value"]
                assert found == pytest.approx(told, abs=1e-6)


def test_naive_chances_give_the_naive_share(study: Study, store: Store) -> None:
    told = study.results().summary["shares"]["incidents"]

    counted = store.incidents.counted

    assert store.incidents.naive[counted].mean() == pytest.approx(
        told["naive"], abs=1e-6
    )


def test_bands_and_nights_are_within_each_other(store: Store) -> None:
    for places in (store.streets, store.ground, store.incident_places):
        assert (places.night <= places.day).all()
        assert (places.day >= 1).all()
        assert places.day.max() <= len(store.meta["bands"])
        for row in range(len(places)):
            seen = places.view[places.ptr[row] : places.ptr[row + 1]]
            assert (np.diff(seen) > 0).all()


def test_a_shape_cut_by_band_and_night_holds_the_places_seen(store: Store) -> None:
    # over a surface shapes are made of cells of a metre, by the fast mode
    least_m = 3.0 if store.meta["relief"] == "surface" else 0.2
    places, views = store.ground, store.views
    view_of = np.repeat(np.arange(len(places)), np.diff(places.ptr))
    judged = 0
    for view in range(len(views)):
        rings = [Polygon(ring) for ring in views.shape.rings(view)]
        shape = rings[0] if rings else Polygon()
        for ring in rings[1:]:
            shape = shape.symmetric_difference(ring)
        at = np.flatnonzero(places.view == view)
        pairs = {int(view_of[one]): one for one in at}
        edge = shape.boundary
        for place in range(0, len(places), 7):
            step = places.local[place] - views.local[view]
            point = Point(places.merc[place])
            if edge.distance(point) < least_m * views.scale[view]:
                continue
            turn = np.radians(np.nan_to_num(views.bearing_deg[view]))
            ahead = step @ (np.sin(turn), np.cos(turn))
            away = np.hypot(*step)
            limits = np.column_stack([views.reach_m[view], views.far_m[view]])
            slack = np.abs(limits - (away, ahead)).min()
            if slack < 0.2 or abs(away - views.night_m[view]) < 0.2:
                continue
            day = int(
                (shape.contains(point) & (limits > (away, ahead)).all(axis=1)).sum()
            )
            night = day if away < views.night_m[view] else 0
            pair = pairs.get(place)
            assert day == (0 if pair is None else places.day[pair])
            assert night == (0 if pair is None else places.night[pair])
            judged += 1
    assert judged > 1000
    assert (places.day > 0).any()


def test_cameras_are_all_there_with_what_is_known_of_them(store: Store) -> None:
    cameras, meta = store.cameras, store.meta
    ids = [cameras.camera_id[row] for row in range(len(cameras))]
    row = {name: ids.index(name) for name in ids}

    assert sorted(ids) == ["all", "east", "far", "gone", "off", "plan", "ptz"]
    assert cameras.name[row["east"]] == "The east camera"
    assert meta["tiers"][cameras.access[row["ptz"]]] == "integrated"
    assert meta["kinds"][cameras.kind[row["off"]]] == "turret"
    assert meta["statuses"][cameras.status[row["off"]]] == "offline"
    assert np.isnan(cameras.bearing_deg[row["all"]])
    assert cameras.bearing_deg[row["east"]] == 90.0
    assert not cameras.works[row["off"]]
    assert cameras.active[row["off"]]
    assert not cameras.used[row["gone"]]
    assert cameras.used[row["far"]]
    assert cameras.local[row["east"]] == pytest.approx(
        np.add(towns.ORIGIN, (50, 10)), abs=1e-3
    )
    assert cameras.loss_street_m[row["east"]] > 0.0
    assert cameras.active_to_s[row["gone"]] == 1_609_459_200
    assert cameras.active_to_s[row["east"]] == np.iinfo(np.int64).max
    assert cameras.active_from_s[row["east"]] == np.iinfo(np.int64).min
    kinds = meta["area_kinds"]
    assert store.areas.name[cameras.area[row["ptz"], kinds.index("beat")]] == "Market"


def test_a_camera_that_turns_has_a_view_for_each_preset(store: Store) -> None:
    cameras, views = store.cameras, store.views
    ptz = next(r for r in range(len(cameras)) if cameras.camera_id[r] == "ptz")

    mine = np.flatnonzero(views.camera == ptz)

    ways = {"now": [1.0], "preset": [0.5, 0.5], "reach": [1.0]}
    assert views.probability[mine].tolist() == ways[store.meta["ptz"]]
    assert (np.diff(views.camera) >= 0).all()
    if store.meta["ptz"] == "preset":
        assert views.bearing_deg[mine].tolist() == [90.0, 270.0]


def test_the_smallest_area_of_a_kind_holds_a_place(store: Store) -> None:
    beats, wards = (store.meta["area_kinds"].index(one) for one in ("beat", "ward"))
    areas, places = store.areas, store.streets
    names = [areas.name[row] for row in range(len(areas))]
    x = places.local[:, 0] - towns.ORIGIN[0]
    y = places.local[:, 1] - towns.ORIGIN[1]

    market = (x > 61) & (x < 79) & (y < 20)

    assert (places.area[market, beats] == names.index("Market")).all()
    assert (places.area[(x > 81), beats] == names.index("East")).all()
    assert (places.area[(x < 49), beats] == names.index("West")).all()
    assert names[3] == "ward"
    assert (places.area[:, wards] == 3).all()
    assert areas.population[names.index("East")] == 200.0
    assert np.isnan(areas.population[names.index("Market")])
    assert areas.area_km2[names.index("West")] == pytest.approx(0.0198, rel=1e-3)


def test_events_keep_their_key_category_time_and_weight(
    study: Study, store: Store
) -> None:
    events, meta = store.incidents, store.meta["incidents"]
    given = study.table("incidents").set_index("incident_id")
    inside = study.results().incident_coverage().set_index("incident_id")

    assert len(events) == len(inside) == meta["count"]
    assert (np.diff(events.key.astype(object)) >= 0).all()
    for row in range(len(events)):
        one = given.loc[events.ids[row]]
        assert meta["categories"][events.category[row]] == one["category"]
        begin = (
            one["occurred_to"]
            if pd.isna(one["occurred_from"])
            else one["occurred_from"]
        )
        for at, minute in (
            (begin, events.from_min),
            (one["occurred_to"], events.to_min),
        ):
            local = at.tz_convert("America/Chicago").tz_localize(None)
            assert minute[row] == (local - pd.Timestamp(0)).total_seconds() // 60
        assert events.weight[row] == (1.0 if pd.isna(one["weight"]) else 5.0)
        assert (
            bool(events.counted[row]) == inside.loc[events.ids[row], "street_visible"]
        )
        basis = meta["bases"][events.basis[row]]
        assert basis == inside.loc[events.ids[row], "basis"]
    assert meta["years"] > 0.0
    # midnight in Greenwich is the evening before in Chicago
    assert meta["from_day"] == "2021-12-31"


@pytest.mark.parametrize(
    ("what", "end"),
    [("a span that is open for a year", "2023-01-20"), ("a slip", "2032-01-20")],
)
def test_the_last_day_is_the_last_on_which_something_began(tmp_path, what, end) -> None:
    given = town_incidents()
    given.loc[5, "occurred_to"] = pd.Timestamp(end, tz="UTC")
    latest = given["occurred_from"].max().tz_convert("America/Chicago")
    study = towns.make_town(tmp_path / "town", cameras=town_cameras(), incidents=given)
    study.build()
    store = Store.open(study.path)

    row = next(
        at for at in range(len(store.incidents)) if store.incidents.ids[at] == "i05"
    )
    ended = store.incidents.to_min[row] // 1440
    assert np.datetime64(0, "D") + ended > latest.to_datetime64(), what
    meta = store.meta["incidents"]
    assert meta["to_day"] == f"{latest:%Y-%m-%d}", what
    assert meta["years"] < 0.2
    terms = Terms.of(store)
    last_28 = picker_terms(terms)["presets"][0]["dates"]
    assert last_28[1] == meta["to_day"]
    answers = Answers(store, study.results().summary)
    series = answers.series(Filters())
    assert series.months[-1] == date(2022, 2, 1)
    assert [one.now[1].isoformat() for one in series.changes] == [meta["to_day"]] * 3
    assert series.changes[0].count > 0.0


def test_events_whose_place_could_name_a_victim_are_marked(
    study: Study, store: Store
) -> None:
    events = store.incidents
    codes = study.table("incidents").set_index("incident_id")["offense_code"]

    marked = [events.ids[row] for row in np.flatnonzero(events.protected)]
    assert sorted(marked) == sorted(set(codes[codes == "11A"].index) & set(events.ids))
    assert len(marked) > 1
    assert not store.calls.protected.any()


def test_calls_have_their_type_and_local_day(store: Store) -> None:
    calls, meta = store.calls, store.meta["calls"]

    assert meta["categories"] == ["ALARM", "NOISE"]
    assert len(calls) == 10
    assert int((~calls.counted).sum()) == 1
    # half past eleven at night in Greenwich is half past five in Chicago
    assert calls.from_min.min() % 1440 == 17 * 60 + 30
    assert (calls.from_min == calls.to_min).all()


def test_places_of_a_gap_are_counted_to_it(study: Study, store: Store) -> None:
    gaps = study.results().gaps()

    assert len(store.gaps) == len(gaps) > 0
    assert store.gaps.rank.tolist() == list(range(1, len(gaps) + 1))
    assert store.gaps.name[0] == gaps["name"].iloc[0]
    median = gaps["incidents_median"].to_numpy(dtype=float, na_value=np.nan)
    np.testing.assert_array_equal(store.gaps.incidents_median, np.float32(median))
    flags = tier_flags(store, "registered")
    unseen = chances(store, store.incident_places, flags) == 0.0
    assert (store.incident_places.gap[unseen] >= 0).mean() > 0.6
    shapes = gaps.to_crs(towns.CRS).geometry
    for places, away_m in ((store.incident_places, 17.0), (store.streets, 0.01)):
        rows = np.flatnonzero(places.gap >= 0)
        assert len(rows)
        for row in rows:
            near = shapes.iloc[places.gap[row]]
            assert near.distance(Point(places.local[row])) <= away_m


def test_what_is_drawn_keeps_its_form(store: Store) -> None:
    water, streets = store.water, store.street_lines

    assert [len(ring) for ring in water.shape.rings(0)] == [5, 4]
    assert water.name[0] == "Pond"
    assert sorted(streets.name[row] for row in streets.name_of) == [
        "Cross Street",
        "Main Street",
    ]
    assert streets.rank.tolist() == [5, 5]
    assert streets.public.all()
    assert np.isnan(store.buildings.height_m).sum() == 1
    assert len(store.outline) == 1
    box_of = store.outline.shape.box[0]
    assert store.meta["bounds_merc"] == box_of.tolist()


def test_the_lattice_stands_for_all_public_ground(study: Study, store: Store) -> None:
    told = study.results().summary["shares"]["area"]

    total = store.ground.weight.sum()

    assert total == pytest.approx(told["total"], rel=0.01)
    seen = chances(store, store.ground, tier_flags(store, "registered"))
    found = float(store.ground.weight @ seen) / total
    assert found == pytest.approx(told["nominal"], abs=0.01)


def test_a_town_without_events_areas_and_water_has_a_store(tmp_path: Path) -> None:
    study = towns.make_town(tmp_path / "town", incidents=town_incidents().iloc[:0])
    study.build()

    store = Store.open(study.path)

    assert store.incidents is None
    assert store.calls is None
    assert store.meta["calls"] is None
    assert len(store.incident_places) == 0
    assert len(store.areas) == 0
    assert store.streets.area.shape == (75, 0)
    assert len(store.water) == 0


def test_a_town_without_cameras_has_a_store(tmp_path: Path) -> None:
    study = towns.make_town(tmp_path / "town", cameras=towns.cameras().iloc[:0])
    study.build()

    store = Store.open(study.path)

    assert len(store.cameras) == 0
    assert len(store.views) == 0
    assert store.streets.ptr.tolist() == [0] * 76


def test_an_open_store_outlives_another_build(tmp_path: Path) -> None:
    study = towns.make_town(tmp_path / "town")
    study.build()
    store = Store.open(study.path)
    assert store.is_current()

    study.with_settings(purpose="detect").build()

    assert not store.is_current()
    assert store.cameras.camera_id[0] == "c1"
    assert store.meta["purpose"] == "observe"
    fresh = Store.open(study.path)
    assert fresh.meta["purpose"] == "detect"
    assert fresh.meta["build_id"] != store.meta["build_id"]


def test_a_study_that_was_never_built_asks_for_a_build(tmp_path: Path) -> None:
    study = towns.make_town(tmp_path / "town")

    with pytest.raises(StudyError, match="no results; build the study first"):
        Store.open(study.path)


@pytest.mark.parametrize("way", ["now", "preset"])
def test_noted_rows_of_scenes_give_the_shares_of_the_scenes(
    tmp_path: Path, way: str
) -> None:
    errors = {"position_error_m": 3.0, "bearing_error_deg": 20.0, "range_error_m": 5.0}
    study = towns.make_town(
        tmp_path / "town",
        cameras=town_cameras().assign(**errors),
        incidents=town_incidents(),
        calls=town_calls(),
    )
    study.with_settings(scenes=8, ptz=way).build()

    scenes = Store.open(study.path).scenes

    told = json.loads((study.results().path / "scenes.json").read_text("utf-8"))
    store = Store.open(study.path)
    assert (scenes.count, scenes.level) == (8, told["level"])
    assert scenes.groups == ("public", "integrated", "registered", "planned", "working")
    weights = {
        "streets": store.streets.weight,
        "incidents": store.incidents.counted.astype(float),
        "calls": store.calls.counted.astype(float),
    }
    widths = set()
    for name, weight in weights.items():
        rows = scenes.rows[name]
        assert len(set(rows.tolist())) == len(rows)
        assert weight[rows].sum() == pytest.approx(weight.sum())
        for light in ("day", "night"):
            for group in scenes.groups:
                shares = scenes.seen(name, light, group) @ weight[rows] / weight.sum()
                measure = "street_length" if name == "streets" else name
                nested = group if group == "working" else f"nested:{group}"
                found = told["measures"][measure][light][nested]
                off = 0.05 if (way, name) == ("preset", "streets") else 1e-6
                assert np.median(shares) == pytest.approx(found["value"], abs=off)
                low = np.quantile(shares, 0.05, method="weibull")
                assert low == pytest.approx(found["low"], abs=2 * off)
                widths.add(round(found["high"] - found["low"], 3))
    assert len(widths) > 5


def test_noted_rows_are_at_their_own_places(tmp_path: Path) -> None:
    """Without errors and chances every scene sees what is seen."""
    surely = town_cameras()
    surely = surely[surely["camera_id"].isin(["east", "off"])]
    exact = town_incidents().drop(columns=["location_error_m"])
    study = towns.make_town(
        tmp_path / "town",
        cameras=surely.assign(
            position_error_m=0.0,
            bearing_error_deg=0.0,
            range_error_m=0.0,
            hfov_error_deg=0.0,
            height_error_m=0.0,
        ),
        incidents=exact.assign(location_kind="exact"),
    )
    study.with_settings(scenes=2).build()

    store = Store.open(study.path)
    scenes = store.scenes

    flags = tier_flags(store, "registered")
    along = chances(store, store.streets, flags)[scenes.rows["streets"]]
    assert set(along.tolist()) == {0.0, 1.0}
    for scene in scenes.seen("streets", "day", "registered"):
        assert (scene == (along > 0)).mean() > 0.97
    places, events = store.incident_places, store.incidents
    part = places.weight * chances(store, places, flags)
    whole = np.add.reduceat(part, events.support_ptr[:-1])[events.support]
    whole = whole[scenes.rows["incidents"]]
    for scene in scenes.seen("incidents", "day", "registered"):
        sure = (whole < 0.01) | (whole > 0.99)
        assert sure.sum() > 10
        assert (scene[sure] == (whole[sure] > 0.5)).mean() > 0.9


def test_edges_that_move_with_the_density_are_noticed() -> None:
    planes = np.full((1, 4, 3), (0.0, 0.0, np.inf))
    wide = Footprints(np.array([45.0]), np.array([30.0]), np.zeros(1), planes)
    far = planes.copy()
    far[0, 1] = (0.0, 1.0, 9.0)
    near = planes.copy()
    near[0, 0] = (0.0, -1.0, -3.0)
    blind = replace(wide, reach_m=np.zeros(1), planes=near)

    check_alike([wide, replace(wide, planes=far), blind])

    for other in (replace(wide, planes=near), replace(wide, near_m=np.ones(1))):
        with pytest.raises(AssertionError):
            check_alike([wide, other])
