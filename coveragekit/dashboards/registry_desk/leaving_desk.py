"""Owners who wished to leave and gave another contact than the one on file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from coveragekit import access
from coveragekit.dashboards.registry_desk.list_words import contact_rows, leaving_row
from coveragekit.dashboards.registry_desk.queue_words import contact_facts
from coveragekit.dashboards.registry_desk.words import cameras_words
from coveragekit.errors import ConflictError, InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from coveragekit.dashboards.registry_desk.clerk import Clerk

__all__ = ["LeavingDesk"]

_FORM: Final = "sub_"
_LONGEST: Final = 300


class LeavingDesk:
    """
    The wishes to leave about which somebody has to call the owner.

    Parameters
    ----------
    clerk
        Who is at the desk.
    """

    def __init__(self, clerk: Clerk) -> None:
        self._clerk = clerk
        self._tasks: dict[str, access.LeavingTask] = {}

    def open(self) -> None:
        """Read them, the most urgent first."""
        clerk = self._clerk
        found = access.list_leaving(clerk.user, clerk.purpose, **clerk.asks)
        self._tasks = {one.review_id: one for one in found}
        rows = [leaving_row(one, clerk.zone) for one in found]
        clerk.view.change(leaving={"rows": rows})

    def _task(self, content: Mapping[str, Any]) -> access.LeavingTask:
        found = self._tasks.get(str(content.get("id")))
        if found is None:
            message = "that wish was settled already; open the list again"
            raise InputError(message)
        return found

    def reach(self, content: Mapping[str, Any]) -> None:
        """
        Show the contact on file of one owner; that is on record.

        Parameters
        ----------
        content
            The wish's ``id``.
        """
        task, clerk = self._task(content), self._clerk
        cameras = [one for one in task.ids if not one.startswith(_FORM)]
        rows: list[list[str]] = []
        if cameras:
            found = access.contacts(clerk.user, clerk.purpose, cameras, **clerk.asks)
            people = {one.contact_id: one for one in found}
            rows += contact_rows(list(people.values()))
        for form in task.ids:
            if form.startswith(_FORM):
                rows += contact_facts(
                    access.submission_contact(
                        clerk.user, clerk.purpose, form, **clerk.asks
                    )
                )
        told = rows or [["Contact", "none is on file any more"]]
        leaving = clerk.view.state["leaving"] or {"rows": []}
        clerk.view.change(
            leaving={
                "rows": [
                    {**row, "contact": told} if row["id"] == task.review_id else row
                    for row in leaving["rows"]
                ]
            }
        )

    def settle(self, content: Mapping[str, Any]) -> None:
        """
        Say what the owner wishes; who leaves has left then, with receipts.

        Parameters
        ----------
        content
            The wish's ``id``, the ``verdict`` and a ``note`` how they were reached.
        """
        task, clerk = self._task(content), self._clerk
        try:
            done = access.settle_leaving(
                clerk.user,
                clerk.purpose,
                task.review_id,
                verdict=str(content.get("verdict")),
                note=str(content.get("note") or "")[:_LONGEST],
                revision=task.revision,
                **clerk.asks,
            )
        except ConflictError as error:
            self.open()
            clerk.view.change(said=str(error))
            return
        self.open()
        receipts = [one.receipt for one in done if one.receipt is not None]
        words = "Noted: the owner stays, and nothing was changed."
        if content.get("verdict") == "withdrawn":
            words = (
                f"The owner has left with {cameras_words(len(receipts))}. Hand over "
                "what follows; it is shown this once."
                if receipts
                else "The owner has left; nothing stands any more."
            )
        clerk.view.change(
            said=words,
            receipts=[
                access.receipt_words(one, language=one.language or "en")
                for one in receipts
            ],
        )
