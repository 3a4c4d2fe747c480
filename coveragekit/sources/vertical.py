"""The unit of the heights in a raster: what the file says, and whether it agrees."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from coveragekit.errors import InputError

if TYPE_CHECKING:
    from pyproj import CRS

__all__ = ["METRES", "file_unit", "named_unit"]

METRES = {"m": 1.0, "ft": 0.3048, "us-ft": 1200.0 / 3937.0}

_NAMES = {
    "m": ("m", "metre", "meter", "metres", "meters", "mètre", "metro"),
    "us-ft": (
        *("us-ft", "usft", "ftus", "sft", "us ft", "us survey foot", "us survey feet"),
        *("foot_us", "us_survey_foot", "u.s. survey foot", "survey foot"),
        *("survey feet", "us foot", "us feet", "feet (us survey)"),
    ),
    "ft": (
        *("ft", "foot", "feet", "international foot", "international feet"),
        *("foot_international", "intl foot", "international_foot"),
    ),
}
_UNIT_OF = {word: unit for unit, words in _NAMES.items() for word in words}
_TAGS = (
    *("UNITTYPE", "UNITS", "UNIT", "Z_UNIT", "Z_UNITS", "ZUNITS", "VERTICAL_UNIT"),
    *("VERTICAL_UNITS", "VERT_UNITS", "ELEVATION_UNIT", "ELEVATION_UNITS"),
)


def named_unit(word: str) -> str:
    """
    Give the unit of length that a word means.

    Parameters
    ----------
    word
        As it stands in a file.

    Returns
    -------
    str
        ``"m"``, ``"ft"`` or ``"us-ft"``.

    Raises
    ------
    InputError
        Any other unit.

    Examples
    --------
    >>> named_unit("US survey foot")
    'us-ft'
    """
    unit = _UNIT_OF.get(word.strip().lower())
    if unit is None:
        message = (
            f"the unit of heights {word!r} is not known; allowed: m, ft (international "
            "foot) or us-ft (survey foot)"
        )
        raise InputError(message)
    return unit


def file_unit(
    dataset: Any,  # noqa: ANN401 - rasterio has no types
    name: str,
    heights_crs: CRS | None,
    *,
    flat: CRS,
    given: str | None,
) -> tuple[str, tuple[str, ...]]:
    """
    Give the unit of the heights in a raster, and what has to be said about it.

    Parameters
    ----------
    dataset
        The open raster.
    name
        Name of the file, for messages.
    heights_crs
        Its CRS of heights, or ``None``.
    flat
        Its CRS of x and y.
    given
        The unit that the caller gave, or ``None``.

    Returns
    -------
    tuple
        The unit, and notices.

    Raises
    ------
    InputError
        An unknown unit, two that contradict each other, or none where it cannot be
        guessed.
    """
    said = _said(dataset, name, heights_crs)
    if given is not None:
        said["unit="] = named_unit(given)
    units = set(said.values())
    if len(units) > 1:
        words = ", ".join(f"{where} says {unit}" for where, unit in said.items())
        message = (
            f"{name} contradicts itself about the unit of its heights: {words}; write "
            "the right one into the file (gdal_edit.py -units, -a_srs) and read it "
            "again"
        )
        raise InputError(message)
    if units:
        unit = units.pop()
        if unit == "m":
            return unit, ()
        what = "international feet" if unit == "ft" else "US survey feet"
        notice = (
            f"{name}: heights are in {what} ({', '.join(said)}); converted to metres "
            f"by {METRES[unit]:.10g}"
        )
        return unit, (notice,)
    across = flat.axis_info[0].unit_name
    if flat.is_projected and across != "metre":
        message = (
            f"{name} does not say the unit of its heights, and x and y are in the "
            f"{across}; write it into the file: gdal_edit.py -units ft {name} (or "
            "us-ft, or m)"
        )
        raise InputError(message)
    return "m", (f"{name} does not say the unit of its heights; metres are assumed",)


def _said(dataset: Any, name: str, heights_crs: CRS | None) -> dict[str, str]:  # noqa: ANN401
    """Give what the band, the CRS of heights and the tags say, each where it does."""
    words: dict[str, str] = {}
    if dataset.units[0]:
        words["the band"] = str(dataset.units[0])
    if heights_crs is not None and heights_crs.axis_info:
        words[f"the CRS of heights ({heights_crs.name})"] = heights_crs.axis_info[
            0
        ].unit_name
    for tags in (dataset.tags(), dataset.tags(1)):
        for key, value in tags.items():
            if key.upper() in _TAGS and str(value).strip():
                words[f"the tag {key}"] = str(value)
    said = {}
    for where, word in words.items():
        try:
            said[where] = named_unit(word)
        except InputError as error:
            message = f"{name}: {where} gives a unit that cannot be used: {error}"
            raise InputError(message) from error
    return said
