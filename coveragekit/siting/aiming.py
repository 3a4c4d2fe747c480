"""Look once all round from every mounting place, for every aim to divide."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from coveragekit.crs import check_same
from coveragekit.errors import InputError
from coveragekit.siting.aims import Aims
from coveragekit.siting.mounts import bearings_of
from coveragekit.siting.rules import BEARINGS, lenses

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from coveragekit.optics import Footprints, Light
    from coveragekit.siting.demand import Demand
    from coveragekit.siting.mounts import Mounts
    from coveragekit.siting.rules import Lens
    from coveragekit.visibility import Obstacles, Pairs, Pictures, Surface

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = ["aims_from"]

_FREE_M = 0.1


def aims_from(  # noqa: PLR0913 - one way to be asked
    mounts: Mounts,
    demand: Demand,
    hides: Obstacles | Surface,
    *,
    density_px_per_m: float,
    lens_kinds: Sequence[Lens] | None = None,
    bearings: int = BEARINGS,
    target_height_m: float = 1.5,
) -> Aims:
    """
    Look from every mounting place, every way and through every lens.

    Parameters
    ----------
    mounts
        Where cameras may be put.
    demand
        What should be seen, in the same CRS.
    hides
        The buildings; or a surface, to look over ground and roofs.
    density_px_per_m
        Pixels per metre that the purpose asks for, > 0.
    lens_kinds
        The lenses that there are; those of the data file where ``None``.
    bearings
        How many directions from each place, evenly over what the wall leaves.
    target_height_m
        The level looked at, metres above the ground.

    Returns
    -------
    Aims
        Ready to be asked what each is worth.

    Raises
    ------
    CRSError
        The CRS differ.
    InputError
        No lens, no direction, no share of any lens, or a purpose that cannot be.

    Notes
    -----
    What hides a place is the same for every aim of a camera, so that one exact look all
    round from each mounting place tells what every aim shows; the aims then only
    divide it, by the very rule of :func:`coveragekit.visibility.who_sees`. On a surface
    a camera looks from the nearest cell lower than its lens.

    Examples
    --------
    >>> import geopandas as gpd
    >>> from shapely import Point
    >>> from coveragekit.siting import Demand, pole_mounts
    >>> from coveragekit.visibility import Obstacles
    >>> crs = "EPSG:32616"
    >>> pole = gpd.GeoDataFrame({"site_id": ["p"]},
    ...     geometry=[Point(500000, 0)], crs=crs)
    >>> ground = Obstacles.from_buildings(pole.iloc[:0])
    >>> xy = np.array([[500010.0, 0.0], [500000.0, 20.0]])
    >>> two = {"street_m": np.ones(2)}
    >>> there = Demand(xy, two, {"street_m": np.zeros(2)}, ground.crs)
    >>> aims = aims_from(pole_mounts(pole, ground), there, ground,
    ...     density_px_per_m=62.5, bearings=4)
    >>> len(aims), aims.bearing_deg.tolist()
    (12, [[225.0, 315.0, 45.0, 135.0]])
    >>> aims.cover([2]).toarray()[:2, 0].tolist()
    [True, True]
    """
    check_same(mounts.crs, demand.crs, "mounting places and demand")
    check_same(mounts.crs, hides.crs, "mounting places and what hides")
    kinds = lenses() if lens_kinds is None else tuple(lens_kinds)
    if not kinds or sum(one.share for one in kinds) <= 0.0:
        message = (
            f"there are {len(kinds)} lenses, whose shares add up to 0; allowed: at "
            "least one lens, and a share of more than 0"
        )
        raise InputError(message)
    ways = bearings_of(mounts, bearings)
    height, height_of = np.unique(mounts.height_m, return_inverse=True)
    lights: tuple[Light, Light] = ("day", "night")
    day, night = (
        _shown(kinds, height, density_px_per_m, level=target_height_m, light=light)
        for light in lights
    )
    reach = np.maximum(day.reach_m, night.reach_m).reshape(len(height), len(kinds))
    pictures = _all_round(mounts, hides, reach.max(axis=1)[height_of])
    pairs = pictures.sees(demand.xy, target_height_m=target_height_m)
    ptr, seen = _by_camera(pairs, len(mounts))
    return Aims(
        mounts=mounts,
        demand=demand,
        hides=hides,
        lenses=kinds,
        bearing_deg=ways,
        shown=(day, night),
        height_of=height_of.astype(np.int64),
        feet=np.ascontiguousarray(pictures.feet),
        ptr=ptr,
        seen=seen,
    )


def _shown(
    kinds: tuple[Lens, ...],
    height_m: Floats,
    density_px_per_m: float,
    *,
    level: float,
    light: Light,
) -> Footprints:
    """Give what is shown at each height through each lens."""
    from coveragekit.optics import footprint_arrays

    names = ("hfov_deg", "vfov_deg", "tilt_deg", "width_px", "ir_range_m")
    arrays = {
        name: np.tile([float(getattr(one, name)) for one in kinds], len(height_m))
        for name in names
    }
    count = len(kinds) * len(height_m)
    arrays["mount_height_m"] = np.repeat(height_m, len(kinds))
    arrays["bearing_deg"] = np.zeros(count)
    arrays["range_m"] = np.full(count, np.nan)
    arrays["is_fisheye"] = np.tile(
        [one.kind == "fisheye" for one in kinds], len(height_m)
    )
    return footprint_arrays(
        arrays, density_px_per_m, target_height_m=level, light=light
    )


def _all_round(mounts: Mounts, hides: Obstacles | Surface, reach_m: Floats) -> Pictures:
    """Give a camera at each place that looks all round, as far as any lens shows."""
    import geopandas as gpd
    import pandas as pd
    import shapely

    from coveragekit.optics import Footprints
    from coveragekit.visibility import Pictures

    count = len(mounts)
    table = gpd.GeoDataFrame(
        {"bearing_deg": np.full(count, np.nan), "mount_height_m": mounts.height_m},
        geometry=shapely.points(mounts.xy),
        crs=mounts.crs,
    )
    # A hair more, so that what is on the edge of an aim is not lost here.
    reach = np.where(reach_m > 0.0, reach_m + _FREE_M, 0.0)
    planes = np.tile(np.array([0.0, 0.0, np.inf]), (count, 4, 1))
    widest = Footprints(np.full(count, 180.0), reach, np.zeros(count), planes=planes)
    hung = pd.DataFrame(
        {"x": mounts.xy[:, 0], "y": mounts.xy[:, 1], "mount": "open"},
        index=table.index,
    )
    return Pictures.of(table, hides, [widest], north="grid", mounting=hung)


def _by_camera(pairs: Pairs, count: int) -> tuple[Ints, Ints]:
    """Give the places that each camera sees, of the cameras that see each place."""
    from scipy.sparse import csr_array

    rows = len(pairs.ptr) - 1
    marks = np.ones(len(pairs.cameras), np.bool_)
    held = csr_array((marks, pairs.cameras, pairs.ptr), (rows, count)).tocsc()
    return held.indptr.astype(np.int64), held.indices.astype(np.int64)
