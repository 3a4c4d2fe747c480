"""MJPEG and single pictures over HTTP, by what is seen in them."""

from __future__ import annotations

import threading
import time
from http.server import BaseHTTPRequestHandler
from itertools import islice
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coveragekit.errors import (
    FeedBroken,
    FeedForbidden,
    FeedLoginError,
    FeedNotFound,
    FeedTimeout,
    FeedUnsupported,
    FeedUntrusted,
)
from coveragekit.feeds.jpegs import JpegCutter, jpeg_size
from coveragekit.feeds.opening import open_feed
from coveragekit.feeds.pieces import Still
from tests.feeds.looking import (
    SLACK_S,
    STALLING,
    Watch,
    gate_for,
    login_of,
    numbers,
    opened,
    target_at,
)
from tests.feeds.peers.papers import Papers
from tests.feeds.peers.web import WebPeer, answer, jpeg_of, number_of, web_peer


@pytest.mark.parametrize("kind", ["good", "bare", "lying", "other"])
def test_mjpeg_is_read_whatever_its_boundaries_say(web: WebPeer, kind: str) -> None:
    reading = opened(web.address(f"/cam.mjpg?parts={kind}"), web.port)

    seen = numbers(reading, 5)
    reading.close()

    assert seen == list(range(1, 6))
    assert (reading.info.kind, reading.info.codec) == ("stills", "mjpeg")
    assert (reading.info.width_px, reading.info.height_px) == (640, 360)
    assert reading.template is None


def test_single_pictures_are_asked_for_again_and_again(web: WebPeer) -> None:
    reading = opened(web.address("/snap.jpg"), web.port)

    seen = numbers(reading, 3)
    reading.close()

    assert seen == [1, 2, 3]
    assert all("If-None-Match" not in headers for _, headers in web.asked)


def test_a_picture_that_stays_the_same_is_not_given_again(web: WebPeer) -> None:
    reading = opened(web.address("/snap.jpg"), web.port)
    coming = reading.pieces()
    first = next(coming)
    assert isinstance(first, Still)
    web.frozen = True
    asked = len(web.asked)
    began_s = time.monotonic()

    def thaw() -> None:
        ends_s = time.monotonic() + 20
        while len(web.asked) < asked + 2 and time.monotonic() < ends_s:
            time.sleep(0.02)
        web.frozen = False

    thawing = threading.Thread(target=thaw)
    thawing.start()
    second = next(coming)
    thawing.join()
    reading.close()

    assert isinstance(second, Still)
    assert second.jpeg != first.jpeg
    assert second.came_s - began_s > 0.5


@pytest.mark.parametrize("way", ["basic", "digest"])
@pytest.mark.parametrize("path", ["/snap.jpg", "/cam.mjpg"])
def test_a_camera_that_asks_who_is_there_is_told_once(way: str, path: str) -> None:
    with web_peer(login=(way, "ann", "p:w @")) as peer:
        login = login_of("ann", "p:w @")
        reading = opened(peer.address(path), peer.port, login=login)
        assert numbers(reading, 2) == [1, 2]
        reading.close()
        before = len(peer.asked)
        with pytest.raises(FeedLoginError, match="cam_7: it refuses"):
            opened(peer.address(path), peer.port, login=login_of("ann", "no"))
        # once without, once with the wrong one: a third would lock the camera
        assert len(peer.asked) == before + 2
        with pytest.raises(FeedLoginError, match="none is kept"):
            opened(peer.address(path), peer.port)


def test_a_login_that_belongs_into_the_address_is_put_there(web: WebPeer) -> None:
    address = web.address("/snap.jpg?u={user}&p={password}")

    opened(address, web.port, login=login_of("ann", "a b&c")).close()

    assert web.paths() == ["/snap.jpg?u=ann&p=a%20b%26c"]
    with pytest.raises(FeedLoginError, match="a place for a name"):
        opened(address, web.port)


