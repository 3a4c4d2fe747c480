"""A small town's view store made by hand: five cameras on a crossing, all sums easy."""

from dataclasses import replace

import numpy as np

from coveragekit.view import (
    Areas,
    Buildings,
    Cameras,
    Events,
    Gaps,
    Places,
    Ragged,
    Shapes,
    Store,
    StreetLines,
    Texts,
    Views,
    Writer,
    mercator,
    morton,
)
from coveragekit.view.files import CITY

ORIGIN = mercator.to_merc(-87.35, 41.59)
SCALE = float(mercator.scale(ORIGIN))
BANDS = [
    {"name": "monitor", "density_px_per_m": 12.5},
    {"name": "detect", "density_px_per_m": 25.0},
    {"name": "observe", "density_px_per_m": 62.5},
]
GROUPS = ["public", "integrated", "registered", "working"]
UNKNOWN_MIN = np.iinfo(np.int32).min
I64 = np.iinfo(np.int64)


def to_merc(local):
    """Metres east and north of the crossing to the unit square."""
    return ORIGIN + np.asarray(local, float) * (SCALE, -SCALE)


def box(minx, miny, maxx, maxy):
    ring = [(minx, miny), (maxx, miny), (maxx, maxy), (minx, maxy), (minx, miny)]
    return [to_merc(ring)]


def disc(foot, radius_m, corners=32):
    turn = np.linspace(0.0, 2.0 * np.pi, corners + 1)
    around = np.column_stack([np.cos(turn), np.sin(turn)]) * radius_m
    return [to_merc(np.asarray(foot) + around)]


def sector(foot, bearing_deg, hfov_deg, radius_m):
    turn = np.radians(bearing_deg + np.linspace(-hfov_deg / 2, hfov_deg / 2, 17))
    arc = np.column_stack([np.sin(turn), np.cos(turn)]) * radius_m
    return [to_merc(np.asarray(foot) + np.vstack([[0, 0], arc, [0, 0]]))]


def areas_of(local):
    """Beat 0 is west of the crossing, beat 1 east; tract 2 holds all; no ward."""
    x = np.asarray(local, float)[:, 0]
    area = np.full((len(x), 2), 2, np.int32)
    area[:, 0] = x >= 0.0
    return area


def cameras():
    """Five: public east, integrated all round, registered turning, planned, broken."""
    local = np.array([[-60.0, 0], [0, 20], [40, 0], [80, 10], [-40, -30]])
    merc = to_merc(local)
    order = np.argsort(morton.keys(merc), kind="stable")
    n = len(local)
    table = Cameras(
        merc=merc,
        local=local,
        camera_id=Texts.of([f"c{i}" for i in range(n)]),
        name=Texts.of(["West", "North <b>&", "Turning", "Planned", ""]),
        access=np.array([0, 1, 2, 3, 0], np.uint8),
        status=np.array([0, 0, 0, 1, 2], np.uint8),
        kind=np.array([0, 1, 2, 0, 0], np.uint8),
        works=np.array([1, 1, 1, 1, 0], bool),
        active=np.ones(n, bool),
        used=np.array([1, 1, 1, 1, 1], bool),
        bearing_deg=np.array([90.0, np.nan, 270.0, 180.0, 0.0]),
        tilt_deg=np.full(n, 10.0),
        hfov_deg=np.array([60.0, 90.0, 60.0, 60.0, 60.0]),
        vfov_deg=np.full(n, 40.0),
        width_px=np.full(n, 1920.0),
        height_px=np.full(n, 1080.0),
        mount_height_m=np.full(n, 4.0),
        range_m=np.full(n, np.nan),
        ir_range_m=np.array([30.0, np.nan, 30, 30, 30]),
        reach_m=np.full(n, 50.0),
        loss_street_m=np.array([30.0, 5.0, 0.0, np.nan, 0.0]),
        loss_incidents=np.array([2.0, 0.0, 0.0, np.nan, 0.0]),
        moved_m=np.array([0.0, 1.5, 0.0, 0.0, 0.0]),
        active_from_s=np.full(n, I64.min),
        active_to_s=np.full(n, I64.max),
        area=areas_of(local),
        presets=Texts.of([""] * n),
        assumed=Texts.of(["tilt_deg", "", "", "", ""]),
    )
    return taken(table, order)


