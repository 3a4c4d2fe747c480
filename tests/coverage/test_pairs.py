"""
Chances from stored pairs of a place and a view.

The oracle asks each place by itself, in plain Python, and goes through its cameras.
"""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_array

from coveragekit.coverage import point_probability
from coveragekit.coverage.pairs import event_chance, place_chance, sums
from coveragekit.errors import InputError
from tests.strategies import examples


def made_places(pairs, *, night=None) -> SimpleNamespace:
    """Give places from lists of (view, bands reached), one list a place."""
    flat = [pair for place in pairs for pair in place]
    return SimpleNamespace(
        ptr=np.cumsum([0, *(len(place) for place in pairs)]).astype(np.int64),
        view=np.array([view for view, _ in flat], np.int32),
        day=np.array([level for _, level in flat], np.uint8),
        night=np.array(
            night if night is not None else [level for _, level in flat], np.uint8
        ),
        weight=np.ones(len(pairs)),
    )


def made_views(*views) -> SimpleNamespace:
    """Give views from (camera, probability)."""
    return SimpleNamespace(
        camera=np.array([camera for camera, _ in views], np.int32),
        probability=np.array([chance for _, chance in views], np.float32),
    )


def every(views) -> np.ndarray:
    return np.ones(len(views.camera), np.bool_)


def by_hand(pairs, views, flags, *, band) -> list[float]:
    """Give the chance of each place by going through its cameras."""
    chances = []
    for place in pairs:
        looks: dict[int, float] = {}
        for view, level in place:
            if flags[view] and level > band:
                camera = int(views.camera[view])
                looks[camera] = looks.get(camera, 0.0) + float(views.probability[view])
        miss = 1.0
        for one in looks.values():
            miss *= 1.0 - min(one, 1.0)
        chances.append(1.0 - miss)
    return chances


@st.composite
def cities(draw: st.DrawFn):
    cameras = draw(st.integers(1, 4))
    presets = [draw(st.integers(1, 3)) for _ in range(cameras)]
    views = [
        (camera, draw(st.sampled_from([0.0, 0.2, 0.5, 1.0])) if count == 1 else share)
        for camera, count in enumerate(presets)
        for share in [1.0 / count] * count
    ]
    order = draw(st.permutations(range(len(views))))
    views = [views[at] for at in order]
    one_place = st.lists(
        st.tuples(st.integers(0, len(views) - 1), st.integers(0, 3)),
        max_size=6,
        unique_by=lambda pair: pair[0],
    )
    pairs = draw(st.lists(one_place, max_size=6))
    flags = np.array([draw(st.booleans()) for _ in views], np.bool_)
    return pairs, made_views(*views), flags, draw(st.integers(0, 3))


# By hand.


def test_cameras_are_independent_and_views_of_one_camera_exclude_each_other() -> None:
    pairs = [[(0, 1), (1, 1)], [(1, 1), (2, 1)], [(2, 1)], []]
    views = made_views((0, 0.5), (1, 0.5), (1, 0.5))

    chance = place_chance(made_places(pairs), views, flags=every(views), band=0)

    assert chance.tolist() == [0.75, 1.0, 0.5, 0.0]


def test_a_pair_counts_in_the_bands_that_it_reaches_and_no_tighter() -> None:
    views = made_views((0, 1.0))
    places = made_places([[(0, 2)]])

    seen = [
        float(place_chance(places, views, flags=every(views), band=band)[0])
        for band in range(4)
    ]

    assert seen == [1.0, 1.0, 0.0, 0.0]


def test_night_has_pairs_of_its_own() -> None:
    views = made_views((0, 1.0), (1, 0.25))
    places = made_places([[(0, 3), (1, 3)]], night=[0, 3])

    chance = place_chance(places, views, flags=every(views), band=0, light="night")

    assert chance.tolist() == [0.25]


def test_three_shares_of_a_third_make_up_the_whole_of_a_camera() -> None:
    views = made_views((0, 1 / 3), (0, 1 / 3), (0, 1 / 3))
    places = made_places([[(2, 1), (0, 1), (1, 1)]])

    assert place_chance(places, views, flags=every(views), band=0)[0] == 1.0


def test_an_event_is_seen_by_the_mean_over_its_places() -> None:
    places = SimpleNamespace(weight=np.array([0.25, 0.75, 1.0, 0.0]))
    events = SimpleNamespace(
        support=np.array([1, 0, 0, 2, 3], np.int32),
        support_ptr=np.array([0, 2, 3, 4, 4]),
    )
    chance = np.array([1.0, 0.0, 0.5, 1.0], np.float32)

    found = event_chance(events, places, chance)

    # The fourth is in a building without a front: it weighs nothing anywhere.
    assert found.tolist() == [0.5, 0.25, 0.25, 0.0, 0.0]


