"""Compile every kernel ahead of need, and tell whether that has been done."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable

    import geopandas as gpd
    import numpy as np
    from numpy.typing import NDArray

    # What it prepares, and how.
    Step = tuple[str, Callable[[], object]]

__all__ = ["KERNELS", "is_compiled", "warm_up"]

KERNELS = Path(__file__).parent / "kernels"
_done: set[Path] = set()


@dataclass(frozen=True, slots=True)
class _Hill:
    """A terrain to warm up with."""

    heights_m: NDArray[np.float32]
    transform: tuple[float, float, float, float, float, float]
    crs: object = "EPSG:32616"


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
    Compile every kernel, or load it from the cache, by running each on a tiny plan.

    Parameters
    ----------
    progress
        Called before each step with the number of steps done, of all steps, and what
        the step prepares; and once at the end, with an empty text.

    Notes
    -----
    Compiling takes about 25 seconds of one processor, loading well under one.

    Examples
    --------
    >>> warm_up(lambda done, steps, what: None)
    """
    from coveragekit.visibility.jit import mark_compiled

    house, cameras = _plan()
    steps = [*_steps_on_plan(house, cameras), *_steps_on_surface(house, cameras)]
    for number, (what, step) in enumerate(steps):
        if progress is not None:
            progress(number, len(steps), what)
        step()
    mark_compiled(KERNELS)
    _done.add(KERNELS)
    if progress is not None:
        progress(len(steps), len(steps), "")


def _plan() -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """Give a house, a camera on it and one in it."""
    import geopandas as gpd
    from shapely import Point, box

    crs = "EPSG:32616"
    house = gpd.GeoDataFrame(geometry=[box(0, 0, 20, 20)], crs=crs)
    two = {"bearing_deg": 0.0, "hfov_deg": 90.0, "range_m": 50.0, "mount_height_m": 4.0}
    cameras = gpd.GeoDataFrame(geometry=[Point(10, 19), Point(10, 10)], crs=crs)
    return house, cameras.assign(**two)


def _steps_on_plan(house: gpd.GeoDataFrame, cameras: gpd.GeoDataFrame) -> list[Step]:
    """Give what is done on the plan."""
    import numpy as np

    from coveragekit.optics import Footprints
    from coveragekit.visibility import (
        Obstacles,
        Pictures,
        first_obstacle,
        isovists,
        mount,
        who_sees,
    )

    walls = Obstacles.from_buildings(house.iloc[:0])
    two = np.array([45.0, 180.0]), np.array([50.0, 50.0]), np.array([0.0, 2.0])
    shown = Footprints(*two, planes=np.full((2, 4, 3), (0.0, 0.0, np.inf)))

    def build() -> None:
        nonlocal walls
        walls = Obstacles.from_buildings(house)

    def narrow() -> None:
        made = Pictures.of(cameras, walls, [shown], north="grid")
        made.count(np.zeros((2, 2)), made.sees(np.zeros((2, 2))))

    return [
        ("walls", build),
        ("mounting", lambda: mount(cameras, walls, north="grid")),
        ("isovists", lambda: isovists(cameras, walls, north="grid")),
        (
            "footprints",
            lambda: isovists(cameras, walls, north="grid", footprints=shown),
        ),
        ("lines of sight", lambda: who_sees(cameras, cameras, walls, north="grid")),
        ("narrower pictures", narrow),
        ("obstacles", lambda: first_obstacle((0, 0), cameras, walls, north="grid")),
    ]


def _steps_on_surface(house: gpd.GeoDataFrame, cameras: gpd.GeoDataFrame) -> list[Step]:
    """Give what is done over ground and roofs."""
    import numpy as np

    from coveragekit.optics import Footprints
    from coveragekit.visibility import (
        Pictures,
        Surface,
        first_rises,
        viewsheds,
        who_sees_relief,
    )

    hill = _Hill(np.zeros((2, 2), np.float32), (400.0, 0.0, -99.0, 0.0, -400.0, 99.0))
    surface = Surface.from_buildings(house, bounds=(0, 0, 20, 20))

    def raise_roofs() -> None:
        nonlocal surface
        surface = Surface.from_buildings(house, hill, bounds=(-9, -9, 29, 29))

    def see(mode: Literal["fast", "accurate"]) -> None:
        seen = viewsheds(cameras, surface, mode=mode, north="grid")
        seen.ground_only().to_polygons()
        seen.multiplicity()

    def narrow() -> None:
        none = np.full((2, 4, 3), (0.0, 0.0, np.inf))
        two = np.array([45.0, 180.0]), np.array([50.0, 50.0]), np.zeros(2)
        shown = Footprints(*two, planes=none)
        made = Pictures.of(cameras, surface, [shown], north="grid")
        made.count(np.zeros((2, 2)), made.sees(np.zeros((2, 2))))

    return [
        ("ground and roofs", raise_roofs),
        ("viewsheds", lambda: see("fast")),
        ("accurate viewsheds", lambda: see("accurate")),
        ("heights", lambda: who_sees_relief(cameras, cameras, surface, north="grid")),
        ("narrower pictures over roofs", narrow),
        ("sections", lambda: first_rises((0, 0), cameras, surface, north="grid")),
    ]
