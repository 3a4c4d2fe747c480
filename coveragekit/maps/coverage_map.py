"""Put a study's layers on one map that works with no internet."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

from coveragekit.errors import InputError
from coveragekit.maps.credits import attribution, licences
from coveragekit.maps.features import PANES
from coveragekit.maps.framing import fit_view
from coveragekit.maps.layers import (
    MapLayer,
    buildings_layer,
    cameras_layer,
    coverage_layer,
    gaps_layer,
    incidents_layer,
    isovists_layer,
    probability_layer,
    streets_layer,
    water_layer,
)
from coveragekit.maps.leaving import left_cameras, left_notes, without_left
from coveragekit.maps.legend import legend_groups, legend_html
from coveragekit.maps.popups import camera_popup, gap_popup
from coveragekit.maps.zones import zones_layer

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    import geopandas as gpd
    import ipyleaflet

    from coveragekit.study import Results, Study

__all__ = [
    "LAYER_KEYS",
    "base_map",
    "coverage_map",
    "new_popup",
    "on_click",
    "show_popup",
    "shown_cameras",
    "study_layers",
]

LAYER_KEYS = (
    "water",
    "streets",
    "coverage",
    "probability",
    "incidents",
    "buildings",
    "zones",
    "isovists",
    "gaps",
    "cameras",
)
"""Every layer of a study's map, from the ground up."""

_MAX_ZOOM = 20
_DEFAULT_LAYERS = (
    *("water", "streets", "coverage", "buildings"),
    *("zones", "gaps", "cameras"),
)


def base_map(
    bounds: tuple[float, float, float, float],
    *,
    credit: str = "",
    height: str = "600px",
) -> ipyleaflet.Map:
    """
    Give an empty map with its panes, scale bar and credits, and no online tiles.

    Parameters
    ----------
    bounds
        ``(west, south, east, north)``, degrees: what to show first.
    credit
        Whom to thank for the data, plain text.
    height
        CSS height.

    Returns
    -------
    ipyleaflet.Map
        The map.

    Raises
    ------
    InputError
        The box is not finite.
    """
    import ipyleaflet
    from ipywidgets import Layout

    view = fit_view(bounds)
    drawn = ipyleaflet.Map(
        layers=[],
        center=view.center,
        zoom=view.zoom,
        max_zoom=_MAX_ZOOM,
        min_zoom=3,
        panes=PANES,
        attribution_control=False,
        zoom_control=False,
        scroll_wheel_zoom=True,
        layout=Layout(height=height, width="100%"),
    )
    drawn.add(ipyleaflet.ZoomControl(position="topleft", zoom_out_text="\u2212"))
    drawn.add(ipyleaflet.ScaleControl(position="topright", max_width=120))
    if credit:
        drawn.add(
            ipyleaflet.AttributionControl(position="bottomright", prefix=escape(credit))
        )
    return drawn


def shown_cameras(results: Results, left: Collection[str] = ()) -> gpd.GeoDataFrame:
    """
    Give the cameras that a map shows: those that take part, with how they hang.

    Parameters
    ----------
    results
        Results of a study.
    left
        Keys of cameras whose owners have left since.

    Returns
    -------
    geopandas.GeoDataFrame
        Rows of ``cameras.parquet`` that are ``used``, with ``mount``,
        ``mount_shift_m`` and, where the build has it, what is lost without each,
        EPSG:4326.

    Raises
    ------
    SourceUnavailable
        A file of the results cannot be read.
    """
    cameras = results.cameras()
    used = without_left(cameras[cameras["used"]].reset_index(drop=True), left)
    views = results.isovists().drop_duplicates("camera_id")  # a turning one has several
    hung = views.set_index("camera_id")[["mount", "mount_shift_m"]]
    shown = used.join(hung, on="camera_id")
    if not (results.path / "camera_worth.parquet").exists():  # built before there was
        return shown
    worth = results.camera_worth().set_index("camera_id")
    return shown.join(worth.filter(like="loss_"), on="camera_id")


def study_layers(
    study: Study,
    keys: tuple[str, ...] = LAYER_KEYS,
    *,
    points: bool = False,
    left: Collection[str] | None = None,
) -> dict[str, MapLayer]:
    """
    Give the layers of a built study, from the ground up.

    Parameters
    ----------
    study
        The study.
    keys
        Which layers, of ``LAYER_KEYS``.
    points
        Show incidents one by one instead of as a density.
    left
        Keys of cameras whose owners have left since; ``None``: the study's registry is
        asked, where it has one.

    Returns
    -------
    dict
        Key to layer; a layer with nothing in it is left out.

    Raises
    ------
    InputError
        A key that is no layer's.
    StudyError
        The study was never built.
    SourceUnavailable
        A file of the study cannot be read.
    """
    unknown = sorted(set(keys) - set(LAYER_KEYS))
    if unknown:
        message = f"there is no layer {unknown}; allowed: {', '.join(LAYER_KEYS)}"
        raise InputError(message)
    results = study.results()
    gone = left_cameras(study).ids if left is None else left
    makers: dict[str, Callable[[], MapLayer | None]] = {
        "water": lambda: water_layer(study.table("water")),
        "streets": lambda: streets_layer(study.table("streets")),
        "coverage": lambda: coverage_layer(results.multiplicity_path),
        "probability": lambda: probability_layer(results.seen_probability_path),
        "incidents": lambda: incidents_layer(
            results.incident_coverage(), points=points
        ),
        "buildings": lambda: buildings_layer(study.table("buildings")),
        "zones": lambda: zones_layer(study.table("privacy_zones")),
        "isovists": lambda: isovists_layer(
            without_left(results.isovists(), gone), shown_cameras(results, gone)
        ),
        "gaps": lambda: gaps_layer(results.gaps()),
        "cameras": lambda: cameras_layer(shown_cameras(results, gone)),
    }
    made = {key: makers[key]() for key in LAYER_KEYS if key in keys}
    return {key: layer for key, layer in made.items() if layer is not None}


