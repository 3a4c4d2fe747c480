"""Filters and charts as a reader uses them: mouse, keys and finger, on a real page."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser.helpers import settled, value, wait_for_address
from tests.browser.town import HOSTILE_SCRIPT

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

pytestmark = [pytest.mark.browser, pytest.mark.slow]

LEFT = ".ck-left-count"
ON = re.compile("true")


def count_of(page: Page) -> int:
    """Give how many incidents are left, as the panel says it."""
    words = page.locator(LEFT).inner_text()
    return int(re.match(r"[\d,]+", words)[0].replace(",", ""))


def counted(page: Page) -> None:
    """Wait until what is chosen has been counted."""
    settled(page)
    expect(page.locator(f"{LEFT}:not(.ck-stale)")).not_to_be_empty()


def area_names(page: Page) -> list[str]:
    """Give the areas of the kind in force, as the box suggests them."""
    return page.locator(".ck-filter-panel datalist option").evaluate_all(
        "all => all.map(one => one.value)"
    )


def opened(page: Page, part: str) -> Locator:
    """Open a part of the panel."""
    node = page.locator(f'.ck-part[data-part="{part}"]')
    if node.get_attribute("open") is None:
        node.locator("summary").click()
    return node


@pytest.fixture
def page(desk: Page) -> Page:
    """Give the shared page with nothing chosen."""
    return cleared(desk)


def cleared(page: Page) -> Page:
    clear = settled(page).get_by_role("button", name="Clear all")
    if clear.is_visible():
        clear.click()
    expect(page.locator(".ck-chip")).to_have_count(0)
    expect(page.locator(LEFT)).not_to_contain_text(" of ")
    counted(page)
    return page


def test_an_area_chosen_by_name_filters_numbers_charts_and_address(page: Page) -> None:
    whole = count_of(page)
    street = value(page, "street_length").inner_text()
    box = page.get_by_label("Area by name")
    page.get_by_label("Kind of area").select_option("zone")
    name = area_names(page)[-1]
    page.get_by_label("Kind of area").select_option("neighbourhood")
    box.fill(name.lower())  # of another kind than the one chosen
    box.press("Enter")

    expect(page.locator(".ck-chip")).to_have_text(name)
    expect(page.locator(LEFT)).to_contain_text(f"of {whole:,} incidents")
    expect(value(page, "street_length")).not_to_have_text(street)
    wait_for_address(page, "a:zone")
    expect(page.get_by_label("Kind of area")).to_have_value("zone")
    of_incidents = page.locator("[data-share=incidents] .ck-of")
    expect(of_incidents).to_contain_text("street-visible")
    counted(page)
    assert count_of(page) < whole

    page.get_by_role("button", name=f"Clear: {name}").click()
    expect(value(page, "street_length")).to_have_text(street)
    expect(box).to_have_value("")


def test_an_area_that_is_not_there_is_told_and_nothing_changes(page: Page) -> None:
    box = page.get_by_label("Area by name")
    box.fill("Atlantis")
    box.press("Enter")

    area = page.locator('.ck-part[data-part="area"]')
    expect(area).to_contain_text(re.compile("There is no .*\u201cAtlantis\u201d"))
    expect(page.locator(".ck-chip")).to_have_count(0)
    box.fill("")
    box.press("Enter")
    expect(area).not_to_contain_text("Atlantis")


def test_a_name_with_a_script_in_it_stays_a_name(page: Page) -> None:
    kind = page.get_by_label("Kind of area")
    for option in kind.locator("option").all():
        kind.select_option(option.get_attribute("value"))
        if f"{HOSTILE_SCRIPT} ward" in area_names(page):
            break
    else:
        pytest.fail("the hostile area is in no list")
    box = page.get_by_label("Area by name")
    box.fill(f"{HOSTILE_SCRIPT} ward")
    box.press("Enter")

    expect(page.locator(".ck-chip")).to_have_text(f"{HOSTILE_SCRIPT} ward")
    assert page.evaluate("window.ckHacked") is None


def test_dates_that_run_backwards_stay_as_typed_and_are_told(page: Page) -> None:
    page.get_by_role("button", name="Last year").click()
    first, last = page.get_by_label("Date from"), page.get_by_label("Date to")
    expect(first).not_to_have_value("")
    counted(page)
    year = count_of(page)

    chip, given = page.locator(".ck-chip").inner_text(), first.input_value()

    last.fill("2023-03-05")
    dates = page.locator('.ck-part[data-part="dates"]')
    expect(dates).to_contain_text(f"{given}, is after the last, 2023-03-05")
    expect(first).to_have_attribute("aria-invalid", "true")
    # Something else is counted meanwhile; what was typed stays.
    row = page.locator('[data-chart="categories"] .ck-bar-row').first
    row.click()
    expect(page.locator(".ck-chip")).to_have_count(2)
    page.locator(".ck-chip").last.click()
    expect(page.locator(".ck-chip")).to_have_count(1)
    expect(page.locator(".ck-chip")).to_have_text(chip)
    counted(page)
    assert (first.input_value(), last.input_value()) == (given, "2023-03-05")
    first.fill("2023-03-05")
    expect(page.locator(".ck-chip")).to_have_text("2023-03-05")
    expect(dates).not_to_contain_text("is after the last")
    expect(page.locator(LEFT)).to_contain_text(" of ")
    counted(page)
    assert count_of(page) < year
    page.get_by_role("button", name="All", exact=True).first.click()
    expect(page.locator(".ck-chip")).to_have_count(0)


def test_hours_of_the_week_are_painted_by_mouse_and_by_their_heads(page: Page) -> None:
    opened(page, "hours")
    page.get_by_role("button", name="Saturday, all hours").click()
    expect(page.locator(".ck-chip")).to_have_text("Sat")
    page.get_by_role("button", name="22:00, all days").click()
    expect(page.locator(".ck-chip")).to_have_text("30 of 168 hours of the week")
    page.get_by_role("button", name="Whole week").click()
    expect(page.locator(".ck-chip")).to_have_count(0)

    start = page.get_by_role("button", name="Monday 08:00").bounding_box()
    end = page.get_by_role("button", name="Monday 11:00").bounding_box()
    page.mouse.move(start["x"] + 3, start["y"] + 8)
    page.mouse.down()
    page.mouse.move(end["x"] + 3, end["y"] + 8, steps=12)
    page.mouse.up()
    expect(page.locator(".ck-chip")).to_have_text("Mon 08:00-12:00")
    counted(page)


def test_dragging_over_hours_chooses_all_between_its_ends(page: Page) -> None:
    opened(page, "hours")

    def middle(name: str) -> tuple[float, float]:
        box = page.get_by_role("button", name=name, exact=True).bounding_box()
        return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2

    page.mouse.move(*middle("Friday 20:00"))
    page.mouse.down()
    page.mouse.move(*middle("Saturday 22:00"))
    page.mouse.move(*middle("Sunday 23:00"))
    page.mouse.up()
    expect(page.locator(".ck-chip")).to_have_text("Fri-Sun 20:00-24:00")
    # Going back takes back what was only passed over.
    page.mouse.move(*middle("Monday 00:00"))
    page.mouse.down()
    page.mouse.move(*middle("Wednesday 05:00"))
    page.mouse.move(*middle("Monday 01:00"))
    page.mouse.up()
    expect(page.locator(".ck-chip")).to_have_text("14 of 168 hours of the week")
    # One line, however much is chosen.
    head = page.locator('[data-part="hours"] > summary').bounding_box()
    assert head["height"] < 40


def test_hours_of_the_week_are_chosen_by_keys(page: Page) -> None:
    opened(page, "hours")
    page.get_by_role("button", name="Tuesday 03:00").focus()
    page.keyboard.press("Space")
    expect(page.locator(".ck-chip")).to_have_text("Tue 03:00-04:00")
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("Shift+ArrowRight")
    expect(page.locator(".ck-chip")).to_have_text("Tue 03:00-06:00")
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("button", name="Wednesday 05:00")).to_be_focused()
    page.keyboard.press("Home")
    expect(page.get_by_role("button", name="Wednesday, all hours")).to_be_focused()
    # One cell alone is a tab stop.
    assert page.locator('.ck-week button[tabindex="0"]').count() == 1


def test_categories_are_ticked_off_and_none_says_why_and_offers_a_way_out(
    page: Page,
) -> None:
    part = opened(page, "categories")
    whole = count_of(page)
    burglary = part.locator("li").filter(has_text="Burglary")
    expect(burglary.locator(".ck-tick-count")).to_have_text("not on streets")
    expect(part).to_contain_text("no street camera could see any of these")
    part.locator("li").first.get_by_role("checkbox").uncheck()
    expect(page.locator(LEFT)).to_contain_text(f"of {whole:,} incidents")
    part.get_by_role("button", name=re.compile("^Only ")).nth(1).click()
    expect(part.get_by_role("checkbox", checked=True)).to_have_count(1)

    opened(page, "call_types").get_by_role("button", name="None").click()
    part.get_by_role("button", name="None").click()
    alert = page.locator(".ck-filter-panel .ck-warnings")
    expect(alert).to_contain_text("Nothing is left")
    expect(value(page, "incidents")).to_have_text("none left")
    alert.get_by_role("button", name="Clear the filters").click()
    expect(alert).to_be_hidden()
    expect(page.locator(LEFT)).to_contain_text(f"{whole:,} incidents")


def test_the_tier_changes_every_number(page: Page) -> None:
    before = value(page, "street_length").inner_text()
    clear = page.get_by_role("button", name="Clear all")
    expect(clear).to_be_hidden()
    page.get_by_role("radio", name="Public").check(force=True)
    expect(value(page, "street_length")).not_to_have_text(before)
    wait_for_address(page, "t:public")
    clear.click()
    expect(value(page, "street_length")).to_have_text(before)
    expect(page.get_by_role("radio", name="+ registered")).to_be_checked()
    expect(clear).to_be_hidden()


def test_time_plays_week_by_week_until_it_is_paused(page: Page) -> None:
    player = page.get_by_role("group", name="Play through time")
    player.get_by_role("button", name="Play").click()
    slider = player.get_by_role("slider")
    expect(slider).not_to_have_value("0")
    expect(page.locator(".ck-chip")).to_contain_text("20")
    player.get_by_role("button", name="Pause").click()
    at = slider.input_value()
    page.wait_for_timeout(1500)

    assert slider.input_value() == at
    player.get_by_label("Play through", exact=True).select_option("hours")
    slider.fill("7")
    expect(page.locator(".ck-chip").last).to_have_text("07:00-08:00")
    expect(slider).to_have_attribute("aria-valuetext", "07:00 to 08:00, all days")
    expect(player).to_contain_text("07:00 to 08:00")
    page.get_by_role("button", name="Clear all").click()
    expect(slider).to_have_value("0")
    expect(player).to_contain_text("24 hours, all days")


def test_a_click_on_a_bar_filters_and_a_second_takes_it_back(page: Page) -> None:
    whole = count_of(page)
    row = page.locator('[data-chart="categories"] .ck-bar-row').first
    row.click()

    expect(row).to_have_attribute("aria-pressed", "true")
    expect(page.locator(".ck-chip")).to_have_count(1)
    expect(page.locator(LEFT)).to_contain_text(f"of {whole:,}")
    row.click()
    expect(page.locator(".ck-chip")).to_have_count(0)


def test_bars_are_walked_and_chosen_by_keys_and_keep_the_focus(page: Page) -> None:
    hours = page.locator('[data-chart="hours"]')
    hours.locator('g[tabindex="0"]').focus()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")

    expect(page.locator(".ck-chip")).to_have_text("03:00-04:00")
    chosen = hours.locator('g[aria-pressed="true"]')
    expect(chosen).to_have_count(1)
    expect(chosen).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(".ck-chip")).to_have_count(0)


def test_each_chart_has_its_table_with_the_same_numbers(page: Page) -> None:
    charts = page.locator(".ck-one-chart")
    assert charts.count() >= 5
    for chart in charts.all():
        chart.locator(".ck-more summary").click()
        expect(chart.locator("table tbody tr").first).to_be_visible()
    bar = page.locator('[data-chart="months"] g').nth(2).get_attribute("aria-label")
    month, words = bar.split(": ")
    row = page.locator('[data-chart="months"] tbody tr').filter(has_text=month)
    expect(row.locator("td").first).to_have_text(words.split()[0])
    for chart in charts.all():
        chart.locator(".ck-more summary").click()


def test_charts_are_of_calls_or_of_other_areas_when_asked(page: Page) -> None:
    panel = page.get_by_role("region", name="Charts")
    panel.get_by_role("radio", name="Calls").check(force=True)
    expect(page.locator('[data-chart="hours"] g').first).to_have_attribute(
        "aria-label", re.compile("calls")
    )
    kind = panel.get_by_label("Areas to add up by")
    before = kind.input_value()
    other = next(
        one.get_attribute("value")
        for one in kind.locator("option").all()
        if one.get_attribute("value") != before
    )
    kind.select_option(other)
    expect(page.locator('[data-chart="areas"] h3')).to_have_text(f"By {other}")
    kind.select_option(before)
    # check() looks at once, and what the page was told of before may undo it
    incidents = panel.get_by_role("radio", name="Incidents")
    incidents.click(force=True)
    expect(incidents).to_be_checked()


def test_small_counts_are_on_no_page_of_a_planner(page: Page) -> None:
    page.get_by_role("button", name="Last 28 days").click()
    expect(page.locator(".ck-chip")).to_have_count(1)
    counted(page)
    chart = page.locator('[data-chart="categories"]')
    chart.locator(".ck-more summary").click()
    rows = chart.locator("table tbody tr")
    expect(rows.filter(has_text="few").first).to_be_visible()

    counts = rows.locator("td:nth-child(2)").all_inner_texts()
    assert counts
    assert all(one == "few" or int(one.replace(",", "")) >= 5 for one in counts)
    opened(page, "categories")
    ticks = page.locator('[data-part="categories"] .ck-tick-count').all_inner_texts()
    assert "<5" in ticks
    assert not {"1", "2", "3", "4"}.intersection(ticks)
    chart.locator(".ck-more summary").click()


def test_with_less_motion_play_goes_one_step_at_a_time(open_page, served) -> None:
    page = open_page(served.url, reduced_motion="reduce")
    player = page.get_by_role("group", name="Play through time")
    step = player.get_by_role("button", name="Next step")
    step.click()
    expect(player.get_by_role("slider")).to_have_value("1")
    page.wait_for_timeout(1500)
    expect(player.get_by_role("slider")).to_have_value("1")


def test_panels_have_no_serious_fault_of_access(page: Page) -> None:
    for part in ("area", "dates", "hours", "categories", "call_types"):
        opened(page, part)
    page.locator('[data-chart="hours"] .ck-more summary').click()
    page.locator('[data-chart="areas"] .ck-bar-row').first.click()
    expect(page.locator(".ck-chip")).to_have_count(1)
    for theme in ("light", "dark"):
        page.evaluate("t => { document.documentElement.dataset.ckTheme = t }", theme)
        for part in (".ck-filter-panel", ".ck-charts-panel"):
            found = Axe().run(page, context=part).response["violations"]
            serious = [
                (one["id"], one["nodes"][0]["html"][:120])
                for one in found
                if one["impact"] in {"serious", "critical"}
            ]
            assert serious == [], (theme, part)
    page.evaluate("delete document.documentElement.dataset.ckTheme")


def test_on_a_phone_each_target_is_large_and_hours_stand_below_each_other(
    phone: Page,
) -> None:
    phone.get_by_role("button", name="Filters", exact=True).tap()
    for part in ("hours", "categories"):
        opened(phone, part)
    small = phone.locator(".ck-filter-panel").evaluate(
        """panel => [...panel.querySelectorAll("button, select, input, summary, label")]
          .filter(one => one.checkVisibility() && !one.closest("label > *"))
          .map(one => [one.outerHTML.slice(0, 90), one.getBoundingClientRect()])
          .filter(([, box]) => box.height < 43.5 || box.width < 24)
          .map(([name, box]) => `${name} ${box.width}x${box.height}`)"""
    )
    assert small == []
    monday = phone.get_by_role("button", name="Monday 01:00").bounding_box()
    later = phone.get_by_role("button", name="Monday 02:00").bounding_box()
    assert later["y"] > monday["y"]
    wide = phone.evaluate("document.documentElement.scrollWidth")
    assert wide <= 390

    phone.get_by_role("button", name="Monday 01:00").tap()
    expect(phone.locator(".ck-chip")).to_have_text("Mon 01:00-02:00")
    phone.get_by_role("button", name="Monday 02:00").tap()
    expect(phone.locator(".ck-chip")).to_have_text("Mon 01:00-03:00")
