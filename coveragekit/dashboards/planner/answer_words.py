"""Say what the figures of a choice rest on, and why there is none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from coveragekit.dashboards.planner.choice import counted_tiers
from coveragekit.dashboards.planner.filter_words import day_words, parts
from coveragekit.maps.figures import NO_INTERVAL, SHARE_TITLES
from coveragekit.study.shares import zone_words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from coveragekit.dashboards.planner.filters import Filters
    from coveragekit.dashboards.planner.spread import Spread
    from coveragekit.dashboards.planner.terms import Terms

__all__ = [
    "AS_GIVEN",
    "WITHHELD",
    "basis_words",
    "few_words",
    "interval_words",
    "no_interval_words",
    "title_of",
]

AS_GIVEN: Final = "As given: with every camera exactly as its source gives it."
WITHHELD: Final = (
    "Sexual and domestic offences and those against children are left out of areas, "
    "gaps and the map for this role."
)
_WHAT: Final = {
    "street_length": "length of public streets",
    "area": "public ground, without buildings, on a lattice of places",
    "incidents": "street-visible incidents, each over the places where it may be",
    "incidents_all": "all incidents, each over the places where it may be",
    "calls": "calls, without cancelled, duplicate and officer-initiated ones",
}
_TIMED: Final = ("dates", "hours")
_PARTS: Final = {
    "incidents": (*_TIMED, "categories"),
    "incidents_all": (*_TIMED, "categories"),
    "calls": (*_TIMED, "call_types"),
}


def title_of(key: str) -> str:
    """
    Give what people call a share.

    Parameters
    ----------
    key
        Its name in the summary.

    Returns
    -------
    str
        Such as ``"Street seen"``.

    Examples
    --------
    >>> title_of("incidents_all")
    'All incidents seen'
    """
    return SHARE_TITLES.get(key, "All incidents seen")


def basis_words(
    key: str, filters: Filters, terms: Terms, *, summary: Mapping[str, Any], band: int
) -> str:
    """
    Give what a figure rests on: what, for which purpose, by which cameras, as of when.

    Parameters
    ----------
    key
        Name of the share.
    filters
        What is chosen.
    terms
        What there is in the city.
    summary
        The study's ``summary.json``.
    band
        Position of the band in force.

    Returns
    -------
    str
        A sentence that says nothing of intervals.
    """
    named = dict(parts(filters, terms))
    place = [f"in {named[one]}" for one in ("area", "polygon") if one in named]
    chosen = [named[one] for one in _PARTS.get(key, ()) if one in named]
    of = ", ".join([_WHAT[key], *place, *chosen])
    purpose = f"{terms.bands[band]} (IEC 62676-4 edition {summary['edition']})"
    tiers = " + ".join(counted_tiers(filters.tier))
    choice = filters.choice.words.removeprefix(tiers).strip(" ,")
    as_of = str(summary["as_of"])[:10]
    zones = zone_words(summary.get("privacy_zones", 0))
    words = f"{of}; {purpose}, {choice}, {tiers}; cameras as of {as_of}{zones}"
    if key in _PARTS and terms.first_day is not None:
        words += f", data {day_words(terms.first_day, terms.last_day)}"
    return f"{title_of(key)}: {words}."


def interval_words(spread: Spread, summary: Mapping[str, Any]) -> str:
    """
    Give what an interval is.

    Parameters
    ----------
    spread
        The share over scenes.
    summary
        The study's ``summary.json``.

    Returns
    -------
    str
        A sentence.

    Examples
    --------
    >>> from coveragekit.dashboards.planner.spread import Spread
    >>> summary = {"scenes": {"count": 64, "level": 0.9}}
    >>> interval_words(Spread(0.5, 0.4, 0.6, 0), summary)
    'Median and 90% interval of 64 scenes drawn from the errors of the cameras.'
    """
    scenes = summary["scenes"]
    drawn = f"{scenes['count']} scenes drawn from the errors of the cameras"
    over = f", over a sample of {spread.sample:,} of them" if spread.sample else ""
    if spread.low == spread.high:
        return f"Each of {drawn} gives the same{over}."
    return f"Median and {scenes['level']:.0%} interval of {drawn}{over}."


def no_interval_words(
    key: str,
    filters: Filters,
    terms: Terms,
    *,
    summary: Mapping[str, Any],
    has_scenes: bool,
) -> str:
    """
    Say why a figure has no interval.

    Parameters
    ----------
    key
        Name of the share.
    filters
        What is chosen.
    terms
        What there is in the city.
    summary
        The study's ``summary.json``.
    has_scenes
        Whether scenes were kept for these cameras, this light and band.

    Returns
    -------
    str
        A sentence.
    """
    if not summary.get("scenes"):
        return f"{NO_INTERVAL[0].upper()}{NO_INTERVAL[1:]}."
    if filters.band not in {None, terms.band}:
        own = terms.bands[terms.band]
        return f"No interval: scenes were drawn for {own} alone. {AS_GIVEN}"
    if not has_scenes:
        return f"No interval: no scenes were drawn for these cameras. {AS_GIVEN}"
    if key == "area":
        return (
            "No interval: of scenes the ground is kept for the whole city alone. "
            f"{AS_GIVEN}"
        )
    if key == "incidents_all":
        return (
            "No interval: of scenes the street-visible incidents alone are kept. "
            f"{AS_GIVEN}"
        )
    return f"No interval: the scenes looked at too few of these. {AS_GIVEN}"


def few_words(least: int) -> str:
    """
    Say that a count is too small to be shown.

    Parameters
    ----------
    least
        The least count that may be shown.

    Returns
    -------
    str
        A sentence.

    Examples
    --------
    >>> few_words(5)
    'Fewer than 5: too few to be shown outside the analyst role.'
    """
    return f"Fewer than {least}: too few to be shown outside the analyst role."
