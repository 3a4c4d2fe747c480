"""What a study is of, and by which parameters: the file study.toml."""

from __future__ import annotations

import math
import re
import tomllib
from dataclasses import asdict, dataclass, field, fields
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import tomli_w

from coveragekit.errors import InputError, StudyError
from coveragekit.optics import band_density_px_per_m

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["FILE_NAME", "Input", "Parameters", "Settings", "read_settings"]

FILE_NAME: Final = "study.toml"
FORMAT: Final = 1
RELIEFS: Final = ("flat", "surface")
PTZ_MODES: Final = ("now", "preset", "reach")
MOST_SCENES: Final = 10_000


@dataclass(frozen=True, slots=True)
class Input:
    """
    Where one part of a table came from.

    Parameters
    ----------
    table
        Name of the table it feeds.
    file
        Name of the file, without its folder.
    sha256
        Digest of the file.
    offered, kept
        Rows in the file, and rows that entered the table.
    preset
        Alias table used, or an empty text.
    licence, attribution
        Terms of the data, as far as known, and whom to name.
    notices
        What was repaired or assumed for the file as a whole, in sentences.
    simulated
        Whether the rows are made up.
    """

    table: str
    file: str
    sha256: str = ""
    offered: int = 0
    kept: int = 0
    preset: str = ""
    licence: str = ""
    attribution: str = ""
    notices: tuple[str, ...] = ()
    simulated: bool = False


@dataclass(frozen=True, slots=True)
class Parameters:
    """
    Choices of method; each has a default that suits a city.

    Parameters
    ----------
    resolution_m
        Side of a raster cell, metres, above 0.
    gap_resolution_m
        Side of the cells from which gaps are joined, metres, above 0.
    street_spacing_m
        Distance between places looked at along a street, metres, above 0.
    chord_tolerance_m
        How far the drawn edge of a range may lie inside the true arc, metres.
    mount_depth_m
        How deep in a building a camera may lie and still be taken to hang on its
        facade, metres.
    margin_m
        How far the study area reaches beyond the outermost buildings, metres.
    target_height_m
        Height above the ground of what is to be seen, metres.
    storey_m
        Height taken for one storey of a building whose height is not known, metres.
    default_height_m
        Height taken for a building of which neither height nor storeys are known.
    surface_resolution_m
        Side of a cell of the surface on which walls and hills hide by height, metres.
    """

    resolution_m: float = 1.0
    gap_resolution_m: float = 2.0
    street_spacing_m: float = 2.0
    chord_tolerance_m: float = 0.05
    mount_depth_m: float = 6.0
    margin_m: float = 50.0
    target_height_m: float = 1.5
    storey_m: float = 3.0
    default_height_m: float = 6.0
    surface_resolution_m: float = 1.0

    def __post_init__(self) -> None:
        for one in fields(self):
            value = getattr(self, one.name)
            is_number = isinstance(value, int | float) and not isinstance(value, bool)
            if not (is_number and 0.0 < value < math.inf):
                message = (
                    f"parameter {one.name} is {value!r}; allowed: a number above 0; "
                    f"change it in {FILE_NAME}"
                )
                raise InputError(message)


