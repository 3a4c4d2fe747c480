"""Draw the section: heights along one line of sight, from the camera to the place."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from coveragekit.maps.tokens import LIGHT
from coveragekit.reports.page import Box
from coveragekit.reports.symbols import (
    DASHES,
    REST,
    SIGHT,
    draw_camera,
    draw_cross,
    draw_place,
)
from coveragekit.reports.words import metres

if TYPE_CHECKING:
    from collections.abc import Mapping

    from coveragekit.reports.page import Page
    from coveragekit.reports.profile import Profile, Span

__all__ = ["draw_section"]

_STEPS_M: Final = (1, 2, 5, 10, 20, 50, 100, 200, 500)
_MOST_TIMES: Final = 4.0
_FEW: Final = 4


@dataclass(frozen=True, slots=True)
class _Section:
    """A section that is being drawn: its sheet, its part of it, and its scales."""

    page: Page
    box: Box
    profile: Profile
    camera: Mapping[str, Any]
    left: float
    foot: float
    per_m: float
    per_m_up: float
    high_m: float

    def on(self, distance_m: float, height_m: float) -> tuple[float, float]:
        """Bring metres to points."""
        x = self.left + distance_m * self.per_m
        return (x, self.foot + height_m * self.per_m_up)

    @property
    def inside(self) -> Box:
        """The part of the sheet that the ground's length takes."""
        right = self.on(self.profile.length_m, 0.0)[0]
        return Box(self.left, self.box.low + 1.0, right, self.box.high - 1.0)

    def sight(self, distance_m: float) -> tuple[float, float]:
        """Give where the line of sight is at a distance, points."""
        profile = self.profile
        end = profile.ground_at(profile.distance_m) + profile.target_m
        share = distance_m / max(profile.distance_m, 1e-9)
        return self.on(distance_m, profile.mount_m + share * (end - profile.mount_m))

    @property
    def wall(self) -> str | None:
        """The building that blocks."""
        told = self.camera["blocked_by"]
        return str(told) if isinstance(told, str) else None


def draw_section(
    page: Page, box: Box, *, profile: Profile, camera: Mapping[str, Any]
) -> None:
    """
    Draw the section into a part of the sheet.

    Parameters
    ----------
    page
        The sheet.
    box
        That part, points.
    profile
        The section.
    camera
        The row of the camera that it starts from.
    """
    section = _fit(page, box, profile, camera=camera)
    page.box(box, fill=LIGHT["panel"], edge=LIGHT["line"], width=0.6, above=1.0)
    _draw_picture(section)
    _draw_ground(section)
    for span in profile.spans:
        _draw_span(section, span)
    _draw_axes(section)
    _draw_ends(section)
    _draw_line(section)
    _draw_dead_zone(section)
    _name_spans(section)
    times = section.per_m_up / section.per_m
    note = (
        "same scale both ways" if abs(times - 1.0) < 0.05 else f"heights x {times:.1f}"
    )
    ground = "walls hide at any height"
    if profile.has_relief:
        ground = "walls and ground hide by height"
    if camera["night_range_m"] <= 0.0:
        ground = f"no lamp known: sees nothing by night; {ground}"
    if camera["off_angle_deg"] > 0.0:
        ground = f"beside the picture; {ground}"
    size = page.small - 0.8
    at = (box.right - 5.0, box.low + 3.5)
    words = f"{ground}; {note}"
    page.text(*at, words, size=size, colour=LIGHT["quiet"], across="right")


def _fit(
    page: Page, box: Box, profile: Profile, *, camera: Mapping[str, Any]
) -> _Section:
    left, right = box.left + 40.0, box.right - 14.0
    foot, top = box.low + 32.0, box.high - 14.0
    low = min(float(profile.ground[:, 1].min()), 0.0)
    high = max(
        profile.mount_m,
        profile.target_m + profile.ground_at(profile.distance_m),
        float(profile.ground[:, 1].max()),
        *(span.top_m + profile.ground_at(span.start_m) for span in profile.spans),
        3.0,
    )
    per_m = (right - left) / profile.length_m
    fitting = (top - foot) / ((high - low) * 1.15)
    # Long sections are drawn higher still, or nothing would be seen of the heights.
    per_m_up = min(fitting, max(_MOST_TIMES * per_m, 0.5 * fitting))
    foot -= low * per_m_up
    return _Section(page, box, profile, camera, left, foot, per_m, per_m_up, high)


