"""Every format gives the same rows, and none ever gives a library's traceback."""

from __future__ import annotations

import gzip
import zipfile
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shapely import Point

from coveragekit.errors import (
    CoverageKitError,
    InputError,
    SourceChanged,
    SourceUnavailable,
)
from coveragekit.sources import read_table
from tests.sources.made_files import (
    PLACES,
    three_buildings,
    three_cameras,
    told,
    two_streets,
    write_rows,
    write_text,
)

HEADER = "camera_id,name,lon,lat"
ROWS = tuple(f"{key},n{key},{x},{y}" for key, (x, y) in zip("abc", PLACES, strict=True))


def _shapefile_zip(path: Path, folder: str = "") -> Path:
    loose = path.parent / "loose"
    loose.mkdir()
    three_cameras().to_file(loose / "cams.shp", encoding="utf-8")
    with zipfile.ZipFile(path, "w") as archive:
        for part in sorted(loose.iterdir()):
            archive.write(part, folder + part.name)
    return path


def _geodatabase(path: Path) -> Path:
    three_cameras().to_file(path, driver="OpenFileGDB", layer="cams")
    return path


def _geodatabase_zip(path: Path) -> Path:
    folder = _geodatabase(path.parent / "city.gdb")
    with zipfile.ZipFile(path, "w") as archive:
        for part in sorted(folder.iterdir()):
            archive.write(part, f"city.gdb/{part.name}")
    return path


def _workbook(path: Path) -> Path:
    frame = pd.DataFrame(three_cameras().drop(columns="geometry"))
    frame["lon"], frame["lat"] = zip(*PLACES, strict=True)
    frame.to_excel(path, index=False)
    return path


def _csv_gz(path: Path) -> Path:
    frame = pd.DataFrame(three_cameras().drop(columns="geometry"))
    frame["lon"], frame["lat"] = zip(*PLACES, strict=True)
    path.write_bytes(gzip.compress(frame.to_csv(index=False).encode()))
    return path


def _plain_parquet(path: Path) -> Path:
    frame = pd.DataFrame(three_cameras().drop(columns="geometry"))
    frame["lon"], frame["lat"] = zip(*PLACES, strict=True)
    frame.to_parquet(path)
    return path


WRITERS = {
    "a.geojson": lambda path: three_cameras().to_file(path),
    "a.gpkg": lambda path: three_cameras().to_file(path, layer="cams"),
    "a.parquet": lambda path: three_cameras().to_parquet(path),
    "plain.parquet": _plain_parquet,
    "a.shp": lambda path: three_cameras().to_file(path, encoding="utf-8"),
    "a.zip": _shapefile_zip,
    "nested.zip": lambda path: _shapefile_zip(path, "deep/inside/"),
    "a.gdb": _geodatabase,
    "gdb.zip": _geodatabase_zip,
    "a.csv.gz": _csv_gz,
    "a.xlsx": _workbook,
}


