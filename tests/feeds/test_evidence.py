"""A clip kept as evidence has not a bit changed, and a changed bit is found."""

from __future__ import annotations

import hashlib
import json
import os
import stat
import subprocess
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from coveragekit.errors import FeedUnsupported, InputError
from coveragekit.feeds.accounts import sweep
from coveragekit.feeds.clips import ClipFile, stream_digest
from coveragekit.feeds.evidence import keep_clip, keep_still
from coveragekit.feeds.masks import Mask
from coveragekit.feeds.messages import Picture
from coveragekit.feeds.muxing import shape_of
from coveragekit.feeds.ring import Footage
from coveragekit.feeds.times import Cleaner
from coveragekit.feeds.verifying import verify_clip
from tests.feeds.readings import FILMS, FilmReading, make_film, stills_of

START = datetime(2026, 11, 22, 20, 15, 30, 250_000, tzinfo=UTC)
MASK = Mask(((0.0, 0.0), (1.0, 0.0), (1.0, 1.0)))


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("films")


def footage_of(path: Path) -> Footage:
    reading = FilmReading(path, rate_hz=None, loops=False)
    shape = shape_of(reading.template)
    cleaner = Cleaner(
        shape.codec, shape.time_base, prefixed=shape.prefixed, sets=shape.sets
    )
    pictures = [one for piece in reading.pieces() for one in cleaner.add(piece)]
    return Footage("cam_1", shape, tuple(pictures + cleaner.flush()), 0.0)


@pytest.fixture(scope="module")
def footage(folder) -> Footage:
    return footage_of(make_film(FILMS["plain"], folder))


def frame_sums(path: Path) -> list[str]:
    words = ["ffmpeg", "-v", "error", "-i", str(path), "-f", "framemd5", "-"]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    assert not done.stderr
    lines = [line for line in done.stdout.splitlines() if not line.startswith("#")]
    return [line.rsplit(",", 1)[1].strip() for line in lines]


def kept(footage: Footage, folder: Path, **wishes):
    return keep_clip(footage, folder, masks=(), start_at=START, **wishes)


@pytest.mark.parametrize("name", ["plain", "b_frames", "hevc", "sliced"])
def test_every_picture_of_a_clip_is_bit_identical_to_the_cameras(
    name: str, folder: Path, tmp_path: Path
) -> None:
    film = make_film(FILMS[name], folder)

    clip = kept(footage_of(film), tmp_path)

    sums = frame_sums(clip.path)
    assert len(sums) == 120
    assert sums == frame_sums(film)
    assert verify_clip(clip.path).is_intact


def test_an_account_says_what_when_and_with_what(footage, tmp_path: Path) -> None:
    part = replace(footage, pictures=footage.pictures[20:60])

    clip = kept(part, tmp_path, wanted_at=START + timedelta(seconds=0.6))

    account = json.loads(clip.sidecar.read_text("utf-8"))
    assert account["camera_id"] == "cam_1"
    assert account["start_at"] == "2026-11-22T20:15:30.250Z"
    assert account["duration_s"] == pytest.approx(2.0)
    assert account["lead_in_s"] == pytest.approx(0.6)
    assert account["pictures"] == 40
    assert (account["width_px"], account["height_px"]) == (640, 360)
    assert account["gaps"] == []
    assert {"python", "av", "libavformat"} <= set(account["tools"])
    assert account["sha256"] == clip.sha256
    assert account["file"] == clip.path.name == "cam_1_20261122T201530250Z.mp4"


def test_the_digests_are_those_of_the_files(footage, tmp_path: Path) -> None:
    clip = kept(footage, tmp_path)

    sums = [
        hashlib.sha256(path.read_bytes()).hexdigest()
        for path in (clip.path, clip.sidecar)
    ]

    assert sums == [clip.sha256, clip.sidecar_sha256]


def test_missing_pictures_are_listed(footage, tmp_path: Path) -> None:
    part = replace(footage, pictures=footage.pictures[:40] + footage.pictures[80:])

    account = verify_clip(kept(part, tmp_path).path).account

    assert account["gaps_count"] == 1
    (gap,) = account["gaps"]
    assert gap["at_s"] == pytest.approx(39 * 0.05, abs=0.01)
    assert gap["length_s"] == pytest.approx(41 * 0.05, abs=0.01)


