"""What integration costs: prices by cameras and stored days, and since when."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from coveragekit.errors import InputError

if TYPE_CHECKING:
    from datetime import date
    from decimal import Decimal

__all__ = ["Plan", "Quote", "Tier", "check_count", "quote"]


@dataclass(frozen=True, slots=True)
class Tier:
    """
    One price.

    Parameters
    ----------
    cameras_from
        It holds from so many cameras, 1 or more.
    days_from
        It holds from so many days stored, 0 or more.
    one_off, yearly
        Amounts in the plan's currency; both ``None`` for a price on request.
    """

    cameras_from: int
    days_from: int
    one_off: Decimal | None
    yearly: Decimal | None


@dataclass(frozen=True, slots=True)
class Plan:
    """
    A fee plan.

    Parameters
    ----------
    name
        Its name.
    currency
        Three letters of ISO 4217.
    effective_from, effective_to
        First and last day on which it holds; no end if ``None``.
    tiers
        Its prices, in the order of cameras and days.
    first_year_included
        Whether the one-off price includes the first year.
    source
        Where the figures come from.
    note
        What else has to be known.
    example
        Whether it is an example and nobody's offer.

    Raises
    ------
    InputError
        If it has no price, one twice, or ends before it begins.
    """

    name: str
    currency: str
    effective_from: date
    effective_to: date | None
    tiers: tuple[Tier, ...]
    first_year_included: bool = False
    source: str | None = None
    note: str | None = None
    example: bool = False

    def __post_init__(self) -> None:
        places = [(tier.cameras_from, tier.days_from) for tier in self.tiers]
        twice = [place for place in places if places.count(place) > 1]
        if twice or not places:
            seen = (
                f"{twice[0][0]} cameras, {twice[0][1]} days twice" if twice else "none"
            )
            message = f"fee plan {self.name!r}: tiers: {seen}; give each price once"
            raise InputError(message)
        end = self.effective_to
        if end is not None and end < self.effective_from:
            since = self.effective_from
            message = f"fee plan {self.name!r}: it ends on {end}, before {since}"
            raise InputError(message)

    def holds(self, on: date) -> bool:
        """
        Tell whether the plan is in force.

        Parameters
        ----------
        on
            The day.

        Returns
        -------
        bool
            Whether it lies between its first and its last day.
        """
        end = self.effective_to
        return self.effective_from <= on and (end is None or on <= end)


@dataclass(frozen=True, slots=True)
class Quote:
    """
    What integration costs by a plan.

    Parameters
    ----------
    of
        The plan.
    tier
        The price that holds.
    cameras
        How many cameras.
    days
        How many days are stored.
    on
        The day of the quote.
    """

    of: Plan
    tier: Tier
    cameras: int
    days: int
    on: date

    @property
    def plan(self) -> str:
        """Name of the plan."""
        return self.of.name

    @property
    def currency(self) -> str:
        """Three letters of ISO 4217."""
        return self.of.currency

    @property
    def one_off(self) -> Decimal | None:
        """What is paid once; ``None`` for a price on request."""
        return self.tier.one_off

    @property
    def yearly(self) -> Decimal | None:
        """What is paid each year; ``None`` for a price on request."""
        return self.tier.yearly

    def total(self, years: int) -> Decimal | None:
        """
        Give what so many years cost in all.

        Parameters
        ----------
        years
            How many, 1 or more.

        Returns
        -------
        decimal.Decimal | None
            The amount; ``None`` for a price on request.

        Raises
        ------
        InputError
            If there are fewer than one.

        Examples
        --------
        >>> from coveragekit.registry.fee_files import example_plan
        >>> from datetime import date
        >>> quote(example_plan(), cameras=1, days=30, on=date(2024, 7, 1)).total(3)
        Decimal('650.00')
        """
        check_count("years", years, 1)
        if self.one_off is None or self.yearly is None:
            return None
        paid = years - 1 if self.of.first_year_included else years
        return self.one_off + self.yearly * paid

    def words(self, language: str = "en") -> str:
        """
        Give the quote as a text.

        Parameters
        ----------
        language
            ``"en"`` or ``"es"``; English where there are no words in it.

        Returns
        -------
        str
            A paragraph with amounts, the plan and its dates.

        Examples
        --------
        >>> from coveragekit.registry.fee_files import example_plan
        >>> from datetime import date
        >>> quoted = quote(example_plan(), cameras=1, days=30, on=date(2024, 7, 1))
        >>> print(quoted.words()[:53])
        For 1 camera and 30 days stored: once 350.00 USD; 150
        """
        words = _words(language)
        subject = words["for_one" if self.cameras == 1 else "for"]
        prices = [words["request"]]
        if self.one_off is not None and self.yearly is not None:
            first = self.total(1)
            later = "yearly_later" if self.of.first_year_included else "yearly"
            prices = [
                words["one_off"].format(**self._amount(self.one_off)),
                words[later].format(**self._amount(self.yearly)),
                words["first_year"].format(**self._amount(first)),
            ]
        end = self.of.effective_to
        plan = words["plan" if end is None else "plan_to"].format(
            plan=self.of.name, since=self.of.effective_from, until=end
        )
        told = subject.format(cameras=self.cameras, days=self.days)
        sentences = [f"{told}: {'; '.join(prices)}.", plan]
        sentences += [words["example"]] if self.of.example else []
        return " ".join([*sentences, words["registration"]])

    def _amount(self, amount: Decimal | None) -> dict[str, str]:
        return {"amount": f"{amount:,.2f}", "currency": self.of.currency}


def quote(plan: Plan, *, cameras: int, days: int, on: date) -> Quote:
    """
    Give what integration costs.

    Parameters
    ----------
    plan
        The fee plan.
    cameras
        How many cameras, 1 or more.
    days
        How many days are stored, 0 or more.
    on
        The day.

    Returns
    -------
    Quote
        The price with its plan and dates.

    Raises
    ------
    InputError
        If the plan is not in force on that day, has no price for so few cameras or
        days, or a number is too small.

    Examples
    --------
    >>> from coveragekit.registry.fee_files import example_plan
    >>> from datetime import date
    >>> quote(example_plan(), cameras=4, days=30, on=date(2024, 7, 1)).yearly
    Decimal('150.00')
    """
    check_count("cameras", cameras, 1)
    check_count("days", days, 0)
    if not plan.holds(on):
        end = plan.effective_to or "no end"
        message = (
            f"the plan {plan.name!r} is not in force on {on}; "
            f"allowed: {plan.effective_from} to {end}"
        )
        raise InputError(message)
    holding = [
        tier
        for tier in plan.tiers
        if tier.cameras_from <= cameras and tier.days_from <= days
    ]
    if not holding:
        message = (
            f"the plan {plan.name!r} has no price for {cameras} cameras and {days} days"
        )
        raise InputError(message)
    tier = max(holding, key=lambda tier: (tier.cameras_from, tier.days_from))
    return Quote(plan, tier, cameras, days, on)


def check_count(what: str, value: object, low: int) -> None:
    """
    Refuse what is no whole number, or too small a one.

    Parameters
    ----------
    what
        What it counts.
    value
        The value.
    low
        The least allowed.

    Raises
    ------
    InputError
        If it is not a whole number or too small.

    Examples
    --------
    >>> check_count("cameras", 3, 1)
    """
    if isinstance(value, bool) or not isinstance(value, int) or value < low:
        message = f"{what}: {value!r}; allowed: a whole number, {low} or more"
        raise InputError(message)


@cache
def _words(language: str) -> dict[str, str]:
    source = files("coveragekit.registry").joinpath("data", "fees", "words.toml")
    known: dict[str, dict[str, str]] = tomllib.loads(source.read_text("utf-8"))
    return known.get(language, known["en"])
