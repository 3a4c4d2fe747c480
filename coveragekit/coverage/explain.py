"""Tell which cameras see a place, and why the others do not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely

from coveragekit.coverage.raster import camera_probability
from coveragekit.crs import check_metric, check_same
from coveragekit.errors import InputError
from coveragekit.optics import seen_density_px_per_m

if TYPE_CHECKING:
    from collections.abc import Hashable

    import geopandas as gpd
    from numpy.typing import NDArray

    from coveragekit.visibility import Obstacles

__all__ = ["VERDICTS", "explain"]

# In the order in which they are looked for; the first that holds is the verdict.
VERDICTS = (
    "sees",
    "sees with probability",
    "inside a building",
    "out of range",
    "outside the angle",
    "blocked",
)
_REACHES = 1.5
_NEAREST = 5
# Mounting may move a camera this far, so that it is looked for this much farther off.
_MOVED_M = 10.0
_TOUCH_M = 1e-6


def explain(
    point: shapely.Point,
    cameras: gpd.GeoDataFrame,
    obstacles: Obstacles,
    *,
    density_px_per_m: float | None = None,
    mounting: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """
    Tell for one place which cameras near it see it, and why the others do not.

    Parameters
    ----------
    point
        The place, in the CRS of the obstacles.
    cameras
        The table ``cameras`` in that CRS, with the range to use in ``range_m``.
    obstacles
        The buildings.
    density_px_per_m
        What the purpose asks for, to be named beside what there is; ``None``: not
        named.
    mounting
        Where the cameras hang, as :func:`coveragekit.visibility.mount` gives it; worked
        out where ``None``.

    Returns
    -------
    pandas.DataFrame
        On the index of ``cameras``, one row for each within 1.5 times its range, and
        for the five nearest: ``camera_id``; ``verdict``, one of ``sees``, ``sees with
        probability`` (bearing unknown), ``inside a building`` (the camera is), ``out of
        range``, ``outside the angle``, ``blocked``; ``distance_m``; ``beyond_m`` (past
        its range) and ``off_angle_deg`` (past its field of view), 0 where within;
        ``blocked_by`` (building id) and ``blocked_at_m`` from the camera, missing where
        the line is free; ``pixel_density_px_per_m`` at that distance; ``reason``, a
        sentence. Those that see come first, then by distance. Where the place lies in a
        building, ``attrs["building_id"]`` names it, else that is ``None``.

    Raises
    ------
    CRSError
        The cameras have another CRS than the obstacles.
    InputError
        The point is empty or not finite, or a camera cannot be used.

    Examples
    --------
    >>> import geopandas as gpd
    >>> from shapely import Point, box
    >>> from coveragekit import model
    >>> from coveragekit.visibility import Obstacles
    >>> house = gpd.GeoDataFrame({"building_id": ["way/7"]},
    ...     geometry=[box(500010, -5, 500020, 5)], crs="EPSG:32616")
    >>> camera = gpd.GeoDataFrame({"camera_id": ["a"], "kind": ["bullet"],
    ...     "bearing_deg": [90.0], "hfov_deg": [90.0], "width_px": [1920],
    ...     "range_m": [50.0], "mount_height_m": [4.0]},
    ...     geometry=[Point(500000, 0)], crs="EPSG:32616")
    >>> why = explain(Point(500030, 0), camera, Obstacles.from_buildings(house))
    >>> why["reason"][0]
    'blocked by building way/7 at 10 m'
    """
    import geopandas as gpd

    from coveragekit.visibility import first_obstacle, mount, who_sees

    check_metric(obstacles.crs, "obstacles")
    check_same(cameras.crs, obstacles.crs, "cameras and obstacles")
    if point.is_empty or not np.isfinite([point.x, point.y]).all():
        message = f"the place is {point}; allowed: a Point with finite coordinates"
        raise InputError(message)
    if not cameras.index.is_unique:
        message = "the cameras' index has labels twice; use reset_index(drop=True)"
        raise InputError(message)
    near = cameras[_is_near(point, cameras)]
    hung = mount(near, obstacles) if mounting is None else mounting.loc[near.index]
    there = gpd.GeoSeries([point], crs=obstacles.crs)
    seen = who_sees(there, near, obstacles, mounting=hung).toarray()[0]
    wall = first_obstacle((point.x, point.y), near, obstacles, mounting=hung)
    home = _building_at(point, obstacles)
    rows = _measure(point, near, hung)
    rows["blocked_by"] = wall["building_id"]
    rows["blocked_at_m"] = wall["distance_m"]
    rows["pixel_density_px_per_m"] = seen_density_px_per_m(near, rows["distance_m"])
    chance = camera_probability(near)
    inside = (hung["mount"] == "inside").to_numpy(dtype=np.bool_)
    faults = {
        "sees": seen & (chance == 1.0).to_numpy(),
        "sees with probability": seen,
        "inside a building": inside,
        "out of range": (rows["beyond_m"] > 0.0).to_numpy(),
        "outside the angle": (rows["off_angle_deg"] > 0.0).to_numpy(),
        "blocked": np.ones(len(rows), dtype=np.bool_),
    }
    rank = np.argmax(np.stack([faults[name] for name in VERDICTS]), axis=0)
    verdict = pd.array(VERDICTS, dtype="str").take(rank)
    rows.insert(1, "verdict", pd.Series(verdict, index=rows.index))
    reasons = [
        _reason(row, float(p), home=home, asked=density_px_per_m)
        for row, p in zip(rows.to_dict("records"), chance, strict=True)
    ]
    rows["reason"] = pd.array(reasons, dtype="str")
    last = np.where(seen, rank, len(VERDICTS))
    order = np.lexsort((rows["camera_id"].astype(str), rows["distance_m"], last))
    rows = rows.iloc[order]
    rows.attrs = {"building_id": home}
    return rows


def _is_near(point: shapely.Point, cameras: gpd.GeoDataFrame) -> NDArray[np.bool_]:
    away = shapely.distance(cameras.geometry.to_numpy(), point)
    reach = cameras["range_m"].to_numpy(dtype=np.float64)
    near = away <= _REACHES * reach + _MOVED_M
    near[np.argsort(away, kind="stable")[:_NEAREST]] = True
    return np.asarray(near, dtype=np.bool_)


def _building_at(point: shapely.Point, obstacles: Obstacles) -> str | None:
    """Give the building over a place, by how often its outline winds round it."""
    walls = obstacles.walls
    begins, ends = walls[:, 1] <= point.y, walls[:, 3] <= point.y
    level = np.flatnonzero(begins != ends)
    ax, ay, bx, by = walls[level].T
    crossing_x = ax + (point.y - ay) / (by - ay) * (bx - ax)
    left = crossing_x < point.x
    turns = np.where(ends[level[left]], -1.0, 1.0)
    owner = obstacles.owner[level[left]]
    winding = np.bincount(owner, weights=turns, minlength=len(obstacles.rank))
    over = np.flatnonzero(winding != 0.0)
    if len(over) == 0:
        return None
    first = over[np.argmin(obstacles.rank[over])]
    return str(obstacles.building_ids[first])


def _measure(
    point: shapely.Point, cameras: gpd.GeoDataFrame, hung: pd.DataFrame
) -> pd.DataFrame:
    """Give distance, and what is past range and field of view."""
    from coveragekit.visibility.cameras import grid_bearings

    x, y = hung["x"].to_numpy(), hung["y"].to_numpy()
    east, north = point.x - x, point.y - y
    distance = np.hypot(east, north)
    beyond = distance - cameras["range_m"].to_numpy(dtype=np.float64)
    xy = shapely.get_coordinates(cameras.geometry.to_numpy())
    bearing = grid_bearings(cameras, xy, north="true")
    towards = np.degrees(np.arctan2(east, north))
    turn = np.abs((towards - bearing + 180.0) % 360.0 - 180.0)
    off = turn - cameras["hfov_deg"].to_numpy(dtype=np.float64) / 2.0
    # Within a micrometre of the edge is within the view, as for lines of sight.
    slack = np.degrees(_TOUCH_M / np.maximum(distance, _TOUCH_M))
    off = np.where(np.isnan(bearing) | (off <= slack), 0.0, off)
    return pd.DataFrame(
        {
            "camera_id": cameras["camera_id"],
            "distance_m": distance,
            "beyond_m": np.where(beyond <= _TOUCH_M, 0.0, beyond),
            "off_angle_deg": off,
        },
        index=cameras.index,
    )


def _reason(
    row: dict[Hashable, Any], chance: float, *, home: str | None, asked: float | None
) -> str:
    """Say in one sentence why a camera sees the place, or all that keeps it from it."""
    density = _density(row["pixel_density_px_per_m"], asked)
    if row["verdict"] == "sees":
        return f"sees it at {_number(row['distance_m'])} m{density}"
    if row["verdict"] == "sees with probability":
        return (
            f"sees it at {_number(row['distance_m'])} m if it looks this way: its "
            f"bearing is unknown, {chance:.0%} of all directions{density}"
        )
    if row["verdict"] == "inside a building":
        return "stands inside a building and sees its own room only"
    return "; also ".join(_faults(row, density, home))


def _faults(row: dict[Hashable, Any], density: str, home: str | None) -> list[str]:
    faults = []
    if row["beyond_m"] > 0.0:
        faults.append(f"out of range by {_number(row['beyond_m'])} m{density}")
    if row["off_angle_deg"] > 0.0:
        faults.append(f"outside the angle by {_number(row['off_angle_deg'])} degrees")
    if not pd.isna(row["blocked_by"]):
        own = " (the place is inside it)" if row["blocked_by"] == home else ""
        at = _number(row["blocked_at_m"])
        faults.append(f"blocked by building {row['blocked_by']}{own} at {at} m")
    return faults or ["blocked: the place is on a wall that faces away, or in a room"]


def _density(density: float, asked: float | None) -> str:
    """Give the pixels there in brackets; nothing where they are not known."""
    if not np.isfinite(density):
        return ""
    wanted = "" if asked is None else f", {asked:g} asked for"
    return f" ({density:.0f} px/m there{wanted})"


def _number(number: float) -> str:
    """Give a number in whole units, or with a decimal where it is less than one."""
    return f"{number:.0f}" if number >= 1.0 else f"{number:.1f}"
