"""Who sees which place, and the share of anything that follows from it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from coveragekit import coverage
from coveragekit.study.cameras import (
    MOUNTS,
    densities_of,
    footprints_of,
    mounting_of,
    turned,
    unturned_cameras,
)
from coveragekit.study.folder import file_key
from coveragekit.study.ground import load_hides
from coveragekit.study.kept import held
from coveragekit.study.places import Look
from coveragekit.study.shares import COUNTED, WORKING, fact, groups_in_service, rounded

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import geopandas as gpd
    import pandas as pd
    from numpy.typing import NDArray
    from scipy.sparse import csr_array

    from coveragekit.optics import Light
    from coveragekit.study.folder import StudyFolder
    from coveragekit.study.settings import Settings
    from coveragekit.visibility import Obstacles, Pictures, Surface

__all__ = ["LIGHTS", "Onlooker", "look_at_bands", "share_facts"]

LIGHTS: Final[tuple[Light, Light]] = ("day", "night")


@dataclass(frozen=True)
class Onlooker:
    """
    The cameras of a study, asked which places they see.

    Parameters
    ----------
    settings
        The study's settings.
    unturned
        Every camera that reaches the study area, in metres.
    cameras
        The same by their views: one that turns may be several rows.
    mounting
        Where they hang.
    hides
        What hides.
    """

    settings: Settings
    unturned: gpd.GeoDataFrame
    cameras: gpd.GeoDataFrame
    mounting: pd.DataFrame
    hides: Obstacles | Surface

    @classmethod
    def of(cls, study: StudyFolder, folder: Path) -> Onlooker:
        """
        Open the cameras that a build has filled in and mounted.

        Parameters
        ----------
        study
            The study.
        folder
            A results folder.

        Returns
        -------
        Onlooker
            The cameras of the study.
        """

        def open_all() -> Onlooker:
            unturned = unturned_cameras(study, folder)
            cameras = turned(unturned, study.settings.ptz)
            return cls(
                study.settings,
                unturned,
                cameras,
                mounting_of(folder, cameras),
                load_hides(study, folder),
            )

        files = [file_key(folder / name) for name in ("cameras.parquet", MOUNTS)]
        return held(("onlooker", *files), open_all)

    @cached_property
    def probability(self) -> NDArray[np.float64]:
        """How surely each camera looks at any one place within its reach."""
        return np.asarray(self.cameras["probability"], dtype=np.float64)

    @cached_property
    def groups(self) -> dict[str, NDArray[np.bool_]]:
        """Groups of cameras that shares are split by: a flag for each camera."""
        return groups_in_service(self.cameras)

    @cached_property
    def units(self) -> NDArray[np.object_]:
        """Which views belong to one camera, and so exclude each other."""
        return np.asarray(self.cameras["camera_id"], dtype=np.object_)

    def chance(self, sees: csr_array, group: str = COUNTED) -> NDArray[np.float64]:
        """
        Give how surely each place is seen by a group of cameras.

        Parameters
        ----------
        sees
            Bool, places by cameras.
        group
            Name of the group.

        Returns
        -------
        numpy.ndarray
            A probability for each place.
        """
        flags = self.groups[group]
        return coverage.point_probability(
            sees, self.probability, flags, units=self.units
        )

    def sees(self, xy: NDArray[np.float64]) -> csr_array:
        """
        Tell which camera sees which place by day, for the study's purpose.

        Parameters
        ----------
        xy
            Places in the local CRS, metres, shape ``(n, 2)``.

        Returns
        -------
        scipy.sparse.csr_array
            Bool, places by cameras.
        """
        return self._seen(xy, self._recorded)

    @cached_property
    def pictures(self) -> dict[str, Pictures]:
        """The cameras' pictures in each light, one for each band, loosest first."""
        from coveragekit.visibility import Pictures

        densities = densities_of(self.settings).values()
        return {
            light: Pictures.of(
                self.cameras,
                self.hides,
                [
                    footprints_of(
                        self.cameras,
                        self.settings,
                        light=light,
                        density_px_per_m=density,
                    )
                    for density in densities
                ],
                mounting=self.mounting,
            )
            for light in LIGHTS
        }

    def look(
        self,
        xy: NDArray[np.float64],
        weights: Mapping[str, NDArray[np.float64]],
    ) -> Look:
        """
        Look at places by day and by night, at every band of pixel density.

        Parameters
        ----------
        xy
            Places in the local CRS, metres, shape ``(n, 2)``.
        weights
            Name of a measure to what each place counts for in it.

        Returns
        -------
        Look
            The places and who sees them.
        """
        by_day, by_night = look_at_bands(self, xy)
        band = list(densities_of(self.settings)).index(self.settings.purpose)
        return Look(xy, weights, by_day, by_night, band)

    def turned_away(self, look: Look) -> dict[str, NDArray[np.float64]]:
        """
        Give how surely places are seen, were the cameras that turn taken another way.

        Parameters
        ----------
        look
            The look at the places.

        Returns
        -------
        dict
            ``now``, ``preset`` and ``reach`` to a probability for each place; nothing
            where no camera turns.
        """
        if not self._ptz.any():
            return {}
        still = coverage.point_probability(
            look.day,
            self.probability,
            self.groups[COUNTED] & ~self._ptz,
            units=self.units,
        )
        chances = {}
        for mode, (views, pictures) in self._ways.items():
            moving = coverage.point_probability(
                self._seen(look.xy, pictures),
                views["probability"].to_numpy(),
                units=views["camera_id"],
            )
            chances[mode] = 1.0 - (1.0 - still) * (1.0 - moving)
        return chances

    @cached_property
    def _ptz(self) -> NDArray[np.bool_]:
        """Tell which counted views are of cameras that turn."""
        turning = coverage.turns(self.unturned)
        turning_ids = self.unturned.loc[turning, "camera_id"]
        turns = self.cameras["camera_id"].isin(turning_ids).to_numpy(dtype=np.bool_)
        return np.asarray(turns & self.groups[COUNTED])

    @cached_property
    def _ways(self) -> dict[str, tuple[gpd.GeoDataFrame, Pictures]]:
        """Give the counted cameras that turn, by each way to take their views."""
        ids = self.cameras.loc[self._ptz, "camera_id"]
        moved = self.unturned[self.unturned["camera_id"].isin(ids)]
        hung = self.mounting.set_index(self.cameras["camera_id"])
        hung = hung[~hung.index.duplicated()]
        ways = {}
        modes: tuple[coverage.PtzMode, ...] = ("now", "preset", "reach")
        for mode in modes:
            views = turned(moved.reset_index(drop=True), mode)
            mounting = hung.loc[views["camera_id"]].set_axis(views.index)
            ways[str(mode)] = views, self._pictures(views, mounting)
        return ways

    @cached_property
    def _recorded(self) -> Pictures:
        """Give what the cameras show by day, for the study's purpose."""
        return self._pictures(self.cameras, self.mounting)

    def _pictures(self, cameras: gpd.GeoDataFrame, mounting: pd.DataFrame) -> Pictures:
        from coveragekit.visibility import Pictures

        shown = [footprints_of(cameras, self.settings)]
        return Pictures.of(cameras, self.hides, shown, mounting=mounting)

    def _seen(self, xy: NDArray[np.float64], pictures: Pictures) -> csr_array:
        from scipy.sparse import csr_array

        target_height_m = self.settings.parameters.target_height_m
        pairs = pictures.sees(xy, target_height_m=target_height_m)
        seen = np.ones(len(pairs.cameras), dtype=np.bool_)
        return csr_array(
            (seen, pairs.cameras, pairs.ptr), (len(xy), len(pictures.feet))
        )


