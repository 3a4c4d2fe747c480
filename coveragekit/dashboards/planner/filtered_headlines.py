"""The headline numbers of any choice in words, for the panel that shows them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from coveragekit.dashboards.planner.answer_words import AS_GIVEN, title_of
from coveragekit.dashboards.planner.numbers import (
    NAIVE_WORDS,
    NOMINAL_WORDS,
    Headline,
    headlines,
)
from coveragekit.maps.figures import SHARE_TITLES, interval_words, percent, quantity

if TYPE_CHECKING:
    from collections.abc import Mapping

    from coveragekit.dashboards.planner.figures import Figure, Numbers

__all__ = ["filtered_headlines"]

_ALL_WORDS: Final = (
    "All offences: with those that no street camera could see, such as fraud and what "
    "happens indoors."
)
_NOUNS: Final = {"incidents": " street-visible", "calls": " calls"}


def filtered_headlines(
    numbers: Numbers, summary: Mapping[str, Any], *, least: int = 0
) -> list[Headline]:
    """
    Give the headline numbers of a choice.

    Parameters
    ----------
    numbers
        The numbers of the choice.
    summary
        The study's ``summary.json``.
    least
        Counts below it, but for 0, are not told.

    Returns
    -------
    list of Headline
        Street, incidents, area and calls, as far as the study has them. Where a figure
        is the study's own, as the study says it; what stands beside it is the same
        for every choice.
    """
    of_study = {one.key: one for one in headlines(summary, numbers.filters.choice)}
    has_scenes = bool(summary.get("scenes"))
    found = []
    for key in SHARE_TITLES:
        figure = numbers.figures.get(key)
        if figure is None:
            continue
        is_own = figure.of_study and key in of_study
        made = of_study[key] if is_own else _headline(figure, least=least)
        extra = numbers.figures.get("incidents_all") if key == "incidents" else None
        found.append(_beside(made, figure, extra, has_scenes=has_scenes))
    return found


def _beside(
    made: Headline, figure: Figure, extra: Figure | None, *, has_scenes: bool
) -> Headline:
    """Say of a figure that it is no median where others are, and tell all offences."""
    if figure.value is None:
        return made
    named, said = [made.beside] if made.beside else [], [made.basis]
    if has_scenes and figure.low is None:
        named.insert(0, "as given")
        if AS_GIVEN not in made.basis:
            said.append(AS_GIVEN)
    if extra is not None and extra.value is not None:
        is_given = has_scenes and extra.low is None and figure.low is not None
        given = " as given" if is_given else ""
        named.append(f"all offences {percent(extra.value)}{given}")
        said.append(_ALL_WORDS)
        if is_given and AS_GIVEN not in made.basis:
            said.append(AS_GIVEN)
    return replace(made, beside=", ".join(named), basis=" ".join(said))


def _headline(figure: Figure, *, least: int) -> Headline:
    value, low, high = figure.value, figure.low, figure.high
    named, basis = [], [figure.basis]
    if value is not None and figure.low is not None and figure.nominal is not None:
        named.append(f"nominal {percent(figure.nominal)}")
        basis.append(NOMINAL_WORDS)
    if figure.naive is not None:
        named.append(f"naive {percent(figure.naive)}")
        basis.append(NAIVE_WORDS)
    is_few = value is None and figure.total > 0.0
    whole = f"<{least}" if is_few else quantity(figure.total, figure.unit)
    has_band = low is not None and high is not None and low != high
    if value is None:
        interval = ""
    else:
        interval = interval_words(low, high) or ("(no interval)" if low is None else "")
    return Headline(
        key=figure.key,
        title=title_of(figure.key),
        value=("too few" if is_few else "none left")
        if value is None
        else percent(value),
        interval=interval,
        of=f"of {whole}{_NOUNS.get(figure.key, '')}",
        beside=", ".join(named),
        also="",
        basis=" ".join(basis),
        fill=f"{100.0 * (value or 0.0):.1f}%",
        band_from=f"{100.0 * (low or 0.0):.1f}%" if has_band else "",
        band_width=f"{100.0 * ((high or 0.0) - (low or 0.0)):.1f}%" if has_band else "",
    )
