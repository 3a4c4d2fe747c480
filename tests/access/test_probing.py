"""Rounds of looks find out which cameras work, by real cameras, and keep no picture."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from coveragekit.access import Door, Purpose, Scope, User, camera_arrays
from coveragekit.access import cameras as list_of_cameras
from coveragekit.access.feed_settings import FeedSettings
from coveragekit.access.looking import Looks
from coveragekit.access.probe_plan import plan_of
from coveragekit.access.probe_tally import Pace
from coveragekit.access.rounds import probe_cameras, probe_round
from coveragekit.errors import AccessRefused, InputError
from coveragekit.feeds.bounds import Bounds
from coveragekit.feeds.gate import Gate
from coveragekit.feeds.hub import Hub
from coveragekit.feeds.opening import open_feed
from coveragekit.registry import cameras, feed_rows, owners, picture_masks, sites
from coveragekit.registry.audit import Entry, read_log
from coveragekit.registry.health import Health, health_of
from tests.access.scene import ANN, CALL, EVERYTHING, KIM, PAT, Scene
from tests.feeds.peers.hostile import hostile_peer, nobody, silent
from tests.feeds.peers.rtsp import (
    RtspPeer,
    make_media,
    require,
    rtsp_peer,
    wait_until,
)
from tests.feeds.peers.web import WebPeer, answer, web_peer

CANARY = "hunter2canary"
UPKEEP = Purpose("upkeep")
# What asks no database anything that another test does not ask it on both.
on_one_database = pytest.mark.parametrize("registry_url", ["sqlite"], indirect=True)
# For what has to work, however loaded this machine is, and for what never answers.
PATIENT = Bounds(connect_s=20.0, answer_s=30.0, open_s=40.0, stall_s=30.0)
QUICK = Bounds(connect_s=1.0, answer_s=1.0, open_s=2.0, stall_s=1.0)
SOON = Pace(at_once=8, of_one_device=4, bounds=PATIENT)


class City:
    """A registry whose cameras are real servers on this machine."""

    def __init__(
        self, scene: Scene, looks: Looks, exempt: set[tuple[str, int]]
    ) -> None:
        self.scene, self.looks, self.clock = scene, looks, scene.door.registry.clock
        self._exempt = exempt
        self._count = 0

    def feed(self, camera_id: str, port: int, **addresses: str) -> str:
        """Give a camera its feed."""
        self._exempt.add(("127.0.0.1", port))
        gate = Gate(exempt=frozenset(self._exempt))
        object.__setattr__(self.looks.settings, "gate", gate)
        self._count += 1
        name = f"feed-{self._count}"
        with self.scene.door.registry.write() as connection:
            feed_rows.add_feed(connection, {"name": name, **addresses}, by="test")
            kept = cameras.get_camera(connection, camera_id)
            cameras.change_camera(
                connection,
                camera_id,
                {"feed_ref": name},
                revision=kept.revision,
                by="t",
            )
        return camera_id

    def add(self, port: int, scope: Scope = EVERYTHING, **addresses: str) -> str:
        """Add a camera whose owner integrated it."""
        return self.feed(self.scene.integrated(scope), port, **addresses)

    def round(self, hours: float = 1.0, **told):
        """Let time pass and do a round."""
        self.clock.pass_by(hours=hours)
        told.setdefault("pace", SOON)
        return probe_round(self.looks, **told)

    def health(self, camera_id: str) -> Health:
        """Give what is kept of a camera."""
        return self.known([camera_id])[camera_id]

    def known(self, camera_ids: Sequence[str]) -> dict[str, Health]:
        """Give what is kept of some cameras, those left out that nobody looked at."""
        with self.scene.door.registry.read() as connection:
            return health_of(connection, camera_ids)

    def lines(self) -> list[Entry]:
        """Give the lines of the log about rounds."""
        with self.scene.door.registry.read() as connection:
            return [one.entry for one in read_log(connection, action="probe_feeds")]


@pytest.fixture
def city(scene: Scene, door: Door) -> Iterator[City]:
    """Give a registry without cameras, and what looks at them."""
    settings = FeedSettings(Gate())
    hub = Hub(lambda target, want: open_feed(target, settings.gate, want=want))
    with Looks(door, settings, hub=hub) as looks:
        yield City(scene, looks, set())


@pytest.fixture
def web() -> Iterator[WebPeer]:
    """Give a camera that speaks HTTP."""
    with web_peer() as peer:
        yield peer


@pytest.fixture(scope="module")
def media(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the film that an RTSP camera plays."""
    require()
    return make_media(tmp_path_factory.mktemp("media"), ["sub"])


