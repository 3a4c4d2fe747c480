"""The owner's form, started from the command line as a city would."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import urllib.request
from typing import TYPE_CHECKING

import pytest

from coveragekit.access import Purpose, User, open_door
from coveragekit.registry.audit import last_entry
from coveragekit.registry.checkpoints import checkpoint_file, read_checkpoints
from tests.server.corner import build_corner
from tests.server.visitor import Visitor

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow


def signed_and_written(checkpoints: Path, registry: str) -> tuple[int, int]:
    """Give the last line of the log that is signed, and the last one there is."""
    with open_door(registry, sign=False) as door, door.registry.read() as connection:
        written, _, _ = last_entry(connection)
        file = checkpoint_file(checkpoints, door.registry.registry_id)
    return read_checkpoints(file)[-1].seq, written


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
    with open_door(registry, sign=False) as door:  # killed before it had signed
        kim = User("Kim", "administrator")
        door.demand(kim, "list_cameras", None, Purpose("planning"))
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
        checkpoints = tmp_path / "notes"
        signed, written = signed_and_written(checkpoints, registry)
        assert signed == written
        owner = Visitor(address)
        owner.fill()
        assert owner.sign().status in {200, 303}
        signed, written = signed_and_written(checkpoints, registry)
        assert signed < written
        served.send_signal(signal.SIGTERM)
        rest, faults = served.communicate(timeout=60)
    finally:
        served.kill()
        served.wait()

    assert served.returncode == 0, faults
    assert rest.endswith("stopped\n")
    assert "owners who lost their code are sent to the agency's front desk" in faults
    # Ended by the service manager, it has signed what it wrote.
    signed, written = signed_and_written(checkpoints, registry)
    assert signed == written


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
