"""Write a study's map as one HTML file that needs no other file and no internet."""

from __future__ import annotations

import base64
import re
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from coveragekit import model
from coveragekit.errors import InputError, SourceUnavailable
from coveragekit.maps.coverage_map import (
    LAYER_KEYS,
    shown_cameras,
)
from coveragekit.maps.credits import attribution, licences
from coveragekit.maps.features import (
    FEATURE_LIMIT,
    PANES,
    Features,
    camera_features,
    gap_features,
    isovist_features,
    plain_features,
    street_features,
)
from coveragekit.maps.framing import fit_view
from coveragekit.maps.html_head import head_html
from coveragekit.maps.layers import GAPS_DRAWN, PLAIN_COLOURS
from coveragekit.maps.leaving import left_cameras, left_notes, without_left
from coveragekit.maps.legend import legend_groups, legend_html
from coveragekit.maps.pictures import (
    Picture,
    density_picture,
    multiplicity_picture,
    probability_picture,
    shapes_picture,
)
from coveragekit.maps.popups import camera_popup, gap_popup
from coveragekit.study.taking_out import event_years

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping
    from os import PathLike

    import folium
    import geopandas as gpd

    from coveragekit.study import Results, Study
    from coveragekit.study.origin import Left

__all__ = ["to_html"]

_STATIC = Path(__file__).parent / "static" / "leaflet"
_TITLES = {
    "water": "Water",
    "streets": "Streets",
    "coverage": "Coverage",
    "probability": "Probability of being seen",
    "incidents": "Incident density",
    "buildings": "Buildings",
    "zones": "Privacy zones",
    "isovists": "Views",
    "gaps": "Gaps",
    "cameras": "Cameras",
}
_PANE_OF = {"streets": "ck-ground"}
# Layers that show rows which not every role may have.
_ROWS_OF = frozenset({"gaps", "cameras", "isovists"})
_OF_CAMERAS = frozenset({"cameras", "isovists"})
_HIDDEN_AT_FIRST = frozenset({"incidents", "isovists", "probability"})
# Should a text ever slip through as markup, it still could not call anyone.
_POLICY = (
    "default-src 'none'; script-src 'unsafe-inline' data:; "
    "style-src 'unsafe-inline' data:; img-src data:"
)


def to_html(
    study: Study,
    path: str | PathLike[str],
    *,
    layers: tuple[str, ...] = LAYER_KEYS,
    role: str = "analyst",
    even_so: bool = False,
) -> Path:
    """
    Write a study's map as a web page in one file, to send or to archive.

    Parameters
    ----------
    study
        A built study.
    path
        The file to write; it ends in ``.html``.
    layers
        Which layers, of ``coverage_map.LAYER_KEYS``.
    role
        For whom the page is; what they may not have is left out.
    even_so
        Whether cameras are drawn though it is not known whose owners have left.

    Returns
    -------
    pathlib.Path
        The file. Leaflet and every picture are inside it, so that it opens with no
        internet and asks nothing of any host.

    Raises
    ------
    InputError
        A path that does not end in ``.html``, a key that is no layer's, or a role that
        there is not; or the registry of the study cannot be asked who has left.
    StudyError
        The study was never built.
    SourceUnavailable
        A file of the study cannot be read, or the page cannot be written.

    Notes
    -----
    Tables of more than 5,000 rows are drawn as pictures. Incidents are drawn as a
    density, and only for analysts; others get gaps and cameras without rates that
    stand for few events (see :func:`coveragekit.model.release`), and layers that their
    role may not have are left out.
    """
    target = Path(path)
    if target.suffix.lower() != ".html":
        message = f"{target} does not end in .html; a map page is HTML"
        raise InputError(message)
    unknown = sorted(set(layers) - set(LAYER_KEYS))
    if unknown:
        message = f"there is no layer {unknown}; allowed: {', '.join(LAYER_KEYS)}"
        raise InputError(message)
    kept = tuple(key for key in layers if _may_show(key, role))
    left = left_cameras(study)
    if _OF_CAMERAS & set(kept) and not even_so:
        left.check_known("the page", instead="leave cameras and isovists out of it")
    text = _page(study, kept, role, left=left)
    fresh = target.with_name(f".{target.name}.new")
    try:
        fresh.write_text(text, "utf-8")
        fresh.replace(target)
    except OSError as error:
        fresh.unlink(missing_ok=True)
        message = f"{target} cannot be written: {error.strerror or error}"
        raise SourceUnavailable(message) from error
    return target


