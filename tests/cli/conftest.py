"""What tests of the registry's commands share."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.office import Office, open_office


@pytest.fixture
def office(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Office:
    """Give an agency's desk with a fresh registry."""
    return open_office(tmp_path, monkeypatch, capsys)
