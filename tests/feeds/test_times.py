"""Whatever times and cuts a device gives its packets, whole pictures come out."""

from __future__ import annotations

import itertools
from fractions import Fraction

import av
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coveragekit.feeds.nals import nal_units, picture_units, read_head
from coveragekit.feeds.pieces import VideoPiece
from coveragekit.feeds.times import Cleaner

BASE = Fraction(1, 90_000)
STEP = 4500
START = b"\x00\x00\x00\x01"
SETS = START + b"\x67\x42\x00\x1e" + START + b"\x68\xce"
KEY = START + b"\x65\x88\x11"
REST_OF_KEY = START + b"\x65\x08\x22"
OTHER = START + b"\x41\x9a\x33"
REST_OF_OTHER = START + b"\x41\x1a\x44"


def piece(data, pts=None, dts=None, *, is_key=None, came_s=0.0):
    packet = av.Packet(data)
    packet.pts, packet.dts = pts, dts
    key = b"\x65" in data if is_key is None else is_key
    return VideoPiece(packet, key, came_s)


def cleaned(pieces, *, rate_hz=None, sets=()):
    cleaner = Cleaner("h264", BASE, prefixed=False, sets=sets, rate_hz=rate_hz)
    out = [one for item in pieces for one in cleaner.add(item)]
    return out + cleaner.flush(), cleaner.mended


def test_times_of_an_orderly_camera_begin_at_0_and_stay_as_they_are() -> None:
    given_times = [900_000 + number * STEP for number in range(4)]
    pieces = [piece(SETS + KEY, at, at) for at in given_times[:1]]
    pieces += [piece(OTHER, at, at) for at in given_times[1:]]

    out, mended = cleaned(pieces)

    assert [one.dts for one in out] == [0, STEP, 2 * STEP, 3 * STEP]
    assert [one.pts for one in out] == [0, STEP, 2 * STEP, 3 * STEP]
    assert [one.is_key for one in out] == [True, False, False, False]
    assert (mended.untimed, mended.backwards, mended.jumps) == (0, 0, 0)


def test_a_first_keyframe_without_times_is_held_and_not_lost() -> None:
    pieces = [piece(SETS + KEY), piece(OTHER, 90_000, 90_000)]

    out, mended = cleaned(pieces, rate_hz=20)

    assert out[0].is_key
    assert [one.dts for one in out] == [0, STEP]
    assert mended.untimed == 1


def test_a_device_that_gives_no_time_at_all_is_played_at_its_rate() -> None:
    pieces = [piece(SETS + KEY)] + [piece(OTHER) for _ in range(20)]

    out, _ = cleaned(pieces, rate_hz=20)

    assert [one.dts for one in out] == [number * STEP for number in range(21)]


def test_a_missing_time_in_the_midst_is_the_last_one_and_a_step() -> None:
    pieces = [
        piece(SETS + KEY, 0, 0),
        piece(OTHER, STEP, STEP),
        piece(OTHER),
        piece(OTHER, 3 * STEP, 3 * STEP),
    ]

    out, _ = cleaned(pieces)

    assert [one.dts for one in out] == [0, STEP, 2 * STEP, 3 * STEP]


@pytest.mark.parametrize("bits", [32, 33])
def test_a_counter_that_begins_again_at_0_is_no_jump(bits: int) -> None:
    times = [(2**bits - 2 * STEP + number * STEP) % 2**bits for number in range(5)]
    pieces = [piece(SETS + KEY, times[0], times[0])]
    pieces += [piece(OTHER, at, at) for at in times[1:]]

    out, mended = cleaned(pieces)

    assert [one.dts for one in out] == [number * STEP for number in range(5)]
    assert mended.jumps == 0


def test_a_clock_set_back_or_on_goes_on_with_a_step() -> None:
    hour = 3600 * 90_000
    times = [hour, hour + STEP, 0, STEP, 9 * hour, 9 * hour + STEP]
    pieces = [piece(SETS + KEY, times[0], times[0])]
    pieces += [
        piece(OTHER, at, at, came_s=(number + 1) * 0.05)
        for number, at in enumerate(times[1:])
    ]

    out, mended = cleaned(pieces)

    assert [one.dts for one in out] == [number * STEP for number in range(6)]
    assert mended.jumps == 2


def test_a_time_a_little_before_the_last_is_put_just_after_it() -> None:
    times = [0, STEP, STEP - 10, 3 * STEP]
    pieces = [piece(SETS + KEY, 0, 0)] + [piece(OTHER, at, at) for at in times[1:]]

    out, mended = cleaned(pieces)

    assert [one.dts for one in out] == [0, STEP, STEP + 1, 3 * STEP]
    assert mended.backwards == 1


