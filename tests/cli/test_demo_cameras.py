"""The demo goes on without live pictures, and says why there are none."""

from __future__ import annotations

import subprocess
import sys
from typing import ClassVar, Self

import pytest

from coveragekit.access import demo_feeds
from coveragekit.cli.demo_cameras import simulated_cameras
from coveragekit.errors import InputError


def test_video_that_cannot_be_loaded_is_named(tmp_path) -> None:
    code = """
import sys
sys.modules["av"] = None
from coveragekit.cli.demo_cameras import simulated_cameras
with simulated_cameras(".") as told:
    print(told)
"""
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "{}\n"
    assert "no live pictures in this demo: av cannot be loaded" in done.stderr


def test_a_folder_that_is_somebody_elses_is_named(
    tmp_path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(_: object) -> None:
        message = "the folder holds no simulated cameras; name another folder"
        raise InputError(message)

    monkeypatch.setattr(demo_feeds, "DemoFeeds", refuse)

    with simulated_cameras(tmp_path) as told:
        assert told == {}

    assert "no live pictures in this demo: the folder holds" in capsys.readouterr().err


def test_what_goes_wrong_while_it_is_served_is_not_hidden(
    tmp_path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Filming:
        environment: ClassVar[dict[str, str]] = {"A": "1"}
        is_closed = False

        def __init__(self, _: object) -> None:
            made.append(self)

        def __enter__(self) -> Self:
            return self

        def __exit__(self, *_: object) -> None:
            self.is_closed = True

    made: list[Filming] = []
    monkeypatch.setattr(demo_feeds, "DemoFeeds", Filming)
    filming = simulated_cameras(tmp_path)
    assert filming.__enter__() == {"A": "1"}
    fault = OSError("the port is taken")
    assert not filming.__exit__(OSError, fault, None)
    assert made[0].is_closed
