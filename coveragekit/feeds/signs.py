"""Signs that a camera shows nothing, or always the same: hints, no verdicts."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from coveragekit.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = [
    "Sameness",
    "fingerprint",
    "is_black",
    "is_frozen",
    "is_same_print",
    "sameness",
]

# of 255; a lamp or a burnt-in clock is less than the share that may be brighter
_BLACK_LUMA = 24
_BRIGHT_SHARE = 0.02
# a burnt-in clock goes on while the picture behind it stands still
_CHANGED_SHARE = 0.01
_CHANGED_BY = 2
# a clock that is burnt in reaches over two of the eight parts at most
_ROWS, _COLUMNS, _SAME_PARTS = 2, 4, 6
_SIGN = 1 << 63


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


def fingerprint(grey: NDArray[np.uint8]) -> int:
    """
    Give 64 bits by which a picture is known again, and of which none can be made.

    Parameters
    ----------
    grey
        A small grey copy, made by leaving pixels out.

    Returns
    -------
    int
        Eight bits for each of eight parts; negative where the first bit is set, as
        databases keep 64 bits.

    Notes
    -----
    Exact: one pixel that differs by one step makes another of a part. Every sensor has
    noise, so that no two pictures of a live camera have one fingerprint, however still
    the scene; a camera that repeats its last picture has the same again and again.

    Examples
    --------
    >>> grey = np.arange(144, dtype=np.uint8).reshape(9, 16)
    >>> fingerprint(grey) == fingerprint(grey.copy())
    True
    """
    _check(grey)
    told = 0
    for band in np.array_split(grey, _ROWS, axis=0):
        for part in np.array_split(band, _COLUMNS, axis=1):
            told = told << 8 | zlib.crc32(part.tobytes()) & 0xFF
    return told - 2 * _SIGN if told >= _SIGN else told


def is_same_print(before: int, after: int) -> bool:
    """
    Say whether two fingerprints are of one picture, a burnt-in clock apart.

    Parameters
    ----------
    before, after
        Fingerprints of two pictures of one camera.

    Returns
    -------
    bool
        Whether at least six of their eight parts are the same.

    Examples
    --------
    >>> is_same_print(0x11_22_33_44_55_66_77_00, 0x11_22_33_44_55_66_00_77)
    True
    >>> is_same_print(0x11_22_33_44_55_66_77_00, 0x11_22_33_44_55_00_00_77)
    False
    """
    differ = before ^ after
    return sum(not differ >> 8 * n & 0xFF for n in range(8)) >= _SAME_PARTS


def _check(grey: NDArray[np.uint8]) -> None:
    if grey.ndim != 2 or grey.size == 0 or grey.dtype != np.uint8:
        message = f"a grey picture has two axes of bytes, not {grey.shape} {grey.dtype}"
        raise InputError(message)
