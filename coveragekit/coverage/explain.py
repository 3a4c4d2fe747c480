"""Tell which cameras see a place, and why the others do not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from coveragekit.coverage.explain_question import Question
from coveragekit.coverage.explain_verdicts import VERDICTS
from coveragekit.coverage.explainer import Explainer

if TYPE_CHECKING:
    from datetime import datetime

    import geopandas as gpd
    import pandas as pd
    import shapely

    from coveragekit.optics import Footprints
    from coveragekit.visibility import Obstacles, Surface

__all__ = ["VERDICTS", "Explainer", "Question", "explain"]


def explain(  # noqa: PLR0913 - each says one thing that "sees" may depend on
    point: shapely.Point,
    cameras: gpd.GeoDataFrame,
    obstacles: Obstacles,
    *,
    footprints: Footprints | None = None,
    density_px_per_m: float | None = None,
    edition: str = "2014",
    mounting: pd.DataFrame | None = None,
    light: Literal["day", "night"] = "day",
    as_of: datetime | None = None,
    target_height_m: float = 1.5,
    surface: Surface | None = None,
) -> pd.DataFrame:
    """
    Tell for one place which cameras near it see it, and why the others do not.

    Parameters
    ----------
    point
        The place, in the CRS of the obstacles.
    cameras
        The table ``cameras`` in that CRS; without footprints ``range_m`` is the range
        to use.
    obstacles
        The buildings.
    footprints
        The views by day, as :func:`coveragekit.optics.footprints` gives them for these
        cameras; ``None``: plain sectors of ``hfov_deg`` and ``range_m``.
    density_px_per_m
        What the purpose asks for, to be named beside what there is; ``None``: not
        named.
    edition
        Edition of IEC 62676-4 whose bands are named.
    mounting
        Where the cameras hang, as :func:`coveragekit.visibility.mount` gives it; worked
        out where ``None``.
    light
        ``"day"``, or ``"night"``: then a camera sees as far as its infrared reaches.
    as_of
        The time whose cameras are in service; ``None``: all are taken to be.
    target_height_m
        What is looked at, metres above the ground.
    surface
        Ground and roofs, where walls and hills are to hide by their height; ``None``: a
        wall hides whatever its height.

    Returns
    -------
    pandas.DataFrame
        On the index of ``cameras``, one row for each within 1.5 times its range, and
        for the five nearest: ``camera_id``; ``verdict``, the first of these that holds:
        ``sees``, ``sees with probability`` (bearing unknown, or one preset of several),
        ``privacy zone`` (no camera may look at the place),
        ``inside a building`` (the camera is), ``out of range``, ``outside the angle``,
        ``dead zone`` (under the picture), ``above the picture``, ``blocked``, ``too
        dark``, ``not in service``, ``offline``, ``not recording``, ``not consented``
        (planned); ``distance_m``; ``beyond_m`` (past its range) and ``off_angle_deg``
        (past its field of view), 0 where within; ``blocked_by`` (building id, missing
        where it is the ground) and ``blocked_at_m`` from the camera, missing where the
        line is free;
        ``pixel_density_px_per_m`` on the place and the finest ``band`` it serves;
        ``dead_zone_m`` and ``view_ends_m``, where the lower and the upper edge of the
        picture come down to the target; ``night_range_m``, infinite by day;
        ``mount_height_m`` and ``target_height_m``; ``x``, ``y`` and ``mount``, where
        and how it hangs, and ``turn_deg`` to the place from the middle of its view,
        clockwise, 0 where its bearing is not known; ``would_see``, whether it would see
        the place whatever its state; ``reason``, a sentence with all that keeps it from
        the place. Those that see come first, then by distance. Where the place lies in
        a building, ``attrs["building_id"]`` names it, else that is ``None``.

    Raises
    ------
    CRSError
        The cameras have another CRS than the obstacles.
    InputError
        The point is empty or not finite, or a camera cannot be used.

    Examples
    --------
    >>> import geopandas as gpd
    >>> from shapely import Point, box
    >>> from coveragekit import model
    >>> from coveragekit.visibility import Obstacles
    >>> house = gpd.GeoDataFrame({"building_id": ["way/7"]},
    ...     geometry=[box(500010, -5, 500020, 5)], crs="EPSG:32616")
    >>> camera = gpd.GeoDataFrame({"camera_id": ["a"], "kind": ["bullet"],
    ...     "bearing_deg": [90.0], "hfov_deg": [90.0], "width_px": [1920],
    ...     "range_m": [50.0], "mount_height_m": [4.0]},
    ...     geometry=[Point(500000, 0)], crs="EPSG:32616")
    >>> why = explain(Point(500030, 0), camera, Obstacles.from_buildings(house))
    >>> why["reason"][0]
    'blocked by building way/7 at 10 m'
    """
    asked = Question(
        density_px_per_m=density_px_per_m,
        edition=edition,
        light=light,
        target_height_m=target_height_m,
        as_of=as_of,
    )
    ready = Explainer(
        cameras, obstacles, footprints=footprints, mounting=mounting, surface=surface
    )
    return ready.ask(point, asked)
