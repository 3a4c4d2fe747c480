"""Read files of shapes: GeoJSON, GeoPackage, Shapefile, File Geodatabase, Parquet."""

from __future__ import annotations

import json
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np

from coveragekit.errors import SourceChanged, SourceUnavailable
from coveragekit.sources.raw import Raw, unique_names
from coveragekit.sources.rings import to_shapes

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from coveragekit.sources.loaded import Ledger

__all__ = ["list_layers", "read_parquet", "read_vector"]


def list_layers(address: str, name: str) -> list[str]:
    """
    Give the names of the layers of a file of shapes.

    Parameters
    ----------
    address
        Path, or an address inside a zip as GDAL writes it.
    name
        Name of the file, for messages.

    Returns
    -------
    list of str
        The names in the order of the file.

    Raises
    ------
    SourceUnavailable
        The file cannot be read.
    """
    import pyogrio

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)
            layers = pyogrio.list_layers(address)
    except (pyogrio.errors.DataSourceError, RuntimeError, ValueError) as error:
        raise _unreadable(name, error) from error
    return [str(title) for title in layers[:, 0]]


def read_vector(
    address: str, name: str, *, layer: str | None, ledger: Ledger, geojson: bool = False
) -> Raw:
    """
    Give the rows of one layer of a file of shapes.

    Parameters
    ----------
    address
        Path, or an address inside a zip as GDAL writes it.
    name
        Name of the file, for messages.
    layer
        Name of the layer; may be ``None`` where there is only one.
    ledger
        The book for shapes that cannot be read.
    geojson
        Whether the file is GeoJSON, whose texts that look like dates stay texts.

    Returns
    -------
    Raw
        The attributes, the shapes in two dimensions and the CRS stated.

    Raises
    ------
    SourceChanged
        No layer of that name, several layers and none named, or no rows.
    SourceUnavailable
        The file cannot be read.
    """
    import pyogrio

    chosen = _choose_layer(list_layers(address, name), layer, name)
    options = {"DATE_AS_STRING": "YES"} if geojson else {}
    try:
        with warnings.catch_warnings():
            # What these warnings are about is found, counted and reported below.
            warnings.simplefilter("ignore", RuntimeWarning)
            meta, _, wkb, columns = pyogrio.raw.read(
                address, layer=chosen, datetime_as_string=True, **options
            )
    except (
        pyogrio.errors.DataSourceError,
        pyogrio.errors.DataLayerError,
        pyogrio.errors.FeatureError,
        pyogrio.errors.FieldError,
        pyogrio.errors.GeometryError,
        RuntimeError,
        ValueError,
    ) as error:
        raise _unreadable(name, error) from error
    frame = _frame(list(meta["fields"]), columns, len(columns[0]) if columns else None)
    count = len(frame) if columns else (0 if wkb is None else len(wkb))
    if count == 0:
        message = f"{name} has no rows in layer {chosen!r}; give a file with rows"
        raise SourceChanged(message)
    frame = frame if columns else _blank(count)
    raw = Raw(
        frame,
        np.arange(1, count + 1, dtype=np.int64),
        count,
        crs=meta["crs"],
        facts={"layer": chosen},
    )
    return raw if wkb is None else _with_shapes(raw, wkb, ledger)


def _with_shapes(raw: Raw, wkb: NDArray[np.object_], ledger: Ledger) -> Raw:
    """
    Give the rows with their shapes; those whose shape cannot be read are left out.

    Parameters
    ----------
    raw
        The rows.
    wkb
        One binary shape a row, or ``None``.
    ledger
        The book.

    Returns
    -------
    Raw
        New rows.
    """
    shapes, lost = to_shapes(wkb, raw.rows, ledger)
    return Raw(
        raw.frame[~lost].reset_index(drop=True),
        raw.rows[~lost],
        raw.offered,
        geometry=shapes[~lost],
        crs=raw.crs,
        facts=raw.facts,
    )


def _choose_layer(layers: list[str], layer: str | None, name: str) -> str:
    if layer is not None:
        if layer not in layers:
            message = f"{name} has no layer {layer!r}; it has: {', '.join(layers)}"
            raise SourceChanged(message)
        return layer
    if not layers:
        message = f"{name} has no layers; give a file with rows"
        raise SourceChanged(message)
    if len(layers) > 1:
        message = (
            f"{name} has several layers: {', '.join(layers)}; name one as the layer"
        )
        raise SourceChanged(message)
    return layers[0]


