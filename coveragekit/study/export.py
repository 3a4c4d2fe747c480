"""Write a result table as the file that a person asked for."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from coveragekit.crs import WGS84
from coveragekit.errors import InputError, SourceUnavailable

if TYPE_CHECKING:
    from collections.abc import Callable
    from os import PathLike

    import geopandas as gpd
    import pandas as pd

__all__ = ["EXTENSIONS", "check_extension", "safe_cells", "write_frame"]

FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r")


def check_extension(path: str | PathLike[str], *, also: tuple[str, ...] = ()) -> str:
    """
    Give the extension of a file to be written, or refuse it.

    Parameters
    ----------
    path
        The file.
    also
        Extensions to name as allowed beside those of tables.

    Returns
    -------
    str
        The extension, in lower case, with its dot.

    Raises
    ------
    InputError
        No table can be written in that format.

    Examples
    --------
    >>> check_extension("gaps.GeoJSON")
    '.geojson'
    """
    extension = Path(path).suffix.lower()
    if extension not in EXTENSIONS:
        message = (
            f"{Path(path).name} ends in {extension or 'nothing'}; allowed: "
            f"{', '.join((*EXTENSIONS, *also))}"
        )
        raise InputError(message)
    return extension


def write_frame(frame: gpd.GeoDataFrame, path: str | PathLike[str]) -> Path:
    """
    Write a result as the kind of file that its name asks for, whole or not at all.

    Parameters
    ----------
    frame
        The result, with a CRS.
    path
        The file; its extension chooses the format. A file of that name is replaced.

    Returns
    -------
    pathlib.Path
        The file written, EPSG:4326; in spreadsheets a geometry becomes ``lon`` and
        ``lat`` of a point inside it.

    Raises
    ------
    InputError
        No table can be written in that format.
    SourceUnavailable
        The folder is not there or cannot be written.
    """
    from pyogrio.errors import DataLayerError, DataSourceError

    extension = check_extension(path)
    target = Path(path)
    if not target.parent.is_dir():
        message = f"there is no folder {target.parent} to write {target.name} into"
        raise SourceUnavailable(message)
    located = frame.to_crs(WGS84)
    try:
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=".part-") as folder:
            working = Path(folder) / target.name
            EXTENSIONS[extension](located, working)
            working.replace(target)
    except (OSError, DataSourceError, DataLayerError) as error:
        message = f"{target} cannot be written: {error}"
        raise SourceUnavailable(message) from error
    return target


def _joined_lists(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    plain = frame.copy()
    for column in plain.columns:
        if plain[column].map(lambda cell: isinstance(cell, list)).any():
            plain[column] = plain[column].map(";".join)
    return plain


def _write_geojson(frame: gpd.GeoDataFrame, path: Path) -> None:
    _joined_lists(frame).to_file(path, driver="GeoJSON", RFC7946="YES")


def _write_geopackage(frame: gpd.GeoDataFrame, path: Path) -> None:
    path.unlink(missing_ok=True)
    _joined_lists(frame).to_file(path, driver="GPKG", layer=path.stem)


def _write_parquet(frame: gpd.GeoDataFrame, path: Path) -> None:
    frame.to_parquet(path, index=False, schema_version="1.1.0", compression="zstd")


def _flat(frame: gpd.GeoDataFrame) -> pd.DataFrame:
    import pandas as pd

    joined = _joined_lists(frame)
    flat = pd.DataFrame(joined.drop(columns=joined.geometry.name))
    inside = frame.geometry.representative_point()
    flat["lon"], flat["lat"] = inside.x.round(7), inside.y.round(7)
    return safe_cells(flat)


def safe_cells(frame: pd.DataFrame) -> pd.DataFrame:
    """
    Give a table whose texts no spreadsheet takes for formulas.

    Parameters
    ----------
    frame
        Any table.

    Returns
    -------
    pandas.DataFrame
        The same, with an apostrophe before texts that begin as a formula does.

    References
    ----------
    OWASP, CSV Injection.

    Examples
    --------
    >>> import pandas as pd
    >>> safe_cells(pd.DataFrame({"name": ["=1+1", "Deli"]}))["name"].tolist()
    ["'=1+1", 'Deli']
    """
    safe = frame.copy()
    for column in safe.columns:
        if safe[column].dtype in ("object", "str"):
            safe[column] = safe[column].map(
                lambda cell: (
                    f"'{cell}"
                    if isinstance(cell, str) and cell.startswith(FORMULA_STARTS)
                    else cell
                )
            )
    return safe


def _write_csv(frame: gpd.GeoDataFrame, path: Path) -> None:
    _flat(frame).to_csv(path, index=False)


def _write_xlsx(frame: gpd.GeoDataFrame, path: Path) -> None:
    flat = _flat(frame)
    for column in flat.select_dtypes("datetimetz").columns:
        flat[column] = flat[column].dt.tz_localize(None)
    flat.to_excel(path, index=False, sheet_name=path.stem[:31], engine="openpyxl")


EXTENSIONS: Final[dict[str, Callable[[gpd.GeoDataFrame, Path], None]]] = {
    ".geojson": _write_geojson,
    ".gpkg": _write_geopackage,
    ".parquet": _write_parquet,
    ".csv": _write_csv,
    ".xlsx": _write_xlsx,
}
