"""Look through one camera that is not there: what it sees, and what it shows."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from coveragekit.crs import WGS84, check_metric, to_grid_bearing_deg
from coveragekit.errors import InputError
from coveragekit.optics import footprint_arrays
from coveragekit.study.hides import open_obstacles, open_surface
from coveragekit.study.ways import Ways
from coveragekit.view import mercator
from coveragekit.visibility.eyes import look_arrays
from coveragekit.visibility.isovist import view_arrays
from coveragekit.visibility.lookouts import look_over_arrays
from coveragekit.visibility.mounting import MOUNTS, mount_arrays
from coveragekit.visibility.relief import place_targets, who_sees_relief_arrays
from coveragekit.visibility.seen_cells import view_arrays_over
from coveragekit.visibility.sight import who_sees_arrays

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from pyproj import CRS, Transformer

    from coveragekit.optics import Footprints, Light
    from coveragekit.study.ghost import Ghost
    from coveragekit.view import Store
    from coveragekit.visibility import Obstacles, Surface
    from coveragekit.visibility.eyes import Eyes
    from coveragekit.visibility.lookouts import Lookouts

    Floats = NDArray[np.float64]

__all__ = ["Hung", "Lookout"]

# So much farther than it reaches places are asked, for rounding.
_SLACK_M: Final = 0.01


@dataclass(frozen=True, slots=True, eq=False)
class Hung:
    """
    One camera, hung where the mounting rule says and aimed at what hides.

    Parameters
    ----------
    drawn, foot
        Where it is drawn and where it hangs, metres.
    mount
        ``open``, ``facade``, ``corner`` or ``inside``.
    why_blind
        Why it sees nothing at all, in words; empty where it may see something.
    reach_m
        Farthest that any of its ways reaches.
    ways
        The ways it looks.
    aimed
        What the kernels take; ``None`` where it is blind.
    """

    drawn: Floats
    foot: Floats
    mount: str
    why_blind: str
    reach_m: float
    ways: Ways
    aimed: Eyes | Lookouts | None


class Lookout:
    """
    Look through cameras that are not there, past what hides in a study.

    Parameters
    ----------
    store
        The study's view store; walls and surface are opened from its results folder.

    Notes
    -----
    The same functions look as in a build, so that the answer is the one that the study
    would give, were it built with that camera.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._meta = store.meta

    @cached_property
    def crs(self) -> CRS:
        """The study's CRS, in metres."""
        return check_metric(self._meta["crs"], "the coordinates of the study")

    @cached_property
    def walls(self) -> Obstacles:
        """The walls, mapped into memory."""
        return open_obstacles(self._store.folder, self.crs)

    @cached_property
    def surface(self) -> Surface | None:
        """Ground and roofs where things hide by their height, else ``None``."""
        if self._meta["relief"] != "surface":
            return None
        return open_surface(self._store.folder, self.crs)

    @cached_property
    def _to_local(self) -> Transformer:
        from pyproj import Transformer

        return Transformer.from_crs(WGS84, self.crs, always_xy=True)

    @cached_property
    def _from_local(self) -> Transformer:
        from pyproj import Transformer

        return Transformer.from_crs(self.crs, WGS84, always_xy=True)

    def local(self, lon: float, lat: float) -> Floats:
        """
        Give a place in the study's CRS.

        Parameters
        ----------
        lon, lat
            Degrees.

        Returns
        -------
        numpy.ndarray
            Metres, shape ``(2,)``.

        Raises
        ------
        InputError
            The place is so far off that the CRS does not hold it.
        """
        xy = np.array(self._to_local.transform(lon, lat), dtype=np.float64)
        if not np.isfinite(xy).all():
            message = (
                f"{lon:.5f}, {lat:.5f} (longitude, latitude) is too far from the study "
                "for its coordinates; put the camera nearer"
            )
            raise InputError(message)
        return xy

    def merc(self, xy: Floats) -> Floats:
        """
        Give places of the study's CRS in the unit square of Web Mercator.

        Parameters
        ----------
        xy
            Metres, shape ``(n, 2)``.

        Returns
        -------
        numpy.ndarray
            Shape ``(n, 2)``.
        """
        if not len(xy):
            return np.empty((0, 2))
        lon, lat = self._from_local.transform(xy[:, 0], xy[:, 1])
        return mercator.to_merc(lon, lat)

    @cached_property
    def _outline(self) -> Floats:
        """Edges of the study area, metres, shape ``(n, 2, 2)``."""
        edges = [np.empty((0, 2, 2))]
        outline = self._store.outline.shape
        for row in range(len(outline)):
            for ring in outline.rings(row):
                lonlat = mercator.to_lonlat(ring)
                x, y = self._to_local.transform(lonlat[:, 0], lonlat[:, 1])
                corners = np.column_stack([x, y])
                edges.append(np.stack([corners[:-1], corners[1:]], axis=1))
        return np.concatenate(edges)

    def off_area_m(self, xy: Floats) -> float:
        """
        Give how far a place lies from the study area.

        Parameters
        ----------
        xy
            Metres, shape ``(2,)``.

        Returns
        -------
        float
            Metres, 0 within it.
        """
        start, end = self._outline[:, 0], self._outline[:, 1]
        if not len(start):
            return 0.0
        above = start[:, 1] > xy[1], end[:, 1] > xy[1]
        crossing = above[0] != above[1]
        a, b = start[crossing], end[crossing]
        share = (xy[1] - a[:, 1]) / (b[:, 1] - a[:, 1])
        if int((a[:, 0] + share * (b[:, 0] - a[:, 0]) > xy[0]).sum()) % 2:
            return 0.0
        step = end - start
        size = np.maximum((step**2).sum(axis=1), 1e-12)
        along = np.clip(((xy - start) * step).sum(axis=1) / size, 0.0, 1.0)
        return float(np.hypot(*(start + along[:, None] * step - xy).T).min())

    def hang(
        self, ghost: Ghost, *, band: int, light: Light, at: Floats | None = None
    ) -> Hung:
        """
        Hang a camera by the mounting rule and aim it.

        Parameters
        ----------
        ghost
            The camera.
        band
            Position of the band that "seen" means, the loosest being 0.
        light
            ``day`` or ``night``.
        at
            Where it is drawn, metres; from its longitude and latitude where ``None``.

        Returns
        -------
        Hung
            The camera; blind ones say why.

        Raises
        ------
        InputError
            It is too far from the study, or its presets cannot be read.
        """
        meta = self._meta
        drawn = self.local(ghost.lon, ghost.lat) if at is None else at
        ways = Ways.of(ghost, meta["ptz"])
        own = np.nan if ghost.bearing_deg is None else ghost.bearing_deg
        bearing = self._grid(np.array([own]), drawn)
        foot, kinds, _ = mount_arrays(
            drawn[None], bearing, self.walls, mount_depth_m=meta["mount_depth_m"]
        )
        shown = self._shown(ways, band=band, light=light)
        why = self._blind(ghost, drawn, foot[0])
        aimed = None if why else self._aim(ways, shown, where=(drawn, foot, kinds))
        return Hung(
            drawn=drawn,
            foot=foot[0],
            mount=MOUNTS[int(kinds[0])],
            why_blind=why,
            reach_m=float(shown.reach_m.max()),
            ways=ways,
            aimed=aimed,
        )

    def _grid(self, bearing_deg: Floats, drawn: Floats) -> Floats:
        turned = bearing_deg.copy()
        known = ~np.isnan(bearing_deg)
        if known.any():
            x, y = (
                np.full(int(known.sum()), drawn[0]),
                np.full(int(known.sum()), drawn[1]),
            )
            turned[known] = to_grid_bearing_deg(bearing_deg[known], x, y, crs=self.crs)
        return turned

    def _shown(self, ways: Ways, *, band: int, light: Light) -> Footprints:
        density = self._meta["bands"][band]["density_px_per_m"]
        return footprint_arrays(
            ways.optics,
            density,
            target_height_m=self._meta["target_height_m"],
            light=light,
        )

    def _blind(self, ghost: Ghost, drawn: Floats, foot: Floats) -> str:
        """Say why a build would not use the camera, or why it could not stand there."""
        off_m = self.off_area_m(drawn)
        if off_m > 0.0:
            reach_m = max(
                float(
                    self._shown(
                        ways, band=self._meta["band"], light="day"
                    ).reach_m.max()
                )
                for ways in self._any_way(ghost)
            )
            if off_m > reach_m:
                return f"{off_m:,.0f} m outside the study area: it sees nothing of it"
        surface = self.surface
        if surface is not None and not surface.is_known(np.stack([drawn, foot])).all():
            return "on ground whose height is not known: nothing can be said of it"
        return ""

    @staticmethod
    def _any_way(ghost: Ghost) -> list[Ways]:
        modes = ["now"]
        if ghost.kind == "ptz" or ghost.presets.strip():
            modes += ["preset", "reach"]
        return [Ways.of(ghost, mode) for mode in modes]

    def _aim(
        self,
        ways: Ways,
        shown: Footprints,
        *,
        where: tuple[Floats, Floats, NDArray[np.uint8]],
    ) -> Eyes | Lookouts:
        drawn, foot, kinds = where
        count = len(ways.bearing_deg)
        bearing = self._grid(ways.bearing_deg, drawn)
        mounted = np.repeat(foot, count, axis=0), np.repeat(kinds, count)
        if self.surface is None:
            return look_arrays(
                mounted,
                bearing,
                shown,
                obstacles=self.walls,
                chord_tolerance_m=self._meta["chord_tolerance_m"],
            )
        height = ways.optics["mount_height_m"]
        return look_over_arrays(
            np.repeat(drawn[None], count, axis=0),
            (bearing, height),
            shown,
            surface=self.surface,
            mounted=mounted,
        )

    def sees(self, hung: Hung, xy: Floats) -> tuple[NDArray[np.int64], Floats]:
        """
        Tell how surely a camera sees places.

        Parameters
        ----------
        hung
            The camera.
        xy
            The places, metres, shape ``(n, 2)``.

        Returns
        -------
        tuple of numpy.ndarray
            Rows of the places that it sees, ascending, and how surely: the sum over the
            ways it looks, at most 1.
        """
        aimed: Any = hung.aimed
        if aimed is None or not len(xy):
            return np.empty(0, np.int64), np.empty(0)
        asked = np.arange(len(xy))
        if self.surface is None:
            ways, ptr = who_sees_arrays(xy, aimed, self.walls, threads=1)
        else:
            places = place_targets(xy, self.surface, self._meta["target_height_m"])
            asked = np.flatnonzero(~np.isnan(places[:, 2]))
            ways, ptr = who_sees_relief_arrays(
                places[asked], aimed, self.surface, threads=1
            )
        chances = np.append(hung.ways.probability[ways], 0.0)
        each = np.add.reduceat(chances, np.asarray(ptr, np.int64))
        rows = np.flatnonzero(np.diff(ptr))
        return asked[rows], np.minimum(each[rows], 1.0)

    def rings(self, hung: Hung) -> tuple[Floats, NDArray[np.int64], NDArray[np.int64]]:
        """
        Give what a camera shows as rings, a row for each way it looks.

        Parameters
        ----------
        hung
            The camera.

        Returns
        -------
        tuple of numpy.ndarray
            Corners in the unit square of Web Mercator, ``ring_ptr`` and ``row_ptr``, as
            ``Ragged`` has them.
        """
        aimed: Any = hung.aimed
        if aimed is None:
            count = len(hung.ways.bearing_deg)
            return (
                np.empty((0, 2)),
                np.zeros(1, np.int64),
                np.zeros(count + 1, np.int64),
            )
        if self.surface is None:
            chord = self._meta["chord_tolerance_m"]
            xy, ring_ptr, row_ptr = view_arrays(
                aimed, self.walls, chord_tolerance_m=chord
            )
        else:
            target = self._meta["target_height_m"]
            xy, ring_ptr, row_ptr = view_arrays_over(aimed, self.surface, target)
        return self.merc(xy), ring_ptr, row_ptr

    def ask_within_m(self, hung: Hung) -> float:
        """
        Give how far from its foot places have to be asked whether a camera sees them.

        Parameters
        ----------
        hung
            The camera.

        Returns
        -------
        float
            Metres; over a surface it may stand a cell or two from its foot.
        """
        aside = 0.0
        if self.surface is not None:
            aside = 8.0 + 3.0 * self.surface.cell_m
        return hung.reach_m + aside + _SLACK_M
