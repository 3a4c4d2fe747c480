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
from coveragekit.model.exports import (
    Released,
    export_form,
    least_count,
    protected,
    release,
    roles,
)
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
    "Released",
    "Table",
    "call_set_apart",
    "camera_defaults",
    "check",
    "classify_offences",
    "conform",
    "counted_calls",
    "empty",
    "export_form",
    "fill_camera_defaults",
    "find_faults",
    "is_public_street",
    "join_assumed",
    "least_count",
    "nibrs_code",
    "nibrs_codes",
    "protected",
    "release",
    "roles",
    "split_assumed",
    "street_visible",
    "table",
    "table_names",
]
