"""A made-up city for the bridge alone: plain tiles, cameras, names; no study."""

from __future__ import annotations

import io
import os
import signal
import time
from typing import Any

import ipyleaflet
import numpy as np
from ipywidgets import HTML, Layout, VBox
from PIL import Image, ImageDraw

from coveragekit.maps.bridge import CityLayers, Ghost, Layer, TileAsk, point_classes
from coveragekit.view import morton
from coveragekit.view.mercator import to_merc

LON, LAT = -84.35, 33.75
HEARD: list[Any] = []
COLOURS = {"base": (228, 230, 234), "cover": (11, 92, 173), "other": (213, 94, 0)}


def cameras(count: int) -> np.ndarray:
    """Clustered places, along a Morton curve."""
    rng = np.random.default_rng(7)
    spread_deg = 0.06 if count < 1000 else 0.2
    middles = rng.uniform(-spread_deg / 2, spread_deg / 2, (max(1, count // 40), 2))
    near = middles[rng.integers(0, len(middles), count)]
    lonlat = near + rng.normal(0, 0.002, (count, 2)) + (LON, LAT)
    merc = to_merc(*lonlat.T)
    return merc[np.argsort(morton.keys(merc), kind="stable")]


def picture(ask: TileAsk) -> bytes:
    """A frame with the tile's own name in it; one column is empty, one breaks."""
    if ask.key == "cover" and ask.x % 5 == 0:
        return b""
    if ask.key == "broken":
        message = "the painter fell off the ladder"
        raise RuntimeError(message)
    time.sleep(float(os.environ.get("BRIDGE_SLOW_S", "0")))
    side = 256 * ask.scale
    image = Image.new("RGBA", (side, side), (0, 0, 0, 0))
    colour = COLOURS.get(ask.key, (120, 120, 120))
    alpha = 255 if ask.key == "base" else 90
    if ask.version.endswith("red"):
        colour = (200, 0, 0)
    pen = ImageDraw.Draw(image)
    pen.rectangle((0, 0, side, side), fill=(*colour, alpha))
    pen.line((0, side / 2, side, side / 3), fill=(255, 255, 255, 255), width=6)
    out = io.BytesIO()
    image.quantize(16).save(out, "PNG")
    return out.getvalue()


def names(box: tuple[float, float, float, float], zoom: float) -> list[dict[str, Any]]:
    """Names in a row, more than there is room for."""
    left, top, right, bottom = box
    if zoom < 14:
        return []
    return [
        {
            "text": f"Street {i} <b>bold</b>",
            "x": left + (right - left) * (0.2 + 0.05 * (i % 12)),
            "y": top + (bottom - top) * (0.2 + 0.2 * (i // 12)),
            "angle": 20 * (i % 3),
            "kind": "street",
        }
        for i in range(36)
    ]


def tooltip(kind: str, row: int) -> list[str]:
    """A name that would like to be markup."""
    return [f"<img src=x onerror=alert(1)> {kind} {row}", "Registered, offline"]


def city(count: int = 60) -> CityLayers:
    """Put everything on a map."""
    drawn = ipyleaflet.Map(
        layers=[],
        center=(LAT, LON),
        zoom=int(os.environ.get("BRIDGE_ZOOM", "13")),
        max_zoom=20,
        zoom_control=False,
        attribution_control=False,
        scroll_wheel_zoom=True,
        layout=Layout(height="560px", width="100%"),
    )
    drawn.add(ipyleaflet.ScaleControl(position="bottomleft"))
    bridge = CityLayers(drawn, picture, labels=names, tooltip=tooltip, fault=faulted)
    bridge.layers = [Layer("base", "Ground"), Layer("cover", "Coverage", opacity=0.6)]
    merc = cameras(count)
    if count >= 3:  # three at one pole, in the very middle
        merc[:3] = to_merc(LON, LAT)
    tier = np.arange(count) % 4
    kinds = point_classes(
        tier, offline=np.arange(count) % 7 == 3, unknown=np.arange(count) % 5 == 4
    )
    bridge.set_points(merc, kinds)
    return bridge


def faulted(task: str, error: BaseException) -> None:
    """Keep what went wrong."""
    HEARD.append(("fault", task, str(error)))


def show() -> VBox:
    """The whole page, with a line that repeats what the kernel heard."""
    bridge = city(int(os.environ.get("BRIDGE_CAMERAS", "60")))
    heard = HTML('<pre id="heard"></pre>')

    def hear(name: str) -> Any:
        def act(*parts: Any) -> None:
            HEARD.append((name, *parts))
            lines = [str(one).replace("<", "&lt;") for one in HEARD[-8:]]
            heard.value = f'<pre id="heard">{chr(10).join(lines)}</pre>'

        return act

    for name in (
        *("pick", "click", "clear", "move", "ghost", "remove", "polygon", "refused"),
        *("draw_end", "swipe", "drag"),
    ):
        getattr(bridge, f"on_{name}")(hear(name))
    bridge.on_drag(lambda drag: follow(bridge, drag))
    bridge.on_remove(lambda _: bridge.set_ghosts([]))
    orders = Orders(bridge)
    ready = HTML("<i data-ck-ready></i>")
    return VBox(
        [bridge.map, bridge, orders.widget, heard, orders.more, orders.obeyed, ready]
    )


def follow(bridge: CityLayers, drag: Any) -> None:
    """Let the cone follow the ghost."""
    put_ghost(bridge, drag.lon, drag.lat, drag.bearing_deg)


def put_ghost(
    bridge: CityLayers, lon: float, lat: float, bearing: float | None
) -> None:
    """One ghost with a plain cone of 70 degrees and 60 m."""
    foot = to_merc(lon, lat)
    metre = 1.0 / (2 * np.pi * 6378137.0 * np.cos(np.radians(lat)))
    turned = np.radians((bearing or 0.0) + np.linspace(-35, 35, 15))
    arc = foot + 60 * metre * np.stack([np.sin(turned), -np.cos(turned)], axis=1)
    cone = [np.vstack([foot, arc])]
    bridge.set_ghosts(
        [Ghost("g1", lon, lat, bearing_deg=bearing, title="Trial 1", cone=cone)]
    )


class Orders:
    """A text field by which a test tells the kernel what to do; words, not code."""

    def __init__(self, bridge: CityLayers) -> None:
        from ipywidgets import Text

        self.bridge = bridge
        self.widget = Text(description="order", continuous_update=False)
        self.widget.observe(self._obey, "value")
        self.more = VBox()
        self.obeyed = HTML()

    def _obey(self, change: dict[str, Any]) -> None:
        word, *rest = change["new"].split()
        bridge = self.bridge
        orders = {
            "redraw": lambda: bridge.redraw("cover", version=rest[0]),
            "opacity": lambda: bridge.change_layer("cover", opacity=float(rest[0])),
            "shown": lambda: bridge.change_layer("cover", shown=rest[0] == "yes"),
            "break": lambda: setattr(
                bridge, "layers", (*bridge.layers, Layer("broken", "Broken"))
            ),
            "mend": lambda: setattr(bridge, "layers", bridge.layers[:-1]),
            "home": lambda: bridge.fly_to(LON, LAT, 13),
            "unmark": bridge.clear_marks,
            "die": lambda: os.kill(os.getpid(), signal.SIGKILL),
            "again": self.again,
            "flags": lambda: bridge.show_points(
                np.arange(bridge._count) % int(rest[0]) == 0
            ),
            "fly": lambda: bridge.fly_to(LON + 0.01, LAT + 0.01, 16),
            "mark": lambda: bridge.mark(
                place=(LON, LAT), rays=[(LON + 0.02, LAT, True)]
            ),
            "ghost": lambda: put_ghost(bridge, LON + 0.004, LAT + 0.004, 90.0),
            "draw": bridge.draw_polygon,
            "swipe": self.compare,
            "noswipe": self.end,
            "slow": lambda: os.environ.update(BRIDGE_SLOW_S=rest[0]),
        }
        if word in orders:
            orders[word]()
        self.obeyed.value = f'<i id="obeyed">{change["new"]}</i>'

    def compare(self) -> None:
        """Set two sides against each other."""
        sides = (Layer("other", side="left"), Layer("third", side="right"))
        self.bridge.layers = (*self.bridge.layers[:2], *sides)
        self.bridge.swipe(at=0.5, left="Now", right="Then")

    def end(self) -> None:
        """Take the divider away."""
        self.bridge.stop_swipe()
        self.bridge.layers = self.bridge.layers[:2]

    def again(self) -> None:
        """Show a second map and its bridge."""
        other = city()
        self.more.children = (other.map, other)
