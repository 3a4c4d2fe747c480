"""Compare two scenarios, or one with today: numbers in a table, the map in a swipe."""

from __future__ import annotations

from threading import RLock
from typing import TYPE_CHECKING, Any, Final

from coveragekit.dashboards.components import Component, script
from coveragekit.dashboards.planner.whatif_state import compare_rows
from coveragekit.errors import CoverageKitError
from coveragekit.study.change import Change

if TYPE_CHECKING:
    from collections.abc import Callable

    from coveragekit.dashboards.faults import FaultDesk
    from coveragekit.dashboards.planner.city import City
    from coveragekit.dashboards.planner.tryout import Tryout
    from coveragekit.study.scenarios import Scenarios

__all__ = ["CompareDesk", "ComparePart"]

TODAY: Final = "today"
TRIED: Final = "tried"
SIDES: Final = ("left", "right")


class ComparePart(Component):
    """The panel: which two are compared, their numbers, what differs."""

    _esm = script("compare")


class CompareDesk:
    """
    Compare two changes on the map of one page.

    Parameters
    ----------
    tryout
        What is tried, and what tries it.
    kept
        The study's scenarios.
    city
        The map.
    desk
        Where faults go.

    Attributes
    ----------
    widget
        The panel.
    """

    def __init__(
        self, tryout: Tryout, kept: Scenarios, *, city: City, desk: FaultDesk
    ) -> None:
        self._tryout, self._kept, self._city = tryout, kept, city
        self._picked = {"left": TODAY, "right": TRIED}
        self._is_on = False
        # The page and the worker that counts both show; the later wish stays.
        self._lock = RLock()
        self.widget = ComparePart(state=self._options())
        guard = desk.guard
        calls: dict[str, Callable[[dict[str, Any]], None]] = {
            "pick": guard("compare these")(self._pick),
            "swap": guard("swap the sides")(self._swap),
            "stop": guard("end the comparison")(lambda _: self._leave()),
        }

        def received(_: object, content: object, __: object) -> None:
            event = content.get("event") if isinstance(content, dict) else None
            if isinstance(content, dict) and event in calls:
                calls[str(event)](content)

        self.widget.on_msg(received)
        watch = tryout.state.observe
        watch(guard("compare")(self._mode_changed), "mode")
        watch(guard("compare")(self._changed), "change")

    def recount(self) -> None:
        """Count and draw anew under the filters in force; any thread may ask."""
        with self._lock:
            if self._is_on:
                self._show()

    def _options(self) -> dict[str, Any]:
        named = [
            {"key": TODAY, "name": "Today, nothing changed"},
            {"key": TRIED, "name": "What is tried now"},
        ]
        named += [
            {"key": one.key, "name": one.scenario.name}
            for one in self._kept.listed()
            if one.scenario is not None
        ]
        return {"options": named, **self._picked, "is_on": self._is_on, "rows": []}

    def _mode_changed(self, _: object) -> None:
        with self._lock:
            on = self._tryout.state.mode == "compare"
            if on == self._is_on:
                return
            self._is_on = on
            if on:
                self._show()
                return
            self._city.bridge.stop_swipe()
            self._city.end_sides()
            self.widget.change(is_on=False)

    def _changed(self, _: object) -> None:
        with self._lock:
            if self._is_on and TRIED in self._picked.values():
                self._show()

    def _leave(self) -> None:
        self._tryout.state.mode = "explain"

    def _pick(self, message: dict[str, Any]) -> None:
        side, key = str(message["side"]), str(message["key"])
        if side in SIDES:
            self._change_of(key)
            with self._lock:
                self._picked[side] = key
                self._show()

    def _swap(self, _: dict[str, Any]) -> None:
        with self._lock:
            left, right = (self._picked[side] for side in SIDES)
            self._picked = {"left": right, "right": left}
            self._show()

    def _change_of(self, key: str) -> Change:
        if key == TODAY:
            return Change()
        if key == TRIED:
            return self._tryout.change
        return self._kept.load(key).change

    def _show(self) -> None:
        tryout, filters = self._tryout, self._tryout.state.filters
        options = self._options()
        names = {one["key"]: one["name"] for one in options["options"]}
        changes, told = {}, []
        for side in SIDES:
            key = self._picked[side]
            try:
                changes[side] = self._change_of(key)
            except CoverageKitError as fault:
                told.append(f"{names.get(key, key)}: {fault}")
                changes[side], self._picked[side] = Change(), TODAY
        steps = {side: tryout.engine.step(changes[side], filters) for side in SIDES}
        least = tryout.answers.least
        told += [one for side in SIDES for one in steps[side].told]
        parts = {
            **options,
            **self._picked,
            "rows": compare_rows(*(steps[side].lines for side in SIDES), least=least),
            "counts": [len(changes[side]) for side in SIDES],
            "told": list(dict.fromkeys(told)),
        }
        self.widget.change(**parts)
        titles = {side: names[self._picked[side]] for side in SIDES}
        for side in SIDES:
            change = changes[side]
            shapes = tryout.engine.shapes(change, filters) if change else None
            look = self._city.look.changed(change=shapes)
            for layer in ("coverage", "change"):
                self._city.side(layer, side, look)
        self._city.bridge.swipe(left=titles["left"], right=titles["right"])
