"""The self-contained page of a map, opened with every host out of reach."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from coveragekit import maps
from tests.dashboards.fixture_study import HOSTILE_IMAGE

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def page(testville, tmp_path, open_page):
    path = maps.to_html(testville, tmp_path / "map.html")
    return open_page(path.as_uri(), wait_for="path.ck-camera")


def test_it_draws_everything_with_no_host_in_reach(page) -> None:
    assert page.locator("path.ck-camera").count() == 10
    assert page.locator("path.ck-gap").count() == 5
    assert page.locator("path.ck-building").count() == 228
    assert page.locator(".leaflet-ck-coverage-pane img").count() == 1
    assert (
        page.evaluate(
            "document.querySelector('.leaflet-ck-coverage-pane img').naturalWidth"
        )
        > 100
    )
    expect(page.locator(".ck-credit")).to_contain_text("OpenStreetMap contributors")


def test_a_click_on_a_camera_tells_of_it_and_its_name_stays_text(page) -> None:
    box = page.locator("path.ck-camera-registered-unknown").bounding_box()

    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)

    expect(page.locator(".ck-popup h3")).to_contain_text(HOSTILE_IMAGE)
    assert page.evaluate("window.ckHacked") is None


def test_layers_can_be_switched(page) -> None:
    toggle = page.locator(".leaflet-control-layers-toggle").bounding_box()
    page.mouse.move(toggle["x"] + 10, toggle["y"] + 10)
    box = page.locator(".leaflet-control-layers-overlays label", has_text="Gaps")
    box.locator("input").uncheck()

    assert page.locator("path.ck-gap").count() == 0


def test_it_fits_a_phone(testville, tmp_path, open_page) -> None:
    path = maps.to_html(testville, tmp_path / "map.html")

    page = open_page(
        path.as_uri(), size={"width": 390, "height": 844}, wait_for="path.ck-camera"
    )

    assert page.evaluate("document.documentElement.scrollWidth") == 390
