"""Draw towns whose truth is known: streets in a grid, cameras, harm in patches."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter
from scipy.spatial import KDTree

CRS = "EPSG:32616"
SIDE_M, BLOCK_M, SPACING_M, CELL_M = 1200, 100, 5.0, 10


@dataclass(frozen=True)
class Town:
    """Places along the streets, how surely each is seen, and how much happens there."""

    xy: NDArray[np.float64]
    street: NDArray[np.int64]
    seen: NDArray[np.float64]
    harm: NDArray[np.float64]

    def samples(self) -> gpd.GeoDataFrame:
        """Give the street samples."""
        return gpd.GeoDataFrame(
            {
                "street": self.street,
                "length_m": SPACING_M,
                "seen_probability": self.seen,
            },
            geometry=gpd.points_from_xy(*self.xy.T),
            crs=CRS,
        )

    def incidents(self, count: int, rng: np.random.Generator) -> gpd.GeoDataFrame:
        """Draw series of one to five incidents, each series at one place."""
        series = rng.choice(len(self.harm), count // 3, p=self.harm)
        at = np.repeat(series, rng.integers(1, 6, len(series)))
        return gpd.GeoDataFrame(
            {"seen_probability": self.seen[at]},
            geometry=gpd.points_from_xy(*self.xy[at].T),
            crs=CRS,
        )

    @property
    def truth(self) -> float:
        """Give the concentration that endless incidents would show."""
        return float(self.harm @ self.seen / self.seen.mean())


def _patches(rng: np.random.Generator, scale_m: float) -> NDArray[np.float64]:
    cells = SIDE_M // CELL_M
    field = gaussian_filter(rng.normal(size=(cells, cells)), scale_m / CELL_M)
    return np.exp(field / field.std())


def draw_town(
    rng: np.random.Generator,
    *,
    cameras: int = 30,
    reach_m: float = 40.0,
    at_harm: float = 0.0,
) -> Town:
    """
    Draw a town.

    ``at_harm`` is how far the cameras follow harm: 0 not at all, 1 wholly. Harm comes
    in patches of some 150 m, and within them at few places.
    """
    along = np.arange(SPACING_M / 2, SIDE_M, SPACING_M)
    lines = np.arange(0, SIDE_M + 1, BLOCK_M)
    across = np.repeat(lines, len(along))
    run = np.tile(along, len(lines))
    xy = np.concatenate(
        [np.column_stack([run, across]), np.column_stack([across, run])]
    )
    street = np.repeat(np.arange(2 * len(lines)), len(along))
    cells = np.minimum(xy // CELL_M, SIDE_M // CELL_M - 1).astype(int)
    harm = _patches(rng, 150.0)[cells[:, 1], cells[:, 0]]
    harm *= rng.gamma(0.3, 1.0, len(harm))
    harm /= harm.sum()
    chance = (1.0 - at_harm) / len(xy) + at_harm * harm
    poles = rng.choice(len(xy), cameras, p=chance)
    seen = np.zeros(len(xy))
    for near in KDTree(xy).query_ball_point(xy[poles], reach_m):
        seen[near] = 1.0
    return Town(xy, street, seen, harm)
