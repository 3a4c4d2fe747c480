"""Find the rows whose boxes meet a window."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from coveragekit.visibility.jit import kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["GROUP", "meeting"]

GROUP = 16
"""How many rows, or groups of rows, share one box of the next level."""


@kernel
def meeting(
    box: NDArray[np.float64],
    groups: NDArray[np.float64],
    blocks: NDArray[np.float64],
    window: NDArray[np.float64],
) -> NDArray[np.int64]:
    """
    Give the rows whose box meets a window, in ascending order.

    Parameters
    ----------
    box
        Least x and y, greatest x and y of each row, shape ``(n, 4)``; NaN: never met.
    groups
        The boxes round each ``GROUP`` rows one after another.
    blocks
        The boxes round each ``GROUP`` groups.
    window
        Least x and y, greatest x and y.

    Returns
    -------
    numpy.ndarray
        Rows.
    """
    west, north, east, south = window[0], window[1], window[2], window[3]
    found = np.empty(256, dtype=np.int64)
    count = 0
    for block in range(blocks.shape[0]):
        if not (
            blocks[block, 0] <= east
            and blocks[block, 2] >= west
            and blocks[block, 1] <= south
            and blocks[block, 3] >= north
        ):
            continue
        last_group = min((block + 1) * GROUP, groups.shape[0])
        for group in range(block * GROUP, last_group):
            if not (
                groups[group, 0] <= east
                and groups[group, 2] >= west
                and groups[group, 1] <= south
                and groups[group, 3] >= north
            ):
                continue
            for row in range(group * GROUP, min((group + 1) * GROUP, box.shape[0])):
                if (
                    box[row, 0] <= east
                    and box[row, 2] >= west
                    and box[row, 1] <= south
                    and box[row, 3] >= north
                ):
                    if count == found.size:
                        larger = np.empty(2 * count, dtype=np.int64)
                        larger[:count] = found
                        found = larger
                    found[count] = row
                    count += 1
    return found[:count]
