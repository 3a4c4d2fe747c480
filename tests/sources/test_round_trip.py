"""A table written to a file and read back is the same table."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shapely import LineString, Point, Polygon

from coveragekit import model
from coveragekit.model import join_assumed
from coveragekit.sources import read_table
from coveragekit.sources.raw import MISSING_WORDS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

# Texts that say something, on one line: what readers keep to the letter.
TEXTS = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zl", "Zp", "Cf"]),
    min_size=1,
    max_size=12,
).filter(
    lambda text: (
        text == text.strip()
        and text.lower() not in MISSING_WORDS
        and "://" not in text
        # A workbook would take it for a formula.
        and not text.startswith("=")
    )
)
LON, LAT = st.integers(-843999, -843001), st.integers(337001, 337999)
POINTS = st.builds(lambda x, y: Point(x / 1e4, y / 1e4), LON, LAT)
SIDES = st.integers(1, 50)


def _square(x: int, y: int, side: int) -> Polygon:
    west, south, far = x / 1e4, y / 1e4, side / 1e4
    return Polygon(
        [
            (west, south),
            (west + far, south),
            (west + far, south + far),
            (west, south + far),
        ]
    )


def _line(x: int, y: int, side: int) -> LineString:
    return LineString([(x / 1e4, y / 1e4), (x / 1e4, (y + side) / 1e4)])


SHAPES = {
    "Point": POINTS,
    "Polygon": st.builds(_square, LON, LAT, SIDES),
    "LineString": st.builds(_line, LON, LAT, SIDES),
}
MOMENTS = st.integers(1_000_000_000, 1_700_000_000).map(
    lambda seconds: pd.Timestamp(seconds, unit="s", tz="UTC")
)


def _cells(column: model.Column) -> st.SearchStrategy[Any]:
    if column.type == "time":
        return MOMENTS
    if column.type == "list":
        return st.lists(st.sampled_from(["kind", "hfov_deg"]), unique=True)
    if column.allowed is not None:
        return st.sampled_from(column.allowed)
    if column.type == "text":
        return TEXTS
    if column.type == "integer":
        return st.integers(1, 4000)
    high = min(column.high or 180.0, 180.0)
    return st.integers(1, 99).map(lambda percent: high * percent / 100.0)


@st.composite
def tables(draw: Callable[..., Any], name: str) -> gpd.GeoDataFrame:
    layout = model.table(name)
    count = draw(st.integers(1, 6))
    data: dict[str, list[Any]] = {}
    for column in layout.columns.values():
        if column.name in {"occurred_to", "dispatched_at", "arrived_at", "closed_at"}:
            continue
        if column.name == layout.key:
            data[column.name] = [f"k{row}" for row in range(count)]
            continue
        cells = _cells(column)
        may_miss = not column.required and column.type != "list"
        data[column.name] = [
            draw(st.none() | cells if may_miss else cells) for _ in range(count)
        ]
    if name == "cameras":  # service cannot end before it begins
        both = zip(data["active_from"], data["active_to"], strict=True)
        spans = [sorted(span) if None not in span else span for span in both]
        data["active_from"], data["active_to"] = map(list, zip(*spans, strict=True))
    shapes = [draw(SHAPES[layout.geometry[0]]) for _ in range(count)]
    frame = gpd.GeoDataFrame(data, geometry=shapes, crs="EPSG:4326")
    return model.conform(name, frame)


def _flat(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Give a table as files without lists and zones hold it."""
    flat = frame.copy()
    for name in flat.columns:
        if name == "assumed":
            flat[name] = [join_assumed(cell) for cell in flat[name]]
        elif isinstance(flat[name].dtype, pd.DatetimeTZDtype):
            texts = flat[name].dt.strftime("%Y-%m-%dT%H:%M:%SZ")
            flat[name] = texts.where(flat[name].notna(), None)
    return flat


def _to_csv(frame: gpd.GeoDataFrame, path: Path) -> None:
    path.write_bytes(gzip.compress(_flat(frame).to_wkt().to_csv(index=False).encode()))


def _to_xlsx(frame: gpd.GeoDataFrame, path: Path) -> None:
    _flat(frame).to_wkt().to_excel(path, index=False)


WRITERS: dict[str, Callable[[gpd.GeoDataFrame, Path], None]] = {
    "a.csv.gz": _to_csv,
    "a.xlsx": _to_xlsx,
    "a.parquet": lambda frame, path: frame.to_parquet(path),
    "a.geojson": lambda frame, path: _flat(frame).to_file(path, COORDINATE_PRECISION=9),
    "a.gpkg": lambda frame, path: _flat(frame).to_file(path),
}


@pytest.mark.parametrize("file", sorted(WRITERS))
@pytest.mark.parametrize(
    "name", ["cameras", "buildings", "streets", "incidents", "calls", "places", "areas"]
)
@settings(
    max_examples=6,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
@given(data=st.data())
def test_what_is_written_is_read_back(
    tmp_path: Path, name: str, file: str, data: st.DataObject
) -> None:
    table = data.draw(tables(name))
    path = tmp_path / file
    path.unlink(missing_ok=True)
    WRITERS[file](table, path)

    loaded = read_table(path, name, time_zone="UTC")

    assert loaded.rejected.empty, loaded.rejected.to_string()
    same = loaded.table.geometry.normalize().geom_equals_exact(
        table.geometry.normalize(), 1e-8
    )
    assert same.all()
    ours, theirs = loaded.table.drop(columns="geometry"), table.drop(columns="geometry")
    pd.testing.assert_frame_equal(
        pd.DataFrame(ours), pd.DataFrame(theirs), check_exact=False, rtol=1e-12
    )
