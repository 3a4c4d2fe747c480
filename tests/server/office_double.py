"""A registry that is none, for tests of the form alone."""

from __future__ import annotations

import itertools
from decimal import Decimal

from coveragekit.errors import CoverageKitError
from coveragekit.registry.texts import consent_text
from coveragekit.server import Quote

__all__ = ["Double"]


class Double:
    """Keeps what is submitted; refuses when told to."""

    def __init__(self) -> None:
        self.sent: list[dict] = []
        self.left: list[tuple[str, str]] = []
        self.broken = False
        self.plan: Quote | None = Quote(
            "Town plan", "USD", Decimal("350.00"), Decimal("150.00"), True
        )
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
        return f"CODE-{next(self._numbers):04d}"

    def withdraw(self, receipt, contact):
        self.left.append((receipt, contact))
