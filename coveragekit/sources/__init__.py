"""Files and portals, read into the tables of a study, and the synthetic city."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from coveragekit.sources.city import CITY_TIME_ZONE, CitySize, simulate_city
    from coveragekit.sources.columns import Proposal, propose_columns
    from coveragekit.sources.demo import demo_inputs
    from coveragekit.sources.directions import parse_directions
    from coveragekit.sources.loaded import Loaded
    from coveragekit.sources.osm import read_osm
    from coveragekit.sources.presets import preset_names
    from coveragekit.sources.reader import read_table
    from coveragekit.sources.synth import (
        simulate_calls,
        simulate_camera_aims,
        simulate_incidents,
    )
    from coveragekit.sources.terrain import Terrain, read_terrain

_HOMES = {
    "CITY_TIME_ZONE": "city",
    "CitySize": "city",
    "Loaded": "loaded",
    "Proposal": "columns",
    "Terrain": "terrain",
    "demo_inputs": "demo",
    "parse_directions": "directions",
    "preset_names": "presets",
    "propose_columns": "columns",
    "read_osm": "osm",
    "read_table": "reader",
    "read_terrain": "terrain",
    "simulate_calls": "synth",
    "simulate_camera_aims": "synth",
    "simulate_city": "city",
    "simulate_incidents": "synth",
}

__all__ = [
    "CITY_TIME_ZONE",
    "CitySize",
    "Loaded",
    "Proposal",
    "Terrain",
    "demo_inputs",
    "parse_directions",
    "preset_names",
    "propose_columns",
    "read_osm",
    "read_table",
    "read_terrain",
    "simulate_calls",
    "simulate_camera_aims",
    "simulate_city",
    "simulate_incidents",
]


def __getattr__(name: str) -> object:
    """Give a public name of the room, importing its module at the first use."""
    if name not in _HOMES:
        message = f"module 'coveragekit.sources' has no attribute {name!r}"
        raise AttributeError(message)
    home = importlib.import_module(f"coveragekit.sources.{_HOMES[name]}")
    return getattr(home, name)


def __dir__() -> list[str]:
    """Give the public names of the room."""
    return list(__all__)
