"""A city's layers as the kernel sees them: orders out, events in, nothing trusted."""

from __future__ import annotations

import json
import threading
from typing import Any

import ipyleaflet
import numpy as np
import pytest

from coveragekit.errors import InputError
from coveragekit.maps.bridge import (
    CityLayers,
    Drag,
    Ghost,
    Layer,
    Shape,
    Sight,
    TileAsk,
    point_classes,
)


class Page:
    """A bridge whose page is this test."""

    def __init__(self, **options: Any) -> None:
        self.asked: list[TileAsk] = []
        self.sent: list[tuple[dict[str, Any], list[bytes]]] = []
        self.arrived = threading.Condition()
        self.heard: list[tuple[Any, ...]] = []
        self.faults: list[tuple[str, str]] = []
        self.bridge = CityLayers(
            ipyleaflet.Map(layers=[]),
            self.paint,
            fault=lambda task, error: self.faults.append((task, str(error))),
            **options,
        )
        self.bridge.send = self.send
        self.bridge.layers = [Layer("base"), Layer("cover", version="v1")]
        for name in (
            *("pick", "click", "clear", "move", "drag", "ghost", "remove"),
            *("polygon", "refused", "draw_end", "swipe"),
        ):
            getattr(self.bridge, f"on_{name}")(self.hear(name))

    def hear(self, name: str):
        return lambda *parts: self.heard.append((name, *parts))

    def paint(self, ask: TileAsk) -> bytes:
        self.asked.append(ask)
        if ask.key == "broken":
            message = "out of paint"
            raise ValueError(message)
        return b"" if ask.x == 0 else f"{ask.key}{ask.version}".encode()

    def send(self, content: dict[str, Any], buffers: list[bytes] | None = None) -> None:
        with self.arrived:
            self.sent.append((content, buffers or []))
            self.arrived.notify_all()

    def say(self, **content: Any) -> None:
        self.bridge._message(self.bridge, content, [])

    def made(self, count: int) -> dict[str, bytes | None]:
        """Wait for so many answers of the thread."""
        with self.arrived:
            assert self.arrived.wait_for(lambda: len(self._made()) >= count, 10)
        return self._made()

    def _made(self) -> dict[str, bytes | None]:
        return {
            name: None if length < 0 else buffers[i]
            for content, buffers in self.sent
            if content["event"] == "made"
            for i, (name, length) in enumerate(content["got"])
        }


@pytest.fixture
def page():
    made = Page(tooltip=lambda kind, row: [f"{kind} {row}", "<b>"])
    yield made
    made.bridge.close()


def ask(name: str, key: str = "cover", **parts: Any) -> list[Any]:
    given = {"z": 3, "x": 1, "y": 2, "version": "v1", "scale": 1, **parts}
    return [name, key, *(given[one] for one in ("z", "x", "y", "version", "scale"))]


def test_a_page_gets_the_pictures_that_it_asks_for(page: Page) -> None:
    page.say(event="tiles", asks=[ask("t1"), ask("t2", x=0), ask("t3", scale=2)])

    assert page.made(3) == {"t1": b"coverv1", "t2": b"", "t3": b"coverv1"}
    assert page.asked[0] == TileAsk("cover", 3, 1, 2, "v1", 1)
    assert page.asked[2].scale == 2


@pytest.mark.parametrize(
    "wrong",
    [
        ask("t", version="v0"),
        ask("t", key="secret"),
        ask("t", z=23),
        ask("t", z=-1),
        ask("t", x=8),
        ask("t", y=-1),
        ask("t", scale=64),
        ask("t", x=True),
        ask("t", x=1.5),
        ask("t", x="1"),
        ask(7),
        ["t", "cover"],
        "t",
        None,
    ],
)
def test_what_is_no_picture_of_now_is_not_drawn(page: Page, wrong: Any) -> None:
    page.say(event="tiles", asks=[wrong, ask("good")])

    name = wrong[0] if isinstance(wrong, list) else None
    assert page.made(1 + (name == "t"))["good"] == b"coverv1"
    assert len(page.asked) == 1
    # The page hears of it, so that it does not wait for ever.
    assert ("t" in page.made(1)) == (name == "t")


@pytest.mark.parametrize(
    "content",
    [
        {},
        {"event": "nothing"},
        {"event": ["tiles"]},
        {"event": "tiles", "asks": "all"},
        {"event": "pick", "row": 99, "others": [1]},
        {"event": "pick", "row": -1},
        {"event": "pick", "row": True},
        {"event": "click", "lon": "x", "lat": 1},
        {"event": "click", "lon": 1, "lat": 91},
        {"event": "click", "lon": float("nan"), "lat": 1},
        {"event": "move", "west": 1, "east": 0, "south": 0, "north": 1},
        {"event": "ghost", "id": "unknown"},
        {"event": "remove", "id": {}},
        {"event": "remove", "id": ["a"]},
        {"event": "swipe", "at": 2},
        {"event": "tell", "kind": "camera", "row": 5000, "id": "1"},
        {"event": "tell", "kind": ["camera"], "row": 1, "id": "1"},
        {"event": "labels", "zoom": "x"},
    ],
)
def test_what_makes_no_sense_does_nothing(page: Page, content: dict[str, Any]) -> None:
    page.bridge._message(None, content, [])
    page.bridge._message(None, "not even a message", [])

    assert page.heard == []
    assert page.sent == []


