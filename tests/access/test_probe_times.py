"""What looks are worth when time went wrong: clocks ahead, pauses, and who wrote."""

from __future__ import annotations

from datetime import timedelta

import pytest

from coveragekit.access import Door, Purpose
from coveragekit.access import cameras as list_of_cameras
from coveragekit.access.probe_look import Seen, judged
from coveragekit.access.probing import _watched
from coveragekit.registry import cameras, uptimes
from coveragekit.registry.health import Probe, health_of, keep_probes, stretches_of
from coveragekit.registry.moving import import_cameras
from tests.access.scene import EVERYTHING, PAT, Scene
from tests.access.test_probing import (  # noqa: F401 - fixtures
    SOON,
    UPKEEP,
    City,
    city,
    web,
)
from tests.databases import Clock
from tests.feeds.peers.web import WebPeer

PLANNING = Purpose("planning")
on_one_database = pytest.mark.parametrize("registry_url", ["sqlite"], indirect=True)


def _listed(door: Door, camera_id: str) -> str:
    rows = list_of_cameras(PAT, PLANNING, registry=door).to_dict("records")
    return next(row["status"] for row in rows if row["camera_id"] == camera_id)


def _keep(door: Door, camera_id: str, status: str, fault: str | None = None) -> None:
    with door.registry.write() as connection:
        probe = Probe(camera_id, status, fault)
        keep_probes(connection, [probe], at=door.registry.clock())


def _change(door: Door, camera_id: str, **values: object) -> None:
    door.registry.clock.pass_by(minutes=1)
    with door.registry.write() as connection:
        seen = cameras.get_camera(connection, camera_id).revision
        cameras.change_camera(connection, camera_id, values, revision=seen, by="t")


def test_a_look_by_a_clock_that_was_ahead_counts_as_none(
    city: City,  # noqa: F811
    web: WebPeer,  # noqa: F811
    clock: Clock,
) -> None:
    door = city.scene.door
    key = city.add(web.port, address=web.address("/snap.jpg"))
    city.round()
    true_at = clock()
    clock.pass_by(days=30)
    _keep(door, key, "online")
    clock.pass_by(days=-30)
    web.give("/snap.jpg", b"no picture")
    # it is known to work no more than one that was never looked at
    assert _listed(door, key) == "unknown"
    done = city.round()
    assert (done.due, done.tally.kept, done.tally.offline) == (1, 1, 1)
    assert city.lines()[-1].parameters["looked at by a clock that was ahead"] == 1
    assert _listed(door, key) == "offline"
    found = city.health(key)
    assert (found.probed_at, found.since_at) == (clock(), clock())
    assert found.last_seen_at is None
    with door.registry.read() as connection:
        (told,) = uptimes.uptime(
            connection, since=true_at, until=clock() + timedelta(days=40)
        )
    assert (told.online_s, told.probes) == (0.0, 2)
    done = city.round()
    assert (done.due, done.tally.kept) == (1, 1)
    assert "looked at by a clock that was ahead" not in city.lines()[-1].parameters


def test_what_a_person_wrote_stays_until_the_next_look(
    scene: Scene, door: Door, clock: Clock
) -> None:
    key = scene.integrated(EVERYTHING, source="city.csv", source_id="1")
    _keep(door, key, "online")
    _change(door, key, status="offline")
    assert _listed(door, key) == "offline"
    for change in ({"name": "Door"}, {"name": "Gate"}):
        _change(door, key, **change)
        assert _listed(door, key) == "offline"
    with door.registry.read() as connection:
        kept = cameras.get_camera(connection, key)
    assert kept.changed_what == ["name", "status before"]
    clock.pass_by(minutes=1)
    row = {"source_id": "1", "lon": kept.lon, "lat": kept.lat, "name": "Hall"}
    with door.registry.write() as connection:
        done = import_cameras(connection, [row], by="t", source="city.csv")
    assert done.changed == 1
    assert _listed(door, key) == "offline"

    # a look goes before all that was written until then
    clock.pass_by(minutes=1)
    _keep(door, key, "online")
    assert _listed(door, key) == "online"
    _change(door, key, name="Yard")
    assert _listed(door, key) == "online"
    with door.registry.read() as connection:
        assert cameras.get_camera(connection, key).changed_what == ["name"]


