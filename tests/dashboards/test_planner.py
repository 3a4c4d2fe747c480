"""The planner's wiring, driven by the messages that a page sends, without a browser."""

from __future__ import annotations

import base64
import subprocess
import sys

import ipyleaflet
import pytest

from coveragekit.dashboards import planner as planner_room
from coveragekit.dashboards.planner import Planner
from coveragekit.dashboards.planner.raster_pictures import NO_PICTURE
from coveragekit.errors import SourceUnavailable
from tests.dashboards.fixture_study import HOSTILE_IMAGE


@pytest.fixture
def planner(town) -> Planner:
    return Planner(town, user="Kim", role="planner")


def _send(part, event: str, **rest) -> None:
    part._handle_custom_msg({"event": event, **rest}, [])


def _finish(planner: Planner) -> None:
    """Wait for what the planner does beside the kernel's loop."""
    planner._worker.submit(lambda: None).result(timeout=60)


def _layer(planner: Planner, name: str):
    return next(one for one in planner.scene.map.layers if one.name == name)


def _popup(planner: Planner) -> ipyleaflet.Popup:
    every = [o for o in planner.scene.map.layers if isinstance(o, ipyleaflet.Popup)]
    assert planner.scene.map.layers[:1] == tuple(every)
    return every[0]


def _click_map(planner: Planner, lon: float, lat: float) -> None:
    planner.scene.map._handle_leaflet_event(
        planner.scene.map,
        {"event": "interaction", "type": "click", "coordinates": [lat, lon]},
        [],
    )


def _street_value(planner: Planner) -> str:
    return planner.numbers.state["headlines"][0]["value"]


def test_it_opens_with_numbers_gaps_and_a_map(planner) -> None:
    assert _street_value(planner) == "38 %"
    assert len(planner.gaps.state["rows"]) == 5
    assert planner.place.state["status"] == "idle"
    assert planner.header.state["user"] == "Kim, planner"
    assert planner.header.state["simulated"] is True
    assert {"Streets", "Coverage", "Buildings", "Gaps", "Cameras"} <= {
        one.name for one in planner.scene.map.layers
    }


def test_no_layer_asks_a_host(planner) -> None:
    for key in ("isovists", "incidents"):
        _send(planner.layers, "layer", key=key, shown=True)

    for layer in planner.scene.map.layers:
        assert not isinstance(layer, ipyleaflet.TileLayer)
        assert getattr(layer, "url", "data:").startswith("data:")


def test_a_tier_changes_numbers_cameras_coverage_and_says_so(planner) -> None:
    before = _layer(planner, "Coverage").url

    _send(planner.numbers, "tier", tier="integrated")
    _finish(planner)

    assert planner.header.state["fault"] == ""
    assert _street_value(planner) == "24 %"
    assert "Street seen 24 %" in planner.numbers.state["announcement"]
    assert planner.numbers.state["status"] == ""
    keys = {
        one["properties"]["key"] for one in _layer(planner, "Cameras").data["features"]
    }
    assert keys == {
        "c0",
        "c1",
        "c2",
        "c7",
        "c8",
        "c9",
    }  # c9 is planned: shown, uncounted
    assert _layer(planner, "Coverage").url != before
    assert planner.gaps.state["note"].startswith("Gaps are the places")


def test_the_former_tier_s_coverage_is_gone_before_the_new_one_is_drawn(
    planner, monkeypatch
) -> None:
    waiting = []
    monkeypatch.setattr(planner, "_later", lambda _, *work: waiting.append(work))
    frame = next(one for one in planner.page.children if "ck-map" in one._dom_classes)

    _send(planner.numbers, "tier", tier="public")

    assert _layer(planner, "Coverage").url == NO_PICTURE
    assert "ck-redrawing" in frame._dom_classes
    assert planner.numbers.state["status"] == "Redrawing the coverage"
    (work, *arguments) = waiting.pop()
    work(*arguments)
    assert len(_layer(planner, "Coverage").url) > len(NO_PICTURE)
    assert "ck-redrawing" not in frame._dom_classes

    _send(planner.numbers, "tier", tier="registered")  # it was drawn before
    assert len(_layer(planner, "Coverage").url) > len(NO_PICTURE)
    assert "ck-redrawing" not in frame._dom_classes


