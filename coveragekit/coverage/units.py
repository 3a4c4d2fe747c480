"""Take the views of one camera together: it looks one way at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, Self

import numpy as np

from coveragekit.coverage.grid import Grid, Rings, rings_of
from coveragekit.coverage.kernels.points import join_units
from coveragekit.coverage.kernels.raster import ADD, MULTIPLY
from coveragekit.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import ArrayLike, NDArray
    from scipy.sparse import csr_array

__all__ = ["SURE", "Burner", "Sights", "shared", "sights_of", "unit_numbers"]

# Shares of time that make up the whole of it may fall short by rounding; the rasters
# hold float32.
SURE = 1.0 - 1e-6


class Sights(NamedTuple):
    """
    How surely cameras see points, as the kernels take it: p of a camera times a share.

    Parameters
    ----------
    row_ptr, columns
        Which cameras see each point, as SciPy's CSR arrays hold it.
    sees
        One for each stored entry: whether the camera sees the point, or what share of
        its time it looks there.
    probability
        One for each camera.
    """

    row_ptr: NDArray[np.int64]
    columns: NDArray[np.int64]
    sees: NDArray[np.bool_] | NDArray[np.float64]
    probability: NDArray[np.float64]


def unit_numbers(units: ArrayLike | None, count: int) -> NDArray[np.int64] | None:
    """
    Give the number of the camera that each view belongs to.

    Parameters
    ----------
    units
        A label for each view, such as its ``camera_id``; ``None`` for each by itself.
    count
        How many views there are.

    Returns
    -------
    numpy.ndarray or None
        The number of each view's camera, from 0 in the order in which labels first
        appear; ``None`` where no two views share one.

    Raises
    ------
    InputError
        Labels of another length, or a missing one.

    Examples
    --------
    >>> unit_numbers(["gate", "mast", "gate"], 3)
    array([0, 1, 0])
    >>> unit_numbers(["gate", "mast", "yard"], 3) is None
    True
    """
    import pandas as pd

    if units is None:
        return None
    labels = np.asarray(units)
    if labels.shape != (count,):
        message = (
            f"units have the shape {labels.shape}; allowed: one label for each of the "
            f"{count} cameras"
        )
        raise InputError(message)
    number, distinct = pd.factorize(labels)
    missing = np.flatnonzero(number < 0)
    if missing.size:
        message = (
            f"the label of column {missing[0]} is missing in units; allowed: a label "
            "for each, such as its camera_id"
        )
        raise InputError(message)
    return None if len(distinct) == count else number.astype(np.int64, copy=False)


def shared(
    numbers: NDArray[np.int64] | None, *times: NDArray[Any]
) -> tuple[NDArray[Any], ...]:
    """
    Give for each camera what its views have in common.

    Parameters
    ----------
    numbers
        The camera of each view, as :func:`unit_numbers` gives it.
    *times
        Arrays of one value for each view, such as when it is in service.

    Returns
    -------
    tuple of numpy.ndarray
        The same of one value for each camera; as they are where ``numbers`` is
        ``None``.

    Raises
    ------
    InputError
        Views of one camera differ.

    Examples
    --------
    >>> shared(np.array([0, 1, 0]), np.array([8.0, 9.0, 8.0]))
    (array([8., 9.]),)
    """
    if numbers is None:
        return times
    first = np.unique(numbers, return_index=True)[1]
    for values in times:
        wrong = np.flatnonzero(values[first][numbers] != values)
        if wrong.size:
            message = (
                f"columns {first[numbers[wrong[0]]]} and {wrong[0]} have one label in "
                "units, but not the same times of service or hours of recording; "
                "allowed: views of one camera, which share them"
            )
            raise InputError(message)
    return tuple(values[first] for values in times)


def sights_of(
    sees: csr_array,
    probability: NDArray[np.float64],
    numbers: NDArray[np.int64] | None = None,
) -> Sights:
    """
    Give how surely each camera sees each point, its views added up.

    Parameters
    ----------
    sees
        Which view sees which point, bool, shape ``(points, views)``.
    probability
        One for each view, 0 to 1.
    numbers
        The camera of each view, as :func:`unit_numbers` gives it.

    Returns
    -------
    Sights
        Of the views as they are where ``numbers`` is ``None``; else of the cameras,
        whose ``sees`` is the sum over their views, at most 1, and whose
        ``probability`` is 1.

    Examples
    --------
    >>> from scipy.sparse import csr_array
    >>> both = csr_array(np.array([[True, True], [False, True]]))
    >>> sights_of(both, np.array([0.5, 0.25]), np.array([0, 0])).sees
    array([0.75, 0.25])
    """
    row_ptr = sees.indptr.astype(np.int64, copy=False)
    columns = sees.indices.astype(np.int64, copy=False)
    stored = sees.data.astype(np.bool_, copy=False)
    if numbers is None:
        return Sights(row_ptr, columns, stored, probability)
    count = int(numbers.max(initial=-1)) + 1
    joined = join_units(row_ptr, columns, stored, probability, numbers, count)
    return Sights(*joined, np.ones(count))


@dataclass(frozen=True, slots=True)
class Burner:
    """
    Isovists made ready to be burnt into rasters of one grid, once for each group.

    Parameters
    ----------
    grid
        The cells.
    alone, rings
        The views that are all of their camera, as rows of the isovists, and polygons.
    turning
        The rows and polygons of each camera that has several views.
    """

    grid: Grid
    alone: NDArray[np.int64]
    rings: Rings
    turning: tuple[tuple[NDArray[np.int64], NDArray[np.object_]], ...]

    @classmethod
    def of(
        cls,
        grid: Grid,
        isovists: NDArray[np.object_],
        numbers: NDArray[np.int64] | None = None,
    ) -> Self:
        """
        Sort isovists by camera.

        Parameters
        ----------
        grid
            The cells.
        isovists
            What each view sees, Polygons; missing and empty ones see nothing.
        numbers
            The camera of each view, as :func:`unit_numbers` gives it.

        Returns
        -------
        Burner
            Ready for :meth:`miss`.
        """
        if numbers is None:
            return cls(grid, np.arange(len(isovists)), rings_of(isovists), ())
        is_alone = np.bincount(numbers)[numbers] == 1
        alone, several = np.flatnonzero(is_alone), np.flatnonzero(~is_alone)
        several = several[np.argsort(numbers[several], kind="stable")]
        changes = np.flatnonzero(np.diff(numbers[several])) + 1
        turning = tuple((rows, isovists[rows]) for rows in np.split(several, changes))
        return cls(grid, alone, rings_of(isovists[alone]), turning)

    def miss(
        self, chances: NDArray[np.float64], out: NDArray[np.float32] | None = None
    ) -> tuple[NDArray[np.float32], float]:
        """
        Give how surely no camera sees each cell.

        Parameters
        ----------
        chances
            One for each view, 0 to 1.
        out
            An array of the grid's shape to write to, where one is at hand.

        Returns
        -------
        tuple
            The raster; and the sum over cells and over the cameras that have several
            views of how surely the camera sees the cell.

        Notes
        -----
        A camera with several views is first added up by itself, on the cells around it.
        """
        missed = np.empty(self.grid.shape, np.float32) if out is None else out
        missed.fill(1.0)
        once = (1.0 - chances[self.alone]).astype(np.float32)
        self.grid.burn(missed, self.rings, once, mode=MULTIPLY)
        return missed, float(sum(total for _, total in self._turned(missed, chances)))

    def turn(
        self, missed: NDArray[np.float32], chances: NDArray[np.float64]
    ) -> list[tuple[slice, slice]]:
        """
        Take out of a raster what cameras with several views see.

        Parameters
        ----------
        missed
            How surely no other camera sees each cell; changed in place.
        chances
            One for each view, 0 to 1.

        Returns
        -------
        list of tuple of slice
            The rows and columns of the cells around each such camera.
        """
        return [window for window, _ in self._turned(missed, chances)]

    def _turned(
        self, missed: NDArray[np.float32], chances: NDArray[np.float64]
    ) -> Iterator[tuple[tuple[slice, slice], float]]:
        """Add each camera's views up by themselves, on the cells around it."""
        import shapely

        for rows, every in self.turning:
            looking = chances[rows] > 0.0
            if not looking.any():
                continue
            views = every[looking]
            box = shapely.total_bounds(views)
            if not np.isfinite(box).all():
                continue
            window, part = self.grid.window(tuple(box))
            seen = np.zeros(part.shape, dtype=np.float32)
            values = chances[rows][looking].astype(np.float32)
            part.burn(seen, rings_of(views), values, mode=ADD)
            seen[seen >= SURE] = 1.0
            missed[window] *= 1.0 - seen
            yield window, float(seen.sum(dtype=np.float64))