def test_one_changed_bit_anywhere_is_found(footage, tmp_path: Path) -> None:
    clip = kept(footage, tmp_path)
    clip.path.chmod(0o640)
    whole = clip.path.read_bytes()

    for at in (40, len(whole) // 3, len(whole) // 2, len(whole) - 1):
        changed = bytearray(whole)
        changed[at] ^= 1
        clip.path.write_bytes(changed)
        verdict = verify_clip(clip.path)
        assert not verdict.is_intact
        assert "the file is not the one that was exported" in verdict.reasons
    clip.path.write_bytes(whole)

    assert verify_clip(clip.path).is_intact


def test_another_clip_under_an_account_that_was_mended_is_found(
    footage, tmp_path: Path
) -> None:
    clip = kept(footage, tmp_path)
    shorter = replace(footage, pictures=footage.pictures[:60])
    (tmp_path / "other").mkdir()
    other = kept(shorter, tmp_path / "other")
    for path in (clip.path, clip.sidecar):
        path.chmod(0o640)
    clip.path.write_bytes(other.path.read_bytes())
    account = json.loads(clip.sidecar.read_text("utf-8"))
    account |= {"sha256": other.sha256, "bytes": other.path.stat().st_size}
    clip.sidecar.write_text(json.dumps(account), "utf-8")

    verdict = verify_clip(clip.path, sidecar_sha256=clip.sidecar_sha256)

    assert "the pictures are not the ones that were exported" in verdict.reasons
    assert "60 pictures, not 120" in verdict.reasons
    assert "the account is not the one that was logged" in verdict.reasons


def test_packing_the_same_pictures_anew_changes_the_file_but_not_the_stream(
    footage, tmp_path: Path
) -> None:
    clip = kept(footage, tmp_path)
    again = tmp_path / "again.mp4"
    words = ["ffmpeg", "-v", "error", "-i", str(clip.path), "-c", "copy", str(again)]
    subprocess.run(words, check=True)

    assert again.read_bytes() != clip.path.read_bytes()
    account = json.loads(clip.sidecar.read_text("utf-8"))
    assert stream_digest(again) == (account["stream_sha256"], 120)


def test_files_are_read_only_and_nothing_half_written_is_left(
    footage, tmp_path: Path
) -> None:
    clip = kept(footage, tmp_path)

    assert sorted(tmp_path.iterdir()) == sorted([clip.path, clip.sidecar])
    for path in (clip.path, clip.sidecar):
        assert stat.S_IMODE(path.stat().st_mode) == 0o440


def test_evidence_is_not_replaced(footage, tmp_path: Path) -> None:
    clip = kept(footage, tmp_path)
    before = clip.path.read_bytes()

    with pytest.raises(InputError, match="not replaced"):
        kept(footage, tmp_path)

    assert clip.path.read_bytes() == before
    assert len(list(tmp_path.iterdir())) == 2


def test_a_file_whose_account_is_taken_is_taken_away(footage, tmp_path: Path) -> None:
    taken = tmp_path / "cam_1_20261122T201530250Z.mp4.json"
    taken.write_text("another", "utf-8")

    with pytest.raises(InputError, match="not replaced"):
        kept(footage, tmp_path)

    assert list(tmp_path.iterdir()) == [taken]
    assert taken.read_text("utf-8") == "another"


def test_the_stream_of_a_masked_camera_is_not_written(footage, tmp_path: Path) -> None:
    with pytest.raises(FeedUnsupported, match="masked"):
        keep_clip(footage, tmp_path, masks=(MASK,), start_at=START)

    assert list(tmp_path.iterdir()) == []


def test_a_clip_that_begins_in_the_midst_is_refused(footage, tmp_path: Path) -> None:
    for pictures in ((), footage.pictures[1:]):
        with pytest.raises(InputError, match="keyframe"):
            kept(replace(footage, pictures=pictures), tmp_path)

    assert list(tmp_path.iterdir()) == []


def test_a_time_without_zone_is_refused(footage, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="zone"):
        keep_clip(
            footage,
            tmp_path,
            masks=(),
            start_at=datetime(2026, 1, 1),  # noqa: DTZ001
        )

    assert list(tmp_path.iterdir()) == []


def test_a_camera_whose_id_is_a_path_stays_in_the_folder(
    footage, tmp_path: Path
) -> None:
    clip = kept(replace(footage, camera_id="../../etc/cam 1"), tmp_path)

    assert clip.path.parent == tmp_path
    assert clip.path.name.startswith("etc_cam_1_2026")


def test_a_still_is_kept_as_it_was_shown(folder: Path, tmp_path: Path) -> None:
    jpeg = stills_of(make_film(FILMS["plain"], folder), 1)[0]
    picture = Picture(7, jpeg, START, 640, 360, is_masked=True)

    still = keep_still("cam_1", picture, tmp_path)

    assert still.path.read_bytes() == jpeg
    verdict = verify_clip(still.path)
    assert verdict.is_intact
    assert verdict.account["is_masked"] is True
    still.path.chmod(0o640)
    still.path.write_bytes(jpeg[:-1])
    reasons = verify_clip(still.path).reasons
    assert f"it has {len(jpeg) - 1} bytes, not {len(jpeg)}" in reasons


def test_an_account_that_tells_of_another_picture_is_found(
    folder: Path, tmp_path: Path
) -> None:
    jpeg = stills_of(make_film(FILMS["plain"], folder), 1)[0]
    still = keep_still("cam_1", Picture(7, jpeg, START, 640, 360), tmp_path)
    account = json.loads(still.sidecar.read_text("utf-8"))
    still.sidecar.chmod(0o640)
    still.sidecar.write_text(json.dumps(account | {"width_px": 1280}), "utf-8")

    assert verify_clip(still.path).reasons == ("the picture has 640 x 360 pixels",)


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"file": 1}', "\x00", "[" * 400_000, "9" * 5_000]
)
def test_an_account_that_is_none_is_said_to_be_none(
    footage, tmp_path: Path, text: str
) -> None:
    clip = kept(footage, tmp_path)
    clip.sidecar.chmod(0o640)
    clip.sidecar.write_text(text, "utf-8")

    with pytest.raises(InputError, match="no account"):
        verify_clip(clip.path)


