"""Say how far cameras stand in for each other: effective cameras, k-coverage."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from coveragekit.coverage.grid import Grid
from coveragekit.coverage.kernels.spans import sum_by_rows
from coveragekit.coverage.kernels.worth import at_least
from coveragekit.coverage.raster import probabilities
from coveragekit.coverage.units import Burner, unit_numbers
from coveragekit.coverage.worth import views_of
from coveragekit.crs import check_metric
from coveragekit.errors import InputError

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd
    from numpy.typing import ArrayLike, NDArray
    from scipy.sparse import csr_array

__all__ = ["effective_cameras", "k_covered_shares"]


def effective_cameras(
    isovists: gpd.GeoSeries,
    probability: pd.Series[float] | ArrayLike | None = None,
    *,
    resolution_m: float | None = 1.0,
    units: ArrayLike | None = None,
) -> float:
    """
    Give how many cameras without overlap would see as much ground as these do.

    Parameters
    ----------
    isovists
        What each camera sees, Polygons in a CRS in metres; those that see nothing do
        not count as cameras.
    probability
        One for each isovist, 0 to 1; ``None`` for 1 each.
    resolution_m
        Side of the cells counted, metres, > 0; ``None`` for the exact union, which
        takes no probabilities and is some forty times slower.
    units
        A label for each isovist: those with the same one are views of one camera, which
        looks one way at a time. Each by itself where ``None``.

    Returns
    -------
    float
        The area seen, each place by P = 1 - prod(1 - p), over the mean area that one
        camera sees: from 1, where all see the same, to the number of cameras, where
        no two overlap; 0 where nothing is seen.

    Raises
    ------
    CRSError
        The isovists have no CRS, or one that is not in metres.
    InputError
        Probabilities, labels or a resolution that cannot be.

    Notes
    -----
    With equal discs this is the figure of Amnesty International's *Decode Surveillance
    NYC* (union over the area of one 120 m disc). Where views differ much in size it
    follows the large ones: many small views within one large one count nearly fully,
    as they add little to the mean either.

    What a camera with several views sees by itself is the sum over places of p, the sum
    over its views, at most 1: the mean over time of the area that it looks at. So any
    one camera alone, whatever its presets, counts as exactly 1.

    Examples
    --------
    >>> import geopandas as gpd
    >>> from shapely import box
    >>> crs = "EPSG:32616"
    >>> effective_cameras(gpd.GeoSeries([box(0, 0, 9, 9)] * 3, crs=crs))
    1.0
    >>> effective_cameras(gpd.GeoSeries([box(0, 0, 2, 1), box(1, 0, 3, 1)], crs=crs))
    1.5
    """
    check_metric(isovists.crs, "isovists")
    chances = probabilities(probability, isovists.index)
    given = unit_numbers(units, len(isovists))
    looking = (isovists.area.to_numpy() > 0.0) & (chances > 0.0)
    if not looking.any():
        return 0.0
    views, chances = isovists[looking], chances[looking]
    kept = np.arange(len(isovists))[looking] if given is None else given[looking]
    count = len(np.unique(kept))
    numbers = unit_numbers(kept, len(views))
    if resolution_m is not None:
        union, single = _cells(views, chances, resolution_m, numbers=numbers)
    elif (chances < 1.0).any():
        message = (
            f"a probability is {chances.min():g}, and an exact union knows only "
            "yes and no; give resolution_m, such as 1.0"
        )
        raise InputError(message)
    else:
        union, single = _exact(views.to_numpy(), numbers)
    if count == 1:
        # Rounding would leave a shade beside 1.
        return float(single > 0.0)
    return union / single * count if single > 0.0 else 0.0


def _cells(
    views: gpd.GeoSeries,
    chances: NDArray[np.float64],
    resolution_m: float,
    *,
    numbers: NDArray[np.int64] | None,
) -> tuple[float, float]:
    """Give how many cells are seen by all together, and by each, added up."""
    grid = Grid.covering(tuple(views.total_bounds), resolution_m)
    burner = Burner.of(grid, views.to_numpy(), numbers)
    runs, begin, order = grid.scan(burner.rings)
    alone = chances[burner.alone].astype(np.float32)[order]
    cells = np.add.reduceat(np.append(runs[:, 2] - runs[:, 1], 0), begin[:-1])
    single = float((cells * (np.diff(begin) > 0) * alone).sum())
    # Both from the same cells, so that views of one place give exactly 1.
    if not burner.turning:
        everywhere = np.empty((0, 0), dtype=np.uint8)
        found = sum_by_rows(everywhere, runs, begin, 1.0 - alone[None], grid.shape)
        return float(found[0]), single
    miss, turned = burner.miss(chances)
    union = float((1.0 - miss).sum(dtype=np.float64))
    return union, single + turned


def _exact(
    views: NDArray[np.object_], numbers: NDArray[np.int64] | None
) -> tuple[float, float]:
    """Give the area that all see together, and that each camera does, added up."""
    import shapely

    if numbers is not None:
        order = np.argsort(numbers, kind="stable")
        changes = np.flatnonzero(np.diff(numbers[order])) + 1
        cameras = np.split(views[order], changes)
        views = np.array([shapely.union_all(camera) for camera in cameras])
    union = float(shapely.union_all(views).area)
    return union, float(shapely.area(views).sum())


def k_covered_shares(
    sees: csr_array,
    probability: pd.Series[float] | ArrayLike,
    weights: ArrayLike | None = None,
    *,
    most: int = 3,
    units: ArrayLike | None = None,
) -> pd.Series[float]:
    """
    Give how much is seen by at least one, two, three cameras.

    Parameters
    ----------
    sees
        Which camera sees which point, bool, shape ``(points, cameras)``.
    probability
        One for each camera, 0 to 1.
    weights
        One for each point, 0 or more, such as metres of street; 1 each where ``None``.
    most
        The largest number of cameras asked about, 1 or more.
    units
        A label for each camera, such as its ``camera_id``: those with the same one are
        views of one camera, which looks one way at a time. Each by itself where
        ``None``.

    Returns
    -------
    pandas.Series
        ``covered_share``, 0 to 1, on the index ``cameras`` from 1 to ``most``; missing
        where the weights are nothing in all.

    Raises
    ------
    InputError
        Probabilities, weights or labels of another length or out of range, or ``most``
        below 1.

    Notes
    -----
    Cameras are taken as independent, and views of one camera exclude each other: its p
    is their sum, at most 1. How surely at least k of them see a point is the upper tail
    of a Poisson binomial, summed camera by camera.

    Examples
    --------
    >>> import numpy as np
    >>> from scipy.sparse import csr_array
    >>> sees = csr_array(np.array([[True, True], [False, True]]))
    >>> k_covered_shares(sees, [1.0, 0.5], weights=[3.0, 1.0]).tolist()
    [0.875, 0.375, 0.0]
    """
    import pandas as pd

    if most < 1:
        message = f"most is {most}; allowed: 1 or more"
        raise InputError(message)
    views = views_of(sees, probability, weights, units=units)
    total = float(views.weights.sum())
    covered = at_least(views.row_ptr, views.chance, views.weights, most)
    return pd.Series(
        np.minimum(covered / total, 1.0) if total > 0.0 else np.full(most, np.nan),
        index=pd.RangeIndex(1, most + 1, name="cameras"),
        name="covered_share",
    )
