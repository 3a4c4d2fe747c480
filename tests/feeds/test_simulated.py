"""Made-up cameras: what they film is true to its moment, and nobody else is served."""

from __future__ import annotations

import io
import threading
import time
from datetime import UTC, datetime, timedelta, timezone

import av
import httpx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from coveragekit.errors import FeedBroken, InputError
from coveragekit.feeds import simulated_stream
from coveragekit.feeds.simulated_scene import draw_scene, read_clock, scene_of
from coveragekit.feeds.simulated_server import SimulatedCameras
from coveragekit.feeds.simulated_stream import PLAYLIST, SimulatedStream

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
moments = st.datetimes(
    datetime(1990, 1, 1),  # noqa: DTZ001 - the strategy adds the zone
    datetime(2099, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)


def _pixels(jpeg: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(jpeg)).convert("RGB"))


def _wait_for(is_so, within_s: float = 10.0) -> None:
    ends_s = time.monotonic() + within_s
    while not is_so():
        assert time.monotonic() < ends_s, "it did not come in time"
        time.sleep(0.02)


@given(moments)
@settings(max_examples=40, deadline=None)
def test_the_clock_is_read_back_from_a_jpeg_of_half_the_size(at):
    drawn = draw_scene(scene_of("cam_1", has_clock_bits=True), at)
    held = io.BytesIO()
    drawn.resize((320, 180)).save(held, "JPEG", quality=70)
    read = read_clock(_pixels(held.getvalue()))
    assert read is not None
    assert timedelta(0) <= at - read < timedelta(milliseconds=1)


def test_a_picture_without_the_strip_tells_no_time():
    assert read_clock(np.asarray(draw_scene(scene_of("cam_1"), NOON))) is None


def test_a_street_is_the_same_for_a_moment_and_moves_between_two():
    scene = scene_of("cam_1")
    first = np.asarray(draw_scene(scene, NOON)).astype(int)
    again = np.asarray(draw_scene(scene, NOON.astimezone(timezone(timedelta(hours=2)))))
    later = np.asarray(draw_scene(scene, NOON + timedelta(seconds=1))).astype(int)
    other = np.asarray(draw_scene(scene_of("cam_2"), NOON)).astype(int)
    assert np.array_equal(first, again)
    road = slice(200, 330)
    assert (np.abs(first[road] - later[road]).sum(axis=-1) > 60).mean() > 0.01
    assert (np.abs(first - other).sum(axis=-1) > 60).mean() > 0.1
    assert draw_scene(scene_of("cam_1", is_night=True), NOON).convert("L").resize(
        (1, 1)
    ).getpixel((0, 0)) < 0.6 * Image.fromarray(first.astype("uint8")).convert(
        "L"
    ).resize((1, 1)).getpixel((0, 0))


def test_a_moment_without_a_zone_and_a_camera_without_an_id_are_refused():
    with pytest.raises(InputError, match="without a time zone"):
        draw_scene(scene_of("cam_1"), datetime(2026, 5, 4))  # noqa: DTZ001
    with pytest.raises(InputError, match="the one given is empty"):
        scene_of("")


def test_segments_hold_the_moments_they_were_filmed_at_and_begin_with_a_key():
    scene = scene_of("cam_1", has_clock_bits=True)
    with SimulatedStream(scene, segment_s=0.5) as stream:
        began_at = datetime.now(UTC)
        _wait_for(lambda: (stream.file(PLAYLIST) or b"").count(b".ts") >= 3)
        names = [
            line
            for line in (stream.file(PLAYLIST) or b"").decode().splitlines()
            if line.endswith(".ts")
        ]
        parts = [stream.file(name) for name in names[:3]]
    read: list[datetime] = []
    for part in parts:
        assert part is not None
        with av.open(io.BytesIO(part)) as opened:
            packet = next(iter(opened.demux(video=0)))
            assert packet.is_keyframe
        with av.open(io.BytesIO(part)) as opened:
            for frame in opened.decode(video=0):
                at = read_clock(frame.to_ndarray(format="rgb24"))
                assert at is not None
                read.append(at)
    assert read == sorted(set(read))
    assert abs(read[0] - began_at) < timedelta(seconds=5)
    # three segments of half a second, one picture more or less at their ends
    assert 1.0 <= (read[-1] - read[0]).total_seconds() <= 3.0


def test_a_stream_that_nobody_asks_rests_and_wakes_again():
    with SimulatedStream(scene_of("cam_1"), segment_s=0.3, idle_s=1.5) as stream:
        assert not stream.is_filming
        assert stream.file(PLAYLIST)
        assert stream.is_filming
        _wait_for(lambda: not stream.is_filming)
        assert stream.file(PLAYLIST)
        assert stream.is_filming
    assert not stream.is_filming