@pytest.fixture(scope="module")
def peer(media: Path) -> Iterator[RtspPeer]:
    """Give an RTSP camera that lives as long as the tests here."""
    with rtsp_peer(media) as running:
        yield running


def test_a_round_tells_the_living_from_the_dead_and_why(
    city: City, peer: RtspPeer, web: WebPeer
) -> None:
    with nobody() as closed:
        stream = city.add(peer.port, address=peer.address("sub"))
        still = city.add(
            web.port,
            address=web.address("/cam.mjpg"),
            snapshot=web.address("/snap.jpg"),
        )
        missing = city.add(peer.port, address=peer.address("nothing"))
        dead = city.add(closed, address=f"rtsp://127.0.0.1:{closed}/main")
        done = city.round()
    found = city.known([stream, still, missing, dead])
    assert {key: (one.probe.status, one.probe.fault) for key, one in found.items()} == {
        stream: ("online", None),
        still: ("online", None),
        missing: ("offline", "not_found"),
        dead: ("offline", "unreachable"),
    }
    film = found[stream].probe
    assert (film.codec, film.width_px, film.height_px) == ("h264", 640, 360)
    assert film.first_picture_s is not None
    assert 0.0 < film.first_picture_s < 60.0
    assert (film.is_frozen, film.is_black) == (False, False)
    # the first look is at the stream, though single pictures would cost less
    assert found[still].probe.codec == "mjpeg"
    assert found[still].last_seen_at == city.clock()
    assert found[dead].last_seen_at is None
    assert (done.cameras, done.due, done.tally.opened) == (4, 4, 4)
    assert (done.tally.online, done.tally.offline, done.tally.changed) == (2, 2, 4)


@on_one_database
def test_one_that_never_answers_is_given_up_in_time(city: City) -> None:
    with hostile_peer(silent) as mute:
        key = city.add(mute.port, address=f"rtsp://127.0.0.1:{mute.port}/main")
        city.round(pace=Pace(bounds=QUICK))
    assert city.health(key).probe.fault == "timeout"


@on_one_database
def test_a_round_is_one_line_unattended_with_counts_and_no_names(
    city: City, web: WebPeer
) -> None:
    ids = [city.add(web.port, address=web.address(f"/snap.jpg?{n}")) for n in range(3)]
    city.round()
    (line,) = city.lines()
    assert (line.actor, line.role, line.kind) == ("health", "service", "unattended")
    assert (line.purpose, line.result, line.rows) == ("health", "done", 3)
    assert line.object_ids == ()
    told = line.parameters
    assert (told["online"], told["offline"], told["due"]) == (3, 0, 3)
    assert told["seconds"] >= 0
    assert not any(one in repr(line) for one in ids)
    assert "127.0.0.1" not in repr(line)


def test_only_what_its_owner_agreed_to_is_opened(city: City, web: WebPeer) -> None:
    address = web.address("/snap.jpg")
    shown = city.add(web.port, address=address + "?shown")
    only = Scope(live=False, recorded=True)
    kept = [
        city.feed(city.scene.registered(), web.port, address=address + "?registered"),
        city.feed(city.scene.camera(), web.port, address=address + "?asked-nobody"),
        city.add(web.port, only, address=address + "?recorded"),
        city.add(
            web.port,
            Scope(live=True, emergencies_only=True),
            address=address + "?emergencies",
        ),
        city.add(
            web.port, Scope(live=True, hours="22:00-23:00"), address=address + "?night"
        ),
    ]
    gone = city.add(web.port, address=address + "?gone")
    city.scene.move(gone, "withdrawn")
    done = city.round()
    assert web.paths() == ["/snap.jpg?shown"]
    assert set(city.known([shown, *kept, gone])) == {shown}
    # those that are not integrated are no question; the others are told by their kind
    assert done.tally.skipped == {"agreement": 1, "emergencies": 1, "hours": 1}


