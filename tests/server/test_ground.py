"""What the form knows of the study: names, the map, and what a camera sees."""

import numpy as np
import pytest

from coveragekit.errors import InputError
from coveragekit.server.finding import plain
from coveragekit.server.office import ghost_of
from coveragekit.view import mercator
from tests.server.corner import HOSTILE, LAT, LON, lonlat


def look(desk, place, bearing, **more):
    lon, lat = lonlat(*place)
    camera = {"lon": lon, "lat": lat, "bearing_deg": bearing, **more}
    return desk.sight.see(ghost_of(camera))


@pytest.mark.parametrize(
    ("typed", "kind", "address"),
    [
        ("12 oak", "place", "12 Oak Street"),
        ("corner cafe", "place", "12 Oak Street"),
        ("CAFÉ", "place", "12 Oak Street"),
        ("9 elm", "address", "9 Elm Avenue"),  # the business closed, the house stands
        ("elm av", "street", "Elm Avenue"),
        ("oak street & elm", "crossing", "Elm Avenue & Oak Street"),
        ("elm and oak", "crossing", "Elm Avenue & Oak Street"),
        ("elm y oak", "crossing", "Elm Avenue & Oak Street"),
        ("999 oak street", "street", "Oak Street"),  # the number is not known
    ],
)
def test_addresses_places_streets_and_crossings_are_found(desk, typed, kind, address):
    kinds = {one.kind: one for one in desk.finder.find(typed)}

    assert kinds[kind].address == address


def test_what_is_found_lies_where_it_is(desk):
    (found,) = desk.finder.find("elm & oak")

    assert (found.lon, found.lat) == pytest.approx((LON, LAT), abs=1e-7)


def test_a_closed_business_is_not_named(desk):
    assert desk.finder.find("gone video") == []


@pytest.mark.parametrize("typed", ["", "a", "zzz", "%", "' OR 1=1", "\x00", "&" * 90])
def test_nothing_is_found_for_what_is_no_name(desk, typed):
    assert desk.finder.find(typed) == []


def test_no_camera_is_ever_found(desk):
    for typed in ("secret", "canary", "camera", "secret-camera-1"):
        assert desk.finder.find(typed) == []


def test_a_hostile_name_is_only_a_name(desk):
    assert HOSTILE in {one.name for one in desk.finder.find("deli")}


def test_never_more_is_found_than_was_asked_for(desk):
    assert len(desk.finder.find("elm", limit=2)) == 2


def test_where_a_place_lies_is_said(desk):
    assert desk.finder.near(*lonlat(30.0, 25.0)) == ("12 Oak Street", "Oak Street")
    assert desk.finder.near(*lonlat(140.0, 1.0)) == ("", "Oak Street")
    assert desk.finder.near(*lonlat(5000.0, 5000.0)) == ("", "")


def test_names_are_compared_without_accents_and_case():
    assert plain("ÁRBOL  Straße") == "arbol strasse"


def test_a_camera_sees_the_houses_that_it_faces_and_not_past_them(desk):
    seen = look(desk, (0.0, 0.0), 45.0)

    ring = mercator.to_lonlat(np.concatenate(seen.rings))
    east = (ring[:, 0] - LON) / (lonlat(1.0, 0.0)[0] - LON)
    north = (ring[:, 1] - LAT) / (lonlat(0.0, 1.0)[1] - LAT)
    inside = (east > 10.1) & (east < 49.9) & (north > 10.1) & (north < 49.9)
    assert not inside.any()
    assert not ((east > 51.0) & (north > 51.0)).any()
    assert seen.blind == ""


@pytest.mark.parametrize(
    ("bearing", "shares"),
    [
        (45.0, (0.0, 1.0, 0.0)),  # retail, with a business
        (225.0, (0.0, 1.0, 0.0)),  # a house in which a business is
        (315.0, (1.0, 0.0, 0.0)),  # a house
        (135.0, (0.0, 0.0, 1.0)),  # nobody says
        (0.0, (0.5, 0.5, 0.0)),
        (270.0, (0.5, 0.5, 0.0)),
        (180.0, (0.0, 0.5, 0.5)),
    ],
)
def test_the_fronts_of_homes_and_businesses_are_told_apart(desk, bearing, shares):
    fronts = desk.sight.fronts(look(desk, (0.0, 0.0), bearing))

    seen = (fronts.home_share, fronts.other_share, fronts.unknown_share)
    assert seen == pytest.approx(shares, abs=0.02)


