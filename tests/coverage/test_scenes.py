"""Shares with intervals, from scenes of the whole town."""

from __future__ import annotations

import io
from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely.geometry import Point, box

from coveragekit.coverage import (
    Interval,
    Looking,
    SceneInputs,
    SceneResult,
    Scenes,
    Supports,
    Targets,
    area_targets,
    camera_probability,
    combine,
    point_probability,
    scene_inputs,
    scene_result,
    scenes,
    seen,
)
from coveragekit.coverage.kernels.scenes import groups_by_row
from coveragekit.coverage.scene_cameras import draw
from coveragekit.errors import CRSError, InputError
from coveragekit.visibility import Obstacles, Surface, isovists, who_sees
from tests.benchmarks.city import CRS, facade_cameras, synthetic_city

ERRORS = {
    "position_error_m": 4.0,
    "bearing_error_deg": 12.0,
    "hfov_error_deg": 5.0,
    "height_error_m": 0.5,
    "range_error_m": 4.0,
}
PLAIN = Looking(density_px_per_m=None, north="grid")
BUILDINGS = synthetic_city(32, np.random.default_rng(1))
OBSTACLES = Obstacles.from_buildings(BUILDINGS)
AREA = box(*BUILDINGS.total_bounds).buffer(10.0)
NOTHING = gpd.GeoDataFrame(geometry=[], crs=CRS)


def town_cameras(times: float, n: int = 12) -> gpd.GeoDataFrame:
    rng = np.random.default_rng(2)
    made = facade_cameras(BUILDINGS, n, rng, hfov_deg=80.0, range_m=30.0)
    errors = {name: times * error for name, error in ERRORS.items()}
    return made.assign(kind="dome", mount_height_m=3.0, tilt_deg=20.0, **errors)


def in_the_open(*rows: dict[str, object]) -> gpd.GeoDataFrame:
    basis = {"bearing_deg": 90.0, "hfov_deg": 90.0, "range_m": 30.0}
    table = pd.DataFrame(
        [{**basis, **dict.fromkeys(ERRORS, 0.0), **row} for row in rows]
    )
    points = [Point(500_000, 0)] * len(rows)
    return gpd.GeoDataFrame(
        table.astype({"bearing_deg": float}), geometry=points, crs=CRS
    )


def spots(*xy: tuple[float, float], weights: list[float] | None = None) -> Targets:
    points = gpd.GeoSeries([Point(500_000 + x, y) for x, y in xy], crs=CRS)
    return Targets.of_points(points, weights or [1.0] * len(xy), "m")


def events(
    places: list[tuple[float, float]],
    weight: list[float],
    ptr: list[int],
    support_of: list[int],
) -> Supports:
    return Supports(
        np.array(places) + np.array([500_000, 0]),
        np.array(weight),
        np.array(ptr),
        np.array(support_of),
        np.array(["block"] * (len(ptr) - 1), dtype=object),
        NOTHING.crs,
    )


GROUND = area_targets(AREA, BUILDINGS, most=1500)


def town_inputs(times: float, **options: object) -> SceneInputs:
    return scene_inputs(
        town_cameras(times), {"area": GROUND}, OBSTACLES, looking=PLAIN, **options
    )


def town_scenes(times: float, n: int = 19, seed: int = 1) -> Scenes:
    inputs = town_inputs(times)
    return combine([scene_result(k, inputs, seed=seed) for k in range(n)], inputs)


def test_a_camera_of_unknown_bearing_gives_a_share_with_an_interval() -> None:
    around = spots((10, 0), (0, 10), (-10, 0), (0, -10))
    one = in_the_open({"bearing_deg": None})
    ground = Obstacles.from_buildings(NOTHING)

    many = scenes(one, {"street": around}, ground, n=40, seed=1, looking=PLAIN)

    # A quarter turn always holds one of four spots, and never two.
    assert many.interval("street") == Interval(value=0.25, low=0.25, high=0.25)
    chance = many.place_probability("street")
    assert chance.sum() == pytest.approx(1.0)
    assert (np.abs(chance - 0.25) < 0.21).all()