def test_the_agencys_own_cameras_are_looked_at(city: City, web: WebPeer) -> None:
    with city.scene.door.registry.write() as connection:
        agency = {"name": "City", "kind": "agency"}
        owner_id = owners.add_owner(connection, agency, by="t").owner_id
        place = {"owner_id": owner_id, "kind": "public", "lon": -84.4, "lat": 33.7}
        site_id = sites.add_site(connection, place, by="t").site_id
    own = city.scene.camera(site_id=site_id)
    city.feed(own, web.port, address=web.address("/snap.jpg"))
    city.round()
    assert city.health(own).probe.status == "online"


@on_one_database
def test_a_consent_withdrawn_in_the_midst_of_a_round_shuts_that_camera(
    city: City, web: WebPeer
) -> None:
    first = city.add(web.port, address=web.address("/first"))
    other = city.add(web.port, address=web.address("/other"))
    picture = _jpeg()

    def withdraw(path: str, of: str) -> None:
        def route(handler) -> None:
            city.scene.move(of, "withdrawn")
            answer(handler, picture, "image/jpeg")

        web.routes[path] = route

    # whichever comes first has the other's owner withdraw
    withdraw("/first", other)
    withdraw("/other", first)
    done = city.round(pace=Pace(at_once=1, bounds=SOON.bounds))
    assert len(web.paths()) == 1
    assert done.tally.skipped == {"agreement": 1}
    assert (done.tally.opened, done.tally.kept) == (1, 1)


def _jpeg() -> bytes:
    from tests.feeds.peers.web import jpeg_of

    return jpeg_of(7)


def test_a_refused_login_is_not_tried_again_until_it_is_changed(
    city: City, web: WebPeer, tmp_path: Path
) -> None:
    web.login = ("digest", "ann", CANARY)
    key = city.add(web.port, address=web.address("/snap.jpg"))
    (tmp_path / "login").write_text("ann:wrong")
    (tmp_path / "login").chmod(0o600)
    _touch(tmp_path / "login", city.clock())
    object.__setattr__(city.looks.settings, "secrets", tmp_path)
    with city.scene.door.registry.write() as connection:
        given = {"camera_id": key, "store": "file", "reference": "login"}
        cameras.add_credential(connection, given, by="t")
    city.round()
    assert city.health(key).probe.fault == "login"
    asked = len(web.asked)
    for _ in range(3):
        done = city.round()
        assert (done.due, done.refused) == (0, 1)
    assert len(web.asked) == asked
    assert city.lines()[-1].parameters["login refused"] == 1

    (tmp_path / "login").write_text(f"ann:{CANARY}")
    moment = city.clock() + timedelta(minutes=30)
    _touch(tmp_path / "login", moment)
    city.round()
    assert city.health(key).probe.status == "online"
    assert CANARY not in repr((city.lines(), city.health(key), city.looks))


def _touch(path: Path, at: datetime) -> None:
    import os

    os.utime(path, (at.timestamp(), at.timestamp()))


@on_one_database
def test_one_refusal_of_a_recorder_is_enough_for_all_its_channels(
    city: City, web: WebPeer, monkeypatch: pytest.MonkeyPatch
) -> None:
    web.login = ("digest", "ann", CANARY)
    monkeypatch.setenv("REC_LOGIN", "ann:wrong")
    ids = [city.add(web.port, address=web.address(f"/snap.jpg?{n}")) for n in range(4)]
    with city.scene.door.registry.write() as connection:
        for key in ids:
            given = {"camera_id": key, "store": "environment", "reference": "REC_LOGIN"}
            cameras.add_credential(connection, given, by="t")
    city.round(pace=Pace(at_once=8, of_one_device=1, bounds=SOON.bounds))
    assert {city.health(one).probe.fault for one in ids} == {"login"}
    assert len(set(web.paths())) == 1


