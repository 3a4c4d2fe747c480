"""Terrain comes in metres, from plain GeoTIFF files, or not at all."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import rasterio
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Transformer
from rasterio.transform import Affine

from coveragekit.errors import (
    CRSError,
    InputError,
    SourceChanged,
    SourceUnavailable,
)
from coveragekit.sources import read_terrain

if TYPE_CHECKING:
    from numpy.typing import NDArray

UTM = "EPSG:32616"
FOOT, SURVEY_FOOT = 0.3048, 1200.0 / 3937.0


def from_origin(west: float, north: float, dx: float, dy: float) -> Affine:
    """Give the transform of cells that hang below and right of a corner."""
    return Affine(dx, 0.0, west, 0.0, -dy, north)


def hill(rows: int = 6, columns: int = 8, low: float = 250.0) -> NDArray[np.float32]:
    """Give heights that differ from cell to cell."""
    return (low + np.arange(rows * columns).reshape(rows, columns)).astype(np.float32)


def write(path: Path, heights: NDArray[Any], **more: Any) -> Path:
    """Write a GeoTIFF; ``unit``, ``tags`` and ``scale`` besides rasterio's options."""
    unit, tags = more.pop("unit", None), more.pop("tags", {})
    scale, offset = more.pop("scale", None), more.pop("offset", None)
    bands = heights if heights.ndim == 3 else heights[None]
    options = {
        "crs": UTM,
        "transform": from_origin(741_000.0, 3_736_000.0, 2.0, 2.0),
        "dtype": bands.dtype,
        "count": len(bands),
        "height": bands.shape[1],
        "width": bands.shape[2],
        **more,
    }
    with rasterio.open(path, "w", driver="GTiff", **options) as out:
        out.write(bands)
        if unit is not None:
            out.set_band_unit(1, unit)
        if scale is not None:
            out.scales, out.offsets = (scale,), (offset,)
        out.update_tags(**tags)
    return path


def test_a_terrain_in_metres_is_read_as_it_stands(tmp_path: Path) -> None:
    path = write(tmp_path / "dem.tif", hill(), unit="metre")

    terrain = read_terrain(path)

    assert np.array_equal(terrain.heights_m, hill())
    assert terrain.heights_m.dtype == np.float32
    assert terrain.transform == (2.0, 0.0, 741_000.0, 0.0, -2.0, 3_736_000.0)
    assert terrain.crs.to_epsg() == 32616
    assert (terrain.unit, terrain.notices, terrain.files) == ("m", (), ("dem.tif",))


def test_what_says_no_unit_is_taken_for_metres_and_says_so(tmp_path: Path) -> None:
    path = write(tmp_path / "dem.tif", hill())

    terrain = read_terrain(path)

    assert terrain.unit == "m"
    assert "does not say the unit" in terrain.notices[0]
    assert "metres are assumed: 250 to 297 m" in terrain.notices[0]


@pytest.mark.parametrize(
    ("word", "unit", "factor"),
    [
        ("ft", "ft", FOOT),
        ("Foot", "ft", FOOT),
        ("US survey foot", "us-ft", SURVEY_FOOT),
        ("us-ft", "us-ft", SURVEY_FOOT),
    ],
)
def test_feet_of_a_band_are_converted_and_said(
    tmp_path: Path, word: str, unit: str, factor: float
) -> None:
    path = write(tmp_path / "dem.tif", hill(), unit=word)

    terrain = read_terrain(path)

    # float32 keeps seven digits of heights near 300 m
    assert np.allclose(terrain.heights_m, hill() * factor, rtol=2e-7)
    assert terrain.unit == unit
    assert "converted to metres" in terrain.notices[0]
    assert "dem.tif" in terrain.notices[0]


def test_feet_of_the_crs_of_heights_are_converted(tmp_path: Path) -> None:
    # NAD83 / Georgia West (metres) with heights in NAVD88 (ftUS).
    path = write(tmp_path / "dem.tif", hill(), crs="EPSG:26967+6360")

    terrain = read_terrain(path)

    assert np.allclose(terrain.heights_m, hill() * SURVEY_FOOT, rtol=2e-7)
    assert "NAVD88" in terrain.notices[0]
    assert terrain.crs.to_epsg() == 26967


def test_feet_of_a_tag_are_converted(tmp_path: Path) -> None:
    path = write(tmp_path / "dem.tif", hill(), tags={"VERTICAL_UNITS": "feet"})

    terrain = read_terrain(path)

    assert np.allclose(terrain.heights_m, hill() * FOOT, rtol=2e-7)


