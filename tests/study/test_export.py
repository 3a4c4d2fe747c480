"""Results become the kind of file that a name asks for, whole or not at all."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely import Point, box

from coveragekit.errors import InputError, SourceUnavailable
from coveragekit.study.export import EXTENSIONS, safe_cells, write_frame


def _frame() -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        {
            "name": ["=cmd|' /C calc'!A0", "Deli", "+1"],
            "count": [1, 2, -3],
            "assumed": [["kind", "hfov_deg"], [], []],
            "seen_at": pd.to_datetime(["2022-01-01"] * 3, utc=True),
        },
        geometry=[box(i, i, i + 1, i + 1) for i in range(3)],
        crs=4326,
    )


@pytest.mark.parametrize("extension", sorted(EXTENSIONS))
def test_every_format_is_written_and_the_frame_stays(
    tmp_path: Path, extension: str
) -> None:
    frame = _frame()
    before = frame.copy(deep=True)

    path = write_frame(frame, tmp_path / f"out{extension}")

    assert path.stat().st_size > 0
    assert [one.name for one in tmp_path.iterdir()] == [f"out{extension}"]
    pd.testing.assert_frame_equal(frame, before)


@pytest.mark.parametrize("extension", [".geojson", ".gpkg", ".parquet"])
def test_maps_read_back_what_was_written(tmp_path: Path, extension: str) -> None:
    path = write_frame(_frame().to_crs(3857), tmp_path / f"out{extension}")

    read = gpd.read_parquet(path) if extension == ".parquet" else gpd.read_file(path)
    assert read.crs == "EPSG:4326"
    assert read["count"].tolist() == [1, 2, -3]
    assert read.geometry.geom_equals_exact(_frame().geometry, 1e-6).all()
    if extension != ".parquet":
        assert read["assumed"].tolist()[0] == "kind;hfov_deg"


@pytest.mark.parametrize("extension", [".csv", ".xlsx"])
def test_spreadsheets_hold_places_and_no_formulas(
    tmp_path: Path, extension: str
) -> None:
    path = write_frame(_frame(), tmp_path / f"out{extension}")

    read = pd.read_csv(path) if extension == ".csv" else pd.read_excel(path)
    assert read["name"].tolist() == ["'=cmd|' /C calc'!A0", "Deli", "'+1"]
    assert read["count"].tolist() == [1, 2, -3]
    assert read["lon"].tolist() == [0.5, 1.5, 2.5]


def test_a_file_is_replaced_only_by_a_whole_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "out.csv"
    target.write_text("former")

    def break_down(_layers: object, path: Path, _about: object) -> None:
        path.write_text("half")
        raise OSError(28, "No space left on device")

    monkeypatch.setitem(EXTENSIONS, ".csv", break_down)
    with pytest.raises(SourceUnavailable, match="cannot be written"):
        write_frame(_frame(), target)

    assert target.read_text() == "former"
    assert [one.name for one in tmp_path.iterdir()] == ["out.csv"]


def test_an_unknown_format_names_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"ends in \.docx; allowed: \.geojson"):
        write_frame(_frame(), tmp_path / "out.docx")
    with pytest.raises(InputError, match="ends in nothing"):
        write_frame(_frame(), tmp_path / "out")


def test_an_empty_result_is_written_with_its_columns(tmp_path: Path) -> None:
    empty = gpd.GeoDataFrame({"name": []}, geometry=[], crs=4326)

    for extension in set(EXTENSIONS) - {".pmtiles"}:
        assert write_frame(empty, tmp_path / f"out{extension}").exists()
    assert list(pd.read_csv(tmp_path / "out.csv").columns) == ["name", "lon", "lat"]
    with pytest.raises(InputError, match="would hold no tile"):
        write_frame(empty, tmp_path / "out.pmtiles")


@given(st.text())
def test_no_text_starts_as_a_formula_does(text: str) -> None:
    safe = safe_cells(pd.DataFrame({"cell": [text]}))["cell"][0]

    assert not safe.startswith(("=", "+", "-", "@", "\t", "\r"))
    assert safe.removeprefix("'") == text.removeprefix("'")


def test_points_stay_where_they_are(tmp_path: Path) -> None:
    frame = gpd.GeoDataFrame({"n": [1]}, geometry=[Point(-84.35, 33.75)], crs=4326)

    flat = pd.read_csv(write_frame(frame, tmp_path / "p.csv"))

    assert flat[["lon", "lat"]].to_numpy().tolist() == [[-84.35, 33.75]]


def test_no_category_and_no_header_starts_as_a_formula_does(tmp_path: Path) -> None:
    frame = gpd.GeoDataFrame(
        {
            "=cmd": pd.Categorical(["=1+1", "Deli"]),
            "n": [-1.0, 2.0],
            "when": pd.to_datetime(["2022-01-01"] * 2, utc=True),
        },
        geometry=[Point(0, 0), Point(1, 1)],
        crs=4326,
    )

    safe = safe_cells(pd.DataFrame(frame.drop(columns="geometry")))
    write_frame(frame, tmp_path / "out.csv")

    assert list(safe.columns) == ["'=cmd", "n", "when"]
    assert safe["'=cmd"].tolist() == ["'=1+1", "Deli"]
    assert safe["n"].tolist() == [-1.0, 2.0]
    text = (tmp_path / "out.csv").read_text("utf-8")
    assert not any(
        cell.startswith("=") for line in text.splitlines() for cell in line.split(",")
    )
