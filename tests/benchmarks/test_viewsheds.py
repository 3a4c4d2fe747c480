"""Promises over ground and roofs: processor time, one thread, warm, as ratios."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pytest
import xarray as xr

from coveragekit.visibility import Surface, viewsheds, warm_up, who_sees_relief
from tests.benchmarks.city import facade_cameras, street_points, synthetic_city

if TYPE_CHECKING:
    from collections.abc import Callable

    from coveragekit.visibility import Viewsheds

_ROUNDS = 5
_PEER_CAMERAS = 8
_REACH = 100
_EYE_M, _TARGET_M = 6.0, 1.5


@dataclass(frozen=True)
class Hills:
    """Rolling ground in cells of 4 m."""

    heights_m: np.ndarray
    transform: tuple[float, float, float, float, float, float]
    crs: object


@dataclass(frozen=True)
class City:
    """The synthetic city with heights, on rolling ground."""

    buildings: gpd.GeoDataFrame
    surface: Surface
    scale: float

    def cameras(self, n: int, **how: float) -> gpd.GeoDataFrame:
        """Give cameras 6 m up on facades, the same ones for the same arguments."""
        table = facade_cameras(self.buildings, n, np.random.default_rng(7), **how)
        return table.assign(mount_height_m=_EYE_M)


@pytest.fixture(scope="module")
def city(scale: float) -> City:
    """Give 40,000 buildings at full size, with everything compiled."""
    warm_up()
    rng = np.random.default_rng(1)
    buildings = synthetic_city(max(int(40_000 * scale), 500), rng)
    buildings["height_m"] = rng.uniform(4.0, 15.0, len(buildings))
    minx, miny, maxx, maxy = buildings.total_bounds
    shape = int((maxy - miny + 300) // 4) + 2, int((maxx - minx + 300) // 4) + 2
    rows, columns = np.indices(shape) * 4.0
    hills = 20.0 + 6.0 * np.sin(columns / 90.0) + 5.0 * np.cos(rows / 70.0)
    hills += 2.0 * np.sin((rows + columns) / 31.0)
    corner = (4.0, 0.0, minx - 150.0, 0.0, -4.0, maxy + 150.0)
    terrain = Hills(hills.astype(np.float32), corner, buildings.crs)
    return City(buildings, Surface.from_buildings(buildings, terrain), scale)


def best(cpu_clock: Callable[[], object], job: Callable[[], object]) -> float:
    """Give the least processor time of a few rounds, as other load only adds."""
    spent = []
    for _ in range(_ROUNDS):
        with cpu_clock() as seconds:
            job()
        spent.append(seconds[0])
    return min(spent)


def street_cameras(
    city: City, n: int
) -> tuple[gpd.GeoDataFrame, list[tuple[int, int]]]:
    """Give cameras at centres of cells of streets, where all programs put them."""
    surface = city.surface
    free = np.argwhere(surface.top_m == surface.ground_m)
    rows, columns = surface.top_m.shape
    inner = (free > _REACH) & (free < np.array([rows, columns]) - _REACH - 1)
    cells = np.random.default_rng(4).permutation(free[inner.all(axis=1)])[:n]
    west, north, _ = surface.frame
    table = gpd.GeoDataFrame(
        {
            "bearing_deg": np.full(n, np.nan),
            "hfov_deg": 360.0,
            "range_m": float(_REACH),
            "mount_height_m": _EYE_M,
        },
        geometry=gpd.points_from_xy(
            west + cells[:, 1] + 0.5, north - cells[:, 0] - 0.5
        ),
        crs=surface.crs,
    )
    return table, [(int(row), int(column)) for row, column in cells]


def seen_around(made: Viewsheds, number: int, row: int, column: int) -> np.ndarray:
    """Give the cells around a camera that it sees."""
    size = 2 * _REACH + 1
    whole = np.zeros((size, size), np.bool_)
    first, left, rows, columns = made.windows[number]
    j, i = first - row + _REACH, left - column + _REACH
    whole[j : j + rows, i : i + columns] = made.cells(number)
    return whole


@pytest.mark.filterwarnings("ignore")
def test_viewsheds_against_xarray_spatial(
    city: City, promise: Callable[..., None], cpu_clock: Callable[[], object]
) -> None:
    from xrspatial import viewshed

    n = max(int(2_000 * city.scale), 200)
    table, cells = street_cameras(city, n)
    steps = np.arange(-_REACH, _REACH + 1.0)
    top = city.surface.top_m.astype(np.float64)

    def peer(row: int, column: int) -> np.ndarray:
        part = top[row - _REACH :, column - _REACH :][: len(steps), : len(steps)]
        raster = xr.DataArray(part, dims=("y", "x"), coords={"y": -steps, "x": steps})
        found = viewshed(
            raster, x=0.0, y=0.0, observer_elev=_EYE_M, target_elev=_TARGET_M
        )
        return found.to_numpy() > -1.0

    theirs = [peer(*cell) for cell in cells[:_PEER_CAMERAS]]
    seconds = best(cpu_clock, lambda: [peer(*cell) for cell in cells[:_PEER_CAMERAS]])
    rate = _PEER_CAMERAS / seconds
    inside = np.hypot(*np.meshgrid(steps, steps)) <= _REACH
    for mode, least in (("fast", 40.0), ("accurate", 10.0)):
        made = viewsheds(table, city.surface, mode=mode, threads=1)
        for number, (row, column) in enumerate(cells[:_PEER_CAMERAS]):
            at = np.s_[row - _REACH : row + _REACH + 1, column - _REACH :]
            street = (city.surface.top_m == city.surface.ground_m)[at][:, : len(steps)]
            ours = seen_around(made, number, row, column)
            assert (ours == theirs[number])[inside & street].mean() >= 0.98
        ours_s = best(
            cpu_clock,
            lambda mode=mode: viewsheds(table, city.surface, mode=mode, threads=1),
        )
        promise(
            f"2.5D viewsheds, {mode}, 100 m at 1 m, against xarray-spatial",
            n / ours_s / rate,
            "times",
            at_least=least,
            note=f"{n / ours_s:,.0f}/s against {rate:,.1f}/s",
        )


def test_the_field_of_view_bounds_the_work(
    city: City, promise: Callable[..., None], cpu_clock: Callable[[], object]
) -> None:
    n = max(int(2_000 * city.scale), 200)
    whole = city.cameras(n)
    wedge = city.cameras(n, hfov_deg=70.0)
    for mode in ("fast", "accurate"):
        spent = [
            best(
                cpu_clock,
                lambda table=table, mode=mode: viewsheds(
                    table, city.surface, mode=mode, north="grid", threads=1
                ),
            )
            for table in (whole, wedge)
        ]
        promise(
            f"2.5D viewsheds, {mode}, of 70 deg against 360 deg",
            spent[0] / spent[1],
            "times",
            at_least=2.5,
            note=f"{n / spent[1]:,.0f}/s against {n / spent[0]:,.0f}/s",
        )


def test_outlines_of_viewsheds(
    city: City, promise: Callable[..., None], cpu_clock: Callable[[], object]
) -> None:
    n = max(int(2_000 * city.scale), 200)
    made = viewsheds(city.cameras(n), city.surface, north="grid", threads=1)
    shapes = made.to_polygons()

    assert shapes.is_valid.all()
    assert np.array_equal(shapes.area, made.area_m2())
    seconds = best(cpu_clock, made.to_polygons)
    promise("polygons of viewsheds", n / seconds, "per s", at_least=2_000.0)


def test_who_sees_many_points_over_roofs(
    city: City, promise: Callable[..., None], cpu_clock: Callable[[], object]
) -> None:
    n_points, n_cameras = int(100_000 * city.scale), int(5_000 * city.scale)
    rng = np.random.default_rng(3)
    places = street_points(city.buildings, n_points, rng)
    table = city.cameras(n_cameras)

    def job() -> object:
        return who_sees_relief(places, table, city.surface, north="grid", threads=1)

    seconds = best(cpu_clock, job)

    some = rng.choice(n_points, 50, replace=False)
    assert (
        who_sees_relief(places.iloc[some], table, city.surface, north="grid")
        != job()[some]
    ).nnz == 0
    promise(
        f"who sees {n_points:,} points by {n_cameras:,} cameras over roofs",
        seconds,
        "s",
        at_most=5.0,
    )


def test_the_surface_of_a_city(
    city: City, promise: Callable[..., None], cpu_clock: Callable[[], object]
) -> None:
    with cpu_clock() as spent:
        made = Surface.from_buildings(city.buildings)

    assert made.top_m.shape == city.surface.top_m.shape
    promise(
        "surface of the city at 1 m",
        made.top_m.size / spent[0] / 1e6,
        "Mcells/s",
        at_least=10.0,
        note=f"{made.top_m.size / 1e6:,.1f} Mcells",
    )