def _draw_picture(section: _Section) -> None:
    """Shade what the picture shows, between its lower and its upper edge."""
    profile, page = section.profile, section.page
    night_m = float(section.camera["night_range_m"])
    if profile.lower_slope is None or night_m <= 0.0:
        return
    end, eye = 4.0 * profile.length_m, profile.mount_m
    lower = section.on(end, eye - profile.lower_slope * end)
    upper = section.on(0.0, eye + end)
    if profile.upper_slope is not None:
        upper = section.on(end, eye - profile.upper_slope * end)
    start, inside, accent = section.on(0.0, eye), section.inside, LIGHT["accent"]
    if night_m < profile.length_m:
        right = section.on(night_m, 0.0)[0]
        inside = Box(inside.left, inside.low, right, inside.high)
        _draw_lamp_end(section, right, night_m)
    corner = section.on(end, eye + end)
    ring = [start, lower, corner, upper, start]
    page.area(ring, fill=accent, opacity=0.10, inside=inside, above=1.2)
    dashes = (5.0, 1.6)
    for ray in (lower, upper):
        ends = [start, ray]
        page.line(
            ends, colour=accent, width=0.7, dashes=dashes, inside=inside, above=1.4
        )


def _draw_lamp_end(section: _Section, x: float, night_m: float) -> None:
    """Mark where a camera's own light ends."""
    page, box = section.page, section.inside
    upright = [(x, section.on(0.0, 0.0)[1]), (x, box.high)]
    page.line(upright, colour=LIGHT["quiet"], width=0.8, dashes=REST, above=1.5)
    size = page.small - 0.8
    words = f"infrared to {metres(night_m)}"
    width = page.measure(words, size)
    left = min(x + 3.0, box.right - width)
    label = Box(left, box.high - size - 4.0, left + width, box.high - 2.0)
    page.text(left, label.low + 1.0, words, size=size, halo=LIGHT["panel"])
    page.take(label)


def _draw_ground(section: _Section) -> None:
    """Draw the ground, and dotted the height at which something is looked at."""
    profile, page, inside = section.profile, section.page, section.inside
    points = [section.on(d, h) for d, h in profile.ground]
    below = [(points[-1][0], inside.low), (points[0][0], inside.low)]
    ring = [*points, *below, points[0]]
    page.area(ring, fill=LIGHT["map"], inside=inside, above=2.8)
    page.line(points, colour=LIGHT["ink"], width=1.1, above=6.0)
    level = [section.on(d, h + profile.target_m) for d, h in profile.ground]
    quiet = LIGHT["quiet"]
    page.line(
        level, colour=quiet, width=0.6, dashes=(0.8, 1.8), inside=inside, above=3.5
    )


def _draw_dead_zone(section: _Section) -> None:
    """Hatch what lies under the picture, and say where it ends."""
    profile, page = section.profile, section.page
    if profile.lower_slope is None or not profile.dead_zone_m > 0.0:
        return
    dead = min(profile.dead_zone_m, profile.length_m)
    (left, low), (right, high) = (
        section.on(0.0, 0.0),
        section.on(dead, profile.target_m),
    )
    zone = Box(left, low, right, high)
    look: Any = {"edge": LIGHT["quiet"], "width": 0.0, "hatch": "\\\\\\\\"}
    page.box(zone, **look, inside=section.inside, above=3.4)
    size = page.small - 0.8
    words = f"dead zone to {metres(profile.dead_zone_m)}"
    width = page.measure(words, size)
    y = (low + high) / 2.0 - 0.35 * size
    label = Box(right + 3.0, y - 1.0, right + 3.0 + width, y + size)
    if page.is_free(label) and section.inside.holds(label):
        page.text(right + 3.0, y, words, size=size, halo=LIGHT["panel"])
        page.take(label)


def _draw_span(section: _Section, span: Span) -> None:
    profile, page, inside = section.profile, section.page, section.inside
    start, end = span.start_m, min(span.end_m, profile.length_m)
    ground = min(profile.ground_at(start), profile.ground_at(end))
    left, low = section.on(start, ground)
    right, high = section.on(end, ground + span.top_m)
    house = Box(left, low, right, high)
    fill, edge = LIGHT["building"], LIGHT["quiet"]
    page.box(house, fill=fill, edge=edge, width=0.7, inside=inside, above=3.0)
    if span.building_id == section.wall:
        look: Any = {"edge": LIGHT["gap"], "width": 0.0, "hatch": "////"}
        page.box(house, **look, inside=inside, above=3.1)
        page.box(house, edge=LIGHT["ink"], width=1.4, inside=inside, above=3.2)


