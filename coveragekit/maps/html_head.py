"""The head of a map that is one HTML file: what it is of, and its headline numbers."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from coveragekit.maps.figures import (
    NO_INTERVAL,
    SHARE_TITLES,
    figure_words,
    whole_words,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from coveragekit.study import Study

__all__ = ["head_html"]


def head_html(study: Study, *, since: str = "") -> str:
    """
    Give the head of a study's page.

    Parameters
    ----------
    study
        A built study.
    since
        What has to be said of cameras that have left since; plain text, may be empty.

    Returns
    -------
    str
        HTML; every word is escaped.
    """
    told = f'<p class="ck-since">{escape(since)}</p>' if since else ""
    figures = _figures(study.results().summary)
    return f'<header class="ck-head">{_title(study)}{figures}{told}</header>'


def _title(study: Study) -> str:
    settings = study.settings
    day = settings.as_of.astimezone(ZoneInfo(settings.time_zone)).date().isoformat()
    words = [f"data {day}", f"{settings.purpose} ({settings.edition})"]
    badge = '<b class="ck-badge">simulated</b>' if settings.simulated else ""
    facts = "".join(f"<span>{escape(word)}</span>" for word in words)
    return f"<h1>{escape(settings.name)}</h1>{badge}{facts}"


def _figures(summary: Mapping[str, Any]) -> str:
    """Give the headline numbers with their intervals; what they rest on unfolds."""
    shares = summary["shares"]
    words, bases = [], []
    for key, title in SHARE_TITLES.items():
        share = shares.get(key)
        if share is None:
            continue
        has_interval = share.get("low") is not None
        number = figure_words(share) + ("" if has_interval else " (no interval)")
        words.append(f"<b>{title} {escape(number)}</b> {whole_words(key, share)}")
        basis = f"{title}: {share['basis']}."
        bases.append(basis if has_interval else f"{basis} ({NO_INTERVAL})")
    spans = "".join(f"<span>{one}</span>" for one in words)
    rests = "".join(f"<p>{escape(one)}</p>" for one in bases)
    return f'<details class="ck-said"><summary>{spans}</summary>{rests}</details>'
