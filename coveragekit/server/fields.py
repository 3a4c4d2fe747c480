"""Read what was typed into the form, and say what is wrong with it."""

from __future__ import annotations

import math
import re
import unicodedata
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from coveragekit.server.catalogue import HEIGHTS_M, KINDS, WIDTHS_DEG

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from coveragekit.server.catalogue import Catalogue

__all__ = [
    "CAPACITIES",
    "COMPASS",
    "LABELS",
    "SITE_KINDS",
    "Read",
    "clean",
    "read_aim",
    "read_camera",
    "read_consent",
    "read_people",
    "read_signature",
    "read_where",
    "read_withdrawal",
]

CAPACITIES: Final = ("owner", "tenant", "manager", "chain")
"""In which capacity somebody signs, as the registry has them."""
SITE_KINDS: Final = ("business", "home", "school", "worship", "public", "other")
"""Kinds of place, as the registry has them."""
COMPASS: Final = ("n", "ne", "e", "se", "s", "sw", "w", "nw")
"""Directions for those who cannot drag the view, clockwise from north."""
OWNER_KINDS: Final = ("business", "person")
LABELS: Final[Mapping[str, str]] = {
    "address": "where.address",
    "site_name": "where.site_name",
    "site_kind": "where.site_kind",
    "model": "camera.model",
    "kind": "camera.kind",
    "height": "camera.height",
    "width": "camera.width",
    "retention_days": "people.days",
    "owner_name": "people.owner_name",
    "owner_kind": "people.owner_kind",
    "contact_name": "people.contact_name",
    "phone": "people.phone",
    "email": "people.email",
    "best_time": "people.best_time",
    "signer_capacity": "people.capacity",
    "wants": "consent.wants",
    "signer": "sign.signer",
    "receipt": "withdraw.code",
    "contact": "withdraw.contact",
}
"""Field to the words that stand beside it, where a fault has to name it."""
_MOST_DAYS: Final = 3650.0
_EMAIL: Final = re.compile(r"[^\s@,;<>\"]{1,64}@[^\s@,;<>\"]+\.[^\s@,;<>\".]{2,63}")
_PHONE: Final = re.compile(r"\+?[0-9 ()./x-]{5,39}", re.IGNORECASE)
_FEWEST_DIGITS: Final = 7
# Dashes of every kind: phones and mail programs make long ones of short ones.
_NO_DASHES: Final = dict.fromkeys(map(ord, "-\u2010\u2011\u2012\u2013\u2014\u2212"))
_CODE: Final = re.compile(r"[A-Za-z0-9]{20}")
_DAYS: Final = re.compile(r"\s*(?:days?|d[ií]as?)\s*$", re.IGNORECASE)


@dataclass(slots=True)
class Read:
    """
    What one step was told.

    Parameters
    ----------
    values
        What is known now, by name.
    faults
        Name of a field to the key of the words that say what is wrong with it.
    """

    values: dict[str, Any] = field(default_factory=dict)
    faults: dict[str, str] = field(default_factory=dict)


def clean(text: str) -> str:
    r"""
    Give a text as one line without signs that nobody sees.

    Parameters
    ----------
    text
        What was typed.

    Returns
    -------
    str
        Composed letters, single blanks, no control or direction signs.

    Examples
    --------
    >>> clean("  Deli\r\nBcc: x\u202e ")
    'Deli Bcc: x'
    """
    parts = unicodedata.normalize("NFC", text)
    kept = "".join(
        " " if one.isspace() else one
        for one in parts
        if one.isspace() or unicodedata.category(one) not in _UNSEEN
    )
    return " ".join(kept.split())


_UNSEEN: Final = {"Cc", "Cf", "Cs", "Co", "Cn"}


