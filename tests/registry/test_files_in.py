"""Real files come into the registry as they were written, whatever their bytes."""

from __future__ import annotations

import json
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from coveragekit.errors import CoverageKitError
from coveragekit.registry import cameras, owners, sites
from coveragekit.registry.moving import Imported, import_cameras
from coveragekit.registry.opening import Registry
from coveragekit.registry.releasing import release_cameras
from coveragekit.sources.plain_rows import read_camera_rows
from coveragekit.study.export import safe_cells

SHEET = (
    "source_id,lon,lat,name,owner_name,site_address,contact_email\r\n"
    '1,-84.39,33.75,Tür "A",=HYPERLINK(1),1 Main St,a@example.org\r\n'
    '2,-84.38,33.76,"two\r\nlines",<b>Deli</b>,2 Main St,\r\n'
)


def _take(registry: Registry, path: Path) -> Imported:
    read = read_camera_rows(path)
    with registry.write() as connection:
        return import_cameras(
            connection, read.rows, by="anna", source=path.name, agency="=City"
        )


def _cameras(registry: Registry) -> list[cameras.Camera]:
    with registry.read() as connection:
        found = cameras.list_cameras(connection, limit=1000).rows
    return sorted(found, key=lambda one: one.source_id or "")


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be", "utf-32", "cp1252"]
)
def test_a_sheet_of_any_encoding_is_read(
    registry: Registry, tmp_path: Path, encoding: str
) -> None:
    path = tmp_path / "sheet.csv"
    path.write_bytes(SHEET.encode(encoding))

    done = _take(registry, path)

    assert (done.added, done.refused, done.owners, done.contacts) == (2, 0, 2, 1)
    first, second = _cameras(registry)
    assert first.name == 'Tür "A"'
    assert (second.name or "").splitlines() == ["two", "lines"]
    with registry.read() as connection:
        names = {owner.name for owner in owners.list_owners(connection).rows}
        contacts = owners.list_contacts(connection).rows
    assert names == {"=HYPERLINK(1)", "<b>Deli</b>"}
    assert [one.email for one in contacts] == ["a@example.org"]


def test_a_sheet_of_mixed_line_ends_and_marks_is_read(
    registry: Registry, tmp_path: Path
) -> None:
    path = tmp_path / "sheet.csv"
    lines = SHEET.encode("utf-8-sig").splitlines()[:2]
    more = b"3,-84.37,33.77,last,C,3 Main St,\r"
    path.write_bytes(lines[0] + b"\r\n" + lines[1] + b"\n" + b"\n" + more)

    done = _take(registry, path)

    assert (done.added, done.refused) == (2, 0)
    assert [one.name for one in _cameras(registry)] == ['Tür "A"', "last"]


def test_a_sheet_of_mixed_encodings_loses_no_row_and_says_so(
    registry: Registry, tmp_path: Path
) -> None:
    path = tmp_path / "sheet.csv"
    header, _ = SHEET.split("\r\n", 1)
    rows = ("1,-84.39,33.75,Tür,A,1 Main St,", "2,-84.38,33.76,Tür,B,2 Main St,")
    mixed = [header.encode(), rows[0].encode(), rows[1].encode("cp1252")]
    path.write_bytes(b"\n".join(mixed))

    done, notices = _take(registry, path), read_camera_rows(path).notices

    assert done.added == 2
    assert _cameras(registry)[1].name == "Tür"
    assert "which is a guess: look whether letters with accents" in notices[0]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"source_id,lon,lat,name\n1,-84,33,a\x00b\n" * 9, "holds binary data"),
        (
            b'source_id,lon,lat,name\n1,-84,33,"no end\n' + b"2,-84,33,b\n" * 999,
            "unexpected end of data",
        ),
        (
            b"source_id,lon,lat" + b",c" * 20_000 + b"\n1,-84,33" + b"," * 20_000,
            "20,003 columns",
        ),
        (b"source_id,lon,lat\n", "has a header but no rows"),
        (b" \r\n \n", "is empty"),
    ],
    ids=["bytes", "a quote without end", "columns without end", "no rows", "blank"],
)
def test_a_file_that_is_no_sheet_is_one_clear_error(
    registry: Registry, tmp_path: Path, content: bytes, words: str
) -> None:
    path = tmp_path / "sheet.csv"
    path.write_bytes(content)

    with pytest.raises(CoverageKitError, match=words):
        _take(registry, path)

    assert _cameras(registry) == []


