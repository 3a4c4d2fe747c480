"""A city of any size as arrays: streets, houses with yards, cameras, incidents."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
from numpy.typing import NDArray

from coveragekit.view import Ragged, Texts, mercator, morton

CENTRE = mercator.to_merc(-84.39, 33.75)
SCALE = float(mercator.scale(CENTRE))
PEOPLE = 1200.0


class Table(SimpleNamespace):
    """Columns, with the length of the first of them."""

    def __len__(self) -> int:
        return len(next(iter(self.__dict__.values())))


def to_merc(local: NDArray[np.float64]) -> NDArray[np.float64]:
    return CENTRE + local * (SCALE, -SCALE)


def rings(
    corners: NDArray[np.float64], count: NDArray[np.int64], parts: NDArray[np.int64]
) -> Ragged:
    """Give shapes of ``parts`` rings each, of ``count`` corners each."""
    return Ragged.with_boxes(
        to_merc(corners),
        np.concatenate([[0], np.cumsum(count)]),
        np.concatenate([[0], np.cumsum(parts)]),
    )


def in_order(places: NDArray[np.float64]) -> NDArray[np.int64]:
    return np.argsort(morton.keys(to_merc(places)), kind="stable")


def houses(n: int, side_m: float, rng: np.random.Generator) -> Table:
    """Turned boxes, every fifth with a yard."""
    foot = rng.uniform(-side_m / 2, side_m / 2, (n, 2))
    foot = foot[in_order(foot)]
    half = rng.uniform(5.0, 11.0, (n, 2))
    turn = rng.choice([0.0, 0.3], n)
    unit = np.array([[-1.0, -1], [1, -1], [1, 1], [-1, 1], [-1, -1]])
    yard = np.arange(n) % 5 == 0
    shapes = []
    for size in (1.0, 0.4):
        box = unit[None] * half[:, None] * size
        x = box[..., 0] * np.cos(turn)[:, None] - box[..., 1] * np.sin(turn)[:, None]
        y = box[..., 0] * np.sin(turn)[:, None] + box[..., 1] * np.cos(turn)[:, None]
        shapes.append(np.stack([x, y], axis=-1) + foot[:, None])
    kept = np.stack([np.ones(n, bool), yard], axis=1).ravel()
    corners = np.stack(shapes, axis=1).reshape(2 * n, 5, 2)[kept].reshape(-1, 2)
    shape = rings(corners, np.full(kept.sum(), 5), 1 + yard.astype(np.int64))
    return Table(height_m=np.full(n, 9.0, np.float32), shape=shape)


def streets(side_m: float, rng: np.random.Generator) -> Table:
    """A grid of bent blocks of 110 m, every eighth line a larger street."""
    lines = np.arange(-side_m / 2, side_m / 2, 110.0)
    bends = np.arange(-side_m / 2, side_m / 2, 27.5)
    corners, rank, name = [], [], []
    for number, at in enumerate(lines):
        wave = at + 6.0 * np.sin(bends / 160.0 + number)
        for x, y in ((bends, wave), (wave, bends)):
            whole = np.stack([x, y], axis=-1)
            for start in range(0, len(bends) - 4, 4):
                corners.append(whole[start : start + 5])
                rank.append(2 if number % 32 == 0 else 4 if number % 8 == 0 else 5)
                name.append(number % 400)
    order = in_order(np.array([one[2] for one in corners]))
    shape = rings(
        np.concatenate([corners[one] for one in order]),
        np.full(len(order), 5),
        np.ones(len(order), np.int64),
    )
    names = Texts.of([f"Street {i}" for i in range(400)])
    del rng
    return Table(
        rank=np.array(rank, np.uint8)[order],
        name_of=np.array(name, np.int32)[order],
        shape=shape,
        name=names,
    )


def views(n: int, side_m: float, rng: np.random.Generator) -> tuple[Table, Table]:
    """Cameras whose views have a ragged edge, as walls make it."""
    foot = rng.normal(0.0, side_m / 5, (n, 2)).clip(-side_m / 2, side_m / 2)
    foot = foot[in_order(foot)]
    bearing = rng.uniform(0.0, 360.0, n).astype(np.float32)
    hfov = rng.uniform(60.0, 110.0, n)
    reach = rng.uniform(15.0, 40.0, n)
    steps = np.linspace(-0.5, 0.5, 60)
    turn = np.radians(bearing[:, None] + hfov[:, None] * steps)
    away = 3.0 * reach[:, None] * np.repeat(rng.uniform(0.2, 1.0, (n, 10)), 6, axis=1)
    arc = np.stack([np.sin(turn), np.cos(turn)], axis=-1) * away[..., None]
    corners = np.concatenate([np.zeros((n, 1, 2)), arc, np.zeros((n, 1, 2))], axis=1)
    corners += foot[:, None]
    shape = rings(corners.reshape(-1, 2), np.full(n, 62), np.ones(n, np.int64))
    merc = to_merc(foot)
    unknown = rng.random(n) < 0.1
    bearing[unknown] = np.nan
    cameras = Table(
        merc=merc,
        access=rng.integers(0, 4, n).astype(np.uint8),
        works=rng.random(n) < 0.95,
        bearing_deg=bearing,
    )
    return cameras, Table(
        camera=np.arange(n, dtype=np.int32),
        probability=np.where(unknown, 0.25, 1.0).astype(np.float32),
        merc=merc,
        bearing_deg=bearing,
        scale=np.full(n, SCALE),
        shape=shape,
        reach_m=np.stack([3.0 * reach, reach], axis=1).astype(np.float32),
        far_m=np.stack([2.9 * reach, 0.9 * reach], axis=1).astype(np.float32),
        night_m=np.full(n, 30.0, np.float32),
    )


def events(n: int, side_m: float, rng: np.random.Generator) -> Table:
    """Half of them around two hundred places."""
    spots = rng.normal(0.0, side_m / 6, (200, 2))
    local = rng.normal(0.0, side_m / 5, (n, 2))
    local[: n // 2] = spots[rng.integers(0, 200, n // 2)]
    local[: n // 2] += rng.normal(0.0, 120.0, (n // 2, 2))
    merc = to_merc(local.clip(-side_m / 2, side_m / 2))
    key = morton.keys(merc)
    order = np.argsort(key, kind="stable")
    counted = rng.random(n) < 0.7
    return Table(key=key[order], merc=merc[order], counted=counted)


def tile_city(scale: float, rng: np.random.Generator) -> SimpleNamespace:
    """Give what a painter draws of a store; 1: 160,000 houses, a million incidents."""
    side_m = 18_000.0 * np.sqrt(scale)
    half = np.array([side_m, side_m]) / 2
    low, high = to_merc(half * (-1, 1)), to_merc(half * (1, -1))
    unit = np.array([[-1.0, -1], [1, -1], [1, 1], [-1, 1], [-1, -1]])
    whole = rings(unit * half, np.array([5]), np.array([1]))
    lake = rings(unit * half / 20 + half / 3, np.array([5]), np.array([1]))
    cameras, seen = views(int(60_000 * scale), side_m, rng)
    cells = (unit[None] + 1) / 2 * side_m / 10
    cells = (
        cells
        + np.stack(np.meshgrid(np.arange(10), np.arange(10)), axis=-1).reshape(-1, 1, 2)
        * (side_m / 10)
        - half
    )
    area = rings(cells.reshape(-1, 2), np.full(100, 5), np.ones(100, np.int64))
    blocks = cells[::4] * 0.2
    gaps = rings(blocks.reshape(-1, 2), np.full(25, 5), np.ones(25, np.int64))
    return SimpleNamespace(
        meta={
            "bounds_merc": [*low.tolist(), *high.tolist()],
            "bands": [{"name": "detect"}, {"name": "observe"}],
            "tiers": ["public", "integrated", "registered", "planned"],
            "area_kinds": ["district"],
            "incidents": {"years": 3.0},
            "calls": None,
        },
        buildings=houses(int(160_000 * scale), side_m, rng),
        street_lines=streets(side_m, rng),
        water=Table(shape=lake, name=Texts.of(["Lake"])),
        zones=Table(shape=Ragged.of([]), name=Texts.of([])),
        outline=Table(shape=whole, name=Texts.of([""])),
        cameras=cameras,
        views=seen,
        incidents=events(int(1_000_000 * scale), side_m, rng),
        calls=None,
        gaps=Table(rank=np.arange(25, dtype=np.int32) + 1, shape=gaps),
        areas=Table(
            kind=np.zeros(100, np.uint8),
            shape=area,
            name=Texts.of([f"District {i}" for i in range(100)]),
            population=rng.uniform(0.0, PEOPLE, 100).astype(np.float32),
            area_km2=np.full(100, (side_m / 10_000.0) ** 2, np.float32),
        ),
    )
