"""
The numbers of the page for whatever is chosen.

By hand on the town of ``tests/view/made.py``, whose sums are easy; against the summary
of a made-up city that is really built; and against plain loops over its events.
"""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date

import numba
import numpy as np
import pytest

from coveragekit.coverage.pairs import event_chance, place_chance
from coveragekit.dashboards.planner import stages as stages_module
from coveragekit.dashboards.planner.answer_words import WITHHELD
from coveragekit.dashboards.planner.answers import Answers
from coveragekit.dashboards.planner.chart_states import chart_states
from coveragekit.dashboards.planner.filtered_headlines import filtered_headlines
from coveragekit.dashboards.planner.filters import Filters
from coveragekit.dashboards.planner.kernels import masks, tallies
from coveragekit.dashboards.planner.said import gap_rows
from coveragekit.dashboards.planner.spread import LEAST_SAMPLE, spread_of
from coveragekit.dashboards.planner.warm import is_compiled, warm_up
from coveragekit.errors import InputError
from coveragekit.sources import CitySize
from coveragekit.study import create_city
from coveragekit.view import Scenes, Store, mercator
from tests.view.made import UNKNOWN_MIN, made_store, tables, to_merc, write_store

TIERS = ("public", "integrated", "registered", "planned")


def one_share(value, total, unit, **more):
    """Give a share as a summary without scenes holds it."""
    night = {"value": value / 2, "low": None, "high": None, "basis": "by night"}
    return {
        "value": value,
        "low": None,
        "high": None,
        "nominal": value,
        "naive": None,
        "total": total,
        "unit": unit,
        "basis": "detect, by day, as designed, public + integrated + registered; "
        "no interval",
        "by_access": {tier: {"alone": 0.1, "nested": value / 3} for tier in TIERS},
        "by_light": {"day": {}, "night": night},
        **more,
    }


def made_summary(**more):
    """Give a summary whose shares nobody could mistake for counted ones."""
    return {
        "shares": {
            "street_length": one_share(0.9, 240.0, "m"),
            "area": one_share(0.8, 600.0, "m2"),
            "incidents": one_share(0.7, 3.0, "incidents", naive=0.6),
            "incidents_all": one_share(0.5, 4.0, "incidents"),
        },
        "scenes": None,
        "as_of": "2026-06-01T12:00:00-05:00",
        "purpose": "detect",
        "edition": "2014",
        **more,
    }


@pytest.fixture
def answers(tmp_path) -> Answers:
    return Answers(made_store(tmp_path / "results"), made_summary())


@pytest.fixture(scope="module")
def city(tmp_path_factory) -> Answers:
    """Give a small made-up city, really built, without scenes."""
    size = CitySize(buildings=250, cameras=120, incidents=1_500)
    study = create_city(tmp_path_factory.mktemp("city") / "study", size, seed=4)
    results = study.build()
    return Answers(Store.open(study.path), results.summary)


def chosen(answers, **parts) -> Filters:
    return Filters().changed(parts, answers.terms)


def values(answers, filters) -> dict[str, float | None]:
    return {key: one.value for key, one in answers.numbers(filters).figures.items()}


# By hand.


def test_without_a_filter_the_numbers_are_those_of_the_study(answers) -> None:
    found = answers.numbers(Filters()).figures

    assert {key: one.value for key, one in found.items()} == {
        "street_length": 0.9,
        "incidents": 0.7,
        "incidents_all": 0.5,
        "area": 0.8,
    }
    assert all(one.of_study for one in found.values())
    assert found["incidents"].naive == 0.6
    assert values(answers, Filters(light="night"))["area"] == 0.4
    assert values(answers, Filters(tier="public"))["area"] == 0.8 / 3


