"""What comes first when a filter changes, and how little stays of it afterwards."""

from __future__ import annotations

import subprocess
import sys
import threading
from types import SimpleNamespace

import numpy as np
import pytest

from coveragekit.coverage import pairs
from coveragekit.dashboards.planner import parts as parts_module
from coveragekit.dashboards.planner import stages as stages_module
from coveragekit.dashboards.planner.filter_address import to_address
from coveragekit.dashboards.planner.filters import Filters
from coveragekit.dashboards.planner.page import Planner
from tests.dashboards.crossing import FakeBackroom, write_crossing

ROBBERY, OTHER = "13A", "220"
EVENINGS = [int(one % 24 > 17) for one in range(168)]


@pytest.fixture
def planner(tmp_path) -> Planner:
    made = Planner(write_crossing(tmp_path / "crossing"), backroom=FakeBackroom())
    made.greet(SimpleNamespace(user="Kim", role="analyst", query=""))
    made.recount.finish()
    yield made
    made.city.bridge.close()


def choose(planner: Planner, **parts: object) -> Filters:
    planner.state.filters = planner.state.filters.changed(parts, planner.terms)
    planner.recount.finish()
    return planner.state.filters


def test_the_map_flies_to_an_area_once_its_numbers_are_there(
    planner, monkeypatch
) -> None:
    counted = []
    monkeypatch.setattr(
        planner.city.bridge,
        "fly_to_bounds",
        lambda *_, **__: counted.append(planner.state.numbers.filters),
    )

    chosen = choose(planner, area=["beat", 0])

    assert counted == [chosen]
    assert planner.to_show is None
    choose(planner, area=None)
    assert counted == [chosen]


def test_an_address_that_has_a_place_is_not_left_for_its_area(
    planner, monkeypatch
) -> None:
    flown = []
    bridge = planner.city.bridge
    monkeypatch.setattr(bridge, "fly_to_bounds", lambda *_, **__: flown.append("area"))
    monkeypatch.setattr(bridge, "fly_to", lambda *_: flown.append("place"))

    wish = Filters().changed({"area": ["beat", 0]}, planner.terms)
    text = f"#at=33.1,-84.05,18&f={to_address(wish, planner.terms)}"
    message = {"event": "address", "text": text}
    planner.header._handle_custom_msg(message, [])
    planner.recount.finish()

    assert planner.state.filters == wish
    assert flown == ["place"]


def test_charts_wait_for_the_pictures_that_the_page_asks_for(
    planner, monkeypatch
) -> None:
    bridge, done, are_drawn = planner.city.bridge, [], threading.Event()
    planner.state.show_layer("incidents", shown=True)
    bridge._handle_custom_msg({"event": "ready"}, [])
    paint = planner.city.painter.paint

    def painted(layer: str, *place: object, **how: object) -> bytes:
        are_drawn.wait(0.2)  # as long as that, charts that do not wait are first
        done.append("picture")
        return paint(layer, *place, **how)

    def charted(_: object) -> None:
        done.append("charts")
        are_drawn.set()

    def sent(state: dict) -> None:
        version = next(one["version"] for one in state if one["key"] == "incidents")
        ask = ["t:1", "incidents", 0, 0, 0, version, 1]
        bridge._handle_custom_msg({"event": "tiles", "asks": [ask], "drop": []}, [])

    monkeypatch.setattr(planner.city.painter, "paint", painted)
    monkeypatch.setattr(parts_module, "_PICTURES_FIRST_S", 60.0)
    monkeypatch.setattr(planner.charts, "show", charted)
    bridge.observe(lambda change: sent(change["new"]), "_layers")

    choose(planner, categories=[ROBBERY])

    assert done[:2] == ["picture", "charts"]


def test_a_page_that_asks_for_no_picture_gets_its_charts_all_the_same(
    planner, monkeypatch
) -> None:
    drawn = []
    monkeypatch.setattr(planner.charts, "show", drawn.append)
    planner.state.show_layer("incidents", shown=True)
    planner.city.bridge._handle_custom_msg({"event": "ready"}, [])

    choose(planner, categories=[OTHER])

    assert len(drawn) == 1


def test_the_first_filter_asks_no_camera_any_more(planner, monkeypatch) -> None:
    asked = []
    ask = stages_module.place_chance

    def asking(*given: object, **how: object) -> np.ndarray:
        asked.append(given)
        return ask(*given, **how)

    monkeypatch.setattr(stages_module, "place_chance", asking)

    choose(planner, categories=[ROBBERY])
    choose(planner, area=["beat", 0])
    assert asked == []

    choose(planner, light="night")
    assert asked != []


def test_masks_are_kept_while_they_are_counted_with_and_no_longer(planner) -> None:
    stages = planner.answers.stages
    assert stages.event_mask("incidents", Filters()) is stages.event_mask(
        "incidents", Filters()
    )

    stages.rest()

    assert len(stages._brief) == 0
    choose(planner, categories=[ROBBERY])
    assert len(stages._brief) == 0


def test_what_is_drawn_is_a_byte_an_event_unless_hours_are_chosen(planner) -> None:
    some = choose(planner, categories=[ROBBERY])
    drawn = planner.city.look.incidents
    assert drawn.dtype == np.bool_
    assert (
        drawn.tolist() == (planner.answers.event_mask("incidents", some) > 0).tolist()
    )

    hourly = choose(planner, hours=EVENINGS)
    assert planner.city.look.incidents.dtype == np.float32
    assert (planner.answers.map_mask("incidents", hourly) <= 1.0).all()


def test_looks_of_the_past_hold_no_masks_of_their_own(planner) -> None:
    for word in (ROBBERY, OTHER, ROBBERY, OTHER):
        choose(planner, categories=[word])
    city = planner.city

    masks = {id(look.incidents) for look in city._looks.values()}
    assert len(masks) <= 2
    # Without one it would draw whatever is in the headlines, for anybody.
    assert all(
        look.incidents is not None
        for version, look in city._looks.items()
        if version != "0"
    )


def test_a_viewer_loads_the_compiler_without_linear_algebra() -> None:
    code = (
        "import sys; from coveragekit.dashboards.memory import load_kernels;"
        "load_kernels(); import scipy.linalg as found;"
        "print('scipy.linalg' in sys.modules, found.__name__)"
    )
    brought = "('scipy.linalg.cython_blas', '_cffi_backend', 'numpy.f2py')"
    before = f"print([name for name in {brought} if name in sys.modules])"

    done = subprocess.run(
        [sys.executable, "-c", code.replace("import scipy", f"{before}; import scipy")],
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout.splitlines() == ["[]", "True scipy.linalg"]
    assert pairs.sums(np.ones(2, np.float32)) == (2.0, 2.0)