def look_at_bands(
    onlooker: Onlooker, xy: NDArray[np.float64]
) -> tuple[csr_array, csr_array]:
    """
    Tell at how many bands of pixel density each camera sees each place.

    Parameters
    ----------
    onlooker
        The cameras.
    xy
        Places in the local CRS, metres, shape ``(n, 2)``.

    Returns
    -------
    tuple of scipy.sparse.csr_array
        By day and by night, places by cameras, uint8, stored for the same pairs.

    Notes
    -----
    What hides a place hides it at every density and in every light, so that lines of
    sight are drawn once, at the loosest band by day.
    """
    from scipy.sparse import csr_array

    target_height_m = onlooker.settings.parameters.target_height_m
    pictures = onlooker.pictures
    pairs = pictures["day"].sees(xy, target_height_m=target_height_m)
    shape = (len(xy), len(onlooker.cameras))
    by_day, by_night = (
        csr_array(
            (
                pictures[light].count(xy, pairs, target_height_m=target_height_m),
                pairs.cameras,
                pairs.ptr,
            ),
            shape,
        )
        for light in LIGHTS
    )
    return by_day, by_night


def share_facts(
    onlooker: Onlooker,
    look: Look,
    measure: str,
    *,
    total: float,
    turned_away: Mapping[str, NDArray[np.float64]],
) -> dict[str, Any]:
    """
    Give the share of one measure that is seen, by light, state, tier and kind.

    Parameters
    ----------
    onlooker
        The cameras.
    look
        The places and who sees them.
    measure
        Which of the look's weights.
    total
        What there is, in units of the measure; places may count for less in all, where
        something can be seen from nowhere.
    turned_away
        As :meth:`Onlooker.turned_away` gives it.

    Returns
    -------
    dict
        ``groups`` (group to share), ``by_light``, ``working_now``, ``working_by_night``
        and, where cameras turn, ``ptz``; shares are ``None`` of nothing.
    """
    weights = look.weights[measure]

    def share(seen: float) -> float | None:
        return rounded(seen / total) if total > 0.0 else None

    def seen(sees: csr_array, *names: str) -> dict[str, float | None]:
        sums = coverage.point_sums(
            sees,
            onlooker.probability,
            {name: onlooker.groups[name] for name in names},
            weights=weights,
            units=onlooker.units,
        )
        return {name: share(one) for name, one in sums.items()}

    groups = seen(look.day, *onlooker.groups)
    by_night = seen(look.night, COUNTED, WORKING)
    facts: dict[str, Any] = {
        "groups": groups,
        "by_light": {
            "day": fact(groups[COUNTED]),
            "night": fact(by_night[COUNTED]),
        },
        "working_now": fact(groups[WORKING]),
        "working_by_night": fact(by_night[WORKING]),
    }
    if turned_away:
        facts["ptz"] = {
            # Not with @, whose threads wait busily: more work than the sum itself.
            mode: fact(share(float(np.einsum("i,i", weights, chance))))
            for mode, chance in turned_away.items()
        }
    return facts
