"""How a dashboard is served: to this machine only, safely, and to the end."""

from __future__ import annotations

import http.client
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from coveragekit.dashboards import serve_planner
from coveragekit.dashboards.serving import Serving
from coveragekit.errors import InputError, StudyError
from tests.browser.serving import kernels_of

pytestmark = [pytest.mark.browser, pytest.mark.slow]


READY = "[data-ck-ready]"
needs_proc = pytest.mark.skipif(
    not Path("/proc/self/stat").is_file(), reason="needs /proc (Linux)"
)


def _ask(port: int, path: str, *, host: str | None = None) -> http.client.HTTPResponse:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        headers = {"Host": host} if host else {}
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        answer.read()
        return answer
    finally:
        connection.close()


def _port(served) -> int:
    return urlsplit(served.url).port


def test_no_file_is_served(served) -> None:
    for name in ("planner.ipynb", "README.md", "x.png", "../pyproject.toml"):
        assert _ask(_port(served), f"/voila/files/{name}").status in {403, 404}


def test_a_foreign_host_name_is_refused(served) -> None:
    assert _ask(_port(served), "/voila/static/voila.js").status == 200
    assert _ask(_port(served), "/", host="evil.example").status == 403


def test_it_listens_on_the_loopback_interface_only(served) -> None:
    port = _port(served)
    hex_port = f"{port:04X}"
    table = Path("/proc/net/tcp")
    if not table.exists():
        pytest.skip("needs /proc/net/tcp (Linux)")

    lines = [line.split() for line in table.read_text("utf-8").splitlines()[1:]]
    listening = [line[1] for line in lines if line[3] == "0A"]

    assert [one for one in listening if one.endswith(f":{hex_port}")] == [
        f"0100007F:{hex_port}"
    ]


def test_the_page_s_own_policy_refuses_other_hosts(browser, served) -> None:
    page = browser.new_page()
    page.goto(served.url, timeout=90_000)

    refused = page.evaluate(
        """async () => {
          const told = new Promise((done) => document.addEventListener(
            'securitypolicyviolation', (event) => done(event.blockedURI)));
          fetch('https://example.org/').catch(() => {});
          return told;
        }"""
    )

    assert refused.startswith("https://example.org")
    page.close()


def test_a_study_that_is_damaged_while_served_gives_a_plain_page(
    town, tmp_path, log_file, open_page
) -> None:
    copy = tmp_path / "broken"
    shutil.copytree(town.path, copy)
    with serve_planner(copy, serving=Serving(preheat=0)) as broken:
        (copy / "results" / "view" / "city" / "city.json").unlink()
        page = open_page(broken.url, wait_for="[role=alert]")

        message = page.locator("[role=alert]", has_text="Could not open the planner")
        expect(message).to_contain_text("build the study again: coveragekit build")
        expect(page.locator("#loading")).to_have_count(0)
        text = page.locator("body").inner_text()
        page.close()

    assert "Traceback" not in text
    assert text.split("Reference ")[1][:6] in Path(log_file).read_text("utf-8")


def test_a_study_of_another_version_is_refused_at_once(town, tmp_path) -> None:
    copy = tmp_path / "former"
    shutil.copytree(town.path, copy)
    shutil.rmtree(copy / "results" / "view")

    with pytest.raises(StudyError, match="build the study first: coveragekit build"):
        serve_planner(copy)


def test_a_busy_port_is_refused_in_one_sentence(town, served) -> None:
    port = _port(served)

    with pytest.raises(
        InputError, match=rf"port {port} cannot be used: .*choose another"
    ):
        serve_planner(town.path, port=port)


@pytest.mark.parametrize("port", [-1, 65536])
def test_a_port_out_of_range_is_refused(town, port) -> None:
    with pytest.raises(InputError, match=r"allowed: 1 to 65535, or 0"):
        serve_planner(town.path, port=port)


def test_a_role_that_there_is_not_is_refused(town) -> None:
    with pytest.raises(InputError, match="there is no role 'king'; allowed: analyst"):
        serve_planner(town.path, role="king")


def test_a_folder_that_is_no_study_is_refused(tmp_path) -> None:
    with pytest.raises(StudyError, match="is not a study"):
        serve_planner(tmp_path)


@needs_proc
def test_a_closed_page_ends_its_kernel(town, log_file, browser) -> None:
    with serve_planner(town.path, serving=Serving(preheat=0)) as alone:
        page = browser.new_page()
        page.goto(alone.url, timeout=90_000)
        page.wait_for_selector(READY, state="attached", timeout=90_000)
        assert len(kernels_of(alone)) == 1

        page.goto("about:blank")

        until = time.monotonic() + 60
        while kernels_of(alone) and time.monotonic() < until:
            time.sleep(0.1)
        assert kernels_of(alone) == []


def _is_listening(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1.0)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_to_stop_twice_is_to_stop_once(town, log_file) -> None:
    served = serve_planner(town.path)
    port = _port(served)
    assert _is_listening(port)

    served.stop()
    served.stop()

    assert not _is_listening(port)
    assert not served.is_running()


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such signals")
@pytest.mark.parametrize("name", ["SIGINT", "SIGKILL"])
def test_nothing_is_left_behind_when_the_parent_ends(town, log_file, name) -> None:
    code = (
        "import sys\n"
        "from coveragekit.dashboards import serve_planner\n"
        "served = serve_planner(sys.argv[1])\n"
        "try:\n"
        "    print(served.url, flush=True)\n"
        "    served.wait()\n"
        "except KeyboardInterrupt:\n"
        "    served.stop()\n"
        "    print('stopped', flush=True)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(town.path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as parent:
        url = parent.stdout.readline().strip()
        port = urlsplit(url).port
        assert _is_listening(port)

        parent.send_signal(getattr(signal, name))
        out, err = parent.communicate(timeout=60)

    until = time.monotonic() + 60
    while _is_listening(port) and time.monotonic() < until:
        time.sleep(0.1)
    assert not _is_listening(port)
    assert err == ""
    if name == "SIGINT":
        assert out.strip() == "stopped"
