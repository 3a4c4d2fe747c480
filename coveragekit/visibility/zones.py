"""Privacy zones: places that no camera may look into, cut from all that is seen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from coveragekit.crs import check_same
from coveragekit.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd
    from numpy.typing import NDArray

__all__ = ["TOUCH_M", "ZONE_ARRAYS", "Zones"]

# Within a micrometre of its edge is within a zone.
TOUCH_M = 1e-6
ZONE_ARRAYS = {
    "zone_xy": np.dtype(np.float64),
    "zone_rings": np.dtype(np.int64),
    "zone_parts": np.dtype(np.int64),
    "zone_rows": np.dtype(np.int64),
}
# So many pairs of places and edges are compared at once.
_PAIRS = 1 << 21
_POLYGON, _MULTIPOLYGON = 3, 6


@dataclass(frozen=True, slots=True, eq=False)
class Zones:
    """
    Places that no camera may look into; what lies behind them is not hidden.

    Made by :meth:`of`, :meth:`none`, or :meth:`from_arrays`.

    Parameters
    ----------
    xy
        Corners of all rings, metres, shape ``(v, 2)``; each ring's last is its first.
    rings
        Corners of ring ``r`` are ``xy[rings[r]:rings[r + 1]]``.
    parts
        Rings of part ``p``, its outline and then its holes, are ``parts[p]`` to
        ``parts[p + 1]``.
    rows
        Parts of zone ``z`` are ``rows[z]`` to ``rows[z + 1]``.

    Examples
    --------
    >>> import geopandas as gpd
    >>> from shapely import box
    >>> yard = gpd.GeoDataFrame(geometry=[box(0, 0, 10, 8)], crs="EPSG:32616")
    >>> zones = Zones.of(yard, crs=yard.crs)
    >>> zones.hide(np.array([[5.0, 4.0], [10.0, 4.0], [11.0, 4.0]])).tolist()
    [True, True, False]
    """

    xy: NDArray[np.float64]
    rings: NDArray[np.int64]
    parts: NDArray[np.int64]
    rows: NDArray[np.int64]

    def __len__(self) -> int:
        """Give the number of zones."""
        return len(self.rows) - 1

    @classmethod
    def none(cls) -> Self:
        """
        Give no zones at all.

        Returns
        -------
        Zones
            Of no rows.

        Examples
        --------
        >>> len(Zones.none())
        0
        """
        nothing = np.zeros(1, np.int64)
        return cls._held(np.empty((0, 2)), nothing, nothing, nothing)

    @classmethod
    def of(cls, table: gpd.GeoDataFrame | None, *, crs: object) -> Self:
        """
        Give the zones of a table.

        Parameters
        ----------
        table
            Polygons, or several in one row, in a CRS in metres; holes are no zone.
            Zones may touch and overlap. ``None`` is no zones.
        crs
            CRS of what hides, which must be theirs.

        Returns
        -------
        Zones
            Independent of the table.

        Raises
        ------
        CRSError
            The zones have another CRS, or none.
        InputError
            A geometry is missing, no polygon, not finite or without area; the rows are
            named. A zone that cannot be read must not be left out in silence.

        Notes
        -----
        An outline that crosses itself is mended (``shapely.make_valid``).

        Examples
        --------
        >>> len(Zones.of(None, crs="EPSG:32616"))
        0
        """
        import shapely

        if table is None or len(table) == 0:
            return cls.none()
        check_same(table.crs, crs, "privacy zones and what hides")
        shapes = shapely.force_2d(np.asarray(table.geometry.array))
        kinds = shapely.get_type_id(shapes)
        usable = np.isin(kinds, (_POLYGON, _MULTIPOLYGON))
        corners, row = shapely.get_coordinates(shapes, return_index=True)
        usable[row[~np.isfinite(corners).all(axis=1)]] = False
        # Mended first: the two halves of a bow tie would cancel each other out.
        sound = np.full(len(shapes), None, dtype=object)
        sound[usable] = shapely.make_valid(shapes[usable])
        usable[usable] = shapely.area(sound[usable]) > 0.0
        if not usable.all():
            labels = ", ".join(str(one) for one in table.index[~usable][:8])
            message = (
                f"privacy zones: row {labels} has no area that could be kept from "
                "cameras; allowed: polygons with area and finite corners; mend those "
                "rows, or take them out"
            )
            raise InputError(message)
        pieces, owner = shapely.get_parts(sound, return_index=True)
        nested, inner = shapely.get_parts(pieces, return_index=True)
        # Mending may leave lines beside polygons; those have no ground.
        flat = shapely.get_type_id(nested) == _POLYGON
        made = shapely.multipolygons(nested[flat], indices=owner[inner][flat])
        _, xy, (rings, parts, rows) = shapely.to_ragged_array(np.atleast_1d(made))
        return cls._held(xy, rings, parts, rows)

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """
        Give the zones as named arrays, to be stored beside those of what hides.

        Returns
        -------
        dict
            The names of ``ZONE_ARRAYS`` to arrays.

        Examples
        --------
        >>> sorted(Zones.none().to_arrays())
        ['zone_parts', 'zone_rings', 'zone_rows', 'zone_xy']
        """
        held = (self.xy, self.rings, self.parts, self.rows)
        return dict(zip(ZONE_ARRAYS, held, strict=True))

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]], what: str) -> Self:
        """
        Give zones from the arrays of :meth:`to_arrays`.

        Parameters
        ----------
        arrays
            Name to array; memory maps are welcome, more names do no harm.
        what
            What they were stored with, for the message.

        Returns
        -------
        Zones
            The same.

        Raises
        ------
        InputError
            An array is missing or has another type: without it a zone would be shown.

        Examples
        --------
        >>> len(Zones.from_arrays(Zones.none().to_arrays(), "obstacles"))
        0
        """
        missing = [name for name in ZONE_ARRAYS if name not in arrays]
        if missing:
            message = (
                f"stored {what} lack the arrays {', '.join(missing)}, without which "
                f"privacy zones would be shown; store all that to_arrays gives"
            )
            raise InputError(message)
        for name, dtype in ZONE_ARRAYS.items():
            if arrays[name].dtype != dtype:
                message = (
                    f"stored {what}: {name} is {arrays[name].dtype}, allowed: {dtype}; "
                    "store what to_arrays gives"
                )
                raise InputError(message)
        return cls._held(*(arrays[name] for name in ZONE_ARRAYS))

    @classmethod
    def _held(cls, *arrays: NDArray[Any]) -> Self:
        held = []
        for array, dtype in zip(arrays, ZONE_ARRAYS.values(), strict=True):
            view = np.ascontiguousarray(array, dtype=dtype).view(np.ndarray)[...]
            view.setflags(write=False)
            held.append(view)
        return cls(*held)

    def hide(self, xy: NDArray[np.float64]) -> NDArray[np.bool_]:
        """
        Tell which places lie in a zone or on its edge, so that no camera may see them.

        Parameters
        ----------
        xy
            Places, metres, shape ``(n, 2)``.

        Returns
        -------
        numpy.ndarray
            A flag for each place.

        Examples
        --------
        >>> Zones.none().hide(np.zeros((2, 2))).tolist()
        [False, False]
        """
        hidden = np.zeros(len(xy), np.bool_)
        if len(self) == 0 or len(xy) == 0:
            return hidden
        order = np.argsort(xy[:, 0], kind="stable")
        sorted_x = xy[order, 0]
        for zone, (minx, miny, maxx, maxy) in enumerate(self.boxes()):
            first = np.searchsorted(sorted_x, minx, "left")
            last = np.searchsorted(sorted_x, maxx, "right")
            near = order[first:last]
            level = (xy[near, 1] >= miny) & (xy[near, 1] <= maxy)
            near = near[level & ~hidden[near]]
            edges = self._edges(zone)
            step = max(_PAIRS // len(edges), 1)
            for start in range(0, len(near), step):
                some = near[start : start + step]
                hidden[some] = _within(xy[some], edges)
        return hidden

    def boxes(self) -> NDArray[np.float64]:
        """
        Give the box of each zone, a touch wider.

        Returns
        -------
        numpy.ndarray
            West, south, east and north, metres, shape ``(n, 4)``.

        Examples
        --------
        >>> Zones.none().boxes().shape
        (0, 4)
        """
        if len(self) == 0:
            return np.empty((0, 4))
        firsts = self.rings[self.parts[self.rows[:-1]]]
        low = np.minimum.reduceat(self.xy, firsts) - TOUCH_M
        high = np.maximum.reduceat(self.xy, firsts) + TOUCH_M
        return np.hstack([low, high])

    def _edges(self, zone: int) -> NDArray[np.float64]:
        """Give the edges ``ax, ay, bx, by`` of a zone, shape ``(e, 4)``."""
        rings = slice(self.parts[self.rows[zone]], self.parts[self.rows[zone + 1]])
        starts = self.rings[rings]
        end = self.rings[rings.stop]
        corners = self.xy[starts[0] : end]
        edges = np.hstack([corners[:-1], corners[1:]])
        # From the end of one ring to the start of the next there is no edge.
        keep = np.ones(len(edges), np.bool_)
        keep[starts[1:] - starts[0] - 1] = False
        return edges[keep]

    def unseen(
        self,
        places: NDArray[np.float64],
        cameras: NDArray[np.int32],
        ptr: NDArray[Any],
    ) -> tuple[NDArray[np.int32], NDArray[Any]]:
        """
        Take from the cameras that see places those of places in a zone.

        Parameters
        ----------
        places
            Metres, shape ``(n, 2)``.
        cameras, ptr
            The cameras of place ``i`` are ``cameras[ptr[i]:ptr[i + 1]]``.

        Returns
        -------
        tuple of numpy.ndarray
            The same without them; ``cameras`` and ``ptr`` as given where none is lost.

        Examples
        --------
        >>> cameras, ptr = np.zeros(2, np.int32), np.array([0, 1, 2])
        >>> Zones.none().unseen(np.zeros((2, 2)), cameras, ptr)[1].tolist()
        [0, 1, 2]
        """
        counts = np.diff(ptr)
        hidden = self.hide(places) & (counts > 0)
        if not hidden.any():
            return cameras, ptr
        kept = np.repeat(~hidden, counts)
        shorter = np.zeros_like(ptr)
        np.cumsum(np.where(hidden, 0, counts), out=shorter[1:])
        return cameras[kept], shorter

    def outlines(self) -> NDArray[np.object_]:
        """
        Give the zones as polygons.

        Returns
        -------
        numpy.ndarray
            A valid MultiPolygon for each.

        Examples
        --------
        >>> len(Zones.none().outlines())
        0
        """
        import shapely

        if len(self) == 0:
            return np.empty(0, dtype=object)
        made: NDArray[np.object_] = shapely.from_ragged_array(
            shapely.GeometryType.MULTIPOLYGON,
            self.xy,
            (self.rings, self.parts, self.rows),
        )
        return made


def _within(
    places: NDArray[np.float64], edges: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """Tell which places an odd number of edges lie east of, or that touch an edge."""
    x, y = places[:, :1], places[:, 1:]
    ax, ay, bx, by = edges.T
    crossing = (ay > y) != (by > y)
    rise = np.where(by == ay, 1.0, by - ay)
    at = ax + (y - ay) * (bx - ax) / rise
    odd = (crossing & (at > x)).sum(axis=1) % 2 == 1
    east, north = bx - ax, by - ay
    size = np.maximum(east**2 + north**2, np.finfo(np.float64).tiny)
    along = np.clip(((x - ax) * east + (y - ay) * north) / size, 0.0, 1.0)
    apart2 = (ax + along * east - x) ** 2 + (ay + along * north - y) ** 2
    return np.asarray(odd | (apart2 <= TOUCH_M**2).any(axis=1))
