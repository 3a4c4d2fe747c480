"""Put incidents into the groups that figures are asked for: all, categories, hours."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from coveragekit.errors import InputError

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd
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
        Where they happened, metres, shape ``(rows, 2)``: incidents with the same
        coordinates that are seen as surely as each other share a row.
    place
        Number of the place of each row, rising from 0: rows with the same coordinates
        share one.
    chance
        How surely those of each row are seen.
    loads
        Weight of the incidents of each row in each group, shape ``(rows, groups)``,
        some groups after another; of an incident that lasts several hours, each hour
        has a part.
    number
        How many incidents each group has.
    groups
        Kind (``overall``, ``category`` or ``hour``) and name of each group.
    """

    xy: NDArray[np.float64]
    place: NDArray[np.int64]
    chance: NDArray[np.float64]
    loads: tuple[csr_array, ...]
    number: NDArray[np.float64]
    groups: tuple[tuple[str, str], ...]

    @property
    def places(self) -> int:
        """How many different places there are."""
        return int(self.place.max(initial=-1)) + 1

    def by_group(self, amounts: NDArray[np.float64]) -> NDArray[np.float64]:
        """Give the load of each group, that of each row times an amount."""
        return np.concatenate([amounts @ part for part in self.loads])

    def places_of_groups(self) -> NDArray[np.int64]:
        """Give at how many places each group lies."""
        one_each = self.places == len(self.place)
        by_place = (
            part if one_each else summed(part, self.place, self.places)
            for part in self.loads
        )
        return np.concatenate(
            [np.bincount(part.indices, minlength=part.shape[1]) for part in by_place]
        )


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
    import shapely
    from scipy.sparse import csr_array

    seen, weight, visible = _columns(incidents)
    if hours is not None and hours.shape != (len(incidents), _HOURS_OF_WEEK):
        message = (
            f"hours have the shape {hours.shape}; allowed: {len(incidents)} incidents "
            f"by {_HOURS_OF_WEEK} hours of the week"
        )
        raise InputError(message)
    known = np.flatnonzero(~np.isnan(seen))
    weight, seen, visible = weight[known], seen[known], visible[known]
    shown = visible.astype(np.float64)
    parts = [csr_array(np.column_stack([shown, np.ones(len(shown))]))]
    groups = [("overall", name) for name in HEADLINE]
    if "category" in incidents.columns:
        names, flags = _by_category(incidents["category"].iloc[known], visible)
        parts.append(flags)
        groups += [("category", name) for name in names]
    every = _Groups(parts, shown, None if hours is None else _by_hour(hours, known))
    if hours is not None:
        groups += [
            ("hour", f"{hour:02d}-{hour + 1:02d}") for hour in range(_HOURS_OF_DAY)
        ]
    points = incidents.geometry.to_numpy()
    told, row_of = _rows(
        np.column_stack([shapely.get_coordinates(points)[known], seen])
    )
    same = (told[1:, :2] == told[:-1, :2]).all(axis=1)
    return Events(
        xy=told[:, :2],
        place=np.concatenate([np.zeros(len(told[:1])), ~same])
        .cumsum()
        .astype(np.int64),
        chance=told[:, 2],
        loads=every.by_row(weight, row_of, len(told)),
        number=every.number(),
        groups=tuple(groups),
    )


class _Groups(NamedTuple):
    """
    Which groups incidents count in.

    Hours stand apart, as those of incidents that nobody could see from the street are
    in them too: taking them out would copy most of the numbers there are.
    """

    flags: list[csr_array]
    shown: NDArray[np.float64]
    hours: csr_array | None

    def number(self) -> NDArray[np.float64]:
        """Give how many incidents each group has."""
        found = [np.ones(len(self.shown)) @ part for part in self.flags]
        if self.hours is not None:
            found.append(self.shown @ self.hours)
        return np.concatenate(found)

    def by_row(
        self, amounts: NDArray[np.float64], row_of: NDArray[np.int32], count: int
    ) -> tuple[csr_array, ...]:
        """Give amounts by row and group, without what is nothing."""
        parts = [summed(part, row_of, count, amounts=amounts) for part in self.flags]
        if self.hours is not None:
            shown = amounts * self.shown
            parts.append(summed(self.hours, row_of, count, amounts=shown))
        for part in parts:
            part.eliminate_zeros()
        return tuple(parts)


def _by_hour(hours: csr_array, known: NDArray[np.intp]) -> csr_array:
    """Give weights by hour of the day instead of the week."""
    from scipy.sparse import csr_array

    rows = hours if len(known) == hours.shape[0] else hours[known]
    of_day = (np.arange(_HOURS_OF_WEEK) % _HOURS_OF_DAY).astype(rows.indices.dtype)
    # A row may hold an hour of the day several times: sums take care of that.
    return csr_array(
        (rows.data, of_day[rows.indices], rows.indptr),
        shape=(len(known), _HOURS_OF_DAY),
    )


def summed(
    rows: csr_array,
    at: NDArray[np.int32] | NDArray[np.int64],
    count: int,
    *,
    amounts: NDArray[np.float64] | None = None,
) -> csr_array:
    """
    Add up the rows of a matrix that belong together.

    Parameters
    ----------
    rows
        The matrix.
    at
        Number of the sum that each row belongs to.
    count
        How many sums there are.
    amounts
        What each row counts for; 1 where ``None``.

    Returns
    -------
    scipy.sparse.csr_array
        One row a sum.
    """
    from scipy.sparse import csr_array

    each = np.ones(len(at)) if amounts is None else amounts
    gather = csr_array(
        (each, (at, np.arange(len(at), dtype=np.int32))), (count, len(at))
    )
    return csr_array(gather @ rows)


def _rows(
    told: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
    """Give the different rows, in order, and which of them each one is."""
    order = np.lexsort(told.T[::-1])
    ordered = told[order]
    new = np.ones(len(told), dtype=np.bool_)
    new[1:] = (ordered[1:] != ordered[:-1]).any(axis=1)
    row_of = np.empty(len(told), dtype=np.int32)
    row_of[order] = new.cumsum() - 1
    return ordered[new], row_of


def _columns(
    incidents: gpd.GeoDataFrame,
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.bool_]]:
    """Give how surely each is seen, its weight, and whether it shows on a street."""
    import shapely

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
    import pandas as pd
    from scipy.sparse import csr_array

    code, names = pd.factorize(categories, use_na_sentinel=True)
    labels = pd.Index([*map(str, names), _NO_CATEGORY])
    # A category may be called what stands for none, or by a number and its text.
    label_of, labels = pd.factorize(labels)
    rows = np.flatnonzero(visible)
    kind = label_of[code[rows]]
    sizes = pd.Series(np.bincount(kind, minlength=len(labels)), index=labels)
    sizes = sizes[sizes > 0].sort_index().sort_values(ascending=False, kind="stable")
    column = sizes.index.get_indexer(labels)[kind]
    flags = csr_array(
        (np.ones(len(rows)), (rows, column)), shape=(len(categories), len(sizes))
    )
    return list(sizes.index), flags
