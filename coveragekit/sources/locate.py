"""Bring the rows of a source to longitude and latitude, and tell the misplaced ones."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from coveragekit.crs import WGS84
from coveragekit.errors import CRSError, SourceChanged
from coveragekit.sources.draft import Draft
from coveragekit.sources.grids import looks_like_degrees, refuse_unknown_grid
from coveragekit.sources.raw import missing
from coveragekit.sources.times import check_zone
from coveragekit.sources.values import as_number
from coveragekit.sources.vector import to_shapes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from coveragekit.sources.aliases import Place
    from coveragekit.sources.loaded import Ledger
    from coveragekit.sources.raw import Raw

__all__ = ["Hints", "locate"]

_KM_PER_DEG = 111.2
# No town lies beyond these, so that rows there are swapped or wrong.
_SOUTHMOST_DEG, _NORTHMOST_DEG = -57.0, 83.0
_ZONE_WIDTH_DEG = 50.0
_BOX_MARGIN_DEG = 1.0
_FEW_ROWS = 5
_MANY_ROWS = 1000

Inside = Callable[[Any, Any], Any]


@dataclass(frozen=True, slots=True)
class Hints:
    """
    What is known of where the rows should lie.

    Parameters
    ----------
    near
        Box in degrees, or ``None``.
    time_zone
        Zone of the source's clock, or ``None``; it tells the hemisphere of longitudes.
    """

    near: tuple[float, float, float, float] | None = None
    time_zone: str | None = None

    def inside(self) -> Inside | None:
        """Give the test for a place, or nothing where nothing is known."""
        if self.near is not None:
            west, south, east, north = self.near
            return lambda lon, lat: (
                (lon >= west - _BOX_MARGIN_DEG)
                & (lon <= east + _BOX_MARGIN_DEG)
                & (lat >= south - _BOX_MARGIN_DEG)
                & (lat <= north + _BOX_MARGIN_DEG)
            )
        if self.time_zone is None or self.time_zone in {"UTC", "GMT", "Etc/UTC"}:
            return None
        middle = _middle_of_zone(self.time_zone)
        return lambda lon, lat: (
            (np.abs((lon - middle + 180.0) % 360.0 - 180.0) <= _ZONE_WIDTH_DEG)
            & (lat > _SOUTHMOST_DEG)
            & (lat < _NORTHMOST_DEG)
        )


def _middle_of_zone(time_zone: str) -> float:
    import datetime as dt

    offset = check_zone(time_zone).utcoffset(dt.datetime(2020, 1, 1))  # noqa: DTZ001 - a clock time of that zone
    return 0.0 if offset is None else offset.total_seconds() / 240.0


def locate(
    raw: Raw, place: Place, crs: str | None, hints: Hints, ledger: Ledger
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
    known = crs or place.crs or raw.crs
    if crs is not None and raw.crs is not None and not _same(crs, raw.crs):
        ledger.notice(
            f"{ledger.source} states {raw.crs}, but is read as {crs}, as asked for"
        )
    draft = _to_degrees(draft, known, hints, ledger)
    draft = _turn_whole(draft, hints, ledger)
    return _without_misplaced(draft, ledger)


def _same(one: Any, two: Any) -> bool:  # noqa: ANN401 - whatever pyproj understands
    from pyproj import CRS

    first, second = CRS.from_user_input(one), CRS.from_user_input(two)
    return bool(first.equals(second, ignore_axis_order=True))


def _with_shapes(raw: Raw, place: Place, ledger: Ledger) -> Draft:
    if raw.geometry is not None:
        return Draft(raw.frame, raw.rows, raw.geometry)
    if place.shape is not None:
        return _shapes_from_text(raw, place.shape, ledger)
    return _points_from_columns(raw, str(place.x), str(place.y), ledger)


def _points_from_columns(raw: Raw, x: str, y: str, ledger: Ledger) -> Draft:
    import shapely

    (x_values, x_bad), (y_values, y_bad) = (
        as_number(raw.frame[x]),
        as_number(raw.frame[y]),
    )
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
    import shapely

    series = raw.frame[column]
    blank = missing(series)
    cells = series.to_numpy(dtype=object)
    wkb = np.full(len(cells), None, dtype=object)
    unread = np.zeros(len(cells), dtype=bool)
    for index in np.flatnonzero(~blank):
        shape = _shape_of(cells[index])
        unread[index] = shape is None
        wkb[index] = shape
    ledger.add(
        raw.rows[unread],
        cause="unreadable shape",
        column=column,
        values=cells[unread],
        detail="neither WKT, GeoJSON nor WKB",
        action="row left out",
    )
    if unread.all():
        message = (
            f"{ledger.source}: the column {column} holds no shapes that can be read "
            "(WKT, GeoJSON or hexadecimal WKB)"
        )
        raise SourceChanged(message)
    geometry, lost = to_shapes(wkb, raw.rows, ledger)
    keep = ~(unread | lost)
    rest = raw.frame.drop(columns=column)
    draft = Draft(rest, raw.rows, geometry).take(keep)
    draft.geometry = np.asarray(shapely.set_srid(draft.geometry, 0), dtype=object)
    return draft


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
    except (shapely.errors.ShapelyError, ValueError, TypeError, json.JSONDecodeError):
        return None


def _without_nowhere(draft: Draft, place: Place, ledger: Ledger) -> Draft:
    import shapely

    column = "geometry" if place.x is None else f"{place.x}, {place.y}"
    none = np.asarray(shapely.is_missing(draft.geometry))
    hollow = np.asarray(shapely.is_empty(draft.geometry)) & ~none
    x, y = _middles(draft.geometry)
    broken = ~(np.isfinite(x) & np.isfinite(y)) & ~none & ~hollow
    at_zero = (x == 0.0) & (y == 0.0)
    for mask, cause, detail in (
        (none, "missing coordinates", "the row has no shape"),
        (hollow, "empty geometry", "the row has a shape without points"),
        (broken, "unreadable coordinate", "a coordinate is not a finite number"),
        (at_zero, "point at (0,0)", "what exports write where the place is not known"),
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
        message = f"no row of {ledger.source} has a place ({causes})"
        raise SourceChanged(message)
    return kept


def _middles(
    geometry: NDArray[np.object_],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    import shapely

    bounds = np.asarray(shapely.bounds(geometry), dtype=np.float64)
    return (bounds[:, 0] + bounds[:, 2]) / 2.0, (bounds[:, 1] + bounds[:, 3]) / 2.0


def _to_degrees(draft: Draft, known: Any, hints: Hints, ledger: Ledger) -> Draft:  # noqa: ANN401
    from pyproj import CRS, Transformer
    from pyproj.exceptions import CRSError as PyprojCRSError

    x, y = _middles(draft.geometry)
    degrees = looks_like_degrees(x, y)
    test = hints.inside()
    plausible = None if test is None else lambda lon, lat: bool(test(lon, lat))
    try:
        crs = CRS.from_user_input(WGS84 if known is None else known)
    except PyprojCRSError as error:
        message = f"{ledger.source}: {known!r} is not a CRS that pyproj knows"
        raise CRSError(message) from error
    if crs.is_geographic and not degrees:
        raise refuse_unknown_grid(
            x, y, source=ledger.source, what="the coordinates", plausible=plausible
        )
    if crs.is_geographic:
        if known is None:
            ledger.notice(
                f"{ledger.source} states no CRS; its coordinates are taken for "
                "longitude and latitude (EPSG:4326)"
            )
        if crs.equals(CRS.from_user_input(WGS84), ignore_axis_order=True):
            return draft
    elif degrees:
        message = (
            f"{ledger.source}: the coordinates look like degrees (middle "
            f"{float(np.median(x)):.4f}, {float(np.median(y)):.4f}), but {crs.name} is in "
            f"{crs.axis_info[0].unit_name}; leave the CRS away, or correct it"
        )
        raise CRSError(message)
    transformer = Transformer.from_crs(crs, WGS84, always_xy=True)
    return _transformed(draft, transformer, crs.name, ledger)


def _transformed(draft: Draft, transformer: Any, name: str, ledger: Ledger) -> Draft:  # noqa: ANN401
    import shapely

    moved = shapely.transform(draft.geometry, transformer.transform, interleaved=False)
    x, y = _middles(np.asarray(moved, dtype=object))
    lost = ~(np.isfinite(x) & np.isfinite(y))
    ledger.add(
        draft.rows[lost],
        cause="outside its CRS",
        column="geometry",
        values="",
        detail=f"{name} does not reach there",
        action="row left out",
    )
    draft = Draft(
        draft.frame, draft.rows, np.asarray(moved, dtype=object), draft.columns
    )
    return draft.take(~lost)


_TURNS = (
    ("latitude and longitude are swapped", lambda lon, lat: (lat, lon)),
    ("the sign of the longitude is wrong", lambda lon, lat: (-lon, lat)),
    ("the sign of the latitude is wrong", lambda lon, lat: (lon, -lat)),
    ("the signs of both coordinates are wrong", lambda lon, lat: (-lon, -lat)),
)


def _turn_whole(draft: Draft, hints: Hints, ledger: Ledger) -> Draft:
    """Turn a file that is swapped or mirrored as a whole, and say so."""
    import shapely

    lon, lat = _middles(draft.geometry)
    test = hints.inside()
    turns = _TURNS if test is not None else _TURNS[:1]
    inside = test or (
        lambda one, two: (
            (np.abs(one) <= 180.0) & (two > _SOUTHMOST_DEG) & (two < _NORTHMOST_DEG)
        )
    )
    if np.mean(inside(lon, lat)) >= 0.5:
        return draft
    fitting = [
        (what, turn) for what, turn in turns if np.mean(inside(*turn(lon, lat))) >= 0.9
    ]
    if len(fitting) != 1:
        if test is not None:
            ledger.notice(
                f"most rows of {ledger.source} lie outside the area expected "
                f"(middle {np.median(lat):.3f}, {np.median(lon):.3f}); check the file"
            )
        return draft
    what, turn = fitting[0]
    ledger.notice(
        f"{what} in all of {ledger.source}: turned right in all {len(draft)} rows"
    )
    moved = shapely.transform(
        draft.geometry, lambda x, y: turn(x, y), interleaved=False
    )
    return Draft(
        draft.frame, draft.rows, np.asarray(moved, dtype=object), draft.columns
    )


def _without_misplaced(draft: Draft, ledger: Ledger) -> Draft:
    lon, lat = _middles(draft.geometry)
    beyond = (np.abs(lon) > 180.0) | (np.abs(lat) > 90.0)
    far = np.zeros(len(draft), dtype=bool)
    reach_km = np.inf
    if (~beyond).sum() >= _FEW_ROWS:
        found, reach_km = _far(lon[~beyond], lat[~beyond])
        far[~beyond] = found
    odd = far | beyond
    if not odd.any():
        return draft
    middle = float(np.median(lon[~odd])), float(np.median(lat[~odd]))
    causes = np.where(beyond, "coordinates out of range", "far from the rest")
    causes = causes.astype(object)
    turned_causes = (
        "latitude and longitude swapped?",
        "wrong sign?",
        "wrong sign?",
        "wrong sign?",
    )
    for cause, (_, turn) in zip(turned_causes, _TURNS, strict=True):
        back = _distance_km(*turn(lon, lat), middle) <= reach_km
        causes[
            odd
            & back
            & np.isin(causes, ["coordinates out of range", "far from the rest"])
        ] = cause
    distance_km = _distance_km(lon, lat, middle)
    for cause in sorted(set(causes[odd])):
        mask = odd & (causes == cause)
        ledger.add(
            draft.rows[mask],
            cause=str(cause),
            column="geometry",
            values=[
                f"{a:.6g}, {b:.6g}" for a, b in zip(lon[mask], lat[mask], strict=True)
            ],
            detail=(
                f"{distance_km[mask].min():,.0f} km or more from the middle of the file "
                "(values: longitude, latitude)"
            ),
            action="row left out",
        )
    return draft.take(~odd)


def _distance_km(
    lon: NDArray[np.float64], lat: NDArray[np.float64], middle: tuple[float, float]
) -> NDArray[np.float64]:
    east = (lon - middle[0]) * np.cos(np.radians(middle[1])) * _KM_PER_DEG
    return np.hypot(east, (lat - middle[1]) * _KM_PER_DEG)


def _far(
    lon: NDArray[np.float64], lat: NDArray[np.float64]
) -> tuple[NDArray[np.bool_], float]:
    """
    Tell which rows lie far from the rest, and how far the rest reaches (km).

    A row is far where it lies beyond 1.4 times the 99th percentile of the distances
    from the middle, and at least 20 km (100 km in files of fewer than 1,000 rows), and
    has no row that is not far within a fifth of that percentile (at least 5 km); where
    more than one row in a hundred would be, none is.
    """
    from scipy.spatial import cKDTree

    middle = float(np.median(lon)), float(np.median(lat))
    distance_km = _distance_km(lon, lat, middle)
    spread_km = float(np.quantile(distance_km, 0.99, method="lower"))
    floor_km = 20.0 if len(lon) >= _MANY_ROWS else 100.0
    reach_km = max(floor_km, 1.4 * spread_km)
    beyond = np.flatnonzero(distance_km > reach_km)
    far = np.zeros(len(lon), dtype=bool)
    if len(beyond) == 0 or len(beyond) > max(1, len(lon) // 100):
        return far, reach_km
    shrink = np.cos(np.radians(middle[1]))
    places = np.column_stack([lon * shrink, lat]) * _KM_PER_DEG
    near = np.flatnonzero(distance_km <= reach_km)
    gap_km, _ = cKDTree(places[near]).query(places[beyond])
    far[beyond[gap_km > max(5.0, 0.2 * spread_km)]] = True
    return far, reach_km
