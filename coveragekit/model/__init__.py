"""The tables, words and defaults that every other room speaks in."""

from coveragekit.model.check import (
    check,
    conform,
    empty,
    find_faults,
    join_assumed,
    split_assumed,
)
from coveragekit.model.tables import Column, Table, table, table_names

__all__ = [
    "Column",
    "Table",
    "check",
    "conform",
    "empty",
    "find_faults",
    "join_assumed",
    "split_assumed",
    "table",
    "table_names",
]
