"""Stills and clips are kept by those who may, whole, and the log proves them."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import stat
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import av
import pytest
from sqlalchemy import Connection, event

from coveragekit.access import Door, Purpose, Scope, open_door
from coveragekit.access.evidence import (
    keep_clip,
    keep_live,
    keep_recording,
    keep_still,
)
from coveragekit.access.feed_settings import FeedSettings
from coveragekit.access.looking import Looks
from coveragekit.access.playback import stored_of
from coveragekit.access.proving import verify
from coveragekit.errors import (
    AccessRefused,
    FeedError,
    FeedUnreachable,
    FeedUnsupported,
    InputError,
    RegistryError,
)
from coveragekit.feeds.accounts import Kept
from coveragekit.feeds.clips import ClipFile, stream_digest
from coveragekit.feeds.evidence import keep_still as keep_unlogged
from coveragekit.feeds.gate import Gate
from coveragekit.feeds.grabbing import grab
from coveragekit.feeds.jpeg import decoded_jpeg
from coveragekit.feeds.messages import Fragment, Picture
from coveragekit.registry.audit import Entry, append
from tests.access.pictures import lines, mask, of, shows, until, with_feed
from tests.access.scene import (
    AUD,
    CALL,
    CASE,
    EVERYTHING,
    KIM,
    OVERSIGHT,
    PAT,
    Scene,
)
from tests.databases import Clock
from tests.feeds.looking import is_counting
from tests.feeds.peers import scenes
from tests.feeds.peers.hostile import nobody
from tests.feeds.peers.replay import Recorder, replay_peer
from tests.feeds.peers.rtsp import (
    RtspPeer,
    make_media,
    require,
    rtsp_peer,
    wait_until,
)
from tests.feeds.peers.web import WebPeer, jpeg_of, number_of, web_peer
from tests.feeds.test_evidence import frame_sums

CIRCLE = 80
NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)


@pytest.fixture
def door(tmp_path: Path, clock: Clock) -> Iterator[Door]:
    """Give the door of an empty registry; which database it is makes no difference."""
    place = tmp_path / "registry.sqlite"
    with open_door(place, create=True, clock=clock, sign=False) as opened:
        yield opened


@pytest.fixture(scope="module")
def peer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RtspPeer]:
    """Give a camera that plays numbered pictures in a circle."""
    require()
    media = make_media(tmp_path_factory.mktemp("media"), ["sub"])
    with rtsp_peer(media) as running:
        yield running


@pytest.fixture(scope="module")
def recorder() -> Iterator[Recorder]:
    """Give a recorder of ten seconds, with ten minutes missing in the midst."""
    with replay_peer(Recorder(NOON, gap_at=100, gap_s=600.0)) as running:
        yield running


@pytest.fixture
def web() -> Iterator[WebPeer]:
    """Give a camera of single pictures."""
    with web_peer() as running:
        yield running


@pytest.fixture
def looks(
    door: Door, peer: RtspPeer, recorder: Recorder, web: WebPeer, tmp_path: Path
) -> Iterator[Looks]:
    """Give the room where feeds are opened, with these cameras allowed."""
    ports = (peer.port, recorder.port, web.port)
    gate = Gate(exempt=frozenset(("127.0.0.1", port) for port in ports))
    with Looks(door, FeedSettings(gate, evidence=tmp_path / "kept")) as room:
        yield room


@pytest.fixture
def camera_id(scene: Scene, peer: RtspPeer, recorder: Recorder) -> str:
    """Give a camera whose owner agreed to everything, with a recorder."""
    address, replay = peer.address("sub"), recorder.address()
    return with_feed(scene, scene.integrated(EVERYTHING), address, replay=replay)


def numbers_of(kept: Kept) -> list[int | None]:
    """Decode a clip and read its pictures' numbers."""
    with av.open(str(kept.path)) as container:
        return [
            scenes.read(frame.to_ndarray(format="gray"))
            for frame in container.decode(video=0)
        ]


def left_in(folder: Path) -> list[str]:
    """Give the names of what lies in a folder."""
    return sorted(one.name for one in folder.iterdir()) if folder.exists() else []


