"""Refuse to most people the changes of a row that would open cameras."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from coveragekit.errors import AccessRefused
from coveragekit.registry import schema

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Connection

    from coveragekit.access.answers import Work
    from coveragekit.access.people import User
    from coveragekit.access.policy import Policy

__all__ = ["check_opening"]


def check_opening(
    work: Work, policy: Policy, user: User, *, kind: str, values: Mapping[str, object]
) -> None:
    """
    Refuse to say what would open a camera, to those who may only keep the registry.

    Parameters
    ----------
    work
        The change.
    policy
        Who may do what.
    user
        Who changes the row.
    kind
        What it is.
    values
        What shall be written.

    Raises
    ------
    AccessRefused
        It names a feed, or makes cameras the agency's own, and the role may not.
    """
    names_feed = kind == "camera" and values.get("feed_ref") is not None
    if names_feed and not _may(policy, user, "manage_feeds"):
        # one could hang the feed of one camera on the consent of another
        message = f"the role {user.role} may not say which feed is which camera's"
        raise AccessRefused(message)
    if _may(policy, user, "manage_agency"):
        return
    if _makes_agency(work.connection, kind, values):
        message = f"the role {user.role} may not say what is the agency's own"
        raise AccessRefused(message)


def _may(policy: Policy, user: User, action: str) -> bool:
    rule = policy.rules.get(action)
    return rule is not None and user.role in rule.roles


def _makes_agency(
    connection: Connection, kind: str, values: Mapping[str, object]
) -> bool:
    if kind == "owner":
        return values.get("kind") == "agency"
    query = select(schema.owner.c.kind)
    if kind == "site" and values.get("owner_id"):
        query = query.where(schema.owner.c.owner_id == values["owner_id"])
    elif kind == "camera" and values.get("site_id"):
        query = query.join(
            schema.site, schema.site.c.owner_id == schema.owner.c.owner_id
        ).where(schema.site.c.site_id == values["site_id"])
    else:
        return False
    return connection.execute(query).scalar_one_or_none() == "agency"