def test_without_errors_every_scene_is_the_nominal_one() -> None:
    table = town_cameras(0.0)
    inputs = scene_inputs(
        table,
        {"area": GROUND},
        OBSTACLES,
        looking=PLAIN,
        grid=(AREA, BUILDINGS, 1.0),
    )
    points = gpd.GeoSeries(gpd.points_from_xy(*GROUND.xy.T), crs=CRS)
    sees = who_sees(points, table, OBSTACLES, north="grid")
    nominal = point_probability(sees, camera_probability(table))
    raster = seen(
        isovists(table, OBSTACLES, north="grid"), area=AREA, buildings=BUILDINGS
    )

    many = combine([scene_result(k, inputs, seed=3) for k in range(3)], inputs)

    assert (many.place_probability("area") == nominal).all()
    interval = many.interval("area")
    assert interval is not None
    assert interval.low == interval.value == interval.high
    assert interval.value == pytest.approx(nominal.mean())
    drawn = many.seen_probability()
    np.testing.assert_array_equal(drawn.to_numpy(), raster.to_numpy())
    assert drawn.rio.crs == raster.rio.crs


def test_a_scene_is_the_same_whatever_other_scenes_there_are() -> None:
    inputs = town_inputs(1.0)
    forwards = [scene_result(k, inputs, seed=5) for k in range(4)]
    backwards = [scene_result(k, town_inputs(1.0), seed=5) for k in reversed(range(4))]
    other = scene_result(0, inputs, seed=6)

    for one, again in zip(forwards, reversed(backwards), strict=True):
        for name, array in one.to_arrays().items():
            assert array.tobytes() == again.to_arrays()[name].tobytes()
    assert forwards[0].places.tobytes() != other.places.tobytes()
    assert forwards[0].places.tobytes() != forwards[1].places.tobytes()


def test_scenes_that_were_stored_and_taken_up_again_give_the_same() -> None:
    inputs = town_inputs(1.0)
    at_once = combine([scene_result(k, inputs, seed=5) for k in range(4)], inputs)

    stored = []
    for number in (2, 0, 3, 1):
        file = io.BytesIO()
        np.savez(file, **scene_result(number, town_inputs(1.0), seed=5).to_arrays())
        file.seek(0)
        with np.load(file, allow_pickle=False) as arrays:
            stored.append(SceneResult.from_arrays(dict(arrays)))
    later = combine(iter(stored), inputs)

    assert later.interval("area") == at_once.interval("area")
    assert later.seen.tobytes() == at_once.seen.tobytes()
    assert later.places.tobytes() == at_once.places.tobytes()


def test_larger_errors_give_a_wider_interval() -> None:
    widths = []
    for times in (0.25, 1.0, 3.0):
        interval = town_scenes(times).interval("area")
        assert interval is not None
        assert interval.low <= interval.value <= interval.high
        widths.append(interval.high - interval.low)

    assert widths[0] < widths[1] < widths[2]


def test_a_group_that_holds_another_sees_no_less_in_every_scene() -> None:
    flags = np.arange(12)
    groups = {"few": flags < 4, "most": flags < 9, "all": flags < 12, "none": flags < 0}
    supports = events(
        [tuple(xy - (500_000, 0)) for xy in GROUND.xy[:200]],
        [0.5] * 200,
        list(range(0, 201, 2)),
        list(range(100)),
    )
    targets = {"area": GROUND, "incidents": Targets.of_events(supports)}
    inputs = scene_inputs(
        town_cameras(1.0), targets, OBSTACLES, looking=PLAIN, groups=groups
    )

    many = combine([scene_result(k, inputs, seed=1) for k in range(8)], inputs)

    few, most, everyone, nobody = (many.seen[:, 0, at] for at in range(4))
    assert (few <= most).all()
    assert (most <= everyone).all()
    assert (few < everyone).any()
    assert not nobody.any()
    assert many.interval("area") == many.interval("area", "few", "day")


