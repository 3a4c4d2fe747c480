"""Read one table of a study from one file of any format and any names of columns."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from coveragekit import model
from coveragekit.errors import SourceChanged
from coveragekit.sources.clocks import fill_times
from coveragekit.sources.files import digest, open_source
from coveragekit.sources.fill import drop_rows, fill_columns, spread_directions
from coveragekit.sources.keys import give_keys
from coveragekit.sources.loaded import Ledger, Loaded
from coveragekit.sources.locate import Hints, locate
from coveragekit.sources.presets import choose_aliases
from coveragekit.sources.shapes import fit_shapes, split_parts
from coveragekit.sources.tagged import read_tags
from coveragekit.sources.times import check_zone
from coveragekit.sources.values import plain

if TYPE_CHECKING:
    import os

    from coveragekit.model import Table
    from coveragekit.sources.aliases import Aliases
    from coveragekit.sources.draft import Draft
    from coveragekit.sources.raw import Raw

__all__ = ["read_table"]

_SNAPPED_SHARE = 0.1
_NOT_POPULATION = frozenset(
    {"objectid", "fid", "gid", "ogcfid", "id", "shapearea", "shapelength", "shapelen"}
    | {"shapeleng", "perimeter", "lat", "lon", "intptlat", "intptlon", "objectid1"}
)


def read_table(  # noqa: PLR0913 - each says one thing that a file may leave unsaid
    path: str | os.PathLike[str],
    table: str,
    *,
    aliases: str | Path | None = None,
    crs: str | None = None,
    time_zone: str | None = None,
    layer: str | None = None,
    near: tuple[float, float, float, float] | None = None,
) -> Loaded:
    """
    Give one table of a study from a file, and every row that was not taken as it stood.

    Parameters
    ----------
    path
        GeoJSON, GeoPackage, GeoParquet, Parquet, Shapefile (also zipped), File
        Geodatabase (also zipped), CSV (also ``.gz``) or XLSX. What the file is, is
        told by its content.
    table
        Table wanted, one of ``coveragekit.model.table_names()``.
    aliases
        Which column feeds which: name of a preset, or path of an alias table (TOML);
        ``None`` recognises a preset by its columns, else compares names.
    crs
        CRS of the coordinates where the file does not state it, or states it wrongly.
    time_zone
        IANA name of the zone of clock times, where the preset has none.
    layer
        Layer, sheet, or file in a zip, where there are several.
    near
        Box ``(minx, miny, maxx, maxy)`` in degrees where the study lies; it tells
        swapped and mirrored coordinates, and leaves no row out.

    Returns
    -------
    Loaded
        The table (conformed, checked, EPSG:4326) with what was rejected, notices and
        provenance.

    Raises
    ------
    InputError
        No such table, preset or time zone; a format that is not read; times without a
        zone; dates that could be read two ways.
    CRSError
        Coordinates that are not degrees and whose CRS is not stated.
    SourceUnavailable
        There is no such file, or it is damaged.
    SourceChanged
        The file lacks rows, columns or shapes, or holds several layers.

    Notes
    -----
    What is found, what is done about it, and the rule for rows far from the rest stand
    in the decision record on reading files.
    """
    file = Path(path)
    layout = model.table(table)
    if time_zone is not None:
        check_zone(time_zone)
    ledger = Ledger(table, file.name)
    raw = open_source(file, ledger, layer=layer)
    chosen = choose_aliases(
        [str(name) for name in raw.frame.columns],
        table,
        aliases,
        source=file.name,
        has_shapes=raw.geometry is not None,
        projected=_is_projected(crs),
    )
    _announce(chosen, ledger)
    raw.frame = raw.frame.drop(columns=list(chosen.never_read), errors="ignore")
    hints = Hints(near or chosen.place.near, chosen.time_zone or time_zone)
    located = locate(raw, chosen.place, crs, hints, ledger)
    meant = drop_rows(located, chosen.set_aside, None)
    set_aside = len(located) - len(meant)
    draft = drop_rows(meant, chosen.reject, ledger)
    draft = _fill(draft, chosen, layout, time_zone, ledger, _stem(file))
    set_aside += _passed_over(draft, meant, ledger) if chosen.osm_tags else 0
    return _finish(draft, chosen, layout, ledger, raw, file, set_aside)


def _stem(file: Path) -> str:
    name = file.name
    while Path(name).suffix:
        name = Path(name).stem
    return name


def _is_projected(crs: str | None) -> bool:
    from pyproj import CRS
    from pyproj.exceptions import CRSError as PyprojCRSError

    if crs is None:
        return False
    try:
        return bool(CRS.from_user_input(crs).is_projected)
    except PyprojCRSError:
        return False


def _announce(chosen: Aliases, ledger: Ledger) -> None:
    if chosen.name:
        ledger.notice(f"{ledger.source} is read by the alias table {chosen.name}")
    else:
        pairs = [
            f"{column} from {', '.join(rule.needs)}"
            for column, rule in chosen.columns.items()
        ]
        ledger.notice(
            f"{ledger.source} is read by comparing names: {'; '.join(pairs) or 'shapes'}"
        )
    if chosen.never_read:
        ledger.notice(
            f"never read from {ledger.source}: {', '.join(chosen.never_read)}"
        )
    if chosen.notice:
        ledger.notice(f"{ledger.source}: {chosen.notice}")


def _fill(  # noqa: PLR0917 - the steps of one table
    draft: Draft,
    chosen: Aliases,
    layout: Table,
    time_zone: str | None,
    ledger: Ledger,
    stem: str,
) -> Draft:
    if chosen.osm_tags:
        return _fill_tagged(draft, chosen, layout, ledger)
    draft = fit_shapes(draft, layout, ledger)
    fill_columns(draft, chosen.columns, layout, ledger)
    fill_times(draft, chosen, layout, time_zone=time_zone, ledger=ledger)
    draft = _without_required(draft, layout, ledger)
    draft = give_keys(draft, chosen.columns, layout, stem=stem, ledger=ledger)
    if layout.name == "cameras":
        _name_source(draft, chosen.name or stem, layout)
    draft = split_parts(draft, layout, ledger)
    return spread_directions(draft, chosen.columns.get("bearing_deg"), layout, ledger)


def _fill_tagged(draft: Draft, chosen: Aliases, layout: Table, ledger: Ledger) -> Draft:
    key_column = chosen.columns[layout.key].columns[0]
    if layout.geometry[0] != "Point":
        draft = fit_shapes(draft, layout, ledger)
    draft = read_tags(draft, layout, key_column, ledger)
    return give_keys(draft, chosen.columns, layout, stem=key_column, ledger=ledger)


def _passed_over(draft: Draft, meant: Draft, ledger: Ledger) -> int:
    """Count rows of tags that are neither a row of the table nor a fault."""
    book = ledger.frame()
    gone = set(book.loc[book["action"] == "row left out", "row"])
    there = set(draft.rows.tolist()) | gone
    passed = sum(row not in there for row in meant.rows.tolist())
    if passed:
        ledger.notice(
            f"{passed} rows of {ledger.source} are not {ledger.table} by their tags"
        )
    return passed


def _name_source(draft: Draft, name: str, layout: Table) -> None:
    import pandas as pd

    if "source" not in draft.columns:
        draft.columns["source"] = pd.Series([name] * len(draft), dtype="str")
    if "source_id" not in draft.columns:
        draft.columns["source_id"] = draft.columns[layout.key]


def _without_required(draft: Draft, layout: Table, ledger: Ledger) -> Draft:
    for column in layout.columns.values():
        if not column.required or column.name == layout.key:
            continue
        if column.name not in draft.columns:
            message = (
                f"{ledger.source} has no column for {column.name} of {layout.name} "
                f"({column.about}); it has: {', '.join(map(str, draft.frame.columns))}; "
                f"see: coveragekit columns {ledger.source}"
            )
            raise SourceChanged(message)
        none = draft.columns[column.name].isna().to_numpy(dtype=bool)
        ledger.add(
            draft.rows[none],
            cause=f"missing {column.name}",
            column=column.name,
            values="",
            detail=f"{layout.name} need it in every row",
            action="row left out",
        )
        draft = draft.take(~none)
    return draft


def _keep_extra(draft: Draft, chosen: Aliases, layout: Table) -> None:
    import pandas as pd

    if not layout.extra:
        return
    used = {name for rule in chosen.columns.values() for name in rule.needs}
    for name in map(str, draft.frame.columns):
        numeric = pd.api.types.is_numeric_dtype(draft.frame[name].dtype)
        counts = not chosen.name and numeric and plain(name) not in _NOT_POPULATION
        if name in chosen.extra or (counts and name not in used):
            if name not in layout.columns and name != "geometry":
                draft.columns[name] = draft.frame[name].reset_index(drop=True)


def _finish(  # noqa: PLR0913, PLR0917 - what the provenance tells
    draft: Draft,
    chosen: Aliases,
    layout: Table,
    ledger: Ledger,
    raw: Raw,
    file: Path,
    set_aside: int,
) -> Loaded:
    _keep_extra(draft, chosen, layout)
    book = ledger.frame()
    if len(draft) == 0:
        causes = book.loc[book["action"] == "row left out", "cause"].value_counts()
        words = ", ".join(f"{cause}: {count}" for cause, count in causes.items())
        message = (
            f"no row of {file.name} can be used for {layout.name} "
            f"({words or 'none is meant for it'}); check the file"
        )
        raise SourceChanged(message)
    with_assumed = "assumed" in layout.columns
    table = model.conform(layout.name, draft.to_frame(with_assumed=with_assumed))
    model.check(layout.name, table)
    _tell_snapped(draft, layout, ledger)
    gone = book.loc[book["action"] == "row left out", "row"].nunique()
    kept = len(np.unique(draft.rows))
    ledger.announce_losses(raw.offered - set_aside)
    provenance: dict[str, Any] = {
        "file": file.name,
        "sha256": digest(file),
        **raw.facts,
        "rows_offered": raw.offered,
        "rows_set_aside": set_aside,
        "rows_left_out": int(gone),
        "rows_added": len(table) - kept,
        "rows_kept": len(table),
        "preset": chosen.name or None,
        "licence": chosen.licence,
        "attribution": chosen.attribution,
        "origin": chosen.origin,
        "time_zone": chosen.time_zone,
        "crs": "EPSG:4326",
        "simulated": False,
    }
    return Loaded(table, book, tuple(ledger.notices), provenance)


def _tell_snapped(draft: Draft, layout: Table, ledger: Ledger) -> None:
    import shapely

    if layout.name not in {"incidents", "calls"} or len(draft) < 20:
        return
    corners = shapely.get_coordinates(draft.geometry)
    _, counts = np.unique(corners, axis=0, return_counts=True)
    share = 1.0 - len(counts) / len(corners)
    if share > _SNAPPED_SHARE:
        ledger.notice(
            f"{share:.0%} of the points of {ledger.source} share their place with an "
            "earlier one: the positions are snapped to addresses, blocks or crossings"
        )
