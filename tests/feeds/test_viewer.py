"""A viewer is sent no more than it takes, and begins at keyframes."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest

from coveragekit.feeds.condition import Standing
from coveragekit.feeds.limits import Limits
from coveragekit.feeds.messages import Fragment, Init, Picture, State
from coveragekit.feeds.viewer import Viewer

EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
INIT = Init("avc1.42c016", b"init", 640, 360)


class Stage:
    """A viewer whose clock and whose camera the test moves."""

    def __init__(self, form="fmp4", limits=None, **wishes) -> None:
        self.now = 0.0
        self.standing = Standing("playing", 0.0, 0.0, "", "")
        self.left = []
        self.viewer = Viewer(
            form,
            standing=lambda: self.standing,
            limits=limits or Limits(),
            clock=lambda: self.now,
            utc=lambda moment: EPOCH + timedelta(seconds=moment),
            leave=self.left.append,
            **wishes,
        )

    def fragments(self):
        return [one for one in self.viewer.take(0) if isinstance(one, Fragment)]

    def states(self):
        return [one for one in self.viewer.take(0) if isinstance(one, State)]


def fragment(index: int, *, is_key=False, size=10) -> Fragment:
    return Fragment(index, bytes(size), is_key, EPOCH)


def picture(index: int) -> Picture:
    return Picture(index, b"jpeg", EPOCH, 640, 360)


def test_a_newcomer_gets_the_beginning_and_the_group_and_then_what_comes() -> None:
    stage = Stage()
    stage.viewer.begin(INIT, [fragment(7, is_key=True), fragment(8)])
    stage.viewer.offer(fragment(9))

    state, init, *fragments = stage.viewer.take(0)

    assert isinstance(state, State)
    assert init is INIT
    assert [one.index for one in fragments] == [7, 8, 9]


def test_without_a_group_it_begins_at_the_next_keyframe() -> None:
    stage = Stage()
    stage.viewer.begin(INIT, [])

    for one in (fragment(1), fragment(2, is_key=True), fragment(3)):
        stage.viewer.offer(one)

    assert [one.index for one in stage.fragments()] == [2, 3]


def test_who_acknowledges_nothing_is_sent_nothing_more_until_a_keyframe() -> None:
    stage = Stage()
    stage.viewer.begin(INIT, [fragment(1, is_key=True)])
    assert len(stage.fragments()) == 1

    stage.now = 2.9
    stage.viewer.offer(fragment(2))
    assert [one.index for one in stage.fragments()] == [2]
    stage.now = 3.1
    stage.viewer.offer(fragment(3))
    stage.viewer.offer(fragment(4, is_key=True))
    assert stage.fragments() == []

    stage.viewer.ack(2)
    stage.viewer.offer(fragment(5))
    assert stage.fragments() == []
    stage.viewer.offer(fragment(6, is_key=True))
    stage.viewer.offer(fragment(7))
    assert [one.index for one in stage.fragments()] == [6, 7]


@pytest.mark.parametrize(
    "limits", [Limits(queued=5), Limits(queued_bytes=50)], ids=["many", "large"]
)
def test_a_queue_that_overflows_drops_to_the_next_keyframe(limits: Limits) -> None:
    stage = Stage(limits=limits)
    stage.viewer.begin(INIT, [])
    stage.viewer.offer(fragment(1, is_key=True))

    for index in range(2, 9):
        stage.viewer.offer(fragment(index))
    stage.viewer.offer(fragment(9, is_key=True))
    stage.viewer.offer(fragment(10))
    _, *taken = stage.viewer.take(0)

    # the stream's beginning is not dropped: it comes only once
    assert taken[0] is INIT
    assert [one.index for one in taken[1:]] == [9, 10]


def test_a_new_stream_drops_what_was_of_the_old_one() -> None:
    stage = Stage()
    stage.viewer.begin(INIT, [fragment(1, is_key=True)])
    other = Init("avc1.42c01f", b"other", 1280, 720)

    stage.viewer.begin(other, [fragment(2, is_key=True)])
    _, *taken = stage.viewer.take(0)

    assert taken[0] is other
    assert [one.index for one in taken[1:]] == [2]


def test_what_was_not_acknowledged_of_an_old_stream_does_not_hold_up_the_new() -> None:
    stage = Stage()
    stage.viewer.begin(INIT, [fragment(1, is_key=True), fragment(2)])
    stage.viewer.take(0)
    stage.viewer.ack(1)

    stage.now = 60.0
    stage.viewer.begin(INIT, [])
    stage.viewer.offer(fragment(3, is_key=True))

    assert [one.index for one in stage.fragments()] == [3]


def test_of_single_pictures_only_the_newest_waits() -> None:
    stage = Stage("jpeg", rate_hz=10.0)

    for index in range(5):
        stage.viewer.offer(picture(index))

    taken = [one for one in stage.viewer.take(0) if isinstance(one, Picture)]
    assert [one.index for one in taken] == [4]


def test_single_pictures_keep_their_rate_on_the_average() -> None:
    stage = Stage("jpeg", rate_hz=3.0)
    shown = 0

    for number in range(200):
        stage.now = number * 0.05
        if stage.viewer.is_owed(stage.now):
            stage.viewer.offer(picture(number))
            shown += 1
            stage.viewer.take(0)
            stage.viewer.ack(number)

    assert shown == pytest.approx(30, abs=1)


def test_no_picture_is_made_for_one_who_acknowledges_nothing() -> None:
    stage = Stage("jpeg", rate_hz=10.0)
    stage.viewer.offer(picture(1))
    stage.viewer.take(0)

    stage.now = 3.1

    assert not stage.viewer.is_owed(3.1)
    stage.viewer.ack(1)
    assert stage.viewer.is_owed(3.1)


def test_a_state_is_told_when_it_changes_and_its_age_each_second() -> None:
    stage = Stage()
    assert [one.state for one in stage.states()] == ["playing"]
    stage.now = 30.0
    assert stage.states() == []

    stage.standing = Standing("stale", 30.0, 0.5, "lost", "FeedBroken")
    first = stage.states()
    stage.now = 30.5
    assert stage.states() == []
    stage.now = 31.0
    stage.standing = Standing("stale", 30.0, 1.5, "lost", "FeedBroken")
    second = stage.states()

    assert [(one.state, one.age_s, one.words) for one in first] == [
        ("stale", 0.5, "lost")
    ]
    assert first[0].since_at == EPOCH + timedelta(seconds=30)
    assert [one.age_s for one in second] == [1.5]


def test_one_who_is_refused_is_told_once_and_sent_nothing_more() -> None:
    stage = Stage()
    stage.viewer.begin(INIT, [fragment(1, is_key=True)])

    stage.viewer.refuse("the owner ended it", "AccessRefused")
    stage.viewer.offer(fragment(2, is_key=True))
    first, second = stage.viewer.take(0), stage.viewer.take(0)

    states = [one for one in first if isinstance(one, State)]
    assert [(one.state, one.fault) for one in states] == [("refused", "AccessRefused")]
    assert states == first
    assert second == []


def test_leaving_is_told_once_and_ends_a_wait() -> None:
    stage = Stage()
    stage.viewer.take(0)
    taken = []
    waiting = threading.Thread(target=lambda: taken.append(stage.viewer.take(60)))
    waiting.start()

    stage.viewer.leave()
    stage.viewer.leave()
    waiting.join(10)

    assert not waiting.is_alive()
    assert taken == [[]]
    assert stage.left == [stage.viewer]
