"""Keep stills and clips as evidence: allowed, proved by digests, and on record."""

from __future__ import annotations

import time
from itertools import chain, groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from coveragekit.access.grounds import grounds_of
from coveragekit.access.picture_lines import Asked, noting_failure
from coveragekit.access.playback import last_footage, stored_of
from coveragekit.errors import FeedUnsupported, InputError
from coveragekit.feeds import evidence
from coveragekit.feeds.clips import ClipFile
from coveragekit.feeds.filming import Filming
from coveragekit.feeds.grabbing import grab, newest_of
from coveragekit.feeds.jpeg import picture_size
from coveragekit.feeds.messages import Picture

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from coveragekit.access.grounds import Grounds
    from coveragekit.access.looking import Looks
    from coveragekit.access.people import Purpose, User
    from coveragekit.feeds.accounts import Kept
    from coveragekit.feeds.replaying import Shot

__all__ = ["keep_clip", "keep_live", "keep_recording", "keep_still"]

_TOLD: Final = ("start_at", "duration_s", "stream_sha256")
_STORED: Final = "the device's own recording"
_PRIVATE: Final = 0o700
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
        place = _place(looks, folder)
        picture = _picture(looks, grounds, width_px)
        asked.demand_still()
        kept = evidence.keep_still(camera_id, picture, place)
        _note(asked, kept)
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
        refuse_masked(grounds, camera_id)
        place = _place(looks, folder)
        footage = last_footage(looks, camera_id, last_s)
        wanted_at = looks.hub.utc(footage[0].wanted_from_s)
        for part in footage:
            asked.demand_still()
            start_at = looks.hub.utc(part.pictures[0].came_s)
            clip = evidence.keep_clip(
                part,
                place,
                masks=grounds.masks,
                start_at=start_at,
                wanted_at=min(wanted_at, start_at) if kept else wanted_at,
                mended=dict(part.mended),
            )
            _note(asked, clip)
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
        one ends early where the device has no more.

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
        refuse_masked(grounds, camera_id)
        place = _place(looks, folder)
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
        camera was lost, and its account says why.

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
        refuse_masked(grounds, camera_id)
        place = _place(looks, folder)
        film = Filming(grounds.target, looks.settings.gate, for_s=for_s)
        told: dict[str, Any] = {"source": "the live picture"}
        try:
            return tuple(_runs(asked, _ending(film, told), place, told=told))
        finally:
            film.stop()


def _ending(film: Filming, told: dict[str, Any]) -> Iterator[Shot]:
    """Have the account say why a clip is shorter than it was to be."""
    yield from film.shots()
    if film.lost is not None:
        told["ended_early"] = type(film.lost).__name__


def _runs(
    asked: Asked,
    coming: Iterator[Shot],
    place: Path,
    *,
    told: dict[str, Any],
    start_at: datetime | None = None,
) -> Iterator[Kept]:
    """Write one clip after the other, each with its own line of the log."""
    shots = _asking(asked, coming)
    for _, run in groupby(shots, key=lambda one: (one.run, id(one.shape))):
        first = next(run)
        early_s = 0.0 if start_at is None else (start_at - first.at).total_seconds()
        name = asked.camera_id
        with ClipFile(name, place, first.shape, start_at=first.at) as clip:
            for shot in chain([first], run):
                clip.add(shot.clean)
            asked.demand_still()
            kept = clip.keep(told | {"lead_in_s": round(max(0.0, early_s), 3)})
        _note(asked, kept)
        yield kept


def _asking(asked: Asked, shots: Iterator[Shot]) -> Iterator[Shot]:
    """Give footage for as long as it may be had."""
    asked_s = time.monotonic()
    for shot in shots:
        if time.monotonic() - asked_s > _ASK_EACH_S:
            asked.demand_still()
            asked_s = time.monotonic()
        yield shot


def refuse_masked(grounds: Grounds, camera_id: str) -> None:
    """
    Refuse footage as it came of a camera of which parts are covered.

    Parameters
    ----------
    grounds
        What the registry says of the camera.
    camera_id
        The camera.

    Raises
    ------
    FeedUnsupported
        Parts of its picture are covered.
    """
    if grounds.masks:
        message = (
            f"camera {camera_id}: parts of its picture are covered, and a clip as it "
            "came would show them; keep stills, or ask the owner for footage"
        )
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


def _place(looks: Looks, folder: str | Path | None) -> Path:
    """Give the folder to write to; it is made where it is not there."""
    place = Path(folder) if folder is not None else looks.settings.evidence
    if place is None:
        message = (
            'there is no folder for evidence; write evidence = "FOLDER" into the '
            "file that COVERAGEKIT_FEEDS names, or give a folder"
        )
        raise InputError(message)
    try:
        place.mkdir(mode=_PRIVATE, parents=True, exist_ok=True)
    except OSError as error:
        message = f"the folder {place} cannot be made: {error.strerror}"
        raise InputError(message) from None
    return place


def _note(asked: Asked, kept: Kept) -> None:
    """Have the account itself proved by the log, which nobody can change."""
    account = kept.account
    told: dict[str, Any] = {
        "file": kept.path.name,
        "sha256": kept.sha256,
        "sidecar_sha256": kept.sidecar_sha256,
    }
    told |= {name: account[name] for name in _TOLD if name in account}
    asked.note(told, digest=kept.sha256)
