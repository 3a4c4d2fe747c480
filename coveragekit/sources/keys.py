"""Give every row its key: from the source, from its report, or by file and row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from coveragekit.sources.loaded import counted

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from numpy.typing import NDArray

    from coveragekit.model import Table
    from coveragekit.sources.aliases import Rule
    from coveragekit.sources.draft import Draft
    from coveragekit.sources.loaded import Ledger

__all__ = ["give_keys", "number_repeats"]


def give_keys(
    draft: Draft, rules: Mapping[str, Rule], layout: Table, *, stem: str, ledger: Ledger
) -> Draft:
    """
    Give the rows with a key that no two of them share.

    Parameters
    ----------
    draft
        The rows, their columns filled.
    rules
        Column of the table to its rule.
    layout
        The table.
    stem
        Name of the source without its ending; it begins the keys that we make.
    ledger
        The book: rows that stand twice cell for cell are kept once; rows that share a
        key and differ are all kept, and the later ones get ``~2``, ``~3`` ...

    Returns
    -------
    Draft
        The rows kept.

    Notes
    -----
    One report with several offences is no duplicate: where incidents share a number
    that names a report, they are numbered without being written down as faults.
    """
    import pandas as pd

    key, from_report = layout.key, False
    if layout.name == "incidents" and key not in rules and "report_id" in rules:
        draft.columns[key] = draft.columns["report_id"]
        from_report = True
    if key not in draft.columns:
        ledger.notice(
            f"{ledger.source} has no column of ids; its rows are named by file and row"
        )
        draft.columns[key] = pd.Series(
            [f"{stem}-{row}" for row in draft.rows], dtype="str"
        )
        draft.assume(key, np.ones(len(draft), dtype=bool))
        return draft
    _name_nameless(draft, key, stem, ledger=ledger)
    draft = _once_only(draft, key, ledger)
    again = draft.columns[key].duplicated().to_numpy(dtype=bool)
    if not again.any():
        return draft
    from_report = from_report or _is_report(rules, key)
    if layout.name == "incidents" and not from_report and "report_id" not in rules:
        draft.columns["report_id"] = draft.columns[key]
        from_report = True
    before = draft.columns[key].to_numpy(dtype=object)
    numbered = number_repeats(draft.columns[key])
    draft.columns[key] = numbered
    if from_report:
        ledger.notice(
            f"further offences of a report in {ledger.source}: "
            f"{counted(int(again.sum()), 'row')}, whose ids carry a number (~2, ~3 ...)"
        )
    else:
        ledger.add(
            draft.rows[again],
            cause="duplicate id",
            column=key,
            values=before[again],
            detail="the rows differ; all are kept, the later ones numbered (~2 ...)",
            action="repaired",
        )
    return draft


def _is_report(rules: Mapping[str, Rule], key: str) -> bool:
    """Tell whether the key is made of the report's number."""
    if "report_id" not in rules or key not in rules:
        return False
    return bool(set(rules["report_id"].needs) & set(rules[key].needs))


def _name_nameless(draft: Draft, key: str, stem: str, *, ledger: Ledger) -> None:
    names = draft.columns[key]
    none = names.isna().to_numpy(dtype=bool)
    if not none.any():
        return
    values = names.to_numpy(dtype=object).copy()
    values[none] = [f"{stem}-{row}" for row in draft.rows[none]]
    draft.columns[key] = _text(values)
    draft.assume(key, none)
    ledger.add(
        draft.rows[none],
        cause="missing id",
        column=key,
        values="",
        detail="named by file and row",
        action="repaired",
    )


def _once_only(draft: Draft, key: str, ledger: Ledger) -> Draft:
    shared = draft.columns[key].duplicated(keep=False).to_numpy(dtype=bool)
    if not shared.any():
        return draft
    import shapely

    places = np.flatnonzero(shared)
    cells = draft.frame.iloc[places].astype("str")
    cells = cells.assign(
        **{"(shape)": shapely.to_wkb(draft.geometry[places], hex=True)}
    )
    double = np.zeros(len(draft), dtype=bool)
    double[places] = cells.duplicated().to_numpy(dtype=bool)
    ledger.add(
        draft.rows[double],
        cause="duplicate row",
        column=key,
        values=draft.columns[key].to_numpy(dtype=object)[double],
        detail="the same as an earlier row, cell for cell",
        action="row left out",
    )
    return draft.take(~double)


def number_repeats(keys: pd.Series[Any]) -> pd.Series[Any]:
    """Give repeated keys a number, passing over those that another row bears."""
    import pandas as pd

    number = keys.groupby(keys, sort=False).cumcount().to_numpy()
    values = keys.to_numpy(dtype=object).copy()
    taken = set(values[number == 0])
    for place in np.flatnonzero(number):
        count = int(number[place]) + 1
        while f"{values[place]}~{count}" in taken:
            count += 1
        values[place] = f"{values[place]}~{count}"
        taken.add(values[place])
    return pd.Series(values, dtype="str")


def _text(values: NDArray[np.object_]) -> pd.Series[Any]:
    import pandas as pd

    return pd.Series(values, dtype="str")
