"""
What a picture shows, worked out by taking it: each point is put through the lens.

A target is a point in space. It is turned into the camera's own axes by a rotation
matrix and projected to pixel coordinates, by a pinhole to 90 degrees and by an
equidistant lens above. It is shown where its pixel lies in the picture, and sharply
enough where a step of a millimetre across the line of sight moves the pixel by as much
as the density asks for. No footprint, edge or depth formula is used.

The house's rules for what is not known or not flat are followed in words: with unknown
bearing the camera is turned to the target; a wide lens has a plain sector and is judged
as if it were turned to the target; where the level is not below the lens, the camera
stands at that level and looks level, and the picture's height does not count.

Points whose pixel is within a millionth of the picture's edge, or that have just the
density or distance asked for, are *uncertain*: rounding decides. Callers leave them out
of a comparison, and count them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Flags = NDArray[np.bool_]

__all__ = ["Lens", "Shown", "shows"]

_STEP_M = 1e-3
_EDGE = 1e-6


@dataclass(frozen=True)
class Lens:
    """One camera: where it looks and what it is made of."""

    kind: str
    bearing_deg: float
    tilt_deg: float
    hfov_deg: float
    vfov_deg: float
    width_px: float
    mount_height_m: float
    range_m: float = math.inf
    ir_range_m: float = math.nan


@dataclass(frozen=True)
class Shown:
    """Which points are shown, and of which that is certain."""

    shown: Flags
    certain: Flags


def axes(bearing_deg: float, tilt_deg: float) -> Floats:
    """Give the rows right, down and ahead of a camera, in east, north and up."""
    turn, dip = math.radians(bearing_deg), math.radians(tilt_deg)
    ahead = np.array(
        [
            math.sin(turn) * math.cos(dip),
            math.cos(turn) * math.cos(dip),
            -math.sin(dip),
        ]
    )
    right = np.array([math.cos(turn), -math.sin(turn), 0.0])
    return np.array([right, np.cross(ahead, right), ahead])


def pixel(lens: Lens, at: Floats) -> Floats:
    """Give the pixel of a place in the camera's axes, from the picture's middle."""
    x, y, z = at
    if lens.hfov_deg <= 90.0:
        focal = lens.width_px / 2.0 / math.tan(math.radians(lens.hfov_deg) / 2.0)
        return np.array([focal * x / z, focal * y / z])
    focal = lens.width_px / math.radians(lens.hfov_deg)
    if looks_down(lens):
        focal = lens.width_px / 2.0 / (math.pi / 2.0)
    off = math.hypot(x, y)
    theta = math.atan2(off, z)
    return focal * theta * np.array([x, y]) / off if off > 0.0 else np.zeros(2)


def looks_down(lens: Lens) -> bool:
    """Tell whether it is a fisheye at a ceiling."""
    return lens.kind == "fisheye" and lens.hfov_deg > 180.0


def density(lens: Lens, at: Floats, steps: list[Floats]) -> float:
    """Give the least pixels per metre over some steps, by finite differences."""
    least = math.inf
    for step in steps:
        half = step * _STEP_M / 2.0
        moved = pixel(lens, at + half) - pixel(lens, at - half)
        least = min(least, float(np.hypot(*moved)) / _STEP_M)
    return least


def margins(
    lens: Lens, east: float, north: float, *, asked: float, target_height_m: float
) -> list[float]:
    """Give by how much a point is inside each limit; below zero it is outside."""
    level = lens.mount_height_m <= target_height_m
    height = 0.0 if level else lens.mount_height_m - target_height_m
    azimuth = math.degrees(math.atan2(east, north))
    away = math.hypot(east, north)
    place = np.array([east, north, -height])
    if looks_down(lens):
        if level:
            return [-1.0]
        down = axes(azimuth, 90.0)
        # On the floor: towards and away from the foot, and round it.
        steps = [down @ np.array(way) for way in _ways(azimuth)]
        return [density(lens, down @ place, steps) / asked - 1.0]
    wide = lens.hfov_deg > 90.0
    unknown = math.isnan(lens.bearing_deg)
    found = []
    bearing = azimuth if unknown or wide else lens.bearing_deg
    if wide and not unknown:
        turn = abs((azimuth - lens.bearing_deg + 180.0) % 360.0 - 180.0)
        found.append(lens.hfov_deg / 2.0 - turn if lens.hfov_deg < 360.0 else 1.0)
    turned = axes(bearing, 0.0 if level else lens.tilt_deg)
    at = turned @ place
    if not wide and at[2] <= 1e-9:
        return [-1.0 if at[2] < -1e-9 else 0.0]
    u, v = pixel(lens, at)
    if not wide:
        found.append(1.0 - abs(u) / (lens.width_px / 2.0))
        focal = lens.width_px / 2.0 / math.tan(math.radians(lens.hfov_deg) / 2.0)
        high = focal * math.tan(math.radians(min(lens.vfov_deg, 179.0)) / 2.0)
    else:
        high = lens.width_px / lens.hfov_deg * lens.vfov_deg / 2.0
    if not level:
        found.append(1.0 - abs(v) / high)
    if wide:
        sight = at / np.linalg.norm(at)
        sideways = np.cross(sight, [1.0, 0.0, 0.0])
        steps = [sideways, np.array([1.0, 0.0, 0.0])]
    else:
        steps = [np.array([1.0, 0.0, 0.0])]
    found.append(density(lens, at, steps) / asked - 1.0)
    return [*found, lens.range_m / max(away, 1e-9) - 1.0]


def _ways(azimuth: float) -> list[list[float]]:
    turn = math.radians(azimuth)
    return [
        [math.sin(turn), math.cos(turn), 0.0],
        [math.cos(turn), -math.sin(turn), 0.0],
    ]


def shows(
    lens: Lens,
    places: Floats,
    *,
    asked: float,
    target_height_m: float,
    night: bool = False,
) -> Shown:
    """Tell which places, east and north of a camera's foot, its picture shows."""
    shown, certain = np.zeros(len(places), bool), np.zeros(len(places), bool)
    lit = 0.0 if math.isnan(lens.ir_range_m) else 0.7 * lens.ir_range_m
    for row, (east, north) in enumerate(places):
        found = margins(lens, east, north, asked=asked, target_height_m=target_height_m)
        away = max(math.hypot(east, north), 1e-9)
        if looks_down(lens):
            found.append(lens.range_m / away - 1.0)
        if night:
            found.append(lit / away - 1.0)
        least = min(found)
        shown[row] = least > 0.0
        certain[row] = abs(least) > _EDGE
    return Shown(shown, certain)
