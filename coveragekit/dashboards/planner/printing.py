"""Print what the planner shows: onto a sheet of paper, or the study as one page."""

from __future__ import annotations

import math
import re
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from coveragekit import model
from coveragekit.dashboards.backroom_left import left_cameras
from coveragekit.dashboards.planner.filter_address import from_address
from coveragekit.dashboards.planner.filter_words import words
from coveragekit.dashboards.planner.page_state import LAYERS
from coveragekit.dashboards.planner.taking_out import answers_of, file_name
from coveragekit.errors import InputError
from coveragekit.maps.figures import figure_words, quantity
from coveragekit.maps.tiles import Look, Painter, picture

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from coveragekit.dashboards.backroom_tasks import Job
    from coveragekit.dashboards.planner.answers import Answers
    from coveragekit.dashboards.planner.figures import Figure
    from coveragekit.dashboards.planner.filters import Filters
    from coveragekit.reports.map_sheet import MapSheet

__all__ = ["PRINTS", "look_of", "print_map"]

PRINTS: Final = ("pdf", "png", "html")
"""Kinds of files that the map is printed into."""

_DPI: Final = 200.0
_CSS_DPI: Final = 96.0
_NAMED: Final = {
    "street_length": "Street seen",
    "area": "Ground seen",
    "incidents": "Incidents seen",
    "calls": "Calls seen",
}
# A layer that shows a table's rows is drawn only for those who may have them.
_SHOWS: Final = {"cameras": "cameras", "isovists": "isovists", "gaps": "gaps"}


def print_map(  # noqa: PLR0913 - what the page shows
    job: Job,
    *,
    west: float,
    south: float,
    east: float,
    north: float,
    layers: str,
    filters: str,
    kind: str,
    sheet: str,
    role: str,
) -> dict[str, Any]:
    """
    Print what the page shows onto a sheet of paper, or write the study as one page.

    Parameters
    ----------
    job
        The study, and who waits.
    west, south, east, north
        What the map shows, degrees.
    layers
        Key and opacity of each layer that is shown, such as ``"base:1,gaps:0.9"``.
    filters
        Filters as an address has them.
    kind
        One of ``PRINTS``; ``"html"`` is the whole study in one file, without filters.
    sheet
        One of ``coveragekit.reports.MAP_SHEETS``.
    role
        Role of the user.

    Returns
    -------
    dict
        ``content`` of the file, its ``name`` and ``notes``.

    Raises
    ------
    InputError
        A layer, sheet or role that there is not, or a map without extent.
    SourceError
        A file of the study cannot be read.
    """
    from coveragekit.reports.page import drawing, to_bytes
    from coveragekit.study import Study

    study = Study.open(job.study)
    settings = study.settings
    name = file_name(settings.name, ["map"], kind=kind, simulated=settings.simulated)
    if kind == "html":
        return _page_of(study, name, role)
    job.tell("drawing the map")
    left = left_cameras(job)
    answers = answers_of(study, role, left=left.ids)
    chosen, _ = from_address(filters, answers.terms)
    shown = _map_sheet(
        answers,
        chosen,
        bounds=(west, south, east, north),
        layers=_layers(layers),
        sheet=sheet,
        role=role,
        since=left.words,
    )
    job.check()
    from coveragekit.reports.map_sheet import draw_map_sheet

    with drawing():
        page = draw_map_sheet(shown, sheet)
        content = to_bytes(page, kind, title=settings.name, dpi=_DPI)
    return {"content": content, "name": name, "notes": []}


def _page_of(study: Any, name: str, role: str) -> dict[str, Any]:  # noqa: ANN401
    """Write the whole study as one page, as far as the role may have it."""
    from coveragekit.maps import to_html

    with tempfile.TemporaryDirectory(prefix="coveragekit-") as folder:
        content = to_html(study, Path(folder) / "map.html", role=role).read_bytes()
    notes = ["The page is of the whole study, without the filters in force."]
    return {"content": content, "name": name, "notes": notes}


def _may_show(key: str, role: str) -> bool:
    return key not in _SHOWS or model.export_form(_SHOWS[key], role) == "exact"


def _layers(text: str) -> list[tuple[str, float]]:
    found = []
    for part in filter(None, text.split(",")):
        key, _, given = part.partition(":")
        if key not in LAYERS:
            message = f"there is no layer {key!r:.40}; allowed: {', '.join(LAYERS)}"
            raise InputError(message)
        opacity = float(given) if re.fullmatch(r"[01](\.\d{1,3})?", given) else 1.0
        found.append((key, min(opacity, 1.0)))
    return found


