"""Look once, and tell which of several narrower pictures show the same."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from coveragekit.errors import InputError
from coveragekit.visibility.cameras import check_points
from coveragekit.visibility.eyes import look
from coveragekit.visibility.lookouts import look_over
from coveragekit.visibility.relief import check_target, target_places
from coveragekit.visibility.surface import Surface

if TYPE_CHECKING:
    from collections.abc import Sequence

    import geopandas as gpd
    import pandas as pd
    from numpy.typing import NDArray
    from scipy.sparse import csr_array

    from coveragekit.optics import Footprints
    from coveragekit.visibility.cameras import North
    from coveragekit.visibility.eyes import Eyes
    from coveragekit.visibility.lookouts import Lookouts
    from coveragekit.visibility.obstacles import Obstacles

__all__ = ["Pictures"]


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
        cameras, hides, north, mounting
            As :func:`coveragekit.visibility.who_sees` takes them.
        footprints
            What the pictures show, for each picture one for each camera.

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
        >>> from coveragekit.visibility import Obstacles, who_sees
        >>> crs = "EPSG:32616"
        >>> one = gpd.GeoDataFrame({"bearing_deg": [90.0]},
        ...     geometry=[Point(5e5, 0)], crs=crs)
        >>> ground = Obstacles.from_buildings(one.iloc[:0])
        >>> def sector(reach_m):
        ...     parts = np.array([45.0]), np.array([reach_m]), np.zeros(1)
        ...     return Footprints(*parts, planes=np.full((1, 4, 3), (0, 0, np.inf)))
        >>> wide, narrow = sector(30.0), sector(15.0)
        >>> spots = gpd.GeoSeries([Point(5e5 + x, 0) for x in (10, 20, 40)], crs=crs)
        >>> sees = who_sees(spots, one, ground, footprints=wide)
        >>> Pictures.of(one, ground, [wide, narrow]).count(spots, sees).tolist()
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
            west, north, cell = self.hides.frame
            column, row = self.eyes[0].views[:, 0], self.eyes[0].views[:, 1]
            x, y = west + (column + 0.5) * cell, north - (row + 0.5) * cell
            return np.column_stack([x, y])
        return np.asarray(self.eyes[0].rows[:, :2])

    def count(
        self,
        points: gpd.GeoSeries | gpd.GeoDataFrame,
        sees: csr_array,
        *,
        target_height_m: float = 1.5,
    ) -> NDArray[np.uint8]:
        """
        Give for each place that a camera sees how many of its pictures show it.

        Parameters
        ----------
        points
            The places.
        sees
            What :func:`coveragekit.visibility.who_sees` gave for them and the first
            picture, or a wider one.
        target_height_m
            How far targets stand above the ground, metres; on a surface only.

        Returns
        -------
        numpy.ndarray
            One for each stored value of ``sees``, in their order; 0 where none does. At
            least ``k`` where, exactly, ``who_sees`` finds the pair with picture ``k``,
            counted from 1.

        Raises
        ------
        CRSError
            The CRS of the points is missing, or not that of what hides.
        InputError
            ``sees`` is not of these points and cameras, or a point cannot be used.
        """
        from coveragekit.visibility.kernels import narrower as kernels

        shape = (len(points), len(self.feet))
        if sees.shape != shape:
            message = (
                f"sees is of {sees.shape[0]} places and {sees.shape[1]} cameras; "
                f"allowed: {shape[0]} and {shape[1]}, as they are given"
            )
            raise InputError(message)
        ptr = sees.indptr.astype(np.int64, copy=False)
        cameras = sees.indices.astype(np.int32, copy=False)
        if isinstance(self.hides, Surface):
            target = check_target(target_height_m)
            lookouts: tuple[Lookouts, ...] = self.eyes
            return kernels.count_in_views(
                np.stack([one.views for one in lookouts]),
                np.stack([one.planes for one in lookouts]),
                float(self.hides.cell_m),
                target_places(points, self.hides, target),
                ptr,
                cameras,
            )
        eyes: tuple[Eyes, ...] = self.eyes
        return kernels.count_in_sectors(
            np.stack([one.rows for one in eyes]),
            np.stack([one.opaque for one in eyes]),
            check_points(points, self.hides, "points"),
            ptr,
            cameras,
        )
