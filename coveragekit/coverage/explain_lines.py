"""Look along the lines from cameras to one place: which are free, what stands first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd
    import shapely
    from numpy.typing import NDArray

    from coveragekit.optics import Footprints
    from coveragekit.visibility import Obstacles, Surface

__all__ = ["Lines", "building_at"]


@dataclass(frozen=True, slots=True)
class Lines:
    """
    The lines from some cameras to one place.

    Parameters
    ----------
    point
        The place.
    near
        The cameras.
    hung
        Where they hang.
    obstacles
        The buildings.
    surface
        Ground and roofs, or ``None`` where walls hide whatever their height.
    target_height_m
        What is looked at, metres above the ground.
    """

    point: shapely.Point
    near: gpd.GeoDataFrame
    hung: pd.DataFrame
    obstacles: Obstacles
    surface: Surface | None
    target_height_m: float

    def seen(self, views: Footprints | None) -> NDArray[np.bool_]:
        """Tell which of the cameras see the place."""
        import geopandas as gpd

        from coveragekit.visibility import who_sees, who_sees_relief

        there = gpd.GeoSeries([self.point], crs=self.obstacles.crs)
        if self.surface is None:
            found = who_sees(
                there, self.near, self.obstacles, footprints=views, mounting=self.hung
            )
        else:
            found = who_sees_relief(
                there,
                self.near,
                self.surface,
                target_height_m=self.target_height_m,
                footprints=views,
                mounting=self.hung,
            )
        return np.asarray(found.toarray()[0], dtype=np.bool_)

    def walls(self) -> tuple[pd.Series[str], pd.Series[float]]:
        """Give what stands first on each line, and where; no name is the ground."""
        import pandas as pd

        from coveragekit.visibility import first_obstacle, first_rises

        place = (self.point.x, self.point.y)
        if self.surface is None:
            # What stands on a line does not depend on how far the camera serves.
            unbound = self.near.assign(range_m=1.0)
            wall = first_obstacle(place, unbound, self.obstacles, mounting=self.hung)
            return wall["building_id"], wall["distance_m"]
        rises = first_rises(
            place,
            self.near,
            self.surface,
            target_height_m=self.target_height_m,
            mounting=self.hung,
        )
        reach_m = 1.5 * self.surface.cell_m
        names = [
            _owner((x, y), self.obstacles, reach_m) if is_roof else None
            for x, y, is_roof in rises[["x", "y", "is_roof"]].itertuples(index=False)
        ]
        return pd.Series(names, index=self.near.index, dtype="str"), rises[
            "blocked_at_m"
        ]


def _owner(
    spot: tuple[float, float], obstacles: Obstacles, reach_m: float
) -> str | None:
    """
    Give the building whose roof rises at a place; ``None`` where none is near it.

    A cell is roof where a building covers its middle, so that the wall may be some way
    off. Where one building alone has walls near, it is that one.
    """
    import shapely

    near = _walls_near(spot, obstacles, reach_m)
    owners = np.unique(obstacles.owner[near])
    if len(owners) == 1:
        return str(obstacles.building_ids[owners[0]])
    over = building_at(shapely.Point(spot), obstacles)
    if over is not None or len(owners) == 0:
        return over
    first = owners[np.argmin(obstacles.rank[owners])]
    return str(obstacles.building_ids[first])


def _walls_near(
    spot: tuple[float, float], obstacles: Obstacles, reach_m: float
) -> NDArray[np.intp]:
    """Give the walls that come within a distance of a place, by the grid."""
    x0, y0, cell = obstacles.frame
    ny, nx = obstacles.shape
    columns = ((spot[0] + np.array([-reach_m, reach_m]) - x0) // cell).astype(int)
    rows = ((spot[1] + np.array([-reach_m, reach_m]) - y0) // cell).astype(int)
    found = [
        obstacles.idx[obstacles.ptr[j * nx + i] : obstacles.ptr[j * nx + i + 1]]
        for j in range(max(rows[0], 0), min(rows[1], ny - 1) + 1)
        for i in range(max(columns[0], 0), min(columns[1], nx - 1) + 1)
    ]
    walls = np.unique(np.concatenate(found)) if found else np.empty(0, np.int64)
    ends = obstacles.walls[walls]
    start, step = ends[:, :2], ends[:, 2:] - ends[:, :2]
    along = ((spot - start) * step).sum(axis=1) / (step**2).sum(axis=1)
    gap = start + np.clip(along, 0.0, 1.0)[:, None] * step - spot
    near: NDArray[np.intp] = walls[np.hypot(gap[:, 0], gap[:, 1]) <= reach_m]
    return near


def building_at(point: shapely.Point, obstacles: Obstacles) -> str | None:
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
