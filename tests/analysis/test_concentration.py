"""Whether the cameras are where the harm is, and whether that is more than luck."""

from __future__ import annotations

import json

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csc_array, csr_array
from scipy.stats import false_discovery_control
from shapely import Point

from coveragekit.analysis import concentration, prediction_accuracy_index
from coveragekit.analysis.concentration import _adjusted
from coveragekit.analysis.street_line import StreetLine
from coveragekit.errors import CRSError, InputError
from tests.analysis.city import CRS, draw_town
from tests.strategies import examples

X = np.arange(1.0, 1000.0, 2.0)


def street(seen) -> gpd.GeoDataFrame:
    # One street of 1 km, a sample every 2 m.
    return gpd.GeoDataFrame(
        {"street": 0, "length_m": 2.0, "seen_probability": np.asarray(seen, float)},
        geometry=gpd.points_from_xy(X, 0.0 * X),
        crs=CRS,
    )


def incidents(x, seen, **columns) -> gpd.GeoDataFrame:
    x = np.asarray(x, float)
    return gpd.GeoDataFrame(
        {"seen_probability": np.asarray(seen, float), **columns},
        geometry=gpd.points_from_xy(x, 0.0 * x + 4.0),
        crs=CRS,
    )


# A quarter of the street is seen; 60 of 80 incidents happen there, at 20 places.
QUARTER = street(X < 250.0)
PLACES = np.r_[np.linspace(5, 245, 15).repeat(4), np.linspace(300, 990, 20)]


def test_the_concentration_is_the_accuracy_index_of_the_cameras() -> None:
    found = concentration(
        incidents(PLACES, PLACES < 250), QUARTER, rng=1, permutations=99
    ).overall

    assert found["incidents"] == 80
    assert found["incident_share"] == 0.75
    assert found["street_share"] == 0.25
    assert found["value"] == 3.0
    assert found["value"] == prediction_accuracy_index(
        60, 80, area=250.0, total_area=1000.0
    )
    assert found["low"] < 3.0 < found["high"]


def test_one_view_at_one_busy_corner_is_no_proof() -> None:
    # A single block of street is as likely anywhere: a quarter of all moves would see
    # at least half as much, and the figure alone, three times, would have misled.
    found = concentration(
        incidents(PLACES, PLACES < 250), QUARTER, rng=1, permutations=999
    ).overall

    assert found["p"] < 0.1
    alone = np.r_[np.full(60, 100.0), np.linspace(1, 999, 40)]
    judged = incidents(alone, alone < 250)
    found = concentration(judged, QUARTER, rng=1, permutations=999).overall
    # By hand: the corner at 100 m is seen by a quarter of all moves.
    assert found["value"] == 2.8
    assert found["p"] == pytest.approx(0.25, abs=0.05)
    assert found["verdict"] == "no more than chance"


def test_what_is_rare_everywhere_but_on_camera_is_less_than_chance() -> None:
    spots = np.random.default_rng(3).permutation(500)[:100] * 2.0
    seen = np.isin(X - 1.0, spots)
    elsewhere = X[~seen]

    found = concentration(
        incidents(elsewhere, np.zeros(len(elsewhere))), street(seen), rng=1
    ).overall

    assert found["value"] == 0.0
    assert found["verdict"] == "less than chance"
    assert found["p_less"] == 0.001


def test_the_weight_of_harm_counts_and_a_missing_one_is_one() -> None:
    harm = np.where(PLACES < 250, 2.0, np.nan)

    found = concentration(
        incidents(PLACES, PLACES < 250, weight=harm), QUARTER, rng=1, permutations=9
    ).overall

    assert found["weight"] == 140.0
    assert found["incidents"] == 80
    assert found["value"] == pytest.approx(120 / 140 / 0.25)


def test_the_headline_is_what_shows_on_the_street_and_all_stands_beside() -> None:
    on_street = np.arange(80) % 2 == 0

    found = concentration(
        incidents(PLACES, PLACES < 250, street_visible=on_street),
        QUARTER,
        rng=1,
        permutations=9,
    )

    assert found.overall["group"] == "street-visible"
    assert found.overall["incidents"] == 40
    assert found.overall_all["group"] == "all"
    assert found.overall_all["incidents"] == 80


