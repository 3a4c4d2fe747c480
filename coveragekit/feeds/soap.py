"""ONVIF's way to ask: SOAP over HTTP, signed with the device's own idea of the time."""

from __future__ import annotations

import base64
import hashlib
import secrets
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit
from xml.sax.saxutils import escape, quoteattr

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring

from coveragekit.errors import FeedBroken, FeedLoginError, FeedUnsupported
from coveragekit.feeds.fetching import Caller

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

    from coveragekit.feeds.asking import Wish

__all__ = ["DEVICE", "SoapCaller", "child", "children", "text_of"]

DEVICE: Final = "http://www.onvif.org/ver10/device/wsdl"
"""The name of the service that every device has."""
_ENVELOPE: Final = "http://www.w3.org/2003/05/soap-envelope"
_SECURITY: Final = (
    "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
)
_UTILITY: Final = (
    "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"
)
_DIGEST: Final = (
    "http://docs.oasis-open.org/wss/2004/01/"
    "oasis-200401-wss-username-token-profile-1.0#PasswordDigest"
)
_TYPES: Final = "http://www.onvif.org/ver10/schema"
_PATH: Final = "/onvif/device_service"


def children(element: Element, name: str) -> list[Element]:
    """
    Give all elements of a name below one, whatever their namespace.

    Parameters
    ----------
    element
        Where to look.
    name
        The name without its namespace.

    Returns
    -------
    list of Element
        The elements, in order.
    """
    return [one for one in element.iter() if _local(one) == name and one is not element]


def child(element: Element, name: str) -> Element | None:
    """
    Give the first element of a name below one.

    Parameters
    ----------
    element
        Where to look.
    name
        The name without its namespace.

    Returns
    -------
    Element or None
        The element.
    """
    return next(iter(children(element, name)), None)


def text_of(element: Element | None, name: str) -> str:
    """
    Give the text of the first element of a name below one.

    Parameters
    ----------
    element
        Where to look.
    name
        The name without its namespace.

    Returns
    -------
    str
        The text; empty where there is none.
    """
    found = child(element, name) if element is not None else None
    return (found.text or "").strip() if found is not None else ""


