"""What each camera is worth: what would be lost without it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_array

from coveragekit.coverage import camera_losses, most_important, point_share
from coveragekit.errors import InputError
from tests.strategies import examples


def matrix(*rows) -> csr_array:
    return csr_array(np.array(rows, dtype=bool))


def test_a_camera_is_worth_what_only_it_sees() -> None:
    # Metres of street: the first sees 10 alone, both see 20, the second 5 alone.
    sees = matrix([1, 0], [1, 1], [0, 1])

    losses = camera_losses(sees, [1.0, 1.0], weights=[10.0, 20.0, 5.0])

    assert losses.tolist() == [10.0, 5.0]


def test_an_unknown_bearing_is_worth_its_chance_where_nobody_else_looks() -> None:
    # By hand: 8 * .25 * (1 - .5) and 8 * .5 * (1 - .25).
    losses = camera_losses(matrix([1, 1]), [0.25, 0.5], weights=[8.0])

    assert losses.tolist() == [1.0, 3.0]


def test_a_certain_camera_leaves_nothing_to_lose_to_the_others() -> None:
    losses = camera_losses(matrix([1, 1, 1]), [1.0, 0.5, 0.75], weights=[8.0])

    assert losses.tolist() == [1.0, 0.0, 0.0]


def test_two_certain_cameras_stand_in_for_each_other_exactly() -> None:
    losses = camera_losses(matrix([1, 1, 1]), [1.0, 1.0, 0.3])

    assert losses.tolist() == [0.0, 0.0, 0.0]


def test_cameras_that_see_nothing_or_surely_do_not_look_are_worth_nothing() -> None:
    losses = camera_losses(matrix([1, 0, 1]), [0.0, 1.0, 0.5])

    assert losses.tolist() == [0.0, 0.0, 0.5]


def test_entries_stored_as_false_do_not_count() -> None:
    sees = csr_array((np.array([True, False]), ([0, 0], [0, 1])), shape=(1, 2))

    assert camera_losses(sees, [1.0, 1.0]).tolist() == [1.0, 0.0]


def test_no_points_and_no_cameras_have_no_losses() -> None:
    empty = csr_array((0, 2), dtype=bool)

    assert camera_losses(empty, [1.0, 1.0]).tolist() == [0.0, 0.0]
    assert camera_losses(csr_array((3, 0), dtype=bool), []).tolist() == []


def test_the_views_of_a_camera_that_turns_are_lost_together() -> None:
    # Metres: 10 seen from both presets of the mast, 20 from one of them and the bank.
    sees = matrix([1, 1, 0], [0, 1, 1])

    losses = camera_losses(
        sees, [0.5, 0.5, 0.5], [10.0, 20.0], units=["mast", "mast", "bank"]
    )

    # By hand: 10 * 1 + 20 * .5 * (1 - .5), and 20 * .5 * (1 - .5).
    assert losses.tolist() == [15.0, 5.0]


def test_a_camera_without_a_label_is_refused() -> None:
    with pytest.raises(InputError, match="the label of column 2 is missing in units"):
        camera_losses(
            matrix([1, 1, 1]), [0.5] * 3, units=np.array(["a", "a", None], object)
        )


@examples(60)
@given(
    seed=st.integers(0, 2**32 - 1), points=st.integers(1, 30), cameras=st.integers(1, 7)
)
def test_a_loss_is_the_share_with_a_camera_less_the_share_without_it(
    seed, points, cameras
) -> None:
    rng = np.random.default_rng(seed)
    sees = csr_array(rng.random((points, cameras)) < 0.5)
    chance = rng.choice([0.0, 0.2, 0.5, 0.999999, 1.0], cameras)
    weights = rng.integers(0, 9, points).astype(float)
    before = sees.copy()

    losses = camera_losses(sees, chance, weights)
    units = rng.integers(0, 3, cameras)
    together = camera_losses(sees, chance, weights, units=units)

    whole = point_share(sees, chance, weights=weights).seen
    for camera in range(cameras):
        others = np.arange(cameras) != camera
        rest = point_share(sees, chance * others, weights=weights).seen
        assert losses[camera] == pytest.approx(whole - rest, abs=1e-9)
    assert losses.sum() <= whole + 1e-9
    whole = point_share(sees, chance, weights=weights, units=units).seen
    for unit, loss in zip(pd.unique(units), together, strict=True):
        kept = chance * (units != unit)
        rest = point_share(sees, kept, weights=weights, units=units).seen
        assert loss == pytest.approx(whole - rest, abs=1e-9)
    assert (losses >= 0.0).all()
    assert together.sum() <= whole + 1e-9
    assert (sees != before).nnz == 0


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: camera_losses(matrix([1, 1]), [1.0]), "shape .1,.*each of the 2"),
        (lambda: camera_losses(matrix([1]), [1.5]), r"probability is 1\.5; allowed"),
        (
            lambda: camera_losses(matrix([1]), [1.0], [1.0, 2.0]),
            "weights have the shape .2,.*each of the 1 points",
        ),
        (lambda: camera_losses(matrix([1]), [1.0], [-1.0]), "a weight is -1; allowed"),
        (lambda: camera_losses(matrix([1]), [1.0], [np.inf]), "a weight is inf"),
        (
            lambda: camera_losses(matrix([1, 1]), [1.0, 1.0], units=["a"]),
            "units have the shape .1,.*each of the 2 cameras",
        ),
    ],
)
def test_losses_of_what_cannot_be_are_refused(call, message) -> None:
    with pytest.raises(InputError, match=message):
        call()


def test_probabilities_may_come_as_a_series_of_any_index() -> None:
    chance = pd.Series([0.25, 0.5], index=["a", "b"])

    assert camera_losses(matrix([1, 1]), chance, [8.0]).tolist() == [1.0, 3.0]


# The list.

CAMERAS = pd.DataFrame(
    {"camera_id": ["d", "b", "c", "a"], "name": ["Dock", "Bank", None, "Alley"]},
    index=[7, 8, 9, 10],
)


def test_the_list_names_the_costliest_outages_first_and_says_what_each_costs() -> None:
    table = most_important(
        CAMERAS,
        {"street_length": [30.0, 80.0, 5.0, 0.0], "incidents": [9.0, 1.0, 0.0, 2.0]},
        {"street_length": 1000.0, "incidents": 20.0},
        top=2,
    )

    assert table["rank"].tolist() == [1, 2]
    assert table["camera_id"].tolist() == ["b", "d"]
    assert table["name"].tolist() == ["Bank", "Dock"]
    assert table["loss_street_length"].tolist() == [80.0, 30.0]
    assert table["loss_street_length_share"].tolist() == [0.08, 0.03]
    assert table["loss_incidents_share"].tolist() == [0.05, 0.45]


def test_the_list_may_be_ranked_by_another_measure() -> None:
    table = most_important(
        CAMERAS,
        {"street_length": [3.0, 8.0, 5.0, 0.0], "incidents": [9.0, 1.0, 0.0, 2.0]},
        {"street_length": 10.0, "incidents": 20.0},
        by="incidents",
    )

    # Camera c costs no incident and is left out.
    assert table["camera_id"].tolist() == ["d", "a", "b"]


def test_equal_losses_are_ranked_by_id() -> None:
    table = most_important(CAMERAS, {"x": [1.0, 1.0, 2.0, 1.0]}, {"x": 4.0})

    assert table["camera_id"].tolist() == ["c", "a", "b", "d"]


def test_cameras_without_names_and_measures_of_nothing_are_listed_all_the_same() -> (
    None
):
    table = most_important(
        CAMERAS[["camera_id"]], {"x": [1.0, 0.0, 0.0, 0.0]}, {"x": 0.0}
    )

    assert table["name"].tolist() == [None]
    assert table["loss_x_share"].isna().tolist() == [True]


def test_nobody_is_listed_where_nothing_would_be_lost() -> None:
    table = most_important(CAMERAS, {"x": np.zeros(4)}, {"x": 1.0})

    assert len(table) == 0
    assert "loss_x_share" in table.columns


@pytest.mark.parametrize(
    ("losses", "totals", "options", "message"),
    [
        ({}, {}, {}, r"losses are of \[\] and totals of \[\]; allowed: the same"),
        ({"x": [1.0] * 4}, {"y": 1.0}, {}, r"of \['x'\] and totals of \['y'\]"),
        ({"x": [1.0]}, {"x": 1.0}, {}, "'x' have the shape .1,.*each of the 4"),
        ({"x": [1.0] * 4}, {"x": 1.0}, {"by": "z"}, "by is 'z'; allowed: 'x'"),
        ({"x": [1.0] * 4}, {"x": 1.0}, {"top": -1}, "top is -1; allowed: 0 or more"),
    ],
)
def test_a_list_that_cannot_be_made_is_refused(
    losses, totals, options, message
) -> None:
    with pytest.raises(InputError, match=message):
        most_important(CAMERAS, losses, totals, **options)