def test_without_categories_only_businesses_tell(desk):
    kinds, desk.sight._kinds = desk.sight._kinds, None
    fronts = desk.sight.fronts(look(desk, (0.0, 0.0), 0.0))
    desk.sight._kinds = kinds

    assert fronts.unknown_share == pytest.approx(0.5, abs=0.02)
    assert fronts.home_share == 0.0


def test_the_fronts_in_view_are_as_long_as_the_walls(desk):
    fronts = desk.sight.fronts(look(desk, (0.0, 0.0), 45.0))

    # Both walls of the house at the corner, 40 m each, and a step at each end.
    assert fronts.metres == pytest.approx(80.0, abs=1.5)


def test_a_camera_that_looks_away_from_houses_faces_none(desk):
    fronts = desk.sight.fronts(look(desk, (120.0, 0.0), 90.0))

    assert fronts.metres == 0.0
    assert fronts.home_share == 0.0


def test_a_camera_far_outside_sees_nothing_and_says_so(desk):
    seen = look(desk, (1500.0, 1500.0), 0.0)

    assert seen.rings == []
    assert "outside the study area" in seen.blind
    assert desk.sight.fronts(seen).metres == 0.0


def test_a_camera_in_a_house_is_told(desk):
    assert look(desk, (30.0, 30.0), 0.0).mount == "inside"


def test_a_tile_is_a_picture_and_dark_ones_differ(desk):
    x, y = (mercator.to_merc(LON, LAT) * 2**17).astype(int).tolist()

    light = desk.ground.tile((17, x, y), dark=False, scale=1)
    dark = desk.ground.tile((17, x, y), dark=True, scale=1)

    assert light.startswith(b"\x89PNG")
    assert light != dark
    assert desk.ground.tile((17, x, y), dark=False, scale=1) is light


def test_a_tile_without_anything_is_plain_ground(desk):
    assert len(desk.ground.tile((17, 0, 0), dark=False, scale=1)) < 200


@pytest.mark.parametrize("where", [(11, 0, 0), (21, 0, 0), (14, 2**14, 0)])
def test_a_tile_that_the_map_has_not_is_refused(desk, where):
    with pytest.raises(InputError, match="there is no tile"):
        desk.ground.tile(where, dark=False, scale=1)


def test_street_names_stand_on_the_map(desk):
    x, y = (mercator.to_merc(LON, LAT) * 2**17 / 4).astype(int).tolist()

    names = {one["text"] for one in desk.ground.names((17, x, y))}

    assert names <= {"Oak Street", "Elm Avenue"}
    assert names


@pytest.mark.parametrize(
    ("typed", "place"),
    [
        ("12 oak", (30.0, 9.7)),  # the wall towards Oak Street, though Elm is as near
        ("7 elm", (-9.7, -30.0)),
        ("9 elm", (-9.7, -12.0)),
    ],
)
def test_a_place_in_a_house_is_put_onto_the_wall_of_its_street(desk, typed, place):
    found = desk.find(typed)[0]

    assert (found.lon, found.lat) == pytest.approx(lonlat(*place), abs=2e-7)


def test_a_place_in_no_house_stays_where_it_is(desk):
    (found,) = desk.find("elm & oak")

    assert (found.lon, found.lat) == pytest.approx((LON, LAT), abs=1e-7)


@pytest.mark.parametrize(
    ("place", "metres"),
    [
        ((30.0, 9.0), 1.0),
        ((30.0, 12.0), 2.0),  # within the house
        ((0.0, 0.0), 200.0**0.5),
        ((75.0, 75.0), float("inf")),  # 35 m from the corner of a house
        ((120.0, 0.0), float("inf")),
    ],
)
def test_how_far_the_next_wall_is_is_known(desk, place, metres):
    assert desk.walls.away_m(*lonlat(*place)) == pytest.approx(metres, abs=0.05)


def test_a_script_is_told_whether_a_pin_stands_in_the_open(visitor):
    visitor.get("register/where")

    road, wall = lonlat(0.0, 0.0), lonlat(30.0, 9.0)

    in_road = visitor.call("view", {"lon": road[0], "lat": road[1]}).json
    at_wall = visitor.call("view", {"lon": wall[0], "lat": wall[1]}).json

    assert in_road["open"] is True
    assert at_wall["open"] is False