@pytest.mark.parametrize("name", sorted(WRITERS))
def test_every_format_gives_the_same_cameras(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    WRITERS[name](path)

    loaded = read_table(path, "cameras")

    assert loaded.table["camera_id"].tolist() == ["a", "b", "c"]
    assert loaded.table["name"].tolist() == ["Älä", "Main & 5th", 'the "old" one']
    points = [(point.x, point.y) for point in loaded.table.geometry]
    assert points == [pytest.approx(place, abs=1e-9) for place in PLACES]
    assert loaded.table.crs == "EPSG:4326"
    assert len(loaded.rejected) == 0
    assert loaded.provenance["rows_offered"] == loaded.provenance["rows_kept"] == 3
    assert len(loaded.provenance["sha256"]) == 64


@pytest.mark.parametrize("name", ["b.geojson", "b.gpkg", "b.parquet", "b.shp", "b.csv"])
def test_outlines_keep_their_courtyards_and_heights(tmp_path: Path, name: str) -> None:
    path, frame = tmp_path / name, three_buildings()
    if name.endswith(".parquet"):
        frame.to_parquet(path)
    elif name.endswith(".csv"):
        pd.DataFrame(frame.to_wkt()).to_csv(path)
    elif name.endswith(".shp"):
        frame.rename(columns={"building_id": "id", "height_m": "height"}).to_file(path)
    else:
        frame.to_file(path)

    table = read_table(path, "buildings").table

    assert table["building_id"].tolist() == ["a", "b", "c"]
    assert table["height_m"].tolist()[::2] == [12.5, 3.0]
    assert pd.isna(table["height_m"][1])
    same = table.geometry.normalize().geom_equals_exact(frame.normalize(), 1e-9)
    assert same.all()


def test_streets_come_from_a_geopackage(tmp_path: Path) -> None:
    two_streets().to_file(tmp_path / "roads.gpkg")

    table = read_table(tmp_path / "roads.gpkg", "streets").table

    assert table["highway"].tolist() == ["residential", "primary"]


def test_shapes_in_feet_arrive_in_degrees(tmp_path: Path) -> None:
    three_cameras().to_crs("EPSG:2240").to_file(tmp_path / "feet.shp")

    table = read_table(tmp_path / "feet.shp", "cameras").table

    assert (table.geometry[0].x, table.geometry[0].y) == pytest.approx(
        PLACES[0], abs=1e-6
    )


def test_a_layer_is_asked_for_where_there_are_several(tmp_path: Path) -> None:
    path = tmp_path / "city.gpkg"
    three_cameras().to_file(path, layer="cams")
    three_buildings().to_file(path, layer="houses")

    with pytest.raises(SourceChanged, match="several layers: cams, houses; name one"):
        read_table(path, "cameras")
    with pytest.raises(SourceChanged, match="no layer 'x'; it has: cams, houses"):
        read_table(path, "cameras", layer="x")
    assert len(read_table(path, "cameras", layer="cams").table) == 3
    assert read_table(path, "buildings", layer="houses").provenance["layer"] == "houses"


def test_a_sheet_is_asked_for_where_there_are_several(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    frame = pd.DataFrame({"id": [1, 2], "lon": [-84.39, -84.38], "lat": [33.7, 33.8]})
    with pd.ExcelWriter(path) as book:
        frame.to_excel(book, sheet_name="one", index=False)
        frame.to_excel(book, sheet_name="two", index=False)

    with pytest.raises(SourceChanged, match="several sheets with rows: one, two"):
        read_table(path, "cameras")
    loaded = read_table(path, "cameras", layer="two")
    assert loaded.table["camera_id"].tolist() == ["1", "2"]


def test_an_empty_sheet_beside_the_table_is_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    frame = pd.DataFrame({"id": ["x"], "lon": [-84.39], "lat": [33.7]})
    with pd.ExcelWriter(path) as book:
        pd.DataFrame().to_excel(book, sheet_name="notes", index=False)
        frame.to_excel(book, sheet_name="cams", index=False)

    assert read_table(path, "cameras").provenance["layer"] == "cams"


def test_several_files_in_a_zip_are_named(tmp_path: Path) -> None:
    path = tmp_path / "two.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("one.csv", "\n".join([HEADER, *ROWS]))
        archive.writestr("two.csv", "\n".join([HEADER, ROWS[0]]))
        archive.writestr("__MACOSX/one.csv", "x")

    with pytest.raises(SourceChanged, match=r"several files: one.csv, two.csv"):
        read_table(path, "cameras")
    assert len(read_table(path, "cameras", layer="two").table) == 1


def test_the_content_counts_more_than_the_name(tmp_path: Path) -> None:
    path = tmp_path / "cams.csv"
    three_cameras().to_file(tmp_path / "cams.geojson")
    (tmp_path / "cams.geojson").rename(path)

    loaded = read_table(path, "cameras")

    assert len(loaded.table) == 3
    assert told(loaded, "is named as CSV but holds GeoJSON")


def test_a_packed_geojson_is_read(tmp_path: Path) -> None:
    three_cameras().to_file(tmp_path / "cams.geojson")
    data = (tmp_path / "cams.geojson").read_bytes()
    (tmp_path / "cams.geojson.gz").write_bytes(gzip.compress(data))

    assert len(read_table(tmp_path / "cams.geojson.gz", "cameras").table) == 3


def test_one_feature_alone_is_a_file_too(tmp_path: Path) -> None:
    path = write_text(
        tmp_path / "one.geojson",
        '\ufeff{"type":"Feature","properties":{"name":"x"},'
        '"geometry":{"type":"Point","coordinates":[-84.39,33.75]}}',
    )

    assert read_table(path, "places").table["name"].tolist() == ["x"]


def test_a_crs_stated_in_a_geojson_counts(tmp_path: Path) -> None:
    path = tmp_path / "old.geojson"
    three_cameras().to_crs("EPSG:32616").to_file(path, engine="pyogrio", RFC7946="NO")

    table = read_table(path, "cameras").table

    assert table.geometry[0].x == pytest.approx(PLACES[0][0], abs=1e-6)


@pytest.mark.parametrize(
    ("name", "content", "error", "words"),
    [
        ("none.csv", None, SourceUnavailable, "there is no file"),
        ("empty.csv", b"", SourceChanged, "is empty"),
        ("blank.csv", b"  \n ", SourceChanged, "is empty"),
        ("header.csv", b"id,lon,lat\n", SourceChanged, "header but no rows"),
        ("points.csv", b"1.5,2.5\n3.5,4.5\n", SourceChanged, "has no header"),
        ("photo.csv", b"\x89PNG\r\n\x1a\n\x00\x01", InputError, "is a picture"),
        ("old.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", InputError, "old Excel"),
        ("paper.pdf", b"%PDF-1.7 ...", InputError, "is a PDF"),
        ("noise.bin", bytes(range(256)) * 9, InputError, "not read here"),
        ("noise.csv", b"\x00\x01\x02a" * 99, SourceChanged, "binary data"),
        ("page.csv", b"<!DOCTYPE html><html>", InputError, "XML or HTML"),
        ("map.osm", b"<?xml version='1.0'?><osm/>", InputError, "OpenStreetMap file"),
        ("part.dbf", b"\x03x", InputError, "one part of a Shapefile"),
        ("cut.geojson", b'{"type": "FeatureColl', SourceUnavailable, "cannot be read"),
        (
            "none.geojson",
            b'{"type":"FeatureCollection","features":[]}',
            SourceChanged,
            "no rows",
        ),
        ("cut.parquet", b"PAR1 and no more", SourceUnavailable, "cannot be read"),
        ("fake.gpkg", b"hello", SourceUnavailable, "is not the GeoPackage"),
        (
            "cut.gpkg",
            b"SQLite format 3\x00" + b"\x00" * 99,
            SourceUnavailable,
            "cannot be read",
        ),
        (
            "cut.shp",
            b"\x00\x00\x27\x0a" + b"\x00" * 40,
            SourceUnavailable,
            "cannot be read",
        ),
        ("cut.zip", b"PK\x03\x04 cut", SourceUnavailable, "damaged zip"),
        ("cut.csv.gz", b"\x1f\x8b\x08\x00cut", SourceUnavailable, "cannot be unpacked"),
        ("fake.xlsx", b"id,lon,lat\n", SourceUnavailable, "is not the XLSX"),
    ],
)
def test_what_cannot_be_read_gives_one_clear_sentence(
    tmp_path: Path, name: str, content: bytes | None, error: type[Exception], words: str
) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)

    with pytest.raises(error, match=words):
        read_table(tmp_path / name, "cameras")


def test_a_folder_that_is_no_geodatabase_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="without the parts of a File Geodatabase"):
        read_table(tmp_path, "cameras")


