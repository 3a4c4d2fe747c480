"""Lay each camera's picture on the level of its targets, with every cut it has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coveragekit.optics.columns import are_fisheyes, known, numbers
from coveragekit.optics.shown import NEEDED, Footprints, Light, footprint_arrays

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import ArrayLike

__all__ = ["Footprints", "Light", "footprints"]


def footprints(
    cameras: pd.DataFrame,
    density_px_per_m: ArrayLike,
    *,
    target_height_m: float = 1.5,
    light: Light = "day",
) -> Footprints:
    """
    Give what each camera's picture shows of a level, sharply enough for a purpose.

    Parameters
    ----------
    cameras
        The model's camera table with defaults filled in: ``kind``, ``bearing_deg``
        (missing: unknown), ``tilt_deg``, ``hfov_deg``, ``vfov_deg``, ``width_px``,
        ``mount_height_m``, ``range_m`` (missing: not limited by the source) and, by
        night, ``ir_range_m``.
    density_px_per_m
        Pixels per metre that the purpose asks for, > 0; one, or one for each camera.
    target_height_m
        The level looked at, metres above the ground, 0 or more (1.5: a face).
    light
        ``day``, or ``night``: then nothing is seen beyond
        :func:`night_range_m`, and nothing at all without a known infrared lamp.

    Returns
    -------
    Footprints
        One row per camera, in their order.

    Raises
    ------
    InputError
        A column is missing, a number is missing or out of range (the first row is
        named), or the light is neither day nor night.

    Notes
    -----
    Pinhole to 90 degrees: the picture's trapezoid on the level, cut where the axial
    depth z = ahead cos t + (H - h) sin t exceeds the range for the density. The
    vertical field of view gives its near edge (the dead zone) and far edge, the
    horizontal one its sides: wider than the field of view beside a camera that looks
    down, narrower far away. Wider lenses are f-theta: density by slant range, a plain
    sector with a round dead zone. A fisheye of more than 180 degrees looks straight
    down: the disc of floor where the lesser of tangential and radial density suffices.
    With unknown bearing: all round, with the centre line's near and far. ``range_m``
    and the range by night cut round the foot. A picture wholly above the horizon shows
    nothing of the level. Where the level is not below the lens, as with a doorbell,
    targets reach down to the lens's height, and the camera counts as one that looks
    level: no dead zone, and no far edge but by density.

    Examples
    --------
    >>> import pandas as pd
    >>> one = pd.DataFrame({"kind": ["bullet"], "bearing_deg": [0.0],
    ...     "tilt_deg": [30.0], "hfov_deg": [52.0], "vfov_deg": [30.0],
    ...     "width_px": [2560], "mount_height_m": [4.0], "range_m": [None]})
    >>> view = footprints(one, 100.0, target_height_m=0.0)
    >>> (-view.planes[0, 0, 2]).round(3), view.planes[0, 1, 2].round(3)
    (np.float64(4.0), np.float64(14.928))
    """
    columns = {name: known(cameras, name) for name in NEEDED}
    columns |= {name: numbers(cameras, name) for name in ("bearing_deg", "range_m")}
    if light == "night":
        columns["ir_range_m"] = numbers(cameras, "ir_range_m")
    return footprint_arrays(
        {**columns, "is_fisheye": are_fisheyes(cameras)},
        density_px_per_m,
        target_height_m=target_height_m,
        light=light,
    )
