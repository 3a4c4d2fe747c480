"""Say how surely each incident or call could be seen, and what is left unmet."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from coveragekit.coverage.frontages import frontages, unique_places
from coveragekit.coverage.point_shares import point_probability
from coveragekit.coverage.raster import camera_probability
from coveragekit.coverage.shares import checked_weights
from coveragekit.coverage.support_places import check_probability, covered_probability
from coveragekit.crs import check_same
from coveragekit.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd
    import pandas as pd
    from numpy.typing import ArrayLike, NDArray
    from pyproj import CRS
    from scipy.sparse import csr_array

    from coveragekit.coverage.support_places import Supports
    from coveragekit.optics import Footprints
    from coveragekit.visibility import Obstacles

__all__ = ["Unmet", "incident_coverage", "unmet_at", "unmet_demand", "unmet_places"]


def incident_coverage(  # noqa: PLR0913 - what the place of an event rests on
    points: gpd.GeoDataFrame | gpd.GeoSeries,
    cameras: gpd.GeoDataFrame,
    obstacles: Obstacles,
    *,
    streets: gpd.GeoDataFrame,
    groups: Mapping[str, ArrayLike] | None = None,
    mounting: pd.DataFrame | None = None,
    supports: Supports | None = None,
    footprints: Footprints | None = None,
) -> gpd.GeoDataFrame:
    """
    Give how surely each incident or call could be seen, by exact line of sight.

    Parameters
    ----------
    points
        Incidents or calls, Points in a CRS in metres.
    cameras
        Cameras in the same CRS, with the range to use in ``range_m``.
    obstacles
        The buildings, in the same CRS.
    streets
        The table ``streets`` in the same CRS, which buildings front on.
    groups
        Name to a flag for each camera: which cameras are in that group.
    mounting
        Where the cameras hang, as :func:`coveragekit.visibility.mount` gives it;
        computed here where ``None``.
    supports
        The places where each may have happened, as
        :func:`coveragekit.coverage.supports` gives them for these points; ``None`` to
        judge each at one place.
    footprints
        What each camera usefully sees, for :func:`coveragekit.visibility.who_sees`;
        ``None`` for its angle and ``range_m``.

    Returns
    -------
    geopandas.GeoDataFrame
        What :func:`coveragekit.coverage.frontages` gives, and: ``seen_probability``,
        P = 1 - prod(1 - p) at the place judged by; ``naive_probability``, the same at
        the point as given, 0 inside a building; ``seen_naive``, whether the latter is
        above 0; and for each group ``seen_probability_NAME`` and
        ``naive_probability_NAME``. With supports ``seen_probability`` is the mean of P
        over the places where it may have happened, and ``basis`` says what those are;
        the geometry stays the one place that stands for it.

    Raises
    ------
    CRSError
        A table has no CRS, one that is not in metres, or another than the rest.
    InputError
        A row without a point, cameras or groups that cannot be used, or supports of
        other points.

    Examples
    --------
    >>> import geopandas as gpd
    >>> from shapely import LineString, Point, box
    >>> from coveragekit.visibility import Obstacles
    >>> crs = "EPSG:32616"
    >>> house = gpd.GeoDataFrame(
    ...     {"building_id": ["h"]}, geometry=[box(0, 5, 10, 15)], crs=crs)
    >>> street = gpd.GeoDataFrame({"highway": ["residential"]},
    ...     geometry=[LineString([(-50, 0), (50, 0)])], crs=crs)
    >>> camera = gpd.GeoDataFrame(
    ...     {"bearing_deg": [float("nan")], "hfov_deg": [90.0], "range_m": [25.0]},
    ...     geometry=[Point(-5, 0)], crs=crs)
    >>> inside = gpd.GeoSeries([Point(5, 10)], crs=crs)
    >>> walls = Obstacles.from_buildings(house)
    >>> judged = incident_coverage(inside, camera, walls, streets=street)
    >>> judged[["seen_probability", "naive_probability"]].values.tolist()
    [[0.25, 0.0]]
    """
    import pandas as pd
    import shapely

    from coveragekit.visibility import who_sees

    check_same(obstacles.crs, cameras.crs, "obstacles and cameras")
    table = frontages(points, obstacles, streets)
    chances = camera_probability(cameras)

    def sees(places: gpd.GeoSeries) -> csr_array:
        return who_sees(
            places, cameras, obstacles, mounting=mounting, footprints=footprints
        )

    indoors = table["building_id"].notna().to_numpy(dtype=np.bool_)
    no_front = indoors & (table["basis"] == "point").to_numpy(dtype=np.bool_)
    _, first, place_of = unique_places(shapely.get_coordinates(table.geometry))
    at_place = sees(table.geometry.iloc[first])
    over_places = None
    if supports is not None:
        _check_supports(supports, table)
        over_places = sees(supports.places)
        table["basis"] = pd.array(supports.basis, dtype="str").take(supports.support_of)

    def judge(subset: ArrayLike | None, suffix: str) -> None:
        seen = point_probability(at_place, chances, subset)[place_of]
        table[f"naive_probability{suffix}"] = np.where(indoors, 0.0, seen)
        seen = np.where(no_front, 0.0, seen)
        if supports is not None and over_places is not None:
            there = point_probability(over_places, chances, subset)
            seen = covered_probability(supports, there)
        table[f"seen_probability{suffix}"] = seen

    judge(None, "")
    table["seen_naive"] = table["naive_probability"] > 0.0
    for name, flag in (groups or {}).items():
        judge(flag, f"_{name}")
    return table


def _check_supports(supports: Supports, table: gpd.GeoDataFrame) -> None:
    check_same(supports.crs, table.crs, "supports and points")
    if len(supports) != len(table):
        message = (
            f"there are supports for {len(supports)} events and {len(table)} points; "
            "allowed: the supports made for these points"
        )
        raise InputError(message)


def unmet_demand(
    coverage: gpd.GeoDataFrame,
    weights: ArrayLike | None = None,
    *,
    years: float = 1.0,
) -> gpd.GeoDataFrame:
    """
    Give what of incidents or calls is not seen, a year, at the places judged by.

    Parameters
    ----------
    coverage
        What :func:`incident_coverage` gives; rows whose ``seen_probability`` is
        missing (such as those outside the study area) are left out.
    weights
        One for each row, 0 or more; 1 each where ``None``.
    years
        How many years the rows were collected over, > 0.

    Returns
    -------
    geopandas.GeoDataFrame
        ``per_year`` = weight (1 - P) / years for each row kept, on its index; Points.

    Raises
    ------
    InputError
        Years or weights that cannot be.

    Examples
    --------
    >>> import geopandas as gpd
    >>> from shapely import Point
    >>> one = gpd.GeoDataFrame(
    ...     {"seen_probability": [0.5]}, geometry=[Point(0, 0)], crs="EPSG:32616")
    >>> unmet_demand(one, years=2.0)["per_year"].tolist()
    [0.25]
    """
    import geopandas as gpd

    _check_years(years)
    loads = checked_weights(weights, len(coverage))
    seen = coverage["seen_probability"].to_numpy(dtype=np.float64)
    known = ~np.isnan(seen)
    unmet = loads[known] * (1.0 - seen[known]) / years
    rows = coverage.geometry[known]
    return gpd.GeoDataFrame(
        {"per_year": unmet}, index=rows.index, geometry=rows, crs=coverage.crs
    )


class Unmet(NamedTuple):
    """
    What is not met a year, place by place.

    Parameters
    ----------
    place
        Number of each place.
    xy
        Where it is, metres, shape ``(n, 2)``.
    per_year
        How much is not met there a year.
    crs
        CRS of the places, in metres.
    """

    place: NDArray[np.intp]
    xy: NDArray[np.float64]
    per_year: NDArray[np.float64]
    crs: CRS


def unmet_places(
    supports: Supports,
    place_probability: ArrayLike,
    weights: ArrayLike | None = None,
    *,
    years: float = 1.0,
) -> gpd.GeoDataFrame:
    """
    Give what of incidents or calls is not seen, a year, at every place they may be at.

    Parameters
    ----------
    supports
        The places of each event.
    place_probability
        How surely each place is seen, 0 to 1.
    weights
        One for each event, 0 or more; 1 each where ``None``.
    years
        How many years the events were collected over, > 0.

    Returns
    -------
    geopandas.GeoDataFrame
        ``per_year`` = what the place counts times (1 - P) / years, for each place that
        counts, on the number of the place; Points. The sum is that of weight (1 - P) /
        years over the events: one in a building without a front counts whole, at its
        point.

    Raises
    ------
    InputError
        Years, weights or probabilities that cannot be.

    Examples
    --------
    >>> import numpy as np
    >>> from pyproj import CRS
    >>> from coveragekit.coverage import Supports
    >>> two = Supports(np.array([[0.0, 0.0], [9.0, 0.0]]), np.array([0.5, 0.5]),
    ...     np.array([0, 2]), np.array([0, 0]), np.array(["block"], dtype=object),
    ...     CRS("EPSG:32616"))
    >>> unmet_places(two, [1.0, 0.0])["per_year"].tolist()
    [0.0, 1.0]
    """
    import geopandas as gpd
    import shapely

    unmet = unmet_at(supports, place_probability, weights, years=years)
    return gpd.GeoDataFrame(
        {"per_year": unmet.per_year},
        index=unmet.place,
        geometry=shapely.points(unmet.xy),
        crs=supports.crs,
    )


def unmet_at(
    supports: Supports,
    place_probability: ArrayLike,
    weights: ArrayLike | None = None,
    *,
    years: float = 1.0,
) -> Unmet:
    """
    Give what :func:`unmet_places` gives as arrays, without a geometry for each place.

    Parameters
    ----------
    supports, place_probability, weights, years
        As for :func:`unmet_places`.

    Returns
    -------
    Unmet
        The places that count, where they are, and how much is not met there.

    Raises
    ------
    InputError
        Years, weights or probabilities that cannot be.

    Examples
    --------
    >>> import numpy as np
    >>> from pyproj import CRS
    >>> from coveragekit.coverage import Supports
    >>> one = Supports(np.array([[0.0, 0.0]]), np.array([1.0]), np.array([0, 1]),
    ...     np.array([0]), np.array(["point"], dtype=object), CRS("EPSG:32616"))
    >>> unmet_at(one, [0.25], years=3.0).per_year.tolist()
    [0.25]
    """
    _check_years(years)
    chances = check_probability(place_probability, supports)
    unmet = supports.place_weights(weights) * (1.0 - chances)
    loads = checked_weights(weights, len(supports))
    by_support = np.bincount(supports.support_of, loads, len(supports.basis))
    counts = np.repeat(by_support > 0.0, np.diff(supports.ptr))
    hidden = supports.weight == 0.0
    unmet[hidden] = np.repeat(by_support, np.diff(supports.ptr))[hidden]
    place = np.flatnonzero(counts)
    return Unmet(place, supports.xy[place], unmet[place] / years, supports.crs)


def _check_years(years: float) -> None:
    if not (np.isfinite(years) and years > 0.0):
        message = f"years is {years:g}; allowed: more than 0, finite"
        raise InputError(message)
