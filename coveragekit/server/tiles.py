"""The map under the form: its pictures and the names on it."""

from __future__ import annotations

from collections import OrderedDict
from functools import cached_property
from threading import Lock
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from coveragekit.errors import InputError
from coveragekit.maps.tiles import Frame, Look, Painter, encode, labels
from coveragekit.maps.tiles.style import ink

if TYPE_CHECKING:
    from coveragekit.view import Store

__all__ = ["DEEPEST", "SHALLOWEST", "Ground"]

SHALLOWEST: Final = 12
"""Least zoom of the map."""
DEEPEST: Final = 20
"""Greatest zoom of the map."""
_KEPT: Final = 3000
# Names are placed for a window of so many tiles along each side.
_NAMED: Final = 4


class Ground:
    """
    Draw the map of a study: streets, buildings and water, and nothing of any camera.

    Parameters
    ----------
    store
        Its view store.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._painter = Painter(store)
        self._kept: OrderedDict[tuple[Any, ...], bytes] = OrderedDict()
        self._lock = Lock()

    @cached_property
    def bounds(self) -> tuple[float, float, float, float]:
        """Least x and y, greatest x and y of the study, unit square of Web Mercator."""
        minx, miny, maxx, maxy = self._store.meta["bounds_merc"]
        return float(minx), float(miny), float(maxx), float(maxy)

    def ready(self) -> None:
        """Compile or load what draws."""
        self._painter.ready()

    def tile(self, where: tuple[int, int, int], *, dark: bool, scale: int) -> bytes:
        """
        Draw one tile.

        Parameters
        ----------
        where
            Zoom, column and row.
        dark
            Whether for a dark page.
        scale
            Pixels for each CSS pixel, 1 or 2.

        Returns
        -------
        bytes
            A PNG file.

        Raises
        ------
        InputError
            The map has no such tile.
        """
        zoom, x, y = where
        if not (SHALLOWEST <= zoom <= DEEPEST and scale in {1, 2}):
            message = (
                f"there is no tile of zoom {zoom} and scale {scale}; allowed: zoom "
                f"{SHALLOWEST} to {DEEPEST}, scale 1 or 2"
            )
            raise InputError(message)
        key = (*where, dark, scale)
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        # Where nobody may look is told to the agency, not to the public.
        look = Look(dark=dark, zones=False)
        drawn = self._painter.paint("base", zoom, x, y, look, scale=scale)
        drawn = drawn or _plain(dark=dark)
        with self._lock:
            self._kept[key] = drawn
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return drawn

    def names(self, where: tuple[int, int, int]) -> list[dict[str, Any]]:
        """
        Give the names to write onto a window of four by four tiles.

        Parameters
        ----------
        where
            Zoom of the tiles, and column and row of the window, counted in windows.

        Returns
        -------
        list of dict
            Text, x and y in the unit square, angle in degrees and height in pixels.

        Raises
        ------
        InputError
            The map has no such window.
        """
        zoom, column, row = where
        if not SHALLOWEST <= zoom <= DEEPEST:
            message = (
                f"there are no names at zoom {zoom}; allowed: {SHALLOWEST} to {DEEPEST}"
            )
            raise InputError(message)
        first = Frame.tile(zoom, column * _NAMED, row * _NAMED)
        side = _NAMED * 2.0**-zoom
        window = (first.west, first.north, first.west + side, first.north + side)
        return [
            {
                "text": one["text"],
                "x": one["x"],
                "y": one["y"],
                "angle": round(one["angle"], 1),
                "size": round(one["size"], 1),
            }
            for one in labels(self._store, window, float(zoom))
        ]


def _plain(*, dark: bool) -> bytes:
    """Give the picture of ground on which nothing of the study stands."""
    colour = ink(dark=dark).ground
    rgb = [int(colour[at : at + 2], 16) for at in (1, 3, 5)]
    return encode(np.full((1, 1, 4), [*rgb, 255], np.uint8))
