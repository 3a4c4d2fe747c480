"""The gate lets cameras pass and nothing else, before anything is connected to."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coveragekit.errors import (
    FeedForbidden,
    FeedNotFound,
    FeedUnreachable,
    InputError,
)
from coveragekit.feeds.gate import Gate, system_addresses
from coveragekit.feeds.networks import parse_networks
from coveragekit.feeds.opening import open_feed
from tests.feeds.looking import target_at

PUBLIC = ("8.8.8.8", "[2606:4700::1]")
INSIDE = ("10.20.0.0/16", "fd12:3456::/32")


def answering(*ips: str) -> object:
    def resolve(_host: str) -> Sequence[str]:
        return ips

    return resolve


def gate(*ips: str, **rules: object) -> Gate:
    return Gate(networks=INSIDE, resolver=answering(*ips), **rules)  # type: ignore[arg-type]


@pytest.fixture(autouse=True)
def no_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    """A gate that connects has let something pass too early."""

    def connect(*_: object, **__: object) -> object:
        pytest.fail("something was connected to")

    monkeypatch.setattr(socket, "create_connection", connect)
    monkeypatch.setattr(socket.socket, "connect", connect)


def test_a_camera_inside_the_camera_networks_passes() -> None:
    place = gate().admit("rtsp://10.20.3.4/Streaming/Channels/101?x=1")

    assert (place.ip, place.port) == ("10.20.3.4", 554)
    assert place.path == "/Streaming/Channels/101?x=1"
    assert place.url == "rtsp://10.20.3.4/Streaming/Channels/101?x=1"
    assert not place.is_secure


def test_what_is_admitted_shows_nothing_of_itself() -> None:
    place = gate().admit("https://10.20.3.4:8443/secret")

    assert repr(place) == "Admitted()"


@pytest.mark.parametrize(
    "address",
    [
        "file:///etc/passwd",
        "/etc/passwd",
        "concat:rtsp://10.20.3.4/a|rtsp://10.20.3.4/b",
        "subfile,,start,0,end,9,,:/etc/passwd",
        "subfile://10.20.3.4/",
        "lavfi://10.20.3.4/",
        "cache:http://10.20.3.4/",
        "async:http://10.20.3.4/",
        "crypto+http://10.20.3.4/",
        "tcp://10.20.3.4:80",
        "udp://10.20.3.4:5000",
        "rtp://10.20.3.4:5000",
        "ftp://10.20.3.4/a",
        "gopher://10.20.3.4/a",
        "data:text/plain,a",
        "pipe:0",
        "javascript:alert(1)",
        "rtsp:10.20.3.4/a",
        "rtsp://",
        "",
        " rtsp://10.20.3.4/a",
    ],
)
def test_other_schemes_do_not_pass(address: str) -> None:
    with pytest.raises(FeedForbidden):
        gate().admit(address)


@pytest.mark.parametrize(
    "address",
    [
        "rtsp://ann:secret@10.20.3.4/a",
        "rtsp://@10.20.3.4/a",
        "http://10.20.3.4\\@169.254.169.254/",
        "http://10.20.3.4#@169.254.169.254/",
        "http://10.20.3.4/a#b",
        "http://10.20.3.4/a b",
        "http://10.20.3.4/a\r\nX: y",
        "http://10.20.3.4/a\tb",
        "http://10.20.3.4/\x00",
        "http://10.20.3.4/ä",
        "http://10.20.3.4\u212a/",
        "http://bücher.example/",
        "http://10.20.3.4:99999/",
        "http://10.20.3.4:80:80/",
        "http://10.20.3.4:/",
        "http://[10.20.3.4]/",
        "http://[fd12:3456::1%25eth0]/",
        "http://-bad.example/",
        "http://a..example/",
        "http://%31%30.20.3.4/",
        "http://10.20.3.4/" + "a" * 3000,
    ],
)
def test_an_address_that_is_not_plain_does_not_pass(address: str) -> None:
    with pytest.raises((FeedForbidden, FeedUnreachable)):
        gate().admit(address)


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.8.9.10",
        "0.0.0.0",  # noqa: S104
        "0.1.2.3",
        "169.254.169.254",
        "169.254.1.1",
        "100.100.100.200",
        "168.63.129.16",
        "192.168.1.10",
        "172.16.0.1",
        "10.21.0.1",
        "100.64.0.1",
        "224.0.0.1",
        "239.255.255.250",
        "255.255.255.255",
        "240.0.0.1",
        "198.18.0.1",
        "192.0.2.1",
        "8.8.8.8",
        "[::1]",
        "[::]",
        "[fe80::1]",
        "[ff02::1]",
        "[fd00:ec2::254]",
        "[fc00::1]",
        "[fec0::1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[::ffff:169.254.169.254]",
        "[::ffff:192.168.0.1]",
        "[::127.0.0.1]",
        "[2002:7f00:1::]",
        "[2002:a9fe:a9fe::]",
        "[64:ff9b::7f00:1]",
        "[64:ff9b::10.20.3.4]",
        "[64:ff9b:1::7f00:1]",
        "[2001:0:7f00:1::]",
        "[2606:4700::1]",
        "2130706433",
        "0x7f000001",
        "0x7f.1",
        "0177.0.0.1",
        "127.1",
        "127.0.0.1.",
        "10.20.3.4.5",
        "1",
    ],
)
def test_addresses_that_no_camera_of_ours_has_do_not_pass(host: str) -> None:
    with pytest.raises(FeedForbidden):
        gate().admit(f"http://{host}/")
    # a policy that allows public cameras opens no private network
    if host not in PUBLIC:
        with pytest.raises(FeedForbidden):
            gate(public=True).admit(f"http://{host}/")


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "169.254.169.254",
        "168.63.129.16",
        "224.0.0.1",
        "240.0.0.1",
        "0.1.2.3",
        "[::1]",
        "[::]",
        "[fe80::1]",
        "[fec0::1]",
        "[fd00:ec2::254]",
        "[64:ff9b::a14:304]",
        "[2002:a14:304::]",
        "[::10.20.3.4]",
    ],
)
def test_the_widest_networks_still_leave_these_out(host: str) -> None:
    wide = Gate(networks=("0.0.0.0/0", "::/0"), public=True)

    with pytest.raises(FeedForbidden):
        wide.admit(f"http://{host}/")


def test_public_cameras_pass_where_the_policy_says_so() -> None:
    place = gate(public=True).admit("https://8.8.8.8/live.m3u8")

    assert place.ip == "8.8.8.8"


def test_an_ipv4_address_in_ipv6_clothes_is_judged_as_what_it_is() -> None:
    assert gate().admit("http://[::ffff:10.20.3.4]/").ip == "10.20.3.4"


def test_a_port_that_cameras_do_not_use_does_not_pass() -> None:
    for port in (22, 25, 6379, 9200, 0, 65535):
        with pytest.raises(FeedForbidden, match="port"):
            gate().admit(f"http://10.20.3.4:{port}/")


def test_the_simulated_camera_passes_at_its_very_port_only() -> None:
    demo = Gate(exempt=frozenset({("127.0.0.1", 40001)}))

    assert demo.admit("http://127.0.0.1:40001/a").port == 40001
    for address in ("http://127.0.0.1:40002/a", "http://127.0.0.2:40001/a"):
        with pytest.raises(FeedForbidden):
            demo.admit(address)


def test_a_name_is_looked_up_once_and_its_address_kept() -> None:
    asked = []

    def changing(host: str) -> Sequence[str]:
        asked.append(host)
        return ["10.20.3.4"] if len(asked) == 1 else ["127.0.0.1"]

    shifty = Gate(networks=INSIDE, resolver=changing)
    place = shifty.admit("rtsp://cam.example/live")

    assert (place.host, place.ip) == ("cam.example", "10.20.3.4")
    assert asked == ["cam.example"]
    with pytest.raises(FeedForbidden, match="this machine itself"):
        shifty.admit("rtsp://cam.example/live")


def test_one_bad_answer_among_good_ones_refuses_a_name() -> None:
    for bad in ("127.0.0.1", "169.254.169.254", "::ffff:127.0.0.1", "192.168.0.1"):
        with pytest.raises(FeedForbidden):
            gate("10.20.3.4", bad).admit("http://cam.example/")


def test_an_unknown_name_is_unreachable() -> None:
    with pytest.raises(FeedUnreachable, match="not known"):
        gate().admit("http://cam.example/")


def test_the_machines_own_resolver_knows_this_machine_and_no_nonsense() -> None:
    assert "127.0.0.1" in system_addresses("localhost")
    assert system_addresses("a" * 70 + ".example") == []


def test_a_network_that_is_none_is_refused_when_the_gate_is_made() -> None:
    with pytest.raises(InputError, match=r"10\.20\.0\.1/16"):
        Gate(networks=("10.20.0.1/16",))
    with pytest.raises(InputError, match="exempt"):
        Gate(exempt=frozenset({("localhost", 80)}))
    assert parse_networks(()) == ()


def test_an_opener_is_asked_only_after_the_gate() -> None:
    for address in ("http://169.254.169.254/latest", "rtsp://192.168.9.9/live"):
        with pytest.raises(FeedForbidden, match="camera cam_7: its address is"):
            open_feed(target_at(address), gate())


@given(st.integers(min_value=0, max_value=2**32 - 1))
def test_an_ipv4_address_passes_only_inside_the_networks(number: int) -> None:
    from ipaddress import IPv4Address, ip_network

    ip = IPv4Address(number)
    try:
        place = gate().admit(f"http://{ip}/")
    except FeedForbidden:
        assert ip not in ip_network("10.20.0.0/16")
    else:
        assert IPv4Address(place.ip) in ip_network("10.20.0.0/16")


@given(st.text(max_size=60))
def test_no_text_makes_the_gate_fail_in_another_way(text: str) -> None:
    for address in (text, f"http://{text}", f"rtsp://10.20.3.4/{text}"):
        try:
            place = gate().admit(address)
        except (FeedForbidden, FeedUnreachable):
            continue
        assert place.ip == "10.20.3.4"
        assert "\n" not in place.url


def test_files_are_opened_below_their_folder_only(tmp_path: Path) -> None:
    root = tmp_path / "kept"
    root.mkdir()
    (root / "a b.mp4").write_bytes(b"x")
    (tmp_path / "secret.mp4").write_bytes(b"x")
    (root / "link.mp4").symlink_to(tmp_path / "secret.mp4")
    files = Gate(file_root=root)

    assert files.admit_file("recording://a%20b.mp4") == root / "a b.mp4"
    for name in ("../secret.mp4", "%2e%2e/secret.mp4", "/etc/passwd", "link.mp4", ""):
        with pytest.raises(FeedForbidden):
            files.admit_file(f"recording://{name}")
    with pytest.raises(FeedForbidden):
        files.admit_file("recording://a%00.mp4")
    with pytest.raises(FeedNotFound):
        files.admit_file("recording://none.mp4")
    with pytest.raises(FeedForbidden, match="no folder"):
        Gate().admit_file("recording://a.mp4")
