"""The cameras as a study may know them: tiers from consent, no contact and no feed."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import case, select

from coveragekit import model
from coveragekit.registry.consent import effective_state_column
from coveragekit.registry.consent_rules import tier_of
from coveragekit.registry.schema import camera, consent, health, owner, site
from coveragekit.registry.written_status import names_status

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import ColumnElement, Connection, Row, Select

__all__ = ["camera_columns", "listed_ids", "tier"]

# Columns of the model's table that are not columns of the registry's own.
_DERIVED: Final = ("access", "owner_id")
_NEWS: Final = timedelta(hours=24)


def tier(*, state: str | None, owner_kind: str | None, planned: bool) -> str | None:
    """
    Give what a camera counts as, from its owner's consent.

    Parameters
    ----------
    state
        State of the consent by the clock; ``None`` where there is none.
    owner_kind
        Kind of its owner; the agency's own cameras need no consent of another.
    planned
        Whether it is not built yet.

    Returns
    -------
    str or None
        ``"public"``, ``"registered"``, ``"integrated"`` or ``"planned"``; ``None``
        where it has to be left out: withdrawn, expired, suspended, or never agreed to.

    Examples
    --------
    >>> tier(state="integrated", owner_kind="business", planned=False)
    'integrated'
    >>> tier(state="withdrawn", owner_kind="business", planned=True) is None
    True
    """
    agreed = None if state is None else tier_of(state)
    if state not in {None, "invited"} and agreed is None:
        return None
    if planned:
        return "planned"
    if owner_kind == "agency" and state != "invited":
        return "public"
    return agreed


def camera_columns(
    connection: Connection, now: datetime
) -> tuple[dict[str, list[Any]], int]:
    """
    Give the cameras as the columns of the model's table, without a table library.

    Parameters
    ----------
    connection
        A connection to the registry.
    now
        The present; consent is that of this time.

    Returns
    -------
    tuple of dict and int
        The model's columns by name, ``lon`` and ``lat`` in place of the geometry, by
        the cameras' ids; and how many cameras were left out for want of consent.
        Cameras that were taken down are in neither.

    Notes
    -----
    ``status`` and ``last_seen_at`` are what the last look found, unless somebody wrote
    a status into the camera's row after it. What a look found more than a day ago is
    ``"unknown"`` by now: nobody knows whether the camera works still. A look that a
    clock which ran ahead dated after the present counts as none.
    """
    names = [name for name in model.table("cameras").columns if name not in _DERIVED]
    rows = connection.execute(_query(names, now, *_looks())).all()
    tiers = [
        tier(state=row.state, owner_kind=row.owner_kind, planned=bool(row.planned))
        for row in rows
    ]
    kept = [(row, one) for row, one in zip(rows, tiers, strict=True) if one is not None]
    columns: dict[str, list[Any]] = {
        name: [getattr(row, name) for row, _ in kept]
        for name in (*names, "owner_id", "lon", "lat")
    }
    columns["access"] = [one for _, one in kept]
    works = [_works(row, now) for row, _ in kept]
    columns["status"] = [status for status, _ in works]
    columns["last_seen_at"] = [seen_at for _, seen_at in works]
    columns["assumed"] = [cell or [] for cell in columns["assumed"]]
    return columns, len(rows) - len(kept)


def _looks() -> tuple[ColumnElement[Any], ...]:
    """Name what the last look at a camera found, and what was written after it."""
    later = camera.c.changed_at > health.c.probed_at
    return (
        health.c.status.label("found"),
        health.c.probed_at,
        health.c.last_seen_at.label("found_at"),
        case((later, camera.c.changed_what)).label("written_later"),
    )


def _works(row: Row[Any], now: datetime) -> tuple[str, datetime | None]:
    """Say whether a camera works, and when that was last seen."""
    if row.probed_at is None or row.probed_at > now:
        return row.status, row.last_seen_at
    seen = [one for one in (row.last_seen_at, row.found_at) if one is not None]
    seen_at = max(seen, default=None)
    is_told_later = names_status(row.written_later) or (
        row.last_seen_at is not None and row.last_seen_at > row.probed_at
    )
    if is_told_later:
        return row.status, seen_at
    return row.found if now - row.probed_at <= _NEWS else "unknown", seen_at


def listed_ids(connection: Connection, now: datetime) -> frozenset[str]:
    """
    Give the cameras that a study may know of, by their ids alone.

    Parameters
    ----------
    connection
        A connection to the registry.
    now
        The present; consent is that of this time.

    Returns
    -------
    frozenset of str
        The ids that :func:`camera_columns` lists.
    """
    rows = connection.execute(_query(("camera_id",), now)).all()
    return frozenset(
        row.camera_id
        for row in rows
        if tier(state=row.state, owner_kind=row.owner_kind, planned=bool(row.planned))
    )


def _query(
    names: Sequence[str], now: datetime, *more: ColumnElement[Any]
) -> Select[Any]:
    asked = (
        select(
            *(camera.c[name] for name in (*names, "lon", "lat", "planned")),
            site.c.owner_id,
            owner.c.kind.label("owner_kind"),
            effective_state_column(now).label("state"),
            *more,
        )
        .select_from(camera)
        .outerjoin(site, site.c.site_id == camera.c.site_id)
        .outerjoin(owner, owner.c.owner_id == site.c.owner_id)
        .outerjoin(consent, consent.c.camera_id == camera.c.camera_id)
        .where(camera.c.removed_at.is_(None))
        .order_by(camera.c.camera_id)
    )
    if not more:
        return asked
    return asked.outerjoin(health, health.c.camera_id == camera.c.camera_id)
