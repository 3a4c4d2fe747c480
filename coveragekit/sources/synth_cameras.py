"""Make up where cameras aim, their build, tier and state, where a source is silent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from coveragekit.crs import check_same, grid_convergence_deg, local_crs
from coveragekit.errors import InputError
from coveragekit.model import conform, split_assumed
from coveragekit.sources.synth_draws import as_rng, draw_keys, made_up

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray
    from pyproj import CRS

__all__ = ["simulate_camera_aims"]


def simulate_camera_aims(
    cameras: gpd.GeoDataFrame,
    buildings: gpd.GeoDataFrame,
    streets: gpd.GeoDataFrame,
    *,
    rng: int | np.random.Generator,
    unknown_share: float = 0.0,
) -> gpd.GeoDataFrame:
    """
    Give cameras with made-up bearings, kinds, tiers and states where they have none.

    Parameters
    ----------
    cameras, buildings, streets
        The tables of these names, EPSG:4326; the latter two may be empty.
    rng
        Seed or generator; the same seed gives the same cameras.
    unknown_share
        Share of the missing bearings left missing, 0 to 1, as in every real list.

    Returns
    -------
    geopandas.GeoDataFrame
        The table ``cameras``; whatever was filled in is listed in each row's
        ``assumed``. What a source said (a bearing, a kind other than unknown, a tier
        that is not marked assumed, a state other than unknown) stays.

    Raises
    ------
    InputError
        A share out of range.
    CRSError
        Tables in different CRS.

    Notes
    -----
    A camera within 3 m of a wall, or inside the building, looks out along that wall's
    outward direction, any other towards the nearest street, both with a normal spread
    of 22 degrees.

    Examples
    --------
    >>> import geopandas as gpd
    >>> from shapely import Point
    >>> from coveragekit import model
    >>> one = model.conform("cameras", gpd.GeoDataFrame(
    ...     {"camera_id": ["a"]}, geometry=[Point(24.94, 60.17)], crs=4326))
    >>> aimed = simulate_camera_aims(
    ...     one, model.empty("buildings"), model.empty("streets"), rng=0)
    >>> "bearing_deg" in aimed["assumed"][0]
    True
    """
    if not 0.0 <= unknown_share <= 1.0:
        message = f"unknown_share is {unknown_share}; allowed: 0 to 1"
        raise InputError(message)
    check_same(cameras.crs, buildings.crs, "cameras and buildings")
    check_same(cameras.crs, streets.crs, "cameras and streets")
    if len(cameras) == 0:
        return conform("cameras", cameras)
    generator = as_rng(rng)
    aimed = cameras.copy()
    notes = [split_assumed(cell) for cell in cameras["assumed"]]
    _fill_bearing(aimed, notes, _aims_deg(cameras, buildings, streets, rng=generator))
    _leave_unknown(aimed, notes, share=unknown_share, rng=generator)
    _fill_words(aimed, notes, generator)
    aimed["assumed"] = notes
    return conform("cameras", aimed)


def _fill_bearing(
    aimed: gpd.GeoDataFrame, notes: list[list[str]], aims_deg: NDArray[np.float64]
) -> None:
    silent = aimed["bearing_deg"].isna().to_numpy()
    aimed["bearing_deg"] = np.where(silent, aims_deg, aimed["bearing_deg"])
    _note(notes, "bearing_deg", silent)


def _leave_unknown(
    aimed: gpd.GeoDataFrame,
    notes: list[list[str]],
    *,
    share: float,
    rng: np.random.Generator,
) -> None:
    made = np.array(["bearing_deg" in note for note in notes], dtype=bool)
    left = made & (rng.random(len(aimed)) < share)
    aimed["bearing_deg"] = aimed["bearing_deg"].mask(left)
    for row in np.flatnonzero(left):
        notes[row].remove("bearing_deg")


def _fill_words(
    aimed: gpd.GeoDataFrame, notes: list[list[str]], rng: np.random.Generator
) -> None:
    rules = made_up()["cameras"]
    assumed_access = np.array(["access" in note for note in notes], dtype=bool)
    silent = {
        "kind": (aimed["kind"].isna() | (aimed["kind"] == "unknown")).to_numpy(),
        "access": aimed["access"].isna().to_numpy() | assumed_access,
        "status": (aimed["status"].isna() | (aimed["status"] == "unknown")).to_numpy(),
    }
    weights = {"kind": "kinds", "access": "tiers", "status": "statuses"}
    for column, rows in silent.items():
        drawn = draw_keys(rules[weights[column]], len(aimed), rng)
        aimed[column] = np.where(rows, drawn, aimed[column].to_numpy(dtype=object))
        _note(notes, column, rows)


def _note(notes: list[list[str]], column: str, rows: NDArray[np.bool_]) -> None:
    for row in np.flatnonzero(rows):
        if column not in notes[row]:
            notes[row].append(column)


def _aims_deg(
    cameras: gpd.GeoDataFrame,
    buildings: gpd.GeoDataFrame,
    streets: gpd.GeoDataFrame,
    *,
    rng: np.random.Generator,
) -> NDArray[np.float64]:
    """Give an aim for every camera, clockwise from true north."""
    west, south, east, north = cameras.total_bounds
    metric: CRS = local_crs(lon=(west + east) / 2.0, lat=(south + north) / 2.0)
    here = cameras.to_crs(metric).geometry
    points = np.asarray(here.array)
    grid_deg = rng.uniform(0.0, 360.0, size=len(points))
    grid_deg = _towards_streets(points, streets.to_crs(metric), grid_deg)
    grid_deg = _away_from_walls(points, buildings.to_crs(metric), grid_deg)
    spread_deg = made_up()["cameras"]["aim_spread_deg"]
    grid_deg = grid_deg + rng.normal(0.0, spread_deg, size=len(points))
    true_deg = grid_deg + grid_convergence_deg(here.x, here.y, metric)
    # One decimal is more than an aim can mean, and rounding may reach 360 itself.
    return np.mod(np.round(np.mod(true_deg, 360.0), 1), 360.0)


def _towards_streets(
    points: NDArray[np.object_],
    streets: gpd.GeoDataFrame,
    otherwise_deg: NDArray[np.float64],
) -> NDArray[np.float64]:
    import shapely

    lines = np.asarray(streets.geometry.array)
    which, nearest = shapely.STRtree(lines).query_nearest(points, all_matches=False)
    along = shapely.line_locate_point(lines[nearest], points[which])
    targets = shapely.line_interpolate_point(lines[nearest], along)
    step = shapely.get_coordinates(targets) - shapely.get_coordinates(points[which])
    far = np.hypot(step[:, 0], step[:, 1]) > 0.1
    aims = otherwise_deg.copy()
    aims[which[far]] = _bearing_deg(step[far])
    return aims


def _away_from_walls(
    points: NDArray[np.object_],
    buildings: gpd.GeoDataFrame,
    otherwise_deg: NDArray[np.float64],
) -> NDArray[np.float64]:
    import shapely

    shapes = np.asarray(buildings.geometry.array)
    reach_m = made_up()["cameras"]["on_wall_m"]
    which, nearest = shapely.STRtree(shapes).query_nearest(
        points, max_distance=reach_m, all_matches=False
    )
    aims = otherwise_deg.copy()
    for camera, building in zip(which, nearest, strict=True):
        outward = _outward(points[camera], shapes[building])
        aims[camera] = _bearing_deg(outward[np.newaxis])[0]
    return aims


def _outward(point: Any, building: Any) -> NDArray[np.float64]:  # noqa: ANN401 - shapely
    """Give the direction out of the wall that is nearest to a point."""
    import shapely

    # Oriented so that the building lies to the left of every wall, holes included.
    rings = shapely.orient_polygons(building, exterior_cw=False)
    corners = [shapely.get_coordinates(r) for r in (rings.exterior, *rings.interiors)]
    walls = [np.column_stack((ring[:-1], ring[1:])) for ring in corners]
    ends = np.concatenate(walls)
    lines = shapely.linestrings(ends.reshape(-1, 2, 2))
    wall = ends[int(np.argmin(shapely.distance(lines, point)))]
    along = wall[2:] - wall[:2]
    return np.array([along[1], -along[0]])


def _bearing_deg(step: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.mod(np.degrees(np.arctan2(step[:, 0], step[:, 1])), 360.0)
