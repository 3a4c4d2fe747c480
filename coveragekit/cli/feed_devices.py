"""The commands that find ONVIF devices and ask them what they have."""

from __future__ import annotations

from typing import Annotated, Any, Final

import typer

from coveragekit.cli.feed import SettingsFile, feed_app
from coveragekit.cli.registry_app import (
    PurposeCode,
    RegistryUrl,
    RoleName,
    UserName,
    door_of,
)
from coveragekit.cli.screen import err
from coveragekit.cli.told import count, say, tell_entry, tell_facts

__all__ = ["device", "find"]

_TOLD_OFFSET_S: Final = 2.0
_STORES: Final = ("file", "environment", "keyring")
_CHECKS: Final = ("verify", "pinned", "off")
_OFFERS: Final = {
    "address": "live pictures",
    "substream": "a smaller stream",
    "snapshot": "single pictures",
    "replay": "recorded footage",
}


@feed_app.command()
def find(
    *,
    within: Annotated[
        float, typer.Option(metavar="SECONDS", help="How long to listen.")
    ] = 3.0,
    purpose: PurposeCode = "administration",
    feeds: SettingsFile = None,
    registry: RegistryUrl = None,
    user: UserName = None,
    role: RoleName = None,
) -> None:
    """Ask once on the cable which ONVIF devices there are; none is opened."""
    from coveragekit import access
    from coveragekit.access.devices import find_devices
    from coveragekit.access.feed_settings import read_feed_settings

    settings = read_feed_settings(feeds)
    with door_of(registry, user, role) as (door, who):
        found = find_devices(
            who,
            access.Purpose(purpose),
            registry=door,
            settings=settings,
            within_s=within,
        )
    if not found:
        err.print(
            "no device answered: discovery reaches only the cable that this machine is "
            "on, and has to be switched on in the device",
            highlight=False,
        )
    for one in found:
        # what a device calls itself is whatever somebody typed into it
        about = ", ".join(filter(None, (one.name, one.hardware, one.location)))
        may = f"may not be opened: {one.refusal}" if one.refusal else ""
        tell_entry(one.address, about, may)


@feed_app.command()
def device(  # noqa: PLR0913 - where, how it lets itself be asked, and who asks
    address: Annotated[
        str,
        typer.Argument(metavar="ADDRESS", help="onvif://HOST/onvif/device_service"),
    ],
    *,
    store: Annotated[
        str | None,
        typer.Option(help="Where its login is kept: file, environment or keyring."),
    ] = None,
    reference: Annotated[
        str | None, typer.Option(help="What the login is called there.")
    ] = None,
    tls: Annotated[
        str, typer.Option(help="onvifs: verify, pinned or off, as for a feed.")
    ] = "verify",
    certificate: Annotated[
        str | None,
        typer.Option(metavar="SHA256", help="With --tls pinned: its certificate."),
    ] = None,
    add: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Keep it as the feed of this name."),
    ] = None,
    note: Annotated[
        str | None,
        typer.Option(help="With --tls off: why its certificate is not checked."),
    ] = None,
    purpose: PurposeCode = "administration",
    feeds: SettingsFile = None,
    registry: RegistryUrl = None,
    user: UserName = None,
    role: RoleName = None,
) -> None:
    """Ask an ONVIF device what it has, and keep it as a feed with --add."""
    from coveragekit import access
    from coveragekit.access.devices import ask_device
    from coveragekit.access.feed_settings import read_feed_settings

    _check_login(store, reference)
    _check_tls(tls, certificate)
    settings = read_feed_settings(feeds)
    why = access.Purpose(purpose)
    how: Any = {"tls": tls, "certificate_sha256": certificate}
    with door_of(registry, user, role) as (door, who):
        found = ask_device(
            who,
            why,
            address,
            registry=door,
            settings=settings,
            store=store,
            reference=reference,
            **how,
        )
        _tell(found)
        if add is None:
            say("to keep it as a feed, ask again with --add NAME")
            return
        noted = {} if note is None else {"note": note}
        values = {"name": add, **found.feed, **noted}
        access.add_row(who, why, "feed", values=values, registry=door)
    many = len(found.lenses)
    refs = f"{add}/1 to {add}/{many}" if many > 1 else add
    say(f"added the feed {add}; name it in its camera: feed_ref={refs}")
    if store is not None:
        whose = "recorder_id=RECORDER" if many > 1 else "camera_id=CAMERA"
        line = f"registry add credential {whose} store={store} reference={reference}"
        say(f"and say where its login is kept: coveragekit {line}")


def _check_login(store: str | None, reference: str | None) -> None:
    if store is not None and store not in _STORES:
        message = f"--store is {store!r}; allowed: {', '.join(_STORES)}"
        raise typer.BadParameter(message)
    if (store is None) != (reference is None):
        message = "--store and --reference go together: where the login is, its name"
        raise typer.BadParameter(message)


def _check_tls(tls: str, certificate: str | None) -> None:
    if tls not in _CHECKS:
        message = f"--tls is {tls!r}; allowed: {', '.join(_CHECKS)}"
        raise typer.BadParameter(message)
    if (tls == "pinned") != (certificate is not None):
        message = "--certificate goes with --tls pinned, and with nothing else"
        raise typer.BadParameter(message)


def _tell(found: Any) -> None:  # noqa: ANN401 - a word of access, which loads video
    named = " ".join(filter(None, (found.make, found.model))) or "a nameless device"
    offers = [words for name, words in _OFFERS.items() if name in found.feed]
    facts = [
        ("Device", named),
        ("Firmware", found.firmware or "not told"),
        ("Its clock", _clock(found.clock_offset_s)),
        ("Offers", ", ".join(offers)),
        ("Keeps", count(found.recordings, "recording")),
        ("Stands at", _place(found)),
    ]
    tell_facts(facts)
    for lens in found.lenses:
        sub = ""
        if lens.sub_codec is not None:
            sub = (
                f"; smaller: {lens.sub_codec} {lens.sub_width_px}x{lens.sub_height_px}"
            )
        view = "" if lens.hfov_deg is None else f"; hfov_deg={lens.hfov_deg:.1f}"
        size = f"{lens.codec} {lens.width_px}x{lens.height_px}"
        tell_entry(f"channel {lens.number}: {size}{sub}{view}")


def _clock(offset_s: float) -> str:
    if abs(offset_s) < _TOLD_OFFSET_S:
        return "right within 2 s"
    way = "ahead of" if offset_s > 0 else "behind"
    return (
        f"{abs(offset_s):,.0f} s {way} ours; set it by NTP before its times are trusted"
    )


def _place(found: Any) -> str:  # noqa: ANN401 - a word of access, which loads video
    if found.lon is None:
        return "not told"
    looks = "" if found.bearing_deg is None else f" bearing_deg={found.bearing_deg:.0f}"
    return f"lon={found.lon:.6f} lat={found.lat:.6f}{looks}"
