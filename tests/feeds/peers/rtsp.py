"""The RTSP peer as a thing to start, stall, kill and start again."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.feeds.peers.scenes import Scene, write_units

PYTHON = "/usr/bin/python3"
SERVER = Path(__file__).with_name("rtsp_server.py")
_NEEDS = "import gi; gi.require_version('GstRtspServer', '1.0')"


def require() -> None:
    """Skip the test, or fail it where all is required, without GStreamer's server."""
    if Path(PYTHON).exists():
        done = subprocess.run([PYTHON, "-c", _NEEDS], capture_output=True, check=False)
        if done.returncode == 0:
            return
    message = "no GStreamer RTSP server; tests/feeds/README.md says how to get it"
    if os.environ.get("COVERAGEKIT_REQUIRE") == "all":
        pytest.fail(message)
    pytest.skip(message)


def make_media(folder: Path, names: Sequence[str] = ()) -> Path:
    """Write the scenes that the peer plays; all of them, or those named."""
    scenes: dict[str, list[Scene]] = {
        "sub": [Scene(pictures=80)],
        "f720": [
            Scene(width=1280, height=720, gop=40, bitrate=2_000_000, noise=40),
        ],
        "f1080": [
            Scene(width=1920, height=1080, gop=40, bitrate=4_000_000, noise=40),
        ],
        "h265": [Scene(codec="hevc", gop=20, pictures=60)],
        "bframes": [Scene(b_frames=2, pictures=60)],
        "resizing": [
            Scene(pictures=40),
            Scene(pictures=40, width=1280, height=720, first=1000),
        ],
    }
    for name in names or scenes:
        write_units(folder / f"{name}.units", scenes[name])
    return folder


class RtspPeer:
    """A running RTSP server; `address(name)` is where a mount is."""

    def __init__(self, folder: Path, words: Sequence[str] = (), port: int = 0) -> None:
        self.folder, self.words, self.port = folder, list(words), port
        self.process: subprocess.Popen[str] | None = None
        self.start()

    def start(self) -> None:
        """Start it, on the port it had before."""
        command = [PYTHON, str(SERVER), str(self.folder), "--port", str(self.port)]
        environment = {**os.environ, "GST_DEBUG": "0", "GST_REGISTRY_FORK": "no"}
        self.process = subprocess.Popen(
            [*command, *self.words],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=environment,
        )
        assert self.process.stdout is not None
        line = self.process.stdout.readline().split()
        assert line[:1] == ["ready"], "the RTSP peer did not start"
        self.port = int(line[1])

    def address(self, name: str, scheme: str = "rtsp") -> str:
        """Where a mount is."""
        return f"{scheme}://127.0.0.1:{self.port}/{name}"

    def freeze(self) -> None:
        """Stop it without a word; connections stay open."""
        assert self.process is not None
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        assert self.process is not None
        self.process.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        """End it at once."""
        assert self.process is not None
        self.process.kill()
        self.process.wait(10)

    def cpu_s(self) -> float:
        """Processor seconds that it has used."""
        assert self.process is not None
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")")[1]
        ticks = fields.split()[11:13]
        return sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")

    def stop(self) -> None:
        """End it and wait for its end."""
        if self.process is None:
            return
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(10)
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                pipe.close()
        self.process = None


@contextmanager
def rtsp_peer(folder: Path, *words: str, port: int = 0) -> Iterator[RtspPeer]:
    """Run an RTSP server over the scenes of a folder."""
    require()
    peer = RtspPeer(folder, words, port)
    try:
        yield peer
    finally:
        peer.stop()


def wait_until(holds: object, seconds: float = 20.0) -> None:
    """Wait until a call gives something true; fail when it never does."""
    assert callable(holds)
    ends = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < ends, "it never came to that"
        time.sleep(0.02)
