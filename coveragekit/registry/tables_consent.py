"""Tables of consent and of requests for footage."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from coveragekit.registry.column_types import Id, Json
from coveragekit.registry.columns import (
    flag,
    kept,
    key,
    metadata,
    moment,
    moments,
    needed,
    place,
    pointer,
    scope,
    words,
)

__all__ = ["consent", "consent_event", "received_file", "request", "request_event"]

consent = Table(
    "consent",
    metadata,
    key("consent_id"),
    Column(
        "camera_id", Id, ForeignKey("camera.camera_id"), nullable=False, unique=True
    ),
    *needed("state"),
    moment("state_at"),
    *scope(),
    *words("hours"),
    flag("emergencies_only"),
    *words("text_version", "text_digest", "language", "signed_by"),
    *moments("given_at", "expires_at"),
    *kept(),
    Index("ix_consent_state", "state", "expires_at"),
)

consent_event = Table(
    "consent_event",
    metadata,
    key("event_id"),
    pointer("consent_id", "consent.consent_id"),
    Column("number", Integer, nullable=False),
    *words("from_state"),
    *needed("to_state"),
    moment("at"),
    *needed("by_name", "by_role"),
    *words("reason", "text_version", "text_digest", "language", "signed_by"),
    Column("scope", Json),
    *moments("expires_at"),
    Column("receipt", Text, unique=True),
    UniqueConstraint("consent_id", "number"),
)

request = Table(
    "request",
    metadata,
    key("request_id"),
    Column("batch_id", Id, index=True),
    pointer("camera_id", "camera.camera_id"),
    *words("incident_id", "call_id"),
    *place(needed=False),
    moment("from_at"),
    moment("to_at"),
    *words("place", "case_number", "offence", "language"),
    *needed("state"),
    *moments("deadline_at", "sent_at"),
    Column("reminders", Integer, nullable=False, server_default=text("0")),
    *words("outcome"),
    *moments("closed_at"),
    *kept(),
    Index("ix_request_state", "state", "deadline_at"),
)

request_event = Table(
    "request_event",
    metadata,
    key("event_id"),
    pointer("request_id", "request.request_id"),
    Column("number", Integer, nullable=False),
    *words("from_state"),
    *needed("to_state"),
    moment("at"),
    *needed("by_name", "by_role"),
    *words("reason"),
    Column("detail", Json),
    UniqueConstraint("request_id", "number"),
)

received_file = Table(
    "received_file",
    metadata,
    key("file_id"),
    pointer("request_id", "request.request_id"),
    *needed("name", "sha256"),
    Column("bytes", BigInteger, nullable=False),
    moment("received_at"),
)
