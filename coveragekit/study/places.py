"""The places a build looks at, and which camera sees each: arrays that open unread."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from coveragekit.errors import SourceUnavailable

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray
    from scipy.sparse import csr_array

    from coveragekit.coverage import Supports

__all__ = [
    "PLACES",
    "Look",
    "read_events",
    "read_look",
    "read_supports",
    "write_look",
    "write_supports",
]

PLACES: Final = "view/places"


@dataclass(frozen=True)
class Look:
    """
    Which camera sees which place, by day and by night, and how sharply.

    Parameters
    ----------
    xy
        The places, metres in the local CRS, shape ``(n, 2)``.
    weights
        Name of a measure to what each place counts for in it, shape ``(n,)``.
    by_day, by_night
        Places by cameras, uint8: at how many bands of pixel density, the loosest
        first, a camera sees a place in that light. Those of the night are among those
        of the day, stored for the same pairs.
    band
        Which band, counted from 0, is that of the study's purpose.
    """

    xy: NDArray[np.float64]
    weights: Mapping[str, NDArray[np.float64]]
    by_day: csr_array
    by_night: csr_array
    band: int

    @cached_property
    def day(self) -> csr_array:
        """Places by cameras, bool: who sees what by day, for the study's purpose."""
        return _sharper(self.by_day, self.band)

    @cached_property
    def night(self) -> csr_array:
        """Places by cameras, bool: who sees what by night, for the study's purpose."""
        return _sharper(self.by_night, self.band)


def _sharper(counts: csr_array, band: int) -> csr_array:
    """Give the pairs that see at a band."""
    from scipy.sparse import csr_array

    kept = counts.data > band
    before = np.concatenate([[0], np.cumsum(kept)])
    ptr = before[counts.indptr].astype(counts.indptr.dtype)
    columns = counts.indices[kept]
    return csr_array((np.ones(len(columns), np.bool_), columns, ptr), counts.shape)


def write_look(folder: Path, name: str, look: Look) -> None:
    """
    Write what was looked at, one array a file.

    Parameters
    ----------
    folder
        Where the build writes.
    name
        What was looked at, such as ``streets``.
    look
        The places and who sees them.
    """
    target = folder / PLACES / name
    target.mkdir(parents=True)
    arrays = {
        "xy": look.xy,
        "cameras": np.array(look.by_day.shape[1]),
        "band": np.array(look.band),
        "ptr": look.by_day.indptr,
        "seen-by": look.by_day.indices,
        "day": look.by_day.data,
        "night": look.by_night.data,
    }
    arrays |= {f"weight-{key}": values for key, values in look.weights.items()}
    for key, array in arrays.items():
        np.save(target / f"{key}.npy", array, allow_pickle=False)


def read_look(folder: Path, name: str) -> Look:
    """
    Open what was looked at.

    Parameters
    ----------
    folder
        A results folder.
    name
        What was looked at, such as ``streets``.

    Returns
    -------
    Look
        The places and who sees them.

    Raises
    ------
    SourceUnavailable
        An array is missing.
    """
    from scipy.sparse import csr_array

    xy = _array(folder, name, "xy")
    shape = (len(xy), int(_array(folder, name, "cameras")))
    weights = {
        path.stem.removeprefix("weight-"): _array(folder, name, path.stem)
        for path in sorted((folder / PLACES / name).glob("weight-*.npy"))
    }
    ptr, columns = _array(folder, name, "ptr"), _array(folder, name, "seen-by")
    by_day, by_night = (
        csr_array((_array(folder, name, light), columns, ptr), shape=shape)
        for light in ("day", "night")
    )
    return Look(xy, weights, by_day, by_night, int(_array(folder, name, "band")))


def _array(folder: Path, name: str, key: str) -> NDArray[Any]:
    path = folder / PLACES / name / f"{key}.npy"
    if not path.exists():
        message = f"{path} is missing; build the study again: coveragekit build"
        raise SourceUnavailable(message)
    return np.asarray(np.load(path, allow_pickle=False))


def write_supports(
    folder: Path,
    name: str,
    supports: Supports,
    *,
    flags: NDArray[np.bool_],
    naive: NDArray[np.float64],
    protected: NDArray[np.bool_],
) -> None:
    """
    Write where each event may be, beside the look at those places.

    Parameters
    ----------
    folder
        Where the build writes.
    name
        ``incidents`` or ``calls``.
    supports
        Where they may be.
    flags
        Which of them count in the headline.
    naive
        How surely the recorded point of each is seen.
    protected
        Which of them are of a kind whose place could name a victim.
    """
    arrays = {
        "support-weight": supports.weight,
        "support-ptr": supports.ptr,
        "support-of": supports.support_of,
        "support-basis": np.asarray(supports.basis, dtype=np.str_),
        "flags": flags,
        "naive": naive,
        "protected": protected,
    }
    for key, array in arrays.items():
        np.save(folder / PLACES / name / f"{key}.npy", array, allow_pickle=False)


def read_supports(
    folder: Path, name: str, *, crs: str
) -> tuple[Supports, NDArray[np.bool_]]:
    """
    Open where each event may be.

    Parameters
    ----------
    folder
        A results folder.
    name
        ``incidents`` or ``calls``.
    crs
        The local CRS.

    Returns
    -------
    tuple
        The supports, and which events count in the headline.

    Raises
    ------
    SourceUnavailable
        An array is missing.
    """
    from pyproj import CRS

    from coveragekit.coverage import Supports

    supports = Supports(
        xy=_array(folder, name, "xy"),
        weight=_array(folder, name, "support-weight"),
        ptr=_array(folder, name, "support-ptr"),
        support_of=_array(folder, name, "support-of"),
        basis=_array(folder, name, "support-basis"),
        crs=CRS.from_user_input(crs),
    )
    return supports, _array(folder, name, "flags")


def read_events(folder: Path, name: str, what: str) -> NDArray[Any]:
    """
    Open what is known of each event.

    Parameters
    ----------
    folder
        A results folder.
    name
        ``incidents`` or ``calls``.
    what
        ``naive``: how surely its recorded point is seen, 0 in a building; or
        ``protected``: whether its place could name a victim.

    Returns
    -------
    numpy.ndarray
        One for each event.

    Raises
    ------
    SourceUnavailable
        The array is missing.
    """
    return _array(folder, name, what)