@pytest.mark.parametrize(
    "more",
    [
        {"unit": "metre", "crs": "EPSG:26967+6360"},
        {"unit": "ft", "crs": "EPSG:26967+6360"},
        {"unit": "metre", "tags": {"UNITS": "feet"}},
    ],
)
def test_a_file_that_contradicts_itself_is_refused(
    tmp_path: Path, more: dict[str, Any]
) -> None:
    path = write(tmp_path / "mixed.tif", hill(), **more)

    with pytest.raises(InputError, match=r"mixed\.tif contradicts itself"):
        read_terrain(path)


def test_a_unit_given_by_hand_must_not_contradict_the_file(tmp_path: Path) -> None:
    silent = write(tmp_path / "silent.tif", hill())
    metric = write(tmp_path / "metric.tif", hill(), unit="m")

    assert read_terrain(silent, unit="ft").heights_m[0, 0] == pytest.approx(250 * FOOT)
    assert "feet" in read_terrain(silent, unit="ft").notices[0]
    with pytest.raises(InputError, match="the band says m, unit= says ft"):
        read_terrain(metric, unit="ft")


def test_an_unknown_unit_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "odd.tif", hill(), unit="fathom")

    with pytest.raises(InputError, match=r"odd\.tif.*'fathom'.*allowed: m, ft"):
        read_terrain(path)
    with pytest.raises(InputError, match="'yard' is not known"):
        read_terrain(path, unit="yard")  # type: ignore[arg-type]


def test_no_unit_beside_a_plane_in_feet_is_not_guessed(tmp_path: Path) -> None:
    # NAD83 / Georgia West (ftUS): heights are as likely in feet as in metres.
    path = write(tmp_path / "dem.tif", hill(), crs="EPSG:2240")

    with pytest.raises(InputError, match=r"does not say the unit.*US survey foot"):
        read_terrain(path)
    assert read_terrain(path, unit="us-ft").unit == "us-ft"


@pytest.mark.parametrize("odd", [-9999.0, 32767.0, 3.4e38])
def test_heights_that_cannot_be_are_refused_with_the_way_out(
    tmp_path: Path, odd: float
) -> None:
    heights = hill()
    heights[2, 3] = odd
    path = write(tmp_path / "dem.tif", heights, unit="m")

    with pytest.raises(InputError, match=r"dem\.tif: heights from.*-a_nodata"):
        read_terrain(path)


def test_cells_without_data_are_not_a_number(tmp_path: Path) -> None:
    heights = hill()
    heights[2, 3] = -9999.0
    heights[0, 0] = np.inf
    path = write(tmp_path / "dem.tif", heights, unit="m", nodata=-9999.0)

    terrain = read_terrain(path)

    assert np.argwhere(np.isnan(terrain.heights_m)).tolist() == [[0, 0], [2, 3]]


def test_whole_numbers_with_scale_and_offset_are_heights(tmp_path: Path) -> None:
    counts = np.array([[0, 100], [200, -32768]], dtype=np.int16)
    path = write(
        tmp_path / "dem.tif", counts, unit="m", nodata=-32768, scale=0.5, offset=100.0
    )

    heights = read_terrain(path).heights_m

    assert heights.ravel()[:3].tolist() == [100.0, 150.0, 200.0]
    assert np.isnan(heights[1, 1])


def test_only_the_cells_around_the_bounds_are_read(tmp_path: Path) -> None:
    path = write(tmp_path / "dem.tif", hill(50, 60), unit="m")

    terrain = read_terrain(
        path, bounds=(741_020.0, 3_735_960.0, 741_030.0, 3_735_970.0)
    )

    # 5 x 5 cells, and two on each side
    assert terrain.heights_m.shape == (9, 9)
    assert terrain.transform[2::3] == (741_016.0, 3_735_974.0)
    assert np.array_equal(terrain.heights_m, hill(50, 60)[13:22, 8:17])


def test_a_geographic_terrain_is_cut_by_bounds_in_metres(tmp_path: Path) -> None:
    lon, lat, step = -84.40, 33.80, 1e-4
    path = write(
        tmp_path / "dem.tif",
        hill(900, 1000, low=0.0) / 1000.0,
        crs="EPSG:4326",
        transform=from_origin(lon, lat, step, step),
        unit="m",
    )
    turn = Transformer.from_crs("EPSG:4326", UTM, always_xy=True)
    x, y = turn.transform(-84.35, 33.75)

    terrain = read_terrain(path, crs=UTM, bounds=(x - 50, y - 50, x + 50, y + 50))

    # 100 m are 10.8 cells of 1e-4 degrees of longitude, 9 of latitude
    assert 10 <= terrain.heights_m.shape[0] <= 17
    assert 12 <= terrain.heights_m.shape[1] <= 19
    column = round((-84.35 - terrain.transform[2]) / step)
    row = round((terrain.transform[5] - 33.75) / step)
    assert terrain.heights_m[row, column] == pytest.approx(500.5, abs=1.01)
    assert terrain.crs.to_epsg() == 4326


