"""What the planner says, without a widget."""

from __future__ import annotations

import json

import pytest

from coveragekit.dashboards.planner.choice import (
    Choice,
    choice_controls,
    tier_options,
)
from coveragekit.dashboards.planner.numbers import (
    announcement,
    headline_states,
    headlines,
    other_table,
    tier_tables,
)
from coveragekit.dashboards.planner.state import (
    choice_note,
    gap_rows,
    gaps_note,
    header_state,
    jumps,
    place_state,
)
from coveragekit.errors import InputError
from tests.dashboards.fixture_study import HOSTILE_IMAGE


@pytest.fixture(scope="module")
def summary(town) -> dict:
    return town.results().summary


@pytest.fixture(scope="module")
def former(former_town) -> dict:
    return former_town.results().summary


def _by_key(summary, **choice) -> dict:
    return {one.key: one for one in headlines(summary, Choice(**choice))}


def test_a_headline_tells_value_interval_whole_and_basis(summary) -> None:
    street = _by_key(summary)["street_length"]

    assert street.title == "Street seen"
    assert street.value == "38 %"
    assert street.interval == "(34-41)"
    assert street.of == "of 5.2 km"
    assert street.fill == "38.1%"
    assert (street.band_from, street.band_width) == ("34.0%", "7.2%")
    assert street.beside == "nominal 39 %"
    assert street.basis == (
        "Street seen: observe (62.5 px/m, IEC 62676-4 edition 2014), by day, as "
        "designed, cameras active at 2022-10-24, public + integrated + registered. "
        "Nominal: with every camera exactly as its source gives it. Median and, in "
        "brackets, 90% interval in per cent, of 64 scenes drawn from the errors of the "
        "cameras."
    )


def test_a_study_of_the_version_before_says_how_to_get_an_interval(former) -> None:
    area = _by_key(former)["area"]

    assert area.interval == "(no interval)"
    assert area.basis.endswith(
        "registered. No interval yet: coveragekit build STUDY --scenes 64"
    )
    assert area.basis.lower().count("no interval") == 1
    assert (area.band_from, area.band_width, area.beside) == ("", "", "")


def test_nominal_naive_and_the_figure_of_the_time_stand_beside(summary) -> None:
    shown = _by_key(summary)

    assert shown["incidents"].beside == "nominal 30 %, naive 41 %"
    assert shown["incidents"].also == "at the time 27 %, as given"
    assert "Naive: what a plain count" in shown["incidents"].basis
    assert "Expected count 142, as given, standard deviation 9.7." in (
        shown["incidents"].basis
    )
    assert "At the time: by the cameras in service then, in their" in (
        shown["incidents"].basis
    )
    assert "As given: with every camera exactly as" in shown["incidents"].basis
    assert shown["area"].also == ""
    assert "Naive" not in shown["area"].basis


def test_fewer_tiers_give_other_numbers_without_interval_and_naive(summary) -> None:
    street = _by_key(summary, tier="integrated")["street_length"]
    incidents = _by_key(summary, tier="integrated")["incidents"]

    assert street.value == "24 %"
    assert street.interval == "(no interval)"
    assert "2022-10-24, public + integrated." in street.basis
    assert "scenes are of public + integrated + registered together" in street.basis
    assert (incidents.beside, incidents.also) == ("", "")


def test_a_tier_s_own_interval_is_shown_where_scenes_gave_it(summary) -> None:
    area = summary["shares"]["area"]
    public = {"alone": 0.05, "nested": 0.06, "nested_interval": [0.041, 0.083]}
    shares = {"area": {**area, "by_access": {**area["by_access"], "public": public}}}

    shown = headlines({**summary, "shares": shares}, Choice(tier="public"))[0]

    assert (shown.value, shown.interval) == ("6.0 %", "(4.1-8.3)")
    assert "of 64 scenes drawn from the errors" in shown.basis


