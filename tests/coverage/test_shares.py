"""Shares of ground and of points, as a whole and by groups of cameras."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_array
from shapely import box

from coveragekit.coverage import (
    Ground,
    Share,
    area_share,
    expected_covered,
    point_probability,
    point_share,
    point_sums,
)
from coveragekit.errors import CRSError, InputError
from tests.strategies import CRS, examples


def series(*polygons) -> gpd.GeoSeries:
    return gpd.GeoSeries(list(polygons), crs=CRS)


def table(*shapes) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(geometry=list(shapes), crs=CRS)


GROUND = box(0, 0, 10, 10)


def test_the_area_share_counts_public_ground_only() -> None:
    # 100 m2 less a house of 20; one view covers 30 of the rest.
    share = area_share(series(box(0, 0, 10, 3)), GROUND, table(box(0, 5, 10, 7)))

    assert share.total == 80.0
    assert share.seen == 30.0
    assert share.value == 0.375
    assert share.unit == "m2"


def test_views_into_houses_and_beyond_the_area_do_not_count() -> None:
    views = series(box(-50, 0, 60, 3), box(0, 5, 10, 7))

    share = area_share(views, GROUND, table(box(0, 5, 10, 7)))

    assert share.seen == 30.0


def test_groups_are_shared_out_each_by_itself() -> None:
    views = series(box(0, 0, 10, 4), box(0, 2, 10, 6), box(0, 9, 10, 10))
    tiers = {
        "public": np.array([True, False, False]),
        "integrated": np.array([False, True, True]),
        "nobody": np.zeros(3, dtype=bool),
    }

    share = area_share(views, GROUND, table(), groups=tiers)

    assert share.seen == 70.0
    assert dict(share.by_group) == {"public": 40.0, "integrated": 50.0, "nobody": 0.0}
    assert share.group_values == {"public": 0.4, "integrated": 0.5, "nobody": 0.0}


def test_an_unknown_bearing_counts_by_its_probability() -> None:
    views = series(box(0, 0, 10, 4), box(0, 0, 10, 2))

    share = area_share(views, GROUND, table(), probability=[0.5, 0.5])

    # 20 m2 at 0.75 and 20 m2 at 0.5.
    assert share.seen == pytest.approx(25.0)


def test_no_cameras_see_nothing_of_what_there_is() -> None:
    share = area_share(series(), GROUND, table())

    assert share.value == 0.0
    assert share.total == 100.0


def test_ground_that_is_all_built_over_has_no_share() -> None:
    assert area_share(series(GROUND), GROUND, table(GROUND)).value is None


def test_a_share_of_more_than_there_is_cannot_be() -> None:
    with pytest.raises(InputError, match="all cameras see 2 m of 1; allowed: 0 to"):
        Share(seen=2.0, total=1.0, unit="m")
    with pytest.raises(InputError, match="public cameras see -1 m"):
        Share(seen=0.0, total=1.0, unit="m", by_group={"public": -1.0})


def test_rounding_past_the_total_is_a_share_of_one() -> None:
    assert Share(seen=1.0 + 1e-9, total=1.0, unit="m").value == 1.0


# Points.

SEES = csr_array(
    np.array([[True, True, False], [False, True, False], [False, False, False]])
)


def test_a_point_is_seen_by_one_minus_the_product_of_what_its_cameras_miss() -> None:
    chance = point_probability(SEES, [0.5, 0.2, 0.9])

    assert chance.tolist() == pytest.approx([0.6, 0.2, 0.0])


def test_a_certain_camera_makes_a_point_exactly_seen() -> None:
    assert point_probability(SEES, [1.0, 0.3, 0.3])[0] == 1.0


def test_a_subset_of_cameras_leaves_the_others_out() -> None:
    chance = point_probability(SEES, [0.5, 0.2, 0.9], [True, False, True])

    assert chance.tolist() == [0.5, 0.0, 0.0]


def test_probabilities_may_come_as_a_series_of_any_index() -> None:
    chance = pd.Series([0.5, 0.2, 0.9], index=["a", "b", "c"])

    assert point_probability(SEES, chance).tolist() == pytest.approx([0.6, 0.2, 0.0])


def test_the_share_of_points_is_by_weight() -> None:
    share = point_share(
        SEES,
        [1.0, 0.5, 1.0],
        weights=[1.0, 2.0, 5.0],
        unit="m",
        groups={"second": np.array([False, True, False])},
    )

    assert share.total == 8.0
    assert share.seen == pytest.approx(1.0 + 1.0)
    assert share.value == 0.25
    assert dict(share.by_group) == {"second": pytest.approx(1.5)}


def test_no_points_have_no_share() -> None:
    share = point_share(csr_array((0, 2), dtype=np.bool_), [1.0, 1.0])

    assert share.value is None
    assert share.total == 0.0


def test_points_without_cameras_are_not_seen() -> None:
    assert point_share(csr_array((4, 0), dtype=np.bool_), []).value == 0.0


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: point_probability(SEES, [1.0]), "1 probabilities for 3 cameras"),
        (lambda: point_probability(SEES, [1.0, 2.0, 0.0]), "probability is 2"),
        (
            lambda: point_probability(SEES, [1.0] * 3, [True]),
            "group 'subset' has bool of shape",
        ),
        (
            lambda: point_share(SEES, [1.0] * 3, groups={"x": [0, 1, 1]}),
            "group 'x' has int64.*one True or False",
        ),
        (
            lambda: point_share(SEES, [1.0] * 3, weights=[1.0]),
            r"weights have the shape \(1,\)",
        ),
        (
            lambda: point_share(SEES, [1.0] * 3, weights=[1.0, -1.0, 1.0]),
            "a weight is -1; allowed: 0 or more",
        ),
        (
            lambda: point_share(SEES, [1.0] * 3, weights=[1.0, np.nan, 1.0]),
            "a weight is nan",
        ),
    ],
)
def test_points_that_cannot_be_shared_out_are_refused(call, message) -> None:
    with pytest.raises(InputError, match=message):
        call()


def test_views_and_buildings_of_two_crs_are_refused() -> None:
    houses = gpd.GeoDataFrame(geometry=[], crs=32617)

    with pytest.raises(CRSError, match="isovists and buildings have different CRS"):
        area_share(series(GROUND), GROUND, houses)


# Expected counts.


def test_the_expected_count_is_the_sum_of_probabilities() -> None:
    expected, variance = expected_covered([1.0, 0.5, 0.25, 0.0])

    assert expected == 1.75
    assert variance == 0.25 + 0.1875


def test_weights_count_once_in_the_mean_and_squared_in_the_variance() -> None:
    assert expected_covered([0.5], [3.0]) == (1.5, 2.25)


def test_points_outside_the_area_are_left_out() -> None:
    assert expected_covered([np.nan, 1.0], [7.0, 2.0]) == (2.0, 0.0)


def test_nothing_is_expected_of_no_points() -> None:
    assert expected_covered([]) == (0.0, 0.0)


def test_a_number_that_is_no_probability_is_refused() -> None:
    with pytest.raises(InputError, match=r"probability is 0\.5 to 1\.5"):
        expected_covered([0.5, 1.5])


def test_the_expected_count_matches_a_simulation() -> None:
    rng = np.random.default_rng(5)
    chance, weight = rng.random(200), rng.integers(1, 4, 200)
    draws = (rng.random((20_000, 200)) < chance) @ weight

    expected, variance = expected_covered(chance, weight)

    # Four standard errors of the mean, and of the variance of a near-normal sum.
    assert abs(draws.mean() - expected) < 4 * np.sqrt(variance / 20_000)
    assert draws.var() == pytest.approx(variance, rel=4 * np.sqrt(2 / 20_000))


@examples(40)
@given(
    seed=st.integers(0, 2**32 - 1), points=st.integers(1, 30), cameras=st.integers(1, 8)
)
def test_more_cameras_never_see_less_and_shares_stay_between_none_and_all(
    seed, points, cameras
) -> None:
    rng = np.random.default_rng(seed)
    sees = csr_array(rng.random((points, cameras)) < 0.4)
    chance = rng.choice([0.0, 0.2, 0.5, 1.0], cameras)
    keep = rng.random(cameras) < 0.5

    all_of_them = point_probability(sees, chance)
    some = point_probability(sees, chance, keep)

    dense = sees.toarray()
    wanted = 1.0 - np.prod(np.where(dense, 1.0 - chance, 1.0), axis=1)
    assert all_of_them == pytest.approx(wanted)
    assert (some <= all_of_them + 1e-12).all()
    assert ((all_of_them >= 0.0) & (all_of_them <= 1.0)).all()
    share = point_share(sees, chance, groups={"some": keep})
    assert share.by_group["some"] <= share.seen + 1e-9


def test_ground_at_hand_gives_the_same_share_call_after_call() -> None:
    houses = table(box(0, 5, 10, 7))
    views = series(box(0, 0, 10, 3), box(2, 0, 6, 10))
    ground = Ground.of(GROUND, houses)

    alone = area_share(views, GROUND, houses, probability=[0.5, 0.25])
    for _ in range(2):
        assert (
            area_share(views, GROUND, houses, probability=[0.5, 0.25], ground=ground)
            == alone
        )


@examples(60)
@given(data=st.data())
def test_sums_of_groups_are_those_of_each_group_alone(data) -> None:
    points, cameras = data.draw(st.tuples(st.integers(1, 9), st.integers(1, 6)))
    flags = st.lists(st.booleans(), min_size=cameras, max_size=cameras)
    sees = csr_array(np.array([data.draw(flags) for _ in range(points)]))
    chance = st.lists(st.floats(0.0, 1.0), min_size=cameras, max_size=cameras)
    probability = data.draw(chance)
    weights = data.draw(st.lists(st.floats(0.0, 9.0), min_size=points, max_size=points))
    groups = {name: np.array(data.draw(flags)) for name in ("one", "other")}
    labels = st.lists(st.sampled_from("abc"), min_size=cameras, max_size=cameras)
    units = data.draw(st.none() | labels)

    sums = point_sums(sees, probability, groups, weights=weights, units=units)

    for name, flag in groups.items():
        alone = point_probability(sees, probability, flag, units=units)
        assert sums[name] == pytest.approx(float((alone * weights).sum()))


def test_no_groups_have_no_sums_and_a_wrong_flag_is_refused() -> None:
    one = csr_array(np.array([[True]]))

    assert point_sums(one, [1.0], {}) == {}
    with pytest.raises(InputError, match=r"group 'live' has int64 of shape"):
        point_sums(one, [1.0], {"live": [1]})
    with pytest.raises(InputError, match="there are 2 probabilities for 1 cameras"):
        point_sums(one, [1.0, 0.5], {"live": np.array([True])})
