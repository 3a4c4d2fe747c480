"""Read from the registry what a decision counts on."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import bindparam, func, or_, select

from coveragekit.access.questions import Agreement, Camera, Listed, Share
from coveragekit.access.recording import latest_time
from coveragekit.registry.consent import effective_state_column
from coveragekit.registry.schema import app_user, camera, consent, owner, share, site
from coveragekit.registry.users import user_named

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection, Row, Select

    from coveragekit.access.people import User
    from coveragekit.access.questions import Question

__all__ = ["about", "about_each", "cameras_asked", "listed_as", "lists_people"]

_LONGEST: Final = 200
_SHARES: Final[Select[Any]] = (
    select(share)
    .where(
        or_(
            share.c.camera_id.in_(bindparam("cameras", expanding=True)),
            share.c.site_id.in_(bindparam("sites", expanding=True)),
        ),
        or_(share.c.to_name == bindparam("name"), share.c.to_role == bindparam("role")),
        share.c.revoked_at.is_(None),
    )
    .order_by(share.c.share_id)
)
_LISTED: Final[Select[Any]] = select(app_user.c.role, app_user.c.active).where(
    func.lower(app_user.c.name) == func.lower(bindparam("name"))
)


def about(connection: Connection, question: Question) -> Question:
    """
    Add to a question what counts of the one who asks, and the latest time known.

    Parameters
    ----------
    connection
        A connection to the registry.
    question
        Who asks for what.

    Returns
    -------
    Question
        It is about no camera yet.
    """
    return replace(
        question,
        latest=latest_time(connection, question.now, action=question.action),
        listed=listed_as(connection, question.user),
        lists_people=lists_people(connection),
    )


def about_each(
    connection: Connection, question: Question, camera_ids: Sequence[str | None]
) -> list[Question]:
    """
    Make of one question the same about each of several cameras.

    Parameters
    ----------
    connection
        A connection to the registry.
    question
        Who asks for what.
    camera_ids
        The cameras; ``None`` for a question that is about none.

    Returns
    -------
    list of Question
        In the order of the cameras, each with what counts of its own.
    """
    asked = about(connection, question)
    named = [one for one in camera_ids if one is not None]
    known = {}
    if named:
        who = question.user
        known = cameras_asked(connection, named, who, at=asked.latest)
    return [replace(asked, camera=known.get(one or "")) for one in camera_ids]


def listed_as(connection: Connection, user: User) -> Listed | None:
    """
    Give how the registry lists a user.

    Parameters
    ----------
    connection
        A connection to the registry.
    user
        Who asks.

    Returns
    -------
    Listed or None
        ``None`` where it does not.
    """
    if user.name.isascii():
        row: Any = connection.execute(_LISTED, {"name": user.name}).first()
    else:
        row = user_named(connection, user.name)
    return None if row is None else Listed(row.role, bool(row.active))


def lists_people(connection: Connection) -> bool:
    """
    Whether the registry lists anybody as a user.

    Parameters
    ----------
    connection
        A connection to the registry.

    Returns
    -------
    bool
        Made by the command line, it lists its first administrator at least.
    """
    return connection.execute(select(app_user.c.user_id).limit(1)).first() is not None


def cameras_asked(
    connection: Connection, camera_ids: Sequence[str], user: User, *, at: datetime
) -> dict[str, Camera]:
    """
    Give what counts of cameras, for one who asks.

    Parameters
    ----------
    connection
        A connection to the registry.
    camera_ids
        Ids; those that are not in the registry are left out.
    user
        Who asks: only what is shared with this one counts.
    at
        The latest time that is known: what has ended by then has ended.

    Returns
    -------
    dict of str to Camera
        By id.
    """
    # What is no id is asked of no database: some choke on it.
    named = [one for one in camera_ids if len(one) <= _LONGEST and one.isprintable()]
    rows = (
        connection.execute(
            _cameras(at.astimezone(UTC).date()), {"cameras": named}
        ).all()
        if named
        else []
    )
    if not rows:
        return {}
    sites = sorted({row.site_id for row in rows if row.site_id is not None})
    asked = {
        "cameras": [row.camera_id for row in rows],
        "sites": sites,
        "name": user.name,
        "role": user.role,
    }
    shared = connection.execute(_SHARES, asked).all()
    return {row.camera_id: _camera(row, shared) for row in rows}


def _camera(row: Row[Any], shared: Sequence[Row[Any]]) -> Camera:
    return Camera(
        row.camera_id,
        row.lon,
        row.lat,
        removed=row.removed_at is not None,
        agency_owned=row.owner_kind == "agency",
        agreement=None if row.state is None else _agreement(row),
        shares=tuple(
            _share(one)
            for one in shared
            if one.camera_id == row.camera_id
            or (one.site_id is not None and one.site_id == row.site_id)
        ),
    )


def _agreement(row: Row[Any]) -> Agreement:
    return Agreement(
        row.state,
        row.state_at,
        live=bool(row.scope_live),
        recorded=bool(row.scope_recorded),
        ptz=bool(row.scope_ptz),
        hours=row.hours,
        emergencies_only=bool(row.emergencies_only),
        expires_at=row.expires_at,
    )


def _share(row: Row[Any]) -> Share:
    return Share(
        row.share_id,
        live=bool(row.scope_live),
        recorded=bool(row.scope_recorded),
        ptz=bool(row.scope_ptz),
        from_at=row.from_at,
        to_at=row.to_at,
        emergencies_only=bool(row.emergencies_only),
    )


@lru_cache(maxsize=4)
def _cameras(day: date) -> Select[Any]:
    """
    Ask for what counts of cameras, once put together for each day.

    The state is that of the day's beginning: what a consent rests on ends with a day,
    and its own end is held against the very moment by the decision.
    """
    at = datetime.combine(day, time(), UTC)
    return (
        select(
            camera.c.camera_id,
            camera.c.site_id,
            camera.c.lon,
            camera.c.lat,
            camera.c.removed_at,
            owner.c.kind.label("owner_kind"),
            effective_state_column(at).label("state"),
            consent.c.state_at,
            consent.c.scope_live,
            consent.c.scope_recorded,
            consent.c.scope_ptz,
            consent.c.hours,
            consent.c.emergencies_only,
            consent.c.expires_at,
        )
        .select_from(camera)
        .outerjoin(site, site.c.site_id == camera.c.site_id)
        .outerjoin(owner, owner.c.owner_id == site.c.owner_id)
        .outerjoin(consent, consent.c.camera_id == camera.c.camera_id)
        .where(camera.c.camera_id.in_(bindparam("cameras", expanding=True)))
    )
