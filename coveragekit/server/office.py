"""What the form asks of the registry: it puts in, and never looks."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Protocol

from coveragekit.errors import InputError
from coveragekit.study.ghost import Ghost

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime
    from decimal import Decimal

    from coveragekit.server.draft import Draft
    from coveragekit.server.sight import Sight

__all__ = [
    "Departure",
    "Office",
    "Quote",
    "Text",
    "fee_days",
    "ghost_of",
    "payload_of",
]

_FORMAT: Final = 1
_DAYS_IF_UNKNOWN: Final = 30.0


class Text(Protocol):
    """
    A consent text.

    Attributes
    ----------
    version
        Its name.
    title
        Its heading.
    body
        All of it: headings, paragraphs and lists.
    """

    @property
    def version(self) -> str:
        """Its name."""

    @property
    def title(self) -> str:
        """Its heading."""

    @property
    def body(self) -> str:
        """All of it."""


@dataclass(frozen=True, slots=True)
class Quote:
    """
    What integrating would cost.

    Parameters
    ----------
    plan
        Name of the fee plan.
    currency
        Its currency, such as ``"USD"``.
    one_off
        Once, or ``None`` for a price on request.
    yearly
        Each year, or ``None`` for a price on request.
    first_year_included
        Whether the first year is in what is paid once.
    since, until
        First and last day on which these prices hold; no end where ``until`` is
        ``None``.
    example
        Whether the plan is an example and nobody's offer.
    """

    plan: str
    currency: str
    one_off: Decimal | None
    yearly: Decimal | None
    first_year_included: bool = False
    since: date | None = None
    until: date | None = None
    example: bool = False


@dataclass(frozen=True, slots=True)
class Departure:
    """
    What an owner has left with.

    Parameters
    ----------
    at
        When it ended, aware of its zone.
    place
        Address of the place; empty where it is not known any more.
    code
        Code of the receipt; empty of what had not been accepted yet.
    words
        The receipt as a text by language; empty of what had not been accepted yet.
    """

    at: datetime
    place: str = ""
    code: str = ""
    words: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_waiting(self) -> bool:
        """Whether it had not been accepted yet."""
        return not self.code


class Office(Protocol):
    """The registry as the form meets it."""

    def text(self, kind: str, language: str) -> Text:
        """
        Give a consent text.

        Parameters
        ----------
        kind
            ``"registration"`` or ``"integration"``.
        language
            Its language.

        Returns
        -------
        Text
            The newest version.
        """

    def quote(self, *, cameras: int, days: float) -> Quote | None:
        """
        Give what integrating would cost today.

        Parameters
        ----------
        cameras
            How many.
        days
            How long pictures would be kept, days.

        Returns
        -------
        Quote or None
            ``None`` where the city has no fee plan in force.
        """

    def submit(self, payload: Mapping[str, Any], *, language: str) -> str:
        """
        Put a registration into the queue.

        Parameters
        ----------
        payload
            Of :func:`payload_of`.
        language
            The owner's language.

        Returns
        -------
        str
            The receipt's code.
        """

    def withdraw(
        self, receipt: str, contact: str, *, time_zone: str, note_misses: bool = True
    ) -> tuple[Departure, ...]:
        """
        Withdraw what a receipt stands for.

        Parameters
        ----------
        receipt
            Its code.
        contact
            The e-mail address or phone that was given with it.
        time_zone
            Zone in which receipts tell times.
        note_misses
            Whether a code that stands for nothing is written down.

        Returns
        -------
        tuple of Departure
            What has ended, now or before; empty where code and contact do not fit, and
            nothing tells which of the two it was.
        """


def ghost_of(camera: Mapping[str, Any]) -> Ghost:
    """
    Give a camera as the study looks through it.

    Parameters
    ----------
    camera
        One of a draft.

    Returns
    -------
    Ghost
        The camera; what nobody said is taken by its kind.

    Raises
    ------
    InputError
        A number that no camera can have.

    Examples
    --------
    >>> ghost_of({"lon": 0.0, "lat": 0.0, "bearing_deg": 90.0}).kind
    'unknown'
    """
    kind = str(camera.get("kind", "unknown"))
    optics = dict(camera.get("optics", {}))
    bearing = camera.get("bearing_deg")
    if "hfov_deg" in optics and "vfov_deg" not in optics:
        optics["vfov_deg"] = _high_for(optics["hfov_deg"])
    if "lon" not in camera or "lat" not in camera:
        message = "the camera has no place; allowed: longitude and latitude"
        raise InputError(message)
    return Ghost.of_kind(
        kind,
        key="+1",
        lon=float(camera["lon"]),
        lat=float(camera["lat"]),
        bearing_deg=bearing,
        **optics,
    )


def _high_for(hfov_deg: float) -> float:
    """Give the height of a picture of 16 to 9 whose width is given, degrees."""
    if hfov_deg >= 170.0:
        return min(hfov_deg / 2.0, 180.0)
    half = math.tan(math.radians(hfov_deg / 2.0)) * 9.0 / 16.0
    return round(2.0 * math.degrees(math.atan(half)), 1)


def fee_days(draft: Draft) -> float:
    """
    Give how many days of pictures a fee is asked for.

    Parameters
    ----------
    draft
        The draft.

    Returns
    -------
    float
        Days; 30 where the owner does not know.
    """
    told = draft.people.get("retention_days")
    return _DAYS_IF_UNKNOWN if told is None else float(told)


def payload_of(
    draft: Draft, *, language: str, quote: Quote | None, sight: Sight
) -> dict[str, Any]:
    """
    Give a finished draft as the registry's queue takes it.

    Parameters
    ----------
    draft
        All steps done, signed.
    language
        The owner's language.
    quote
        What was shown of the fee, if anything was.
    sight
        Looks through the cameras.

    Returns
    -------
    dict
        What JSON can hold.
    """
    people, first = draft.people, draft.cameras[0]
    told = {name: people.get(name, "") for name in ("phone", "email", "best_time")}
    wanted = draft.consent.get("wants") == "integrate"
    return {
        "format": _FORMAT,
        "language": language,
        "text_version": draft.consent["text_version"],
        "integration_wanted": wanted,
        "quote": _told(quote) if wanted else None,
        "site": {
            "name": first.get("site_name", ""),
            "address": first["address"],
            "kind": first["site_kind"],
            "lon": first["lon"],
            "lat": first["lat"],
        },
        "owner": {"name": people["owner_name"], "kind": people["owner_kind"]},
        "contact": {
            "name": people["contact_name"],
            **told,
            "can_export": bool(people.get("can_export")),
        },
        "authority": {
            "capacity": people["signer_capacity"],
            "signer": draft.consent["signer"],
        },
        "cameras": [
            _camera(one, people.get("retention_days"), sight) for one in draft.cameras
        ],
    }


def _told(quote: Quote | None) -> dict[str, Any] | None:
    if quote is None:
        return None
    return {
        "plan": quote.plan,
        "currency": quote.currency,
        "one_off": None if quote.one_off is None else str(quote.one_off),
        "yearly": None if quote.yearly is None else str(quote.yearly),
        "first_year_included": quote.first_year_included,
        "since": None if quote.since is None else quote.since.isoformat(),
        "example": quote.example,
    }


def _camera(
    camera: Mapping[str, Any], days: float | None, sight: Sight
) -> dict[str, Any]:
    ghost = ghost_of(camera)
    seen = sight.see(ghost)
    fronts = sight.fronts(seen)
    model = str(camera.get("model", ""))
    make = str(camera.get("make", ""))
    return {
        "lon": ghost.lon,
        "lat": ghost.lat,
        "indoor": bool(camera.get("indoor")),
        "kind": ghost.kind,
        "make": make,
        "model": model.removeprefix(f"{make} ") if make else model,
        "bearing_deg": ghost.bearing_deg,
        "tilt_deg": ghost.tilt_deg,
        "hfov_deg": ghost.hfov_deg,
        "vfov_deg": ghost.vfov_deg,
        "width_px": round(ghost.width_px),
        "height_px": round(ghost.height_px),
        "mount_height_m": ghost.mount_height_m,
        "ir_range_m": ghost.ir_range_m,
        "retention_days": days,
        "cloud_only": bool(camera.get("cloud_only")),
        "assumed": list(ghost.assumed),
        "faces_homes_share": round(fronts.home_share, 3) if fronts.metres else None,
        "faces_unknown_share": (
            round(fronts.unknown_share, 3) if fronts.metres else None
        ),
        "fronts_m": round(fronts.metres, 1),
        "mount": seen.mount,
        "see_blind": seen.blind,
    }
