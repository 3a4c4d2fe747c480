"""Write pictures as PNG files, with a palette where they have few colours."""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING

import numpy as np

from coveragekit.maps.tiles.kernels.blend import index_colours, to_bytes

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["encode", "paletted", "to_png"]

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_LEVEL = 2
_FEW = 16
_COARSER = (0, 1, 2, 3, 4, 5)


def to_png(canvas: NDArray[np.float32], *, levels: int = 48) -> bytes:
    """
    Give a canvas as a PNG file.

    Parameters
    ----------
    canvas
        Rows by columns by red, green, blue and opacity, 0 to 1, colours times opacity.
    levels
        Steps of opacity, 1 to 255.

    Returns
    -------
    bytes
        The file; nothing where the canvas is clear everywhere.

    Notes
    -----
    Where there are more than 256 colours, the lowest bits are passed over, so that
    colours that are alike become one; surfaces keep theirs. Where that does not help,
    the file keeps all colours.

    Examples
    --------
    >>> to_png(np.zeros((2, 2, 4), np.float32))
    b''
    """
    colours = to_bytes(canvas, levels)
    if not colours.any():
        return b""
    for coarser in _COARSER:
        numbers, met, count = index_colours(colours, coarser)
        if count >= 0:
            return paletted(numbers, met[:count])
    rgba = colours.astype("<u4").view(np.uint8).reshape(*colours.shape, 4)
    return encode(rgba)


def paletted(numbers: NDArray[np.uint8], palette: NDArray[np.uint32]) -> bytes:
    """
    Give a picture of numbered colours as a PNG file.

    Parameters
    ----------
    numbers
        Rows by columns of places in the palette.
    palette
        Red, green, blue and opacity from the lowest byte to the highest, at most 256.

    Returns
    -------
    bytes
        The file.
    """
    height, width = numbers.shape
    rgba = np.asarray(palette, "<u4").view(np.uint8).reshape(-1, 4)
    # Opacities stand in a list of their own, which ends after the last one below 255.
    order = np.argsort(rgba[:, 3], kind="stable")
    rgba = rgba[order]
    place = np.empty(len(order), np.uint8)
    place[order] = np.arange(len(order), dtype=np.uint8)
    rows = np.asarray(place[numbers])
    depth = 8
    if len(rgba) <= _FEW:
        if width % 2:
            rows = np.concatenate([rows, np.zeros((height, 1), np.uint8)], axis=1)
        rows = rows[:, ::2] * np.uint8(_FEW) + rows[:, 1::2]
        depth = 4
    see_through = rgba[rgba[:, 3] < 255, 3]
    chunks = [(b"PLTE", rgba[:, :3].tobytes())]
    if len(see_through):
        chunks.append((b"tRNS", see_through.tobytes()))
    return _file(rows, chunks, width=width, depth=depth, kind=3)


def encode(rgba: NDArray[np.uint8]) -> bytes:
    """
    Give a picture of any colours as a PNG file.

    Parameters
    ----------
    rgba
        Rows by columns by red, green, blue and opacity.

    Returns
    -------
    bytes
        The file.
    """
    height, width = rgba.shape[:2]
    rows = rgba.reshape(height, width * 4)
    return _file(rows, [], width=width, depth=8, kind=6)


def _file(
    rows: NDArray[np.uint8],
    chunks: list[tuple[bytes, bytes]],
    *,
    width: int,
    depth: int,
    kind: int,
) -> bytes:
    height = len(rows)
    lines = np.zeros((height, rows.shape[1] + 1), np.uint8)
    lines[:, 1:] = rows
    head = struct.pack(">IIBBBBB", width, height, depth, kind, 0, 0, 0)
    body = zlib.compress(lines.tobytes(), _LEVEL)
    parts = [(b"IHDR", head), *chunks, (b"IDAT", body), (b"IEND", b"")]
    return _SIGNATURE + b"".join(_chunk(name, data) for name, data in parts)


def _chunk(name: bytes, data: bytes) -> bytes:
    return (
        struct.pack(">I", len(data))
        + name
        + data
        + struct.pack(">I", zlib.crc32(name + data))
    )
