"""The tables, words and defaults that every other room speaks in."""

from coveragekit.model.check import (
    check,
    conform,
    empty,
    find_faults,
    join_assumed,
    split_assumed,
)
from coveragekit.model.defaults import camera_defaults, fill_camera_defaults
from coveragekit.model.offences import (
    classify_offences,
    nibrs_code,
    nibrs_codes,
    street_visible,
)
from coveragekit.model.rules import call_set_apart, counted_calls, is_public_street
from coveragekit.model.tables import Column, Table, table, table_names

__all__ = [
    "Column",
    "Table",
    "call_set_apart",
    "camera_defaults",
    "check",
    "classify_offences",
    "conform",
    "counted_calls",
    "empty",
    "fill_camera_defaults",
    "find_faults",
    "is_public_street",
    "join_assumed",
    "nibrs_code",
    "nibrs_codes",
    "split_assumed",
    "street_visible",
    "table",
    "table_names",
]
