"""Choosing sites: against every choice there is, against HiGHS, and by its laws."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import coo_array, csr_array

from coveragekit.errors import InputError
from coveragekit.siting import (
    Multipliers,
    covered_worth,
    maximal_cover,
    stability,
    verify_bound,
)
from coveragekit.siting.merging import merge
from tests.oracles import choosing
from tests.siting.cities import clustered
from tests.strategies import examples

SQUARE = np.array([[1, 1, 0], [1, 0, 0], [0, 1, 1], [0, 0, 1]], dtype=bool)
WEIGHTS = [4.0, 2.0, 3.0, 2.0]


def test_a_planner_reads_what_to_build_and_how_good_it_is() -> None:
    plan = maximal_cover(SQUARE, WEIGHTS, choose=2)

    assert plan.selected.tolist() == [1, 0] or plan.selected.tolist() == [0, 2]
    assert plan.value == 11.0
    assert plan.bound == pytest.approx(11.0)
    assert plan.stopped_by == "proof"
    assert plan.proof == "the best possible"
    assert plan.covered_share == 1.0
    assert plan.further_gains.tolist() == [0.0, 0.0, 0.0]


@pytest.mark.parametrize("seed", range(60))
def test_small_questions_are_answered_as_by_looking_at_every_choice(seed: int) -> None:
    question = choosing.random_question(seed)
    best = choosing.best_of_all(question)
    ask = {**question.keywords(), "effort": "quick"}

    if best is None:
        with pytest.raises(InputError):
            maximal_cover(question.cover, question.weights, **ask)
        return
    plan = maximal_cover(question.cover, question.weights, **ask)
    proved = verify_bound(
        plan.multipliers, question.cover, question.weights, **question.keywords()
    )

    sites = plan.selected.tolist()
    assert plan.value == pytest.approx(best, abs=1e-9)
    assert choosing.worth(question, sites) == pytest.approx(plan.value, abs=1e-9)
    assert choosing.keeps(question, sites)
    assert plan.bound >= best - 1e-9
    assert proved >= best - 1e-9
    assert (np.diff(plan.gains) <= 1e-9).all()
    joint = [choosing.worth(question, sites[:count]) for count in range(len(sites) + 1)]
    assert plan.gains == pytest.approx(np.diff(joint), abs=1e-9)


def test_the_random_questions_hold_every_kind_of_term() -> None:
    asked = [choosing.random_question(seed) for seed in range(60)]
    terms = {name for question in asked for name in question.terms}

    assert terms == {
        *("choose", "costs", "budget", "required", "refused"),
        *("owners", "owner_cap", "areas", "floors"),
    }
    assert {len(question.levels) for question in asked} == {1, 2, 3}
    assert None in {choosing.best_of_all(question) for question in asked}


@pytest.mark.parametrize("seed", [1, 2])
def test_middle_questions_reach_the_optimum_of_another_programme(seed: int) -> None:
    cover, weights = clustered(150, 500, per_site=15.0, seed=seed)
    question = choosing.Question(
        cover.toarray().astype(float), weights, terms={"choose": 12}
    )

    best = choosing.best_by_programme(question)
    plan = maximal_cover(cover, weights, choose=12, effort="quick")

    assert plan.value == pytest.approx(best, rel=1e-8)
    assert best * (1.0 - 1e-9) <= plan.bound <= 1.01 * best


def test_the_certificate_is_what_a_plain_loop_makes_of_the_multipliers() -> None:
    cover, weights = clustered(60, 200, per_site=12.0)
    dense = cover.toarray().astype(float)
    question = choosing.Question(dense, weights, (1.0, 0.3), {"choose": 6})

    plan = maximal_cover(cover, weights, effort="quick", **question.keywords())
    proved = verify_bound(plan.multipliers, cover, weights, **question.keywords())

    by_hand = choosing.bound_of_prices(question, plan.multipliers.demand)
    assert proved == pytest.approx(by_hand, rel=1e-12)
    assert plan.value * (1.0 - 1e-9) <= proved <= 1.01 * plan.value


@given(st.data())
@examples(40)
def test_any_multipliers_prove_something_true(data: st.DataObject) -> None:
    question = choosing.random_question(data.draw(st.integers(100, 10_000)))
    rows = len(question.weights)
    price = st.floats(0.0, 12.0)
    prices = data.draw(st.lists(price, min_size=rows, max_size=rows))
    floors = [share for share in question.terms.get("floors", {}).values() if share]
    extra = data.draw(st.lists(price, min_size=len(floors), max_size=len(floors)))
    multipliers = Multipliers(np.array(prices), np.array(extra), data.draw(price))

    best = choosing.best_of_all(question)

    if best is not None:
        proved = verify_bound(
            multipliers, question.cover, question.weights, **question.keywords()
        )
        assert proved >= best - 1e-9 * max(1.0, best)


@given(st.integers(0, 10_000))
@examples(10)
def test_rows_sites_and_merging_are_irrelevant(seed: int) -> None:
    question = choosing.random_question(seed)
    question.terms = {"choose": min(3, question.cover.shape[1])}
    rng = np.random.default_rng(seed)
    rows = rng.permutation(len(question.weights))
    sites = rng.permutation(question.cover.shape[1])
    ask = {**question.keywords(), "effort": "quick"}

    plan = maximal_cover(question.cover, question.weights, **ask)
    turned = maximal_cover(
        question.cover[rows][:, sites], question.weights[rows], **ask
    )
    # each point in two halves
    doubled = maximal_cover(
        np.repeat(question.cover, 2, axis=0), np.repeat(question.weights, 2) / 2, **ask
    )

    assert turned.value == pytest.approx(plan.value, abs=1e-9)
    assert doubled.value == pytest.approx(plan.value, abs=1e-9)
    assert doubled.bound == pytest.approx(plan.bound, rel=1e-6, abs=1e-9)


@given(st.integers(0, 10_000))
@examples(8)
def test_more_sites_are_never_worth_less_and_each_adds_less(seed: int) -> None:
    question = choosing.random_question(seed)
    most = question.cover.shape[1]

    values = [
        maximal_cover(
            question.cover,
            question.weights,
            choose=count,
            level_values=question.levels,
            effort="quick",
        ).value
        for count in range(1, most + 1)
    ]

    assert (np.diff(values) >= -1e-9).all()


def test_levels_may_differ_from_point_to_point() -> None:
    cover = np.array([[1, 1, 0], [0, 0, 1]], dtype=bool)

    backup = maximal_cover(
        cover, [1.0, 1.0], choose=2, level_values=[[3.0, 2.0], [1.0, 0.0]]
    )
    spread = maximal_cover(
        cover, [1.0, 1.0], choose=2, level_values=[[3.0, 0.5], [1.0, 0.0]]
    )

    assert (sorted(backup.selected.tolist()), backup.value) == ([0, 1], 5.0)
    assert (spread.value, spread.selected[0] in (0, 1)) == (4.0, True)


def test_merged_points_with_levels_of_their_own_share_their_price() -> None:
    cover = np.array([[1, 1], [1, 1], [0, 1]], dtype=bool)
    levels = [[3.0, 1.0], [1.0, 1.0], [2.0, 0.0]]

    plan = maximal_cover(cover, [1.0, 2.0, 1.0], choose=1, level_values=levels)
    proved = verify_bound(
        plan.multipliers, cover, [1.0, 2.0, 1.0], choose=1, level_values=levels
    )

    assert plan.value == 7.0
    assert proved == pytest.approx(7.0)


def test_floors_have_a_price_that_is_told() -> None:
    cover = np.eye(3, dtype=bool)
    ask = {"choose": 1, "areas": ["north", "north", "south"], "floors": {"south": 1.0}}

    plan = maximal_cover(cover, [5.0, 4.0, 3.0], **ask)

    assert plan.selected.tolist() == [2]
    assert plan.floors == {"south": (1.0, 1.0)}
    assert plan.value_without_floors == 5.0
    assert plan.price_of_fairness == 2.0
    # two thirds more for the south make the three points alike, worth 5, less 2
    prices = Multipliers(np.array([5.0, 4.0, 5.0]), np.array([2.0 / 3.0]), 0.0)
    assert verify_bound(prices, cover, [5.0, 4.0, 3.0], **ask) == pytest.approx(3.0)


def test_floors_are_kept_where_highs_is_not_asked() -> None:
    cover, weights = clustered(600, 2400, per_site=40.0)
    areas = (np.arange(2400) % 3).tolist()
    free = maximal_cover(cover, weights, choose=25, effort="quick")
    seen = np.asarray(cover[:, free.selected].sum(axis=1)).ravel() > 0
    first = np.asarray(areas) == 0
    share = float(weights[seen & first].sum() / weights[first].sum())

    plan = maximal_cover(
        *(cover, weights),
        choose=25,
        areas=areas,
        floors={0: share + 0.03},
        effort="quick",
    )

    assert plan.floors[0][1] >= share + 0.03 - 1e-9
    assert 0.95 * free.value <= plan.value <= free.bound
    assert plan.value_without_floors >= plan.value


def test_a_camera_is_aimed_once() -> None:
    # sites 0 and 1 are two aims of one camera
    cover = np.array([[1, 0, 0], [0, 1, 0], [0, 0, 1]], dtype=bool)

    plan = maximal_cover(
        cover, [5.0, 4.0, 1.0], choose=2, owners=["a", "a", None], owner_cap=1
    )

    assert sorted(plan.selected.tolist()) == [0, 2]


def test_the_same_seed_and_effort_give_the_same_plan() -> None:
    cover, weights = clustered(800, 3000, per_site=40.0)

    one = maximal_cover(cover, weights, choose=30, effort="quick", rng=3)
    two = maximal_cover(cover, weights, choose=30, effort="quick", rng=3)

    assert one.selected.tolist() == two.selected.tolist()
    assert (one.multipliers.demand == two.multipliers.demand).all()
    assert one.bound == two.bound


def test_chains_find_the_same_by_turns_and_side_by_side() -> None:
    from coveragekit.siting.problem import problem_of
    from coveragekit.siting.search import Ground, anneal, first_choice
    from coveragekit.siting.steps import Clock, Work

    cover, weights = clustered(800, 3000, per_site=40.0)
    asked = problem_of(cover, weights, (1.0,), choose=60)
    ground = Ground(asked.merged.pairs, asked.merged.worth, asked.rules)
    start = first_choice(ground).chosen
    work = Work(1, 1, 6_000_000, 2, 1, 1, 1)
    ask = {"start": start, "work": work, "clock": Clock(None)}

    together = anneal(ground, seeds=[11, 12], **ask)
    alone = [anneal(ground, seeds=[seed], **ask) for seed in (11, 12)]

    assert any((together == one).all() for one in alone)
    assert not (together == start).all()


def test_a_time_limit_cuts_off_and_says_so() -> None:
    cover, weights = clustered(1500, 6000, per_site=40.0)

    cut = maximal_cover(cover, weights, choose=60, time_limit_s=0.001)

    assert cut.stopped_by == "time limit"
    assert 0.9 <= cut.at_least_share <= 1.0 or cut.bound >= cut.value
    assert len(cut.selected) == 60


def test_a_plan_survives_that_every_fifth_site_refuses() -> None:
    cover, weights = clustered(800, 3000, per_site=40.0)
    plan = maximal_cover(cover, weights, choose=50, effort="quick")
    gone = plan.selected[::5].tolist()

    changed = plan
    for site in gone:
        changed = changed.without(site)
    anew = maximal_cover(cover, weights, choose=50, refused=gone, effort="quick")
    proved = verify_bound(changed.multipliers, cover, weights, choose=50, refused=gone)

    assert not set(gone) & set(changed.selected.tolist())
    assert len(changed.selected) == 50
    assert changed.value >= 0.98 * anew.value
    assert changed.value <= proved == pytest.approx(changed.bound)
    seen = np.asarray(cover[:, changed.selected].sum(axis=1)).ravel() > 0
    assert changed.value == pytest.approx(float(weights[seen].sum()))


def test_a_refusal_keeps_budget_caps_and_what_is_required() -> None:
    cover = np.eye(4, dtype=bool)
    plan = maximal_cover(
        cover,
        [9.0, 8.0, 7.0, 6.0],
        costs=[2.0, 2.0, 3.0, 2.0],
        budget=4.0,
        required=[1],
    )

    changed = plan.without(0)

    assert sorted(plan.selected.tolist()) == [0, 1]
    assert sorted(changed.selected.tolist()) == [1, 3]
    assert changed.cost == 4.0
    with pytest.raises(InputError, match="site 1 is required"):
        plan.without(1)
    with pytest.raises(InputError, match="no site 9"):
        plan.without(9)


def test_a_refusal_that_breaks_a_floor_is_refused() -> None:
    ask = {"choose": 1, "areas": ["a", "b"], "floors": {"b": 1.0}}
    plan = maximal_cover(np.eye(2, dtype=bool), [2.0, 1.0], **ask)

    with pytest.raises(InputError, match=r"'b': floor 100\.0%, reached 0\.0%"):
        plan.without(1)


def test_what_is_given_stays_as_it_was() -> None:
    cover = coo_array(SQUARE).tocsr().astype(np.float64)
    weights = np.array(WEIGHTS)
    before = cover.copy()

    maximal_cover(cover, weights, choose=2)

    assert (cover != before).nnz == 0
    assert weights.tolist() == WEIGHTS


def test_nothing_to_cover_is_a_plan_of_nothing() -> None:
    plan = maximal_cover(csr_array((0, 3), dtype=bool), [], choose=2)
    blind = maximal_cover(csr_array((2, 3), dtype=bool), [1.0, 2.0], choose=2)

    assert (plan.selected.tolist(), plan.value, plan.bound) == ([], 0.0, 0.0)
    assert (blind.selected.tolist(), blind.value, blind.bound) == ([], 0.0, 0.0)
    assert blind.at_least_share == 1.0


@pytest.mark.parametrize(
    ("terms", "words"),
    [
        ({}, "neither choose nor budget"),
        ({"choose": 0}, "choose is 0"),
        ({"choose": 2, "required": [0], "refused": [0]}, "sites 0 are both"),
        ({"choose": 1, "refused": [0, 1, 2]}, "no site is left"),
        ({"choose": 1, "required": [0, 1]}, "2 sites are required, and choose is 1"),
        ({"choose": 1, "required": [3]}, "site 3; allowed: 0 to 2"),
        ({"choose": 1, "refused": ["shop"]}, "refused holds .*shop"),
        ({"budget": 1.0}, "without costs"),
        ({"budget": 1.0, "costs": [2, 3, 4]}, "cheapest site .* costs 2"),
        ({"budget": -1.0, "costs": [2, 3, 4]}, "budget is -1"),
        ({"budget": 4.0, "costs": [2, 3, 4], "required": [0, 1]}, "cost 5, more than"),
        ({"budget": 4.0, "costs": [2, 3]}, r"shape \(2,\)"),
        ({"budget": 4.0, "costs": [2, -3, 1]}, "costs of site 1 is -3"),
        ({"choose": 1, "owners": ["a", "a", "b"]}, "belong together"),
        ({"choose": 1, "owners": ["a"], "owner_cap": 1}, "there are 1 owners"),
        ({"choose": 1, "owners": [0, 0, 1], "owner_cap": {0: -1}}, "cap of 0 is -1"),
        (
            {"choose": 3, "owners": "aab", "owner_cap": 1, "required": [0, 1]},
            "2 sites of 'a' are required",
        ),
        ({"choose": 1, "areas": "aabb"}, "belong together"),
        ({"choose": 1, "areas": "aabb", "floors": {"c": 0.1}}, "floors name 'c'"),
        ({"choose": 1, "areas": "aabb", "floors": 1.5}, "the floor of 'a' is 1.5"),
        ({"choose": 1, "areas": "aabb", "floors": 0.7}, "no choice keeps the floors"),
        ({"choose": 1, "level_values": (1.0, 2.0)}, "level_values rise"),
        ({"choose": 1, "level_values": (np.nan,)}, "missing or negative"),
        ({"choose": 1, "level_values": ()}, r"shape \(0,\)"),
        ({"choose": 1, "effort": "huge"}, "effort is 'huge'"),
        ({"choose": 1, "time_limit_s": 0.0}, "time_limit_s is 0"),
    ],
)
def test_terms_that_cannot_be_are_refused_in_plain_words(terms, words) -> None:
    with pytest.raises(InputError, match=words):
        maximal_cover(SQUARE, WEIGHTS, **terms)


@pytest.mark.parametrize(
    ("cover", "weights", "words"),
    [
        (SQUARE * 2.0, WEIGHTS, "cover of point 0 by site 0 is 2"),
        (SQUARE * np.nan, WEIGHTS, "is nan"),
        (SQUARE, [1.0], r"shape \(1,\)"),
        (SQUARE, [1.0, -2.0, 0.0, 0.0], "weights of point 1 is -2"),
        (SQUARE, [1.0, np.inf, 0.0, 0.0], "weights of point 1 is inf"),
    ],
)
def test_numbers_that_cannot_be_are_refused(cover, weights, words) -> None:
    with pytest.raises(InputError, match=words):
        maximal_cover(cover, weights, choose=1)


def test_multipliers_of_another_question_are_refused() -> None:
    none = np.empty(0)
    for bad, words in (
        (Multipliers(np.ones(3), none, 0.0), r"point: shape \(3,\)"),
        (Multipliers(np.array([1.0, -1.0, 0.0, 0.0]), none, 0.0), "point 1 is -1"),
        (Multipliers(np.ones(4), np.ones(1), 0.0), "area with a floor"),
        (Multipliers(np.ones(4), none, -1.0), "budget's multiplier is -1"),
    ):
        with pytest.raises(InputError, match=words):
            verify_bound(bad, SQUARE, WEIGHTS, choose=1)


def test_a_plan_is_weighed_in_every_scene() -> None:
    rng = np.random.default_rng(5)
    question = choosing.random_question(3)
    scenes = [question.cover * (rng.random(question.cover.shape) < 0.8) for _ in "abc"]

    found = stability(scenes, question.weights, [0], choose=2)

    for scene, value, best in zip(scenes, found.values, found.best_values, strict=True):
        alone = choosing.Question(scene, question.weights, terms={"choose": 2})
        assert value == pytest.approx(choosing.worth(alone, [0]))
        assert best == pytest.approx(choosing.best_of_all(alone))
    assert 0.0 < found.chosen_share.sum() <= 2.0
    low, middle, high = found.interval
    assert low <= middle <= high
    assert found.kept_share < 1.0
    assert found.kept_share == pytest.approx(min(found.values / found.best_values))


def test_scenes_of_different_cities_are_refused() -> None:
    with pytest.raises(InputError, match="no scenes"):
        stability([], [], [], choose=1)
    with pytest.raises(InputError, match="a scene has 2 sites, the first 3"):
        stability([SQUARE, SQUARE[:, :2]], WEIGHTS, [0], choose=1)


@given(st.integers(0, 10_000))
@examples(20)
def test_worth_is_monotone_submodular_and_that_of_the_oracle(seed: int) -> None:
    question = choosing.random_question(seed)
    rng = np.random.default_rng(seed)
    order = rng.permutation(question.cover.shape[1]).tolist()
    few, many, last = order[: len(order) // 3], order[:-1], order[-1]

    def of(sites: list[int]) -> float:
        return covered_worth(
            question.cover, question.weights, sites, level_values=question.levels
        )

    assert of(many) == pytest.approx(choosing.worth(question, many), abs=1e-9)
    assert of(many) >= of(few) - 1e-9
    assert of([*few, last]) - of(few) >= of([*many, last]) - of(many) - 1e-9


@pytest.mark.parametrize("chances", [(1.0,), (0.25, 0.5)])
def test_demand_is_merged_where_and_only_where_it_is_covered_alike(chances) -> None:
    rng = np.random.default_rng(8)
    dense = (rng.random((200, 4)) < 0.5) * rng.choice(chances, (200, 4))
    area = rng.integers(-1, 2, 200)
    cover = csr_array(dense if len(chances) > 1 else dense.astype(bool))

    found = merge(cover, np.ones((200, 1)), area)

    kept = dense.any(axis=1)
    assert ((found.group >= 0) == kept).all()
    alike = np.column_stack([dense, area])[kept]
    assert len(found.worth) == len(np.unique(alike, axis=0))
    for group in range(len(found.worth)):
        rows = alike[found.group[kept] == group]
        assert len(np.unique(rows, axis=0)) == 1
        assert found.worth[group, 0] == len(rows)
