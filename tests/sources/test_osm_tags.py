"""Values of OpenStreetMap tags."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coveragekit.sources.osm_tags import (
    classes,
    is_underground,
    parse_address,
    parse_date,
    parse_length_m,
    parse_number,
    parse_speed_km_h,
    states_no_number,
)


@pytest.mark.parametrize(
    ("text", "metres"),
    [
        ("12", 12.0),
        ("12.5 m", 12.5),
        ("12.13 m", 12.13),
        ("12m", 12.0),
        ("0", 0.0),
        ("-3", -3.0),
        ("40'", 12.192),
        ("40'6\"", 12.3444),
        ("40' 6\"", 12.3444),
        ("40\u20326\u2033", 12.3444),
        ("40 ft", 12.192),
        ("40 feet", 12.192),
        ("1.2 km", 1200.0),
        ("1200 cm", 12.0),
        ("12 metres", 12.0),
        ("1 foot", 0.3048),
    ],
)
def test_a_height_is_read_in_metres_feet_and_inches(text, metres):
    assert parse_length_m(text) == pytest.approx(metres, abs=1e-9)


@pytest.mark.parametrize(
    "text", ["tall", "about 12", "12;14", "12-14", "12,5", "", "'6\"", "12 parsecs"]
)
def test_a_height_that_is_no_single_length_is_not_guessed(text):
    assert parse_length_m(text) is None


@settings(deadline=None)
@given(st.integers(0, 99_999))
def test_a_height_written_in_any_unit_is_the_same_height(centimetres):
    metres = centimetres / 100.0
    assert parse_length_m(f"{metres:.2f} m") == pytest.approx(metres)
    assert parse_length_m(f"{metres / 0.3048:.9f} ft") == pytest.approx(metres)


@pytest.mark.parametrize(
    ("text", "km_h"),
    [
        ("50", 50.0),
        ("25 mph", 40.2336),
        ("25mph", 40.2336),
        ("30 km/h", 30.0),
        ("10 knots", 18.52),
        ("200", 200.0),
    ],
)
def test_a_speed_is_read_in_kilometres_an_hour(text, km_h):
    assert parse_speed_km_h(text) == pytest.approx(km_h, abs=1e-9)


@pytest.mark.parametrize("text", ["walk", "none", "signals", "RO:urban", "DE:zone:30"])
def test_words_that_state_no_number_are_known_as_such(text):
    assert parse_speed_km_h(text) is None
    assert states_no_number(text)


@pytest.mark.parametrize("text", ["fast", "50;30", "0", "999", "-5", "50 80"])
def test_a_speed_that_is_no_speed_is_neither_read_nor_excused(text):
    assert parse_speed_km_h(text) is None
    assert not states_no_number(text)


def test_an_address_follows_the_custom_of_its_country():
    finnish = {
        "addr:street": "Kluuvikatu",
        "addr:housenumber": "3",
        "addr:postcode": "00100",
        "addr:city": "Helsinki",
    }
    american = {
        "addr:street": "Peachtree Street",
        "addr:housenumber": "12",
        "addr:city": "Atlanta",
        "addr:state": "GA",
        "addr:postcode": "30303",
    }
    assert parse_address(finnish) == "Kluuvikatu 3, 00100 Helsinki"
    assert parse_address(american) == "12 Peachtree Street, Atlanta, GA 30303"
    assert parse_address({"addr:full": "At the well"}) == "At the well"
    assert parse_address({"addr:city": "Helsinki"}) is None


def test_only_a_full_date_names_a_day():
    assert parse_date("2024-02-29") == datetime(2024, 2, 29, tzinfo=UTC)
    for text in (None, "2024", "2024-02", "2023-02-29", "~2024-01-01", "1900s"):
        assert parse_date(text) is None


def test_underground_is_said_by_location_or_a_layer_below_the_ground():
    assert is_underground({"location": "underground"})
    assert is_underground({"layer": "-2"})
    assert not is_underground({"layer": "1"})
    assert not is_underground({"layer": "deep"})


def test_a_number_is_plain_or_missing():
    assert parse_number("3.5") == 3.5
    assert parse_number("3,5") is None
    assert parse_number("\u0663") is None


@settings(deadline=None)
@given(st.text(max_size=20))
def test_no_text_breaks_a_reader_of_values(text):
    for read in (parse_number, parse_length_m, parse_speed_km_h, parse_date):
        read(text)
    states_no_number(text)


def test_the_lists_of_classes_hold_texts_only():
    for table in ("buildings", "streets", "places", "cameras", "water"):
        for values in classes(table).values():
            if isinstance(values, list):
                assert values
                assert all(isinstance(value, str) for value in values)
