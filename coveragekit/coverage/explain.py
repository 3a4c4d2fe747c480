"""Tell which cameras see a place, and why the others do not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np
import pandas as pd
import shapely

from coveragekit.coverage.explain_facts import TOUCH_M, measure_view, pose_of
from coveragekit.coverage.explain_words import name_band, say
from coveragekit.coverage.raster import camera_probability
from coveragekit.crs import check_metric, check_same
from coveragekit.errors import InputError
from coveragekit.optics import bands

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    import geopandas as gpd
    from numpy.typing import NDArray

    from coveragekit.optics import Footprints
    from coveragekit.visibility import Obstacles

    Bools = NDArray[np.bool_]

__all__ = ["VERDICTS", "Explainer", "Question", "explain"]

# In the order in which they are looked for; the first that holds is the verdict: where
# it is and looks, then light, then its state. So one of the last five means "would see
# it but for this".
VERDICTS: Final = (
    "sees",
    "sees with probability",
    "inside a building",
    "out of range",
    "outside the angle",
    "dead zone",
    "above the picture",
    "blocked",
    "too dark",
    "not in service",
    "offline",
    "not recording",
    "not consented",
)
LIGHTS: Final = ("day", "night")
_STATES: Final = {
    "not in service": "not in service at that time",
    "offline": "offline",
    "not recording": "does not record at that hour",
    "not consented": "planned, counted in no share",
}
_REACHES = 1.5
_NEAREST = 5
# Mounting may move a camera this far, so that it is looked for this much farther off.
_MOVED_M = 10.0


@dataclass(frozen=True, slots=True)
class Question:
    """
    What "sees" is to mean when one place is asked about.

    Parameters
    ----------
    density_px_per_m
        What the purpose asks for, to be named beside what there is; ``None``: not
        named.
    edition
        Edition of IEC 62676-4 whose bands are named.
    light
        ``"day"`` or ``"night"``.
    target_height_m
        What is looked at, metres above the ground.
    as_of
        The time whose cameras are in service; ``None``: all are taken to be.
    records
        Tells of some rows of the cameras which of them record then; ``None``: all do.
    """

    density_px_per_m: float | None = None
    edition: str = "2014"
    light: Literal["day", "night"] = "day"
    target_height_m: float = 1.5
    as_of: datetime | None = None
    records: Callable[[gpd.GeoDataFrame], Bools] | None = None

    def __post_init__(self) -> None:
        if self.light not in LIGHTS:
            message = f"light is {self.light!r}; allowed: {' or '.join(LIGHTS)}"
            raise InputError(message)
        if not (np.isfinite(self.target_height_m) and self.target_height_m >= 0.0):
            message = (
                f"target_height_m is {self.target_height_m}; allowed: metres, 0 or more"
            )
            raise InputError(message)
        if self.as_of is not None and self.as_of.tzinfo is None:
            message = f"as_of is {self.as_of}; allowed: a time with its zone"
            raise InputError(message)


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
    ) -> None:
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
        if point.is_empty or not np.isfinite([point.x, point.y]).all():
            message = f"the place is {point}; allowed: a Point with finite coordinates"
            raise InputError(message)
        asked = Question() if question is None else question
        at = self._near(point)
        rows = self._measure(point, at, asked)
        home = _building_at(point, self.obstacles)
        faults = _faults(rows)
        states = _states(self.cameras.iloc[at], asked)
        would_see = rows["would_see"].to_numpy()
        rank = _rank(rows, faults | states, would_see)
        rows["verdict"] = pd.array(VERDICTS, dtype="str").take(rank)
        bands_now = bands(asked.edition)
        named = [name_band(d, bands_now) for d in rows["pixel_density_px_per_m"]]
        rows["band"] = pd.Series(named, index=rows.index, dtype="str")
        reasons = [
            say(
                row,
                [words for name, words in _STATES.items() if states[name][i]],
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
        import geopandas as gpd

        from coveragekit.visibility import first_obstacle, mount, who_sees

        near, obstacles = self.cameras.iloc[at], self.obstacles
        if self.mounting is None:
            hung = mount(near, obstacles, mount_depth_m=self.mount_depth_m)
        else:
            hung = self.mounting.iloc[at]
        views = None if self.footprints is None else self.footprints.take(at)
        pose = pose_of((point.x, point.y), near, hung)
        rows = measure_view(near, pose, views, target_height_m=asked.target_height_m)
        rows["is_known"] = pose.is_known
        rows["turn_deg"] = pose.turn_deg
        rows["x"], rows["y"] = hung["x"], hung["y"]
        there = gpd.GeoSeries([point], crs=obstacles.crs)
        seen = who_sees(there, near, obstacles, footprints=views, mounting=hung)
        wall = first_obstacle((point.x, point.y), near, obstacles, mounting=hung)
        rows["seen"] = seen.toarray()[0]
        rows["blocked_by"] = wall["building_id"]
        rows["blocked_at_m"] = wall["distance_m"]
        rows["is_inside"] = (hung["mount"] == "inside").to_numpy(dtype=np.bool_)
        rows["chance"] = _chance(near)
        rows["night_range_m"] = _night_range_m(near, asked)
        dark = rows["distance_m"] - rows["night_range_m"]
        rows["dark_m"] = np.where(dark <= TOUCH_M, 0.0, dark)
        rows["would_see"] = rows["seen"] & (rows["dark_m"] == 0.0)
        rows["camera_id"] = near["camera_id"]
        rows["mount_height_m"] = near["mount_height_m"]
        rows["target_height_m"] = asked.target_height_m
        return rows


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
    "turn_deg",
    "would_see",
    "reason",
)


def explain(  # noqa: PLR0913 - each says one thing that "sees" may depend on
    point: shapely.Point,
    cameras: gpd.GeoDataFrame,
    obstacles: Obstacles,
    *,
    footprints: Footprints | None = None,
    density_px_per_m: float | None = None,
    edition: str = "2014",
    mounting: pd.DataFrame | None = None,
    light: Literal["day", "night"] = "day",
    as_of: datetime | None = None,
    target_height_m: float = 1.5,
) -> pd.DataFrame:
    """
    Tell for one place which cameras near it see it, and why the others do not.

    Parameters
    ----------
    point
        The place, in the CRS of the obstacles.
    cameras
        The table ``cameras`` in that CRS; without footprints ``range_m`` is the range
        to use.
    obstacles
        The buildings.
    footprints
        The views by day, as :func:`coveragekit.optics.footprints` gives them for these
        cameras; ``None``: plain sectors of ``hfov_deg`` and ``range_m``.
    density_px_per_m
        What the purpose asks for, to be named beside what there is; ``None``: not
        named.
    edition
        Edition of IEC 62676-4 whose bands are named.
    mounting
        Where the cameras hang, as :func:`coveragekit.visibility.mount` gives it; worked
        out where ``None``.
    light
        ``"day"``, or ``"night"``: then a camera sees as far as its infrared reaches.
    as_of
        The time whose cameras are in service; ``None``: all are taken to be.
    target_height_m
        What is looked at, metres above the ground.

    Returns
    -------
    pandas.DataFrame
        On the index of ``cameras``, one row for each within 1.5 times its range, and
        for the five nearest: ``camera_id``; ``verdict``, the first of these that holds:
        ``sees``, ``sees with probability`` (bearing unknown, or one preset of several),
        ``inside a building`` (the camera is), ``out of range``, ``outside the angle``,
        ``dead zone`` (under the picture), ``above the picture``, ``blocked``, ``too
        dark``, ``not in service``, ``offline``, ``not recording``, ``not consented``
        (planned); ``distance_m``; ``beyond_m`` (past its range) and ``off_angle_deg``
        (past its field of view), 0 where within; ``blocked_by`` (building id) and
        ``blocked_at_m`` from the camera, missing where the line is free;
        ``pixel_density_px_per_m`` on the place and the finest ``band`` it serves;
        ``dead_zone_m`` and ``view_ends_m``, where the lower and the upper edge of the
        picture come down to the target; ``night_range_m``, infinite by day;
        ``mount_height_m`` and ``target_height_m``; ``x`` and ``y``, where it hangs, and
        ``turn_deg`` to the place from the middle of its view, clockwise, 0 where its
        bearing is not known; ``would_see``, whether it would see
        the place whatever its state; ``reason``, a sentence with all that keeps it from
        the place. Those that see come first, then by distance. Where the place lies in
        a building, ``attrs["building_id"]`` names it, else that is ``None``.

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
    asked = Question(
        density_px_per_m=density_px_per_m,
        edition=edition,
        light=light,
        target_height_m=target_height_m,
        as_of=as_of,
    )
    ready = Explainer(cameras, obstacles, footprints=footprints, mounting=mounting)
    return ready.ask(point, asked)


