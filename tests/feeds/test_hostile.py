"""Devices that behave badly: each ends in a typed error, in time, and tells nothing."""

from __future__ import annotations

import logging
import re
import traceback
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from coveragekit.errors import (
    FeedBroken,
    FeedError,
    FeedForbidden,
    FeedLoginError,
    FeedNotFound,
    FeedTimeout,
    FeedUnreachable,
    FeedUnsupported,
    FeedUntrusted,
)
from coveragekit.feeds.bounds import Bounds
from coveragekit.feeds.challenges import Signer, parse_challenge
from coveragekit.feeds.gate import Gate
from coveragekit.feeds.opening import open_feed
from tests.feeds.looking import (
    PATIENT,
    QUICK,
    SLACK_S,
    Watch,
    gate_for,
    login_of,
    target_at,
)
from tests.feeds.peers.hostile import (
    Act,
    closing,
    endless_head,
    full_backlog,
    garbage,
    hostile_peer,
    nobody,
    rtsp_answer,
    scripted,
    silent,
    slamming,
    trickle,
)

CANARY = "c4n4ry-9f31"
SCHEMES = ("rtsp", "rtsps", "http", "https")
SDP = (
    "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=x\r\nt=0 0\r\n"
    "m=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=control:track1\r\n"
)
PUBLIC = rtsp_answer("200 OK", "Public: OPTIONS, DESCRIBE, SETUP, PLAY")
DESCRIBED = rtsp_answer("200 OK", "Content-Type: application/sdp", body=SDP, number=2)
SET_UP = rtsp_answer(
    "200 OK", "Session: 1", "Transport: RTP/AVP/TCP;unicast;interleaved=0-1", number=3
)


def fault_at(
    address: str, port: int, gate: Gate | None = None, *, bounds: Bounds = PATIENT
) -> FeedError:
    """Open an address that carries a canary, and give the fault that it ends in."""
    target = target_at(address, login=login_of(f"u-{CANARY}", f"p-{CANARY}"), tls="off")
    with Watch() as watch, pytest.raises(FeedError) as caught:
        open_feed(target, gate or gate_for(port), bounds=bounds)
    assert watch.took_s < QUICK.connect_s + QUICK.open_s + SLACK_S
    return caught.value


def check_tells_nothing(fault: BaseException, port: int, log: str) -> None:
    """Look for addresses and passwords in all that a fault can be made to say."""
    said = [str(fault), repr(fault), repr(fault.args), log]
    said += [str(getattr(fault, name, "")) for name in ("filename", "strerror")]
    said += traceback.format_exception(fault)
    told = "\n".join(said)
    assert CANARY not in told
    assert f":{port}" not in told
    assert "127.0.0.1" not in told
    assert "://" not in re.sub(r'File ".*?"|"""|\w*://host', "", str(fault))
    assert "camera cam_7: " in str(fault)
    assert fault.__context__ is None
    assert fault.__cause__ is None


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize(
    ("act", "kind", "bounds"),
    [
        (silent, FeedTimeout, QUICK),
        (trickle, FeedTimeout, QUICK),
        (garbage, FeedBroken, PATIENT),
        (endless_head, FeedBroken, PATIENT),
        (closing, FeedBroken, PATIENT),
        (slamming, FeedBroken, PATIENT),
    ],
)
def test_a_device_that_behaves_badly_ends_in_a_typed_error_in_time(
    scheme: str,
    act: Act,
    kind: type[FeedError],
    bounds: Bounds,
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.DEBUG), hostile_peer(act) as peer:
        address = f"{scheme}://127.0.0.1:{peer.port}/{CANARY}"
        fault = fault_at(address, peer.port, bounds=bounds)

        if act is trickle and scheme.endswith("s"):
            # a first byte that is no TLS says enough
            assert type(fault) in {FeedTimeout, FeedBroken}
        else:
            assert type(fault) is kind
        check_tells_nothing(fault, peer.port, caplog.text)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_device_that_refuses_is_unreachable(
    scheme: str, caplog: pytest.LogCaptureFixture
) -> None:
    with nobody() as port:
        fault = fault_at(f"{scheme}://127.0.0.1:{port}/{CANARY}", port)

    assert type(fault) is FeedUnreachable
    check_tells_nothing(fault, port, caplog.text)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_device_that_drops_is_a_timeout(
    scheme: str, caplog: pytest.LogCaptureFixture
) -> None:
    with full_backlog() as port:
        address = f"{scheme}://127.0.0.1:{port}/{CANARY}"
        fault = fault_at(address, port, bounds=QUICK)

    assert type(fault) is FeedTimeout
    check_tells_nothing(fault, port, caplog.text)


