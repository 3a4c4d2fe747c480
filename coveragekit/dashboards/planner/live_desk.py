"""Look at a camera from the planner's page: what is asked, docked and let go again."""

from __future__ import annotations

import atexit
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Final, Literal, cast

from ipywidgets import VBox

from coveragekit.dashboards.components import Component, script
from coveragekit.dashboards.planner.live_words import (
    FULL,
    OFF,
    UNASKED,
    ask_of,
    heading_of,
    offered,
)
from coveragekit.errors import CoverageKitError

if TYPE_CHECKING:
    from concurrent.futures import Future

    from ipywidgets import Widget

    from coveragekit.access import Purpose, User
    from coveragekit.access.looking import Looks
    from coveragekit.dashboards.backroom import Backroom
    from coveragekit.dashboards.components import CameraCard
    from coveragekit.dashboards.faults import FaultDesk
    from coveragekit.dashboards.planner.live_words import Ask
    from coveragekit.dashboards.visit import Visit

__all__ = ["DockBar", "LiveDesk"]

_MOST: Final = 3
_MISSING: Final = (
    "a part that live pictures need is not installed here; see: coveragekit doctor"
)


class DockBar(Component):
    """What stands over a docked picture: whose it is, what for, and a way to close."""

    _esm = script("dock")