@pytest.mark.parametrize("part", ["header", "numbers"])
def test_light_and_state_change_numbers_words_and_both_selectors(planner, part) -> None:
    _send(getattr(planner, part), "basis", light="night", state="designed")

    said = planner.numbers.state
    assert _street_value(planner) == "15 %"
    assert "by night, as designed" in said["headlines"][0]["basis"]
    assert "by night, as designed: Street seen 15 %" in said["announcement"]
    assert said["note"] == "Coverage and gaps on the map stay by day, as designed."
    for state in (said, planner.header.state):
        assert [one["value"] for one in state["choices"]] == ["night", "designed"]
    assert "by day, as designed" in planner.gaps.state["note"]

    _send(getattr(planner, part), "basis", light="night", state="now")
    assert _street_value(planner) == "9.5 %"
    assert said["note"] == planner.numbers.state["note"]

    _send(planner.numbers, "tier", tier="public")
    assert _street_value(planner) == "not computed"
    assert "choose + registered" in planner.numbers.state["note"]
    assert said["note"] in planner.numbers.state["note"]


def test_working_now_draws_hollow_what_is_not_known_to_work(planner) -> None:
    def hollow() -> set[str]:
        return {
            one["properties"]["key"]
            for one in _layer(planner, "Cameras").data["features"]
            if "offline" in one["properties"]["style"]["className"]
        }

    assert hollow() == {"c2", "c6"}  # known to be offline
    _send(planner.header, "basis", state="now")
    assert hollow() == {"c2", "c3", "c4", "c6", "c8", "c9"}
    _send(planner.header, "basis", state="designed")
    assert hollow() == {"c2", "c6"}


def test_a_study_of_the_version_before_opens_without_what_it_lacks(former_town) -> None:
    planner = Planner(former_town)

    assert _street_value(planner) == "38 %"
    assert planner.hours.state["series"] == []
    assert planner.worth.state["cameras"] == []
    assert planner.numbers.state["warnings"] == []
    assert planner.numbers.state["jumps"] == []
    keys = [one["key"] for one in planner.layers.state["layers"]]
    assert "probability" not in keys
    _send(planner.header, "basis", light="night", state="designed")
    assert "build the study again" in planner.numbers.state["note"]
    assert planner.header.state["fault"] == ""


def test_the_probability_of_being_seen_is_a_layer_that_follows_the_theme(
    planner,
) -> None:
    _send(planner.layers, "layer", key="probability", shown=True)
    layer = _layer(planner, "Probability of being seen")
    light = layer.url

    _send(planner.header, "theme", dark=True)

    assert light.startswith("data:image/png")
    assert layer.url != light
    assert any("over all scenes" in note for note in planner.layers.state["notes"])
    titles = [group["title"] for group in planner.layers.state["legend"]]
    assert "Probability of being seen" in titles


def test_an_important_camera_is_shown_where_it_is(planner) -> None:
    _send(planner.worth, "camera", key="c7")

    eye = planner.scene.cameras.set_index("camera_id").geometry["c7"]
    lat, lon = planner.scene.map.center
    assert abs(lat - eye.y) < 1e-3
    assert abs(lon - eye.x) < 1e-3
    popup = _popup(planner)
    assert "Crossing 4th/Wylie" in popup.child.value
    _send(planner.worth, "camera", key="no such camera")
    assert planner.header.state["fault"] == ""


def test_back_to_all_tiers_is_as_it_was(planner) -> None:
    url, numbers = _layer(planner, "Coverage").url, planner.numbers.state["headlines"]

    for tier in ("public", "registered"):
        _send(planner.numbers, "tier", tier=tier)
        _finish(planner)

    assert _layer(planner, "Coverage").url == url
    assert planner.numbers.state["headlines"] == numbers
    assert planner.gaps.state["note"] == ""


def test_a_layer_is_made_when_it_is_first_shown_and_goes_when_hidden(planner) -> None:
    _send(planner.layers, "layer", key="incidents", shown=True)
    shown = {one.name for one in planner.scene.map.layers}
    _send(planner.layers, "layer", key="incidents", shown=False)
    hidden = {one.name for one in planner.scene.map.layers}

    assert "Incident density" in shown
    assert "Incident density" not in hidden
    assert any("smoothed" in note for note in planner.layers.state["notes"])
    states = {one["key"]: one["shown"] for one in planner.layers.state["layers"]}
    assert states["incidents"] is False


def test_views_shown_follow_the_chosen_tier(planner) -> None:
    _send(planner.layers, "layer", key="isovists", shown=True)
    _send(planner.numbers, "tier", tier="public")
    _finish(planner)

    assert len(_layer(planner, "Views").data["features"]) == 2


