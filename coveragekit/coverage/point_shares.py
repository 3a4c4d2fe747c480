"""Share out which points are seen, by weight and by groups of cameras."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from coveragekit.coverage.kernels.points import miss_by_row, seen_by_group
from coveragekit.coverage.raster import probabilities
from coveragekit.coverage.shares import Share, checked_groups, checked_weights
from coveragekit.coverage.units import sights_of, unit_numbers
from coveragekit.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from numpy.typing import ArrayLike, NDArray
    from scipy.sparse import csr_array

__all__ = ["point_probability", "point_share", "point_sums"]


def point_probability(
    sees: csr_array,
    probability: pd.Series[float] | ArrayLike,
    subset: ArrayLike | None = None,
    *,
    units: ArrayLike | None = None,
) -> NDArray[np.float64]:
    """
    Give for each point how surely at least one camera sees it.

    Parameters
    ----------
    sees
        Which camera sees which point, bool, shape ``(points, cameras)``, as
        :func:`coveragekit.visibility.who_sees` gives it.
    probability
        One for each camera, 0 to 1.
    subset
        A flag for each camera: which of them count; all where ``None``.
    units
        A label for each camera, such as its ``camera_id``: those with the same one are
        views of one camera, which looks one way at a time. Each by itself where
        ``None``.

    Returns
    -------
    numpy.ndarray
        P = 1 - prod(1 - p) for each point, where p of a camera is the sum over its
        views, at most 1: exactly 1 where a camera with p = 1 sees it, exactly 0 where
        none does.

    Raises
    ------
    InputError
        Probabilities, flags or labels of another length, or no probability.

    Notes
    -----
    Cameras are taken as independent; views of one camera exclude each other.

    Examples
    --------
    >>> import numpy as np
    >>> from scipy.sparse import csr_array
    >>> both = csr_array(np.array([[True, True], [False, True], [False, False]]))
    >>> point_probability(both, [0.5, 0.5]).tolist()
    [0.75, 0.5, 0.0]
    >>> point_probability(both, [0.5, 0.5], units=["mast", "mast"]).tolist()
    [1.0, 0.5, 0.0]
    """
    count = sees.shape[1]
    chances = _chances_of(probability, count)
    if subset is not None:
        chances = chances * checked_groups({"subset": subset}, count)["subset"]
    sights = sights_of(sees, chances, unit_numbers(units, count))
    return np.asarray(1.0 - miss_by_row(*sights))


def point_share(
    sees: csr_array,
    probability: pd.Series[float] | ArrayLike,
    *,
    weights: ArrayLike | None = None,
    unit: str = "points",
    groups: Mapping[str, ArrayLike] | None = None,
    units: ArrayLike | None = None,
) -> Share:
    """
    Give how much of a set of points is seen, by weight.

    Parameters
    ----------
    sees
        Which camera sees which point, bool, shape ``(points, cameras)``.
    probability
        One for each camera, 0 to 1.
    weights
        One for each point, 0 or more; 1 each where ``None``.
    unit
        What the weights are, such as ``m`` for metres of street.
    groups
        Name to a flag for each camera.
    units
        A label for each camera, as for :func:`point_probability`.

    Returns
    -------
    Share
        The sum of weight times P = 1 - prod(1 - p), for all cameras and for each group.

    Raises
    ------
    InputError
        Probabilities, weights, flags or labels of another length, or out of range.

    Examples
    --------
    >>> import numpy as np
    >>> from scipy.sparse import csr_array
    >>> one = csr_array(np.array([[True], [False]]))
    >>> point_share(one, [1.0], weights=[3.0, 1.0]).value
    0.75
    """
    loads = checked_weights(weights, sees.shape[0])
    flags = checked_groups(groups, sees.shape[1])
    everyone = np.ones(sees.shape[1], dtype=np.bool_)
    sums = point_sums(
        sees,
        probability,
        # A group may have any name, even that of all.
        {f"group {name}": flag for name, flag in flags.items()} | {"all": everyone},
        weights=loads,
        units=units,
    )
    return Share(
        seen=sums["all"],
        total=float(loads.sum()),
        unit=unit,
        by_group={name: sums[f"group {name}"] for name in flags},
    )


def point_sums(
    sees: csr_array,
    probability: ArrayLike,
    groups: Mapping[str, ArrayLike],
    *,
    weights: ArrayLike | None = None,
    units: ArrayLike | None = None,
) -> dict[str, float]:
    """
    Give how much of a set of points each group of cameras sees, by weight.

    Parameters
    ----------
    sees
        Which camera sees which point, bool, shape ``(points, cameras)``.
    probability
        One for each camera, 0 to 1.
    groups
        Name to a flag for each camera.
    weights
        One for each point, 0 or more; 1 each where ``None``.
    units
        A label for each camera, as for :func:`point_probability`.

    Returns
    -------
    dict
        Name to the sum of weight times P = 1 - prod(1 - p) over the group's cameras.

    Raises
    ------
    InputError
        Probabilities, weights, flags or labels of another length, or out of range.

    Examples
    --------
    >>> import numpy as np
    >>> from scipy.sparse import csr_array
    >>> both = csr_array(np.array([[True, True], [False, True]]))
    >>> public = np.array([True, False])
    >>> point_sums(both, [1.0, 0.5], {"all": public | True, "public": public})
    {'all': 1.5, 'public': 1.0}
    """
    loads = checked_weights(weights, sees.shape[0])
    flags = checked_groups(groups, sees.shape[1])
    if not flags:
        return {}
    numbers = unit_numbers(units, sees.shape[1])
    chances = _chances_of(probability, sees.shape[1])
    if numbers is None:
        # All groups in one walk over the pairs, of which a city has millions.
        row_ptr, columns, stored, _ = sights_of(sees, chances)
        stored = stored.astype(np.bool_, copy=False)
        each = np.stack([chances * flag for flag in flags.values()], axis=1)
        sums = seen_by_group(row_ptr, columns, stored, each, loads).tolist()
    else:
        sums = [
            float(loads @ point_probability(sees, chances, flag, units=numbers))
            for flag in flags.values()
        ]
    return dict(zip(flags, sums, strict=True))


def _chances_of(
    probability: pd.Series[float] | ArrayLike, count: int
) -> NDArray[np.float64]:
    import pandas as pd

    if isinstance(probability, pd.Series):
        chances = probabilities(probability, probability.index)
    else:
        given = np.asarray(probability, dtype=np.float64)
        chances = probabilities(given, pd.RangeIndex(given.size))
    if len(chances) != count:
        message = (
            f"there are {len(chances)} probabilities for {count} cameras; allowed: "
            "one for each column of the matrix"
        )
        raise InputError(message)
    return chances
