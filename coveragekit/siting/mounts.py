"""Hold the places where cameras may be put, and whose they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from coveragekit.crs import grid_convergence_deg
from coveragekit.errors import InputError

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd
    from numpy.typing import NDArray
    from pyproj import CRS

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = ["REASONS", "Mounts", "bearings_of", "check_some", "true_bearings"]

# Why a site has no place for a camera.
REASONS: Final = {
    "closed": "closed for good",
    "outside": "outside the study area",
    "no_building": "no building near",
    "no_facade": "no facade that faces a public street",
    "behind_others": "other businesses are nearer to every part of the facade",
    "indoors": "inside a building",
}


@dataclass(frozen=True, slots=True, eq=False)
class Mounts:
    """
    Places where cameras may be put, site by site.

    Made by :func:`place_mounts`, :func:`pole_mounts` or :func:`building_mounts`.

    Parameters
    ----------
    site_ids
        Id of each site that has a place.
    building_ids
        Id of the building of each; missing for poles.
    belongs
        How each site came to its building: ``given``, ``inside``, ``near`` or, for
        poles, ``open``.
    site
        Site of each place, ascending.
    xy
        The places, metres, shape ``(n, 2)``.
    normals
        Outward normals of the wall, or of both walls of a corner, shape ``(n, 4)``;
        not-a-number for poles.
    height_m
        Lens above the ground, metres.
    height_assumed
        Whether nobody said that height.
    share
        How probably a camera of the site that somebody else put up is at this place;
        those of one site add up to 1.
    streets
        Names of the streets that each place faces, a text; empty where none has one.
    left_out
        ``site_id``, ``reason`` (a key of ``REASONS``) and ``words`` of every site that
        has no place.
    crs
        CRS of the places, in metres.
    """

    site_ids: NDArray[np.object_]
    building_ids: NDArray[np.object_]
    belongs: NDArray[np.object_]
    site: Ints
    xy: Floats
    normals: Floats
    height_m: Floats
    height_assumed: NDArray[np.bool_]
    share: Floats
    streets: NDArray[np.object_]
    left_out: pd.DataFrame
    crs: CRS

    def __len__(self) -> int:
        """Give the number of places."""
        return len(self.xy)

    @property
    def ptr(self) -> Ints:
        """Places of site ``s`` are ``ptr[s]`` to ``ptr[s + 1]``, at least one."""
        edges = np.arange(len(self.site_ids) + 1)
        return np.searchsorted(self.site, edges).astype(np.int64)

    @property
    def corner(self) -> NDArray[np.bool_]:
        """Which places are at corners."""
        turned = self.normals[:, :2] != self.normals[:, 2:]
        return np.asarray(turned.any(axis=1) & ~np.isnan(self.normals[:, 0]))

    @property
    def outward_deg(self) -> Floats:
        """Middle of the directions that the wall leaves, from the grid's north."""
        middle = self.normals[:, :2] + self.normals[:, 2:]
        way = np.degrees(np.arctan2(middle[:, 0], middle[:, 1]))
        return np.asarray(np.mod(np.where(np.isnan(way), 0.0, way), 360.0))

    @property
    def free_deg(self) -> Floats:
        """How far to either side of it a camera may look, degrees."""
        first, second = self.normals[:, :2], self.normals[:, 2:]
        turn = np.clip((first * second).sum(axis=1), -1.0, 1.0)
        half = 90.0 + np.degrees(np.arccos(turn)) / 2.0
        # The same normal twice is no corner, whatever rounding makes of its length.
        half = np.where(self.corner, half, 90.0)
        return np.asarray(np.where(np.isnan(self.normals[:, 0]), 180.0, half))

    def counts(self) -> dict[str, int]:
        """
        Give how many sites have a place, and how many have none by reason.

        Returns
        -------
        dict
            ``placed`` and every reason that occurs, to numbers of sites.
        """
        reasons = self.left_out["reason"].value_counts()
        found = {name: int(reasons[name]) for name in REASONS if name in reasons}
        return {"placed": len(self.site_ids), **found}

    def table(self) -> gpd.GeoDataFrame:
        """
        Give the places as a table.

        Returns
        -------
        geopandas.GeoDataFrame
            ``site_id``, ``building_id``, ``belongs``, ``mount`` (``facade``,
            ``corner`` or ``pole``), ``outward_deg`` from true north (missing for
            poles), ``mount_height_m``, ``streets``, ``assumed``; Points.
        """
        import geopandas as gpd
        import pandas as pd
        import shapely

        pole = np.isnan(self.normals[:, 0])
        kind = np.where(pole, "pole", np.where(self.corner, "corner", "facade"))
        way = true_bearings(self.outward_deg, self.xy, self.crs)
        columns = {
            "site_id": pd.array(self.site_ids[self.site], dtype="str"),
            "building_id": pd.array(self.building_ids[self.site], dtype="str"),
            "belongs": pd.array(self.belongs[self.site], dtype="str"),
            "mount": pd.array(kind, dtype="str"),
            "outward_deg": np.where(pole, np.nan, way),
            "mount_height_m": self.height_m,
            "streets": pd.array(self.streets, dtype="str"),
            "assumed": pd.Series(
                [["mount_height_m"] if one else [] for one in self.height_assumed],
                dtype="object",
            ),
        }
        return gpd.GeoDataFrame(columns, geometry=shapely.points(self.xy), crs=self.crs)


