"""The tables of the registry, one schema for SQLite and for PostgreSQL."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from coveragekit.registry.column_types import Id, Json, Money, UtcTime

if TYPE_CHECKING:
    from sqlalchemy.schema import SchemaItem

__all__ = [
    "ID_PREFIXES",
    "app_user",
    "audit_entry",
    "authority",
    "call",
    "camera",
    "consent",
    "consent_event",
    "contact",
    "credential",
    "fee_plan",
    "fee_tier",
    "meta",
    "metadata",
    "new_id",
    "owner",
    "privacy_zone",
    "prospect",
    "received_file",
    "recorder",
    "request",
    "request_event",
    "review",
    "share",
    "site",
    "submission",
]

ID_PREFIXES: Final = {
    "owner": "own",
    "contact": "ctc",
    "site": "site",
    "authority": "aut",
    "recorder": "rec",
    "camera": "cam",
    "credential": "crd",
    "consent": "con",
    "consent_event": "cev",
    "request": "req",
    "request_event": "rev",
    "batch": "bat",
    "received_file": "fil",
    "call": "call",
    "prospect": "pro",
    "fee_plan": "fee",
    "app_user": "usr",
    "share": "shr",
    "privacy_zone": "zon",
    "submission": "sub",
    "review": "rvw",
}

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_N_label)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def new_id(kind: str) -> str:
    """
    Make a new id that nobody can guess.

    Parameters
    ----------
    kind
        Name of the table, or ``"batch"`` for requests that were made together.

    Returns
    -------
    str
        The kind's prefix, an underscore and 16 hexadecimal digits.

    Examples
    --------
    >>> new_id("camera")[:4], len(new_id("camera"))
    ('cam_', 20)
    """
    return f"{ID_PREFIXES[kind]}_{secrets.token_hex(8)}"


def _key(name: str) -> Column[Any]:
    return Column(name, Id, primary_key=True)


def _of(name: str, target: str, *, needed: bool = True) -> Column[Any]:
    return Column(name, Id, ForeignKey(target), nullable=not needed, index=True)


def _flag(name: str, *, default: bool = False) -> Column[Any]:
    word = text("true" if default else "false")
    return Column(name, Boolean, nullable=False, server_default=word)


def _words(*names: str) -> list[Column[Any]]:
    return [Column(name, Text) for name in names]


def _needed(*names: str) -> list[Column[Any]]:
    return [Column(name, Text, nullable=False) for name in names]


def _moments(*names: str) -> list[Column[Any]]:
    return [Column(name, UtcTime) for name in names]


def _at(name: str) -> Column[Any]:
    return Column(name, UtcTime, nullable=False)


def _numbers(*names: str) -> list[Column[Any]]:
    return [Column(name, Float(53)) for name in names]


def _place(*, needed: bool) -> list[SchemaItem]:
    # two comparisons refuse what is not a number on both databases
    return [
        Column("lon", Float(53), nullable=not needed),
        Column("lat", Float(53), nullable=not needed),
        CheckConstraint("lon >= -180 AND lon <= 180", name="lon"),
        CheckConstraint("lat >= -90 AND lat <= 90", name="lat"),
    ]


def _scope() -> list[Column[Any]]:
    return [_flag("scope_live"), _flag("scope_recorded"), _flag("scope_ptz")]


def _kept() -> list[SchemaItem]:
    """Give the columns that let two users change one row without losing anything."""
    return [
        Column("revision", Integer, nullable=False, server_default=text("1")),
        _at("made_at"),
        _at("changed_at"),
        Column("changed_by", Text, nullable=False),
    ]


owner = Table(
    "owner",
    metadata,
    _key("owner_id"),
    *_needed("name", "kind"),
    *_words("language"),
    *_moments("erased_at"),
    *_kept(),
)

contact = Table(
    "contact",
    metadata,
    _key("contact_id"),
    _of("owner_id", "owner.owner_id"),
    *_words("name", "phone", "email", "best_time"),
    _flag("can_export"),
    *_moments("purged_at"),
    *_kept(),
)

site = Table(
    "site",
    metadata,
    _key("site_id"),
    _of("owner_id", "owner.owner_id", needed=False),
    *_words("name", "address"),
    *_needed("kind"),
    *_place(needed=False),
    *_words("place_id", "building_id"),
    *_kept(),
)

authority = Table(
    "authority",
    metadata,
    _key("authority_id"),
    _of("site_id", "site.site_id"),
    _of("owner_id", "owner.owner_id"),
    *_needed("capacity", "signer"),
    Column("from_on", Date),
    Column("to_on", Date),
    *_kept(),
)

recorder = Table(
    "recorder",
    metadata,
    _key("recorder_id"),
    _of("site_id", "site.site_id"),
    *_words("make", "model"),
    Column("channels", Integer),
    *_numbers("retention_days"),
    *_kept(),
)

camera = Table(
    "camera",
    metadata,
    # the spatial index of SQLite speaks of rows by whole numbers that never change
    Column("camera_no", Integer, primary_key=True),
    Column("camera_id", Id, nullable=False, unique=True),
    _of("site_id", "site.site_id", needed=False),
    _of("recorder_id", "recorder.recorder_id", needed=False),
    Column("channel", Integer),
    *_words("name"),
    *_needed("kind"),
    *_place(needed=True),
    *_numbers("bearing_deg", "tilt_deg", "hfov_deg", "vfov_deg"),
    Column("width_px", Integer),
    Column("height_px", Integer),
    *_numbers("focal_length_mm", "sensor_width_mm", "mount_height_m"),
    *_numbers("range_m", "ir_range_m"),
    *_needed("status"),
    *_moments("last_seen_at", "active_from", "active_to"),
    *_words("recording_hours"),
    *_numbers("retention_days"),
    *_words("ptz_presets", "sector", "address"),
    *_numbers("position_error_m", "bearing_error_deg", "hfov_error_deg"),
    *_numbers("height_error_m", "range_error_m"),
    Column("assumed", Json),
    *_words("source", "source_id"),
    *_moments("verified_at"),
    Column("indoor", Boolean),
    *_words("make", "model", "maintainer"),
    Column("contract_ends_on", Date),
    _flag("planned"),
    _flag("cloud_only"),
    *_numbers("faces_homes_share"),
    *_words("feed_ref"),
    *_moments("removed_at"),
    *_kept(),
    UniqueConstraint("source", "source_id"),
)

credential = Table(
    "credential",
    metadata,
    _key("credential_id"),
    _of("camera_id", "camera.camera_id", needed=False),
    _of("recorder_id", "recorder.recorder_id", needed=False),
    *_needed("store", "reference"),
    *_kept(),
    CheckConstraint("(camera_id IS NULL) <> (recorder_id IS NULL)", name="one_device"),
)

consent = Table(
    "consent",
    metadata,
    _key("consent_id"),
    Column(
        "camera_id", Id, ForeignKey("camera.camera_id"), nullable=False, unique=True
    ),
    *_needed("state"),
    _at("state_at"),
    *_scope(),
    *_words("hours"),
    _flag("emergencies_only"),
    *_words("text_version", "text_digest", "language", "signed_by"),
    *_moments("given_at", "expires_at"),
    *_kept(),
    Index("ix_consent_state", "state", "expires_at"),
)

consent_event = Table(
    "consent_event",
    metadata,
    _key("event_id"),
    _of("consent_id", "consent.consent_id"),
    Column("number", Integer, nullable=False),
    *_words("from_state"),
    *_needed("to_state"),
    _at("at"),
    *_needed("by_name", "by_role"),
    *_words("reason", "text_version", "text_digest", "language", "signed_by"),
    Column("scope", Json),
    *_moments("expires_at"),
    Column("receipt", Text, unique=True),
    UniqueConstraint("consent_id", "number"),
)

request = Table(
    "request",
    metadata,
    _key("request_id"),
    Column("batch_id", Id, index=True),
    _of("camera_id", "camera.camera_id"),
    *_words("incident_id", "call_id"),
    *_place(needed=False),
    _at("from_at"),
    _at("to_at"),
    *_words("place", "case_number", "offence", "language"),
    *_needed("state"),
    *_moments("deadline_at", "sent_at"),
    Column("reminders", Integer, nullable=False, server_default=text("0")),
    *_words("outcome"),
    *_moments("closed_at"),
    *_kept(),
    Index("ix_request_state", "state", "deadline_at"),
)

request_event = Table(
    "request_event",
    metadata,
    _key("event_id"),
    _of("request_id", "request.request_id"),
    Column("number", Integer, nullable=False),
    *_words("from_state"),
    *_needed("to_state"),
    _at("at"),
    *_needed("by_name", "by_role"),
    *_words("reason"),
    Column("detail", Json),
    UniqueConstraint("request_id", "number"),
)

received_file = Table(
    "received_file",
    metadata,
    _key("file_id"),
    _of("request_id", "request.request_id"),
    *_needed("name", "sha256"),
    Column("bytes", BigInteger, nullable=False),
    _at("received_at"),
)

call = Table(
    "call",
    metadata,
    _key("call_id"),
    *_words("call_type", "priority", "address"),
    *_moments("received_at"),
    *_place(needed=False),
    *_moments("purged_at"),
)

prospect = Table(
    "prospect",
    metadata,
    _key("prospect_id"),
    *_words("place_id"),
    *_needed("name"),
    *_words("address"),
    *_place(needed=False),
    *_needed("stage"),
    _flag("do_not_contact"),
    *_kept(),
)

fee_plan = Table(
    "fee_plan",
    metadata,
    _key("plan_id"),
    *_needed("name", "currency"),
    Column("effective_from", Date, nullable=False),
    Column("effective_to", Date),
    *_words("source", "note"),
    _flag("example"),
    _flag("first_year_included"),
    *_kept(),
)

fee_tier = Table(
    "fee_tier",
    metadata,
    Column("plan_id", Id, ForeignKey("fee_plan.plan_id"), primary_key=True),
    Column("cameras_from", Integer, primary_key=True, autoincrement=False),
    Column("days_from", Integer, primary_key=True, autoincrement=False),
    # nothing given means: a price on request
    Column("one_off", Money),
    Column("yearly", Money),
)

app_user = Table(
    "app_user",
    metadata,
    _key("user_id"),
    Column("name", Text, nullable=False, unique=True),
    *_words("display"),
    *_needed("role"),
    _flag("active", default=True),
    *_kept(),
)

share = Table(
    "share",
    metadata,
    _key("share_id"),
    _of("camera_id", "camera.camera_id", needed=False),
    _of("site_id", "site.site_id", needed=False),
    *_words("to_name", "to_role"),
    *_scope(),
    *_moments("from_at", "to_at"),
    _flag("emergencies_only"),
    *_moments("revoked_at"),
    *_kept(),
    CheckConstraint("(camera_id IS NULL) <> (site_id IS NULL)", name="one_thing"),
    CheckConstraint("(to_name IS NULL) <> (to_role IS NULL)", name="one_receiver"),
)

privacy_zone = Table(
    "privacy_zone",
    metadata,
    _key("zone_id"),
    *_words("name"),
    Column("ring", Json, nullable=False),
    *_moments("from_at", "to_at"),
    *_kept(),
)

submission = Table(
    "submission",
    metadata,
    _key("submission_id"),
    _of("owner_id", "owner.owner_id", needed=False),
    *_needed("state"),
    *_words("language"),
    Column("payload", Json),
    Column("receipt", Text, unique=True),
    _at("submitted_at"),
    *_moments("decided_at"),
    *_words("decided_by", "reason"),
    *_kept(),
    Index("ix_submission_state", "state", "submitted_at"),
)

audit_entry = Table(
    "audit_entry",
    metadata,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    _at("at"),
    *_needed("actor", "role", "kind", "action", "object_type"),
    Column("object_ids", Json, nullable=False),
    *_words("purpose", "offence", "case_number", "legal_basis"),
    Column("parameters", Json, nullable=False),
    *_needed("result"),
    *_words("reason"),
    Column("rows", BigInteger),
    *_words("digest", "recipient"),
    *_needed("prev_hash"),
    Column("hash", Text, nullable=False, unique=True),
    Index("ix_audit_entry_at", "at"),
)

review = Table(
    "review",
    metadata,
    _key("review_id"),
    Column(
        "audit_seq",
        BigInteger,
        ForeignKey("audit_entry.seq"),
        nullable=False,
        unique=True,
    ),
    _at("due_at"),
    *_words("decided_by"),
    *_moments("decided_at"),
    *_words("verdict", "note"),
    *_kept(),
)

meta = Table(
    "meta",
    metadata,
    Column("key", Id, primary_key=True),
    Column("value", Text, nullable=False),
)
