"""Cameras of the study as ghosts: to be moved, turned, swapped, given other parts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from coveragekit.coverage.presets import narrowed_deg
from coveragekit.errors import InputError
from coveragekit.model import table
from coveragekit.study.ghost import NUMBERS, Ghost
from coveragekit.view import mercator

if TYPE_CHECKING:
    from coveragekit.view import Store

__all__ = ["KIND_WORDS", "bounds_of", "ghost_of_camera", "ghost_title", "with_part"]

KIND_WORDS: Final = {
    "bullet": "Bullet",
    "dome": "Dome",
    "turret": "Turret",
    "ptz": "PTZ",
    "fisheye": "Fisheye",
    "alpr": "Plate reader",
    "doorbell": "Doorbell",
    "unknown": "Of unknown build",
}
_LONGEST: Final = 120


def ghost_of_camera(store: Store, row: int) -> Ghost:
    """
    Give a camera of the study as one that is tried in its own place.

    Parameters
    ----------
    store
        The study's view store.
    row
        Row of the camera.

    Returns
    -------
    Ghost
        Of that camera, with all its parts.
    """
    cameras, meta = store.cameras, store.meta
    lon, lat = mercator.to_lonlat(cameras.merc[row])
    parts: dict[str, Any] = {
        name: _as_given(getattr(cameras, name)[row]) for name in NUMBERS
    }
    camera_id = cameras.camera_id[row]
    assumed = cameras.assumed[row].split(";")
    return Ghost(
        key=camera_id,
        of=camera_id,
        name=cameras.name[row][:_LONGEST],
        lon=float(lon),
        lat=float(lat),
        kind=meta["kinds"][int(cameras.kind[row])],
        access=meta["tiers"][int(cameras.access[row])],
        presets=cameras.presets[row],
        assumed=tuple(name for name in NUMBERS if name in assumed),
        **parts,
    )


def _as_given(value: np.float32) -> float | None:
    """Give the number that a source gave, which float32 has rounded."""
    return float(str(value)) if np.isfinite(value) else None


def ghost_title(ghost: Ghost) -> str:
    """
    Give what to call a tried camera.

    Parameters
    ----------
    ghost
        The camera.

    Returns
    -------
    str
        Its name, else what it is in place of, else its number.

    Examples
    --------
    >>> ghost_title(Ghost.of_kind("dome", key="+2", lon=0.0, lat=0.0))
    'New camera 2'
    """
    if ghost.name:
        return ghost.name
    if ghost.of:
        return ghost.of
    return f"New camera {ghost.key.removeprefix('+')}"


def bounds_of(name: str) -> dict[str, float | None]:
    """
    Give between what a number of a camera may lie.

    Parameters
    ----------
    name
        One of the numbers of a ghost.

    Returns
    -------
    dict
        ``low`` and ``high``, ``None`` where there is no bound.

    Examples
    --------
    >>> bounds_of("tilt_deg")
    {'low': -90, 'high': 90}
    """
    column = table("cameras").columns[name]
    low = column.low if column.low is not None else column.above
    high = column.high if column.high is not None else column.below
    return {"low": low, "high": high}


def with_part(ghost: Ghost, name: str, value: object) -> Ghost:
    """
    Give a camera with one part of its form changed.

    Parameters
    ----------
    ghost
        The camera.
    name
        ``kind``, ``access``, ``size`` (such as ``1920x1080``), ``name`` or one of its
        numbers.
    value
        As the page sends it; ``None`` for a number that is not known.

    Returns
    -------
    Ghost
        With that part; another lens angle narrows or widens the picture's height as
        well.

    Raises
    ------
    InputError
        No such part, or a value that no camera can have.

    Examples
    --------
    >>> one = Ghost.of_kind("bullet", key="+1", lon=0.0, lat=0.0)
    >>> with_part(one, "size", "1920x1080").width_px
    1920
    """
    if name == "kind":
        return ghost.swapped(str(value))
    if name in {"access", "name"}:
        return ghost.changed(**{name: str(value)})
    if name == "size":
        width, _, height = str(value).partition("x")
        if width.isdecimal() and height.isdecimal():
            return ghost.changed(width_px=int(width), height_px=int(height))
    if name not in NUMBERS:
        message = f"a camera has no part {name!r:.40}; allowed: {', '.join(NUMBERS)}"
        raise InputError(message)
    if name != "hfov_deg" or not isinstance(value, int | float):
        return ghost.changed(**{name: value})
    wider = ghost.changed(hfov_deg=value)
    tall = float(narrowed_deg(ghost.hfov_deg, wider.hfov_deg, ghost.vfov_deg))
    return wider.changed(vfov_deg=min(tall, 180.0))
