"""What the back room knows of cameras that have left since the study was built."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from coveragekit.dashboards.backroom_tasks import Job
    from coveragekit.study.origin import Left

__all__ = ["RECENT_S", "left", "left_cameras", "left_soon"]

RECENT_S: Final = 15.0
"""How old an answer may be where it is only shown, seconds: all pages share it."""
_PATIENCE_S: Final = 8.0
_LATE: Final = "the registry does not answer in time"

# A registry that hangs must not hold up what is asked of the study.
_looking: Final = ThreadPoolExecutor(1, thread_name_prefix="left")
_turn: Final = threading.Lock()
_known: Final[dict[str, Left]] = {}


def left(job: Job) -> dict[str, Any]:
    """
    Tell a page which cameras have left.

    Parameters
    ----------
    job
        The study.

    Returns
    -------
    dict
        ``ids``, and ``unknown``: why it cannot be known now, or nothing.
    """
    found = left_soon(job)
    return {"ids": sorted(found.ids), "unknown": found.unknown}


def left_soon(job: Job) -> Left:
    """
    Give which cameras have left, without waiting long for a registry that hangs.

    Parameters
    ----------
    job
        The study.

    Returns
    -------
    Left
        At most :data:`RECENT_S` old; what was known last where nobody answers in time.

    Raises
    ------
    StudyError
        The study was never built, or by another version.
    """
    from coveragekit.study.origin import Left

    key = str(job.study)
    try:
        found = _looking.submit(left_cameras, job, recent_s=RECENT_S).result(
            _PATIENCE_S
        )
    except TimeoutError:
        with _turn:
            last = _known.get(key, Left())
        return Left(last.ids, last.cameras, _LATE)
    with _turn:
        _known[key] = found
    return found


def left_cameras(job: Job, *, recent_s: float = 0.0) -> Left:
    """
    Give which cameras of the study that is shown have left its registry.

    Parameters
    ----------
    job
        The study.
    recent_s
        How old the answer may be, seconds; what is taken out is never of an old one.

    Returns
    -------
    Left
        As :func:`coveragekit.access.left_of` gives it.

    Raises
    ------
    StudyError
        The study was never built, or by another version.
    """
    from coveragekit.study import Study
    from coveragekit.study.origin import Left, registry_of

    results = Study.open(job.study).results()
    if not registry_of(results.summary.get("sources") or ()):
        return Left()
    from coveragekit import access
    from coveragekit.view import Store

    return access.left_of(Store.open(results.path), recent_s=recent_s)
