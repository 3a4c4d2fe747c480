"""Towns whose truth is known, and the registry that somebody made of them."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from coveragekit import model, optics
from coveragekit.coverage import (
    Looking,
    Supports,
    Targets,
    area_targets,
    camera_probability,
    point_probability,
    scenes,
    study_area,
)
from coveragekit.visibility import Obstacles, who_sees
from tests.benchmarks.city import facade_cameras, synthetic_city

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["MEASURES", "Town", "held", "town"]

MEASURES = ("street", "area", "incidents")
DENSITY = 40.0
CAMERAS, BUILDINGS, INCIDENTS = 40, 128, 400
PITCH_M = 4 * 23.9 + 14.0
ERRORS = {
    "position_error_m": 4.0,
    "bearing_error_deg": 12.0,
    "hfov_error_deg": 5.0,
    "height_error_m": 0.5,
    "range_error_m": 4.0,
}
ON_POLES, UNKNOWN = 0.15, 0.3


@dataclass(frozen=True)
class Town:
    """What is there, what the registry says, and what the published incidents say."""

    obstacles: Obstacles
    real: gpd.GeoDataFrame
    recorded: gpd.GeoDataFrame
    targets: dict[str, Targets]
    incidents: NDArray[np.float64]
    published: NDArray[np.float64]

    def shares(
        self, cameras: gpd.GeoDataFrame, incidents: NDArray[np.float64]
    ) -> dict[str, float]:
        """Give the shares by one look of exact line of sight, scenes left out."""
        shown = optics.footprints(cameras, DENSITY)
        out = {}
        for name, target in self.targets.items():
            xy = incidents if name == "incidents" else target.xy
            weight = np.ones(len(xy)) if name == "incidents" else target.weight
            sees = who_sees(
                gpd.GeoSeries(gpd.points_from_xy(*xy.T), crs=cameras.crs),
                cameras,
                self.obstacles,
                north="grid",
                footprints=shown,
            )
            seen = point_probability(sees, camera_probability(cameras))
            out[name] = float(weight @ seen / weight.sum())
        return out


def town(seed: int) -> Town:
    """Give a town of streets and blocks, cameras on walls and some on poles."""
    rng = np.random.default_rng(seed)
    buildings = synthetic_city(BUILDINGS, rng)
    blocks = street_blocks(buildings)
    real = real_cameras(buildings, blocks, rng)
    points, length_m = along(blocks, 5)
    supports = Supports(
        along(blocks, 20)[0],
        np.full(20 * len(blocks), 1 / 20),
        20 * np.arange(len(blocks) + 1),
        rng.integers(0, len(blocks), INCIDENTS),
        np.full(len(blocks), "block", dtype=object),
        buildings.crs,
    )
    block = blocks[supports.support_of]
    part = rng.random((INCIDENTS, 1))
    ground = area_targets(study_area(buildings, margin_m=10.0), buildings, most=4000)
    street = gpd.GeoSeries(gpd.points_from_xy(*points.T), crs=buildings.crs)
    return Town(
        obstacles=Obstacles.from_buildings(buildings),
        real=real,
        recorded=as_recorded(real, rng),
        targets={
            "street": Targets.of_points(street, length_m, "m"),
            "area": ground,
            "incidents": Targets.of_events(supports),
        },
        incidents=block[:, 0] + part * (block[:, 1] - block[:, 0]),
        published=block.mean(axis=1),
    )


def street_blocks(buildings: gpd.GeoDataFrame) -> NDArray[np.float64]:
    """Give the ends of the streets between crossings, shape (n, 2, 2)."""
    minx, miny, maxx, maxy = buildings.total_bounds
    x = np.arange(minx - 9.0, maxx + PITCH_M, PITCH_M)
    y = np.arange(miny - 9.0, maxy + PITCH_M, PITCH_M)
    across = [[(a, v), (b, v)] for v in y for a, b in pairwise(x)]
    down = [[(u, a), (u, b)] for u in x for a, b in pairwise(y)]
    return np.array(across + down)


def along(
    blocks: NDArray[np.float64], n: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Give n even places on each block, and the length that each stands for."""
    part = ((np.arange(n) + 0.5) / n)[None, :, None]
    places = blocks[:, None, 0] + part * (blocks[:, None, 1] - blocks[:, None, 0])
    length = np.hypot(*(blocks[:, 1] - blocks[:, 0]).T)
    return places.reshape(-1, 2), np.repeat(length / n, n)