def test_a_stream_gives_no_file_but_its_own(tmp_path):
    (tmp_path / "secret.ts").write_bytes(b"secret")
    with SimulatedStream(scene_of("cam_1"), segment_s=0.3) as stream:
        for name in (f"{tmp_path}/secret.ts", "../secret.ts", "..", "", "part9.ts"):
            assert stream.file(name) is None


def test_filming_that_does_not_begin_is_told(monkeypatch):
    def broken(*_: object, **__: object) -> None:
        raise av.error.InvalidDataError(1, "no encoder", "/somewhere")

    monkeypatch.setattr(simulated_stream.av, "open", broken)
    with (
        SimulatedStream(scene_of("cam_1")) as stream,
        pytest.raises(FeedBroken, match="cam_1 did not begin"),
    ):
        stream.file(PLAYLIST, within_s=2.0)


def test_the_server_gives_a_picture_that_advances():
    scene = scene_of("cam /1", has_clock_bits=True)
    with SimulatedCameras([scene]) as cameras:
        address = cameras.address("cam /1", "snapshot")
        first = read_clock(_pixels(httpx.get(address).content))
        time.sleep(0.05)
        second = read_clock(_pixels(httpx.get(address).content))
        assert first is not None
        assert second is not None
        assert first < second


def test_the_server_sends_moving_pictures_and_lets_go_when_closed():
    scene = scene_of("cam_1", has_clock_bits=True)
    clocks: list[datetime | None] = []
    with (
        SimulatedCameras([scene]) as cameras,
        httpx.stream("GET", cameras.address("cam_1", "mjpeg"), timeout=10) as answer,
    ):
        assert answer.headers["content-type"].endswith("boundary=picture")
        held = b""
        for chunk in answer.iter_raw():
            held += chunk
            while (end := held.find(b"\xff\xd9\r\n--picture")) >= 0:
                begin = held.find(b"\xff\xd8")
                clocks.append(read_clock(_pixels(held[begin : end + 2])))
                held = held[end + 4 :]
            if len(clocks) >= 3:
                break
    told = [at for at in clocks if at is not None]
    assert len(told) == len(clocks)
    assert told == sorted(set(told))
    _wait_for(lambda: not any("simulated" in one.name for one in threading.enumerate()))


def test_the_server_answers_this_machine_by_its_name_alone():
    with SimulatedCameras([scene_of("cam_1")]) as cameras:
        address = cameras.address("cam_1", "snapshot")
        # a page of another site may have its name point at this machine
        assert httpx.get(address, headers={"Host": "evil.example"}).status_code == 404
        base = f"http://127.0.0.1:{cameras.port}"
        for path in ("/", "/cam_2/picture.jpg", "/cam_1/..%2f..%2fetc%2fpasswd"):
            assert httpx.get(base + path).status_code == 404
        assert httpx.post(address).status_code == 501


def test_what_the_server_cannot_serve_is_refused():
    with pytest.raises(InputError, match="0 simulated cameras"):
        SimulatedCameras([])
    with pytest.raises(InputError, match="2 simulated cameras with 1 ids"):
        SimulatedCameras([scene_of("cam_1"), scene_of("cam_1")])
    with (
        SimulatedCameras([scene_of("cam_1")]) as cameras,
        pytest.raises(InputError, match="no simulated camera 'cam_2'"),
    ):
        cameras.address("cam_2")


def test_a_camera_with_a_login_shows_itself_to_nobody_else():
    scenes = [scene_of("cam_1"), scene_of("cam_2")]
    with SimulatedCameras(scenes, logins={"cam_1": "ann:a:b"}) as cameras:
        asked = {form: cameras.address("cam_1", form) for form in ("hls", "snapshot")}
        for address in asked.values():
            for auth in (None, ("ann", "a"), ("ann", "a:bc"), ("", "")):
                refused = httpx.get(address, auth=auth)
                assert refused.status_code == 401
                assert refused.headers["www-authenticate"].startswith("Basic realm=")
                assert refused.content == b""
        shown = httpx.get(asked["snapshot"], auth=("ann", "a:b"))
        assert shown.content.startswith(b"\xff\xd8")
        # the other one asks for none
        assert httpx.get(cameras.address("cam_2", "snapshot")).status_code == 200
    with pytest.raises(InputError, match="'cam_3', which is none of the 2"):
        SimulatedCameras(scenes, logins={"cam_3": "ann:a"})


def test_a_name_with_accents_is_burnt_in_with_them() -> None:
    at = datetime(2026, 5, 4, 12, tzinfo=UTC)
    names = ("Lönnrotinkatu", "Lånnrotinkatu", "Lännrotinkatu")
    # the burnt-in name alone: scenes of other names are other streets
    shown = [draw_scene(scene_of(one), at).crop((100, 6, 210, 25)) for one in names]
    # a box in place of each letter would make them all alike
    assert len({one.tobytes() for one in shown}) == 3
