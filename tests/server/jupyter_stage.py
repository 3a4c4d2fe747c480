"""A real Jupyter server with the extension, a registry, and a camera with a login."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from websockets.sync.client import ClientConnection, connect

from coveragekit.access import Door, open_door
from coveragekit.registry import cameras, feed_rows, users
from coveragekit.registry.audit import read_log
from tests.access.scene import EVERYTHING, Scene
from tests.browser.bridge_page import free_port
from tests.feeds.peers.web import WebPeer

ROOT = Path(__file__).resolve().parents[2]
CANARY = "hunter2canary"
LOGIN = ("basic", "ann", CANARY)
TOKEN = "let-in-for-tests"  # noqa: S105 - of the tests
CALL = {"code": "call", "case_number": "26-0417"}
# A hub's provider in small: whoever has the token is who the proxy says.
CONFIG = """
from jupyter_server.auth import Authorizer, User
from jupyter_server.auth.identity import PasswordIdentityProvider

class Named(PasswordIdentityProvider):
    def generate_anonymous_user(self, handler):
        named = handler.request.headers.get("X-Signed-On")
        return User(named) if named else super().generate_anonymous_user(handler)

class Careful(Authorizer):
    def is_authorized(self, handler, user, action, resource):
        return not (user.username == "nay" and resource == "coveragekit_feeds")

c.ServerApp.identity_provider_class = Named
c.ServerApp.authorizer_class = Careful
c.ServerApp.jpserver_extensions = {
    "coveragekit.server.jupyter_looks": True,
    **dict.fromkeys(
        ("jupyterlab", "jupyter_lsp", "notebook_shim", "voila.server_extension"), False
    ),
}
c.CoverageKitFeeds.pages_of_one = 3
c.CoverageKitFeeds.roles = {"olga": "officer", "pat": "planner"}
"""


@dataclass
class Line:
    """A page's socket, and all that came."""

    socket: ClientConnection
    heads: list[dict[str, Any]] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)

    def say(self, **told: object) -> None:
        self.socket.send(json.dumps(told))

    def watch(self, camera_id: str, **more: object) -> None:
        told = {"camera_id": camera_id, "purpose": CALL, "form": "best", **more}
        self.say(kind="watch", **told)

    def hear(self, within_s: float = 20.0) -> dict[str, Any]:
        """Give the next message, and acknowledge what it shows."""
        raw = self.socket.recv(within_s)
        assert isinstance(raw, bytes), raw
        self.bodies.append(raw)
        ends = 4 + int.from_bytes(raw[:4], "big")
        head = json.loads(raw[4:ends])
        assert sum(head["sizes"]) == len(raw) - ends
        head["body"] = raw[ends:]
        if "last" in head:
            self.say(kind="ack", index=head["last"])
        self.heads.append(head)
        return head

    def until(self, kind: str, state: str | None = None) -> dict[str, Any]:
        """Hear until a kind of message, and a state, has come."""
        ends_s = time.monotonic() + 30
        while True:
            head = self.hear()
            if head["kind"] == kind and head.get("state") == state:
                return head
            assert time.monotonic() < ends_s, self.heads[-3:]


