"""A camera whose owner leaves goes from a page that is open, and from its files."""

from __future__ import annotations

import csv
import io
import threading
import time
from contextlib import closing
from dataclasses import replace

import numpy as np
import pytest

from coveragekit.dashboards import backroom_left
from coveragekit.dashboards.backroom import Call, NotebookBackroom
from coveragekit.dashboards.backroom_left import RECENT_S
from coveragekit.dashboards.planner.answers import Answers
from coveragekit.dashboards.planner.camera_points import shown_points
from coveragekit.dashboards.planner.filters import Filters
from coveragekit.dashboards.planner.leaving import Leaving
from coveragekit.dashboards.planner.page import Planner
from coveragekit.dashboards.visit import Visit
from coveragekit.errors import InputError
from coveragekit.study.change import Change
from coveragekit.study.ghost import Ghost
from coveragekit.view import Store
from tests.registered import Registered, apart, register_town

PATIENCE_S = 30.0


@pytest.fixture(scope="module")
def registered(tmp_path_factory: pytest.TempPathFactory) -> Registered:
    return register_town(tmp_path_factory.mktemp("registered"))


@pytest.fixture
def town(
    registered: Registered,
    tmp_path,
    monkeypatch: pytest.MonkeyPatch,
) -> Registered:
    # Nobody waits in a test for an old answer to grow older.
    monkeypatch.setattr("coveragekit.dashboards.backroom_left.RECENT_S", 0.0)
    return apart(registered, tmp_path, monkeypatch)


def answers(town: Registered) -> Answers:
    results = town.study.results()
    return Answers(Store.open(results.path), results.summary)


def best_camera(town: Registered) -> str:
    """Give the camera without which the most street is unseen."""
    worth = town.study.results().camera_worth()
    return str(worth.loc[worth["loss_street_m"].idxmax(), "camera_id"])


def wait_until(claim) -> None:
    until = time.monotonic() + PATIENCE_S
    while not claim():
        assert time.monotonic() < until
        time.sleep(0.01)


@pytest.fixture
def page(town: Registered):
    planner = Planner(town.study.path)
    planner.greet(Visit("kim", "analyst"))
    wait_until(lambda: not planner.leaving._asking.locked())
    planner.recount.finish()
    yield planner
    planner.backroom.close()


def still(page: Planner) -> None:
    """Do what the page does every half minute, and wait for what comes of it."""
    page.header._handle_custom_msg({"event": "still"}, [])
    wait_until(lambda: not page.leaving._asking.locked())
    page.recount.finish()


def test_what_is_recent_is_well_within_a_minute() -> None:
    # a page asks every 30 s
    assert 30.0 + RECENT_S < 60.0


def test_an_open_page_learns_of_a_withdrawal_and_leaves_the_camera_out(
    town: Registered, page: Planner
) -> None:
    key = best_camera(town)
    row = page.store.cameras.camera_id.find(key)
    page.state.selected = ("camera", row)
    before = page.state.numbers.figures["street_length"]
    shown = [one["key"] for one in page.worth.state["cameras"]]
    assert page.header.state["left"] == {"words": "", "more": ""}
    assert key in shown

    town.withdraw(key)
    still(page)

    told = page.header.state["left"]
    assert told["words"] == "1 camera has left since this study was built."
    assert "coveragekit registry study" in told["more"]
    assert page.state.left == {row}
    assert page.state.selected is None
    after = page.state.numbers.figures["street_length"]
    assert after.value < before.value
    assert not after.of_study
    assert after.low is None
    assert key not in [one["key"] for one in page.worth.state["cameras"]]
    assert "Cameras have left" in page.numbers.state["note"]
    assert not page.city.look.flags[page.store.views.camera == row].any()
    with pytest.raises(InputError, match="that camera has left"):
        page.names.where("camera", row)
    name = page.store.cameras.name[row] or key
    assert ("camera", row) not in [
        (one.kind, one.index) for one in page.names.find(name)
    ]