class _Form:
    """The fields of one form: each is read once, checked, and kept or faulted."""

    def __init__(self, given: Mapping[str, str]) -> None:
        self.given = given
        self.read = Read()

    def text(self, name: str, *, most: int, least: int = 0) -> str:
        value = clean(self.given.get(name, "")[: 4 * most + 4])
        self.read.values[name] = value
        if len(value) > most:
            self.fault(name, "fault.long")
        elif len(value) < least:
            self.fault(name, "fault.empty")
        return value

    def choice(self, name: str, allowed: Sequence[str], *, missing: str = "") -> str:
        value = self.given.get(name, "")
        if value not in allowed:
            value = missing
            if not missing:
                self.fault(name, "fault.choose")
        self.read.values[name] = value
        return value

    def number(
        self, name: str, low: float, high: float, *, wrong: str = "fault.number"
    ) -> float | None:
        told = self.given.get(name, "").strip().replace(",", ".")[:40]
        try:
            value = float(told)
        except ValueError:
            value = math.nan
        if not low <= value <= high:
            self.fault(name, wrong if told else "fault.empty")
            self.read.values[name] = None
            return None
        self.read.values[name] = value
        return value

    def flag(self, name: str) -> bool:
        value = self.given.get(name, "") == "yes"
        self.read.values[name] = value
        return value

    def fault(self, name: str, words: str) -> None:
        self.read.faults.setdefault(name, words)


def read_where(
    given: Mapping[str, str], off_area_m: Callable[[float, float], float]
) -> Read:
    """
    Read where a camera hangs.

    Parameters
    ----------
    given
        Fields by name.
    off_area_m
        Gives how far a place (longitude, latitude) lies outside the study, metres.

    Returns
    -------
    Read
        ``address``, ``site_name``, ``site_kind``, ``lon`` and ``lat``.
    """
    form = _Form(given)
    form.text("address", most=160, least=3)
    form.text("site_name", most=120)
    form.choice("site_kind", SITE_KINDS)
    lon = form.number("lon", -180.0, 180.0)
    lat = form.number("lat", -85.0, 85.0)
    for name in ("lon", "lat"):
        if form.read.faults.pop(name, None):
            form.fault("pin", "fault.pin")
    if lon is not None and lat is not None and off_area_m(lon, lat) > 0.0:
        form.fault("pin", "fault.outside")
    return form.read


def read_aim(given: Mapping[str, str]) -> Read:
    """
    Read which way a camera looks.

    Parameters
    ----------
    given
        Fields by name; ``compass`` where nobody dragged the view, and that wins.

    Returns
    -------
    Read
        ``bearing_deg`` (``None``: not known) and ``aimed``.

    Examples
    --------
    >>> read_aim({"compass": "se"}).values
    {'bearing_deg': 135.0, 'aimed': True}
    """
    form = _Form(given)
    compass = given.get("compass", "")
    if compass == "unknown":
        form.read.values.update(bearing_deg=None, aimed=True)
    elif compass in COMPASS:
        form.read.values.update(bearing_deg=45.0 * COMPASS.index(compass), aimed=True)
    else:
        bearing = form.number("bearing_deg", 0.0, 360.0)
        form.read.values.update(aimed=True)
        if bearing is None:
            form.read.faults = {"bearing_deg": "fault.aim"}
        else:
            form.read.values["bearing_deg"] = round(bearing, 1) % 360.0
    return form.read


def read_camera(given: Mapping[str, str], catalogue: Catalogue) -> Read:
    """
    Read what camera it is: a model of the list, or three simple answers.

    Parameters
    ----------
    given
        Fields by name.
    catalogue
        The models that can be chosen.

    Returns
    -------
    Read
        ``kind``, ``make``, ``model``, ``height``, ``width``, ``cloud_only``,
        ``indoor`` and ``optics``: what is known of it beyond its kind.
    """
    form = _Form(given)
    label = form.text("model", most=160)
    model = catalogue.find(label) if label else None
    kind = form.choice("kind", KINDS, missing=model.kind if model else "")
    height = form.choice("height", [*HEIGHTS_M, "unknown"])
    width = form.choice(
        "width", [*WIDTHS_DEG, "unknown"], missing="unknown" if model else ""
    )
    form.flag("indoor")
    cloud = form.flag("cloud_only")
    optics: dict[str, float] = {}
    if model is not None:
        kind, optics = model.kind, model.optics()
    elif width == "round":
        kind = "fisheye"
    elif width in WIDTHS_DEG and kind != "fisheye":
        optics["hfov_deg"] = WIDTHS_DEG[width]
    if height in HEIGHTS_M:
        optics["mount_height_m"] = HEIGHTS_M[height]
    form.read.values.update(
        kind=kind,
        asked_kind=given.get("kind", "") if given.get("kind", "") in KINDS else "",
        make=model.make if model else "",
        cloud_only=cloud or (model is not None and model.cloud_only),
        listed=model is not None,
        optics=optics,
    )
    return form.read


