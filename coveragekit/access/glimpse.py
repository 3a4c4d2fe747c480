"""One picture of a camera for whoever may look, and whether it may still be shown."""

from __future__ import annotations

import hashlib
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from coveragekit.access.grounds import grounds_of
from coveragekit.feeds.grabbing import grab
from coveragekit.registry.audit import append

if TYPE_CHECKING:
    from datetime import datetime

    from coveragekit.access.looking import Looks
    from coveragekit.access.picture_lines import Asked
    from coveragekit.feeds.masks import Mask
    from coveragekit.registry.audit import Entry
    from coveragekit.registry.opening import Registry

__all__ = [
    "Endings",
    "Glimpse",
    "NoGlimpse",
    "Watched",
    "glimpse_of",
]


@dataclass(frozen=True, slots=True)
class Glimpse:
    """
    One picture of a camera; what is masked is covered already.

    Parameters
    ----------
    camera_id
        The camera.
    name
        What it is called.
    jpeg
        The picture's bytes.
    came_at
        When it came from the camera, UTC.
    age_s
        How old it is as it is handed out.
    is_masked
        Whether parts of it were covered.
    """

    camera_id: str
    name: str
    jpeg: bytes = field(repr=False)
    came_at: datetime
    age_s: float
    is_masked: bool


@dataclass(frozen=True, slots=True)
class NoGlimpse:
    """
    Why there is no picture of a camera.

    Parameters
    ----------
    camera_id
        The camera.
    state
        ``"refused"``: none will come, and what was shown is to be taken away;
        ``"connecting"``: what was shown is to be taken away, another one comes;
        ``"offline"``: none came, and it is tried again.
    words
        What happened, for people; it never holds an address.
    fault
        The kind of the error, or nothing.
    """

    camera_id: str
    state: Literal["refused", "connecting", "offline"]
    words: str
    fault: str = ""


@dataclass(slots=True, eq=False)
class Watched:
    """
    A camera that is being shown by single pictures.

    Parameters
    ----------
    asked
        Who asked for it, and what for.
    began_s
        Since when, by the monotonic clock.
    masks
        What is covered of its picture; ``None`` where that is not known.
    digest
        SHA-256 of the picture that is shown.
    count
        How many pictures were shown.
    """

    asked: Asked
    began_s: float
    masks: tuple[Mask, ...] | None = None
    digest: bytes = b""
    count: int = 0

    @property
    def camera_id(self) -> str:
        """The camera."""
        return self.asked.camera_id

    def told(self, how: str, now_s: float) -> dict[str, Any]:
        """
        Give what the line of the log says of its end.

        Parameters
        ----------
        how
            ``"left"``, or ``"ended"`` where it might not go on.
        now_s
            When it ended.

        Returns
        -------
        dict
            No contents.
        """
        seconds = round(now_s - self.began_s, 1)
        said = {"how": how, "form": "glimpses", "seconds": seconds}
        return said | {"pictures": self.count}


class Endings:
    """
    Lines of the log that say how looks ended, together and none of them lost.

    Parameters
    ----------
    registry
        Where they are written.
    """

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._lock, self._writing = threading.Lock(), threading.Lock()
        self._lines: list[Entry] = []

    def add(self, entry: Entry) -> None:
        """
        Keep a line until it is written.

        Parameters
        ----------
        entry
            The line.
        """
        with self._lock:
            self._lines.append(entry)

    def write(self) -> None:
        """
        Write the lines down; what cannot be written now is written later.

        Raises
        ------
        RegistryError
            The registry cannot be written to.
        """
        with self._writing:
            with self._lock:
                lines = tuple(self._lines)
            if not lines:
                return
            with self._registry.write() as connection:
                for one in lines:
                    append(connection, one)
            with self._lock:
                del self._lines[: len(lines)]


def glimpse_of(
    looks: Looks, watched: Watched, *, width_px: int
) -> tuple[Glimpse, bytes, tuple[Mask, ...]]:
    """
    Ask a camera for one picture.

    Parameters
    ----------
    looks
        Where cameras are looked at.
    watched
        The camera; the door has said yes.
    width_px
        Widest picture.

    Returns
    -------
    tuple
        The picture, its SHA-256, and what was covered of it.

    Raises
    ------
    FeedError
        There is none to be had; the kind says why.
    """
    camera_id = watched.camera_id
    settings = looks.settings
    user = watched.asked.user
    grounds = grounds_of(looks.door, settings, user, camera_id=camera_id)
    masks = grounds.masks
    still = grab(grounds.target, settings.gate, masks=masks, width_px=width_px)
    age_s = max(0.0, time.monotonic() - still.came_s)
    came_at = looks.hub.utc(still.came_s)
    glimpse = Glimpse(
        camera_id, grounds.name, still.jpeg, came_at, age_s, is_masked=bool(masks)
    )
    return glimpse, hashlib.sha256(still.jpeg).digest(), masks
