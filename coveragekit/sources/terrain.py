"""Terrain: heights of the ground from GeoTIFF files, in metres."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np

from coveragekit.errors import CRSError, InputError, SourceChanged
from coveragekit.sources.terrain_files import (
    MOST_CELLS,
    Affine6,
    Ask,
    Box,
    Part,
    box_words,
    place_of,
    read_part,
)
from coveragekit.sources.vertical import named_unit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from pyproj import CRS

__all__ = ["Terrain", "read_terrain"]

Unit = Literal["m", "ft", "us-ft"]

_MOST_FILES = 400
# Two files of one place that differ by more are not in one unit, metres.
_MOST_APART_M = 10.0


@dataclass(frozen=True, slots=True, eq=False)
class Terrain:
    """
    Heights of the ground in the cells of a raster.

    Parameters
    ----------
    heights_m
        Metres above the file's own datum, float32, not-a-number where unknown.
    transform
        ``a, b, c, d, e, f``: the corner of the cell in a column and row lies at x = a *
        column + b * row + c and y = d * column + e * row + f.
    crs
        The CRS of x and y, without heights; often geographic.
    unit
        The unit that the files were in: ``"m"``, ``"ft"`` or ``"us-ft"``; several,
        joined by ``" and "``, where they differed.
    notices
        What was converted, assumed or left out, in sentences.
    files
        Names of the files, the first of which counts where two overlap.
    """

    heights_m: NDArray[np.float32]
    transform: Affine6
    crs: CRS
    unit: str
    notices: tuple[str, ...]
    files: tuple[str, ...]


def read_terrain(
    path: str | Path | Sequence[str | Path],
    *,
    crs: object = None,
    bounds: Box | None = None,
    unit: Unit | None = None,
) -> Terrain:
    """
    Read the heights of the ground from one GeoTIFF, or from several side by side.

    Parameters
    ----------
    path
        A GeoTIFF of one band, or several in one CRS and with cells that line up.
    crs
        CRS of ``bounds``; that of the first file where ``None``.
    bounds
        minx, miny, maxx, maxy to read, with a margin of two cells; all where ``None``.
    unit
        Unit of the heights, for files that do not say it: ``"m"``, ``"ft"``
        (international) or ``"us-ft"`` (survey foot).

    Returns
    -------
    Terrain
        In metres. Cells stay as they are in the file;
        ``coveragekit.visibility.Surface`` brings them to its own CRS and cells.

    Raises
    ------
    CRSError
        A file without CRS, or several in different ones.
    InputError
        A unit that is unknown, contradictory or unbelievable; too many cells; bounds
        that cannot be; a file that is no GeoTIFF.
    SourceChanged
        More than one band, no heights, or none within the bounds.
    SourceUnavailable
        A file that is not there or damaged.

    Notes
    -----
    The unit is sought in the band, in the CRS of heights, and in the tags; they must
    agree. Feet are converted, which a notice says. Where nothing is said metres are
    assumed, which a notice says too, unless x and y are in feet or the heights cannot
    be metres: then the file is refused. Only the file itself is read, never what lies
    beside it or what it points to.

    Examples
    --------
    >>> read_terrain("no such file.tif")
    Traceback (most recent call last):
    ...
    coveragekit.errors.SourceUnavailable: there is no file no such file.tif; ...
    """
    paths = [path] if isinstance(path, str | Path) else list(path)
    if not 0 < len(paths) <= _MOST_FILES:
        message = f"{len(paths)} terrain files are given; allowed: 1 to {_MOST_FILES}"
        raise InputError(message)
    if unit is not None:
        named_unit(unit)
    if bounds is not None:
        _check_box(bounds)
    names = tuple(Path(each).name for each in paths)
    parts = _parts(paths, Ask(crs, bounds, unit, MOST_CELLS))
    if not parts:
        asked = _words(bounds)
        if bounds is not None and crs is not None:
            asked = box_words(bounds, crs)
        message = (
            f"{names[0]} lies at {place_of(Path(paths[0]))}; no terrain file has cells "
            f"of the place asked for, {asked}: give the terrain of that place"
        )
        raise SourceChanged(message)
    heights, transform = _mosaic(parts)
    if np.isnan(heights).all():
        message = (
            f"{', '.join(names)}: every cell of the place is without data; give "
            "the terrain of this place"
        )
        raise SourceChanged(message)
    units = dict.fromkeys(part.unit for part in parts)
    notices = [notice for part in parts for notice in part.notices]
    if len(units) > 1:
        notices.append(
            f"the terrain files are in different units ({' and '.join(units)}); all "
            "are converted to metres"
        )
    return Terrain(
        heights_m=heights,
        transform=transform,
        crs=parts[0].crs,
        unit=" and ".join(units),
        notices=tuple(notices),
        files=names,
    )


def _words(bounds: Box | None) -> str:
    return "" if bounds is None else ", ".join(f"{value:.10g}" for value in bounds)


def _parts(paths: Sequence[str | Path], ask: Ask) -> list[Part]:
    """Give the parts that have cells within the bounds."""
    parts: list[Part] = []
    for each in paths:
        part = read_part(Path(each), ask)
        if part is not None:
            parts.append(part)
            ask = replace(ask, room=ask.room - part.heights.size)
    return parts


def _check_box(bounds: Box) -> None:
    minx, miny, maxx, maxy = map(float, bounds)
    if (
        not (np.isfinite([minx, miny, maxx, maxy]).all())
        or minx >= maxx
        or miny >= maxy
    ):
        message = (
            f"bounds are ({_words(bounds)}); allowed: finite minx < maxx and "
            "miny < maxy"
        )
        raise InputError(message)


def _mosaic(parts: list[Part]) -> tuple[NDArray[np.float32], Affine6]:
    """Put the parts side by side; the first counts where they overlap."""
    if len(parts) == 1:
        return parts[0].heights, parts[0].transform
    first = parts[0]
    places = [_place(part, first) for part in parts]
    low = np.min([place[:2] for place in places], axis=0)
    high = np.max(
        [
            place[:2] + np.array(part.heights.shape)
            for place, part in zip(places, parts, strict=True)
        ],
        axis=0,
    )
    rows, columns = (int(side) for side in high - low)
    if rows * columns > MOST_CELLS:
        message = (
            f"the terrain files cover {rows:,} x {columns:,} cells between them; "
            f"allowed: {MOST_CELLS:,}: give files cut to the place (gdalwarp -te)"
        )
        raise InputError(message)
    heights = np.full((rows, columns), np.nan, np.float32)
    for place, part in zip(places, parts, strict=True):
        row, column = (int(value) for value in place - low)
        size = part.heights.shape
        held = heights[row : row + size[0], column : column + size[1]]
        apart = np.abs(held - part.heights)
        both = apart[~np.isnan(apart)]
        middle = float(np.median(both)) if both.size else 0.0
        if middle > _MOST_APART_M:
            message = (
                f"{part.name} differs by {middle:,.1f} m from the files before it "
                "where they overlap; are some in feet? say the unit in each file, or "
                "leave the wrong one out"
            )
            raise InputError(message)
        held[...] = np.where(np.isnan(held), part.heights, held)
    a, b, c, d, e, f = first.transform
    down, right = map(float, low)
    return heights, (a, b, c + a * right + b * down, d, e, f + d * right + e * down)


def _place(part: Part, first: Part) -> NDArray[np.int64]:
    """Give row and column of a part on the cells of the first, or refuse it."""
    if part.crs != first.crs:
        message = (
            f"{part.name} is in {part.crs.name}, {first.name} in {first.crs.name}; "
            "allowed: one CRS for all: bring them to one with gdalwarp -t_srs"
        )
        raise CRSError(message)
    a, b, c, d, e, f = first.transform
    steps = np.array([[a, b], [d, e]])
    own = np.array([part.transform[:2], part.transform[3:5]])
    corner = np.array([part.transform[2] - c, part.transform[5] - f])
    column, row = np.linalg.solve(steps, corner)
    whole = np.round([row, column])
    apart = np.abs(whole - [row, column]).max()
    if not np.allclose(own, steps, rtol=1e-6, atol=0.0) or apart > 0.01:
        message = (
            f"the cells of {part.name} do not line up with those of {first.name}; "
            "bring them to one grid with gdalwarp -tr ... -tap"
        )
        raise InputError(message)
    return whole.astype(np.int64)
