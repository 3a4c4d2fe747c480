"""Write a result table as the file that a person asked for."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from coveragekit.crs import WGS84
from coveragekit.errors import InputError, SourceUnavailable
from coveragekit.study.gis_styles import layer_styles

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from os import PathLike

    import geopandas as gpd
    import pandas as pd

    Layers = Mapping[str, gpd.GeoDataFrame]
    About = Sequence[tuple[str, str]]

__all__ = ["EXTENSIONS", "check_extension", "safe_cells", "write_frame", "write_layers"]

FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r")
_SAID: Final = ["name", "value"]
_SHEET_ROWS: Final = 1_048_575
# Zooms from a whole city to a street; tiles large enough that none drops a row.
_LEAST_ZOOM, _MOST_ZOOM = 9, 15
_TILE_BYTES, _TILE_ROWS = 5_000_000, 200_000


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
    return write_layers({Path(path).stem: frame}, path)


def write_layers(
    layers: Mapping[str, gpd.GeoDataFrame],
    path: str | PathLike[str],
    *,
    about: Sequence[tuple[str, str]] = (),
) -> Path:
    """
    Write results into one file, whole or not at all, with what has to be said of them.

    Parameters
    ----------
    layers
        Name to rows, with a CRS; more than one only for ``.gpkg`` and ``.xlsx``.
    path
        The file; its extension chooses the format. A file of that name is replaced.
    about
        Names and values of what has to be said. A GeoPackage and a workbook have a
        table ``about``, GeoJSON a member, GeoParquet an entry of its metadata,
        PMTiles its description; CSV has no place for it.

    Returns
    -------
    pathlib.Path
        The file written, EPSG:4326; in spreadsheets a geometry becomes ``lon`` and
        ``lat`` of a point inside it.

    Raises
    ------
    InputError
        No table can be written in that format, or it has more rows than it can hold.
    SourceUnavailable
        The folder is not there or cannot be written.
    """
    from pyogrio.errors import DataLayerError, DataSourceError

    extension = check_extension(path)
    target = Path(path)
    if not target.parent.is_dir():
        message = f"there is no folder {target.parent} to write {target.name} into"
        raise SourceUnavailable(message)
    located = {name: frame.to_crs(WGS84) for name, frame in layers.items()}
    try:
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=".part-") as folder:
            working = Path(folder) / target.name
            EXTENSIONS[extension](located, working, about)
            working.replace(target)
    except (OSError, DataSourceError, DataLayerError) as error:
        message = f"{target} cannot be written: {error}"
        raise SourceUnavailable(message) from error
    return target


def _only(layers: Layers) -> tuple[str, gpd.GeoDataFrame]:
    if len(layers) != 1:
        message = (
            f"one table fits into this kind of file, and {len(layers)} were given; "
            "allowed for several: .gpkg, .xlsx"
        )
        raise InputError(message)
    return next(iter(layers.items()))


def _joined_lists(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    plain = frame.copy()
    for column in plain.columns:
        if any(map(_is_list, plain[column])):
            plain[column] = plain[column].map(";".join)
    return plain


def _is_list(cell: object) -> bool:
    return isinstance(cell, list | np.ndarray)


def _write_geojson(layers: Layers, path: Path, about: About) -> None:
    _, frame = _only(layers)
    _joined_lists(frame).to_file(path, driver="GeoJSON", RFC7946="YES")
    if about:
        text = path.read_text("utf-8")
        said = json.dumps(dict(about), ensure_ascii=False)
        path.write_text(text.replace("{", f'{{\n"about": {said},', 1), "utf-8")


def _write_geopackage(layers: Layers, path: Path, about: About) -> None:
    import pandas as pd
    from pyogrio import write_dataframe

    for name, frame in layers.items():
        whole = _joined_lists(frame)
        kinds = whole.geom_type.dropna().unique()
        many = len(kinds) > 1 and all("Polygon" in kind for kind in kinds)
        write_dataframe(
            whole,
            path,
            driver="GPKG",
            layer=name,
            append=path.exists(),
            promote_to_multi=many,
        )
    styles = layer_styles(list(layers))
    beside = {"layer_styles": styles, "about": pd.DataFrame(about, columns=_SAID)}
    for name, rows in beside.items():
        if len(rows):
            write_dataframe(rows, path, driver="GPKG", layer=name, append=True)


def _write_parquet(layers: Layers, path: Path, about: About) -> None:
    import pyarrow.parquet as pq

    _, frame = _only(layers)
    frame.to_parquet(path, index=False, schema_version="1.1.0", compression="zstd")
    if about:
        table = pq.read_table(path)
        said = json.dumps(dict(about), ensure_ascii=False).encode()
        held = {**(table.schema.metadata or {}), b"about": said}
        pq.write_table(table.replace_schema_metadata(held), path, compression="zstd")


def _write_pmtiles(layers: Layers, path: Path, about: About) -> None:
    from pyogrio import write_dataframe

    name, frame = _only(layers)
    if frame.empty:
        message = f"{path.name} would hold no tile, because no row is left to write"
        raise InputError(message)
    options: dict[str, str | int] = {
        "NAME": name,
        "DESCRIPTION": "; ".join(": ".join(pair) for pair in about),
        "MINZOOM": _LEAST_ZOOM,
        "MAXZOOM": _MOST_ZOOM,
        "MAX_SIZE": _TILE_BYTES,
        "MAX_FEATURES": _TILE_ROWS,
    }
    write_dataframe(
        _joined_lists(frame),
        path,
        driver="PMTiles",
        layer=name,
        dataset_options=options,
    )


def _flat(frame: gpd.GeoDataFrame) -> pd.DataFrame:
    import pandas as pd

    joined = _joined_lists(frame)
    flat = pd.DataFrame(joined.drop(columns=joined.geometry.name))
    for column in flat.select_dtypes("float").columns:
        flat[column] = flat[column].round(6)
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
        The same, with an apostrophe before texts and names of columns that begin as a
        formula does.

    References
    ----------
    OWASP, CSV Injection.

    Examples
    --------
    >>> import pandas as pd
    >>> safe_cells(pd.DataFrame({"name": ["=1+1", "Deli"]}))["name"].tolist()
    ["'=1+1", 'Deli']
    """
    import pandas as pd

    kinds = pd.api.types
    plain = (kinds.is_numeric_dtype, kinds.is_bool_dtype, kinds.is_datetime64_any_dtype)
    safe = frame.copy()
    for column in safe.columns:
        if not any(is_kind(safe[column].dtype) for is_kind in plain):
            safe[column] = safe[column].astype("object").map(_safe_cell)
    return safe.rename(columns=_safe_cell)


