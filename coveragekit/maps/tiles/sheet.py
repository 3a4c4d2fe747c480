"""A sheet of pixels to draw on, and the strokes and fills that go onto it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from coveragekit.maps.tiles.kernels.blend import over, sum_rows
from coveragekit.maps.tiles.kernels.fills import SUB, fill
from coveragekit.maps.tiles.kernels.strokes import stroke
from coveragekit.maps.tiles.style import rgb

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from coveragekit.maps.tiles.frame import Frame
    from coveragekit.maps.tiles.index import Drawn

__all__ = ["LINES_A_PIXEL", "Sheet", "hatching"]

LINES_A_PIXEL: Final = 4
_HATCH_PX: Final = 10


class Sheet:
    """
    A sheet of pixels over a window.

    Parameters
    ----------
    frame
        The window.
    ground
        Hex colour of the whole sheet; clear where ``None``.
    smooth
        Whether neighbouring pixels will differ little.
    """

    def __init__(
        self, frame: Frame, ground: str | None = None, *, smooth: bool = False
    ) -> None:
        self.frame = frame
        self.smooth = smooth
        self.canvas = np.zeros((frame.height, frame.width, 4), np.float32)
        if ground is not None:
            self.canvas[:] = (*rgb(ground), 1.0)

    def filled(self, shapes: Drawn, rows: NDArray[np.int64]) -> NDArray[np.uint8]:
        """
        Give the part of each pixel that polygons cover.

        Parameters
        ----------
        shapes
            Polygons.
        rows
            Which of them.

        Returns
        -------
        numpy.ndarray
            0 to 255.
        """
        counts = np.zeros((self.frame.height, self.frame.width + 2), np.int32)
        fill(counts, *shapes.arrays, rows, self.frame.grid(), LINES_A_PIXEL)
        return sum_rows(counts, SUB * LINES_A_PIXEL)

    def stroked(
        self,
        shapes: Drawn,
        rows: NDArray[np.int64],
        width_px: float | NDArray[np.float64],
        *,
        dash: tuple[float, float] = (0.0, 1.0),
    ) -> NDArray[np.uint8]:
        """
        Give the part of each pixel that lines cover.

        Parameters
        ----------
        shapes
            Lines, or polygons whose edges are drawn.
        rows
            Which of them.
        width_px
            Of the lines, one or one for each row, CSS pixels.
        dash
            Length of a dash, and of a dash with its pause, CSS pixels; 0 for none.

        Returns
        -------
        numpy.ndarray
            0 to 255.
        """
        out = np.zeros((self.frame.height, self.frame.width), np.uint8)
        wide = np.full(len(rows), width_px, np.float64) * self.frame.scale
        dashes = np.array(dash, np.float64) * self.frame.scale
        stroke(out, *shapes.arrays, rows, wide, self.frame.grid(), dashes)
        return out

    def lay(self, cover: NDArray[np.uint8], colour: str, opacity: float = 1.0) -> None:
        """
        Lay a colour over the sheet.

        Parameters
        ----------
        cover
            Where, 0 to 255.
        colour
            Hex colour.
        opacity
            0 (clear) to 1.
        """
        over(self.canvas, cover, *rgb(colour), opacity)


def hatching(frame: Frame, *, crossed: bool = False) -> NDArray[np.float32]:
    """
    Give a pattern of slanted lines that goes on from window to window.

    Parameters
    ----------
    frame
        The window.
    crossed
        Whether other lines cross them: a mesh, told from a hatching without colour.

    Returns
    -------
    numpy.ndarray
        0 to 1 for each pixel.
    """
    grid, scale = frame.grid(), frame.scale
    period = _HATCH_PX * scale
    left, top = (float(np.floor(one / 1024.0)) for one in grid[1:])
    down = np.arange(frame.height) + top % period
    right = np.arange(frame.width) + left % period

    def lines(along: NDArray[np.float64]) -> NDArray[np.float64]:
        # Distance to the middle of the nearest line, pixels.
        off = np.abs((along + 0.5) % period - period / 2.0) / np.sqrt(2.0)
        return np.asarray(np.clip(1.1 * scale + 0.5 - off, 0.0, 1.0))

    drawn = lines(np.add.outer(down, right))
    if crossed:
        drawn = np.maximum(drawn, lines(np.subtract.outer(down, right)))
    return np.asarray(drawn, np.float32)
