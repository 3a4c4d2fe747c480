"""Find the places that no camera sees, and rank them by what happens there."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from coveragekit.coverage.along import places_along
from coveragekit.coverage.blocks import street_blocks
from coveragekit.coverage.gap_names import name_gaps
from coveragekit.coverage.grid import Grid
from coveragekit.coverage.incidents import Unmet
from coveragekit.coverage.kernels.pieces import (
    label_pieces,
    measure_pieces,
    nearest_label,
    nearest_piece,
)
from coveragekit.coverage.outlines import outlines
from coveragekit.crs import check_metric, check_same
from coveragekit.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd
    import pandas as pd
    import xarray as xr
    from numpy.typing import NDArray

__all__ = ["gaps"]

BLOCK_M = 150.0
LEAST_M2 = 20.0
# A point this close to a gap is taken to lie in it: positions are no better than that.
REACH_M = 15.0


class _Pieces(NamedTuple):
    """The unseen ground in pieces: which piece each cell is in, and what each is."""

    piece: NDArray[np.int32]  # of each cell, -1 where seen or not public
    cells: NDArray[np.int64]
    middle: NDArray[np.float64]  # mean place of the cells, metres
    street_m: NDArray[np.float64]  # from the nearest cell to the street
    cell: NDArray[np.int64]  # row and column of that cell
    block: NDArray[np.int32]


def gaps(
    seen: xr.DataArray,
    streets: gpd.GeoDataFrame,
    *,
    incidents: gpd.GeoDataFrame | Unmet | None = None,
    calls: gpd.GeoDataFrame | Unmet | None = None,
    places: gpd.GeoDataFrame | None = None,
    cameras: gpd.GeoDataFrame | None = None,
) -> gpd.GeoDataFrame:
    """
    Give the connected places that no camera sees, the most demanded first, with names.

    Parameters
    ----------
    seen
        How surely each place is seen, as :func:`coveragekit.coverage.seen` gives it
        with ``area`` and ``buildings``: not-a-number is not public, and no gap.
    streets
        The table ``streets`` in the raster's CRS; public ones divide and name gaps.
    incidents, calls
        What is not met, as :func:`coveragekit.coverage.unmet_demand` or
        :func:`coveragekit.coverage.unmet_at` gives it, in the raster's CRS; ``None``
        where there are none.
    places
        The table ``places`` in the raster's CRS, for names off the streets.
    cameras
        The table ``cameras`` in the raster's CRS, to name the nearest.

    Returns
    -------
    geopandas.GeoDataFrame
        ``gap_id`` (from its place: the same ground keeps its id), ``rank`` from 1,
        ``name``, ``incidents_per_year``, ``calls_per_year``, ``street_m``, ``area_m2``,
        ``nearest_camera_id``, ``nearest_camera_m``; (Multi)Polygons in the raster's
        CRS. ``attrs`` holds what is left out: ``small_count``, ``small_m2``, and the
        demand too far from any gap, ``incidents_elsewhere`` and ``calls_elsewhere``;
        and in ``gap_of`` for each row of ``incidents`` and of ``calls`` the row of the
        gap that it is counted in, -1 for none.

    Raises
    ------
    CRSError
        A table has another CRS than the raster, or one that is not in metres.
    InputError
        The raster is none of this room's, or a table lacks a column.

    Notes
    -----
    Each unseen cell (P exactly 0) belongs to the nearest street block: a public street
    between two junctions, cut to 150 m at most. Cells of one block that share a side or
    a corner are one gap. Demand belongs to the gap it lies in, or to the one whose cell
    is nearest within 15 m. Gaps of less than 20 m2 without demand are left out. Rank is
    by incidents a year, then calls, then metres of street, then area. Outlines are
    simplified by at most a cell; ``area_m2`` counts the cells.

    Examples
    --------
    >>> import geopandas as gpd
    >>> from shapely import LineString, box
    >>> from coveragekit.coverage import seen
    >>> crs = "EPSG:32616"
    >>> view = gpd.GeoSeries([box(0, 0, 60, 20)], crs=crs)
    >>> street = gpd.GeoDataFrame({"highway": ["residential"], "name": ["A Street"]},
    ...     geometry=[LineString([(0, 10), (100, 10)])], crs=crs)
    >>> found = gaps(seen(view, None, 2.0, area=box(0, 0, 100, 20)), street)
    >>> found[["name", "street_m", "area_m2"]].values.tolist()
    [['A Street', 40.0, 800.0]]
    """
    import pandas as pd

    crs = check_metric(seen.rio.crs, "the raster")
    grid = Grid.of_array(seen)
    for what, table in {
        "streets": streets,
        "incidents": incidents,
        "calls": calls,
        "places": places,
        "cameras": cameras,
    }.items():
        if table is not None:
            check_same(crs, table.crs, f"the raster and {what}")
    blocks = street_blocks(streets, BLOCK_M)
    pieces = _divide(np.asarray(seen.to_numpy()) == 0.0, grid, blocks)
    unmet = {
        what: _demand(pieces, grid, rows=rows, what=what)
        for what, rows in (("incidents", incidents), ("calls", calls))
        if rows is not None
    }
    table, elsewhere = _measure(pieces, grid, blocks, unmet=unmet)
    demand = table["incidents_per_year"] + table["calls_per_year"]
    kept = (table["area_m2"] >= LEAST_M2) | (demand > 0.0)
    small = table[~kept]
    order = ["incidents_per_year", "calls_per_year", "street_m", "area_m2"]
    table = table[kept].sort_values(order, ascending=False, kind="stable")
    found = _outline(pieces, grid, table=table, crs=crs)
    found.insert(1, "rank", np.arange(1, len(found) + 1))
    numbers = table.index.to_numpy()
    names = name_gaps(
        found,
        blocks,
        places,
        block=pieces.block[numbers],
        middle=pieces.middle[numbers],
        away_m=pieces.street_m[numbers],
    )
    found.insert(2, "name", pd.array(names, dtype="str"))
    _add_cameras(found, cameras)
    found.attrs = {
        "small_count": len(small),
        "small_m2": float(small["area_m2"].sum()),
        **elsewhere,
        "gap_of": {
            what: _gap_of(len(pieces.cells), numbers, piece)
            for what, (piece, _) in unmet.items()
        },
    }
    return found


def _gap_of(
    count: int, numbers: NDArray[np.int64], piece: NDArray[np.int64]
) -> list[int]:
    """Give for each place the row of its gap, pieces being ranked by their numbers."""
    rank = np.full(count + 1, -1, dtype=np.int64)
    rank[numbers] = np.arange(len(numbers))
    # A list, as frames whose attrs hold arrays cannot be put together.
    gap_of: list[int] = rank[piece].tolist()
    return gap_of


def _divide(unseen: NDArray[np.bool_], grid: Grid, blocks: gpd.GeoDataFrame) -> _Pieces:
    """Divide the unseen cells by nearest block, and those into connected pieces."""
    import shapely

    seeds = np.full(grid.shape, -1, dtype=np.int32)
    step = grid.resolution_m
    dense = shapely.segmentize(blocks.geometry.to_numpy(), step / 2.0)
    xy, block = shapely.get_coordinates(dense, return_index=True)
    row, column, inside = _cells(xy, grid)
    # Backwards, so that the first block keeps a cell that several cross.
    back = np.flatnonzero(inside)[::-1]
    seeds[row[back], column[back]] = block[back]
    owner, apart2 = nearest_label(seeds)
    if (seeds < 0).all():
        owner[:] = 0
    owner[~unseen] = -1
    piece, count = label_pieces(owner)
    facts = measure_pieces(piece, count, apart2)
    cells = facts[:, 0]
    mean = (facts[:, 1:3] + 0.0) / np.maximum(cells, 1)[:, None] + 0.5
    middle = np.column_stack(
        [grid.minx + mean[:, 1] * step, grid.maxy - mean[:, 0] * step]
    )
    away = np.sqrt(facts[:, 3].astype(np.float64)) * step
    nearest = owner[facts[:, 4], facts[:, 5]]
    if len(blocks) == 0 or (seeds < 0).all():
        away[:] = np.inf
    return _Pieces(piece, cells, middle, away, facts[:, 4:6], nearest)


def _cells(
    xy: NDArray[np.float64], grid: Grid
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]:
    down, right = grid.cells_of(xy[:, 0], xy[:, 1])
    row, column = np.floor(down).astype(np.int64), np.floor(right).astype(np.int64)
    inside = (row >= 0) & (row < grid.rows) & (column >= 0) & (column < grid.columns)
    return row, column, inside


def _measure(
    pieces: _Pieces,
    grid: Grid,
    blocks: gpd.GeoDataFrame,
    *,
    unmet: Mapping[str, tuple[NDArray[np.int64], NDArray[np.float64]]],
) -> tuple[pd.DataFrame, dict[str, float]]:
    """Give demand, street and area of each piece, and the demand that has none."""
    import pandas as pd

    count = len(pieces.cells)
    table = pd.DataFrame({"area_m2": pieces.cells * grid.cell_m2})
    elsewhere = {}
    nothing = np.empty(0, dtype=np.int64), np.empty(0)
    for what in ("incidents", "calls"):
        piece, amount = unmet.get(what, nothing)
        near = piece >= 0
        table[f"{what}_per_year"] = np.bincount(
            piece[near], weights=amount[near], minlength=count
        )
        elsewhere[f"{what}_elsewhere"] = float(amount[~near & (amount > 0.0)].sum())
    # A middle for every metre, or for every cell where cells are larger.
    lines = blocks.geometry.to_numpy()
    length = blocks["length_m"].to_numpy()
    parts = np.ceil(length / grid.resolution_m).astype(np.int64)
    line = np.repeat(np.arange(len(lines)), parts)
    place = np.arange(len(line)) - np.repeat(np.cumsum(parts) - parts, parts)
    step = (length / np.maximum(parts, 1))[line]
    middles = places_along(lines, line, (place + 0.5) * step)
    row, column, inside = _cells(middles, grid)
    at = pieces.piece[row[inside], column[inside]]
    weights = step[inside]
    table["street_m"] = np.bincount(
        at[at >= 0], weights=weights[at >= 0], minlength=count
    )
    return table, elsewhere


def _demand(
    pieces: _Pieces, grid: Grid, *, rows: gpd.GeoDataFrame | Unmet, what: str
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Give the piece that each place belongs to, -1 where none is near, and demand."""
    import shapely

    if isinstance(rows, Unmet):
        xy, unmet = rows.xy, rows.per_year
    else:
        if "per_year" not in rows.columns:
            message = (
                f"{what} have no column 'per_year'; coveragekit.coverage.unmet_demand "
                "gives it"
            )
            raise InputError(message)
        xy = shapely.get_coordinates(rows.geometry.to_numpy())
        unmet = rows["per_year"].to_numpy(dtype=np.float64)
    row, column = grid.cells_of(*xy.T)
    reach = REACH_M / grid.resolution_m
    piece = nearest_piece(pieces.piece, row, column, reach)
    # Nothing is unmet below nought; what is not a number counts for nothing.
    counted = np.where(unmet > 0.0, unmet, 0.0)
    return np.asarray(piece, dtype=np.int64), counted


