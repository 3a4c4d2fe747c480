"""What is said of one camera, from the view store alone."""

from __future__ import annotations

import json

import numpy as np
import pytest

from coveragekit.dashboards.planner.camera_card import camera_state, looks_at, tooltip
from coveragekit.dashboards.planner.figures import Rate
from coveragekit.dashboards.planner.filters import Filters
from coveragekit.view import Ragged, Shapes, Store, Texts, mercator
from tests.view.made import made_store


@pytest.fixture(scope="module")
def store(tmp_path_factory) -> Store:
    return made_store(tmp_path_factory.mktemp("city") / "results")


def _facts(store: Store, key: str, **chosen) -> dict[str, str]:
    row = store.cameras.camera_id.find(key)
    alone = Rate(float(store.cameras.loss_incidents[row]))
    said = camera_state(store, row, Filters(**chosen), alone=alone)
    return {one["name"]: one["value"] for one in said["facts"]}


def test_a_card_tells_what_a_camera_is_and_sees(store) -> None:
    facts = _facts(store, "c0")

    assert facts["Tier"] == "Public"
    assert facts["Looks to"] == "east (90\N{DEGREE SIGN})"
    assert facts["Picture"] == "1920 x 1080 pixels, 60\N{DEGREE SIGN} wide"
    assert facts["Reaches"] == "40 m for detect by day"
    assert facts["Seen by it alone"] == "30 m of street, 2.0 incidents a year"


def test_a_rate_that_is_not_told_is_not_on_the_card(store) -> None:
    row = store.cameras.camera_id.find("c0")
    said = camera_state(store, row, Filters(), alone=Rate(None, 2.5))

    facts = {one["name"]: one["value"] for one in said["facts"]}
    assert facts["Seen by it alone"] == (
        "30 m of street, less than 2.5 incidents a year"
    )
    assert "2.0" not in json.dumps(said)


def test_what_it_sees_are_the_places_that_the_pairs_name(store) -> None:
    facts = _facts(store, "c0")
    (view,) = np.flatnonzero(store.views.camera == store.cameras.camera_id.find("c0"))
    seen = 0.0
    for place in range(len(store.streets)):
        pairs = slice(store.streets.ptr[place], store.streets.ptr[place + 1])
        if (store.streets.day[pairs][store.streets.view[pairs] == view] > 1).any():
            seen += store.streets.weight[place]

    assert seen > 0.0
    assert facts["Street it sees"] == (
        f"{seen:.0f} m for detect by day, alone or with others"
    )


def test_a_sharper_purpose_and_the_night_reach_less_far(store) -> None:
    assert _facts(store, "c0", band=2)["Reaches"] == "20 m for observe by day"
    assert _facts(store, "c0", light="night")["Reaches"] == "30 m for detect by night"
    assert _facts(store, "c1", light="night")["Reaches"] == "nothing by night"
    assert _facts(store, "c1", light="night")["Street it sees"] == (
        "0 m for detect by night, whichever way it looks, alone or with others"
    )


def test_an_unknown_direction_is_said(store) -> None:
    assert _facts(store, "c1")["Looks to"].startswith("not known")
    assert _facts(store, "c1")["Hangs"].endswith("moved 1.5 m out to the wall")


@pytest.mark.parametrize(
    ("key", "chosen", "words"),
    [
        ("c0", {}, ""),
        ("c2", {"tier": "public"}, "Cameras of its tier are not counted now."),
        ("c4", {"state": "now"}, "Only cameras that work now are counted"),
    ],
)
def test_why_a_camera_does_not_count_is_said(store, key, chosen, words) -> None:
    row = store.cameras.camera_id.find(key)

    note = camera_state(store, row, Filters(**chosen), alone=Rate(0.0))["note"]

    assert note.startswith(words)
    assert bool(note) == bool(words)


def test_a_hostile_name_stays_a_text(store) -> None:
    row = store.cameras.camera_id.find("c1")

    assert camera_state(store, row, Filters(), alone=Rate(0.0))["title"] == "North <b>&"
    assert tooltip(store, row)[0] == "North <b>&"


def test_it_looks_at_a_place_ahead_of_it(store) -> None:
    row = store.cameras.camera_id.find("c0")

    lon, lat = looks_at(store, row, Filters())

    ahead = mercator.to_merc(lon, lat) - store.cameras.merc[row]
    metres = ahead / store.views.scale[0]
    assert metres == pytest.approx([20.0, 0.0], abs=0.01)  # half of its 40 m, eastward


def test_a_zone_that_a_view_ends_at_is_said_without_a_name(store) -> None:
    own = np.flatnonzero(store.views.camera == store.cameras.camera_id.find("c0"))
    view = store.views.shape.rings(int(own[0]))[0]
    start, end = view[1], view[2]  # the farther edge: the first corner is the camera
    away = np.array([end[1] - start[1], start[0] - end[0]])
    for moved, said in (
        (0.0, "a privacy zone is left out of its view"),
        (0.5, ""),
    ):
        corners = [start, end, end + 2.0 * away, start + 2.0 * away]
        zone = np.array([one + moved * away for one in corners])
        for ring in (zone, zone[::-1]):
            city = Store.open(store.folder)
            shapes = Shapes(Ragged.of([[ring]]), Texts.of(["Maria Lopez"]))
            object.__setattr__(city, "zones", shapes)
            assert _facts(city, "c0").get("Left out", "") == said


def test_a_city_without_zones_leaves_nothing_out(store) -> None:
    city = Store.open(store.folder)
    object.__setattr__(city, "zones", Shapes(Ragged.of([]), Texts.of([])))

    assert "Left out" not in _facts(city, "c0")
