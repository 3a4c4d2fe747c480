"""Whether many looks may go on, asked of the registry in one read and without lines."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC
from typing import TYPE_CHECKING

from coveragekit.access.deciding import decide
from coveragekit.access.facts import about_each
from coveragekit.access.grounds import covered_each
from coveragekit.access.questions import Question

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import Connection

    from coveragekit.access.picture_lines import Asked
    from coveragekit.feeds.masks import Mask

__all__ = ["still_may_each", "who_may_be_shown"]


def still_may_each(asked: Iterable[Asked]) -> dict[Asked, bool]:
    """
    Ask of many looks whether they may go on.

    Parameters
    ----------
    asked
        Who asked for what; those of one person, action and purpose are one read.

    Returns
    -------
    dict
        For each of them whether it may.

    Raises
    ------
    RegistryError
        The registry cannot be asked.
    """
    alike: dict[Asked, list[Asked]] = {}
    for one in asked:
        alike.setdefault(replace(one, camera_id=""), []).append(one)
    may: dict[Asked, bool] = {}
    for first, group in alike.items():
        with first.door.registry.read() as connection:
            questions = _questions(connection, group)
        for one, question in zip(group, questions, strict=True):
            may[one] = decide(one.door.policy, question).allowed
    return may


def who_may_be_shown(asked: Sequence[Asked]) -> dict[str, tuple[Mask, ...] | None]:
    """
    Ask which cameras may still be shown and what of them is covered.

    Parameters
    ----------
    asked
        What one person asked for; all of one action and purpose.

    Returns
    -------
    dict
        For each camera's id what is covered of its picture, or ``None`` where it may
        not be shown any more.

    Raises
    ------
    RegistryError
        The registry cannot be asked.
    """
    if not asked:
        return {}
    door = asked[0].door
    found: dict[str, tuple[Mask, ...] | None] = {one.camera_id: None for one in asked}
    with door.registry.read() as connection:
        questions = _questions(connection, asked)
        may = [
            one.camera_id
            for one, question in zip(asked, questions, strict=True)
            if decide(door.policy, question).allowed
        ]
        if may:
            found |= covered_each(connection, may, questions[0].latest)
    return found


def _questions(connection: Connection, asked: Sequence[Asked]) -> list[Question]:
    first = asked[0]
    now = first.door.registry.clock().astimezone(UTC)
    plain = Question(
        first.user, first.action, first.purpose, now=now, latest=now, kind=first.kind
    )
    return about_each(connection, plain, [one.camera_id for one in asked])
