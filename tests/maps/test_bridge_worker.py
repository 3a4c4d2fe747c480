"""What a page asks for is done newest first, and never in vain."""

from __future__ import annotations

import threading

import pytest

from coveragekit.maps.bridge_worker import Answer, Desk, Job


class Room:
    """A desk whose thread is held at a gate until the test opens it."""

    def __init__(self) -> None:
        self.answers: list[Answer] = []
        self.faults: list[tuple[str, str]] = []
        self.order: list[str] = []
        self.gate = threading.Event()
        self.started = threading.Event()
        self.all_done = threading.Event()
        self.expected = 0
        self.desk = Desk(self.answer, self.fault)

    def answer(self, answers: list[Answer]) -> None:
        self.answers += answers
        if len(self.answers) >= self.expected:
            self.all_done.set()

    def fault(self, group: str, error: BaseException) -> None:
        self.faults.append((group, str(error)))

    def job(self, name: str, group: str = "base") -> Job:
        def make() -> bytes:
            self.order.append(name)
            if name == "gate":
                self.started.set()
                assert self.gate.wait(10)
            if group == "broken":
                message = f"no {name}"
                raise RuntimeError(message)
            return name.encode()

        return Job(name, group, make)

    def hold(self) -> None:
        self.desk.ask([self.job("gate")])
        assert self.started.wait(10)

    def run(self, expected: int) -> None:
        self.expected = expected
        if len(self.answers) >= expected:
            self.all_done.set()
        self.gate.set()
        assert self.all_done.wait(10)


@pytest.fixture
def room():
    made = Room()
    yield made
    made.gate.set()
    made.desk.close()


def test_the_newest_batch_is_done_first_and_in_its_own_order(room: Room) -> None:
    room.hold()
    room.desk.ask([room.job("a1"), room.job("a2")])
    room.desk.ask([room.job("b1"), room.job("b2")])

    room.run(5)

    assert room.order == ["gate", "b1", "b2", "a1", "a2"]
    assert {one.id: one.content for one in room.answers}["b1"] == b"b1"


def test_what_left_the_view_is_never_drawn(room: Room) -> None:
    room.hold()
    room.desk.ask([room.job("gone"), room.job("kept")])
    room.desk.drop(["gone", "never known"])

    room.run(2)

    assert room.order == ["gate", "kept"]


def test_a_fault_is_told_once_and_the_page_still_gets_its_answer(room: Room) -> None:
    room.desk.ask([room.job("x", "broken"), room.job("y", "broken"), room.job("z")])

    room.run(3)

    assert room.faults == [("broken", "no x")]
    assert {one.id: one.content for one in room.answers} == {
        "x": None,
        "y": None,
        "z": b"z",
    }


def test_a_fault_is_told_again_after_a_change(room: Room) -> None:
    room.desk.ask([room.job("x", "broken")])
    room.run(1)
    room.desk.forgive()
    room.all_done.clear()
    room.desk.ask([room.job("y", "broken")])

    room.run(2)

    assert [words for _, words in room.faults] == ["no x", "no y"]


def test_a_page_that_asks_for_far_too_much_gets_the_newest(room: Room) -> None:
    room.hold()
    room.desk.ask([room.job(f"old{i}") for i in range(3000)])
    room.desk.ask([room.job(f"new{i}") for i in range(3000)])

    room.run(4001)

    assert len(room.order) == 4001
    assert room.order[1] == "new0"


def test_a_closed_desk_does_nothing_more(room: Room) -> None:
    room.hold()
    room.desk.ask([room.job("late")])
    room.desk.close()
    room.gate.set()

    room.desk.ask([room.job("later")])
    room.desk.close()

    assert "later" not in room.order