@pytest.mark.parametrize(
    ("choice", "value", "interval", "words"),
    [
        ({"light": "night"}, "15 %", "(14-17)", "by night, as designed"),
        ({"state": "now"}, "23 %", "(21-25)", "by day, only cameras that work now"),
        (
            {"light": "night", "state": "now"},
            "9.5 %",
            "(8.6-10)",
            "infrared lamp lets it; only cameras that work now; observe (62.5 px/m",
        ),
    ],
)
def test_night_and_working_now_have_their_own_number_and_words(
    summary, choice, value, interval, words
) -> None:
    street = _by_key(summary, **choice)["street_length"]

    assert (street.value, street.interval) == (value, interval)
    assert words in street.basis
    assert "by day, as designed" not in street.basis
    assert street.beside == ""
    assert "map stay by day" in choice_note(summary, Choice(**choice))


@pytest.mark.parametrize(
    ("choice", "words"),
    [
        (
            {"light": "night", "state": "now", "tier": "public"},
            "By night and working now has been computed for public + integrated",
        ),
        ({"light": "night", "tier": "public"}, "By night has been computed for public"),
        ({"state": "now", "tier": "public"}, "Working now has been computed for"),
    ],
)
def test_what_was_not_computed_says_so_and_what_to_do(summary, choice, words) -> None:
    shown = _by_key(summary, **choice)

    assert {one.value for one in shown.values()} == {"not computed"}
    assert {one.interval for one in shown.values()} == {""}
    assert words in shown["area"].basis
    assert words in choice_note(summary, Choice(**choice))
    assert "choose" in choice_note(summary, Choice(**choice))
    assert choice_note(summary, Choice(**choice)).endswith(
        "Coverage and gaps on the map stay by day, as designed."
    )


@pytest.mark.parametrize(
    "choice",
    [{"light": "night"}, {"state": "now"}, {"light": "night", "state": "now"}],
)
def test_a_study_of_the_version_before_asks_to_be_built_again(former, choice) -> None:
    note = choice_note(former, Choice(**choice))

    assert "has not been computed: build the study again" in note
    assert note.endswith("Coverage and gaps on the map stay by day, as designed.")
    assert _by_key(former, **choice)["area"].value == "not computed"


def test_a_study_without_night_and_outage_together_has_each_alone(summary) -> None:
    shares = {
        name: {key: one for key, one in share.items() if key != "working_by_night"}
        for name, share in summary["shares"].items()
    }
    older = {**summary, "shares": shares}

    note = choice_note(older, Choice(light="night", state="now"))

    assert note.startswith(
        "By night and working now has not been computed: build the study again with "
        "coveragekit build STUDY, or choose by day and as designed. Coverage and"
    )
    assert _by_key(older, light="night")["area"].value == "9.0 %"


def test_a_number_that_every_scene_gives_has_no_interval_and_says_why(summary) -> None:
    nothing = {"value": 0.0, "low": 0.0, "high": 0.0}
    area = {**summary["shares"]["area"], "working_now": nothing}

    shown = headlines({**summary, "shares": {"area": area}}, Choice(state="now"))[0]

    assert (shown.value, shown.interval, shown.band_width) == ("0 %", "", "")
    assert shown.basis.endswith(
        "Each of 64 scenes drawn from the errors of the cameras gives the same."
    )


_UNKNOWN = {"counted": 9, "blind_at_night": 9, "by_status": {"unknown": 9}}


@pytest.mark.parametrize(
    ("choice", "words"),
    [
        ({}, "nominal 23 %"),
        ({"light": "night"}, "no lamp is known"),
        ({"state": "now"}, "state unknown for all"),
        ({"light": "night", "state": "now"}, "no lamp is known, state unknown for all"),
    ],
)
def test_a_nothing_that_comes_of_not_knowing_says_so(summary, choice, words) -> None:
    nothing = {"value": 0.0, "low": 0.0, "high": 0.0}
    names = ("working_now", "working_by_night")
    area = {**summary["shares"]["area"], **dict.fromkeys(names, nothing)}
    area["by_light"] = {"night": nothing}
    blind = {**summary, "shares": {"area": area}, "cameras": _UNKNOWN}
    known = {**blind, "cameras": {**_UNKNOWN, "counted": 10}}

    assert headlines(blind, Choice(**choice))[0].beside == words
    if choice:
        assert headlines(known, Choice(**choice))[0].beside == ""


