"""Stills and clips are kept by those who may, whole, and the log proves them."""

from __future__ import annotations

import hashlib
import json
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from coveragekit.access import Door
from coveragekit.access.evidence import keep_still
from coveragekit.access.feed_settings import FeedSettings
from coveragekit.access.looking import Looks
from coveragekit.feeds.gate import Gate
from coveragekit.feeds.jpeg import decoded_jpeg
from tests.access.pictures import lines, with_feed
from tests.access.scene import CALL, EVERYTHING, KIM, Scene
from tests.feeds.peers import scenes
from tests.feeds.peers.rtsp import RtspPeer, make_media, require, rtsp_peer

CIRCLE = 80


@pytest.fixture(scope="module")
def peer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RtspPeer]:
    """Give a camera that plays numbered pictures in a circle."""
    require()
    media = make_media(tmp_path_factory.mktemp("media"), ["sub"])
    with rtsp_peer(media) as running:
        yield running


@pytest.fixture
def looks(door: Door, peer: RtspPeer, tmp_path: Path) -> Iterator[Looks]:
    """Give the room where feeds are opened, with the one camera allowed."""
    gate = Gate(exempt=frozenset({("127.0.0.1", peer.port)}))
    with Looks(door, FeedSettings(gate, evidence=tmp_path / "kept")) as room:
        yield room


@pytest.fixture
def camera_id(scene: Scene, peer: RtspPeer) -> str:
    """Give a camera whose owner agreed to everything."""
    return with_feed(scene, scene.integrated(EVERYTHING), peer.address("sub"))


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
