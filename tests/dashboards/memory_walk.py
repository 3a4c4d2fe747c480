"""Walk through a planner's page and tell the memory that it has for itself."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from coveragekit.dashboards import memory
from coveragekit.dashboards.planner import stages
from coveragekit.dashboards.planner.page import Planner
from coveragekit.study.change import Change
from coveragekit.study.ghost import Ghost
from coveragekit.view import mercator

if TYPE_CHECKING:
    from collections.abc import Iterator

_LAYERS = ("base", "coverage", "gaps", "incidents", "isovists")
_NIGHTS: dict[str, Any] = {"light": "night"}
_CHOICES: tuple[tuple[str, dict[str, Any]], ...] = (
    ("night", _NIGHTS),
    ("another band", {"band": 4}),
    ("tier", {"tier": "integrated", "light": "day"}),
    ("dates", {"dates": ["2025-02-01", "2025-03-20"]}),
    ("hours", {"hours": [1] * 84 + [0] * 84}),
    ("other dates", {"dates": ["2025-01-01", "2025-05-20"], "band": 0}),
)


def own_mb() -> tuple[float, float]:
    """Give what this process alone has, MB: written to, and read from files."""
    text = Path("/proc/self/smaps_rollup").read_text("utf-8")
    kinds = ("Dirty", "Clean")
    found = [
        re.search(rf"^Private_{kind}:\s+(\d+)", text, re.MULTILINE) for kind in kinds
    ]
    dirty, clean = (int(one[1]) / 1024.0 if one else 0.0 for one in found)
    return dirty, clean


def walk(planner: Planner) -> Iterator[str]:
    """Do one thing after another, and say what was done."""
    west, north, east, south = planner.store.meta["bounds_merc"]
    x, y = (west + east) / 2.0, (north + south) / 2.0
    lon, lat = mercator.to_lonlat([x, y]).tolist()

    def paint(zoom: int) -> None:
        tiles = 2**zoom
        for layer in _LAYERS:
            for place in range(16):
                column = int(x * tiles) + place % 4 - 2
                row = int(y * tiles) + place // 4 - 2
                painter = planner.city.painter
                painter.paint(layer, zoom, column, row, planner.city.look)

    paint(13)
    yield "map"
    for name, parts in _CHOICES:
        before = planner.state.filters
        planner.state.filters = before.changed(parts, planner.terms)
        planner.recount.finish()
        paint(13)
        yield name
    paint(17)
    yield "zoomed in"
    planner.state.mode = "whatif"
    for step in range(20):
        at = lon + step * 2e-4
        ghost = Ghost.of_kind("bullet", key="+", lon=at, lat=lat)
        planner.whatif.tryout.engine.step(Change().put(ghost), planner.state.filters)
    planner.recount.ask()
    planner.recount.finish()
    yield "what-if"
    planner.state.mode = "explain"
    planner.state.filters = planner.state.filters.changed(
        {"light": "day", "tier": "public", "dates": None, "hours": None, "band": None},
        planner.terms,
    )
    planner.recount.finish()
    yield "back"


def main(study: str, most_bytes: int) -> None:
    """Walk three times, and print what each step leaves as lines of JSON."""
    if most_bytes:
        stages._MOST_BYTES = most_bytes  # type: ignore[misc]
    memory.load_kernels()  # as a page that is served does
    nobody: Any = SimpleNamespace()
    planner = Planner(study, backroom=nobody)
    visit: Any = SimpleNamespace(user="Kim", role="analyst", query="")
    planner.greet(visit)
    planner.recount.finish()
    for turn in range(3):
        said = walk(planner)
        if not turn:
            _tell(planner, turn, "open")
        for name in said:
            _tell(planner, turn, name)


def _tell(planner: Planner, turn: int, name: str) -> None:
    dirty, clean = own_mb()
    line = {"turn": turn, "name": name, "own_mb": dirty, "mapped_mb": clean}
    line["kept_bytes"] = planner.answers.stages._kept.nbytes
    sys.stdout.write(json.dumps(line) + "\n")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
