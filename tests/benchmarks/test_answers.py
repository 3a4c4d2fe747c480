"""Numbers for any choice: how long the planner takes to count a whole city anew."""

from __future__ import annotations

from datetime import date
from time import perf_counter
from types import SimpleNamespace

import numpy as np
import pytest

from coveragekit.coverage.pairs import event_chance, place_chance, sums
from coveragekit.dashboards.planner.answers import Answers
from coveragekit.dashboards.planner.filters import Filters
from coveragekit.view.mercator import to_lonlat

CAMERAS, INCIDENTS, STREETS, GROUND = 60_000, 1_000_000, 300_000, 400_000
TIERS = ["public", "integrated", "registered", "planned"]
WORDS = [f"category {one}" for one in range(30)]
LAST_DAY = date(2025, 12, 31)
CORNER = np.array([0.29, 0.40])
SUMS = ("fails", "hours", "mask", "within", "outside")
CAMERA_STAGES = ("flags", "place", "event")
SIDE = 5e-4  # of the unit square: some 20 km


def near(points, count: int, side: float) -> np.ndarray:
    """Give the number of a square of the city for each place, ``count`` in all."""
    rows = int(np.sqrt(count))
    cell = np.minimum(((points - CORNER) / side * rows).astype(int), rows - 1)
    return cell[:, 1] * rows + cell[:, 0]


class Table(SimpleNamespace):
    """A table whose length is that of its first column."""

    def __len__(self) -> int:
        return len(self.merc)


