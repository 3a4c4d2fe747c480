"""What a look gives reaches a page whole and in order, and ends when it has to."""

from __future__ import annotations

import itertools
import threading
import time
import traceback
from collections import deque
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, Self

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coveragekit.errors import AccessRefused
from coveragekit.feeds.messages import Fragment, Init, Message, Picture, State
from coveragekit.live.pump import Pump, parcels

AT = datetime(2026, 5, 4, 12, tzinfo=UTC)
PLAYING = State("playing", AT, 0.1, "")


def _fragment(index: int) -> Fragment:
    return Fragment(index, bytes([index % 256]) * 3, index % 4 == 0, AT)


def _picture(index: int) -> Picture:
    return Picture(index, b"\xff\xd8" + bytes([index % 256]), AT, 640, 360)


def _refused(fault: str) -> State:
    return State("refused", AT, None, "it is over", fault)


made = st.sampled_from(
    [
        _fragment,
        _picture,
        lambda _: PLAYING,
        lambda _: Init("avc1.42c01f", b"init", 640, 360),
    ]
)


@given(st.lists(made, max_size=30))
def test_no_byte_of_a_stream_is_lost_or_moved(makers) -> None:
    messages = [make(index) for index, make in enumerate(makers)]
    packed = parcels(messages)
    sent = b"".join(part for _, parts in packed for part in parts if parts)
    wanted = b""
    for one, after in zip(messages, [*messages[1:], None], strict=False):
        if isinstance(one, Init | Fragment):
            wanted += one.data
        elif isinstance(one, Picture) and not isinstance(after, Picture):
            wanted += one.jpeg
    assert sent == wanted
    kinds = [head["kind"] for head, _ in packed]
    for former, later in itertools.pairwise(kinds):
        assert former != later or former in {"init", "state"}
    acknowledged = [head["last"] for head, _ in packed if "last" in head]
    newest = [one.index for one in messages if isinstance(one, Fragment | Picture)]
    assert acknowledged[-1:] == newest[-1:]


class _Look:
    """A look that gives what a test put into it."""

    def __init__(self, given: Sequence[Message], form: str = "fmp4") -> None:
        self.waiting = deque([list(given)])
        self.form, self.name, self.is_masked = form, "Lake Drive", False
        self.acked: list[int] = []
        self.has_left = threading.Event()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.has_left.set()

    def take(self, timeout_s: float) -> list[Message]:
        if self.waiting:
            return self.waiting.popleft()
        time.sleep(min(timeout_s, 0.01))
        return []

    def ack(self, index: int) -> None:
        self.acked.append(index)


class _Page:
    """What a page was sent."""

    def __init__(self) -> None:
        self.heads: list[dict[str, Any]] = []

    def __call__(self, head: dict[str, Any], parts: list[bytes]) -> None:
        self.heads.append(head)

    def kinds(self) -> list[str]:
        return [head["kind"] for head in self.heads]

    def wait_for(self, is_so: Callable[[], bool]) -> None:
        ends_s = time.monotonic() + 10
        while not is_so():
            assert time.monotonic() < ends_s, self.heads
            time.sleep(0.005)


@pytest.fixture
def page():
    """Give a page that notes what it is sent, and see that no thread is left."""
    yield _Page()
    assert not [one for one in threading.enumerate() if one.name == "preview"]


def test_a_page_is_told_what_it_looks_at_and_then_shown_it(page: _Page) -> None:
    look = _Look([PLAYING, Init("avc1", b"i", 640, 360), _fragment(1), _fragment(2)])
    pump = Pump(lambda _: look, page)
    pump.start()
    page.wait_for(lambda: len(page.heads) == 4)
    assert page.kinds() == ["about", "state", "init", "fragment"]
    assert page.heads[0] | {"name": "Lake Drive", "form": "fmp4"} == page.heads[0]
    pump.ack(2)
    assert look.acked == [2]
    assert pump.is_on
    pump.stop()
    assert look.has_left.is_set()
    assert not pump.is_on
    pump.ack(3)
    assert look.acked == [2]
    pump.stop()


def test_another_form_ends_the_first_look_before_it_begins(page: _Page) -> None:
    looks: list[_Look] = []

    def begin(form: str) -> _Look:
        assert all(one.has_left.is_set() for one in looks)
        looks.append(_Look([PLAYING], form))
        return looks[-1]

    pump = Pump(begin, page)
    pump.start()
    page.wait_for(lambda: len(page.heads) == 2)
    pump.start("jpeg")
    page.wait_for(lambda: len(page.heads) == 4)
    pump.stop()
    assert [one.form for one in looks] == ["best", "jpeg"]


