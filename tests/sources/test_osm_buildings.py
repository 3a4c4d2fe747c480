"""Buildings and water of OpenStreetMap files."""

from __future__ import annotations

import pytest
from shapely.geometry import Point

from coveragekit.sources.osm import read_osm
from tests.sources.osm_files import LAT, LON, STEP, Town


def read(town, tmp_path, table="buildings"):
    return read_osm(town.write(tmp_path / "town.osm"))[table]


def causes(loaded):
    return dict(zip(loaded.rejected["row"], loaded.rejected["cause"], strict=True))


def at(east, north):
    return Point(LON + STEP * east, LAT + STEP * north)


def test_a_closed_way_is_a_building_with_its_height_and_levels(tmp_path):
    town = Town()
    town.way(
        10, town.square(1, 0, 0), building="yes", height="40'", building__levels="3"
    )
    loaded = read(town, tmp_path)
    [row] = loaded.table.itertuples()
    assert row.building_id == "way/10"
    assert row.height_m == pytest.approx(12.192)
    assert row.levels == 3.0
    assert loaded.table["category"].isna().all()  # "yes" says nothing of what it is
    assert row.geometry.area == pytest.approx(STEP**2)
    assert loaded.provenance["rows_offered"] == loaded.provenance["rows_kept"] == 1


def test_a_building_keeps_the_word_for_what_it_is(tmp_path):
    town = Town()
    town.way(10, town.square(1, 0, 0), building="apartments")
    loaded = read(town, tmp_path)
    assert loaded.table["category"].tolist() == ["apartments"]


def test_a_courtyard_is_a_hole(tmp_path):
    town = Town()
    town.way(10, town.square(1, 0, 0, 4))
    town.way(11, town.square(5, 1, 1, 2))
    town.relation(
        7,
        [("way", 10, "outer"), ("way", 11, "inner")],
        type="multipolygon",
        building="yes",
    )
    [shape] = read(town, tmp_path).table.geometry
    assert len(shape.interiors) == 1
    assert shape.area == pytest.approx(12 * STEP**2)
    assert not shape.contains(at(2, 2))
    assert shape.contains(at(0.5, 2))


def test_two_outer_rings_are_two_buildings(tmp_path):
    town = Town()
    town.way(10, town.square(1, 0, 0))
    town.way(11, town.square(5, 3, 0))
    town.relation(
        7,
        [("way", 10, "outer"), ("way", 11, "outer")],
        type="multipolygon",
        building="yes",
        building__levels="2",
    )
    table = read(town, tmp_path).table
    assert table["building_id"].tolist() == ["relation/7/1", "relation/7/2"]
    assert table["levels"].tolist() == [2.0, 2.0]


def test_an_outline_in_two_pieces_is_put_together(tmp_path):
    town = Town()
    ring = town.square(1, 0, 0)
    town.way(10, ring[:3]).way(11, ring[2:])
    town.relation(
        7,
        [("way", 10, "outer"), ("way", 11, "outer")],
        type="multipolygon",
        building="yes",
    )
    table = read(town, tmp_path).table
    assert table["building_id"].tolist() == ["relation/7"]
    assert table.geometry[0].area == pytest.approx(STEP**2)


def test_an_outline_tagged_again_does_not_fill_the_courtyard(tmp_path):
    town = Town()
    town.way(10, town.square(1, 0, 0, 4), building="yes")
    town.way(11, town.square(5, 1, 1, 2))
    town.relation(
        7,
        [("way", 10, "outer"), ("way", 11, "inner")],
        type="multipolygon",
        building="yes",
    )
    loaded = read(town, tmp_path)
    assert loaded.table["building_id"].tolist() == ["relation/7"]
    assert causes(loaded) == {"way/10": "drawn again by a relation"}


def test_a_house_in_the_courtyard_is_a_building_of_its_own(tmp_path):
    town = Town()
    town.way(10, town.square(1, 0, 0, 4))
    town.way(11, town.square(5, 1, 1, 2), building="yes")
    town.relation(
        7,
        [("way", 10, "outer"), ("way", 11, "inner")],
        type="multipolygon",
        building="yes",
    )
    table = read(town, tmp_path).table
    assert sorted(table["building_id"]) == ["relation/7", "way/11"]


def test_the_outline_serves_where_its_relation_is_broken(tmp_path):
    town = Town()
    town.way(10, town.square(1, 0, 0), building="yes")
    town.relation(
        7,
        [("way", 10, "outer"), ("way", 99, "outer")],
        type="multipolygon",
        building="yes",
    )
    loaded = read(town, tmp_path)
    assert loaded.table["building_id"].tolist() == ["way/10"]
    assert causes(loaded) == {"relation/7": "reaches outside the file"}


