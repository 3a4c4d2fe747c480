"""A camera that is not there, to be tried out."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, Final, Self

from coveragekit.errors import InputError
from coveragekit.model import camera_defaults, table

__all__ = ["NUMBERS", "TEXTS", "Ghost", "check_text", "short"]

# What the lens and the pose of a ghost are given by, as the cameras' table has it.
NUMBERS: Final = (
    "bearing_deg",
    "tilt_deg",
    "hfov_deg",
    "vfov_deg",
    "width_px",
    "height_px",
    "mount_height_m",
    "range_m",
    "ir_range_m",
)
MAY_LACK: Final = ("bearing_deg", "range_m", "ir_range_m")
TEXTS: Final = {"key": 1000, "of": 1000, "name": 120, "presets": 20_000}


@dataclass(frozen=True, slots=True)
class Ghost:
    """
    A camera that is not there: a new one, or another in place of one that is.

    Parameters
    ----------
    key
        Its name within a change: such as ``+1`` of a new one, else the camera's id.
    lon, lat
        Where it is drawn, degrees.
    kind
        Its build, one of the kinds of ``model``.
    access
        Its consent tier.
    tilt_deg
        Middle of the view below the horizontal, degrees.
    hfov_deg, vfov_deg
        Fields of view, degrees.
    width_px, height_px
        Size of the picture, pixels.
    mount_height_m
        Lens above the ground, metres.
    bearing_deg
        Middle of the view, clockwise from true north, 0 up to 360; ``None``: unknown,
        every direction counts with its chance.
    range_m
        Range that somebody gave it, metres; ``None``: as far as it is sharp enough.
    ir_range_m
        Reach of its infrared lamp by the data sheet, metres; ``None``: it has none.
    of
        Id of the camera whose place it takes; empty for a new one.
    name
        What people call it.
    presets
        Preset views of one that turns, as the cameras' table has them; or empty.
    assumed
        Which of these nobody said: they are taken by its kind.

    Raises
    ------
    InputError
        A number, word or text that no camera can have.

    Examples
    --------
    >>> one = Ghost.of_kind("dome", key="+1", lon=-84.35, lat=33.75)
    >>> one.hfov_deg, "hfov_deg" in one.assumed, one.access
    (98.0, True, 'registered')
    """

    key: str
    lon: float
    lat: float
    kind: str
    access: str
    tilt_deg: float
    hfov_deg: float
    vfov_deg: float
    width_px: float
    height_px: float
    mount_height_m: float
    bearing_deg: float | None = None
    range_m: float | None = None
    ir_range_m: float | None = None
    of: str = ""
    name: str = ""
    presets: str = ""
    assumed: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        _check_degrees("lon", self.lon, 180.0)
        _check_degrees("lat", self.lat, 85.0)
        for name in NUMBERS:
            _check_number(name, getattr(self, name))
        for name in ("kind", "access"):
            _check_word(name, getattr(self, name))
        for name, most_signs in TEXTS.items():
            check_text(name, getattr(self, name), most_signs)
        if not self.key:
            message = "a changed camera has no key; allowed: a text for each"
            raise InputError(message)
        wrong = [one for one in self.assumed if one not in NUMBERS]
        if wrong:
            message = f"assumed holds {short(wrong[0])}; allowed: {', '.join(NUMBERS)}"
            raise InputError(message)

    @classmethod
    def of_kind(
        cls,
        kind: str,
        *,
        key: str,
        lon: float,
        lat: float,
        **given: Any,  # noqa: ANN401 - any field
    ) -> Self:
        """
        Give a new camera of a kind, with what nobody said taken by that kind.

        Parameters
        ----------
        kind
            Its build.
        key
            Its name within the change.
        lon, lat
            Where it is drawn, degrees.
        **given
            What is known of it: fields of this class.

        Returns
        -------
        Ghost
            The camera; ``assumed`` lists what was taken by its kind.

        Raises
        ------
        InputError
            No such kind, or a value that no camera can have.

        Examples
        --------
        >>> Ghost.of_kind("bullet", key="+1", lon=0, lat=0, hfov_deg=60.0).hfov_deg
        60.0
        """
        defaults = camera_defaults()
        if kind not in defaults["kinds"]:
            message = f"kind is {short(kind)}; allowed: {', '.join(defaults['kinds'])}"
            raise InputError(message)
        by_kind = {
            name: defaults["kinds"][kind][name]
            for name in NUMBERS
            if name in defaults["kinds"][kind] and given.get(name) is None
        }
        said = {"access": defaults["common"]["access"], **given, **by_kind}
        said["assumed"] = tuple(by_kind)
        return cls(key=key, lon=lon, lat=lat, kind=kind, **said)

    def swapped(self, kind: str) -> Self:
        """
        Give another kind of camera at the same place, looking the same way.

        Parameters
        ----------
        kind
            The other build.

        Returns
        -------
        Ghost
            With the optics of that kind; place, bearing, height and tier stay.

        Raises
        ------
        InputError
            No such kind.

        Examples
        --------
        >>> one = Ghost.of_kind("dome", key="+1", lon=0, lat=0, bearing_deg=90.0)
        >>> one.swapped("alpr").hfov_deg, one.swapped("alpr").bearing_deg
        (28.0, 90.0)
        """
        kept = {
            name: getattr(self, name)
            for name in ("access", "bearing_deg", "of", "name")
        }
        if "mount_height_m" not in self.assumed:
            kept["mount_height_m"] = self.mount_height_m
        return self.of_kind(kind, key=self.key, lon=self.lon, lat=self.lat, **kept)

    def changed(self, **parts: Any) -> Self:  # noqa: ANN401 - any field
        """
        Give the camera with some of its parts changed.

        Parameters
        ----------
        **parts
            Fields of this class and their new values.

        Returns
        -------
        Ghost
            The camera; what is said now is assumed no longer.

        Raises
        ------
        InputError
            A value that no camera can have.

        Examples
        --------
        >>> one = Ghost.of_kind("dome", key="+1", lon=0, lat=0)
        >>> "tilt_deg" in one.changed(tilt_deg=5.0).assumed
        False
        """
        left = tuple(name for name in self.assumed if name not in parts)
        made: Self = replace(self, assumed=left, **parts)
        return made

    def to_json(self) -> dict[str, Any]:
        """
        Give the camera as JSON can hold it.

        Returns
        -------
        dict
            What :meth:`from_json` takes.
        """
        return {**asdict(self), "assumed": list(self.assumed)}

    @classmethod
    def from_json(cls, given: object) -> Self:
        """
        Give the camera that a JSON object tells of.

        Parameters
        ----------
        given
            Of :meth:`to_json`.

        Returns
        -------
        Ghost
            The camera.

        Raises
        ------
        InputError
            It is no such object, lacks a part, has one too many or one that cannot be.

        Examples
        --------
        >>> one = Ghost.of_kind("dome", key="+1", lon=0.0, lat=0.0)
        >>> Ghost.from_json(one.to_json()) == one
        True
        """
        names = {one.name for one in fields(cls)}
        if not isinstance(given, dict) or set(given) != names:
            seen = sorted(map(str, given)) if isinstance(given, dict) else given
            message = (
                f"a changed camera is {short(seen)}; allowed: an object with "
                f"{', '.join(sorted(names))}"
            )
            raise InputError(message)
        assumed = given["assumed"]
        if not (isinstance(assumed, list) and all(isinstance(a, str) for a in assumed)):
            message = f"assumed is {short(assumed)}; allowed: a list of names"
            raise InputError(message)
        return cls(**{**given, "assumed": tuple(assumed)})


def _is_number(value: object) -> bool:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number and math.isfinite(value)  # type: ignore[arg-type]


def _check_number(name: str, value: object) -> None:
    if value is None and name in MAY_LACK:
        return
    column = table("cameras").columns[name]
    fits = _is_number(value) and _is_within(value, column)
    if not fits:
        message = f"{name} is {short(value)}; allowed: {column.allowed_words}"
        raise InputError(message)


def _check_degrees(name: str, value: object, most: float) -> None:
    if not (_is_number(value) and abs(value) <= most):  # type: ignore[arg-type]
        message = f"{name} is {short(value)}; allowed: degrees, -{most:g} to {most:g}"
        raise InputError(message)


def _check_word(name: str, value: object) -> None:
    allowed = table("cameras").columns[name].allowed or ()
    if value not in allowed:
        message = f"{name} is {short(value)}; allowed: {', '.join(allowed)}"
        raise InputError(message)


def _is_within(value: Any, column: Any) -> bool:  # noqa: ANN401 - JSON and its layout
    return (
        (column.low is None or value >= column.low)
        and (column.above is None or value > column.above)
        and (column.high is None or value <= column.high)
        and (column.below is None or value < column.below)
    )


def check_text(name: str, value: object, most: int) -> None:
    """
    Refuse what is no text of a size that is allowed.

    Parameters
    ----------
    name
        What it is, for the message.
    value
        The value seen.
    most
        So many signs at most.

    Raises
    ------
    InputError
        It is no text, too long, or has a zero in it.

    Examples
    --------
    >>> check_text("name", "pole 7", 120)
    """
    if not isinstance(value, str) or len(value) > most or "\x00" in value:
        message = f"{name} is {short(value)}; allowed: a text of up to {most} signs"
        raise InputError(message)


def short(value: object) -> str:
    """
    Give a value as a text that is short enough for a message.

    Parameters
    ----------
    value
        Any value.

    Returns
    -------
    str
        At most 80 signs.

    Examples
    --------
    >>> short("a"), len(short("a" * 999))
    ("'a'", 80)
    """
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."
