"""The page about the registry says what is so."""

from __future__ import annotations

import re
from pathlib import Path

from coveragekit.registry.moving_rows import known_columns
from coveragekit.registry.values import LONGEST_TEXT

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
