"""The page on running the programme, typed from top to bottom: it cannot lie."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tomllib
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from coveragekit.access import submit, withdraw
from coveragekit.cli import main
from tests.cli.office import ids, sent_form
from tests.server.corner import LAT, LON, build_corner

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
WRITTEN = date(2026, 11, 22)
"""The day on which the page was written: its dates are as far from today."""
NAMED = {
    "AUTHORITY": ("aut", "authority add"),
    "BATCH": ("bat", "request"),
    "PLAN": ("fee", "fees add"),
    "PROSPECT": ("pro", "prospects add"),
    "REQUEST": ("req", "request"),
    "SHARE": ("shr", "share make"),
    "WISH": ("rvw", "leaving list"),
    "ZONE": ("zon", "zones list"),
}
"""What a word in capitals stands for, and the command that told it."""


def commands_of(page: Path) -> list[str]:
    """Give the commands that a page shows, each on its indented line."""
    lines = page.read_text("utf-8").splitlines()
    shown = [one.strip() for one in lines if one.startswith("    coveragekit ")]
    return [one.partition("   #")[0].strip() for one in shown]


def of_today(words: str) -> str:
    """Give a command with its dates as far from today as they were when written."""
    today = datetime.now(UTC).date()

    def moved(found: re.Match[str]) -> str:
        return str(today + (date.fromisoformat(found[0]) - WRITTEN))

    return re.sub(r"\b20\d\d-\d\d-\d\d\b", moved, words)


@dataclass
class Reader:
    """Somebody who types what a page shows, one line after the other."""

    capsys: pytest.CaptureFixture[str]
    folder: Path
    said: dict[str, str] = field(default_factory=dict)

    def type(self, words: str) -> str:
        """Type one command, and give what it says; it has to succeed."""
        given = shlex.split(of_today(words))[1:]
        name = " ".join(given[1:3]) if given[0] == "registry" else given[0]
        typed = [self._id(one) for one in given]
        left = [one for one in typed if re.fullmatch(r"[A-Z]{4,}", one)]
        assert not left, f"nobody has told what {left} is: {words}"
        if given[0] == "serve":
            return self._serve(typed)
        who = "Sam Roe" if given[1].startswith("request") else "kim"
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("COVERAGEKIT_USER", who)
            code, said, noted = self._run(typed)
        assert code == 0, f"{words}\n{said}{noted}"
        self.said[name] = self.said[given[1]] = said
        return said

    def _run(self, typed: list[str]) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            main(typed)
        shown = self.capsys.readouterr()
        return int(ended.value.code or 0), shown.out, shown.err

    def _ask(self, *typed: str) -> str:
        return self._run(["registry", *typed])[1]

    def _id(self, word: str) -> str:
        """Give the id that a word in capitals stands for, as a reader looks it up."""
        if word == "CAMERA":
            listed = self._ask("list", "cameras", "--words", "Front door")
            return ids("cam", listed)[0]
        if word == "OWNER":
            camera = self._ask("show", "camera", self._id("CAMERA"))
            site = self._ask("show", "site", ids("site", camera)[0])
            return ids("own", site)[0]
        if word == "SUBMISSION":
            return ids("sub", self._ask("submissions", "list"))[0]
        if word not in NAMED:
            return word
        prefix, told_by = NAMED[word]
        return ids(prefix, self.said[told_by])[0]

    def _serve(self, typed: list[str]) -> str:
        """Start a server as it is shown, at any port, and end it as systemd does."""
        served = subprocess.Popen(
            [sys.executable, "-m", "coveragekit", *typed, "--port", "0"],
            cwd=self.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "COVERAGEKIT_USER": "kim"},
        )
        try:
            assert served.stdout is not None
            said = served.stdout.readline()
            if "http" in said:
                served.send_signal(signal.SIGTERM)
            _, faults = served.communicate(timeout=180)
        finally:
            served.kill()
            served.wait()
        assert "http" in said, faults
        assert served.returncode == 0, faults
        return said


@pytest.fixture
def reader(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Reader:
    """Give a reader in a folder with the page's files and a study."""
    for file in (DOCS / "examples").iterdir():
        shutil.copy(file, tmp_path / file.name)
    (tmp_path / "clip.mp4").write_bytes(b"pictures of a camera")
    (tmp_path / "form.key").write_bytes(os.urandom(32))
    (tmp_path / "form.key").chmod(0o600)
    build_corner(tmp_path / "mycity")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COVERAGEKIT_REGISTRY", str(tmp_path / "data" / "r.sqlite"))
    monkeypatch.setenv("COVERAGEKIT_CHECKPOINTS", str(tmp_path / "checkpoints"))
    monkeypatch.setenv("COVERAGEKIT_AUDIT_KEY", str(tmp_path / "keys" / "audit.pem"))
    monkeypatch.setenv("COVERAGEKIT_USER", "kim")
    monkeypatch.delenv("COVERAGEKIT_ROLE", raising=False)
    monkeypatch.delenv("COVERAGEKIT_POLICY", raising=False)
    capsys.readouterr()
    return Reader(capsys, tmp_path)


