"""Make the rows of an owner, a site and cameras from what the form sent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from coveragekit.errors import InputError
from coveragekit.registry import cameras, owners, sites
from coveragekit.registry.texts import ConsentText, consent_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Connection

__all__ = ["SOURCE", "Made", "make_rows", "without_people"]

SOURCE: Final = "owner's form"
"""The source of cameras that an owner registered."""
_FORMAT: Final = 1
_MOST_CAMERAS: Final = 64
_OWNER: Final = ("name", "kind")
_CONTACT: Final = ("name", "phone", "email", "best_time", "can_export")
_SITE: Final = ("name", "address", "kind", "lon", "lat")
_AUTHORITY: Final = ("capacity", "signer")
_CAMERA: Final = (
    *("lon", "lat", "indoor", "kind", "make", "model", "bearing_deg", "tilt_deg"),
    *("hfov_deg", "vfov_deg", "width_px", "height_px", "mount_height_m"),
    *("ir_range_m", "retention_days", "cloud_only", "assumed", "faces_homes_share"),
)


@dataclass(frozen=True, slots=True)
class Made:
    """
    What was made from one submission.

    Parameters
    ----------
    owner_id, site_id
        The owner and the site.
    camera_ids
        The cameras.
    signer
        Who agreed.
    text
        The text that was agreed to.
    """

    owner_id: str
    site_id: str
    camera_ids: tuple[str, ...]
    signer: str
    text: ConsentText


def make_rows(
    connection: Connection, payload: Mapping[str, Any], submission_id: str, *, by: str
) -> Made:
    """
    Make the rows of a submission.

    Parameters
    ----------
    connection
        From ``Registry.write``.
    payload
        Format 1 of the form.
    submission_id
        The submission; its cameras name it as their source.
    by
        Name of the user.

    Returns
    -------
    Made
        The new ids.

    Raises
    ------
    InputError
        The payload is not of that form, or a value cannot be kept.
    """
    language = str(payload.get("language") or "en")
    if _part(payload, "owner", _OWNER).get("kind") == "agency":
        message = "the form sent the agency as owner; allowed: a person or a business"
        raise InputError(message)
    text = _text(payload, language)
    told = {
        "owner": _part(payload, "owner", _OWNER),
        "contact": _part(payload, "contact", _CONTACT),
        "site": _part(payload, "site", _SITE),
        "authority": _part(payload, "authority", _AUTHORITY),
    }
    owner = owners.add_owner(connection, {**told["owner"], "language": language}, by=by)
    owners.add_contact(
        connection, {**told["contact"], "owner_id": owner.owner_id}, by=by
    )
    site = sites.add_site(
        connection, {**told["site"], "owner_id": owner.owner_id}, by=by
    )
    signs = {**told["authority"], "owner_id": owner.owner_id, "site_id": site.site_id}
    authority = sites.add_authority(connection, signs, by=by)
    made = []
    for number, camera in enumerate(_cameras(payload), start=1):
        values = {
            **camera,
            "site_id": site.site_id,
            "address": site.address,
            "source": SOURCE,
            "source_id": f"{submission_id}/{number}",
        }
        made.append(cameras.add_camera(connection, values, by=by).camera_id)
    return Made(owner.owner_id, site.site_id, tuple(made), authority.signer, text)


def _text(payload: Mapping[str, Any], language: str) -> ConsentText:
    if payload.get("format") != _FORMAT:
        message = (
            f"the form sent format {payload.get('format')!r}; allowed: {_FORMAT}; the "
            "page is older or newer than this program: load it anew"
        )
        raise InputError(message)
    version = payload.get("text_version")
    if not isinstance(version, str):
        message = "the form did not say which consent text was shown"
        raise InputError(message)
    return consent_text("registration", language, version)


def _part(
    payload: Mapping[str, Any], name: str, wanted: tuple[str, ...]
) -> dict[str, Any]:
    part = payload.get(name)
    if not isinstance(part, dict):
        message = f"the form sent no {name}"
        raise InputError(message)
    return {key: part[key] for key in wanted if part.get(key) is not None}


def _cameras(payload: Mapping[str, Any]) -> list[dict[str, Any]]:
    told = payload.get("cameras")
    if not isinstance(told, list) or not 1 <= len(told) <= _MOST_CAMERAS:
        seen = len(told) if isinstance(told, list) else "none"
        message = f"the form sent {seen} cameras; allowed: 1 to {_MOST_CAMERAS}"
        raise InputError(message)
    return [_part({"camera": one}, "camera", _CAMERA) for one in told]


def without_people(payload: Mapping[str, Any] | None) -> dict[str, Any]:
    """
    Give a payload without the people it names; they live in their own rows, if at all.

    Parameters
    ----------
    payload
        The payload.

    Returns
    -------
    dict
        Without contact, owner and signer.

    Examples
    --------
    >>> without_people({"format": 1, "owner": {"name": "Ann"}, "contact": {}})
    {'format': 1}
    """
    people = {"contact", "owner", "authority"}
    told = payload or {}
    return {name: value for name, value in told.items() if name not in people}
