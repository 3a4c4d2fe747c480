"""The commands as a person types them: what they print, write and end with."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest

from coveragekit.cli import main
from coveragekit.study import Study
from tests.study import towns


def run(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, str, str]:
    """Run the command in this process; give its code, output and error output."""
    with pytest.raises(SystemExit) as ended:
        main([str(word) for word in words])
    shown = capsys.readouterr()
    code = ended.value.code
    assert isinstance(code, int)
    return code, shown.out, shown.err


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The town as the files a city might hand over."""
    folder = tmp_path_factory.mktemp("files")
    towns.buildings().to_crs(4326).to_file(folder / "buildings.geojson")
    towns.streets().to_crs(4326).to_file(folder / "streets.gpkg")
    cameras = towns.cameras().to_crs(4326)
    flat = pd.DataFrame(cameras.drop(columns="geometry"))
    flat["lon"], flat["lat"] = cameras.geometry.x, cameras.geometry.y
    flat.to_csv(folder / "cameras.csv", index=False)
    incidents = towns.incidents().to_crs(4326)
    flat = pd.DataFrame(incidents.drop(columns="geometry"))
    flat["lon"], flat["lat"] = incidents.geometry.x, incidents.geometry.y
    flat["occurred_from"] = flat["occurred_from"].dt.tz_localize(None)
    flat.to_excel(folder / "incidents.xlsx", index=False)
    return {
        "buildings": folder / "buildings.geojson",
        "streets": folder / "streets.gpkg",
        "cameras": folder / "cameras.csv",
        "incidents": folder / "incidents.xlsx",
    }


def _init_words(files: dict[str, Path], folder: Path) -> list[object]:
    words: list[object] = ["init", folder, "--time-zone", "UTC"]
    for name, path in files.items():
        words += [f"--{name}", path]
    return words


