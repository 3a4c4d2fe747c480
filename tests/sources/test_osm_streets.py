"""Streets of OpenStreetMap files."""

from __future__ import annotations

import pytest

from coveragekit.sources.osm import read_osm
from tests.sources.osm_files import Town

# One degree of latitude at 60 N is 111.412 km on the ellipsoid (geodetic tables).
NORTH_STEP_M = 111.412


def read(town, tmp_path):
    return read_osm(town.write(tmp_path / "town.osm"))["streets"]


def line(count, *, first=1, north=0.0):
    """Give a town with nodes in a row going east."""
    town = Town()
    for number in range(count):
        town.node(first + number, number, north)
    return town


def test_a_street_is_cut_where_another_meets_it(tmp_path):
    town = line(5).node(9, 2, 1)
    town.way(10, [1, 2, 3, 4, 5], highway="residential", name="Long Street")
    town.way(11, [3, 9], highway="footway")
    table = read(town, tmp_path).table
    assert table[["street_id", "u", "v"]].to_numpy().tolist() == [
        ["way/10/1", "node/1", "node/3"],
        ["way/10/2", "node/3", "node/5"],
        ["way/11", "node/3", "node/9"],
    ]
    assert table["name"].tolist()[:2] == ["Long Street", "Long Street"]
    assert len(table.geometry[0].coords) == 3
    assert table["length_m"][2] == pytest.approx(NORTH_STEP_M, abs=0.01)


def test_two_streets_that_cross_are_both_cut(tmp_path):
    town = line(3).node(8, 1, -1).node(9, 1, 1)
    town.way(10, [1, 2, 3], highway="residential")
    town.way(11, [8, 2, 9], highway="residential")
    table = read(town, tmp_path).table
    assert table["street_id"].tolist() == [
        "way/10/1",
        "way/10/2",
        "way/11/1",
        "way/11/2",
    ]
    assert table["v"][0] == table["u"][1] == table["v"][2] == "node/2"


def test_bends_that_meet_nothing_do_not_cut(tmp_path):
    town = line(5).way(10, [1, 2, 3, 4, 5], highway="residential")
    assert read(town, tmp_path).table["street_id"].tolist() == ["way/10"]


def test_crossing_without_a_shared_node_does_not_cut(tmp_path):
    town = line(3).node(8, 1, -1).node(9, 1, 1)
    town.way(10, [1, 3], highway="primary", bridge="yes")
    town.way(11, [8, 9], highway="residential")
    assert len(read(town, tmp_path).table) == 2


def test_a_loop_is_cut_where_it_meets_itself(tmp_path):
    town = line(2).node(3, 2, 1).node(4, 2, -1)
    town.way(10, [1, 2, 3, 4, 2], highway="residential")
    table = read(town, tmp_path).table
    assert table[["u", "v"]].to_numpy().tolist() == [
        ["node/1", "node/2"],
        ["node/2", "node/2"],
    ]


def test_lengths_of_pieces_add_up_to_the_way(tmp_path):
    town = Town()
    for number in range(1, 8):
        town.node(number, 0, number)
    town.node(9, 1, 4)
    town.way(10, range(1, 8), highway="residential")
    town.way(11, [4, 9], highway="residential")
    pieces = read(town, tmp_path).table.set_index("street_id")["length_m"]
    assert pieces["way/10/1"] == pytest.approx(3 * NORTH_STEP_M, abs=0.01)
    assert pieces["way/10/2"] == pytest.approx(3 * NORTH_STEP_M, abs=0.01)


@pytest.mark.parametrize(
    ("tags", "oneway"),
    [
        ({}, "no"),
        ({"oneway": "yes"}, "yes"),
        ({"oneway": "1"}, "yes"),
        ({"oneway": "no"}, "no"),
        ({"oneway": "-1"}, "reverse"),
        ({"junction": "roundabout"}, "yes"),
        ({"junction": "roundabout", "oneway": "no"}, "no"),
        ({"highway": "motorway"}, "yes"),
    ],
)
def test_oneway_is_read_with_what_the_class_implies(tmp_path, tags, oneway):
    town = line(2).way(10, [1, 2], **{"highway": "residential", **tags})
    assert read(town, tmp_path).table["oneway"].tolist() == [oneway]


def test_lanes_that_change_direction_are_left_empty_and_noted(tmp_path):
    town = line(2).way(10, [1, 2], highway="primary", oneway="reversible")
    loaded = read(town, tmp_path)
    assert loaded.table["oneway"].isna().all()
    assert loaded.rejected["action"].tolist() == ["cell left empty"]
    assert loaded.rejected["value"].tolist() == ["reversible"]


