"""The page on live pictures, typed from top to bottom before a camera that films."""

from __future__ import annotations

import io
import re
import shlex
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from coveragekit.access import Purpose, User, open_door
from coveragekit.cli import main
from coveragekit.feeds.simulated_scene import read_clock, scene_of
from coveragekit.feeds.simulated_server import SimulatedCameras
from tests.access.scene import EVERYTHING, Scene

PAGE = Path(__file__).resolve().parents[2] / "docs" / "feeds.md"
KIM = User("kim", "officer", "local")


@pytest.fixture(autouse=True)
def at_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the registry, its keys and the settings of this test to itself."""
    monkeypatch.setenv("COVERAGEKIT_REGISTRY", str(tmp_path / "registry.sqlite"))
    monkeypatch.setenv("COVERAGEKIT_CHECKPOINTS", str(tmp_path / "checkpoints"))
    monkeypatch.setenv("COVERAGEKIT_AUDIT_KEY", str(tmp_path / "audit.pem"))
    monkeypatch.setenv("COVERAGEKIT_FEEDS", str(tmp_path / "feeds.toml"))
    monkeypatch.setenv("COVERAGEKIT_USER", "ada")
    monkeypatch.delenv("COVERAGEKIT_ROLE", raising=False)
    monkeypatch.delenv("COVERAGEKIT_POLICY", raising=False)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def filming() -> Iterator[SimulatedCameras]:
    """Give a camera that films a made-up street with a clock in it."""
    with SimulatedCameras([scene_of("lake", has_clock_bits=True)]) as cameras:
        yield cameras


def _type(words: str) -> None:
    with pytest.raises(SystemExit) as ended:
        main(shlex.split(words)[1:])
    assert not ended.value.code, words


def _integrated() -> tuple[str, str]:
    """Give a camera that its owner integrated, and one that has no owner yet."""
    with open_door() as door:
        scene = Scene(door)
        return scene.camera(), scene.integrated(EVERYTHING)


def _glimpsed(wall: Any) -> datetime:
    """Give the moment that the picture of a wall's first tile shows."""
    came: list[bytes] = []
    wall.send = lambda head, buffers=(): came.extend(buffers)
    wall._hear(None, {"kind": "seen", "tiles": [0]}, None)
    ends_s = time.monotonic() + 60
    while not came:
        assert time.monotonic() < ends_s
        time.sleep(0.05)
    wall.close()
    at = read_clock(np.asarray(Image.open(io.BytesIO(came[0])).convert("RGB")))
    assert at is not None
    return at


def test_the_page_is_true(
    tmp_path: Path, filming: SimulatedCameras, capsys: pytest.CaptureFixture[str]
) -> None:
    text = PAGE.read_text("utf-8")
    _type("coveragekit registry init --user ada")
    (tmp_path / "feeds.toml").write_text(
        "\n".join(
            re.findall(r"^    ((?:networks|public|secrets) = .*)$", text, re.MULTILINE)
        )
        + f'\nexempt = ["127.0.0.1:{filming.port}"]\n'
    )
    _type("coveragekit registry user kim --is officer")
    # a new feed is given to a camera before its owner agrees to be looked through it
    camera_id, integrated = _integrated()
    commands = re.findall(r"^    (coveragekit registry .*)$", text, re.MULTILINE)
    assert len(commands) >= 8
    (table,) = re.findall(
        r"^    (camera,feed,.*)\n    (CAMERA,.*)$", text, re.MULTILINE
    )
    rows = "\n".join(table).replace("CAMERA", camera_id)
    (tmp_path / "feeds.csv").write_text(rows)
    for words in commands:
        _type(words.replace("CAMERA", camera_id))
    said = capsys.readouterr().out
    assert "10.20" not in said
    assert "(kept)" in said
    # what the page says of a camera in the city, of one that is here
    address = filming.address("lake", "mjpeg")
    _type(f"coveragekit registry add feed name=here address={address}")
    _type(f"coveragekit registry change camera {integrated} feed_ref=here --revision 1")

    spoken: dict[str, object] = {"camera_id": integrated}
    for block in re.findall(r"```python\n(.*?)```", text, re.DOTALL):
        exec(compile(block, str(PAGE), "exec"), spoken)  # noqa: S102 - the page's words
    preview, looks = spoken["preview"], spoken["looks"]
    moments: list[datetime] = []

    def note(head: dict[str, object], parts: list[bytes]) -> None:
        if head["kind"] == "picture":
            rgb = np.asarray(Image.open(io.BytesIO(parts[0])).convert("RGB"))
            at = read_clock(rgb)
            assert at is not None
            moments.append(at)
            preview._session._pump.ack(head["last"])

    preview._session._pump._send = note
    preview._hear(None, {"kind": "watch", "form": "best"}, None)
    ends_s = time.monotonic() + 60
    while len(moments) < 3:
        assert time.monotonic() < ends_s, moments
        time.sleep(0.05)
    preview.close()
    assert _glimpsed(spoken["wall"]) > moments[0]
    looks.close()
    assert moments == sorted(set(moments))
    with open_door() as door:
        asked = Purpose("call", case_number="26-0417")
        assert door.may(KIM, "view_live", integrated, asked).allowed


@pytest.mark.parametrize(
    "said",
    [
        "stop",
        None,
        {},
        {"kind": "watch"},
        {"kind": "watch", "form": "fmp4"},
        [1],
        {"kind": "ack", "index": "1"},
        {"kind": "watch", "form": ["best"]},
    ],
)
def test_what_a_page_makes_up_begins_nothing(said: object) -> None:
    from coveragekit.live.preview import Preview

    class Nobody:
        def look(self, *_: object, **__: object) -> None:
            pytest.fail("a look began")

    preview = Preview(Nobody(), "cam_1", user=KIM, purpose=Purpose("call"))
    preview._hear(None, said, None)
    assert not preview.is_on
    traits = preview.get_state()
    assert "cam_1" not in repr({name: traits[name] for name in ("name", "note")})
    preview.close()
