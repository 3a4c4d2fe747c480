"""An owner leaves while the page is open, and zones that no camera may look into."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from playwright.sync_api import expect

from coveragekit.dashboards import serve_planner
from coveragekit.view import Store, mercator
from tests.browser.helpers import find, go_to, map_box, pixel_of, settled
from tests.registered import Registered, apart, register_town

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Page

    from coveragekit.dashboards import Served

pytestmark = [pytest.mark.browser, pytest.mark.slow]

# A page asks every half minute, and an answer is at most a quarter of one old; the
# rest is patience for a busy machine.
PATIENCE_MS = 240_000
ZONE_WORDS = "Privacy zone: no camera may look there"


@pytest.fixture(scope="module")
def registered(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registered]:
    folder = tmp_path_factory.mktemp("registered")
    with pytest.MonkeyPatch.context() as patch:
        yield apart(register_town(folder / "made"), folder / "used", patch)


@pytest.fixture(scope="module")
def served(registered: Registered, log_file: str, chromium: str) -> Iterator[Served]:
    """Serve the planner of a study that came from a registry."""
    assert log_file
    assert chromium
    assert os.environ["COVERAGEKIT_REGISTRY"] == registered.url
    with serve_planner(
        registered.study.path, user="Pat Planner", role="planner"
    ) as handle:
        yield handle


@pytest.fixture
def page(open_page, served: Served) -> Page:
    return settled(open_page(served.url))


def lone(town: Registered, *, but: str) -> tuple[str, str]:
    """Give id and name of the used camera that stands farthest from any other."""
    store = Store.open(town.study.path)
    merc = store.cameras.merc
    apart_by = np.linalg.norm(merc[:, None] - merc[None], axis=2)
    np.fill_diagonal(apart_by, np.inf)
    alone = apart_by.min(axis=1)
    unfit = ~np.asarray(store.cameras.used)
    unfit[store.cameras.camera_id.find(but)] = True
    row = int(np.where(unfit, -1.0, alone).argmax())
    return store.cameras.camera_id[row], store.cameras.name[row]


def zones_of(page: Page) -> int:
    """Count what the legend of the base map says of zones."""
    row = page.locator("li[data-layer=base]")
    return row.get_by_text(ZONE_WORDS).count()


def test_zones_are_drawn_cut_and_said(page: Page, registered: Registered) -> None:
    store = Store.open(registered.study.path)
    row = store.cameras.camera_id.find(registered.looks_at_zone)
    west, north, east, south = store.zones.shape.box[0].tolist()
    lon, lat = mercator.to_lonlat([(west + east) / 2.0, (north + south) / 2.0])

    legend = page.locator("li[data-layer=base]")
    expect(legend).to_contain_text(ZONE_WORDS)
    go_to(page, store.cameras.name[row])
    facts = page.locator(".ck-camera .ck-facts-list")
    expect(facts).to_contain_text("a privacy zone is left out of its view")
    expect(facts).to_contain_text("for observe by day, alone or with others")

    # A place in the zone is seen by nobody, the camera that looks that way included.
    x, y = pixel_of(page, float(lon), float(lat))
    box = map_box(page)
    assert box["x"] < x < box["x"] + box["width"]
    page.mouse.click(x, y)
    place = page.locator(".ck-place")
    expect(place).to_contain_text("privacy zone", timeout=PATIENCE_MS)
    settled(page)


def test_a_camera_leaves_a_page_that_is_open(
    page: Page, registered: Registered, tmp_path: Path
) -> None:
    key, name = lone(registered, but=registered.looks_at_zone)
    street = page.locator("[data-share=street_length] .ck-value")
    before = street.inner_text()
    banner = page.locator(".ck-gone")
    expect(banner).to_be_hidden()
    points = int(page.evaluate("__ck.visible"))
    go_to(page, name)
    expect(page.locator(".ck-camera h2")).to_have_text(name)
    assert key in saved_cameras(page, tmp_path / "before.csv")

    registered.withdraw(key)

    # Nobody touches the page meanwhile; its files are right at once.
    assert key not in saved_cameras(page, tmp_path / "at-once.csv")
    expect(banner).to_contain_text(
        "1 camera has left since this study was built.", timeout=PATIENCE_MS
    )
    settled(page)
    expect(page.locator(".ck-camera")).to_be_hidden()
    page.get_by_role("button", name="Show the whole study").click()
    settled(page)
    assert int(page.evaluate("__ck.visible")) == points - 1
    expect(street).not_to_have_text(before)
    expect(page.locator("[data-share=street_length]")).to_contain_text("(no interval)")
    expect(page.locator(".ck-numbers")).to_contain_text(
        "the headline numbers are without them"
    )
    banner.locator("summary").click()
    expect(banner).to_contain_text("coveragekit registry study")
    expect(find(page, name)).to_have_count(0)


def saved_cameras(page: Page, path: Path) -> set[str]:
    """Save the table of cameras by the export panel, and give their ids."""
    panel = page.locator(".ck-export")
    panel.get_by_label("Format of the tables").select_option("csv")
    panel.get_by_label("Cameras", exact=True).check()
    with page.expect_download(timeout=180_000) as kept:
        panel.get_by_role("button", name="Save tables").click()
    kept.value.save_as(path)
    settled(page)
    return set(pd.read_csv(path)["camera_id"])


def test_a_page_whose_registry_is_gone_says_so_and_writes_no_cameras(
    open_page, registered: Registered, log_file: str, chromium: str, monkeypatch
) -> None:
    assert log_file
    assert chromium
    nowhere = f"{registered.url}.gone"
    monkeypatch.setenv("COVERAGEKIT_REGISTRY", nowhere)
    with serve_planner(
        registered.study.path, user="Pat Planner", role="planner"
    ) as served:
        page = settled(open_page(served.url))

        expect(page.locator(".ck-gone")).to_contain_text(
            "Whether owners have left since is not known now."
        )
        panel = page.locator(".ck-export")
        panel.get_by_label("Format of the tables").select_option("csv")
        panel.get_by_label("Cameras", exact=True).check()
        panel.get_by_role("button", name="Save tables").click()
        expect(page.get_by_role("alert")).to_contain_text(
            "the table cameras would show cameras whose owners may have left"
        )
        settled(page)
