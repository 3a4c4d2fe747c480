"""Keep stills and clips as evidence: allowed, proved by digests, and on record."""

from __future__ import annotations

import time
from dataclasses import replace
from itertools import chain, groupby
from typing import TYPE_CHECKING, Any, Final

from coveragekit.access.evidence_files import note_kept, place_of
from coveragekit.access.going_on import who_may_be_shown
from coveragekit.access.grounds import grounds_of
from coveragekit.access.picture_lines import Asked, noting_failure
from coveragekit.access.playback import last_footage, stored_of
from coveragekit.errors import FeedUnsupported
from coveragekit.feeds import evidence
from coveragekit.feeds.clips import ClipFile
from coveragekit.feeds.filming import Filming
from coveragekit.feeds.grabbing import grab, newest_of
from coveragekit.feeds.jpeg import picture_size
from coveragekit.feeds.messages import Picture

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

    from coveragekit.access.grounds import Grounds
    from coveragekit.access.looking import Looks
    from coveragekit.access.people import Purpose, User
    from coveragekit.feeds.accounts import Kept
    from coveragekit.feeds.masks import Mask
    from coveragekit.feeds.replaying import Shot

__all__ = ["keep_clip", "keep_live", "keep_recording", "keep_still"]

# why a clip ended early, beside the kind of fault by which a camera was lost
_INTERRUPTED: Final = "Interrupted"
_TOO_LARGE: Final = "TooLarge"
_STORED: Final = "the device's own recording"
_TRIES: Final = 3
_ASK_EACH_S: Final = 0.5


def keep_still(  # noqa: PLR0917 - who, why, what and where to
    looks: Looks,
    user: User,
    purpose: Purpose,
    camera_id: str,
    *,
    folder: str | Path | None = None,
    width_px: int | None = None,
) -> Kept:
    """
    Keep a still of a camera's live picture, and an account of it beside it.

    Parameters
    ----------
    looks
        Where cameras are looked at.
    user
        Who keeps it.
    purpose
        What for.
    camera_id
        The camera.
    folder
        Where to; the evidence folder of the feed settings where it is not given.
    width_px
        Widest picture; ``None`` keeps all that the camera has.

    Returns
    -------
    Kept
        Where it is, and its digests, which the log holds too.

    Raises
    ------
    AccessRefused
        It is not allowed; the reason is on record.
    InputError
        No folder is given or set, or it cannot be written.
    FeedError
        There is no picture to be had; the kind says why.

    Notes
    -----
    Of a camera that is being watched it is the picture shown just now; of any other the
    next one that a picture can begin with.
    """
    asked = Asked(looks.door, user, "snapshot", camera_id, purpose)
    asked.demand()
    with noting_failure(asked):
        grounds = grounds_of(looks.door, looks.settings, user, camera_id=camera_id)
        place = place_of(looks, folder)
        picture = _covered_still(looks, asked, grounds, width_px=width_px)
        kept = evidence.keep_still(camera_id, picture, place)
        note_kept(asked, kept)
    return kept


def keep_clip(  # noqa: PLR0917 - who, why, what and where to
    looks: Looks,
    user: User,
    purpose: Purpose,
    camera_id: str,
    *,
    last_s: float = 60.0,
    folder: str | Path | None = None,
) -> tuple[Kept, ...]:
    """
    Keep the last seconds of a camera that is being watched here, bit for bit.

    Parameters
    ----------
    looks
        Where cameras are looked at.
    user
        Who keeps them.
    purpose
        What for.
    camera_id
        The camera.
    last_s
        How many seconds, at most 60.
    folder
        Where to; the evidence folder of the feed settings where it is not given.

    Returns
    -------
    tuple of Kept
        One clip for each connection and each size of picture in that time, in order.

    Raises
    ------
    AccessRefused
        It is not allowed; the reason is on record.
    FeedUnsupported
        The camera is masked, or nobody watches it here.
    InputError
        No folder is given or set, or not that many seconds.
    """
    asked = Asked(looks.door, user, "clip", camera_id, purpose)
    asked.demand()
    kept: list[Kept] = []
    with noting_failure(asked):
        grounds = grounds_of(looks.door, looks.settings, user, camera_id=camera_id)
        _refuse_masked(grounds.masks, camera_id)
        place = place_of(looks, folder)
        footage = last_footage(looks, camera_id, last_s)
        wanted_at = looks.hub.utc(footage[0].wanted_from_s)
        for part in footage:
            _demand_whole(asked)
            start_at = looks.hub.utc(part.pictures[0].came_s)
            clip = evidence.keep_clip(
                part,
                place,
                masks=grounds.masks,
                start_at=start_at,
                wanted_at=min(wanted_at, start_at) if kept else wanted_at,
                mended=dict(part.mended),
            )
            note_kept(asked, clip)
            kept.append(clip)
    return tuple(kept)