def test_symbols_are_small_on_a_map_that_shows_much(planner) -> None:
    frame = next(one for one in planner.page.children if "ck-map" in one._dom_classes)
    far = "ck-far" in frame._dom_classes

    _send(planner.gaps, "gap", key="g3")

    assert far
    assert "ck-far" not in frame._dom_classes


def test_a_gap_row_zooms_the_map_and_lights_the_gap_up(planner) -> None:
    zoom = planner.scene.map.zoom

    _send(planner.gaps, "gap", key="g3")

    gap = planner.scene.gaps.set_index("gap_id").geometry["g3"]
    lat, lon = planner.scene.map.center
    assert gap.envelope.buffer(1e-4).contains(gap.envelope.centroid)
    assert abs(lon - gap.envelope.centroid.x) < 1e-6
    assert abs(lat - gap.envelope.centroid.y) < 1e-5
    assert planner.scene.map.zoom > zoom
    assert planner.gaps.state["chosen"] == "g3"
    assert len(_layer(planner, "Chosen").data["features"]) == 2  # hatch and outline


def test_a_click_on_a_gap_marks_its_row_and_does_not_move_the_map(planner) -> None:
    center = planner.scene.map.center

    layer = _layer(planner, "Gaps")
    layer._handle_mouse_events(
        layer,
        {"event": "click", "properties": {"key": "g2"}, "coordinates": [33.7, -84.3]},
        [],
    )

    assert planner.gaps.state["chosen"] == "g2"
    assert planner.scene.map.center == center


def test_a_click_on_a_camera_tells_of_it_and_shows_its_view(planner) -> None:
    layer = _layer(planner, "Cameras")
    layer._handle_mouse_events(
        layer,
        {"event": "click", "properties": {"key": "c5"}, "coordinates": [33.7, -84.3]},
        [],
    )

    popup = _popup(planner)
    assert HOSTILE_IMAGE not in popup.child.value
    assert "&lt;img" in popup.child.value
    style = _layer(planner, "Chosen").data["features"][0]["properties"]["style"]
    assert "ck-selected-view" in style["className"]


@pytest.mark.slow
def test_a_click_on_the_map_tells_who_sees_the_place_and_draws_rays(planner) -> None:
    view = planner.scene.isovists.set_index("camera_id").geometry["c7"]
    spot = view.representative_point()

    _click_map(planner, spot.x, spot.y)
    _finish(planner)

    said = planner.place.state
    assert said["status"] == "done"
    assert said["title"].startswith("Seen by 1 camera")
    assert said["rows"][0]["name"] == "Crossing 4th/Wylie"
    classes = [
        one["properties"]["style"]["className"]
        for one in _layer(planner, "Rays").data["features"]
    ]
    assert classes[0] == "ck-sees"
    assert classes[-1] == "ck-spot"


@pytest.mark.slow
def test_the_proof_of_a_camera_is_a_picture_and_can_be_kept(
    planner, monkeypatch
) -> None:
    sent = []
    monkeypatch.setattr(planner.place, "send", sent.append)
    view = planner.scene.isovists.set_index("camera_id").geometry["c7"]
    spot = view.representative_point()
    _click_map(planner, spot.x, spot.y)
    _finish(planner)

    _send(planner.place, "proof", key="c7")
    _finish(planner)
    _send(planner.place, "file", kind="svg")
    _send(planner.place, "file", kind="png")
    _finish(planner)

    proof = planner.place.state["proof"]
    assert (proof["status"], proof["key"]) == ("done", "c7")
    assert proof["url"].startswith("data:image/svg+xml;base64,")
    assert "Crossing 4th/Wylie" in proof["words"]
    vector, picture = (base64.b64decode(one["content"]) for one in sent)
    assert b"<svg" in vector[:500]
    assert picture.startswith(b"\x89PNG")
    assert sent[1]["name"] == f"proof_{spot.y:.5f}_{spot.x:.5f}.png"

    _click_map(planner, spot.x, spot.y)
    assert planner.place.state["proof"]["url"] == ""  # of the former place


def test_a_proof_that_cannot_be_drawn_is_told_and_the_reasons_stay(planner) -> None:
    _click_map(planner, -84.352, 33.747)
    _finish(planner)
    rows = planner.place.state["rows"]

    _send(planner.place, "proof", key="no such camera")
    _finish(planner)
    assert "Could not draw the proof: " in planner.header.state["fault"]
    assert planner.place.state["proof"]["status"] == "none"
    assert planner.place.state["rows"] == rows

    for kind, words in (("gif", "there is no kind of file 'gif'"), ("svg", "nothing")):
        _send(planner.place, "file", kind=kind)
        _finish(planner)
        assert f"Could not save the drawing: {words}" in planner.header.state["fault"]


