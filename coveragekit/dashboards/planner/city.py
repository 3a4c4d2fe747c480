"""The planner's map: pictures painted from the view store, and what lies on them."""

from __future__ import annotations

from dataclasses import fields, replace
from functools import partial
from html import escape
from threading import RLock
from typing import TYPE_CHECKING, Any, Final, Literal

import ipyleaflet
import numpy as np
from ipywidgets import Layout

from coveragekit.dashboards.planner.camera_card import tooltip
from coveragekit.dashboards.planner.camera_points import looks_of, shown_points
from coveragekit.dashboards.planner.page_state import LAYERS
from coveragekit.maps.bridge import CityLayers, Layer, Shape
from coveragekit.maps.framing import fit_view
from coveragekit.maps.tiles import Look, Painter, labels
from coveragekit.view import mercator

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from coveragekit.dashboards.planner.explain_desk import Ray
    from coveragekit.dashboards.planner.filters import Filters
    from coveragekit.dashboards.planner.page_state import PageState
    from coveragekit.maps.bridge import TileAsk
    from coveragekit.view import Store

__all__ = ["City"]

_MAX_ZOOM: Final = 20
_KEPT: Final = 2  # pictures may still be asked for by looks just gone
_ZOOM_STEP: Final = 0.25  # so that a city fills the map at first
_GAP_ZOOM: Final = 18
_SIDE: Final = "-on-the-"
_EVENTS: Final = ("incidents", "calls")
# What of a look each layer is painted by; a layer whose part is as before stays.
_PAINTED_BY: Final[dict[str, frozenset[str]]] = {
    "base": frozenset({"dark"}),
    "population": frozenset({"dark", "area_kind"}),
    "areas": frozenset({"dark", "area_kind", "areas_values", "areas_words"}),
    "coverage": frozenset({"dark", "band", "light", "flags", "change"}),
    "isovists": frozenset({"dark", "band", "light", "flags"}),
    "gaps": frozenset({"dark", "gaps", "chosen"}),
    "incidents": frozenset({"dark", "incidents", "points", "least"}),
    "calls": frozenset({"dark", "calls", "points", "least"}),
    "change": frozenset({"dark", "band", "light", "flags", "change"}),
}


