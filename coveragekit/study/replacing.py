"""Put another table in the place of one that a study has."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING

from coveragekit import model
from coveragekit.crs import WGS84
from coveragekit.errors import InputError
from coveragekit.study.folder import file_digest, write_geoparquet
from coveragekit.study.habits import check_habits
from coveragekit.study.steps import disk_error

if TYPE_CHECKING:
    import geopandas as gpd

    from coveragekit.study.settings import Input
    from coveragekit.study.study import Study

__all__ = ["replace_table"]


def replace_table(
    study: Study, name: str, frame: gpd.GeoDataFrame, *, source: Input
) -> Study:
    """
    Put a table in the place of the one that a study has, whole or not at all.

    Parameters
    ----------
    study
        The study.
    name
        Name of the table.
    frame
        The new rows, EPSG:4326.
    source
        Where they come from; its digest is that of the new file where it has none.

    Returns
    -------
    Study
        The study with its new provenance; build it again to see the effect.

    Raises
    ------
    TableError
        The rows do not fit the table.
    InputError
        The source is of another table, or the rows are in another CRS.
    SourceError
        The disk refused; the former table stays.
    """
    if source.table != name:
        message = f"the source is of the table {source.table!r}, not of {name!r}"
        raise InputError(message)
    if frame.crs != WGS84:
        message = f"the {name} are in {frame.crs}; a study takes EPSG:4326"
        raise InputError(message)
    table = model.conform(name, frame)
    model.check(name, table)
    if name == "cameras":
        check_habits(table, study.settings)
    path = study.table_path(name)
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        write_geoparquet(table, fresh)
        digest = file_digest(fresh)
        fresh.replace(path)
    except OSError as error:
        words = f"its {name} are as they were"
        raise disk_error(study.path, error, words) from error
    finally:
        fresh.unlink(missing_ok=True)
    others = tuple(one for one in study.settings.inputs if one.table != name)
    told = source if source.sha256 else replace(source, sha256=digest)
    return study.with_settings(inputs=(*others, told))
