"""Promises of the visibility room: processor time, one thread, warm, as ratios."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pytest
import shapely

from coveragekit.optics import footprints
from coveragekit.visibility import Obstacles, isovists, warm_up, who_sees
from tests.benchmarks.city import facade_cameras, street_points, synthetic_city

if TYPE_CHECKING:
    from collections.abc import Callable

    import geopandas as gpd
    from numpy.typing import NDArray

_ROUNDS = 5
_SHADOW_CAMERAS = 60


@dataclass(frozen=True)
class City:
    """The synthetic city at the scale of the run."""

    buildings: gpd.GeoDataFrame
    obstacles: Obstacles
    scale: float

    def cameras(self, n: int, **how: float) -> gpd.GeoDataFrame:
        """Give cameras on facades, the same ones for the same arguments."""
        return facade_cameras(self.buildings, n, np.random.default_rng(7), **how)


@pytest.fixture(scope="module")
def city(scale: float) -> City:
    """Give 40,000 buildings at full size, with everything compiled."""
    warm_up()
    buildings = synthetic_city(max(int(40_000 * scale), 500), np.random.default_rng(1))
    return City(buildings, Obstacles.from_buildings(buildings), scale)


def best(cpu_clock: Callable[[], object], job: Callable[[], object]) -> float:
    """Give the least processor time of a few rounds, as other load only adds."""
    spent = []
    for _ in range(_ROUNDS):
        with cpu_clock() as seconds:
            job()
        spent.append(seconds[0])
    return min(spent)


def camera_rate(
    city: City, cpu_clock: Callable[[], object], n: int, **how: float
) -> float:
    """Give isovists per processor second, from table to polygons."""
    table = city.cameras(n, **how)
    seconds = best(
        cpu_clock,
        lambda: isovists(table, city.obstacles, north="grid", threads=1),
    )
    return n / seconds


# The oracle: sector less the shadow of every wall in reach, drawn with shapely alone.


def front_walls(buildings: gpd.GeoDataFrame) -> NDArray[np.float64]:
    """Give the ends of all walls, the house on the left."""
    rings = shapely.get_exterior_ring(shapely.orient_polygons(buildings.geometry.array))
    corners, ring = shapely.get_coordinates(rings, return_index=True)
    return np.hstack([corners[:-1], corners[1:]])[ring[1:] == ring[:-1]]


def shadow_isovist(
    walls: NDArray[np.float64], tree: shapely.STRtree, x: float, y: float, reach: float
) -> shapely.Geometry:
    """Give the isovist of a camera that sees all round."""
    near = tree.query(shapely.box(x - reach, y - reach, x + reach, y + reach))
    local = walls[near] - (x, y, x, y)
    a, b = local[:, :2], local[:, 2:]
    # Only walls that face the camera throw the shadow that counts.
    facing = a[:, 1] * b[:, 0] - a[:, 0] * b[:, 1] > 1e-12
    a, b = a[facing], b[facing]
    far = 4.0 * reach
    ua = a / np.hypot(*a.T)[:, None]
    ub = b / np.hypot(*b.T)[:, None]
    middle = ua + ub
    middle /= np.hypot(*middle.T)[:, None]
    rings = np.stack([a, far * ua, far * middle, far * ub, b], axis=1)
    hidden = shapely.union_all(shapely.polygons(rings))
    circle = shapely.Point(0.0, 0.0).buffer(reach, quad_segs=25)
    parts = shapely.get_parts(circle.difference(hidden))
    return parts[shapely.distance(parts, shapely.Point(0.0, 0.0)).argmin()]


def test_isovists_against_shadows_drawn_with_shapely(
    city: City, promise: Callable[..., None], cpu_clock: Callable[[], object]
) -> None:
    rate = camera_rate(city, cpu_clock, int(max(10_000 * city.scale, 1_000)))
    table = city.cameras(_SHADOW_CAMERAS)
    walls = front_walls(city.buildings)
    tree = shapely.STRtree(shapely.linestrings(walls.reshape(-1, 2, 2)))
    xy = shapely.get_coordinates(table.geometry.array)

    with cpu_clock() as spent:
        drawn = [shadow_isovist(walls, tree, x, y, 100.0) for x, y in xy]

    ours = isovists(table, city.obstacles, north="grid", threads=1)
    for isovist, (x, y), expected in zip(ours, xy, drawn, strict=True):
        moved = shapely.transform(isovist, lambda c, x=x, y=y: c - (x, y))
        # Both inscribe the arc, at other places: a thousandth of the area at most.
        assert moved.symmetric_difference(expected).area <= 2e-3 * expected.area
    shadow_rate = _SHADOW_CAMERAS / spent[0]
    promise(
        "isovists, 360 deg, 100 m, against shapely shadows",
        rate / shadow_rate,
        "times",
        at_least=500.0,
        note=f"{rate:,.0f}/s against {shadow_rate:,.0f}/s",
    )


def test_isovists_at_long_range(
    city: City, promise: Callable[..., None], cpu_clock: Callable[[], object]
) -> None:
    n = int(max(10_000 * city.scale, 1_000))
    near = camera_rate(city, cpu_clock, n)
    far = camera_rate(city, cpu_clock, n, range_m=400.0)

    table = city.cameras(20, range_m=400.0)
    made = isovists(table, city.obstacles, north="grid")
    short = isovists(table.assign(range_m=100.0), city.obstacles, north="grid")
    assert (short.difference(made.buffer(0.06)).area < 1e-6).all()
    promise(
        "isovists at 400 m, share of the rate at 100 m",
        far / near,
        "",
        at_least=0.36,
        note=f"{far:,.0f}/s against {near:,.0f}/s",
    )


def test_isovists_of_wedges(
    city: City, promise: Callable[..., None], cpu_clock: Callable[[], object]
) -> None:
    n = int(max(10_000 * city.scale, 1_000))
    whole = camera_rate(city, cpu_clock, n)
    wedge = camera_rate(city, cpu_clock, n, hfov_deg=90.0)

    table = city.cameras(50, hfov_deg=90.0)
    part = isovists(table, city.obstacles, north="grid")
    every = isovists(table.assign(hfov_deg=360.0), city.obstacles, north="grid")
    assert (part.difference(every.buffer(0.06)).area < 1e-6).all()
    promise(
        "isovists of 90 deg against 360 deg, 100 m",
        wedge / whole,
        "times",
        at_least=1.6,
        note=f"{wedge:,.0f}/s against {whole:,.0f}/s",
    )


def test_isovists_cut_by_footprints(
    city: City, promise: Callable[..., None], cpu_clock: Callable[[], object]
) -> None:
    n = int(max(10_000 * city.scale, 1_000))
    table = city.cameras(n, hfov_deg=60.0).assign(
        kind="bullet", tilt_deg=12.0, vfov_deg=35.0, width_px=2688, mount_height_m=5.0
    )
    views = footprints(table, 25.0)
    sector = table.assign(range_m=views.reach_m, hfov_deg=2.0 * views.half_angle_deg)

    def rate(how: dict[str, object], cameras: gpd.GeoDataFrame) -> float:
        def job() -> object:
            return isovists(cameras, city.obstacles, north="grid", threads=1, **how)

        return n / best(cpu_clock, job)

    cut, plain = rate({"footprints": views}, table), rate({}, sector)

    made = isovists(table, city.obstacles, north="grid", footprints=views)
    whole = isovists(sector, city.obstacles, north="grid")
    assert made.is_valid.all()
    assert (made.area < whole.area).mean() > 0.99
    assert (made.iloc[:200].difference(whole.iloc[:200].buffer(0.06)).area < 1e-6).all()
    promise(
        "isovists cut by footprints, share of the rate of their sectors",
        cut / plain,
        "",
        at_least=0.5,
        note=f"{cut:,.0f}/s against {plain:,.0f}/s",
    )


def test_who_sees_against_a_join_of_points_in_isovists(
    city: City, promise: Callable[..., None], cpu_clock: Callable[[], object]
) -> None:
    n_points, n_cameras = int(1_000_000 * city.scale), int(30_000 * city.scale)
    places = street_points(city.buildings, n_points, np.random.default_rng(3))
    table = city.cameras(n_cameras, hfov_deg=90.0)
    made = isovists(table, city.obstacles, north="grid", threads=1)

    seconds = best(
        cpu_clock,
        lambda: who_sees(places, table, city.obstacles, north="grid", threads=1),
    )
    with cpu_clock() as spent:
        tree = shapely.STRtree(made.array)
        point, camera = tree.query(places.array, predicate="intersects")

    seen = who_sees(places, table, city.obstacles, north="grid", threads=1)
    joined = seen[point, camera]
    # Points between chord and arc are seen, yet not in the inscribed isovist.
    assert joined.mean() > 0.9999
    assert 0 <= seen.nnz - len(point) < 0.002 * seen.nnz
    promise(
        f"who sees {n_points:,} points by {n_cameras:,} cameras, against a join",
        spent[0] / seconds,
        "times",
        at_least=5.0,
        note=f"{seconds:.2f} s against {spent[0]:.2f} s, isovists not counted",
    )


def test_obstacles_of_a_city(
    city: City, promise: Callable[..., None], cpu_clock: Callable[[], object]
) -> None:
    seconds = best(cpu_clock, lambda: Obstacles.from_buildings(city.buildings))
    n = len(city.buildings)

    assert len(city.obstacles) > 4 * n
    promise(
        f"walls and grid of {n:,} buildings",
        seconds * 40_000 / n,
        "s/40,000",
        at_most=1.0,
    )
