"""The chart of what is seen by hour."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coveragekit.dashboards.planner.hours import DAYS, hours_state

_WEEK = 168


def _summary(value, weight, key="incidents") -> dict:
    return {"shares": {key: {"by_hour": {"value": value, "weight": weight}}}}


def test_an_hour_of_all_days_is_weighted_by_what_happened_then() -> None:
    value, weight = [0.0] * _WEEK, [0.0] * _WEEK
    value[3], weight[3] = 0.5, 30.0  # Monday 03:00
    value[24 + 3], weight[24 + 3] = 1.0, 10.0  # Tuesday 03:00

    every, monday, tuesday, *_ = hours_state(_summary(value, weight))["series"][0][
        "days"
    ]

    assert every["share"][3] == pytest.approx(25 / 40)
    assert every["count"][3] == 40
    assert (monday["share"][3], tuesday["share"][3]) == (0.5, 1.0)
    assert every["share"][4] is None
    assert every["texts"][3:5] == ["62 %", "none"]


def test_hours_of_few_events_are_not_told_and_days_not_singly() -> None:
    value, weight = [0.25] * _WEEK, [9.0] * _WEEK
    told = hours_state(_summary(value, weight), least=5)["series"][0]["days"]
    assert [one["label"] for one in told] == ["All days", *DAYS]
    for day in range(7):
        weight[24 * day + 3] = 0.0
        weight[24 * day + 4] = 0.0
    value[3], weight[3] = 0.125, 3.0
    value[4], weight[4] = 0.125, 2.0

    (every,) = hours_state(_summary(value, weight), least=5)["series"][0]["days"]

    assert every["share"][3:5] == [None, None]
    assert every["count"][3:6] == [0.0, 0.0, 63.0]
    assert every["counts"][3:6] == ["too few", "too few", "63"]
    assert every["texts"][3:6] == ["too few", "too few", "25 %"]
    assert "12 %" not in every["words"]
    streets = hours_state(_summary(value, weight, key="street_length"), least=5)
    assert len(streets["series"][0]["days"]) == 8


def test_where_all_is_too_few_nothing_but_that_is_said() -> None:
    value, weight = [0.25] * _WEEK, [0.0] * _WEEK
    weight[3] = weight[30] = 2.0

    (every,) = hours_state(_summary(value, weight), least=5)["series"][0]["days"]

    assert every["words"] == "Incidents seen, all days: too few to be told."


def test_a_day_is_summed_up_by_its_least_and_most(town) -> None:
    incidents, *others = hours_state(town.results().summary)["series"]

    assert [one["label"] for one in others] == ["Calls", "Street"]
    assert [day["label"] for day in incidents["days"]] == ["All days", *DAYS]
    assert incidents["days"][0]["words"] == (
        "Incidents seen, as given, all days: least at 00:00 (15 %), most at 06:00 "
        "(34 %)."
    )
    assert incidents["days"][0]["marks"] == [0, 6]
    sunday = incidents["days"][-1]
    assert sunday["share"][4] is None  # nobody reported anything then
    assert sunday["count"][4] == 0


def test_hours_beside_scenes_say_that_they_are_as_given_and_what_that_is(town) -> None:
    incidents = hours_state(town.results().summary)["series"][0]

    assert incidents["basis"].startswith(
        "Incidents, as given: by the cameras in service then, by day or night as it "
        "was. As given: with every camera exactly as its source gives it"
    )
    plain = hours_state(_summary([0.25] * _WEEK, [1.0] * _WEEK))["series"][0]
    assert plain["basis"].startswith("Incidents: by the cameras active and recording")
    assert "as given" not in plain["basis"].lower()


def test_nothing_at_all_and_the_same_always_are_said_plainly() -> None:
    weight = [1.0] * 24 + [0.0] * 144

    days = hours_state(_summary([0.25] * _WEEK, weight))["series"][0]["days"]

    assert days[1]["words"] == "Incidents seen, Monday: 25 % at every hour."
    assert days[2]["words"] == "Incidents seen, Tuesday: nothing happened."
    assert days[2]["marks"] == []


def test_streets_have_hours_but_no_count() -> None:
    found = hours_state(_summary([0.2] * _WEEK, [9.0] * _WEEK, "street_length"))

    assert found["series"][0]["counted"] is False
    assert "that record at that hour" in found["series"][0]["basis"]


@pytest.mark.parametrize(
    ("value", "weight"), [([None] * _WEEK, [0.0] * _WEEK), ([0.1] * 24, [1.0] * 24)]
)
def test_hours_of_nothing_or_of_another_shape_are_not_drawn(value, weight) -> None:
    assert hours_state(_summary(value, weight))["series"] == []


def test_a_study_of_the_version_before_has_no_hours(former_town) -> None:
    assert hours_state(former_town.results().summary)["series"] == []


_hours = st.lists(
    st.tuples(st.none() | st.floats(0, 1), st.floats(0, 1000)),
    min_size=_WEEK,
    max_size=_WEEK,
)


@settings(max_examples=20)
@given(_hours)
def test_an_hour_of_all_days_lies_between_its_days_and_counts_them_all(week) -> None:
    value, weight = (list(column) for column in zip(*week, strict=True))
    found = hours_state(_summary(value, weight))["series"]
    if not found:
        assert not any(weight)
        return
    every, *days = found[0]["days"]

    for hour in range(24):
        shares = [day["share"][hour] for day in days if day["share"][hour] is not None]
        if shares:
            assert min(shares) - 1e-9 <= every["share"][hour] <= max(shares) + 1e-9
        else:
            assert every["share"][hour] is None
    assert sum(every["count"]) == pytest.approx(sum(weight))
    json.dumps(found, allow_nan=False)
