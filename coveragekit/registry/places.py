"""Find cameras by where they are, with the same answer on both databases."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from sqlalchemy import and_, column, func, or_, select, table

from coveragekit.errors import InputError
from coveragekit.registry.schema import camera

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Connection, Select

__all__ = ["Found", "boxes_around", "ids_in_box", "in_box", "near", "on_globe"]

# Fewer metres in a degree than anywhere on the ellipsoid, so that a box never misses.
_M_PER_DEG_LAT: Final = 110_500.0
_M_PER_DEG_LON: Final = 111_200.0
_FIRST_M: Final = 60.0
_FARTHEST_M: Final = 20_100_000.0
_INDEX: Final = table(
    "camera_place",
    *(column(name) for name in ("camera_no", "lon_low", "lon_high")),
    *(column(name) for name in ("lat_low", "lat_high")),
)
Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Found:
    """
    A camera near a place.

    Parameters
    ----------
    camera_id
        Its id.
    distance_m
        Metres along the ground, on WGS 84.
    """

    camera_id: str
    distance_m: float


def in_box(connection: Connection, box: Box) -> ColumnElement[bool]:
    """
    Give the condition that a camera stands in a box, for the spatial index.

    Parameters
    ----------
    connection
        From ``Registry.read`` or ``Registry.write``.
    box
        West, south, east and north, degrees; west is greater than east where the box
        crosses the 180th meridian.

    Returns
    -------
    sqlalchemy.ColumnElement
        To be used in a query of ``camera``.

    Raises
    ------
    InputError
        The box is not on the globe, or south of it is north.
    """
    return or_(*(_inside(connection, part) for part in _parts(box)))


def on_globe(box: Box) -> ColumnElement[bool]:
    """
    Give the condition that a camera stands in a box, to be asked of each camera.

    Parameters
    ----------
    box
        West, south, east and north, degrees; west is greater than east where the box
        crosses the 180th meridian.

    Returns
    -------
    sqlalchemy.ColumnElement
        To be used in a query of ``camera``; it uses no index.

    Raises
    ------
    InputError
        The box is not on the globe, or south of it is north.
    """
    return or_(*(_exact(part) for part in _parts(box)))


def _parts(box: Box) -> tuple[Box, ...]:
    west, south, east, north = box
    _check_place(west, south)
    _check_place(east, north)
    if south > north:
        message = f"a box goes from south to north; seen: {south} to {north}"
        raise InputError(message)
    if west > east:
        return (west, south, 180.0, north), (-180.0, south, east, north)
    return (box,)


def _exact(box: Box) -> ColumnElement[bool]:
    west, south, east, north = box
    return and_(camera.c.lon.between(west, east), camera.c.lat.between(south, north))


def _inside(connection: Connection, box: Box) -> ColumnElement[bool]:
    exact = _exact(box)
    if connection.dialect.name == "postgresql":
        envelope = func.ST_MakeEnvelope(*box, 4326)
        place: ColumnElement[Any] = column("place", _selectable=camera)
        return and_(place.op("&&")(envelope), exact)
    within = select(_INDEX.c.camera_no).where(_near(box))
    return and_(camera.c.camera_no.in_(within), exact)


def _near(box: Box) -> ColumnElement[bool]:
    """Ask SQLite's spatial index, which rounds outwards."""
    west, south, east, north = box
    return and_(
        _INDEX.c.lon_high >= west,
        _INDEX.c.lon_low <= east,
        _INDEX.c.lat_high >= south,
        _INDEX.c.lat_low <= north,
    )


def ids_in_box(connection: Connection, box: Box) -> Select[tuple[Any]]:
    """
    Give the query for the ids of the cameras in a box, one after the other.

    Parameters
    ----------
    connection
        From ``Registry.read`` or ``Registry.write``.
    box
        West, south, east and north, degrees; west is greater than east where the box
        crosses the 180th meridian.

    Returns
    -------
    sqlalchemy.Select
        In no order; a limit ends it early.

    Raises
    ------
    InputError
        The box is not on the globe, or south of it is north.
    """
    ids = select(camera.c.camera_id)
    parts = _parts(box)
    if connection.dialect.name == "postgresql" or len(parts) > 1:
        return ids.where(in_box(connection, box))
    both = _INDEX.join(camera, _INDEX.c.camera_no == camera.c.camera_no)
    return ids.select_from(both).where(_near(box), _exact(box))


