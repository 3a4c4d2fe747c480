"""OpenStreetMap's direction grammar."""

from __future__ import annotations

import csv
import json
import math
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coveragekit.errors import InputError
from coveragekit.sources.directions import _wrapped, parse_directions

NAMES = (
    *("N", "NNE", "NE", "ENE", "E", "ESE", "SE", "SSE"),
    *("S", "SSW", "SW", "WSW", "W", "WNW", "NW", "NNW"),
)


def test_a_pole_with_two_cameras_and_a_sector_is_read_in_full():
    assert parse_directions("90;180") == [(90.0, None), (180.0, None)]
    assert parse_directions("NW;90-120") == [(315.0, None), (105.0, 30.0)]
    assert parse_directions("190;191") == [(190.0, None), (191.0, None)]


@pytest.mark.parametrize(
    ("text", "bearing_deg"),
    [
        ("90", 90.0),
        ("0", 0.0),
        ("-118", 242.0),
        ("360", 0.0),
        ("-360", 0.0),
        ("+45", 45.0),
        ("12.5", 12.5),
        ("270°", 270.0),
        ("270 °", 270.0),
        ("90 deg", 90.0),
        ("90 degrees", 90.0),
        (" 90 ", 90.0),
        ("north", 0.0),
        ("South-West", 225.0),
        ("southwest", 225.0),
        ("south west", 225.0),
        ("north-northeast", 22.5),
        ("north-north-east", 22.5),
        ("se", 135.0),
    ],
)
def test_one_direction_stands_for_itself_and_has_no_width(text, bearing_deg):
    assert parse_directions(text) == [(bearing_deg, None)]


def test_the_sixteen_names_are_read_in_any_case():
    for index, name in enumerate(NAMES):
        for spelled in (name, name.lower(), name.capitalize()):
            assert parse_directions(spelled) == [(22.5 * index, None)]


@pytest.mark.parametrize(
    ("text", "bearing_deg", "width_deg"),
    [
        ("90-270", 180.0, 180.0),
        ("270-90", 0.0, 180.0),
        ("55-125", 90.0, 70.0),
        ("350-10", 0.0, 20.0),
        ("0-360", 0.0, 360.0),
        ("0 - 360", 0.0, 360.0),
        ("0-359", 0.0, 360.0),
        ("-180-180", 180.0, 360.0),
        ("-10-10", 0.0, 20.0),
        ("-10--4", 353.0, 6.0),
        ("10-5", 187.5, 355.0),
        ("E-W", 180.0, 180.0),
        ("W-E", 0.0, 180.0),
        ("N-E", 45.0, 90.0),
        ("NW-45", 0.0, 90.0),
        ("90°-120°", 105.0, 30.0),
        ("90\u2013120", 105.0, 30.0),
    ],
)
def test_a_range_turns_clockwise_and_gives_its_middle_and_width(
    text, bearing_deg, width_deg
):
    assert parse_directions(text) == [(bearing_deg, width_deg)]


def test_a_single_direction_never_becomes_a_range_around_it():
    assert parse_directions("90") != parse_directions("55-125")
    assert parse_directions("90")[0][1] is None


def test_commas_separate_where_they_cannot_be_decimal_commas():
    assert parse_directions("90, 180") == [(90.0, None), (180.0, None)]
    assert parse_directions("N,S") == [(0.0, None), (180.0, None)]
    with pytest.raises(InputError, match=r"'90,5' is not a direction"):
        parse_directions("90,5")


def test_an_angle_a_hair_below_north_is_north_and_not_a_full_turn():
    assert _wrapped(-1e-20) == 0.0
    assert _wrapped(360.0) == 0.0


def test_a_separator_at_the_end_adds_nothing():
    assert parse_directions("90;") == [(90.0, None)]
    assert parse_directions("90;;180") == [(90.0, None), (180.0, None)]


@pytest.mark.parametrize(
    "text",
    [
        *("forward", "both", "clockwise", "backward", "up", "?", "NNNE", "O"),
        *("90 180", "90/180", "90|180", "1e2", "nan", "inf", "--5", "10-", "-"),
        *("90,180", "0x10", "\u0669\u0660", "90-120-150", "90;forward", "12.5.1"),
    ],
)
def test_what_is_not_a_direction_is_refused_and_quoted(text):
    with pytest.raises(InputError, match="is not a direction") as refusal:
        parse_directions(text)
    assert repr(text) in str(refusal.value)


