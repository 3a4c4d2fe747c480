"""Counting anew: the latest wish wins, and a fault stops nothing else."""

from __future__ import annotations

import threading

import pytest

from coveragekit.dashboards.faults import FaultDesk
from coveragekit.dashboards.planner import recount as recount_module
from coveragekit.dashboards.planner.recount import Recount


@pytest.fixture
def told() -> list[str]:
    return []


def test_every_step_is_done_in_order(told) -> None:
    done = []
    steps = [("count", lambda: done.append("count")), ("draw", lambda: done.append(2))]
    recount = Recount(steps, desk=FaultDesk(told.append), tell=told.append)

    recount.ask()
    recount.finish()

    assert done == ["count", 2]
    assert told == [""]


def test_a_later_wish_gives_an_earlier_one_up(told) -> None:
    begun, go_on = threading.Event(), threading.Event()
    done = []

    def count() -> None:
        begun.set()
        assert go_on.wait(10)
        done.append("count")

    steps = [("count", count), ("draw", lambda: done.append("draw"))]
    recount = Recount(steps, desk=FaultDesk(told.append), tell=lambda _: None)

    recount.ask()
    assert begun.wait(10)
    for _ in range(5):
        recount.ask()
    go_on.set()
    recount.finish()

    assert done == ["count", "count", "draw"]
    assert told == []


def test_a_fault_is_told_and_the_next_step_is_done(told) -> None:
    done = []

    def fail() -> None:
        raise ValueError

    steps = [("count", fail), ("draw", lambda: done.append("draw"))]
    recount = Recount(steps, desk=FaultDesk(told.append), tell=lambda _: None)

    recount.ask()
    recount.finish()

    assert done == ["draw"]
    assert told[0].startswith("Could not count.")


def test_what_takes_long_is_said_and_unsaid(told, monkeypatch) -> None:
    monkeypatch.setattr(recount_module, "_SAID_AFTER_S", 0.01)
    said = threading.Event()

    def tell(words: str) -> None:
        told.append(words)
        said.set()

    recount = Recount(
        [("count", lambda: assert_set(said))], desk=FaultDesk(tell), tell=tell
    )
    recount.ask()
    recount.finish()

    assert told == ["Counting for the new choice", ""]


def assert_set(event: threading.Event) -> None:
    assert event.wait(10)


def test_how_far_it_has_counted_is_noted(told) -> None:
    begun, go_on = threading.Event(), threading.Event()
    noted = []

    def count() -> None:
        begun.set()
        assert go_on.wait(10)

    recount = Recount(
        [("count", count)],
        desk=FaultDesk(told.append),
        tell=lambda _: None,
        note=lambda asked, counted: noted.append((asked, counted)),
    )
    recount.ask()
    assert begun.wait(10)
    recount.ask()
    go_on.set()
    recount.finish()

    assert noted == [(1, 0), (2, 0), (2, 2)]
