"""The registry desk: its parts, and what happens when somebody uses the page."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from ipywidgets import VBox

from coveragekit import access
from coveragekit.dashboards.faults import FaultDesk
from coveragekit.dashboards.registry_desk.camera_desk import STATES, CameraDesk
from coveragekit.dashboards.registry_desk.clerk import PURPOSES, TABS, Clerk
from coveragekit.dashboards.registry_desk.leaving_desk import LeavingDesk
from coveragekit.dashboards.registry_desk.parts import DeskView
from coveragekit.dashboards.registry_desk.queue_desk import QueueDesk
from coveragekit.dashboards.registry_desk.request_desk import RequestDesk
from coveragekit.dashboards.registry_desk.small_map import SmallMaps
from coveragekit.errors import InputError
from coveragekit.study import Study
from coveragekit.view import Store

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from os import PathLike

    from coveragekit.dashboards.visit import Visit

__all__ = ["RegistryDesk"]

_LONGEST_WORD: Final = 60
# What is shown of one purpose goes when another is chosen.
_NOTHING: Final[dict[str, Any]] = {
    "queue": None,
    "chosen": None,
    "leaving": None,
    "cameras": None,
    "card": None,
    "requests": None,
    "fault": "",
    "said": "",
    "receipts": [],
}


class RegistryDesk:
    """
    The registry desk beside one built study.

    Parameters
    ----------
    study
        The study's folder; its map is shown.
    registry
        The registry, as ``access.open_door`` takes it.
    clock
        Gives the present, with a zone.

    Attributes
    ----------
    view
        The widget that shows it.

    Raises
    ------
    StudyError
        The study was never built, or by another version.
    RegistryError
        The registry cannot be opened.
    """

    def __init__(
        self,
        study: str | PathLike[str],
        *,
        registry: str | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._store = Store.open(Study.open(study).results().path)
        self._door = access.open_door(registry)
        self._door.sign()
        self.view = DeskView(state=_first_state(self._store))
        zone = ZoneInfo(str(self._store.meta["time_zone"]))
        self._clerk = Clerk(self._door, self.view, clock=clock, zone=zone)
        self._queue = QueueDesk(self._clerk, SmallMaps(self._store))
        self._leaving = LeavingDesk(self._clerk)
        self._cameras = CameraDesk(self._clerk)
        self._requests = RequestDesk(self._clerk)
        self._desk = FaultDesk(lambda words: self.view.change(fault=words))
        self.page = VBox([self.view])
        self.page.add_class("ck-rd-page")
        self._listen()

    def close(self) -> None:
        """Close the registry's door; the page shows nothing new any more."""
        self._clerk.leave()
        self._door.close()

    def is_current(self) -> bool:
        """Whether no later build is in force than the one whose map is shown."""
        return self._store.is_current()

    def greet(self, visit: Visit) -> None:
        """
        Take over who has come, and show the first part that the role opens.

        Parameters
        ----------
        visit
            User and role.
        """
        self._clerk.come(visit)
        if self.view.state["tabs"]:
            self._desk.guard("read the registry")(self._open)(self.view.state)

    def _listen(self) -> None:
        """Do what the page asks for, and say it in one sentence where that fails."""
        deeds: dict[str, tuple[str, Callable[[Mapping[str, Any]], None]]] = {
            "tab": ("open that part", self._open),
            "purpose": ("change the purpose", self._change_purpose),
            "theme": ("draw the map anew", self._queue.change_theme),
            "queue": ("read the queue", self._queue.turn),
            "choose": ("open the submission", self._queue.choose),
            "contact": ("show the contact", self._queue.contact),
            "accept": ("accept the submission", self._queue.accept),
            "refuse": ("refuse the submission", self._queue.refuse),
            "reach": ("show the contact", self._leaving.reach),
            "settle": ("settle the wish", self._leaving.settle),
            "cameras": ("list the cameras", self._cameras.list),
            "card": ("open the camera", self._cameras.open_card),
            "card_contact": ("show the contact", self._cameras.contact),
            "card_close": ("close the camera", self._cameras.close_card),
            "dismiss": ("close the message", self._dismiss),
        }
        guarded = {
            name: self._desk.guard(task)(deed) for name, (task, deed) in deeds.items()
        }

        def hear(_widget: object, content: Mapping[str, Any], _buffers: object) -> None:
            deed = guarded.get(str(content.get("event")))
            if deed is not None and self._clerk.is_here:
                deed(content)

        self.view.on_msg(hear)

    def _open(self, content: Mapping[str, Any]) -> None:
        known = {one.key: one for one in TABS}
        tab = known.get(str(content.get("tab")))
        if tab is None:
            message = f"there is no part of that name; allowed: {', '.join(known)}"
            raise InputError(message)
        no_contact = self._clerk.why_no_contact(tab)
        self.view.change(tab=tab.key, why="", why_no_contact=no_contact, **_NOTHING)
        # Of a role that may not the page shows no such part: the door says so.
        why = self._clerk.why_not(tab) if self._clerk.may(tab.action) else ""
        if why:
            self.view.change(why=why)
            return
        shown: dict[str, Callable[[], None]] = {
            "queue": self._queue.open,
            "leaving": self._leaving.open,
            "cameras": self._cameras.open,
            "requests": self._requests.open,
        }
        shown[tab.key]()

    def _change_purpose(self, content: Mapping[str, Any]) -> None:
        purpose = str(content.get("purpose"))
        if purpose not in PURPOSES:
            message = f"that is no purpose; allowed: {', '.join(PURPOSES)}"
            raise InputError(message)
        self.view.change(
            purpose=purpose,
            case=str(content.get("case") or "")[:_LONGEST_WORD],
            offence=str(content.get("offence") or "")[:_LONGEST_WORD],
            **_NOTHING,
        )
        self._open(self.view.state)

    def _dismiss(self, _content: Mapping[str, Any]) -> None:
        self.view.change(fault="", said="", receipts=[])


def _first_state(store: Store) -> dict[str, Any]:
    """Give what the page shows before anybody has come."""
    return {
        "study": str(store.meta["study"]),
        "simulated": bool(store.meta["simulated"]),
        "user": "",
        "moderates": False,
        "tabs": [],
        "tab": "",
        "why": "",
        "why_no_contact": "",
        "purposes": [],
        "purpose": next(iter(PURPOSES)),
        "case": "",
        "offence": "",
        "states": [{"key": key, "title": title} for key, title in STATES.items()],
        **_NOTHING,
    }
