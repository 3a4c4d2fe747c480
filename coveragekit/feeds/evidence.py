"""Clips and stills kept as evidence: not a bit changed, and it can be proved."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import re
import secrets
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import av

from coveragekit.errors import FeedBroken, FeedUnsupported, InputError
from coveragekit.feeds.muxing import mux_packet
from coveragekit.feeds.nals import picture_units

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from coveragekit.feeds.masks import Mask
    from coveragekit.feeds.messages import Picture
    from coveragekit.feeds.ring import Footage

__all__ = ["SIDECAR", "Kept", "keep_clip", "keep_still", "stream_digest"]

SIDECAR = ".json"
_FORM = 1
_TAGS = {"h264": "avc1", "hevc": "hvc1"}
# a gap is what is longer than this, or than four pictures
_SHORTEST_GAP_S = 0.5
_GAP_STEPS = 4
_GAPS_LISTED = 200
# how long a clip of a single picture shows it
_ALONE_S = 0.05
_BLOCK = 1_048_576
_ODD = re.compile(r"[^A-Za-z0-9._-]+")
_READ_ONLY = 0o440
STREAM_RULE = (
    "SHA-256 over every NAL unit in order of decoding, each after its length in four "
    "bytes (big-endian), without parameter sets and delimiters"
)


@dataclass(frozen=True, slots=True)
class Kept:
    """
    What was written.

    Parameters
    ----------
    path
        The clip or still.
    sidecar
        The account of it.
    sha256
        SHA-256 of the clip or still, hex.
    sidecar_sha256
        SHA-256 of the account, hex: who writes it to a log that cannot be changed
        proves the account as well.
    account
        What stands in the account.
    """

    path: Path
    sidecar: Path
    sha256: str
    sidecar_sha256: str
    account: Mapping[str, Any] = field(default_factory=dict, repr=False)


def keep_clip(  # noqa: PLR0913 - what stands in the account, each by name
    footage: Footage,
    folder: Path,
    *,
    masks: Sequence[Mask],
    start_at: datetime,
    wanted_at: datetime | None = None,
    mended: dict[str, int] | None = None,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Kept:
    """
    Write a clip without decoding it, and an account of it beside it.

    Parameters
    ----------
    footage
        The pictures.
    folder
        Where to; it exists.
    masks
        What is covered of the camera's picture; it has to be said.
    start_at
        When the first picture came, UTC.
    wanted_at
        The moment asked for; what stands before it is the lead-in from the keyframe.
    mended
        How often the stream had to be put right.
    now
        The time of day.

    Returns
    -------
    Kept
        What was written.

    Raises
    ------
    FeedUnsupported
        The camera is masked: a stream as it came would show what is covered.
    FeedBroken
        The pictures cannot be written as a clip.
    InputError
        A time without zone, or no picture at all.

    Notes
    -----
    It shows that nothing was changed since the export, not that the camera showed the
    truth. Both files appear whole or not at all, and are read-only.
    """
    camera = footage.camera_id
    if masks or footage.masks:
        message = f"camera {camera}: a masked camera's stream is not given away"
        raise FeedUnsupported(message)
    if not footage.pictures or not footage.pictures[0].is_key:
        message = f"camera {camera}: a clip begins with a keyframe, and there is none"
        raise InputError(message)
    name = _name(camera, start_at, "mp4")
    part = folder / f".{name}.{secrets.token_hex(4)}.part"
    try:
        _write_clip(footage, part)
        lead_in_s = 0.0
        if wanted_at is not None:
            lead_in_s = max(0.0, (wanted_at - start_at).total_seconds())
        shape = footage.shape
        account = {
            **_account(camera, part, start_at=start_at, now=now()),
            "kind": "clip",
            "duration_s": round(_duration_s(footage), 3),
            "lead_in_s": round(lead_in_s, 3),
            "pictures": len(footage.pictures),
            "codec": shape.codec_name,
            "width_px": shape.width_px,
            "height_px": shape.height_px,
            **_gaps(footage),
            "mended": mended or {},
            "stream_sha256": _digest(
                (one.data for one in footage.pictures), shape.codec, shape.prefixed
            ),
            "stream_rule": STREAM_RULE,
        }
        return _publish(part, folder / name, account)
    finally:
        part.unlink(missing_ok=True)


def keep_still(
    camera_id: str,
    picture: Picture,
    folder: Path,
    *,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Kept:
    """
    Write a single picture as it was shown, and an account of it beside it.

    Parameters
    ----------
    camera_id
        The camera.
    picture
        The picture; what is masked in it is covered already.
    folder
        Where to; it exists.
    now
        The time of day.

    Returns
    -------
    Kept
        What was written.

    Raises
    ------
    InputError
        A time without zone.
    """
    name = _name(camera_id, picture.came_at, "jpg")
    part = folder / f".{name}.{secrets.token_hex(4)}.part"
    try:
        part.write_bytes(picture.jpeg)
        account = {
            **_account(camera_id, part, start_at=picture.came_at, now=now()),
            "kind": "still",
            "width_px": picture.width_px,
            "height_px": picture.height_px,
            "is_masked": picture.is_masked,
        }
        return _publish(part, folder / name, account)
    finally:
        part.unlink(missing_ok=True)


def stream_digest(path: Path) -> tuple[str, int]:
    """
    Give the digest of a clip's compressed pictures, whatever container holds them.

    Parameters
    ----------
    path
        The clip.

    Returns
    -------
    tuple
        SHA-256 in hex by the rule in the account, and the number of pictures.

    Raises
    ------
    FeedBroken
        It is no clip.
    """
    count = 0

    def packets(container: av.container.InputContainer) -> Iterable[bytes]:
        nonlocal count
        for packet in container.demux(container.streams.video[0]):
            if packet.size:
                count += 1
                yield bytes(packet)

    try:
        with av.open(str(path), "r", format="mp4") as container:
            codec = container.streams.video[0].codec_context.name
            return _digest(packets(container), codec, prefixed=True), count
    except (av.FFmpegError, IndexError):
        message = f"{path.name} is no clip that can be read"
        raise FeedBroken(message) from None


def _write_clip(footage: Footage, part: Path) -> None:
    shape = footage.shape
    first = footage.pictures[0]
    options = {"movflags": "+faststart", "fflags": "bitexact"}
    source, template = shape.template()
    try:
        with source, av.open(str(part), "w", format="mp4", options=options) as output:
            stream = output.add_stream_from_template(template, opaque=True)
            stream.codec_context.codec_tag = _TAGS[shape.codec]
            stream.time_base = shape.time_base
            for one, ticks in zip(footage.pictures, _lengths(footage), strict=True):
                pts, dts = one.pts - first.dts, one.dts - first.dts
                moved = replace(one, pts=pts, dts=dts)
                packet = mux_packet(moved, stream, shape)
                packet.duration = ticks
                output.mux_one(packet)
    except (av.FFmpegError, ValueError):
        message = f"camera {footage.camera_id}: its pictures cannot be kept as a clip"
        raise FeedBroken(message) from None


def _lengths(footage: Footage) -> list[int]:
    """
    Give how long each picture is shown, in ticks.

    Players leave out a last picture that lasts no time at all: it is shown as long as
    most others are.
    """
    steps = [after.dts - one.dts for one, after in pairwise(footage.pictures)]
    alone = max(1, round(_ALONE_S / footage.shape.time_base))
    return [*steps, sorted(steps)[len(steps) // 2] if steps else alone]


def _duration_s(footage: Footage) -> float:
    return float(sum(_lengths(footage)) * footage.shape.time_base)


def _gaps(footage: Footage) -> dict[str, Any]:
    """List where pictures are missing, from the start of the clip."""
    times = [float(one.dts * footage.shape.time_base) for one in footage.pictures]
    steps = [after - before for before, after in pairwise(times)]
    usual_s = sorted(steps)[len(steps) // 2] if steps else 0.0
    least_s = max(_SHORTEST_GAP_S, _GAP_STEPS * usual_s)
    gaps = [
        {"at_s": round(at - times[0], 3), "length_s": round(step, 3)}
        for at, step in zip(times, steps, strict=False)
        if step > least_s
    ]
    return {"gaps": gaps[:_GAPS_LISTED], "gaps_count": len(gaps)}


def _digest(packets: Iterable[bytes], codec: str, prefixed: bool) -> str:  # noqa: FBT001
    digest = hashlib.sha256()
    for data in packets:
        for unit in picture_units(data, codec, prefixed=prefixed):
            digest.update(len(unit).to_bytes(4, "big"))
            digest.update(unit)
    return digest.hexdigest()


def _account(
    camera_id: str, part: Path, *, start_at: datetime, now: datetime
) -> dict[str, Any]:
    versions = {
        name: ".".join(map(str, of)) for name, of in av.library_versions.items()
    }
    return {
        "form": _FORM,
        "camera_id": camera_id,
        "start_at": _utc(start_at),
        "exported_at": _utc(now),
        "bytes": part.stat().st_size,
        "sha256": file_digest(part),
        "tools": {
            "python": platform.python_version(),
            "av": av.__version__,
            **versions,
        },
    }


def file_digest(path: Path) -> str:
    """
    Give a file's SHA-256.

    Parameters
    ----------
    path
        The file.

    Returns
    -------
    str
        Hex.
    """
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()


def _utc(at: datetime) -> str:
    if at.tzinfo is None:
        message = f"a time in evidence needs a zone, and {at} has none"
        raise InputError(message)
    text = at.astimezone(UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")


def _name(camera_id: str, start_at: datetime, extension: str) -> str:
    plain = _ODD.sub("_", camera_id).strip("._") or "camera"
    at = re.sub(r"[-:.]", "", _utc(start_at))
    return f"{plain[:80]}_{at}.{extension}"


def _publish(part: Path, path: Path, account: dict[str, Any]) -> Kept:
    """Let both files appear, the account last: what has none was never finished."""
    sidecar = path.with_name(path.name + SIDECAR)
    account = {"file": path.name, **account}
    text = json.dumps(account, indent=2, ensure_ascii=False, sort_keys=True) + "\n"
    other = part.with_suffix(".sidecar")
    try:
        other.write_text(text, "utf-8")
        for one in (part, other):
            with one.open("rb+") as file:
                os.fsync(file.fileno())
        _appear(part, path)
        _appear(other, sidecar)
        _sync_folder(path.parent)
    finally:
        other.unlink(missing_ok=True)
    digest = hashlib.sha256(text.encode()).hexdigest()
    return Kept(path, sidecar, account["sha256"], digest, account)


def _appear(part: Path, path: Path) -> None:
    taken = f"{path.name} is there already, and evidence is not replaced"
    try:
        # a link refuses to replace what is there already; a rename does not
        os.link(part, path)
    except FileExistsError:
        raise InputError(taken) from None
    except OSError:
        # a file system without links
        if path.exists():
            raise InputError(taken) from None
        part.rename(path)
    part.unlink(missing_ok=True)
    path.chmod(_READ_ONLY)


def _sync_folder(folder: Path) -> None:
    if os.name == "nt":
        # Windows has no handle of a folder that could be synced
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
