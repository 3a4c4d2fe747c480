"""Pack many points small enough to send a whole city's cameras at once."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Any

import numpy as np

from coveragekit.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["NO_POINTS", "pack_points", "pack_shown", "point_classes", "unpack_points"]

# 2^-29 of the world is 7 cm at the equator: a fifth of a screen pixel at zoom 20.
_UNIT = 2.0**-29
_OFFLINE, _UNKNOWN, _TIERS = 4, 8, 4
NO_POINTS: dict[str, Any] = {
    "count": 0,
    "unit": _UNIT,
    "origin": [0.0, 0.0],
    "data": b"",
}
"""What is sent where there are none."""


def point_classes(
    tier: ArrayLike, *, offline: ArrayLike = False, unknown: ArrayLike = False
) -> NDArray[np.uint8]:
    """
    Give the byte that says how each camera is drawn.

    Parameters
    ----------
    tier
        Index into :data:`coveragekit.maps.tokens.ACCESS_ORDER`, 0 to 3, shape ``(n,)``.
    offline
        Whether it is known not to work: hollow, with a slash.
    unknown
        Whether its direction is unknown: a dashed ring around it.

    Returns
    -------
    ndarray
        Bytes, shape ``(n,)``.

    Raises
    ------
    InputError
        A tier that there is not.

    Examples
    --------
    >>> point_classes([0, 3], offline=[True, False], unknown=True).tolist()
    [12, 11]
    """
    tiers = np.asarray(tier)
    if tiers.size and not (tiers.min() >= 0 and tiers.max() < _TIERS):
        message = (
            f"tiers from {tiers.min()} to {tiers.max()} were given; allowed: 0 to 3, "
            "as in ACCESS_ORDER"
        )
        raise InputError(message)
    byte = tiers.astype(np.uint8)
    byte = byte | np.where(offline, _OFFLINE, 0).astype(np.uint8)
    return np.asarray(byte | np.where(unknown, _UNKNOWN, 0), dtype=np.uint8)


def pack_points(
    merc: NDArray[np.float64], classes: NDArray[np.uint8]
) -> dict[str, Any]:
    """
    Give points as a few bytes each.

    Parameters
    ----------
    merc
        Web Mercator pairs in 0 to 1, shape ``(n, 2)``; smallest where neighbours in
        the order are neighbours on the ground, as along a Morton curve.
    classes
        A byte for each point, shape ``(n,)``.

    Returns
    -------
    dict
        ``count``, ``origin``, ``unit`` (length of a step) and ``data``: deflated
        differences between neighbours.

    Raises
    ------
    InputError
        Positions that are not finite, outside the map, or not as many as classes.

    Notes
    -----
    Positions are kept to 7 cm at the equator. Differences are zigzag-coded and split
    into byte planes, because the high bytes of neighbours are nearly always zero and so
    cost nothing.

    Examples
    --------
    >>> pack_points(np.array([[0.25, 0.5]]), np.zeros(1, np.uint8))["count"]
    1
    """
    xy = np.asarray(merc, dtype=np.float64).reshape(-1, 2)
    kinds = np.asarray(classes, dtype=np.uint8)
    _check_points(xy, kinds)
    if len(xy) == 0:
        return dict(NO_POINTS)
    origin = xy.min(axis=0)
    steps = np.rint((xy - origin) / _UNIT).astype(np.int64)
    change = np.diff(steps, axis=0, prepend=np.zeros((1, 2), np.int64))
    zigzag = np.where(change >= 0, 2 * change, -2 * change - 1).astype("<u4")
    planes = np.ascontiguousarray(zigzag.T).view(np.uint8).reshape(2, len(xy), 4)
    raw = planes.transpose(0, 2, 1).tobytes() + kinds.tobytes()
    return {
        "count": len(xy),
        "origin": [float(origin[0]), float(origin[1])],
        "unit": _UNIT,
        "data": zlib.compress(raw, 7),
    }


def _check_points(xy: NDArray[np.float64], kinds: NDArray[np.uint8]) -> None:
    if kinds.shape != (len(xy),):
        message = f"{len(xy)} points need as many classes; got {kinds.shape}"
        raise InputError(message)
    odd = np.flatnonzero(~((xy >= 0.0) & (xy <= 1.0)).all(axis=1))
    if len(odd):
        message = (
            f"point {odd[0]} lies at {xy[odd[0], 0]}, {xy[odd[0], 1]}; allowed: Web "
            "Mercator from 0 to 1"
        )
        raise InputError(message)


def unpack_points(
    packed: dict[str, Any],
) -> tuple[NDArray[np.float64], NDArray[np.uint8]]:
    """
    Give back what was packed, as the page reads it.

    Parameters
    ----------
    packed
        What :func:`pack_points` gave.

    Returns
    -------
    merc : ndarray
        Web Mercator pairs, shape ``(n, 2)``.
    classes : ndarray
        A byte for each.

    Examples
    --------
    >>> merc, _ = unpack_points(pack_points(np.array([[0.5, 0.5]]), np.zeros(1, "u1")))
    >>> merc.tolist()
    [[0.5, 0.5]]
    """
    count = int(packed["count"])
    if count == 0:
        return np.empty((0, 2)), np.empty(0, np.uint8)
    raw = np.frombuffer(zlib.decompress(packed["data"]), np.uint8)
    planes = raw[: 8 * count].reshape(2, 4, count).transpose(0, 2, 1)
    zigzag = np.ascontiguousarray(planes).view("<u4").reshape(2, count).astype(np.int64)
    change = np.where(zigzag & 1, -(zigzag + 1) // 2, zigzag // 2)
    merc = np.cumsum(change, axis=1).T * packed["unit"] + packed["origin"]
    return merc, raw[8 * count :]


def pack_shown(shown: NDArray[np.bool_] | None) -> bytes:
    """
    Give which points are shown, a bit each.

    Parameters
    ----------
    shown
        Shape ``(n,)``, or ``None`` for all.

    Returns
    -------
    bytes
        Deflated, first point in the highest bit; empty for all.

    Examples
    --------
    >>> pack_shown(None)
    b''
    """
    if shown is None:
        return b""
    return zlib.compress(np.packbits(np.asarray(shown, dtype=bool)).tobytes(), 6)