def test_a_redirect_gets_no_login_it_asks_for(web: WebPeer) -> None:
    web.redirect("/a", "/snap.jpg?p={password}")

    opened(web.address("/a"), web.port, login=login_of("ann", "secret")).close()

    assert all("secret" not in path for path in web.paths())


def test_a_login_is_told_to_nobody_but_its_camera() -> None:
    with web_peer() as camera, web_peer(login=("basic", "ann", "secret")) as other:
        camera.redirect("/snap.jpg", other.address("/snap.jpg"))
        gate = gate_for(camera.port, other.port)
        target = target_at(camera.address("/snap.jpg"), login=login_of("ann", "secret"))

        with pytest.raises(FeedLoginError, match="not to be told there"):
            open_feed(target, gate)

        assert all("Authorization" not in headers for _, headers in other.asked)


def test_a_redirect_inside_the_gate_is_followed(web: WebPeer) -> None:
    web.redirect("/old", "/snap.jpg")

    reading = opened(web.address("/old"), web.port)

    assert numbers(reading, 1) == [1]
    reading.close()


@pytest.mark.parametrize(
    "to",
    [
        "http://169.254.169.254/latest/meta-data/",
        "http://127.0.0.1:1/",
        "http://[::1]/",
        "http://10.0.0.5/snap.jpg",
        "file:///etc/passwd",
        "concat:/etc/passwd",
        "gopher://10.20.3.4/",
        "//192.168.1.1/snap.jpg",
        "http://ann:secret@10.20.3.4/",
        "/again",
    ],
)
def test_a_redirect_outside_the_gate_is_not(web: WebPeer, to: str) -> None:
    web.redirect("/again", to)

    with pytest.raises(FeedForbidden):
        opened(web.address("/again"), web.port)


def test_a_protected_line_is_not_left_for_an_open_one(papers: Papers) -> None:
    with (
        web_peer(tls=(papers.certificate, papers.key)) as peer,
        web_peer() as open_peer,
    ):
        peer.redirect("/a", open_peer.address("/snap.jpg"))
        target = target_at(peer.address("/a"), tls="off")

        with pytest.raises(FeedForbidden, match="protected"):
            open_feed(target, gate_for(peer.port, open_peer.port))

        assert open_peer.asked == []


def test_certificates_are_checked_before_anything_is_asked(papers: Papers) -> None:
    with web_peer(tls=(papers.certificate, papers.key)) as peer:
        address = peer.address("/snap.jpg")
        with pytest.raises(FeedUntrusted):
            opened(address, peer.port)
        with pytest.raises(FeedUntrusted):
            opened(address, peer.port, tls="pinned", certificate_sha256="00" * 32)
        assert peer.asked == []
        for more in (
            {"tls": "pinned", "certificate_sha256": papers.sha256},
            {"tls": "off"},
        ):
            reading = opened(address, peer.port, **more)
            assert numbers(reading, 1) != [None]
            reading.close()
        gate = gate_for(peer.port, authorities=papers.certificate)
        open_feed(target_at(address), gate).close()


def test_what_is_no_picture_is_told(web: WebPeer) -> None:
    web.give("/page", b"<html>log in</html>", "text/html")
    web.give("/half.jpg", jpeg_of(1)[:2000], "image/jpeg")
    web.give("/empty", b"", "image/jpeg")

    with pytest.raises(FeedNotFound):
        opened(web.address("/none"), web.port)
    with pytest.raises(FeedUnsupported):
        opened(web.address("/page"), web.port)
    with pytest.raises(FeedBroken):
        opened(web.address("/half.jpg"), web.port)
    with pytest.raises(FeedUnsupported):
        opened(web.address("/empty"), web.port)


def test_a_refusal_is_told_as_one(web: WebPeer) -> None:
    def refuse(handler: BaseHTTPRequestHandler) -> None:
        answer(handler, b"", "text/plain", int(handler.path[-3:]))

    for status, kind in ((403, FeedLoginError), (410, FeedNotFound), (503, FeedBroken)):
        web.routes[f"/{status}"] = refuse
        with pytest.raises(kind):
            opened(web.address(f"/{status}"), web.port)


