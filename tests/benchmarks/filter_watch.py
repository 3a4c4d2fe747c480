"""Watch from within a page how soon a filter is seen: the number, then the pictures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.browser.helpers import settled

if TYPE_CHECKING:
    from playwright.sync_api import Page

__all__ = ["Choice", "Seen", "cameras", "choices", "clear", "show_layer", "watch"]

# A control is used, and two moments are noted, in milliseconds since: that the frame
# with another number is drawn, and that every picture of the layer in sight is new.
_WATCH = """async ({ selector, act, value, layer }) => {
  const frame = () => new Promise(requestAnimationFrame);
  const drawn = () => new Promise((done) => {
    const line = new MessageChannel();
    line.port1.onmessage = done;
    requestAnimationFrame(() => line.port2.postMessage(0));
  });
  const node = document.querySelector(selector);
  const card = document.querySelector('[data-share=incidents]');
  const box = document.querySelector(`.ck-tiles[data-layer=${layer}]`);
  const map = document.querySelector('.leaflet-container').getBoundingClientRect();
  const old = box.dataset.version;
  const isSeen = (tile) => {
    const at = tile.getBoundingClientRect();
    return at.right > map.left && at.left < map.right
      && at.bottom > map.top && at.top < map.bottom;
  };
  const seen = {};
  let since = 0;
  const number = new Promise((done) => {
    new MutationObserver(async (_, watcher) => {
      watcher.disconnect();
      await drawn();
      seen.number = performance.now() - since;
      done();
    }).observe(card, { subtree: true, childList: true, characterData: true });
  });
  await frame();
  since = performance.now();
  if (act === 'click') node.click();
  else {
    node.value = value;
    node.dispatchEvent(new Event('change', { bubbles: true }));
  }
  const isNew = () => {
    const tiles = [...box.querySelectorAll('.ck-tile')].filter(isSeen);
    seen.count = tiles.length;
    return box.dataset.version !== old && tiles.length > 0
      && tiles.every((tile) => tile.dataset.version === box.dataset.version);
  };
  const until = since + 60000;
  while (!isNew()) {
    if (performance.now() > until) throw new Error('the pictures were never new');
    await frame();
  }
  await drawn();
  seen.tiles = performance.now() - since;
  await Promise.race([number, new Promise((_, fail) => {
    setTimeout(fail, 60000, new Error('the number never changed'));
  })]);
  return seen;
}"""
_AREAS = """() => [...document.querySelectorAll('[data-part=area] datalist option')]
  .map((one) => one.value)"""


@dataclass(frozen=True)
class Choice:
    """One use of a control of the page."""

    selector: str
    act: str = "click"
    value: str = ""


@dataclass(frozen=True)
class Seen:
    """When a choice was seen, seconds after the control was used."""

    number_s: float
    tiles_s: float
    tiles: int


def choices(page: Page) -> dict[str, tuple[Choice, Choice]]:
    """Give two choices for each kind of filter, so that the better one counts."""
    areas = page.evaluate(_AREAS)
    names = areas[len(areas) // 2], areas[len(areas) // 3]
    return {
        "date": (
            Choice("[data-part=dates] .ck-presets button:nth-child(2)"),
            Choice("[data-part=dates] .ck-presets button:nth-child(1)"),
        ),
        "category": (
            Choice("[data-part=categories] li:nth-child(2) .ck-only"),
            Choice("[data-part=categories] li:nth-child(3) .ck-only"),
        ),
        "hour": (
            Choice(".ck-week button[data-day='-1'][data-hour='20']"),
            Choice(".ck-week button[data-day='5'][data-hour='-1']"),
        ),
        "area": (
            Choice("[data-part=area] input", "value", names[0]),
            Choice("[data-part=area] input", "value", names[1]),
        ),
    }


def cameras(page: Page) -> dict[str, Choice]:
    """Give a choice of each kind that asks every place for its cameras anew."""
    select = ".ck-choices select[aria-label='{}']"
    band = select.format("Purpose")
    loosest = page.locator(f"{band} option").first.get_attribute("value")
    assert loosest
    return {
        "band": Choice(band, "value", loosest),
        "day/night": Choice(select.format("Light"), "value", "night"),
        "working": Choice(select.format("Cameras taken as"), "value", "now"),
        "tier": Choice(".ck-filter-panel input[type=radio][value=public]"),
    }


def watch(page: Page, choice: Choice, *, layer: str = "incidents") -> Seen:
    """Use a control on a page at rest, and give when that was seen."""
    settled(page)
    asked = {
        "selector": choice.selector,
        "act": choice.act,
        "value": choice.value,
        "layer": layer,
    }
    seen = page.evaluate(_WATCH, asked)
    return Seen(seen["number"] / 1e3, seen["tiles"] / 1e3, seen["count"])


def clear(page: Page) -> None:
    """Take every filter back."""
    settled(page)
    page.get_by_role("button", name="Clear all").click()
    settled(page)


def show_layer(page: Page, title: str) -> None:
    """Draw a layer that is not drawn at first."""
    layers = page.get_by_role("region", name="Layers and legend")
    layers.get_by_role("checkbox", name=title, exact=True).check()
    settled(page)
