"""Receipts: a short code that stands for one change of a consent, and its words."""

from __future__ import annotations

import hashlib
import tomllib
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from coveragekit.errors import InputError
from coveragekit.registry.column_types import canonical_json

if TYPE_CHECKING:
    from coveragekit.registry.consent_rules import Scope

__all__ = ["Receipt", "clean_code", "code_of", "receipt_words"]

_FORM: Final = 1
_LETTERS: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford: no I, L, O, U
_LENGTH: Final = 20
_GROUP: Final = 5
_MISREAD: Final = str.maketrans({"O": "0", "I": "1", "L": "1", "-": "", " ": ""})


@dataclass(frozen=True, slots=True)
class Receipt:
    """
    One change of a consent, as its receipt tells it; it holds no name.

    Parameters
    ----------
    registry_id
        The registry that gave it.
    event_id, consent_id, camera_id
        Ids of the change, the consent and the camera.
    number
        Which change of this consent it was, from 1.
    origin, to
        State before and after.
    side
        Whose act it was.
    at
        When, UTC.
    text_version, language, text_digest
        Consent text that was shown, if one was.
    scope
        What was agreed, where it is integrated.
    expires_at
        End that holds after the change, UTC.
    """

    registry_id: str
    event_id: str
    consent_id: str
    camera_id: str
    number: int
    origin: str
    to: str
    side: str
    at: datetime
    text_version: str | None = None
    language: str | None = None
    text_digest: str | None = None
    scope: Scope | None = None
    expires_at: datetime | None = None

    @property
    def code(self) -> str:
        """Twenty letters and digits that stand for these very facts."""
        return code_of(self)


def code_of(receipt: Receipt) -> str:
    """
    Give the code of a receipt.

    Parameters
    ----------
    receipt
        The facts.

    Returns
    -------
    str
        Four groups of five letters and digits: 100 bits of the SHA-256 of the facts.

    Notes
    -----
    The ids in the facts are random, so a code cannot be guessed; the same facts give
    the same code, so a record that was changed later no longer fits it.

    Examples
    --------
    >>> at = datetime(2026, 5, 1, tzinfo=UTC)
    >>> facts = ("r", "e", "c", "cam_1", 1, "nothing", "invited", "agency", at)
    >>> code_of(Receipt(*facts)) == code_of(Receipt(*facts))
    True
    """
    facts: dict[str, Any] = {"form": _FORM, **asdict(receipt)}
    for name in ("at", "expires_at"):
        moment = facts[name]
        facts[name] = moment.astimezone(UTC).isoformat() if moment else None
    digest = hashlib.sha256(canonical_json(facts).encode("utf-8")).digest()
    number = int.from_bytes(digest, "big") >> (256 - 5 * _LENGTH)
    letters = "".join(
        _LETTERS[(number >> (5 * place)) & 31] for place in range(_LENGTH)
    )
    groups = (letters[at : at + _GROUP] for at in range(0, _LENGTH, _GROUP))
    return "-".join(groups)


def clean_code(code: str) -> str:
    """
    Give a code as it was printed, however it was typed.

    Parameters
    ----------
    code
        What somebody typed: small letters, blanks, O for 0, I or L for 1.

    Returns
    -------
    str
        The code in groups.

    Raises
    ------
    InputError
        If it cannot be a code.

    Examples
    --------
    >>> clean_code(" abcde fghjk o1234 56789")
    'ABCDE-FGHJK-01234-56789'
    """
    letters = code.upper().translate(_MISREAD)
    if len(letters) != _LENGTH or not set(letters) <= set(_LETTERS):
        message = (
            f"{code[: _LENGTH * 2]!r} is no code of a receipt; allowed: four groups of "
            "five letters and digits, such as ABCDE-FGHJK-01234-56789"
        )
        raise InputError(message)
    groups = (letters[at : at + _GROUP] for at in range(0, _LENGTH, _GROUP))
    return "-".join(groups)


@cache
def _words(language: str) -> dict[str, Any]:
    source = files("coveragekit.registry").joinpath("data", "receipts.toml")
    known: dict[str, dict[str, Any]] = tomllib.loads(source.read_text("utf-8"))
    return known.get(language, known["en"])


def receipt_words(
    receipt: Receipt,
    *,
    language: str = "en",
    time_zone: str = "UTC",
    camera: str | None = None,
) -> str:
    """
    Give a receipt as a text to hand out.

    Parameters
    ----------
    receipt
        The receipt.
    language
        The owner's language; English where there are no words in it.
    time_zone
        Zone in which times are told.
    camera
        What the owner calls the camera; its id is always told.

    Returns
    -------
    str
        Some lines of plain text.

    Examples
    --------
    >>> at = datetime(2026, 5, 1, tzinfo=UTC)
    >>> facts = ("r", "e", "c", "cam_1", 3, "registered", "withdrawn", "owner", at)
    >>> print(receipt_words(Receipt(*facts), language="es").splitlines()[0])
    RECIBO
    """
    words = _words(language)
    named = f"{camera} ({receipt.camera_id})" if camera else receipt.camera_id
    lines = [
        words["title"],
        "",
        words["states"][receipt.to],
        "",
        f"{words['code']}: {receipt.code}",
        f"{words['camera']}: {named}",
        f"{words['at']}: {_told(receipt.at, time_zone)}",
        *_terms(receipt, words, time_zone),
        "",
        words["check"],
    ]
    return "\n".join(lines) + "\n"


def _terms(receipt: Receipt, words: dict[str, Any], time_zone: str) -> list[str]:
    lines: list[str] = []
    if receipt.to in ("registered", "offered", "integrated"):
        end = receipt.expires_at
        told = words["open_end"] if end is None else _told(end, time_zone)
        lines.append(f"{words['until']}: {told}")
    if receipt.scope is not None:
        scope = receipt.scope
        parts = [name for name in ("live", "recorded", "ptz") if getattr(scope, name)]
        lines.append(f"{words['scope']}: {', '.join(words[name] for name in parts)}")
        lines.append(f"{words['hours']}: {scope.hours or words['always']}")
        if scope.emergencies_only:
            lines.append(f"{words['scope']}: {words['emergencies_only']}")
    if receipt.text_version is not None:
        shown = f"{receipt.text_version} ({receipt.language})"
        lines.append(f"{words['text']}: {shown}")
        lines.append(f"{words['sha256']}: {receipt.text_digest}")
    return lines


def _told(moment: datetime, time_zone: str) -> str:
    return moment.astimezone(ZoneInfo(time_zone)).strftime("%Y-%m-%d %H:%M:%S %Z")
