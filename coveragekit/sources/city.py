"""A made-up city of any size: every table of a study, the same for the same seed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import shapely

from coveragekit.crs import WGS84
from coveragekit.errors import InputError
from coveragekit.model import conform
from coveragekit.sources.city_calls import ring_up
from coveragekit.sources.city_cameras import hang_cameras
from coveragekit.sources.city_incidents import happen
from coveragekit.sources.city_rules import blanked, city_rules
from coveragekit.sources.city_town import build_town
from coveragekit.sources.loaded import REJECTED_COLUMNS, Loaded

if TYPE_CHECKING:
    from collections.abc import Callable

    import geopandas as gpd
    import pandas as pd
    from numpy.typing import NDArray

    from coveragekit.sources.city_town import Town

__all__ = ["CITY_TIME_ZONE", "CitySize", "simulate_city"]

CITY_TIME_ZONE: Final = "America/New_York"
MOST: Final = 20_000_000
_DIGITS = 7
_SHORTEST_DEG = 1e-6
_MADE_UP = "made up by coveragekit; no statistics of any place"


@dataclass(frozen=True, slots=True)
class CitySize:
    """
    How much there is of each thing in a made-up city.

    Parameters
    ----------
    buildings
        How many buildings, 1 to 20,000,000.
    cameras, incidents, calls, places
        How many of each, 0 to 20,000,000; ``None`` for as many as suit the rest: calls
        half as many as incidents, places three for ten buildings.
    """

    buildings: int
    cameras: int
    incidents: int
    calls: int | None = None
    places: int | None = None

    def __post_init__(self) -> None:
        if self.calls is None:
            object.__setattr__(self, "calls", self.incidents // 2)
        if self.places is None:
            object.__setattr__(self, "places", round(0.3 * self.buildings))
        for name in ("buildings", "cameras", "incidents", "calls", "places"):
            least = 1 if name == "buildings" else 0
            count = getattr(self, name)
            if not least <= count <= MOST:
                message = (
                    f"the number of {name} is {count:,}; allowed: {least} to {MOST:,}"
                )
                raise InputError(message)


def _silent(what: str) -> None:
    del what


def simulate_city(
    size: CitySize, *, seed: int = 0, say: Callable[[str], None] = _silent
) -> dict[str, Loaded]:
    """
    Give every table of a made-up city.

    Parameters
    ----------
    size
        How much there is of each thing.
    seed
        Seed, 0 or more; the same seed and size give the same city.
    say
        Told what is being made.

    Returns
    -------
    dict of str to Loaded
        ``buildings``, ``streets``, ``places``, ``water``, ``areas``, ``cameras``,
        ``incidents`` and ``calls``, EPSG:4326, each with ``simulated`` true in its
        provenance.

    Raises
    ------
    InputError
        A negative seed.

    Notes
    -----
    The city lies in the Atlantic, so that nobody takes it for a real one. Cameras and
    what happens depend on the seed and the buildings; the numbers of incidents and
    calls change neither the city nor its cameras.

    Examples
    --------
    >>> made = simulate_city(CitySize(buildings=50, cameras=9, incidents=20), seed=1)
    >>> {name: len(made[name].table) for name in ("buildings", "cameras", "calls")}
    {'buildings': 50, 'cameras': 9, 'calls': 10}
    """
    if seed < 0:
        message = f"the seed is {seed}; allowed: 0 or more"
        raise InputError(message)
    # Each part has its own generator, so that more incidents move no building.
    rngs = [np.random.default_rng([seed, part]) for part in range(4)]
    say("streets, buildings and places")
    town = build_town(size.buildings, size.places or 0, rngs[0])
    tables = _tables_of(town, rngs[0])
    say("cameras")
    tables["cameras"] = hang_cameras(town, size.cameras, rng=rngs[1])
    say("incidents")
    incidents = happen(town, size.incidents, rng=rngs[2])
    tables["incidents"] = incidents
    say("calls")
    tables["calls"] = ring_up(town, incidents, size.calls or 0, rng=rngs[3])
    say("tables")
    return {name: _loaded(name, table) for name, table in tables.items()}


def _tables_of(town: Town, rng: np.random.Generator) -> dict[str, gpd.GeoDataFrame]:
    """Give the tables of what stands and lies in the city."""
    import geopandas as gpd

    keys = np.array(
        [
            f"simulated-building-{row:06d}"
            for row in range(1, len(town.fronts.edge) + 1)
        ],
        dtype=object,
    )
    places = town.places.assign(building_id=keys[town.place_building])
    water = _moved(town.layout.water, town)
    return {
        "buildings": _buildings(town, keys, rng),
        "streets": _streets(town, rng),
        "places": gpd.GeoDataFrame(
            places,
            geometry=shapely.points(town.place_points + town.origin),
            crs=town.crs,
        ),
        "water": gpd.GeoDataFrame(
            {
                "water_id": [
                    f"simulated-water-{row}" for row in range(1, len(water) + 1)
                ],
                "name": "Long River",
            },
            geometry=water,
            crs=town.crs,
        ),
        "areas": town.areas,
    }


def _moved(shapes: NDArray[np.object_], town: Town) -> NDArray[np.object_]:
    return np.asarray(shapely.transform(shapes, lambda xy: xy + town.origin))


def _buildings(
    town: Town, keys: NDArray[np.object_], rng: np.random.Generator
) -> gpd.GeoDataFrame:
    import geopandas as gpd

    rules, houses = city_rules()["heights"], town.houses
    uses = city_rules()["uses"]
    n = len(houses.shapes)
    no_height = rng.random(n) < rules["height_unknown"]
    no_levels = rng.random(n) < rules["levels_unknown"]
    return gpd.GeoDataFrame(
        {
            "building_id": keys,
            "height_m": np.where(no_height, np.nan, houses.height_m),
            "levels": np.where(no_levels, np.nan, houses.levels),
            "category": [uses[str(use)].get("category") for use in houses.uses],
        },
        geometry=_moved(houses.shapes, town),
        crs=town.crs,
    )


def _streets(town: Town, rng: np.random.Generator) -> gpd.GeoDataFrame:
    import geopandas as gpd

    rules, network = city_rules()["streets"], town.network
    n = len(network.lines)
    speed = [float(rules["speed_km_h"].get(kind, np.nan)) for kind in network.classes]
    may = np.isin(network.classes.astype(str), ["residential", "unclassified"])
    # The whole of a street runs one way, not a block of it.
    one_way = (
        rng.random(int(network.street.max(initial=-1)) + 1) < rules["oneway_share"]
    )
    walked = network.classes == "footway"
    oneway = np.where(may & one_way[network.street], "yes", "no")
    return gpd.GeoDataFrame(
        {
            "street_id": [f"simulated-street-{row:06d}" for row in range(1, n + 1)],
            "u": [f"n{node}" for node in network.nodes[:, 0].tolist()],
            "v": [f"n{node}" for node in network.nodes[:, 1].tolist()],
            "name": network.names,
            "highway": network.classes,
            "oneway": blanked(oneway, walked),
            "maxspeed_km_h": speed,
            "length_m": np.round(shapely.length(network.lines), 1),
        },
        geometry=_moved(network.lines, town),
        crs=town.crs,
    )


def _loaded(name: str, table: gpd.GeoDataFrame) -> Loaded:
    import pandas as pd

    geographic = table.to_crs(WGS84)
    # A centimetre, and neighbours that shared a corner share it still.
    shapes = shapely.transform(
        np.asarray(geographic.geometry.array), lambda xy: np.round(xy, _DIGITS)
    )
    # An edge as short as that may come to cross another.
    torn = ~shapely.is_valid(shapes)
    shapes[torn] = shapely.remove_repeated_points(shapes[torn], _SHORTEST_DEG)
    whole = conform(name, geographic.set_geometry(shapes, crs=WGS84))
    provenance: dict[str, object] = {
        "file": "simulated",
        "sha256": None,
        "rows_offered": len(whole),
        "rows_kept": len(whole),
        "preset": "simulated",
        "crs": "EPSG:4326",
        "licence": "CC0-1.0",
        "attribution": "",
        "simulated": True,
        "time_zone": CITY_TIME_ZONE,
    }
    nothing: pd.DataFrame = pd.DataFrame(columns=list(REJECTED_COLUMNS), dtype="str")
    return Loaded(
        table=whole,
        rejected=nothing,
        notices=(f"all {name} are {_MADE_UP}",),
        provenance=provenance,
    )
