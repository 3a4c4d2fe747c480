"""What of the registry somebody may find: who left is found by the desk alone."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import ColumnElement, true

from coveragekit.access.reaching import ALWAYS
from coveragekit.registry import schema
from coveragekit.registry.visible import (
    owners_in_sight,
    places_in_sight,
    standing_in_sight,
)

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from coveragekit.access.people import Purpose, User
    from coveragekit.access.policy import Policy

__all__ = ["PRIVATE", "Sight", "bare", "in_sight", "sight_of", "visible"]

PRIVATE: Final = "(a private person)"
"""What stands for the name of a person whom one may not look up."""
_DESK: Final = "change_consent"
_ASKING: Final = "recruitment"
# What of a row is told by an action of its own, by the kind of the row.
_HIDDEN: Final = {
    "contact": ("name", "phone", "email", "best_time"),
    "authority": ("signer",),
}
_NEEDED: Final = frozenset({"signer"})


@dataclass(frozen=True, slots=True)
class Sight:
    """
    How much of the registry somebody may find for a purpose.

    Parameters
    ----------
    is_desk
        Whether this is the desk at work on the registry itself: it finds all there is,
        owners who left among them, and people by their names.
    asks
        Whether it is the desk that asks owners to take part: it finds those too whom
        nobody has asked, or who have not answered.
    """

    is_desk: bool
    asks: bool


def sight_of(policy: Policy, user: User, purpose: Purpose) -> Sight:
    """
    Give how much of the registry somebody may find for a purpose.

    Parameters
    ----------
    policy
        Who may do what.
    user
        Who asks.
    purpose
        What for.

    Returns
    -------
    Sight
        The desk is whoever the policy lets record what owners agree to.

    Examples
    --------
    >>> from coveragekit.access import Purpose, User, read_policy
    >>> sight_of(read_policy(), User("kim", "officer"), Purpose("owner_request"))
    Sight(is_desk=False, asks=False)
    """
    rule = policy.rules.get(_DESK)
    works = rule is not None and user.role in rule.roles
    return Sight(
        is_desk=works and purpose.code in ALWAYS,
        asks=works and purpose.code == _ASKING,
    )


def visible(sight: Sight, at: datetime) -> ColumnElement[bool]:
    """
    Give whether a camera may be found, for a query over many.

    Parameters
    ----------
    sight
        Of who asks.
    at
        The latest time that is known.

    Returns
    -------
    sqlalchemy.ColumnElement
        Over the table ``camera``.
    """
    return true() if sight.is_desk else standing_in_sight(at, asks=sight.asks)


def in_sight(kind: str, sight: Sight, at: datetime) -> tuple[ColumnElement[bool], ...]:
    """
    Give what rows of one kind have to fulfil to be found.

    Parameters
    ----------
    kind
        The table.
    sight
        Of who asks.
    at
        The latest time that is known.

    Returns
    -------
    tuple of sqlalchemy.ColumnElement
        Over that table; empty where all are found.
    """
    if sight.is_desk:
        return ()
    if kind == "camera":
        return (visible(sight, at),)
    if kind in {"site", "recorder"}:
        table = schema.metadata.tables[kind]
        return (places_in_sight(table, at, asks=sight.asks),)
    if kind == "owner":
        return (owners_in_sight(at, asks=sight.asks),)
    return ()


def bare(kind: str, row: Any, sight: Sight, *, told: Collection[str] = ()) -> Any:  # noqa: ANN401 - any of the registry's rows
    """
    Give a row without the people whom one has not looked up.

    Parameters
    ----------
    kind
        The table.
    row
        The row, a frozen dataclass.
    sight
        Of who asks.
    told
        Columns that who asks has just written, and so knows.

    Returns
    -------
    object
        The same row, or one in which names, telephone numbers and e-mail addresses are
        left out: of contacts and signers always, for those are looked up by an action
        of their own.
    """
    if kind == "owner":
        is_told = sight.is_desk or row.kind != "person" or "name" in told
        return row if is_told else replace(row, name=PRIVATE)
    hidden = [name for name in _HIDDEN.get(kind, ()) if name not in told]
    return replace(
        row, **{name: PRIVATE if name in _NEEDED else None for name in hidden}
    )