def boxes_around(lon: float, lat: float, within_m: float) -> tuple[Box, ...]:
    """
    Give boxes that hold every place within a distance.

    Parameters
    ----------
    lon, lat
        The place, degrees.
    within_m
        Metres.

    Returns
    -------
    tuple of tuple
        One box, or two at the 180th meridian: west, south, east and north.

    Examples
    --------
    >>> [tuple(round(side, 2) for side in box) for box in boxes_around(180, 0, 1112)]
    [(179.99, -0.01, 180, 0.01), (-180, -0.01, -179.99, 0.01)]
    >>> boxes_around(10.0, 90.0, 1.0)[0][::2]
    (-180.0, 180.0)
    """
    high = within_m / _M_PER_DEG_LAT
    south, north = max(lat - high, -90.0), min(lat + high, 90.0)
    narrowest = math.cos(math.radians(min(max(abs(south), abs(north)), 90.0)))
    reach = within_m / (_M_PER_DEG_LON * narrowest) if narrowest > 1e-9 else 360.0
    if reach >= 180.0 or abs(lat) + high >= 90.0:
        return ((-180.0, south, 180.0, north),)
    west, east = lon - reach, lon + reach
    if west < -180.0:
        return (west + 360.0, south, 180, north), (-180, south, east, north)
    if east > 180.0:
        return (west, south, 180, north), (-180, south, east - 360.0, north)
    return ((west, south, east, north),)


def near(
    connection: Connection,
    lon: float,
    lat: float,
    *,
    most: int,
    within_m: float,
    where: tuple[ColumnElement[bool], ...] = (),
) -> tuple[Found, ...]:
    """
    Find the cameras nearest to a place.

    Parameters
    ----------
    connection
        From ``Registry.read`` or ``Registry.write``.
    lon, lat
        The place, degrees.
    most
        Most cameras.
    within_m
        How far to look, metres.
    where
        What they have to fulfil besides.

    Returns
    -------
    tuple of Found
        The nearest first; those equally far by their ids.

    Raises
    ------
    InputError
        The place is not on the globe, or ``most`` or ``within_m`` is out of range.

    Notes
    -----
    Boxes that double in size are asked of the spatial index until one holds enough; the
    distances are geodesics, reckoned here and not in the database.
    """
    _check_place(lon, lat)
    if not (most >= 1 and 0 < within_m <= _FARTHEST_M):
        message = (
            f"at least 1 camera within more than 0 m and at most {_FARTHEST_M:,.0f} m "
            f"can be asked for; seen: {most} within {within_m} m"
        )
        raise InputError(message)
    reach = min(_FIRST_M, within_m)
    while True:
        found = _within(connection, (lon, lat), reach, where=where)
        if len(found) >= most or reach >= within_m:
            return tuple(found[:most])
        reach = min(reach * 2.0, within_m)


def _within(
    connection: Connection,
    place: tuple[float, float],
    reach: float,
    *,
    where: tuple[ColumnElement[bool], ...],
) -> list[Found]:
    from pyproj import Geod

    boxes = boxes_around(*place, reach)
    query = select(camera.c.camera_id, camera.c.lon, camera.c.lat).where(
        or_(*(_inside(connection, box) for box in boxes)), *where
    )
    rows = connection.execute(query).all()
    if not rows:
        return []
    lons, lats = np.array([row[1:] for row in rows], dtype=np.float64).T
    origin = np.full_like(lons, place[0]), np.full_like(lats, place[1])
    distances = Geod(ellps="WGS84").inv(*origin, lons, lats)[2]
    near_enough = [
        Found(row[0], float(distance))
        for row, distance in zip(rows, distances, strict=True)
        if distance <= reach
    ]
    return sorted(near_enough, key=lambda one: (one.distance_m, one.camera_id))


def _check_place(lon: float, lat: float) -> None:
    if not (-180.0 <= lon <= 180.0 and -90.0 <= lat <= 90.0):
        message = (
            f"lon {lon}, lat {lat} is no place; allowed: lon from -180 to 180 and lat "
            "from -90 to 90, in this order"
        )
        raise InputError(message)
