"""What a map in a notebook shows, and the legend below it."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Final

import numpy as np

from coveragekit.maps.tokens import DARK, LIGHT

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Any

    import ipyleaflet
    from numpy.typing import NDArray

    from coveragekit.maps.bridge import CityLayers
    from coveragekit.maps.tiles import Entry, Look, Painter
    from coveragekit.view import Store

__all__ = [
    "OPACITY",
    "TITLES",
    "check_choices",
    "legend_below",
    "notes_html",
    "online_map",
    "place_cameras",
    "views_of_tiers",
    "zone_signs",
]

TITLES: Final = {
    "base": "Base map",
    "population": "Population",
    "areas": "Areas",
    "coverage": "Coverage",
    "incidents": "Incidents",
    "calls": "Calls",
    "gaps": "Gaps",
    "isovists": "Views of single cameras",
    "cameras": "Cameras",
}
"""Title of each layer of a study, by its key."""
_SIGN: Final = "white-space:nowrap;margin-right:12px;vertical-align:middle"
OPACITY: Final = {"coverage": 0.75, "population": 0.7, "areas": 0.8}
"""How opaque layers are that are not wholly so."""


def check_choices(
    meta: Mapping[str, Any],
    *,
    purpose: str,
    light: str,
    tiers: Sequence[str],
    layers: Sequence[str],
) -> None:
    """
    Refuse what a map of a city is asked for and there is not.

    Parameters
    ----------
    meta
        Of the view store.
    purpose
        A band of pixel density.
    light
        ``"day"`` or ``"night"``.
    tiers
        Consent tiers.
    layers
        Keys of layers.

    Raises
    ------
    InputError
        There is no such thing.

    Examples
    --------
    >>> meta = {"bands": [{"name": "observe"}], "tiers": ["public"]}
    >>> chosen = {"purpose": "observe", "light": "day", "tiers": ["public"]}
    >>> check_choices(meta, **chosen, layers=["gaps"])
    """
    from coveragekit.errors import InputError

    for what, value, allowed in (
        ("purpose", purpose, [band["name"] for band in meta["bands"]]),
        ("light", light, ("day", "night")),
        *(("tier", tier, meta["tiers"]) for tier in tiers),
        *(("layer", layer, tuple(TITLES)) for layer in layers),
    ):
        if value not in allowed:
            message = f"there is no {what} {value!r}; allowed: {', '.join(allowed)}"
            raise InputError(message)


def notes_html(notes: Iterable[str]) -> str:
    """
    Give sentences to stand below a map.

    Parameters
    ----------
    notes
        Plain text.

    Returns
    -------
    str
        HTML; every word is escaped.

    Examples
    --------
    >>> notes_html(["a < b"])
    '<div>a &lt; b</div>'
    """
    return "".join(f"<div>{escape(one)}</div>" for one in notes)


def legend_below(
    groups: Iterable[tuple[str, Iterable[Entry]]],
    meta: Mapping[str, Any],
    *,
    tiers: Sequence[str],
    dark: bool,
) -> str:
    """
    Give the legend of a map, and what has to be said of its data.

    Parameters
    ----------
    groups
        Title of each layer, and what its colours mean.
    meta
        Of the view store: whether it is simulated, and its sources.
    tiers
        Tiers that are shown; signs of others are left out.
    dark
        Whether the map's ground is dark.

    Returns
    -------
    str
        HTML with the colour of the map's ground; every word is escaped.

    Examples
    --------
    >>> meta = {"simulated": False, "sources": [], "tiers": ["public"]}
    >>> "&lt;b&gt;" in legend_below([("<b>", [])], meta, tiers=["public"], dark=False)
    True
    """
    others = {tier for tier in meta["tiers"] if tier not in tiers}
    parts = []
    for title, entries in groups:
        rows = "".join(
            f'<span style="{_SIGN}">{entry.svg()} {escape(entry.text)}</span>'
            for entry in entries
            if title != TITLES["cameras"] or entry.text.lower() not in others
        )
        parts.append(f"<div><b>{escape(title)}</b> {rows}</div>")
    if meta["simulated"]:
        parts.append("<div><b>Simulated</b> data are on this map.</div>")
    if meta["sources"]:
        sources = "; ".join(str(one) for one in meta["sources"])
        parts.append(f"<div>Data: {escape(sources)}</div>")
    ground = (DARK if dark else LIGHT)["map"]
    kind = "dark" if dark else "light"
    style = f".ck-city-{kind} .leaflet-container{{background:{ground}}}"
    return f"<style>{style}</style>{''.join(parts)}"


def zone_signs(painter: Painter, look: Look) -> list[tuple[str, list[Entry]]]:
    """
    Give the sign of the privacy zones that a base map shows.

    Parameters
    ----------
    painter
        Paints it.
    look
        How.

    Returns
    -------
    list of tuple
        Title and sign; empty where the city has no zones.
    """
    signs = [one for one in painter.legend("base", look) if one.pattern == "mesh"]
    return [("Base map", signs)] if signs else []


def views_of_tiers(
    store: Store, tiers: Sequence[str], left: Sequence[int] = ()
) -> NDArray[np.bool_]:
    """
    Tell which views belong to cameras of some tiers that are in service.

    Parameters
    ----------
    store
        The city.
    tiers
        Consent tiers.
    left
        Rows of cameras whose owners have left since the build.

    Returns
    -------
    numpy.ndarray
        One flag for each view.
    """
    cameras = store.cameras
    wanted = np.array([tier in tiers for tier in store.meta["tiers"]])
    flags = np.array(wanted[cameras.access] & cameras.used & cameras.active)
    flags[list(left)] = False
    return np.asarray(flags[store.views.camera], np.bool_)


def place_cameras(
    bridge: CityLayers,
    store: Store,
    tiers: Sequence[str],
    *,
    left: Sequence[int] = (),
) -> None:
    """
    Put cameras that are in service onto a map.

    Parameters
    ----------
    bridge
        The map.
    store
        The city.
    tiers
        Consent tiers whose cameras are shown.
    left
        Rows of cameras whose owners have left since the build.
    """
    from coveragekit.maps.bridge import point_classes
    from coveragekit.maps.tokens import ACCESS_ORDER

    cameras, meta = store.cameras, store.meta
    order = np.array([ACCESS_ORDER.index(tier) for tier in meta["tiers"]])
    offline = np.array([one == "offline" for one in meta["statuses"]])
    wanted = np.array([tier in tiers for tier in meta["tiers"]])
    classes = point_classes(
        order[cameras.access],
        offline=offline[cameras.status],
        unknown=~np.isfinite(cameras.bearing_deg),
    )
    shown = np.array(cameras.active & wanted[cameras.access])
    shown[list(left)] = False
    bridge.set_points(cameras.merc, classes, shown=shown)


def online_map(name: str) -> ipyleaflet.TileLayer:
    """
    Give an online map, for who asks for one.

    Parameters
    ----------
    name
        As ``xyzservices`` names it, such as ``"OpenStreetMap.Mapnik"``.

    Returns
    -------
    ipyleaflet.TileLayer
        With its attribution.

    Raises
    ------
    InputError
        There is no such map, or it needs a key.

    Examples
    --------
    >>> online_map("OpenStreetMap.Mapnik").name
    'OpenStreetMap.Mapnik'
    """
    from ipyleaflet import basemap_to_tiles, basemaps

    from coveragekit.errors import InputError

    found = basemaps.flatten().get(name)
    if found is None or found.requires_token():
        message = (
            f"there is no free online map {name!r}; allowed: names of xyzservices that "
            "need no key, such as 'OpenStreetMap.Mapnik'"
        )
        raise InputError(message)
    return basemap_to_tiles(found)
