"""What a role may take out of the system, and in which form."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final, Literal, cast

from coveragekit.errors import InputError
from coveragekit.model.offences import nibrs_code

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd
    import pandas as pd

__all__ = ["Released", "export_form", "least_count", "protected", "release", "roles"]

Form = Literal["exact", "cells", "none"]
_KINDS: Final = {"incidents": ("category", "offense_code"), "calls": ("call_type", "")}


@cache
def _data() -> dict[str, Any]:
    path = files("coveragekit.model").joinpath("data/exports.toml")
    return tomllib.loads(path.read_text("utf-8"))


@dataclass(frozen=True, slots=True)
class Released:
    """
    What may leave, and what has to be said with it.

    Parameters
    ----------
    table
        The rows that may leave; cells with ``cell_id`` and ``count`` where the role may
        not have the rows themselves.
    form
        ``"exact"`` or ``"cells"``.
    notes
        One sentence for each thing that was withheld or made coarse.
    """

    table: gpd.GeoDataFrame
    form: Form
    notes: tuple[str, ...]


def roles() -> tuple[str, ...]:
    """
    Give the roles that there are.

    Returns
    -------
    tuple of str
        Their names.

    Examples
    --------
    >>> roles()[:3]
    ('analyst', 'planner', 'recruiter')
    """
    return tuple(_data()["roles"])


def _check_role(role: str) -> None:
    if role not in roles():
        message = f"there is no role {role!r}; allowed: {', '.join(roles())}"
        raise InputError(message)


def export_form(table: str, role: str) -> Form:
    """
    Tell in which form a role may take a table out.

    Parameters
    ----------
    table
        Name of a table of a study or of its results, such as ``"incidents"``.
    role
        Role of the user.

    Returns
    -------
    str
        ``"exact"``, ``"cells"`` or ``"none"``.

    Raises
    ------
    InputError
        There is no such role.

    Notes
    -----
    The rules stand in ``model/data/exports.toml``.

    Examples
    --------
    >>> export_form("incidents", "analyst"), export_form("incidents", "planner")
    ('exact', 'cells')
    """
    _check_role(role)
    named = _data()["roles"][role]
    if table in named:
        return cast("Form", named[table])
    if role == "public" and table not in _data()["public"]["exact"]:
        return "none"
    return "exact"


def least_count(role: str) -> int:
    """
    Give the least number of events that a role may see counted by place or kind.

    Parameters
    ----------
    role
        Role of the user.

    Returns
    -------
    int
        1 where the role may have every row, 5 otherwise.

    Raises
    ------
    InputError
        There is no such role.

    Examples
    --------
    >>> least_count("analyst"), least_count("public")
    (1, 5)
    """
    forms = {export_form(table, role) for table in _data()["events"]}
    return 1 if forms == {"exact"} else int(_data()["least"])


def protected(events: pd.DataFrame, table: str = "incidents") -> pd.Series[str]:
    """
    Give for each event the group of offences whose victims its place could name.

    Parameters
    ----------
    events
        Incidents with ``category`` and, where there is one, ``offense_code``; or calls
        with ``call_type``.
    table
        ``"incidents"`` or ``"calls"``.

    Returns
    -------
    pandas.Series of str
        On the index of ``events``, named ``protected``: ``"sexual"``, ``"domestic"`` or
        ``"children"``; missing where the event is not protected.

    Raises
    ------
    InputError
        Another table.

    Examples
    --------
    >>> import pandas as pd
    >>> protected(pd.DataFrame({"category": ["Rape", "AUTO THEFT"]})).tolist()
    ['sexual', nan]
    """
    import pandas as pd

    if table not in _KINDS:
        message = f"only {' and '.join(_KINDS)} can be protected; seen: {table!r}"
        raise InputError(message)
    words, code = _KINDS[table]
    columns = [name for name in (words, code) if name in events.columns]
    keys = events[columns].astype("object")
    keys = keys.where(keys.notna(), None)
    known = {key: _group(*key) for key in set(keys.itertuples(index=False, name=None))}
    found = [known[key] for key in keys.itertuples(index=False, name=None)]
    return pd.Series(found, index=events.index, dtype="str", name="protected")


def _group(words: object, code: object = None) -> str | None:
    import re

    nibrs = nibrs_code(words, code)
    for rule in _data()["protected"]:
        if nibrs in rule["codes"]:
            return str(rule["group"])
        if isinstance(words, str) and re.search(rule["words"], words, re.IGNORECASE):
            return str(rule["group"])
    return None


def release(
    table: str,
    rows: gpd.GeoDataFrame,
    role: str,
    *,
    years: Mapping[str, float] | None = None,
) -> Released:
    """
    Give the rows of a table in the form in which a role may take them out.

    Parameters
    ----------
    table
        Name of a table of a study or of its results.
    rows
        The rows, with a CRS.
    role
        Role of the user.
    years
        For ``"incidents"`` and ``"calls"``, how many years were observed, so that a
        rate by the year can be told from a small count; one where it is not given.

    Returns
    -------
    Released
        The rows as they are, or counts by cells of 250 m, and what was withheld.

    Raises
    ------
    InputError
        There is no such role, the role may have nothing of this table, or the rows
        have no CRS.

    Notes
    -----
    Every export goes through here, whatever its format. Outside the analyst's role no
    event leaves at its place: sexual and domestic offences and those against children
    are left out, the others are counted by cell, and cells that count fewer than five
    are left out. Only one count is given for a cell, and how many were left out is not
    told, so that no difference of counts tells what was withheld. Rates of single gaps
    and cameras go in steps of five events, and are blank below that.
    """
    form = export_form(table, role)
    if form == "none":
        message = f"the role {role} may not take {table} out; ask an analyst for them"
        raise InputError(message)
    if rows.crs is None:
        message = f"the {table} to be taken out have no CRS; set the one they are in"
        raise InputError(message)
    if form == "cells":
        return _by_cells(table, rows)
    if least_count(role) == 1:
        return Released(rows, form, ())
    return _without_small_rates(table, rows, years or {})


def _without_small_rates(
    table: str, rows: gpd.GeoDataFrame, years: Mapping[str, float]
) -> Released:
    """Blank rates of few events; round others, so that no difference tells of few."""
    least = int(_data()["least"])
    named = [
        (column, events)
        for column in rows.columns
        for events in _data()["events"]
        if str(column).startswith((f"{events}_", f"loss_{events}"))
    ]
    kept = rows.copy(deep=False)
    for column, events in named:
        if rows[column].dtype.kind == "f":
            step = least / max(years.get(events, 1.0), 1e-9)
            steps = (rows[column] / step).round()
            kept[column] = (steps * step).mask(rows[column] < step)
    note = (
        f"rates of {table} are rounded to steps of {least} events, and blank below that"
    )
    return Released(kept if named else rows, "exact", (note,) if named else ())


def _by_cells(table: str, rows: gpd.GeoDataFrame) -> Released:
    least = int(_data()["least"])
    kept = rows
    side = f"{_data()['cell_m']:g} m"
    few = f"cells with fewer than {least} are left out"
    notes = [f"{table} are counted by cells of {side}; {few}"]
    if table in _KINDS:
        kept = rows[protected(rows, table).isna()]
        groups = [str(rule["group"]) for rule in _data()["protected"]]
        notes.append(
            f"offences whose victims a place could name ({', '.join(groups)}) are left "
            "out, if there are any"
        )
    cells = _cells(kept)
    shown = cells[cells["count"] >= least].reset_index(drop=True)
    return Released(shown, "cells", tuple(notes))


def _cells(rows: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Count points by square cells of the local grid."""
    import geopandas as gpd
    import numpy as np
    import shapely

    from coveragekit.crs import WGS84, local_crs

    side = float(_data()["cell_m"])
    there = rows[~(rows.geometry.is_empty | rows.geometry.isna())]
    if there.empty:
        empty = {"cell_id": np.array([], "str"), "count": np.array([], np.int64)}
        return gpd.GeoDataFrame(empty, geometry=gpd.GeoSeries([], crs=rows.crs))
    west, south, east, north = there.to_crs(WGS84).total_bounds
    middle = local_crs(lon=(west + east) / 2.0, lat=(south + north) / 2.0)
    metric = there.to_crs(middle)
    xy = shapely.get_coordinates(shapely.centroid(metric.geometry.to_numpy()))
    columns = np.floor(xy / side).astype(np.int64)
    corners, counts = np.unique(columns, axis=0, return_counts=True)
    left, bottom = (corners * side).T
    boxes = shapely.box(left, bottom, left + side, bottom + side)
    names = [f"{x * side:.0f}E{y * side:.0f}N" for x, y in corners]
    found = gpd.GeoDataFrame(
        {"cell_id": names, "count": counts}, geometry=boxes, crs=metric.crs
    )
    return found.to_crs(rows.crs)