def _page(study: Study, layers: tuple[str, ...], role: str, *, left: Left) -> str:
    import folium
    from branca.element import Element, Figure

    results = study.results()
    drawn = _offline_map(tuple(results.area().total_bounds))
    figure = Figure(title=escape(study.settings.name))
    figure.add_child(drawn)
    for name, pane in PANES.items():
        folium.map.CustomPane(name, z_index=pane["zIndex"], pointer_events=True).add_to(
            drawn
        )
    made = _add_layers(drawn, study, results, layers=layers, role=role, left=left.ids)
    notes = [note for note in made if note]
    notes += licences(study)
    has_chance = results.seen_probability_path is not None
    groups = legend_groups(
        shown_cameras(results, left.ids),
        probability=has_chance,
        zones="zones" in layers and bool(study.table_rows("privacy_zones")),
    )
    legend = legend_html(groups, notes=notes)
    figure.html.add_child(
        Element(
            f"<style>{_page_css()}</style>"
            f"{head_html(study, since=' '.join(left_notes(left)))}"
            f'<aside class="ck-key">{legend}</aside>'
            f'<footer class="ck-credit">{escape(attribution(study))}</footer>'
        )
    )
    figure.header.add_child(
        Element(f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'),
        name="policy",
        index=0,
    )
    folium.LayerControl(collapsed=True, position="topleft").add_to(drawn)
    text: str = figure.render()
    return _accessible(text)


def _page_css() -> str:
    return (_STATIC.parent / "html_page.css").read_text("utf-8")


def _may_show(key: str, role: str) -> bool:
    if key == "incidents":
        return model.least_count(role) == 1
    return model.export_form(key, role) == "exact" or key not in _ROWS_OF


def _accessible(text: str) -> str:
    """Let the reader zoom the page, and tell screen readers its language."""
    text = text.replace(
        "initial-scale=1.0, maximum-scale=1.0, user-scalable=no", "initial-scale=1.0"
    )
    return text.replace("<html>", '<html lang="en">', 1)


def _offline_map(bounds: tuple[float, float, float, float]) -> folium.Map:
    import folium

    class _OfflineMap(folium.Map):  # type: ignore[misc, unused-ignore]
        """A map whose scripts and styles travel inside the page."""

        default_js = [("leaflet", _inlined("leaflet.js", "text/javascript"))]  # noqa: RUF012
        default_css = [("leaflet_css", _inlined("leaflet.css", "text/css"))]  # noqa: RUF012

    view = fit_view(bounds, width_px=1100.0, height_px=640.0)
    return _OfflineMap(
        location=view.center,
        zoom_start=view.zoom,
        tiles=None,
        control_scale=True,
        max_zoom=20,
        attribution_control=False,
    )


def _inlined(name: str, kind: str) -> str:
    """Give one of Leaflet's files as a ``data:`` address, its pictures inside it."""
    text = (_STATIC / name).read_text("utf-8")
    text = re.sub(r"//# sourceMappingURL=\S+", "", text)
    text = re.sub(r"url\((images/[\w.-]+)\)", _inlined_picture, text)
    return f"data:{kind};base64," + base64.b64encode(text.encode("utf-8")).decode()


def _inlined_picture(match: re.Match[str]) -> str:
    path = _STATIC / match.group(1)
    if not path.exists():  # the icon of plain markers, of which there are none
        return "none"
    coded = base64.b64encode(path.read_bytes()).decode()
    return f"url(data:image/png;base64,{coded})"


def _add_layers(
    drawn: folium.Map,
    study: Study,
    results: Results,
    *,
    layers: tuple[str, ...],
    role: str,
    left: Collection[str],
) -> Iterator[str]:
    years = event_years(results)

    def released(key: str, rows: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
        kept = without_left(rows, left)
        return model.release(key, kept, role, years=years).table

    makers: dict[str, Callable[[], Iterator[str]]] = {
        "water": lambda: _shapes(drawn, "water", study.table("water")),
        "streets": lambda: _shapes(drawn, "streets", study.table("streets")),
        "coverage": lambda: _picture(
            drawn,
            "coverage",
            multiplicity_picture(results.multiplicity_path),
            pane="ck-coverage",
        ),
        "probability": lambda: _picture(
            drawn, "probability", _chance(results), pane="ck-coverage"
        ),
        "incidents": lambda: _picture(
            drawn,
            "incidents",
            density_picture(results.incident_coverage().geometry),
            pane="ck-density",
        ),
        "buildings": lambda: _shapes(drawn, "buildings", study.table("buildings")),
        "zones": lambda: _shapes(drawn, "zones", study.table("privacy_zones")),
        "isovists": lambda: _shapes(
            drawn,
            "isovists",
            without_left(results.isovists(), left),
            cameras=shown_cameras(results),
        ),
        "gaps": lambda: _told(
            drawn,
            "gaps",
            released("gaps", results.gaps()),
            most=GAPS_DRAWN,
            features=gap_features,
            words=gap_popup,
        ),
        "cameras": lambda: _told(
            drawn,
            "cameras",
            released("cameras", shown_cameras(results)),
            features=camera_features,
            words=camera_popup,
        ),
    }
    for key in LAYER_KEYS:
        if key in layers:
            yield from makers[key]()


def _chance(results: Results) -> Picture | None:
    path = results.seen_probability_path
    return probability_picture(path) if path is not None else None


def _picture(
    drawn: folium.Map, key: str, picture: Picture | None, *, pane: str
) -> Iterator[str]:
    import folium

    if picture is None:
        return
    folium.raster_layers.ImageOverlay(
        picture.url,
        [list(corner) for corner in picture.bounds],
        name=_TITLES[key],
        pane=pane,
        show=key not in _HIDDEN_AT_FIRST,
        pixelated=False,
    ).add_to(drawn)
    yield from ()


def _shapes(
    drawn: folium.Map,
    key: str,
    frame: gpd.GeoDataFrame,
    *,
    cameras: gpd.GeoDataFrame | None = None,
) -> Iterator[str]:
    if len(frame) > FEATURE_LIMIT:
        colour, opacity = PLAIN_COLOURS[key]
        pane = _PANE_OF.get(key, f"ck-{key}")
        made = shapes_picture(frame, colour, opacity=opacity)
        yield from _picture(drawn, key, made, pane=pane)
        yield (
            f"{_TITLES[key]} are drawn as a picture, because {len(frame):,} of them "
            "are more than a browser draws one by one."
        )
        return
    if key == "streets":
        features = street_features(frame)
    elif cameras is not None:
        blind = set(cameras.loc[cameras["bearing_deg"].isna(), "camera_id"])
        features = isovist_features(frame, unknown=frame["camera_id"].isin(blind))
    else:
        css = {"water": "ck-water", "zones": "ck-zone"}.get(key, "ck-building")
        features = plain_features(frame, css, pane=_PANE_OF.get(key, f"ck-{key}"))
    _add_geojson(drawn, key, features)


def _told(
    drawn: folium.Map,
    key: str,
    frame: gpd.GeoDataFrame,
    *,
    most: int = FEATURE_LIMIT,
    features: Callable[[gpd.GeoDataFrame], Features],
    words: Callable[[Mapping[Any, Any]], str],
) -> Iterator[str]:
    shown = frame.iloc[: min(most, FEATURE_LIMIT)]
    count = len(shown)
    shown = shown[~(shown.geometry.isna() | shown.geometry.is_empty)]
    made = features(shown)
    rows = shown.drop(columns=shown.geometry.name).to_dict("records")
    for feature, row in zip(made["features"], rows, strict=True):
        feature["properties"]["popup"] = words(row)
        del feature["properties"]["key"]
    _add_geojson(drawn, key, made)
    if count < len(frame):
        yield f"Only the first {count:,} of {len(frame):,} {key} are drawn."


def _add_geojson(drawn: folium.Map, key: str, features: Features) -> None:
    import folium
    from folium.utilities import JsCode

    if not features["features"]:
        return
    folium.GeoJson(
        features,
        name=_TITLES[key],
        show=key not in _HIDDEN_AT_FIRST,
        style=JsCode("function(f){return f.properties.style}"),
        point_to_layer=JsCode(
            "function(f,p){return L.circleMarker(p,f.properties.style)}"
        ),
        on_each_feature=JsCode(
            "function(f,l){if(f.properties.popup)l.bindPopup(f.properties.popup)}"
        ),
    ).add_to(drawn)
