"""Bring shapes to the kinds a table allows: parts, outlines mended, wrong kinds out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from coveragekit.errors import SourceChanged
from coveragekit.sources.loaded import counted

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from coveragekit.model import Table
    from coveragekit.sources.draft import Draft
    from coveragekit.sources.loaded import Ledger

__all__ = ["fit_shapes", "split_parts"]

_POINT, _LINE, _RING, _POLYGON = 0, 1, 2, 3
_MULTI_POINT, _MULTI_LINE, _MULTI_POLYGON, _COLLECTION = 4, 5, 6, 7
_SLIGHT = 0.01
_FAMILY = {
    "Point": {_POINT, _MULTI_POINT},
    "LineString": {_LINE, _RING, _MULTI_LINE},
    "Polygon": {_POLYGON, _MULTI_POLYGON},
}
# Shapes of these tables may stand for a point inside them.
_POINT_OF_AREA = frozenset({"places"})


def fit_shapes(draft: Draft, layout: Table, ledger: Ledger) -> Draft:
    """
    Give the rows whose shape is of a kind the table allows, mended where it crosses.

    Parameters
    ----------
    draft
        The rows, located.
    layout
        The table.
    ledger
        The book: wrong kinds, outlines that cross themselves, lines without length and
        outlines without area.

    Returns
    -------
    Draft
        The rows kept; several parts still stand as one shape.

    Raises
    ------
    SourceChanged
        Not one row is of an allowed kind.

    Notes
    -----
    An outline that crosses itself is mended where that changes its area by less than
    one part in a hundred; else the row is left out, since nobody can tell which of its
    loops is meant.
    """
    import shapely

    family = layout.geometry[0]
    geometry = _unpacked(draft.geometry, family)
    kinds = np.asarray(shapely.get_type_id(geometry))
    if layout.name in _POINT_OF_AREA:
        areas = np.isin(kinds, list(_FAMILY["Polygon"] | _FAMILY["LineString"]))
        geometry[areas] = shapely.point_on_surface(geometry[areas])
        kinds = np.asarray(shapely.get_type_id(geometry))
        if areas.any():
            ledger.notice(
                f"areas or lines in {ledger.source}, each standing as a point inside "
                f"it: {counted(int(areas.sum()), 'row')}"
            )
    fitting = np.isin(kinds, list(_FAMILY[family]))
    if not fitting.any():
        seen = ", ".join(sorted({shape.geom_type for shape in geometry}))
        message = (
            f"{ledger.source} holds {seen}, but {layout.name} are "
            f"{' or '.join(layout.geometry)}; give another table or another file"
        )
        raise SourceChanged(message)
    ledger.add(
        draft.rows[~fitting],
        cause="wrong kind of shape",
        column="geometry",
        values=[shape.geom_type for shape in geometry[~fitting]],
        detail=f"{layout.name} are {' or '.join(layout.geometry)}",
        action="row left out",
    )
    kept = draft.take(fitting)
    kept.geometry = geometry[fitting]
    if family == "Polygon":
        return _mend_outlines(kept, ledger)
    return _without_points(kept, ledger) if family == "LineString" else kept


def _unpacked(geometry: NDArray[np.object_], family: str) -> NDArray[np.object_]:
    """Take from each collection the parts of the family wanted."""
    import shapely

    result = geometry.copy()
    collections = np.flatnonzero(shapely.get_type_id(result) == _COLLECTION)
    for index in collections:
        result[index] = _only(result[index], family)
    return result


def _only(shape: Any, family: str) -> Any:  # noqa: ANN401 - shapely
    import shapely

    parts = [
        part
        for part in shapely.get_parts(shape)
        if shapely.get_type_id(part) in _FAMILY[family]
    ]
    singles = list(shapely.get_parts(np.array(parts, dtype=object)))
    if not singles:
        return shape
    if len(singles) == 1:
        return singles[0]
    if family == "Point":
        return shapely.multipoints(singles)
    if family == "LineString":
        return shapely.multilinestrings(singles)
    return shapely.multipolygons(singles)


def _mend_outlines(draft: Draft, ledger: Ledger) -> Draft:
    import shapely

    draft = _without_flat(draft, ledger)
    geometry = draft.geometry.copy()
    mended, refused, changes = [], [], []
    for index in np.flatnonzero(~np.asarray(shapely.is_valid(geometry))):
        whole = _only(shapely.make_valid(geometry[index]), "Polygon")
        before, after = float(geometry[index].area), float(whole.area)
        change = abs(after - before) / max(after, before)
        if shapely.get_type_id(whole) in _FAMILY["Polygon"] and change < _SLIGHT:
            geometry[index] = whole
            mended.append(index)
            changes.append(f"area changed by {change:.2%}")
        else:
            refused.append(index)
    ledger.add(
        draft.rows[mended],
        cause="outline crosses itself",
        column="geometry",
        values=changes,
        detail="mended",
        action="repaired",
    )
    ledger.add(
        draft.rows[refused],
        cause="outline crosses itself",
        column="geometry",
        values="",
        detail="mending would change its area by 1 % or more",
        action="row left out",
    )
    draft.geometry = geometry
    keep = np.ones(len(draft), dtype=bool)
    keep[refused] = False
    return draft.take(keep)


def _without_flat(draft: Draft, ledger: Ledger) -> Draft:
    """Leave out outlines whose corners are two, or lie all on one line."""
    import shapely

    # A bow tie has no area by the corner formula, but its hull has.
    doubtful = np.flatnonzero(np.asarray(shapely.area(draft.geometry)) <= 0.0)
    hulls = shapely.area(shapely.convex_hull(draft.geometry[doubtful]))
    flat = doubtful[np.asarray(hulls) <= 0.0]
    rings = [shapely.get_coordinates(shape) for shape in draft.geometry[flat]]
    corners = np.array([len(np.unique(ring, axis=0)) for ring in rings], dtype=int)
    for which, cause, detail in (
        (flat[corners < 3], "ring with two points", "a ring needs three corners"),
        (flat[corners >= 3], "outline without area", "all corners lie on a line"),
    ):
        ledger.add(
            draft.rows[which],
            cause=cause,
            column="geometry",
            values="",
            detail=detail,
            action="row left out",
        )
    keep = np.ones(len(draft), dtype=bool)
    keep[flat] = False
    return draft.take(keep)


def _without_points(draft: Draft, ledger: Ledger) -> Draft:
    import shapely

    flat = np.asarray(shapely.length(draft.geometry)) <= 0.0
    ledger.add(
        draft.rows[flat],
        cause="line without length",
        column="geometry",
        values="",
        detail="all its points are the same",
        action="row left out",
    )
    return draft.take(~flat)


def split_parts(draft: Draft, layout: Table, ledger: Ledger) -> Draft:
    """
    Give one row for each part where a table allows no shapes of several parts.

    Parameters
    ----------
    draft
        The rows, with their keys.
    layout
        The table.
    ledger
        The book, for a notice.

    Returns
    -------
    Draft
        The key of a part gets ``/1``, ``/2`` ...; a shape of a single part keeps it.
    """
    import shapely

    several = np.asarray(shapely.get_type_id(draft.geometry)) >= _MULTI_POINT
    if any(kind.startswith("Multi") for kind in layout.geometry) or not several.any():
        return draft
    parts, source = shapely.get_parts(draft.geometry, return_index=True)
    counts = np.bincount(source, minlength=len(draft))
    result = draft.take(source)
    result.geometry = np.asarray(parts, dtype=object)
    several = counts[source] > 1
    if several.any():
        number = np.arange(len(source)) - np.searchsorted(source, source) + 1
        keys = result.columns[layout.key].to_numpy(dtype=object).copy()
        keys[several] = [
            f"{key}/{place}"
            for key, place in zip(keys[several], number[several], strict=True)
        ]
        result.columns[layout.key] = _series(keys)
        ledger.notice(
            f"each part is a row of its own in {ledger.source}: "
            f"{counted(int((counts > 1).sum()), 'shape')} of several parts, "
            f"{counted(int(several.sum()), 'row')}"
        )
    return result


def _series(values: NDArray[np.object_]) -> Any:  # noqa: ANN401
    import pandas as pd

    return pd.Series(values, dtype="str")