@pytest.mark.parametrize("separator", [";", "\t"])
def test_a_sheet_with_another_separator_is_read(
    registry: Registry, tmp_path: Path, separator: str
) -> None:
    path = tmp_path / "sheet.csv"
    text = "source_id,lon,lat,owner_name\n1,-84.39,33.75,A\n2,-84.38,33.76,B\n"
    path.write_text(text.replace(",", separator))

    assert _take(registry, path).added == 2


def test_a_huge_cell_is_refused_and_the_other_rows_are_taken(
    registry: Registry, tmp_path: Path
) -> None:
    path = tmp_path / "sheet.csv"
    path.write_text(SHEET.replace('Tür "A"', "x" * 10_000_000), "utf-8")

    done = _take(registry, path)

    assert [one.what for one in done.rows] == ["refused", "added"]
    assert "at most 1000 letters (there are 10000000)" in str(done.rows[0].faults[0])


def test_a_huge_cell_in_a_sheet_of_uneven_rows_is_a_fault_of_its_row(
    registry: Registry, tmp_path: Path
) -> None:
    path = tmp_path / "sheet.csv"
    huge = SHEET.replace('Tür "A"', "x" * 1_000_000)
    path.write_text(huge + "3,-84.37,33.77,short\r\n", "utf-8")

    done = _take(registry, path)

    assert [one.what for one in done.rows] == ["refused", "added", "added"]


def test_a_workbook_is_read(registry: Registry, tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    rows = {
        "source_id": [1, 2],
        "lon": [-84.39, -84.38],
        "lat": [33.75, 33.76],
        "owner_name": ["A", None],
        "contact_phone": [4045550100, None],
        "retention_days": [30, None],
        "indoor": [True, False],
    }
    pd.DataFrame(rows).to_excel(path, index=False)

    done = _take(registry, path)

    assert (done.added, done.refused, done.contacts) == (2, 0, 1)
    first, second = _cameras(registry)
    assert (first.retention_days, first.indoor) == (30.0, True)
    assert (second.retention_days, second.indoor) == (None, False)
    with registry.read() as connection:
        (contact,) = owners.list_contacts(connection).rows
    assert contact.phone == "4045550100"


def test_rows_are_known_by_the_line_at_which_a_spreadsheet_shows_them(
    tmp_path: Path,
) -> None:
    book, sheet = tmp_path / "book.xlsx", tmp_path / "sheet.csv"
    rows = {"source_id": ["1", None, "3"], "lon": [1.0, None, 3.0]}
    pd.DataFrame({**rows, "lat": [1.0, None, 3.0]}).to_excel(book, index=False)
    sheet.write_text('source_id,lon,lat\n1,1.0,1.0\n\n"3\nb",3.0,3.0\n4,4.0,4.0\n')

    assert read_camera_rows(book).lines == (2, 4)
    assert read_camera_rows(sheet).lines == (2, 4, 6)


def test_geojson_is_read_with_its_points(registry: Registry, tmp_path: Path) -> None:
    path = tmp_path / "cameras.geojson"
    feature = {
        "type": "Feature",
        "properties": {"source_id": "7", "name": "Door", "owner_name": "A"},
        "geometry": {"type": "Point", "coordinates": [-84.39, 33.75]},
    }
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))

    assert _take(registry, path).added == 1
    (camera,) = _cameras(registry)
    assert (camera.lon, camera.lat, camera.source_id) == (-84.39, 33.75, "7")


FEATURE = '{"type": "Feature", "properties": %s, "geometry": %s}'
POINT = '{"type": "Point", "coordinates": [-84.39, 33.75]}'
GOOD = FEATURE % ('{"source_id": "2"}', POINT)


@pytest.mark.parametrize(
    "hostile",
    [
        FEATURE % ('{"source_id": "1"}', '{"type": "Point", "coordinates": ["a", 1]}'),
        FEATURE % ('{"source_id": "1"}', '{"type": "Point", "coordinates": [NaN, 1]}'),
        FEATURE % ('{"source_id": "1"}', '{"type": "Point", "coordinates": [400, 1]}'),
        FEATURE % ('{"source_id": "1"}', "null"),
        FEATURE % ('{"source_id": "1", "name": "%s"}' % ("x" * 5_000_000), POINT),
    ],
    ids=["words", "no number", "off the globe", "no place", "5 MB"],
)
def test_a_hostile_feature_is_left_out_and_the_others_are_taken(
    registry: Registry, tmp_path: Path, hostile: str
) -> None:
    path = tmp_path / "cameras.geojson"
    features = f"{hostile}, {GOOD}"
    path.write_text(f'{{"type": "FeatureCollection", "features": [{features}]}}')

    done = _take(registry, path)

    assert (done.added, done.refused) == (1, 1)
    assert len(str(done.rows)) < 2000
    (camera,) = _cameras(registry)
    assert camera.source_id == "2"


