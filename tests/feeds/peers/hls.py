"""HLS as ffmpeg makes it: a camera's segments in a folder that the web peer serves."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.feeds.peers.rtsp import wait_until
from tests.feeds.peers.scenes import Scene, write_mp4
from tests.feeds.peers.web import WebPeer, web_peer

SEGMENT_S = 1


def make_film(path: Path, pictures: int = 200) -> Path:
    """Write the film that is played in a circle: 10 s, a keyframe each second."""
    return write_mp4(path, Scene(pictures=pictures, gop=20))


def make_folder(film: Path, folder: Path, *words: str) -> Path:
    """Cut a film into segments and a playlist with an end, at once."""
    folder.mkdir(parents=True, exist_ok=True)
    _run(film, folder, [*words, "-hls_list_size", "0"], live=False).wait(60)
    return folder


@contextmanager
def hls_peer(film: Path, folder: Path, *words: str) -> Iterator[WebPeer]:
    """Run ffmpeg at the film's own pace, and a server over what it writes."""
    folder.mkdir(parents=True, exist_ok=True)
    flags = ["-hls_list_size", "5", "-hls_flags", "delete_segments+program_date_time"]
    process = _run(film, folder, [*flags, *words], live=True)
    try:
        with web_peer(folder=folder) as peer:
            wait_until((folder / "live.m3u8").exists)
            yield peer
    finally:
        process.kill()
        process.wait(10)


def _run(
    film: Path, folder: Path, words: list[str], *, live: bool
) -> subprocess.Popen[bytes]:
    ffmpeg = shutil.which("ffmpeg")
    assert ffmpeg, "no ffmpeg; tests/feeds/README.md says how to get it"
    pace = ["-re", "-stream_loop", "-1"] if live else []
    cut = ["-c", "copy", "-f", "hls", "-hls_time", str(SEGMENT_S), *words]
    return subprocess.Popen(
        [ffmpeg, "-v", "error", *pace, "-i", str(film), *cut, "live.m3u8"],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
