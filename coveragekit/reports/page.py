"""One sheet of paper in points, and what can be drawn on it."""

from __future__ import annotations

import io
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import RLock
from typing import TYPE_CHECKING, Any, Final, TypedDict, Unpack

import numpy as np

from coveragekit.maps.tokens import LIGHT
from coveragekit.reports.words import shorten, wrap

if TYPE_CHECKING:
    from collections.abc import Iterator

    import shapely
    from numpy.typing import ArrayLike, NDArray

__all__ = ["Box", "Page", "drawing", "to_bytes"]

_FAMILY: Final = "DejaVu Sans"
_LOCK = RLock()


class TextLook(TypedDict, total=False):
    """How a text looks: size in points, place and turn about its anchor."""

    size: float
    bold: bool
    colour: str
    across: str
    up: str
    turn: float
    halo: str
    inside: Box
    above: float


class LineLook(TypedDict, total=False):
    """How a line looks: width and dashes in points."""

    colour: str
    width: float
    dashes: tuple[float, ...]
    inside: Box
    above: float


class AreaLook(TypedDict, total=False):
    """How an area looks: what fills it, and its edge."""

    fill: str
    opacity: float
    edge: str
    width: float
    dashes: tuple[float, ...]
    hatch: str
    inside: Box
    above: float


@contextmanager
def drawing() -> Iterator[None]:
    """
    Let nothing that a user has set for their own plots reach a drawing.

    Yields
    ------
    None
        While it is open, settings are those that matplotlib is delivered with; those
        of before come back at the end. One drawing is made at a time.
    """
    import matplotlib as mpl

    settings: Any = {
        "svg.hashsalt": "coveragekit",
        "svg.fonttype": "path",
        "pdf.fonttype": 42,
        "font.family": [_FAMILY],
        "hatch.linewidth": 0.6,
        # Letters as wide in pixels as they are on paper, so that what fits, fits.
        "text.hinting": "none",
    }
    with _LOCK, mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(settings)
        yield


@dataclass(frozen=True, slots=True)
class Box:
    """
    A rectangle on the sheet, points from its lower left corner.

    Parameters
    ----------
    left, low, right, high
        Its sides.
    """

    left: float
    low: float
    right: float
    high: float

    @property
    def width(self) -> float:
        """From left to right."""
        return self.right - self.left

    @property
    def height(self) -> float:
        """From low to high."""
        return self.high - self.low

    def meets(self, other: Box) -> bool:
        """Tell whether two boxes overlap."""
        return (
            self.left < other.right
            and other.left < self.right
            and self.low < other.high
            and other.low < self.high
        )

    def holds(self, other: Box) -> bool:
        """Tell whether another box lies within this one."""
        return (
            self.left <= other.left
            and other.right <= self.right
            and self.low <= other.low
            and other.high <= self.high
        )


