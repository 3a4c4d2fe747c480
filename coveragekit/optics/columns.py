"""Columns of a camera table as arrays, or an error that names the row."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from coveragekit.errors import InputError

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

__all__ = ["ALL_ROUND_DEG", "are_fisheyes", "column", "known", "looks_down", "numbers"]

ALL_ROUND_DEG = 180.0


def looks_down(cameras: pd.DataFrame, hfov: NDArray[np.float64]) -> NDArray[np.bool_]:
    """
    Tell which cameras are fisheyes that look straight down.

    Parameters
    ----------
    cameras
        Column ``kind``.
    hfov
        Their fields of view, degrees.

    Returns
    -------
    numpy.ndarray
        True for a fisheye of more than 180 degrees; one of less hangs on a wall.

    Raises
    ------
    InputError
        There is no such column.

    Examples
    --------
    >>> import pandas as pd
    >>> looks_down(pd.DataFrame({"kind": ["fisheye"]}), np.array([360.0]))
    array([ True])
    """
    return np.asarray(are_fisheyes(cameras) & (hfov > ALL_ROUND_DEG))


def are_fisheyes(cameras: pd.DataFrame) -> NDArray[np.bool_]:
    """
    Tell which cameras are fisheyes.

    Parameters
    ----------
    cameras
        Column ``kind``.

    Returns
    -------
    numpy.ndarray
        True for that kind.

    Raises
    ------
    InputError
        There is no such column.

    Examples
    --------
    >>> import pandas as pd
    >>> are_fisheyes(pd.DataFrame({"kind": ["fisheye", "dome"]})).tolist()
    [True, False]
    """
    is_fisheye = (column(cameras, "kind") == "fisheye").to_numpy(dtype=np.bool_)
    return np.asarray(is_fisheye)


def known(
    cameras: pd.DataFrame, name: str, needed: NDArray[np.bool_] | None = None
) -> NDArray[np.float64]:
    """
    Give a column of numbers of which none may be missing.

    Parameters
    ----------
    cameras
        Table of cameras.
    name
        Name of the column.
    needed
        Where a number is needed; ``None``: in every row.

    Returns
    -------
    numpy.ndarray
        The column; not-a-number only where none is needed.

    Raises
    ------
    InputError
        The column or a number in it is missing; the first such row is named.

    Examples
    --------
    >>> import pandas as pd
    >>> known(pd.DataFrame({"tilt_deg": [15]}), "tilt_deg")
    array([15.])
    """
    values = numbers(cameras, name)
    missing = np.isnan(values) if needed is None else np.isnan(values) & needed
    if missing.any():
        row = cameras.index[int(np.flatnonzero(missing)[0])]
        message = (
            f"{name} is missing in {int(missing.sum())} of {len(cameras)} cameras "
            f"(first: row {row}); a number is needed: fill it, or use "
            "coveragekit.model.fill_camera_defaults, which marks what it assumed"
        )
        raise InputError(message)
    return values


def numbers(cameras: pd.DataFrame, name: str) -> NDArray[np.float64]:
    """
    Give a column as numbers, not-a-number where they are missing.

    Parameters
    ----------
    cameras
        Table of cameras.
    name
        Name of the column.

    Returns
    -------
    numpy.ndarray
        The column.

    Raises
    ------
    InputError
        There is no such column.

    Examples
    --------
    >>> import pandas as pd
    >>> numbers(pd.DataFrame({"range_m": [30, None]}), "range_m")
    array([30., nan])
    """
    values = column(cameras, name).to_numpy(dtype=np.float64, na_value=np.nan)
    return np.asarray(values, dtype=np.float64)


def column(cameras: pd.DataFrame, name: str) -> pd.Series[float]:
    """
    Give a column, or say which columns there are.

    Parameters
    ----------
    cameras
        Table of cameras.
    name
        Name of the column.

    Returns
    -------
    pandas.Series
        The column.

    Raises
    ------
    InputError
        There is no such column.

    Examples
    --------
    >>> import pandas as pd
    >>> column(pd.DataFrame({"kind": ["ptz"]}), "kind").tolist()
    ['ptz']
    """
    if name not in cameras.columns:
        seen = ", ".join(map(str, cameras.columns))
        message = (
            f"cameras have no column {name!r} (they have: {seen}); "
            "coveragekit.model.conform gives every column of the table"
        )
        raise InputError(message)
    return cameras[name]
