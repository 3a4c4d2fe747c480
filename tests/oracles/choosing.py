"""Choose sites by looking at every choice, and by a programme of whole numbers."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp


@dataclass
class Question:
    """A small question, dense, with the keywords that it is asked with."""

    cover: NDArray[np.float64]
    weights: NDArray[np.float64]
    levels: tuple[float, ...] = (1.0,)
    terms: dict[str, Any] = field(default_factory=dict)

    def keywords(self) -> dict[str, Any]:
        """Give what ``maximal_cover`` and ``verify_bound`` take."""
        return {"level_values": self.levels, **self.terms}


def worth(question: Question, sites: Any) -> float:
    """Expected worth of a choice, point by point, look by look."""
    total = 0.0
    for point, weight in enumerate(question.weights):
        looks = np.zeros(len(sites) + 1)
        looks[0] = 1.0
        for site in sites:
            p = question.cover[point, site]
            looks = looks * (1.0 - p) + np.append(0.0, looks[:-1]) * p
        for level, value in enumerate(question.levels):
            total += weight * value * looks[level + 1 :].sum()
    return float(total)


def keeps(question: Question, sites: Any) -> bool:
    """Tell whether a choice keeps every term."""
    terms, chosen = question.terms, set(sites)
    if len(chosen) > terms.get("choose", len(chosen)):
        return False
    if "budget" in terms:
        cost = sum(terms["costs"][site] for site in chosen)
        if cost > terms["budget"] + 1e-9:
            return False
    if chosen.intersection(terms.get("refused", ())):
        return False
    if not chosen.issuperset(terms.get("required", ())):
        return False
    if "owners" in terms:
        held = [terms["owners"][site] for site in chosen]
        if any(held.count(owner) > terms["owner_cap"] for owner in held):
            return False
    return all(
        _covered(question, name, chosen) >= share * _inside(question, name) - 1e-9
        for name, share in terms.get("floors", {}).items()
    )


def _inside(question: Question, area: Any) -> float:
    flags = [name == area for name in question.terms["areas"]]
    return float(question.weights[flags].sum() * question.levels[0])


def _covered(question: Question, area: Any, chosen: set[int]) -> float:
    total = 0.0
    for point, name in enumerate(question.terms["areas"]):
        if name == area:
            missed = np.prod([1.0 - question.cover[point, site] for site in chosen])
            total += question.weights[point] * question.levels[0] * (1.0 - missed)
    return float(total)


def best_of_all(question: Question) -> float | None:
    """Give what the best of all choices is worth; ``None`` where none may be."""
    sites = range(question.cover.shape[1])
    every = itertools.chain.from_iterable(
        itertools.combinations(sites, count) for count in range(len(sites) + 1)
    )
    found = [worth(question, chosen) for chosen in every if keeps(question, chosen)]
    return max(found, default=None)


def best_by_programme(question: Question) -> float:
    """Give the optimum of a question with sure pairs, one look, and a number."""
    points, sites = question.cover.shape
    link = np.hstack([-question.cover, np.eye(points)])
    count = np.append(np.ones(sites), np.zeros(points))
    found = milp(
        np.append(np.zeros(sites), -question.weights),
        integrality=np.append(np.ones(sites), np.zeros(points)),
        bounds=Bounds(0.0, 1.0),
        constraints=[
            LinearConstraint(link, -np.inf, 0.0),
            LinearConstraint(count, -np.inf, question.terms["choose"]),
        ],
        options={"mip_rel_gap": 1e-9},
    )
    assert found.status == 0
    return -float(found.fun)


def bound_of_prices(question: Question, prices: NDArray[np.float64]) -> float:
    """Give what prices prove for sure pairs and a number, in a plain loop."""
    total = 0.0
    for point, price in enumerate(prices):
        for value in question.levels:
            total += max(question.weights[point] * value - price, 0.0)
    pay = [
        sum(prices[point] for point in np.flatnonzero(question.cover[:, site]))
        for site in range(question.cover.shape[1])
    ]
    return total + sum(sorted(pay, reverse=True)[: question.terms["choose"]])


def random_question(  # noqa: C901 -- each term is drawn by itself
    seed: int, *, points: int = 24, sites: int = 8
) -> Question:
    """Draw a question with any mixture of terms."""
    rng = np.random.default_rng(seed)
    n, m = int(rng.integers(3, points)), int(rng.integers(2, sites + 1))
    cover = (rng.random((n, m)) < 0.35).astype(np.float64)
    kind = seed % 3
    if kind == 1:
        cover *= rng.choice([0.25, 0.5, 0.8, 1.0], (n, m))
    elif kind == 2:
        cover *= rng.uniform(0.1, 0.5)
    terms: dict[str, Any] = {}
    if rng.random() < 0.6:
        terms["choose"] = int(rng.integers(1, m + 1))
    if rng.random() < 0.5 or not terms:
        terms["costs"] = rng.integers(1, 9, m).astype(float)
        terms["budget"] = float(rng.integers(9, 25))
    if rng.random() < 0.3:
        terms["refused"] = [0]
    if rng.random() < 0.3:
        terms["required"] = [1]
    if rng.random() < 0.3:
        terms["owners"] = rng.integers(0, 3, m).tolist()
        terms["owner_cap"] = 1
    if rng.random() < 0.4:
        terms["areas"] = rng.integers(0, 2, n).tolist()
        shares = rng.choice([0.1, 0.3, 0.5], 2)
        terms["floors"] = {area: float(shares[area]) for area in set(terms["areas"])}
    levels = [(1.0,), (1.0, 0.4), (1.0, 1.0, 0.2)][int(rng.integers(0, 3))]
    weights = rng.integers(0, 10, n).astype(float)
    return Question(cover, weights, levels, terms)