def test_a_place_is_seen_by_the_groups_of_all_cameras_that_see_it() -> None:
    ptr, cameras = np.array([0, 2, 2, 3]), np.array([0, 2, 1])
    groups = np.array([1, 2, 4], np.uint64)

    assert groups_by_row(ptr, cameras, groups).tolist() == [5, 0, 2]


def test_the_interval_goes_by_the_ranks_of_one_more_scene() -> None:
    # Of 19 scenes the truth is below the least, or above the greatest, once in twenty.
    many = town_scenes(1.0)
    shares = many.seen[:, 0, 0, 0] / GROUND.total

    interval = many.interval("area")

    assert interval == (np.median(shares), shares.min(), shares.max())
    assert many.level == pytest.approx(0.9)
    assert town_scenes(1.0, n=9).level == pytest.approx(0.8)
    assert many.count == 19


def test_each_event_is_somewhere_in_its_support() -> None:
    # Seen at its first place, which has a quarter of the weight, and at no other.
    supports = events(
        [(10, 0), (-10, 0), (-20, 0)], [0.25, 0.75, 0.0], [0, 3], [0] * 400
    )
    ground = Obstacles.from_buildings(NOTHING)
    target = {"incidents": Targets.of_events(supports)}

    many = scenes(in_the_open({}), target, ground, n=60, seed=1, looking=PLAIN)

    interval = many.interval("incidents")
    assert interval is not None
    # A binomial share of 400 has a deviation of 0.0217, and 90 % within 1.64 of it.
    assert interval.value == pytest.approx(0.25, abs=0.015)
    assert interval.high - interval.low == pytest.approx(2 * 1.64 * 0.0217, rel=0.3)
    assert many.event_probability("incidents") == pytest.approx(np.full(400, 0.25))


def test_an_event_without_a_front_is_never_seen_but_counts() -> None:
    supports = events([(10, 0), (10, 0)], [1.0, 0.0], [0, 1, 2], [0, 1])
    ground = Obstacles.from_buildings(NOTHING)
    target = Targets.of_events(supports, loads=[3.0, 1.0], unit="incidents")

    many = scenes(in_the_open({}), {"i": target}, ground, n=4, seed=1, looking=PLAIN)

    assert target.total == 4.0
    assert many.interval("i") == Interval(0.75, 0.75, 0.75)
    assert many.event_probability("i").tolist() == [1.0, 0.0]


def test_places_are_drawn_by_their_weights() -> None:
    supports = events(
        [(0, 0)] * 5, [0.0, 0.3, 0.7, 0.0, 1.0], [0, 4, 5], [0] * 5000 + [1]
    )

    drawn = Targets.of_events(supports).draw_places(np.random.default_rng(1))

    assert np.bincount(drawn, minlength=5)[[0, 3, 4]].tolist() == [0, 0, 1]
    # Of 5,000 the share's deviation is 0.0065.
    assert (drawn == 1).mean() == pytest.approx(0.3, abs=0.02)


def test_what_is_not_seen_of_a_gap_has_an_interval() -> None:
    places = spots((10, 0), (-10, 0), (0, 10), (500, 0), weights=[2.0, 3.0, 5.0, 7.0])
    ground = Obstacles.from_buildings(NOTHING)
    known = scenes(in_the_open({}), {"i": places}, ground, n=4, seed=1, looking=PLAIN)
    turning = in_the_open({"bearing_deg": None})
    drawn = scenes(turning, {"i": places}, ground, n=60, seed=1, looking=PLAIN)

    sure = known.unmet("i", [4, 4, -1, 9])
    unsure = drawn.unmet("i", np.array([4, 4, -1, 9]))

    assert sure.index.tolist() == [4, 9]
    assert sure.loc[4].tolist() == [3.0, 3.0, 3.0]
    assert sure.loc[9].tolist() == [7.0, 7.0, 7.0]
    # Half of the bearings see neither place of the gap, a quarter each of them.
    assert unsure.loc[4].tolist() == [5.0, 2.0, 5.0]
    assert unsure.loc[9].tolist() == [7.0, 7.0, 7.0]


