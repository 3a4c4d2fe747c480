"""Join pairs of a place and a view that sees it into chances, for some of the views."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coveragekit.visibility.jit import kernel

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["chance_of_places", "chance_of_supports", "masked_sums"]

# Shares of time that make up the whole of it may fall short by rounding to float32.
_SURE = 1.0 - 1e-6


@kernel
def _looks(
    first: int,
    last: int,
    at: int,
    view: NDArray[np.int32],
    level: NDArray[np.uint8],
    band: int,
    chance: NDArray[np.float32],
    camera: NDArray[np.int32],
) -> float:
    """
    Give how surely a camera of several views looks at a place, once for the camera.

    Its views exclude each other, so their chances add up; only the first of them that
    counts here gives the sum, the others give 0.
    """
    sought = camera[view[at]]
    total = 0.0
    for other in range(first, last):
        one = view[other]
        if camera[one] != sought or level[other] <= band or chance[one] <= 0.0:
            continue
        if other < at:
            return 0.0
        total += chance[one]
    return 1.0 if total >= _SURE else total


@kernel
def chance_of_places(
    place_ptr: NDArray[np.int64],
    view: NDArray[np.int32],
    level: NDArray[np.uint8],
    band: int,
    chance: NDArray[np.float32],
    camera: NDArray[np.int32],
    several: NDArray[np.bool_],
    rows: NDArray[np.int64],
    first_row: int,
    last_row: int,
    out: NDArray[np.float32],
) -> None:
    """
    Write for places how surely at least one camera sees them.

    Parameters
    ----------
    place_ptr
        Where the pairs of each place begin.
    view, level
        The view of each pair, and how many bands it reaches there.
    band
        The band that a pair has to pass.
    chance
        How surely each view looks; 0 leaves it out.
    camera
        The camera of each view.
    several
        Whether the camera of each view has others.
    rows
        The places to do; empty for those from ``first_row`` on to ``last_row``.
    first_row, last_row
        Which of them: of ``rows``, or of all places.
    out
        One for each place; only those done are written.
    """
    listed = rows.size > 0
    for step in range(first_row, last_row):
        place = rows[step] if listed else step
        first, last = place_ptr[place], place_ptr[place + 1]
        miss = 1.0
        for at in range(first, last):
            if level[at] <= band:
                continue
            one = view[at]
            looks = float(chance[one])
            if looks <= 0.0:
                continue
            if several[one]:
                looks = _looks(first, last, at, view, level, band, chance, camera)
            miss *= 1.0 - looks
            if miss <= 0.0:
                miss = 0.0
                break
        out[place] = 1.0 - miss


@kernel
def chance_of_supports(
    support_ptr: NDArray[np.int64],
    weight: NDArray[np.float64],
    place_chance: NDArray[np.float32],
    first_row: int,
    last_row: int,
    out: NDArray[np.float32],
) -> None:
    """
    Write for supports how surely an event is seen that may be anywhere in them.

    Parameters
    ----------
    support_ptr
        Where the places of each support begin.
    weight
        How likely an event is at each place of its support.
    place_chance
        How surely each place is seen.
    first_row, last_row
        Which supports to do.
    out
        One for each support; only those done are written.
    """
    for support in range(first_row, last_row):
        total = 0.0
        for at in range(support_ptr[support], support_ptr[support + 1]):
            total += weight[at] * float(place_chance[at])
        out[support] = min(total, 1.0)


@kernel
def masked_sums(
    chance: NDArray[np.float32],
    weight: NDArray[np.float64],
    mask: NDArray[np.float32],
) -> tuple[float, float]:
    """
    Give how much is seen of what passes a mask, and how much passes.

    Parameters
    ----------
    chance
        How surely each row is seen.
    weight
        What each counts; empty for 1 each.
    mask
        How much of each passes, 0 to 1; empty for all.

    Returns
    -------
    tuple
        The sum of weight times mask times chance, and that of weight times mask.
    """
    seen = 0.0
    total = 0.0
    weighted = weight.size > 0
    masked = mask.size > 0
    for row in range(chance.size):
        load = weight[row] if weighted else 1.0
        if masked:
            load *= float(mask[row])
        total += load
        seen += load * float(chance[row])
    return seen, total