@pytest.mark.parametrize(
    ("answers", "kind"),
    [
        (
            [rtsp_answer("302 Moved", "Location: rtsp://169.254.169.254/")],
            FeedForbidden,
        ),
        ([rtsp_answer("301 Moved", "Location: rtsp://10.0.0.5/x")], FeedForbidden),
        ([rtsp_answer("305 Proxy", "Location: http://10.0.0.5/x")], FeedForbidden),
        ([PUBLIC, rtsp_answer("302 Moved", "Location: file:///x")], FeedForbidden),
        ([PUBLIC, rtsp_answer("404 Not Found")], FeedNotFound),
        ([rtsp_answer("404 Not Found"), rtsp_answer("404 No")], FeedNotFound),
        ([PUBLIC, rtsp_answer("403 Forbidden")], FeedLoginError),
        ([PUBLIC, rtsp_answer("503 Busy")], FeedBroken),
        ([PUBLIC, rtsp_answer("461 Unsupported Transport")], FeedUnsupported),
        ([PUBLIC, rtsp_answer("401 No")], FeedLoginError),
        (
            [
                rtsp_answer("401 No", 'WWW-Authenticate: Digest realm="a", nonce="1"'),
                rtsp_answer("401 No", 'WWW-Authenticate: Digest realm="a", nonce="2"'),
            ],
            FeedLoginError,
        ),
        (
            [rtsp_answer("401 No", "WWW-Authenticate: Negotiate abc")],
            FeedUnsupported,
        ),
        (
            [PUBLIC, rtsp_answer("200 OK", body=SDP.replace("m=video", "m=audio"))],
            FeedUnsupported,
        ),
        ([PUBLIC, rtsp_answer("200 OK", "Content-Length: 99999999")], FeedBroken),
        ([PUBLIC, rtsp_answer("200 OK", body="v=0 nonsense")], FeedUnsupported),
        (
            [
                PUBLIC,
                DESCRIBED,
                rtsp_answer(
                    "200 OK",
                    "Session: 1",
                    "Transport: RTP/AVP;unicast;source=10.0.0.5;server_port=9-10",
                ),
            ],
            FeedUnsupported,
        ),
        (
            [
                PUBLIC,
                DESCRIBED,
                rtsp_answer(
                    "200 OK",
                    "Session: 1",
                    "Transport: RTP/AVP;multicast;destination=239.1.2.3;port=9-10",
                ),
            ],
            FeedUnsupported,
        ),
        (
            # a second answer, unasked for, would be read as that to the next request
            [
                PUBLIC + rtsp_answer("302 Moved", "Location: rtsp://10.0.0.5/"),
                rtsp_answer("404 Not Found"),
            ],
            FeedNotFound,
        ),
        ([PUBLIC, DESCRIBED, SET_UP, rtsp_answer("200 OK", number=4)], FeedTimeout),
    ],
)
def test_an_rtsp_answer_that_leads_nowhere_is_told_as_what_it_is(
    answers: list[bytes], kind: type[FeedError], caplog: pytest.LogCaptureFixture
) -> None:
    bounds = QUICK if kind is FeedTimeout else PATIENT
    with hostile_peer(scripted(*answers)) as peer:
        address = f"rtsp://127.0.0.1:{peer.port}/{CANARY}"
        fault = fault_at(address, peer.port, bounds=bounds)

        assert type(fault) is kind
        assert peer.count == 1
        check_tells_nothing(fault, peer.port, caplog.text)


@pytest.mark.parametrize("step", range(4))
@pytest.mark.parametrize("unasked", [False, True])
def test_no_answer_makes_anything_connect_elsewhere(step: int, unasked: bool) -> None:
    with hostile_peer(silent) as other:
        moved = rtsp_answer("302 Moved", f"Location: rtsp://127.0.0.1:{other.port}/")
        answers = [PUBLIC, DESCRIBED, SET_UP, rtsp_answer("200 OK", number=4)]
        answers[step] = (answers[step] + moved) if unasked else moved
        with hostile_peer(scripted(*answers)) as peer:
            # even where both ports are allowed, FFmpeg is not to be sent about
            gate = gate_for(peer.port, other.port)
            address = f"rtsp://127.0.0.1:{peer.port}/a"
            fault_at(address, peer.port, gate, bounds=QUICK)

        assert other.count == 0


