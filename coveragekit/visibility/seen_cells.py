"""The cells of a surface that cameras see, each in a window of its own, as bits."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import TYPE_CHECKING, Literal

import numpy as np

from coveragekit.visibility.blocks import block_edges
from coveragekit.visibility.obstacles import z_order
from coveragekit.visibility.windows import outline_arrays
from coveragekit.visibility.zone_cuts import cut_rings

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from coveragekit.visibility.lookouts import Lookouts
    from coveragekit.visibility.surface import Surface

    # Windows, pointer and bits, as Viewsheds holds them.
    Cells = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.uint8]]

__all__ = ["MODES", "Mode", "seen_cells", "view_arrays_over"]

Mode = Literal["fast", "accurate"]

MODES = ("fast", "accurate")
_BYTES = 1 << 22


def view_arrays_over(
    lookouts: Lookouts, surface: Surface, target_height_m: float
) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.int64]]:
    """
    Give the rings of what cameras see of the ground of a surface as arrays.

    Parameters
    ----------
    lookouts
        The cameras.
    surface
        Ground and roofs.
    target_height_m
        How far targets stand above the ground, metres, ``>= 0``.

    Returns
    -------
    tuple of numpy.ndarray
        Vertices, metres, ``ring_ptr`` and ``row_ptr``, as
        :func:`coveragekit.visibility.isovist.view_arrays` gives them.
    """
    from coveragekit.visibility.kernels.viewshed import clear_roofs

    (windows, ptr, bits), _ = seen_cells(
        lookouts, surface, target_height_m, mode="accurate"
    )
    layers = (surface.ground_m, surface.top_m, surface.cell_m)
    clear_roofs(layers, windows, ptr, bits)
    xy, ends, rings = outline_arrays(windows, ptr, bits, frame=surface.frame)
    row_ptr = np.searchsorted(rings[:, 1], np.arange(len(windows) + 1))
    return cut_rings(xy, ends, row_ptr, zones=surface.zones)


def seen_cells(
    lookouts: Lookouts,
    surface: Surface,
    target_height_m: float,
    *,
    mode: Mode = "accurate",
    threads: int | None = None,
) -> tuple[Cells, NDArray[np.bool_]]:
    """
    Give the cells that cameras see past what hides, before privacy zones are cut.

    Parameters
    ----------
    lookouts
        The cameras.
    surface
        Ground and roofs.
    target_height_m
        How far targets stand above the ground, metres, ``>= 0``.
    mode
        As :func:`coveragekit.visibility.viewsheds` takes it.
    threads
        How many threads to use; ``None``: one per processor where it pays.

    Returns
    -------
    tuple
        Windows, pointer and bits as ``Viewsheds`` holds them; and per camera whether
        its field of view runs over the edge of the surface.

    Raises
    ------
    InputError
        ``threads`` is less than one.
    """
    count = len(lookouts.views)
    boxes, cut = _boxes(lookouts, surface)
    edges = block_edges(count, threads)
    order = z_order(lookouts.views[:, :2], np.array([0.0, 0.0, 32.0]))
    windows = np.zeros((count, 4), np.int64)

    def run(block: tuple[int, int]) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
        taken = order[block[0] : block[1]]
        return _see(
            lookouts,
            surface,
            boxes=boxes,
            order=taken,
            windows=windows,
            how=(target_height_m, mode),
        )

    blocks = list(pairwise(edges))
    with ThreadPoolExecutor(len(blocks)) as pool:
        made = list(pool.map(run, blocks))
    sizes = np.concatenate([block[0] for block in made])
    ptr = np.zeros(count + 1, np.int64)
    ptr[1:][order] = sizes
    np.cumsum(ptr, out=ptr)
    written = np.concatenate([block[1] for block in made])
    # From where each camera's bits were written to where they belong.
    moved = np.repeat(ptr[:-1][order] - (np.cumsum(sizes) - sizes), sizes)
    bits = np.empty_like(written)
    bits[np.arange(len(written)) + moved] = written
    return (windows, ptr, bits), cut


def _see(
    lookouts: Lookouts,
    surface: Surface,
    *,
    boxes: NDArray[np.int64],
    order: NDArray[np.int64],
    windows: NDArray[np.int64],
    how: tuple[float, Mode],
) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
    """Give the bytes of the viewsheds of an order, and their bits; write windows."""
    from coveragekit.visibility.kernels.viewshed import see_windows

    most = int((boxes[order, 2] * boxes[order, 3]).max(initial=1))
    scratch = np.zeros(most, np.uint8)
    out = np.empty(max(_BYTES, most // 8 + 1), np.uint8)
    sizes = np.zeros(len(order), np.int64)
    layers = (surface.ground_m, surface.top_m, surface.cell_m)
    pieces, done = [], 0
    while done < len(order):
        done, used = see_windows(
            layers,
            lookouts.views,
            lookouts.planes,
            boxes,
            how[0],
            MODES.index(how[1]),
            order,
            done,
            scratch,
            windows,
            sizes,
            out,
        )
        pieces.append(out[:used].copy())
    return sizes, np.concatenate(pieces) if pieces else out[:0]


def _boxes(
    lookouts: Lookouts, surface: Surface
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Give rows and columns that hold each field of view, and whether it is cut."""
    views = lookouts.views
    ahead, cos, sin = views[:, 3:5], views[:, 5:6], views[:, 6:7]
    right = np.stack([ahead[:, 1], -ahead[:, 0]], axis=1)
    edges = np.stack([cos * ahead + sin * right, cos * ahead - sin * right])
    # How far the sector reaches to the east, south, west and north, as a share of its
    # radius; rows run south.
    shares = []
    for way in ((1.0, 0.0), (0.0, -1.0), (-1.0, 0.0), (0.0, 1.0)):
        straight = (views[:, 7] > 0.0) | (ahead @ np.array(way) >= cos[:, 0] - 1e-9)
        shares.append(
            np.where(
                straight, 1.0, np.maximum((edges @ np.array(way)).max(axis=0), 0.0)
            )
        )
    reach = views[:, 8] / surface.cell_m
    rows, columns = surface.ground_m.shape
    sides = np.stack(shares, axis=1) * reach[:, None]
    low = views[:, :2] - sides[:, [2, 3]]
    high = views[:, :2] + sides[:, [0, 1]]
    most = np.array([columns - 1.0, rows - 1.0])
    cut = np.asarray(((low < -0.5) | (high > most + 0.5)).any(axis=1))
    # A cell more on each side, for rounding and for the cell of the camera itself.
    first = np.clip(np.floor(low) - 1.0, 0.0, most)
    last = np.clip(np.ceil(high) + 1.0, 0.0, most)
    size = (last - first + 1.0).astype(np.int64)
    return np.column_stack([first[:, ::-1].astype(np.int64), size[:, ::-1]]), cut
