"""Find ONVIF devices and ask them what they have, for those who set up feeds."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal
from urllib.parse import urlsplit

from coveragekit.access.secrets import login_from
from coveragekit.errors import FeedError, InputError
from coveragekit.feeds.discovery import find_onvif_devices
from coveragekit.feeds.onvif import read_onvif_device
from coveragekit.feeds.target import FeedTarget
from coveragekit.registry.feed_rows import secret_asked

if TYPE_CHECKING:
    from coveragekit.access.door import Door
    from coveragekit.access.feed_settings import FeedSettings
    from coveragekit.access.people import Purpose, User
    from coveragekit.feeds.onvif_device import OnvifChannel, OnvifDevice

__all__ = ["Device", "Lens", "NearDevice", "ask_device", "find_devices"]

_ACTION: Final = "manage_feeds"
_SCHEMES: Final = ("onvif", "onvifs")
_LONGEST_S: Final = 30.0
# stands for the device in messages, where cameras stand by their ids
_NAME: Final = "at this address"


@dataclass(frozen=True, slots=True)
class NearDevice:
    """
    A device that answered when it was asked who is there.

    Parameters
    ----------
    address
        Where it says that it is.
    name, hardware, location
        What it says of itself, where it does.
    refusal
        Why it may not be opened from here; empty where it may.
    """

    address: str = field(repr=False)
    name: str
    hardware: str
    location: str
    refusal: str


@dataclass(frozen=True, slots=True)
class Lens:
    """
    One lens of a device, or one camera of a recorder.

    Parameters
    ----------
    number
        Its channel, from 1.
    codec, width_px, height_px
        Its main stream.
    sub_codec, sub_width_px, sub_height_px
        Its smaller stream; ``None`` where there is one stream alone.
    hfov_deg
        Its horizontal field of view, where the device describes its lens.
    """

    number: int
    codec: str
    width_px: int
    height_px: int
    sub_codec: str | None
    sub_width_px: int | None
    sub_height_px: int | None
    hfov_deg: float | None


@dataclass(frozen=True, slots=True)
class Device:
    """
    What a device says of itself, and the feed that would be kept of it.

    Parameters
    ----------
    make, model, firmware
        As the device writes them.
    clock_offset_s
        Its clock less ours, in seconds.
    lenses
        Its lenses, or a recorder's cameras.
    lon, lat, bearing_deg
        Where it is and looks, as far as it says so.
    recordings
        How many recordings it keeps.
    feed
        Values of a feed without its name, as ``add_row`` takes them.
    """

    make: str
    model: str
    firmware: str
    clock_offset_s: float
    lenses: tuple[Lens, ...]
    lon: float | None
    lat: float | None
    bearing_deg: float | None
    recordings: int
    feed: dict[str, Any] = field(repr=False)


def find_devices(
    user: User,
    purpose: Purpose,
    *,
    registry: Door,
    settings: FeedSettings,
    within_s: float = 3.0,
    group: tuple[str, int] | None = None,
) -> tuple[NearDevice, ...]:
    """
    Ask once on the cable which ONVIF devices there are; nothing is connected to.

    Parameters
    ----------
    user
        Who asks.
    purpose
        What for.
    registry
        The registry's door.
    settings
        What this machine may open.
    within_s
        How long to listen, at most 30 seconds.
    group
        Whom to ask: all devices on the cable, or one by address and port.

    Returns
    -------
    tuple of NearDevice
        Each that answered, once, with whether it may be opened from here.

    Raises
    ------
    AccessRefused
        The policy does not allow it; that is on record.
    InputError
        A time to listen that is none.
    """
    if not 0 < within_s <= _LONGEST_S:
        message = (
            f"devices are listened for during {within_s} s; allowed: more than 0 and "
            f"at most {_LONGEST_S:g}"
        )
        raise InputError(message)
    asked = {} if group is None else {"group": group}
    with registry.reading(user, _ACTION, purpose) as work:
        found = find_onvif_devices(within_s=within_s, **asked)
        near = tuple(
            NearDevice(
                one.address,
                one.name,
                one.hardware,
                one.location,
                _refusal(settings, one.address),
            )
            for one in found
        )
        work.object_type = "device"
        work.parameters = {"asked": "who is there"}
        work.rows = len(near)
    return near


def ask_device(  # noqa: PLR0913 - who, why, where, and how it lets itself be asked
    user: User,
    purpose: Purpose,
    address: str,
    *,
    registry: Door,
    settings: FeedSettings,
    store: str | None = None,
    reference: str | None = None,
    tls: Literal["verify", "pinned", "off"] = "verify",
    certificate_sha256: str | None = None,
) -> Device:
    """
    Ask an ONVIF device what it has.

    Parameters
    ----------
    user
        Who asks.
    purpose
        What for.
    address
        The device: ``onvif://HOST/PATH`` or ``onvifs://``, without name and password.
    registry
        The registry's door.
    settings
        What this machine may open, and where secrets are kept.
    store, reference
        Where the login is kept, as for a credential of a camera.
    tls, certificate_sha256
        How its certificate is checked, as for a feed.

    Returns
    -------
    Device
        What it says.

    Raises
    ------
    AccessRefused
        The policy does not allow it; that is on record.
    InputError
        The address is none of an ONVIF device.
    FeedError
        It may not be opened, does not answer, or refuses the login.
    """
    scheme = address.partition("://")[0].lower()
    if scheme not in _SCHEMES or "@" in address:
        message = (
            "a device is asked at onvif://HOST/PATH or onvifs://HOST/PATH, and a name "
            "and password are kept apart (a file of secrets, the environment or the "
            "keyring); this address is no such thing"
        )
        raise InputError(message)
    bare = address.partition("?")[0].partition("#")[0]
    login = login_from(store, reference, folder=settings.secrets)
    target = FeedTarget(
        _NAME, bare, login=login, tls=tls, certificate_sha256=certificate_sha256
    )
    with registry.reading(user, _ACTION, purpose) as work:
        told = read_onvif_device(target, settings.gate)
        work.object_type = "device"
        work.parameters = {"asked": "what it has", "channels": len(told.channels)}
        work.rows = 1
    values: dict[str, Any] = {"tls": tls, "certificate_sha256": certificate_sha256}
    given = {name: value for name, value in values.items() if value is not None}
    place = told.place
    return Device(
        told.make,
        told.model,
        told.firmware,
        told.clock_offset_s,
        tuple(_lens(number, one) for number, one in enumerate(told.channels, 1)),
        None if place is None else place.lon,
        None if place is None else place.lat,
        None if place is None else place.bearing_deg,
        len(told.recordings),
        {**_addresses(bare, told, settings), **given},
    )


def _refusal(settings: FeedSettings, address: str) -> str:
    try:
        settings.gate.admit(address)
    except FeedError as error:
        return str(error)
    return ""


def _lens(number: int, channel: OnvifChannel) -> Lens:
    main, sub = channel.main, channel.sub
    return Lens(
        number,
        main.codec,
        main.width_px,
        main.height_px,
        None if sub is None else sub.codec,
        None if sub is None else sub.width_px,
        None if sub is None else sub.height_px,
        channel.hfov_deg,
    )


def _addresses(bare: str, told: OnvifDevice, settings: FeedSettings) -> dict[str, str]:
    """
    Give the addresses that a feed of the device would keep.

    Its streams are asked for each time: a device may move them. A recorder's cameras
    differ by the channel alone.
    """
    is_recorder = len(told.channels) > 1
    which = "?channel={channel}" if is_recorder else "?channel=1"
    found = {"address": f"{bare}{which}"}
    if all(one.sub is not None for one in told.channels):
        found["substream"] = f"{bare}{which}&stream=sub"
    if is_recorder:
        return found
    still = told.channels[0].main.snapshot
    if still is not None and _is_of_use(still, bare, settings):
        found["snapshot"] = still
    if told.recordings:
        found["replay"] = bare
    return found


def _is_of_use(still: str, bare: str, settings: FeedSettings) -> bool:
    """Tell whether an address is of the same device, open to us, and no secret."""
    # what passes the gate is an address that can be taken apart
    if _refusal(settings, still) or secret_asked(still) is not None:
        return False
    return urlsplit(still).hostname == urlsplit(bare).hostname
