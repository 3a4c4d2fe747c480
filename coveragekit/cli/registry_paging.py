"""Who sits at the registry, what for, and all rows of a kind for them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from coveragekit.access import Door, Purpose, User

__all__ = ["Sitting", "Where", "all_rows"]

Where = tuple[str | None, str | None, str | None]
"""Registry, name and role, as the options give them."""
_AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class Sitting:
    """
    Who asks at an open door, and what for.

    Parameters
    ----------
    door
        The registry's door.
    who, asked
        Who asks, and what for.
    """

    door: Door
    who: User
    asked: Purpose


def all_rows(desk: Sitting, kind: str, **equal: object) -> Iterator[Any]:
    """
    Give all rows of a kind.

    Parameters
    ----------
    desk
        Who asks, and what for.
    kind
        What they are.
    **equal
        Columns and the value that they have to have.

    Yields
    ------
    object
        The rows, by their ids.
    """
    from coveragekit import access

    after = None
    while True:
        page = access.list_rows(
            desk.who,
            desk.asked,
            kind,
            after=after,
            limit=_AT_ONCE,
            registry=desk.door,
            **equal,
        )
        yield from page.rows
        after = page.after
        if after is None:
            return
