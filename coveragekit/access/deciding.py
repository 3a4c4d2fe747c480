"""Decide whether somebody may do something now: a pure function, without a database."""

from __future__ import annotations

from datetime import timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from coveragekit.access.policy import actions
from coveragekit.access.questions import Ruling
from coveragekit.model import nibrs_code, nibrs_codes, roles
from coveragekit.registry.consent_rules import Standing, effective, tier_of

if TYPE_CHECKING:
    from opening_hours import OpeningHours

    from coveragekit.access.policy import Policy, Rule
    from coveragekit.access.questions import Agreement, Camera, Question, Share

__all__ = ["decide", "is_offence"]

_UTC: Final = ZoneInfo("UTC")
_DEMANDS: Final = {"offence": "an offence", "case_number": "a case number"}
_SLACK: Final = timedelta(minutes=5)
"""How far a clock may run back and still tell the hour."""
_EXAMPLE: Final = "26-0417"
_SCOPES: Final = {"live": "live pictures", "recorded": "footage", "ptz": "turning it"}


class _Refused(Exception):  # noqa: N818 - never leaves this module
    """The reason for a refusal, on its way out, and what was not given."""

    def __init__(self, reason: str, *lacks: str) -> None:
        super().__init__(reason)
        self.lacks = lacks


def decide(policy: Policy, question: Question) -> Ruling:
    """
    Decide whether somebody may do something now.

    Parameters
    ----------
    policy
        Who may do what.
    question
        Who asks for what, and all that counts.

    Returns
    -------
    Ruling
        Allowed or refused, with the first reason found.

    Notes
    -----
    Asked in this order: a named person; known to the registry; an action and a purpose
    that the policy gives to the role (or a share, or an emergency the policy allows);
    offence, case number and ground; then the owner's consent, which nothing replaces:
    its state, end, scope and hours. A consent that had ended before the clock ran back
    stays ended.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> from coveragekit.access.people import Purpose, User
    >>> from coveragekit.access.policy import read_policy
    >>> from coveragekit.access.questions import Question
    >>> now = datetime(2026, 5, 1, 12, tzinfo=UTC)
    >>> asked = Question(User("", "officer", "token"), "view_live",
    ...     Purpose("call", case_number="26-1"), now, now)
    >>> decide(read_policy(), asked).reason[:31]
    'nobody is named: a shared token'
    """
    try:
        purpose = question.purpose
        if question.user.source == "service":
            _check_service(policy, question)
            reason = _check_camera(question)
            return Ruling(allowed=True, reason=reason, basis="service")
        _check_own_name(policy, question)
        _check_person(policy, question)
        rule = _rule(policy, question)
        if purpose.emergency:
            _check_emergency(policy, question)
        share, lifted = _grant(policy, rule, question)
        lifted += _check_demands(policy, question)
        words = _check_camera(question)
    except _Refused as refusal:
        return Ruling(allowed=False, reason=str(refusal), lacks=refusal.lacks)
    basis = "share" if share else "emergency" if lifted else "role"
    due = question.now + timedelta(hours=policy.emergency.review_within_h)
    return Ruling(
        allowed=True,
        reason=words,
        basis=basis,
        share_id=share.share_id if share else None,
        lifted=tuple(lifted),
        review_due=due if purpose.emergency else None,
    )


def _check_service(policy: Policy, question: Question) -> None:
    """Refuse what the policy does not let this program do by itself."""
    user = question.user
    service = next(
        (one for one in policy.services.values() if one.account == user.name), None
    )
    if service is None:
        message = f"the policy names no service account {user.name!r}"
        raise _Refused(message)
    if question.kind != "unattended" or question.purpose.emergency:
        message = f"the service {user.name} works unattended, and in no emergency"
        raise _Refused(message)
    if question.action not in service.actions:
        action = actions().get(question.action)
        words = "do that" if action is None else action.words
        message = f"the service {user.name} may not {words}"
        raise _Refused(message)
    if question.purpose.code not in service.purposes:
        message = (
            f"the purpose {question.purpose.code} is none of the service {user.name}"
        )
        raise _Refused(message, "purpose")


def _check_own_name(policy: Policy, question: Question) -> None:
    accounts = {one.account.casefold() for one in policy.services.values()}
    if question.user.name.casefold() in accounts:
        name = question.user.name
        message = f"{name} is the account of a service; sign on by your own name"
        raise _Refused(message)