@pytest.mark.parametrize(
    ("fault", "then"), [("FeedUnsupported", "jpeg"), ("Changed", "best")]
)
def test_what_another_look_can_mend_is_not_told(
    page: _Page, fault: str, then: str
) -> None:
    asked: list[str] = []

    def begin(form: str) -> _Look:
        asked.append(form)
        is_first = len(asked) == 1
        return _Look([_refused(fault) if is_first else PLAYING])

    pump = Pump(begin, page)
    pump.start()
    page.wait_for(lambda: len(asked) == 2 and "state" in page.kinds())
    pump.stop()
    assert asked == ["best", then]
    assert "refused" not in [head.get("state") for head in page.heads]


def test_pictures_alone_that_are_refused_are_not_asked_for_again(page: _Page) -> None:
    looks = [_Look([_refused("FeedUnsupported")], "jpeg")]
    pump = Pump(lambda _: looks.pop(), page)
    pump.start("jpeg")
    page.wait_for(lambda: not pump.is_on)
    assert page.heads[-1]["state"] == "refused"
    assert looks == []


def test_an_ended_look_sends_nothing_after_its_end(page: _Page) -> None:
    look = _Look([PLAYING, _refused("AccessRefused"), _fragment(9)])
    pump = Pump(lambda _: look, page)
    pump.start()
    page.wait_for(lambda: not pump.is_on)
    assert page.heads[-1]["words"] == "it is over"
    assert look.has_left.is_set()


def test_a_recording_that_was_played_is_not_begun_again(page: _Page) -> None:
    look = _Look([State("offline", AT, None, "the recording has ended", "Ended")])
    pump = Pump(lambda _: look, page, more=lambda _: {"recorded": True})
    pump.start()
    page.wait_for(lambda: not pump.is_on)
    assert page.heads[0]["recorded"] is True
    assert page.heads[-1]["fault"] == "Ended"
    assert look.has_left.is_set()


def test_nothing_is_sent_to_a_page_that_is_gone(page: _Page) -> None:
    look = _Look([PLAYING])
    pump = Pump(lambda _: look, page, is_there=lambda: False)
    pump.start()
    page.wait_for(lambda: not pump.is_on)
    assert page.kinds() == ["about"]
    assert look.has_left.is_set()


def test_who_may_not_look_is_told_why(page: _Page) -> None:
    def begin(_: str) -> _Look:
        message = "the owner's consent is withdrawn"
        raise AccessRefused(message)

    pump = Pump(begin, page)
    pump.start()
    page.wait_for(lambda: not pump.is_on)
    (told,) = page.heads
    assert (told["state"], told["fault"]) == ("refused", "AccessRefused")
    assert told["words"] == "the owner's consent is withdrawn"


def test_a_fault_of_our_own_is_told_by_kind_and_place_alone(
    page: _Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []

    def note(caught: threading.ExceptHookArgs) -> None:
        told.extend(traceback.format_exception(caught.exc_value))

    def begin(_: str) -> _Look:
        message = "at rtsp://10.0.0.1/secret"
        raise RuntimeError(message)

    monkeypatch.setattr(threading, "excepthook", note)
    pump = Pump(begin, page)
    pump.start()
    page.wait_for(lambda: not pump.is_on)
    assert page.heads[-1]["words"] == "the preview broke; look again"
    assert "a preview broke: RuntimeError in begin" in "".join(told)
    assert "10.0.0.1" not in "".join(told) + repr(page.heads)


def test_a_stream_is_sent_ten_times_a_second_however_fast_it_comes(
    page: _Page,
) -> None:
    look = _Look([PLAYING, Init("avc1", b"i", 640, 360)])
    pump = Pump(lambda _: look, page)
    pump.start()
    page.wait_for(lambda: page.kinds()[-1:] == ["init"])
    began_s = time.monotonic()
    for number in range(1, 41):
        look.waiting.append([_fragment(number)])
        time.sleep(0.02)
    page.wait_for(lambda: page.heads[-1].get("last") == 40)
    took_s = time.monotonic() - began_s
    pump.stop()
    sent = [head["last"] for head in page.heads if head["kind"] == "fragment"]
    assert sent == sorted(set(sent))
    assert len(sent) <= 10 * took_s + 2


def test_single_pictures_and_beginnings_wait_for_nothing(page: _Page) -> None:
    look = _Look([PLAYING], "jpeg")
    for number in range(6):
        look.waiting.append([_picture(number)])
    pump = Pump(lambda _: look, page)
    pump.start("jpeg")
    page.wait_for(lambda: len(page.heads) == 8)
    pump.stop()
    # none of them was dropped for a newer one
    sent = [head["last"] for head in page.heads if head["kind"] == "picture"]
    assert sent == list(range(6))
