"""Find a font with the letters of most languages, without loading Matplotlib."""

from __future__ import annotations

from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.ImageFont import FreeTypeFont, ImageFont

__all__ = ["font", "font_file"]


@lru_cache(maxsize=2)
def font_file(*, bold: bool = False) -> Path | None:
    """
    Give the file of DejaVu Sans as Matplotlib brings it.

    Parameters
    ----------
    bold
        The bold one.

    Returns
    -------
    pathlib.Path or None
        ``None`` where it is not installed.

    Examples
    --------
    >>> font_file(bold=True).name
    'DejaVuSans-Bold.ttf'
    """
    found = find_spec("matplotlib")
    if found is None or found.origin is None:
        return None
    name = "DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf"
    path = Path(found.origin).parent / "mpl-data" / "fonts" / "ttf" / name
    return path if path.is_file() else None


@lru_cache(maxsize=64)
def font(size_px: float, *, bold: bool = False) -> FreeTypeFont | ImageFont:
    """
    Give DejaVu Sans in a size, or what Pillow itself brings where it is missing.

    Parameters
    ----------
    size_px
        Height of the letters' line, pixels, > 0.
    bold
        The bold one.

    Returns
    -------
    PIL.ImageFont
        Ready to draw with.

    Examples
    --------
    >>> font(12.0).getlength("Mäkelänkatu") > 50.0
    True
    """
    from PIL import ImageFont

    path = font_file(bold=bold)
    if path is None:
        return ImageFont.load_default(size_px)
    return ImageFont.truetype(str(path), size_px)