def test_the_table_says_what_a_nothing_comes_of(summary) -> None:
    nothing = {"value": 0.0, "low": 0.0, "high": 0.0}
    area = {**summary["shares"]["area"], "by_light": {"night": nothing}}
    blind = {**summary, "shares": {"area": area}, "cameras": _UNKNOWN}

    labels = [row[0] for row in other_table(blind)[0]["rows"]]

    assert labels == [
        "By day, as designed",
        "By day, nominal",
        "By night (no lamp is known)",
        "Working now (state unknown for all)",
        "By night, working now (state unknown for all)",
    ]


def test_only_a_figure_without_interval_beside_scenes_is_as_given(summary) -> None:
    share = summary["shares"]["incidents"]
    drawn = {**share, "at_the_time": {"value": 0.27, "low": 0.24, "high": 0.3}}

    with_own = headlines({**summary, "shares": {"incidents": drawn}})[0]
    alone = _by_key({**summary, "scenes": None})["incidents"]

    assert with_own.also == "at the time 27 % (24-30)"
    assert alone.also == "at the time 27 %"
    assert "As given" not in with_own.basis + alone.basis
    rows = other_table({**summary, "scenes": None})[0]["rows"]
    assert "At the time" in [row[0] for row in rows]
    assert "By day, nominal" not in [row[0] for row in rows]


def test_a_share_of_a_sample_keeps_saying_so(summary) -> None:
    share = summary["shares"]["incidents"]
    sampled = {**share, "basis": f"{share['basis']}, over a sample of 100,000"}

    shown = headlines({**summary, "shares": {"incidents": sampled}})[0]

    assert "registered, over a sample of 100,000. Expected" in shown.basis


def test_the_map_s_own_basis_is_said_where_the_numbers_have_another(summary) -> None:
    assert choice_note(summary, Choice()) == ""
    assert choice_note(summary, Choice(tier="public")) == ""
    assert "map stay by day" in choice_note(summary, Choice(light="night"))


@pytest.mark.parametrize(
    ("message", "words"),
    [
        ({"light": "dusk"}, "there is no light 'dusk'; allowed: day, night"),
        ({"state": 7}, "there is no state '7'"),
        ({"event": "basis"}, "names none of tier, light, state"),
    ],
)
def test_a_choice_that_there_is_not_is_refused(message, words) -> None:
    with pytest.raises(InputError, match=words):
        Choice().changed(message)


def test_the_selectors_show_what_is_chosen() -> None:
    light, cameras = choice_controls(Choice().changed({"light": "night"}))

    assert (light["value"], cameras["value"]) == ("night", "designed")
    assert [one["label"] for one in light["options"]] == ["by day", "by night"]
    assert [one["label"] for one in cameras["options"]] == [
        "as designed",
        "working now",
    ]


def test_light_state_and_time_stand_in_one_table(summary, former) -> None:
    turning = {
        "now": {"value": 0.2},
        "reach": {"value": 0.4, "low": None, "basis": "all that they could look at"},
    }
    area = {**summary["shares"]["area"], "ptz": turning}
    table = other_table({**summary, "shares": {**summary["shares"], "area": area}})[0]

    rows = {row[0]: row[1:] for row in table["rows"]}
    assert table["head"] == [
        "All counted tiers",
        "Street",
        "Incidents",
        "Area",
        "Calls",
    ]
    assert rows["By day, as designed"][0] == "38 % (34-41)"
    assert rows["By night"][0] == "15 % (14-17)"
    assert rows["By day, nominal"][0] == "39 %"
    assert rows["By night, working now"][0] == "9.5 % (8.6-10)"
    assert rows["At the time, as given"] == ["", "27 %", "", "24 %"]
    assert rows["Turning: as they stand, as given"] == ["", "", "20 %", ""]
    assert not any("presets" in label for label in rows)
    assert (
        "By night, as designed: as far as its infrared lamp lets it."
        in (table["notes"])
    )
    assert "Turning: full reach: all that they could look at." in table["notes"]
    assert table["notes"][-1].startswith("As given: with every camera")
    assert other_table(former) == []


