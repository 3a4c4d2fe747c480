"""Say how counts of the last days compare with those before."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

from coveragekit.dashboards.planner.changes import LEVEL
from coveragekit.dashboards.planner.filter_panel import count_words
from coveragekit.dashboards.planner.filter_words import day_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from coveragekit.dashboards.planner.changes import Change

__all__ = ["change_words", "changes_chart"]

_TITLES: Final = {
    "before": ("Last 28 days", "the 28 days before"),
    "year": ("Last 28 days", "the same days a year before"),
    "to_date": ("Year to date", "the same days a year before"),
}
_BASIS: Final = (
    f"In brackets is the {LEVEL:.0%} interval that chance alone leaves where each "
    "count is a Poisson count about a steady rate. Crime varies more than that, so "
    "take it for the least."
)


def changes_chart(
    changes: Sequence[Change], name: str, *, least: int = 0
) -> dict[str, Any] | None:
    """
    Give the changes as the page takes them.

    Parameters
    ----------
    changes
        As ``changes_of`` gives them.
    name
        ``incidents`` or ``calls``.
    least
        Counts below it, but for 0, are not told.

    Returns
    -------
    dict or None
        ``rows`` of texts, and a table; ``None`` where nothing is dated.
    """
    if not changes:
        return None
    rows = [_row(one, least) for one in changes]
    words = " ".join(f"{row['title']}: {row['change']}." for row in rows)
    return {
        "key": "changes",
        "title": "Change",
        "kind": "changes",
        "words": f"{name.capitalize()}. {words}",
        "rows": rows,
        "note": _BASIS,
        "bars": [],
        "table": {
            "caption": f"Change of {name}",
            "head": ["Days", "Now", "Then", "Change"],
            "rows": [
                [
                    f"{row['title']}, {row['days']}; then {row['then_days']}",
                    row["count"],
                    row["base"],
                    row["change"],
                ]
                for row in rows
            ],
        },
    }


def change_words(change: Change) -> str:
    """
    Give a change in words.

    Parameters
    ----------
    change
        The change.

    Returns
    -------
    str
        Its share and interval, or why there is none.

    Examples
    --------
    >>> from datetime import date
    >>> from coveragekit.dashboards.planner.changes import Change
    >>> days = (date(2025, 1, 1), date(2025, 1, 28))
    >>> change_words(Change("before", days, days, 120, 100, 0.2, -0.03, 0.49))
    '20 % more (3 % fewer to 49 % more)'
    """
    if change.share is None or change.low is None or change.high is None:
        return f"no per cent: {change.why}"
    ends = f"{_share(change.low)} to {_share(change.high)}"
    return f"{_share(change.share)} ({ends})"


def _row(change: Change, least: int) -> dict[str, str]:
    title, against = _TITLES[change.key]
    is_few = any(0.0 < one < least for one in (change.count, change.base))
    verdict = ""
    if change.share is not None and change.low is not None and change.high is not None:
        is_chance = change.low <= 0.0 <= change.high
        verdict = "no more than chance" if is_chance else "more than chance"
    return {
        "title": f"{title} against {against}",
        "days": day_words(*change.now),
        "then_days": day_words(*change.then),
        "count": count_words(change.count, least),
        "base": count_words(change.base, least),
        "change": "no per cent: too few" if is_few else change_words(change),
        "verdict": "" if is_few else verdict,
    }


def _share(share: float) -> str:
    if math.isinf(share):
        return "any more"
    shown = round(100.0 * abs(share))
    if shown == 0:
        return "as many"
    return f"{shown:,} % {'more' if share > 0.0 else 'fewer'}"
