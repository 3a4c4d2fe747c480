"""Cameras whose owners leave while the page is open: asked after, and left out."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from coveragekit.dashboards.planner.said import left_words
from coveragekit.errors import CoverageKitError
from coveragekit.study.origin import registry_of

if TYPE_CHECKING:
    from collections.abc import Collection
    from concurrent.futures import Future

    from coveragekit.dashboards.planner.parts import Parts

    Answer = Future[dict[str, Any]]

__all__ = ["Leaving"]


class Leaving:
    """
    Asks the back room who has left, and takes them off the page.

    Parameters
    ----------
    planner
        The page.

    Notes
    -----
    A study whose cameras are of files has nobody to ask. What is known stays known
    where nobody can be asked any more.
    """

    def __init__(self, planner: Parts) -> None:
        self._page = planner
        self._is_of_registry = bool(registry_of(planner.summary.get("sources") or ()))
        self._asking = threading.Lock()
        self._told = planner.desk.guard("learn which owners have left")(self._tell)

    def ask(self) -> None:
        """Ask, unless that is being done already; any thread may."""
        if not self._is_of_registry or not self._asking.acquire(blocking=False):
            return
        self._page.backroom.submit("left").add_done_callback(self._answered)

    def _answered(self, call: Answer) -> None:
        self._asking.release()
        self._told(call)

    def _tell(self, call: Answer) -> None:
        if call.cancelled():
            return
        try:
            answer = call.result()
        except CoverageKitError as fault:  # the banner says so; it is asked again
            self._say(str(fault).rstrip("."))
            return
        unknown = str(answer["unknown"])
        self._take(answer["ids"], keep=bool(unknown))
        self._say(unknown)

    def _take(self, ids: Collection[str], *, keep: bool) -> None:
        page = self._page
        found = [page.store.cameras.camera_id.find(str(key)) for key in ids]
        rows = frozenset(row for row in found if row >= 0)
        page.state.left = rows | page.state.left if keep else rows

    def _say(self, unknown: str) -> None:
        said: dict[str, Any] = left_words(len(self._page.state.left), unknown)
        if self._page.header.state["left"] != said:
            self._page.header.change(left=said)
