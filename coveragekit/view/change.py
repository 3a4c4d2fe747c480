"""What a tried change draws: views that are gone, and views that were not there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from coveragekit.errors import InputError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from coveragekit.view.arrays import Ragged

__all__ = ["ChangeShapes"]


@dataclass(frozen=True, slots=True, eq=False)
class ChangeShapes:
    """
    The views that a change takes away and those that it brings.

    Parameters
    ----------
    removed
        For each view of the store whether it is gone, shape ``(m,)``.
    shape
        What the new views show, already cut at the band and in the light that is drawn.
    probability
        How surely each new view looks at a place that it shows, shape ``(k,)``.
    unit
        The camera of each new view, shape ``(k,)``: views of one share a number and
        exclude each other.
    version
        Another text for every other change, band or light.

    Raises
    ------
    InputError
        The arrays do not belong together.
    """

    removed: NDArray[np.bool_]
    shape: Ragged
    probability: NDArray[np.float32]
    unit: NDArray[np.int32]
    version: str

    def __post_init__(self) -> None:
        count = len(self.shape)
        if len(self.probability) != count or len(self.unit) != count:
            message = (
                f"there are {len(self.probability)} chances and {len(self.unit)} "
                f"cameras for {count} new views; allowed: one for each"
            )
            raise InputError(message)
