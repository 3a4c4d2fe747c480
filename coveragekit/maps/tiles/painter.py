"""Draw any layer of a city for any tile."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from coveragekit.errors import InputError
from coveragekit.maps.tiles.base import draw_base
from coveragekit.maps.tiles.city import City
from coveragekit.maps.tiles.cover import draw_change, draw_coverage, draw_isovists
from coveragekit.maps.tiles.crowd import draw_crowd
from coveragekit.maps.tiles.frame import Frame
from coveragekit.maps.tiles.legend import legend_of
from coveragekit.maps.tiles.marks import (
    draw_areas,
    draw_cameras,
    draw_gaps,
    draw_population,
)
from coveragekit.maps.tiles.png import to_png
from coveragekit.maps.tiles.warm import warm_up

if TYPE_CHECKING:
    from collections.abc import Callable

    from coveragekit.maps.tiles.legend import Entry
    from coveragekit.maps.tiles.look import Look
    from coveragekit.maps.tiles.sheet import Sheet
    from coveragekit.view import Store

__all__ = ["LAYERS", "Painter"]

_DRAW: Final[dict[str, Callable[[City, Frame, Look], Sheet | None]]] = {
    "base": draw_base,
    "population": draw_population,
    "areas": draw_areas,
    "coverage": draw_coverage,
    "incidents": lambda city, frame, look: draw_crowd(
        city, frame, look, name="incidents"
    ),
    "calls": lambda city, frame, look: draw_crowd(city, frame, look, name="calls"),
    "gaps": draw_gaps,
    "change": draw_change,
    "isovists": draw_isovists,
    "cameras": draw_cameras,
}
LAYERS: Final = tuple(_DRAW)
"""Names of the layers, from the one to draw undermost to the uppermost."""


class Painter:
    """
    Draws the layers of one city.

    Parameters
    ----------
    store
        Its view store.

    Notes
    -----
    Several threads may draw at once. What a layer needs is made ready when it is first
    drawn, or by :meth:`ready`.
    """

    def __init__(self, store: Store) -> None:
        self.city = City(store)

    def ready(self, look: Look | None = None) -> None:
        """
        Make ready what layers need, and load the compiled kernels.

        Parameters
        ----------
        look
            The look of the first view; its band and light count.
        """
        warm_up()
        city = self.city
        drawn = (city.buildings, city.streets, city.water, city.zones, city.outline)
        for shapes in drawn:
            shapes.index.rows(np.zeros(4))
        if look is not None:
            self._check(look)
            city.cuts(look)

    def paint(  # noqa: PLR0917 - a tile has three numbers
        self, layer: str, z: int, x: int, y: int, look: Look, *, scale: int = 1
    ) -> bytes:
        """
        Draw one layer of a tile.

        Parameters
        ----------
        layer
            One of ``LAYERS``.
        z
            Zoom of the tile, 0 to 22.
        x, y
            Its column from the west and its row from the north.
        look
            What is to be drawn, and how.
        scale
            Pixels for each CSS pixel, 1 to 4.

        Returns
        -------
        bytes
            A PNG file of ``256 * scale`` pixels; nothing where nothing is drawn.

        Raises
        ------
        InputError
            There is no such layer or tile, or the look does not fit the city.
        """
        sheet = self.draw(layer, Frame.tile(z, x, y, scale=scale), look)
        if sheet is None:
            return b""
        return to_png(sheet.canvas, smooth=sheet.smooth)

    def draw(self, layer: str, frame: Frame, look: Look) -> Sheet | None:
        """
        Draw one layer of a window.

        Parameters
        ----------
        layer
            One of ``LAYERS``.
        frame
            The window.
        look
            What is to be drawn, and how.

        Returns
        -------
        Sheet or None
            ``None`` where nothing is drawn.

        Raises
        ------
        InputError
            There is no such layer, or the look does not fit the city.
        """
        if layer not in _DRAW:
            message = f"there is no layer {layer!r}; allowed: {', '.join(LAYERS)}"
            raise InputError(message)
        self._check(look)
        return _DRAW[layer](self.city, frame, look)

    def legend(
        self, layer: str, look: Look, *, zoom: float | None = None
    ) -> tuple[Entry, ...]:
        """
        Give what the colours of a layer mean.

        Parameters
        ----------
        layer
            One of ``LAYERS``.
        look
            As it is drawn.
        zoom
            Of the map; a density has its own numbers at each.

        Returns
        -------
        tuple of Entry
            In the order to show them; empty where there is nothing to say.

        Raises
        ------
        InputError
            There is no such layer, or the look does not fit the city.
        """
        if layer not in _DRAW:
            message = f"there is no layer {layer!r}; allowed: {', '.join(LAYERS)}"
            raise InputError(message)
        self._check(look)
        return legend_of(self.city, layer, look, zoom=14.0 if zoom is None else zoom)

    def _check(self, look: Look) -> None:
        """Refuse a look whose arrays are not as long as the city's tables."""
        store = self.city.store
        bands = len(store.meta["bands"])
        if not 0 <= look.band < bands:
            message = f"there is no band {look.band}; allowed: 0 to {bands - 1}"
            raise InputError(message)
        if look.light not in {"day", "night"}:
            message = f"the light is {look.light!r}; allowed: 'day', 'night'"
            raise InputError(message)
        rows = {
            "flags": (look.flags, store.views),
            "incidents": (look.incidents, store.incidents),
            "calls": (look.calls, store.calls),
            "areas_values": (look.areas_values, store.areas),
        }
        for name, (given, table) in rows.items():
            if given is not None and table is not None and len(given) != len(table):
                message = (
                    f"{name} of the look has {len(given)} rows; "
                    f"the city has {len(table)}"
                )
                raise InputError(message)
