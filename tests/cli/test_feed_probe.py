"""Which cameras work, from the command line: once, by itself, and for a shop."""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path

import pandas as pd
import pytest

from coveragekit.access import open_door
from coveragekit.access.policy import read_policy
from coveragekit.access.probe_plan import due_s
from coveragekit.cli import main
from coveragekit.cli.feed_probe import read_span
from coveragekit.registry import health
from coveragekit.registry.audit import read_log
from coveragekit.registry.health import Probe
from tests.access.pictures import with_feed
from tests.access.scene import EVERYTHING, Scene
from tests.feeds.peers.web import WebPeer, web_peer
from tests.registered import settings_of


@dataclass
class Town:
    """A registry with two cameras, one of which is dead."""

    folder: Path
    capsys: pytest.CaptureFixture[str]
    web: WebPeer
    ids: dict[str, str] = field(default_factory=dict)

    def run(self, words: str, *, code: int = 0) -> tuple[str, str]:
        """Run a command; no address is ever said."""
        with pytest.raises(SystemExit) as ended:
            main(["feed", *shlex.split(words.format(**self.ids))])
        shown = self.capsys.readouterr()
        assert int(ended.value.code or 0) == code, shown.out + shown.err
        assert "127.0.0.1" not in shown.out + shown.err
        assert "Traceback" not in shown.err
        return shown.out, re.sub(r"\s+", " ", shown.err)

    def lines(self) -> list[str]:
        """Give who did what, by the log."""
        with open_door() as door, door.registry.read() as connection:
            found = read_log(connection, action="probe_feeds")
            return [f"{one.entry.actor} {one.entry.result}" for one in found]


@pytest.fixture
def web() -> Iterator[WebPeer]:
    """Give a camera that sends pictures over HTTP."""
    with web_peer() as running:
        yield running


@pytest.fixture
def town(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    web: WebPeer,
) -> Town:
    """Give a registry, its settings, and a person who keeps it."""
    told = settings_of(tmp_path) | {
        "COVERAGEKIT_FEEDS": str(tmp_path / "feeds.toml"),
        "COVERAGEKIT_USER": "ann",
        "COVERAGEKIT_ROLE": "administrator",
    }
    for name, value in told.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("COVERAGEKIT_POLICY", raising=False)
    (tmp_path / "feeds.toml").write_text(f'exempt = ["127.0.0.1:{web.port}"]\n')
    town = Town(tmp_path, capsys, web)
    with open_door(create=True) as door:
        scene = Scene(door)
        for name, path in (("cam", "/snap.jpg"), ("dead", "/nothing")):
            key = scene.integrated(
                EVERYTHING,
                camera_id=_not_soon(name),
                name=f"{name} door",
                maintainer="Hill",
            )
            town.ids[name] = with_feed(scene, key, web.address(path))
    return town


def _not_soon(name: str) -> str:
    """Give an id whose own moment in the hour is none that a test comes to."""
    now = datetime.now(UTC)
    ids = (f"cam_{name}{number}" for number in range(1_000))
    return next(
        one for one in ids if due_s(one, now, 3_600.0) - now.timestamp() > 1_800.0
    )


def test_one_round_is_one_line_and_the_next_finds_nothing_due(town: Town) -> None:
    said, _ = town.run("probe")
    assert re.fullmatch(
        r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ 2 cameras looked at in \d+ s: 1 online, "
        r"1 offline; of these 1 not found; 2 are another than before\n",
        said,
    )
    told = json.loads(town.run("probe --json")[0])
    assert (told["cameras"], told["due"], told["opened"]) == (2, 0, 0)
    assert town.lines() == ["health done"] * 2


def test_a_person_is_told_what_is_wrong_and_what_to_do(town: Town) -> None:
    said, noted = town.run("probe {cam} {dead}", code=1)
    heading, first, second = said.splitlines()
    assert heading.split()[:3] == ["camera", "state", "fault"]
    assert first.split()[:2] == [town.ids["cam"], "online"]
    assert "640 x 360" in first
    assert second.split()[1:4] == ["offline", "not", "found"]
    assert f"{town.ids['dead']}: the device answers and has no such stream" in noted
    assert town.lines()[-1] == "ann done"
    (row,) = map(json.loads, town.run("probe {cam} --json")[0].splitlines())
    assert (row["status"], row["codec"], row["is_frozen"]) == ("online", "mjpeg", False)


def test_who_may_not_is_told_so(town: Town) -> None:
    _, noted = town.run("probe {cam} --role officer --user kim", code=1)
    assert "kim is not listed as officer" in noted or "may not see whether" in noted
    _, noted = town.run("probe {cam} --user health", code=1)
    assert "the account of a service" in noted


