"""What an ONVIF device says of itself."""

from __future__ import annotations

from dataclasses import dataclass, field

__all__ = [
    "OnvifChannel",
    "OnvifDevice",
    "OnvifPlace",
    "OnvifProfile",
    "OnvifRecording",
]


@dataclass(frozen=True, slots=True)
class OnvifProfile:
    """
    One stream of a device.

    Parameters
    ----------
    token, name
        How the device names it.
    source
        The token of the lens that it shows.
    codec
        ``"h264"``, ``"hevc"``, ``"mjpeg"``, or the device's own word.
    width_px, height_px
        Size of the picture.
    stream, snapshot
        Where it is, as the device says; neither has passed the gate.
    """

    token: str
    name: str
    source: str
    codec: str
    width_px: int
    height_px: int
    stream: str | None = field(default=None, repr=False)
    snapshot: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class OnvifChannel:
    """
    One lens of a device, or one camera of a recorder.

    Parameters
    ----------
    source
        The lens's token.
    profiles
        Its streams, the largest picture first.
    hfov_deg
        Its horizontal field of view, where the device describes its lens.
    """

    source: str
    profiles: tuple[OnvifProfile, ...]
    hfov_deg: float | None = None

    @property
    def main(self) -> OnvifProfile:
        """The stream with the largest picture."""
        return self.profiles[0]

    @property
    def sub(self) -> OnvifProfile | None:
        """The stream with the smallest picture, where there is more than one."""
        return self.profiles[-1] if len(self.profiles) > 1 else None


@dataclass(frozen=True, slots=True)
class OnvifPlace:
    """
    Where a device says that it is.

    Parameters
    ----------
    lon, lat
        Degrees, WGS 84.
    elevation_m
        Metres, where told.
    bearing_deg
        Where it looks, clockwise from north, where told.
    """

    lon: float
    lat: float
    elevation_m: float | None = None
    bearing_deg: float | None = None


@dataclass(frozen=True, slots=True)
class OnvifRecording:
    """
    Footage that a device keeps (Profile G).

    Parameters
    ----------
    token
        How the device names it.
    source
        The name of what was recorded.
    from_at, until_at
        What it reaches over, as the device writes it.
    """

    token: str
    source: str
    from_at: str
    until_at: str


@dataclass(frozen=True, slots=True)
class OnvifDevice:
    """
    What a device says of itself.

    Parameters
    ----------
    make, model, firmware
        As the device writes them.
    clock_offset_s
        Its clock less ours, in seconds.
    channels
        Its lenses, or a recorder's cameras, in its own order.
    place
        Where it is, if it says so.
    recordings
        What it keeps, if it can be asked.
    """

    make: str
    model: str
    firmware: str
    clock_offset_s: float
    channels: tuple[OnvifChannel, ...]
    place: OnvifPlace | None = None
    recordings: tuple[OnvifRecording, ...] = ()
