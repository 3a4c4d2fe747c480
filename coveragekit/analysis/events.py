"""Put incidents into the groups that figures are asked for: all, categories, hours."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
import shapely

from coveragekit.errors import InputError

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray
    from scipy.sparse import csr_array

__all__ = ["HEADLINE", "Events", "events_of", "summed"]

# The first two groups of all; categories and hours follow.
HEADLINE = ("street-visible", "all")
_HOURS_OF_WEEK = 168
_HOURS_OF_DAY = 24
_NO_CATEGORY = "not given"


class Events(NamedTuple):
    """
    Incidents whose being seen is known, by place, and which groups they count in.

    Parameters
    ----------
    xy
        The places, metres, shape ``(places, 2)``: incidents with the same coordinates
        share one.
    loads
        Weight of the incidents at each place in each group, shape
        ``(places, groups)``; of an incident that lasts several hours, each hour has a
        part.
    seen
        The same, each incident times how surely it is seen.
    number
        How many incidents each group has.
    groups
        Kind (``overall``, ``category`` or ``hour``) and name of each group.
    """

    xy: NDArray[np.float64]
    loads: csr_array
    seen: csr_array
    number: NDArray[np.float64]
    groups: tuple[tuple[str, str], ...]


def events_of(incidents: gpd.GeoDataFrame, hours: csr_array | None) -> Events:
    """
    Give incidents with the groups they count in.

    Parameters
    ----------
    incidents
        Points with ``seen_probability``, and ``street_visible``, ``category`` and
        ``weight`` where there are such columns.
    hours
        Weight of each incident in each hour of the week, shape ``(incidents, 168)``;
        no groups by hour where ``None``.

    Returns
    -------
    Events
        Those whose ``seen_probability`` is known.

    Raises
    ------
    InputError
        A column is missing, a number is out of range, or lengths differ.
    """
    from scipy.sparse import csr_array, diags_array, hstack

    seen, weight, visible = _columns(incidents)
    if hours is not None and hours.shape != (len(incidents), _HOURS_OF_WEEK):
        message = (
            f"hours have the shape {hours.shape}; allowed: {len(incidents)} incidents "
            f"by {_HOURS_OF_WEEK} hours of the week"
        )
        raise InputError(message)
    known = ~np.isnan(seen)
    shown = visible[known].astype(np.float64)
    parts = [csr_array(np.column_stack([shown, np.ones(len(shown))]))]
    groups = [("overall", name) for name in HEADLINE]
    if "category" in incidents.columns:
        names, flags = _by_category(incidents["category"][known], visible[known])
        parts.append(flags)
        groups += [("category", name) for name in names]
    if hours is not None:
        of_day = np.arange(_HOURS_OF_WEEK) % _HOURS_OF_DAY
        fold = csr_array(np.eye(_HOURS_OF_DAY)[of_day])
        parts.append(diags_array(shown) @ (hours[np.flatnonzero(known)] @ fold))
        groups += [
            ("hour", f"{hour:02d}-{hour + 1:02d}") for hour in range(_HOURS_OF_DAY)
        ]
    counts = csr_array(hstack(parts, format="csr"))
    counts.eliminate_zeros()
    xy = shapely.get_coordinates(incidents.geometry.to_numpy()[known])
    place_of, places = _places(xy)
    loads = csr_array(diags_array(weight[known]) @ counts)
    loads.eliminate_zeros()
    return Events(
        xy=places,
        loads=summed(loads, place_of),
        seen=summed(csr_array(diags_array(seen[known]) @ loads), place_of),
        number=np.asarray(counts.sum(axis=0), dtype=np.float64).reshape(-1),
        groups=tuple(groups),
    )


def summed(rows: csr_array, at: NDArray[np.int64]) -> csr_array:
    """
    Add up the rows of a matrix that belong together.

    Parameters
    ----------
    rows
        The matrix.
    at
        Number of the sum that each row belongs to, from 0, none left out.

    Returns
    -------
    scipy.sparse.csr_array
        One row a sum.
    """
    from scipy.sparse import csr_array

    shape = (int(at.max(initial=-1)) + 1, len(at))
    gather = csr_array((np.ones(len(at)), (at, np.arange(len(at)))), shape)
    return csr_array(gather @ rows)


def _places(
    xy: NDArray[np.float64],
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Give each incident the number of its place, and where the places are."""
    order = np.lexsort(xy.T)
    ordered = xy[order]
    new = np.ones(len(xy), dtype=np.bool_)
    new[1:] = (ordered[1:] != ordered[:-1]).any(axis=1)
    place_of = np.empty(len(xy), dtype=np.int64)
    place_of[order] = new.cumsum() - 1
    return place_of, ordered[new]


def _columns(
    incidents: gpd.GeoDataFrame,
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.bool_]]:
    """Give how surely each is seen, its weight, and whether it shows on a street."""
    if "seen_probability" not in incidents.columns:
        message = (
            "incidents have no column 'seen_probability'; "
            "coveragekit.coverage.incident_coverage gives it"
        )
        raise InputError(message)
    points = shapely.get_type_id(incidents.geometry.to_numpy()) == 0
    empty = shapely.is_empty(incidents.geometry.to_numpy())
    if not (points & ~empty).all():
        row = incidents.index[int(np.argmin(points & ~empty))]
        message = f"incident {row} has no Point; allowed: a Point each"
        raise InputError(message)
    seen = incidents["seen_probability"].to_numpy(dtype=np.float64, na_value=np.nan)
    weight = np.ones(len(incidents))
    if "weight" in incidents.columns:
        given = incidents["weight"].to_numpy(dtype=np.float64, na_value=np.nan)
        weight = np.where(np.isnan(given), 1.0, given)
    for what, values, most in (
        ("seen_probability", seen, 1.0),
        ("weight", weight, 1e9),
    ):
        wrong = (values < 0.0) | (values > most)
        if wrong.any():
            message = (
                f"incident {incidents.index[int(np.argmax(wrong))]}: {what} is "
                f"{values[wrong][0]:g}; allowed: 0 to {most:g}"
            )
            raise InputError(message)
    visible = np.ones(len(incidents), dtype=np.bool_)
    if "street_visible" in incidents.columns:
        visible = incidents["street_visible"].to_numpy(dtype=np.bool_, na_value=False)
    return seen, weight, visible


def _by_category(
    categories: pd.Series[str], visible: NDArray[np.bool_]
) -> tuple[list[str], csr_array]:
    """Give the categories shown on a street, the largest first, and who is in which."""
    from scipy.sparse import csr_array

    shown = categories[visible].astype(object)
    shown = shown.where(shown.notna(), _NO_CATEGORY).astype(str)
    sizes = shown.value_counts()
    sizes = sizes.sort_index().sort_values(ascending=False, kind="stable")
    column = pd.Index(sizes.index).get_indexer(pd.Index(shown))
    rows = np.flatnonzero(visible)
    flags = csr_array(
        (np.ones(len(rows)), (rows, column)), shape=(len(categories), len(sizes))
    )
    return list(sizes.index), flags
