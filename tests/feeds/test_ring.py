"""What is kept of a camera is whole, in order, and never more than allowed."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coveragekit.feeds.muxing import Shape, jpeg_shape
from coveragekit.feeds.ring import Ring
from coveragekit.feeds.times import Clean

SHAPE = Shape("h264", b"init", b"extra", 640, 360, Fraction(1, 1000), prefixed=False)
OTHER = Shape("h264", b"init", b"extra", 320, 180, Fraction(1, 1000), prefixed=False)


def clean(number: int, *, every=10, size=100) -> Clean:
    return Clean(
        bytes(size), number * 100, number * 100, number % every == 0, number / 10
    )


def filled(count: int, **wishes) -> Ring:
    bounds = {"keep_s": 5.0, "most_bytes": 10**9} | wishes
    ring = Ring("cam_1", **bounds)
    ring.begin()
    for number in range(count):
        ring.add(clean(number), SHAPE)
    return ring


def test_the_interval_asked_for_begins_with_the_keyframe_before_it() -> None:
    ring = filled(100)

    (footage,) = ring.footage(7.5, 8.5)

    assert footage.pictures[0].is_key
    assert footage.pictures[0].came_s == 7.0
    assert footage.pictures[-1].came_s == 8.5
    assert footage.lead_in_s == pytest.approx(0.5)
    assert footage.duration_s == pytest.approx(1.5)


def test_what_is_older_goes_in_whole_groups() -> None:
    ring = filled(200)

    (footage,) = ring.footage(0.0, 100.0)

    assert footage.pictures[0].came_s == 14.0
    assert footage.pictures[-1].came_s == 19.9
    assert len(footage.pictures) == 60


def test_bytes_are_bounded_even_where_seconds_are_not_reached() -> None:
    ring = filled(200, keep_s=1e9, most_bytes=7_000)

    (footage,) = ring.footage(0.0, 100.0)

    assert ring.size_bytes <= 7_000
    assert footage.pictures[0].is_key


def test_a_group_without_end_is_not_kept() -> None:
    ring = Ring("cam_1", keep_s=60.0, most_bytes=5_000)
    ring.begin()

    for number in range(100):
        ring.add(clean(number, every=1_000), SHAPE)

    assert ring.size_bytes <= 5_000
    assert ring.footage(0.0, 100.0) == ()


def test_connections_and_sizes_of_picture_are_told_apart() -> None:
    ring = filled(20)
    ring.begin()
    for number in range(20, 30):
        ring.add(clean(number), SHAPE)
    for number in range(30, 40):
        ring.add(clean(number), OTHER)

    parts = ring.footage(0.0, 100.0)

    assert [(one.shape.width_px, len(one.pictures)) for one in parts] == [
        (640, 20),
        (640, 10),
        (320, 10),
    ]


def test_after_a_new_connection_nothing_is_kept_before_its_keyframe() -> None:
    ring = filled(15)
    ring.begin()

    ring.add(clean(15), SHAPE)

    assert sum(len(one.pictures) for one in ring.footage(0.0, 100.0)) == 15


def test_an_interval_of_which_nothing_is_kept_is_empty() -> None:
    ring = filled(100)

    assert ring.footage(50.0, 60.0) == ()
    assert ring.footage(-10.0, -5.0) == ()
    assert filled(0).footage(0.0, 1.0) == ()


@given(
    st.lists(st.tuples(st.booleans(), st.integers(1, 3000)), max_size=60),
    st.integers(1_000, 20_000),
)
def test_whatever_comes_stays_within_bounds_and_begins_with_a_keyframe(
    rows, most_bytes
) -> None:
    ring = Ring("cam_1", keep_s=3.0, most_bytes=most_bytes)
    ring.begin()

    for number, (is_key, size) in enumerate(rows):
        ring.add(Clean(bytes(size), number, number, is_key, number / 10), SHAPE)
        assert ring.size_bytes <= most_bytes

    for footage in ring.footage(0.0, 1e9):
        assert footage.pictures[0].is_key
        times = [one.dts for one in footage.pictures]
        assert times == list(range(times[0], times[0] + len(times)))


def test_pictures_that_stand_alone_reach_back_as_long_however_fast_they_come() -> None:
    shape = jpeg_shape(640, 360)
    ring = Ring("cam_1", keep_s=10.0, most_bytes=100_000)
    ring.begin()

    for number in range(1_000):
        # 20 a second of 5 kB each are ten times of what fits
        one = Clean(bytes(5_000), number, number, is_key=True, came_s=number / 20)
        ring.add_still(one, shape)

    assert ring.size_bytes <= 100_000
    (footage,) = ring.footage(0.0, 100.0)
    times = [one.came_s for one in footage.pictures]
    assert times[-1] - times[0] >= 9.0
    assert len(times) >= 15
    # and of slow ones none is left out
    slow = Ring("cam_1", keep_s=10.0, most_bytes=100_000)
    slow.begin()
    for number in range(8):
        one = Clean(bytes(5_000), number, number, is_key=True, came_s=float(number))
        slow.add_still(one, shape)
    assert len(slow.footage(0.0, 100.0)[0].pictures) == 8
