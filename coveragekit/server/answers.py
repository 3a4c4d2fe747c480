"""Small answers to the form's own scripts: addresses, views, pictures of the map."""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import asdict
from http import HTTPStatus
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

from tornado import web

from coveragekit.maps.tokens import DARK, LIGHT
from coveragekit.server.base import Plain
from coveragekit.server.catalogue import HEIGHTS_M, KINDS, WIDTHS_DEG
from coveragekit.server.fields import read_camera
from coveragekit.server.office import ghost_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from coveragekit.server.sight import Seen

__all__ = ["Health", "Names", "Search", "Static", "Tile", "View", "static_files"]

_TYPES: Final = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
# Parts of the unit square that a step of a view's corners is; 4 cm at the equator.
_STEPS: Final = 2**30
_DAY_S: Final = 24 * 3600
# Nobody sets a pin more exactly than this on a telephone.
_AT_WALL_M: Final = 2.0


class _Answer(Plain):
    """An answer to a script."""

    takes = "application/json"

    def answer(self, value: object) -> None:
        """Send it."""
        self.set_header("Content-Type", "application/json")
        self.finish(json.dumps(value, ensure_ascii=False, separators=(",", ":")))


class Search(_Answer):
    """Addresses, places and streets with a name."""

    limit = "search"

    async def post(self) -> None:
        """Give those that fit what was typed."""
        asked = self.asked().get("q", "")
        if not isinstance(asked, str):
            raise web.HTTPError(HTTPStatus.BAD_REQUEST)
        found = await self.kept_up(self.shop.desk.find, asked[:200])
        self.answer(
            [{**asdict(one), "what": self.say(f"find.{one.kind}")} for one in found]
        )


class View(_Answer):
    """What a camera would see."""

    limit = "view"

    async def post(self) -> None:
        """Give its view, and where it stands."""
        asked = self.asked()
        camera = _camera(asked, self)
        self.answer(await self.kept_up(self.look, camera))

    def look(self, camera: dict[str, Any]) -> dict[str, Any]:
        """Look through it; in a thread."""
        desk = self.shop.desk
        lon, lat = camera["lon"], camera["lat"]
        address, street = desk.finder.near(lon, lat)
        off_m = desk.sight.off_area_m(lon, lat)
        at_wall = desk.walls.away_m(lon, lat) <= _AT_WALL_M
        shown: dict[str, Any] = {
            "address": address,
            "street": street,
            "open": not at_wall,
        }
        if off_m > 0.0:
            return {**shown, "say": self.say("view.outside"), "fault": True}
        ghost = ghost_of(camera)
        seen = desk.sight.see(ghost)
        return {**shown, **_drawn(seen), "hfov": ghost.hfov_deg, **self.words(seen)}

    def words(self, seen: Seen) -> dict[str, Any]:
        """Say what is to be said of a view."""
        if seen.mount == "inside":
            return {"say": self.say("view.inside"), "fault": True}
        if seen.blind:
            return {"say": self.say("view.blind"), "fault": True}
        return {"say": self.say("view.seen", reach=f"{seen.reach_m:.0f}")}


def _camera(asked: Mapping[str, Any], view: View) -> dict[str, Any]:
    """Give a camera by what a script says of it."""
    camera: dict[str, Any] = {}
    for name, most in (("lon", 180.0), ("lat", 85.0), ("bearing_deg", 360.0)):
        value = asked.get(name)
        if name == "bearing_deg" and value is None:
            continue
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if not (is_number and abs(value) <= most):  # type: ignore[arg-type]
            raise web.HTTPError(HTTPStatus.BAD_REQUEST)
        camera[name] = math.fmod(value, 360.0) if name == "bearing_deg" else value  # type: ignore[arg-type]
    camera["bearing_deg"] = camera.get("bearing_deg")
    if camera["bearing_deg"] is not None:
        camera["bearing_deg"] %= 360.0
    told = {
        name: str(asked.get(name, ""))[:200]
        for name in ("kind", "height", "width", "model")
    }
    told["kind"] = told["kind"] if told["kind"] in KINDS else "unknown"
    told["height"] = told["height"] if told["height"] in HEIGHTS_M else "unknown"
    told["width"] = told["width"] if told["width"] in WIDTHS_DEG else "unknown"
    read = read_camera(told, view.shop.catalogue).values
    return {**camera, "kind": read["kind"], "optics": read["optics"]}