def test_a_still_is_the_whole_picture_and_the_log_proves_it(
    looks: Looks, camera_id: str, tmp_path: Path
) -> None:
    still = keep_still(looks, KIM, CALL, camera_id)

    jpeg = still.path.read_bytes()
    grey = decoded_jpeg(jpeg).to_ndarray(format="gray8")
    assert grey.shape == (360, 640)
    number = scenes.read(grey)
    assert number is not None
    assert scenes.is_whole(grey, number)
    assert still.path.parent == tmp_path / "kept"
    assert stat.S_IMODE(still.path.parent.stat().st_mode) == 0o700
    for path in (still.path, still.sidecar):
        assert stat.S_IMODE(path.stat().st_mode) & 0o222 == 0
    asked, done = lines(looks.door, "snapshot")
    assert (asked.result, done.result) == ("allowed", "done")
    assert done.digest == hashlib.sha256(jpeg).hexdigest()
    assert done.parameters["file"] == still.path.name
    sidecar = still.sidecar.read_bytes()
    assert done.parameters["sidecar_sha256"] == hashlib.sha256(sidecar).hexdigest()
    assert done.parameters["start_at"] == json.loads(sidecar)["start_at"]
    assert (done.actor, done.case_number) == ("kim", "26-0417")
    # who is not looked at any more is not held open
    assert looks.hub.standings() == {}
    assert "127.0.0.1" not in repr((asked, done, sidecar))


def test_a_still_of_a_watched_camera_is_what_is_shown_just_now(
    looks: Looks, camera_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_: object, **__: object) -> None:
        pytest.fail("a camera that is watched was opened once more")

    monkeypatch.setattr("coveragekit.access.evidence.grab", never)
    with looks.look(KIM, CALL, camera_id) as live:
        got = until(live, shows(30))
        still = keep_still(looks, KIM, CALL, camera_id, width_px=320)
    at = datetime.fromisoformat(still.account["start_at"])
    newest_at = of(Fragment, got)[-1].came_at
    # not the last keyframe, which lies up to a second back, but the newest picture
    assert at >= newest_at - timedelta(milliseconds=200)
    assert (still.account["width_px"], still.account["height_px"]) == (320, 180)


def test_masks_are_in_a_still_before_it_is_encoded(
    looks: Looks, scene: Scene, camera_id: str
) -> None:
    mask(scene, camera_id)

    stills = [keep_still(looks, KIM, CALL, camera_id)]
    with looks.look(KIM, CALL, camera_id) as live:
        until(live, shows(2))
        stills.append(keep_still(looks, KIM, CALL, camera_id))

    for still in stills:
        jpeg = still.path.read_bytes()
        grey = decoded_jpeg(jpeg).to_ndarray(format="gray8").astype(int)
        hidden, shown = grey[:172], grey[190:]
        assert hidden.max() - hidden.min() <= 6
        assert shown.max() - shown.min() > 60
        assert still.account["is_masked"] is True


def test_the_last_seconds_are_kept_bit_for_bit_and_proved_by_the_log(
    looks: Looks, camera_id: str, peer: RtspPeer
) -> None:
    with looks.look(KIM, CALL, camera_id) as live:
        until(live, shows(20))
        (clip,) = keep_clip(looks, KIM, CASE, camera_id)

    numbers = numbers_of(clip)
    assert len(numbers) >= 16
    assert is_counting(numbers, CIRCLE)
    _, done = lines(looks.door, "clip")
    assert done.parameters == {
        "file": clip.path.name,
        "sha256": clip.sha256,
        "sidecar_sha256": clip.sidecar_sha256,
        "start_at": clip.account["start_at"],
        "duration_s": clip.account["duration_s"],
        "stream_sha256": clip.account["stream_sha256"],
    }
    proof = verify(clip.path, user=AUD, purpose=OVERSIGHT, registry=looks.door)
    assert proof.is_intact
    assert proof.seq is not None


