"""Check numbers that are given one a row."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from coveragekit.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["numbers_of"]


def numbers_of(values: ArrayLike, count: int, *, name: str) -> NDArray[np.float64]:
    """
    Check numbers, 0 or more, that are given one a row.

    Parameters
    ----------
    values
        The numbers.
    count
        How many there must be.
    name
        What they are, for the message.

    Returns
    -------
    numpy.ndarray
        Shape ``(count,)``.

    Raises
    ------
    InputError
        One is missing, negative or infinite, or there are more or fewer.

    Examples
    --------
    >>> numbers_of([1, 2], 2, name="costs of site").tolist()
    [1.0, 2.0]
    """
    given = np.asarray(values, dtype=np.float64)
    if given.shape != (count,):
        message = f"{name}: shape {given.shape}; allowed: {(count,)}, one for each"
        raise InputError(message)
    wrong = ~((given >= 0.0) & np.isfinite(given))
    if wrong.any():
        at = int(np.argmax(wrong))
        message = f"{name} {at} is {given[at]:g}; allowed: 0 or more, finite"
        raise InputError(message)
    return given