def test_a_ptz_counts_by_the_share_of_time_that_it_looks_there() -> None:
    views = in_the_open(
        {"camera_id": "p", "bearing_deg": 90.0, "probability": 0.25},
        {"camera_id": "p", "bearing_deg": 270.0, "probability": 0.75},
        {"camera_id": "q", "bearing_deg": 0.0, "probability": 1.0},
    )
    supports = events([(10, 0)], [1.0], [0, 1], [0] * 400)
    targets = {
        "street": spots((10, 0), (-10, 0), (0, 10), (0, -10)),
        "incidents": Targets.of_events(supports),
    }
    ground = Obstacles.from_buildings(NOTHING)

    many = scenes(views, targets, ground, n=40, seed=1, looking=PLAIN)

    assert many.interval("street") == Interval(0.5, 0.5, 0.5)
    incidents = many.interval("incidents")
    assert incidents is not None
    assert incidents.value == pytest.approx(0.25, abs=0.015)
    assert incidents.low < 0.24
    assert incidents.high > 0.26
    chance = many.place_probability("street")
    assert chance == pytest.approx([0.25, 0.75, 1.0, 0.0], abs=0.2)


def test_presets_of_one_camera_exclude_one_another() -> None:
    wide = {"hfov_deg": 200.0, "camera_id": "p"}
    views = in_the_open(
        {**wide, "bearing_deg": 80.0, "probability": 0.5},
        {**wide, "bearing_deg": 100.0, "probability": 0.5},
        {"camera_id": "q", "hfov_deg": 30.0, "bearing_deg": 90.0, "probability": 0.4},
        {"camera_id": "r", "hfov_deg": 30.0, "bearing_deg": 0.0, "probability": 1.0},
    )
    ground = Obstacles.from_buildings(NOTHING)
    flags = {"p": np.array([True, True, False, False]), "all": np.ones(4, np.bool_)}
    inputs = scene_inputs(
        views,
        {"street": spots((10, 0), (-0.3, -2))},
        ground,
        looking=PLAIN,
        groups={"q": ~flags["p"], **flags},
    )

    seen = scene_result(0, inputs, seed=1).seen[0]

    # The first spot is in both presets: surely seen. The second in one of them alone.
    assert seen[:, 0] == pytest.approx([0.4, 1.5, 1.5])


def test_the_map_has_one_preset_of_each_camera_in_each_scene() -> None:
    views = in_the_open(
        {"camera_id": "p", "bearing_deg": 90.0, "probability": 0.25},
        {"camera_id": "p", "bearing_deg": 270.0, "probability": 0.75},
        {"camera_id": "q", "bearing_deg": 0.0, "probability": 1.0},
    )
    around = box(500_000 - 20, -20, 500_000 + 20, 20)
    inputs = scene_inputs(
        views,
        {"street": spots((10, 0))},
        Obstacles.from_buildings(NOTHING),
        looking=PLAIN,
        grid=(around, NOTHING, 1.0),
    )

    raster = combine(
        [scene_result(k, inputs, seed=1) for k in range(100)], inputs
    ).seen_probability()

    def at(x: float, y: float) -> float:
        return float(raster.sel(x=500_000 + x, y=y, method="nearest"))

    assert at(10, 0.5) + at(-10, 0.5) == pytest.approx(1.0)
    assert at(10, 0.5) == pytest.approx(0.25, abs=0.13)
    assert (at(0.5, 10), at(0.5, -10)) == (1.0, 0.0)