def test_categories_are_told_apart_the_largest_first() -> None:
    kinds = np.where(np.arange(80) < 50, "theft", "assault").astype(object)
    kinds[79] = None
    judged = incidents(PLACES, PLACES < 250, category=kinds)

    table = concentration(judged, QUARTER, rng=1, permutations=9).by_category

    assert table["group"].tolist() == ["theft", "assault", "not given"]
    assert table["incidents"].tolist() == [50, 29, 1]
    assert table["value"].tolist()[:2] == pytest.approx([4.0, 10 / 29 * 4])
    assert np.isnan(table["value"][2])
    assert table["reason"][2] == ("0.2 incidents would be seen by chance, fewer than 5")
    assert table["verdict"][2] is None


def test_hours_of_the_week_are_told_by_hour_of_the_day() -> None:
    # Seen ones on Monday and Sunday at 22 to 23, the others half at 3 and half at 4.
    hours = np.zeros((80, 168))
    hours[:60, 22] = 0.5
    hours[:60, 6 * 24 + 22] = 0.5
    hours[60:, 3] = 0.5
    hours[60:, 4] = 0.5
    judged = incidents(PLACES, PLACES < 250)

    table = concentration(
        judged, QUARTER, rng=1, hours=csr_array(hours), permutations=9
    ).by_hour

    assert table["group"].tolist()[22:] == ["22-23", "23-24"]
    assert len(table) == 24
    assert table["incidents"].tolist()[22] == 60
    assert table["incidents"].tolist()[3:5] == [10, 10]
    assert table["value"][22] == 4.0
    assert table["reason"][3].startswith("2.5 incidents would be seen")
    assert table["reason"][12] == "there are no incidents"


def test_hours_of_incidents_left_out_or_hidden_count_in_no_hour() -> None:
    seen = np.where(abs(PLACES - 300) < 99, np.nan, PLACES < 250)
    shown = np.arange(80) % 4 > 0
    weight = np.where(shown, 2.0, 100.0)
    hours = np.zeros((80, 168))
    hours[np.arange(80), 24 + np.arange(80) % 24] = 1.0
    given_hours = csr_array(hours)

    table = concentration(
        incidents(PLACES, seen, street_visible=shown, weight=weight),
        QUARTER,
        rng=1,
        hours=given_hours,
        permutations=9,
    ).by_hour

    counted = shown & ~np.isnan(seen)
    wanted = np.bincount(np.arange(80)[counted] % 24, minlength=24)
    assert table["incidents"].tolist() == wanted.tolist()
    assert table["weight"].tolist() == (2.0 * wanted).tolist()
    assert (given_hours.toarray() == hours).all()


def test_a_place_is_one_however_differently_its_incidents_are_seen() -> None:
    # Four places; seen as surely as the light of each incident had it.
    x = np.repeat([10.0, 100.0, 400.0, 800.0], 25)
    seen = np.tile(np.linspace(0.0, 1.0, 25), 4)

    found = concentration(incidents(x, seen), QUARTER, rng=1, permutations=9).overall

    assert found["reason"] == "they lie at 4 places, fewer than 5"
    assert found["incident_share"] == pytest.approx(0.5)


def test_drawing_lots_of_places_gives_the_interval_that_drawing_places_does(
    monkeypatch,
) -> None:
    rng = np.random.default_rng(6)
    # A thousand places of one to nine incidents, and one of a hundred.
    spots = np.repeat(rng.uniform(0, 1000, 1001), np.r_[100, rng.integers(1, 10, 1000)])
    judged = incidents(spots, (spots % 400 < 100) * rng.random(len(spots)))

    def width() -> float:
        found = concentration(judged, QUARTER, rng=3, permutations=4000).overall
        assert found["low"] < found["value"] < found["high"]
        return float(found["high"] - found["low"])

    one_by_one = width()
    # What a ratio of sums over places deviates by; 90 % lie within 1.645 of that.
    load = np.bincount(np.unique(spots, return_inverse=True)[1])
    seen = np.bincount(
        np.unique(spots, return_inverse=True)[1], judged["seen_probability"]
    )
    rest = seen - seen.sum() / load.sum() * load
    wanted = 2 * 1.645 * np.sqrt((rest**2).sum()) / load.sum() / 0.25
    assert one_by_one == pytest.approx(wanted, rel=0.06)
    monkeypatch.setattr("coveragekit.analysis.chance.LOTS", 250)

    # 250 lots tell the width to 4 %, drawing 4,000 times to 2 %: two such errors.
    assert width() == pytest.approx(one_by_one, rel=0.10)


