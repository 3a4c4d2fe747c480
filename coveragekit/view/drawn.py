"""The tables of a view store that are drawn: gaps, areas, buildings, streets."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from coveragekit.view.arrays import BOOL, F4, F8, FREE, I4, U1

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from coveragekit.view.arrays import Ragged, Texts

__all__ = ["Areas", "Buildings", "Gaps", "Shapes", "StreetLines"]


@dataclass(frozen=True, slots=True, eq=False)
class Gaps:
    """
    The gaps in the order of their ranks.

    Parameters
    ----------
    gap_id, name
        Its key, and what it is called by the street or place nearby.
    shape
        Where it lies.
    rank
        1 for the worst.
    incidents_per_year, calls_per_year
        Those expected to be missed there, per year.
    incidents_low, incidents_high
        Interval of the incidents missed there per year; NaN without scenes.
    incidents_median
        Their median over the scenes; NaN without.
    street_m, area_m2
        Metres of street and square metres of public ground in it.
    centre
        A place in it, unit square of Web Mercator, shape ``(n, 2)``.
    """

    gap_id: Texts
    name: Texts
    shape: Ragged
    rank: NDArray[np.int32] = field(metadata=I4)
    incidents_per_year: NDArray[np.float32] = field(metadata=F4)
    calls_per_year: NDArray[np.float32] = field(metadata=F4)
    incidents_low: NDArray[np.float32] = field(metadata=F4)
    incidents_median: NDArray[np.float32] = field(metadata=F4)
    incidents_high: NDArray[np.float32] = field(metadata=F4)
    street_m: NDArray[np.float32] = field(metadata=F4)
    area_m2: NDArray[np.float32] = field(metadata=F4)
    centre: NDArray[np.float64] = field(metadata=F8)

    def __len__(self) -> int:
        """Give how many gaps there are."""
        return len(self.rank)


@dataclass(frozen=True, slots=True, eq=False)
class Areas:
    """
    Districts, tracts, zones and other areas of the study.

    Parameters
    ----------
    area_id, name
        Its key and its name.
    kind
        Number of its word in ``area_kinds`` of the meta data.
    shape
        Where it lies.
    population
        People living there; NaN: unknown.
    area_km2
        Square kilometres.
    """

    area_id: Texts
    name: Texts
    kind: NDArray[np.uint8] = field(metadata=U1)
    shape: Ragged
    population: NDArray[np.float32] = field(metadata=F4)
    area_km2: NDArray[np.float32] = field(metadata=F4)

    def __len__(self) -> int:
        """Give how many areas there are."""
        return len(self.kind)


@dataclass(frozen=True, slots=True, eq=False)
class Buildings:
    """
    The buildings, in Morton order of their centres.

    Parameters
    ----------
    shape
        Their outlines.
    height_m
        Height above the ground, metres; NaN: unknown.
    """

    shape: Ragged
    height_m: NDArray[np.float32] = field(metadata=F4)

    def __len__(self) -> int:
        """Give how many buildings there are."""
        return len(self.height_m)


@dataclass(frozen=True, slots=True, eq=False)
class StreetLines:
    """
    The streets, in Morton order of their centres.

    Parameters
    ----------
    shape
        Their lines.
    name
        The different names of streets.
    name_of
        Row in ``name``, -1 for none, shape ``(n,)``.
    rank
        Class they are drawn in: 0 a motorway, 7 a path.
    public
        Whether everybody may go there, so that it counts.
    """

    shape: Ragged
    name: Texts = field(metadata=FREE)
    name_of: NDArray[np.int32] = field(metadata=I4)
    rank: NDArray[np.uint8] = field(metadata=U1)
    public: NDArray[np.bool_] = field(metadata=BOOL)

    def __len__(self) -> int:
        """Give how many streets there are."""
        return len(self.rank)


@dataclass(frozen=True, slots=True, eq=False)
class Shapes:
    """
    Named shapes: water, privacy zones, the outline of the study area.

    Parameters
    ----------
    shape
        Where they lie.
    name
        Their names; an empty text where they have none.
    """

    shape: Ragged
    name: Texts

    def __len__(self) -> int:
        """Give how many shapes there are."""
        return len(self.shape)
