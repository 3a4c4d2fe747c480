"""What the parts of the planner's page do when somebody uses them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from coveragekit.dashboards.planner import address, said
from coveragekit.dashboards.planner.camera_card import NO_CAMERA, camera_state, looks_at
from coveragekit.dashboards.planner.filter_address import from_address, to_address
from coveragekit.dashboards.planner.leaving import Leaving
from coveragekit.errors import InputError
from coveragekit.view import mercator

if TYPE_CHECKING:
    from collections.abc import Callable

    from coveragekit.dashboards.components import Component
    from coveragekit.dashboards.planner.parts import Parts
    from coveragekit.maps.bridge import Sight

__all__ = ["Deeds"]

_CAMERA_ZOOM: Final = 18.0
_CHOICES: Final = frozenset({"band", "light", "state"})


class Deeds:
    """
    Joins what is used on a page with what happens then.

    Parameters
    ----------
    planner
        The page.
    """

    def __init__(self, planner: Parts) -> None:
        self._page = planner
        self._state = planner.state
        self._is_open = self._is_placed = False
        self.leaving = Leaving(planner)
        self._listen_to_parts()
        self._listen_to_map()
        self._watch_state()

    # Who is listened to

    def _listen_to_parts(self) -> None:
        page = self._page
        explaining = page.explaining
        self._on(
            page.header,
            ("theme", "change the theme", self._theme),
            ("find", "look for the name", self._find),
            ("go", "go there", self._go),
            ("address", "open the view of this address", self._open),
            ("basis", "change the basis", self._choose),
            ("dismiss", "close the message", lambda _: page.tell("")),
            ("still", "look whether this still holds", lambda _: self._look_again()),
        )
        self._on(
            page.layers,
            ("layer", "show the layer", self._layer),
            ("opacity", "change the layer", self._layer),
        )
        self._on(
            page.toolbar,
            ("mode", "change the tool", self._mode),
            ("whole", "show the whole study", lambda _: page.city.show_whole()),
            ("undo", "undo the last change", lambda _: page.whatif.undo()),
            ("redo", "do it again", lambda _: page.whatif.redo()),
        )
        self._on(
            page.numbers,
            ("basis", "change the basis", self._choose),
            ("clear", "clear the filters", self._clear),
        )
        self._on(
            page.gaps,
            ("gap", "show the gap", self._gap),
            ("save", "save the gaps", lambda _: self._save_gaps()),
        )
        self._on(page.worth, ("camera", "show the camera", self._camera_by_key))
        self._on(
            page.camera,
            ("close", "close the camera", lambda _: self._unselect()),
            ("act", "try that", self._act),
            ("look", "look at the camera", page.live.look),
        )
        self._on(
            page.place,
            ("explain", "explain the place", lambda _: self._explain_middle()),
            ("proof", "draw the proof", lambda m: explaining.prove(str(m["key"]))),
            ("file", "save the drawing", lambda m: explaining.save(str(m["kind"]))),
            ("close", "close the place", lambda _: self._unselect()),
        )

    def _on(
        self,
        part: Component,
        *calls: tuple[str, str, Callable[[dict[str, Any]], None]],
    ) -> None:
        guard = self._page.desk.guard
        known = {event: guard(task)(callback) for event, task, callback in calls}

        def received(_: object, content: object, __: object) -> None:
            event = content.get("event") if isinstance(content, dict) else None
            if isinstance(content, dict) and event in known:
                known[str(event)](content)

        part.on_msg(received)

    def _listen_to_map(self) -> None:
        bridge, guard = self._page.city.bridge, self._page.desk.guard
        bridge.on_pick(guard("show the camera")(self._picked))
        bridge.on_click(guard("explain the place")(self._clicked))
        bridge.on_clear(guard("close what is open")(self._unselect))
        bridge.on_move(guard("note where the map looks")(self._moved))
        bridge.on_polygon(guard("select that area")(self._drawn))
        whatif = self._page.whatif
        bridge.on_drag(guard("move the camera")(whatif.on_drag))
        bridge.on_ghost(guard("choose the camera")(whatif.on_ghost))
        bridge.on_remove(guard("take the camera away")(whatif.on_remove))
        bridge.on_draw_end(guard("end the drawing")(self._drawing_ended))

    def _watch_state(self) -> None:
        watch = self._state.observe
        watch(lambda change: self._filters_changed(change["old"]), "filters")
        watch(lambda _: self._layers_changed(), "layers")
        watch(lambda _: self._mode_changed(), "mode")
        watch(lambda _: self._page.city.paint_by(dark=self._state.dark), "dark")
        watch(lambda change: self._select(change["new"]), "selected")
        watch(lambda _: self._cameras_left(), "left")
        watch(lambda _: self._change_tried(), "change")

    # What changes while the page is open

    def _look_again(self) -> None:
        self._page.look_for_a_new_build()
        self.leaving.ask()

    def _cameras_left(self) -> None:
        page, left = self._page, self._state.left
        page.names.left = left
        chosen = self._state.selected
        if chosen and chosen[0] == "camera" and chosen[1] in left:
            self._unselect()
        page.recount.ask()
        page.explaining.again()

    # Header

    def _theme(self, message: dict[str, Any]) -> None:
        self._state.dark = bool(message["dark"])

    def _find(self, message: dict[str, Any]) -> None:
        text = str(message["text"])
        rows = [
            {"kind": one.kind, "index": one.index, "name": one.name}
            for one in self._page.names.find(text)
        ]
        self._page.header.send({"event": "found", "text": text, "rows": rows})

    def _go(self, message: dict[str, Any]) -> None:
        kind, index = str(message["kind"]), int(message["index"])
        if kind == "gap":
            self._gap({"key": index})
            return
        target = self._page.names.where(kind, index)
        if kind == "camera":
            self._page.city.fly_to(target.lon, target.lat, _CAMERA_ZOOM)
        else:
            self._page.city.fly_to_bounds(target.bounds)
        if kind in {"camera", "area"}:
            self._state.selected = (kind, index)

    def _choose(self, message: dict[str, Any]) -> None:
        chosen = {key: message[key] for key in _CHOICES if key in message}
        self._state.filters = self._state.filters.changed(chosen, self._page.terms)

    def _clear(self, _: dict[str, Any]) -> None:
        self._state.filters = self._state.filters.cleared()

    # Address

    def _open(self, message: dict[str, Any]) -> None:
        page = self._page
        told: tuple[str, ...] = ()
        page.opening.end()
        parts = address.parts_of(str(message.get("text") or ""))
        self._is_open = True
        if "f" in parts:
            filters, told = from_address(parts["f"], page.terms)
            self._is_placed = "at" in parts  # that, and not where the chosen area is
            self._state.filters = filters
            self._is_placed = False
        if "on" in parts:
            self._state.layers = address.layers_of(parts["on"])
        if "at" in parts:
            page.city.fly_to(*address.place_of(parts["at"]))
        if told:
            page.tell(" ".join(told))

    def _write_address(self) -> None:
        page = self._page
        is_leaving = page.to_show is not None or page.city.bridge.is_flying
        if not self._is_open or is_leaving:
            return  # what the address asks for is yet to come, or the map to arrive
        state = self._state
        text = address.written(
            filters=to_address(state.filters, self._page.terms),
            position=state.position,
            layers=state.layers,
        )
        self._page.header.send({"event": "address", "text": text})

    # State

    def _filters_changed(self, old: Any) -> None:  # noqa: ANN401 - Filters
        page, filters = self._page, self._state.filters
        is_elsewhere = old is not None and old.area != filters.area
        if is_elsewhere:
            page.to_show = None if self._is_placed else filters.area
        page.recount.ask()
        if old is None or filters.heavy(old):
            choices = said.choices(filters, page.terms, page.store.meta)
            page.header.change(choices=choices)
            page.numbers.change(choices=choices)
            self._refresh_camera()
        if old is not None and (old.light, old.band) != (filters.light, filters.band):
            page.explaining.again()
        page.city.bridge.polygon = filters.polygon or ()
        if is_elsewhere:
            self._unselect()
            page.city.outline(filters)
        self._write_address()

    def _layers_changed(self) -> None:
        self._page.refresh_layers()
        self._write_address()

    def _mode_changed(self) -> None:
        page, mode = self._page, self._state.mode
        self._show_hint()
        if mode in {"whatif", "compare"}:
            self._unselect()
            page.recount.ask()
        if mode == "draw":
            page.city.bridge.draw_polygon()
        else:
            page.city.bridge.stop_drawing()

    def _show_hint(self) -> None:
        mode = self._state.mode
        self._page.toolbar.change(mode=mode, hint=said.tool_hint(mode))

    def _change_tried(self) -> None:
        whatif = self._page.whatif
        self._page.toolbar.change(can_undo=whatif.can_undo, can_redo=whatif.can_redo)

    # Layers and tools

    def _layer(self, message: dict[str, Any]) -> None:
        self._state.show_layer(
            str(message["key"]),
            shown=message.get("shown"),
            opacity=message.get("opacity"),
        )

    def _mode(self, message: dict[str, Any]) -> None:
        self._state.mode = str(message["mode"])

    # Map

    def _moved(self, sight: Sight) -> None:
        self._page.city.sight = sight.bounds
        west, south, east, north = sight.bounds
        before = self._state.position
        self._state.position = ((west + east) / 2, (south + north) / 2, sight.zoom)
        self._write_address()  # also where it flew to where it was already
        if before is None or before[2] != sight.zoom:
            self._page.refresh_layers()  # the classes of a density are those of a zoom

    def _picked(self, row: int, others: tuple[int, ...]) -> None:
        if self._state.mode == "whatif":
            self._page.whatif.on_pick(row, others)
            return
        if row in self._state.left:
            return  # picked before the map was told
        at = others.index(row) if row in others else 0
        chosen = self._state.selected
        if chosen == ("camera", row) and len(others) > 1:
            row = others[(at + 1) % len(others)]  # the next one at the same pole
        self._state.selected = ("camera", row)

    def _clicked(self, lon: float, lat: float) -> None:
        if self._state.mode == "whatif":
            self._page.whatif.on_click(lon, lat)
        elif self._state.mode == "explain":
            self._state.selected = ("place", lon, lat)

    def _drawn(self, ring: tuple[tuple[float, float], ...]) -> None:
        self._state.mode = "explain"
        self._state.filters = self._state.filters.changed(
            {"polygon": ring}, self._page.terms
        )

    def _drawing_ended(self) -> None:
        if self._state.mode == "draw":
            self._state.mode = "explain"

    # What is chosen

    def _select(self, chosen: Any) -> None:  # noqa: ANN401 - one of several tuples
        page = self._page
        kind = chosen[0] if chosen else ""
        if kind != "place" and page.place.state["status"] != "idle":
            page.explaining.close()
        if kind != "camera":
            page.camera.state = dict(NO_CAMERA)
        page.gaps.change(chosen=str(chosen[1]) if kind == "gap" else None)
        if kind == "camera":
            page.city.mark_camera(chosen[1])
            self._refresh_camera()
        elif kind == "gap":
            page.city.mark_gap(chosen[1])
        elif kind == "area":
            page.city.mark_area(chosen[1])
        else:
            page.city.mark_camera(None)
        if kind == "place":
            page.explaining.explain(chosen[1], chosen[2])

    def _refresh_camera(self) -> None:
        chosen = self._state.selected
        if chosen and chosen[0] == "camera":
            page, row = self._page, chosen[1]
            said = camera_state(
                *(page.store, row, self._state.filters),
                alone=page.answers.seen_alone(row),
            )
            key = page.store.cameras.camera_id[row]
            page.camera.state = {**said, "live": page.live.card_state(key)}
            page.live.ask_about(key)

    def _unselect(self) -> None:
        if self._state.selected is None and self._page.place.state["status"] != "idle":
            self._page.explaining.close()
        self._state.selected = None

    def _gap(self, message: dict[str, Any]) -> None:
        row = int(message["key"])
        self._page.city.fly_to_bounds(self._page.names.where("gap", row).bounds)
        self._state.selected = ("gap", row)
        lon, lat = mercator.to_lonlat(self._page.store.gaps.centre[row]).tolist()
        listed = {one["key"]: one for one in self._page.gaps.state["rows"]}
        about = said.gap_title(listed[str(row)]) if str(row) in listed else ""
        self._page.explaining.explain(lon, lat, about=about)

    def _save_gaps(self) -> None:
        self._page.export.save("gaps", told=self._page.gaps.change)

    def _camera_by_key(self, message: dict[str, Any]) -> None:
        key = str(message["key"])
        row = self._page.store.cameras.camera_id.find(key)
        if row < 0:
            found = f"there is no camera {key!r:.60} in this study"
            raise InputError(found)
        self._go({"kind": "camera", "index": row})

    def _act(self, message: dict[str, Any]) -> None:
        act, chosen = str(message["act"]), self._state.selected
        if not chosen or chosen[0] != "camera":
            return
        whatif = self._page.whatif
        tries = {"move": whatif.take, "swap": whatif.swap, "remove": whatif.remove}
        if act == "why":
            self._why(chosen[1])
        elif act in tries:
            self._unselect()
            self._state.mode = "whatif"
            tries[act](chosen[1])

    def _why(self, row: int) -> None:
        page = self._page
        lon, lat = looks_at(page.store, row, self._state.filters)
        self._state.selected = ("place", lon, lat)
        page.explaining.explain(lon, lat, prove=page.store.cameras.camera_id[row])

    def _explain_middle(self) -> None:
        lat, lon = self._page.city.map.center
        self._state.selected = ("place", float(lon), float(lat))
