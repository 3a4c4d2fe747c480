"""Tables of the agency's desk: prospects, fees, users, shares, zones and the log."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
)

from coveragekit.registry.column_types import Id, Json, Money
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

__all__ = [
    "app_user",
    "audit_entry",
    "call",
    "fee_plan",
    "fee_tier",
    "meta",
    "privacy_zone",
    "prospect",
    "review",
    "share",
    "submission",
]

call = Table(
    "call",
    metadata,
    key("call_id"),
    *words("call_type", "priority", "address"),
    *moments("received_at"),
    *place(needed=False),
    *moments("purged_at"),
)

prospect = Table(
    "prospect",
    metadata,
    key("prospect_id"),
    *words("place_id"),
    *needed("name"),
    *words("address"),
    *place(needed=False),
    *needed("stage"),
    flag("do_not_contact"),
    *kept(),
)

fee_plan = Table(
    "fee_plan",
    metadata,
    key("plan_id"),
    *needed("name", "currency"),
    Column("effective_from", Date, nullable=False),
    Column("effective_to", Date),
    *words("source", "note"),
    flag("example"),
    flag("first_year_included"),
    *kept(),
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
    key("user_id"),
    Column("name", Text, nullable=False, unique=True),
    *words("display"),
    *needed("role"),
    flag("active", default=True),
    *kept(),
)

share = Table(
    "share",
    metadata,
    key("share_id"),
    pointer("camera_id", "camera.camera_id", needed=False),
    pointer("site_id", "site.site_id", needed=False),
    *words("to_name", "to_role"),
    *scope(),
    *moments("from_at", "to_at"),
    flag("emergencies_only"),
    *moments("revoked_at"),
    *kept(),
    CheckConstraint("(camera_id IS NULL) <> (site_id IS NULL)", name="one_thing"),
    CheckConstraint("(to_name IS NULL) <> (to_role IS NULL)", name="one_receiver"),
)

privacy_zone = Table(
    "privacy_zone",
    metadata,
    key("zone_id"),
    *words("name"),
    Column("ring", Json, nullable=False),
    *moments("from_at", "to_at"),
    *kept(),
)

submission = Table(
    "submission",
    metadata,
    key("submission_id"),
    pointer("owner_id", "owner.owner_id", needed=False),
    *needed("state"),
    *words("language"),
    Column("payload", Json),
    Column("receipt", Text, unique=True),
    moment("submitted_at"),
    *moments("decided_at"),
    *words("decided_by", "reason"),
    *kept(),
    Index("ix_submission_state", "state", "submitted_at"),
)

audit_entry = Table(
    "audit_entry",
    metadata,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    moment("at"),
    *needed("actor", "role", "kind", "action", "object_type"),
    Column("object_ids", Json, nullable=False),
    *words("purpose", "offence", "case_number", "legal_basis"),
    Column("parameters", Json, nullable=False),
    *needed("result"),
    *words("reason"),
    Column("rows", BigInteger),
    *words("digest", "recipient"),
    *needed("prev_hash"),
    Column("hash", Text, nullable=False, unique=True),
    Index("ix_audit_entry_at", "at"),
)

review = Table(
    "review",
    metadata,
    key("review_id"),
    Column(
        "audit_seq",
        BigInteger,
        ForeignKey("audit_entry.seq"),
        nullable=False,
        unique=True,
    ),
    moment("due_at"),
    *words("decided_by"),
    *moments("decided_at"),
    *words("verdict", "note"),
    *kept(),
)

meta = Table(
    "meta",
    metadata,
    Column("key", Id, primary_key=True),
    Column("value", Text, nullable=False),
)
