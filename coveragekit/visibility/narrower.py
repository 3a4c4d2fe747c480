"""Look once, and tell which of several narrower pictures show the same."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from coveragekit.errors import InputError
from coveragekit.visibility.eyes import look
from coveragekit.visibility.lookouts import look_over
from coveragekit.visibility.relief import (
    check_target,
    place_targets,
    who_sees_relief_arrays,
)
from coveragekit.visibility.sight import who_sees_arrays
from coveragekit.visibility.surface import Surface

if TYPE_CHECKING:
    from collections.abc import Sequence

    import geopandas as gpd
    import pandas as pd
    from numpy.typing import NDArray

    from coveragekit.optics import Footprints
    from coveragekit.visibility.cameras import North
    from coveragekit.visibility.eyes import Eyes
    from coveragekit.visibility.lookouts import Lookouts
    from coveragekit.visibility.obstacles import Obstacles

__all__ = ["Pairs", "Pictures"]


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """
    Which cameras see which places, as the arrays of a sparse matrix.

    Parameters
    ----------
    ptr
        The cameras of place ``p`` are ``cameras[ptr[p]:ptr[p + 1]]``, ascending.
    cameras
        Their rows.
    """

    ptr: NDArray[Any]
    cameras: NDArray[np.int32]


@dataclass(frozen=True, slots=True, eq=False)
class Pictures:
    """
    The same cameras with one picture after another, each within the one before.

    Made by :meth:`of`. What hides a place is the same for all pictures of a camera, so
    that one look at the widest tells what every other shows.

    Parameters
    ----------
    hides
        What hides.
    eyes
        The cameras with each picture, as the kernels take them.
    """

    hides: Obstacles | Surface
    eyes: tuple[Any, ...]

    @classmethod
    def of(
        cls,
        cameras: gpd.GeoDataFrame,
        hides: Obstacles | Surface,
        footprints: Sequence[Footprints],
        *,
        north: North = "true",
        mounting: pd.DataFrame | None = None,
    ) -> Self:
        """
        Make cameras ready.

        Parameters
        ----------
        cameras, hides
            As :func:`coveragekit.visibility.who_sees` takes them.
        footprints
            What the pictures show, for each picture one for each camera.
        north, mounting
            As :func:`coveragekit.visibility.who_sees` takes them.

        Returns
        -------
        Pictures
            The cameras with those pictures.

        Raises
        ------
        CRSError
            The CRS is missing, not in metres, or not that of what hides.
        InputError
            No footprints, or cameras that cannot be used.

        Examples
        --------
        >>> import geopandas as gpd
        >>> from shapely import Point
        >>> from coveragekit.optics import Footprints
        >>> from coveragekit.visibility import Obstacles
        >>> crs = "EPSG:32616"
        >>> one = gpd.GeoDataFrame({"bearing_deg": [90.0]},
        ...     geometry=[Point(5e5, 0)], crs=crs)
        >>> ground = Obstacles.from_buildings(one.iloc[:0])
        >>> def sector(reach_m):
        ...     parts = np.array([45.0]), np.array([reach_m]), np.zeros(1)
        ...     return Footprints(*parts, planes=np.full((1, 4, 3), (0, 0, np.inf)))
        >>> wide, narrow = sector(30.0), sector(15.0)
        >>> spots = np.array([[5e5 + x, 0.0] for x in (10, 20, 40)])
        >>> made = Pictures.of(one, ground, [wide, narrow])
        >>> made.count(spots, made.sees(spots)).tolist()
        [2, 1]
        """
        if not footprints:
            message = "there are no footprints; give those of one picture at least"
            raise InputError(message)
        stand = look_over if isinstance(hides, Surface) else look
        eyes = tuple(
            stand(
                cameras,
                hides,  # type: ignore[arg-type]
                mounting=mounting,
                north=north,
                footprints=one,
            )
            for one in footprints
        )
        return cls(hides, eyes)

    @property
    def feet(self) -> NDArray[np.float64]:
        """Where each camera stands, metres, shape ``(n, 2)``."""
        if isinstance(self.hides, Surface):
            return self.hides.places_of(self.eyes[0].views[:, :2])
        return np.asarray(self.eyes[0].rows[:, :2])

    def sees(self, xy: NDArray[np.float64], *, target_height_m: float = 1.5) -> Pairs:
        """
        Tell which places the first, widest picture of each camera shows.

        Parameters
        ----------
        xy
            The places, metres, shape ``(m, 2)``.
        target_height_m
            How far targets stand above the ground, metres; on a surface only.

        Returns
        -------
        Pairs
            The very ones that :func:`coveragekit.visibility.who_sees` finds.

        Raises
        ------
        InputError
            A place is not finite, off the surface or over unknown ground.
        """
        targets = self._targets(xy, target_height_m)
        if isinstance(self.hides, Surface):
            cameras, ptr = who_sees_relief_arrays(targets, self.eyes[0], self.hides)
        else:
            cameras, ptr = who_sees_arrays(targets, self.eyes[0], self.hides)
        return Pairs(ptr, cameras)

    def count(
        self, xy: NDArray[np.float64], pairs: Pairs, *, target_height_m: float = 1.5
    ) -> NDArray[np.uint8]:
        """
        Give for each place that a camera sees how many of its pictures show it.

        Parameters
        ----------
        xy
            The places, metres, shape ``(m, 2)``.
        pairs
            What :meth:`sees` gave for them, of these pictures or of wider ones.
        target_height_m
            How far targets stand above the ground, metres; on a surface only.

        Returns
        -------
        numpy.ndarray
            One for each pair; 0 where none does, as in a privacy zone. At least ``k``
            where, exactly, ``who_sees`` finds the pair with picture ``k``, counted from
            1.

        Raises
        ------
        InputError
            The pairs are not of these places and cameras, or a place cannot be used.
        """
        most = int(pairs.cameras.max(initial=-1)) + 1
        if len(pairs.ptr) != len(xy) + 1 or most > len(self.feet):
            message = (
                f"pairs are of {len(pairs.ptr) - 1} places and {most} cameras or more; "
                f"allowed: {len(xy)} and {len(self.feet)}, as they are given"
            )
            raise InputError(message)
        found = self._count(self._targets(xy, target_height_m), pairs)
        if len(self.hides.zones):
            places = np.asarray(xy, dtype=np.float64).reshape(-1, 2)
            hidden = self.hides.zones.hide(places)
            found[np.repeat(hidden, np.diff(pairs.ptr))] = 0
        return found

    def _count(self, targets: NDArray[np.float64], pairs: Pairs) -> NDArray[np.uint8]:
        from coveragekit.visibility.kernels import narrower as kernels

        ptr = pairs.ptr.astype(np.int64, copy=False)
        if isinstance(self.hides, Surface):
            lookouts: tuple[Lookouts, ...] = self.eyes
            return kernels.count_in_views(
                np.stack([one.views for one in lookouts]),
                np.stack([one.planes for one in lookouts]),
                float(self.hides.cell_m),
                targets,
                ptr,
                pairs.cameras,
            )
        eyes: tuple[Eyes, ...] = self.eyes
        return kernels.count_in_sectors(
            np.stack([one.rows for one in eyes]),
            np.stack([one.opaque for one in eyes]),
            targets,
            ptr,
            pairs.cameras,
        )

    def _targets(
        self, xy: NDArray[np.float64], target_height_m: float
    ) -> NDArray[np.float64]:
        """Give places as the kernels take them, or refuse them."""
        places = np.ascontiguousarray(xy, dtype=np.float64).reshape(-1, 2)
        wrong = ~(np.isfinite(places[:, 0]) & np.isfinite(places[:, 1]))
        why = "is not finite"
        if isinstance(self.hides, Surface):
            rows, columns = self.hides.ground_m.shape
            cells = self.hides.cells_of(places)
            last = (columns - 1.0, rows - 1.0)
            wrong |= ~((cells >= 0.0) & (cells <= last)).all(axis=1)
            why = "is off the surface, or its ground is not known"
            if not wrong.any():
                target = check_target(target_height_m)
                made = place_targets(places, self.hides, target)
                wrong = np.isnan(made[:, 2])
                places = made
        if wrong.any():
            row = int(np.argmax(wrong))
            message = (
                f"place {row} at {np.asarray(xy)[row].tolist()} {why}; allowed: places "
                "in metres on known ground"
            )
            raise InputError(message)
        return places
