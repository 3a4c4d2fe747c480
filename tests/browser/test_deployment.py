"""The documented deployment: nginx, a sign-on proxy, and the settings beside them."""

from __future__ import annotations

import contextlib
import http.server
import re
import shutil
import socket
import ssl
import subprocess
import threading
import time
import tomllib
import urllib.error
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from coveragekit.dashboards import serve_planner
from coveragekit.dashboards.serving import read_serving
from tests.browser.serving import READY

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [pytest.mark.browser, pytest.mark.slow]
DOCS = Path(__file__).parents[2] / "docs" / "deployment"
SECRET = "nobody else knows what nginx sends along"  # noqa: S105 - of this test


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def nginx() -> str:
    """Path of nginx; the tests are skipped without."""
    found = shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/sbin")
    if found is None or shutil.which("openssl") is None:
        pytest.skip("no nginx found; enable with: apt-get install nginx-light openssl")
    return found


class SignOn(http.server.BaseHTTPRequestHandler):
    """Answer as oauth2-proxy does: who has the cookie is signed on."""

    def do_GET(self) -> None:
        """Say who it is."""
        who = re.search(r"who=([\w@.]+)", self.headers.get("Cookie", ""))
        if self.path.startswith("/oauth2/sign_in"):
            self._say(403, b"sign on, please")
        elif who is None:
            self._say(401, b"")
        else:
            self._say(202, b"", who.group(1))

    def _say(self, status: int, body: bytes, who: str = "") -> None:
        self.send_response(status)
        if who:
            self.send_header("X-Auth-Request-Email", who)
            self.send_header("X-Auth-Request-Groups", "staff,coverage-planners")
            self.send_header("Set-Cookie", "refreshed=1; Path=/; Secure; HttpOnly")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Stay silent."""


@pytest.fixture(scope="module")
def sign_on() -> Iterator[int]:
    """Give the port of a sign-on."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), SignOn) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port
        server.shutdown()


