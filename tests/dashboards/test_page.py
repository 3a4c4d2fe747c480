"""The planner's page, driven by the messages that a page sends, without a browser."""

from __future__ import annotations

import base64
import dataclasses
import json
import subprocess
import sys
import threading
from types import SimpleNamespace

import numpy as np
import pytest

from coveragekit.dashboards import planner as planner_room
from coveragekit.dashboards.planner.page import Planner
from coveragekit.dashboards.planner.recount import Recount
from coveragekit.dashboards.visit import Visit
from coveragekit.errors import SourceUnavailable, StudyError
from coveragekit.maps.bridge import Sight
from coveragekit.maps.taken import TellingWidget
from coveragekit.view import mercator
from tests.dashboards.crossing import FakeBackroom, explained, write_crossing
from tests.view.made import tables

ROBBERY, OTHER = "13A", "220"


@pytest.fixture
def folder(tmp_path):
    return write_crossing(tmp_path / "crossing")


@pytest.fixture
def backroom() -> FakeBackroom:
    return FakeBackroom()


@pytest.fixture
def planner(folder, backroom) -> Planner:
    made = Planner(folder, backroom=backroom)
    made.greet(SimpleNamespace(user="Kim", role="analyst", query=""))
    _finish(made)
    yield made
    made.city.bridge.close()


def _send(part, event: str, **rest) -> None:
    part._handle_custom_msg({"event": event, **rest}, [])


def _finish(planner: Planner) -> None:
    planner.recount.finish()


def _heard(part, monkeypatch) -> list:
    sent: list = []
    monkeypatch.setattr(part, "send", sent.append)
    return sent


def _value(planner: Planner, share: str = "incidents") -> str:
    rows = planner.numbers.state["headlines"]
    return next(one["value"] for one in rows if one["key"] == share)


def _version(planner: Planner, key: str) -> str:
    return next(one.version for one in planner.city.bridge.layers if one.key == key)


def test_it_opens_with_numbers_gaps_layers_and_a_name(planner) -> None:
    assert planner.header.state["user"] == "Kim, analyst"
    assert planner.header.state["fault"] == ""
    assert _value(planner, "street_length") == "38 %"
    assert [one["name"] for one in planner.gaps.state["rows"]] == [
        "Broadway near <script>"
    ]
    titles = [one["title"] for one in planner.layers.state["layers"]]
    assert titles[0] == "Cameras"
    assert titles[-1] == "Base map"
    assert "Calls" not in titles  # this study has none
    assert planner.camera.state["status"] == "none"
    assert planner.place.state["status"] == "idle"


def test_a_filter_changes_numbers_pictures_and_gaps_at_once(planner) -> None:
    before = {key: _version(planner, key) for key in ("base", "coverage", "incidents")}

    planner.state.filters = planner.state.filters.changed(
        {"categories": [ROBBERY]}, planner.terms
    )
    _finish(planner)

    assert _value(planner) not in {"29 %", "not computed"}
    assert _version(planner, "incidents") != before["incidents"]
    assert _version(planner, "coverage") == before["coverage"]
    assert _version(planner, "base") == before["base"]
    assert planner.numbers.state["announcement"].startswith("Counting public")


def test_light_is_chosen_in_the_header_and_on_the_numbers(planner) -> None:
    for part in (planner.header, planner.numbers):
        coverage = _version(planner, "coverage")
        light = "night" if planner.state.filters.light == "day" else "day"

        _send(part, "basis", light=light)
        _finish(planner)

        assert planner.state.filters.light == light
        assert _version(planner, "coverage") != coverage
        for one in (planner.header, planner.numbers):
            chosen = {c["key"]: c["value"] for c in one.state["choices"]}
            assert chosen["light"] == light


def test_a_purpose_is_chosen_by_its_name(planner) -> None:
    _send(planner.header, "basis", band="observe")
    _finish(planner)

    assert planner.state.filters.band == 2
    assert planner.city.look.band == 2
    assert planner.header.state["choices"][0]["value"] == "observe"