def owners_send() -> None:
    """Have three owners send the form."""
    for number in range(3):
        lon, lat = LON + 0.0005 * number, LAT
        camera = {**sent_form()["cameras"][0], "lon": lon, "lat": lat}
        site = {**sent_form()["site"], "lon": lon, "lat": lat}
        submit(sent_form(cameras=[camera], site=site), language="en")


def an_owner_errs(receipt: str) -> None:
    """Have an owner leave by the form with a contact that is not on file."""
    code = re.search(r"([0-9A-Z]{5}-){3}[0-9A-Z]{5}", receipt)
    assert code is not None, receipt
    assert withdraw(code[0], "another@example.org") == ()


def test_every_command_of_the_page_does_what_it_says(reader: Reader) -> None:
    shown = commands_of(DOCS / "programme.md")
    assert len(shown) > 70

    for words in shown:
        if words.endswith("submissions list"):
            owners_send()
        if words.endswith("leaving list"):
            an_owner_errs(reader.said["submissions accept"])
        reader.type(words)

    said = reader.said
    assert "3 added" in said["import"]
    assert "overwritten in " in said["requests list"]
    assert "1 request sent, 1 of use (100 %)" in said["requests yield"]
    assert "in order: " in said["audit verify"]
    assert "erased: own_" in said["erase"]
    assert (reader.folder / "letters" / "letters.csv").is_file()
    assert (reader.folder / "restored" / "studies" / "mycity" / "study.toml").is_file()


def test_the_readme_begins_a_programme_as_it_says(reader: Reader) -> None:
    shown = [
        one
        for one in commands_of(ROOT / "README.md")
        if "registry" in one or "--public" in one
    ]
    assert len(shown) >= 4

    for words in shown:
        reader.type(words)


def test_what_a_machine_does_each_night_is_what_the_page_says(reader: Reader) -> None:
    reader.type("coveragekit registry init")
    reader.type('coveragekit registry user "nightly upkeep" --is administrator')
    units = DOCS / "deployment" / "coveragekit-upkeep.service"
    typed = re.findall(r"^ExecStart=\S+ (.+)$", units.read_text("utf-8"), re.MULTILINE)
    page = (DOCS / "programme.md").read_text("utf-8")
    cron = re.findall(r"^    \d+ \d+ .*bin/coveragekit (.+)$", page, re.MULTILINE)

    assert typed == cron == ["registry clock", "registry purge"]
    with pytest.MonkeyPatch.context() as patch:
        for words in typed:
            patch.setenv("COVERAGEKIT_USER", "nightly upkeep")
            with pytest.raises(SystemExit) as ended:
                main(words.split())
            assert not ended.value.code


def test_the_forms_file_is_the_one_on_the_page() -> None:
    page = (DOCS / "programme.md").read_text("utf-8")
    shown = page.partition("    # form.toml\n")[2].partition("\n\n")[0]

    told = tomllib.loads("\n".join(one.strip() for one in shown.splitlines()))

    example = (DOCS / "examples" / "form.toml").read_text("utf-8")
    assert told == tomllib.loads(example)
