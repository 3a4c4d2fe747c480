"""A registry that is none, for tests of the form alone."""

from __future__ import annotations

import itertools
from datetime import UTC, date, datetime
from decimal import Decimal

from coveragekit.errors import CoverageKitError
from coveragekit.registry.texts import consent_text
from coveragekit.server import Departure, Quote

__all__ = ["Double"]


class Double:
    """Keeps what is submitted; refuses when told to."""

    def __init__(self) -> None:
        self.sent: list[dict] = []
        self.left: list[tuple[str, str]] = []
        self.broken = False
        self.plan: Quote | None = Quote(
            "Town plan",
            "USD",
            Decimal("350.00"),
            Decimal("150.00"),
            True,
            since=date(2026, 1, 2),
        )
        self.held: dict[str, str] = {}
        self.noted: list[bool] = []
        self._numbers = itertools.count(1)

    def text(self, kind, language):
        return consent_text(kind, language)

    def quote(self, *, cameras, days):
        return self.plan

    def submit(self, payload, *, language):
        if self.broken:
            message = f"the disk is full at {payload['contact']['email']}"
            raise CoverageKitError(message)
        self.sent.append(dict(payload))
        return f"CADE0-00000-00000-{next(self._numbers):05d}"

    def withdraw(self, receipt, contact, *, time_zone, note_misses=True):
        if self.broken:
            message = f"the disk is full at {contact}"
            raise CoverageKitError(message)
        self.noted.append(note_misses)
        self.left.append((receipt, contact))
        if self.held.get(receipt.upper()) != contact:
            return ()
        at = datetime(2026, 3, 1, 15, 4, 5, tzinfo=UTC)
        words = {one: f"RECEIPT {one} {time_zone}\n" for one in ("en", "es")}
        return (Departure(at, "12 Oak Street", "PR00F", words),)
