"""A made-up town that the dashboard tests share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from coveragekit.study import Study
from tests.dashboards.fixture_study import write_fixture_study

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="session")
def town(tmp_path_factory: pytest.TempPathFactory) -> Study:
    """Give the built study of Testville; nobody changes it."""
    folder: Path = tmp_path_factory.mktemp("town") / "testville"
    return Study.open(write_fixture_study(folder))


@pytest.fixture(scope="session")
def former_town(tmp_path_factory: pytest.TempPathFactory) -> Study:
    """Give Testville as the version before scenes built it; nobody changes it."""
    folder: Path = tmp_path_factory.mktemp("former") / "testville"
    return Study.open(write_fixture_study(folder, former=True))