def _faults(rows: pd.DataFrame) -> dict[str, Bools]:
    """Give for each verdict of place and light which cameras it holds for."""
    is_ahead = (rows["off_angle_deg"] == 0.0).to_numpy()
    found = {
        "inside a building": rows["is_inside"],
        "out of range": rows["beyond_m"] > 0.0,
        "outside the angle": rows["off_angle_deg"] > 0.0,
        "dead zone": rows["is_below"] & is_ahead,
        "above the picture": (rows["above_m"] > 0.0) & is_ahead,
        "blocked": ~rows["seen"],
        "too dark": rows["dark_m"] > 0.0,
    }
    return {name: held.to_numpy(dtype=np.bool_) for name, held in found.items()}


def _rank(
    rows: pd.DataFrame, held: dict[str, Bools], would_see: Bools
) -> NDArray[np.intp]:
    """Give the number in VERDICTS of each camera's verdict."""
    counts = would_see & ~np.any([held[name] for name in _STATES], axis=0)
    certain = (rows["chance"] == 1.0).to_numpy()
    # Where it would see, what is past an edge by rounding is no fault.
    blind = {name: held[name] & ~would_see for name in held if name not in _STATES}
    table = {"sees": counts & certain, "sees with probability": counts} | blind
    table |= {name: held[name] for name in _STATES}
    ranks: NDArray[np.intp] = np.stack([table[name] for name in VERDICTS]).argmax(
        axis=0
    )
    return ranks


