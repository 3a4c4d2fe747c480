"""What who sets up feeds types about devices, and what the screen says."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from coveragekit.cli import main
from coveragekit.feeds import discovery
from tests.cli.office import Office
from tests.feeds.peers.onvif import PASSWORD, USER, OnvifPeer, discovered, onvif_peer


@pytest.fixture
def device(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[OnvifPeer]:
    """Give a camera that this machine may open, and keep its login."""
    with onvif_peer() as peer:
        peer.lenses = 1
        settings = tmp_path / "feeds.toml"
        settings.write_text(f'exempt = ["127.0.0.1:{peer.web.port}"]\n')
        monkeypatch.setenv("COVERAGEKIT_FEEDS", str(settings))
        monkeypatch.setenv("HALL_LOGIN", f"{USER}:{PASSWORD}")
        yield peer


def _typed(office: Office, *words: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as ended:
        main(["feed", *words])
    shown = office.capsys.readouterr()
    return int(ended.value.code or 0), shown.out, " ".join(shown.err.split())


def test_a_device_is_asked_and_kept_as_a_feed(
    office: Office, device: OnvifPeer
) -> None:
    device.streams = {"main_1": "rtsp://127.0.0.1:9/main"}
    login = ("--store", "environment", "--reference", "HALL_LOGIN")

    code, said, _ = _typed(office, "device", device.address, *login)
    assert code == 0
    assert "Acme & Co X1" in said
    assert "ahead of ours" in said
    assert "channel 1: hevc 1920x1080" in said
    assert "hfov_deg=80.0" in said
    assert "lon=-84.390000 lat=33.750000 bearing_deg=270" in said
    assert "no feeds" in office.done("list", "feeds")

    code, said, _ = _typed(office, "device", device.address, *login, "--add", "hall")
    assert code == 0
    assert "feed_ref=hall" in said
    assert "store=environment reference=HALL_LOGIN" in said
    shown = office.done("list", "feeds")
    assert "hall" in shown
    assert "127.0.0.1" not in shown

    code, _, noted = _typed(office, "device", device.address, *login, "--add", "hall")
    assert code == 1
    assert "hall" in noted
    assert PASSWORD not in noted


def test_a_device_that_refuses_the_login_is_one_message(
    office: Office, device: OnvifPeer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HALL_LOGIN", f"{USER}:wrong c4n4ry")
    login = ("--store", "environment", "--reference", "HALL_LOGIN")
    code, said, noted = _typed(office, "device", device.address, *login)
    assert (code, said) == (1, "")
    assert "refuses" in noted
    assert "c4n4ry" not in noted
    assert "Traceback" not in noted


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--store", "drawer", "--reference", "x"), "allowed: file, environment"),
        (("--store", "file"), "go together"),
        (("--tls", "maybe"), "allowed: verify, pinned, off"),
        (("--tls", "pinned"), "--certificate goes with"),
    ],
)
def test_options_that_do_not_fit_are_wrong_usage(
    office: Office, words: tuple[str, ...], told: str
) -> None:
    code, _, noted = _typed(office, "device", "onvif://127.0.0.1:1/x", *words)
    assert code == 2
    assert told in noted.replace("│ ", "").replace(" │", "")


def test_what_answers_on_the_cable_is_listed_without_being_opened(
    office: Office, device: OnvifPeer, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = (
        '<e:Envelope xmlns:e="http://www.w3.org/2003/05/soap-envelope" '
        'xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing" '
        'xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery"><e:Header>'
        "<a:RelatesTo>NUMBER</a:RelatesTo></e:Header><e:Body><d:ProbeMatches>"
        "<d:ProbeMatch><d:Scopes>onvif://www.onvif.org/name/Door%1B[2J</d:Scopes>"
        "<d:XAddrs>http://10.1.2.3/onvif/device_service</d:XAddrs></d:ProbeMatch>"
        "</d:ProbeMatches></e:Body></e:Envelope>"
    )
    real = discovery.find_onvif_devices
    with discovered(told) as group:
        monkeypatch.setattr(
            "coveragekit.access.devices.find_onvif_devices",
            lambda *, within_s: real(within_s=within_s, group=group),
        )
        code, said, noted = _typed(office, "find", "--within", "0.5")
    assert code == 0, noted
    assert said.startswith("onvif://10.1.2.3/onvif/device_service\n    Door?[2J\n")
    assert "may not be opened" in said
    assert "\x1b" not in said

    with discovered() as group:
        monkeypatch.setattr(
            "coveragekit.access.devices.find_onvif_devices",
            lambda *, within_s: real(within_s=within_s, group=group),
        )
        code, said, noted = _typed(office, "find", "--within", "0.2")
    assert (code, said) == (0, "")
    assert "no device answered" in noted
