"""Each test of the door runs on both databases, with keys of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from coveragekit.access import Door, open_door
from tests.access.scene import Scene
from tests.databases import (  # noqa: F401 - fixtures
    Clock,
    bare_url,
    clock,
    postgres,
    registry,
    registry_url,
    reopen,
)


@pytest.fixture(autouse=True)
def keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep keys and checkpoints of this test away from the user's own."""
    monkeypatch.setenv("COVERAGEKIT_CHECKPOINTS", str(tmp_path / "checkpoints"))
    monkeypatch.setenv("COVERAGEKIT_AUDIT_KEY", str(tmp_path / "keys" / "audit.pem"))
    for name in ("COVERAGEKIT_POLICY", "COVERAGEKIT_USER", "COVERAGEKIT_ROLE"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


@pytest.fixture
def door(registry_url: str, clock: Clock) -> Iterator[Door]:  # noqa: F811
    """Give the door of an empty registry, on each database in turn."""
    with open_door(registry_url, clock=clock, sign=False) as opened:
        yield opened


@pytest.fixture
def scene(door: Door) -> Scene:
    """Give an owner with a site in Atlanta, to which a test adds cameras."""
    return Scene(door)