def test_a_filter_that_leaves_nothing_says_so_and_is_cleared(planner) -> None:
    planner.state.filters = planner.state.filters.changed(
        {"dates": ["1999-01-01", "1999-01-02"]}, planner.terms
    )
    _finish(planner)
    assert planner.numbers.state["empty"].startswith("Nothing is left")

    _send(planner.numbers, "clear")
    _finish(planner)

    assert planner.numbers.state["empty"] == ""
    assert _value(planner) == "29 %"


def test_a_layer_is_shown_and_made_clear(planner) -> None:
    _send(planner.layers, "layer", key="incidents", shown=True)
    _send(planner.layers, "opacity", key="incidents", opacity=0.4)

    drawn = {one.key: one for one in planner.city.bridge.layers}["incidents"]
    assert (drawn.shown, drawn.opacity) == (True, 0.4)
    row = next(r for r in planner.layers.state["layers"] if r["key"] == "incidents")
    assert row["legend"]
    assert (row["shown"], row["opacity"]) == (True, 0.4)


def test_cameras_can_be_hidden_and_follow_the_tier(planner, monkeypatch) -> None:
    shown, faded = [], []
    monkeypatch.setattr(planner.city.bridge, "show_points", shown.append)
    monkeypatch.setattr(planner.city.bridge, "fade_points", faded.append)

    planner.state.filters = planner.state.filters.changed({"tier": "public"})
    _finish(planner)
    assert shown[-1].sum() == 3  # two public ones, and the planned

    _send(planner.layers, "opacity", key="cameras", opacity=0.5)
    assert faded == [0.5]
    _send(planner.layers, "layer", key="cameras", shown=False)
    assert shown[-1].sum() == 0


def test_an_area_is_outlined_flown_to_and_has_gaps_of_its_own(
    planner, monkeypatch
) -> None:
    flown = []
    monkeypatch.setattr(
        planner.city.bridge, "fly_to_bounds", lambda box, **_: flown.append(box)
    )
    gaps = _version(planner, "gaps")

    planner.state.filters = planner.state.filters.changed(
        {"area": ["beat", 0]}, planner.terms
    )
    _finish(planner)

    assert len(flown) == 1
    assert [one["look"] for one in planner.city.bridge._marks["shapes"]] == ["area"]
    assert planner.gaps.state["rows"] == []  # the gap lies in the other beat
    assert planner.gaps.state["count"] == "0"
    assert planner.city.look.gaps.tolist() == []
    assert _version(planner, "gaps") != gaps
    planner.state.selected = ("camera", 0)  # the outline stays
    looks = {one["look"] for one in planner.city.bridge._marks["shapes"]}
    assert looks > {"area"}
    planner.state.filters = planner.state.filters.cleared()
    _finish(planner)
    assert planner.gaps.state["count"] == "1"


def test_a_dark_page_gets_dark_pictures(planner) -> None:
    base = _version(planner, "base")

    _send(planner.header, "theme", dark=True)

    assert planner.city.look.dark is True
    assert _version(planner, "base") != base


def test_a_name_is_found_and_gone_to(planner, monkeypatch) -> None:
    sent = _heard(planner.header, monkeypatch)
    flown = []
    monkeypatch.setattr(planner.city.bridge, "fly_to", lambda *at: flown.append(at))

    _send(planner.header, "find", text="turn")
    (found,) = sent
    row = found["rows"][0]
    _send(planner.header, "go", kind=row["kind"], index=row["index"])

    assert (row["kind"], row["name"]) == ("camera", "Turning")
    assert len(flown) == 1
    assert planner.camera.state["title"] == "Turning"


def test_a_camera_is_picked_and_let_go(planner) -> None:
    row = planner.store.cameras.camera_id.find("c0")

    planner._deeds._picked(row, (row,))
    assert planner.camera.state["title"] == "West"
    assert planner.city.bridge._marks["camera"] == row

    _send(planner.camera, "close")
    assert planner.camera.state["status"] == "none"
    assert planner.city.bridge._marks["camera"] is None


def test_a_place_is_explained_with_rays(planner, backroom) -> None:
    planner.state.selected = ("place", -84.0, 33.0)
    assert planner.place.state["status"] == "busy"

    backroom.asked[-1].answer(rows=explained("sees", "blocked"))

    asked = backroom.asked[-1]
    assert asked.name == "explain"
    assert (asked.given["lon"], asked.given["lat"]) == (-84.0, 33.0)
    assert (asked.given["light"], asked.given["purpose"]) == ("day", "detect")
    said = planner.place.state
    assert said["title"] == "Seen by 1 camera"
    assert len(planner.city.bridge._marks["rays"]) == 2


