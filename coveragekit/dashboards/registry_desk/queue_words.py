"""What the registry desk says of what owners sent in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from coveragekit.dashboards.registry_desk.words import (
    cameras_words,
    faces_homes,
    looks_words,
    percent,
    time_words,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from zoneinfo import ZoneInfo

    from coveragekit.access import Nearby, Submission

__all__ = [
    "assumed_words",
    "camera_facts",
    "contact_facts",
    "flags_of",
    "homes_words",
    "near_words",
    "submission_facts",
    "submission_row",
]

_LANGUAGES: Final = {"en": "English", "es": "Spanish"}


def _may_face_homes(camera: Mapping[str, Any]) -> bool:
    """Whether it would, were all houses homes of which nobody says what they are."""
    share, unknown = camera.get("faces_homes_share"), camera.get("faces_unknown_share")
    if share is None or unknown is None or faces_homes(share):
        return False
    return faces_homes(share + unknown)


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
        "faces homes": any(faces_homes(o.get("faces_homes_share")) for o in cameras),
        "may face homes": any(_may_face_homes(one) for one in cameras),
        "sees nothing": any(one.get("see_blind") for one in cameras),
        "inside a building": any(one.get("mount") == "inside" for one in cameras),
        "maker's app only": any(one.get("cloud_only") for one in cameras),
        "wants to integrate": payload.get("integration_wanted"),
    }
    return [words for words, is_so in found.items() if is_so]


def submission_row(
    sent: Submission, zone: ZoneInfo, *, near_m: float | None = None
) -> dict[str, Any]:
    """
    Give a submission as a row of the queue.

    Parameters
    ----------
    sent
        The submission.
    zone
        The city's time zone.
    near_m
        How far the nearest camera of the registry is, where one is near.

    Returns
    -------
    dict
        Its id, place, language, time, number of cameras and flags; nobody's name.
    """
    payload = sent.payload or {}
    site = payload.get("site", {})
    told = (
        site.get("kind"),
        cameras_words(len(payload.get("cameras", []))),
        f"in {_LANGUAGES.get(sent.language or '', sent.language)}",
        f"sent {time_words(sent.submitted_at, zone)}",
    )
    flags = flags_of(payload)
    if near_m is not None:
        flags.insert(0, f"a camera {near_m:.0f} m away: the same?")
    return {
        "id": sent.submission_id,
        "address": site.get("address") or "no address",
        "name": site.get("name") or "",
        "words": ", ".join(filter(None, told)),
        "flags": flags,
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
    language = _LANGUAGES.get(sent.language or "", sent.language or "")
    rows = [
        ["Place", ", ".join(filter(None, (site.get("address"), site.get("name"))))],
        ["Kind of place", site.get("kind", "")],
        ["Kind of owner", owner.get("kind", "")],
        ["Signed as", payload.get("authority", {}).get("capacity", "")],
        ["Language", language],
        ["Text agreed to", payload.get("text_version", "")],
        ["Sent", time_words(sent.submitted_at, zone)],
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
    looks = looks_words(camera.get("bearing_deg"))
    if camera.get("hfov_deg"):
        looks += f", {camera['hfov_deg']:.0f} degrees wide"
    model = " ".join(filter(None, (camera.get("make"), camera.get("model"))))
    days, height = camera.get("retention_days"), camera.get("mount_height_m")
    rows = [
        ["Looks", looks],
        ["Camera", model or camera.get("kind", "")],
        ["Hangs", f"{height:.1f} m high" if height is not None else ""],
        ["Keeps", f"{days:g} days" if days is not None else "not known"],
        ["Faces", homes_words(camera)],
        ["Sees", camera.get("see_blind") or ""],
        ["Usual for its kind", assumed_words(camera.get("assumed", []))],
    ]
    return [row for row in rows if row[1]]


def homes_words(camera: Mapping[str, Any]) -> str:
    """
    Give what the house fronts are that a camera has in view, in one reading.

    Parameters
    ----------
    camera
        Of a submission.

    Returns
    -------
    str
        A sentence without its point.

    Examples
    --------
    >>> homes_words({"faces_homes_share": 0.8})
    '80 % of the house fronts in view are homes'
    >>> homes_words({"faces_homes_share": 0.3, "faces_unknown_share": 0.4})
    '30 % of the house fronts in view are homes, 70 % if the unknown houses are'
    """
    share, unknown = camera.get("faces_homes_share"), camera.get("faces_unknown_share")
    if share is None:
        return "no house front in view"
    words = "no house front in view is a home"
    if share:
        words = f"{percent(share)} of the house fronts in view are homes"
    if not unknown:
        return words
    return f"{words}, {percent(share + unknown)} if the unknown houses are"


def assumed_words(columns: Sequence[str]) -> str:
    """
    Give what was not said and was taken as usual, in everyday words.

    Parameters
    ----------
    columns
        Names of columns.

    Returns
    -------
    str
        Each thing once.

    Examples
    --------
    >>> assumed_words(["tilt_deg", "width_px", "height_px", "ir_range_m"])
    'tilt, size of the picture, reach of its lamp by night'
    """
    named = (_ASSUMED.get(one, one.replace("_", " ")) for one in columns)
    return ", ".join(dict.fromkeys(named))


_ASSUMED: Final = {
    "bearing_deg": "direction",
    "focal_length_mm": "lens",
    "height_px": "size of the picture",
    "hfov_deg": "width of the view",
    "ir_range_m": "reach of its lamp by night",
    "kind": "kind of camera",
    "mount_height_m": "height on the wall",
    "range_m": "reach",
    "retention_days": "days that it keeps",
    "sensor_width_mm": "sensor",
    "tilt_deg": "tilt",
    "vfov_deg": "height of the view",
    "width_px": "size of the picture",
}


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
        {"number": str(number), "words": _near(one)}
        for number, one in enumerate(found, start=1)
    ]


def _near(one: Nearby) -> str:
    camera = one.camera
    looks = f"({camera.kind or 'unknown'}, {looks_words(camera.bearing_deg)})"
    called = camera.name or camera.address or camera.camera_id
    return f"{one.distance_m:.0f} m away: {called} {looks}"
