"""Say where cameras may be put and which lenses they may have: data, checked."""

from __future__ import annotations

import math
import tomllib
from dataclasses import dataclass, fields
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from coveragekit.errors import InputError
from coveragekit.model import camera_defaults

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["BEARINGS", "Lens", "MountRule", "lenses", "mount_rule", "worth"]

_DATA: Final = "data/siting.toml"
_MOST_DEG: Final = {"hfov_deg": 360.0, "vfov_deg": 180.0}


@cache
def _data() -> dict[str, Any]:
    text = files("coveragekit.siting").joinpath(_DATA).read_text("utf-8")
    return tomllib.loads(text)


@dataclass(frozen=True, slots=True)
class MountRule:
    """
    Where on a building a camera may be put.

    Parameters
    ----------
    height_m
        Lens above the ground, metres.
    stand_off_m
        How far off the wall, metres.
    step_m
        Longest piece of facade that is tried, and divided among businesses, metres.
    spacing_m
        How far apart the places of one business are at least, metres.
    near_m
        How far from a building a business may be drawn that is in it, metres.
    street_m
        How far away a street may be that a facade faces, metres.
    facing_deg
        Largest angle between a facade's normal and the way to its street, up to 90.
    wall_least_m
        Shortest wall that carries a camera, metres.
    corner_deg
        Least turn between two walls that make a corner, degrees.
    most
        So many places for one business at most.

    Raises
    ------
    InputError
        A value that cannot be.

    Examples
    --------
    >>> mount_rule().height_m
    4.0
    """

    height_m: float
    stand_off_m: float
    step_m: float
    spacing_m: float
    near_m: float
    street_m: float
    facing_deg: float
    wall_least_m: float
    corner_deg: float
    most: int

    def __post_init__(self) -> None:
        bounds = {
            "height_m": (0.0, 500.0),
            "stand_off_m": (0.001, 5.0),
            "step_m": (0.1, 1000.0),
            "spacing_m": (0.1, 1000.0),
            "near_m": (0.0, 1000.0),
            "street_m": (0.1, 1000.0),
            "facing_deg": (0.0, 90.0),
            "wall_least_m": (0.0, 1000.0),
            "corner_deg": (1.0, 179.0),
            "most": (1, 1000),
        }
        for name, (low, high) in bounds.items():
            value = getattr(self, name)
            if not low <= value <= high:
                message = f"{name} is {value}; allowed: {low:g} to {high:g}"
                raise InputError(message)


@dataclass(frozen=True, slots=True)
class Lens:
    """
    One kind of camera that may be put up.

    Parameters
    ----------
    name
        What it is called.
    kind
        Its build, one of the kinds of ``model``.
    hfov_deg, vfov_deg
        Fields of view, degrees.
    width_px, height_px
        Size of the picture, pixels.
    tilt_deg
        Middle of the view below the horizontal, degrees.
    ir_range_m
        Reach of its infrared lamp by the data sheet, metres; not-a-number: none.
    share
        How often owners choose it, where they choose: 0 or more.

    Raises
    ------
    InputError
        A value that no camera can have.

    Examples
    --------
    >>> [one.name for one in lenses()]
    ['wide', 'middle', 'long']
    """

    name: str
    kind: str
    hfov_deg: float
    vfov_deg: float
    width_px: float
    height_px: float
    tilt_deg: float
    ir_range_m: float
    share: float = 1.0

    def __post_init__(self) -> None:
        kinds = camera_defaults()["kinds"]
        if self.kind not in kinds:
            message = (
                f"lens {self.name!r}: kind is {self.kind!r}; allowed: "
                f"{', '.join(kinds)}"
            )
            raise InputError(message)
        for name in ("hfov_deg", "vfov_deg", "width_px", "height_px"):
            most = _MOST_DEG.get(name, math.inf)
            self._check(name, 0.0 < getattr(self, name) <= most, "more than 0")
        self._check("tilt_deg", abs(self.tilt_deg) <= 90.0, "-90 to 90 degrees")
        lamp = self.ir_range_m
        self._check("ir_range_m", math.isnan(lamp) or lamp >= 0.0, "metres, 0 or more")
        self._check("share", 0.0 <= self.share < math.inf, "0 or more, finite")

    def _check(self, name: str, fits: bool, allowed: str) -> None:  # noqa: FBT001 - what was found
        if not fits:
            message = (
                f"lens {self.name!r}: {name} is {getattr(self, name)}; allowed: "
                f"{allowed}"
            )
            raise InputError(message)


def mount_rule(**changed: float) -> MountRule:
    """
    Give the rule for mounting places, as the data file has it but for what is changed.

    Parameters
    ----------
    **changed
        Fields of :class:`MountRule` and their values.

    Returns
    -------
    MountRule
        The rule.

    Raises
    ------
    InputError
        A value that cannot be, or no such field.

    Examples
    --------
    >>> mount_rule(spacing_m=5.0).spacing_m
    5.0
    """
    names = [one.name for one in fields(MountRule)]
    unknown = sorted(set(changed) - set(names))
    if unknown:
        message = (
            f"the rule for mounting places has no {unknown[0]!r}; allowed: "
            f"{', '.join(names)}"
        )
        raise InputError(message)
    return MountRule(**{**_data()["mounting"], **changed})


@cache
def lenses() -> tuple[Lens, ...]:
    """
    Give the lenses of the data file.

    Returns
    -------
    tuple of Lens
        In their order.

    Examples
    --------
    >>> sum(one.share for one in lenses())
    1.0
    """
    return tuple(Lens(**one) for one in _data()["lenses"])


@cache
def worth() -> Mapping[str, float]:
    """
    Give what one unit of each measure of demand is worth, of the data file.

    Returns
    -------
    mapping
        Name of the measure to its worth.

    Examples
    --------
    >>> worth()["incidents_per_year"] / worth()["street_m"]
    100.0
    """
    return MappingProxyType(_data()["worth"])


BEARINGS: Final = int(_data()["aims"]["bearings"])