def test_sums_are_of_what_passes_the_mask() -> None:
    chance = np.array([1.0, 0.5, 0.0], np.float32)
    weight = np.array([2.0, 4.0, 6.0])
    mask = np.array([1.0, 0.5, 0.0], np.float32)

    assert sums(chance) == (1.5, 3.0)
    assert sums(chance, weight=weight) == (4.0, 12.0)
    assert sums(chance, weight=weight, mask=mask) == (3.0, 4.0)
    assert sums(np.empty(0, np.float32)) == (0.0, 0.0)


def test_only_chosen_places_are_computed_anew() -> None:
    views = made_views((0, 1.0))
    places = made_places([[(0, 1)], [(0, 1)], [(0, 1)]])
    kept = np.array([0.1, 0.2, 0.3], np.float32)

    place_chance(
        places, views, flags=every(views), band=0, rows=np.array([2, 0]), out=kept
    )

    assert kept.tolist() == pytest.approx([1.0, 0.2, 1.0])


def test_no_chosen_place_changes_nothing() -> None:
    views = made_views((0, 1.0))
    kept = np.array([0.1], np.float32)
    places = made_places([[(0, 1)]])

    place_chance(
        places, views, flags=every(views), band=0, rows=np.array([], int), out=kept
    )

    assert kept.tolist() == pytest.approx([0.1])


def test_many_places_are_shared_among_threads_and_come_out_the_same() -> None:
    rng = np.random.default_rng(3)
    count = 250_000
    views = made_views(*((at // 2, 0.5) for at in range(50)))
    places = SimpleNamespace(
        ptr=np.arange(0, 2 * count + 1, 2),
        view=rng.integers(0, 50, 2 * count).astype(np.int32),
        day=rng.integers(0, 3, 2 * count).astype(np.uint8),
        night=np.zeros(2 * count, np.uint8),
        weight=np.ones(count),
    )

    whole = place_chance(places, views, flags=every(views), band=1)
    some = rng.permutation(count)[:1000]
    few = place_chance(places, views, flags=every(views), band=1, rows=some)

    assert (whole[some] == few[some]).all()
    events = SimpleNamespace(
        support=np.arange(count, dtype=np.int32), support_ptr=np.arange(count + 1)
    )
    assert (event_chance(events, places, whole) == whole).all()


# Refusals.


def test_flags_of_another_length_are_refused() -> None:
    with pytest.raises(InputError, match=r"flags are bool of shape \(2,\).*1 views"):
        place_chance(
            made_places([[]]), made_views((0, 1.0)), flags=np.ones(2, bool), band=0
        )


def test_an_unknown_light_is_refused() -> None:
    views = made_views((0, 1.0))
    with pytest.raises(InputError, match="light is 'dusk'; allowed: day, night"):
        place_chance(made_places([[]]), views, flags=every(views), band=0, light="dusk")


def test_chances_of_other_places_are_refused() -> None:
    events = SimpleNamespace(support=np.array([0]), support_ptr=np.array([0, 1]))
    with pytest.raises(InputError, match="1 chances for 2 places"):
        event_chance(events, made_places([[], []]), np.ones(1, np.float32))


# Properties, and the oracle.


@examples(150)
@given(city=cities())
def test_the_kernel_agrees_with_going_through_the_cameras(city) -> None:
    pairs, views, flags, band = city

    chance = place_chance(made_places(pairs), views, flags=flags, band=band)

    assert chance.tolist() == pytest.approx(
        by_hand(pairs, views, flags, band=band), abs=1e-6
    )


@examples(60)
@given(city=cities())
def test_the_kernel_agrees_with_the_sparse_matrix_of_a_build(city) -> None:
    pairs, views, flags, band = city
    sees = np.zeros((len(pairs), len(flags)), np.bool_)
    for row, place in enumerate(pairs):
        for view, level in place:
            sees[row, view] = level > band

    chance = place_chance(made_places(pairs), views, flags=flags, band=band)

    of_build = point_probability(
        csr_array(sees), views.probability.astype(float), flags, units=views.camera
    )
    assert chance.tolist() == pytest.approx(of_build.tolist(), abs=1e-6)


@examples(60)
@given(city=cities())
def test_a_tighter_band_or_fewer_cameras_never_raise_a_chance(city) -> None:
    pairs, views, flags, band = city
    places = made_places(pairs)

    some = place_chance(places, views, flags=flags, band=band)
    tighter = place_chance(places, views, flags=flags, band=band + 1)
    more = place_chance(places, views, flags=every(views), band=band)

    assert (tighter <= some + 1e-6).all()
    assert (some <= more + 1e-6).all()
    assert ((some >= 0.0) & (some <= 1.0)).all()