@pytest.fixture(scope="module")
def built(files: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The town's study, made and built by the commands."""
    folder = tmp_path_factory.mktemp("studies") / "town"
    for words in (_init_words(files, folder), ["build", folder]):
        with pytest.raises(SystemExit) as ended:
            main([str(word) for word in words])
        assert ended.value.code == 0
    return folder


def test_init_says_what_it_read_and_what_to_do_next(
    files: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, _ = run(capsys, *_init_words(files, tmp_path / "town"))

    assert code == 0
    assert "cameras: 1 of 1 rows from cameras.csv" in out
    assert f"next: coveragekit build {tmp_path / 'town'}" in out


def test_the_summary_for_programs_is_json_with_hand_made_numbers(
    built: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, _ = run(capsys, "summary", built, "--json")

    summary = json.loads(out)
    assert code == 0
    assert summary["shares"]["street_length"]["value"] == pytest.approx(0.2, abs=1e-6)
    assert summary["shares"]["incidents"]["value"] == pytest.approx(11 / 18, abs=1e-6)
    assert summary["crs"] == "EPSG:32616"


def test_the_summary_for_people_has_the_basis(
    built: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, _ = run(capsys, "summary", built)

    assert code == 0
    assert "Street seen: 20.0 % of 150 m" in out
    assert "Incidents seen (street-visible): 61.1 % of 3 incidents" in out
    assert "(naive: 33.3 %)" in out
    assert "edition 2014" in out


@pytest.mark.parametrize("name", ["g.geojson", "g.gpkg", "g.parquet"])
def test_gaps_are_written_as_the_name_asks(
    built: Path, tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, _ = run(capsys, "gaps", built, "--out", tmp_path / name)

    path = tmp_path / name
    read = gpd.read_parquet(path) if path.suffix == ".parquet" else gpd.read_file(path)
    assert code == 0
    assert f"{len(read):,} gaps written" in out
    assert read.crs == "EPSG:4326"
    assert read["rank"].tolist() == list(range(1, len(read) + 1))
    assert read["name"].iloc[0].startswith("Cross Street")


def test_gaps_become_a_spreadsheet_with_places(
    built: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(capsys, "gaps", built, "--out", tmp_path / "g.xlsx")
    code, _, _ = run(capsys, "gaps", built, "--out", tmp_path / "g.csv")

    sheet = pd.read_excel(tmp_path / "g.xlsx")
    flat = pd.read_csv(tmp_path / "g.csv")
    assert code == 0
    assert sheet["name"].tolist() == flat["name"].tolist()
    assert flat["lon"].between(-87.1, -86.9).all()
    assert flat["lat"].between(33.7, 33.8).all()


def test_gaps_are_printed_by_name(
    built: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, _ = run(capsys, "gaps", built, "--top", "3")

    assert code == 0
    assert "Cross Street" in out


def test_explain_prints_the_reason(
    built: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = gpd.GeoSeries([towns.at(70, 24.5)], crs=towns.CRS).to_crs(4326)[0]

    code, out, _ = run(capsys, "explain", built, "--lon", place.x, "--lat", place.y)

    assert code == 0
    assert "blocked" in out


def test_explain_draws_the_proof_of_what_it_says(
    built: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = gpd.GeoSeries([towns.at(70, 10)], crs=towns.CRS).to_crs(4326)[0]
    words = ("explain", built, "--lon", place.x, "--lat", place.y)

    for name, head in (("p.svg", b"<?xml"), ("p.png", b"\x89PNG"), ("p.pdf", b"%PDF")):
        code, out, _ = run(capsys, *words, "--out", tmp_path / name)
        assert code == 0
        assert f"{name}" in out.replace("\n", "")
        assert (tmp_path / name).read_bytes().startswith(head)
    code, _, err = run(capsys, *words, "--out", tmp_path / "p.docx")
    assert code == 1
    assert ".svg" in err
    code, _, err = run(capsys, *words, "--light", "dusk")
    assert code == 1
    assert "dusk" in err


def test_a_question_for_a_time_at_night_is_answered_by_night(
    built: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # 28 m before a camera whose lamp reaches 21 m
    place = gpd.GeoSeries([towns.at(78, 10)], crs=towns.CRS).to_crs(4326)[0]
    words = ("explain", built, "--lon", place.x, "--lat", place.y)

    _, noon, _ = run(capsys, *words, "--when", "2022-01-02T18:00")
    _, night, _ = run(capsys, *words, "--when", "2022-01-02T04:00")
    _, asked, _ = run(capsys, *words, "--when", "2022-01-02T04:00", "--light", "day")

    assert "by day, 2022-01-02 18:00" in noon
    assert "too dark" not in noon
    assert "by night, 2022-01-02 04:00" in night
    assert "too dark" in night
    assert "too dark" not in asked


def test_scenes_give_intervals_and_are_remembered(
    files: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "town"
    run(capsys, *_init_words(files, folder))

    code, out, _ = run(capsys, "build", folder, "--scenes", 3)
    again, later, _ = run(capsys, "build", folder)
    ended, last, _ = run(capsys, "build", folder, "--scenes", 0)

    assert (code, again, ended) == (0, 0, 0)
    assert "3 scenes" in out.replace("\n", " ")
    assert "3 scenes" in later.replace("\n", " ")
    assert "--scenes 64" in last
    code, _, err = run(capsys, "build", folder, "--relief", "hilly")
    assert code == 1
    assert "flat, surface" in err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("build", "nowhere"), "there is no folder nowhere"),
        (("summary", "."), "is not a study"),
        (("init", "new", "--cameras", "missing.csv"), "missing.csv"),
        (("columns", "missing.csv"), "missing.csv"),
        (("serve", "nowhere"), "there is no folder nowhere"),
        (("demo", "new", "--role", "chief"), "there is no role 'chief'; allowed"),
    ],
)
def test_a_fault_of_the_input_is_one_message_and_code_1(
    words: tuple[str, ...],
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)

    code, _, err = run(capsys, *words)

    assert code == 1
    assert message in err
    assert err.startswith("error:")
    assert "Traceback" not in err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "words",
    [
        ("frobnicate",),
        ("build",),
        ("init", "new"),
        ("init", "new", "--cameras", "c.csv", "--aliases", "cameras"),
        ("gaps", "town", "--top", "0"),
        ("explain", "town"),
        ("serve", "town", "--public", "--desk"),
        ("serve", "town", "--desk", "--catalogue", "models.csv"),
        ("serve", "town", "--public", "--user", "Kim"),
    ],
)
def test_wrong_usage_ends_with_code_2(
    words: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    code, _, err = run(capsys, *words)

    assert code == 2
    assert "Usage" in err


def test_an_unknown_extension_is_refused_before_anything_is_read(
    capsys: pytest.CaptureFixture[str],
) -> None:
    code, _, err = run(capsys, "gaps", "nowhere", "--out", "gaps.docx")

    assert code == 1
    assert "gaps.docx ends in .docx; allowed: .geojson" in err


def test_a_folder_that_is_not_there_cannot_be_written_into(
    built: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, _, err = run(capsys, "gaps", built, "--out", tmp_path / "no" / "g.csv")

    assert code == 1
    assert "there is no folder" in err


def test_the_version_and_the_help_are_there(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "--version")
    assert code == 0
    assert out.startswith("coveragekit ")

    code, out, _ = run(capsys, "--help")
    assert code == 0
    for command in ("init", "build", "summary", "gaps", "explain", "serve", "demo"):
        assert command in out


def test_the_doctor_finds_what_is_installed(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "doctor")

    assert code == 0
    assert "geopandas" in out
    assert "kernels" in out


@pytest.mark.skipif(sys.platform == "win32", reason="needs signals of POSIX")
def test_ctrl_c_in_a_build_says_what_is_still_in_force(
    files: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "town"
    run(capsys, *_init_words(files, folder))
    command = [sys.executable, "-m", "coveragekit", "build", str(folder)]
    started = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 60
    while not list(folder.glob(".results/*.part")) and time.monotonic() < deadline:
        time.sleep(0.01)
    os.kill(started.pid, signal.SIGINT)
    _, err = started.communicate(timeout=60)

    assert started.returncode == 1
    assert "stopped:" in err
    assert "Traceback" not in err
    code, _, _ = run(capsys, "build", folder)
    assert code == 0


@pytest.mark.skipif(sys.platform == "win32", reason="needs limits of POSIX")
@pytest.mark.parametrize("command", ["init", "build"])
def test_a_disk_that_takes_no_more_is_one_message(
    files: dict[str, Path],
    tmp_path: Path,
    command: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    folder = tmp_path / "town"
    words = [str(word) for word in _init_words(files, folder)]
    before = ""
    if command == "build":
        run(capsys, *words)
        run(capsys, "build", folder)
        before = (folder / "results" / "summary.json").read_text()
        Study.open(folder).with_settings(purpose="detect")
        words = ["build", str(folder)]
    code = (
        "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (4000, 4000));"
        f"from coveragekit.cli import main; main({words!r})"
    )

    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )

    assert done.returncode == 1
    assert "cannot be written" in done.stderr
    assert "Traceback" not in done.stderr
    if command == "build":
        assert (folder / "results" / "summary.json").read_text() == before
    else:
        assert list(tmp_path.iterdir()) == []


def test_secrets_of_a_camera_list_reach_nothing(
    tmp_path: Path, files: dict[str, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    cameras = pd.read_csv(files["cameras"])
    cameras["rtsp_url"] = "rtsp://admin:canary-7261@10.0.0.9/live"
    cameras["contact_phone"] = "555-canary"
    listed = tmp_path / "cameras.csv"
    cameras.to_csv(listed, index=False)
    folder = tmp_path / "town"

    shown = [run(capsys, *_init_words({**files, "cameras": listed}, folder))]
    shown += [run(capsys, "columns", listed), run(capsys, "build", folder)]
    shown += [run(capsys, "summary", folder, "--json")]

    for code, out, err in shown:
        assert code == 0
        assert "canary" not in out + err
    for path in folder.rglob("*"):
        if path.is_file():
            assert b"canary" not in path.read_bytes(), path
