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


@dataclass(frozen=True, slots=True)
class _Seen:
    """What a look at the registry found: the log says so."""

    gone: frozenset[str]
    line: str  # digest of the log's last line
    at: float


@dataclass(frozen=True, slots=True)
class _Answer:
    """What was answered last about one study, and when."""

    left: Left
    at: float
    seen: _Seen | None = None


_ANSWERS: Final[dict[tuple[str, str], _Answer]] = {}
_TURN: Final = threading.Lock()
# Nothing changes without a line but by the clock, and consents end by the day.
_UNCHANGED_S: Final = 120.0


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
        made = _ask(store, registry_id, registry=registry, last=last, spare=recent_s)
        _ANSWERS[key] = made
        return made.left


def _ask(
    store: Store,
    registry_id: str,
    *,
    registry: Door | str | Path | None,
    last: _Answer | None,
    spare: float,
) -> _Answer:
    seen = None if last is None else last.seen
    count = len(store.cameras.camera_id)
    try:
        with the_door(registry) as door:
            _check_same(door, registry_id)
            if spare <= 0.0 or seen is None or not _is_unchanged(door, seen):
                seen = _look(door, store, seen)
    except (RegistryError, InputError, OSError) as error:
        known = frozenset() if seen is None else seen.gone
        said = str(error).rstrip(".")
        return _Answer(Left(known, count, said), time.monotonic(), seen)
    return _Answer(Left(seen.gone, count), time.monotonic(), seen)


def _check_same(door: Door, registry_id: str) -> None:
    if door.registry.registry_id != registry_id:
        message = (
            "the registry here is not the one that the study was made from; name that "
            "one in COVERAGEKIT_REGISTRY"
        )
        raise RegistryError(message)


def _is_unchanged(door: Door, seen: _Seen) -> bool:
    """Tell whether nothing was written since: a whole city takes a second to ask."""
    if time.monotonic() - seen.at > _UNCHANGED_S:
        return False
    with door.registry.read() as connection:
        return last_entry(connection)[2] == seen.line


def _look(door: Door, store: Store, before: _Seen | None) -> _Seen:
    ids = store.cameras.camera_id
    asked = frozenset(ids[row] for row in range(len(ids)))
    began = time.monotonic()
    with door.registry.read() as connection:
        # Any clock will do: at worst one more is left out, and nothing is ended.
        _, at, line = last_entry(connection)
        now = door.registry.clock().astimezone(UTC)
        now = now if at is None else max(now, at)
        gone = asked - listed_ids(connection, now)
    if before is None or gone != before.gone:
        with door.registry.write() as connection:
            is_alone = last_entry(connection)[2] == line
            append(connection, _line(asked, gone))
            # What was written in between was not looked at.
            line = last_entry(connection)[2] if is_alone else line
    return _Seen(gone, line, began)


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