def test_another_band_asks_each_place_anew(answers) -> None:
    found = answers.numbers(chosen(answers, band="observe")).figures

    # Within 20 m: of the first block two quarters by a camera that looks there half of
    # its time; of nine pieces of street those at 15 and 5 m, the first surely.
    assert found["incidents"].value == pytest.approx(0.25 / 3)
    assert found["incidents_all"].value == pytest.approx(0.5 / 4)
    assert found["street_length"].value == pytest.approx((1.0 + 0.5) / 9)
    assert found["incidents"].low is None
    assert "observe (IEC 62676-4 edition 2014)" in found["incidents"].basis


def test_a_choice_that_no_study_computes_is_counted(answers) -> None:
    by_night = answers.numbers(Filters(light="night", tier="public")).figures

    # Of the public cameras the western one shines 30 m far: it sees one of three.
    assert by_night["incidents"].value == pytest.approx(1 / 3)
    assert by_night["incidents"].total == 3.0
    assert "by night, as designed, public;" in by_night["incidents"].basis


def test_an_area_counts_what_lies_in_it(answers) -> None:
    east = answers.numbers(chosen(answers, area={"kind": "beat", "key": "b2"})).figures

    # Seen of the east: 0.625, 0.5 and 0.5 of five pieces of street, and 0.625 of two.
    assert east["street_length"].value == pytest.approx(1.625 / 5)
    assert east["street_length"].total == pytest.approx(5 * 240 / 9)
    assert east["incidents"].value == pytest.approx(0.625 / 2)
    assert east["incidents_all"].value == pytest.approx(1.25 / 3)
    assert not east["area"].of_study
    assert "in Beat 2" in east["area"].basis


def test_a_drawn_area_gives_the_numbers_of_the_area_with_its_outline(answers) -> None:
    corners = [[0.0, -60.0], [140.0, -60.0], [140.0, 60.0], [0.0, 60.0]]
    lonlat = mercator.to_lonlat(to_merc(corners)).tolist()

    drawn = values(answers, chosen(answers, polygon=lonlat))
    named = values(answers, chosen(answers, area=["beat", 1]))

    assert drawn == pytest.approx(named)


def test_days_leave_the_numbers_of_streets_and_ground_as_they_are(answers) -> None:
    # The incidents follow each other by ten hours; the fourth is of the second day.
    days = chosen(answers, dates=["2025-01-01", "2025-01-01"])

    found = answers.numbers(days).figures

    assert found["street_length"].of_study
    assert found["area"].value == 0.8
    assert (found["incidents"].value, found["incidents"].total) == (0.0, 1.0)
    assert answers.counts(days).incidents.left == 1.0


def test_a_category_counts_its_own(answers) -> None:
    found = answers.numbers(chosen(answers, categories=["220"])).figures

    assert found["incidents"].total == 1.0
    assert found["incidents"].value == pytest.approx(0.625)
    assert found["incidents_all"].value == pytest.approx(0.625)
    assert found["street_length"].of_study


def test_hours_count_events_by_their_share(answers) -> None:
    store = answers.store
    begin = int(store.incidents.from_min[0])
    hour = (begin // 60 + 72) % 168  # each is ten minutes long
    only = chosen(answers, hours=[int(at == hour) for at in range(168)])

    mask = answers.event_mask("incidents", only)

    assert mask[0] == 1.0
    assert mask.sum() == pytest.approx(answers.numbers(only).figures["incidents"].total)


def test_of_nothing_there_is_no_number_and_that_is_said(answers) -> None:
    later = chosen(answers, dates=["2030-01-01", None])

    found = answers.numbers(later).figures["incidents"]

    assert (found.value, found.total) == (None, 0.0)
    assert found.why == "Nothing of it is left."
    said = answers.counts(later).empty
    assert said == "Nothing is left: no incidents are dated from 2030-01-01."


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        (
            {"polygon": [[10, 10], [11, 10], [11, 11]]},
            "Nothing is left: no incidents are in the drawn area.",
        ),
        ({"hours": "0" * 168}, "Nothing is left: no hour of the week is chosen."),
        (
            {"area": ["beat", 0], "categories": ["220"]},
            "Nothing is left: no incidents are of all that is chosen: Beat 1, 220.",
        ),
        ({"area": ["beat", 0]}, ""),
    ],
)
def test_why_nothing_is_left_is_said(answers, parts, said) -> None:
    assert answers.counts(chosen(answers, **parts)).empty == said


