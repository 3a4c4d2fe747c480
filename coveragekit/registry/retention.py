"""What is kept for how long: rules as data, a dry run, and the purge."""

from __future__ import annotations

import hashlib
import tomllib
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import and_, case, func, or_, select

from coveragekit.errors import InputError
from coveragekit.registry import audit, schema
from coveragekit.registry.column_types import UtcTime
from coveragekit.registry.consent import effective_state_column, run_clock
from coveragekit.registry.consent_rules import consent_machine
from coveragekit.registry.erasing import erase_owner
from coveragekit.registry.opening import now as clock_time

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Column, ColumnElement, Connection, Select, Table

    from coveragekit.registry.consent_rules import Act

__all__ = ["Purge", "Rule", "due_purges", "parse_rules", "purge", "retention_rules"]

ACTIONS: Final = ("erase", "delete", "blank")
TABLES: Final = (
    *("owner", "request", "request_event", "received_file"),
    *("call", "submission", "prospect"),
)
_KEYS: Final = {
    *("name", "words", "table", "since", "after_days", "action"),
    *("columns", "set", "where"),
}
_NEEDED: Final = ("name", "words", "table", "since", "after_days", "action")
_AT_ONCE: Final = 500
_LONGEST_DAYS: Final = 36_500
_LEFT: Final = "left_at"


@dataclass(frozen=True, slots=True)
class Rule:
    """
    One rule.

    Parameters
    ----------
    name
        Its name.
    words
        What it does, as a sentence.
    table
        The table.
    since
        Column that begins the time; ``"left_at"`` of an owner is when its last camera
        left.
    after_days
        Days after which it applies.
    action
        ``"erase"`` an owner, ``"delete"`` rows, or ``"blank"`` columns.
    columns
        Columns that become empty.
    values
        Columns that get a value.
    where
        Only rows with one of these values, by column.
    """

    name: str
    words: str
    table: str
    since: str
    after_days: float
    action: str
    columns: tuple[str, ...] = ()
    values: Mapping[str, str] = field(default_factory=dict)
    where: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Purge:
    """
    What a rule takes.

    Parameters
    ----------
    rule
        The rule.
    ids
        Ids of the rows.
    """

    rule: Rule
    ids: tuple[str, ...]


@cache
def retention_rules() -> tuple[Rule, ...]:
    """
    Give the rules that come with the package.

    Returns
    -------
    tuple of Rule
        The rules of ``registry/data/retention.toml``.

    Examples
    --------
    >>> [rule.after_days for rule in retention_rules() if rule.table == "owner"]
    [90]
    """
    source = files("coveragekit.registry").joinpath("data", "retention.toml")
    return parse_rules(source.read_text("utf-8"))


def parse_rules(text: str) -> tuple[Rule, ...]:
    """
    Read rules.

    Parameters
    ----------
    text
        TOML in the form of ``registry/data/retention.toml``.

    Returns
    -------
    tuple of Rule
        The rules in order.

    Raises
    ------
    InputError
        If it is no TOML, or a rule names what is not there or may not be purged.

    Examples
    --------
    >>> parse_rules("")
    ()
    """
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        message = f"retention rules: this is no TOML: {error}"
        raise InputError(message) from None
    rules = tuple(_rule(entry) for entry in data.get("rules", ()))
    names = [rule.name for rule in rules]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice or set(data) - {"rules"}:
        strange = [*twice, *sorted(set(data) - {"rules"})]
        message = (
            f"retention rules: twice or unknown: {', '.join(strange)}; "
            "allowed: [[rules]], each name once"
        )
        raise InputError(message)
    return rules


