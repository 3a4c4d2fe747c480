"""Who is killed at any moment loses nothing acknowledged and leaves nothing half."""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError

from coveragekit.access import Door, open_door
from coveragekit.registry.opening import Registry
from tests.access.killing import check_kept, kill_writers, nursery
from tests.access.scene import Scene
from tests.databases import own_server

FULL = os.environ.get("COVERAGEKIT_SOAK") == "full"
TIMES = 200 if FULL else 12
LONGEST_S = 0.4
pytestmark = [
    pytest.mark.soak,
    pytest.mark.skipif(not hasattr(os, "fork"), reason="needs signals of POSIX"),
]


@pytest.fixture
def real_door(registry_url: str) -> Iterator[Door]:
    """Give a door by the machine's own clock, which the writers have too."""
    with open_door(registry_url) as opened:
        yield opened


def registered(door: Door, count: int) -> list[str]:
    """Make a place with cameras that their owner registered."""
    scene = Scene(door)
    return [scene.registered() for _ in range(count)]


def test_writers_killed_at_any_moment_lose_nothing_they_acknowledged(
    real_door: Door, registry_url: str
) -> None:
    cameras = registered(real_door, TIMES + 1)

    with nursery(registry_url, cameras) as mother:
        kill_writers(mother, TIMES, longest_s=LONGEST_S)

    acts = check_kept(real_door, mother, lost=mother.born)
    assert mother.born == TIMES + 1
    assert acts["lost"] == 0
    print(f"\n{real_door.registry.dialect}: {TIMES} kills, {dict(acts)}")  # noqa: T201


@pytest.fixture
def own_address() -> Iterator[str]:
    """Give an empty registry on a server that this test may break."""
    with own_server() as server:
        address = server.database()
        Registry.open(address, create=True).close()
        yield address


def kill_a_backend(address: str, rng: random.Random) -> bool:
    """Kill a process of the server that serves a writer, if there is one just now."""
    engine = create_engine(address)
    query = text(
        "SELECT pid FROM pg_stat_activity WHERE datname = current_database() "
        "AND pid <> pg_backend_pid() AND backend_type = 'client backend' ORDER BY pid"
    )
    try:
        with engine.connect() as connection:
            found = connection.execute(query).scalars().all()
    except OperationalError:
        return False  # it is still coming back from the last time
    finally:
        engine.dispose()
    if found:
        os.kill(rng.choice(found), signal.SIGKILL)
    return bool(found)


def test_a_servers_process_killed_at_any_moment_loses_nothing_it_acknowledged(
    own_address: str, tmp_path: Path
) -> None:
    times = 25 if FULL else 2
    rng = random.Random(417)  # noqa: S311 - moments, no secret
    with open_door(own_address) as door:
        cameras = registered(door, 2)

    with nursery(own_address, cameras) as mother:
        mother.start()
        mother.start()
        killed = 0
        while killed < times:
            mother.listen_until("look")
            time.sleep(rng.uniform(0.0, 0.2))
            killed += kill_a_backend(own_address, rng)
        for _ in range(5):
            mother.listen_until("look")
        mother.collect()

    with open_door(own_address) as door:
        # a writer that lost its server does not know whether its last act was kept
        acts = check_kept(door, mother, lost=len(mother.said("lost")) + 2)
    assert acts["look"] > times
    print(f"\nbackends: {times} kills, {dict(acts)}")  # noqa: T201
