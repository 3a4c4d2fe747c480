"""What is packed is unpacked within bounds, and a workbook is measured first."""

from __future__ import annotations

import gzip
import re
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest

from coveragekit.errors import SourceUnavailable
from coveragekit.sources import packed
from coveragekit.sources.files import open_source
from coveragekit.sources.loaded import Ledger

HEADER = ("source_id", "lon", "lat")
SHEET = "xl/worksheets/sheet1.xml"


def read(path: Path) -> list[list[object]]:
    return open_source(path, Ledger("cameras", path.name)).frame.to_numpy().tolist()


def workbook(path: Path, change: Callable[[str], str] = str, part: str = SHEET) -> Path:
    """Write a workbook of two rows, and change one of its parts."""
    plain = path.with_name("plain.xlsx")
    book = openpyxl.Workbook()
    for row in (HEADER, (1, -84.39, 33.75), (2, -84.38, 33.76)):
        book.active.append(row)
    book.save(plain)
    with zipfile.ZipFile(plain) as old, zipfile.ZipFile(path, "w") as new:
        for name in old.namelist():
            text = old.read(name).decode()
            new.writestr(name, change(text) if name == part else text)
    return path


def more_rows(rows: str) -> Callable[[str], str]:
    return lambda text: text.replace("</sheetData>", f"{rows}</sheetData>")


def test_a_workbook_within_bounds_is_read(tmp_path: Path) -> None:
    assert read(workbook(tmp_path / "a.xlsx")) == [
        [1, -84.39, 33.75],
        [2, -84.38, 33.76],
    ]


@pytest.mark.parametrize(
    "change",
    [
        # what programs write where somebody once gave a colour to a whole sheet
        more_rows('<row r="1048576"><c r="XFD1048576" s="0"/></row>'),
        lambda text: re.sub(
            '<dimension ref="[^"]*"', '<dimension ref="A1:XFD1048576"', text
        ),
        lambda text: re.sub(' r="[A-C][0-9]"', "", text),
    ],
    ids=["empty cell far away", "wrong dimension", "cells without names"],
)
def test_what_only_looks_far_is_read(
    tmp_path: Path, change: Callable[[str], str]
) -> None:
    assert len(read(workbook(tmp_path / "a.xlsx", change))) == 2


def test_a_cell_far_from_the_table_is_refused(tmp_path: Path) -> None:
    rows = '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    path = workbook(tmp_path / "far.xlsx", more_rows(rows))

    with pytest.raises(SourceUnavailable, match=r"row 1,048,576 and column 16,384"):
        read(path)


@pytest.mark.parametrize("named", ["XFD3", "XFD"], ids=["in row 3", "in no row"])
def test_many_wide_rows_are_refused_whatever_their_cells_are_called(
    tmp_path: Path, named: str
) -> None:
    cell = f'<c r="{named}"><v>1</v></c>'
    rows = "".join(f'<row r="{n}">{cell}</row>' for n in range(3, 4000))
    path = workbook(tmp_path / "wide.xlsx", more_rows(rows))

    with pytest.raises(SourceUnavailable, match=r"a table of more than 40,000,000"):
        read(path)


@pytest.mark.parametrize(
    "row",
    [
        '<row r="99999999999"/>',
        '<row r="99999999999"><c r="A99999999999"><v>1</v></c></row>',
        "<x:row r='99999999999'/>",
    ],
)
def test_a_row_that_no_workbook_has_is_refused_at_once(
    tmp_path: Path, row: str
) -> None:
    path = workbook(tmp_path / "row.xlsx", more_rows(row))
    began = time.process_time()

    with pytest.raises(SourceUnavailable, match="no workbook has more than 1,048,576"):
        read(path)

    assert time.process_time() - began < 5.0  # to walk there would take hours


@pytest.mark.parametrize("part", [SHEET, "xl/workbook.xml", "[Content_Types].xml"])
@pytest.mark.parametrize(
    "declared",
    [
        '<!DOCTYPE x [<!ENTITY a "lol"><!ENTITY b "&a;&a;">]>',
        '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/hostname">]>',
    ],
    ids=["swelling", "file"],
)
def test_definitions_are_refused_in_every_part(
    tmp_path: Path, part: str, declared: str
) -> None:
    path = workbook(
        tmp_path / "a.xlsx",
        lambda text: declared + re.sub(r"^<\?xml[^>]*\?>", "", text),
        part,
    )

    with pytest.raises(SourceUnavailable, match=r"definitions .* no workbook needs"):
        read(path)


def test_a_tag_on_the_border_of_two_blocks_is_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    path = workbook(tmp_path / "far.xlsx", more_rows(rows))

    for length in range(30, 90):
        monkeypatch.setattr(packed, "_BLOCK", length)
        with pytest.raises(SourceUnavailable, match="column 16,384"):
            read(path)


def test_a_damaged_workbook_is_told(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx")
    content = bytearray(path.read_bytes())
    at = content.index(b"sheetData")
    content[at : at + 200] = bytes(200)
    path.write_bytes(content)

    with pytest.raises(SourceUnavailable, match="damaged workbook"):
        read(path)


@pytest.fixture
def narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a small file be too large."""
    monkeypatch.setattr(packed, "_ALWAYS_BYTES", 1 << 20)


LONG = ",".join(HEADER) + "\n1,-84.39,33.75\n" + " " * (8 << 20)


@pytest.mark.usefixtures("narrow")
def test_a_file_that_unpacks_to_absurdly_much_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.csv.gz"
    path.write_bytes(gzip.compress(LONG.encode()))

    with pytest.raises(
        SourceUnavailable, match=r"a\.csv\.gz holds more than 1 MB"
    ) as told:
        read(path)

    assert "damaged" not in str(told.value)


@pytest.mark.usefixtures("narrow")
@pytest.mark.parametrize("member", ["a.csv", "a.geojson", "a.shp"])
def test_an_archive_that_unpacks_to_absurdly_much_is_refused(
    tmp_path: Path, member: str
) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(member, LONG)

    with pytest.raises(SourceUnavailable, match=r"a\.zip holds more than 1 MB"):
        read(path)


@pytest.mark.usefixtures("narrow")
def test_an_archive_that_lies_about_its_length_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.csv", LONG)
    lying = path.read_bytes().replace(
        len(LONG).to_bytes(4, "little"), (100).to_bytes(4, "little")
    )
    path.write_bytes(lying)

    # what stands after the length that it names is never unpacked, or it is told
    try:
        rows = read(path)
    except SourceUnavailable:
        return
    assert len(str(rows)) < 1000


@pytest.mark.usefixtures("narrow")
def test_what_is_packed_as_tables_are_is_read_however_long(tmp_path: Path) -> None:
    lines = [",".join(HEADER), *(f"{n},-84.{n},33.{n}" for n in range(100_000))]
    path = tmp_path / "a.csv.gz"
    path.write_bytes(gzip.compress("\n".join(lines).encode()))

    assert len(read(path)) == 100_000


def test_a_workbook_that_unpacks_to_absurdly_much_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packed, "_ALWAYS_BYTES", 1 << 16)
    monkeypatch.setattr(packed, "_MOST_TIMES", 1)
    path = tmp_path / "a.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr(SHEET, "<sheetData>" + " " * (8 << 20))

    with pytest.raises(SourceUnavailable, match=r"a\.xlsx holds more than 0 MB"):
        read(path)
