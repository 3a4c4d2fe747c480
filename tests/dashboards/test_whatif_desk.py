"""The what-if desk: its panel, drags, undo, scenarios and comparison, without a map."""

import json
from dataclasses import dataclass, field, replace
from types import SimpleNamespace

import numpy as np
import pytest

from coveragekit.dashboards.faults import FaultDesk
from coveragekit.dashboards.planner.filters import Filters
from coveragekit.dashboards.planner.ghosts import ghost_of_camera, with_part
from coveragekit.dashboards.planner.page_state import PageState
from coveragekit.dashboards.planner.whatif_desk import WhatIfDesk
from coveragekit.dashboards.planner.whatif_parts import GapStep, Line, Step
from coveragekit.dashboards.planner.whatif_state import (
    compare_rows,
    gap_rows,
    line_rows,
    spoken,
)
from coveragekit.errors import InputError
from coveragekit.maps.bridge import Drag
from coveragekit.maps.tiles import Look
from coveragekit.study.ghost import Ghost
from coveragekit.view import mercator
from tests.dashboards.whatif_city import Desk, make_city

FEW = "less than 5 either way"
HOSTILE = '<img src=x onerror="alert(1)">'


@dataclass
class FakeBridge:
    """Keeps what it is told."""

    ghosts: list = field(default_factory=list)
    layers: dict = field(default_factory=dict)
    swiped: tuple | None = None

    def set_ghosts(self, ghosts):
        self.ghosts = list(ghosts)

    def change_layer(self, key, **parts):
        self.layers[key] = parts

    def swipe(self, at=0.5, *, left="", right=""):
        self.swiped = (left, right)

    def stop_swipe(self):
        self.swiped = None


class FakeCity:
    """A map that draws nothing."""

    def __init__(self, center):
        self.bridge = FakeBridge()
        self.map = SimpleNamespace(center=center)
        self.look = Look()
        self.painted = []
        self.sides = {}
        self.layers = set()
        self.flown = []

    def paint_by(self, **parts):
        self.painted.append(parts["change"])
        self.look = self.look.changed(**parts)

    def side(self, key, side, look):
        self.sides[side] = look
        self.layers.add(key)

    def end_sides(self):
        self.sides = {}

    def fly_to(self, lon, lat, zoom=None):
        self.flown.append((lon, lat))


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    return make_city(tmp_path_factory.mktemp("desk") / "city")


@pytest.fixture(scope="module")
def city_desk(study):
    return Desk(study)


@pytest.fixture
def page(city_desk, study):
    for path in (study / "scenarios").glob("*.json"):
        path.unlink()
    store = city_desk.store
    middle = mercator.to_lonlat(store.outline.shape.box[0].reshape(2, 2).mean(axis=0))
    state = PageState()
    state.filters = Filters()
    state.mode = "whatif"
    faults = []
    city = FakeCity((float(middle[1]), float(middle[0])))
    desk = WhatIfDesk(
        state,
        store=store,
        answers=city_desk.answers,
        desk=FaultDesk(faults.append),
        city=city,
    )
    return SimpleNamespace(
        desk=desk,
        city=city,
        state=state,
        faults=faults,
        middle=(float(middle[0]), float(middle[1])),
        store=store,
        panel=desk.widget,
        bridge=city.bridge,
    )


def send(page, event, **rest):
    """Send what the panel's script would send."""
    page.panel._handle_msg(
        {
            "content": {
                "data": {"method": "custom", "content": {"event": event, **rest}}
            },
            "buffers": [],
        }
    )


def first_used(page):
    return int(np.flatnonzero(page.store.cameras.used)[0])


