"""Find coordinates that are swapped, mirrored or far away, in a file or in a row."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from coveragekit.sources.draft import Draft
from coveragekit.sources.zones import check_zone

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from coveragekit.sources.loaded import Ledger

__all__ = ["Hints", "middles", "turn_whole_file", "without_misplaced"]

_KM_PER_DEG = 111.2
# No town lies beyond these, so that rows there are swapped or wrong.
_SOUTHMOST_DEG, _NORTHMOST_DEG = -57.0, 83.0
# How far from the middle of its time zone a place may lie: China has one zone only.
_ZONE_WIDTH_DEG = 50.0
_BOX_MARGIN_DEG = 1.0
_FEW_ROWS, _MANY_ROWS = 5, 1000
_MOST, _CLEARLY_MOST = 0.5, 0.9
_NO_HINT = frozenset({"UTC", "GMT", "Etc/UTC", "Etc/GMT"})

Coordinates = Any
Inside = Callable[[Coordinates, Coordinates], Any]


def _swap(lon: Coordinates, lat: Coordinates) -> tuple[Coordinates, Coordinates]:
    return lat, lon


def _mirror_lon(lon: Coordinates, lat: Coordinates) -> tuple[Coordinates, Coordinates]:
    return -lon, lat


def _mirror_lat(lon: Coordinates, lat: Coordinates) -> tuple[Coordinates, Coordinates]:
    return lon, -lat


def _mirror_both(lon: Coordinates, lat: Coordinates) -> tuple[Coordinates, Coordinates]:
    return -lon, -lat


_TURNS = (
    (
        _swap,
        "latitude and longitude stand swapped",
        "latitude and longitude swapped?",
    ),
    (_mirror_lon, "the sign of the longitude is wrong", "wrong sign?"),
    (_mirror_lat, "the sign of the latitude is wrong", "wrong sign?"),
    (_mirror_both, "the signs of both coordinates are wrong", "wrong sign?"),
)


@dataclass(frozen=True, slots=True)
class Hints:
    """
    What is known of where the rows should lie.

    Parameters
    ----------
    near
        Box ``(minx, miny, maxx, maxy)`` in degrees, or ``None``.
    time_zone
        Zone of the source's clock, or ``None``; it tells roughly the longitude.
    """

    near: tuple[float, float, float, float] | None = None
    time_zone: str | None = None

    def inside(self) -> Inside | None:
        """
        Give the test for places, or nothing where nothing is known.

        Returns
        -------
        callable or None
            Takes longitudes and latitudes, gives booleans.
        """
        if self.near is not None:
            west, south, east, north = self.near
            margin = _BOX_MARGIN_DEG
            return lambda lon, lat: (
                (lon >= west - margin)
                & (lon <= east + margin)
                & (lat >= south - margin)
                & (lat <= north + margin)
            )
        if self.time_zone is None or self.time_zone in _NO_HINT:
            return None
        middle = _middle_of_zone(self.time_zone)
        return lambda lon, lat: (
            (np.abs((lon - middle + 180.0) % 360.0 - 180.0) <= _ZONE_WIDTH_DEG)
            & _inhabited(lon, lat)
        )

    def plausible(self) -> Callable[[float, float], bool] | None:
        """
        Give the test for one place, or nothing where nothing is known.

        Returns
        -------
        callable or None
            Takes a longitude and a latitude.
        """
        test = self.inside()
        return None if test is None else lambda lon, lat: bool(test(lon, lat))


def _inhabited(lon: Coordinates, lat: Coordinates) -> Any:  # noqa: ANN401
    return (np.abs(lon) <= 180.0) & (lat > _SOUTHMOST_DEG) & (lat < _NORTHMOST_DEG)


def _middle_of_zone(time_zone: str) -> float:
    winter = dt.datetime(2020, 1, 1, tzinfo=check_zone(time_zone))
    offset = winter.utcoffset()
    return 0.0 if offset is None else offset.total_seconds() / 240.0


def middles(
    geometry: NDArray[np.object_],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """
    Give the middle of the box around each shape.

    Parameters
    ----------
    geometry
        Shapes.

    Returns
    -------
    x, y : numpy.ndarray of float
        Not-a-number where a shape is missing or empty.

    Examples
    --------
    >>> import shapely
    >>> middles(np.array([shapely.Point(1, 2)]))
    (array([1.]), array([2.]))
    """
    import shapely

    if (np.asarray(shapely.get_type_id(geometry)) == 0).all():
        return np.asarray(shapely.get_x(geometry)), np.asarray(shapely.get_y(geometry))
    bounds = np.asarray(shapely.bounds(geometry), dtype=np.float64)
    return (bounds[:, 0] + bounds[:, 2]) / 2.0, (bounds[:, 1] + bounds[:, 3]) / 2.0


def turn_whole_file(draft: Draft, hints: Hints, ledger: Ledger) -> Draft:
    """
    Give the rows turned right where a whole file is swapped or mirrored.

    Parameters
    ----------
    draft
        The rows, in degrees.
    hints
        What is known of where they should lie.
    ledger
        The book, for a notice.

    Returns
    -------
    Draft
        The same rows.

    Notes
    -----
    A file is turned where most of its rows lie where none should, and exactly one turn
    brings nine in ten of them there. Without a hint only a file that lies where no town
    is (south of 57 S or north of 83 N) is turned, by swapping.
    """
    import shapely

    lon, lat = middles(draft.geometry)
    test = hints.inside()
    inside = test or _inhabited
    if np.mean(inside(lon, lat)) >= _MOST:
        return draft
    # A time zone says nothing of latitudes, and no hint nothing of longitudes.
    tried = 1 if test is None else (2 if hints.near is None else len(_TURNS))
    fitting = [
        (turn, what)
        for turn, what, _ in _TURNS[:tried]
        if np.mean(inside(*turn(lon, lat))) >= _CLEARLY_MOST
    ]
    if len(fitting) != 1:
        ledger.notice(
            f"most rows of {ledger.source} lie where none are expected (middle "
            f"{float(np.median(lon)):.3f}, {float(np.median(lat)):.3f}: longitude, "
            "latitude); check the file"
        )
        return draft
    turn, what = fitting[0]
    ledger.notice(f"{what} in {ledger.source}: turned right in all {len(draft):,} rows")
    moved: Any = shapely.transform(draft.geometry, _pairwise(turn))
    return Draft(draft.frame, draft.rows, np.asarray(moved, dtype=object))


def _pairwise(
    turn: Callable[[Coordinates, Coordinates], tuple[Coordinates, Coordinates]],
) -> Callable[[NDArray[np.float64]], NDArray[np.float64]]:
    return lambda corners: np.column_stack(turn(corners[:, 0], corners[:, 1]))


def without_misplaced(draft: Draft, ledger: Ledger) -> Draft:
    """
    Give the rows that are not out of range and not far from the rest.

    Parameters
    ----------
    draft
        The rows, in degrees.
    ledger
        The book: rows that a swap or a change of sign would bring to the rest are
        written down as such.

    Returns
    -------
    Draft
        The rest.
    """
    lon, lat = middles(draft.geometry)
    odd = (np.abs(lon) > 180.0) | (np.abs(lat) > 90.0)
    causes = np.where(odd, "coordinates out of range", "far from the rest")
    causes = causes.astype(object)
    reach_km = 0.0
    if (~odd).sum() >= _FEW_ROWS:
        far, reach_km = _far(lon[~odd], lat[~odd])
        odd[~odd] = far
    if not odd.any() or odd.all():
        return draft
    middle = float(np.median(lon[~odd])), float(np.median(lat[~odd]))
    for turn, _, cause in reversed(_TURNS):
        causes[_distance_km(*turn(lon, lat), middle) <= reach_km] = cause
    distance_km = _distance_km(lon, lat, middle)
    for cause in sorted(set(causes[odd])):
        mask = odd & (causes == cause)
        values = zip(lon[mask], lat[mask], strict=True)
        ledger.add(
            draft.rows[mask],
            cause=str(cause),
            column="geometry",
            values=[f"{one:.6f}, {two:.6f}" for one, two in values],
            detail=(
                f"{distance_km[mask].min():,.0f} km or more from the middle of the "
                "file; values are longitude, latitude"
            ),
            action="row left out",
        )
    return draft.take(~odd)


def _distance_km(
    lon: NDArray[np.float64], lat: NDArray[np.float64], middle: tuple[float, float]
) -> NDArray[np.float64]:
    east = (lon - middle[0]) * np.cos(np.radians(middle[1])) * _KM_PER_DEG
    north = (lat - middle[1]) * _KM_PER_DEG
    return np.asarray(np.hypot(east, north), dtype=np.float64)


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
    far[beyond[np.asarray(gap_km) > max(5.0, 0.2 * spread_km)]] = True
    return far, reach_km
