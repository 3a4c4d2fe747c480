"""After a restore: nobody is let in whom an owner shut out since the backup."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Column, insert, select, update

from coveragekit.errors import InputError
from coveragekit.registry.audit import Entry, append
from coveragekit.registry.camera_list import tier
from coveragekit.registry.consent import effective_state_column, move
from coveragekit.registry.consent_rules import consent_machine
from coveragekit.registry.erasing import erase_owner
from coveragekit.registry.opening import now, registry_id
from coveragekit.registry.request_rows import close_unanswered
from coveragekit.registry.schema import (
    app_user,
    authority,
    camera,
    consent,
    consent_event,
    feed,
    owner,
    picture_mask,
    privacy_zone,
    prospect,
    share,
    submission,
)
from coveragekit.registry.users import add_user

if TYPE_CHECKING:
    from sqlalchemy import Connection, Row, Table

    from coveragekit.registry.consent_rules import Act

__all__ = ["CarriedOver", "carry_over"]

# Rows of which the former registry's last word holds: who was dismissed, where no
# camera may look, whom not to call again, whose form was taken back.
_WHOLE: Final = (app_user, privacy_zone, prospect, submission, feed, picture_mask)
# What shuts a door.
_SHUT: Final = (authority.c.to_on, share.c.revoked_at, camera.c.removed_at)

# A sentence a line: what was lost, and what to do about it.
_NOBODY_KNOWS: Final = """\
every consent is paused ({paused:,}), for nobody can tell who withdrew: ask the owners
nobody but {name} may sign on ({others:,} users): let in again who was not dismissed
every share has ended ({ended:,}): give anew what still holds
owners who were erased since the backup are back: erase them again
privacy zones and masks drawn since are gone: draw them before anybody looks
forms decided or taken back since wait again: ask before you accept one
places not to be called again may be missing from the prospects: ask before you call
"""


@dataclass(frozen=True, slots=True)
class CarriedOver:
    """
    What was made good after a restore.

    Parameters
    ----------
    consents
        Cameras whose consent was brought to where the former registry had it.
    erased
        Owners who were erased again.
    shut
        How many authorities, shares and cameras were ended again, and how many users,
        privacy zones, prospects and forms brought to where the former had them.
    suspended
        Cameras whose consent was paused until somebody asked the owner.
    dismissed
        Users who may not sign on until an administrator has looked at them.
    words
        What could not be known or brought over, and what to do about it.
    """

    consents: tuple[str, ...] = ()
    erased: tuple[str, ...] = ()
    shut: int = 0
    suspended: tuple[str, ...] = ()
    dismissed: tuple[str, ...] = ()
    words: tuple[str, ...] = ()


def carry_over(
    connection: Connection, former: Connection | None, *, act: Act, reason: str
) -> CarriedOver:
    """
    Have a registry from a backup keep what owners decided after the backup.

    Parameters
    ----------
    connection
        A connection that writes to the registry from the backup.
    former
        A connection that reads the registry as it was before; ``None`` where it is
        gone. Then every consent in force is paused by the agency, every share ends and
        nobody but who restores may sign on: nobody can tell which owner withdrew, which
        share was taken back and who was dismissed.
    act
        Who restores; its side is the agency's.
    reason
        Why, for the history of each paused consent, such as the date of the backup.

    Returns
    -------
    CarriedOver
        What was made good.

    Raises
    ------
    InputError
        The former is another registry.

    Notes
    -----
    Brought over are consents with their history and receipts, erasures, the ends of
    authorities, shares and cameras, whose feed is whose, which owner is the agency no
    more, users as they are now (dismissed ones too), privacy zones, masks, prospects
    and forms. What an owner who left was asked for is closed. Owners and cameras that
    were added since are not brought; the words say how many.
    """
    if former is None:
        done = _fail_closed(connection, act, reason)
    else:
        if registry_id(former) != registry_id(connection):
            message = (
                "the former registry is another one, not that of the backup; name the "
                "one that the backup was made of"
            )
            raise InputError(message)
        consents = _bring_consents(connection, former, act)
        shut = sum(_bring_ends(connection, former, end=one) for one in _SHUT)
        shut += sum(_bring_rows(connection, former, table) for table in _WHOLE)
        shut += _bring_feeds(connection, former)
        shut += _bring_kinds(connection, former)
        erased = _erase_again(connection, former, act)
        words = _left_behind(connection, former)
        done = CarriedOver(consents, erased, shut, words=words)
    entry = Entry(
        actor=act.name,
        role=act.role,
        kind="human",
        action="carry_over",
        object_type="camera",
        object_ids=(*done.consents, *done.suspended),
        parameters={
            "former": former is not None,
            "shut": done.shut,
            "erased": list(done.erased),
            "dismissed": len(done.dismissed),
        },
        rows=len(done.consents) + len(done.suspended),
        result="done",
    )
    append(connection, entry)
    return done


def _fail_closed(connection: Connection, act: Act, reason: str) -> CarriedOver:
    """Shut what may have been shut since, where nobody can tell any more."""
    moment = now(connection)
    stamp = {"changed_at": moment, "changed_by": act.name}
    ended = connection.execute(
        update(share)
        .where(share.c.revoked_at.is_(None))
        .values(revoked_at=moment, revision=share.c.revision + 1, **stamp)
    ).rowcount
    listed = connection.execute(
        select(app_user.c.user_id, app_user.c.name, app_user.c.active)
    ).all()
    mine = act.name.casefold()
    others = [
        one.user_id for one in listed if one.active and one.name.casefold() != mine
    ]
    connection.execute(
        update(app_user)
        .where(app_user.c.user_id.in_(others))
        .values(active=False, revision=app_user.c.revision + 1, **stamp)
    )
    if listed and mine not in {one.name.casefold() for one in listed}:
        # somebody has to be able to let the others in again
        values = {"name": act.name, "role": "administrator", "active": True}
        add_user(connection, values, by=act.name)
    paused = _pause_all(connection, act, reason)
    told = _NOBODY_KNOWS.format(
        paused=len(paused), name=act.name, others=len(others), ended=ended
    )
    words = tuple(told.splitlines())
    return CarriedOver(suspended=paused, dismissed=tuple(others), words=words)


def _left_behind(connection: Connection, former: Connection) -> tuple[str, ...]:
    """Say what the former registry has besides, and this one has not."""
    words = []
    for key in (owner.c.owner_id, camera.c.camera_id):
        more = len(_keys(former, key) - _keys(connection, key))
        if more:
            noun = key.table.name if more == 1 else f"{key.table.name}s"
            words.append(f"not in it, for the backup is older: {more:,} {noun}")
    return tuple(words)


def _bring_feeds(connection: Connection, former: Connection) -> int:
    """Bring which feed is whose, and which cameras are their maker's cloud's alone."""
    table = camera.c
    names = (table.camera_id, table.feed_ref, table.cloud_only)
    mine = {row.camera_id: row for row in connection.execute(select(*names)).all()}
    other = [
        row
        for row in former.execute(select(*names)).all()
        if row.camera_id in mine and tuple(row) != tuple(mine[row.camera_id])
    ]
    # first all names are taken off: two cameras may have changed places
    for row in other:
        connection.execute(
            update(camera).where(table.camera_id == row.camera_id).values(feed_ref=None)
        )
    for row in other:
        values = {"feed_ref": row.feed_ref, "cloud_only": row.cloud_only}
        connection.execute(
            update(camera).where(table.camera_id == row.camera_id).values(values)
        )
    return len(other)


def _bring_kinds(connection: Connection, former: Connection) -> int:
    """Have nobody be the agency again who is it no more."""
    is_agency = owner.c.kind == "agency"
    mine = set(connection.execute(select(owner.c.owner_id).where(is_agency)).scalars())
    brought = 0
    query = select(owner.c.owner_id, owner.c.kind).where(~is_agency)
    for owner_id, kind in former.execute(query).all():
        if owner_id in mine:
            of = owner.c.owner_id == owner_id
            connection.execute(update(owner).where(of).values(kind=kind))
            brought += 1
    return brought


def _pause_all(connection: Connection, act: Act, reason: str) -> tuple[str, ...]:
    moment = now(connection)
    query = (
        select(consent.c.camera_id, effective_state_column(moment))
        .join_from(consent, camera, consent.c.camera_id == camera.c.camera_id)
        .where(camera.c.removed_at.is_(None))
        .order_by(consent.c.camera_id)
    )
    in_force = [
        camera_id
        for camera_id, state in connection.execute(query).all()
        if tier(state=state, owner_kind=None, planned=False) is not None
    ]
    told = replace(act, reason=reason)
    for camera_id in in_force:
        move(connection, camera_id, "suspended", act=told)
    return tuple(in_force)


def _bring_consents(
    connection: Connection, former: Connection, act: Act
) -> tuple[str, ...]:
    """Bring each consent to where the former has it, with the events it lacks."""
    there = _by_key(connection, consent.c.camera_id, consent.c.revision)
    standing = _keys(connection, camera.c.camera_id)
    known = _keys(connection, consent_event.c.event_id)
    brought = []
    for row in former.execute(select(consent).order_by(consent.c.camera_id)).all():
        if row.camera_id not in standing or there.get(row.camera_id) == row.revision:
            continue
        brought.append(row.camera_id)
        of = consent.c.camera_id == row.camera_id
        if row.camera_id in there:
            values = _named(consent, row)
            del values["consent_id"]
            connection.execute(update(consent).where(of).values(values))
        else:
            connection.execute(insert(consent).values(_named(consent, row)))
        mine = connection.execute(select(consent.c.consent_id).where(of)).scalar_one()
        events = select(consent_event).where(
            consent_event.c.consent_id == row.consent_id
        )
        for event in former.execute(events.order_by(consent_event.c.number)).all():
            if event.event_id not in known:
                values = {**_named(consent_event, event), "consent_id": mine}
                connection.execute(insert(consent_event).values(values))
        if consent_machine().states[row.state].is_end:
            left = replace(act, reason="The owner has left.")
            close_unanswered(connection, row.camera_id, act=left, now=now(connection))
    return tuple(brought)


def _bring_ends(connection: Connection, former: Connection, *, end: Column[Any]) -> int:
    """End again what the former registry had ended."""
    table = end.table
    key = table.columns[f"{table.name}_id"]
    mine = _by_key(connection, key, end)
    brought = 0
    for one, at in former.execute(select(key, end).where(end.is_not(None))).all():
        if one in mine and mine[one] != at:
            connection.execute(update(table).where(key == one).values({end.name: at}))
            brought += 1
    return brought


def _bring_rows(connection: Connection, former: Connection, table: Table) -> int:
    """Bring rows to where the former has them; zones and masks that it has besides."""
    key = next(iter(table.primary_key.columns))
    mine = _by_key(connection, key, table.c.revision)
    standing = _keys(connection, camera.c.camera_id)
    owners = _keys(connection, owner.c.owner_id)
    brought = 0
    for row in former.execute(select(table).order_by(key)).all():
        values = _named(table, row)
        one = values[key.name]
        if one in mine and mine[one] == values["revision"]:
            continue
        if table is submission and values["owner_id"] not in {None, *owners}:
            continue  # its owner was made since: it waits to be accepted again
        if one in mine:
            connection.execute(update(table).where(key == one).values(values))
        elif table is privacy_zone or (
            table is picture_mask and values["camera_id"] in standing
        ):
            connection.execute(insert(table).values(values))
        else:
            continue
        brought += 1
    return brought


def _erase_again(
    connection: Connection, former: Connection, act: Act
) -> tuple[str, ...]:
    gone = owner.c.erased_at.is_not(None)
    erased = former.execute(select(owner.c.owner_id).where(gone)).scalars().all()
    here = select(owner.c.owner_id).where(owner.c.erased_at.is_(None))
    still = set(connection.execute(here).scalars()) & set(erased)
    for owner_id in sorted(still):
        erase_owner(connection, owner_id, act=act)
    return tuple(sorted(still))


def _named(table: Table, row: Row[Any]) -> dict[str, Any]:
    return dict(zip([column.name for column in table.columns], row, strict=True))


def _keys(connection: Connection, key: Column[Any]) -> set[str]:
    return set(connection.execute(select(key)).scalars())


def _by_key(
    connection: Connection, key: Column[Any], value: Column[Any]
) -> dict[str, Any]:
    return {row[0]: row[1] for row in connection.execute(select(key, value)).all()}