def test_files_side_by_side_become_one(tmp_path: Path) -> None:
    whole = hill(6, 8)
    west = write(tmp_path / "w.tif", whole[:, :5], unit="m")
    moved = from_origin(741_000.0 + 4 * 2.0, 3_736_000.0, 2.0, 2.0)
    east = write(tmp_path / "e.tif", whole[:, 4:], unit="m", transform=moved)

    for order in ([west, east], [east, west]):
        terrain = read_terrain(order)

        assert np.array_equal(terrain.heights_m, whole)
        assert terrain.transform[2] == 741_000.0
        assert terrain.files == tuple(path.name for path in order)


def test_files_in_feet_and_metres_are_each_converted_and_said(tmp_path: Path) -> None:
    metres = write(tmp_path / "m.tif", hill(), unit="m")
    moved = from_origin(741_000.0 + 8 * 2.0, 3_736_000.0, 2.0, 2.0)
    feet = write(tmp_path / "ft.tif", hill() / FOOT, unit="ft", transform=moved)

    terrain = read_terrain([metres, feet])

    assert np.allclose(terrain.heights_m[:, 8:], hill(), rtol=3e-7)
    assert terrain.unit == "m and ft"
    assert any("different units" in notice for notice in terrain.notices)


def test_files_that_overlap_and_disagree_are_refused(tmp_path: Path) -> None:
    metres = write(tmp_path / "a.tif", hill())
    feet = write(tmp_path / "b.tif", (hill() / FOOT).astype(np.float32))

    with pytest.raises(InputError, match=r"b\.tif differs by .* are some in feet"):
        read_terrain([metres, feet])


def test_files_of_two_crs_or_of_shifted_cells_are_refused(tmp_path: Path) -> None:
    first = write(tmp_path / "a.tif", hill())
    other = write(tmp_path / "b.tif", hill(), crs="EPSG:32617")
    shifted = from_origin(741_001.0, 3_736_000.0, 2.0, 2.0)
    askew = write(tmp_path / "c.tif", hill(), transform=shifted)

    with pytest.raises(CRSError, match=r"b\.tif is in .*17N, a\.tif in .*16N"):
        read_terrain([first, other])
    with pytest.raises(InputError, match=r"c\.tif do not line up with those of a\.tif"):
        read_terrain([first, askew])


def test_bounds_beyond_the_file_are_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "dem.tif", hill())

    with pytest.raises(
        SourceChanged, match=r"dem\.tif lies at .* no terrain file has cells"
    ):
        read_terrain(path, bounds=(0.0, 0.0, 10.0, 10.0))
    with pytest.raises(InputError, match="allowed: finite minx < maxx"):
        read_terrain(path, bounds=(10.0, 0.0, 0.0, 10.0))


def test_another_place_is_named_by_longitude_and_latitude(tmp_path: Path) -> None:
    path = write(tmp_path / "dem.tif", hill())

    with pytest.raises(
        SourceChanged,
        match=r"dem\.tif lies at longitude -84\.39.*asked for, longitude -87\.000",
    ):
        read_terrain(path, crs=UTM, bounds=(5e5, 4e6, 500_100.0, 4_000_100.0))


def test_a_terrain_without_any_height_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "dem.tif", np.full((3, 3), -1.0, np.float32), nodata=-1.0)

    with pytest.raises(SourceChanged, match=r"every cell of the place is without data"):
        read_terrain(path)


@pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")
def test_a_terrain_that_says_no_place_is_refused(tmp_path: Path) -> None:
    nowhere = write(tmp_path / "a.tif", hill(), crs=None)
    unplaced = write(tmp_path / "b.tif", hill(), transform=Affine.identity())

    for path in (nowhere, unplaced):
        with pytest.raises(CRSError, match=f"{path.name} does not say where it lies"):
            read_terrain(path)


def test_a_picture_or_complex_numbers_are_refused(tmp_path: Path) -> None:
    rgb = write(tmp_path / "rgb.tif", np.zeros((3, 4, 4), np.uint8))
    waves = write(tmp_path / "waves.tif", np.zeros((4, 4), np.complex64))

    with pytest.raises(SourceChanged, match=r"rgb\.tif has 3 bands"):
        read_terrain(rgb)
    with pytest.raises(SourceChanged, match=r"waves\.tif holds complex64"):
        read_terrain(waves)


