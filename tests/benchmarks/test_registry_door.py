"""The registry of a big city through its door, on both databases."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator

import numpy as np
import pytest
from sqlalchemy import insert, select

from coveragekit import access
from coveragekit.access import Door, LineFilter, Purpose, User, open_door
from coveragekit.registry import schema
from coveragekit.registry.opening import now
from tests.access.scene import ANN, CASE, KIM, OFFICE, Scene
from tests.benchmarks.test_registry import FULL, MIDDLE, _rows
from tests.databases import DIALECTS, Server, postgres  # noqa: F401 - fixture

ASKED = 9
WISH = Purpose("owner_request")
WHO = {"officer": (KIM, CASE), "desk": (ANN, WISH)}
Filled = tuple[Door, str, float]


@pytest.fixture(scope="module", params=DIALECTS)
def filled(
    request: pytest.FixtureRequest,
    scale: float,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Filled]:
    """Give a registry that took a file through the door, and the seconds it took."""
    folder = tmp_path_factory.mktemp("door")
    address = str(folder / "r" / "registry.sqlite")
    if request.param == "postgresql":
        server: Server = request.getfixturevalue("postgres")
        address = server.database()
    rows = _rows(round(FULL * scale))
    with pytest.MonkeyPatch.context() as settings:
        settings.setenv("COVERAGEKIT_CHECKPOINTS", str(folder / "signed"))
        settings.setenv("COVERAGEKIT_AUDIT_KEY", str(folder / "audit.pem"))
        with open_door(address, create=True) as door:
            clock, _ = _clock(door)
            began = clock()
            done = access.import_rows(ANN, OFFICE, rows, source="city", registry=door)
            spent = clock() - began
            assert done.added == len(rows)
            _agree(door)
            yield door, Scene(door).integrated(), spent


def _agree(door: Door) -> None:
    """Have the owner of every second camera registered."""
    with door.registry.write() as connection:
        moment = now(connection)
        stamp = dict.fromkeys(("state_at", "given_at", "made_at", "changed_at"), moment)
        ids = connection.execute(select(schema.camera.c.camera_id)).scalars().all()
        consents = [
            {
                "consent_id": one.replace("cam_", "con_"),
                "camera_id": one,
                "state": "registered",
                "changed_by": "anna",
                **stamp,
            }
            for one in ids[::2]
        ]
        connection.execute(insert(schema.consent), consents)
        if door.registry.dialect == "postgresql":
            # as the server does by itself a minute after so many rows came
            connection.exec_driver_sql("ANALYZE")


def _clock(door: Door) -> tuple[Callable[[], float], str]:
    """Give what to measure with: a server's work is in no processor time of ours."""
    if door.registry.dialect == "sqlite":
        return time.process_time, "CPU "
    return time.perf_counter, ""


def _median_ms(
    door: Door, ask: Callable[[int], object], times: int = ASKED
) -> tuple[float, str]:
    clock, kind = _clock(door)
    spent = []
    for number in range(times):
        began = clock()
        ask(number)
        spent.append(clock() - began)
    return 1000.0 * statistics.median(spent), f"{kind}ms"


def test_a_file_is_taken_through_the_door(
    filled: Filled, scale: float, promise: Callable[..., None]
) -> None:
    door, _, spent = filled
    what = f"import a file, {door.registry.dialect}"
    promise(what, spent, f"{_clock(door)[1]}s", at_most=40.0 * scale)


def test_a_look_is_decided_and_written_down(
    filled: Filled, promise: Callable[..., None]
) -> None:
    door, camera_id, _ = filled
    assert door.may(KIM, "view_live", camera_id, CASE).allowed

    def ask(_: int) -> object:
        return door.may(KIM, "view_live", camera_id, CASE)

    what = f"decision and its line, {door.registry.dialect}"
    promise(what, *_median_ms(door, ask, 60), at_most=5.0)


@pytest.mark.parametrize("who", WHO)
@pytest.mark.parametrize(
    ("what", "wanted"),
    [
        ("all", LineFilter()),
        ("of a state", LineFilter(states=("registered",))),
        ("never asked", LineFilter(states=("none",))),
        ("of an owner", LineFilter(owner="Owner 29")),
        ("of a street none is in", LineFilter(street="Elm")),
        ("by words", LineFilter(words="Camera 299")),
        ("nearest", LineFilter(near=MIDDLE)),
    ],
)
def test_cameras_are_listed_through_the_door(
    filled: Filled,
    promise: Callable[..., None],
    who: str,
    what: str,
    wanted: LineFilter,
) -> None:
    door = filled[0]
    user, purpose = WHO[who]

    def ask(_: int) -> object:
        return access.list_cameras(user, purpose, wanted=wanted, registry=door)

    found = access.list_cameras(user, purpose, wanted=wanted, registry=door)
    assert bool(found.rows) == (
        what != "of a street none is in"
        and not (who == "officer" and what == "never asked")
    )
    name = f"list for the {who}: {what}, {door.registry.dialect}"
    promise(name, *_median_ms(door, ask), at_most=20.0, note="with its line")


@pytest.mark.parametrize("who", WHO)
def test_the_nearest_cameras_are_found_through_the_door(
    filled: Filled, promise: Callable[..., None], who: str
) -> None:
    door = filled[0]
    user, purpose = WHO[who]
    places = np.random.default_rng(3).normal(MIDDLE, 0.05, (ASKED, 2)).tolist()

    def ask(number: int) -> object:
        lon, lat = places[number]
        return access.near_cameras(user, purpose, lon=lon, lat=lat, registry=door)

    name = f"ten nearest for the {who}, {door.registry.dialect}"
    promise(name, *_median_ms(door, ask), at_most=20.0, note="with its line")


def test_the_log_is_in_order_after_all_this(filled: Filled) -> None:
    door = filled[0]
    told = access.verify_audit(
        User("aud", "auditor", "proxy"), Purpose("oversight"), registry=door
    )
    assert told.ok, told.words
