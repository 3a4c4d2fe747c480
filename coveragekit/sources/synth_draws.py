"""Draws that every simulator shares: weighted choices, hours of the day, hot blocks."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import numpy as np

from coveragekit.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    import geopandas as gpd
    import pandas as pd
    from numpy.typing import NDArray

__all__ = [
    "as_rng",
    "check_period",
    "draw_hot_streets",
    "draw_keys",
    "draw_times",
    "made_up",
]


@cache
def made_up() -> dict[str, Any]:
    """
    Give the weights that the simulators draw by.

    Returns
    -------
    dict
        The whole data file, unchanged; not to be changed.

    Examples
    --------
    >>> made_up()["offences"][0]["code"]
    '23F'
    """
    path = files("coveragekit.sources").joinpath("data/synth.toml")
    return tomllib.loads(path.read_text("utf-8"))


def as_rng(rng: int | np.random.Generator) -> np.random.Generator:
    """
    Give a generator of random numbers.

    Parameters
    ----------
    rng
        A generator, which is used as it stands, or a seed.

    Returns
    -------
    numpy.random.Generator
        The generator.

    Examples
    --------
    >>> int(as_rng(0).integers(10)) == int(as_rng(0).integers(10))
    True
    """
    return np.random.default_rng(rng)


def check_period(start: datetime, end: datetime) -> None:
    """
    Refuse a period that names no zone or does not run forward.

    Parameters
    ----------
    start, end
        First and last moment.

    Raises
    ------
    InputError
        A time without a zone, or an end that is not after the start.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> check_period(datetime(2024, 1, 1, tzinfo=UTC), datetime(2025, 1, 1, tzinfo=UTC))
    """
    for name, moment in (("start", start), ("end", end)):
        if moment.tzinfo is None:
            message = (
                f"{name} {moment.isoformat()} has no time zone; give it one, such as "
                "datetime(..., tzinfo=ZoneInfo('Europe/Helsinki'))"
            )
            raise InputError(message)
    if end <= start:
        message = (
            f"the end {end.isoformat()} is not after the start {start.isoformat()}"
        )
        raise InputError(message)


def draw_keys(
    weights: Mapping[str, float], count: int, rng: np.random.Generator
) -> NDArray[np.object_]:
    """
    Give keys drawn by their weights.

    Parameters
    ----------
    weights
        Weight of each key, at least 0, not all 0.
    count
        How many to draw.
    rng
        Generator of random numbers.

    Returns
    -------
    numpy.ndarray
        Keys, shape ``(count,)``.

    Examples
    --------
    >>> draw_keys({"a": 1.0, "b": 0.0}, 2, as_rng(0)).tolist()
    ['a', 'a']
    """
    share = np.array([*weights.values()], dtype=np.float64)
    picked = rng.choice(len(share), size=count, p=share / share.sum())
    return np.array([*weights], dtype=object)[picked]


def draw_times(
    patterns: Sequence[str],
    start: datetime,
    end: datetime,
    *,
    rng: np.random.Generator,
) -> pd.DatetimeIndex:
    """
    Give moments of a period by patterns of the hours of the day.

    Parameters
    ----------
    patterns
        One name of a pattern of the data file for each moment.
    start, end
        The period; hours are those of the zone of ``start``.
    rng
        Generator of random numbers.

    Returns
    -------
    pandas.DatetimeIndex
        UTC, whole seconds, ``start`` <= t < ``end``, one for each pattern.

    Notes
    -----
    A local hour that a change of clocks leaves out moves to the next that exists.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> period = datetime(2024, 1, 1, tzinfo=UTC), datetime(2024, 2, 1, tzinfo=UTC)
    >>> draw_times(["shops"], *period, rng=as_rng(0)).month.tolist()
    [1]
    """
    import pandas as pd

    hours = np.zeros(len(patterns))
    for name, weights in made_up()["hours"].items():
        mine = np.array([pattern == name for pattern in patterns], dtype=bool)
        share = np.array(weights, dtype=np.float64)
        drawn = rng.choice(24, size=int(mine.sum()), p=share / share.sum())
        hours[mine] = drawn
    first = pd.Timestamp(start)
    last = pd.Timestamp(end).tz_convert(first.tz)
    days = max((last.normalize() - first.normalize()).days, 0) + 1
    day = first.tz_localize(None).normalize() + pd.to_timedelta(
        rng.integers(0, days, size=len(patterns)), unit="D"
    )
    seconds = hours * 3600.0 + rng.integers(0, 3600, size=len(patterns))
    local = pd.DatetimeIndex(day + pd.to_timedelta(seconds, unit="s"))
    zoned = local.tz_localize(
        first.tz,
        ambiguous=np.zeros(len(patterns), dtype=bool),
        nonexistent="shift_forward",
    ).tz_convert("UTC")
    # What falls outside the first or the last day is drawn into the period again.
    span_s = int((last - first).total_seconds())
    again = first.tz_convert("UTC") + pd.to_timedelta(
        rng.integers(0, span_s, size=len(patterns)), unit="s"
    )
    inside = (zoned >= first) & (zoned < last)
    return pd.DatetimeIndex(zoned.where(inside, again)).as_unit("us")


def draw_hot_streets(
    streets: gpd.GeoDataFrame, count: int, rng: np.random.Generator
) -> NDArray[np.intp]:
    """
    Give rows of streets, a few of them far more often than the rest.

    Parameters
    ----------
    streets
        The table ``streets`` in a metric CRS, not empty.
    count
        How many to draw.
    rng
        Generator of random numbers.

    Returns
    -------
    numpy.ndarray
        Positions of rows, shape ``(count,)``, in ``0 <= i < len(streets)``.

    Raises
    ------
    InputError
        No street has a length.

    Notes
    -----
    A street's weight is its length times the weight of its class times a draw from a
    Pareto law, so that a few blocks hold a large share, as in every city's data.

    Examples
    --------
    >>> import geopandas as gpd
    >>> from shapely import LineString
    >>> one = gpd.GeoDataFrame({"highway": ["residential"]},
    ...     geometry=[LineString([(0, 0), (9, 0)])], crs=32635)
    >>> draw_hot_streets(one, 2, as_rng(0)).tolist()
    [0, 0]
    """
    rules = made_up()["streets"]
    by_class = streets["highway"].map(rules["weights"]).fillna(rules["other_weight"])
    heat = rng.pareto(rules["hot_block_exponent"], size=len(streets)) + 1.0
    weights = by_class.to_numpy(np.float64) * streets.length.to_numpy() * heat
    total = weights.sum()
    if not total > 0.0:
        message = (
            f"{len(streets)} streets have no length to put incidents on; "
            "give streets with lines of more than 0 m"
        )
        raise InputError(message)
    picked = rng.choice(len(streets), size=count, p=weights / total)
    return np.asarray(picked, dtype=np.intp)