def test_a_policy_without_the_service_says_so(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    from importlib.resources import files

    text = files("coveragekit.access").joinpath("data/policy.toml").read_text("utf-8")
    old = town.folder / "old.toml"
    old.write_text(text[: text.index("[services.health]")], "utf-8")
    assert not read_policy(old).services
    monkeypatch.setenv("COVERAGEKIT_POLICY", str(old))
    for words in ("probe", "probe --every 1h"):
        _, noted = town.run(words, code=1)
        assert "names no service account for health" in noted
    assert town.web.paths() == []


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("probe --every soon", "no length of time"),
        ("probe --every 5s", "60 s and more"),
        ("probe cam --every 1h", "leave the ids out"),
        ("probe --joining", "0 are named"),
    ],
)
def test_what_cannot_be_meant_is_refused(town: Town, words: str, told: str) -> None:
    _, noted = town.run(words, code=1 if "5s" in words else 2)
    assert told in noted.replace("│ ", "").replace(" │", "")


def test_a_length_of_time_is_read_in_its_unit() -> None:
    assert [read_span(one) for one in ("90s", "1.5 H", "2d")] == [90, 5_400, 172_800]


@pytest.mark.parametrize("wish", [signal.SIGINT, signal.SIGTERM])
def test_it_goes_on_until_it_is_told_to_end_and_ends_well(
    town: Town, wish: signal.Signals
) -> None:
    words = [sys.executable, "-m", "coveragekit", "feed", "probe", "--every", "60s"]
    with subprocess.Popen(
        words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ
    ) as running:
        try:
            _wait_for(town)
            running.send_signal(wish)
            said, noted = running.communicate(timeout=60)
        finally:
            running.kill()
    assert running.returncode == 0, noted
    assert "Traceback" not in noted
    (line,) = said.splitlines()
    assert "2 cameras looked at" in line
    assert town.lines() == ["health done"]


def _wait_for(town: Town) -> None:
    """Wait until what the program found is written down."""
    from tests.feeds.peers.rtsp import wait_until

    def is_known() -> bool:
        with open_door() as door, door.registry.read() as connection:
            return len(health.health_of(connection, list(town.ids.values()))) == 2

    wait_until(is_known, 60.0)


def test_uptime_is_told_by_camera_and_by_maintainer(town: Town) -> None:
    now = datetime.now(UTC)
    with open_door() as door, door.registry.write() as connection:
        for hours, (cam, dead) in (
            (3, ("online", "offline")),
            (2, ("online", "online")),
        ):
            probes = [Probe(town.ids["cam"], cam), Probe(town.ids["dead"], dead)]
            health.keep_probes(connection, probes, at=now - timedelta(hours=hours))
        probes = [Probe(town.ids["cam"], "online"), Probe(town.ids["dead"], "online")]
        health.keep_probes(connection, probes, at=now - timedelta(hours=1))
    since = (now - timedelta(hours=4)).isoformat()
    frame = pd.read_csv(StringIO(town.run(f"uptime --csv --since {since}")[0]))
    rows = frame.set_index("camera_id")
    assert rows.loc[town.ids["cam"], "share"] == 1.0
    assert rows.loc[town.ids["cam"], "online_h"] == pytest.approx(2.0)
    assert rows.loc[town.ids["dead"], "online_h"] == pytest.approx(1.0)
    (told,) = map(
        json.loads,
        town.run(f"uptime --json --by maintainer --since {since}")[0].splitlines(),
    )
    assert (told["maintainer"], told["cameras"], told["online_now"]) == ("Hill", 2, 2)
    assert told["online_h"] == pytest.approx(3.0)
    assert told["unknown_h"] == pytest.approx(5.0, abs=0.01)
    said, _ = town.run(f"uptime --since {since}")
    assert "100.0 %" in said
    past = "--since 2020-01-01T00:00 --until 2020-01-02T00:00"
    for by in ("camera", "maintainer"):
        none = pd.read_csv(StringIO(town.run(f"uptime --csv --by {by} {past}")[0]))
        assert (len(none), "share" in none.columns) == (0, True)
    said, _ = town.run(f"uptime {past}")
    assert "coveragekit feed probe" in said
    with open_door() as door, door.registry.read() as connection:
        found = read_log(connection, action="read_registry")
        assert found[0].entry.parameters["by"] == "camera"


def test_whose_owner_left_is_told_of_to_the_desk_alone(town: Town) -> None:
    with open_door() as door:
        with door.registry.write() as connection:
            probes = [Probe(one, "online") for one in town.ids.values()]
            health.keep_probes(connection, probes, at=datetime.now(UTC))
        scene = Scene(door)
        scene.move(town.ids["dead"], "withdrawn")
        with door.registry.write() as connection:
            from coveragekit.registry.users import add_user

            told = {"name": "sue", "role": "supervisor", "active": True}
            add_user(connection, told, by="t")
    said, _ = town.run("uptime --csv --user sue --role supervisor")
    assert town.ids["cam"] in said
    assert town.ids["dead"] not in said


def test_a_shop_that_joins_is_measured_step_by_step(town: Town) -> None:
    said, _ = town.run("probe {dead} --joining", code=1)
    first, second = said.splitlines()
    assert first == "good  reach: it is reached from here"
    assert second.startswith("BAD   first picture: the device answers and has no such")
