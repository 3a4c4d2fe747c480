"""A page that does not keep up, or says nothing, holds neither memory nor a camera."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
import threading
import time
import traceback
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, Self

import pytest

from coveragekit.access import Purpose, User
from coveragekit.errors import (
    AccessRefused,
    FeedBroken,
    FeedError,
    InputError,
    MissingExtraError,
)
from coveragekit.feeds.messages import Picture
from coveragekit.live.session import Session
from coveragekit.server import jupyter_handlers, jupyter_line, jupyter_looks
from coveragekit.server.jupyter_line import PageLine
from coveragekit.server.jupyter_people import People, Seat, person_of
from coveragekit.server.jupyter_room import Bounds, FeedRoom
from coveragekit.server.limits import Allowance, Limits

AT = datetime(2026, 5, 4, 12, tzinfo=UTC)
KIM = User("kim", "officer", "proxy")
WISH = {"camera_id": "cam_1", "purpose": {"code": "call"}, "form": "jpeg"}


class _Look:
    """A look at a camera that never stops."""

    name, form, is_masked, is_recorded = "Lake Drive", "jpeg", False, False

    def __init__(self) -> None:
        self.taken = 0
        self.acked: list[int] = []
        self.has_left = threading.Event()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.has_left.set()

    def take(self, timeout_s: float) -> list[Any]:
        time.sleep(min(timeout_s, 0.01))
        self.taken += 1
        return [Picture(self.taken, b"\xff\xd8", AT, 640, 360)]

    def ack(self, index: int) -> None:
        self.acked.append(index)


class _Looks:
    """Where looks begin; it asks nobody."""

    def __init__(self) -> None:
        self.looks: list[_Look] = []
        self.door = SimpleNamespace(still_may=lambda *_: False)
        self.settings = SimpleNamespace(evidence=None)

    def look(self, *_: object, **__: object) -> _Look:
        self.looks.append(_Look())
        return self.looks[-1]

    def close(self) -> None:
        """There is nothing to close."""


class _Page:
    """A page: what it was sent, and whether it takes anything."""

    def __init__(self, room: FeedRoom, *, takes: bool = True) -> None:
        self.heads: list[dict[str, Any]] = []
        self.reasons: list[str] = []
        self.under_way = self.most_under_way = 0
        self.may_take = asyncio.Event()
        if takes:
            self.may_take.set()
        self.may = True
        self.line = PageLine(
            room, KIM, put=self._put, close=self.reasons.append, may=self._may
        )

    async def _may(self) -> bool:
        return self.may

    async def _put(self, message: bytes) -> None:
        self.under_way += 1
        self.most_under_way = max(self.most_under_way, self.under_way)
        try:
            await self.may_take.wait()
        finally:
            self.under_way -= 1
        ends = 4 + int.from_bytes(message[:4], "big")
        self.heads.append(json.loads(message[4:ends]))

    async def say(self, **told: object) -> None:
        await self.line.hear(json.dumps(told))

    async def until(self, is_so: Callable[[], object]) -> None:
        ends_s = time.monotonic() + 20
        while not is_so():
            assert time.monotonic() < ends_s, (self.heads[-3:], self.reasons)
            await asyncio.sleep(0.005)


@contextlib.asynccontextmanager
async def _room(**bounds: float):
    """Give a room whose cameras are made up, and see that it ends clean."""
    room, looks = FeedRoom(People(), Bounds(**bounds)), _Looks()
    room.open = lambda: (None, looks)  # type: ignore[assignment]
    room.looks = looks
    try:
        yield room
    finally:
        await room.close()
    assert all(one.has_left.is_set() for one in looks.looks)
    assert not [one for one in threading.enumerate() if one.name == "preview"]


def _told(story: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Run a story in its own thread: tests of browsers leave a loop in this one."""
    with ThreadPoolExecutor(1) as threads:
        threads.submit(lambda: asyncio.run(story())).result()


def test_a_page_is_shown_what_it_asks_for_and_no_more_after_it_rests() -> None:
    async def story() -> None:
        async with _room() as room:
            page = _Page(room)
            await page.line.open()
            await page.say(kind="watch", **WISH)
            await page.until(lambda: len(page.heads) > 3)
            assert page.heads[0]["kind"] == "about"
            await page.say(kind="ack", index=2)
            (look,) = room.looks.looks
            assert look.acked == [2]
            await page.say(kind="rest")
            assert look.has_left.is_set()
            shown = len(page.heads)
            await asyncio.sleep(0.1)
            assert len(page.heads) == shown
            await page.line.end()

    _told(story)


def test_a_page_that_takes_nothing_is_hung_up_on_and_keeps_one_message() -> None:
    async def story() -> None:
        async with _room(send_s=0.6) as room:
            page = _Page(room, takes=False)
            await page.line.open()
            await page.say(kind="watch", **WISH)
            # the loop is free all the while: others are served
            ticks = 0
            ends_s = time.monotonic() + 20
            while not page.reasons:
                assert time.monotonic() < ends_s, "nobody hung up on it"
                await asyncio.sleep(0.01)
                ticks += 1
            assert ticks > 5
            assert page.most_under_way == 1
            assert page.reasons == ["the page does not take what it is sent"]
            await page.line.end()
            assert room.looks.looks[0].has_left.is_set()

    _told(story)