def _map_sheet(  # noqa: PLR0913 - what is printed
    answers: Answers,
    filters: Filters,
    *,
    bounds: tuple[float, float, float, float],
    layers: Sequence[tuple[str, float]],
    sheet: str,
    role: str,
    since: str,
) -> MapSheet:
    from coveragekit.reports.map_sheet import MapSheet, map_box

    store, box = answers.store, map_box(sheet)
    aspect = box.width / box.height
    scale = _DPI / _CSS_DPI
    size_px = round(box.width / 72.0 * _DPI), round(box.height / 72.0 * _DPI)
    merc = _fitted(bounds, aspect)
    allowed = [one for one in layers if _may_show(one[0], role)]
    look = look_of(answers, filters, least=model.least_count(role))
    painter = Painter(store)
    drawn = [*allowed, ("labels", 1.0)]
    pixels = picture(painter, merc, size_px, drawn, look, scale=scale)
    zoom = math.log2(size_px[0] / scale / 256.0 / (merc[2] - merc[0]))
    titled = [
        (LAYERS[key].title, painter.legend(key, look, zoom=zoom)) for key, _ in allowed
    ]
    meta = store.meta
    return MapSheet(
        pixels,
        merc,
        title=str(meta["study"]),
        facts=tuple(
            filter(
                None, (words(filters, answers.terms), _seen_means(meta, look), since)
            )
        ),
        figures=_figures(answers, filters),
        legend=tuple((title, signs) for title, signs in titled[::-1] if signs),
        sources=tuple(str(one) for one in meta["sources"]),
        simulated=tuple(
            dict.fromkeys(one["table"] for one in meta["inputs"] if one["simulated"])
        ),
        dates=_dates(meta),
    )


def _seen_means(meta: Mapping[str, Any], look: Look) -> str:
    band = meta["bands"][look.band]
    return (
        f"seen means {band['density_px_per_m']:g} pixels per metre ({band['name']}, "
        f"IEC 62676-4 edition {meta['edition']}) past the buildings, on targets "
        f"{meta['target_height_m']:g} m high"
    )


def look_of(answers: Answers, filters: Filters, *, least: int) -> Look:
    """
    Give how the map is drawn under filters, on light ground.

    Parameters
    ----------
    answers
        Of the city.
    filters
        What is chosen.
    least
        Fewest events that may be told of: 1 shows single ones at their places.

    Returns
    -------
    Look
        For :func:`coveragekit.maps.tiles.picture`.
    """
    store = answers.store
    masks: dict[str, NDArray[np.float32] | None] = {
        name: answers.event_mask(name, filters) if getattr(store, name) else None
        for name in ("incidents", "calls")
    }
    return Look(
        band=store.meta["band"] if filters.band is None else filters.band,
        light=filters.light,
        flags=answers.view_flags(filters),
        incidents=masks["incidents"],
        calls=masks["calls"],
        points=least == 1,
        least=least,
    )


def _fitted(
    bounds: tuple[float, float, float, float], aspect: float
) -> tuple[float, float, float, float]:
    """Widen what the map shows to the proportions of the sheet; Mercator, y down."""
    from coveragekit.view import mercator

    west, south, east, north = bounds
    if not (east > west and north > south):
        message = f"the map shows {bounds}, which has no extent; move it and try again"
        raise InputError(message)
    corners = mercator.to_merc([west, east], [north, south])
    (left, top), (right, low) = corners.tolist()
    wide, high = right - left, low - top
    more_wide = max(0.0, high * aspect - wide) / 2.0
    more_high = max(0.0, wide / aspect - high) / 2.0
    return left - more_wide, top - more_high, right + more_wide, low + more_high


def _figures(answers: Answers, filters: Filters) -> tuple[tuple[str, str], ...]:
    found = answers.numbers(filters).figures
    shown = [(key, found[key]) for key in _NAMED if key in found]
    return tuple(
        (f"{_NAMED[key]}, of {quantity(one.total, one.unit)}", _value(one))
        for key, one in shown
        if one.value is not None
    )


def _value(figure: Figure) -> str:
    ends = {"value": figure.value, "low": figure.low, "high": figure.high}
    said = figure_words(ends)
    return said if figure.low is not None else f"{said}, no interval"


def _dates(meta: Mapping[str, Any]) -> str:
    zone = ZoneInfo(str(meta["time_zone"]))
    data = datetime.fromisoformat(str(meta["as_of"])).astimezone(zone)
    printed = datetime.now(UTC).astimezone(zone)
    return f"data {data:%Y-%m-%d}; printed {printed:%Y-%m-%d}"