def test_the_page_still_counts_what_somebody_else_sees(town: Registered) -> None:
    made = answers(town)
    key = best_camera(town)
    row = made.store.cameras.camera_id.find(key)
    flags = np.array(made.view_flags(Filters()))

    made.stages.left = frozenset({row})

    fewer = made.view_flags(Filters())
    own = made.store.views.camera == row
    assert flags[own].any()
    assert np.array_equal(np.where(own, False, flags), fewer)
    found = made.numbers(Filters())
    seen, total = made.figures.sums("street_length", Filters())
    assert found.figures["street_length"].value == pytest.approx(seen / total)
    assert "The outlines are of the build" in made.gaps_note(Filters())
    made.stages.left = frozenset()
    assert np.array_equal(made.view_flags(Filters()), flags)
    assert "The outlines are of the build" not in made.gaps_note(Filters())


def test_a_camera_that_never_counted_takes_no_interval_away(town: Registered) -> None:
    made = answers(town)
    idle = np.flatnonzero(~np.asarray(made.store.cameras.used))

    made.stages.left = frozenset(int(row) for row in idle)

    assert not made.stages.misses
    assert made.numbers(Filters()).figures["street_length"].of_study


def test_a_camera_that_left_is_neither_drawn_nor_tried(
    town: Registered, page: Planner
) -> None:
    key = best_camera(town)
    row = page.store.cameras.camera_id.find(key)
    assert shown_points(page.store, Filters(), frozenset())[row]

    town.withdraw(key)
    still(page)

    assert not shown_points(page.store, Filters(), page.state.left)[row]
    engine = page.whatif.tryout.engine
    middle = page.city.map.center
    moved = Ghost.of_kind("bullet", key=key, lon=middle[1], lat=middle[0])
    moved = replace(moved, of=key)
    assert not engine.counts(moved, Filters())
    step = engine.step(Change().put(moved), Filters())
    assert any("has left" in one for one in step.told)


def test_a_page_whose_registry_is_gone_says_so_and_keeps_what_it_knew(
    town: Registered, page: Planner, monkeypatch: pytest.MonkeyPatch, tmp_path
) -> None:
    key = best_camera(town)
    town.withdraw(key)
    still(page)

    monkeypatch.setenv("COVERAGEKIT_REGISTRY", str(tmp_path / "none" / "r.sqlite"))
    still(page)

    told = page.header.state["left"]
    assert told["words"] == (
        "1 camera has left since this study was built. Whether more owners have left "
        "since is not known now."
    )
    assert "There is no registry at" in told["more"]
    assert "no file with cameras is written" in told["more"]
    assert page.state.left


def test_a_back_room_that_forgot_brings_nobody_back(
    town: Registered, page: Planner
) -> None:
    town.withdraw(best_camera(town))
    still(page)
    known = page.state.left
    for answer, expected in (
        ({"ids": [], "unknown": "it was started again"}, known),
        ({"ids": [], "unknown": ""}, frozenset()),
    ):
        call = Call()
        call.set_result(answer)

        page.leaving._tell(call)

        assert page.state.left == expected
    page.recount.finish()