def _check_person(policy: Policy, question: Question) -> None:
    user, listed = question.user, question.listed
    if not user.is_named:
        message = "nobody is named: a shared token opens nothing; sign on by name"
        raise _Refused(message)
    if user.role not in roles():
        message = "there is no such role; ask the administrator for one"
        raise _Refused(message)
    if listed is None:
        if policy.listed_users_only:
            message = f"{user.name} is not listed as a user; ask the administrator"
            raise _Refused(message)
        # A role that one gives oneself counts for little once roles are given.
        says_so_alone = user.source == "local" and question.lists_people
        if says_so_alone and user.role not in policy.unlisted_local_roles:
            message = (
                f"{user.name} is not listed as {user.role}; an administrator lists "
                f"people with: coveragekit registry user {user.name!r} --is ROLE"
            )
            raise _Refused(message)
    elif not listed.active:
        message = f"{user.name} may no longer use the registry"
        raise _Refused(message)
    elif listed.role != user.role:
        message = (
            f"{user.name} signed on as {user.role}, the registry says {listed.role}; "
            "ask the administrator"
        )
        raise _Refused(message)


def _rule(policy: Policy, question: Question) -> Rule:
    action = actions().get(question.action)
    if action is None:
        message = "there is no such action"
        raise _Refused(message)
    rule = policy.rules.get(question.action)
    if rule is None:
        message = f"the policy allows nobody to {action.words}"
        raise _Refused(message)
    if question.kind == "unattended" and question.user.role not in rule.unattended:
        message = (
            f"no rule may {action.words} for the role {question.user.role} without a "
            "person who asks"
        )
        raise _Refused(message)
    return rule


def _check_emergency(policy: Policy, question: Question) -> None:
    emergency = policy.emergency
    if question.kind == "unattended":
        message = "a rule cannot claim an emergency; a person has to"
        raise _Refused(message)
    if question.user.role not in emergency.roles:
        message = f"the role {question.user.role} may not claim an emergency"
        raise _Refused(message)
    if question.action not in emergency.actions:
        words = actions()[question.action].words
        message = f"no emergency is accepted as the reason to {words}"
        raise _Refused(message)


def _grant(
    policy: Policy, rule: Rule, question: Question
) -> tuple[Share | None, list[str]]:
    """Give what opens the action: the role (no share), a share, or an emergency."""
    user, purpose = question.user, question.purpose
    words = actions()[question.action].words
    if purpose.code not in policy.demands:
        listed = ", ".join(policy.demands)
        message = f"there is no such purpose; the policy has: {listed}"
        raise _Refused(message, "purpose")
    lifts = policy.emergency.lifts if purpose.emergency else frozenset()
    lifted: list[str] = []
    share = None
    if user.role not in rule.roles:
        share = next((one for one in _shares(question) if _covers(one, question)), None)
        if share is None and "role" not in lifts:
            shared = actions()[question.action].needs in _SCOPES
            beside = ", and the camera is not shared with it" if shared else ""
            may = _may_words(rule)
            message = f"the role {user.role} may not {words}{beside}; {may}"
            raise _Refused(message)
        if share is None:
            lifted.append("role")
    if purpose.code not in rule.purposes:
        if "purpose" not in lifts:
            listed = ", ".join(one for one in policy.demands if one in rule.purposes)
            message = (
                f"the purpose {purpose.code} is none for which one may {words}; "
                f"allowed: {listed}"
            )
            raise _Refused(message, "purpose")
        lifted.append("purpose")
    return share, lifted


def _may_words(rule: Rule) -> str:
    """Say who may, in the order in which roles are listed everywhere."""
    listed = [role for role in roles() if role in rule.roles]
    if len(listed) == 1:
        return f"only the role {listed[0]} may"
    return f"{', '.join(listed[:-1])} and {listed[-1]} may" if listed else "nobody may"


def _shares(question: Question) -> tuple[Share, ...]:
    # The public gets nothing, whatever somebody shares with it by mistake.
    if question.camera is None or question.user.role == "public":
        return ()
    return question.camera.shares


def _covers(share: Share, question: Question) -> bool:
    """Whether a share lets one do this now."""
    needs = actions()[question.action].needs
    if needs not in _SCOPES or not getattr(share, needs):
        return False
    if needs == "ptz" and not share.live:  # whoever turns a camera looks through it
        return False
    if share.emergencies_only and not question.purpose.emergency:
        return False
    begun = share.from_at is None or share.from_at <= question.now
    # A share that had ended before the clock ran back stays ended.
    latest = max(question.now, question.latest)
    return begun and (share.to_at is None or latest < share.to_at)


