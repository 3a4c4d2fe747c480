"""Compare the street that an address names with the names that a map gives streets."""

from __future__ import annotations

import re
from functools import lru_cache

__all__ = ["HOUSE", "plain_name", "streets_named", "without_side"]

_SHORT = {
    "north": "n",
    "south": "s",
    "east": "e",
    "west": "w",
    "northeast": "ne",
    "northwest": "nw",
    "southeast": "se",
    "southwest": "sw",
    "street": "st",
    "avenue": "ave",
    "av": "ave",
    "boulevard": "blvd",
    "road": "rd",
    "drive": "dr",
    "place": "pl",
    "lane": "ln",
    "court": "ct",
    "circle": "cir",
    "terrace": "ter",
    "parkway": "pkwy",
    "highway": "hwy",
    "expressway": "expy",
    "square": "sq",
    "alley": "aly",
    "trail": "trl",
    "bridge": "brg",
    "saint": "st",
    "fort": "ft",
    "mount": "mt",
}
_SIDES = frozenset({"n", "s", "e", "w", "ne", "nw", "se", "sw"})
# "100 BLOCK OF", "1XX BLK", "XX00", "727 -", "100-199": what stands before the name.
_NUMBERS = re.compile(
    r"^\s*(?:block\s+of\s+)?(?:[\dx]*\d[\dx]*\b|x{2,}\b)?"
    r"(?:\s*-\s*[\dx]*\d[\dx]*\b)?\s*-?\s*(?:(?:block|blk)\b)?\s*(?:of\b)?\s*"
)
# A plain number before a word that is surely none of what else may stand there.
HOUSE = r"^\d+[ \t]+([ac-np-wyz])"
_HOUSE = re.compile(HOUSE)
_CROSSING = re.compile(r"[/&@]|\b(?:and|at)\b")
_NOT_WORDS = re.compile(r"[^0-9a-z]+")


@lru_cache(maxsize=65_536)
def plain_name(name: str) -> str:
    """
    Give a street's name in small letters and the usual short forms.

    Parameters
    ----------
    name
        As a map or an address has it.

    Returns
    -------
    str
        Words with single spaces between; empty where there is none.

    Examples
    --------
    >>> plain_name("Wylie Street Southeast"), plain_name("WYLIE ST. SE")
    ('wylie st se', 'wylie st se')
    """
    words = _NOT_WORDS.sub(" ", name.lower().replace("'", "")).split()
    return " ".join(_SHORT.get(word, word) for word in words)


@lru_cache(maxsize=65_536)
def without_side(plain: str) -> str:
    """
    Give a plain name without the compass words at its beginning and end.

    Parameters
    ----------
    plain
        What :func:`plain_name` gives.

    Returns
    -------
    str
        At least one word of it.

    Examples
    --------
    >>> without_side("n highland ave ne"), without_side("n")
    ('highland ave', 'n')
    """
    words = plain.split()
    while len(words) > 1 and words[-1] in _SIDES:
        words.pop()
    while len(words) > 1 and words[0] in _SIDES:
        words.pop(0)
    return " ".join(words)


def streets_named(address: str) -> tuple[str, ...]:
    """
    Give the plain names of the streets that an address names.

    Parameters
    ----------
    address
        A house, a block or a crossing, as police records write them.

    Returns
    -------
    tuple of str
        One for a house or block, two or more for a crossing, none for no text.

    Examples
    --------
    >>> streets_named("100 BLOCK OF WYLIE ST SE")
    ('wylie st se',)
    >>> streets_named("EDGEWOOD AVE NE / BOULEVARD NE")
    ('edgewood ave ne', 'blvd ne')
    """
    # A city's houses are many, its streets few.
    return _streets_after_house(_HOUSE.sub(r"\1", address.strip().lower(), count=1))


@lru_cache(maxsize=65_536)
def _streets_after_house(address: str) -> tuple[str, ...]:
    # What follows on further lines or behind a comma is the town.
    line = re.split(r"[,;\n]", address, maxsplit=1)[0]
    parts = _CROSSING.split(line)
    names = (plain_name(_NUMBERS.sub("", part, count=1)) for part in parts)
    return tuple(dict.fromkeys(name for name in names if name))
