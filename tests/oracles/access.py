"""The plain and obvious ways to say whether somebody may look through a camera now."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

ATLANTA = ZoneInfo("America/New_York")

# What each text says, written out by hand, on the clocks of Atlanta.
OPEN: dict[str | None, Callable[[datetime], bool]] = {
    None: lambda local: True,
    "08:00-18:00": lambda local: 8 <= local.hour < 18,
    "Mo-Fr 09:00-17:00": lambda local: local.weekday() < 5 and 9 <= local.hour < 17,
    "22:00-06:00": lambda local: local.hour >= 22 or local.hour < 6,
}

# Who may do what by the policy that comes with the package, read by eye.
MAY = {
    "view_live": {"dispatcher", "officer", "supervisor"},
    "view_last": {"dispatcher", "officer", "supervisor"},
    "view_recorded": {"officer", "supervisor"},
    "steer_ptz": {"dispatcher", "supervisor"},
}
FOR = {
    "view_live": {"call", "investigation", "missing_person"},
    "view_last": {"call", "investigation", "missing_person"},
    "view_recorded": {"investigation", "missing_person"},
    "steer_ptz": {"call", "missing_person"},
}
NEEDS = {
    "view_live": {"live"},
    "view_last": {"recorded"},
    "view_recorded": {"recorded"},
    "steer_ptz": {"ptz"},
}


@dataclass
class Agreed:
    """What the owner said last."""

    state: str = "nothing"
    scope: set[str] = field(default_factory=set)
    hours: str | None = None
    emergencies_only: bool = False
    end: datetime | None = None


@dataclass
class Shared:
    """Something that is shared with a person or a role."""

    to: str
    scope: set[str]
    begin: datetime | None
    end: datetime | None
    emergencies_only: bool
    is_revoked: bool = False


def consent_is_live(
    agreed: Agreed, action: str, now: datetime, latest: datetime, *, emergency: bool
) -> bool:
    """
    Whether the owner agreed to this, now.

    ``latest`` is the latest time that anybody ever saw: what had ended by then has
    ended, though somebody set the clock back.
    """
    if agreed.state != "integrated" or agreed.end is None:
        return False
    if agreed.end <= now or agreed.end <= latest:
        return False
    if not NEEDS[action] <= agreed.scope:
        return False
    if action == "steer_ptz" and "live" not in agreed.scope:  # who turns it looks
        return False
    if agreed.emergencies_only and not emergency:
        return False
    # hours are not had again by setting the clock back
    is_hour = agreed.hours is None or latest - now <= timedelta(minutes=5)
    return is_hour and OPEN[agreed.hours](now.astimezone(ATLANTA))


def is_shared(
    shares: list[Shared],
    who: tuple[str, str],
    action: str,
    now: datetime,
    latest: datetime,
    *,
    emergency: bool,
) -> bool:
    """Whether something that is shared with this person or role opens this, now."""
    for one in shares:
        if one.is_revoked or one.to not in who:
            continue
        if not NEEDS[action] <= one.scope:
            continue
        if action == "steer_ptz" and "live" not in one.scope:
            continue
        if one.emergencies_only and not emergency:
            continue
        if one.begin is not None and now < one.begin:
            continue
        if one.end is not None and (one.end <= now or one.end <= latest):
            continue
        return True
    return False
