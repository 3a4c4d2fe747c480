"""Tables of feeds: where pictures come from, what is masked in them, who works."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Integer,
    Table,
    Text,
)

from coveragekit.registry.column_types import Id, Json
from coveragekit.registry.columns import (
    kept,
    key,
    metadata,
    moment,
    moments,
    needed,
    numbers,
    pointer,
    words,
)

__all__ = ["feed", "health", "health_span", "picture_mask"]

feed = Table(
    "feed",
    metadata,
    key("feed_id"),
    # what camera.feed_ref names; a recorder's is followed there by / and the channel
    Column("name", Text, nullable=False, unique=True),
    *needed("address"),
    *words("substream", "snapshot", "replay"),
    *needed("tls"),
    *words("certificate_sha256", "note"),
    *kept(),
)

picture_mask = Table(
    "picture_mask",
    metadata,
    key("mask_id"),
    pointer("camera_id", "camera.camera_id"),
    *words("name"),
    Column("ring", Json, nullable=False),
    *needed("style"),
    *moments("removed_at"),
    *kept(),
)

health = Table(
    "health",
    metadata,
    Column("camera_id", Id, ForeignKey("camera.camera_id"), primary_key=True),
    *needed("status"),
    *words("fault"),
    moment("probed_at"),
    moment("since_at"),
    *moments("last_seen_at"),
    *numbers("first_picture_s"),
    Column("width_px", Integer),
    Column("height_px", Integer),
    *words("codec"),
    Column("is_frozen", Boolean),
    Column("is_black", Boolean),
    # 64 bits that tell whether a picture changed; no picture can be made of them
    Column("fingerprint", BigInteger),
)

health_span = Table(
    "health_span",
    metadata,
    Column("camera_id", Id, ForeignKey("camera.camera_id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    *needed("status"),
    *words("fault"),
    moment("from_at"),
    moment("to_at"),
    Column("probes", Integer, nullable=False),
    CheckConstraint("to_at >= from_at", name="order"),
)
