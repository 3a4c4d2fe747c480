"""Compile every kernel of this room ahead of need, and tell whether that was done."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    import geopandas as gpd
    from scipy.sparse import csr_array
    from shapely.geometry.base import BaseGeometry

__all__ = ["KERNELS", "is_compiled", "warm_up"]

KERNELS = Path(__file__).parent / "kernels"
_done: set[Path] = set()


def is_compiled() -> bool:
    """
    Tell whether the kernels need no compiling: in this process, or in the cache.

    Returns
    -------
    bool
        False on a fresh machine, after an update, and where no cache can be written
        and :func:`warm_up` has not run in this process.

    Examples
    --------
    >>> warm_up()
    >>> is_compiled()
    True
    """
    from coveragekit.visibility.jit import was_compiled

    return KERNELS in _done or was_compiled(KERNELS)


def warm_up(progress: Callable[[int, int, str], None] | None = None) -> None:
    """
    Compile every kernel, or load it from the cache, by running each on a tiny town.

    Parameters
    ----------
    progress
        Called before each step with the number of steps done, of all steps, and what
        the step prepares; and once at the end, with an empty text.

    Notes
    -----
    Compiling takes about half a minute of one processor with the kernels of
    :mod:`coveragekit.visibility` that it calls, loading well under a second.

    Examples
    --------
    >>> warm_up(lambda done, steps, what: None)
    """
    import geopandas as gpd
    from shapely import LineString, Point, box

    from coveragekit.coverage.frontages import frontages
    from coveragekit.coverage.gaps import gaps
    from coveragekit.coverage.raster import multiplicity, seen
    from coveragekit.coverage.supports import supports
    from coveragekit.visibility import Obstacles
    from coveragekit.visibility.jit import mark_compiled

    crs = "EPSG:32616"
    house = gpd.GeoDataFrame(geometry=[box(0, 5, 9, 15)], crs=crs)
    street = gpd.GeoDataFrame(
        {"name": ["A"], "highway": ["residential"]},
        geometry=[LineString([(0, 0), (20, 0)])],
        crs=crs,
    )
    view = gpd.GeoSeries([box(0, 0, 9, 5)], crs=crs)
    inside = gpd.GeoSeries([Point(5, 10)], crs=crs)
    ground = box(0, -5, 30, 15)

    def find_gaps() -> None:
        demand = gpd.GeoDataFrame({"per_year": [1.0]}, geometry=inside.array, crs=crs)
        gaps(seen(view, area=ground, buildings=house), street, incidents=demand)

    steps: list[tuple[str, Callable[[], object]]] = [
        ("areas", lambda: _lie_in(view)),
        ("rasters", lambda: multiplicity(view)),
        ("shares of ground", lambda: _share_ground(ground, house)),
        ("shares of points", _share_points),
        ("what cameras are worth", _weigh),
        ("stored pairs", _join_pairs),
        (
            "fronts",
            lambda: frontages(inside, Obstacles.from_buildings(house), street),
        ),
        (
            "facades",
            lambda: supports(inside, Obstacles.from_buildings(house), street),
        ),
        ("hours and light", _look_at_the_time),
        ("scenes", _draw_scenes),
        ("gaps", find_gaps),
    ]
    for number, (what, step) in enumerate(steps):
        if progress is not None:
            progress(number, len(steps), what)
        step()
    mark_compiled(KERNELS)
    _done.add(KERNELS)
    if progress is not None:
        progress(len(steps), len(steps), "")


def _sees(cameras: int = 1) -> csr_array:
    import numpy as np
    from scipy.sparse import csr_array

    return csr_array(np.ones((1, cameras), dtype=np.bool_))


def _lie_in(areas: gpd.GeoSeries) -> None:
    import numpy as np

    from coveragekit.coverage.lying import first_holding

    first_holding(np.ones((1, 2)), areas.to_numpy())


def _share_ground(ground: BaseGeometry, house: gpd.GeoDataFrame) -> None:
    import geopandas as gpd
    from shapely import box

    from coveragekit.coverage.shares import area_share

    views = gpd.GeoSeries([box(0, 0, 9, 5), box(0, 0, 5, 9)], crs=house.crs)
    area_share(views, ground, house)
    area_share(views, ground, house, units=[0, 0])


def _share_points() -> None:
    from coveragekit.coverage.point_shares import point_share

    point_share(_sees(), [1.0])
    point_share(_sees(2), [0.5, 0.5], units=[0, 0])


def _join_pairs() -> None:
    from types import SimpleNamespace

    import numpy as np

    from coveragekit.coverage.pairs import event_chance, place_chance, sums

    ptr, level = np.array([0, 1]), np.ones(1, np.uint8)
    weight, sure = np.ones(1), np.ones(1, np.float32)
    first = np.zeros(1, np.int32)
    for one in (ptr, level, weight, sure, first):  # as arrays mapped into memory are
        one.flags.writeable = False
    places = SimpleNamespace(ptr=ptr, view=first, day=level, night=level, weight=weight)
    views = SimpleNamespace(camera=first, probability=sure)
    chance = place_chance(places, views, flags=np.ones(1, np.bool_), band=0)
    sums(chance, weight=weight)
    events = SimpleNamespace(support=first, support_ptr=ptr)
    sums(event_chance(events, places, chance))


def _weigh() -> None:
    import pandas as pd

    from coveragekit.coverage.redundancy import k_covered_shares
    from coveragekit.coverage.timeline import by_month
    from coveragekit.coverage.worth import camera_losses

    camera_losses(_sees(), [1.0])
    k_covered_shares(_sees(), [1.0])
    unknown = pd.DataFrame(
        {name: pd.to_datetime([""], utc=True) for name in ("active_from", "active_to")}
    )
    by_month(unknown, _sees(), time_zone="UTC")


def _look_at_the_time() -> None:
    import pandas as pd

    from coveragekit.coverage.active import service
    from coveragekit.coverage.hours import timing
    from coveragekit.coverage.then import seen_at_the_time

    noon = pd.to_datetime(["2024-01-01T12:00Z"])
    when = timing(noon, noon, "UTC", lon=0.0, lat=0.0)
    for views in (1, 2):
        times = noon.repeat(views)
        always = pd.DataFrame(
            {"active_from": times, "active_to": times, "recording_hours": None}
        )
        sees = _sees(views)
        seen_at_the_time(
            *(sees, sees, [0.5] * views),
            service=service(always, "UTC"),
            timing=when,
            units=[0] * views,
        )


def _draw_scenes() -> None:
    import geopandas as gpd
    from shapely import Point, box

    from coveragekit.coverage.camera_errors import camera_errors
    from coveragekit.coverage.scene_inputs import Looking
    from coveragekit.coverage.scene_targets import Targets
    from coveragekit.coverage.scenes import scenes
    from coveragekit.visibility import Obstacles

    crs = "EPSG:32616"
    house = gpd.GeoDataFrame(geometry=[box(500_000, 5, 500_009, 15)], crs=crs)
    camera = gpd.GeoDataFrame(
        {"bearing_deg": 180.0, "hfov_deg": 90.0, "range_m": 30.0, "probability": [0.5]},
        geometry=[Point(500_004, 4)],
        crs=crs,
    )
    spot = Targets.of_points(camera, [1.0], "m")
    walls = Obstacles.from_buildings(house)
    plain = Looking(density_px_per_m=None)
    scenes(camera_errors(camera), {"spot": spot}, walls, n=2, seed=1, looking=plain)
