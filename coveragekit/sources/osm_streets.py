"""Streets of an OpenStreetMap file: ways cut at their junctions."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from coveragekit.sources.osm_rows import Rows, source_id
from coveragekit.sources.osm_tags import (
    classes,
    is_underground,
    parse_number,
    parse_speed_km_h,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from coveragekit.sources.osm_scan import Line, Scan

__all__ = ["street_rows"]

_YES = frozenset({"yes", "true", "1"})
_REVERSE = frozenset({"-1", "reverse"})
_OUTSIDE = "reaches outside the file"


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
    for line in scan.lines:
        rows.offered += 1
        if _refused(rows, line):
            continue
        found = _runs(line)
        lacking = line.lonlats.count(None)
        if not found:
            cause = _OUTSIDE if lacking else "fewer than two nodes"
            rows.refuse(source_id("way", line.osm_id), cause)
        elif lacking:
            cut += 1
            detail = f"kept without {lacking} of its {len(line.nodes)} nodes"
            rows.cut_short(source_id("way", line.osm_id), _OUTSIDE, detail)
        runs.extend(found)
    if cut:
        rows.notices.append(
            f"{cut} streets reach outside the extract and are kept as far as it goes"
        )
    _add_pieces(rows, runs)
    return rows


def _refused(rows: Rows, line: Line) -> bool:
    rules = classes("streets")
    tags, name = line.tags, source_id("way", line.osm_id)
    tunnel = tags.get("tunnel", "no")
    level = parse_number(tags.get("level"))
    if tags["highway"] in rules["not_one"]:
        rows.refuse(name, "not a street", "highway", value=tags["highway"])
    elif tags.get("area") == "yes":
        rows.refuse(name, "an area, not a line", "area", value="yes")
    elif tags.get("indoor", "no") != "no":
        rows.refuse(name, "indoors", "indoor", value=tags["indoor"])
    elif tunnel not in rules["open_tunnels"]:
        rows.refuse(name, "below the ground", "tunnel", value=tunnel)
    elif tags.get("location") == "underground" or (level is not None and level < 0):
        rows.refuse(name, "below the ground")
    else:
        return False
    return True


def _runs(line: Line) -> list[_Run]:
    """Give the longest runs of nodes that the file has, each with two or more."""
    present = np.array([at is not None for at in line.lonlats])
    edges = np.flatnonzero(np.diff(np.concatenate(([0], present, [0]))))
    runs = []
    for start, stop in zip(edges[::2], edges[1::2], strict=True):
        nodes = np.array(line.nodes[start:stop], dtype=np.int64)
        # A node named twice in a row adds no length and would make a piece of its own.
        fresh = np.concatenate(([True], nodes[1:] != nodes[:-1]))
        if np.count_nonzero(fresh) > 1:
            lonlats = np.array(line.lonlats[start:stop], dtype=np.float64)
            runs.append(_Run(line, nodes[fresh], lonlats[fresh]))
    return runs


def _add_pieces(rows: Rows, runs: list[_Run]) -> None:
    import shapely

    if not runs:
        return
    junctions = _junctions(runs)
    pieces: list[tuple[_Run, int, int]] = []
    for run in runs:
        at = np.flatnonzero(np.isin(run.nodes, junctions, kind="sort"))
        stops = [int(stop) for stop in at]
        pieces.extend((run, a, b) for a, b in zip(stops, stops[1:], strict=False))
    counts: dict[int, int] = {}
    for run, _, _ in pieces:
        counts[run.line.osm_id] = counts.get(run.line.osm_id, 0) + 1
    lengths = _lengths_m([run.lonlats[a : b + 1] for run, a, b in pieces])
    number: dict[int, int] = {}
    for (run, a, b), length_m in zip(pieces, lengths, strict=True):
        osm_id = run.line.osm_id
        number[osm_id] = number.get(osm_id, 0) + 1
        part = number[osm_id] if counts[osm_id] > 1 else None
        record = {
            "street_id": source_id("way", osm_id, part),
            "u": source_id("node", int(run.nodes[a])),
            "v": source_id("node", int(run.nodes[b])),
            **_described(run.line.tags),
            "length_m": length_m,
        }
        rows.add(record, shapely.LineString(run.lonlats[a : b + 1]))


def _described(tags: Mapping[str, str]) -> dict[str, str | float | None]:
    return {
        "name": tags.get("name") or tags.get("ref"),
        "highway": tags["highway"],
        "oneway": _oneway(tags),
        "maxspeed_km_h": parse_speed_km_h(tags.get("maxspeed")),
    }


def _oneway(tags: Mapping[str, str]) -> str:
    rules = classes("streets")
    value = tags.get("oneway")
    if value is None:
        implied = (
            tags["highway"] in rules["oneway_classes"]
            or tags.get("junction") in rules["oneway_junctions"]
        )
        return "yes" if implied else "no"
    if value in _YES:
        return "yes"
    return "reverse" if value in _REVERSE else "no"


def _junctions(runs: list[_Run]) -> NDArray[np.int64]:
    """Give the nodes where a street begins, ends or meets another (or itself)."""
    every = np.concatenate([run.nodes for run in runs])
    nodes, uses = np.unique(every, return_counts=True)
    ends = np.array([node for run in runs for node in (run.nodes[0], run.nodes[-1])])
    return np.union1d(nodes[uses > 1], ends)


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
