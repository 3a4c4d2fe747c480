"""How QGIS draws a layer of an exported GeoPackage when it is opened."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from xml.etree import ElementTree as ET

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pandas as pd

__all__ = ["STYLED", "layer_styles", "qml"]

# Okabe-Ito, with a shape each; the same as on the pages.
_TIERS: Final = {
    "integrated": ("#0072b2", "circle", True),
    "registered": ("#e69f00", "circle", False),
    "public": ("#009e73", "square", True),
    "planned": ("#cc79a7", "diamond", True),
}
_FILLS: Final = {
    "gaps": ("#d55e00", "b_diagonal", "#d55e00"),
    "isovists": ("#0072b2", "no", "#0072b2"),
    "areas": ("#5b6675", "no", "#5b6675"),
    "study_area": ("#1d2530", "no", "#1d2530"),
}
_SEEN: Final = ((0.2, "#00224e"), (0.5, "#7c7b78"), (0.8, "#bcae6c"), (1.01, "#fde737"))
# Counts by cell, each step about four times the one before.
_COUNTS: Final = (
    (20, "#00224e"),
    (80, "#434e6c"),
    (320, "#7d7c78"),
    (1280, "#bcae6c"),
    (10**9, "#fee838"),
)
_CELLS: Final = ("incidents_by_cell", "calls_by_cell")
STYLED: Final = (
    *("cameras", "incidents", "calls", "street_coverage"),
    *_CELLS,
    *_FILLS,
)
"""Layers that have a style of their own."""


def layer_styles(layers: list[str]) -> pd.DataFrame:
    """
    Give the table ``layer_styles`` of a GeoPackage, which QGIS reads by itself.

    Parameters
    ----------
    layers
        Layers of the file; those without a style of their own are left out.

    Returns
    -------
    pandas.DataFrame
        One default style for each layer.

    Notes
    -----
    ArcGIS ignores the table and draws its own symbols.

    Examples
    --------
    >>> layer_styles(["gaps", "others"])["f_table_name"].tolist()
    ['gaps']
    """
    import pandas as pd

    rows = [
        {
            "f_table_catalog": "",
            "f_table_schema": "",
            "f_table_name": layer,
            "f_geometry_column": "geom",
            "styleName": layer,
            "styleQML": qml(layer),
            "styleSLD": "",
            "useAsDefault": True,
            "description": f"coveragekit: {layer.replace('_', ' ')}",
            "owner": "coveragekit",
            "ui": "",
        }
        for layer in layers
        if layer in STYLED
    ]
    return pd.DataFrame(rows)


def qml(layer: str) -> str:
    """
    Give the QGIS style of a layer.

    Parameters
    ----------
    layer
        One of ``STYLED``.

    Returns
    -------
    str
        QML, an XML document.

    Examples
    --------
    >>> "b_diagonal" in qml("gaps")
    True
    """
    root = ET.Element("qgis", version="3.28", styleCategories="Symbology")
    if layer in _FILLS:
        _single(root, _fill(*_FILLS[layer]))
    elif layer == "cameras":
        _by_tier(root)
    elif layer in _CELLS:
        _by_count(root)
    elif layer == "street_coverage":
        _by_share(root, '"seen_m" / nullif("length_m", 0)', line=True)
    else:
        _by_share(root, "seen_probability", line=False)
    return ET.tostring(root, encoding="unicode")


def _single(root: ET.Element, symbol: ET.Element) -> None:
    renderer = ET.SubElement(root, "renderer-v2", type="singleSymbol")
    symbols = ET.SubElement(renderer, "symbols")
    symbol.set("name", "0")
    symbols.append(symbol)


def _by_tier(root: ET.Element) -> None:
    renderer = ET.SubElement(root, "renderer-v2", type="categorizedSymbol")
    renderer.set("attr", "access")
    categories = ET.SubElement(renderer, "categories")
    symbols = ET.SubElement(renderer, "symbols")
    for number, (tier, (colour, shape, is_full)) in enumerate(_TIERS.items()):
        ET.SubElement(
            categories,
            "category",
            value=tier,
            label=tier,
            symbol=str(number),
            render="true",
        )
        symbol = _marker(colour, shape, is_full=is_full)
        symbol.set("name", str(number))
        symbols.append(symbol)


def _by_share(root: ET.Element, expression: str, *, line: bool) -> None:
    def symbol(colour: str) -> ET.Element:
        return _line(colour) if line else _marker(colour, "circle", is_full=True)

    tops = [(min(top, 1.0), colour) for top, colour in _SEEN]
    lows = [0.0, *(top for top, _ in tops)]
    words = [
        f"{low:.0%} to {top:.0%} seen"
        for low, (top, _) in zip(lows, tops, strict=False)
    ]
    steps = list(zip(lows, tops, words, strict=False))
    _graduated(root, expression, steps, symbol=symbol)


def _by_count(root: ET.Element) -> None:
    lows = [0, *(top for top, _ in _COUNTS)]
    words = [f"up to {top:,}" for top, _ in _COUNTS[:-1]]
    words.append(f"more than {_COUNTS[-2][0]:,}")
    steps = list(zip(lows, _COUNTS, words, strict=False))

    def symbol(colour: str) -> ET.Element:
        return _fill(colour, "solid", "#ffffff")

    _graduated(root, "count", steps, symbol=symbol)


def _graduated(
    root: ET.Element,
    expression: str,
    steps: Sequence[tuple[float, tuple[float, str], str]],
    *,
    symbol: Callable[[str], ET.Element],
) -> None:
    renderer = ET.SubElement(root, "renderer-v2", type="graduatedSymbol")
    renderer.set("attr", expression)
    renderer.set("graduatedMethod", "GraduatedColor")
    ranges = ET.SubElement(renderer, "ranges")
    symbols = ET.SubElement(renderer, "symbols")
    for number, (low, (top, colour), words) in enumerate(steps):
        ET.SubElement(
            ranges,
            "range",
            lower=f"{low}",
            upper=f"{top}",
            label=words,
            symbol=str(number),
            render="true",
        )
        made = symbol(colour)
        made.set("name", str(number))
        symbols.append(made)


def _marker(colour: str, shape: str, *, is_full: bool) -> ET.Element:
    return _symbol(
        "marker",
        "SimpleMarker",
        {
            "name": shape,
            "color": colour if is_full else "255,255,255,0",
            "outline_color": "#ffffff" if is_full else colour,
            "outline_width": "0.3" if is_full else "0.7",
            "size": "2.8",
        },
    )


def _line(colour: str) -> ET.Element:
    return _symbol("line", "SimpleLine", {"line_color": colour, "line_width": "0.8"})


def _fill(colour: str, style: str, outline: str) -> ET.Element:
    options = {
        "color": colour,
        "style": style,
        "outline_color": outline,
        "outline_width": "0.26",
    }
    return _symbol("fill", "SimpleFill", options)


def _symbol(kind: str, layer: str, options: dict[str, str]) -> ET.Element:
    symbol = ET.Element("symbol", type=kind, alpha="1", clip_to_extent="1")
    part = ET.SubElement(symbol, "layer", {"class": layer, "enabled": "1", "pass": "0"})
    held = ET.SubElement(part, "Option", type="Map")
    for name, value in options.items():
        ET.SubElement(held, "Option", name=name, type="QString", value=value)
    return symbol
