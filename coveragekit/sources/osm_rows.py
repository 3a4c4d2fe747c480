"""What every table's reader of OpenStreetMap objects shares: rows and refusals."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from coveragekit.crs import WGS84

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import geopandas as gpd
    from numpy.typing import NDArray

    from coveragekit.sources.loaded import Action
    from coveragekit.sources.osm_scan import Outline

__all__ = ["Refusal", "Rows", "measured", "polygons_of", "source_id"]


class Refusal(NamedTuple):
    """What was wrong with one object, and what was done about it."""

    row: str
    cause: str
    column: str = ""
    value: str = ""
    detail: str = ""
    action: Action = "row left out"


@dataclass(slots=True)
class Rows:
    """
    The rows of one table on their way, with what was refused.

    Parameters
    ----------
    records
        One mapping of columns a row.
    shapes
        The geometry of each row, in longitude and latitude.
    refused
        Objects that became no row, and tags that were left out or cut short.
    notices
        Sentences for people.
    offered
        How many objects were looked at as rows of this table.
    """

    records: list[dict[str, Any]] = field(default_factory=list)
    shapes: list[Any] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    offered: int = 0

    def refuse(
        self, row: str, cause: str, *, tag: str = "", value: str = "", detail: str = ""
    ) -> None:
        """
        Note that an object becomes no row.

        Parameters
        ----------
        row
            Its name, such as ``way/5``.
        cause
            Why, in words that several objects share.
        tag
            The tag that decided it, if one did.
        value
            The value of that tag.
        detail
            What else there is to know.

        Examples
        --------
        >>> rows = Rows()
        >>> rows.refuse("way/5", "no walls", tag="building", value="roof")
        >>> rows.refused[0].value
        'roof'
        """
        self.refused.append(Refusal(row, cause, tag, value, detail))

    def leave_empty(self, row: str, cause: str, *, tag: str, value: str) -> None:
        """
        Note that a tag of an object cannot be read, so that a cell stays empty.

        Parameters
        ----------
        row
            The object's name, such as ``way/5``.
        cause
            Why, in words that several objects share.
        tag
            The tag.
        value
            Its value.

        Examples
        --------
        >>> rows = Rows()
        >>> rows.leave_empty("way/5", "not a height", tag="height", value="tall")
        >>> rows.refused[0].action
        'cell left empty'
        """
        self.refused.append(Refusal(row, cause, tag, value, action="cell left empty"))

    def cut_short(self, row: str, cause: str, detail: str) -> None:
        """
        Note that an object is kept only in part.

        Parameters
        ----------
        row
            Its name, such as ``way/5``.
        cause
            Why, in words that several objects share.
        detail
            Which part is kept.

        Examples
        --------
        >>> rows = Rows()
        >>> rows.cut_short("way/5", "reaches outside the file", "3 of 5 nodes kept")
        >>> rows.refused[0].action
        'repaired'
        """
        self.refused.append(Refusal(row, cause, detail=detail, action="repaired"))

    def add(self, record: dict[str, Any], shape: Any) -> None:  # noqa: ANN401 - shapely
        """
        Add one row.

        Parameters
        ----------
        record
            Its columns.
        shape
            Its geometry.

        Examples
        --------
        >>> rows = Rows()
        >>> rows.add({"water_id": "way/1"}, None)
        >>> len(rows.records)
        1
        """
        self.records.append(record)
        self.shapes.append(shape)

    def frame(self) -> gpd.GeoDataFrame:
        """
        Give the rows as a frame in EPSG:4326.

        Returns
        -------
        geopandas.GeoDataFrame
            One row a record, in the order they were added.

        Examples
        --------
        >>> len(Rows().frame())
        0
        """
        import geopandas as gpd
        import pandas as pd

        data = pd.DataFrame.from_records(self.records)
        return gpd.GeoDataFrame(
            data, geometry=gpd.GeoSeries(self.shapes, crs=WGS84, index=data.index)
        )


def measured(
    rows: Rows, name: str, tag: str, *, text: str | None, value: float | None
) -> float | None:
    """
    Give a value read from a tag, and note a tag whose text could not be read.

    Parameters
    ----------
    rows
        Where to note it.
    name
        The object's name.
    tag
        The tag.
    text
        Its text, or ``None`` where the object has no such tag.
    value
        What was read from it, or ``None``.

    Returns
    -------
    float or None
        ``value``, unchanged.

    Examples
    --------
    >>> rows = Rows()
    >>> measured(rows, "way/5", "height", text="tall", value=None)
    >>> rows.refused[0].cause
    'height cannot be read'
    """
    if text is not None and value is None:
        rows.leave_empty(name, f"{tag} cannot be read", tag=tag, value=text)
    return value


def source_id(kind: str, osm_id: int, part: int | None = None) -> str:
    """
    Give the name of an object, or of one of several rows made from it.

    Parameters
    ----------
    kind
        ``node``, ``way`` or ``relation``.
    osm_id
        Its number there.
    part
        Number of the row, from 1, where the object gives several.

    Returns
    -------
    str
        Such as ``way/5`` or ``relation/7/2``.

    Examples
    --------
    >>> source_id("way", 5), source_id("relation", 7, 2)
    ('way/5', 'relation/7/2')
    """
    name = f"{kind}/{osm_id}"
    return name if part is None else f"{name}/{part}"


def polygons_of(outlines: Sequence[Outline]) -> NDArray[np.object_]:
    """
    Give the shapes of outlines, all decoded at once.

    Parameters
    ----------
    outlines
        Outlines of one scan.

    Returns
    -------
    numpy.ndarray
        One shapely multipolygon or ``None`` an outline, in order.

    Examples
    --------
    >>> polygons_of([]).shape
    (0,)
    """
    import shapely

    wkb: Iterable[str | None] = (outline.wkb for outline in outlines)
    return np.asarray(shapely.from_wkb(np.array([*wkb], dtype=object)), dtype=object)
