"""One scene: what cameras see once they are drawn."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from coveragekit.coverage.grid import rings_of
from coveragekit.coverage.kernels.raster import SET
from coveragekit.coverage.kernels.scenes import groups_by_row, miss_by_camera
from coveragekit.coverage.scene_cameras import draw
from coveragekit.coverage.scene_rows import DrawnRows
from coveragekit.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd
    import pandas as pd
    from numpy.typing import NDArray
    from scipy.sparse import csr_array

    from coveragekit.coverage.scene_inputs import SceneInputs
    from coveragekit.optics import Footprints, Light

    Floats = NDArray[np.float64]

__all__ = ["SceneResult", "scene_result"]

_ROWS = "rows of "


@dataclass(frozen=True, slots=True, eq=False)
class SceneResult:
    """
    What one scene gave, in small arrays.

    Parameters
    ----------
    number, seed
        Which scene it is.
    seen
        What is seen, in the unit of each measure, shape ``(lights, groups, measures)``.
        Of events: each at the place where this scene has it.
    places
        A bit for each different place: whether the counted cameras see it in the first
        light.
    cells
        The same for each cell of the raster; empty without one.
    rows
        By measure: bits of the rows that are noted, shape ``(lights, groups, bytes)``.
    """

    number: int
    seed: int
    seen: Floats
    places: NDArray[np.uint8]
    cells: NDArray[np.uint8]
    rows: Mapping[str, NDArray[np.uint8]]

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """
        Give the result as arrays that can be saved without pickling.

        Returns
        -------
        dict
            What :meth:`from_arrays` takes.
        """
        return {
            "scene": np.array([self.number, self.seed], np.int64),
            "seen": self.seen,
            "places": self.places,
            "cells": self.cells,
            **{f"{_ROWS}{name}": bits for name, bits in self.rows.items()},
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> Self:
        """
        Give the result that arrays of :meth:`to_arrays` hold.

        Parameters
        ----------
        arrays
            The arrays by name.

        Returns
        -------
        SceneResult
            The result.

        Raises
        ------
        InputError
            An array is missing.
        """
        missing = {"scene", "seen", "places", "cells"}.difference(arrays)
        if missing:
            message = (
                f"a scene's result lacks {', '.join(sorted(missing))}; allowed: what "
                "SceneResult.to_arrays gave"
            )
            raise InputError(message)
        number, seed = (int(value) for value in arrays["scene"])
        rows = {
            key.removeprefix(_ROWS): bits
            for key, bits in arrays.items()
            if key.startswith(_ROWS)
        }
        return cls(
            number, seed, arrays["seen"], arrays["places"], arrays["cells"], rows
        )


def scene_result(number: int, inputs: SceneInputs, *, seed: int) -> SceneResult:
    """
    Draw one scene, and measure what its cameras see.

    Parameters
    ----------
    number
        Which scene, 0 or more.
    inputs
        Of :func:`scene_inputs`.
    seed
        Seed of all the scenes, 0 or more.

    Returns
    -------
    SceneResult
        The same for the same number, seed and inputs, whatever other scenes there are
        and in whichever order they are drawn.

    Raises
    ------
    InputError
        The number or seed is below 0.

    Examples
    --------
    See :func:`scene_inputs`.

    >>> scene_result.__name__
    'scene_result'
    """
    if number < 0 or seed < 0:
        message = f"scene {number} of seed {seed}: allowed: 0 or more"
        raise InputError(message)
    drawn, mounting = draw(inputs.poses, _stream(seed, number, "cameras"), inputs.walls)
    lots = {
        name: _Lot.of(inputs, name, (seed, number))
        for name, one in inputs.targets.items()
        if one.ptr is not None
    }
    lines = _lines(inputs, lots, (seed, number))
    seen, noted = [], []
    bits = cells = np.empty(0, np.uint8)
    for at, light in enumerate(inputs.looking.lights):
        view = _View.of(inputs, drawn, mounting, light=light)
        chances = view.chances()
        amounts, rows_seen = _measured(inputs, chances, lots, lines=lines)
        seen.append(amounts)
        noted.append(rows_seen)
        if at == 0:
            luck = _stream(seed, number, "places").random(len(chances.rows))
            places = np.zeros(len(inputs.places), np.bool_)
            places[chances.rows] = chances.of_group(0) > luck
            bits = np.packbits(places)
            cells = view.cells(_stream(seed, number, "presets"))
    rows = {name: np.array([one[name] for one in noted], np.uint8) for name in lines}
    return SceneResult(number, seed, np.array(seen), bits, cells, rows)


def _measured(
    inputs: SceneInputs,
    chances: _Chances,
    lots: Mapping[str, _Lot],
    *,
    lines: Mapping[str, DrawnRows],
) -> tuple[list[list[float]], dict[str, list[NDArray[np.uint8]]]]:
    """Give what each group sees of each measure, and of the rows that are noted."""
    number = np.full(len(inputs.places), -1, np.intp)
    number[chances.rows] = np.arange(len(chances.rows))
    met = {name: lot.at(number) for name, lot in lots.items()}
    weights = {name: one[chances.rows] for name, one in inputs.weights.items()}
    seen: list[list[float]] = []
    noted: dict[str, list[NDArray[np.uint8]]] = {name: [] for name in lines}
    for column, group in enumerate(inputs.groups):
        sure = chances.of_group(column)
        seen.append(
            [
                met[name].amount(sure) if name in met else float(weights[name] @ sure)
                for name in inputs.targets
            ]
        )
        if group in inputs.noted.groups:
            for name, line in lines.items():
                noted[name].append(line.seen(number, sure))
    return seen, noted


def _lines(
    inputs: SceneInputs, lots: Mapping[str, _Lot], stream: tuple[int, int]
) -> dict[str, DrawnRows]:
    """Give where this scene has what is noted row by row."""
    lines = {}
    for name, rows in inputs.noted.rows.items():
        if name in lots:
            lot = lots[name]
            lines[name] = DrawnRows.of_events(rows, lot.event, lot.place, luck=lot.luck)
        else:
            luck = _stream(*stream, f"luck of {name}").random(len(rows))
            lines[name] = DrawnRows(inputs.place_of[name][rows], luck)
    return lines


def _stream(seed: int, number: int, what: str) -> np.random.Generator:
    # By name, so that a further measure leaves the draws of the others as they are.
    key = (number, zlib.crc32(what.encode()))
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=key))


@dataclass(frozen=True, slots=True, eq=False)
class _Lot:
    """Where a scene has each event, what it counts, and its luck with PTZ cameras."""

    event: NDArray[np.intp]
    place: NDArray[np.intp]
    load: Floats
    luck: Floats

    @classmethod
    def of(cls, inputs: SceneInputs, name: str, stream: tuple[int, int]) -> Self:
        target = inputs.targets[name]
        drawn = target.draw_places(_stream(*stream, f"places of {name}"))
        luck = _stream(*stream, f"luck of {name}").random(len(drawn))
        known = drawn >= 0
        load = np.zeros(0) if target.load is None else target.load[known]
        place = inputs.place_of[name][drawn[known]]
        return cls(np.flatnonzero(known), place, load, luck[known])

    def at(self, number: NDArray[np.intp]) -> Self:
        """Keep the events at numbered places, which are then counted by those."""
        place = number[self.place]
        kept = place >= 0
        return type(self)(
            self.event[kept], place[kept], self.load[kept], self.luck[kept]
        )

    def amount(self, sure: Floats) -> float:
        """Give what is seen: each event met the PTZ cameras at a time of its own."""
        return float(self.load @ (sure[self.place] > self.luck))


@dataclass(frozen=True, slots=True, eq=False)
class _View:
    """What one scene's cameras see in one light; those that see nothing left out."""

    inputs: SceneInputs
    rows: NDArray[np.intp]
    cameras: gpd.GeoDataFrame
    mounting: pd.DataFrame
    footprints: Footprints | None

    @classmethod
    def of(
        cls,
        inputs: SceneInputs,
        drawn: gpd.GeoDataFrame,
        mounting: pd.DataFrame,
        *,
        light: Light,
    ) -> Self:
        from coveragekit.optics import footprints

        rows, made = np.arange(len(drawn)), None
        looking = inputs.looking
        if looking.density_px_per_m is not None:
            made = footprints(
                drawn,
                looking.density_px_per_m,
                target_height_m=looking.target_height_m,
                light=light,
            )
            rows = np.flatnonzero(made.reach_m > 0.0)
            made = made.take(rows)
        return cls(inputs, rows, drawn.iloc[rows], mounting.iloc[rows], made)

    def chances(self) -> _Chances:
        return _Chances.of(
            self._sees(),
            np.array([flag[self.rows] for flag in self.inputs.groups.values()]),
            chance=self.inputs.chance[self.rows],
            view_of=self.inputs.poses.view_of[self.rows],
        )

    def _sees(self) -> csr_array:
        from scipy.sparse import csr_array

        from coveragekit.visibility import Obstacles, who_sees
        from coveragekit.visibility.eyes import look
        from coveragekit.visibility.sight import who_sees_arrays

        inputs, hides = self.inputs, self.inputs.hides
        north = inputs.looking.north
        cut = self._cut(np.arange(len(self.rows)))
        if inputs.spots is None or not isinstance(hides, Obstacles):
            return who_sees(
                inputs.places,
                self.cameras,
                hides,
                north=north,
                mounting=self.mounting,
                target_height_m=inputs.looking.target_height_m,
                **cut,
            )
        eyes = look(self.cameras, hides, self.mounting, north=north, **cut)
        seen, ptr = who_sees_arrays(inputs.spots, eyes, hides)
        shape = (len(inputs.places), len(self.rows))
        return csr_array((np.ones(len(seen), np.bool_), seen, ptr), shape)

    def cells(self, luck: np.random.Generator) -> NDArray[np.uint8]:
        """Give the cells seen; a PTZ looks at one of its presets, by its share."""
        from coveragekit.visibility import isovists

        grid, inside = self.inputs.grid, self.inputs.inside
        if grid is None or inside is None:
            return np.empty(0, np.uint8)
        flag = self.inputs.groups[self.inputs.counted][self.rows]
        turned = _turned(self.inputs.chance, self.inputs.poses.view_of, luck)
        kept = np.flatnonzero(flag & turned[self.rows])
        views = isovists(
            self.cameras.iloc[kept],
            self.inputs.hides,
            north=self.inputs.looking.north,
            mounting=self.mounting.iloc[kept],
            target_height_m=self.inputs.looking.target_height_m,
            **self._cut(kept),
        )
        seen = np.zeros(grid.shape, np.uint8)
        ones = np.ones(len(views), np.uint8)
        grid.burn(seen, rings_of(views.to_numpy()), ones, mode=SET)
        return np.packbits(seen & inside)

    def _cut(self, rows: NDArray[np.intp]) -> dict[str, Any]:
        if self.footprints is None:
            return {}
        return {"footprints": self.footprints.take(rows)}