def test_a_later_click_makes_an_earlier_answer_idle(planner, backroom) -> None:
    planner.state.selected = ("place", -84.0, 33.0)
    first = backroom.asked[-1]
    planner.state.selected = ("place", -84.001, 33.0)

    assert first.cancelled()
    backroom.asked[-1].answer(rows=explained("blocked"))
    assert planner.place.state["title"] == "No camera sees this place"


def test_a_fault_while_explaining_is_told_and_the_page_lives_on(
    planner, backroom
) -> None:
    planner.state.selected = ("place", -84.0, 33.0)

    backroom.asked[-1].set_exception(SourceUnavailable("the helper has stopped"))

    fault = planner.header.state["fault"]
    assert fault.startswith("Could not explain the place: the helper has stopped")
    assert "Reference" in fault
    assert planner.place.state["status"] == "idle"
    _send(planner.header, "dismiss")
    assert planner.header.state["fault"] == ""


def test_a_proof_is_drawn_and_kept(planner, backroom, monkeypatch) -> None:
    sent = _heard(planner.place, monkeypatch)
    planner.state.selected = ("place", -84.0, 33.0)
    backroom.asked[-1].answer(rows=explained("sees"))

    _send(planner.place, "proof", key="c0")
    backroom.asked[-1].answer(content=b"<svg/>", words="A section")
    _send(planner.place, "file", kind="png")
    backroom.asked[-1].answer(content=b"\x89PNG", words="A section")

    proof = planner.place.state["proof"]
    assert (proof["status"], proof["words"]) == ("done", "A section")
    assert proof["url"].startswith("data:image/svg+xml;base64,")
    assert base64.b64decode(sent[0]["content"]) == b"\x89PNG"
    assert sent[0]["name"] == "proof_33.00000_-84.00000.png"
    assert backroom.asked[-1].given["sheet"] == "a4"


def test_a_proof_that_cannot_be_drawn_leaves_the_reasons(planner, backroom) -> None:
    planner.state.selected = ("place", -84.0, 33.0)
    backroom.asked[-1].answer(rows=explained("sees"))
    rows = planner.place.state["rows"]

    _send(planner.place, "proof", key="c9")
    backroom.asked[-1].set_exception(SourceUnavailable("no such camera"))

    assert "Could not draw the proof" in planner.header.state["fault"]
    assert planner.place.state["proof"]["status"] == "none"
    assert planner.place.state["rows"] == rows
    _send(planner.place, "file", kind="gif")
    assert "there is no kind of file 'gif'" in planner.header.state["fault"]


def test_a_gap_is_flown_to_marked_and_explained(planner, backroom, monkeypatch) -> None:
    flown = []
    monkeypatch.setattr(
        planner.city.bridge, "fly_to_bounds", lambda box, **_: flown.append(box)
    )

    _send(planner.gaps, "gap", key="0")

    (box,) = flown
    west, south, east, north = box
    asked = backroom.asked[-1].given
    assert west <= asked["lon"] <= east
    assert south <= asked["lat"] <= north
    assert planner.gaps.state["chosen"] == "0"
    assert planner.city.bridge._marks["shapes"]


def test_an_explained_gap_is_named(planner, backroom) -> None:
    _send(planner.gaps, "gap", key="0")
    backroom.asked[-1].answer(rows=explained("blocked"))

    words = planner.place.state["words"]
    assert words.startswith("Gap 1: Broadway near <script>; 0.5 incidents a year")
    assert "By day, at" in words


def test_an_outline_that_is_refused_is_told_by_the_map_alone(planner) -> None:
    _send(planner.toolbar, "mode", mode="draw")
    crossing = [[0.0, 0.0], [0.001, 0.001], [0.001, 0.0], [0.0, 0.001]]
    planner.city.bridge._message(None, {"event": "polygon", "ring": crossing}, [])

    assert planner.state.filters.polygon is None
    assert planner.state.mode == "draw"
    assert planner.toolbar.state["hint"] == ""
    assert planner.header.state["fault"] == ""


