"""What houses are: homes, something else, or nobody says."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Final

import numpy as np

from coveragekit.view import mercator

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from coveragekit.view import Store

__all__ = ["HOME", "OTHER", "UNKNOWN", "house_kinds"]

UNKNOWN: Final = 0
"""Nobody says what it is."""
HOME: Final = 1
"""People live there."""
OTHER: Final = 2
"""A shop, an office, a school: no home."""
# The centre of a house and of the same one as it is drawn, in units of the map.
_SAME: Final = 2.0**-27


@cache
def _meaning() -> dict[str, int]:
    path = files("coveragekit.server") / "data" / "houses.toml"
    told = tomllib.loads(path.read_text("utf-8"))
    homes = dict.fromkeys(told["homes"], HOME)
    return homes | dict.fromkeys(told["others"], OTHER)


def house_kinds(store: Store, buildings_file: Path) -> NDArray[np.uint8]:
    """
    Give what the houses of a study are, as its table of buildings says.

    Parameters
    ----------
    store
        The study's view store.
    buildings_file
        Its table of buildings.

    Returns
    -------
    numpy.ndarray
        ``HOME``, ``OTHER`` or ``UNKNOWN`` for each row of the store's buildings.

    Notes
    -----
    A house of the table is the one of the store whose box has the same middle, as the
    store does not keep the table's words.
    """
    import pyarrow.parquet as pq

    kinds = np.zeros(len(store.buildings), np.uint8)
    columns = pq.read_schema(buildings_file).names
    if "category" not in columns or not len(kinds):
        return kinds
    table = pq.read_table(buildings_file, columns=["category", "geometry"])
    meaning = _meaning()
    said = np.array(
        [
            meaning.get(str(word).strip().lower(), UNKNOWN)
            for word in table["category"].to_pylist()
        ],
        np.uint8,
    )
    rows = np.flatnonzero(said)
    if not len(rows):
        return kinds
    import shapely
    from scipy.spatial import cKDTree

    outlines = table["geometry"].to_numpy(zero_copy_only=False)[rows]
    box = shapely.bounds(shapely.from_wkb(outlines))
    low = mercator.to_merc(box[:, 0], box[:, 1])
    high = mercator.to_merc(box[:, 2], box[:, 3])
    middle = np.nan_to_num((low + high) / 2.0, nan=-1.0)
    drawn = np.asarray(store.buildings.shape.box)
    places = np.nan_to_num((drawn[:, :2] + drawn[:, 2:]) / 2.0, nan=-9.0)
    away, nearest = cKDTree(places).query(middle, distance_upper_bound=_SAME)
    found = np.isfinite(away)
    kinds[np.asarray(nearest)[found]] = said[rows[found]]
    return kinds