def real_cameras(
    buildings: gpd.GeoDataFrame, blocks: NDArray[np.float64], rng: np.random.Generator
) -> gpd.GeoDataFrame:
    """Give cameras as they hang: most look away from a wall, some stand in a street."""
    cameras = facade_cameras(buildings, CAMERAS, rng)
    xy = cameras.get_coordinates().to_numpy()
    aside = np.degrees(np.arcsin(rng.uniform(-1.0, 1.0, CAMERAS)))
    bearing = np.mod(cameras["bearing_deg"].to_numpy() + aside, 360.0)
    pole = rng.random(CAMERAS) < ON_POLES
    places, _ = along(blocks, 50)
    kerb = places[rng.integers(0, len(places), CAMERAS)] + rng.uniform(
        -5.0, 5.0, (CAMERAS, 2)
    )
    bare = gpd.GeoDataFrame(
        {
            "camera_id": cameras["camera_id"],
            "kind": "bullet",
            "bearing_deg": np.where(pole, rng.uniform(0.0, 360.0, CAMERAS), bearing),
            "tilt_deg": rng.uniform(8.0, 20.0, CAMERAS),
            "hfov_deg": rng.uniform(60.0, 110.0, CAMERAS),
            "vfov_deg": 52.0,
            "width_px": 2688,
            "mount_height_m": rng.uniform(3.0, 6.0, CAMERAS),
            "range_m": np.where(
                rng.random(CAMERAS) < 0.5, rng.uniform(20.0, 40.0, CAMERAS), np.nan
            ),
        },
        geometry=shapely.points(np.where(pole[:, None], kerb, xy)),
        crs=buildings.crs,
    )
    return gpd.GeoDataFrame(
        model.fill_camera_defaults(model.conform("cameras", bare)), crs=buildings.crs
    )


def as_recorded(real: gpd.GeoDataFrame, rng: np.random.Generator) -> gpd.GeoDataFrame:
    """Give what the registry says of cameras, with errors of the size it states."""
    n = len(real)
    recorded = real.assign(**ERRORS)
    for column, sd in {
        "bearing_deg": ERRORS["bearing_error_deg"],
        "hfov_deg": ERRORS["hfov_error_deg"],
        "mount_height_m": ERRORS["height_error_m"],
        "tilt_deg": 5.0,
        "range_m": ERRORS["range_error_m"],
    }.items():
        recorded[column] = real[column] + rng.normal(0.0, sd, n)
    recorded["range_m"] = recorded["range_m"].clip(lower=2.0)
    recorded["bearing_deg"] = np.mod(recorded["bearing_deg"], 360.0)
    recorded.loc[rng.random(n) < UNKNOWN, "bearing_deg"] = np.nan
    xy = real.get_coordinates().to_numpy()
    moved = xy + rng.normal(0.0, ERRORS["position_error_m"], (n, 2))
    return recorded.set_geometry(gpd.points_from_xy(*moved.T, crs=real.crs))


def held(seeds: range, n: int, *, stated: float = 1.0) -> pd.DataFrame:
    """
    Give for each town and measure the truth, the nominal share and the interval.

    The registry states its errors, or ``stated`` times as much.
    """
    rows = []
    for seed in seeds:
        there = town(seed)
        claims = {name: stated * error for name, error in ERRORS.items()}
        truth = there.shares(there.real, there.incidents)
        nominal = there.shares(there.recorded, there.published)
        drawn = scenes(
            there.recorded.assign(**claims),
            there.targets,
            there.obstacles,
            n=n,
            seed=seed,
            looking=Looking(density_px_per_m=DENSITY, north="grid"),
        )
        for name in MEASURES:
            interval = drawn.interval(name)
            assert interval is not None
            rows.append((name, truth[name], nominal[name], *interval))
    columns = ["measure", "truth", "nominal", "value", "low", "high"]
    made = pd.DataFrame(rows, columns=columns)
    made["holds"] = made["truth"].between(made["low"], made["high"])
    return made
