"""Places of OpenStreetMap files."""

from __future__ import annotations

import pytest
from shapely.geometry import box

from coveragekit.sources.osm import read_osm
from tests.sources.osm_files import LAT, LON, STEP, Town


def read(town, tmp_path):
    return read_osm(town.write(tmp_path / "town.osm"))["places"]


def test_a_shop_is_a_place_with_its_name_address_and_hours(tmp_path):
    town = Town().node(
        5,
        1,
        1,
        shop="bakery",
        name="Leipomo",
        opening_hours="Mo-Fr 08:00-18:00",
        addr__street="Kluuvikatu",
        addr__housenumber="3",
    )
    loaded = read(town, tmp_path)
    [row] = loaded.table.itertuples()
    assert (row.place_id, row.name, row.category) == (
        "node/5",
        "Leipomo",
        "shop=bakery",
    )
    assert (row.address, row.opening_hours) == ("Kluuvikatu 3", "Mo-Fr 08:00-18:00")
    assert (row.geometry.x, row.geometry.y) == pytest.approx((LON + STEP, LAT + STEP))


def test_an_area_stands_as_a_point_inside_it_and_knows_its_building(tmp_path):
    town = Town()
    # An L, whose centre of gravity lies outside.
    corners = [(0, 0), (4, 0), (4, 0.5), (0.5, 0.5), (0.5, 4), (0, 4)]
    for number, (x, y) in enumerate(corners, start=1):
        town.node(number, x, y)
    town.way(10, [1, 2, 3, 4, 5, 6, 1], building="retail", shop="supermarket")
    tables = read_osm(town.write(tmp_path / "town.osm"))
    [place] = tables["places"].table.itertuples()
    assert (place.place_id, place.building_id) == ("way/10", "way/10")
    assert tables["buildings"].table.geometry[0].contains(place.geometry)


def test_a_place_in_nested_footprints_stands_in_the_smallest(tmp_path):
    town = Town()
    town.way(10, town.square(1, 1, 1, 1), building="yes")
    town.way(11, town.square(5, 0, 0, 4), building="yes")
    town.node(9, 1.5, 1.5, amenity="cafe").node(20, 3.5, 3.5, amenity="pub")
    town.node(21, 9, 9, amenity="bar")
    table = read(town, tmp_path).table.set_index("place_id")
    assert table["building_id"].to_dict() | {"node/21": None} == {
        "node/9": "way/10",
        "node/20": "way/11",
        "node/21": None,
    }
    assert table["building_id"].isna().tolist() == [False, False, True]


def test_a_multipolygon_stands_in_its_largest_part(tmp_path):
    town = Town()
    town.way(10, town.square(1, 0, 0, 1))
    town.way(11, town.square(5, 10, 0, 3))
    town.relation(
        7,
        [("way", 10, "outer"), ("way", 11, "outer")],
        type="multipolygon",
        amenity="school",
    )
    [point] = read(town, tmp_path).table.geometry
    largest = box(LON + 10 * STEP, LAT, LON + 13 * STEP, LAT + 3 * STEP)
    assert largest.contains(point)


@pytest.mark.parametrize(
    ("tags", "category"),
    [
        ({"amenity": "restaurant"}, "amenity=restaurant"),
        ({"office": "lawyer"}, "office=lawyer"),
        ({"craft": "jeweller"}, "craft=jeweller"),
        ({"tourism": "hotel"}, "tourism=hotel"),
        ({"healthcare": "clinic"}, "healthcare=clinic"),
        ({"leisure": "fitness_centre"}, "leisure=fitness_centre"),
        ({"shop": "books", "amenity": "cafe"}, "shop=books"),
        ({"amenity": "bench", "office": "it"}, "office=it"),
    ],
)
def test_the_category_is_the_first_tag_that_counts(tmp_path, tags, category):
    table = read(Town().node(5, 0, 0, **tags), tmp_path).table
    assert table["category"].tolist() == [category]


@pytest.mark.parametrize(
    "tags",
    [
        {"amenity": "bench"},
        {"amenity": "parking_space"},
        {"amenity": "waste_basket"},
        {"tourism": "artwork"},
        {"leisure": "park"},
        {"disused__shop": "bakery"},
        {"abandoned__amenity": "pub"},
    ],
)
def test_what_has_no_door_or_nobody_behind_it_is_not_offered(tmp_path, tags):
    loaded = read(Town().node(5, 0, 0, **tags), tmp_path)
    assert len(loaded.table) == 0
    assert loaded.provenance["rows_offered"] == 0


@pytest.mark.parametrize(
    "tags",
    [
        {"shop": "vacant"},
        {"shop": "no"},
        {"shop": "bakery", "disused": "yes"},
        {"amenity": "pub", "abandoned": "yes"},
    ],
)
def test_a_closed_place_is_rejected(tmp_path, tags):
    loaded = read(Town().node(5, 0, 0, **tags), tmp_path)
    assert len(loaded.table) == 0
    assert loaded.rejected["cause"].tolist() == ["closed"]


def test_a_position_off_the_globe_is_rejected(tmp_path):
    town = Town().node(5, 0, 40_000, shop="bakery")  # 100 degrees north
    loaded = read(town, tmp_path)
    assert loaded.rejected["cause"].tolist() == ["no valid position"]


def test_telephone_numbers_are_not_kept_anywhere(tmp_path):
    town = Town().node(5, 0, 0, shop="bakery", phone="+358 1", contact__email="a@b.fi")
    loaded = read(town, tmp_path)
    assert "358" not in loaded.table.to_json()
    assert "@" not in loaded.table.to_json()
