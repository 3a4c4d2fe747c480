"""Black and frozen pictures give signs; dim, noisy and quiet ones do not."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest

from coveragekit.errors import InputError
from coveragekit.feeds.jpeg import decoded_jpeg, grey_of
from coveragekit.feeds.signs import is_black, is_frozen, sameness
from tests.feeds.readings import FILMS, Film, make_film, stills_of

RNG = np.random.default_rng(1)


def grey(level: int, noise: float = 0.0, seed: int = 1) -> np.ndarray:
    values = np.random.default_rng(seed).normal(level, noise or 1e-9, (90, 160))
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)


def test_darkness_is_black_even_with_noise_and_a_burnt_in_clock() -> None:
    night = grey(12, 4.0)
    night[:6, :40] = 255

    assert is_black(grey(0))
    assert is_black(night)


def test_a_dim_scene_with_some_light_is_not_black() -> None:
    scene = grey(12, 3.0)
    scene[60:, 100:] = 60

    assert not is_black(scene)
    assert not is_black(grey(50))


def test_a_picture_that_does_not_change_is_frozen_though_its_clock_goes_on() -> None:
    before = grey(120, 30.0)
    after = before.copy()
    after[2:8, 140:158] = RNG.integers(0, 256, (6, 18), dtype=np.uint8)

    assert is_frozen(before, before.copy())
    assert is_frozen(before, after)


def test_a_quiet_scene_whose_sensor_lives_is_not_frozen() -> None:
    quiet = grey(120, 30.0).astype(float)
    noisy = quiet + np.random.default_rng(2).normal(0, 1.5, quiet.shape)
    after = np.clip(np.rint(noisy), 0, 255).astype(np.uint8)

    assert not is_frozen(quiet.astype(np.uint8), after)


def test_measures_are_shares_and_steps() -> None:
    before, after = grey(100), grey(100)
    after[:45] = 110

    measured = sameness(before, after)

    assert measured.changed_share == pytest.approx(0.5)
    assert measured.mean_change == pytest.approx(5.0)


def test_a_film_is_told_from_its_own_still(tmp_path: Path) -> None:
    path = make_film(FILMS["plain"], tmp_path)
    with av.open(str(path)) as container:
        greys = [grey_of(frame) for frame in container.decode(video=0)]

    assert not is_frozen(greys[0], greys[40])
    assert is_frozen(greys[40], greys[40])
    assert not is_black(greys[0])


def test_a_film_of_nothing_is_black_and_stays_the_same(tmp_path: Path) -> None:
    film = Film("black", source="color", seconds=2)
    stills = stills_of(make_film(film, tmp_path), 30)

    first, last = (grey_of(decoded_jpeg(one)) for one in (stills[0], stills[-1]))

    assert is_black(first)
    assert is_frozen(first, last)


@pytest.mark.parametrize(
    "wrong", [np.zeros((3, 4)), np.zeros((0, 4), np.uint8), np.zeros(4, np.uint8)]
)
def test_what_is_no_grey_picture_is_refused(wrong) -> None:
    with pytest.raises(InputError, match="grey"):
        is_black(wrong)


def test_pictures_of_two_sizes_are_not_compared() -> None:
    with pytest.raises(InputError, match="compared"):
        is_frozen(grey(1), grey(1)[:45])
