"""A place that passes to another owner takes no consent along."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from coveragekit.registry.consent import move, standing_of
from coveragekit.registry.consent_rules import Act, consent_machine, effective
from coveragekit.registry.opening import now as clock_time
from coveragekit.registry.schema import camera

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Connection

    from coveragekit.registry.receipts import Receipt

__all__ = ["cameras_on", "lapse_consents"]


def cameras_on(connection: Connection, site_id: str) -> tuple[str, ...]:
    """
    Give the cameras of a site.

    Parameters
    ----------
    connection
        A connection to the registry.
    site_id
        The site.

    Returns
    -------
    tuple of str
        Their ids, in order.
    """
    query = select(camera.c.camera_id).where(camera.c.site_id == site_id)
    return tuple(connection.execute(query.order_by(camera.c.camera_id)).scalars())


def lapse_consents(
    connection: Connection, camera_ids: Iterable[str], *, by: str, reason: str
) -> tuple[Receipt, ...]:
    """
    End the consents of cameras whose basis goes, before it goes.

    Parameters
    ----------
    connection
        A connection that writes.
    camera_ids
        The cameras.
    by
        Name of the user who changes what they rest on.
    reason
        Why, in words.

    Returns
    -------
    tuple of Receipt
        One for each consent that ended; those that were over already are left.
    """
    now = clock_time(connection)
    act = Act(side="agency", name=by, role="registry", reason=reason)
    machine = consent_machine()
    receipts: list[Receipt] = []
    for camera_id in camera_ids:
        state = effective(standing_of(connection, camera_id, now=now), now).state
        if any(one.to == "lapsed" for one in machine.allowed(state, "agency")):
            receipts.append(move(connection, camera_id, "lapsed", act=act))
    return tuple(receipts)
