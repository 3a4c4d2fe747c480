"""Tiles of a city of 60,000 cameras, 160,000 houses and a million incidents."""

from __future__ import annotations

import time
from collections.abc import Callable
from types import SimpleNamespace

import numpy as np
import pytest

from coveragekit.maps.tiles import Look, Painter, warm_up
from tests.benchmarks.tile_city import CENTRE, tile_city


@pytest.fixture(scope="module")
def city(scale: float) -> SimpleNamespace:
    warm_up()
    return tile_city(scale, np.random.default_rng(4))


def drawn(
    painter: Painter, layer: str, z: int, look: Look, *, columns: int = 5, rows: int = 4
) -> tuple[list[float], list[int]]:
    """Seconds of processor and bytes of each tile in the middle of the city."""
    x, y = (CENTRE * 2**z).astype(int).tolist()
    spent, sizes = [], []
    for column in range(x - columns // 2, x - columns // 2 + columns):
        for row in range(y - rows // 2, y - rows // 2 + rows):
            start = time.process_time()
            sizes.append(len(painter.paint(layer, z, column, row, look)))
            spent.append(time.process_time() - start)
    return spent, sizes


def test_a_painter_starts_at_once(
    city: SimpleNamespace, promise: Callable[..., None], cpu_clock: Callable
) -> None:
    with cpu_clock() as spent:
        ready = Painter(city).city
        everything = (ready.buildings, ready.streets, ready.views, ready.camera_places)
        ready.cuts(Look(band=1))

    assert len(everything[0]) == len(city.buildings)
    promise("painter's indexes of a city", spent[0], "s", at_most=0.3)


@pytest.mark.parametrize(
    ("layer", "z", "most_ms"),
    [
        ("base", 13, 15.0),
        ("base", 14, 15.0),
        ("base", 16, 4.0),
        ("coverage", 14, 10.0),
        ("coverage", 16, 4.0),
        ("incidents", 12, 5.0),
        ("incidents", 14, 3.0),
        ("cameras", 12, 5.0),
    ],
)
def test_tiles_are_drawn_in_milliseconds(
    city: SimpleNamespace,
    promise: Callable[..., None],
    *,
    layer: str,
    z: int,
    most_ms: float,
) -> None:
    painter, look = Painter(city), Look(band=1)
    drawn(painter, layer, z, look, columns=1, rows=1)

    spent, sizes = drawn(painter, layer, z, look)

    assert max(sizes) > 0
    promise(
        *(f"{layer} tile at zoom {z}", 1e3 * float(np.mean(spent)), "ms"),
        at_most=most_ms,
        note=f"{np.mean(sizes) / 1000:.0f} kB",
    )


def test_the_coverage_of_a_city_is_on_the_screen_soon(
    city: SimpleNamespace, promise: Callable[..., None], scale: float
) -> None:
    painter = Painter(city)
    painter.city.cuts(Look(band=1))
    # The zoom at which the city is about a screen wide.
    z = round(12 - np.log2(scale) / 2)

    spent, sizes = drawn(painter, "coverage", z, Look(band=1), columns=6, rows=5)

    assert max(sizes) > 0
    promise("all coverage tiles of a screen, city zoom", sum(spent), "s", at_most=1.5)
    promise("their bytes", sum(sizes) / 1e6, "MB", at_most=1.0)


def test_a_filter_is_drawn_soon(
    city: SimpleNamespace, promise: Callable[..., None]
) -> None:
    painter = Painter(city)
    everything, _ = drawn(painter, "incidents", 13, Look())
    few = np.arange(len(city.incidents)) % 10 == 0

    spent, sizes = drawn(painter, "incidents", 13, Look(incidents=few))

    assert len(everything) == len(spent)
    assert max(sizes) > 0
    promise("incident tiles of a screen after a filter", sum(spent), "s", at_most=0.4)
