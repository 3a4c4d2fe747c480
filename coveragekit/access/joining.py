"""Measure a camera that joins: reachable from here, upload enough, its clock right."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

from coveragekit.access.grounds import grounds_of
from coveragekit.access.health import fault_words
from coveragekit.access.picture_lines import Asked
from coveragekit.access.probe_look import fault_of
from coveragekit.access.rounds import ACTION
from coveragekit.errors import FeedError, FeedUnsupported
from coveragekit.feeds.asking import Wish, told
from coveragekit.feeds.bounds import Bounds
from coveragekit.feeds.glancing import glance
from coveragekit.feeds.measuring import device_clock, measure_stream

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future

    from coveragekit.access.looking import Looks
    from coveragekit.access.people import Purpose, User
    from coveragekit.feeds.glancing import Glance
    from coveragekit.feeds.measuring import Clock, Stream
    from coveragekit.feeds.opening import Want
    from coveragekit.feeds.target import FeedTarget

__all__ = ["Step", "measure_joining"]

Verdict = Literal["good", "poor", "bad", "unknown"]
_SECONDS: Final = 8.0
_BEHIND_S: Final = 1.0
_LATE_S: Final = 0.4
_REALTIME: Final = 0.95
_LONG_KEYFRAME_S: Final = 4.0
_CLOCK_S: Final = 2.0
_SPARE: Final = 1.3
_MEGA: Final = 1e6
# A stream that was never there, whatever the line carries.
_NO_STREAM: Final = (
    "login",
    "no_login",
    "not_found",
    "forbidden",
    "untrusted",
    "unsupported",
)
_NO_H265: Final = (
    "H.265: browsers without it are sent single pictures instead; set the camera to "
    "H.264 if it can"
)
_BROWSERS: Final = {
    "h264": ("good", "H.264: every browser plays it"),
    "hevc": ("poor", _NO_H265),
    "mjpeg": ("good", "JPEG pictures: every browser shows them, at more bytes"),
}


@dataclass(frozen=True, slots=True)
class Step:
    """
    One thing that was measured.

    Parameters
    ----------
    name
        What.
    verdict
        ``"good"``, ``"poor"``, ``"bad"`` or ``"unknown"``.
    words
        What was found, and what to do where it is not good.
    figures
        Numbers, by name with their unit.
    """

    name: str
    verdict: Verdict
    words: str
    figures: dict[str, float | int | str | None]


def measure_joining(  # noqa: PLR0913, PLR0917 - it reads as the question is asked
    looks: Looks,
    user: User,
    purpose: Purpose,
    camera_id: str,
    *,
    seconds: float = _SECONDS,
    bounds: Bounds | None = None,
    said: Callable[[Step], None] | None = None,
) -> tuple[Step, ...]:
    """
    Measure a camera that joins, step by step, as far as it comes.

    Parameters
    ----------
    looks
        Where cameras are looked at.
    user
        Who asks.
    purpose
        What for.
    camera_id
        The camera.
    seconds
        How long its streams are measured.
    bounds
        How long is waited.
    said
        Told of each step as soon as it is done.

    Returns
    -------
    tuple of Step
        What was found; no picture is given or kept. It ends with the first step without
        which the next cannot be.

    Raises
    ------
    AccessRefused
        It is not allowed; the reason is on record.
    """
    asked = Asked(looks.door, user, ACTION, camera_id, purpose)
    asked.demand()
    steps: list[Step] = []

    def add(step: Step) -> bool:
        steps.append(step)
        if said is not None:
            said(step)
        return step.verdict != "bad"

    try:
        target = grounds_of(
            looks.door, looks.settings, user, camera_id=camera_id
        ).target
    except FeedUnsupported as fault:
        add(Step("feed", "bad", str(fault), {}))
    else:
        measuring = _Measuring(
            looks, target, seconds=seconds, bounds=bounds or Bounds()
        )
        if add(measuring.reach()) and add(measuring.picture()):
            asked.demand_still()
            for step in measuring.streams():
                add(step)
            add(measuring.single())
            add(measuring.clock())
    asked.note({one.name: one.verdict for one in steps} | {"joining": True})
    return tuple(steps)


class _Measuring:
    """The steps, in their order."""

    def __init__(
        self, looks: Looks, target: FeedTarget, *, seconds: float, bounds: Bounds
    ) -> None:
        self._gate = looks.settings.gate
        self._target, self._seconds, self._bounds = target, seconds, bounds

    def reach(self) -> Step:
        """See whether a connection to it comes about."""
        if self._target.address.startswith("recording:"):
            return Step("reach", "good", "a recorded file on this machine", {})
        wish = Wish(self._target, self._gate, self._target.address, self._bounds)
        try:
            told(self._target.camera_id, lambda: wish.connect(wish.admit()).close())
        except FeedError as fault:
            return _bad("reach", fault)
        return Step("reach", "good", "it is reached from here", {})

    def picture(self) -> Step:
        """Log in, and wait for the first picture."""
        try:
            found = self._glance("stream")
        except FeedError as fault:
            return _bad("first picture", fault)
        verdict, words = _BROWSERS.get(found.codec, ("unknown", found.codec))
        size = f"{found.width_px} x {found.height_px}"
        return Step(
            "first picture",
            "poor" if verdict == "poor" else "good",
            f"after {found.first_picture_s:.1f} s, {size}; {words}",
            _figures(found),
        )

    def _glance(self, way: Literal["stream", "snapshot"]) -> Glance:
        return glance(self._target, self._gate, way=way, bounds=self._bounds)

    def streams(self) -> list[Step]:
        """Measure main stream and substream at the same time."""
        wants: list[tuple[str, Want]] = [("main stream", "main")]
        if self._target.substream is not None:
            wants.append(("substream", "sub"))
        with ThreadPoolExecutor(len(wants)) as pool:
            under_way = {name: pool.submit(self._measure, want) for name, want in wants}
        steps = [_stream_step(name, one) for name, one in under_way.items()]
        if len(wants) == 1:
            words = (
                "it has no substream on record: walls take the main stream, at more "
                "bytes; add the address of its smaller stream to the feed"
            )
            steps.append(Step("substream", "poor", words, {}))
        return [*steps, _upload(steps)]

    def _measure(self, want: Want) -> Stream:
        return measure_stream(
            self._target,
            self._gate,
            want=want,
            seconds=self._seconds,
            bounds=self._bounds,
        )

    def single(self) -> Step:
        """Ask for a single picture, if it offers them."""
        if self._target.snapshot is None:
            words = (
                "it has no address of single pictures on record: it is looked at by "
                "keyframes of its stream, which takes more of this machine"
            )
            return Step("single pictures", "unknown", words, {})
        try:
            found = self._glance("snapshot")
        except FeedError as fault:
            return _bad("single pictures", fault, verdict="poor")
        if found.way != "snapshot":
            words = "its address of single pictures gives none; correct or remove it"
            return Step("single pictures", "poor", words, {})
        words = f"after {found.first_picture_s:.1f} s"
        return Step("single pictures", "good", words, _figures(found))

    def clock(self) -> Step:
        """Ask what time it is there."""
        try:
            found = device_clock(self._target, self._gate, bounds=self._bounds)
        except FeedError:
            found = None
        if found is None:
            words = (
                "the device does not tell its time; compare the clock in its picture "
                "with a right one before its pictures are kept as evidence"
            )
            return Step("clock", "unknown", words, {})
        return _clock_step(found)


def _bad(name: str, fault: FeedError, *, verdict: Verdict = "bad") -> Step:
    _, word = fault_of(fault)
    return Step(name, verdict, fault_words(word), {"fault": word})


def _figures(found: Glance) -> dict[str, float | int | str | None]:
    return {
        "first_picture_s": round(found.first_picture_s, 2),
        "width_px": found.width_px,
        "height_px": found.height_px,
        "codec": found.codec,
    }


def _stream_step(name: str, future: Future[Stream]) -> Step:
    fault = future.exception()
    if isinstance(fault, FeedError):
        return _bad(name, fault)
    found = future.result()
    rate_hz = (found.pictures - 1) / found.seconds
    mbit = found.bits_per_s / _MEGA
    parts = [f"{mbit:.2f} Mbit/s, {rate_hz:.1f} pictures a second"]
    verdict: Verdict = "good"
    share = found.realtime_share
    is_slow = share is not None and share < _REALTIME and found.lag_s > _LATE_S
    if found.lag_s > _BEHIND_S or is_slow:
        verdict = "bad"
        parts.append(
            f"it falls behind ({found.lag_s:.1f} s by the end): the line is too slow "
            "for it; set a lower bit rate, or get more upload"
        )
    if found.keyframe_s is not None:
        parts.append(f"a keyframe every {found.keyframe_s:.1f} s")
    is_long = found.seconds >= _LONG_KEYFRAME_S
    if found.keyframe_s is None and found.codec != "mjpeg" and is_long:
        found_none = f"no two keyframes in {found.seconds:.0f} s"
        parts.append(f"{found_none}: whoever comes waits long; set one every 2 s")
        verdict = "poor" if verdict == "good" else verdict
    elif (found.keyframe_s or 0.0) > _LONG_KEYFRAME_S:
        parts.append("whoever comes waits that long; set one every 2 s")
        verdict = "poor" if verdict == "good" else verdict
    figures: dict[str, Any] = {
        key: round(value, 3) if isinstance(value, float) else value
        for key, value in asdict(found).items()
    }
    return Step(
        name, verdict, "; ".join(parts), figures | {"rate_hz": round(rate_hz, 2)}
    )


def _upload(steps: list[Step]) -> Step:
    """Say how much upload it takes, and whether that was there."""
    bits = [one.figures.get("bits_per_s") for one in steps]
    whole = sum(float(one) for one in bits if isinstance(one, int | float)) / _MEGA
    figures: dict[str, float | int | str | None] = {"mbit_per_s": round(whole, 2)}
    missing = [one.name for one in steps if one.figures.get("fault") in _NO_STREAM]
    if missing:
        words = (
            f"not measured: the {missing[0]} gave nothing, for another reason than the "
            "line; put that right, then measure again"
        )
        return Step("upload", "unknown", words, figures)
    if any(one.verdict == "bad" for one in steps):
        words = (
            "not enough: with both streams at once one of them fell behind or stopped"
        )
        return Step("upload", "bad", words, figures)
    words = (
        f"enough: {whole:.2f} Mbit/s came as they were filmed; have "
        f"{_SPARE * whole:.1f} Mbit/s of upload free at all hours"
    )
    return Step("upload", "good", words, figures)


def _clock_step(found: Clock) -> Step:
    off_s = abs(found.offset_s)
    figures: dict[str, float | int | str | None] = {
        "offset_s": round(found.offset_s, 2),
        "within_s": round(found.within_s, 2),
        "source": found.source,
    }
    if off_s <= _CLOCK_S + found.within_s:
        words = (
            f"right, as far as can be told ({found.source}, to {found.within_s:.1f} s)"
        )
        return Step("clock", "good", words, figures)
    way = "fast" if found.offset_s > 0 else "slow"
    words = (
        f"it is {off_s:,.0f} s {way} ({found.source}); set a time server (NTP) on the "
        "device: what is kept of it as evidence names the wrong moment"
    )
    return Step("clock", "poor", words, figures)
