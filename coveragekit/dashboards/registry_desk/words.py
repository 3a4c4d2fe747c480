"""What the registry desk says of submissions, cameras and requests."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from coveragekit.access import overwrite_words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from zoneinfo import ZoneInfo

    from coveragekit.access import FootageRequest, Nearby, Submission

__all__ = [
    "FACES_HOMES_SHARE",
    "camera_facts",
    "camera_row",
    "contact_facts",
    "flags_of",
    "near_words",
    "request_row",
    "submission_facts",
    "submission_row",
]

FACES_HOMES_SHARE: Final = 0.5
"""From this share of the fronts in view on, a camera faces mainly homes."""
_URGENT_H: Final = 72.0
_COMPASS: Final = (
    "north",
    "north-east",
    "east",
    "south-east",
    "south",
    "south-west",
    "west",
    "north-west",
)


def _time(at: datetime | None, zone: ZoneInfo) -> str:
    return "" if at is None else at.astimezone(zone).strftime("%Y-%m-%d %H:%M")


def _faces_homes(share: float | None) -> bool:
    return share is not None and share >= FACES_HOMES_SHARE


def _may_face_homes(camera: Mapping[str, Any]) -> bool:
    """Whether it would, were all houses homes of which nobody says what they are."""
    share, unknown = camera.get("faces_homes_share"), camera.get("faces_unknown_share")
    if share is None or unknown is None or _faces_homes(share):
        return False
    return _faces_homes(share + unknown)


def _percent(share: float) -> str:
    return f"{100.0 * share:.0f} %"


def flags_of(payload: Mapping[str, Any]) -> list[str]:
    """
    Give what to look at before a submission is accepted.

    Parameters
    ----------
    payload
        What the owner sent.

    Returns
    -------
    list of str
        Short words; empty where there is nothing.

    Examples
    --------
    >>> flags_of({"cameras": [{"faces_homes_share": 0.8}]})
    ['faces homes']
    """
    cameras = payload.get("cameras", [])
    found = {
        "faces homes": any(_faces_homes(o.get("faces_homes_share")) for o in cameras),
        "may face homes": any(_may_face_homes(one) for one in cameras),
        "sees nothing": any(one.get("see_blind") for one in cameras),
        "inside a building": any(one.get("mount") == "inside" for one in cameras),
        "maker's app only": any(one.get("cloud_only") for one in cameras),
        "wants to integrate": payload.get("integration_wanted"),
    }
    return [words for words, is_so in found.items() if is_so]


def submission_row(sent: Submission, zone: ZoneInfo) -> dict[str, Any]:
    """
    Give a submission as a row of the queue.

    Parameters
    ----------
    sent
        The submission.
    zone
        The city's time zone.

    Returns
    -------
    dict
        Its id, place, time, number of cameras and flags; nobody's name.
    """
    payload = sent.payload or {}
    site = payload.get("site", {})
    return {
        "id": sent.submission_id,
        "address": site.get("address") or "no address",
        "name": site.get("name") or "",
        "kind": site.get("kind") or "",
        "cameras": len(payload.get("cameras", [])),
        "at": _time(sent.submitted_at, zone),
        "flags": flags_of(payload),
    }


def submission_facts(sent: Submission, zone: ZoneInfo) -> list[list[str]]:
    """
    Give what is known of a submission, without its contact.

    Parameters
    ----------
    sent
        The submission.
    zone
        The city's time zone.

    Returns
    -------
    list of list of str
        What, and its words.
    """
    payload = sent.payload or {}
    site, owner = payload.get("site", {}), payload.get("owner", {})
    quote = payload.get("quote") or {}
    rows = [
        ["Place", ", ".join(filter(None, (site.get("address"), site.get("name"))))],
        ["Kind of place", site.get("kind", "")],
        ["Kind of owner", owner.get("kind", "")],
        ["Signed as", payload.get("authority", {}).get("capacity", "")],
        ["Text agreed to", f"{payload.get('text_version', '')} ({sent.language})"],
        ["Sent", _time(sent.submitted_at, zone)],
    ]
    if payload.get("integration_wanted"):
        price = (
            f"was shown {quote.get('one_off') or 'on request'} once and "
            f"{quote.get('yearly') or 'on request'} yearly, {quote.get('currency')}"
            if quote
            else "was shown no price"
        )
        rows.append(["Integration", f"wants an offer; {price}"])
    return [row for row in rows if row[1]]


def camera_facts(camera: Mapping[str, Any]) -> list[list[str]]:
    """
    Give what an owner said of one camera, and what the form found.

    Parameters
    ----------
    camera
        Of a submission.

    Returns
    -------
    list of list of str
        What, and its words.

    Examples
    --------
    >>> camera_facts({"bearing_deg": 90.0, "hfov_deg": 98.0})[0]
    ['Looks', 'east (90 degrees), 98 degrees wide']
    """
    bearing, share = camera.get("bearing_deg"), camera.get("faces_homes_share")
    looks = (
        "direction not known"
        if bearing is None
        else f"{_COMPASS[round(bearing / 45.0) % 8]} ({bearing:.0f} degrees)"
    )
    if camera.get("hfov_deg"):
        looks += f", {camera['hfov_deg']:.0f} degrees wide"
    model = " ".join(filter(None, (camera.get("make"), camera.get("model"))))
    days, height = camera.get("retention_days"), camera.get("mount_height_m")
    homes = "no house front in view"
    if share is not None:
        homes = (
            f"{_percent(share)} of {camera.get('fronts_m', 0.0):.0f} m of house fronts "
            f"in view are homes, {_percent(camera.get('faces_unknown_share') or 0.0)} "
            "of houses that are not known"
        )
    rows = [
        ["Looks", looks],
        ["Camera", model or camera.get("kind", "")],
        ["Hangs", f"{height:.1f} m high" if height is not None else ""],
        ["Keeps", f"{days:g} days" if days is not None else "not known"],
        ["Faces", homes],
        ["Sees", camera.get("see_blind") or ""],
        ["Taken by its kind", ", ".join(camera.get("assumed", []))],
    ]
    return [row for row in rows if row[1]]


def contact_facts(people: Mapping[str, Any]) -> list[list[str]]:
    """
    Give who sent something in, and how to reach them.

    Parameters
    ----------
    people
        ``owner``, ``contact`` and ``authority`` as they were sent.

    Returns
    -------
    list of list of str
        What, and its words.

    Examples
    --------
    >>> contact_facts({"contact": {"name": "Ana", "can_export": True}})
    [['Contact', 'Ana'], ['Copies footage', 'yes']]
    """
    told, owner = people.get("contact", {}), people.get("owner", {})
    rows = [
        ["Owner", owner.get("name", "")],
        ["Signed by", people.get("authority", {}).get("signer", "")],
        ["Contact", told.get("name", "")],
        ["Phone", told.get("phone", "")],
        ["E-mail", told.get("email", "")],
        ["Best time", told.get("best_time", "")],
        ["Copies footage", "yes" if told.get("can_export") else "no"],
    ]
    return [row for row in rows if row[1]]


def near_words(found: Sequence[Nearby]) -> list[dict[str, str]]:
    """
    Give the cameras of the registry that are near, so that doubles are seen.

    Parameters
    ----------
    found
        The nearest first.

    Returns
    -------
    list of dict
        Number on the small map, and words.
    """
    return [
        {
            "number": str(number),
            "words": " ".join(
                filter(
                    None,
                    (
                        f"{one.distance_m:.0f} m away:",
                        one.camera.name or one.camera.camera_id,
                        f"({one.camera.kind or 'unknown'}"
                        + (
                            f", looks {one.camera.bearing_deg:.0f} degrees)"
                            if one.camera.bearing_deg is not None
                            else ")"
                        ),
                    ),
                )
            ),
        }
        for number, one in enumerate(found, start=1)
    ]


def camera_row(camera: Any, state: str) -> dict[str, Any]:  # noqa: ANN401 - the registry's row
    """
    Give a camera as a row of the list.

    Parameters
    ----------
    camera
        The registry's row.
    state
        State of its consent.

    Returns
    -------
    dict
        Its id and words.
    """
    return {
        "id": camera.camera_id,
        "name": camera.name or camera.camera_id,
        "address": camera.address or "",
        "kind": camera.kind or "unknown",
        "state": state.replace("_", " "),
        "keeps": (
            f"{camera.retention_days:g} days"
            if camera.retention_days is not None
            else "not known"
        ),
        "flags": [
            words
            for words, is_so in (
                ("faces homes", _faces_homes(camera.faces_homes_share)),
                ("maker's app only", bool(camera.cloud_only)),
            )
            if is_so
        ],
    }


def request_row(
    asked: FootageRequest, *, now: datetime, zone: ZoneInfo
) -> dict[str, Any]:
    """
    Give a footage request as a row, with its overwrite clock.

    Parameters
    ----------
    asked
        The request.
    now
        The present.
    zone
        The city's time zone.

    Returns
    -------
    dict
        Its id and words; ``urgent`` where the footage goes within three days.
    """
    left_h = (
        None
        if asked.deadline_at is None
        else (asked.deadline_at - now.astimezone(UTC)).total_seconds() / 3600.0
    )
    about = asked.ask
    return {
        "id": asked.request_id,
        "camera": asked.camera_id,
        "case": about.case_number or "",
        "offence": about.offence or "",
        "window": f"{_time(about.from_at, zone)} to {_time(about.to_at, zone)[11:]}",
        "clock": overwrite_words(asked.deadline_at, now),
        "urgent": left_h is not None and 0.0 <= left_h <= _URGENT_H,
        "state": asked.state.replace("_", " "),
        "reminders": asked.reminders,
    }
