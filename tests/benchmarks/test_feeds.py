"""The promises of live pictures: little processor, little memory, soon there."""

from __future__ import annotations

import os
import random
import statistics
import time
from pathlib import Path
from typing import TYPE_CHECKING

import av
import pytest

from coveragekit.errors import FeedTimeout
from coveragekit.feeds.bounds import Bounds
from coveragekit.feeds.hub import Hub
from coveragekit.feeds.jpeg import JpegMaker
from coveragekit.feeds.limits import Limits
from coveragekit.feeds.masks import Mask
from coveragekit.feeds.opening import open_feed
from coveragekit.feeds.target import FeedTarget
from tests.feeds.crowd import Crowd, Seat, measure, memory_mb
from tests.feeds.looking import gate_for
from tests.feeds.peers.hostile import full_backlog, hostile_peer, silent, trickle
from tests.feeds.peers.rtsp import RtspPeer, make_media, require, rtsp_peer

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.skipif(
    not Path("/proc/self/status").exists(), reason="measures memory as Linux tells it"
)

RECONNECTS = 1_000
AT_ONCE = 8
SHORT = Bounds(connect_s=0.4, answer_s=0.4, open_s=0.6, stall_s=0.6)
MASKS = (
    Mask(((0.05, 0.1), (0.4, 0.1), (0.3, 0.6))),
    Mask(((0.6, 0.5), (0.95, 0.5), (0.95, 0.9), (0.6, 0.9)), "pixels"),
)


@pytest.fixture(scope="module")
def street(tmp_path_factory) -> Iterator[RtspPeer]:
    """Give an RTSP camera of 720p at 20 pictures and 2 Mbit a second."""
    require()
    media = make_media(tmp_path_factory.mktemp("media"), ("f720", "sub"))
    with rtsp_peer(media) as peer:
        yield peer


def hub_for(peer: RtspPeer) -> Hub:
    gate = gate_for(peer.port)
    return Hub(
        lambda target, want: open_feed(target, gate, want=want),
        limits=Limits(idle_s=0.0, first_wait_s=0.1, most_wait_s=0.2),
        rng=random.Random(1),  # noqa: S311
    )


def load() -> str:
    return f"load {os.getloadavg()[0]:.1f}"


def sizes(scale: float) -> list[int]:
    return [1, 8, 32] if scale >= 1 else [1, 2]


def joined(crowd: Crowd, peer: RtspPeer, count: int, **wishes) -> None:
    address = peer.address("f720")
    for number in range(count):
        crowd.join(FeedTarget(f"cam_{number}", address), **wishes)
    crowd.wait(lambda seat: seat.first_s is not None, seconds=120.0)


def test_a_stream_that_is_only_packed_anew_costs_a_hundredth_of_a_core(
    street: RtspPeer, scale: float, promise
) -> None:
    for count in sizes(scale):
        with hub_for(street) as hub, Crowd(hub) as crowd:
            before_mb = memory_mb()
            joined(crowd, street, count)
            # the pictures since the keyframe, which newcomers get, are over by now
            time.sleep(4.0 if scale >= 1 else 1.0)
            cost = measure(crowd, 20.0 if scale >= 1 else 3.0)
            grown_mb = (memory_mb() - before_mb) / count
            first_s = statistics.median(seat.first_s or 0.0 for seat in crowd.seats)

        note = f"{cost.least_rate_hz:.1f} pictures/s, first {first_s:.2f} s, {load()}"
        assert cost.rate_hz > 0
        what = f"live: {count} x 720p packed, core a stream"
        promise(what, 100 * cost.cpu_share / count, "%", at_most=1.0, note=note)
        if count == 32:
            what = "live: 32 x 720p packed, cores of all"
            promise(what, 100 * cost.cpu_share, "%", at_most=20.0, note=note)
        promise(
            f"live: {count} x 720p packed, memory a stream", grown_mb, "MB", at_most=6.0
        )


def test_single_pictures_cost_what_decoding_costs(
    street: RtspPeer, scale: float, promise
) -> None:
    wishes = {"3 a second": {"rate_hz": 3.0}, "keyframes": {"rate_hz": 0.0}}
    for words, wish in wishes.items():
        count = 8 if scale >= 1 else 1
        with hub_for(street) as hub, Crowd(hub) as crowd:
            before_mb = memory_mb()
            joined(crowd, street, count, as_="jpeg", width_px=640, **wish)
            cost = measure(crowd, 20.0 if scale >= 1 else 4.0)
            grown_mb = (memory_mb() - before_mb) / count

        note = f"{cost.rate_hz:.1f} pictures/s, {grown_mb:.1f} MB each, {load()}"
        most = 10.0 if wish["rate_hz"] else 2.0
        what = f"live: {count} x 720p as JPEG, {words}, core a stream"
        assert cost.rate_hz > 0
        promise(what, 100 * cost.cpu_share / count, "%", at_most=most, note=note)


