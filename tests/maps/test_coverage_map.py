"""A study's map in a notebook."""

from __future__ import annotations

import math

import ipyleaflet
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coveragekit import maps
from coveragekit.errors import InputError
from coveragekit.maps.coverage_map import LAYER_KEYS, show_popup, shown_cameras
from coveragekit.maps.framing import fit_view
from coveragekit.maps.legend import legend_groups
from tests.dashboards.fixture_study import HOSTILE_IMAGE, HOSTILE_SCRIPT


def _click(layer, key: str) -> None:
    layer._handle_mouse_events(
        layer,
        {"event": "click", "properties": {"key": key}, "coordinates": [33.74, -84.35]},
        [],
    )


def test_three_lines_give_a_map_that_needs_no_host(town) -> None:
    drawn = maps.coverage_map(town)

    assert [layer.name for layer in drawn.layers] == [
        "Streets",
        "Coverage",
        "Buildings",
        "Gaps",
        "Cameras",
    ]
    assert not any(isinstance(one, ipyleaflet.TileLayer) for one in drawn.layers)
    assert drawn.max_zoom == 20


def test_every_layer_can_be_asked_for(town) -> None:
    drawn = maps.coverage_map(town, layers=LAYER_KEYS)

    assert (
        len(drawn.layers) == len(LAYER_KEYS) - 2
    )  # the town has no water and no zones


def test_an_unheard_of_layer_is_refused(town) -> None:
    with pytest.raises(InputError, match=r"no layer .'satellite'.; allowed:"):
        maps.coverage_map(town, layers=("satellite",))


def test_the_legend_says_what_is_simulated_and_who_made_the_data(town) -> None:
    drawn = maps.coverage_map(town)

    legend = next(c for c in drawn.controls if isinstance(c, ipyleaflet.WidgetControl))
    credit = next(
        c for c in drawn.controls if isinstance(c, ipyleaflet.AttributionControl)
    )
    assert "simulated" in legend.widget.value
    assert "Integrated" in legend.widget.value
    assert credit.prefix == "Data: OpenStreetMap contributors"


@pytest.mark.parametrize(
    ("layer", "key", "words"),
    [("Cameras", "c0", "Town hall"), ("Gaps", "g1", "Wylie / 3rd Street")],
)
def test_a_click_opens_one_popup_about_the_thing(town, layer, key, words) -> None:
    drawn = maps.coverage_map(town)
    clicked = next(one for one in drawn.layers if one.name == layer)

    _click(clicked, key)
    _click(clicked, key)

    popups = [one for one in drawn.layers if isinstance(one, ipyleaflet.Popup)]
    assert len(popups) == 1
    assert words in popups[0].child.value
    show_popup(drawn, (33.7, -84.3), "<b>another</b>")
    assert popups[0].child.value == "<b>another</b>"
    assert tuple(popups[0].location) == (33.7, -84.3)


@pytest.mark.parametrize(
    ("layer", "key", "name"),
    [("Cameras", "c5", HOSTILE_IMAGE), ("Gaps", "g2", HOSTILE_SCRIPT)],
)
def test_a_hostile_name_stays_text_in_the_popup(town, layer, key, name) -> None:
    drawn = maps.coverage_map(town)
    clicked = next(one for one in drawn.layers if one.name == layer)

    _click(clicked, key)

    content = drawn.layers[-1].child.value
    assert name not in content
    assert name.split("=")[0].replace("<", "&lt;").replace('"', "&quot;")[:8] in content


def test_a_click_on_nothing_known_opens_nothing(town) -> None:
    drawn = maps.coverage_map(town)

    _click(drawn.layers[-1], "no such camera")

    assert not any(isinstance(one, ipyleaflet.Popup) for one in drawn.layers)


def test_only_cameras_that_take_part_are_shown_with_how_they_hang(town) -> None:
    results = town.results()

    cameras = shown_cameras(results)

    assert cameras["used"].all()
    assert list(cameras["mount"][:3]) == ["corner", "facade", "open"]


def test_the_legend_names_only_what_the_study_has(town, former_town) -> None:
    def titles(study, *, probability) -> list[str]:
        groups = legend_groups(shown_cameras(study.results()), probability=probability)
        return [group.title for group in groups]

    assert "Probability of being seen" in titles(town, probability=True)
    assert "Probability of being seen" not in titles(former_town, probability=False)


def test_what_an_outage_costs_is_known_where_the_build_knew_it(
    town, former_town
) -> None:
    worth = shown_cameras(town.results()).set_index("camera_id")

    assert worth["loss_street_m"]["c0"] == 140.0
    assert worth["name"]["c0"] == "Town hall"
    assert "loss_street_m" not in shown_cameras(former_town.results())


def test_a_box_that_is_a_point_is_seen_from_near() -> None:
    assert fit_view((24.9, 60.1, 24.9, 60.1)).zoom == 19


@given(
    st.floats(-179, 178),
    st.floats(-80, 79),
    st.floats(1e-4, 1.0),
    st.floats(1e-4, 1.0),
    st.floats(200, 3000),
)
def test_the_view_holds_the_box_and_the_next_closer_one_would_not(
    west, south, width, height, size_px
) -> None:
    box = (west, south, west + width, south + height)

    view = fit_view(box, width_px=size_px, height_px=size_px, max_zoom=30)

    def mercator(degrees: float) -> float:
        return math.log(math.tan(math.pi / 4 + math.radians(degrees) / 2))

    world_px = 256 * 2.0**view.zoom
    across = world_px * width / 360
    down = world_px * (mercator(box[3]) - mercator(box[1])) / (2 * math.pi)
    assert max(across, down) <= size_px * (1 + 1e-6)
    assert max(across, down) > size_px / 2 * (1 - 1e-6) or view.zoom == 30
    assert box[1] < view.lat < box[3]


@pytest.mark.parametrize("wrong", [(float("nan"), 0, 1, 1), (0, 0, float("inf"), 1)])
def test_a_box_that_is_not_finite_is_refused(wrong) -> None:
    with pytest.raises(InputError, match="a view needs a finite box"):
        fit_view(wrong)
