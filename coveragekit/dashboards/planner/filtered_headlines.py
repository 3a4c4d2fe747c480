"""The headline numbers of any choice in words, for the panel that shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from coveragekit.dashboards.planner.answer_words import title_of
from coveragekit.dashboards.planner.numbers import Headline, headlines
from coveragekit.maps.figures import SHARE_TITLES, interval_words, percent, quantity

if TYPE_CHECKING:
    from collections.abc import Mapping

    from coveragekit.dashboards.planner.figures import Figure, Numbers

__all__ = ["filtered_headlines"]

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
        is the study's own, as the study says it.
    """
    of_study = {one.key: one for one in headlines(summary, numbers.filters.choice)}
    beside = numbers.figures.get("incidents_all")
    found = []
    for key in SHARE_TITLES:
        figure = numbers.figures.get(key)
        if figure is None:
            continue
        if figure.of_study and key in of_study:
            found.append(of_study[key])
        else:
            extra = beside if key == "incidents" else None
            found.append(_headline(figure, extra, least=least))
    return found


def _headline(figure: Figure, extra: Figure | None, *, least: int) -> Headline:
    value, low, high = figure.value, figure.low, figure.high
    named = []
    if value is not None and figure.low is not None and figure.nominal is not None:
        named.append(f"nominal {percent(figure.nominal)}")
    if figure.naive is not None:
        named.append(f"naive {percent(figure.naive)}")
    if value is not None and extra is not None and extra.value is not None:
        named.append(f"all offences {percent(extra.value)}")
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
        basis=figure.basis,
        fill=f"{100.0 * (value or 0.0):.1f}%",
        band_from=f"{100.0 * (low or 0.0):.1f}%" if has_band else "",
        band_width=f"{100.0 * ((high or 0.0) - (low or 0.0)):.1f}%" if has_band else "",
    )