def test_a_click_adds_a_camera_and_tells_numbers_ghost_and_pictures(page):
    page.desk.on_click(*page.middle)

    live = page.panel.live
    assert [one.id for one in page.bridge.ghosts] == ["+1"]
    assert len(page.bridge.ghosts[0].cone) > 0
    assert live["form"]["title"] == "New camera 1"
    assert "Assumed by its kind" in live["form"]["assumed"]
    assert {one["name"] for one in live["lines"]} >= {"streets", "incidents"}
    assert page.state.change.added[0].key == "+1"
    assert page.city.painted[-1] is not None
    assert page.bridge.layers["change"] == {"shown": True}
    assert page.faults == []


def test_a_drag_follows_at_every_step_and_is_one_step_to_undo(page):
    page.desk.on_click(*page.middle)
    lon, lat = page.middle
    for step in range(1, 6):
        drag = Drag("+1", lon + step * 1e-5, lat, 90.0, done=step == 5)
        page.desk.on_drag(drag)
        assert page.bridge.ghosts[0].lon == drag.lon

    ghost = page.desk.tryout.change.ghosts[0]
    assert (ghost.lon, ghost.bearing_deg) == (lon + 5e-5, 90.0)
    page.desk.undo()
    assert page.desk.tryout.change.ghosts[0].lon == lon
    page.desk.undo()
    assert page.state.change is None
    assert page.bridge.ghosts == []
    assert page.city.painted[-1] is None
    page.desk.redo()
    page.desk.redo()
    assert page.desk.tryout.change.ghosts[0] == ghost
    assert not page.desk.can_redo


def test_a_camera_of_the_study_is_taken_turned_put_back_and_taken_away(page):
    row = first_used(page)
    name = page.store.cameras.camera_id[row]
    page.desk.take(row)
    assert page.state.change is None
    assert page.panel.live["form"]["is_new"] is False

    send(page, "set", name="bearing_deg", value=10, done=True, seq=4)
    assert page.panel.live["answered"] == 4
    assert page.state.change.ghosts[0].bearing_deg == 10
    assert page.panel.state["changes"][0]["what"].startswith("changed")
    send(page, "drop", key=name)
    assert page.state.change is None
    page.desk.remove(row)
    assert page.state.change.removed == (name,)
    assert page.panel.state["changes"][0]["what"] == "taken away"
    page.desk.take(row)
    send(page, "set", name="kind", value="fisheye", seq=5)
    assert page.state.change.removed == ()
    assert page.state.change.ghosts[0].kind == "fisheye"
    send(page, "remove", key=name)
    assert page.state.change.removed == (name,)


def test_every_part_of_the_form_changes_the_camera(page):
    page.desk.on_click(*page.middle)
    for name, value, field_name, expected in (
        ("kind", "dome", "kind", "dome"),
        ("access", "public", "access", "public"),
        ("size", "3840x2160", "width_px", 3840),
        ("bearing_deg", None, "bearing_deg", None),
        ("tilt_deg", 30, "tilt_deg", 30),
        ("mount_height_m", 5.5, "mount_height_m", 5.5),
        ("ir_range_m", 0, "ir_range_m", 0),
        ("hfov_deg", 60, "hfov_deg", 60),
    ):
        send(page, "set", name=name, value=value, seq=1)
        assert getattr(page.state.change.ghosts[0], field_name) == expected
    assert page.state.change.ghosts[0].vfov_deg < 52.0
    assert page.faults == []


def test_a_value_that_cannot_be_is_told_and_the_form_falls_back(page):
    page.desk.on_click(*page.middle)
    before = page.state.change
    send(page, "set", name="tilt_deg", value=900, seq=7)
    send(page, "set", name="owner", value="x", seq=8)
    send(page, "set", name="size", value="huge", seq=9)

    assert page.state.change is before
    assert page.panel.live["answered"] == 9
    assert len(page.faults) == 3
    assert "tilt_deg is 900" in page.faults[0]
    tilt = next(
        one for one in page.panel.live["form"]["fields"] if one["name"] == "tilt_deg"
    )
    assert tilt["value"] == 15.0