def test_events_without_a_time_are_told(tmp_path) -> None:
    given = tables()
    events = given["incidents"]
    unknown = np.where(np.arange(4) == 0, UNKNOWN_MIN, events.from_min)
    given["incidents"] = replace(
        events,
        from_min=unknown.astype(np.int32),
        to_min=np.where(unknown == UNKNOWN_MIN, unknown, events.to_min).astype(
            np.int32
        ),
    )
    answers = Answers(
        Store.open(write_store(tmp_path / "results", given)), made_summary()
    )
    some = chosen(answers, hours="1" * 84 + "0" * 84)
    dated = chosen(answers, dates=["2025-01-01", None])

    assert "without a known begin count by 50%" in answers.numbers(some).told[0]
    assert answers.event_mask("incidents", some)[0] == pytest.approx(0.5)
    assert answers.numbers(dated).told == (
        "1 incidents without a known begin are of no day.",
    )
    assert answers.event_mask("incidents", dated)[0] == 0.0
    assert answers.numbers(Filters()).told == ()


def test_small_counts_are_not_told_outside_the_analyst_role(tmp_path) -> None:
    store = made_store(tmp_path / "results")
    answers = Answers(store, made_summary(), least=5)
    east = chosen(answers, area=["beat", 1])

    numbers = answers.numbers(east)
    heads = {
        one.key: one for one in filtered_headlines(numbers, made_summary(), least=5)
    }

    assert numbers.figures["incidents"].value is None
    assert heads["incidents"].value == "too few"
    assert heads["incidents"].of == "of <5 street-visible"
    assert "too few to be shown" in heads["incidents"].basis
    assert heads["street_length"].value == "32 %"


def guarded_town(folder, *keys, least=2) -> Answers:
    """Give the town as others than analysts see it, some of its incidents protected."""
    given = tables()
    events = given["incidents"]
    marked = [events.ids[row] in keys for row in range(len(events))]
    given["incidents"] = replace(events, protected=np.array(marked))
    store = Store.open(write_store(folder / "results", given))
    return Answers(store, made_summary(), least=least)


def protecting(answers, protected, *, least) -> Answers:
    """Give the same city as others than analysts see it, other incidents protected."""
    store = Store.open(answers.store.folder)
    events = replace(store.incidents, protected=protected)
    object.__setattr__(store, "incidents", events)
    return Answers(store, answers.summary, least=least)


def everywhere(answers) -> Filters:
    corners = [[-120.0, -60.0], [140.0, -60.0], [140.0, 60.0], [-120.0, 60.0]]
    return chosen(answers, polygon=mercator.to_lonlat(to_merc(corners)).tolist())


def test_a_drawn_area_counts_no_event_whose_place_could_name_a_victim(tmp_path) -> None:
    guarded = guarded_town(tmp_path, "e1")
    drawn = everywhere(guarded)

    found = guarded.numbers(drawn)
    assert found.figures["incidents"].total == 2.0
    assert found.figures["incidents_all"].total == 3.0
    assert guarded.counts(drawn).incidents.left == 2.0
    assert guarded.series(drawn).categories[:, 0].sum() == 2.0
    assert WITHHELD in found.told

    guarded.least = 1  # an analyst has come
    assert guarded.numbers(drawn).figures["incidents"].total == 3.0
    assert guarded.numbers(drawn).told == ()


