"""Check a policy file: every fault at once, each with its line."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from coveragekit.errors import InputError
from coveragekit.model import roles

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

__all__ = ["SERVICES", "check_policy"]

DEMANDS: Final = ("offence", "case_number")
LIFTS: Final = ("role", "purpose", "offence", "case_number")
SERVICES: Final = {"health": frozenset({"probe_feeds"})}
"""What works by itself, and what it does; a policy names its account alone."""
_TOP: Final = {
    "policy": str,
    "case_number": str,
    "listed_users_only": bool,
    "unlisted_local_roles": list,
    "offences": list,
    "legal_bases": list,
    "emergency": dict,
    "purposes": dict,
    "actions": dict,
    "services": dict,
}
_EMERGENCY: Final = {
    "roles": list,
    "actions": list,
    "lifts": list,
    "reviewers": list,
    "review_within_h": (int, float),
}
_PURPOSE: Final = {"words": str, "demands": list}
_SERVICE: Final = {"account": str, "purposes": list}
_RULE: Final = {"roles": list, "purposes": list, "unattended": list}
_KINDS: Final = {
    str: "a text",
    bool: "true or false",
    list: "a list of texts",
    dict: "a table",
    (int, float): "a number above 0",
}
_SHOWN: Final = 12


@dataclass(slots=True)
class _Faults:
    """The faults of one policy, and where its lines are."""

    lines: list[str]
    found: list[str] = field(default_factory=list)

    def add(self, section: str, key: str, words: str, *, value: str = "") -> None:
        line = _line_of(self.lines, section, key, value=value)
        where = f"[{section}] " if section else ""
        self.found.append(f"line {line}, {where}{key}: {words}")

    def one_of(
        self, section: str, key: str, values: Iterable[str], *, allowed: Collection[str]
    ) -> None:
        for value in values:
            if value not in allowed:
                listed = ", ".join(sorted(allowed))
                words = f"{value!r} is unknown; allowed: {listed}"
                self.add(section, key, words, value=value)

    def shape(
        self,
        section: str,
        told: Mapping[str, Any],
        wanted: Mapping[str, Any],
        *,
        optional: Collection[str] = (),
    ) -> bool:
        before = len(self.found)
        for key in told:
            if key not in wanted:
                listed = ", ".join(wanted)
                self.add(section, key, f"this name is unknown; allowed: {listed}")
        for key, kind in wanted.items():
            if key not in told:
                if key not in optional:
                    self.add(section, key, "this is missing")
            elif not _is(told[key], kind):
                self.add(section, key, f"this has to be {_KINDS[kind]}")
        return len(self.found) == before


def _is(value: object, kind: Any) -> bool:  # noqa: ANN401 - a type, or a pair of types
    if kind is list:
        return isinstance(value, list) and all(isinstance(one, str) for one in value)
    if kind == (int, float):
        return isinstance(value, int | float) and value is not True and value > 0
    return isinstance(value, kind)


def _line_of(lines: list[str], section: str, key: str, *, value: str) -> int:
    """Find the line of a key in a section, or of a value of the key's list."""
    start = next(
        (n for n, line in enumerate(lines) if line.strip() == f"[{section}]"), 0
    )
    named = re.compile(rf"""^\s*["']?{re.escape(key)}["']?\s*=""")
    at = next((n for n in range(start, len(lines)) if named.match(lines[n])), start)
    if value:
        quoted = (f'"{value}"', f"'{value}'")
        for number in range(at, len(lines)):
            if any(one in lines[number] for one in quoted):
                return number + 1
    return at + 1