class City:
    """
    The map of one city and everything on it.

    Parameters
    ----------
    store
        The city.
    state
        What the page shows.
    fault
        Told of what went wrong while painting: a task in words, and what was raised.

    Attributes
    ----------
    map
        The ipyleaflet map.
    bridge
        What paints into it and listens to it.
    painter
        Paints the pictures.
    look
        What they are painted by.
    bounds
        Box of the study: west, south, east and north, degrees.
    sight
        Box that the map shows.
    """

    def __init__(
        self,
        store: Store,
        *,
        state: PageState,
        fault: Callable[[str, BaseException], None],
    ) -> None:
        self.store = store
        self._state = state
        self.painter = Painter(store)
        self.look = Look(band=int(store.meta["band"]))
        self._looks: dict[str, Look] = {"0": self.look}
        self._count = 0
        self._drawn_state: str | None = None
        self._drawing = RLock()
        self._outlined: list[Shape] = []
        self.bounds = self.sight = _degrees(store.meta["bounds_merc"])
        self.map = _empty_map(self.bounds, credit=_credit(store))
        self.bridge = CityLayers(
            map=self.map,
            paint=self._paint,
            labels=partial(labels, store),
            tooltip=self._tooltip,
            fault=fault,
        )
        self.bridge.layers = self._first_layers()
        self.show_whole()
        state.observe(lambda _: self._layers_changed(), "layers")

    def _first_layers(self) -> tuple[Layer, ...]:
        missing = self.missing()
        made = {
            key: Layer(
                key,
                LAYERS[key].title,
                opacity=opacity,
                shown=shown,
                version="0",
                max_zoom=_MAX_ZOOM,
            )
            for key, (shown, opacity) in self._state.layers.items()
            if key in _PAINTED_BY and key not in missing
        }
        change = Layer("change", "Change", shown=False, version="0", max_zoom=_MAX_ZOOM)
        at = list(made).index("coverage") + 1
        layers = list(made.values())
        return (*layers[:at], change, *layers[at:])

    def side(self, key: str, side: str, look: Look) -> None:
        """
        Draw a layer by a look of its own on one side of a swipe.

        Parameters
        ----------
        key
            The layer; it is not drawn otherwise until :meth:`end_sides`.
        side
            ``"left"`` or ``"right"``.
        look
            What it is painted by.
        """
        version = self._new_version(look)
        layers = {one.key: one for one in self.bridge.layers}
        name = f"{key}{_SIDE}{side}"
        if name in layers:
            self.bridge.redraw(name, version=version)
            return
        plain = layers[key]
        hand: Literal["left", "right"] = "left" if side == "left" else "right"
        new = replace(plain, key=name, side=hand, shown=True, version=version)
        stack = list(layers.values())
        stack.insert(stack.index(plain) + 1, new)
        self.bridge.layers = tuple(stack)
        self.bridge.change_layer(key, shown=False)

    def end_sides(self) -> None:
        """Take the layers of a swipe away, and draw again what they stood for."""
        layers = self.bridge.layers
        stood_for = {one.key.split(_SIDE)[0] for one in layers if _SIDE in one.key}
        self.bridge.layers = tuple(one for one in layers if _SIDE not in one.key)
        for key in stood_for:
            shown, _ = self._state.layers.get(key, (False, 0.0))
            self.bridge.change_layer(key, shown=shown)

    def _new_version(self, look: Look) -> str:
        """Keep a look under a version of its own; what nothing is drawn by goes."""
        self._count += 1
        version = str(self._count)
        drawn = {one.version for one in self.bridge.layers} | {self.look.version}
        kept = [*list(self._looks)[-_KEPT:], *drawn]
        self._looks = {
            one: self._thinned(self._looks[one]) for one in kept if one in self._looks
        }
        self._looks[version] = look.changed(version=version)
        return version

    def _thinned(self, look: Look) -> Look:
        """Hold the newest masks alone where no layer is drawn by older: large ones."""
        layers = (one for one in self.bridge.layers if one.version == look.version)
        drawn = {one.key.split(_SIDE)[0] for one in layers}
        gone = [name for name in _EVENTS if name not in drawn]
        return look.changed(**{name: getattr(self.look, name) for name in gone})

    def missing(self) -> frozenset[str]:
        """Give the layers that this city has nothing for."""
        store = self.store
        people = bool(np.isfinite(store.areas.population).any())
        found = {
            "incidents": store.incidents is not None,
            "calls": store.calls is not None,
            "areas": len(store.areas) > 0,
            "population": people,
            "gaps": len(store.gaps) > 0,
        }
        return frozenset(key for key, there in found.items() if not there)

    def paint_by(self, **parts: Any) -> None:  # noqa: ANN401 - fields of a Look
        """
        Paint by another look; only layers that it touches are painted anew.

        Parameters
        ----------
        **parts
            Fields of ``Look``.
        """
        names = {one.name for one in fields(Look)} & set(parts)
        touched = {
            name for name in names if not _same(getattr(self.look, name), parts[name])
        }
        if not touched:
            return
        version = self._new_version(self.look.changed(**parts))
        self.look = self._looks[version]
        keys = [
            one.key
            for one in self.bridge.layers
            if _SIDE not in one.key and _PAINTED_BY[one.key] & touched
        ]
        self.bridge.redraw(*keys, version=version)

    def show_cameras(self, filters: Filters) -> None:
        """
        Draw the cameras that count, and those that are planned; any thread may ask.

        Parameters
        ----------
        filters
            Tier and state in force.
        """
        with self._drawing:
            is_on = self._state.layers["cameras"][0]
            shown = shown_points(self.store, filters, self._state.left) & is_on
            if self._drawn_state == filters.state:
                self.bridge.show_points(shown)
                return
            looks = looks_of(self.store, filters)
            self.bridge.set_points(self.store.cameras.merc, looks, shown=shown)
            self._drawn_state = filters.state

    def mark_camera(self, index: int | None) -> None:
        """
        Mark a camera and what it sees.

        Parameters
        ----------
        index
            Its row; ``None`` for none.
        """
        shapes = [] if index is None else self._views_of(index)
        self.bridge.mark(camera=index, shapes=[*self._outlined, *shapes])

    def _views_of(self, index: int) -> list[Shape]:
        views = self.store.views
        rows = np.flatnonzero(views.camera == index)
        known = np.isfinite(self.store.cameras.bearing_deg[index])
        look: Literal["view", "view-unknown"] = "view" if known else "view-unknown"
        return [Shape(views.shape.rings(int(row)), look) for row in rows]

    def mark_gap(self, row: int | None) -> None:
        """
        Light up a gap.

        Parameters
        ----------
        row
            Its row; ``None`` for none.
        """
        shapes = [] if row is None else [Shape(self.store.gaps.shape.rings(row), "gap")]
        self.bridge.mark(camera=None, shapes=[*self._outlined, *shapes])

    def show_gaps(self, rows: Sequence[int]) -> None:
        """
        Draw some gaps, those that are listed.

        Parameters
        ----------
        rows
            Their rows.
        """
        self.paint_by(gaps=np.asarray(rows, np.int64))

    def outline(self, filters: Filters) -> None:
        """
        Outline the area that is chosen.

        Parameters
        ----------
        filters
            What is chosen; without an area the outline goes.
        """
        self._outlined = []
        if filters.area is not None:
            row = filters.area[1]
            shape = self.store.areas.shape
            self._outlined = [Shape(shape.rings(row), "area")]
        self.mark_camera(None)

    def mark_area(self, row: int) -> None:
        """
        Outline an area.

        Parameters
        ----------
        row
            Its row.
        """
        shape = Shape(self.store.areas.shape.rings(row), "area")
        self.bridge.mark(camera=None, shapes=[*self._outlined, shape])

    def draw_rays(self, lon: float, lat: float, rays: Sequence[Ray] | None) -> None:
        """
        Mark a place, with a line to each camera near it.

        Parameters
        ----------
        lon, lat
            The place, degrees.
        rays
            Longitude, latitude and whether it sees the place, of each camera; ``None``
            takes the place off the map.
        """
        place = None if rays is None else (lon, lat)
        self.bridge.mark(place=place, rays=list(rays or ()))

    def fly_to(self, lon: float, lat: float, zoom: float | None = None) -> None:
        """
        Bring a place to the middle of the map.

        Parameters
        ----------
        lon, lat
            The place, degrees.
        zoom
            How near; ``None`` leaves it.
        """
        self.bridge.fly_to(lon, lat, zoom)

    def fly_to_bounds(
        self, bounds: tuple[float, float, float, float], *, max_zoom: int = _GAP_ZOOM
    ) -> None:
        """
        Show a box whole.

        Parameters
        ----------
        bounds
            West, south, east and north, degrees.
        max_zoom
            Not nearer than this.
        """
        self.bridge.fly_to_bounds(bounds, max_zoom=max_zoom)

    def show_whole(self) -> None:
        """Show the whole study."""
        self.fly_to_bounds(self.bounds)

    def _paint(self, ask: TileAsk) -> bytes:
        look = self._looks.get(ask.version, self.look)
        layer = ask.key.split(_SIDE)[0]
        return self.painter.paint(layer, ask.z, ask.x, ask.y, look, scale=ask.scale)

    def _tooltip(self, kind: str, index: int) -> Sequence[str]:
        return tooltip(self.store, index) if kind == "camera" else ()

    def _layers_changed(self) -> None:
        known = {one.key: one for one in self.bridge.layers}
        on_sides = {key.split(_SIDE)[0] for key in known if _SIDE in key}
        for key, (shown, opacity) in self._state.layers.items():
            one = known.get(key)
            drawn = shown and key not in on_sides
            if one is not None and (one.shown, one.opacity) != (drawn, opacity):
                self.bridge.change_layer(key, shown=drawn, opacity=opacity)
        self.bridge.fade_points(self._state.layers["cameras"][1])
        self.show_cameras(self._state.filters)


