"""Which cameras, light and state the numbers of the page are of."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, Self, cast

from coveragekit.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from coveragekit.optics import Light

__all__ = [
    "ALL_COUNTED",
    "COUNTED_TIER",
    "LIGHTS",
    "STATES",
    "TIERS",
    "Choice",
    "choice_controls",
    "counted_tiers",
    "tier_options",
]

TIERS: Final = ("public", "integrated", "registered", "planned")
COUNTED_TIER: Final = "registered"
"""The tier whose nested sum is the headline value: all tiers but planned."""

ALL_COUNTED = "public + integrated + registered"
LIGHTS: Final = {"day": "by day", "night": "by night"}
STATES: Final = {"designed": "as designed", "now": "working now"}
_HINTS: Final = {
    "light": "By night a camera sees as far as its own infrared lamp lets it",
    "state": "Working now: online, or heard of within the day before the study's date",
}


@dataclass(frozen=True, slots=True)
class Choice:
    """
    What the reader has chosen.

    Parameters
    ----------
    tier
        Count the cameras of this tier and of those before it.
    light
        ``"day"`` or ``"night"``.
    state
        ``"designed"``, every camera, or ``"now"``, those that work.
    """

    tier: str = COUNTED_TIER
    light: Light = "day"
    state: str = "designed"

    @property
    def words(self) -> str:
        """Give the choice in words, such as ``"public, by night, working now"``."""
        tiers = " + ".join(counted_tiers(self.tier))
        return f"{tiers}, {LIGHTS[self.light]}, {STATES[self.state]}"

    @property
    def is_usual(self) -> bool:
        """Whether light and state are those of the headline of a report."""
        return self.light == "day" and self.state == "designed"

    def changed(self, message: Mapping[str, Any]) -> Self:
        """
        Give the choice with the parts that a page sent.

        Parameters
        ----------
        message
            Any of ``tier``, ``light`` and ``state``; what else it holds is ignored.

        Returns
        -------
        Choice
            The new one.

        Raises
        ------
        InputError
            None of the parts is there, or a value that there is not.

        Examples
        --------
        >>> Choice().changed({"light": "night"}).words
        'public + integrated + registered, by night, as designed'
        """
        allowed = {"tier": TIERS, "light": tuple(LIGHTS), "state": tuple(STATES)}
        parts = {name: str(message[name]) for name in allowed if name in message}
        if not parts:
            found = f"the message names none of {', '.join(allowed)}: {dict(message)}"
            raise InputError(found)
        for name, value in parts.items():
            if value not in allowed[name]:
                options = ", ".join(allowed[name])
                found = f"there is no {name} {value!r}; allowed: {options}"
                raise InputError(found)
        return replace(self, **cast("dict[str, Any]", parts))

    def of(self, share: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """
        Give the figure of a share that was computed for this choice.

        Parameters
        ----------
        share
            An entry of ``shares`` in the summary.

        Returns
        -------
        mapping or None
            ``value``, ``low`` and ``high``; ``None`` where nobody computed it.

        Examples
        --------
        >>> Choice(light="night").of({"value": 0.4, "low": None, "high": None})
        """
        if self.tier != COUNTED_TIER:
            found = share["by_access"][self.tier]
            low, high = found.get("nested_interval") or (None, None)
            figure = {"value": found["nested"], "low": low, "high": high}
            return figure if self.is_usual else None
        if self.is_usual:
            return share
        if self.state == "now":
            name = "working_now" if self.light == "day" else "working_by_night"
            return share.get(name)
        by_light: Mapping[str, Any] = share.get("by_light") or {}
        return by_light.get("night")

    def missing(self, shares: Mapping[str, Any]) -> str:
        """
        Say in plain words why this choice has no numbers, and what to do.

        Parameters
        ----------
        shares
            ``shares`` of the summary.

        Returns
        -------
        str
            Empty where at least one share has a number for it.
        """
        if any(share and self.of(share) is not None for share in shares.values()):
            return ""
        whole = replace(self, tier=COUNTED_TIER)
        if any(share and whole.of(share) is not None for share in shares.values()):
            return (
                f"{self._named.capitalize()} has been computed for {ALL_COUNTED} "
                "together only: choose + registered, or by day and as designed."
            )
        return (
            f"{self._named.capitalize()} has not been computed: build the study again "
            "with coveragekit build STUDY, or choose by day and as designed."
        )

    @property
    def _named(self) -> str:
        """What is unusual of light and state."""
        words = [LIGHTS[self.light]] if self.light == "night" else []
        words += [STATES[self.state]] if self.state == "now" else []
        return " and ".join(words)


def counted_tiers(tier: str) -> tuple[str, ...]:
    """
    Give the tiers that are counted together when one is chosen.

    Parameters
    ----------
    tier
        The chosen one.

    Returns
    -------
    tuple of str
        It and those before it.

    Examples
    --------
    >>> counted_tiers("integrated")
    ('public', 'integrated')
    """
    return TIERS[: TIERS.index(tier) + 1]


def tier_options(cameras_by_tier: Mapping[str, int]) -> list[dict[str, str]]:
    """
    Give the choices of the tier selector.

    Parameters
    ----------
    cameras_by_tier
        How many cameras there are of each tier.

    Returns
    -------
    list of dict
        ``key``, ``label`` and ``hint`` of each; planned only where there are any.

    Examples
    --------
    >>> [one["label"] for one in tier_options({"public": 2, "planned": 0})]
    ['Public', '+ integrated', '+ registered']
    """
    options = []
    for tier in TIERS:
        if tier == "planned" and not cameras_by_tier.get(tier):
            continue
        count = sum(cameras_by_tier.get(one, 0) for one in counted_tiers(tier))
        label = "Public" if tier == TIERS[0] else f"+ {tier}"
        noun = "camera" if count == 1 else "cameras"
        hint = f"{' + '.join(counted_tiers(tier))}: {count:,} {noun}"
        if tier == "planned":
            hint += "; planned cameras are in no headline of a report"
        options.append({"key": tier, "label": label, "hint": hint})
    return options


def choice_controls(choice: Choice) -> list[dict[str, Any]]:
    """
    Give the selectors of light and state as the page takes them.

    Parameters
    ----------
    choice
        What is chosen now.

    Returns
    -------
    list of dict
        ``key``, ``label``, ``hint``, ``value`` and ``options`` of each.

    Examples
    --------
    >>> [one["value"] for one in choice_controls(Choice(light="night"))]
    ['night', 'designed']
    """
    named = (
        ("light", "Light", choice.light, LIGHTS),
        ("state", "Cameras taken as", choice.state, STATES),
    )
    return [
        {
            "key": key,
            "label": label,
            "hint": _HINTS[key],
            "value": value,
            "options": [{"key": one, "label": words} for one, words in options.items()],
        }
        for key, label, value, options in named
    ]
