"""Kept pictures packed for a browser, to be looked at once more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coveragekit.errors import FeedUnsupported
from coveragekit.feeds.messages import Fragment, Init
from coveragekit.feeds.muxing import FragmentMuxer

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from coveragekit.feeds.masks import Mask
    from coveragekit.feeds.ring import Footage

__all__ = ["replay"]


def replay(
    footage: Footage, *, masks: Sequence[Mask], utc: Callable[[float], datetime]
) -> tuple[Init, list[Fragment]]:
    """
    Pack kept pictures as a viewer of the live stream would have been sent them.

    Parameters
    ----------
    footage
        The pictures.
    masks
        What is covered of the camera's picture; it has to be said.
    utc
        Makes a time of day of when a picture came, such as a hub's ``utc``.

    Returns
    -------
    tuple
        The stream's beginning and its fragments; their times begin at 0.

    Raises
    ------
    FeedUnsupported
        The camera is masked: a stream as it came would show what is covered.
    """
    if masks:
        message = f"camera {footage.camera_id}: a masked camera's stream is not shown"
        raise FeedUnsupported(message)
    shape = footage.shape
    muxer = FragmentMuxer(shape)
    cuts = [cut for one in footage.pictures for cut in muxer.add(one)]
    cuts += muxer.close()
    size = (shape.width_px, shape.height_px)
    fragments = [
        Fragment(number, cut.data, cut.is_key, utc(cut.came_s))
        for number, cut in enumerate(cuts, 1)
    ]
    return Init(shape.codec_name, shape.init, *size), fragments
