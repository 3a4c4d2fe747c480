"""Refuse numbers that no lens, sensor or pose can have."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from coveragekit.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["between", "positive"]


def positive(name: str, values: ArrayLike) -> NDArray[np.float64]:
    """
    Give values as an array, all of them more than zero.

    Parameters
    ----------
    name
        What they are, with their unit, for the message.
    values
        Numbers; not-a-number is let through and stays so.

    Returns
    -------
    numpy.ndarray
        The values as float64, shape as given.

    Raises
    ------
    InputError
        A value is zero, negative or infinite.

    Examples
    --------
    >>> float(positive("focal_length_mm", 2.8))
    2.8
    """
    array = np.asarray(values, dtype=np.float64)
    wrong = (array <= 0.0) | np.isinf(array)
    if np.any(wrong):
        message = f"{name} is {array[wrong].flat[0]:g}; allowed: more than 0 and finite"
        raise InputError(message)
    return array


def between(
    name: str, values: ArrayLike, *, low: float, high: float
) -> NDArray[np.float64]:
    """
    Give values as an array, all of them within bounds that are allowed themselves.

    Parameters
    ----------
    name
        What they are, with their unit, for the message.
    values
        Numbers; not-a-number is let through and stays so.
    low, high
        Inclusive bounds.

    Returns
    -------
    numpy.ndarray
        The values as float64, shape as given.

    Raises
    ------
    InputError
        A value is below ``low`` or above ``high``.

    Examples
    --------
    >>> float(between("tilt_deg", 15, low=-90, high=90))
    15.0
    """
    array = np.asarray(values, dtype=np.float64)
    wrong = (array < low) | (array > high)
    if np.any(wrong):
        message = f"{name} is {array[wrong].flat[0]:g}; allowed: {low:g} to {high:g}"
        raise InputError(message)
    return array