@on_one_database
def test_a_login_that_is_not_there_says_nothing_of_the_camera(
    city: City, web: WebPeer
) -> None:
    key = city.add(web.port, address=web.address("/snap.jpg"))
    with city.scene.door.registry.write() as connection:
        given = {"camera_id": key, "store": "environment", "reference": "NOT_SET"}
        cameras.add_credential(connection, given, by="t")
    city.round()
    probe = city.health(key).probe
    assert (probe.status, probe.fault) == ("unknown", "no_login")
    assert web.paths() == []


@on_one_database
def test_a_picture_that_stays_the_same_for_three_rounds_is_not_working(
    city: City, web: WebPeer
) -> None:
    key = city.add(web.port, address=web.address("/snap.jpg"))
    told = []
    city.round()
    web.frozen = True
    for _ in range(5):
        city.round()
        probe = city.health(key).probe
        told.append((probe.status, probe.fault, probe.is_frozen))
    assert told[:2] == [("online", "frozen", True)] * 2
    assert told[2:] == [("offline", "frozen", True)] * 3
    web.frozen = False
    city.round()
    probe = city.health(key).probe
    assert (probe.status, probe.fault, probe.is_frozen) == ("online", None, False)


@on_one_database
def test_a_black_picture_is_a_sign_and_after_a_day_no_working_camera(
    city: City, web: WebPeer
) -> None:
    import io

    from PIL import Image

    sink = io.BytesIO()
    Image.new("RGB", (640, 360), (4, 4, 4)).save(sink, "JPEG")
    web.give("/dark", sink.getvalue(), "image/jpeg")
    key = city.add(web.port, address=web.address("/dark"))
    told = []
    for hours in (1, 11, 11, 3):
        city.round(hours)
        probe = city.health(key).probe
        told.append((probe.status, probe.fault))
        assert probe.is_black
        assert not probe.is_frozen
    assert told == [("online", "black")] * 3 + [("offline", "black")]


def _state(city: City, camera_id: str) -> str:
    return city.looks.hub.standings()[camera_id].state


@on_one_database
def test_what_is_watched_already_is_not_opened_a_second_time(
    city: City, peer: RtspPeer
) -> None:
    key = city.add(peer.port, address=peer.address("sub"))
    city.round()
    before = city.health(key)
    with city.looks.look(KIM, CALL, key) as look:
        wait_until(lambda: look.take(0.2) and _state(city, key) == "playing")
        done = city.round()
    after = city.health(key)
    assert (done.tally.opened, done.tally.kept, done.tally.online) == (0, 1, 1)
    assert before.last_seen_at is not None
    assert after.last_seen_at == before.last_seen_at + timedelta(hours=1)
    assert after.probe.codec == "h264"


@on_one_database
def test_masked_cameras_are_looked_at_and_nothing_of_a_picture_is_kept(
    city: City, web: WebPeer
) -> None:
    key = city.add(web.port, address=web.address("/snap.jpg"))
    ring = [[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]]
    with city.scene.door.registry.write() as connection:
        picture_masks.add_mask(connection, {"camera_id": key, "ring": ring}, by="t")
    city.round()
    probe = city.health(key).probe
    assert probe.status == "online"
    assert isinstance(probe.fingerprint, int)
    assert probe.fingerprint.bit_length() <= 64


@on_one_database
def test_devices_are_asked_one_camera_at_a_time(city: City, web: WebPeer) -> None:
    at_once: list[int] = []
    lock, busy = threading.Lock(), [0]
    picture = _jpeg()

    def route(handler) -> None:
        with lock:
            busy[0] += 1
            at_once.append(busy[0])
        city.looks.hub.standings()
        threading.Event().wait(0.03)
        with lock:
            busy[0] -= 1
        answer(handler, picture, "image/jpeg")

    for number in range(6):
        web.routes[f"/{number}"] = route
        city.add(web.port, address=web.address(f"/{number}"))
    done = city.round(pace=Pace(at_once=6, of_one_device=1, bounds=SOON.bounds))
    assert done.tally.online == 6
    assert max(at_once) == 1