class SoapCaller:
    """
    Asks one device; whatever other host it names as its own is asked as this one.

    Parameters
    ----------
    wish
        The device: an address that begins with ``onvif://`` or ``onvifs://``.
    """

    def __init__(self, wish: Wish) -> None:
        place = wish.admit()
        scheme = "https" if place.is_secure else "http"
        host = f"[{place.host}]" if ":" in place.host else place.host
        self._base = f"{scheme}://{host}:{place.port}"
        path = place.path.partition("?")[0]
        self._first = path if path != "/" else _PATH
        self._wish = wish
        self._caller = Caller(wish)
        self._services: dict[str, str] = {DEVICE: self._first}
        self.offset = timedelta(0)

    def close(self) -> None:
        """Let go of the connection."""
        self._caller.close()

    def begin(self) -> None:
        """Ask the device's clock and for the services that it has."""
        answer = self.ask(DEVICE, "GetSystemDateAndTime", is_signed=False)
        told = child(answer, "UTCDateTime")
        if told is not None:
            self.offset = _moment(told) - datetime.now(UTC)
        try:
            found = self.ask(DEVICE, "GetServices", {"IncludeCapability": "false"})
        except FeedUnsupported:
            # devices from before 2012 tell the same in another form
            self._take_capabilities(self.ask(DEVICE, "GetCapabilities"))
            return
        for service in children(found, "Service"):
            name, address = text_of(service, "Namespace"), text_of(service, "XAddr")
            self._services[name] = urlsplit(address).path or self._first

    def has(self, service: str) -> bool:
        """
        Say whether the device has a service.

        Parameters
        ----------
        service
            The service's namespace.

        Returns
        -------
        bool
            Whether it has.
        """
        return service in self._services

    def ask(
        self,
        service: str,
        action: str,
        words: dict[str, str] | None = None,
        *,
        is_signed: bool = True,
        inner: str = "",
    ) -> Element:
        """
        Ask one question.

        Parameters
        ----------
        service
            The service's namespace.
        action
            The question's name.
        words
            Simple elements of the question.
        is_signed
            Whether name and password go with it.
        inner
            Further elements, written out.

        Returns
        -------
        Element
            The answer's body.

        Raises
        ------
        FeedLoginError
            The device refuses the login.
        FeedUnsupported
            It does not know the question.
        FeedBroken
            It answers with something else.
        """
        simple = "".join(
            f"<s:{name}>{escape(value)}</s:{name}>"
            for name, value in (words or {}).items()
        )
        body = (
            f'<e:Envelope xmlns:e="{_ENVELOPE}" xmlns:t="{_TYPES}" '
            f"xmlns:s={quoteattr(service)}>"
            f"{self._header() if is_signed else ''}"
            f"<e:Body><s:{action}>{simple}{inner}</s:{action}></e:Body></e:Envelope>"
        )
        kind = f'application/soap+xml; charset=utf-8; action="{service}/{action}"'
        with self._caller.reading():
            answer = self._caller.ask(
                self._base + self._services[service],
                headers={"Content-Type": kind},
                body=body.encode(),
                any_status=True,
            )
            bounds = self._wish.bounds
            told = answer.whole(bounds.page_bytes, bounds.answer_s)
            self._caller.opened()
        return _body_of(told, answer.status)

    def _header(self) -> str:
        if self._wish.target.login is None:
            return ""
        login = self._wish.target.login()
        nonce = secrets.token_bytes(16)
        now = (datetime.now(UTC) + self.offset).strftime("%Y-%m-%dT%H:%M:%SZ")
        mixed = nonce + now.encode() + login.password.encode()
        digest = hashlib.sha1(mixed, usedforsecurity=False).digest()
        return (
            f'<e:Header><w:Security xmlns:w="{_SECURITY}" xmlns:u="{_UTILITY}">'
            f"<w:UsernameToken><w:Username>{escape(login.user)}</w:Username>"
            f'<w:Password Type="{_DIGEST}">{_base64(digest)}</w:Password>'
            f"<w:Nonce>{_base64(nonce)}</w:Nonce><u:Created>{now}</u:Created>"
            "</w:UsernameToken></w:Security></e:Header>"
        )

    def _take_capabilities(self, answer: Element) -> None:
        names = {
            "Media": "http://www.onvif.org/ver10/media/wsdl",
            "Recording": "http://www.onvif.org/ver10/recording/wsdl",
            "Search": "http://www.onvif.org/ver10/search/wsdl",
            "Replay": "http://www.onvif.org/ver10/replay/wsdl",
        }
        for name, service in names.items():
            address = text_of(child(answer, name), "XAddr")
            if address:
                self._services[service] = urlsplit(address).path or self._first


def _body_of(told: bytes, status: int) -> Element:
    try:
        envelope = fromstring(told, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError):
        message = f"it answers with status {status} and what is no ONVIF"
        raise FeedBroken(message) from None
    body = child(envelope, "Body")
    if body is None:
        message = "what answers there speaks no ONVIF"
        raise FeedBroken(message)
    fault = child(body, "Fault")
    if fault is None:
        return body
    codes = " ".join((one.text or "") for one in children(fault, "Value"))
    if "NotAuthorized" in codes or "FailedAuthentication" in codes or status == 401:
        message = "it refuses the name and password that are kept for it"
        raise FeedLoginError(message)
    message = "it does not know, or does not allow, what it was asked"
    raise FeedUnsupported(message)


def _moment(told: Element) -> datetime:
    names = ("Year", "Month", "Day", "Hour", "Minute", "Second")
    try:
        year, month, day, hour, minute, second = (
            int(text_of(told, name)) for name in names
        )
        return datetime(year, month, day, hour, minute, min(second, 59), tzinfo=UTC)
    except (ValueError, OverflowError):
        message = "its clock cannot be read"
        raise FeedBroken(message) from None


def _local(element: Element) -> str:
    return element.tag.rpartition("}")[2]


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()
