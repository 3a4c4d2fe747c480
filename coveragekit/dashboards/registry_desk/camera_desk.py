"""The cameras of the registry desk by their consent, and the card of one of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from coveragekit import access
from coveragekit.dashboards.registry_desk.list_words import (
    STATES,
    camera_row,
    card_facts,
    contact_rows,
    event_words,
)
from coveragekit.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from coveragekit.dashboards.registry_desk.clerk import Clerk

__all__ = ["STATES", "CameraDesk"]

_MOST: Final = 100
_LONGEST: Final = 100
_MEANS: Final = {
    "registered": "The owner may be asked for footage. Nobody may look live.",
    "offered": "The owner may be asked for footage, and has an offer to integrate the "
    "camera. Nobody may look live.",
    "integrated": "Those whom the policy names may look, within the scope, the hours "
    "and the end that the owner agreed to.",
    "suspended": "The agreement is paused: nobody may look or ask for footage until it "
    "is taken up again.",
    "invited": "The agency has invited the owner and waits for an answer. Nobody may "
    "look or ask for footage.",
    "expired": "The agreement has run out: nobody may look or ask for footage until "
    "the owner agrees anew.",
    "lapsed": "The camera was taken down, or the place has another owner or signer: "
    "nobody may look or ask for footage until an owner agrees anew.",
    "withdrawn": "The owner has left: the camera is in no map, export or request any "
    "more, and nobody may look. The contact is deleted by the rules of retention; the "
    "log keeps ids alone.",
    "none": "The owner was never asked. Nobody may look or ask for footage.",
}
_AGENCYS: Final = "The camera is the agency's own and needs nobody else's consent."


class CameraDesk:
    """
    The list of cameras, and the card of one.

    Parameters
    ----------
    clerk
        Who is at the desk.
    """

    def __init__(self, clerk: Clerk) -> None:
        self._clerk = clerk

    def open(self) -> None:
        """List those that are registered."""
        self.list({})

    def list(self, content: Mapping[str, Any]) -> None:
        """
        List cameras in one state of consent.

        Parameters
        ----------
        content
            The ``state``, ``words`` to look for, and the id ``after`` which to go on.
        """
        state = str(content.get("state") or next(iter(STATES)))
        if state not in STATES:
            message = f"there is no such state; allowed: {', '.join(STATES)}"
            raise InputError(message)
        words = str(content.get("words") or "")[:_LONGEST].strip()
        after, clerk = content.get("after"), self._clerk
        page = access.list_cameras(
            clerk.user,
            clerk.purpose,
            wanted=access.LineFilter(states=(state,), words=words or None),
            after=str(after) if after else None,
            limit=_MOST,
            **clerk.asks,
        )
        clerk.view.change(
            fault="",
            card=None,
            cameras={
                "state": state,
                "words": words,
                "rows": [camera_row(one) for one in page.rows],
                "after": page.after,
            },
        )

    def open_card(self, content: Mapping[str, Any]) -> None:
        """
        Show one camera, with all changes of its consent.

        Parameters
        ----------
        content
            Its ``id``.
        """
        key, clerk = str(content.get("id")), self._clerk
        page = access.list_cameras(
            clerk.user,
            clerk.purpose,
            wanted=access.LineFilter(camera_id=key),
            limit=1,
            **clerk.asks,
        )
        if not page.rows:
            message = "that camera is not in the registry any more"
            raise InputError(message)
        (line,) = page.rows
        events = access.consent_history(clerk.user, clerk.purpose, key, **clerk.asks)
        is_own = line.owner_kind == "agency" and line.consent == "none"
        clerk.view.change(
            fault="",
            card={
                "id": key,
                "title": camera_row(line)["name"],
                "state": "The agency's own" if is_own else STATES[line.consent],
                "left": line.consent in {"withdrawn", "expired", "lapsed"},
                "means": _AGENCYS if is_own else _MEANS[line.consent],
                "facts": card_facts(line),
                "events": [event_words(one, clerk.zone) for one in reversed(events)],
                "contact": None,
            },
        )

    def contact(self, content: Mapping[str, Any]) -> None:
        """
        Show how to reach the owner of the camera; that is on record.

        Parameters
        ----------
        content
            Its ``id``.
        """
        card, clerk = self._clerk.view.state["card"], self._clerk
        if card is None or card["id"] != content.get("id"):
            message = "that camera is not open any more"
            raise InputError(message)
        found = access.contacts(clerk.user, clerk.purpose, [card["id"]], **clerk.asks)
        none = "nobody whom you may reach for this purpose"
        told = contact_rows(found) or [["Contact", none]]
        clerk.view.change(card={**card, "contact": told})

    def close_card(self, _content: Mapping[str, Any]) -> None:
        """
        Go back to the list alone.

        Parameters
        ----------
        _content
            Nothing.
        """
        self._clerk.view.change(card=None)
