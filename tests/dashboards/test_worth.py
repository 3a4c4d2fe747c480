"""Concentration, the cameras that matter most, and warnings in words."""

from __future__ import annotations

import pytest

from coveragekit.dashboards.planner.answer_words import few_words
from coveragekit.dashboards.planner.figures import Rate
from coveragekit.dashboards.planner.worth import warning_lines, worth_state
from tests.dashboards.fixture_study import HOSTILE_IMAGE, HOSTILE_SCRIPT


@pytest.fixture(scope="module")
def summary(town) -> dict:
    return town.results().summary


def test_concentration_is_one_sentence_with_its_interval(summary) -> None:
    assert worth_state(summary)["sentence"] == (
        "Incidents are seen 1.80 times (1.53-2.16) as often as street length; cameras "
        "placed without regard to harm would come to 0.60-1.40: more than chance."
    )


def test_a_study_that_kept_nothing_of_chance_says_nothing_of_it() -> None:
    overall = {"value": 0.826, "low": 0.68, "high": 0.99, "verdict": "less than chance"}
    said = worth_state({"concentration": {"overall": overall}})

    assert said["sentence"] == (
        "Incidents are seen 0.83 times (0.68-0.99) as often as street length: less "
        "than chance."
    )
    assert said["basis"] == ""
    sure = {**overall, "low": 0.826, "high": 0.826}
    assert (
        "0.83 times as often"
        in worth_state({"concentration": {"overall": sure}})["sentence"]
    )


def test_figures_of_worth_have_their_own_basis_and_are_as_given(summary) -> None:
    said = worth_state(summary)

    assert said["basis"] == (
        "Concentration: 90% interval over places where incidents happen. Chance is "
        "judged with each incident at the nearest place of the street: 1.71 times "
        "there. As given: with every camera exactly as its source gives it, while the "
        "headline is the median of scenes."
    )
    assert said["cameras_basis"].startswith(
        "Outages: what is lost where that camera alone fails: observe (62.5 px/m"
    )
    assert "Cameras that overlap nowhere: area seen by all" in said["cameras_basis"]
    assert said["cameras_basis"].endswith("the median of scenes.")
    without = worth_state({**summary, "scenes": None})
    assert "As given:" not in without["basis"] + without["cameras_basis"]


def test_an_outage_without_dates_has_no_rate_and_is_not_called_free() -> None:
    loss = {"street_m": 0.0, "incidents": None, "incidents_share": 0.01}
    camera = {"camera_id": "c3", "loss": loss}

    assert (
        worth_state({"cameras": {"most_important": [camera]}})["cameras"][0]["cost"]
        == ""
    )
    seen = {**camera, "loss": {**loss, "street_m": 62.0}}
    said = worth_state({"cameras": {"most_important": [seen]}})["cameras"][0]
    assert said["cost"] == "62 m of street"


def test_where_there_is_no_figure_the_reason_is_given(summary) -> None:
    overall = {"value": None, "reason": "no camera sees any of the streets"}
    said = worth_state({**summary, "concentration": {"overall": overall}})

    assert said["sentence"] == (
        "Whether the cameras are where the harm is cannot be said: no camera sees any "
        "of the streets."
    )


def test_the_table_behind_has_all_offences_each_category_and_each_hour(summary) -> None:
    categories, hours = worth_state(summary)["tables"]

    assert categories["rows"] == [
        ["Street-visible", "487", "1.80 (1.53-2.16)", "0.60-1.40", "more"],
        ["All offences", "600", "1.60 (1.36-1.92)", "0.60-1.40", "more"],
        ["Robbery", "61", "2.40 (2.04-2.88)", "0.60-1.40", "more"],
        [HOSTILE_IMAGE, "12", "0.90 (0.77-1.08)", "0.60-1.40", "no more"],
        ["Arson", "2", "fewer than 5 would be seen by chance"],
    ]
    assert [row[0] for row in hours["rows"]] == [f"{hour:02d}" for hour in range(24)]


def test_the_most_important_cameras_say_what_their_outage_costs(summary) -> None:
    said = worth_state(summary)

    assert [one["key"] for one in said["cameras"]] == ["c0", "c5", "c7"]
    assert said["cameras"][0]["cost"] == (
        "140 m of street (2.7 %), 31 incidents a year (6.4 %)"
    )
    assert said["cameras"][1]["name"] == HOSTILE_IMAGE
    assert said["cameras"][2]["cost"] == "2.0 incidents a year (0.4 %)"
    assert said["cameras_note"] == (
        "9 cameras see as much ground as 6.4 that overlap nowhere."
    )


def test_small_counts_are_not_told_outside_the_analyst_role(summary) -> None:
    rates = {"c0": Rate(30.0), "c5": Rate(None, 2.5), "c7": Rate(0.0)}
    said = worth_state(summary, least=5, alone=rates.__getitem__)

    costs = [one["cost"] for one in said["cameras"]]
    assert costs[0] == "140 m of street (2.7 %), 30 incidents a year"
    assert costs[1].endswith("less than 2.5 incidents a year")
    assert "incidents" not in costs[2]
    categories = {row[0]: row for row in said["tables"][0]["rows"]}
    assert categories["Arson"] == ["Arson", "too few", few_words(5)]
    # Two others and the whole would tell the one that is kept back.
    assert categories[HOSTILE_IMAGE][1] == "too few"
    assert categories["Robbery"][1] == "61"


def test_until_somebody_has_counted_no_incidents_of_a_camera_are_told(summary) -> None:
    said = worth_state(summary, least=5)

    assert not any("incident" in one["cost"] for one in said["cameras"])


def test_a_camera_whose_outage_costs_nothing_says_so() -> None:
    camera = {"camera_id": "c3", "name": None, "loss": {"street_m": 0.0}}

    said = worth_state({"cameras": {"most_important": [camera]}})["cameras"][0]

    assert said["name"] == "c3"
    assert said["cost"] == "nothing that another camera does not see"


def test_a_study_of_the_version_before_has_nothing_to_say(former_town) -> None:
    summary = former_town.results().summary

    assert worth_state(summary) == {
        "sentence": "",
        "tables": [],
        "cameras": [],
        "cameras_note": "",
        "basis": "",
        "cameras_basis": "",
    }
    assert warning_lines(summary) == []


def test_warnings_stay_plain_texts(summary) -> None:
    snapped, named = warning_lines(summary)

    assert snapped.startswith("12 % of incidents share coordinates")
    assert named.endswith(HOSTILE_SCRIPT)


def test_a_warning_names_the_most_used_place_to_an_analyst_only() -> None:
    words = (
        "81 % of 900 events share their exact point with another (the most used: 595 "
        "events at lon -72.4, lat 36.2): points are snapped"
    )

    guarded = warning_lines({"warnings": [words]}, least=5)

    assert guarded == [
        "81 % of 900 events share their exact point with another: points are snapped"
    ]
    assert warning_lines({"warnings": [words]}) == [words]
