"""Find cameras whose optics contradict one another, all of them at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from coveragekit.errors import Fault, TableError
from coveragekit.model import split_assumed, table
from coveragekit.optics.columns import numbers
from coveragekit.optics.lens import WIDEST_PINHOLE_DEG

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pandas as pd
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Given = dict[str, Floats]
    # Which cameras, which column, and what would have been allowed in a row.
    Found = tuple[NDArray[np.bool_], str, Callable[[int], str]]

__all__ = ["camera_faults", "check_cameras"]

_TABLE = "cameras"
_NUMBERS = (
    "tilt_deg",
    "hfov_deg",
    "vfov_deg",
    "width_px",
    "height_px",
    "focal_length_mm",
    "sensor_width_mm",
    "mount_height_m",
    "range_m",
    "ir_range_m",
)
# Sources of sensor widths differ by 4 %, and makers round focal lengths.
_LENS_SLACK = 0.10
# Lenses bend the picture, and not by the same amount both ways.
_HEIGHT_SLACK = 4.0 / 3.0
# At less than a pixel on a metre there is nothing to be seen.
_LEAST_PX_PER_M = 1.0
_HALF_TURN_DEG = 180.0


def check_cameras(cameras: pd.DataFrame) -> None:
    """
    Raise with every camera whose optics contradict one another, or return nothing.

    Parameters
    ----------
    cameras
        The model's camera table as its source gave it; see :func:`camera_faults`.

    Raises
    ------
    TableError
        Some do; all faults are in ``error.faults``, each with the camera's key.

    Examples
    --------
    >>> import pandas as pd
    >>> check_cameras(pd.DataFrame({"hfov_deg": [90.0], "vfov_deg": [58.0]}))
    """
    faults = camera_faults(cameras)
    if faults:
        raise TableError(_TABLE, faults)


def camera_faults(cameras: pd.DataFrame) -> list[Fault]:
    """
    Give every contradiction in the optics of cameras: row, column, value, allowed.

    Parameters
    ----------
    cameras
        The model's camera table; columns may be missing or hold not-a-number. Numbers
        that ``assumed`` names are ours and contradict nobody.

    Returns
    -------
    list of Fault
        Camera by camera; ``row`` is ``camera_id``, or the index where there is none.

    Notes
    -----
    Looked for, beside numbers out of their range: a field of view that neither a
    pinhole (2 atan(w / 2f)) nor an f-theta lens (w / f), nor anything between the two,
    gives within 10 % for the sensor and focal length; a vertical field of view that
    square pixels do not give for the picture's shape within a third; a range at which a
    metre gets less than a pixel; and a picture wholly above the horizon, which shows no
    ground and often is a tilt with the wrong sign.

    Examples
    --------
    >>> import pandas as pd
    >>> one = {"hfov_deg": [30.0], "focal_length_mm": [2.8], "sensor_width_mm": [5.6]}
    >>> [fault.column for fault in camera_faults(pd.DataFrame(one))]
    ['hfov_deg']
    """
    assumed = _assumed(cameras)
    given = {name: _given(cameras, name, assumed) for name in _NUMBERS}
    found: list[tuple[int, Fault]] = []
    for check in (_out_of_range, _lens, _height, _far, _horizon):
        # Numbers that cannot be are out before they are compared with others.
        for wrong, column, allowed in list(check(given)):
            for row in map(int, np.flatnonzero(wrong)):
                value = f"{given[column][row]:g}"
                fault = Fault(_key(cameras, row), column, value, allowed(row))
                found.append((row, fault))
            if check is _out_of_range:
                given[column] = np.where(wrong, np.nan, given[column])
    return [fault for _, fault in sorted(found, key=lambda pair: pair[0])]


def _out_of_range(given: Given) -> Iterator[Found]:
    columns = table(_TABLE).columns
    for name in _NUMBERS:
        column, values = columns[name], given[name]
        wrong = np.isinf(values)
        for limit, is_past in (
            (column.low, np.less),
            (column.above, np.less_equal),
            (column.high, np.greater),
            (column.below, np.greater_equal),
        ):
            if limit is not None:
                wrong |= is_past(values, limit)
        yield wrong, name, _always(column.allowed_words)


def _always(words: str) -> Callable[[int], str]:
    return lambda _: words


def _lens(given: Given) -> Iterator[Found]:
    share = given["sensor_width_mm"] / given["focal_length_mm"]
    straight = np.degrees(2.0 * np.arctan(share / 2.0))
    bent = np.minimum(np.degrees(share), 360.0)
    hfov = given["hfov_deg"]
    wrong = hfov < straight * (1.0 - _LENS_SLACK)
    wrong |= hfov > bent * (1.0 + _LENS_SLACK)
    yield (
        wrong,
        "hfov_deg",
        lambda row: (
            f"within 10 % of {straight[row]:.0f} (pinhole) to {bent[row]:.0f} degrees "
            f"(f-theta), as focal_length_mm {given['focal_length_mm'][row]:g} on "
            f"sensor_width_mm {given['sensor_width_mm'][row]:g} gives: correct one of "
            "the three"
        ),
    )


def _height(given: Given) -> Iterator[Found]:
    shape = given["height_px"] / given["width_px"]
    hfov, vfov = given["hfov_deg"], given["vfov_deg"]
    plane = np.where(hfov < _HALF_TURN_DEG, hfov, np.nan)
    straight = np.degrees(2.0 * np.arctan(np.tan(np.radians(plane) / 2.0) * shape))
    low = np.fmin(straight, hfov * shape)
    high = np.fmax(straight, hfov * shape)
    # A picture of more than half a turn is no rectangle of the world.
    wrong = (vfov < low / _HEIGHT_SLACK) | (vfov > high * _HEIGHT_SLACK)
    wrong &= hfov <= _HALF_TURN_DEG
    yield (
        wrong,
        "vfov_deg",
        lambda row: (
            f"about {low[row]:.0f} to {high[row]:.0f} degrees for a picture "
            f"{hfov[row]:g} degrees and {given['width_px'][row]:g} px wide and "
            f"{given['height_px'][row]:g} px high (is it turned?)"
        ),
    )


def _far(given: Given) -> Iterator[Found]:
    hfov, width = given["hfov_deg"], given["width_px"]
    flat = np.tan(np.radians(np.minimum(hfov, WIDEST_PINHOLE_DEG)) / 2.0) * 2.0
    across = np.where(hfov <= WIDEST_PINHOLE_DEG, flat, np.radians(hfov))
    most = width / across / _LEAST_PX_PER_M
    yield (
        given["range_m"] > most,
        "range_m",
        lambda row: (
            f"at most {most[row]:.0f} m, where {width[row]:g} px over {hfov[row]:g} "
            "degrees leave one pixel for a metre"
        ),
    )


def _horizon(given: Given) -> Iterator[Found]:
    tilt, half = given["tilt_deg"], given["vfov_deg"] / 2.0
    yield (
        tilt <= -half,
        "tilt_deg",
        lambda row: (
            f"more than {-half[row]:g}, or the picture of {2.0 * half[row]:g} degrees "
            "is all sky; tilt counts down from the horizontal (is its sign wrong?)"
        ),
    )


def _assumed(cameras: pd.DataFrame) -> list[list[str]]:
    if "assumed" not in cameras.columns:
        return [[]] * len(cameras)
    return [split_assumed(cell) for cell in cameras["assumed"]]


def _given(cameras: pd.DataFrame, name: str, assumed: list[list[str]]) -> Floats:
    """Give a column as its source had it: not-a-number where it is ours or missing."""
    if name not in cameras.columns:
        return np.full(len(cameras), np.nan)
    values = numbers(cameras, name)
    ours = np.array([name in names for names in assumed], dtype=np.bool_)
    return np.where(ours, np.nan, values)


def _key(cameras: pd.DataFrame, row: int) -> str:
    if "camera_id" in cameras.columns:
        return str(cameras["camera_id"].iloc[row])
    return str(cameras.index[row])
