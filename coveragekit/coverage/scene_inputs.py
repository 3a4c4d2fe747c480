"""All that scenes rest on, made ready once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from coveragekit.coverage.frontages import unique_places
from coveragekit.coverage.grid import Grid
from coveragekit.coverage.hanging import Walls
from coveragekit.coverage.poses import Poses
from coveragekit.coverage.scene_rows import Noted
from coveragekit.crs import check_same
from coveragekit.errors import InputError
from coveragekit.visibility.sight import SortedPoints

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import geopandas as gpd
    import pandas as pd
    from numpy.typing import ArrayLike, NDArray
    from shapely.geometry.base import BaseGeometry

    from coveragekit.coverage.scene_targets import Targets
    from coveragekit.optics import Light
    from coveragekit.visibility import Obstacles
    from coveragekit.visibility.cameras import North

    Floats = NDArray[np.float64]

__all__ = ["Looking", "SceneInputs", "scene_inputs"]

_ALL: Final = "all"
_MOST_GROUPS = 64


@dataclass(frozen=True, slots=True, eq=False)
class Looking:
    """
    How the cameras of a scene look.

    Parameters
    ----------
    density_px_per_m
        Pixel density of the purpose. ``None``: each camera sees the plain sector of
        its ``hfov_deg`` and ``range_m``.
    lights
        ``day``, ``night`` or both: the same cameras looking in each. Places and cells
        are kept for the first.
    target_height_m
        Level that is looked at, metres above the ground.
    hides
        What hides, where it is not the obstacles: a surface with heights.
    north
        What ``bearing_deg`` counts from: ``"true"`` or ``"grid"`` north.
    mount_depth_m
        As :func:`coveragekit.visibility.mount` takes it.
    mounting
        Where the cameras hang as they are recorded, as that function gives it; worked
        out where ``None``. Views of one camera hang where its first one does.
    """

    density_px_per_m: float | None
    lights: Sequence[Light] = ("day",)
    target_height_m: float = 1.5
    hides: Any = None
    north: North = "true"
    mount_depth_m: float = 6.0
    mounting: pd.DataFrame | None = None


@dataclass(frozen=True, slots=True, eq=False)
class SceneInputs:
    """
    All that scenes rest on, made once by :func:`scene_inputs`.

    Parameters
    ----------
    poses
        What is known of the cameras.
    walls
        The buildings that cameras hang on.
    looking
        How the cameras look.
    targets
        By name of the measure: what is looked at.
    places
        Every different place of the targets.
    place_of
        By measure: the place of each of its rows.
    weights
        By measure that is not made of events: what each place counts.
    groups
        By name: a flag for each camera. The places and cells of the first are kept.
    chance
        For each camera, how likely it looks where its row says, once it is drawn.
    grid
        Cells of the raster, or ``None``.
    inside
        1 for the cells of the grid that are public ground.
    noted
        What each scene notes row by row.
    spots
        The places, sorted to be looked at in scene after scene; ``None`` of no place.
    """

    poses: Poses
    walls: Walls
    looking: Looking
    targets: Mapping[str, Targets]
    places: gpd.GeoSeries
    place_of: Mapping[str, NDArray[np.intp]]
    weights: Mapping[str, Floats]
    groups: Mapping[str, NDArray[np.bool_]]
    chance: Floats
    grid: Grid | None
    inside: NDArray[np.uint8] | None
    noted: Noted
    spots: SortedPoints | None

    @property
    def hides(self) -> Any:  # noqa: ANN401 - obstacles or a surface
        """What hides: the buildings, or a surface with heights."""
        given = self.looking.hides
        return self.walls.obstacles if given is None else given

    @property
    def counted(self) -> str:
        """Name of the group whose places and cells are kept."""
        return next(iter(self.groups))


def scene_inputs(  # noqa: PLR0913 - keywords, each of which stands for itself
    cameras: gpd.GeoDataFrame,
    targets: Mapping[str, Targets],
    obstacles: Obstacles,
    *,
    looking: Looking,
    groups: Mapping[str, ArrayLike] | None = None,
    grid: tuple[BaseGeometry, gpd.GeoDataFrame, float] | None = None,
    noted: Noted | None = None,
) -> SceneInputs:
    """
    Make ready what scenes rest on, so that each can then be drawn by itself.

    Parameters
    ----------
    cameras
        The table in a CRS in metres, defaults filled in, with the errors that
        :func:`coveragekit.coverage.camera_errors` gives. Where it has a column
        ``probability``: unknown bearing and 1 is a camera that looks all round, known
        bearing and less than 1 a PTZ that looks there that share of its time.
    targets
        By name of the measure: what is looked at, in that CRS.
    obstacles
        The buildings, which cameras hang on.
    looking
        How the cameras look.
    groups
        Name to a flag for each camera, at most 64; the places and cells that the first
        one sees are kept. All cameras where ``None``.
    grid
        Study area, buildings and side of a cell in metres of a raster to be kept.
    noted
        Rows of measures to be kept one by one; none where ``None``.

    Returns
    -------
    SceneInputs
        What :func:`scene_result` takes.

    Raises
    ------
    CRSError
        A CRS is missing, not in metres, or not that of the rest.
    InputError
        No target, no light, too many groups, cameras that cannot be used, or rows to
        be noted of a measure or group that is not there.

    Examples
    --------
    >>> import geopandas as gpd
    >>> from shapely import Point
    >>> from coveragekit.coverage import Looking, Targets, camera_errors, scene_result
    >>> from coveragekit.visibility import Obstacles
    >>> crs = "EPSG:32616"
    >>> one = gpd.GeoDataFrame(
    ...     {"bearing_deg": [90.0], "hfov_deg": [90.0], "range_m": [30.0]},
    ...     geometry=[Point(500000, 0)], crs=crs)
    >>> spots = gpd.GeoSeries([Point(500010, 0), Point(499990, 0)], crs=crs)
    >>> none = Obstacles.from_buildings(one.iloc[:0])
    >>> inputs = scene_inputs(camera_errors(one),
    ...     {"spots": Targets.of_points(spots, [1.0, 1.0], "spots")}, none,
    ...     looking=Looking(density_px_per_m=None))
    >>> float(scene_result(0, inputs, seed=1).seen[0, 0, 0])
    1.0
    """
    import geopandas as gpd

    check_same(obstacles.crs, cameras.crs, "obstacles and cameras")
    if not targets or not looking.lights:
        message = "there is no target or no light; give at least one of each"
        raise InputError(message)
    for name, one in targets.items():
        check_same(obstacles.crs, one.crs, f"obstacles and {name}")
    noted = Noted() if noted is None else noted
    noted.check(targets, groups or {_ALL: None})
    poses = Poses.of(cameras, north=looking.north)
    xy = np.concatenate([one.xy for one in targets.values()])
    different, _, row_of = unique_places(xy)
    ends = np.cumsum([len(one.xy) for one in targets.values()])
    place_of = dict(zip(targets, np.split(row_of, ends[:-1]), strict=True))
    cells, inside = None, None
    if grid is not None:
        area, buildings, resolution_m = grid
        check_same(obstacles.crs, buildings.crs, "obstacles and buildings")
        cells = Grid.covering(area.bounds, resolution_m)
        inside = cells.inside(area, buildings.geometry.to_numpy())
    return SceneInputs(
        poses=poses,
        walls=Walls.of(
            poses,
            obstacles,
            looking.mount_depth_m,
            mounting=looking.mounting,
            hides=looking.hides,
        ),
        looking=looking,
        targets=dict(targets),
        places=gpd.GeoSeries(
            gpd.points_from_xy(different[:, 0], different[:, 1]), crs=obstacles.crs
        ),
        place_of=place_of,
        weights={
            name: np.bincount(place_of[name], one.weight, len(different)).astype(
                np.float64
            )
            for name, one in targets.items()
            if one.ptr is None
        },
        groups=_flags(groups, len(cameras)),
        chance=poses.chance(),
        grid=cells,
        inside=inside,
        noted=noted,
        spots=SortedPoints.of(different) if len(different) else None,
    )


def _flags(
    groups: Mapping[str, ArrayLike] | None, count: int
) -> dict[str, NDArray[np.bool_]]:
    flags = {}
    for name, given in (groups or {_ALL: np.ones(count, np.bool_)}).items():
        flag = np.asarray(given)
        if flag.dtype != np.bool_ or flag.shape != (count,):
            message = (
                f"group {name!r} has {flag.dtype} of shape {flag.shape}; allowed: one "
                f"True or False for each of the {count} cameras"
            )
            raise InputError(message)
        flags[name] = flag
    if len(flags) > _MOST_GROUPS:
        message = f"there are {len(flags)} groups; allowed: {_MOST_GROUPS}"
        raise InputError(message)
    return flags