def test_few_places_give_no_figure() -> None:
    judged = incidents([10.0] * 50 + [400.0] * 50, [1.0] * 50 + [0.0] * 50)

    found = concentration(judged, QUARTER, rng=1, permutations=9).overall

    assert found["reason"] == "they lie at 2 places, fewer than 5"
    for name in ("value", "low", "high", "p", "at_street", "chance_low"):
        assert np.isnan(found[name])
    # What was counted is told all the same.
    assert found["incident_share"] == 0.5


def test_incidents_outside_the_study_area_are_left_out() -> None:
    seen = np.where(PLACES > 900, np.nan, PLACES < 250)

    found = concentration(incidents(PLACES, seen), QUARTER, rng=1, permutations=9)

    assert found.overall["incidents"] == np.count_nonzero(PLACES <= 900)


def test_where_no_street_is_seen_there_is_nothing_to_compare_with() -> None:
    blind = street(np.zeros(500))

    found = concentration(incidents(PLACES, PLACES < 0), blind, rng=1).overall

    assert found["reason"] == "no camera sees any of the streets"
    assert np.isnan(found["value"])


@pytest.mark.parametrize("samples", [QUARTER, QUARTER.iloc[:0]])
def test_without_incidents_there_is_a_reason_and_no_figure(samples) -> None:
    found = concentration(incidents([], []), samples, rng=1).overall

    assert found["incidents"] == 0
    assert isinstance(found["reason"], str)
    assert found["verdict"] is None


def test_every_street_seen_is_exactly_chance() -> None:
    found = concentration(
        incidents(PLACES, np.ones(80)), street(np.ones(500)), rng=1, permutations=49
    ).overall

    assert found["value"] == found["low"] == found["high"] == 1.0
    # Every move gives the same: a tie counts as as much, and as as little.
    assert found["p"] == found["p_less"] == 1.0
    assert found["verdict"] == "no more than chance"


def test_the_same_seed_gives_the_same_and_nothing_given_is_changed() -> None:
    judged = incidents(PLACES, PLACES < 250)
    samples = street(np.random.default_rng(4).random(500))
    given = samples.copy()

    first = concentration(judged, samples, rng=7, permutations=50).to_dict()
    again = concentration(judged, samples, rng=7, permutations=50).to_dict()
    other = concentration(judged, samples, rng=8, permutations=50).to_dict()

    assert first == again
    assert first["overall"]["chance_high"] != other["overall"]["chance_high"]
    pd.testing.assert_frame_equal(judged, incidents(PLACES, PLACES < 250))
    pd.testing.assert_frame_equal(samples, given)


def test_the_order_of_incidents_does_not_matter_to_the_figure_or_to_chance() -> None:
    judged = incidents(PLACES, PLACES < 250)

    first = concentration(judged, QUARTER, rng=7, permutations=50).overall
    back = concentration(judged[::-1], QUARTER, rng=7, permutations=50).overall

    for name in ("value", "at_street", "p", "p_less", "chance_low", "chance_high"):
        assert first[name] == pytest.approx(back[name])


def test_the_dictionary_is_plain_enough_for_json() -> None:
    kinds = np.where(np.arange(80) < 78, "theft", "arson")
    judged = incidents(PLACES, PLACES < 250, category=kinds)

    told = concentration(judged, QUARTER, rng=1, permutations=9).to_dict()

    again = json.loads(json.dumps(told, allow_nan=False))
    assert again["overall"]["value"] == 3.0
    assert again["overall"]["reason"] is None
    assert again["by_category"][1]["value"] is None
    assert again["by_hour"] == []
    assert again["permutations"] == 9
    assert "without regard to where incidents happen" in again["null"]


def test_the_figure_at_the_street_judges_incidents_and_streets_alike() -> None:
    # Every front is hidden though the street before it is seen.
    found = concentration(
        incidents(PLACES, np.zeros(80)), QUARTER, rng=1, permutations=9
    ).overall

    assert found["value"] == 0.0
    assert found["at_street"] == 3.0


# The line of all streets.


