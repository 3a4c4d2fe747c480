"""Buildings become walls: turned one way, cleaned, found again, stored and mapped."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pytest
import shapely
from geopandas.testing import assert_geodataframe_equal
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import LineString, MultiPolygon, Point, Polygon, box

from coveragekit.errors import CRSError, InputError
from coveragekit.visibility import Obstacles, isovists
from tests.strategies import examples, scenes
from tests.visibility.plans import CRS, FULL, cameras, houses

if TYPE_CHECKING:
    from pathlib import Path

COURT = Polygon(
    box(0, 0, 30, 30).exterior.coords, [box(10, 10, 20, 20).exterior.coords]
)


def walls_of(*shapes: object) -> set[tuple[float, ...]]:
    return {tuple(wall) for wall in Obstacles.from_buildings(houses(*shapes)).walls}


def endless(value: float) -> Polygon:
    with np.errstate(invalid="ignore"):
        return Polygon([(0, 0), (value, 1), (1, 1)])


def test_a_house_has_its_building_on_the_right_of_every_wall() -> None:
    walls = walls_of(box(0, 0, 10, 8))

    assert walls == {(0, 0, 0, 8), (0, 8, 10, 8), (10, 8, 10, 0), (10, 0, 0, 0)}


def test_rings_may_run_either_way() -> None:
    clockwise = Polygon([(0, 0), (0, 8), (10, 8), (10, 0)])

    assert walls_of(clockwise) == walls_of(clockwise.reverse())


def test_the_walls_of_a_courtyard_have_the_building_on_the_right_too() -> None:
    walls = walls_of(COURT)

    # North along the court's east side, with the building to the east.
    assert (20, 10, 20, 20) in walls
    assert len(walls) == 8


def test_repeated_corners_make_no_wall() -> None:
    stuttering = Polygon([(0, 0), (10, 0), (10, 0), (10, 8), (0, 8), (0, 8)])

    assert walls_of(stuttering) == walls_of(box(0, 0, 10, 8))


def test_heights_of_corners_are_left_out() -> None:
    assert walls_of(shapely.force_3d(box(0, 0, 10, 8), 3.0)) == walls_of(
        box(0, 0, 10, 8)
    )


def test_several_polygons_may_share_a_row() -> None:
    twin = MultiPolygon([box(0, 0, 1, 1), box(5, 0, 6, 1)])

    obstacles = Obstacles.from_buildings(houses(twin, box(9, 0, 10, 1)))

    assert np.bincount(obstacles.owner).tolist() == [8, 4]


def test_an_outline_that_crosses_itself_is_mended_and_listed() -> None:
    bow_tie = Polygon([(0, 0), (10, 10), (10, 0), (0, 10)])

    obstacles = Obstacles.from_buildings(houses(box(20, 0, 30, 10), bow_tie))

    assert obstacles.repaired.tolist() == [1]
    assert obstacles.owner.tolist().count(1) == 6


def test_a_footprint_without_area_hides_nothing_and_is_listed() -> None:
    flat = Polygon([(0, 0), (5, 0), (10, 0)])

    obstacles = Obstacles.from_buildings(houses(flat))

    assert len(obstacles) == 0
    assert obstacles.repaired.tolist() == [0]


def test_no_buildings_are_open_ground() -> None:
    ground = Obstacles.from_buildings(houses())

    seen = isovists(cameras((0, 0, *FULL)), ground, north="grid")

    assert len(ground) == 0
    assert seen.area[0] == pytest.approx(np.pi * 50.0**2, rel=2e-3)


def test_ids_come_from_the_column_or_else_from_the_index() -> None:
    table = houses(box(0, 0, 1, 1), box(2, 0, 3, 1), ids=["x", "y"])
    bare = table.drop(columns="building_id").set_axis([7, 9])

    assert Obstacles.from_buildings(table).building_ids.tolist() == ["x", "y"]
    assert Obstacles.from_buildings(bare).building_ids.tolist() == ["7", "9"]


def test_the_frame_given_is_not_changed_and_what_is_kept_cannot_be() -> None:
    table = houses(box(0, 0, 10, 8).reverse())
    before = table.copy(deep=True)

    obstacles = Obstacles.from_buildings(table)

    assert_geodataframe_equal(table, before)
    with pytest.raises(ValueError, match="read-only"):
        obstacles.walls[0, 0] = 1.0


def test_two_houses_a_continent_apart_need_no_large_grid() -> None:
    obstacles = Obstacles.from_buildings(
        houses(box(0, 0, 10, 10), box(3e6, 3e6, 3e6 + 10, 3e6 + 10))
    )
    seen = isovists(cameras((-5, 5, 90, 90, 50)), obstacles, north="grid")

    assert len(obstacles.ptr) < 5_000_000
    assert seen.area[0] == pytest.approx(5.0**2)


@pytest.mark.parametrize(
    ("shape", "what"),
    [
        (None, "no geometry in row 1"),
        (Polygon(), "an empty geometry in row 1"),
        (Point(0, 0), "a geometry that is no polygon in row 1"),
        (LineString([(0, 0), (1, 1)]), "a geometry that is no polygon in row 1"),
        (endless(np.nan), "not finite in row 1"),
        (endless(np.inf), "not finite in row 1"),
    ],
)
def test_a_row_that_is_no_footprint_is_refused_by_name(
    shape: object, what: str
) -> None:
    with pytest.raises(InputError, match=what):
        Obstacles.from_buildings(houses(box(0, 0, 1, 1), shape))


def test_of_many_bad_rows_the_first_are_named_and_the_rest_counted() -> None:
    with pytest.raises(InputError, match=r"row 0, 1, 2, 3, 4, 5, 6, 7 and 2 more"):
        Obstacles.from_buildings(houses(*[Polygon()] * 10))


@pytest.mark.parametrize(
    ("crs", "what"),
    [(None, "have no CRS"), (4326, "degrees"), (2240, "foot")],
)
def test_a_crs_without_metres_is_refused(crs: int | None, what: str) -> None:
    table = gpd.GeoDataFrame(geometry=[box(0, 0, 1, 1)], crs=crs)

    with pytest.raises(CRSError, match=what):
        Obstacles.from_buildings(table)


def test_stored_arrays_give_the_same_obstacles_from_memory_maps(
    tmp_path: Path,
) -> None:
    obstacles = Obstacles.from_buildings(houses(COURT, box(40, 0, 50, 60)))
    for name, array in obstacles.to_arrays().items():
        np.save(tmp_path / f"{name}.npy", array)

    mapped = Obstacles.from_arrays(
        {path.stem: np.load(path, mmap_mode="r") for path in tmp_path.glob("*.npy")},
        crs=CRS,
    )

    watch = cameras((35, 5, *FULL), (15, 15, *FULL), (5, 5, 0, 90, 30))
    first = isovists(watch, obstacles, north="grid")
    again = isovists(watch, mapped, north="grid")
    assert first.geom_equals_exact(again, 0.0).all()
    assert mapped.building_ids.tolist() == ["a", "b"]


def test_stored_arrays_that_are_not_all_there_are_refused() -> None:
    arrays = Obstacles.from_buildings(houses(COURT)).to_arrays()
    del arrays["idx"], arrays["ptr"]

    with pytest.raises(InputError, match="lack the arrays ptr, idx"):
        Obstacles.from_arrays(arrays, crs=CRS)


def test_stored_arrays_of_another_type_are_refused() -> None:
    arrays = Obstacles.from_buildings(houses(COURT)).to_arrays()
    arrays["walls"] = arrays["walls"].astype(np.float32)

    with pytest.raises(InputError, match="walls is float32, allowed: float64"):
        Obstacles.from_arrays(arrays, crs=CRS)


@examples(40)
@given(scene=scenes(), seed=st.integers(0, 2**32 - 1))
def test_the_order_of_buildings_changes_no_isovist(scene: object, seed: int) -> None:
    table, watch = scene.buildings_table(), scene.cameras_table()
    mixed = table.sample(frac=1.0, random_state=seed)

    first = isovists(watch, Obstacles.from_buildings(table), north="grid")
    again = isovists(watch, Obstacles.from_buildings(mixed), north="grid")

    assert again.area.to_numpy() == pytest.approx(first.area.to_numpy(), abs=1e-6)
