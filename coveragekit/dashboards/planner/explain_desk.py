"""Ask the back room why a place is seen, and show what it says."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any, Final

from coveragekit.dashboards.planner.state import counted_rows, place_state, sees
from coveragekit.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from concurrent.futures import Future

    from coveragekit.dashboards.backroom import Backroom, Call
    from coveragekit.dashboards.components import Place
    from coveragekit.dashboards.faults import FaultDesk
    from coveragekit.dashboards.planner.page_state import PageState
    from coveragekit.dashboards.planner.terms import Terms

    Answer = Future[dict[str, Any]]

__all__ = ["IDLE", "NO_PROOF", "ExplainDesk"]

FILE_KINDS: Final = {"svg": "image/svg+xml", "png": "image/png"}
NO_PROOF: Final = {"status": "none", "key": "", "url": "", "words": ""}
"""State of the drawing where none was asked for."""
IDLE: Final[dict[str, Any]] = {
    "status": "idle",
    "title": "Why is a place seen?",
    "words": "Click the map: each camera near tells if it sees the place, and why.",
    "rows": [],
    "more": "",
    "proof": NO_PROOF,
}
"""State of the panel where no place is explained."""

_RAYS_SHOWN: Final = 24
_BANDS_SAID: Final = "The drawing of a proof is for the study's own purpose, {name}."

Ray = tuple[float, float, bool]
"""Longitude and latitude of a camera, and whether it sees the place."""


class ExplainDesk:
    """
    The panel that explains one place after another.

    Parameters
    ----------
    panel
        The panel.
    backroom
        Who works the answers out.
    state
        The page's state, for the filters in force.
    desk
        Where faults go.
    draw_rays
        Draws lines from a place to cameras: longitude, latitude and the rays; ``None``
        for the rays takes the place off the map.
    terms
        The purposes that there are, and the study's own.
    """

    def __init__(
        self,
        panel: Place,
        *,
        backroom: Backroom,
        state: PageState,
        desk: FaultDesk,
        draw_rays: Callable[[float, float, Sequence[Ray] | None], None],
        terms: Terms,
    ) -> None:
        self.panel = panel
        self._backroom = backroom
        self._state = state
        self._desk = desk
        self._draw_rays = draw_rays
        self._terms = terms
        self._call: Call | None = None
        self._drawing: Call | None = None
        self._then_prove = self._about = ""
        self._place = (0.0, 0.0)
        self._light = "day"

    def explain(
        self, lon: float, lat: float, *, prove: str = "", about: str = ""
    ) -> None:
        """
        Explain a place.

        Parameters
        ----------
        lon, lat
            The place, degrees.
        prove
            A camera whose proof is to be drawn at once, or nothing.
        about
            What the place is of, such as a gap.
        """
        self._give_up()
        self._place, self._then_prove, self._about = (lon, lat), prove, about
        self._light = self._state.filters.light
        words = "Looking along the line to every camera near"
        self.panel.state = {**IDLE, "status": "busy", "title": words, "words": about}
        self._draw_rays(lon, lat, ())
        call = self._backroom.submit(
            "explain", lon=lon, lat=lat, light=self._light, purpose=self._purpose()
        )
        self._call = call
        call.add_done_callback(self._desk.guard("explain the place")(self._answered))

    def _purpose(self) -> str:
        """Give the name of the purpose that the page is of."""
        band = self._state.filters.band
        return self._terms.bands[self._terms.band if band is None else band]

    def prove(self, key: str) -> None:
        """
        Draw the proof of the place in hand for one camera.

        Parameters
        ----------
        key
            Its ``camera_id``.
        """
        if self._drawing is not None:
            self._drawing.cancel()
        self.panel.change(proof={**NO_PROOF, "status": "busy", "key": key})
        call = self._ask_proof(key, kind="svg", sheet="narrow")
        self._drawing = call
        call.add_done_callback(self._desk.guard("draw the proof")(self._drawn))

    def save(self, kind: str) -> None:
        """
        Send the last proof as a file to keep.

        Parameters
        ----------
        kind
            ``"svg"`` or ``"png"``.

        Raises
        ------
        InputError
            Another kind, or nothing was drawn yet.
        """
        if kind not in FILE_KINDS:
            options = ", ".join(FILE_KINDS)
            message = f"there is no kind of file {kind!r}; allowed: {options}"
            raise InputError(message)
        key = self.panel.state["proof"]["key"]
        if not key:
            message = "nothing was drawn yet: choose a camera of the list first"
            raise InputError(message)
        lon, lat = self._place
        name = f"proof_{lat:.5f}_{lon:.5f}.{kind}"

        def send(call: Answer) -> None:
            content = base64.b64encode(call.result()["content"]).decode("ascii")
            self.panel.send(
                {
                    "event": "file",
                    "name": name,
                    "type": FILE_KINDS[kind],
                    "content": content,
                }
            )

        call = self._ask_proof(key, kind=kind, sheet="a4")
        call.add_done_callback(self._desk.guard("save the drawing")(send))

    def close(self) -> None:
        """Forget the place, and take its marks off the map."""
        self._give_up()
        self._draw_rays(*self._place, None)
        self.panel.state = dict(IDLE)

    def again(self) -> None:
        """Explain the place in hand anew where the filters have changed what counts."""
        if self.panel.state["status"] == "done":
            self.explain(*self._place, about=self._about)

    def _give_up(self) -> None:
        for call in (self._call, self._drawing):
            if call is not None:
                call.cancel()
        self._call = self._drawing = None

    def _ask_proof(self, key: str, *, kind: str, sheet: str) -> Call:
        lon, lat = self._place
        return self._backroom.submit(
            "proof",
            lon=lon,
            lat=lat,
            light=self._light,
            camera_id=key,
            kind=kind,
            sheet=sheet,
        )

    def _answered(self, call: Answer) -> None:
        if call is not self._call or call.cancelled():
            return  # a later click has made this one idle
        try:
            rows = call.result()["rows"]
        except Exception:  # whatever it is: told with a reference by who guards this
            self.close()
            raise
        self._show(rows)
        if self._then_prove:
            self.prove(self._then_prove)

    def _show(self, rows: Sequence[Mapping[str, Any]]) -> None:
        lon, lat = self._place
        filters = self._state.filters
        counted = counted_rows(rows, filters.tier)
        rays = [(row["lon"], row["lat"], sees(row)) for row in counted]
        rays.sort(key=lambda ray: not ray[2])
        self._draw_rays(lon, lat, rays[:_RAYS_SHOWN])
        said = place_state(rows, lon=lon, lat=lat, choice=filters.choice)
        if filters.band is not None:
            more = [
                said["more"],
                _BANDS_SAID.format(name=self._terms.bands[self._terms.band]),
            ]
            said["more"] = " ".join(one for one in more if one)
        if self._about:
            said["words"] = f"{self._about}. {said['words']}"
        self.panel.state = {**said, "proof": NO_PROOF}

    def _drawn(self, call: Answer) -> None:
        if call is not self._drawing or call.cancelled():
            return  # another place or camera was chosen meanwhile
        key = self.panel.state["proof"]["key"]
        try:
            drawn = call.result()
        except Exception:  # as above
            self.panel.change(proof=NO_PROOF)
            raise
        coded = base64.b64encode(drawn["content"]).decode("ascii")
        url = f"data:{FILE_KINDS['svg']};base64,{coded}"
        self.panel.change(
            proof={"status": "done", "key": key, "url": url, "words": drawn["words"]}
        )