def test_streets_lie_end_to_end_in_cells_of_equal_length() -> None:
    # Two streets of 40 and 20 m in pieces of 10 and 5 m.
    samples = gpd.GeoDataFrame(
        {
            "street": [0, 0, 0, 0, 1, 1, 1, 1],
            "length_m": [10.0] * 4 + [5.0] * 4,
            "seen_probability": [1.0, 0, 0, 0, 0.5, 0.5, 0, 0],
        },
        geometry=[Point(x, 0) for x in (5, 15, 25, 35, 900, 905, 910, 915)],
        crs=CRS,
    )

    line = StreetLine.of_samples(samples)

    assert line.length_m == 60.0
    assert line.seen_m == 15.0
    assert line.share == 0.25
    # Eight cells of 7.5 m; whichever street comes first, each keeps its order.
    there = line.seen[line.cell_of]
    assert there.tolist() == [1.0, 0.0, 0.0, 0.0, 0.5, 0.5, 0.0, 0.0]
    assert (np.diff(line.cell_of[:4]) > 0).all()
    assert (np.diff(line.cell_of[4:]) >= 0).all()


def test_neighbouring_streets_lie_next_to_each_other_whatever_their_rows() -> None:
    # The second street of the table is far from the first and the third.
    x = np.r_[5, 10, 15, 20, 1900, 1905, 1910, 1915, 45, 50, 55, 60]
    seen = np.arange(12) / 12
    samples = gpd.GeoDataFrame(
        {"street": np.repeat([7, 8, 9], 4), "length_m": 5.0, "seen_probability": seen},
        geometry=gpd.points_from_xy(x, 0 * x),
        crs=CRS,
    )

    line = StreetLine.of_samples(samples)

    assert line.seen[line.cell_of].tolist() == seen.tolist()
    assert line.cell_of.tolist() == [0, 1, 2, 3, 8, 9, 10, 11, 4, 5, 6, 7]


def test_moving_the_views_on_and_on_shows_every_place_the_whole_street() -> None:
    line = StreetLine.of_samples(street(np.random.default_rng(2).random(500)))

    two = csc_array(([1.0, 1.0], ([0, 77], [0, 1])), shape=(500, 2))

    moved = line.met(two, np.arange(500))

    assert moved[:, 0] == pytest.approx([line.seen[0], line.seen[77]])
    assert moved[:, 430] == pytest.approx([line.seen[430], line.seen[7]])
    assert np.sort(moved[1]) == pytest.approx(np.sort(line.seen))
    assert moved.mean() == pytest.approx(line.share)


@examples(40)
@given(seed=st.integers(0, 2**32 - 1), count=st.integers(1, 60))
def test_each_move_meets_what_lies_under_the_moved_views(seed, count) -> None:
    rng = np.random.default_rng(seed)
    samples = gpd.GeoDataFrame(
        {"street": 0, "length_m": 2.0, "seen_probability": rng.random(count)},
        geometry=gpd.points_from_xy(np.arange(count), np.zeros(count)),
        crs=CRS,
    )
    line = StreetLine.of_samples(samples)
    cells = len(line.seen)
    loads = rng.integers(0, 3, (cells, 5)) * rng.random(5)
    shifts = rng.integers(0, cells, 7)

    met = line.met(csc_array(loads), shifts)

    for row, group in enumerate(loads.T):
        for column, shift in enumerate(shifts):
            by_hand = sum(
                load * line.seen[(cell + shift) % cells]
                for cell, load in enumerate(group)
            )
            assert met[row, column] == pytest.approx(by_hand, abs=1e-12)


def test_a_line_has_a_few_more_cells_than_samples_where_that_is_quicker() -> None:
    # A prime number of samples, the last one without any length.
    length = np.full(101, 2.0)
    length[-1] = 0.0
    samples = gpd.GeoDataFrame(
        {"street": 0, "length_m": length, "seen_probability": np.arange(101) / 101},
        geometry=gpd.points_from_xy(np.arange(101), np.zeros(101)),
        crs=CRS,
    )

    line = StreetLine.of_samples(samples)

    assert len(line.seen) == 108
    assert line.cell_of.max() == 107
    assert np.abs(line.seen[line.cell_of[:-1]] - np.arange(100) / 101).max() <= 1 / 101