@pytest.mark.parametrize(
    "hostile",
    [
        FEATURE % ('{"a": ' * 100_000 + "1" + "}" * 100_000, POINT),
        FEATURE % ("{}", '{"type": "Polygon", "coordinates": %s}' % ("[" * 100_000)),
        FEATURE % ("{}", '{"type": "Point", "coordinates": [1e999, 1]}'),
    ],
    ids=["deep words", "deep places", "endless number"],
)
def test_a_file_of_endless_nesting_is_one_clear_error(
    registry: Registry, tmp_path: Path, hostile: str
) -> None:
    path = tmp_path / "cameras.geojson"
    features = f"{hostile}, {GOOD}"
    path.write_text(f'{{"type": "FeatureCollection", "features": [{features}]}}')

    with pytest.raises(CoverageKitError, match=r"cameras\.geojson cannot be read"):
        _take(registry, path)


def test_a_hostile_workbook_is_only_text(registry: Registry, tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    cells = {
        "source_id": ["1'; DROP TABLE camera;--", "2"],
        "lon": [-84.39, -84.38],
        "lat": [33.75, 33.76],
        "name": ["'); DELETE FROM camera;--", "x" * 5000],
        "owner_name": ["<script>alert(1)</script>", "B"],
        "site_address": ["=cmd|' /C calc'!A0", "2 Main St"],
    }
    book = openpyxl.Workbook()
    book.active.append(list(cells))
    for row in zip(*cells.values(), strict=True):
        book.active.append(row)
    book.active["F2"].data_type = "s"  # text, as a city's database writes it
    book.save(path)

    done = _take(registry, path)

    assert (done.added, done.refused) == (1, 1)
    (camera,) = _cameras(registry)
    assert camera.name == "'); DELETE FROM camera;--"
    with registry.read() as connection:
        (owner,) = owners.list_owners(connection).rows
        (site,) = sites.list_sites(connection).rows
    assert owner.name == "<script>alert(1)</script>"
    assert site.address == "=cmd|' /C calc'!A0"


def test_a_city_file_with_its_own_names_of_columns_is_read(
    registry: Registry, tmp_path: Path
) -> None:
    path = tmp_path / "city.csv"
    path.write_text(
        "Camera Name,Longitude,Latitude,Direction\nA,-84.39,33.75,90\n"
        "B,-84.38,33.76,180\n"
    )

    first, again = _take(registry, path), _take(registry, path)

    assert (first.added, again.same, again.added) == (2, 2, 0)
    assert {camera.bearing_deg for camera in _cameras(registry)} == {90.0, 180.0}


def test_what_left_in_a_sheet_comes_back_the_same(
    registry: Registry, tmp_path: Path
) -> None:
    with registry.write() as connection:
        city = owners.add_owner(connection, {"name": "=City", "kind": "agency"}, by="x")
        place = {"owner_id": city.owner_id, "kind": "public", "name": "+Hall"}
        site_id = sites.add_site(connection, place, by="x").site_id
        values = {"lon": -84.39, "lat": 33.75, "site_id": site_id, "name": "@Door"}
        cameras.add_camera(connection, {**values, "hfov_deg": 90.0}, by="x")
        released = release_cameras(connection, "internal").table
    flat = pd.DataFrame(released.drop(columns="geometry"))
    flat["lon"], flat["lat"] = released.geometry.x, released.geometry.y
    flat["assumed"] = flat["assumed"].map(";".join)
    path = tmp_path / "export.csv"
    safe_cells(flat).to_csv(path, index=False)

    done = _take(registry, path)

    assert "'@Door" in path.read_text()
    assert [one.what for one in done.rows] == ["same"], done.rows
    assert (done.owners, done.sites) == (0, 0)
    assert _cameras(registry)[0].name == "@Door"
