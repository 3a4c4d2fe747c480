"""The tables of the registry, one schema for SQLite and for PostgreSQL."""

from __future__ import annotations

from coveragekit.registry.columns import ID_PREFIXES, metadata, new_id
from coveragekit.registry.tables_cameras import (
    authority,
    camera,
    contact,
    credential,
    owner,
    recorder,
    site,
)
from coveragekit.registry.tables_consent import (
    consent,
    consent_event,
    received_file,
    request,
    request_event,
)
from coveragekit.registry.tables_desk import (
    app_user,
    audit_entry,
    call,
    fee_plan,
    fee_tier,
    meta,
    privacy_zone,
    prospect,
    review,
    share,
    submission,
)
from coveragekit.registry.tables_feeds import (
    feed,
    health,
    health_span,
    picture_mask,
)

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
    "feed",
    "health",
    "health_span",
    "meta",
    "metadata",
    "new_id",
    "owner",
    "picture_mask",
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
