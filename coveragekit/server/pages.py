"""The other pages: welcome, signing, the receipt, and what there is not."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections import OrderedDict
from dataclasses import replace
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from tornado import web

from coveragekit.errors import CoverageKitError, InputError
from coveragekit.server.base import Plain
from coveragekit.server.draft import MOST_CAMERAS, SHOWN, Draft
from coveragekit.server.fields import read_signature
from coveragekit.server.office import fee_days, payload_of
from coveragekit.server.prose import prose
from coveragekit.server.steps import may_integrate
from coveragekit.server.words import LANGUAGES

if TYPE_CHECKING:
    from asyncio import Task
    from collections.abc import Callable, Coroutine

__all__ = [
    "Language",
    "Missing",
    "Receipt",
    "ReceiptText",
    "Restart",
    "Sent",
    "Sign",
    "Terms",
    "Welcome",
]

_log = logging.getLogger(__name__)
_YEAR_S: Final = 365 * 24 * 3600
_HOUR_S: Final = 3600
_MOST_SENT: Final = 5000


class Sent:
    """Which drafts were sent already, so that a second tap sends nothing again."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, Task[str]] = OrderedDict()

    async def once(
        self, mark: str, work: Callable[[], Coroutine[Any, Any, str]]
    ) -> str:
        """
        Send a draft, or wait for what its first tap has begun.

        Parameters
        ----------
        mark
            The draft's mark.
        work
            Sends it, and gives its receipt.

        Returns
        -------
        str
            The receipt.

        Notes
        -----
        What fails, for whatever reason, fails for all who wait, and is forgotten: the
        draft can be sent again.
        """
        coming = self._known.get(mark)
        if coming is None:
            coming = asyncio.ensure_future(work())
            self._known[mark] = coming
            coming.add_done_callback(partial(self._over, mark))
            while len(self._known) > _MOST_SENT:
                self._known.popitem(last=False)
        return await asyncio.shield(coming)

    def knows(self, mark: str) -> bool:
        """
        Tell whether a draft was sent, or is being sent.

        Parameters
        ----------
        mark
            The draft's mark.

        Returns
        -------
        bool
            Whether it costs nothing to ask for its receipt.
        """
        return mark in self._known

    def _over(self, mark: str, done: Task[str]) -> None:
        if done.cancelled() or done.exception() is not None:
            self._known.pop(mark, None)


class Welcome(Plain):
    """What registering and integrating mean."""

    def get(self) -> None:
        """Show it."""
        started = "lon" in self.draft().camera
        self.show("welcome.html", started=started)


class Language(Plain):
    """Another language."""

    def get(self, language: str) -> None:
        """Keep it, and go back to the page it was asked on."""
        if language not in LANGUAGES:
            raise web.HTTPError(HTTPStatus.NOT_FOUND)
        self.put("ck_lang", language, lasting_s=_YEAR_S)
        wanted = self.get_query_argument("to", "")
        self.go(wanted if wanted in _PAGES else "")


_PAGES: Final = frozenset(
    {
        "receipt",
        "terms",
        "withdraw",
        "withdraw/done",
        *(
            f"register/{step}"
            for step in ("where", "aim", "camera", "people", "consent", "sign")
        ),
    }
)


class Restart(Plain):
    """Forget what was filled in."""

    page_of = ""

    def post(self) -> None:
        """Do so."""
        self.put("ck_draft", "", lasting_s=0)
        self.go()


class Terms(Plain):
    """The consent texts, for whoever wants to read them first."""

    def get(self) -> None:
        """Show them."""
        office, language = self.shop.office, self.language
        texts = [
            office.text(kind, language) for kind in ("registration", "integration")
        ]
        self.show("terms.html", texts=[(one, prose(one.body)) for one in texts])


