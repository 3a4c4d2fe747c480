"""What goes over the bridge between kernel and page, as small plain records."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from coveragekit.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = [
    "Drag",
    "Ghost",
    "Layer",
    "Shape",
    "Sight",
    "TileAsk",
    "next_version",
    "packed_rings",
]

_SIDES = ("", "left", "right")
_LOOKS = ("view", "view-unknown", "gap", "chosen", "area", "gain", "loss")


@dataclass(frozen=True, slots=True)
class TileAsk:
    """
    One picture that the page asks for.

    Parameters
    ----------
    key
        Which layer.
    z, x, y
        Zoom, column and row of the tile, web map scheme.
    version
        The layer's version as it is now; an older one is never asked for.
    scale
        The picture has 256 times as many pixels a side: 1, or 2 for a sharp screen.
    """

    key: str
    z: int
    x: int
    y: int
    version: str = ""
    scale: int = 1


@dataclass(frozen=True, slots=True)
class Layer:
    """
    One layer of pictures.

    Parameters
    ----------
    key
        Its name, unique on the map.
    title
        What people call it.
    opacity
        0 (clear) to 1.
    shown
        Whether it is seen; one that is not asks for nothing.
    version
        Changes whenever the pictures do.
    z
        Place in the stack, higher is nearer; ``None`` for the order given.
    retina
        Whether a sharp screen may ask for twice the pixels.
    min_zoom, max_zoom
        Zooms that are drawn; closer ones enlarge the pictures of ``max_zoom``.
    side
        On which side of the divider it shows while two are compared: ``""`` for
        both, ``"left"`` or ``"right"``.
    """

    key: str
    title: str = ""
    opacity: float = 1.0
    shown: bool = True
    version: str = ""
    z: int | None = None
    retina: bool = True
    min_zoom: int = 0
    max_zoom: int = 20
    side: Literal["", "left", "right"] = ""

    def __post_init__(self) -> None:
        if not self.key:
            message = "a layer needs a key; got an empty one"
            raise InputError(message)
        if not 0.0 <= self.opacity <= 1.0:
            message = (
                f"the opacity of layer {self.key!r} is {self.opacity}; allowed: 0 to 1"
            )
            raise InputError(message)
        if self.side not in _SIDES:
            message = (
                f"the side of layer {self.key!r} is {self.side!r}; "
                "allowed: '', 'left' or 'right'"
            )
            raise InputError(message)

    def as_json(self, place: int) -> dict[str, Any]:
        """
        Give the layer as the page takes it.

        Parameters
        ----------
        place
            Place in the order given, for a layer that names none.

        Returns
        -------
        dict
            JSON-ready.
        """
        return {**asdict(self), "z": place if self.z is None else self.z}


@dataclass(frozen=True, slots=True)
class Ghost:
    """
    A camera that is only tried: it can be dragged and turned on the map.

    Parameters
    ----------
    id
        Its name, unique among ghosts.
    lon, lat
        Where its handle stands, degrees.
    bearing_deg
        Where it looks, clockwise from true north; ``None`` where it looks everywhere
        or nobody knows.
    hfov_deg
        Width of the picture, degrees.
    title
        What people call it.
    foot
        Longitude and latitude of where it hangs in truth, such as on the wall near by;
        ``None`` where that is the handle's place.
    cone
        What it sees: rings of Web Mercator pairs in 0 to 1, even-odd.
    words
        What else there is to say of it, a sentence each.
    """

    id: str
    lon: float
    lat: float
    bearing_deg: float | None = None
    hfov_deg: float = 70.0
    title: str = ""
    foot: tuple[float, float] | None = None
    cone: Sequence[NDArray[np.float64]] = field(default=(), compare=False)
    words: Sequence[str] = ()

    def __post_init__(self) -> None:
        if not (math.isfinite(self.lon) and math.isfinite(self.lat)):
            message = (
                f"ghost {self.id!r} stands at {self.lon}, {self.lat}; "
                "allowed: finite degrees"
            )
            raise InputError(message)

    def as_json(self) -> dict[str, Any]:
        """Give the ghost as the page takes it, its cone as bytes."""
        return {
            "id": self.id,
            "lon": self.lon,
            "lat": self.lat,
            "bearing": None if self.bearing_deg is None else self.bearing_deg % 360.0,
            "hfov": self.hfov_deg,
            "title": self.title,
            "foot": None if self.foot is None else list(self.foot),
            "cone": packed_rings(self.cone),
            "words": [str(one) for one in self.words],
        }


@dataclass(frozen=True, slots=True)
class Drag:
    """
    A ghost that is being moved or turned.

    Parameters
    ----------
    id
        Which ghost.
    lon, lat
        Where it stands now, degrees.
    bearing_deg
        Where it looks now, or ``None`` where it has no bearing.
    done
        Whether it was let go.
    """

    id: str
    lon: float
    lat: float
    bearing_deg: float | None
    done: bool


@dataclass(frozen=True, slots=True)
class Sight:
    """
    What the map shows at the moment.

    Parameters
    ----------
    bounds
        ``(west, south, east, north)``, degrees.
    bounds_merc
        ``(minx, miny, maxx, maxy)``, Web Mercator in 0 to 1, y down.
    zoom
        Web map zoom.
    size_px
        Width and height of the map on the screen.
    """

    bounds: tuple[float, float, float, float]
    bounds_merc: tuple[float, float, float, float]
    zoom: float
    size_px: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Shape:
    """
    A shape that is lit up.

    Parameters
    ----------
    rings
        Rings of Web Mercator pairs in 0 to 1, shape ``(k, 2)`` each, even-odd.
    look
        How it is drawn: ``"view"``, ``"view-unknown"`` (dashed), ``"gap"`` (hatched),
        ``"chosen"`` (accent outline), ``"area"`` (thin outline), ``"gain"`` or
        ``"loss"``.
    """

    rings: Sequence[NDArray[np.float64]]
    look: Literal["view", "view-unknown", "gap", "chosen", "area", "gain", "loss"] = (
        "chosen"
    )

    def __post_init__(self) -> None:
        if self.look not in _LOOKS:
            message = (
                f"a shape cannot look like {self.look!r}; allowed: {', '.join(_LOOKS)}"
            )
            raise InputError(message)

    def as_json(self) -> dict[str, Any]:
        """Give the shape as the page takes it, its rings as bytes."""
        return {"look": self.look, **packed_rings(self.rings)}


def packed_rings(rings: Sequence[NDArray[np.float64]]) -> dict[str, bytes]:
    """
    Give rings as two runs of bytes.

    Parameters
    ----------
    rings
        Rings of pairs, shape ``(k, 2)`` each.

    Returns
    -------
    dict
        ``xy``: all pairs, float64; ``ptr``: where each ring ends, uint32; both
        little-endian.

    Examples
    --------
    >>> len(packed_rings([np.zeros((4, 2))])["xy"])
    64
    """
    arrays = [np.asarray(ring, dtype="<f8").reshape(-1, 2) for ring in rings]
    whole = np.concatenate(arrays) if arrays else np.empty((0, 2), "<f8")
    ends = np.cumsum([len(ring) for ring in arrays], dtype="<u4")
    return {"xy": whole.astype("<f8").tobytes(), "ptr": ends.astype("<u4").tobytes()}


def next_version(version: str) -> str:
    """
    Give the version after this one.

    Parameters
    ----------
    version
        Any text.

    Returns
    -------
    str
        The same with the number at its end counted up, or begun.

    Examples
    --------
    >>> next_version("night"), next_version("night+9")
    ('night+1', 'night+10')
    """
    head, plus, tail = version.rpartition("+")
    if plus and tail.isdecimal():
        return f"{head}+{int(tail) + 1}"
    return f"{version}+1"
