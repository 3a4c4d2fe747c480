"""Split shares by consent tier and kind of camera, and say what they rest on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from numpy.typing import NDArray

    from coveragekit.study.settings import Settings

__all__ = [
    "COUNTED",
    "TIERS",
    "WORKING",
    "basis_words",
    "camera_groups",
    "event_times",
    "fact",
    "groups_in_service",
    "observed_years",
    "rounded",
    "share_json",
    "zone_words",
]

# What can be looked at live comes first, then whom to ask, then what is only planned.
TIERS: Final = ("public", "integrated", "registered", "planned")
COUNTED: Final = "counted"
WORKING: Final = "working"
SHORTEST_SILENCE_DAYS: Final = 45.0
SILENCE_IN_GAPS: Final = 10.0
SHORTEST_SPAN_DAYS: Final = 30.0
DAYS_IN_A_YEAR: Final = 365.25


def camera_groups(cameras: pd.DataFrame) -> dict[str, NDArray[np.bool_]]:
    """
    Give the groups of cameras that each share is split by.

    Parameters
    ----------
    cameras
        Cameras with ``access`` and ``kind`` filled in.

    Returns
    -------
    dict
        Name to a flag for each camera: ``counted`` (every tier but planned), for each
        tier ``alone:TIER`` and ``nested:TIER`` (it and those before it), and
        ``kind:KIND`` among the counted.

    Examples
    --------
    >>> import pandas as pd
    >>> two = pd.DataFrame({"access": ["public", "planned"], "kind": ["dome", "ptz"]})
    >>> camera_groups(two)["counted"].tolist()
    [True, False]
    """
    access = cameras["access"].to_numpy(dtype="object")
    kind = cameras["kind"].to_numpy(dtype="object")
    everyone: NDArray[np.bool_] = access != "planned"
    groups = {COUNTED: everyone}
    for position, tier in enumerate(TIERS):
        groups[f"alone:{tier}"] = access == tier
        groups[f"nested:{tier}"] = np.isin(access, TIERS[: position + 1])
    for one in sorted(set(kind[everyone].tolist())):
        groups[f"kind:{one}"] = (kind == one) & everyone
    return groups


def groups_in_service(cameras: pd.DataFrame) -> dict[str, NDArray[np.bool_]]:
    """
    Give the groups that shares are split by, of cameras in service or not.

    Parameters
    ----------
    cameras
        Cameras with ``access``, ``kind``, ``active`` (in service at the time of the
        study) and ``works_now``.

    Returns
    -------
    dict
        As :func:`camera_groups`, each without cameras out of service, and ``working``:
        the counted ones that work now.

    Examples
    --------
    >>> import pandas as pd
    >>> two = pd.DataFrame({"access": ["public"] * 2, "kind": ["dome"] * 2,
    ...     "active": [True, False], "works_now": [False, False]})
    >>> {name: flags.tolist() for name, flags in groups_in_service(two).items()
    ...     if name in ("counted", "working")}
    {'counted': [True, False], 'working': [False, False]}
    """
    active = cameras["active"].to_numpy(dtype=np.bool_)
    works = cameras["works_now"].to_numpy(dtype=np.bool_)
    groups = {name: flags & active for name, flags in camera_groups(cameras).items()}
    return groups | {WORKING: groups[COUNTED] & works}


def fact(value: float | None) -> dict[str, Any]:
    """
    Give a number as the summary holds it, before scenes have given its interval.

    Parameters
    ----------
    value
        The number, if there is one.

    Returns
    -------
    dict
        ``value``, ``low`` and ``high``.

    Examples
    --------
    >>> fact(0.5)
    {'value': 0.5, 'low': None, 'high': None}
    """
    return {"value": rounded(value), "low": None, "high": None}


def share_json(
    facts: Mapping[str, Any],
    basis: str,
    *,
    total: float,
    unit: str,
    naive: float | None = None,
) -> dict[str, Any]:
    """
    Give a share as the summary holds it.

    Parameters
    ----------
    facts
        ``groups`` (the groups of :func:`groups_in_service` to their share) and whatever
        else is to stand beside the value.
    basis
        What the number rests on, in words.
    total
        What there is, in ``unit``.
    unit
        ``m2``, ``m`` or what is counted.
    naive
        The number that a plain point-in-polygon count would give.

    Returns
    -------
    dict
        JSON-ready; ``low`` and ``high`` are null until scenes are computed.
    """
    values = facts["groups"]
    kinds = {
        name.partition(":")[2]: one
        for name, one in values.items()
        if name.startswith("kind:")
    }
    return {
        "value": values[COUNTED],
        "low": None,
        "high": None,
        "nominal": values[COUNTED],
        "naive": rounded(naive),
        "total": round(total, 1),
        "unit": unit,
        "basis": basis,
        "by_access": {
            tier: {
                "alone": values[f"alone:{tier}"],
                "nested": values[f"nested:{tier}"],
            }
            for tier in TIERS
        },
        "by_kind": kinds,
        **{name: one for name, one in facts.items() if name != "groups"},
    }


def rounded(share: float | None) -> float | None:
    """
    Give a share as the summary rounds it.

    Parameters
    ----------
    share
        The share, if there is one.

    Returns
    -------
    float or None
        Six decimals; rounding dust past 1 is cut.

    Examples
    --------
    >>> rounded(1.0000001), rounded(None)
    (1.0, None)
    """
    return None if share is None else round(min(float(share), 1.0), 6)


def event_times(name: str, table: pd.DataFrame) -> pd.Series[Any]:
    """
    Give the time that dates each incident or call.

    Parameters
    ----------
    name
        ``incidents`` or ``calls``.
    table
        The table.

    Returns
    -------
    pandas.Series
        For a call when it was received; for an incident when it was reported, or where
        no source says that, when it may first have happened. Reports come in as time
        goes by; what happened may be years older, or a slip of the pen.

    Examples
    --------
    >>> import pandas as pd
    >>> day = pd.to_datetime(["2022-01-01"], utc=True)
    >>> unknown = pd.to_datetime([None], utc=True)
    >>> one = pd.DataFrame({"occurred_from": day, "reported_at": unknown})
    >>> str(event_times("incidents", one)[0])
    '2022-01-01 00:00:00+00:00'
    """
    if name == "calls":
        return table["received_at"]
    return table["reported_at"].fillna(table["occurred_from"])


def observed_years(times: pd.Series[Any]) -> float:
    """
    Give for how many years a table of dated rows was kept.

    Parameters
    ----------
    times
        Times of the rows; missing ones are left out.

    Returns
    -------
    float
        Years, at least thirty days' worth, so that the file of one day is not blown up
        to a year; 0 where no row has a time.

    Notes
    -----
    From the first to the last row, without silences, because a police file that skips a
    year must not halve the yearly rate. A silence is longer than 45 days and than ten
    times the usual time between two rows, so that rare rows are not taken for silence.

    Examples
    --------
    >>> import pandas as pd
    >>> days = pd.Series(pd.date_range("2020", "2022", freq="D", tz="UTC"))
    >>> round(observed_years(days), 2)
    2.0
    """
    known = times.dropna().sort_values()
    if known.empty:
        return 0.0
    days = known.diff().dropna().dt.total_seconds() / 86400.0
    usual = float(days[days > 0.0].median()) if (days > 0.0).any() else 0.0
    silence = max(SHORTEST_SILENCE_DAYS, SILENCE_IN_GAPS * usual)
    kept = float(days[days <= silence].sum())
    return max(kept, SHORTEST_SPAN_DAYS) / DAYS_IN_A_YEAR


def basis_words(settings: Settings, density_px_per_m: float) -> str:
    """
    Give in words what every share of a build rests on.

    Parameters
    ----------
    settings
        The study's settings.
    density_px_per_m
        Pixel density of its purpose.

    Returns
    -------
    str
        Purpose, edition, day, design, time and tiers.
    """
    hides = {
        "flat": "walls hide whatever their height",
        "surface": "walls and hills hide by their height",
    }
    turns = "" if settings.ptz == "now" else f", cameras that turn by {settings.ptz}"
    return (
        f"{settings.purpose} ({density_px_per_m:g} px/m, IEC 62676-4 edition "
        f"{settings.edition}) on targets {settings.parameters.target_height_m:g} m "
        "high, by day, as designed, cameras active at "
        f"{settings.as_of:%Y-%m-%d %H:%M} UTC, public + integrated + registered"
        f"{turns}; {hides[settings.relief]}"
    )


def zone_words(count: int) -> str:
    """
    Say that privacy zones are cut from what is seen, and stay in what could be.

    Parameters
    ----------
    count
        How many zones the study has.

    Returns
    -------
    str
        To be put behind a basis; nothing where there are none.

    Examples
    --------
    >>> zone_words(1)
    '; 1 privacy zone is cut from what is seen'
    """
    if count == 0:
        return ""
    plural = " is" if count == 1 else "s are"
    return f"; {count:,} privacy zone{plural} cut from what is seen"
