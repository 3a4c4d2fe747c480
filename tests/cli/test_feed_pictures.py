"""Stills and clips from the command line: one message, an exit code, no address."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

from coveragekit.access import open_door
from coveragekit.cli import main
from coveragekit.feeds.clips import ClipFile
from tests.access.pictures import mask, with_feed
from tests.access.scene import EVERYTHING, Scene
from tests.feeds.peers.replay import Recorder, replay_peer
from tests.feeds.peers.web import WebPeer, web_peer

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
CASE = "--purpose investigation --offence 120 --case 26-0417"


class Town:
    """A registry with cameras, and what the commands said."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self.capsys = folder, capsys
        self.ids: dict[str, str] = {}

    def run(self, words: str, *, code: int = 0) -> str:
        """Run a command as an officer; no address is ever said."""
        said = shlex.split(words.format(**self.ids, f=self.folder))
        with pytest.raises(SystemExit) as ended:
            main(["feed", *said])
        shown = self.capsys.readouterr()
        told = shown.out + shown.err
        assert int(ended.value.code or 0) == code, told
        assert "127.0.0.1" not in told
        assert "Traceback" not in told
        return re.sub(r"\s+", " ", told)


@pytest.fixture
def recorder() -> Iterator[Recorder]:
    """Give a recorder that keeps ten seconds."""
    with replay_peer(Recorder(NOON)) as running:
        yield running


@pytest.fixture
def web() -> Iterator[WebPeer]:
    """Give a camera that sends pictures over HTTP."""
    with web_peer() as running:
        yield running


@pytest.fixture
def town(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    recorder: Recorder,
    web: WebPeer,
) -> Town:
    """Give a registry whose owner agreed to everything, with two cameras."""
    names = {
        "REGISTRY": tmp_path / "registry.sqlite",
        "CHECKPOINTS": tmp_path / "checkpoints",
        "AUDIT_KEY": tmp_path / "audit.pem",
        "FEEDS": tmp_path / "feeds.toml",
        "USER": "kim",
        "ROLE": "officer",
    }
    for name, value in names.items():
        monkeypatch.setenv(f"COVERAGEKIT_{name}", str(value))
    monkeypatch.delenv("COVERAGEKIT_POLICY", raising=False)
    ports = ", ".join(f'"127.0.0.1:{one}"' for one in (recorder.port, web.port))
    (tmp_path / "feeds.toml").write_text(f'exempt = [{ports}]\nevidence = "kept"\n')
    town = Town(tmp_path, capsys)
    with open_door(create=True) as door:
        scene = Scene(door)
        town.ids["cam"] = with_feed(
            scene,
            scene.integrated(EVERYTHING),
            web.address("/cam.mjpg?parts=good"),
            replay=recorder.address(),
        )
        town.ids["masked"] = with_feed(
            scene, scene.integrated(EVERYTHING), web.address("/snap.jpg")
        )
        mask(scene, town.ids["masked"])
    capsys.readouterr()
    return town


def kept(town: Town, ending: str) -> list[Path]:
    return sorted((town.folder / "kept").glob(f"*.{ending}"))


def test_a_still_is_kept_and_verified_by_the_log(town: Town) -> None:
    told = town.run("snapshot {cam} --case 26-0417")
    (still,) = kept(town, "jpg")
    assert f"{still.name} from 2" in told
    assert "640 x 360 pixels" in told

    assert "intact" in town.run(f"verify {still}")
    told = town.run(f"verify {still} --log --user sue --role supervisor")
    assert "line" in told
    assert "of the log" in told
    # who may not read the log is told so
    assert "may" in town.run(f"verify {still} --log", code=1)

    still.chmod(0o640)
    still.write_bytes(still.read_bytes()[:-1] + b"x")
    told = town.run(f"verify {still}", code=1)
    assert f"changed: {still.name}: the file is not the one" in told

    # nor do an account's own words reach the screen as they are
    account = Path(f"{still}.json")
    account.chmod(0o640)
    lies = json.loads(account.read_text("utf-8"))
    account.write_text(json.dumps(lies | {"file": "x" * 9_000}), "utf-8")
    assert len(town.run(f"verify {still}", code=1)) < 1_000
    account.write_text(json.dumps(lies | {"file": "\x1b[2J"}), "utf-8")
    assert "no account of an export" in town.run(f"verify {still}", code=1)