def keep_recording(  # noqa: PLR0913, PLR0917 - who, why, what, of when and where to
    looks: Looks,
    user: User,
    purpose: Purpose,
    camera_id: str,
    *,
    start_at: datetime,
    end_at: datetime,
    folder: str | Path | None = None,
) -> tuple[Kept, ...]:
    """
    Keep footage that the camera's device has stored, bit for bit.

    Parameters
    ----------
    looks
        Where cameras are looked at.
    user
        Who keeps it.
    purpose
        What for.
    camera_id
        The camera.
    start_at, end_at
        The interval by the device's clock, with a zone; at most an hour.
    folder
        Where to; the evidence folder of the feed settings where it is not given.

    Returns
    -------
    tuple of Kept
        One clip for each stretch that the device has without a gap, in order. The last
        one ends early where the device has no more, and where it is as large as a clip
        may be; its account says the latter.

    Raises
    ------
    AccessRefused
        It is not allowed, or no longer; the reason is on record.
    FeedUnsupported
        The camera is masked, or its device offers no footage or does not say of when.
    FeedNotFound
        The device keeps none of that time.
    InputError
        No folder is given or set, no such interval, or one that is not over yet.

    Notes
    -----
    Whether it may go on is asked while it is fetched. A device that plays footage at
    its own pace alone takes as long as the interval is.
    """
    asked = Asked(looks.door, user, "clip", camera_id, purpose)
    asked.demand()
    with noting_failure(asked):
        grounds = grounds_of(looks.door, looks.settings, user, camera_id=camera_id)
        _refuse_masked(grounds.masks, camera_id)
        place = place_of(looks, folder)
        stored = stored_of(
            looks, grounds, start_at=start_at, end_at=end_at, is_fast=True
        )
        told = {"source": _STORED, "clock_offset_s": stored.clock_offset_s}
        try:
            return tuple(
                _runs(asked, stored.shots(), place, told=told, start_at=start_at)
            )
        finally:
            stored.stop()


def keep_live(  # noqa: PLR0917 - who, why, what, how long and where to
    looks: Looks,
    user: User,
    purpose: Purpose,
    camera_id: str,
    *,
    for_s: float,
    folder: str | Path | None = None,
) -> tuple[Kept, ...]:
    """
    Keep a camera's live picture from now on, bit for bit.

    Parameters
    ----------
    looks
        Where cameras are looked at; the camera is opened for this alone.
    user
        Who keeps it.
    purpose
        What for.
    camera_id
        The camera.
    for_s
        How many seconds, at most an hour.
    folder
        Where to; the evidence folder of the feed settings where it is not given.

    Returns
    -------
    tuple of Kept
        One clip for each stretch without a gap. The last one ends early where the
        camera was lost, where it is as large as a clip may be, and at Ctrl-C; its
        account says why.

    Raises
    ------
    AccessRefused
        It is not allowed, or no longer; the reason is on record.
    FeedUnsupported
        The camera is masked.
    FeedError
        There is no picture to be had; the kind says why.
    InputError
        No folder is given or set, or not that many seconds.
    """
    asked = Asked(looks.door, user, "clip", camera_id, purpose)
    asked.demand()
    with noting_failure(asked):
        grounds = grounds_of(looks.door, looks.settings, user, camera_id=camera_id)
        _refuse_masked(grounds.masks, camera_id)
        place = place_of(looks, folder)
        film = Filming(grounds.target, looks.settings.gate, for_s=for_s)
        told: dict[str, Any] = {"source": "the live picture"}
        try:
            with film.ending_at_interrupt():
                return tuple(_runs(asked, _ending(film, told), place, told=told))
        finally:
            film.stop()


