"""Shapes: rings, crossings, parts, wrong kinds."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import (
    GeometryCollection,
    LineString,
    MultiPoint,
    MultiPolygon,
    Point,
    Polygon,
)

from coveragekit.errors import SourceChanged
from coveragekit.sources import read_table
from tests.sources.made_files import (
    faults,
    outline,
    square,
    told,
    write_features,
    write_rows,
)

GOOD = (outline(square(-84.39, 33.75)), {"id": "good"})


def test_an_unclosed_ring_is_closed_and_written_down(tmp_path: Path) -> None:
    ring = square(-84.38, 33.75)[:-1]
    path = write_features(tmp_path / "a.geojson", GOOD, (outline(ring), {"id": "open"}))

    loaded = read_table(path, "buildings")

    assert faults(loaded) == [(2, "unclosed ring", "repaired")]
    assert loaded.table.geometry[1].equals(Polygon(square(-84.38, 33.75)))


@pytest.mark.parametrize(
    "ring",
    [
        [[-84.38, 33.75], [-84.37, 33.75]],
        [[-84.38, 33.75], [-84.37, 33.75], [-84.38, 33.75]],
        [[-84.38, 33.75], [-84.37, 33.75], [-84.37, 33.75], [-84.38, 33.75]],
    ],
)
def test_a_clipped_ring_with_two_points_is_left_out(
    tmp_path: Path, ring: list[list[float]]
) -> None:
    path = write_features(tmp_path / "a.geojson", GOOD, (outline(ring), {"id": "bad"}))

    loaded = read_table(path, "buildings")

    assert loaded.table["building_id"].tolist() == ["good"]
    assert faults(loaded) == [(2, "ring with two points", "row left out")]


def test_a_hole_with_two_points_costs_only_the_hole(tmp_path: Path) -> None:
    hole = [[-84.3895, 33.7505], [-84.3894, 33.7506]]
    shape = outline(square(-84.39, 33.75), hole)
    path = write_features(tmp_path / "a.geojson", (shape, {"id": "a"}))

    loaded = read_table(path, "buildings")

    assert faults(loaded) == [(1, "ring with two points", "repaired")]
    assert loaded.table.geometry[0].equals(Polygon(square(-84.39, 33.75)))


def test_an_unclosed_ring_in_a_shape_of_parts_is_closed(tmp_path: Path) -> None:
    rings = [[square(-84.39, 33.75)[:-1]], [square(-84.38, 33.75)]]
    shape = {"type": "MultiPolygon", "coordinates": rings}
    path = write_features(tmp_path / "a.geojson", (shape, {"id": "a"}))

    loaded = read_table(path, "areas")

    assert faults(loaded) == [(1, "unclosed ring", "repaired")]
    assert len(loaded.table.geometry[0].geoms) == 2


def test_a_missing_and_a_hollow_shape_are_left_out(tmp_path: Path) -> None:
    hollow = {"type": "Polygon", "coordinates": []}
    path = write_features(
        tmp_path / "a.geojson", GOOD, (None, {"id": "none"}), (hollow, {"id": "hollow"})
    )

    assert faults(read_table(path, "buildings")) == [
        (2, "missing coordinates", "row left out"),
        (3, "empty geometry", "row left out"),
    ]


def test_a_line_of_one_point_is_left_out(tmp_path: Path) -> None:
    line = {"type": "LineString", "coordinates": [[-84.39, 33.75], [-84.38, 33.75]]}
    dot = {"type": "LineString", "coordinates": [[-84.39, 33.75]]}
    still = {"type": "LineString", "coordinates": [[-84.39, 33.75], [-84.39, 33.75]]}
    path = write_features(
        tmp_path / "a.geojson",
        *((shape, {"highway": "residential"}) for shape in (line, dot, still)),
    )

    assert faults(read_table(path, "streets")) == [
        (2, "unreadable shape", "row left out"),
        (3, "line without length", "row left out"),
    ]


def test_a_bow_tie_is_left_out_since_either_loop_may_be_meant(tmp_path: Path) -> None:
    tie = [[-84.38, 33.75], [-84.37, 33.76], [-84.37, 33.75], [-84.38, 33.76]]
    path = write_features(
        tmp_path / "a.geojson", GOOD, (outline([*tie, tie[0]]), {"id": "tie"})
    )

    assert faults(read_table(path, "buildings")) == [
        (2, "outline crosses itself", "row left out")
    ]


def _crossing(depth: float) -> list[list[float]]:
    """Give a square whose last side dips below the first: a loop of about depth^2."""
    corners = [(0, 0), (1, 0), (1, 1), (0, 1), (depth, -depth), (0, 0)]
    return [[-84.38 + x / 1000, 33.75 + y / 1000] for x, y in corners]


def test_a_tiny_loop_is_mended_and_a_larger_one_is_not(tmp_path: Path) -> None:
    path = write_features(
        tmp_path / "a.geojson",
        (outline(_crossing(0.05)), {"id": "tiny"}),
        (outline(_crossing(0.2)), {"id": "large"}),
    )

    loaded = read_table(path, "buildings")

    assert faults(loaded) == [
        (1, "outline crosses itself", "repaired"),
        (2, "outline crosses itself", "row left out"),
    ]
    # By hand: the loop has half of 0.05 x 0.05 / 1.05, counted against the rest before.
    assert loaded.rejected["value"][0] == "area changed by 0.24%"
    assert loaded.table.geometry.is_valid.all()
    assert set(loaded.table["building_id"].str.split("/").str[0]) == {"tiny"}


def test_an_unclosed_ring_with_heights_is_closed(tmp_path: Path) -> None:
    ring = [(x, y, 9.0) for x, y in square(-84.38, 33.75)]
    whole = shapely.to_wkb(Polygon(ring), output_dimension=3)
    # Take the closing corner away: three numbers, and one from the count of corners.
    open_ring = bytearray(whole[:-24])
    open_ring[9:13] = (4).to_bytes(4, "little")
    path = write_rows(tmp_path / "a.csv", "id,wkb", f"1,{bytes(open_ring).hex()}")

    loaded = read_table(path, "buildings")

    assert faults(loaded) == [(1, "unclosed ring", "repaired")]
    assert loaded.table.geometry[0].equals(Polygon(square(-84.38, 33.75)))


def test_each_part_of_a_building_is_a_row_of_its_own(tmp_path: Path) -> None:
    parts = [Polygon(square(-84.39, 33.75)), Polygon(square(-84.38, 33.75))]
    frame = gpd.GeoDataFrame(
        {"id": ["two", "one"], "height": [5.0, 6.0]},
        geometry=[MultiPolygon(parts), MultiPolygon(parts[:1])],
        crs=4326,
    )
    frame.to_file(tmp_path / "a.gpkg")

    loaded = read_table(tmp_path / "a.gpkg", "buildings")

    assert loaded.table["building_id"].tolist() == ["two/1", "two/2", "one"]
    assert loaded.table["height_m"].tolist() == [5.0, 5.0, 6.0]
    assert loaded.provenance["rows_added"] == 1
    assert told(loaded, "a.gpkg: 1 shape of several parts, 2 rows")


def test_an_area_keeps_its_parts_together(tmp_path: Path) -> None:
    parts = [Polygon(square(-84.39, 33.75)), Polygon(square(-84.38, 33.75))]
    frame = gpd.GeoDataFrame(
        {"name": ["isles"]}, geometry=[MultiPolygon(parts)], crs=4326
    )
    frame.to_file(tmp_path / "a.geojson")

    table = read_table(tmp_path / "a.geojson", "areas").table

    assert table.geometry[0].geom_type == "MultiPolygon"
    assert table["area_id"].tolist() == ["isles"]


def test_a_collection_gives_the_parts_that_fit(tmp_path: Path) -> None:
    house = Polygon(square(-84.39, 33.75))
    frame = gpd.GeoDataFrame(
        {"id": ["a"]},
        geometry=[
            GeometryCollection([house, LineString([(-84.39, 33.7), (-84.38, 33.7)])])
        ],
        crs=4326,
    )
    frame.to_parquet(tmp_path / "a.parquet")

    table = read_table(tmp_path / "a.parquet", "buildings").table

    assert table.geometry[0].equals(house)


def test_rows_of_a_wrong_kind_are_left_out(tmp_path: Path) -> None:
    frame = gpd.GeoDataFrame(
        {"id": ["a", "b"]},
        geometry=[Polygon(square(-84.39, 33.75)), Point(-84.39, 33.75)],
        crs=4326,
    )
    frame.to_file(tmp_path / "a.geojson")

    loaded = read_table(tmp_path / "a.geojson", "buildings")

    assert faults(loaded) == [(2, "wrong kind of shape", "row left out")]
    assert loaded.rejected["value"].tolist() == ["Point"]


def test_several_points_of_one_row_are_rows_of_their_own(tmp_path: Path) -> None:
    pair = MultiPoint([(-84.39, 33.75), (-84.38, 33.75)])
    frame = gpd.GeoDataFrame({"id": ["a"]}, geometry=[pair], crs=4326)
    frame.to_file(tmp_path / "a.gpkg")

    assert read_table(tmp_path / "a.gpkg", "cameras").table["camera_id"].tolist() == [
        "a/1",
        "a/2",
    ]


def test_a_place_drawn_as_an_area_stands_as_a_point_inside_it(tmp_path: Path) -> None:
    ring = [(0, 0), (3, 0), (3, 1), (1, 1), (1, 3), (0, 3), (0, 0)]
    corner = Polygon([(-84.39 + x / 1000, 33.75 + y / 1000) for x, y in ring])
    frame = gpd.GeoDataFrame({"name": ["x"]}, geometry=[corner], crs=4326)
    frame.to_file(tmp_path / "a.gpkg")

    loaded = read_table(tmp_path / "a.gpkg", "places")

    assert corner.contains(loaded.table.geometry[0])
    assert told(loaded, "each standing as a point inside it: 1 row")


def test_texts_of_shapes_are_read_in_every_spelling(tmp_path: Path) -> None:
    house = Polygon(square(-84.39, 33.75))
    path = write_rows(
        tmp_path / "a.csv",
        "id;geometry",
        f"1;{house.wkt}",
        f'2;"SRID=4326;{house.wkt}"',
        f"3;{house.wkb_hex}",
        f"4;{shapely.to_geojson(house)}".replace('"', '""').replace(";{", ';"{') + '"',
        "5;somewhere",
    )

    loaded = read_table(path, "buildings")

    assert loaded.table["building_id"].tolist() == ["1", "2", "3", "4"]
    assert loaded.table.geometry.apply(house.equals).all()
    assert faults(loaded) == [(5, "unreadable shape", "row left out")]


def test_a_column_without_shapes_is_refused(tmp_path: Path) -> None:
    path = write_rows(tmp_path / "a.csv", "id,wkt", "1,x", "2,y")

    with pytest.raises(SourceChanged, match="column wkt holds no shapes"):
        read_table(path, "buildings")


def test_a_shapefile_without_a_crs_needs_one_unless_it_is_in_degrees(
    tmp_path: Path,
) -> None:
    house = Polygon(square(-84.39, 33.75))
    frame = gpd.GeoDataFrame({"id": ["a"]}, geometry=[house], crs=4326)
    frame.to_file(tmp_path / "deg.shp")
    frame.to_crs("EPSG:2240").to_file(tmp_path / "feet.shp")
    for name in ("deg", "feet"):
        (tmp_path / f"{name}.prj").unlink()

    loaded = read_table(tmp_path / "deg.shp", "buildings")
    with pytest.raises(ValueError, match="EPSG:2240"):
        read_table(tmp_path / "feet.shp", "buildings")
    named = read_table(tmp_path / "feet.shp", "buildings", crs="EPSG:2240")

    assert told(loaded, "states no CRS")
    assert named.table.geometry[0].normalize().equals_exact(house.normalize(), 1e-6)


def test_a_stated_crs_gives_way_to_the_one_asked_for_with_a_notice(
    tmp_path: Path,
) -> None:
    house = Polygon(square(-84.39, 33.75))
    frame = gpd.GeoDataFrame({"id": ["a"]}, geometry=[house], crs=4326)
    wrong = frame.to_crs("EPSG:2240").set_crs("EPSG:2239", allow_override=True)
    wrong.to_file(tmp_path / "a.gpkg")

    loaded = read_table(tmp_path / "a.gpkg", "buildings", crs="EPSG:2240")

    assert loaded.table.geometry[0].equals_exact(house, 1e-6)
    assert told(loaded, "states EPSG:2239, but is read as EPSG:2240")


@settings(max_examples=50, deadline=None, derandomize=True)
@given(
    corners=st.lists(
        st.tuples(st.integers(0, 6), st.integers(0, 6)), min_size=1, max_size=9
    ),
    closed=st.booleans(),
)
def test_any_ring_is_kept_valid_or_left_out_with_a_cause(
    tmp_path_factory: pytest.TempPathFactory,
    corners: list[tuple[int, int]],
    closed: bool,
) -> None:
    ring = [[-84.0 + x / 1000, 33.0 + y / 1000] for x, y in corners]
    ring = [*ring, ring[0]] if closed else ring
    path = tmp_path_factory.mktemp("ring") / "a.geojson"
    write_features(path, GOOD, (outline(ring), {"id": "any"}))

    loaded = read_table(path, "buildings")

    kept = loaded.table["building_id"].str.startswith("any").sum() > 0
    assert loaded.table.geometry.is_valid.all()
    assert (shapely.area(loaded.table.geometry.to_numpy()) > 0).all()
    left = {row for row, _, action in faults(loaded) if action == "row left out"}
    assert left == (set() if kept else {2})
