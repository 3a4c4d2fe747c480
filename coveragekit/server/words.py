"""The words of the pages in every language they can be read in."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Final

from coveragekit.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["LANGUAGES", "chosen_language", "words_of"]

LANGUAGES: Final[Mapping[str, str]] = {"en": "English", "es": "Español"}
"""Code of each language and its own name for itself."""
_FIRST: Final = "en"


@cache
def words_of(language: str) -> Mapping[str, str]:
    """
    Give all words of a language.

    Parameters
    ----------
    language
        One of ``LANGUAGES``.

    Returns
    -------
    Mapping
        Key, such as ``"where.title"``, to the words.

    Raises
    ------
    InputError
        There is no such language.

    Examples
    --------
    >>> words_of("es")["where.step"]
    'Lugar'
    """
    if language not in LANGUAGES:
        message = f"language is {language!r}; allowed: {', '.join(LANGUAGES)}"
        raise InputError(message)
    path = files("coveragekit.server") / "data" / "words" / f"{language}.toml"
    groups = tomllib.loads(path.read_text("utf-8"))
    return {
        f"{group}.{key}": str(words)
        for group, lines in groups.items()
        for key, words in lines.items()
    }


def chosen_language(asked: str, kept: str, accepted: str) -> str:
    """
    Give the language of a page.

    Parameters
    ----------
    asked
        What the address asks for, or nothing.
    kept
        What was chosen before, or nothing.
    accepted
        What the browser prefers: the header ``Accept-Language``.

    Returns
    -------
    str
        One of ``LANGUAGES``; English where nothing else is wanted.

    Examples
    --------
    >>> chosen_language("", "", "fr, es-MX;q=0.8, en;q=0.7")
    'es'
    """
    for wanted in (asked, kept):
        if wanted in LANGUAGES:
            return wanted
    told = map(_worth, accepted.split(",")[:20])
    ranked = sorted(told, key=lambda one: -one[0])  # of equals the first one
    liked = [code for worth, code in ranked if worth > 0.0 and code in LANGUAGES]
    return liked[0] if liked else _FIRST


def _worth(part: str) -> tuple[float, str]:
    """Give how much one entry of ``Accept-Language`` is liked, and its language."""
    name, _, rest = part.partition(";")
    try:
        worth = float(rest.replace(" ", "").removeprefix("q=")) if rest else 1.0
    except ValueError:
        worth = 0.0
    return worth, name.strip().lower().split("-")[0]
