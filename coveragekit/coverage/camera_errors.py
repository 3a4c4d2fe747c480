"""Say how far what is known of each camera may be off."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import numpy as np

from coveragekit.errors import InputError
from coveragekit.model import split_assumed

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd
    import pandas as pd
    from numpy.typing import NDArray

__all__ = ["assumed_mask", "camera_errors", "error_defaults", "kind_numbers", "numbers"]

# Column of the error, column of the value it is about.
_ABOUT = {
    "position_error_m": "geometry",
    "bearing_error_deg": "bearing_deg",
    "hfov_error_deg": "hfov_deg",
    "height_error_m": "mount_height_m",
}


@cache
def error_defaults() -> Mapping[str, Any]:
    """
    Give the errors assumed of cameras whose source does not say.

    Returns
    -------
    mapping
        ``common`` holds values for any camera; ``kinds`` the standard deviations by
        kind, with those of values that were themselves assumed under ``assumed``.

    Examples
    --------
    >>> error_defaults()["kinds"]["bullet"]["bearing_error_deg"]
    15.0
    """
    path = files("coveragekit.model").joinpath("data/camera_errors.toml")
    return tomllib.loads(path.read_text("utf-8"))


def camera_errors(
    cameras: gpd.GeoDataFrame, *, defaults: Mapping[str, Any] | None = None
) -> gpd.GeoDataFrame:
    """
    Give cameras with the missing errors of their place, aim and lens filled in by kind.

    Parameters
    ----------
    cameras
        The table ``cameras`` with its defaults filled in, as
        :func:`coveragekit.model.fill_camera_defaults` gives it.
    defaults
        Values in the form of :func:`error_defaults`, which is used when ``None``.

    Returns
    -------
    geopandas.GeoDataFrame
        A new frame. ``position_error_m``, ``bearing_error_deg``, ``hfov_error_deg``,
        ``height_error_m`` and ``range_error_m`` are filled in, larger where the value
        itself is listed in ``assumed``; the columns filled are added to that list. An
        unknown ``bearing_deg`` gets no error, as every bearing is equally likely, and
        a camera whose source gives no ``range_m`` none of range.

    Raises
    ------
    InputError
        A kind that has no defaults, or an error below 0.

    Examples
    --------
    >>> import geopandas as gpd
    >>> from shapely import Point
    >>> from coveragekit import model
    >>> one = gpd.GeoDataFrame(
    ...     {"camera_id": ["a"], "kind": ["bullet"], "hfov_deg": [90.0]},
    ...     geometry=[Point(0, 0)], crs=4326)
    >>> filled = model.fill_camera_defaults(model.conform("cameras", one))
    >>> known = camera_errors(filled)
    >>> float(known["hfov_error_deg"][0]), float(known["height_error_m"][0])
    (5.0, 1.5)
    >>> "bearing_error_deg" in known["assumed"][0]
    False
    """
    import pandas as pd

    values = error_defaults() if defaults is None else defaults
    kind, names = kind_numbers(cameras, values)
    filled = cameras.copy()
    notes = _notes(cameras)
    for column, about in _ABOUT.items():
        plain = np.array([values["kinds"][name][column] for name in names])
        larger = [
            values["kinds"][name]["assumed"].get(column, at)
            for name, at in zip(names, plain, strict=True)
        ]
        guess = np.where(
            assumed_mask(notes, about), np.array(larger)[kind], plain[kind]
        )
        if column == "bearing_error_deg":
            guess[np.isnan(numbers(cameras, "bearing_deg"))] = np.nan
        _fill(filled, column, guess, notes=notes)
    share = np.array([values["kinds"][name]["range_error_share"] for name in names])
    far = share[kind] * numbers(cameras, "range_m")
    _fill(filled, "range_error_m", far, notes=notes)
    filled["assumed"] = pd.Series(notes, index=filled.index, dtype="object")
    return filled


def _fill(
    filled: gpd.GeoDataFrame,
    column: str,
    guess: NDArray[np.float64],
    *,
    notes: list[list[str]],
) -> None:
    given = numbers(filled, column)
    wrong = given < 0.0
    if wrong.any():
        message = (
            f"cameras: {column} is {given[wrong][0]:g} in row "
            f"{filled.index[wrong][0]}; allowed: one standard deviation, 0 or more"
        )
        raise InputError(message)
    missing = np.isnan(given) & ~np.isnan(guess)
    filled[column] = np.where(missing, guess, given)
    for row in np.flatnonzero(missing):
        notes[row].append(column)


def _notes(cameras: pd.DataFrame) -> list[list[str]]:
    if "assumed" not in cameras.columns:
        return [[] for _ in range(len(cameras))]
    return [split_assumed(cell) for cell in cameras["assumed"]]


def assumed_mask(notes: list[list[str]], column: str) -> NDArray[np.bool_]:
    """
    Tell for each row whether a column of it was filled in by us.

    Parameters
    ----------
    notes
        For each row the columns listed as assumed.
    column
        The column asked about.

    Returns
    -------
    numpy.ndarray
        Bool, one for each row.

    Examples
    --------
    >>> assumed_mask([["kind"], []], "kind")
    array([ True, False])
    """
    return np.fromiter((column in note for note in notes), np.bool_, len(notes))


def numbers(cameras: pd.DataFrame, column: str) -> NDArray[np.float64]:
    """
    Give a column as numbers, not-a-number where it is missing, in whole or in part.

    Parameters
    ----------
    cameras
        The table.
    column
        The column.

    Returns
    -------
    numpy.ndarray
        One for each row.

    Raises
    ------
    InputError
        The column holds what is no number.

    Examples
    --------
    >>> import pandas as pd
    >>> numbers(pd.DataFrame({"a": [1, None]}), "a"), numbers(pd.DataFrame([1]), "b")
    (array([ 1., nan]), array([nan]))
    """
    if column not in cameras.columns:
        return np.full(len(cameras), np.nan)
    try:
        given = cameras[column].to_numpy(dtype=np.float64, na_value=np.nan)
    except (TypeError, ValueError) as error:
        message = f"cameras: {column} holds what is no number: {error}"
        raise InputError(message) from error
    return np.array(given, dtype=np.float64)


def kind_numbers(
    cameras: pd.DataFrame, defaults: Mapping[str, Any]
) -> tuple[NDArray[np.intp], list[str]]:
    """
    Give each camera's kind as a number, and the kinds numbered.

    Parameters
    ----------
    cameras
        The table; a kind that is missing counts as ``unknown``.
    defaults
        In the form of :func:`error_defaults`.

    Returns
    -------
    tuple
        A number for each row, and the names that the numbers stand for.

    Raises
    ------
    InputError
        A kind that has no defaults.

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"kind": ["ptz", None, "ptz"]})
    >>> kind_numbers(table, error_defaults())
    (array([0, 1, 0]), ['ptz', 'unknown'])
    """
    import pandas as pd

    if "kind" not in cameras.columns:
        return np.zeros(len(cameras), np.intp), ["unknown"]
    kinds = cameras["kind"].astype("object").fillna("unknown")
    number, names = pd.factorize(kinds, sort=True)
    unknown = [name for name in names if name not in defaults["kinds"]]
    if unknown:
        message = (
            f"no errors are known for camera kind {unknown[0]!r}; there are some for "
            f"{', '.join(defaults['kinds'])}: add a block for it to the file of errors"
        )
        raise InputError(message)
    return number, list(names)
