"""Lay colours over each other, and count the colours of a picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from coveragekit.visibility.jit import kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = [
    "colour_classes",
    "index_colours",
    "lay_change",
    "lay_sheet",
    "over",
    "sum_rows",
    "to_bytes",
]


@kernel
def sum_rows(counts: NDArray[np.int32], full: int) -> NDArray[np.uint8]:
    """
    Give the part of each pixel that is covered, from differences along rows.

    Parameters
    ----------
    counts
        As ``fills.fill`` leaves them.
    full
        The sum of a pixel that is covered whole.

    Returns
    -------
    numpy.ndarray
        0 to 255; what shapes cover several times counts once.
    """
    height, width = counts.shape[0], counts.shape[1] - 2
    out = np.empty((height, width), dtype=np.uint8)
    for row in range(height):
        running = 0
        for column in range(width):
            running += counts[row, column]
            out[row, column] = min(max(running, 0), full) * 255 // full
    return out


@kernel
def over(
    canvas: NDArray[np.float32],
    cover: NDArray[np.uint8],
    red: float,
    green: float,
    blue: float,
    opacity: float,
) -> None:
    """
    Lay one colour over a canvas where a mask says so.

    Parameters
    ----------
    canvas
        Rows by columns by red, green, blue and opacity, 0 to 1, colours times opacity,
        changed in place.
    cover
        Part of each pixel, 0 to 255.
    red, green, blue
        The colour, 0 to 1.
    opacity
        Of the colour where the mask is 255.
    """
    for row in range(cover.shape[0]):
        for column in range(cover.shape[1]):
            part = cover[row, column]
            if part == 0:
                continue
            alpha = np.float32(opacity * part / 255.0)
            through = np.float32(1.0) - alpha
            dot = canvas[row, column]
            dot[0] = dot[0] * through + np.float32(red) * alpha
            dot[1] = dot[1] * through + np.float32(green) * alpha
            dot[2] = dot[2] * through + np.float32(blue) * alpha
            dot[3] = dot[3] * through + alpha


@kernel
def colour_classes(
    canvas: NDArray[np.float32],
    counts: NDArray[np.int64],
    fine: int,
    lows: NDArray[np.int64],
    colours: NDArray[np.float32],
) -> None:
    """
    Give each pixel the mean colour of the classes of its cells.

    Parameters
    ----------
    canvas
        Rows by columns by red, green, blue and opacity, overwritten.
    counts
        Differences along rows of ``fine`` by ``fine`` cells in each pixel, two columns
        more than the cells.
    fine
        Cells along a pixel's side.
    lows
        Least sum of each class, ascending, the first above 0; what is below is clear.
    colours
        Of each class, colours times opacity, shape ``(k, 4)``.
    """
    height, width = canvas.shape[0], canvas.shape[1]
    share = np.float32(1.0 / (fine * fine))
    classes = lows.size
    for row in range(height):
        into = canvas[row]
        into[:] = np.float32(0.0)
        for line in range(row * fine, (row + 1) * fine):
            running = np.int64(0)
            found = -1
            cells = counts[line]
            for column in range(width):
                begun = column * fine
                for cell in range(begun, (column + 1) * fine):
                    if cells[cell] == 0:
                        continue
                    if found >= 0 and cell > begun:
                        part = share * np.float32(cell - begun)
                        for band in range(4):
                            into[column, band] += part * colours[found, band]
                    begun = cell
                    running += cells[cell]
                    found = -1
                    while found + 1 < classes and running >= lows[found + 1]:
                        found += 1
                if found >= 0:
                    part = share * np.float32((column + 1) * fine - begun)
                    for band in range(4):
                        into[column, band] += part * colours[found, band]


@kernel
def to_bytes(canvas: NDArray[np.float32], levels: int) -> NDArray[np.uint32]:
    """
    Give a canvas as whole colours that are not multiplied by their opacity.

    Parameters
    ----------
    canvas
        Rows by columns by red, green, blue and opacity, colours times opacity.
    levels
        Steps of opacity, 1 to 255.

    Returns
    -------
    numpy.ndarray
        Red, green, blue and opacity from the lowest byte to the highest.
    """
    height, width = canvas.shape[0], canvas.shape[1]
    out = np.zeros((height, width), dtype=np.uint32)
    for row in range(height):
        for column in range(width):
            dot = canvas[row, column]
            step = int(dot[3] * levels + 0.5)
            if step <= 0:
                continue
            value = np.uint32(min(step, levels) * 255 // levels) << np.uint32(24)
            for band in range(3):
                part = int(min(dot[band] / dot[3], 1.0) * 255.0 + 0.5)
                value |= np.uint32(part) << np.uint32(8 * band)
            out[row, column] = value
    return out


@kernel
def index_colours(
    colours: NDArray[np.uint32], coarser: int
) -> tuple[NDArray[np.uint8], NDArray[np.uint32], int]:
    """
    Give each pixel the number of its colour.

    Parameters
    ----------
    colours
        As :func:`to_bytes` gives them.
    coarser
        How many of the lowest bits of red, green and blue to pass over, and two fewer
        of opacity.

    Returns
    -------
    tuple
        Numbers, the colours in the order they were met, and how many; -1 where there
        are more than 256. Of colours that are alike but for the bits passed over, the
        one that most pixels have stands for all: surfaces keep their colour exactly.
    """
    height, width = colours.shape
    out = np.empty((height, width), dtype=np.uint8)
    met = np.zeros(256, dtype=np.uint32)
    # The colour that leads in each, and by how many pixels.
    leads = np.zeros(256, dtype=np.uint32)
    ahead = np.zeros(256, dtype=np.int64)
    slots = np.full(1024, -1, dtype=np.int64)
    kept = np.uint32((0xFF << coarser) & 0xFF)
    solid = np.uint32((0xFF << max(coarser - 2, 0)) & 0xFF)
    mask = (
        (solid << np.uint32(24))
        | kept
        | (kept << np.uint32(8))
        | (kept << np.uint32(16))
    )
    count = 0
    last = np.uint32(0)
    number = -1
    for row in range(height):
        for column in range(width):
            exact = colours[row, column]
            colour = exact & mask
            if number < 0 or colour != last:
                last = colour
                slot = int((np.uint64(colour) * np.uint64(2654435769)) >> np.uint64(20))
                slot &= 1023
                while slots[slot] >= 0 and met[slots[slot]] != colour:
                    slot = (slot + 1) & 1023
                if slots[slot] < 0:
                    if count == 256:
                        return out, met, -1
                    slots[slot] = count
                    met[count] = colour
                    count += 1
                number = slots[slot]
            out[row, column] = number
            if leads[number] == exact:
                ahead[number] += 1
            elif ahead[number] == 0:
                leads[number] = exact
                ahead[number] = 1
            else:
                ahead[number] -= 1
    return out, leads, count


@kernel
def lay_change(
    canvas: NDArray[np.float32],
    before: NDArray[np.int64],
    after: NDArray[np.int64],
    fine: int,
    full: int,
    gain: NDArray[np.float64],
    loss: NDArray[np.float64],
    period: int,
    left: int,
    top: int,
) -> None:
    """
    Draw where more is seen than before, with crosses, and where less, hatched.

    Parameters
    ----------
    canvas
        Rows by columns by red, green, blue and opacity, overwritten.
    before, after
        Differences along rows of ``fine`` by ``fine`` cells in each pixel.
    fine
        Cells along a pixel's side.
    full
        The sum of a cell that one camera surely sees.
    gain, loss
        Their colours.
    period
        Of the patterns, pixels.
    left, top
        Where in the patterns the window begins, pixels.
    """
    height, width = canvas.shape[0], canvas.shape[1]
    more = np.empty(width)
    less = np.empty(width)
    share = 1.0 / (fine * fine)
    for row in range(height):
        more[:] = 0.0
        less[:] = 0.0
        for line in range(row * fine, (row + 1) * fine):
            one = np.int64(0)
            two = np.int64(0)
            for cell in range(width * fine):
                one += before[line, cell]
                two += after[line, cell]
                if one == two:
                    continue
                # New places count whole, more cameras where there was one a third.
                seen = (min(two, full) - min(one, full)) / full
                rest = (max(two, full) - max(one, full)) / full
                step = seen + min(max(rest, -1.0), 1.0) / 3.0
                if step > 0.0:
                    more[cell // fine] += min(step, 1.0) * share
                else:
                    less[cell // fine] += min(-step, 1.0) * share
        down = (row + top) % period
        for column in range(width):
            if more[column] == 0.0 and less[column] == 0.0:
                continue
            across = (column + left) % period
            middle = period // 2
            arm = max(period // 10, 1)
            off_x, off_y = abs(across - middle), abs(down - middle)
            cross = (off_x < arm and off_y <= 3 * arm) or (
                off_y < arm and off_x <= 3 * arm
            )
            hatch = (across + down) % period < max(period * 3 // 10, 1)
            blue = more[column] * (0.85 if cross else 0.5)
            red = less[column] * (0.9 if hatch else 0.28)
            alpha = blue + red - blue * red
            for band in range(3):
                canvas[row, column, band] = np.float32(
                    gain[band] * blue * (1.0 - red) + loss[band] * red
                )
            canvas[row, column, 3] = np.float32(alpha)


@kernel
def lay_sheet(
    canvas: NDArray[np.float32], sheet: NDArray[np.float32], opacity: float
) -> None:
    """
    Lay a sheet over a canvas.

    Parameters
    ----------
    canvas
        Rows by columns by red, green, blue and opacity, 0 to 1, colours times opacity,
        changed in place.
    sheet
        The same for what is laid over it.
    opacity
        Of the sheet.
    """
    for row in range(canvas.shape[0]):
        for column in range(canvas.shape[1]):
            dot = sheet[row, column]
            if dot[3] == 0.0:
                continue
            through = np.float32(1.0 - opacity * dot[3])
            for band in range(4):
                canvas[row, column, band] = (
                    canvas[row, column, band] * through
                    + np.float32(opacity) * dot[band]
                )
