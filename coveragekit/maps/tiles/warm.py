"""Compile every kernel that draws, and tell whether that was done."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["KERNELS", "is_compiled", "warm_up"]

KERNELS = Path(__file__).parent / "kernels"
_done: set[Path] = set()


def is_compiled() -> bool:
    """
    Tell whether the kernels need no compiling: in this process, or in the cache.

    Returns
    -------
    bool
        False on a fresh machine, after an update, and where no cache can be written
        and :func:`warm_up` has not run in this process.

    Examples
    --------
    >>> warm_up()
    >>> is_compiled()
    True
    """
    from coveragekit.visibility.jit import was_compiled

    return KERNELS in _done or was_compiled(KERNELS)


def warm_up(progress: Callable[[int, int, str], None] | None = None) -> None:
    """
    Compile every kernel, or load it from the cache, by drawing next to nothing.

    Parameters
    ----------
    progress
        Called before each step with the number of steps done, of all steps, and what
        the step prepares; and once at the end, with an empty text.

    Notes
    -----
    Compiling takes about 15 seconds of one processor, loading well under one.

    Examples
    --------
    >>> warm_up(lambda done, steps, what: None)
    """
    from coveragekit.maps.tiles.tiny import steps
    from coveragekit.visibility.jit import mark_compiled

    todo = steps()
    for number, (what, step) in enumerate(todo):
        if progress is not None:
            progress(number, len(todo), what)
        step()
    mark_compiled(KERNELS)
    _done.add(KERNELS)
    if progress is not None:
        progress(len(todo), len(todo), "")