def test_opacity_changes_no_version_and_redrawing_does(page: Page) -> None:
    page.bridge.change_layer("cover", opacity=0.3, shown=False)
    assert page.bridge.layer("cover") == Layer(
        "cover", opacity=0.3, shown=False, version="v1"
    )

    page.bridge.redraw("cover")
    assert page.bridge.layer("cover").version == "v1+1"
    page.bridge.redraw("cover")
    assert page.bridge.layer("cover").version == "v1+2"
    page.bridge.redraw(version="night")
    assert [one.version for one in page.bridge.layers] == ["night", "night"]
    assert [one["z"] for one in page.bridge._layers] == [1, 2]


def test_layers_that_cannot_be_are_refused(page: Page) -> None:
    with pytest.raises(InputError, match="there is no layer 'gaps'; there are: base"):
        page.bridge.redraw("gaps")
    with pytest.raises(InputError, match=r"opacity of layer 'a' is 1\.5"):
        Layer("a", opacity=1.5)
    with pytest.raises(InputError, match="side of layer 'a' is 'top'"):
        Layer("a", side="top")
    with pytest.raises(InputError, match="needs a key; got an empty one"):
        Layer("")
    with pytest.raises(InputError, match="a key of its own"):
        page.bridge.layers = [Layer("a"), Layer("a")]
    with pytest.raises(InputError, match=r"cannot stand at 1\.1"):
        page.bridge.swipe(at=1.1)
    with pytest.raises(InputError, match="cannot look like 'pink'"):
        Shape([], look="pink")
    with pytest.raises(InputError, match="ghost 'g' stands at nan"):
        Ghost("g", np.nan, 1.0)
    with pytest.raises(InputError, match=r"no mark \['colour'\]"):
        page.bridge.mark(colour="red")


def test_a_picture_that_fails_is_told_in_words(page: Page) -> None:
    page.bridge.layers = [Layer("broken")]

    page.say(event="tiles", asks=[ask(f"t{i}", "broken", version="") for i in "ab"])

    assert page.made(2) == {"ta": None, "tb": None}
    assert page.faults == [("draw the layer broken", "out of paint")]


def test_names_are_written_for_what_is_in_sight() -> None:
    boxes = []

    def names(box, zoom):
        boxes.append((box, zoom))
        return [{"text": "Wylie Street", "x": 0.5, "y": 0.5}]

    page = Page(labels=names)
    box = {"west": -90.0, "south": 0.0, "east": 90.0, "north": 45.0}

    page.say(event="labels", id="p:1", zoom=16, **box)

    assert json.loads(page.made(1)["labels p:1"])[0]["text"] == "Wylie Street"
    (left, top, right, bottom), zoom = boxes[0]
    assert (left, right, bottom, zoom) == (0.25, 0.75, 0.5, 16)
    assert top == pytest.approx(0.359725, abs=1e-6)  # 45 degrees north
    page.bridge.close()


def test_cameras_are_told_of_chosen_and_counted(page: Page) -> None:
    page.bridge.set_points(np.full((4, 2), 0.5), point_classes([0, 1, 2, 3]))

    page.say(event="tell", kind="camera", row=3, id="p:1")
    page.say(event="pick", row=2, others=[1, 2, 77, "x"])

    told, _ = page.sent[-1]
    assert told["lines"] == ["camera 3", "<b>"]
    assert page.heard == [("pick", 2, (1, 2))]
    with pytest.raises(InputError, match="3 flags were given for 4 cameras"):
        page.bridge.show_points(np.ones(3, bool))
    page.bridge.fade_points(0.4)
    assert page.bridge._faded == 0.4
    with pytest.raises(InputError, match=r"opacity of the cameras is 1\.2"):
        page.bridge.fade_points(1.2)
    page.bridge.show_points(np.array([True, False, False, True]))
    assert len(page.bridge._shown) < 20


def test_a_map_flies_until_it_tells_that_it_has_landed(page: Page) -> None:
    def tell(landed: object) -> None:
        box = {"west": -90, "south": 0, "east": 0, "north": 60}
        page.say(event="move", **box, zoom=12, width=8, height=6, landed=landed)

    assert not page.bridge.is_flying
    page.bridge.fly_to(1.0, 2.0, 18.0)
    page.bridge.fly_to_bounds((1.0, 2.0, 3.0, 4.0))
    page.say(event="ready")
    flights = [one["flight"] for one, _ in page.sent if one["event"] == "fly"]
    assert flights == [1, 2]
    for landed in (None, 0, 1, "2", 3, -1, 1.0):  # none of them the last flight
        tell(landed)
        assert page.bridge.is_flying
    tell(2)
    assert not page.bridge.is_flying
    assert len([one for one in page.heard if one[0] == "move"]) == 8