def test_cameras_that_come_and_go_leave_nothing_behind(
    street: RtspPeer, scale: float, promise
) -> None:
    rounds = max(3, round(RECONNECTS * scale / AT_ONCE))
    with hub_for(street) as hub:
        # each thread's own heap fills up first, at some two hundred connections
        for number in range(25 if scale >= 1 else 8):
            come_and_go(hub, street, number)
        before_mb = memory_mb()
        for number in range(rounds):
            come_and_go(hub, street, number)
        grown_mb = memory_mb() - before_mb

    what = f"live: growth over {rounds * AT_ONCE} connections"
    promise(what, grown_mb, "MB", at_most=5.0, note=load())


def come_and_go(hub: Hub, peer: RtspPeer, number: int) -> None:
    """Open eight cameras, see each one's first picture, and leave."""
    with Crowd(hub) as crowd:
        for place in range(AT_ONCE):
            name = f"cam_{number}_{place}"
            crowd.join(FeedTarget(name, peer.address("sub")))
        crowd.wait(_has_begun, seconds=60.0)


def _has_begun(seat: Seat) -> bool:
    return seat.pictures > 0


def test_what_goes_wrong_is_told_soon(tmp_path_factory, scale: float, promise) -> None:
    require()
    bounds = Bounds() if scale >= 1 else SHORT
    told = {"nothing answers": (full_backlog, 8.0)}
    told |= {"it says nothing": (lambda: hostile_peer(silent), 8.0)}
    told |= {"it trickles": (lambda: hostile_peer(trickle), 8.0)}
    for words, (peers, most_s) in told.items():
        for scheme in ("rtsp", "http"):
            with peers() as peer:
                port = peer if isinstance(peer, int) else peer.port
                target = FeedTarget("cam_0", f"{scheme}://127.0.0.1:{port}/a")
                began_s = time.monotonic()
                with pytest.raises(FeedTimeout):
                    open_feed(target, gate_for(port), bounds=bounds)
                took_s = time.monotonic() - began_s
            what = f"live: {words}, {scheme}"
            promise(what, took_s, "s", at_most=most_s, note=load())

    media = make_media(tmp_path_factory.mktemp("media"), ("sub",))
    with rtsp_peer(media) as peer:
        stalled_s, back_s = lost_and_found(peer, bounds)
    promise("live: a camera that stops is told", stalled_s, "s", at_most=10.0)
    promise("live: plays again once it is back", back_s, "s", at_most=2.0, note=load())


def lost_and_found(peer: RtspPeer, bounds: Bounds) -> tuple[float, float]:
    """Freeze a camera, then kill it and bring it back; say how long each took."""
    gate, target = gate_for(peer.port), FeedTarget("cam_0", peer.address("sub"))
    reading = open_feed(target, gate, bounds=bounds)
    coming = reading.pieces()
    for _ in range(30):
        next(coming)
    peer.freeze()
    began_s = time.monotonic()
    with pytest.raises(FeedTimeout):
        list(coming)
    stalled_s = time.monotonic() - began_s
    reading.close()
    peer.thaw()
    with hub_for(peer) as hub, Crowd(hub) as crowd:
        seat = crowd.join(target)
        crowd.wait(_has_begun)
        peer.kill()
        crowd.wait(lambda one: one.state in {"stale", "offline"})
        peer.stop()
        peer.start()
        began_s, seen = time.monotonic(), seat.pictures
        crowd.wait(lambda one: one.pictures > seen)
        return stalled_s, time.monotonic() - began_s


def test_masks_cost_little_beside_encoding(scale: float, promise, cpu_clock) -> None:
    rows = max(20, int(400 * scale))
    frame = av.VideoFrame(1280, 720, "yuv420p")
    for plane in frame.planes:
        plane.update(random.Random(1).randbytes(plane.buffer_size))  # noqa: S311
    spent_ms = {}
    for words, masks in (("bare", ()), ("masked", MASKS)):
        maker = JpegMaker(masks, width_px=640)
        maker.make(frame)
        with cpu_clock() as spent:
            for _ in range(rows):
                maker.make(frame)
        spent_ms[words] = 1000 * spent[0] / rows

    more_ms = spent_ms["masked"] - spent_ms["bare"]
    note = f"encoding {spent_ms['bare']:.2f} ms, {load()}"
    promise(
        "live: two masks on a JPEG of 640 px", more_ms, "ms", at_most=1.7, note=note
    )