@contextmanager
def _told(kind: type[FeedError]) -> Iterator[None]:
    with pytest.raises(kind):
        yield


@pytest.mark.parametrize(
    "address",
    [
        f"rtsp://ann:{CANARY}@127.0.0.1:9/a",
        f"file:///{CANARY}",
        f"{CANARY}",
        f"http://169.254.169.254/{CANARY}",
        f"http://10.9.8.7/{CANARY}",
        f"http://{CANARY}.invalid/",
        f"recording://../{CANARY}",
    ],
)
def test_a_refusal_of_the_gate_tells_nothing(
    address: str, caplog: pytest.LogCaptureFixture
) -> None:
    gate = Gate(resolver=lambda _host: [])

    fault = fault_at(address, 9, gate)

    assert isinstance(fault, FeedForbidden | FeedUnreachable)
    check_tells_nothing(fault, 9, caplog.text)


def test_a_login_is_not_given_before_it_is_asked_for() -> None:
    asked = []
    heard = []

    def login() -> object:
        asked.append(1)
        return login_of("ann", CANARY)()

    def listen(line: object, _ended: object) -> None:
        heard.append(line.recv(4096))  # type: ignore[attr-defined]

    with hostile_peer(listen) as peer:
        target = target_at(f"rtsp://127.0.0.1:{peer.port}/", login=login, tls="off")
        with pytest.raises(FeedError):
            open_feed(target, gate_for(peer.port), bounds=QUICK)

    assert asked == []
    assert CANARY.encode() not in b"".join(heard)


def test_targets_and_gates_show_no_address() -> None:
    target = target_at(f"rtsp://10.20.3.4/{CANARY}", login=login_of("a", CANARY))

    assert CANARY not in repr(target)
    assert CANARY not in repr(login_of("a", CANARY)())
    assert CANARY not in repr(Signer(login_of("a", CANARY)))


@pytest.mark.parametrize(
    ("challenge", "response"),
    [
        (
            # the example of RFC 2617, 3.5, whose method is GET
            (
                'Digest realm="testrealm@host.com", '
                'nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", '
                'opaque="5ccc069c403ebaf9f0171e9517f40e41"'
            ),
            "670fd8c2df070c60b045671b8b24ff02",
        ),
    ],
)
def test_a_digest_is_that_of_the_standard(challenge: str, response: str) -> None:
    signer = Signer(login_of("Mufasa", "Circle Of Life"))

    signer.take([challenge])
    signed = signer.sign("GET", "/dir/index.html")

    assert signed is not None
    assert parse_challenge(signed)[1]["response"] == response
    assert parse_challenge(signed)[1]["opaque"] == "5ccc069c403ebaf9f0171e9517f40e41"


def test_the_strongest_way_is_taken_and_a_stale_one_renewed() -> None:
    signer = Signer(login_of("ann", "secret"))

    signer.take(
        [
            'Basic realm="a"',
            'Digest realm="a", nonce="1", algorithm=MD5, qop="auth"',
            'Digest realm="a", nonce="2", algorithm=SHA-256, qop="auth"',
        ]
    )
    assert "SHA-256" in (signer.sign("GET", "/") or "")
    assert "nc=00000002" in (signer.sign("GET", "/") or "")
    signer.take(['Digest realm="a", nonce="3", algorithm=SHA-256, stale=true'])
    assert 'nonce="3"' in (signer.sign("GET", "/") or "")
    with _told(FeedLoginError):
        signer.take(['Digest realm="a", nonce="4", algorithm=SHA-256'])
    assert not Signer().renew(['Basic realm="a"'])
    with _told(FeedLoginError):
        Signer().take(['Basic realm="a"'])


def test_a_line_break_in_a_realm_begins_no_header() -> None:
    signer = Signer(login_of("ann", "secret"))

    signer.take(['Digest realm="a\r\nX: y", nonce="1"'])

    assert "\n" not in (signer.sign("GET", "/") or "")


def test_untrusted_is_told_apart_from_broken() -> None:
    assert not issubclass(FeedUntrusted, FeedBroken)
