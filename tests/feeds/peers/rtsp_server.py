"""
An RTSP camera on loopback, made of GStreamer; Debian's own Python runs it.

usage: /usr/bin/python3 rtsp_server.py FOLDER [--digest USER:PASSWORD]
       [--basic USER:PASSWORD] [--tls CERTIFICATE KEY] [--port N]

Each FOLDER/NAME.units is played in a circle at /NAME. /live and /sliced draw the clock
into cells and encode it here. It says "ready PORT" and ends with its standard input.
"""

import argparse
import json
import struct
import sys
import threading
import time
from pathlib import Path

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import Gio, GLib, Gst, GstRtspServer  # noqa: E402

RECORD = struct.Struct(">IqqB")
PAY = {"h264": "h264", "hevc": "h265"}
RATE_HZ = 20
BITS = 46
HEAD_START_S = 0.02


class Units:
    """The packets of one file."""

    def __init__(self, path: Path) -> None:
        data = path.read_bytes()
        line, _, rest = data.partition(b"\n")
        head = json.loads(line)
        self.kind, self.long_us = PAY[head["codec"]], head["long_us"]
        self.records, place = [], 0
        while place < len(rest):
            size, pts, dts, _key = RECORD.unpack_from(rest, place)
            place += RECORD.size
            self.records.append((pts, dts, rest[place : place + size]))
            place += size
        low = min(dts for _, dts, _ in self.records)
        self.records = [(pts - low, dts - low, body) for pts, dts, body in self.records]
        # times that fall back still have to be sent at a steady pace
        self.steady = self.long_us > 0
        self.circle_us = self.long_us or round(len(self.records) * 1e6 / RATE_HZ)

    def launch(self) -> str:
        return (
            "( appsrc name=src is-live=true format=time "
            f"caps=video/x-{self.kind},stream-format=byte-stream,alignment=au ! "
            f"{self.kind}parse ! rtp{self.kind}pay name=pay0 pt=96 config-interval=-1 )"
        )

    def due_s(self, number: int) -> float:
        around, index = divmod(number, len(self.records))
        return (around * self.circle_us + index * 1_000_000 // RATE_HZ) / 1e6

    def unit(self, number: int) -> "Gst.Buffer":
        around, index = divmod(number, len(self.records))
        pts, dts, body = self.records[index]
        if self.steady:
            pts, dts = pts + around * self.long_us, dts + around * self.long_us
        buffer = Gst.Buffer.new_wrapped(body)
        buffer.pts, buffer.dts = pts * 1000, dts * 1000
        return buffer


class Clock:
    """Pictures that carry the milliseconds of their making in cells."""

    def __init__(self, width: int, height: int, sliced: bool) -> None:
        self.width, self.height, self.sliced = width, height, sliced
        ramp = bytes(64 + x // 8 % 128 for x in range(width))
        self.ramp = ramp * height
        self.last = 0

    def launch(self) -> str:
        # frames encoded side by side would come later by one for each thread
        slices = "true threads=4" if self.sliced else "false threads=1"
        return (
            "( appsrc name=src is-live=true format=time caps=video/x-raw,format=GRAY8,"
            f"width={self.width},height={self.height},framerate={RATE_HZ}/1 ! "
            "videoconvert ! video/x-raw,format=I420 ! x264enc tune=zerolatency "
            f"sliced-threads={slices} speed-preset=ultrafast key-int-max={RATE_HZ} "
            "bitrate=1500 ! rtph264pay name=pay0 pt=96 config-interval=-1 )"
        )

    def due_s(self, number: int) -> float:
        return number / RATE_HZ

    def unit(self, number: int) -> "Gst.Buffer":
        # a machine that catches up draws two pictures in one millisecond
        stamp = self.last = max(self.last + 1, time.time_ns() // 1_000_000)
        cell = round(24 * self.width / 1280)
        left = top = round(16 * self.width / 1280)
        row = bytearray(self.ramp[: self.width])
        bits = [1, 0, *(stamp >> shift & 1 for shift in range(BITS - 3, -1, -1))]
        for place, bit in enumerate(bits):
            x = left + place * cell
            row[x : x + cell] = bytes([235 if bit else 16]) * cell
        picture = bytearray(self.ramp)
        tall = cell * 4 // 3
        picture[top * self.width : (top + tall) * self.width] = bytes(row) * tall
        # a bar that walks down shows an eye that the picture moves
        at = (number * 4 % self.height) * self.width
        picture[at : at + self.width] = bytes(self.width)
        buffer = Gst.Buffer.new_wrapped(bytes(picture))
        buffer.pts = buffer.dts = number * Gst.SECOND // RATE_HZ
        buffer.duration = Gst.SECOND // RATE_HZ
        return buffer


class Camera(GstRtspServer.RTSPMediaFactory):
    """One mount: what a source gives, in its own time, to all who watch."""

    def __init__(self, source: "Units | Clock", token: "str | None") -> None:
        super().__init__()
        self.source = source
        self.set_shared(True)
        # a method of its own named do_configure would undo what is set here
        self.connect("media-configure", self._configured)
        self.set_protocols(GstRtspServer.RTSPMediaFactory().get_protocols())
        if token:
            rights = GstRtspServer.RTSPPermissions()
            rights.add_permission_for_role(token, "media.factory.access", True)
            rights.add_permission_for_role(token, "media.factory.construct", True)
            self.set_permissions(rights)

    def do_create_element(self, _url: object) -> object:
        return Gst.parse_launch(self.source.launch())

    def _configured(self, _factory: object, media: object) -> None:
        play = Play(self.source, media.get_element().get_child_by_name("src"))
        media.connect("unprepared", lambda _media: play.stop())
        play.start()


class Play(threading.Thread):
    """Pushes units when they are due, until its media ends."""

    def __init__(self, source: "Units | Clock", appsrc: object) -> None:
        super().__init__(daemon=True)
        self.source, self.appsrc = source, appsrc
        self.wanted, self.ended = threading.Event(), threading.Event()
        appsrc.connect("need-data", lambda *_: self.wanted.set())

    def stop(self) -> None:
        self.ended.set()
        self.wanted.set()

    def run(self) -> None:
        self.wanted.wait()
        began, base, number = time.monotonic(), None, 0
        while not self.ended.is_set():
            wait = began + self.source.due_s(number) - time.monotonic()
            if wait > 0 and self.ended.wait(wait):
                return
            buffer = self.source.unit(number)
            if base is None:
                clock = self.appsrc.get_clock()
                now = clock.get_time() - self.appsrc.get_base_time() if clock else 0
                base = max(0, now) + int(HEAD_START_S * Gst.SECOND)
            buffer.pts += base
            buffer.dts += base
            if self.appsrc.emit("push-buffer", buffer) != Gst.FlowReturn.OK:
                return
            number += 1


def _protect(server: object, args: argparse.Namespace) -> "str | None":
    if not (args.digest or args.basic or args.tls):
        return None
    auth, role = GstRtspServer.RTSPAuth(), None
    if args.tls:
        pem = "".join(Path(name).read_text() for name in args.tls)
        auth.set_tls_certificate(Gio.TlsCertificate.new_from_pem(pem, -1))
    named = args.digest or args.basic
    token = GstRtspServer.RTSPToken()
    role = "user" if named else "anybody"
    token.set_string("media.factory.role", role)
    if args.digest:
        auth.set_supported_methods(2)  # GST_RTSP_AUTH_DIGEST
        user, _, password = args.digest.partition(":")
        auth.add_digest(user, password, token)
    elif args.basic:
        user, _, password = args.basic.partition(":")
        auth.add_basic(GstRtspServer.RTSPAuth.make_basic(user, password), token)
    else:
        auth.set_default_token(token)
    server.set_auth(auth)
    return role


def main() -> None:
    words = argparse.ArgumentParser()
    words.add_argument("folder", type=Path)
    words.add_argument("--digest")
    words.add_argument("--basic")
    words.add_argument("--tls", nargs=2)
    words.add_argument("--port", default="0")
    args = words.parse_args()
    Gst.init(None)
    server = GstRtspServer.RTSPServer()
    server.set_address("127.0.0.1")
    server.set_service(args.port)
    role = _protect(server, args)
    mounts = server.get_mount_points()
    sources = {path.stem: Units(path) for path in args.folder.glob("*.units")}
    sources["live"] = Clock(640, 360, sliced=False)
    sources["sliced"] = Clock(640, 360, sliced=True)
    for name, source in sources.items():
        mounts.add_factory(f"/{name}", Camera(source, role))
    if not server.attach(None):
        sys.exit("the port is taken")
    loop = GLib.MainLoop()
    threading.Thread(
        target=lambda: (sys.stdin.read(), loop.quit()), daemon=True
    ).start()
    sys.stdout.write(f"ready {server.get_bound_port()}\n")
    sys.stdout.flush()
    loop.run()


main()
