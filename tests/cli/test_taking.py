"""Taking tables out at the command line."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyogrio
import pytest

from coveragekit.cli import main
from tests.dashboards.fixture_study import write_fixture_study


def run(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as ended:
        main([str(word) for word in words])
    shown = capsys.readouterr()
    return int(ended.value.code or 0), shown.out, " ".join(shown.err.split())


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_fixture_study(tmp_path_factory.mktemp("taking") / "town")


def test_several_tables_go_into_one_geopackage(
    town: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "all.gpkg"

    code, said, _ = run(capsys, "export", town, "cameras,gaps", "--out", file)

    assert code == 0
    assert "cameras" in said
    assert "gaps written to" in " ".join(said.split())
    names = {name for name, _ in pyogrio.list_layers(file)}
    assert {"cameras", "gaps"} <= names
    assert len(gpd.read_file(file, layer="cameras"))


def test_what_a_role_may_not_have_is_told(
    town: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "i.csv"

    code, _, noted = run(
        capsys, "export", town, "incidents", "--out", file, "--role", "planner"
    )

    assert code == 0
    assert "counted by cells of 250 m" in noted
    assert "count" in pd.read_csv(file).columns


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["owners", "--out", "a.csv"], "there is no table 'owners'; allowed: cameras"),
        (["cameras", "--out", "a.docx"], "a.docx ends in .docx; allowed: .geojson"),
        (["cameras,gaps", "--out", "a.csv"], "holds one table"),
        (["gaps", "--out", "a.csv", "--role", "boss"], "there is no role 'boss'"),
        (["gaps", "--out", "a.csv", "--role", "public"], "may not take gaps out"),
    ],
)
def test_a_wrong_wish_is_one_message(
    town: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: list[str],
    message: str,
) -> None:
    monkeypatch.chdir(tmp_path)

    code, said, told = run(capsys, "export", town, *words)

    assert code == 1
    assert said == ""
    assert message in told
    assert list(tmp_path.iterdir()) == []
