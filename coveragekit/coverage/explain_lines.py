"""Look along the lines from cameras to one place: which are free, what stands first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    from coveragekit.optics import Footprints
    from coveragekit.visibility import Obstacles, Profile, Surface

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
        from coveragekit.visibility import first_obstacle, sight_profile

        place = (self.point.x, self.point.y)
        # What stands on a line does not depend on how far the camera serves.
        unbound = self.near.assign(range_m=1.0)
        if self.surface is None:
            wall = first_obstacle(place, unbound, self.obstacles, mounting=self.hung)
            return wall["building_id"], wall["distance_m"]
        names: list[str | None] = []
        stops = []
        for row in range(len(self.near)):
            line = sight_profile(
                place,
                unbound.iloc[[row]],
                self.surface,
                target_height_m=self.target_height_m,
                mounting=self.hung.iloc[[row]],
            )
            stops.append(line.blocked_at_m)
            names.append(
                None if line.free else _owner(line, self.obstacles, self.surface.cell_m)
            )
        return (
            pd.Series(names, index=self.near.index, dtype="str"),
            pd.Series(stops, index=self.near.index, dtype="float64"),
        )


def _owner(line: Profile, obstacles: Obstacles, cell_m: float) -> str | None:
    """Give the building that blocks a line over a surface; ``None``: a hill does."""
    at = int(np.argmax(line.distance_m >= line.blocked_at_m))
    if not line.top_m[at] > line.ground_m[at]:
        return None
    # A cell is roof where a building covers its middle: the wall is up to a cell away.
    turns = np.arange(8) * (np.pi / 4.0)
    ring = cell_m * np.stack([np.cos(turns), np.sin(turns)], axis=1)
    for east, north in np.vstack([np.zeros((1, 2)), 0.6 * ring, ring]):
        name = building_at(
            shapely.Point(line.x[at] + east, line.y[at] + north), obstacles
        )
        if name is not None:
            return name
    return None


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
