"""Say what each camera is worth: what would be lost without it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from coveragekit.coverage.kernels.worth import losses as losses_by_column
from coveragekit.coverage.raster import probabilities
from coveragekit.coverage.units import sights_of, unit_numbers
from coveragekit.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from numpy.typing import ArrayLike, NDArray
    from scipy.sparse import csr_array

__all__ = ["Views", "camera_losses", "chances_of", "most_important", "views_of"]


class Views(NamedTuple):
    """
    How surely which camera sees which point, as the kernels take it.

    Parameters
    ----------
    row_ptr, columns
        The matrix, as SciPy's CSR arrays hold it.
    chance
        How surely the camera sees the point, one for each stored entry.
    weights
        One for each point.
    cameras
        How many cameras there are, or units that cameras belong to.
    """

    row_ptr: NDArray[np.int64]
    columns: NDArray[np.int64]
    chance: NDArray[np.float64]
    weights: NDArray[np.float64]
    cameras: int


def views_of(
    sees: csr_array,
    probability: pd.Series[float] | ArrayLike | None,
    weights: ArrayLike | None,
    *,
    units: ArrayLike | None = None,
) -> Views:
    """
    Give a matrix of views with its probabilities and weights, checked, as arrays.

    Parameters
    ----------
    sees
        Which camera sees which point, bool, shape ``(points, cameras)``.
    probability
        One for each camera, 0 to 1; 1 each where ``None``.
    weights
        One for each point, 0 or more; 1 each where ``None``.
    units
        A label for each camera, such as its ``camera_id``: those with the same one are
        views of one camera, which looks one way at a time. Each by itself where
        ``None``.

    Returns
    -------
    Views
        One column for each camera, or for each label in the order in which they first
        appear.

    Raises
    ------
    InputError
        Probabilities, weights or labels of another length, or out of range.

    Examples
    --------
    >>> import numpy as np
    >>> from scipy.sparse import csr_array
    >>> views_of(csr_array(np.array([[True, False]])), [0.5, 1.0], None).chance
    array([0.5])
    """
    points, cameras = sees.shape
    chances = chances_of(probability, cameras)
    loads = np.ones(points) if weights is None else np.asarray(weights, np.float64)
    if loads.shape != (points,):
        message = (
            f"weights have the shape {loads.shape}; allowed: one for each of the "
            f"{points} points"
        )
        raise InputError(message)
    wrong = ~((loads >= 0.0) & np.isfinite(loads))
    if wrong.any():
        message = f"a weight is {loads[wrong][0]:g}; allowed: 0 or more, finite"
        raise InputError(message)
    numbers = unit_numbers(units, cameras)
    sights = sights_of(sees, chances, numbers)
    return Views(
        sights.row_ptr,
        sights.columns,
        sights.probability[sights.columns] * sights.sees,
        loads,
        sights.probability.size,
    )


def chances_of(
    probability: pd.Series[float] | ArrayLike | None, count: int
) -> NDArray[np.float64]:
    """
    Give the probabilities of the columns of a matrix, checked.

    Parameters
    ----------
    probability
        One for each column, 0 to 1, in their order whatever its labels; 1 each where
        ``None``.
    count
        How many columns there are.

    Returns
    -------
    numpy.ndarray
        One for each column.

    Raises
    ------
    InputError
        Another length, or a value that is no probability.

    Examples
    --------
    >>> chances_of(None, 2)
    array([1., 1.])
    """
    import pandas as pd

    if isinstance(probability, pd.Series):
        probability = probability.to_numpy(dtype=np.float64)
    return probabilities(probability, pd.RangeIndex(count))


def camera_losses(
    sees: csr_array,
    probability: pd.Series[float] | ArrayLike,
    weights: ArrayLike | None = None,
    *,
    units: ArrayLike | None = None,
) -> NDArray[np.float64]:
    """
    Give for each camera what would no longer be seen without it.

    Parameters
    ----------
    sees
        Which camera sees which point, bool, shape ``(points, cameras)``, as
        :func:`coveragekit.visibility.who_sees` gives it.
    probability
        One for each camera, 0 to 1.
    weights
        One for each point, 0 or more, such as metres of street; 1 each where ``None``.
    units
        A label for each camera, such as its ``camera_id``: those with the same one are
        views of one camera, which looks one way at a time. Each by itself where
        ``None``.

    Returns
    -------
    numpy.ndarray
        In units of the weights, 0 or more, one for each camera, or for each label in
        the order in which they first appear: exactly 0 for a camera whose every point
        another one surely sees.

    Raises
    ------
    InputError
        Probabilities, weights or labels of another length, or out of range.

    Notes
    -----
    The sum over points of w_i p_ij prod(1 - p_ik) over the other cameras k: the share
    with all cameras less the share without this one, exactly, in one pass over the
    matrix; of a camera with several views p is their sum, at most 1. Each camera is
    taken away by itself: the losses of two cameras that stand in for each other are
    both small, and losing both costs more than their sum.

    Examples
    --------
    >>> import numpy as np
    >>> from scipy.sparse import csr_array
    >>> sees = csr_array(np.array([[True, True], [False, True]]))
    >>> camera_losses(sees, [1.0, 0.5], weights=[10.0, 4.0]).tolist()
    [5.0, 2.0]
    >>> camera_losses(sees, [0.5, 0.5], [10.0, 4.0], units=["mast", "mast"]).tolist()
    [12.0]
    """
    views = views_of(sees, probability, weights, units=units)
    return losses_by_column(*views)


def most_important(
    cameras: pd.DataFrame,
    losses: Mapping[str, ArrayLike],
    totals: Mapping[str, float],
    *,
    by: str | None = None,
    top: int = 10,
) -> pd.DataFrame:
    """
    List the cameras whose outage would cost most.

    Parameters
    ----------
    cameras
        Columns ``camera_id`` and, where there is one, ``name``.
    losses
        What is measured, such as ``street_length``, to one loss for each camera, as
        :func:`camera_losses` gives it.
    totals
        The same names to what there is of each in all, in the same unit.
    by
        Which of them ranks; the first where ``None``.
    top
        How many cameras to list at most, 0 or more.

    Returns
    -------
    pandas.DataFrame
        One row a camera, worst loss first, ties by ``camera_id``: ``rank`` from 1,
        ``camera_id``, ``name``, and for each measure ``loss_NAME`` in its unit and
        ``loss_NAME_share``, by how much the share would fall, 0 to 1 (missing where
        there is nothing of it). Cameras whose loss is 0 are left out.

    Raises
    ------
    InputError
        No measure, names that differ, another length, or an unknown ``by``.

    Examples
    --------
    >>> import pandas as pd
    >>> two = pd.DataFrame({"camera_id": ["a", "b"], "name": ["Bank", None]})
    >>> table = most_important(two, {"street_length": [5.0, 20.0]},
    ...     {"street_length": 100.0})
    >>> table[["rank", "camera_id", "loss_street_length_share"]].values.tolist()
    [[1, 'b', 0.2], [2, 'a', 0.05]]
    """
    import pandas as pd

    amounts = _checked_losses(cameras, losses, totals)
    first = next(iter(amounts)) if by is None else by
    if first not in amounts:
        message = f"by is {first!r}; allowed: {', '.join(map(repr, amounts))}"
        raise InputError(message)
    if top < 0:
        message = f"top is {top}; allowed: 0 or more"
        raise InputError(message)
    ids = cameras["camera_id"].to_numpy(dtype=np.object_)
    ranks = pd.Series(ids).rank(method="first").to_numpy()
    order = np.lexsort((ranks, -amounts[first]))
    order = order[amounts[first][order] > 0.0][:top]
    names = (
        cameras["name"].to_numpy(dtype=np.object_)
        if "name" in cameras.columns
        else np.full(len(cameras), None, dtype=np.object_)
    )
    columns: dict[str, object] = {
        "rank": np.arange(1, len(order) + 1),
        "camera_id": ids[order],
        "name": names[order],
    }
    for what, amount in amounts.items():
        whole = float(totals[what])
        columns[f"loss_{what}"] = amount[order]
        columns[f"loss_{what}_share"] = (
            amount[order] / whole if whole > 0.0 else np.full(len(order), np.nan)
        )
    return pd.DataFrame(columns)


def _checked_losses(
    cameras: pd.DataFrame, losses: Mapping[str, ArrayLike], totals: Mapping[str, float]
) -> dict[str, NDArray[np.float64]]:
    if not losses or set(losses) != set(totals):
        message = (
            f"losses are of {sorted(losses)} and totals of {sorted(totals)}; allowed: "
            "the same names, at least one"
        )
        raise InputError(message)
    amounts: dict[str, NDArray[np.float64]] = {}
    for what, given in losses.items():
        amount = np.asarray(given, dtype=np.float64)
        if amount.shape != (len(cameras),):
            message = (
                f"losses of {what!r} have the shape {amount.shape}; allowed: one for "
                f"each of the {len(cameras)} cameras"
            )
            raise InputError(message)
        amounts[what] = amount
    return amounts
