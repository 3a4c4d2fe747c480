"""Say shares, amounts and intervals in words, the same on every page."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "NO_INTERVAL",
    "SHARE_TITLES",
    "amount",
    "figure_words",
    "interval_words",
    "percent",
    "quantity",
    "whole_words",
]

NO_INTERVAL: Final = "no interval yet: coveragekit build STUDY --scenes 64"
"""What a basis says of a number whose uncertainty was not computed."""

SHARE_TITLES: Final = {
    "street_length": "Street seen",
    "incidents": "Incidents seen",
    "area": "Ground seen",
    "calls": "Calls seen",
}
"""The shares that are headlines, in their order, and what people call them."""

_NOUNS: Final = {"incidents": " street-visible", "calls": " calls"}


def percent(share: float | None, *, unit: bool = True) -> str:
    """
    Give a share in per cent, as finely as it can be read and never falsely round.

    Parameters
    ----------
    share
        0 to 1; ``None`` where there is nothing to take a share of.
    unit
        With the sign.

    Returns
    -------
    str
        Whole per cent from 9.95 to 99, else one decimal; 0 and 100 only where it is
        so.

    Examples
    --------
    >>> [percent(share) for share in (0.384, 0.0, 0.0321, 0.0002, 0.9996, 1.0, None)]
    ['38 %', '0 %', '3.2 %', '< 0.1 %', '> 99.9 %', '100 %', 'no number']
    """
    if share is None or math.isnan(share):
        return "no number"
    sign = " %" if unit else ""
    shown = 100.0 * share
    if 0.0 < shown < 0.1:
        return f"< 0.1{sign}"
    if 99.9 < shown < 100.0:
        return f"> 99.9{sign}"
    if shown in {0.0, 100.0} or 9.95 <= shown < 99.0:
        return f"{shown:.0f}{sign}"
    return f"{shown:.1f}{sign}"


def quantity(total: float, unit: str) -> str:
    """
    Give an amount with the unit in which people read it.

    Parameters
    ----------
    total
        The amount, 0 or more.
    unit
        ``"m"``, ``"m2"``, ``"incidents"`` or ``"calls"``.

    Returns
    -------
    str
        Such as ``"412 km"``; counts have no unit.

    Examples
    --------
    >>> quantity(412_300.0, "m"), quantity(214_500.0, "m2"), quantity(487.0, "calls")
    ('412 km', '0.21 km²', '487')
    """
    if unit == "m":
        return _scaled(total / 1000.0, " km")
    if unit == "m2":
        return _scaled(total / 1e6, " km²")
    return f"{total:,.0f}"


def _scaled(amount: float, unit: str) -> str:
    digits = 0 if amount >= 100.0 else 1 if amount >= 1.0 else 2
    return f"{amount:,.{digits}f}{unit}"


def amount(value: float) -> str:
    """
    Give a count or a length as short as it can be read.

    Parameters
    ----------
    value
        0 or more.

    Returns
    -------
    str
        One decimal below 10, else whole with separators.

    Examples
    --------
    >>> amount(0.0), amount(7.68), amount(1240.2)
    ('0', '7.7', '1,240')
    """
    return f"{value:.1f}" if 0.0 < value < 9.95 else f"{value:,.0f}"


def interval_words(low: float | None, high: float | None) -> str:
    """
    Give an interval of a share in brackets.

    Parameters
    ----------
    low, high
        Its ends, 0 to 1; ``None`` where there is no interval.

    Returns
    -------
    str
        Such as ``"(34-41)"``, in per cent; empty where there is none, or where it is
        one number, which says no more than the share does.

    Examples
    --------
    >>> interval_words(0.34, 0.412), interval_words(None, None), interval_words(0, 0)
    ('(34-41)', '', '')
    """
    if low is None or high is None or low == high:
        return ""
    return f"({percent(low, unit=False)}-{percent(high, unit=False)})"


def figure_words(figure: Mapping[str, Any]) -> str:
    """
    Give a share with its interval, where it has one.

    Parameters
    ----------
    figure
        ``value``, ``low`` and ``high``, each 0 to 1 or ``None``.

    Returns
    -------
    str
        Such as ``"38 % (34-41)"``.

    Examples
    --------
    >>> figure_words({"value": 0.38, "low": 0.34, "high": 0.41})
    '38 % (34-41)'
    """
    interval = interval_words(figure.get("low"), figure.get("high"))
    return f"{percent(figure['value'])} {interval}".strip()


def whole_words(key: str, share: Mapping[str, Any]) -> str:
    """
    Give what a share is of.

    Parameters
    ----------
    key
        Its name in the summary.
    share
        Its entry there, with ``total`` and ``unit``.

    Returns
    -------
    str
        Such as ``"of 487 street-visible"``.

    Examples
    --------
    >>> whole_words("street_length", {"total": 5214.0, "unit": "m"})
    'of 5.2 km'
    """
    return f"of {quantity(share['total'], share['unit'])}{_NOUNS.get(key, '')}"
