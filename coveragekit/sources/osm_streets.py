"""Streets of an OpenStreetMap file: ways cut at their junctions."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from coveragekit.sources.osm_rows import Rows, measured, source_id
from coveragekit.sources.osm_tags import (
    classes,
    parse_number,
    parse_speed_km_h,
    states_no_number,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from coveragekit.sources.osm_scan import Line, Scan

__all__ = ["street_rows"]

_ONEWAY = {
    **dict.fromkeys(("yes", "true", "1"), "yes"),
    **dict.fromkeys(("no", "false", "0"), "no"),
    **dict.fromkeys(("-1", "reverse"), "reverse"),
}
_OUTSIDE = "reaches outside the file"
_CUT = "cut at the edge of the file"


class _Run(NamedTuple):
    """Neighbouring nodes of one way that the file has."""

    line: Line
    nodes: NDArray[np.int64]
    lonlats: NDArray[np.float64]


def street_rows(scan: Scan) -> Rows:
    """
    Give the streets and paths of a scan, cut wherever two of them meet.

    Parameters
    ----------
    scan
        What one pass over the file found.

    Returns
    -------
    Rows
        One row from junction to junction, ``u`` and ``v`` the nodes at its ends.
        Refused by cause: not a street, an area, indoors or below the ground, outside
        the file.

    Notes
    -----
    A way that leaves the extract is kept as far as its nodes are there, and a notice
    says how many are. Without a ``oneway`` tag traffic runs both ways, except on
    motorways and roundabouts, as OpenStreetMap defines it.
    """
    rows = Rows()
    runs: list[_Run] = []
    cut = 0
    kept = [line for line in scan.lines if not _refused(rows, line)]
    rows.offered = len(scan.lines)
    for line, lonlats in zip(kept, _lonlats(kept), strict=True):
        found = _runs(line, lonlats)
        lacking = line.lonlats.count(None)
        if not found:
            cause = _OUTSIDE if lacking else "fewer than two nodes"
            rows.refuse(source_id("way", line.osm_id), cause)
        elif lacking:
            cut += 1
            detail = f"kept without {lacking} of its {len(line.nodes)} nodes"
            rows.cut_short(source_id("way", line.osm_id), _CUT, detail)
        runs.extend(found)
    if cut:
        rows.notices.append(
            f"streets that leave the extract and are kept as far as it goes: {cut}"
        )
    _add_pieces(rows, runs)
    return rows


def _refused(rows: Rows, line: Line) -> bool:
    rules = classes("streets")
    tags, name = line.tags, source_id("way", line.osm_id)
    tunnel = tags.get("tunnel", "no")
    level = parse_number(tags.get("level"))
    if tags["highway"] in rules["not_one"]:
        rows.refuse(name, "not a street", tag="highway", value=tags["highway"])
    elif tags.get("area") == "yes":
        rows.refuse(name, "an area rather than a line", tag="area", value="yes")
    elif tags.get("indoor", "no") != "no":
        rows.refuse(name, "indoors", tag="indoor", value=tags["indoor"])
    elif tunnel not in rules["open_tunnels"]:
        rows.refuse(name, "below the ground", tag="tunnel", value=tunnel)
    elif tags.get("location") == "underground" or (level is not None and level < 0):
        rows.refuse(name, "below the ground")
    else:
        return False
    return True


def _lonlats(lines: list[Line]) -> list[NDArray[np.float64]]:
    """Give the positions of each line's nodes, not-a-number where one is lacking."""
    import shapely

    shapes = shapely.from_wkb(np.array([line.wkb for line in lines], dtype=object))
    coordinates = shapely.get_coordinates(shapes)
    stops = np.cumsum(shapely.get_num_coordinates(shapes))[:-1]
    whole = np.split(coordinates, stops) if lines else []
    return [
        at if line.wkb is not None else _with_holes(line.lonlats)
        for line, at in zip(lines, whole, strict=True)
    ]


def _with_holes(lonlats: list[tuple[float, float] | None]) -> NDArray[np.float64]:
    lacking = (np.nan, np.nan)
    filled = [lacking if at is None else at for at in lonlats]
    return np.array(filled, dtype=np.float64).reshape(-1, 2)


