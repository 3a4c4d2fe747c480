"""Parts of a camera's picture that nobody is shown."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select
from sqlalchemy.sql.expression import exists

from coveragekit.errors import InputError
from coveragekit.registry import schema
from coveragekit.registry.rows import MOST_ROWS, Rows

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime

    from sqlalchemy import Connection

__all__ = [
    "PictureMask",
    "add_mask",
    "change_mask",
    "get_mask",
    "list_masks",
    "masks_of",
    "masks_of_each",
]

_MOST_CORNERS: Final = 200
_FEWEST_CORNERS: Final = 3
_POINT: Final = 2
_SMALLEST_SHARE: Final = 1e-6


@dataclass(frozen=True, slots=True)
class PictureMask:
    """
    A part of a camera's picture that nobody is shown.

    Parameters
    ----------
    mask_id
        Its id.
    camera_id
        The camera.
    name
        What it hides, in words.
    ring
        Corners ``[[x, y], ...]`` as shares of the picture's width and height, from its
        upper left; not closed.
    style
        ``"solid"`` or ``"pixels"``.
    removed_at
        When it was taken away; such a mask hides nothing.
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

    mask_id: str
    camera_id: str
    name: str | None
    ring: list[list[float]]
    style: str
    removed_at: datetime | None
    revision: int
    made_at: datetime
    changed_at: datetime
    changed_by: str
    changed_what: list[str] | None


def _check(row: PictureMask) -> None:
    ring: object = row.ring  # as it came: the database keeps any JSON
    if not isinstance(ring, list) or not _FEWEST_CORNERS <= len(ring) <= _MOST_CORNERS:
        seen = len(ring) if isinstance(ring, list) else type(ring).__name__
        message = (
            f"a mask has {_FEWEST_CORNERS} to {_MOST_CORNERS} corners [x, y]; "
            f"seen: {seen}"
        )
        raise InputError(message)
    for corner in ring:
        if not _is_corner(corner):
            message = (
                f"a corner of a mask is {str(corner)[:60]}; allowed: [x, y], each a "
                "share of the picture from 0 to 1, from its upper left"
            )
            raise InputError(message)
    if _area_share(ring) < _SMALLEST_SHARE:
        message = (
            "the corners of this mask lie (nearly) on one line; it would hide nothing"
        )
        raise InputError(message)


def _is_corner(corner: object) -> bool:
    return (
        isinstance(corner, list)
        and len(corner) == _POINT
        and all(
            isinstance(one, int | float)
            and not isinstance(one, bool)
            and math.isfinite(one)
            and 0.0 <= one <= 1.0
            for one in corner
        )
    )


def _area_share(ring: list[Any]) -> float:
    after = [*ring[1:], ring[0]]
    pairs = zip(ring, after, strict=True)
    return float(abs(sum(x * v - u * y for (x, y), (u, v) in pairs)) / 2)


_MASKS = Rows(schema.picture_mask, PictureMask, check=_check)

get_mask = _MASKS.get
list_masks = _MASKS.page


def add_mask(
    connection: Connection, values: Mapping[str, object], *, by: str
) -> PictureMask:
    """
    Hide a part of a camera's picture.

    Parameters
    ----------
    connection
        From ``Registry.write``.
    values
        Values by the name of their column, at least ``camera_id`` and ``ring``;
        ``style`` is ``"solid"`` where it is not given.
    by
        Name of the user.

    Returns
    -------
    PictureMask
        The mask as it is kept.

    Raises
    ------
    TableError
        Some values cannot be kept; nothing was.
    InputError
        The ring has no area or leaves the picture, the camera is not there, or it
        turns, so that a mask would slide off what it hides.
    """
    camera = schema.camera.c
    turns = exists().where(
        camera.camera_id == str(values.get("camera_id")), camera.kind == "ptz"
    )
    if connection.execute(select(turns)).scalar_one():
        message = (
            "this camera turns, and a mask of its picture would slide off what it "
            "hides; mask it in the camera itself, or have a fixed camera there"
        )
        raise InputError(message)
    return _MASKS.add(connection, {"style": "solid", **values}, by=by)


def change_mask(
    connection: Connection,
    key: str,
    values: Mapping[str, object],
    *,
    revision: int,
    by: str,
) -> PictureMask:
    """
    Change a mask, unless somebody else did in between.

    Parameters
    ----------
    connection
        From ``Registry.write``.
    key
        Its id.
    values
        New values by the name of their column; the others stay.
    revision
        Its revision when the user saw it.
    by
        Name of the user.

    Returns
    -------
    PictureMask
        The mask as it is now.

    Raises
    ------
    ConflictError
        Somebody changed it in between; nothing was overwritten.
    TableError
        Some values cannot be kept; nothing was.
    InputError
        There is no such mask, it would hide nothing, or it would be another camera's.
    """
    if "camera_id" in values:
        message = "a mask stays with its camera; take it away and add one to the other"
        raise InputError(message)
    return _MASKS.change(connection, key, values, revision=revision, by=by)


def masks_of_each(
    connection: Connection, camera_ids: Collection[str]
) -> dict[str, tuple[PictureMask, ...]]:
    """
    Give what of several cameras' pictures nobody is shown.

    Parameters
    ----------
    connection
        From ``Registry.read`` or ``Registry.write``.
    camera_ids
        The cameras.

    Returns
    -------
    dict
        For each camera's id its masks by their ids; those taken away are left out.
    """
    table = schema.picture_mask.c
    where = (table.camera_id.in_(sorted(camera_ids)), table.removed_at.is_(None))
    found: dict[str, tuple[PictureMask, ...]] = dict.fromkeys(camera_ids, ())
    after = None
    while True:
        page = list_masks(connection, *where, after=after, limit=MOST_ROWS)
        for one in page.rows:
            found[one.camera_id] += (one,)
        after = page.after
        if after is None:
            return found


def masks_of(connection: Connection, camera_id: str) -> tuple[PictureMask, ...]:
    """
    Give what of a camera's picture nobody is shown.

    Parameters
    ----------
    connection
        From ``Registry.read`` or ``Registry.write``.
    camera_id
        The camera.

    Returns
    -------
    tuple of PictureMask
        By their ids; those taken away are left out.
    """
    return masks_of_each(connection, [camera_id])[camera_id]
