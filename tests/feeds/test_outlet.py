"""Nothing is packed or decoded that nobody looks at, and nothing late is shown."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from coveragekit.errors import FeedBroken
from coveragekit.feeds.condition import Standing
from coveragekit.feeds.limits import Limits
from coveragekit.feeds.masks import Mask
from coveragekit.feeds.messages import Fragment, Init, Picture, State
from coveragekit.feeds.outlet import Outlet
from coveragekit.feeds.pieces import Still, VideoPiece
from coveragekit.feeds.ring import Ring
from coveragekit.feeds.viewer import Viewer
from tests.feeds.readings import (
    FILMS,
    FilmReading,
    StillReading,
    cut_late,
    make_film,
    stills_of,
)

EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
MASK = Mask(((0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0)))


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("films")


class Room:
    """An outlet of one film with viewers, and a clock that the test moves."""

    def __init__(self, reading, *, masks=(), limits=None) -> None:
        self.now = 0.0
        self.viewers = []
        self.reading = reading
        self.outlet = Outlet(
            reading,
            viewers=lambda: tuple(self.viewers),
            masks=masks,
            limits=limits or Limits(),
            clock=lambda: self.now,
            utc=lambda _: EPOCH,
        )
        self.pieces = reading.pieces()

    def join(self, form="fmp4", **wishes) -> Viewer:
        viewer = Viewer(
            form,
            standing=lambda: Standing("playing", 0.0, 0.0, "", ""),
            limits=Limits(unacked_s=1e9),
            clock=lambda: self.now,
            utc=lambda _: EPOCH,
            leave=self.viewers.remove,
            **wishes,
        )
        self.viewers.append(viewer)
        return viewer

    def play_one(self) -> bool:
        self.now += 0.05
        return self.outlet.add(next(self.pieces))

    def play(self, count: int, *, step_s=0.05, ring=None) -> None:
        for _ in range(count):
            self.now += step_s
            self.outlet.add(next(self.pieces), ring)


def taken(viewer, kind):
    return [one for one in viewer.take(0) if isinstance(one, kind)]


def film(name: str, folder: Path, **changes) -> FilmReading:
    return FilmReading(make_film(FILMS[name], folder), rate_hz=None, **changes)


def test_a_newcomer_has_the_pictures_since_the_keyframe_at_once(folder: Path) -> None:
    room = Room(film("plain", folder))
    room.play(50)

    viewer = room.join()
    room.play(1)

    messages = viewer.take(0)
    fragments = [one for one in messages if isinstance(one, Fragment)]
    assert isinstance(messages[1], Init)
    # the keyframe was number 40, and the newest picture waits for nothing
    assert fragments[0].is_key
    assert len(fragments) == 11


def test_a_group_without_end_is_not_kept_for_newcomers(folder: Path) -> None:
    room = Room(film("plain", folder), limits=Limits(group=12))
    room.play(38)

    viewer = room.join()
    room.play(1)
    assert taken(viewer, Fragment) == []
    room.play(8)

    # the next keyframe, number 40, is the beginning
    fragments = taken(viewer, Fragment)
    assert fragments[0].is_key
    assert len(fragments) == 7


def test_packing_ends_with_the_last_viewer_and_begins_with_the_next(
    folder: Path,
) -> None:
    room = Room(film("plain", folder))
    first = room.join()
    room.play(10)
    assert len(taken(first, Fragment)) == 10
    first.leave()
    room.play(20)

    second = room.join()
    room.play(5)

    fragments = taken(second, Fragment)
    assert fragments[0].is_key
    assert len(fragments) >= 5


def test_a_change_of_size_in_midstream_begins_a_new_stream(folder: Path) -> None:
    room = Room(film("plain", folder))
    stream, pictures = room.join(), room.join("jpeg", rate_hz=1000.0)
    room.play(25)
    before = stream.take(0)
    assert [one.width_px for one in taken(pictures, Picture)] == [640]

    other = film("small", folder).pieces()
    for number in range(25):
        room.now += 0.05
        piece = next(other)
        piece.packet.pts = piece.packet.dts = (25 + number) * piece.packet.duration
        room.outlet.add(piece)
    after = stream.take(0)

    inits = [one for one in before + after if isinstance(one, Init)]
    assert [(one.width_px, one.height_px) for one in inits] == [(640, 360), (320, 180)]
    data = inits[1].data + b"".join(
        one.data for one in after[after.index(inits[1]) :] if isinstance(one, Fragment)
    )
    with av.open(io.BytesIO(data)) as container:
        shown = [one.to_ndarray() for one in container.decode(video=0)]
    with av.open(str(make_film(FILMS["small"], folder))) as container:
        expected = [one.to_ndarray() for one in container.decode(video=0)]
    assert len(shown) >= 20
    assert all(np.array_equal(*pair) for pair in zip(shown, expected, strict=False))
    assert [one.width_px for one in taken(pictures, Picture)] == [320]


def test_a_camera_that_says_how_it_films_only_with_its_keyframe_is_waited_for(
    folder: Path,
) -> None:
    late = cut_late(make_film(FILMS["plain"], folder), skipped=5)
    hurried = {"analyzeduration": "100000", "probesize": "32768", "fpsprobesize": "0"}
    reading = FilmReading(late, rate_hz=None, options=hurried)
    assert reading.template.codec_context.extradata is None
    room = Room(reading)
    stream, pictures = room.join(), room.join("jpeg", rate_hz=1000.0)

    came = [room.play_one() for _ in range(60)]

    # fifteen pictures of a group without its keyframe; a keyframe waits for the next
    assert came == [number >= 16 and number not in {35, 55} for number in range(60)]
    init, *fragments = [one for one in stream.take(0) if not isinstance(one, State)]
    assert (init.width_px, init.height_px) == (640, 360)
    assert fragments[0].is_key
    data = init.data + b"".join(one.data for one in fragments)
    with av.open(io.BytesIO(data)) as container:
        shown = [one.to_ndarray() for one in container.decode(video=0)]
    with av.open(str(make_film(FILMS["plain"], folder))) as container:
        expected = [one.to_ndarray() for one in container.decode(video=0)][20:]
    assert len(shown) >= 43
    assert all(np.array_equal(*pair) for pair in zip(shown, expected, strict=False))
    assert taken(pictures, Picture)


def test_keyframes_alone_are_decoded_where_nobody_wants_more(folder: Path) -> None:
    room = Room(film("plain", folder))
    viewer = room.join("jpeg", rate_hz=0.0)
    shown = []

    for _ in range(60):
        room.play(1)
        shown += taken(viewer, Picture)

    assert len(shown) == 3


def test_single_pictures_show_what_the_film_shows(folder: Path) -> None:
    room = Room(film("b_frames", folder))
    viewer = room.join("jpeg", rate_hz=1000.0)
    shown = []
    for _ in range(60):
        room.play(1)
        shown += taken(viewer, Picture)

    with av.open(str(make_film(FILMS["b_frames"], folder))) as container:
        frames = container.decode(video=0)
        expected = [one.to_ndarray(format="gray").astype(int) for one in frames]

    # a keyframe waits for what follows it, and of two pictures at once one is shown
    assert len(shown) >= 53
    numbers = []
    for picture in shown:
        with Image.open(io.BytesIO(picture.jpeg)) as image:
            seen = np.asarray(image.convert("L")).astype(int)
        distances = [np.abs(seen - grey).mean() for grey in expected[:62]]
        numbers.append(int(np.argmin(distances)))
        assert min(distances) < 4
    assert numbers == sorted(set(numbers))


def test_decoding_that_falls_behind_goes_on_at_the_next_keyframe(
    folder: Path,
) -> None:
    room = Room(film("plain", folder))
    viewer = room.join("jpeg", rate_hz=1000.0)
    numbers = []

    # pictures of 0.05 s that take 0.25 s each: behind by more than a second after six
    for number in range(60):
        room.play(1, step_s=0.25)
        numbers += [number for _ in taken(viewer, Picture)]

    assert numbers[:5] == [1, 2, 3, 4, 5] or numbers[:5] == [0, 1, 2, 3, 4]
    assert len([number for number in numbers if number < 20]) < 10
    # keyframe 20 waits for picture 21 to be whole, and so on
    assert {number for number in numbers if number >= 10} == {21, 41}


def test_masks_are_in_every_picture_and_the_stream_stays_here(folder: Path) -> None:
    ring = Ring("cam_1", keep_s=60.0, most_bytes=10**8)
    ring.begin()
    room = Room(film("plain", folder), masks=(MASK,))
    stream, pictures = room.join(), room.join("jpeg", rate_hz=1000.0)
    room.play(30, ring=ring)

    (picture,) = taken(pictures, Picture)
    with Image.open(io.BytesIO(picture.jpeg)) as image:
        left = np.asarray(image.convert("L"))[:, :312].astype(int)
    assert np.abs(left - 40).max() <= 3
    assert picture.is_masked
    assert not [one for one in stream.take(0) if not isinstance(one, State)]
    # what is kept is as it came: whoever shows it covers it
    assert len(ring.footage(0.0, 1e9)[0].pictures) == 30


def test_single_pictures_of_a_camera_of_pictures_are_masked_too(folder: Path) -> None:
    jpegs = stills_of(make_film(FILMS["plain"], folder))
    room = Room(StillReading(jpegs, rate_hz=1000.0), masks=(MASK,))
    viewer = room.join("jpeg", rate_hz=1000.0)

    room.outlet.add(Still(jpegs[0], 0.0))

    (picture,) = taken(viewer, Picture)
    with Image.open(io.BytesIO(picture.jpeg)) as image:
        left = np.asarray(image.convert("L"))[:, :312].astype(int)
    assert np.abs(left - 40).max() <= 3


def test_widths_are_each_viewers_own(folder: Path) -> None:
    jpegs = stills_of(make_film(FILMS["plain"], folder))
    room = Room(StillReading(jpegs))
    wide = room.join("jpeg", rate_hz=9.0)
    narrow = room.join("jpeg", rate_hz=9.0, width_px=160)

    room.outlet.add(Still(jpegs[0], 0.0))

    assert taken(wide, Picture)[0].jpeg == jpegs[0]
    assert taken(narrow, Picture)[0].width_px == 160


def test_a_still_that_is_none_is_a_fault_of_the_camera(folder: Path) -> None:
    room = Room(StillReading([b"x"]))
    room.join("jpeg", rate_hz=9.0)

    with pytest.raises(FeedBroken, match="no picture"):
        room.outlet.add(Still(b"<html>", 0.0))


def test_a_damaged_picture_is_left_out_until_the_next_keyframe(folder: Path) -> None:
    room = Room(film("plain", folder))
    viewer = room.join("jpeg", rate_hz=1000.0)
    room.play(5)
    piece = next(room.pieces)
    broken = av.Packet(b"\x00\x00\x00\x01\x41\x9a" + b"\xff" * 40)
    broken.pts = broken.dts = piece.packet.pts
    room.outlet.add(VideoPiece(broken, is_key=False, came_s=0.0))
    viewer.take(0)

    room.play(40)

    assert taken(viewer, Picture)