def test_an_area_tells_no_more_than_an_outline_round_it(tmp_path) -> None:
    guarded = guarded_town(tmp_path, "e1", least=2)
    area, drawn = chosen(guarded, area=["tract", 2]), everywhere(guarded)

    found, outlined = guarded.numbers(area), guarded.numbers(drawn)

    for key in ("incidents", "incidents_all"):
        assert found.figures[key].total == outlined.figures[key].total
    assert WITHHELD in found.told
    assert guarded.counts(area).incidents.left == 2.0
    assert guarded.series(area).categories[:, 0].sum() == 2.0
    whole = guarded.series(Filters())
    assert whole.categories[:, 0].sum() == 3.0  # of the city: no small place
    assert whole.areas[:, 0].sum() == 2.0
    chart = {one["key"]: one for one in chart_states(whole, guarded.terms, least=2)}
    assert WITHHELD in chart["areas"]["note"]

    guarded.least = 1  # an analyst has come
    assert guarded.numbers(area).figures["incidents"].total == 3.0
    assert guarded.numbers(area).told == ()
    assert guarded.series(Filters()).areas[:, 0].sum() == 3.0


def test_nothing_is_said_of_what_a_study_does_not_have(tmp_path) -> None:
    guarded = guarded_town(tmp_path)

    assert guarded.numbers(everywhere(guarded)).told == ()
    assert WITHHELD not in guarded.gaps_note(Filters())


def test_maps_and_gaps_hold_no_event_whose_place_could_name_a_victim(tmp_path) -> None:
    guarded = guarded_town(tmp_path, "e3")  # the one in the gap
    assert guarded.gaps(Filters())[0].incidents_per_year is None
    at = [guarded.store.incidents.ids[row] for row in range(4)].index("e3")

    assert guarded.event_mask("incidents", Filters())[at] == 0.0
    assert guarded.gap_demand("incidents", Filters()).tolist() == [0.0]
    assert guarded.gaps(Filters())[0].incidents_low is None
    assert WITHHELD in guarded.gaps_note(Filters())

    guarded.least = 1
    assert guarded.event_mask("incidents", Filters())[at] == 1.0
    assert guarded.gap_demand("incidents", Filters()).tolist() == [0.5]
    row = guarded.gaps(Filters())[0]
    assert (row.incidents_per_year, row.incidents_low) == (0.5, 0.25)
    assert guarded.gaps_note(Filters()) == ""


def test_what_one_camera_sees_alone_is_counted_of_what_may_be_told(city) -> None:
    store, years = city.store, city.store.meta["incidents"]["years"]
    some = protecting(city, np.arange(len(store.incidents)) % 3 == 0, least=2)
    none = protecting(city, np.zeros(len(store.incidents), np.bool_), least=2)
    events = some.store.incidents
    rows = np.flatnonzero(store.cameras.loss_incidents > 0.0)
    assert len(rows) > 3
    places = store.incident_places
    usual = Filters()

    for row in rows[:12].tolist():
        loss = float(store.cameras.loss_incidents[row])
        assert city.seen_alone(row).value == loss
        told = none.seen_alone(row).value
        assert told == (None if loss * years < 2.0 - 1e-6 else loss)
        # By a plain loop over the events, with and without the camera.
        flags = np.array(some.view_flags(usual)) & (store.views.camera != row)
        chance = place_chance(places, store.views, flags=flags, band=store.meta["band"])
        without = event_chance(events, places, chance)
        mask = some.event_mask("incidents", usual)
        assert not mask[events.protected].any()
        lost = float((mask * (some.event_chance("incidents", usual) - without)).sum())
        rate = some.seen_alone(row).value
        if rate is None:
            assert lost < 2.0
        else:
            assert rate * years == pytest.approx(lost, abs=1e-3)


def test_headlines_of_a_choice_say_what_they_are_of(answers) -> None:
    numbers = answers.numbers(chosen(answers, area=["beat", 1]))

    heads = filtered_headlines(numbers, answers.summary)

    assert [one.key for one in heads] == ["street_length", "incidents", "area"]
    assert heads[0].of == "of 0.13 km"
    assert heads[1].value == "31 %"
    assert heads[1].interval == "(no interval)"
    assert heads[1].beside == "naive 0 %, all offences 42 %"
    assert heads[1].fill == "31.2%"
    whole = filtered_headlines(answers.numbers(Filters()), answers.summary)
    assert whole[0].basis.startswith("Street seen: detect, by day, as designed")
    # The same stands beside the study's own figure, with the same words.
    assert whole[1].beside == "naive 60 %, all offences 50 %"
    for one in (heads[1], whole[1]):
        assert one.basis.count("All offences: with those that no street camera") == 1
        assert one.basis.count("Naive: what a plain count") == 1


