"""Tables of owners, sites, cameras and what hangs on them."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Date,
    Index,
    Integer,
    Table,
    Text,
)

from coveragekit.registry.column_types import Id, Json
from coveragekit.registry.columns import (
    flag,
    kept,
    key,
    metadata,
    moments,
    needed,
    numbers,
    place,
    pointer,
    words,
)

__all__ = ["authority", "camera", "contact", "credential", "owner", "recorder", "site"]

owner = Table(
    "owner",
    metadata,
    key("owner_id"),
    *needed("name", "kind"),
    *words("language"),
    *moments("erased_at"),
    *kept(),
)

contact = Table(
    "contact",
    metadata,
    key("contact_id"),
    pointer("owner_id", "owner.owner_id"),
    *words("name", "phone", "email", "best_time"),
    flag("can_export"),
    *moments("purged_at"),
    *kept(),
)

site = Table(
    "site",
    metadata,
    key("site_id"),
    pointer("owner_id", "owner.owner_id", needed=False),
    *words("name", "address"),
    *needed("kind"),
    *place(needed=False),
    *words("place_id", "building_id"),
    *kept(),
)

authority = Table(
    "authority",
    metadata,
    key("authority_id"),
    pointer("site_id", "site.site_id"),
    pointer("owner_id", "owner.owner_id"),
    *needed("capacity", "signer"),
    Column("from_on", Date),
    Column("to_on", Date),
    *kept(),
)

recorder = Table(
    "recorder",
    metadata,
    key("recorder_id"),
    pointer("site_id", "site.site_id"),
    *words("make", "model"),
    Column("channels", Integer),
    *numbers("retention_days"),
    *kept(),
)

camera = Table(
    "camera",
    metadata,
    # the spatial index of SQLite speaks of rows by whole numbers that never change
    Column("camera_no", Integer, primary_key=True),
    Column("camera_id", Id, nullable=False, unique=True),
    pointer("site_id", "site.site_id", needed=False),
    pointer("recorder_id", "recorder.recorder_id", needed=False),
    Column("channel", Integer),
    *words("name"),
    *needed("kind"),
    *place(needed=True),
    *numbers("bearing_deg", "tilt_deg", "hfov_deg", "vfov_deg"),
    Column("width_px", Integer),
    Column("height_px", Integer),
    *numbers("focal_length_mm", "sensor_width_mm", "mount_height_m"),
    *numbers("range_m", "ir_range_m"),
    *needed("status"),
    *moments("last_seen_at", "active_from", "active_to"),
    *words("recording_hours"),
    *numbers("retention_days"),
    *words("ptz_presets", "sector", "address"),
    *numbers("position_error_m", "bearing_error_deg", "hfov_error_deg"),
    *numbers("height_error_m", "range_error_m"),
    Column("assumed", Json),
    *words("source", "source_id"),
    *moments("verified_at"),
    Column("indoor", Boolean),
    *words("make", "model", "maintainer"),
    Column("contract_ends_on", Date),
    flag("planned"),
    flag("cloud_only"),
    *numbers("faces_homes_share"),
    # two cameras with one feed would open the one by the consent of the other
    Column("feed_ref", Text, unique=True),
    *moments("removed_at"),
    *kept(),
    # one pole of a source may be several cameras, told apart by their sector
    Index("ix_camera_source", "source", "source_id"),
    Index("ix_camera_kind", "kind", "camera_id"),
)

credential = Table(
    "credential",
    metadata,
    key("credential_id"),
    pointer("camera_id", "camera.camera_id", needed=False),
    pointer("recorder_id", "recorder.recorder_id", needed=False),
    *needed("store", "reference"),
    *kept(),
    CheckConstraint("(camera_id IS NULL) <> (recorder_id IS NULL)", name="one_device"),
)
