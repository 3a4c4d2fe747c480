"""Cameras that would have this machine choke: each is called off, soon and in words."""

from __future__ import annotations

import gzip
import io
import socket
import struct
import threading
import time
from fractions import Fraction
from http.server import BaseHTTPRequestHandler

import av
import pytest
from PIL import Image

from coveragekit.errors import (
    FeedBroken,
    FeedError,
    FeedTimeout,
    FeedUnsupported,
)
from coveragekit.feeds.bounds import Bounds
from coveragekit.feeds.gate import Gate
from coveragekit.feeds.hub import Hub, Want
from coveragekit.feeds.jpeg import decoded_jpeg
from coveragekit.feeds.jpegs import JpegCutter, jpeg_size
from coveragekit.feeds.limits import MOST_PIXELS, Limits
from coveragekit.feeds.messages import State
from coveragekit.feeds.muxing import shape_of_key
from coveragekit.feeds.onvif import read_onvif_device
from coveragekit.feeds.opening import open_feed
from coveragekit.feeds.pieces import Reading, VideoPiece
from coveragekit.feeds.playlists import parse_playlist
from coveragekit.feeds.target import FeedTarget
from coveragekit.feeds.times import Clean, Cleaner
from tests.feeds.looking import PATIENT, SLACK_S, Watch, gate_for, target_at
from tests.feeds.peers.hostile import hostile_peer, rtsp_answer, scripted
from tests.feeds.peers.rtp import h264, rtp_peer
from tests.feeds.peers.web import WebPeer, answer, jpeg_of

HURRIED = Bounds(connect_s=2.0, answer_s=0.6, open_s=0.9, stall_s=0.6)
TICK = Fraction(1, 90_000)


def cpu_s() -> float:
    return time.process_time()


def fault_of(address: str, port: int, bounds: Bounds = PATIENT) -> FeedError:
    with pytest.raises(FeedError) as caught:
        open_feed(target_at(address), gate_for(port), bounds=bounds)
    return caught.value


def opened_by(gate: Gate, target: FeedTarget, want: Want) -> Reading:
    return open_feed(target, gate, want=want, bounds=PATIENT)


