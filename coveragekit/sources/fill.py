"""Fill the columns of a table from those of a source, rule by rule."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np

from coveragekit.errors import InputError
from coveragekit.sources.directions import parse_directions
from coveragekit.sources.loaded import mask_secrets
from coveragekit.sources.raw import distinct_cells, missing
from coveragekit.sources.values import as_choice, as_number, as_text, plain
from coveragekit.sources.weekdays import opening_hours

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from numpy.typing import NDArray

    from coveragekit.model import Column, Table
    from coveragekit.sources.aliases import RowRule, Rule
    from coveragekit.sources.draft import Draft
    from coveragekit.sources.loaded import Ledger

__all__ = ["drop_rows", "fill_columns", "is_mistaken", "spread_directions"]

_DIRECTION = "bearing_deg"
_ENOUGH = 5


def drop_rows(draft: Draft, rules: tuple[RowRule, ...], ledger: Ledger | None) -> Draft:
    """
    Give the rows that no rule refuses.

    Parameters
    ----------
    draft
        The rows.
    rules
        The rules.
    ledger
        The book, or ``None`` where a refused row is no fault.

    Returns
    -------
    Draft
        The rest.
    """
    for rule in rules:
        if rule.column not in draft.frame.columns:
            continue
        series = draft.frame[rule.column]
        text = as_text(series)
        words = {plain(word) for word in rule.words}
        hit = text.map(lambda cell, words=words: plain(str(cell)) in words)
        mask = np.asarray(hit, dtype=bool) & np.asarray(text.notna(), dtype=bool)
        if rule.pattern is not None:
            found = text.str.contains(rule.pattern, case=False, na=False)
            mask |= np.asarray(found, dtype=bool)
        if rule.empty:
            mask |= missing(series)
        if ledger is not None:
            ledger.add(
                draft.rows[mask],
                cause=rule.cause,
                column=rule.column,
                values=series.to_numpy(dtype=object)[mask],
                detail="left out by a rule of the alias table",
                action="row left out",
            )
        draft = draft.take(~mask)
    return draft


def fill_columns(
    draft: Draft, rules: Mapping[str, Rule], layout: Table, *, ledger: Ledger
) -> None:
    """
    Fill every column that is neither a time nor a direction, in place of the draft.

    Parameters
    ----------
    draft
        The rows; its ``columns`` are added to.
    rules
        Column of the table to its rule.
    layout
        The table.
    ledger
        The book: what cannot be read, is not allowed or is out of range leaves its
        cell empty.
    """
    for name, rule in rules.items():
        column = layout.columns[name]
        if column.type == "time" or name == _DIRECTION:
            continue
        if rule.constant is not None:
            draft.columns[name] = _constant(rule.constant, len(draft))
        elif rule.weekdays:
            draft.columns[name] = opening_hours(draft, rule.weekdays, ledger)
        else:
            fill = _numbers if column.type in {"number", "integer"} else _texts
            cells = fill(draft, rule, column, ledger=ledger)
            if cells is not None:
                draft.columns[name] = cells


def is_mistaken(
    bad: NDArray[np.bool_],
    blank: NDArray[np.bool_],
    *,
    rule: Rule,
    column: str,
    ledger: Ledger,
) -> bool:
    """
    Tell whether a column that was chosen by its name alone holds something else.

    Parameters
    ----------
    bad
        Cells that cannot be read as this column.
    blank
        Cells that say nothing.
    rule
        The rule; only one that was found by comparing names can be mistaken.
    column
        Column of the table.
    ledger
        The book, for a notice.

    Returns
    -------
    bool
        True where most of five or more cells are bad: the column is then not read.
    """
    filled = int((~blank).sum())
    if not rule.why or filled < _ENOUGH or bad.sum() <= filled / 2:
        return False
    ledger.notice(
        f"{', '.join(rule.columns)} of {ledger.source} was taken for {column} by its "
        f"name, but {int(bad.sum())} of {filled} cells are nothing of the kind: it is "
        "not read"
    )
    return True


def _constant(value: Any, count: int) -> pd.Series[Any]:  # noqa: ANN401 - any TOML value
    import pandas as pd

    return pd.Series([value] * count)


def _source(draft: Draft, names: tuple[str, ...]) -> tuple[pd.Series[Any], str]:
    """Give the first of several columns that says something, row by row."""
    there = [name for name in names if name in draft.frame.columns]
    if not there:
        import pandas as pd

        return pd.Series([None] * len(draft), dtype="str"), ", ".join(names)
    series = draft.frame[there[0]]
    for name in there[1:]:
        blank = missing(series)
        if not blank.any():
            break
        series = as_text(series).where(~blank, as_text(draft.frame[name]))
    return series, ", ".join(there)


def _numbers(
    draft: Draft, rule: Rule, column: Column, *, ledger: Ledger
) -> pd.Series[Any] | None:
    import pandas as pd

    series, where = _source(draft, rule.columns)
    values, unreadable = as_number(series, column.unit or "", rule.unit)
    outside = _outside(values, column)
    bad, blank = unreadable | outside, missing(series)
    if is_mistaken(bad, blank, rule=rule, column=column.name, ledger=ledger):
        return None
    cells = series.to_numpy(dtype=object)
    ledger.add(
        draft.rows[unreadable],
        cause=f"{column.name} cannot be read",
        column=where,
        values=cells[unreadable],
        detail=f"allowed: {column.allowed_words}",
        action="cell left empty",
    )
    ledger.add(
        draft.rows[outside],
        cause=f"{column.name} out of range",
        column=where,
        values=cells[outside],
        detail=f"allowed: {column.allowed_words}",
        action="cell left empty",
    )
    values = np.where(outside, np.nan, values)
    if column.type == "integer":
        whole = pd.Series(values).round()
        return whole.astype("Int64")
    return pd.Series(values)


def _outside(values: NDArray[np.float64], column: Column) -> NDArray[np.bool_]:
    outside = np.zeros(len(values), dtype=bool)
    if column.low is not None:
        outside |= values < column.low
    if column.above is not None:
        outside |= values <= column.above
    if column.high is not None:
        outside |= values > column.high
    if column.below is not None:
        outside |= values >= column.below
    if column.type == "integer":
        outside |= np.isfinite(values) & (values != np.round(values))
    return outside


def _texts(
    draft: Draft, rule: Rule, column: Column, *, ledger: Ledger
) -> pd.Series[str] | None:
    if rule.join:
        text, where = _joined(draft, rule), ", ".join(rule.join)
    else:
        series, where = _source(draft, rule.columns)
        text = as_text(series)
    text = _without_feeds(text, draft, where, ledger=ledger)
    if rule.patterns:
        text = _by_pattern(text, rule)
    elif rule.words or rule.otherwise is not None or column.allowed is not None:
        seen, blank = text.to_numpy(dtype=object), missing(text)
        text, refused = as_choice(
            text, words=rule.words, allowed=column.allowed, otherwise=rule.otherwise
        )
        if is_mistaken(refused, blank, rule=rule, column=column.name, ledger=ledger):
            return None
        ledger.add(
            draft.rows[refused],
            cause=f"{column.name} not known",
            column=where,
            values=seen[refused],
            detail=f"allowed: {column.allowed_words}",
            action="cell left empty",
        )
    return rule.prefix + text if rule.prefix else text


def _joined(draft: Draft, rule: Rule) -> pd.Series[str]:
    texts = [as_text(draft.frame[name]) for name in rule.join]
    joined = texts[0]
    for text in texts[1:]:
        # A part that says nothing is left away, not written as a gap.
        both = joined.str.cat(text, sep=rule.separator)
        joined = both.fillna(joined).fillna(text)
    return joined.astype("str")


def _by_pattern(text: pd.Series[str], rule: Rule) -> pd.Series[str]:
    import pandas as pd

    patterns = [(re.compile(one, re.IGNORECASE), word) for one, word in rule.patterns]
    codes, distinct = distinct_cells(text)
    words: list[str | None] = []
    for cell in distinct:
        found = (word for pattern, word in patterns if pattern.search(str(cell)))
        words.append(next(found, rule.otherwise) or None)
    result = np.array([*words, None], dtype=object)[codes]
    return pd.Series(result, index=text.index, dtype="str")


def _without_feeds(
    text: pd.Series[str], draft: Draft, where: str, *, ledger: Ledger
) -> pd.Series[str]:
    """Blank every cell with a feed address or a password in it."""
    if not bool(text.str.contains("://", regex=False, na=False).any()):
        return text
    feed = text.map(lambda cell: mask_secrets(str(cell)) != str(cell))
    mask = feed.to_numpy(dtype=bool) & text.notna().to_numpy()
    ledger.add(
        draft.rows[mask],
        cause="feed address",
        column=where,
        values=text.to_numpy(dtype=object)[mask],
        detail="addresses of feeds are not kept in tables",
        action="cell left empty",
    )
    return text.mask(mask)


def spread_directions(
    draft: Draft, rule: Rule | None, layout: Table, *, ledger: Ledger
) -> Draft:
    """
    Give one row for each direction of each camera.

    Parameters
    ----------
    draft
        The rows, with their keys.
    rule
        The rule for ``bearing_deg``, or ``None``.
    layout
        The table.
    ledger
        The book: a direction that cannot be read leaves the bearing empty.

    Returns
    -------
    Draft
        With ``bearing_deg``; where a row has several directions its key gets ``/1``,
        ``/2`` ... and ``sector`` the same number. The width of a range of directions
        becomes ``hfov_deg`` where the source gives none.
    """
    import pandas as pd

    if rule is None or _DIRECTION not in layout.columns:
        return draft
    series, where = _source(draft, rule.columns)
    text = as_text(series)
    codes, distinct = distinct_cells(text)
    unknown: list[tuple[float, float | None]] = [(np.nan, None)]
    found, bad = [], []
    for word in distinct:
        try:
            found.append(list(parse_directions(str(word))))
            bad.append(False)
        except InputError:
            found.append(unknown)
            bad.append(True)
    unreadable = np.array([*bad, False], dtype=bool)[codes]
    blank = missing(text)
    if is_mistaken(unreadable, blank, rule=rule, column=_DIRECTION, ledger=ledger):
        return draft
    ledger.add(
        draft.rows[unreadable],
        cause="bearing_deg cannot be read",
        column=where,
        values=text.to_numpy(dtype=object)[unreadable],
        detail="allowed: degrees from true north, compass names, ranges, several by ;",
        action="cell left empty",
    )
    per_row = [*found, unknown]
    lists = [per_row[code] for code in codes]
    counts = np.array([len(one) for one in lists], dtype=np.int64)
    places = np.repeat(np.arange(len(draft)), counts)
    result = draft.take(places)
    flat = [one for directions in lists for one in directions]
    result.columns[_DIRECTION] = pd.Series([one[0] for one in flat], dtype="float64")
    widths = pd.Series([one[1] for one in flat], dtype="float64")
    if widths.notna().any():
        given = result.columns.get("hfov_deg", pd.Series(np.nan, index=widths.index))
        result.columns["hfov_deg"] = given.astype("float64").fillna(widths)
    return _number_sectors(result, counts, places, key=layout.key)


def _number_sectors(
    draft: Draft, counts: NDArray[np.int64], places: NDArray[np.int64], *, key: str
) -> Draft:
    import pandas as pd

    several = counts[places] > 1
    if not several.any():
        return draft
    number = np.arange(len(places)) - np.searchsorted(places, places) + 1
    keys = draft.columns[key].to_numpy(dtype=object).copy()
    keys[several] = [
        f"{one}/{place}"
        for one, place in zip(keys[several], number[several], strict=True)
    ]
    draft.columns[key] = pd.Series(keys, dtype="str")
    given = draft.columns.get("sector", pd.Series([None] * len(draft), dtype="str"))
    ours = pd.Series(number.astype(str), dtype="str").where(several)
    draft.columns["sector"] = given.astype("str").fillna(ours)
    return draft
