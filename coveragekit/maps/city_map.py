"""A whole city on one map in a notebook, with an analyst's own tables on top."""

from __future__ import annotations

import logging
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Self

from coveragekit.errors import InputError
from coveragekit.maps.city_legend import (
    OPACITY,
    TITLES,
    check_choices,
    legend_below,
    notes_html,
    online_map,
    place_cameras,
    views_of_tiers,
    zone_signs,
)
from coveragekit.maps.leaving import left_notes, left_rows
from coveragekit.maps.tiles import LAYERS, Frame, Look, Painter, labels, picture
from coveragekit.maps.tiles.png import to_png

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from os import PathLike

    import geopandas as gpd
    import ipywidgets

    from coveragekit.maps.bridge import CityLayers, Sight, TileAsk
    from coveragekit.maps.own_layer import OwnLayer
    from coveragekit.study import Study
    from coveragekit.view import Store

__all__ = ["CityMap", "city_map"]

log = logging.getLogger(__name__)

_MOST_ZOOM: Final = 20
_PICK_PX: Final = 10.0
_COUNTED: Final = ("public", "integrated", "registered")
_EARTH_DEG: Final = 360.0


def city_map(  # noqa: PLR0913 - one way to be asked
    study: Study | str | PathLike[str],
    layers: Sequence[str] = ("coverage", "gaps", "cameras"),
    *,
    purpose: str | None = None,
    light: str = "day",
    tiers: Sequence[str] = _COUNTED,
    dark: bool = False,
    points: bool = False,
    basemap: str | None = None,
    height: str = "600px",
) -> CityMap:
    """
    Put a built study of any size on one map that asks no host for anything.

    Parameters
    ----------
    study
        A built study, or its folder.
    layers
        What to show on the base map, from below to above: ``population``, ``areas``,
        ``coverage``, ``incidents``, ``calls``, ``gaps``, ``isovists``, ``cameras``.
    purpose
        Band of pixel density that counts as seen, such as ``"recognise"``; that of the
        study by default.
    light
        ``"day"`` or ``"night"``.
    tiers
        Consent tiers whose cameras count.
    dark
        For a dark ground.
    points
        Whether single incidents and calls are drawn at their places when near; only for
        analysts who may see them.
    basemap
        Name of an online map instead of the study's own, such as
        ``"OpenStreetMap.Mapnik"``; its host then learns where you look.
    height
        Height of the map, as CSS has it.

    Returns
    -------
    CityMap
        The last line of a cell shows it.

    Raises
    ------
    StudyError
        The study was never built, or by another version.
    InputError
        A layer, purpose, light, tier or online map that there is not.

    Notes
    -----
    The kernel draws pictures; the browser gets them and one small mark a camera. Where
    the cameras are of a registry it is asked, and those that have left are left out.
    """
    from coveragekit.view import Store

    folder = study if not hasattr(study, "path") else study.path
    store = Store.open(folder)
    bands = [band["name"] for band in store.meta["bands"]]
    named = store.meta["purpose"] if purpose is None else purpose
    check_choices(store.meta, purpose=named, light=light, tiers=tiers, layers=layers)
    look = Look(
        dark=dark,
        band=bands.index(named),
        light="night" if light == "night" else "day",
        points=points,
    )
    own = () if basemap else ("base",)
    keys = (*own, *layers)
    return CityMap(store, keys, look, tiers=tiers, height=height, basemap=basemap)


