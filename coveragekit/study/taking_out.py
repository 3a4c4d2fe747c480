"""Take tables of a built study out, as the role of the one who asks may have them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from coveragekit import model
from coveragekit.errors import InputError
from coveragekit.study.export import check_extension, write_layers

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping
    from os import PathLike
    from pathlib import Path

    import geopandas as gpd

    from coveragekit.study.folder import Results, StudyFolder

__all__ = ["TABLES", "TakenOut", "event_years", "take_out", "taken_tables"]

_READ: Final[dict[str, tuple[str, Callable[[Results], gpd.GeoDataFrame]]]] = {
    "cameras": ("camera_id", lambda results: results.cameras()),
    "isovists": ("camera_id", lambda results: results.isovists()),
    "gaps": ("gap_id", lambda results: results.gaps()),
    "street_coverage": ("street_id", lambda results: results.street_coverage()),
    "incidents": ("incident_id", lambda results: results.incident_coverage()),
    "calls": ("call_id", lambda results: results.call_coverage()),
    "study_area": ("", lambda results: results.area()),
}
TABLES: Final = (*_READ, "areas")
"""Tables that can be taken out."""

# Who owns a camera is for the registry to say.
_NEVER: Final = ("owner_id",)
_OF_CAMERAS: Final = ("cameras", "isovists")
_NEAREST: Final = ("nearest_camera_id", "nearest_camera_m")
_COUNTED: Final = ("gaps", "street_coverage", "incidents", "calls")
_MANY: Final = (".gpkg", ".xlsx")


@dataclass(frozen=True, slots=True)
class TakenOut:
    """
    A file that was written, and what has to be said with it.

    Parameters
    ----------
    path
        The file.
    rows
        Table to number of rows in it.
    notes
        What was withheld or made coarse, and why; in the file as well, where the format
        has a place for it.
    """

    path: Path
    rows: Mapping[str, int]
    notes: tuple[str, ...]


def taken_tables(counts: Mapping[str, int], role: str) -> dict[str, str]:
    """
    Give the tables that a role may take out of a study, and in which form.

    Parameters
    ----------
    counts
        Rows of each table, as the study's summary has them.
    role
        Role of the user.

    Returns
    -------
    dict
        Name of the table to ``"exact"`` or ``"cells"``; empty tables and those that the
        role may not have are left out.

    Raises
    ------
    InputError
        There is no such role.

    Examples
    --------
    >>> taken_tables({"incidents": 0, "areas": 9}, "public")
    {'street_coverage': 'exact', 'areas': 'exact'}
    """
    results = dict.fromkeys(("isovists", "gaps", "street_coverage", "study_area"), 1)
    there = {**counts, **results}
    forms = {table: model.export_form(table, role) for table in TABLES}
    return {
        table: form
        for table, form in forms.items()
        if form != "none" and there.get(table)
    }


def event_years(results: Results) -> dict[str, float]:
    """
    Give how many years of incidents and of calls were observed.

    Parameters
    ----------
    results
        Of a study.

    Returns
    -------
    dict
        ``"incidents"`` and ``"calls"`` to years, as far as there are any.
    """
    found = {}
    for table in ("incidents", "calls"):
        path = results.path / f"{table}.json"
        if path.exists():
            facts = json.loads(path.read_text("utf-8"))["facts"]
            found[table] = float(facts.get("years") or 1.0)
    return found


def take_out(  # noqa: PLR0913 - what is taken out, and for whom
    study: StudyFolder,
    tables: Collection[str],
    path: str | PathLike[str],
    *,
    role: str,
    keys: Mapping[str, Collection[str]] | None = None,
    selection: str = "",
    gone: Collection[str] = (),
) -> TakenOut:
    """
    Write tables of a study into one file, in the form that a role may have them in.

    Parameters
    ----------
    study
        A built study.
    tables
        Of ``TABLES``; more than one only into ``.gpkg`` and ``.xlsx``.
    path
        The file; its extension chooses the format.
    role
        Role of the one who asks.
    keys
        For a table, the keys of its rows that are wanted; by default all.
    selection
        Which rows those are, in words, to be told in the file.
    gone
        Keys of cameras whose owners have left since the build: no row is of them and
        none names them; figures that were counted with them are said to be.

    Returns
    -------
    TakenOut
        The file, and what has to be said with it.

    Raises
    ------
    InputError
        An unknown table, role or format; several tables for a format that holds one; a
        table that the role may not have.
    StudyError
        The study was never built.
    SourceUnavailable
        A table cannot be read, or the file cannot be written.

    Notes
    -----
    Each table goes through :func:`coveragekit.model.release`. Where anything of the
    study is simulated each row says so.
    """
    extension = check_extension(path)
    unknown = sorted(set(tables) - set(TABLES))
    if unknown or not tables:
        seen = f"there is no table {unknown[0]!r}" if unknown else "no table is named"
        message = f"{seen}; allowed: {', '.join(TABLES)}"
        raise InputError(message)
    if len(tables) > 1 and extension not in _MANY:
        message = (
            f"{extension} holds one table, and {len(tables)} were asked for; "
            f"allowed for several: {', '.join(_MANY)}"
        )
        raise InputError(message)
    years = event_years(study.results())
    layers: dict[str, gpd.GeoDataFrame] = {}
    notes: list[str] = []
    for table in tables:
        wanted = None if keys is None else keys.get(table)
        rows_wanted = _without(_rows(study, table, wanted), table, gone)
        released = model.release(table, rows_wanted, role, years=years)
        name = f"{table}_by_cell" if released.form == "cells" else table
        layers[name] = _marked(study, released.table, table)
        notes += released.notes
    notes += _said_of(gone, tables)
    rows = {name: len(frame) for name, frame in layers.items()}
    about = _about(study, role=role, selection=selection, rows=rows)
    written = write_layers(layers, path, about=[*about, *(("Note", n) for n in notes)])
    return TakenOut(written, rows, tuple(notes))


def _rows(
    study: StudyFolder, table: str, wanted: Collection[str] | None
) -> gpd.GeoDataFrame:
    if table == "areas":
        key, frame = "area_id", study.table("areas")
    else:
        key, read = _READ[table]
        frame = read(study.results())
    others = frame.columns[frame.dtypes == "geometry"].drop(frame.geometry.name)
    dropped = [*others, *(name for name in _NEVER if name in frame.columns)]
    frame = frame.drop(columns=dropped)
    if table == "incidents":
        frame = _with_codes(study, frame)
    if wanted is None or not key:
        return frame
    return frame[frame[key].isin(list(wanted))].reset_index(drop=True)


def _without(
    frame: gpd.GeoDataFrame, table: str, gone: Collection[str]
) -> gpd.GeoDataFrame:
    """Leave cameras out of a table, and their names where a row names one."""
    if table in _OF_CAMERAS:
        return frame[~frame["camera_id"].isin(list(gone))].reset_index(drop=True)
    if _NEAREST[0] in frame.columns:
        named = frame[_NEAREST[0]].isin(list(gone))
        return frame.assign(**{name: frame[name].mask(named) for name in _NEAREST})
    return frame


def _said_of(gone: Collection[str], tables: Collection[str]) -> list[str]:
    if not gone:
        return []
    are = "camera has" if len(gone) == 1 else "cameras have"
    said = f"{len(gone):,} {are} left the registry since this study was built"
    notes = []
    if set(tables) & set(_OF_CAMERAS):
        notes.append(f"{said}; left out")
    counted = [one.replace("_", " ") for one in tables if one in _COUNTED]
    if counted:
        notes.append(
            f"{said}; what is seen and unseen in {', '.join(counted)} was counted with "
            "them"
        )
    return notes


def _with_codes(study: StudyFolder, frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Add the offence's code, by which an offence may be protected."""
    given = study.table("incidents").set_index("incident_id")["offense_code"]
    codes = given[~given.index.duplicated()].reindex(frame["incident_id"])
    added = frame.copy(deep=False)
    added.insert(1, "offense_code", codes.to_numpy())
    return added