def test_the_legend_of_a_density_is_of_the_zoom(planner, monkeypatch) -> None:
    asked = []
    legend = planner.city.painter.legend
    monkeypatch.setattr(
        planner.city.painter,
        "legend",
        lambda key, look, *, zoom: asked.append(zoom) or legend(key, look, zoom=zoom),
    )

    planner._deeds._moved(
        Sight((-84.1, 33.0, -84.0, 33.2), (0.0, 0.0, 1.0, 1.0), 11.0, (800.0, 600.0))
    )

    assert set(asked) == {11.0}


def test_areas_are_drawn_of_the_kind_that_is_filtered_by(planner) -> None:
    assert planner.city.look.area_kind == 0

    planner.state.filters = planner.state.filters.changed(
        {"area": ["tract", 2]}, planner.terms
    )
    _finish(planner)

    assert planner.city.look.area_kind == 1


def test_why_a_camera_sees_asks_for_the_proof_at_once(planner, backroom) -> None:
    row = planner.store.cameras.camera_id.find("c0")
    planner.state.selected = ("camera", row)

    _send(planner.camera, "act", act="why")
    backroom.asked[-1].answer(rows=explained("sees"))

    assert backroom.asked[-1].name == "proof"
    assert backroom.asked[-1].given["camera_id"] == "c0"


def test_the_most_important_camera_is_found_by_its_key(planner) -> None:
    _send(planner.worth, "camera", key="c0")
    assert planner.camera.state["title"] == "West"

    _send(planner.worth, "camera", key="c99")
    assert "there is no camera 'c99'" in planner.header.state["fault"]


def test_a_drawn_area_selects(planner) -> None:
    corners = mercator.to_lonlat(planner.store.areas.shape.rings(0)[0][:-1]).tolist()
    _send(planner.toolbar, "mode", mode="draw")
    assert planner.city.bridge.drawing == "polygon"

    planner._deeds._drawn(tuple(tuple(one) for one in corners))
    _finish(planner)

    assert planner.state.mode == "explain"
    assert planner.state.filters.polygon is not None
    assert len(planner.city.bridge.polygon) == len(corners)
    assert _value(planner) != "29 %"


def test_what_changed_while_a_page_opened_is_told_it_once_more(
    folder, backroom, monkeypatch
) -> None:
    planner = Planner(folder, backroom=backroom)
    _finish(planner)
    planner.greet(Visit(user="Kim", role="analyst"))
    _finish(planner)
    told = []
    monkeypatch.setattr(
        TellingWidget,
        "_send",
        lambda part, message, buffers=None: told.append((part, message)),
    )

    _send(planner.header, "address", text="")

    again = {
        part: message["state"].get("state")
        for part, message in told
        if message["method"] == "update"
    }
    assert again[planner.toolbar] == planner.toolbar.state
    assert again[planner.header] == planner.header.state
    told.clear()
    _send(planner.header, "address", text="")
    assert [one for one, message in told if message["method"] == "update"] == []
    planner.city.bridge.close()


def _move(planner: Planner, zoom: float, *, landed: bool = True) -> None:
    """Tell as the page does where the map looks, and whether it flies there still."""
    bridge = planner.city.bridge
    told = {"event": "move", "west": -84.1, "south": 33.0, "east": -84.0, "north": 33.2}
    told |= {"zoom": zoom, "width": 800, "height": 600}
    bridge._message(None, {**told, "landed": bridge._flights if landed else 0}, [])


def test_no_address_is_written_before_the_map_has_arrived(planner, monkeypatch) -> None:
    sent = _heard(planner.header, monkeypatch)
    _send(planner.header, "address", text="#at=33.1,-84.05,18&f=l:night")
    _move(planner, 15, landed=False)
    planner.state.show_layer("calls", shown=True)
    assert sent == []

    _move(planner, 18)

    (written,) = (one["text"] for one in sent)
    assert "at=33.1,-84.05,18" in written
    assert "l:night" in written
    assert "calls" in written


