"""Look at recorded pictures, where the owner agreed to footage being looked at."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, ClassVar, Final, Literal

from coveragekit.access.grounds import grounds_of
from coveragekit.access.looking import Look
from coveragekit.access.picture_lines import Asked, noting_failure
from coveragekit.errors import FeedUnsupported, InputError
from coveragekit.feeds.muxing import MJPEG
from coveragekit.feeds.reel import Reel
from coveragekit.feeds.replaying import Packing, Painting, shots_of
from coveragekit.feeds.stored import Stored

if TYPE_CHECKING:
    from collections.abc import Callable

    from coveragekit.access.grounds import Grounds
    from coveragekit.access.looking import Looks
    from coveragekit.access.people import Purpose, User
    from coveragekit.feeds.masks import Mask
    from coveragekit.feeds.replaying import Screen
    from coveragekit.feeds.ring import Footage
    from coveragekit.feeds.viewer import Form

__all__ = ["Playback", "last_footage", "replay_last", "replay_recording", "stored_of"]

_CHANGED: Final = "something changed about this camera: look again"
_MOST_LAST_S: Final = 60.0


class Playback(Look):
    """
    One person's look at recorded pictures; :func:`replay_last` begins it.

    Notes
    -----
    It has what a :class:`~coveragekit.access.looking.Look` has. It plays at its own
    pace and waits for whoever is slow; at the end comes the state ``"offline"`` with
    the fault ``"Ended"``.
    """

    is_recorded: ClassVar[bool] = True
    masks: tuple[Mask, ...] = ()
    since_at: datetime | None = None
    lets_go: Callable[[], None] | None = None

    def leave(self) -> None:
        """Look no longer; the camera's line is let go with it. May be called twice."""
        super().leave()
        if self.lets_go is not None:
            self.lets_go()

    def remask(self, masks: tuple[Mask, ...]) -> None:
        """
        End where something else is covered now; whoever looks again sees it so.

        Parameters
        ----------
        masks
            What is covered.
        """
        if set(masks) - set(self.masks):
            self._viewer.refuse(_CHANGED, "Changed")

    @property
    def told(self) -> dict[str, Any]:
        """What the line of the log says besides."""
        begins = self.since_at
        return {} if begins is None else {"footage_from": begins.isoformat()}


def replay_last(  # noqa: PLR0913, PLR0917 - who, why, what and how
    looks: Looks,
    user: User,
    purpose: Purpose,
    camera_id: str,
    *,
    last_s: float = 60.0,
    form: Literal["best", "fmp4", "jpeg"] = "best",
    rate_hz: float = 5.0,
    width_px: int | None = None,
) -> Playback:
    """
    Look at the last seconds of a camera that is being watched here.

    Parameters
    ----------
    looks
        Where cameras are looked at.
    user
        Who looks.
    purpose
        What for.
    camera_id
        The camera.
    last_s
        How many seconds, at most 60.
    form
        ``"fmp4"``: the compressed stream; ``"jpeg"``: single pictures; ``"best"``: the
        stream, unless parts of the picture are covered or it has none.
    rate_hz, width_px
        How many single pictures a second, and how wide at most.

    Returns
    -------
    Playback
        To be left in the end.

    Raises
    ------
    AccessRefused
        It is not allowed; the reason is on record.
    FeedUnsupported
        Nobody watches the camera here, so that nothing of it is kept; or the stream of
        a masked camera was asked for.
    InputError
        Not that many seconds.
    """
    asked = Asked(looks.door, user, "view_last", camera_id, purpose)
    asked.demand()
    with noting_failure(asked):
        grounds = grounds_of(looks.door, looks.settings, user, camera_id=camera_id)
        footage = last_footage(looks, camera_id, last_s)
        masks = _all_masks(grounds, footage)
        if form == "best" and footage[0].shape.codec == MJPEG:
            form = "jpeg"
        shown = _form(form, masks)
        screen = _screen(camera_id, shown, masks, rate_hz=rate_hz, width_px=width_px)
        reel = Reel(shots_of(footage, looks.hub.utc), screen, limits=looks.hub.limits)
    playback = _begun(looks, asked, reel, name=grounds.name, form=shown, masks=masks)
    playback.since_at = looks.hub.utc(footage[0].pictures[0].came_s)
    # who goes back to live, and then looks back again, finds what came meanwhile
    playback.lets_go = looks.hub.linger(camera_id)
    return playback