def _runs(line: Line, lonlats: NDArray[np.float64]) -> list[_Run]:
    """Give the longest runs of nodes that the file has, each with two or more."""
    present = np.isfinite(lonlats[:, 0])
    edges = np.flatnonzero(np.diff(np.concatenate(([0], present, [0]))))
    runs = []
    for start, stop in zip(edges[::2], edges[1::2], strict=True):
        nodes = np.array(line.nodes[start:stop], dtype=np.int64)
        # A node named twice in a row adds no length and would make a piece of its own.
        fresh = np.concatenate(([True], nodes[1:] != nodes[:-1]))
        if np.count_nonzero(fresh) > 1:
            runs.append(_Run(line, nodes[fresh], lonlats[start:stop][fresh]))
    return runs


def _add_pieces(rows: Rows, runs: list[_Run]) -> None:
    import shapely

    if not runs:
        return
    pieces: list[tuple[_Run, int, int]] = []
    for run, is_junction in zip(runs, _junctions(runs), strict=True):
        at = np.flatnonzero(is_junction)
        pieces.extend((run, a, b) for a, b in pairwise(at.tolist()))
    counts = Counter(run.line.osm_id for run, _, _ in pieces)
    described = {run.line.osm_id: _described(rows, run.line) for run in runs}
    lengths = _lengths_m([run.lonlats[a : b + 1] for run, a, b in pieces])
    number: Counter[int] = Counter()
    for (run, a, b), length_m in zip(pieces, lengths, strict=True):
        osm_id = run.line.osm_id
        number[osm_id] += 1
        part = number[osm_id] if counts[osm_id] > 1 else None
        record = {
            "street_id": source_id("way", osm_id, part),
            "u": source_id("node", int(run.nodes[a])),
            "v": source_id("node", int(run.nodes[b])),
            **described[osm_id],
            "length_m": length_m,
        }
        rows.add(record, shapely.LineString(run.lonlats[a : b + 1]))


def _described(rows: Rows, line: Line) -> dict[str, str | float | None]:
    tags, name = line.tags, source_id("way", line.osm_id)
    text = tags.get("maxspeed")
    speed = parse_speed_km_h(text)
    text = None if text is not None and states_no_number(text) else text
    return {
        "name": tags.get("name") or tags.get("ref"),
        "highway": tags["highway"],
        "oneway": _oneway(rows, name, tags),
        "maxspeed_km_h": measured(rows, name, "maxspeed", text=text, value=speed),
    }


def _oneway(rows: Rows, name: str, tags: Mapping[str, str]) -> str | None:
    rules = classes("streets")
    value = tags.get("oneway")
    if value is None:
        implied = (
            tags["highway"] in rules["oneway_classes"]
            or tags.get("junction") in rules["oneway_junctions"]
        )
        return "yes" if implied else "no"
    if value in _ONEWAY:
        return _ONEWAY[value]
    # Lanes that change by the hour run neither one way nor both.
    rows.leave_empty(name, "neither one way nor both", tag="oneway", value=value)
    return None


def _junctions(runs: list[_Run]) -> list[NDArray[np.bool_]]:
    """Mark each run's nodes where a street ends or meets another (or itself)."""
    every = np.concatenate([run.nodes for run in runs])
    _, which, uses = np.unique(every, return_inverse=True, return_counts=True)
    ends = np.cumsum([len(run.nodes) for run in runs])
    marked = uses > 1
    marked[which[ends - 1]] = True
    marked[which[np.concatenate(([0], ends[:-1]))]] = True
    return np.split(marked[which], ends[:-1])


def _lengths_m(lines: list[NDArray[np.float64]]) -> NDArray[np.float64]:
    """Give the length of each line on the WGS 84 ellipsoid, all in one call."""
    from pyproj import Geod

    points = np.concatenate(lines)
    sizes = np.array([len(line) for line in lines])
    _, _, steps = Geod(ellps="WGS84").inv(
        points[:-1, 0], points[:-1, 1], points[1:, 0], points[1:, 1]
    )
    # The step from one line's last point to the next line's first belongs to neither.
    padded = np.concatenate((np.asarray(steps), [0.0]))
    padded[np.cumsum(sizes) - 1] = 0.0
    starts = np.concatenate(([0], np.cumsum(sizes)[:-1]))
    return np.asarray(np.add.reduceat(padded, starts), dtype=np.float64)
