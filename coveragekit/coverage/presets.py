"""The preset views of a camera that turns, as its table has them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from coveragekit.errors import InputError
from coveragekit.model import table

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import ArrayLike, NDArray

__all__ = [
    "ANGLES",
    "Preset",
    "dwell_shares",
    "narrowed_deg",
    "preset_looks",
    "read_presets",
]

ANGLES: Final = ("bearing_deg", "tilt_deg", "hfov_deg", "vfov_deg")
_KEYS = (*ANGLES, "dwell_share", "name")
_TABLE = "cameras"
_WIDEST_PINHOLE_DEG = 90.0
_DUST = 1e-9
# So much of a text that cannot be read is shown.
_SHOWN = 40


@dataclass(frozen=True, slots=True)
class Preset:
    """
    One way a camera looks, and how much of the time.

    Parameters
    ----------
    angles
        Those of ``ANGLES`` that it gives, degrees.
    share
        Share of time, or ``None`` where it gives none.
    """

    angles: dict[str, float]
    share: float | None


def preset_looks(
    text: str, angles: Mapping[str, float]
) -> list[tuple[dict[str, float], float]]:
    """
    Give the ways that one camera looks, and how much of the time.

    Parameters
    ----------
    text
        Its presets, as :func:`coveragekit.coverage.ptz_views` reads them.
    angles
        The camera's own ``ANGLES``, degrees.

    Returns
    -------
    list of tuple
        For each preset all four angles and its share of time.

    Raises
    ------
    InputError
        The text holds no such presets.

    Examples
    --------
    >>> own = {"bearing_deg": 0.0, "tilt_deg": 9.0, "hfov_deg": 58.0, "vfov_deg": 34.0}
    >>> preset_looks('[{"bearing_deg": 90}]', own)[0][0]["tilt_deg"]
    9.0
    """
    wrong, presets = read_presets(text)
    if wrong:
        message = f"presets: {wrong[0][0]}; allowed: {wrong[0][1]}"
        raise InputError(message)
    looks = []
    for preset, share in zip(
        presets, dwell_shares([one.share for one in presets]), strict=True
    ):
        look = {**angles, **{name: float(deg) for name, deg in preset.angles.items()}}
        if "hfov_deg" in preset.angles and "vfov_deg" not in preset.angles:
            look["vfov_deg"] = float(
                narrowed_deg(angles["hfov_deg"], look["hfov_deg"], angles["vfov_deg"])
            )
        looks.append((look, share))
    return looks


def narrowed_deg(
    before_deg: ArrayLike, after_deg: ArrayLike, vfov_deg: ArrayLike
) -> NDArray[np.float64]:
    """
    Give how high a view is after its width has been zoomed.

    Parameters
    ----------
    before_deg, after_deg
        Horizontal field of view before and after, degrees.
    vfov_deg
        Vertical field of view before, degrees.

    Returns
    -------
    numpy.ndarray
        Vertical field of view after, degrees; not-a-number where one is not known.

    Examples
    --------
    >>> float(narrowed_deg(60.0, 30.0, 34.0).round(2))
    16.15
    """
    before, after, high = (
        np.asarray(one, dtype=np.float64) for one in (before_deg, after_deg, vfov_deg)
    )
    flat = np.fmax(before, after) <= _WIDEST_PINHOLE_DEG
    half = np.radians(np.stack([before, after, high])) / 2.0
    wide, narrow, tall = np.tan(np.where(flat, half, 0.0))
    by_plane = 2.0 * np.degrees(np.arctan(tall * narrow / np.where(flat, wide, 1.0)))
    by_angle = np.minimum(high * after / before, 180.0)
    return np.asarray(np.where(flat, by_plane, by_angle))


def read_presets(text: str) -> tuple[list[tuple[str, str]], list[Preset]]:
    """
    Give what is wrong with a text (the value seen, what is allowed), and presets.

    Parameters
    ----------
    text
        JSON, as the column ``ptz_presets`` has it.

    Returns
    -------
    tuple
        Faults, each the value seen and what is allowed; and the presets, none where
        there is a fault.

    Examples
    --------
    >>> read_presets('[{"bearing_deg": 90}]')[1][0].angles
    {'bearing_deg': 90}
    """
    try:
        parsed = json.loads(text)
    except json.JSONDecodeError as error:
        return [(f"{text[:_SHOWN]!r}: {error}", "a JSON list of presets")], []
    if not isinstance(parsed, list) or not parsed:
        return [(text[:_SHOWN], "a JSON list of at least one preset")], []
    wrong: list[tuple[str, str]] = []
    presets = []
    for number, entry in enumerate(parsed, start=1):
        if not isinstance(entry, dict):
            wrong.append(
                (f"preset {number} is {entry!r}", f"an object of {', '.join(_KEYS)}")
            )
            continue
        wrong += _entry_faults(number, entry)
        angles = {name: entry[name] for name in ANGLES if name in entry}
        presets.append(Preset(angles, entry.get("dwell_share")))
    if not wrong:
        wrong += _share_faults([preset.share for preset in presets])
    return wrong, presets if not wrong else []


def _entry_faults(number: int, entry: dict[str, Any]) -> list[tuple[str, str]]:
    columns = table(_TABLE).columns
    wrong = [
        (f"preset {number} has {name!r}", f"only {', '.join(_KEYS)}")
        for name in entry
        if name not in _KEYS
    ]
    if "bearing_deg" not in entry:
        wrong.append((f"preset {number} has no bearing_deg", "one in every preset"))
    for name in ANGLES:
        if name in entry and not _is_within(entry[name], columns[name]):
            seen = f"preset {number}: {name} {entry[name]!r}"
            wrong.append((seen, columns[name].allowed_words))
    share = entry.get("dwell_share")
    if share is not None and not (_is_number(share) and 0.0 < share <= 1.0):
        wrong.append(
            (f"preset {number}: dwell_share {share!r}", "more than 0, at most 1")
        )
    return wrong


def _is_number(value: object) -> bool:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number and bool(np.isfinite(value))  # type: ignore[call-overload]


def _is_within(value: Any, column: Any) -> bool:  # noqa: ANN401 - JSON and its layout
    if not _is_number(value):
        return False
    return (
        (column.low is None or value >= column.low)
        and (column.above is None or value > column.above)
        and (column.high is None or value <= column.high)
        and (column.below is None or value < column.below)
    )


def _share_faults(shares: list[float | None]) -> list[tuple[str, str]]:
    given = [share for share in shares if share is not None]
    total = sum(given)
    if total > 1.0 + _DUST:
        return [(f"dwell shares sum to {total:g}", "at most 1")]
    left = len(shares) - len(given)
    if left and total >= 1.0 - _DUST:
        seen = f"dwell shares sum to {total:g}, and {left} presets have none"
        return [(seen, "less than 1 where a preset has no share")]
    return []


def dwell_shares(shares: list[float | None]) -> list[float]:
    """
    Give every share: those not given are equal parts of what the others leave.

    Parameters
    ----------
    shares
        Shares of time, ``None`` where none is given.

    Returns
    -------
    list of float
        A share for each.

    Examples
    --------
    >>> dwell_shares([0.5, None, None])
    [0.5, 0.25, 0.25]
    """
    given = [share for share in shares if share is not None]
    rest = (1.0 - sum(given)) / max(len(shares) - len(given), 1)
    return [rest if share is None else share for share in shares]
