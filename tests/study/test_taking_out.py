"""Tables leave a study in the form that a role may have them in."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import geopandas as gpd
import openpyxl
import pandas as pd
import pyarrow.parquet as pq
import pyogrio
import pytest
from defusedxml import ElementTree

from coveragekit import model
from coveragekit.errors import InputError
from coveragekit.study import Study
from coveragekit.study.gis_styles import STYLED, qml
from coveragekit.study.taking_out import TABLES, take_out, taken_tables
from tests.dashboards.fixture_study import write_fixture_study

ONE = [".geojson", ".parquet", ".pmtiles", ".csv"]
MANY = [".gpkg", ".xlsx"]


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    folder = tmp_path_factory.mktemp("out") / "town"
    return Study.open(write_fixture_study(folder))


def _layer(path: Path, name: str) -> pd.DataFrame:
    readers = {
        ".geojson": lambda: gpd.read_file(path),
        ".parquet": lambda: gpd.read_parquet(path),
        ".pmtiles": lambda: gpd.read_file(path, layer=name),
        ".csv": lambda: pd.read_csv(path),
        ".gpkg": lambda: gpd.read_file(path, layer=name),
        ".xlsx": lambda: pd.read_excel(path, sheet_name=name),
    }
    return readers[path.suffix]()


@pytest.mark.parametrize("extension", [*ONE, *MANY])
def test_an_analyst_takes_incidents_in_every_format(
    study: Study, tmp_path: Path, extension: str
) -> None:
    taken = take_out(study, ["incidents"], tmp_path / f"i{extension}", role="analyst")

    rows = _layer(taken.path, "incidents")
    assert taken.rows == {"incidents": len(study.results().incident_coverage())}
    assert taken.notes == ()
    if extension != ".pmtiles":  # at its widest zoom a point may lie in two tiles
        assert len(rows) == taken.rows["incidents"]
    assert set(rows["incident_id"]) == set(
        study.results().incident_coverage()["incident_id"]
    )
    assert rows["simulated"].all()


@pytest.mark.parametrize("extension", [*ONE, *MANY])
@pytest.mark.parametrize("role", sorted(set(model.roles()) - {"analyst"}))
def test_nobody_else_gets_an_incident_at_its_place_in_any_format(
    study: Study, tmp_path: Path, extension: str, role: str
) -> None:
    path = tmp_path / f"i{extension}"

    taken = take_out(study, ["incidents"], path, role=role)

    rows = _layer(path, "incidents_by_cell")
    assert "incident_id" not in rows.columns
    assert {"cell_id", "count", "simulated"} <= set(rows.columns)
    assert (rows["count"] >= 5).all()
    assert taken.notes


def test_one_geopackage_holds_several_layers_with_styles_and_what_they_are(
    study: Study, tmp_path: Path
) -> None:
    path = tmp_path / "all.gpkg"

    take_out(study, ["cameras", "gaps", "isovists"], path, role="planner")

    layers = {name for name, _ in pyogrio.list_layers(path)}
    assert layers == {"cameras", "gaps", "isovists", "layer_styles", "about"}
    with closing(sqlite3.connect(path)) as book:
        styles = dict(
            book.execute("select f_table_name, styleQML from layer_styles").fetchall()
        )
        said = dict(book.execute("select name, value from about").fetchall())
        columns = dict(
            book.execute(
                "select table_name, column_name from gpkg_geometry_columns"
            ).fetchall()
        )
    assert set(styles) == {"cameras", "gaps", "isovists"}
    assert set(columns.values()) == {"geom"}
    for text in styles.values():
        assert ElementTree.fromstring(text).tag == "qgis"
    assert said["Simulated"]
    assert said["Selection"] == "everything"
    assert said["For the role"] == "planner"
    assert "IEC 62676-4" in said["Purpose"]


def test_counts_by_cell_have_a_style(study: Study, tmp_path: Path) -> None:
    taken = take_out(study, ["incidents"], tmp_path / "i.gpkg", role="planner")

    with closing(sqlite3.connect(taken.path)) as book:
        styled = book.execute("select f_table_name from layer_styles").fetchall()
    assert styled == [("incidents_by_cell",)]


@pytest.mark.parametrize("layer", STYLED)
def test_a_style_names_each_symbol_that_it_uses(layer: str) -> None:
    root = ElementTree.fromstring(qml(layer))

    named = {one.get("name") for one in root.iter("symbol")}
    used = {
        one.get("symbol") for tag in ("category", "range") for one in root.iter(tag)
    }
    assert used <= named
    assert named


def test_one_workbook_holds_several_sheets_and_no_formula(
    study: Study, tmp_path: Path
) -> None:
    path = tmp_path / "all.xlsx"

    take_out(study, ["cameras", "gaps"], path, role="analyst")

    book = openpyxl.load_workbook(path)
    assert book.sheetnames == ["cameras", "gaps", "about"]
    for sheet in book:
        for row in sheet.iter_rows():
            assert all(cell.data_type != "f" for cell in row)


def test_what_has_to_be_said_is_in_the_file(study: Study, tmp_path: Path) -> None:
    for extension in (".geojson", ".parquet"):
        path = tmp_path / f"gaps{extension}"
        take_out(study, ["gaps"], path, role="planner", selection="area: North")
    told = json.loads((tmp_path / "gaps.geojson").read_text("utf-8"))
    held = json.loads(pq.read_metadata(tmp_path / "gaps.parquet").metadata[b"about"])

    assert told["type"] == "FeatureCollection"
    assert told["about"]["Selection"] == "area: North"
    assert held["Selection"] == "area: North"
    assert gpd.read_parquet(tmp_path / "gaps.parquet").crs == "EPSG:4326"


def test_a_selection_takes_the_rows_that_are_wanted(
    study: Study, tmp_path: Path
) -> None:
    wanted = study.results().cameras()["camera_id"].head(3).tolist()
    keys = {"cameras": wanted}

    taken = take_out(study, ["cameras"], tmp_path / "c.csv", role="planner", keys=keys)

    assert taken.rows == {"cameras": 3}
    assert set(pd.read_csv(taken.path)["camera_id"]) == set(wanted)


def test_no_owner_leaves_with_a_camera(study: Study, tmp_path: Path) -> None:
    take_out(study, ["cameras"], tmp_path / "c.csv", role="analyst")

    assert "owner_id" in study.results().cameras().columns
    assert "owner_id" not in pd.read_csv(tmp_path / "c.csv").columns


def test_several_tables_need_a_file_that_holds_them(
    study: Study, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match=r"\.csv holds one table, and 2 were asked"):
        take_out(study, ["cameras", "gaps"], tmp_path / "a.csv", role="analyst")

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("tables", [[], ["owners"], ["gaps", "../etc"]])
def test_an_unknown_table_names_the_known_ones(
    study: Study, tmp_path: Path, tables: list[str]
) -> None:
    with pytest.raises(InputError, match="allowed: cameras"):
        take_out(study, tables, tmp_path / "a.gpkg", role="analyst")


def test_a_role_is_offered_only_what_it_may_have(study: Study) -> None:
    counts = study.results().summary["counts"]

    assert taken_tables(counts, "analyst")["incidents"] == "exact"
    assert taken_tables(counts, "planner")["incidents"] == "cells"
    assert "gaps" not in taken_tables(counts, "public")
    assert set(taken_tables(counts, "analyst")) <= set(TABLES)
    assert "calls" not in taken_tables({**counts, "calls": 0}, "analyst")


def test_the_public_takes_no_gaps(study: Study, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="may not take gaps out"):
        take_out(study, ["gaps"], tmp_path / "g.csv", role="public")

    assert list(tmp_path.iterdir()) == []


def test_an_offence_is_protected_by_its_code_alone(tmp_path: Path) -> None:
    folder = write_fixture_study(tmp_path / "town")
    incidents = gpd.read_parquet(folder / "incidents.parquet")
    incidents["category"] = "Assault"
    incidents["offense_code"] = "11D"
    incidents.to_parquet(folder / "incidents.parquet", schema_version="1.1.0")
    file = folder / "results" / "incident_coverage.parquet"
    seen = gpd.read_parquet(file)
    seen["category"] = "Assault"
    seen.to_parquet(file, schema_version="1.1.0")

    taken = take_out(
        Study.open(folder), ["incidents"], tmp_path / "i.csv", role="planner"
    )

    assert taken.rows == {"incidents_by_cell": 0}
    assert "are left out" in taken.notes[1]