def _check_demands(policy: Policy, question: Question) -> list[str]:
    """Refuse what is missing or wrong of offence, case number and ground."""
    purpose = question.purpose
    demanded = policy.demands[purpose.code]
    lifts = policy.emergency.lifts if purpose.emergency else frozenset()
    wanted = [
        name for name in _DEMANDS if name in demanded and not getattr(purpose, name)
    ]
    lifted = [name for name in wanted if name in lifts]
    lacks = [name for name in wanted if name not in lifts]
    if lacks:
        words = " and ".join(_DEMANDS[name] for name in lacks)
        message = f"the purpose {purpose.code} needs {words}"
        raise _Refused(message, *lacks)
    if purpose.offence and not is_offence(policy, purpose.offence):
        message = "the offence is not known; give its NIBRS code, such as 120, or name"
        raise _Refused(message, "offence")
    number = purpose.case_number
    if number and not policy.case_number.fullmatch(number):
        is_usual = policy.case_number.fullmatch(_EXAMPLE) is not None
        such = f", such as {_EXAMPLE}" if is_usual else ""
        message = f"this is no case number as the policy writes them{such}"
        raise _Refused(message, "case_number")
    if purpose.legal_basis and purpose.legal_basis not in policy.legal_bases:
        listed = ", ".join(policy.legal_bases)
        message = f"the legal ground is unknown; allowed: {listed}"
        raise _Refused(message)
    return lifted


def is_offence(policy: Policy, words: str) -> bool:
    """
    Whether words name an offence, by NIBRS or by the policy.

    Parameters
    ----------
    policy
        The policy.
    words
        A code or a name.

    Returns
    -------
    bool
        In any case of letters.
    """
    if words.casefold() in policy.offences or words.upper() in nibrs_codes():
        return True
    return nibrs_code(words) is not None


def _check_camera(question: Question) -> str:
    """Refuse what the owner did not agree to, and say on what the rest rests."""
    action = actions()[question.action]
    if action.needs == "nothing":
        return f"the policy lets the role {question.user.role} {action.words}"
    camera = question.camera
    if camera is None or camera.removed:
        message = "there is no such camera in the registry"
        raise _Refused(message)
    if camera.agreement is None:
        if camera.agency_owned:
            return "the camera is the agency's own"
        message = "the owner of this camera has agreed to nothing"
        raise _Refused(message)
    _check_agreement(camera, camera.agreement, question, needs=action.needs)
    return "the owner agreed to it"


def _check_agreement(
    camera: Camera, agreed: Agreement, question: Question, *, needs: str
) -> None:
    latest = max(question.now, question.latest)
    written = Standing(agreed.state, agreed.since, agreed.expires_at)
    state = effective(written, latest).state
    tier = tier_of(state)
    ended = agreed.expires_at is not None and agreed.expires_at <= latest
    if tier is None or ended:
        words = "expired" if ended and tier else state
        when = " (the clock has run back since)" if latest > question.now else ""
        message = f"the owner's consent is {words}{when}"
        raise _Refused(message)
    if needs == "registered":
        return
    if tier != "integrated":
        message = (
            "the owner registered this camera and did not agree to live access; ask "
            "for the footage"
        )
        raise _Refused(message)
    if not _agreed_scope(agreed, needs):
        message = f"the owner did not agree to {_SCOPES[needs]}"
        raise _Refused(message)
    if agreed.emergencies_only and not question.purpose.emergency:
        message = "the owner agreed to emergencies only"
        raise _Refused(message)
    if agreed.hours and latest - question.now > _SLACK:
        # else the agreed hours could be had again by turning the clock back
        message = (
            "the owner agreed to certain hours only, and the clock has run back: set "
            "the clock first"
        )
        raise _Refused(message)
    if agreed.hours and not _is_open(agreed.hours, (camera.lat, camera.lon), question):
        message = f"the owner agreed to these hours only: {agreed.hours}"
        raise _Refused(message)


def _agreed_scope(agreed: Agreement, needs: str) -> bool:
    if needs == "ptz":  # whoever turns a camera looks through it
        return agreed.ptz and agreed.live
    return agreed.live if needs == "live" else agreed.recorded


def _is_open(hours: str, place: tuple[float, float], question: Question) -> bool:
    read = _hours(hours, place)
    # The library knows zones by their names alone.
    return read is not None and read.is_open(question.now.astimezone(_UTC))


@lru_cache(maxsize=4096)
def _hours(hours: str, place: tuple[float, float]) -> OpeningHours | None:
    """Give hours that can be asked; ``None``, which means never, if unreadable."""
    from opening_hours import OpeningHours, validate

    return OpeningHours(hours, coords=place) if validate(hours) else None
