"""Take little memory for a page, and give back what is not in use."""

from __future__ import annotations

import ctypes
import sys
from functools import cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["load_kernels", "trim"]

# Numba loads both where they are installed: for linear algebra and for calls of C.
# SciPy's brings a tenth of a viewer's memory with it, for kernels that have neither.
_NOT_FOR_VIEWERS: Final = ("scipy.linalg", "cffi")


def load_kernels() -> None:
    """
    Load the compiler's run time for a process that only shows pages.

    Notes
    -----
    For the processes of the server: what is left out cannot be used in compiled code
    of this process any more. It saves some 10 MB for each viewer; where the compiler
    is loaded already it does nothing.

    Examples
    --------
    >>> callable(load_kernels)
    True
    """
    import numpy as np

    from coveragekit.coverage.pairs import sums

    hidden = [name for name in _NOT_FOR_VIEWERS if name not in sys.modules]
    # An import that is refused so is, to numba, a library that is not installed.
    sys.modules.update(dict.fromkeys(hidden))  # type: ignore[arg-type]
    try:
        sums(np.ones(1, np.float32))
    finally:
        for name in hidden:
            del sys.modules[name]


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
