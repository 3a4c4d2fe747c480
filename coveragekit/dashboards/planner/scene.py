"""The planner's map: its layers, what is lit up on it, and what a click on it means."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from coveragekit.dashboards.planner.rays import ray_features
from coveragekit.dashboards.planner.tier_coverage import tier_picture
from coveragekit.errors import InputError
from coveragekit.maps.coverage_map import (
    LAYER_KEYS,
    attribution,
    base_map,
    licences,
    show_popup,
    shown_cameras,
)
from coveragekit.maps.features import camera_features, collect
from coveragekit.maps.framing import fit_view
from coveragekit.maps.layers import (
    MapLayer,
    buildings_layer,
    cameras_layer,
    gaps_layer,
    geojson_layer,
    incidents_layer,
    isovists_layer,
    picture_layer,
    streets_layer,
    water_layer,
)
from coveragekit.maps.pictures import multiplicity_picture
from coveragekit.maps.popups import camera_popup, gap_popup

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import geopandas as gpd

    from coveragekit.maps.pictures import Picture
    from coveragekit.study import Study

__all__ = ["Scene"]

_SHOWN_AT_FIRST = frozenset(LAYER_KEYS) - {"incidents", "isovists"}
_SWITCHES = {
    "cameras": "Cameras",
    "gaps": "Gaps with the most demand",
    "coverage": "Coverage",
    "isovists": "Views of single cameras",
    "incidents": "Incident density",
    "buildings": "Buildings",
    "streets": "Streets",
    "water": "Water",
}
_GAPS_LISTED = 200
_NOTHING = {"type": "FeatureCollection", "features": []}
_CHOSEN = "ck-chosen"
Bounds = tuple[float, float, float, float]
_COUNTED = ("public", "integrated", "registered")


class Scene:
    """
    The map of one study and everything on it.

    Parameters
    ----------
    study
        A built study.

    Attributes
    ----------
    map
        The ipyleaflet map.
    cameras, isovists, gaps
        Results of the study, EPSG:4326.
    """

    def __init__(self, study: Study) -> None:
        self._study = study
        self._results = study.results()
        self.cameras = shown_cameras(self._results)
        self.isovists = self._results.isovists()
        self.gaps = self._results.gaps()
        self._area = self._results.area()
        self._bounds = _box(self._area)
        self.map = base_map(self._bounds, credit=attribution(study), height="100%")
        self._tiers: tuple[str, ...] = _COUNTED
        self._dark = False
        self._pictures: dict[tuple[tuple[str, ...], bool], Picture] = {}
        self._made: dict[str, MapLayer | None] = {}
        self._shown = set(_SHOWN_AT_FIRST)
        self._chosen = geojson_layer(_NOTHING, "Chosen")
        self._rays = geojson_layer(_NOTHING, "Rays")
        self._tell_gap: Callable[[str], None] = lambda _: None
        self._refresh()
        self.map.observe(self._fit_once, "right")

    def cameras_by_tier(self) -> dict[str, int]:
        """Give how many cameras there are of each tier."""
        counts = self.cameras["access"].value_counts()
        return {str(tier): int(count) for tier, count in counts.items()}

    def gap_records(self) -> list[dict[Any, Any]]:
        """Give the first gaps as rows, without their shapes."""
        listed = self.gaps.iloc[:_GAPS_LISTED]
        rows: list[dict[Any, Any]] = listed.drop(columns="geometry").to_dict("records")
        return rows

    def layer_states(self) -> list[dict[str, Any]]:
        """Give each layer's key, title and whether it is drawn, for the page's list."""
        return [
            {"key": key, "title": title, "shown": key in self._shown}
            for key, title in _SWITCHES.items()
            if self._made.get(key, ...) is not None
        ]

    def notes(self) -> list[str]:
        """Give what a reader has to know of the layers drawn so far."""
        notes = [one.note for one in self._made.values() if one and one.note]
        if self._study.settings.simulated:
            named = sorted(
                {i.table for i in self._study.settings.inputs if i.simulated}
            )
            notes.insert(0, f"Simulated: {', '.join(named)}.")
        return notes + licences(self._study)

    def show(self, key: str, *, shown: bool) -> None:
        """
        Draw a layer, or take it off the map.

        Parameters
        ----------
        key
            One of ``LAYER_KEYS``.
        shown
            Whether to draw it.

        Raises
        ------
        InputError
            A key that is no layer's.
        """
        if key not in LAYER_KEYS:
            message = f"there is no layer {key!r}; allowed: {', '.join(LAYER_KEYS)}"
            raise InputError(message)
        if shown:
            self._shown.add(key)
        else:
            self._shown.discard(key)
        self._refresh()

    def _refresh(self) -> None:
        drawn = [self._layer(key) for key in LAYER_KEYS if key in self._shown]
        marks = [self._chosen, self._rays]
        popups = [one for one in self.map.layers if type(one).__name__ == "Popup"]
        self.map.layers = tuple(one.layer for one in drawn if one) + tuple(
            marks + popups
        )

    def _layer(self, key: str) -> MapLayer | None:
        if key not in self._made:
            self._made[key] = self._make(key)
        return self._made[key]

    def _make(self, key: str) -> MapLayer | None:
        makers: dict[str, Callable[[], MapLayer | None]] = {
            "water": lambda: water_layer(self._study.table("water")),
            "streets": lambda: streets_layer(self._study.table("streets")),
            "coverage": self._make_coverage,
            "incidents": self._make_incidents,
            "buildings": lambda: buildings_layer(self._study.table("buildings")),
            "isovists": lambda: isovists_layer(self._counted_isovists(), self.cameras),
            "gaps": lambda: gaps_layer(self.gaps),
            "cameras": lambda: cameras_layer(self._counted_cameras()),
        }
        made = makers[key]()
        if made is not None and key == "cameras":
            made.layer.on_click(self._camera_clicked)
        if made is not None and key == "gaps":
            made.layer.on_click(self._gap_clicked)
        return made

    def _make_coverage(self) -> MapLayer:
        picture = self._picture(self._tiers, dark=self._dark)
        layer = picture_layer(picture, _SWITCHES["coverage"], pane="ck-coverage")
        return MapLayer("coverage", _SWITCHES["coverage"], layer)

    def _picture(self, tiers: tuple[str, ...], *, dark: bool) -> Picture:
        key = tiers, dark
        if key not in self._pictures:
            settings = self._study.settings
            self._pictures[key] = (
                multiplicity_picture(self._results.multiplicity_path, dark=dark)
                if tiers == _COUNTED
                else tier_picture(
                    self.isovists,
                    self._area,
                    tiers=tiers,
                    resolution_m=settings.parameters.resolution_m,
                    crs=settings.crs,
                    dark=dark,
                )
            )
        return self._pictures[key]

    def _make_incidents(self) -> MapLayer | None:
        incidents = self._results.incident_coverage()
        return incidents_layer(incidents[incidents["street_visible"]])

    def _counted_cameras(self) -> gpd.GeoDataFrame:
        # What is planned is drawn beside what is counted; nobody looks for it in vain.
        tiers = (*self._tiers, "planned")
        return self.cameras[self.cameras["access"].isin(tiers)]

    def _counted_isovists(self) -> gpd.GeoDataFrame:
        return self.isovists[self.isovists["access"].isin(self._tiers)]

    def show_tiers(self, tiers: tuple[str, ...]) -> None:
        """
        Show the cameras and views of some tiers only.

        Parameters
        ----------
        tiers
            The tiers that are counted.
        """
        self._tiers = tiers
        cameras = self._made.get("cameras")
        if cameras is not None:
            cameras.layer.data = camera_features(self._counted_cameras())
        if "isovists" in self._made:
            del self._made["isovists"]
            self._refresh()

    def draw_coverage(self, tiers: tuple[str, ...]) -> None:
        """
        Draw how many cameras of some tiers see each place.

        Parameters
        ----------
        tiers
            The tiers that are counted.
        """
        made = self._made.get("coverage")
        if made is None:
            return  # it is drawn when it is first shown
        picture = self._picture(tiers, dark=self._dark)
        if tiers == self._tiers:
            with made.layer.hold_sync():
                made.layer.bounds = picture.bounds
                made.layer.url = picture.url

    def set_dark(self, *, dark: bool) -> None:
        """
        Draw pictures for a dark ground, or for a light one.

        Parameters
        ----------
        dark
            Whether the page is dark.
        """
        if dark != self._dark:
            self._dark = dark
            self.draw_coverage(self._tiers)

    def on_place(self, callback: Callable[[float, float], None]) -> None:
        """
        Call back with longitude and latitude when a place of the map is clicked.

        Parameters
        ----------
        callback
            What to call.
        """

        def happened(**event: Any) -> None:  # noqa: ANN401 - ipyleaflet's own message
            if event.get("type") == "click":
                lat, lon = event["coordinates"]
                callback(float(lon), float(lat))

        self.map.on_interaction(happened)

    def on_gap(self, callback: Callable[[str], None]) -> None:
        """
        Call back with the key when a gap is clicked on the map.

        Parameters
        ----------
        callback
            What to call.
        """
        self._tell_gap = callback

    def _camera_clicked(self, **event: Any) -> None:  # noqa: ANN401
        key = (event.get("properties") or {}).get("key")
        row = self.cameras[self.cameras["camera_id"] == key]
        if event.get("event") != "click" or row.empty:
            return
        views = self.isovists[self.isovists["camera_id"] == key]
        self._chosen.data = collect(
            views.geometry, ["ck-isovist ck-selected-view"] * len(views), pane=_CHOSEN
        )
        record = row.drop(columns="geometry").iloc[0].to_dict()
        show_popup(self.map, event["coordinates"], camera_popup(record))

    def _gap_clicked(self, **event: Any) -> None:  # noqa: ANN401
        key = (event.get("properties") or {}).get("key")
        row = self.gaps[self.gaps["gap_id"].astype(str) == key]
        if event.get("event") != "click" or row.empty:
            return
        self._tell_gap(str(key))
        record = row.drop(columns="geometry").iloc[0].to_dict()
        show_popup(self.map, event["coordinates"], gap_popup(record))

    def choose_gap(self, key: str, *, zoom: bool) -> None:
        """
        Light up a gap.

        Parameters
        ----------
        key
            Its ``gap_id``.
        zoom
            Also bring it to the middle of the map.
        """
        row = self.gaps[self.gaps["gap_id"].astype(str) == key]
        if row.empty:
            return
        # Hatched too, because it may be one that is not drawn otherwise.
        shapes = row.geometry.to_list()
        twice = type(row.geometry)(shapes * 2, crs=row.crs)
        looks = ["ck-gap"] * len(shapes) + ["ck-selected"] * len(shapes)
        self._chosen.data = collect(twice, looks, pane=_CHOSEN)
        if zoom:
            self._look_at(_box(row), max_zoom=18)

    def mark_place(self, lon: float, lat: float) -> None:
        """
        Mark the place that is being explained.

        Parameters
        ----------
        lon, lat
            The place, degrees.
        """
        self.draw_rays(lon, lat, {})

    def clear_place(self) -> None:
        """Take the mark and its rays off the map."""
        self._rays.data = _NOTHING

    def draw_rays(self, lon: float, lat: float, seeing: Mapping[str, bool]) -> None:
        """
        Draw a line to each camera, solid where it sees the place.

        Parameters
        ----------
        lon, lat
            The place, degrees.
        seeing
            Camera to whether it sees the place, the nearest first among those that do
            not; more than a couple of dozen are not drawn.
        """
        self._rays.data = ray_features(self.cameras, seeing, lon=lon, lat=lat)

    def _look_at(self, bounds: Bounds, *, max_zoom: int) -> None:
        width, height = self._size_px()
        view = fit_view(
            bounds,
            width_px=width * 0.8,
            height_px=height * 0.8,
            max_zoom=max_zoom,
        )
        with self.map.hold_sync():
            self.map.center = view.center
            self.map.zoom = view.zoom

    def _size_px(self) -> tuple[float, float]:
        """Give the map's size as the page last told it, else a likely one."""
        width = float(self.map.right - self.map.left)
        height = float(self.map.bottom - self.map.top)
        known = 50.0 < width < 10_000.0 and 50.0 < height < 10_000.0
        return (width, height) if known else (600.0, 700.0)

    def _fit_once(self, _: object) -> None:
        """Fit the study to the map as soon as the page has told its size."""
        self.map.unobserve(self._fit_once, "right")
        width, height = self._size_px()
        view = fit_view(self._bounds, width_px=width, height_px=height)
        if view.zoom != self.map.zoom:
            self.map.zoom = view.zoom


def _box(frame: gpd.GeoDataFrame) -> Bounds:
    west, south, east, north = (float(edge) for edge in frame.total_bounds)
    return west, south, east, north