def _states(near: gpd.GeoDataFrame, asked: Question) -> dict[str, Bools]:
    """Give for each verdict of state which cameras it holds for."""
    no = np.zeros(len(near), dtype=np.bool_)

    def told(column: str, word: str) -> Bools:
        if column not in near.columns:
            return no
        return np.asarray((near[column] == word).fillna(value=False), dtype=np.bool_)

    out_of_service = no
    if asked.as_of is not None:
        out_of_service = ~_in_service(near, pd.Timestamp(asked.as_of))
    return {
        "not in service": out_of_service,
        "offline": told("status", "offline"),
        "not recording": no if asked.records is None else ~asked.records(near),
        "not consented": told("access", "planned"),
    }


def _in_service(near: gpd.GeoDataFrame, as_of: pd.Timestamp) -> Bools:
    begun, ended = near["active_from"], near["active_to"]
    is_on = (begun.isna() | (begun <= as_of)) & (ended.isna() | (ended > as_of))
    return np.asarray(is_on, dtype=np.bool_)


def _chance(near: gpd.GeoDataFrame) -> NDArray[np.float64]:
    """Give how likely each camera looks as it is drawn: given, or by its bearing."""
    if "probability" in near.columns:
        return np.asarray(near["probability"], dtype=np.float64)
    return np.asarray(camera_probability(near), dtype=np.float64)


def _night_range_m(near: gpd.GeoDataFrame, asked: Question) -> Any:  # noqa: ANN401 - a number or a Series
    if asked.light == "day":
        return np.inf
    from coveragekit.optics import night_range_m

    return night_range_m(near)


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
