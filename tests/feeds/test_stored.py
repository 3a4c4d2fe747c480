"""Footage that a device keeps: of the time that was asked for, whole, and no other."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import av
import pytest

from coveragekit.feeds.replaying import Shot
from coveragekit.feeds.stored import Stored
from tests.feeds.looking import PATIENT, gate_for, target_at
from tests.feeds.peers import scenes
from tests.feeds.peers.hls import make_film, make_folder
from tests.feeds.peers.web import WebPeer, web_peer

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def cut(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a film of ten seconds cut into segments of one."""
    folder = tmp_path_factory.mktemp("cut")
    return make_folder(make_film(folder / "film.mp4"), folder / "segments")


def dated(text: str, *, gap_after: int | None = None, gap_s: float = 60.0) -> str:
    """Write into a playlist when each segment was filmed, with a gap if wanted."""
    at, lines, number = NOON, [], 0
    for line in text.splitlines():
        if line.startswith("#EXTINF"):
            if number == gap_after:
                at += timedelta(seconds=gap_s)
                lines.append("#EXT-X-DISCONTINUITY")
            lines.append(f"#EXT-X-PROGRAM-DATE-TIME:{at.isoformat()}")
            at += timedelta(seconds=float(re.findall(r"[\d.]+", line)[0]))
            number += 1
        lines.append(line)
    return "\n".join(lines) + "\n"


@pytest.fixture
def shelf(cut: Path) -> Iterator[WebPeer]:
    """Give a recorder whose playlist says when its pictures were taken."""
    with web_peer(folder=cut) as peer:
        text = dated((cut / "live.m3u8").read_text())
        peer.give("/dated.m3u8", text.encode(), "application/vnd.apple.mpegurl")
        yield peer


def stored(peer: WebPeer, start_s: float, end_s: float, page="/dated.m3u8") -> Stored:
    target = target_at("rtsp://127.0.0.1:9/", replay=peer.address(page))
    return Stored(
        target,
        gate_for(peer.port),
        start_at=NOON + timedelta(seconds=start_s),
        end_at=NOON + timedelta(seconds=end_s),
        bounds=PATIENT,
    )


def numbers_of(shots: list[Shot]) -> list[int | None]:
    """Decode pictures and read their numbers."""
    decoder = av.CodecContext.create(shots[0].shape.codec, "r")
    decoder.extradata = shots[0].shape.extradata
    packets = [av.Packet(one.clean.data) for one in shots]
    frames = [frame for packet in (*packets, None) for frame in decoder.decode(packet)]
    return [scenes.read(frame.to_ndarray(format="gray")) for frame in frames]


def test_footage_begins_at_the_keyframe_before_and_ends_in_time(
    shelf: WebPeer,
) -> None:
    shots = list(stored(shelf, 3.5, 6.0).shots())

    assert numbers_of(shots) == list(range(60, 120))
    assert {one.run for one in shots} == {0}
    times = [(one.at - NOON).total_seconds() for one in shots]
    assert times == pytest.approx([3 + number / 20 for number in range(60)], abs=0.03)
    # neither what lies before nor what lies behind was fetched
    asked = [path for path in shelf.paths() if path.endswith(".ts")]
    assert "/live0.ts" not in asked
    assert "/live9.ts" not in asked
