"""What every answer of the form has in common: headers, limits, language, faults."""

from __future__ import annotations

import json
import logging
import secrets
import traceback
from datetime import UTC, datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final, TypeVar

from tornado import web

from coveragekit.errors import CoverageKitError, InputError
from coveragekit.server.fields import LABELS
from coveragekit.server.limits import address_of
from coveragekit.server.words import LANGUAGES, chosen_language, words_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import TracebackType

    from coveragekit.server.draft import Draft
    from coveragekit.server.shop import Shop

__all__ = ["Plain"]

_log = logging.getLogger(__name__)
_CSP: Final = (
    "default-src 'none'; img-src 'self'; style-src 'self'; script-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'; require-trusted-types-for 'script'"
)
_HEADERS: Final[Mapping[str, str]] = {
    "Content-Security-Policy": _CSP,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
    "Server": "coveragekit",
}
_MOST_FIELDS: Final = 60

Answer = TypeVar("Answer")
_LONG_AGO: Final = datetime(1970, 1, 2, tzinfo=UTC)
_AGAIN_S: Final = 600
DRAFT_S: Final = 4 * 3600
_FORM: Final = "application/x-www-form-urlencoded"
_JSON: Final = "application/json"


class Plain(web.RequestHandler):
    """A page, or a small answer to one of its scripts."""

    limit = "page"
    takes = _FORM
    reference = ""
    retry_after_s = 0

    @property
    def shop(self) -> Shop:
        """What the handlers work with."""
        found: Shop = self.settings["shop"]
        return found

    @property
    def language(self) -> str:
        """Language of the page."""
        return chosen_language(
            self.get_query_argument("lang", ""),
            self.get_cookie("ck_lang", "") or "",
            self.request.headers.get("Accept-Language", ""),
        )

    def say(self, key: str, **values: object) -> str:
        """
        Give words in the language of the page.

        Parameters
        ----------
        key
            Their name.
        **values
            What stands in braces in them.

        Returns
        -------
        str
            The words.
        """
        words = words_of(self.language)[key]
        return words.format_map(values) if values else words

    def set_default_headers(self) -> None:
        """Forbid browsers whatever the page does not need."""
        for name, value in _HEADERS.items():
            self.set_header(name, value)
        if self.settings["shop"].front.https:
            self.set_header("Strict-Transport-Security", "max-age=31536000")

    def prepare(self) -> None:
        """Refuse strange hosts, too many questions, and forms of other kinds."""
        host = self.request.host_name.lower()
        if host not in self.shop.hosts:
            raise web.HTTPError(HTTPStatus.MISDIRECTED_REQUEST)
        self.take(self.limit)
        if self.request.method != "POST":
            return
        site = self.request.headers.get("Sec-Fetch-Site", "same-origin")
        if site not in {"same-origin", "none"}:
            raise web.HTTPError(HTTPStatus.FORBIDDEN)
        kind = self.request.headers.get("Content-Type", "").partition(";")[0].strip()
        if kind != self.takes:
            raise web.HTTPError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
        if len(self.request.body_arguments) > _MOST_FIELDS:
            raise web.HTTPError(HTTPStatus.BAD_REQUEST)

    def take(self, kind: str) -> None:
        """
        Take one from the visitor's allowance, and from everybody's where there is one.

        Parameters
        ----------
        kind
            What is asked.

        Raises
        ------
        tornado.web.HTTPError
            It is used up for now.
        """
        shop = self.shop
        peer = str(self.request.remote_ip)
        forwarded = self.request.headers.get("X-Forwarded-For", "")
        address = address_of(peer, forwarded, frozenset(shop.front.proxies))
        wait = shop.limits.wait_s(kind, address) or shop.limits.wait_of_all_s(kind)
        if wait:
            self.retry_after_s = int(wait) + 1
            raise web.HTTPError(HTTPStatus.TOO_MANY_REQUESTS)

    def fields(self) -> dict[str, str]:
        """
        Give the fields of the form, the last of each name.

        Returns
        -------
        dict
            Name to text; what is no UTF-8 has its signs replaced.
        """
        return {
            name: values[-1].decode("utf-8", "replace")
            for name, values in self.request.body_arguments.items()
            if values
        }

    def asked(self) -> dict[str, Any]:
        """
        Give the object that a script sends.

        Returns
        -------
        dict
            That object.

        Raises
        ------
        tornado.web.HTTPError
            It sends no JSON object.
        """
        try:
            value = json.loads(self.request.body)
        except (ValueError, RecursionError):
            raise web.HTTPError(HTTPStatus.BAD_REQUEST) from None
        if not isinstance(value, dict):
            raise web.HTTPError(HTTPStatus.BAD_REQUEST)
        return value

    def path(self, name: str = "") -> str:
        """
        Give the address of a page of the form.

        Parameters
        ----------
        name
            Its path below the form's own.

        Returns
        -------
        str
            A path, without a host.
        """
        return self.shop.front.base_url + name

    def go(self, name: str = "") -> None:
        """
        Send the browser to another page of the form.

        Parameters
        ----------
        name
            Its path below the form's own.
        """
        self.redirect(self.path(name), status=HTTPStatus.SEE_OTHER)

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
        return self.shop.seal.kept(kept, within_s=DRAFT_S)

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
        self.put("ck_draft", self.shop.seal.keep(draft), lasting_s=DRAFT_S)
        if self.get_cookie("ck_again"):
            self.put("ck_again", "", lasting_s=0)

    def refuse(self, given: Mapping[str, str], faults: Mapping[str, str]) -> bool:
        """
        Send the browser back to the page of a form that was refused.

        Parameters
        ----------
        given
            What was typed.
        faults
            What is wrong with it.

        Returns
        -------
        bool
            Whether it was: what is too long to be kept is not.

        Notes
        -----
        The browser's way back then leads over pages alone, and no page asks whether to
        send a form again.
        """
        typed = {name: one for name, one in given.items() if name != "_xsrf"}
        told = {"at": self.request.path, "given": typed, "faults": dict(faults)}
        try:
            sealed = self.shop.seal.close("again", told)
        except InputError:
            return False
        self.put("ck_again", sealed, lasting_s=_AGAIN_S)
        self.redirect(self.request.path, status=HTTPStatus.SEE_OTHER)
        return True

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
        return told["given"], told["faults"]

    def show(self, template: str, **names: object) -> None:
        """
        Write a page.

        Parameters
        ----------
        template
            Its file.
        **names
            What stands in it.
        """
        self.set_header("Content-Language", self.language)
        self.set_header("Vary", "Accept-Language, Cookie")
        shown = {"values": {}, "faults": {}, "step": "", **names}
        self.render(template, **shown)

    def get_template_namespace(self) -> dict[str, Any]:
        """
        Give what every page may write.

        Returns
        -------
        dict
            Names and values.
        """
        front = self.shop.front
        return {
            **super().get_template_namespace(),
            "t": self.say,
            "lang": self.language,
            "languages": LANGUAGES,
            "at": self.path,
            "here": self.request.path,
            "agency": front.agency or self.say("all.police"),
            "contact": front.contact,
            "labels": LABELS,
            "city": self.shop.desk.name,
            "simulated": self.shop.desk.is_simulated,
        }

    def write_error(self, status_code: int, **_kwargs: Any) -> None:  # noqa: ANN401 - Tornado's own
        """Say what is the matter, and nothing of how it came about."""
        if self.retry_after_s:
            self.set_header("Retry-After", str(self.retry_after_s))
        words = f"fault.{status_code}"
        if words not in words_of(self.language):
            words = "fault.500" if status_code >= 500 else "fault.400"
        if self.takes == _JSON:
            self.set_header("Content-Type", _JSON)
            self.finish(json.dumps({"say": self.say(words)}))
            return
        self.show("fault.html", words=words, reference=self.reference)

    def log_exception(
        self,
        typ: type[BaseException] | None,
        value: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        """Write down where a fault came about, and nothing that a visitor typed."""
        if isinstance(value, web.HTTPError):
            return
        self.reference = secrets.token_hex(3).upper()
        frames = traceback.extract_tb(tb)
        places = " < ".join(f"{one.name}:{one.lineno}" for one in reversed(frames[-8:]))
        name = typ.__name__ if typ is not None else "fault"
        _log.error("reference %s: %s in %s", self.reference, name, places)

    async def kept_up(
        self, work: Callable[..., Answer], *given: object, **more: object
    ) -> Answer:
        """
        Let the study's thread do some work, and wait for it.

        Parameters
        ----------
        work
            What to do.
        *given, **more
            What it takes.

        Returns
        -------
        object
            What it gave.

        Raises
        ------
        tornado.web.HTTPError
            Too much is waiting already, or the work refused what was asked.
        """
        try:
            return await self.shop.desk.run(work, *given, **more)
        except CoverageKitError as error:
            if isinstance(error, ValueError):
                raise web.HTTPError(HTTPStatus.BAD_REQUEST) from None
            raise
