"""Cameras and buildings made ready, to be asked about place after place."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from coveragekit.coverage.explain_facts import TOUCH_M, measure_view, pose_of
from coveragekit.coverage.explain_lines import Lines, building_at
from coveragekit.coverage.explain_question import Question
from coveragekit.coverage.explain_verdicts import (
    STATES,
    VERDICTS,
    rank_verdicts,
    states_of,
)
from coveragekit.coverage.explain_words import say
from coveragekit.coverage.raster import camera_probability
from coveragekit.crs import check_metric, check_same
from coveragekit.errors import InputError
from coveragekit.optics import band_of

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd
    import shapely
    from numpy.typing import NDArray

    from coveragekit.optics import Footprints
    from coveragekit.visibility import Obstacles, Surface

    Bools = NDArray[np.bool_]

__all__ = ["Explainer"]

_REACHES = 1.5
_NEAREST = 5
# Mounting may move a camera this far, so that it is looked for this much farther off.
_MOVED_M = 10.0


_COLUMNS = (
    "camera_id",
    "verdict",
    "distance_m",
    "beyond_m",
    "off_angle_deg",
    "blocked_by",
    "blocked_at_m",
    "pixel_density_px_per_m",
    "band",
    "dead_zone_m",
    "view_ends_m",
    "night_range_m",
    "mount_height_m",
    "target_height_m",
    "x",
    "y",
    "mount",
    "turn_deg",
    "would_see",
    "reason",
)


class Explainer:
    """
    Cameras and buildings made ready once, to be asked about place after place.

    Parameters
    ----------
    cameras
        The table ``cameras`` in the CRS of the obstacles; its index has no label twice.
    obstacles
        The buildings.
    footprints
        The views by day, as :func:`coveragekit.optics.footprints` gives them for these
        cameras; ``None``: plain sectors of ``hfov_deg`` and ``range_m``.
    mounting
        Where the cameras hang, as :func:`coveragekit.visibility.mount` gives it; worked
        out for the cameras near each place where ``None``.
    mount_depth_m
        As :func:`coveragekit.visibility.mount` takes it, where it is worked out.
    surface
        Ground and roofs, where walls and hills are to hide by their height; ``None``: a
        wall hides whatever its height.

    Raises
    ------
    CRSError
        The cameras have another CRS than the obstacles.
    InputError
        The index of the cameras has a label twice, or the footprints or the mounting
        are those of other cameras.

    Notes
    -----
    Costs of a question grow with the cameras near the place, not with the city's: only
    their places and reaches, two arrays, are looked through.
    """

    def __init__(
        self,
        cameras: gpd.GeoDataFrame,
        obstacles: Obstacles,
        *,
        footprints: Footprints | None = None,
        mounting: pd.DataFrame | None = None,
        mount_depth_m: float = 6.0,
        surface: Surface | None = None,
    ) -> None:
        import shapely

        check_metric(obstacles.crs, "obstacles")
        check_same(cameras.crs, obstacles.crs, "cameras and obstacles")
        if not cameras.index.is_unique:
            message = "the cameras' index has labels twice; use reset_index(drop=True)"
            raise InputError(message)
        if mounting is not None and not mounting.index.equals(cameras.index):
            message = (
                "mounting is of other cameras; pass what mount gave for these very ones"
            )
            raise InputError(message)
        reach = (
            cameras["range_m"].to_numpy(dtype=np.float64, na_value=np.nan)
            if footprints is None
            else footprints.reach_m
        )
        if len(reach) != len(cameras):
            message = (
                f"there are {len(reach)} footprints for {len(cameras)} cameras; pass "
                "what footprints gave for these very cameras"
            )
            raise InputError(message)
        self.cameras = cameras
        self.obstacles = obstacles
        self.footprints = footprints
        self.mounting = mounting
        self.mount_depth_m = mount_depth_m
        self.surface = surface
        self._xy = shapely.get_coordinates(cameras.geometry.to_numpy())
        self._looked_for_m = _REACHES * reach + _MOVED_M

    def ask(
        self, point: shapely.Point, question: Question | None = None
    ) -> pd.DataFrame:
        """
        Tell for one place which cameras near it see it, and why the others do not.

        Parameters
        ----------
        point
            The place, in the CRS of the obstacles.
        question
            What "sees" is to mean; ``None``: by day, every camera in service.

        Returns
        -------
        pandas.DataFrame
            As :func:`explain` gives it.

        Raises
        ------
        InputError
            The point is empty or not finite, or a camera cannot be used.
        """
        import pandas as pd

        if point.is_empty or not np.isfinite([point.x, point.y]).all():
            message = f"the place is {point}; allowed: a Point with finite coordinates"
            raise InputError(message)
        asked = Question() if question is None else question
        at = self._near(point)
        rows = self._measure(point, at, asked)
        home = building_at(point, self.obstacles)
        states = states_of(self.cameras.iloc[at], asked)
        rank = rank_verdicts(rows, states)
        rows["verdict"] = pd.array(VERDICTS, dtype="str").take(rank)
        named = [band_of(d, asked.edition) for d in rows["pixel_density_px_per_m"]]
        rows["band"] = pd.Series(named, index=rows.index, dtype="str")
        reasons = [
            say(
                row,
                [words for name, words in STATES.items() if states[name][i]],
                home=home,
                asked=asked.density_px_per_m,
            )
            for i, row in enumerate(rows.to_dict("records"))
        ]
        rows["reason"] = pd.array(reasons, dtype="str")
        last = np.where(rank <= 1, rank, len(VERDICTS))
        order = np.lexsort((rows["camera_id"].astype(str), rows["distance_m"], last))
        rows = rows.iloc[order][list(_COLUMNS)]
        rows.attrs = {"building_id": home}
        return rows

    def _near(self, point: shapely.Point) -> NDArray[np.intp]:
        """Give the cameras in reach, and the five nearest, in their order."""
        away = np.hypot(self._xy[:, 0] - point.x, self._xy[:, 1] - point.y)
        near = away <= self._looked_for_m
        few = min(_NEAREST, len(away))
        if few:
            # Those as far as the fifth are all ties; the first rows of them count.
            fifth = np.partition(away, few - 1)[few - 1]
            closest = np.flatnonzero(away <= fifth)
            near[closest[np.argsort(away[closest], kind="stable")][:few]] = True
        return np.flatnonzero(near)

    def _measure(
        self, point: shapely.Point, at: NDArray[np.intp], asked: Question
    ) -> pd.DataFrame:
        import pandas as pd

        from coveragekit.visibility import mount

        near, obstacles = self.cameras.iloc[at], self.obstacles
        if self.mounting is None:
            hung = mount(near, obstacles, mount_depth_m=self.mount_depth_m)
        else:
            hung = self.mounting.iloc[at]
        views = None if self.footprints is None else self.footprints.take(at)
        pose = pose_of((point.x, point.y), near, hung)
        lines = Lines(point, near, hung, obstacles, self.surface, asked.target_height_m)
        names, stops = lines.walls()
        zones = (obstacles if self.surface is None else self.surface).zones
        seen, reach = lines.seen(views), _night_range_m(near, asked)
        dark = pose.distance_m - reach
        dark = np.where(dark <= TOUCH_M, 0.0, dark)
        columns = {
            "camera_id": near["camera_id"].array,
            **measure_view(near, pose, views, target_height_m=asked.target_height_m),
            "is_known": pose.is_known,
            "turn_deg": pose.turn_deg,
            **{name: hung[name].array for name in ("x", "y", "mount")},
            "mount_building": hung.get("mount_building"),
            "is_inside": (hung["mount"] == "inside").to_numpy(dtype=np.bool_),
            "seen": seen,
            "in_zone": zones.hide(np.array([[point.x, point.y]]))[0],
            "would_see": seen & (dark == 0.0),
            "blocked_by": names.array,
            "blocked_at_m": stops.array,
            "is_blocked": np.isfinite(stops.to_numpy()),
            "chance": camera_probability(near).to_numpy(),
            "night_range_m": reach,
            "dark_m": dark,
            "mount_height_m": near["mount_height_m"].array,
            "target_height_m": asked.target_height_m,
        }
        # At once: column by column a table costs more than all that is measured.
        return pd.DataFrame(columns, index=near.index)


def _night_range_m(near: gpd.GeoDataFrame, asked: Question) -> NDArray[np.float64]:
    """Give how far each camera sees by the light asked about; infinite by day."""
    if asked.light == "day":
        return np.full(len(near), np.inf)
    from coveragekit.optics import night_range_m

    return np.asarray(night_range_m(near), dtype=np.float64)
