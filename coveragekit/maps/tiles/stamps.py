"""Draw the symbols of cameras as small pictures, once for each size."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

import numpy as np

from coveragekit.maps.tiles.style import ink, rgb
from coveragekit.maps.tokens import ACCESS

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["symbols"]

_FINE: Final = 6
# Below this size a symbol is a spot of colour with a rim, CSS pixels.
_DETAIL_PX: Final = 7.0


@lru_cache(maxsize=64)
def symbols(
    tiers: tuple[str, ...], size_px: float, *, dark: bool
) -> NDArray[np.float32]:
    """
    Give the symbols of cameras: by tier, offline or not, direction unknown or not.

    Parameters
    ----------
    tiers
        Words of the tiers; one that is not known is drawn as ``"public"``.
    size_px
        Width of a symbol without its halo, pixels, > 0.
    dark
        For a dark ground.

    Returns
    -------
    numpy.ndarray
        Colours times opacity, shape ``(4 * tiers, side, side, 4)``; number
        ``(tier * 2 + offline) * 2 + unknown``.

    Examples
    --------
    >>> symbols(("integrated",), 6.0, dark=False).shape[0]
    4
    """
    side = int(np.ceil(size_px * 1.6)) + 3
    pictures = [
        _symbol(tier, size_px, side, offline=offline, unknown=unknown, dark=dark)
        for tier in tiers
        for offline in (False, True)
        for unknown in (False, True)
    ]
    return np.array(pictures, np.float32)


def _symbol(
    tier: str, size_px: float, side: int, *, offline: bool, unknown: bool, dark: bool
) -> NDArray[np.float32]:
    style = ACCESS.get(tier, ACCESS["public"])
    # As in the symbols of pages: a disc is 12 units wide in a square of 24.
    middle = (np.arange(side * _FINE) + 0.5) / _FINE - side / 2.0
    x, y = np.meshgrid(middle * 12.0 / size_px, middle * 12.0 / size_px)
    halo = (*rgb(ink(dark=dark).halo), 0.9)
    colour = (*rgb(style.colour), 1.0)
    away = _away(style.shape, x, y)
    small = size_px < _DETAIL_PX
    parts = [(away <= 6.0 + (2.0 if not small else 16.0 / size_px), halo)]
    if not offline and (style.shape != "ring" or small):
        parts.append((away <= 6.0, colour))
    elif offline:
        parts.append(((away <= 6.0) & (away >= (4.0 if not small else 2.5)), colour))
    else:
        parts.append(((away <= 6.6) & (away >= 3.2), colour))
    if not small:
        slash, along = np.abs(x + y) / np.sqrt(2.0), np.abs(x - y) / np.sqrt(2.0)
        if offline:
            parts.append(((slash <= 2.5) & (along <= 11.0), halo))
            parts.append(((slash <= 1.0) & (along <= 11.0), colour))
        if unknown:
            round_ = np.abs(np.hypot(x, y) - 10.5) <= 0.75
            dash = (np.arctan2(y, x) * 10.5 + 99.0) % 5.5 <= 3.0
            parts.append((round_ & dash, colour))
    return _laid(parts, side)


def _away(
    shape: str, x: NDArray[np.float64], y: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Give the distance from the middle, so that the symbol's edge is at 6."""
    if shape == "square":
        return np.maximum(np.abs(x), np.abs(y)) * 6.0 / 5.5
    if shape == "diamond":
        return (np.abs(x) + np.abs(y)) * 6.0 / 7.0
    return np.hypot(x, y)


def _laid(
    parts: list[tuple[NDArray[np.bool_], tuple[float, float, float, float]]], side: int
) -> NDArray[np.float32]:
    """Lay parts over each other, and give the mean of the fine dots of each pixel."""
    fine = np.zeros((side * _FINE, side * _FINE, 4))
    for where, (red, green, blue, opacity) in parts:
        dot = np.array([red * opacity, green * opacity, blue * opacity, opacity])
        fine[where] = fine[where] * (1.0 - opacity) + dot
    pixels = fine.reshape(side, _FINE, side, _FINE, 4).mean(axis=(1, 3))
    return np.asarray(pixels, np.float32)
