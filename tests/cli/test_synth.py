"""The command that makes a city up."""

from __future__ import annotations

from pathlib import Path

import pytest

from coveragekit.cli import main
from coveragekit.study import Study


def run(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, str, str]:
    """Run the command in this process; give its code, output and error output."""
    with pytest.raises(SystemExit) as ended:
        main([str(word) for word in words])
    shown = capsys.readouterr()
    code = ended.value.code
    assert isinstance(code, int)
    return code, shown.out, shown.err


def words(folder: Path, **counts: int) -> list[object]:
    given = {"cameras": 20, "buildings": 60, "incidents": 100, **counts}
    return ["synth", folder, *(f"--{name}={count}" for name, count in given.items())]


def test_a_city_is_made_and_called_simulated_in_every_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "city"

    code, out, _ = run(capsys, *words(folder, seed=4, calls=7, places=9))

    lines = out.splitlines()
    assert code == 0
    assert "buildings: 60 rows, simulated" in lines
    assert "cameras: 20 rows, simulated" in lines
    assert "calls: 7 rows, simulated" in lines
    assert "places: 9 rows, simulated" in lines
    assert "made up" in out
    study = Study.open(folder)
    assert (study.settings.seed, study.settings.simulated) == (4, True)
    assert len(study.table("incidents")) == 100


def test_counts_that_cannot_be_end_in_one_clear_message(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, count in (("cameras", -1), ("buildings", 0), ("incidents", 10**9)):
        code, _, err = run(capsys, *words(tmp_path / "city", **{name: count}))

        assert code == 1
        told = " ".join(err.split())
        assert f"error: the number of {name} is {count:,}; allowed:" in told
        assert "Traceback" not in err
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_holds_something_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "mine.txt").write_text("kept")

    code, _, err = run(capsys, *words(tmp_path))

    assert code == 1
    assert "exists and is not empty" in " ".join(err.split())
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_a_count_that_is_no_number_or_missing_is_wrong_usage(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(capsys, "synth", tmp_path / "city", "--cameras", "many")[0] == 2
    assert run(capsys, "synth", tmp_path / "city", "--cameras", "5")[0] == 2
