"""One look at one camera by a program, and what it is taken for."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from coveragekit.errors import (
    FeedBroken,
    FeedError,
    FeedForbidden,
    FeedLoginError,
    FeedNotFound,
    FeedTimeout,
    FeedUnreachable,
    FeedUnsupported,
    FeedUntrusted,
)
from coveragekit.feeds.glancing import glance
from coveragekit.feeds.signs import fingerprint, is_black, is_same_print
from coveragekit.registry.health import LOOKS_APART, Health, Probe, Stretch

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from coveragekit.feeds.bounds import Bounds
    from coveragekit.feeds.gate import Gate
    from coveragekit.feeds.glancing import Way
    from coveragekit.feeds.pieces import Reading
    from coveragekit.feeds.target import FeedTarget, Login

__all__ = [
    "FROZEN_ROUNDS",
    "Seen",
    "fault_of",
    "is_kept_away",
    "judged",
    "look_once",
    "way_of",
]

FROZEN_ROUNDS: Final = 3
"""So many rounds one after the other that find the picture of the one before."""
_BLACK_FOR: Final = timedelta(hours=24)
# a device may give one stored picture twice; rounds are a minute apart at least
_APART: Final = timedelta(seconds=30)
_OTHER_WAY: Final = ("frozen", "black")
# Why there is no picture: what the camera counts as, and the word for it.
_FAULTS: Final[tuple[tuple[type[FeedError], str, str], ...]] = (
    (FeedForbidden, "unknown", "forbidden"),
    (FeedLoginError, "offline", "login"),
    (FeedNotFound, "offline", "not_found"),
    (FeedTimeout, "offline", "timeout"),
    (FeedUnreachable, "offline", "unreachable"),
    (FeedUntrusted, "offline", "untrusted"),
    (FeedUnsupported, "offline", "unsupported"),
    (FeedBroken, "offline", "broken"),
)


@dataclass(frozen=True, slots=True)
class Seen:
    """
    What one look found; nothing of a picture is in it.

    Parameters
    ----------
    status, fault
        As a probe has them, before it is held against earlier ones.
    is_comparable
        Whether the picture was had as that of the last round.
    first_picture_s, width_px, height_px, codec
        What was measured.
    is_black
        Whether the picture was dark all over.
    fingerprint
        64 bits that tell it from another.
    """

    status: str
    fault: str | None = None
    is_comparable: bool = False
    first_picture_s: float | None = None
    width_px: int | None = None
    height_px: int | None = None
    codec: str | None = None
    is_black: bool | None = None
    fingerprint: int | None = None


def way_of(target: FeedTarget, before: Health | None, at: datetime) -> Way:
    """
    Say by what a camera is looked at this time.

    Parameters
    ----------
    target
        The camera.
    before
        What was found last.
    at
        When it is.

    Returns
    -------
    str
        ``"snapshot"`` where it has one, which costs little; but ``"stream"`` at first,
        once a day, and until it works again where it did not: a device may give single
        pictures while its stream is dead, and people look at the stream.
    """
    if target.snapshot is None or before is None or before.probe.codec is None:
        return "stream"
    is_down = before.probe.status != "online"
    if is_down and before.probe.fault not in _OTHER_WAY:
        return "stream"
    is_new_day = before.probed_at.date() != at.date()
    return "stream" if is_new_day else "snapshot"


def look_once(
    target: FeedTarget,
    gate: Gate,
    *,
    way: Way,
    bounds: Bounds | None = None,
    opened: Callable[[Reading], None] | None = None,
) -> Seen:
    """
    Look at a camera once.

    Parameters
    ----------
    target
        The camera.
    gate
        What may be fetched.
    way
        As :func:`way_of` says it.
    bounds
        How long is waited.
    opened
        Told of each feed that is opened.

    Returns
    -------
    Seen
        What was found, whatever that is.
    """
    try:
        target = _with_login(target)
    except FeedLoginError:
        # it was not asked: whoever keeps its login has not told it
        return Seen("unknown", "no_login")
    try:
        found = glance(target, gate, way=way, bounds=bounds, opened=opened)
    except FeedError as error:
        return Seen(*fault_of(error))
    return Seen(
        "online",
        None,
        way == "snapshot" or target.snapshot is None,
        round(found.first_picture_s, 3),
        found.width_px,
        found.height_px,
        # a single picture says nothing of the stream
        None if found.way == "snapshot" else found.codec,
        is_black(found.grey),
        fingerprint(found.grey),
    )


def _with_login(target: FeedTarget) -> FeedTarget:
    if target.login is None:
        return target
    login: Login = target.login()
    return replace(target, login=lambda: login)


def fault_of(error: FeedError) -> tuple[str, str]:
    """
    Say what a camera without a picture counts as.

    Parameters
    ----------
    error
        Why there is none.

    Returns
    -------
    tuple of str
        Its status, and the word for the fault.

    Examples
    --------
    >>> fault_of(FeedTimeout("late")), fault_of(FeedForbidden("no"))
    (('offline', 'timeout'), ('unknown', 'forbidden'))
    """
    for kind, status, word in _FAULTS:
        if isinstance(error, kind):
            return status, word
    return "offline", "failed"


def is_kept_away(seen: Seen) -> bool:
    """
    Say whether a device refused a login, and is not to be asked with it again.

    Parameters
    ----------
    seen
        What a look found.

    Returns
    -------
    bool
        Whether it did.
    """
    return seen.fault == "login"


def judged(
    camera_id: str,
    seen: Seen,
    *,
    before: Health | None,
    stretch: Stretch | None,
    at: datetime,
) -> Probe:
    """
    Take a look for what it is, in the light of the ones before.

    Parameters
    ----------
    camera_id
        The camera.
    seen
        What the look found.
    before
        What the last one found.
    stretch
        Since when, and how often, looks found the same.
    at
        When it was.

    Returns
    -------
    Probe
        What is written down. A camera that gave the picture of the round before for
        three rounds, or a black one for a day, gives no picture of the present: it is
        ``"offline"`` until it gives another.
    """
    former = before.probe if before is not None else None
    told = Probe(
        camera_id,
        seen.status,
        seen.fault,
        seen.first_picture_s,
        seen.width_px,
        seen.height_px,
        seen.codec,
        is_black=seen.is_black,
        fingerprint=seen.fingerprint,
    )
    if former is None:
        return _signed(told, is_frozen=False, stretch=None, at=at)
    if seen.status != "online":
        # what it sends when it works, and the mark of its last picture, stay known
        return replace(
            told,
            width_px=former.width_px,
            height_px=former.height_px,
            codec=former.codec,
            fingerprint=former.fingerprint,
        )
    if seen.codec is None:
        told = replace(
            told,
            width_px=former.width_px,
            height_px=former.height_px,
            codec=former.codec,
        )
    if (before is not None and at - before.probed_at < _APART) or (
        not seen.is_comparable
    ):
        return _as_before(told, former)
    is_same = (
        seen.fingerprint is not None
        and former.fingerprint is not None
        and is_same_print(former.fingerprint, seen.fingerprint)
    )
    return _signed(
        told, is_frozen=is_same and not seen.is_black, stretch=stretch, at=at
    )


def _as_before(told: Probe, former: Probe) -> Probe:
    """Leave the signs as they were: this picture cannot be held against the last."""
    # who watches a camera sees whether it is black; this program does not
    is_dark = former.is_black if told.is_black is None else told.is_black
    sign = "black" if is_dark else "frozen" if former.is_frozen else None
    is_down = sign is not None and (former.status, former.fault) == ("offline", sign)
    return replace(
        told,
        status="offline" if is_down else "online",
        fault=sign,
        is_frozen=former.is_frozen,
        is_black=is_dark,
        fingerprint=former.fingerprint,
    )


def _signed(
    told: Probe, *, is_frozen: bool, stretch: Stretch | None, at: datetime
) -> Probe:
    """Add the signs that the picture is not of the present."""
    if told.status != "online":
        return told
    sign = "black" if told.is_black else "frozen" if is_frozen else None
    goes_on = stretch is not None and stretch.fault == sign
    is_over = False
    if stretch is not None and goes_on and sign is not None:
        is_long = (
            at - stretch.from_at >= _BLACK_FOR and at - stretch.to_at <= LOOKS_APART
            if sign == "black"
            else stretch.probes + 1 >= FROZEN_ROUNDS
        )
        is_over = is_long or stretch.status == "offline"
    return replace(
        told, status="offline" if is_over else "online", fault=sign, is_frozen=is_frozen
    )
