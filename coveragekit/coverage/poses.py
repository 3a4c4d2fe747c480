"""What is known of cameras' places, aims and lenses, and random draws of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from coveragekit.coverage.camera_errors import (
    assumed_mask,
    error_defaults,
    kind_numbers,
    numbers,
)
from coveragekit.crs import check_metric, grid_convergence_deg
from coveragekit.errors import InputError
from coveragekit.model import split_assumed

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd
    from numpy.typing import NDArray

    from coveragekit.visibility.cameras import North

    Floats = NDArray[np.float64]

__all__ = ["ERRORS", "Poses"]

ERRORS = (
    "position_error_m",
    "bearing_error_deg",
    "hfov_error_deg",
    "height_error_m",
    "range_error_m",
)
# What is drawn of lens and height, in the order of the random numbers.
_DRAWN = (
    "hfov_deg",
    "mount_height_m",
    "tilt_deg",
    "range_m",
    "width_px",
    "ir_range_m",
)
_HALF_TURN_DEG = 180.0
_NO_ERROR = 1e-9


@dataclass(frozen=True, slots=True)
class Poses:
    """
    What is known of cameras, as arrays, and how far each number may be off.

    Parameters
    ----------
    cameras
        The table, in a CRS in metres.
    xy
        Where they are drawn, metres, shape ``(n, 2)``.
    middle
        By column: the values as known, not-a-number where unknown.
    error
        By column: one standard deviation; 0 where a number is taken as it is.
    shared
        By column: which share of the variance all cameras of the kind have in common.
    bounds
        By column: lowest and highest value that can be drawn.
    view_of
        For each row the number of its camera: rows of one ``camera_id`` (presets of a
        PTZ) are views of one camera, and move together.
    kind
        For each row the number of its kind.
    turns
        Rows whose bearing is unknown, so that each bearing is equally likely.
    convergence_deg
        Grid convergence at each row; 0 where bearings count from the grid's north.
    """

    cameras: gpd.GeoDataFrame
    xy: Floats
    middle: Mapping[str, Floats]
    error: Mapping[str, Floats]
    shared: Mapping[str, Floats]
    bounds: Mapping[str, tuple[Floats, Floats]]
    view_of: NDArray[np.intp]
    kind: NDArray[np.intp]
    turns: NDArray[np.bool_]
    convergence_deg: Floats

    @classmethod
    def of(cls, cameras: gpd.GeoDataFrame, *, north: North = "true") -> Self:
        """
        Read what is known of cameras from their table.

        Parameters
        ----------
        cameras
            As :func:`coveragekit.coverage.draw_cameras` takes them.
        north
            What ``bearing_deg`` counts from: ``"true"`` or ``"grid"`` north.

        Returns
        -------
        Poses
            One row per row of the table.

        Raises
        ------
        CRSError
            The CRS is missing or not in metres.
        InputError
            A column of errors is missing, or an error is not a number where its value
            is known; or a point is missing.
        """
        check_metric(cameras.crs, "cameras")
        xy = _places(cameras)
        middle = {name: numbers(cameras, name) for name in ("bearing_deg", *_DRAWN)}
        defaults = error_defaults()
        notes = [split_assumed(cell) for cell in cameras.get("assumed", [])]
        notes = notes or [[] for _ in range(len(cameras))]
        error = _errors(cameras, middle, notes, defaults=defaults)
        common = defaults["common"]["shared_share"]
        share = numbers(cameras, "probability")
        return cls(
            cameras=cameras,
            xy=xy,
            middle=middle,
            error=error,
            shared={name: common * assumed_mask(notes, name) for name in _DRAWN},
            bounds=_bounds(middle),
            view_of=_views(cameras),
            kind=_kind_in(defaults, cameras),
            turns=np.isnan(middle["bearing_deg"]) & ~(share >= 1.0),
            convergence_deg=(
                grid_convergence_deg(xy[:, 0], xy[:, 1], cameras.crs)
                if north == "true"
                else np.zeros(len(xy))
            ),
        )

    def chance(self) -> Floats:
        """
        Give how surely each row looks where it is drawn to look.

        Returns
        -------
        numpy.ndarray
            The column ``probability`` where the bearing is known, else 1.

        Raises
        ------
        InputError
            A probability is not within 0 to 1.
        """
        given = numbers(self.cameras, "probability")
        wrong = (given < 0.0) | (given > 1.0)
        if wrong.any():
            message = f"cameras: probability is {given[wrong][0]:g}; allowed: 0 to 1"
            raise InputError(message)
        known = ~np.isnan(self.middle["bearing_deg"]) & ~np.isnan(given)
        return np.where(known, given, 1.0)

    def grid_bearings(self, bearing_deg: Floats, rows: NDArray[np.intp]) -> Floats:
        """
        Give bearings of some rows from the grid's north.

        Parameters
        ----------
        bearing_deg
            Degrees clockwise, one for each of the rows.
        rows
            The rows.

        Returns
        -------
        numpy.ndarray
            Degrees clockwise from the y axis.
        """
        return np.mod(bearing_deg - self.convergence_deg[rows], 360.0)

    def lenses(self, rng: np.random.Generator) -> dict[str, Floats]:
        """
        Draw lens, height, tilt, range, picture width and infrared reach.

        Parameters
        ----------
        rng
            Where the random numbers come from.

        Returns
        -------
        dict
            By column, one value for each row; ``vfov_deg`` follows ``hfov_deg``.
        """
        cameras = int(self.view_of.max(initial=-1)) + 1
        kinds = len(error_defaults()["kinds"])
        common = rng.standard_normal((kinds, len(_DRAWN)))[self.kind]
        own = rng.standard_normal((cameras, len(_DRAWN)))[self.view_of]
        drawn = {}
        for at, name in enumerate(_DRAWN):
            share = self.shared[name]
            steps = np.sqrt(1.0 - share) * own[:, at] + np.sqrt(share) * common[:, at]
            drawn[name] = _truncated(
                self.middle[name], self.error[name], steps, bounds=self.bounds[name]
            )
        wider = drawn["hfov_deg"] / self.middle["hfov_deg"]
        vfov = numbers(self.cameras, "vfov_deg")
        drawn["vfov_deg"] = np.minimum(vfov * wider, np.fmax(vfov, _HALF_TURN_DEG))
        return drawn

    def places(
        self, rng: np.random.Generator, rows: NDArray[np.intp]
    ) -> tuple[Floats, Floats]:
        """
        Draw where some rows are, and where they look.

        Parameters
        ----------
        rng
            Where the random numbers come from.
        rows
            The rows, with all views of each camera.

        Returns
        -------
        tuple of numpy.ndarray
            Places, shape ``(n, 2)``, and bearings.
        """
        which, of = np.unique(self.view_of[rows], return_inverse=True)
        steps = rng.standard_normal((len(which), 3))[of]
        turned = rng.uniform(0.0, 360.0, len(which))[of]
        sd_m = self.error["position_error_m"][rows]
        xy = self.xy[rows] + sd_m[:, None] * steps[:, :2]
        known = self.middle["bearing_deg"][rows]
        off = self.error["bearing_deg"][rows] * steps[:, 2]
        bearing = np.where(self.turns[rows], turned, np.mod(known + off, 360.0))
        return xy, bearing


def _views(cameras: gpd.GeoDataFrame) -> NDArray[np.intp]:
    import pandas as pd

    if "camera_id" not in cameras.columns:
        return np.arange(len(cameras))
    return np.asarray(pd.factorize(cameras["camera_id"])[0], np.intp)


def _places(cameras: gpd.GeoDataFrame) -> Floats:
    import shapely

    points = cameras.geometry.to_numpy()
    wrong = (shapely.get_type_id(points) != 0) | shapely.is_empty(points)
    if wrong.any():
        message = (
            f"cameras: row {cameras.index[wrong][0]} has no point; allowed: a Point "
            "in each row"
        )
        raise InputError(message)
    return np.asarray(shapely.get_coordinates(points), dtype=np.float64)


def _errors(
    cameras: gpd.GeoDataFrame,
    middle: Mapping[str, Floats],
    notes: list[list[str]],
    *,
    defaults: Mapping[str, Any],
) -> dict[str, Floats]:
    """Give one standard deviation of everything that is drawn."""
    given = {}
    for name in ERRORS:
        if name not in cameras.columns:
            message = (
                f"cameras have no column {name!r}, so that nobody knows how far they "
                "may be off; coveragekit.coverage.camera_errors fills it in"
            )
            raise InputError(message)
        given[name] = np.nan_to_num(numbers(cameras, name), nan=-1.0)
    about = {
        "position_error_m": np.zeros(len(cameras)),
        "bearing_error_deg": middle["bearing_deg"],
        "hfov_error_deg": middle["hfov_deg"],
        "height_error_m": middle["mount_height_m"],
        "range_error_m": middle["range_m"],
    }
    for name, values in about.items():
        wrong = (given[name] < 0.0) & ~np.isnan(values)
        if wrong.any():
            message = (
                f"cameras: {name} is missing or below 0 in row "
                f"{cameras.index[wrong][0]}; allowed: one standard deviation, 0 or "
                "more; coveragekit.coverage.camera_errors fills in what is missing"
            )
            raise InputError(message)
    kind, names = kind_numbers(cameras, defaults)
    blocks = [defaults["kinds"][name] for name in names]
    plain = np.array([block["tilt_error_deg"] for block in blocks])[kind]
    larger = np.array([block["assumed"]["tilt_error_deg"] for block in blocks])[kind]
    tilt = np.where(assumed_mask(notes, "tilt_deg"), larger, plain)
    aimed = ~np.isnan(middle["bearing_deg"])
    tilt[aimed] = np.minimum(tilt, given["bearing_error_deg"])[aimed]
    common = defaults["common"]
    return {
        "position_error_m": given["position_error_m"],
        "bearing_deg": np.maximum(given["bearing_error_deg"], 0.0),
        "hfov_deg": given["hfov_error_deg"],
        "mount_height_m": given["height_error_m"],
        "tilt_deg": tilt,
        "range_m": given["range_error_m"],
        "width_px": (
            assumed_mask(notes, "width_px")
            * common["assumed_width_share"]
            * middle["width_px"]
        ),
        "ir_range_m": (
            assumed_mask(notes, "ir_range_m")
            * common["assumed_ir_share"]
            * middle["ir_range_m"]
        ),
    }


def _bounds(middle: Mapping[str, Floats]) -> dict[str, tuple[Floats, Floats]]:
    """Give what can be drawn at all: never past what is said, if that is odd."""
    hfov = middle["hfov_deg"]
    wide = hfov > _HALF_TURN_DEG
    limits: dict[str, tuple[Any, Any]] = {
        "hfov_deg": (
            np.where(wide, _HALF_TURN_DEG + 1.0, 1.0),
            np.where(wide, 360.0, _HALF_TURN_DEG),
        ),
        "mount_height_m": (0.5, 500.0),
        "tilt_deg": (-90.0, 90.0),
        "range_m": (0.1 * middle["range_m"], 20_000.0),
        "width_px": (0.1 * middle["width_px"], 100_000.0),
        "ir_range_m": (0.0, 5_000.0),
    }
    return {
        name: (np.fmin(low, middle[name]), np.fmax(high, middle[name]))
        for name, (low, high) in limits.items()
    }


def _truncated(
    middle: Floats, sd: Floats, steps: Floats, *, bounds: tuple[Floats, Floats]
) -> Floats:
    """Give normal numbers that are cut off at their bounds, from standard normal."""
    from scipy.special import ndtr, ndtri

    moved = sd > _NO_ERROR
    middle_, sd_ = middle[moved], sd[moved]
    low, high = bounds[0][moved], bounds[1][moved]
    below, upto = ndtr((low - middle_) / sd_), ndtr((high - middle_) / sd_)
    out = middle.copy()
    made = middle_ + sd_ * ndtri(below + ndtr(steps[moved]) * (upto - below))
    out[moved] = np.clip(made, low, high)
    return out


def _kind_in(
    defaults: Mapping[str, Any], cameras: gpd.GeoDataFrame
) -> NDArray[np.intp]:
    # By the order of the file, so that a new kind in a table moves no other's draw.
    kind, names = kind_numbers(cameras, defaults)
    order = list(defaults["kinds"])
    return np.array([order.index(name) for name in names], np.intp)[kind]
