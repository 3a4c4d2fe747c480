"""Draw how many cameras see each place, the edges of views, and what a change does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from coveragekit.maps.tiles.index import Drawn, frozen
from coveragekit.maps.tiles.kernels.blend import colour_classes, lay_change
from coveragekit.maps.tiles.kernels.fills import FULL
from coveragekit.maps.tiles.kernels.strokes import cut_outlines
from coveragekit.maps.tiles.kernels.views import add_shapes, add_views
from coveragekit.maps.tiles.sheet import Sheet
from coveragekit.maps.tiles.style import (
    GAIN,
    at_zoom,
    ink,
    multiplicity_colours,
    rgb,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from coveragekit.maps.tiles.city import City, Cuts
    from coveragekit.maps.tiles.frame import Frame
    from coveragekit.maps.tiles.look import Look

__all__ = [
    "FAR_PIXEL_M",
    "count_views",
    "draw_change",
    "draw_coverage",
    "draw_isovists",
]

FAR_PIXEL_M: Final = 3.0
"""Where a CSS pixel is wider, metres, places are drawn by the part that is seen."""
_OUTLINES_FROM: Final = 13.5


def is_far(city: City, frame: Frame) -> bool:
    """
    Tell whether pixels are so wide that views count by their area.

    Parameters
    ----------
    city
        Gives how long a metre is.
    frame
        The window.

    Returns
    -------
    bool
        Whether a CSS pixel is wider than ``FAR_PIXEL_M``.
    """
    return frame.pixel * frame.scale > FAR_PIXEL_M * city.metre


def _fine(frame: Frame, *, far: bool) -> int:
    """Give how many cells there are along a pixel's side."""
    return (
        1 if frame.scale > 1.5 and not far else 2 if frame.scale > 1.5 or not far else 4
    )


def _views_in(
    cuts: Cuts, frame: Frame, flags: NDArray[np.bool_] | None
) -> NDArray[np.int64]:
    rows = cuts.index.rows(frame.box(2.0))
    return rows if flags is None else rows[np.asarray(flags, np.bool_)[rows]]


def count_views(
    city: City, frame: Frame, look: Look, *, fine: int, after: bool = True
) -> NDArray[np.int64] | None:
    """
    Sum the chances of the views that see each cell.

    Parameters
    ----------
    city
        The views.
    frame
        The window.
    look
        Flags, band, light and change count.
    fine
        Cells along a pixel's side.
    after
        Whether a change that is tried out has been made.

    Returns
    -------
    numpy.ndarray or None
        As :func:`~coveragekit.maps.tiles.kernels.views.add_views` leaves it; ``None``
        where no view reaches the window.
    """
    cuts, change = city.cuts(look), look.change
    rows = _views_in(cuts, frame, look.flags)
    added = np.empty(0, np.int64)
    if change is not None and after:
        rows = rows[~np.asarray(change.removed, np.bool_)[rows]]
        box = frame.box(2.0)
        added = Drawn.of(change.shape).index.rows(box)
    if not (len(rows) or len(added)):
        return None
    counts = np.zeros((frame.height * fine, frame.width * fine + 2), np.int64)
    exact = int(is_far(city, frame))
    views, grid = city.store.views, frame.grid(fine)
    add_views(
        counts,
        *city.views.arrays,
        rows,
        frozen(views.merc, np.float64),
        frozen(views.bearing_deg, np.float32),
        cuts.radius,
        cuts.far,
        frozen(views.probability, np.float32),
        grid,
        exact,
    )
    if len(added) and change is not None:
        chance = frozen(change.probability, np.float32)
        shape = Drawn.of(change.shape).arrays
        add_shapes(counts, *shape, added, chance, grid, exact)
    return counts


