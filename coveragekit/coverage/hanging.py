"""Where cameras hang: on which wall, or in the open, as far as that is known."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple, Self

import numpy as np

from coveragekit.coverage.camera_errors import error_defaults, kind_numbers

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from coveragekit.coverage.poses import Poses
    from coveragekit.visibility import Obstacles, Surface

    Floats = NDArray[np.float64]

__all__ = ["Walls", "hang"]

_TRIES = 24
_STAND_OFF_M = 0.1
# A facade further off than three errors is not the camera's; nor is one 30 m away.
_ERRORS_OFF = 3.0
_FURTHEST_M = 30.0
# A bracket holds a camera off its wall, so that even an exact place is not on it.
_BRACKET_M = 0.5
_BESIDE_M = 1.0
# Where poles stand: anywhere in so many metres before a wall.
_OPEN_M = 10.0


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
    shift_m
        How far the mounting rule moves each row as it is recorded.
    start
        Where each row is drawn about: where it is recorded, but for views of one
        camera, and one that looks all round, where it hangs.
    any_way
        Those rows, which hang the same whichever way they look.
    surface
        Ground that cameras must stay on, or ``None``.
    """

    obstacles: Obstacles
    mount_depth_m: float
    indoors: NDArray[np.bool_]
    chance: Floats
    shift_m: Floats
    start: Floats
    any_way: NDArray[np.bool_]
    surface: Surface | None

    @classmethod
    def of(
        cls,
        poses: Poses,
        obstacles: Obstacles,
        mount_depth_m: float,
        *,
        mounting: pd.DataFrame | None = None,
        hides: object | None = None,
    ) -> Self:
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
        mounting
            Where they hang as they are recorded; worked out where ``None``.
        hides
            What hides, where it is a surface.

        Returns
        -------
        Walls
            For these cameras.

        Raises
        ------
        InputError
            The mounting is for other cameras.

        Notes
        -----
        One that the mounting rule puts on a facade hangs there. Any other, ``d`` from
        the nearest facade that faces its bearing, does so with the odds
        ``w exp(-d^2 / 2 s^2) / (s sqrt(2 pi))`` to ``(1 - w) / 10 m``: ``s`` is the
        error of its place, at least half a metre, ``w`` the share of its kind that hang
        on walls, and poles stand anywhere within ten metres of one. One with several
        views hangs as it is recorded.
        """
        from coveragekit.visibility import Surface
        from coveragekit.visibility.mounting import MOUNTS, check_mounting, mount_arrays

        every = np.arange(len(poses.xy))
        bearing = poses.grid_bearings(poses.middle["bearing_deg"], every)
        if mounting is None:
            placed, kinds, _ = mount_arrays(
                poses.xy, bearing, obstacles, mount_depth_m=mount_depth_m
            )
        else:
            placed, kinds = check_mounting(mounting, poses.cameras.index)
        views = np.bincount(poses.view_of, minlength=1)[poses.view_of]
        any_way = (views > 1) | (np.isnan(bearing) & ~poses.turns)
        first = np.unique(poses.view_of, return_index=True)[1][poses.view_of]
        placed, kinds = placed[first], kinds[first]
        opened = kinds == MOUNTS.index("open")
        inside = kinds == MOUNTS.index("inside")
        error = np.maximum(poses.error["position_error_m"], _BRACKET_M)
        near = np.flatnonzero((opened | inside) & ~any_way)
        _, off, _ = _put_on(
            obstacles, poses.xy[near], bearing[near], error_m=error[near]
        )
        share = _wall_share(poses)[near]
        on_wall = share * np.exp(-0.5 * (off / error[near]) ** 2) / error[near]
        on_pole = (1.0 - share) * np.sqrt(2.0 * np.pi) / _OPEN_M
        chance = (~opened & ~inside).astype(np.float64)
        chance[near] = on_wall / np.maximum(on_wall + on_pole, np.finfo(float).tiny)
        start = np.where(any_way[:, None], placed, poses.xy)
        return cls(
            obstacles=obstacles,
            mount_depth_m=mount_depth_m,
            indoors=inside,
            chance=chance,
            shift_m=np.hypot(*(placed - start).T),
            start=start,
            any_way=any_way,
            surface=hides if isinstance(hides, Surface) else None,
        )

    def on_ground(self, xy: Floats) -> NDArray[np.bool_]:
        """
        Tell which places lie on known ground.

        Parameters
        ----------
        xy
            Places, metres, shape ``(n, 2)``.

        Returns
        -------
        numpy.ndarray
            Bool; all of them where there is no surface.
        """
        if self.surface is None:
            return np.ones(len(xy), np.bool_)
        return self.surface.is_known(xy)


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
    one, one that is not stands in the open. A place drawn more than a metre before
    its wall is put on the nearest facade that faces the bearing, and kept with the
    probability ``exp(-d^2 / 2 s^2)``; one drawn in a building with the same, ``d``
    being how much further it is moved than as it is recorded. And as cameras look away
    from the wall they hang on, a bearing is kept with the probability cos(a), ``a``
    being its angle to straight away from it. After that it stays where it is recorded.
    """
    from coveragekit.visibility.mounting import MOUNTS

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
        there += walls.start[rows] - poses.xy[rows]
        luck = rng.random(views)[poses.view_of[rows]]
        if attempt == _TRIES:
            there = walls.start[rows]
        facing = poses.grid_bearings(bearing[rows], rows)
        facing[walls.any_way[rows]] = np.nan
        error = poses.error["position_error_m"][rows]
        drawn = _Drawn(there, facing, error, on_wall[rows], walls.shift_m[rows])
        xy[rows], kinds[rows], fits = _in_blocks(drawn, walls)
        fits[walls.indoors[rows] & ~on_wall[rows]] = 1.0
        held = (fits > luck) & walls.on_ground(xy[rows])
        again = np.zeros(views, np.bool_)
        again[poses.view_of[rows[~held]]] = True
        rows = rows[again[poses.view_of[rows]]]
    return xy, bearing, np.array(MOUNTS, dtype=object)[kinds]


