"""Camera models that owners choose from, and what three simple answers mean."""

from __future__ import annotations

import csv
import math
import tomllib
from dataclasses import dataclass, fields
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from coveragekit.errors import InputError
from coveragekit.model import table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from os import PathLike

__all__ = ["HEIGHTS_M", "KINDS", "WIDTHS_DEG", "Catalogue", "Model", "read_catalogue"]

_FORMAT: Final = 1
_MOST: Final = 5000
_LONGEST: Final = 80
_MOST_BYTES: Final = 4_000_000
_NUMBERS: Final = ("hfov_deg", "vfov_deg", "width_px", "height_px", "ir_range_m")
_TRUE: Final = {"true": True, "1": True, "yes": True}
_FALSE: Final = {"false": False, "0": False, "no": False, "": False}

KINDS: Final = ("bullet", "dome", "turret", "doorbell", "ptz", "fisheye", "unknown")
"""Kinds that an owner is asked for, as ``model`` has them."""
HEIGHTS_M: Final[Mapping[str, float]] = {
    "door": 1.2,
    "ceiling": 2.6,
    "above": 4.0,
    "upper": 6.5,
    "roof": 10.0,
}
"""How high the lens is, by answer, metres above the ground."""
WIDTHS_DEG: Final[Mapping[str, float]] = {
    "far": 30.0,
    "normal": 60.0,
    "wide": 95.0,
    "very_wide": 130.0,
    "round": 360.0,
}
"""How wide it sees, by answer, degrees."""


@dataclass(frozen=True, slots=True)
class Model:
    """
    One model of camera.

    Parameters
    ----------
    model
        Its name.
    kind
        Its build.
    make
        Its maker; empty for one that stands for many.
    hfov_deg, vfov_deg
        Fields of view, degrees; ``None``: by its kind.
    width_px, height_px
        Size of the picture, pixels; ``None``: by its kind.
    ir_range_m
        Reach of its infrared lamp, metres; ``None``: by its kind.
    cloud_only
        Whether its pictures can be had through its maker's cloud alone.

    Examples
    --------
    >>> Model("XY-2", "dome", make="Acme").label
    'Acme XY-2'
    """

    model: str
    kind: str
    make: str = ""
    hfov_deg: float | None = None
    vfov_deg: float | None = None
    width_px: float | None = None
    height_px: float | None = None
    ir_range_m: float | None = None
    cloud_only: bool = False

    @property
    def label(self) -> str:
        """What it is chosen by."""
        return f"{self.make} {self.model}".strip()

    def optics(self) -> dict[str, float]:
        """
        Give what the list says of its optics.

        Returns
        -------
        dict
            Columns of the cameras' table to numbers; what is not said is left out.
        """
        said = {name: getattr(self, name) for name in _NUMBERS}
        return {name: float(one) for name, one in said.items() if one is not None}


@dataclass(frozen=True, slots=True)
class Catalogue:
    """
    The models to choose from.

    Parameters
    ----------
    models
        In the order to show them.
    """

    models: tuple[Model, ...]

    def find(self, label: str) -> Model | None:
        """
        Give the model that is called so.

        Parameters
        ----------
        label
            Maker and model; upper and lower case are the same.

        Returns
        -------
        Model or None
            ``None`` where the list has none of that name.

        Examples
        --------
        >>> read_catalogue().find("dome camera, 4 MP, 2.8 mm lens (wide)").kind
        'dome'
        """
        wanted = " ".join(label.casefold().split())
        for one in self.models:
            if one.label.casefold() == wanted:
                return one
        return None


def read_catalogue(path: str | PathLike[str] | None = None) -> Catalogue:
    """
    Read a list of camera models.

    Parameters
    ----------
    path
        A TOML or CSV file of the city's own; ``None``: the generic list that comes with
        the package.

    Returns
    -------
    Catalogue
        Its models.

    Raises
    ------
    InputError
        The file cannot be read, or a row of it is no model of a camera.

    Examples
    --------
    >>> any(one.cloud_only for one in read_catalogue().models)
    True
    """
    if path is None:
        text = (files("coveragekit.server") / "data" / "cameras.toml").read_text(
            "utf-8"
        )
        return _from_toml(text, "the list of cameras")
    file = Path(path)
    try:
        if file.stat().st_size > _MOST_BYTES:
            message = f"{file} is larger than {_MOST_BYTES:,} bytes; give a shorter one"
            raise InputError(message)
        text = file.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        message = f"{file} cannot be read: {error}; allowed: a CSV or TOML file, UTF-8"
        raise InputError(message) from error
    if file.suffix.lower() == ".toml":
        return _from_toml(text, str(file))
    if file.suffix.lower() == ".csv":
        return _from_csv(text, str(file))
    message = (
        f"{file} is no list of cameras; allowed: a file that ends in .csv or .toml"
    )
    raise InputError(message)


