"""What is wanted of a camera, and what makes two who want it share a connection."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from coveragekit.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from coveragekit.feeds.masks import Mask
    from coveragekit.feeds.target import FeedTarget

__all__ = ["Want", "check_wishes", "in_order", "key_of"]

Want = Literal["main", "sub", "snapshot"]

_FORMS = ("fmp4", "jpeg")
_WANTS = ("main", "sub", "snapshot")


def check_wishes(want: str, as_: str, rate_hz: float) -> None:
    """
    Refuse what no hub knows.

    Parameters
    ----------
    want
        Which stream.
    as_
        In which form.
    rate_hz
        How many pictures a second.

    Raises
    ------
    InputError
        One of them is none.

    Examples
    --------
    >>> check_wishes("main", "jpeg", 3.0)
    """
    if want not in _WANTS or as_ not in _FORMS:
        message = f"a feed is wanted as one of {_WANTS} and {_FORMS}, not {want}, {as_}"
        raise InputError(message)
    if not rate_hz >= 0:
        message = f"pictures a second are 0 or more, not {rate_hz}"
        raise InputError(message)


def in_order(masks: Sequence[Mask]) -> tuple[Mask, ...]:
    """
    Give masks so that the same ones are always equal.

    Parameters
    ----------
    masks
        The masks.

    Returns
    -------
    tuple of Mask
        Each once.
    """
    return tuple(sorted(set(masks), key=repr))


def key_of(target: FeedTarget, want: Want) -> tuple[object, ...]:
    """
    Say what makes two targets one connection; logins are made anew each time.

    Parameters
    ----------
    target
        The camera.
    want
        Which of its streams.

    Returns
    -------
    tuple
        The camera's id, which stream, and all that says where it is.
    """
    places = (target.address, target.substream, target.snapshot)
    return (target.camera_id, want, *places, target.tls, target.certificate_sha256)
