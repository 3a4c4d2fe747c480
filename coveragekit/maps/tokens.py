"""Colours, shapes and classes of the screens, for everything that Python draws."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "ACCESS",
    "ACCESS_ORDER",
    "DARK",
    "DENSITY_RGB",
    "LIGHT",
    "MULTIPLICITY",
    "PROBABILITY",
    "AccessStyle",
    "MultiplicityClass",
    "ProbabilityClass",
    "multiplicity_class",
]

LIGHT: Mapping[str, str] = MappingProxyType(
    {
        "page": "#f6f7f9",
        "panel": "#ffffff",
        "ink": "#1d2530",
        "quiet": "#5b6675",
        "line": "#d9dee5",
        "accent": "#0b5cad",
        "map": "#eef0f3",
        "building": "#e3e6ea",
        "building-line": "#cfd5dc",
        "street": "#ffffff",
        "water": "#dbe5ee",
        "gap": "#d55e00",
    }
)
DARK: Mapping[str, str] = MappingProxyType(
    {
        "page": "#12161c",
        "panel": "#1a2029",
        "ink": "#e8ecf1",
        "quiet": "#9aa6b5",
        "line": "#2b3440",
        "accent": "#6cb2ff",
        "map": "#171c24",
        "building": "#232b36",
        "building-line": "#313b48",
        "street": "#303a47",
        "water": "#1b2733",
        "gap": "#ff8a3d",
    }
)


@dataclass(frozen=True, slots=True)
class AccessStyle:
    """
    How one consent tier looks, by colour and by shape.

    Parameters
    ----------
    colour
        Hex colour of the Okabe-Ito set.
    shape
        ``"disc"``, ``"ring"``, ``"square"`` or ``"diamond"``.
    label
        What the legend calls it.
    """

    colour: str
    shape: str
    label: str


ACCESS: Mapping[str, AccessStyle] = MappingProxyType(
    {
        "integrated": AccessStyle("#0072B2", "disc", "Integrated"),
        "registered": AccessStyle("#E69F00", "ring", "Registered"),
        "public": AccessStyle("#009E73", "square", "Public"),
        "planned": AccessStyle("#CC79A7", "diamond", "Planned"),
    }
)
ACCESS_ORDER = ("integrated", "registered", "public", "planned")


@dataclass(frozen=True, slots=True)
class MultiplicityClass:
    """
    One step of the ramp that shows how many cameras see a place.

    Parameters
    ----------
    low
        Smallest value of the class; it ends below the next one's.
    colour
        Hex colour on a light ground, from cividis.
    dark_colour
        Hex colour on a dark ground: the same hues, raised so that the first shows.
    opacity
        0 (clear) to 1; lower where it is less certain that any camera sees the place.
    label
        What the legend calls it.
    """

    low: float
    colour: str
    dark_colour: str
    opacity: float
    label: str


# Five equal steps of cividis from dark to light; a place that is seen only with a
# probability has the first colour and less of it, because opacity says uncertainty.
MULTIPLICITY = (
    MultiplicityClass(0.0, "#00224e", "#3f6fb0", 0.32, "perhaps"),
    MultiplicityClass(1.0, "#00224e", "#3f6fb0", 0.74, "1"),
    MultiplicityClass(2.0, "#434e6c", "#6f87b3", 0.78, "2"),
    MultiplicityClass(3.0, "#7d7c78", "#a0a7a3", 0.82, "3-4"),
    MultiplicityClass(5.0, "#bcae6c", "#d0c37c", 0.86, "5-8"),
    MultiplicityClass(9.0, "#fee838", "#fee838", 0.90, "9 or more"),
)


@dataclass(frozen=True, slots=True)
class ProbabilityClass:
    """
    One step of the probability of being seen: one colour, and opacity says how sure.

    Parameters
    ----------
    low
        Smallest probability of the class, above 0; it ends below the next one's.
    opacity
        0 (clear) to 1.
    label
        What the legend calls it.
    """

    low: float
    opacity: float
    label: str


PROBABILITY = (
    ProbabilityClass(0.0, 0.12, "below 25 %"),
    ProbabilityClass(0.25, 0.28, "25 to 50 %"),
    ProbabilityClass(0.5, 0.45, "50 to 75 %"),
    ProbabilityClass(0.75, 0.62, "75 to 95 %"),
    ProbabilityClass(0.95, 0.82, "95 % or more"),
)
DENSITY_RGB = (143, 76, 184)


def multiplicity_class(value: float) -> int | None:
    """
    Give the step of the ramp in which a sum of seeing probabilities falls.

    Parameters
    ----------
    value
        Sum of the probabilities with which cameras see a place, 0 or more, or
        not-a-number outside the study area.

    Returns
    -------
    int or None
        Index into ``MULTIPLICITY``; ``None`` where no camera sees it, or outside.

    Examples
    --------
    >>> [multiplicity_class(value) for value in (0.0, 0.4, 1.0, 4.9, 30.0)]
    [None, 0, 1, 3, 5]
    """
    if not value > 0.0:
        return None
    return max(i for i, step in enumerate(MULTIPLICITY) if value >= step.low)
