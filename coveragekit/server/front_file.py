"""How the owner's form is reached, read from a file."""

from __future__ import annotations

import base64
import hashlib
import os
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from coveragekit.errors import InputError
from coveragekit.server.shop import Front

if TYPE_CHECKING:
    from os import PathLike

__all__ = ["FrontFile", "read_front"]

_TEXTS: Final = ("agency", "contact", "base_url", "address")
_LISTS: Final = ("hosts", "proxies")
_NAMES: Final = (*_TEXTS, *_LISTS, "https", "key_file")
_LEAST_KEY_BYTES: Final = 32


@dataclass(frozen=True, slots=True)
class FrontFile:
    """
    What the file of a form says.

    Parameters
    ----------
    front
        What the form says of the city, and how it is reached.
    address
        Address to listen at.
    """

    front: Front
    address: str = "127.0.0.1"


def read_front(path: str | PathLike[str]) -> FrontFile:
    """
    Read how the owner's form is served from a TOML file.

    Parameters
    ----------
    path
        The file: a table ``form`` with the fields of :class:`Front`, ``address`` to
        listen at, and ``key_file`` for ``key``: a file of 32 bytes or more, beside
        this one where it is no whole path, so that drafts outlive a restart.

    Returns
    -------
    FrontFile
        The settings.

    Raises
    ------
    InputError
        The file cannot be read, or holds something that is not allowed.
    """
    file = Path(path)
    try:
        read = tomllib.loads(file.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        message = f"{file} cannot be read as settings of the owner's form: {error}"
        raise InputError(message) from error
    table = read.pop("form", None)
    if read or not isinstance(table, dict):
        seen = ", ".join(map(repr, read)) or repr(table)
        message = f"{file} has {seen}; allowed: one table [form]"
        raise InputError(message)
    given = {name: _checked(file, name, value) for name, value in table.items()}
    address = given.pop("address", "127.0.0.1")
    if "key_file" in given:
        given["key"] = _key(file, given.pop("key_file"))
    return FrontFile(Front(**given), address)


def _checked(file: Path, name: str, value: object) -> Any:  # noqa: ANN401 - a field's own type
    if name not in _NAMES:
        allowed = ", ".join(sorted(_NAMES))
        message = f"{file}: {name} is no setting of [form]; allowed: {allowed}"
        raise InputError(message)
    if name == "https":
        fits, allowed = isinstance(value, bool), "true or false"
    elif name in _LISTS:
        fits = isinstance(value, list) and all(isinstance(one, str) for one in value)
        allowed = "a list of texts"
    else:
        fits, allowed = isinstance(value, str), "a text"
    if not fits:
        message = f"{file}: {name} is {value!r}; allowed: {allowed}"
        raise InputError(message)
    return tuple(value) if isinstance(value, list) else value


def _key(file: Path, name: str) -> bytes:
    place = file.parent / name
    try:
        key = place.read_bytes()
    except OSError as error:
        message = f"{file}: key_file {place} cannot be read: {error.strerror or error}"
        raise InputError(message) from error
    if len(key) < _LEAST_KEY_BYTES:
        message = (
            f"{file}: key_file {place} holds {len(key)} bytes; allowed: "
            f"{_LEAST_KEY_BYTES} or more random ones, as of: openssl rand -out FILE 32"
        )
        raise InputError(message)
    if os.name == "posix" and place.stat().st_mode & 0o077:
        message = (
            f"{file}: key_file {place} can be read by others; allowed: by its owner "
            f"alone: chmod 600 {place}"
        )
        raise InputError(message)
    # Of any random bytes, in the form that the seal takes.
    return base64.urlsafe_b64encode(hashlib.sha256(key).digest())
