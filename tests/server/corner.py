"""Two streets that cross, four houses, and what stands in them: laid by hand."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING

from coveragekit.study import Inputs, Study, create_study

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["LAT", "LON", "NAMED", "build_corner", "lonlat"]

# The corner of Oak Street (east-west) and Elm Avenue (north-south).
LON, LAT = -84.35, 33.75
_M_PER_DEG = 111_320.0
HOSTILE = "<img src=x onerror=alert(1)> Deli"
NAMED = {
    # A house's middle by quadrant, metres from the corner, and its businesses.
    "ne": ((30.0, 30.0), [("Corner Café", "12 Oak Street", "shop=cafe")]),
    "sw": ((-30.0, -30.0), [(HOSTILE, "7 Elm Avenue", "shop=deli")]),
    "nw": ((-30.0, 30.0), []),
    "se": ((30.0, -30.0), []),
}
KINDS = {"nw": "house", "ne": "retail", "sw": "house"}
_HALF_M = 20.0


def lonlat(east_m: float, north_m: float) -> tuple[float, float]:
    """Give the degrees of a place so far from the corner."""
    lat = LAT + north_m / _M_PER_DEG
    return LON + east_m / (_M_PER_DEG * math.cos(math.radians(LAT))), lat


def build_corner(folder: Path) -> Study:
    """Write the files of the corner, make a study of them, and build it."""
    sources = folder.parent / f"{folder.name}-files"
    sources.mkdir()
    files = {
        name: [_write(sources / f"{name}.geojson", rows)]
        for name, rows in {
            "buildings": _houses(),
            "streets": _streets(),
            "places": _places(),
            "cameras": _cameras(),
            "areas": _areas(),
        }.items()
    }
    create_study(folder, Inputs(files), settings={"name": "Corner & Sons <town>"})
    study = Study.open(folder)
    study.build()
    return study


def _houses() -> list[dict]:
    return [
        _row(
            {"building_id": name, "height_m": 8.0, "category": KINDS.get(name)},
            "Polygon",
            [[lonlat(x + a, y + b) for a, b in _CORNERS]],
        )
        for name, ((x, y), _) in NAMED.items()
    ]


_CORNERS = [
    (-_HALF_M, -_HALF_M),
    (_HALF_M, -_HALF_M),
    (_HALF_M, _HALF_M),
    (-_HALF_M, _HALF_M),
    (-_HALF_M, -_HALF_M),
]


def _streets() -> list[dict]:
    ends = {
        "Oak Street": [(-150.0, 0.0), (0.0, 0.0), (150.0, 0.0)],
        "Elm Avenue": [(0.0, -150.0), (0.0, 0.0), (0.0, 150.0)],
    }
    rows = []
    for name, (first, middle, last) in ends.items():
        for part, line in enumerate(((first, middle), (middle, last))):
            told = {
                "street_id": f"{name} {part}",
                "name": name,
                "highway": "residential",
            }
            rows.append(_row(told, "LineString", [lonlat(*one) for one in line]))
    return rows


def _places() -> list[dict]:
    rows = []
    for (x, y), places in NAMED.values():
        for name, address, category in places:
            told = {
                "place_id": name,
                "name": name,
                "address": address,
                "category": category,
            }
            rows.append(_row(told, "Point", lonlat(x, y)))
    closed = {
        "place_id": "gone",
        "name": "Gone Video",
        "address": "9 Elm Avenue",
        "category": "shop=video",
        "closed_at": "2019-01-01T00:00:00Z",
    }
    rows.append(_row(closed, "Point", lonlat(-12.0, -12.0)))
    return rows


def _cameras() -> list[dict]:
    told = {
        "camera_id": "secret-camera-1",
        "name": "Canary Camera",
        "kind": "bullet",
        "bearing_deg": 0.0,
        "access": "registered",
    }
    return [_row(told, "Point", lonlat(0.0, -60.0))]


def _areas() -> list[dict]:
    square = [(-150, -150), (150, -150), (150, 150), (-150, 150), (-150, -150)]
    told = {"area_id": "all", "name": "Corner ward", "kind": "district"}
    return [_row(told, "Polygon", [[lonlat(*one) for one in square]])]


def _row(properties: dict, kind: str, coordinates: object) -> dict:
    return {
        "type": "Feature",
        "properties": properties,
        "geometry": {"type": kind, "coordinates": coordinates},
    }


def _write(path: Path, rows: list[dict]) -> Path:
    path.write_text(
        json.dumps({"type": "FeatureCollection", "features": rows}), "utf-8"
    )
    return path