@pytest.mark.parametrize("asks", [{"kind": "rest"}, {"kind": "watch", **WISH}])
def test_pages_that_take_nothing_hold_up_nobody_else(asks: dict[str, object]) -> None:
    async def story() -> None:
        # an hour: it ends because each was told to end, or not at all
        async with _room(send_s=3600.0) as room:
            pages = [_Page(room, takes=False) for _ in range(9)]
            for page in pages:
                await page.line.open()
                await page.say(kind="watch", **WISH)
            for page in pages:
                await page.until(lambda page=page: page.under_way)
            saying = [asyncio.create_task(page.say(**asks)) for page in pages]
            try:
                _, waiting = await asyncio.wait(saying, timeout=20)
                assert not waiting
                # what is begun anew sends nothing beside what is under way
                assert {page.most_under_way for page in pages} == {1}
                assert await asyncio.wait_for(room.run(lambda: 1), 20) == 1
                # and when a page takes again, it is shown again
                pages[0].may_take.set()
                await pages[0].say(kind="watch", **WISH)
                await pages[0].until(lambda: len(pages[0].heads) > 3)
                assert [one["kind"] for one in pages[0].heads[:2]] == ["about"] * 2
            finally:
                for page in pages:
                    await page.line.end()
            await pages[1].until(lambda: not any(page.under_way for page in pages))

    _told(story)


def test_a_page_that_rests_is_hung_up_on_too_while_it_takes_nothing() -> None:
    async def story() -> None:
        async with _room(send_s=0.4, idle_s=0.8) as room:
            page = _Page(room, takes=False)
            await page.line.open()
            await page.say(kind="watch", **WISH)
            await page.until(lambda: page.under_way)
            await page.say(kind="rest")
            ends_s = time.monotonic() + 20
            while not page.reasons:
                assert time.monotonic() < ends_s, "nobody hung up on it"
                await page.say(kind="here")
                await asyncio.sleep(0.01)
            assert page.reasons == ["the page does not take what it is sent"]
            await page.line.end()

    _told(story)


DEEP = '{"kind":' + "[" * 200_000


def test_what_is_too_deep_or_of_no_kind_is_refused_in_words() -> None:
    async def story() -> None:
        async with _room() as room:
            for said in (DEEP, DEEP.encode(), '{"kind": ["watch"]}'):
                page = _Page(room)
                await page.line.open()
                await page.line.hear(said)
                (reason,) = page.reasons
                assert reason.startswith("this line carries watch, ")
                await page.line.end()

    _told(story)
    with pytest.raises(InputError, match="cannot be read; allowed: JSON of"):
        jupyter_handlers._told(DEEP.encode()[: jupyter_handlers._MOST_BYTES])


def test_a_session_does_nothing_for_what_is_of_no_kind() -> None:
    looks = _Looks()
    session = Session(
        looks,  # type: ignore[arg-type]
        "cam_1",
        user=KIM,
        purpose=Purpose("call"),
        send=lambda *_: None,
    )
    deep: list[Any] = []
    for _ in range(200_000):
        deep = [deep]
    for kind in (["watch"], {"watch": 1}, deep, None, 7):
        session.hear({"kind": kind, "form": "jpeg"})
    session.hear({"kind": "watch", "form": deep})
    assert looks.looks == []
    assert not session.is_on
    while deep:
        # taken apart by hand: not every interpreter frees so deep a list
        (deep,) = deep


def test_a_page_that_never_says_what_it_shows_is_hung_up_on() -> None:
    async def story() -> None:
        async with _room(idle_s=0.4) as room:
            page = _Page(room)
            await page.line.open()
            await page.say(kind="watch", **WISH)
            await page.until(lambda: page.reasons)
            assert page.reasons == [
                "the page does not say that it shows what it is sent"
            ]
            await page.line.end()

    _told(story)


def test_a_page_that_looks_at_nothing_is_hung_up_on_and_one_that_answers_is_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now_s = [100.0]
    clock = SimpleNamespace(monotonic=lambda: now_s[0])
    monkeypatch.setattr(jupyter_line, "time", clock)

    async def story() -> None:
        async with _room(idle_s=0.2) as room:
            idle, busy = _Page(room), _Page(room)
            await idle.line.open()
            await busy.line.open()
            await busy.say(kind="watch", **WISH)
            await busy.until(lambda: len(busy.heads) > 2)
            now_s[0] = 100.15
            await busy.say(kind="ack", index=1)
            shown = len(busy.heads)
            await busy.until(lambda: len(busy.heads) > shown + 2)
            assert (idle.reasons, busy.reasons) == ([], [])
            now_s[0] = 100.3
            await idle.until(lambda: idle.reasons)
            assert idle.reasons == ["this page looked at nothing"]
            # as often as the other was looked after, this one was too
            await asyncio.sleep(0.2)
            assert busy.reasons == []
            await idle.line.end()
            await busy.line.end()

    _told(story)


