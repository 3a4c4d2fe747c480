"""Which cameras of a built study have left the registry that it was made from."""

from __future__ import annotations

import hashlib
import threading
import time
from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING, Any, Final

from coveragekit.access.opening import the_door
from coveragekit.errors import InputError, RegistryError
from coveragekit.registry.audit import Entry, append, last_entry
from coveragekit.registry.camera_list import listed_ids
from coveragekit.study.origin import Left, registry_of

if TYPE_CHECKING:
    from pathlib import Path

    from coveragekit.access.door import Door
    from coveragekit.view import Store

__all__ = ["Left", "left_of"]

_ACTION: Final = "leave_out"
_WHO: Final = "(study)"


@dataclass(slots=True)
class _Answer:
    """What was answered last about one study, and when."""

    left: Left
    at: float
    recorded: frozenset[str] | None = None


_ANSWERS: Final[dict[tuple[str, str], _Answer]] = {}
_TURN: Final = threading.Lock()


def left_of(
    store: Store,
    *,
    registry: Door | str | Path | None = None,
    recent_s: float = 0.0,
) -> Left:
    """
    Give which cameras of a built study have left its registry since.

    Parameters
    ----------
    store
        The study's view store, which remembers the registry that it was built from.
    registry
        A door, or what ``open_door`` takes. Another registry than the study's own is
        never asked.
    recent_s
        How old an answer of this process may be, seconds.

    Returns
    -------
    Left
        Withdrawn, expired, suspended, lapsed and taken down; nothing where the cameras
        are of files. Where the registry cannot be asked it says why, and keeps to what
        it said last.

    Notes
    -----
    Nobody is asked who looks, because nothing is given but what has to be left out. The
    first answer of a process and each that differs from the one before is a line of the
    log; without that line it is not known.
    """
    registry_id = registry_of(store.meta["inputs"])
    if not registry_id:
        return Left()
    key = (str(store.folder), registry_id)
    with _TURN:
        last = _ANSWERS.get(key)
        if last is not None and time.monotonic() - last.at < recent_s:
            return last.left
        made = _ask(store, registry_id, registry=registry, last=last)
        _ANSWERS[key] = made
        return made.left


def _ask(
    store: Store,
    registry_id: str,
    *,
    registry: Door | str | Path | None,
    last: _Answer | None,
) -> _Answer:
    ids = store.cameras.camera_id
    asked = frozenset(ids[row] for row in range(len(ids)))
    recorded = None if last is None else last.recorded
    try:
        gone = _look(asked, registry_id, registry=registry, recorded=recorded)
    except (RegistryError, InputError, OSError) as error:
        known = frozenset() if last is None else last.left.ids
        said = str(error).rstrip(".")
        return _Answer(Left(known, len(asked), said), time.monotonic(), recorded)
    return _Answer(Left(gone, len(asked)), time.monotonic(), gone)


def _look(
    asked: frozenset[str],
    registry_id: str,
    *,
    registry: Door | str | Path | None,
    recorded: frozenset[str] | None,
) -> frozenset[str]:
    with the_door(registry) as door:
        if door.registry.registry_id != registry_id:
            message = (
                "the registry here is not the one that the study was made from; name "
                "that one in COVERAGEKIT_REGISTRY"
            )
            raise RegistryError(message)
        with door.registry.read() as connection:
            # Any clock will do: at worst one more is left out, and nothing is ended.
            _, at, _ = last_entry(connection)
            now = door.registry.clock().astimezone(UTC)
            now = now if at is None else max(now, at)
            gone = asked - listed_ids(connection, now)
        if gone != recorded:
            with door.registry.write() as connection:
                append(connection, _line(asked, gone))
        return gone


def _line(asked: frozenset[str], gone: frozenset[str]) -> Entry:
    told: dict[str, Any] = {"asked": len(asked), "departed": len(gone)}
    digest = hashlib.sha256("\n".join(sorted(gone)).encode("utf-8")).hexdigest()
    return Entry(
        _WHO,
        "system",
        "system",
        _ACTION,
        "camera",
        purpose="planning",
        parameters=told,
        rows=len(gone),
        digest=digest,
    )
