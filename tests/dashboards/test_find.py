"""Finding cameras, gaps, streets and areas by their names."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coveragekit.dashboards.planner.find import Names, _Table
from coveragekit.errors import InputError
from coveragekit.view import Texts
from tests.view.made import made_store


@pytest.fixture(scope="module")
def names(tmp_path_factory) -> Names:
    return Names(made_store(tmp_path_factory.mktemp("city") / "results"))


def _found(names: Names, text: str) -> list[tuple[str, str]]:
    return [(one.kind, one.name) for one in names.find(text)]


def test_a_name_is_found_in_any_case(names) -> None:
    assert _found(names, "  mAIN st ") == [("street", "Main Street")]
    assert _found(names, "north <b") == [("camera", "North <b>&")]


def test_a_camera_without_a_name_is_found_by_its_key(names) -> None:
    assert _found(names, "c4") == [("camera", "c4")]


def test_a_name_that_begins_so_goes_before_one_that_holds_it(names) -> None:
    kinds = [kind for kind, _ in _found(names, "t")]

    assert kinds[:2] == ["area", "camera"]  # Tract 1 and Turning before Beat and street


@pytest.mark.parametrize("text", ["", "   ", "nowhere at all"])
def test_nothing_is_found_for_nothing(names, text) -> None:
    assert names.find(text) == []


def test_not_more_are_given_than_asked_for(names) -> None:
    assert len(names.find("e", limit=2)) == 2


def test_an_endless_name_is_looked_for_by_its_beginning(names) -> None:
    assert names.find("x" * 100_000) == []


@pytest.mark.parametrize("kind", ["camera", "gap", "street", "area"])
def test_everything_that_is_found_lies_somewhere(names, kind) -> None:
    target = names.where(kind, 0)

    west, south, east, north = target.bounds
    assert west <= target.lon <= east
    assert south <= target.lat <= north
    assert (kind == "camera") == (west == east)
    assert np.isfinite(target.bounds).all()


@pytest.mark.parametrize(("kind", "index"), [("camera", 99), ("tree", 0), ("gap", -1)])
def test_what_there_is_not_is_refused(names, kind, index) -> None:
    with pytest.raises(InputError, match=f"there is no {kind} {index}"):
        names.where(kind, index)


NAMES = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
SOUGHT = st.text("ab \u00c4\u00e4\u00df", min_size=1, max_size=2)


@given(st.lists(NAMES, max_size=12), SOUGHT)
def test_a_table_finds_what_a_plain_search_finds(given, wanted) -> None:
    sought = " ".join(wanted.lower().split())
    expected = [i for i, one in enumerate(given) if sought and sought in one.lower()]

    found = _Table(Texts.of(given)).having(sought) if sought else []

    assert [row for row, _ in found] == expected


def test_letters_across_two_names_are_in_neither() -> None:
    assert _Table(Texts.of(["ab", "cd", "bcd"])).having("bc") == [(2, "bcd")]


def test_capitals_beyond_ascii_are_the_same_as_small_letters() -> None:
    named = _Table(Texts.of(["\u00c4lvgatan"]))

    assert named.having("\u00e4lv") == [(0, "\u00c4lvgatan")]
