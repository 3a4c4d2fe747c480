"""What one camera of an owner sees, and what kind of houses it faces."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from coveragekit.maps.tiles.index import BoxIndex
from coveragekit.server.houses import HOME, OTHER, UNKNOWN
from coveragekit.server.walls import away, crossed
from coveragekit.study.lookout import Lookout
from coveragekit.view import mercator

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from coveragekit.study.ghost import Ghost
    from coveragekit.view import Store

    Floats = NDArray[np.float64]

__all__ = ["Fronts", "Seen", "Sight"]

# Everything it shows at all, not only what it shows sharply.
_LOOSEST: Final = 0
_STEP_M: Final = 0.5
_AT_WALL_M: Final = 0.35
_IN_DOOR_M: Final = 3.0


@dataclass(frozen=True, slots=True)
class Fronts:
    """
    The house fronts that a camera faces.

    Parameters
    ----------
    metres
        Length of all fronts in view, metres.
    home_share
        Share of it before houses that are homes and have no business, 0 to 1.
    other_share
        Share before houses that are something else, or in which a business is.
    unknown_share
        Share before houses of which nobody says what they are.
    """

    metres: float
    home_share: float
    other_share: float
    unknown_share: float


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """
    What a camera sees.

    Parameters
    ----------
    rings
        Corners of what it shows, unit square of Web Mercator, each shape ``(k, 2)``.
    foot
        Where it hangs, in the same unit, shape ``(2,)``.
    mount
        ``open``, ``facade``, ``corner`` or ``inside``.
    off_area_m
        How far it stands outside the study area, metres.
    reach_m
        Farthest that it shows anything, metres.
    blind
        Why it sees nothing, in words for the agency; empty where it sees something.
    """

    rings: list[Floats]
    foot: Floats
    mount: str
    off_area_m: float
    reach_m: float
    blind: str


class Sight:
    """
    Look through owners' cameras in a study.

    Parameters
    ----------
    store
        Its view store.
    places_merc
        Where businesses are, unit square of Web Mercator, shape ``(n, 2)``.
    kinds
        What each house is, of :func:`~coveragekit.server.houses.house_kinds`; where
        ``None``, only businesses tell.
    """

    def __init__(
        self,
        store: Store,
        places_merc: Floats,
        kinds: NDArray[np.uint8] | None = None,
    ) -> None:
        self._store = store
        self._kinds = kinds
        self._lookout = Lookout(store)
        self._places = places_merc[np.argsort(places_merc[:, 0])]

    def off_area_m(self, lon: float, lat: float) -> float:
        """
        Give how far a place lies from the study area.

        Parameters
        ----------
        lon, lat
            Degrees.

        Returns
        -------
        float
            Metres, 0 within it.

        Raises
        ------
        InputError
            It is so far off that the study's coordinates do not hold it.
        """
        return self._lookout.off_area_m(self._lookout.local(lon, lat))

    def see(self, camera: Ghost) -> Seen:
        """
        Give what a camera sees by day, past the buildings.

        Parameters
        ----------
        camera
            The camera.

        Returns
        -------
        Seen
            As a build of the study would find it.

        Raises
        ------
        InputError
            It is too far from the study.
        """
        look = self._lookout
        hung = look.hang(camera, band=_LOOSEST, light="day")
        xy, ring_ptr, _ = look.rings(hung)
        rings = [
            xy[first:last]
            for first, last in pairwise(ring_ptr.tolist())
            if last - first > 2
        ]
        return Seen(
            rings=rings,
            foot=look.merc(hung.foot[None])[0],
            mount=hung.mount,
            off_area_m=look.off_area_m(hung.drawn),
            reach_m=hung.reach_m,
            blind=hung.why_blind or ("" if rings else "it shows nothing"),
        )

    @cached_property
    def _boxes(self) -> BoxIndex:
        return BoxIndex.of(np.asarray(self._store.buildings.shape.box))

    def fronts(self, seen: Seen) -> Fronts:
        """
        Give what kind of houses a camera faces.

        Parameters
        ----------
        seen
            What it sees.

        Returns
        -------
        Fronts
            Shares by length of the walls that bound the view.

        Notes
        -----
        The edge of the view is walked in steps of half a metre; a step at a wall is
        that house's. A house has a business where a place of the study stands in it or
        within 3 m of it; else its category in the study's table says what it is.
        """
        per_m = float(mercator.scale(seen.foot))
        points, metres = _walked([one - seen.foot for one in seen.rings], per_m)
        if not len(points):
            return Fronts(0.0, 0.0, 0.0, 0.0)
        points += seen.foot
        margin = _AT_WALL_M * per_m
        low, high = points.min(axis=0) - margin, points.max(axis=0) + margin
        best = np.full(len(points), margin)
        house = np.full(len(points), -1)
        for row in self._boxes.rows(np.concatenate([low, high])).tolist():
            box = self._store.buildings.shape.box[row]
            near = np.flatnonzero(
                (points >= box[:2] - margin).all(axis=1)
                & (points <= box[2:] + margin).all(axis=1)
            )
            if not len(near):
                continue
            for ring in self._store.buildings.shape.rings(row):
                far = away(ring, points[near])
                closer = far < best[near]
                best[near[closer]], house[near[closer]] = far[closer], row
        faced = house >= 0
        total = float(metres[faced].sum())
        if total <= 0.0:
            return Fronts(0.0, 0.0, 0.0, 0.0)
        seen_as = {row: self._kind(row) for row in np.unique(house[faced]).tolist()}
        share = [
            float(
                metres[
                    np.isin(house, [r for r, k in seen_as.items() if k == kind])
                ].sum()
            )
            / total
            for kind in (HOME, OTHER, UNKNOWN)
        ]
        return Fronts(total, *share)

    def _kind(self, row: int) -> int:
        """Say what a house is; a business in it tells more than its walls."""
        if self._has_place(row):
            return OTHER
        return UNKNOWN if self._kinds is None else int(self._kinds[row])

    def _has_place(self, row: int) -> bool:
        shape = self._store.buildings.shape
        margin = _IN_DOOR_M * float(mercator.scale(shape.box[row, :2]))
        low, high = shape.box[row, :2] - margin, shape.box[row, 2:] + margin
        first, last = np.searchsorted(self._places[:, 0], [low[0], high[0]])
        near = self._places[first:last]
        near = near[(near[:, 1] >= low[1]) & (near[:, 1] <= high[1])]
        if not len(near):
            return False
        rings = shape.rings(row)
        crossings = sum(crossed(ring, near) for ring in rings)
        within: Any = np.asarray(crossings) % 2 == 1
        by_wall = np.min([away(ring, near) for ring in rings], axis=0) <= margin
        return bool((within | by_wall).any())


def _walked(rings: list[Floats], per_m: float) -> tuple[Floats, Floats]:
    """Give points along rings and how many metres each stands for."""
    points, metres = [np.empty((0, 2))], [np.empty(0)]
    for ring in rings:
        steps = np.diff(ring, axis=0)
        long = np.hypot(*steps.T) / per_m
        count = np.maximum(np.ceil(long / _STEP_M), 1).astype(np.int64)
        row = np.repeat(np.arange(len(long)), count)
        first = np.repeat(np.cumsum(count) - count, count)
        share = (np.arange(len(row)) - first + 0.5) / count[row]
        points.append(ring[row] + share[:, None] * steps[row])
        metres.append(long[row] / count[row])
    return np.concatenate(points), np.concatenate(metres)
