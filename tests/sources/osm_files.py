"""Write small OpenStreetMap files by hand, as XML and as PBF."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from xml.sax.saxutils import quoteattr

import osmium
from osmium.osm.mutable import Node, Relation, Way

if TYPE_CHECKING:
    from pathlib import Path

# One step of the small grids below, in degrees: about 111 m north, 56 m east.
STEP = 0.001
LON, LAT = 25.0, 60.0

HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n<osm version="0.6">\n'


@dataclass
class Town:
    """Objects of a small town; positions are whole steps from 25 E 60 N."""

    nodes: list[tuple[int, float, float, dict[str, str]]] = field(default_factory=list)
    ways: list[tuple[int, list[int], dict[str, str]]] = field(default_factory=list)
    relations: list[tuple[int, list[tuple[str, int, str]], dict[str, str]]] = field(
        default_factory=list
    )

    def node(self, osm_id, east, north, **tags) -> Town:
        self.nodes.append((osm_id, east, north, _colons(tags)))
        return self

    def way(self, osm_id, refs, **tags) -> Town:
        self.ways.append((osm_id, list(refs), _colons(tags)))
        return self

    def relation(self, osm_id, members, **tags) -> Town:
        self.relations.append((osm_id, list(members), _colons(tags)))
        return self

    def square(self, first_node, east, north, size=1.0) -> list[int]:
        """Add four corner nodes and give the closed list of their numbers."""
        corners = ((0, 0), (size, 0), (size, size), (0, size))
        for number, (x, y) in enumerate(corners):
            self.node(first_node + number, east + x, north + y)
        return [first_node, first_node + 1, first_node + 2, first_node + 3, first_node]

    def xml(self, order="nwr") -> str:
        parts = {
            "n": [_xml_node(*node) for node in self.nodes],
            "w": [_xml_way(*way) for way in self.ways],
            "r": [_xml_relation(*relation) for relation in self.relations],
        }
        body = "\n".join(line for kind in order for line in parts[kind])
        return f"{HEAD}{body}\n</osm>\n"

    def write(self, path: Path) -> Path:
        path.write_text(self.xml(), encoding="utf-8")
        return path

    def write_pbf(self, path: Path) -> Path:
        with osmium.SimpleWriter(str(path)) as writer:
            for osm_id, x, y, tags in self.nodes:
                where = (LON + STEP * x, LAT + STEP * y)
                writer.add_node(Node(id=osm_id, location=where, tags=tags, version=1))
            for osm_id, refs, tags in self.ways:
                writer.add_way(Way(id=osm_id, nodes=refs, tags=tags, version=1))
            for osm_id, members, tags in self.relations:
                short = [(kind[0], ref, role) for kind, ref, role in members]
                writer.add_relation(
                    Relation(id=osm_id, members=short, tags=tags, version=1)
                )
        return path


def _colons(tags: dict[str, str]) -> dict[str, str]:
    """Keyword arguments know no colon: two underscores stand for one."""
    return {key.replace("__", ":"): value for key, value in tags.items()}


def _xml_tags(tags: dict[str, str]) -> str:
    return "".join(f"<tag k={quoteattr(k)} v={quoteattr(v)}/>" for k, v in tags.items())


def _xml_node(osm_id, x, y, tags) -> str:
    lon, lat = LON + STEP * x, LAT + STEP * y
    return (
        f'<node id="{osm_id}" version="1" lat="{lat:.7f}" lon="{lon:.7f}">'
        f"{_xml_tags(tags)}</node>"
    )


def _xml_way(osm_id, refs, tags) -> str:
    nodes = "".join(f'<nd ref="{ref}"/>' for ref in refs)
    return f'<way id="{osm_id}" version="1">{nodes}{_xml_tags(tags)}</way>'


def _xml_relation(osm_id, members, tags) -> str:
    inner = "".join(
        f'<member type="{kind}" ref="{ref}" role="{role}"/>'
        for kind, ref, role in members
    )
    return f'<relation id="{osm_id}" version="1">{inner}{_xml_tags(tags)}</relation>'