def test_views_of_one_camera_hang_where_the_camera_does() -> None:
    house = box(500_000 - 8, -8, 500_000 + 8, 8)
    walls = Obstacles.from_buildings(gpd.GeoDataFrame(geometry=[house], crs=CRS))
    views = in_the_open(
        *({"camera_id": "p", "bearing_deg": at} for at in (0.0, 90.0, 270.0))
    )
    hung = pd.DataFrame(
        {"x": [500_008.1] * 3, "y": [0.0] * 3, "mount": ["facade"] * 3},
    )
    looking = replace(PLAIN, mounting=hung)
    targets = {"street": spots((20, 0), (9, 20), (-20, 0))}

    exact = scene_inputs(views, targets, walls, looking=looking)
    off = scene_inputs(
        views.assign(position_error_m=2.0), targets, walls, looking=looking
    )

    places: dict[bool, set[str]] = {False: set(), True: set()}
    for number in range(8):
        for inputs in (exact, off):
            drawn, how = draw(inputs.poses, np.random.default_rng(number), inputs.walls)
            assert len(set(drawn.geometry.to_wkt())) == 1
            assert drawn.distance(house).between(0.0, 1.01, inclusive="right").all()
            assert len(set(how["y"])) == 1
            places[inputs is off].add(drawn.geometry[0].wkt)
    assert (len(places[False]), len(places[True])) == (1, 8)
    assert scene_result(0, exact, seed=1).seen[0, 0, 0] == 2.0


def test_both_lights_look_with_the_same_cameras() -> None:
    table = town_cameras(1.0).drop(columns="range_m")
    table = table.assign(range_m=np.nan, width_px=2688, vfov_deg=50.0, ir_range_m=15.0)
    table["hfov_deg"] = 80.0
    looking = Looking(density_px_per_m=40.0, lights=("day", "night"), north="grid")

    inputs = scene_inputs(table, {"area": GROUND}, OBSTACLES, looking=looking)
    many = combine([scene_result(k, inputs, seed=1) for k in range(5)], inputs)

    day, night = many.seen[:, 0, 0, 0], many.seen[:, 1, 0, 0]
    assert (night < day).all()
    assert (night > 0.0).all()
    assert many.interval("area", light="night") != many.interval("area", light="day")
    by_day = replace(looking, lights=("day",))
    alone = scene_inputs(table, {"area": GROUND}, OBSTACLES, looking=by_day)
    assert scene_result(2, alone, seed=1).seen[0, 0, 0] == day[2]


def test_a_further_measure_changes_no_other() -> None:
    inputs = town_inputs(1.0)
    more = scene_inputs(
        town_cameras(1.0),
        {"street": spots((10, 0)), "area": GROUND},
        OBSTACLES,
        looking=PLAIN,
    )

    one, two = scene_result(1, inputs, seed=1), scene_result(1, more, seed=1)

    assert one.seen[0, 0, 0] == two.seen[0, 0, 1]


def test_cameras_look_over_what_is_lower_than_their_line_of_sight() -> None:
    wall = gpd.GeoDataFrame(
        {"building_id": ["w"], "height_m": [0.5]},
        geometry=[box(500_004, -6, 500_006, 6)],
        crs=CRS,
    )
    flat = Obstacles.from_buildings(wall)
    relief = Surface.from_buildings(wall, bounds=(499_960, -40, 500_040, 40))
    one = in_the_open({"mount_height_m": 4.0})
    behind = {"street": spots((12, 0))}

    shut = scenes(one, behind, flat, n=2, seed=1, looking=PLAIN)
    over = replace(PLAIN, hides=relief)
    opened = scenes(one, behind, flat, n=2, seed=1, looking=over)

    assert shut.place_probability("street").tolist() == [0.0]
    assert opened.place_probability("street").tolist() == [1.0]


def test_a_target_lower_than_the_wall_before_it_is_not_seen_on_a_surface() -> None:
    wall = gpd.GeoDataFrame(
        {"building_id": ["w"], "height_m": [3.0]},
        geometry=[box(500_004, -6, 500_006, 6)],
        crs=CRS,
    )
    relief = Surface.from_buildings(wall, bounds=(499_960, -40, 500_040, 40))
    one = in_the_open({"mount_height_m": 4.0})
    around = box(500_001, -3, 500_003, 3)
    seen_at = {}
    for height_m in (0.1, 3.5):
        inputs = scene_inputs(
            one,
            {"street": spots((12, 0))},
            Obstacles.from_buildings(wall),
            looking=replace(PLAIN, hides=relief, target_height_m=height_m),
            grid=(around.union(box(500_011, -1, 500_013, 1)), wall, 1.0),
        )
        many = combine([scene_result(k, inputs, seed=1) for k in range(2)], inputs)
        raster = many.seen_probability()
        seen_at[height_m] = (
            many.place_probability("street")[0],
            float(raster.sel(x=500_012.5, y=0.5, method="nearest")),
        )

    assert seen_at == {0.1: (0.0, 0.0), 3.5: (1.0, 1.0)}