def test_a_zip_without_rows_and_a_locked_one_are_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("readme.md", "hello")
    with pytest.raises(InputError, match="without a file that is read here"):
        read_table(tmp_path / "a.zip", "cameras")

    with zipfile.ZipFile(tmp_path / "b.zip", "w") as archive:
        archive.writestr("a.csv", "x")
    data = bytearray((tmp_path / "b.zip").read_bytes())
    for magic, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(magic) + place] |= 1
    (tmp_path / "b.zip").write_bytes(bytes(data))
    with pytest.raises(SourceUnavailable, match="locked with a password"):
        read_table(tmp_path / "b.zip", "cameras")


def test_an_unknown_table_is_refused_before_the_file_is_opened(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no table 'cams'"):
        read_table(tmp_path / "none.csv", "cams")


def test_shapes_of_another_table_are_refused_as_a_whole(tmp_path: Path) -> None:
    three_buildings().to_file(tmp_path / "b.geojson")

    with pytest.raises(SourceChanged, match="holds Polygon, but cameras are Point"):
        read_table(tmp_path / "b.geojson", "cameras")


def test_a_file_without_coordinates_says_what_it_has(tmp_path: Path) -> None:
    path = write_rows(tmp_path / "a.csv", "id,name", "1,x")

    with pytest.raises(
        SourceChanged, match=r"no columns of coordinates.*id, name.*see"
    ):
        read_table(path, "cameras")


def test_the_digest_of_a_shapefile_counts_its_neighbours(tmp_path: Path) -> None:
    three_cameras().to_file(tmp_path / "a.shp")
    before = read_table(tmp_path / "a.shp", "cameras").provenance["sha256"]
    (tmp_path / "a.cpg").write_text("ISO-8859-1")

    after = read_table(tmp_path / "a.shp", "cameras").provenance["sha256"]

    assert before != after


SUFFIXES = (".csv", ".geojson", ".gpkg", ".parquet", ".shp", ".xlsx", ".zip", ".txt")


@settings(
    max_examples=120,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    start=st.sampled_from(
        [b"", b"{", b"PK\x03\x04", b"PAR1", b"\x1f\x8b\x08", b"SQLite format 3\x00"]
    ),
    rest=st.binary(max_size=200),
    suffix=st.sampled_from(SUFFIXES),
)
def test_any_bytes_give_rows_or_an_error_of_ours(
    tmp_path: Path, start: bytes, rest: bytes, suffix: str
) -> None:
    path = tmp_path / f"any{suffix}"
    path.write_bytes(start + rest)

    try:
        read_table(path, "cameras")
    except CoverageKitError as error:
        assert str(error)  # noqa: PT017 - any error of ours is right here


@settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    cut=st.integers(0, 4000), kind=st.sampled_from(["gpkg", "parquet", "xlsx", "shp"])
)
def test_a_file_cut_anywhere_gives_rows_or_an_error_of_ours(
    tmp_path: Path, cut: int, kind: str
) -> None:
    whole = tmp_path / f"whole.{kind}"
    if not whole.exists():
        writer = {"xlsx": _workbook, "parquet": lambda p: three_cameras().to_parquet(p)}
        writer.get(kind, lambda p: three_cameras().to_file(p))(whole)
    data = whole.read_bytes()
    path = tmp_path / f"cut.{kind}"
    path.write_bytes(data[: cut % len(data)])

    try:
        read_table(path, "cameras")
    except CoverageKitError as error:
        assert "cut" in str(error)  # noqa: PT017 - the name of the file is in it


def test_what_was_given_is_not_changed(tmp_path: Path) -> None:
    path = write_rows(tmp_path / "a.csv", HEADER, *ROWS)
    before = path.read_bytes()

    read_table(path, "cameras")

    assert path.read_bytes() == before
    assert sorted(part.name for part in tmp_path.iterdir()) == ["a.csv"]


def test_three_dimensions_become_two(tmp_path: Path) -> None:
    frame = gpd.GeoDataFrame(
        {"id": ["a"]}, geometry=[Point(*PLACES[0], 300.0)], crs="EPSG:4326"
    )
    frame.to_file(tmp_path / "a.gpkg")

    assert not read_table(tmp_path / "a.gpkg", "cameras").table.geometry.has_z.any()