# Refusals.


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: concentration(
                incidents(PLACES, PLACES < 250).drop(columns="seen_probability"),
                QUARTER,
                rng=1,
            ),
            "incidents have no column 'seen_probability'",
        ),
        (
            lambda: concentration(
                incidents([1.0], [1.0]), QUARTER.drop(columns="length_m"), rng=1
            ),
            "samples have no column 'street' or no 'length_m'",
        ),
        (
            lambda: concentration(incidents([1.0], [2.0]), QUARTER, rng=1),
            "incident 0: seen_probability is 2; allowed: 0 to 1",
        ),
        (
            lambda: concentration(
                incidents([1.0], [1.0], weight=[-2.0]), QUARTER, rng=1
            ),
            "incident 0: weight is -2; allowed: 0 to",
        ),
        (
            lambda: concentration(incidents([1.0], [1.0]), street(X), rng=1),
            "sample 1: seen_probability is 3; allowed: 0 to 1",
        ),
        (
            lambda: concentration(
                incidents([1.0], [1.0]), street(np.full(500, np.nan)), rng=1
            ),
            "sample 0: seen_probability is nan",
        ),
        (
            lambda: concentration(
                incidents([1.0], [1.0]), QUARTER, rng=1, permutations=0
            ),
            "permutations is 0; allowed: 1 or more",
        ),
        (
            lambda: concentration(
                incidents([1.0], [1.0]), QUARTER, rng=1, hours=csr_array((1, 24))
            ),
            r"hours have the shape \(1, 24\); allowed: 1 incidents by 168",
        ),
        (
            lambda: concentration(
                gpd.GeoDataFrame(
                    {"seen_probability": [1.0]}, geometry=[None], crs=CRS, index=["x"]
                ),
                QUARTER,
                rng=1,
            ),
            "incident x has no Point",
        ),
    ],
)
def test_what_cannot_be_compared_is_refused(call, message) -> None:
    with pytest.raises(InputError, match=message):
        call()


def test_degrees_and_two_crs_are_refused() -> None:
    with pytest.raises(CRSError):
        concentration(incidents([1.0], [1.0]).to_crs(4326), QUARTER, rng=1)
    with pytest.raises(CRSError):
        concentration(incidents([1.0], [1.0]), QUARTER.to_crs(4326), rng=1)


# Towns whose truth is known.


@pytest.mark.slow
def test_cameras_placed_at_random_are_called_more_than_chance_as_rarely_as_said() -> (
    None
):
    chances = []
    for seed in range(100):
        rng = np.random.default_rng(seed)
        town = draw_town(rng)
        judged = town.incidents(600, rng)
        found = concentration(judged, town.samples(), rng=rng, permutations=99)
        chances.append(found.overall["p"])

    # Uniform: three standard errors of 100 towns either way.
    assert np.mean(np.array(chances) <= 0.05) < 0.12
    assert np.mean(np.array(chances) <= 0.5) == pytest.approx(0.5, abs=0.15)
    assert np.mean(np.array(chances) <= 0.8) == pytest.approx(0.8, abs=0.12)


def test_cameras_put_where_harm_is_are_found_out() -> None:
    verdicts, values = [], []
    for seed in range(30):
        rng = np.random.default_rng(seed)
        town = draw_town(rng, cameras=40, at_harm=0.8)
        judged = town.incidents(600, rng)
        found = concentration(judged, town.samples(), rng=rng, permutations=99)
        verdicts.append(found.overall["verdict"])
        values.append(found.overall["value"])

    assert min(values) > 1.0
    assert verdicts.count("more than chance") >= 24
    assert "less than chance" not in verdicts


def test_the_interval_holds_the_truth_nine_times_of_ten() -> None:
    town = draw_town(np.random.default_rng(5), at_harm=0.3)
    samples, held = town.samples(), []
    for seed in range(100):
        rng = np.random.default_rng(seed)
        judged = town.incidents(600, rng)
        found = concentration(judged, samples, rng=rng, permutations=199)
        held.append(found.overall["low"] <= town.truth <= found.overall["high"])

    assert 0.82 <= np.mean(held) <= 0.97


@given(st.lists(st.floats(0.0, 1.0), min_size=1, max_size=40))
def test_chances_are_adjusted_as_scipy_does(chances):
    told = _adjusted(np.array(chances))

    np.testing.assert_allclose(told, false_discovery_control(chances), rtol=1e-12)