def test_a_figure_that_is_no_median_says_so_where_others_are(answers) -> None:
    seen = np.zeros((6, 9), bool)
    seen[3:, 6:] = True
    with_scenes(answers, {"streets": (range(9), seen)})
    east = chosen(answers, area=["beat", 1])
    public = chosen(answers, area=["beat", 1], tier="public")

    def street(filters):
        return filtered_headlines(answers.numbers(filters), answers.summary)[0]

    assert street(east).beside.startswith("nominal ")
    assert "Nominal: with every camera exactly as its" in street(east).basis
    assert street(public).beside == "as given"
    assert street(public).interval == "(no interval)"
    assert street(public).basis.count("As given: with every camera exactly") == 1
    # Where the study has no scenes there is nothing to tell it from.
    without = filtered_headlines(answers.numbers(public), made_summary())[0]
    assert without.beside == ""


def test_unknown_names_are_refused(answers) -> None:
    with pytest.raises(InputError, match="there are no places 'roofs'"):
        answers.place_chance("roofs", Filters())
    with pytest.raises(InputError, match="there are no events 'alarms'"):
        answers.event_mask("alarms", Filters())
    with pytest.raises(InputError, match="the study has no calls"):
        answers.event_chance("calls", Filters())
    with pytest.raises(InputError, match="no demand 'roofs'"):
        answers.gap_demand("roofs", Filters())


# Stages.


def test_a_change_of_area_or_time_asks_no_place_anew(answers, monkeypatch) -> None:
    asked = []
    real = stages_module.place_chance

    def counted(*given, **more):
        asked.append(more["light"])
        return real(*given, **more)

    monkeypatch.setattr(stages_module, "place_chance", counted)
    answers.numbers(Filters(band=0))
    first = len(asked)
    for parts in ({"area": ["beat", 1]}, {"dates": ["2025-01-01", None]}):
        answers.numbers(replace(chosen(answers, **parts), band=0))

    assert len(asked) == first
    answers.numbers(Filters(band=0, light="night"))
    assert len(asked) > first


def test_what_is_kept_cannot_be_changed(answers) -> None:
    mask = answers.event_mask("incidents", Filters())

    with pytest.raises(ValueError, match="read-only"):
        mask[0] = 7.0


def test_many_threads_get_the_same_numbers(city) -> None:
    wishes = [
        Filters(band=band, light=light, tier=tier)
        for band in (1, 3)
        for light in ("day", "night")
        for tier in TIERS
    ]
    alone = [values(city, one) for one in wishes]
    city.stages.forget()

    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda one: values(city, one), wishes))

    assert together == alone


def test_answering_loads_no_library_of_tables() -> None:
    code = (
        "import sys, coveragekit.dashboards.planner.answers as answers;"
        "heavy = ['geopandas', 'pandas', 'pandera', 'scipy.stats', 'scipy.sparse',"
        " 'rasterio', 'matplotlib', 'pyarrow'];"
        "print([name for name in heavy if name in sys.modules])"
    )

    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )

    assert done.stdout.strip() == "[]"


def test_after_warming_up_no_question_compiles_anything(city) -> None:
    warm_up()
    before = signatures()

    some = Filters(
        polygon=((-180.0, -80.0), (-1.0, -80.0), (-1.0, 80.0), (-180.0, 80.0))
    )
    for filters in (Filters(light="night", hours=(True,) * 84 + (False,) * 84), some):
        city.numbers(filters)
        city.counts(filters)
        city.gaps(filters)
        city.series(filters)

    assert is_compiled()
    assert signatures() == before
    assert all(before.values())


def signatures() -> dict[str, int]:
    return {
        name: len(value.signatures)
        for module in (masks, tallies)
        for name, value in vars(module).items()
        if isinstance(value, numba.core.dispatcher.Dispatcher)
    }


