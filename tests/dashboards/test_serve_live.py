"""What live pictures rest on is checked before a page is served."""

from __future__ import annotations

from pathlib import Path

import pytest

from coveragekit.access import open_door
from coveragekit.dashboards.serve_live import live_environment
from coveragekit.errors import InputError, RegistryError

NAMES = ("COVERAGEKIT_REGISTRY", "COVERAGEKIT_FEEDS", "COVERAGEKIT_POLICY")


@pytest.fixture(autouse=True)
def plain(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Let nothing of this machine's own count, and work in an empty folder."""
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)


def test_without_settings_nothing_is_added() -> None:
    assert live_environment(None, {}) == {}
    assert live_environment(None, {"A": "1"}) == {"A": "1"}


def test_paths_are_made_whole_because_kernels_work_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_door("city.sqlite", create=True, sign=False).close()
    (tmp_path / "feeds.toml").write_text('networks = ["10.20.0.0/16"]')
    monkeypatch.setenv("COVERAGEKIT_FEEDS", "feeds.toml")

    told = live_environment("city.sqlite", {})

    assert told == {
        "COVERAGEKIT_REGISTRY": str(tmp_path / "city.sqlite"),
        "COVERAGEKIT_FEEDS": str(tmp_path / "feeds.toml"),
    }
    # what is told counts before what this program was started with
    (tmp_path / "other.toml").write_text("public = true")
    other = live_environment(None, {"COVERAGEKIT_FEEDS": "other.toml"})
    assert other == {"COVERAGEKIT_FEEDS": str(tmp_path / "other.toml")}


def test_a_registry_by_its_address_is_left_as_it_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    address = "postgresql://ann@127.0.0.1/city"
    monkeypatch.setenv("COVERAGEKIT_REGISTRY", address)
    # opened by who asks; one that is down must not keep the map from being served
    assert live_environment(None, {}) == {"COVERAGEKIT_REGISTRY": address}


def test_what_cannot_be_used_is_refused_in_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(RegistryError, match=r"missing\.sqlite"):
        live_environment("missing.sqlite", {})
    assert not (tmp_path / "missing.sqlite").exists()
    monkeypatch.setenv("COVERAGEKIT_FEEDS", "feeds.toml")
    with pytest.raises(InputError, match=r"feed settings feeds\.toml cannot be read"):
        live_environment(None, {})
    (tmp_path / "feeds.toml").write_text("cameras = 3")
    with pytest.raises(InputError, match="'cameras', which is no feed setting"):
        live_environment(None, {})
