"""A real neighbourhood: its footprints as mapped, and cameras at the worst places."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from coveragekit.visibility import Obstacles, isovists, mount, who_sees

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.real_data

CRS = "EPSG:32616"


@pytest.fixture(scope="module")
def buildings(real_data: Path) -> gpd.GeoDataFrame:
    folder = real_data / "atlanta_osm_reynoldstown"
    names = ("houses", "apartments", "otherBuildings")
    parts = [gpd.read_file(folder / f"{name}.geojson")[["geometry"]] for name in names]
    return pd.concat(parts, ignore_index=True).to_crs(CRS)


def town_of(buildings: gpd.GeoDataFrame) -> shapely.Geometry:
    """All buildings as one, with gaps that no camera fits into closed."""
    town = shapely.union_all(shapely.make_valid(buildings.geometry.array))
    return town.buffer(0.05, join_style="mitre").buffer(-0.05, join_style="mitre")


def cameras_at(places: np.ndarray, bearing_deg: np.ndarray) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        {"bearing_deg": bearing_deg, "hfov_deg": 90.0, "range_m": 60.0},
        geometry=shapely.points(places),
        crs=CRS,
    )


def test_footprints_come_as_mapped_with_the_broken_one_mended(
    buildings: gpd.GeoDataFrame,
) -> None:
    obstacles = Obstacles.from_buildings(buildings)

    broken = np.flatnonzero(~buildings.is_valid)
    assert len(obstacles.building_ids) == 1446
    assert obstacles.repaired.tolist() == broken.tolist()
    # Every edge of every ring is a wall, but for those of the mended outline.
    rings = shapely.get_rings(shapely.get_parts(buildings.geometry[buildings.is_valid]))
    edges = shapely.get_num_coordinates(rings).sum() - len(rings)
    mended = np.isin(obstacles.owner, broken)
    assert (~mended).sum() == edges


def test_a_camera_in_the_middle_of_its_house_goes_to_the_nearest_way_out(
    buildings: gpd.GeoDataFrame,
) -> None:
    obstacles = Obstacles.from_buildings(buildings)
    middles = buildings.representative_point()
    table = cameras_at(shapely.get_coordinates(middles), np.full(len(middles), np.nan))

    made = mount(table, obstacles)

    # The witness: how far the edge of all buildings together is.
    town = town_of(buildings)
    off = shapely.distance(middles.array, shapely.boundary(town))
    inside = (made["mount"] == "inside").to_numpy()
    assert np.array_equal(inside, off > 6.0)
    moved = made["mount_shift_m"].to_numpy()[~inside]
    # By the stand-off further: twice at inner corners, less where the way is slanting.
    assert (moved <= off[~inside] + 0.2).all()
    assert (moved >= off[~inside]).all()
    stands = shapely.points(made[["x", "y"]].to_numpy()[~inside])
    assert (shapely.distance(stands, town) > 0.099).mean() > 0.99
    # Of footprints that overlap the first by id is named, so not always the camera's.
    named = buildings.geometry.iloc[made["mount_building"][inside].astype(int)]
    assert named.covers(middles[inside], align=False).all()


def test_cameras_on_walls_and_corners_see_the_street_and_never_through_a_house(
    buildings: gpd.GeoDataFrame,
) -> None:
    obstacles = Obstacles.from_buildings(buildings)
    walls = obstacles.walls
    middles = 0.5 * (walls[:, :2] + walls[:, 2:])
    outward = np.degrees(
        np.arctan2(walls[:, 1] - walls[:, 3], walls[:, 2] - walls[:, 0])
    )
    table = pd.concat(
        [
            cameras_at(middles, np.mod(outward, 360.0)),
            cameras_at(walls[:, :2], np.mod(outward, 360.0)),
        ],
        ignore_index=True,
    )

    mounting = mount(table, obstacles, north="grid")
    made = isovists(table, obstacles, north="grid", mounting=mounting)

    town = town_of(buildings)
    outside = (mounting["mount"] != "inside").to_numpy()
    on_edge = shapely.distance(table.geometry.array, shapely.boundary(town)) < 1e-6
    # A bearing square to a party wall runs along the street front at its corner, or a
    # hair into it; everywhere else all who stand on the edge of the town look out.
    middle = np.arange(len(table)) < len(middles)
    assert on_edge.mean() > 0.9
    assert outside[on_edge & middle].all()
    assert outside[on_edge].mean() > 0.98
    assert made.is_valid.all()
    seen = made[outside].array
    near = shapely.STRtree(buildings.geometry.array).query(seen, "intersects")
    overlap = shapely.intersection(
        seen[near[0]], shapely.make_valid(buildings.geometry.array[near[1]])
    )
    assert (shapely.area(overlap) < 1e-4).all()
    assert np.median(shapely.area(seen)) > 200.0


def test_points_are_seen_where_they_lie_in_the_isovist(
    buildings: gpd.GeoDataFrame,
) -> None:
    obstacles = Obstacles.from_buildings(buildings)
    rng = np.random.default_rng(11)
    taken = rng.choice(len(obstacles), 300, replace=False)
    table = cameras_at(obstacles.walls[taken, :2], rng.uniform(0, 360, 300))
    minx, miny, maxx, maxy = buildings.total_bounds
    xy = rng.uniform((minx, miny), (maxx, maxy), (20_000, 2))
    places = gpd.GeoSeries(shapely.points(xy), crs=CRS)

    seen = who_sees(places, table, obstacles).toarray()
    made = isovists(table, obstacles, chord_tolerance_m=1e-3)

    assert seen.sum() > 1000
    for column, isovist in enumerate(made):
        strictly = shapely.covers(isovist.buffer(-1e-4), places.array)
        beyond = shapely.distance(isovist, places.array) > 2e-3
        assert seen[strictly, column].all()
        assert not seen[beyond, column].any()
