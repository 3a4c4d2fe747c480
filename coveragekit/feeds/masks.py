"""Parts of a picture that nobody is to see, covered before anything leaves."""

from __future__ import annotations

import math
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from PIL import Image, ImageDraw

from coveragekit.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from av.video.frame import VideoFrame
    from numpy.typing import NDArray

__all__ = ["Mask", "MaskPainter"]

_STYLES = ("solid", "pixels")
# how much luma stands for "nothing to see here"
_SOLID_LUMA = 40
_NO_COLOUR = 128
# of a mask's longer side; a cell is never smaller than the second figure
_CELLS = 10
_SMALLEST_CELL_PX = 10
_SIZES_KEPT = 4
_SMALLEST_AREA = 1e-6


@dataclass(frozen=True, slots=True)
class Mask:
    """
    One part of a camera's picture that is covered.

    Parameters
    ----------
    ring
        Corners ``(x, y)`` as shares of width and height, from the upper left corner;
        the last one joins the first.
    style
        ``"solid"``: one dark area; ``"pixels"``: at most ten cells along the longer
        side, none smaller than ten pixels.

    Examples
    --------
    >>> Mask(((0.0, 0.0), (0.5, 0.0), (0.5, 0.5))).style
    'solid'
    >>> Mask(((0, 0), (2, 0), (0, 1)))
    Traceback (most recent call last):
    coveragekit.errors.InputError: a mask's corners lie between 0 and 1, not at (2, 0)
    """

    ring: tuple[tuple[float, float], ...]
    style: Literal["solid", "pixels"] = "solid"

    def __post_init__(self) -> None:
        if self.style not in _STYLES:
            message = f"a mask is 'solid' or 'pixels', not {self.style!r}"
            raise InputError(message)
        for x, y in self.ring:
            # written so that what is no number is refused as well
            if not (0 <= x <= 1 and 0 <= y <= 1):
                message = f"a mask's corners lie between 0 and 1, not at {(x, y)}"
                raise InputError(message)
        if len(self.ring) < 3 or _area(self.ring) < _SMALLEST_AREA:
            message = f"a mask of {len(self.ring)} corners covers nothing"
            raise InputError(message)


@dataclass(frozen=True, slots=True)
class _Patch:
    """One mask on pictures of one size: where it begins, and what it covers."""

    top: int
    left: int
    luma: NDArray[np.bool_]
    chroma: NDArray[np.bool_]
    cell_px: int | None


class MaskPainter:
    """
    Cover masked parts of pictures in place.

    Parameters
    ----------
    masks
        The camera's masks.

    Notes
    -----
    What is covered is worked out once for each size of picture. Each patch reaches two
    pixels beyond its ring, so that scaling a picture down carries nothing out.
    """

    def __init__(self, masks: Sequence[Mask]) -> None:
        self.masks = tuple(masks)
        self._patches: OrderedDict[tuple[int, int], list[_Patch]] = OrderedDict()

    def paint(self, frame: VideoFrame) -> None:
        """
        Cover the masked parts of a picture.

        Parameters
        ----------
        frame
            A picture of pixel format ``yuvj420p``; it is changed.
        """
        if not self.masks:
            return
        if frame.format.name != "yuvj420p":
            message = f"a picture of {frame.format.name} cannot be masked"
            raise InputError(message)
        luma, *chroma = (_plane(frame, index) for index in range(3))
        for patch in self._patches_of(frame.width, frame.height):
            _cover(luma, patch.top, patch.left, patch.luma, patch.cell_px, _SOLID_LUMA)
            half = None if patch.cell_px is None else patch.cell_px // 2
            top, left = patch.top // 2, patch.left // 2
            for plane in chroma:
                _cover(plane, top, left, patch.chroma, half, _NO_COLOUR)

    def _patches_of(self, width: int, height: int) -> list[_Patch]:
        size = (width, height)
        if size not in self._patches:
            self._patches[size] = [_patch(mask, width, height) for mask in self.masks]
            while len(self._patches) > _SIZES_KEPT:
                self._patches.popitem(last=False)
        self._patches.move_to_end(size)
        return self._patches[size]


def _area(ring: Sequence[tuple[float, float]]) -> float:
    following = [*ring[1:], ring[0]]
    pairs = zip(ring, following, strict=True)
    return abs(math.fsum(x0 * y1 - x1 * y0 for (x0, y0), (x1, y1) in pairs)) / 2


def _plane(frame: VideoFrame, index: int) -> NDArray[np.uint8]:
    plane = frame.planes[index]
    rows = np.frombuffer(plane, np.uint8)  # type: ignore[call-overload]
    whole: NDArray[np.uint8] = rows[: plane.line_size * plane.height]
    return whole.reshape(plane.height, plane.line_size)[:, : plane.width]


def _patch(mask: Mask, width: int, height: int) -> _Patch:
    drawn = Image.new("1", (width, height))
    corners = [(x * width, y * height) for x, y in mask.ring]
    # five pixels wide: two on the far side of the line, wherever in a pixel it runs
    ImageDraw.Draw(drawn).polygon(corners, fill=1, outline=1, width=1)
    ImageDraw.Draw(drawn).line([*corners, corners[0]], fill=1, width=5, joint="curve")
    covered = np.asarray(drawn, dtype=np.bool_)
    rows, columns = np.flatnonzero(covered.any(axis=1)), np.flatnonzero(covered.any(0))
    top, left = int(rows[0]) // 2 * 2, int(columns[0]) // 2 * 2
    luma = covered[top : int(rows[-1]) + 1, left : int(columns[-1]) + 1]
    even = np.pad(luma, ((0, luma.shape[0] % 2), (0, luma.shape[1] % 2)))
    # a sample of colour that touches the mask at all is covered
    quarters = even.reshape(even.shape[0] // 2, 2, even.shape[1] // 2, 2)
    chroma = np.asarray(quarters.any(axis=(1, 3)))
    cell: int | None = None
    if mask.style == "pixels":
        cell = max(_SMALLEST_CELL_PX, math.ceil(max(luma.shape) / _CELLS))
        cell += cell % 2
    return _Patch(top, left, luma.copy(), chroma, cell)


def _cover(  # noqa: PLR0917 - a plane, a place in it, what to cover and how
    plane: NDArray[np.uint8],
    top: int,
    left: int,
    covered: NDArray[np.bool_],
    cell_px: int | None,
    solid: int,
) -> None:
    rows, columns = covered.shape
    part = plane[top : top + rows, left : left + columns]
    covered = covered[: part.shape[0], : part.shape[1]]
    if cell_px is None:
        part[covered] = solid
        return
    part[covered] = _cells(part, cell_px)[covered]


def _cells(part: NDArray[np.uint8], cell_px: int) -> NDArray[np.uint8]:
    """Give each cell its mean."""
    row_starts = np.arange(0, part.shape[0], cell_px)
    column_starts = np.arange(0, part.shape[1], cell_px)
    sums = np.add.reduceat(part, row_starts, axis=0, dtype=np.uint32)
    sums = np.add.reduceat(sums, column_starts, axis=1)
    tall = np.diff(np.append(row_starts, part.shape[0]))
    wide = np.diff(np.append(column_starts, part.shape[1]))
    means = (sums // np.outer(tall, wide)).astype(np.uint8)
    return np.repeat(np.repeat(means, tall, axis=0), wide, axis=1)
