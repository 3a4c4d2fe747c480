"""Exports whose columns are OpenStreetMap tags give the rows that the map gives."""

from __future__ import annotations

from pathlib import Path

import pytest

from coveragekit.sources import read_table
from tests.sources.made_files import faults, outline, square, told, write_features

HOUSE = outline(square(-84.39, 33.75))
YARD = outline(square(-84.38, 33.75))


def _line(*corners: tuple[float, float]) -> dict[str, object]:
    return {"type": "LineString", "coordinates": [list(corner) for corner in corners]}


def test_a_building_has_its_height_and_levels_in_their_units(tmp_path: Path) -> None:
    path = write_features(
        tmp_path / "a.geojson",
        (HOUSE, {"@id": "way/1", "building": "yes", "height": "12 m"}),
        (YARD, {"@id": "way/2", "building": "yes", "height": "40'"}),
        (HOUSE, {"@id": "way/3", "building": "shed", "building:levels": "2"}),
        (HOUSE, {"@id": "way/4", "building": "yes", "height": "tall"}),
    )

    loaded = read_table(path, "buildings")

    assert loaded.table["building_id"].tolist() == ["way/1", "way/2", "way/3", "way/4"]
    assert loaded.table["height_m"].tolist()[:2] == [12.0, pytest.approx(12.192)]
    assert loaded.table["levels"].tolist()[2] == 2.0
    assert faults(loaded) == [(4, "height cannot be read", "cell left empty")]


@pytest.mark.parametrize(
    ("tags", "cause"),
    [
        ({"building": "roof"}, "no walls"),
        ({"building": "carport"}, "no walls"),
        ({"building": "yes", "location": "underground"}, "below the ground"),
        ({"building": "construction"}, "not built"),
    ],
)
def test_what_has_no_walls_is_left_out_with_its_cause(
    tmp_path: Path, tags: dict[str, str], cause: str
) -> None:
    path = write_features(
        tmp_path / "a.geojson",
        (HOUSE, {"@id": "way/1", "building": "yes"}),
        (YARD, {"@id": "way/2", **tags}),
    )

    loaded = read_table(path, "buildings")

    assert faults(loaded) == [(2, cause, "row left out")]
    assert loaded.provenance["licence"] == "ODbL 1.0"


def test_parts_of_a_relation_carry_its_name(tmp_path: Path) -> None:
    shape = {
        "type": "MultiPolygon",
        "coordinates": [HOUSE["coordinates"], YARD["coordinates"]],
    }
    path = write_features(
        tmp_path / "a.geojson", (shape, {"@id": "relation/7", "building": "yes"})
    )

    loaded = read_table(path, "buildings")

    assert loaded.table["building_id"].tolist() == ["relation/7/1", "relation/7/2"]


def test_streets_are_cut_where_they_meet(tmp_path: Path) -> None:
    west, middle, east = (-84.39, 33.75), (-84.385, 33.75), (-84.38, 33.75)
    north = (-84.385, 33.755)
    path = write_features(
        tmp_path / "a.geojson",
        (
            _line(west, middle, east),
            {"@id": "way/1", "highway": "residential", "name": "A", "oneway": "-1"},
        ),
        (
            _line(middle, north),
            {"@id": "way/2", "highway": "service", "maxspeed": "25 mph"},
        ),
        (_line(west, north), {"@id": "way/3", "highway": "footway", "tunnel": "yes"}),
    )

    loaded = read_table(path, "streets")
    table = loaded.table.set_index("street_id")

    assert table.index.tolist() == ["way/1/1", "way/1/2", "way/2"]
    assert table["oneway"].tolist() == ["reverse", "reverse", "no"]
    assert (
        table.loc["way/1/1", "v"] == table.loc["way/2", "u"] == "-84.3850000,33.7500000"
    )
    assert table.loc["way/2", "maxspeed_km_h"] == pytest.approx(40.2336)
    assert table["length_m"].between(400, 600).all()
    assert faults(loaded) == [(3, "below the ground", "row left out")]


def test_corners_east_of_greenwich_are_told_apart_too(tmp_path: Path) -> None:
    one, two, three = (151.2, -33.86), (151.21, -33.86), (151.22, -33.87)
    path = write_features(
        tmp_path / "a.geojson",
        (_line(one, two), {"@id": "way/1", "highway": "residential"}),
        (_line(two, three), {"@id": "way/2", "highway": "residential"}),
    )

    table = read_table(path, "streets").table

    assert table["u"].tolist() == ["151.2000000,-33.8600000", "151.2100000,-33.8600000"]
    assert table["v"].tolist()[1] == "151.2200000,-33.8700000"


def test_shops_of_buildings_and_points_are_places(tmp_path: Path) -> None:
    point = {"type": "Point", "coordinates": [-84.38, 33.75]}
    path = write_features(
        tmp_path / "a.geojson",
        (HOUSE, {"@id": "way/1", "building": "retail", "shop": "tyres", "name": "T"}),
        (HOUSE, {"@id": "way/2", "building": "shed"}),
        (point, {"@id": "node/3", "amenity": "cafe"}),
        (point, {"@id": "node/4", "shop": "vacant"}),
    )

    loaded = read_table(path, "places")

    assert loaded.table["place_id"].tolist() == ["node/3", "way/1"]
    assert set(loaded.table["category"]) == {"amenity=cafe", "shop=tyres"}
    assert [cause for _, cause, _ in faults(loaded)] == ["closed"]
    assert loaded.provenance["rows_set_aside"] == 1
    assert told(loaded, "not meant for places in a.geojson, and no fault: 1 row")


def test_surveillance_points_are_cameras_and_their_feeds_are_not_read(
    tmp_path: Path,
) -> None:
    point = {"type": "Point", "coordinates": [-84.38, 33.75]}
    path = write_features(
        tmp_path / "a.geojson",
        (
            point,
            {
                "@id": "node/3",
                "man_made": "surveillance",
                "camera:type": "dome",
                "camera:direction": "90;NW",
                "contact:webcam": "rtsp://u:pw1234@host/x",
            },
        ),
    )

    loaded = read_table(path, "cameras")

    assert loaded.table["camera_id"].tolist() == ["node/3/1", "node/3/2"]
    assert loaded.table["bearing_deg"].tolist() == [90.0, 315.0]
    assert loaded.table["source_id"].tolist() == ["node/3", "node/3"]
    assert "pw1234" not in loaded.table.to_csv()
