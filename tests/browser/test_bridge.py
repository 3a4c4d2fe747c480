"""The bridge between kernel and map, in Voila and JupyterLab, on a made-up city."""

from __future__ import annotations

import re
import sys
import time
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.bridge_page import (
    AT_REST,
    Shown,
    book,
    environment,
    free_port,
    opened,
    running,
    served,
)
from tests.browser.conftest import OPEN_MS, PHONE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("bridge")


@pytest.fixture(scope="module")
def address(folder: Path) -> Iterator[str]:
    """Serve the notebook as the engine serves every dashboard."""
    with served(folder) as where:
        yield where


@pytest.fixture(scope="module")
def desk(browser: Browser, address: str) -> Iterator[Shown]:
    """Give one open page, shared by the tests of this module."""
    with opened(browser, address) as shown:
        yield shown


def test_every_picture_that_is_asked_for_is_answered_and_let_go(desk: Shown) -> None:
    desk.rest()

    counted = desk.counters()

    assert counted["asked"] == counted["answered"] >= 12
    assert 0 < counted["empty"] < counted["answered"]
    assert counted["failed"] == counted["pending"] == 0
    assert counted["bytes"] > 1000
    desk.page.wait_for_function("window.__blobs === 0")


def test_the_used_internals_of_jupyter_leaflet_are_there(desk: Shown) -> None:
    found = desk.page.evaluate("""() => ({
        version: window.L.version, grid: typeof L.GridLayer.extend,
        layer: typeof L.Layer.extend, marker: typeof L.marker,
    })""")

    assert found["version"].startswith("1.9.")
    assert (found["grid"], found["layer"], found["marker"]) == ("function",) * 3


def test_a_new_version_replaces_pictures_that_stay_until_then(desk: Shown) -> None:
    desk.rest()
    before = desk.count_of("asked")
    desk.page.evaluate("""() => {
        const look = () => {
          const layer = document.querySelectorAll('.ck-tiles')[1];
          const drawn = [...layer.querySelectorAll('img')]
            .filter((one) => one.naturalWidth);
          window.__least = Math.min(window.__least ?? 999, drawn.length);
          if (window.__looking) requestAnimationFrame(look);
        };
        window.__looking = true; look();
    }""")
    first = desk.page.evaluate("window.__least")

    desk.order("redraw new-red")
    desk.page.wait_for_function(f"__ck.asked > {before} && !__ck.pending")
    desk.page.wait_for_timeout(100)

    least = desk.page.evaluate("window.__looking = false, window.__least")
    assert least == first > 5
    red, _, blue = desk.colour(160, 60)
    assert red > blue
    desk.order("redraw plain")
    desk.page.wait_for_function(f"__ck.asked > {before + 20} && !__ck.pending")


def test_opacity_and_hiding_ask_for_no_picture(desk: Shown) -> None:
    desk.rest()
    before = desk.count_of("asked")
    cover = desk.page.locator(".ck-tiles").nth(1)

    desk.order("opacity 0.25")
    expect(cover).to_have_css("opacity", "0.25")
    desk.order("shown no")
    expect(cover).to_be_hidden()
    desk.order("shown yes")
    expect(cover).to_have_css("display", "block")

    assert desk.count_of("asked") == before
    desk.order("opacity 0.6")


def test_a_picture_that_cannot_be_drawn_is_told_once(desk: Shown) -> None:
    desk.rest()

    desk.order("break")
    desk.page.wait_for_function("__ck.failed > 5 && !__ck.pending")
    desk.page.mouse.click(*desk.at(200, 200))
    desk.heard("click")

    said = desk.page.locator("#heard").inner_text()
    assert said.count("fell off the ladder") == 1
    assert "draw the layer broken" in said
    desk.order("mend")


def test_a_tooltip_says_names_as_text_and_a_pole_gives_its_cameras_in_turn(
    desk: Shown,
) -> None:
    desk.page.mouse.move(*desk.at(3, 2))

    tip = desk.page.get_by_role("tooltip")
    expect(tip).to_contain_text("<img src=x onerror=alert(1)> camera 0")
    expect(tip).to_contain_text("3 cameras here")
    assert tip.locator("img").count() == 0
    desk.page.mouse.click(*desk.at(3, 2))
    assert desk.heard("pick") == "('pick', 0, (0, 1, 2))"
    desk.page.wait_for_timeout(600)
    desk.page.mouse.click(*desk.at(3, 2))
    desk.heard("('pick', 1, (0, 1, 2))")
    desk.page.mouse.move(*desk.at(150, 150))
    expect(tip).to_be_hidden()


