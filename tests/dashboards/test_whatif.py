"""What a tried camera changes is what a study really built with it would say."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import geopandas as gpd
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely import Polygon

from coveragekit import optics
from coveragekit.coverage.pairs import place_chance
from coveragekit.dashboards.planner.filters import Filters
from coveragekit.dashboards.planner.ghosts import ghost_of_camera
from coveragekit.dashboards.planner.whatif_parts import FIGURES
from coveragekit.errors import InputError
from coveragekit.study.change import Change
from coveragekit.study.ghost import NUMBERS, Ghost
from coveragekit.study.ways import Ways
from coveragekit.view import mercator
from coveragekit.visibility import isovists, mount, who_sees
from tests.dashboards.whatif_city import Desk, build_with, make_city
from tests.strategies import examples

NAMES = ("streets", "ground", "incidents", "calls")
LAYERS = ("streets", "ground", "incident_places", "call_places")


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    return make_city(tmp_path_factory.mktemp("whatif") / "city")


@pytest.fixture(scope="module")
def desk(study):
    return Desk(study)


def spot(desk, east, north):
    """A place of the study by its share of the way across."""
    west, top, right, bottom = desk.store.outline.shape.box[0]
    merc = [west + east * (right - west), bottom + north * (top - bottom)]
    lon, lat = mercator.to_lonlat(merc)
    return {"lon": float(lon), "lat": float(lat)}


def new(desk, kind="bullet", at=(0.5, 0.5), key="+1", **given):
    given = {"bearing_deg": 90.0, **given}
    return Ghost.of_kind(kind, key=key, **spot(desk, *at), **given)


def used_ids(desk):
    cameras = desk.store.cameras
    return [cameras.camera_id[row] for row in np.flatnonzero(cameras.used)]


def mixed_change(desk):
    """Six new cameras of all kinds, two taken away, five moved, turned or swapped."""
    rng = np.random.default_rng(1)
    change = Change()
    kinds = ("bullet", "dome", "ptz", "fisheye", "doorbell", "alpr")
    for number, kind in enumerate(kinds):
        ghost = new(
            desk,
            kind,
            tuple(rng.uniform(size=2)),
            f"+{number + 1}",
            bearing_deg=None if number == 1 else float(rng.integers(0, 360)),
            access=("public", "registered", "integrated")[number % 3],
        )
        change = change.put(ghost)
    ids = used_ids(desk)
    taken = [ghost_of_camera(desk.store, desk.engine.camera_row(n)) for n in ids[5:10]]
    return (
        change.remove(ids[0])
        .remove(ids[3])
        .put(taken[0].changed(bearing_deg=12.0))
        .put(taken[1].changed(**spot(desk, 0.4, 0.6)))
        .put(taken[2].swapped("ptz"))
        .put(taken[3].changed(access="public", tilt_deg=3.0))
        .put(taken[4].changed(bearing_deg=None))
    )


def test_a_camera_added_in_the_open_sees_more_street_and_says_so(desk):
    step = desk.engine.step(Change().put(new(desk, range_m=80.0)), Filters())

    street = step.lines[0]
    assert street.name == "streets"
    assert street.gained >= 0.0
    assert street.after - street.before == pytest.approx(street.gained / street.total)
    assert "no interval" in " ".join(step.told)


def test_nothing_changed_changes_nothing(desk):
    step = desk.engine.step(Change(), Filters())

    assert [line.gained for line in step.lines] == [0.0] * len(step.lines)
    assert step.gaps == ()
    assert step.told == ()


def test_every_number_is_that_of_the_study_built_with_the_change(desk, study, tmp_path):
    change = mixed_change(desk)
    other = build_with(study, change, tmp_path / "built")

    told = 0
    for band in (None, 0, 1, 3, 4, 5):
        for light in ("day", "night"):
            for tier in ("public", "integrated", "registered", "planned"):
                for state in ("designed", "now"):
                    filters = Filters(band=band, light=light, tier=tier, state=state)
                    step = desk.engine.step(change, filters)
                    for line in step.lines:
                        before, total = desk.seen(line.name, filters)
                        after, _ = other.seen(line.name, filters)
                        error = abs(line.gained - (after - before)) / total
                        assert error < 1e-6, (filters, line)
                        told += abs(line.gained) > 0.0
    assert told > 100
    shares = other.answers.summary["shares"]
    for line in desk.engine.step(change, Filters()).lines:
        expected = shares[FIGURES[line.name]]["value"]
        # Ground is a lattice in the store and a raster of arcs in the summary.
        near = 1e-3 if line.name == "ground" else 2e-6
        assert line.after == pytest.approx(expected, abs=near)


def test_lines_count_protected_events_as_headlines_do_and_gaps_do_not(
    desk, study, tmp_path
):
    calls, places = desk.store.calls, desk.store.call_places
    support = np.searchsorted(calls.support_ptr, range(len(places)), side="right") - 1
    load = desk.engine._load("calls", Filters(), near=False)[support] * places.weight
    unseen = load * (1.0 - desk.answers.place_chance("call_places", Filters()))
    at = mercator.to_lonlat(places.merc[int(np.argmax(unseen))])
    over = Ghost.of_kind("fisheye", key="+1", lon=float(at[0]), lat=float(at[1]))
    change = Change().put(over.changed(range_m=60.0))
    other = build_with(study, change, tmp_path / "built")
    every = np.ones(len(calls), np.bool_)
    object.__setattr__(desk.store, "calls", replace(calls, protected=every))
    try:
        desk.answers.least = 5
        step = desk.engine.step(change, Filters())
        (line,) = (one for one in step.lines if one.name == "calls")
        figure = desk.answers.numbers(Filters()).figures["calls"]
    finally:
        object.__setattr__(desk.store, "calls", calls)
        desk.answers.least = 0
        desk.answers.stages.forget()

    after, total = other.seen("calls", Filters())
    before, _ = desk.seen("calls", Filters())
    assert line.gained == pytest.approx(after - before, abs=1e-6 * total)
    assert line.gained > 0.1
    assert (line.before, line.total) == (figure.value, figure.total)
    assert all(gap.calls == (0.0, 0.0) for gap in step.gaps)


def test_cameras_with_presets_are_taken_as_the_study_takes_them(tmp_path):
    study = make_city(tmp_path / "city", ptz="preset")
    desk = Desk(study)
    presets = (
        '[{"bearing_deg": 0, "dwell_share": 0.5}, {"bearing_deg": 120, "hfov_deg": 30}]'
    )
    turns = next(
        row for row in range(len(desk.store.cameras)) if desk.store.cameras.used[row]
    )
    change = (
        Change()
        .put(new(desk, "ptz", (0.4, 0.5), presets=presets))
        .put(new(desk, "ptz", (0.6, 0.5), key="+2"))
        .put(ghost_of_camera(desk.store, turns).changed(presets=presets))
    )
    ghosts = [replace(one, presets="") for one in change.ghosts]
    written = Change(change.removed, tuple(ghosts))
    path = tmp_path / "built"
    other = build_with(study, written, path, presets=presets, of=(0, 2))

    for light in ("day", "night"):
        filters = Filters(light=light)
        for line in desk.engine.step(change, filters).lines:
            before, total = desk.seen(line.name, filters)
            after, _ = other.seen(line.name, filters)
            assert abs(line.gained - (after - before)) / total < 1e-6, line


@st.composite
def ghosts(draw, desk):
    kind = draw(st.sampled_from(["bullet", "dome", "ptz", "fisheye", "doorbell"]))
    at = draw(st.tuples(*(st.floats(-0.1, 1.1, allow_nan=False),) * 2))
    known = kind != "fisheye" and draw(st.booleans())
    return new(
        desk,
        kind,
        at,
        bearing_deg=float(draw(st.integers(0, 359))) if known else None,
        hfov_deg=float(draw(st.integers(10, 170))) if kind != "fisheye" else None,
        tilt_deg=float(draw(st.integers(-20, 80))),
        mount_height_m=float(draw(st.integers(0, 12))),
        range_m=draw(st.sampled_from([None, 12.0, 60.0])),
        ir_range_m=draw(st.sampled_from([0.0, 25.0, None])),
    )


def table_of(desk, ghost):
    """The same camera as a table, for the functions of the build."""
    columns = {name: [getattr(ghost, name)] for name in (*NUMBERS, "kind")}
    point = gpd.points_from_xy([ghost.lon], [ghost.lat], crs=4326)
    return gpd.GeoDataFrame(columns, geometry=point).to_crs(desk.store.meta["crs"])


@given(data=st.data())
@examples(25)
def test_a_ghost_sees_what_the_tables_say_and_nothing_else(desk, data):
    ghost = data.draw(ghosts(desk))
    light = data.draw(st.sampled_from(["day", "night"]))
    band = data.draw(st.integers(0, 5))
    look = desk.engine.look(ghost, Filters(band=band, light=light))

    walls, meta = desk.engine.lookout.walls, desk.store.meta
    camera = table_of(desk, ghost)
    shown = optics.footprints(
        camera, meta["bands"][band]["density_px_per_m"], light=light
    )
    hung = mount(camera, walls)
    for layer in LAYERS:
        local = getattr(desk.store, layer).local
        points = gpd.GeoSeries.from_xy(*local.T, crs=camera.crs)
        sees = who_sees(points, camera, walls, mounting=hung, footprints=shown)
        expected = np.flatnonzero(np.diff(sees.indptr))
        if look.hung.why_blind:
            expected = expected[:0]
        rows, surely = look.rows[layer]
        assert rows.tolist() == expected.tolist()
        chance = 1.0 if ghost.bearing_deg is not None else ghost.hfov_deg / 360.0
        assert surely == pytest.approx(np.full(len(rows), min(chance, 1.0)))
    drawn = isovists(camera, walls, mounting=hung, footprints=shown)
    if not look.hung.why_blind:
        assert _drawn(desk, look).symmetric_difference(drawn.iloc[0]).area < 0.01


def _drawn(desk, look):
    """The cone in metres, by even and odd as the pictures fill it."""
    shape = Polygon()
    for ring in look.cone:
        lon, lat = mercator.to_lonlat(ring).T
        corners = np.column_stack(desk.engine.lookout._to_local.transform(lon, lat))
        shape = shape.symmetric_difference(Polygon(corners).buffer(0.0))
    return shape


@pytest.mark.parametrize(
    ("turning", "expected"),
    [
        ("now", [(10.0, 1.0)]),
        ("reach", [(None, 1.0)]),
        ("preset", [(90.0, 0.75), (180.0, 0.25)]),
    ],
)
def test_one_that_turns_looks_as_the_settings_say(desk, turning, expected):
    presets = '[{"bearing_deg": 90, "dwell_share": 0.75}, {"bearing_deg": 180}]'
    ways = Ways.of(new(desk, "dome", bearing_deg=10.0, presets=presets), turning)

    said = [None if np.isnan(one) else float(one) for one in ways.bearing_deg]
    assert list(zip(said, ways.probability.tolist(), strict=True)) == expected


@given(data=st.data())
@examples(15)
def test_a_step_by_the_near_places_equals_a_count_of_all_of_them(desk, data):
    ids = data.draw(st.lists(st.sampled_from(used_ids(desk)), unique=True, max_size=3))
    change = Change(removed=tuple(ids)).put(data.draw(ghosts(desk)))
    filters = Filters(
        light=data.draw(st.sampled_from(["day", "night"])),
        tier=data.draw(st.sampled_from(["public", "integrated", "registered"])),
        categories=data.draw(st.sampled_from([None, frozenset({"Robbery"})])),
        polygon=data.draw(st.sampled_from([None, _half(desk)])),
    )
    step = desk.engine.step(change, filters)

    for line in step.lines:
        assert line.gained == pytest.approx(
            _by_all(desk, change, filters, line.name), abs=1e-4
        )


def _half(desk):
    corners = [(0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0)]
    return tuple(tuple(spot(desk, *one).values()) for one in corners)


def _by_all(desk, change, filters, name):
    """What is seen more, by asking every place of the city."""
    engine, answers, store = desk.engine, desk.answers, desk.store
    flags = answers.view_flags(filters)
    gone = np.isin(store.views.camera, [engine.camera_row(n) for n in change.gone])
    band = store.meta["band"] if filters.band is None else filters.band
    layer = {"incidents": "incident_places", "calls": "call_places"}.get(name, name)
    places = getattr(store, layer)
    how = {"band": band, "light": filters.light}
    before, left = (
        place_chance(places, store.views, flags=some, **how).astype(float)
        for some in (flags, flags & ~gone)
    )
    missed = 1.0 - left
    for ghost in change.ghosts:
        if engine.counts(ghost, filters):
            rows, surely = engine.look(ghost, filters).rows[layer]
            missed[rows] *= 1.0 - surely
    delta = (1.0 - missed - before) * places.weight
    if name == layer:
        mask = answers.place_mask(layer, filters)
        return float((delta if mask is None else delta * mask).sum())
    events = getattr(store, name)
    by_support = np.add.reduceat(
        np.append(delta, 0.0), np.asarray(events.support_ptr[:-1])
    )
    by_support[np.diff(events.support_ptr) == 0] = 0.0
    return float((answers.event_mask(name, filters) * by_support[events.support]).sum())


def test_gaps_shrink_by_what_is_seen_in_them_and_places_unseen_are_told(desk):
    filters = Filters()
    store = desk.store
    row = int(np.argmax(desk.answers.gap_demand("streets", filters)))
    in_gap = np.flatnonzero(store.streets.gap == row)
    lon, lat = mercator.to_lonlat(store.streets.merc[in_gap[len(in_gap) // 2]])
    ghost = Ghost.of_kind(
        "fisheye", key="+1", lon=float(lon), lat=float(lat), mount_height_m=4.0
    )
    step = desk.engine.step(Change().put(ghost), filters)
    lost = desk.engine.step(Change(removed=tuple(used_ids(desk))), filters)

    places = store.streets
    rows, surely = desk.engine.look(ghost, filters).rows["streets"]
    inside = places.gap[rows] == row
    gained = float((places.weight[rows] * surely)[inside].sum())
    mine = next(one for one in step.gaps if one.row == row)
    assert gained > 0.0
    assert mine.street_m[0] - mine.street_m[1] == pytest.approx(gained, abs=1e-3)
    assert mine.street_m[0] == pytest.approx(
        desk.answers.gap_demand("streets", filters)[row]
    )
    newly = next(one for one in lost.gaps if one.row == -1)
    assert newly.street_m[0] == 0.0
    assert newly.street_m[1] > 0.0


def test_a_ghost_in_a_building_or_far_outside_is_told_in_words(desk):
    corner = desk.store.buildings.shape.rings(0)[0].mean(axis=0)
    lon, lat = map(float, mercator.to_lonlat(corner))
    inside = Ghost.of_kind("dome", key="+1", lon=lon, lat=lat, bearing_deg=0.0)
    far = new(desk, at=(9.0, 9.0))

    assert desk.engine.look(inside, Filters()).words
    told = desk.engine.look(far, Filters())
    assert "outside the study area" in told.words[0]
    assert told.cone == []
    with pytest.raises(InputError, match="too far from the study"):
        desk.engine.look(replace(far, lon=17.0, lat=0.0), Filters())


def test_shapes_for_the_pictures_are_those_that_count(desk):
    ids = used_ids(desk)
    row = desk.engine.camera_row(ids[1])
    planned = new(desk, access="planned", key="+2")
    change = Change(removed=(ids[0],)).put(new(desk)).put(planned)
    change = change.put(ghost_of_camera(desk.store, row).swapped("fisheye"))
    shapes = desk.engine.shapes(change, Filters())

    gone = {desk.engine.camera_row(ids[0]), row}
    assert set(desk.store.views.camera[shapes.removed].tolist()) == gone
    assert len(shapes.shape) == 2
    assert shapes.unit.tolist() == [0, 1]
    assert shapes.version != desk.engine.shapes(change, Filters(light="night")).version
    assert shapes.version == desk.engine.shapes(change, Filters()).version


def test_a_camera_that_is_gone_from_the_study_counts_as_new_and_is_told(desk):
    ghost = replace(new(desk), key="gone", of="no such camera")
    step = desk.engine.step(Change(removed=("nor this",)).put(ghost), Filters())
    alone = desk.engine.step(Change().put(new(desk)), Filters())

    assert "2 of the changed cameras are no longer in the study" in step.told[0]
    assert [one.gained for one in step.lines] == [one.gained for one in alone.lines]


def test_a_camera_taken_as_it_is_changes_nothing(desk):
    for camera_id in used_ids(desk)[:12]:
        ghost = ghost_of_camera(desk.store, desk.engine.camera_row(camera_id))
        step = desk.engine.step(Change().put(ghost), Filters())

        assert [one.gained for one in step.lines] == pytest.approx([0.0] * 4, abs=1e-4)


@pytest.fixture
def hasty():
    """Threads take turns as often as they can, as on a machine of many cores."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(usual)


