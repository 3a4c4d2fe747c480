"""Name what a pixel density is good for, by edition of IEC 62676-4."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal

from coveragekit.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "Edition",
    "band_density_px_per_m",
    "band_of",
    "bands",
    "edition",
    "editions",
]


@dataclass(frozen=True, slots=True)
class Edition:
    """
    One edition of the standard with its bands and where the numbers came from.

    Parameters
    ----------
    name
        Its year, as used in a study's settings.
    title
        Its full name, for legends.
    status
        ``published`` where the text was seen, ``draft`` where it was not.
    source
        Where the numbers came from.
    default_purpose
        The band used where a study names none.
    bands
        Purpose to pixels per metre, from coarse to fine.
    """

    name: str
    title: str
    status: Literal["published", "draft"]
    source: str
    default_purpose: str
    bands: Mapping[str, float]

    @property
    def is_draft(self) -> bool:
        """Whether the numbers come from a draft, which every legend has to say."""
        return self.status == "draft"


@cache
def _editions() -> dict[str, Edition]:
    text = files("coveragekit.optics").joinpath("data/bands.toml").read_text("utf-8")
    parsed: dict[str, dict[str, Any]] = tomllib.loads(text)
    return {
        name: Edition(
            name=name,
            title=block["title"],
            status=block["status"],
            source=block["source"],
            default_purpose=block["default_purpose"],
            bands=MappingProxyType(dict(block["bands"])),
        )
        for name, block in parsed.items()
    }


def editions() -> tuple[str, ...]:
    """
    Give the editions of IEC 62676-4 whose bands are known.

    Returns
    -------
    tuple of str
        Their names, oldest first.

    Examples
    --------
    >>> editions()
    ('2014', '2025')
    """
    return tuple(_editions())


def edition(name: str = "2014") -> Edition:
    """
    Give one edition with its bands, its status and the source of its numbers.

    Parameters
    ----------
    name
        One of :func:`editions`.

    Returns
    -------
    Edition
        The edition.

    Raises
    ------
    InputError
        No edition has that name.

    Examples
    --------
    >>> edition("2025").is_draft
    True
    """
    try:
        return _editions()[name]
    except KeyError:
        known = ", ".join(_editions())
        message = f"there is no edition {name!r} of IEC 62676-4 here; allowed: {known}"
        raise InputError(message) from None


def bands(edition_name: str = "2014") -> Mapping[str, float]:
    """
    Give the pixel density that each purpose asks for, in one edition.

    Parameters
    ----------
    edition_name
        One of :func:`editions`.

    Returns
    -------
    collections.abc.Mapping
        Purpose to pixels per metre on the target, from coarse to fine; read-only.

    Raises
    ------
    InputError
        No edition has that name.

    Examples
    --------
    >>> dict(bands("2014"))["observe"]
    62.5
    """
    return edition(edition_name).bands


def band_density_px_per_m(purpose: str, edition_name: str = "2014") -> float:
    """
    Give the pixel density that one purpose asks for.

    Parameters
    ----------
    purpose
        A band of that edition, such as ``"observe"``.
    edition_name
        One of :func:`editions`; the same density has other names in other editions.

    Returns
    -------
    float
        Pixels per metre on the target.

    Raises
    ------
    InputError
        No edition has that name, or the edition has no such band.

    Examples
    --------
    >>> band_density_px_per_m("identify", "2014")
    250.0
    """
    known = bands(edition_name)
    try:
        return known[purpose]
    except KeyError:
        message = (
            f"IEC 62676-4 edition {edition_name} has no band {purpose!r}; "
            f"allowed: {', '.join(known)}"
        )
        raise InputError(message) from None


def band_of(density_px_per_m: float, edition_name: str = "2014") -> str | None:
    """
    Give the finest purpose that a pixel density serves.

    Parameters
    ----------
    density_px_per_m
        Pixels per metre on the target, 0 or more; not-a-number where unknown.
    edition_name
        One of :func:`editions`.

    Returns
    -------
    str or None
        Name of the band; ``None`` where the density serves no purpose or is unknown.

    Raises
    ------
    InputError
        No edition has that name, or the density is negative.

    Examples
    --------
    >>> band_of(88.0), band_of(88.0, "2025"), band_of(3.0)
    ('observe', 'discern', None)
    """
    known = bands(edition_name)
    if density_px_per_m < 0.0:
        message = f"density_px_per_m is {density_px_per_m:g}; allowed: 0 or more"
        raise InputError(message)
    served = [name for name, least in known.items() if density_px_per_m >= least]
    return max(served, key=lambda name: known[name], default=None)
