"""Measure how well places chosen beforehand caught what happened in them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from coveragekit.errors import InputError

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import ArrayLike, NDArray

__all__ = ["hot_spot_quality", "prediction_accuracy_index"]


def prediction_accuracy_index(
    caught: float, total: float, *, area: float, total_area: float
) -> float | None:
    """
    Give how many times more was caught than by covering as much without looking.

    Parameters
    ----------
    caught
        Events, or their weight, in the area chosen, 0 to ``total``.
    total
        Events, or their weight, in all.
    area
        How much was chosen: square metres, or metres of street; 0 to ``total_area``.
    total_area
        How much there is, in the same unit.

    Returns
    -------
    float or None
        (caught / total) / (area / total_area): 1 is what covering without looking
        gives; ``None`` where there are no events, or nothing was chosen.

    Raises
    ------
    InputError
        A number that is below 0, not finite, or above its total.

    Notes
    -----
    Chainey, Tompson and Uhlig (2008). For cameras, with the length of street seen in
    place of the area, it is the coverage concentration of :func:`concentration`.

    Examples
    --------
    >>> prediction_accuracy_index(120, 400, area=5.0, total_area=100.0)
    6.0
    """
    for what, part, whole in (
        ("events caught", caught, total),
        ("area chosen", area, total_area),
    ):
        if not (0.0 <= part <= whole and np.isfinite(whole)):
            message = f"{what}: {part:g} of {whole:g}; allowed: 0 to the total, finite"
            raise InputError(message)
    if total == 0.0 or area == 0.0:
        return None
    return float(caught * total_area / (total * area))


def hot_spot_quality(
    observed: ArrayLike, predicted: ArrayLike, area: ArrayLike | None = None
) -> pd.DataFrame:
    """
    Give how good a forecast of hot spots was, for each number of them chosen.

    Parameters
    ----------
    observed
        Events that then happened in each place, 0 or more.
    predicted
        Events that were forecast for each place, 0 or more.
    area
        Area of each place, > 0; places of equal size where ``None``.

    Returns
    -------
    pandas.DataFrame
        One row for each place, in the order they would be chosen (highest forecast
        density first; of equal ones the one where least happened, so that a tie never
        flatters), all figures cumulated: ``place`` (position in the input),
        ``observed``, ``predicted``, ``area_share``, ``pai``, ``pei``, ``rri``.

    Raises
    ------
    InputError
        Lengths that differ, or a number out of range.

    Notes
    -----
    ``pai`` is the prediction accuracy index. ``pei`` is it over the best possible for
    the same area: the densest places, the last one in part. ``rri`` is forecast over
    observed, 1 where the forecast has the right size. Missing where nothing happened.

    Examples
    --------
    >>> hot_spot_quality([6, 3, 0], [3, 2, 1])[["pai", "pei", "rri"]].round(3)
       pai  pei    rri
    0  2.0  1.0  0.500
    1  1.5  1.0  0.556
    2  1.0  1.0  0.667
    """
    import pandas as pd

    happened = _checked(observed, "observed", None)
    forecast = _checked(predicted, "predicted", len(happened))
    size = (
        np.ones(len(happened))
        if area is None
        else _checked(area, "area", len(happened))
    )
    if (size <= 0.0).any():
        message = f"an area is {size.min():g}; allowed: more than 0"
        raise InputError(message)
    order = np.lexsort((happened / size, -forecast / size))
    caught, expected = happened[order].cumsum(), forecast[order].cumsum()
    covered = size[order].cumsum()
    best = np.argsort(-happened / size, kind="stable")
    best_caught = np.interp(
        covered,
        np.concatenate([[0.0], size[best].cumsum()]),
        np.concatenate([[0.0], happened[best].cumsum()]),
    )
    share = covered / size.sum()
    return pd.DataFrame(
        {
            "place": order,
            "observed": caught,
            "predicted": expected,
            "area_share": share,
            "pai": _ratio(caught, happened.sum() * share),
            "pei": _ratio(caught, best_caught),
            "rri": _ratio(expected, caught),
        }
    )


def _ratio(
    part: NDArray[np.float64], whole: NDArray[np.float64]
) -> NDArray[np.float64]:
    nothing = np.full(len(part), np.nan)
    return np.asarray(np.divide(part, whole, out=nothing, where=whole > 0.0))


def _checked(given: ArrayLike, what: str, count: int | None) -> NDArray[np.float64]:
    values = np.asarray(given, dtype=np.float64)
    if values.ndim != 1 or (count is not None and len(values) != count):
        message = (
            f"{what} has the shape {values.shape}; allowed: one number for each of "
            f"{'the' if count is None else count} places"
        )
        raise InputError(message)
    wrong = ~((values >= 0.0) & np.isfinite(values))
    if wrong.any():
        message = f"{what} is {values[wrong][0]:g}; allowed: 0 or more, finite"
        raise InputError(message)
    return values
