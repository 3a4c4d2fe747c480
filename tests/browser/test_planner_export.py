"""What a planner takes out of the page: the files themselves, counted again."""

from __future__ import annotations

import csv
from collections import Counter
from typing import TYPE_CHECKING

import numpy as np
import pyogrio
import pyproj
import pytest
from playwright.sync_api import expect

from coveragekit.study.taking_out import event_years
from tests.browser.helpers import settled

if TYPE_CHECKING:
    from pathlib import Path

    import geopandas as gpd
    from playwright.sync_api import Locator, Page

    from coveragekit.study import Study

pytestmark = [pytest.mark.browser, pytest.mark.slow]

LEAST, CELL_M = 5, 250
FILE_MS = 180_000
# Of the kinds that the simulation makes: where one lives or was harmed says who.
PROTECTED = {"Rape", "Fondling", "Family offenses, nonviolent"}


@pytest.fixture(scope="module")
def events(town: Study) -> gpd.GeoDataFrame:
    """Give the incidents that may be counted; there are others as well."""
    every = town.results().incident_coverage()
    assert set(every["category"]) >= PROTECTED
    return every[~every["category"].isin(PROTECTED)]


@pytest.fixture
def panel(desk: Page) -> Locator:
    """Give the export panel with no table chosen and a format that holds several."""
    settled(desk)
    found = desk.locator(".ck-export")
    found.get_by_label("Format of the tables").select_option("gpkg")
    for box in found.locator(".ck-export-tables input").all():
        box.uncheck()
    return found


def _save(desk: Page, panel: Locator, folder: Path) -> Path:
    with desk.expect_download(timeout=FILE_MS) as kept:
        panel.get_by_role("button", name="Save tables").click()
    name = kept.value.suggested_filename
    assert "simulated" in name
    expect(panel.locator(".ck-said")).to_contain_text(f"Saved as {name}")
    kept.value.save_as(folder / name)
    return folder / name


def _cells_of(events: gpd.GeoDataFrame) -> Counter[str]:
    """Count events by the squares of the grid whose zone they lie in."""
    middle = events.geometry.union_all().centroid
    zone = 32601 + int((middle.x + 180.0) // 6.0)
    to_grid = pyproj.Transformer.from_crs(4326, zone, always_xy=True)
    x, y = to_grid.transform(events.geometry.x, events.geometry.y)
    corners = np.floor(np.array([x, y]) / CELL_M).astype(int) * CELL_M
    return Counter(f"{east}E{north}N" for east, north in corners.T.tolist())


def test_incidents_leave_a_planner_as_counts_by_cell_alone(
    desk: Page, panel: Locator, events: gpd.GeoDataFrame, tmp_path: Path
) -> None:
    panel.get_by_label("Incidents, counts by cells of 250 m").check()
    panel.get_by_label("Only what the filters leave").uncheck()
    panel.get_by_label("Format of the tables").select_option("csv")
    settled(desk)

    path = _save(desk, panel, tmp_path)

    expect(panel.locator(".ck-said")).to_contain_text("counted by cells of 250 m")
    expect(panel.locator(".ck-said")).to_contain_text("are left out, if there are any")
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert set(rows[0]) == {"cell_id", "count", "simulated", "lon", "lat"}
    assert {one["simulated"] for one in rows} == {"True"}
    counted = {one["cell_id"]: int(one["count"]) for one in rows}
    expected = _cells_of(events)
    assert counted == {name: n for name, n in expected.items() if n >= LEAST}
    panel.get_by_label("Only what the filters leave").check()


def test_a_category_that_is_filtered_for_leaves_no_more(
    desk: Page, panel: Locator, events: gpd.GeoDataFrame, tmp_path: Path
) -> None:
    part = desk.locator('.ck-part[data-part="categories"]')
    part.locator("summary").click()
    part.get_by_role("button", name="Only Robbery").click()
    expect(desk.locator(".ck-chip")).to_have_text("Robbery")
    panel.get_by_label("Incidents, counts by cells of 250 m").check()
    panel.get_by_label("Format of the tables").select_option("csv")
    settled(desk)

    path = _save(desk, panel, tmp_path)

    with path.open(encoding="utf-8-sig", newline="") as file:
        counted = {one["cell_id"]: int(one["count"]) for one in csv.DictReader(file)}
    robberies = events[(events["category"] == "Robbery") & events["street_visible"]]
    expected = _cells_of(robberies)
    assert min(expected.values()) < LEAST, "nothing would have to be withheld"
    assert counted == {name: n for name, n in expected.items() if n >= LEAST}
    assert counted
    desk.locator(".ck-chip").click()
    expect(desk.locator(".ck-chip")).to_have_count(0)
    part.locator("summary").click()
    settled(desk)


def test_tables_of_a_planner_share_one_geopackage(
    desk: Page, panel: Locator, town: Study, events: gpd.GeoDataFrame, tmp_path: Path
) -> None:
    for name in ("Cameras", "Gaps", "Incidents, counts by cells of 250 m"):
        panel.get_by_label(name, exact=True).check()

    path = _save(desk, panel, tmp_path)

    layers = {name for name, kind in pyogrio.list_layers(path) if kind}
    assert layers == {"cameras", "gaps", "incidents_by_cell"}
    cameras = pyogrio.read_dataframe(path, layer="cameras")
    assert set(cameras["camera_id"]) == set(town.table("cameras")["camera_id"])
    assert "owner_id" not in cameras.columns
    cells = pyogrio.read_dataframe(path, layer="incidents_by_cell")
    assert list(cells.columns) == ["cell_id", "count", "simulated", "geometry"]
    visible = _cells_of(events[events["street_visible"]])
    for cell_id, count in zip(cells["cell_id"], cells["count"], strict=True):
        assert LEAST <= count <= visible[cell_id]
    about = pyogrio.read_dataframe(path, layer="about", read_geometry=False)
    told = dict(zip(about["name"], about["value"], strict=True))
    assert told["For the role"] == "planner"
    assert "incidents" in told["Simulated"]


def test_rates_of_gaps_leave_a_planner_in_steps_of_five_events(
    desk: Page, panel: Locator, town: Study, tmp_path: Path
) -> None:
    panel.get_by_label("Gaps", exact=True).check()

    path = _save(desk, panel, tmp_path)

    gaps = pyogrio.read_dataframe(path, layer="gaps").set_index("gap_id")
    own = town.results().gaps().set_index("gap_id").loc[gaps.index]
    for events, years in event_years(town.results()).items():
        rate = gaps[f"{events}_per_year"]
        exact = own[f"{events}_per_year"] * years
        assert rate[exact < LEAST].isna().all()
        assert (exact < LEAST).any()
        steps = rate[exact >= LEAST] * years / LEAST
        assert len(steps) > 3
        assert np.allclose(steps, steps.round())
        assert (abs(steps - exact[exact >= LEAST] / LEAST) <= 0.5 + 1e-9).all()
    assert len(gaps) == len(own) > 100
