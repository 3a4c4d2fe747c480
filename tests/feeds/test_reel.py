"""Kept pictures are played at their own pace, and wait for whoever is slow."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from coveragekit.errors import FeedNotFound
from coveragekit.feeds.limits import Limits
from coveragekit.feeds.messages import Message, Picture, State
from coveragekit.feeds.muxing import jpeg_shape
from coveragekit.feeds.reel import ENDED, Reel
from coveragekit.feeds.replaying import Packing, Painting, Shot
from coveragekit.feeds.times import Clean
from tests.feeds.peers.rtsp import wait_until
from tests.feeds.peers.web import jpeg_of

EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
SHAPE = jpeg_shape(640, 360)


class Room:
    """A reel on a clock of its own."""

    def __init__(self, shots: Iterator[Shot], **wishes) -> None:
        self.now_s = 100.0
        self.stopped = threading.Event()
        self.reel = Reel(
            shots,
            Painting(masks=(), rate_hz=0.0, width_px=None),
            stop=self.stopped.set,
            clock=lambda: self.now_s,
            utc_now=lambda: EPOCH,
            **wishes,
        )

    def ready(self, count: int) -> None:
        wait_until(lambda: len(self.reel._queue) >= count or self.reel._end is not None)

    def turn(self, seconds: float, *, acks: bool = True) -> list[Message]:
        got: list[Message] = []
        for _ in range(round(seconds / 0.1)):
            self.now_s += 0.1
            got += self.reel.take(0.0)
            if acks and got and isinstance(got[-1], Picture):
                self.reel.ack(got[-1].index)
        return got


def shots(count: int, *, step_s: float = 0.1, runs: int = 1) -> Iterator[Shot]:
    jpeg = jpeg_of(7, 160, 90)
    for run in range(runs):
        for number in range(count):
            ticks = round(number * step_s * 90_000)
            clean = Clean(jpeg, ticks, ticks, is_key=True, came_s=0.0)
            at = EPOCH + timedelta(hours=run, seconds=number * step_s)
            yield Shot(clean, SHAPE, run, at)


def pictures(got: list[Message]) -> list[Picture]:
    return [one for one in got if isinstance(one, Picture)]


def test_it_plays_at_its_own_pace_and_says_that_it_ended() -> None:
    room = Room(shots(30))
    room.ready(30)

    first = room.reel.take(0.0)
    # what is due within a quarter of a second
    assert len(pictures(first)) == 3
    assert [one.state for one in first if isinstance(one, State)] == ["playing"]
    assert len(pictures(room.turn(1.0))) == pytest.approx(10, abs=1)
    rest = room.turn(5.0)
    room.reel.leave()

    assert len(pictures(rest)) == pytest.approx(17, abs=1)
    (end,) = [one for one in rest if isinstance(one, State)]
    assert (end.state, end.words, end.fault) == ("offline", ENDED, "Ended")
    assert next(one.index for one in pictures(first + rest)) == 1
    assert pictures(rest)[-1].came_at == EPOCH + timedelta(seconds=2.9)


def test_it_waits_for_who_acknowledges_nothing_and_then_goes_on() -> None:
    room = Room(shots(100))
    room.ready(100)

    got = room.turn(20.0, acks=False)
    # three seconds, and what is due at once
    assert 30 <= len(pictures(got)) <= 36
    room.reel.ack(pictures(got)[-1].index)
    got += room.turn(20.0)
    room.reel.leave()

    assert [one.index for one in pictures(got)] == list(range(1, 101))


def test_a_page_that_was_hidden_goes_on_where_it_was() -> None:
    room = Room(shots(100))
    room.ready(100)
    room.turn(1.0)

    room.now_s += 3600.0
    after = room.reel.take(0.0)
    room.reel.leave()

    assert len(pictures(after)) <= 6


def test_what_waits_is_bounded() -> None:
    drawn: list[int] = []

    def counted() -> Iterator[Shot]:
        for number, shot in enumerate(shots(500)):
            drawn.append(number)
            yield shot

    room = Room(counted(), limits=Limits(queued=20))
    room.ready(20)
    assert len(drawn) <= 22
    room.reel.leave()
    wait_until(lambda: not room.reel._thread.is_alive())
    assert len(drawn) <= 23


def test_a_gap_is_not_sat_out() -> None:
    room = Room(shots(5, runs=2))
    room.ready(10)

    got = room.turn(2.0)
    room.reel.leave()

    assert len(pictures(got)) == 10
    assert pictures(got)[5].came_at == EPOCH + timedelta(hours=1)


def test_a_fault_of_the_source_is_told_and_nothing_follows() -> None:
    def faulty() -> Iterator[Shot]:
        yield from shots(2)
        message = "camera cam_1: it keeps no more"
        raise FeedNotFound(message)

    room = Room(faulty())
    wait_until(lambda: room.reel._end is not None)

    got = room.turn(3.0)
    assert len(pictures(got)) == 2
    (end,) = [one for one in got if isinstance(one, State)][1:]
    assert (end.state, end.fault) == ("refused", "FeedNotFound")
    assert room.turn(1.0) == []
    room.reel.leave()


def test_whoever_is_refused_gets_that_and_no_more() -> None:
    room = Room(shots(100))
    room.ready(100)
    room.turn(0.5)

    room.reel.refuse("the consent has ended", "AccessRefused")
    got = room.turn(2.0)

    (end,) = got
    assert isinstance(end, State)
    assert end.words == "the consent has ended"
    assert room.stopped.is_set()
    room.reel.leave()


def test_pictures_that_stand_alone_are_no_stream() -> None:
    packing = Packing("cam_1", masks=())
    reel = Reel(shots(3), packing)

    wait_until(lambda: reel._end is not None)
    got = reel.take(1.0)
    reel.leave()

    (end,) = got
    assert isinstance(end, State)
    assert end.fault == "FeedUnsupported"
