"""
A program that is killed: it writes through the door and says what was kept.

Run with the address of a registry. It loads everything once; then it forks a writer for
each line that it reads, which is a number and a camera. A writer says each thing that
was kept on a line of JSON; whatever it had not yet said may be kept or not, but whole.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
from datetime import UTC, datetime, timedelta
from typing import NoReturn

from coveragekit import access
from coveragekit.access import Door, Purpose, Scope, User, consent_text
from coveragekit.access.policy import read_policy
from coveragekit.access.signing import Signer
from coveragekit.errors import RegistryError
from coveragekit.registry.opening import Registry

ROWS = 12
"""How many cameras one file brings, each with an owner, a place and a contact."""
SIGNED_EVERY = 2
ANN = User("ann", "administrator", "proxy")
KIM = User("kim", "officer", "proxy")
CALL = Purpose("call", case_number="26-0417")
OFFICE = Purpose("administration")
SIGNER = "Canary Owner"
# What follows what in the life of a consent, and whose will it is.
NEXT = {
    "registered": ("offered", "agency"),
    "offered": ("integrated", "owner"),
    "integrated": ("withdrawn", "owner"),
    "withdrawn": ("registered", "owner"),
}


class Writer:
    """Writes one thing after the other and says so."""

    def __init__(self, url: str, number: int, camera_id: str) -> None:
        self._url = url
        self._number = number
        self._camera_id = camera_id
        self._count = 0
        self._rng = random.Random(number)  # noqa: S311 - which act, no secret
        self._door: Door | None = None

    def run(self) -> NoReturn:
        """Write until somebody kills this process; a lost database is waited for."""
        acts = (self.add, self.agree, self.look, self.take)
        while True:
            self._count += 1
            try:
                told = self._rng.choice(acts)()
            except RegistryError:
                # the server is gone or coming back; what was kept nobody knows
                self.say({"act": "lost"})
                time.sleep(0.05)
            else:
                self.say(told)

    def say(self, told: dict[str, object]) -> None:
        """Say what was kept; a line this short reaches the pipe whole or not at all."""
        os.write(1, f"{json.dumps({'writer': self._number, **told})}\n".encode())

    @property
    def door(self) -> Door:
        """The door; opened by the first who asks, for opening can be killed too."""
        if self._door is None:
            signer = Signer(every=SIGNED_EVERY)
            self._door = Door(Registry.open(self._url), read_policy(), signer)
        return self._door

    @property
    def tag(self) -> str:
        """A word of this act alone."""
        return f"w{self._number}-{self._count}"

    def add(self) -> dict[str, object]:
        """Add a camera."""
        values = {"name": self.tag, "lon": -84.39, "lat": 33.75, "kind": "dome"}
        made = access.add_row(ANN, OFFICE, "camera", values=values, registry=self.door)
        return {"act": "camera", "tag": self.tag, "id": made.camera_id}

    def agree(self) -> dict[str, object]:
        """Move the consent of this writer's own camera one step on."""
        found = access.consent_history(
            ANN, Purpose("owner_request"), self._camera_id, registry=self.door
        )
        to, side = NEXT[found[-1].receipt.to]
        kind = {"registered": "registration", "integrated": "integration"}.get(to)
        scope = Scope(live=True) if to == "integrated" else None
        end = datetime.now(UTC) + timedelta(days=30)
        receipt = access.change_consent(
            ANN,
            OFFICE,
            self._camera_id,
            to=to,
            side=side,
            signer=SIGNER if kind else None,
            text=consent_text(kind, "en") if kind else None,
            scope=scope,
            expires_at=end if scope else None,
            registry=self.door,
        )
        return {"act": "consent", "code": receipt.code, "id": self._camera_id}

    def look(self) -> dict[str, object]:
        """Ask at the door; both answers write a line."""
        answer = self.door.may(KIM, "view_live", self._camera_id, CALL)
        return {"act": "look", "seq": answer.seq, "id": self._camera_id}

    def take(self) -> dict[str, object]:
        """Bring a file in."""
        rows = [
            {
                "source_id": str(row),
                "lon": -84.39 + 0.001 * self._number + 0.000_01 * row,
                "lat": 33.75 + 0.000_01 * self._count,
                "owner_name": f"{self.tag} {row}",
                "owner_kind": "business",
                "site_kind": "business",
                "site_address": f"{row} {self.tag} St",
                "contact_phone": f"404555{row:04d}",
            }
            for row in range(ROWS)
        ]
        done = access.import_rows(
            ANN, OFFICE, rows, source=self.tag, registry=self.door
        )
        return {"act": "file", "tag": self.tag, "added": done.added}


def main(url: str) -> None:
    """Fork a writer for each line that is read."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    os.write(1, b'{"act": "ready"}\n')
    for line in sys.stdin:
        number, camera_id = line.split()
        child = os.fork()
        if child == 0:
            Writer(url, int(number), camera_id).run()
        born = {"act": "born", "writer": int(number), "pid": child}
        os.write(1, f"{json.dumps(born)}\n".encode())


if __name__ == "__main__":
    main(sys.argv[1])
