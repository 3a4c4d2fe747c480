"""Devices are found and asked by who sets up feeds, and through the gate alone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from coveragekit.access import Door
from coveragekit.access.devices import ask_device, find_devices
from coveragekit.access.feed_settings import FeedSettings
from coveragekit.errors import (
    AccessRefused,
    FeedForbidden,
    FeedLoginError,
    InputError,
)
from coveragekit.feeds.gate import Gate
from coveragekit.registry import feed_rows
from coveragekit.registry.audit import read_log
from tests.access.scene import ANN, KIM, OFFICE
from tests.feeds.peers.onvif import PASSWORD, USER, OnvifPeer, discovered, onvif_peer

_MATCH = (
    '<e:Envelope xmlns:e="http://www.w3.org/2003/05/soap-envelope" '
    'xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing" '
    'xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery"><e:Header>'
    "<a:RelatesTo>NUMBER</a:RelatesTo></e:Header><e:Body><d:ProbeMatches>"
    "<d:ProbeMatch><d:Scopes>onvif://www.onvif.org/name/Front%20door "
    "onvif://www.onvif.org/hardware/X1</d:Scopes><d:XAddrs>{}</d:XAddrs>"
    "</d:ProbeMatch></d:ProbeMatches></e:Body></e:Envelope>"
)


@pytest.fixture
def device() -> Iterator[OnvifPeer]:
    """Give a recorder of two cameras."""
    with onvif_peer() as peer:
        yield peer


@pytest.fixture
def settings(device: OnvifPeer, monkeypatch: pytest.MonkeyPatch) -> FeedSettings:
    """Let that one device be opened, and keep its login in the environment."""
    monkeypatch.setenv("HALL_LOGIN", f"{USER}:{PASSWORD}")
    return FeedSettings(Gate(exempt=frozenset({("127.0.0.1", device.web.port)})))


def _ask(door: Door, settings: FeedSettings, address: str, user=ANN, **more):
    login = {"store": "environment", "reference": "HALL_LOGIN"}
    return ask_device(
        user, OFFICE, address, registry=door, settings=settings, **login | more
    )


def _last(door: Door):
    with door.registry.read() as connection:
        return read_log(connection, action="manage_feeds")[-1].entry


def test_a_recorder_is_kept_as_one_feed_with_its_channels(
    door: Door, settings: FeedSettings, device: OnvifPeer
) -> None:
    device.streams = {
        "main_1": "rtsp://127.0.0.1:9/main",
        "sub_1": "rtsp://127.0.0.1:9/sub",
        "main_2": "rtsp://127.0.0.1:9/two",
    }
    found = _ask(door, settings, device.address)

    assert (found.make, found.model, found.recordings) == ("Acme & Co", "X1", 1)
    assert found.clock_offset_s == pytest.approx(420, abs=5)
    assert [one.number for one in found.lenses] == [1, 2]
    assert (found.lenses[0].sub_width_px, found.lenses[1].sub_width_px) == (640, None)
    assert found.lenses[0].hfov_deg == pytest.approx(80)
    assert (found.lon, found.lat, found.bearing_deg) == (-84.39, 33.75, 270)
    # the second camera has one stream alone: no substream stands for both
    address = device.address + "?channel={channel}"
    assert found.feed == {"address": address, "tls": "verify"}
    with door.registry.write() as connection:
        kept = feed_rows.add_feed(connection, {"name": "hall", **found.feed}, by="t")
    assert kept.address == address
    line = _last(door)
    assert (line.result, line.object_type, line.actor) == ("done", "device", "ann")
    told = repr((found, line))
    assert "127.0.0.1" not in told
    assert PASSWORD not in told


def test_a_camera_is_kept_with_its_streams_stills_and_recordings(
    door: Door, settings: FeedSettings, device: OnvifPeer
) -> None:
    device.streams = {
        "main_1": "rtsp://127.0.0.1:9/main",
        "sub_1": "rtsp://127.0.0.1:9/sub",
    }
    device.lenses = 1
    found = _ask(door, settings, device.address + "?channel=7#x")

    assert found.feed == {
        "address": device.address + "?channel=1",
        "substream": device.address + "?channel=1&stream=sub",
        "snapshot": device.web.address("/snap.jpg"),
        "replay": device.address,
        "tls": "verify",
    }


def test_what_a_device_names_elsewhere_or_with_a_secret_is_not_kept(
    door: Door,
    settings: FeedSettings,
    device: OnvifPeer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    device.lenses = 1
    ours = f"127.0.0.1:{device.web.port}"
    refused = (
        "http://10.9.9.9/snap.jpg",
        f"http://{ours}/snap.jpg?token=abc",
        "http://[::1/snap.jpg",
        "file:///etc/passwd",
        f"http://ann:pw@{ours}/snap.jpg",
    )
    for told in (*refused, f"http://{ours}/snap.jpg?size=2"):
        uri = f"<r:MediaUri><tt:Uri>{told}</tt:Uri></r:MediaUri>"
        monkeypatch.setattr(device, "_GetSnapshotUri", lambda _body, uri=uri: uri)
        kept = _ask(door, settings, device.address).feed
        assert ("snapshot" in kept) == (told not in refused), told


def test_who_may_not_set_up_feeds_asks_no_device(
    door: Door, settings: FeedSettings, device: OnvifPeer
) -> None:
    with pytest.raises(AccessRefused):
        _ask(door, settings, device.address, user=KIM)
    with pytest.raises(AccessRefused):
        find_devices(KIM, OFFICE, registry=door, settings=settings, within_s=0.1)
    assert device.asked == []
    assert _last(door).result == "refused"


def test_an_address_of_another_kind_is_refused_without_being_repeated(
    door: Door, settings: FeedSettings
) -> None:
    for address in (
        "http://127.0.0.1/onvif",
        "rtsp://127.0.0.1/main",
        "onvif://ann:pw@127.0.0.1/onvif",
        "127.0.0.1",
        "",
    ):
        with pytest.raises(InputError, match="onvif://HOST/PATH") as refused:
            _ask(door, settings, address)
        assert "ann:pw" not in str(refused.value)


def test_a_device_outside_the_camera_networks_is_not_connected_to(
    door: Door, settings: FeedSettings
) -> None:
    for address in ("onvif://169.254.169.254/x", "onvif://10.0.0.5/x"):
        with pytest.raises(FeedForbidden, match="at this address") as refused:
            _ask(door, settings, address)
        assert "169.254" not in str(refused.value)
    assert _last(door).result == "failed"


def test_a_wrong_login_is_said_in_words(
    door: Door,
    settings: FeedSettings,
    device: OnvifPeer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HALL_LOGIN", "ann:c4n4ry wrong")
    with pytest.raises(FeedLoginError, match="it refuses") as refused:
        _ask(door, settings, device.address)
    assert "c4n4ry" not in str(refused.value)


def test_devices_that_answer_are_listed_with_whether_they_may_be_opened(
    door: Door, settings: FeedSettings, device: OnvifPeer
) -> None:
    ours = _MATCH.format(f"http://127.0.0.1:{device.web.port}/onvif/device_service")
    other = _MATCH.format("http://10.1.2.3/onvif/device_service")
    with discovered(ours, other, "<nonsense") as group:
        found = find_devices(
            ANN, OFFICE, registry=door, settings=settings, within_s=1.0, group=group
        )

    first, second = found
    assert first.address.startswith("onvif://10.1.2.3/")
    assert (first.name, first.hardware) == ("Front door", "X1")
    assert "network" in first.refusal
    assert second.address == device.address
    assert second.refusal == ""
    assert device.asked == []
    assert (_last(door).rows, _last(door).result) == (2, "done")
    assert "127.0.0.1" not in repr((found, _last(door)))


def test_a_time_to_listen_that_is_none_is_refused(
    door: Door, settings: FeedSettings
) -> None:
    for within_s in (0.0, -1.0, 31.0, float("nan")):
        with pytest.raises(InputError, match="at most 30"):
            find_devices(
                ANN, OFFICE, registry=door, settings=settings, within_s=within_s
            )