def _safe_cell(cell: object) -> object:
    is_formula = isinstance(cell, str) and cell.startswith(FORMULA_STARTS)
    return f"'{cell}" if is_formula else cell


def _write_csv(layers: Layers, path: Path, about: About) -> None:
    del about
    _flat(_only(layers)[1]).to_csv(path, index=False)


def _write_xlsx(layers: Layers, path: Path, about: About) -> None:
    import pandas as pd

    for name, frame in layers.items():
        if len(frame) > _SHEET_ROWS:
            message = (
                f"{name} has {len(frame):,} rows, and a sheet of XLSX holds "
                f"{_SHEET_ROWS:,}; choose fewer, or write .csv or .parquet"
            )
            raise InputError(message)
    with pd.ExcelWriter(path, engine="openpyxl") as book:
        for name, frame in layers.items():
            flat = _flat(frame)
            for column in flat.select_dtypes("datetimetz").columns:
                flat[column] = flat[column].dt.tz_localize(None)
            flat.to_excel(book, index=False, sheet_name=name[:31])
        if about:
            said = safe_cells(pd.DataFrame(about, columns=_SAID))
            said.to_excel(book, index=False, sheet_name="about")


EXTENSIONS: Final[dict[str, Callable[[Layers, Path, About], None]]] = {
    ".geojson": _write_geojson,
    ".gpkg": _write_geopackage,
    ".parquet": _write_parquet,
    ".pmtiles": _write_pmtiles,
    ".csv": _write_csv,
    ".xlsx": _write_xlsx,
}
