"""Whether somebody wrote a camera's status after the last look at it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import select

from coveragekit.registry.schema import camera, health

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Connection

__all__ = ["changed_columns", "names_status"]

_STATUS: Final = "status"
# in what a row says of its last change: the status was written before that change, and
# nobody has looked at the camera since
_BEFORE: Final = "status before"


def names_status(what: Iterable[str] | None) -> bool:
    """
    Say whether a status was written by a change, or before it and after the last look.

    Parameters
    ----------
    what
        What a camera's row says was changed last.

    Returns
    -------
    bool
        Whether it was.

    Examples
    --------
    >>> names_status(["name", "status before"]), names_status(["name"])
    (True, False)
    """
    return not {_STATUS, _BEFORE}.isdisjoint(what or ())


def changed_columns(
    connection: Connection, camera_id: str, columns: Iterable[str]
) -> list[str]:
    """
    Give what a change of a camera's row leaves in it as changed.

    Parameters
    ----------
    connection
        From ``Registry.write``, before the change.
    camera_id
        The camera.
    columns
        What is changed.

    Returns
    -------
    list of str
        The columns, sorted; ``"status before"`` besides, where somebody wrote a status
        after the last look and this change does not touch it: a row tells of its last
        change alone, and what was written would be forgotten.
    """
    told = sorted(columns)
    if _STATUS in told:
        return told
    query = (
        select(camera.c.changed_what)
        .join(health, health.c.camera_id == camera.c.camera_id)
        .where(
            camera.c.camera_id == camera_id,
            camera.c.changed_at > health.c.probed_at,
        )
    )
    is_kept = names_status(connection.execute(query).scalar_one_or_none())
    return [*told, _BEFORE] if is_kept else told
