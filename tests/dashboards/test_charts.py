"""The linked charts: what they add up and say, and what a click on a bar does."""

from __future__ import annotations

import math
from datetime import date
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from coveragekit.dashboards.planner.answers import Answers
from coveragekit.dashboards.planner.change_words import change_words, changes_chart
from coveragekit.dashboards.planner.changes import (
    LEVEL,
    Days,
    change_interval,
    changes_of,
)
from coveragekit.dashboards.planner.chart_states import chart_states, shown_counts
from coveragekit.dashboards.planner.charts import ChartsPanel, clicked
from coveragekit.dashboards.planner.filters import Filters
from coveragekit.dashboards.planner.kernels.tallies import tally_hours
from coveragekit.dashboards.planner.page_state import PageState
from coveragekit.dashboards.planner.series import Series
from coveragekit.dashboards.planner.terms import Area, Terms
from coveragekit.errors import InputError
from tests.dashboards.test_answers import made_summary
from tests.dashboards.test_filters import Desk
from tests.strategies import examples
from tests.view.made import made_store

TERMS = Terms(
    areas=(Area(0, "beat", "b1", "Beat 1"), Area(1, "beat", "b2", "")),
    area_kinds=("beat",),
    categories=("Theft", "Arson", "Fraud"),
    bands=("observe",),
)
WEEKNIGHTS = tuple(day < 5 and hour >= 20 for day in range(7) for hour in range(24))


def made_series(filters=Filters(), **parts) -> Series:  # noqa: B008 - frozen
    hours = np.zeros((168, 2))
    hours[:24, 0] = 10.0
    hours[5] = (40.0, 10.0)
    given = {
        "name": "incidents",
        "filters": filters,
        "hours": hours,
        "untimed": 0.0,
        "words": TERMS.categories,
        "categories": np.array([[30.0, 15.0], [0.0, 0.0], [90.0, 9.0]]),
        "area_kind": "beat",
        "area_rows": (0, 1),
        "areas": np.array([[50.0, 10.0], [70.0, 14.0]]),
        "months": (date(2025, 1, 1), date(2025, 2, 1), date(2025, 3, 1)),
        "by_month": np.array([[20.0, 5.0], [60.0, 15.0], [40.0, 4.0]]),
        "changes": (),
    }
    return Series(**(given | parts))


def charts_of(series: Series, **more) -> dict[str, dict]:
    return {one["key"]: one for one in chart_states(series, TERMS, **more)}


@pytest.fixture
def answers(tmp_path) -> Answers:
    return Answers(made_store(tmp_path / "results"), made_summary())


# Adding up.


def test_each_series_leaves_out_the_filter_of_its_own_part(answers) -> None:
    wish = {"area": ["beat", 1], "categories": ["220"]}
    series = answers.series(Filters().changed(wish, answers.terms))

    # Of the three that count two are in the east; the one of 220 is there too.
    assert series.categories.tolist() == pytest.approx(np.array([[1, 0], [1, 0.625]]))
    assert series.areas.tolist() == pytest.approx(np.array([[0, 0], [1, 0.625]]))
    assert series.hours.sum(axis=0).tolist() == pytest.approx([1, 0.625])


def test_areas_of_another_kind_keep_the_filter_of_area(answers) -> None:
    east = Filters().changed({"area": ["beat", 1]}, answers.terms)

    tracts = answers.series(east, area_kind="tract")
    beats = answers.series(east, area_kind="beat")

    assert (tracts.area_rows, tracts.areas[0, 0]) == ((2,), 2.0)
    assert (beats.area_rows, beats.areas[:, 0].tolist()) == ((0, 1), [1.0, 2.0])


def test_a_study_without_calls_has_no_series_of_them(answers) -> None:
    assert answers.series(Filters(), name="calls") is None


def test_months_are_those_of_the_data_and_hold_every_dated_event(answers) -> None:
    series = answers.series(Filters())

    assert series.months[0] == date(2025, 1, 1)
    assert series.months[-1] == date(2026, 12, 1)
    assert len(series.months) == len(series.by_month) == 24
    # Two of the three came on the day before the data are said to begin.
    assert series.by_month[:, 0].sum() == 1.0


