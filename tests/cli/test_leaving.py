"""The command line leaves cameras out whose owners have left since the build."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from coveragekit.cli import main
from tests.registered import Registered, apart, register_town


@pytest.fixture(scope="module")
def registered(tmp_path_factory: pytest.TempPathFactory) -> Registered:
    return register_town(tmp_path_factory.mktemp("registered"))


@pytest.fixture
def town(
    registered: Registered, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Registered:
    return apart(registered, tmp_path, monkeypatch)


def run(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as ended:
        main([str(word) for word in words])
    shown = capsys.readouterr()
    return int(ended.value.code or 0), shown.out, " ".join(shown.err.split())


def test_an_export_is_without_who_has_left(
    town: Registered, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    key, file = town.ids()[0], tmp_path / "cameras.csv"
    town.withdraw(key)

    code, _, noted = run(capsys, "export", town.study.path, "cameras", "--out", file)

    assert code == 0
    assert "1 camera has left the registry since this study was built" in noted
    assert "then coveragekit build" in noted
    ids = set(pd.read_csv(file)["camera_id"])
    assert ids
    assert key not in ids


def test_an_export_of_cameras_is_refused_where_nobody_can_be_asked(
    town: Registered,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("COVERAGEKIT_REGISTRY", str(tmp_path / "none" / "r.sqlite"))
    file, gaps = tmp_path / "cameras.csv", tmp_path / "gaps.csv"
    words = ("export", town.study.path, "cameras", "--out", file)

    code, _, noted = run(capsys, *words)

    assert code == 1
    assert "reach the registry, or say --even-so" in noted
    assert not file.exists()
    assert run(capsys, "export", town.study.path, "gaps", "--out", gaps)[0] == 0
    code, _, noted = run(capsys, *words, "--even-so")
    assert code == 0
    assert "taken out even so" in noted
    assert set(pd.read_csv(file)["camera_id"]) >= set(town.ids())


def test_an_explanation_is_without_who_has_left(
    town: Registered, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    key, file = town.ids()[0], tmp_path / "why.csv"
    place = town.study.results().cameras().set_index("camera_id").geometry[key]
    where = ("--lon", place.x + 1e-4, "--lat", place.y, "--out", file)
    assert run(capsys, "explain", town.study.path, *where)[0] == 0
    assert key in set(pd.read_csv(file)["camera_id"])
    town.withdraw(key)

    assert run(capsys, "explain", town.study.path, *where)[0] == 0

    assert key not in set(pd.read_csv(file)["camera_id"])


def test_what_the_results_are_of_decides_and_not_what_the_study_has_by_now(
    town: Registered, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from coveragekit.cli.registry_left import departed_cameras
    from coveragekit.study import Study

    key = town.ids()[0]
    town.withdraw(key)
    results = town.study.results().summary

    assert any(one["file"].startswith("registry ") for one in results["sources"])
    assert departed_cameras(Study.open(town.study.path)).ids == {key}
    assert "run: coveragekit registry study" in " ".join(
        capsys.readouterr().err.split()
    )
