"""Share out what is seen: of ground, of street length, of points."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from coveragekit.coverage.ground import Ground
from coveragekit.coverage.kernels.spans import (
    multiply_spans,
    sum_by_rows,
    take_spans,
)
from coveragekit.coverage.raster import probabilities
from coveragekit.coverage.units import Burner, unit_numbers
from coveragekit.crs import check_metric, check_same
from coveragekit.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd
    import pandas as pd
    from numpy.typing import ArrayLike, NDArray
    from shapely.geometry.base import BaseGeometry

__all__ = [
    "Share",
    "area_share",
    "checked_groups",
    "checked_weights",
]

# Sums of millions of float32 probabilities may pass their total by rounding.
_ROUNDING = 1e-6


@dataclass(frozen=True, slots=True)
class Share:
    """
    How much of something is seen, as a whole and by groups of cameras.

    Parameters
    ----------
    seen
        What is seen, in ``unit``, each part weighted by its probability.
    total
        What there is, in ``unit``.
    unit
        ``m2``, ``m`` or what is counted.
    by_group
        What each group of cameras sees by itself, in ``unit``.
    """

    seen: float
    total: float
    unit: str
    by_group: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for what, amount in {"all": self.seen, **self.by_group}.items():
            if not 0.0 <= amount <= self.total * (1.0 + _ROUNDING):
                message = (
                    f"{what} cameras see {amount:g} {self.unit} of {self.total:g}; "
                    "allowed: 0 to the total"
                )
                raise InputError(message)

    @property
    def value(self) -> float | None:
        """The share, 0 to 1; ``None`` of nothing."""
        return self._of(self.seen)

    @property
    def group_values(self) -> dict[str, float | None]:
        """The share of each group of cameras."""
        return {name: self._of(amount) for name, amount in self.by_group.items()}

    def _of(self, amount: float) -> float | None:
        return min(amount / self.total, 1.0) if self.total > 0.0 else None


def area_share(  # noqa: PLR0913 - keywords, each of which stands for itself
    isovists: gpd.GeoSeries,
    area: BaseGeometry,
    buildings: gpd.GeoDataFrame,
    *,
    probability: pd.Series[float] | ArrayLike | None = None,
    resolution_m: float = 1.0,
    groups: Mapping[str, ArrayLike] | None = None,
    units: ArrayLike | None = None,
    ground: Ground | None = None,
) -> Share:
    """
    Give how much of the public ground is seen.

    Parameters
    ----------
    isovists
        What each camera sees, Polygons in a CRS in metres.
    area
        The study area in the same CRS; building footprints are taken out of it.
    buildings
        Footprints in the same CRS.
    probability
        One for each isovist, 0 to 1; ``None`` for 1 each.
    resolution_m
        Side of the cells counted, metres, > 0.
    groups
        Name to a flag for each isovist: which cameras are in that group, such as one
        consent tier.
    units
        A label for each isovist: those with the same one are views of one camera, which
        looks one way at a time. Each by itself where ``None``.
    ground
        The cells of that area without those buildings at that resolution, where they
        are at hand from an earlier call; worked out where ``None``.

    Returns
    -------
    Share
        In square metres; each place counts by P = 1 - prod(1 - p), where p of a camera
        is the sum over its views, at most 1.

    Raises
    ------
    CRSError
        A table has no CRS, one that is not in metres, or another than the rest.
    InputError
        Probabilities, groups, labels or a resolution that cannot be.

    Notes
    -----
    Cells count by their centre, as in :func:`coveragekit.coverage.seen`.

    Examples
    --------
    >>> import geopandas as gpd
    >>> from shapely import box
    >>> crs = "EPSG:32616"
    >>> half = gpd.GeoSeries([box(0, 0, 10, 5)], crs=crs)
    >>> none = gpd.GeoDataFrame(geometry=[], crs=crs)
    >>> area_share(half, box(0, 0, 10, 10), none).value
    0.5
    """
    check_metric(isovists.crs, "isovists")
    check_same(isovists.crs, buildings.crs, "isovists and buildings")
    chances = probabilities(probability, isovists.index)
    cells = ground or Ground.of(area, buildings, resolution_m)
    flags = checked_groups(groups, len(isovists))
    kept = np.stack([chances, *(chances * flag for flag in flags.values())])
    numbers = unit_numbers(units, len(isovists))
    seen = _seen_cells(cells, isovists.to_numpy(), kept, numbers=numbers)
    amounts = (seen * cells.grid.cell_m2).tolist()
    return Share(
        seen=amounts[0],
        total=float(np.count_nonzero(cells.inside)) * cells.grid.cell_m2,
        unit="m2",
        by_group=dict(zip(flags, amounts[1:], strict=True)),
    )


def _seen_cells(
    ground: Ground,
    isovists: NDArray[np.object_],
    kept: NDArray[np.float64],
    *,
    numbers: NDArray[np.int64] | None,
) -> NDArray[np.float64]:
    """Give how many cells are seen with the chances of each group, one a row."""
    grid, inside = ground.grid, ground.inside
    views = Burner.of(grid, isovists, numbers)
    # Scanned once for all groups.
    runs, begin, order = grid.scan(views.rings)
    once = (1.0 - kept[:, views.alone[order]]).astype(np.float32)
    if not views.turning:
        return sum_by_rows(inside, runs, begin, once, grid.shape)
    miss = np.ones(grid.shape, dtype=np.float32)
    cells = np.zeros(len(kept))
    for group, chances in enumerate(kept):
        multiply_spans(miss, runs, begin, once[group])
        windows = views.turn(miss, chances)
        cells[group] = take_spans(miss, inside, runs, begin, once[group])
        # Most of the ground nobody sees, and it stays 1.
        for window in windows:
            counted = miss[window][inside[window] != 0].astype(np.float64)
            cells[group] += float((1.0 - counted).sum())
            miss[window] = 1.0
    return cells


def checked_weights(weights: ArrayLike | None, count: int) -> NDArray[np.float64]:
    """
    Give the weights of points, or refuse them.

    Parameters
    ----------
    weights
        One for each point, 0 or more; 1 each where ``None``.
    count
        How many points there are.

    Returns
    -------
    numpy.ndarray
        Shape ``(count,)``.

    Raises
    ------
    InputError
        Another length, or a weight below 0 or not finite.

    Examples
    --------
    >>> checked_weights(None, 2).tolist()
    [1.0, 1.0]
    """
    if weights is None:
        return np.ones(count)
    loads = np.asarray(weights, dtype=np.float64)
    if loads.shape != (count,):
        message = (
            f"weights have the shape {loads.shape}; allowed: one for each of the "
            f"{count} points"
        )
        raise InputError(message)
    wrong = ~((loads >= 0.0) & np.isfinite(loads))
    if wrong.any():
        message = f"a weight is {loads[wrong][0]:g}; allowed: 0 or more, finite"
        raise InputError(message)
    return loads


def checked_groups(
    groups: Mapping[str, ArrayLike] | None, count: int
) -> dict[str, NDArray[np.bool_]]:
    """
    Give the flags of groups of cameras, or refuse them.

    Parameters
    ----------
    groups
        Name to a flag for each camera; none where ``None``.
    count
        How many cameras there are.

    Returns
    -------
    dict
        Name to flags, shape ``(count,)``.

    Raises
    ------
    InputError
        Flags of another length, or that are not True or False.

    Examples
    --------
    >>> checked_groups(None, 2)
    {}
    """
    flags: dict[str, NDArray[np.bool_]] = {}
    for name, given in (groups or {}).items():
        flag = np.asarray(given)
        if flag.dtype != np.bool_ or flag.shape != (count,):
            message = (
                f"group {name!r} has {flag.dtype} of shape {flag.shape}; allowed: "
                f"one True or False for each of the {count} cameras"
            )
            raise InputError(message)
        flags[name] = flag
    return flags
