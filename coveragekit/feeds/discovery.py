"""Find ONVIF devices on the cable, only when somebody asks for it."""

from __future__ import annotations

import re
import socket
import time
import uuid
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring

from coveragekit.feeds.soap import children, text_of

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

__all__ = ["FoundDevice", "find_onvif_devices"]

_GROUP: Final = ("239.255.255.250", 3702)
_DISCOVERY: Final = "http://schemas.xmlsoap.org/ws/2005/04/discovery"
_ADDRESSING: Final = "http://schemas.xmlsoap.org/ws/2004/08/addressing"
_MOST: Final = 1000
_LARGEST: Final = 65_536
_SCOPE: Final = re.compile(r"onvif://www\.onvif\.org/(name|hardware|location)/(.+)")


@dataclass(frozen=True, slots=True)
class FoundDevice:
    """
    A device that answered.

    Parameters
    ----------
    address
        Where it says that it is; it has not passed any gate.
    name, hardware, location
        What it says of itself, where it does.
    """

    address: str = field(repr=False)
    name: str = ""
    hardware: str = ""
    location: str = ""


def find_onvif_devices(
    *, within_s: float = 3.0, group: tuple[str, int] = _GROUP
) -> list[FoundDevice]:
    """
    Ask once who is there, and listen for a while.

    Parameters
    ----------
    within_s
        How long to listen, seconds.
    group
        Whom to ask: all devices on the cable, or one of them by address and port.

    Returns
    -------
    list of FoundDevice
        Those that answered, each once, in the order of their addresses. Nothing is
        connected to; a device is opened through the gate like any other.
    """
    number = f"urn:uuid:{uuid.uuid4()}"
    probe = (
        '<e:Envelope xmlns:e="http://www.w3.org/2003/05/soap-envelope" '
        f'xmlns:a="{_ADDRESSING}" xmlns:d="{_DISCOVERY}" '
        'xmlns:n="http://www.onvif.org/ver10/network/wsdl"><e:Header>'
        f"<a:MessageID>{number}</a:MessageID>"
        "<a:To>urn:schemas-xmlsoap-org:ws:2005:04:discovery</a:To>"
        f"<a:Action>{_DISCOVERY}/Probe</a:Action></e:Header><e:Body>"
        "<d:Probe><d:Types>n:NetworkVideoTransmitter</d:Types></d:Probe>"
        "</e:Body></e:Envelope>"
    )
    found: dict[str, FoundDevice] = {}
    ends_at_s = time.monotonic() + within_s
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ear:
        ear.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 1)
        ear.sendto(probe.encode(), group)
        while (left_s := ends_at_s - time.monotonic()) > 0 and len(found) < _MOST:
            ear.settimeout(left_s)
            with suppress(OSError):
                told = ear.recv(_LARGEST)
                for device in _devices(told, number):
                    found.setdefault(device.address, device)
    return [found[address] for address in sorted(found)]


def _devices(told: bytes, number: str) -> list[FoundDevice]:
    try:
        envelope = fromstring(told, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError):
        return []
    # an answer to somebody else's question is none to ours
    if text_of(envelope, "RelatesTo") != number:
        return []
    return [
        device
        for match in children(envelope, "ProbeMatch")
        if (device := _device(match)) is not None
    ]


def _device(match: Element) -> FoundDevice | None:
    addresses = text_of(match, "XAddrs").split()
    if not addresses:
        return None
    scheme, _, rest = addresses[0].partition("://")
    kinds = {"http": "onvif", "https": "onvifs"}
    if scheme not in kinds:
        return None
    said: dict[str, str] = {}
    for scope in text_of(match, "Scopes").split():
        named = _SCOPE.fullmatch(scope)
        if named is not None:
            said.setdefault(named[1], unquote(named[2])[:200])
    return FoundDevice(f"{kinds[scheme]}://{rest}", **said)
