"""What "sees" is to mean when one place is asked about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import numpy as np

from coveragekit.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    import geopandas as gpd
    from numpy.typing import NDArray

    Bools = NDArray[np.bool_]

__all__ = ["Question"]

LIGHTS: Final = ("day", "night")


@dataclass(frozen=True, slots=True)
class Question:
    """
    What "sees" is to mean when one place is asked about.

    Parameters
    ----------
    density_px_per_m
        What the purpose asks for, to be named beside what there is; ``None``: not
        named.
    edition
        Edition of IEC 62676-4 whose bands are named.
    light
        ``"day"`` or ``"night"``.
    target_height_m
        What is looked at, metres above the ground.
    as_of
        The time whose cameras are in service; ``None``: all are taken to be.
    records
        Tells of some rows of the cameras which of them record then; ``None``: all do.
    """

    density_px_per_m: float | None = None
    edition: str = "2014"
    light: Literal["day", "night"] = "day"
    target_height_m: float = 1.5
    as_of: datetime | None = None
    records: Callable[[gpd.GeoDataFrame], Bools] | None = None

    def __post_init__(self) -> None:
        if self.light not in LIGHTS:
            message = f"light is {self.light!r}; allowed: {' or '.join(LIGHTS)}"
            raise InputError(message)
        if not (np.isfinite(self.target_height_m) and self.target_height_m >= 0.0):
            message = (
                f"target_height_m is {self.target_height_m}; allowed: metres, 0 or more"
            )
            raise InputError(message)
        if self.as_of is not None and self.as_of.tzinfo is None:
            message = f"as_of is {self.as_of}; allowed: a time with its zone"
            raise InputError(message)
