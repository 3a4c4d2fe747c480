"""A camera dragged over a whole city: what one step takes."""

from __future__ import annotations

import json
from time import perf_counter
from types import SimpleNamespace

import numpy as np
import pytest
from pyproj import Transformer

from coveragekit.coverage.pairs import place_chance
from coveragekit.dashboards.planner.figures import Figure, Numbers
from coveragekit.dashboards.planner.filters import Filters
from coveragekit.dashboards.planner.tryout import Tryout
from coveragekit.study.change import Change
from coveragekit.study.ghost import Ghost
from coveragekit.view import Ragged, Texts, mercator
from coveragekit.visibility import Obstacles
from coveragekit.visibility.obstacles import z_order
from tests.benchmarks.city import CRS, facade_cameras, synthetic_city

BUILDINGS, CAMERAS, INCIDENTS = 160_000, 60_000, 1_000_000
STREETS, GROUND, INCIDENT_PLACES, CALL_PLACES = 300_000, 400_000, 3_000_000, 200_000
STEPS = 60
REACH_M = 100.0


class Table(SimpleNamespace):
    """A table whose length is that of its places."""

    def __len__(self) -> int:
        return len(self.local)


def fixed(array):
    """Give an array as a store has it: not to be written to."""
    array = np.ascontiguousarray(array)
    array.setflags(write=False)
    return array


def order_of(xy, frame):
    """Give where places lie along the curve of their order, as numbers that ascend."""
    cells = np.clip((xy - frame[:2]) / frame[2], 0, 65535).astype(np.uint64)
    code = np.zeros(len(xy), np.uint64)
    for bit in range(16):
        for axis in range(2):
            one = (cells[:, axis] >> np.uint64(bit)) & np.uint64(1)
            code |= one << np.uint64(2 * bit + axis)
    return code


def made_places(rng, count, box, feet):
    """Give places in Morton-like order, each seen by a few views that hang near."""
    xy = rng.uniform(box[0], box[1], (count, 2))
    frame = np.array([*box[0], 50.0])
    xy = xy[z_order(xy, frame)]
    # Views lie in the same order, so that those of the same rank are mostly near.
    place = np.repeat(np.arange(count), 6)
    rank = np.searchsorted(order_of(feet, frame), order_of(xy, frame))[place]
    view = np.clip(rank + rng.integers(-4, 5, len(rank)), 0, len(feet) - 1)
    near = np.hypot(*(feet[view] - xy[place]).T) < REACH_M
    pairs = np.unique(np.column_stack([place[near], view[near]]), axis=0)
    view = pairs[:, 1]
    ptr = np.searchsorted(pairs[:, 0], np.arange(count + 1))
    return Table(
        local=fixed(xy),
        weight=fixed(np.ones(count)),
        ptr=fixed(ptr.astype(np.int64)),
        view=fixed(view.astype(np.int32)),
        day=fixed(rng.integers(1, 7, len(view)).astype(np.uint8)),
        night=fixed(rng.integers(0, 3, len(view)).astype(np.uint8)),
        gap=fixed(rng.integers(-1, 3_000, count).astype(np.int32)),
    )


def made_store(scale):
    """Give a store of arrays alone, as large as a city."""
    rng = np.random.default_rng(4)
    buildings = synthetic_city(int(BUILDINGS * scale), rng)
    cameras = facade_cameras(buildings, int(CAMERAS * scale), rng)
    feet = np.column_stack([cameras.geometry.x, cameras.geometry.y])
    box = np.array(buildings.total_bounds).reshape(2, 2)
    feet = feet[z_order(feet, np.array([*box[0], 50.0]))]
    lonlat = Transformer.from_crs(CRS, 4326, always_xy=True)
    merc = mercator.to_merc(*lonlat.transform(*feet.T))
    corners = mercator.to_merc(*lonlat.transform(*box.T))
    count = len(feet)
    ring = box[[0, 1, 1, 0, 0], 0], box[[0, 0, 1, 1, 0], 1]
    outline = mercator.to_merc(*lonlat.transform(*ring))
    layers = {
        "streets": STREETS,
        "ground": GROUND,
        "incident_places": INCIDENT_PLACES,
        "call_places": CALL_PLACES,
    }
    supports = int(INCIDENT_PLACES * scale) // 3
    store = SimpleNamespace(
        meta={
            "crs": CRS,
            "relief": "flat",
            "ptz": "now",
            "band": 2,
            "target_height_m": 1.5,
            "mount_depth_m": 6.0,
            "chord_tolerance_m": 0.05,
            "bands": [
                {"density_px_per_m": one} for one in (12.5, 25, 62.5, 125, 250, 1000)
            ],
            "bounds_merc": [*corners.min(axis=0), *corners.max(axis=0)],
        },
        cameras=Table(
            local=fixed(feet),
            merc=fixed(merc),
            camera_id=Texts.of([f"c{row:06d}" for row in range(count)]),
            name=Texts.of([""] * count),
            active=np.ones(count, np.bool_),
            works=np.ones(count, np.bool_),
        ),
        views=Table(
            local=fixed(feet),
            camera=fixed(np.arange(count, dtype=np.int32)),
            probability=fixed(np.ones(count, np.float32)),
            reach_m=fixed(np.full((count, 6), REACH_M, np.float32)),
        ),
        incidents=SimpleNamespace(
            support=fixed(
                rng.integers(0, supports, int(INCIDENTS * scale)).astype(np.int32)
            ),
            support_ptr=fixed(np.arange(0, 3 * supports + 1, 3, dtype=np.int64)),
        ),
        calls=None,
        gaps=Table(local=np.zeros(3_000), name=[f"Gap {n}" for n in range(3_000)]),
        outline=SimpleNamespace(shape=Ragged.of([[outline]])),
        **{
            name: made_places(rng, int(size * scale), box, feet)
            for name, size in layers.items()
        },
    )
    return store, Obstacles.from_buildings(buildings)


