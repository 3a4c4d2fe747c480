"""What a page says where its server shares no camera, and when the line breaks."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route, WebSocketRoute, expect

from coveragekit.live.scripts import script
from coveragekit.server.jupyter_line import packed
from tests.feeds.peers.web import jpeg_of

pytestmark = pytest.mark.browser
# No server is here: the browser itself answers for it.
SITE = "http://127.0.0.1:9"
WISH = {"camera_id": "cam_1", "purpose": {"code": "call"}, "want": "main"}
PAGE = """<!doctype html><meta charset="utf-8"><title>A notebook</title>
<script id="jupyter-config-data" type="application/json">{"baseUrl": "/town/"}</script>
<main id="here"></main><script type="module">
import shared from "/shared.js";
const heard = {};
const model = {
  get: () => "a note",
  on: (name, act) => { heard[name] = act; }, off: () => {},
  send: (what) => {
    if (what.kind === "hello") heard["msg:custom"]({kind: "wish", wish: %s}, []);
  },
};
window.leave = shared.render({ model, el: document.getElementById("here") });
</script>"""
ABOUT = {"kind": "about", "name": "Lake Drive", "form": "jpeg", "is_masked": False}


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """Give a page that will ask a server for a camera."""
    context = browser.new_context(viewport={"width": 700, "height": 600})
    opened = context.new_page()
    text = PAGE % json.dumps(WISH)
    opened.route(f"{SITE}/**", lambda route: route.fulfill(status=404, body="<p>no"))
    opened.route(
        f"{SITE}/", lambda route: route.fulfill(body=text, content_type="text/html")
    )
    code = script("player.js", "shared.js")
    opened.route(
        f"{SITE}/shared.js",
        lambda route: route.fulfill(body=code, content_type="text/javascript"),
    )
    yield opened
    context.close()


def _answers(page: Page, **told: Any) -> None:
    page.route(f"{SITE}/town/coveragekit/feeds", lambda route: route.fulfill(**told))


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({"status": 404, "body": "<p>404"}, "This server shares no cameras"),
        ({"status": 200, "body": "<p>Sign on"}, "This server shares no cameras"),
        (
            {"status": 403, "json": {"message": "a shared token names nobody"}},
            "A shared token names nobody",
        ),
    ],
)
def test_a_page_says_why_its_server_shows_nothing(
    page: Page, told: dict[str, Any], words: str
) -> None:
    _answers(page, **told)
    page.goto(f"{SITE}/")
    expect(page.locator('.ckl[data-state="refused"]')).to_be_visible()
    expect(page.locator(".ckl-veil")).to_contain_text(words)


def test_a_broken_line_is_opened_again_and_one_closed_by_rule_is_not(
    page: Page,
) -> None:
    lines: list[WebSocketRoute] = []
    said: list[dict[str, Any]] = []

    def serve(line: WebSocketRoute) -> None:
        lines.append(line)

        def hear(text: str | bytes) -> None:
            said.append(json.loads(text))
            if said[-1]["kind"] != "watch":
                return
            shown = {"kind": "picture", "last": 1, "is_masked": False, "width": 640}
            shown |= {"height": 360, "came_at": "2026-05-04T12:00:00+00:00"}
            playing = {"kind": "state", "state": "playing", "words": "", "fault": ""}
            line.send(packed(ABOUT, []))
            line.send(packed(playing, []))
            line.send(packed(shown, [jpeg_of(1)]))

        line.on_message(hear)

    _answers(page, status=200, json={"user": "kim", "role": "officer"})
    page.route_web_socket("**/town/coveragekit/feeds/line", serve)
    page.goto(f"{SITE}/")
    expect(page.locator(".ckl-name")).to_have_text("Lake Drive")
    expect(page.locator(".ckl-image")).to_have_js_property("naturalWidth", 640)
    assert said[0] == {**WISH, "kind": "watch", "form": "best"}

    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route(f"{SITE}/town/coveragekit/feeds", hold)
    lines[0].close(code=1011)
    expect(page.locator('.ckl[data-state="offline"]')).to_be_visible()
    expect(page.locator(".ckl-veil")).to_contain_text("line to the server was lost")
    while not held:
        page.wait_for_timeout(50)
    held[0].fulfill(json={"user": "kim", "role": "officer"})
    page.wait_for_function("document.querySelector('.ckl').dataset.state !== 'offline'")
    assert len(lines) == 2

    lines[1].close(code=1008, reason="this page looked at nothing")
    expect(page.locator('.ckl[data-state="refused"]')).to_be_visible()
    expect(page.locator(".ckl-veil")).to_contain_text("This page looked at nothing")
    page.evaluate("window.leave()")
    expect(page.locator(".ckl")).to_have_count(0)
    assert len(lines) == 2
