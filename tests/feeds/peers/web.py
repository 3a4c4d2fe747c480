"""A camera that speaks HTTP: snapshots, MJPEG, files, with or without a login."""

from __future__ import annotations

import base64
import hashlib
import io
import re
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import numpy as np
from PIL import Image

from tests.feeds.peers import scenes

REALM = "a camera"
NONCE = "dcd98b7102dd2f0e8b11d0f600bfb0c093"
LONGEST_S = 120.0


def jpeg_of(number: int, width: int = 640, height: int = 360) -> bytes:
    """Give the numbered picture as a JPEG."""
    sink = io.BytesIO()
    Image.fromarray(scenes.draw(number, width, height)).save(sink, "JPEG", quality=80)
    return sink.getvalue()


def number_of(jpeg: bytes) -> int | None:
    """Read the number in a JPEG's picture."""
    with Image.open(io.BytesIO(jpeg)) as picture:
        return scenes.read(np.asarray(picture.convert("L")))


class WebPeer(ThreadingHTTPServer):
    """
    The server; everything that was asked stands in `asked`.

    ``/snap.jpg`` gives the next picture, ``/cam.mjpg?parts=KIND`` pictures in parts
    that are ``good``, without lengths (``bare``), with lengths that lie (``lying``) or
    with another boundary than was told (``other``). Whatever is in `routes` goes first.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.routes: dict[str, Callable[[BaseHTTPRequestHandler], None]] = {}
        self.folder: Path | None = None
        self.login: tuple[str, str, str] | None = None
        self.scheme = "http"
        self.rate_hz = 20.0
        self.ended = threading.Event()
        self.number = 0
        self.frozen = False
        self._lines: set[object] = set()

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self.server_address[1])

    def address(self, path: str) -> str:
        """Give the address of a path."""
        return f"{self.scheme}://127.0.0.1:{self.port}{path}"

    def give(self, path: str, body: bytes, kind: str = "text/plain") -> None:
        """Answer a path with fixed bytes."""
        self.routes[path] = lambda handler: answer(handler, body, kind)

    def redirect(self, path: str, to: str, status: int = 302) -> None:
        """Answer a path with a redirect."""

        def route(handler: BaseHTTPRequestHandler) -> None:
            handler.send_response(status)
            handler.send_header("Location", to)
            handler.send_header("Content-Length", "0")
            handler.end_headers()

        self.routes[path] = route

    def paths(self) -> list[str]:
        """Give the paths that were asked for, in order."""
        return [path for path, _ in self.asked]

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of a client that went away."""

    def drop_all(self) -> None:
        """Close every connection at once, as a killed server's are."""
        for line in list(self._lines):
            with suppress(OSError):
                line.shutdown(2)  # type: ignore[attr-defined]

    def process_request(self, request: object, client_address: object) -> None:
        """Keep the connection in mind, to drop it."""
        self._lines.add(request)
        super().process_request(request, client_address)  # type: ignore[arg-type]

    def shutdown_request(self, request: object) -> None:
        """Forget a connection."""
        self._lines.discard(request)
        super().shutdown_request(request)  # type: ignore[arg-type]


def answer(
    handler: BaseHTTPRequestHandler, body: bytes, kind: str, status: int = 200
) -> None:
    """Give a whole answer."""
    handler.send_response(status)
    handler.send_header("Content-Type", kind)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: WebPeer
    body: bytes = b""

    def log_message(self, *args: object) -> None:
        """Keep quiet."""

    def do_POST(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        self.body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        self.server.asked.append((self.path, dict(self.headers)))
        if self.server.login and not self._may_enter():
            return
        route = self.server.routes.get(parts.path)
        if route:
            route(self)
        elif parts.path == "/snap.jpg":
            self._snap()
        elif parts.path == "/cam.mjpg":
            self._parts(parse_qs(parts.query).get("parts", ["good"])[0])
        elif self.server.folder and (self.server.folder / parts.path[1:]).is_file():
            self._file(self.server.folder / parts.path[1:])
        else:
            answer(self, b"no such thing", "text/plain", 404)

    def _snap(self) -> None:
        if not self.server.frozen:
            self.server.number += 1
        body = jpeg_of(self.server.number)
        self.send_response(200)
        self.send_header("Content-Type", "image/jpeg")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("ETag", '"the same for ever"')
        self.end_headers()
        self.wfile.write(body)

    def _file(self, path: Path) -> None:
        body = path.read_bytes()
        asked = re.fullmatch(r"bytes=(\d+)-(\d+)", self.headers.get("Range", ""))
        if asked:
            body = body[int(asked[1]) : int(asked[2]) + 1]
        self.send_response(206 if asked else 200)
        self.send_header("Content-Type", "application/octet-stream")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _parts(self, kind: str) -> None:
        self.close_connection = True
        self.send_response(200)
        told = "told" if kind == "other" else "frame"
        self.send_header("Content-Type", f"multipart/x-mixed-replace; boundary={told}")
        self.end_headers()
        ends = time.monotonic() + LONGEST_S
        while not self.server.ended.is_set() and time.monotonic() < ends:
            if self.server.frozen:
                self.server.ended.wait(0.05)
                continue
            self.server.number += 1
            body = jpeg_of(self.server.number)
            head = "--frame\r\nContent-Type: image/jpeg\r\n"
            if kind == "good":
                head += f"Content-Length: {len(body)}\r\n"
            elif kind == "lying":
                head += f"Content-Length: {len(body) // 2}\r\n"
            try:
                self.wfile.write(head.encode() + b"\r\n" + body + b"\r\n")
            except OSError:
                return
            self.server.ended.wait(1 / self.server.rate_hz)

    def _may_enter(self) -> bool:
        assert self.server.login is not None
        kind, user, password = self.server.login
        given = self.headers.get("Authorization", "")
        if kind == "basic":
            right = base64.b64encode(f"{user}:{password}".encode()).decode()
            good, asks = given == f"Basic {right}", f'Basic realm="{REALM}"'
        else:
            good = _fits(given, self.command, user, password)
            asks = f'Digest realm="{REALM}", qop="auth", nonce="{NONCE}", '
            asks += "algorithm=MD5"
        if not good:
            self.send_response(401)
            self.send_header("WWW-Authenticate", asks)
            self.send_header("Content-Length", "0")
            self.end_headers()
        return good


def _fits(given: str, method: str, user: str, password: str) -> bool:
    said = dict(re.findall(r'(\w+)="?([^",]*)"?', given.removeprefix("Digest ")))

    def digest(text: str) -> str:
        return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()

    first = digest(f"{user}:{REALM}:{password}")
    second = digest(f"{method}:{said.get('uri')}")
    middle = f"{said.get('nc')}:{said.get('cnonce')}:{said.get('qop')}"
    right = digest(f"{first}:{NONCE}:{middle}:{second}")
    return given.startswith("Digest ") and said.get("response") == right


@contextmanager
def web_peer(
    *,
    login: tuple[str, str, str] | None = None,
    folder: Path | None = None,
    tls: tuple[Path, Path] | None = None,
) -> Iterator[WebPeer]:
    """
    Run the server in threads of this process.

    `login` is ``("basic" or "digest", user, password)``, `tls` a certificate and key.
    """
    server = WebPeer()
    server.login, server.folder = login, folder
    if tls:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*tls)
        server.socket = context.wrap_socket(server.socket, server_side=True)
        server.scheme = "https"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.ended.set()
        server.shutdown()
        server.drop_all()
        server.server_close()
        thread.join(10)