def test_a_place_is_explained_in_the_light_that_was_chosen(planner) -> None:
    _send(planner.header, "basis", light="night")

    _click_map(planner, -84.352, 33.747)
    _finish(planner)

    assert planner.place.state["words"].startswith("By night, at 33.74700")
    reasons = " ".join(row["reason"] for row in planner.place.state["rows"])
    assert "dark" in reasons


def test_a_fault_while_explaining_is_told_and_the_page_lives_on(
    planner, monkeypatch
) -> None:
    def gone(*_args, **_options) -> None:
        message = "obstacles are missing; build the study again"
        raise SourceUnavailable(message)

    monkeypatch.setattr(type(planner._study), "explain", gone)

    _click_map(planner, -84.352, 33.747)
    _finish(planner)

    assert planner.header.state["fault"].startswith(
        "Could not explain the place: obstacles are missing; build the study again"
    )
    assert "Reference" in planner.header.state["fault"]
    assert planner.place.state["status"] == "idle"
    _send(planner.header, "dismiss")
    assert planner.header.state["fault"] == ""
    _send(planner.numbers, "tier", tier="public")
    assert _street_value(planner) == "10 %"


def test_closing_the_place_takes_its_marks_away(planner) -> None:
    planner.scene.marks.mark_place(-84.352, 33.747)

    _send(planner.place, "close")

    assert _layer(planner, "Rays").data["features"] == []
    assert planner.place.state["status"] == "idle"


@pytest.mark.parametrize(
    ("part", "event", "rest"),
    [
        ("numbers", "tier", {"tier": "secret"}),
        ("layers", "layer", {"key": "satellite", "shown": True}),
        ("numbers", "tier", {}),
        ("gaps", "gap", {}),
    ],
)
def test_a_message_that_makes_no_sense_is_told_not_raised(
    planner, part, event, rest
) -> None:
    _send(getattr(planner, part), event, **rest)

    assert planner.header.state["fault"].startswith("Could not")


def test_an_unknown_gap_changes_nothing_on_the_map(planner) -> None:
    center = planner.scene.map.center

    _send(planner.gaps, "gap", key="no such gap")

    assert planner.scene.map.center == center


def test_the_map_fits_the_study_once_its_size_is_known(planner) -> None:
    drawn = planner.scene.map
    for edge, value in {"left": 0, "top": 0, "bottom": 300, "right": 300}.items():
        drawn.set_trait(edge, float(value))

    assert drawn.zoom == 15  # 680 m at 4 m a pixel


def test_a_dark_page_gets_a_coverage_picture_for_a_dark_ground(planner) -> None:
    light = _layer(planner, "Coverage").url

    _send(planner.header, "theme", dark=True)
    dark = _layer(planner, "Coverage").url
    _send(planner.header, "theme", dark=False)

    assert dark != light
    assert _layer(planner, "Coverage").url == light


def test_show_opens_the_study_that_the_server_names(town, monkeypatch) -> None:
    monkeypatch.setenv("COVERAGEKIT_STUDY", str(town.path))
    monkeypatch.delenv("COVERAGEKIT_LOG", raising=False)

    shown = planner_room.show()

    assert "ck-app" in shown.children[0]._dom_classes


@pytest.mark.parametrize(
    ("folder", "words"),
    [(None, "no study is named"), ("nowhere", "there is no folder nowhere")],
)
def test_a_page_that_cannot_open_says_so_plainly(
    folder, words, monkeypatch, tmp_path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("COVERAGEKIT_STUDY", raising=False)
    monkeypatch.delenv("COVERAGEKIT_LOG", raising=False)

    shown = planner_room.show(folder)

    message = shown.children[0].value
    assert f"Could not open the planner: {words}" in message
    assert "Reference" in message
    assert "Traceback" not in message


@pytest.mark.slow
def test_the_kernel_of_the_planner_loads_no_heavy_library(town) -> None:
    code = (
        "import sys\n"
        "from coveragekit.dashboards import planner\n"
        f"page = planner.show({str(town.path)!r})\n"
        "assert 'ck-app' in page.children[0]._dom_classes, page.children[0]\n"
        "heavy = {'pandera', 'osmnx', 'esda', 'libpysal', 'mapclassify', 'spopt',\n"
        "         'matplotlib', 'folium', 'sklearn'}\n"
        "print(sorted(heavy & set(sys.modules)))\n"
    )

    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )

    assert run.stderr == ""
    assert run.stdout.strip() == "[]"
