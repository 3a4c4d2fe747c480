"""What is lit up on the planner's map, and where the map looks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from coveragekit.dashboards.planner.rays import ray_features
from coveragekit.maps.coverage_map import show_popup
from coveragekit.maps.features import collect
from coveragekit.maps.framing import fit_view
from coveragekit.maps.layers import geojson_layer
from coveragekit.maps.popups import camera_popup

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd
    import ipyleaflet

__all__ = ["Bounds", "Marks", "box"]

Bounds = tuple[float, float, float, float]
_NOTHING: Final = {"type": "FeatureCollection", "features": []}
_CHOSEN: Final = "ck-chosen"


class Marks:
    """
    The chosen gap or camera, the place that is explained, and the map's own view.

    Parameters
    ----------
    drawn
        The map.
    bounds
        Box of the study, degrees.
    cameras, isovists, gaps
        Results of the study, EPSG:4326.

    Attributes
    ----------
    layers
        The layers of the marks, to be drawn on top.
    """

    def __init__(
        self,
        drawn: ipyleaflet.Map,
        bounds: Bounds,
        *,
        cameras: gpd.GeoDataFrame,
        isovists: gpd.GeoDataFrame,
        gaps: gpd.GeoDataFrame,
    ) -> None:
        self.map = drawn
        self._bounds = bounds
        self.cameras, self.isovists, self.gaps = cameras, isovists, gaps
        self._chosen = geojson_layer(_NOTHING, "Chosen")
        self._rays = geojson_layer(_NOTHING, "Rays")
        self.layers = (self._chosen, self._rays)
        self.map.observe(self._fit_once, "right")

    def choose_camera(
        self, key: str, *, place: tuple[float, float] | None = None
    ) -> None:
        """
        Show the view of a camera and what is known of it.

        Parameters
        ----------
        key
            Its ``camera_id``; one that there is not changes nothing.
        place
            Latitude and longitude of the click on it; ``None`` to bring the camera
            and its view to the middle of the map.
        """
        row = self.cameras[self.cameras["camera_id"] == key]
        if row.empty:
            return
        views = self.isovists[self.isovists["camera_id"] == key]
        looks = ["ck-isovist ck-selected-view"] * len(views)
        self._chosen.data = collect(views.geometry, looks, pane=_CHOSEN)
        eye = row.geometry.iloc[0]
        if place is None:
            self._look_at(box(views if len(views) else row), max_zoom=18)
        record = row.drop(columns="geometry").iloc[0].to_dict()
        show_popup(self.map, place or (eye.y, eye.x), camera_popup(record))

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
            self._look_at(box(row), max_zoom=18)

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


def box(frame: gpd.GeoDataFrame) -> Bounds:
    """
    Give the box around a table's shapes.

    Parameters
    ----------
    frame
        A table in EPSG:4326 with at least one shape.

    Returns
    -------
    tuple of float
        ``(west, south, east, north)``, degrees.
    """
    west, south, east, north = (float(edge) for edge in frame.total_bounds)
    return west, south, east, north