def test_flags_of_cameras_wait_for_the_cameras(planner, monkeypatch) -> None:
    begun, go_on = threading.Event(), threading.Event()
    bridge, done = planner.city.bridge, []
    set_points = bridge.set_points

    def slow(*given, **shown) -> None:
        begun.set()
        assert go_on.wait(10)
        set_points(*given, **shown)
        done.append("cameras")

    monkeypatch.setattr(bridge, "set_points", slow)
    monkeypatch.setattr(bridge, "show_points", lambda _: done.append("flags"))
    now = planner.state.filters.changed({"state": "now"}, planner.terms)
    threads = [threading.Thread(target=planner.city.show_cameras, args=(now,))]
    threads[0].start()
    assert begun.wait(10)
    threads.append(threading.Thread(target=planner.city.show_cameras, args=(now,)))
    threads[1].start()
    threads[1].join(0.2)
    go_on.set()
    for thread in threads:
        thread.join(10)

    assert done == ["flags", "cameras", "flags"]


def test_the_address_holds_the_view_and_opens_it_again(
    planner, folder, backroom, monkeypatch
) -> None:
    sent = _heard(planner.header, monkeypatch)
    _send(planner.header, "address", text="")
    _move(planner, 15)
    planner.state.show_layer("incidents", shown=True)
    _send(planner.header, "basis", light="night")
    text = sent[-1]["text"]

    other = Planner(folder, backroom=backroom)
    flown = []
    monkeypatch.setattr(other.city.bridge, "fly_to", lambda *at: flown.append(at))
    _send(other.header, "address", text=f"#{text}")
    other.recount.finish()

    assert other.state.filters == planner.state.filters
    assert other.state.layers == planner.state.layers
    assert flown == [(-84.05, 33.1, 15.0)]
    assert "East" not in text
    other.city.bridge.close()


@pytest.mark.parametrize("text", ["#at=nowhere", "#on=gaps.1000", "#" + "x" * 30_000])
def test_an_address_that_makes_no_sense_is_told(planner, text) -> None:
    _send(planner.header, "address", text=text)

    fault = planner.header.state["fault"]
    assert fault.startswith("Could not open the view of this address")


def test_a_part_of_an_address_that_does_not_fit_is_left_out_and_told(planner) -> None:
    _send(planner.header, "address", text="#f=l:night;a:beat,gone")
    _finish(planner)

    assert planner.state.filters.light == "night"
    assert "area" in planner.header.state["fault"]


@pytest.mark.parametrize(
    ("part", "event", "rest"),
    [
        ("layers", "layer", {"key": "satellite", "shown": True}),
        ("toolbar", "mode", {"mode": "fly"}),
        ("header", "basis", {"light": "dusk"}),
        ("header", "go", {"kind": "tree", "index": 0}),
        ("gaps", "gap", {"key": "x"}),
        ("gaps", "gap", {}),
    ],
)
def test_a_message_that_makes_no_sense_is_told_not_raised(
    planner, part, event, rest
) -> None:
    _send(getattr(planner, part), event, **rest)

    assert planner.header.state["fault"].startswith("Could not")


def test_a_new_build_is_told_and_the_page_goes_on(planner, monkeypatch) -> None:
    _send(planner.header, "still")
    assert planner.header.state["stale"] == ""

    monkeypatch.setattr(type(planner.store), "is_current", lambda _: False)
    _send(planner.header, "still")

    assert "built again" in planner.header.state["stale"]
    assert not planner.is_current()
    _send(planner.header, "basis", light="night")
    _finish(planner)
    assert planner.state.filters.light == "night"


def test_small_counts_stay_untold_until_somebody_may_see_them(folder, backroom) -> None:
    made = Planner(folder, backroom=backroom)
    assert made.answers.least == 5
    assert made.city.look.points is False

    made.greet(SimpleNamespace(user="Ann", role="analyst", query=""))
    made.recount.finish()

    assert made.answers.least == 1
    assert made.city.look.points is True
    made.city.bridge.close()


