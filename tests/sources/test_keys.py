"""Keys: from the source, numbered, made; a report is not an offence."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from coveragekit.sources import read_table
from coveragekit.sources.keys import number_repeats
from tests.sources.made_files import faults, told, write_rows


def test_a_row_that_stands_twice_is_kept_once(tmp_path: Path) -> None:
    path = write_rows(
        tmp_path / "a.csv",
        "id,name,lon,lat",
        "1,x,-84.39,33.75",
        "2,y,-84.38,33.75",
        "1,x,-84.39,33.75",
    )

    loaded = read_table(path, "cameras")

    assert loaded.table["camera_id"].tolist() == ["1", "2"]
    assert faults(loaded) == [(3, "duplicate row", "row left out")]


def test_rows_that_share_an_id_and_differ_are_all_kept(tmp_path: Path) -> None:
    path = write_rows(
        tmp_path / "a.csv",
        "id,name,lon,lat",
        "1,x,-84.39,33.75",
        "1,y,-84.39,33.75",
        "1~2,z,-84.39,33.75",
        "1,w,-84.39,33.75",
    )

    loaded = read_table(path, "cameras")

    assert loaded.table["camera_id"].tolist() == ["1", "1~3", "1~2", "1~4"]
    assert faults(loaded) == [
        (2, "duplicate id", "repaired"),
        (4, "duplicate id", "repaired"),
    ]


def test_offences_of_one_report_are_no_duplicates(tmp_path: Path) -> None:
    path = write_rows(
        tmp_path / "a.csv",
        "report number,offense,lon,lat",
        "210921324,AUTO THEFT,-84.39,33.75",
        "210921324,LARCENY,-84.39,33.75",
        "210921325,LARCENY,-84.39,33.75",
    )

    loaded = read_table(path, "incidents")

    assert loaded.table["incident_id"].tolist() == [
        "210921324",
        "210921324~2",
        "210921325",
    ]
    assert loaded.table["report_id"].tolist() == ["210921324", "210921324", "210921325"]
    assert faults(loaded) == []
    assert told(loaded, "further offences of a report in a.csv: 1 row,")


def test_an_incident_id_that_repeats_is_taken_for_a_report(tmp_path: Path) -> None:
    path = write_rows(
        tmp_path / "a.csv",
        "offence id,offense,lon,lat",
        "7,AUTO THEFT,-84.39,33.75",
        "7,LARCENY,-84.39,33.75",
    )

    loaded = read_table(path, "incidents")

    assert loaded.table["incident_id"].tolist() == ["7", "7~2"]
    assert loaded.table["report_id"].tolist() == ["7", "7"]


def test_rows_without_ids_are_named_by_file_and_row(tmp_path: Path) -> None:
    path = write_rows(
        tmp_path / "calls 2021.csv", "lon,lat", "-84.39,33.75", "0,0", "-84.39,33.75"
    )

    loaded = read_table(path, "calls")

    assert loaded.table["call_id"].tolist() == ["calls 2021-1", "calls 2021-3"]
    assert loaded.table["assumed"].tolist() == [["call_id"], ["call_id"]]
    assert told(loaded, "has no column of ids")


def test_a_single_missing_id_is_made_and_written_down(tmp_path: Path) -> None:
    path = write_rows(
        tmp_path / "a.csv", "id,lon,lat", "x,-84.39,33.75", ",-84.39,33.75"
    )

    loaded = read_table(path, "cameras")

    assert loaded.table["camera_id"].tolist() == ["x", "a-2"]
    assert faults(loaded) == [(2, "missing id", "repaired")]
    assert loaded.table["assumed"].tolist() == [[], ["camera_id"]]


@given(st.lists(st.sampled_from(["a", "b", "a~2", "a~2~2", "b~3"]), max_size=12))
def test_numbered_keys_are_unique_and_the_first_keeps_its_own(keys: list[str]) -> None:
    numbered = number_repeats(pd.Series(keys, dtype="str")).tolist()

    assert len(set(numbered)) == len(keys)
    for place, key in enumerate(keys):
        if key not in keys[:place]:
            assert numbered[place] == key
        else:
            assert numbered[place].startswith(f"{key}~")
