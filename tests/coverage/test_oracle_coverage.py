"""The coverage room held against exact geometry, one cell and one street at a time."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import LineString, Point, box

from coveragekit.coverage import (
    area_share,
    camera_probability,
    frontages,
    gaps,
    incident_coverage,
    multiplicity,
    point_share,
    public_area,
    seen,
    street_samples,
    street_share,
    study_area,
)
from coveragekit.visibility import Obstacles, mount, who_sees
from tests.oracles import coverage as oracle
from tests.oracles import visibility as sight
from tests.strategies import (
    CRS,
    DENSE,
    Camera,
    Scene,
    dense_scene,
    examples,
    isovist_sets,
)

if TYPE_CHECKING:
    import xarray as xr
    from numpy.typing import NDArray
    from shapely.geometry import Polygon

TWO = [box(0.0, 0.0, 2.0, 1.0), box(1.0, 0.0, 3.0, 1.0)]


# The oracle itself, by hand.


def test_the_oracle_adds_and_combines_probabilities_where_isovists_overlap() -> None:
    points = np.array([[0.5, 0.5], [1.5, 0.5], [2.5, 0.5], [9.0, 0.5]])
    half = np.array([0.5, 0.5])

    assert oracle.sum_of_probability(TWO, half, points).tolist() == [0.5, 1.0, 0.5, 0.0]
    assert oracle.probability_seen(TWO, half, points).tolist() == [0.5, 0.75, 0.5, 0.0]


def test_the_oracle_cuts_a_street_where_isovists_begin_and_end() -> None:
    street = LineString([(-1.0, 0.5), (4.0, 0.5)])

    assert oracle.seen_length_m(street, TWO, np.array([1.0, 1.0])) == pytest.approx(3.0)
    assert oracle.seen_length_m(street, TWO, np.array([0.5, 0.5])) == pytest.approx(
        1.75
    )
    assert oracle.seen_length_m(street, [], np.array([])) == 0.0


def test_the_oracle_gives_an_edge_to_what_lies_east_or_north_of_it() -> None:
    square = [box(0.0, 0.0, 2.0, 2.0)]
    west, east, south, north = (0.0, 1.0), (2.0, 1.0), (1.0, 0.0), (1.0, 2.0)

    held = oracle.held_by_rule(square, np.array([west, east, south, north]))

    assert held[:, 0].tolist() == [True, False, True, False]


def test_the_oracle_tells_parts_that_touch_at_a_corner_from_parts_that_touch() -> None:
    empty = np.array([[1, 0, 0], [0, 1, 1]], dtype=bool)

    assert len(oracle.connected_parts(empty, diagonal=False)) == 2
    assert len(oracle.connected_parts(empty, diagonal=True)) == 1


# The rasters against the oracle.


def table(isovists: list[Polygon]) -> gpd.GeoSeries:
    """Give isovists as the room wants them."""
    names = [f"c{number}" for number in range(len(isovists))]
    return gpd.GeoSeries(isovists, index=names, crs=CRS, name="isovist")


def centres(raster: xr.DataArray) -> NDArray[np.float64]:
    """Give the cell centres, in the order of the raster's values."""
    x, y = np.meshgrid(raster["x"].to_numpy(), raster["y"].to_numpy())
    return np.column_stack([x.ravel(), y.ravel()])


@st.composite
def weighted(draw: st.DrawFn) -> tuple[list[Polygon], NDArray[np.float64]]:
    """Sets of isovists, each with the probability that it is what the camera sees."""
    isovists = draw(isovist_sets())
    chance = st.sampled_from((0.0, 0.25, 0.5, 70.0 / 360.0, 1.0))
    count = len(isovists)
    given_ = draw(st.lists(chance, min_size=count, max_size=count))
    return isovists, np.array(given_, dtype=np.float64)


