"""What a tried change is and does, in words."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from coveragekit.dashboards.planner.filters import Filters
    from coveragekit.dashboards.planner.whatif_parts import Line
    from coveragekit.study.change import Change
    from coveragekit.study.ghost import Ghost
    from coveragekit.study.lookout import Hung

__all__ = ["change_told", "hung_words", "in_steps", "whole_steps"]

_ROUNDING: Final = 1e-6
MOUNTED: Final = {
    "facade": "moved {far:.1f} m out to the facade",
    "corner": "moved {far:.1f} m out to the corner of the building",
    "inside": "inside a building, too deep to look out of it: it sees its own room",
}


class _Engine(Protocol):
    """What tries cameras, as far as it is asked here."""

    def camera_row(self, camera_id: str) -> int:
        """Give the row of a camera, -1 where there is none."""

    def counts(self, ghost: Ghost, filters: Filters) -> bool:
        """Tell whether a tried camera counts."""


def hung_words(hung: Hung) -> tuple[str, ...]:
    """
    Say what happened to a camera when it was hung.

    Parameters
    ----------
    hung
        The camera.

    Returns
    -------
    tuple of str
        Sentences without their full stop; none where it hangs as it is drawn.
    """
    told = []
    if hung.mount in MOUNTED:
        dx, dy = hung.foot - hung.drawn
        told.append(MOUNTED[hung.mount].format(far=float(dx * dx + dy * dy) ** 0.5))
    if hung.why_blind:
        told.append(hung.why_blind)
    elif hung.reach_m <= 0.0:
        told.append("shows nothing so sharply in this light")
    return tuple(told)


def change_told(change: Change, engine: _Engine, filters: Filters) -> tuple[str, ...]:
    """
    Say what to know of a change beside its numbers.

    Parameters
    ----------
    change
        What is tried.
    engine
        Tries it.
    filters
        What is asked.

    Returns
    -------
    tuple of str
        Sentences.
    """
    told = []
    lost = [name for name in change.gone if engine.camera_row(name) < 0]
    if lost:
        told.append(
            f"{len(lost)} of the changed cameras are no longer in the study: what "
            "took their place counts as new."
        )
    left_out = [one for one in change.ghosts if not engine.counts(one, filters)]
    if left_out:
        told.append(
            f"{len(left_out)} of the tried cameras do not count here: their tier is "
            "not counted, or the camera is not in service, not working or has left."
        )
    if change:
        told.append(
            "Numbers after the change have no interval: scenes are drawn at a build."
        )
    return tuple(told)


def in_steps(line: Line, least: int, *, counts: bool) -> Line:
    """
    Give what may be told of a number, so that no step of it is a single event.

    Parameters
    ----------
    line
        The number.
    least
        The least count that may be told; 0 or 1: all are.
    counts
        Whether it is a count of events.

    Returns
    -------
    Line
        With whole steps of ``least`` events gained or lost, and the share that makes.
    """
    if not counts or least <= 1 or line.before is None or not line.total:
        return line
    gained = math.copysign(whole_steps(line.gained, least), line.gained)
    return replace(line, after=line.before + gained / line.total, gained=gained)


def whole_steps(events: float, least: int) -> float:
    """
    Give as much of a count as whole steps make.

    Parameters
    ----------
    events
        The count, of either sign.
    least
        Events in a step.

    Returns
    -------
    float
        0 or more.

    Examples
    --------
    >>> whole_steps(-12.4, 5), whole_steps(4.9, 5)
    (10.0, 0.0)
    """
    return least * ((abs(events) + _ROUNDING) // least)
