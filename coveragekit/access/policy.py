"""The policy: who may do what and for which purpose, as data that is checked."""

from __future__ import annotations

import os
import re
import tomllib
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from coveragekit.access.policy_check import SERVICES, check_policy
from coveragekit.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "Action",
    "Emergency",
    "Policy",
    "Rule",
    "Service",
    "actions",
    "read_policy",
]


@dataclass(frozen=True, slots=True)
class Action:
    """
    Something that can be done, whoever may do it.

    Parameters
    ----------
    name
        Its name.
    needs
        What the owner's consent has to hold: ``"live"``, ``"recorded"``, ``"ptz"``,
        ``"registered"`` or ``"nothing"``.
    words
        What it is, as people say it.
    """

    name: str
    needs: str
    words: str


@dataclass(frozen=True, slots=True)
class Rule:
    """
    Who may do one action.

    Parameters
    ----------
    roles
        Roles that may.
    purposes
        What for.
    unattended
        Roles whose rules may do it without a person.
    """

    roles: frozenset[str]
    purposes: frozenset[str]
    unattended: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Emergency:
    """
    What an emergency changes.

    Parameters
    ----------
    roles, actions
        Who may claim one, and to do what.
    lifts
        Which demands of the policy it lifts; never the owner's consent.
    reviewers
        Roles that review it afterwards.
    review_within_h
        Within how many hours.
    """

    roles: frozenset[str]
    actions: frozenset[str]
    lifts: frozenset[str]
    reviewers: frozenset[str]
    review_within_h: float


@dataclass(frozen=True, slots=True)
class Service:
    """
    The account of a part of this program that works by itself.

    Parameters
    ----------
    account
        Its name in the log; no person can sign on by it.
    actions
        What it does; this program says so, and no policy gives it more.
    purposes
        What for.
    """

    account: str
    actions: frozenset[str]
    purposes: frozenset[str]


@dataclass(frozen=True, slots=True)
class Policy:
    """
    A policy that was checked.

    Parameters
    ----------
    name
        What it calls itself; stands in every line of the log that it decided.
    rules
        By action.
    demands
        By purpose: which of ``"offence"`` and ``"case_number"`` have to be given.
    emergency
        What an emergency changes.
    case_number
        What a case number looks like.
    offences
        Offences that may be named beside those of NIBRS, in lower case.
    legal_bases
        Grounds; the first is taken where none is named.
    listed_users_only
        Whether only people whom the registry lists may do anything.
    unlisted_local_roles
        Roles that somebody before this machine may claim who is not listed, once the
        registry lists anybody; roles that the sign-on gives are not asked.
    services
        By their kind, the accounts of what works by itself; what is not named does not
        work.
    """

    name: str
    rules: Mapping[str, Rule]
    demands: Mapping[str, frozenset[str]]
    emergency: Emergency
    case_number: re.Pattern[str]
    offences: frozenset[str]
    legal_bases: tuple[str, ...]
    listed_users_only: bool
    unlisted_local_roles: frozenset[str]
    services: Mapping[str, Service] = field(default_factory=dict)


@cache
def actions() -> Mapping[str, Action]:
    """
    Give every action that there is.

    Returns
    -------
    mapping
        By name.

    Examples
    --------
    >>> actions()["view_live"].needs, actions()["see_contact"].words
    ('live', 'see how to reach an owner')
    """
    path = files("coveragekit.access").joinpath("data/actions.toml")
    told: dict[str, dict[str, str]] = tomllib.loads(path.read_text("utf-8"))["actions"]
    return {name: Action(name, **one) for name, one in told.items()}


def read_policy(path: str | Path | None = None) -> Policy:
    """
    Read a policy and check it.

    Parameters
    ----------
    path
        Its file; where it is not given, the one that ``COVERAGEKIT_POLICY`` names, and
        else the one that comes with this package.

    Returns
    -------
    Policy
        The policy.

    Raises
    ------
    InputError
        The file cannot be read, or something in it is unknown or missing: the message
        names the line.

    Examples
    --------
    >>> sorted(read_policy().rules["steer_ptz"].roles)
    ['dispatcher', 'supervisor']
    """
    given = path or os.environ.get("COVERAGEKIT_POLICY")
    if given is None:
        return _shipped()
    try:
        text = Path(given).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        cause = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        message = f"the policy {given} cannot be read: {cause}"
        raise InputError(message) from None
    return _policy(text, str(given))


@cache
def _shipped() -> Policy:
    path = files("coveragekit.access").joinpath("data/policy.toml")
    return _policy(path.read_text("utf-8"), "policy.toml")


def _policy(text: str, place: str) -> Policy:
    try:
        told = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        message = f"the policy {place} is no TOML: {error}"
        raise InputError(message) from None
    check_policy(told, text, place, actions=actions())
    emergency = told["emergency"]
    return Policy(
        name=told["policy"],
        rules={name: _rule(one) for name, one in told["actions"].items()},
        demands={
            name: frozenset(one["demands"]) for name, one in told["purposes"].items()
        },
        emergency=Emergency(
            **{name: frozenset(emergency[name]) for name in _SETS},
            review_within_h=float(emergency["review_within_h"]),
        ),
        case_number=re.compile(told["case_number"]),
        offences=frozenset(word.casefold() for word in told["offences"]),
        legal_bases=tuple(told["legal_bases"]),
        listed_users_only=told["listed_users_only"],
        unlisted_local_roles=frozenset(told["unlisted_local_roles"]),
        services={
            kind: Service(one["account"], SERVICES[kind], frozenset(one["purposes"]))
            for kind, one in told.get("services", {}).items()
        },
    )


_SETS: Final = ("roles", "actions", "lifts", "reviewers")


def _rule(told: Mapping[str, Any]) -> Rule:
    return Rule(
        frozenset(told["roles"]),
        frozenset(told["purposes"]),
        frozenset(told.get("unattended", ())),
    )
