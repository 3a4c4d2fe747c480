"""What the tests of the owner's form share: a form before a registry, and its steps."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING

from playwright.sync_api import expect

from coveragekit import access
from coveragekit.server import Front, Registered, serve_public
from tests.browser.helpers import serious_faults
from tests.server.conftest import FREELY
from tests.server.corner import build_corner

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Page

    from coveragekit.access import Door
    from coveragekit.server import Public

__all__ = [
    "BOSS",
    "MODERATE",
    "TOUCH",
    "check",
    "describe",
    "fill_people",
    "go_on",
    "listed",
    "place",
    "search",
    "sign",
    "submissions",
    "the_form",
    "the_registry",
]

BOSS = access.User("Kim Tester", "administrator", "local")
MODERATE = access.Purpose("administration")
TOUCH = {"has_touch": True, "is_mobile": True}


def the_registry(folder: Path) -> Door:
    """Give a registry that has nothing yet."""
    return access.create_registry(BOSS, folder / "registry.db", sign=False)


@contextmanager
def the_form(door: Door, folder: Path) -> Iterator[Public]:
    """Serve the form of the corner."""
    study = build_corner(folder / "corner")
    front = Front(agency="Corner Police", contact="404 555 0100")
    with serve_public(
        study.path, Registered(door), front=front, allowed=FREELY
    ) as served:
        yield served


def submissions(door):
    """Give what waits for the agency."""
    return access.list_submissions(BOSS, MODERATE, registry=door).rows


def go_on(page: Page, path: str) -> None:
    """Press the button that leads on, and wait for the next page."""
    page.locator("button.first").click()
    expect(page).to_have_url(re.compile(rf"/{path}$"))
    expect(page.locator("h1")).to_be_visible()


def check(page: Page) -> None:
    """Look for faults that shut people out, and for what does not fit the screen."""
    assert serious_faults(page) == []
    wide = page.evaluate(
        "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
    )
    assert wide[0] <= wide[1]


def search(page: Page, text: str, name: str) -> None:
    """Type an address and choose what is found."""
    page.locator("#q").fill("")
    page.locator("#q").press_sequentially(text)
    listed(page, text)
    page.get_by_role("option", name=name).first.click()
    expect(page.locator("#found")).to_be_hidden()


def listed(page: Page, text: str) -> None:
    """Wait until the list is the one of all that was typed: it changes no more."""
    expect(page.locator("#found")).to_have_attribute("data-q", text)
    expect(page.get_by_role("option").first).to_be_visible()


def place(page: Page) -> None:
    """Say where the camera hangs, and go on."""
    search(page, "12 oak", "12 Oak Street")
    expect(page.locator("#address")).to_have_value("12 Oak Street")
    expect(page.locator("[data-map]")).to_have_attribute("data-near", "told")
    page.locator("input[name=site_kind][value=business]").check()
    go_on(page, "aim")


def describe(page: Page) -> None:
    """Answer the three questions, and go on."""
    page.locator("input[name=kind][value=dome]").check()
    page.locator("input[name=height][value=ceiling]").check()
    page.locator("input[name=width][value=wide]").check()
    go_on(page, "people")


def fill_people(page: Page) -> None:
    """Say how long pictures are kept and whom to ask, and go on."""
    page.locator("#retention_days").fill("14")
    page.locator("#owner_name").fill("Corner Café LLC")
    page.locator("input[name=owner_kind][value=business]").check()
    page.locator("#contact_name").fill("Ana Ruiz")
    page.locator("#phone").fill("(404) 555-0123")
    page.locator("#email").fill("ana@example.org")
    page.locator("input[name=signer_capacity][value=owner]").check()
    go_on(page, "consent")


def sign(page: Page) -> None:
    """Type the signature, and send it all."""
    page.locator("#signer").fill("Ana Ruiz")
    page.locator("#true").check()
    page.locator("form[data-step=sign] button.first").click()
    expect(page).to_have_url(re.compile("/receipt$"))
