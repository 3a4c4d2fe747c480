"""Logins come from where they are kept, or a fault says why and never what."""

from __future__ import annotations

import os
import sys
import types
from pathlib import Path

import pytest

from coveragekit.access.feed_settings import read_feed_settings
from coveragekit.access.secrets import login_from
from coveragekit.errors import FeedLoginError, InputError
from coveragekit.feeds.target import Login

CANARY = "hunter2canary"


def _kept(folder: Path, said: str = f"ann:{CANARY}", mode: int = 0o600) -> None:
    path = folder / "lake"
    path.write_text(said)
    path.chmod(mode)


def test_a_password_may_hold_colons_and_ends_at_the_line(tmp_path: Path) -> None:
    _kept(tmp_path, "ann:a:b \n")
    fetch = login_from("file", "lake", folder=tmp_path)
    assert fetch is not None
    assert (fetch().user, fetch().password) == ("ann", "a:b ")
    assert "a:b" not in repr(fetch())
    assert login_from(None, None) is None


def test_a_login_that_changed_is_the_new_one(monkeypatch: pytest.MonkeyPatch) -> None:
    fetch = login_from("environment", "LAKE")
    assert fetch is not None
    monkeypatch.setenv("LAKE", "ann:one")
    assert fetch() == Login("ann", "one")
    monkeypatch.setenv("LAKE", "ann:two")
    assert fetch() == Login("ann", "two")


def _link(folder: Path) -> None:
    (folder.parent / "outside").write_text(f"ann:{CANARY}")
    (folder / "lake").symlink_to(folder.parent / "outside")


@pytest.mark.parametrize(
    ("store", "reference", "make", "words"),
    [
        ("environment", "NOT_THERE", None, "is not set"),
        ("file", "lake", None, "cannot be read"),
        ("file", "../lake", None, "outside the folder"),
        ("file", "/etc/passwd", None, "outside the folder"),
        ("file", "lake", lambda one: _kept(one, mode=0o640), "chmod 600"),
        ("file", "lake", lambda one: _kept(one, CANARY), "user:password"),
        ("file", "lake", lambda one: _kept(one, f":{CANARY}"), "user:password"),
        ("file", "lake", lambda one: _kept(one, CANARY * 1000), "no small file"),
        ("file", "lake", lambda one: (one / "lake").mkdir(), "small file|cannot be"),
        ("file", "lake", lambda one: os.mkfifo(one / "lake"), "no small file"),
        ("file", "lake", _link, "outside the folder"),
        ("vault", "lake", None, "does not know"),
    ],
)
def test_what_cannot_be_fetched_says_why_and_never_what(
    tmp_path: Path, store: str, reference: str, make, words: str
) -> None:
    folder = tmp_path / "secrets"
    folder.mkdir()
    if make is not None:
        make(folder)
    fetch = login_from(store, reference, folder=folder)
    assert fetch is not None
    with pytest.raises(FeedLoginError, match=words) as caught:
        fetch()
    said = f"{caught.value!r} {caught.value.args} {caught.value.__context__!r}"
    assert CANARY not in said
    assert reference not in said


def test_files_need_a_folder() -> None:
    fetch = login_from("file", "lake")
    assert fetch is not None
    with pytest.raises(FeedLoginError, match="no folder of secrets is named"):
        fetch()


class _KeyringError(Exception):
    """What every backend of the keyring raises."""


def test_the_keyring_is_asked_by_service_and_name(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)
    fetch = login_from("keyring", "cameras:lake:ann")
    assert fetch is not None
    with pytest.raises(FeedLoginError, match=r"coveragekit\[keyring\]"):
        fetch()
    asked: list[tuple[str, str]] = []
    given: list[str | None] = [CANARY]

    def get_password(service: str, name: str) -> str | None:
        asked.append((service, name))
        if not given:
            raise _KeyringError(CANARY)
        return given.pop()

    fake = types.SimpleNamespace(
        get_password=get_password,
        errors=types.SimpleNamespace(KeyringError=_KeyringError),
    )
    monkeypatch.setitem(sys.modules, "keyring", fake)
    assert (fetch().user, asked[-1]) == ("ann", ("cameras:lake", "ann"))
    with pytest.raises(FeedLoginError, match="cannot be opened") as caught:
        fetch()
    assert CANARY not in repr(caught.value)
    given.append(None)
    with pytest.raises(FeedLoginError, match="keeps no login"):
        fetch()


def test_settings_say_what_may_be_opened(tmp_path: Path) -> None:
    file = tmp_path / "feeds.toml"
    file.write_text(
        'networks = ["10.20.0.0/16"]\nports = [554]\nexempt = ["127.0.0.1:8090"]\n'
        'secrets = "secrets"\nrecordings = "/srv/video"\n'
    )
    found = read_feed_settings(file)
    assert found.gate.networks == ("10.20.0.0/16",)
    assert found.gate.ports == {554}
    assert found.gate.exempt == {("127.0.0.1", 8090)}
    assert found.secrets == (tmp_path / "secrets").resolve()
    assert found.gate.file_root == Path("/srv/video")
    assert "secrets" not in repr(found).replace("FeedSettings", "")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("network = []", "no feed setting; allowed: networks"),
        ('networks = "10.0.0.0/8"', "allowed: a list"),
        ("networks = [10]", "allowed: texts"),
        ('networks = ["all"]', "all"),
        ("ports = [0]", "allowed: 1 to 65535"),
        ("ports = [true]", "allowed: 1 to 65535"),
        ('exempt = ["camera:80"]', "camera"),
        ('exempt = ["127.0.0.1"]', "an IP address and a port"),
        ("public = 1", "true or false"),
        ("public =", "no TOML"),
    ],
)
def test_settings_that_cannot_be_are_named(
    tmp_path: Path, text: str, words: str
) -> None:
    file = tmp_path / "feeds.toml"
    file.write_text(text)
    with pytest.raises(InputError, match=words):
        read_feed_settings(file)


def test_settings_that_are_not_there_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COVERAGEKIT_FEEDS", str(tmp_path / "none.toml"))
    with pytest.raises(InputError, match="cannot be read: No such file"):
        read_feed_settings()
    (tmp_path / "none.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(InputError, match="not UTF-8"):
        read_feed_settings()
    monkeypatch.delenv("COVERAGEKIT_FEEDS")
    assert read_feed_settings().gate.networks == ()
