"""Live pictures are packed at once, and browsers find no hole in what is packed."""

from __future__ import annotations

import io
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coveragekit.errors import FeedBroken
from coveragekit.feeds.boxes import find_box
from coveragekit.feeds.muxing import Shape, shape_of
from coveragekit.feeds.packing import Cut, FragmentMuxer, fragment, ticks_of
from coveragekit.feeds.times import Clean, Cleaner
from tests.feeds.readings import FILMS, FilmReading, make_film

RATE_HZ = 20


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("films")


def filmed(name: str, folder: Path) -> tuple[Shape, list[Clean]]:
    reading = FilmReading(make_film(FILMS[name], folder), rate_hz=None, loops=False)
    shape = shape_of(reading.template)
    cleaner = Cleaner(
        shape.codec, shape.time_base, prefixed=shape.prefixed, sets=shape.sets
    )
    cleans = [one for piece in reading.pieces() for one in cleaner.add(piece)]
    return shape, cleans + cleaner.flush()


def times_of(cut: Cut) -> tuple[int, int]:
    """Read when a fragment is decoded and how long it is said to be shown."""
    traf = find_box(find_box(cut.data, b"moof") or b"", b"traf") or b""
    decoded = int.from_bytes((find_box(traf, b"tfdt") or b"")[4:12], "big")
    shown = int.from_bytes((find_box(traf, b"trun") or b"")[12:16], "big")
    return decoded, shown


def made(times: list[int]) -> tuple[Shape, list[Clean]]:
    """Give pictures of nothing with these times, in ticks of 1/90,000 s."""
    head = bytes([0, 0, 0, 32]) + b"mdhd" + bytes(12) + (90_000).to_bytes(4, "big")
    shape = Shape("h264", head + bytes(8), b"", 16, 16, Fraction(1, 90_000), True)
    data = bytes([0, 0, 0, 2, 0x65, 0x88])
    return shape, [
        Clean(data, at, at, number == 0, at / 90_000) for number, at in enumerate(times)
    ]


@pytest.mark.parametrize("name", ["plain", "b_frames", "hevc", "sliced"])
def test_a_live_picture_is_packed_as_soon_as_it_comes(name: str, folder: Path) -> None:
    shape, cleans = filmed(name, folder)
    muxer = FragmentMuxer(shape, is_live=True)

    cuts = [muxer.add(clean) for clean in cleans]

    assert {len(one) for one in cuts} == {1}
    assert muxer.close() == []
    data = shape.init + b"".join(cut.data for (cut,) in cuts)
    with av.open(io.BytesIO(data)) as container:
        packets = [one for one in container.demux(video=0) if one.size]
    with av.open(str(make_film(FILMS[name], folder))) as container:
        shown = [one.to_ndarray() for one in container.decode(video=0)]
    with av.open(io.BytesIO(data)) as container:
        again = [one.to_ndarray() for one in container.decode(video=0)]
    assert [one.is_keyframe for one in packets] == [one.is_key for one in cleans]
    leads = [float((one.pts - one.dts) * one.time_base) for one in packets]
    known = [float((one.pts - one.dts) * shape.time_base) for one in cleans]
    assert leads == pytest.approx(known, abs=1e-4)
    assert len(again) == len(shown)
    assert all((one == other).all() for one, other in zip(again, shown, strict=True))


def test_an_exact_muxer_says_how_long_each_picture_really_is_shown() -> None:
    shape, cleans = made([0, 4500, 9000, 99_000, 103_500])
    muxer = FragmentMuxer(shape)

    cuts = [cut for clean in cleans for cut in muxer.add(clean)] + muxer.close()

    expected = [(0, 4500), (4500, 4500), (9000, 90_000), (99_000, 4500)]
    assert [times_of(cut) for cut in cuts] == [*expected, (103_500, 4500)]


def test_a_pause_of_a_live_camera_is_left_out() -> None:
    times = [4500 * number for number in range(20)]
    times += [times[-1] + 450_000 + 4500 * number for number in range(20)]
    shape, cleans = made(times)
    muxer = FragmentMuxer(shape, is_live=True)

    cuts = [cut for clean in cleans for cut in muxer.add(clean)]

    steps = [two[0] - one[0] for one, two in pairwise(times_of(cut) for cut in cuts)]
    # pictures after the pause are as far apart as before it
    assert steps[:19] == [4500] * 19
    assert steps[20:] == [4500] * 19
    assert steps[19] <= 9000


@given(
    st.lists(
        st.one_of(st.integers(1, 9000), st.integers(1, 900_000)),
        min_size=1,
        max_size=60,
    )
)
def test_no_picture_comes_so_late_that_a_browser_drops_what_follows(steps) -> None:
    times = [0]
    for step in steps:
        times.append(times[-1] + step)
    shape, cleans = made(times)
    muxer = FragmentMuxer(shape, is_live=True)

    told = [times_of(cut) for clean in cleans for cut in muxer.add(clean)]

    # Media Source Extensions 3.5.8: a step of more than two durations begins anew
    for (before, long), (after, _) in pairwise(told):
        assert before < after <= before + 2 * long


def test_a_picture_before_the_last_one_is_a_fault_and_harms_no_other() -> None:
    shape, cleans = made([0, 4500, 9000])
    muxer = FragmentMuxer(shape, is_live=True)
    muxer.add(cleans[0])
    muxer.add(cleans[1])

    for wrong in (cleans[0], cleans[1], replace(cleans[2], pts=8000)):
        with pytest.raises(FeedBroken, match="packed"):
            muxer.add(wrong)

    assert times_of(muxer.add(cleans[2])[0])[0] == 9000


def test_a_stream_that_does_not_say_how_it_counts_is_broken() -> None:
    with pytest.raises(FeedBroken, match="counted"):
        ticks_of(b"")
    assert len(fragment(b"", number=1, at=0, long=1, shown_later=0, is_key=True)) == 112
