"""A camera's id, a person and a purpose in, pictures out, and only while it may be."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from coveragekit.access import Door
from coveragekit.access.feed_settings import FeedSettings
from coveragekit.access.looking import Look, Looks
from coveragekit.errors import AccessRefused, FeedUnsupported, RegistryError
from coveragekit.feeds.gate import Gate
from coveragekit.feeds.jpeg import decoded_jpeg
from coveragekit.feeds.messages import Fragment, Init, Message, Picture, State
from coveragekit.registry import cameras, feed_rows, picture_masks
from coveragekit.registry.audit import read_log
from tests.access.pictures import PROMISED_S
from tests.access.scene import CALL, CASE, DEE, EVERYTHING, KIM, NOBODY, PAT, Scene
from tests.feeds.peers.rtsp import RtspPeer, make_media, require, rtsp_peer

CANARY = "hunter2canary"


@pytest.fixture(scope="module")
def peer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RtspPeer]:
    """Give a camera that asks for a name and a password."""
    require()
    media = make_media(tmp_path_factory.mktemp("media"), ["sub"])
    with rtsp_peer(media, "--digest", f"ann:{CANARY}") as running:
        yield running


@pytest.fixture
def looks(door: Door, peer: RtspPeer, monkeypatch: pytest.MonkeyPatch):
    """Give the room where feeds are opened, with the one camera allowed."""
    monkeypatch.setenv("LAKE_LOGIN", f"ann:{CANARY}")
    gate = Gate(exempt=frozenset({("127.0.0.1", peer.port)}))
    with Looks(door, FeedSettings(gate)) as room:
        yield room
    assert not [one for one in threading.enumerate() if one.name == "looks"]


def _with_feed(scene: Scene, peer: RtspPeer, camera_id: str) -> str:
    with scene.door.registry.write() as connection:
        feed = {"name": "lake", "address": peer.address("live")}
        feed_rows.add_feed(connection, feed, by="test")
        kept = cameras.get_camera(connection, camera_id)
        cameras.change_camera(
            connection, camera_id, {"feed_ref": "lake"}, revision=kept.revision, by="t"
        )
        login = {"camera_id": camera_id, "store": "environment"}
        cameras.add_credential(
            connection, login | {"reference": "LAKE_LOGIN"}, by="test"
        )
    return camera_id


def _until(
    look: Look, is_enough: Callable[[list[Message]], bool], within_s: float = 20.0
) -> list[Message]:
    got: list[Message] = []
    ends_s = time.monotonic() + within_s
    while not is_enough(got):
        assert time.monotonic() < ends_s, [type(one).__name__ for one in got[-5:]]
        for one in look.take(0.2):
            got.append(one)
            if isinstance(one, Fragment | Picture):
                look.ack(one.index)
    return got


def _plays(got: list[Message]) -> bool:
    return sum(isinstance(one, Fragment | Picture) for one in got) >= 3


def _refused(got: list[Message]) -> bool:
    return any(isinstance(one, State) and one.state == "refused" for one in got)


def _lines(door: Door, action: str = "view_live"):
    with door.registry.read() as connection:
        return [one.entry for one in read_log(connection, action=action)]


def test_whoever_may_look_sees_the_camera_and_both_ends_are_on_record(
    looks: Looks, scene: Scene, peer: RtspPeer
) -> None:
    camera_id = _with_feed(scene, peer, scene.integrated(EVERYTHING))
    with looks.look(KIM, CALL, camera_id) as look:
        got = _until(look, _plays)
    assert look.form == "fmp4"
    first = next(one for one in got if not isinstance(one, State))
    assert isinstance(first, Init)
    assert first.codec.startswith("avc1.")
    begun, ended = _lines(looks.door)
    assert (begun.result, begun.actor, begun.case_number) == (
        "allowed",
        "kim",
        "26-0417",
    )
    assert (ended.result, ended.object_ids) == ("done", (camera_id,))
    assert ended.parameters["how"] == "left"
    assert ended.parameters["seconds"] > 0
    said = repr((looks, look, got, begun, ended))
    assert CANARY not in said
    assert "127.0.0.1" not in said


def test_a_withdrawn_consent_stops_the_picture_within_two_seconds(
    looks: Looks, scene: Scene, peer: RtspPeer
) -> None:
    camera_id = _with_feed(scene, peer, scene.integrated(EVERYTHING))
    with looks.look(KIM, CALL, camera_id) as look:
        _until(look, _plays)
        scene.move(camera_id, "withdrawn")
        began_s = time.monotonic()
        got = _until(look, _refused)
        took_s = time.monotonic() - began_s
        assert look.is_over
        assert "consent" in [one.words for one in got if isinstance(one, State)][-1]
        # nothing more comes, though the camera goes on
        assert not [one for one in look.take(1.0) if not isinstance(one, State)]
    assert took_s <= PROMISED_S
    assert _lines(looks.door)[-1].parameters["how"] == "ended"
    with pytest.raises(AccessRefused, match="withdrawn"):
        looks.look(KIM, CALL, camera_id)


def test_a_share_that_ends_stops_the_one_it_was_for_alone(
    looks: Looks, scene: Scene, peer: RtspPeer
) -> None:
    camera_id = _with_feed(scene, peer, scene.integrated(EVERYTHING))
    share_id = scene.share(camera_id=camera_id, to_name="pat", scope_live=True)
    with (
        looks.look(KIM, CALL, camera_id) as of_kim,
        looks.look(PAT, CALL, camera_id) as of_pat,
    ):
        _until(of_kim, _plays)
        _until(of_pat, _plays)
        scene.revoke(share_id)
        _until(of_pat, _refused)
        assert not of_kim.is_over
        _until(of_kim, _plays)


def test_a_masked_camera_gives_covered_pictures_and_no_stream(
    looks: Looks, scene: Scene, peer: RtspPeer
) -> None:
    camera_id = _with_feed(scene, peer, scene.integrated(EVERYTHING))
    corner = [[0.0, 0.0], [0.5, 0.0], [0.5, 0.5], [0.0, 0.5]]
    with scene.door.registry.write() as connection:
        mask = {"camera_id": camera_id, "ring": corner}
        picture_masks.add_mask(connection, mask, by="test")
    with pytest.raises(FeedUnsupported, match="covered"):
        looks.look(KIM, CALL, camera_id, form="fmp4")
    with looks.look(KIM, CALL, camera_id) as look:
        got = _until(look, _plays)
    assert (look.form, look.is_masked) == ("jpeg", True)
    pictures = [one for one in got if isinstance(one, Picture)]
    assert not [one for one in got if isinstance(one, Init | Fragment)]
    for one in pictures:
        grey = decoded_jpeg(one.jpeg).to_ndarray(format="gray8").astype(int)
        height, width = grey.shape
        hidden = grey[: height // 2 - 8, : width // 2 - 8]
        assert np.ptp(hidden) <= 6
        assert np.ptp(grey[height // 2 + 8 :]) > 60


def test_a_mask_added_while_somebody_looks_is_on_within_two_seconds(
    looks: Looks, scene: Scene, peer: RtspPeer
) -> None:
    camera_id = _with_feed(scene, peer, scene.integrated(EVERYTHING))
    with looks.look(KIM, CALL, camera_id, form="jpeg") as look:
        _until(look, _plays)
        with scene.door.registry.write() as connection:
            ring = [[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]]
            mask = {"camera_id": camera_id, "ring": ring}
            picture_masks.add_mask(connection, mask, by="test")
        began_s = time.monotonic()
        got = _until(look, _refused)
        assert time.monotonic() - began_s <= PROMISED_S
        assert "look again" in [one.words for one in got if isinstance(one, State)][-1]
    with looks.look(KIM, CALL, camera_id) as look:
        got = _until(look, _plays)
    assert all(one.is_masked for one in got if isinstance(one, Picture))


def test_who_may_not_look_is_refused_before_anything_is_opened(
    looks: Looks, scene: Scene, peer: RtspPeer, monkeypatch: pytest.MonkeyPatch
) -> None:
    camera_id = _with_feed(scene, peer, scene.registered())
    other = scene.integrated(EVERYTHING)

    def never(*_: object, **__: object) -> None:
        pytest.fail("a camera was opened for somebody who may not look")

    monkeypatch.setattr(looks.hub, "join", never)
    for user, purpose, asked, words in (
        (KIM, CALL, camera_id, "did not agree to live access"),
        (NOBODY, CALL, other, "nobody is named"),
        (PAT, CASE, other, "may not look at the live picture"),
        (KIM, CALL, "cam_none", "no such camera"),
    ):
        with pytest.raises(AccessRefused, match=words):
            looks.look(user, purpose, asked)
    assert {one.result for one in _lines(looks.door)} == {"refused"}


def test_a_camera_without_a_feed_says_what_to_do(looks: Looks, scene: Scene) -> None:
    with pytest.raises(FeedUnsupported, match="an administrator adds a feed"):
        looks.look(KIM, CALL, scene.integrated(EVERYTHING))
    cloud = scene.integrated(EVERYTHING)
    with scene.door.registry.write() as connection:
        seen = cameras.get_camera(connection, cloud).revision
        only = {"cloud_only": True}
        cameras.change_camera(connection, cloud, only, revision=seen, by="test")
    with pytest.raises(FeedUnsupported, match="only through its maker's cloud"):
        looks.look(KIM, CALL, cloud)


def test_a_look_of_which_nobody_can_be_asked_ends(
    looks: Looks, scene: Scene, peer: RtspPeer, monkeypatch: pytest.MonkeyPatch
) -> None:
    camera_id = _with_feed(scene, peer, scene.integrated(EVERYTHING))
    with looks.look(KIM, CALL, camera_id) as look:
        _until(look, _plays)
        monkeypatch.setattr(looks, "_keep_asking", lambda: None)
        monkeypatch.setattr(look, "heed", lambda *_, **__: None)
        began_s = time.monotonic()
        got = _until(look, _refused)
        took_s = time.monotonic() - began_s
        words = [one.words for one in got if isinstance(one, State)][-1]
    assert "cannot be asked" in words
    assert took_s <= PROMISED_S


def test_waiting_for_a_camera_that_sends_nothing_outlasts_no_promise(
    looks: Looks, scene: Scene, peer: RtspPeer, monkeypatch: pytest.MonkeyPatch
) -> None:
    camera_id = _with_feed(scene, peer, scene.integrated(EVERYTHING))
    with looks.look(KIM, CALL, camera_id) as look:
        _until(look, _plays)
        monkeypatch.setattr(look, "heed", lambda *_, **__: None)
        waits: list[float] = []
        took = look._viewer.take

        def silent(timeout_s: float) -> list[Message]:
            waits.append(timeout_s)
            time.sleep(timeout_s)
            return took(0.0) if look.is_over else []

        monkeypatch.setattr(look._viewer, "take", silent)
        began_s = time.monotonic()
        got = look.take(30.0)
        assert time.monotonic() - began_s <= PROMISED_S
    assert _refused(got)
    assert waits[0] < PROMISED_S


def test_a_rule_that_looks_is_counted_apart(
    looks: Looks, scene: Scene, peer: RtspPeer
) -> None:
    camera_id = _with_feed(scene, peer, scene.integrated(EVERYTHING))
    with looks.look(DEE, CALL, camera_id, kind="unattended") as look:
        _until(look, _plays)
    assert {one.kind for one in _lines(looks.door)} == {"unattended"}
    with pytest.raises(AccessRefused, match="without a person who asks"):
        looks.look(KIM, CALL, camera_id, kind="unattended")


def test_settings_without_a_file_open_nothing(
    door: Door, scene: Scene, peer: RtspPeer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("COVERAGEKIT_FEEDS", raising=False)
    camera_id = _with_feed(scene, peer, scene.integrated(EVERYTHING))
    with Looks(door) as room, room.look(KIM, CALL, camera_id) as look:
        got = _until(look, _refused)
    state = [one for one in got if isinstance(one, State)][-1]
    assert state.fault == "FeedForbidden"
    assert "127.0.0.1" not in state.words


def test_a_wrong_password_is_told_and_not_tried_again(
    looks: Looks, scene: Scene, peer: RtspPeer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LAKE_LOGIN", f"ann:{CANARY}x")
    camera_id = _with_feed(scene, peer, scene.integrated(EVERYTHING))
    with looks.look(KIM, CALL, camera_id) as look:
        got = _until(look, _refused)
    state = [one for one in got if isinstance(one, State)][-1]
    assert state.fault == "FeedLoginError"
    assert CANARY not in repr(got)


def test_secrets_in_files_are_read_when_they_are_needed(
    tmp_path: Path, scene: Scene, peer: RtspPeer, door: Door
) -> None:
    camera_id = _with_feed(scene, peer, scene.integrated(EVERYTHING))
    (tmp_path / "lake").write_text(f"ann:{CANARY}\n")
    (tmp_path / "lake").chmod(0o600)
    with door.registry.write() as connection:
        (kept,) = cameras.list_credentials(connection).rows
        login = {"store": "file", "reference": "lake"}
        cameras.change_credential(
            connection, kept.credential_id, login, revision=1, by="test"
        )
    gate = Gate(exempt=frozenset({("127.0.0.1", peer.port)}))
    with (
        Looks(door, FeedSettings(gate, tmp_path)) as room,
        room.look(KIM, CALL, camera_id) as look,
    ):
        _until(look, _plays)


def test_a_line_that_cannot_be_written_leaves_no_other_camera_connected(
    looks: Looks, scene: Scene, peer: RtspPeer, monkeypatch: pytest.MonkeyPatch
) -> None:
    camera_id = _with_feed(scene, peer, scene.integrated(EVERYTHING))
    both = [looks.look(KIM, CALL, camera_id) for _ in range(2)]
    for look in both:
        _until(look, _plays)

    def fails(*_: object, **__: object) -> None:
        message = "the registry is busy"
        raise RegistryError(message)

    with monkeypatch.context() as broken:
        broken.setattr("coveragekit.access.picture_lines.append", fails)
        with pytest.raises(RegistryError, match="busy"):
            looks.close()
    for look in both:
        assert not [one for one in look.take(0.3) if not isinstance(one, State)]
    assert not [one for one in threading.enumerate() if one.name.startswith("camera ")]
