"""Who works at the registry desk, what for, and which parts that opens."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from coveragekit import access
from coveragekit.errors import AccessRefused

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from coveragekit.dashboards.registry_desk.parts import DeskView
    from coveragekit.dashboards.visit import Visit

__all__ = ["PURPOSES", "TABS", "Clerk", "Tab"]

PURPOSES: Final = {
    "administration": "Keeping the registry running",
    "recruitment": "Asking owners to take part",
    "owner_request": "What an owner asked for",
    "upkeep": "Whether cameras work",
    "planning": "Where cameras are",
    "oversight": "Checking how it is used",
    "call": "A call for service",
    "investigation": "The investigation of an offence",
    "missing_person": "The search for a missing person",
}
"""What somebody may say to be at the desk for, and how the page puts it."""


@dataclass(frozen=True, slots=True)
class Tab:
    """
    A part of the desk.

    Parameters
    ----------
    key
        Its name.
    title
        What stands on it.
    action
        The action of the policy that opens it.
    what
        What it shows, as a sentence begins.
    """

    key: str
    title: str
    action: str
    what: str


TABS: Final = (
    Tab("queue", "Queue", "moderate", "What owners sent in is"),
    Tab("leaving", "Leaving", "moderate", "Wishes to leave are"),
    Tab("cameras", "Cameras", "read_registry", "Cameras are"),
    Tab("requests", "Requests", "work_requests", "Requests for footage are"),
)
"""The parts of the desk, in their order."""


class Clerk:
    """
    Somebody at the desk: the door that is asked, and the page that is shown.

    Parameters
    ----------
    door
        The registry's door.
    view
        The widget.
    clock
        Gives the present, with a zone.
    zone
        The city's time zone.
    """

    def __init__(
        self,
        door: access.Door,
        view: DeskView,
        *,
        clock: Callable[[], datetime],
        zone: ZoneInfo,
    ) -> None:
        self.door = door
        self.view = view
        self.clock = clock
        self.zone = zone
        self._user: access.User | None = None

    @property
    def is_here(self) -> bool:
        """Whether somebody has opened the page."""
        return self._user is not None

    @property
    def user(self) -> access.User:
        """Who has."""
        if self._user is None:
            message = "nobody has opened this page"
            raise AccessRefused(message)
        return self._user

    def come(self, visit: Visit) -> None:
        """
        Take over who has come, and what their role opens.

        Parameters
        ----------
        visit
            User and role.
        """
        self._user = access.User(visit.user, visit.role, visit.source)  # type: ignore[arg-type]
        tabs = [one for one in TABS if self.may(one.action)]
        named = f"{visit.user}, {visit.role}" if visit.user else visit.role
        opened = {
            code for one in tabs for code in self.door.policy.rules[one.action].purposes
        }
        purposes = [code for code in PURPOSES if code in opened]
        why = "" if tabs else f"The role {visit.role} has nothing to do at this desk."
        self.view.change(
            user=named,
            moderates=self.may("moderate"),
            tabs=[{"key": one.key, "title": one.title} for one in tabs],
            tab=tabs[0].key if tabs else "",
            purposes=[
                {"key": code, "title": PURPOSES[code], "demands": self.demands(code)}
                for code in purposes
            ],
            purpose=purposes[0] if purposes else next(iter(PURPOSES)),
            why=why,
        )

    def leave(self) -> None:
        """Nobody is there any more."""
        self._user = None

    def may(self, action: str) -> bool:
        """
        Tell whether the role may do something at all, whatever for.

        Parameters
        ----------
        action
            An action of the policy.

        Returns
        -------
        bool
            Whether it may.
        """
        rule = self.door.policy.rules.get(action)
        return rule is not None and self.user.role in rule.roles

    def why_not(self, tab: Tab) -> str:
        """
        Say in one sentence why a part cannot be shown for the purpose as it is.

        Parameters
        ----------
        tab
            A part that the role opens.

        Returns
        -------
        str
            The sentence; empty where it can be shown.
        """
        state = self.view.state
        told = {"offence": state["offence"], "case_number": state["case"]}
        other = self._other_purpose(tab.what, tab.action)
        if other:
            return other
        missing = [
            _ASKED[one] for one in self.demands(state["purpose"]) if not told[one]
        ]
        return f"Give {' and '.join(missing)} above." if missing else ""

    def why_no_contact(self, tab: Tab) -> str:
        """
        Say in one sentence why nobody's contact can be shown for the purpose as it is.

        Parameters
        ----------
        tab
            The part that is open.

        Returns
        -------
        str
            The sentence; empty where it can be asked for.
        """
        if not self.may(_REACH):
            return f"The role {self.user.role} is shown no contact."
        return self._other_purpose("The contact is", _REACH, tab.action)

    def _other_purpose(self, what: str, *actions: str) -> str:
        """Name the purposes that open some actions, where the page's does not."""
        rules = [self.door.policy.rules[action].purposes for action in actions]
        allowed = set(rules[0]).intersection(*rules[1:])
        if self.view.state["purpose"] in allowed:
            return ""
        named = [f"“{PURPOSES[one]}”" for one in PURPOSES if one in allowed]
        if not named:
            return f"{what} shown for no purpose of this desk."
        listed = " or ".join(filter(None, (", ".join(named[:-1]), named[-1])))
        return f"{what} shown for {listed}: choose the purpose above."

    @property
    def purpose(self) -> access.Purpose:
        """What for, as the page says now."""
        state = self.view.state
        wanted = self.demands(str(state["purpose"]))
        return access.Purpose(
            str(state["purpose"]),
            offence=(state["offence"] or None) if "offence" in wanted else None,
            case_number=(state["case"] or None) if "case_number" in wanted else None,
        )

    @property
    def asks(self) -> dict[str, Any]:
        """The door, as functions of ``access`` take it."""
        return {"registry": self.door}

    def demands(self, purpose: str) -> list[str]:
        """
        Give what has to be said with a purpose.

        Parameters
        ----------
        purpose
            Its name.

        Returns
        -------
        list of str
            Of ``"case_number"`` and ``"offence"``.
        """
        return sorted(self.door.policy.demands.get(purpose, ()))


_REACH: Final = "see_contact"
_ASKED: Final = {"case_number": "the case number", "offence": "the offence"}
