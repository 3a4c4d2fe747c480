"""Rasters of multiplicity and of being seen."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rioxarray
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely import MultiPolygon, Point, Polygon, box

from coveragekit.coverage import camera_probability, multiplicity, seen, to_cog
from coveragekit.coverage.grid import Grid
from coveragekit.errors import CRSError, InputError
from tests.strategies import CRS, OFFSETS, examples, isovist_sets


def series(*polygons) -> gpd.GeoSeries:
    return gpd.GeoSeries(list(polygons), crs=CRS)


def test_two_views_that_overlap_make_a_place_that_two_cameras_see() -> None:
    views = series(box(0, 0, 2, 1), box(1, 0, 3, 1))

    raster = multiplicity(views)

    assert raster.name == "multiplicity"
    assert raster.dims == ("y", "x")
    assert raster.dtype == np.float32
    assert raster.to_numpy().tolist() == [[1, 2, 1]]
    assert raster["x"].to_numpy().tolist() == [0.5, 1.5, 2.5]
    assert raster["y"].to_numpy().tolist() == [0.5]
    assert raster.rio.crs.to_epsg() == 32616


def test_seen_is_one_minus_the_product_of_what_each_misses() -> None:
    views = series(box(0, 0, 2, 1), box(1, 0, 3, 1), box(2, 0, 4, 1))

    raster = seen(views, [0.5, 0.5, 1.0])

    assert raster.name == "seen_probability"
    assert raster.to_numpy().tolist() == [[0.5, 0.75, 1.0, 1.0]]


def test_rows_run_from_north_to_south() -> None:
    raster = multiplicity(series(box(0, 1, 1, 2)), bounds=(0, 0, 1, 2))

    assert raster["y"].to_numpy().tolist() == [1.5, 0.5]
    assert raster.to_numpy().tolist() == [[1], [0]]


@pytest.mark.parametrize("resolution_m", [1.0, 2.0, 0.5])
def test_corners_are_multiples_of_the_cell_so_that_rasters_align(resolution_m) -> None:
    views = series(box(740000.3, 3730000.7, 740004.1, 3730003.2))

    raster = multiplicity(views, None, resolution_m)

    west = raster["x"].to_numpy()[0] - resolution_m / 2
    north = raster["y"].to_numpy()[0] + resolution_m / 2
    assert west % resolution_m == 0.0
    assert north % resolution_m == 0.0
    assert west <= 740000.3
    assert north >= 3730003.2


def test_a_courtyard_cut_out_of_a_view_is_not_seen() -> None:
    ring = box(0, 0, 3, 3).difference(box(1, 1, 2, 2))

    assert multiplicity(series(ring)).to_numpy().tolist() == [
        [1, 1, 1],
        [1, 0, 1],
        [1, 1, 1],
    ]


def test_a_view_in_two_parts_counts_in_both() -> None:
    parts = MultiPolygon([box(0, 0, 1, 1), box(2, 0, 3, 1)])

    assert multiplicity(series(parts)).to_numpy().tolist() == [[1, 0, 1]]


def test_cells_outside_the_area_or_in_a_building_are_no_data() -> None:
    houses = gpd.GeoDataFrame(geometry=[box(1, 0, 2, 1)], crs=CRS)

    raster = seen(series(box(0, 0, 2, 1)), area=box(0, 0, 3, 1), buildings=houses)

    assert raster.to_numpy()[0, [0, 2]].tolist() == [1.0, 0.0]
    assert np.isnan(raster.to_numpy()[0, 1])
    counted = multiplicity(
        series(box(0, 0, 2, 1)), bounds=(0, 0, 3, 1), area=box(1, 0, 3, 1)
    )
    assert np.isnan(counted.to_numpy()[0, 0])
    assert counted.to_numpy()[0, 1:].tolist() == [1.0, 0.0]


def test_buildings_alone_leave_the_open_ground() -> None:
    houses = gpd.GeoDataFrame(geometry=[box(1, 0, 2, 1)], crs=CRS)

    raster = seen(series(box(0, 0, 2, 1)), buildings=houses)

    assert raster.to_numpy()[0, 0] == 1.0
    assert np.isnan(raster.to_numpy()[0, 1])


def test_what_reaches_beyond_the_bounds_is_cut_off() -> None:
    raster = multiplicity(series(box(-9, -9, 9, 9)), bounds=(0, 0, 2, 1))

    assert raster.to_numpy().tolist() == [[1, 1]]


def test_empty_and_missing_views_see_nothing() -> None:
    raster = multiplicity(series(None, Polygon()), bounds=(0, 0, 2, 1))

    assert raster.to_numpy().tolist() == [[0, 0]]


def test_no_views_at_all_give_an_empty_map_where_the_bounds_are_known() -> None:
    raster = seen(series(), bounds=(0, 0, 2, 1))

    assert raster.to_numpy().tolist() == [[0, 0]]


def test_views_of_chance_one_are_counted_without_rounding() -> None:
    views = series(*[box(0, 0, 1, 1)] * 1000)

    assert multiplicity(views).to_numpy().tolist() == [[1000.0]]


# Ties: half-open cells, so that what is shared is counted once.


def test_a_centre_on_an_edge_belongs_to_the_polygon_in_the_east_or_north() -> None:
    west, east = box(0, 0, 1.5, 3), box(1.5, 0, 3, 3)
    south, north = box(0, 0, 3, 1.5), box(0, 1.5, 3, 3)
    halves = (west, east, south, north)
    bounds = (0, 0, 3, 3)
    row, column = slice(1, 2), slice(0, 1)

    counted = [multiplicity(series(one), bounds=bounds).to_numpy() for one in halves]

    assert counted[0][row].tolist() == [[1, 0, 0]]
    assert counted[1][row].tolist() == [[0, 1, 1]]
    assert counted[2][:, column].tolist() == [[0], [0], [1]]
    assert counted[3][:, column].tolist() == [[1], [1], [0]]


@pytest.mark.parametrize("offset", OFFSETS)
def test_triangles_that_share_a_slanted_edge_through_centres_share_no_cell(
    offset,
) -> None:
    corners = np.array([[0, 0], [4, 0], [4, 4], [0, 4]]) + offset
    one, two = Polygon(corners[[0, 1, 2]]), Polygon(corners[[2, 3, 0]])

    raster = multiplicity(series(one, two))

    assert float(raster.sum()) == 16.0
    assert float(raster.max()) == 1.0


def test_six_triangles_around_a_centre_count_it_once() -> None:
    middle = np.array([2.5, 2.5])
    around = [(0, 0), (3, 0), (5, 1), (5, 5), (2, 5), (0, 3)]
    fan = [
        Polygon([middle, around[n], around[(n + 1) % 6]]) for n in range(len(around))
    ]

    assert multiplicity(series(*fan), bounds=(2, 2, 3, 3)).to_numpy().tolist() == [[1]]


def test_triangles_that_meet_in_a_centre_along_edges_of_any_slope_count_it_once() -> (
    None
):
    # Slopes of 13 / 9 and the like: a crossing worked out from the far end is off by
    # a rounding, and the centre at 12.5, 24.5 would count three times.
    around = [(0, 30), (6, 20), (10, 18), (17, 21), (21, 27)]
    fan = [Polygon([(12.5, 24.5), around[n], around[(n + 1) % 5]]) for n in range(5)]

    raster = multiplicity(series(*fan), bounds=(12, 24, 13, 25))

    assert raster.to_numpy().tolist() == [[1]]


# Properties.


@examples(60)
@given(views=isovist_sets(), extra=isovist_sets())
def test_another_camera_never_lowers_what_is_seen(views, extra) -> None:
    bounds = (0.0, 0.0, 40.0, 40.0)
    few, many = series(*views), series(*views, *extra)

    for measure in (multiplicity, seen):
        before = measure(few, np.full(len(few), 0.3), bounds=bounds)
        after = measure(many, np.full(len(many), 0.3), bounds=bounds)
        assert (after.to_numpy() >= before.to_numpy() - 1e-6).all()


@examples(60)
@given(views=isovist_sets(), chance=st.floats(0.0, 1.0))
def test_seen_is_a_probability_and_never_more_than_the_multiplicity(
    views, chance
) -> None:
    bounds = (0.0, 0.0, 40.0, 40.0)
    given_ = np.full(len(views), chance)

    share = seen(series(*views), given_, bounds=bounds).to_numpy()
    count = multiplicity(series(*views), given_, bounds=bounds).to_numpy()

    assert ((share >= 0.0) & (share <= 1.0)).all()
    assert (share <= count + 1e-5).all()


def test_the_area_seen_is_close_to_that_of_the_exact_union() -> None:
    rng = np.random.default_rng(7)
    circles = [Point(x, y).buffer(15) for x, y in rng.uniform(0, 200, (60, 2))]

    raster = seen(series(*circles))

    union = shapely.union_all(circles).area
    assert float(raster.sum()) == pytest.approx(union, rel=1e-3)


def test_what_is_given_is_not_changed() -> None:
    views = series(box(0, 0, 2, 1), box(1, 0, 3, 1))
    chance = pd.Series([0.5, 1.0])
    before, kept = views.copy(), chance.copy()

    seen(views, chance)

    assert views.geom_equals(before).all()
    pd.testing.assert_series_equal(chance, kept)


# Refusals.


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (
            lambda: multiplicity(gpd.GeoSeries([box(0, 0, 1, 1)])),
            CRSError,
            "isovists have no CRS",
        ),
        (
            lambda: seen(gpd.GeoSeries([box(0, 0, 1, 1)], crs=4326)),
            CRSError,
            "degrees",
        ),
        (
            lambda: multiplicity(series(box(0, 0, 1, 1)), None, 0.0),
            InputError,
            "resolution_m is 0; allowed: more than 0",
        ),
        (
            lambda: multiplicity(series(box(0, 0, 1, 1)), [1.5]),
            InputError,
            "probability is 1.5; allowed: 0 to 1",
        ),
        (
            lambda: multiplicity(series(box(0, 0, 1, 1)), [np.nan]),
            InputError,
            "probability is nan",
        ),
        (
            lambda: multiplicity(series(box(0, 0, 1, 1)), [1.0, 1.0]),
            InputError,
            r"shape \(2,\); allowed: one number for each of the 1 cameras",
        ),
        (
            lambda: seen(series(box(0, 0, 1, 1)), pd.Series([1.0], index=["x"])),
            InputError,
            "another index than the cameras",
        ),
        (lambda: seen(series()), InputError, "extent is unknown; give bounds="),
        (
            lambda: multiplicity(series(box(0, 0, 1, 1)), bounds=(2, 0, 1, 1)),
            InputError,
            r"bounds are \(2, 0, 1, 1\)",
        ),
        (
            lambda: multiplicity(series(box(0, 0, 1e6, 1e6))),
            InputError,
            "1,000,000 x 1,000,000 cells.*coarser resolution",
        ),
        (
            lambda: multiplicity(series(Point(0, 0)), bounds=(0, 0, 1, 1)),
            InputError,
            "geometry 0 is a Point; allowed: Polygon",
        ),
        (
            lambda: seen(
                series(box(0, 0, 1, 1)),
                buildings=gpd.GeoDataFrame(geometry=[box(0, 0, 1, 1)], crs=32617),
            ),
            CRSError,
            "isovists and buildings have different CRS",
        ),
    ],
)
def test_what_cannot_be_mapped_is_refused(call, error, message) -> None:
    with pytest.raises(error, match=message):
        call()


# Probabilities of cameras.


def test_a_known_bearing_is_certain_and_an_unknown_one_a_share_of_the_circle() -> None:
    cameras = pd.DataFrame(
        {"bearing_deg": [0.0, None, None], "hfov_deg": [90.0, 90.0, 360.0]},
        index=["known", "unknown", "all round"],
    )

    chance = camera_probability(cameras)

    assert chance.to_dict() == {"known": 1.0, "unknown": 0.25, "all round": 1.0}
    assert chance.name == "probability"


def test_no_cameras_have_no_probabilities() -> None:
    cameras = pd.DataFrame({"bearing_deg": [], "hfov_deg": []}, dtype="float64")

    assert len(camera_probability(cameras)) == 0


def test_a_camera_that_knows_neither_bearing_nor_angle_is_refused() -> None:
    cameras = pd.DataFrame({"bearing_deg": [None], "hfov_deg": [None]}, index=["c7"])

    with pytest.raises(InputError, match=r"camera c7 has neither.*fill_camera"):
        camera_probability(cameras)


def test_cameras_without_a_bearing_column_are_refused() -> None:
    with pytest.raises(InputError, match="no column 'bearing_deg'"):
        camera_probability(pd.DataFrame({"hfov_deg": [90.0]}))


# Files.

# rioxarray 0.19.0 multiplies transforms in a way that newer affine versions discourage.
reads_back = pytest.mark.filterwarnings("ignore:Use `@` matmul")


@reads_back
def test_a_raster_written_as_cog_reads_back_the_same(tmp_path) -> None:
    rng = np.random.default_rng(3)
    centres = rng.uniform(740000, 741200, (200, 2))
    raster = multiplicity(
        series(*[Point(xy).buffer(40) for xy in centres]),
        area=box(740000, 740000, 741200, 741100),
    )

    to_cog(raster, tmp_path / "m.tif")

    with rioxarray.open_rasterio(tmp_path / "m.tif") as back:
        assert back.rio.crs.to_epsg() == 32616
        assert back.rio.nodata is not None
        assert np.array_equal(back.to_numpy()[0], raster.to_numpy(), equal_nan=True)
        assert back["x"].to_numpy().tolist() == raster["x"].to_numpy().tolist()


def test_a_cog_is_tiled_has_overviews_and_the_same_bytes_every_time(tmp_path) -> None:
    import rasterio

    raster = multiplicity(series(box(0, 0, 1500, 1100)))

    to_cog(raster, tmp_path / "one.tif")
    to_cog(raster, tmp_path / "two.tif")

    one, two = (tmp_path / name for name in ("one.tif", "two.tif"))
    assert one.read_bytes() == two.read_bytes()
    with rasterio.open(one) as file:
        assert file.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
        assert file.overviews(1)
        assert file.block_shapes == [(512, 512)]
        assert file.descriptions == ("multiplicity",)


@reads_back
def test_a_raster_read_from_a_file_has_the_grid_it_was_written_with(tmp_path) -> None:
    raster = multiplicity(series(box(4, 6, 9, 8)), None, 2.0)
    to_cog(raster, tmp_path / "m.tif")

    with rioxarray.open_rasterio(tmp_path / "m.tif") as back:
        assert Grid.of_array(back.isel(band=0)) == Grid.of_array(raster)


def test_a_raster_of_another_shape_has_no_grid() -> None:
    raster = multiplicity(series(box(0, 0, 2, 1)))

    with pytest.raises(InputError, match=r"dimensions are .*allowed: y and x"):
        Grid.of_array(raster.transpose("x", "y"))
    with pytest.raises(InputError, match="transform is missing"):
        Grid.of_array(raster.drop_vars("spatial_ref"))