def _outline(
    pieces: _Pieces, grid: Grid, *, table: pd.DataFrame, crs: object
) -> gpd.GeoDataFrame:
    """Give the kept pieces, in the table's order, their ids and outlines."""
    import geopandas as gpd
    import pandas as pd

    numbers = table.index.to_numpy()
    rank = np.full(len(pieces.cells) + 1, -1, dtype=np.int32)
    rank[numbers] = np.arange(len(numbers))
    ranked = rank[pieces.piece]
    size = grid.resolution_m
    shapes = outlines(ranked, grid, len(numbers))
    row, column = pieces.cell[numbers].T
    east = np.round(grid.minx / size).astype(np.int64) + column
    north = np.round(grid.maxy / size).astype(np.int64) - row
    ids = [f"gap-{x}-{y}" for x, y in zip(east, north, strict=True)]
    columns = table[["incidents_per_year", "calls_per_year", "street_m", "area_m2"]]
    found = gpd.GeoDataFrame(columns, geometry=shapes, crs=crs)
    found = found.reset_index(drop=True)
    found.insert(0, "gap_id", pd.array(ids, dtype="str"))
    return found


def _add_cameras(found: gpd.GeoDataFrame, cameras: gpd.GeoDataFrame | None) -> None:
    """Add the camera nearest to each gap; the first of several that are."""
    import pandas as pd
    import shapely

    nearest = np.full(len(found), -1, dtype=np.int64)
    apart = np.full(len(found), np.nan)
    ids = pd.array([None], dtype="str")
    if cameras is not None and len(cameras):
        tree = shapely.STRtree(cameras.geometry.to_numpy())
        pairs, distance = tree.query_nearest(
            found.geometry.to_numpy(), return_distance=True
        )
        order = np.lexsort((pairs[1], pairs[0]))[::-1]
        nearest[pairs[0][order]] = pairs[1][order]
        apart[pairs[0][order]] = distance[order]
        ids = pd.array([*cameras["camera_id"], None], dtype="str")
    at = found.columns.get_loc("geometry")
    found.insert(at, "nearest_camera_id", ids.take(nearest))
    found.insert(at + 1, "nearest_camera_m", apart)
