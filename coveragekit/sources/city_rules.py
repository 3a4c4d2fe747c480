"""The rules that the made-up city is built by, and draws that its parts share."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import ArrayLike, NDArray

__all__ = [
    "blanked",
    "city_rules",
    "draw_index",
    "draw_words",
    "rounded_cm",
    "uniform_between",
]


@cache
def city_rules() -> dict[str, Any]:
    """
    Give the rules that the made-up city is built by.

    Returns
    -------
    dict
        The whole data file, unchanged; not to be changed.

    Examples
    --------
    >>> sorted(city_rules()["uses"])[:3]
    ['core', 'estate', 'homes']
    """
    path = files("coveragekit.sources").joinpath("data/synth_city.toml")
    return tomllib.loads(path.read_text("utf-8"))


def blanked(values: ArrayLike, gone: NDArray[np.bool_]) -> NDArray[np.object_]:
    """
    Give texts, none where they are gone.

    Parameters
    ----------
    values
        Texts.
    gone
        Where there is to be none.

    Returns
    -------
    numpy.ndarray
        The texts, as objects.

    Examples
    --------
    >>> blanked(["a", "b"], np.array([False, True])).tolist()
    ['a', None]
    """
    left = np.array(values, dtype=object)
    left[gone] = None
    return left


def draw_index(
    weights: ArrayLike, count: int, rng: np.random.Generator
) -> NDArray[np.intp]:
    """
    Give positions drawn by weights.

    Parameters
    ----------
    weights
        Weights, 0 or more, not all 0.
    count
        How many to draw.
    rng
        Generator of random numbers.

    Returns
    -------
    numpy.ndarray
        Positions, shape ``(count,)``.

    Examples
    --------
    >>> draw_index([0.0, 2.0], 2, np.random.default_rng(0)).tolist()
    [1, 1]
    """
    ends = np.cumsum(np.asarray(weights, dtype=np.float64))
    drawn = np.searchsorted(ends, rng.random(count) * ends[-1], side="right")
    return np.asarray(np.minimum(drawn, len(ends) - 1), dtype=np.intp)


def draw_words(
    weights: Mapping[str, float], count: int, rng: np.random.Generator
) -> NDArray[np.object_]:
    """
    Give words drawn by their weights.

    Parameters
    ----------
    weights
        Weight of each word.
    count
        How many to draw.
    rng
        Generator of random numbers.

    Returns
    -------
    numpy.ndarray
        Words, shape ``(count,)``.

    Examples
    --------
    >>> draw_words({"a": 1.0, "b": 0.0}, 2, np.random.default_rng(0)).tolist()
    ['a', 'a']
    """
    words = np.array([*weights], dtype=object)
    return words[draw_index([*weights.values()], count, rng)]


def uniform_between(
    ends: ArrayLike, count: int, rng: np.random.Generator
) -> NDArray[np.float64]:
    """
    Give numbers drawn evenly between two ends, or between two for each.

    Parameters
    ----------
    ends
        Low and high, shape ``(2,)`` or ``(count, 2)``.
    count
        How many to draw.
    rng
        Generator of random numbers.

    Returns
    -------
    numpy.ndarray
        Numbers, shape ``(count,)``.

    Examples
    --------
    >>> uniform_between([2.0, 2.0], 1, np.random.default_rng(0)).tolist()
    [2.0]
    """
    low, high = np.moveaxis(np.asarray(ends, dtype=np.float64), -1, 0)
    return np.asarray(low + (high - low) * rng.random(count))


def rounded_cm(coordinates: NDArray[np.float64]) -> NDArray[np.float64]:
    """
    Give coordinates on whole centimetres, so that what touches shares its corners.

    Parameters
    ----------
    coordinates
        Metres.

    Returns
    -------
    numpy.ndarray
        Metres, the same shape.

    Examples
    --------
    >>> rounded_cm(np.array([1.004, 2.0])).tolist()
    [1.0, 2.0]
    """
    # Adding nought turns the minus zero into a zero.
    return np.asarray(np.round(coordinates, 2) + 0.0)