def made_places(rng, count: int, pairs: float, *, views: int, clusters=None):
    """Give places in Morton-like order and views near each that may see it."""
    merc = CORNER + SIDE * (rng.random((count, 2)) if clusters is None else clusters)
    order = np.argsort(near(merc, 4096, SIDE), kind="stable")
    merc = merc[order]
    seen = rng.poisson(pairs, count)
    ptr = np.concatenate([[0], np.cumsum(seen)]).astype(np.int64)
    middle = np.repeat(near(merc, 4096, SIDE) * views // 4096, seen)
    view = np.clip(middle + rng.integers(-40, 40, len(middle)), 0, views - 1)
    day = rng.integers(1, 7, len(view)).astype(np.uint8)
    area = np.column_stack([near(merc, 49, SIDE), 49 + near(merc, 225, SIDE)])
    return Table(
        merc=merc,
        local=merc,
        weight=np.ones(count),
        ptr=ptr,
        view=view.astype(np.int32),
        day=day,
        night=np.minimum(day, rng.integers(0, 7, len(view))).astype(np.uint8),
        gap=np.where(rng.random(count) < 0.5, rng.integers(0, 3_000, count), -1).astype(
            np.int32
        ),
        area=area.astype(np.int32),
    )


def made_events(rng, places, count: int):
    """Give events on the supports that the places make up, three places each."""
    supports = len(places.weight) // 3
    support = np.sort(rng.integers(0, supports, count)).astype(np.int32)
    start = np.datetime64("2020-01-01", "m").astype(np.int64)
    begin = start + rng.integers(0, 6 * 365 * 1440, count)
    length = np.where(rng.random(count) < 0.5, 0, rng.exponential(400.0, count))
    merc = places.merc[support * 3]
    return Table(
        merc=merc,
        category=rng.integers(0, len(WORDS), count).astype(np.uint16),
        counted=rng.random(count) < 0.7,
        from_min=begin.astype(np.int32),
        to_min=(begin + length).astype(np.int32),
        support=support,
        support_ptr=np.arange(0, 3 * supports + 1, 3, dtype=np.int64),
        naive=rng.random(count).astype(np.float32),
        area=places.area[support * 3],
    )


def made_city(scale: float):
    """Give a store of arrays alone: cameras, places and a million incidents."""
    rng = np.random.default_rng(11)
    cameras = int(CAMERAS * scale)
    views = int(cameras * 1.05)
    camera = np.sort(rng.integers(0, cameras, views)).astype(np.int32)
    clustered = rng.random((int(300_000 * scale) * 3, 2)) ** 1.7
    incident_places = made_places(
        rng, len(clustered), 3.0, views=views, clusters=clustered
    )
    incident_places.weight = np.full(len(clustered), 1.0 / 3.0)
    counts = {"streets": int(STREETS * scale), "ground": int(GROUND * scale)}
    areas = 49 + 225
    told = {
        "categories": WORDS,
        "years": 6.0,
        "from_day": "2020-01-01",
        "to_day": LAST_DAY.isoformat(),
    }
    gaps = 3_000
    return SimpleNamespace(
        meta={
            "tiers": TIERS,
            "area_kinds": ["beat", "tract"],
            "bands": [{"name": f"band {one}"} for one in range(6)],
            "band": 2,
            "incidents": told,
            "calls": None,
            "totals": {name: float(count) for name, count in counts.items()},
        },
        cameras=SimpleNamespace(
            access=rng.integers(0, 4, cameras).astype(np.uint8),
            works=rng.random(cameras) < 0.9,
            used=np.ones(cameras, np.bool_),
        ),
        views=SimpleNamespace(
            camera=camera,
            probability=rng.choice([1.0, 0.2], views).astype(np.float32),
        ),
        **{
            name: made_places(rng, count, 2.0, views=views)
            for name, count in counts.items()
        },
        incident_places=incident_places,
        call_places=made_places(rng, 0, 1.0, views=views),
        incidents=made_events(rng, incident_places, int(INCIDENTS * scale)),
        calls=None,
        scenes=None,
        areas=Table(
            merc=np.zeros(areas),
            area_id=[f"a{one}" for one in range(areas)],
            name=[f"Area {one}" for one in range(areas)],
            kind=np.repeat([0, 1], [49, 225]).astype(np.uint8),
        ),
        gaps=Table(
            merc=np.zeros(gaps),
            gap_id=[f"g{one}" for one in range(gaps)],
            name=[f"Gap {one}" for one in range(gaps)],
            rank=np.arange(1, gaps + 1),
            **{
                name: np.zeros(gaps, np.float32)
                for name in (
                    *("incidents_per_year", "calls_per_year", "incidents_low"),
                    *("incidents_median", "incidents_high", "street_m", "area_m2"),
                )
            },
        ),
    )


@pytest.fixture(scope="module")
def answers(scale) -> Answers:
    """Give the answers of a made city."""
    share = {
        "total": 1.0,
        "unit": "incidents",
        "basis": "as made",
        **dict.fromkeys(("low", "high", "nominal", "naive")),
        "value": None,
        "by_access": {tier: {"alone": None, "nested": None} for tier in TIERS},
    }
    keys = ("street_length", "area", "incidents", "incidents_all")
    summary = {
        "shares": dict.fromkeys(keys, share),
        "scenes": None,
        "as_of": "2025-12-31",
        "edition": "2014",
    }
    return Answers(made_city(scale), summary)


def all_of(answers: Answers, filters: Filters):
    """Count what a page shows of a choice: numbers, what is left, gaps and charts."""
    return (
        answers.numbers(filters),
        answers.counts(filters),
        answers.gaps(filters),
        answers.series(filters),
    )


def seconds(
    answers: Answers, filters: Filters, what=Answers.numbers, *, forget=()
) -> float:
    """Give the best of three: other programs of the machine come between."""
    spent = []
    for _ in range(3):
        answers.stages.forget(*forget)
        start = perf_counter()
        what(answers, filters)
        spent.append(perf_counter() - start)
    return min(spent)


def light_choices(answers: Answers) -> dict[str, Filters]:
    turn = np.linspace(0.0, 2.0 * np.pi, 400, endpoint=False)
    around = 0.3 * SIDE * np.column_stack([np.cos(turn), np.sin(turn)])
    ring = to_lonlat(CORNER + SIDE / 2.0 + around).tolist()
    wishes = {
        "area": {"area": ["beat", 24]},
        "drawn area of 400 corners": {"polygon": ring},
        "dates": {"dates": ["2025-01-01", "2025-06-30"]},
        "category": {"categories": WORDS[:5]},
        "hours": {"hours": [int(one % 24 > 17) for one in range(168)]},
    }
    return {
        name: Filters().changed(wish, answers.terms) for name, wish in wishes.items()
    }


def test_a_filter_of_area_time_or_category_costs_sums_alone(
    answers, scale, promise
) -> None:
    chosen = light_choices(answers)
    for filters in [Filters(), *chosen.values()]:
        all_of(answers, filters)  # compiled, and cameras asked
    for name, filters in chosen.items():
        spent = seconds(answers, filters, forget=SUMS)
        everything = seconds(answers, filters, all_of, forget=SUMS)
        note = f"{1000.0 * everything:.0f} ms with counts, gaps and charts"
        promise(f"filter by {name} to numbers", spent, "s", at_most=0.1, note=note)

    whole = answers.numbers(Filters()).figures["incidents"]
    for filters in chosen.values():
        part = answers.numbers(filters).figures["incidents"]
        assert 0.0 < part.total < whole.total
    assert whole.total == np.count_nonzero(answers.store.incidents.counted)
    assert scale > 0.0


def test_other_cameras_light_or_band_ask_every_place_anew(answers, promise) -> None:
    all_of(answers, Filters())
    usual = answers.numbers(Filters()).figures
    for name, filters in {
        "band": Filters(band=4),
        "day/night": Filters(light="night"),
        "tier": Filters(tier="public"),
        "working": Filters(state="now"),
    }.items():
        spent = seconds(answers, filters, all_of, forget=CAMERA_STAGES)
        promise(f"filter by {name} to numbers, gaps, charts", spent, "s", at_most=1.5)

        for key, figure in answers.numbers(filters).figures.items():
            assert 0.0 < figure.value < usual[key].value


def test_chances_of_a_city_of_pairs(scale, promise) -> None:
    rng = np.random.default_rng(5)
    count, views = int(3_000_000 * scale), int(63_000 * scale)
    places = made_places(rng, count, 5.0 / 3.0, views=views)
    places.weight = np.full(count, 1.0 / 3.0)
    # One camera in twenty turns between two presets.
    turning = np.arange(views) % 21 == 20
    camera = np.cumsum(~turning) - 1
    chance_of = np.where(np.bincount(camera)[camera] > 1, 0.5, 1.0)
    table = SimpleNamespace(
        camera=camera.astype(np.int32), probability=chance_of.astype(np.float32)
    )
    events = made_events(rng, places, count // 3)
    flags = np.ones(views, np.bool_)
    spent = []
    for _ in range(3):
        start = perf_counter()
        chance = place_chance(places, table, flags=flags, band=2)
        seen, total = sums(event_chance(events, places, chance))
        spent.append(perf_counter() - start)
    promise(
        "chance of 1 M events at 3 M places, 5 M pairs", min(spent), "s", at_most=0.15
    )

    few = rng.integers(0, count, 200)
    for place in few.tolist():
        pairs = slice(places.ptr[place], places.ptr[place + 1])
        reached = places.view[pairs][places.day[pairs] > 2]
        looks = np.bincount(table.camera[reached], table.probability[reached])
        assert chance[place] == pytest.approx(1.0 - np.prod(1.0 - looks.clip(0, 1)))
    assert 0.0 < seen < total == count // 3