@examples(80)
@given(scene=weighted(), resolution_m=st.sampled_from((0.7, 1.0, 2.0, 3.7)))
def test_every_cell_off_the_edges_counts_the_isovists_that_hold_its_centre(
    scene: tuple[list[Polygon], NDArray[np.float64]], resolution_m: float
) -> None:
    isovists, probability = scene
    bounds = (-10.0, -10.0, 50.0, 50.0)

    summed = multiplicity(table(isovists), probability, resolution_m, bounds=bounds)
    chance = seen(table(isovists), probability, resolution_m, bounds=bounds)

    points = centres(summed)
    certain = ~oracle.on_edge(isovists, points)
    wanted = oracle.sum_of_probability(isovists, probability, points)
    assert summed.to_numpy().ravel()[certain] == pytest.approx(
        wanted[certain], abs=1e-5
    )
    wanted = oracle.probability_seen(isovists, probability, points)
    assert chance.to_numpy().ravel()[certain] == pytest.approx(
        wanted[certain], abs=1e-5
    )


@examples(120)
@given(isovists=isovist_sets(snapped=True))
def test_a_centre_on_an_edge_belongs_to_the_east_or_the_north(
    isovists: list[Polygon],
) -> None:
    raster = multiplicity(table(isovists), bounds=(-10.0, -10.0, 50.0, 50.0))

    points = centres(raster)
    wanted = oracle.held_by_rule(isovists, points).sum(axis=1)
    wrong = points[raster.to_numpy().ravel() != wanted]
    assert wrong.tolist() == []


@pytest.mark.parametrize("seed", range(40))
def test_isovists_that_tile_the_plane_count_every_centre_exactly_once(
    seed: int,
) -> None:
    rng = np.random.default_rng(seed)
    corners = rng.integers(0, 61, (30, 2)) / 2.0
    around = [(0.0, 0.0), (30.0, 0.0), (30.0, 30.0), (0.0, 30.0)]
    cloud = shapely.multipoints([*around, *corners])
    tiles = list(shapely.get_parts(shapely.delaunay_triangles(cloud)))
    turned = [tile.reverse() if rng.random() < 0.5 else tile for tile in tiles]

    raster = multiplicity(table(turned), bounds=(0.0, 0.0, 30.0, 30.0))

    assert sum(tile.area for tile in tiles) == 900.0
    assert (raster.to_numpy() == 1.0).all()


@examples(40)
@given(scene=weighted(), seed=st.integers(0, 2**32 - 1))
def test_the_order_of_isovists_does_not_change_a_raster(
    scene: tuple[list[Polygon], NDArray[np.float64]], seed: int
) -> None:
    isovists, probability = scene
    order = np.random.default_rng(seed).permutation(len(isovists))
    bounds = (0.0, 0.0, 40.0, 40.0)
    made = table(isovists)
    chance = pd.Series(probability, index=made.index)

    first = multiplicity(made, chance, bounds=bounds)
    second = multiplicity(made.iloc[order], chance.iloc[order], bounds=bounds)

    assert second.to_numpy() == pytest.approx(first.to_numpy(), abs=1e-6)


# Areas, streets and incidents against the oracle.


def test_the_study_area_of_a_hull_has_the_area_of_steiner() -> None:
    rng = np.random.default_rng(4)
    corners = rng.uniform(0.0, 400.0, (30, 2))
    houses = gpd.GeoDataFrame(
        geometry=[box(x, y, x + 10.0, y + 8.0) for x, y in corners], crs=CRS
    )

    area = study_area(houses)

    hull = shapely.convex_hull(shapely.union_all(houses.geometry.to_numpy()))
    steiner = hull.area + 50.0 * hull.length + np.pi * 50.0**2
    assert area.area == pytest.approx(steiner, rel=1e-3)
    assert shapely.hausdorff_distance(area, hull) == pytest.approx(50.0, rel=1e-3)


def judged(scene: Scene) -> list[tuple[Camera, float, Polygon]]:
    """Give each camera in the open, its probability and the oracle's isovist."""
    obstacles = Obstacles.from_buildings(scene.buildings_table())
    mounted = mount(scene.cameras_table(), obstacles, north="grid")
    made = []
    for camera, x, y in zip(scene.cameras, mounted["x"], mounted["y"], strict=True):
        placed = replace(camera, x=float(x), y=float(y))
        unknown = np.isnan(camera.bearing_deg)
        chance = camera.hfov_deg / 360.0 if unknown else 1.0
        reach = (camera.range_m, camera.bearing_deg, camera.hfov_deg)
        isovist = sight.shadow_isovist(scene.polygons, placed.x, placed.y, *reach)
        made.append((placed, chance, isovist))
    return made


