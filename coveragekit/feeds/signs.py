"""Signs that a camera shows nothing, or always the same: hints, no verdicts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from coveragekit.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Sameness", "is_black", "is_frozen", "sameness"]

# of 255; a lamp or a burnt-in clock is less than the share that may be brighter
_BLACK_LUMA = 24
_BRIGHT_SHARE = 0.02
# a burnt-in clock goes on while the picture behind it stands still
_CHANGED_SHARE = 0.01
_CHANGED_BY = 2


@dataclass(frozen=True, slots=True)
class Sameness:
    """
    How alike two pictures of one camera are.

    Parameters
    ----------
    changed_share
        Share of pixels that differ by more than two steps of 255.
    mean_change
        Mean difference over all pixels, steps of 255.
    """

    changed_share: float
    mean_change: float


def is_black(grey: NDArray[np.uint8]) -> bool:
    """
    Say whether a picture shows nothing but darkness.

    Parameters
    ----------
    grey
        A small grey copy, from 0 to 255.

    Returns
    -------
    bool
        Whether all but a fiftieth of it is nearly black.

    Notes
    -----
    A lens that is covered, a broken sensor, or a night without any light: the sign does
    not tell them apart.

    Examples
    --------
    >>> is_black(np.full((9, 16), 10, dtype=np.uint8))
    True
    """
    _check(grey)
    return float(np.mean(grey > _BLACK_LUMA)) <= _BRIGHT_SHARE


def sameness(before: NDArray[np.uint8], after: NDArray[np.uint8]) -> Sameness:
    """
    Measure how much changed between two pictures.

    Parameters
    ----------
    before, after
        Small grey copies of the same size, made by leaving pixels out: blending would
        hide the noise that every sensor has.

    Returns
    -------
    Sameness
        The measures.

    Raises
    ------
    InputError
        Pictures of two sizes.
    """
    _check(before)
    _check(after)
    if before.shape != after.shape:
        message = f"pictures of {before.shape} and {after.shape} cannot be compared"
        raise InputError(message)
    change = np.abs(before.astype(np.int16) - after.astype(np.int16))
    return Sameness(float(np.mean(change > _CHANGED_BY)), float(np.mean(change)))


def is_frozen(before: NDArray[np.uint8], after: NDArray[np.uint8]) -> bool:
    """
    Say whether a camera shows the same picture as before.

    Parameters
    ----------
    before, after
        Small grey copies of two pictures that came some seconds apart at least.

    Returns
    -------
    bool
        Whether fewer than a hundredth of the pixels changed.

    Raises
    ------
    InputError
        Pictures of two sizes.

    Notes
    -----
    Two black pictures are the same too; ask :func:`is_black` first. A quiet scene at
    night, strongly compressed, may look frozen for minutes: say so only where several
    rounds agree.

    Examples
    --------
    >>> grey = np.arange(144, dtype=np.uint8).reshape(9, 16)
    >>> is_frozen(grey, grey), is_frozen(grey, grey[::-1])
    (True, False)
    """
    return sameness(before, after).changed_share < _CHANGED_SHARE


def _check(grey: NDArray[np.uint8]) -> None:
    if grey.ndim != 2 or grey.size == 0 or grey.dtype != np.uint8:
        message = f"a grey picture has two axes of bytes, not {grey.shape} {grey.dtype}"
        raise InputError(message)
