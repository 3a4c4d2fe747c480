"""Draw gaps, areas, the density of population, and cameras."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from coveragekit.maps.tiles.index import frozen
from coveragekit.maps.tiles.kernels.spots import stamp
from coveragekit.maps.tiles.sheet import Sheet, hatching
from coveragekit.maps.tiles.stamps import symbols
from coveragekit.maps.tiles.style import CHOROPLETH, at_zoom, ink, rgb

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from coveragekit.maps.tiles.city import City
    from coveragekit.maps.tiles.frame import Frame
    from coveragekit.maps.tiles.look import Look

__all__ = [
    "CHOROPLETH_OPACITY",
    "TOP_GAPS",
    "class_edges",
    "draw_areas",
    "draw_cameras",
    "draw_gaps",
    "draw_population",
    "kind_of_people",
    "population_per_km2",
]

TOP_GAPS: Final = 25
"""How many of the worst gaps are drawn where none are named."""
CHOROPLETH_OPACITY: Final = 0.55
_SYMBOL_ZOOMS: Final = (10.0, 12.0, 14.0, 16.0, 18.0)
_SYMBOL_PX: Final = (2.2, 2.8, 4.4, 9.0, 14.0)


def draw_gaps(city: City, frame: Frame, look: Look) -> Sheet | None:
    """
    Draw gaps hatched, and the chosen one stronger.

    Parameters
    ----------
    city
        The gaps.
    frame
        The window.
    look
        Which gaps, and the theme, count.

    Returns
    -------
    Sheet or None
        ``None`` where there is no gap.
    """
    near = city.gaps.index.rows(frame.box(4.0 * frame.scale))
    wanted = np.arange(TOP_GAPS) if look.gaps is None else np.asarray(look.gaps)
    rows = near[np.isin(near, wanted)]
    chosen = near[near == (-1 if look.chosen is None else look.chosen)]
    rows = rows[~np.isin(rows, chosen)]
    if not (len(rows) or len(chosen)):
        return None
    sheet, colour = Sheet(frame), ink(dark=look.dark).gap
    hatch = hatching(frame)
    for some, tint, lines in ((rows, 0.10, 0.62), (chosen, 0.22, 0.85)):
        if not len(some):
            continue
        cover = sheet.filled(city.gaps, some)
        sheet.lay(cover, colour, tint)
        sheet.lay((cover * hatch).astype(np.uint8), colour, lines)
        wide = 1.3 if some is rows else 2.6
        sheet.lay(sheet.stroked(city.gaps, some, wide), colour, 0.9)
    return sheet


def class_edges(values: NDArray[np.floating]) -> NDArray[np.float64]:
    """
    Give the values that part areas into five classes of about as many each.

    Parameters
    ----------
    values
        One for each area, NaN for none.

    Returns
    -------
    numpy.ndarray
        Least value of each class and the greatest of all, ascending, without repeats:
        fewer classes where many areas have the same value. Empty where there is none.

    Examples
    --------
    >>> class_edges(np.array([0.0, 10.0])).tolist()
    [0.0, 5.0, 10.0]
    >>> class_edges(np.array([3.0, 3.0])).tolist()
    [3.0, 3.0]
    """
    there = np.asarray(values, np.float64)
    there = there[np.isfinite(there)]
    if not len(there):
        return np.empty(0)
    classes = min(len(CHOROPLETH), len(np.unique(there)))
    edges = np.unique(np.quantile(there, np.linspace(0.0, 1.0, classes + 1)))
    return edges if len(edges) > 1 else np.repeat(edges, 2)


def _choropleth(
    city: City,
    frame: Frame,
    rows: NDArray[np.int64],
    *,
    values: NDArray[np.floating],
    edges: NDArray[np.float64],
    dark: bool,
) -> Sheet:
    """Colour areas by the classes of their values."""
    sheet = Sheet(frame)
    here = np.asarray(values, np.float64)[rows]
    known = np.isfinite(here)
    step = np.searchsorted(edges[1:-1], here, side="right")
    # Areas of one kind meet but do not overlap: parts of a pixel add up.
    for number in np.unique(step[known]).tolist():
        some = rows[known & (step == number)]
        part = sheet.filled(city.areas, some).astype(np.float32) / 255.0
        part *= np.clip(1.0 - sheet.canvas[..., 3] / CHOROPLETH_OPACITY, 0.0, 1.0)
        part *= CHOROPLETH_OPACITY
        colour = class_colour(number, len(edges) - 1, dark=dark)
        tint = np.array([*rgb(colour), 1.0], np.float32)
        sheet.canvas += part[..., None] * tint
    return sheet


def class_colour(number: int, classes: int, *, dark: bool = False) -> str:
    """
    Give the colour of a class of areas.

    Parameters
    ----------
    number
        Of the class, from 0.
    classes
        How many there are, 1 to 5.
    dark
        For a dark ground.

    Returns
    -------
    str
        Hex colour, from the whole length of the ramp.

    Examples
    --------
    >>> class_colour(0, 5), class_colour(1, 2)
    ('#00224e', '#fee838')
    """
    if classes == 1:
        return CHOROPLETH[len(CHOROPLETH) // 2][dark]
    return CHOROPLETH[round(number * (len(CHOROPLETH) - 1) / (classes - 1))][dark]


def _of_kind(city: City, frame: Frame, look: Look) -> NDArray[np.int64]:
    rows = city.areas.index.rows(frame.box(4.0 * frame.scale))
    kind = np.asarray(city.store.areas.kind)[rows]
    return np.asarray(rows[kind == look.area_kind])


def draw_areas(city: City, frame: Frame, look: Look) -> Sheet | None:
    """
    Draw the outlines of areas of one kind, and colours for their values.

    Parameters
    ----------
    city
        The areas.
    frame
        The window.
    look
        Kind, values and theme count.

    Returns
    -------
    Sheet or None
        ``None`` where there is no area of that kind.
    """
    rows = _of_kind(city, frame, look)
    if not len(rows):
        return None
    values = look.areas_values
    if values is None:
        return _outlined(Sheet(frame), city, rows, dark=look.dark)
    kind = np.asarray(city.store.areas.kind) == look.area_kind
    edges = class_edges(np.asarray(values)[kind])
    sheet = _choropleth(city, frame, rows, values=values, edges=edges, dark=look.dark)
    return _outlined(sheet, city, rows, dark=look.dark)


def _outlined(
    sheet: Sheet, city: City, rows: NDArray[np.int64], *, dark: bool
) -> Sheet:
    colours = ink(dark=dark)
    wide = at_zoom(sheet.frame.zoom, (10.0, 15.0), (1.0, 1.8))
    sheet.lay(sheet.stroked(city.areas, rows, wide + 1.6), colours.halo, 0.45)
    sheet.lay(sheet.stroked(city.areas, rows, wide), colours.quiet, 0.85)
    return sheet


def population_per_km2(city: City) -> NDArray[np.float64]:
    """
    Give how densely areas are lived in.

    Parameters
    ----------
    city
        The areas.

    Returns
    -------
    numpy.ndarray
        People per square kilometre, NaN where unknown.
    """
    areas = city.store.areas
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(areas.population, np.float64) / np.asarray(areas.area_km2)


def kind_of_people(city: City, look: Look) -> int:
    """
    Give the kind of areas whose population is drawn.

    Parameters
    ----------
    city
        The areas.
    look
        The kind asked for.

    Returns
    -------
    int
        That, or the first whose population is known where its own is not.
    """
    areas = city.store.areas
    known = np.asarray(areas.kind)[np.isfinite(np.asarray(areas.population))]
    if not len(known) or look.area_kind in known:
        return look.area_kind
    return int(known.min())


def draw_population(city: City, frame: Frame, look: Look) -> Sheet | None:
    """
    Draw how densely areas of one kind are lived in.

    Parameters
    ----------
    city
        The areas.
    frame
        The window.
    look
        Kind and theme count.

    Returns
    -------
    Sheet or None
        ``None`` where nothing is known.
    """
    look = look.changed(area_kind=kind_of_people(city, look))
    dense = population_per_km2(city)
    kind = np.asarray(city.store.areas.kind) == look.area_kind
    edges = class_edges(dense[kind])
    rows = _of_kind(city, frame, look)
    if not len(edges) or not len(rows):
        return None
    return _outlined(
        _choropleth(city, frame, rows, values=dense, edges=edges, dark=look.dark),
        city,
        rows,
        dark=look.dark,
    )


def draw_cameras(city: City, frame: Frame, look: Look) -> Sheet | None:
    """
    Draw cameras as symbols by tier; small ones at far zooms.

    Parameters
    ----------
    city
        The cameras.
    frame
        The window.
    look
        Flags and theme count: a camera without a flagged view is left out where flags
        are given.

    Returns
    -------
    Sheet or None
        ``None`` where there is no camera.
    """
    size = at_zoom(frame.zoom, _SYMBOL_ZOOMS, _SYMBOL_PX)
    rows = city.camera_places.rows(frame.box((size + 4.0) * frame.scale))
    rows = rows[_shown(city, look)[rows]]
    if not len(rows):
        return None
    cameras, sheet = city.store.cameras, Sheet(frame)
    words = tuple(city.store.meta["tiers"])
    tiers = np.asarray(cameras.access)[rows]
    # A planned one does not work yet: that is what its own symbol says.
    offline = ~np.asarray(cameras.works, np.bool_)[rows] & (_rank(words)[tiers] > 0)
    unknown = ~np.isfinite(np.asarray(cameras.bearing_deg)[rows])
    stamps = symbols(words, round(size * frame.scale, 1), dark=look.dark)
    which = (tiers.astype(np.int64) * 2 + offline) * 2 + unknown
    # Integrated cameras lie uppermost, as in the legend.
    order = np.argsort(_rank(words)[tiers], kind="stable")
    merc = frozen(cameras.merc, np.float64)
    stamp(sheet.canvas, merc, rows[order], which[order], stamps, frame.grid())
    return sheet


def _rank(words: tuple[str, ...]) -> NDArray[np.int64]:
    under = ("planned", "public", "registered", "integrated")
    return np.array([under.index(one) if one in under else 0 for one in words])


def _shown(city: City, look: Look) -> NDArray[np.bool_]:
    cameras = city.store.cameras
    if look.flags is None:
        return np.ones(len(cameras), np.bool_)
    shown = np.zeros(len(cameras), np.bool_)
    shown[np.asarray(city.store.views.camera)[np.asarray(look.flags, np.bool_)]] = True
    return shown
