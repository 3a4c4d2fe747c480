"""How well places chosen beforehand caught what happened in them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coveragekit.analysis import hot_spot_quality, prediction_accuracy_index
from coveragekit.errors import InputError
from tests.strategies import examples


def test_thirty_per_cent_of_events_in_five_per_cent_of_the_area_are_six_times() -> None:
    assert prediction_accuracy_index(120, 400, area=5.0, total_area=100.0) == 6.0


def test_covering_everything_is_no_better_than_not_looking() -> None:
    assert prediction_accuracy_index(7, 7, area=3.0, total_area=3.0) == 1.0
    assert prediction_accuracy_index(0, 7, area=3.0, total_area=3.0) == 0.0


def test_without_events_or_without_an_area_there_is_no_index() -> None:
    assert prediction_accuracy_index(0, 0, area=1.0, total_area=2.0) is None
    assert prediction_accuracy_index(0, 5, area=0.0, total_area=2.0) is None


@pytest.mark.parametrize(
    ("numbers", "message"),
    [
        ((5, 4, 1.0, 2.0), "events caught: 5 of 4; allowed: 0 to the total"),
        ((-1, 4, 1.0, 2.0), "events caught: -1 of 4"),
        ((1, 4, 3.0, 2.0), "area chosen: 3 of 2"),
        ((1, 4, 1.0, np.inf), "area chosen: 1 of inf"),
        ((np.nan, 4, 1.0, 2.0), "events caught: nan of 4"),
    ],
)
def test_parts_larger_than_their_whole_are_refused(numbers, message) -> None:
    caught, total, area, total_area = numbers

    with pytest.raises(InputError, match=message):
        prediction_accuracy_index(caught, total, area=area, total_area=total_area)


def test_the_published_vector_holds() -> None:
    # ptools' own test: observed 6, 3, 0; predicted 3, 2, 1; equal areas.
    table = hot_spot_quality([6, 3, 0], [3, 2, 1])

    assert table["pai"].tolist() == [2.0, 1.5, 1.0]
    assert table["pei"].tolist() == [1.0, 1.0, 1.0]
    assert table["rri"].tolist() == [3 / 6, 5 / 9, 6 / 9]


def test_places_are_chosen_by_forecast_density() -> None:
    # The second place has the most, but on four times the area.
    table = hot_spot_quality([4, 4, 2], [2, 6, 1], area=[1.0, 4.0, 5.0])

    assert table["place"].tolist() == [0, 1, 2]
    assert table["area_share"].tolist() == [0.1, 0.5, 1.0]
    assert table["pai"].tolist() == pytest.approx([4.0, 1.6, 1.0])


def test_a_tie_never_flatters() -> None:
    table = hot_spot_quality([5, 0, 1], [1, 1, 1])

    assert table["place"].tolist() == [1, 2, 0]
    assert table["observed"].tolist() == [0.0, 1.0, 6.0]
    assert table["pei"].tolist() == pytest.approx([0.0, 1 / 6, 1.0])


def test_the_best_possible_takes_the_densest_place_in_part() -> None:
    # Two of three units of area chosen; the best would be all of the last place and
    # half of the first: 6 + 1.
    table = hot_spot_quality([2, 6], [9, 1], area=[2.0, 1.0])

    assert table["pei"].tolist() == pytest.approx([2 / 7, 1.0])


def test_where_nothing_happened_nothing_can_be_said() -> None:
    table = hot_spot_quality([0, 0], [1, 2])

    assert table[["pai", "pei", "rri"]].isna().all(axis=None)
    assert len(hot_spot_quality([], [])) == 0


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: hot_spot_quality([1, 2], [1]), r"predicted has the shape \(1,\)"),
        (lambda: hot_spot_quality([[1]], [1]), r"observed has the shape \(1, 1\)"),
        (lambda: hot_spot_quality([-1], [1]), "observed is -1; allowed: 0 or more"),
        (lambda: hot_spot_quality([1], [np.inf]), "predicted is inf"),
        (lambda: hot_spot_quality([1], [1], [0.0]), "an area is 0; allowed: more"),
    ],
)
def test_forecasts_that_cannot_be_judged_are_refused(call, message) -> None:
    with pytest.raises(InputError, match=message):
        call()


@examples(50)
@given(seed=st.integers(0, 2**32 - 1), places=st.integers(1, 12))
def test_no_choice_is_better_than_the_best_and_all_of_it_is_one(seed, places) -> None:
    rng = np.random.default_rng(seed)
    observed = rng.integers(0, 5, places)
    area = rng.integers(1, 4, places)

    table = hot_spot_quality(observed, rng.integers(0, 5, places), area)

    assert (table["pei"].dropna() <= 1.0 + 1e-12).all()
    if observed.any():
        assert table["pai"].iloc[-1] == pytest.approx(1.0)
        last = prediction_accuracy_index(
            table["observed"][0],
            observed.sum(),
            area=table["area_share"][0] * area.sum(),
            total_area=area.sum(),
        )
        assert table["pai"][0] == pytest.approx(last)