def test_one_changed_byte_is_seen_and_so_is_an_account_that_was_made_to_fit(
    looks: Looks, camera_id: str
) -> None:
    (clip,) = keep_recording(
        looks,
        KIM,
        CASE,
        camera_id,
        start_at=NOON,
        end_at=NOON + timedelta(seconds=1),
    )
    asked = {"user": AUD, "purpose": OVERSIGHT, "registry": looks.door}
    whole, account = clip.path.read_bytes(), clip.sidecar.read_bytes()
    for path in (clip.path, clip.sidecar):
        path.chmod(0o640)

    changed = bytearray(whole)
    changed[len(whole) // 2] ^= 1
    clip.path.write_bytes(changed)
    assert "the file is not the one that was exported" in verify(clip.path).reasons
    # the account is made to fit: only the log knows
    told = json.loads(account) | {"sha256": hashlib.sha256(changed).hexdigest()}
    told.pop("stream_sha256")
    told["stream_sha256"] = stream_digest(clip.path)[0]
    clip.sidecar.write_text(json.dumps(told))
    assert verify(clip.path).is_intact
    reasons = verify(clip.path, **asked).reasons
    assert "the file is not the one that was logged" in reasons
    assert "the account is not the one that was logged" in reasons

    clip.path.write_bytes(whole)
    clip.sidecar.write_bytes(account.replace(b'"gaps_count": 0', b'"gaps_count": 1'))
    assert verify(clip.path).is_intact
    assert verify(clip.path, **asked).reasons == (
        "the account is not the one that was logged",
    )
    clip.sidecar.write_bytes(account)
    assert verify(clip.path, **asked).is_intact
    with pytest.raises(AccessRefused):
        verify(clip.path, user=KIM, purpose=CASE, registry=looks.door)


def test_what_was_not_kept_through_the_door_is_in_no_log(
    looks: Looks, tmp_path: Path
) -> None:
    picture = Picture(1, jpeg_of(7), NOON, 640, 360)
    still = keep_unlogged("cam_1", picture, tmp_path)

    assert verify(still.path).is_intact
    proof = verify(still.path, user=AUD, purpose=OVERSIGHT, registry=looks.door)
    assert (proof.is_intact, proof.seq) == (False, None)
    assert proof.reasons == ("the log has no line of it",)


def test_stored_footage_is_split_at_its_gap_and_each_part_is_bit_identical(
    looks: Looks, camera_id: str, recorder: Recorder, tmp_path: Path
) -> None:
    first, second = keep_recording(
        looks,
        KIM,
        CASE,
        camera_id,
        start_at=NOON + timedelta(seconds=3.25),
        end_at=NOON + timedelta(seconds=608),
    )

    assert numbers_of(first) == list(range(60, 100))
    assert numbers_of(second) == list(range(100, 160))
    raw = tmp_path / "raw.h264"
    raw.write_bytes(b"".join(recorder.units[60:100]))
    assert frame_sums(first.path) == frame_sums(raw)
    assert first.account["start_at"] == "2026-05-04T12:00:03.000Z"
    assert first.account["lead_in_s"] == pytest.approx(0.25)
    assert second.account["start_at"] == "2026-05-04T12:10:05.000Z"
    assert first.account["source"] == "the device's own recording"
    done = [one for one in lines(looks.door, "clip") if one.result == "done"]
    assert [one.parameters["file"] for one in done] == [
        first.path.name,
        second.path.name,
    ]


def test_a_camera_is_filmed_from_now_on(looks: Looks, camera_id: str) -> None:
    (clip,) = keep_live(looks, KIM, CASE, camera_id, for_s=0.8)

    assert clip.account["duration_s"] >= 0.3
    assert is_counting(numbers_of(clip), CIRCLE)
    assert "ended_early" not in clip.account


def test_a_clip_of_a_camera_that_is_lost_has_what_came_and_says_so(
    looks: Looks, scene: Scene, web: WebPeer
) -> None:
    camera_id = with_feed(
        scene, scene.integrated(EVERYTHING), web.address("/cam.mjpg?parts=good")
    )

    def drop() -> None:
        wait_until(lambda: web.number >= 10)
        web.drop_all()

    thread = threading.Thread(target=drop)
    thread.start()
    (clip,) = keep_live(looks, KIM, CASE, camera_id, for_s=60.0)
    thread.join()

    assert 5 <= clip.account["pictures"] <= 60
    assert clip.account["ended_early"] == "FeedBroken"
    assert verify(clip.path).is_intact


def test_a_clip_that_grew_too_large_has_what_came_and_says_so(
    looks: Looks, camera_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = partial(ClipFile, most_bytes=20_000)
    monkeypatch.setattr("coveragekit.access.evidence.ClipFile", small)
    wanted = {"start_at": NOON, "end_at": NOON + timedelta(seconds=8)}

    clips = [
        *keep_live(looks, KIM, CASE, camera_id, for_s=30.0),
        *keep_recording(looks, KIM, CASE, camera_id, **wanted),
    ]

    assert len(clips) == 2
    for clip in clips:
        assert clip.account["pictures"] >= 2
        assert clip.account["ended_early"] == "TooLarge"
        assert verify(clip.path).is_intact
    done = [one.result for one in lines(looks.door, "clip")]
    assert done == ["allowed", "done"] * 2


def test_a_film_that_is_stopped_has_what_came_and_says_so(
    looks: Looks, camera_id: str, tmp_path: Path
) -> None:
    def stop() -> None:
        wait_until(lambda: any((tmp_path / "kept").glob(".*.part")))
        signal.raise_signal(signal.SIGINT)

    # whoever runs the tests may heed Ctrl-C in a way of their own
    former = signal.signal(signal.SIGINT, signal.default_int_handler)
    thread = threading.Thread(target=stop)
    thread.start()
    try:
        (clip,) = keep_live(looks, KIM, CASE, camera_id, for_s=60.0)
        thread.join()
        left = signal.getsignal(signal.SIGINT)
    finally:
        signal.signal(signal.SIGINT, former)

    assert clip.account["ended_early"] == "Interrupted"
    assert clip.account["duration_s"] < 50.0
    assert verify(clip.path).is_intact
    assert left is signal.default_int_handler


def test_a_film_that_has_not_begun_is_stopped_as_anything_is(
    looks: Looks, camera_id: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(_: object) -> None:
        signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr("coveragekit.feeds.filming.Filming.shots", stopped)
    former = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            keep_live(looks, KIM, CASE, camera_id, for_s=60.0)
    finally:
        signal.signal(signal.SIGINT, former)

    assert left_in(tmp_path / "kept") == []
    assert lines(looks.door, "clip")[-1].parameters == {"fault": "KeyboardInterrupt"}


def test_a_camera_of_single_pictures_has_its_last_seconds_too(
    looks: Looks, scene: Scene, web: WebPeer
) -> None:
    camera_id = with_feed(
        scene, scene.integrated(EVERYTHING), web.address("/cam.mjpg?parts=good")
    )
    with looks.look(KIM, CALL, camera_id, form="jpeg", rate_hz=20.0) as live:
        until(live, shows(20))
        (clip,) = keep_clip(looks, KIM, CASE, camera_id)
        still = keep_still(looks, KIM, CALL, camera_id)

    with av.open(str(clip.path)) as container:
        jpegs = [bytes(one) for one in container.demux(video=0) if one.size]
    numbers = [number_of(one) for one in jpegs]
    assert len(numbers) >= 10
    assert numbers == sorted({number or 0 for number in numbers})
    # not a byte of any is another than the camera's
    assert jpegs == [jpeg_of(number or 0) for number in numbers]
    assert clip.account["codec"] == "mjpeg"
    assert verify(clip.path).is_intact
    assert still.path.read_bytes() == jpeg_of(number_of(still.path.read_bytes()) or 0)


Keep = Callable[[Looks, Purpose, str], object]
WAYS: dict[str, Keep] = {
    "clip": lambda looks, why, one: keep_clip(looks, KIM, why, one),
    "live": lambda looks, why, one: keep_live(looks, KIM, why, one, for_s=1.0),
    "recording": lambda looks, why, one: keep_recording(
        looks, KIM, why, one, start_at=NOON, end_at=NOON + timedelta(seconds=1)
    ),
}


@pytest.mark.parametrize("way", WAYS)
def test_a_masked_cameras_footage_is_refused_and_that_is_on_record(
    looks: Looks, scene: Scene, camera_id: str, way: str, tmp_path: Path
) -> None:
    mask(scene, camera_id)

    with pytest.raises(FeedUnsupported, match="parts of its picture are covered"):
        WAYS[way](looks, CASE, camera_id)

    asked, failed = lines(looks.door, "clip")
    assert (asked.result, failed.result) == ("allowed", "failed")
    assert failed.parameters == {"fault": "FeedUnsupported"}
    assert left_in(tmp_path / "kept") == []


@pytest.mark.parametrize("way", WAYS)
def test_an_owner_who_agreed_to_live_pictures_alone_gives_no_clip(
    looks: Looks, scene: Scene, peer: RtspPeer, way: str, tmp_path: Path
) -> None:
    camera_id = with_feed(
        scene, scene.integrated(Scope(live=True)), peer.address("sub")
    )

    with pytest.raises(AccessRefused, match="did not agree to footage"):
        WAYS[way](looks, CASE, camera_id)

    assert left_in(tmp_path / "kept") == []
    # a still of the live picture is another thing
    assert keep_still(looks, KIM, CALL, camera_id).path.exists()


def test_who_may_not_keep_a_still_is_refused_before_anything_is_opened(
    looks: Looks, camera_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_: object, **__: object) -> None:
        pytest.fail("a camera was opened for somebody who may not")

    monkeypatch.setattr("coveragekit.access.evidence.grab", never)
    with pytest.raises(AccessRefused, match="may"):
        keep_still(looks, PAT, CASE, camera_id)
    with pytest.raises(AccessRefused, match="case number"):
        keep_still(looks, KIM, Purpose("call"), camera_id)


def test_without_a_folder_it_says_what_to_set(
    looks: Looks, camera_id: str, tmp_path: Path
) -> None:
    looks.settings = replace(looks.settings, evidence=None)
    with pytest.raises(InputError, match='evidence = "FOLDER"'):
        keep_still(looks, KIM, CALL, camera_id)
    still = keep_still(looks, KIM, CALL, camera_id, folder=tmp_path / "a" / "b")
    assert still.path.parent == tmp_path / "a" / "b"
    for made in (tmp_path / "a", tmp_path / "a" / "b"):
        assert stat.S_IMODE(made.stat().st_mode) == 0o700
    half = still.path.parent / f".{still.path.name}.0123abcd.part"
    half.write_bytes(b"raw")
    os.utime(half, (0, 0))
    keep_still(looks, KIM, CALL, camera_id, folder=still.path.parent)
    assert not half.exists()
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot be made"):
        keep_still(looks, KIM, CALL, camera_id, folder=tmp_path / "file")
    results = [one.result for one in lines(looks.door, "snapshot")]
    done = ["allowed", "done"]
    assert results == ["allowed", "failed", *done, *done, "allowed", "failed"]


def test_a_consent_withdrawn_while_footage_is_fetched_leaves_nothing(
    looks: Looks, scene: Scene, peer: RtspPeer, tmp_path: Path
) -> None:
    with replay_peer(Recorder(NOON, pictures=100, pace_hz=20.0)) as slow:
        allowed = looks.settings.gate.exempt | {("127.0.0.1", slow.port)}
        gate = replace(looks.settings.gate, exempt=allowed)
        looks.settings = replace(looks.settings, gate=gate)
        camera_id = with_feed(
            scene,
            scene.integrated(EVERYTHING),
            peer.address("sub"),
            replay=slow.address(),
        )

        def withdraw() -> None:
            wait_until(lambda: any(one.startswith("PLAY") for one in slow.asked))
            scene.move(camera_id, "withdrawn")

        thread = threading.Thread(target=withdraw)
        thread.start()
        with pytest.raises(AccessRefused, match="ended meanwhile"):
            keep_recording(
                looks,
                KIM,
                CASE,
                camera_id,
                start_at=NOON,
                end_at=NOON + timedelta(seconds=5),
            )
        thread.join()

    assert left_in(tmp_path / "kept") == []
    assert [one.result for one in lines(looks.door, "clip")] == ["allowed", "refused"]


def test_a_camera_that_does_not_answer_is_told_and_is_on_record(
    looks: Looks, scene: Scene
) -> None:
    with nobody() as port:
        allowed = looks.settings.gate.exempt | {("127.0.0.1", port)}
        gate = replace(looks.settings.gate, exempt=allowed)
        looks.settings = replace(looks.settings, gate=gate)
        camera_id = with_feed(
            scene, scene.integrated(EVERYTHING), f"rtsp://127.0.0.1:{port}/main"
        )
        with pytest.raises(FeedUnreachable) as told:
            keep_still(looks, KIM, CALL, camera_id)
    assert isinstance(told.value, FeedError)
    assert str(port) not in str(told.value)
    assert lines(looks.door, "snapshot")[-1].parameters == {"fault": "FeedUnreachable"}


def test_a_mask_that_is_drawn_while_it_films_leaves_nothing_raw(
    looks: Looks, scene: Scene, camera_id: str, tmp_path: Path
) -> None:
    folder = tmp_path / "kept"

    def draw() -> None:
        wait_until(lambda: any(folder.glob(".*.part")))
        mask(scene, camera_id)

    thread = threading.Thread(target=draw)
    thread.start()
    with pytest.raises(FeedUnsupported, match="parts of its picture are covered"):
        keep_live(looks, KIM, CASE, camera_id, for_s=30.0)
    thread.join()

    assert left_in(folder) == []
    assert lines(looks.door, "clip")[-1].result == "failed"


def test_a_mask_that_is_drawn_while_a_still_is_got_is_in_the_still(
    looks: Looks, scene: Scene, camera_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slow(*given: object, **wishes: object) -> object:
        got = grab(*given, **wishes)  # type: ignore[arg-type]
        if not wishes["masks"]:
            mask(scene, camera_id)
        return got

    monkeypatch.setattr("coveragekit.access.evidence.grab", slow)
    still = keep_still(looks, KIM, CALL, camera_id)

    grey = decoded_jpeg(still.path.read_bytes()).to_ndarray(format="gray8").astype(int)
    assert grey[:172].max() - grey[:172].min() <= 6
    assert still.account["is_masked"] is True


def test_stored_footage_is_not_kept_raw_where_a_mask_came_meanwhile(
    looks: Looks,
    scene: Scene,
    camera_id: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def late(*given: object, **wishes: object) -> object:
        opened = stored_of(*given, **wishes)  # type: ignore[arg-type]
        mask(scene, camera_id)
        return opened

    monkeypatch.setattr("coveragekit.access.evidence.stored_of", late)
    with pytest.raises(FeedUnsupported, match="covered"):
        WAYS["recording"](looks, CASE, camera_id)
    assert left_in(tmp_path / "kept") == []


def test_what_no_line_proves_is_taken_away_again(
    looks: Looks,
    camera_id: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def fails(*_: object, **__: object) -> None:
        message = "the registry is busy"
        raise RegistryError(message) from ValueError("hunter2")

    for room in ("picture_lines", "evidence_files"):
        monkeypatch.setattr(f"coveragekit.access.{room}.append", fails)
    with pytest.raises(RegistryError, match="busy"):
        keep_still(looks, KIM, CALL, camera_id)
    assert left_in(tmp_path / "kept") == []
    # nor are the words of what went wrong in any program's log
    assert "a failed snapshot could not be recorded: RegistryError" in caplog.text
    assert "hunter2" not in caplog.text


def test_what_a_line_proves_stays_whatever_comes_after_the_line(
    looks: Looks, camera_id: str, tmp_path: Path
) -> None:
    def after(_: object) -> None:
        if lines(looks.door, "snapshot")[-1].result == "done":
            raise KeyboardInterrupt

    looks.door.registry.after_write(after)
    with pytest.raises(KeyboardInterrupt):
        keep_still(looks, KIM, CALL, camera_id)

    done = [one for one in lines(looks.door, "snapshot") if one.result == "done"]
    (line,) = done
    assert line.parameters["file"] in left_in(tmp_path / "kept")


def test_a_line_that_was_taken_back_leaves_no_files(
    looks: Looks, camera_id: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: Connection) -> None:
        message = "the disk is full"
        raise RegistryError(message)

    def breaks_off(connection: Connection, entry: Entry) -> int:
        event.listen(connection, "commit", full)
        return append(connection, entry)

    monkeypatch.setattr("coveragekit.access.evidence_files.append", breaks_off)
    with pytest.raises(RegistryError, match="full"):
        keep_still(looks, KIM, CALL, camera_id)
    assert left_in(tmp_path / "kept") == []
