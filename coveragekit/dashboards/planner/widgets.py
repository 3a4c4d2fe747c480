"""Wire the planner: the map, the rails, and what a click on each of them does."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from ipywidgets import Box, VBox

from coveragekit.dashboards.components import (
    Gaps,
    Header,
    Hours,
    Layers,
    Numbers,
    Place,
    Tabs,
    Worth,
)
from coveragekit.dashboards.faults import FaultDesk
from coveragekit.dashboards.planner import numbers, state
from coveragekit.dashboards.planner.basis import part_sentence
from coveragekit.dashboards.planner.choice import (
    Choice,
    choice_controls,
    counted_tiers,
    tier_options,
)
from coveragekit.dashboards.planner.hours import hours_state
from coveragekit.dashboards.planner.proof import NO_PROOF, ProofDesk
from coveragekit.dashboards.planner.scene import Scene
from coveragekit.dashboards.planner.worth import warning_lines, worth_state
from coveragekit.maps.legend import legend_groups
from coveragekit.maps.symbols import symbol_defs

if TYPE_CHECKING:
    from collections.abc import Callable

    from coveragekit.dashboards.components import Component
    from coveragekit.dashboards.visit import Visit
    from coveragekit.study import Study

__all__ = ["Planner"]

_NEAR_ZOOM = 17
_IDLE = {
    "status": "idle",
    "title": "Why is a place seen?",
    "words": "Click the map: each camera near tells if it sees the place, and why.",
    "rows": [],
    "more": "",
    "proof": NO_PROOF,
}


class Planner:
    """
    The planner of one built study.

    Parameters
    ----------
    study
        The study.
    user
        Name of the user, shown in the header.
    role
        Role of the user.

    Attributes
    ----------
    page
        The widget to display.
    scene
        The map and its layers.

    Raises
    ------
    StudyError
        The study was never built.
    SourceUnavailable
        A file of the study cannot be read.
    """

    def __init__(self, study: Study, *, user: str = "", role: str = "analyst") -> None:
        self._study = study
        results = study.results()
        self._folder = results.path
        self._summary = results.summary
        self.desk = FaultDesk(self._tell)
        self.scene = Scene(study)
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="planner")
        self._asked = 0
        self._asked_at = (0.0, 0.0)
        self._proofs = ProofDesk(study)
        self._choice = Choice()
        self._tiers = tier_options(self.scene.cameras_by_tier())
        self.hours = Hours(state=hours_state(self._summary))
        self.worth = Worth(state=worth_state(self._summary))
        self.header = Header(state=self._header_state(user, role))
        self.layers = Layers(state=self._layers_state())
        self.numbers = Numbers(state=self._numbers_state())
        self.gaps = Gaps(state=self._gaps_state())
        self.place = Place(state=dict(_IDLE))
        self._frame = Box([self.scene.map])
        self.page = self._page()
        self._listen()

    def greet(self, visit: Visit) -> None:
        """
        Take over who has opened the page.

        Parameters
        ----------
        visit
            Who.
        """
        self.header.change(user=state.user_words(visit.user, visit.role))

    def is_current(self) -> bool:
        """Whether no later build is in force than the one that is shown."""
        return self._study.results().path == self._folder

    def _header_state(self, user: str, role: str) -> dict[str, Any]:
        said = state.header_state(
            self._summary,
            time_zone=self._study.settings.time_zone,
            user=user,
            role=role,
        )
        return {
            **said,
            "choices": choice_controls(self._choice),
            "symbols": symbol_defs(),
            "fault": "",
        }

    def _layers_state(self) -> dict[str, Any]:
        groups = legend_groups(
            self.scene.cameras, probability=self.scene.has_probability
        )
        return {
            "layers": self.scene.layer_states(),
            "legend": [
                {
                    "title": group.title,
                    "items": [{"svg": i.svg, "text": i.text} for i in group.items],
                }
                for group in groups
            ],
            "notes": self.scene.notes(),
        }

    def _numbers_state(self) -> dict[str, Any]:
        shown = numbers.headlines(self._summary, self._choice)
        return {
            "tiers": self._tiers,
            "tier": self._choice.tier,
            "choices": choice_controls(self._choice),
            "headlines": numbers.headline_states(shown),
            "tables": [
                *numbers.other_table(self._summary),
                *numbers.tier_tables(self._summary, self._tiers),
            ],
            "announcement": numbers.announcement(shown, self._choice),
            "note": state.choice_note(self._summary, self._choice),
            "warnings": warning_lines(self._summary),
            "jumps": state.jumps(self.hours.state, self.worth.state),
            "status": "",
        }

    def _gaps_state(self) -> dict[str, Any]:
        rows = state.gap_rows(self.scene.gap_records())
        total = int(self._summary["gaps"]["count"])
        count = f"{total:,}" if total == len(rows) else f"{len(rows):,} of {total:,}"
        basis = part_sentence(self._summary, "gaps", title="Gaps")
        return {
            "rows": rows,
            "count": count,
            "chosen": None,
            "note": "",
            "basis": basis,
        }

    def _page(self) -> VBox:
        frame = self._frame
        rail = VBox([self.numbers, self.gaps, self.hours, self.worth, self.place])
        tabs = Tabs(state={})
        parts: dict[str, Any] = {
            "ck-header": self.header,
            "ck-left": self.layers,
            "ck-map": frame,
            "ck-tabs": tabs,
            "ck-right": rail,
            "ck-numbers": self.numbers,
            "ck-gaps": self.gaps,
            "ck-hours": self.hours,
            "ck-worth": self.worth,
            "ck-place": self.place,
        }
        self.scene.map.observe(lambda _: self._size_symbols(), "zoom")
        self._size_symbols()
        for css, widget in parts.items():
            widget.add_class(css)
        page = VBox([self.header, self.layers, frame, tabs, rail])
        page.add_class("ck-app")
        return page

    def _size_symbols(self) -> None:
        """
        Draw smaller symbols where much is shown.

        The class is on the map's frame, because one on the map itself gets lost when it
        arrives together with a new zoom.
        """
        if self.scene.map.zoom < _NEAR_ZOOM:
            self._frame.add_class("ck-far")
        else:
            self._frame.remove_class("ck-far")

    def _listen(self) -> None:
        calls: list[tuple[Component, str, str, Callable[[dict[str, Any]], None]]] = [
            (self.header, "ping", "answer the page", self._pong),
            (self.header, "theme", "change the theme", self._theme_changed),
            (self.header, "basis", "change the basis", self._basis_chosen),
            (self.header, "dismiss", "close the message", lambda _: self._tell("")),
            (self.layers, "layer", "show the layer", self._layer_toggled),
            (self.numbers, "tier", "count those tiers", self._tier_chosen),
            (self.numbers, "basis", "change the basis", self._basis_chosen),
            (self.gaps, "gap", "show the gap", self._gap_chosen),
            (self.worth, "camera", "show the camera", self._camera_chosen),
            (self.place, "explain", "explain the place", self._explain_middle),
            (self.place, "proof", "draw the proof", self._proof_asked),
            (self.place, "file", "save the drawing", self._file_asked),
            (self.place, "close", "close the place", lambda _: self._close_place()),
        ]
        for part, event, task, callback in calls:
            self._on(part, event, task=task, callback=callback)
        guard = self.desk.guard
        self.scene.on_place(guard("explain the place")(self._explain))
        self.scene.on_gap(guard("show the gap")(self._gap_clicked))

    def _on(
        self,
        part: Component,
        event: str,
        *,
        task: str,
        callback: Callable[[dict[str, Any]], None],
    ) -> None:
        guarded = self.desk.guard(task)(callback)

        def received(_: object, content: object, __: object) -> None:
            if isinstance(content, dict) and content.get("event") == event:
                guarded(content)

        part.on_msg(received)

    def _pong(self, _: dict[str, Any]) -> None:
        self.header.send({"event": "pong"})

    def _theme_changed(self, message: dict[str, Any]) -> None:
        self.scene.set_dark(dark=bool(message["dark"]))

    def _tell(self, sentence: str) -> None:
        self.header.change(fault=sentence)

    def _layer_toggled(self, message: dict[str, Any]) -> None:
        self.scene.show(str(message["key"]), shown=bool(message["shown"]))
        self.layers.state = self._layers_state()

    def _basis_chosen(self, message: dict[str, Any]) -> None:
        self._choose(message)

    def _tier_chosen(self, message: dict[str, Any]) -> None:
        self._choose({"tier": message["tier"]})
        counted = counted_tiers(self._choice.tier)
        self.scene.show_tiers(counted)
        if self.scene.clear_coverage(counted):
            self._frame.add_class("ck-redrawing")
            self.numbers.change(status="Redrawing the coverage")
        self._later("redraw the coverage", self._redraw_coverage, counted)

    def _choose(self, message: dict[str, Any]) -> None:
        """Take over a choice, and show its numbers at once."""
        self._choice = self._choice.changed(message)
        self.numbers.state = self._numbers_state()
        self.header.change(choices=choice_controls(self._choice))
        self.gaps.change(note=state.gaps_note(self._choice))
        self.scene.show_state(only_working=self._choice.state == "now")

    def _redraw_coverage(self, counted: tuple[str, ...]) -> None:
        try:
            self.scene.draw_coverage(counted)
        finally:
            if counted == counted_tiers(self._choice.tier):
                self._frame.remove_class("ck-redrawing")
                self.numbers.change(status="")

    def _camera_chosen(self, message: dict[str, Any]) -> None:
        self.scene.marks.choose_camera(str(message["key"]))

    def _gap_chosen(self, message: dict[str, Any]) -> None:
        key = str(message["key"])
        self.scene.marks.choose_gap(key, zoom=True)
        self.gaps.change(chosen=key)

    def _gap_clicked(self, key: str) -> None:
        self.scene.marks.choose_gap(key, zoom=False)
        self.gaps.change(chosen=key)

    def _explain_middle(self, _: dict[str, Any]) -> None:
        lat, lon = self.scene.map.center
        self._explain(float(lon), float(lat))

    def _explain(self, lon: float, lat: float) -> None:
        self._asked += 1
        self._asked_at = (lon, lat)
        words = "Looking along the line to every camera near"
        self.place.state = {**_IDLE, "status": "busy", "title": words, "words": ""}
        self.scene.marks.mark_place(lon, lat)
        self._later("explain the place", self._answer, lon, lat, self._asked)

    def _answer(self, lon: float, lat: float, asked: int) -> None:
        if asked != self._asked:
            return  # a later click has made this one idle
        try:
            found = self._study.explain(lon=lon, lat=lat, light=self._choice.light)
        except Exception:
            self._close_place()
            raise
        if asked != self._asked:
            return
        rows = found.drop(columns="geometry").to_dict("records")
        tier = self._choice.tier
        seeing = {
            str(row["camera_id"]): state.sees(row)
            for row in state.counted_rows(rows, tier)
        }
        self.scene.marks.draw_rays(lon, lat, seeing)
        said = state.place_state(rows, lon=lon, lat=lat, choice=self._choice)
        self.place.state = {**said, "proof": NO_PROOF}

    def _proof_asked(self, message: dict[str, Any]) -> None:
        key = str(message["key"])
        self.place.change(proof={**NO_PROOF, "status": "busy", "key": key})
        self._later("draw the proof", self._draw_proof, key, self._asked)

    def _draw_proof(self, key: str, asked: int) -> None:
        lon, lat = self._asked_at
        if asked != self._asked or self.place.state["proof"]["key"] != key:
            return  # another place or camera was chosen meanwhile
        try:
            drawn = self._proofs.draw(lon, lat, camera_id=key, light=self._choice.light)
        except Exception:
            self.place.change(proof=NO_PROOF)
            raise
        if asked == self._asked and self.place.state["proof"]["key"] == key:
            self.place.change(proof=drawn)

    def _file_asked(self, message: dict[str, Any]) -> None:
        self._later("save the drawing", self._send_file, str(message["kind"]))

    def _send_file(self, kind: str) -> None:
        self.place.send({"event": "file", **self._proofs.file(kind)})

    def _close_place(self) -> None:
        self._asked += 1
        self.scene.marks.clear_place()
        self.place.state = dict(_IDLE)

    def _later(self, task: str, work: Callable[..., None], *args: object) -> None:
        """Do what takes long beside the kernel's loop, so that clicks still count."""
        self._worker.submit(self.desk.guard(task)(work), *args)
