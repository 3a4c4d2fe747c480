"""Draw the ground of the map: water, buildings, streets, privacy zones, the edge."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from coveragekit.maps.tiles.sheet import Sheet, hatching
from coveragekit.maps.tiles.style import at_zoom, ink, street_width_px

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from coveragekit.maps.tiles.city import City
    from coveragekit.maps.tiles.frame import Frame
    from coveragekit.maps.tiles.look import Look

__all__ = ["draw_base"]

_PATH = 7
# How much of a house's colour the study has at far zooms, on light and dark ground.
_TOWN = (0.85, 0.55)


def draw_base(city: City, frame: Frame, look: Look) -> Sheet | None:
    """
    Draw the ground.

    Parameters
    ----------
    city
        What there is.
    frame
        The window.
    look
        Its theme counts, and whether privacy zones are drawn.

    Returns
    -------
    Sheet or None
        Opaque everywhere; ``None`` where nothing of the study is in the window.
    """
    zoom, colours = frame.zoom, ink(dark=look.dark)
    water = city.water.index.rows(frame.box(2.0 * frame.scale))
    solid = at_zoom(zoom, (12.6, 14.5), (0.0, 1.0))
    houses = _none()
    if solid > 0.0:
        houses = city.buildings.index.rows(frame.box(2.0 * frame.scale))
    rows, wide = _streets(city, frame)
    edge = city.outline.index.rows(frame.box(4.0 * frame.scale))
    if not (len(water) or len(houses) or len(rows) or len(edge)):
        return None
    sheet = Sheet(frame, colours.ground)
    if len(edge) and solid < 1.0:
        # Where houses are too small to be drawn the whole study stands for them.
        town = sheet.filled(city.outline, edge)
        sheet.lay(town, colours.building, _TOWN[look.dark] * (1.0 - solid))
    if len(water):
        sheet.lay(sheet.filled(city.water, water), colours.water)
    if len(houses):
        sheet.lay(sheet.filled(city.buildings, houses), colours.building, solid)
        line = at_zoom(zoom, (14.8, 16.5), (0.0, 1.0))
        if line > 0.0:
            edges = sheet.stroked(city.buildings, houses, 1.0)
            sheet.lay(edges, colours.building_line, line)
    _lay_streets(sheet, city, rows=rows, wide=wide, dark=look.dark)
    _lay_zones(sheet, city, look)
    if len(edge):
        dashes = sheet.stroked(city.outline, edge, 1.4, dash=(7.0, 11.0))
        sheet.lay(dashes, colours.outline, 0.55)
    return sheet


def _lay_zones(sheet: Sheet, city: City, look: Look) -> None:
    """Lay a quiet mesh over the places that no camera may look into."""
    rows = city.zones.index.rows(sheet.frame.box(4.0 * sheet.frame.scale))
    if not (len(rows) and look.zones):
        return
    colour = ink(dark=look.dark).quiet
    cover = sheet.filled(city.zones, rows)
    sheet.lay(cover, colour, 0.14)
    mesh = hatching(sheet.frame, crossed=True)
    sheet.lay((cover * mesh).astype(np.uint8), colour, 0.7)
    sheet.lay(sheet.stroked(city.zones, rows, 1.2), colour, 0.8)


def _none() -> NDArray[np.int64]:
    return np.empty(0, np.int64)


def _streets(city: City, frame: Frame) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Give the streets to draw in a window and their widths in CSS pixels."""
    widths = street_width_px(frame.zoom)
    margin = (widths.max() / 2.0 + 3.0) * frame.scale
    rows = city.streets.index.rows(frame.box(margin))
    wide = widths[np.asarray(city.store.street_lines.rank)[rows]]
    return rows[wide > 0.0], wide[wide > 0.0]


def _lay_streets(
    sheet: Sheet,
    city: City,
    *,
    rows: NDArray[np.int64],
    wide: NDArray[np.float64],
    dark: bool,
) -> None:
    colours, zoom = ink(dark=dark), sheet.frame.zoom
    path = np.asarray(city.store.street_lines.rank)[rows] == _PATH
    if path.any():
        trail = sheet.stroked(city.streets, rows[path], wide[path])
        sheet.lay(trail, colours.path, 0.8)
    rows, wide = rows[~path], wide[~path]
    if not len(rows):
        return
    rim = at_zoom(zoom, (10.0, 13.0, 16.0), (0.5, 0.8, 1.2))
    sheet.lay(sheet.stroked(city.streets, rows, wide + 2.0 * rim), colours.casing, 0.9)
    sheet.lay(sheet.stroked(city.streets, rows, wide), colours.street)
