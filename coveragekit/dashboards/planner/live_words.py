"""What the planner's page says of live pictures."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["FULL", "OFF", "UNASKED", "Ask", "ask_of", "heading_of", "offered"]

OFF: Final[dict[str, Any]] = {"status": "off"}
"""What the card has where no live picture is offered and nothing is said of it."""
FULL: Final = "three pictures are open already; close one first"
"""What is said to who wants one picture too many."""
UNASKED: Final = "Live pictures cannot be had now: the registry cannot be asked."
"""What the card says where the registry does not answer."""
_SIMULATED: Final = "COVERAGEKIT_SIMULATED_FEEDS"
_DEMO: Final = "The cameras of this demo are simulated: nobody is filmed."
_LONGEST: Final = 200


@dataclass(frozen=True, slots=True)
class Ask:
    """
    What somebody says a look is for.

    Parameters
    ----------
    number
        Which of the page's questions it is.
    purpose, case_number, offence
        As they were typed.
    emergency
        Whether it is claimed to be one.
    """

    number: int
    purpose: str
    case_number: str
    offence: str
    emergency: bool


def ask_of(message: Mapping[str, Any]) -> Ask:
    """
    Give what a page's dialog says; whatever else it says is left out.

    Parameters
    ----------
    message
        The page's message.

    Returns
    -------
    Ask
        Its texts are short; nothing of it is believed yet.

    Examples
    --------
    >>> ask_of({"ask": 1, "purpose": "call", "case_number": " 26-0417 "}).case_number
    '26-0417'
    """
    number = message.get("ask")
    texts = {
        name: str(message.get(name) or "").strip()[:_LONGEST]
        for name in ("purpose", "case_number", "offence")
    }
    return Ask(
        number if isinstance(number, int) else 0,
        **texts,
        emergency=message.get("emergency") is True,
    )


def offered(answer: Mapping[str, Any], role: str) -> dict[str, Any]:
    """
    Give what the card says of a camera's live picture.

    Parameters
    ----------
    answer
        What the back room said.
    role
        Role of who would look.

    Returns
    -------
    dict
        ``status`` ``"may"`` or ``"not"``, and what goes with it.

    Examples
    --------
    >>> offered({"may": False, "words": "Live pictures: officers."}, "planner")
    {'status': 'not', 'words': 'Live pictures: officers.'}
    """
    if not answer["may"]:
        return {"status": "not", "words": answer["words"]}
    words = f"You look as {role}; the look is on record with what it is for."
    note = f"{_DEMO} {words}" if _is_simulated() else words
    return {
        "status": "may",
        "words": "",
        "note": note,
        "purposes": [
            {**one, "label": _label(one["code"])} for one in answer["purposes"]
        ],
        "lifted": answer["lifted"],
    }


def heading_of(title: str, ask: Ask) -> dict[str, Any]:
    """
    Give what stands over a docked picture.

    Parameters
    ----------
    title
        Name of the camera.
    ask
        What the look is for.

    Returns
    -------
    dict
        ``title`` and ``words``.

    Examples
    --------
    >>> heading_of("Lake Drive", Ask(1, "call", "26-0417", "", False))["words"]
    'Call, 26-0417'
    """
    parts = [_label(ask.purpose), ask.case_number, ask.offence]
    parts += ["emergency"] if ask.emergency else []
    parts += ["simulated"] if _is_simulated() else []
    return {"title": title, "words": ", ".join(one for one in parts if one)}


def _is_simulated() -> bool:
    return bool(os.environ.get(_SIMULATED))


def _label(code: str) -> str:
    words = code.replace("_", " ")
    return words[:1].upper() + words[1:]