def open_scene(kind: str, seed: int, count: int = 8) -> Scene:
    """
    Give a dense scene whose cameras all stand in the open, near the zone's middle.

    There the grid's north is true north, which the coverage functions ask for.
    """
    scene = dense_scene(kind, 3 * seed + 1, count=4 * count)
    solid = shapely.union_all(scene.polygons)
    free = [c for c in scene.cameras if solid.distance(Point(c.x, c.y)) > 0.05]
    return replace(scene, cameras=tuple(free[:count]))


def street_grid(scene: Scene) -> gpd.GeoDataFrame:
    """Give streets across a dense scene: level, upright and slanted ones."""
    dx, dy = scene.offset
    lines = [LineString([(dx, dy + k), (dx + 100.0, dy + k)]) for k in (3, 31, 77)]
    lines += [LineString([(dx + k, dy), (dx + k, dy + 100.0)]) for k in (12, 51, 99)]
    lines += [LineString([(dx, dy), (dx + 100.0, dy + 60.0)])]
    names = [f"s{number}" for number in range(len(lines))]
    columns = {"street_id": names, "name": names, "highway": "residential"}
    return gpd.GeoDataFrame(columns, geometry=lines, crs=CRS)


@pytest.mark.parametrize("kind", DENSE)
def test_streets_are_seen_for_the_exact_length_that_isovists_cut(kind: str) -> None:
    spacing_m = 0.1
    for seed in range(3):
        scene = open_scene(kind, seed)
        streets, area = street_grid(scene), box(*scene_box(scene, 5.0))
        obstacles = Obstacles.from_buildings(scene.buildings_table())
        cameras = scene.cameras_table()

        samples = street_samples(streets, area, spacing_m)
        sees = who_sees(samples.geometry, cameras, obstacles)
        fine = point_share(
            sees, camera_probability(cameras), weights=samples["length_m"], unit="m"
        )
        share = street_share(streets, area, cameras=cameras, obstacles=obstacles)

        made = judged(scene)
        isovists = [isovist for _, _, isovist in made]
        chances = np.array([chance for _, chance, _ in made])
        cut = [street.intersection(area) for street in streets.geometry]
        total = sum(street.length for street in cut)
        wanted = sum(oracle.seen_length_m(s, isovists, chances) for s in cut)
        # Each place where an isovist begins or ends on a street is off by half a
        # spacing at most, and as often to either side.
        ends = 2 * sum(
            shapely.get_num_geometries(s.intersection(isovist))
            for s in cut
            for isovist in isovists
            if s.intersects(isovist)
        )
        assert share.total == pytest.approx(total)
        assert fine.total == pytest.approx(total)
        assert share.unit == "m"
        assert abs(fine.seen - wanted) <= spacing_m * (1.0 + np.sqrt(ends))
        assert abs(share.seen - wanted) <= 2.0 * (1.0 + np.sqrt(ends))


@pytest.mark.parametrize("kind", ["overlapping", "courts", "lattice"])
def test_the_area_share_is_the_exact_union_less_the_buildings(kind: str) -> None:
    for seed in range(2):
        scene = open_scene(kind, seed)
        buildings, area = scene.buildings_table(), box(*scene_box(scene, 0.0))
        made = [(chance, isovist) for _, chance, isovist in judged(scene)]
        isovists = [isovist for chance, isovist in made if chance == 1.0]

        ground = public_area(area, buildings)
        share = area_share(
            gpd.GeoSeries(isovists, crs=CRS), area, buildings, resolution_m=0.5
        )

        solid = shapely.union_all(scene.polygons)
        open_m2 = area.area - area.intersection(solid).area
        assert ground.area == pytest.approx(open_m2)
        assert share.total == pytest.approx(open_m2, rel=0.005)
        wanted = oracle.covered_area_m2(isovists, ground)
        assert share.seen == pytest.approx(wanted, rel=0.01, abs=2.0)


def scene_box(scene: Scene, inset_m: float) -> tuple[float, float, float, float]:
    """Give the box of a dense scene, or a smaller one in its middle."""
    dx, dy = scene.offset
    side = 100.0 - inset_m
    return dx + inset_m, dy + inset_m, dx + side, dy + side


