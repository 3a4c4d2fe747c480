"""One picture of a camera, whatever it offers, looked at."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from coveragekit.errors import (
    FeedBroken,
    FeedError,
    FeedLoginError,
    FeedTimeout,
    FeedUnsupported,
)
from coveragekit.feeds.grabbing import grab
from coveragekit.feeds.masks import Mask
from coveragekit.feeds.opening import open_feed
from tests.feeds.looking import (
    QUICK,
    SLACK_S,
    Watch,
    gate_for,
    is_counting,
    login_of,
    numbers,
    target_at,
)
from tests.feeds.peers import scenes
from tests.feeds.peers.hostile import hostile_peer, silent
from tests.feeds.peers.rtsp import RtspPeer
from tests.feeds.peers.web import WebPeer, number_of, web_peer

TOP = Mask(((0.0, 0.0), (1.0, 0.0), (1.0, 0.3), (0.0, 0.3)), "solid")


def grey_of(jpeg: bytes) -> np.ndarray:
    with Image.open(io.BytesIO(jpeg)) as picture:
        return np.asarray(picture.convert("L"))


@pytest.mark.parametrize("mount", ["sub", "h265", "bframes", "live"])
def test_the_next_keyframe_is_a_picture(camera: RtspPeer, mount: str) -> None:
    still = grab(target_at(camera.address(mount)), gate_for(camera.port), masks=())

    assert number_of(still.jpeg) is not None
    assert grey_of(still.jpeg).shape == (360, 640)


def test_a_picture_in_slices_is_whole(camera: RtspPeer) -> None:
    still = grab(target_at(camera.address("sliced")), gate_for(camera.port), masks=())

    picture = grey_of(still.jpeg).astype(int)
    # the scene is a ramp from left to right in every row; a lost slice is one grey
    across = np.median(picture[250:], axis=0)
    assert across.max() - across.min() > 60
    assert number_of(still.jpeg) is not None


def test_the_devices_own_picture_is_taken_where_there_is_one(web: WebPeer) -> None:
    target = target_at("rtsp://127.0.0.1:9/", snapshot=web.address("/snap.jpg"))

    still = grab(target, gate_for(web.port), masks=())

    assert number_of(still.jpeg) == 1
    assert len(web.asked) == 1


def test_a_picture_that_is_not_there_is_made_of_the_stream(
    web: WebPeer, camera: RtspPeer
) -> None:
    target = target_at(camera.address("sub"), snapshot=web.address("/none"))

    still = grab(target, gate_for(web.port, camera.port), masks=())

    assert number_of(still.jpeg) is not None


def test_what_is_masked_is_in_no_picture(web: WebPeer, camera: RtspPeer) -> None:
    gate = gate_for(web.port, camera.port)
    targets = (
        target_at(camera.address("sub")),
        target_at("rtsp://127.0.0.1:9/", snapshot=web.address("/snap.jpg")),
    )
    for target in targets:
        picture = grey_of(grab(target, gate, masks=[TOP]).jpeg)

        assert scenes.read(picture) is None
        assert np.ptp(picture[: 360 * 3 // 10 - 8].astype(int)) < 30
        assert np.ptp(picture[200:].astype(int)) > 60


def test_a_smaller_picture_is_made_where_one_is_wanted(web: WebPeer) -> None:
    target = target_at("rtsp://127.0.0.1:9/", snapshot=web.address("/snap.jpg"))

    still = grab(target, gate_for(web.port), masks=(), width_px=320)

    assert grey_of(still.jpeg).shape == (180, 320)


def test_a_refused_login_is_not_tried_on_the_stream_too() -> None:
    with web_peer(login=("basic", "ann", "right")) as web, hostile_peer(silent) as peer:
        target = target_at(
            f"rtsp://127.0.0.1:{peer.port}/",
            snapshot=web.address("/snap.jpg"),
            login=login_of("ann", "wrong"),
        )

        with pytest.raises(FeedLoginError):
            grab(target, gate_for(web.port, peer.port), masks=())

        assert peer.count == 0


def test_a_dead_device_is_told_in_time() -> None:
    with hostile_peer(silent) as peer:
        target = target_at(f"rtsp://127.0.0.1:{peer.port}/")
        with Watch() as watch, pytest.raises(FeedTimeout, match="camera cam_7"):
            grab(target, gate_for(peer.port), masks=(), bounds=QUICK)

    assert watch.took_s < QUICK.open_s + SLACK_S


def test_recorded_files_are_read_in_order_and_have_an_end(film: Path) -> None:
    gate = gate_for(1, file_root=film.parent)
    reading = open_feed(target_at("recording://film.mp4"), gate)

    seen = numbers(reading, 1000)
    reading.close()

    # the decoder keeps the last ones back, as nobody tells it of the end
    assert is_counting(seen, 1000)
    assert len(seen) >= 95
    assert number_of(
        grab(target_at("recording://film.mp4"), gate, masks=()).jpeg
    ) in range(100)


def test_files_of_other_kinds_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("rtsp://10.0.0.5/")
    (tmp_path / "list.mp4").write_text("ffconcat version 1.0\nfile /etc/passwd\n")
    (tmp_path / "sound.m3u8").write_text("#EXTM3U\n#EXTINF:1,\n/etc/passwd\n")
    gate = gate_for(1, file_root=tmp_path)
    kinds: dict[str, type[FeedError]] = {
        "a.txt": FeedUnsupported,
        "sound.m3u8": FeedUnsupported,
        "list.mp4": FeedBroken,
    }

    for name, kind in kinds.items():
        with pytest.raises(kind, match="cam_7"):
            open_feed(target_at(f"recording://{name}"), gate)
