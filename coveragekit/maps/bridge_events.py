"""What a city map hears from its page, and whom it tells."""

from __future__ import annotations

import json
import math
from functools import partial
from typing import TYPE_CHECKING, Any

from coveragekit.maps.bridge_messages import (
    read_box,
    read_drag,
    read_ids,
    read_numbers,
    read_ring,
    read_row,
    read_sight,
    read_tiles,
)
from coveragekit.maps.bridge_polygon import polygon_fault
from coveragekit.maps.bridge_worker import Answer, Desk, Job
from coveragekit.view.mercator import to_merc

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from coveragekit.maps.bridge_parts import Drag, Layer, Sight, TileAsk

    Ring = tuple[tuple[float, float], ...]
    Labels = Callable[
        [tuple[float, float, float, float], float], Sequence[Mapping[str, object]]
    ]

__all__ = ["Events"]

_AT_ONE_POLE = 60
_LINES = 12


class Events:
    """
    The listening half of a city map; see :class:`~coveragekit.maps.bridge.CityLayers`.

    Parameters
    ----------
    paint
        Gives the PNG of a tile.
    labels
        Gives the names to be written for a box and a zoom.
    tooltip
        Gives the lines to be said of one thing.
    fault
        Hears what went wrong in the thread.
    """

    _stack: dict[str, Layer]
    _count: int
    _ghosts: list[dict[str, Any]]
    send: Callable[..., None]
    polygon: Any
    drawing: Any

    def __init__(
        self,
        paint: Callable[[TileAsk], bytes],
        *,
        labels: Labels | None,
        tooltip: Callable[[str, int], Sequence[str]] | None,
        fault: Callable[[str, BaseException], None] | None,
    ) -> None:
        self._paint, self._labels, self._tooltip = paint, labels, tooltip
        self._tell_fault = fault
        self._hearers: dict[str, list[Callable[..., None]]] = {}
        self._waiting: list[dict[str, Any]] | None = []
        self._flights = self._landed = 0
        self._desk = Desk(self._answer, self._failed, lambda: self._emit("rest"))
        self._heard: dict[str, Callable[[Mapping[str, Any]], None]] = {
            "ready": self._heard_ready,
            "tiles": self._heard_tiles,
            "labels": self._heard_labels,
            "tell": self._heard_tell,
            "pick": self._heard_pick,
            "click": self._heard_click,
            "clear": lambda _: self._emit("clear"),
            "move": self._heard_move,
            "drag": self._heard_drag,
            "ghost": self._heard_ghost,
            "remove": self._heard_remove,
            "polygon": self._heard_polygon,
            "draw-end": lambda _: self._emit("draw-end"),
            "swipe": self._heard_swipe,
        }

    def on_pick(self, callback: Callable[[int, tuple[int, ...]], None]) -> None:
        """
        Call back when a camera is chosen on the map.

        Parameters
        ----------
        callback
            Takes its row, and the rows of all shown cameras at the same spot.
        """
        self._hear("pick", callback)

    def on_click(self, callback: Callable[[float, float], None]) -> None:
        """
        Call back when a place is clicked at which there is no camera.

        Parameters
        ----------
        callback
            Takes longitude and latitude, degrees.
        """
        self._hear("click", callback)

    def on_clear(self, callback: Callable[[], None]) -> None:
        """
        Call back when Esc is pressed on the map and nothing else took it.

        Parameters
        ----------
        callback
            Takes nothing.
        """
        self._hear("clear", callback)

    def on_move(self, callback: Callable[[Sight], None]) -> None:
        """
        Call back when the map has come to rest, and once at the start.

        Parameters
        ----------
        callback
            Takes what it shows.
        """
        self._hear("move", callback)

    def on_drag(self, callback: Callable[[Drag], None]) -> None:
        """
        Call back while a ghost is moved or turned.

        Parameters
        ----------
        callback
            Takes where it is now. The page waits until it returns and then sends the
            newest place only, so that slow answers never pile up.
        """
        self._hear("drag", callback)

    def on_ghost(self, callback: Callable[[str], None]) -> None:
        """
        Call back when a ghost is chosen.

        Parameters
        ----------
        callback
            Takes its name.
        """
        self._hear("ghost", callback)

    def on_remove(self, callback: Callable[[str], None]) -> None:
        """
        Call back when a ghost is to be taken away.

        Parameters
        ----------
        callback
            Takes its name.
        """
        self._hear("remove", callback)

    def on_polygon(self, callback: Callable[[Ring], None]) -> None:
        """
        Call back when an area was drawn that is one.

        Parameters
        ----------
        callback
            Takes its corners, longitude and latitude in degrees.
        """
        self._hear("polygon", callback)

    def on_refused(self, callback: Callable[[str], None]) -> None:
        """
        Call back when an area was drawn that is none, such as one that crosses itself.

        Parameters
        ----------
        callback
            Takes what is wrong, one plain sentence.
        """
        self._hear("refused", callback)

    def on_draw_end(self, callback: Callable[[], None]) -> None:
        """
        Call back when drawing ended, with an area or without.

        Parameters
        ----------
        callback
            Takes nothing.
        """
        self._hear("draw-end", callback)

    def on_swipe(self, callback: Callable[[float], None]) -> None:
        """
        Call back when the divider was moved.

        Parameters
        ----------
        callback
            Takes where it stands, 0 (left edge) to 1.
        """
        self._hear("swipe", callback)

    def on_rest(self, callback: Callable[[], None]) -> None:
        """
        Call back, in the thread, when every picture that was asked for is sent.

        Parameters
        ----------
        callback
            Takes nothing.
        """
        self._hear("rest", callback)

    def is_drawn(self, *, within_s: float = 0.0) -> bool:
        """
        Tell whether the page has every picture that it has asked for or will now.

        Parameters
        ----------
        within_s
            How long to wait for that at most, seconds.

        Returns
        -------
        bool
            Whether nothing is left to draw; so too while no page is there.
        """
        return self._desk.is_idle(within_s=within_s)

    def _expect(self, layer: Layer) -> None:
        """Note that the page, where it is there, will ask for a layer's pictures."""
        if layer.shown and self._waiting is None:
            self._desk.expect()

    def _hear(self, event: str, callback: Callable[..., None]) -> None:
        self._hearers.setdefault(event, []).append(callback)

    def _emit(self, event: str, *parts: object) -> None:
        for callback in self._hearers.get(event, []):
            callback(*parts)

    @property
    def is_flying(self) -> bool:
        """Whether the map was sent somewhere and has not told that it is there."""
        return self._landed < self._flights

    def _fly(self, **there: object) -> None:
        self._flights += 1
        self._say({"event": "fly", "flight": self._flights, **there})

    def _say(self, content: dict[str, Any]) -> None:
        """Send now, or as soon as the page is there."""
        if self._waiting is None:
            self.send(content)
        else:
            self._waiting.append(content)

    def _message(self, _: object, content: object, __: object) -> None:
        if isinstance(content, dict):
            handle = self._heard.get(str(content.get("event")))
            if handle is not None:
                handle(content)

    def _heard_ready(self, _: Mapping[str, Any]) -> None:
        waiting, self._waiting = self._waiting or [], None
        for content in waiting:
            self.send(content)

    def _heard_tiles(self, content: Mapping[str, Any]) -> None:
        self._desk.drop(read_ids(content))
        wanted, stale = read_tiles(content, self._stack)
        self._desk.ask(
            Job(name, ask.key, partial(self._paint, ask)) for name, ask in wanted
        )
        if stale:
            self.send({"event": "made", "got": [[name, -2] for name in stale]})

    def _heard_labels(self, content: Mapping[str, Any]) -> None:
        box, zoom = read_box(content), read_numbers(content, "zoom")
        if self._labels is None or box is None or zoom is None:
            return
        name = f"labels {content.get('id')}"
        self._desk.ask([Job(name, "names", partial(self._write, box, zoom[0]))])

    def _write(self, box: tuple[float, float, float, float], zoom: float) -> bytes:
        west, south, east, north = box
        (left, top), (right, bottom) = to_merc([west, east], [north, south]).tolist()
        assert self._labels is not None
        names = self._labels((left, top, right, bottom), zoom)
        return json.dumps([dict(one) for one in names]).encode()

    def _answer(self, answers: list[Answer]) -> None:
        """Send what was made; called in the thread."""
        got = [
            [one.id, -1 if one.content is None else len(one.content)] for one in answers
        ]
        buffers = [one.content or b"" for one in answers]
        self.send({"event": "made", "got": got}, buffers)

    def _failed(self, group: str, error: BaseException) -> None:
        if self._tell_fault is not None:
            task = "write the names" if group == "names" else f"draw the layer {group}"
            self._tell_fault(task, error)

    def _heard_tell(self, content: Mapping[str, Any]) -> None:
        kind, row = content.get("kind"), content.get("row")
        index = read_row(row, self._count if kind == "camera" else 0)
        if self._tooltip is None or index is None:
            return
        lines = [str(line) for line in self._tooltip("camera", index)][:_LINES]
        told = {"event": "told", "kind": kind, "row": index, "lines": lines}
        self.send({**told, "id": str(content.get("id"))})

    def _heard_pick(self, content: Mapping[str, Any]) -> None:
        row = read_row(content.get("row"), self._count)
        given = content.get("others")
        others = given[:_AT_ONE_POLE] if isinstance(given, list) else []
        known = [read_row(one, self._count) for one in others]
        if row is not None:
            self._emit("pick", row, tuple(one for one in known if one is not None))

    def _heard_click(self, content: Mapping[str, Any]) -> None:
        place = read_numbers(content, "lon", "lat")
        if place is not None and abs(place[1]) <= 90.0:
            self._emit("click", math.remainder(place[0], 360.0), place[1])

    def _heard_move(self, content: Mapping[str, Any]) -> None:
        sight = read_sight(content)
        if sight is not None:
            landed = read_row(content.get("landed"), self._flights + 1)
            self._landed = max(self._landed, landed or 0)
            self._emit("move", sight)

    def _heard_drag(self, content: Mapping[str, Any]) -> None:
        drag = read_drag(content, self._ghost_names())
        try:
            if drag is not None:
                self._emit("drag", drag)
        finally:
            # Else one fault would leave the page waiting for ever.
            self.send({"event": "dragged", "id": str(content.get("id"))})

    def _ghost_names(self) -> set[str]:
        return {ghost["id"] for ghost in self._ghosts}

    def _heard_ghost(self, content: Mapping[str, Any]) -> None:
        name = str(content.get("id"))
        if name in self._ghost_names():
            self._emit("ghost", name)

    def _heard_remove(self, content: Mapping[str, Any]) -> None:
        name = str(content.get("id"))
        if name in self._ghost_names():
            self._emit("remove", name)

    def _heard_polygon(self, content: Mapping[str, Any]) -> None:
        ring = read_ring(content)
        wrong = polygon_fault(ring)
        if wrong:
            self.send({"event": "refused", "words": wrong})
            self._emit("refused", wrong)
            return
        self.polygon, self.drawing = ring, ""
        self._emit("polygon", ring)
        self._emit("draw-end")

    def _heard_swipe(self, content: Mapping[str, Any]) -> None:
        at = read_numbers(content, "at")
        if at is not None and 0.0 <= at[0] <= 1.0:
            self._emit("swipe", at[0])
