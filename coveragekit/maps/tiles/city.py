"""A store's shapes and points made ready for drawing, each when it is first drawn."""

from __future__ import annotations

from collections import OrderedDict
from functools import cached_property
from threading import Lock
from typing import TYPE_CHECKING, Final

import numpy as np

from coveragekit.maps.tiles.index import BoxIndex, Drawn, frozen
from coveragekit.view import mercator

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeVar

    from numpy.typing import NDArray

    from coveragekit.maps.tiles.look import Look
    from coveragekit.view import Store

    Kept = TypeVar("Kept")

__all__ = ["City", "Cuts"]

# A look before and one after, of two sides of a map.
_RECENT: Final = 4
# Two sides of a map may be of two lights or bands.
_CUTS: Final = 2


class Cuts:
    """
    How every view is cut at one band and light.

    Parameters
    ----------
    radius
        Of the disc, in units of the map, 0 where it shows nothing.
    far
        Distance of the line across it, in units of the map; infinite where none.
    index
        Of the boxes that hold what is left.
    """

    def __init__(
        self,
        radius: NDArray[np.float64],
        far: NDArray[np.float64],
        index: BoxIndex,
    ) -> None:
        self.radius = frozen(radius)
        self.far = frozen(far)
        self.index = index


class City:
    """
    A store's shapes and points made ready for drawing.

    Parameters
    ----------
    store
        The view store.
    """

    def __init__(self, store: Store) -> None:
        self.store = store
        self._kept: dict[object, object] = {}
        self._recent: dict[object, list[tuple[object, object]]] = {}
        self._cuts: OrderedDict[tuple[int, str], Cuts] = OrderedDict()
        self._lock = Lock()

    def keep(self, key: object, make: Callable[[], Kept]) -> Kept:
        """
        Give what was made under a key, made now where it was not.

        Parameters
        ----------
        key
            What it is.
        make
            Gives it; called once unless two threads ask at once.

        Returns
        -------
        object
            What ``make`` gave.
        """
        with self._lock:
            if key in self._kept:
                return self._kept[key]  # type: ignore[return-value]
        made = make()
        with self._lock:
            return self._kept.setdefault(key, made)  # type: ignore[return-value]

    def recent(self, key: object, given: object, make: Callable[[], Kept]) -> Kept:
        """
        Give what was made of an object, where that was one of the last few.

        Parameters
        ----------
        key
            What is made.
        given
            The very object it is made of.
        make
            Makes it.

        Returns
        -------
        object
            What ``make`` gave.
        """
        with self._lock:
            for other, made in self._recent.get(key, ()):
                if other is given:
                    return made  # type: ignore[return-value]
        fresh = make()
        with self._lock:
            kept = [(given, fresh), *self._recent.get(key, ())]
            self._recent[key] = kept[:_RECENT]
        return fresh

    @cached_property
    def metre(self) -> float:
        """Units of the map per metre in the middle of the study."""
        minx, miny, maxx, maxy = self.store.meta["bounds_merc"]
        return float(mercator.scale([(minx + maxx) / 2.0, (miny + maxy) / 2.0]))

    @cached_property
    def buildings(self) -> Drawn:
        """The buildings."""
        return Drawn.of(self.store.buildings.shape)

    @cached_property
    def streets(self) -> Drawn:
        """The streets as lines."""
        return Drawn.of(self.store.street_lines.shape)

    @cached_property
    def water(self) -> Drawn:
        """Lakes, rivers, the sea."""
        return Drawn.of(self.store.water.shape)

    @cached_property
    def outline(self) -> Drawn:
        """The study area."""
        return Drawn.of(self.store.outline.shape)

    @cached_property
    def zones(self) -> Drawn:
        """The privacy zones."""
        return Drawn.of(self.store.zones.shape)

    @cached_property
    def gaps(self) -> Drawn:
        """The gaps."""
        return Drawn.of(self.store.gaps.shape)

    @cached_property
    def areas(self) -> Drawn:
        """The areas of every kind."""
        return Drawn.of(self.store.areas.shape)

    @cached_property
    def views(self) -> Drawn:
        """The views, uncut."""
        return Drawn.of(self.store.views.shape)

    @cached_property
    def camera_places(self) -> BoxIndex:
        """The cameras as points."""
        merc = np.asarray(self.store.cameras.merc)
        return BoxIndex.of(np.concatenate([merc, merc], axis=1))

    def cuts(self, look: Look) -> Cuts:
        """
        Give how the views are cut.

        Parameters
        ----------
        look
            Its band and light count.

        Returns
        -------
        Cuts
            Kept for the last two bands and lights that were drawn.
        """
        key = (look.band, look.light)
        with self._lock:
            found = self._cuts.pop(key, None)
            if found is not None:
                self._cuts[key] = found
                return found
        made = self._cut(look)
        with self._lock:
            self._cuts[key] = made
            while len(self._cuts) > _CUTS:
                self._cuts.popitem(last=False)
        return made

    def _cut(self, look: Look) -> Cuts:
        views = self.store.views
        reach_m = np.asarray(views.reach_m[:, look.band], np.float64)
        if look.light == "night":
            reach_m = np.minimum(reach_m, views.night_m)
        scale = np.asarray(views.scale)
        radius = reach_m * scale
        foot = np.asarray(views.merc)
        box = np.concatenate([foot - radius[:, None], foot + radius[:, None]], axis=1)
        whole = np.asarray(views.shape.box)
        box[:, :2] = np.maximum(box[:, :2], whole[:, :2])
        box[:, 2:] = np.minimum(box[:, 2:], whole[:, 2:])
        box[~(radius > 0.0)] = np.nan
        far = np.asarray(views.far_m[:, look.band], np.float64) * scale
        return Cuts(radius, far, BoxIndex.of(box))