def test_a_frozen_camera_is_told_in_time(web: WebPeer) -> None:
    target = target_at(web.address("/cam.mjpg"))
    reading = open_feed(target, gate_for(web.port), bounds=STALLING)
    coming = reading.pieces()
    next(coming)
    web.frozen = True

    with Watch() as watch, pytest.raises(FeedTimeout, match="without a word"):
        for _ in coming:
            pass
    reading.close()

    assert watch.took_s < STALLING.stall_s + SLACK_S


def test_a_killed_camera_is_a_loss(web: WebPeer) -> None:
    reading = opened(web.address("/cam.mjpg"), web.port)
    coming = reading.pieces()
    next(coming)
    web.drop_all()

    with pytest.raises(FeedBroken, match="cam_7"):
        for _ in islice(coming, 50):
            pass
    reading.close()


@pytest.mark.parametrize("path", ["/cam.mjpg", "/snap.jpg"])
def test_closing_wakes_whoever_reads(web: WebPeer, path: str) -> None:
    reading = opened(web.address(path), web.port)
    coming = reading.pieces()
    next(coming)
    web.frozen = True
    done = threading.Event()

    def read() -> None:
        for _ in coming:
            pass
        done.set()

    reader = threading.Thread(target=read)
    reader.start()
    with Watch() as watch:
        reading.close()
        reading.close()
        assert done.wait(20)
    reader.join()

    assert watch.took_s < SLACK_S


def test_pictures_too_long_to_be_one_are_not_kept(web: WebPeer) -> None:
    def flood(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", "multipart/x-mixed-replace; boundary=a")
        handler.end_headers()
        handler.close_connection = True
        head = b"\xff\xd8\xff\xe0\x00\x04ab\xff\xda\x00\x04ab"
        handler.wfile.write(head)
        for _ in range(400):
            handler.wfile.write(b"\x55" * 65_536)

    web.routes["/flood"] = flood

    with pytest.raises(FeedBroken, match="no end"):
        opened(web.address("/flood"), web.port)


def test_a_picture_inside_a_picture_is_not_taken_for_it() -> None:
    small, large = jpeg_of(1, 320, 180), jpeg_of(2)
    inside = b"\xff\xe1" + (len(small) + 2).to_bytes(2, "big") + small
    cutter = JpegCutter(10**6)
    cutter.add(b"--x\r\n" + large[:2] + inside + large[2:] + b"\r\n--x")

    taken = cutter.take()

    assert taken is not None
    assert jpeg_size(taken) == (640, 360)
    assert number_of(taken) == 2
    assert cutter.take() is None


@given(st.binary(max_size=300), st.integers(min_value=1, max_value=50))
def test_any_bytes_are_taken_apart_without_another_fault(
    data: bytes, step: int
) -> None:
    cutter = JpegCutter(200)
    for place in range(0, len(data), step):
        cutter.add(data[place : place + step])
        try:
            taken = cutter.take()
        except FeedBroken:
            return
        assert taken is None or taken.startswith(b"\xff\xd8\xff")


@given(st.integers(min_value=1, max_value=997), st.sampled_from([b"", b"\r\n--a"]))
def test_pictures_cut_anywhere_come_out_whole(step: int, between: bytes) -> None:
    jpeg = _SMALL
    run = between + jpeg + between + jpeg + between
    cutter, found = JpegCutter(10**6), []
    for place in range(0, len(run), step):
        cutter.add(run[place : place + step])
        while (taken := cutter.take()) is not None:
            found.append(taken)

    assert found == [jpeg, jpeg]


_SMALL = jpeg_of(3, 320, 180)


def test_a_camera_without_single_pictures_says_so(tmp_path: Path) -> None:
    with pytest.raises(FeedUnsupported, match="single pictures"):
        open_feed(target_at("rtsp://10.20.3.4/"), gate_for(1), want="snapshot")