def taken(table, order):
    """The rows of a flat table in another order."""
    columns = {}
    for name in table.__dataclass_fields__:
        value = getattr(table, name)
        if isinstance(value, Texts):
            columns[name] = Texts.of([value[int(row)] for row in order])
        else:
            columns[name] = np.asarray(value)[order]
    return replace(table, **columns)


def views(table):
    """One each, the turning camera two of probability 0.5: west and east."""
    ids = [table.camera_id[row] for row in range(len(table))]
    shapes, rows = [], []
    looks = {"c0": [90.0], "c1": [np.nan], "c2": [270.0, 90.0], "c3": [180.0]}
    looks["c4"] = [0.0]
    for row, name in enumerate(ids):
        for bearing in looks[name]:
            foot = table.local[row]
            shape = (
                disc(foot, 50.0)
                if np.isnan(bearing)
                else sector(foot, bearing, 60.0, 50.0)
            )
            shapes.append(shape)
            chance = {"c1": 0.25, "c2": 0.5}.get(name, 1.0)
            rows.append((row, chance, bearing, 0.0 if name == "c1" else 30.0))
    camera = np.array([one[0] for one in rows], np.int32)
    m = len(rows)
    return Views(
        camera=camera,
        probability=np.array([one[1] for one in rows]),
        local=table.local[camera],
        merc=table.merc[camera],
        bearing_deg=np.array([one[2] for one in rows]),
        scale=np.full(m, SCALE),
        shape=Ragged.of(shapes),
        reach_m=np.tile([50.0, 40.0, 20.0], (m, 1)),
        far_m=np.full((m, len(BANDS)), np.inf),
        night_m=np.array([one[3] for one in rows]),
    )


def places(table, local, weight):
    """Who sees a place: by distance and angle on open ground, checkable by eye."""
    local = np.asarray(local, float).reshape(-1, 2)
    ptr, view, day, night = [0], [], [], []
    for place in local:
        for row in range(len(table)):
            east, north = place - table.local[row]
            distance = np.hypot(east, north)
            off = np.degrees(np.arctan2(east, north)) - table.bearing_deg[row]
            aimed = np.isnan(off) or abs((off + 180.0) % 360.0 - 180.0) <= 30.0
            bands = int((distance <= table.reach_m[row]).sum()) if aimed else 0
            if bands:
                view.append(row)
                day.append(bands)
                night.append(bands if distance <= table.night_m[row] else 0)
        ptr.append(len(view))
    return Places(
        local=local,
        merc=to_merc(local),
        weight=np.asarray(weight, float),
        ptr=np.array(ptr, np.int64),
        view=np.array(view, np.int32),
        day=np.array(day, np.uint8),
        night=np.array(night, np.uint8),
        gap=np.where(local[:, 0] > 100.0, 0, -1).astype(np.int32),
        area=areas_of(local),
    )


def events(points, support, support_ptr, *, counted, category, protected=()):
    local = np.asarray(points, float)
    key = morton.keys(to_merc(local))
    order = np.argsort(key, kind="stable")
    n = len(local)
    return Events(
        key=key[order],
        merc=to_merc(local)[order],
        local=local[order],
        ids=Texts.of([f"e{row}" for row in order]),
        category=np.asarray(category, np.uint16)[order],
        weight=np.ones(n),
        counted=np.asarray(counted, bool)[order],
        from_min=(np.arange(n) * 600 + 28_926_720).astype(np.int32)[order],
        to_min=(np.arange(n) * 600 + 28_926_730).astype(np.int32)[order],
        support=np.asarray(support, np.int32)[order],
        support_ptr=np.asarray(support_ptr, np.int64),
        naive=np.zeros(n),
        area=areas_of(local)[order],
        basis=np.zeros(n, np.uint8),
        protected=np.isin(order, protected),
    )


def meta(*, scenes=None, incidents=4, calls=None):
    def told(count):
        return {"categories": ["13A", "220"], "years": 2.0, "from_day": "2025-01-01",
                "to_day": "2026-12-31", "bases": ["point"], "count": count}  # fmt: skip

    corners = np.array([[-120.0, -60.0], [140.0, 60.0]])
    (minx, maxy), (maxx, miny) = to_merc(corners).tolist()
    return {
        "study": "Crossing",
        "simulated": True,
        "crs": "EPSG:32616",
        "time_zone": "America/Chicago",
        "as_of": "2026-06-01T12:00:00-05:00",
        "purpose": "detect",
        "edition": "2014",
        "bands": BANDS,
        "band": 1,
        "light_names": ["day", "night"],
        "tiers": ["public", "integrated", "registered", "planned"],
        "statuses": ["active", "planned", "broken"],
        "kinds": ["bullet", "dome", "ptz"],
        "area_kinds": ["beat", "tract"],
        "incidents": told(incidents),
        "calls": None if calls is None else told(calls),
        "totals": {"streets": 240.0, "ground": 600.0},
        "bounds_merc": [minx, miny, maxx, maxy],
        "scenes": scenes,
        "scene_groups": GROUPS,
        "tables": {},
        "sources": ["made by hand"],
        "relief": "flat",
        "ptz": "preset",
        "target_height_m": 1.5,
        "mount_depth_m": 6.0,
        "chord_tolerance_m": 0.05,
    }


