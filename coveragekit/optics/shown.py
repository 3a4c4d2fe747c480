"""Lay pictures on the level of their targets: arrays in, every cut out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal, Self

import numpy as np

from coveragekit.errors import InputError
from coveragekit.optics._checks import between, positive
from coveragekit.optics.columns import ALL_ROUND_DEG
from coveragekit.optics.lens import (
    WIDEST_PINHOLE_DEG,
    fisheye_floor_range_m,
    range_for_density_m,
)
from coveragekit.optics.night import lit_range_m

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

__all__ = ["NEEDED", "Footprints", "Light", "footprint_arrays"]

Light = Literal["day", "night"]

# Columns of which no number may be missing.
NEEDED: Final = ("hfov_deg", "vfov_deg", "tilt_deg", "mount_height_m", "width_px")

# Sums of angles such as 15 + 60/2 - 45 leave rounding dust around the horizon.
_DUST = 1e-12
# A flat picture cannot be 180 degrees high; the table allows that number, though.
_HIGHEST_PICTURE_DEG = 179.0
_UNUSED = (0.0, 0.0, np.inf)


@dataclass(frozen=True, slots=True, eq=False)
class Footprints:
    """
    What the pictures of n cameras show of the level of their targets, on open ground.

    Everything is in the camera's own frame: metres to the right of its bearing and
    ahead of it, its foot being the origin. A place belongs to the view where it lies in
    the sector of ``half_angle_deg`` about the bearing, between ``near_m`` and
    ``reach_m`` from the foot, and on the right side of all four planes.

    Parameters
    ----------
    half_angle_deg
        Half the angle of the sector that bounds the view, shape ``(n,)``; 180: all
        round.
    reach_m
        Radius that bounds the view, shape ``(n,)``; 0: it shows nothing of that level.
    near_m
        Radius of a round dead zone, shape ``(n,)``; 0 where there is none, or where a
        plane cuts it.
    planes
        Half planes ``a * right + b * ahead <= c`` that cut the view, shape
        ``(n, 4, 3)``: near edge, far edge, right side, left side; ``(a, b)`` has length
        1. Rows that do not cut are ``(0, 0, inf)``.

    Raises
    ------
    InputError
        The arrays' shapes do not fit one another, or a camera has both planes and a
        round dead zone.
    """

    half_angle_deg: Floats
    reach_m: Floats
    near_m: Floats
    planes: Floats

    def __post_init__(self) -> None:
        """Refuse arrays that do not belong together."""
        count = len(self.reach_m)
        for name, array in self.to_arrays().items():
            shape = (count, 4, 3) if name == "planes" else (count,)
            seen = np.shape(array)
            if seen != shape:
                message = f"footprints: {name} has shape {seen}; allowed: {shape}"
                raise InputError(message)
        both = (self.near_m > 0.0) & np.isfinite(self.planes[:, :, 2]).any(axis=1)
        if both.any():
            message = (
                f"footprints: row {int(np.argmax(both))} has planes and a round dead "
                "zone; allowed: one of the two"
            )
            raise InputError(message)

    def __len__(self) -> int:
        """Give how many cameras there are."""
        return len(self.reach_m)

    def take(self, rows: ArrayLike | slice) -> Footprints:
        """
        Give the footprints of some cameras.

        Parameters
        ----------
        rows
            Row numbers, a boolean for each camera, or a slice.

        Returns
        -------
        Footprints
            Those rows, in that order.

        Examples
        --------
        >>> nobody = Footprints(*np.zeros((3, 2)), planes=np.zeros((2, 4, 3)))
        >>> len(nobody.take([1]))
        1
        """
        chosen = rows if isinstance(rows, slice) else np.asarray(rows)
        if not isinstance(chosen, slice) and chosen.size == 0:
            chosen = chosen.astype(np.int64)
        return Footprints(
            half_angle_deg=self.half_angle_deg[chosen],
            reach_m=self.reach_m[chosen],
            near_m=self.near_m[chosen],
            planes=self.planes[chosen],
        )

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """
        Give the footprints as named arrays, to be saved or mapped into memory.

        Returns
        -------
        dict
            What :meth:`from_arrays` takes.
        """
        return {
            "half_angle_deg": self.half_angle_deg,
            "reach_m": self.reach_m,
            "near_m": self.near_m,
            "planes": self.planes,
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> Self:
        """
        Give footprints from the arrays of :meth:`to_arrays`.

        Parameters
        ----------
        arrays
            The four arrays by name; memory-mapped ones are used as they are.

        Returns
        -------
        Footprints
            The footprints.

        Raises
        ------
        InputError
            An array is missing, or its shape does not fit.

        Examples
        --------
        >>> nobody = Footprints(*np.zeros((3, 2)), planes=np.zeros((2, 4, 3)))
        >>> len(Footprints.from_arrays(nobody.to_arrays()))
        2
        """
        names = ("half_angle_deg", "reach_m", "near_m", "planes")
        missing = [name for name in names if name not in arrays]
        if missing:
            message = (
                f"footprints: no array {', '.join(missing)}; allowed: all of "
                f"{', '.join(names)}"
            )
            raise InputError(message)
        return cls(**{name: np.asarray(arrays[name]) for name in names})


def footprint_arrays(
    cameras: Mapping[str, ArrayLike],
    density_px_per_m: ArrayLike,
    *,
    target_height_m: float = 1.5,
    light: Light = "day",
) -> Footprints:
    """
    Give what pictures show of a level, of cameras that are arrays and no table.

    Parameters
    ----------
    cameras
        Arrays of one length: ``hfov_deg``, ``vfov_deg``, ``tilt_deg``,
        ``mount_height_m`` and ``width_px`` without gaps, ``bearing_deg`` (not-a-number:
        unknown), ``range_m`` (not-a-number: not limited by the source),
        ``is_fisheye`` and, by night, ``ir_range_m`` (not-a-number: no known lamp).
    density_px_per_m, target_height_m, light
        As :func:`footprints` takes them.

    Returns
    -------
    Footprints
        One row per camera, in their order; :func:`footprints` says how.

    Raises
    ------
    InputError
        An array is missing, a number is missing or out of range, or the light is
        neither day nor night.

    Examples
    --------
    >>> one = {"bearing_deg": [0.0], "tilt_deg": [30.0], "hfov_deg": [52.0],
    ...     "vfov_deg": [30.0], "width_px": [2560], "mount_height_m": [4.0],
    ...     "range_m": [np.nan], "is_fisheye": [False]}
    >>> view = footprint_arrays(one, 100.0, target_height_m=0.0)
    >>> (-view.planes[0, 0, 2]).round(3), view.planes[0, 1, 2].round(3)
    (np.float64(4.0), np.float64(14.928))
    """
    pose = _poses(cameras, target_height_m)
    count = len(pose.width_px)
    density = np.broadcast_to(positive("density_px_per_m", density_px_per_m), count)
    limit = _array(cameras, "range_m")
    limit = np.where(np.isnan(limit), np.inf, limit)
    if light not in ("day", "night"):
        message = f"light is {light!r}; allowed: 'day', 'night'"
        raise InputError(message)
    if light == "night":
        limit = np.minimum(limit, lit_range_m(_array(cameras, "ir_range_m")))
    near, far = _centre_line(pose, density)
    flat = pose.flat & pose.aimed
    half, reach, planes = _trapezoids(pose, near, far)
    half = np.where(flat, half, np.where(pose.aimed, pose.half_h, np.pi))
    reach = np.minimum(np.where(flat, reach, far), limit)
    closest = np.maximum(near, np.where(flat, -far, 0.0))
    blind = ~(reach > np.maximum(closest, 0.0)) | ~(far > near)
    planes[~flat | blind] = _UNUSED
    return Footprints(
        half_angle_deg=np.where(blind, 0.0, np.minimum(np.degrees(half), 180.0)),
        reach_m=np.where(blind, 0.0, reach),
        near_m=np.where(flat | blind, 0.0, np.maximum(near, 0.0)),
        planes=planes,
    )


def _array(cameras: Mapping[str, ArrayLike], name: str) -> Floats:
    if name not in cameras:
        message = (
            f"cameras have no array {name!r} (they have: {', '.join(cameras)}); give "
            "one, not-a-number where it is unknown"
        )
        raise InputError(message)
    return np.asarray(cameras[name], dtype=np.float64)


def _whole(cameras: Mapping[str, ArrayLike], name: str) -> Floats:
    values = _array(cameras, name)
    missing = np.isnan(values)
    if missing.any():
        message = (
            f"{name} is missing in {int(missing.sum())} of {len(values)} cameras "
            f"(first: row {int(np.argmax(missing))}); a number is needed: "
            "coveragekit.model.camera_defaults has one for every kind"
        )
        raise InputError(message)
    return values


@dataclass(frozen=True, slots=True)
class _Poses:
    """Lenses and poses of n cameras; angles in radians, the lens above the level."""

    width_px: Floats
    tilt: Floats
    half_h: Floats
    half_v: Floats
    drop: Floats
    flat: NDArray[np.bool_]
    down: NDArray[np.bool_]
    aimed: NDArray[np.bool_]


def _poses(cameras: Mapping[str, ArrayLike], target_height_m: float) -> _Poses:
    if not (np.isfinite(target_height_m) and target_height_m >= 0.0):
        message = (
            f"target_height_m is {target_height_m}; allowed: metres above the ground, "
            "0 or more, finite"
        )
        raise InputError(message)
    hfov = between("hfov_deg", _whole(cameras, "hfov_deg"), low=0.0, high=360.0)
    vfov = between("vfov_deg", _whole(cameras, "vfov_deg"), low=0.0, high=180.0)
    tilt = between("tilt_deg", _whole(cameras, "tilt_deg"), low=-90.0, high=90.0)
    height = _whole(cameras, "mount_height_m")
    between("mount_height_m", height, low=0.0, high=float(np.finfo(np.float64).max))
    is_fisheye = _array(cameras, "is_fisheye") > 0.0
    down = np.asarray(is_fisheye & (hfov > ALL_ROUND_DEG))
    flat = hfov <= WIDEST_PINHOLE_DEG
    highest = np.where(flat, _HIGHEST_PICTURE_DEG, 180.0)
    bearing = _array(cameras, "bearing_deg")
    drop = np.maximum(height - target_height_m, 0.0)
    return _Poses(
        width_px=_whole(cameras, "width_px"),
        tilt=np.radians(np.where(drop > 0.0, tilt, 0.0)),
        half_h=np.radians(hfov) / 2.0,
        half_v=np.radians(np.minimum(positive("vfov_deg", vfov), highest)) / 2.0,
        drop=drop,
        flat=flat,
        down=down,
        aimed=~(np.isnan(bearing) | down),
    )


def _centre_line(pose: _Poses, density: Floats) -> tuple[Floats, Floats]:
    """
    Give where the view starts and ends straight ahead; behind the foot is negative.

    The near edge is infinite where the whole picture is above the horizon.
    """
    below = pose.drop > 0.0
    low, high = pose.tilt + pose.half_v, pose.tilt - pose.half_v
    near = np.where(low > _DUST, _cotangent(low, low > _DUST) * pose.drop, np.inf)
    upper = np.where(high > _DUST, _cotangent(high, high > _DUST) * pose.drop, np.inf)
    hfov = np.degrees(2.0 * pose.half_h)
    deep = range_for_density_m(pose.width_px, hfov, density)
    level = np.cos(pose.tilt)
    rest = deep - pose.drop * np.sin(pose.tilt)
    slanted = level > _DUST
    straight = np.where(rest >= 0.0, np.inf, -np.inf)
    depth = np.where(slanted, rest / np.where(slanted, level, 1.0), straight)
    slant = np.sqrt(np.maximum(deep**2 - pose.drop**2, 0.0))
    near, upper = np.where(below, near, 0.0), np.where(below, upper, np.inf)
    far = np.minimum(upper, np.where(pose.flat, depth, slant))
    if pose.down.any():
        rows = pose.down
        near[rows] = 0.0
        far[rows] = fisheye_floor_range_m(
            pose.width_px[rows] / 2.0, pose.drop[rows], density[rows]
        )
    return near, far


def _cotangent(angle: Floats, used: NDArray[np.bool_]) -> Floats:
    safe = np.where(used, angle, 1.0)
    return np.asarray(np.cos(safe) / np.sin(safe))


def _trapezoids(
    pose: _Poses, near: Floats, far: Floats
) -> tuple[Floats, Floats, Floats]:
    """
    Give half angle, reach and planes of the trapezoids of pinhole lenses.

    Half the width at a distance ahead is ``per_m * ahead + start``.
    """
    across = np.tan(np.where(pose.flat, pose.half_h, 0.0))
    per_m = across * np.cos(pose.tilt)
    start = across * np.sin(pose.tilt) * pose.drop
    some = np.isfinite(near) & np.isfinite(far)
    near, far = np.where(some, near, 1.0), np.where(some, far, 2.0)
    ahead = near > 0.0
    widest = np.maximum(
        per_m + start / np.where(ahead, near, 1.0),
        per_m + start / np.where(far > 0.0, far, 1.0),
    )
    level = pose.drop <= 0.0
    half = np.where(ahead, np.arctan(widest), np.pi)
    half = np.where(level, np.arctan(per_m), half)
    reach = np.maximum(
        np.hypot(far, per_m * far + start), np.hypot(near, per_m * near + start)
    )
    planes = np.zeros((len(near), 4, 3))
    planes[:, 0, 1], planes[:, 0, 2] = -1.0, -near
    planes[:, 1, 1], planes[:, 1, 2] = 1.0, far
    size = np.hypot(1.0, per_m)
    planes[:, 2, 0], planes[:, 3, 0] = 1.0 / size, -1.0 / size
    planes[:, 2:, 1] = -(per_m / size)[:, None]
    planes[:, 2:, 2] = (start / size)[:, None]
    # At the lens's own level the sector says it all but for the far edge.
    planes[level, 0] = planes[level, 2] = planes[level, 3] = _UNUSED
    return half, reach, planes
