"""Which street an address means, as police records write it."""

from __future__ import annotations

import pytest

from coveragekit.coverage.street_names import plain_name, streets_named, without_side


@pytest.mark.parametrize(
    ("address", "names"),
    [
        ("100 BLOCK OF WYLIE ST", ("wylie st",)),
        ("1XX WYLIE ST SE", ("wylie st se",)),
        ("XX00 BLOCK PINE ST", ("pine st",)),
        ("12XX - BLOCK OF N PINE ST", ("n pine st",)),
        ("100-199 PINE AVENUE", ("pine ave",)),
        ("BLOCK OF 100 PINE ST", ("pine st",)),
        ("100 BLK 5TH AVE", ("5th ave",)),
        ("727 5TH AV", ("5th ave",)),
        ("5TH AVE", ("5th ave",)),
        ("727 Wylie Street Southeast", ("wylie st se",)),
        ("Wylie Street", ("wylie st",)),
        ("REINDEER CT & DEAD END", ("reindeer ct", "dead end")),
        ("Andover St at 3rd Ave", ("andover st", "3rd ave")),
        ("A ST / B ST / C ST", ("a st", "b st", "c st")),
        ("A ST/A ST", ("a st",)),
        (
            "WYLIE ST SE / MORELAND AVE SE\nATL, GA 30316",
            ("wylie st se", "moreland ave se"),
        ),
        ("100 BLOCK OF WYLIE ST, ATLANTA", ("wylie st",)),
        ("O'HARA DR", ("ohara dr",)),
        ("", ()),
        (" 300 ", ()),
        ("&", ()),
    ],
)
def test_an_address_names_its_streets_without_numbers_and_town(address, names) -> None:
    assert streets_named(address) == names


def test_names_written_long_and_short_are_the_same() -> None:
    assert plain_name("Martin Luther King Jr. Drive Northwest") == plain_name(
        "MARTIN LUTHER KING JR DR NW"
    )
    assert plain_name("Old Flat Shoals Road") != plain_name("Flat Shoals Road")
    assert plain_name("  ") == ""


def test_the_side_of_town_is_taken_off_but_never_the_whole_name() -> None:
    assert without_side("n highland ave ne") == "highland ave"
    assert without_side("e w conn") == "conn"
    assert without_side("n") == "n"
    assert without_side("") == ""
