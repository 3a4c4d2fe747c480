"""Serve made-up cameras on this machine alone: HLS, MJPEG and single pictures."""

from __future__ import annotations

import hmac
import threading
import time
from base64 import b64encode
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Final, Self
from urllib.parse import quote, unquote, urlsplit

from coveragekit.errors import FeedBroken, InputError
from coveragekit.feeds.simulated_stream import PLAYLIST, SimulatedStream

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from coveragekit.feeds.simulated_scene import SimulatedScene

__all__ = ["SimulatedCameras"]

_HOST: Final = "127.0.0.1"
_MJPEG_HZ: Final = 8
_BREAK: Final = "picture"
# Who looks at a moving picture may go without a word; so long is it drawn for nobody.
_SEND_TIMEOUT_S: Final = 10.0


class SimulatedCameras:
    """
    A small web server whose cameras film made-up streets.

    It listens on the loopback address alone, answers no other host name and gives no
    file but its own.

    Parameters
    ----------
    scenes
        What each camera films.
    port
        The port; 0 takes a free one.
    logins
        By camera, the ``user:password`` that it asks for; the others ask for none.

    Raises
    ------
    InputError
        No camera, one id twice, or a login of a camera that is not among them.
    OSError
        The port is taken.

    Examples
    --------
    >>> from coveragekit.feeds.simulated_scene import scene_of
    >>> with SimulatedCameras([scene_of("cam_1")]) as cameras:
    ...     cameras.address("cam_1", "snapshot").startswith("http://127.0.0.1:")
    True
    """

    def __init__(
        self,
        scenes: Iterable[SimulatedScene],
        *,
        port: int = 0,
        logins: Mapping[str, str] | None = None,
    ) -> None:
        listed = list(scenes)
        self._streams = {one.camera_id: SimulatedStream(one) for one in listed}
        if not listed or len(self._streams) < len(listed):
            msg = (
                f"{len(listed)} simulated cameras with {len(self._streams)} ids; give "
                "one or more, each with an id of its own"
            )
            raise InputError(msg)
        asked = dict(logins or {})
        unknown = sorted(set(asked) - set(self._streams))
        if unknown:
            msg = (
                f"a login is given for {unknown[0]!r}, which is none of the "
                f"{len(listed)} simulated cameras; give those of cameras alone"
            )
            raise InputError(msg)
        self._stop = threading.Event()
        self._server = _Server((_HOST, port), _Handler)
        self._server.streams = self._streams
        self._server.logins = {
            one: b"Basic " + b64encode(login.encode()) for one, login in asked.items()
        }
        self._server.stop = self._stop
        self._thread = threading.Thread(
            target=self._server.serve_forever, name="simulated cameras", daemon=True
        )
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(self._server.server_address[1])

    def address(self, camera_id: str, form: str = "hls") -> str:
        """
        Give where a camera is found.

        Parameters
        ----------
        camera_id
            The camera.
        form
            ``"hls"``, ``"mjpeg"`` or ``"snapshot"``.

        Returns
        -------
        str
            The address.

        Raises
        ------
        InputError
            There is no such camera or form.
        """
        names = {"hls": PLAYLIST, "mjpeg": "video.mjpg", "snapshot": "picture.jpg"}
        if camera_id not in self._streams or form not in names:
            msg = (
                f"no simulated camera {camera_id!r} gives {form!r}; there are "
                f"{len(self._streams)} cameras, each as {', '.join(names)}"
            )
            raise InputError(msg)
        return f"http://{_HOST}:{self.port}/{quote(camera_id, safe='')}/{names[form]}"

    def close(self) -> None:
        """Stop serving and filming."""
        self._stop.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
        for stream in self._streams.values():
            stream.close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    streams: dict[str, SimulatedStream]
    logins: dict[str, bytes]
    stop: threading.Event

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of a viewer who went away in the midst of a picture."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    timeout = _SEND_TIMEOUT_S
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Give a playlist, a segment, a picture or a moving picture."""
        camera_id, name = self._asked()
        stream = self.server.streams.get(camera_id)
        if stream is None:
            self._refuse(HTTPStatus.NOT_FOUND)
        elif not self._is_let_in(camera_id):
            self._refuse(HTTPStatus.UNAUTHORIZED)
        elif name == "picture.jpg":
            self._give(stream.picture(), "image/jpeg")
        elif name == "video.mjpg":
            self._film(stream)
        else:
            self._give_file(stream, name)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Keep quiet: every segment would be a line."""

    def _asked(self) -> tuple[str, str]:
        host = (self.headers.get("Host") or "").rsplit(":", 1)[0]
        parts = urlsplit(self.path).path.split("/")
        if host not in {_HOST, "localhost"} or len(parts) != 3:
            return "", ""
        return unquote(parts[1]), unquote(parts[2])

    def _is_let_in(self, camera_id: str) -> bool:
        asked = self.server.logins.get(camera_id)
        given = (self.headers.get("Authorization") or "").encode("utf-8", "replace")
        return asked is None or hmac.compare_digest(given, asked)

    def _give_file(self, stream: SimulatedStream, name: str) -> None:
        try:
            content = stream.file(name)
        except FeedBroken:
            self._refuse(HTTPStatus.SERVICE_UNAVAILABLE)
            return
        if content is None:
            self._refuse(HTTPStatus.NOT_FOUND)
            return
        is_list = name == PLAYLIST
        self._give(
            content, "application/vnd.apple.mpegurl" if is_list else "video/mp2t"
        )

    def _give(self, content: bytes, kind: str) -> None:
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(content)

    def _refuse(self, status: HTTPStatus) -> None:
        self.send_response(status)
        if status == HTTPStatus.UNAUTHORIZED:
            self.send_header("WWW-Authenticate", 'Basic realm="simulated camera"')
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _film(self, stream: SimulatedStream) -> None:
        self.close_connection = True
        self.send_response(HTTPStatus.OK)
        self.send_header(
            "Content-Type", f"multipart/x-mixed-replace; boundary={_BREAK}"
        )
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        due_s = time.monotonic()
        while not self.server.stop.wait(max(0.0, due_s - time.monotonic())):
            due_s = max(due_s + 1 / _MJPEG_HZ, time.monotonic())
            jpeg = stream.picture()
            head = (
                f"--{_BREAK}\r\nContent-Type: image/jpeg\r\n"
                f"Content-Length: {len(jpeg)}\r\n\r\n"
            )
            self.wfile.write(head.encode() + jpeg + b"\r\n")
