"""Say in one sentence why a camera sees a place, or all that keeps it from it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping

__all__ = ["say"]

_ZONE = "privacy zone: no camera may look there"


def say(
    row: Mapping[Hashable, Any],
    states: list[str],
    *,
    home: str | None,
    asked: float | None,
) -> str:
    """
    Say in one sentence why a camera sees a place, or all that keeps it from it.

    Parameters
    ----------
    row
        What was measured, with the verdict.
    states
        What else keeps the camera from being counted, in words.
    home
        Id of the building over the place.
    asked
        Pixels per metre that the purpose asks for.

    Returns
    -------
    str
        Without a full stop.

    Examples
    --------
    >>> row = {"verdict": "sees", "would_see": True, "distance_m": 12.0,
    ...     "pixel_density_px_per_m": 80.0, "band": "observe"}
    >>> say(row, [], home=None, asked=62.5)
    'sees it at 12 m (80 px/m there: observe)'
    """
    if row["would_see"]:
        seen = _sight(row)
        return "; ".join(
            [*states, f"would see it{seen}"] if states else [f"sees it{seen}"]
        )
    if row["is_inside"]:
        zone = [_ZONE] if row["in_zone"] else []
        room = "stands inside a building and sees its own room only"
        return "; also ".join([*zone, room, *states])
    return "; also ".join([*_faults(row, home, asked), *states])


def _sight(row: Mapping[Hashable, Any]) -> str:
    at = f" at {_number(row['distance_m'])} m"
    density = _density(row["pixel_density_px_per_m"], row["band"], None)
    chance = row.get("chance", 1.0)
    if chance == 1.0:
        return f"{at}{density}"
    if row["is_known"]:
        return f"{at} for {chance:.0%} of the time, while it shows this preset{density}"
    return (
        f"{at} if it looks this way: its bearing is unknown, {chance:.0%} of all "
        f"directions{density}"
    )


def _faults(
    row: Mapping[Hashable, Any], home: str | None, asked: float | None
) -> list[str]:
    faults = [_ZONE] if row["in_zone"] else []
    density = _density(row["pixel_density_px_per_m"], None, asked)
    if row["is_useless"]:
        faults.append(f"out of range: it serves the purpose nowhere{density}")
    elif row["beyond_m"] > 0.0:
        faults.append(f"out of range by {_number(row['beyond_m'])} m{density}")
    if row["off_angle_deg"] > 0.0:
        faults.append(f"outside the angle by {_number(row['off_angle_deg'])} degrees")
    elif row["is_below"]:
        faults.append(
            f"in the dead zone under it, which ends at {row['dead_zone_m']:.1f} m"
        )
    if row["off_angle_deg"] == 0.0 and row["above_m"] > 0.0:
        faults.append(f"above the picture, which ends at {row['view_ends_m']:.1f} m")
    if row["is_blocked"]:
        faults.append(_wall(row, home))
    if row["dark_m"] > 0.0:
        faults.append(_darkness(row))
    return faults or ["blocked: the place is on a wall that faces away, or in a room"]


def _wall(row: Mapping[Hashable, Any], home: str | None) -> str:
    at = f"at {_number(row['blocked_at_m'])} m"
    name = row["blocked_by"]
    if not isinstance(name, str):
        return f"blocked by the ground {at}"
    if name == home:
        return f"blocked by building {name} (the place is inside it) {at}"
    if name == row["mount_building"]:
        return f"blocked by building {name} (it hangs on it) {at}"
    return f"blocked by building {name} {at}"


def _darkness(row: Mapping[Hashable, Any]) -> str:
    if row["night_range_m"] > 0.0:
        return (
            f"too dark: {_number(row['dark_m'])} m beyond its infrared, which reaches "
            f"{_number(row['night_range_m'])} m"
        )
    return "too dark: no lamp of it is known"


def _density(density: float, band: str | None, asked: float | None) -> str:
    """Give the pixels there in brackets; nothing where they are not known."""
    if not np.isfinite(density):
        return ""
    good_for = f": {band}" if isinstance(band, str) else ""
    wanted = "" if asked is None else f", {asked:g} asked for"
    return f" ({density:.0f} px/m there{good_for}{wanted})"


def _number(number: float) -> str:
    """Give a number in whole units, or with a decimal where it is less than one."""
    return f"{number:.0f}" if number >= 1.0 else f"{number:.1f}"
