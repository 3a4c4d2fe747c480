"""Where cameras may be, which ports they use, and where their secrets are kept."""

from __future__ import annotations

import os
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from coveragekit.errors import InputError
from coveragekit.feeds.gate import Gate

__all__ = ["FeedSettings", "read_feed_settings"]

_NAMES: Final = {
    "networks": list,
    "public": bool,
    "ports": list,
    "exempt": list,
    "recordings": str,
    "authorities": str,
    "secrets": str,
    "evidence": str,
}
_MOST_PORT: Final = 65_535


@dataclass(frozen=True, slots=True)
class FeedSettings:
    """
    What this machine may open, and where it keeps what.

    Parameters
    ----------
    gate
        What may be fetched.
    secrets
        Folder of the files that hold logins.
    evidence
        Folder into which clips and stills are kept.
    """

    gate: Gate
    secrets: Path | None = field(default=None, repr=False)
    evidence: Path | None = None


def read_feed_settings(path: str | Path | None = None) -> FeedSettings:
    """
    Read the file that says where cameras may be.

    Parameters
    ----------
    path
        The file; where it is not given, the one that ``COVERAGEKIT_FEEDS`` names. With
        neither, nothing may be opened.

    Returns
    -------
    FeedSettings
        What may be opened. Paths in the file begin at its folder.

    Raises
    ------
    InputError
        The file cannot be read, or something in it is unknown or out of range.

    Notes
    -----
    ``networks`` lists the camera networks, such as ``"10.20.0.0/16"``; ``public`` lets
    cameras have addresses of the internet; ``ports`` replaces the usual ones;
    ``exempt`` lists single ``"address:port"`` that are allowed whatever they are;
    ``recordings``, ``secrets`` and ``evidence`` are folders; ``authorities`` is a file
    of certificates that are trusted too.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = pathlib.Path(folder) / "feeds.toml"
    ...     _ = file.write_text('networks = ["10.20.0.0/16"]')
    ...     read_feed_settings(file).gate.networks
    ('10.20.0.0/16',)
    """
    given = path or os.environ.get("COVERAGEKIT_FEEDS")
    if given is None:
        return FeedSettings(Gate())
    place = Path(given)
    try:
        told = tomllib.loads(place.read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        cause = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        message = f"the feed settings {place} cannot be read: {cause}"
        raise InputError(message) from None
    except tomllib.TOMLDecodeError as error:
        message = f"the feed settings {place} are no TOML: {error}"
        raise InputError(message) from None
    _check(told, place)
    usual = Gate()
    gate = Gate(
        networks=tuple(told.get("networks", ())),
        public=told.get("public", False),
        ports=frozenset(told.get("ports", usual.ports)),
        exempt=frozenset(_pair(one, place) for one in told.get("exempt", ())),
        file_root=_folder(told, "recordings", place),
        authorities=_folder(told, "authorities", place),
    )
    secrets, evidence = (_folder(told, one, place) for one in ("secrets", "evidence"))
    return FeedSettings(gate, secrets, evidence)


def _check(told: dict[str, Any], place: Path) -> None:
    for name, value in told.items():
        kind = _NAMES.get(name)
        if kind is None:
            message = (
                f"{place} says {name!r}, which is no feed setting; allowed: "
                f"{', '.join(_NAMES)}"
            )
            raise InputError(message)
        if not isinstance(value, kind):
            words = {list: "a list", bool: "true or false", str: "a path"}[kind]
            message = f"{name} in {place} is {value!r}; allowed: {words}"
            raise InputError(message)
    for name in ("networks", "exempt"):
        wrong = [one for one in told.get(name, ()) if not isinstance(one, str)]
        if wrong:
            message = f"{name} in {place} holds {wrong[0]!r}; allowed: texts"
            raise InputError(message)
    for port in told.get("ports", ()):
        if type(port) is not int or not 0 < port <= _MOST_PORT:
            message = f"ports in {place} holds {port!r}; allowed: 1 to {_MOST_PORT}"
            raise InputError(message)


def _pair(said: str, place: Path) -> tuple[str, int]:
    host, _, port = said.rpartition(":")
    if not port.isdigit() or not 0 < int(port) <= _MOST_PORT:
        message = (
            f"exempt in {place} holds {said!r}; allowed: an IP address and a port, "
            "such as 127.0.0.1:8090"
        )
        raise InputError(message)
    return host.strip("[]"), int(port)


def _folder(told: dict[str, Any], name: str, place: Path) -> Path | None:
    said = told.get(name)
    return None if said is None else (place.parent / said).resolve()