@pytest.mark.parametrize("kind", DENSE)
def test_incidents_are_judged_before_their_building_and_seen_as_sight_lines_say(
    kind: str,
) -> None:
    compared = left_out = 0
    for seed in range(3):
        scene = open_scene(kind, seed)
        rng = np.random.default_rng(seed)
        streets = street_grid(scene)
        places = rng.uniform(0.0, 100.0, (150, 2)) + scene.offset
        points = gpd.GeoSeries(shapely.points(places), crs=CRS)
        obstacles = Obstacles.from_buildings(scene.buildings_table())

        got = incident_coverage(
            points, scene.cameras_table(), obstacles, streets=streets
        )

        check_fronts(scene, streets, points, got)
        seat = shapely.get_coordinates(got.geometry.to_numpy())
        certain = np.ones(len(points), dtype=bool)
        missed, missed_naive = np.ones(len(points)), np.ones(len(points))
        for camera, chance, _ in judged(scene):
            pose = (camera.x, camera.y, camera.range_m)
            view = (*pose, camera.bearing_deg, camera.hfov_deg)
            verdicts = sight.sees(seat, scene.polygons, view)
            naive = sight.sees(places, scene.polygons, view)
            certain &= verdicts.certain & naive.certain
            missed[verdicts.seen] *= 1.0 - chance
            missed_naive[naive.seen] *= 1.0 - chance
        compared += int(certain.sum())
        left_out += int((~certain).sum())
        chance_got = got["seen_probability"].to_numpy()
        assert chance_got[certain] == pytest.approx(1.0 - missed[certain])
        naive_got = got["naive_probability"].to_numpy()
        assert naive_got[certain] == pytest.approx(1.0 - missed_naive[certain])

    assert compared > 250
    assert left_out < 0.01 * compared


def check_fronts(
    scene: Scene,
    streets: gpd.GeoDataFrame,
    points: gpd.GeoSeries,
    got: gpd.GeoDataFrame,
) -> None:
    """Hold each place judged by against what the rule promises about it."""
    solid = shapely.union_all(scene.polygons)
    for point, basis, building, seat in zip(
        points, got["basis"], got["building_id"], got.geometry, strict=True
    ):
        assert (basis == "frontage") <= solid.contains(point)
        assert pd.isna(building) == (not solid.contains(point))
        if basis == "point":
            assert seat.equals(point)
            continue
        # It is free, on the straight way to some street or a metre past it, and lies
        # at least a metre beyond the own building's last wall on that way.
        own = scene.polygons[int(str(building)[1:])]
        assert own.contains(point)
        assert solid.distance(seat) > 0.0
        feet = [line.interpolate(line.project(point)) for line in streets.geometry]
        ways = [LineString([point, foot]) for foot in feet]
        straight = [way for way in ways if _strays_m(way, seat) < 1e-6]
        assert straight
        within = min(straight, key=lambda way: way.length).intersection(own)
        leaves_m = max(
            point.distance(Point(xy)) for xy in shapely.get_coordinates(within)
        )
        assert point.distance(seat) >= leaves_m + 1.0 - 1e-6


def _strays_m(way: LineString, seat: Point) -> float:
    """How far a place is from a straight way made a metre longer."""
    (x0, y0), (x1, y1) = way.coords
    longer = (way.length + 1.0) / way.length
    end = (x0 + longer * (x1 - x0), y0 + longer * (y1 - y0))
    return float(LineString([way.coords[0], end]).distance(seat))


def test_points_outside_the_area_are_told_apart_and_not_judged() -> None:
    scene = open_scene("rows", 1)
    points = gpd.GeoSeries(
        shapely.points(
            np.random.default_rng(1).uniform(0.0, 100.0, (200, 2)) + scene.offset
        ),
        crs=CRS,
    )
    area = box(*scene_box(scene, 30.0))
    obstacles = Obstacles.from_buildings(scene.buildings_table())

    got = frontages(points, obstacles, street_grid(scene), area=area)

    assert ((got["basis"] == "outside") == ~points.intersects(area)).all()


# Gaps against the oracle.


