"""What an offence is by its code or words, and whether a street camera could see it."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

__all__ = ["classify_offences", "nibrs_code", "nibrs_codes", "street_visible"]


@cache
def _data() -> dict[str, Any]:
    path = files("coveragekit.model").joinpath("data/offences.toml")
    return tomllib.loads(path.read_text("utf-8"))


def nibrs_codes() -> Mapping[str, Mapping[str, str]]:
    """
    Give every NIBRS code with its name, victim kind, summary class and visibility.

    Returns
    -------
    mapping
        Code to ``name``, ``against``, ``part1`` and ``street``.

    References
    ----------
    FBI, National Incident-Based Reporting System User Manual.

    Examples
    --------
    >>> nibrs_codes()["23F"]["name"]
    'Theft from motor vehicle'
    """
    codes: Mapping[str, Mapping[str, str]] = _data()["codes"]
    return codes


def _plain(text: object) -> str:
    return re.sub(r"[^a-z0-9]+", " ", str(text).lower()).strip()


@cache
def _by_words() -> dict[str, tuple[str, str]]:
    words = {
        _plain(block["name"]): (code, block["street"])
        for code, block in nibrs_codes().items()
    }
    for literal, block in _data()["literals"].items():
        code = block["code"]
        street = block.get("street", nibrs_codes()[code]["street"])
        words[_plain(literal)] = (code, street)
    return words


def nibrs_code(category: object, offense_code: object = None) -> str | None:
    """
    Give the NIBRS code of an offence from its code or its words.

    Parameters
    ----------
    category
        The offence in the source's words, such as ``"LARCENY-FROM VEHICLE"``.
    offense_code
        Its code, if the source has one; two or three characters, any case, with or
        without leading zeros.

    Returns
    -------
    str or None
        The code, or ``None`` where neither is known.

    Examples
    --------
    >>> nibrs_code("AUTO THEFT"), nibrs_code(None, "23f"), nibrs_code("lost dog")
    ('240', '23F', None)
    """
    known = nibrs_codes()
    if isinstance(offense_code, str):
        code = offense_code.strip().upper()
        if code in known:
            return code
        if code.zfill(3) in known:
            return code.zfill(3)
    if isinstance(category, str):
        found = _by_words().get(_plain(category))
        if found is not None:
            return found[0]
    return None


def classify_offences(incidents: pd.DataFrame) -> pd.DataFrame:
    """
    Give for each incident its NIBRS code and whether a street camera could see it.

    Parameters
    ----------
    incidents
        The table ``incidents``, or any frame with ``category``, ``offense_code`` and
        ``location_type``.

    Returns
    -------
    pandas.DataFrame
        On the index of ``incidents``: ``nibrs_code`` (missing where not known),
        ``street_visible`` (bool) and ``classified`` (bool). An offence that is not
        known counts as visible, so that a city's own words do not empty the headline;
        how many there are is for the caller to say.

    Notes
    -----
    The rules stand in ``model/data/offences.toml``: some offences are on the street by
    their nature, some never, and the others are where their kind of place is outdoors
    or not known.

    Examples
    --------
    >>> import pandas as pd
    >>> two = pd.DataFrame({"category": ["AUTO THEFT", "BURGLARY"],
    ...     "offense_code": [None, None], "location_type": [None, None]})
    >>> classify_offences(two)["street_visible"].tolist()
    [True, False]
    """
    import numpy as np
    import pandas as pd

    # A city has a million rows and a few hundred different ones.
    codes, words = [], []
    for column in ("category", "offense_code", "location_type"):
        code, known = pd.factorize(incidents[column].astype("object"))
        words.append([*known, None])
        codes.append(code % len(words[-1]))
    sizes = tuple(len(known) for known in words)
    keys, row_of = np.unique(np.ravel_multi_index(codes, sizes), return_inverse=True)
    told = [
        _classify(*(known[at] for known, at in zip(words, cell, strict=True)))
        for cell in zip(*np.unravel_index(keys, sizes), strict=True)
    ]
    table = pd.DataFrame(told, columns=["nibrs_code", "street_visible", "classified"])
    table = table.astype(
        {"nibrs_code": "str", "street_visible": bool, "classified": bool}
    )
    return table.take(row_of.ravel()).set_axis(incidents.index)


def _classify(
    category: object, offense_code: object, location_type: object
) -> tuple[str | None, bool, bool]:
    code = nibrs_code(category, offense_code)
    if code is None:
        return None, True, False
    street = nibrs_codes()[code]["street"]
    if isinstance(category, str):
        words = _by_words().get(_plain(category))
        if words is not None and words[0] == code:
            street = words[1]
    if street == "outdoors":
        return code, not _is_indoors(location_type), True
    return code, street == "always", True


@cache
def _indoors() -> frozenset[str]:
    return frozenset(_plain(name) for name in _data()["locations"]["indoors"])


def _is_indoors(location_type: object) -> bool:
    if not isinstance(location_type, str):
        return False
    return _plain(location_type.removeprefix("0")) in _indoors()


def street_visible(incidents: pd.DataFrame) -> pd.Series[bool]:
    """
    Tell for each incident whether a street camera could see it at all.

    Parameters
    ----------
    incidents
        As for :func:`classify_offences`.

    Returns
    -------
    pandas.Series of bool
        On the index of ``incidents``, named ``street_visible``.

    Examples
    --------
    >>> import pandas as pd
    >>> one = pd.DataFrame({"category": ["Shoplifting"], "offense_code": ["23C"],
    ...     "location_type": [None]})
    >>> street_visible(one).tolist()
    [False]
    """
    return classify_offences(incidents)["street_visible"]