class Sign(Plain):
    """Look it all over, and sign."""

    async def get(self) -> None:
        """Show all that was filled in."""
        draft = self.draft()
        missing = draft.first_missing()
        if missing != "sign":
            self.go(f"register/{missing}")
            return
        values, faults = self.refused() or ({}, {})
        await self.page(draft, values, faults)

    async def page(
        self, draft: Draft, values: dict[str, Any], faults: dict[str, str]
    ) -> None:
        """Write the page."""
        quote = None
        if draft.consent["wants"] == "integrate":
            quote = await self.looked_up(
                self.shop.office.quote, cameras=len(draft.cameras), days=fee_days(draft)
            )
        self.show(
            "sign.html",
            step="sign",
            steps=SHOWN,
            draft=draft,
            values=values,
            faults=faults,
            quote=quote,
            days=fee_days(draft),
            then="",
            more=len(draft.cameras) < MOST_CAMERAS,
        )

    async def post(self) -> None:
        """Send it, once."""
        draft = self.draft()
        missing = draft.first_missing()
        if missing != "sign":
            self.go(f"register/{missing}")
            return
        agreed = draft.consent
        text = self.shop.office.text("registration", agreed["language"])
        # Another camera was added since, or the text is another one now.
        offered = agreed["wants"] != "integrate" or may_integrate(draft)
        if not offered or agreed["text_version"] != text.version:
            self.go("register/consent")
            return
        given = self.fields()
        read = read_signature(given)
        if read.faults:
            self.refuse(given, read.faults)
            return
        signed = {**draft.consent, "signer": read.values["signer"]}
        try:
            receipt = await self.send(replace(draft, consent=signed))
        except (CoverageKitError, OSError) as error:
            number = secrets.token_hex(3).upper()
            _log.error("reference %s: %s at sending", number, type(error).__name__)
            # What will never be taken is told apart from what may be tried again.
            words = "unfit" if isinstance(error, InputError) else "unsent"
            self.refuse(given, {"form": f"fault.{words}"}, reference=number)
            return
        self.hand_out(draft, receipt)

    async def send(self, draft: Draft) -> str:
        """Put it into the queue, once, and give its receipt."""
        sent: Sent = self.settings["sent"]
        once = draft.consent["once"]
        if not sent.knows(once):
            self.take("submit")
        return await sent.once(once, lambda: self.submit(draft))

    async def submit(self, draft: Draft) -> str:
        """Put it into the queue."""
        desk, office, shown = self.shop.desk, self.shop.office, draft.consent
        language = str(shown["language"])
        quote = await desk.office.run(
            office.quote, cameras=len(draft.cameras), days=fee_days(draft)
        )
        payload = await desk.study.run(
            payload_of, draft, language=language, quote=quote, sight=desk.sight
        )
        return await desk.office.run(office.submit, payload, language=language)

    def hand_out(self, draft: Draft, receipt: str) -> None:
        """Leave the receipt in the browser, take the draft out of it, and show it."""
        kept = {"code": receipt, "wants": str(draft.consent["wants"])}
        self.put("ck_receipt", self.shop.seal.close("receipt", kept), lasting_s=_HOUR_S)
        self.put("ck_draft", "", lasting_s=0)
        self.put("ck_again", "", lasting_s=0)
        self.go("receipt")


class Receipt(Plain):
    """The code that proves it, and how to leave."""

    def get(self) -> None:
        """Show it to the browser that has sent it."""
        kept = self.get_cookie("ck_receipt", "") or ""
        receipt = self.shop.seal.open("receipt", kept, within_s=_HOUR_S)
        if receipt is None:
            self.go()
            return
        self.show("receipt.html", receipt=receipt)


class ReceiptText(Plain):
    """The same as a file."""

    def get(self) -> None:
        """Send it to the browser that has the receipt."""
        kept = self.get_cookie("ck_receipt", "") or ""
        receipt = self.shop.seal.open("receipt", kept, within_s=_HOUR_S)
        if receipt is None:
            self.go()
            return
        lines = [
            self.shop.front.agency or self.say("all.police"),
            self.shop.desk.name,
            "",
            f"{self.say('receipt.code')}: {receipt['code']}",
            "",
            self.say("receipt.text"),
            self.say("receipt.leave_text"),
            self.shop.front.contact,
        ]
        self.hand(self.say("receipt.file"), "\n".join(lines).strip() + "\n")


class Missing(Plain):
    """Any other address."""

    def get(self, *_given: str) -> None:
        """Say that there is no such page."""
        raise web.HTTPError(HTTPStatus.NOT_FOUND)

    post = get