class CityMap:
    """
    A city on one map.

    Parameters
    ----------
    store
        Its view store.
    layers
        Keys of what is shown, from below to above.
    look
        How it is drawn.
    tiers
        Consent tiers whose cameras are shown.
    height
        Height of the map, as CSS has it.
    basemap
        Name of an online map to draw below, or ``None``.

    Attributes
    ----------
    widget
        The map with its legend, to be put beside other widgets.
    """

    def __init__(
        self,
        store: Store,
        layers: Sequence[str],
        look: Look,
        *,
        tiers: Sequence[str],
        height: str,
        basemap: str | None = None,
    ) -> None:
        self._store = store
        self._tiers = tuple(tiers)
        self._left, self._gone = left_rows(store)
        self._look = look.changed(flags=views_of_tiers(store, tiers, self._gone))
        self._painter = Painter(store)
        self._keys = list(dict.fromkeys(layers))
        self._own: dict[str, tuple[OwnLayer, float]] = {}
        self._sight: Sight | None = None
        self._bridge = self._make_bridge(height, basemap)
        self.widget = self._make_widget()
        self._refresh()

    def _make_bridge(self, height: str, basemap: str | None) -> CityLayers:
        import ipyleaflet
        from ipywidgets import Layout

        from coveragekit.maps.bridge import CityLayers
        from coveragekit.maps.framing import fit_view
        from coveragekit.view import mercator

        west, north, east, south = self._store.meta["bounds_merc"]
        low, high = mercator.to_lonlat([[west, south], [east, north]]).tolist()
        bounds = (low[0], low[1], high[0], high[1])
        view = fit_view(bounds)
        drawn = ipyleaflet.Map(
            layers=[] if basemap is None else [online_map(basemap)],
            center=view.center,
            zoom=view.zoom,
            max_zoom=_MOST_ZOOM,
            attribution_control=basemap is not None,
            scroll_wheel_zoom=True,
            layout=Layout(height=height),
        )
        drawn.add_class("ck-map")
        bridge = CityLayers(
            drawn,
            self._paint,
            labels=partial(labels, self._store),
            tooltip=self._tooltip,
            fault=lambda task, error: log.error("could not %s", task, exc_info=error),
        )
        bridge.fly_to_bounds(bounds)
        bridge.on_move(self._moved)
        bridge.on_click(self._clicked)
        return bridge

    def _make_widget(self) -> ipywidgets.Widget:
        from ipywidgets import HTML, VBox

        self._words, self._legend = HTML(), HTML()
        box = VBox([self._bridge.map, self._bridge, self._words, self._legend])
        box.add_class("ck-city-dark" if self._look.dark else "ck-city-light")
        return box

    def _repr_mimebundle_(self, **given: Any) -> Mapping[str, Any] | tuple[Any, ...]:  # noqa: ANN401
        bundle: Mapping[str, Any] = self.widget._repr_mimebundle_(**given)
        return bundle

    def add(
        self,
        frame: gpd.GeoDataFrame,
        title: str,
        *,
        by: str | None = None,
        colour: str | None = None,
        opacity: float = 0.9,
    ) -> Self:
        """
        Draw a table of one's own on top, points, lines or polygons, of any size.

        Parameters
        ----------
        frame
            The table, with a CRS.
        title
            What to call it; one of the same name is replaced.
        by
            A column to colour by: numbers in five classes, words by what they are.
        colour
            Hex colour of all rows.
        opacity
            0 (clear) to 1.

        Returns
        -------
        CityMap
            The same map.

        Raises
        ------
        CRSError
            The table has no CRS.
        InputError
            Geometries of several kinds, no row with one, a column that there is not, a
            colour that is none, an opacity out of range, or the name of a layer that
            the study has.
        """
        from coveragekit.maps.own_layer import OwnLayer

        if title in TITLES.values():
            message = f"{title!r} is a layer of the study; give another title"
            raise InputError(message)
        if not 0.0 <= opacity <= 1.0:
            message = f"the opacity is {opacity}; allowed: 0 to 1"
            raise InputError(message)
        self._own[title] = (OwnLayer.of(frame, by=by, colour=colour), opacity)
        self._refresh()
        return self

    def show(self, *layers: str) -> Self:
        """
        Show layers of the study, each above those that are shown already.

        Parameters
        ----------
        *layers
            Their keys.

        Returns
        -------
        CityMap
            The same map.

        Raises
        ------
        InputError
            There is no such layer.
        """
        for key in layers:
            self._check(key)
            if key not in self._keys:
                self._keys.append(key)
        self._refresh()
        return self

    def hide(self, *layers: str) -> Self:
        """
        Take layers away.

        Parameters
        ----------
        *layers
            Of the study's layers, or titles of tables that were added.

        Returns
        -------
        CityMap
            The same map.

        Raises
        ------
        InputError
            There is no such layer.
        """
        for key in layers:
            if key not in self._own:
                self._check(key)
        self._keys = [key for key in self._keys if key not in layers]
        self._own = {key: one for key, one in self._own.items() if key not in layers}
        self._refresh()
        return self

    def _check(self, key: str) -> None:
        if key not in TITLES:
            named = ", ".join([*TITLES, *self._own])
            message = f"there is no layer {key!r}; allowed: {named}"
            raise InputError(message)

    def save(self, path: str | PathLike[str], size_px: tuple[int, int]) -> None:
        """
        Write the map as a picture, as far as the study's own layers go.

        Parameters
        ----------
        path
            A file that ends in ``.png``.
        size_px
            Its width and height.

        Raises
        ------
        InputError
            The file ends otherwise, or the size is none.
        """
        from pathlib import Path

        from PIL import Image

        if Path(path).suffix.lower() != ".png":
            message = f"{path} does not end in .png"
            raise InputError(message)
        whole = self._store.meta["bounds_merc"]
        bounds = whole if self._sight is None else self._sight.bounds_merc
        drawn = [(key, OPACITY.get(key, 1.0)) for key in self._keys]
        pixels = picture(
            self._painter, tuple(bounds), size_px, [*drawn, ("labels", 1.0)], self._look
        )
        Image.fromarray(pixels).save(path)

    def _paint(self, ask: TileAsk) -> bytes:
        if ask.key in LAYERS:
            where = ask.z, ask.x, ask.y
            return self._painter.paint(ask.key, *where, self._look, scale=ask.scale)
        own = self._own.get(ask.key.removeprefix("own:"))
        if own is None:
            return b""
        frame = Frame.tile(ask.z, ask.x, ask.y, scale=ask.scale)
        sheet = own[0].draw(frame, dark=self._look.dark)
        return b"" if sheet is None else to_png(sheet.canvas)

    def _refresh(self) -> None:
        from coveragekit.maps.bridge import Layer

        shown = [key for key in self._keys if key != "cameras"]
        stack = [Layer(key, TITLES[key], OPACITY.get(key, 1.0)) for key in shown]
        own = self._own.items()
        stack += [Layer(f"own:{key}", key, opacity) for key, (_, opacity) in own]
        self._bridge.layers = stack
        tiers = self._tiers if "cameras" in self._keys else ()
        place_cameras(self._bridge, self._store, tiers, left=self._gone)
        self._legend.value = self._legend_html() + notes_html(left_notes(self._left))

    def _legend_html(self) -> str:
        dark = self._look.dark
        shown = [key for key in self._keys if key != "base"]
        zones = zone_signs(self._painter, self._look) if "base" in self._keys else ()
        groups = [
            *zones,
            *((TITLES[key], self._painter.legend(key, self._look)) for key in shown),
            *(
                (name, own.legend(name, dark=dark))
                for name, (own, _) in self._own.items()
            ),
        ]
        return legend_below(groups, self._store.meta, tiers=self._tiers, dark=dark)

    def _tooltip(self, kind: str, index: int) -> Sequence[str]:
        del kind
        cameras, meta = self._store.cameras, self._store.meta
        tier = meta["tiers"][cameras.access[index]]
        return (
            cameras.name[index] or cameras.camera_id[index],
            f"{meta['kinds'][cameras.kind[index]]}, {tier}",
        )

    def _moved(self, sight: Sight) -> None:
        self._sight = sight

    def _clicked(self, lon: float, lat: float) -> None:
        """Tell the row of one's own that was clicked."""
        from html import escape

        zoom = 16.0 if self._sight is None else float(self._sight.zoom)
        within = _PICK_PX * _EARTH_DEG / (256.0 * 2.0**zoom)
        for title, (own, _) in reversed(self._own.items()):
            row = own.row_at(lon, lat, within_deg=within)
            if row is not None:
                record = own.frame.iloc[row].drop(own.frame.geometry.name)
                said = [f"{name}: {value}" for name, value in record.items()]
                self._words.value = f"<b>{escape(title)}</b> {escape('; '.join(said))}"
                return
        self._words.value = ""
