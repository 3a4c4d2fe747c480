"""Divide rasters into the connected pieces of what lies nearest to what."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from coveragekit.visibility.jit import kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["label_pieces", "measure_pieces", "nearest_label", "nearest_piece"]

_NO_SEED = np.int32(1 << 29)


@kernel
def nearest_label(
    seeds: NDArray[np.int32],
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """
    Give every cell the label of the nearest seed, and the squared distance to it.

    Parameters
    ----------
    seeds
        Label of each cell that is a seed, -1 elsewhere.

    Returns
    -------
    tuple of numpy.ndarray
        Labels (-1 where there is no seed at all), and squared distances between the
        centres of cells, in cells.

    Notes
    -----
    The exact distance transform of Meijster, Roerdink and Hesselink (2000): the
    nearest seed in each column, then the lower envelope of parabolas along each row.
    Ties go north, then west.
    """
    n_rows, n_cols = seeds.shape
    label = seeds.copy()
    down = np.empty((n_rows, n_cols), dtype=np.int32)
    for row in range(n_rows):
        for column in range(n_cols):
            if seeds[row, column] >= 0:
                down[row, column] = 0
            elif row > 0 and down[row - 1, column] < _NO_SEED:
                down[row, column] = down[row - 1, column] + 1
                label[row, column] = label[row - 1, column]
            else:
                down[row, column] = _NO_SEED
    for row in range(n_rows - 2, -1, -1):
        for column in range(n_cols):
            if down[row + 1, column] + 1 < down[row, column]:
                down[row, column] = down[row + 1, column] + 1
                label[row, column] = label[row + 1, column]
    column_of = np.empty(n_cols, dtype=np.int64)
    from_column = np.empty(n_cols, dtype=np.int64)
    height = np.empty(n_cols, dtype=np.int64)
    label_of = np.empty(n_cols, dtype=np.int32)
    for row in range(n_rows):
        top = -1
        for column in range(n_cols):
            label_of[column] = label[row, column]
            height[column] = np.int64(down[row, column]) ** 2
            if down[row, column] >= _NO_SEED:
                continue
            while top >= 0:
                there, best = from_column[top], column_of[top]
                kept = (there - best) ** 2 + height[best]
                if kept <= (there - column) ** 2 + height[column]:
                    break
                top -= 1
            if top < 0:
                top = 0
                column_of[0] = column
                from_column[0] = 0
            else:
                best = column_of[top]
                apart = column**2 - best**2 + height[column] - height[best]
                begin = apart // (2 * (column - best)) + 1
                if begin < n_cols:
                    top += 1
                    column_of[top] = column
                    from_column[top] = begin
        if top < 0:
            continue
        for column in range(n_cols - 1, -1, -1):
            best = column_of[top]
            label[row, column] = label_of[best]
            down[row, column] = (column - best) ** 2 + height[best]
            if column == from_column[top]:
                top -= 1
    return label, down


@kernel
def _root(parent: NDArray[np.int32], label: int) -> int:
    while parent[label] != label:
        parent[label] = parent[parent[label]]
        label = parent[label]
    return label


@kernel
def label_pieces(
    owner: NDArray[np.int32], by_corners: int = 1
) -> tuple[NDArray[np.int32], int]:
    """
    Give each cell the number of the connected piece of its owner that it is in.

    Parameters
    ----------
    owner
        Owner of each cell, -1 for none.
    by_corners
        1 where cells that share a corner alone hang together, 0 where they do not.

    Returns
    -------
    tuple
        Piece of each cell (-1 for none) and the count of pieces; cells with the same
        owner that share a side or a corner are one piece, numbered in the order of
        their first cell, row by row.
    """
    n_rows, n_cols = owner.shape
    piece = np.full((n_rows, n_cols), -1, dtype=np.int32)
    parent = np.empty(1 << 12, dtype=np.int32)
    used = 0
    for row in range(n_rows):
        for column in range(n_cols):
            mine = owner[row, column]
            if mine < 0:
                continue
            found = -1
            for step in range(4):
                # West, north-west, north, north-east: the neighbours already seen.
                if by_corners == 0 and step in (1, 3):
                    continue
                r = row if step == 0 else row - 1
                c = column - 1 if step == 0 else column + step - 2
                if r < 0 or c < 0 or c >= n_cols or owner[r, c] != mine:
                    continue
                other = _root(parent, piece[r, c])
                if found < 0:
                    found = other
                elif other != found:
                    low, high = min(found, other), max(found, other)
                    parent[high] = low
                    found = low
            if found < 0:
                if used == parent.size:
                    grown = np.empty(2 * used, dtype=np.int32)
                    grown[:used] = parent
                    parent = grown
                parent[used] = used
                found = used
                used += 1
            piece[row, column] = found
    number = np.full(used, -1, dtype=np.int32)
    pieces = 0
    for row in range(n_rows):
        for column in range(n_cols):
            if piece[row, column] >= 0:
                root = _root(parent, piece[row, column])
                if number[root] < 0:
                    number[root] = pieces
                    pieces += 1
                piece[row, column] = number[root]
    return piece, pieces


@kernel
def measure_pieces(
    piece: NDArray[np.int32], pieces: int, distance2: NDArray[np.int32]
) -> NDArray[np.int64]:
    """
    Give size, place and nearness of every piece.

    Parameters
    ----------
    piece
        Piece of each cell, -1 for none.
    pieces
        Count of pieces.
    distance2
        A squared distance for each cell.

    Returns
    -------
    numpy.ndarray
        Shape ``(pieces, 6)``: cells, sum of rows, sum of columns, least squared
        distance, and row and column of the cell that has it (the first, row by row).
    """
    out = np.zeros((pieces, 6), dtype=np.int64)
    for row in range(piece.shape[0]):
        for column in range(piece.shape[1]):
            at = piece[row, column]
            if at < 0:
                continue
            near = distance2[row, column]
            if out[at, 0] == 0 or near < out[at, 3]:
                out[at, 3] = near
                out[at, 4] = row
                out[at, 5] = column
            out[at, 0] += 1
            out[at, 1] += row
            out[at, 2] += column
    return out


@kernel
def nearest_piece(
    piece: NDArray[np.int32],
    rows: NDArray[np.float64],
    columns: NDArray[np.float64],
    radius: float,
) -> NDArray[np.int32]:
    """
    Give each point the piece it lies in, or the nearest one within a radius.

    Parameters
    ----------
    piece
        Piece of each cell, -1 for none.
    rows, columns
        The points, in cells from the north-west corner.
    radius
        Farthest centre of a cell that counts as near, in cells.

    Returns
    -------
    numpy.ndarray
        A piece for each point, -1 where none is near. Ties go to the first cell, row
        by row.
    """
    n_rows, n_cols = piece.shape
    out = np.full(rows.size, -1, dtype=np.int32)
    for point in range(rows.size):
        row, column = int(np.floor(rows[point])), int(np.floor(columns[point]))
        if 0 <= row < n_rows and 0 <= column < n_cols and piece[row, column] >= 0:
            out[point] = piece[row, column]
            continue
        best = radius * radius
        top = max(int(np.ceil(rows[point] - 0.5 - radius)), 0)
        bottom = min(int(np.floor(rows[point] - 0.5 + radius)), n_rows - 1)
        west = max(int(np.ceil(columns[point] - 0.5 - radius)), 0)
        east = min(int(np.floor(columns[point] - 0.5 + radius)), n_cols - 1)
        for r in range(top, bottom + 1):
            for c in range(west, east + 1):
                if piece[r, c] < 0:
                    continue
                apart = (r + 0.5 - rows[point]) ** 2 + (c + 0.5 - columns[point]) ** 2
                if apart < best or (apart == best and out[point] < 0):
                    best = apart
                    out[point] = piece[r, c]
    return out