# Scenes.


def with_scenes(answers, names, *, groups=("registered", "working")) -> Scenes:
    """Give the store scenes: name to rows and (scenes, kept) of what is seen by day."""
    bits = {}
    for name, (_, seen) in names.items():
        packed = np.packbits(np.asarray(seen, bool), axis=-1)
        bits[name] = np.repeat(packed[:, None, None], len(groups), axis=2)
    scenes = Scenes(
        count=len(next(iter(names.values()))[1]),
        level=0.9,
        rows={name: np.asarray(rows, np.int32) for name, (rows, _) in names.items()},
        bits=bits,
        lights=("day",),
        groups=groups,
    )
    answers.store.__dict__["scenes"] = scenes
    answers.summary["scenes"] = {"count": scenes.count, "level": 0.9}
    return scenes


def test_the_interval_of_a_part_is_that_of_the_same_part_in_each_scene(answers) -> None:
    # In scene k the first k of the eastern five pieces of street are seen.
    seen = [[True] * 4 + [at < scene for at in range(5)] for scene in range(6)]
    with_scenes(answers, {"streets": (range(9), seen)})
    order = np.argsort(answers.store.streets.local[:, 0])
    assert order.tolist() == list(range(9))

    east = answers.numbers(chosen(answers, area=["beat", 1])).figures["street_length"]

    assert east.value == pytest.approx(0.5)
    assert (east.low, east.high) == pytest.approx((0.0, 1.0))
    assert east.nominal == pytest.approx(1.625 / 5)
    assert "Median and 90% interval of 6 scenes" in east.basis


@pytest.mark.parametrize(
    ("parts", "why"),
    [
        ({"band": 2}, "scenes were drawn for detect alone"),
        ({"tier": "public"}, "no scenes were drawn for these cameras"),
        ({"state": "now", "tier": "public"}, "no scenes were drawn for these cameras"),
    ],
)
def test_without_scenes_of_a_choice_it_says_why_there_is_no_interval(
    answers, parts, why
) -> None:
    with_scenes(answers, {"streets": (range(9), np.ones((4, 9)))})
    some = chosen(answers, area=["beat", 1], **parts)

    found = answers.numbers(some).figures

    assert found["street_length"].low is None
    assert why in found["street_length"].why
    assert "As given" in found["area"].basis


def test_ground_and_all_offences_have_no_interval_of_a_part(answers) -> None:
    with_scenes(
        answers,
        {"streets": (range(9), np.ones((4, 9))), "incidents": ([], np.ones((4, 0)))},
    )
    found = answers.numbers(chosen(answers, area=["beat", 1])).figures

    assert "the ground is kept for the whole city alone" in found["area"].why
    assert "street-visible incidents alone are kept" in found["incidents_all"].why
    assert "looked at too few" in found["incidents"].why


def test_a_sample_tells_how_scenes_differ_from_what_is_given() -> None:
    rng = np.random.default_rng(2)
    chance = rng.random(4_000).astype(np.float32)
    rows = np.sort(rng.choice(4_000, 1_000, replace=False)).astype(np.int32)
    # Each scene sees ten points more or fewer than given, of every event alike.
    moved = rng.uniform(-0.1, 0.1, 39)
    seen = rng.random((39, 1_000)) < np.clip(chance[rows] + moved[:, None], 0, 1)
    scenes = Scenes(
        39,
        0.9,
        {"incidents": rows},
        {"incidents": np.packbits(seen, axis=-1)[:, None, None]},
        ("day",),
        ("registered",),
    )
    weight = (rng.random(4_000) < 0.5).astype(float)
    total = float(weight.sum())

    def spread(weights):
        return spread_of(
            scenes,
            "incidents",
            ("day", "registered"),
            weight=weights,
            chance=chance,
            total=float(weights.sum()),
        )

    found = spread(weight)
    kept = weight[rows] > 0
    differs = seen[:, kept].mean(axis=1) - chance[rows][kept].mean()
    expected = float(weight @ chance) / total + differs

    assert found.sample == kept.sum()
    assert found.value == pytest.approx(np.median(expected))
    # Of 39 scenes the 2nd and the 38th: ranks k / (n + 1).
    assert (found.low, found.high) == pytest.approx(
        (np.sort(expected)[1], np.sort(expected)[-2])
    )
    few = np.zeros(4_000)
    few[rows[: LEAST_SAMPLE - 1]] = 1.0
    few[np.setdiff1d(np.arange(4_000), rows)[:1]] = 1.0
    assert spread(few) is None