class LiveDesk:
    """
    Offers live pictures on the card of a camera, and docks those that are asked for.

    Parameters
    ----------
    card
        The card of the chosen camera.
    backroom
        Says whether a picture is offered, so that this kernel loads neither video nor
        database before somebody looks.
    desk
        Where faults go.

    Attributes
    ----------
    dock
        The box of the pictures.

    Notes
    -----
    Nothing is offered where ``COVERAGEKIT_FEEDS`` names no feed settings. Who looks is
    what the server said of the visitor; a page says what for, and nothing else.
    """

    def __init__(
        self, card: CameraCard, *, backroom: Backroom, desk: FaultDesk
    ) -> None:
        self.dock = VBox()
        self._card = card
        self._backroom = backroom
        self._desk = desk
        self._is_on = bool(os.environ.get("COVERAGEKIT_FEEDS"))
        self._visit: Visit | None = None
        self._looks: Looks | None = None
        self._lock = threading.RLock()
        self._camera_id = ""
        self._said: dict[str, Any] = OFF
        self._docked: dict[str, tuple[Widget, ...]] = {}
        # one thing at a time, and never in the way of the page's other messages
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="live")

    def greet(self, visit: Visit) -> None:
        """
        Take over who has come.

        Parameters
        ----------
        visit
            User, role and who says so.
        """
        self._visit = visit

    def card_state(self, camera_id: str) -> dict[str, Any]:
        """
        Give what is known of a camera's live picture by now.

        Parameters
        ----------
        camera_id
            The camera that the card is of from now on.

        Returns
        -------
        dict
            For the part ``live`` of the card.
        """
        with self._lock:
            if camera_id != self._camera_id:
                self._camera_id, self._said = camera_id, OFF
            return self._said

    def ask_about(self, camera_id: str) -> None:
        """
        Ask whether a camera has a live picture for who is here, and tell the card.

        Parameters
        ----------
        camera_id
            The camera that the card shows.
        """
        visit = self._visit
        if not self._is_on or visit is None:
            return
        call = self._backroom.submit(
            "looking",
            camera_id=camera_id,
            user=visit.user,
            role=visit.role,
            source=visit.source,
        )
        told = self._desk.guard("ask whether there is a live picture")(self._answered)
        call.add_done_callback(lambda done: told(camera_id, done))

    def look(self, message: dict[str, Any]) -> None:
        """
        Look at the chosen camera.

        Parameters
        ----------
        message
            What for, as the page's dialog has it.
        """
        ask = ask_of(message)
        with self._lock:
            # the card may be another camera's by the time that this one is open
            camera_id, title = self._camera_id, str(self._card.state.get("title", ""))
        self._answer(ask, "opening")
        work = self._desk.guard("look at the camera")(self._open)
        self._worker.submit(work, camera_id, ask, title)

    def close(self) -> None:
        """End every look, with a line of the log for each. Again does nothing."""
        with self._lock:
            looks, self._looks = self._looks, None
        if looks is not None:
            looks.close()
            looks.door.close()

    # What is offered

    def _answered(self, camera_id: str, call: Future[dict[str, Any]]) -> None:
        visit = self._visit
        if call.cancelled() or visit is None:
            return
        try:
            said = offered(call.result(), visit.role)
        except CoverageKitError:
            said = {"status": "not", "words": UNASKED}
        with self._lock:
            if camera_id == self._camera_id:
                answer = self._said.get("answer")
                self._said = {**said, "answer": answer} if answer else said
                self._tell()

    def _answer(
        self, ask: Ask, status: str, words: str = "", *, lacks: tuple[str, ...] = ()
    ) -> None:
        """Say in the dialog what became of what was asked there."""
        told = {"ask": ask.number, "status": status, "words": words}
        with self._lock:
            self._said = {**self._said, "answer": {**told, "lacks": list(lacks)}}
            self._tell()

    def _tell(self) -> None:
        if self._card.state.get("status") == "done":
            self._card.change(live=self._said)

    # What is docked; in the worker

    def _open(self, camera_id: str, ask: Ask, title: str) -> None:
        try:
            looks, user, purpose = self._prepare(ask)
            fault = self._fault(looks, user, purpose)
        except CoverageKitError as error:
            self._answer(ask, "refused", str(error))
            return
        except ImportError:
            self._answer(ask, "refused", _MISSING)
            raise
        if fault is not None:
            self._answer(ask, "refused", fault[0], lacks=fault[1])
            return
        self._let_go(camera_id)
        if len(self._docked) >= _MOST:
            self._answer(ask, "refused", FULL)
            return
        from coveragekit.live.preview import Preview

        preview = Preview(looks, camera_id, user=user, purpose=purpose)
        bar = DockBar(state=heading_of(title, ask))
        item = VBox([bar, preview])
        item.add_class("ck-docked")
        bar.on_msg(lambda *said: self._bar_said(camera_id, said[1]))
        self._docked[camera_id] = (item, bar, preview)
        self._show()
        self._answer(ask, "docked")

    def _prepare(self, ask: Ask) -> tuple[Looks, User, Purpose]:
        from coveragekit.access import Purpose, User

        visit = self._visit
        if visit is None:
            message = "nobody has come to this page yet"
            raise CoverageKitError(message)
        source = cast("Literal['proxy', 'local', 'token']", visit.source)
        user = User(visit.user, visit.role, source)
        purpose = Purpose(
            ask.purpose,
            offence=ask.offence or None,
            case_number=ask.case_number or None,
            emergency=ask.emergency,
        )
        return self._opened(), user, purpose

    def _opened(self) -> Looks:
        """Give where cameras are looked at; opened when somebody first does."""
        from coveragekit.access import open_door
        from coveragekit.access.looking import Looks

        with self._lock:
            if self._looks is None:
                self._looks = Looks(open_door())
                # a page that is closed ends its kernel, and with it each look
                atexit.register(self.close)
            return self._looks

    @staticmethod
    def _fault(
        looks: Looks, user: User, purpose: Purpose
    ) -> tuple[str, tuple[str, ...]] | None:
        from coveragekit.access.looking_terms import purpose_fault

        return purpose_fault(looks.door, user, purpose)

    def _bar_said(self, camera_id: str, said: object) -> None:
        if isinstance(said, dict) and said.get("event") == "close":
            self._worker.submit(
                self._desk.guard("close the picture")(self._let_go), camera_id
            )

    def _let_go(self, camera_id: str) -> None:
        """Take a picture away and end its look."""
        parts = self._docked.pop(camera_id, ())
        if parts:
            self._show()
        for one in parts:
            one.close()

    def _show(self) -> None:
        self.dock.children = [parts[0] for parts in self._docked.values()]
