"""Read what a page sends, and trust none of it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from coveragekit.maps.bridge_parts import Drag, Sight, TileAsk
from coveragekit.view.mercator import to_merc

if TYPE_CHECKING:
    from collections.abc import Mapping

    from coveragekit.maps.bridge_parts import Layer

__all__ = [
    "read_box",
    "read_drag",
    "read_ids",
    "read_numbers",
    "read_ring",
    "read_row",
    "read_sight",
    "read_tiles",
]

_MAX_ZOOM = 22
_BATCH_LIMIT = 2000
_RING_LIMIT = 5000


def read_tiles(
    content: Mapping[str, Any], layers: Mapping[str, Layer]
) -> tuple[list[tuple[str, TileAsk]], list[str]]:
    """
    Give the tiles that a page asks for.

    Parameters
    ----------
    content
        The message; ``asks`` holds ``[id, key, z, x, y, version, scale]`` each.
    layers
        The layers there are.

    Returns
    -------
    wanted : list of tuple
        Name and tile.
    refused : list of str
        Names of what is malformed, no tile of the map, or of a version that is not the
        layer's own any longer.
    """
    asks = content.get("asks")
    if not isinstance(asks, list):
        return [], []
    wanted, refused = [], []
    for ask in asks[:_BATCH_LIMIT]:
        read = _read_tile(ask, layers)
        if read is not None:
            wanted.append(read)
        elif isinstance(ask, list) and ask and isinstance(ask[0], str):
            refused.append(ask[0])
    return wanted, refused


def _read_tile(ask: object, layers: Mapping[str, Layer]) -> tuple[str, TileAsk] | None:
    if not isinstance(ask, list) or len(ask) != 7:
        return None
    name, key, z, x, y, version, scale = ask
    texts = isinstance(name, str) and isinstance(key, str)
    if not texts or not all(type(one) is int for one in (z, x, y, scale)):
        return None
    layer = layers.get(key)
    if layer is None or version != layer.version or scale not in (1, 2):
        return None
    if not 0 <= z <= _MAX_ZOOM or not (0 <= x < 2**z and 0 <= y < 2**z):
        return None
    return name, TileAsk(key, z, x, y, layer.version, scale)


def read_ids(content: Mapping[str, Any]) -> list[str]:
    """
    Give the names of the jobs that a page wants no longer.

    Parameters
    ----------
    content
        The message; they are in ``drop``.

    Returns
    -------
    list of str
        The names.
    """
    given = content.get("drop")
    return [one for one in given if isinstance(one, str)] if given else []


def read_numbers(content: Mapping[str, Any], *names: str) -> tuple[float, ...] | None:
    """
    Give finite numbers by name.

    Parameters
    ----------
    content
        The message.
    *names
        Which.

    Returns
    -------
    tuple of float or None
        ``None`` where one is missing or no finite number.

    Examples
    --------
    >>> read_numbers({"lon": 1, "lat": 2.5}, "lon", "lat")
    (1.0, 2.5)
    >>> read_numbers({"lon": "1"}, "lon") is None
    True
    """
    values = [content.get(name) for name in names]
    if not all(
        isinstance(value, int | float)
        and not isinstance(value, bool)
        and math.isfinite(value)
        for value in values
    ):
        return None
    return tuple(float(value) for value in values if value is not None)


def read_row(value: object, count: int) -> int | None:
    """
    Give a row number that there is.

    Parameters
    ----------
    value
        What the page sent.
    count
        How many rows there are.

    Returns
    -------
    int or None
        The row.
    """
    return value if type(value) is int and 0 <= value < count else None


def read_drag(content: Mapping[str, Any], known: set[str]) -> Drag | None:
    """
    Give what was done to a ghost.

    Parameters
    ----------
    content
        The message.
    known
        Names of the ghosts there are.

    Returns
    -------
    Drag or None
        ``None`` where the message is malformed or there is no such ghost.
    """
    place = read_numbers(content, "lon", "lat")
    name = content.get("id")
    if place is None or name not in known or abs(place[1]) > 90.0:
        return None
    bearing = read_numbers(content, "bearing")
    turned = None if bearing is None else bearing[0] % 360.0
    return Drag(str(name), place[0], place[1], turned, content.get("done") is True)


def read_box(content: Mapping[str, Any]) -> tuple[float, float, float, float] | None:
    """
    Give the box a page looks at, degrees.

    Parameters
    ----------
    content
        The message with ``west``, ``south``, ``east`` and ``north``.

    Returns
    -------
    tuple of float or None
        The box; ``None`` where it is malformed or inside out.
    """
    edges = read_numbers(content, "west", "south", "east", "north")
    if edges is None or edges[0] > edges[2] or edges[1] > edges[3]:
        return None
    return edges[0], edges[1], edges[2], edges[3]


def read_sight(content: Mapping[str, Any]) -> Sight | None:
    """
    Give what the map shows.

    Parameters
    ----------
    content
        The message.

    Returns
    -------
    Sight or None
        ``None`` where the message is malformed.
    """
    box = read_box(content)
    rest = read_numbers(content, "zoom", "width", "height")
    if box is None or rest is None:
        return None
    west, south, east, north = box
    (left, top), (right, bottom) = to_merc([west, east], [north, south]).tolist()
    return Sight(box, (left, top, right, bottom), rest[0], (rest[1], rest[2]))


def read_ring(content: Mapping[str, Any]) -> tuple[tuple[float, float], ...]:
    """
    Give the corners of a drawn polygon.

    Parameters
    ----------
    content
        The message; they are in ``ring``.

    Returns
    -------
    tuple of tuple
        Longitude and latitude of each, degrees; a corner that is none is
        not-a-number, so that whoever judges the polygon refuses it.
    """
    ring = content.get("ring")
    if not isinstance(ring, list):
        return ()
    return tuple(_read_corner(corner) for corner in ring[:_RING_LIMIT])


def _read_corner(corner: object) -> tuple[float, float]:
    if isinstance(corner, list) and len(corner) == 2:
        pair = read_numbers({"lon": corner[0], "lat": corner[1]}, "lon", "lat")
        if pair is not None:
            return pair[0], pair[1]
    return np.nan, np.nan
