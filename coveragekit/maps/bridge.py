"""A map whose pictures the kernel draws, and whose cameras the browser draws."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ipyleaflet
import traitlets
from ipywidgets import widget_serialization

from coveragekit.errors import InputError
from coveragekit.maps.bridge_events import Events
from coveragekit.maps.bridge_parts import (
    Drag,
    Ghost,
    Layer,
    Shape,
    Sight,
    TileAsk,
    next_version,
)
from coveragekit.maps.bridge_points import (
    NO_POINTS,
    pack_points,
    pack_shown,
    point_classes,
)
from coveragekit.maps.taken import TellingWidget

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

__all__ = [
    "CityLayers",
    "Drag",
    "Ghost",
    "Layer",
    "Shape",
    "Sight",
    "TileAsk",
    "point_classes",
]

Place = tuple[float, float]
Ray = tuple[float, float, bool]
_STATIC = Path(__file__).parent / "static" / "bridge"
# In the order in which they build on each other; together they are one module.
_PARTS = (
    *("taken", "core", "tiles", "canvas", "points", "stamps", "labels", "marks"),
    *("talk", "keys", "draw", "ghosts", "swipe", "bridge"),
)
_NO_MARKS: dict[str, Any] = {"camera": None, "place": None, "rays": [], "shapes": []}


@cache
def _script() -> str:
    return "\n".join((_STATIC / f"{part}.js").read_text("utf-8") for part in _PARTS)


class CityLayers(Events, TellingWidget):
    """
    Layers of a whole city on an ipyleaflet map, drawn without asking any host.

    Parameters
    ----------
    map
        The map; show this widget beside it, it takes no room of its own.
    paint
        Gives the PNG of a tile, empty where there is nothing. It is called in a thread.
    labels
        Gives the names to be written for a box (Web Mercator in 0 to 1) and a zoom:
        ``text``, ``x``, ``y``, ``angle`` (degrees clockwise), ``kind`` and ``size``
        each. It is called in the same thread.
    tooltip
        Gives the lines to be said of one thing, by its kind (``"camera"``) and row; the
        first is its name.
    fault
        Hears what went wrong in the thread: the task, to complete "Could not ...", and
        the error. Without one nobody hears of it.

    Attributes
    ----------
    busy
        How many pictures are under way.
    drawing
        ``"polygon"`` while one is being drawn, else empty.
    polygon
        Corners of the drawn area, longitude and latitude in degrees; empty for none.

    Notes
    -----
    Pictures go over the widget's own connection, so that no port, proxy or token is
    concerned. Cameras go once, as a few bytes each; which of them are shown is a bit
    each. Texts stay texts: nothing of a source becomes markup.

    The page finds Leaflet through two internals of jupyter-leaflet 0.20, a view's
    ``obj`` and ``window.L``; where they are missing it says so in their place.
    """

    _esm = _script()
    _css = (_STATIC / "bridge.css").read_text("utf-8")

    map = traitlets.Instance(ipyleaflet.Map).tag(sync=True, **widget_serialization)
    busy = traitlets.Int(0).tag(sync=True)
    drawing = traitlets.Unicode("").tag(sync=True)
    polygon = traitlets.Tuple().tag(sync=True)
    _layers: Any = traitlets.List().tag(sync=True)
    _points = traitlets.Dict(NO_POINTS).tag(sync=True)
    _shown = traitlets.Bytes(b"").tag(sync=True)
    _faded = traitlets.Float(1.0).tag(sync=True)
    _marks = traitlets.Dict(_NO_MARKS).tag(sync=True)
    _ghosts: Any = traitlets.List().tag(sync=True)
    _swipe = traitlets.Dict().tag(sync=True)
    _speaks = traitlets.Bool(default_value=False).tag(sync=True)
    _names = traitlets.Bool(default_value=False).tag(sync=True)

    def __init__(
        self,
        map: ipyleaflet.Map,  # noqa: A002 - what it is called everywhere
        paint: Callable[[TileAsk], bytes],
        *,
        labels: Callable[..., Sequence[Mapping[str, object]]] | None = None,
        tooltip: Callable[[str, int], Sequence[str]] | None = None,
        fault: Callable[[str, BaseException], None] | None = None,
    ) -> None:
        self._stack = {}
        self._count = 0
        Events.__init__(self, paint, labels=labels, tooltip=tooltip, fault=fault)
        TellingWidget.__init__(
            self, map=map, _speaks=tooltip is not None, _names=labels is not None
        )
        self.on_msg(self._message)

    @property
    def layers(self) -> tuple[Layer, ...]:
        """The layers of pictures, from below to above."""
        return tuple(self._stack.values())

    @layers.setter
    def layers(self, layers: Iterable[Layer]) -> None:
        given = tuple(layers)
        stack = {layer.key: layer for layer in given}
        if len(stack) != len(given):
            keys = [layer.key for layer in given]
            message = f"each layer needs a key of its own; got {keys}"
            raise InputError(message)
        self._stack = stack
        self._send_layers()

    def _send_layers(self) -> None:
        self._layers = [
            layer.as_json(place) for place, layer in enumerate(self._stack.values(), 1)
        ]

    def layer(self, key: str) -> Layer:
        """
        Give one layer.

        Parameters
        ----------
        key
            Its name.

        Returns
        -------
        Layer
            As it is now.

        Raises
        ------
        InputError
            There is no such layer.
        """
        try:
            return self._stack[key]
        except KeyError:
            known = ", ".join(self._stack) or "none"
            message = f"there is no layer {key!r}; there are: {known}"
            raise InputError(message) from None

    def change_layer(self, key: str, **parts: Any) -> None:  # noqa: ANN401
        """
        Change how a layer is drawn; opacity and visibility ask for no new picture.

        Parameters
        ----------
        key
            Its name.
        **parts
            Fields of :class:`Layer` and their new values.

        Raises
        ------
        InputError
            There is no such layer, or a value is not allowed.
        """
        self._stack[key] = replace(self.layer(key), **parts)
        self._send_layers()

    def redraw(self, *keys: str, version: str | None = None) -> None:
        """
        Draw layers again; each old picture stays until the new one is there.

        Parameters
        ----------
        *keys
            Names of the layers; none for all.
        version
            What :attr:`TileAsk.version` will be; ``None`` counts up.

        Raises
        ------
        InputError
            There is no such layer.
        """
        self._desk.forgive()
        for key in keys or tuple(self._stack):
            old = self.layer(key)
            new = next_version(old.version) if version is None else version
            self._stack[key] = replace(old, version=new)
            self._expect(self._stack[key])
        self._send_layers()

    def set_points(
        self,
        merc: NDArray[np.float64],
        classes: NDArray[np.uint8],
        shown: NDArray[np.bool_] | None = None,
    ) -> None:
        """
        Give the cameras to be drawn.

        Parameters
        ----------
        merc
            Web Mercator pairs in 0 to 1, shape ``(n, 2)``, best in Morton order.
        classes
            How each is drawn, from :func:`point_classes`, shape ``(n,)``.
        shown
            Which are shown, shape ``(n,)``, or ``None`` for all.

        Raises
        ------
        InputError
            Positions that are not finite, outside the map, or not as many as classes.
        """
        packed = pack_points(merc, classes)
        self._count = packed["count"]
        with self.hold_sync():
            self._marks = {**self._marks, "camera": None}
            self._points = packed
            self.show_points(shown)

    def show_points(self, shown: NDArray[np.bool_] | None) -> None:
        """
        Show some of the cameras.

        Parameters
        ----------
        shown
            Which, shape ``(n,)``, or ``None`` for all.

        Raises
        ------
        InputError
            Not as many as there are cameras.
        """
        if shown is not None and len(shown) != self._count:
            message = f"{len(shown)} flags were given for {self._count} cameras"
            raise InputError(message)
        self._shown = pack_shown(shown)

    def fade_points(self, opacity: float) -> None:
        """
        Draw the cameras more or less clearly.

        Parameters
        ----------
        opacity
            0 (clear) to 1.

        Raises
        ------
        InputError
            A value outside that.
        """
        if not 0.0 <= opacity <= 1.0:
            message = f"the opacity of the cameras is {opacity}; allowed: 0 to 1"
            raise InputError(message)
        self._faded = float(opacity)

    def mark(self, **parts: Any) -> None:  # noqa: ANN401 - told apart below
        """
        Light things up; what is not named stays as it is.

        Parameters
        ----------
        **parts
            ``camera``: a row or ``None``; ``place``: longitude and latitude or
            ``None``; ``rays``: longitude, latitude and whether it sees the place, of
            each camera; ``shapes``: :class:`Shape` objects.

        Raises
        ------
        InputError
            Any other name.
        """
        unknown = sorted(set(parts) - set(_NO_MARKS))
        if unknown:
            message = f"there is no mark {unknown}; allowed: {', '.join(_NO_MARKS)}"
            raise InputError(message)
        if "shapes" in parts:
            parts["shapes"] = [shape.as_json() for shape in parts["shapes"]]
        if "rays" in parts:
            rays: Iterable[Ray] = parts["rays"]
            parts["rays"] = [[float(x), float(y), bool(sees)] for x, y, sees in rays]
        place: Place | None = parts.get("place")
        if place is not None:
            parts["place"] = [float(place[0]), float(place[1])]
        if parts.get("camera") is not None:
            parts["camera"] = int(parts["camera"])
        self._marks = {**self._marks, **parts}

    def clear_marks(self) -> None:
        """Take every mark off the map."""
        self._marks = dict(_NO_MARKS)

    def set_ghosts(self, ghosts: Iterable[Ghost]) -> None:
        """
        Give the cameras that are only tried.

        Parameters
        ----------
        ghosts
            All of them.
        """
        self._ghosts = [ghost.as_json() for ghost in ghosts]

    def draw_polygon(self) -> None:
        """Let the user draw an area; ``on_polygon`` hears of it."""
        self.drawing = "polygon"

    def stop_drawing(self) -> None:
        """End drawing, without an area."""
        self.drawing = ""

    def swipe(self, *, at: float = 0.5, left: str = "", right: str = "") -> None:
        """
        Show two sets of layers on either side of a divider.

        Parameters
        ----------
        at
            Where the divider stands, 0 (left edge) to 1.
        left, right
            What the sides are called.

        Raises
        ------
        InputError
            A position outside the map.
        """
        if not 0.0 <= at <= 1.0:
            message = f"the divider cannot stand at {at}; allowed: 0 to 1"
            raise InputError(message)
        self._swipe = {"at": at, "left": left, "right": right}

    def stop_swipe(self) -> None:
        """Take the divider away; layers of one side are not shown then."""
        self._swipe = {}

    def fly_to(self, lon: float, lat: float, zoom: float | None = None) -> None:
        """
        Bring a place to the middle of the map.

        Parameters
        ----------
        lon, lat
            The place, degrees.
        zoom
            Web map zoom; ``None`` keeps it.
        """
        self._fly(lon=lon, lat=lat, zoom=zoom)

    def fly_to_bounds(
        self, bounds: tuple[float, float, float, float], *, max_zoom: float = 18.0
    ) -> None:
        """
        Show a whole box.

        Parameters
        ----------
        bounds
            ``(west, south, east, north)``, degrees.
        max_zoom
            Closest zoom wanted.
        """
        self._fly(bounds=list(bounds), zoom=max_zoom)

    def announce(self, text: str) -> None:
        """
        Have a screen reader say something about the map.

        Parameters
        ----------
        text
            What to say.
        """
        self._say({"event": "say", "text": text})

    def close(self) -> None:
        """End the thread and take the widget off the page; again does nothing."""
        self._desk.close()
        super().close()