@on_one_database
def test_a_round_that_is_stopped_ends_soon_and_says_so(city: City) -> None:
    stop, heard = threading.Event(), []

    def act(line: socket.socket, ended: threading.Event) -> None:
        heard.append(line)
        if len(heard) == 2:
            stop.set()
        silent(line, ended)

    with hostile_peer(act) as mute:
        for n in range(6):
            city.add(mute.port, address=f"rtsp://127.0.0.1:{mute.port}/{n}")
        bounds = Bounds(connect_s=1.0, answer_s=1.0, open_s=1.0, stall_s=1.0)
        done = city.round(pace=Pace(2, 2, bounds), stop=stop)
    assert done.tally.is_stopped
    assert (done.tally.opened, done.tally.waiting, done.tally.kept) == (2, 4, 0)
    assert city.lines()[-1].parameters["stopped"] is True


@on_one_database
def test_a_camera_is_due_once_in_its_time_and_keeps_its_own_moment(
    city: City, web: WebPeer
) -> None:
    for number in range(12):
        # ids that are always the same have moments that are always the same
        key = city.scene.integrated(EVERYTHING, camera_id=f"cam_{number:04d}")
        city.feed(key, web.port, address=web.address(f"/snap.jpg?{number}"))
    city.round(pace=Pace(8, 8, SOON.bounds))
    with city.scene.door.registry.read() as connection:
        now_s = city.clock().timestamp()
        plan = plan_of(
            connection, city.looks.settings, every_s=3600.0, until_s=now_s + 3600.0
        )
        none = plan_of(connection, city.looks.settings, every_s=3600.0, until_s=now_s)
    moments = [one.at_s - now_s for one in plan.due]
    assert len(plan.due) == 12
    assert none.due == ()
    assert 0.0 < min(moments) < 900.0
    assert max(moments) > 2700.0
    assert max(moments) <= 3600.0
    halves = sum(one < 1800.0 for one in moments)
    assert 3 <= halves <= 9


@on_one_database
def test_a_policy_without_the_service_looks_at_nothing_and_says_what_to_do(
    city: City, web: WebPeer
) -> None:
    city.add(web.port, address=web.address("/snap.jpg"))
    door = city.scene.door
    door.policy = replace(door.policy, services={})
    with pytest.raises(AccessRefused, match=r"add to it: \[services.health\]"):
        city.round()
    assert web.paths() == []
    (line,) = city.lines()
    assert (line.result, line.kind) == ("refused", "unattended")


@on_one_database
@pytest.mark.parametrize(
    ("user", "purpose", "words"),
    [
        (User("health", "administrator", "proxy"), UPKEEP, "the account of a service"),
        (User("Health", "officer", "local"), CALL, "sign on by your own name"),
        (User("health", "service", "local"), UPKEEP, "the account of a service"),
        (User("eve", "service", "proxy"), UPKEEP, "there is no such role"),
        (User("eve", "service", "service"), Purpose("health"), "no service account"),
        (User("health", "service", "service"), Purpose("health"), "works unattended"),
        (KIM, UPKEEP, "the role officer may not see whether a camera works"),
    ],
)
def test_nobody_signs_on_as_the_service(
    city: City, web: WebPeer, user: User, purpose: Purpose, words: str
) -> None:
    key = city.add(web.port, address=web.address("/snap.jpg"))
    with pytest.raises(AccessRefused, match=words):
        probe_cameras(city.looks, user, purpose, [key])
    assert web.paths() == []


@on_one_database
def test_the_service_may_do_nothing_else(city: City, web: WebPeer) -> None:
    key = city.add(web.port, address=web.address("/snap.jpg"))
    service = User("health", "service", "service")
    for action in ("view_live", "see_contact", "list_cameras", "manage_users"):
        asked = city.scene.door.may(
            service, action, key, Purpose("health"), kind="unattended"
        )
        assert not asked.allowed
    assert city.scene.door.may(
        service, "probe_feeds", key, Purpose("health"), kind="unattended"
    ).allowed
    for purpose in (Purpose("upkeep"), CALL, Purpose("health", emergency=True)):
        assert not city.scene.door.may(
            service, "probe_feeds", key, purpose, kind="unattended"
        ).allowed
    with pytest.raises(InputError, match="a service has the role"):
        User("health", "administrator", "service")


