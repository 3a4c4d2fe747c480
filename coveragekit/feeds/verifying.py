"""Whether a clip or still is still what was exported."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from coveragekit.errors import FeedBroken, InputError
from coveragekit.feeds.accounts import SIDECAR, file_digest
from coveragekit.feeds.clips import stream_digest
from coveragekit.feeds.jpeg import picture_size

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Verdict", "verify_clip"]

_NEEDED = {"file": str, "camera_id": str, "sha256": str, "kind": str, "bytes": int}
_MOST_SIDECAR = 1_048_576


@dataclass(frozen=True, slots=True)
class Verdict:
    """
    What checking a clip or still has shown.

    Parameters
    ----------
    is_intact
        Whether nothing differs from the account.
    reasons
        What differs, in words; empty where nothing does.
    account
        The account as it stands beside the file.
    sidecar_sha256
        SHA-256 of the account itself, to compare with a log's.
    """

    is_intact: bool
    reasons: tuple[str, ...]
    account: dict[str, Any] = field(repr=False)
    sidecar_sha256: str


def verify_clip(path: Path, *, sidecar_sha256: str | None = None) -> Verdict:
    """
    Check a clip or still against the account beside it.

    Parameters
    ----------
    path
        The clip or still.
    sidecar_sha256
        What a log says the account's own digest is, where one does.

    Returns
    -------
    Verdict
        Whether it is intact, and if not, why.

    Raises
    ------
    InputError
        There is no such file, or no usable account beside it.

    Notes
    -----
    Whoever can change the file can change the account too: only a digest kept elsewhere
    proves that it did not happen.
    """
    sidecar = path.with_name(path.name + SIDECAR)
    account = _read_account(path, sidecar)
    reasons = []
    if account["file"] != path.name:
        reasons.append(f"the account is of {account['file']}")
    if path.stat().st_size != account["bytes"]:
        reasons.append(f"it has {path.stat().st_size} bytes, not {account['bytes']}")
    if file_digest(path) != account["sha256"]:
        reasons.append("the file is not the one that was exported")
    own = file_digest(sidecar)
    if sidecar_sha256 is not None and own != sidecar_sha256.lower():
        reasons.append("the account is not the one that was logged")
    reasons += _content(path, account)
    return Verdict(not reasons, tuple(reasons), account, own)


def _content(path: Path, account: dict[str, Any]) -> list[str]:
    reasons = []
    try:
        if account["kind"] == "clip":
            digest, count = stream_digest(path)
            if digest != account.get("stream_sha256"):
                reasons.append("the pictures are not the ones that were exported")
            if count != account.get("pictures"):
                reasons.append(f"{count} pictures, not {account.get('pictures')}")
        else:
            size = picture_size(path.read_bytes())
            if size != (account.get("width_px"), account.get("height_px")):
                reasons.append(f"the picture has {size[0]} x {size[1]} pixels")
    except FeedBroken:
        reasons.append("it cannot be read")
    return reasons


def _read_account(path: Path, sidecar: Path) -> dict[str, Any]:
    if not path.is_file() or not sidecar.is_file():
        missing = path if not path.is_file() else sidecar
        message = f"there is no file {missing.name}"
        raise InputError(message)
    if sidecar.stat().st_size > _MOST_SIDECAR:
        message = f"{sidecar.name} is too large for an account"
        raise InputError(message)
    try:
        account = json.loads(sidecar.read_text("utf-8"))
    except (ValueError, RecursionError):
        account = None
    if not isinstance(account, dict) or not all(
        _is_told(account.get(key), kind) for key, kind in _NEEDED.items()
    ):
        message = f"{sidecar.name} is no account of an export"
        raise InputError(message)
    return account


def _is_told(value: object, kind: type) -> bool:
    """Tell whether a value may stand in an account: what is no text goes nowhere."""
    return isinstance(value, kind) and (kind is not str or str(value).isprintable())