def test_nobody_but_an_analyst_is_told_of_single_events(
    tmp_path, backroom, monkeypatch
) -> None:
    given = tables()
    events = given["incidents"]
    in_gap = np.array([events.ids[row] == "e3" for row in range(len(events))])
    given["incidents"] = dataclasses.replace(events, protected=in_gap)
    with monkeypatch.context() as patch:
        patch.setattr(Recount, "ask", lambda _: None)
        folder = write_crossing(tmp_path / "town", given=given)
        made = Planner(folder, backroom=backroom)
        # Nobody has counted what may be shown.
        assert not made.city.look.incidents.any()
        assert made.city.look.least == 5
    made.recount.ask()
    _finish(made)

    for role in ("", "recruiter"):
        if role:
            made.greet(SimpleNamespace(user="Kim", role=role, query=""))
            _finish(made)
        assert made.city.look.incidents[~in_gap].any()
        assert not made.city.look.incidents[in_gap].any()
        assert not made.city.look.points
        assert made.gaps.state["rows"][0]["values"]["incidents"] is None
        assert made.gaps.state["rows"][0]["range"] == ""
        made.state.selected = ("camera", made.store.cameras.camera_id.find("c0"))
        assert "2.0 incidents" not in json.dumps(made.camera.state)
        costs = [one["cost"] for one in made.worth.state["cameras"]]
        assert not any("31 incidents" in one for one in costs)

    made.greet(SimpleNamespace(user="Kim", role="analyst", query=""))
    _finish(made)
    assert made.city.look.incidents[in_gap].all()
    assert made.city.look.points
    assert made.city.look.least == 1
    assert made.gaps.state["rows"][0]["values"]["incidents"] == 0.5
    assert made.gaps.state["rows"][0]["range"] != ""
    made.state.selected = None
    made.state.selected = ("camera", made.store.cameras.camera_id.find("c0"))
    assert "2.0 incidents" in json.dumps(made.camera.state)
    assert "31 incidents" in made.worth.state["cameras"][0]["cost"]
    made.city.bridge.close()


def test_a_study_that_was_never_built_is_refused(tmp_path) -> None:
    with pytest.raises(StudyError, match="build the study first"):
        Planner(tmp_path)


def test_a_study_of_another_version_is_refused(folder) -> None:
    meta = folder / "results" / "view" / "city" / "city.json"
    told = json.loads(meta.read_text("utf-8"))
    meta.write_text(json.dumps({**told, "format": 99}), "utf-8")

    with pytest.raises(StudyError, match="built by another version"):
        Planner(folder)


HEAVY = (
    *("geopandas", "pandas", "pandera", "shapely", "rasterio", "matplotlib"),
    *("pyarrow", "pyogrio", "scipy.stats", "scipy.spatial", "scipy.sparse"),
    *("av", "sqlalchemy", "coveragekit.access", "coveragekit.feeds"),
)


@pytest.mark.slow
def test_the_kernel_of_the_planner_loads_no_heavy_library(folder) -> None:
    code = f"""
import sys
from coveragekit.dashboards import planner as planner_room
from coveragekit.dashboards.planner.page import Planner
planner = Planner({str(folder)!r})
planner.recount.finish()
planner.state.filters = planner.state.filters.changed({{"light": "night"}})
planner.recount.finish()
planner.city.painter.paint("coverage", 0, 0, 0, planner.city.look)
planner.state.selected = ("camera", 0)
planner.names.find("main")
print([name for name in {HEAVY} if name in sys.modules])
planner.city.bridge.close()
"""
    ran = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert ran.stdout.splitlines()[-1] == "[]"


def test_show_opens_the_study_that_the_server_names(folder, monkeypatch) -> None:
    monkeypatch.setenv("COVERAGEKIT_STUDY", str(folder))
    monkeypatch.delenv("COVERAGEKIT_LOG", raising=False)

    shown = planner_room.show()

    assert "ck-app" in shown.children[0]._dom_classes


@pytest.mark.parametrize(
    ("given", "words"),
    [(None, "no study is named"), ("nowhere", "nowhere has no results")],
)
def test_a_page_that_cannot_open_says_so_plainly(
    given, words, monkeypatch, tmp_path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("COVERAGEKIT_STUDY", raising=False)
    monkeypatch.delenv("COVERAGEKIT_LOG", raising=False)

    shown = planner_room.show(given)

    message = shown.children[0].value
    assert f"Could not open the planner: {words}" in message
    assert "Reference" in message
    assert "Traceback" not in message


def test_no_layer_asks_a_host(planner) -> None:
    assert planner.city.map.layers == ()
