"""An ONVIF device, or a recorder of two cameras, that answers over the web peer."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler

from tests.feeds.peers.web import WebPeer, answer, web_peer

USER, PASSWORD = "ann", "c4n4ry <&> pass"
_PLAIN = {"GetSystemDateAndTime"}
_KIND = "application/soap+xml; charset=utf-8"


class OnvifPeer:
    """What the device says; tests change it before they ask."""

    def __init__(self, web: WebPeer) -> None:
        self.web = web
        self.clock_ahead = dt.timedelta(minutes=7)
        self.streams = {"main_1": "rtsp://127.0.0.1:9/main"}
        self.media2 = False
        self.needs_http_digest = False
        self.asked: list[str] = []
        self.claims = "http://192.168.77.77:8080"
        self.replay: str | None = None
        self.lenses = 2
        web.routes["/onvif/device_service"] = self._answer
        web.routes["/onvif/media"] = self._answer
        web.routes["/onvif/search"] = self._answer
        web.routes["/onvif/replay"] = self._answer

    @property
    def address(self) -> str:
        """Where it is, as a feed's address."""
        return f"onvif://127.0.0.1:{self.web.port}/onvif/device_service"

    def _answer(self, handler: BaseHTTPRequestHandler) -> None:
        body: str = handler.body.decode()  # type: ignore[attr-defined]
        found = re.search(r"<e:Body><s:(\w+)", body)
        action = found[1] if found else ""
        self.asked.append(action)
        if action not in _PLAIN and not self._may_ask(body):
            self._give(handler, _fault("ter:NotAuthorized"), 400)
            return
        text = getattr(self, f"_{action}", lambda _body: None)(body)
        if text is None:
            self._give(handler, _fault("ter:ActionNotSupported"), 500)
        else:
            self._give(handler, f"<r:{action}Response>{text}</r:{action}Response>")

    def _give(
        self, handler: BaseHTTPRequestHandler, body: str, status: int = 200
    ) -> None:
        told = (
            '<?xml version="1.0" encoding="UTF-8"?><s:Envelope '
            'xmlns:s="http://www.w3.org/2003/05/soap-envelope" '
            'xmlns:r="http://www.onvif.org/ver10/device/wsdl" '
            'xmlns:tt="http://www.onvif.org/ver10/schema" '
            'xmlns:ter="http://www.onvif.org/ver10/error">'
            f"<s:Body>{body}</s:Body></s:Envelope>"
        )
        answer(handler, told.encode(), _KIND, status)

    def _may_ask(self, body: str) -> bool:
        if self.needs_http_digest:
            return True
        words = dict(re.findall(r"<[wu]:(\w+)[^>]*>([^<]*)</[wu]:\1>", body))
        if words.get("Username") != USER:
            return False
        created = words.get("Created", "")
        said = dt.datetime.fromisoformat(created)
        apart = abs(said - (dt.datetime.now(dt.UTC) + self.clock_ahead))
        mixed = base64.b64decode(words["Nonce"]) + created.encode() + PASSWORD.encode()
        right = hashlib.sha1(mixed, usedforsecurity=False).digest()
        # devices refuse what was signed by another clock than theirs
        return words["Password"] == base64.b64encode(
            right
        ).decode() and apart < dt.timedelta(seconds=30)

    def _GetSystemDateAndTime(self, _body: str) -> str:
        now = dt.datetime.now(dt.UTC) + self.clock_ahead
        return (
            "<r:SystemDateAndTime><tt:UTCDateTime><tt:Time>"
            f"<tt:Hour>{now.hour}</tt:Hour><tt:Minute>{now.minute}</tt:Minute>"
            f"<tt:Second>{now.second}</tt:Second></tt:Time><tt:Date>"
            f"<tt:Year>{now.year}</tt:Year><tt:Month>{now.month}</tt:Month>"
            f"<tt:Day>{now.day}</tt:Day></tt:Date></tt:UTCDateTime>"
            "</r:SystemDateAndTime>"
        )

    def _GetServices(self, _body: str) -> str:
        media = "ver20/media" if self.media2 else "ver10/media"
        paths = {media: "media", "ver10/search": "search"}
        if self.replay:
            paths["ver10/replay"] = "replay"
        return "".join(
            f"<r:Service><r:Namespace>http://www.onvif.org/{name}/wsdl</r:Namespace>"
            f"<r:XAddr>{self.claims}/onvif/{path}</r:XAddr></r:Service>"
            for name, path in paths.items()
        )

    def _GetDeviceInformation(self, _body: str) -> str:
        return (
            "<r:Manufacturer>Acme &amp; Co</r:Manufacturer><r:Model>X1</r:Model>"
            "<r:FirmwareVersion>1.2</r:FirmwareVersion>"
        )

    def _GetGeoLocation(self, _body: str) -> str:
        return (
            '<r:Location Token="1"><tt:GeoLocation lon="-84.39" lat="33.75" '
            'elevation="320"/><tt:GeoOrientation yaw="-90"/></r:Location>'
        )

    def _GetProfiles(self, _body: str) -> str:
        lens = (
            "<tt:Extension><tt:Extension><tt:LensDescription>"
            "<tt:XFactor>1</tt:XFactor>"
            "<tt:Projection><tt:Angle>30</tt:Angle><tt:Radius>0.8</tt:Radius>"
            "</tt:Projection><tt:Projection><tt:Angle>50</tt:Angle>"
            "<tt:Radius>1.2</tt:Radius></tt:Projection>"
            "</tt:LensDescription></tt:Extension></tt:Extension>"
        )
        rows = [
            ("sub_1", "lens_1", "H264", 640, 360, ""),
            ("main_1", "lens_1", "H265", 1920, 1080, lens),
            ("main_2", "lens_2", "H264", 1280, 720, ""),
        ]
        names = ("VideoSource", "VideoEncoder")
        if not self.media2:
            names = ("VideoSourceConfiguration", "VideoEncoderConfiguration")
        return "".join(
            f'<r:Profiles token="{token}"><tt:Name>{token}</tt:Name>'
            f"<tt:{names[0]}><tt:SourceToken>{source}</tt:SourceToken>{more}"
            f"</tt:{names[0]}><tt:{names[1]}><tt:Encoding>{codec}</tt:Encoding>"
            f"<tt:Resolution><tt:Width>{width}</tt:Width><tt:Height>{height}"
            f"</tt:Height></tt:Resolution></tt:{names[1]}></r:Profiles>"
            for token, source, codec, width, height, more in rows
            if int(source[-1]) <= self.lenses
        )

    def _GetStreamUri(self, body: str) -> str | None:
        token = re.search(r"ProfileToken>([^<]*)<", body)
        address = self.streams.get(token[1] if token else "")
        return None if address is None else f"<tt:Uri>{address}</tt:Uri>"

    def _GetSnapshotUri(self, body: str) -> str | None:
        if "main_1" not in body:
            return None
        return f"<tt:Uri>{self.web.address('/snap.jpg')}</tt:Uri>"

    def _FindRecordings(self, _body: str) -> str:
        return "<r:SearchToken>s1</r:SearchToken>"

    def _GetRecordingSearchResults(self, body: str) -> str | None:
        if ">s1<" not in body:
            return None
        return (
            "<r:ResultList><tt:RecordingInformation><tt:RecordingToken>rec_1"
            "</tt:RecordingToken><tt:Source><tt:Name>door</tt:Name></tt:Source>"
            "<tt:EarliestRecording>2026-11-01T00:00:00Z</tt:EarliestRecording>"
            "<tt:LatestRecording>2026-11-22T00:00:00Z</tt:LatestRecording>"
            "</tt:RecordingInformation></r:ResultList>"
        )

    def _GetReplayUri(self, body: str) -> str | None:
        return f"<r:Uri>{self.replay}</r:Uri>" if ">rec_1<" in body else None


