"""ONVIF devices: what they have, opened through the gate like any other."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler

import pytest

from coveragekit.errors import (
    FeedBroken,
    FeedError,
    FeedForbidden,
    FeedLoginError,
    FeedNotFound,
    FeedUnsupported,
)
from coveragekit.feeds.discovery import find_onvif_devices
from coveragekit.feeds.onvif import read_onvif_device
from coveragekit.feeds.opening import open_feed
from tests.feeds.looking import (
    PATIENT,
    gate_for,
    is_counting,
    login_of,
    numbers,
    target_at,
)
from tests.feeds.peers.hostile import hostile_peer, rtsp_answer, scripted
from tests.feeds.peers.onvif import (
    PASSWORD,
    USER,
    OnvifPeer,
    discovered,
    onvif_peer,
)
from tests.feeds.peers.rtsp import RtspPeer
from tests.feeds.peers.web import answer

LOGIN = login_of(USER, PASSWORD)


@pytest.fixture
def device() -> Iterator[OnvifPeer]:
    with onvif_peer() as peer:
        yield peer


def test_a_device_tells_its_lenses_and_streams(device: OnvifPeer) -> None:
    device.streams = {
        "main_1": "rtsp://127.0.0.1:9/main",
        "sub_1": "rtsp://127.0.0.1:9/sub",
        "main_2": "rtsp://127.0.0.1:9/two",
    }

    found = read_onvif_device(
        target_at(device.address, login=LOGIN), gate_for(device.web.port)
    )

    assert (found.make, found.model) == ("Acme & Co", "X1")
    assert found.clock_offset_s == pytest.approx(420, abs=5)
    first, second = found.channels
    assert (first.main.token, first.main.codec) == ("main_1", "hevc")
    assert first.main.stream == "rtsp://127.0.0.1:9/main"
    assert first.main.snapshot == device.web.address("/snap.jpg")
    assert first.sub is not None
    assert (first.sub.token, first.sub.width_px) == ("sub_1", 640)
    assert first.sub.snapshot is None
    # half way between 30 degrees at 0.8 and 50 at 1.2 lies the edge at 1
    assert first.hfov_deg == pytest.approx(80)
    assert (second.main.token, second.sub, second.hfov_deg) == ("main_2", None, None)
    assert found.place is not None
    assert (found.place.lon, found.place.lat) == (-84.39, 33.75)
    assert found.place.bearing_deg == 270
    assert [one.token for one in found.recordings] == ["rec_1"]
    assert "127.0.0.1" not in repr(found)


def test_a_device_of_the_second_media_service_is_asked_there(
    device: OnvifPeer,
) -> None:
    device.media2 = True

    found = read_onvif_device(
        target_at(device.address, login=LOGIN), gate_for(device.web.port)
    )

    assert found.channels[0].main.stream == "rtsp://127.0.0.1:9/main"


def test_a_login_by_http_is_given_too() -> None:
    with onvif_peer(http_digest=True) as device:
        found = read_onvif_device(
            target_at(device.address, login=LOGIN), gate_for(device.web.port)
        )

        assert found.model == "X1"


@pytest.mark.parametrize("http_digest", [False, True])
def test_a_wrong_login_is_refused_and_not_tried_again(http_digest: bool) -> None:
    with onvif_peer(http_digest=http_digest) as device:
        gate = gate_for(device.web.port)
        wrong = target_at(device.address, login=login_of(USER, "wrong"))
        with pytest.raises(FeedLoginError, match="cam_7: it refuses"):
            read_onvif_device(wrong, gate)
        assert len(device.web.asked) <= 2
        with pytest.raises(FeedLoginError):
            read_onvif_device(target_at(device.address), gate)


def test_a_device_that_claims_another_host_is_asked_where_it_was_found(
    device: OnvifPeer,
) -> None:
    device.claims = "http://169.254.169.254"

    found = read_onvif_device(
        target_at(device.address, login=LOGIN), gate_for(device.web.port)
    )

    assert found.model == "X1"
    assert "/onvif/media" in device.web.paths()


def test_its_stream_is_opened_and_shown(device: OnvifPeer, camera: RtspPeer) -> None:
    device.streams = {
        "main_1": camera.address("h265"),
        "sub_1": camera.address("sub"),
        "main_2": camera.address("bframes"),
    }
    gate = gate_for(device.web.port, camera.port)
    wanted = {"": "hevc", "?channel=1&stream=sub": "h264", "?profile=main_2": "h264"}

    for query, codec in wanted.items():
        reading = open_feed(target_at(device.address + query, login=LOGIN), gate)
        assert reading.info.codec == codec
        assert is_counting(numbers(reading, 3), 60 if "sub" not in query else 80)
        reading.close()
    for query in ("?channel=3", "?channel=0", "?channel=x", "?profile=none"):
        with pytest.raises(FeedNotFound, match="no such channel"):
            open_feed(target_at(device.address + query, login=LOGIN), gate)


@pytest.mark.parametrize(
    "address",
    [
        "rtsp://169.254.169.254/latest",
        "rtsp://10.0.0.5/main",
        "rtsp://127.0.0.1:1/main",
        "rtsp://ann:secret@127.0.0.1/main",
    ],
)
def test_a_stream_outside_the_gate_is_not_opened(
    device: OnvifPeer, address: str
) -> None:
    device.streams["main_1"] = address

    with pytest.raises(FeedForbidden, match="cam_7"):
        open_feed(target_at(device.address, login=LOGIN), gate_for(device.web.port))


def test_a_stream_that_is_no_rtsp_is_not_opened(device: OnvifPeer) -> None:
    gate = gate_for(device.web.port)
    for address in ("file:///etc/passwd", "http://127.0.0.1/a", ""):
        device.streams["main_1"] = address
        with pytest.raises(FeedUnsupported):
            open_feed(target_at(device.address, login=LOGIN), gate)


def test_no_login_is_put_where_a_device_would_have_it(device: OnvifPeer) -> None:
    heard: list[bytes] = []

    def listen(line: object, _ended: object) -> None:
        heard.append(line.recv(4096))  # type: ignore[attr-defined]

    with hostile_peer(listen) as peer:
        device.streams["main_1"] = f"rtsp://127.0.0.1:{peer.port}/{{password}}"
        gate = gate_for(device.web.port, peer.port)
        with pytest.raises(FeedError):
            open_feed(target_at(device.address, login=LOGIN), gate, bounds=PATIENT)

    assert b"{password}" in heard[0]
    assert b"c4n4ry" not in b"".join(heard)


def test_another_host_that_a_device_names_is_not_told_the_login(
    device: OnvifPeer,
) -> None:
    asks = rtsp_answer("401 No", 'WWW-Authenticate: Basic realm="a"')
    with hostile_peer(scripted(asks, asks)) as peer:
        device.streams["main_1"] = f"rtsp://localhost:{peer.port}/main"
        gate = gate_for(device.web.port, peer.port)

        with pytest.raises(FeedLoginError, match="none is kept"):
            open_feed(target_at(device.address, login=LOGIN), gate, bounds=PATIENT)


def test_recorded_footage_is_asked_for_by_time(device: OnvifPeer) -> None:
    heard: list[bytes] = []
    told = (
        "v=0\r\ns=x\r\nt=0 0\r\nm=video 0 RTP/AVP 96\r\n"
        "a=rtpmap:96 H264/90000\r\na=control:track1\r\n"
    )
    answers = [
        rtsp_answer("200 OK", "Public: OPTIONS, DESCRIBE, SETUP, PLAY"),
        rtsp_answer("200 OK", "Content-Type: application/sdp", body=told),
        rtsp_answer(
            "200 OK", "Session: 1", "Transport: RTP/AVP/TCP;unicast;interleaved=0-1"
        ),
        rtsp_answer("457 Invalid Range"),
    ]

    def recorder(line: object, _ended: object) -> None:
        for one in answers:
            heard.append(line.recv(4096))  # type: ignore[attr-defined]
            line.sendall(one)  # type: ignore[attr-defined]

    at = dt.datetime(2026, 11, 20, 9, 30, tzinfo=dt.timezone(dt.timedelta(hours=-5)))
    with hostile_peer(recorder) as peer:
        device.replay = f"rtsp://127.0.0.1:{peer.port}/replay"
        target = target_at("rtsp://127.0.0.1:9/", replay=device.address, login=LOGIN)
        with pytest.raises(FeedNotFound, match="no recording of that time"):
            open_feed(target, gate_for(device.web.port, peer.port), at=at)

    assert b"Require: onvif-replay" in heard[2]
    assert b"Range: clock=20261120T143000.000Z-" in heard[3]
    assert b"Require: onvif-replay" in heard[3]
    assert b"npt=" not in heard[3]


def test_a_device_without_footage_says_so(device: OnvifPeer) -> None:
    target = target_at("rtsp://127.0.0.1:9/", replay=device.address, login=LOGIN)

    with pytest.raises(FeedUnsupported, match="Profile G"):
        open_feed(target, gate_for(device.web.port), at=dt.datetime.now(dt.UTC))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"<a/>",
        b"\xff\xfe\x00",
        b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
        b'<?xml version="1.0" encoding="nonsense"?><a/>',
    ],
)
def test_what_is_no_onvif_is_told(device: OnvifPeer, body: bytes) -> None:
    def route(handler: BaseHTTPRequestHandler) -> None:
        answer(handler, body, "application/soap+xml")

    device.web.routes["/onvif/device_service"] = route

    with pytest.raises(FeedBroken, match="ONVIF"):
        read_onvif_device(
            target_at(device.address, login=LOGIN), gate_for(device.web.port)
        )


def test_devices_are_found_when_asked_for() -> None:
    def match(number: str, address: str, scopes: str = "") -> str:
        return (
            '<e:Envelope xmlns:e="http://www.w3.org/2003/05/soap-envelope" '
            'xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing" '
            'xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery"><e:Header>'
            f"<a:RelatesTo>{number}</a:RelatesTo></e:Header><e:Body><d:ProbeMatches>"
            f"<d:ProbeMatch><d:Scopes>{scopes}</d:Scopes><d:XAddrs>{address}"
            "</d:XAddrs></d:ProbeMatch></d:ProbeMatches></e:Body></e:Envelope>"
        )

    scopes = "onvif://www.onvif.org/name/Front%20door onvif://www.onvif.org/x/y"
    two = match(
        "NUMBER", "http://10.20.3.4/onvif/device_service http://[fe80::1]/", scopes
    )
    answers = (
        two,
        two,
        match("urn:uuid:another", "http://10.20.3.9/"),
        match("NUMBER", "ftp://10.20.3.8/"),
        match("NUMBER", ""),
        "<broken",
        '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
        match("NUMBER", "https://10.20.3.5/onvif/device_service"),
    )
    with discovered(*answers) as group:
        found = find_onvif_devices(within_s=0.5, group=group)

    assert [one.address for one in found] == [
        "onvif://10.20.3.4/onvif/device_service",
        "onvifs://10.20.3.5/onvif/device_service",
    ]
    assert found[0].name == "Front door"
    assert "10.20.3.4" not in repr(found)
