"""The ways that one camera looks, as a study takes cameras that turn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from coveragekit.coverage.presets import ANGLES, preset_looks

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from coveragekit.study.ghost import Ghost

    Floats = NDArray[np.float64]

__all__ = ["Ways"]


@dataclass(frozen=True, slots=True, eq=False)
class Ways:
    """
    The ways that one camera looks: one, or one for each preset.

    Parameters
    ----------
    bearing_deg
        Clockwise from true north, degrees; not-a-number: unknown, or all round.
    probability
        How surely it looks that way, 0 to 1.
    optics
        What :func:`coveragekit.optics.footprint_arrays` takes.
    """

    bearing_deg: Floats
    probability: Floats
    optics: dict[str, Floats]

    @classmethod
    def of(cls, ghost: Ghost, turning: str) -> Ways:
        """
        Give the ways a camera looks as the study takes cameras that turn.

        Parameters
        ----------
        ghost
            The camera.
        turning
            ``now``, ``preset`` or ``reach``, as the study's settings have it.

        Returns
        -------
        Ways
            At least one.

        Raises
        ------
        InputError
            Its presets cannot be read.
        """
        bearing = np.nan if ghost.bearing_deg is None else ghost.bearing_deg
        own = {name: float(getattr(ghost, name)) for name in ANGLES[1:]}
        own["bearing_deg"] = bearing
        turns = ghost.kind == "ptz" or bool(ghost.presets.strip())
        if turning == "preset" and ghost.presets.strip():
            looks = preset_looks(ghost.presets, own)
        elif turning == "reach" and turns:
            looks = [({**own, "bearing_deg": np.nan}, 1.0)]
        else:
            known = np.isfinite(bearing)
            looks = [(own, 1.0 if known else min(own["hfov_deg"] / 360.0, 1.0))]
        count = len(looks)
        angles = {name: np.array([look[name] for look, _ in looks]) for name in ANGLES}
        same = {
            "width_px": ghost.width_px,
            "mount_height_m": ghost.mount_height_m,
            "range_m": np.nan if ghost.range_m is None else ghost.range_m,
            "ir_range_m": np.nan if ghost.ir_range_m is None else ghost.ir_range_m,
            "is_fisheye": float(ghost.kind == "fisheye"),
        }
        repeated = {name: np.full(count, float(one)) for name, one in same.items()}
        chance = np.array([share for _, share in looks])
        return cls(angles["bearing_deg"], chance, {**angles, **repeated})
