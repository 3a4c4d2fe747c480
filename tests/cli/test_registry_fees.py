"""Fee plans entered, quoted and ended at the command line."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from coveragekit.access import parse_plan, parse_plan_sheet
from tests.cli.office import Office, ids

DOCS = Path(__file__).resolve().parents[2] / "docs" / "examples"
SHEET = "cameras_from,days_from,one_off,yearly\n1,0,350,150\n5,0,900.00,500\n11,30,,\n"
NAMED = ("--name", "City 2026", "--currency", "USD", "--from", "2026-01-01")


@pytest.fixture
def sheet(tmp_path: Path) -> Path:
    """Give a spreadsheet of prices."""
    file = tmp_path / "prices.csv"
    file.write_text(SHEET, "utf-8-sig")
    return file


def test_a_sheet_of_prices_becomes_what_owners_are_quoted(
    office: Office, sheet: Path
) -> None:
    assert "no fee plan holds" in office.refused(
        "fees", "quote", "--cameras", 3, "--days", 30
    )

    tried = office.done("fees", "add", sheet, *NAMED, "--dry-run")
    assert "would be added  City 2026" in tried
    assert "there is no fee plan" in office.done("fees", "list")
    kept = office.done("fees", "add", sheet, *NAMED)

    (plan_id,) = ids("fee", kept)
    assert "from 5 cameras, 0 days: 900.00 USD once, 500.00 USD a year" in kept
    assert "from 11 cameras, 30 days: on request" in kept
    assert f"{plan_id}  holds today" in office.done("fees", "list")
    quoted = office.done("fees", "quote", "--cameras", 6, "--days", 30)
    assert "once 900.00 USD" in quoted
    quoted = office.done(
        "fees", "quote", "--cameras", 12, "--days", 30, "--language=es"
    )
    assert "precio a consultar" in quoted


def test_a_plan_ends_and_the_next_may_begin(office: Office, sheet: Path) -> None:
    plan_id = ids("fee", office.done("fees", "add", sheet, *NAMED))[0]
    today = datetime.now(UTC).date()
    later = ("--name", "Next", "--currency", "USD")
    later += ("--from", str(today + timedelta(days=1)))
    assert "end that one the day before" in office.refused("fees", "add", sheet, *later)

    office.done("fees", "retire", plan_id, "--last-day", today)
    office.done("fees", "add", sheet, *later)

    listed = office.done("fees", "list")
    assert f"to {today}" in listed
    assert "not yet" in listed


def test_all_bad_lines_of_a_sheet_are_named(office: Office, tmp_path: Path) -> None:
    bad = tmp_path / "bad.csv"
    bad.write_text(SHEET + "x,0,1,1\n20,0,1,abc\n21,0\n")

    why = office.refused("fees", "add", bad, *NAMED)

    assert "line 5: cameras_from: 'x'" in why
    assert "line 6: yearly: 'abc'" in why
    assert "line 7: more or fewer cells" in why
    bad.write_text("a,b\n1,2\n")
    assert "the columns are a, b" in office.refused("fees", "add", bad, *NAMED)


def test_what_a_file_leaves_unsaid_is_asked_for(office: Office, sheet: Path) -> None:
    assert "give --name, --currency, --from as well" in office.refused(
        "fees", "add", sheet
    )
    bad = sheet.with_suffix(".txt")
    bad.write_text("x")
    assert "allowed: .toml, .csv" in office.refused("fees", "add", bad)
    toml = sheet.with_suffix(".toml")
    toml.write_text("name = 'x'")
    assert "missing currency" in office.refused("fees", "add", toml)
    assert "are for .csv" in office.refused("fees", "add", toml, *NAMED)
    toml.write_bytes(b"\xff\xfe")
    assert "is no UTF-8 text" in office.refused("fees", "add", toml)
    assert "no such file" in office.refused("fees", "add", "nowhere.toml").lower()
    why = office.refused("fees", "add", sheet, *NAMED[:4], "--from", "soon")
    assert "give one such as 2026-11-20" in why.replace("│ ", "")


def test_who_may_not_set_fees_is_told_who_may(office: Office, sheet: Path) -> None:
    why = office.refused("fees", "add", sheet, *NAMED, user="sam")

    assert "only the role administrator may" in why
    assert "no fee plan 'fee_0'" in office.refused(
        "fees", "retire", "fee_0", "--last-day", "2026-12-31"
    )


def test_the_example_can_be_taken_as_it_is_and_says_what_it_is(
    office: Office, tmp_path: Path
) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(office.done("fees", "example"))

    code, said, noted = office.run("fees", "add", file)

    assert code == 0
    assert "Lexington" in said
    assert "marked as an example" in noted


def test_the_examples_of_the_docs_are_plans() -> None:
    plan = parse_plan((DOCS / "fee-plan.toml").read_text("utf-8"))
    told = {"name": "x", "currency": "USD", "effective_from": date(2027, 1, 1)}
    sheet = parse_plan_sheet((DOCS / "fee-plan.csv").read_text("utf-8"), told)

    assert plan.tiers == sheet.tiers
    assert not plan.example


def test_prices_that_fall_are_pointed_at(office: Office, tmp_path: Path) -> None:
    file = tmp_path / "prices.csv"
    file.write_text("cameras_from;days_from;one_off;yearly\n2;0;10;150\n5;0;10;140\n")

    _, _, noted = office.run("fees", "add", file, *NAMED)

    assert "5 cameras cost less a year than 2 do" in noted
    assert "it has no price below 2 cameras and 0 days" in noted
