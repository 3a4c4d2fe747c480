"""One pass over an OpenStreetMap file: the objects that may become rows, no more."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from coveragekit.errors import SourceChanged, SourceUnavailable

__all__ = ["Line", "Outline", "Scan", "Spot", "scan_osm"]

SUFFIXES = (".osm", ".osm.gz", ".osm.bz2", ".osm.xml", ".osm.pbf", ".pbf")

_PLACE_KEYS = ("shop", "amenity", "office", "craft", "tourism", "healthcare", "leisure")
_NODE_KEYS = (*_PLACE_KEYS, "man_made")
_AREA_KEYS = (*_NODE_KEYS, "building", "natural", "waterway", "landuse")
_LOOSE_KEYS = frozenset({*_NODE_KEYS, "building"})

_LACKING = "reaches outside the file"
_CROSSING = "rings cross or do not close"
_NO_AREA = "says that it is no area"
_TOO_FEW = "fewer than three corners"

# Only these tags are kept: what no table needs (telephone numbers, addresses of live
# pictures, mappers' notes) is not even read into memory.
_TAGS_KEPT = frozenset(
    {
        *_AREA_KEYS,
        *(
            "highway",
            "name",
            "brand",
            "ref",
            "operator",
            "operator:type",
            "opening_hours",
        ),
        *("addr:full", "addr:street", "addr:place", "addr:housenumber"),
        *("addr:housename", "addr:city", "addr:postcode", "addr:state"),
        *("height", "building:levels", "min_height", "building:min_level"),
        *(
            "layer",
            "level",
            "location",
            "indoor",
            "tunnel",
            "covered",
            "area",
            "junction",
        ),
        *("oneway", "maxspeed", "water", "basin", "disused", "abandoned", "vacant"),
        *("surveillance", "surveillance:type", "camera:type", "camera:direction"),
        *("direction", "camera:angle", "check_date", "start_date"),
    }
)


class Spot(NamedTuple):
    """A tagged node; its position is ``None`` where the file gives no valid one."""

    osm_id: int
    tags: dict[str, str]
    lonlat: tuple[float, float] | None


class Outline(NamedTuple):
    """A closed way or a multipolygon: its shape, or the fault that left it without."""

    kind: str
    osm_id: int
    tags: dict[str, str]
    wkb: str | None
    fault: str | None = None


class Line(NamedTuple):
    """A tagged way and its nodes in order, with its shape where all are in the file."""

    osm_id: int
    tags: dict[str, str]
    nodes: list[int]
    wkb: str | None
    lonlats: list[tuple[float, float] | None]


@dataclass(slots=True)
class Scan:
    """
    What one pass over a file found.

    Parameters
    ----------
    spots
        Tagged nodes.
    outlines
        Closed ways and multipolygon relations with their assembled shape. One whose
        parts the file lacks has none.
    lines
        Ways tagged ``highway``.
    loose
        Ways tagged ``building``, ``man_made=surveillance`` or as a place that do not
        close.
    outer_ways
        For each way that is the outer ring of a building relation, that relation.
    objects
        Objects looked at after filtering by tag.
    has_drafts
        Whether ways name nodes by negative numbers, as editors do before an upload.
    """

    spots: list[Spot] = field(default_factory=list)
    outlines: list[Outline] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    loose: list[Outline] = field(default_factory=list)
    outer_ways: dict[int, int] = field(default_factory=dict)
    objects: int = 0
    has_drafts: bool = False


def scan_osm(path: Path) -> Scan:
    """
    Give the objects of a file that may become rows.

    Parameters
    ----------
    path
        An ``.osm`` (XML, also ``.gz`` or ``.bz2``) or ``.osm.pbf`` file.

    Returns
    -------
    Scan
        Nodes, ways and areas in the order of the file.

    Raises
    ------
    SourceUnavailable
        No such file, not readable, empty, or cut off in the middle.
    SourceChanged
        The name or the content is not that of an OpenStreetMap file.

    Notes
    -----
    Read as a stream; only node positions and the tagged objects are kept. A file whose
    ways stand before their nodes, or that holds an object twice (as some queries export
    it), is brought in order in a temporary file, the newest version of each object
    kept, and read again.
    """
    import osmium

    _check_readable(path)
    try:
        found = _tidy_pass(path)
        hollow = found.objects == 0 and _is_hollow(path)
    except (RuntimeError, ValueError, osmium.InvalidLocationError) as error:
        message = (
            f"{path} cannot be read to its end: {error}; it is damaged, cut off or not "
            "an OpenStreetMap file: fetch it again"
        )
        raise SourceUnavailable(message) from error
    if found.has_drafts:
        message = (
            f"{path} holds objects with negative numbers, drawn but never uploaded; "
            "give them positive ones, for instance with: osmium renumber"
        )
        raise SourceChanged(message)
    if hollow:
        message = (
            f"{path} holds no node, way or relation; it is cut off or not the extract "
            "that was meant: fetch it again"
        )
        raise SourceUnavailable(message)
    return found


def _check_readable(path: Path) -> None:
    if not path.name.lower().endswith(SUFFIXES):
        message = (
            f"{path} is not named as an OpenStreetMap file; "
            f"allowed endings: {', '.join(SUFFIXES)}"
        )
        raise SourceChanged(message)
    try:
        size = path.stat().st_size if path.is_file() else None
    except OSError as error:
        message = f"{path} cannot be read: {error.strerror}"
        raise SourceUnavailable(message) from error
    if size is None:
        message = f"{path} is not a file; give the path of an OpenStreetMap file"
        raise SourceUnavailable(message)
    if size == 0:
        message = f"{path} is empty (0 bytes); fetch it again"
        raise SourceUnavailable(message)


def _tidy_pass(path: Path) -> Scan:
    """Read a file as it stands, or brought in order where that does not do."""
    import osmium

    try:
        collector = _pass(path)
    except (RuntimeError, osmium.InvalidLocationError):
        collector = None  # an object twice in a row is refused outright, say
    if collector is not None and not collector.is_untidy:
        return collector.finish()
    with tempfile.TemporaryDirectory() as folder:
        ordered = Path(folder) / "ordered.osm.pbf"
        _write_ordered(path, ordered)
        return _pass(ordered).finish()


def _pass(path: Path) -> _Collector:
    import osmium

    nodes = osmium.filter.KeyFilter(*_NODE_KEYS)
    nodes.enable_for(osmium.osm.NODE)
    others = osmium.filter.KeyFilter(*_AREA_KEYS, "highway")
    others.enable_for(osmium.osm.WAY | osmium.osm.RELATION | osmium.osm.AREA)
    processor = (
        osmium.FileProcessor(path)
        .with_locations()
        .with_areas(osmium.filter.KeyFilter(*_AREA_KEYS))
        .with_filter(nodes)
        .with_filter(others)
    )
    collector = _Collector()
    for thing in processor:
        collector.take(thing)
    collector.look_again(processor.node_location_storage)
    return collector


def _is_hollow(path: Path) -> bool:
    import osmium

    return next(iter(osmium.FileProcessor(path)), None) is None


def _write_ordered(path: Path, ordered: Path) -> None:
    import osmium

    reader = osmium.MergeInputReader()
    reader.add_file(str(path))
    with osmium.SimpleWriter(str(ordered)) as writer:
        reader.apply(writer, simplify=True)


def _lonlats(way: Any) -> list[tuple[float, float] | None]:  # noqa: ANN401
    return [
        (node.lon, node.lat) if node.location.valid() else None for node in way.nodes
    ]


class _Collector:
    """Sorts the objects of one pass; knows which areas were expected and came."""

    def __init__(self) -> None:
        import osmium

        self._scan = Scan()
        self._to_wkb = osmium.geom.WKBFactory()
        self._expected: dict[tuple[str, int], Outline] = {}
        self._seen: dict[str, set[int]] = {"n": set(), "w": set(), "r": set()}
        self._lacking: set[int] = set()
        self.is_untidy = False

    def take(self, thing: Any) -> None:  # noqa: ANN401 - osmium has no common type
        self._scan.objects += 1
        tags = {tag.k: tag.v for tag in thing.tags if tag.k in _TAGS_KEPT}
        if thing.is_area():
            self._take_area(thing, tags)
            return
        seen = self._seen[thing.type_str()]
        self.is_untidy = self.is_untidy or thing.id in seen
        seen.add(thing.id)
        if not thing.visible:
            return
        if thing.is_node():
            where = thing.location
            lonlat = (where.lon, where.lat) if where.valid() else None
            self._scan.spots.append(Spot(thing.id, tags, lonlat))
        elif thing.is_way():
            self._take_way(thing, tags)
        else:
            self._take_relation(thing, tags)

    def _take_area(self, area: Any, tags: dict[str, str]) -> None:  # noqa: ANN401
        kind = "way" if area.from_way() else "relation"
        osm_id = area.orig_id()
        self._expected.pop((kind, osm_id), None)
        if tags.keys().isdisjoint(_AREA_KEYS):
            return  # a roundabout, say: closed, but only a street
        if area.num_rings()[0] > 0:
            wkb = self._to_wkb.create_multipolygon(area)
            found = Outline(kind, osm_id, tags, wkb)
        else:
            found = Outline(kind, osm_id, tags, None, _CROSSING)
        self._scan.outlines.append(found)

    def _take_way(self, way: Any, tags: dict[str, str]) -> None:  # noqa: ANN401
        wkb = self._whole_line(way)
        # Asking for each node is slow, and only needed where one is lacking.
        lonlats = [] if wkb is not None else _lonlats(way)
        if wkb is None:
            lacking = (node.ref for node in way.nodes if not node.location.valid())
            self._lacking.update(lacking)
        if "highway" in tags:
            nodes = [node.ref for node in way.nodes]
            self._scan.lines.append(Line(way.id, tags, nodes, wkb, lonlats))
        if tags.keys().isdisjoint(_AREA_KEYS):
            return
        if len(way.nodes) > 1 and way.is_closed():
            fault = _LACKING if None in lonlats else _TOO_FEW
            fault = _NO_AREA if tags.get("area") == "no" else fault
            self._expected["way", way.id] = Outline("way", way.id, tags, None, fault)
        elif not tags.keys().isdisjoint(_LOOSE_KEYS):
            self._scan.loose.append(Outline("way", way.id, tags, None))

    def _whole_line(self, way: Any) -> str | None:  # noqa: ANN401
        import osmium

        try:
            wkb: str = self._to_wkb.create_linestring(way, use_nodes=osmium.geom.ALL)
        except (RuntimeError, osmium.InvalidLocationError):
            return None  # too few nodes, or one that the file lacks
        return wkb

    def _take_relation(self, relation: Any, tags: dict[str, str]) -> None:  # noqa: ANN401
        kind, osm_id = "relation", relation.id
        if relation.tags.get("type") != "multipolygon":
            return
        if tags.keys().isdisjoint(_AREA_KEYS):
            return  # a square drawn as an area, say
        self._expected[kind, osm_id] = Outline(kind, osm_id, tags, None, _LACKING)
        if "building" in tags:
            for member in relation.members:
                if member.type == "w" and member.role != "inner":
                    self._scan.outer_ways[member.ref] = relation.id

    def look_again(self, positions: Any) -> None:  # noqa: ANN401 - osmium's table
        """See whether a node lacking in a way turned up later in the file."""
        for node in self._lacking:
            if node < 0:
                self._scan.has_drafts = True
                continue
            try:
                self.is_untidy = self.is_untidy or positions.get(node).valid()
            except KeyError:
                continue

    def finish(self) -> Scan:
        self._scan.outlines.extend(self._expected.values())
        return self._scan