class Answers:
    """What a step asks of the numbers, without the numbers."""

    least = 1
    left = frozenset()
    stages = SimpleNamespace(withholds=lambda: False)

    def __init__(self, store):
        self.store = store
        self._mask = fixed(np.ones(len(store.incidents.support), np.float32))
        self._flags = np.ones(len(store.views), np.bool_)

    def view_flags(self, filters):
        return self._flags

    def event_mask(self, name, filters, *, near=True):
        return self._mask

    def place_mask(self, name, filters):
        return None

    def gap_demand(self, name, filters):
        return np.full(len(self.store.gaps), 50.0)

    def per_year(self, name, filters):
        return 0.2

    def numbers(self, filters):
        whole = {"street_length": "streets", "area": "ground"}
        figures = {
            key: Figure(key, 0.4, None, None, 0.4, None, float(total), "m", "")
            for key, total in (
                *((key, len(getattr(self.store, n))) for key, n in whole.items()),
                ("incidents", len(self._mask)),
            )
        }
        return Numbers(filters, figures)


class City:
    """A map that takes what it is told, as the wire would."""

    def __init__(self):
        self.bridge = self
        self.sent = 0

    def set_ghosts(self, ghosts):
        self.sent = len([one.as_json() for one in ghosts])

    def change_layer(self, key, **parts):
        pass

    def paint_by(self, **parts):
        pass


@pytest.fixture(scope="module")
def city(scale):
    store, walls = made_store(scale)
    answers = Answers(store)
    tryout = Tryout(
        SimpleNamespace(filters=Filters(), change=None, mode="whatif"),
        store=store,
        answers=answers,
        city=City(),
        tell=lambda **parts: json.dumps(parts),
    )
    tryout.engine.lookout.__dict__["walls"] = walls
    return store, tryout


def moved(store, row, step):
    """Give a camera of the city some metres on its way, turning."""
    lon, lat = mercator.to_lonlat(store.cameras.merc[row])
    name = store.cameras.camera_id[row]
    return Ghost.of_kind(
        "bullet",
        key=name,
        of=name,
        lon=float(lon) + 1e-5 * step,
        lat=float(lat),
        bearing_deg=float(step * 6 % 360),
        hfov_deg=90.0,
    )


def by_all(engine, answers, change, filters):
    """Count metres of street anew by every place."""
    store = engine._store
    gone = np.isin(store.views.camera, [engine.camera_row(n) for n in change.gone])
    how = {"band": 2, "light": "day"}
    flags = answers.view_flags(filters)
    before = place_chance(store.streets, store.views, flags=flags, **how)
    left = place_chance(store.streets, store.views, flags=flags & ~gone, **how)
    missed = 1.0 - left.astype(float)
    for ghost in change.ghosts:
        rows, surely = engine.look(ghost, filters).rows["streets"]
        missed[rows] *= 1.0 - surely
    return float(((1.0 - missed) - before).sum())


def test_a_step_of_a_drag_is_counted_at_once(benchmark, city, promise, scale):
    store, tryout = city
    engine, filters = tryout.engine, Filters()
    engine.ready(filters)
    row = len(store.cameras) // 2
    alone, whole = [], []
    for step in range(STEPS):
        change = Change().put(moved(store, row, step))
        start = perf_counter()
        made = engine.step(change, filters)
        alone.append(perf_counter() - start)
    last = moved(store, row, STEPS - 1)
    for step in range(STEPS, 2 * STEPS):
        ghost = moved(store, row, step)
        start = perf_counter()
        tryout.put(ghost, done=False)
        whole.append(perf_counter() - start)
    benchmark.pedantic(engine.step, (Change().put(last), filters), rounds=1)

    gained = {line.name: line.gained for line in made.lines}
    expected = by_all(engine, tryout.answers, Change().put(last), filters)
    assert gained["streets"] == pytest.approx(expected, abs=1e-3)
    note = f"{len(store.cameras):,} cameras, {len(store.incident_places):,} places"
    promise(
        "what-if: a drag step, counted",
        1e3 * float(np.median(alone)),
        "ms",
        at_most=40.0,
        note=note,
    )
    promise(
        "what-if: a drag step, counted, said and sent",
        1e3 * float(np.median(whole)),
        "ms",
        at_most=100.0,
        note=f"95th percentile {1e3 * np.quantile(whole, 0.95):.0f} ms",
    )


def test_twenty_cameras_changed_at_once_are_still_counted_at_once(
    benchmark, city, promise
):
    store, tryout = city
    engine, filters = tryout.engine, Filters()
    rows = np.linspace(0, len(store.cameras) - 1, 20).astype(int)
    change = Change()
    for row in rows:
        change = change.put(moved(store, int(row), 3))
    engine.step(change, filters)
    spent = []
    for step in range(20):
        fresh = change.put(moved(store, int(rows[7]), 10 + step))
        start = perf_counter()
        engine.step(fresh, filters)
        spent.append(perf_counter() - start)
    benchmark.pedantic(engine.step, (change, filters), rounds=1)

    promise(
        "what-if: a drag step with 20 cameras changed",
        1e3 * float(np.median(spent)),
        "ms",
        at_most=40.0,
    )
    assert len(change) == 20
