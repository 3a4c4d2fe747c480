"""Whom the agency shares a camera or a site with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from coveragekit.errors import InputError
from coveragekit.registry import schema
from coveragekit.registry.rows import Rows

if TYPE_CHECKING:
    from datetime import datetime


__all__ = ["Share", "add_share", "change_share", "get_share", "list_shares"]


@dataclass(frozen=True, slots=True)
class Share:
    """
    What another user or role may do, and for how long.

    Parameters
    ----------
    share_id
        Its id.
    camera_id
        Its id.
    site_id
        Its id.
    to_name
        User it is for.
    to_role
        Role it is for.
    scope_live
        Whether live pictures may be seen.
    scope_recorded
        Whether recorded pictures may be seen.
    scope_ptz
        Whether it may be steered.
    from_at
        Since when.
    to_at
        Until when.
    emergencies_only
        Whether in emergencies only.
    revoked_at
        When it was taken back.
    revision
        How often it was changed, from 1; a change names the one it saw.
    made_at
        When it was added.
    changed_at
        When it was last changed.
    changed_by
        Who changed it last.
    changed_what
        Which columns the last change touched.
    """

    share_id: str
    camera_id: str | None
    site_id: str | None
    to_name: str | None
    to_role: str | None
    scope_live: bool
    scope_recorded: bool
    scope_ptz: bool
    from_at: datetime | None
    to_at: datetime | None
    emergencies_only: bool
    revoked_at: datetime | None
    revision: int
    made_at: datetime
    changed_at: datetime
    changed_by: str
    changed_what: list[str] | None


def _check(row: Share) -> None:
    if (row.camera_id is None) == (row.site_id is None):
        message = "a share is of one camera or of one site; give one of them"
        raise InputError(message)
    if (row.to_name is None) == (row.to_role is None):
        message = "a share is for one user or for one role; give one of them"
        raise InputError(message)
    if row.from_at and row.to_at and row.to_at <= row.from_at:
        message = f"a share cannot end ({row.to_at}) before it begins"
        raise InputError(message)


_SHARES = Rows(schema.share, Share, check=_check)

add_share = _SHARES.add
change_share = _SHARES.change
get_share = _SHARES.get
list_shares = _SHARES.page
