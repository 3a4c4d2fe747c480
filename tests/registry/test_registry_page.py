"""The page about the registry says what is so."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

from coveragekit.registry.moving import import_cameras
from coveragekit.registry.moving_rows import known_columns
from coveragekit.registry.opening import Registry
from coveragekit.registry.values import LONGEST_TEXT, rule

PAGE = Path(__file__).resolve().parents[2] / "docs" / "registry.md"


def test_every_column_that_the_page_names_is_read_from_a_file() -> None:
    text = PAGE.read_text("utf-8")
    table = text.split("these are read:")[1].split("A file makes no consent")[0]
    first = [line.split("|")[1] for line in table.splitlines() if line.startswith("|")]
    named = set(re.findall(r"`(\w+)`", " ".join(first)))

    assert len(named) > 20
    assert named <= known_columns()
    beside = {name for name in known_columns() if name.startswith(("owner_", "site_n"))}
    assert beside <= named


def test_the_page_tells_the_length_that_a_cell_may_have() -> None:
    assert f"longer than {LONGEST_TEXT:,} letters" in PAGE.read_text("utf-8")


def test_the_sheet_that_the_page_begins_with_comes_in_whole(registry: Registry) -> None:
    text = PAGE.read_text("utf-8").split("to begin with:")[1].split("`kind` is")[0]
    lines = "\n".join(line.strip() for line in text.strip().splitlines())
    rows = list(csv.DictReader(io.StringIO(lines)))

    with registry.write() as connection:
        done = import_cameras(
            connection, rows, by="anna", source="page.csv", agency="City"
        )

    assert (done.added, done.refused, done.owners) == (3, 0, 3)
    assert done.notices == ()


def test_the_words_that_the_page_allows_are_those_that_are_taken() -> None:
    text = " ".join(PAGE.read_text("utf-8").split())
    for column, table in (("kind", "camera"), ("kind", "owner"), ("kind", "site")):
        named = column if table == "camera" else f"{table}_{column}"
        allowed = ", ".join(rule(table, column)["allowed"])
        assert re.search(rf"`{named}` (is )?one of {re.escape(allowed)}[;.]", text)