@pytest.mark.parametrize("text", ["", "   ", ";", ";;"])
def test_an_empty_text_is_refused(text):
    with pytest.raises(InputError, match="it is empty"):
        parse_directions(text)


@pytest.mark.parametrize("text", ["400", "-361", "90-400", "999"])
def test_a_number_beyond_the_circle_is_refused(text):
    with pytest.raises(InputError, match="is out of range"):
        parse_directions(text)


@pytest.mark.parametrize("text", ["90-90", "360-0", "N-0", "N-N"])
def test_a_range_without_width_is_refused(text):
    with pytest.raises(InputError, match="has no width"):
        parse_directions(text)


def test_a_text_longer_than_any_tag_is_refused_without_being_shown_whole():
    with pytest.raises(InputError, match="it has 4000 characters") as refusal:
        parse_directions("90;;" * 1000)
    assert len(str(refusal.value)) < 400


@pytest.mark.real_data
def test_the_reference_vectors_hold(real_data):
    vectors = real_data.parent / "reference" / "optics_vectors.json"
    if not vectors.is_file():
        pytest.skip("no optics_vectors.json beside the real data")
    table = json.loads(vectors.read_text(encoding="utf-8"))["direction_ranges"]
    for text, bearing_deg, width_deg in table:
        assert parse_directions(text) == [(bearing_deg, width_deg)]


@pytest.mark.real_data
def test_every_direction_of_the_plate_readers_of_georgia_is_read(real_data):
    path = real_data / "atlanta_alpr_osm" / "alpr_georgia_osm.csv"
    texts = []
    with path.open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            texts.append(row["camera:direction"] or row["direction"])
    refused = Counter()
    for text in texts:
        try:
            parse_directions(text)
        except InputError:
            refused[text] += 1
    # 64 of the 1,934 nodes carry no direction at all; all others can be read (97 %).
    assert (len(texts), dict(refused)) == (1934, {"": 64})


# Halves and quarters are exact in binary, so that no rounding blurs the round trip.
angles = st.integers(0, 4 * 360 - 1).map(lambda quarters: quarters / 4.0)
widths = st.integers(1, 4 * 180).map(lambda quarters: quarters / 2.0)


@st.composite
def sectors(draw):
    bearing_deg = draw(angles)
    if draw(st.booleans()):
        return bearing_deg, None
    return bearing_deg, draw(widths)


def written(sector) -> str:
    bearing_deg, width_deg = sector
    if width_deg is None:
        return f"{bearing_deg:g}"
    if width_deg == 360.0:
        return f"{bearing_deg - 360.0:.2f}-{bearing_deg:.2f}"
    start = (bearing_deg - width_deg / 2.0) % 360.0
    end = (bearing_deg + width_deg / 2.0) % 360.0
    if (start, end) == (0.0, 359.0):
        start = 360.0  # 0-359 itself is OpenStreetMap's other way to say full circle
    return f"{start:.2f}-{end:.2f}"


@settings(deadline=None)
@given(st.lists(sectors(), min_size=1, max_size=6), st.sampled_from([";", " ; ", "; "]))
def test_what_is_written_is_read_back(given_sectors, separator):
    text = separator.join(written(sector) for sector in given_sectors)
    assert parse_directions(text) == given_sectors


@settings(deadline=None)
@given(st.text(max_size=30))
def test_any_text_is_read_or_refused_and_nothing_else(text):
    try:
        found = parse_directions(text)
    except InputError:
        return
    assert found
    for bearing_deg, width_deg in found:
        assert 0.0 <= bearing_deg < 360.0
        assert width_deg is None or 0.0 < width_deg <= 360.0


@settings(deadline=None)
@given(
    st.from_regex(
        r"\A[+-]?[0-9]{1,3}(\.[0-9]{1,8})?-[+-]?[0-9]{1,3}(\.[0-9]{1,8})?\Z",
        fullmatch=True,
    )
)
def test_the_ends_of_a_range_lie_half_its_width_from_its_middle(text):
    try:
        [(bearing_deg, width_deg)] = parse_directions(text)
    except InputError:
        return
    assert width_deg is not None
    start = float(text[: text.index("-", 1)])
    if width_deg < 360.0:
        ahead = (bearing_deg - start) % 360.0
        assert math.isclose(ahead, width_deg / 2.0, abs_tol=1e-6)
