"""The other pages: welcome, signing, the receipt, leaving, and what there is not."""

from __future__ import annotations

import logging
import secrets
from collections import OrderedDict
from dataclasses import replace
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from tornado import web

from coveragekit.errors import CoverageKitError
from coveragekit.server.base import Plain
from coveragekit.server.draft import MOST_CAMERAS, Draft
from coveragekit.server.fields import read_signature, read_withdrawal
from coveragekit.server.office import fee_days, payload_of
from coveragekit.server.prose import prose
from coveragekit.server.steps import may_integrate
from coveragekit.server.words import LANGUAGES

if TYPE_CHECKING:
    from asyncio import Future

__all__ = [
    "Language",
    "Left",
    "Missing",
    "Receipt",
    "Restart",
    "Sent",
    "Sign",
    "Terms",
    "Welcome",
    "Withdraw",
]

_log = logging.getLogger(__name__)
_YEAR_S: Final = 365 * 24 * 3600
RECEIPT_S: Final = 3600
_MOST_SENT: Final = 5000


class Sent:
    """Which drafts were sent already, so that a second tap sends nothing again."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, Future[str]] = OrderedDict()

    def of(self, once: str) -> Future[str] | None:
        """
        Give what became of a draft.

        Parameters
        ----------
        once
            The draft's mark.

        Returns
        -------
        asyncio.Future or None
            Its receipt, perhaps still to come; ``None``: it was not sent.
        """
        return self._known.get(once)

    def keep(self, once: str, receipt: Future[str]) -> None:
        """
        Remember a draft.

        Parameters
        ----------
        once
            The draft's mark.
        receipt
            Its receipt, when it comes.
        """
        self._known[once] = receipt
        while len(self._known) > _MOST_SENT:
            self._known.popitem(last=False)

    def forget(self, once: str) -> None:
        """
        Let a draft be sent again.

        Parameters
        ----------
        once
            The draft's mark.
        """
        self._known.pop(once, None)


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
        *(
            f"register/{step}"
            for step in ("where", "aim", "camera", "people", "consent", "sign")
        ),
    }
)


class Restart(Plain):
    """Forget what was filled in."""

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
            quote = await self.kept_up(
                self.shop.office.quote, cameras=len(draft.cameras), days=fee_days(draft)
            )
        values = {"signer": draft.people.get("contact_name", ""), **values}
        self.show(
            "sign.html",
            step="consent",
            steps=("where", "aim", "camera", "people", "consent"),
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
            if not self.refuse(given, read.faults):
                await self.page(draft, read.values, read.faults)
            return
        signed = {**draft.consent, "signer": read.values["signer"]}
        await self.send(replace(draft, consent=signed))

    async def send(self, draft: Draft) -> None:
        """Put it into the queue, or say that it could not be."""
        sent: Sent = self.settings["sent"]
        once = draft.consent["once"]
        coming = sent.of(once)
        if coming is None:
            self.take("submit")
            from asyncio import get_running_loop

            coming = get_running_loop().create_future()
            sent.keep(once, coming)
            try:
                coming.set_result(await self.shop.desk.run(self.submit, draft))
            except (CoverageKitError, OSError) as error:
                sent.forget(once)
                coming.cancel()
                self.reference = secrets.token_hex(3).upper()
                kind = type(error).__name__
                _log.error("reference %s: %s at sending", self.reference, kind)
                self.set_status(HTTPStatus.SERVICE_UNAVAILABLE)
                self.show("fault.html", words="fault.unsent", reference=self.reference)
                return
        receipt = await coming
        kept = {"code": receipt, "cameras": len(draft.cameras), **_wanted(draft)}
        sealed = self.shop.seal.close("receipt", kept)
        self.put("ck_receipt", sealed, lasting_s=RECEIPT_S)
        self.put("ck_draft", "", lasting_s=0)
        self.put("ck_again", "", lasting_s=0)
        self.go("receipt")

    def submit(self, draft: Draft) -> str:
        """Put it into the queue; in a thread."""
        office, shown = self.shop.office, draft.consent
        quote = office.quote(cameras=len(draft.cameras), days=fee_days(draft))
        payload = payload_of(
            draft, language=shown["language"], quote=quote, sight=self.shop.desk.sight
        )
        return office.submit(payload, language=shown["language"])


def _wanted(draft: Draft) -> dict[str, str]:
    return {"wants": str(draft.consent["wants"])}


class Receipt(Plain):
    """The code that proves it, and how to leave."""

    def get(self) -> None:
        """Show it to the browser that has sent it."""
        kept = self.get_cookie("ck_receipt", "") or ""
        receipt = self.shop.seal.open("receipt", kept, within_s=RECEIPT_S)
        if receipt is None:
            self.go()
            return
        self.show("receipt.html", receipt=receipt)


class Withdraw(Plain):
    """Leaving."""

    def get(self) -> None:
        """Ask for code and contact."""
        values, faults = self.refused() or ({}, {})
        self.show("withdraw.html", done=False, values=values, faults=faults)

    async def post(self) -> None:
        """Withdraw what they stand for; the answer is the same whatever they are."""
        given = self.fields()
        read = read_withdrawal(given)
        if read.faults:
            if not self.refuse(given, read.faults):
                told = {"values": read.values, "faults": read.faults}
                self.show("withdraw.html", done=False, **told)
            return
        self.take("withdraw")
        await self.settings["evenly"](
            self.shop.desk.run(
                self.shop.office.withdraw,
                read.values["receipt"],
                read.values["contact"],
            )
        )
        self.put("ck_again", "", lasting_s=0)
        self.go("withdraw/done")


class Left(Plain):
    """What leaving means, whether or not a code was right."""

    def get(self) -> None:
        """Say it."""
        self.show("withdraw.html", done=True)


class Missing(Plain):
    """Any other address."""

    def get(self, *_given: str) -> None:
        """Say that there is no such page."""
        raise web.HTTPError(HTTPStatus.NOT_FOUND)

    post = get