def test_the_keyboard_walks_cameras_chooses_and_clears(desk: Shown) -> None:
    desk.focus()
    live = desk.page.locator(".ck-bridge [aria-live]")

    desk.page.keyboard.press("n")
    expect(live).to_contain_text("camera 0, Registered, offline, 1 of ")
    desk.page.keyboard.press("n")
    desk.page.keyboard.press("n")
    expect(live).to_contain_text("camera 2")
    desk.page.keyboard.press("p")
    expect(live).to_contain_text("camera 1")
    desk.page.keyboard.press("Enter")
    desk.heard("('pick', 1, (0, 1, 2))")
    desk.page.keyboard.press("Escape")
    desk.heard("('clear',)")
    desk.page.keyboard.press("Enter")

    assert desk.heard("('click', -84.35") == "('click', -84.35, 33.75)"


def test_cameras_are_hidden_without_being_sent_again(desk: Shown) -> None:
    desk.rest()
    before = desk.count_of("visible")

    desk.order("flags 5")

    desk.page.wait_for_function(f"__ck.visible < {before} / 2")
    assert desk.count_of("points") == 60
    desk.order("flags 1")
    desk.page.wait_for_function(f"__ck.visible === {before}")


def test_the_map_flies_and_says_where_it_is(desk: Shown) -> None:
    desk.order("fly")

    said = desk.heard("zoom=16")
    assert "bounds=(-84.3" in said
    desk.page.wait_for_function("__ck.names === 36 && __ck.written > 0")
    assert desk.count_of("written") < 36  # where two would collide one is left out
    desk.order("home")
    desk.heard("zoom=13")


def test_a_place_its_rays_and_the_theme_are_drawn(desk: Shown) -> None:
    desk.rest()

    desk.order("mark")
    desk.page.wait_for_timeout(300)

    assert desk.colour(0, 0) == (255, 255, 255)
    light = desk.colour(60, 0)
    assert light[2] > light[0] + 60  # accent, solid
    desk.page.evaluate("document.documentElement.dataset.ckTheme = 'dark'")
    desk.page.wait_for_timeout(300)
    assert desk.colour(0, 0) == (26, 32, 41)
    desk.page.evaluate("delete document.documentElement.dataset.ckTheme")
    desk.order("unmark")


def test_an_area_is_drawn_by_clicks(desk: Shown) -> None:
    desk.order("draw")
    expect(desk.page.get_by_role("toolbar", name="Drawing an area")).to_be_visible()

    for spot in ((-200, -100), (-100, -100), (-100, 0)):
        desk.page.mouse.click(*desk.at(*spot))
    desk.page.mouse.dblclick(*desk.at(-200, 0))

    ring = desk.heard("polygon")
    assert ring.count("-84.") == 4
    desk.heard("('draw_end',)")
    expect(desk.page.get_by_role("toolbar")).to_be_hidden()
    assert desk.page.evaluate("__ck.corners") == 0


def test_an_area_that_crosses_itself_is_refused_and_can_be_mended(desk: Shown) -> None:
    desk.order("draw")
    expect(desk.page.get_by_role("toolbar", name="Drawing an area")).to_be_visible()
    for spot in ((-200, -100), (-100, 0), (-100, -100), (-200, 0)):
        desk.page.mouse.click(*desk.at(*spot))

    desk.page.keyboard.press("Enter")
    desk.heard("refused")
    expect(desk.page.locator(".ck-hint")).to_contain_text("crosses itself")
    desk.page.keyboard.press("Backspace")
    assert desk.page.evaluate("__ck.corners") == 3
    desk.page.get_by_role("button", name="Done").click()

    desk.heard("draw_end")
    expect(desk.page.get_by_role("toolbar")).to_be_hidden()


