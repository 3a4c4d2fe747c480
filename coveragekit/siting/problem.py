"""Check what is asked of siting at the door, and lay it out for the search."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from coveragekit.errors import InputError
from coveragekit.siting.merging import Merged, merge
from coveragekit.siting.numbers import numbers_of
from coveragekit.siting.terms import Terms, terms_of

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray
    from scipy.sparse import csr_array

    from coveragekit.siting.kernels.state import Rules

    Floats = NDArray[np.float64]

__all__ = ["Problem", "cover_of_sites", "problem_of", "worth_of"]

# Levels worked out from chances may rise by so much of the first by rounding.
_ROUNDING: Final = 1e-9


@dataclass(frozen=True, slots=True)
class Problem:
    """
    One question to siting, checked.

    Parameters
    ----------
    cover
        Points x sites, bool or chances above 0, in order.
    worth
        What the first, second ... look at each point is worth, ``(points, levels)``.
    terms
        What a choice may be.
    merged
        The demand, with equal rows made one.
    """

    cover: csr_array
    worth: Floats
    terms: Terms
    merged: Merged

    @property
    def rules(self) -> Rules:
        """What a choice may be."""
        return self.terms.rules

    @property
    def total(self) -> float:
        """What all demand is worth, if it were looked at as often as that counts."""
        return float(self.worth.sum())


def problem_of(
    cover: Any,  # noqa: ANN401 -- any of scipy's sparse forms, or an array
    weights: ArrayLike,
    level_values: ArrayLike,
    **terms: Any,  # noqa: ANN401 -- those of terms_of
) -> Problem:
    """
    Check everything, and merge equal demand.

    Parameters
    ----------
    cover, weights, level_values
        As in :func:`coveragekit.siting.maximal_cover`.
    **terms
        The keywords of :func:`terms_of`.

    Returns
    -------
    Problem
        The question.

    Examples
    --------
    >>> problem_of(np.ones((3, 2), bool), [1, 2, 3], (1.0,), choose=1).total
    6.0
    """
    checked = cover_of_sites(cover)
    worth = worth_of(weights, level_values, checked.shape[0])
    found = terms_of(checked.shape, worth, **terms)
    return Problem(checked, worth, found, merge(checked, worth, found.area))


def cover_of_sites(cover: Any) -> csr_array:  # noqa: ANN401 -- any sparse form
    """
    Check which site covers which point.

    Parameters
    ----------
    cover
        Points x sites, sparse or an array: bool, or chances from 0 to 1.

    Returns
    -------
    scipy.sparse.csr_array
        The same by rows, in order, without zeros; bool where every chance is 1.

    Raises
    ------
    InputError
        It has not two dimensions, or a chance is not 0 to 1.

    Examples
    --------
    >>> cover_of_sites([[1.0, 0.0], [1.0, 1.0]]).dtype.name
    'bool'
    """
    from scipy.sparse import csr_array

    form = csr_array(cover)
    if form.ndim != 2:
        message = f"cover has shape {form.shape}; allowed: (points, sites)"
        raise InputError(message)
    if not form.has_canonical_format:
        form = form.copy()
        form.sum_duplicates()
    if form.dtype == np.bool_:
        sure = bool(form.data.all())
    else:
        wrong = ~((form.data >= 0.0) & (form.data <= 1.0))
        if wrong.any():
            at = int(np.argmax(wrong))
            row = int(np.searchsorted(form.indptr, at, side="right")) - 1
            message = (
                f"cover of point {row} by site {form.indices[at]} is "
                f"{form.data[at]:g}; allowed: True, False, or a chance from 0 to 1"
            )
            raise InputError(message)
        sure = bool((form.data == 1).all())
    if not sure and not form.data.all():
        form = form.copy()
        form.eliminate_zeros()
        sure = bool((form.data == 1).all())
    return form.astype(np.bool_ if sure else np.float64, copy=False)


def worth_of(weights: ArrayLike, level_values: ArrayLike, points: int) -> Floats:
    """
    Give what the first, second ... look at each point is worth.

    Parameters
    ----------
    weights
        One a point, 0 or more.
    level_values
        What the first, second ... look counts, never rising: the same for all points,
        or one row a point.
    points
        How many there are.

    Returns
    -------
    numpy.ndarray
        Shape ``(points, levels)``.

    Raises
    ------
    InputError
        A number is missing, negative or rises, or lengths differ.

    Examples
    --------
    >>> worth_of([2.0, 4.0], (1.0, 0.5), 2).tolist()
    [[2.0, 1.0], [4.0, 2.0]]
    """
    given = numbers_of(weights, points, name="weights of point")
    levels = np.asarray(level_values, dtype=np.float64)
    if levels.ndim == 1:
        levels = np.broadcast_to(levels, (points, levels.size))
    if levels.ndim != 2 or levels.shape[0] != points or levels.shape[1] < 1:
        message = (
            f"level_values have shape {np.shape(level_values)}; allowed: one value or "
            f"more for all points, such as (1.0, 0.4), or one row for each of {points}"
        )
        raise InputError(message)
    if not (np.isfinite(levels).all() and (levels >= 0.0).all()):
        message = "level_values have a missing or negative number; allowed: 0 or more"
        raise InputError(message)
    if (np.diff(levels, axis=1) > _ROUNDING * levels[:, :1]).any():
        row = int(np.argmax((np.diff(levels, axis=1) > 0.0).any(axis=1)))
        message = (
            f"level_values rise from look to look, as in {levels[row].tolist()}; a "
            "further look may count as much as the one before it, and no more"
        )
        raise InputError(message)
    return given[:, None] * np.minimum.accumulate(levels, axis=1)