def _drawn(seen: Seen) -> dict[str, Any]:
    """Give a view as a script draws it: whole steps from its foot."""
    return {
        "foot": [float(seen.foot[0]), float(seen.foot[1])],
        "rings": [
            ((ring - seen.foot) * _STEPS).round().astype(int).tolist()
            for ring in seen.rings
        ],
        "reach": round(seen.reach_m, 1),
        "mount": seen.mount,
    }


class Tile(Plain):
    """One picture of the map."""

    limit = "tile"
    unfit = HTTPStatus.NOT_FOUND

    async def get(self, theme: str, scale: str, *where: str) -> None:
        """Draw it."""
        drawn = await self.kept_up(
            self.shop.desk.ground.tile,
            (int(where[0]), int(where[1]), int(where[2])),
            dark=theme == "dark",
            scale=int(scale),
        )
        self.set_header("Content-Type", "image/png")
        self.set_header("Cache-Control", f"private, max-age={_DAY_S}")
        self.finish(drawn)


class Names(_Answer):
    """Names on a part of the map."""

    limit = "tile"
    unfit = HTTPStatus.NOT_FOUND

    async def get(self, z: str, x: str, y: str) -> None:
        """Give them."""
        where = (int(z), int(x), int(y))
        names = await self.kept_up(self.shop.desk.ground.names, where)
        self.set_header("Cache-Control", f"private, max-age={_DAY_S}")
        self.answer(names)


class Health(_Answer):
    """Whether the server answers."""

    def get(self) -> None:
        """Say so."""
        self.answer({"ok": True})


class Static(Plain):
    """Style and scripts, held in memory: no path of the disk is ever asked for."""

    limit = "tile"

    def get(self, name: str) -> None:
        """Give one."""
        known: Mapping[str, tuple[str, bytes, str]] = self.settings["files"]
        if name not in known:
            raise web.HTTPError(HTTPStatus.NOT_FOUND)
        kind, body, tag = known[name]
        self.set_header("Content-Type", kind)
        self.set_header("Cache-Control", "no-cache")
        self.set_header("Etag", f'"{tag}"')
        if self.check_etag_header():
            self.set_status(HTTPStatus.NOT_MODIFIED)
            return
        self.finish(body)


def static_files() -> dict[str, tuple[str, bytes, str]]:
    """
    Give the form's own files.

    Returns
    -------
    dict
        Name to content type, bytes and a tag of them.

    Examples
    --------
    >>> static_files()["tokens.css"][0]
    'text/css; charset=utf-8'
    """
    folder = files("coveragekit.server") / "static"
    bodies = {
        one.name: one.read_bytes()
        for one in folder.iterdir()
        if one.name.endswith((".css", ".js", ".svg"))
    }
    bodies["tokens.css"] = _tokens().encode()
    return {
        name: (
            _TYPES[name[name.rindex(".") :]],
            body,
            hashlib.sha256(body).hexdigest()[:16],
        )
        for name, body in bodies.items()
    }


def _tokens() -> str:
    """Give the colours of the screens as custom properties."""
    light = "".join(f"--ck-{name}: {value}; " for name, value in LIGHT.items())
    dark = "".join(f"--ck-{name}: {value}; " for name, value in DARK.items())
    return (
        f":root {{ color-scheme: light dark; {light}}}\n"
        f"@media (prefers-color-scheme: dark) {{ :root {{ {dark}}} }}\n"
    )