class _Drawn(NamedTuple):
    """Places and bearings as drawn, and what is known of these cameras."""

    xy: Floats
    bearing_deg: Floats
    error_m: Floats
    on_wall: NDArray[np.bool_]
    shift_m: Floats

    def rows(self, taken: slice) -> _Drawn:
        """Give some of the rows."""
        return _Drawn(
            self.xy[taken],
            self.bearing_deg[taken],
            self.error_m[taken],
            self.on_wall[taken],
            self.shift_m[taken],
        )


def _in_blocks(drawn: _Drawn, walls: Walls) -> tuple[Floats, NDArray[np.uint8], Floats]:
    """Do :func:`_mounted` on every processor where it pays; row by row, so the same."""
    from coveragekit.visibility.blocks import block_edges

    edges = block_edges(len(drawn.xy), None)
    blocks = [drawn.rows(slice(start, end)) for start, end in pairwise(edges)]
    if len(blocks) == 1:
        return _mounted(drawn, walls)
    with ThreadPoolExecutor(len(blocks)) as pool:
        made = list(pool.map(lambda block: _mounted(block, walls), blocks))
    xy, kinds, fits = (np.concatenate(parts) for parts in zip(*made, strict=True))
    return xy, kinds, fits


def _mounted(drawn: _Drawn, walls: Walls) -> tuple[Floats, NDArray[np.uint8], Floats]:
    """Give where cameras come to hang, how, and how well that fits what is known."""
    from coveragekit.visibility.mounting import MOUNTS, mount_arrays

    opened = MOUNTS.index("open")
    placed, how, _ = mount_arrays(
        drawn.xy, drawn.bearing_deg, walls.obstacles, mount_depth_m=walls.mount_depth_m
    )
    fits = (drawn.on_wall != (how == opened)).astype(np.float64)
    error = np.maximum(drawn.error_m, _BRACKET_M)
    hung = np.flatnonzero(drawn.on_wall & (how != opened))
    moved = np.hypot(*(placed[hung] - drawn.xy[hung]).T)
    touch = np.full(len(hung), _STAND_OFF_M)
    # Before no facade at all, as deep in a building, nothing is square.
    square = _put_on(
        walls.obstacles, placed[hung], drawn.bearing_deg[hung], error_m=touch
    )[2]
    too_far = np.maximum(moved - drawn.shift_m[hung], 0.0)
    fits[hung] = square * np.exp(-0.5 * (too_far / error[hung]) ** 2)
    beside = np.flatnonzero(drawn.on_wall & (how == opened))
    put, off, square = _put_on(
        walls.obstacles,
        drawn.xy[beside],
        drawn.bearing_deg[beside],
        error_m=error[beside],
    )
    near = np.isfinite(off) & (off > _BESIDE_M)
    placed[beside[near]] = put[near]
    how[beside[near]] = MOUNTS.index("facade")
    fits[beside] = square * np.exp(-0.5 * (off / error[beside]) ** 2)
    return placed, how, fits