@dataclass(slots=True)
class Page:
    """
    One sheet in points, from its lower left corner.

    Parameters
    ----------
    width, height
        Its size, points.
    small
        Size of its small type, points; all other type follows from it.
    """

    width: float
    height: float
    small: float = 7.0
    figure: Any = field(init=False)
    _axes: Any = field(init=False)
    _taken: list[Box] = field(init=False, default_factory=list)

    def __post_init__(self) -> None:
        from matplotlib.figure import Figure

        self.figure = Figure(
            figsize=(self.width / 72.0, self.height / 72.0), facecolor=LIGHT["panel"]
        )
        self._axes = self.figure.add_axes((0.0, 0.0, 1.0, 1.0))
        self._axes.set_xlim(0.0, self.width)
        self._axes.set_ylim(0.0, self.height)
        self._axes.set_axis_off()

    def measure(self, words: str, size: float, *, bold: bool = False) -> float:
        """Give the width of a text, points."""
        from matplotlib.textpath import text_to_path

        if not words:
            return 0.0
        return float(
            text_to_path.get_text_width_height_descent(
                words, _font(size, bold=bold), ismath=False
            )[0]
        )

    def fit(self, words: str, width: float, size: float, *, bold: bool = False) -> str:
        """Give as much of a text as there is room for."""
        return shorten(words, width, lambda text: self.measure(text, size, bold=bold))

    def lines(
        self, words: str, width: float, size: float, *, bold: bool = False, most: int
    ) -> list[str]:
        """Give a text as lines that fit a width; the last one is shortened."""

        def measure(text: str) -> float:
            return self.measure(text, size, bold=bold)

        return wrap(words, width, measure, most=most)

    def text(self, x: float, y: float, words: str, **look: Unpack[TextLook]) -> None:
        """Write a text at a place, points."""
        from matplotlib.patheffects import withStroke

        size = look.get("size", self.small)
        drawn = self._axes.text(
            x,
            y,
            words,
            fontproperties=_font(size, bold=look.get("bold", False)),
            color=look.get("colour", LIGHT["ink"]),
            ha=look.get("across", "left"),
            va=look.get("up", "baseline"),
            rotation=look.get("turn", 0.0),
            rotation_mode="anchor",
            parse_math=False,
            zorder=look.get("above", 20.0),
        )
        halo = look.get("halo")
        if halo:
            drawn.set_path_effects([withStroke(linewidth=2.4, foreground=halo)])
        if "inside" in look:
            self._clip(drawn, look["inside"])

    def line(self, points: ArrayLike, **look: Unpack[LineLook]) -> None:
        """Draw a line through places, points."""
        from matplotlib.lines import Line2D

        xy = np.asarray(points, dtype=np.float64)
        drawn = Line2D(
            xy[:, 0],
            xy[:, 1],
            color=look.get("colour", LIGHT["ink"]),
            linewidth=look.get("width", 0.8),
            solid_capstyle="butt",
            solid_joinstyle="round",
            zorder=look.get("above", 5.0),
        )
        if "dashes" in look:
            drawn.set_linestyle((0.0, look["dashes"]))
            drawn.set_dash_capstyle("butt")
        self._axes.add_line(drawn)
        if "inside" in look:
            self._clip(drawn, look["inside"])

    def area(
        self, outline: ArrayLike | shapely.Geometry, **look: Unpack[AreaLook]
    ) -> None:
        """Fill an area given by one ring or by polygons, points."""
        from matplotlib.patches import PathPatch

        drawn = PathPatch(
            _path_of(outline),
            facecolor=(look.get("fill", "none")),
            edgecolor=look.get("edge", "none"),
            linewidth=look.get("width", 0.0 if "edge" not in look else 0.8),
            alpha=look.get("opacity"),
            hatch=look.get("hatch"),
            joinstyle="round",
            zorder=look.get("above", 3.0),
        )
        if "dashes" in look:
            drawn.set_linestyle((0.0, look["dashes"]))
        self._axes.add_patch(drawn)
        if "inside" in look:
            self._clip(drawn, look["inside"])

    def box(self, box: Box, **look: Unpack[AreaLook]) -> None:
        """Fill a rectangle."""
        self.area(_corners(box), **look)

    def disc(self, x: float, y: float, radius: float, **look: Unpack[AreaLook]) -> None:
        """Fill a disc about a place."""
        turn = np.linspace(0.0, 2.0 * np.pi, 49)
        ring = np.stack([x + radius * np.cos(turn), y + radius * np.sin(turn)], axis=1)
        self.area(ring, **look)

    def image(self, box: Box, pixels: NDArray[np.uint8], above: float = 1.0) -> None:
        """Fill a rectangle with a picture, its first row on top."""
        self._axes.imshow(
            pixels,
            extent=(box.left, box.right, box.low, box.high),
            aspect="auto",
            interpolation="lanczos",
            zorder=above,
        )
        self._axes.set_xlim(0.0, self.width)
        self._axes.set_ylim(0.0, self.height)

    def take(self, box: Box) -> None:
        """Keep labels off a rectangle."""
        self._taken.append(box)

    def is_free(self, box: Box) -> bool:
        """Tell whether no label and no symbol lies on a rectangle."""
        return not any(box.meets(other) for other in self._taken)

    def _clip(self, artist: Any, inside: Box) -> None:  # noqa: ANN401 - an artist
        from matplotlib.path import Path

        artist.set_clip_path(Path(_corners(inside), closed=True), self._axes.transData)


def to_bytes(page: Page, kind: str, *, title: str, dpi: float = 150.0) -> bytes:
    """
    Give a sheet as a file's content, the same bytes each time.

    Parameters
    ----------
    page
        The sheet.
    kind
        ``"svg"``, ``"png"`` or ``"pdf"``.
    title
        What a reader of the file is told that it is.
    dpi
        Pixels per inch of a PNG.

    Returns
    -------
    bytes
        The content.
    """
    undated: dict[str, dict[str, str | None]] = {
        "svg": {"Date": None, "Title": title, "Creator": "coveragekit"},
        "png": {"Software": "coveragekit", "Title": title},
        "pdf": {"CreationDate": None, "Title": title, "Creator": "coveragekit"},
    }
    made = io.BytesIO()
    page.figure.savefig(made, format=kind, dpi=dpi, metadata=undated[kind])
    content = made.getvalue()
    if kind == "svg":
        # In a narrow column of a page it shrinks instead of being cut off.
        shrinks = b'<svg role="img" style="max-width:100%;height:auto" '
        content = content.replace(b"<svg ", shrinks, 1)
    return content


def _font(size: float, *, bold: bool) -> Any:  # noqa: ANN401 - matplotlib is untyped
    from matplotlib.font_manager import FontProperties

    return FontProperties(
        family=_FAMILY, size=size, weight="bold" if bold else "normal"
    )


def _corners(box: Box) -> list[tuple[float, float]]:
    return [
        (box.left, box.low),
        (box.right, box.low),
        (box.right, box.high),
        (box.left, box.high),
        (box.left, box.low),
    ]


def _path_of(outline: Any) -> Any:  # noqa: ANN401 - a ring or a geometry
    from matplotlib.path import Path

    if not hasattr(outline, "geom_type"):
        return Path(np.asarray(outline, dtype=np.float64), closed=True)
    import shapely

    parts = shapely.get_parts(outline)
    parts = parts[shapely.get_type_id(parts) == 3]
    rings = shapely.get_rings(shapely.orient_polygons(parts))
    paths = [Path(shapely.get_coordinates(ring), closed=True) for ring in rings]
    return Path.make_compound_path(*paths) if paths else Path(np.empty((0, 2)))
