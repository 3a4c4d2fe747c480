"""Draw layers over each other into one picture of any size, with names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from coveragekit.maps.tiles.fonts import font
from coveragekit.maps.tiles.frame import Frame
from coveragekit.maps.tiles.kernels.blend import lay_sheet
from coveragekit.maps.tiles.labels import labels
from coveragekit.maps.tiles.painter import Painter
from coveragekit.maps.tiles.sheet import Sheet
from coveragekit.maps.tiles.style import ink

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from PIL.Image import Image

    from coveragekit.maps.tiles.labels import Label
    from coveragekit.maps.tiles.look import Look
    from coveragekit.view import Store

__all__ = ["picture"]

_BLOCK_PX: Final = 1024
_TILTED: Final = 0.5


def picture(  # noqa: PLR0917 - where, how large, what and how
    city: Painter | Store,
    bounds_merc: tuple[float, float, float, float],
    size_px: tuple[int, int],
    layers: Sequence[str | tuple[str, float]],
    look: Look,
    *,
    scale: float = 1.0,
) -> NDArray[np.uint8]:
    """
    Draw a part of the map as one picture.

    Parameters
    ----------
    city
        A painter, or the store to draw.
    bounds_merc
        What to show at the least: least x and y, greatest x and y, unit square of Web
        Mercator; more is shown where the picture has another shape.
    size_px
        Width and height, pixels.
    layers
        Names from the undermost to the uppermost, or pairs of name and opacity (0 to
        1); ``"labels"`` stands for the names of streets, waters and areas.
    look
        What is to be drawn, and how.
    scale
        Pixels for each CSS pixel: 3.125 for print at 300 dots per inch.

    Returns
    -------
    numpy.ndarray
        Red, green, blue and opacity, 0 to 255, shape ``(height, width, 4)``; opaque
        where ``"base"`` is among the layers.

    Raises
    ------
    InputError
        The box, a size, the scale or a layer is not possible.
    """
    painter = city if isinstance(city, Painter) else Painter(city)
    frame = Frame.around(bounds_merc, size_px, scale=scale)
    pairs = [(one, 1.0) if isinstance(one, str) else one for one in layers]
    ground = any(name == "base" for name, _ in pairs)
    out = np.zeros((frame.height, frame.width, 4), np.uint8)
    for left, top, block in frame.blocks(_BLOCK_PX):
        sheet = Sheet(block, ink(dark=look.dark).ground if ground else None)
        for name, opacity in pairs:
            if name == "labels":
                continue
            drawn = painter.draw(name, block, look)
            if drawn is not None:
                lay_sheet(sheet.canvas, drawn.canvas, opacity)
        part = out[top : top + block.height, left : left + block.width]
        part[:] = _plain(sheet.canvas)
    shown = [opacity for name, opacity in pairs if name == "labels"]
    if shown:
        kinds = look.area_kind if any(name == "areas" for name, _ in pairs) else None
        box = tuple(frame.box().tolist())
        names = labels(painter.city.store, box, frame.zoom, area_kind=kinds)
        out = _written(out, frame, names, look=look, opacity=shown[-1])
    return out


def _plain(canvas: NDArray[np.float32]) -> NDArray[np.uint8]:
    opacity = canvas[..., 3:]
    colour = canvas[..., :3] / np.maximum(opacity, 1e-6)
    whole = np.concatenate([colour, opacity], axis=-1)
    return np.asarray(np.clip(whole, 0.0, 1.0) * 255.0 + 0.5, np.uint8)


def _written(
    out: NDArray[np.uint8],
    frame: Frame,
    names: Sequence[Label],
    *,
    look: Look,
    opacity: float,
) -> NDArray[np.uint8]:
    from PIL import Image

    image = Image.fromarray(out, "RGBA")
    for one in names:
        text = _text(one, frame.scale, look)
        if opacity < 1.0:
            text.putalpha(
                text.getchannel("A").point([int(i * opacity) for i in range(256)])
            )
        x = (one["x"] - frame.west) / frame.pixel - text.width / 2.0
        y = (one["y"] - frame.north) / frame.pixel - text.height / 2.0
        _paste(image, text, left=round(x), top=round(y))
    return np.array(image)


def _text(label: Label, scale: float, look: Look) -> Image:
    from PIL import Image, ImageDraw

    colours = ink(dark=look.dark)
    face = font(round(label["size"] * scale, 1), bold=label["kind"] == "area")
    rim = max(round(1.6 * scale), 1)
    left, top, right, bottom = (round(one) for one in face.getbbox(label["text"]))
    size = right - left + 2 * rim + 2, bottom - top + 2 * rim + 2
    # Clear, but of the rim's colour, so that turning it mixes in no other.
    image = Image.new("RGBA", size, colours.halo + "00")
    fill = colours.quiet if label["kind"] == "water" else colours.text
    ImageDraw.Draw(image).text(
        (rim + 1 - left, rim + 1 - top),
        label["text"],
        font=face,
        fill=fill,
        stroke_width=rim,
        stroke_fill=colours.halo,
    )
    if abs(label["angle"]) < _TILTED:
        return image
    return image.rotate(
        -label["angle"],
        Image.Resampling.BICUBIC,
        expand=True,
        fillcolor=colours.halo + "00",
    )


def _paste(image: Image, text: Image, *, left: int, top: int) -> None:
    """Lay a text over a picture; what reaches over its edge is cut."""
    cut = max(-left, 0), max(-top, 0)
    if cut[0] >= text.width or cut[1] >= text.height:
        return
    if left < image.width and top < image.height:
        image.alpha_composite(text, (max(left, 0), max(top, 0)), cut)