# Against a city that was really built.


def test_the_counted_shares_of_a_city_are_those_of_its_summary(city) -> None:
    for key, share in city.summary["shares"].items():
        tolerance = 0.01 if key == "area" else 2e-6  # ground is a lattice
        for tier in TIERS:
            seen, total = city.figures.sums(key, Filters(tier=tier))
            nested = share["by_access"][tier]["nested"]
            assert seen / total == pytest.approx(nested, abs=tolerance), (key, tier)
        for light, state in (("night", "designed"), ("day", "now"), ("night", "now")):
            filters = Filters(light=light, state=state)
            seen, total = city.figures.sums(key, filters)
            figure = filters.choice.of(share)
            assert seen / total == pytest.approx(figure["value"], abs=tolerance)
            assert city.numbers(filters).figures[key].value == figure["value"]
        assert city.figures.sums(key, Filters())[1] == pytest.approx(
            share["total"], rel=1e-3 if key == "area" else 1e-5
        )
        if share["naive"] is not None:
            naive = city.figures.naive(key, Filters(), total=share["total"])
            assert naive == pytest.approx(share["naive"], abs=2e-6)


def test_areas_make_up_the_whole(city) -> None:
    whole = {
        key: city.figures.sums(key, Filters()) for key in ("incidents", "street_length")
    }
    for kind in city.terms.area_kinds:
        rows = [one.row for one in city.terms.areas if one.kind == kind]
        for key, (seen, total) in whole.items():
            parts = [city.figures.sums(key, Filters(area=(kind, row))) for row in rows]
            assert sum(one for _, one in parts) <= total * (1 + 1e-9)
            if key == "incidents" and all_inside(city, kind):
                assert sum(one for one, _ in parts) == pytest.approx(seen)


def all_inside(city, kind) -> bool:
    column = city.stages.kind_column(kind)
    return bool((city.store.incidents.area[:, column] >= 0).all())


def test_demand_of_gaps_is_that_of_the_build_and_follows_the_filter(city) -> None:
    usual = Filters()
    for name in ("incidents", "calls"):
        built = getattr(city.store.gaps, f"{name}_per_year")
        assert city.gap_demand(name, usual) == pytest.approx(built, abs=1e-3)
    rows = city.gaps(usual)
    word = city.terms.categories[0]
    theft = city.gaps(chosen(city, categories=[word]))

    assert [one.rank for one in rows] == list(range(1, len(rows) + 1))
    assert [one.row for one in rows] == np.argsort(city.store.gaps.rank)[:200].tolist()
    demand = [one.incidents_per_year for one in theft]
    assert demand == pytest.approx(sorted(demand, reverse=True))
    whole = {one.row: one.incidents_per_year for one in rows}
    assert all(
        one.incidents_per_year <= whole[one.row] + 1e-3
        for one in theft
        if one.row in whole
    )
    assert city.gaps_note(usual) == ""
    assert city.gaps_note(Filters(light="night")).startswith("The outlines are")


