"""Say what the colours, shapes and patterns of a map mean."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

from coveragekit.maps.features import not_working
from coveragekit.maps.symbols import (
    density_svg,
    gap_svg,
    isovist_svg,
    map_css,
    multiplicity_svg,
    probability_svg,
    symbol_defs,
    symbol_svg,
    zone_svg,
)
from coveragekit.maps.tokens import ACCESS, ACCESS_ORDER, MULTIPLICITY, PROBABILITY

if TYPE_CHECKING:
    from collections.abc import Sequence

    import geopandas as gpd

__all__ = ["LegendGroup", "LegendItem", "legend_groups", "legend_html"]


@dataclass(frozen=True, slots=True)
class LegendItem:
    """
    One symbol and its meaning.

    Parameters
    ----------
    svg
        The symbol, as this package draws it.
    text
        What it means, plain text.
    """

    svg: str
    text: str


@dataclass(frozen=True, slots=True)
class LegendGroup:
    """
    Symbols that belong together.

    Parameters
    ----------
    title
        What they are of.
    items
        The symbols, in order.
    """

    title: str
    items: tuple[LegendItem, ...]


def legend_groups(
    cameras: gpd.GeoDataFrame, *, probability: bool = False, zones: bool = False
) -> tuple[LegendGroup, ...]:
    """
    Give the meaning of every symbol that a map of these cameras shows.

    Parameters
    ----------
    cameras
        Rows of ``cameras.parquet``; states that none of them has are left out.
    probability
        Whether there is a layer of the probability of being seen.
    zones
        Whether there are privacy zones.

    Returns
    -------
    tuple of LegendGroup
        Cameras by tier and state, coverage, and the other layers.

    Examples
    --------
    >>> from coveragekit import model
    >>> [group.title for group in legend_groups(model.empty("cameras"))]
    ['Seen by how many cameras', 'Other']
    """
    tiers = set(cameras["access"].dropna())
    symbols = [
        LegendItem(symbol_svg(tier), ACCESS[tier].label)
        for tier in ACCESS_ORDER
        if tier in tiers
    ]
    if not_working(cameras, strict=True).any():
        idle = symbol_svg("integrated", offline=True)
        symbols.append(LegendItem(idle, "Not working now"))
    unknown = bool(cameras["bearing_deg"].isna().any())
    if unknown:
        symbols.append(
            LegendItem(symbol_svg("integrated", unknown=True), "Direction unknown")
        )
    ramp = [
        LegendItem(multiplicity_svg(i), step.label)
        for i, step in enumerate(MULTIPLICITY)
        if unknown or i > 0
    ]
    chances = [
        LegendItem(probability_svg(i), step.label)
        for i, step in enumerate(PROBABILITY)
        if probability
    ]
    other = [
        LegendItem(gap_svg(), "Gap: no camera sees it"),
        LegendItem(isovist_svg(), "View of one camera"),
        LegendItem(density_svg(), "Incidents, denser is darker"),
    ]
    if unknown:
        other.insert(
            2, LegendItem(isovist_svg(unknown=True), "View, direction unknown")
        )
    if zones:
        words = "Privacy zone: no camera may look there"
        other.append(LegendItem(zone_svg(), words))
    groups = [
        LegendGroup("Cameras", tuple(symbols)),
        LegendGroup("Seen by how many cameras", tuple(ramp)),
        LegendGroup("Probability of being seen", tuple(chances)),
        LegendGroup("Other", tuple(other)),
    ]
    return tuple(group for group in groups if group.items)


def legend_html(groups: Sequence[LegendGroup], *, notes: Sequence[str] = ()) -> str:
    """
    Give a legend as HTML, with the symbols and styles that the map itself needs.

    Parameters
    ----------
    groups
        As :func:`legend_groups` gives them.
    notes
        Sentences below the legend, such as what is drawn as a picture and why.

    Returns
    -------
    str
        HTML; texts are escaped.

    Examples
    --------
    >>> "&lt;b&gt;" in legend_html((), notes=["<b>"])
    True
    """
    blocks = "".join(
        f"<h4>{escape(group.title)}</h4><ul>"
        + "".join(
            f"<li>{item.svg}<span>{escape(item.text)}</span></li>"
            for item in group.items
        )
        + "</ul>"
        for group in groups
    )
    words = "".join(f"<p>{escape(note)}</p>" for note in notes)
    return (
        f"<style>{map_css()}</style>{symbol_defs()}"
        '<details class="ck-legend" open><summary>Legend</summary>'
        f"{blocks}{words}</details>"
    )
