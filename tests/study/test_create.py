"""A study is made whole or not at all, and says where everything came from."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
from shapely import Point

from coveragekit import model
from coveragekit.errors import CRSError, InputError, StudyError, TableError
from coveragekit.study import Study, write_study
from tests.study import towns


def test_a_study_keeps_its_tables_in_4326(tmp_path: Path) -> None:
    study = towns.make_town(tmp_path / "town")

    again = Study.open(tmp_path / "town")
    assert again.settings == study.settings
    assert again.settings.crs == "EPSG:32616"
    assert again.settings.name == "Town"
    cameras = again.table("cameras")
    assert cameras.crs == "EPSG:4326"
    assert cameras["camera_id"].tolist() == ["c1"]
    moved = cameras.to_crs(towns.CRS).geometry[0]
    assert moved.distance(towns.at(50, 10)) < 1e-3


def test_the_newest_incident_is_the_time_of_the_study(tmp_path: Path) -> None:
    study = towns.make_town(tmp_path / "town")

    assert study.settings.as_of == datetime(2022, 3, 2, tzinfo=UTC)


def test_a_date_in_the_future_is_not_the_time_of_the_study(tmp_path: Path) -> None:
    late = towns.incidents()
    late.loc[0, "occurred_from"] = pd.Timestamp("2120-01-01", tz="UTC")

    study = towns.make_town(tmp_path / "town", incidents=late)

    assert study.settings.as_of == datetime(2022, 3, 2, tzinfo=UTC)


def test_a_table_that_was_not_given_is_empty(tmp_path: Path) -> None:
    study = towns.make_town(tmp_path / "town")

    assert len(study.table("calls")) == 0
    with pytest.raises(InputError, match="no table 'cats'"):
        study.table("cats")


def test_a_folder_with_something_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "town").mkdir()
    (tmp_path / "town" / "letter.txt").write_text("dear")

    with pytest.raises(StudyError, match="exists and is not empty"):
        towns.make_town(tmp_path / "town")
    assert (tmp_path / "town" / "letter.txt").read_text() == "dear"


def test_a_study_is_not_overwritten(tmp_path: Path) -> None:
    towns.make_town(tmp_path / "town")

    with pytest.raises(StudyError, match="is a study already"):
        towns.make_town(tmp_path / "town")


def test_nothing_is_left_behind_when_it_fails(tmp_path: Path) -> None:
    first = towns.loaded("cameras", towns.cameras())
    with pytest.raises(CRSError, match="metres are needed"):
        write_study(
            tmp_path / "town", [("cameras", first)], settings={"crs": "EPSG:4326"}
        )
    with pytest.raises(InputError, match="a setting that studies do not have"):
        write_study(tmp_path / "town", [("cameras", first)], settings={"colour": 1})
    assert list(tmp_path.iterdir()) == []


def test_no_row_anywhere_says_what_to_give(tmp_path: Path) -> None:
    nothing = towns.loaded("areas", model.empty("areas"))

    with pytest.raises(StudyError, match="hold no row that says where the study is"):
        write_study(tmp_path / "town", [("areas", nothing)])


def test_a_second_file_adds_rows_and_repeats_none(tmp_path: Path) -> None:
    first = towns.cameras()
    other = gpd.GeoDataFrame(
        {"camera_id": ["c1", "c2"], "name": ["Elsewhere", "New"]},
        geometry=[towns.at(500, 0), towns.at(505, 0)],
        crs=towns.CRS,
    )
    second = pd.concat([first, other], ignore_index=True)
    parts = [
        ("cameras", towns.loaded("cameras", first)),
        ("cameras", towns.loaded("cameras", second.iloc[:1], file="again.csv")),
        ("cameras", towns.loaded("cameras", other, file="second.csv")),
    ]

    study = write_study(tmp_path / "town", parts)

    cameras = study.table("cameras")
    assert cameras["camera_id"].tolist() == ["c1", "c1~2", "c2"]
    assert cameras["name"].tolist() == ["Crossing", "Elsewhere", "New"]
    rejected = study.rejected()
    assert rejected["value"].tolist() == ["c1", "c1"]
    assert rejected["action"].tolist() == ["row left out", "repaired"]
    assert rejected["detail"].tolist() == ["", "c1~2"]
    assert rejected["source"].tolist() == ["again.csv", "second.csv"]
    assert [one.file for one in study.settings.inputs] == [
        "cameras.geojson",
        "again.csv",
        "second.csv",
    ]


def test_a_faulty_table_does_not_become_a_study(tmp_path: Path) -> None:
    good = towns.loaded("cameras", towns.cameras())
    bad = model.conform(
        "cameras",
        gpd.GeoDataFrame(
            {"camera_id": ["x"], "bearing_deg": [400.0]},
            geometry=[Point(0, 0)],
            crs=4326,
        ),
    )
    spoilt = type(good)(bad, good.rejected, (), good.provenance)

    with pytest.raises(TableError, match=r"bearing_deg: 400\.0"):
        write_study(tmp_path / "town", [("cameras", spoilt)])
    assert list(tmp_path.iterdir()) == []


def test_changed_settings_are_written_down(tmp_path: Path) -> None:
    study = towns.make_town(tmp_path / "town")

    changed = study.with_settings(purpose="recognise")

    assert changed.settings.purpose == "recognise"
    assert Study.open(tmp_path / "town").settings.purpose == "recognise"
    assert study.settings.purpose == "observe"


@pytest.mark.parametrize("crs", ["EPSG:3857", "EPSG:32635", "EPSG:2240", "EPSG:99999"])
def test_a_crs_whose_metres_are_not_metres_there_is_refused(
    tmp_path: Path, crs: str
) -> None:
    first = towns.loaded("cameras", towns.cameras())

    with pytest.raises(CRSError, match=r"stretches lengths|foot|not a CRS"):
        write_study(tmp_path / "town", [("cameras", first)], settings={"crs": crs})


def test_a_purpose_that_no_edition_knows_makes_no_study(tmp_path: Path) -> None:
    first = towns.loaded("cameras", towns.cameras())

    with pytest.raises(InputError, match="admire"):
        write_study(
            tmp_path / "town", [("cameras", first)], settings={"purpose": "admire"}
        )
    assert list(tmp_path.iterdir()) == []


def test_a_study_that_was_never_built_says_how_to_build_it(tmp_path: Path) -> None:
    study = towns.make_town(tmp_path / "town")

    with pytest.raises(StudyError, match=r"was never built.*coveragekit build"):
        study.results()
