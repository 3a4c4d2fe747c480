"""Keep rounds of looks going, so that a city knows which of its cameras work."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING, Final

from coveragekit.access.rounds import probe_round
from coveragekit.errors import RegistryError

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable

    from coveragekit.access.looking import Looks
    from coveragekit.access.probe_tally import Pace
    from coveragekit.access.rounds import Rounds

__all__ = ["keep_probing"]

_LOG = logging.getLogger(__name__)
_ROUND_S: Final = 600.0
_FIRST_WAIT_S: Final = 5.0
_LONGEST_WAIT_S: Final = 300.0


def keep_probing(
    looks: Looks,
    *,
    every_s: float,
    stop: threading.Event,
    told: Callable[[Rounds], None],
    pace: Pace | None = None,
) -> None:
    """
    Look at every camera once within a time, again and again, until it is stopped.

    Parameters
    ----------
    looks
        Where cameras are looked at.
    every_s
        Within how many seconds each camera is looked at once. Each has its own moment
        in that time, always the same, so that they are spread over it.
    stop
        Ends it when it is set; what is under way is given up, what was found is kept.
    told
        Called with what each round did. A round is ten minutes, or the whole time where
        that is shorter.
    pace
        How fast cameras are looked at.

    Raises
    ------
    AccessRefused
        The policy names no account for it.

    Notes
    -----
    What is due stands in the registry: after a restart it goes on where it was. Where
    the registry cannot be read or written for a while, it waits and tries again.
    """
    wait_s = _FIRST_WAIT_S
    while not stop.is_set():
        began_s = time.monotonic()
        lasts_s = min(every_s, _ROUND_S)
        try:
            done = probe_round(
                looks, every_s=every_s, lasts_s=lasts_s, pace=pace, stop=stop
            )
        except RegistryError as error:
            _LOG.warning("a round was given up, again in %.0f s: %s", wait_s, error)
            stop.wait(wait_s)
            wait_s = min(_LONGEST_WAIT_S, 2 * wait_s)
            continue
        wait_s = _FIRST_WAIT_S
        told(done)
        stop.wait(max(0.0, began_s + lasts_s - time.monotonic()))
