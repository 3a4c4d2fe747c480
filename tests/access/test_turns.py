"""Cameras come one after the other, evenly, and never faster than was said."""

from __future__ import annotations

import itertools
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from coveragekit.access.turns import Turns


def test_every_camera_has_its_turn_before_one_has_another() -> None:
    turns = Turns(rate_hz=4.0, each_s=2.0)
    for name in "abc":
        turns.add(name, 0.0)
    began: list[tuple[float, str]] = []
    now_s = 0.0
    while len(began) < 6:
        name, wait_s = turns.next(now_s)
        if name is None:
            now_s += wait_s
            continue
        began.append((now_s, name))
        turns.done(name, now_s, is_good=True)
    assert [name for _, name in began] == [*"abcabc"]
    assert [at for at, _ in began] == [0.0, 0.25, 0.5, 2.0, 2.25, 2.5]


def test_one_that_gives_nothing_is_asked_ever_more_seldom() -> None:
    turns = Turns(rate_hz=100.0, each_s=1.0)
    turns.add("dead", 0.0)
    began: list[float] = []
    now_s = 0.0
    while len(began) < 8:
        name, wait_s = turns.next(now_s)
        if name is None:
            now_s += wait_s
            continue
        began.append(now_s)
        turns.done(name, now_s, is_good=False)
    waits = [round(b - a) for a, b in itertools.pairwise(began)]
    assert waits == [5, 10, 20, 40, 60, 60, 60]


def test_one_that_is_held_is_passed_over_until_it_is_added_again() -> None:
    turns = Turns(rate_hz=100.0, each_s=1.0)
    turns.add("a", 0.0)
    turns.hold("a")
    assert turns.next(5.0) == (None, float("inf"))
    turns.add("a", 6.0)
    assert turns.next(6.0) == ("a", 0.0)
    # its turn is not over
    assert turns.next(9.0) == (None, float("inf"))
    turns.drop("a")
    turns.done("a", 9.0, is_good=True)
    assert turns.next(99.0) == (None, float("inf"))


def test_how_long_a_round_takes() -> None:
    turns = Turns(rate_hz=8.0, each_s=2.0)
    for number in range(32):
        turns.add(str(number), 0.0)
    assert turns.period_s == 4.0
    for number in range(24):
        turns.hold(str(number))
    assert turns.period_s == 2.0


@given(
    st.integers(1, 12),
    st.floats(0.5, 20.0),
    st.lists(st.floats(0.0, 0.7), min_size=20, max_size=60),
)
def test_it_never_goes_faster_than_was_said_and_forgets_nobody(
    cameras: int, rate_hz: float, steps: list[float]
) -> None:
    turns = Turns(rate_hz=rate_hz, each_s=1.0)
    for number in range(cameras):
        turns.add(str(number), 0.0)
    now_s, began, last = 0.0, [], {}
    for step_s in steps:
        now_s += step_s
        while (name := turns.next(now_s)[0]) is not None:
            assert now_s - last.get(name, -9.0) >= 1.0
            last[name] = now_s
            began.append(now_s)
            turns.done(name, now_s, is_good=True)
    for first, then in itertools.pairwise(began):
        assert then - first >= 1 / rate_hz - 1e-9
    counts = Counter(last)
    assert len(counts) == min(cameras, len(began))
