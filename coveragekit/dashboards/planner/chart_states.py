"""Series as charts: bars, what they say, and the table behind each."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from coveragekit.dashboards.planner.answer_words import WITHHELD
from coveragekit.dashboards.planner.change_words import changes_chart
from coveragekit.dashboards.planner.filter_panel import count_words
from coveragekit.dashboards.planner.filter_words import month_words
from coveragekit.maps.figures import percent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from coveragekit.dashboards.planner.filters import Filters
    from coveragekit.dashboards.planner.series import Series
    from coveragekit.dashboards.planner.terms import Terms

__all__ = ["AS_GIVEN_BARS", "chart_states", "shown_counts"]

_DAYS: Final = (
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
    "Sunday",
)
AS_GIVEN_BARS: Final = (
    "Bars are as given (nominal): with every camera exactly as its source gives it. A "
    "headline with an interval is the median of scenes, and may differ from them."
)
"""What the bars are, where headlines are medians of scenes."""

_ROWS: Final = 8
_MONTHS: Final = 60


def chart_states(
    series: Series, terms: Terms, *, least: int = 0
) -> list[dict[str, Any]]:
    """
    Give the charts of a series as the page takes them.

    Parameters
    ----------
    series
        What there is and what is seen, part by part.
    terms
        What there is in the city.
    least
        Counts below it, but for 0, are not told.

    Returns
    -------
    list of dict
        By hour, by day of the week, by category, by area and by month; each with
        ``key``, ``title``, ``kind`` (``columns`` or ``rows``), ``words``, ``bars``
        and ``table``. Last the changes. A chart without anything is left out.
    """
    made = [
        _hours(series, least),
        _weekdays(series, least),
        _categories(series, least),
        _areas(series, terms, least),
        _months(series, least),
        changes_chart(series.changes, series.name, least=least),
    ]
    return [one for one in made if one is not None]


def shown_counts(counts: NDArray[np.float64], least: int) -> NDArray[np.bool_]:
    """
    Tell which counts of a chart may be told.

    Parameters
    ----------
    counts
        The counts, 0 or more.
    least
        Counts below it, but for 0, are not told.

    Returns
    -------
    numpy.ndarray
        Bool. Where one alone would be kept back, the next smallest is kept back too: it
        could be told from the total.

    Examples
    --------
    >>> shown_counts(np.array([0.0, 3, 9, 40]), 5).tolist()
    [True, False, False, True]
    """
    small = (counts > 0.0) & (counts < least)
    if np.count_nonzero(small) == 1:
        others = np.flatnonzero((counts > 0.0) & ~small)
        if len(others):
            small[others[np.argmin(counts[others])]] = True
    return ~small


def _hours(series: Series, least: int) -> dict[str, Any] | None:
    days = _chosen_hours(series.filters.hours, axis=1) or [True] * 7
    counts = series.hours.reshape(7, 24, 2)[days].sum(axis=0)
    labels = [f"{hour:02d}:00" for hour in range(24)]
    chosen = _chosen_hours(series.filters.hours, axis=0)
    note = (
        f"{count_words(series.untimed, least)} without a known time are in no hour."
        if series.untimed
        else ""
    )
    return _columns(
        ("hours", "By hour", "Hour"),
        labels,
        counts,
        series=series,
        chosen=chosen,
        least=least,
        axis=[[0, "00"], [6, "06"], [12, "12"], [18, "18"], [24, "24"]],
        note=note,
    )


def _weekdays(series: Series, least: int) -> dict[str, Any] | None:
    hours = _chosen_hours(series.filters.hours, axis=0) or [True] * 24
    counts = series.hours.reshape(7, 24, 2)[:, hours].sum(axis=1)
    return _columns(
        ("weekdays", "By day of the week", "Day"),
        list(_DAYS),
        counts,
        series=series,
        chosen=_chosen_hours(series.filters.hours, axis=1),
        least=least,
        axis=[[at + 0.5, day[:3]] for at, day in enumerate(_DAYS)],
    )


def _chosen_hours(hours: Sequence[bool] | None, *, axis: int) -> list[bool] | None:
    if hours is None:
        return None
    rows = [hours[day * 24 : day * 24 + 24] for day in range(7)]
    groups = zip(*rows, strict=True) if axis == 0 else rows
    return [any(group) for group in groups]


def _months(series: Series, least: int) -> dict[str, Any] | None:
    months, counts = series.months[-_MONTHS:], series.by_month[-_MONTHS:]
    starts = [at for at, month in enumerate(months) if month.month == 1 or at == 0]
    # Two years' names on top of each other can be read by nobody.
    if len(starts) > 1 and starts[1] - starts[0] < max(len(months) // 6, 2):
        starts = starts[1:]
    cut = len(series.months) - len(months)
    return _columns(
        ("months", "By month", "Month"),
        [month_words(month) for month in months],
        counts,
        series=series,
        chosen=_chosen_months(series.filters, months),
        least=least,
        axis=[[at, str(months[at].year)] for at in starts],
        keys=[month.isoformat() for month in months],
        note=f"{cut} earlier months are not drawn." if cut else "",
    )


def _chosen_months(filters: Filters, months: Sequence[date]) -> list[bool] | None:
    if not filters.has_days:
        return None
    first, last = filters.date_from or date.min, filters.date_to or date.max
    ends = [*months[1:], date.max]
    return [
        month <= last and first < after
        for month, after in zip(months, ends, strict=True)
    ]


def _categories(series: Series, least: int) -> dict[str, Any] | None:
    words = series.filters.categories
    if series.name == "calls":
        words = series.filters.call_types
    return _rows(
        ("categories", "By category", "Category"),
        list(series.words),
        series.categories,
        series=series,
        chosen=None if words is None else [one in words for one in series.words],
        least=least,
    )


def _areas(series: Series, terms: Terms, least: int) -> dict[str, Any] | None:
    if series.area_kind is None:
        return None
    areas = [terms.area(row) for row in series.area_rows]
    labels = ["" if one is None else one.name or one.key for one in areas]
    area = series.filters.area
    chosen: list[bool] | None = None
    if area is not None and area[0] == series.area_kind:
        chosen = [row == area[1] for row in series.area_rows]
    return _rows(
        ("areas", f"By {series.area_kind}", series.area_kind.capitalize()),
        labels,
        series.areas,
        series=series,
        chosen=chosen,
        least=least,
        keys=[str(row) for row in series.area_rows],
        note=WITHHELD if series.withholds else "",
    )


def _columns(  # noqa: PLR0913 - keywords, each of which stands for itself
    names: tuple[str, str, str],
    labels: list[str],
    counts: NDArray[np.float64],
    *,
    series: Series,
    chosen: list[bool] | None,
    least: int,
    axis: list[list[Any]],
    keys: list[str] | None = None,
    note: str = "",
) -> dict[str, Any] | None:
    if not counts[:, 0].any():
        return None
    shown = shown_counts(counts[:, 0], least)
    bars = _bars(labels, counts, shown, series=series, chosen=chosen, keys=keys)
    most = int(np.argmax(np.where(shown, counts[:, 0], -1.0)))
    # Of one chosen bar people want to read the number.
    picked = [at for at, is_chosen in enumerate(chosen or ()) if is_chosen]
    mark = picked[0] if len(picked) == 1 else most
    return {
        **_common(names, labels, counts, shown=shown, series=series, bars=bars),
        "kind": "columns",
        "axis": axis,
        "marks": [mark] if shown[mark] else [],
        "note": note,
    }


def _rows(  # noqa: PLR0913 - keywords, each of which stands for itself
    names: tuple[str, str, str],
    labels: list[str],
    counts: NDArray[np.float64],
    *,
    series: Series,
    chosen: list[bool] | None,
    least: int,
    keys: list[str] | None = None,
    note: str = "",
) -> dict[str, Any] | None:
    if not len(counts) or not counts[:, 0].any():
        return None
    order = np.argsort(-counts[:, 0], kind="stable")
    order = order[counts[order, 0] > 0.0]
    shown = shown_counts(counts[:, 0], least)
    bars = _bars(labels, counts, shown, series=series, chosen=chosen, keys=keys)
    listed = order[:_ROWS].tolist()
    listed += [at for at in order[_ROWS:].tolist() if chosen is not None and chosen[at]]
    sorted_labels = [labels[at] for at in order]
    cut = len(order) - len(listed)
    return {
        **_common(
            *(names, sorted_labels, counts[order]),
            shown=shown[order],
            series=series,
            bars=[bars[at] for at in listed],
        ),
        "kind": "rows",
        "axis": [],
        "marks": [],
        "note": f"{cut} more in the table. {note}".strip() if cut > 0 else note,
    }


def _bars(
    labels: list[str],
    counts: NDArray[np.float64],
    shown: NDArray[np.bool_],
    *,
    series: Series,
    chosen: list[bool] | None,
    keys: list[str] | None,
) -> list[dict[str, Any]]:
    top = float(counts[shown, 0].max(initial=0.0)) or 1.0
    given = _given(series)
    bars = []
    for at, label in enumerate(labels):
        total, seen = counts[at].tolist()
        is_told = bool(shown[at])
        count = count_words(total) if is_told else "few"
        share = percent(seen / total) if is_told and total > 0.0 else ""
        told = f"{count} {series.name}" if is_told else f"too few {series.name} to tell"
        bars.append(
            {
                "key": keys[at] if keys is not None else str(at),
                "label": label,
                "count": count,
                "share": share,
                "title": f"{label}: {told}{f', {share} seen{given}' if share else ''}",
                "all": round(total / top, 4) if is_told else None,
                "seen": round(seen / top, 4) if is_told else None,
                "chosen": None if chosen is None else bool(chosen[at]),
            }
        )
    return bars


def _common(
    names: tuple[str, str, str],
    labels: list[str],
    counts: NDArray[np.float64],
    *,
    shown: NDArray[np.bool_],
    series: Series,
    bars: list[dict[str, Any]],
) -> dict[str, Any]:
    key, title, head = names
    told = counts[:, 0] * shown
    most = int(np.argmax(told))
    noun = series.name.capitalize()
    share = percent(counts[most, 1] / counts[most, 0]) if told[most] > 0.0 else ""
    given = _given(series)
    return {
        "key": key,
        "title": title,
        "words": (
            f"{noun} {title[0].lower()}{title[1:]}: most for {labels[most]}, "
            f"{count_words(told[most])}, of them {share} seen{given}."
            if share
            else f"{noun} {title[0].lower()}{title[1:]}: too few to tell."
        ),
        "top": count_words(float(told.max(initial=0.0))),
        "bars": bars,
        "table": {
            "caption": f"{noun} {title[0].lower()}{title[1:]}",
            "head": [head, noun, "Seen", "Unseen", f"Share seen{given}"],
            "rows": [
                _table_row(label, row, is_told=bool(is_told))
                for label, row, is_told in zip(
                    labels, counts.tolist(), shown.tolist(), strict=True
                )
            ],
        },
    }


def _given(series: Series) -> str:
    """Give what stands behind what is seen, where a headline may be a median."""
    return ", as given" if series.has_scenes else ""


def _table_row(label: str, row: Sequence[float], *, is_told: bool) -> list[str]:
    total, seen = row
    if not is_told:
        return [label, "few", "", "", ""]
    share = percent(seen / total) if total > 0.0 else ""
    unseen = count_words(max(total - seen, 0.0))
    return [label, count_words(total), count_words(seen), unseen, share]
