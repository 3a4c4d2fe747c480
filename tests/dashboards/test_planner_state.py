"""What the planner says, without a widget."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coveragekit.dashboards.planner.numbers import (
    announcement,
    headline_states,
    headlines,
    percent,
    quantity,
    tier_options,
    tier_tables,
)
from coveragekit.dashboards.planner.state import (
    gap_rows,
    gaps_note,
    header_state,
    place_state,
)
from tests.dashboards.fixture_study import HOSTILE_IMAGE


@pytest.fixture(scope="module")
def summary(town) -> dict:
    return town.results().summary


def _by_key(summary, tier="registered") -> dict:
    return {one.key: one for one in headlines(summary, tier)}


def test_a_headline_tells_value_interval_whole_and_basis(summary) -> None:
    street = _by_key(summary)["street_length"]

    assert street.title == "Street seen"
    assert street.value == "38 %"
    assert street.interval == "(34-41)"
    assert street.of == "of 5.2 km"
    assert street.fill == "38.1%"
    assert street.basis == (
        "Street seen: observe (62.5 px/m, IEC 62676-4 edition 2014), by day, as "
        "designed, cameras active at 2022-10-24, public + integrated + registered."
    )


def test_without_low_and_high_it_says_no_interval(summary) -> None:
    area = _by_key(summary)["area"]

    assert area.interval == "(no interval)"
    assert "no interval" in area.basis


def test_the_naive_number_stands_beside_where_it_differs(summary) -> None:
    shown = _by_key(summary)

    assert shown["incidents"].naive == "naive 41 %"
    assert "Naive: what a plain count" in shown["incidents"].basis
    assert shown["area"].naive == ""
    assert "Naive" not in shown["area"].basis


def test_fewer_tiers_give_other_numbers_without_interval_and_naive(summary) -> None:
    street = _by_key(summary, "integrated")["street_length"]
    incidents = _by_key(summary, "integrated")["incidents"]

    assert street.value == "24 %"
    assert street.interval == "(no interval)"
    assert "public + integrated;" in street.basis
    assert "registered" not in street.basis
    assert incidents.naive == ""


def test_a_share_that_a_study_lacks_is_left_out(summary) -> None:
    fewer = {**summary, "shares": {"area": summary["shares"]["area"]}}

    assert [one.key for one in headlines(fewer)] == ["area"]


def test_a_share_of_nothing_has_no_number(summary) -> None:
    nothing = {**summary["shares"]["area"], "value": None}

    shown = headlines({**summary, "shares": {"area": nothing}})[0]

    assert shown.value == "no number"
    assert shown.fill == "0.0%"


@given(st.floats(0, 1))
def test_a_percentage_is_never_further_off_than_half_its_last_digit(share) -> None:
    text = percent(share)
    number = float(text.strip("<> %"))

    if text.startswith(("<", ">")):
        assert 0 < share < 0.001 or 0.999 < share < 1
    else:
        digit = 0.1 if "." in text else 1.0
        assert abs(number - 100 * share) <= digit / 2 + 1e-9


@given(st.floats(0, 1, exclude_min=True, exclude_max=True))
def test_only_nothing_reads_as_nothing_and_only_all_as_all(share) -> None:
    assert float(percent(share).strip("<> %")) not in {0.0, 100.0}


def test_nearly_all_is_not_all() -> None:
    assert percent(0.99996) == "> 99.9 %"
    assert percent(0.00004) == "< 0.1 %"


@given(st.floats(0, 1), st.floats(0, 1))
def test_a_greater_share_never_reads_as_less(one, other) -> None:
    low, high = sorted((one, other))

    def number(share) -> float:
        text = percent(share)
        shift = {"<": -0.05, ">": 0.05}.get(text[0], 0.0)
        return float(text.strip("<> %")) + shift

    assert number(low) <= number(high)


@pytest.mark.parametrize(
    ("total", "unit", "text"),
    [
        (0.0, "m", "0.00 km"),
        (999.6, "m", "1.00 km"),
        (5_214.0, "m", "5.2 km"),
        (1_412_300.0, "m", "1,412 km"),
        (2_340_000.0, "m2", "2.3 km²"),
        (1_234_567.0, "incidents", "1,234,567"),
    ],
)
def test_an_amount_reads_in_the_unit_people_use(total, unit, text) -> None:
    assert quantity(total, unit) == text


def test_planned_can_be_chosen_only_where_something_is_planned() -> None:
    counts = {"public": 2, "integrated": 3, "registered": 4}

    without = tier_options(counts)
    options = tier_options({**counts, "planned": 1})

    assert [one["key"] for one in without] == ["public", "integrated", "registered"]
    assert options[-1]["label"] == "+ planned"
    assert options[1]["hint"] == "public + integrated: 5 cameras"
    assert "10 cameras; planned cameras are in no headline" in options[-1]["hint"]


def test_the_table_has_each_tier_added_up_and_alone(summary) -> None:
    options = tier_options({"public": 1})

    together, alone = tier_tables(summary, options)

    assert together["head"] == ["Tier", "Street", "Incidents", "Area", "Calls"]
    assert together["rows"][1][:2] == ["+ integrated", "24 %"]
    assert alone["rows"][1][:2] == ["Integrated", "15 %"]


def test_a_changed_number_is_told_in_one_sentence(summary) -> None:
    said = announcement(headlines(summary, "public"), "public")

    assert said.startswith("Counting public: Street seen 10 %, Incidents seen 8.0 %")


def test_the_header_tells_the_basis_in_the_study_s_own_time(summary) -> None:
    midnight = {**summary, "as_of": "2022-10-25T02:00:00+00:00"}

    said = header_state(
        midnight, time_zone="America/New_York", user="Kim", role="planner"
    )

    texts = [fact["text"] for fact in said["facts"]]
    assert texts == ["data 2022-10-24", "observe (2014)", "by day", "as designed"]
    assert "2022-10-24 22:00 America/New_York" in said["facts"][0]["title"]
    assert said["simulated"] is True
    assert said["user"] == "Kim, planner"


def test_gaps_become_rows_in_their_order(town) -> None:
    rows = gap_rows(town.results().gaps().to_dict("records"))

    assert [row["rank"] for row in rows] == ["1", "2", "3", "4", "5"]
    assert rows[0]["name"] == "Wylie / 3rd Street"
    assert (rows[0]["incidents"], rows[0]["calls"], rows[0]["street"]) == (
        "60",
        "22",
        "120",
    )
    assert rows[3]["incidents"] == "7.7"
    assert (
        rows[4]["name"] == HOSTILE_IMAGE
    )  # plain text; the page never makes it markup


def test_a_gap_without_name_or_rate_is_still_a_row() -> None:
    nothing = float("nan")
    gap = {
        "gap_id": "g9",
        "rank": 9,
        "name": None,
        "incidents_per_year": nothing,
        "calls_per_year": nothing,
        "street_m": 0.0,
    }

    row = gap_rows([gap])[0]

    assert row["name"] == "Gap 9"
    assert row["incidents"] == "0"
    json.dumps(row, allow_nan=False)


def test_the_note_says_whose_gaps_they_are_when_fewer_tiers_count() -> None:
    assert "public + integrated + registered camera" in gaps_note("public")


def _camera(camera_id: str, verdict: str, **more) -> dict:
    base = {"name": camera_id.upper(), "access": "public", "probability": 1.0}
    return {
        **base,
        "camera_id": camera_id,
        "verdict": verdict,
        "reason": f"because {camera_id}",
        **more,
    }


def test_a_place_tells_who_sees_it_and_why_the_others_do_not() -> None:
    rows = [
        _camera("a", "sees"),
        _camera("b", "sees with probability", probability=0.25),
        _camera("c", "blocked"),
    ]

    said = place_state(rows, lon=24.94, lat=60.17)

    assert said["title"] == "Seen by 1 camera, perhaps by 1 more"
    assert said["words"] == "60.17000, 24.94000"
    assert [row["verdict"] for row in said["rows"]] == [
        "sees it",
        "perhaps (25 %)",
        "no",
    ]
    assert said["rows"][2]["reason"] == "because c"
    assert said["more"] == ""


def test_a_place_that_nobody_sees_says_so() -> None:
    said = place_state([_camera("a", "out of range")], lon=0, lat=0)

    assert said["title"] == "No camera sees this place"


def test_many_reasons_are_cut_and_the_rest_is_counted() -> None:
    rows = [_camera(f"c{i}", "out of range") for i in range(40)]

    said = place_state(rows, lon=0, lat=0)

    assert len(said["rows"]) == 14
    assert said["more"] == "26 more cameras do not see it."


def test_all_that_see_are_told_however_many() -> None:
    rows = [_camera(f"c{i}", "sees") for i in range(30)] + [_camera("x", "blocked")]

    said = place_state(rows, lon=0, lat=0)

    assert len(said["rows"]) == 31


def test_cameras_of_tiers_that_are_not_counted_are_left_out_and_that_is_said() -> None:
    rows = [_camera("a", "sees", access="registered"), _camera("b", "blocked")]

    said = place_state(rows, lon=0, lat=0, tier="integrated")

    assert said["title"] == "No camera sees this place"
    assert [row["name"] for row in said["rows"]] == ["B"]
    assert "1 of tiers that are not counted now" in said["more"]


def test_everything_said_can_travel_as_json(summary, town) -> None:
    for tier in ("public", "integrated", "registered", "planned"):
        json.dumps(headline_states(headlines(summary, tier)), allow_nan=False)
    json.dumps(gap_rows(town.results().gaps().to_dict("records")), allow_nan=False)