def _from_toml(text: str, name: str) -> Catalogue:
    try:
        given = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        message = f"{name} is no TOML: {error}"
        raise InputError(message) from error
    if given.get("format") != _FORMAT or not isinstance(given.get("cameras"), list):
        message = f"{name} has no format = {_FORMAT} or no [[cameras]]; give both"
        raise InputError(message)
    return _catalogue(given["cameras"], name)


def _from_csv(text: str, name: str) -> Catalogue:
    try:
        rows = list(csv.DictReader(text.splitlines(), strict=True))
    except csv.Error as error:
        message = f"{name} is no CSV: {error}"
        raise InputError(message) from error
    return _catalogue(rows, name)


def _catalogue(rows: Sequence[Any], name: str) -> Catalogue:
    if not 0 < len(rows) <= _MOST:
        message = f"{name} has {len(rows):,} cameras; allowed: 1 to {_MOST:,}"
        raise InputError(message)
    models = []
    for number, row in enumerate(rows, start=1):
        try:
            models.append(_model(row))
        except InputError as error:
            message = f"{name}, camera {number}: {error}"
            raise InputError(message) from error
    labels = [one.label.casefold() for one in models]
    twice = (
        sorted({one for one in labels if labels.count(one) > 1})
        if (len(set(labels)) < len(labels))
        else []
    )
    if twice:
        message = f"{name} has {twice[0]!r} twice; allowed: each make and model once"
        raise InputError(message)
    return Catalogue(tuple(models))


def _model(row: object) -> Model:
    known = {one.name for one in fields(Model)}
    if not isinstance(row, dict) or not set(row) <= known:
        seen = sorted(set(map(str, row)) - known) if isinstance(row, dict) else row
        message = f"{seen!r:.80} is no column; allowed: {', '.join(sorted(known))}"
        raise InputError(message)
    kinds = table("cameras").columns["kind"].allowed or ()
    made: dict[str, Any] = {
        "model": _text("model", row.get("model"), least=1),
        "make": _text("make", row.get("make") or "", least=0),
        "kind": row.get("kind"),
        "cloud_only": _flag(row.get("cloud_only", False)),
    }
    if made["kind"] not in kinds:
        message = f"kind is {made['kind']!r:.80}; allowed: {', '.join(kinds)}"
        raise InputError(message)
    for name in _NUMBERS:
        if row.get(name) not in {None, ""}:
            made[name] = _number(name, row[name])
    return Model(**made)


def _text(name: str, value: object, *, least: int) -> str:
    fits = isinstance(value, str) and value.isprintable()
    text = " ".join(value.split()) if fits and isinstance(value, str) else ""
    if not fits or not least <= len(text) <= _LONGEST:
        message = f"{name} is {value!r:.80}; allowed: a text of up to {_LONGEST} signs"
        raise InputError(message)
    return text


def _flag(value: object) -> bool:
    if isinstance(value, bool):
        return value
    seen = {**_TRUE, **_FALSE}.get(str(value).strip().lower())
    if seen is None:
        message = f"cloud_only is {value!r:.80}; allowed: true or false"
        raise InputError(message)
    return seen


def _number(name: str, value: object) -> float:
    column = table("cameras").columns[name]
    try:
        number = float(value) if isinstance(value, str | int | float) else math.nan
    except ValueError:
        number = math.nan
    fits = math.isfinite(number) and not isinstance(value, bool)
    fits = fits and (number.is_integer() or not name.endswith("_px"))
    fits = fits and (column.low is None or number >= column.low)
    fits = fits and (column.above is None or number > column.above)
    fits = fits and (column.high is None or number <= column.high)
    if not fits:
        message = f"{name} is {value!r:.80}; allowed: {column.allowed_words}"
        raise InputError(message)
    return number