def test_without_a_drag_buttons_move_a_camera_and_the_middle_takes_one(page):
    send(page, "add", kind="turret")
    assert page.panel.state["adding"] is True
    assert page.state.mode == "whatif"
    send(page, "middle")
    before = page.state.change.ghosts[0]
    assert (before.kind, before.lat) == ("turret", page.city.map.center[0])

    send(page, "nudge", east=0, north=1)
    after = page.state.change.ghosts[0]
    metres = (after.lat - before.lat) * 111_000
    assert metres == pytest.approx(1.0, rel=0.01)
    send(page, "choose", key="nobody")
    assert page.panel.live["form"] is None
    page.desk.on_ghost("+1")
    assert page.panel.live["form"]["key"] == "+1"
    send(page, "close")
    assert page.panel.live["form"] is None


def test_a_click_with_a_form_open_closes_it_and_adds_none(page):
    page.desk.on_click(*page.middle)
    page.desk.on_click(page.middle[0] + 1e-4, page.middle[1])

    assert len(page.state.change) == 1
    assert page.panel.live["form"] is None


def test_a_scenario_is_saved_opened_renamed_and_deleted_after_a_question(page):
    page.desk.greet("Kim", "planner")
    page.desk.on_click(*page.middle)
    change = page.state.change
    send(page, "save", name="  Two  at the market ", note="Try it")
    row = page.panel.state["scenarios"][0]
    assert (row["name"], row["user"], row["is_open"]) == (
        "Two at the market",
        "Kim",
        True,
    )
    assert row["count"] == "1 camera changed"
    assert row["told"] == ""
    assert page.panel.state["is_saved"] is True

    send(page, "clear")
    assert page.state.change is None
    send(page, "open", key=row["key"])
    assert page.state.change == change
    send(page, "rename", key=row["key"], name="Market")
    key = page.panel.state["scenarios"][0]["key"]
    assert page.panel.state["name"] == "Market"
    send(page, "delete", key=key)
    assert "Delete the scenario 'Market'" in page.panel.state["confirm"]["words"]
    send(page, "no")
    assert page.panel.state["confirm"] is None
    assert len(page.panel.state["scenarios"]) == 1
    send(page, "delete", key=key)
    send(page, "yes")
    assert page.panel.state["scenarios"] == []
    assert page.state.change == change
    assert page.faults == []


def test_a_name_that_is_taken_is_asked_about_and_a_hostile_one_refused(page):
    page.desk.on_click(*page.middle)
    send(page, "save", name="Market")
    send(page, "clear")
    page.desk.on_click(*page.middle)
    send(page, "save", name="market")
    assert page.panel.state["confirm"]["yes"] == "Replace"
    send(page, "yes")
    assert [one["name"] for one in page.panel.state["scenarios"]] == ["market"]

    send(page, "save", name=HOSTILE)
    send(page, "save", name="../../etc/passwd")
    send(page, "open", key="../../study")
    names = [one["name"] for one in page.panel.state["scenarios"]]
    assert sorted(names) == ["../../etc/passwd", "market"]
    assert all("/" not in one["key"] for one in page.panel.state["scenarios"])
    assert len(page.faults) == 1
    assert "no scenario" in page.faults[0]


def test_a_name_that_cannot_be_is_said_at_its_field(page):
    page.desk.on_click(*page.middle)
    for name in ("", "  ", HOSTILE):
        send(page, "save", name=name)
        refused = page.panel.state["refused"]
        assert refused["key"] == ""
        assert "without < and >" in refused["words"]
    send(page, "save", name="Market")
    assert page.panel.state["refused"] is None
    send(page, "save", name="Square")
    keys = {one["name"]: one["key"] for one in page.panel.state["scenarios"]}
    send(page, "rename", key=keys["Square"], name="MARKET")

    refused = page.panel.state["refused"]
    assert refused["key"] == keys["Square"]
    assert "'MARKET' already" in refused["words"]
    send(page, "rename", key=keys["Square"], name="SQUARE")
    assert page.panel.state["refused"] is None
    assert page.faults == []


