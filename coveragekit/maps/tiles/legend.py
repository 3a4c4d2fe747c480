"""Say what the colours and patterns of a layer mean."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from coveragekit.maps.tiles.crowd import DECADES, full_density
from coveragekit.maps.tiles.marks import (
    CHOROPLETH_OPACITY,
    class_colour,
    class_edges,
    kind_of_people,
    population_per_km2,
)
from coveragekit.maps.tiles.style import (
    DENSITY_STEPS,
    GAIN,
    POINT,
    density_colours,
    ink,
)
from coveragekit.maps.tokens import ACCESS, ACCESS_ORDER, MULTIPLICITY

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from coveragekit.maps.tiles.city import City
    from coveragekit.maps.tiles.crowd import Name
    from coveragekit.maps.tiles.look import Look

__all__ = ["Entry", "legend_of"]

_POINTS_FROM: Final = 15.5
_TICKS: Final = 4


@dataclass(frozen=True, slots=True)
class Entry:
    """
    One colour or pattern and its meaning.

    Parameters
    ----------
    text
        What it means, plain text.
    colour
        Hex colour.
    opacity
        0 (clear) to 1.
    pattern
        ``"fill"``, ``"line"``, ``"dashes"``, ``"hatch"``, ``"mesh"``, ``"cross"``,
        ``"disc"``,
        ``"ring"``, ``"square"``, ``"diamond"``, ``"slash"`` or ``"halo"``.
    """

    text: str
    colour: str
    opacity: float = 1.0
    pattern: str = "fill"

    def as_json(self) -> dict[str, str | float]:
        """
        Give it as plain values.

        Returns
        -------
        dict
            Its fields by name.

        Examples
        --------
        >>> Entry("Gap", "#d55e00").as_json()["pattern"]
        'fill'
        """
        return asdict(self)

    def svg(self) -> str:
        """
        Give its colour or pattern as a small SVG without any text.

        Returns
        -------
        str
            One ``<svg>`` element of 20 by 20 pixels, hidden from screen readers.

        Examples
        --------
        >>> Entry("<b>", "#d55e00").svg().count("b>")
        0
        """
        drawing = _SHAPES[self.pattern].format(c=self.colour, o=f"{self.opacity:.2f}")
        return (
            '<svg class="ck-symbol" viewBox="0 0 24 24" width="20" height="20" '
            f'aria-hidden="true" focusable="false">{drawing}</svg>'
        )


_BOX: Final = '<rect x="1" y="4" width="22" height="16" rx="2" '
_SHAPES: Final = {
    "fill": _BOX + 'fill="{c}" fill-opacity="{o}"/>',
    "line": '<path d="M1 12H23" stroke="{c}" stroke-width="2.5" stroke-opacity="{o}"/>',
    "dashes": '<path d="M1 12H23" stroke="{c}" stroke-width="2.5" stroke-opacity="{o}" '
    'stroke-dasharray="5 3.5"/>',
    "hatch": _BOX
    + 'fill="{c}" fill-opacity=".12" stroke="{c}" stroke-width="1.5"/>'
    + '<path d="M4 19 18 5M10 20 22 8M1.5 14 11 4.5" stroke="{c}" stroke-width="2.2" '
    'stroke-opacity="{o}"/>',
    "mesh": _BOX
    + 'fill="{c}" fill-opacity=".12" stroke="{c}" stroke-width="1.5"/>'
    + '<path d="M4 19 18 5M10 20 22 8M1.5 14 11 4.5M20 19 6 5M14 20 2 8M22.5 14 13 4.5"'
    ' stroke="{c}" stroke-width="1.8" stroke-opacity="{o}"/>',
    "cross": _BOX
    + 'fill="{c}" fill-opacity=".5"/>'
    + '<path d="M8 8v8M4 12h8M17 8v8M13 12h8" stroke="{c}" stroke-width="2" '
    'stroke-opacity="{o}"/>',
    "disc": '<circle cx="12" cy="12" r="6" fill="{c}" fill-opacity="{o}"/>',
    "ring": '<circle cx="12" cy="12" r="5" fill="none" stroke="{c}" '
    'stroke-width="3.4" stroke-opacity="{o}"/>',
    "square": '<rect x="6.5" y="6.5" width="11" height="11" fill="{c}" '
    'fill-opacity="{o}"/>',
    "diamond": '<path d="M12 5 19 12 12 19 5 12Z" fill="{c}" fill-opacity="{o}"/>',
    "slash": '<g fill="none" stroke="{c}" stroke-width="2" stroke-opacity="{o}">'
    '<circle cx="12" cy="12" r="5.5"/><path d="M4 20 20 4"/></g>',
    "halo": '<g stroke="{c}" stroke-opacity="{o}"><circle cx="12" cy="12" r="4" '
    'fill="{c}" stroke="none"/><circle cx="12" cy="12" r="9.5" fill="none" '
    'stroke-width="1.8" stroke-dasharray="3.4 2.6"/></g>',
}


def legend_of(city: City, layer: str, look: Look, *, zoom: float) -> tuple[Entry, ...]:
    """
    Give what the colours of a layer mean.

    Parameters
    ----------
    city
        What there is.
    layer
        Name of the layer.
    look
        As it is drawn.
    zoom
        Of the map.

    Returns
    -------
    tuple of Entry
        In the order to show them.
    """
    return tuple(_LEGENDS[layer](city, look, zoom))


def _base(city: City, look: Look, zoom: float) -> list[Entry]:
    del zoom
    colours = ink(dark=look.dark)
    entries = [
        # White on a white page would not show: there the edge stands for it.
        Entry("Street", colours.street if look.dark else colours.casing, 1.0, "line"),
        Entry("Building", colours.building_line),
        Entry("Water", colours.water),
        Entry("Privacy zone: no camera may look there", colours.quiet, 0.5, "mesh"),
        Entry("Edge of the study area", colours.outline, 0.6, "dashes"),
    ]
    zones = city.zones if look.zones else ()
    there = (city.streets, city.buildings, city.water, zones, city.outline)
    return [one for one, some in zip(entries, there, strict=True) if len(some)]


def _coverage(city: City, look: Look, zoom: float) -> list[Entry]:
    del zoom
    unsure = bool((np.asarray(city.store.views.probability) < 1.0).any())
    word = "perhaps, or a part of it" if unsure else "a part of it"
    return [
        Entry(
            word if step.low == 0.0 else step.label,
            step.dark_colour if look.dark else step.colour,
            step.opacity,
        )
        for step in MULTIPLICITY
    ]


def _crowd(city: City, look: Look, zoom: float, *, name: Name) -> list[Entry]:
    if getattr(city.store, name) is None:
        return []
    if look.points and zoom >= _POINTS_FROM:
        word = "One incident" if name == "incidents" else "One call"
        return [
            Entry(
                f"{word}; fuller where there are several", POINT[look.dark], 0.6, "disc"
            )
        ]
    full = full_density(city, name, zoom)
    ramp = density_colours(dark=look.dark, zoom=zoom)
    entries = []
    for tick in range(_TICKS):
        part = (tick + 1) / _TICKS
        value = full * 10.0 ** (DECADES * (part - 1.0))
        red, green, blue, opacity = ramp[round(part * DENSITY_STEPS)].tolist()
        colour = "#" + "".join(f"{round(255 * one):02x}" for one in (red, green, blue))
        tail = " or more" if tick == _TICKS - 1 else ""
        text = f"{_short(value)}{tail} per km\u00b2 and year"
        entries.append(Entry(text, colour, round(opacity, 2)))
    return entries


def _short(value: float) -> str:
    """Give a number with two figures, without needless zeros."""
    rounded = float(f"{value:.2g}")
    return f"{rounded:,.0f}" if rounded >= 10 else f"{rounded:g}"


def _gaps(city: City, look: Look, zoom: float) -> list[Entry]:
    del zoom
    if not len(city.gaps):
        return []
    colour = ink(dark=look.dark).gap
    meta = city.store.meta
    # Under another choice some of it may be seen: outlines are those of the build.
    own = int(meta.get("band", look.band))
    is_usual = look.light == "day" and look.band == own
    of = "" if is_usual else f" for {meta['bands'][own]['name']} by day"
    words = f"Gap{of}: no camera sees it"
    if look.gaps is None and len(city.gaps) > 25:
        words += " (the 25 worst)"
    return [Entry(words, colour, 0.8, "hatch")]


def _classes(edges: NDArray[np.float64], unit: str, *, dark: bool) -> list[Entry]:
    entries = []
    for number in range(len(edges) - 1):
        low, high = _short(edges[number]), _short(edges[number + 1])
        words = low if low == high else f"{low} to {high}"
        colour = class_colour(number, len(edges) - 1, dark=dark)
        entries.append(Entry(words + unit, colour, CHOROPLETH_OPACITY))
    return entries


def _areas(city: City, look: Look, zoom: float) -> list[Entry]:
    del zoom
    kind = np.asarray(city.store.areas.kind) == look.area_kind
    if not kind.any():
        return []
    name = str(city.store.meta["area_kinds"][look.area_kind])
    edge = Entry(f"Edge of a {name}", ink(dark=look.dark).quiet, 0.85, "line")
    if look.areas_values is None:
        return [edge]
    edges = class_edges(np.asarray(look.areas_values)[kind])
    unit = f" {look.areas_words}" if look.areas_words else ""
    return [*_classes(edges, unit, dark=look.dark), edge]


def _population(city: City, look: Look, zoom: float) -> list[Entry]:
    del zoom
    kind = np.asarray(city.store.areas.kind) == kind_of_people(city, look)
    edges = class_edges(population_per_km2(city)[kind])
    return _classes(edges, " people per km\u00b2", dark=look.dark)


def _isovists(city: City, look: Look, zoom: float) -> list[Entry]:
    del zoom
    colour = ink(dark=look.dark).accent
    entries = [Entry("View of one camera", colour, 0.8, "line")]
    if not np.isfinite(np.asarray(city.store.views.bearing_deg)).all():
        entries.append(Entry("View, direction unknown", colour, 0.8, "dashes"))
    return entries


def _cameras(city: City, look: Look, zoom: float) -> list[Entry]:
    del zoom
    cameras, words = city.store.cameras, np.array(city.store.meta["tiers"])
    tiers = words[np.asarray(cameras.access)]
    entries = [
        Entry(ACCESS[tier].label, ACCESS[tier].colour, 1.0, ACCESS[tier].shape)
        for tier in ACCESS_ORDER
        if (tiers == tier).any()
    ]
    quiet = ink(dark=look.dark).quiet
    if (~np.asarray(cameras.works, np.bool_) & (tiers != "planned")).any():
        entries.append(Entry("Not known to work", quiet, 1.0, "slash"))
    if not np.isfinite(np.asarray(cameras.bearing_deg)).all():
        entries.append(Entry("Direction unknown", quiet, 1.0, "halo"))
    return entries


def _change(city: City, look: Look, zoom: float) -> list[Entry]:
    del city, zoom
    return [
        Entry("Seen after the change", GAIN[look.dark], 0.85, "cross"),
        Entry("No longer seen", ink(dark=look.dark).gap, 0.9, "hatch"),
    ]


_LEGENDS: Final[dict[str, Callable[[City, Look, float], list[Entry]]]] = {
    "base": _base,
    "coverage": _coverage,
    "incidents": lambda city, look, zoom: _crowd(city, look, zoom, name="incidents"),
    "calls": lambda city, look, zoom: _crowd(city, look, zoom, name="calls"),
    "gaps": _gaps,
    "areas": _areas,
    "population": _population,
    "isovists": _isovists,
    "cameras": _cameras,
    "change": _change,
}
