"""HLS by what is seen in its pictures, and every address in it through the gate."""

from __future__ import annotations

import re
import shutil
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coveragekit.errors import (
    FeedBroken,
    FeedError,
    FeedForbidden,
    FeedNotFound,
    FeedTimeout,
    FeedUnsupported,
    InputError,
)
from coveragekit.feeds.opening import open_feed
from coveragekit.feeds.pieces import Reading
from coveragekit.feeds.playlists import parse_playlist
from tests.feeds.looking import (
    PATIENT,
    SLACK_S,
    STALLING,
    Watch,
    gate_for,
    is_counting,
    login_of,
    numbers,
    opened,
    target_at,
)
from tests.feeds.peers.hls import hls_peer, make_folder
from tests.feeds.peers.rtsp import wait_until
from tests.feeds.peers.web import WebPeer, answer, web_peer

CIRCLE = 100


@pytest.fixture(scope="module")
def live(film: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebPeer]:
    """Give a live stream in MPEG-TS with the times of its segments."""
    with hls_peer(film, tmp_path_factory.mktemp("live")) as peer:
        yield peer


@pytest.fixture(scope="module")
def cut(film: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder with the film in segments and a playlist with an end."""
    return make_folder(film, tmp_path_factory.mktemp("cut"))


@pytest.fixture
def shelf(cut: Path, tmp_path: Path) -> Iterator[WebPeer]:
    """Give a server over a copy of the film in segments."""
    folder = shutil.copytree(cut, tmp_path / "shelf")
    with web_peer(folder=folder) as peer:
        yield peer


def recorded(peer: WebPeer, at: datetime) -> Reading:
    target = target_at("rtsp://127.0.0.1/", replay=peer.address("/live.m3u8"))
    return open_feed(target, gate_for(peer.port), at=at, bounds=PATIENT)


def test_a_live_stream_shows_its_pictures_in_order_and_in_time(live: WebPeer) -> None:
    reading = opened(live.address("/live.m3u8"), live.port)

    with Watch() as watch:
        seen = numbers(reading, 50)
    reading.close()

    # a machine that is starved for seconds goes on at the live edge
    steps = [is_counting(list(pair), CIRCLE) for pair in pairwise(seen)]
    assert sum(steps) >= 47
    # 50 pictures at 20 a second, though two segments were there at once
    assert watch.took_s > 1.8
    assert reading.info.codec == "h264"


def test_pictures_come_in_their_own_time_though_segments_come_at_once(
    shelf: WebPeer,
) -> None:
    reading = opened(shelf.address("/live.m3u8"), shelf.port)

    with Watch() as watch:
        seen = numbers(reading, 31)
    reading.close()

    assert seen == list(range(31))
    # 30 steps of a twentieth, less what a late picture is forgiven
    assert watch.took_s > 1.0


def test_fragmented_mp4_is_read_too(film: Path, tmp_path: Path) -> None:
    folder = make_folder(film, tmp_path / "mp4", "-hls_segment_type", "fmp4")
    with web_peer(folder=folder) as peer:
        reading = opened(peer.address("/live.m3u8"), peer.port)
        seen = numbers(reading, 30)
        reading.close()

        assert seen == list(range(30))
        assert "/init.mp4" in peer.paths()


def test_parts_of_one_file_are_read_as_segments(film: Path, tmp_path: Path) -> None:
    folder = make_folder(film, tmp_path / "one", "-hls_flags", "single_file")
    with web_peer(folder=folder) as peer:
        reading = opened(peer.address("/live.m3u8"), peer.port)
        seen = numbers(reading, 30)
        reading.close()

        assert seen == list(range(30))
        assert any("Range" in headers for _, headers in peer.asked)


def test_an_encrypted_stream_is_read_with_its_key(film: Path, tmp_path: Path) -> None:
    key = tmp_path / "key"
    key.write_bytes(bytes(range(16)))
    (tmp_path / "info").write_text(f"key.bin\n{key}\n")
    words = ("-hls_key_info_file", str(tmp_path / "info"))
    folder = make_folder(film, tmp_path / "encrypted", *words)
    shutil.copy(key, folder / "key.bin")
    with web_peer(folder=folder) as peer:
        reading = opened(peer.address("/live.m3u8"), peer.port)
        assert numbers(reading, 30) == list(range(30))
        reading.close()
        assert peer.paths().count("/key.bin") == 1

        (folder / "key.bin").write_bytes(bytes(16))
        with pytest.raises(FeedBroken):
            opened(peer.address("/live.m3u8"), peer.port)


def test_the_form_that_is_wanted_is_chosen(shelf: WebPeer) -> None:
    shelf.give(
        "/all.m3u8",
        b"#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=100\n/small/live.m3u8\n"
        b"#EXT-X-STREAM-INF:BANDWIDTH=900\n/live.m3u8\n",
    )
    assert shelf.folder is not None
    shutil.copytree(shelf.folder, shelf.folder / "small")
    address = shelf.address("/all.m3u8")
    target = target_at(address, substream=address)
    opened(address, shelf.port).close()
    assert "/small/live.m3u8" not in shelf.paths()

    small = target_at(shelf.address("/all.m3u8?x"), substream=address)
    open_feed(small, gate_for(shelf.port), want="sub").close()

    assert "/small/live.m3u8" in shelf.paths()
    assert target.substream == address


def test_the_window_of_a_stream_is_had_by_time(live: WebPeer) -> None:
    assert live.folder is not None
    page = live.folder / "live.m3u8"

    def times() -> list[str]:
        return re.findall(r"DATE-TIME:(\S+)", page.read_text())

    wait_until(lambda: len(times()) >= 4)
    now = datetime.now(UTC)

    # the oldest ones may be gone before they are asked for
    reading = recorded(live, datetime.fromisoformat(times()[2]))
    seen = numbers(reading, 15)
    reading.close()

    assert is_counting(seen, CIRCLE)
    with pytest.raises(FeedNotFound, match="no recording of that time"):
        recorded(live, now - timedelta(hours=1))
    with pytest.raises(FeedNotFound):
        recorded(live, now + timedelta(hours=1))
    with pytest.raises(InputError, match="zone"):
        recorded(live, datetime(2026, 1, 1))  # noqa: DTZ001 - the fault itself


def test_a_stream_without_times_says_so(shelf: WebPeer) -> None:
    with pytest.raises(FeedUnsupported, match="when its pictures were taken"):
        recorded(shelf, datetime.now(UTC))


def test_a_camera_without_recordings_says_so() -> None:
    with pytest.raises(FeedUnsupported, match="no recorded footage"):
        open_feed(target_at("rtsp://127.0.0.1/"), gate_for(1), at=datetime.now(UTC))


def test_a_playlist_behind_a_login_is_read(shelf: WebPeer) -> None:
    shelf.login = ("digest", "ann", "secret")

    reading = opened(
        shelf.address("/live.m3u8"), shelf.port, login=login_of("ann", "secret")
    )

    assert numbers(reading, 5) == list(range(5))
    reading.close()


@pytest.mark.parametrize(
    "uri",
    [
        "http://169.254.169.254/latest/meta-data/",
        "http://127.0.0.1:1/a.ts",
        "http://localhost:22/a.ts",
        "http://10.0.0.5/a.ts",
        "http://[::ffff:10.0.0.5]/a.ts",
        "http://8.8.8.8/a.ts",
        "file:///etc/passwd",
        "concat:/etc/passwd|/etc/hosts",
        "subfile,,start,0,end,9,,:/etc/passwd",
        "lavfi:testsrc",
        "data:video/mp2t;base64,R0A=",
        "gopher://127.0.0.1/",
    ],
)
@pytest.mark.parametrize(
    "line",
    [
        "#EXTINF:1,\n{}",
        '#EXT-X-KEY:METHOD=AES-128,URI="{}"\n#EXTINF:1,\nlive0.ts',
        '#EXT-X-MAP:URI="{}"\n#EXTINF:1,\nlive0.ts',
        "#EXT-X-STREAM-INF:BANDWIDTH=1\n{}",
    ],
)
def test_a_playlist_leads_nowhere_outside_the_gate(
    shelf: WebPeer, line: str, uri: str
) -> None:
    text = f"#EXTM3U\n#EXT-X-TARGETDURATION:1\n{line.format(uri)}\n"
    shelf.give("/bad.m3u8", text.encode())

    # what looks like a path is asked of the camera itself, and is not there
    with pytest.raises((FeedForbidden, FeedNotFound), match="cam_7: it"):
        opened(shelf.address("/bad.m3u8"), shelf.port)


def test_a_segment_that_turns_elsewhere_is_not_followed(shelf: WebPeer) -> None:
    shelf.redirect("/live0.ts", "http://169.254.169.254/latest/meta-data/")

    with pytest.raises(FeedForbidden):
        opened(shelf.address("/live.m3u8"), shelf.port)


def test_a_later_segment_is_refused_in_the_midst(shelf: WebPeer) -> None:
    shelf.redirect("/live2.ts", "http://10.0.0.5/live2.ts")
    reading = opened(shelf.address("/live.m3u8"), shelf.port)

    with pytest.raises(FeedForbidden):
        for _ in reading.pieces():
            pass
    reading.close()


def test_the_end_of_a_stream_is_a_loss(shelf: WebPeer) -> None:
    reading = opened(shelf.address("/live.m3u8"), shelf.port)

    with pytest.raises(FeedBroken, match="in the midst"):
        for _ in reading.pieces():
            pass
    reading.close()


def test_a_playlist_that_does_not_go_on_is_told_in_time(shelf: WebPeer) -> None:
    assert shelf.folder is not None
    text = (shelf.folder / "live.m3u8").read_text().replace("#EXT-X-ENDLIST", "")
    (shelf.folder / "live.m3u8").write_text(text)
    reading = open_feed(
        target_at(shelf.address("/live.m3u8")), gate_for(shelf.port), bounds=STALLING
    )

    with Watch() as watch, pytest.raises(FeedTimeout, match="does not go on"):
        for _ in reading.pieces():
            pass
    reading.close()

    # two segments of a second each are played first
    assert watch.took_s < 2 + STALLING.stall_s + SLACK_S


def test_a_server_that_is_gone_is_told(film: Path, tmp_path: Path) -> None:
    with hls_peer(film, tmp_path) as peer:
        reading = opened(peer.address("/live.m3u8"), peer.port)
        next(reading.pieces())
    # the server is closed now, its port with it

    with pytest.raises(FeedError, match="cam_7"):
        for _ in reading.pieces():
            pass
    reading.close()


def test_closing_wakes_whoever_reads_and_ends_the_fetching(shelf: WebPeer) -> None:
    assert shelf.folder is not None
    text = (shelf.folder / "live.m3u8").read_text().replace("#EXT-X-ENDLIST", "")
    (shelf.folder / "live.m3u8").write_text(text)
    reading = opened(shelf.address("/live.m3u8"), shelf.port)
    done = threading.Event()

    def read() -> None:
        for _ in reading.pieces():
            pass
        done.set()

    reader = threading.Thread(target=read)
    reader.start()
    with Watch() as watch:
        reading.close()
        assert done.wait(20)
    reader.join()
    fetching = [one for one in threading.enumerate() if one.name == "feed segments"]
    for thread in fetching:
        thread.join(20)

    assert watch.took_s < SLACK_S
    assert not any(thread.is_alive() for thread in fetching)


@pytest.mark.parametrize(
    "text",
    [
        "hello",
        "#EXTM3U\n#EXT-X-TARGETDURATION:1\n",
        "#EXTM3U\n#EXTINF:1,\na.ts\n",
        "#EXTM3U\n#EXT-X-TARGETDURATION:x\n#EXTINF:1,\na.ts\n",
        "#EXTM3U\n#EXT-X-TARGETDURATION:nan\n#EXTINF:1,\na.ts\n",
        "#EXTM3U\n#EXT-X-TARGETDURATION:1e9\n#EXTINF:1,\na.ts\n",
        "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXT-X-BYTERANGE:-5@0\na.ts\n",
        "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXT-X-PROGRAM-DATE-TIME:soon\na.ts\n",
        '#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXT-X-KEY:METHOD=SAMPLE-AES,URI="k"\na.ts',
        '#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXT-X-KEY:METHOD=AES-128,IV=0xZZ,URI="k"\na',
        '#EXTM3U\n#EXT-X-DEFINE:NAME="a",VALUE="b"\n',
        "#EXTM3U\n" + "#EXTINF:1,\na.ts\n" * 20_000,
    ],
)
def test_a_playlist_that_cannot_be_read_is_told(shelf: WebPeer, text: str) -> None:
    shelf.give("/live.m3u8", text.encode(), "application/vnd.apple.mpegurl")

    with pytest.raises((FeedBroken, FeedUnsupported), match="cam_7"):
        opened(shelf.address("/live.m3u8"), shelf.port)


def test_segments_that_are_no_video_are_told(shelf: WebPeer) -> None:
    for number in range(10):
        shelf.give(f"/live{number}.ts", b"this is no video " * 5000)

    with pytest.raises(FeedBroken):
        opened(shelf.address("/live.m3u8"), shelf.port)


def test_segments_without_end_and_without_video_are_told_in_time(
    shelf: WebPeer,
) -> None:
    def playlist(handler: BaseHTTPRequestHandler) -> None:
        newest = int((time.monotonic() - began_s) * 5) + 3
        names = "".join(f"#EXTINF:0.2,\n{n}.ts\n" for n in range(newest - 3, newest))
        head = f"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXT-X-MEDIA-SEQUENCE:{newest - 3}\n"
        answer(handler, (head + names).encode(), "text/plain")

    began_s = time.monotonic()
    shelf.routes["/bad.m3u8"] = playlist
    for number in range(100):
        shelf.give(f"/{number}.ts", b"this is no video " * 20)

    with Watch() as watch, pytest.raises(FeedTimeout, match="holds no pictures"):
        open_feed(
            target_at(shelf.address("/bad.m3u8")),
            gate_for(shelf.port),
            bounds=STALLING,
        )

    assert watch.took_s < STALLING.stall_s + SLACK_S


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused(text: str) -> None:
    for whole in (text, f"#EXTM3U\n#EXT-X-TARGETDURATION:2\n{text}"):
        try:
            told = parse_playlist(whole, "http://10.20.3.4/a/b.m3u8")
        except (FeedBroken, FeedUnsupported):
            continue
        assert all(segment.uri for segment in told.segments)


def test_times_go_on_from_the_last_that_was_told() -> None:
    told = parse_playlist(
        "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXT-X-MEDIA-SEQUENCE:41\n"
        "#EXT-X-PROGRAM-DATE-TIME:2026-11-22T10:00:00.500Z\n"
        "#EXTINF:2,\na.ts\n#EXTINF:1.5,\nb.ts\n#EXT-X-GAP\n#EXTINF:2,\nc.ts\n"
        "#EXT-X-DISCONTINUITY\n#EXTINF:2,\nd.ts\n",
        "http://10.20.3.4/x/y.m3u8",
    )

    assert [one.number for one in told.segments] == [41, 42, 44]
    assert [one.begins_anew for one in told.segments] == [False, False, True]
    assert told.segments[1].starts_at == datetime(
        2026, 11, 22, 10, 0, 2, 500_000, tzinfo=UTC
    )
    assert told.segments[0].uri == "http://10.20.3.4/x/a.ts"
    assert not told.is_ended
