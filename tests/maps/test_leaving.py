"""Maps, pages in one file and proofs leave cameras out whose owners have left."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from coveragekit.errors import InputError
from coveragekit.maps import city_map, coverage_map, to_html
from coveragekit.maps.coverage_map import study_layers
from coveragekit.reports import proof_of
from coveragekit.view import Store
from tests.registered import Registered, apart, register_town

NOTE = "1 camera has left the registry since this study was built."


@pytest.fixture(scope="module")
def registered(tmp_path_factory: pytest.TempPathFactory) -> Registered:
    return register_town(tmp_path_factory.mktemp("registered"))


@pytest.fixture
def town(
    registered: Registered, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Registered:
    monkeypatch.setattr("coveragekit.maps.leaving._RECENT_S", 0.0)
    return apart(registered, tmp_path, monkeypatch)


@pytest.fixture
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have no registry to ask."""
    path = tmp_path / "none" / "registry.sqlite"
    monkeypatch.setenv("COVERAGEKIT_REGISTRY", str(path))


def drawn(town: Registered, key: str) -> set[str]:
    layer = study_layers(town.study, (key,))[key].layer
    return {one["properties"]["key"] for one in layer.data["features"]}


def test_a_map_of_a_notebook_is_without_it(town: Registered) -> None:
    key = town.ids()[0]
    assert key in drawn(town, "cameras")

    town.withdraw(key)

    assert key not in drawn(town, "cameras")
    said = coverage_map(town.study).controls
    words = "".join(
        str(getattr(one, "widget", "").value)
        for one in said
        if hasattr(getattr(one, "widget", None), "value")
    )
    assert NOTE in words
    assert "pictures of coverage, gaps and shares were made with them" in words


def test_a_map_of_a_city_is_without_it(town: Registered) -> None:
    key = town.ids()[0]
    store = Store.open(town.study.path)
    own = store.views.camera == store.cameras.camera_id.find(key)
    before = city_map(town.study)
    assert before._look.flags[own].any()
    assert NOTE not in before._legend.value

    town.withdraw(key)

    after = city_map(town.study)
    assert not after._look.flags[own].any()
    assert np.array_equal(before._look.flags[~own], after._look.flags[~own])
    assert NOTE in after._legend.value


def test_a_page_in_one_file_is_without_it_and_says_so(
    town: Registered, tmp_path: Path
) -> None:
    key = town.ids()[0]
    views = town.study.results().isovists()
    own = int((views["camera_id"] == key).sum())
    file = tmp_path / "map.html"
    before = to_html(town.study, file).read_text("utf-8")

    town.withdraw(key)

    after = to_html(town.study, file).read_text("utf-8")
    for pane, fewer in (("ck-cameras", 1), ("ck-isovists", own)):
        mark = f'"pane": "{pane}"'
        assert after.count(mark) == before.count(mark) - fewer
    assert NOTE in after
    assert NOTE not in before


def test_a_page_with_cameras_is_refused_where_nobody_knows_who_left(
    town: Registered, tmp_path: Path, nowhere: None
) -> None:
    file = tmp_path / "map.html"

    with pytest.raises(InputError, match="whether they have is not known now"):
        to_html(town.study, file)

    assert not file.exists()
    for given in ({"layers": ("streets", "gaps")}, {"even_so": True}):
        text = to_html(town.study, file, **given).read_text("utf-8")
        assert "Whether owners have left is not known now" in text


def test_a_map_on_a_screen_says_that_it_is_not_known(
    town: Registered, nowhere: None
) -> None:
    legend = city_map(town.study)._legend.value

    assert "Whether owners have left is not known now: there is no registry" in legend


