"""Say what the cameras that are there leave to be seen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from coveragekit.coverage.raster import camera_probability
from coveragekit.coverage.units import sights_of, unit_numbers
from coveragekit.crs import check_same
from coveragekit.errors import InputError
from coveragekit.siting.kernels import aims as kernels

if TYPE_CHECKING:
    from collections.abc import Sequence

    import geopandas as gpd
    from numpy.typing import ArrayLike, NDArray
    from scipy.sparse import csr_array

    from coveragekit.siting.demand import Demand
    from coveragekit.visibility import Obstacles, Surface
    from coveragekit.visibility.cameras import North

    Floats = NDArray[np.float64]

__all__ = ["TIERS", "existing_cover", "seen_probability", "unmet_levels"]

# Every tier but planned.
TIERS: Final = ("public", "registered", "integrated")


def existing_cover(  # noqa: PLR0913 - one way to be asked
    demand: Demand,
    cameras: gpd.GeoDataFrame,
    hides: Obstacles | Surface,
    *,
    density_px_per_m: float,
    tiers: Sequence[str] = TIERS,
    target_height_m: float = 1.5,
    north: North = "true",
) -> csr_array:
    """
    Give how surely each camera that is there sees each row of the demand.

    Parameters
    ----------
    demand
        What should be seen.
    cameras
        The table ``cameras`` with defaults filled in, in the CRS of the demand: those
        in service at the time in question. Rows of one ``camera_id`` are views of one
        camera.
    hides
        The buildings, or a surface.
    density_px_per_m
        Pixels per metre that the purpose asks for.
    tiers
        Which ``access`` counts: with ``("integrated",)`` what only registered cameras
        see is still to be met.
    target_height_m
        The level looked at, metres above the ground.
    north
        What ``bearing_deg`` counts from: ``"true"`` or ``"grid"`` north.

    Returns
    -------
    scipy.sparse.csr_array
        ``float64``, one row for each place by day and again by night (then as far as
        the camera's own lamp reaches), one column for each camera of those tiers, in
        the order in which they first appear.

    Raises
    ------
    CRSError
        The CRS is missing, not in metres, or not that of the demand.
    InputError
        Columns are missing or values out of range; the rows are named.

    Examples
    --------
    >>> import geopandas as gpd
    >>> from shapely import Point
    >>> from coveragekit import model
    >>> from coveragekit.siting import Demand
    >>> from coveragekit.visibility import Obstacles
    >>> crs = "EPSG:32616"
    >>> one = gpd.GeoDataFrame({"camera_id": ["a"], "kind": ["bullet"],
    ...     "bearing_deg": [90.0]}, geometry=[Point(500000, 0)], crs=crs)
    >>> one = model.fill_camera_defaults(model.conform("cameras", one))
    >>> ground = Obstacles.from_buildings(one.iloc[:0])
    >>> metre = {"street_m": np.ones(1)}
    >>> there = Demand(np.array([[500010.0, 0.0]]), metre, metre, ground.crs)
    >>> existing_cover(there, one, ground, density_px_per_m=62.5).toarray().tolist()
    [[1.0], [1.0]]
    """
    from scipy.sparse import csr_array, vstack

    from coveragekit.optics import footprints
    from coveragekit.visibility import who_sees

    check_same(demand.crs, cameras.crs, "demand and cameras")
    kept = cameras[cameras["access"].isin(list(tiers)).to_numpy(dtype=np.bool_)]
    ids = kept["camera_id"].to_numpy(dtype=np.object_)
    numbers = unit_numbers(ids, len(kept))
    chance = np.asarray(camera_probability(kept), dtype=np.float64)
    points = _points(demand)
    parts = []
    for light in ("day", "night"):
        shown = footprints(
            kept, density_px_per_m, target_height_m=target_height_m, light=light
        )
        sees = who_sees(
            points,
            kept,
            hides,
            footprints=shown,
            north=north,
            target_height_m=target_height_m,
        )
        made = sights_of(sees, chance, numbers)
        size = (len(demand), len(made.probability))
        data = made.probability[made.columns] * made.sees
        part = csr_array((data, made.columns, made.row_ptr), size)
        part.sort_indices()
        parts.append(part)
    return csr_array(vstack(parts))


def _points(demand: Demand) -> gpd.GeoSeries:
    import geopandas as gpd
    import shapely

    return gpd.GeoSeries(shapely.points(demand.xy), crs=demand.crs)


def seen_probability(existing: csr_array) -> Floats:
    """
    Give how surely any camera sees each row.

    Parameters
    ----------
    existing
        Of :func:`existing_cover`.

    Returns
    -------
    numpy.ndarray
        1 - prod(1 - p), one for each row.

    Examples
    --------
    >>> from scipy.sparse import csr_array
    >>> seen_probability(csr_array(np.array([[0.5, 0.5], [0.0, 1.0]]))).tolist()
    [0.75, 1.0]
    """
    left = kernels.level_values_left(
        existing.indptr.astype(np.int64),
        existing.data.astype(np.float64),
        np.ones(1),
        np.ones(existing.shape[0], np.int64),
    )
    return np.asarray(1.0 - left[:, 0])


def unmet_levels(
    weights: ArrayLike,
    existing: csr_array | None = None,
    *,
    level_values: Sequence[float] = (1.0,),
    targets: ArrayLike | None = None,
) -> Floats:
    """
    Give what the next camera, and those after it, are worth at each row of the demand.

    Parameters
    ----------
    weights
        What each row is worth, such as :meth:`Demand.weights` gives it, 0 or more.
    existing
        How surely each camera that is there sees each row; ``None``: there is none.
    level_values
        What the first, the second, ... camera that sees a row adds, in parts of its
        weight: 0 or more, never rising, so that a place seen by two is worth less than
        two places.
    targets
        How many cameras count at each row at most, 0 or more; as many as there are
        values where ``None``.

    Returns
    -------
    numpy.ndarray
        Shape ``(rows, levels)``: weight times the expected worth of one more camera
        that surely sees the row, then of another one, given those that are there.

    Raises
    ------
    InputError
        Values that rise or are below 0, or arrays that do not fit.

    Notes
    -----
    The sum over n of P(n cameras see the row) times the value of camera n + 1: exact
    for cameras that see independently of one another. With one level it is the weight
    times 1 - P.

    Examples
    --------
    >>> from scipy.sparse import csr_array
    >>> half = csr_array(np.array([[0.5], [1.0]]))
    >>> unmet_levels([10.0, 10.0], half, level_values=(1.0, 0.4)).tolist()
    [[7.0, 2.0], [4.0, 0.0]]
    """
    loads = np.asarray(weights, dtype=np.float64)
    values = np.asarray(level_values, dtype=np.float64)
    falling = len(values) > 0 and bool((np.diff(values) <= 0.0).all())
    if not (falling and np.isfinite(values).all() and values[-1] >= 0.0):
        message = (
            f"level_values are {list(level_values)}; allowed: at least one, 0 or more, "
            "none above the one before it"
        )
        raise InputError(message)
    if loads.ndim != 1 or not ((loads >= 0.0) & np.isfinite(loads)).all():
        message = "weights must be one finite number of 0 or more for each row"
        raise InputError(message)
    if existing is not None and existing.shape[0] != len(loads):
        message = (
            f"existing has {existing.shape[0]} rows for {len(loads)} weights; allowed: "
            "what existing_cover gave for this very demand"
        )
        raise InputError(message)
    most = np.full(len(loads), len(values))
    if targets is not None:
        most = np.asarray(targets)
        if most.shape != loads.shape or (most < 0).any():
            message = (
                f"targets have the shape {most.shape}; allowed: a number of cameras, 0 "
                f"or more, for each of the {len(loads)} rows"
            )
            raise InputError(message)
    none = np.zeros(len(loads) + 1, np.int64), np.empty(0)
    row_ptr, chance = (
        none
        if existing is None
        else (existing.indptr.astype(np.int64), existing.data.astype(np.float64))
    )
    left = kernels.level_values_left(row_ptr, chance, values, most.astype(np.int64))
    return np.asarray(loads[:, None] * left)