def draw_coverage(city: City, frame: Frame, look: Look) -> Sheet | None:
    """
    Draw by how many cameras each place is seen.

    Parameters
    ----------
    city
        The views.
    frame
        The window.
    look
        Flags, band, light, change and theme count.

    Returns
    -------
    Sheet or None
        ``None`` where no view reaches the window.

    Notes
    -----
    A pixel's colour is the mean of the colours of its cells. Near, a cell has the class
    of its middle; far, that of the mean over the cell, where what is below 1 has the
    more opacity the more of it is seen.
    """
    far = is_far(city, frame)
    fine = _fine(frame, far=far)
    counts = count_views(city, frame, look, fine=fine)
    if counts is None:
        return None
    lows, colours = multiplicity_colours(dark=look.dark, far=far)
    # A hair less, so that chances that make up a whole are one.
    least = np.maximum(np.floor(lows * FULL * (1.0 - 2e-3)), 1.0).astype(np.int64)
    sheet = Sheet(frame)
    colour_classes(sheet.canvas, counts, fine, least, colours)
    return sheet


def draw_change(city: City, frame: Frame, look: Look) -> Sheet | None:
    """
    Draw what a change that is tried out adds and takes away.

    Parameters
    ----------
    city
        The views.
    frame
        The window.
    look
        Change, flags, band, light and theme count.

    Returns
    -------
    Sheet or None
        Gains are blue with crosses, losses orange and hatched, and fainter where other
        cameras see the place anyway; ``None`` where nothing changes.
    """
    if look.change is None:
        return None
    fine = 1 if frame.scale > 1.5 else 2
    box = frame.box(2.0)
    gone = _views_in(city.cuts(look), frame, look.flags)
    gone = gone[np.asarray(look.change.removed, np.bool_)[gone]]
    if not (len(gone) or len(Drawn.of(look.change.shape).index.rows(box))):
        return None
    empty = np.zeros((frame.height * fine, frame.width * fine + 2), np.int64)
    before = count_views(city, frame, look, fine=fine, after=False)
    after = count_views(city, frame, look, fine=fine)
    sheet = Sheet(frame)
    grid = frame.grid()
    period = max(round(10.0 * frame.scale), 4)
    lay_change(
        sheet.canvas,
        empty if before is None else before,
        empty if after is None else after,
        fine,
        FULL,
        np.array(rgb(GAIN[look.dark])),
        np.array(rgb(ink(dark=look.dark).gap)),
        period,
        int(grid[1] // 1024 % period),
        int(grid[2] // 1024 % period),
    )
    return sheet


def draw_isovists(city: City, frame: Frame, look: Look) -> Sheet | None:
    """
    Draw the edges of the views, dashed where the direction is unknown.

    Parameters
    ----------
    city
        The views.
    frame
        The window.
    look
        Flags, band, light, change and theme count.

    Returns
    -------
    Sheet or None
        ``None`` where no view reaches the window, and at far zooms.
    """
    if frame.zoom < _OUTLINES_FROM:
        return None
    cuts = city.cuts(look)
    rows = cuts.index.rows(frame.box(3.0 * frame.scale))
    if look.flags is not None:
        rows = rows[np.asarray(look.flags, np.bool_)[rows]]
    if look.change is not None:
        rows = rows[~np.asarray(look.change.removed, np.bool_)[rows]]
    sheet = Sheet(frame)
    cover = np.zeros((frame.height, frame.width), np.uint8)
    wide = at_zoom(frame.zoom, (14.0, 17.0), (0.8, 1.4)) * frame.scale
    views = city.store.views
    cut_outlines(
        cover,
        *city.views.arrays,
        rows,
        frozen(views.merc, np.float64),
        frozen(views.bearing_deg, np.float32),
        cuts.radius,
        cuts.far,
        wide,
        frame.grid(),
        np.array([4.0, 7.0]) * frame.scale,
    )
    if look.change is not None:
        shapes = Drawn.of(look.change.shape)
        new = shapes.index.rows(frame.box(3.0 * frame.scale))
        cover = np.maximum(cover, sheet.stroked(shapes, new, wide / frame.scale))
    if not cover.any():
        return None
    faint = at_zoom(frame.zoom, (14.0, 16.0), (0.4, 0.7))
    sheet.lay(cover, ink(dark=look.dark).accent, faint)
    return sheet
