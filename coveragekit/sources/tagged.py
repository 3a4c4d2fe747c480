"""Read rows whose columns are tags by the rules for OpenStreetMap files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from coveragekit.sources.osm_buildings import building_rows, water_rows
from coveragekit.sources.osm_cameras import camera_rows
from coveragekit.sources.osm_places import place_rows
from coveragekit.sources.osm_scan import Line, Outline, Scan, Spot
from coveragekit.sources.osm_streets import street_rows
from coveragekit.sources.values import as_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from coveragekit.model import Table
    from coveragekit.sources.aliases import Rule
    from coveragekit.sources.draft import Draft
    from coveragekit.sources.loaded import Ledger
    from coveragekit.sources.osm_rows import Rows

__all__ = ["TAGGED_TABLES", "read_tags"]

_READERS: dict[str, Callable[[Scan], Rows]] = {
    "buildings": building_rows,
    "streets": street_rows,
    "places": place_rows,
    "cameras": camera_rows,
    "water": water_rows,
}
TAGGED_TABLES = tuple(_READERS)
# OpenStreetMap keeps coordinates to 1e-7 degrees: points that agree so far are one.
_PER_DEG = 1e7
_HALF = 32
_LAT_START = 900_000_000


def read_tags(draft: Draft, layout: Table, key: Rule, *, ledger: Ledger) -> Draft:
    """
    Give the rows of a table from rows of tags.

    Parameters
    ----------
    draft
        The rows, located and mended; each column of the source is a tag.
    layout
        The table.
    key
        Rule that gives OpenStreetMap's own ids, such as ``way/5``.
    ledger
        The book: what the rules for OpenStreetMap files refuse, with their causes.

    Returns
    -------
    Draft
        Its columns are those of the table, keys included. Streets are cut where they
        meet; ``u`` and ``v`` are the places of their ends.

    Notes
    -----
    A file of shapes does not say which node a corner is: corners at the same place, to
    a ten-millionth of a degree, are taken for one node.
    """
    scan = _scan(draft, layout.name)
    rows = _READERS[layout.name](scan)
    ids = key.prefix + as_text(draft.frame[key.columns[0]])
    nameless = [f"row/{row}" for row in draft.rows]
    names = np.where(ids.isna(), nameless, ids.to_numpy(dtype=object))
    for refusal in rows.refused:
        place = int(refusal.row.split("/")[1])
        ledger.add(
            draft.rows[[place]],
            cause=refusal.cause,
            column=refusal.column or "(row)",
            values=refusal.value,
            detail=refusal.detail or str(names[place]),
            action=refusal.action,
        )
    return _as_draft(draft, rows, names, layout=layout)


def _scan(draft: Draft, table: str) -> Scan:
    import shapely

    tags = _tags(draft)
    scan = Scan()
    kinds = np.asarray(shapely.get_type_id(draft.geometry))
    for place, shape in enumerate(draft.geometry):
        kind = kinds[place]
        if kind == 0:
            scan.spots.append(Spot(place, tags[place], (shape.x, shape.y)))
        elif kind in {1, 5}:
            if table == "streets":
                scan.lines.extend(_lines(place, tags[place], shape))
        elif kind in {3, 6}:
            whole = shape if kind == 6 else shapely.MultiPolygon([shape])
            wkb = shapely.to_wkb(whole, hex=True)
            scan.outlines.append(Outline("way", place, tags[place], wkb))
    return scan


def _tags(draft: Draft) -> list[dict[str, str]]:
    tags: list[dict[str, str]] = [{} for _ in range(len(draft))]
    for name in draft.frame.columns:
        cells = as_text(draft.frame[name]).to_numpy(dtype=object)
        for place, cell in enumerate(cells):
            if isinstance(cell, str):
                tags[place][str(name)] = cell
    return tags


def _lines(place: int, tags: dict[str, str], shape: Any) -> list[Line]:  # noqa: ANN401 - shapely
    import shapely

    lines = []
    for part in shapely.get_parts(shape):
        corners = shapely.get_coordinates(part)
        lonlats: list[tuple[float, float] | None] = [
            (x, y) for x, y in corners.tolist()
        ]
        grid = np.round(corners * _PER_DEG).astype(np.int64)
        # One number for both coordinates: the longitude above, the latitude below.
        nodes = (grid[:, 0] << _HALF) + grid[:, 1] + _LAT_START
        lines.append(
            Line(
                osm_id=place,
                tags=tags,
                nodes=nodes.tolist(),
                wkb=None,
                lonlats=lonlats,
            )
        )
    return lines


def _as_draft(
    draft: Draft, rows: Rows, names: NDArray[np.object_], *, layout: Table
) -> Draft:
    import pandas as pd

    data = pd.DataFrame.from_records(rows.records)
    if len(data) == 0:
        return draft.take(np.zeros(len(draft), dtype=bool))
    places, keys = [], []
    for key in data[layout.key]:
        _, place, *part = str(key).split("/")
        places.append(int(place))
        keys.append("/".join([str(names[int(place)]), *part]))
    result = draft.take(np.array(places, dtype=np.int64))
    result.geometry = np.array(rows.shapes, dtype=object)
    data[layout.key] = pd.Series(keys, dtype="str")
    for end in ("u", "v"):
        if end in data:
            data[end] = [_corner(node) for node in data[end]]
    if layout.name == "cameras":
        data["source_id"] = pd.Series(
            [str(names[place]) for place in places], dtype="str"
        )
    result.columns = {str(name): data[name] for name in data.columns}
    return result


def _corner(node: str) -> str:
    number = int(node.split("/")[1])
    lon = (number >> _HALF) / _PER_DEG
    lat = ((number & 0xFFFFFFFF) - _LAT_START) / _PER_DEG
    return f"{lon:.7f},{lat:.7f}"
