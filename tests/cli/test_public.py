"""The owner's form, started from the command line as a city would."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import urllib.request
from typing import TYPE_CHECKING

import pytest

from tests.server.corner import build_corner

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow


def test_the_form_is_served_until_it_is_stopped(tmp_path: Path) -> None:
    study = build_corner(tmp_path / "corner")
    registry = str(tmp_path / "registry" / "cameras.sqlite")
    settings = tmp_path / "form.toml"
    settings.write_text('[form]\nagency = "Police of Corner"\n', "utf-8")
    command = [sys.executable, "-m", "coveragekit"]
    told = {**os.environ, "COVERAGEKIT_CHECKPOINTS": str(tmp_path / "notes")}
    made = [*command, "registry", "init", "--registry", registry, "--user", "Kim"]
    subprocess.run(made, check=True, capture_output=True, env=told, timeout=120)
    words = ("serve", str(study.path), "--public", "--port", "0")
    served = subprocess.Popen(
        [*command, *words, "--registry", registry, "--settings", str(settings)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=told,
    )
    try:
        assert served.stdout is not None
        said = served.stdout.readline()
        assert said.startswith("owner's form: http://127.0.0.1:"), said
        address = said.split()[2]
        with urllib.request.urlopen(address, timeout=30) as answer:
            page = answer.read().decode("utf-8")
        assert "Police of Corner" in page
        served.send_signal(signal.SIGTERM)
        rest, faults = served.communicate(timeout=60)
    finally:
        served.kill()
        served.wait()

    assert served.returncode == 0, faults
    assert rest.endswith("stopped\n")


def test_a_registry_that_is_not_there_is_one_message(tmp_path: Path) -> None:
    study = build_corner(tmp_path / "corner")
    words = ("serve", str(study.path), "--public", "--port", "0")
    missing = str(tmp_path / "none.sqlite")

    ended = subprocess.run(
        [sys.executable, "-m", "coveragekit", *words, "--registry", missing],
        check=False,
        capture_output=True,
        text=True,
        timeout=120,
    )

    assert ended.returncode == 1
    assert ended.stderr.startswith("error:")
    assert "coveragekit registry init" in ended.stderr
    assert "Traceback" not in ended.stderr