def coverage_map(
    study: Study,
    *,
    layers: tuple[str, ...] = _DEFAULT_LAYERS,
    points: bool = False,
    height: str = "600px",
) -> ipyleaflet.Map:
    """
    Give a study's coverage as a map for a notebook: what is seen, what is not, by whom.

    Parameters
    ----------
    study
        A built study.
    layers
        Which layers, of ``LAYER_KEYS``.
    points
        Show incidents one by one instead of as a density.
    height
        CSS height.

    Returns
    -------
    ipyleaflet.Map
        With legend, scale bar and layer list; a click on a camera or gap tells of it.
        It asks nothing of any host.

    Raises
    ------
    InputError
        A key that is no layer's.
    StudyError
        The study was never built.
    SourceUnavailable
        A file of the study cannot be read.
    """
    import ipyleaflet
    from ipywidgets import HTML

    results = study.results()
    area = results.area()
    drawn = base_map(tuple(area.total_bounds), credit=attribution(study), height=height)
    left = left_cameras(study)
    made = study_layers(study, layers, points=points, left=left.ids)
    for one in made.values():
        drawn.add(one.layer)
    cameras = shown_cameras(results, left.ids)
    gaps = without_left(results.gaps(), left.ids)
    if "cameras" in made:
        on_click(
            drawn, made["cameras"].layer, cameras, key="camera_id", words=camera_popup
        )
    if "gaps" in made:
        on_click(drawn, made["gaps"].layer, gaps, key="gap_id", words=gap_popup)
    notes = [*left_notes(left), *(one.note for one in made.values() if one.note)]
    notes += licences(study)
    if study.settings.simulated:
        notes.insert(0, "Parts of this study are simulated.")
    groups = legend_groups(
        cameras, probability="probability" in made, zones="zones" in made
    )
    legend = HTML(legend_html(groups, notes=notes))
    drawn.add(ipyleaflet.WidgetControl(widget=legend, position="topright"))
    drawn.add(ipyleaflet.LayersControl(position="topleft", collapsed=True))
    return drawn


def on_click(
    drawn: ipyleaflet.Map,
    layer: ipyleaflet.GeoJSON,
    frame: gpd.GeoDataFrame,
    *,
    key: str,
    words: Callable[[Mapping[Any, Any]], str],
) -> None:
    """
    Open a popup about a row when its shape is clicked.

    Parameters
    ----------
    drawn
        The map.
    layer
        GeoJSON whose features carry the row's key.
    frame
        The rows.
    key
        Name of the key column.
    words
        Gives the HTML of a row, every text escaped.
    """
    rows = frame.drop(columns=frame.geometry.name).set_index(key, drop=False)

    def clicked(**event: Any) -> None:  # noqa: ANN401 - ipyleaflet's own message
        chosen = (event.get("properties") or {}).get("key")
        if event.get("event") == "click" and chosen in rows.index:
            row = rows.loc[chosen].to_dict()
            show_popup(drawn, event["coordinates"], words(row))

    layer.on_click(clicked)


def show_popup(drawn: ipyleaflet.Map, place: tuple[float, float], content: str) -> None:
    """
    Open the map's one popup at a place.

    Parameters
    ----------
    drawn
        The map.
    place
        Latitude and longitude, degrees.
    content
        HTML whose texts are escaped.

    Notes
    -----
    A popup that was closed by hand is opened again: taking it away would be an error in
    the page, because it is away already.
    """
    import ipyleaflet

    for layer in drawn.layers:
        if isinstance(layer, ipyleaflet.Popup):
            layer.close_popup()
            layer.child.value = content
            layer.open_popup(tuple(place))
            return
    drawn.add(new_popup(place, content))


def new_popup(place: tuple[float, float], content: str = "") -> ipyleaflet.Popup:
    """
    Give a popup for a map; one without content is not seen.

    Parameters
    ----------
    place
        Latitude and longitude, degrees.
    content
        HTML whose texts are escaped.

    Returns
    -------
    ipyleaflet.Popup
        The popup.

    Notes
    -----
    A map whose layers come and go has it as its first layer from the start: when layers
    change, ipyleaflet draws anew all that come after the first change.
    """
    import ipyleaflet
    from ipywidgets import HTML

    return ipyleaflet.Popup(
        location=tuple(place),
        child=HTML(content),
        min_width=200,
        max_width=300,
        close_button=True,
        auto_close=True,
    )
