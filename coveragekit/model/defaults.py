"""Fill in what a camera's source does not say, and write down what was filled in."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from coveragekit.errors import InputError
from coveragekit.model.check import split_assumed

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["camera_defaults", "fill_camera_defaults"]


@cache
def camera_defaults() -> Mapping[str, Any]:
    """
    Give the values assumed of cameras whose source does not say.

    Returns
    -------
    mapping
        ``common`` holds values for any camera; ``kinds`` the values by kind.

    Examples
    --------
    >>> camera_defaults()["kinds"]["unknown"]["hfov_deg"]
    70.0
    """
    path = files("coveragekit.model").joinpath("data/camera_defaults.toml")
    return tomllib.loads(path.read_text("utf-8"))


def fill_camera_defaults(
    cameras: gpd.GeoDataFrame, *, defaults: Mapping[str, Any] | None = None
) -> gpd.GeoDataFrame:
    """
    Give cameras with missing optics and state filled in by kind, and say which.

    Parameters
    ----------
    cameras
        The table ``cameras``. A missing ``bearing_deg`` stays missing: it means that
        every direction is possible.
    defaults
        Values in the form of :func:`camera_defaults`, which is used when ``None``.

    Returns
    -------
    geopandas.GeoDataFrame
        A new frame; the names of the columns filled are added to each row's
        ``assumed``.

    Raises
    ------
    InputError
        A kind that has no defaults.

    Examples
    --------
    >>> import geopandas as gpd
    >>> from shapely import Point
    >>> from coveragekit import model
    >>> one = gpd.GeoDataFrame({"camera_id": ["a"]}, geometry=[Point(0, 0)], crs=4326)
    >>> filled = fill_camera_defaults(model.conform("cameras", one))
    >>> float(filled["hfov_deg"][0]), "hfov_deg" in filled["assumed"][0]
    (70.0, True)
    """
    import pandas as pd

    values = camera_defaults() if defaults is None else defaults
    filled = cameras.copy()
    notes = [split_assumed(cell) for cell in cameras["assumed"]]
    for column, value in values["common"].items():
        _note(notes, column, _fill(filled, column, value))
    kinds: Mapping[str, Mapping[str, Any]] = values["kinds"]
    unknown = sorted(set(filled["kind"].dropna()) - set(kinds))
    if unknown:
        message = (
            f"no defaults for camera kind {unknown[0]!r}; there are some for "
            f"{', '.join(kinds)}: add a block for it to the defaults file"
        )
        raise InputError(message)
    columns = sorted({column for block in kinds.values() for column in block})
    for column in columns:
        by_kind = {kind: block.get(column) for kind, block in kinds.items()}
        values_by_row = filled["kind"].map(by_kind).astype(filled[column].dtype)
        _note(notes, column, _fill(filled, column, values_by_row))
    filled["assumed"] = pd.Series(notes, index=filled.index, dtype="object")
    return filled


def _fill(filled: gpd.GeoDataFrame, column: str, values: Any) -> NDArray[np.intp]:  # noqa: ANN401 - a value or a Series
    before = filled[column].isna()
    filled[column] = filled[column].fillna(values)
    rows: NDArray[np.intp] = (before & filled[column].notna()).to_numpy().nonzero()[0]
    return rows


def _note(notes: list[list[str]], column: str, rows: NDArray[np.intp]) -> None:
    for row in rows:
        if column not in notes[row]:
            notes[row].append(column)