def test_only_panels_with_something_to_say_are_linked() -> None:
    worth = {"sentence": "Incidents are seen", "cameras": [{}]}

    both = jumps({"series": [{}]}, worth)
    cameras = jumps({"series": []}, {**worth, "sentence": ""})

    assert [one["label"] for one in both] == [
        "By hour of the week",
        "Where the harm is",
    ]
    assert [one["label"] for one in cameras] == ["Most important cameras"]


def test_a_share_that_a_study_lacks_is_left_out(summary) -> None:
    fewer = {**summary, "shares": {"area": summary["shares"]["area"]}}

    assert [one.key for one in headlines(fewer)] == ["area"]


def test_a_share_of_nothing_has_no_number(summary) -> None:
    nothing = {**summary["shares"]["area"], "value": None, "low": None, "high": None}

    shown = headlines({**summary, "shares": {"area": nothing}})[0]

    assert shown.value == "no number"
    assert shown.fill == "0.0%"


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
    public = Choice(tier="public")

    said = announcement(headlines(summary, public), public)

    assert said.startswith(
        "Counting public, by day, as designed: Street seen 10 %, Incidents seen 8.0 %"
    )


def test_the_header_tells_the_basis_in_the_study_s_own_time(summary) -> None:
    midnight = {**summary, "as_of": "2022-10-25T02:00:00+00:00"}

    said = header_state(
        midnight, time_zone="America/New_York", user="Kim", role="planner"
    )

    texts = [fact["text"] for fact in said["facts"]]
    assert texts == ["data 2022-10-24", "observe (2014)"]
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
    assert rows[3]["range"] == "6.6-8.9"
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
    assert row["range"] == ""
    same = {**gap, "incidents_low": 23.2, "incidents_high": 23.2}
    assert gap_rows([same])[0]["range"] == ""
    json.dumps(row, allow_nan=False)


def test_the_note_says_whose_gaps_they_are_when_fewer_tiers_count() -> None:
    assert "by day, as designed" in gaps_note(Choice(light="night"))
    assert "public + integrated + registered camera" in gaps_note(Choice(tier="public"))


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
    assert said["words"] == "By day, at 60.17000, 24.94000"
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


def test_a_camera_that_only_does_not_work_would_see_it() -> None:
    rows = [
        _camera("a", "offline", would_see=True),
        _camera("b", "offline", would_see=False),
        _camera("c", "not in service", would_see=True),
    ]

    said = place_state(rows, lon=0, lat=0)

    assert said["title"] == "No camera sees this place; 1 more would if it worked"
    assert [row["verdict"] for row in said["rows"]] == ["would see it", "no", "no"]
    assert "M4 20 20 4" in said["rows"][0]["svg"]  # the slash
    assert "M4 20 20 4" not in said["rows"][2]["svg"]


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

    chosen = Choice(tier="integrated")
    said = place_state(rows, lon=0, lat=0, choice=chosen)

    assert said["title"] == "No camera sees this place"
    assert [row["name"] for row in said["rows"]] == ["B"]
    assert "1 of tiers that are not counted now" in said["more"]


def test_everything_said_can_travel_as_json(summary, town) -> None:
    for tier in ("public", "integrated", "registered", "planned"):
        json.dumps(
            headline_states(headlines(summary, Choice(tier=tier))), allow_nan=False
        )
    json.dumps(gap_rows(town.results().gaps().to_dict("records")), allow_nan=False)