@examples(80)
@given(
    spans=st.lists(
        st.tuples(st.integers(-30_000, 30_000), st.integers(0, 12_000)), max_size=8
    ),
    seed=st.integers(0, 99),
)
def test_hours_of_spans_agree_with_counting_their_minutes(spans, seed) -> None:
    rng = np.random.default_rng(seed)
    begin = np.array([one for one, _ in spans], np.int32)
    length = np.array([one for _, one in spans], np.int32)
    chance = rng.random(len(spans)).astype(np.float32)
    counted = rng.random(len(spans)) < 0.8
    fails = (rng.random(len(spans)) < 0.2).astype(np.uint8)
    found = np.zeros((168, 2))

    unknown = tally_hours(fails, counted, chance, begin, begin + length, found)

    expected = np.zeros((168, 2))
    for at in np.flatnonzero(counted & (fails == 0)):
        if length[at] > 10_080:
            shares = np.full(168, 1 / 168)
        else:
            minutes = np.arange(begin[at], begin[at] + max(length[at], 1))
            shares = np.bincount((minutes // 60 + 72) % 168, minlength=168)
            shares = shares / len(minutes)
        expected += shares[:, None] * [1.0, float(chance[at])]
    assert unknown == 0.0
    assert found == pytest.approx(expected, abs=1e-6)


def test_events_without_a_time_are_in_no_hour_and_are_told() -> None:
    least = np.iinfo(np.int32).min
    found = np.zeros((168, 2))
    begin, end = np.array([least, least, 60], np.int32), np.array([least, 90, least])

    unknown = tally_hours(
        np.zeros(3, np.uint8),
        np.ones(3, bool),
        np.ones(3, np.float32),
        begin,
        end.astype(np.int32),
        found,
    )
    chart = charts_of(made_series(untimed=unknown))["hours"]

    assert unknown == 1.0
    # 1 January 1970 was a Thursday.
    assert (found[73, 0], found.sum()) == (2.0, 4.0)
    assert chart["note"] == "1 without a known time are in no hour."


# Changes.


def days_of(counts, first=date(2023, 1, 1), **more) -> Days:
    filled = np.zeros((len(counts), 3))
    filled[:, 0] = counts
    filled[:, 2] = more.get("recorded", np.asarray(counts) + 1.0)
    return Days(first, filled)


def test_the_last_28_days_and_the_year_are_compared_with_the_same_days() -> None:
    # One a day in 2023, two a day in 2024 until 10 March, a leap year.
    counts = np.concatenate([np.ones(365), np.full(31 + 29 + 10, 2.0)])

    before, year, to_date = changes_of(days_of(counts))

    assert before.now == (date(2024, 2, 12), date(2024, 3, 10))
    assert before.then == (date(2024, 1, 15), date(2024, 2, 11))
    assert (before.count, before.base, before.share) == (56.0, 56.0, 0.0)
    assert year.then == (date(2023, 2, 11), date(2023, 3, 10))
    assert (year.count, year.base, year.share) == (56.0, 28.0, 1.0)
    assert to_date.now == (date(2024, 1, 1), date(2024, 3, 10))
    assert to_date.then == (date(2023, 1, 1), date(2023, 3, 10))
    assert (to_date.count, to_date.base) == (140.0, 69.0)


def test_the_last_day_chosen_is_the_last_day_compared() -> None:
    days = days_of(np.ones(800))

    chosen = changes_of(days, date(2024, 2, 29))

    assert chosen[2].now == (date(2024, 1, 1), date(2024, 2, 29))
    assert chosen[2].then == (date(2023, 1, 1), date(2023, 2, 28))
    assert changes_of(days, date(2099, 1, 1)) == changes_of(days)
    assert changes_of(days, date(2000, 1, 1)) == ()
    assert changes_of(days_of([])) == ()


def test_no_per_cent_is_told_of_few_or_of_days_without_records() -> None:
    few = days_of(np.r_[np.zeros(365), np.full(4, 1.0), np.zeros(24), np.ones(28)])
    gone = days_of(np.ones(500), recorded=np.r_[np.zeros(200), np.ones(300)])
    young = days_of(np.ones(60))

    assert changes_of(few)[0].why == "fewer than 5 then"
    assert changes_of(gone)[1].why == "nothing is on record for those days"
    assert [one.why for one in changes_of(young)][1:] == [
        "the data begin 2023-01-01"
    ] * 2
    assert all(one.share is None for one in changes_of(young)[1:])
    assert change_words(changes_of(few)[0]) == "no per cent: fewer than 5 then"


@examples(100)
@given(count=st.integers(0, 400), base=st.integers(1, 400))
def test_the_interval_of_a_change_is_wilsons_of_the_share(count, base) -> None:
    low, high = change_interval(count, base)

    ends = binomtest(count, count + base).proportion_ci(LEVEL, method="wilson")
    assert low == pytest.approx(ends.low / (1 - ends.low) - 1, rel=1e-6, abs=1e-9)
    assert high == pytest.approx(ends.high / (1 - ends.high) - 1, rel=1e-6)
    assert low <= count / base - 1 <= high


def test_the_interval_holds_a_steady_rate_as_often_as_it_says() -> None:
    rng = np.random.default_rng(8)
    pairs = rng.poisson(40.0, (4_000, 2))

    held = [
        low <= 0.0 <= high
        for low, high in (change_interval(*pair) for pair in pairs.tolist())
    ]

    assert np.mean(held) == pytest.approx(LEVEL, abs=0.02)


def test_changes_are_told_in_words_with_both_periods() -> None:
    counts = np.concatenate([np.ones(365), np.full(70, 2.0)])
    chart = changes_chart(changes_of(days_of(counts)), "incidents")

    assert chart["rows"][1] == {
        "title": "Last 28 days against the same days a year before",
        "days": "2024-02-12 to 2024-03-10",
        "then_days": "2023-02-11 to 2023-03-10",
        "count": "56",
        "base": "28",
        "change": "100 % more (37 % more to 192 % more)",
        "verdict": "more than chance",
    }
    assert chart["rows"][0]["verdict"] == "no more than chance"
    assert "90%" in chart["note"]
    assert "Poisson" in chart["note"]
    assert changes_chart((), "incidents") is None


def test_small_counts_of_changes_are_not_told() -> None:
    counts = np.zeros(800)
    counts[-3:] = 1.0
    counts[-40:-33] = 3.0

    rows = changes_chart(changes_of(days_of(counts)), "calls", least=5)["rows"]

    assert (rows[0]["count"], rows[0]["base"]) == ("<5", "21")
    assert rows[0]["change"] == "no per cent: too few"
    assert rows[0]["verdict"] == ""


def test_a_change_to_any_more_has_words() -> None:
    assert math.isinf(change_interval(7, 0)[1])


# Charts.


def test_charts_say_what_they_show() -> None:
    charts = charts_of(made_series())

    assert list(charts) == ["hours", "weekdays", "categories", "areas", "months"]
    assert charts["hours"]["words"] == (
        "Incidents by hour: most for 05:00, 40, of them 25 % seen."
    )
    assert charts["hours"]["marks"] == [5]
    assert charts["hours"]["bars"][5]["title"] == "05:00: 40 incidents, 25 % seen"
    assert (charts["hours"]["bars"][5]["all"], charts["hours"]["bars"][5]["seen"]) == (
        1.0,
        0.25,
    )
    assert charts["areas"]["title"] == "By beat"
    assert charts["areas"]["bars"][0]["label"] == "b2"  # it has no name
    assert [one["label"] for one in charts["months"]["bars"]] == [
        *("Jan 2025", "Feb 2025", "Mar 2025")
    ]


def test_rows_are_ordered_and_leave_out_what_is_not_there() -> None:
    chart = charts_of(made_series())["categories"]

    assert [one["label"] for one in chart["bars"]] == ["Fraud", "Theft"]
    assert chart["table"]["rows"] == [
        ["Fraud", "90", "9", "81", "10 %"],
        ["Theft", "30", "15", "15", "50 %"],
    ]


def test_long_lists_show_the_first_and_whatever_is_chosen() -> None:
    words = tuple(f"kind {one:02d}" for one in range(30))
    counts = np.column_stack([np.arange(30, 0, -1.0), np.zeros(30)])
    some = Filters(categories=frozenset({"kind 20"}))

    chart = charts_of(made_series(some, words=words, categories=counts))["categories"]

    assert [one["label"] for one in chart["bars"]] == [*words[:8], "kind 20"]
    assert [one["chosen"] for one in chart["bars"]] == [False] * 8 + [True]
    assert chart["note"] == "21 more in the table."
    assert len(chart["table"]["rows"]) == 30


def test_hours_are_added_up_over_the_chosen_days_and_days_over_the_hours() -> None:
    hours = np.zeros((168, 2))
    hours[23] = (8.0, 2.0)  # Monday night
    hours[5] = (100.0, 0.0)  # Monday morning
    hours[6 * 24 + 23] = (50.0, 0.0)  # Sunday night

    charts = charts_of(made_series(Filters(hours=WEEKNIGHTS), hours=hours))

    assert charts["hours"]["bars"][23]["count"] == "8"
    assert charts["hours"]["bars"][5]["count"] == "100"
    assert [one["chosen"] for one in charts["hours"]["bars"]] == [False] * 20 + [
        True
    ] * 4
    assert [one["count"] for one in charts["weekdays"]["bars"]] == [
        *("8", "0", "0", "0", "0", "0", "50")
    ]


def test_months_within_the_chosen_days_are_marked() -> None:
    some = Filters(date_from=date(2025, 2, 10), date_to=date(2025, 3, 1))

    bars = charts_of(made_series(some))["months"]["bars"]

    assert [one["chosen"] for one in bars] == [False, True, True]


def test_nothing_makes_no_chart() -> None:
    nothing = made_series(
        hours=np.zeros((168, 2)),
        categories=np.zeros((3, 2)),
        areas=np.zeros((2, 2)),
        by_month=np.zeros((3, 2)),
    )

    assert chart_states(nothing, TERMS) == []


@pytest.mark.parametrize(
    ("counts", "shown"),
    [
        ([0, 4, 9, 40], [1, 0, 0, 1]),  # of one alone the total would tell
        ([0, 4, 3, 40], [1, 0, 0, 1]),
        ([5, 6, 0, 0], [1, 1, 1, 1]),
        ([4, 0, 0, 0], [0, 1, 1, 1]),
        ([], []),
    ],
)
def test_small_counts_are_kept_back_and_one_alone_takes_another_along(
    counts, shown
) -> None:
    assert shown_counts(np.array(counts, float), 5).tolist() == [bool(x) for x in shown]


def test_no_state_of_a_chart_holds_a_count_that_is_kept_back() -> None:
    counts = np.array([[90.0, 9.0], [3.0, 1.0], [7.0, 2.0]])

    chart = charts_of(made_series(categories=counts), least=5)["categories"]

    bars = {one["label"]: one for one in chart["bars"]}
    for name in ("Arson", "Fraud"):
        assert (bars[name]["all"], bars[name]["seen"]) == (None, None)
        assert bars[name]["title"] == f"{name}: too few incidents to tell"
    assert [row[1:] for row in chart["table"]["rows"][1:]] == [["few", "", "", ""]] * 2


# Clicks.


@pytest.mark.parametrize(
    ("message", "filters", "changes"),
    [
        (
            {"chart": "categories", "label": "Arson"},
            Filters(),
            {"categories": ["Arson"]},
        ),
        (
            {"chart": "categories", "label": "Arson"},
            Filters(categories=frozenset({"Arson"})),
            {"categories": None},
        ),
        (
            {"chart": "areas", "key": "1", "kind": "beat"},
            Filters(),
            {"area": ["beat", 1]},
        ),
        (
            {"chart": "areas", "key": "1", "kind": "beat"},
            Filters(area=("beat", 1)),
            {"area": None},
        ),
        (
            {"chart": "months", "key": "2024-02-01"},
            Filters(),
            {"dates": ["2024-02-01", "2024-02-29"]},
        ),
        (
            {"chart": "months", "key": "2024-02-01"},
            Filters(date_from=date(2024, 2, 1), date_to=date(2024, 2, 29)),
            {"dates": None},
        ),
    ],
)
def test_a_click_on_a_bar_chooses_it_and_a_second_takes_it_back(
    message, filters, changes
) -> None:
    assert clicked(message, filters, name="incidents") == changes


def test_a_click_on_an_hour_keeps_the_days_and_on_a_day_the_hours() -> None:
    nights = Filters(hours=WEEKNIGHTS)

    at_nine = clicked({"chart": "hours", "key": "21"}, nights, name="incidents")
    fridays = clicked({"chart": "weekdays", "key": "4"}, nights, name="incidents")

    assert [at for at, on in enumerate(at_nine["hours"]) if on] == [
        24 * day + 21 for day in range(5)
    ]
    assert [at for at, on in enumerate(fridays["hours"]) if on] == [
        4 * 24 + hour for hour in range(20, 24)
    ]
    again = Filters().changed(fridays)
    back = clicked({"chart": "weekdays", "key": "4"}, again, name="incidents")
    assert sum(back["hours"]) == 7 * 4
    only = Filters(hours=tuple(at % 24 == 3 for at in range(168)))
    assert clicked({"chart": "hours", "key": "3"}, only, name="calls") == {
        "hours": None
    }


@pytest.mark.parametrize(
    "message",
    [
        {"chart": "hours", "key": "24"},
        {"chart": "weekdays", "key": "x"},
        {"chart": "months", "key": "2024"},
        {"chart": "areas", "key": None},
        {"chart": "pie", "key": "1"},
        {},
    ],
)
def test_a_click_on_no_bar_is_refused(message) -> None:
    with pytest.raises(InputError, match=r"there is no (bar|chart)"):
        clicked(message, Filters(), name="incidents")


# The panel.


def test_the_panel_draws_filters_and_changes_what_it_is_of(answers) -> None:
    state, desk = PageState(), Desk()
    state.filters = Filters()
    panel = ChartsPanel(state, answers=answers, desk=desk)
    sent = panel.widget._handle_custom_msg
    assert panel.wanted == ("incidents", "beat")

    panel.show(answers.series(state.filters))
    assert [one["key"] for one in panel.widget.state["charts"]] == [
        *("hours", "weekdays", "categories", "areas", "months", "changes")
    ]

    sent({"event": "bar", "chart": "areas", "key": "1", "kind": "beat"}, [])
    assert state.filters.area == ("beat", 1)
    sent({"event": "of", "kind": "tract"}, [])
    assert panel.widget.state["kind"] == "tract"
    assert panel.widget.state["charts"][3]["title"] == "By tract"

    sent({"event": "of", "name": "calls"}, [])
    sent({"event": "of", "kind": "ward"}, [])
    sent({"event": "bar", "chart": "categories", "label": "Nonsense"}, [])
    assert len(desk.faults) == 3
    assert panel.wanted == ("incidents", "tract")


def test_the_panel_asks_for_other_series_where_somebody_counts_them(answers) -> None:
    state = PageState()
    state.filters = Filters()
    asked = []
    panel = ChartsPanel(
        state, answers=answers, desk=Desk(), again=lambda: asked.append(panel.wanted)
    )

    panel.widget._handle_custom_msg({"event": "of", "kind": "tract"}, [])

    assert asked == [("incidents", "tract")]


def test_beside_medians_of_scenes_charts_say_that_they_are_as_given(answers) -> None:
    state = PageState()
    state.filters = Filters()
    store = answers.store
    plain = ChartsPanel(state, answers=answers, desk=Desk())
    plain.show(answers.series(state.filters))
    store.__dict__["scenes"] = SimpleNamespace()
    panel = ChartsPanel(state, answers=answers, desk=Desk())
    panel.show(answers.series(state.filters))

    assert plain.widget.state["basis"] == ""
    assert "as given" not in str(plain.widget.state)
    assert "with every camera exactly as its source" in panel.widget.state["basis"]
    for chart in panel.widget.state["charts"][:5]:
        assert chart["table"]["head"][-1] == "Share seen, as given"
        assert chart["words"].endswith(" seen, as given.")
        told = [bar["title"] for bar in chart["bars"] if bar["share"]]
        assert told
        assert all(title.endswith(" % seen, as given") for title in told)


def test_a_filter_that_leaves_nothing_leaves_a_word(answers) -> None:
    state = PageState()
    state.filters = Filters(date_from=date(2030, 1, 1), area=("beat", 0))
    panel = ChartsPanel(state, answers=answers, desk=Desk())
    empty = SimpleNamespace(**vars_of(answers.series(state.filters)))
    empty.changes, empty.by_month = (), np.zeros((24, 2))
    empty.areas = np.zeros((2, 2))

    panel.show(empty)

    assert panel.widget.state["charts"] == []
    assert panel.widget.state["empty"] == "Nothing is left to draw."


def vars_of(series: Series) -> dict:
    return {name: getattr(series, name) for name in series.__dataclass_fields__}
