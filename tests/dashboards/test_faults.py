"""Faults of a page: logged, counted, told plainly."""

from __future__ import annotations

import logging
import re

import pytest

from coveragekit.dashboards.faults import FaultDesk, log_to_file
from coveragekit.errors import StudyError


@pytest.fixture
def told() -> list[str]:
    return []


@pytest.fixture
def desk(told) -> FaultDesk:
    return FaultDesk(told.append)


def test_a_fault_becomes_one_plain_sentence_with_the_number_in_the_log(
    desk, told, caplog
) -> None:
    @desk.guard("show the gap")
    def broken() -> None:
        {}["detail"]

    with caplog.at_level(logging.ERROR, logger="coveragekit"):
        broken()

    match = re.fullmatch(
        r"Could not show the gap\. The rest of the page still works\. "
        r"Reference ([0-9A-F]{6})\.",
        told[0],
    )
    assert match
    assert match[1] in caplog.text
    assert "KeyError < test_faults.py:" in caplog.text
    assert "detail" not in caplog.text, "a log holds no data"
    assert desk.count == 1


def test_an_error_written_for_people_is_told_in_its_first_line(desk, told) -> None:
    @desk.guard("open the planner")
    def broken() -> None:
        message = "S was never built; build it\nsecond line"
        raise StudyError(message)

    broken()

    assert told[0].startswith(
        "Could not open the planner: S was never built; build it. "
    )
    assert "second line" not in told[0]


def test_what_works_passes_through_with_its_arguments(desk, told) -> None:
    seen = []

    desk.guard("add")(lambda one, *, two: seen.append((one, two)))(1, two=2)

    assert seen == [(1, 2)]
    assert told == []
    assert desk.count == 0


def test_to_be_stopped_is_no_fault(desk, told) -> None:
    @desk.guard("wait")
    def stopped() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stopped()
    assert told == []


def test_the_log_goes_to_the_file_that_the_server_named(tmp_path, monkeypatch) -> None:
    path = tmp_path / "dash.log"
    monkeypatch.setenv("COVERAGEKIT_LOG", str(path))
    root = logging.getLogger("coveragekit")
    # Another test may have had the log written already.
    handlers, propagate = list(root.handlers), root.propagate
    monkeypatch.setattr(root, "handlers", [])

    try:
        log_to_file()
        log_to_file()
        FaultDesk(lambda _: None).report("try", ValueError("boom"))
        added = [one for one in root.handlers if one not in handlers]
    finally:
        for one in root.handlers[:]:
            if one not in handlers:
                root.removeHandler(one)
                one.close()
        root.propagate = propagate

    assert len(added) == 1
    assert path.read_text("utf-8").count("could not try") == 1


def test_without_a_named_file_nothing_is_set_up(monkeypatch) -> None:
    monkeypatch.delenv("COVERAGEKIT_LOG", raising=False)
    before = list(logging.getLogger("coveragekit").handlers)

    log_to_file()

    assert logging.getLogger("coveragekit").handlers == before
