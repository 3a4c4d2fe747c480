"""A table of an analyst's own, drawn into tiles like the layers of a study."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Self

import numpy as np

from coveragekit.errors import CRSError, InputError
from coveragekit.maps.tiles import Entry
from coveragekit.maps.tiles.index import Drawn, frozen
from coveragekit.maps.tiles.marks import class_edges
from coveragekit.maps.tiles.sheet import Sheet
from coveragekit.maps.tiles.style import CHOROPLETH, ink

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    from coveragekit.maps.tiles import Frame

__all__ = ["OwnLayer"]

# Okabe-Ito without the colours that mean tiers and gaps, in pairs for both grounds.
_COLOURS: Final = (
    ("#56b4e9", "#56b4e9"),
    ("#8f4cb8", "#c79be2"),
    ("#882255", "#d98bb0"),
    ("#44aa99", "#44aa99"),
    ("#117733", "#5fbf7f"),
    ("#999933", "#cccc66"),
)
_OTHER: Final = ("#5b6675", "#9aa6b5")
_CORNERS: Final = 16
_POINT_PX: Final = 4.5
_LINE_PX: Final = 3.0
_NEAR_PX: Final = 8.0


@dataclass(frozen=True, slots=True, eq=False)
class OwnLayer:
    """
    Rows of a table, ready to be drawn.

    Parameters
    ----------
    frame
        The table, EPSG:4326, without rows that have no place.
    kind
        ``"points"``, ``"lines"`` or ``"polygons"``.
    shapes
        Its lines or polygons in the unit square of Web Mercator; for points each is one
        corner.
    classes
        Number of the colour of each row.
    colours
        Colour of each class on a light and on a dark ground.
    words
        What each class is.
    """

    frame: gpd.GeoDataFrame
    kind: str
    shapes: Drawn
    classes: NDArray[np.int64]
    colours: tuple[tuple[str, str], ...]
    words: tuple[str, ...]

    @classmethod
    def of(
        cls,
        frame: gpd.GeoDataFrame,
        *,
        by: str | None = None,
        colour: str | None = None,
    ) -> Self:
        """
        Give a table ready to be drawn.

        Parameters
        ----------
        frame
            Points, lines or polygons, with a CRS.
        by
            A column to colour by: numbers in five classes of about as many rows each,
            words by what they are (the six most frequent).
        colour
            Hex colour of all rows, such as ``"#8f4cb8"``.

        Returns
        -------
        OwnLayer
            Rows without a geometry are left out.

        Raises
        ------
        CRSError
            The table has no CRS.
        InputError
            Geometries of several kinds, no row with one, a column that there is not, or
            a colour that is none.
        """
        placed = _placed(frame)
        kind, shapes = _shapes_of(placed)
        if by is None:
            return cls(
                placed, kind, shapes, _zeros(len(placed)), (_checked(colour),), ("",)
            )
        if by not in placed.columns:
            named = ", ".join(map(str, placed.columns))
            message = f"there is no column {by!r} to colour by; allowed: {named}"
            raise InputError(message)
        return cls(placed, kind, shapes, *_classes(placed[by]))

    def draw(self, frame: Frame, *, dark: bool) -> Sheet | None:
        """
        Draw the rows of a window.

        Parameters
        ----------
        frame
            The window.
        dark
            For a dark ground.

        Returns
        -------
        Sheet or None
            ``None`` where nothing lies there.
        """
        margin = _NEAR_PX * frame.scale
        rows = self.shapes.index.rows(frame.box(margin))
        if not len(rows):
            return None
        sheet = Sheet(frame)
        if self.kind == "points":
            self._draw_points(sheet, rows, dark=dark)
            return sheet
        for number in np.unique(self.classes[rows]):
            some = rows[self.classes[rows] == number]
            tint = self.colours[number][dark]
            if self.kind == "polygons":
                sheet.lay(sheet.filled(self.shapes, some), tint, 0.45)
                sheet.lay(sheet.stroked(self.shapes, some, 1.4), tint, 0.95)
            else:
                sheet.lay(sheet.stroked(self.shapes, some, _LINE_PX), tint, 0.9)
        return sheet

    def _draw_points(
        self, sheet: Sheet, rows: NDArray[np.int64], *, dark: bool
    ) -> None:
        middles = self.shapes.xy[rows]
        css_px = sheet.frame.pixel * sheet.frame.scale
        halo = _discs(middles, (_POINT_PX + 1.2) * css_px)
        sheet.lay(sheet.filled(halo, np.arange(len(rows))), ink(dark=dark).halo, 0.8)
        for number in np.unique(self.classes[rows]):
            some = middles[self.classes[rows] == number]
            discs = _discs(some, _POINT_PX * css_px)
            cover = sheet.filled(discs, np.arange(len(some)))
            sheet.lay(cover, self.colours[number][dark], 0.95)

    def legend(self, title: str, *, dark: bool) -> tuple[Entry, ...]:
        """
        Give what the colours mean.

        Parameters
        ----------
        title
            Name of the layer, for one colour.
        dark
            For a dark ground.

        Returns
        -------
        tuple of Entry
            One for each class.
        """
        pattern = {"points": "disc", "lines": "line", "polygons": "fill"}[self.kind]
        return tuple(
            Entry(words or title, colour[dark], pattern=pattern)
            for words, colour in zip(self.words, self.colours, strict=True)
        )

    def row_at(self, lon: float, lat: float, *, within_deg: float) -> int | None:
        """
        Give the row that lies at a place.

        Parameters
        ----------
        lon, lat
            The place, degrees.
        within_deg
            How far off a point or line may be, degrees of latitude.

        Returns
        -------
        int or None
            The nearest one.
        """
        import shapely

        shrink = math.cos(math.radians(lat))
        stretched = shapely.transform(
            self.frame.geometry.to_numpy(), lambda xy: xy * [shrink, 1.0]
        )
        away = shapely.distance(stretched, shapely.Point(lon * shrink, lat))
        row = int(np.argmin(away))
        return row if away[row] <= within_deg else None


def _zeros(count: int) -> NDArray[np.int64]:
    return np.zeros(count, np.int64)


def _placed(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    from coveragekit.crs import WGS84

    if frame.crs is None:
        message = "the table has no CRS; set the one its coordinates are in (set_crs)"
        raise CRSError(message)
    located = frame.to_crs(WGS84)
    there = ~(located.geometry.isna() | located.geometry.is_empty)
    placed = located[there].reset_index(drop=True)
    if placed.empty:
        message = f"none of the {len(frame):,} rows of the table has a geometry to draw"
        raise InputError(message)
    return placed


def _shapes_of(frame: gpd.GeoDataFrame) -> tuple[str, Drawn]:
    from coveragekit.study.view_shapes import ragged_of
    from coveragekit.view import Ragged, mercator

    kinds = set(frame.geom_type)
    for kind, names in (
        ("points", {"Point"}),
        ("lines", {"LineString", "MultiLineString", "LinearRing"}),
        ("polygons", {"Polygon", "MultiPolygon"}),
    ):
        if not kinds <= names:
            continue
        if kind != "points":
            return kind, Drawn.of(ragged_of(frame.geometry.to_numpy()))
        merc = mercator.to_merc(frame.geometry.x, frame.geometry.y)
        each = np.arange(len(frame) + 1, dtype=np.int64)
        return kind, Drawn.of(Ragged.with_boxes(merc, each, each))
    message = (
        f"the table holds {', '.join(sorted(kinds))}; allowed: points, or lines, or "
        "polygons; explode() parts many points"
    )
    raise InputError(message)


def _checked(colour: str | None) -> tuple[str, str]:
    if colour is None:
        return _COLOURS[1]
    digits = colour.removeprefix("#")
    if len(digits) != 6 or not set(digits.lower()) <= set("0123456789abcdef"):
        message = f"{colour!r} is no colour; allowed: hex such as '#8f4cb8'"
        raise InputError(message)
    return f"#{digits}", f"#{digits}"


def _classes(
    column: Any,  # noqa: ANN401 - a column of numbers or words
) -> tuple[NDArray[np.int64], tuple[tuple[str, str], ...], tuple[str, ...]]:
    import pandas as pd

    if pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column):
        return _by_size(column.to_numpy(dtype=np.float64, na_value=np.nan))
    words = column.astype("object").where(column.notna(), None).map(_word)
    frequent = words[words != ""].value_counts().index[: len(_COLOURS)]
    number = {str(word): place for place, word in enumerate(frequent)}
    classes = words.map(lambda word: number.get(word, len(number))).to_numpy(np.int64)
    return (
        classes,
        (*_COLOURS[: len(number)], _OTHER),
        (*number, "other or not known"),
    )


def _word(value: object) -> str:
    return "" if value is None else str(value)


def _by_size(
    values: NDArray[np.float64],
) -> tuple[NDArray[np.int64], tuple[tuple[str, str], ...], tuple[str, ...]]:
    edges = class_edges(values)
    if not len(edges):
        return _zeros(len(values)), (_OTHER,), ("not known",)
    classes = np.searchsorted(edges[1:-1], values, side="right").astype(np.int64)
    count = len(edges) - 1
    known = np.isfinite(values)
    classes[~known] = count
    steps = np.linspace(0, len(CHOROPLETH) - 1, count).round().astype(int)
    words = [f"{a:,.4g} to {b:,.4g}" for a, b in itertools.pairwise(edges)]
    return (
        classes,
        (*(CHOROPLETH[step] for step in steps), _OTHER),
        (*words, "not known"),
    )


def _discs(middles: NDArray[np.float64], radius: float) -> Drawn:
    turn = np.linspace(0.0, 2.0 * np.pi, _CORNERS, endpoint=False)
    ring = np.column_stack([np.cos(turn), np.sin(turn)]) * radius
    xy = (middles[:, None, :] + ring).reshape(-1, 2)
    from coveragekit.maps.tiles.index import BoxIndex

    ring_ptr = np.arange(0, len(xy) + 1, _CORNERS, dtype=np.int64)
    row_ptr = np.arange(len(middles) + 1, dtype=np.int64)
    box = np.hstack([middles - radius, middles + radius])
    return Drawn(frozen(xy), frozen(ring_ptr), frozen(row_ptr), BoxIndex.of(box))
