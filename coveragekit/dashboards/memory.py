"""Give memory that is not in use back to the system."""

from __future__ import annotations

import ctypes
import sys
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["trim"]


def trim() -> None:
    """
    Give back what was freed on the heap since, where the system has a way.

    Notes
    -----
    The GNU C library keeps freed memory for itself by default; what a heavy count has
    needed for a moment would count for its viewer ever after. A few milliseconds; does
    nothing elsewhere.

    Examples
    --------
    >>> trim()
    """
    found = _malloc_trim()
    if found is not None:
        found(0)


@cache
def _malloc_trim() -> Callable[[int], int] | None:
    if sys.platform != "linux":
        return None
    try:
        return ctypes.CDLL(None).malloc_trim
    except (AttributeError, OSError):  # another C library
        return None
