"""Cut the ground along one line of sight: what stands on it, and how high."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
import shapely

from coveragekit.reports.words import metres, plain

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd
    from numpy.typing import NDArray

    from coveragekit.study.settings import Parameters
    from coveragekit.visibility import Profile as Relief

__all__ = ["Profile", "Span", "profile_of"]

_FURTHER: Final = 1.15
_AT_LEAST_M: Final = 6.0


@dataclass(frozen=True, slots=True)
class Span:
    """
    One building on the line.

    Parameters
    ----------
    start_m, end_m
        Where the line enters and leaves it, from the camera.
    top_m
        Its height above the ground.
    building_id
        Its name.
    basis
        Where the height comes from, in words.
    """

    start_m: float
    end_m: float
    top_m: float
    building_id: str
    basis: str


@dataclass(frozen=True, slots=True, eq=False)
class Profile:
    """
    The section from a camera to a place, and a little further.

    Parameters
    ----------
    length_m
        How far it goes.
    distance_m
        Where the place is.
    mount_m, target_m
        Lens and target, metres above their ground.
    ground
        Distance and elevation along the line, relative to the foot of the camera,
        shape ``(n, 2)``.
    spans
        The buildings on the line, in order.
    lower_slope, upper_slope
        How steeply the lower and upper edge of the picture fall in this section, metres
        per metre; ``None`` where the section is not in the picture or the picture has
        no such edge.
    dead_zone_m
        Where the dead zone ends in this section, 0 where there is none.
    has_relief
        Whether the ground comes from a terrain model.
    """

    length_m: float
    distance_m: float
    mount_m: float
    target_m: float
    ground: NDArray[np.float64]
    spans: tuple[Span, ...]
    lower_slope: float | None
    upper_slope: float | None
    dead_zone_m: float
    has_relief: bool

    def ground_at(self, distance_m: float) -> float:
        """Give the elevation of the ground, relative to the foot of the camera."""
        return float(np.interp(distance_m, self.ground[:, 0], self.ground[:, 1]))


def profile_of(
    camera: Mapping[Any, Any],
    place: tuple[float, float],
    buildings: gpd.GeoDataFrame,
    *,
    parameters: Parameters,
    relief: Relief | None = None,
) -> Profile:
    """
    Cut the ground from a camera to a place, and a little further.

    Parameters
    ----------
    camera
        One row of the evidence.
    place
        x and y, metres.
    buildings
        Those around, with ``height_m`` and ``levels``, metres.
    parameters
        Heights taken where none is known.
    relief
        Heights along the line; ``None``: level ground.

    Returns
    -------
    Profile
        The section.
    """
    start = np.array([camera["x"], camera["y"]])
    step = np.asarray(place) - start
    distance = float(np.hypot(*step))
    length = max(distance * _FURTHER, float(camera["dead_zone_m"]) * 1.5, _AT_LEAST_M)
    way = step / distance if distance > 0.0 else np.array([0.0, 1.0])
    lower, upper = _edges(camera)
    dead = float(camera["dead_zone_m"])
    mount, target = float(camera["mount_height_m"]), float(camera["target_height_m"])
    ground = np.array([[0.0, 0.0], [length, 0.0]])
    if relief is not None:
        foot = float(relief.ground_m[0])
        mount = float(relief.eye_m) - foot
        risen = np.stack([relief.distance_m, relief.ground_m - foot], axis=1)
        # Past the place the ground is drawn as it is there.
        ground = np.vstack([risen, [[length, risen[-1, 1]]]])
    if lower is not None and mount > target:
        dead = (mount - target) / lower if lower > 0.0 else dead
    return Profile(
        length_m=length,
        distance_m=distance,
        mount_m=mount,
        target_m=target,
        ground=ground,
        spans=_spans(start, way * length, buildings, parameters=parameters),
        lower_slope=lower,
        upper_slope=upper,
        dead_zone_m=dead,
        has_relief=relief is not None,
    )


def _edges(camera: Mapping[Any, Any]) -> tuple[float | None, float | None]:
    """Give how steeply the picture's edges fall in the section towards the place."""
    turn = math.radians(camera["turn_deg"])
    half = math.radians(camera["vfov_deg"]) / 2.0
    tilt = math.radians(camera["tilt_deg"])
    is_round = camera["hfov_deg"] > 180.0 or math.isnan(half + tilt)
    if is_round or camera["off_angle_deg"] > 0.0 or math.cos(turn) <= 0.0:
        return None, None
    edges: list[float | None] = []
    for depression in (tilt + half, tilt - half):
        if abs(depression) < math.radians(89.9):
            edges.append(math.tan(depression) * math.cos(turn))
        else:
            edges.append(None)
    return edges[0], edges[1]


def _spans(
    start: NDArray[np.float64],
    step: NDArray[np.float64],
    buildings: gpd.GeoDataFrame,
    *,
    parameters: Parameters,
) -> tuple[Span, ...]:
    line = shapely.LineString([start, start + step])
    shapes = buildings.geometry.to_numpy()
    found = []
    for row in np.flatnonzero(shapely.intersects(shapes, line)):
        top, basis = _height(buildings.iloc[row].to_dict(), parameters)
        label = plain(buildings["building_id"].iloc[row])
        for part in shapely.get_parts(shapely.intersection(shapes[row], line)):
            ends = np.hypot(*(shapely.get_coordinates(part) - start).T)
            if ends.max() - ends.min() > 0.01:
                span = (float(ends.min()), float(ends.max()))
                found.append(Span(*span, top, label, basis))
    return tuple(sorted(found, key=lambda one: (one.start_m, one.building_id)))


def _height(building: Mapping[Any, Any], parameters: Parameters) -> tuple[float, str]:
    """Give the height of a building and where it comes from, as the surface has it."""
    if pd.notna(building["height_m"]):
        return float(building["height_m"]), metres(building["height_m"])
    if pd.notna(building["levels"]):
        top = float(building["levels"]) * parameters.storey_m
        return top, f"{metres(top)} ({building['levels']:g} levels)"
    return parameters.default_height_m, f"{metres(parameters.default_height_m)} assumed"