@dataclass(frozen=True, slots=True)
class Settings:
    """
    What a study is of, and by which parameters.

    Parameters
    ----------
    name
        What people call the study.
    crs
        The local CRS in metres, such as ``EPSG:32616``.
    time_zone
        IANA name of the zone of source times that have none.
    purpose, edition
        Pixel-density band and edition of IEC 62676-4 that "seen" means.
    as_of
        The time whose cameras are counted, UTC.
    created_at
        When the study was made, UTC.
    seed
        Seed of everything random.
    relief
        ``flat``: a wall hides whatever its height, exact in the plan; ``surface``:
        walls and hills hide by their height, on a surface of one-metre cells.
    ptz
        What a camera that turns counts for: its view ``now``, its ``preset`` views by
        their share of time, or all within its ``reach``.
    scenes
        In how many scenes, drawn from the errors of the cameras, each number is
        computed anew for its interval; 0: none, and no interval.
    parameters
        Choices of method.
    inputs
        Where each table came from.
    """

    name: str
    crs: str
    time_zone: str = "UTC"
    purpose: str = "observe"
    edition: str = "2014"
    as_of: datetime = field(default_factory=lambda: datetime.now(UTC))
    created_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    seed: int = 0
    relief: Literal["flat", "surface"] = "flat"
    ptz: Literal["now", "preset", "reach"] = "now"
    scenes: int = 0
    parameters: Parameters = field(default_factory=Parameters)
    inputs: tuple[Input, ...] = ()

    def __post_init__(self) -> None:
        check_time_zone(self.time_zone)
        band_density_px_per_m(self.purpose, self.edition)
        _check_choice("relief", self.relief, RELIEFS)
        _check_choice("ptz", self.ptz, PTZ_MODES)
        for name, most in (("scenes", MOST_SCENES), ("seed", 2**63 - 1)):
            _check_whole(name, getattr(self, name), most)
        if self.scenes == 1:
            message = "scenes is 1; allowed: 0 for none, or 2 and more for an interval"
            raise InputError(message)
        for name in ("as_of", "created_at"):
            value = getattr(self, name)
            if not isinstance(value, datetime) or value.tzinfo is None:
                message = (
                    f"{name} is {value!r}; allowed: a date and time with a zone, such "
                    "as 2024-06-30T12:00:00Z"
                )
                raise InputError(message)

    @property
    def simulated(self) -> bool:
        """Whether any row of the study is made up."""
        return any(one.simulated for one in self.inputs)

    def to_toml(self) -> str:
        """Give the text of the study's settings file."""
        body: dict[str, Any] = {
            "format": FORMAT,
            "study": {
                "name": self.name,
                "crs": self.crs,
                "time_zone": self.time_zone,
                "purpose": self.purpose,
                "edition": self.edition,
                "as_of": self.as_of,
                "created_at": self.created_at,
                "seed": self.seed,
                "relief": self.relief,
                "ptz": self.ptz,
                "scenes": self.scenes,
            },
            "parameters": asdict(self.parameters),
            "inputs": [asdict(one) for one in self.inputs],
        }
        return tomli_w.dumps(body)


def _check_choice(name: str, value: object, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        message = f"{name} is {value!r}; allowed: {', '.join(allowed)}"
        raise InputError(message)


def _check_whole(name: str, value: object, most: int) -> None:
    is_whole = isinstance(value, int) and not isinstance(value, bool)
    if not (is_whole and 0 <= value <= most):  # type: ignore[operator]
        message = f"{name} is {value!r}; allowed: a whole number from 0 to {most}"
        raise InputError(message)


def check_time_zone(name: str) -> ZoneInfo:
    """
    Give a time zone by its IANA name.

    Parameters
    ----------
    name
        Such as ``America/New_York``.

    Returns
    -------
    zoneinfo.ZoneInfo
        The zone.

    Raises
    ------
    InputError
        No zone has that name.

    Examples
    --------
    >>> check_time_zone("Europe/Helsinki").key
    'Europe/Helsinki'
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        message = (
            f"there is no time zone {name!r}; allowed: an IANA name such as "
            "America/New_York or UTC"
        )
        raise InputError(message) from error


def read_settings(folder: Path) -> Settings:
    """
    Read the settings of the study in a folder.

    Parameters
    ----------
    folder
        The study's folder.

    Returns
    -------
    Settings
        What the file says.

    Raises
    ------
    StudyError
        The folder is no study, or its settings cannot be understood.
    """
    path = folder / FILE_NAME
    if not folder.is_dir():
        message = f"there is no folder {folder}; make a study with: coveragekit init"
        raise StudyError(message)
    if not path.is_file():
        message = (
            f"{folder} is not a study: it has no {FILE_NAME}; make one with: "
            "coveragekit init"
        )
        raise StudyError(message)
    try:
        body = tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        message = f"{path} cannot be read as TOML: {error}"
        raise StudyError(message) from error
    if body.get("format") != FORMAT:
        message = (
            f"{path} has format {body.get('format')!r}; this version of coveragekit "
            f"reads format {FORMAT}: make the study anew with: coveragekit init"
        )
        raise StudyError(message)
    try:
        return _parse(body)
    except (KeyError, TypeError, InputError) as error:
        cause = f"{error} is missing" if isinstance(error, KeyError) else str(error)
        message = f"{path} cannot be used: {cause}"
        raise StudyError(message) from error


def _parse(body: dict[str, Any]) -> Settings:
    inputs = tuple(
        Input(**{**one, "notices": tuple(one.get("notices", ()))})
        for one in body.get("inputs", ())
    )
    return Settings(
        **body["study"],
        parameters=Parameters(**body.get("parameters", {})),
        inputs=inputs,
    )


def folder_name(text: str) -> str:
    """
    Give a name for people from the name of a folder.

    Parameters
    ----------
    text
        Such as ``reynoldstown-2022``.

    Returns
    -------
    str
        Such as ``Reynoldstown 2022``.

    Examples
    --------
    >>> folder_name("reynoldstown-2022")
    'Reynoldstown 2022'
    """
    words = re.sub(r"[-_]+", " ", text).strip()
    return words[:1].upper() + words[1:] if words else "Study"