def _fault(code: str) -> str:
    return (
        "<s:Fault><s:Code><s:Value>s:Sender</s:Value><s:Subcode>"
        f"<s:Value>{code}</s:Value></s:Subcode></s:Code></s:Fault>"
    )


@contextmanager
def onvif_peer(*, http_digest: bool = False) -> Iterator[OnvifPeer]:
    """Run a device; with `http_digest` the login is asked for by HTTP."""
    login = ("digest", USER, PASSWORD) if http_digest else None
    with web_peer(login=login) as web:
        peer = OnvifPeer(web)
        peer.needs_http_digest = http_digest
        yield peer


@contextmanager
def discovered(*answers: str) -> Iterator[tuple[str, int]]:
    """Answer one question for devices with these; NUMBER stands for the question's."""
    ear = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    ear.bind(("127.0.0.1", 0))
    ear.settimeout(20)

    def run() -> None:
        try:
            asked, who = ear.recvfrom(65_536)
        except OSError:
            return
        number = re.search(rb"MessageID>([^<]+)<", asked)
        for text in answers:
            told = text.replace("NUMBER", number[1].decode() if number else "")
            ear.sendto(told.encode(), who)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield ("127.0.0.1", int(ear.getsockname()[1]))
    finally:
        ear.close()
        thread.join(5)
