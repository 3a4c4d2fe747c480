"""Draw incidents and calls: as a density, or as discs for who may see places."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final, Literal

import numpy as np

from coveragekit.maps.tiles.frame import TILE_PX, Frame
from coveragekit.maps.tiles.index import frozen, slices_in
from coveragekit.maps.tiles.kernels.spots import blur, count_points, discs
from coveragekit.maps.tiles.sheet import Sheet
from coveragekit.maps.tiles.style import (
    DENSITY_STEPS,
    POINT,
    at_zoom,
    density_colours,
    ink,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from coveragekit.maps.tiles.city import City
    from coveragekit.maps.tiles.look import Look
    from coveragekit.view import Events

    Name = Literal["incidents", "calls"]

__all__ = ["DECADES", "Density", "draw_crowd", "full_density"]

CELL_M: Final = 60.0
"""Points are counted in cells about so wide, metres, and never in smaller ones."""
DECADES: Final = 1.7
"""Powers of ten from the faintest density to the fullest."""
_POINTS_FROM: Final = 15.5
_REACH: Final = 4.0
# The kernel is cut at its reach, and cells have a width.
_NEARLY: Final = 0.9


class Density:
    """
    How points become a density at one zoom.

    Parameters
    ----------
    zoom
        Whole zoom at which the cells are the pixels of tiles.
    sigma
        Standard deviation of the kernel, cells.
    """

    def __init__(self, zoom: int, sigma: float) -> None:
        self.zoom = zoom
        self.sigma = sigma
        self.per_unit = float(TILE_PX * 2**zoom)

    @classmethod
    def at(cls, city: City, zoom: float) -> Density:
        """
        Give it for the zoom of a window.

        Parameters
        ----------
        city
            Gives how long a metre is.
        zoom
            Of the window.

        Returns
        -------
        Density
            Cells as wide as a CSS pixel, but not narrower than about 60 m.
        """
        # Rounded, so that cells are between 42 and 85 m wide.
        finest = round(-math.log2(CELL_M * city.metre * TILE_PX))
        level = max(min(round(zoom), finest), 0)
        cells = CELL_M * city.metre * TILE_PX * 2.0**level
        # Two pixels at the least, so that single events do not flicker as dots.
        pixels = 2.0 * 2.0 ** (level - zoom)
        return cls(level, max(cells, min(pixels, 2.83)))

    def over(
        self,
        events: Events,
        weights: NDArray[np.float32] | NDArray[np.uint8],
        frame: Frame,
    ) -> NDArray[np.float32]:
        """
        Give the density of points at the middle of each pixel of a window.

        Parameters
        ----------
        events
            The points.
        weights
            What each counts for.
        frame
            The window.

        Returns
        -------
        numpy.ndarray
            Per cell; empty where there is no point near.
        """
        reach = math.ceil(_REACH * self.sigma)
        minx, miny, maxx, maxy = (frame.box() * self.per_unit).tolist()
        left, top = math.floor(minx) - reach, math.floor(miny) - reach
        width, height = math.ceil(maxx) + reach - left, math.ceil(maxy) + reach - top
        window = np.array([left, top, left + width, top + height]) / self.per_unit
        slices = slices_in(np.asarray(events.key), window)
        if not len(slices):
            return np.empty((0, 0), np.float32)
        counts = np.zeros((height, width), np.float32)
        merc = frozen(events.merc, np.float64)
        count_points(counts, merc, weights, slices, self.per_unit, left, top)
        if not counts.any():
            return np.empty((0, 0), np.float32)
        step = frame.pixel * self.per_unit
        across = (
            frame.west * self.per_unit - left + (np.arange(frame.width) + 0.5) * step
        )
        down = (
            frame.north * self.per_unit - top + (np.arange(frame.height) + 0.5) * step
        )
        return blur(counts, down, across, self.sigma, reach)


def weights_of(
    city: City, name: Name, look: Look | None
) -> NDArray[np.float32] | NDArray[np.uint8]:
    """
    Give what each event counts for.

    Parameters
    ----------
    city
        The events.
    name
        Which events.
    look
        Its weights, or which of them count; those of the headline figures where there
        is no look or it says nothing.

    Returns
    -------
    numpy.ndarray
        One for each, as kernels take them: 0 and 1 as bytes, and shares as float32;
        what has another type is made so once.
    """
    given = None if look is None else getattr(look, name)
    array = np.asarray(getattr(city.store, name).counted if given is None else given)
    # Of these it is the same memory, which nobody else has to hold.
    if array.dtype == np.bool_ and array.flags.c_contiguous:
        return frozen(array.view(np.uint8))
    if array.dtype == np.float32 and array.flags.c_contiguous:
        return frozen(array)
    return city.recent((name, "weights"), given, lambda: frozen(array, np.float32))


def full_density(city: City, name: Name, zoom: float) -> float:
    """
    Give the density that has the fullest colour, the same for every tile and filter.

    Parameters
    ----------
    city
        Its headline events decide.
    name
        Which events.
    zoom
        Of the window.

    Returns
    -------
    float
        Events per square kilometre and year: a round number that few events exceed.
    """
    level = min(max(round(zoom), 0), 22)
    return city.keep(("full", name, level), lambda: _full(city, name, level))


def _full(city: City, name: Name, zoom: int) -> float:
    events = getattr(city.store, name)
    if events is None or not len(events):
        return 1.0
    how = Density.at(city, zoom)
    minx, miny, maxx, maxy = city.store.meta["bounds_merc"]
    # On the cells, or coarser where that would be a very large picture.
    pixel = max(1.0 / how.per_unit, (maxx - minx) / 1024, (maxy - miny) / 1024)
    width, height = (
        max(math.ceil(one / pixel), 1) for one in (maxx - minx, maxy - miny)
    )
    frame = Frame(minx, miny, pixel, width, height)
    dense = how.over(events, weights_of(city, name, None), frame)
    if not dense.any():
        return 1.0
    sorted_up = np.sort(dense[dense > 0.0])
    # Each place counts by its events, so that empty outskirts do not lower the top.
    upto = np.cumsum(sorted_up)
    top = float(sorted_up[np.searchsorted(upto, 0.98 * upto[-1])])
    return _round_number(top * per_km2_year(city, name, how))


def per_km2_year(city: City, name: Name, how: Density) -> float:
    """
    Give what turns a density per cell into one per square kilometre and year.

    Parameters
    ----------
    city
        Gives how long a metre is and how many years there are.
    name
        Which events.
    how
        Gives the size of cells.

    Returns
    -------
    float
        A factor.
    """
    years = float((city.store.meta[name] or {}).get("years") or 1.0)
    cell_km = 1e-3 / (how.per_unit * city.metre)
    return 1.0 / (cell_km * cell_km * years)


def _round_number(value: float) -> float:
    power = 10.0 ** math.floor(math.log10(value))
    return float(next(step for step in (1, 2, 5, 10) if value <= step * power) * power)


def draw_crowd(city: City, frame: Frame, look: Look, *, name: Name) -> Sheet | None:
    """
    Draw incidents or calls.

    Parameters
    ----------
    city
        The events.
    frame
        The window.
    look
        Weights, theme, and whether places may be exact, count.
    name
        ``"incidents"`` or ``"calls"``.

    Returns
    -------
    Sheet or None
        ``None`` where there is nothing.

    Notes
    -----
    The density is on a logarithmic scale that is the same for every tile of a zoom and
    for every filter.
    """
    events = getattr(city.store, name)
    if events is None or not len(events):
        return None
    weights = weights_of(city, name, look)
    if look.points and frame.zoom >= _POINTS_FROM:
        return _draw_points(frame, events, weights, dark=look.dark)
    how = Density.at(city, frame.zoom)
    dense = how.over(events, weights, frame)
    if not dense.size:
        return None
    if look.least > 1 and not look.points:
        # As high as so many events at one place would be; fewer leave no trace.
        lowest = look.least / (2.0 * math.pi * how.sigma**2)
        dense[dense < lowest * _NEARLY] = 0.0
    full = full_density(city, name, frame.zoom) / per_km2_year(city, name, how)
    with np.errstate(divide="ignore"):
        level = 1.0 + np.log10(dense / full) / DECADES
    steps = np.clip(np.ceil(level * DENSITY_STEPS), 0, DENSITY_STEPS).astype(np.uint8)
    if not steps.any():
        return None
    ramp = density_colours(dark=look.dark, zoom=frame.zoom)
    ramp[:, :3] *= ramp[:, 3:]
    sheet = Sheet(frame, smooth=True)
    np.take(ramp, steps, axis=0, out=sheet.canvas)
    return sheet


def _draw_points(
    frame: Frame,
    events: Events,
    weights: NDArray[np.float32] | NDArray[np.uint8],
    *,
    dark: bool,
) -> Sheet | None:
    radius = at_zoom(frame.zoom, (16.0, 19.0), (3.2, 6.0)) * frame.scale
    slices = slices_in(np.asarray(events.key), frame.box(radius + 2.0))
    through = np.ones((frame.height, frame.width), np.float32)
    merc = frozen(events.merc, np.float64)
    discs(through, merc, weights, slices, frame.grid(), radius + frame.scale, 0.35)
    if (through == 1.0).all():
        return None
    sheet = Sheet(frame)
    halo = np.round((1.0 - through) * 255.0).astype(np.uint8)
    sheet.lay(halo, ink(dark=dark).halo)
    through[:] = 1.0
    discs(through, merc, weights, slices, frame.grid(), radius, 0.6)
    inner = np.round((1.0 - through) * 255.0).astype(np.uint8)
    sheet.lay(inner, POINT[dark])
    return sheet