def _frame(fields: list[str], columns: list[Any], count: int | None) -> Any:  # noqa: ANN401
    import pandas as pd

    if count is None:
        return pd.DataFrame()
    data = {}
    for field, cells in zip(unique_names(fields), columns, strict=True):
        if cells.dtype == object and _all_text(cells):
            data[field] = pd.Series(cells, dtype="str")
        else:
            data[field] = pd.Series(cells)
    return pd.DataFrame(data)


def _all_text(cells: NDArray[np.object_]) -> bool:
    return all(cell is None or isinstance(cell, str) for cell in cells)


def _blank(count: int) -> Any:  # noqa: ANN401
    import pandas as pd

    return pd.DataFrame(index=pd.RangeIndex(count))


def _unreadable(name: str, error: Exception) -> SourceUnavailable:
    reason = str(error).split("; ")[0]
    message = (
        f"{name} cannot be read: {reason}; it is damaged, cut off or not of the "
        "format that its name says: fetch or export it again"
    )
    return SourceUnavailable(message)


def read_parquet(path: Path, name: str, ledger: Ledger) -> Raw:
    """
    Give the rows of a Parquet file, with shapes where it is GeoParquet.

    Parameters
    ----------
    path
        The file.
    name
        Its name, for messages.
    ledger
        The book for shapes that cannot be read.

    Returns
    -------
    Raw
        Columns of the file's own types; shapes and CRS where it has them.

    Raises
    ------
    SourceChanged
        No rows, or shapes in an encoding other than WKB and GeoArrow.
    SourceUnavailable
        The file cannot be read.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.read_table(path)
    except (pa.ArrowException, OSError, ValueError) as error:
        raise _unreadable(name, error) from error
    if table.num_rows == 0:
        message = f"{name} has no rows; give a file with rows"
        raise SourceChanged(message)
    rows = np.arange(1, table.num_rows + 1, dtype=np.int64)
    geo = _geo_metadata(table.schema.metadata or {}, name)
    if geo is None:
        return Raw(_plain_cells(table), rows, table.num_rows)
    column, block = geo
    frame = _plain_cells(table.drop_columns([column]))
    # GeoParquet's default where no CRS is stated; a stated null means "not known".
    crs = block.get("crs", "OGC:CRS84")
    raw = Raw(frame, rows, table.num_rows, crs=crs)
    if block.get("encoding") == "WKB":
        wkb = table.column(column).to_numpy(zero_copy_only=False)
        return _with_shapes(raw, wkb, ledger)
    raw.geometry = _native_shapes(table, column, name)
    return raw


def _plain_cells(table: Any) -> Any:  # noqa: ANN401 - an Arrow table, a frame
    """Give the frame of a table; lists are joined by ; and nested cells become text."""
    import pandas as pd
    import pyarrow as pa

    frame = table.to_pandas()
    for column in table.schema:
        if pa.types.is_nested(column.type):
            cells = [_flat(cell) for cell in frame[column.name]]
            frame[column.name] = pd.Series(cells, dtype="str")
    return frame


def _flat(cell: Any) -> str | None:  # noqa: ANN401 - any nested cell
    if cell is None:
        return None
    if isinstance(cell, np.ndarray | list):
        return ";".join(str(part) for part in cell)
    return str(cell)


def _native_shapes(table: Any, column: str, name: str) -> NDArray[np.object_]:  # noqa: ANN401
    import geopandas as gpd

    try:
        shapes = gpd.GeoDataFrame.from_arrow(table.select([column]))[column]
    except (ValueError, TypeError, KeyError) as error:
        message = f"{name} keeps its shapes in a way that is not read: {error}"
        raise SourceChanged(message) from error
    return np.asarray(shapes.to_numpy(), dtype=object)


def _geo_metadata(
    metadata: dict[bytes, bytes], name: str
) -> tuple[str, dict[str, Any]] | None:
    if b"geo" not in metadata:
        return None
    try:
        geo = json.loads(metadata[b"geo"])
        column = geo["primary_column"]
        return column, geo["columns"][column]
    except (ValueError, KeyError, TypeError) as error:
        message = f"{name} says it is GeoParquet, but what it says is damaged: {error}"
        raise SourceUnavailable(message) from error
