"""What the form leaves in a visitor's browser: the draft, and what was refused."""

from __future__ import annotations

from datetime import UTC, datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from tornado import web

from coveragekit.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from coveragekit.server.draft import Draft
    from coveragekit.server.shop import Shop

__all__ = ["Kept"]

_LONG_AGO: Final = datetime(1970, 1, 2, tzinfo=UTC)
_AGAIN_S: Final = 600
_DRAFT_S: Final = 4 * 3600
_CLIPPED: Final = 40


class Kept(web.RequestHandler):
    """A handler that keeps what it needs in the visitor's own browser, sealed."""

    reference = ""

    @property
    def shop(self) -> Shop:
        """What the handlers work with."""
        found: Shop = self.settings["shop"]
        return found

    def put(self, name: str, value: str, *, lasting_s: int) -> None:
        """
        Leave something in the browser.

        Parameters
        ----------
        name
            Name of the cookie.
        value
            What to leave; nothing takes it away.
        lasting_s
            For how long, seconds.
        """
        front = self.shop.front
        self.set_cookie(
            name,
            value,
            path=front.base_url,
            secure=front.https,
            httponly=True,
            samesite="Strict",
            expires=None if value else _LONG_AGO,
            max_age=lasting_s if value else None,
        )

    def draft(self) -> Draft:
        """
        Give what the visitor has filled in so far.

        Returns
        -------
        Draft
            An empty one where there is none, or it is too old.
        """
        kept = self.get_cookie("ck_draft", "") or ""
        return self.shop.seal.kept(kept, within_s=_DRAFT_S)

    def keep(self, draft: Draft) -> None:
        """
        Keep a draft in the visitor's browser.

        Parameters
        ----------
        draft
            What is filled in now.

        Raises
        ------
        InputError
            It is too long.
        """
        self.put("ck_draft", self.shop.seal.keep(draft), lasting_s=_DRAFT_S)
        if self.get_cookie("ck_again"):
            self.put("ck_again", "", lasting_s=0)

    def refuse(
        self,
        given: Mapping[str, str],
        faults: Mapping[str, str],
        *,
        reference: str = "",
    ) -> None:
        """
        Send the browser back to the page of a form that was refused.

        Parameters
        ----------
        given
            What was typed.
        faults
            What is wrong with it.
        reference
            Number under which the log has it, where it has.

        Notes
        -----
        The browser's way back then leads over pages alone, and no page asks whether to
        send a form again. Of what is too long to be kept only the beginnings are, and
        in the end nothing but the faults.
        """
        typed = {name: one for name, one in given.items() if name != "_xsrf"}
        clipped = {name[:_CLIPPED]: one[:_CLIPPED] for name, one in typed.items()}
        told = {"at": self.request.path, "faults": dict(faults), "number": reference}
        for kept in (typed, clipped, {}):
            try:
                sealed = self.shop.seal.close("again", {**told, "given": kept})
            except InputError:
                continue
            self.put("ck_again", sealed, lasting_s=_AGAIN_S)
            break
        self.redirect(self.request.path, status=HTTPStatus.SEE_OTHER)

    def refused(self) -> tuple[dict[str, Any], dict[str, str]] | None:
        """
        Give what was typed into this page and refused.

        Returns
        -------
        tuple of dict or None
            What was typed, and what is wrong with it; ``None`` where nothing was.
        """
        kept = self.get_cookie("ck_again", "") or ""
        told = self.shop.seal.open("again", kept, within_s=_AGAIN_S) if kept else None
        if told is None or told["at"] != self.request.path:
            return None
        self.reference = str(told["number"])
        return told["given"], told["faults"]
