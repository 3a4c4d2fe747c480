"""What the view store draws: gaps, buildings, streets, water, zones, the outline."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from coveragekit import model
from coveragekit.study.folder import Results, read_geoparquet
from coveragekit.study.view_shapes import morton_order, ragged_of, take, texts_of
from coveragekit.view import Buildings, Gaps, Shapes, StreetLines, mercator

if TYPE_CHECKING:
    from pathlib import Path

    import geopandas as gpd
    from numpy.typing import NDArray

    from coveragekit.study.folder import StudyFolder

__all__ = [
    "RANKS",
    "building_table",
    "gap_table",
    "outline_table",
    "street_table",
    "water_table",
    "zone_table",
]

# Classes of OpenStreetMap's highway tag in the order in which they are drawn, from
# the widest; links as what they lead to, all others as paths.
RANKS: Final[tuple[tuple[str, ...], ...]] = (
    ("motorway",),
    ("trunk",),
    ("primary",),
    ("secondary",),
    ("tertiary",),
    ("residential", "unclassified", "living_street", "road"),
    ("service", "pedestrian", "busway", "bus_guideway"),
)


def gap_table(folder: Path) -> Gaps:
    """
    Give the table of gaps.

    Parameters
    ----------
    folder
        A results folder.

    Returns
    -------
    Gaps
        In the order of their ranks.
    """
    import shapely

    gaps = Results(folder).gaps()
    shapes = gaps.geometry.to_numpy()
    centre = shapely.get_coordinates(shapely.point_on_surface(shapes))
    return Gaps(
        gap_id=texts_of(gaps["gap_id"]),
        name=texts_of(gaps["name"]),
        shape=ragged_of(shapes),
        rank=gaps["rank"].to_numpy(dtype=np.int32),
        incidents_per_year=_numbers(gaps, "incidents_per_year"),
        calls_per_year=_numbers(gaps, "calls_per_year"),
        incidents_low=_numbers(gaps, "incidents_low"),
        incidents_median=_numbers(gaps, "incidents_median"),
        incidents_high=_numbers(gaps, "incidents_high"),
        street_m=_numbers(gaps, "street_m"),
        area_m2=_numbers(gaps, "area_m2"),
        centre=mercator.to_merc(*centre.T),
    )


def _numbers(table: gpd.GeoDataFrame, name: str) -> NDArray[Any]:
    return np.asarray(table[name].to_numpy(dtype=np.float64, na_value=np.nan))


def building_table(study: StudyFolder) -> Buildings:
    """
    Give the table of buildings.

    Parameters
    ----------
    study
        The study.

    Returns
    -------
    Buildings
        In Morton order.
    """
    table = study.table("buildings")
    shape = ragged_of(table.geometry.to_numpy())
    order = morton_order(shape)
    return Buildings(take(shape, order), _numbers(table, "height_m")[order])


def street_table(study: StudyFolder) -> StreetLines:
    """
    Give the table of street lines.

    Parameters
    ----------
    study
        The study.

    Returns
    -------
    StreetLines
        In Morton order.
    """
    import pandas as pd

    table = study.table("streets")
    shape = ragged_of(table.geometry.to_numpy())
    order = morton_order(shape)
    name_of, names = pd.factorize(table["name"], sort=True)
    ranks = {word: rank for rank, words in enumerate(RANKS) for word in words}
    classes = table["highway"].str.removesuffix("_link")
    rank = classes.map(ranks).fillna(len(RANKS)).to_numpy(dtype=np.uint8)
    public = model.is_public_street(table["highway"]).to_numpy(dtype=np.bool_)
    return StreetLines(
        shape=take(shape, order),
        name=texts_of(pd.Series(names)),
        name_of=name_of[order],
        rank=rank[order],
        public=public[order],
    )


def water_table(study: StudyFolder) -> Shapes:
    """
    Give the table of water.

    Parameters
    ----------
    study
        The study.

    Returns
    -------
    Shapes
        In Morton order.
    """
    return _named(study.table("water"))


def zone_table(study: StudyFolder) -> Shapes:
    """
    Give the table of privacy zones.

    Parameters
    ----------
    study
        The study.

    Returns
    -------
    Shapes
        In Morton order.
    """
    return _named(study.table("privacy_zones"))


def _named(table: gpd.GeoDataFrame) -> Shapes:
    shape = ragged_of(table.geometry.to_numpy())
    order = morton_order(shape)
    return Shapes(take(shape, order), texts_of(table["name"].iloc[order]))


def outline_table(folder: Path) -> Shapes:
    """
    Give the outline of the study area.

    Parameters
    ----------
    folder
        A results folder.

    Returns
    -------
    Shapes
        One row.
    """
    import pandas as pd

    area = read_geoparquet(folder / "area.parquet")
    return Shapes(ragged_of(area.geometry.to_numpy()), texts_of(pd.Series([""])))
