"""The rows of a file of cameras, for a registry that knows more of them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from coveragekit.crs import WGS84
from coveragekit.sources.files import open_source
from coveragekit.sources.loaded import Ledger

if TYPE_CHECKING:
    import os

    import geopandas as gpd

    from coveragekit.sources.raw import Raw

__all__ = ["PlainRows", "read_camera_rows"]

_TABLE: Final = "cameras"
_OSM: Final = (".pbf", ".osm", ".osm.gz", ".osm.bz2")
# A file with one of these columns was written for the registry, or by it.
_OURS: Final = frozenset(
    {"owner_name", "owner_kind", "site_address", "contact_phone", "contact_email"}
    | {"source_id", "camera_id"}
)


@dataclass(frozen=True, slots=True)
class PlainRows:
    """
    The rows of a file of cameras.

    Parameters
    ----------
    rows
        One mapping for each row, from names of columns to cells; ``geometry`` is a
        point in degrees where the file has shapes.
    columns
        The file's columns.
    notices
        What was repaired or assumed for the file as a whole, in sentences.
    rejected
        How many rows could not be read.
    lines
        Line of the file at which each row begins; ``None`` where it has no lines.
    """

    rows: list[dict[str, Any]]
    columns: tuple[str, ...]
    notices: tuple[str, ...]
    rejected: int
    lines: tuple[int, ...] | None = None


def read_camera_rows(
    path: str | os.PathLike[str],
    *,
    aliases: str | None = None,
    crs: str | None = None,
    layer: str | None = None,
) -> PlainRows:
    """
    Give the rows of a file of cameras: as they stand, or by an alias table.

    Parameters
    ----------
    path
        CSV, XLSX, GeoJSON, GeoPackage, GeoParquet or an OpenStreetMap file.
    aliases
        Alias table to read a city's own columns by; where it is not given, a file with
        the registry's own columns is taken as it stands, and others are recognised.
    crs
        CRS of the coordinates where the file does not state it.
    layer
        Layer or sheet, where there are several.

    Returns
    -------
    PlainRows
        The rows, in the order of the file.

    Raises
    ------
    InputError
        A format or alias table that is not read here.
    SourceUnavailable
        There is no such file, or it is damaged.
    SourceChanged
        The file lacks rows, or holds several layers.
    """
    from coveragekit.sources.osm import read_osm
    from coveragekit.sources.reader import read_table

    file = Path(path)
    if file.name.lower().endswith(_OSM):
        loaded = read_osm(file)[_TABLE]
        return _loaded(loaded.table, loaded.notices, len(loaded.rejected))
    if aliases is None:
        ledger = Ledger(_TABLE, file.name)
        raw = open_source(file, ledger, layer=layer)
        names = {str(name) for name in raw.frame.columns}
        if names & _OURS or {"lon", "lat"} <= names:
            return _as_it_stands(raw, tuple(ledger.notices))
    loaded = read_table(file, _TABLE, aliases=aliases, crs=crs, layer=layer)
    return _loaded(loaded.table, loaded.notices, len(loaded.rejected))


def _as_it_stands(raw: Raw, notices: tuple[str, ...]) -> PlainRows:
    frame = raw.frame
    rows: list[dict[str, Any]] = [
        {str(name): cell for name, cell in row.items()}
        for row in frame.to_dict("records")
    ]
    if raw.geometry is not None:
        import geopandas as gpd

        shapes = gpd.GeoSeries(raw.geometry, crs=raw.crs or WGS84)
        for row, shape in zip(rows, shapes.to_crs(WGS84), strict=True):
            row["geometry"] = shape
    lost = raw.offered - len(rows)
    lines = None if raw.lines is None else tuple(raw.lines.tolist())
    return PlainRows(rows, tuple(map(str, frame.columns)), notices, lost, lines)


def _loaded(
    table: gpd.GeoDataFrame, notices: tuple[str, ...], rejected: int
) -> PlainRows:
    known = [name for name in table.columns if not table[name].isna().all()]
    rows = [
        {str(name): cell for name, cell in row.items()}
        for row in table[known].to_dict("records")
    ]
    return PlainRows(rows, tuple(map(str, known)), notices, rejected)
