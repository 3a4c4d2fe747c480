"""The export panel: tables and printed maps, in the form that the role may have."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from coveragekit.dashboards.components import Component, script
from coveragekit.dashboards.planner.filter_address import to_address
from coveragekit.dashboards.planner.taking_out import FORMATS
from coveragekit.errors import InputError
from coveragekit.study.taking_out import taken_tables

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from coveragekit.dashboards.backroom import Backroom, Call
    from coveragekit.dashboards.faults import FaultDesk
    from coveragekit.dashboards.planner.page_state import PageState
    from coveragekit.dashboards.planner.terms import Terms

    Bounds = tuple[float, float, float, float]

__all__ = ["Export", "ExportPanel"]

_TITLES: Final = {
    "cameras": "Cameras",
    "isovists": "Views of the cameras",
    "gaps": "Gaps",
    "street_coverage": "Streets, with what is seen of each",
    "incidents": "Incidents",
    "calls": "Calls",
    "areas": "Areas",
    "study_area": "Outline of the study area",
}
_CHOSEN_FIRST: Final = ("cameras", "gaps")
_KINDS: Final = {
    "csv": "CSV",
    "xlsx": "Excel (XLSX)",
    "gpkg": "GeoPackage (QGIS, ArcGIS)",
    "geojson": "GeoJSON",
    "parquet": "GeoParquet",
    "pmtiles": "PMTiles",
}
_TYPES: Final = {
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "gpkg": "application/geopackage+sqlite3",
    "geojson": "application/geo+json",
    "parquet": "application/vnd.apache.parquet",
    "pmtiles": "application/vnd.pmtiles",
    "pdf": "application/pdf",
    "png": "image/png",
    "html": "text/html",
}
_SHEETS: Final = {
    "a4": "A4, wide",
    "a4-portrait": "A4, high",
    "letter": "Letter, wide",
    "letter-portrait": "Letter, high",
}


class Export(Component):
    """What can be taken out, and how far it is."""

    _esm = script("export")


class ExportPanel:
    """
    The panel that takes tables and maps out.

    Parameters
    ----------
    state
        What the page shows.
    terms
        What filters can say of this city.
    counts
        Rows of each table of the study.
    backroom
        Who writes the files.
    bounds
        Gives west, south, east and north of what the map shows, degrees.
    desk
        Told of what goes wrong.

    Attributes
    ----------
    widget
        The panel.
    """

    def __init__(
        self,
        state: PageState,
        *,
        terms: Terms,
        counts: Mapping[str, int],
        backroom: Backroom,
        bounds: Callable[[], Bounds],
        desk: FaultDesk,
    ) -> None:
        self._state = state
        self._terms = terms
        self._counts = counts
        self._backroom = backroom
        self._bounds = bounds
        self._desk = desk
        self._role = "public"
        self._call: Call | None = None
        self.widget = Export(state=self._idle())
        deeds = {"tables": self._tables, "print": self._print, "cancel": self._cancel}
        for event, deed in deeds.items():
            self._listen(event, deed)

    def greet(self, role: str) -> None:
        """
        Offer what a role may have.

        Parameters
        ----------
        role
            Role of the user who has come.
        """
        self._role = role
        self.widget.state = self._idle()

    def _idle(self) -> dict[str, Any]:
        forms = taken_tables(self._counts, self._role)
        return {
            "tables": [
                {
                    "key": key,
                    "title": _TITLES[key],
                    "note": "counts by cells of 250 m" if form == "cells" else "",
                    "chosen": key in _CHOSEN_FIRST,
                }
                for key, form in forms.items()
            ],
            "kinds": [
                {"key": key, "title": _KINDS[key], "several": key in {"gpkg", "xlsx"}}
                for key in FORMATS
            ],
            "sheets": [{"key": key, "title": title} for key, title in _SHEETS.items()],
            "busy": "",
            "said": [],
        }

    def _listen(self, event: str, deed: Callable[[dict[str, Any]], None]) -> None:
        guarded = self._desk.guard("write the file")(deed)

        def received(_: object, content: object, __: object) -> None:
            if isinstance(content, dict) and content.get("event") == event:
                guarded(content)

        self.widget.on_msg(received)

    def _tables(self, message: dict[str, Any]) -> None:
        offered = taken_tables(self._counts, self._role)
        wanted = [str(one) for one in message.get("tables", [])]
        kind = str(message.get("kind"))
        if not wanted or not set(wanted) <= set(offered):
            found = "choose at least one of the tables that are offered"
            raise InputError(found)
        self._ask(
            "export",
            kind,
            tables=",".join(wanted),
            scope="filtered" if message.get("filtered") else "all",
            filters=to_address(self._state.filters, self._terms),
        )

    def save(self, table: str, *, told: Callable[..., None]) -> None:
        """
        Save the rows of one table that the filters leave as CSV.

        Parameters
        ----------
        table
            One of the tables that the role may have.
        told
            Takes ``saved``, what came of it in words, and ``saving``, whether it is
            being done.

        Raises
        ------
        InputError
            The role may not have the table, or another file is being written.
        """
        if table not in taken_tables(self._counts, self._role):
            found = f"the role {self._role} may not have the table {table}"
            raise InputError(found)
        self._ask(
            "export",
            "csv",
            tables=table,
            scope="filtered",
            filters=to_address(self._state.filters, self._terms),
        )
        told(saved="Writing the file", saving=True)

        def done(_: object) -> None:
            told(saved=" ".join(self.widget.state["said"]), saving=False)

        if self._call is not None:
            self._call.add_done_callback(done)

    def _print(self, message: dict[str, Any]) -> None:
        west, south, east, north = self._bounds()
        shown = [
            f"{key}:{opacity:.2f}"
            for key, (is_shown, opacity) in self._state.layers.items()
            if is_shown
        ]
        self._ask(
            "print",
            str(message.get("kind")),
            west=west,
            south=south,
            east=east,
            north=north,
            layers=",".join(shown),
            filters=to_address(self._state.filters, self._terms),
            sheet=str(message.get("sheet", "a4")),
        )

    def _ask(self, task: str, kind: str, **given: object) -> None:
        if self._call is not None and not self._call.done():
            found = "another file is being written; wait for it, or cancel it"
            raise InputError(found)
        if kind not in _TYPES:
            found = f"there is no format {kind!r:.20}; allowed: {', '.join(_TYPES)}"
            raise InputError(found)
        self.widget.change(busy="Writing the file", said=[])
        call = self._backroom.submit(
            task, tell=self._progress, kind=kind, role=self._role, **given
        )
        self._call = call
        call.add_done_callback(lambda _: self._done(call, kind))

    def _progress(self, words: str) -> None:
        self.widget.change(busy=words[:1].upper() + words[1:])

    def _done(self, call: Call, kind: str) -> None:
        if call.cancelled():
            self.widget.change(busy="", said=["Cancelled; nothing was written."])
            return
        self._desk.guard("write the file")(self._deliver)(call, kind)

    def _deliver(self, call: Call, kind: str) -> None:
        try:
            answer = call.result()
        finally:
            self.widget.change(busy="")
        content, name = answer["content"], str(answer["name"])
        self.widget.send(
            {"event": "file", "name": name, "type": _TYPES[kind]}, [content]
        )
        said = [f"Saved as {name} ({_size(len(content))}).", *answer["notes"]]
        self.widget.change(said=[_sentence(one) for one in said])

    def _cancel(self, _: dict[str, Any]) -> None:
        if self._call is not None:
            self._call.cancel()


def _size(count: int) -> str:
    return f"{count / 1e6:,.1f} MB" if count >= 1e6 else f"{count / 1e3:,.0f} kB"


def _sentence(words: str) -> str:
    whole = words[:1].upper() + words[1:]
    return whole if whole.endswith(".") else f"{whole}."
