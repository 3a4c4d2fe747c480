"""Whether a kept file is still the one that was kept, and what the log says of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from coveragekit.access.watching import read_audit
from coveragekit.feeds.verifying import verify_clip

if TYPE_CHECKING:
    from collections.abc import Iterator

    from coveragekit.access.door import Door
    from coveragekit.access.people import Purpose, User
    from coveragekit.registry.audit import Written

__all__ = ["Proof", "verify"]

_ACTIONS: Final = {"still": "snapshot", "clip": "clip"}
_PAGE: Final = 10_000
_COMPARED: Final = {
    "sha256": "the file is not the one that was logged",
    "sidecar_sha256": "the account is not the one that was logged",
    "stream_sha256": "the pictures are not the ones that were logged",
}


@dataclass(frozen=True, slots=True)
class Proof:
    """
    What checking a kept file has shown.

    Parameters
    ----------
    is_intact
        Whether nothing differs from the account, nor from the log where it was asked.
    reasons
        What differs, in words; empty where nothing does.
    account
        The account beside the file.
    sidecar_sha256
        SHA-256 of the account itself.
    seq
        The log's line; ``None`` where the log was not asked or has none.
    """

    is_intact: bool
    reasons: tuple[str, ...]
    account: dict[str, Any] = field(repr=False)
    sidecar_sha256: str
    seq: int | None = None


def verify(
    path: str | Path,
    *,
    user: User | None = None,
    purpose: Purpose | None = None,
    registry: Door | None = None,
) -> Proof:
    """
    Check a kept still or clip against the account beside it, and against the log.

    Parameters
    ----------
    path
        The still or clip.
    user, purpose
        Who asks the log and what for; that is a line of its own.
    registry
        The door; without it the account alone is asked.

    Returns
    -------
    Proof
        Whether it is intact, and if not, why.

    Raises
    ------
    InputError
        There is no such file, or no usable account beside it.
    AccessRefused
        The log may not be read.

    Notes
    -----
    Whoever can change the file can change the account as well; the log they cannot
    change unnoticed.
    """
    place = Path(path)
    found = verify_clip(place)
    reasons, seq = list(found.reasons), None
    if registry is not None and user is not None and purpose is not None:
        lines = _logged(found.account, user, purpose, registry=registry)
        line = _fitting(lines, place.name, found.sidecar_sha256)
        if line is None:
            reasons.append("the log has no line of it")
        else:
            seq = line.seq
            told = dict(found.account) | {"sidecar_sha256": found.sidecar_sha256}
            logged = line.entry.parameters
            reasons += [
                words
                for name, words in _COMPARED.items()
                if name in logged and logged[name] != told.get(name)
            ]
    return Proof(not reasons, tuple(reasons), found.account, found.sidecar_sha256, seq)


def _logged(
    account: dict[str, Any], user: User, purpose: Purpose, *, registry: Door
) -> Iterator[Written]:
    """Give the lines of the log in which something of the camera was kept."""
    after = 0
    while True:
        lines = read_audit(
            user,
            purpose,
            registry=registry,
            after_seq=after,
            limit=_PAGE,
            action=_ACTIONS.get(account["kind"], "clip"),
            object_id=account["camera_id"],
            result="done",
        )
        yield from lines
        if len(lines) < _PAGE:
            return
        after = lines[-1].seq


def _fitting(lines: Iterator[Written], name: str, account: str) -> Written | None:
    """Choose the line of this export: one time can be kept in several folders."""
    last = None
    for one in lines:
        told = one.entry.parameters
        if told.get("file") != name:
            continue
        last = one
        if told.get("sidecar_sha256") == account:
            break
    return last
