"""What owners and devices entrusted reaches no page that did not ask for it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Response, WebSocket, expect

from coveragekit import access
from coveragekit.access import Purpose, User, open_door
from coveragekit.dashboards import serve_planner, serve_registry_desk
from coveragekit.dashboards.serving import Serving
from coveragekit.server import Front, Registered, serve_public
from tests.browser.conftest import DESK, OPEN_MS, OTHER_MS, wait_until_drawn
from tests.canaries import (
    CREDENTIAL,
    FEED,
    MAIL,
    PERSON,
    PHONE,
    SECRET,
    SIGNER,
    check,
)
from tests.registered import Registered as Town
from tests.registered import register_town, settings_of
from tests.server.conftest import FREELY
from tests.server.visitor import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PAGES = (
    *("", "terms", "register/where", "register/aim", "register/camera"),
    *("register/people", "register/consent", "register/sign", "receipt"),
    *("withdraw", "withdraw/done", "withdraw/receipts.txt", "health", "admin", "%00"),
)
KIM = User("kim", "administrator", "local")
OFFICE = Purpose("administration")


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """Give a built city of a registry that holds the canaries."""
    folder = tmp_path_factory.mktemp("canaries")
    with pytest.MonkeyPatch.context() as settings:
        for name, value in settings_of(folder).items():
            settings.setenv(name, value)
        settings.setenv(CREDENTIAL, SECRET)
        made = register_town(folder)
        with open_door(made.url) as door:
            _plant(door, made.ids()[0])
        yield made


def _plant(door: access.Door, camera_id: str) -> None:
    def add(kind: str, **values: object) -> None:
        access.add_row(KIM, OFFICE, kind, values=values, registry=door)

    camera = access.get_row(KIM, OFFICE, "camera", key=camera_id, registry=door)
    site = access.get_row(KIM, OFFICE, "site", key=camera.site_id, registry=door)
    owner = {"owner_id": site.owner_id}
    add("contact", **owner, name=PERSON, phone=PHONE, email=MAIL)
    add("authority", **owner, site_id=site.site_id, capacity="tenant", signer=SIGNER)
    add("credential", camera_id=camera_id, store="environment", reference=CREDENTIAL)
    add("feed", name="lobby-1", address=f"rtsp://{FEED}/1", tls="verify")
    access.change_row(
        KIM,
        OFFICE,
        "camera",
        key=camera_id,
        values={"feed_ref": "lobby-1"},
        revision=camera.revision,
        registry=door,
    )
    near = {"lon": camera.lon, "lat": camera.lat}
    payload = {
        "format": 1,
        "text_version": access.consent_text("registration", "en").version,
        "owner": {"name": "Bakery", "kind": "business"},
        "contact": {"name": PERSON, "phone": PHONE, "email": MAIL},
        "site": {"kind": "business", "address": "9 Maple Street", **near},
        "authority": {"capacity": "owner", "signer": SIGNER},
        "cameras": [{**near, "kind": "dome"}],
    }
    access.submit(payload, language="en", registry=door)


class Heard:
    """All that reaches a page: what is fetched, what is said, what is drawn."""

    def __init__(self, browser: Browser) -> None:
        self.context = browser.new_context(viewport=DESK, accept_downloads=True)
        self.context.set_default_timeout(OTHER_MS)
        self.page = self.context.new_page()
        self.frames: list[str] = []
        self._answers: list[Response] = []
        self.page.on("websocket", self._listen)
        self.page.on("response", self._answered)

    def _answered(self, answer: Response) -> None:
        self._answers.append(answer)

    def _listen(self, socket: WebSocket) -> None:
        socket.on("framereceived", self._keep)
        socket.on("framesent", self._keep)

    def _keep(self, frame: str | bytes) -> None:
        self.frames.append(frame if isinstance(frame, str) else frame.decode("latin-1"))

    def check(self, where: str) -> None:
        """Fail where a canary is in any of it by now."""
        check(self.page.content(), f"{where}: what is drawn")
        for frame in self.frames:
            check(frame, f"{where}: a message")
        for answer in self._answers:
            kind = answer.headers.get("content-type", "")
            if answer.status == 200 and re.search("html|json|text|script", kind):
                check(answer.text(), f"{where}: {answer.url}")


@pytest.fixture
def heard(browser: Browser) -> Iterator[Heard]:
    """Listen to a page from its first byte."""
    listening = Heard(browser)
    yield listening
    listening.context.close()


def go_to_tab(page: Page, name: str) -> None:
    """Open a part of the desk and wait until it is the one that is shown."""
    tab = page.locator(f"#ck-rd-tab-{name}")
    tab.click()
    expect(tab).to_have_attribute("aria-selected", "true")


def test_the_planner_and_its_messages_hold_none(
    town: Town, heard: Heard, log_file: str
) -> None:
    with serve_planner(town.study.path, user="Pat Planner", role="planner") as served:
        heard.page.goto(served.url, timeout=OPEN_MS)
        wait_until_drawn(heard.page)
        heard.check("planner")

    assert len(heard.frames) > 20
    check(Path(log_file).read_text("utf-8"), "the servers' log")


def test_the_desk_holds_none_until_somebody_asks(
    town: Town, heard: Heard, log_file: str
) -> None:
    serving = Serving(user="kim", role="administrator")
    with serve_registry_desk(
        town.study.path, registry=town.url, serving=serving
    ) as served:
        page = heard.page
        page.goto(served.url, timeout=OPEN_MS)
        page.wait_for_selector("[data-ck-ready]", state="attached", timeout=OPEN_MS)
        expect(page.locator("#loading")).to_have_count(0)
        row = page.get_by_role("button", name=re.compile("^9 Maple Street"))
        row.click()
        expect(page.locator(".ck-rd-detail h2")).to_have_text("9 Maple Street")
        heard.check("desk, the queue")
        go_to_tab(page, "cameras")
        expect(page.locator(".ck-rd-table tbody tr").first).to_be_visible()
        heard.check("desk, the cameras")

        # and there it is where it was asked for: this test can hear
        go_to_tab(page, "queue")
        page.get_by_label("Purpose").select_option("owner_request")
        row.click()
        page.get_by_role("button", name="Show the contact").click()
        expect(page.locator(".ck-rd-detail")).to_contain_text(PHONE)
        with pytest.raises(AssertionError, match="Quetzal"):
            heard.check("desk, on purpose")

    check(Path(log_file).read_text("utf-8"), "the servers' log")


def test_the_form_holds_none_whatever_a_visitor_tries(
    town: Town, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    heard = []
    front = Front(agency="City Police", contact="404 555 0100")
    with (
        open_door(town.url) as door,
        serve_public(
            town.study.path, Registered(door), front=front, allowed=FREELY
        ) as form,
    ):
        for language in ("en", "es"):
            visitor = Visitor(form.url, language=language)
            for path in PAGES:
                heard.append(visitor.get(path).text)
            for words in ("Maple", "Quetzal", "9 Maple", "' OR 1=1 --"):
                visitor.get("register/where")
                found = visitor.call("search", {"q": words})
                assert found.status == 200
                heard.append(found.text)
            for code in ("ABCDE-FGHJK-01234-56789", "x" * 9999):
                visitor.get("withdraw")
                left = {"code": code, "contact": "someone@else.test"}
                heard.append(visitor.post("withdraw", left).text)
            visitor.get("register/people")
            heard.append(visitor.post("register/people", {"email": "no"}).text)
    # what a visitor typed may be shown to that visitor again: the search for a name
    for one in heard:
        check(
            one, "the form", (PHONE, MAIL, SIGNER, SECRET, CREDENTIAL, FEED, "Marrow")
        )
    check(caplog.text, "the form's log", (PHONE, MAIL, SIGNER, SECRET, FEED, PERSON))
