"""Cameras that turn: what they see now, from their presets, and at all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, get_args

import numpy as np

from coveragekit.coverage.presets import (
    ANGLES,
    dwell_shares,
    narrowed_deg,
    read_presets,
)
from coveragekit.coverage.raster import camera_probability
from coveragekit.errors import Fault, InputError, TableError

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd
    from numpy.typing import ArrayLike, NDArray

    from coveragekit.optics import Light

__all__ = ["PtzMode", "ptz_views", "reach_over_views", "turns"]

PtzMode = Literal["now", "reach", "preset"]

_MODES: tuple[PtzMode, ...] = get_args(PtzMode)
_TABLE = "cameras"
_COLUMN = "ptz_presets"
_ROW = "_row"


def ptz_views(cameras: gpd.GeoDataFrame, mode: PtzMode) -> gpd.GeoDataFrame:
    """
    Give cameras by their views: what turns becomes a row for each way it looks.

    Parameters
    ----------
    cameras
        The model's camera table with defaults filled in: ``kind``, ``bearing_deg``,
        ``tilt_deg``, ``hfov_deg``, ``vfov_deg`` and, for presets, ``ptz_presets``: a
        JSON list of ``{"bearing_deg", "tilt_deg", "hfov_deg", "vfov_deg",
        "dwell_share", "name"}``, of which only ``bearing_deg`` is needed.
    mode
        ``now``: as the table has them. ``reach``: a PTZ may look any way when asked; it
        sees all round with probability 1. ``preset``: one row for each preset, with the
        share of time it is looked at as ``probability``.

    Returns
    -------
    geopandas.GeoDataFrame
        A new table. ``now`` is a copy. The others have ``probability`` in every row, as
        :func:`coveragekit.coverage.camera_probability` gives it for the rest. Index and
        order stay but for ``preset``, whose index is 0 to n-1 and in which the rows of
        one camera come together with its ``camera_id``.

    Raises
    ------
    InputError
        Another mode, or a column is missing.
    TableError
        Presets that are no such list, or whose shares sum to more than 1: all faults at
        once, with the camera's key.

    Notes
    -----
    A PTZ is a camera of that kind, or one with presets. One without presets is left as
    it stands by ``preset``. Shares that are not given are equal parts of what the
    others leave of 1; where shares sum to less, the rest of the time counts as seeing
    nothing. A preset's tilt and field of view are the camera's where it gives none; a
    zoomed one without ``vfov_deg`` gets the camera's, narrowed as its width is.

    Examples
    --------
    >>> import geopandas as gpd
    >>> from shapely import Point
    >>> presets = '[{"bearing_deg": 0}, {"bearing_deg": 90, "dwell_share": 0.75}]'
    >>> one = gpd.GeoDataFrame({"kind": ["ptz"], "bearing_deg": [10.0],
    ...     "tilt_deg": [10.0], "hfov_deg": [58.0], "vfov_deg": [34.0],
    ...     "ptz_presets": [presets]}, geometry=[Point(0, 0)], crs="EPSG:32616")
    >>> ptz_views(one, "preset")[["bearing_deg", "probability"]].to_numpy().tolist()
    [[0.0, 0.25], [90.0, 0.75]]
    """
    if mode not in _MODES:
        message = f"mode is {mode!r}; allowed: 'now', 'reach', 'preset'"
        raise InputError(message)
    if mode == "now":
        return cameras.copy()
    needed = ("kind", *ANGLES)
    _check_columns(cameras, needed if mode == "reach" else (*needed, _COLUMN))
    if mode == "reach":
        return _reaching(cameras)
    return _by_preset(cameras)


def turns(cameras: gpd.GeoDataFrame) -> NDArray[np.bool_]:
    """
    Tell which cameras turn: those of which a mode of :func:`ptz_views` makes others.

    Parameters
    ----------
    cameras
        Column ``kind`` and, where there is one, ``ptz_presets``.

    Returns
    -------
    numpy.ndarray
        True for the kind ``ptz``, and for any camera with presets.

    Raises
    ------
    InputError
        The column ``kind`` is missing.

    Examples
    --------
    >>> import geopandas as gpd
    >>> turns(gpd.GeoDataFrame({"kind": ["ptz", "dome", "dome"],
    ...     "ptz_presets": [None, None, '[{"bearing_deg": 0}]']})).tolist()
    [True, False, True]
    """
    _check_columns(cameras, ("kind",))
    of_kind = (cameras["kind"] == "ptz").to_numpy(dtype=np.bool_, na_value=False)
    if _COLUMN not in cameras.columns:
        return np.asarray(of_kind)
    return np.asarray(of_kind | _has_presets(cameras))


def reach_over_views(
    cameras: gpd.GeoDataFrame,
    density_px_per_m: ArrayLike,
    *,
    target_height_m: float = 1.5,
    light: Light = "day",
) -> NDArray[np.float64]:
    """
    Give how far each camera sees sharply enough, whichever way it turns.

    Parameters
    ----------
    cameras
        As :func:`ptz_views` and :func:`coveragekit.optics.footprints` take them.
    density_px_per_m
        Pixels that a metre of the target must have, > 0; one for all cameras, or one
        for each.
    target_height_m
        Height of the target above the ground, metres, 0 or more.
    light
        ``day`` or ``night``.

    Returns
    -------
    numpy.ndarray
        Metres from the camera's foot, one for each camera: the farthest reach of its
        view as it stands, of its presets, and of a view all round.

    Raises
    ------
    InputError
        A column is missing, or a value cannot be.
    TableError
        Presets that cannot be read.

    Examples
    --------
    >>> import geopandas as gpd
    >>> from shapely import Point
    >>> zoomed = '[{"bearing_deg": 0, "hfov_deg": 29, "tilt_deg": 5}]'
    >>> two = gpd.GeoDataFrame({"kind": ["bullet", "ptz"], "bearing_deg": 10.0,
    ...     "tilt_deg": 10.0, "hfov_deg": 58.0, "vfov_deg": 34.0, "width_px": 1920,
    ...     "mount_height_m": 4.0, "range_m": None, "ptz_presets": [None, zoomed]},
    ...     geometry=[Point(0, 0)] * 2, crs="EPSG:32616")
    >>> reach_over_views(two, 62.5).round(1).tolist()
    [31.7, 61.4]
    """
    from coveragekit.optics import footprints

    densities = np.broadcast_to(np.asarray(density_px_per_m, float), len(cameras))

    def reach_m(
        views: gpd.GeoDataFrame, rows: NDArray[np.int64]
    ) -> NDArray[np.float64]:
        shown = footprints(
            views, densities[rows], target_height_m=target_height_m, light=light
        )
        return shown.reach_m

    farthest = np.array(reach_m(cameras, np.arange(len(cameras))))
    turning = np.flatnonzero(turns(cameras))
    for mode in ("preset", "reach") if turning.size else ():
        views = ptz_views(cameras.iloc[turning].assign(**{_ROW: turning}), mode)
        rows = views[_ROW].to_numpy()
        np.maximum.at(farthest, rows, reach_m(views, rows))
    return farthest


def _check_columns(cameras: gpd.GeoDataFrame, needed: tuple[str, ...]) -> None:
    missing = [name for name in needed if name not in cameras.columns]
    if missing:
        message = (
            f"cameras have no column {', '.join(missing)}; coveragekit.model.conform "
            "gives every column of the table"
        )
        raise InputError(message)


def _reaching(cameras: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    turning = turns(cameras)
    views = cameras.copy()
    views["bearing_deg"] = views["bearing_deg"].astype("float64").mask(turning)
    chance = camera_probability(views)
    views["probability"] = chance.mask(turning, 1.0)
    return views


def _has_presets(cameras: gpd.GeoDataFrame) -> NDArray[np.bool_]:
    text = cameras[_COLUMN]
    filled = text.notna() & (text.astype("str").str.strip() != "")
    return np.asarray(filled, dtype=np.bool_)


def _by_preset(cameras: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    import pandas as pd

    faults: list[Fault] = []
    rows: list[int] = []
    angles: list[dict[str, float]] = []
    shares: list[float] = []
    turning = _has_presets(cameras)
    for row, text in enumerate(cameras[_COLUMN]):
        if not turning[row]:
            rows.append(row)
            angles.append({})
            shares.append(np.nan)
            continue
        wrong, presets = read_presets(str(text))
        faults += [Fault(_key(cameras, row), _COLUMN, *what) for what in wrong]
        rows += [row] * len(presets)
        angles += [preset.angles for preset in presets]
        shares += dwell_shares([preset.share for preset in presets])
    if faults:
        raise TableError(_TABLE, faults)
    views = cameras.iloc[rows].reset_index(drop=True)
    given = pd.DataFrame(angles, index=views.index, columns=list(ANGLES), dtype=float)
    _zoom(views, given)
    for name in ANGLES:
        views[name] = given[name].fillna(views[name])
    share = pd.Series(shares, index=views.index)
    views["probability"] = share.fillna(camera_probability(views))
    return views


def _key(cameras: gpd.GeoDataFrame, row: int) -> str:
    if "camera_id" in cameras.columns:
        return str(cameras["camera_id"].iloc[row])
    return str(cameras.index[row])


def _zoom(views: gpd.GeoDataFrame, given: pd.DataFrame) -> None:
    """Narrow the height of zoomed views; their focal length is not the camera's."""
    zoomed = given["hfov_deg"].notna().to_numpy()
    scaled = narrowed_deg(
        views["hfov_deg"].to_numpy(dtype=np.float64, na_value=np.nan),
        given["hfov_deg"].to_numpy(dtype=np.float64),
        views["vfov_deg"].to_numpy(dtype=np.float64, na_value=np.nan),
    )
    given["vfov_deg"] = given["vfov_deg"].where(
        given["vfov_deg"].notna() | ~zoomed, scaled
    )
    if "focal_length_mm" in views.columns:
        views["focal_length_mm"] = views["focal_length_mm"].mask(zoomed)
