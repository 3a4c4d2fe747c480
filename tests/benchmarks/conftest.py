"""Run each promise at a scale, and print what was measured beside what was promised."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest

GATE_SCALE = 0.05


@dataclass(frozen=True)
class Measured:
    """One line of the table that a benchmark run ends with."""

    what: str
    value: float
    unit: str
    target: float
    at_least: bool
    note: str

    @property
    def kept(self) -> bool:
        """Whether the promise is kept."""
        return self.value >= self.target if self.at_least else self.value <= self.target


LINES: list[Measured] = []


@pytest.fixture(scope="session")
def scale() -> float:
    """Share of the full size: 1 in ``make bench``, a twentieth in the gate."""
    return float(os.environ.get("COVERAGEKIT_BENCH_SCALE", GATE_SCALE))


@pytest.fixture
def promise() -> Callable[..., None]:
    """Record a figure beside its target; nothing is asserted about speed."""

    def record(
        what: str,
        value: float,
        unit: str,
        *,
        at_least: float | None = None,
        at_most: float | None = None,
        note: str = "",
    ) -> None:
        target = at_least if at_least is not None else at_most
        assert target is not None
        LINES.append(Measured(what, value, unit, target, at_least is not None, note))

    return record


@contextmanager
def _cpu_clock() -> Iterator[list[float]]:
    spent: list[float] = []
    start = time.process_time()
    yield spent
    spent.append(time.process_time() - start)


@pytest.fixture
def cpu_clock() -> Callable[[], object]:
    """Measure processor seconds: ``with cpu_clock() as spent: ...; spent[0]``."""
    return _cpu_clock


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the table of promises."""
    if not LINES:
        return
    size = float(os.environ.get("COVERAGEKIT_BENCH_SCALE", GATE_SCALE))
    terminalreporter.section(f"promises, at {size:g} of the full size")
    for line in LINES:
        bound = ">=" if line.at_least else "<="
        verdict = "kept" if line.kept else "MISSED"
        terminalreporter.write_line(
            f"{line.what:<58} {line.value:>12,.3g} {line.unit:<10} "
            f"{bound} {line.target:<8g} {verdict:<6} {line.note}"
        )