def test_what_somebody_else_has_saved_meanwhile_is_asked_about(page):
    page.desk.on_click(*page.middle)
    send(page, "save", name="Market")
    kept = page.desk.scenarios._kept
    (row,) = page.panel.state["scenarios"]
    send(page, "save", name="Market", note="mine again")
    assert page.panel.state.get("confirm") is None
    theirs = replace(kept.load(row["key"]), user="Lee", note="theirs")
    kept.save(theirs, overwrite=True)

    send(page, "save", name="Market", note="mine")
    assert "Lee has saved 'Market' since" in page.panel.state["confirm"]["words"]
    assert kept.load(row["key"]).note == "theirs"
    send(page, "no")
    assert kept.load(row["key"]).note == "theirs"
    send(page, "save", name="Market", note="mine")
    send(page, "yes")
    assert kept.load(row["key"]).note == "mine"
    send(page, "rename", key=row["key"], name="Market hall")
    send(page, "save", name="Market hall", note="still mine")
    assert page.panel.state["confirm"] is None
    assert page.faults == []


def test_the_public_tries_but_saves_nothing_and_nothing_changed_is_not_saved(page):
    send(page, "save", name="Empty")
    page.desk.greet("", "public")
    page.desk.on_click(*page.middle)
    send(page, "save", name="Market")

    assert page.panel.state["scenarios"] == []
    assert "nothing is changed yet" in page.faults[0]
    assert "not save scenarios" in page.faults[1]


def test_another_build_is_told_and_a_damaged_file_as_well(page, study):
    page.desk.on_click(*page.middle)
    send(page, "save", name="Old")
    path = next((study / "scenarios").glob("*.json"))
    told = json.loads(path.read_text("utf-8"))
    path.write_text(json.dumps({**told, "build_id": "other"}), "utf-8")
    (study / "scenarios" / "bad-1.json").write_text("{", "utf-8")
    send(page, "open", key=path.stem)

    rows = {one["name"]: one for one in page.panel.state["scenarios"]}
    assert "earlier build" in rows["Old"]["told"]
    assert "earlier build" in page.panel.state["status"]
    assert "damaged" in rows["bad-1"]["fault"]
    send(page, "open", key="bad-1")
    assert "damaged" in page.faults[-1]


def test_two_are_compared_in_a_table_and_on_the_map(page):
    page.desk.on_click(*page.middle)
    send(page, "save", name="One")
    key = page.panel.state["scenarios"][0]["key"]
    page.desk.remove(first_used(page))
    page.state.mode = "compare"
    part = page.desk.compare_widget
    assert part.state["is_on"] is True
    assert part.state["counts"] == [0, 2]
    assert page.bridge.swiped == ("Today, nothing changed", "What is tried now")
    assert page.city.sides["left"].change is None
    assert page.city.sides["right"].change.removed.any()

    part._handle_msg(
        {
            "content": {
                "data": {
                    "method": "custom",
                    "content": {"event": "pick", "side": "left", "key": key},
                }
            },
            "buffers": [],
        }
    )
    assert part.state["counts"] == [1, 2]
    row = next(one for one in part.state["rows"] if one["name"] == "ground")
    steps = [
        page.desk.tryout.engine.step(change, page.state.filters).lines
        for change in (page.desk.scenarios._kept.load(key).change, page.state.change)
    ]
    assert row == next(
        one for one in compare_rows(*steps, least=0) if one["name"] == "ground"
    )
    page.state.filters = Filters(light="night")
    page.desk.recount()
    page.state.mode = "explain"
    assert page.bridge.swiped is None
    assert page.city.sides == {}
    assert page.faults == []