def test_looks_cannot_be_begun_without_end() -> None:
    async def story() -> None:
        async with _room() as room:
            room.limits = Limits({"watch": Allowance(3, 0.01)})
            page = _Page(room)
            await page.line.open()
            for _ in range(5):
                await page.say(kind="watch", **WISH)
            told = [one for one in page.heads if one.get("state") == "refused"]
            assert len(told) == 2
            assert all(one["words"].startswith("that was too often") for one in told)
            assert len(room.looks.looks) <= 3
            await page.line.end()

    _told(story)


def test_who_may_no_longer_by_the_servers_word_begins_nothing() -> None:
    async def story() -> None:
        async with _room() as room:
            page = _Page(room)
            await page.line.open()
            page.may = False
            await page.say(kind="watch", **WISH)
            assert (
                page.heads[-1]["words"] == "this server does not let you look at feeds"
            )
            assert room.looks.looks == []
            await page.line.end()

    _told(story)


def test_a_server_that_goes_down_lets_every_camera_go() -> None:
    async def story() -> None:
        async with _room() as room:
            pages = [_Page(room) for _ in range(3)]
            for page in pages:
                await page.line.open()
                await page.say(kind="watch", **WISH)
                await page.until(lambda page=page: page.heads)
        assert all(one.reasons == ["this server is going down"] for one in pages)
        with pytest.raises(FeedError, match="going down"):
            FeedRoom.open(room)

    _told(story)


def test_places_are_given_back_and_those_of_all_are_counted_too() -> None:
    ann, eve = User("ann", "officer"), User("eve", "officer")
    room = FeedRoom(People(), Bounds(pages=2, pages_of_one=2))
    with (
        room.place(KIM),
        room.place(ann),
        pytest.raises(AccessRefused, match="2 pages of this server"),
        room.place(eve),
    ):
        pass
    wide = FeedRoom(People(), Bounds(pages=9, pages_of_one=2))
    with (
        wide.place(KIM),
        wide.place(User("KIM", "officer")),
        pytest.raises(AccessRefused, match="2 pages of kim"),
        wide.place(KIM),
    ):
        pass
    with room.place(eve), room.place(ann):
        pass


def test_what_breaks_in_a_thread_is_told_by_kind_and_place_alone() -> None:
    def broken() -> None:
        message = "at rtsp://ann:hunter2canary@10.0.0.1/"
        raise RuntimeError(message)

    async def story() -> None:
        async with _room() as room:
            with pytest.raises(FeedBroken) as caught:
                await room.run(broken)
            assert str(caught.value) == "a shared feed broke: RuntimeError in broken"
            told = "".join(traceback.format_exception(caught.value))
            assert "10.0.0.1" not in told
            assert "hunter2canary" not in told

    _told(story)


HUB = Seat("kim", names_people=True, asks=True, is_on_loopback=False)
MINE = Seat("f" * 32, names_people=False, asks=True, is_on_loopback=True)


@pytest.mark.parametrize(
    ("seat", "people", "words"),
    [
        (MINE, People(), "names nobody and opens no feed"),
        (
            Seat("kim", names_people=False, asks=True, is_on_loopback=True),
            People(),
            "names nobody",
        ),
        (
            Seat("f" * 32, names_people=True, asks=True, is_on_loopback=True),
            People(),
            "names nobody",
        ),
        (
            Seat("f" * 32, names_people=False, asks=False, is_on_loopback=True),
            People("kim"),
            "lets in anybody",
        ),
        (
            Seat("f" * 32, names_people=False, asks=True, is_on_loopback=False),
            People("kim"),
            "reached from other machines",
        ),
        (HUB, People(), "kim has no role here"),
    ],
)
def test_a_token_alone_is_nobody(seat: Seat, people: People, words: str) -> None:
    with pytest.raises(AccessRefused, match=words):
        person_of(seat, people, {}.get)


def test_the_registrys_role_goes_before_the_servers() -> None:
    people = People("kim", {"kim": "supervisor", "ann": "officer"})
    assert person_of(MINE, people, {"kim": "officer"}.get) == User(
        "kim", "officer", "local"
    )
    assert person_of(MINE, people, {}.get) == User("kim", "supervisor", "local")
    assert person_of(HUB, people, {}.get) == User("kim", "supervisor", "proxy")


def test_without_the_server_it_says_what_to_get(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    gone = [one for one in sys.modules if one.startswith("coveragekit.server.jupyter_")]
    for name in gone:
        if name != jupyter_looks.__name__:
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "jupyter_server", None)
    for name in [one for one in sys.modules if one.startswith("jupyter_server.")]:
        monkeypatch.delitem(sys.modules, name)
    with pytest.raises(MissingExtraError, match=r"pip install 'jupyter_server>=2\.13'"):
        jupyter_looks._jupyter_server_extension_points()
