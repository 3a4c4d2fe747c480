"""What trying cameras out asks, and what it answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

    from coveragekit.dashboards.planner.figures import Numbers
    from coveragekit.dashboards.planner.filters import Filters
    from coveragekit.study.lookout import Hung
    from coveragekit.view import Ragged

    Rows = NDArray[np.int64]
    Floats = NDArray[np.float64]

__all__ = ["FIGURES", "MEASURES", "Answering", "GapStep", "GhostLook", "Line", "Step"]

# What is told, over which places, and of which events those are.
MEASURES: Final = {
    "streets": ("streets", ""),
    "incidents": ("incident_places", "incidents"),
    "ground": ("ground", ""),
    "calls": ("call_places", "calls"),
}
# How the page's numbers name them.
FIGURES: Final = {
    "streets": "street_length",
    "incidents": "incidents",
    "ground": "area",
    "calls": "calls",
}


class Answering(Protocol):
    """The numbers of the page, as :mod:`coveragekit.dashboards.planner.answers` has."""

    @property
    def least(self) -> int:
        """Counts below it are not told; others stand for other events where it is 1."""

    @property
    def left(self) -> frozenset[int]:
        """Rows of cameras that have left since the build."""

    def view_flags(self, filters: Filters) -> NDArray[np.bool_]:
        """Tell which views count."""

    def event_mask(
        self, name: str, filters: Filters, *, near: bool = True
    ) -> NDArray[np.float32]:
        """Give how much each event counts; near: less those told of no small place."""

    def place_mask(self, name: str, filters: Filters) -> NDArray[np.bool_] | None:
        """Tell which places count; ``None`` where all do."""

    def gap_demand(self, name: str, filters: Filters) -> Floats:
        """Give what of each gap is not seen: events a year, or metres of street."""

    def per_year(self, name: str, filters: Filters) -> float:
        """Give what one event counts a year; 0 where no time is known."""

    def numbers(self, filters: Filters) -> Numbers:
        """Give the headline figures."""


@dataclass(frozen=True, slots=True)
class Line:
    """
    One number before and after a change.

    Parameters
    ----------
    name
        ``streets``, ``ground``, ``incidents`` or ``calls``.
    before, after
        Shares, 0 to 1; ``None`` of nothing, or where they may not be shown.
    gained
        How much more is seen, in the unit of the whole; less than 0: less is seen.
    total
        The whole.
    """

    name: str
    before: float | None
    after: float | None
    gained: float
    total: float


@dataclass(frozen=True, slots=True)
class GapStep:
    """
    What a change does to one gap.

    Parameters
    ----------
    row
        Row of the gap in the store; -1 for places of no gap that were seen before.
    incidents, calls
        Unmet a year, before and after.
    street_m
        Metres of street that nobody sees, before and after.
    """

    row: int
    incidents: tuple[float, float]
    calls: tuple[float, float]
    street_m: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Step:
    """
    What a change does under the filters.

    Parameters
    ----------
    lines
        The numbers before and after.
    gaps
        The gaps that shrink or grow, the most changed first.
    told
        What to know of it, in sentences.
    """

    lines: tuple[Line, ...]
    gaps: tuple[GapStep, ...]
    told: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class GhostLook:
    """
    What one tried camera sees, for the map and for sums.

    Parameters
    ----------
    hung
        Where it hangs and how it is aimed.
    foot
        Longitude and latitude of where it hangs, degrees.
    shape
        What it shows, a row for each way it looks.
    rows
        For each layer of places the rows that it sees, ascending, and how surely.
    words
        What happened to it, in sentences.
    """

    hung: Hung
    foot: tuple[float, float]
    shape: Ragged
    rows: Mapping[str, tuple[Rows, Floats]]
    words: tuple[str, ...]

    @property
    def cone(self) -> list[Floats]:
        """Rings of what it shows, unit square of Web Mercator, even-odd."""
        return [
            ring for row in range(len(self.shape)) for ring in self.shape.rings(row)
        ]