def gap_case(
    kind: str, seed: int, streets: list[LineString]
) -> tuple[xr.DataArray, gpd.GeoDataFrame, gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """Give the raster of a dense scene, streets, demand on it, and the gaps found."""
    scene = open_scene(kind, seed)
    rng = np.random.default_rng(seed)
    made = [isovist for _, _, isovist in judged(scene)]
    solid = shapely.union_all(scene.polygons)
    raster = seen(
        gpd.GeoSeries(made, crs=CRS),
        resolution_m=2.0,
        area=box(*scene_box(scene, 0.0)).difference(solid),
    )
    names = [f"s{number}" for number in range(len(streets))]
    columns = {"street_id": names, "name": names, "highway": "residential"}
    lines = gpd.GeoDataFrame(columns, geometry=streets, crs=CRS)
    lines = (
        lines.translate(*scene.offset)
        .to_frame("geometry")
        .join(lines.drop(columns="geometry"))
    )
    demand = gpd.GeoDataFrame(
        {"per_year": rng.uniform(0.0, 3.0, 40)},
        geometry=gpd.points_from_xy(*(rng.uniform(0, 100, (40, 2)) + scene.offset).T),
        crs=CRS,
    )
    return raster, lines, demand, gaps(raster, lines, incidents=demand)


@pytest.mark.parametrize("kind", DENSE)
def test_with_one_short_street_gaps_are_the_connected_parts_of_unseen_cells(
    kind: str,
) -> None:
    for seed in range(4):
        street = [LineString([(10.0, 48.0), (90.0, 52.0)])]
        raster, _, demand, found = gap_case(kind, seed, street)

        parts = oracle.connected_parts(raster.to_numpy() == 0.0, diagonal=True)
        x, y = raster["x"].to_numpy(), raster["y"].to_numpy()
        squares = [
            [box(x[c] - 1.0, y[r] - 1.0, x[c] + 1.0, y[r] + 1.0) for r, c in part]
            for part in parts
        ]
        every = shapely.union_all([square for part in squares for square in part])
        far = np.array([every.distance(point) for point in demand.geometry])
        wanted = sorted(4.0 * len(part) for part in parts if 4.0 * len(part) >= 20.0)
        large = [area for area in sorted(found["area_m2"]) if area >= 20.0]
        assert large == wanted
        small = sum(4.0 * len(part) for part in parts if 4.0 * len(part) < 20.0)
        kept = found.loc[found["area_m2"] < 20.0, "area_m2"].sum()
        assert kept + found.attrs["small_m2"] == pytest.approx(small)
        lost = demand.loc[far > 16.5, "per_year"].sum()
        most = demand.loc[far > 13.5, "per_year"].sum()
        elsewhere = found.attrs["incidents_elsewhere"]
        assert lost - 1e-9 <= elsewhere <= most + 1e-9
        total = found["incidents_per_year"].sum() + elsewhere
        assert total == pytest.approx(demand["per_year"].sum())


@pytest.mark.parametrize("kind", DENSE)
def test_many_streets_divide_the_unseen_cells_among_gaps_and_lose_none(
    kind: str,
) -> None:
    streets = [LineString([(0.0, k), (100.0, k)]) for k in (3.0, 31.0, 77.0)]
    streets += [LineString([(k, 0.0), (k, 100.0)]) for k in (13.0, 51.0, 99.0)]
    for seed in range(3):
        raster, lines, demand, found = gap_case(kind, seed, streets)

        unseen = raster.to_numpy() == 0.0
        total_m2 = found["area_m2"].sum() + found.attrs["small_m2"]
        assert total_m2 == pytest.approx(4.0 * unseen.sum())
        demanded = found["incidents_per_year"].sum()
        demanded += found.attrs["incidents_elsewhere"]
        assert demanded == pytest.approx(demand["per_year"].sum())
        assert found["rank"].tolist() == list(range(1, len(found) + 1))
        assert (found["incidents_per_year"].diff().dropna() <= 1e-9).all()
        assert found["gap_id"].is_unique
        points = centres(raster)[unseen.ravel()]
        squares = shapely.box(
            points[:, 0] - 1.0, points[:, 1] - 1.0, points[:, 0] + 1.0, points[:, 1] + 1
        )
        inside = shapely.union_all(squares)
        street_m = lines.geometry.intersection(inside).length.sum()
        small_share = found.attrs["small_m2"] / max(1.0, 4.0 * unseen.sum())
        assert found["street_m"].sum() == pytest.approx(
            street_m, rel=0.05 + small_share, abs=4.0
        )
