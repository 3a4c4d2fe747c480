"""Take public streets to pieces: samples for shares, blocks for names."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from coveragekit.coverage.along import places_along
from coveragekit.coverage.point_shares import point_share
from coveragekit.crs import check_metric, check_same
from coveragekit.errors import InputError
from coveragekit.model import is_public_street

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd
    from numpy.typing import ArrayLike, NDArray
    from shapely.geometry.base import BaseGeometry

    from coveragekit.coverage.shares import Share
    from coveragekit.visibility import Obstacles

__all__ = ["public_lines", "street_coverage", "street_samples", "street_share"]


def public_lines(streets: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """
    Give the streets that are public by their class.

    Parameters
    ----------
    streets
        The table ``streets`` in a CRS in metres.

    Returns
    -------
    geopandas.GeoDataFrame
        The rows whose ``highway`` is a public class, index kept.

    Raises
    ------
    CRSError
        The streets have no CRS, or one that is not in metres.
    InputError
        There is no column ``highway``.

    Examples
    --------
    >>> import geopandas as gpd
    >>> from shapely import LineString
    >>> two = gpd.GeoDataFrame({"highway": ["residential", "footway"]},
    ...     geometry=[LineString([(0, 0), (9, 0)])] * 2, crs="EPSG:32616")
    >>> public_lines(two)["highway"].tolist()
    ['residential']
    """
    check_metric(streets.crs, "streets")
    if "highway" not in streets.columns:
        message = (
            "streets have no column 'highway', so that public ones cannot be told; "
            "coveragekit.model.conform gives every column of the table"
        )
        raise InputError(message)
    return streets[is_public_street(streets["highway"]).to_numpy(dtype=np.bool_)]


def street_samples(
    streets: gpd.GeoDataFrame, area: BaseGeometry, spacing_m: float = 2.0
) -> gpd.GeoDataFrame:
    """
    Give points along the public streets of an area, each with the length it stands for.

    Parameters
    ----------
    streets
        The table ``streets`` in a CRS in metres.
    area
        The study area in the same CRS; streets are cut exactly at its edge.
    spacing_m
        Longest piece that one point stands for, metres, > 0.

    Returns
    -------
    geopandas.GeoDataFrame
        ``street`` (label of the street in ``streets``), ``length_m``; Points in the
        middle of equal pieces. The lengths of a street's points add up to its length
        within the area.

    Raises
    ------
    CRSError
        The streets have no CRS, or one that is not in metres.
    InputError
        There is no column ``highway``, or a spacing that cannot be.

    Examples
    --------
    >>> import geopandas as gpd
    >>> from shapely import LineString, box
    >>> one = gpd.GeoDataFrame({"highway": ["residential"]},
    ...     geometry=[LineString([(0, 0), (9, 0)])], crs="EPSG:32616")
    >>> street_samples(one, box(0, -1, 3, 1))["length_m"].tolist()
    [1.5, 1.5]
    """
    import geopandas as gpd
    import shapely

    if not (np.isfinite(spacing_m) and spacing_m > 0.0):
        message = f"spacing_m is {spacing_m:g}; allowed: more than 0, finite"
        raise InputError(message)
    public = public_lines(streets)
    lines, row = _clip(public.geometry.to_numpy(), area)
    length = shapely.length(lines)
    # Less a millionth: 100 m that a file's rounding made longer are not 51 pieces.
    pieces = np.maximum(np.ceil(length / spacing_m - 1e-6), 1.0).astype(np.int64)
    of_line = np.repeat(np.arange(len(lines)), pieces)
    place = np.arange(len(of_line)) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    step = (length / pieces)[of_line]
    points = shapely.points(places_along(lines, of_line, (place + 0.5) * step))
    columns = {"street": public.index.to_numpy()[row][of_line], "length_m": step}
    return gpd.GeoDataFrame(columns, geometry=points, crs=streets.crs)


def _clip(
    lines: NDArray[np.object_], area: BaseGeometry
) -> tuple[NDArray[np.object_], NDArray[np.intp]]:
    """Cut lines at the edge of an area; give the pieces, and the line of each."""
    import shapely

    shapely.prepare(area)
    touching = np.flatnonzero(shapely.intersects(area, lines))
    kept = lines[touching]
    crossing = ~shapely.covers(area, kept)
    kept[crossing] = shapely.intersection(kept[crossing], area)
    parts, of_line = shapely.get_parts(kept, return_index=True)
    nested, of_part = shapely.get_parts(parts, return_index=True)
    real = shapely.length(nested) > 0.0
    return nested[real], touching[of_line[of_part[real]]]


def street_share(
    streets: gpd.GeoDataFrame,
    area: BaseGeometry,
    *,
    cameras: gpd.GeoDataFrame,
    obstacles: Obstacles,
    spacing_m: float = 2.0,
    mounting: pd.DataFrame | None = None,
) -> Share:
    """
    Give how much of the public streets' length is seen, by exact line of sight.

    Parameters
    ----------
    streets
        The table ``streets`` in a CRS in metres.
    area
        The study area in the same CRS.
    cameras
        Cameras in the same CRS, with the range to use in ``range_m``.
    obstacles
        What hides.
    spacing_m
        Longest piece that one line of sight stands for, metres, > 0.
    mounting
        Where the cameras hang, as :func:`coveragekit.visibility.mount` gives it; worked
        out where ``None``.

    Returns
    -------
    Share
        In metres.

    Raises
    ------
    CRSError
        A table has no CRS, one that is not in metres, or another than the rest.
    InputError
        Columns or a spacing that cannot be.

    Notes
    -----
    :func:`street_samples`, :func:`coveragekit.visibility.who_sees` and
    :func:`coveragekit.coverage.point_share` in one; call them one by one for the share
    of groups of cameras, or where the matrix is needed for more than one number.

    Examples
    --------
    >>> import geopandas as gpd
    >>> from shapely import LineString, Point, box
    >>> from coveragekit.visibility import Obstacles
    >>> crs = "EPSG:32616"
    >>> street = gpd.GeoDataFrame({"highway": ["residential"]},
    ...     geometry=[LineString([(500000, 0), (500100, 0)])], crs=crs)
    >>> camera = gpd.GeoDataFrame(
    ...     {"bearing_deg": [90.0], "hfov_deg": [90.0], "range_m": [24.0]},
    ...     geometry=[Point(500000, 0)], crs=crs)
    >>> none = Obstacles.from_buildings(
    ...     gpd.GeoDataFrame({"building_id": []}, geometry=[], crs=crs))
    >>> block = box(5e5, -9, 500100, 9)
    >>> street_share(street, block, cameras=camera, obstacles=none).value
    0.24
    """
    from coveragekit.coverage.raster import camera_probability
    from coveragekit.visibility import who_sees

    check_same(streets.crs, cameras.crs, "streets and cameras")
    samples = street_samples(streets, area, spacing_m)
    sees = who_sees(samples, cameras, obstacles, mounting=mounting)
    return point_share(
        sees,
        camera_probability(cameras),
        weights=samples["length_m"].to_numpy(),
        unit="m",
    )


def street_coverage(
    streets: gpd.GeoDataFrame, samples: gpd.GeoDataFrame, probability: ArrayLike
) -> gpd.GeoDataFrame:
    """
    Give for each public street how much of it is seen.

    Parameters
    ----------
    streets
        The table ``streets`` that the samples were taken from.
    samples
        Points of :func:`street_samples`.
    probability
        How surely each of them is seen, 0 to 1.

    Returns
    -------
    geopandas.GeoDataFrame
        The streets that have a sample, index and columns kept, with ``length_m`` and
        ``seen_m`` within the study area.

    Raises
    ------
    InputError
        Another number of probabilities than of samples.

    Examples
    --------
    >>> import geopandas as gpd
    >>> from shapely import LineString, box
    >>> one = gpd.GeoDataFrame({"highway": ["residential"]},
    ...     geometry=[LineString([(0, 0), (9, 0)])], crs="EPSG:32616")
    >>> samples = street_samples(one, box(0, -1, 4, 1))
    >>> street_coverage(one, samples, [1.0, 0.5])["seen_m"].tolist()
    [3.0]
    """
    import pandas as pd

    chances = np.asarray(probability, dtype=np.float64)
    if chances.shape != (len(samples),):
        message = (
            f"probability has the shape {chances.shape}; allowed: one for each of the "
            f"{len(samples)} samples"
        )
        raise InputError(message)
    length = samples["length_m"].to_numpy()
    amounts = pd.DataFrame(
        {
            "street": samples["street"].to_numpy(),
            "length_m": length,
            "seen_m": length * chances,
        }
    )
    by_street = amounts.groupby("street", sort=False)[["length_m", "seen_m"]].sum()
    kept = streets[streets.index.isin(by_street.index)].copy()
    for name in ("length_m", "seen_m"):
        kept[name] = by_street[name].reindex(kept.index).to_numpy()
    return kept