def test_a_camera_at_the_edge_of_the_surface_is_drawn_on_known_ground() -> None:
    relief = Surface.from_buildings(NOTHING, bounds=(499_995, -40, 500_040, 40))
    ground = relief.ground_m.copy()
    ground[:, :4] = np.nan
    hollow = replace(relief, ground_m=ground)
    edge = in_the_open(*[{"mount_height_m": 4.0, "position_error_m": 5.0}] * 60)
    looking = replace(PLAIN, hides=hollow)
    none = Obstacles.from_buildings(NOTHING)
    inputs = scene_inputs(edge, {"s": spots((12, 0))}, none, looking=looking)

    drawn, _ = draw(inputs.poses, np.random.default_rng(1), inputs.walls)

    assert (drawn.geometry.x > 499_999).all()
    assert drawn.geometry.x.std() > 1.0
    assert scene_result(0, inputs, seed=1).seen[0, 0, 0] > 0.0


def test_a_sample_of_events_keeps_their_total_and_about_their_share() -> None:
    places = [(10.0 if row % 4 == 0 else -10.0, 0.0) for row in range(2000)]
    support_of = np.arange(2000)
    supports = events(places, [1.0] * 2000, list(range(2001)), list(support_of))
    loads = np.where(support_of < 1600, 1.0, 0.0)
    whole = Targets.of_events(supports, loads)

    part = whole.sampled(400, seed=3)

    assert len(part.support_of) == len(part.xy) == 400
    assert part.total == pytest.approx(whole.total)
    assert part.kept is not None
    assert (part.kept < 1600).all()
    assert part.kept.max() > 1500
    assert (part.xy == whole.xy[part.kept]).all()
    assert part.place_weights().sum() == pytest.approx(1600.0)
    ground = Obstacles.from_buildings(NOTHING)
    share = scenes(in_the_open({}), {"i": part}, ground, n=2, seed=1, looking=PLAIN)
    interval = share.interval("i")
    assert interval is not None
    assert interval.value == pytest.approx(0.25, abs=0.06)
    again = whole.sampled(400, seed=3).kept
    assert again is not None
    assert (again == part.kept).all()
    assert whole.sampled(1600) is whole
    assert GROUND.sampled(1) is GROUND
    with pytest.raises(InputError, match="most is 0; allowed: 1 or more events"):
        whole.sampled(0)


def test_the_places_of_events_count_by_all_that_may_have_been_there() -> None:
    supports = events([(0, 0), (1, 0), (2, 0)], [0.25, 0.75, 1.0], [0, 2, 3], [0, 0, 1])

    weights = Targets.of_events(supports, [2.0, 4.0, 5.0]).place_weights()

    assert weights.tolist() == [1.5, 4.5, 5.0]


def test_progress_is_told_before_each_scene_and_at_the_end() -> None:
    told = []
    ground = Obstacles.from_buildings(NOTHING)
    scenes(
        in_the_open({}),
        {"street": spots((1, 0))},
        ground,
        n=2,
        seed=1,
        looking=PLAIN,
        progress=lambda done, of: told.append((done, of)),
    )

    assert told == [(0, 2), (1, 2), (2, 2)]