def due_purges(
    connection: Connection,
    rules: Sequence[Rule] | None = None,
    *,
    now: datetime | None = None,
) -> tuple[Purge, ...]:
    """
    Give what the rules would take now, without taking it.

    Parameters
    ----------
    connection
        A connection to the registry.
    rules
        The rules; those of the package where they are not given.
    now
        The present; the registry's own clock where it is not given.

    Returns
    -------
    tuple of Purge
        One for each rule, in order, also where it takes nothing.
    """
    now = now or clock_time(connection)
    chosen = retention_rules() if rules is None else rules
    return tuple(Purge(rule, _due(connection, rule, now)) for rule in chosen)


def purge(
    connection: Connection,
    rules: Sequence[Rule] | None = None,
    *,
    act: Act,
    sure: bool = False,
) -> tuple[Purge, ...]:
    """
    Take what the rules take, with a line of the log for each rule that took something.

    Parameters
    ----------
    connection
        A connection that writes; all goes together or nothing.
    rules
        The rules; those of the package where they are not given.
    act
        Who has it done.
    sure
        Whether the clock is right although the log's last line is long ago.

    Returns
    -------
    tuple of Purge
        What was taken, one for each rule, in order.

    Raises
    ------
    RegistryError
        The clock is far ahead of the log: nothing is erased by a wrong clock.

    Notes
    -----
    What the clock did to consents is written down first.
    """
    run_clock(connection, sure=sure)
    purges = due_purges(connection, rules)
    for one in purges:
        if not one.ids:
            continue
        if one.rule.action == "erase":
            for owner_id in one.ids:
                erase_owner(connection, owner_id, act=act)
        else:
            _take(connection, one, by=act.name)
        _log(connection, one, act)
    return purges


def _log(connection: Connection, one: Purge, act: Act) -> None:
    told = {"rule": one.rule.name, "after_days": one.rule.after_days}
    entry = audit.Entry(
        act.name,
        act.role,
        "system" if act.side == "clock" else "human",
        "retention_purge",
        one.rule.table,
        # of many rows the digest of their ids stands for them
        one.ids if len(one.ids) <= _AT_ONCE else (),
        parameters=told,
        rows=len(one.ids),
        digest=hashlib.sha256("\n".join(one.ids).encode()).hexdigest(),
    )
    audit.append(connection, entry)


def _take(connection: Connection, one: Purge, *, by: str) -> None:
    rule, table = one.rule, _table(one.rule)
    for start in range(0, len(one.ids), _AT_ONCE):
        some = _key(table).in_(one.ids[start : start + _AT_ONCE])
        if rule.action == "delete":
            connection.execute(table.delete().where(some))
            continue
        values: dict[str, Any] = dict.fromkeys(rule.columns) | dict(rule.values)
        if "revision" in table.c:
            values |= {"revision": table.c.revision + 1, "changed_by": by}
            values |= {"changed_at": clock_time(connection)}
            values |= {"changed_what": ["purged"]}
        connection.execute(table.update().where(some).values(**values))


def _due(connection: Connection, rule: Rule, now: datetime) -> tuple[str, ...]:
    before = now - timedelta(days=rule.after_days)
    if rule.action == "erase":
        query = _owners_who_left(before, now)
    else:
        table = _table(rule)
        wanted: list[ColumnElement[bool]] = [
            table.c[name].in_(values) for name, values in rule.where.items()
        ]
        left: list[ColumnElement[bool]] = [
            table.c[name].is_not(None) for name in rule.columns
        ]
        left += [table.c[name] != value for name, value in rule.values.items()]
        if left and rule.action == "blank":
            wanted.append(or_(*left))
        key = _key(table)
        is_old = table.c[rule.since] <= before
        query = select(key).where(and_(is_old, *wanted)).order_by(key)
    return tuple(connection.execute(query).scalars())


