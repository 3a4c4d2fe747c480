"""The smallest drawing that needs every kernel, for compiling them ahead of need."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from coveragekit.maps.tiles.frame import Frame
from coveragekit.maps.tiles.index import Drawn, frozen
from coveragekit.maps.tiles.kernels import blend, fills, spots, strokes, views
from coveragekit.maps.tiles.png import to_png
from coveragekit.maps.tiles.sheet import Sheet
from coveragekit.view import Ragged

if TYPE_CHECKING:
    from collections.abc import Callable

    Step = tuple[str, Callable[[], object]]

__all__ = ["steps"]


def steps() -> list[Step]:
    """
    Give what to draw, and what each step compiles.

    Returns
    -------
    list of tuple
        Words and a function.

    Examples
    --------
    >>> [what for what, _ in steps()][0]
    'buildings and streets'
    """
    ring = np.array([[0.2, 0.2], [0.8, 0.2], [0.8, 0.8], [0.2, 0.2]])
    shapes = Drawn.of(Ragged.of([[ring]]))
    sheet = Sheet(Frame(0.0, 0.0, 1.0 / 8.0, 8, 8))
    rows = shapes.index.rows(sheet.frame.box())
    one = frozen(np.ones(1), np.float32)
    place = frozen(np.full((1, 2), 0.5))
    grid = sheet.frame.grid()

    def draw_lines() -> None:
        sheet.lay(sheet.filled(shapes, rows), "#ffffff")
        sheet.lay(sheet.stroked(shapes, rows, 1.0), "#ffffff")

    def draw_views() -> None:
        cuts = frozen(np.ones(1)), frozen(np.ones(1))
        counts = np.zeros((8, 10), np.int64)
        given = (*shapes.arrays, rows, place, one, *cuts)
        views.add_views(counts, *given, one, grid, 1)
        views.add_shapes(counts, *shapes.arrays, rows, one, grid, 1)
        classes = np.ones(1, np.int64), np.ones((1, 4), np.float32)
        blend.colour_classes(sheet.canvas, counts, 1, *classes)
        colour = np.zeros(3)
        blend.lay_change(
            *(sheet.canvas, counts, counts, 1, fills.FULL, colour, colour, 8, 0, 0)
        )
        cover = np.zeros((8, 8), np.uint8)
        strokes.cut_outlines(cover, *given, 1.0, grid, np.array([1.0, 2.0]))

    def draw_points() -> None:
        counts = np.zeros((8, 8), np.float32)
        slices = np.array([[0, 1]])
        yes = frozen(np.ones(1), np.uint8)
        for weights in (one, yes):
            spots.count_points(counts, place, weights, slices, 8.0, 0, 0)
            spots.discs(counts, place, weights, slices, grid, 2.0, 0.5)
        across = np.linspace(0.5, 7.5, 8)
        spots.blur(counts, across, across, 1.0, 2)
        stamps = np.ones((1, 2, 2, 4), np.float32)
        spots.stamp(sheet.canvas, place, rows, rows, stamps, grid)

    def write() -> None:
        blend.lay_sheet(sheet.canvas, sheet.canvas, 0.5)
        to_png(sheet.canvas)

    return [
        ("buildings and streets", draw_lines),
        ("coverage on the map", draw_views),
        ("incidents on the map", draw_points),
        ("pictures", write),
    ]
