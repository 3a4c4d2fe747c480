"""Sixteen cameras that are killed and frozen again and again all play in the end."""

from __future__ import annotations

import io
import os
import random
import threading
import time
from collections import Counter
from pathlib import Path

import av
import pytest

from coveragekit.feeds.bounds import Bounds
from coveragekit.feeds.hub import Hub
from coveragekit.feeds.limits import Limits
from coveragekit.feeds.opening import open_feed
from coveragekit.feeds.target import FeedTarget
from tests.feeds.crowd import Crowd, memory_mb, open_files
from tests.feeds.looking import gate_for
from tests.feeds.peers import scenes
from tests.feeds.peers.rtsp import RtspPeer, rtsp_peer

FULL = os.environ.get("COVERAGEKIT_SOAK") == "full"
LASTS_S = 600.0 if FULL else 60.0
CAMERAS = 16
# What a process may grow by in the second half, while sixteen cameras come and go. In
# a minute its heaps have seen too few connections to be full: +2 to +16 MB were seen,
# and +3 MB in ten.
FLAT_MB = 16.0 if FULL else 40.0


def harass(peers: list[RtspPeer], lasts_s: float) -> Counter[str]:
    """Kill and freeze cameras for a while; in the end all of them run."""
    rng = random.Random(7)  # noqa: S311
    done: Counter[str] = Counter()
    end = time.monotonic() + lasts_s
    while time.monotonic() < end:
        peer = rng.choice(peers)
        if rng.random() < 0.5:
            peer.kill()
            time.sleep(rng.uniform(0.2, 2.0))
            peer.stop()
            peer.start()
            done["killed"] += 1
        else:
            peer.freeze()
            time.sleep(rng.uniform(0.5, 5.0))
            peer.thaw()
            done["frozen"] += 1
        time.sleep(rng.uniform(1.0, 4.0))
    return done


def numbers_of(stream: list[bytes]) -> list[int | None]:
    with av.open(io.BytesIO(b"".join(stream))) as container:
        frames = container.decode(video=0)
        return [scenes.read(one.to_ndarray(format="gray")) for one in frames]


@pytest.mark.soak
@pytest.mark.timeout(1500)
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs Linux")
def test_sixteen_cameras_killed_and_frozen_again_and_again_play_in_the_end(
    media: Path,
) -> None:
    bounds = Bounds(connect_s=2.0, answer_s=2.0, open_s=4.0, stall_s=3.0)
    limits = Limits(idle_s=0.2, first_wait_s=0.2, most_wait_s=2.0)
    before = threading.active_count()
    with rtsp_peer(media) as one, rtsp_peer(media) as two:
        gate = gate_for(one.port, two.port)
        with (
            Hub(
                lambda target, want: open_feed(target, gate, want=want, bounds=bounds),
                limits=limits,
            ) as hub,
            Crowd(hub) as crowd,
        ):
            for number in range(CAMERAS):
                peer = (one, two)[number % 2]
                crowd.join(FeedTarget(f"cam_{number}", peer.address("sub")))
            crowd.wait(lambda seat: seat.pictures > 20)
            # threads' heaps fill up over the first hundreds of connections
            done = harass([one, two], LASTS_S / 2)
            crowd.wait(lambda seat: seat.state == "playing", seconds=90.0)
            weight_mb, files = memory_mb(), open_files()

            done.update(harass([one, two], LASTS_S / 2))

            crowd.wait(lambda seat: seat.state == "playing", seconds=90.0)
            counts = [seat.pictures for seat in crowd.seats]
            crowd.wait(
                lambda seat: seat.pictures > counts[crowd.seats.index(seat)] + 60
            )
            grown_mb, more_files = memory_mb() - weight_mb, open_files() - files
            standings = hub.standings()
            threads = threading.active_count() - before
            lost = sum(seat.states.count("stale") for seat in crowd.seats)
            last = hub.join(FeedTarget("cam_0", one.address("sub")), masks=())
            stream = watched(last)

    print(  # noqa: T201 - figures of a long run
        f"\n{CAMERAS} cameras, {LASTS_S:.0f} s: {dict(done)}, {lost} times stale, "
        f"{grown_mb:+.1f} MB, {more_files:+d} files, {threads} threads"
    )
    assert {one.state for one in standings.values()} == {"playing"}
    assert len(standings) == CAMERAS
    assert done["killed"]
    assert done["frozen"]
    assert lost >= CAMERAS / 2
    assert grown_mb < FLAT_MB
    assert more_files <= 8
    # a reader each, the viewers' thread and the relay's
    assert threads <= CAMERAS + 2
    seen = numbers_of(stream)
    assert None not in seen
    assert len(seen) >= 10
    assert not [one for one in threading.enumerate() if one.name.startswith("camera ")]


def watched(viewer) -> list[bytes]:
    """Take a stream's beginning and its next pictures."""
    parts: list[bytes] = []
    end = time.monotonic() + 30
    while len(parts) < 15:
        assert time.monotonic() < end
        for message in viewer.take(0.2):
            if hasattr(message, "data"):
                parts.append(message.data)
    viewer.leave()
    return parts
