"""Fetch a device's name and password from where they are kept, when they are needed."""

from __future__ import annotations

import importlib
import os
import stat
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from coveragekit.errors import FeedLoginError
from coveragekit.feeds.target import Login

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

__all__ = ["login_changed_at", "login_from"]

_MOST_BYTES: Final = 4096
_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO


def login_from(
    store: str | None, reference: str | None, *, folder: Path | None = None
) -> Callable[[], Login] | None:
    """
    Give what fetches a login; nothing is fetched before it is called.

    Parameters
    ----------
    store
        ``"environment"``, ``"file"`` or ``"keyring"``; ``None``: no login is needed.
    reference
        Name of the variable; name of a file in `folder`; or ``service:name`` of the
        keyring. The first two hold ``user:password``, up to the first colon.
    folder
        Where files with secrets are; without one, none is read.

    Returns
    -------
    callable or None
        Gives the login, or raises ``FeedLoginError`` with words that hold no secret.

    Examples
    --------
    >>> import os
    >>> os.environ["LAKE_LOGIN"] = "ann:a:b"
    >>> login_from("environment", "LAKE_LOGIN")().user
    'ann'
    >>> del os.environ["LAKE_LOGIN"]
    """
    if store is None or reference is None:
        return None

    def fetch() -> Login:
        try:
            return _KINDS[store](reference, folder)
        except KeyError:
            message = "its login is kept in a way that this program does not know"
        raise FeedLoginError(message)

    return fetch


def login_changed_at(
    store: str | None, reference: str | None, *, folder: Path | None = None
) -> datetime | None:
    """
    Give when what keeps a login was changed last, where that can be told.

    Parameters
    ----------
    store, reference
        As of :func:`login_from`.
    folder
        Where files with secrets are.

    Returns
    -------
    datetime.datetime or None
        Of a file, in UTC; ``None`` of an environment and a keyring, which do not tell.
    """
    if store != "file" or reference is None or folder is None:
        return None
    root = folder.resolve()
    path = (root / reference).resolve()
    try:
        inside = path.is_relative_to(root)
        return datetime.fromtimestamp(path.stat().st_mtime, UTC) if inside else None
    except OSError:  # it is not there: whoever asks for the login says so
        return None


def _of_environment(reference: str, _: Path | None) -> Login:
    said = os.environ.get(reference)
    if said is None:
        message = "the environment variable that keeps its login is not set"
        raise FeedLoginError(message)
    return _split(said)


def _of_file(reference: str, folder: Path | None) -> Login:
    if folder is None:
        message = (
            "its login is kept in a file, and no folder of secrets is named; name one "
            "as secrets in the file of COVERAGEKIT_FEEDS"
        )
        raise FeedLoginError(message)
    root = folder.resolve()
    path = (root / reference).resolve()
    if not path.is_relative_to(root):
        message = "the file of its login is outside the folder of secrets"
        raise FeedLoginError(message)
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    try:
        opened = os.open(path, flags)
    except OSError:
        message = "the file that keeps its login cannot be read"
        raise FeedLoginError(message) from None
    try:
        found = os.fstat(opened)
        if not stat.S_ISREG(found.st_mode) or found.st_size > _MOST_BYTES:
            message = "what keeps its login is no small file"
            raise FeedLoginError(message)
        if os.name == "posix" and found.st_mode & _OTHERS:
            message = "the file that keeps its login is open to others; chmod 600 it"
            raise FeedLoginError(message)
        content = os.read(opened, _MOST_BYTES)
    finally:
        os.close(opened)
    try:
        return _split(content.decode("utf-8").strip("\r\n"))
    except UnicodeDecodeError:
        message = "the file that keeps its login is no UTF-8 text"
    raise FeedLoginError(message)


def _of_keyring(reference: str, _: Path | None) -> Login:
    service, _colon, name = reference.rpartition(":")
    try:
        keyring = importlib.import_module("keyring")
    except ImportError:
        message = (
            "its login is kept in the keyring, and that part is not installed; get it "
            "with: pip install coveragekit[keyring]"
        )
        raise FeedLoginError(message) from None
    try:
        said = keyring.get_password(service, name)
    except keyring.errors.KeyringError:
        message = "the keyring that keeps its login cannot be opened here"
        raise FeedLoginError(message) from None
    if said is None:
        message = "the keyring keeps no login under that name"
        raise FeedLoginError(message)
    return Login(name, said)


def _split(said: str) -> Login:
    user, colon, password = said.partition(":")
    if not colon or not user:
        message = "what is kept as its login is not of the form user:password"
        raise FeedLoginError(message)
    return Login(user, password)


_KINDS: Final = {
    "environment": _of_environment,
    "file": _of_file,
    "keyring": _of_keyring,
}
