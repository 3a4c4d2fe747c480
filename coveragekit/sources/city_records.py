"""Draw what a register says of the made-up city's cameras beside their optics."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from coveragekit.sources.city_rules import blanked, city_rules, draw_words

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from coveragekit.sources.city_town import Town

__all__ = ["draw_records"]

_DAY = pd.Timedelta(days=1)
_OLDEST = pd.Timestamp("2014-03-01", tz="UTC")


def draw_records(
    town: Town,
    site: NDArray[np.intp],
    edge: NDArray[np.intp],
    *,
    rng: np.random.Generator,
) -> dict[str, Any]:
    """
    Give names, tiers, states, dates and hours of cameras.

    Parameters
    ----------
    town
        The city that was built.
    site
        Row of the building of each camera, -1 on a pole.
    edge
        Row of the street of each.
    rng
        Generator of random numbers.

    Returns
    -------
    dict
        Column to values.
    """
    rules = city_rules()["cameras"]
    n = len(site)
    missing = {key: rng.random(n) < share for key, share in rules["missing"].items()}
    access = np.where(
        site < 0,
        draw_words(rules["pole_tiers"], n, rng),
        draw_words(rules["tiers"], n, rng),
    )
    # Who shares one camera of a place shares them all.
    first = _first_of(site)
    access = np.where(site < 0, access, access[first])
    status = np.where(
        access == "planned", "unknown", draw_words(rules["statuses"], n, rng)
    )
    hours = draw_words(rules["recording_hours"], n, rng)
    days = np.array(draw_words(rules["retention_days"], n, rng), dtype=np.float64)
    names, sectors = _names(town, site, edge)
    owner = [f"simulated-owner-{row:06d}" for row in site]
    return {
        "camera_id": [f"simulated-camera-{row:06d}" for row in range(1, n + 1)],
        "name": blanked(names, missing["name"]),
        "access": access,
        "status": status,
        "recording_hours": blanked(hours, missing["recording_hours"]),
        "retention_days": np.where(missing["retention"], np.nan, days),
        "sector": sectors,
        "owner_id": np.where(site < 0, "simulated-owner-city", owner),
        "address": blanked(_addresses(town, site, edge), missing["address"]),
        "source": "simulated",
        "source_id": [f"{row}" for row in range(1, n + 1)],
        **_dates(access, status, missing, end=town.last, rng=rng),
    }


def _first_of(site: NDArray[np.intp]) -> NDArray[np.intp]:
    """Give for each camera the first one of its place."""
    _, first, of = np.unique(site, return_index=True, return_inverse=True)
    return np.asarray(first[of])


def _names(
    town: Town, site: NDArray[np.intp], edge: NDArray[np.intp]
) -> tuple[NDArray[np.object_], NDArray[np.object_]]:
    """Name each camera after its place, its house or its street, with a number."""
    n = len(site)
    label = _addresses(town, site, edge)
    _, group = np.unique(np.where(site < 0, -1 - edge, site), return_inverse=True)
    order = np.argsort(group, kind="stable")
    begin = np.searchsorted(group[order], group[order])
    number = np.empty(n, dtype=np.int64)
    number[order] = np.arange(n) - begin + 1
    count = np.bincount(group, minlength=1)[group] if n else np.empty(0, dtype=np.intp)
    place = np.full(len(town.houses.shapes) + 1, None, dtype=object)
    place[town.place_building] = town.place_names
    named = place[site]
    # A place without a name is blank, which pandas may hold as not-a-number.
    known = np.array([isinstance(text, str) for text in named], bool) & (site >= 0)
    label = np.where(known, named, label)
    names = [
        text if few == 1 else f"{text} {one}"
        for text, few, one in zip(label, count.tolist(), number.tolist(), strict=True)
    ]
    sectors = blanked(number.astype(str), count < 2)
    return np.array(names, dtype=object), sectors


def _addresses(
    town: Town, site: NDArray[np.intp], edge: NDArray[np.intp]
) -> NDArray[np.object_]:
    named = town.network.names[edge]
    house = site >= 0
    named[house] = town.fronts.address[site[house]]
    return named


def _dates(
    access: NDArray[np.object_],
    status: NDArray[np.object_],
    missing: dict[str, NDArray[np.bool_]],
    *,
    end: pd.Timestamp,
    rng: np.random.Generator,
) -> dict[str, Any]:
    n = len(access)
    # The programme grows: the square root puts more of its beginnings near the end.
    days = (end - _OLDEST) / _DAY
    begun = _later(_OLDEST, days * np.sqrt(rng.random(n)) * 0.999)
    planned = access == "planned"
    begun = begun.mask(planned, _later(end, rng.uniform(20.0, 400.0, n)))
    begun = begun.dt.floor("D")
    ended = rng.random(n) < city_rules()["cameras"]["active_to_share"]
    until = begun + pd.to_timedelta(rng.uniform(90.0, 2500.0, n), unit="D")
    silent = missing["active_from"]
    ago = np.where(
        status == "online",
        rng.uniform(0.0, 0.6, n),
        np.where(
            status == "offline", rng.uniform(1.5, 120.0, n), rng.uniform(0.2, 9.0, n)
        ),
    )
    verified = _later(end, -rng.uniform(3.0, 900.0, n)).dt.floor("D")
    return {
        "last_seen_at": _later(end, -ago).dt.floor("s").mask(planned),
        "active_from": begun.mask(silent),
        "active_to": until.dt.floor("D").where(ended & ~silent & ~planned),
        "verified_at": verified.mask(missing["verified"] | planned),
    }


def _later(start: pd.Timestamp, days: NDArray[np.float64]) -> pd.Series[Any]:
    return pd.Series(start + pd.to_timedelta(np.round(days * 86400.0), unit="s"))
