"""Name the streets of the made-up city."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from coveragekit.sources.city_rules import city_rules

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["street_names"]


def street_names(
    classes: NDArray[np.object_],
    street: NDArray[np.int64],
    rng: np.random.Generator,
) -> NDArray[np.object_]:
    """
    Give each piece of a street the name of the street.

    Parameters
    ----------
    classes
        Highway class of each piece.
    street
        Number of the street that each is a part of.
    rng
        Generator of random numbers.

    Returns
    -------
    numpy.ndarray
        Names; in a large city some come twice, far from one another, as they do.

    Examples
    --------
    >>> one = street_names(np.array(["residential"] * 2, dtype=object),
    ...     np.array([7, 7]), np.random.default_rng(0))
    >>> bool(one[0] == one[1])
    True
    """
    rules = city_rules()["names"]
    numbers, first, of = np.unique(street, return_index=True, return_inverse=True)
    kinds = classes[first]
    names = np.empty(len(numbers), dtype=object)
    for kind in sorted(set(kinds)):
        mine = np.flatnonzero(kinds == kind)
        ends = rules["kinds"].get(kind, rules["kinds"]["residential"])
        pool = np.array(
            [
                f"{side}{stem} {end}"
                for side in rules["sides"]
                for end in dict.fromkeys(ends)
                for stem in rules["stems"]
            ],
            dtype=object,
        )
        # Plain names go first: a point of the compass is for when they are used up.
        plain = len(pool) // len(rules["sides"])
        order = np.concatenate(
            [rng.permutation(plain) + at for at in range(0, len(pool), plain)]
        )
        names[mine] = pool[order[np.arange(len(mine)) % len(order)]]
    return names[of]
