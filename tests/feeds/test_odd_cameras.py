"""Cameras whose clocks stand, jump and run over, and RTSP cameras of JPEGs."""

from __future__ import annotations

import io
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import av
import pytest

from coveragekit.feeds.bounds import Bounds
from coveragekit.feeds.hub import Hub
from coveragekit.feeds.limits import Limits
from coveragekit.feeds.masks import Mask
from coveragekit.feeds.messages import Fragment, Init, Picture, State
from coveragekit.feeds.opening import open_feed
from coveragekit.feeds.viewer import Viewer
from tests.feeds.looking import PATIENT, gate_for, is_counting, target_at
from tests.feeds.peers import scenes
from tests.feeds.peers.rtp import STEP, Film, h264, jpegs, rtp_peer
from tests.feeds.peers.scenes import Scene
from tests.feeds.peers.web import number_of

CIRCLE = 60
FAST_HZ = 60.0
LOWER_HALF = Mask(((0.0, 0.5), (1.0, 0.5), (1.0, 1.0), (0.0, 1.0)))


@pytest.fixture
def watch() -> Iterator[Callable[..., Viewer]]:
    """Give a way to look at a film that a camera plays."""
    left = ExitStack()

    def look(film: Film, *, masks: tuple[Mask, ...] = (), **wishes: object) -> Viewer:
        peer = left.enter_context(rtp_peer(film))
        gate = gate_for(peer.port)

        def opens(target, want):
            return open_feed(target, gate, want=want, bounds=PATIENT)

        limits = Limits(idle_s=0.0, unacked_s=60.0)
        hub = left.enter_context(Hub(opens, limits=limits))
        viewer = hub.join(target_at(peer.address), masks=masks, **wishes)
        return left.enter_context(viewer)

    with left:
        yield look


def taken(viewer: Viewer, kind: type, count: int) -> list:
    """Take messages until there are so many of a kind."""
    came: list = []
    ends_s = time.monotonic() + 40
    while sum(isinstance(one, kind) for one in came) < count:
        assert time.monotonic() < ends_s, came[-3:]
        came += viewer.take(0.2)
    return came


def shown(came: list) -> list[int | None]:
    """Read the numbers of the pictures that a browser would show."""
    begun = [place for place, one in enumerate(came) if isinstance(one, Init)][-1]
    parts = [one.data for one in came[begun:] if isinstance(one, Init | Fragment)]
    with av.open(io.BytesIO(b"".join(parts))) as container:
        times = [one.dts for one in container.demux(video=0) if one.size]
    assert times == sorted(set(times))
    with av.open(io.BytesIO(b"".join(parts))) as container:
        frames = container.decode(video=0)
        return [scenes.read(one.to_ndarray(format="gray")) for one in frames]


@pytest.mark.parametrize(
    "clock",
    [
        # a device without a clock, or one that never tells it
        lambda number: 4711,
        # one that is set back by an hour again and again
        lambda number: 3600 * 90_000 + number * STEP - number // 15 * 3600 * 90_000,
        # one that jumps ahead
        lambda number: number * STEP + number // 15 * 600 * 90_000,
        # the counter of 32 bits that begins again at nought
        lambda number: (1 << 32) - 15 * STEP + number * STEP,
        # one that shakes: each second picture is earlier than the one before it
        lambda number: 90_000 + (number + (2 if number % 2 else 0)) * STEP,
    ],
    ids=["still", "set back", "ahead", "over", "shaking"],
)
def test_whatever_the_clock_of_a_camera_says_its_pictures_come(watch, clock) -> None:
    film = h264(time=clock, rate_hz=FAST_HZ)

    seen = shown(taken(watch(film), Fragment, 50))

    assert len(seen) >= 48
    assert is_counting(seen, CIRCLE)


def test_pictures_sent_in_another_order_than_shown_come_in_order(watch) -> None:
    scene = Scene(pictures=CIRCLE, b_frames=2)
    film = h264(scene, rate_hz=FAST_HZ)
    order = [round(one.pts or 0) for one in scenes.encode(scene)]
    film = Film(
        film.kind,
        film.map,
        film.pictures,
        lambda number: (order[number % 60] + number // 60 * 60) * STEP,
        FAST_HZ,
    )

    seen = shown(taken(watch(film), Fragment, 50))

    # the last one may have come before those that are shown before it
    assert is_counting(seen[:-3], CIRCLE)
    assert len(seen) >= 45


def test_an_rtsp_camera_of_single_pictures_is_shown(watch) -> None:
    came = taken(watch(jpegs(), as_="jpeg", rate_hz=25.0), Picture, 6)

    pictures = [one for one in came if isinstance(one, Picture)]
    seen = [number_of(one.jpeg) for one in pictures]
    assert None not in seen
    assert len(set(seen)) == 6
    assert {(one.width_px, one.height_px) for one in pictures} == {(640, 360)}


def test_an_rtsp_camera_of_single_pictures_is_masked(watch) -> None:
    viewer = watch(jpegs(), masks=(LOWER_HALF,), as_="jpeg", rate_hz=5.0)

    picture = next(one for one in taken(viewer, Picture, 1) if isinstance(one, Picture))

    with av.open(io.BytesIO(picture.jpeg), format="mjpeg") as container:
        grey = next(container.decode(video=0)).to_ndarray(format="gray")
    assert scenes.read(grey) is not None
    assert grey[184:].max() - grey[184:].min() <= 6
    assert picture.is_masked


def test_an_rtsp_camera_of_single_pictures_has_no_stream(watch) -> None:
    viewer = watch(jpegs())

    came = taken(viewer, State, 1)
    ends_s = time.monotonic() + 20
    while not [one for one in came if getattr(one, "state", "") == "refused"]:
        assert time.monotonic() < ends_s
        came += viewer.take(0.2)

    assert [one.fault for one in came if isinstance(one, State)][
        -1
    ] == "FeedUnsupported"


def test_the_bounds_are_those_that_are_promised() -> None:
    bounds = Bounds()

    # told within 8 and 10 s, though the relay looks five times a second only
    assert bounds.open_s + 0.4 < 8.0
    assert bounds.stall_s + 0.4 < 10.0
    assert bounds.connect_s < bounds.open_s
    assert bounds.answer_s < bounds.open_s