def _configured(folder: Path, ports: dict[str, int]) -> Path:
    """Give nginx the documented file, with the ports and files of this test."""
    certificate, key = folder / "fullchain.pem", folder / "privkey.pem"
    made = [
        *["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"],
        "-subj",
    ]
    made += ["/CN=localhost", "-keyout", str(key), "-out", str(certificate)]
    subprocess.run(made, check=True, capture_output=True)
    secret = folder / "secret.conf"
    secret.write_text(f'proxy_set_header X-Coveragekit-Secret "{SECRET}";\n', "utf-8")
    text = (DOCS / "nginx.conf").read_text("utf-8")
    for former, present in (
        ("listen [::]:80;", ""),
        ("listen [::]:443 ssl;", ""),
        ("listen 80;", f"listen 127.0.0.1:{ports['http']};"),
        ("listen 443 ssl;", f"listen 127.0.0.1:{ports['https']} ssl;"),
        ("city.example", "localhost"),
        ("/etc/ssl/coveragekit/fullchain.pem", str(certificate)),
        ("/etc/ssl/coveragekit/privkey.pem", str(key)),
        ("/etc/nginx/coveragekit-secret.conf", str(secret)),
        ("127.0.0.1:8866", f"127.0.0.1:{ports['engine']}"),
        ("127.0.0.1:4180", f"127.0.0.1:{ports['sign_on']}"),
    ):
        assert former in text, former
        text = text.replace(former, present)
    (folder / "coveragekit.conf").write_text(text, "utf-8")
    kept = "".join(
        f"{name}_temp_path {folder}/{name};\n"
        for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    whole = folder / "nginx.conf"
    whole.write_text(
        f"pid {folder}/pid;\nerror_log {folder}/error.log;\nevents {{}}\n"
        f"http {{\naccess_log off;\n{kept}include {folder}/coveragekit.conf;\n}}\n",
        "utf-8",
    )
    return whole


@pytest.fixture(scope="module")
def site(nginx, sign_on, town, log_file, tmp_path_factory) -> Iterator[str]:
    """Serve the town as the documentation says, and give its address."""
    folder = tmp_path_factory.mktemp("nginx")
    folder.chmod(0o755)
    (folder / "proxy-secret").write_text(SECRET + "\n", "utf-8")
    settings = folder / "serve.toml"
    shutil.copy(DOCS / "serve.toml", settings)
    engine = _free_port()
    ports = {"http": _free_port(), "https": _free_port(), "engine": engine}
    whole = _configured(folder, {**ports, "sign_on": sign_on})
    tested = subprocess.run(
        [nginx, "-t", "-c", str(whole)], capture_output=True, text=True, check=False
    )
    assert tested.returncode == 0, tested.stderr
    with serve_planner(
        town.path, port=engine, serving=read_serving(settings)
    ) as served:
        assert "token" not in served.url
        process = subprocess.Popen([nginx, "-c", str(whole), "-g", "daemon off;"])
        try:
            _wait_for(ports["https"])
            yield f"https://localhost:{ports['https']}/"
        finally:
            process.terminate()
            process.wait(20)


def _wait_for(port: int) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        with (
            contextlib.suppress(OSError),
            socket.create_connection(("127.0.0.1", port), 1),
        ):
            return
        time.sleep(0.05)


def _ask(url: str, headers: dict[str, str]) -> tuple[int, str, dict[str, str]]:
    trusting = ssl.create_default_context()
    trusting.check_hostname = False
    trusting.verify_mode = ssl.CERT_NONE
    request = urllib.request.Request(url, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=60, context=trusting) as answer:
            return answer.status, answer.read().decode("latin-1"), dict(answer.headers)
    except urllib.error.HTTPError as refused:
        return refused.code, refused.read().decode("utf-8"), dict(refused.headers)


def test_the_documented_settings_are_settings(tmp_path) -> None:
    shutil.copy(DOCS / "serve.toml", tmp_path)
    (tmp_path / "proxy-secret").write_text(SECRET, "utf-8")

    read = read_serving(tmp_path / "serve.toml")

    assert read.proxy is not None
    assert read.proxy.groups["coverage-planners"] == "planner"
    tomllib.loads((DOCS / "oauth2-proxy.cfg").read_text("utf-8"))


def test_who_is_not_signed_on_is_asked_to(site) -> None:
    claims = {
        "X-Forwarded-User": "kim@city.example",
        "X-Forwarded-Groups": "coverage-admins",
        "X-Coveragekit-Secret": "guessed",
    }

    for path in ("", "voila/static/voila.js", "api/kernels/x"):
        status, text, _ = _ask(site + path, claims)
        assert (status, text) == (403, "sign on, please")


def test_nobody_can_say_who_they_are_themselves(site) -> None:
    claims = {"X-Forwarded-User": "chief", "X-Forwarded-Groups": "coverage-admins"}

    status, text, headers = _ask(site, {"Cookie": "who=kim@city.example", **claims})

    assert status == 200
    assert "max-age" in headers["Strict-Transport-Security"]
    assert "chief" not in text


def test_programs_are_packed_and_kept_and_health_needs_no_sign_on(site) -> None:
    asked = {"Cookie": "who=kim@city.example", "Accept-Encoding": "gzip"}

    _, _, headers = _ask(site + "voila/static/voila.js", asked)

    assert headers["Content-Encoding"] == "gzip"
    assert headers["Set-Cookie"].startswith("refreshed=1")
    assert headers["Cache-Control"] == "private, max-age=3600"
    assert _ask(site + "coveragekit/health", {})[0] == 200


def test_the_page_opens_through_nginx_under_the_name_of_the_sign_on(
    site, browser
) -> None:
    context = browser.new_context(ignore_https_errors=True)
    context.add_cookies([{"name": "who", "value": "kim@city.example", "url": site}])
    outside = []
    context.on(
        "request",
        lambda one: (
            None
            if one.url.startswith(
                (site, site.replace("https", "wss"), "data:", "blob:")
            )
            else outside.append(one.url)
        ),
    )
    page = context.new_page()
    page.goto(site, timeout=90_000)
    page.wait_for_selector(READY, state="attached", timeout=90_000)

    user = page.get_by_role("banner").get_by_text("kim@city.example, planner")
    expect(user).to_be_visible()
    assert outside == []
    assert all(one["secure"] for one in context.cookies() if one["name"] == "_xsrf")
    context.close()