def tables():
    """Every table of the town by its name in the store."""
    cams = cameras()
    seen = views(cams)
    street = np.column_stack([np.arange(-105.0, 136.0, 30.0), np.zeros(9)])
    ground = [[x, y] for x in (-90.0, -30, 30, 90, 120) for y in (-20.0, 20.0)]
    # Support 0 is a point, 1 a block of three places that two events share, 2 a point.
    where = [[-30.0, 0], [10, 0], [20, 0], [30, 0], [120, 0]]
    beats = [box(-120, -60, 0, 60), box(0, -60, 140, 60), box(-120, -60, 140, 60)]
    return {
        "cameras": cams,
        "views": seen,
        "streets": places(seen, street, np.full(9, 240.0 / 9)),
        "ground": places(seen, ground, np.full(10, 60.0)),
        "incident_places": places(seen, where, [1.0, 0.5, 0.25, 0.25, 1.0]),
        "call_places": places(seen, np.empty((0, 2)), []),
        "incidents": events(
            [[-30.0, 0], [20, 1], [20, 1], [120, 0]],
            [0, 1, 1, 2],
            [0, 1, 4, 5],
            counted=[1, 1, 0, 1],
            category=[0, 1, 1, 0],
        ),
        "gaps": Gaps(
            gap_id=Texts.of(["g1"]),
            name=Texts.of(["Broadway near <script>"]),
            shape=Ragged.of([box(100, -20, 140, 20)]),
            rank=np.array([1], np.int32),
            incidents_per_year=np.array([0.5]),
            calls_per_year=np.array([0.0]),
            incidents_low=np.array([0.25]),
            incidents_median=np.array([0.5]),
            incidents_high=np.array([0.75]),
            street_m=np.array([40.0]),
            area_m2=np.array([1600.0]),
            centre=to_merc([[120.0, 0.0]]),
        ),
        "areas": Areas(
            area_id=Texts.of(["b1", "b2", "t1"]),
            name=Texts.of(["Beat 1", "Beat 2", "Tract 1"]),
            kind=np.array([0, 0, 1], np.uint8),
            shape=Ragged.of(beats),
            population=np.array([100.0, 200.0, np.nan]),
            area_km2=np.array([0.0144, 0.0168, 0.0312]),
        ),
        "buildings": Buildings(
            shape=Ragged.of([box(-50, 30, -20, 50), box(20, 30, 50, 50)]),
            height_m=np.array([6.0, np.nan]),
        ),
        "street_lines": StreetLines(
            shape=Ragged.of([[to_merc([[-120, 0], [0, 0]])],
                             [to_merc([[0, 0], [140, 0]])],
                             [to_merc([[0, -60], [0, 60]])]]),
            name=Texts.of(["Main Street"]),
            name_of=np.array([0, 0, -1], np.int32),
            rank=np.array([2, 2, 5], np.uint8),
            public=np.array([1, 1, 1], bool),
        ),
        "water": Shapes(Ragged.of([box(60, -55, 130, -35)]), Texts.of(["Lake"])),
        "zones": Shapes(Ragged.of([box(70, 20, 90, 40)]), Texts.of(["Yard"])),
        "outline": Shapes(Ragged.of([box(-120, -60, 140, 60)]), Texts.of([""])),
    }  # fmt: skip


def write_store(results, given=None, **changed):
    """
    Write tables (the town's where none are given) into a results folder.

    Other keywords replace entries of the meta data.
    """
    given = tables() if given is None else given
    writer = Writer(results / CITY)
    for name, table in given.items():
        writer.add(name, table)
    writer.close(meta() | changed)
    return results


def made_store(folder, **changed):
    """A store on disk, opened: ``folder`` becomes its results folder."""
    return Store.open(write_store(folder, **changed))
