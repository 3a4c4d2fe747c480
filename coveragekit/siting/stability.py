"""Say how far a plan holds where who sees what is uncertain."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from coveragekit.errors import InputError
from coveragekit.siting.maximal import maximal_cover
from coveragekit.siting.merging import merge
from coveragekit.siting.problem import cover_of_sites, worth_of
from coveragekit.siting.search import Ground, state_of
from coveragekit.siting.terms import terms_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

__all__ = ["Stability", "covered_worth", "stability"]


@dataclass(frozen=True, slots=True, eq=False)
class Stability:
    """
    How a plan fares in scenes, each of which may be the true one.

    Parameters
    ----------
    chosen_share
        One a site: in which share of the scenes the best plan found has it.
    values
        What the plan is worth in each scene.
    best_values
        What the best plan found for each scene is worth there.
    """

    chosen_share: Floats
    values: Floats
    best_values: Floats

    @property
    def interval(self) -> tuple[float, float, float]:
        """The 5th percentile, the median and the 95th of what the plan is worth."""
        low, middle, high = np.quantile(self.values, (0.05, 0.5, 0.95)).tolist()
        return low, middle, high

    @property
    def kept_share(self) -> float:
        """What the plan keeps, in the worst scene, of the best found for it: 0 to 1."""
        seen = self.best_values > 0.0
        if not seen.any():
            return 1.0
        return float((self.values[seen] / self.best_values[seen]).min())


def stability(
    covers: Sequence[Any],
    weights: ArrayLike,
    selected: Iterable[int],
    **terms: Any,  # noqa: ANN401 -- those of maximal_cover
) -> Stability:
    """
    Give how a choice of sites fares in scenes, and which sites each would choose.

    Parameters
    ----------
    covers
        One a scene, as in :func:`coveragekit.siting.maximal_cover`, all of one shape.
    weights
        What covering each point is worth.
    selected
        The sites in question, such as those of a plan.
    **terms
        The other keywords of :func:`coveragekit.siting.maximal_cover`; ``effort`` is
        ``quick`` where it is not given.

    Returns
    -------
    Stability
        Values by scene, and by site how often it is chosen.

    Raises
    ------
    InputError
        There is no scene, shapes differ, or a question cannot be.

    Notes
    -----
    Where the best plan found for a scene is worth less than the choice itself, which
    keeps the same terms or not, the choice's worth counts as the best.

    Examples
    --------
    >>> sunny = np.array([[1, 0], [0, 1]], dtype=bool)
    >>> foggy = np.array([[0, 0], [0, 1]], dtype=bool)
    >>> found = stability([sunny, foggy], [3.0, 2.0], [0], choose=1)
    >>> found.values.tolist(), found.chosen_share.tolist()
    ([3.0, 0.0], [0.5, 0.5])
    """
    if not len(covers):
        message = "there are no scenes; give one cover or more"
        raise InputError(message)
    levels = terms.get("level_values", (1.0,))
    sites = list(selected)
    values, bests, counts = [], [], None
    for cover in covers:
        form = cover_of_sites(cover)
        if counts is None:
            counts = np.zeros(form.shape[1])
        if form.shape[1] != len(counts):
            message = f"a scene has {form.shape[1]} sites, the first {len(counts)}"
            raise InputError(message)
        plan = maximal_cover(form, weights, **{"effort": "quick", **terms})
        counts[plan.selected] += 1.0
        values.append(covered_worth(form, weights, sites, level_values=levels))
        bests.append(max(plan.value, values[-1]))
    assert counts is not None
    return Stability(counts / len(covers), np.array(values), np.array(bests))


def covered_worth(
    cover: Any,  # noqa: ANN401 -- any of scipy's sparse forms, or an array
    weights: ArrayLike,
    selected: Iterable[int],
    *,
    level_values: ArrayLike = (1.0,),
) -> float:
    """
    Give what sites are worth together, whatever the terms.

    Parameters
    ----------
    cover, weights
        As in :func:`coveragekit.siting.maximal_cover`.
    selected
        Numbers of the sites.
    level_values
        As there.

    Returns
    -------
    float
        The value that a plan of these sites has.

    Raises
    ------
    InputError
        The question cannot be, or there is no such site.

    Examples
    --------
    >>> covered_worth(np.array([[0.5, 0.5]]), [8.0], [0, 1])
    6.0
    """
    form = cover_of_sites(cover)
    worth = worth_of(weights, level_values, form.shape[0])
    sites = list(selected)
    if not sites:
        return 0.0
    terms = terms_of(form.shape, worth, choose=form.shape[1], required=sites)
    merged = merge(form, worth, terms.area)
    ground = Ground(merged.pairs, merged.worth, terms.rules)
    return float(state_of(ground, terms.rules.fixed).totals[2])
