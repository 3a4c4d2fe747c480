"""Bring the rows of a source to longitude and latitude, EPSG:4326."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from coveragekit.crs import WGS84
from coveragekit.errors import CRSError, SourceChanged
from coveragekit.sources.draft import Draft
from coveragekit.sources.grids import looks_like_degrees, refuse_unknown_grid
from coveragekit.sources.misplaced import (
    middles,
    turn_whole_file,
    without_misplaced,
)
from coveragekit.sources.presets import find_degrees
from coveragekit.sources.raw import missing
from coveragekit.sources.rings import to_shapes
from coveragekit.sources.values import as_number

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from coveragekit.sources.aliases import Place
    from coveragekit.sources.loaded import Ledger
    from coveragekit.sources.misplaced import Hints
    from coveragekit.sources.raw import Raw

__all__ = ["locate"]


def locate(
    raw: Raw, place: Place, crs: str | None, *, hints: Hints, ledger: Ledger
) -> Draft:
    """
    Give the rows of a source that have a place, in EPSG:4326.

    Parameters
    ----------
    raw
        The rows.
    place
        Where the coordinates stand, for a source without shapes.
    crs
        CRS named by the caller, or ``None``.
    hints
        What is known of where the rows should lie.
    ledger
        The book.

    Returns
    -------
    Draft
        Rows without coordinates, at (0, 0), swapped or mirrored singly, or far from
        the rest are left out and written down; a whole file that is swapped or
        mirrored is turned, with a notice.

    Raises
    ------
    CRSError
        The coordinates are not degrees and no CRS is stated, or they contradict it.
    SourceChanged
        No row has coordinates.
    """
    draft = _with_shapes(raw, place, ledger)
    draft = _without_nowhere(draft, place, ledger)
    if crs is not None and raw.crs is not None and not _same(crs, raw.crs, ledger):
        ledger.notice(
            f"{ledger.source} states {_crs_name(raw.crs)}, but is read as {crs}, as "
            "asked for"
        )
    known = crs or place.crs or raw.crs
    if known is None and place.x is not None and _named_degrees(raw, place):
        known = WGS84
    draft = _to_degrees(draft, known, hints=hints, ledger=ledger)
    draft = turn_whole_file(draft, hints, ledger)
    return without_misplaced(draft, ledger)


def _named_degrees(raw: Raw, place: Place) -> bool:
    """Tell whether the columns of coordinates are called longitude and latitude."""
    return (place.x, place.y) == find_degrees([str(name) for name in raw.frame.columns])


def _parse_crs(known: Any, ledger: Ledger) -> Any:  # noqa: ANN401 - whatever pyproj reads
    from pyproj import CRS
    from pyproj.exceptions import CRSError as PyprojCRSError

    try:
        return CRS.from_user_input(known)
    except PyprojCRSError as error:
        message = (
            f"{ledger.source}: {known!r} is not a CRS that pyproj knows; give one such "
            'as crs="EPSG:2240"'
        )
        raise CRSError(message) from error


def _same(one: Any, two: Any, ledger: Ledger) -> bool:  # noqa: ANN401
    first, second = _parse_crs(one, ledger), _parse_crs(two, ledger)
    return bool(first.equals(second, ignore_axis_order=True))


def _crs_name(crs: Any) -> str:  # noqa: ANN401
    return str(crs) if isinstance(crs, str) else "another CRS"


def _with_shapes(raw: Raw, place: Place, ledger: Ledger) -> Draft:
    if raw.geometry is not None:
        return Draft(raw.frame, raw.rows, raw.geometry)
    if place.shape is not None:
        return _shapes_from_text(raw, place.shape, ledger)
    return _points_from_columns(raw, place, ledger)


def _points_from_columns(raw: Raw, place: Place, ledger: Ledger) -> Draft:
    import shapely

    x, y = str(place.x), str(place.y)
    x_values, x_bad = as_number(raw.frame[x])
    y_values, y_bad = as_number(raw.frame[y])
    for name, bad in ((x, x_bad), (y, y_bad & ~x_bad)):
        ledger.add(
            raw.rows[bad],
            cause="unreadable coordinate",
            column=name,
            values=raw.frame[name].to_numpy(dtype=object)[bad],
            detail="not a number",
            action="row left out",
        )
    blank = (np.isnan(x_values) | np.isnan(y_values)) & ~x_bad & ~y_bad
    ledger.add(
        raw.rows[blank],
        cause="missing coordinates",
        column=f"{x}, {y}",
        values="",
        detail="the row has no place",
        action="row left out",
    )
    good = ~(blank | x_bad | y_bad)
    geometry = np.full(len(raw.rows), None, dtype=object)
    geometry[good] = shapely.points(x_values[good], y_values[good])
    return Draft(raw.frame, raw.rows, geometry).take(good)


def _shapes_from_text(raw: Raw, column: str, ledger: Ledger) -> Draft:
    series = raw.frame[column]
    blank = missing(series)
    cells = series.to_numpy(dtype=object)
    wkb = np.full(len(cells), None, dtype=object)
    for index in np.flatnonzero(~blank):
        wkb[index] = _shape_of(cells[index])
    unread = ~blank & np.array([shape is None for shape in wkb], dtype=bool)
    if (unread | blank).all():
        message = (
            f"{ledger.source}: the column {column} holds no shapes that can be read "
            "(WKT, GeoJSON or hexadecimal WKB)"
        )
        raise SourceChanged(message)
    ledger.add(
        raw.rows[unread],
        cause="unreadable shape",
        column=column,
        values=cells[unread],
        detail="neither WKT, GeoJSON nor WKB",
        action="row left out",
    )
    geometry, lost = to_shapes(wkb, raw.rows, ledger)
    rest = raw.frame.drop(columns=column)
    return Draft(rest, raw.rows, geometry).take(~(unread | lost))


def _shape_of(cell: object) -> bytes | None:
    import shapely

    if isinstance(cell, bytes):
        return cell
    text = str(cell).strip()
    try:
        if text.startswith("{"):
            return bytes(shapely.to_wkb(shapely.from_geojson(text)))
        if text[:2] in {"00", "01"}:
            return bytes.fromhex(text)
        text = text.split(";", 1)[1] if text[:5].upper() == "SRID=" else text
        return bytes(shapely.to_wkb(shapely.from_wkt(text)))
    except (shapely.errors.ShapelyError, ValueError, TypeError, IndexError):
        return None


def _without_nowhere(draft: Draft, place: Place, ledger: Ledger) -> Draft:
    import shapely

    column = "geometry" if place.x is None else f"{place.x}, {place.y}"
    none = np.asarray(shapely.is_missing(draft.geometry))
    hollow = np.asarray(shapely.is_empty(draft.geometry)) & ~none
    x, y = middles(draft.geometry)
    broken = ~(np.isfinite(x) & np.isfinite(y)) & ~none & ~hollow
    at_zero = (x == 0.0) & (y == 0.0)
    for mask, cause, detail in (
        (none, "missing coordinates", "the row has no shape"),
        (hollow, "empty geometry", "the row has a shape without points"),
        (broken, "unreadable coordinate", "a coordinate is not a finite number"),
        (at_zero, "point at (0,0)", "what exports write where no place is known"),
    ):
        ledger.add(
            draft.rows[mask],
            cause=cause,
            column=column,
            values="0, 0" if mask is at_zero else "",
            detail=detail,
            action="row left out",
        )
    kept = draft.take(~(none | hollow | broken | at_zero))
    if len(kept) == 0:
        causes = ", ".join(sorted(set(ledger.frame()["cause"])))
        message = f"no row of {ledger.source} has a place ({causes}); check the file"
        raise SourceChanged(message)
    return kept


def _to_degrees(draft: Draft, known: Any, *, hints: Hints, ledger: Ledger) -> Draft:  # noqa: ANN401
    x, y = middles(draft.geometry)
    degrees = looks_like_degrees(x, y)
    crs = _parse_crs(WGS84 if known is None else known, ledger)
    if crs.is_geographic and not degrees:
        raise refuse_unknown_grid(
            x, y, source=ledger.source, plausible=hints.plausible()
        )
    if not crs.is_geographic and degrees:
        message = (
            f"{ledger.source}: the coordinates look like degrees (middle "
            f"{float(np.median(x)):.4f}, {float(np.median(y)):.4f}), but {crs.name} is "
            f"in {crs.axis_info[0].unit_name}; leave the CRS away, or correct it"
        )
        raise CRSError(message)
    if known is None:
        ledger.notice(
            f"{ledger.source} states no CRS; its coordinates are taken for longitude "
            "and latitude (EPSG:4326)"
        )
    if crs.equals(_parse_crs(WGS84, ledger), ignore_axis_order=True):
        return draft
    return _transformed(draft, crs, ledger)


def _transformed(draft: Draft, crs: Any, ledger: Ledger) -> Draft:  # noqa: ANN401
    import shapely
    from pyproj import Transformer

    transformer = Transformer.from_crs(crs, WGS84, always_xy=True)

    def to_degrees(corners: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.column_stack(transformer.transform(corners[:, 0], corners[:, 1]))

    moved: Any = shapely.transform(draft.geometry, to_degrees)
    geometry = np.asarray(moved, dtype=object)
    x, y = middles(geometry)
    lost = ~(np.isfinite(x) & np.isfinite(y))
    ledger.add(
        draft.rows[lost],
        cause="outside its CRS",
        column="geometry",
        values="",
        detail=f"{crs.name} does not reach there",
        action="row left out",
    )
    return Draft(draft.frame, draft.rows, geometry).take(~lost)
