"""The queue of the registry desk: what owners sent in, and the decision on it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeVar

from coveragekit import access
from coveragekit.dashboards.registry_desk.queue_words import (
    camera_facts,
    contact_facts,
    near_words,
    submission_facts,
    submission_row,
)
from coveragekit.dashboards.registry_desk.words import cameras_words, faces_homes
from coveragekit.errors import ConflictError, InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from coveragekit.dashboards.registry_desk.clerk import Clerk
    from coveragekit.dashboards.registry_desk.small_map import SmallMaps

__all__ = ["QueueDesk"]

_PAGE: Final = 100
_ONCE: Final = 1000
_LONGEST: Final = 300
_GONE: Final = "that submission waits no more; open the queue again"
Done = TypeVar("Done")


class QueueDesk:
    """
    The queue.

    Parameters
    ----------
    clerk
        Who is at the desk.
    maps
        Draws small maps of the study.
    """

    def __init__(self, clerk: Clerk, maps: SmallMaps) -> None:
        self._clerk = clerk
        self._maps = maps
        self._sent: dict[str, access.Submission] = {}
        self._dark = False

    def open(self) -> None:
        """Read what waits, the oldest first."""
        self._clerk.view.change(queue=None, chosen=None)
        clerk, after = self._clerk, None
        rows: list[access.Submission] = []
        while True:
            page = access.list_submissions(
                clerk.user, clerk.purpose, after=after, limit=_ONCE, **clerk.asks
            )
            rows += page.rows
            after = page.after
            if after is None:
                break
        rows.sort(key=lambda one: (one.submitted_at, one.submission_id))
        self._sent = {one.submission_id: one for one in rows}
        self._show(0, "")

    def turn(self, content: Mapping[str, Any]) -> None:
        """
        Show another page of the queue, or what fits some words.

        Parameters
        ----------
        content
            ``begin``, the number of the first one, and ``words``.
        """
        begin = content.get("begin")
        first = begin if isinstance(begin, int) and begin > 0 else 0
        self._show(first, str(content.get("words") or "")[:_LONGEST].strip())

    def _show(self, begin: int, words: str) -> None:
        fitting = [one for one in self._sent.values() if _says(one, words)]
        begin = begin if begin < len(fitting) else 0
        shown = fitting[begin : begin + _PAGE]
        clerk = self._clerk
        near: Mapping[str, float] = {}
        if shown:
            ids = [one.submission_id for one in shown]
            near = access.submissions_near(clerk.user, clerk.purpose, ids, **clerk.asks)
        rows = [
            submission_row(one, clerk.zone, near_m=near.get(one.submission_id))
            for one in shown
        ]
        clerk.view.change(
            queue={
                "rows": rows,
                "begin": begin,
                "fitting": len(fitting),
                "all": len(self._sent),
                "words": words,
                "page": _PAGE,
            }
        )

    def _waiting(self, content: Mapping[str, Any]) -> access.Submission:
        found = self._sent.get(str(content.get("id")))
        if found is None:
            raise InputError(_GONE)
        return found

    def choose(self, content: Mapping[str, Any]) -> None:
        """
        Show one of them, with its cameras and those that are near.

        Parameters
        ----------
        content
            Its ``id``.
        """
        sent, clerk = self._waiting(content), self._clerk
        near = access.submission_neighbours(
            clerk.user, clerk.purpose, sent.submission_id, **clerk.asks
        )
        told = zip((sent.payload or {})["cameras"], near, strict=True)
        clerk.view.change(
            fault="",
            said="",
            receipts=[],
            chosen={
                "id": sent.submission_id,
                "title": submission_row(sent, clerk.zone)["address"],
                "facts": submission_facts(sent, clerk.zone),
                "cameras": [
                    self._camera(number, camera, found)
                    for number, (camera, found) in enumerate(told, start=1)
                ],
                "contact": None,
            },
        )

    def _camera(
        self, number: int, camera: Mapping[str, Any], near: Sequence[access.Nearby]
    ) -> dict[str, Any]:
        marks = [
            (one.camera.lon, one.camera.lat, str(at))
            for at, one in enumerate(near, start=1)
        ]
        return {
            "title": f"Camera {number}",
            "facts": camera_facts(camera),
            "homes": faces_homes(camera.get("faces_homes_share")),
            "near": near_words(near),
            "map": self._maps.draw(camera, marks, dark=self._dark),
        }

    def contact(self, content: Mapping[str, Any]) -> None:
        """
        Show who sent it; the door reads it anew and writes down whose it was.

        Parameters
        ----------
        content
            Its ``id``.
        """
        sent, clerk = self._waiting(content), self._clerk
        found = access.submission_contact(
            clerk.user, clerk.purpose, sent.submission_id, **clerk.asks
        )
        if not found:
            raise InputError(_GONE)
        chosen = clerk.view.state["chosen"]
        if chosen is not None and chosen["id"] == sent.submission_id:
            clerk.view.change(chosen={**chosen, "contact": contact_facts(found)})

    def accept(self, content: Mapping[str, Any]) -> None:
        """
        Accept it: its cameras are registered, and the owner gets receipts.

        Parameters
        ----------
        content
            Its ``id``.
        """
        sent, clerk = self._waiting(content), self._clerk
        done = self._decided(
            lambda: access.accept_submission(
                clerk.user,
                clerk.purpose,
                sent.submission_id,
                revision=sent.revision,
                **clerk.asks,
            )
        )
        if done is None:
            return
        count = len(done.camera_ids)
        words = f"{cameras_words(count)} {'is' if count == 1 else 'are'}"
        self._take_out(sent)
        clerk.view.change(
            said=f"Accepted: {words} registered now. Hand the owner what follows; it "
            "is shown this once.",
            receipts=[
                access.receipt_words(one, language=sent.language or "en")
                for one in done.receipts
            ],
        )

    def refuse(self, content: Mapping[str, Any]) -> None:
        """
        Refuse it; the people whom it named are deleted.

        Parameters
        ----------
        content
            Its ``id``, the ``reason``, and whether it is a ``duplicate``.
        """
        sent, clerk = self._waiting(content), self._clerk
        reason = str(content.get("reason", ""))[:_LONGEST]
        duplicate = content.get("duplicate") is True
        done = self._decided(
            lambda: access.refuse_submission(
                clerk.user,
                clerk.purpose,
                sent.submission_id,
                reason=reason,
                revision=sent.revision,
                duplicate=duplicate,
                **clerk.asks,
            )
        )
        if done is not None:
            self._take_out(sent)
            words = "Noted as a double" if duplicate else "Refused"
            clerk.view.change(said=f"{words}; the people it named are deleted.")

    def _decided(self, deed: Callable[[], Done]) -> Done | None:
        """Decide; where somebody else did so before, say so and read the queue anew."""
        try:
            return deed()
        except ConflictError as error:
            self.open()
            self._clerk.view.change(said=str(error))
            return None

    def _take_out(self, sent: access.Submission) -> None:
        """Show what still waits where the clerk was, and not the beginning again."""
        del self._sent[sent.submission_id]
        queue = self._clerk.view.state["queue"] or {"begin": 0, "words": ""}
        self._clerk.view.change(chosen=None)
        self._show(queue["begin"], queue["words"])

    def change_theme(self, content: Mapping[str, Any]) -> None:
        """
        Draw the small maps for a light or a dark page.

        Parameters
        ----------
        content
            Whether it is ``dark``.
        """
        dark = content.get("dark") is True
        if dark != self._dark:
            self._dark = dark
            chosen = self._clerk.view.state["chosen"]
            if chosen is not None:
                self.choose(chosen)


def _says(sent: access.Submission, words: str) -> bool:
    site = (sent.payload or {}).get("site", {})
    told = f"{site.get('address') or ''} {site.get('name') or ''}"
    return words.casefold() in told.casefold()
