"""The parts of the planner's page, and what they say."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from coveragekit.dashboards.backroom import open_backroom
from coveragekit.dashboards.components import (
    CameraCard,
    Gaps,
    Header,
    Hours,
    Layers,
    Numbers,
    Place,
    Tabs,
    Toolbar,
    Worth,
)
from coveragekit.dashboards.faults import FaultDesk
from coveragekit.dashboards.memory import trim
from coveragekit.dashboards.planner import numbers, said, state
from coveragekit.dashboards.planner.answers import Answers
from coveragekit.dashboards.planner.basis import part_sentence
from coveragekit.dashboards.planner.camera_card import NO_CAMERA
from coveragekit.dashboards.planner.charts import ChartsPanel
from coveragekit.dashboards.planner.city import City
from coveragekit.dashboards.planner.explain_desk import IDLE, ExplainDesk
from coveragekit.dashboards.planner.export_panel import ExportPanel
from coveragekit.dashboards.planner.figures import Rate
from coveragekit.dashboards.planner.filter_panel import FiltersPanel
from coveragekit.dashboards.planner.filtered_headlines import filtered_headlines
from coveragekit.dashboards.planner.filters import Filters
from coveragekit.dashboards.planner.find import Names
from coveragekit.dashboards.planner.hours import hours_state
from coveragekit.dashboards.planner.layout import TABS, lay_out
from coveragekit.dashboards.planner.live_desk import LiveDesk
from coveragekit.dashboards.planner.opening import Opening
from coveragekit.dashboards.planner.page_state import PageState
from coveragekit.dashboards.planner.recount import Recount
from coveragekit.dashboards.planner.whatif_desk import WhatIfDesk
from coveragekit.dashboards.planner.worth import warning_lines, worth_state
from coveragekit.model import least_count
from coveragekit.view import Store

if TYPE_CHECKING:
    from os import PathLike

    from numpy.typing import NDArray

    from coveragekit.dashboards.backroom import Backroom

__all__ = ["Parts"]

_STALE: Final = (
    "This study has been built again since the page was opened. What you see is of the "
    "former build; reload it before you explain, export or print."
)


# The worst of those listed: all of them would hide a city beneath their hatching.
_GAPS_DRAWN: Final = 25
# Charts and gaps come after the pictures, but not later than this for their sake.
_PICTURES_FIRST_S: Final = 0.4
_CHARTS: Final = {"part": "ck-charts", "label": "Charts"}
_LOOK_AGAIN_S: Final = 0.02


class Parts:
    """
    The parts of the planner of one built study, and what they say.

    Parameters
    ----------
    study
        The study's folder.
    backroom
        Who works out what takes the whole study; by default the server's, or one of
        this kernel's own.

    Attributes
    ----------
    page
        The widget to display.
    state
        What it shows.
    city
        The map.
    to_show
        Kind and row of the area that the map is yet to fly to, or ``None``.

    Raises
    ------
    StudyError
        The study was never built, or by another version.
    """

    def __init__(
        self, study: str | PathLike[str], *, backroom: Backroom | None = None
    ) -> None:
        self.store = Store.open(study)
        self.summary = numbers.read_summary(self.store)
        self.state = PageState()
        self.state.filters = Filters()
        # Until somebody has come who may see more, small counts stay untold.
        self.answers = Answers(self.store, self.summary, least=least_count("public"))
        self.terms = self.answers.terms
        self.names = Names(self.store)
        self.desk = FaultDesk(self.tell)
        self.city = City(self.store, state=self.state, fault=self.desk.report)
        self.city.paint_by(least=self.answers.least, **_no_events(self.store))
        build = self.store.folder.name
        self.backroom = backroom or open_backroom(study, build=build)
        self._make_parts()
        self.explaining = ExplainDesk(
            self.place,
            backroom=self.backroom,
            state=self.state,
            desk=self.desk,
            draw_rays=self.city.draw_rays,
            terms=self.terms,
        )
        self.to_show: tuple[str, int] | None = None
        self._is_loaded = False
        self._weighed_for: tuple[int, frozenset[int]] | None = None
        self.recount = Recount(
            [
                ("load the map", self._load),
                ("count what is seen", self._count),
                ("show the area", self._show_area),
                ("paint the map", self._paint),
                ("let the map come first", self._wait_for_pictures),
                ("draw the charts", self._draw_charts),
                ("rank the gaps", self._rank_gaps),
                ("weigh the cameras", self._weigh),
                ("try the change", self._try_change),
                ("make the next choice ready", self._make_ready),
                ("give memory back", self._give_back),
            ],
            desk=self.desk,
            tell=self._say_busy,
            note=lambda asked, counted: self.toolbar.change(
                asked=asked, counted=counted
            ),
        )
        self.charts.again = self.recount.ask
        self.opening = Opening(
            [*self._parts().values(), self.toolbar, self.city.bridge]
        )
        self.city.bridge.on_rest(self._give_pages_back)
        self.page, _ = lay_out(
            self._parts(), on_map=[self.city.map, self.city.bridge, self.toolbar]
        )

    def _make_parts(self) -> None:
        self.header = Header(state=self._header_state())
        self.filters = FiltersPanel(self.state, store=self.store, desk=self.desk)
        self.layers = Layers(state=self._layers_state())
        self.toolbar = Toolbar(state=self._toolbar_state())
        self.camera = CameraCard(state=NO_CAMERA)
        self.live = LiveDesk(self.camera, backroom=self.backroom, desk=self.desk)
        self.place = Place(state=dict(IDLE))
        least = self.answers.least
        self.hours = Hours(state=hours_state(self.summary, least=least))
        self.worth = Worth(state=worth_state(self.summary, least=least))
        self.numbers = Numbers(state=self._numbers_state())
        self.charts = ChartsPanel(self.state, answers=self.answers, desk=self.desk)
        self.gaps = Gaps(state=self._gaps_state())
        self.export = ExportPanel(
            self.state,
            terms=self.terms,
            counts=self.summary["counts"],
            backroom=self.backroom,
            bounds=lambda: self.city.sight,
            desk=self.desk,
        )
        self.whatif = WhatIfDesk(
            self.state,
            store=self.store,
            answers=self.answers,
            desk=self.desk,
            city=self.city,
        )
        self.tabs = Tabs(state={"tabs": [[k, title] for k, (title, _) in TABS.items()]})

    def _parts(self) -> dict[str, Any]:
        return {
            "header": self.header,
            "filters": self.filters.widget,
            "layers": self.layers,
            "toolbar": self.toolbar,
            "tabs": self.tabs,
            "dock": self.live.dock,
            "camera": self.camera,
            "place": self.place,
            "whatif": self.whatif.widget,
            "compare": self.whatif.compare_widget,
            "numbers": self.numbers,
            "charts": self.charts.widget,
            "gaps": self.gaps,
            "hours": self.hours,
            "worth": self.worth,
            "export": self.export.widget,
        }

    def is_current(self) -> bool:
        """Whether no later build is in force than the one that is shown."""
        return self.store.is_current()

    # What the parts say

    def _header_state(self) -> dict[str, Any]:
        head = state.header_state(
            self.summary, time_zone=self.store.meta["time_zone"], user="", role=""
        )
        head["facts"] = head["facts"][:1]  # the purpose is a selector here
        return {
            **head,
            "choices": said.choices(self.state.filters, self.terms, self.store.meta),
            "fault": "",
            "stale": "",
            "left": said.left_words(0, ""),
        }

    def _layers_state(self) -> dict[str, Any]:
        look, painter = self.city.look, self.city.painter
        shown = [key for key, (is_shown, _) in self.state.layers.items() if is_shown]
        zoom = self.state.position[2] if self.state.position else None
        legends = {key: painter.legend(key, look, zoom=zoom) for key in shown}
        rows = said.layer_rows(self.state.layers, legends, without=self.city.missing())
        return {"layers": rows, "notes": said.layer_notes(self.store.meta)}

    def _toolbar_state(self) -> dict[str, Any]:
        mode = self.state.mode
        return {"mode": mode, "hint": said.tool_hint(mode), "can_undo": False}

    def _numbers_state(self) -> dict[str, Any]:
        tiers = said.tiers(self.store)
        return {
            "tiers": [],
            "tier": self.state.filters.tier,
            "choices": said.choices(self.state.filters, self.terms, self.store.meta),
            "headlines": [],
            "tables": [
                *numbers.other_table(self.summary),
                *numbers.tier_tables(self.summary, tiers),
            ],
            "announcement": "",
            "note": "",
            "empty": "",
            "warnings": warning_lines(self.summary, least=self.answers.least),
            "jumps": [_CHARTS, *state.jumps(self.hours.state, self.worth.state)],
            "status": "Counting",
        }

    def _gaps_state(self) -> dict[str, Any]:
        return {
            "rows": [],
            "count": "",
            "chosen": None,
            "note": "",
            "basis": part_sentence(self.summary, "gaps", title="Gaps"),
            "range_title": said.range_title(self.summary),
            "saved": "",
            "saving": False,
            "busy": True,
        }

    # What is counted anew, in the worker

    def _load(self) -> None:
        """Have compiled kernels in memory before somebody waits for the first tile."""
        if not self._is_loaded:
            self._is_loaded = True
            self.city.painter.ready(self.city.look)

    def _count(self) -> None:
        filters = self.state.filters
        # Set where all else is counted, so that nothing is counted half with them.
        self.answers.stages.left = self.state.left
        found = self.answers.numbers(filters)
        self.state.numbers = found
        shown = filtered_headlines(found, self.summary, least=self.answers.least)
        self.numbers.change(
            headlines=numbers.headline_states(shown),
            announcement=numbers.announcement(shown, filters.choice),
            note=" ".join(
                [*found.told, *([said.TABLES_WITH] if self.state.left else [])]
            ),
            tier=filters.tier,
        )

    def _paint(self) -> None:
        filters, answers = self.state.filters, self.answers
        masks = {
            name: answers.map_mask(name, filters)
            for name in ("incidents", "calls")
            if name not in self.city.missing()
        }
        self.city.paint_by(
            band=self.terms.band if filters.band is None else filters.band,
            light=filters.light,
            flags=answers.view_flags(filters),
            area_kind=self._area_kind(),
            **masks,
        )
        self.city.show_cameras(filters)
        self.refresh_layers()

    def _show_area(self) -> None:
        """Fly to the area that was chosen, once its numbers are there."""
        area = self.to_show
        if area is not None:
            self.city.fly_to_bounds(self.names.where("area", area[1]).bounds)
            if self.to_show is area:
                self.to_show = None

    def _wait_for_pictures(self) -> None:
        """Leave the processors to the pictures of the new choice, for a while."""
        until = time.monotonic() + _PICTURES_FIRST_S
        while self.recount.is_newest() and time.monotonic() < until:
            if self.city.bridge.is_drawn(within_s=_LOOK_AGAIN_S):
                return

    def _area_kind(self) -> int:
        """Give the kind of areas that is drawn: that of the filter."""
        area = self.state.filters.area
        return 0 if area is None else int(self.store.areas.kind[area[1]])

    def _draw_charts(self) -> None:
        counts = self.answers.counts(self.state.filters)
        self.filters.show(counts)
        self.numbers.change(empty=counts.empty)
        name, kind = self.charts.wanted
        series = self.answers.series(self.state.filters, name=name, area_kind=kind)
        self.charts.show(series)

    def _rank_gaps(self) -> None:
        filters = self.state.filters
        ranked = self.answers.gaps(filters)
        self.city.show_gaps([one.row for one in ranked[:_GAPS_DRAWN]])
        self.refresh_layers()
        rows = said.gap_rows(ranked)
        self.gaps.change(
            rows=rows,
            count=said.gaps_count(len(rows), self.answers.gap_count(filters)),
            note=self.answers.gaps_note(filters),
            busy=False,
        )

    def _make_ready(self) -> None:
        """Have the cameras asked before somebody waits for the next filter."""
        self.answers.stages.ready(self.state.filters)

    def _weigh(self) -> None:
        """Say what single cameras are for, as far as who has come may know it."""
        least, left = self.answers.least, self.state.left
        if self._weighed_for == (least, left):
            return
        self._weighed_for = least, left
        ids = self.store.cameras.camera_id
        gone = [ids[row] for row in left]

        def alone(key: str) -> Rate:
            row = ids.find(key)
            return self.answers.seen_alone(row) if row >= 0 else Rate(None)

        self.worth.state = worth_state(
            self.summary, least=least, alone=alone, left=gone
        )
        self.hours.state = hours_state(self.summary, least=least, left=bool(gone))

    def _give_back(self) -> None:
        self.answers.stages.rest()
        self._give_pages_back()

    def _give_pages_back(self) -> None:
        # Mapped pages count for whoever read them last; to read again costs little.
        self.store.let_go()
        trim()

    def _try_change(self) -> None:
        # What trying cameras out needs is opened when somebody first wants it.
        if self.state.mode in {"whatif", "compare"} or self.state.change is not None:
            self.whatif.recount()

    # What is told

    def tell(self, sentence: str) -> None:
        """Say a sentence across the page, or nothing."""
        self.header.change(fault=sentence)

    def refresh_layers(self) -> None:
        """Say which layers are drawn, and what their colours mean."""
        self.layers.state = self._layers_state()

    def _say_busy(self, words: str) -> None:
        self.state.busy = words
        self.numbers.change(status=words)
        self.toolbar.change(busy=bool(words))

    def look_for_a_new_build(self) -> None:
        """Say so where the study has been built again meanwhile."""
        stale = "" if self.is_current() else _STALE
        if stale != self.header.state["stale"]:
            self.header.change(stale=stale)


def _no_events(store: Store) -> dict[str, NDArray[np.bool_]]:
    """Give masks that show no event: it is yet to be counted which ones may be."""
    tables = {"incidents": store.incidents, "calls": store.calls}
    return {
        name: np.zeros(len(one), np.bool_)
        for name, one in tables.items()
        if one is not None
    }