def test_stored_footage_is_kept_and_an_early_end_is_told(town: Town) -> None:
    times = "--from 2026-05-04T12:00:08 --to 2026-05-04T12:00:30"

    told = town.run(f"clip {{cam}} {times} {CASE}")

    (clip,) = kept(town, "mp4")
    assert "from 2026-05-04T12:00:08.000Z, 2 s, 640 x 360 pixels" in told
    assert "its device has no more of that time" in told
    assert "intact" in town.run(f"verify {clip}")
    hour = timedelta(hours=1)
    times = f"--from {NOON - hour:%Y-%m-%dT%H:%M} --to {NOON - hour:%Y-%m-%dT%H:30}"
    assert "no recording of that time" in town.run(
        f"clip {{cam}} {times} {CASE}", code=1
    )


def test_a_camera_is_filmed_from_now_on(town: Town) -> None:
    told = town.run(f"clip {{cam}} --for 1 {CASE} --out {{f}}/mine")

    (clip,) = (town.folder / "mine").glob("*.mp4")
    assert clip.name in told
    assert "kept: 1, each with an account (.json) and a line of the log" in told


def test_a_clip_that_grew_too_large_says_so(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = partial(ClipFile, most_bytes=40_000)
    monkeypatch.setattr("coveragekit.access.evidence.ClipFile", small)

    told = town.run(f"clip {{cam}} --for 60 {CASE}")

    assert "the clip was as large as one may be before the time was over" in told
    assert len(kept(town, "mp4")) == 1


def test_the_page_on_live_pictures_types_commands_that_work(town: Town) -> None:
    page = Path(__file__).resolve().parents[2] / "docs" / "feeds.md"
    lines = re.findall(
        r"^    coveragekit feed ((?:snapshot|clip|verify) .*)$",
        page.read_text("utf-8"),
        re.MULTILINE,
    )
    assert len(lines) == 4
    for line in lines:
        # half a minute and the recorder's own day take too long, or are not kept
        words = line.replace("CAMERA", "{cam}").replace("--for 30", "--for 1")
        words = words.replace("2026-11-20T10:00", "2026-05-04T12:00:01")
        words = words.replace("2026-11-20T10:05", "2026-05-04T12:00:02")
        files = " ".join(map(str, kept(town, "jpg") + kept(town, "mp4")))
        town.run(words.replace("FILE...", files))
    assert [len(kept(town, one)) for one in ("jpg", "mp4", "json")] == [1, 2, 3]


def test_what_is_refused_is_one_clear_message(town: Town) -> None:
    assert "a case number" in town.run("snapshot {cam}", code=1)
    assert "covered" in town.run(f"clip {{masked}} --for 1 {CASE}", code=1)
    assert "no such camera" in town.run("snapshot cam_x --case 26-0417", code=1)
    assert "--for SECONDS" in town.run(f"clip {{cam}} {CASE}", code=2)
    both = f"--for 1 --from 2026-05-04T12:00 --to 2026-05-04T12:01 {CASE}"
    assert "--for SECONDS" in town.run(f"clip {{cam}} {both}", code=2)
    assert "is no time" in town.run(
        f"clip {{cam}} --from soon --to later {CASE}", code=2
    )
    assert "no file none.mp4" in town.run("verify {f}/none.mp4", code=1)
    assert kept(town, "*") == []
    (town.folder / "feeds.toml").write_text("")
    assert 'evidence = "FOLDER"' in town.run("snapshot {cam} --case 26-0417", code=1)
