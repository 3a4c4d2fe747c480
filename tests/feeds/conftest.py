"""Cameras to look at, started once for the whole room."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.feeds.peers.hls import make_film
from tests.feeds.peers.papers import Papers, make_papers
from tests.feeds.peers.rtsp import RtspPeer, make_media, require, rtsp_peer
from tests.feeds.peers.web import WebPeer, web_peer

# Debian's own Python runs it; ours has no GStreamer, and looks into every module.
collect_ignore = ["peers/rtsp_server.py"]


@pytest.fixture(scope="session")
def media(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the folder of small scenes that the RTSP peers play."""
    require()
    folder = tmp_path_factory.mktemp("media")
    return make_media(folder, ("sub", "h265", "bframes", "resizing"))


@pytest.fixture(scope="session")
def camera(media: Path) -> Iterator[RtspPeer]:
    """Give an RTSP camera that asks for nothing; tests neither stall nor kill it."""
    with rtsp_peer(media) as peer:
        yield peer


@pytest.fixture(scope="session")
def papers(tmp_path_factory: pytest.TempPathFactory) -> Papers:
    """Give a certificate for this machine that nobody signed."""
    folder = tmp_path_factory.mktemp("papers")
    return make_papers(folder, "camera", hosts=("127.0.0.1", "localhost"))


@pytest.fixture(scope="session")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a film of five seconds with a keyframe each second."""
    return make_film(tmp_path_factory.mktemp("film") / "film.mp4", 100)


@pytest.fixture
def web() -> Iterator[WebPeer]:
    """Give a camera that speaks HTTP."""
    with web_peer() as peer:
        yield peer