def test_a_relation_without_all_its_ways_is_rejected(tmp_path):
    town = Town()
    ring = town.square(1, 0, 0)
    town.way(10, ring[:3], building="yes")
    town.relation(
        7,
        [("way", 10, "outer"), ("way", 11, "outer")],
        type="multipolygon",
        building="yes",
    )
    loaded = read(town, tmp_path)
    assert len(loaded.table) == 0
    # The piece that is there is not offered a second time as a building of its own.
    assert causes(loaded) == {"relation/7": "reaches outside the file"}


@pytest.mark.parametrize(
    ("tags", "cause"),
    [
        ({"building": "roof"}, "no walls"),
        ({"building": "carport"}, "no walls"),
        ({"building": "canopy"}, "no walls"),
        ({"building": "construction"}, "not built"),
        ({"building": "yes", "location": "underground"}, "below the ground"),
        ({"building": "yes", "layer": "-1"}, "below the ground"),
        ({"building": "yes", "min_height": "4"}, "begins above people's heads"),
        ({"building": "yes", "min_height": "9 ft"}, "begins above people's heads"),
        (
            {"building": "yes", "building__min_level": "1"},
            "begins above people's heads",
        ),
    ],
)
def test_what_hides_nobody_at_street_level_is_rejected(tmp_path, tags, cause):
    town = Town()
    town.way(10, town.square(1, 0, 0), **tags)
    loaded = read(town, tmp_path)
    assert len(loaded.table) == 0
    assert causes(loaded) == {"way/10": cause}


@pytest.mark.parametrize(
    "tags",
    [
        {"min_height": "2.5"},
        {"min_height": "2"},
        {"layer": "1"},
        {"building__min_level": "0"},
        {"min_height": "high up"},
    ],
)
def test_what_nobody_can_walk_beneath_is_kept(tmp_path, tags):
    town = Town()
    town.way(10, town.square(1, 0, 0), building="yes", **tags)
    assert len(read(town, tmp_path).table) == 1


def test_no_building_and_parts_of_buildings_are_not_offered(tmp_path):
    town = Town()
    town.way(10, town.square(1, 0, 0), building="no")
    town.way(11, town.square(5, 3, 0), building__part="yes")
    loaded = read(town, tmp_path)
    assert (len(loaded.table), len(loaded.rejected)) == (0, 0)
    assert loaded.provenance["rows_offered"] == 0


def test_broken_outlines_are_rejected_each_with_its_cause(tmp_path):
    town = Town()
    a, b, c, d, _ = town.square(1, 0, 0)
    town.way(10, [a, c, b, d, a], building="yes")  # crosses itself
    town.way(11, [a, b, c], building="yes")  # open
    town.way(12, [a, b, a], building="yes")  # two corners
    town.way(13, [a, b, 99, a], building="yes")  # node 99 is not there
    town.way(14, [a, b, c, d, a], building="yes", area="no")
    loaded = read(town, tmp_path)
    assert len(loaded.table) == 0
    assert causes(loaded) == {
        "way/10": "rings cross or do not close",
        "way/11": "outline not closed",
        "way/12": "fewer than three corners",
        "way/13": "reaches outside the file",
        "way/14": "says that it is no area",
    }
    assert set(loaded.rejected["action"]) == {"row left out"}
    assert set(loaded.rejected["table"]) == {"buildings"}
    assert set(loaded.rejected["source"]) == {"town.osm"}


def test_a_height_that_cannot_be_read_leaves_its_cell_empty_and_is_noted(tmp_path):
    town = Town()
    town.way(10, town.square(1, 0, 0), building="yes", height="tall")
    town.way(11, town.square(5, 3, 0), building="yes", building__levels="-2")
    loaded = read(town, tmp_path)
    assert loaded.table["height_m"].isna().all()
    assert loaded.table["levels"].isna().all()
    assert causes(loaded) == {
        "way/10": "height cannot be read",
        "way/11": "building:levels cannot be read",
    }
    assert set(loaded.rejected["action"]) == {"cell left empty"}


def test_water_is_lakes_and_river_areas(tmp_path):
    town = Town()
    town.way(10, town.square(1, 0, 0), natural="water", name="Pond")
    town.way(11, town.square(5, 3, 0), waterway="riverbank")
    town.way(12, town.square(9, 6, 0), natural="wood")
    town.way(13, town.square(13, 9, 0), natural="water", water="wastewater")
    town.way(14, town.square(17, 12, 0), landuse="reservoir", covered="yes")
    loaded = read(town, tmp_path, "water")
    assert loaded.table["water_id"].tolist() == ["way/10", "way/11"]
    assert loaded.table["name"][0] == "Pond"
    assert causes(loaded) == {"way/14": "below the ground or covered"}


def test_a_lake_with_two_parts_stays_one_row(tmp_path):
    town = Town()
    town.way(10, town.square(1, 0, 0))
    town.way(11, town.square(5, 3, 0))
    town.relation(
        7,
        [("way", 10, "outer"), ("way", 11, "outer")],
        type="multipolygon",
        natural="water",
    )
    table = read(town, tmp_path, "water").table
    assert table["water_id"].tolist() == ["relation/7"]
    assert table.geometry[0].geom_type == "MultiPolygon"
