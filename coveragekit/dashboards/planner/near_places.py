"""The places of a store by where they lie, and which of them a camera sees."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeVar

import numpy as np

from coveragekit.dashboards.planner.kernels.near import (
    boxes_of,
    load_supports,
    rows_seen,
    rows_within,
)
from coveragekit.dashboards.planner.whatif_parts import MEASURES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from coveragekit.view import Places, Store

    Rows = NDArray[np.int64]
    Floats = NDArray[np.float64]

__all__ = ["Layer", "NearPlaces", "keep", "warm_up"]

_RUN: Final = 256
_MOST: Final = 4096
_KEPT: Final = 256

_Key = TypeVar("_Key")
_Value = TypeVar("_Value")


@dataclass(frozen=True, slots=True, eq=False)
class Layer:
    """
    Places with the boxes of their runs, to find the near ones.

    Parameters
    ----------
    places
        The places.
    boxes
        Of :func:`coveragekit.dashboards.planner.kernels.near.boxes_of`.
    """

    places: Places
    boxes: Floats

    @classmethod
    def of(cls, places: Places) -> Layer:
        """
        Give places with the boxes of their runs.

        Parameters
        ----------
        places
            The places.

        Returns
        -------
        Layer
            The layer.
        """
        return cls(places, boxes_of(places.local, _RUN))

    def within(self, xy: Floats, reach_m: float) -> Rows:
        """
        Give the places within a distance.

        Parameters
        ----------
        xy
            Metres, shape ``(2,)``.
        reach_m
            Metres.

        Returns
        -------
        numpy.ndarray
            Their rows, ascending.
        """
        local, x, y = self.places.local, float(xy[0]), float(xy[1])
        out = np.empty(_MOST, np.int64)
        found = rows_within(local, self.boxes, _RUN, x, y, reach_m, out)
        if found > len(out):
            out = np.empty(found, np.int64)
            rows_within(local, self.boxes, _RUN, x, y, reach_m, out)
        return out[:found]


class NearPlaces:
    """
    All places of a store by where they lie.

    Parameters
    ----------
    store
        The store.
    aside_m
        How far a view may start from the place where its camera hangs, metres.

    Attributes
    ----------
    layers
        The places of each kind by their name in the store.

    Notes
    -----
    What a camera sees is kept: one thread at a time may ask :meth:`seen_by`.
    """

    def __init__(self, store: Store, *, aside_m: float) -> None:
        self._views = store.views
        self._aside_m = aside_m
        self._seen: OrderedDict[tuple[int, int, str], dict[str, Rows]] = OrderedDict()
        self.layers = {
            name: Layer.of(getattr(store, name)) for name, _ in MEASURES.values()
        }

    def within(self, xy: Floats, reach_m: float) -> dict[str, Rows]:
        """
        Give the places of each layer within a distance.

        Parameters
        ----------
        xy
            Metres, shape ``(2,)``.
        reach_m
            Metres.

        Returns
        -------
        dict
            Layer to rows, ascending.
        """
        return {name: one.within(xy, reach_m) for name, one in self.layers.items()}

    def views_of(self, camera: int) -> tuple[int, int]:
        """
        Give the views of a camera.

        Parameters
        ----------
        camera
            Its row.

        Returns
        -------
        tuple of int
            The first, and the one after the last.
        """
        first, last = np.searchsorted(self._views.camera, [camera, camera + 1])
        return int(first), int(last)

    def seen_by(self, camera: int, *, band: int, light: str) -> dict[str, Rows]:
        """
        Give the places of each layer that a camera of the store sees.

        Parameters
        ----------
        camera
            Its row.
        band
            Position of the band.
        light
            ``day`` or ``night``.

        Returns
        -------
        dict
            Layer to rows, ascending; kept, as the same is asked all through a drag.
        """
        key = (camera, band, light)
        if key in self._seen:
            self._seen.move_to_end(key)
            return self._seen[key]
        views, (first, last) = self._views, self.views_of(camera)
        found = {}
        for name, layer in self.layers.items():
            near = [np.empty(0, np.int64)]
            for view in range(first, last):
                reach_m = float(views.reach_m[view].max()) + self._aside_m
                near.append(layer.within(views.local[view], reach_m))
            places = layer.places
            found[name] = rows_seen(
                np.unique(np.concatenate(near)),
                places.ptr,
                places.view,
                places.day if light == "day" else places.night,
                band,
                first,
                last,
            )
        keep(self._seen, key, found)
        return found


def keep(
    kept: OrderedDict[_Key, _Value], key: _Key, value: _Value, *, most: int = _KEPT
) -> None:
    """
    Keep a value, and let go of the one not asked for longest where there are many.

    Parameters
    ----------
    kept
        What is kept, the one asked last at the end.
    key, value
        What to keep.
    most
        So many at most.
    """
    kept[key] = value
    while len(kept) > most:
        kept.popitem(last=False)


def warm_up() -> None:
    """Compile the kernels that find near places, on one place."""
    xy, ptr = _fixed(np.zeros((1, 2))), _fixed(np.array([0, 1]))
    view, level = _fixed(np.zeros(1, np.int32)), _fixed(np.ones(1, np.uint8))
    boxes, rows = boxes_of(xy, _RUN), np.empty(1, np.int64)
    rows_within(xy, boxes, _RUN, 0.0, 0.0, 1.0, rows)
    rows_seen(rows, ptr, view, level, 0, 0, 1)
    load_supports(view, _fixed(np.ones(1, np.float32)), 1)


def _fixed(array: NDArray[Any]) -> NDArray[Any]:
    array.flags.writeable = False
    return array