@dataclass
class Stage:
    """The server, its registry and how it is asked."""

    folder: Path
    port: int
    door: Door
    scene: Scene
    base: str
    said: list[bytes] = field(default_factory=list)

    def camera(self, peer: WebPeer, **values: object) -> str:
        """Have an owner integrate a camera, which the peer films."""
        end = self.door.registry.clock() + timedelta(days=30)
        number = len(self.scene.made)
        camera_id = self.scene.integrated(
            EVERYTHING, expires_at=end, feed_ref=f"lake-{number}", **values
        )
        with self.door.registry.write() as connection:
            address = peer.address(f"/cam.mjpg?of={number}")
            feed = {"name": f"lake-{number}", "address": address}
            feed_rows.add_feed(connection, feed, by="test")
            login = {"camera_id": camera_id, "store": "file", "reference": "lake"}
            cameras.add_credential(connection, login, by="test")
        return camera_id

    def list_user(self, name: str, role: str) -> None:
        """Have the registry list somebody."""
        with self.door.registry.write() as connection:
            users.add_user(connection, {"name": name, "role": role}, by="test")

    def ask(
        self, method: str, path: str, told: object = None, **headers: str
    ) -> http.client.HTTPResponse:
        """Send one request; its whole answer stands in ``text``."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        body = None if told is None else json.dumps(told)
        named = {one.replace("_", "-"): text for one, text in headers.items()}
        connection.request(method, self.base + path, body, named)
        answer = connection.getresponse()
        answer.text = answer.read()  # type: ignore[attr-defined]
        self.said.append(answer.text + str(answer.headers).encode())  # type: ignore[attr-defined]
        connection.close()
        return answer

    def sign_on(self, name: str) -> dict[str, str]:
        """Give the cookies of one who signed on."""
        told = self.ask(
            "GET", "api/me", Authorization=f"token {TOKEN}", X_Signed_On=name
        )
        assert told.status == 200
        kept = told.headers.get_all("Set-Cookie") or []
        page = self.ask("GET", "login")
        kept += page.headers.get_all("Set-Cookie") or []
        cookies = dict(one.partition(";")[0].split("=", 1) for one in kept)
        return {
            "Cookie": "; ".join(f"{key}={value}" for key, value in cookies.items()),
            "X_XSRFToken": cookies.get("_xsrf", ""),
        }

    @contextlib.contextmanager
    def line(
        self,
        name: str | None,
        *,
        token: str | None = TOKEN,
        cookie: str | None = None,
        origin: str | None = None,
    ) -> Iterator[Line]:
        """Open a socket as a page of somebody does."""
        headers = {} if token is None else {"Authorization": f"token {token}"}
        if name is not None:
            headers["X-Signed-On"] = name
        if cookie is not None:
            headers["Cookie"] = cookie
        url = f"ws://127.0.0.1:{self.port}{self.base}coveragekit/feeds/line"
        given = {"additional_headers": headers, "proxy": None, "compression": None}
        with connect(url, origin=origin, **given) as socket:
            line = Line(socket)
            try:
                yield line
            finally:
                self.said += line.bodies

    def lines_of(self, camera_id: str) -> list[Any]:
        """Give what the log says of looks at a camera."""
        asked = {"action": "view_live", "object_id": camera_id}
        with self.door.registry.read() as connection:
            return [one.entry for one in read_log(connection, **asked)]

    @property
    def log(self) -> str:
        return (self.folder / "server.log").read_text("utf-8")


def is_up(port: int, path: str) -> bool:
    """Whether a server answers."""
    with contextlib.suppress(OSError, http.client.HTTPException):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        connection.request("GET", path)
        connection.getresponse().close()
        connection.close()
        return True
    return False


def settings(folder: Path, port: int) -> dict[str, str]:
    """Write the settings of feeds; give the environment in which they hold."""
    secrets = folder / "secrets"
    secrets.mkdir()
    kept = secrets / "lake"
    kept.write_text(f"{LOGIN[1]}:{LOGIN[2]}")
    kept.chmod(0o600)
    (folder / "feeds.toml").write_text(
        f'secrets = "secrets"\nexempt = ["127.0.0.1:{port}"]\n'
    )
    return {
        "COVERAGEKIT_FEEDS": str(folder / "feeds.toml"),
        "COVERAGEKIT_REGISTRY": str(folder / "registry.sqlite"),
        "COVERAGEKIT_CHECKPOINTS": str(folder / "checkpoints"),
        "COVERAGEKIT_AUDIT_KEY": str(folder / "audit.pem"),
        "COVERAGEKIT_LOG": str(folder / "log"),
        "JUPYTER_CONFIG_DIR": str(folder / "config"),
        "JUPYTER_RUNTIME_DIR": str(folder / "runtime"),
        "JUPYTER_DATA_DIR": str(folder / "data"),
        "PYTHONPATH": str(ROOT),
    }


@contextlib.contextmanager
def staged(
    folder: Path, peer: WebPeer, *, base: str = "/town/", config: str = CONFIG
) -> Iterator[Stage]:
    """Run the server."""
    env = {**os.environ, **settings(folder, peer.port)}
    (folder / "config").mkdir()
    (folder / "config" / "jupyter_server_config.py").write_text(config)
    with open_door(folder / "registry.sqlite", create=True, sign=False) as door:
        port = free_port()
        stage = Stage(folder, port, door, Scene(door), base)
        command = [sys.executable, "-m", "jupyter_server", "--no-browser"]
        command += ["--allow-root", f"--port={port}", f"--ServerApp.base_url={base}"]
        command += [f"--IdentityProvider.token={TOKEN}", "--debug"]
        command += [f"--ServerApp.root_dir={folder}", "--ServerApp.port_retries=0"]
        with (folder / "server.log").open("wb") as log:
            process = subprocess.Popen(
                command, env=env, cwd=folder, stdout=log, stderr=subprocess.STDOUT
            )
            try:
                ends_s = time.monotonic() + 60
                while not is_up(port, f"{base}api"):
                    assert process.poll() is None, stage.log
                    assert time.monotonic() < ends_s, stage.log
                    time.sleep(0.05)
                yield stage
            finally:
                process.terminate()
                try:
                    process.wait(20)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()
