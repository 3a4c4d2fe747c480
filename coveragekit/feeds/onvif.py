"""ONVIF devices: what they have to show, where it is, and what they keep."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qs, urlsplit

from coveragekit.errors import FeedBroken, FeedNotFound, FeedUnsupported
from coveragekit.feeds.asking import Wish, told
from coveragekit.feeds.bounds import Bounds
from coveragekit.feeds.onvif_device import (
    OnvifChannel,
    OnvifDevice,
    OnvifPlace,
    OnvifProfile,
    OnvifRecording,
)
from coveragekit.feeds.rtsp import open_rtsp
from coveragekit.feeds.soap import DEVICE, SoapCaller, child, children, text_of

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

    from coveragekit.feeds.gate import Gate
    from coveragekit.feeds.rtsp import RtspReading
    from coveragekit.feeds.target import FeedTarget

__all__ = ["open_onvif", "read_onvif_device"]

_MEDIA: Final = "http://www.onvif.org/ver10/media/wsdl"
_MEDIA2: Final = "http://www.onvif.org/ver20/media/wsdl"
_SEARCH: Final = "http://www.onvif.org/ver10/search/wsdl"
_REPLAY: Final = "http://www.onvif.org/ver10/replay/wsdl"
_SETUP: Final = (
    "<t:Stream>RTP-Unicast</t:Stream>"
    "<t:Transport><t:Protocol>RTSP</t:Protocol></t:Transport>"
)
_CODECS: Final = {"h264": "h264", "h265": "hevc", "jpeg": "mjpeg"}
_MOST: Final = 256
_SPANS: Final = 4
_FRESH: Final = timedelta(minutes=10)


def read_onvif_device(
    target: FeedTarget, gate: Gate, *, bounds: Bounds | None = None
) -> OnvifDevice:
    """
    Ask a device what it has to show.

    Parameters
    ----------
    target
        The device; its address begins with ``onvif://`` or ``onvifs://``.
    gate
        What may be fetched. What the device names passes it when it is opened.
    bounds
        How long is waited.

    Returns
    -------
    OnvifDevice
        The device.

    Raises
    ------
    FeedError
        It does not answer, refuses the login, or is no ONVIF device.
    """

    def asks() -> OnvifDevice:
        wish = Wish(target, gate, target.address, bounds or Bounds())
        calls = SoapCaller(wish)
        try:
            calls.begin()
            return _device(calls)
        finally:
            calls.close()

    return told(target.camera_id, asks)


def open_onvif(wish: Wish) -> RtspReading:
    """
    Open a stream of a device that says itself where the stream is.

    Parameters
    ----------
    wish
        What is to be opened. The address may say which: ``?profile=TOKEN``, or
        ``?channel=N`` counted from 1 and ``&stream=sub``; for footage of a time
        ``?recording=TOKEN``.

    Returns
    -------
    RtspReading
        The open stream.

    Raises
    ------
    FeedNotFound
        The device has no such stream.
    FeedError
        It cannot be opened.
    """
    asked = parse_qs(wish.address.partition("?")[2])
    choice = {name: values[0] for name, values in asked.items()}
    calls = SoapCaller(wish)
    try:
        calls.begin()
        if wish.at is not None:
            address = _replay_address(calls, choice, wish.at)
        else:
            address = _stream_address(calls, choice)
    finally:
        calls.close()
    if not address.lower().startswith(("rtsp://", "rtsps://")):
        message = "the stream that it names is not RTSP"
        raise FeedUnsupported(message)
    target = wish.target
    if urlsplit(address).hostname != wish.admit().host:
        # it may name another machine, but not have our login told there
        target = replace(target, login=None)
    named = replace(wish, address=address, target=target, is_named=True)
    reading = open_rtsp(named, is_onvif=wish.at is not None)
    reading.clock_offset_s = calls.offset.total_seconds()
    return reading


def _device(calls: SoapCaller) -> OnvifDevice:
    about = calls.ask(DEVICE, "GetDeviceInformation")
    return OnvifDevice(
        make=text_of(about, "Manufacturer"),
        model=text_of(about, "Model"),
        firmware=text_of(about, "FirmwareVersion"),
        clock_offset_s=calls.offset.total_seconds(),
        channels=_channels(calls),
        place=_place(calls),
        recordings=_recordings(calls),
    )


def _profiles(calls: SoapCaller) -> list[tuple[OnvifProfile, Element]]:
    service = _MEDIA2 if calls.has(_MEDIA2) else _MEDIA
    if not calls.has(service):
        message = "it is an ONVIF device without pictures"
        raise FeedUnsupported(message)
    words = {"Type": "All"} if service == _MEDIA2 else {}
    found = []
    for one in children(calls.ask(service, "GetProfiles", words), "Profiles")[:_MOST]:
        token = one.get("token", "")
        encoder = _either(one, "VideoEncoderConfiguration", "VideoEncoder")
        lens = _either(one, "VideoSourceConfiguration", "VideoSource")
        if encoder is None or lens is None or not token:
            continue
        codec = text_of(encoder, "Encoding")
        profile = OnvifProfile(
            token,
            text_of(one, "Name"),
            text_of(lens, "SourceToken"),
            _CODECS.get(codec.lower(), codec),
            _whole(text_of(encoder, "Width")),
            _whole(text_of(encoder, "Height")),
        )
        found.append((profile, lens))
    if not found:
        message = "it offers no video"
        raise FeedNotFound(message)
    return found


def _channels(calls: SoapCaller) -> tuple[OnvifChannel, ...]:
    by_source: dict[str, list[OnvifProfile]] = {}
    hfovs: dict[str, float] = {}
    for profile, lens in _profiles(calls):
        addressed = replace(
            profile,
            stream=_uri(calls, profile.token, "GetStreamUri"),
            snapshot=_uri(calls, profile.token, "GetSnapshotUri"),
        )
        by_source.setdefault(profile.source, []).append(addressed)
        hfov_deg = _hfov_deg(lens)
        if hfov_deg is not None:
            hfovs.setdefault(profile.source, hfov_deg)
    return tuple(
        OnvifChannel(source, _largest_first(profiles), hfovs.get(source))
        for source, profiles in by_source.items()
    )


def _largest_first(profiles: list[OnvifProfile]) -> tuple[OnvifProfile, ...]:
    return tuple(
        sorted(profiles, key=lambda one: one.width_px * one.height_px, reverse=True)
    )


def _uri(calls: SoapCaller, token: str, action: str) -> str | None:
    try:
        if calls.has(_MEDIA2):
            words = {"ProfileToken": token}
            if action == "GetStreamUri":
                words = {"Protocol": "RTSP", **words}
            answer = calls.ask(_MEDIA2, action, words)
        else:
            setup = f"<s:StreamSetup>{_SETUP}</s:StreamSetup>"
            inner = setup if action == "GetStreamUri" else ""
            words = {"ProfileToken": token}
            answer = calls.ask(_MEDIA, action, words, inner=inner)
    except FeedUnsupported:
        return None
    return text_of(answer, "Uri") or None


def _stream_address(calls: SoapCaller, choice: dict[str, str]) -> str:
    profiles = [profile for profile, _ in _profiles(calls)]
    if "profile" in choice:
        fitting = [one for one in profiles if one.token == choice["profile"]]
    else:
        sources = list(dict.fromkeys(one.source for one in profiles))
        number = _whole(choice.get("channel", "1"))
        source = sources[number - 1] if 0 < number <= len(sources) else None
        fitting = list(
            _largest_first([one for one in profiles if one.source == source])
        )
        if choice.get("stream") == "sub":
            fitting.reverse()
    if not fitting:
        message = "it has no such channel or profile"
        raise FeedNotFound(message)
    address = _uri(calls, fitting[0].token, "GetStreamUri")
    if address is None:
        message = "it does not say where its stream is"
        raise FeedUnsupported(message)
    return address


def _replay_address(calls: SoapCaller, choice: dict[str, str], at: datetime) -> str:
    if not calls.has(_REPLAY):
        message = "it offers no recorded footage (ONVIF Profile G)"
        raise FeedUnsupported(message)
    token = choice.get("recording")
    if token is None:
        kept = _recordings(calls)
        if not kept:
            message = "it keeps no recordings"
            raise FeedNotFound(message)
        token = _recording_of(kept, at).token
    answer = calls.ask(
        _REPLAY,
        "GetReplayUri",
        {"RecordingToken": token},
        inner=f"<s:StreamSetup>{_SETUP}</s:StreamSetup>",
    )
    return text_of(answer, "Uri")


def _recording_of(kept: tuple[OnvifRecording, ...], at: datetime) -> OnvifRecording:
    """Give the one that reaches over a time; one that does not say so may."""
    for one in kept:
        begins, ends = _time(one.from_at), _time(one.until_at)
        # what is being written still has its end where it was last looked
        is_old = ends is not None and ends + _FRESH < at
        if (begins is None or begins <= at) and not is_old:
            return one
    spans = "; ".join(f"{one.from_at} to {one.until_at}" for one in kept[:_SPANS])
    message = f"it keeps no recording of that time; what it keeps is from {spans}"
    raise FeedNotFound(message)


def _time(said: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(said)
    except ValueError:
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _recordings(calls: SoapCaller) -> tuple[OnvifRecording, ...]:
    if not calls.has(_SEARCH):
        return ()
    try:
        begun = calls.ask(
            _SEARCH,
            "FindRecordings",
            inner="<s:Scope/><s:KeepAliveTime>PT10S</s:KeepAliveTime>",
        )
        found = calls.ask(
            _SEARCH,
            "GetRecordingSearchResults",
            {
                "SearchToken": text_of(begun, "SearchToken"),
                "MaxResults": str(_MOST),
                "WaitTime": "PT2S",
            },
        )
    except FeedUnsupported:
        return ()
    return tuple(
        OnvifRecording(
            text_of(one, "RecordingToken"),
            text_of(child(one, "Source"), "Name"),
            text_of(one, "EarliestRecording"),
            text_of(one, "LatestRecording"),
        )
        for one in children(found, "RecordingInformation")[:_MOST]
    )


def _place(calls: SoapCaller) -> OnvifPlace | None:
    try:
        answer = calls.ask(DEVICE, "GetGeoLocation")
    except (FeedUnsupported, FeedBroken):
        return None
    spot, turn = child(answer, "GeoLocation"), child(answer, "GeoOrientation")
    lon, lat = _number(spot, "lon"), _number(spot, "lat")
    if lon is None or lat is None or abs(lon) > 180 or abs(lat) > 90:
        return None
    yaw = _number(turn, "yaw")
    bearing_deg = None if yaw is None else yaw % 360
    return OnvifPlace(lon, lat, _number(spot, "elevation"), bearing_deg)


def _hfov_deg(lens: Element) -> float | None:
    """Give twice the angle at which a described lens reaches the picture's edge."""
    about = child(lens, "LensDescription")
    if about is None:
        return None
    factor = _float(text_of(about, "XFactor"))
    points = [(0.0, 0.0)]
    for one in children(about, "Projection"):
        angle, radius = _float(text_of(one, "Angle")), _float(text_of(one, "Radius"))
        if angle is None or radius is None:
            return None
        points.append((radius * (factor or 1.0), angle))
    points.sort()
    for (near, low), (far, high) in pairwise(points):
        if near < 1.0 <= far:
            return 2 * (low + (high - low) * (1.0 - near) / (far - near))
    return None


def _either(element: Element, *names: str) -> Element | None:
    found = (child(element, name) for name in names)
    return next((one for one in found if one is not None), None)


def _number(element: Element | None, name: str) -> float | None:
    return None if element is None else _float(element.get(name, ""))


def _float(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _whole(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 0