def test_a_trial_is_drawn_while_its_tool_is_in_hand_and_at_no_other_time(page):
    page.desk.on_click(*page.middle)
    shapes = page.city.painted[-1]
    assert shapes is not None
    page.state.mode = "explain"

    assert page.bridge.ghosts == []
    assert page.city.painted[-1] is None
    assert page.bridge.layers["change"] == {"shown": False}
    assert page.panel.live["form"] is None
    assert len(page.panel.state["changes"]) == 1
    page.desk.recount()
    page.desk.undo()
    page.desk.redo()
    assert page.bridge.ghosts == []
    assert page.city.painted[-1] is None

    send(page, "show")
    assert page.state.mode == "whatif"
    assert [one.id for one in page.bridge.ghosts] == ["+1"]
    assert page.city.painted[-1].version == shapes.version
    page.state.mode = "explain"
    send(page, "clear")
    assert page.state.change is None
    assert page.panel.state["changes"] == []
    assert page.faults == []


def test_a_tried_camera_is_drawn_on_the_side_of_its_scenario_alone(page):
    page.desk.on_click(*page.middle)
    page.state.mode = "compare"

    assert page.bridge.ghosts == []
    assert page.city.look.change is None
    assert page.city.sides["left"].change is None
    assert page.city.sides["right"].change is not None
    assert page.city.layers == {"coverage", "change"}
    page.state.mode = "whatif"
    assert [one.id for one in page.bridge.ghosts] == ["+1"]
    assert page.city.sides == {}


def test_other_filters_are_counted_anew(page):
    page.desk.on_click(*page.middle)
    by_day = page.panel.live["lines"]
    page.state.filters = Filters(light="night", tier="public")
    page.desk.recount()

    assert page.panel.live["lines"] != by_day
    assert "do not count here" in " ".join(page.panel.live["told"])
    assert "Not counted" in page.panel.live["form"]["notes"][-1]


def test_a_drag_to_the_end_of_the_world_is_told_and_leaves_all_as_it_was(page):
    page.desk.on_click(*page.middle)
    before = page.state.change
    with pytest.raises(InputError, match="too far from the study"):
        page.desk.on_drag(Drag("+1", 17.0, 0.0, 0.0, done=True))

    assert page.state.change is before
    page.desk.on_drag(Drag("nobody", 0.0, 0.0, None, done=True))
    assert page.state.change is before


def test_small_counts_are_not_told_outside_the_analysts_role():
    line = Line("incidents", 0.5, 0.502, gained=2.0, total=1000.0)
    many = Line("incidents", 0.5, 0.53, gained=30.0, total=1000.0)
    lost = Line("calls", 0.5, 0.499, gained=-1.0, total=1000.0)

    told, more, less = line_rows([line, many, lost], least=5)
    assert (told["after"], told["difference"]) == (told["before"], FEW)
    assert more["difference"] == "+3.0 points, +30"
    assert less["difference"] == FEW
    assert (told["sign"], less["sign"]) == (0, 0)
    none = Line("calls", 0.5, 0.5, gained=0.0, total=1000.0)
    (nothing,) = line_rows([none], least=5)
    assert nothing["difference"] == FEW
    assert spoken([nothing]) == "No number changes by much."
    assert line_rows([line], least=1)[0]["difference"] == "+0.2 points, +2.0"
    step = Step((), (GapStep(0, (3.0, 2.0), (0.0, 0.0), (90.0, 60.0)),), ())
    store = SimpleNamespace(gaps=SimpleNamespace(name=["Gap"]))
    few = gap_rows(step, store, least=5, per_year=lambda _: 0.5)
    every = gap_rows(step, store, least=1, per_year=lambda _: 0.5)
    assert few[0]["parts"] == ["m of street unseen 90.0 → 60.0"]
    assert every[0]["parts"][0] == "incidents a year 3.0 → 2.0"


@pytest.mark.parametrize("before", [None, 0.5])
def test_a_few_incidents_are_not_counted_for_who_may_not_see_them(
    before: float | None,
) -> None:
    line = Line("incidents", before, before, 0.0, 3.0)

    assert line_rows([line], least=5)[0]["of"] == "of fewer than 5 incidents"
    assert line_rows([line], least=1)[0]["of"] == "of 3 incidents"