def test_a_study_of_files_asks_nobody(
    town: Registered, page: Planner, tmp_path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from coveragekit.access import left_of

    monkeypatch.setenv("COVERAGEKIT_REGISTRY", str(tmp_path / "none" / "r.sqlite"))
    files = [{"table": "cameras", "file": "cameras.csv"}]
    assert not left_of(page.store).is_known
    assert left_of(replace(page.store, meta={"inputs": files})).is_known
    page.summary = {**page.summary, "sources": files}
    leaving = Leaving(page)

    leaving.ask()

    assert not leaving._asking.locked()


def test_a_registry_that_hangs_holds_nothing_up_and_brings_nobody_back(
    town: Registered, page: Planner, monkeypatch: pytest.MonkeyPatch
) -> None:
    town.withdraw(best_camera(town))
    still(page)
    answered = threading.Event()

    def hang(*_: object, **__: object) -> None:
        answered.wait(PATIENCE_S)

    monkeypatch.setattr(backroom_left, "_PATIENCE_S", 0.05)
    monkeypatch.setattr("coveragekit.access.left_of", hang)
    still(page)
    answered.set()

    assert "does not answer in time" in page.header.state["left"]["more"]
    assert len(page.state.left) == 1


def taken(room: NotebookBackroom, tables: str, **given: str) -> list[dict[str, str]]:
    answer = room.call("export", tables=tables, kind="csv", role="analyst", **given)
    taken.notes = answer["notes"]
    return list(csv.DictReader(io.StringIO(answer["content"].decode())))


@pytest.mark.parametrize("scope", ["all", "filtered"])
@pytest.mark.parametrize("table", ["cameras", "isovists"])
def test_files_of_the_page_leave_the_camera_out_at_once(
    town: Registered, table: str, scope: str
) -> None:
    key = best_camera(town)
    with closing(NotebookBackroom(town.study.path)) as room:
        assert key in {row["camera_id"] for row in taken(room, table, scope=scope)}

        town.withdraw(key)

        left = {row["camera_id"] for row in taken(room, table, scope=scope)}
        assert left
        assert key not in left
        assert "1 camera has left the registry" in taken.notes[0]


def test_other_tables_name_no_camera_that_left_and_say_how_they_were_counted(
    town: Registered,
) -> None:
    gaps = town.study.results().gaps()
    key = str(gaps["nearest_camera_id"].iloc[0])
    with closing(NotebookBackroom(town.study.path)) as room:
        town.withdraw(key)

        rows = taken(room, "gaps", scope="all")

        assert len(rows) == len(gaps)
        assert key not in {row["nearest_camera_id"] for row in rows}
        assert "in gaps was counted with them" in taken.notes[0]


def test_rows_of_cameras_are_refused_where_nobody_knows_who_left(
    town: Registered, monkeypatch: pytest.MonkeyPatch, tmp_path
) -> None:
    monkeypatch.setenv("COVERAGEKIT_REGISTRY", str(tmp_path / "none" / "r.sqlite"))
    with closing(NotebookBackroom(town.study.path)) as room:
        with pytest.raises(InputError, match="the table cameras would show cameras"):
            taken(room, "cameras", scope="all")
        with pytest.raises(InputError, match="the page would show cameras"):
            room.call("print", **box_of(town), kind="html", role="analyst", layers="")
        assert taken(room, "gaps", scope="all")


def box_of(town: Registered) -> dict[str, float]:
    west, south, east, north = town.study.results().area().total_bounds
    return {"west": west, "south": south, "east": east, "north": north}


def test_an_explanation_has_no_camera_that_left(town: Registered) -> None:
    cameras = town.study.results().cameras().set_index("camera_id")
    key = best_camera(town)
    here = cameras.geometry[key]
    place = {"lon": here.x + 1e-4, "lat": here.y, "light": "day"}
    with closing(NotebookBackroom(town.study.path)) as room:
        rows = room.call("explain", **place)["rows"]
        assert key in {row["camera_id"] for row in rows}

        town.withdraw(key)

        rows = room.call("explain", **place)["rows"]
        assert rows
        assert key not in {row["camera_id"] for row in rows}
        with pytest.raises(InputError, match="no camera near the place is called"):
            room.call("proof", **place, camera_id=key)


def test_a_printed_map_is_without_it_and_says_so(
    town: Registered, monkeypatch: pytest.MonkeyPatch
) -> None:
    from coveragekit.dashboards.planner import printing

    seen = []
    draw = printing._map_sheet

    def noted(answers: Answers, *given, **told):
        seen.append((answers.stages.left, told["since"]))
        return draw(answers, *given, **told)

    monkeypatch.setattr(printing, "_map_sheet", noted)
    key = best_camera(town)
    row = Store.open(town.study.path).cameras.camera_id.find(key)
    town.withdraw(key)
    with closing(NotebookBackroom(town.study.path)) as room:
        layers = "base:1,coverage:0.7,cameras:1"
        made = room.call(
            "print", **box_of(town), kind="png", role="analyst", layers=layers
        )

    assert made["content"].startswith(b"\x89PNG")
    assert seen == [
        ({row}, "1 camera has left the registry since this study was built.")
    ]