def test_speeds_are_kilometres_an_hour_or_missing(tmp_path):
    town = line(4)
    town.way(10, [1, 2], highway="residential", maxspeed="25 mph")
    town.way(11, [2, 3], highway="residential", maxspeed="walk")
    town.way(12, [3, 4], highway="residential", maxspeed="fast")
    loaded = read(town, tmp_path)
    assert loaded.table["maxspeed_km_h"][0] == pytest.approx(40.2336)
    assert loaded.table["maxspeed_km_h"][1:].isna().all()
    # A word that states no number is no fault; a text that means nothing is.
    assert loaded.rejected["row"].tolist() == ["way/12"]


@pytest.mark.parametrize(
    ("tags", "cause"),
    [
        ({"highway": "platform"}, "not a street"),
        ({"highway": "proposed"}, "not a street"),
        ({"highway": "pedestrian", "area": "yes"}, "an area rather than a line"),
        ({"highway": "footway", "indoor": "yes"}, "indoors"),
        ({"highway": "service", "tunnel": "yes"}, "below the ground"),
        ({"highway": "footway", "level": "-1"}, "below the ground"),
        ({"highway": "footway", "location": "underground"}, "below the ground"),
    ],
)
def test_what_nobody_walks_along_in_the_open_is_rejected(tmp_path, tags, cause):
    loaded = read(line(2).way(10, [1, 2], **tags), tmp_path)
    assert len(loaded.table) == 0
    assert loaded.rejected["cause"].tolist() == [cause]


def test_a_passage_through_a_building_stays(tmp_path):
    town = line(2).way(10, [1, 2], highway="footway", tunnel="building_passage")
    assert len(read(town, tmp_path).table) == 1


def test_a_rejected_way_cuts_no_street(tmp_path):
    town = line(3).node(9, 1, 1)
    town.way(10, [1, 2, 3], highway="residential")
    town.way(11, [2, 9], highway="corridor")
    assert read(town, tmp_path).table["street_id"].tolist() == ["way/10"]


def test_a_way_leaving_the_extract_is_kept_as_far_as_it_goes_and_counted(tmp_path):
    town = line(4)
    town.way(10, [1, 2, 99, 3, 4, 98], highway="residential")
    town.way(11, [97, 1, 96], highway="residential")
    loaded = read(town, tmp_path)
    assert loaded.table[["street_id", "u", "v"]].to_numpy().tolist() == [
        ["way/10/1", "node/1", "node/2"],
        ["way/10/2", "node/3", "node/4"],
    ]
    noted = loaded.rejected.set_index("row")
    assert noted["cause"].to_dict() == {
        "way/10": "cut at the edge of the file",
        "way/11": "reaches outside the file",
    }
    assert noted["action"].to_dict() == {
        "way/10": "repaired",
        "way/11": "row left out",
    }
    assert noted["detail"]["way/10"] == "kept without 2 of its 6 nodes"
    assert loaded.notices[-1] == (
        "streets that leave the extract and are kept as far as it goes: 1"
    )


def test_a_node_named_twice_in_a_row_adds_nothing(tmp_path):
    town = line(3).way(10, [1, 2, 2, 3], highway="residential")
    town.way(11, [3, 3], highway="residential")
    loaded = read(town, tmp_path)
    assert loaded.table["street_id"].tolist() == ["way/10"]
    assert len(loaded.table.geometry[0].coords) == 3
    assert loaded.rejected["cause"].tolist() == ["fewer than two nodes"]


def test_a_street_without_a_name_takes_its_number(tmp_path):
    town = line(3)
    town.way(10, [1, 2], highway="motorway", ref="I 20")
    town.way(11, [2, 3], highway="service")
    names = read(town, tmp_path).table["name"]
    assert names[0] == "I 20"
    assert names.isna().tolist() == [False, True]


def test_a_closed_way_that_is_only_a_street_is_no_building(tmp_path):
    town = Town()
    town.way(10, town.square(1, 0, 0), highway="residential", junction="roundabout")
    tables = read_osm(town.write(tmp_path / "town.osm"))
    assert len(tables["streets"].table) == 1
    assert len(tables["buildings"].table) == 0
    assert len(tables["buildings"].rejected) == 0


def test_a_street_longer_than_any_is_rejected_and_the_others_stay(tmp_path):
    town = line(2).node(9, 0, 20_000)  # 20 degrees north: some 2,228 km
    town.way(10, [1, 2], highway="residential")
    town.way(11, [2, 9], highway="residential")
    loaded = read(town, tmp_path)
    assert loaded.table["street_id"].tolist() == ["way/10"]
    [fault] = loaded.rejected.itertuples()
    assert (fault.row, fault.cause) == ("way/11", "length_m is not allowed")
    assert "at most 1e+06 m" in fault.detail