@pytest.mark.usefixtures("hasty")
def test_two_threads_at_once_get_the_answers_that_each_gets_alone(desk):
    ids, filters = used_ids(desk), Filters()
    middle = len(ids) // 2
    changes = [
        Change(removed=tuple(ids[:middle])).put(new(desk)),
        Change(removed=tuple(ids[middle // 2 :])).put(new(desk, at=(0.3, 0.3))),
    ]

    def told(change):
        step, shapes = (
            ask(change, filters) for ask in (desk.engine.step, desk.engine.shapes)
        )
        return [one.gained for one in step.lines], step.gaps, shapes.version

    alone = [told(one) for one in changes]
    assert alone[0] != alone[1]
    with ThreadPoolExecutor(len(changes)) as threads:
        both = [threads.submit(told, one) for _ in range(150) for one in changes]
        found = [one.result() for one in both]

    wrong = [at for at, one in enumerate(found) if one != alone[at % 2]]
    assert wrong == []


def test_the_viewer_kernel_tries_cameras_without_table_libraries(study):
    code = f"""
import json, sys
from coveragekit.dashboards.planner.answers import Answers
from coveragekit.dashboards.planner.filters import Filters
from coveragekit.dashboards.planner.ghosts import ghost_of_camera
from coveragekit.dashboards.planner.whatif import WhatIf
from coveragekit.study.change import Change
from coveragekit.study.scenarios import Scenarios
from coveragekit.view import Store
store = Store.open({str(study)!r})
summary = json.loads((store.folder / "summary.json").read_text("utf-8"))
engine = WhatIf(store, Answers(store, summary))
ghost = ghost_of_camera(store, 0).changed(bearing_deg=90.0)
engine.step(Change().put(ghost), Filters())
engine.shapes(Change().put(ghost), Filters())
Scenarios.of_results(store.folder).listed()
heavy = {{"pandas", "geopandas", "pandera", "rasterio", "xarray", "pyarrow"}}
print(sorted(heavy & set(sys.modules)))
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )

    assert done.stdout.strip() == "[]", done.stderr[-2000:]