def bearings_of(mounts: Mounts, count: int) -> Floats:
    """
    Give the directions that a camera at each place may look, evenly spread.

    Parameters
    ----------
    mounts
        The places.
    count
        How many directions for each, 1 or more.

    Returns
    -------
    numpy.ndarray
        Degrees clockwise from the grid's north, 0 up to 360, shape ``(n, count)``: the
        middles of equal parts of what the wall leaves free, from left to right.

    Raises
    ------
    InputError
        Fewer than one direction.

    Examples
    --------
    >>> import numpy as np
    >>> from pyproj import CRS
    >>> empty = np.empty(0, dtype=object)
    >>> none = Mounts(empty, empty, empty, np.empty(0, int), np.empty((0, 2)),
    ...     np.empty((0, 4)), *np.empty((3, 0)), empty, None, CRS("EPSG:32616"))
    >>> bearings_of(none, 8).shape
    (0, 8)
    """
    if count < 1:
        message = f"bearings is {count}; allowed: 1 or more"
        raise InputError(message)
    parts = (2.0 * np.arange(count) + 1.0) / count - 1.0
    ways = mounts.outward_deg[:, None] + mounts.free_deg[:, None] * parts
    return np.asarray(np.mod(ways, 360.0))


def true_bearings(grid_deg: Floats, xy: Floats, crs: CRS) -> Floats:
    """
    Give bearings from true north of such from a grid's north.

    Parameters
    ----------
    grid_deg
        Degrees clockwise from the grid's north.
    xy
        Where, metres, shape ``(n, 2)``.
    crs
        Of the places.

    Returns
    -------
    numpy.ndarray
        Degrees, 0 up to 360.

    Examples
    --------
    >>> import numpy as np
    >>> from pyproj import CRS
    >>> there = np.array([[5e5, 4e6]])
    >>> true_bearings(np.array([90.0]), there, CRS("EPSG:32616")).round(6)
    array([90.])
    """
    turned = grid_deg + grid_convergence_deg(xy[:, 0], xy[:, 1], crs)
    return np.asarray(np.mod(turned, 360.0))


def check_some(
    placed: int, left_out: pd.DataFrame, *, what: str, help_words: str
) -> None:
    """
    Refuse sites of which none is left.

    Parameters
    ----------
    placed
        How many have a place.
    left_out
        The others, with ``reason``.
    what
        What the sites are, for the message, such as ``"businesses"``.
    help_words
        What to do, for the message.

    Raises
    ------
    InputError
        None is left; the message counts the reasons.

    Examples
    --------
    >>> import pandas as pd
    >>> check_some(1, pd.DataFrame({"reason": []}), what="poles", help_words="")
    """
    if placed:
        return
    reasons = left_out["reason"].value_counts()
    told = [
        f"{int(reasons[name])} {words}"
        for name, words in REASONS.items()
        if name in reasons
    ]
    why = ", ".join(told) if told else "none was given"
    message = (
        f"of {len(left_out)} {what} none is left to put a camera on: {why}; "
        f"{help_words}"
    )
    raise InputError(message)
