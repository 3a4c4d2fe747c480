"""Put another table in the place of one that a study has."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from coveragekit import model
from coveragekit.crs import WGS84
from coveragekit.errors import InputError
from coveragekit.study.folder import file_digest, write_geoparquet
from coveragekit.study.habits import check_habits
from coveragekit.study.steps import disk_error

if TYPE_CHECKING:
    from pathlib import Path

    import geopandas as gpd

    from coveragekit.study.settings import Input
    from coveragekit.study.study import Study

__all__ = ["keep_former", "replace_table"]

_FORMER = "former"


def keep_former(study: Study, name: str) -> Path:
    """
    Keep a table of a study beside the study's own, before another takes its place.

    Parameters
    ----------
    study
        The study.
    name
        Name of the table.

    Returns
    -------
    pathlib.Path
        The copy, named by the moment, in the study's folder ``former``.

    Raises
    ------
    SourceError
        The disk refused.
    """
    now = datetime.now(UTC)
    path = study.path / _FORMER / f"{name}-{now:%Y-%m-%dT%H%M%S%f}.parquet"
    try:
        path.parent.mkdir(exist_ok=True)
        shutil.copyfile(study.table_path(name), path)
    except OSError as error:
        path.unlink(missing_ok=True)
        raise disk_error(study.path, error, f"its {name} are as they were") from error
    return path


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
