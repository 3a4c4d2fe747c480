"""Put businesses and public places at the fronts of the made-up city's buildings."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from coveragekit.sources.city_rules import blanked, city_rules, draw_index

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from coveragekit.sources.city_buildings import Houses
    from coveragekit.sources.city_fronts import Fronts

__all__ = ["open_places"]

_BEHIND_M = -1.0


def open_places(
    houses: Houses, fronts: Fronts, count: int, *, rng: np.random.Generator
) -> tuple[pd.DataFrame, NDArray[np.float64], NDArray[np.intp]]:
    """
    Give businesses and public places, most of them in the middle of the city.

    Parameters
    ----------
    houses, fronts
        The buildings and their fronts.
    count
        How many, at least 0; none where there are no buildings.
    rng
        Generator of random numbers.

    Returns
    -------
    table : pandas.DataFrame
        Columns of the table ``places``, but for the building's key and the point.
    points : numpy.ndarray
        Just behind the front door, metres, shape ``(count, 2)``.
    building : numpy.ndarray
        Row of the building that each stands in.

    Examples
    --------
    >>> from coveragekit.sources.city_buildings import Houses
    >>> from coveragekit.sources.city_fronts import Fronts
    >>> none = np.empty(0, dtype=object)
    >>> pairs = np.empty((0, 2))
    >>> table, points, _ = open_places(
    ...     Houses(none, none, np.empty(0), np.empty(0)),
    ...     Fronts(np.empty(0, dtype=np.intp), np.empty((0, 2, 2)), pairs, pairs, none),
    ...     3, rng=np.random.default_rng(0))
    >>> len(table), points.shape
    (0, (0, 2))
    """
    import pandas as pd

    rules = city_rules()
    kinds = rules["places"]["kinds"]
    count = count if len(houses.shapes) else 0
    building = _sites(houses, count, rng)
    kind = draw_index([one["weight"] for one in kinds], count, rng)
    points = fronts.at_wall(building, rng.uniform(0.25, 0.75, count), off_m=_BEHIND_M)
    hours = _of(kinds, "hours", kind)
    silent = (rng.random(count) < rules["places"]["hours_unknown"]) | (hours == "")
    closed = rng.random(count) < rules["places"]["closed_share"]
    days = pd.Timestamp("2023-02-01", tz="UTC") + pd.to_timedelta(
        rng.integers(0, 1000, count), unit="D"
    )
    table = pd.DataFrame(
        {
            "place_id": [f"simulated-place-{row:06d}" for row in range(1, count + 1)],
            "name": _names(kinds, kind, rng),
            "category": _of(kinds, "category", kind),
            "naics": _of(kinds, "naics", kind),
            "naics_edition": "2022",
            "address": fronts.address[building],
            "opening_hours": blanked(hours, silent),
            "closed_at": pd.Series(days).where(closed),
        }
    )
    return table, points, building


def _sites(houses: Houses, count: int, rng: np.random.Generator) -> NDArray[np.intp]:
    """Draw the building of each place; where streets are lively, neighbours trade."""
    if not count:
        return np.empty(0, dtype=np.intp)
    shops = {use: one["shops"] for use, one in city_rules()["uses"].items()}
    weight = np.array([shops[use] for use in houses.uses], dtype=np.float64)
    lively = rng.pareto(2.0, len(weight) // 12 + 1) + 0.3
    weight = (weight + 0.01) * np.repeat(lively, 12)[: len(weight)]
    return np.sort(draw_index(weight, count, rng))


def _of(
    kinds: list[dict[str, object]], key: str, kind: NDArray[np.intp]
) -> NDArray[np.object_]:
    return np.array([one[key] for one in kinds], dtype=object)[kind]


def _names(
    kinds: list[dict[str, object]], kind: NDArray[np.intp], rng: np.random.Generator
) -> NDArray[np.object_]:
    rules = city_rules()
    stems = np.array(rules["names"]["stems"], dtype=object)
    first = stems[rng.integers(0, len(stems), len(kind))]
    last = np.empty(len(kind), dtype=object)
    for number, one in enumerate(kinds):
        mine = np.flatnonzero(kind == number)
        ends = np.array(one["ends"], dtype=object)
        last[mine] = ends[rng.integers(0, len(ends), len(mine))]
    names = first + " " + last if len(kind) else np.empty(0, dtype=object)
    nameless = rng.random(len(kind)) < rules["places"]["nameless_share"]
    return blanked(names, nameless)