def test_places_sights_and_dividers_are_heard(page: Page) -> None:
    page.say(event="click", lon=190.0, lat=1.0)
    page.say(event="clear")
    page.say(event="swipe", at=0.25)
    page.say(
        event="move",
        west=-90,
        south=0,
        east=0,
        north=66.51326044311186,
        zoom=12,
        width=800,
        height=600,
    )

    assert page.heard[:3] == [("click", -170.0, 1.0), ("clear",), ("swipe", 0.25)]
    sight = page.heard[3][1]
    assert isinstance(sight, Sight)
    assert sight.bounds_merc == pytest.approx((0.25, 0.25, 0.5, 0.5))
    assert sight.size_px == (800, 600)


def test_an_area_is_kept_when_it_is_one_and_refused_in_words_when_not(
    page: Page,
) -> None:
    page.bridge.draw_polygon()
    page.say(event="polygon", ring=[[0, 0], [1, 1], [1, 0], [0, 1]])

    assert page.heard[-1][0] == "refused"
    assert page.sent[-1][0]["words"].startswith("The outline crosses itself")
    assert page.bridge.drawing == "polygon"
    assert page.bridge.polygon == ()

    page.say(event="polygon", ring=[[0, 0], [1, 0], [1, 1]])
    ring = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0))
    assert page.heard[-2:] == [("polygon", ring), ("draw_end",)]
    assert (page.bridge.polygon, page.bridge.drawing) == (ring, "")
    page.say(event="polygon", ring=[["x", 0], [1, 0], [1, 1]])
    assert "no place on the map" in page.heard[-1][1]
    assert page.bridge.polygon == ring


def test_a_ghost_is_dragged_and_the_page_is_let_go_on_whatever_happens(
    page: Page,
) -> None:
    page.bridge.set_ghosts([Ghost("g1", 1.0, 2.0, bearing_deg=370.0)])
    assert page.bridge._ghosts[0]["bearing"] == 10.0

    page.say(event="drag", id="g1", lon=1.5, lat=2.5, bearing=-90, done=True)
    page.say(event="drag", id="g2", lon=1.5, lat=2.5, bearing=0, done=True)
    page.say(event="ghost", id="g1")
    page.say(event="remove", id="g1")

    assert page.heard == [
        ("drag", Drag("g1", 1.5, 2.5, 270.0, done=True)),
        ("ghost", "g1"),
        ("remove", "g1"),
    ]
    assert [one["event"] for one, _ in page.sent] == ["dragged", "dragged"]

    def fall(_: Drag) -> None:
        message = "no wall there"
        raise RuntimeError(message)

    page.bridge.on_drag(fall)
    with pytest.raises(RuntimeError, match="no wall there"):
        page.say(event="drag", id="g1", lon=1, lat=2, bearing=None, done=False)
    assert page.sent[-1][0] == {"event": "dragged", "id": "g1"}


def test_what_is_said_before_the_page_is_there_is_said_when_it_is(page: Page) -> None:
    page.bridge.fly_to(1.0, 2.0, 15)
    page.bridge.fly_to_bounds((0.0, 0.0, 1.0, 1.0))
    page.bridge.announce("38 % seen")
    assert page.sent == []

    page.say(event="ready")

    assert [one["event"] for one, _ in page.sent] == ["fly", "fly", "say"]
    page.bridge.announce("39 % seen")
    assert page.sent[-1][0]["text"] == "39 % seen"


def test_marks_keep_what_is_not_named(page: Page) -> None:
    page.bridge.mark(place=(1, 2), rays=[(3, 4, True)])
    page.bridge.mark(
        shapes=[Shape([np.zeros((3, 2))], look="view")], camera=np.int64(1)
    )

    marks = page.bridge._marks
    assert marks["place"] == [1.0, 2.0]
    assert marks["rays"] == [[3.0, 4.0, True]]
    assert marks["camera"] == 1
    assert len(marks["shapes"][0]["xy"]) == 48
    assert np.frombuffer(marks["shapes"][0]["ptr"], "<u4").tolist() == [3]
    page.bridge.clear_marks()
    assert page.bridge._marks["place"] is None


def test_nothing_of_the_bridge_needs_a_table_library() -> None:
    import subprocess
    import sys

    heavy = ["geopandas", "pandas", "pandera", "shapely", "rasterio", "matplotlib"]
    code = (
        "import sys, coveragekit.maps.bridge;"
        f"print([name for name in {heavy} if name in sys.modules])"
    )

    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )

    assert done.stdout.strip() == "[]"