def _ending(film: Filming, told: dict[str, Any]) -> Iterator[Shot]:
    """Have the account say why a clip is shorter than it was to be."""
    yield from film.shots()
    if film.lost is not None:
        told["ended_early"] = type(film.lost).__name__
    elif film.is_ended:
        told["ended_early"] = _INTERRUPTED


def _runs(
    asked: Asked,
    coming: Iterator[Shot],
    place: Path,
    *,
    told: dict[str, Any],
    start_at: datetime | None = None,
) -> Iterator[Kept]:
    """Write one clip after the other, each with its own line of the log."""
    shots, is_full = _asking(asked, coming), False
    for _, run in groupby(shots, key=lambda one: (one.run, id(one.shape))):
        first = next(run)
        early_s = 0.0 if start_at is None else (start_at - first.at).total_seconds()
        name = asked.camera_id
        with ClipFile(name, place, first.shape, start_at=first.at) as clip:
            for shot in chain([first], run):
                is_full = not clip.has_room(shot.clean)
                if is_full:
                    told["ended_early"] = _TOO_LARGE
                    break
                clip.add(shot.clean)
            _demand_whole(asked)
            kept = clip.keep(told | {"lead_in_s": round(max(0.0, early_s), 3)})
        note_kept(asked, kept)
        yield kept
        if is_full:
            return


def _asking(asked: Asked, shots: Iterator[Shot]) -> Iterator[Shot]:
    """Give footage for as long as it may be had."""
    asked_s = time.monotonic()
    for shot in shots:
        if time.monotonic() - asked_s > _ASK_EACH_S:
            _demand_whole(asked)
            asked_s = time.monotonic()
        yield shot


def _demand_whole(asked: Asked) -> None:
    """Ask whether footage as it came may still be kept: no mask may have been drawn."""
    masks = who_may_be_shown([asked])[asked.camera_id]
    if masks is None:
        asked.refuse()
    _refuse_masked(masks, asked.camera_id)


def _refuse_masked(masks: tuple[Mask, ...] | None, camera_id: str) -> None:
    """Refuse footage as it came of a camera of which parts are covered."""
    if masks:
        message = (
            f"camera {camera_id}: parts of its picture are covered, and a clip as it "
            "came would show them; keep stills, or ask the owner for footage"
        )
        raise FeedUnsupported(message)


def _covered_still(
    looks: Looks, asked: Asked, grounds: Grounds, *, width_px: int | None
) -> Picture:
    """Get a picture; where a mask was drawn meanwhile it is got once more under it."""
    for _ in range(_TRIES):
        picture = _picture(looks, grounds, width_px)
        masks = who_may_be_shown([asked])[asked.camera_id]
        if masks is None:
            asked.refuse()
        elif set(masks) <= set(grounds.masks):
            return picture
        else:
            grounds = replace(grounds, masks=masks)
    message = f"camera {asked.camera_id}: its masks change as it is kept; try again"
    raise FeedUnsupported(message)


def _picture(looks: Looks, grounds: Grounds, width_px: int | None) -> Picture:
    target = grounds.target
    watched = looks.hub.newest(target.camera_id)
    if watched is None:
        still = grab(
            target,
            looks.settings.gate,
            masks=grounds.masks,
            width_px=width_px,
            is_full=True,
        )
    else:
        still = newest_of(watched, masks=grounds.masks, width_px=width_px)
    is_masked = bool(grounds.masks or (watched is not None and watched.masks))
    came_at, size = looks.hub.utc(still.came_s), picture_size(still.jpeg)
    return Picture(1, still.jpeg, came_at, *size, is_masked)
