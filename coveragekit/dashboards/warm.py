"""Compile what the pages draw and count with, once on a machine."""

from __future__ import annotations

from coveragekit.errors import SourceUnavailable

__all__ = ["is_compiled", "warm_up"]


def is_compiled() -> bool:
    """
    Tell whether the pages' kernels need no compiling.

    Returns
    -------
    bool
        False on a fresh machine and after an update.

    Examples
    --------
    >>> isinstance(is_compiled(), bool)
    True
    """
    from coveragekit.dashboards.planner import warm
    from coveragekit.maps import tiles

    return tiles.is_compiled() and warm.is_compiled()


def warm_up() -> None:
    """
    Compile the pages' kernels, or load them from the cache.

    Raises
    ------
    SourceUnavailable
        The cache cannot be written.

    Notes
    -----
    Compiling takes about 20 seconds of one processor; without it the first page that
    is opened on a machine would wait so long.
    """
    from coveragekit.dashboards.planner import warm
    from coveragekit.maps import tiles

    try:
        tiles.warm_up()
        warm.warm_up()
    except OSError as error:
        message = (
            f"the compiled kernels cannot be written: {error.strerror or error}; make "
            "room in the user's cache folder, or name another in NUMBA_CACHE_DIR"
        )
        raise SourceUnavailable(message) from error
