"""The cameras and privacy zones that a study may know of."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from coveragekit import model
from coveragekit.access.opening import the_door
from coveragekit.crs import WGS84
from coveragekit.registry.camera_list import camera_columns
from coveragekit.registry.zones import zones_at

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from pathlib import Path

    import geopandas as gpd
    from numpy.typing import NDArray

    from coveragekit.access.answers import Work
    from coveragekit.access.door import Door
    from coveragekit.access.people import Purpose, User

__all__ = ["camera_arrays", "cameras", "departed", "zones"]


def cameras(
    user: User, purpose: Purpose, *, registry: Door | str | Path | None = None
) -> gpd.GeoDataFrame:
    """
    Give the cameras of the registry as the model's table.

    Parameters
    ----------
    user
        Who asks.
    purpose
        What for.
    registry
        A door, or what ``open_door`` takes.

    Returns
    -------
    geopandas.GeoDataFrame
        The model's table ``cameras``, EPSG:4326. Its ``access`` is derived from consent
        as it is now; cameras whose owner withdrew, or whose consent expired or is
        suspended, are left out. ``owner_id`` is an opaque key; no contact and no feed
        is in it.

    Raises
    ------
    AccessRefused
        The policy does not let the user list cameras for this; that is on record.
    """
    import geopandas as gpd

    columns = _columns(user, purpose, registry)
    lon, lat = columns.pop("lon"), columns.pop("lat")
    places = gpd.points_from_xy(lon, lat, crs=WGS84)
    frame = gpd.GeoDataFrame(columns, geometry=places)
    return model.conform("cameras", frame)


def camera_arrays(
    user: User, purpose: Purpose, *, registry: Door | str | Path | None = None
) -> dict[str, NDArray[Any]]:
    """
    Give the cameras of the registry as arrays, without loading any table library.

    Parameters
    ----------
    user
        Who asks.
    purpose
        What for.
    registry
        A door, or what ``open_door`` takes.

    Returns
    -------
    dict of str to numpy.ndarray
        The columns of the model's table by name, ``lon`` and ``lat`` in place of the
        geometry. Numbers are floats, not-a-number where missing; times are
        ``datetime64[us]`` in UTC; all else are objects, ``None`` where missing.

    Raises
    ------
    AccessRefused
        The policy does not let the user list cameras for this; that is on record.
    """
    columns = _columns(user, purpose, registry)
    layout = model.table("cameras").columns
    kinds = {
        name: layout[name].type if name in layout else "number" for name in columns
    }
    return {name: _array(values, kinds[name]) for name, values in columns.items()}


def departed(
    user: User,
    purpose: Purpose,
    camera_ids: Collection[str],
    *,
    registry: Door | str | Path | None = None,
) -> frozenset[str]:
    """
    Give which cameras of a study have left since it was made from the registry.

    Parameters
    ----------
    user
        Who asks.
    purpose
        What for.
    camera_ids
        The study's cameras.
    registry
        A door, or what ``open_door`` takes.

    Returns
    -------
    frozenset of str
        Those that the registry would not list any more: withdrawn, expired, suspended
        or taken down.

    Raises
    ------
    AccessRefused
        The policy does not let the user list cameras for this; that is on record.
    """
    with (
        the_door(registry) as door,
        door.reading(user, "list_cameras", purpose) as work,
    ):
        columns, _ = camera_columns(work.connection, work.latest)
        gone = frozenset(camera_ids).difference(columns["camera_id"])
        _tell(work, "camera", sorted(gone))
        work.parameters = {"asked": len(camera_ids), "departed": len(gone)}
    return gone


def zones(
    user: User, purpose: Purpose, *, registry: Door | str | Path | None = None
) -> gpd.GeoDataFrame:
    """
    Give the places that no camera may look into now.

    Parameters
    ----------
    user
        Who asks.
    purpose
        What for.
    registry
        A door, or what ``open_door`` takes.

    Returns
    -------
    geopandas.GeoDataFrame
        The model's table ``privacy_zones``, EPSG:4326.

    Raises
    ------
    AccessRefused
        The policy does not let the user list cameras for this; that is on record.
    """
    import geopandas as gpd
    from shapely import Polygon

    with (
        the_door(registry) as door,
        door.reading(user, "list_cameras", purpose) as work,
    ):
        found = zones_at(work.connection, work.latest)
        _tell(work, "privacy_zone", [one.zone_id for one in found])
    shapes = [Polygon(one.ring[0], one.ring[1:]) for one in found]
    named = {
        "zone_id": [one.zone_id for one in found],
        "name": [one.name for one in found],
    }
    geometry = gpd.GeoSeries(shapes, crs=WGS84)
    return model.conform("privacy_zones", gpd.GeoDataFrame(named, geometry=geometry))


def _columns(
    user: User, purpose: Purpose, registry: Door | str | Path | None
) -> dict[str, list[Any]]:
    with (
        the_door(registry) as door,
        door.reading(user, "list_cameras", purpose) as work,
    ):
        columns, left_out = camera_columns(work.connection, work.latest)
        _tell(work, "camera", columns["camera_id"])
        work.parameters = {"left_out": left_out}
    return columns


def _tell(work: Work, object_type: str, ids: Sequence[str]) -> None:
    """Say which rows were given by one digest: a city's ids would fill the log."""
    work.object_type = object_type
    work.rows = len(ids)
    work.digest = hashlib.sha256("\n".join(sorted(ids)).encode("utf-8")).hexdigest()


def _array(values: Sequence[Any], kind: str) -> NDArray[Any]:
    import numpy as np

    if kind in {"number", "integer"}:
        return np.array(
            [np.nan if one is None else float(one) for one in values], np.float64
        )
    if kind == "time":
        plain = [None if one is None else one.replace(tzinfo=None) for one in values]
        return np.array(plain, "datetime64[us]")
    found = np.empty(len(values), object)
    found[:] = values
    return found
