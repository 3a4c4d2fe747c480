"""The what-if desk: what is done in its panel and on the map, and what follows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import traitlets

from coveragekit.dashboards.components import Component, script
from coveragekit.dashboards.planner.compare_desk import CompareDesk
from coveragekit.dashboards.planner.ghosts import (
    KIND_WORDS,
    ghost_of_camera,
    with_part,
)
from coveragekit.dashboards.planner.scenario_desk import ScenarioDesk
from coveragekit.dashboards.planner.tryout import Tryout
from coveragekit.study.ghost import Ghost
from coveragekit.study.scenarios import Scenarios
from coveragekit.view import mercator

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from coveragekit.dashboards.faults import FaultDesk
    from coveragekit.dashboards.planner.answers import Answers
    from coveragekit.dashboards.planner.city import City
    from coveragekit.dashboards.planner.page_state import PageState
    from coveragekit.maps.bridge import Drag
    from coveragekit.view import Store

__all__ = ["WhatIfDesk", "WhatIfPart"]

_ZOOM: Final = 18.0
_NUDGE_M: Final = 1.0
_FIRST_KIND: Final = "bullet"
_IDLE: Final = (
    "Click the map to try a camera there, or a camera to move, turn, swap or take away."
)
_ADDING: Final = "Click the map where the new camera is to hang."
# These change while a handle is dragged; the others only at rest.
_LIVE: Final = frozenset({"lines", "gaps", "told", "spoken", "form"})


class WhatIfPart(Component):
    """The panel: buttons, the form of one camera, numbers, changes, scenarios."""

    _esm = script("whatif")

    live = traitlets.Dict().tag(sync=True)


class WhatIfDesk:
    """
    Try cameras out on the map of one page.

    Parameters
    ----------
    state
        What the page shows; ``change`` is set here.
    store
        The study's view store.
    answers
        The numbers before.
    desk
        Where faults go.
    city
        The map.

    Attributes
    ----------
    widget, compare_widget
        The panels.
    tryout
        What is tried.
    """

    def __init__(
        self,
        state: PageState,
        *,
        store: Store,
        answers: Answers,
        desk: FaultDesk,
        city: City,
    ) -> None:
        self._state, self._store, self._city = state, store, city
        self._desk = desk
        self._kind, self._answered = _FIRST_KIND, 0
        self.widget = WhatIfPart(
            state={
                "hint": _IDLE,
                "adding": False,
                "kind": _FIRST_KIND,
                "kinds": [
                    {"key": key, "label": label} for key, label in KIND_WORDS.items()
                ],
            },
            live={},
        )
        self.tryout = Tryout(
            state, store=store, answers=answers, city=city, tell=self._tell
        )
        kept = Scenarios.of_results(store.folder)
        self.scenarios = ScenarioDesk(self.tryout, kept, tell=self._tell)
        self._compare = CompareDesk(self.tryout, kept, city=city, desk=desk)
        self.compare_widget = self._compare.widget
        self._listen()
        self.tryout.tell_panel()

    def _tell(self, **parts: Any) -> None:  # noqa: ANN401 - finished values by name
        live = {name: one for name, one in parts.items() if name in _LIVE}
        if live:
            self.widget.live = {
                **self.widget.live,
                **live,
                "answered": self._answered,
            }
        rest = {name: one for name, one in parts.items() if name not in _LIVE}
        if rest:
            self.widget.change(**rest)

    # What the page asks

    @property
    def can_undo(self) -> bool:
        """Whether there is something to undo."""
        return self.tryout.history.can_undo

    @property
    def can_redo(self) -> bool:
        """Whether something was undone that can be done again."""
        return self.tryout.history.can_redo

    def undo(self) -> None:
        """Take the last step back."""
        self.tryout.go_to(self.tryout.history.undone())

    def redo(self) -> None:
        """Do again what was undone last."""
        self.tryout.go_to(self.tryout.history.redone())

    def greet(self, user: str, role: str) -> None:
        """
        Take over who has come.

        Parameters
        ----------
        user
            Their name, written into the scenarios that they save.
        role
            Their role; the public saves nothing.
        """
        self.scenarios.greet(user, may_save=role != "public")

    def recount(self) -> None:
        """Count and draw anew under the filters in force; any thread may ask."""
        if self._state.mode == "whatif":
            if self.tryout.change or self.tryout.pending is not None:
                self.tryout.show()
            else:
                self.tryout.engine.ready(self._state.filters)
        self._compare.recount()

    def _mode_changed(self, old: str, new: str) -> None:
        """Draw what is tried while the tool is in hand, and at no other time."""
        if old == "whatif":
            self._tell(adding=False, hint=_IDLE)
            self.tryout.hide()
        elif new == "whatif" and self.tryout.change:
            self.tryout.show()

    def _show_trial(self, _: dict[str, Any]) -> None:
        self._state.mode = "whatif"

    # What comes from the map

    def on_drag(self, drag: Drag) -> None:
        """
        Follow a handle that is dragged.

        Parameters
        ----------
        drag
            Which, where to and whether it has been let go of.
        """
        ghost = self.tryout.ghost(drag.id)
        if ghost is None:
            return
        parts: dict[str, Any] = {}
        if (drag.lon, drag.lat) != (ghost.lon, ghost.lat):
            parts |= {"lon": float(drag.lon), "lat": float(drag.lat)}
        if drag.bearing_deg is not None:
            turned = float(drag.bearing_deg) % 360.0
            if turned != ghost.bearing_deg:
                parts["bearing_deg"] = turned
        self.tryout.chosen = drag.id
        self.tryout.put(ghost.changed(**parts), done=drag.done)

    def on_ghost(self, key: str) -> None:
        """
        Choose a tried camera.

        Parameters
        ----------
        key
            Its key.
        """
        ghost = self.tryout.ghost(key)
        if ghost is None and self.tryout.engine.camera_row(key) >= 0:
            return
        self.tryout.chosen = None if ghost is None else key
        self.tryout.show()

    def on_remove(self, key: str) -> None:
        """
        Take a tried camera away: a new one for good, else the study's camera.

        Parameters
        ----------
        key
            Its key.
        """
        ghost, change = self.tryout.ghost(key), self.tryout.change
        if ghost is None:
            return
        self._let_go()
        self.tryout.settle(change.remove(ghost.of) if ghost.of else change.without(key))

    def on_click(self, lon: float, lat: float) -> None:
        """
        Put a new camera where the map was clicked, or close the one that is open.

        Parameters
        ----------
        lon, lat
            Degrees.
        """
        if self.tryout.chosen is not None and not self.widget.state["adding"]:
            self._close({})
        else:
            self.add(lon, lat)

    def on_pick(self, row: int, others: Sequence[int] = ()) -> None:
        """
        Take the camera that was clicked on the map.

        Parameters
        ----------
        row
            Its row in the store.
        others
            Cameras at the same pole; not looked at.
        """
        del others
        self.take(row)

    # What can be done

    def add(self, lon: float, lat: float) -> None:
        """
        Add a new camera.

        Parameters
        ----------
        lon, lat
            Where, degrees.
        """
        ghost = Ghost.of_kind(
            self._kind,
            key=self.tryout.change.next_key,
            lon=lon,
            lat=lat,
            bearing_deg=None if self._kind == "fisheye" else 0.0,
        )
        self._let_go()
        self.tryout.chosen = ghost.key
        self.tryout.put(ghost, done=True)

    def take(self, row: int) -> None:
        """
        Take a camera of the study, to move, turn or change it.

        Parameters
        ----------
        row
            Its row in the store.
        """
        self._let_go()
        camera_id = self._store.cameras.camera_id[row]
        if self.tryout.change.ghost(camera_id) is None:
            self.tryout.pending = ghost_of_camera(self._store, row)
        self.tryout.chosen = camera_id
        self.tryout.show()

    def swap(self, row: int) -> None:
        """
        Take a camera of the study, to try another kind in its place.

        Parameters
        ----------
        row
            Its row in the store.
        """
        self.take(row)
        self.widget.send({"event": "focus", "name": "kind"})

    def remove(self, row: int) -> None:
        """
        Take a camera of the study away.

        Parameters
        ----------
        row
            Its row in the store.
        """
        self._let_go()
        camera_id = self._store.cameras.camera_id[row]
        self.tryout.settle(self.tryout.change.remove(camera_id))

    def _let_go(self) -> None:
        self.tryout.chosen, self.tryout.pending = None, None
        self._tell(adding=False, hint=_IDLE)

    # What comes from the panel

    def _listen(self) -> None:
        calls: dict[str, tuple[str, Callable[[dict[str, Any]], None]]] = {
            "add": ("add a camera", self._start_adding),
            "middle": ("add a camera", self._add_in_the_middle),
            "cancel": ("stop adding", lambda _: self._let_go()),
            "choose": ("show the camera", lambda m: self.on_ghost(str(m["key"]))),
            "close": ("close the camera", self._close),
            "set": ("change the camera", self._set),
            "nudge": ("move the camera", self._nudge),
            "drop": ("take the change back", self._drop),
            "remove": ("take the camera away", lambda m: self.on_remove(str(m["key"]))),
            "undo": ("undo", lambda _: self.undo()),
            "redo": ("do it again", lambda _: self.redo()),
            "clear": ("clear the changes", lambda _: self.scenarios.clear()),
            "fly": ("show the camera", self._fly),
            "gap": ("show the gap", self._gap),
            "show": ("show what is tried", self._show_trial),
            **self.scenarios.calls(),
        }
        guard = self._desk.guard
        known = {event: guard(task)(call) for event, (task, call) in calls.items()}

        def received(_: object, content: object, __: object) -> None:
            event = content.get("event") if isinstance(content, dict) else None
            if isinstance(content, dict) and event in known:
                known[str(event)](content)

        self.widget.on_msg(received)
        moded = guard("change the tool")(self._mode_changed)
        self._state.observe(lambda one: moded(one["old"], one["new"]), "mode")

    def _start_adding(self, message: dict[str, Any]) -> None:
        kind = str(message.get("kind") or self._kind)
        Ghost.of_kind(kind, key="+", lon=0.0, lat=0.0)  # refuses what is no kind
        self._kind = kind
        self._let_go()
        self._tell(adding=True, hint=_ADDING, kind=kind)
        self._state.mode = "whatif"

    def _add_in_the_middle(self, _: dict[str, Any]) -> None:
        lat, lon = self._city.map.center
        self.add(float(lon), float(lat))

    def _close(self, _: dict[str, Any]) -> None:
        self._let_go()
        self.tryout.show()

    def _set(self, message: dict[str, Any]) -> None:
        """Take over one part of the form; sliders send many, the last one settles."""
        ghost = self.tryout.ghost(self.tryout.chosen)
        settled = bool(message.get("done", True))
        try:
            if ghost is not None:
                fresh = with_part(ghost, str(message["name"]), message.get("value"))
                self.tryout.put(fresh, done=settled)
                settled = False
        finally:
            # Only then does the page send the next; a part refused falls back.
            self._answered = int(message.get("seq") or 0)
            if settled and ghost is not None:
                self.tryout.show()
            self._tell(told=self.widget.live.get("told", []))

    def _nudge(self, message: dict[str, Any]) -> None:
        ghost = self.tryout.ghost(self.tryout.chosen)
        if ghost is None:
            return
        merc = mercator.to_merc(ghost.lon, ghost.lat)
        step = _NUDGE_M * float(mercator.scale(merc))
        east, north = (float(np.sign(message[way])) for way in ("east", "north"))
        lon, lat = mercator.to_lonlat(merc + np.array([east, -north]) * step)
        self.tryout.put(ghost.changed(lon=float(lon), lat=float(lat)), done=True)

    def _drop(self, message: dict[str, Any]) -> None:
        self._let_go()
        self.tryout.settle(self.tryout.change.without(str(message["key"])))

    def _fly(self, message: dict[str, Any]) -> None:
        key = str(message["key"])
        ghost = self.tryout.ghost(key)
        row = self.tryout.engine.camera_row(key)
        if ghost is not None:
            self._city.fly_to(ghost.lon, ghost.lat, _ZOOM)
        elif row >= 0:
            lon, lat = mercator.to_lonlat(self._store.cameras.merc[row])
            self._city.fly_to(float(lon), float(lat), _ZOOM)

    def _gap(self, message: dict[str, Any]) -> None:
        row = int(message["row"])
        if 0 <= row < len(self._store.gaps):
            lon, lat = mercator.to_lonlat(self._store.gaps.centre[row])
            self._city.fly_to(float(lon), float(lat), _ZOOM)
