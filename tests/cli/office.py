"""An agency's desk at the command line: a registry, people, and what owners sent."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from coveragekit.access import Purpose, Written, add_row, open_door, submit
from coveragekit.access.people import User
from coveragekit.cli import main
from coveragekit.registry.audit import read_log

LON, LAT = -84.39, 33.75
KIM = User("kim", "administrator")
PEOPLE = {"sam": "dispatcher", "ria": "recruiter", "sue": "supervisor"}


def sent_form(**changes: Any) -> dict[str, Any]:
    """Give what the owner's form sends."""
    camera = {
        "lon": LON,
        "lat": LAT,
        "kind": "dome",
        "bearing_deg": 90.0,
        "hfov_deg": 100.0,
        "retention_days": 14.0,
        "cloud_only": False,
        "assumed": ["hfov_deg"],
        "faces_homes_share": 0.8,
        "fronts_m": 12.0,
    }
    told: dict[str, Any] = {
        "format": 1,
        "language": "es",
        "text_version": "registration-v1",
        "integration_wanted": True,
        "quote": None,
        "site": {
            "name": "Tienda",
            "address": "7 Oak St",
            "kind": "business",
            "lon": LON,
            "lat": LAT,
        },
        "owner": {"name": "Canary Tienda", "kind": "business"},
        "contact": {
            "name": "Canary Rosa",
            "phone": "(404) 555-0123",
            "email": "rosa.canary@example.org",
            "can_export": True,
        },
        "authority": {"capacity": "owner", "signer": "Canary Rosa"},
        "cameras": [camera],
    }
    return {**told, **changes}


@dataclass
class Office:
    """What a clerk types, and what the screen says."""

    capsys: pytest.CaptureFixture[str]
    folder: Path

    def run(self, *words: object, user: str | None = None) -> tuple[int, str, str]:
        """Run a command of the registry; errors come back in one line."""
        as_who = () if user is None else ("--user", user)
        with pytest.raises(SystemExit) as ended:
            main(["registry", *(str(word) for word in words), *as_who])
        shown = self.capsys.readouterr()
        return int(ended.value.code or 0), shown.out, " ".join(shown.err.split())

    def done(self, *words: object, user: str | None = None) -> str:
        """Run a command that has to succeed, and give what it says."""
        code, said, noted = self.run(*words, user=user)
        assert code == 0, noted
        return said

    def refused(self, *words: object, user: str | None = None) -> str:
        """Run a command that must not succeed, and give why."""
        code, said, noted = self.run(*words, user=user)
        assert code in {1, 2}, said
        assert "Traceback" not in noted
        return noted

    def send(self, **changes: Any) -> str:
        """Have an owner send the form, and give the submission's id."""
        before = set(self._waiting())
        submit(sent_form(**changes), language="es")
        (new,) = set(self._waiting()) - before
        return new

    def _waiting(self) -> list[str]:
        return ids("sub", self.done("submissions", "list", user="ria"))

    def registered(self, **changes: Any) -> str:
        """Give the id of a camera that an owner registered by the form."""
        sent = self.send(**changes)
        return ids("cam", self.done("submissions", "accept", sent, user="ria"))[0]

    def requested(
        self, camera_id: str, case: str = "26-0417", *, hours_ago: float = 30
    ) -> str:
        """Give the id of a request for what a camera saw."""
        now = datetime.now(UTC) - timedelta(hours=hours_ago)
        end = now + timedelta(hours=1)
        words = ("request", camera_id, "--from", now.isoformat(timespec="minutes"))
        words += ("--to", end.isoformat(timespec="minutes"))
        said = self.done(*words, "--case", case, "--offence", "120", user="sam")
        return ids("req", said)[0]

    def log(self) -> tuple[Written, ...]:
        """Give the audit log."""
        with open_door(sign=False) as door, door.registry.read() as connection:
            return read_log(connection, limit=10_000)


def ids(prefix: str, text: str) -> list[str]:
    """Give the ids of one kind in a text, each once, in its order."""
    return list(dict.fromkeys(re.findall(rf"\b{prefix}_[0-9a-f]{{16}}\b", text)))


def open_office(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Office:
    """Make a registry whose administrator kim sits before this machine."""
    places = {
        "COVERAGEKIT_REGISTRY": folder / "data" / "registry.sqlite",
        "COVERAGEKIT_CHECKPOINTS": folder / "checkpoints",
        "COVERAGEKIT_AUDIT_KEY": folder / "keys" / "audit.pem",
        "COVERAGEKIT_USER": "kim",
    }
    for name, value in places.items():
        monkeypatch.setenv(name, str(value))
    for name in ("COVERAGEKIT_ROLE", "COVERAGEKIT_POLICY"):
        monkeypatch.delenv(name, raising=False)
    office = Office(capsys, folder)
    office.done("init")
    with open_door(sign=False) as door:
        for name, role in PEOPLE.items():
            values = {"name": name, "role": role, "active": True}
            asked = Purpose("administration")
            add_row(KIM, asked, "app_user", values=values, registry=door)
    return office
