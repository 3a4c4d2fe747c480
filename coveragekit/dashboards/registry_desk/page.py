"""The registry desk: what is shown, and what happens when somebody uses it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, TypeVar
from zoneinfo import ZoneInfo

from ipywidgets import VBox

from coveragekit import access
from coveragekit.dashboards.faults import FaultDesk
from coveragekit.dashboards.registry_desk.parts import DeskView
from coveragekit.dashboards.registry_desk.small_map import SmallMaps
from coveragekit.dashboards.registry_desk.words import (
    camera_facts,
    camera_row,
    contact_facts,
    near_words,
    request_row,
    submission_facts,
    submission_row,
)
from coveragekit.errors import AccessRefused, ConflictError, InputError
from coveragekit.study import Study
from coveragekit.view import Store

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from os import PathLike

    from coveragekit.dashboards.visit import Visit

__all__ = ["RegistryDesk"]

_PURPOSES: Final = {
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
_STATES: Final = (
    "registered",
    "offered",
    "integrated",
    "suspended",
    "invited",
    "expired",
    "lapsed",
    "withdrawn",
)
_OPEN: Final = ("drafted", "sent", "reminded", "overdue", "answered")
_MOST: Final = 100
Done = TypeVar("Done")
_LONGEST_REASON: Final = 300
_LONGEST_WORD: Final = 60


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
        self._maps = SmallMaps(self._store)
        self._zone = ZoneInfo(str(self._store.meta["time_zone"]))
        self._clock = clock
        self._user: access.User | None = None
        self._sent: dict[str, access.Submission] = {}
        self._dark = False
        self.view = DeskView(
            state={
                "study": str(self._store.meta["study"]),
                "simulated": bool(self._store.meta["simulated"]),
                "user": "",
                "moderates": False,
                "purposes": [
                    {"key": key, "title": title, "demands": self._demands(key)}
                    for key, title in _PURPOSES.items()
                ],
                "case": "",
                "offence": "",
                "purpose": next(iter(_PURPOSES)),
                "tab": "queue",
                "queue": None,
                "chosen": None,
                "states": [{"key": k, "title": _title(k)} for k in _STATES],
                "cameras": None,
                "requests": None,
                "said": "",
                "receipts": [],
                "fault": "",
            }
        )
        self._desk = FaultDesk(lambda words: self.view.change(fault=words))
        self.page = VBox([self.view])
        self.page.add_class("ck-rd-page")
        deeds: dict[str, tuple[str, Callable[[Mapping[str, Any]], None]]] = {
            "tab": ("open that part", self._open),
            "purpose": ("change the purpose", self._change_purpose),
            "theme": ("draw the map anew", self._theme),
            "choose": ("open the submission", self._choose),
            "contact": ("show the contact", self._contact),
            "accept": ("accept the submission", self._accept),
            "refuse": ("refuse the submission", self._refuse),
            "cameras": ("list the cameras", self._cameras),
            "dismiss": ("close the message", self._dismiss),
        }
        guarded = {
            name: self._desk.guard(task)(deed) for name, (task, deed) in deeds.items()
        }

        def hear(_widget: object, content: Mapping[str, Any], _buffers: object) -> None:
            deed = guarded.get(str(content.get("event")))
            if deed is not None and self._user is not None:
                deed(content)

        self.view.on_msg(hear)

    def close(self) -> None:
        """Close the registry's door; the page shows nothing new any more."""
        self._user = None
        self._door.close()

    def is_current(self) -> bool:
        """Whether no later build is in force than the one whose map is shown."""
        return self._store.is_current()

    def greet(self, visit: Visit) -> None:
        """
        Take over who has come, and show the queue.

        Parameters
        ----------
        visit
            User and role.
        """
        self._user = access.User(visit.user, visit.role, visit.source)  # type: ignore[arg-type]
        roles = self._door.policy.rules["moderate"].roles
        named = f"{visit.user}, {visit.role}" if visit.user else visit.role
        self.view.change(user=named, moderates=visit.role in roles)
        self._desk.guard("read the queue")(self._open)({"tab": "queue"})

    @property
    def _who(self) -> access.User:
        if self._user is None:
            message = "nobody has opened this page"
            raise AccessRefused(message)
        return self._user

    @property
    def _purpose(self) -> access.Purpose:
        state = self.view.state
        wanted = self._demands(str(state["purpose"]))
        return access.Purpose(
            str(state["purpose"]),
            offence=(state["offence"] or None) if "offence" in wanted else None,
            case_number=(state["case"] or None) if "case_number" in wanted else None,
        )

    def _demands(self, purpose: str) -> list[str]:
        """Give what has to be said with a purpose: offence, case number."""
        return sorted(self._door.policy.demands.get(purpose, ()))

    def _open(self, content: Mapping[str, Any]) -> None:
        tab = str(content.get("tab"))
        shown: dict[str, Callable[[], None]] = {
            "queue": self._queue,
            "cameras": lambda: self._cameras({}),
            "requests": self._requests,
        }
        if tab not in shown:
            message = f"there is no part {tab!r:.40}; allowed: {', '.join(shown)}"
            raise InputError(message)
        self.view.change(tab=tab, fault="", said="", receipts=[])
        shown[tab]()

    def _change_purpose(self, content: Mapping[str, Any]) -> None:
        purpose = str(content.get("purpose"))
        if purpose not in _PURPOSES:
            message = f"purpose is {purpose!r:.40}; allowed: {', '.join(_PURPOSES)}"
            raise InputError(message)
        # What was shown for another purpose goes: it is asked for anew.
        self.view.change(
            purpose=purpose,
            case=str(content.get("case") or "")[:_LONGEST_WORD],
            offence=str(content.get("offence") or "")[:_LONGEST_WORD],
            fault="",
            said="",
            queue=None,
            chosen=None,
            cameras=None,
            requests=None,
        )
        state = self.view.state
        told = {"offence": state["offence"], "case_number": state["case"]}
        if all(told[name] for name in self._demands(purpose)):
            self._open({"tab": state["tab"]})

    def _queue(self) -> None:
        """List what waits, the oldest first."""
        self.view.change(queue=None, chosen=None)
        page = access.list_submissions(
            self._who, self._purpose, limit=1000, registry=self._door
        )
        rows = sorted(page.rows, key=lambda one: one.submitted_at)
        self._sent = {one.submission_id: one for one in rows}
        shown = [submission_row(one, self._zone) for one in rows[:_MOST]]
        count = f"{len(rows):,}{'+' if page.after else ''}"
        self.view.change(queue={"rows": shown, "all": len(rows), "count": count})

    def _waiting(self, content: Mapping[str, Any]) -> access.Submission:
        found = self._sent.get(str(content.get("id")))
        if found is None:
            message = "that submission waits no more; open the queue again"
            raise InputError(message)
        return found

    def _choose(self, content: Mapping[str, Any]) -> None:
        sent = self._waiting(content)
        near = access.submission_neighbours(
            self._who, self._purpose, sent.submission_id, registry=self._door
        )
        cameras = []
        for number, (camera, found) in enumerate(
            zip((sent.payload or {})["cameras"], near, strict=True), start=1
        ):
            marks = [
                (one.camera.lon, one.camera.lat, str(at))
                for at, one in enumerate(found, start=1)
            ]
            share = camera.get("faces_homes_share")
            cameras.append(
                {
                    "title": f"Camera {number}",
                    "facts": camera_facts(camera),
                    "homes": share is not None and share >= 0.5,
                    "near": near_words(found),
                    "map": self._maps.draw(camera, marks, dark=self._dark),
                }
            )
        self.view.change(
            fault="",
            said="",
            receipts=[],
            chosen={
                "id": sent.submission_id,
                "title": submission_row(sent, self._zone)["address"],
                "facts": submission_facts(sent, self._zone),
                "cameras": cameras,
                "contact": None,
            },
        )

    def _contact(self, content: Mapping[str, Any]) -> None:
        """Show who sent it; the door reads it anew and writes down whose it was."""
        sent = self._waiting(content)
        found = access.submission_contact(
            self._who, self._purpose, sent.submission_id, registry=self._door
        )
        if not found:
            message = "that submission waits no more; open the queue again"
            raise InputError(message)
        chosen = self.view.state["chosen"]
        if chosen is not None and chosen["id"] == sent.submission_id:
            self.view.change(chosen={**chosen, "contact": contact_facts(found)})

    def _accept(self, content: Mapping[str, Any]) -> None:
        sent = self._waiting(content)
        done = self._decided(
            lambda: access.accept_submission(
                self._who,
                self._purpose,
                sent.submission_id,
                revision=sent.revision,
                registry=self._door,
            )
        )
        if done is not None:
            count = len(done.camera_ids)
            words = "camera is" if count == 1 else "cameras are"
            self._queue()
            self.view.change(
                said=f"Accepted: {count} {words} registered now. Hand the owner what "
                "follows; it is shown this once.",
                receipts=[
                    access.receipt_words(one, language=sent.language or "en")
                    for one in done.receipts
                ],
            )

    def _refuse(self, content: Mapping[str, Any]) -> None:
        sent = self._waiting(content)
        reason = str(content.get("reason", ""))[:_LONGEST_REASON]
        duplicate = content.get("duplicate") is True
        done = self._decided(
            lambda: access.refuse_submission(
                self._who,
                self._purpose,
                sent.submission_id,
                reason=reason,
                revision=sent.revision,
                duplicate=duplicate,
                registry=self._door,
            )
        )
        if done is not None:
            self._queue()
            words = "Noted as a double" if duplicate else "Refused"
            self.view.change(said=f"{words}; the people it named are deleted.")

    def _decided(self, deed: Callable[[], Done]) -> Done | None:
        """Decide; where somebody else did so before, say so and read the queue anew."""
        try:
            return deed()
        except ConflictError as error:
            self._queue()
            self.view.change(said=str(error))
            return None

    def _cameras(self, content: Mapping[str, Any]) -> None:
        state = str(content.get("state") or _STATES[0])
        if state not in _STATES:
            message = f"state is {state!r:.40}; allowed: {', '.join(_STATES)}"
            raise InputError(message)
        words = str(content.get("words") or "")[:100].strip()
        after = content.get("after")
        page = access.find_cameras(
            self._who,
            self._purpose,
            wanted=access.CameraFilter(states=(state,), words=words or None),
            after=str(after) if after else None,
            limit=_MOST,
            registry=self._door,
        )
        self.view.change(
            fault="",
            cameras={
                "state": state,
                "words": words,
                "rows": [camera_row(one, state) for one in page.rows],
                "after": page.after,
            },
        )

    def _requests(self) -> None:
        found = access.list_requests(
            self._who, self._purpose, states=_OPEN, registry=self._door
        )
        now = self._clock()
        rows = [request_row(one, now=now, zone=self._zone) for one in found[:_MOST]]
        self.view.change(requests={"rows": rows, "all": len(found)})

    def _theme(self, content: Mapping[str, Any]) -> None:
        dark = content.get("dark") is True
        if dark != self._dark:
            self._dark = dark
            chosen = self.view.state["chosen"]
            if chosen is not None:
                self._choose(chosen)

    def _dismiss(self, _content: Mapping[str, Any]) -> None:
        self.view.change(fault="", said="", receipts=[])


def _title(state: str) -> str:
    return state.capitalize()