def _owners_who_left(before: datetime, now: datetime) -> Select[Any]:
    """
    Select the owners all of whose cameras left before a moment.

    A camera that never had a consent counts from when it was added, an owner without
    cameras from when it was added. The agency is no owner who could leave.
    """
    owner, site, camera = schema.owner, schema.site, schema.camera
    consent = schema.consent
    ends = [name for name, state in consent_machine().states.items() if state.is_end]
    state = effective_state_column(now)
    # what lapsed and is not written down yet has no moment to count from
    is_unwritten = and_(state == "lapsed", consent.c.state != "lapsed")
    lives = and_(consent.c.state.is_not(None), or_(state.not_in(ends), is_unwritten))
    moments: list[ColumnElement[datetime]] = [
        # an end by the clock that nobody wrote down yet began when the time ran out
        func.coalesce(_when(state, consent), consent.c.state_at),
        camera.c.made_at,
    ]
    recent = or_(*(moment > before for moment in moments))
    holds = (
        select(site.c.owner_id)
        .join(camera, camera.c.site_id == site.c.site_id)
        .outerjoin(consent, consent.c.camera_id == camera.c.camera_id)
        .where(and_(site.c.owner_id == owner.c.owner_id, or_(lives, recent)))
    )
    return (
        select(owner.c.owner_id)
        .where(
            owner.c.erased_at.is_(None),
            owner.c.kind != "agency",
            owner.c.made_at <= before,
            ~holds.exists(),
        )
        .order_by(owner.c.owner_id)
    )


def _when(state: ColumnElement[str], consent: Table) -> ColumnElement[Any]:
    is_unwritten = and_(state == "expired", consent.c.state != "expired")
    return case((is_unwritten, consent.c.expires_at))


def _table(rule: Rule) -> Table:
    return schema.metadata.tables[rule.table]


def _key(table: Table) -> Column[Any]:
    return next(iter(table.primary_key.columns))


def _rule(entry: Mapping[str, Any]) -> Rule:
    missing = [key for key in _NEEDED if key not in entry]
    strange = sorted(set(entry) - _KEYS)
    if missing or strange:
        message = (
            f"retention rule {entry.get('name')!r}: missing {missing}, unknown "
            f"{strange}; allowed: {', '.join(sorted(_KEYS))}"
        )
        raise InputError(message)
    rule = Rule(
        name=entry["name"],
        words=entry["words"],
        table=entry["table"],
        since=entry["since"],
        after_days=entry["after_days"],
        action=entry["action"],
        columns=tuple(entry.get("columns", ())),
        values=entry.get("set", {}),
        where={name: tuple(some) for name, some in entry.get("where", {}).items()},
    )
    faults = _faults(rule)
    if faults:
        message = f"retention rule {rule.name!r}: {'; '.join(faults)}"
        raise InputError(message)
    return rule


def _faults(rule: Rule) -> list[str]:
    if rule.table not in TABLES or rule.action not in ACTIONS:
        allowed = f"{', '.join(TABLES)}; {', '.join(ACTIONS)}"
        return [f"table {rule.table!r}, action {rule.action!r}; allowed: {allowed}"]
    if (rule.action == "erase") != (rule.table == "owner"):
        return ["owners are erased, and only owners are"]
    days: object = rule.after_days
    faults: list[str] = []
    is_number = isinstance(days, int | float) and not isinstance(days, bool)
    if not is_number or not 0 <= rule.after_days <= _LONGEST_DAYS:
        allowed = f"allowed: days, 0 to {_LONGEST_DAYS}"
        faults.append(f"after_days {days!r}; {allowed}")
    if rule.action == "erase":
        return faults + ([] if rule.since == _LEFT else [f"since; allowed: {_LEFT}"])
    columns = _table(rule).c
    named = (rule.since, *rule.columns, *rule.values, *rule.where)
    faults += [f"no column {name!r}" for name in named if name not in columns]
    if not faults and not isinstance(columns[rule.since].type, UtcTime):
        faults.append(f"since {rule.since!r} is no time")
    kept = [name for name in rule.columns if name in columns]
    faults += [
        f"{name!r} may not be empty" for name in kept if not columns[name].nullable
    ]
    if (rule.action == "blank") != bool(rule.columns or rule.values):
        faults.append("name columns or set for blank, and for blank alone")
    return faults