def read_people(given: Mapping[str, str]) -> Read:
    """
    Read how long pictures are kept, whom to ask, and who signs.

    Parameters
    ----------
    given
        Fields by name.

    Returns
    -------
    Read
        Of a phone and an e-mail address one at least has to be there.
    """
    form = _Form(given)
    if given.get("retention_unknown") == "yes":
        form.read.values.update(retention_days=None, retention_unknown=True)
    else:
        told = _DAYS.sub("", given.get("retention_days", "")[:40])
        form.given = {**given, "retention_days": told}
        form.number("retention_days", 0.0, _MOST_DAYS, wrong="fault.days")
        form.read.values["retention_unknown"] = False
    form.text("owner_name", most=120, least=2)
    form.choice("owner_kind", OWNER_KINDS)
    form.text("contact_name", most=120, least=2)
    phone = form.text("phone", most=40)
    email = form.text("email", most=160)
    form.text("best_time", most=120)
    form.flag("can_export")
    form.choice("signer_capacity", CAPACITIES)
    if phone and not _is_phone(phone):
        form.fault("phone", "fault.phone")
    if email and not _EMAIL.fullmatch(email):
        form.fault("email", "fault.email")
    if not phone and not email:
        form.fault("phone", "fault.contact")
    return form.read


def _is_phone(text: str) -> bool:
    digits = sum(one.isdigit() for one in text)
    return _PHONE.fullmatch(text) is not None and digits >= _FEWEST_DIGITS


def read_consent(given: Mapping[str, str], *, may_integrate: bool, shown: str) -> Read:
    """
    Read what is agreed to.

    Parameters
    ----------
    given
        Fields by name.
    may_integrate
        Whether integration is offered at all.
    shown
        The text that the page shows now; another one cannot be agreed to.

    Returns
    -------
    Read
        ``wants`` (``"register"`` or ``"integrate"``) and ``agreed``.
    """
    form = _Form(given)
    form.choice("wants", ("register", "integrate") if may_integrate else ("register",))
    if not form.flag("agreed"):
        form.fault("agreed", "fault.agree")
    elif given.get("shown") != shown:
        form.read.values["agreed"] = False
        form.fault("agreed", "fault.changed")
    return form.read


def read_signature(given: Mapping[str, str]) -> Read:
    """
    Read the signature.

    Parameters
    ----------
    given
        Fields by name.

    Returns
    -------
    Read
        ``signer`` and ``true``: that all of it is right.
    """
    form = _Form(given)
    form.text("signer", most=120, least=2)
    if not form.flag("true"):
        form.fault("true", "fault.true")
    return form.read


def read_withdrawal(given: Mapping[str, str]) -> Read:
    """
    Read who wants to leave.

    Parameters
    ----------
    given
        Fields by name.

    Returns
    -------
    Read
        ``receipt`` and ``contact``.
    """
    form = _Form(given)
    receipt = "".join(form.text("receipt", most=100, least=1).split())
    receipt = receipt.translate(_NO_DASHES)
    form.text("contact", most=160, least=3)
    form.read.values["receipt"] = receipt
    if receipt and not _CODE.fullmatch(receipt):
        form.fault("receipt", "fault.code")
    return form.read
