"""What a camera in the registry is, and where the secrets of its device lie."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime


__all__ = ["Camera", "Credential", "unfit"]


@dataclass(frozen=True, slots=True)
class Camera:
    """
    One direction of one camera, as the model's table has it, and who looks after it.

    Parameters
    ----------
    camera_id
        Its id.
    site_id
        The site it belongs to; missing where nobody knows.
    recorder_id
        The recorder it is wired to.
    channel
        Input of the recorder.
    name
        What people call it.
    kind
        What it is.
    lon
        Degrees east.
    lat
        Degrees north.
    bearing_deg
        Middle of the view, clockwise from true north; missing means unknown.
    tilt_deg
        Middle of the view below the horizontal.
    hfov_deg
        Horizontal field of view.
    vfov_deg
        Vertical field of view.
    width_px
        Picture width.
    height_px
        Picture height.
    focal_length_mm
        Focal length.
    sensor_width_mm
        Width of the sensor.
    mount_height_m
        Lens above the local ground.
    range_m
        Range given by the source, if any.
    ir_range_m
        Reach of the infrared lamp by its data sheet.
    status
        Last known state.
    last_seen_at
        When it was last known to work.
    active_from
        In service since.
    active_to
        In service until.
    recording_hours
        Hours recorded, in OpenStreetMap's opening-hours form.
    retention_days
        How long footage is kept, days.
    ptz_presets
        Preset views of a PTZ, as JSON.
    sector
        Which direction of its pole this is.
    address
        Postal address.
    position_error_m
        One standard deviation.
    bearing_error_deg
        One standard deviation.
    hfov_error_deg
        One standard deviation.
    height_error_m
        One standard deviation.
    range_error_m
        One standard deviation.
    assumed
        Columns of this row that we filled in.
    source
        Which source the row came from.
    source_id
        The row's key there.
    verified_at
        When somebody last checked the row.
    indoor
        Whether it hangs indoors.
    make
        Maker.
    model
        Maker's name for it.
    maintainer
        Who keeps it working.
    contract_ends_on
        Last day of the contract of upkeep.
    planned
        Whether it is not built yet.
    cloud_only
        Whether it can be reached only through its maker's cloud.
    faces_homes_share
        Share of its view that falls on homes, 0 to 1.
    feed_ref
        Name of its feed, never an address.
    removed_at
        When it was taken down.
    revision
        How often it was changed, from 1; a change names the one it saw.
    made_at
        When it was added.
    changed_at
        When it was last changed.
    changed_by
        Who changed it last.
    changed_what
        Which columns the last change touched.
    """

    camera_id: str
    site_id: str | None
    recorder_id: str | None
    channel: int | None
    name: str | None
    kind: str
    lon: float
    lat: float
    bearing_deg: float | None
    tilt_deg: float | None
    hfov_deg: float | None
    vfov_deg: float | None
    width_px: int | None
    height_px: int | None
    focal_length_mm: float | None
    sensor_width_mm: float | None
    mount_height_m: float | None
    range_m: float | None
    ir_range_m: float | None
    status: str
    last_seen_at: datetime | None
    active_from: datetime | None
    active_to: datetime | None
    recording_hours: str | None
    retention_days: float | None
    ptz_presets: str | None
    sector: str | None
    address: str | None
    position_error_m: float | None
    bearing_error_deg: float | None
    hfov_error_deg: float | None
    height_error_m: float | None
    range_error_m: float | None
    assumed: list[str] | None
    source: str | None
    source_id: str | None
    verified_at: datetime | None
    indoor: bool | None
    make: str | None
    model: str | None
    maintainer: str | None
    contract_ends_on: date | None
    planned: bool
    cloud_only: bool
    faces_homes_share: float | None
    feed_ref: str | None
    removed_at: datetime | None
    revision: int
    made_at: datetime
    changed_at: datetime
    changed_by: str
    changed_what: list[str] | None


@dataclass(frozen=True, slots=True)
class Credential:
    """
    Where the password of a camera or recorder lies; never the password.

    Parameters
    ----------
    credential_id
        Its id.
    camera_id
        Its id.
    recorder_id
        The recorder it is wired to.
    store
        Where the secret lies.
    reference
        Name of the secret there, never the secret.
    revision
        How often it was changed, from 1; a change names the one it saw.
    made_at
        When it was added.
    changed_at
        When it was last changed.
    changed_by
        Who changed it last.
    changed_what
        Which columns the last change touched.
    """

    credential_id: str
    camera_id: str | None
    recorder_id: str | None
    store: str
    reference: str
    revision: int
    made_at: datetime
    changed_at: datetime
    changed_by: str
    changed_what: list[str] | None


def unfit(camera: Mapping[str, Any]) -> tuple[str, str, str] | None:
    """
    Tell what does not fit in a camera.

    Parameters
    ----------
    camera
        Its values by the names of their columns.

    Returns
    -------
    tuple of str or None
        The column, the value seen and what is allowed; ``None`` where all fits.

    Examples
    --------
    >>> unfit({"channel": 3})
    ('channel', '3', 'a channel only of a recorder: give recorder_id too')
    """
    begins, ends = camera.get("active_from"), camera.get("active_to")
    if begins is not None and ends is not None and ends < begins:
        return "active_to", str(ends), f"a time after active_from, {begins}"
    if camera.get("channel") is not None and camera.get("recorder_id") is None:
        seen = str(camera["channel"])
        return "channel", seen, "a channel only of a recorder: give recorder_id too"
    return None
