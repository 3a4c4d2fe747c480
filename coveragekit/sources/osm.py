"""Read an OpenStreetMap file into buildings, streets, places, cameras and water."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from coveragekit.model import check, conform, find_faults
from coveragekit.model import table as layout
from coveragekit.sources.loaded import REJECTED_COLUMNS, Loaded, mask_secrets
from coveragekit.sources.osm_buildings import building_rows, water_rows
from coveragekit.sources.osm_cameras import camera_rows
from coveragekit.sources.osm_places import in_buildings, place_rows
from coveragekit.sources.osm_scan import scan_osm
from coveragekit.sources.osm_streets import street_rows

if TYPE_CHECKING:
    import os
    from collections.abc import Callable

    import geopandas as gpd
    import pandas as pd

    from coveragekit.sources.osm_rows import Rows
    from coveragekit.sources.osm_scan import Scan

__all__ = ["ATTRIBUTION", "LICENCE", "read_osm"]

LICENCE = "Open Data Commons Open Database License (ODbL) 1.0"
ATTRIBUTION = "© OpenStreetMap contributors"

_LOUD_SHARE = 0.2

_READERS: dict[str, Callable[[Scan], Rows]] = {
    "buildings": building_rows,
    "streets": street_rows,
    "places": place_rows,
    "cameras": camera_rows,
    "water": water_rows,
}


def read_osm(path: str | os.PathLike[str]) -> dict[str, Loaded]:
    """
    Give every table that an OpenStreetMap file holds.

    Parameters
    ----------
    path
        An ``.osm`` file (XML, also ``.osm.gz`` or ``.osm.bz2``) or an ``.osm.pbf``.

    Returns
    -------
    dict of str to Loaded
        ``buildings``, ``streets``, ``places``, ``cameras`` and ``water``, each checked
        and in EPSG:4326, some of them perhaps without rows, with what was refused and
        why. Keys of rows are OpenStreetMap's own, such as ``way/5``.

    Raises
    ------
    SourceUnavailable
        No such file, not readable, empty, damaged or cut off.
    SourceChanged
        The file's name is not that of an OpenStreetMap file.

    Notes
    -----
    The rules of what becomes a row are in the decision record on OpenStreetMap files;
    the lists of tag values are data.

    Examples
    --------
    >>> read_osm("nowhere.osm.pbf")
    Traceback (most recent call last):
    coveragekit.errors.SourceUnavailable: nowhere.osm.pbf is not a file; give ...
    """
    source = Path(path)
    scan = scan_osm(source)
    digest = _sha256(source)
    tables = {
        name: _loaded(name, reader(scan), file=source.name, digest=digest)
        for name, reader in _READERS.items()
    }
    places = in_buildings(tables["places"].table, tables["buildings"].table)
    tables["places"] = replace(tables["places"], table=conform("places", places))
    return tables


def _loaded(name: str, rows: Rows, *, file: str, digest: str) -> Loaded:
    table = _without_faults(name, conform(name, rows.frame()), rows)
    rejected = _rejected(name, rows, file)
    gone = rejected.loc[rejected["action"] == "row left out", "row"].nunique()
    offered = len(table) + gone
    loud = (_attention(name, gone, offered),) if gone > _LOUD_SHARE * offered else ()
    provenance: dict[str, object] = {
        "file": file,
        "sha256": digest,
        # An object may give several rows, so that objects and rows are counted apart.
        "objects_offered": rows.offered,
        "rows_offered": offered,
        "rows_kept": len(table),
        "preset": "openstreetmap",
        "crs": "EPSG:4326",
        "licence": LICENCE,
        "attribution": ATTRIBUTION,
        "simulated": False,
    }
    return Loaded(
        table=table,
        rejected=rejected,
        notices=(*loud, *rows.notices),
        provenance=provenance,
    )


def _attention(name: str, gone: int, offered: int) -> str:
    return (
        f"ATTENTION: {gone} of {offered} {name} ({gone / offered:.0%}) are left out; "
        "see the causes before using the rest"
    )


def _without_faults(name: str, table: gpd.GeoDataFrame, rows: Rows) -> gpd.GeoDataFrame:
    """Leave out what the tags allow but the table does not, such as endless streets."""
    faults = find_faults(name, table) if len(table) else []
    if not faults:
        return table
    key = layout(name).key
    gone = [fault for fault in faults if fault.row is not None]
    for fault in gone:
        rows.refuse(
            str(table.loc[fault.row, key]),
            f"{fault.column} is not allowed",
            tag=fault.column,
            value=fault.value,
            detail=f"allowed: {fault.allowed}",
        )
    kept = table.drop(index=[fault.row for fault in gone]).reset_index(drop=True)
    check(name, kept)
    return kept


def _rejected(name: str, rows: Rows, file: str) -> pd.DataFrame:
    import pandas as pd

    lines = [
        (
            *(name, file, one.row, one.cause, one.column),
            *(mask_secrets(one.value), one.detail, one.action),
        )
        for one in rows.refused
    ]
    return pd.DataFrame(lines, columns=list(REJECTED_COLUMNS), dtype="str")


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