def test_no_cameras_see_nothing_and_of_nothing_there_is_no_share() -> None:
    nobody = in_the_open({}).iloc[:0]
    ground = Obstacles.from_buildings(NOTHING)
    targets = {"street": spots((1, 0)), "none": spots((1, 0), weights=[0.0])}

    many = scenes(nobody, targets, ground, n=2, seed=1, looking=PLAIN)

    assert many.interval("street") == Interval(0.0, 0.0, 0.0)
    assert many.interval("none") is None


def test_an_even_grid_stands_for_the_public_ground() -> None:
    public = AREA.difference(BUILDINGS.union_all()).area

    coarse, fine = area_targets(AREA, BUILDINGS, most=500), GROUND

    assert len(coarse.xy) <= 500
    assert coarse.total == pytest.approx(public, rel=0.05)
    assert fine.total == pytest.approx(public, rel=0.03)
    with pytest.raises(InputError, match="most is 0; allowed: 1 or more"):
        area_targets(AREA, BUILDINGS, most=0)


def test_scenes_that_do_not_belong_together_are_refused() -> None:
    inputs = town_inputs(1.0)
    one, two = (scene_result(k, inputs, seed=1) for k in range(2))
    elsewhere = scene_inputs(
        town_cameras(1.0), {"a": spots((1, 0))}, OBSTACLES, looking=PLAIN
    )

    with pytest.raises(InputError, match="there are 1 scenes"):
        combine([one], inputs)
    with pytest.raises(InputError, match="scene 0 is there twice"):
        combine([one, one], inputs)
    with pytest.raises(InputError, match=r"of seeds \[1, 2\]"):
        combine([one, scene_result(1, inputs, seed=2)], inputs)
    with pytest.raises(InputError, match="scene 0 was drawn from other inputs"):
        combine([one, two], elsewhere)
    with pytest.raises(InputError, match="lacks cells, scene"):
        SceneResult.from_arrays({"seen": one.seen, "places": one.places})
    with pytest.raises(InputError, match="scene -1 of seed 1"):
        scene_result(-1, inputs, seed=1)


def test_what_was_not_asked_of_the_scenes_is_refused() -> None:
    many = town_scenes(1.0, n=2)

    with pytest.raises(InputError, match="no 'street'; allowed: area"):
        many.interval("street")
    with pytest.raises(InputError, match="no 'x'; allowed: all"):
        many.interval("area", "x")
    with pytest.raises(InputError, match="no 'night'; allowed: day"):
        many.interval("area", light="night")
    with pytest.raises(InputError, match="not made of events"):
        many.event_probability("area")
    with pytest.raises(InputError, match="no raster; give scene_inputs a grid"):
        many.seen_probability()
    with pytest.raises(InputError, match="whole numbers, one for each"):
        many.unmet("area", [0, 1])


def test_inputs_that_cannot_be_are_refused() -> None:
    table = in_the_open({})
    ground = Obstacles.from_buildings(NOTHING)
    here = {"street": spots((1, 0))}
    far = Targets(np.zeros((1, 2)), np.ones(1), "m", "EPSG:32617")

    def made(targets: dict[str, Targets] = here, **options: object) -> SceneInputs:
        return scene_inputs(table, targets, ground, looking=PLAIN, **options)

    with pytest.raises(InputError, match="no target or no light"):
        made({})
    with pytest.raises(CRSError, match="obstacles and far"):
        made({"far": far})
    with pytest.raises(InputError, match="group 'g' has bool of shape"):
        made(groups={"g": np.ones(2, np.bool_)})
    with pytest.raises(InputError, match="65 groups; allowed: 64"):
        made(groups={str(g): np.ones(1, np.bool_) for g in range(65)})
    with pytest.raises(InputError, match="weights have the shape"):
        Targets.of_points(gpd.GeoSeries([Point(0, 0)], crs=CRS), [1.0, 2.0], "m")
    with pytest.raises(InputError, match="one is -1; allowed: 0 or more"):
        Targets.of_points(gpd.GeoSeries([Point(0, 0)], crs=CRS), [-1.0], "m")
    table["probability"] = 1.5
    with pytest.raises(InputError, match=r"probability is 1\.5; allowed: 0 to 1"):
        made()
