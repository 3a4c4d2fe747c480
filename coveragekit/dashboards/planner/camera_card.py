"""What is known of one camera, from the view store alone."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from coveragekit.dashboards.planner.choice import LIGHTS, counted_tiers
from coveragekit.dashboards.planner.zone_cuts import cut_by
from coveragekit.maps.figures import amount
from coveragekit.maps.symbols import symbol_svg
from coveragekit.maps.tokens import ACCESS
from coveragekit.view import mercator

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from coveragekit.dashboards.planner.figures import Rate
    from coveragekit.dashboards.planner.filters import Filters
    from coveragekit.view import Places, Store

    Rows = NDArray[np.intp]

__all__ = ["NO_CAMERA", "camera_state", "looks_at", "tooltip"]

NO_CAMERA: Final = {"status": "none", "title": "", "svg": "", "facts": [], "note": ""}
"""State of the card where no camera is chosen."""

_WIND: Final = (
    "north",
    "north-east",
    "east",
    "south-east",
    "south",
    "south-west",
    "west",
    "north-west",
)
_AHEAD: Final = 0.5
_SURE: Final = 1.0 - 1e-6
_FEW: Final = 0.1  # what rounds to nothing is not nothing
_STATES: Final = {"online": "online", "offline": "offline", "unknown": "not known"}


def camera_state(
    store: Store, index: int, filters: Filters, *, alone: Rate
) -> dict[str, Any]:
    """
    Give what the card of a camera says.

    Parameters
    ----------
    store
        The city.
    index
        Row of the camera.
    filters
        For the band and the light in force.
    alone
        Incidents a year that nobody would see without it, as far as they may be told.

    Returns
    -------
    dict
        ``status``, ``title``, ``svg``, ``facts`` (each ``name`` and ``value``) and
        ``note``.
    """
    cameras = store.cameras
    tier = store.meta["tiers"][cameras.access[index]]
    state = store.meta["statuses"][cameras.status[index]]
    band = _band(store, filters)
    views = np.flatnonzero(store.views.camera == index)
    facts = [
        ("Tier", ACCESS[tier].label if tier in ACCESS else tier),
        ("Kind", store.meta["kinds"][cameras.kind[index]]),
        ("State", _working(state, works=bool(cameras.works[index]))),
        ("Looks to", _bearing(cameras.bearing_deg[index])),
        ("Picture", _picture(store, index)),
        ("Reaches", _reach(store, views, band=band, light=filters.light)),
        ("Street it sees", _seen(store, views, band=band, light=filters.light)),
        ("Left out", cut_by(store, views)),
        ("Seen by it alone", _alone(store, index, alone)),
        ("Hangs", _hangs(store, index)),
    ]
    unknown = not math.isfinite(float(cameras.bearing_deg[index]))
    return {
        "status": "done",
        "title": _name(store, index),
        "svg": symbol_svg(tier, offline=state == "offline", unknown=unknown),
        "facts": [{"name": name, "value": value} for name, value in facts if value],
        "note": _note(store, index, filters),
    }


def tooltip(store: Store, index: int) -> list[str]:
    """
    Give what is said of a camera under the pointer.

    Parameters
    ----------
    store
        The city.
    index
        Row of the camera.

    Returns
    -------
    list of str
        Plain lines, the name first.
    """
    cameras = store.cameras
    tier = store.meta["tiers"][cameras.access[index]]
    kind = store.meta["kinds"][cameras.kind[index]]
    state = store.meta["statuses"][cameras.status[index]]
    words = [ACCESS[tier].label if tier in ACCESS else tier, kind]
    words += ["offline"] if state == "offline" else []
    return [_name(store, index), ", ".join(words)]


def looks_at(store: Store, index: int, filters: Filters) -> tuple[float, float]:
    """
    Give a place that a camera looks at: half its reach ahead of it.

    Parameters
    ----------
    store
        The city.
    index
        Row of the camera.
    filters
        For the band in force.

    Returns
    -------
    tuple of float
        Longitude and latitude, degrees; its own place where it has no view.
    """
    views = np.flatnonzero(store.views.camera == index)
    if not len(views):
        lon, lat = mercator.to_lonlat(store.cameras.merc[index]).tolist()
        return lon, lat
    view = int(views[0])
    band = _band(store, filters)
    ahead = _AHEAD * float(store.views.reach_m[view, band]) * store.views.scale[view]
    bearing = math.radians(float(np.nan_to_num(store.views.bearing_deg[view])))
    x, y = store.views.merc[view]
    here = (x + ahead * math.sin(bearing), y - ahead * math.cos(bearing))
    lon, lat = mercator.to_lonlat(here).tolist()
    return lon, lat


def _band(store: Store, filters: Filters) -> int:
    return int(store.meta["band"] if filters.band is None else filters.band)


def _name(store: Store, index: int) -> str:
    return store.cameras.name[index] or store.cameras.camera_id[index]


def _working(state: str, *, works: bool) -> str:
    words = _STATES.get(state, state)
    return words if works else f"{words}, does not count as working now"


def _bearing(bearing: np.float32) -> str:
    degrees = float(bearing)
    if not math.isfinite(degrees):
        return "not known: counts by chance within its full circle"
    return f"{_WIND[round(degrees / 45.0) % 8]} ({degrees:.0f}\N{DEGREE SIGN})"


def _picture(store: Store, index: int) -> str:
    cameras = store.cameras
    width, height = float(cameras.width_px[index]), float(cameras.height_px[index])
    angle = float(cameras.hfov_deg[index])
    pixels = (
        f"{width:.0f} x {height:.0f} pixels"
        if math.isfinite(width) and math.isfinite(height)
        else ""
    )
    wide = f"{angle:.0f}\N{DEGREE SIGN} wide" if math.isfinite(angle) else ""
    return ", ".join(one for one in (pixels, wide) if one)


def _reach(store: Store, views: Rows, *, band: int, light: str) -> str:
    if not len(views):
        return ""
    reach = float(store.views.reach_m[views, band].max())
    name = str(store.meta["bands"][band]["name"])
    if light == "night":
        reach = min(reach, float(store.views.night_m[views].max()))
        return f"{reach:.0f} m for {name} by night" if reach else "nothing by night"
    return f"{reach:.0f} m for {name} by day" if reach else f"too little for {name}"


def _seen(store: Store, views: Rows, *, band: int, light: str) -> str:
    if not len(views):
        return ""
    street = _weight_seen(store.streets, views, band=band, light=light)
    name = str(store.meta["bands"][band]["name"])
    sure = store.views.probability[views] >= _SURE
    turned = "" if sure.all() else ", whichever way it looks"
    return (
        f"{amount(street)} m for {name} {LIGHTS[light]}{turned}, alone or with others"
    )


def _weight_seen(places: Places, views: Rows, *, band: int, light: str) -> float:
    """Give the weight of the places that any of some views sees."""
    levels = places.day if light == "day" else places.night
    # Views of one camera stand together, so a range holds them all.
    inside = (places.view >= views[0]) & (places.view <= views[-1])
    pairs = np.flatnonzero(inside)
    pairs = pairs[levels[pairs] > band]
    rows = np.unique(np.searchsorted(places.ptr, pairs, side="right") - 1)
    return float(places.weight[rows].sum())


def _alone(store: Store, index: int, alone: Rate) -> str:
    street = float(store.cameras.loss_street_m[index])
    incidents = _incidents(alone)
    parts = [f"{amount(street)} m of street"] if street > 0.0 else []
    parts += [f"{incidents} incidents a year"] if incidents else []
    if parts:
        return ", ".join(parts)
    known = math.isfinite(street) or math.isfinite(alone.value or 0.0)
    return "nothing" if known else ""


def _incidents(alone: Rate) -> str:
    if alone.value is None:
        return f"less than {amount(alone.below)}"
    if not alone.value > 0.0:
        return ""
    return f"less than {_FEW}" if alone.value < _FEW else amount(alone.value)


def _hangs(store: Store, index: int) -> str:
    height = float(store.cameras.mount_height_m[index])
    moved = float(store.cameras.moved_m[index])
    words = [f"{height:.1f} m above the ground"] if math.isfinite(height) else []
    words += [f"moved {moved:.1f} m out to the wall"] if moved > 0.0 else []
    return ", ".join(words)


def _note(store: Store, index: int, filters: Filters) -> str:
    cameras = store.cameras
    tier = store.meta["tiers"][cameras.access[index]]
    if not cameras.active[index]:
        return "It was not in service at the date of the data, so it does not count."
    if not cameras.used[index]:
        return "Its reach does not touch the study area, so it does not count."
    if tier not in counted_tiers(filters.tier):
        return "Cameras of its tier are not counted now."
    if filters.state == "now" and not cameras.works[index]:
        return "Only cameras that work now are counted, and it is not known to."
    return ""
