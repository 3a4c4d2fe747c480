"""What a look shows: a hub's viewer, or kept pictures that are played."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from coveragekit.feeds.messages import Message

__all__ = ["Watched"]


class Watched(Protocol):
    """What a look shows: a hub's viewer, or kept pictures that are played."""

    def take(self, timeout_s: float = 1.0) -> list[Message]:
        """Take what has come."""
        ...

    def ack(self, index: int) -> None:
        """Acknowledge a fragment or picture and all before it."""
        ...

    def refuse(self, words: str, fault: str) -> None:
        """Show nothing more, and say why."""
        ...

    def leave(self) -> None:
        """Look no longer."""
        ...
