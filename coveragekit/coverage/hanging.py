"""Where cameras hang: on which wall, or in the open, as far as that is known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from coveragekit.coverage.camera_errors import error_defaults, kind_numbers

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from coveragekit.coverage.poses import Poses
    from coveragekit.visibility import Obstacles

    Floats = NDArray[np.float64]

__all__ = ["Walls", "hang"]

_TRIES = 24
_STAND_OFF_M = 0.1
# A facade further off than three errors is not the camera's; nor is one 30 m away.
_ERRORS_OFF = 3.0
_FURTHEST_M = 30.0
# Part of the error that a place drawn beside a wall may be put back by, one standard
# deviation; the less, the truer, and the more draws are in vain.
_PUT_BACK = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class Walls:
    """
    The buildings, and what is known of where the cameras hang.

    Parameters
    ----------
    obstacles
        The buildings.
    mount_depth_m
        As :func:`coveragekit.visibility.mount` takes it.
    indoors
        Rows that see their own room only, as they are recorded.
    chance
        How likely each row hangs on a wall.
    """

    obstacles: Obstacles
    mount_depth_m: float
    indoors: NDArray[np.bool_]
    chance: Floats

    @classmethod
    def of(cls, poses: Poses, obstacles: Obstacles, mount_depth_m: float) -> Self:
        """
        Say how likely each camera hangs on a wall.

        Parameters
        ----------
        poses
            The cameras.
        obstacles
            The buildings.
        mount_depth_m
            As :func:`coveragekit.visibility.mount` takes it.

        Returns
        -------
        Walls
            For these cameras.

        Notes
        -----
        One that the mounting rule puts on a facade hangs there. One in the open air,
        ``d`` from the nearest facade that faces its bearing, hangs on a wall with the
        odds ``w exp(-d^2 / 2 s^2)`` to ``1 - w``: ``s`` is the error of its place, and
        ``w`` the share of its kind that hang on walls. One with several views does not.
        """
        from coveragekit.visibility.mounting import MOUNTS, mount_arrays

        every = np.arange(len(poses.xy))
        bearing = poses.grid_bearings(poses.middle["bearing_deg"], every)
        kinds = mount_arrays(poses.xy, bearing, obstacles, mount_depth_m=mount_depth_m)[
            1
        ]
        opened = kinds == MOUNTS.index("open")
        inside = kinds == MOUNTS.index("inside")
        error = poses.error["position_error_m"]
        views = np.bincount(poses.view_of, minlength=1)
        near = np.flatnonzero(opened & (error > 0.0) & (views[poses.view_of] == 1))
        _, off, _ = _put_on(
            obstacles, poses.xy[near], bearing[near], error_m=error[near]
        )
        on_wall = _wall_share(poses)[near] * np.exp(-0.5 * (off / error[near]) ** 2)
        on_pole = 1.0 - _wall_share(poses)[near]
        chance = (~opened & ~inside).astype(np.float64)
        chance[near] = on_wall / np.maximum(on_wall + on_pole, np.finfo(float).tiny)
        return cls(obstacles, mount_depth_m, inside, chance)


def _wall_share(poses: Poses) -> Floats:
    defaults = error_defaults()
    kind, names = kind_numbers(poses.cameras, defaults)
    shares = [defaults["kinds"][name]["wall_share"] for name in names]
    return np.array(shares, dtype=np.float64)[kind]


def _put_on(
    obstacles: Obstacles, xy: Floats, bearing_deg: Floats, *, error_m: Floats
) -> tuple[Floats, Floats, Floats]:
    """Give the place on the nearest facade that faces a bearing, how far and square."""
    from coveragekit.coverage.kernels.hanging import nearest_facades
    from coveragekit.visibility.cameras import ways_of

    placed, off, square = np.empty((len(xy), 2)), np.empty(len(xy)), np.empty(len(xy))
    shut = np.empty((256, 2))
    reach, ways = np.minimum(_ERRORS_OFF * error_m, _FURTHEST_M), ways_of(bearing_deg)
    done = 0
    while done < len(xy):
        done = nearest_facades(
            obstacles.index,
            xy,
            ways,
            reach,
            _STAND_OFF_M,
            done,
            shut,
            placed,
            off,
            square,
        )
        shut = np.empty((2 * len(shut), 2))
    return placed, off, square


def hang(
    poses: Poses, rng: np.random.Generator, walls: Walls
) -> tuple[Floats, Floats, NDArray[Any]]:
    """
    Draw where cameras hang and look.

    Parameters
    ----------
    poses
        The cameras.
    rng
        Where the random numbers come from.
    walls
        The buildings, and what is known of where the cameras hang.

    Returns
    -------
    tuple of numpy.ndarray
        Places, shape ``(n, 2)``, bearings, and words of the mounting rule.

    Notes
    -----
    Drawn again, up to 24 times, until what is known holds: a camera on a wall hangs on
    one and does not look into its building, one that is not on a wall is in the open.
    After that it stays where it is recorded.
    """
    from coveragekit.visibility.mounting import MOUNTS, mount_arrays

    opened, inside = MOUNTS.index("open"), MOUNTS.index("inside")
    count = len(poses.xy)
    xy, bearing = np.empty((count, 2)), np.empty(count)
    kinds = np.empty(count, np.uint8)
    views = int(poses.view_of.max(initial=-1)) + 1
    on_wall = walls.chance > rng.random(views)[poses.view_of]
    rows = np.arange(count)
    for attempt in range(_TRIES + 1):
        if len(rows) == 0:
            break
        there, bearing[rows] = poses.places(rng, rows)
        luck = rng.random(views)[poses.view_of[rows]]
        if attempt == _TRIES:
            there = poses.xy[rows]
        facing = poses.grid_bearings(bearing[rows], rows)
        placed, how, _ = mount_arrays(
            there, facing, walls.obstacles, mount_depth_m=walls.mount_depth_m
        )
        fits = np.ones(len(rows))
        beside = np.flatnonzero(on_wall[rows] & (how == opened))
        error = poses.error["position_error_m"][rows[beside]]
        put, off, _ = _put_on(
            walls.obstacles, there[beside], facing[beside], error_m=error
        )
        near = np.isfinite(off)
        placed[beside[near]] = put[near]
        how[beside[near]] = MOUNTS.index("facade")
        fits[beside] = np.exp(-0.5 * (off / (_PUT_BACK * error)) ** 2)
        hung = np.flatnonzero(on_wall[rows] & (how != opened) & (how != inside))
        beam = np.full(len(hung), _STAND_OFF_M)
        fits[hung] *= _put_on(
            walls.obstacles, placed[hung], facing[hung], error_m=beam
        )[2]
        xy[rows], kinds[rows] = placed, how
        wrong = on_wall[rows] & ((how == opened) | (how == inside) | (luck >= fits))
        wrong |= ~on_wall[rows] & ~walls.indoors[rows] & (how != opened)
        again = np.zeros(views, np.bool_)
        again[poses.view_of[rows[wrong]]] = True
        rows = rows[again[poses.view_of[rows]]]
    return xy, bearing, np.array(MOUNTS, dtype=object)[kinds]
