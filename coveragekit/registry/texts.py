"""The consent texts that owners are shown, by kind, version and language."""

from __future__ import annotations

import hashlib
import re
import tomllib
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Final

from coveragekit.errors import InputError

__all__ = ["KINDS", "ConsentText", "consent_text", "languages", "text_versions"]

KINDS: Final = ("registration", "integration")

_NAME: Final = re.compile(r"(registration|integration)-v([1-9][0-9]*)")


@dataclass(frozen=True, slots=True)
class ConsentText:
    """
    One consent text as it was shown.

    Parameters
    ----------
    kind
        ``"registration"`` or ``"integration"``.
    version
        Its name and number, such as ``"registration-v1"``.
    language
        ``"en"`` or ``"es"``.
    title
        Its heading.
    body
        All of it, heading included: Markdown with headings, paragraphs and lists.
    digest
        SHA-256 of the file, in hexadecimal digits.
    since
        Day from which it is shown.
    """

    kind: str
    version: str
    language: str
    title: str
    body: str
    digest: str
    since: date


@cache
def text_versions() -> dict[str, dict[str, str]]:
    """
    Give every version that was ever released, with its digests.

    Returns
    -------
    dict of dict
        For each version its ``since`` (ISO day) and a digest for each language, oldest
        first.

    Examples
    --------
    >>> sorted(text_versions()["registration-v1"])
    ['en', 'es', 'since']
    """
    source = files("coveragekit.registry").joinpath("data", "texts", "versions.toml")
    entries: dict[str, dict[str, str]] = tomllib.loads(source.read_text("utf-8"))
    return entries


def languages() -> tuple[str, ...]:
    """
    Give the languages in which every text exists.

    Returns
    -------
    tuple of str
        Language codes in order.

    Examples
    --------
    >>> languages()
    ('en', 'es')
    """
    spoken = [set(entry) - {"since"} for entry in text_versions().values()]
    return tuple(sorted(set.intersection(*spoken)))


def consent_text(
    kind: str, language: str = "en", version: str | None = None
) -> ConsentText:
    """
    Give a consent text.

    Parameters
    ----------
    kind
        ``"registration"`` or ``"integration"``.
    language
        Language code.
    version
        An older version by name; the newest if ``None``.

    Returns
    -------
    ConsentText
        The text.

    Raises
    ------
    InputError
        If there is no such text, or the file is not the one that was released.

    Examples
    --------
    >>> consent_text("integration", "es").version
    'integration-v2'
    """
    if kind not in KINDS:
        message = f"no consent text of kind {kind!r}; allowed: {', '.join(KINDS)}"
        raise InputError(message)
    known = [name for name in text_versions() if name.startswith(f"{kind}-v")]
    wanted = max(known, key=_number) if version is None else version
    if wanted not in known:
        message = f"no consent text {wanted!r}; allowed: {', '.join(known)}"
        raise InputError(message)
    if language not in languages():
        spoken = ", ".join(languages())
        message = f"no consent text in the language {language!r}; allowed: {spoken}"
        raise InputError(message)
    return _read(wanted, language)


def _number(name: str) -> int:
    found = _NAME.fullmatch(name)
    if found is None:
        message = f"{name!r} is no version of a text; allowed: such as registration-v1"
        raise InputError(message)
    return int(found[2])


@cache
def _read(version: str, language: str) -> ConsentText:
    folder = files("coveragekit.registry").joinpath("data", "texts")
    entry = text_versions()[version]
    raw = folder.joinpath(language, f"{version}.md").read_bytes()
    # a checkout that turns line ends must not turn a text into another one
    raw = raw.replace(b"\r\n", b"\n")
    digest = hashlib.sha256(raw).hexdigest()
    if digest != entry[language]:
        message = (
            f"the consent text {version} in {language} is not the one released: "
            f"SHA-256 {digest}, recorded {entry[language]}; owners agreed to the "
            "recorded one: restore the file, and give changed words a new number"
        )
        raise InputError(message)
    body = raw.decode("utf-8")
    title = body.split("\n", 1)[0].removeprefix("# ").strip()
    since = date.fromisoformat(entry["since"])
    kind = version.rsplit("-v", 1)[0]
    return ConsentText(kind, version, language, title, body, digest, since)
