"""Clustered cities of demand and sites, the same for a seed everywhere."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.spatial import cKDTree


def clustered(
    sites: int, points: int, *, per_site: float, seed: int = 7
) -> tuple[csr_array, NDArray[np.float64]]:
    """Points in districts and between, seen from sites within one distance."""
    rng = np.random.default_rng(seed)
    side = 1000.0 * np.sqrt(points / 1000)
    districts = max(points // 700, 3)
    centres = rng.uniform(0, side, (districts, 2))
    size = rng.lognormal(0, 0.8, districts)

    def draw(count: int) -> NDArray[np.float64]:
        inside = centres[rng.choice(districts, count, p=size / size.sum())]
        inside = inside + rng.normal(0, 350, (count, 2))
        between = rng.uniform(0, side, (count, 2))
        return np.where(rng.random((count, 1)) < 0.6, inside, between)

    where, stands = draw(points), draw(sites)
    weights = rng.exponential(1.0, points)
    there, low, high = cKDTree(where), 20.0, 2000.0
    for _ in range(30):
        reach = (low + high) / 2
        seen = there.query_ball_point(stands[:400], reach, return_length=True).mean()
        low, high = (reach, high) if seen < per_site else (low, reach)
    rows = cKDTree(stands).query_ball_point(where, reach)
    ptr = np.concatenate([[0], np.cumsum([len(row) for row in rows])])
    index = np.concatenate([np.asarray(row, dtype=np.int32) for row in rows])
    form = csr_array((np.ones(len(index), bool), index, ptr), shape=(points, sites))
    form.sort_indices()
    return form, weights
