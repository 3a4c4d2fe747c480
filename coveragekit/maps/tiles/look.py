"""What is to be drawn, and how: the choices that change a picture."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, Protocol, Self

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from coveragekit.view import Ragged

__all__ = ["Change", "Look"]


class Change(Protocol):
    """
    What a tried-out change takes away and adds, as far as it is drawn.

    Attributes
    ----------
    removed
        Views that are gone, shape ``(m,)``.
    shape
        Views that are new, cut already at the look's band and light.
    probability
        How surely each new one sees what it shows.
    """

    @property
    def removed(self) -> NDArray[np.bool_]:
        """Views that are gone."""

    @property
    def shape(self) -> Ragged:
        """Views that are new."""

    @property
    def probability(self) -> NDArray[np.float32]:
        """How surely each new one sees."""


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """
    What is to be drawn, and how.

    Parameters
    ----------
    dark
        For a dark ground.
    band
        Number of the pixel-density band, the loosest is 0.
    light
        ``"day"`` or ``"night"``.
    flags
        The views to draw, shape ``(m,)``; all where ``None``.
    incidents, calls
        What each counts for, or whether it counts; where ``None``, those in the
        headline figures count 1.
    area_kind
        Number of the kind of area whose outlines are drawn.
    areas_values
        For each area a value to colour it by, NaN for none; only outlines where
        ``None``.
    areas_words
        What the values are, for the legend.
    points
        Whether single incidents may be shown at their places: only where the person's
        role may see exact places.
    least
        A density that fewer events than that would make by themselves is not drawn,
        unless single ones may be shown.
    gaps
        Rows of the gaps to draw; the first 25 where ``None``.
    chosen
        Row of the gap that stands out; none where ``None``.
    change
        A change that is tried out; none where ``None``.
    zones
        Whether the base map shows privacy zones.
    version
        Names this look among others, for those who keep pictures.

    Examples
    --------
    >>> Look(dark=True).changed(band=2).dark
    True
    """

    dark: bool = False
    band: int = 0
    light: Literal["day", "night"] = "day"
    flags: NDArray[np.bool_] | None = None
    incidents: NDArray[np.float32] | NDArray[np.bool_] | None = None
    calls: NDArray[np.float32] | NDArray[np.bool_] | None = None
    area_kind: int = 0
    areas_values: NDArray[np.float32] | None = None
    areas_words: str = ""
    points: bool = False
    least: int = 1
    gaps: NDArray[np.int64] | None = None
    chosen: int | None = None
    change: Change | None = None
    zones: bool = True
    version: str = ""

    def changed(self, **parts: Any) -> Self:  # noqa: ANN401 - as many kinds as fields
        """
        Give this look with some of its parts changed.

        Parameters
        ----------
        **parts
            Parts by name.

        Returns
        -------
        Look
            Another one; this one stays.
        """
        return replace(self, **parts)
