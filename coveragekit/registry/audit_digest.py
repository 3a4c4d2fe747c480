"""The digests that make a chain of the audit log's lines."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from coveragekit.registry.column_types import canonical_json

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["digest_of", "first_digest", "time_text"]

_FORM: Final = 1


def time_text(moment: datetime) -> str:
    """
    Write a moment as the log's digests hold it.

    Parameters
    ----------
    moment
        A time with its zone.

    Returns
    -------
    str
        UTC to the microsecond.

    Examples
    --------
    >>> time_text(datetime(2026, 5, 1, 12, tzinfo=UTC))
    '2026-05-01T12:00:00.000000Z'
    """
    utc = moment.astimezone(UTC)
    return f"{utc.replace(tzinfo=None).isoformat(timespec='microseconds')}Z"


def first_digest(registry: str) -> str:
    """
    Give what stands as the digest before the first line.

    Parameters
    ----------
    registry
        Id of the registry.

    Returns
    -------
    str
        64 hexadecimal digits; another for every registry, so that no line can be moved
        from one into another.

    Examples
    --------
    >>> first_digest("a") == first_digest("b")
    False
    """
    words = canonical_json({"form": _FORM, "registry": registry})
    return hashlib.sha256(words.encode("utf-8")).hexdigest()


def digest_of(registry: str, line: Mapping[str, Any]) -> str:
    """
    Give the digest of a line.

    Parameters
    ----------
    registry
        Id of the registry.
    line
        Every column of the line but its own digest; ``at`` as text.

    Returns
    -------
    str
        SHA-256 of its canonical JSON, 64 hexadecimal digits.
    """
    words = canonical_json({**line, "form": _FORM, "registry": registry})
    return hashlib.sha256(words.encode("utf-8")).hexdigest()