def test_an_area_is_drawn_as_a_rectangle_by_keys_and_given_up(desk: Shown) -> None:
    desk.order("draw")
    expect(desk.page.get_by_role("toolbar", name="Drawing an area")).to_be_visible()
    desk.page.keyboard.down("Shift")
    desk.page.mouse.move(*desk.at(-150, -120))
    desk.page.mouse.down()
    desk.page.mouse.move(*desk.at(-80, -60), steps=4)
    desk.page.mouse.up()
    desk.page.keyboard.up("Shift")
    expect(desk.page.get_by_role("toolbar")).to_be_hidden()
    # an outline that was drawn before has been heard as well
    desk.page.wait_for_function(
        "document.querySelector('#heard').innerText.split('\\n')"
        ".findLast((line) => line.includes('polygon'))?.split('-84.').length === 5"
    )

    desk.order("draw")
    expect(desk.page.get_by_role("toolbar", name="Drawing an area")).to_be_visible()
    desk.focus()
    for key in ("Space", "ArrowRight", "Space", "ArrowDown", "Space"):
        desk.page.keyboard.press(key)
        desk.page.wait_for_timeout(400)
    assert desk.page.evaluate("__ck.corners") == 3
    desk.page.keyboard.press("Escape")
    expect(desk.page.get_by_role("toolbar")).to_be_hidden()
    assert desk.page.evaluate("__ck.corners") == 0
    desk.order("home")
    desk.page.wait_for_timeout(1500)  # it flies there


def test_a_trial_camera_is_dragged_turned_moved_by_keys_and_removed(
    desk: Shown,
) -> None:
    desk.order("ghost")
    foot = desk.page.get_by_role("button", name=re.compile("^Trial 1, looks at 90"))
    expect(foot).to_be_visible()
    box = foot.bounding_box()
    assert min(box["width"], box["height"]) >= 44
    middle = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)

    desk.page.mouse.move(*middle)
    desk.page.mouse.down()
    desk.page.mouse.move(middle[0] + 80, middle[1] - 40, steps=12)
    desk.page.mouse.up()
    last = desk.heard("done=True")
    moved = foot.bounding_box()
    assert moved["x"] == pytest.approx(box["x"] + 80, abs=2)
    assert 1 < desk.count_of("drags") <= 14
    assert "bearing_deg=90" in last

    arm = desk.page.get_by_role("button", name="Direction of Trial 1")
    spot = arm.bounding_box()
    desk.page.mouse.move(spot["x"] + 22, spot["y"] + 22)
    desk.page.mouse.down()
    desk.page.mouse.move(moved["x"] + 22, moved["y"] + 22 + 60, steps=6)
    desk.page.mouse.up()
    expect(
        desk.page.get_by_role("button", name=re.compile("^Trial 1, looks at 18"))
    ).to_be_visible()

    foot = desk.page.get_by_role("button", name=re.compile("^Trial 1, looks at 18"))
    foot.focus()
    desk.heard("('ghost', 'g1')")
    desk.page.keyboard.press("]")
    desk.page.keyboard.press("Shift+ArrowRight")
    desk.page.wait_for_timeout(700)
    assert "bearing_deg=18" in desk.heard("done=True")
    desk.page.keyboard.press("Delete")
    desk.heard("('remove', 'g1')")
    expect(desk.page.locator(".ck-ghost")).to_have_count(0)


def test_two_sides_are_compared_by_a_divider_that_keys_move(desk: Shown) -> None:
    desk.rest()
    desk.order("swipe")
    divider = desk.page.get_by_role("separator", name="Divider between Now and Then")
    expect(divider).to_be_visible()
    desk.rest()
    assert desk.colour(-30, 100) != desk.colour(30, 100)

    divider.focus()
    desk.page.keyboard.press("ArrowRight")
    desk.page.keyboard.press("Shift+ArrowRight")
    expect(divider).to_have_attribute("aria-valuenow", "62")
    desk.heard("('swipe', 0.62")
    desk.order("noswipe")
    expect(divider).to_be_hidden()


def test_what_takes_long_says_so(desk: Shown) -> None:
    desk.rest()
    desk.order("slow 0.15")

    desk.order("redraw slowly")

    expect(desk.page.locator(".ck-busy")).to_contain_text("to go")
    live = desk.page.locator(".ck-bridge [aria-live]")
    expect(live).to_contain_text("pictures to go")
    desk.order("slow 0")
    expect(live).to_contain_text("The map is drawn")
    expect(desk.page.locator(".ck-busy")).to_be_hidden()