def _turned(
    chance: Floats, view_of: NDArray[np.intp], luck: np.random.Generator
) -> NDArray[np.bool_]:
    """Draw for each camera which of its views it looks at."""
    order = np.argsort(view_of, kind="stable")
    upto = np.cumsum(chance[order])
    cameras, first = np.unique(view_of[order], return_index=True)
    before = (upto - chance[order])[first]
    start = np.repeat(before, np.diff(np.append(first, len(order))))
    drawn = luck.random(len(cameras))[np.searchsorted(cameras, view_of[order])]
    there = np.empty(len(chance), np.bool_)
    # Rounded, as the running sum of all shares is not exactly that of one camera.
    share = np.round(upto - start, 9)
    there[order] = (drawn < share) & (drawn >= share - chance[order])
    return np.asarray(there | (chance == 1.0))


@dataclass(frozen=True, slots=True, eq=False)
class _Chances:
    """How surely each group sees the places that any camera sees; by bits if surely."""

    rows: NDArray[np.intp]
    sees: csr_array
    bits: NDArray[np.uint64]
    flags: NDArray[np.bool_]
    chance: Floats
    view_of: NDArray[np.intp]

    @classmethod
    def of(
        cls,
        sees: csr_array,
        flags: NDArray[np.bool_],
        *,
        chance: Floats,
        view_of: NDArray[np.intp],
    ) -> Self:
        place = np.arange(len(flags), dtype=np.uint64)[:, None]
        member = flags & (chance == 1.0)
        masks = np.bitwise_or.reduce(member.astype(np.uint64) << place, axis=0)
        rows = np.flatnonzero(np.diff(sees.indptr))
        seen = sees[rows]
        bits = groups_by_row(
            seen.indptr.astype(np.int64, copy=False),
            seen.indices.astype(np.int64, copy=False),
            masks,
        )
        return cls(rows, seen, bits, flags, chance, view_of)

    def of_group(self, group: int) -> Floats:
        """Give how surely the cameras of a group see each of the rows."""
        seen = ((self.bits >> np.uint64(group)) & np.uint64(1)).astype(np.float64)
        part = self.flags[group] & (self.chance < 1.0)
        if part.any():
            miss = miss_by_camera(
                self.sees.indptr.astype(np.int64, copy=False),
                self.sees.indices.astype(np.int64, copy=False),
                np.where(part, self.chance, 0.0),
                self.view_of,
            )
            seen = 1.0 - (1.0 - seen) * miss
        return seen