def _draw_axes(section: _Section) -> None:
    page, box = section.page, section.box
    size, quiet = page.small - 0.8, LIGHT["quiet"]
    step = next(m for m in _STEPS_M if m * section.per_m >= 34.0 or m == _STEPS_M[-1])
    for at in range(0, int(section.profile.length_m) + 1, step):
        x = section.on(at, 0.0)[0]
        ticks = [(x, box.low + 22.0), (x, box.low + 25.0)]
        page.line(ticks, colour=quiet, width=0.6)
        words = f"{at} m" if at else "0"
        page.text(
            x, box.low + 20.5 - size, words, size=size, colour=quiet, across="center"
        )
    up = next(m for m in _STEPS_M if m * section.per_m_up >= 14.0 or m == _STEPS_M[-1])
    x = section.left
    height = math.ceil(float(section.profile.ground[:, 1].min()) / up) * up
    highest = min(box.high - 8.0, section.on(0.0, 1.2 * section.high_m)[1])
    while section.on(0.0, height)[1] <= highest:
        y = section.on(0.0, height)[1]
        page.line([(x - 3.0, y), (x, y)], colour=quiet, width=0.6)
        words = f"{height} m"
        at_y = y - 0.35 * size
        page.text(x - 9.0, at_y, words, size=size, colour=quiet, across="right")
        height += up
    page.line(
        [section.on(0.0, 0.0), (x, box.high - 1.0)], colour=LIGHT["line"], width=0.6
    )


def _draw_ends(section: _Section) -> None:
    """Draw the camera on its mount, and the place at the height looked at."""
    page, profile, camera = section.page, section.profile, section.camera
    ink = LIGHT["ink"]
    eye = section.on(0.0, profile.mount_m)
    page.line([section.on(0.0, 0.0), eye], colour=ink, width=1.4, above=6.5)
    draw_camera(
        page,
        eye,
        str(camera["access"]),
        radius=4.6,
        offline=camera["status"] == "offline",
        unknown=not camera["has_bearing"],
    )
    ground = profile.ground_at(profile.distance_m)
    place = section.on(profile.distance_m, ground + profile.target_m)
    foot = section.on(profile.distance_m, ground)
    page.line([foot, place], colour=ink, width=1.4, above=6.5)
    draw_place(page, place, radius=4.0)
    for x, y in (eye, place):
        page.take(Box(x - 7.0, y - 7.0, x + 7.0, y + 7.0))
    size = page.small - 0.5
    words = f"lens {metres(profile.mount_m)}"
    if camera["height_is_assumed"]:
        words += " assumed"
    x, y = eye[0] + 9.0, eye[1] + 5.0
    page.text(x, y, words, size=size, halo=LIGHT["panel"])
    page.take(Box(x, y - 2.0, x + page.measure(words, size), y + size))


def _draw_line(section: _Section) -> None:
    """Draw the line of sight, solid, dashed or as far as a wall."""
    page, profile, camera = section.page, section.profile, section.camera
    sees = str(camera["verdict"]).startswith("sees")
    colour, far = SIGHT[sees], profile.distance_m
    if sees:
        ends = [section.sight(0.0), section.sight(far)]
        page.line(ends, colour=colour, width=1.7, above=9.0)
        return
    stop = float(camera["blocked_at_m"])
    free = min(stop, far) if math.isfinite(stop) else far
    ends = [section.sight(0.0), section.sight(free)]
    page.line(ends, colour=colour, width=1.7, dashes=DASHES, above=9.0)
    if math.isfinite(stop):
        rest = [section.sight(free), section.sight(far)]
        page.line(rest, colour=colour, width=0.9, dashes=REST, above=9.0)
        x, y = section.sight(free)
        draw_cross(page, (x, y), radius=4.2)
        page.take(Box(x - 5.0, y - 5.0, x + 5.0, y + 5.0))


def _name_spans(section: _Section) -> None:
    """Write each building's height over it, that of the one that blocks first."""
    page, inside, profile = section.page, section.inside, section.profile
    size = page.small - 0.5
    spans = sorted(
        profile.spans, key=lambda one: (one.building_id != section.wall, one.start_m)
    )
    told: set[str] = set()
    for span in spans:
        is_wall = span.building_id == section.wall
        # In a long row of houses the same words over each would be a thicket.
        if span.basis in told and len(spans) > _FEW and not is_wall:
            continue
        lines = [span.basis]
        if is_wall:
            room = 0.6 * inside.width
            lines.append(page.fit(span.building_id, room, size, bold=True))
        wide = max(page.measure(line, size, bold=is_wall) for line in lines)
        tall = (size + 1.5) * len(lines)
        end = min(span.end_m, profile.length_m)
        top = profile.ground_at(span.start_m) + span.top_m
        x, y = section.on((span.start_m + end) / 2.0, top)
        half = wide / 2.0 + 1.0
        x = min(max(x, inside.left + half), inside.right - half)
        for up in (3.0, 12.0, 21.0, -3.0 - tall, -14.0 - tall):
            box = Box(x - half, y + up - 1.0, x + half, y + up + tall)
            if page.is_free(box) and inside.holds(box):
                look: Any = {"size": size, "bold": is_wall, "across": "center"}
                for row, line in enumerate(lines):
                    at = y + up + row * (size + 1.5)
                    page.text(x, at, line, halo=LIGHT["panel"], above=13.0, **look)
                page.take(box)
                told.add(span.basis)
                break