@on_one_database
def test_a_black_camera_stays_black_while_somebody_watches_it(
    scene: Scene, door: Door, clock: Clock
) -> None:
    key = scene.integrated(EVERYTHING)
    black = Seen("online", None, True, 0.5, 640, 360, "h264", True, 0)
    light = Seen("online", None, True, 0.5, 640, 360, "h264", False, 0x0102030405060708)

    def look(seen: Seen | None) -> tuple[str, str | None]:
        with door.registry.write() as connection:
            before = health_of(connection, [key]).get(key)
            probe = judged(
                key,
                _watched(before) if seen is None else seen,
                before=before,
                stretch=stretches_of(connection, [key]).get(key),
                at=clock(),
            )
            keep_probes(connection, [probe], at=clock())
        clock.pass_by(hours=6)
        return probe.status, probe.fault

    # the one who watches it takes nothing from its count
    told = [look(seen) for seen in (black, black, None, black, black, None, black)]
    assert told == [("online", "black")] * 4 + [("offline", "black")] * 3
    assert look(light) == ("online", None)
    assert look(None) == ("online", None)
    # black twice, with days between of which nobody knows
    assert look(black) == ("online", "black")
    clock.pass_by(days=3)
    assert look(black) == ("online", "black")


def test_nobody_can_tell_how_a_camera_was_between_looks_far_apart(
    scene: Scene, door: Door, clock: Clock
) -> None:
    good, bad = scene.integrated(EVERYTHING), scene.integrated(EVERYTHING)
    began_at = clock()
    for days in (25, 0):
        _keep(door, good, "online")
        _keep(door, bad, "offline", "timeout")
        clock.pass_by(days=days)
    for _ in range(3):
        clock.pass_by(hours=26)
        _keep(door, good, "online", "black")
        _keep(door, bad, "offline", "timeout")
    with door.registry.read() as connection:
        first, second = (
            {
                one.camera_id: one
                for one in uptimes.uptime(connection, since=since, until=clock())
            }
            for since in (began_at, clock() - timedelta(hours=30))
        )
    known_s = 3 * 26 * 3600.0
    assert (first[good].online_s, first[bad].offline_s) == (known_s, known_s)
    assert first[good].unknown_s == timedelta(days=25).total_seconds()
    assert first[bad].unknown_s == first[good].unknown_s
    assert (first[good].probes, first[bad].probes) == (5, 5)
    # of the looks that found the same, those in the time asked for
    assert (second[good].probes, second[bad].probes) == (2, 2)
    assert second[bad].offline_s == 30 * 3600.0


@on_one_database
def test_between_two_looks_nobody_looked_though_it_is_known(
    scene: Scene, door: Door, clock: Clock
) -> None:
    key = scene.integrated(EVERYTHING)
    began_at = clock()
    for _ in range(5):
        _keep(door, key, "offline", "timeout")
        clock.pass_by(hours=1)
    for since_m, until_m, probes in (
        (70, 80, 0),
        (50, 70, 1),
        (60, 120, 2),
        (-9, 9, 1),
    ):
        since, until = (began_at + timedelta(minutes=one) for one in (since_m, until_m))
        with door.registry.read() as connection:
            (told,) = uptimes.uptime(connection, since=since, until=until)
        assert told.probes == probes
        known_m = until_m - max(since_m, 0)
        assert told.offline_s == 60.0 * known_m


@on_one_database
def test_a_round_without_an_end_does_not_wait_for_the_clock(
    city: City,  # noqa: F811
    web: WebPeer,  # noqa: F811
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from coveragekit.access import rounds

    city.add(web.port, address=web.address("/snap.jpg"))
    city.round()
    clock.pass_by(hours=2)

    def planned(*args: object, **told: object) -> object:
        plan = plan_of(*args, **told)
        clock.pass_by(hours=-3)
        return plan

    plan_of = rounds.plan_of
    monkeypatch.setattr(rounds, "plan_of", planned)
    done = city.round()
    assert (done.due, done.tally.kept) == (1, 1)
