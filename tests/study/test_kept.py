from __future__ import annotations

import gc

import pytest

from coveragekit.study.kept import SELDOM, collecting_seldom


def test_a_build_looks_for_garbage_seldom_and_then_as_before() -> None:
    before = gc.get_threshold()

    with collecting_seldom():
        assert gc.get_threshold() == (SELDOM, *before[1:])
    assert gc.get_threshold() == before


def test_an_error_leaves_the_search_for_garbage_as_it_was() -> None:
    before = gc.get_threshold()

    with pytest.raises(ValueError, match="invalid literal"), collecting_seldom():
        int("broken")
    assert gc.get_threshold() == before


@pytest.mark.parametrize("mine", [0, 5_000_000])
def test_who_turned_the_search_off_or_made_it_rarer_keeps_that(mine: int) -> None:
    before = gc.get_threshold()
    gc.set_threshold(mine, *before[1:])
    try:
        with collecting_seldom():
            assert gc.get_threshold()[0] == mine
        assert gc.get_threshold()[0] == mine
    finally:
        gc.set_threshold(*before)
