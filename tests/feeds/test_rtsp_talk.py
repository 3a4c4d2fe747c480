"""What is said over an RTSP line, without a line."""

from __future__ import annotations

import pytest

from coveragekit.errors import FeedBroken, FeedError, FeedForbidden
from coveragekit.feeds.bounds import Bounds
from coveragekit.feeds.challenges import Signer
from coveragekit.feeds.rtsp_talk import RtspTalk
from tests.feeds.looking import login_of
from tests.feeds.peers.hostile import rtsp_answer

LOCAL = b"rtsp://127.0.0.1:4000/word"
REAL = b"rtsp://10.20.3.4/main?a=1"
ASKS = 'WWW-Authenticate: Digest realm="a", nonce="{}"'
FRAME = b"$\x00\x00\x03abc"


def talk_of(**more: object) -> RtspTalk:
    signer = Signer(login_of("ann", "secret"))
    return RtspTalk(LOCAL, REAL, signer, Bounds(), **more)  # type: ignore[arg-type]


def request(method: str, tail: str = "", *headers: str) -> bytes:
    first = f"{method} {LOCAL.decode()}{tail} RTSP/1.0"
    return "\r\n".join([first, "CSeq: 7", "User-Agent: x", *headers, "", ""]).encode()


def playing() -> RtspTalk:
    talk = talk_of()
    assert talk.hear_demuxer(request("PLAY"))
    talk.hear_camera(rtsp_answer("200 OK"))
    assert talk.is_playing
    return talk


def test_the_camera_hears_its_own_address_and_our_name() -> None:
    said = talk_of().hear_demuxer(request("SETUP", "/track1", "Authorization: Basic x"))

    assert said is not None
    assert said.startswith(b"SETUP " + REAL + b"/track1 RTSP/1.0\r\nCSeq: 1\r\n")
    assert b"User-Agent: coveragekit\r\n" in said
    assert b"Basic x" not in said
    assert said.endswith(b"\r\n\r\n")


def test_a_request_in_pieces_is_one_request() -> None:
    talk, whole = talk_of(), request("OPTIONS")

    said = [talk.hear_demuxer(whole[i : i + 1]) for i in range(len(whole))]

    assert [part for part in said if part] == [
        b"OPTIONS " + REAL + b" RTSP/1.0\r\nCSeq: 1\r\nUser-Agent: coveragekit\r\n\r\n"
    ]


def test_whoever_does_not_know_the_word_is_not_heard() -> None:
    for heard in (
        b"OPTIONS rtsp://127.0.0.1:4000/guess RTSP/1.0\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"x" * 100_000,
    ):
        talk = talk_of()
        assert talk.hear_demuxer(heard) is None
        assert not talk.is_ours


def test_a_challenge_is_met_and_the_demuxer_hears_nothing_of_it() -> None:
    talk = talk_of()
    talk.hear_demuxer(request("DESCRIBE"))

    on, back = talk.hear_camera(rtsp_answer("401 No", ASKS.format(1)))

    assert on == b""
    assert back.startswith(b"DESCRIBE " + REAL + b" RTSP/1.0\r\nCSeq: 2\r\n")
    assert b'nonce="1"' in back
    assert b"secret" not in back


def test_an_answer_comes_with_the_number_that_was_asked() -> None:
    talk = talk_of()
    talk.hear_demuxer(request("OPTIONS"))

    on, back = talk.hear_camera(FRAME + rtsp_answer("200 OK", "Public: PLAY") + FRAME)

    assert on == FRAME + b"RTSP/1.0 200 OK\r\nCSeq: 7\r\nPublic: PLAY\r\n\r\n" + FRAME
    assert back == b""


def test_an_answer_to_nothing_goes_nowhere() -> None:
    talk = talk_of()
    talk.hear_demuxer(request("OPTIONS"))
    moved = rtsp_answer("302 Moved", "Location: rtsp://10.0.0.5/")

    on, _ = talk.hear_camera(rtsp_answer("200 OK") + moved)

    assert b"Location" not in on
    assert b"302" not in on
    talk.hear_demuxer(request("DESCRIBE"))
    with pytest.raises(FeedForbidden):
        talk.hear_camera(moved)


def test_a_recording_is_asked_for_by_its_time() -> None:
    talk = talk_of(headers={b"PLAY": {b"range": b"clock=20261122T100000.000Z-"}})

    said = talk.hear_demuxer(request("PLAY", "", "Range: npt=0.000-", "Session: 1"))

    assert said is not None
    assert b"Range: clock=20261122T100000.000Z-\r\n" in said
    assert b"npt" not in said
    assert b"Session: 1" in said


def test_a_keep_alive_whose_challenge_is_old_is_signed_anew_once() -> None:
    talk = playing()
    talk.hear_demuxer(request("GET_PARAMETER", "", "Session: 1"))
    refused = memoryview(FRAME + rtsp_answer("401 No", ASKS.format(2)) + FRAME)

    again = talk.hear_playing(refused)

    assert again.startswith(b"GET_PARAMETER " + REAL + b" RTSP/1.0\r\nCSeq: 3\r\n")
    assert b'nonce="2"' in again
    assert b"Session: 1" in again
    assert talk.hear_playing(memoryview(rtsp_answer("401 No", ASKS.format(3)))) == b""
    talk.hear_demuxer(request("GET_PARAMETER"))
    assert talk.hear_playing(memoryview(rtsp_answer("200 OK"))) == b""
    assert talk.hear_playing(memoryview(FRAME)) == b""


def test_reports_of_the_demuxer_pass_while_video_runs() -> None:
    talk = playing()
    report = b"$\x01\x00\x04\x80\xc9\x00\x00"

    assert talk.hear_demuxer(report[:3]) == b""
    assert talk.hear_demuxer(report[3:] + report) == report + report


@pytest.mark.parametrize(
    "heard",
    [
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
        b"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n",
        b"\x15\x03\x03\x00\x02\x02\x0a" * 8,
        b"RTSP/1.0 200 OK\r\nX: " + b"y" * 70_000,
        b"RTSP/1.0 200 OK\r\nContent-Length: 2000000\r\n\r\n",
    ],
)
def test_what_is_no_rtsp_is_broken(heard: bytes) -> None:
    talk = talk_of()
    talk.hear_demuxer(request("OPTIONS"))

    with pytest.raises(FeedBroken):
        talk.hear_camera(heard)


def test_a_refusal_of_options_alone_stops_nobody() -> None:
    talk = talk_of()
    talk.hear_demuxer(request("OPTIONS"))

    on, _ = talk.hear_camera(rtsp_answer("501 Not Implemented"))

    assert on.startswith(b"RTSP/1.0 200 OK\r\n")
    talk.hear_demuxer(request("DESCRIBE"))
    with pytest.raises(FeedError):
        talk.hear_camera(rtsp_answer("501 Not Implemented"))