def test_gaps_of_few_events_have_no_rate_and_come_after_those_that_have(city) -> None:
    protected = np.zeros(len(city.store.incidents), np.bool_)
    guarded = protecting(city, protected, least=5)
    years = city.store.meta["incidents"]["years"]
    word = city.terms.categories[0]
    for filters in (Filters(), chosen(city, categories=[word]), Filters(light="night")):
        every = {one.row: one for one in city.gaps(filters, most=10_000)}
        listed = guarded.gaps(filters, most=10_000)
        told = [one.incidents_per_year for one in listed]
        few = [one for one in listed if one.incidents_per_year is None]

        assert few
        assert len(listed) == len(every)
        for one in listed:
            events = every[one.row].incidents_per_year * years
            # None at all is not told from some, so that no filter says where one was.
            assert (one.incidents_per_year is None) == (events < 5.0 - 1e-6)
            assert one.incidents_per_year is not None or one.incidents_low is None
            assert one.incidents_below == pytest.approx(5.0 / years)
        ranked = [0.0 if rate is None else rate for rate in told]
        assert ranked == pytest.approx(sorted(ranked, reverse=True), abs=1e-5)
        # Nothing of a rate that is not told shows in where it stands.
        streets = [one.street_m for one in few if one.calls_per_year is None]
        assert streets == sorted(streets, reverse=True)
    assert "fewer than 5 events" in guarded.gaps_note(Filters())


def test_a_rate_that_is_not_told_is_not_sent_either(tmp_path) -> None:
    guarded = guarded_town(tmp_path, least=5)
    row = gap_rows(guarded.gaps(Filters()))[0]

    assert row["incidents"] == "too few"
    assert row["values"] == {"incidents": None, "calls": 0.0, "street": 40.0}
    assert row["range"] == ""


def test_gaps_outside_the_chosen_area_are_not_listed(city) -> None:
    kind = city.terms.area_kinds[-1]
    rows = [one.row for one in city.terms.areas if one.kind == kind]

    listed = [
        {gap.row for gap in city.gaps(Filters(area=(kind, row)), most=10_000)}
        for row in rows
    ]

    assert all(len(one) < len(city.store.gaps) for one in listed)
    with_street = {
        int(gap)
        for places in (city.store.streets, city.store.ground)
        for gap in places.gap[places.area[:, -1] >= 0]
        if gap >= 0
    }
    assert with_street <= set().union(*listed)


def test_a_rate_of_some_days_is_of_their_share_of_a_year(city) -> None:
    told = city.store.meta["incidents"]
    last = date.fromisoformat(told["to_day"])
    quarter = Filters(date_from=last.replace(month=10, day=1), date_to=last)
    one_day = Filters(date_from=last, date_to=last)

    assert city.per_year("incidents", Filters()) == pytest.approx(1 / told["years"])
    days = (last - quarter.date_from).days + 1
    assert city.per_year("incidents", quarter) == pytest.approx(365.25 / days)
    # A day is not blown up to a year.
    assert city.per_year("incidents", one_day) == pytest.approx(365.25 / 30)


def test_counts_agree_with_going_through_the_events(city) -> None:
    events, words = city.store.incidents, city.terms.categories
    kind = city.terms.area_kinds[0]
    row = int(np.bincount(events.area[:, 0][events.area[:, 0] >= 0]).argmax())
    some = chosen(
        city,
        area=[kind, row],
        dates=["2024-01-01", "2025-06-30"],
        categories=list(words[:4]),
        hours=[int(at % 24 < 12) for at in range(168)],
    )

    expected = 0.0
    for at in range(len(events)):
        if not events.counted[at] or events.area[at, 0] != row:
            continue
        if words[events.category[at]] not in words[:4]:
            continue
        begin, end = int(events.from_min[at]), int(events.to_min[at])
        day = np.datetime64("1970-01-01") + np.timedelta64(begin // 1440, "D")
        if not np.datetime64("2024-01-01") <= day <= np.datetime64("2025-06-30"):
            continue
        end = begin if end == UNKNOWN_MIN else end
        if end - begin > 10_080:
            expected += 0.5
            continue
        minutes = np.arange(begin, max(end, begin + 1))
        expected += float(((minutes // 60) % 24 < 12).mean())

    left = city.counts(some).incidents
    assert left.left == pytest.approx(expected, rel=1e-5)
    assert left.total == int(events.counted.sum())
    assert sum(left.by_category[word] for word in words[:4]) == pytest.approx(left.left)
    assert sum(left.by_category.values()) > left.left
