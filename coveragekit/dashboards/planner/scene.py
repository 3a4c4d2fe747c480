"""The planner's map: its layers, what is lit up on it, and what a click on it means."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from coveragekit.dashboards.planner.marks import Marks, box
from coveragekit.dashboards.planner.raster_pictures import (
    COUNTED,
    NO_PICTURE,
    RasterPictures,
)
from coveragekit.errors import InputError
from coveragekit.maps.coverage_map import (
    LAYER_KEYS,
    attribution,
    base_map,
    licences,
    new_popup,
    show_popup,
    shown_cameras,
)
from coveragekit.maps.features import (
    FEATURE_LIMIT,
    camera_features,
)
from coveragekit.maps.layers import (
    MapLayer,
    buildings_layer,
    cameras_layer,
    gaps_layer,
    incidents_layer,
    isovists_layer,
    picture_layer,
    streets_layer,
    water_layer,
)
from coveragekit.maps.popups import gap_popup

if TYPE_CHECKING:
    from collections.abc import Callable

    import geopandas as gpd

    from coveragekit.maps.features import Features
    from coveragekit.study import Study

__all__ = ["Scene"]

_SHOWN_AT_FIRST = frozenset(LAYER_KEYS) - {"incidents", "isovists", "probability"}
_SWITCHES = {
    "cameras": "Cameras",
    "gaps": "Gaps with the most demand",
    "coverage": "Coverage",
    "probability": "Probability of being seen",
    "isovists": "Views of single cameras",
    "incidents": "Incident density",
    "buildings": "Buildings",
    "streets": "Streets",
    "water": "Water",
}
_GAPS_LISTED = 200


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
    marks
        What is lit up on it, and where it looks.
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
        self._bounds = box(self._area)
        self.map = base_map(self._bounds, credit=attribution(study), height="100%")
        self._popup = new_popup(self.map.center)
        self._tiers: tuple[str, ...] = COUNTED
        self._only_working = False
        self._dark = False
        self._pictures = RasterPictures(study, self.isovists, self._area)
        self._made: dict[str, MapLayer | None] = {}
        if not self.has_probability:
            self._made["probability"] = None
        self._shown = set(_SHOWN_AT_FIRST)
        self.marks = Marks(
            self.map,
            self._bounds,
            cameras=self.cameras,
            isovists=self.isovists,
            gaps=self.gaps,
        )
        self._tell_gap: Callable[[str], None] = lambda _: None
        self._refresh()

    @property
    def has_probability(self) -> bool:
        """Whether there is a layer of the probability of being seen."""
        return self._results.seen_probability_path is not None

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
        layers = [one.layer for one in drawn if one]
        self.map.layers = (self._popup, *layers, *self.marks.layers)

    def _layer(self, key: str) -> MapLayer | None:
        if key not in self._made:
            self._made[key] = self._make(key)
        return self._made[key]

    def _make(self, key: str) -> MapLayer | None:
        makers: dict[str, Callable[[], MapLayer | None]] = {
            "water": lambda: water_layer(self._study.table("water")),
            "streets": lambda: streets_layer(self._study.table("streets")),
            "coverage": self._make_coverage,
            "probability": self._make_probability,
            "incidents": self._make_incidents,
            "buildings": lambda: buildings_layer(self._study.table("buildings")),
            "isovists": lambda: isovists_layer(self._counted_isovists(), self.cameras),
            "gaps": lambda: gaps_layer(self.gaps),
            "cameras": lambda: cameras_layer(self._counted_cameras()),
        }
        made = makers[key]()
        if made is not None and key == "cameras":
            made.layer.on_click(self._camera_clicked)
            made.layer.data = self._camera_features()
        if made is not None and key == "gaps":
            made.layer.on_click(self._gap_clicked)
        return made

    def _make_coverage(self) -> MapLayer:
        picture = self._pictures.coverage(self._tiers, dark=self._dark)
        layer = picture_layer(picture, _SWITCHES["coverage"], pane="ck-coverage")
        return MapLayer("coverage", _SWITCHES["coverage"], layer)

    def _make_probability(self) -> MapLayer | None:
        picture = self._pictures.probability(dark=self._dark)
        if picture is None:
            return None
        title = _SWITCHES["probability"]
        note = f"{title}: by day, as designed, over all scenes; sure is opaque."
        layer = picture_layer(picture, title, pane="ck-coverage")
        return MapLayer("probability", title, layer, note)

    def _make_incidents(self) -> MapLayer | None:
        incidents = self._results.incident_coverage()
        return incidents_layer(incidents[incidents["street_visible"]])

    def _counted_cameras(self) -> gpd.GeoDataFrame:
        # What is planned is drawn beside what is counted; nobody looks for it in vain.
        tiers = (*self._tiers, "planned")
        return self.cameras[self.cameras["access"].isin(tiers)]

    def _camera_features(self) -> Features:
        shown = self._counted_cameras().iloc[:FEATURE_LIMIT]
        return camera_features(shown, strict=self._only_working)

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
        self._redraw_cameras()
        if "isovists" in self._made:
            del self._made["isovists"]
            self._refresh()

    def show_state(self, *, only_working: bool) -> None:
        """
        Draw as working only cameras that are known to, or all that may.

        Parameters
        ----------
        only_working
            Whether the numbers count only those that work now.
        """
        if only_working != self._only_working:
            self._only_working = only_working
            self._redraw_cameras()

    def _redraw_cameras(self) -> None:
        cameras = self._made.get("cameras")
        if cameras is not None:
            cameras.layer.data = self._camera_features()

    def clear_coverage(self, tiers: tuple[str, ...]) -> bool:
        """
        Take the former tiers' coverage off the map, unless the new one is there.

        Parameters
        ----------
        tiers
            The tiers that are counted now.

        Returns
        -------
        bool
            Whether the coverage has yet to be drawn.
        """
        made = self._made.get("coverage")
        if made is None or self._pictures.is_ready(tiers, dark=self._dark):
            return False
        made.layer.url = NO_PICTURE
        return True

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
        picture = self._pictures.coverage(tiers, dark=self._dark)
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
            chance = self._made.get("probability")
            picture = self._pictures.probability(dark=dark) if chance else None
            if chance and picture:
                chance.layer.url = picture.url

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
        if event.get("event") == "click":
            self.marks.choose_camera(str(key), place=event["coordinates"])

    def _gap_clicked(self, **event: Any) -> None:  # noqa: ANN401
        key = (event.get("properties") or {}).get("key")
        row = self.gaps[self.gaps["gap_id"].astype(str) == key]
        if event.get("event") != "click" or row.empty:
            return
        self._tell_gap(str(key))
        record = row.drop(columns="geometry").iloc[0].to_dict()
        show_popup(self.map, event["coordinates"], gap_popup(record))