@pytest.mark.parametrize("name", ["file", "camera_id"])
@pytest.mark.parametrize("odd", ["cam\x1b[2J", "cam\ud800", "cam\x00"])
def test_an_account_with_marks_that_are_no_text_is_none(
    footage, tmp_path: Path, name: str, odd: str
) -> None:
    clip = kept(footage, tmp_path)
    account = json.loads(clip.sidecar.read_text("utf-8"))
    clip.sidecar.chmod(0o640)
    clip.sidecar.write_text(json.dumps(account | {name: odd}), "utf-8")

    with pytest.raises(InputError, match="no account"):
        verify_clip(clip.path)


def test_nobody_else_can_read_a_clip_while_it_is_written(
    footage, tmp_path: Path
) -> None:
    with ClipFile("cam_1", tmp_path, footage.shape, start_at=START) as clip:
        for one in footage.pictures:
            clip.add(one)
        (part,) = tmp_path.iterdir()
        assert stat.S_IMODE(part.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == []


def test_a_still_and_an_account_are_made_for_nobody_else(
    footage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    modes: list[int] = []
    real = os.link

    def link(source: Path, target: Path) -> None:
        modes.append(stat.S_IMODE(source.stat().st_mode))
        real(source, target)

    monkeypatch.setattr("coveragekit.feeds.accounts.os.link", link)
    keep_still("cam_1", Picture(7, b"jpeg", START, 640, 360), tmp_path)
    kept(footage, tmp_path)
    assert modes == [0o600] * 4


def test_what_was_left_half_written_is_taken_away_after_a_day(tmp_path: Path) -> None:
    name = "cam_1_20261122T201530250Z.mp4"
    old = [f".{name}.0123abcd.part", f".{name}.0123abcd.sidecar"]
    others = [name, ".notes", f".{name}.part", f".{name}.4567abcd.part"]
    for one in (*old, *others):
        (tmp_path / one).write_bytes(b"1")
    long_ago = time.time() - 90_000
    for one in (*old, *others[:3]):
        os.utime(tmp_path / one, (long_ago, long_ago))

    assert sweep(tmp_path) == 2
    assert {one.name for one in tmp_path.iterdir()} == set(others)


def test_a_file_that_is_not_there_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no file clip\.mp4"):
        verify_clip(tmp_path / "clip.mp4")


def test_one_changed_bit_under_an_account_that_was_mended_is_found(
    footage, tmp_path: Path
) -> None:
    clip = kept(footage, tmp_path)
    for path in (clip.path, clip.sidecar):
        path.chmod(0o640)
    changed = bytearray(clip.path.read_bytes())
    changed[len(changed) // 2] ^= 1
    clip.path.write_bytes(changed)
    account = json.loads(clip.sidecar.read_text("utf-8"))
    account |= {"sha256": hashlib.sha256(changed).hexdigest()}
    clip.sidecar.write_text(json.dumps(account), "utf-8")

    reasons = verify_clip(clip.path).reasons

    assert reasons == ("the pictures are not the ones that were exported",)
