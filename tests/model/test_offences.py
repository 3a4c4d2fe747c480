"""Offences by code or words, and whether a street camera could see them."""

from __future__ import annotations

import pandas as pd
import pytest

from coveragekit import model


@pytest.mark.parametrize(
    ("category", "code", "expected"),
    [
        ("LARCENY-FROM VEHICLE", None, "23F"),
        ("auto theft", None, "240"),
        ("Destruction/Damage/Vandalism of Property", None, "290"),
        ("ROBBERY-PEDESTRIAN", None, "120"),
        (None, "13a", "13A"),
        (None, " 9A", "09A"),
        ("AUTO THEFT", "23F", "23F"),
        ("something new", None, None),
        (None, None, None),
    ],
)
def test_an_offence_is_known_by_code_or_words(
    category: str | None, code: str | None, expected: str | None
) -> None:
    assert model.nibrs_code(category, code) == expected


def _incidents(*rows: tuple[str | None, str | None, str | None]) -> pd.DataFrame:
    names = ["category", "offense_code", "location_type"]
    return pd.DataFrame(list(rows), columns=names, dtype="str")


def test_the_words_say_where_a_robbery_was() -> None:
    rows = _incidents(
        ("ROBBERY-PEDESTRIAN", None, None),
        ("ROBBERY-COMMERCIAL", None, None),
        ("ROBBERY", None, None),
    )

    assert model.street_visible(rows).tolist() == [True, False, True]


def test_an_assault_at_home_is_not_visible_and_one_in_a_car_park_is() -> None:
    rows = _incidents(
        (None, "13A", "RESIDENCE_HOME"),
        (None, "13A", "PARKING_DROP_LOT_GARAGE"),
        (None, "13A", "20"),
        (None, "13A", "13"),
        (None, "13A", None),
        (None, "240", "RESIDENCE_HOME"),
    )

    assert model.street_visible(rows).tolist() == [
        False,
        True,
        False,
        True,
        True,
        True,
    ]


def test_an_unknown_offence_counts_and_says_that_it_is_not_classified() -> None:
    rows = _incidents(("lost dog", None, None), ("BURGLARY", None, None))

    classes = model.classify_offences(rows)

    assert classes["street_visible"].tolist() == [True, False]
    assert classes["classified"].tolist() == [False, True]
    assert classes["nibrs_code"].isna().tolist() == [True, False]


def test_the_index_of_the_incidents_is_kept() -> None:
    rows = _incidents(("BURGLARY", None, None)).set_axis(["x"], axis=0)

    assert model.street_visible(rows).index.tolist() == ["x"]


def test_no_incidents_give_no_answers() -> None:
    assert model.classify_offences(_incidents()).empty


def test_every_code_says_what_it_is() -> None:
    for code, block in model.nibrs_codes().items():
        assert block["street"] in {"always", "outdoors", "never"}, code
        assert block["against"] in {"person", "property", "society", "none"}, code
        assert block["name"], code


def test_sexual_offences_are_never_street_visible() -> None:
    never = ("11A", "11B", "11C", "11D", "36A", "36B", "64A")

    assert {model.nibrs_codes()[code]["street"] for code in never} == {"never"}


def test_calls_are_set_apart_by_rule_and_reason() -> None:
    calls = pd.DataFrame(
        {
            "origin": ["911", "ONVIEW", "911", "911", None],
            "disposition": [
                "REPORT WRITTEN (NO ARREST)",
                "ASSISTANCE RENDERED",
                "RESPONDING UNIT(S) CANCELLED BY RADIO",
                "DUPLICATE CALL",
                None,
            ],
            "call_type": ["ALARM", "PREMISE CHECK", "FIGHT", "FIGHT", None],
        }
    ).astype("str")

    reasons = model.call_set_apart(calls)

    assert reasons.fillna("").tolist() == [
        "",
        "officer-initiated",
        "cancelled",
        "duplicate",
        "",
    ]
    assert model.counted_calls(calls).tolist() == [True, False, False, False, True]


def test_sidewalks_driveways_and_motorways_are_not_public_streets() -> None:
    classes = pd.Series(["residential", "footway", "service", "motorway", "primary"])

    assert model.is_public_street(classes).tolist() == [True, False, False, False, True]
