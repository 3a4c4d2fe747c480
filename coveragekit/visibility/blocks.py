"""Share work among threads."""

from __future__ import annotations

import os

from coveragekit.errors import InputError

__all__ = ["block_edges"]

_BLOCK = 1024


def block_edges(count: int, threads: int | None) -> list[int]:
    """
    Give where each thread's share of the work starts, with the end.

    Parameters
    ----------
    count
        How many things there are to do.
    threads
        How many threads to use; ``None``: one per processor where it pays.

    Returns
    -------
    list of int
        One number more than there are blocks.

    Raises
    ------
    InputError
        ``threads`` is less than one.

    Examples
    --------
    >>> block_edges(10, 2)
    [0, 5, 10]
    """
    if threads is None:
        wanted = min(os.cpu_count() or 1, max(count // _BLOCK, 1))
    elif threads < 1:
        message = f"threads is {threads}; allowed: 1 or more, or None"
        raise InputError(message)
    else:
        wanted = min(threads, max(count, 1))
    return [count * n // wanted for n in range(wanted + 1)]