def replay_recording(  # noqa: PLR0913, PLR0917 - who, why, what, of when and how
    looks: Looks,
    user: User,
    purpose: Purpose,
    camera_id: str,
    *,
    start_at: datetime,
    end_at: datetime,
    form: Literal["best", "fmp4", "jpeg"] = "best",
    rate_hz: float = 5.0,
    width_px: int | None = None,
) -> Playback:
    """
    Look at footage that the camera's device has stored.

    Parameters
    ----------
    looks
        Where cameras are looked at.
    user
        Who looks.
    purpose
        What for.
    camera_id
        The camera.
    start_at, end_at
        The interval by the device's clock, with a zone; at most an hour.
    form
        ``"fmp4"``: the compressed stream; ``"jpeg"``: single pictures; ``"best"``: the
        stream, unless parts of the picture are covered.
    rate_hz, width_px
        How many single pictures a second, and how wide at most.

    Returns
    -------
    Playback
        To be left in the end.

    Raises
    ------
    AccessRefused
        It is not allowed; the reason is on record.
    FeedUnsupported
        The device offers no footage, or does not say of when it is; or the stream of a
        masked camera was asked for.
    FeedNotFound
        The device keeps none of that time.
    InputError
        No such interval, or one that is not over yet.
    """
    asked = Asked(looks.door, user, "view_recorded", camera_id, purpose)
    asked.demand()
    with noting_failure(asked):
        grounds = grounds_of(looks.door, looks.settings, user, camera_id=camera_id)
        shown = _form(form, grounds.masks)
        masks = grounds.masks
        screen = _screen(camera_id, shown, masks, rate_hz=rate_hz, width_px=width_px)
        stored = stored_of(looks, grounds, start_at=start_at, end_at=end_at)
        limits = looks.hub.limits
        reel = Reel(stored.shots(), screen, stop=stored.stop, limits=limits)
    playback = _begun(looks, asked, reel, name=grounds.name, form=shown, masks=masks)
    playback.since_at = start_at
    return playback


def stored_of(
    looks: Looks,
    grounds: Grounds,
    *,
    start_at: datetime,
    end_at: datetime,
    is_fast: bool = False,
) -> Stored:
    """
    Open footage that a camera's device has stored.

    Parameters
    ----------
    looks
        Where cameras are looked at.
    grounds
        What the registry says of the camera.
    start_at, end_at
        The interval.
    is_fast
        Whether it is wanted as fast as it can be had.

    Returns
    -------
    Stored
        As it was filmed, whatever is covered; never handed out of this room.

    Raises
    ------
    InputError
        It is not over yet, or no interval.
    FeedError
        It cannot be had; the kind says why.
    """
    now = looks.hub.utc(time.monotonic())
    if end_at.tzinfo is not None and end_at > now:
        message = (
            f"the interval ends at {end_at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC, and "
            "it is not over yet; what is stored can be had up to now"
        )
        raise InputError(message)
    gate = looks.settings.gate
    return Stored(
        grounds.target, gate, start_at=start_at, end_at=end_at, is_fast=is_fast
    )


def last_footage(looks: Looks, camera_id: str, last_s: float) -> tuple[Footage, ...]:
    """
    Give the last seconds of a camera that is being watched here.

    Parameters
    ----------
    looks
        Where cameras are looked at.
    camera_id
        The camera.
    last_s
        How many seconds.

    Returns
    -------
    tuple of Footage
        As it came, whatever is covered; never handed out of this room.

    Raises
    ------
    FeedUnsupported
        Nothing of it is kept.
    InputError
        Not that many seconds.
    """
    if not 0 < last_s <= _MOST_LAST_S:
        message = f"the last {last_s:g} s; allowed: more than 0, at most 60 s"
        raise InputError(message)
    try:
        return looks.hub.footage(camera_id, last_s=last_s)
    except FeedUnsupported:
        message = (
            f"camera {camera_id}: nobody watches it here, so its last seconds are not "
            "kept; look at it first, or ask for a stored interval of its device"
        )
        raise FeedUnsupported(message) from None


def _begun(
    looks: Looks,
    asked: Asked,
    reel: Reel,
    *,
    name: str,
    form: Form,
    masks: tuple[Mask, ...],
) -> Playback:
    playback = Playback(
        reel,
        asked.camera_id,
        form,
        name=name,
        is_masked=bool(masks),
        asked=asked,
        leave=lambda one, how, seconds: looks.left(
            one, asked, how=how, seconds=seconds
        ),
    )
    playback.masks = masks
    looks.begin(playback, masks)
    return playback


def _all_masks(grounds: Grounds, footage: tuple[Footage, ...]) -> tuple[Mask, ...]:
    masks = grounds.masks
    for part in footage:
        masks += tuple(one for one in part.masks if one not in masks)
    return masks


def _form(form: Literal["best", "fmp4", "jpeg"], masks: tuple[Mask, ...]) -> Form:
    if form == "best":
        return "jpeg" if masks else "fmp4"
    return form


def _screen(
    camera_id: str,
    form: Form,
    masks: tuple[Mask, ...],
    *,
    rate_hz: float,
    width_px: int | None,
) -> Screen:
    if form == "fmp4":
        return Packing(camera_id, masks=masks)
    return Painting(masks=masks, rate_hz=rate_hz, width_px=width_px)