def test_a_sharp_phone_gets_sharp_pictures_and_a_finger_finds_a_camera(
    browser: Browser, address: str
) -> None:
    options = {"has_touch": True, "is_mobile": True, "device_scale_factor": 2}
    with opened(browser, address, size=PHONE, **options) as shown:
        wide = shown.page.evaluate(
            "document.querySelector('.ck-tiles img[src]').naturalWidth"
        )
        assert wide == 512

        shown.page.touchscreen.tap(*shown.at(14, 9))

        assert shown.heard("pick") == "('pick', 0, (0, 1, 2))"
        shown.order("draw")
        done = shown.page.get_by_role("button", name="Done")
        expect(done).to_be_visible()
        assert done.bounding_box()["height"] >= 44
        for spot in ((-60, 40), (60, 40), (0, 120)):
            shown.page.touchscreen.tap(*shown.at(*spot))
            shown.page.wait_for_timeout(400)
        done.tap()
        assert shown.heard("polygon").count("-84.") == 3


def test_a_lost_kernel_breaks_nothing_on_the_page(
    browser: Browser, address: str
) -> None:
    with opened(browser, address) as shown:
        shown.order("die")
        shown.page.wait_for_timeout(1500)

        shown.page.mouse.move(*shown.at(0, 0))
        shown.page.mouse.down()
        shown.page.mouse.move(*shown.at(-300, -100), steps=5)
        shown.page.mouse.up()
        shown.page.mouse.click(*shown.at(60, 60))
        shown.page.wait_for_timeout(800)

        drawn = shown.page.evaluate(
            "[...document.querySelectorAll('.ck-tiles img')]"
            ".filter((one) => one.naturalWidth).length"
        )
        assert drawn > 5


def test_without_its_leaflet_the_page_says_what_to_do(
    browser: Browser, address: str
) -> None:
    with opened(browser, address, rest=False) as shown:
        shown.page.wait_for_function("window.__ck?.ready")
        shown.page.evaluate("window.L = {...window.L, GridLayer: undefined}")
        shown.order("again")

        expect(shown.page.get_by_role("alert").first).to_contain_text(
            "Install ipyleaflet 0.20"
        )


def test_the_same_works_in_jupyterlab(browser: Browser, folder: Path) -> None:
    port = free_port()
    root = folder / "lab"
    root.mkdir()
    book(root / "bridge.ipynb")
    command = [sys.executable, "-m", "jupyter", "lab", "--no-browser"]
    command += ["--ServerApp.ip=127.0.0.1", f"--ServerApp.port={port}"]
    command += ["--ServerApp.port_retries=0", "--IdentityProvider.token="]
    command += [f"--ServerApp.root_dir={root}", "--LabApp.news_url="]
    command += ["--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate"]
    command += [
        "--ServerApp.allow_root=True",
        "--LabApp.user_settings_dir=" + str(root / "s"),
    ]
    env = environment(folder, JUPYTER_CONFIG_DIR=str(root / "c"))
    with (
        running(command, port, env=env, cwd=root) as where,
        opened(browser, where + "lab/tree/bridge.ipynb", rest=False) as shown,
    ):
        shown.page.wait_for_selector(".jp-Notebook .jp-CodeCell", timeout=OPEN_MS)
        idle = '.jp-Notebook-ExecutionIndicator[data-status="idle"]'
        shown.page.wait_for_selector(idle, timeout=OPEN_MS)
        prompt = shown.page.locator(".jp-Notebook .jp-InputPrompt").first
        for _ in range(10):  # keys that come too early are lost
            for asked in shown.page.locator("dialog .jp-mod-accept").all():
                asked.click()
            shown.page.locator(".jp-Notebook .jp-CodeCell .cm-content").first.click()
            shown.page.keyboard.press("Control+Enter")
            shown.page.wait_for_timeout(1000)
            if prompt.inner_text() != "[ ]:":
                break
        # Asked again and again: JupyterLab never answers wait_for_function.
        until = time.monotonic() + OPEN_MS / 1000
        while not shown.page.evaluate(AT_REST) and time.monotonic() < until:
            shown.page.wait_for_timeout(100)
        shown.page.mouse.click(*shown.at(3, 2))

        shown.heard("('pick', 0, (0, 1, 2))")
