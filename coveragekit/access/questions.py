"""What is asked at the door, and what is answered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from datetime import datetime

    from coveragekit.access.people import Purpose, User

__all__ = ["Agreement", "Camera", "Kind", "Listed", "Question", "Ruling", "Share"]

Kind = Literal["human", "unattended"]


@dataclass(frozen=True, slots=True)
class Agreement:
    """
    What an owner agreed to for one camera.

    Parameters
    ----------
    state
        State of the consent as it was last written.
    since
        Since when.
    live, recorded, ptz
        What is agreed to.
    hours
        When, in OpenStreetMap's opening-hours form; always if ``None``.
    emergencies_only
        Only in an emergency.
    expires_at
        When it ends.
    """

    state: str
    since: datetime
    live: bool = False
    recorded: bool = False
    ptz: bool = False
    hours: str | None = None
    emergencies_only: bool = False
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Share:
    """
    A camera that is shared with somebody whose role would not do.

    Parameters
    ----------
    share_id
        Its id.
    live, recorded, ptz
        What is shared.
    from_at, to_at
        From when until when; open where ``None``.
    emergencies_only
        Only in an emergency.
    """

    share_id: str
    live: bool = False
    recorded: bool = False
    ptz: bool = False
    from_at: datetime | None = None
    to_at: datetime | None = None
    emergencies_only: bool = False


@dataclass(frozen=True, slots=True)
class Camera:
    """
    What counts of a camera.

    Parameters
    ----------
    camera_id
        Its id.
    lon, lat
        Where it is, degrees: hours are those of the clocks there.
    removed
        Whether it was taken out of the registry.
    agency_owned
        Whether it is the agency's own, which needs no consent of another.
    agreement
        What its owner agreed to; ``None`` where nothing is on record.
    shares
        What of it is shared with the one who asks, ended shares left out.
    """

    camera_id: str
    lon: float
    lat: float
    removed: bool = False
    agency_owned: bool = False
    agreement: Agreement | None = None
    shares: tuple[Share, ...] = ()


@dataclass(frozen=True, slots=True)
class Listed:
    """
    How the registry lists the one who asks.

    Parameters
    ----------
    role
        Role.
    active
        Whether the person may sign on.
    """

    role: str
    active: bool


@dataclass(frozen=True, slots=True)
class Question:
    """
    Who asks for what, and all that counts for the answer.

    Parameters
    ----------
    user, action, purpose
        Who asks, what for.
    now
        What the clock says.
    latest
        The latest time that the log knows; later than ``now`` where the clock ran back.
    kind
        ``"human"``, or ``"unattended"`` where a rule looks and nobody asked.
    listed
        How the registry lists the user, if it does.
    camera
        The camera; ``None`` where the action is about none, or it is not known.
    lists_people
        Whether the registry lists anybody as a user.
    """

    user: User
    action: str
    purpose: Purpose
    now: datetime
    latest: datetime
    kind: Kind = "human"
    listed: Listed | None = None
    camera: Camera | None = None
    lists_people: bool = False


@dataclass(frozen=True, slots=True)
class Ruling:
    """
    The answer.

    Parameters
    ----------
    allowed
        Whether it may be done.
    reason
        Why, or why not, as people say it.
    basis
        What it rests on: ``"role"``, ``"share"``, ``"emergency"`` or ``"service"``;
        empty if refused.
    share_id
        The share that it rests on.
    lifted
        Demands of the policy that an emergency lifted.
    review_due
        Until when a supervisor has to review it, where one has to.
    lacks
        What was not given and is needed: ``"offence"``, ``"case_number"``,
        ``"purpose"``.
    """

    allowed: bool
    reason: str
    basis: str = ""
    share_id: str | None = None
    lifted: tuple[str, ...] = ()
    review_due: datetime | None = None
    lacks: tuple[str, ...] = ()
