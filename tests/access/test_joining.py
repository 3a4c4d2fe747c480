"""A camera that joins is measured step by step, against real servers."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from coveragekit.access import Purpose
from coveragekit.access.joining import Step, measure_joining
from coveragekit.errors import AccessRefused
from coveragekit.feeds.bounds import Bounds
from tests.access.scene import ANN, KIM
from tests.access.test_probing import City, city  # noqa: F401 - a fixture
from tests.feeds.peers.hostile import hostile_peer, nobody
from tests.feeds.peers.rtsp import RtspPeer, make_media, require, rtsp_peer
from tests.feeds.peers.web import answer, jpeg_of, web_peer

UPKEEP = Purpose("upkeep")
PATIENT = Bounds(connect_s=20.0, answer_s=30.0, open_s=40.0, stall_s=30.0)
pytestmark = pytest.mark.parametrize("registry_url", ["sqlite"], indirect=True)


@pytest.fixture(scope="module")
def peer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RtspPeer]:
    """Give a camera with H.264 and H.265."""
    require()
    media = make_media(tmp_path_factory.mktemp("media"), ["sub", "h265"])
    with rtsp_peer(media) as running:
        yield running


def _measured(city: City, key: str, seconds: float = 2.0) -> dict[str, Step]:  # noqa: F811
    told: list[Step] = []
    steps = measure_joining(
        city.looks, ANN, UPKEEP, key, seconds=seconds, bounds=PATIENT, said=told.append
    )
    assert tuple(told) == steps
    assert "127.0.0.1" not in repr(steps)
    return {one.name: one for one in steps}


def test_a_good_camera_is_told_in_figures(city: City, peer: RtspPeer) -> None:  # noqa: F811
    key = city.add(peer.port, address=peer.address("sub"))
    found = _measured(city, key)
    assert {name: one.verdict for name, one in found.items()} == {
        "reach": "good",
        "first picture": "good",
        "main stream": "good",
        "substream": "poor",
        "upload": "good",
        "single pictures": "unknown",
        "clock": "good",
    }
    main = found["main stream"].figures
    assert (main["codec"], main["width_px"], main["height_px"]) == ("h264", 640, 360)
    # the peer plays 20 pictures a second and a keyframe each second
    assert main["rate_hz"] == pytest.approx(20.0, rel=0.4)
    assert main["keyframe_s"] == pytest.approx(1.0, abs=0.1)
    assert main["realtime_share"] == pytest.approx(1.0, abs=0.4)
    assert found["upload"].figures["mbit_per_s"] == round(main["bits_per_s"] / 1e6, 2)
    assert abs(found["clock"].figures["offset_s"]) < 2.0
    line = city.lines()[-1]
    assert (line.result, line.object_ids) == ("done", (key,))
    assert line.parameters["upload"] == "good"


def test_h265_is_said_to_be_for_some_browsers(city: City, peer: RtspPeer) -> None:  # noqa: F811
    key = city.add(
        peer.port, address=peer.address("h265"), substream=peer.address("sub")
    )
    found = _measured(city, key, 1.0)
    assert found["first picture"].verdict == "poor"
    assert "H.264 if it can" in found["first picture"].words
    assert found["substream"].verdict == "good"
    sums = sum(found[one].figures["bits_per_s"] for one in ("main stream", "substream"))
    assert found["upload"].figures["mbit_per_s"] == pytest.approx(sums / 1e6, abs=0.02)


def test_a_dead_address_ends_it_with_what_to_do(city: City) -> None:  # noqa: F811
    with nobody() as closed:
        key = city.add(closed, address=f"rtsp://127.0.0.1:{closed}/main")
        found = _measured(city, key)
    assert list(found) == ["reach"]
    assert found["reach"].verdict == "bad"
    assert "look at power, cable and router" in found["reach"].words


def test_a_stream_that_is_not_there_ends_it_after_the_connection(
    city: City,  # noqa: F811
    peer: RtspPeer,
) -> None:
    key = city.add(peer.port, address=peer.address("nothing"))
    found = _measured(city, key)
    assert [one.verdict for one in found.values()] == ["good", "bad"]
    assert "no such stream" in found["first picture"].words


def test_a_camera_without_a_feed_says_what_is_missing(city: City) -> None:  # noqa: F811
    found = _measured(city, city.scene.integrated())
    assert list(found) == ["feed"]
    assert "an administrator adds a feed" in found["feed"].words


def test_a_substream_that_is_not_there_says_nothing_of_the_line(
    city: City,  # noqa: F811
    peer: RtspPeer,
) -> None:
    key = city.add(
        peer.port, address=peer.address("sub"), substream=peer.address("nothing")
    )
    found = _measured(city, key, 0.3)
    assert found["substream"].verdict == "bad"
    assert found["upload"].verdict == "unknown"
    assert "the substream gave nothing" in found["upload"].words


@pytest.mark.parametrize(("off_s", "verdict"), [(0, "good"), (3_600, "poor")])
def test_a_clock_that_is_wrong_is_told(
    city: City,  # noqa: F811
    off_s: float,
    verdict: str,
) -> None:
    with web_peer() as web:
        count = [0]

        def route(handler) -> None:
            at = datetime.now(UTC) + timedelta(seconds=off_s)
            handler.date_time_string = lambda _=None: format_datetime(at, usegmt=True)
            count[0] += 1
            answer(handler, jpeg_of(count[0]), "image/jpeg")

        web.routes["/clock.jpg"] = route
        key = city.add(web.port, address=web.address("/clock.jpg"))
        found = _measured(city, key, 0.3)
    assert found["clock"].verdict == verdict
    assert found["clock"].figures["offset_s"] == pytest.approx(off_s, abs=10.0)
    assert found["clock"].figures["source"] == "http"


_BURST = 8_000


@contextmanager
def _narrow(port: int, *, bytes_per_s: float) -> Iterator[int]:
    """Give a line to a camera that lets so many bytes through in a second.

    The first of each connection go through at once, as routers have it: the picture
    that it is asked for first need not be waited for.
    """

    def act(line: socket.socket, ended: threading.Event) -> None:
        with socket.create_connection(("127.0.0.1", port)) as camera:
            # what waits in the machine's buffers would hide that the line is narrow
            camera.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)

            def ask() -> None:
                with suppress(OSError):
                    while more := line.recv(4096):
                        camera.sendall(more)
                    camera.shutdown(socket.SHUT_RDWR)

            asking = threading.Thread(target=ask, daemon=True)
            asking.start()
            free = _BURST
            with suppress(OSError):
                while not ended.is_set() and (some := camera.recv(1024)):
                    line.sendall(some)
                    free -= len(some)
                    if free < 0:
                        time.sleep(len(some) / bytes_per_s)
            line.shutdown(socket.SHUT_RDWR)
            asking.join(5)

    with hostile_peer(act) as peer:
        yield peer.port


def test_a_line_that_is_too_slow_is_told(city: City, peer: RtspPeer) -> None:  # noqa: F811
    with _narrow(peer.port, bytes_per_s=6_000) as port:  # half of what it sends
        key = city.add(port, address=f"rtsp://127.0.0.1:{port}/sub")
        found = _measured(city, key, 1.5)
    assert found["main stream"].verdict == "bad"
    assert "falls behind" in found["main stream"].words
    assert found["upload"].verdict == "bad"


def test_who_may_not_measures_nothing(city: City, peer: RtspPeer) -> None:  # noqa: F811
    key = city.add(peer.port, address=peer.address("sub"))
    with pytest.raises(AccessRefused, match="may not see whether a camera works"):
        measure_joining(city.looks, KIM, UPKEEP, key)
