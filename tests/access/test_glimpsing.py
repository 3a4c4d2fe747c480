"""Many cameras as single pictures: each asked for, each on record, none harmed."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from coveragekit.access import Door, open_door
from coveragekit.access.feed_settings import FeedSettings
from coveragekit.access.glimpse import Glimpse, NoGlimpse
from coveragekit.access.glimpsing import Glimpses
from coveragekit.access.looking import Looks
from coveragekit.errors import FeedError, RegistryError
from coveragekit.feeds.gate import Gate
from coveragekit.feeds.jpeg import decoded_jpeg
from coveragekit.feeds.messages import State
from tests.access.pictures import (
    HALF,
    PROMISED_S,
    is_said,
    lines,
    mask,
    of,
    shows,
    until,
    with_feed,
)
from tests.access.scene import CALL, CASE, EVERYTHING, KIM, LAT, LON, PAT, Scene
from tests.databases import Clock
from tests.feeds.peers.web import WebPeer, number_of, web_peer

CANARY = "hunter2canary"


@pytest.fixture
def door(tmp_path: Path, clock: Clock) -> Iterator[Door]:
    """Give a registry in a file: how a door asks is tested on both databases."""
    place = tmp_path / "registry.sqlite"
    with open_door(place, create=True, clock=clock, sign=False) as opened:
        yield opened


@pytest.fixture
def peer() -> Iterator[WebPeer]:
    """Give a device that has many single pictures."""
    with web_peer() as running:
        yield running


@pytest.fixture
def looks(door: Door, peer: WebPeer) -> Iterator[Looks]:
    """Give the room where feeds are opened, with the one device allowed."""
    gate = Gate(exempt=frozenset({("127.0.0.1", peer.port)}))
    with Looks(door, FeedSettings(gate)) as room:
        yield room


@pytest.fixture
def glimpses(looks: Looks) -> Iterator[Glimpses]:
    """Give a round that is quick enough for a test, and see that it ends."""
    with Glimpses(looks, KIM, CALL, rate_hz=40.0, each_s=0.1, workers=3) as made:
        yield made
    ends_s = time.monotonic() + 10
    while any(one.name.startswith("glimpses") for one in threading.enumerate()):
        assert time.monotonic() < ends_s, threading.enumerate()
        time.sleep(0.01)


def _camera(scene: Scene, peer: WebPeer, path: str = "/snap.jpg") -> str:
    """Add a camera with an address of its own of the one device."""
    address = peer.address(f"{path}?{len(scene.made)}")
    return with_feed(scene, scene.integrated(EVERYTHING), address, snapshot=address)


def _until(
    glimpses: Glimpses,
    is_enough: Callable[[list[Glimpse | NoGlimpse]], bool],
    within_s: float = 20.0,
) -> list[Glimpse | NoGlimpse]:
    got: list[Glimpse | NoGlimpse] = []
    ends_s = time.monotonic() + within_s
    while not is_enough(got):
        assert time.monotonic() < ends_s, got[-5:]
        got += glimpses.take(0.2)
    return got


def _pictures(
    got: list[Glimpse | NoGlimpse], camera_id: str | None = None
) -> list[Glimpse]:
    return [
        one
        for one in got
        if isinstance(one, Glimpse) and camera_id in {None, one.camera_id}
    ]


def _each(camera_ids: list[str], times: int = 2) -> Callable[..., bool]:
    return lambda got: all(len(_pictures(got, one)) >= times for one in camera_ids)


def _told(state: str, camera_id: str) -> Callable[..., bool]:
    return lambda got: any(
        isinstance(one, NoGlimpse) and (one.camera_id, one.state) == (camera_id, state)
        for one in got
    )


def test_each_camera_is_shown_and_each_look_is_on_record(
    glimpses: Glimpses, scene: Scene, peer: WebPeer
) -> None:
    shown = [_camera(scene, peer) for _ in range(4)]
    glimpses.begin(shown)
    got = _until(glimpses, _each(shown))
    for camera_id in shown:
        numbers = [number_of(one.jpeg) for one in _pictures(got, camera_id)]
        assert numbers == sorted(set(numbers)), "pictures that do not advance"
        assert all(0 <= one.age_s < 5 for one in _pictures(got, camera_id))
    assert glimpses.camera_ids == tuple(shown)
    glimpses.rest(shown[:1])
    glimpses.close()
    assert glimpses.take(0.0) == []
    said = lines(scene.door, "view_live")
    assert [one.result for one in said] == ["allowed"] * 4 + ["done"] * 4
    assert [one.object_ids for one in said] == [(one,) for one in shown] * 2
    assert {one.parameters["how"] for one in said[4:]} == {"left"}
    assert {one.case_number for one in said} == {"26-0417"}
    assert all(one.parameters["pictures"] >= 2 for one in said[4:])
    assert "127.0.0.1" not in repr((got, said))


def test_a_withdrawn_consent_ends_its_own_tile_within_two_seconds(
    glimpses: Glimpses, scene: Scene, peer: WebPeer
) -> None:
    shown = [_camera(scene, peer) for _ in range(2)]
    glimpses.begin(shown)
    _until(glimpses, _each(shown))
    scene.move(shown[0], "withdrawn")
    began_s = time.monotonic()
    got = _until(glimpses, _told("refused", shown[0]))
    assert time.monotonic() - began_s <= PROMISED_S
    (told,) = [one for one in got if isinstance(one, NoGlimpse)]
    assert "consent" in told.words
    after = _until(glimpses, _each([shown[1]], 5))
    assert not [one for one in after if one.camera_id == shown[0]]
    ended = [one for one in lines(scene.door, "view_live") if one.result == "done"]
    assert [(one.object_ids, one.parameters["how"]) for one in ended] == [
        ((shown[0],), "ended")
    ]


def test_a_new_mask_takes_the_picture_away_and_is_on_the_next(
    glimpses: Glimpses, scene: Scene, peer: WebPeer
) -> None:
    shown = _camera(scene, peer)
    glimpses.begin([shown])
    _until(glimpses, _each([shown]))
    mask(scene, shown)
    began_s = time.monotonic()
    got = _until(glimpses, lambda got: any(one.is_masked for one in _pictures(got)))
    assert time.monotonic() - began_s <= PROMISED_S
    last = _until(glimpses, _each([shown], 1))
    assert all(one.is_masked for one in _pictures(last))
    assert got
    picture = _pictures(last)[-1]
    grey = decoded_jpeg(picture.jpeg).to_ndarray(format="gray8").astype(int)
    middle = round(grey.shape[0] * HALF[2][1])
    assert np.ptp(grey[: middle - 8]) <= 6
    assert np.ptp(grey[middle + 8 :]) > 60


def test_a_picture_on_show_is_taken_away_when_more_of_it_is_covered(
    glimpses: Glimpses, scene: Scene, peer: WebPeer
) -> None:
    shown = _camera(scene, peer)
    glimpses.begin([shown])
    _until(glimpses, _each([shown]))

    is_asked, is_over = threading.Event(), threading.Event()

    def slow(handler) -> None:
        is_asked.set()
        is_over.wait(5)
        handler.close_connection = True

    peer.routes["/snap.jpg"] = slow
    assert is_asked.wait(10)
    glimpses.take(0.0)
    mask(scene, shown)
    began_s = time.monotonic()
    got = _until(glimpses, _told("connecting", shown))
    assert time.monotonic() - began_s <= PROMISED_S
    assert not [one for one in _pictures(got) if one.is_masked]
    is_over.set()


def test_a_camera_that_is_gone_harms_no_other_and_names_no_address(
    glimpses: Glimpses, scene: Scene, peer: WebPeer
) -> None:
    good, gone = _camera(scene, peer), _camera(scene, peer, "/nothing.jpg")
    bare, shut = scene.integrated(EVERYTHING), _camera(scene, peer)
    scene.move(shut, "withdrawn")
    glimpses.begin([good, gone, bare, shut, "cam_none"])
    states = {gone: "offline", bare: "refused", shut: "refused", "cam_none": "refused"}
    got = _until(
        glimpses,
        lambda got: (
            _each([good], 5)(got)
            and all(_told(state, one)(got) for one, state in states.items())
        ),
    )
    assert {one.camera_id for one in _pictures(got)} == {good}
    words = {one.camera_id: one.words for one in got if isinstance(one, NoGlimpse)}
    assert "administrator adds a feed" in words[bare]
    assert "withdrawn" in words[shut]
    assert "no such camera" in words["cam_none"]
    assert "127.0.0.1" not in repr(got)
    refused = [one for one in lines(scene.door, "view_live") if one.result == "refused"]
    assert len(refused) == 2


def test_who_may_not_look_is_refused_before_anything_is_fetched(
    looks: Looks, scene: Scene, peer: WebPeer
) -> None:
    shown = _camera(scene, peer)
    with Glimpses(looks, PAT, CASE) as glimpses:
        glimpses.begin([shown])
        (told,) = glimpses.take(1.0)
        assert isinstance(told, NoGlimpse)
        assert "may not look at the live picture" in told.words
        assert glimpses.camera_ids == ()
    assert peer.asked == []


def test_a_refused_login_is_not_tried_again_by_scrolling(
    glimpses: Glimpses, scene: Scene, peer: WebPeer
) -> None:
    peer.login = ("basic", "ann", CANARY)
    shown = _camera(scene, peer)
    for _ in range(3):
        glimpses.begin([shown])
        got = _until(glimpses, _told("refused", shown))
        glimpses.rest([shown])
    assert len(peer.asked) == 1
    assert "name and password" in got[-1].words or "login" in got[-1].words


def test_the_same_picture_is_no_newer(
    glimpses: Glimpses, scene: Scene, peer: WebPeer
) -> None:
    shown = _camera(scene, peer)
    peer.frozen = True
    glimpses.begin([shown])
    got = _until(glimpses, _each([shown], 1))
    asked = len(peer.asked)
    got += _until(glimpses, lambda _: len(peer.asked) > asked + 3)
    assert len(_pictures(got)) == 1
    peer.frozen = False
    _until(glimpses, _each([shown], 2))


def test_what_is_shown_otherwise_is_not_asked_for(
    glimpses: Glimpses, scene: Scene, peer: WebPeer
) -> None:
    held, other = _camera(scene, peer), _camera(scene, peer)
    glimpses.begin([held, other])
    _until(glimpses, _each([held, other]))
    glimpses.hold(held)
    _until(glimpses, _each([other], 3))
    peer.asked.clear()
    got = _until(glimpses, _each([other], 5))
    asked = {path.partition("?")[2] for path in peer.paths()}
    assert len(asked) == 1
    assert _pictures(got, held) == []
    glimpses.resume(held)
    _until(glimpses, _each([held]))


def test_what_nobody_can_be_asked_about_ends(
    glimpses: Glimpses,
    scene: Scene,
    peer: WebPeer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shown = _camera(scene, peer)
    glimpses.begin([shown])
    _until(glimpses, _each([shown]))

    def nobody(*_: object) -> None:
        message = "the registry is gone"
        raise RegistryError(message)

    monkeypatch.setattr("coveragekit.access.glimpsing.who_may_be_shown", nobody)
    monkeypatch.setattr(glimpses._endings, "write", lambda: None)
    got = _until(glimpses, _told("refused", shown))
    assert "cannot be asked" in got[-1].words
    monkeypatch.undo()
    glimpses.close()
    # the line of its end was not lost
    assert [one.result for one in lines(scene.door, "view_live")] == ["allowed", "done"]


def test_a_fault_of_our_own_ends_no_round(
    looks: Looks,
    scene: Scene,
    peer: WebPeer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from coveragekit.access import glimpsing

    good, bad = _camera(scene, peer), _camera(scene, peer)
    whole, told = glimpsing.glimpse_of, []

    def breaks(looks, watched, **more):
        if watched.camera_id == bad:
            message = "at http://10.0.0.1/secret"
            raise RuntimeError(message)
        return whole(looks, watched, **more)

    monkeypatch.setattr(glimpsing, "glimpse_of", breaks)
    monkeypatch.setattr(threading, "excepthook", lambda one: told.append(one.exc_value))
    with Glimpses(looks, KIM, CALL, rate_hz=40.0, each_s=0.1, workers=1) as glimpses:
        # the one thread that there is breaks first, and another goes on in its place
        glimpses.begin([bad, good])
        got = _until(
            glimpses, lambda got: _each([good], 3)(got) and _told("offline", bad)(got)
        )
    assert "10.0.0.1" not in repr(got) + repr(told)
    assert [one for one in told if "RuntimeError in breaks" in str(one)]


def test_all_masks_of_several_cameras_are_read_at_once(scene: Scene) -> None:
    from coveragekit.access.grounds import covered_each
    from coveragekit.registry.opening import now

    lower = [[0.0, 0.5], [1.0, 0.5], [1.0, 1.0], [0.0, 1.0]]
    two, one, none = (scene.integrated(EVERYTHING) for _ in range(3))
    mask(scene, two)
    mask(scene, two, lower)
    mask(scene, one, lower)
    with scene.door.registry.read() as connection:
        found = covered_each(connection, [two, one, none], now(connection))
    rings = {
        camera_id: sorted([list(corner) for corner in each.ring] for each in masks)
        for camera_id, masks in found.items()
    }
    assert rings == {two: [HALF, lower], one: [lower], none: []}


def test_a_look_whose_masks_cannot_be_learnt_ends(
    looks: Looks, scene: Scene, peer: WebPeer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nobody(*_: object) -> None:
        message = "the registry is gone"
        raise RegistryError(message)

    address = peer.address("/cam.mjpg")
    shown = with_feed(scene, scene.integrated(EVERYTHING), address)
    with looks.look(KIM, CALL, shown, form="jpeg") as look:
        # longer than a look goes on of which nothing is learnt
        until(look, shows(9))
        assert not look.is_over
        monkeypatch.setattr("coveragekit.access.looking.covered_each", nobody)
        got = until(look, is_said("refused"))
    assert "cannot be asked" in of(State, got)[-1].words


def test_hundreds_of_zones_far_away_cost_a_wall_nothing(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    from coveragekit.access import zones_in_view
    from coveragekit.registry import zones
    from coveragekit.registry.opening import now

    there = {"lon": LON, "lat": LAT, "range_m": 50.0, "position_error_m": 5.0}
    shown = [scene.camera(**there | {"lon": LON + step / 500}) for step in range(32)]
    with scene.door.registry.write() as connection:
        for step in range(150):
            x, y = LON + 0.002 * step, LAT + (0.02 if step else 0.0)
            ring = [[x, y], [x + 1e-4, y], [x + 1e-4, y + 1e-4], [x, y + 1e-4], [x, y]]
            values = {"ring": [ring], "name": f"school {step}"}
            zones.add_zone(connection, values, by="t")
    whole, compared = zones_in_view._meets, []

    def meets(row, *told):
        compared.append(row.camera_id)
        return whole(row, *told)

    monkeypatch.setattr(zones_in_view, "_meets", meets)
    with scene.door.registry.read() as connection:
        found = zones_in_view.with_zone_in_view(connection, shown, now(connection))
    assert found == {shown[0]}
    assert compared == [shown[0]]


def test_a_room_that_is_closed_shows_no_glimpses_either(
    glimpses: Glimpses, looks: Looks, scene: Scene, peer: WebPeer
) -> None:
    shown, later = _camera(scene, peer), _camera(scene, peer)
    glimpses.begin([shown])
    _until(glimpses, _each([shown], 1))
    looks.close()
    got = _until(glimpses, _told("refused", shown))
    assert "no more cameras are shown here" in got[-1].words
    with pytest.raises(FeedError, match="no more cameras"):
        glimpses.begin([later])
