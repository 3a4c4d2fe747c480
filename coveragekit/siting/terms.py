"""Check the terms of a choice: number, budget, must-haves, owners' caps, floors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from coveragekit.errors import InputError
from coveragekit.siting.kernels.state import Rules
from coveragekit.siting.numbers import numbers_of

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Mapping, Sequence

    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = ["Terms", "terms_of"]

# What costs add up to may exceed a budget by rounding, no more.
_ROUNDING: Final = 1e-9


@dataclass(frozen=True, slots=True)
class Terms:
    """
    The terms of a choice: what it may be, and what it must reach.

    Parameters
    ----------
    rules
        Costs, owners, must-have and refused sites, number and budget.
    owners
        Names of the owners that have a cap.
    areas
        Names of the areas that have a floor.
    area
        The area of each point, -1 for one without a floor.
    floors
        What has to be covered at least once in each area, in units of weight.
    weights
        What there is to be covered in each area, in units of weight.
    """

    rules: Rules
    owners: tuple[Hashable, ...]
    areas: tuple[Hashable, ...]
    area: Ints
    floors: Floats
    weights: Floats


def terms_of(  # noqa: PLR0913 -- the terms go by their names
    shape: tuple[int, ...],
    worth: Floats,
    *,
    choose: int | None = None,
    costs: ArrayLike | None = None,
    budget: float | None = None,
    required: Iterable[int] = (),
    refused: Iterable[int] = (),
    owners: Sequence[Hashable] | None = None,
    owner_cap: int | Mapping[Any, int] | None = None,
    areas: Sequence[Hashable] | None = None,
    floors: float | Mapping[Any, float] | None = None,
) -> Terms:
    """
    Check what a choice may be.

    Parameters
    ----------
    shape
        How many points and sites there are.
    worth
        What the first, second ... look at each point is worth.
    choose, costs, budget, required, refused, owners, owner_cap, areas, floors
        As in :func:`coveragekit.siting.maximal_cover`.

    Returns
    -------
    Terms
        The terms.

    Raises
    ------
    InputError
        They cannot be, or contradict each other.

    Examples
    --------
    >>> terms_of((1, 3), np.ones((1, 1)), choose=2, required=[1]).rules.choose
    2
    """
    points, sites = shape
    if choose is None and budget is None:
        message = "neither choose nor budget is given; give a number of sites or a sum"
        raise InputError(message)
    if choose is not None and choose < 1:
        message = f"choose is {choose}; allowed: 1 or more"
        raise InputError(message)
    fixed = _flags(required, sites, "required")
    barred = _flags(refused, sites, "refused")
    _check_sites(fixed, barred)
    paid, most = _money(costs, budget, sites)
    owner, cap, names = _owners(owners, owner_cap, sites)
    rules = Rules(
        cost=paid,
        owner=owner,
        cap=cap,
        fixed=fixed,
        barred=barred,
        choose=sites if choose is None else int(min(choose, sites)),
        budget=most,
    )
    _check_limits(rules, names, choose)
    area, labels, shares = _floors(areas, floors, points)
    held = area >= 0
    inside = np.zeros(len(labels))
    np.add.at(inside, area[held], worth[held, 0])
    return Terms(rules, names, labels, area, shares * inside, inside)


def _flags(numbers: Iterable[int], sites: int, name: str) -> NDArray[np.bool_]:
    given = np.asarray(list(numbers))
    flags = np.zeros(sites, dtype=np.bool_)
    if not given.size:
        return flags
    if given.dtype.kind not in "iu":
        message = f"{name} holds {given[0]!r}; allowed: numbers of sites, from 0 on"
        raise InputError(message)
    wrong = (given < 0) | (given >= sites)
    if wrong.any():
        message = f"{name} names site {given[wrong][0]}; allowed: 0 to {sites - 1}"
        raise InputError(message)
    flags[given] = True
    return flags


def _check_sites(fixed: NDArray[np.bool_], barred: NDArray[np.bool_]) -> None:
    both = np.flatnonzero(fixed & barred)
    if both.size:
        message = (
            f"sites {_listed(both)} are both required and refused; take them out of one"
        )
        raise InputError(message)
    if barred.all():
        message = (
            f"no site is left to choose from: there are {barred.size}, and "
            f"{int(barred.sum())} are refused; loosen the filter or add candidates"
        )
        raise InputError(message)


def _money(
    costs: ArrayLike | None, budget: float | None, sites: int
) -> tuple[Floats, float]:
    if budget is None:
        none = (
            np.zeros(sites)
            if costs is None
            else numbers_of(costs, sites, name="costs of site")
        )
        return none, float(np.inf)
    if costs is None:
        message = f"a budget of {budget:g} without costs; give one cost for each site"
        raise InputError(message)
    if not (np.isfinite(budget) and budget >= 0.0):
        message = f"budget is {budget:g}; allowed: 0 or more, finite"
        raise InputError(message)
    return numbers_of(costs, sites, name="costs of site"), float(budget) * (
        1.0 + _ROUNDING
    )


def _owners(
    owners: Sequence[Hashable] | None,
    owner_cap: int | Mapping[Any, int] | None,
    sites: int,
) -> tuple[NDArray[np.int32], Ints, tuple[Hashable, ...]]:
    number = np.full(sites, -1, dtype=np.int32)
    if owners is None and owner_cap is None:
        return number, np.empty(0, np.int64), ()
    if owners is None or owner_cap is None:
        message = "owners and owner_cap belong together: give both or neither"
        raise InputError(message)
    labels = _labels(owners, sites, name="owners")
    known = list(dict.fromkeys(label for label in labels if label is not None))
    caps = (
        owner_cap if not isinstance(owner_cap, int) else dict.fromkeys(known, owner_cap)
    )
    capped = [name for name in known if name in caps]
    for name in capped:
        if caps[name] != int(caps[name]) or caps[name] < 0:
            message = f"owner_cap of {name!r} is {caps[name]}; allowed: 0, 1, 2 ..."
            raise InputError(message)
    places = {name: at for at, name in enumerate(capped)}
    number[:] = [places.get(label, -1) for label in labels]
    return (
        number,
        np.array([int(caps[name]) for name in capped], np.int64),
        tuple(capped),
    )


def _labels(given: Iterable[Any], count: int, *, name: str) -> list[Hashable]:
    """Give labels as a list, those that are missing as None."""
    listed = list(given)
    if len(listed) != count:
        message = f"there are {len(listed)} {name}; allowed: {count}, one for each row"
        raise InputError(message)
    # not-a-number is the one thing that differs from itself
    return [None if one is None or one != one else one for one in listed]  # noqa: PLR0124


def _check_limits(
    rules: Rules, owners: tuple[Hashable, ...], choose: int | None
) -> None:
    count = int(rules.fixed.sum())
    if choose is not None and count > choose:
        message = (
            f"{count} sites are required, and choose is {choose}; allowed: no more"
        )
        raise InputError(message)
    needed = float(rules.cost[rules.fixed].sum())
    if needed > rules.budget:
        message = (
            f"the required sites cost {needed:g}, more than the budget of "
            f"{rules.budget:g}; raise the budget or require fewer"
        )
        raise InputError(message)
    cheapest = float(rules.cost[~rules.barred].min())
    if cheapest > rules.budget:
        message = (
            f"budget is {rules.budget:g}, and the cheapest site that may be chosen "
            f"costs {cheapest:g}; raise the budget or add cheaper sites"
        )
        raise InputError(message)
    taken = np.bincount(
        rules.owner[rules.fixed & (rules.owner >= 0)], minlength=len(owners)
    )
    over = np.flatnonzero(taken > rules.cap)
    if over.size:
        at = int(over[0])
        message = (
            f"{taken[at]} sites of {owners[at]!r} are required, and its cap is "
            f"{rules.cap[at]}; raise the cap or require fewer"
        )
        raise InputError(message)


def _floors(
    areas: Sequence[Hashable] | None,
    floors: float | Mapping[Any, float] | None,
    points: int,
) -> tuple[Ints, tuple[Hashable, ...], Floats]:
    number = np.full(points, -1, dtype=np.int64)
    if areas is None and floors is None:
        return number, (), np.empty(0)
    if areas is None or floors is None:
        message = "areas and floors belong together: give both or neither"
        raise InputError(message)
    labels = _labels(areas, points, name="areas")
    known = list(dict.fromkeys(label for label in labels if label is not None))
    wanted = (
        floors if not isinstance(floors, int | float) else dict.fromkeys(known, floors)
    )
    unknown = [name for name in wanted if name not in set(known)]
    if unknown:
        message = (
            f"floors name {unknown[0]!r}, where no point lies; allowed: "
            f"{', '.join(map(repr, known[:8]))}{' ...' if len(known) > 8 else ''}"
        )
        raise InputError(message)
    for name, share in wanted.items():
        if not 0.0 <= share <= 1.0:
            message = (
                f"the floor of {name!r} is {share:g}; allowed: a share from 0 to 1"
            )
            raise InputError(message)
    held = [name for name in known if wanted.get(name, 0.0) > 0.0]
    places = {name: at for at, name in enumerate(held)}
    number[:] = [places.get(label, -1) for label in labels]
    return number, tuple(held), np.array([float(wanted[name]) for name in held])


def _listed(numbers: NDArray[np.int64]) -> str:
    shown = ", ".join(map(str, numbers[:8].tolist()))
    return f"{shown} ..." if numbers.size > 8 else shown
