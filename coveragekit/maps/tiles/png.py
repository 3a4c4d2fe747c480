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
_FEW = 16
_UP = 2
_MANY = 256
# More colours than so many are joined where they are alike: soft edges need no more.
_ENOUGH = 64
_COARSER = (0, 2, 3, 4, 5, 6)


def to_png(
    canvas: NDArray[np.float32], *, levels: int = 48, smooth: bool = False
) -> bytes:
    """
    Give a canvas as a PNG file.

    Parameters
    ----------
    canvas
        Rows by columns by red, green, blue and opacity, 0 to 1, colours times opacity.
    levels
        Steps of opacity, 1 to 255.
    smooth
        Whether neighbouring pixels differ little, so that differences pack better.

    Returns
    -------
    bytes
        The file; nothing where the canvas is clear everywhere.

    Notes
    -----
    Where there are more than 64 colours, the lowest bits are passed over, so that
    colours that are alike become one; surfaces keep theirs. Where more than 256 are
    left, the file keeps all colours.

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
        if 0 <= count <= (_MANY if coarser else _ENOUGH):
            return paletted(numbers, met[:count], smooth=smooth)
    rgba = colours.astype("<u4").view(np.uint8).reshape(*colours.shape, 4)
    return encode(rgba)


def paletted(
    numbers: NDArray[np.uint8], palette: NDArray[np.uint32], *, smooth: bool = False
) -> bytes:
    """
    Give a picture of numbered colours as a PNG file.

    Parameters
    ----------
    numbers
        Rows by columns of places in the palette.
    palette
        Red, green, blue and opacity from the lowest byte to the highest, at most 256.
    smooth
        As :func:`to_png` has it.

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
    if len(rgba) <= _FEW and not smooth:
        if width % 2:
            rows = np.concatenate([rows, np.zeros((height, 1), np.uint8)], axis=1)
        rows = rows[:, ::2] * np.uint8(_FEW) + rows[:, 1::2]
        depth = 4
    see_through = rgba[rgba[:, 3] < 255, 3]
    chunks = [(b"PLTE", rgba[:, :3].tobytes())]
    if len(see_through):
        chunks.append((b"tRNS", see_through.tobytes()))
    return _file(rows, chunks, width=width, depth=depth, kind=3, smooth=smooth)


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
    smooth: bool = False,
) -> bytes:
    height = len(rows)
    lines = np.zeros((height, rows.shape[1] + 1), np.uint8)
    lines[:, 1:] = rows
    if smooth:
        # As differences from the row above, modulo 256.
        lines[1:, 1:] -= rows[:-1]
        lines[1:, 0] = _UP
    head = struct.pack(">IIBBBBB", width, height, depth, kind, 0, 0, 0)
    # Runs alone: as small as the search for repeats makes it, in half the time.
    packer = zlib.compressobj(1, zlib.DEFLATED, zlib.MAX_WBITS, 9, zlib.Z_RLE)
    body = packer.compress(lines.tobytes()) + packer.flush()
    parts = [(b"IHDR", head), *chunks, (b"IDAT", body), (b"IEND", b"")]
    return _SIGNATURE + b"".join(_chunk(name, data) for name, data in parts)


def _chunk(name: bytes, data: bytes) -> bytes:
    return (
        struct.pack(">I", len(data))
        + name
        + data
        + struct.pack(">I", zlib.crc32(name + data))
    )
