"""The headline numbers of a study in words, for the cameras of some tiers."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

__all__ = [
    "ALL_COUNTED",
    "COUNTED_TIER",
    "TIERS",
    "Headline",
    "announcement",
    "counted_tiers",
    "headline_states",
    "headlines",
    "percent",
    "quantity",
    "tier_options",
    "tier_tables",
]

TIERS: Final = ("public", "integrated", "registered", "planned")
COUNTED_TIER: Final = "registered"
"""The tier whose nested sum is the headline value: all tiers but planned."""

ALL_COUNTED = "public + integrated + registered"
_TITLES: Final = {
    "street_length": "Street seen",
    "incidents": "Incidents seen",
    "area": "Area seen",
    "calls": "Calls seen",
}
_SHORT: Final = {
    "street_length": "Street",
    "incidents": "Incidents",
    "area": "Area",
    "calls": "Calls",
}
_NOUNS: Final = {
    "street_length": "",
    "incidents": " incidents",
    "area": "",
    "calls": " calls",
}
_NAIVE_WORDS: Final = (
    "Naive: what a plain count of points in views would say, without asking whether "
    "the front of a geocoded building is seen."
)


@dataclass(frozen=True, slots=True)
class Headline:
    """
    One headline number, ready to be read.

    Parameters
    ----------
    key
        Name of the share in the summary.
    title
        What it is.
    value
        The share, such as ``"38 %"``.
    interval
        Its interval, or that there is none.
    of
        What it is a share of.
    naive
        The naive figure beside it, or nothing.
    basis
        What it rests on.
    fill
        CSS width of its bar, 0 to 100 %.
    """

    key: str
    title: str
    value: str
    interval: str
    of: str
    naive: str
    basis: str
    fill: str


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
        Whole per cent from 10 to 99, else one decimal; 0 and 100 only where it is so.

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
    if shown in {0.0, 100.0} or 10.0 <= shown < 99.0:
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


def counted_tiers(tier: str) -> tuple[str, ...]:
    """
    Give the tiers that are counted together when one is chosen.

    Parameters
    ----------
    tier
        The chosen one.

    Returns
    -------
    tuple of str
        It and those before it.

    Examples
    --------
    >>> counted_tiers("integrated")
    ('public', 'integrated')
    """
    return TIERS[: TIERS.index(tier) + 1]


def tier_options(cameras_by_tier: Mapping[str, int]) -> list[dict[str, str]]:
    """
    Give the choices of the tier selector.

    Parameters
    ----------
    cameras_by_tier
        How many cameras there are of each tier.

    Returns
    -------
    list of dict
        ``key``, ``label`` and ``hint`` of each; planned only where there are any.

    Examples
    --------
    >>> [one["label"] for one in tier_options({"public": 2, "planned": 0})]
    ['Public', '+ integrated', '+ registered']
    """
    options = []
    for tier in TIERS:
        if tier == "planned" and not cameras_by_tier.get(tier):
            continue
        count = sum(cameras_by_tier.get(one, 0) for one in counted_tiers(tier))
        label = "Public" if tier == TIERS[0] else f"+ {tier}"
        noun = "camera" if count == 1 else "cameras"
        hint = f"{' + '.join(counted_tiers(tier))}: {count:,} {noun}"
        if tier == "planned":
            hint += "; planned cameras are in no headline of a report"
        options.append({"key": tier, "label": label, "hint": hint})
    return options


def headlines(summary: Mapping[str, Any], tier: str = COUNTED_TIER) -> list[Headline]:
    """
    Give the headline numbers for the cameras of some tiers.

    Parameters
    ----------
    summary
        The study's ``summary.json``.
    tier
        Count the cameras of this tier and of those before it.

    Returns
    -------
    list of Headline
        Street, incidents, area and calls, as far as the study has them.
    """
    shares = summary["shares"]
    return [
        _headline(key, shares[key], tier)
        for key in _TITLES
        if shares.get(key) is not None
    ]


def _headline(key: str, share: Mapping[str, Any], tier: str) -> Headline:
    whole = tier == COUNTED_TIER
    value = share["value"] if whole else share["by_access"][tier]["nested"]
    low, high = (share["low"], share["high"]) if whole else (None, None)
    interval = (
        f"({percent(low, unit=False)}-{percent(high, unit=False)})"
        if low is not None and high is not None
        else "(no interval)"
    )
    noun = " street-visible" if key == "incidents" else _NOUNS[key]
    of = f"of {quantity(share['total'], share['unit'])}{noun}"
    naive = share.get("naive") if whole else None
    return Headline(
        key=key,
        title=_TITLES[key],
        value=percent(value),
        interval=interval,
        of=of,
        naive="" if naive is None else f"naive {percent(naive)}",
        basis=_basis(key, share, tier=tier, naive=naive is not None),
        fill=f"{100.0 * (value or 0.0):.1f}%",
    )


def _basis(key: str, share: Mapping[str, Any], *, tier: str, naive: bool) -> str:
    words = str(share["basis"])
    counted = " + ".join(counted_tiers(tier))
    if tier != COUNTED_TIER:
        words = (
            words.replace(ALL_COUNTED, counted)
            if ALL_COUNTED in words
            else f"{words}; here counted: {counted}"
        )
        if "no interval" not in words:
            words += "; no interval"
    words = f"{_TITLES[key]}: {words}."
    if key == "incidents":
        words += " Only offences and places that a street camera could see at all."
    return f"{words} {_NAIVE_WORDS}" if naive else words


def announcement(shown: Iterable[Headline], tier: str) -> str:
    """
    Give one sentence that tells a screen reader of changed numbers.

    Parameters
    ----------
    shown
        The headlines now on the page.
    tier
        The chosen tier.

    Returns
    -------
    str
        The sentence.
    """
    numbers = ", ".join(f"{one.title} {one.value}" for one in shown)
    return f"Counting {' + '.join(counted_tiers(tier))}: {numbers}."


def tier_tables(
    summary: Mapping[str, Any], options: Sequence[Mapping[str, str]]
) -> list[dict[str, Any]]:
    """
    Give the numbers by tier, added up and alone, as two tables.

    Parameters
    ----------
    summary
        The study's ``summary.json``.
    options
        As :func:`tier_options` gives them.

    Returns
    -------
    list of dict
        ``caption``, ``head`` and ``rows`` of each.
    """
    keys = [key for key in _TITLES if summary["shares"].get(key) is not None]
    head = ["Tier", *(_SHORT[key] for key in keys)]

    def rows(part: str) -> list[list[str]]:
        return [
            [
                option["label"] if part == "nested" else option["key"].capitalize(),
                *(
                    percent(summary["shares"][key]["by_access"][option["key"]][part])
                    for key in keys
                ),
            ]
            for option in options
        ]

    return [
        {"caption": "Tiers added up", "head": head, "rows": rows("nested")},
        {"caption": "Each tier alone", "head": head, "rows": rows("alone")},
    ]


def headline_states(shown: Iterable[Headline]) -> list[dict[str, str]]:
    """
    Give headlines as the page takes them.

    Parameters
    ----------
    shown
        The headlines.

    Returns
    -------
    list of dict
        One a headline, its fields as texts.
    """
    return [asdict(one) for one in shown]
