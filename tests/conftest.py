"""Fixtures that every room's tests share."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

ROOT = Path(__file__).resolve().parent.parent

# The gate asks the same questions each time: new examples are for those who sit before
# the screen, and what they find becomes a test of its own. A loaded machine is slow.
settings.register_profile("ci", derandomize=True, deadline=None, print_blob=True)
if os.environ.get("CI"):
    settings.load_profile("ci")


def _required() -> bool:
    return os.environ.get("COVERAGEKIT_REQUIRE", "") == "all"


@pytest.fixture(scope="session")
def real_data() -> Path:
    """Folder of real data sets; the test is skipped and counted where it is absent."""
    given = os.environ.get("COVERAGEKIT_REAL_DATA")
    folder = Path(given) if given else ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip(
            f"no real data at {folder}; set COVERAGEKIT_REAL_DATA to its folder"
        )
    return folder


@pytest.fixture(scope="session")
def chromium() -> str:
    """Path of a Chromium; without one the test is skipped, or fails where required."""
    for candidate in ("/usr/bin/chromium", "/usr/bin/chromium-browser"):
        if Path(candidate).exists():
            return candidate
    message = "no Chromium found; enable with: apt-get install chromium"
    if _required():
        pytest.fail(message)
    pytest.skip(message)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say in the last lines how many tests were left out for want of real data."""
    skipped = terminalreporter.stats.get("skipped", [])
    without = [report for report in skipped if "real_data" in report.keywords]
    terminalreporter.write_line(f"{len(without)} tests skipped for want of real data")
