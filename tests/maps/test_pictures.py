"""Rasters and big tables as pictures that lie where they should."""

from __future__ import annotations

import io
import math
from functools import cache

import geopandas as gpd
import numpy as np
import pytest
import rasterio
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from pyproj import Transformer
from shapely.geometry import LineString, Point, box

from coveragekit.errors import InputError
from coveragekit.maps.pictures import (
    Picture,
    density_picture,
    multiplicity_picture,
    probability_picture,
    raster_picture,
    shapes_picture,
)
from coveragekit.maps.tokens import DARK, LIGHT, MULTIPLICITY, multiplicity_class

UTM = "EPSG:32635"


@cache
def _pixels(png: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGBA"))


def _rgba_at(picture: Picture, lon: float, lat: float) -> tuple[int, ...]:
    """Find the pixel as a web map does: evenly in Web Mercator between the corners."""

    def mercator(degrees: float) -> float:
        return math.log(math.tan(math.pi / 4 + math.radians(degrees) / 2))

    pixels = _pixels(picture.png)
    across = (lon - picture.west) / (picture.east - picture.west)
    top, bottom = mercator(picture.north), mercator(picture.south)
    down = (top - mercator(lat)) / (top - bottom)
    row, column = int(down * pixels.shape[0]), int(across * pixels.shape[1])
    return tuple(int(part) for part in pixels[row, column])


def _around(values: np.ndarray, row: int, column: int) -> np.ndarray:
    return values[row - 1 : row + 2, column - 1 : column + 2].ravel()


def _expected(value: float, *, dark: bool = False) -> tuple[int, ...]:
    step = multiplicity_class(value)
    if step is None:
        return (0, 0, 0, 0)
    one = MULTIPLICITY[step]
    colour = one.dark_colour if dark else one.colour
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return red, green, blue, round(255 * one.opacity)


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_each_cell_s_middle_has_the_colour_of_its_value(dark) -> None:
    values = np.array([[0.0, 0.4, 1.0], [2.0, 3.5, 5.0], [9.0, 30.0, np.nan]])
    transform = (40.0, 0.0, 385_000.0, 0.0, -40.0, 6_672_000.0)
    back = Transformer.from_crs(UTM, 4326, always_xy=True)

    picture = raster_picture(
        np.kron(values, np.ones((40, 40))).astype(np.float32),
        transform=(1.0, 0.0, *transform[2:3], 0.0, -1.0, transform[5]),
        crs=UTM,
        dark=dark,
    )

    for row in range(3):
        for column in range(3):
            x = 385_000.0 + 40.0 * column + 20.0
            y = 6_672_000.0 - 40.0 * row - 20.0
            place = back.transform(x, y)
            assert _rgba_at(picture, *place) == _expected(
                values[row, column], dark=dark
            )


def test_a_study_s_raster_lies_where_its_cells_are(town) -> None:
    path = town.results().multiplicity_path
    rng = np.random.default_rng(7)
    with rasterio.open(path) as source:
        values = source.read(1)
        rows = rng.integers(2, source.height - 2, 4000)
        columns = rng.integers(2, source.width - 2, 4000)
        # Cells whose neighbours are alike: a picture's pixel may be off by half a cell.
        alike = [
            (r, c)
            for r, c in zip(rows, columns, strict=True)
            if len(set(map(multiplicity_class, _around(values, r, c)))) == 1
        ]
        places = [source.xy(int(r), int(c)) for r, c in alike]
        back = Transformer.from_crs(source.crs, 4326, always_xy=True)

    picture = multiplicity_picture(path)

    wrong = [
        (r, c)
        for (r, c), (x, y) in zip(alike, places, strict=True)
        if _rgba_at(picture, *back.transform(x, y)) != _expected(values[r, c])
    ]
    assert wrong == []
    assert sum(values[r, c] > 0 for r, c in alike) > 100


@pytest.mark.parametrize(("dark", "theme"), [(False, LIGHT), (True, DARK)])
def test_a_place_is_the_more_opaque_the_surer_it_is_seen(tmp_path, dark, theme) -> None:
    values = np.array([[0.0, 0.1, 0.25], [0.6, 0.94, 0.95], [1.0, 1.0, np.nan]])
    path = tmp_path / "seen_probability.tif"
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        width=120,
        height=120,
        count=1,
        dtype="float32",
        crs=UTM,
        transform=rasterio.Affine(1.0, 0.0, 385_000.0, 0.0, -1.0, 6_672_000.0),
        nodata=np.nan,
    ) as target:
        target.write(np.kron(values, np.ones((40, 40))).astype(np.float32), 1)
    back = Transformer.from_crs(UTM, 4326, always_xy=True)

    picture = probability_picture(path, dark=dark)

    def at(row: int, column: int) -> tuple[int, ...]:
        x, y = 385_020.0 + 40.0 * column, 6_671_980.0 - 40.0 * row
        return _rgba_at(picture, *back.transform(x, y))

    opacities = [at(*divmod(cell, 3))[3] / 255 for cell in range(9)]
    assert opacities == pytest.approx(
        [0.0, 0.12, 0.28, 0.45, 0.62, 0.82, 0.82, 0.82, 0.0], abs=0.003
    )
    accent = theme["accent"]
    assert at(2, 0)[:3] == tuple(int(accent[i : i + 2], 16) for i in (1, 3, 5))