def test_another_registry_is_never_asked(
    town: Registered, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from coveragekit.access import left_of, open_door

    other = tmp_path / "other" / "registry.sqlite"
    with open_door(other, create=True, sign=False):
        monkeypatch.setenv("COVERAGEKIT_REGISTRY", str(other))

    found = left_of(Store.open(town.study.path))

    assert not found.ids
    assert "is not the one that the study was made from" in found.unknown
    with pytest.raises(InputError, match="reach the registry, or wait"):
        found.check_known("the table", instead="wait")


def test_the_log_says_who_was_left_out_at_first_and_at_each_change(
    town: Registered,
) -> None:
    from coveragekit.access import Purpose, User, left_of, open_door, read_audit

    store = Store.open(town.study.path)
    for _ in range(3):
        left_of(store)
    town.withdraw(town.ids()[0])
    for _ in range(3):
        left_of(store)

    with open_door(town.url, sign=False) as door:
        who, why = User("aud", "auditor", "proxy"), Purpose("oversight")
        lines = read_audit(who, why, action="leave_out", registry=door)
    told = [one.entry for one in lines]
    assert [(one.kind, one.rows) for one in told] == [("system", 0), ("system", 1)]
    assert all(not one.object_ids for one in told)


def test_who_has_left_is_known_whatever_the_clock_says(town: Registered) -> None:
    from datetime import UTC, datetime, timedelta

    from coveragekit.access import left_of, open_door

    store = Store.open(town.study.path)
    town.withdraw(town.ids()[0])
    for days in (60, -60):

        def clock(days: int = days) -> datetime:
            return datetime.now(UTC) + timedelta(days=days)

        with open_door(town.url, clock=clock, sign=False) as door:
            found = left_of(store, registry=door)
        assert found.is_known
        assert found.ids == {town.ids()[0]}


def test_a_registry_that_nobody_wrote_to_is_not_asked_for_every_camera_again(
    town: Registered, monkeypatch: pytest.MonkeyPatch
) -> None:
    from coveragekit.access import left, left_of

    looks = []
    listed = left.listed_ids

    def counted(*given: object) -> frozenset[str]:
        looks.append(given)
        return listed(*given)

    store = Store.open(town.study.path)
    left_of(store)  # a new key writes itself down once
    left._ANSWERS.clear()
    monkeypatch.setattr(left, "listed_ids", counted)
    soon = 1e-9  # older than that is any answer
    for _ in range(3):
        left_of(store, recent_s=soon)
    assert len(looks) == 1

    town.withdraw(town.ids()[0])
    for _ in range(3):
        assert left_of(store, recent_s=soon).ids == {town.ids()[0]}
    assert len(looks) == 2

    left_of(store)  # what is taken out is asked for always
    assert len(looks) == 3
    monkeypatch.setattr(left, "_UNCHANGED_S", -1.0)  # a consent may have ended
    left_of(store, recent_s=soon)
    assert len(looks) == 4


def test_an_answer_may_be_as_old_as_is_said(town: Registered) -> None:
    from coveragekit.access import left_of

    store = Store.open(town.study.path)
    left_of(store)
    town.withdraw(town.ids()[0])

    assert not left_of(store, recent_s=600.0).ids
    assert left_of(store).ids == {town.ids()[0]}


def test_a_proof_is_of_those_that_are_left(town: Registered) -> None:
    key = town.ids()[0]
    place = town.study.results().cameras().set_index("camera_id").geometry[key]
    asked = {"lon": place.x + 1e-4, "lat": place.y}
    assert proof_of(town.study, **asked, camera_id=key).evidence.chosen is not None

    town.withdraw(key)

    evidence = proof_of(town.study, **asked).evidence
    assert key not in set(evidence.cameras["camera_id"])
    assert evidence.facts.sources[-1] == NOTE
    with pytest.raises(InputError, match="no camera near the place is called"):
        proof_of(town.study, **asked, camera_id=key)
    assert proof_of(town.study, **asked).to_svg()


def test_how_many_have_left_is_said_in_words(town: Registered) -> None:
    from coveragekit.access import left_of

    store = Store.open(town.study.path)
    town.withdraw(town.ids()[0])
    known = left_of(store)

    assert known.words == NOTE
    assert replace(known, ids=frozenset(town.ids()[:2])).words.startswith("2 cameras ")
