"""What every answer of the form has in common: headers, limits, language, faults."""

from __future__ import annotations

import json
import logging
import secrets
import traceback
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final, TypeVar
from urllib.parse import urlsplit

from tornado import web

from coveragekit.errors import CoverageKitError, SourceUnavailable
from coveragekit.server.days import day_words
from coveragekit.server.fields import LABELS
from coveragekit.server.kept import Kept
from coveragekit.server.limits import address_of
from coveragekit.server.words import LANGUAGES, chosen_language, words_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from types import TracebackType

    from coveragekit.server.desk import Lane

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
_FORM: Final = "application/x-www-form-urlencoded"
_JSON: Final = "application/json"


class Plain(Kept):
    """A page, or a small answer to one of its scripts."""

    limit = "page"
    takes = _FORM
    unfit = HTTPStatus.BAD_REQUEST
    page_of: str | None = None
    retry_after_s = 0

    @property
    def language(self) -> str:
        """Language of the page."""
        return chosen_language(
            _last(self.request.query_arguments.get("lang")),
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
        if site not in {"same-origin", "none"} or not self._is_own_origin():
            raise web.HTTPError(HTTPStatus.FORBIDDEN)
        kind = self.request.headers.get("Content-Type", "").partition(";")[0].strip()
        if kind != self.takes:
            raise web.HTTPError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
        if len(self.request.body_arguments) > _MOST_FIELDS:
            raise web.HTTPError(HTTPStatus.BAD_REQUEST)

    def _is_own_origin(self) -> bool:
        """Whether a page of ours has sent this, as far as the browser says."""
        origin = self.request.headers.get("Origin", "null")
        # Browsers say null of pages that, as ours, tell nobody where a link was.
        if origin == "null":
            return True
        try:
            return urlsplit(origin).hostname in self.shop.hosts
        except ValueError:
            return False

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

    def hand(self, name: str, text: str) -> None:
        """
        Send a text as a file.

        Parameters
        ----------
        name
            Its name, without an ending.
        text
            What stands in it.
        """
        self.set_header("Content-Type", "text/plain; charset=utf-8")
        self.set_header("Content-Disposition", f'attachment; filename="{name}.txt"')
        self.finish(text)

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
            "reference": self.reference,
            "day": partial(day_words, language=self.language),
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
        is_form = self.request.method == "POST" and status_code != HTTPStatus.NOT_FOUND
        page = self.request.path if self.page_of is None else self.path(self.page_of)
        back = page if is_form else ""
        self.show("fault.html", words=words, back=back)

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
        Let the study's threads do some work, and wait for it.

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
        return await self._done(self.shop.desk.study, work, *given, **more)

    async def looked_up(
        self, work: Callable[..., Answer], *given: object, **more: object
    ) -> Answer:
        """
        Let the registry's threads do some work, and wait for it.

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
        return await self._done(self.shop.desk.office, work, *given, **more)

    async def _done(
        self,
        lane: Lane,
        work: Callable[..., Answer],
        *given: object,
        **more: object,
    ) -> Answer:
        try:
            return await lane.run(work, *given, **more)
        except SourceUnavailable:
            raise web.HTTPError(HTTPStatus.SERVICE_UNAVAILABLE) from None
        except CoverageKitError as error:
            if isinstance(error, ValueError):
                raise web.HTTPError(self.unfit) from None
            raise


def _last(values: Sequence[bytes] | None) -> str:
    """Give the last of what an address says of a name; never a fault."""
    return values[-1].decode("utf-8", "replace") if values else ""
