"""Say what a camera at each site would add: well aimed, or as its owner aims it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from coveragekit.errors import InputError
from coveragekit.siting.kernels import aims as kernels
from coveragekit.siting.mounts import true_bearings

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd
    from numpy.typing import ArrayLike, NDArray

    from coveragekit.siting.aims import Aims, Block

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = ["site_gains", "with_registered"]

# The interval that scenes have too.
_LEVELS: Final = np.array([0.05, 0.95])


class _Gained(NamedTuple):
    """Of some sites: the best aim, its amounts by light, and over all aims."""

    best: Ints
    amounts: Floats
    expected: Floats
    spread: Floats


def site_gains(
    aims: Aims,
    unmet: ArrayLike,
    *,
    seen: ArrayLike | None = None,
    cameras_xy: ArrayLike | None = None,
) -> gpd.GeoDataFrame:
    """
    Give the best aim of a camera at each site, what it adds, and what an owner's would.

    Parameters
    ----------
    aims
        Every way that cameras may look.
    unmet
        What one more camera is worth at each row of the demand, as
        :func:`unmet_levels` gives it (its first column counts), shape ``(2 m,)`` or
        ``(2 m, levels)``.
    seen
        How surely each row is seen already, 0 to 1, as :func:`seen_probability` gives
        it; not at all where ``None``.
    cameras_xy
        Where the cameras are that are there, metres, shape ``(c, 2)``; none where
        ``None``.

    Returns
    -------
    geopandas.GeoDataFrame
        One row for each site, Points where the camera is best put:

        - ``site_id``, ``building_id``, ``mount`` (``facade``, ``corner``, ``pole``),
          ``streets``, ``aim`` (its number), ``lens``, ``bearing_deg`` (from true
          north), ``nearest_camera_m`` (missing where there is none);
        - ``gain``, what the best aim adds in units of ``unmet``, and of every measure
          ``new_NAME``, how much nobody saw before, by day and by night, and
          ``new_NAME_night``, the part by night;
        - ``expected_gain``, ``gain_low``, ``gain_high`` and ``expected_NAME``: the same
          when the owner chooses place, lens and bearing: the mean, and what all but 5 %
          of such cameras pass and stay below, by :meth:`Aims.chance`.

    Raises
    ------
    InputError
        Arrays that do not fit the demand, or hold what cannot be.

    Notes
    -----
    Of several aims that add the same, the one that owners choose most often is the
    best. The gain of one camera is exact. Those of two sites that look at one place do
    not add up: :func:`maximal_cover` counts them together.

    Examples
    --------
    >>> import geopandas as gpd
    >>> from shapely import Point
    >>> from coveragekit.siting import Demand, aims_from, pole_mounts
    >>> from coveragekit.visibility import Obstacles
    >>> crs = "EPSG:32616"
    >>> pole = gpd.GeoDataFrame({"site_id": ["p"]},
    ...     geometry=[Point(500000, 0)], crs=crs)
    >>> ground = Obstacles.from_buildings(pole.iloc[:0])
    >>> there = Demand(np.array([[500010.0, 0.0]]), {"street_m": np.full(1, 8.0)},
    ...     {"street_m": np.zeros(1)}, ground.crs)
    >>> aims = aims_from(pole_mounts(pole, ground), there, ground,
    ...     density_px_per_m=62.5, bearings=4)
    >>> found = site_gains(aims, there.weights({"street_m": 1.0}))
    >>> found[["site_id", "lens", "bearing_deg", "gain"]].values.tolist()
    [['p', 'wide', 45.0, 8.0]]
    >>> found[["expected_gain", "gain_low", "gain_high"]].values.tolist()
    [[3.2, 0.0, 8.0]]
    """
    rows = 2 * len(aims.demand)
    first = _one_each("unmet", _first_column(unmet), rows, most=np.inf)
    before = np.zeros(rows) if seen is None else _one_each("seen", seen, rows, most=1.0)
    new = aims.demand.amounts() * (1.0 - before)[:, None]
    both = np.column_stack([first, new])
    amounts = both.reshape(2, len(aims.demand), both.shape[1])
    made = _gained(aims, np.ascontiguousarray(amounts))
    return _table(aims, made, cameras_xy)


def _first_column(unmet: ArrayLike) -> Floats:
    given = np.asarray(unmet, dtype=np.float64)
    return given[:, 0] if given.ndim == 2 and given.shape[1] else given


def _one_each(name: str, values: ArrayLike, rows: int, *, most: float) -> Floats:
    given = np.asarray(values, dtype=np.float64)
    if given.shape != (rows,):
        message = (
            f"{name} has the shape {given.shape}; allowed: one for each of the {rows} "
            "rows of the demand (every place by day, then every place by night)"
        )
        raise InputError(message)
    wrong = ~((given >= 0.0) & (given <= most) & np.isfinite(given))
    if wrong.any():
        allowed = "0 or more, finite" if np.isinf(most) else "0 to 1"
        message = f"{name} is {given[wrong][0]:g}; allowed: {allowed}"
        raise InputError(message)
    return given


def _gained(aims: Aims, amounts: Floats) -> _Gained:
    chance = aims.chance()

    def work(block: Block) -> _Gained:
        low = aims.site_ptr[block.sites[0]]
        ptr = aims.site_ptr[block.sites[0] : block.sites[1] + 1] - low
        by_aim = kernels.aim_amounts(
            block.eyes,
            block.opaque,
            block.mounts,
            aims.each,
            aims.ptr,
            aims.seen,
            aims.demand.xy,
            amounts,
        )
        own = chance[low : low + ptr[-1]]
        gain = np.ascontiguousarray(by_aim[:, :, 0].sum(axis=1))
        best = kernels.best_of_sites(gain, own, ptr)
        both = by_aim.sum(axis=1)
        expected = np.add.reduceat(both * own[:, None], ptr[:-1], axis=0)
        spread = kernels.site_spread(gain, own, ptr, _LEVELS)
        return _Gained(best + low, by_aim[best], expected, spread)

    made = aims.by_block(work)
    return _Gained(*(np.concatenate(parts) for parts in zip(*made, strict=True)))


def _table(aims: Aims, made: _Gained, cameras_xy: ArrayLike | None) -> gpd.GeoDataFrame:
    import geopandas as gpd
    import pandas as pd
    import shapely

    mounts = aims.mounts
    mount, lens, way = aims.parts(made.best)
    places = mounts.table().iloc[mount].reset_index(drop=True)
    bearing = aims.bearing_deg[mount, way]
    columns: dict[str, object] = {
        "site_id": places["site_id"],
        "building_id": places["building_id"],
        "mount": places["mount"],
        "streets": places["streets"],
        "aim": made.best,
        "lens": pd.array([aims.lenses[one].name for one in lens], dtype="str"),
        "bearing_deg": true_bearings(bearing, mounts.xy[mount], mounts.crs),
        "nearest_camera_m": _nearest_m(mounts.xy[mount], cameras_xy),
        "gain": made.amounts[:, :, 0].sum(axis=1),
        "expected_gain": made.expected[:, 0],
        "gain_low": made.spread[:, 0],
        "gain_high": made.spread[:, 1],
    }
    for at, name in enumerate(aims.demand.measures, start=1):
        columns[f"new_{name}"] = made.amounts[:, :, at].sum(axis=1)
        columns[f"new_{name}_night"] = made.amounts[:, 1, at]
        columns[f"expected_{name}"] = made.expected[:, at]
    return gpd.GeoDataFrame(
        columns, geometry=shapely.points(mounts.xy[mount]), crs=mounts.crs
    )


def _nearest_m(xy: Floats, cameras_xy: ArrayLike | None) -> Floats:
    from scipy.spatial import cKDTree

    there = np.empty((0, 2)) if cameras_xy is None else np.asarray(cameras_xy, float)
    if len(there) == 0:
        return np.full(len(xy), np.nan)
    if there.ndim != 2 or there.shape[1] != 2 or not np.isfinite(there).all():
        message = (
            f"cameras_xy has the shape {there.shape}; allowed: finite metres, two for "
            "each camera"
        )
        raise InputError(message)
    return np.asarray(cKDTree(there).query(xy)[0], dtype=np.float64)


def with_registered(gains: pd.DataFrame, on_buildings: pd.DataFrame) -> pd.DataFrame:
    """
    Add what a camera that is somewhere on each site's building gives.

    Parameters
    ----------
    gains
        Of :func:`site_gains`, of businesses.
    on_buildings
        The same of their buildings, whose mounting places :func:`building_mounts`
        gave.

    Returns
    -------
    pandas.DataFrame
        ``gains`` with ``registered_gain``, ``registered_low`` and ``registered_high``:
        the mean over every metre of the building's outer walls, every lens and
        bearing, and the interval of 90 %; missing where there is no building.

    Examples
    --------
    >>> import pandas as pd
    >>> shop = pd.DataFrame({"site_id": ["s"], "building_id": ["h"]})
    >>> house = pd.DataFrame({"site_id": ["h"], "expected_gain": [1.0],
    ...     "gain_low": [0.0], "gain_high": [2.0]})
    >>> with_registered(shop, house)["registered_gain"].tolist()
    [1.0]
    """
    names = {
        "expected_gain": "registered_gain",
        "gain_low": "registered_low",
        "gain_high": "registered_high",
    }
    by_building = on_buildings.set_index("site_id")
    made = gains.copy()
    for name, new in names.items():
        made[new] = gains["building_id"].map(by_building[name]).astype("float64")
    return made
