"""Chances and shares from stored pairs of a place and a view, for any of the views."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final, Protocol

import numpy as np

from coveragekit.coverage.kernels.pairs import (
    chance_of_places,
    chance_of_supports,
    masked_sums,
)
from coveragekit.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Rows = NDArray[np.int64]

__all__ = [
    "LIGHTS",
    "Events",
    "Places",
    "Views",
    "event_chance",
    "place_chance",
    "sums",
]

LIGHTS: Final = ("day", "night")
# Below this many rows a second thread costs more than it saves.
_WORTH_SHARING: Final = 200_000
_NO_WEIGHT: Final = np.empty(0, np.float64)
_NO_MASK: Final = np.empty(0, np.float32)
_ALL: Final = np.empty(0, np.int64)


class Views(Protocol):
    """The views of cameras, as a view store holds them: one row each."""

    @property
    def camera(self) -> NDArray[np.int32]:
        """The camera that each is a view of."""

    @property
    def probability(self) -> NDArray[np.float32]:
        """How surely its camera looks that way."""


class Places(Protocol):
    """Places and the views that see them, as a view store holds them."""

    @property
    def ptr(self) -> NDArray[np.int64]:
        """Where the pairs of each place begin, and where the last ends."""

    @property
    def view(self) -> NDArray[np.int32]:
        """The view of each pair."""

    @property
    def day(self) -> NDArray[np.uint8]:
        """How many bands each pair reaches by day, the loosest first."""

    @property
    def night(self) -> NDArray[np.uint8]:
        """How many bands each pair reaches by night."""

    @property
    def weight(self) -> NDArray[np.float64]:
        """What each place counts; of events how likely each is there."""


class Events(Protocol):
    """Events and where each may have happened, as a view store holds them."""

    @property
    def support(self) -> NDArray[np.int32]:
        """The support of each event; those of one place share it."""

    @property
    def support_ptr(self) -> NDArray[np.int64]:
        """Where the places of each support begin, and where the last ends."""


def place_chance(  # noqa: PLR0913 - keywords, each of which stands for itself
    places: Places,
    views: Views,
    *,
    flags: NDArray[np.bool_],
    band: int,
    light: str = "day",
    rows: Rows | None = None,
    out: NDArray[np.float32] | None = None,
) -> NDArray[np.float32]:
    """
    Give for each place how surely at least one camera sees it.

    Parameters
    ----------
    places
        The places and the pairs of each; pairs of one place in any order.
    views
        The views that the pairs name.
    flags
        Which views count, one for each.
    band
        Position of the band that has to be reached, the loosest being 0.
    light
        ``"day"`` or ``"night"``.
    rows
        The places to compute; all where ``None``.
    out
        Where to write, one for each place; those not computed keep what they hold. A
        new array, 0 at those, where ``None``.

    Returns
    -------
    numpy.ndarray
        P = 1 - prod(1 - p) over the cameras that count, where p of a camera is the sum
        over its views that reach the place, at most 1: views of one camera exclude each
        other.

    Raises
    ------
    InputError
        Flags of another length, or no such light.

    Notes
    -----
    The same as :func:`coveragekit.coverage.point_probability` with ``units`` gives for
    the matrix that the pairs are, to the rounding of float32.

    Examples
    --------
    >>> from types import SimpleNamespace as Rows
    >>> places = Rows(ptr=np.array([0, 2, 3]), view=np.array([0, 1, 1], np.int32),
    ...               day=np.array([3, 1, 3], np.uint8))
    >>> views = Rows(camera=np.array([0, 1], np.int32),
    ...              probability=np.array([0.5, 0.5], np.float32))
    >>> both = np.array([True, True])
    >>> place_chance(places, views, flags=both, band=0).tolist()
    [0.75, 0.5]
    >>> place_chance(places, views, flags=both, band=2).tolist()
    [0.5, 0.5]
    """
    if light not in LIGHTS:
        message = f"light is {light!r}; allowed: {', '.join(LIGHTS)}"
        raise InputError(message)
    count = len(views.camera)
    if flags.shape != (count,) or flags.dtype != np.bool_:
        message = (
            f"flags are {flags.dtype} of shape {flags.shape}; allowed: one True or "
            f"False for each of the {count} views"
        )
        raise InputError(message)
    camera = np.asarray(views.camera)
    several = np.bincount(camera, minlength=1)[camera] > 1
    chance = np.where(flags, views.probability, np.float32(0.0)).astype(np.float32)
    made = np.zeros(len(places.ptr) - 1, np.float32) if out is None else out
    chosen = _ALL if rows is None else np.asarray(rows, np.int64)
    if rows is not None and not len(chosen):
        return made
    level = places.day if light == "day" else places.night

    def part(first: int, last: int) -> None:
        chance_of_places(
            *(places.ptr, places.view, level, band, chance, camera, several),
            *(chosen, first, last, made),
        )

    _shared(part, len(made) if rows is None else len(chosen))
    return made


def event_chance(
    events: Events, places: Places, chance: NDArray[np.float32]
) -> NDArray[np.float32]:
    """
    Give for each event how surely it is seen.

    Parameters
    ----------
    events
        The events, each with its support.
    places
        The places of those supports, with how likely an event is at each.
    chance
        How surely each place is seen, as :func:`place_chance` gives it.

    Returns
    -------
    numpy.ndarray
        The sum of weight times chance over the places of its support, at most 1.

    Raises
    ------
    InputError
        Chances of another length.

    Examples
    --------
    >>> from types import SimpleNamespace as Rows
    >>> places = Rows(weight=np.array([0.5, 0.5, 1.0]))
    >>> events = Rows(support=np.array([0, 1, 0], np.int32),
    ...               support_ptr=np.array([0, 2, 3]))
    >>> event_chance(events, places, np.array([1, 0, 1], np.float32)).tolist()
    [0.5, 1.0, 0.5]
    """
    if chance.shape != places.weight.shape:
        message = (
            f"there are {len(chance)} chances for {len(places.weight)} places; "
            "allowed: one for each place"
        )
        raise InputError(message)
    made = np.empty(len(events.support_ptr) - 1, np.float32)

    def part(first: int, last: int) -> None:
        chance_of_supports(events.support_ptr, places.weight, chance, first, last, made)

    _shared(part, len(made))
    return np.asarray(made[events.support])


def sums(
    chance: NDArray[np.float32],
    *,
    weight: NDArray[np.float64] | None = None,
    mask: NDArray[np.float32] | None = None,
) -> tuple[float, float]:
    """
    Give how much is seen of what passes a mask, and how much there is.

    Parameters
    ----------
    chance
        How surely each row is seen, 0 to 1, float32.
    weight
        What each row counts, float64; 1 each where ``None``.
    mask
        How much of each row passes, 0 to 1, float32; all where ``None``.

    Returns
    -------
    tuple of float
        What is seen, and the whole, in the unit of the weights.

    Examples
    --------
    >>> sums(np.array([1.0, 0.5], np.float32), mask=np.array([0.0, 1.0], np.float32))
    (0.5, 1.0)
    """
    return masked_sums(
        chance,
        _NO_WEIGHT if weight is None else weight,
        _NO_MASK if mask is None else mask,
    )


def _shared(part: Callable[[int, int], None], count: int) -> None:
    """Do rows in two threads where there are many; the kernels let go of the lock."""
    if count < _WORTH_SHARING:
        part(0, count)
        return
    half = count // 2
    with ThreadPoolExecutor(max_workers=1) as beside:
        other = beside.submit(part, 0, half)
        part(half, count)
        other.result()