def _same(old: object, new: object) -> bool:
    if isinstance(old, np.ndarray) and isinstance(new, np.ndarray):
        return old is new or (old.shape == new.shape and bool(np.array_equal(old, new)))
    if isinstance(old, np.ndarray) or isinstance(new, np.ndarray):
        return False
    return old == new


def _degrees(bounds_merc: Sequence[float]) -> tuple[float, float, float, float]:
    west, north, east, south = bounds_merc
    (left, top), (right, bottom) = mercator.to_lonlat(
        [[west, north], [east, south]]
    ).tolist()
    return left, bottom, right, top


def _credit(store: Store) -> str:
    sources = [str(one) for one in store.meta.get("sources") or ()]
    return escape(f"Data: {'; '.join(sources)}") if sources else ""


def _empty_map(
    bounds: tuple[float, float, float, float], *, credit: str
) -> ipyleaflet.Map:
    view = fit_view(bounds)
    drawn = ipyleaflet.Map(
        layers=[],
        center=view.center,
        zoom=view.zoom,
        max_zoom=_MAX_ZOOM,
        min_zoom=3,
        zoom_snap=_ZOOM_STEP,
        attribution_control=False,
        zoom_control=False,
        scroll_wheel_zoom=True,
        layout=Layout(height="100%", width="100%"),
    )
    drawn.add(ipyleaflet.ZoomControl(position="topleft", zoom_out_text="\u2212"))
    drawn.add(ipyleaflet.ScaleControl(position="topleft", max_width=100))
    if credit:
        drawn.add(ipyleaflet.AttributionControl(position="bottomright", prefix=credit))
    return drawn