def test_a_person_is_told_of_some_cameras_now(city: City, web: WebPeer) -> None:
    good = city.add(web.port, address=web.address("/snap.jpg"), substream="")
    none = city.add(web.port, address=web.address("/nothing"))
    shut = city.scene.registered(name="Closed door")
    told = probe_cameras(city.looks, ANN, UPKEEP, [good, none, shut], pace=SOON)
    assert [one.status for one in told] == ["online", "offline", "refused"]
    assert told[0].codec == "mjpeg"
    assert told[1].fault == "not_found"
    assert "did not agree to live access" in str(told[2].words)
    assert told[2].name == shut
    line = city.lines()[-1]
    assert (line.actor, line.kind, line.object_ids) == ("ann", "human", (good, none))


def test_a_round_that_was_killed_is_told_by_the_next(
    city: City, web: WebPeer, monkeypatch: pytest.MonkeyPatch
) -> None:
    from coveragekit.access import rounds

    city.add(web.port, address=web.address("/snap.jpg"))
    city.round()

    class Killed(BaseException):
        pass

    def dies(*_: object, **__: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(rounds, "note_work", dies)
        patch.setattr(rounds, "note_failure", dies)
        with pytest.raises(Killed):
            city.round()
    assert len(city.lines()) == 1
    city.round()
    assert city.lines()[-1].parameters["unrecorded"] == 1


@on_one_database
def test_looks_go_on_where_others_were_faster(
    city: City, web: WebPeer, monkeypatch: pytest.MonkeyPatch
) -> None:
    from coveragekit.access import probing

    key = city.add(web.port, address=web.address("/snap.jpg"))
    city.add(web.port, address=web.address("/snap.jpg?2"))

    def fails(target, gate, **told):
        if target.camera_id == key:
            raise ZeroDivisionError
        return look_once(target, gate, **told)

    look_once = probing.look_once
    monkeypatch.setattr(probing, "look_once", fails)
    done = city.round()
    assert (done.tally.online, done.tally.unknown) == (1, 1)
    assert city.health(key).probe.fault == "failed"


@on_one_database
def test_too_short_a_time_is_refused(city: City) -> None:
    with pytest.raises(InputError, match="60 s and more"):
        city.round(every_s=5.0)


@on_one_database
def test_a_camera_that_dies_is_told_as_offline_by_the_list_and_by_arrays(
    city: City, media: Path
) -> None:
    planning = Purpose("planning")
    door = city.scene.door
    with rtsp_peer(media) as peer:
        key = city.add(peer.port, address=peer.address("sub"))
        city.round()
        seen_at = city.clock()
        (row,) = cameras_of(door, planning)
        assert (row["status"], row["last_seen_at"]) == ("online", seen_at)
        peer.kill()
        city.round()
    (row,) = cameras_of(door, planning)
    assert (row["camera_id"], row["status"]) == (key, "offline")
    assert row["last_seen_at"] == seen_at
    arrays = camera_arrays(PAT, planning, registry=door)
    assert list(arrays["status"]) == ["offline"]
    told = arrays["last_seen_at"][0].astype("datetime64[s]").item()
    assert told == seen_at.replace(tzinfo=None)

    # what nobody has looked at for a day is not known any more
    city.clock.pass_by(hours=25)
    (row,) = cameras_of(door, planning)
    assert (row["status"], row["last_seen_at"]) == ("unknown", seen_at)


def cameras_of(door: Door, purpose: Purpose) -> list[dict]:
    """Give the rows that a study would get."""
    return list_of_cameras(PAT, purpose, registry=door).to_dict("records")


@on_one_database
def test_what_somebody_wrote_after_the_last_look_counts(
    city: City, web: WebPeer
) -> None:
    door, planning = city.scene.door, Purpose("planning")
    key = city.add(web.port, address=web.address("/snap.jpg"))
    city.round()
    for change, status in (
        ({"name": "Door"}, "online"),
        ({"status": "offline"}, "offline"),
    ):
        city.clock.pass_by(minutes=1)
        with door.registry.write() as connection:
            seen = cameras.get_camera(connection, key).revision
            cameras.change_camera(connection, key, change, revision=seen, by="t")
        (row,) = cameras_of(door, planning)
        assert row["status"] == status
    city.round()
    (row,) = cameras_of(door, planning)
    assert row["status"] == "online"
