"""The account beside each piece of evidence, and how both appear whole."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import platform
import re
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import av

from coveragekit.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = [
    "SIDECAR",
    "Kept",
    "account_of",
    "file_digest",
    "make_private",
    "name_of",
    "publish",
    "sweep",
]

_LOG = logging.getLogger(__name__)
SIDECAR = ".json"
_FORM = 1
_BLOCK = 1_048_576
_ODD = re.compile(r"[^A-Za-z0-9._-]+")
_READ_ONLY = 0o440
_OWN = 0o600
_DAY_S = 86_400.0
# what is written before it appears, see make_private
_HALF = re.compile(r"\..+\.(mp4|jpg)\.[0-9a-f]{8}\.(part|sidecar)")


@dataclass(frozen=True, slots=True)
class Kept:
    """
    What was written.

    Parameters
    ----------
    path
        The clip or still.
    sidecar
        The account of it.
    sha256
        SHA-256 of the clip or still, hex.
    sidecar_sha256
        SHA-256 of the account, hex: who writes it to a log that cannot be changed
        proves the account as well.
    account
        What stands in the account.
    """

    path: Path
    sidecar: Path
    sha256: str
    sidecar_sha256: str
    account: Mapping[str, Any] = field(default_factory=dict, repr=False)


def account_of(
    camera_id: str, part: Path, *, start_at: datetime, now: datetime
) -> dict[str, Any]:
    """
    Give what every account says.

    Parameters
    ----------
    camera_id
        The camera.
    part
        The file, whole, under another name yet.
    start_at, now
        When it was filmed, and when it is kept.

    Returns
    -------
    dict
        Names and values.

    Raises
    ------
    InputError
        A time without zone.
    """
    versions = {
        name: ".".join(map(str, of)) for name, of in av.library_versions.items()
    }
    return {
        "form": _FORM,
        "camera_id": camera_id,
        "start_at": _utc(start_at),
        "exported_at": _utc(now),
        "bytes": part.stat().st_size,
        "sha256": file_digest(part),
        "tools": {
            "python": platform.python_version(),
            "av": av.__version__,
            **versions,
        },
    }


def file_digest(path: Path) -> str:
    """
    Give a file's SHA-256.

    Parameters
    ----------
    path
        The file.

    Returns
    -------
    str
        Hex.
    """
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()


def _utc(at: datetime) -> str:
    if at.tzinfo is None:
        message = f"a time in evidence needs a zone, and {at} has none"
        raise InputError(message)
    text = at.astimezone(UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")


def name_of(camera_id: str, start_at: datetime, extension: str) -> str:
    """
    Give a file's name by its camera and time.

    Parameters
    ----------
    camera_id
        The camera; what of its id could be a path is replaced.
    start_at
        When it was filmed.
    extension
        What it ends in, without a dot.

    Returns
    -------
    str
        The name.

    Raises
    ------
    InputError
        A time without zone.
    """
    plain = _ODD.sub("_", camera_id).strip("._") or "camera"
    at = re.sub(r"[-:.]", "", _utc(start_at))
    return f"{plain[:80]}_{at}.{extension}"


def make_private(path: Path) -> None:
    """
    Make an empty file that nobody else can read while it is written.

    Parameters
    ----------
    path
        Where; nothing is there yet, and no link is followed.

    Raises
    ------
    InputError
        It cannot be made.
    """
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0)
    try:
        os.close(os.open(path, flags, _OWN))
    except OSError as error:
        message = f"{path.parent} cannot be written to: {error.strerror}"
        raise InputError(message) from None


def sweep(folder: Path, *, older_s: float = _DAY_S) -> int:
    """
    Take away what a program left half written that was ended in the midst.

    Parameters
    ----------
    folder
        Where evidence is kept.
    older_s
        Only what nobody has written to for so long.

    Returns
    -------
    int
        How many files were taken away.

    Notes
    -----
    What cannot be taken away, such as somebody else's, stops nobody's work; the
    program's log names it.
    """
    before_s, taken = time.time() - older_s, 0
    for one in folder.glob(".*"):
        if not _HALF.fullmatch(one.name):
            continue
        try:
            if one.lstat().st_mtime < before_s:
                one.unlink()
                taken += 1
        except FileNotFoundError:
            # another program swept it
            continue
        except OSError as error:
            kind = type(error).__name__
            _LOG.warning("half-written %s cannot be taken away: %s", one.name, kind)
    return taken


def publish(part: Path, path: Path, account: dict[str, Any]) -> Kept:
    """
    Let both files appear, the account last: what has none was never finished.

    Parameters
    ----------
    part
        The file under another name.
    path
        Where it is to be.
    account
        What there is to say of it.

    Returns
    -------
    Kept
        What was written.

    Raises
    ------
    InputError
        There is such a file already.
    """
    sidecar = path.with_name(path.name + SIDECAR)
    account = {"file": path.name, **account}
    text = json.dumps(account, indent=2, ensure_ascii=False, sort_keys=True) + "\n"
    other = part.with_suffix(".sidecar")
    try:
        make_private(other)
        other.write_bytes(text.encode())
        for one in (part, other):
            with one.open("rb+") as file:
                os.fsync(file.fileno())
        _appear(part, path)
        try:
            _appear(other, sidecar)
        except BaseException:
            # a file without its account is no evidence
            path.chmod(_OWN)
            path.unlink()
            raise
        _sync_folder(path.parent)
    finally:
        other.unlink(missing_ok=True)
    digest = hashlib.sha256(text.encode()).hexdigest()
    return Kept(path, sidecar, account["sha256"], digest, account)


def _appear(part: Path, path: Path) -> None:
    taken = f"{path.name} is there already, and evidence is not replaced"
    try:
        # a link refuses to replace what is there already; a rename does not
        os.link(part, path)
    except FileExistsError:
        raise InputError(taken) from None
    except OSError:
        # a file system without links
        if path.exists():
            raise InputError(taken) from None
        part.rename(path)
    part.unlink(missing_ok=True)
    path.chmod(_READ_ONLY)


def _sync_folder(folder: Path) -> None:
    if os.name == "nt":
        # Windows has no handle of a folder that could be synced
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