def test_a_great_raster_is_drawn_coarser_within_the_limit(town) -> None:
    picture = multiplicity_picture(town.results().multiplicity_path, limit_px=64)

    assert max(_pixels(picture.png).shape[:2]) <= 65
    assert len(picture.png) < 4000


def test_a_limit_that_shows_nothing_is_refused() -> None:
    with pytest.raises(InputError, match="4 pixels is too small; allowed: 16 or more"):
        raster_picture(
            np.zeros((4, 4), np.float32),
            transform=(1, 0, 0, 0, -1, 0),
            crs=UTM,
            limit_px=4,
        )


def test_a_raster_that_nobody_sees_is_clear() -> None:
    picture = raster_picture(
        np.zeros((20, 30), np.float32), transform=(1, 0, 4e5, 0, -1, 6.67e6), crs=UTM
    )

    assert (_pixels(picture.png)[..., 3] == 0).all()


def test_the_address_holds_the_picture_itself() -> None:
    picture = Picture(b"\x89PNG", 1.0, 2.0, 3.0, 4.0)

    assert picture.url == "data:image/png;base64,iVBORw=="
    assert picture.bounds == ((1.0, 2.0), (3.0, 4.0))


def test_the_density_is_highest_where_most_points_are() -> None:
    points = gpd.GeoSeries([Point(24.94, 60.17)] * 9 + [Point(24.95, 60.175)], crs=4326)

    picture = density_picture(points)

    many, few = _rgba_at(picture, 24.94, 60.17), _rgba_at(picture, 24.95, 60.175)
    assert many[3] == _pixels(picture.png)[..., 3].max()
    assert 0 < few[3] < many[3]
    assert _rgba_at(picture, 24.9475, 60.1715)[3] == 0


def test_one_incident_is_smeared_over_more_than_a_hundred_metres() -> None:
    picture = density_picture(gpd.GeoSeries([Point(24.94, 60.17)], crs=4326))

    east = 60.0 / (111_320.0 * math.cos(math.radians(60.17)))
    assert _rgba_at(picture, 24.94 + east, 60.17)[3] > 60


@given(
    st.lists(
        st.tuples(st.floats(24.9, 24.95), st.floats(60.15, 60.2)),
        min_size=1,
        max_size=8,
    )
)
@settings(max_examples=25, deadline=None)
def test_every_point_lies_inside_its_density_picture(places) -> None:
    picture = density_picture(gpd.GeoSeries([Point(p) for p in places], crs=4326))

    for lon, lat in places:
        assert picture.west < lon < picture.east
        assert picture.south < lat < picture.north
        assert _rgba_at(picture, lon, lat)[3] > 0


def test_no_points_give_no_picture() -> None:
    assert density_picture(gpd.GeoSeries([], crs=4326)) is None
    assert density_picture(gpd.GeoSeries([None, Point()], crs=4326)) is None


@pytest.mark.parametrize("wrong", [{"bandwidth_m": 0.0}, {"cell_m": -1.0}])
def test_a_bandwidth_or_cell_that_is_not_positive_is_refused(wrong) -> None:
    with pytest.raises(InputError, match="must be positive numbers"):
        density_picture(gpd.GeoSeries([Point(24.9, 60.1)], crs=4326), **wrong)


def test_shapes_are_painted_where_they_are_and_nowhere_else() -> None:
    frame = gpd.GeoDataFrame(
        geometry=[
            box(24.940, 60.170, 24.941, 60.171),
            LineString([(24.945, 60.1705), (24.95, 60.1705)]),
            None,
        ],
        crs=4326,
    )

    picture = shapes_picture(frame, "#8492a3", opacity=0.5)

    assert _rgba_at(picture, 24.9405, 60.1705) == (0x84, 0x92, 0xA3, 128)
    assert _rgba_at(picture, 24.9475, 60.1705)[3] == 128
    assert _rgba_at(picture, 24.9430, 60.1705)[3] == 0


def test_nothing_to_paint_gives_no_picture() -> None:
    empty = gpd.GeoDataFrame(geometry=[], crs=4326)

    assert shapes_picture(empty, "#000000") is None
