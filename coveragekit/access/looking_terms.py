"""What a page says before somebody looks: whether they may at all, and what for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from coveragekit.access.deciding import decide
from coveragekit.access.facts import about, cameras_asked
from coveragekit.access.questions import Question
from coveragekit.access.recording import latest_time
from coveragekit.model import roles
from coveragekit.registry.camera_feeds import feed_of
from coveragekit.registry.consent_rules import Standing, effective, tier_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from coveragekit.access.door import Door
    from coveragekit.access.people import Purpose, User
    from coveragekit.access.policy import Policy
    from coveragekit.access.questions import Camera

__all__ = ["LookingTerms", "PurposeTerms", "looking_terms", "purpose_fault"]

_LOOK: Final = "view_live"
_NO_FEED: Final = "Where its live picture comes from is not on record."
_REGISTERED: Final = (
    "Registered: its owner is asked for footage, and did not agree to live pictures."
)
_NOBODY: Final = "Live pictures are for people who signed on by name."


@dataclass(frozen=True, slots=True)
class PurposeTerms:
    """
    A purpose for which one may look.

    Parameters
    ----------
    code
        As the policy writes it.
    demands
        What has to be given: ``"offence"``, ``"case_number"``.
    """

    code: str
    demands: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LookingTerms:
    """
    Whether somebody may look at a camera, as far as that is known before the purpose.

    Parameters
    ----------
    may
        Whether to offer it. Hours and the rest of what the owner agreed to are asked
        when somebody looks.
    words
        Why it is not offered, as people say it.
    purposes
        What for.
    lifted
        What an emergency would lift of the demands; empty where the user may claim
        none.
    """

    may: bool
    words: str = ""
    purposes: tuple[PurposeTerms, ...] = ()
    lifted: tuple[str, ...] = ()


def looking_terms(door: Door, user: User, camera_id: str) -> LookingTerms:
    """
    Give whether a page offers somebody a camera's live picture, and for what.

    Parameters
    ----------
    door
        The registry's door.
    user
        Who would look.
    camera_id
        The camera.

    Returns
    -------
    LookingTerms
        It opens nothing: whoever looks is asked and recorded then.

    Raises
    ------
    RegistryError
        The registry cannot be asked.
    """
    if not user.is_named:
        return LookingTerms(may=False, words=_NOBODY)
    rule = door.policy.rules.get(_LOOK)
    listed = rule.roles if rule is not None else frozenset()
    with door.registry.read() as connection:
        at = latest_time(connection, door.registry.clock())
        asked = cameras_asked(connection, [camera_id], user, at=at).get(camera_id)
        is_shared = asked is not None and any(one.live for one in asked.shares)
        if rule is None or (user.role not in listed and not is_shared):
            return LookingTerms(may=False, words=_who_may(listed))
        words = _why_not(asked, at)
        if not words and feed_of(connection, camera_id) is None:
            words = _NO_FEED
    if words:
        return LookingTerms(may=False, words=words)
    purposes = tuple(
        PurposeTerms(code, tuple(sorted(demands)))
        for code, demands in door.policy.demands.items()
        if code in rule.purposes
    )
    return LookingTerms(
        may=True, purposes=purposes, lifted=_lifted(door.policy, user.role)
    )


def purpose_fault(
    door: Door, user: User, purpose: Purpose
) -> tuple[str, tuple[str, ...]] | None:
    """
    Say what a purpose to look lacks, before it is asked for and recorded.

    Parameters
    ----------
    door
        The registry's door.
    user
        Who would look.
    purpose
        What for.

    Returns
    -------
    tuple or None
        Words, and which of ``"purpose"``, ``"offence"`` and ``"case_number"`` they are
        of; ``None`` where nothing is wrong with it.

    Raises
    ------
    RegistryError
        The registry cannot be asked.
    """
    now = door.registry.clock()
    with door.registry.read() as connection:
        question = about(connection, Question(user, _LOOK, purpose, now, now))
    ruling = decide(door.policy, question)
    return (ruling.reason, ruling.lacks) if ruling.lacks else None


def _why_not(asked: Camera | None, at: datetime) -> str:
    """Say why nobody looks at a camera, whatever for."""
    if asked is None or asked.removed:
        return _NO_FEED
    if asked.agreement is None:
        return "" if asked.agency_owned else "Its owner has agreed to nothing."
    agreed = asked.agreement
    state = effective(Standing(agreed.state, agreed.since, agreed.expires_at), at).state
    tier = tier_of(state)
    if tier is None:
        return f"Live pictures: the owner's consent is {state}."
    return "" if tier == "integrated" else _REGISTERED


def _who_may(listed: Iterable[str]) -> str:
    named = [f"{role}s" for role in roles() if role in set(listed)]
    if not named:
        return "Live pictures: nobody, by this policy."
    *first, last = named
    return (
        f"Live pictures: {', '.join(first)} and {last}."
        if first
        else (f"Live pictures: {last}.")
    )


def _lifted(policy: Policy, role: str) -> tuple[str, ...]:
    emergency = policy.emergency
    may_claim = role in emergency.roles and _LOOK in emergency.actions
    return tuple(sorted(emergency.lifts)) if may_claim else ()
