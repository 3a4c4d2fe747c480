"""Look from every place a camera may be put, every way and through every lens."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar, cast

import numpy as np

from coveragekit.errors import InputError
from coveragekit.siting.kernels import aims as kernels

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike, NDArray
    from scipy.sparse import csr_array

    from coveragekit.optics import Footprints
    from coveragekit.siting.demand import Demand
    from coveragekit.siting.mounts import Mounts
    from coveragekit.siting.rules import Lens
    from coveragekit.visibility import Obstacles, Surface

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = ["Aims", "Block"]

_Made = TypeVar("_Made")

# So many cameras as the kernels take them are held by each thread: some 60 MB.
_AT_ONCE = 60_000
_THREADS_MOST = 4


class Block(NamedTuple):
    """
    Some sites, with every aim of theirs as the kernels take it.

    Parameters
    ----------
    sites
        The first site, and the one after the last.
    mounts
        Their mounting places.
    eyes, opaque
        The aims by day and by night, shapes ``(2, n, 25)`` and ``(2, n)``.
    """

    sites: tuple[int, int]
    mounts: Ints
    eyes: Floats
    opaque: NDArray[np.uint8]


@dataclass(frozen=True, slots=True, eq=False)
class Aims:
    """
    Every way that a camera at each mounting place may look, through every lens.

    Made by :func:`coveragekit.siting.aims_from`. Aims are numbered place by place, lens
    by lens, bearing by bearing.

    Parameters
    ----------
    mounts
        The mounting places.
    demand
        What should be seen.
    hides
        What hides.
    lenses
        The lenses.
    bearing_deg
        From the grid's north, shape ``(places, bearings)``.
    shown
        What a camera at each height with each lens shows by day and by night: one row
        for each height and lens.
    height_of
        Number of the height of each mounting place.
    feet
        Where a camera at each place stands, metres, shape ``(places, 2)``.
    ptr, seen
        Places of the demand in sight of each mounting place, all round, within the
        widest reach: ``seen[ptr[m]:ptr[m + 1]]``, ascending.
    """

    mounts: Mounts
    demand: Demand
    hides: Obstacles | Surface
    lenses: tuple[Lens, ...]
    bearing_deg: Floats
    shown: tuple[Footprints, Footprints]
    height_of: Ints
    feet: Floats
    ptr: Ints
    seen: Ints

    def __len__(self) -> int:
        """Give the number of aims."""
        return len(self.mounts) * self.each

    @property
    def each(self) -> int:
        """How many aims each mounting place has."""
        return len(self.lenses) * int(self.bearing_deg.shape[1])

    @property
    def site_ptr(self) -> Ints:
        """Aims of site ``s`` are ``site_ptr[s]`` to ``site_ptr[s + 1]``."""
        return self.mounts.ptr * self.each

    def chance(self) -> Floats:
        """
        Give how probably a camera of each site that its owner put up has each aim.

        Returns
        -------
        numpy.ndarray
            Those of one site add up to 1: the share of the place, times that of the
            lens, times the cosine of the angle between the bearing and the wall's
            normal (all ways alike on a pole).

        Notes
        -----
        The cosine is the law by which scenes draw bearings of cameras on walls
        (decision 0012): owners look straight out more often than along the wall.
        """
        ways = np.radians(self.bearing_deg)
        normals = self.mounts.normals
        first = normals[:, :1] * np.sin(ways) + normals[:, 1:2] * np.cos(ways)
        second = normals[:, 2:3] * np.sin(ways) + normals[:, 3:] * np.cos(ways)
        level = np.maximum(np.maximum(first, second), 0.0)
        level = np.where(np.isnan(level), 1.0, level)
        total = level.sum(axis=1, keepdims=True)
        level = np.where(total > 0.0, level, 1.0)
        level /= level.sum(axis=1, keepdims=True)
        shares = np.array([one.share for one in self.lenses])
        both = shares[None, :, None] / shares.sum() * level[:, None, :]
        return np.asarray((self.mounts.share[:, None, None] * both).ravel())

    def parts(self, numbers: ArrayLike) -> tuple[Ints, Ints, Ints]:
        """
        Give the mounting place, the lens and the bearing of aims.

        Parameters
        ----------
        numbers
            Aims, counted from 0.

        Returns
        -------
        tuple of numpy.ndarray
            Numbers of each.

        Raises
        ------
        InputError
            There is no such aim.
        """
        given = np.asarray(numbers, dtype=np.int64)
        wrong = (given < 0) | (given >= len(self))
        if wrong.any():
            message = (
                f"there is no aim {int(given[wrong][0])}; allowed: 0 to {len(self) - 1}"
            )
            raise InputError(message)
        mount, rest = np.divmod(given, self.each)
        lens, way = np.divmod(rest, self.bearing_deg.shape[1])
        return mount, lens, way

    def cover(self, numbers: ArrayLike) -> csr_array:
        """
        Tell which rows of the demand each of some aims shows.

        Parameters
        ----------
        numbers
            Aims, such as the best of each site.

        Returns
        -------
        scipy.sparse.csr_array
            ``bool``, two rows for each place of the demand (by day, then by night), one
            column for each of ``numbers``, in their order.

        Raises
        ------
        InputError
            There is no such aim.
        """
        given = np.asarray(numbers, dtype=np.int64)
        mount, lens, way = self.parts(given)
        made: list[tuple[Ints, NDArray[np.int32]]] = []
        for start in range(0, len(given), _AT_ONCE):
            part = slice(start, start + _AT_ONCE)
            eyes, opaque = self._eyes(mount[part], lens[part], way[part])
            made.append(
                kernels.aim_rows(
                    eyes, opaque, mount[part], self.ptr, self.seen, self.demand.xy
                )
            )
        values = [np.ones(len(rows), np.bool_) for _, rows in made]
        return _joined(made, values, rows=2 * len(self.demand))

    def chances(self) -> csr_array:
        """
        Tell how surely a camera of each site shows each row, however its owner aims it.

        Returns
        -------
        scipy.sparse.csr_array
            ``float64``, two rows for each place of the demand (by day, then by night),
            one column for each site.
        """
        chance = self.chance()

        def work(block: Block) -> tuple[Ints, NDArray[np.int32], Floats]:
            first, last = block.sites
            low, high = self.site_ptr[first], self.site_ptr[last]
            return kernels.site_chances(
                block.eyes,
                block.opaque,
                block.mounts,
                self.each,
                self.ptr,
                self.seen,
                self.demand.xy,
                chance[low:high],
                self.mounts.site[block.mounts] - first,
                last - first,
            )

        made = self.by_block(work)
        parts = [(starts, rows) for starts, rows, _ in made]
        values = [one for _, _, one in made]
        return _joined(parts, values, rows=2 * len(self.demand))

    def by_block(self, work: Callable[[Block], _Made]) -> list[_Made]:
        """
        Do something with every aim, some whole sites at a time.

        Parameters
        ----------
        work
            What to do with each block.

        Returns
        -------
        list
            What it gave, in the order of the sites.
        """
        edges = self._edges()

        def run(part: tuple[int, int]) -> _Made:
            first, last = part
            mounts = np.arange(self.mounts.ptr[first], self.mounts.ptr[last])
            aims = np.arange(mounts[0] * self.each, (mounts[-1] + 1) * self.each)
            eyes, opaque = self._eyes(*self.parts(aims))
            return work(Block(part, mounts, eyes, opaque))

        blocks = list(pairwise(edges))
        if len(blocks) <= 1:
            return [run(block) for block in blocks]
        with ThreadPoolExecutor(min(os.cpu_count() or 1, _THREADS_MOST)) as pool:
            return list(pool.map(run, blocks))

    def _edges(self) -> list[int]:
        """Give sites between which blocks of not too many aims begin and end."""
        ptr = self.site_ptr
        edges = [0]
        while edges[-1] < len(ptr) - 1:
            most = int(np.searchsorted(ptr, ptr[edges[-1]] + _AT_ONCE, side="right"))
            edges.append(max(most - 1, edges[-1] + 1))
        return edges

    def _eyes(
        self, mount: Ints, lens: Ints, way: Ints
    ) -> tuple[Floats, NDArray[np.uint8]]:
        """Give aims as the kernels take them, by day and by night."""
        from coveragekit.visibility.eyes import look_arrays

        bearing = self.bearing_deg[mount, way]
        rows = self.height_of[mount] * len(self.lenses) + lens
        stands = self.feet[mount], np.zeros(len(mount), np.uint8)
        # What hides is asked only for cameras in rooms, of which there are none.
        walls = cast("Obstacles", self.hides)
        made = [
            look_arrays(stands, bearing, shown.take(rows), obstacles=walls)
            for shown in self.shown
        ]
        return (
            np.stack([one.rows for one in made]),
            np.stack([one.opaque for one in made]),
        )


def _joined(
    parts: list[tuple[Ints, NDArray[np.int32]]], values: list[Any], *, rows: int
) -> csr_array:
    """Give columns that were made block by block as one matrix."""
    from scipy.sparse import csc_array, csr_array

    ends = [np.zeros(1, np.int64)]
    for starts, _ in parts:
        ends.append(starts[1:] + ends[-1][-1])
    ptr = np.concatenate(ends)
    empty = np.empty(0, np.int32)
    indices = np.concatenate([empty, *(found for _, found in parts)])
    data = np.concatenate(values) if values else np.empty(0, np.bool_)
    return csr_array(csc_array((data, indices, ptr), shape=(rows, len(ptr) - 1)))
