"""The back room: one helper for all pages, that may die and comes back."""

from __future__ import annotations

import json
import logging
import multiprocessing.connection as mpc
import os
import signal
import stat
import subprocess
import sys
import threading
import time
from concurrent.futures import CancelledError
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from coveragekit.dashboards import backroom_tasks
from coveragekit.dashboards.backroom import (
    ADDRESS,
    KEY,
    NotebookBackroom,
    ServerBackroom,
    open_backroom,
)
from coveragekit.dashboards.backroom_keeper import BackroomKeeper
from coveragekit.dashboards.backroom_process import Office
from coveragekit.dashboards.backroom_tasks import Job, Task, number, one_of, text
from coveragekit.dashboards.backroom_wire import as_fault, as_message, receive, send
from coveragekit.errors import InputError, SourceUnavailable, StudyError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from coveragekit.study import Study

HERE = {"lon": -84.3505, "lat": 33.748}
PATIENCE_S = 30.0
BEGUN = threading.Event()
GO_ON = threading.Event()


def wait_for_it(job: Job, *, word: str) -> dict[str, Any]:
    """Be a task that works until the test lets it go on."""
    job.tell(f"begun {word}")
    BEGUN.set()
    while not GO_ON.wait(0.01):
        job.check()
    return {"word": word, "raw": b"\x00\xff"}


def fail(job: Job, *, word: str) -> dict[str, Any]:
    """Be a task that nobody foresaw."""
    message = f"{job.study}: {word}"
    raise KeyError(message)


