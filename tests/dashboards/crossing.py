"""The crossing of the view store's tests as a study, and a fake back room."""

from __future__ import annotations

import json
from concurrent.futures import Future
from pathlib import Path

from tests.dashboards.fixture_summary import fresh_summary
from tests.view.made import tables, write_store

CAMERAS = 5


def write_crossing(folder: Path, **changed) -> Path:
    """Write the crossing's results with a summary; give the folder of the study."""
    results = folder / "results"
    given = changed.pop("given", None)
    write_store(results, tables() if given is None else given, **changed)
    summary = fresh_summary({"cameras": CAMERAS, "incidents": 4}, gaps=1)
    del summary["shares"]["calls"]  # nobody calls from the crossing
    for share in ("incidents", "incidents_all"):
        summary["shares"][share].pop("by_hour", None)
    (results / "summary.json").write_text(json.dumps(summary), "utf-8")
    return folder


class Asked(Future):
    """A question to the fake back room: its test answers it."""

    def __init__(self, name: str, given: dict) -> None:
        super().__init__()
        self.name, self.given = name, given

    def answer(self, **found) -> None:
        self.set_result(found)


class FakeBackroom:
    """Notes what it is asked, and answers when a test says so."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []

    def submit(self, name: str, /, *, tell=None, **given) -> Asked:
        self.asked.append(Asked(name, given))
        return self.asked[-1]


def explained(*verdicts: str) -> list[dict]:
    """Rows as the back room explains a place: a camera for each verdict."""
    return [
        {
            "camera_id": f"c{row}",
            "name": "",
            "access": ("public", "integrated", "registered")[row % 3],
            "verdict": verdict,
            "probability": 1.0,
            "reason": f"because {row}",
            "lon": -84.0 + row / 1000,
            "lat": 33.0,
        }
        for row, verdict in enumerate(verdicts)
    ]