def test_outside_the_analysts_role_numbers_move_in_steps_of_many_events():
    here = Line("incidents", 0.5, 0.5114, gained=11.4, total=1000.0)
    aside = Line("incidents", 0.5, 0.5124, gained=12.4, total=1000.0)
    street = Line("streets", 0.5, 0.5114, gained=11.4, total=1000.0)

    one, same, exact = line_rows([here, aside, street], least=5)
    assert one == same
    assert (one["after"], one["difference"]) == ("51 %", "+1.0 points, +10")
    assert exact["difference"] == "+1.1 points, +11 m"
    (compared,) = compare_rows([here], [aside], least=5)
    assert compared["before"] == compared["after"] == "51 %"
    assert compared["difference"] == FEW
    store = SimpleNamespace(gaps=SimpleNamespace(name=["Gap"]))

    def told(before, after):
        step = Step((), (GapStep(0, (before, after), (0.0, 0.0), (0.0, 0.0)),), ())
        rows = gap_rows(step, store, least=5, per_year=lambda _: 0.5)
        return [part for row in rows for part in row["parts"]]

    assert told(9.0, 5.9) == told(9.0, 6.3) == ["incidents a year 9.0 → 6.5"]
    assert told(4.0, 1.2) == ["incidents a year 4.0 → <2.5"]
    assert told(1.2, 4.0) == ["incidents a year <2.5 → 3.7"]
    assert told(9.0, 7.0) == []


def test_who_comes_later_is_answered_anew(city_desk):
    store, engine = city_desk.store, city_desk.engine
    events = store.incidents
    every = np.ones(len(events), np.bool_)
    object.__setattr__(store, "incidents", replace(events, protected=every))
    answers = city_desk.answers
    try:
        answers.least = 5
        assert not engine._load("incidents", Filters(), near=True).any()
        assert engine._load("incidents", Filters(), near=False).any()
        assert not engine._unmet("incidents", Filters()).any()
        answers.least = 1
        assert engine._load("incidents", Filters(), near=True).any()
        assert engine._unmet("incidents", Filters()).any()
    finally:
        object.__setattr__(store, "incidents", events)
        answers.least = 0
        answers.stages.forget()


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (
            Line("streets", 0.38, 0.39, 4120.0, 412_000.0),
            ("38 %", "39 %", "+1.0 points, +4,120 m", 1),
        ),
        (
            Line("streets", 0.38, 0.380001, 0.5, 412_000.0),
            ("38.0000 %", "38.0001 %", "+0.5 m", 1),
        ),
        (Line("ground", 0.38, 0.38, 0.0, 9.0), ("38 %", "38 %", "no change", 0)),
        (Line("ground", None, None, 0.0, 0.0), ("no number", "no number", "", 0)),
    ],
)
def test_numbers_are_said_as_finely_as_it_takes_to_tell_them_apart(line, expected):
    row = line_rows([line], least=1)[0]

    said = (row["before"], row["after"], row["difference"], row["sign"])
    assert said == expected


def test_a_camera_comes_with_its_own_parts_and_what_is_assumed(city_desk):
    store = city_desk.store
    for row in range(len(store.cameras)):
        ghost = ghost_of_camera(store, row)

        assert ghost.of == store.cameras.camera_id[row]
        assert np.float32(ghost.hfov_deg) == store.cameras.hfov_deg[row]
        assert ("hfov_deg" in ghost.assumed) == (
            "hfov_deg" in store.cameras.assumed[row].split(";")
        )


def test_another_lens_angle_narrows_the_height_as_well():
    one = Ghost.of_kind("bullet", key="+1", lon=0, lat=0, hfov_deg=60.0, vfov_deg=34.0)

    assert with_part(one, "hfov_deg", 30).vfov_deg == pytest.approx(16.15, abs=0.01)
    with pytest.raises(InputError, match="no part 'owner'"):
        with_part(one, "owner", "x")