class _Bits:
    """Writes the numbers of a parameter set."""

    def __init__(self) -> None:
        self.text = ""

    def fixed(self, value: int, size: int) -> _Bits:
        self.text += f"{value:0{size}b}"
        return self

    def grown(self, *values: int) -> _Bits:
        for value in values:
            digits = f"{value + 1:b}"
            self.text += "0" * (len(digits) - 1) + digits
        return self

    def whole(self) -> bytes:
        text = self.text + "1"
        text += "0" * (-len(text) % 8)
        return int(text, 2).to_bytes(len(text) // 8, "big")


def sets_of(width: int, height: int) -> bytes:
    """Give H.264 parameter sets of a size, and the beginning of a key picture."""
    first = _Bits().fixed(66, 8).fixed(0xC0, 8).fixed(62, 8)
    # number, frame counter, order by decoding, one reference
    first.grown(0, 0, 2, 1).fixed(0, 1)
    first.grown(width // 16 - 1, height // 16 - 1).fixed(0b1100, 4)
    second = _Bits().grown(0, 0).fixed(0, 2).grown(0, 0, 0).fixed(0, 3)
    second.grown(0, 0, 0).fixed(0, 3)
    # the zeros of a size may look like a start code
    units = [b"\x67" + first.whole(), b"\x68" + second.whole(), b"\x65\x88\x84"]
    return b"".join(
        b"\x00\x00\x00\x01" + unit.replace(b"\x00\x00", b"\x00\x00\x03")
        for unit in units
    )


def test_pictures_of_a_monstrous_size_are_not_begun() -> None:
    def shape(width: int, height: int):
        clean = Clean(sets_of(width, height), 0, 0, True, 0.0)
        return shape_of_key(clean, codec="h264", time_base=TICK)

    assert (shape(1280, 720).width_px, shape(1280, 720).height_px) == (1280, 720)
    with pytest.raises(FeedBroken, match="refused"):
        shape(16_000, 8_000)


@pytest.mark.parametrize("prefixed", [False, True])
def test_a_picture_of_a_million_parts_is_called_off(prefixed: bool) -> None:
    part = b"\x00\x00\x00\x01\x09" if prefixed else b"\x00\x00\x01\x09"
    cleaner = Cleaner("h264", TICK, prefixed=prefixed)
    began_s = cpu_s()

    with pytest.raises(FeedBroken, match="parts"):
        cleaner.add(VideoPiece(av.Packet(part * 2_000_000), True, 0.0))

    assert cpu_s() - began_s < 1.0


def test_a_jpeg_of_a_monstrous_size_is_not_decoded() -> None:
    small = jpeg_of(1)
    at = small.index(b"\xff\xc0")
    size = struct.pack(">HH", 65_500, 65_500)
    monster = small[: at + 5] + size + small[at + 9 :]
    with pytest.raises(FeedBroken):
        jpeg_size(monster)
    with pytest.raises(FeedBroken):
        decoded_jpeg(monster)
    # a head that is small, and a second one that is not
    long = 2 + int.from_bytes(small[at + 2 : at + 4], "big")
    second = monster[at : at + 5] + struct.pack(">HH", 16_000, 16_000)
    second += monster[at + 9 : at + long]
    with pytest.raises(FeedBroken):
        decoded_jpeg(small[: at + long] + second + small[at + long :])
    assert jpeg_size(small) == (640, 360)
    assert MOST_PIXELS < 16_384 * 16_384


def test_a_jpeg_of_a_million_segments_is_called_off() -> None:
    cutter = JpegCutter(16_777_216)
    cutter.add(b"\xff\xd8" + b"\xff\xfe\x00\x02" * 2_000_000 + b"\xff\xd9")
    began_s = cpu_s()

    with pytest.raises(FeedBroken, match="torn"):
        cutter.take()

    assert cpu_s() - began_s < 1.0


def test_what_is_compressed_is_not_unpacked(web: WebPeer) -> None:
    sink = io.BytesIO()
    Image.new("L", (8000, 8000)).save(sink, "JPEG")
    packed = gzip.compress(sink.getvalue())

    def route(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", "image/jpeg")
        handler.send_header("Content-Encoding", "gzip")
        handler.send_header("Content-Length", str(len(packed)))
        handler.end_headers()
        handler.wfile.write(packed)

    web.routes["/x.jpg"] = route

    assert type(fault_of(web.address("/x.jpg"), web.port)) is FeedUnsupported
    assert dict(web.asked[0][1])["Accept-Encoding"] == "identity"


def test_a_playlist_of_a_million_lines_is_read_soon_or_not_at_all() -> None:
    head = "#EXTM3U\n#EXT-X-TARGETDURATION:2\n"
    began_s = cpu_s()

    with pytest.raises(FeedBroken):
        parse_playlist(head + "a\n" * 500_000, "http://10.20.3.4/")
    told = parse_playlist(head + "#EXTINF:2,\na\n" * 9_900, "http://10.20.3.4/")

    assert len(told.segments) == 9_900
    assert cpu_s() - began_s < 4.0


@pytest.mark.parametrize("words", ["<a>" * 100_000, "&#65;" * 150_000, "<a/>" * 9])
def test_a_tower_of_xml_is_told_as_no_onvif(web: WebPeer, words: str) -> None:
    web.give("/onvif/device_service", f"<x>{words}".encode(), "application/soap+xml")
    target = target_at(f"onvif://127.0.0.1:{web.port}/onvif/device_service")

    with pytest.raises(FeedError):
        read_onvif_device(target, gate_for(web.port), bounds=PATIENT)


def test_a_chain_of_slow_answers_is_given_up_in_time(web: WebPeer) -> None:
    def late(handler: BaseHTTPRequestHandler) -> None:
        time.sleep(0.4)
        handler.send_response(302)
        handler.send_header("Location", "/x.jpg")
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    web.routes["/x.jpg"] = late
    with Watch() as watch:
        fault = fault_of(web.address("/x.jpg"), web.port, HURRIED)

    # three answers in time each, and together too late
    assert type(fault) is FeedTimeout
    assert 0.8 < watch.took_s < HURRIED.open_s + SLACK_S


@pytest.mark.parametrize(
    "begun", [b"", b"--frame\r\n\r\n", b"\xff\xd8\xff", b"#EXTM3U\n"]
)
def test_a_body_that_trickles_is_given_up_in_time(web: WebPeer, begun: bytes) -> None:
    def trickles(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", "image/jpeg")
        handler.send_header("Content-Length", "1000000")
        handler.end_headers()
        handler.wfile.write(begun)
        while not web.ended.wait(0.1):
            handler.wfile.write(b"\n")

    web.routes["/x.jpg"] = trickles
    with Watch() as watch:
        fault = fault_of(web.address("/x.jpg"), web.port, HURRIED)

    assert type(fault) is FeedTimeout
    assert watch.took_s < HURRIED.open_s + SLACK_S


def test_a_camera_that_sends_without_end_before_it_plays_is_called_off() -> None:
    def act(line: socket.socket, ended: threading.Event) -> None:
        line.recv(4096)
        frames = b"$\x00\x00\x04abcd" * 8192
        while not ended.is_set():
            line.sendall(frames)

    with hostile_peer(act) as peer:
        fault = fault_of(f"rtsp://127.0.0.1:{peer.port}/a", peer.port)

    assert type(fault) is FeedBroken
    assert "without end" in str(fault)


@pytest.mark.parametrize("name", ["VP8", "X-ASF-PF", "MP2T", "MPEG4-GENERIC"])
def test_the_demuxer_is_told_of_no_other_video(name: str) -> None:
    sdp = (
        "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=x\r\nt=0 0\r\n"
        f"m=video 0 RTP/AVP 96\r\na=rtpmap:96 {name}/90000\r\na=control:track1\r\n"
    )
    answers = rtsp_answer("200 OK"), rtsp_answer("200 OK", body=sdp, number=2)
    with hostile_peer(scripted(*answers)) as peer:
        fault = fault_of(f"rtsp://127.0.0.1:{peer.port}/a", peer.port)

    assert type(fault) is FeedUnsupported
    assert "H.264, H.265 or JPEG" in str(fault)


def test_more_pictures_than_a_camera_makes_are_called_off() -> None:
    with rtp_peer(h264(rate_hz=200.0)) as peer:
        gate = gate_for(peer.port)
        limits = Limits(most_rate_hz=60, first_wait_s=0.1, most_wait_s=0.2, idle_s=0.0)
        with (
            Hub(
                lambda one, want: open_feed(one, gate, want=want), limits=limits
            ) as hub,
            hub.join(target_at(peer.address), masks=()) as viewer,
        ):
            words: list[str] = []
            ends_s = time.monotonic() + 30
            while not any("60 pictures" in one for one in words):
                assert time.monotonic() < ends_s, words
                came = viewer.take(0.2)
                words += [one.words for one in came if isinstance(one, State)]


def test_a_whole_answer_is_still_taken(web: WebPeer) -> None:
    web.routes["/x.jpg"] = lambda handler: answer(handler, jpeg_of(3), "image/jpeg")

    reading = open_feed(target_at(web.address("/x.jpg")), gate_for(web.port))
    reading.close()

    assert reading.info.width_px == 640