def test_pictures_shown_in_another_order_keep_their_times() -> None:
    # decoded I P B B, shown I B B P
    times = [(0, -STEP), (3 * STEP, 0), (STEP, STEP), (2 * STEP, 2 * STEP)]
    pieces = [piece(SETS + KEY, *times[0])]
    pieces += [piece(OTHER, *pair) for pair in times[1:]]

    out, _ = cleaned(pieces)

    assert [one.dts for one in out] == [0, STEP, 2 * STEP, 3 * STEP]
    assert [one.pts for one in out] == [STEP, 4 * STEP, 2 * STEP, 3 * STEP]


def test_a_picture_cut_in_two_by_parameter_sets_is_one_again() -> None:
    pieces = [
        piece(SETS + KEY, 0, 0),
        piece(SETS + REST_OF_KEY, 0, 0),
        piece(OTHER, STEP, STEP),
    ]

    out, mended = cleaned(pieces)

    assert [one.data for one in out] == [SETS + KEY + REST_OF_KEY, OTHER]
    assert mended.merged == 1


def test_once_a_device_cuts_pictures_each_one_waits_for_its_end() -> None:
    pieces = [
        piece(SETS + KEY, 0, 0),
        piece(REST_OF_KEY, 0, 0, is_key=False),
        piece(OTHER, STEP, STEP),
        piece(REST_OF_OTHER, STEP, STEP),
    ]

    out, _ = cleaned(pieces)

    assert [one.data for one in out] == [
        SETS + KEY + REST_OF_KEY,
        OTHER + REST_OF_OTHER,
    ]


def test_the_rest_of_a_later_picture_is_not_joined_to_the_one_before() -> None:
    pieces = [
        piece(SETS + KEY, 0, 0),
        piece(REST_OF_OTHER, STEP, STEP),
        piece(OTHER, 2 * STEP, 2 * STEP),
    ]

    out, mended = cleaned(pieces)

    assert [one.data for one in out] == [SETS + KEY, REST_OF_OTHER, OTHER]
    assert mended.merged == 0


def test_parameter_sets_in_a_packet_of_their_own_go_with_the_next_picture() -> None:
    out, _ = cleaned([piece(SETS, 0, 0, is_key=False), piece(KEY, 0, 0)])

    assert [one.data for one in out] == [SETS + KEY]
    assert out[0].is_key


def test_nothing_comes_before_the_first_keyframe() -> None:
    out, _ = cleaned([piece(OTHER, 0, 0), piece(SETS + KEY, STEP, STEP)])

    assert [one.is_key for one in out] == [True]


def test_new_parameter_sets_are_told_once_and_known_ones_never() -> None:
    other_sets = START + b"\x67\x42\x00\x28" + START + b"\x68\xce"
    pieces = [
        piece(SETS + KEY, 0, 0),
        piece(SETS + KEY, STEP, STEP),
        piece(other_sets + KEY, 2 * STEP, 2 * STEP),
        piece(other_sets + KEY, 3 * STEP, 3 * STEP),
    ]

    out, _ = cleaned(pieces, sets=(b"\x67\x42\x00\x1e", b"\x68\xce"))

    assert [one.sets for one in out] == [None, None, other_sets, None]


TIMES = st.one_of(st.none(), st.integers(-(2**33), 2**33))


@given(st.lists(st.tuples(TIMES, TIMES, st.floats(0, 1e6)), min_size=1, max_size=40))
def test_whatever_times_come_a_muxer_takes_what_goes_out(rows) -> None:
    pieces = [piece(SETS + KEY, *rows[0][:2], came_s=rows[0][2])]
    pieces += [piece(OTHER, pts, dts, came_s=came) for pts, dts, came in rows[1:]]

    out, _ = cleaned(pieces)

    assert len(out) == len(rows)
    times = [one.dts for one in out]
    assert times[0] == 0
    assert all(later > earlier for earlier, later in itertools.pairwise(times))
    assert all(one.pts >= one.dts for one in out)
    # no gap that a browser would wait in
    gaps = [b - a for a, b in itertools.pairwise(times)]
    assert max(gaps, default=0) <= 10 * 90_000


@given(
    st.lists(
        st.sampled_from(
            [
                b"\x00",
                b"\x00\x00\x01",
                b"\x65\x88",
                b"\x65\x08",
                b"\x67",
                b"\x41",
                b"\xff",
            ]
        )
    ).map(b"".join),
    st.sampled_from(["h264", "hevc"]),
    st.booleans(),
)
def test_whatever_bytes_come_their_head_is_read(data, codec, prefixed) -> None:
    head = read_head(data, codec, prefixed=prefixed)

    units = list(nal_units(data, prefixed=prefixed))
    assert set(head.sets) <= set(units)
    assert head.has_slice or not head.begins_picture
    carried = list(picture_units(data, codec, prefixed=prefixed))
    assert set(carried) <= set(units)
    # what must be carried over and what is a parameter set are never the same
    assert not set(carried) & set(head.sets)
