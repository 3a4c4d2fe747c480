"""Which cameras work, since when, and how much of the time they did."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import and_, bindparam, delete, func, insert, select, update

from coveragekit.errors import InputError
from coveragekit.registry import schema
from coveragekit.registry.opening import now

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection

__all__ = [
    "LOOKS_APART",
    "Health",
    "Probe",
    "Stretch",
    "health_of",
    "keep_probes",
    "stretches_of",
]

LOOKS_APART: Final = timedelta(hours=26)
"""Between looks farther apart nobody can tell: a day, and two hours to be late."""
_STATUSES: Final = ("online", "offline", "unknown")
_AT_ONCE: Final = 500
_LATE: Final = timedelta(minutes=1)
_TOLD: Final = (
    "status",
    "fault",
    "first_picture_s",
    "width_px",
    "height_px",
    "codec",
    "is_frozen",
    "is_black",
    "fingerprint",
)


@dataclass(frozen=True, slots=True)
class Probe:
    """
    What one look at a camera found; it holds no picture.

    Parameters
    ----------
    camera_id
        The camera.
    status
        ``"online"``: it gave a picture; ``"offline"``: it did not; ``"unknown"``: it
        could not be asked.
    fault
        What was wrong, as one word; ``None`` where it works. Of one that gave a picture
        a sign: ``"frozen"`` or ``"black"``.
    first_picture_s
        How long the first picture took.
    width_px, height_px, codec
        What it sends.
    is_frozen
        Whether the picture is the one of the last look.
    is_black
        Whether there is nothing in it.
    fingerprint
        64 bits that tell whether the picture changed.
    """

    camera_id: str
    status: str
    fault: str | None = None
    first_picture_s: float | None = None
    width_px: int | None = None
    height_px: int | None = None
    codec: str | None = None
    is_frozen: bool | None = None
    is_black: bool | None = None
    fingerprint: int | None = None


@dataclass(frozen=True, slots=True)
class Health:
    """
    How a camera is.

    Parameters
    ----------
    probe
        What the last look found.
    probed_at
        When that was.
    since_at
        Since when it has been so.
    last_seen_at
        When it last gave a picture; ``None`` where it never did.
    """

    probe: Probe
    probed_at: datetime
    since_at: datetime
    last_seen_at: datetime | None


@dataclass(frozen=True, slots=True)
class Stretch:
    """
    Looks one after the other, never far apart, that found the same.

    Parameters
    ----------
    status, fault
        What they found.
    from_at, to_at
        When the first and the last of them were.
    probes
        How many they are.
    """

    status: str
    fault: str | None
    from_at: datetime
    to_at: datetime
    probes: int


def keep_probes(
    connection: Connection, probes: Sequence[Probe], *, at: datetime
) -> tuple[str, ...]:
    """
    Write down what a round of looks found.

    Parameters
    ----------
    connection
        From ``Registry.write``.
    probes
        What was found, one for each camera.
    at
        When the round was.

    Returns
    -------
    tuple of str
        The cameras whose status is another than before, sorted.

    Raises
    ------
    InputError
        A camera is in it twice or unknown, a status is no such word, or the round is
        before one that was kept.

    Notes
    -----
    What a clock that ran ahead dated after the present counts as never found: it is
    written over.
    """
    _check(connection, probes)
    before = _before(connection, [one.camera_id for one in probes])
    late = sorted(key for key, row in before.items() if row.probed_at > at)
    present = now(connection)
    if present - at <= _LATE or all(before[key].probed_at > present for key in late):
        _forget_after(connection, late, at)
    else:
        message = (
            f"a round at {at} comes before what is kept of camera {late[0]} "
            f"({before[late[0]].probed_at}); look at the clock"
        )
        raise InputError(message)
    rows = [_row(one, before.get(one.camera_id), at) for one in probes]
    known = [row for row in rows if row["camera_id"] in before]
    new = [row for row in rows if row["camera_id"] not in before]
    if new:
        connection.execute(insert(schema.health), new)
    if known:
        table = schema.health
        names = [name for name in known[0] if name != "camera_id"]
        statement = update(table).where(table.c.camera_id == bindparam("of_camera"))
        values: dict[str, Any] = {name: bindparam(f"new_{name}") for name in names}
        filled = [
            {"of_camera": row["camera_id"]}
            | {f"new_{name}": row[name] for name in names}
            for row in known
        ]
        connection.execute(statement.values(values), filled)
    _keep_spans(connection, probes, before, at=at)
    return tuple(
        sorted(
            one.camera_id
            for one in probes
            if one.camera_id not in before or before[one.camera_id].status != one.status
        )
    )


def _forget_after(connection: Connection, ids: Sequence[str], at: datetime) -> None:
    """Take away what a clock that ran ahead dated after a moment."""
    table = schema.health_span.c
    for some in _parts(ids):
        later = and_(table.camera_id.in_(some), table.to_at > at)
        connection.execute(delete(schema.health_span).where(later, table.from_at > at))
        connection.execute(update(schema.health_span).where(later).values(to_at=at))


def _check(connection: Connection, probes: Sequence[Probe]) -> None:
    ids = [one.camera_id for one in probes]
    twice = len(ids) - len(set(ids))
    if twice:
        message = f"{twice} cameras are in this round twice; look at each once"
        raise InputError(message)
    wrong = next((one for one in probes if one.status not in _STATUSES), None)
    if wrong is not None:
        message = (
            f"the status of camera {wrong.camera_id} is {wrong.status!r}; allowed: "
            f"{', '.join(_STATUSES)}"
        )
        raise InputError(message)
    table = schema.camera.c
    there: set[str] = set()
    for some in _parts(ids):
        query = select(table.camera_id).where(table.camera_id.in_(some))
        there |= set(connection.execute(query).scalars())
    unknown = sorted(set(ids) - there)
    if unknown:
        message = f"there is no camera {unknown[0]!r} ({len(unknown)} such); none kept"
        raise InputError(message)


def _before(connection: Connection, ids: Sequence[str]) -> dict[str, Any]:
    table = schema.health.c
    found: dict[str, Any] = {}
    for some in _parts(ids):
        query = select(schema.health).where(table.camera_id.in_(some))
        found |= {row.camera_id: row for row in connection.execute(query)}
    return found


def _parts(ids: Sequence[str]) -> list[Sequence[str]]:
    return [ids[first : first + _AT_ONCE] for first in range(0, len(ids), _AT_ONCE)]


def _row(
    probe: Probe,
    before: Any,  # noqa: ANN401 - a row of the database
    at: datetime,
) -> dict[str, Any]:
    known = before if before is not None and before.probed_at <= at else None
    same = known is not None and known.status == probe.status
    seen = at if probe.status == "online" else getattr(before, "last_seen_at", None)
    told = asdict(probe)
    return {
        "camera_id": probe.camera_id,
        **{name: told[name] for name in _TOLD},
        "probed_at": at,
        "since_at": before.since_at if same else at,
        # of a picture dated after the present nobody knows when it was seen
        "last_seen_at": None if seen is None or seen > at else seen,
    }


def _keep_spans(
    connection: Connection,
    probes: Sequence[Probe],
    before: dict[str, Any],
    *,
    at: datetime,
) -> None:
    """Lengthen the stretch that goes on, or begin another; a long pause ends it."""
    table = schema.health_span
    last = _last_numbers(connection, [one.camera_id for one in probes])
    longer, new = [], []
    for one in probes:
        held = before.get(one.camera_id)
        goes_on = (
            held is not None
            and (held.status, held.fault) == (one.status, one.fault)
            and timedelta() <= at - held.probed_at <= LOOKS_APART
            and one.camera_id in last
        )
        if goes_on:
            longer.append({"of_camera": one.camera_id, "of": last[one.camera_id]})
        else:
            stretch = {"status": one.status, "fault": one.fault, "probes": 1}
            number = last.get(one.camera_id, 0) + 1
            moments = {"from_at": at, "to_at": at}
            key = {"camera_id": one.camera_id, "number": number}
            new.append({**key, **stretch, **moments})
    if longer:
        statement = (
            update(table)
            .where(
                table.c.camera_id == bindparam("of_camera"),
                table.c.number == bindparam("of"),
            )
            .values(to_at=at, probes=table.c.probes + 1)
        )
        connection.execute(statement, longer)
    if new:
        connection.execute(insert(table), new)


def _last_numbers(connection: Connection, ids: Sequence[str]) -> dict[str, int]:
    table = schema.health_span.c
    last: dict[str, int] = {}
    for some in _parts(ids):
        query = (
            select(table.camera_id, func.max(table.number))
            .where(table.camera_id.in_(some))
            .group_by(table.camera_id)
        )
        last |= {row[0]: row[1] for row in connection.execute(query)}
    return last


def stretches_of(
    connection: Connection, camera_ids: Sequence[str]
) -> dict[str, Stretch]:
    """
    Give since when and how often looks at cameras have found what the last one found.

    Parameters
    ----------
    connection
        From ``Registry.read`` or ``Registry.write``.
    camera_ids
        The cameras.

    Returns
    -------
    dict of str to Stretch
        By id; those that nobody looked at are left out.
    """
    table = schema.health_span.c
    found: dict[str, Stretch] = {}
    for some in _parts(camera_ids):
        last = (
            select(table.camera_id, func.max(table.number).label("number"))
            .where(table.camera_id.in_(some))
            .group_by(table.camera_id)
            .subquery()
        )
        query = select(schema.health_span).join(
            last,
            and_(table.camera_id == last.c.camera_id, table.number == last.c.number),
        )
        for row in connection.execute(query):
            found[row.camera_id] = Stretch(
                row.status, row.fault, row.from_at, row.to_at, row.probes
            )
    return found


def health_of(connection: Connection, camera_ids: Sequence[str]) -> dict[str, Health]:
    """
    Give how cameras are.

    Parameters
    ----------
    connection
        From ``Registry.read`` or ``Registry.write``.
    camera_ids
        The cameras.

    Returns
    -------
    dict of str to Health
        By id; those that nobody looked at are left out.
    """
    return {
        camera_id: Health(
            Probe(camera_id, **{name: getattr(row, name) for name in _TOLD}),
            row.probed_at,
            row.since_at,
            row.last_seen_at,
        )
        for camera_id, row in _before(connection, camera_ids).items()
    }
