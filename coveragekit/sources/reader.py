"""Read one table of a study from one file of any format and any names of columns."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from coveragekit import model
from coveragekit.crs import WGS84
from coveragekit.errors import SourceChanged
from coveragekit.sources.clocks import fill_times
from coveragekit.sources.files import digest, open_source
from coveragekit.sources.fill import drop_rows, fill_columns, spread_directions
from coveragekit.sources.keys import give_keys
from coveragekit.sources.loaded import Ledger, Loaded, counted
from coveragekit.sources.locate import locate
from coveragekit.sources.misplaced import Hints
from coveragekit.sources.presets import choose_aliases, find_degrees
from coveragekit.sources.shapes import fit_shapes, split_parts
from coveragekit.sources.tagged import read_tags
from coveragekit.sources.values import as_number, plain
from coveragekit.sources.zones import check_zone

if TYPE_CHECKING:
    import os

    import geopandas as gpd

    from coveragekit.model import Table
    from coveragekit.sources.aliases import Aliases
    from coveragekit.sources.draft import Draft
    from coveragekit.sources.raw import Raw

__all__ = ["read_table"]

_SNAPPED_SHARE, _FEW_ROWS = 0.1, 20
_SNAPPED_TABLES = frozenset({"incidents", "calls"})
_NOT_POPULATION = frozenset(
    {"objectid", "fid", "gid", "ogcfid", "id", "shapearea", "shapelength", "shapelen"}
    | {"shapeleng", "perimeter", "lat", "lon", "intptlat", "intptlon", "objectid1"}
)


def read_table(  # noqa: PLR0913 - each says one thing that a file may leave unsaid
    path: str | os.PathLike[str],
    table: str,
    *,
    aliases: str | Path | Aliases | None = None,
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
        Which column feeds which: name of a preset, path of an alias table (TOML), or
        one parsed; ``None`` recognises a preset by its columns, else compares names.
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
    hints = _hints(raw, chosen, near=near, time_zone=time_zone)
    raw.frame = raw.frame.drop(columns=list(chosen.never_read), errors="ignore")
    located = locate(raw, chosen.place, crs, hints=hints, ledger=ledger)
    meant = drop_rows(located, chosen.set_aside, None)
    draft = drop_rows(meant, chosen.reject, ledger)
    if chosen.osm_tags:
        draft = _fill_tagged(draft, chosen, layout, ledger=ledger)
    else:
        draft = _fill(
            draft, chosen, layout, time_zone=time_zone, file=file, ledger=ledger
        )
    _keep_extra(draft, chosen, layout)
    finished = _conformed(draft, layout, ledger)
    gone = _rows_left_out(ledger)
    aside = len(set(located.rows) - set(draft.rows) - gone)
    if aside:
        ledger.notice(
            f"not meant for {table} in {file.name}, and no fault: "
            f"{counted(aside, 'row')}"
        )
    ledger.announce_losses(raw.offered - aside)
    counts = {
        "rows_offered": raw.offered,
        "rows_set_aside": aside,
        "rows_left_out": len(gone),
        "rows_added": len(finished) - len(np.unique(draft.rows)),
        "rows_kept": len(finished),
    }
    provenance = _provenance(file, raw, chosen, counts=counts)
    provenance["time_zone"] = chosen.place_zone or chosen.time_zone or time_zone
    return Loaded(finished, ledger.frame(), tuple(ledger.notices), provenance)


def _hints(
    raw: Raw,
    chosen: Aliases,
    *,
    near: tuple[float, float, float, float] | None,
    time_zone: str | None,
) -> Hints:
    """Give what is known of where the rows lie, from columns of degrees beside x, y."""
    box = near or chosen.place.near
    beside = find_degrees([str(name) for name in raw.frame.columns])
    if box is None and beside is not None and chosen.place.x not in (None, beside[0]):
        lon, lat = (as_number(raw.frame[name])[0] for name in beside)
        there = np.isfinite(lon) & np.isfinite(lat) & (lon != 0.0)
        if there.any():
            x, y = float(np.median(lon[there])), float(np.median(lat[there]))
            box = (x, y, x, y)
    return Hints(box, chosen.time_zone or time_zone)


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
    source = ledger.source
    if chosen.name:
        ledger.notice(f"{source} is read by the alias table {chosen.name}")
    else:
        pairs = [
            f"{column} from {', '.join(rule.needs)}"
            for column, rule in chosen.columns.items()
        ]
        found = "; ".join(pairs) or "shapes alone"
        ledger.notice(f"{source} is read by comparing names: {found}")
    if chosen.never_read:
        ledger.notice(f"never read from {source}: {', '.join(chosen.never_read)}")
    if chosen.notice:
        ledger.notice(f"{source}: {chosen.notice}")


def _fill(
    draft: Draft,
    chosen: Aliases,
    layout: Table,
    *,
    time_zone: str | None,
    file: Path,
    ledger: Ledger,
) -> Draft:
    stem = _stem(file)
    draft = fit_shapes(draft, layout, ledger)
    fill_columns(draft, chosen.columns, layout, ledger=ledger)
    fill_times(draft, chosen, layout, time_zone=time_zone, ledger=ledger)
    draft = _without_required(draft, layout, ledger)
    draft = give_keys(draft, chosen.columns, layout, stem=stem, ledger=ledger)
    if layout.name == "cameras":
        _name_source(draft, chosen.name or stem, layout)
    draft = split_parts(draft, layout, ledger)
    bearing = chosen.columns.get("bearing_deg")
    return spread_directions(draft, bearing, layout, ledger=ledger)


def _stem(file: Path) -> str:
    name = file.name
    while Path(name).suffix:
        name = Path(name).stem
    return name


def _fill_tagged(
    draft: Draft, chosen: Aliases, layout: Table, *, ledger: Ledger
) -> Draft:
    key = chosen.columns[layout.key]
    if layout.geometry[0] != "Point":
        draft = fit_shapes(draft, layout, ledger)
    draft = read_tags(draft, layout, key, ledger=ledger)
    if len(draft) == 0:
        return draft
    return give_keys(draft, chosen.columns, layout, stem="row", ledger=ledger)


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
            seen = ", ".join(map(str, draft.frame.columns))
            message = (
                f"{ledger.source} has no column for {column.name} of {layout.name} "
                f"({column.about.rstrip('.')}); it has: {seen or 'no columns'}; name "
                f"one in an alias table, see: coveragekit columns {ledger.source}"
            )
            raise SourceChanged(message)
        none = np.asarray(draft.columns[column.name].isna(), dtype=bool)
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
    """Keep further columns of areas: those named, or in unknown files the numbers."""
    import pandas as pd

    if not layout.extra:
        return
    used = {name for rule in chosen.columns.values() for name in rule.needs}
    for name in map(str, draft.frame.columns):
        cells = draft.frame[name]
        counts = (
            not chosen.name
            and name not in used
            and plain(name) not in _NOT_POPULATION
            and pd.api.types.is_numeric_dtype(cells.dtype)
        )
        free = name not in layout.columns and name != "geometry"
        if free and (counts or name in chosen.extra):
            draft.columns[name] = cells.reset_index(drop=True)


def _conformed(draft: Draft, layout: Table, ledger: Ledger) -> gpd.GeoDataFrame:
    if len(draft) == 0:
        book = ledger.frame()
        causes = book.loc[book["action"] == "row left out", "cause"].value_counts()
        words = ", ".join(f"{cause}: {count}" for cause, count in causes.items())
        message = (
            f"no row of {ledger.source} can be used for {layout.name} "
            f"({words or 'none is meant for it'}); check the file"
        )
        raise SourceChanged(message)
    frame = draft.to_frame(with_assumed="assumed" in layout.columns)
    table = model.conform(layout.name, frame)
    model.check(layout.name, table)
    _tell_snapped(draft, layout, ledger)
    return table


def _rows_left_out(ledger: Ledger) -> set[int]:
    book = ledger.frame()
    return set(book.loc[book["action"] == "row left out", "row"])


def _provenance(
    file: Path, raw: Raw, chosen: Aliases, *, counts: dict[str, int]
) -> dict[str, Any]:
    return {
        "file": file.name,
        "sha256": digest(file),
        **raw.facts,
        **counts,
        "preset": chosen.name or None,
        "licence": chosen.licence,
        "attribution": chosen.attribution,
        "origin": chosen.origin,
        "crs": WGS84,
        "simulated": False,
    }


def _tell_snapped(draft: Draft, layout: Table, ledger: Ledger) -> None:
    import shapely

    if layout.name not in _SNAPPED_TABLES or len(draft) < _FEW_ROWS:
        return
    corners = shapely.get_coordinates(draft.geometry)
    distinct = len(np.unique(corners.view(np.complex128)))
    share = 1.0 - distinct / len(corners)
    if share > _SNAPPED_SHARE:
        ledger.notice(
            f"{share:.0%} of the points of {ledger.source} share their place with an "
            "earlier one: the positions are snapped to addresses, blocks or crossings"
        )
