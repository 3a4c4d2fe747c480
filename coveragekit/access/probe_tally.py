"""How fast cameras are looked at, and what a round did in numbers."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from coveragekit.feeds.bounds import Bounds

__all__ = ["Pace", "Tally"]


@dataclass(frozen=True, slots=True)
class Pace:
    """
    How fast cameras are looked at.

    Parameters
    ----------
    at_once
        Cameras that are waited for at the same time.
    of_one_device
        Of these, how many may be of one device or recorder.
    bounds
        How long each is waited for.
    """

    at_once: int = 32
    of_one_device: int = 1
    bounds: Bounds | None = None


@dataclass(slots=True)
class Tally:
    """
    What a round did, in numbers.

    Parameters
    ----------
    opened
        Cameras that were connected to.
    kept
        Cameras of which something was written down; those that somebody watches just
        now are not opened again.
    online, offline, unknown
        What they were found to be.
    faults
        Of those that gave no picture, or no picture of the present, why.
    skipped
        Of those that were due and were not opened, why.
    changed
        Cameras that are another than before.
    waiting
        Cameras that were due and whose turn did not come.
    seconds
        How long it took.
    is_stopped
        Whether somebody ended it.
    """

    opened: int = 0
    kept: int = 0
    online: int = 0
    offline: int = 0
    unknown: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    skipped: Counter[str] = field(default_factory=Counter)
    changed: int = 0
    waiting: int = 0
    seconds: float = 0.0
    is_stopped: bool = False

    def parameters(self) -> dict[str, Any]:
        """
        Give it as a line of the log has it.

        Returns
        -------
        dict of str to object
            Numbers by name.
        """
        told: dict[str, Any] = {
            "kept": self.kept,
            "online": self.online,
            "offline": self.offline,
            "unknown": self.unknown,
            "changed": self.changed,
            "seconds": round(self.seconds, 1),
        }
        for name, more in (("faults", self.faults), ("skipped", self.skipped)):
            if more:
                told[name] = dict(sorted(more.items()))
        if self.waiting:
            told["waiting"] = self.waiting
        if self.is_stopped:
            told["stopped"] = True
        return told