@pytest.fixture
def tasks(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Have tasks that the test holds in its hand."""
    here = "tests.dashboards.test_backroom"
    word = {"word": text(20)}
    monkeypatch.setitem(
        backroom_tasks.TASKS, "slow", Task(f"{here}:wait_for_it", word, is_slow=True)
    )
    monkeypatch.setitem(
        backroom_tasks.TASKS, "brief", Task(f"{here}:wait_for_it", word, limit_s=0.2)
    )
    monkeypatch.setitem(backroom_tasks.TASKS, "fail", Task(f"{here}:fail", word))
    BEGUN.clear()
    GO_ON.clear()
    yield
    GO_ON.set()


@pytest.fixture
def office(town: Study, tmp_path: Path, tasks: None) -> Iterator[ServerBackroom]:
    """Give what a page has, and an office that answers it in this process."""
    key = os.urandom(16)
    address = str(tmp_path / "s")
    made = Office(town.path, waiting=1)
    listener = mpc.Listener(address)

    def accept() -> None:
        while True:
            try:
                line = listener.accept()
            except OSError:
                return
            threading.Thread(target=made.serve, args=(line, key), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    room = ServerBackroom(address, key, back_within_s=0.3)
    yield room
    room.close()
    listener.close()


@pytest.fixture(scope="module")
def keeper(town: Study) -> Iterator[BackroomKeeper]:
    """Keep a helper as the server does."""
    with BackroomKeeper(town.path) as kept:
        yield kept


@pytest.fixture
def room(keeper: BackroomKeeper) -> Iterator[ServerBackroom]:
    """Give what a page has."""
    made = ServerBackroom(
        keeper.environment[ADDRESS], bytes.fromhex(keeper.environment[KEY])
    )
    yield made
    made.close()


def test_a_place_is_explained_and_its_proof_is_drawn(room) -> None:
    rows = room.call("explain", **HERE, light="day")["rows"]
    drawn = room.call("proof", **HERE, camera_id=rows[0]["camera_id"], kind="svg")

    assert {"camera_id", "verdict", "reason", "access", "lon", "lat"} <= set(rows[0])
    assert drawn["content"].startswith(b"<?xml")
    assert rows[0]["name"] in drawn["words"]


def test_what_the_helper_says_is_what_a_notebook_says(room, town) -> None:
    alone = NotebookBackroom(town.path)

    assert alone.call("explain", **HERE) == room.call("explain", **HERE)
    alone.close()


def test_the_rows_are_those_of_the_study(room, town) -> None:
    rows = room.call("explain", **HERE, light="night")["rows"]
    table = town.explain(**HERE, light="night")

    assert [row["camera_id"] for row in rows] == list(table["camera_id"])
    assert [row["reason"] for row in rows] == list(table["reason"])
    assert [row["lon"] for row in rows] == list(table.geometry.x)
    json.dumps(rows, allow_nan=False)


@pytest.mark.parametrize(
    ("name", "given", "words"),
    [
        ("explain", {"lon": 500.0, "lat": 1.0}, "lon: 500.0 is no number from -180"),
        ("explain", {"lon": float("nan"), "lat": 1.0}, "lon: nan is no number"),
        ("explain", {"lon": True, "lat": 1.0}, "lon: True is no number"),
        ("explain", {"lat": 1.0}, "lon: None is no number"),
        ("explain", {**HERE, "light": "dusk"}, "light: 'dusk' is not known; allowed"),
        ("explain", {**HERE, "study": "/etc"}, "'study' is no parameter; allowed: lon"),
        ("proof", {**HERE, "camera_id": "x" * 501}, "camera_id: a text of at most 500"),
        ("proof", {**HERE, "camera_id": "c1", "kind": "../x"}, "kind: '../x' is not"),
        ("proof", {**HERE, "camera_id": "nobody"}, "no camera near"),
        ("exec", {}, "there is no task 'exec'; allowed: explain, proof"),
    ],
)
def test_what_is_not_allowed_is_refused_in_words(room, name, given, words) -> None:
    with pytest.raises(InputError, match=words):
        room.call(name, **given)


def test_a_helper_that_died_is_started_again(keeper, room) -> None:
    room.call("explain", **HERE)
    former = keeper.pid

    os.kill(former, getattr(signal, "SIGKILL", signal.SIGTERM))

    assert room.call("explain", **HERE)["rows"]
    assert keeper.pid != former


@pytest.mark.skipif(os.name == "nt", reason="Windows has named pipes instead")
def test_nobody_else_can_reach_the_helper(keeper) -> None:
    socket = Path(keeper.environment[ADDRESS])

    assert stat.S_IMODE(socket.parent.stat().st_mode) == 0o700
    with pytest.raises(SourceUnavailable, match="started again"):
        ServerBackroom(str(socket), b"guess", back_within_s=0.2).call("explain", **HERE)


@pytest.mark.skipif(os.name == "nt", reason="needs signals of POSIX")
def test_the_helper_ends_with_its_server(town) -> None:
    code = (
        "import sys, time\n"
        "from coveragekit.dashboards.backroom_keeper import BackroomKeeper\n"
        "keeper = BackroomKeeper(sys.argv[1])\n"
        "print(keeper.pid, flush=True)\n"
        "time.sleep(60)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(town.path)], stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdout is not None
        helper = int(server.stdout.readline())
        os.kill(helper, 0)

        server.kill()

    until = time.monotonic() + PATIENCE_S
    while _is_running(helper) and time.monotonic() < until:
        time.sleep(0.05)
    assert not _is_running(helper)


def _is_running(pid: int) -> bool:
    try:
        return "Z" not in Path(f"/proc/{pid}/stat").read_text("utf-8").split()[2]
    except OSError:
        return False


def test_bytes_travel_as_they_are_and_progress_is_told(office) -> None:
    heard: list[str] = []
    call = office.submit("slow", tell=heard.append, word="a")
    assert BEGUN.wait(PATIENCE_S)
    until = time.monotonic() + PATIENCE_S
    while not heard and time.monotonic() < until:
        time.sleep(0.01)
    GO_ON.set()

    assert call.result(PATIENCE_S) == {"word": "a", "raw": b"\x00\xff"}
    assert heard == ["begun a"]


def test_a_click_does_not_wait_behind_an_export(office) -> None:
    slow = office.submit("slow", word="a")
    assert BEGUN.wait(PATIENCE_S)

    assert office.call("explain", **HERE)["rows"]
    assert not slow.done()


def test_when_too_many_wait_that_is_said(office) -> None:
    office.submit("slow", word="a")
    assert BEGUN.wait(PATIENCE_S)
    second = office.submit("slow", word="b")
    time.sleep(0.2)

    with pytest.raises(SourceUnavailable, match="1 other questions are waiting"):
        office.call("slow", word="c")
    GO_ON.set()
    assert second.result(PATIENCE_S)["word"] == "b"


def test_what_takes_too_long_is_given_up_in_words(office) -> None:
    with pytest.raises(SourceUnavailable, match="takes too long and was given up"):
        office.call("brief", word="a")


def test_who_gives_up_does_not_keep_the_helper_busy(office) -> None:
    first = office.submit("slow", word="a")
    assert BEGUN.wait(PATIENCE_S)

    assert first.cancel()

    with pytest.raises(CancelledError):
        first.result(PATIENCE_S)
    BEGUN.clear()
    second = office.submit("slow", word="b")
    assert BEGUN.wait(PATIENCE_S)
    GO_ON.set()
    assert second.result(PATIENCE_S)["word"] == "b"
    assert not second.cancel()


def test_an_unforeseen_fault_is_logged_without_what_was_asked(office, caplog) -> None:
    caplog.set_level(logging.INFO, "coveragekit")

    with pytest.raises(SourceUnavailable, match="an unforeseen fault; see the log"):
        office.call("fail", word="secret place")

    until = time.monotonic() + PATIENCE_S
    while "KeyError" not in caplog.text and time.monotonic() < until:
        time.sleep(0.01)
    assert "fail: KeyError < test_backroom.py" in caplog.text
    assert "secret place" not in caplog.text


def test_a_question_that_is_none_is_refused(office, tmp_path) -> None:
    for asked in ({}, {"task": 7, "given": {}}, {"task": "explain", "given": "x"}):
        line = mpc.Client(office._address, authkey=office._key)
        send(line, asked)
        assert "fault" in receive(line, at_most=10_000)
        line.close()
    assert office.call("explain", **HERE)["rows"]


def test_without_a_helper_that_is_said(tmp_path) -> None:
    gone = ServerBackroom(str(tmp_path / "none"), b"key", back_within_s=0.1)

    with pytest.raises(SourceUnavailable, match="is being started again; ask again"):
        gone.call("explain", **HERE)


def test_a_kernel_of_a_server_asks_its_helper(town, monkeypatch, tmp_path) -> None:
    assert isinstance(open_backroom(town.path), NotebookBackroom)

    monkeypatch.setenv(ADDRESS, "somewhere")
    monkeypatch.setenv(KEY, "ab12")
    monkeypatch.setenv("COVERAGEKIT_STUDY", str(town.path.resolve()))

    assert isinstance(open_backroom(town.path), ServerBackroom)
    assert isinstance(open_backroom(tmp_path), NotebookBackroom)


def test_a_page_of_a_former_build_is_not_answered_out_of_the_new_one(
    room, keeper, town
) -> None:
    name = town.results().path.name
    address, key = keeper.environment[ADDRESS], bytes.fromhex(keeper.environment[KEY])
    for build, is_answered in ((name, True), ("former", False)):
        for asked in (
            ServerBackroom(address, key, build=build),
            NotebookBackroom(town.path, build=build),
        ):
            if is_answered:
                assert asked.call("explain", **HERE)["rows"]
            else:
                with pytest.raises(StudyError, match="built anew since this page was"):
                    asked.call("explain", **HERE)
            asked.close()


def test_a_fault_keeps_its_kind_and_its_words() -> None:
    for fault in (InputError("a"), StudyError("b"), SourceUnavailable("c")):
        again = as_fault(as_message(fault))
        assert type(again) is type(fault)
        assert str(again) == str(fault)
    assert "x.py" not in str(as_fault(as_message(OSError("x.py is not there"))))


def test_checks_take_what_they_say() -> None:
    assert number(0, 1)(1) == 1.0
    assert one_of(["a", "b"])("b") == "b"
    assert text(3, default="")(None) == ""
    for check, value in ((number(0, 1), "1"), (one_of(["a"]), None), (text(3), 7)):
        with pytest.raises(InputError):
            check(value)


def test_asking_loads_nothing_heavy() -> None:
    heavy = [
        "geopandas",
        "pandas",
        "shapely",
        "matplotlib",
        "coveragekit.study",
    ]
    code = (
        "import sys, coveragekit.dashboards.backroom as room\n"
        "import coveragekit.dashboards.visit\n"
        "room.open_backroom('x')\n"
        f"print([name for name in {heavy} if name in sys.modules])"
    )

    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )

    assert done.stdout.strip() == "[]"