def _is_simulated(study: StudyFolder, table: str) -> bool:
    made = {one.table for one in study.settings.inputs if one.simulated}
    if table == "study_area":
        return bool(made & {"buildings", "streets", "areas"})
    return table in made if table == "areas" else bool(made)


def _marked(
    study: StudyFolder, frame: gpd.GeoDataFrame, table: str
) -> gpd.GeoDataFrame:
    if not _is_simulated(study, table):
        return frame
    return frame.assign(simulated=True)


def _about(
    study: StudyFolder, *, role: str, selection: str, rows: Mapping[str, int]
) -> list[tuple[str, str]]:
    settings = study.settings
    made = sorted({one.table for one in settings.inputs if one.simulated})
    said: list[tuple[str, Any]] = [
        ("Study", settings.name),
        ("Simulated", ", ".join(made) if made else "nothing"),
        ("Cameras as of", settings.as_of.isoformat()),
        ("Purpose", f"{settings.purpose}, IEC 62676-4 edition {settings.edition}"),
        ("Selection", selection or "everything"),
        ("Rows", "; ".join(f"{name}: {count:,}" for name, count in rows.items())),
        ("For the role", role),
        ("Written at", datetime.now(UTC).isoformat(timespec="seconds")),
        ("Coordinates and times", "EPSG:4326; UTC"),
    ]
    for one in settings.inputs:
        terms = [one.file, one.attribution, one.licence or "no licence stated"]
        said.append((f"Source of {one.table}", "; ".join(filter(None, terms))))
    return [(name, str(value)) for name, value in said]