def check_policy(
    told: Mapping[str, Any], text: str, place: str, *, actions: Collection[str]
) -> None:
    """
    Refuse a policy in which something is unknown, missing or of another kind.

    Parameters
    ----------
    told
        The policy, read as TOML.
    text
        Its text, to find the lines in.
    place
        Its file.
    actions
        The actions that there are.

    Raises
    ------
    InputError
        With every fault and its line.
    """
    faults = _Faults(text.splitlines())
    if faults.shape("", told, _TOP, optional={"services"}):
        _check_top(told, faults)
        _check_emergency(told["emergency"], faults, actions)
        for name, one in told["purposes"].items():
            section = f"purposes.{name}"
            if _is_table(section, one, faults) and faults.shape(section, one, _PURPOSE):
                faults.one_of(section, "demands", one["demands"], allowed=DEMANDS)
        _check_rules(told, faults, actions)
        _check_services(told, faults)
    if faults.found:
        shown = "\n".join(f"  {words}" for words in faults.found[:_SHOWN])
        more = len(faults.found) - _SHOWN
        tail = f"\n  ... and {more} more" if more > 0 else ""
        message = f"the policy {place} cannot be used:\n{shown}{tail}"
        raise InputError(message)


def _is_table(section: str, value: object, faults: _Faults) -> bool:
    if isinstance(value, dict):
        return True
    faults.add("", section.partition(".")[2], "this has to be a table")
    return False


def _check_top(told: Mapping[str, Any], faults: _Faults) -> None:
    if not told["policy"].strip():
        faults.add("", "policy", "give the policy a name")
    claimed = told["unlisted_local_roles"]
    faults.one_of("", "unlisted_local_roles", claimed, allowed=_staff())
    if not told["legal_bases"]:
        faults.add("", "legal_bases", "name one ground at least")
    try:
        re.compile(told["case_number"])
    except re.error as error:
        faults.add("", "case_number", f"this is no regular expression: {error}")


def _check_emergency(
    told: Mapping[str, Any], faults: _Faults, actions: Collection[str]
) -> None:
    if not faults.shape("emergency", told, _EMERGENCY):
        return
    staff = _staff()
    faults.one_of("emergency", "roles", told["roles"], allowed=staff)
    faults.one_of("emergency", "reviewers", told["reviewers"], allowed=staff)
    faults.one_of("emergency", "actions", told["actions"], allowed=actions)
    faults.one_of("emergency", "lifts", told["lifts"], allowed=LIFTS)
    if told["roles"] and not told["reviewers"]:
        faults.add("emergency", "reviewers", "somebody has to review emergency looks")


def _check_rules(
    told: Mapping[str, Any], faults: _Faults, actions: Collection[str]
) -> None:
    for name, one in told["actions"].items():
        section = f"actions.{name}"
        if name not in actions:
            listed = ", ".join(actions)
            faults.add(section, name, f"this action is unknown; allowed: {listed}")
            continue
        if not _is_table(section, one, faults) or not faults.shape(
            section, one, _RULE, optional={"unattended"}
        ):
            continue
        faults.one_of(section, "roles", one["roles"], allowed=_staff())
        faults.one_of(
            section, "unattended", one.get("unattended", ()), allowed=one["roles"]
        )
        faults.one_of(section, "purposes", one["purposes"], allowed=told["purposes"])


def _check_services(told: Mapping[str, Any], faults: _Faults) -> None:
    plain = [name for name, one in told["purposes"].items() if not _demanded(one)]
    for kind, one in told.get("services", {}).items():
        section = f"services.{kind}"
        if kind not in SERVICES:
            listed = ", ".join(SERVICES)
            faults.add(section, kind, f"this service is unknown; allowed: {listed}")
        elif _is_table(section, one, faults) and faults.shape(section, one, _SERVICE):
            name = one["account"]
            if not name.strip() or name != name.strip() or name.startswith("("):
                words = "give it a name that begins with no blank and no bracket"
                faults.add(section, "account", words)
            # nobody is there who could give a case number
            faults.one_of(section, "purposes", one["purposes"], allowed=plain)


def _demanded(purpose: object) -> bool:
    return not isinstance(purpose, dict) or bool(purpose.get("demands"))


def _staff() -> tuple[str, ...]:
    # The public may be given nothing by any policy.
    return tuple(role for role in roles() if role != "public")
