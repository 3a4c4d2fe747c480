"""What a reader may choose, the words for it, and its way through an address."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from coveragekit.dashboards.planner.filter_address import from_address, to_address
from coveragekit.dashboards.planner.filter_panel import (
    FiltersPanel,
    count_words,
    picker_state,
    picker_terms,
)
from coveragekit.dashboards.planner.filter_words import hour_words, parts, words
from coveragekit.dashboards.planner.filters import WEEK_HOURS, Filters
from coveragekit.dashboards.planner.kernels.masks import hour_shares
from coveragekit.dashboards.planner.page_state import PageState
from coveragekit.dashboards.planner.polygons import Drawn, checked_polygon
from coveragekit.dashboards.planner.terms import Area, Terms
from coveragekit.errors import InputError
from coveragekit.view import mercator
from tests.strategies import examples
from tests.view.made import made_store

TERMS = Terms(
    areas=(
        Area(0, "beat", "b1", "Beat 1"),
        Area(1, "beat", "b/2;x", "Beat 2"),
        Area(2, "npu", "b1", "NPU b"),
    ),
    area_kinds=("beat", "npu"),
    categories=("Theft", "Rape, attempted", "Böse~;:&=#%", "Arson"),
    call_types=("ALARM", "NOISE"),
    bands=("monitor", "observe", "inspect"),
    band=1,
    first_day=date(2023, 1, 1),
    last_day=date(2025, 12, 31),
)
SQUARE = [[24.9, 60.1], [25.0, 60.1], [25.0, 60.2], [24.9, 60.2]]
WIDE = [[-170, -80], [0, 1], [2, 0]]
UNKNOWN = np.iinfo(np.int32).min


def week(chosen) -> list[int]:
    return [int(chosen(day, hour)) for day in range(7) for hour in range(24)]


def test_a_page_sends_one_part_and_the_rest_stays() -> None:
    some = Filters().changed({"area": {"kind": "beat", "key": "b/2;x"}}, TERMS)
    more = some.changed({"dates": ["2025-01-01", "2025-03-31"]}, TERMS)

    assert more.area == ("beat", 1)
    assert (more.date_from, more.date_to) == (date(2025, 1, 1), date(2025, 3, 31))
    assert words(more, TERMS) == (
        "Beat 2; 2025-01-01 to 2025-03-31; observe; public + integrated + registered, "
        "by day, as designed"
    )
    assert more.cleared("area") == Filters(
        date_from=date(2025, 1, 1), date_to=date(2025, 3, 31)
    )


def test_what_takes_everything_takes_nothing_out() -> None:
    all_week = Filters().changed({"hours": [1] * WEEK_HOURS}, TERMS)
    every = Filters().changed({"categories": list(TERMS.categories)}, TERMS)
    own = Filters().changed({"band": "observe"}, TERMS)

    assert all_week == every == own == Filters()


def test_none_takes_a_part_back_and_what_is_not_known_is_ignored() -> None:
    full = Filters().changed(
        {"polygon": SQUARE, "hours": "1" + "0" * 167, "call_types": ["ALARM"]}, TERMS
    )

    empty = full.changed(
        {"polygon": None, "hours": None, "call_types": None, "event": "filter"}, TERMS
    )

    assert full.is_filtered
    assert empty == Filters()
    assert not empty.is_filtered


def test_clearing_all_keeps_cameras_light_and_band() -> None:
    full = Filters().changed(
        {
            "light": "night",
            "tier": "public",
            "band": 2,
            "polygon": SQUARE,
            "dates": ["2025-01-01", None],
        },
        TERMS,
    )

    assert full.cleared() == Filters(light="night", tier="public", band=2)
    assert full.cleared("start") == Filters()


def test_only_cameras_light_and_band_are_heavy() -> None:
    usual = Filters()

    assert all(
        Filters(**part).heavy(usual)
        for part in ({"band": 2}, {"light": "night"}, {"tier": "public"})
    )
    assert not Filters(area=("beat", 0), hours=(True,) * 168).heavy(usual)


@pytest.mark.parametrize(
    ("message", "told"),
    [
        ({"area": {"kind": "beat", "key": "b9"}}, "no area 'b9' of kind 'beat'"),
        ({"area": ["npu", 0]}, "no area 0 of kind 'npu'"),
        ({"area": ["beat", 99]}, "no area 99"),
        ({"area": ["beat", True]}, "the area is"),
        ({"area": "b1"}, "the area is 'b1'"),
        ({"dates": ["2025-03-01", "2025-01-01"]}, "run backwards"),
        ({"dates": ["2025-13-01", None]}, "is no day"),
        ({"dates": "2025"}, "allowed: a first and a last day"),
        ({"hours": [1] * 24}, "marks for 24 hours; allowed: 168"),
        ({"hours": "2" * 168}, "neither 0 nor 1"),
        ({"hours": 5}, "marks for 0 hours"),
        ({"categories": ["Theft", "Nonsense"]}, "no category 'Nonsense'"),
        ({"categories": "Theft"}, "allowed: a list of names"),
        ({"call_types": ["x"]}, "no kind of call 'x'"),
        ({"band": "blurred"}, "no purpose 'blurred'; allowed: monitor, observe"),
        ({"band": 7}, "no purpose 7"),
        ({"light": "dusk"}, "there is no light 'dusk'"),
        ({"polygon": [[1, 2]]}, "has 1 corners; allowed: 3 or more"),
        ({"polygon": "x"}, "allowed: a list of corners"),
        ({"polygon": [[1, 2, 3]] * 3}, "longitude and latitude"),
        ({"polygon": [[1, "2"]] * 3}, "two numbers"),
        ({"polygon": [[0, 0], [float("nan"), 0], [1, 1]]}, "two numbers"),
        ({"polygon": [[0, 0], [200, 0], [1, 1]]}, "at longitude 200, latitude 0"),
        ({"polygon": [[0, 0], [1, 89], [1, 1]]}, "at longitude 1, latitude 89"),
        ({"polygon": [[-170, 0], [170, 0], [0, 50]]}, "340 degrees wide"),
        ({"polygon": [[0, 0], [1, 1], [2, 2]]}, "is a line"),
        ({"polygon": [[0, 0], [1, 1], [1, 0], [0, 1]]}, "crosses or touches itself"),
        ({"polygon": [[0, 0], [2, 2], [2, 0], [0, 1]]}, "crosses or touches itself"),
        ({"polygon": [[0, 0], [4, 0], [2, 0], [2, 2]]}, "crosses or touches itself"),
    ],
)
def test_a_wish_that_cannot_be_is_refused_in_plain_words(message, told) -> None:
    with pytest.raises(InputError, match=told):
        Filters().changed(message, TERMS)


def test_a_polygon_of_more_than_500_corners_is_refused() -> None:
    turn = np.linspace(0, 2 * np.pi, 502, endpoint=False)
    ring = np.column_stack([np.cos(turn), np.sin(turn)]).tolist()

    with pytest.raises(InputError, match="502 corners; allowed: 500; draw it with"):
        checked_polygon(ring)
    assert len(checked_polygon(ring[::2])) == 251


def test_a_star_and_a_spiral_are_plain_outlines() -> None:
    turn = np.linspace(0, 2 * np.pi, 20, endpoint=False)
    long = np.where(np.arange(20) % 2, 1.0, 0.3)
    star = np.column_stack([long * np.cos(turn), long * np.sin(turn)]).tolist()

    assert len(checked_polygon([*star, star[0]])) == 20


@examples(120)
@given(
    ring=st.lists(
        st.tuples(st.integers(-4, 4), st.integers(-4, 4)), min_size=3, max_size=8
    )
)
def test_a_polygon_is_refused_just_where_shapely_calls_it_invalid(ring) -> None:
    corners = [one for at, one in enumerate(ring) if one != ring[at - 1]]
    polygon = shapely.Polygon(corners) if len(corners) > 2 else shapely.Polygon()
    # Shapely lets an outline touch itself in a corner; a corner twice is no plain one.
    is_plain = len(set(corners)) == len(corners)
    good = polygon.is_valid and polygon.area > 0 and is_plain

    try:
        checked_polygon([list(one) for one in ring])
    except InputError:
        assert not good or not shapely.LinearRing(corners).is_simple
    else:
        assert polygon.is_valid
        assert polygon.area > 0


@examples(60)
@given(seed=st.integers(0, 10_000), corners=st.integers(3, 60), flat=st.booleans())
def test_points_are_in_a_polygon_where_shapely_says_so(seed, corners, flat) -> None:
    rng = np.random.default_rng(seed)
    turn = np.sort(rng.random(corners)) * 2 * np.pi
    far = rng.uniform(0.2, 1.0, corners)
    ring = np.column_stack([far * np.cos(turn), far * np.sin(turn)])
    if flat:
        ring = np.round(ring * 3) / 3  # many level edges and corners in line
    drawn = Drawn.of(map(tuple, ring))
    points = mercator.to_merc(*rng.uniform(-1.1, 1.1, (2, 400)))

    inside = drawn.holds(points)

    xy = mercator.to_merc(ring[:, 0], ring[:, 1])
    whole = shapely.Polygon(xy)
    if whole.is_valid:
        assert (inside == shapely.contains_xy(whole, points)).all()


# Hours.


@pytest.mark.parametrize(
    ("chosen", "said"),
    [
        (lambda day, hour: day < 5 and hour >= 18, "Mon-Fri 18:00-24:00"),
        (lambda day, hour: day in {0, 5, 6}, "Mon, Sat-Sun"),
        (lambda day, hour: hour < 6 or hour > 21, "00:00-06:00, 22:00-24:00"),
        (lambda day, hour: day == 2 and hour == 3, "Wed 03:00-04:00"),
        (lambda day, hour: day == hour, "7 of 168 hours of the week"),
        (lambda day, hour: False, "no hour of the week"),
    ],
)
def test_hours_of_the_week_have_words(chosen, said) -> None:
    assert hour_words([bool(one) for one in week(chosen)]) == said


def shares(begin, end, chosen) -> list[float]:
    upto = np.concatenate([[0], np.cumsum(np.repeat(chosen, 60))]).astype(np.int32)
    out = np.empty(len(begin), np.float32)
    hour_shares(np.array(begin, np.int32), np.array(end, np.int32), upto, out)
    return out.tolist()


def test_an_event_counts_by_the_share_of_its_span_in_the_hours() -> None:
    # 1 January 1970 was a Thursday; 01:50 to 02:10 lies half in the second hour.
    hour_two = week(lambda day, hour: day == 3 and hour == 1)
    at = 60 + 50

    found = shares(
        [at, at, UNKNOWN, at, 0, at + 20], [at + 20, at, UNKNOWN, UNKNOWN, 20_000, at],
        hour_two,
    )  # fmt: skip

    assert found == pytest.approx([0.5, 1.0, 1 / 168, 1.0, 1 / 168, 0.5])


@examples(60)
@given(
    begin=st.integers(-200_000, 200_000),
    length=st.integers(0, 10_080),
    seed=st.integers(0, 100),
)
def test_shares_of_hours_agree_with_counting_minutes(begin, length, seed) -> None:
    chosen = np.random.default_rng(seed).integers(0, 2, WEEK_HOURS)
    minutes = np.arange(begin, begin + max(length, 1))
    hour = (minutes // 60 + 72) % WEEK_HOURS

    found = shares([begin], [begin + length], chosen)

    assert found[0] == pytest.approx(chosen[hour].mean(), abs=1e-6)


# The address.


@st.composite
def filters(draw: st.DrawFn) -> Filters:
    message = {
        "area": draw(st.sampled_from([None, *(["beat", row] for row in (0, 1))])),
        "polygon": draw(st.sampled_from([None, SQUARE, WIDE])),
        "dates": draw(
            st.sampled_from(
                [None, ["2024-02-29", None], [None, "2025-01-01"], ["2025-01-01"] * 2]
            )
        ),
        "hours": draw(st.sampled_from([None, "01" * 84, "1" + "0" * 167, "0" * 168])),
        "categories": draw(
            st.none() | st.lists(st.sampled_from(TERMS.categories), unique=True)
        ),
        "call_types": draw(st.none() | st.lists(st.sampled_from(TERMS.call_types))),
        "band": draw(st.sampled_from([None, 0, 1, 2])),
        "light": draw(st.sampled_from(["day", "night"])),
        "tier": draw(st.sampled_from(["public", "registered", "planned"])),
        "state": draw(st.sampled_from(["designed", "now"])),
    }  # fmt: skip
    return Filters().changed(message, TERMS)


@examples(150)
@given(chosen=filters())
def test_filters_come_back_from_an_address_as_they_were(chosen) -> None:
    text = to_address(chosen, TERMS)

    assert from_address(text, TERMS) == (chosen, ())
    assert set(text) <= set(
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.~:;,!"
    )


def test_an_address_names_what_is_chosen_and_holds_no_data() -> None:
    chosen = Filters().changed(
        {"area": ["beat", 1], "light": "night", "categories": ["Theft"]}, TERMS
    )

    assert to_address(chosen, TERMS) == "a:beat,b~2F2~3Bx;c:Theft;l:night"
    assert to_address(Filters(), TERMS) == ""


def test_of_an_old_address_the_parts_that_fit_are_kept_and_the_rest_is_told() -> None:
    text = "a:ward,7;l:night;d:20250101-20251399;c:Theft,Gone;k:Gone;zz:1;h:zz;p:A"

    found, told = from_address(text, TERMS)

    assert found == Filters(light="night", categories=frozenset({"Theft"}))
    assert len(told) == 7
    assert any("no area '7' of kind 'ward'" in one for one in told)
    assert sum("Not in these data and left out: Gone" in one for one in told) == 2
    assert any("not known here and is left out: zz" in one for one in told)


@examples(200)
@given(
    text=st.text(max_size=60)
    | st.builds("{}:{}".format, st.sampled_from("apdhckblts"), st.text(max_size=30))
)
def test_no_address_whatever_it_says_is_more_than_told(text) -> None:
    found, told = from_address(text, TERMS)

    assert isinstance(found, Filters)
    assert all(one.endswith(".") for one in told)


def test_a_polygon_of_500_corners_fits_into_an_address() -> None:
    turn = np.linspace(0, 2 * np.pi, 500, endpoint=False)
    ring = (np.column_stack([np.cos(turn), np.sin(turn)]) / 10 + 40).tolist()

    text = to_address(Filters().changed({"polygon": ring}, TERMS), TERMS)

    assert len(text) < 3_500
    assert len(from_address(text, TERMS)[0].polygon) == 500


def test_an_endless_address_is_left_out() -> None:
    assert from_address("l:night;" * 10_000, TERMS)[1] == (
        "The address is too long and is left out.",
    )


# Terms and the panel.


def test_terms_are_those_of_the_store(tmp_path) -> None:
    terms = Terms.of(made_store(tmp_path / "results"))

    assert terms.area_kinds == ("beat", "tract")
    assert terms.find_area("beat", "b2") == Area(1, "beat", "b2", "Beat 2")
    assert terms.find_area("tract", "b2") is None
    assert (terms.bands[terms.band], terms.call_types) == ("detect", ())
    assert (terms.first_day, terms.last_day) == (date(2025, 1, 1), date(2026, 12, 31))


def test_areas_are_listed_as_people_count() -> None:
    rows = tuple(
        Area(at, "beat", str(at), name)
        for at, name in enumerate(["Beat 10", "Beat 2", "beat 1", ""])
    )

    listed = picker_terms(Terms(areas=rows, area_kinds=("beat", "npu")))["areas"]

    assert listed == {
        "beat": [["2", "beat 1"], ["1", "Beat 2"], ["0", "Beat 10"], ["3", "3"]]
    }


def test_the_panel_says_what_is_chosen_in_chips_that_take_it_back() -> None:
    chosen = Filters().changed(
        {"polygon": SQUARE, "hours": week(lambda day, hour: day > 4)}, TERMS
    )

    state = picker_state(chosen, TERMS)

    assert state["chips"] == [
        {"part": "polygon", "words": "drawn area"},
        {"part": "hours", "words": "Sat-Sun"},
    ]
    assert state["hours"] == "0" * 120 + "1" * 48
    assert parts(chosen, TERMS)[0] == ("polygon", "drawn area")


@pytest.mark.parametrize(
    "part",
    [{"tier": "public"}, {"light": "night"}, {"state": "now"}, {"band": 2}],
)
def test_clear_all_is_offered_for_cameras_light_and_purpose_too(tmp_path, part) -> None:
    state = PageState()
    state.filters = Filters(**part)
    store = made_store(tmp_path / "results")
    panel = FiltersPanel(state, store=store, desk=Desk())
    assert not panel.widget.state["is_start"]

    panel.widget._handle_custom_msg({"event": "clear", "part": "start"}, [])

    assert state.filters == Filters()
    assert panel.widget.state["is_start"]


def test_kinds_that_no_street_camera_can_see_are_named_as_such(tmp_path) -> None:
    store = made_store(tmp_path / "results")
    events, words = store.incidents, store.meta["incidents"]["categories"]
    never = np.flatnonzero(events.category == 1)
    counted = np.array(events.counted)
    counted[never] = False
    store.__dict__["incidents"] = replace(events, counted=counted)
    state = PageState()
    state.filters = Filters()

    terms = FiltersPanel(state, store=store, desk=Desk()).widget.terms

    # Of the other kind some count, be it one; there are no calls at all.
    assert terms["unseen"] == {"categories": [words[1]]}
    assert "no street camera could see" in terms["unseen_words"]["categories"]


@pytest.mark.parametrize(
    ("count", "said"),
    [(0, "0"), (1, "<5"), (4.9, "<5"), (5, "5"), (0.2, "<5"), (12.5, "12")],
)
def test_small_counts_are_not_told(count, said) -> None:
    assert count_words(count, 5) == said


class Desk:
    """Keeps what went wrong."""

    def __init__(self) -> None:
        self.faults: list[str] = []

    def guard(self, task):
        def wrap(work):
            def guarded(*given):
                try:
                    work(*given)
                except InputError as error:
                    self.faults.append(f"{task}: {error}")

            return guarded

        return wrap


def test_a_message_of_the_page_changes_the_filters_and_a_bad_one_is_told(
    tmp_path,
) -> None:
    state, desk = PageState(), Desk()
    state.filters = Filters()
    panel = FiltersPanel(state, store=made_store(tmp_path / "results"), desk=desk)
    sent = panel.widget._handle_custom_msg

    sent({"event": "filter", "parts": {"area": {"kind": "beat", "key": "b2"}}}, [])
    assert state.filters.area == ("beat", 1)
    assert panel.widget.state["chips"] == [{"part": "area", "words": "Beat 2"}]
    heard = panel.widget.state["heard"]

    sent({"event": "filter", "parts": {"dates": ["2026-01-01", "2025-01-01"]}}, [])
    assert state.filters.date_from is None
    assert "run backwards" in desk.faults[0]
    # The page hears of it, and takes its own dates back.
    assert panel.widget.state["heard"] == heard + 1
    assert panel.widget.state["dates"] == [None, None]

    sent({"event": "filter", "parts": "all"}, [])
    sent({"event": "clear", "part": "everything"}, [])
    sent("nonsense", [])
    assert len(desk.faults) == 3

    sent({"event": "clear", "part": "all"}, [])
    assert state.filters == Filters()
    assert [one["key"] for one in panel.widget.terms["tiers"]] == [
        *("public", "integrated", "registered", "planned")
    ]
