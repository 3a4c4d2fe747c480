"""CSV in its many forms: delimiters, encodings, uneven rows, quoted lines."""

from __future__ import annotations

from pathlib import Path

import pytest

from coveragekit.errors import SourceChanged, SourceUnavailable
from coveragekit.sources import read_table
from tests.sources.made_files import faults, told, write_rows, write_text

ROW = "a{0}Main St{0}-84.39{0}33.75"
HEADER = "id{0}name{0}lon{0}lat"


@pytest.mark.parametrize(
    ("delimiter", "word"),
    [(",", "comma"), (";", "semicolon"), ("\t", "tab"), ("|", "bar")],
)
def test_the_delimiter_is_found(tmp_path: Path, delimiter: str, word: str) -> None:
    path = write_rows(
        tmp_path / "a.txt", HEADER.format(delimiter), ROW.format(delimiter)
    )

    loaded = read_table(path, "cameras")

    assert loaded.table["name"].tolist() == ["Main St"]
    assert loaded.provenance["delimiter"] == word


def test_a_delimiter_that_cuts_more_evenly_wins(tmp_path: Path) -> None:
    path = write_rows(
        tmp_path / "a.csv", "id|name, city|lon|lat", "1|Main, Atlanta|-84.39|33.75"
    )

    loaded = read_table(path, "cameras")

    assert loaded.provenance["delimiter"] == "bar"
    assert loaded.table["camera_id"].tolist() == ["1"]


@pytest.mark.parametrize(
    ("encoding", "written", "said"),
    [
        ("utf-8", "utf-8", False),
        ("utf-8-sig", "utf-8-sig", False),
        ("utf-16", "utf-16", True),
        ("utf-16-le", "utf-16-le", True),
        ("utf-16-be", "utf-16-be", True),
        ("cp1252", "cp1252", True),
    ],
)
def test_the_encoding_is_found_and_an_unusual_one_is_told(
    tmp_path: Path, encoding: str, written: str, said: bool
) -> None:
    text = "id,name,lon,lat\na,Señor Café,-84.39,33.75\n"
    path = write_text(tmp_path / "a.csv", text, encoding)

    loaded = read_table(path, "cameras")

    assert loaded.table["name"].tolist() == ["Señor Café"]
    assert loaded.provenance["encoding"] == written
    assert told(loaded, "is not UTF-8") is said


def test_cells_may_hold_lines_commas_and_quotes(tmp_path: Path) -> None:
    path = write_rows(
        tmp_path / "a.csv",
        "id,address,lon,lat",
        '1,"1 Oak St\nATLANTA, GA\nUSA",-84.39,33.75',
        '2,"the ""old"" mill",-84.38,33.76',
    )

    loaded = read_table(path, "cameras")

    assert loaded.table["address"].tolist() == [
        "1 Oak St, ATLANTA, GA, USA",
        'the "old" mill',
    ]


def test_rows_are_counted_not_lines(tmp_path: Path) -> None:
    path = write_rows(
        tmp_path / "a.csv",
        "id,name,lon,lat",
        '1,"one\ntwo\nthree",-84.39,33.75',
        "",
        "2,x,0,0",
    )

    assert faults(read_table(path, "cameras")) == [
        (2, "point at (0,0)", "row left out")
    ]


def test_a_row_with_too_many_cells_is_left_out_and_one_with_too_few_is_not(
    tmp_path: Path,
) -> None:
    path = write_rows(
        tmp_path / "a.csv",
        "id,lon,lat,name",
        "1,-84.39,33.75,x",
        "2,-84.39,33.75,Smith, John",
        "3,-84.39,33.75",
        "4,-84.39,33.75,y,,",
    )

    loaded = read_table(path, "cameras")

    assert loaded.table["camera_id"].tolist() == ["1", "3", "4"]
    assert faults(loaded) == [
        (2, "too many cells", "row left out"),
        (3, "too few cells", "cell left empty"),
    ]
    assert loaded.provenance["rows_offered"] == 4
    assert loaded.provenance["rows_left_out"] == 1


def test_a_quote_that_does_not_end_is_told(tmp_path: Path) -> None:
    path = write_rows(tmp_path / "a.csv", "id,lon,lat", '1,"-84.39,33.75', "2,3,4,5")

    with pytest.raises(SourceUnavailable, match="cannot be read to its end"):
        read_table(path, "cameras")


def test_columns_that_share_a_name_are_told_apart(tmp_path: Path) -> None:
    path = write_rows(
        tmp_path / "a.csv", "id,name,name,lon,lat,", "1,x,y,-84.39,33.75,"
    )

    assert read_table(path, "cameras").table["name"].tolist() == ["x"]


def test_words_for_nothing_are_nothing(tmp_path: Path) -> None:
    path = write_rows(
        tmp_path / "a.csv",
        "id,name,lon,lat,height",
        "1,NULL,-84.39,33.75,N/A",
        "2,<Null>,-84.39,33.76,NaN",
        "3,NA,NULL,33.75,3",
    )

    loaded = read_table(path, "cameras")

    assert loaded.table["name"].isna().all()
    assert loaded.table["mount_height_m"].isna().all()
    assert faults(loaded) == [(3, "missing coordinates", "row left out")]


def test_a_decimal_comma_is_read(tmp_path: Path) -> None:
    path = write_rows(tmp_path / "a.csv", "id;lon;lat", "1;-84,39;33,75")

    point = read_table(path, "cameras").table.geometry[0]

    assert (point.x, point.y) == (-84.39, 33.75)


def test_a_header_of_numbers_is_no_header(tmp_path: Path) -> None:
    path = write_rows(tmp_path / "a.csv", "1160087.0,1905462.5", "1160088.0,1905463.5")

    with pytest.raises(SourceChanged, match="first row holds only numbers and dates"):
        read_table(path, "incidents")


def test_a_large_cell_is_read(tmp_path: Path) -> None:
    long = "x" * 200_000
    path = write_rows(tmp_path / "a.csv", "id,name,lon,lat", f"1,{long},-84.39,33.75")

    assert read_table(path, "cameras").table["name"].tolist() == [long]
