"""Bring a frame into the shape of a table, and report every fault of it at once."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from coveragekit.crs import WGS84
from coveragekit.errors import Fault, TableError
from coveragekit.model.tables import Column, Table, table

if TYPE_CHECKING:
    from collections.abc import Collection, Hashable

    import geopandas as gpd
    import pandas as pd
    import pandera.pandas as pa

__all__ = ["check", "conform", "empty", "find_faults", "join_assumed", "split_assumed"]

DTYPES = {
    "text": "str",
    "number": "float64",
    "integer": "Int64",
    "time": "datetime64[us, UTC]",
    "list": "object",
}
# Events told with the later time first are turned round; a camera's dates cannot be.
_SERVICE = ("active_from", "active_to")


def empty(name: str) -> gpd.GeoDataFrame:
    """
    Give a table without rows, with every column of its right type.

    Parameters
    ----------
    name
        Name of the table.

    Returns
    -------
    geopandas.GeoDataFrame
        No rows, all columns, EPSG:4326.

    Raises
    ------
    InputError
        No table has that name.

    Examples
    --------
    >>> len(empty("cameras")), str(empty("cameras")["hfov_deg"].dtype)
    (0, 'float64')
    """
    import geopandas as gpd

    return conform(name, gpd.GeoDataFrame(geometry=[], crs=WGS84))


def conform(
    name: str, frame: gpd.GeoDataFrame, *, leave_out: Collection[str] = ()
) -> gpd.GeoDataFrame:
    """
    Bring a frame into the columns, order and types of a table, as a new frame.

    Parameters
    ----------
    name
        Name of the table.
    frame
        A frame with a geometry column and any of the table's columns, values already of
        a kind that converts (numbers as numbers, times with a zone).
    leave_out
        Columns of the table that the new frame is to be without.

    Returns
    -------
    geopandas.GeoDataFrame
        A new frame: missing columns are there and empty, others are left out (tables
        that keep extra columns keep them), index 0 to n-1.

    Raises
    ------
    InputError
        No table has that name.
    TableError
        A value cannot become the type of its column.

    Examples
    --------
    >>> import geopandas as gpd
    >>> from shapely import Point
    >>> one = gpd.GeoDataFrame({"water_id": ["a"]}, geometry=[Point(0, 0)], crs=4326)
    >>> list(conform("water", one).columns)
    ['water_id', 'name', 'geometry']
    """
    import geopandas as gpd
    import pandas as pd

    layout = table(name)
    data: dict[str, Any] = {}
    faults: list[Fault] = []
    plain = pd.DataFrame(frame.drop(columns=frame.geometry.name))
    for column in layout.columns.values():
        if column.name in leave_out:
            continue
        if column.name in plain.columns:
            given = plain[column.name].reset_index(drop=True)
            try:
                data[column.name] = _cast(given, column)
            except (ValueError, TypeError, OverflowError) as error:
                faults.append(
                    Fault(None, column.name, str(error), column.allowed_words)
                )
        else:
            data[column.name] = _missing(len(frame), column)
    if faults:
        raise TableError(name, faults)
    if layout.extra:
        for extra_name in plain.columns.difference(list(layout.columns), sort=False):
            data[str(extra_name)] = plain[extra_name].reset_index(drop=True)
    geometry = frame.geometry.reset_index(drop=True)
    return gpd.GeoDataFrame(data, geometry=geometry.values, crs=frame.crs)


def _cast(given: pd.Series[Any], column: Column) -> pd.Series[Any]:
    import pandas as pd

    if column.type == "list":
        return pd.Series(_lists(given), dtype="object")
    if column.type == "time":
        return pd.to_datetime(given, utc=True).dt.as_unit("us")
    return given.astype(DTYPES[column.type])  # type: ignore[call-overload, no-any-return]


def _lists(given: pd.Series[Any]) -> list[list[str]]:
    """Give the lists of cells; most are empty, and a city has a million of them."""
    import numpy as np

    return [
        [] if type(cell) is np.ndarray and not cell.size else split_assumed(cell)
        for cell in given.to_numpy(dtype=object)
    ]


def _missing(count: int, column: Column) -> pd.Series[Any]:
    import pandas as pd

    if column.type == "list":
        return pd.Series([[] for _ in range(count)], dtype="object")
    return pd.Series([None] * count, dtype="object").astype(DTYPES[column.type])  # type: ignore[call-overload, no-any-return]


def split_assumed(cell: object) -> list[str]:
    """
    Give the list of a cell that is a list, a ``;``-joined text, or missing.

    Parameters
    ----------
    cell
        A sequence of texts, a text, ``None`` or not-a-number.

    Returns
    -------
    list of str
        The parts, in order, none empty.

    Examples
    --------
    >>> split_assumed("kind;hfov_deg"), split_assumed(None)
    (['kind', 'hfov_deg'], [])
    """
    if cell is None or isinstance(cell, float):
        return []
    if isinstance(cell, str):
        return [part.strip() for part in cell.split(";") if part.strip()]
    import numpy as np

    if isinstance(cell, list | tuple | np.ndarray):
        return [str(part) for part in cell]
    return []


def join_assumed(parts: list[str]) -> str:
    """
    Give a list as the text used in files that know no lists.

    Parameters
    ----------
    parts
        Names of columns.

    Returns
    -------
    str
        The names joined by ``;``.

    Examples
    --------
    >>> join_assumed(["kind", "hfov_deg"])
    'kind;hfov_deg'
    """
    return ";".join(parts)


def check(name: str, frame: gpd.GeoDataFrame) -> None:
    """
    Raise with all faults of a frame as a table, or return nothing.

    Parameters
    ----------
    name
        Name of the table.
    frame
        The frame, as :func:`conform` gives it.

    Raises
    ------
    InputError
        No table has that name.
    TableError
        The frame has faults; all of them are in ``error.faults``.

    Examples
    --------
    >>> check("cameras", empty("cameras"))
    """
    faults = find_faults(name, frame)
    if faults:
        raise TableError(name, faults)


def find_faults(name: str, frame: gpd.GeoDataFrame) -> list[Fault]:
    """
    Give all faults of a frame as a table: row, column, value and what is allowed.

    Parameters
    ----------
    name
        Name of the table.
    frame
        The frame, as :func:`conform` gives it; its index labels name the rows.

    Returns
    -------
    list of Fault
        Empty where nothing is wrong.

    Raises
    ------
    InputError
        No table has that name.

    Notes
    -----
    Checked lazily by pandera: types, ranges, allowed values, missing and repeated keys;
    beside it geometry type, missing and empty geometry, the CRS, and cameras whose
    service ends before it begins.

    Examples
    --------
    >>> find_faults("cameras", empty("cameras"))
    []
    """
    import pandera.errors

    layout = table(name)
    faults: list[Fault] = []
    try:
        _schema(name).validate(frame.drop(columns=frame.geometry.name), lazy=True)
    except pandera.errors.SchemaErrors as errors:
        faults.extend(_translate(errors.failure_cases, layout))
    faults.extend(_order_faults(frame, layout))
    faults.extend(_geometry_faults(frame, layout))
    return faults


@cache
def _schema(name: str) -> pa.DataFrameSchema:
    import pandera.pandas as pa

    layout = table(name)
    columns = {
        column.name: pa.Column(
            DTYPES[column.type],
            checks=_checks(column),
            nullable=not column.required,
            unique=column.name == layout.key,
        )
        for column in layout.columns.values()
    }
    return pa.DataFrameSchema(columns, strict=not layout.extra)


def _checks(column: Column) -> list[pa.Check]:
    import pandera.pandas as pa

    checks = []
    if column.allowed is not None:
        checks.append(pa.Check.isin(list(column.allowed)))
    if column.low is not None:
        checks.append(pa.Check.ge(column.low))
    if column.above is not None:
        checks.append(pa.Check.gt(column.above))
    if column.high is not None:
        checks.append(pa.Check.le(column.high))
    if column.below is not None:
        checks.append(pa.Check.lt(column.below))
    return checks


def _translate(cases: pd.DataFrame, layout: Table) -> list[Fault]:
    return [_translate_case(case, layout) for case in cases.to_dict("records")]


def _translate_case(case: dict[Hashable, Any], layout: Table) -> Fault:
    import pandas as pd

    seen, label = case["failure_case"], case["index"]
    row = None if pd.isna(label) else label
    if case["check"] == "column_in_dataframe":
        return Fault(None, str(seen), "column is missing", "the column")
    column = layout.columns.get(str(case["column"]))
    if column is None:
        return Fault(None, str(seen), str(case["check"]), "the table's own columns")
    if case["check"] == "field_uniqueness":
        return Fault(row, column.name, f"{seen!r} again", "each key once")
    value = "missing" if pd.isna(seen) else repr(seen)
    return Fault(row, column.name, value, column.allowed_words)


def _order_faults(frame: gpd.GeoDataFrame, layout: Table) -> list[Fault]:
    begin, end = _SERVICE
    if not {begin, end} <= set(layout.columns) & set(frame.columns):
        return []
    if any(str(frame[name].dtype) != DTYPES["time"] for name in _SERVICE):
        # The type is the fault then, and is told already.
        return []
    backwards = frame[frame[end] < frame[begin]]
    # As NumPy writes them: pandas cannot write years after 9999.
    since, until = (backwards[name].to_numpy("datetime64[s]") for name in _SERVICE)
    told = zip(backwards.index, backwards[layout.key], since, until, strict=True)
    return [
        Fault(
            label, end, f"{last}Z (camera {key})", f"{begin}, here {first}Z, or later"
        )
        for label, key, first, last in told
    ]


def _geometry_faults(frame: gpd.GeoDataFrame, layout: Table) -> list[Fault]:
    allowed = " or ".join(layout.geometry)
    faults = []
    if frame.crs is None:
        faults.append(Fault(None, "geometry", "no CRS", "a CRS, EPSG:4326 in files"))
    geometry = frame.geometry
    missing = geometry.isna()
    faults.extend(
        Fault(label, "geometry", "missing", allowed) for label in frame.index[missing]
    )
    hollow = ~missing & geometry.is_empty
    faults.extend(
        Fault(label, "geometry", "empty", allowed) for label in frame.index[hollow]
    )
    wrong = ~missing & ~hollow & ~geometry.geom_type.isin(layout.geometry)
    faults.extend(
        Fault(label, "geometry", str(kind), allowed)
        for label, kind in geometry.geom_type[wrong].items()
    )
    return faults
