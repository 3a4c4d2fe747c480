"""Clips and stills kept as evidence: not a bit changed, and it can be proved."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from coveragekit.errors import FeedUnsupported
from coveragekit.feeds.accounts import (
    Kept,
    account_of,
    make_private,
    name_of,
    publish,
)
from coveragekit.feeds.clips import ClipFile

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from coveragekit.feeds.masks import Mask
    from coveragekit.feeds.messages import Picture
    from coveragekit.feeds.ring import Footage

__all__ = ["keep_clip", "keep_still"]

_COVERED = "a masked camera's stream is not given away"


def keep_clip(  # noqa: PLR0913 - what stands in the account, each by name
    footage: Footage,
    folder: Path,
    *,
    masks: Sequence[Mask],
    start_at: datetime,
    wanted_at: datetime | None = None,
    mended: dict[str, int] | None = None,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Kept:
    """
    Write a clip without decoding it, and an account of it beside it.

    Parameters
    ----------
    footage
        The pictures.
    folder
        Where to; it exists.
    masks
        What is covered of the camera's picture; it has to be said.
    start_at
        When the first picture came, UTC.
    wanted_at
        The moment asked for; what stands before it is the lead-in from the keyframe.
    mended
        How often the stream had to be put right.
    now
        The time of day.

    Returns
    -------
    Kept
        What was written.

    Raises
    ------
    FeedUnsupported
        The camera is masked: a stream as it came would show what is covered.
    FeedBroken
        The pictures cannot be written as a clip.
    InputError
        A time without zone, or no picture at all.

    Notes
    -----
    It shows that nothing was changed since the export, not that the camera showed the
    truth. Both files appear whole or not at all, and are read-only.
    """
    if masks or footage.masks:
        message = f"camera {footage.camera_id}: {_COVERED}"
        raise FeedUnsupported(message)
    lead_in_s = 0.0
    if wanted_at is not None:
        lead_in_s = max(0.0, (wanted_at - start_at).total_seconds())
    with ClipFile(footage.camera_id, folder, footage.shape, start_at=start_at) as clip:
        for one in footage.pictures:
            clip.add(one)
        return clip.keep(
            {"lead_in_s": round(lead_in_s, 3), "mended": mended or {}}, now=now
        )


def keep_still(
    camera_id: str,
    picture: Picture,
    folder: Path,
    *,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Kept:
    """
    Write a single picture as it was shown, and an account of it beside it.

    Parameters
    ----------
    camera_id
        The camera.
    picture
        The picture; what is masked in it is covered already.
    folder
        Where to; it exists.
    now
        The time of day.

    Returns
    -------
    Kept
        What was written.

    Raises
    ------
    InputError
        A time without zone.
    """
    name = name_of(camera_id, picture.came_at, "jpg")
    part = folder / f".{name}.{secrets.token_hex(4)}.part"
    try:
        make_private(part)
        part.write_bytes(picture.jpeg)
        account = {
            **account_of(camera_id, part, start_at=picture.came_at, now=now()),
            "kind": "still",
            "width_px": picture.width_px,
            "height_px": picture.height_px,
            "is_masked": picture.is_masked,
        }
        return publish(part, folder / name, account)
    finally:
        part.unlink(missing_ok=True)
