"""What is packed for a browser is what the camera sent, to the last bit."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import av
import pytest

from coveragekit.errors import FeedBroken, FeedUnsupported
from coveragekit.feeds.boxes import BoxSplitter, find_box
from coveragekit.feeds.codec_names import codec_name
from coveragekit.feeds.muxing import shape_of, shape_of_key
from coveragekit.feeds.nals import nal_units, sets_of_record
from coveragekit.feeds.packing import FragmentMuxer
from coveragekit.feeds.times import Cleaner
from tests.feeds.readings import FILMS, RATE_HZ, FilmReading, make_film


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("films")


def packed(path: Path):
    """Give shape, cleaner and fragments of a whole film."""
    reading = FilmReading(path, rate_hz=None, loops=False)
    shape = shape_of(reading.template)
    cleaner = Cleaner(
        shape.codec, shape.time_base, prefixed=shape.prefixed, sets=shape.sets
    )
    muxer = FragmentMuxer(shape)
    cuts = []
    for piece in reading.pieces():
        for clean in cleaner.add(piece):
            cuts += muxer.add(clean)
    for clean in cleaner.flush():
        cuts += muxer.add(clean)
    cuts += muxer.close()
    return shape, cleaner, cuts


def frame_sums(path: Path) -> list[str]:
    """Give the MD5 sum of each decoded picture, as another program reads it."""
    words = ["ffmpeg", "-v", "error", "-i", str(path), "-f", "framemd5", "-"]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    assert not done.stderr, done.stderr
    lines = [line for line in done.stdout.splitlines() if not line.startswith("#")]
    return [line.rsplit(",", 1)[1].strip() for line in lines]


def written(shape, cuts, path: Path) -> Path:
    path.write_bytes(shape.init + b"".join(cut.data for cut in cuts))
    return path


@pytest.mark.parametrize("name", ["plain", "b_frames", "mp4", "hevc", "sliced"])
def test_every_packed_picture_is_bit_identical_to_the_films(
    name: str, folder: Path, tmp_path: Path
) -> None:
    film = make_film(FILMS[name], folder)

    shape, cleaner, cuts = packed(film)

    sums = frame_sums(written(shape, cuts, tmp_path / "packed.mp4"))
    assert sums == frame_sums(film)
    assert len(sums) == len(cuts) == FILMS[name].seconds * RATE_HZ
    assert (cleaner.mended.backwards, cleaner.mended.jumps) == (0, 0)


def test_a_browser_finds_lengths_and_no_start_codes(folder: Path, tmp_path) -> None:
    shape, _, cuts = packed(make_film(FILMS["plain"], folder))

    with av.open(str(written(shape, cuts, tmp_path / "packed.mp4"))) as container:
        packets = [bytes(one) for one in container.demux(video=0) if one.size]

    for packet in packets:
        units = list(nal_units(packet, prefixed=True))
        assert sum(4 + len(unit) for unit in units) == len(packet)
        assert not packet.startswith(b"\x00\x00\x00\x01")


@pytest.mark.parametrize("name", ["plain", "mp4"])
def test_ffprobe_reads_size_codec_and_times_of_what_is_packed(
    name: str, folder: Path, tmp_path: Path
) -> None:
    program = shutil.which("ffprobe")
    assert program is not None
    shape, _, cuts = packed(make_film(FILMS[name], folder))
    path = written(shape, cuts, tmp_path / "packed.mp4")

    shown = "stream=codec_name,codec_tag_string,width,height:packet=dts_time"
    words = [program, "-v", "error", "-show_entries", shown, "-of", "csv=p=0"]
    done = subprocess.run([*words, path], capture_output=True, text=True, check=True)

    *times, stream = done.stdout.split()
    assert stream == "h264,avc1,640,360"
    expected = [number / RATE_HZ for number in range(120)]
    # a tick of the film's own clock is up to 0.1 ms
    assert [float(word) for word in times] == pytest.approx(expected, abs=2e-4)


def test_fragments_say_where_playing_may_begin(folder: Path) -> None:
    _, _, cuts = packed(make_film(FILMS["plain"], folder))

    keys = [number for number, cut in enumerate(cuts) if cut.is_key]

    assert keys == [0, 20, 40, 60, 80, 100]


def test_names_of_codecs_are_the_ones_browsers_ask_for(folder: Path) -> None:
    plain = shape_of(FilmReading(make_film(FILMS["plain"], folder)).template)
    hevc = shape_of(FilmReading(make_film(FILMS["hevc"], folder)).template)

    # constrained baseline, level 2.2; main profile, main tier, level 2.1 (63 / 30)
    assert plain.codec_name == "avc1.42c016"
    assert hevc.codec_name == "hvc1.1.6.L63.90"
    # what stands in the stream itself is the same name, which Safari insists on
    assert (b"avc1" in plain.init, b"hvc1" in hevc.init) == (True, True)


def test_a_stream_of_another_kind_has_no_name() -> None:
    with pytest.raises(FeedUnsupported, match="neither"):
        codec_name(b"")


def test_a_change_of_the_pictures_size_is_read_from_its_keyframe(folder: Path) -> None:
    plain = shape_of(FilmReading(make_film(FILMS["plain"], folder)).template)
    reading = FilmReading(make_film(FILMS["small"], folder), rate_hz=None)
    cleaner = Cleaner("h264", plain.time_base, prefixed=False, sets=plain.sets)
    pieces = reading.pieces()
    cleans = [one for _ in range(3) for one in cleaner.add(next(pieces))]

    shape = shape_of_key(cleans[0], codec="h264", time_base=plain.time_base)

    assert cleans[0].sets is not None
    assert (shape.width_px, shape.height_px) == (320, 180)
    assert shape.time_base == plain.time_base
    assert shape.init != plain.init


@pytest.mark.parametrize("name", ["mp4", "hevc"])
def test_parameter_sets_are_found_in_records_and_streams_alike(
    name: str, folder: Path
) -> None:
    shape = shape_of(FilmReading(make_film(FILMS[name], folder)).template)
    box = b"hvcC" if shape.codec == "hevc" else b"avcC"
    record = find_box(shape.init, box)
    assert record is not None

    sets = sets_of_record(record, shape.codec)

    kinds = [unit[0] >> 1 & 63 if name == "hevc" else unit[0] & 31 for unit in sets]
    assert kinds[: 3 if name == "hevc" else 2] == (
        [32, 33, 34] if name == "hevc" else [7, 8]
    )
    # a stream without container may carry messages of its encoder beside them
    assert set(sets) <= set(shape.sets)


def test_boxes_are_found_wherever_the_bytes_are_cut(folder: Path) -> None:
    shape, _, cuts = packed(make_film(FILMS["small"], folder))
    whole = shape.init + b"".join(cut.data for cut in cuts[:5])
    splitter = BoxSplitter()

    found = [
        one for at in range(len(whole)) for one in splitter.add(whole[at : at + 1])
    ]

    assert [kind for kind, _ in found] == ["init"] + ["fragment"] * 5
    assert b"".join(data for _, data in found) == whole


@pytest.mark.parametrize("size", [0, 7, 2**31])
def test_a_box_of_an_impossible_size_ends_it(size: int) -> None:
    with pytest.raises(FeedBroken, match="box"):
        BoxSplitter().add(size.to_bytes(4, "big") + b"moof")


def test_a_picture_that_no_muxer_takes_is_a_fault_of_the_feed(folder: Path) -> None:
    film = make_film(FILMS["plain"], folder)
    shape = shape_of(FilmReading(film).template)
    cleaner = Cleaner("h264", shape.time_base, prefixed=False, sets=shape.sets)
    pieces = FilmReading(film, rate_hz=None).pieces()
    cleans = [one for _ in range(4) for one in cleaner.add(next(pieces))]
    muxer = FragmentMuxer(shape)
    muxer.add(cleans[1])

    with pytest.raises(FeedBroken, match="packed"):
        muxer.add(cleans[0])
    muxer.close()
