"""A surface is ground and roofs; what it does not know it refuses."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Transformer
from shapely.geometry import LineString, MultiPolygon, Polygon, box

from coveragekit.errors import CRSError, InputError
from coveragekit.visibility import Surface
from tests.strategies import examples
from tests.visibility.plans import CRS, houses

if TYPE_CHECKING:
    from numpy.typing import NDArray

BOUNDS = (0.0, 0.0, 20.0, 10.0)


@dataclass(frozen=True)
class Hill:
    """A terrain, as ``sources.read_terrain`` gives it."""

    heights_m: NDArray[np.float32]
    transform: tuple[float, float, float, float, float, float]
    crs: object = CRS


def slope(step: float = 5.0, cells: int = 20) -> Hill:
    """Give terrain that rises a metre in ten to the east and falls to the north."""
    rows, columns = np.indices((cells, cells))
    x, y = -20.0 + (columns + 0.5) * step, 60.0 - (rows + 0.5) * step
    heights = (100.0 + 0.1 * x - 0.05 * y).astype(np.float32)
    return Hill(heights, (step, 0.0, -20.0, 0.0, -step, 60.0))


def test_roofs_stand_on_the_ground_where_footprints_cover_centres() -> None:
    house = houses(box(3, 2, 7, 5)).assign(height_m=[8.0])

    surface = Surface.from_buildings(house, bounds=BOUNDS)

    expected = np.zeros((10, 20), np.float32)
    expected[5:8, 3:7] = 8.0  # rows from the north: y 2 to 5 are rows 5 to 7
    assert np.array_equal(surface.top_m, expected)
    assert not surface.ground_m.any()
    assert surface.bounds == BOUNDS
    assert surface.cell_m == 1.0


def test_heights_come_from_height_then_storeys_then_the_default() -> None:
    four = houses(*(box(4 * n, 1, 4 * n + 3, 4) for n in range(4))).assign(
        height_m=[12.0, np.nan, np.nan, 0.0], levels=[9.0, 2.0, np.nan, np.nan]
    )

    surface = Surface.from_buildings(
        four, bounds=BOUNDS, storey_m=3.5, default_height_m=5.0
    )

    assert surface.top_m[7, [1, 5, 9, 13]].tolist() == [12.0, 7.0, 5.0, 0.0]
    assert surface.height_counts == {
        "height_m": 2,
        "levels": 1,
        "assumed": 1,
        "no_cell": 0,
    }


def test_buildings_without_columns_of_heights_are_all_assumed() -> None:
    surface = Surface.from_buildings(houses(box(3, 2, 7, 5)), bounds=BOUNDS)

    assert float(surface.top_m.max()) == 6.0
    assert surface.height_counts["assumed"] == 1


def test_a_wall_thinner_than_a_cell_is_counted_when_it_covers_no_centre() -> None:
    thin = houses(box(3.6, 2, 3.9, 9), box(10, 2, 12, 9))

    surface = Surface.from_buildings(thin, bounds=BOUNDS)

    assert surface.height_counts["no_cell"] == 1
    assert not surface.top_m[:, :9].any()


def test_of_buildings_that_overlap_the_highest_counts() -> None:
    both = houses(box(2, 2, 8, 8), box(5, 2, 12, 8))

    for heights in ([9.0, 4.0], [4.0, 9.0]):
        surface = Surface.from_buildings(both.assign(height_m=heights), bounds=BOUNDS)

        assert float(surface.top_m[5, 6]) == 9.0
        assert float(surface.top_m[5, 3]) == heights[0]


def test_courtyards_and_parts_of_one_building_are_followed() -> None:
    yard = Polygon(box(1, 1, 9, 9).exterior.coords, [box(3, 3, 7, 7).exterior.coords])
    parts = MultiPolygon([box(12, 1, 14, 3), box(16, 5, 18, 7)])

    surface = Surface.from_buildings(houses(yard, parts), bounds=BOUNDS)

    assert float(surface.top_m[5, 5]) == 0.0
    assert float(surface.top_m[2, 2]) == 6.0
    assert float(surface.top_m[8, 12]) == 6.0
    assert float(surface.top_m[4, 17]) == 6.0
    assert np.count_nonzero(surface.top_m) == 64 - 16 + 4 + 4


def test_an_outline_that_crosses_itself_is_mended() -> None:
    bow = Polygon([(0, 0), (10, 10), (10, 0), (0, 10)])

    surface = Surface.from_buildings(houses(bow), bounds=BOUNDS)

    # two triangles: half of the square, and its diagonals' centres go to one side
    assert abs(np.count_nonzero(surface.top_m) - 50) <= 10


@given(seed=st.integers(0, 2**32 - 1))
@examples(40)
def test_the_cells_covered_are_those_whose_centre_lies_in_a_footprint(
    seed: int,
) -> None:
    rng = np.random.default_rng(seed)
    corners = rng.uniform((0, 0), (20, 10), (8, 3, 2))
    shapes = [shapely.convex_hull(shapely.multipoints(each)) for each in corners]
    heights = rng.uniform(1.0, 20.0, 8)

    surface = Surface.from_buildings(
        houses(*shapes).assign(height_m=heights), bounds=BOUNDS
    )

    x, y = np.meshgrid(np.arange(20) + 0.5, 9.5 - np.arange(10))
    expected = np.zeros((10, 20), np.float32)
    for shape, height in zip(shapes, heights, strict=True):
        inside = shapely.contains_xy(shape, x, y)
        expected[inside] = np.maximum(expected[inside], np.float32(height))
    assert np.array_equal(surface.top_m, expected)


def test_terrain_is_taken_between_its_cells() -> None:
    house = houses(box(3, 2, 7, 5)).assign(height_m=[8.0])

    surface = Surface.from_buildings(house, slope(), bounds=BOUNDS)

    x, y = np.meshgrid(np.arange(20) + 0.5, 9.5 - np.arange(10))
    plane = 100.0 + 0.1 * x - 0.05 * y
    # a plane is followed exactly, but for float32 at 100 m
    assert np.allclose(surface.ground_m, plane, atol=2e-5)
    assert np.allclose(surface.top_m[5:8, 3:7], plane[5:8, 3:7] + 8.0, atol=2e-5)


def test_a_geographic_terrain_lies_where_it_belongs() -> None:
    # A ridge along the meridian 84.35 W, in cells of a ten thousandth of a degree.
    west, north, step = -84.36, 33.76, 1e-4
    columns = np.arange(200)
    height = 300.0 - 1e5 * np.abs(west + (columns + 0.5) * step + 84.35)
    hill = Hill(
        np.tile(height, (200, 1)).astype(np.float32),
        (step, 0.0, west, 0.0, -step, north),
        "EPSG:4326",
    )
    turn = Transformer.from_crs("EPSG:4326", CRS, always_xy=True)
    x, y = turn.transform(-84.35, 33.75)
    near = (x - 60.0, y - 40.0, x + 60.0, y + 40.0)
    empty = gpd.GeoDataFrame(geometry=[], crs=CRS)

    surface = Surface.from_buildings(empty, hill, bounds=near)

    for row in (0, 40, 79):
        top = int(np.argmax(surface.ground_m[row]))
        ridge_x = surface.frame[0] + top + 0.5
        ridge_y = surface.frame[1] - row - 0.5
        lon, _ = turn.transform(ridge_x, ridge_y, direction="INVERSE")
        # within the flat top of a cell either way
        assert abs(lon + 84.35) < 1.1e-4
    # 1e5 m of fall per degree, 92.6 km long here: 1.08 m of fall in a metre
    assert surface.ground_m[40, 0] == pytest.approx(300.0 - 59.5 * 1.08, abs=1.5)


def test_a_turned_terrain_is_followed() -> None:
    # Columns run north, rows run east.
    rows, columns = np.indices((12, 12))
    x, y = -20.0 + (rows + 0.5) * 5.0, -20.0 + (columns + 0.5) * 5.0
    hill = Hill((x + 2.0 * y).astype(np.float32), (0.0, 5.0, -20.0, 5.0, 0.0, -20.0))
    empty = gpd.GeoDataFrame(geometry=[], crs=CRS)

    surface = Surface.from_buildings(empty, hill, bounds=BOUNDS)

    assert float(surface.ground_m[0, 0]) == pytest.approx(0.5 + 2.0 * 9.5, abs=1e-4)
    assert float(surface.ground_m[9, 19]) == pytest.approx(19.5 + 2.0 * 0.5, abs=1e-4)


def test_what_the_terrain_does_not_know_is_not_known() -> None:
    hill = slope()
    heights = hill.heights_m.copy()
    heights[:, 7:] = np.nan  # from x = 15 on
    empty = gpd.GeoDataFrame(geometry=[], crs=CRS)

    surface = Surface.from_buildings(
        empty, Hill(heights, hill.transform), bounds=BOUNDS
    )

    # between the last centre that is known, x = 12.5, and the next nothing is
    assert not np.isnan(surface.ground_m[:, :12]).any()
    assert np.isnan(surface.ground_m[:, 13:]).all()
    assert np.array_equal(np.isnan(surface.ground_m), np.isnan(surface.top_m))


def test_where_the_ground_is_known_is_told_and_what_is_not_is_outlined() -> None:
    hill = slope()
    heights = hill.heights_m.copy()
    heights[:, 7:] = np.nan
    empty = gpd.GeoDataFrame(geometry=[], crs=CRS)

    surface = Surface.from_buildings(
        empty, Hill(heights, hill.transform), bounds=BOUNDS
    )
    whole = Surface.from_buildings(empty, slope(), bounds=BOUNDS)

    # 12.3 lies between the centres 11.5 and 12.5, the last ones known
    places = np.array([[12.3, 5.0], [13.2, 5.0], [25.0, 5.0], [0.2, 5.0]])
    edge = 13.0 if not np.isnan(surface.ground_m[0, 12]) else 12.0
    assert surface.is_known(places).tolist() == [edge == 13.0, False, False, False]
    assert surface.unknown_area().equals(box(edge, 0, 20, 10))
    assert whole.unknown_area().is_empty
    assert whole.is_known(places).tolist() == [True, True, False, False]


def test_a_terrain_that_does_not_reach_a_building_is_refused() -> None:
    two = houses(box(3, 2, 7, 5), box(95, 2, 99, 5))
    two.index = pd.Index(["near", "far"])

    with pytest.raises(InputError, match=r"under the buildings in building_id b"):
        Surface.from_buildings(two, slope(), bounds=(0, 0, 120, 10))
    with pytest.raises(InputError, match="does not reach the place asked for"):
        Surface.from_buildings(two, slope(), bounds=(5000, 0, 5020, 10))


def test_no_data_under_a_building_is_refused() -> None:
    hill = slope()
    heights = hill.heights_m.copy()
    heights[11, 5] = np.nan  # x 5 to 10, y 0 to 5

    with pytest.raises(
        InputError, match="unknown under the buildings in building_id a"
    ):
        Surface.from_buildings(
            houses(box(3, 2, 9, 5)), Hill(heights, hill.transform), bounds=BOUNDS
        )


@pytest.mark.parametrize(
    ("column", "values", "message"),
    [
        (
            "height_m",
            [5.0, -2.0],
            r"height_m is -2 in building_id b; allowed: 0 to 1000 metres",
        ),
        ("height_m", [5.0, 3000.0], r"height_m is 3000 in building_id b"),
        ("height_m", [np.inf, 3.0], r"height_m is inf in building_id a"),
        ("levels", [-1.0, 2.0], r"levels is -1 in building_id a; .* storeys"),
        ("levels", ["three", "2"], r"levels holds what is no number"),
    ],
)
def test_heights_that_cannot_be_are_refused_by_row(
    column: str, values: list[Any], message: str
) -> None:
    two = houses(box(0, 0, 3, 3), box(5, 0, 8, 3)).assign(**{column: values})

    with pytest.raises(InputError, match=message):
        Surface.from_buildings(two.set_axis(["a", "b"]), bounds=BOUNDS)


@pytest.mark.parametrize("word", ["resolution_m", "storey_m", "default_height_m"])
@pytest.mark.parametrize("value", [0.0, -1.0, np.nan, np.inf])
def test_sizes_that_cannot_be_are_refused(word: str, value: float) -> None:
    with pytest.raises(InputError, match=f"{word} is .*more than 0, finite"):
        Surface.from_buildings(houses(box(0, 0, 3, 3)), **{word: value})  # type: ignore[arg-type]


def test_outlines_that_are_none_are_refused() -> None:
    with pytest.raises(InputError, match="no polygon in row 0"):
        Surface.from_buildings(houses(LineString([(0, 0), (5, 5)])), bounds=BOUNDS)


def test_a_surface_too_large_for_memory_is_refused_with_its_size() -> None:
    house = houses(box(0, 0, 3, 3))

    with pytest.raises(
        InputError,
        match=r"100,000 x 100,000 cells of 1 m .*80\.0 GB.*cells of 5\.8 m would do",
    ):
        Surface.from_buildings(house, bounds=(0, 0, 1e5, 1e5))
    assert Surface.from_buildings(
        house, bounds=(0, 0, 1e5, 1e5), resolution_m=1000.0
    ).top_m.shape == (100, 100)


def test_bounds_are_needed_and_must_be_a_box() -> None:
    empty = gpd.GeoDataFrame(geometry=[], crs=CRS)

    with pytest.raises(InputError, match="there are no buildings: give bounds="):
        Surface.from_buildings(empty)
    for wrong in ((0, 0, 0, 5), (0, 5, 9, 5), (0, 0, np.inf, 5), (np.nan, 0, 5, 5)):
        with pytest.raises(InputError, match="bounds are"):
            Surface.from_buildings(empty, bounds=wrong)


def test_a_surface_is_of_a_crs_in_metres() -> None:
    house = houses(box(0, 0, 3, 3))

    with pytest.raises(CRSError, match="degrees"):
        Surface.from_buildings(house.to_crs(4326))
    with pytest.raises(CRSError, match="the terrain has no CRS"):
        Surface.from_buildings(house, Hill(np.ones((2, 2), np.float32), (1,) * 6, None))


def test_cells_of_all_surfaces_of_a_study_align() -> None:
    house = houses(box(3, 2, 7, 5))

    surface = Surface.from_buildings(house, bounds=(0.4, 0.4, 19.2, 9.9))
    coarse = Surface.from_buildings(house, resolution_m=2.5)

    assert surface.bounds == (0.0, 0.0, 20.0, 10.0)
    assert all(edge % 2.5 == 0.0 for edge in coarse.bounds)
    # 100 m around the house where nothing is said
    assert coarse.bounds[0] <= 3 - 100
    assert coarse.bounds[2] >= 7 + 100


def test_a_stored_surface_comes_back_mapped_and_read_only(tmp_path: Path) -> None:
    made = Surface.from_buildings(houses(box(3, 2, 7, 5)), slope(), bounds=BOUNDS)
    for name, array in made.to_arrays().items():
        np.save(tmp_path / f"{name}.npy", array)

    mapped = Surface.from_arrays(
        {path.stem: np.load(path, mmap_mode="r") for path in tmp_path.glob("*.npy")},
        crs=CRS,
    )

    for name, array in mapped.to_arrays().items():
        assert np.array_equal(array, made.to_arrays()[name])
        assert not array.flags.writeable
    assert np.shares_memory(mapped.top_m, mapped.to_arrays()["top_m"])
    assert mapped.height_counts == made.height_counts


def test_a_stored_surface_that_is_not_whole_is_refused() -> None:
    arrays = Surface.from_buildings(houses(box(3, 2, 7, 5)), bounds=BOUNDS).to_arrays()

    with pytest.raises(InputError, match="lacks the arrays frame"):
        Surface.from_arrays(
            {name: array for name, array in arrays.items() if name != "frame"}, crs=CRS
        )
    for name, wrong in (
        ("top_m", arrays["top_m"].astype(np.float64)),
        ("top_m", arrays["top_m"][1:]),
        ("frame", arrays["frame"][:2]),
        ("ground_m", arrays["ground_m"].ravel()),
    ):
        with pytest.raises(InputError, match=f"the stored surface: {name} is"):
            Surface.from_arrays({**arrays, name: wrong}, crs=CRS)
    with pytest.raises(CRSError):
        Surface.from_arrays(arrays, crs=4326)


def test_nothing_given_is_changed() -> None:
    house = houses(box(3, 2, 7, 5)).assign(height_m=[8.0])
    hill = slope()
    before, heights = house.copy(), hill.heights_m.copy()

    Surface.from_buildings(house, hill, bounds=BOUNDS)

    assert house.equals(before)
    assert np.array_equal(hill.heights_m, heights)
    assert hill.heights_m.flags.writeable