def test_what_is_no_plain_geotiff_is_refused(tmp_path: Path) -> None:
    secret = write(tmp_path / "secret.tif", hill())
    virtual = tmp_path / "innocent.tif"
    virtual.write_text(
        '<VRTDataset rasterXSize="8" rasterYSize="6"><VRTRasterBand dataType="Float32"'
        ' band="1"><SimpleSource><SourceFilename>'
        f"{secret}</SourceFilename></SimpleSource></VRTRasterBand></VRTDataset>"
    )

    with pytest.raises(InputError, match=r"innocent\.tif is no GeoTIFF"):
        read_terrain(virtual)
    for address in ("https://example.org/dem.tif", "/vsicurl/http://localhost/a.tif"):
        with pytest.raises(SourceUnavailable, match="there is no file"):
            read_terrain(address)
    with pytest.raises(InputError, match="is no file"):
        read_terrain(tmp_path)
    with pytest.raises(InputError, match="0 terrain files"):
        read_terrain([])


def test_neighbour_files_do_not_change_what_a_file_says(tmp_path: Path) -> None:
    path = write(tmp_path / "dem.tif", hill(), unit="m")
    (tmp_path / "dem.tif.aux.xml").write_text(
        "<PAMDataset><PAMRasterBand band='1'><UnitType>ft</UnitType>"
        "<NoDataValue>250</NoDataValue></PAMRasterBand></PAMDataset>"
    )
    (tmp_path / "dem.tif.ovr").write_text("no overview")

    terrain = read_terrain(path)

    assert terrain.unit == "m"
    assert not np.isnan(terrain.heights_m).any()


@pytest.mark.parametrize("kept", [8, 120, 900])
def test_a_file_cut_short_is_damaged_not_a_crash(tmp_path: Path, kept: int) -> None:
    path = write(tmp_path / "dem.tif", hill(40, 40), unit="m")
    path.write_bytes(path.read_bytes()[:kept])

    with pytest.raises((SourceUnavailable, CRSError, InputError), match=r"dem\.tif"):
        read_terrain(path)


@given(places=st.lists(st.tuples(st.integers(8, 400), st.integers(0, 255)), max_size=6))
def test_a_spoilt_file_gives_heights_or_a_typed_error(
    tmp_path_factory: pytest.TempPathFactory, places: list[tuple[int, int]]
) -> None:
    path = write(tmp_path_factory.mktemp("spoilt") / "dem.tif", hill(), unit="m")
    data = bytearray(path.read_bytes())
    for place, value in places:
        data[place % len(data)] = value
    path.write_bytes(bytes(data))

    try:
        terrain = read_terrain(path)
    except (InputError, SourceUnavailable, SourceChanged) as error:
        assert "dem.tif" in str(error)  # noqa: PT017
    else:
        assert terrain.heights_m.ndim == 2


def test_cells_that_are_no_numbers_are_not_known(tmp_path: Path) -> None:
    heights = hill()
    heights[1, 2], heights[2, 3] = np.inf, -np.inf
    signalling = np.array([0x7FA00000], dtype=np.uint32).view(np.float32)
    heights[3, 4] = signalling[0]
    path = write(tmp_path / "dem.tif", heights, unit="m")
    data = path.read_bytes()
    quiet = np.array([0x7FE00000], dtype="<u4").tobytes()
    path.write_bytes(data.replace(quiet, np.array([0x7FA00000], "<u4").tobytes()))

    read = read_terrain(path).heights_m

    assert np.isnan(read[[1, 2, 3], [2, 3, 4]]).all()
    assert np.isfinite(read).sum() == read.size - 3


def test_a_small_file_that_claims_to_be_huge_is_not_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "bomb.tif"
    options = {"crs": UTM, "transform": from_origin(0.0, 9.0, 1.0, 1.0)}
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        dtype="float32",
        count=1,
        height=200_000,
        width=200_000,
        sparse_ok=True,
        tiled=True,
        compress="deflate",
        bigtiff=True,
        blockxsize=4096,
        blockysize=4096,
        **options,
    ):
        pass
    assert path.stat().st_size < 1_000_000
    assert struct.unpack("<H", path.read_bytes()[2:4])[0] == 43

    with pytest.raises(
        InputError, match=r"bomb\.tif: 200,000 x 200,000 cells.*gdalwarp -te"
    ):
        read_terrain(path)
