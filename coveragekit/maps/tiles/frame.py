"""Windows onto the map: which part of it becomes which pixels."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np

from coveragekit.errors import InputError
from coveragekit.maps.tiles.kernels.fills import SUB

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["DEEPEST", "TILE_PX", "Frame"]

TILE_PX = 256
"""Side of a tile, CSS pixels."""
DEEPEST = 22
"""Largest zoom of a tile."""


@dataclass(frozen=True, slots=True)
class Frame:
    """
    A rectangle of pixels on the map.

    Parameters
    ----------
    west, north
        Its corner, in the unit square of Web Mercator.
    pixel
        Side of a pixel, in the same unit, > 0.
    width, height
        Its size, pixels.
    scale
        Pixels for each CSS pixel, > 0: what is drawn is so many times as wide.
    """

    west: float
    north: float
    pixel: float
    width: int
    height: int
    scale: float = 1.0

    @classmethod
    def tile(cls, z: int, x: int, y: int, *, scale: int = 1) -> Self:
        """
        Give the window of a tile.

        Parameters
        ----------
        z
            Zoom, 0 to 22.
        x, y
            Column from the west, row from the north.
        scale
            Pixels for each CSS pixel, 1 to 4.

        Returns
        -------
        Frame
            ``256 * scale`` pixels wide and high.

        Raises
        ------
        InputError
            There is no such tile, or no such scale.

        Examples
        --------
        >>> Frame.tile(1, 1, 0).west
        0.5
        """
        if not (0 <= z <= DEEPEST and 0 <= x < 2**z and 0 <= y < 2**z):
            message = (
                f"there is no tile {z}/{x}/{y}; allowed: z from 0 to {DEEPEST}, x and "
                "y from 0 to 2**z - 1"
            )
            raise InputError(message)
        if scale not in {1, 2, 3, 4}:
            message = f"the scale of a tile is {scale!r}; allowed: 1, 2, 3 or 4"
            raise InputError(message)
        side = TILE_PX * scale
        part = 2.0**-z
        return cls(x * part, y * part, part / side, side, side, float(scale))

    @classmethod
    def around(
        cls,
        bounds: tuple[float, float, float, float],
        size_px: tuple[int, int],
        *,
        scale: float = 1.0,
    ) -> Self:
        """
        Give the window that shows all of a box in the middle of a picture.

        Parameters
        ----------
        bounds
            Least x and y, greatest x and y, unit square of Web Mercator.
        size_px
            Width and height of the picture, pixels.
        scale
            Pixels for each CSS pixel.

        Returns
        -------
        Frame
            As wide or as high as the box, and wider or higher where the picture is.

        Raises
        ------
        InputError
            The box is empty or not finite, or a size or the scale is not positive.

        Examples
        --------
        >>> frame = Frame.around((0.4, 0.4, 0.6, 0.5), (200, 200))
        >>> round(frame.west, 6), round(frame.north, 6)
        (0.4, 0.35)
        """
        minx, miny, maxx, maxy = bounds
        width, height = size_px
        wide = math.isfinite(minx + miny + maxx + maxy) and minx < maxx and miny < maxy
        if not (wide and width > 0 and height > 0 and scale > 0.0):
            message = (
                f"a picture of the box {bounds} with {width} by {height} pixels at "
                f"scale {scale} cannot be; allowed: a box with minx < maxx and "
                "miny < maxy, sizes and scale above 0"
            )
            raise InputError(message)
        pixel = max((maxx - minx) / width, (maxy - miny) / height)
        west = (minx + maxx - pixel * width) / 2.0
        north = (miny + maxy - pixel * height) / 2.0
        return cls(west, north, pixel, width, height, float(scale))

    @property
    def zoom(self) -> float:
        """Zoom at which a tile's CSS pixels are as large as this window's."""
        return -math.log2(self.pixel * self.scale * TILE_PX)

    def grid(self, fine: int = 1) -> NDArray[np.float64]:
        """
        Give how kernels find a place in the window.

        Parameters
        ----------
        fine
            Cells along the side of a pixel.

        Returns
        -------
        numpy.ndarray
            Steps per unit of the map, and the steps at the left and top edge, whole.
        """
        steps = SUB * fine / self.pixel
        return np.array(
            [
                steps,
                math.floor(self.west * steps + 0.5),
                math.floor(self.north * steps + 0.5),
            ]
        )

    def box(self, margin_px: float = 0.0) -> NDArray[np.float64]:
        """
        Give the part of the map that the window shows.

        Parameters
        ----------
        margin_px
            How much more on each side, pixels.

        Returns
        -------
        numpy.ndarray
            Least x and y, greatest x and y.
        """
        margin = margin_px * self.pixel
        return np.array(
            [
                self.west - margin,
                self.north - margin,
                self.west + self.width * self.pixel + margin,
                self.north + self.height * self.pixel + margin,
            ]
        )

    def blocks(self, side: int) -> list[tuple[int, int, Frame]]:
        """
        Give the window cut into smaller ones, to be drawn one after another.

        Parameters
        ----------
        side
            Longest side of each, pixels.

        Returns
        -------
        list of tuple
            Column and row of its corner, and the window.
        """
        return [
            (
                left,
                top,
                Frame(
                    self.west + left * self.pixel,
                    self.north + top * self.pixel,
                    self.pixel,
                    min(side, self.width - left),
                    min(side, self.height - top),
                    self.scale,
                ),
            )
            for top in range(0, self.height, side)
            for left in range(0, self.width, side)
        ]
