"""Moving pictures with a number drawn in their cells, and their compressed form."""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

BITS = 46
RATE_HZ = 20
_RECORD = struct.Struct(">IqqB")


def draw(number: int, width: int = 640, height: int = 360) -> NDArray[np.uint8]:
    """Give a grey picture that moves with its number and carries it in 46 cells."""
    across = np.arange(width, dtype=np.int64)[None, :]
    down = np.arange(height, dtype=np.int64)[:, None]
    picture = ((across + down + 3 * number) // 4 % 128 + 64).astype(np.uint8)
    cell, left, top, tall = _cells(width)
    bits = [1, 0, *(number >> shift & 1 for shift in range(BITS - 3, -1, -1))]
    for place, bit in enumerate(bits):
        x = left + place * cell
        picture[top : top + tall, x : x + cell] = 235 if bit else 16
    return picture


def read(picture: NDArray[np.uint8]) -> int | None:
    """Give the number of a grey picture back, ``None`` where the cells are no such."""
    cell, left, top, tall = _cells(picture.shape[1])
    rows = picture[top + tall // 4 : top + 3 * tall // 4]
    values = []
    for place in range(BITS):
        x = left + place * cell
        values.append(float(rows[:, x + cell // 4 : x + 3 * cell // 4].mean()))
    if any(60 < value < 190 for value in values) or not values[0] > 190 > values[1]:
        return None
    return sum((value > 125) << (BITS - 1 - i) for i, value in enumerate(values[2:], 2))


def is_whole(picture: NDArray[np.uint8], number: int) -> bool:
    """Say whether the lower half is the one drawn for that number, not grey or torn."""
    height, width = picture.shape
    drawn = draw(number, width, height)[height // 2 :].astype(int)
    apart = np.abs(picture[height // 2 :].astype(int) - drawn)
    return float(np.median(apart)) < 12 and float((apart > 50).mean()) < 0.05


def _cells(width: int) -> tuple[int, int, int, int]:
    cell = round(24 * width / 1280)
    return cell, round(16 * width / 1280), round(16 * width / 1280), cell * 4 // 3


@dataclass(frozen=True)
class Scene:
    """What is to be encoded: a codec, a size, how long, how often a keyframe."""

    codec: str = "h264"
    width: int = 640
    height: int = 360
    pictures: int = 80
    gop: int = 20
    b_frames: int = 0
    bitrate: int | None = None
    noise: int = 0
    first: int = 0


def encode(scene: Scene) -> list[av.Packet]:
    """Give the packets of a scene, each keyframe behind its headers (Annex B)."""
    name, key = {"h264": ("libx264", "x264"), "hevc": ("libx265", "x265")}[scene.codec]
    context = av.VideoCodecContext.create(name, "w")
    context.width, context.height = scene.width, scene.height
    context.pix_fmt = "yuv420p"
    context.framerate = Fraction(RATE_HZ)
    context.time_base = Fraction(1, RATE_HZ)
    words = [f"keyint={scene.gop}", f"min-keyint={scene.gop}", "scenecut=0"]
    words += [f"bframes={scene.b_frames}", "repeat-headers=1", "annexb=1"]
    words += ["threads=1"] if key == "x264" else ["log-level=none", "open-gop=0"]
    words += [] if key == "x264" else ["pools=none", "frame-threads=1"]
    context.options = {"preset": "ultrafast", f"{key}-params": ":".join(words)}
    if scene.bitrate:
        context.bit_rate = scene.bitrate
    rng = np.random.default_rng(7)
    packets: list[av.Packet] = []
    for index in range(scene.pictures):
        picture = draw(scene.first + index, scene.width, scene.height)
        if scene.noise:
            shape = (scene.height // 2, scene.width)
            added = rng.integers(0, scene.noise, shape, dtype=np.uint8)
            picture[-shape[0] :] += added - np.uint8(scene.noise // 2)
        frame = av.VideoFrame.from_ndarray(picture, format="gray").reformat(
            format="yuv420p"
        )
        frame.pts, frame.time_base = index, context.time_base
        packets += context.encode(frame)
    return packets + context.encode(None)


def write_units(path: Path, scenes: list[Scene], *, resets: bool = False) -> Path:
    """
    Write scenes one behind the other for the RTSP peer, which plays them in a circle.

    The first line says what they are; then come times in microseconds and packets.
    With `resets` the times of each scene begin at nought again.
    """
    first = scenes[0]
    records, start = [], 0
    for scene in scenes:
        for packet in encode(scene):
            pts, dts = (
                start + round(int(value or 0) * 1e6 / RATE_HZ)
                for value in (packet.pts, packet.dts)
            )
            body = bytes(packet)
            records.append(_RECORD.pack(len(body), pts, dts, packet.is_keyframe) + body)
        start = 0 if resets else start + round(scene.pictures * 1e6 / RATE_HZ)
    long_us = round(sum(scene.pictures for scene in scenes) * 1e6 / RATE_HZ)
    head = {"codec": first.codec, "long_us": 0 if resets else long_us}
    path.write_bytes(json.dumps(head).encode() + b"\n" + b"".join(records))
    return path


def write_mp4(path: Path, scene: Scene) -> Path:
    """Write a scene as an MP4 file, as a recorder would."""
    with av.open(str(path), "w") as container:
        name = {"h264": "libx264", "hevc": "libx265"}[scene.codec]
        stream = container.add_stream(name, rate=RATE_HZ)
        stream.width, stream.height = scene.width, scene.height
        stream.pix_fmt = "yuv420p"
        key = name.removeprefix("lib")
        words = f"keyint={scene.gop}:min-keyint={scene.gop}:scenecut=0"
        words += f":bframes={scene.b_frames}" + (":log-level=none" * (key == "x265"))
        stream.options = {"preset": "ultrafast", f"{key}-params": words}
        for index in range(scene.pictures):
            picture = draw(scene.first + index, scene.width, scene.height)
            frame = av.VideoFrame.from_ndarray(picture, format="gray")
            container.mux(stream.encode(frame.reformat(format="yuv420p")))
        container.mux(stream.encode(None))
    return path


def grey(frame: av.VideoFrame) -> NDArray[np.uint8]:
    """Give a decoded frame as a grey picture."""
    return frame.to_ndarray(format="gray")
