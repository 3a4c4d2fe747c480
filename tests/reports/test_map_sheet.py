"""A printed map has what a reader needs to judge it, whatever the words are."""

from __future__ import annotations

import io
import re

import numpy as np
import pytest
from PIL import Image

from coveragekit.errors import InputError
from coveragekit.maps.tiles import Entry
from coveragekit.reports.map_sheet import (
    MAP_SHEETS,
    MapSheet,
    draw_map_sheet,
    map_box,
)
from coveragekit.reports.page import drawing, to_bytes
from coveragekit.view import mercator

HOSTILE = "<script>alert(1)</script> $x_1$ \u202e %s"
PATTERNS = ["fill", "line", "dashes", "hatch", "cross", "disc", "ring", "square"]


def _sheet(sheet: str = "a4", **changes: object) -> MapSheet:
    box = map_box(sheet)
    size = round(box.height), round(box.width), 4
    pixels = np.full(size, 255, np.uint8)
    pixels[..., :3] = (10, 200, 30)
    corner = mercator.to_merc(24.93, 60.18)
    wide = 1e-5
    west, north = corner[0], corner[1]
    parts = {
        "picture": pixels,
        "bounds_merc": (west, north, west + wide, north + wide * size[0] / size[1]),
        "title": "Testville",
        "facts": ("observe, 2014 edition", "by day"),
        "figures": (("Street seen, of 41 km", "38 % (34-41)"),),
        "legend": (("Coverage", (Entry("1 camera", "#00224e", 0.6),)),),
        "sources": ("OpenStreetMap contributors, ODbL",),
        "simulated": ("incidents",),
        "dates": "data 2022-10-24; printed 2026-11-22",
    }
    return MapSheet(**{**parts, **changes})  # type: ignore[arg-type]


def _words(shown: MapSheet, sheet: str = "a4") -> list[str]:
    with drawing():
        page = draw_map_sheet(shown, sheet)
    return [one.get_text() for one in page.figure.axes[0].texts]


@pytest.mark.parametrize("sheet", sorted(MAP_SHEETS))
def test_every_sheet_says_what_it_shows_and_what_it_rests_on(sheet: str) -> None:
    said = " | ".join(_words(_sheet(sheet), sheet))

    for words in (
        "Testville",
        "observe, 2014 edition",
        "by day",
        "Street seen, of 41 km",
        "38 % (34-41)",
        "Coverage",
        "1 camera",
        "N",
        "simulated",
        "Simulated: incidents.",
        "OpenStreetMap contributors, ODbL",
        "data 2022-10-24; printed 2026-11-22",
        "page 1 of 1",
    ):
        assert words in said


def test_nothing_is_called_simulated_where_nothing_is() -> None:
    assert "imulated" not in " ".join(_words(_sheet(simulated=())))


def test_the_scale_bar_is_as_long_as_it_says() -> None:
    shown = _sheet()
    with drawing():
        page = draw_map_sheet(shown)
    words = [one.get_text() for one in page.figure.axes[0].texts]
    said = next(one for one in words if re.fullmatch(r"[\d,]+ m", one))
    halves = [
        patch.get_path().get_extents()
        for patch in page.figure.axes[0].patches
        if abs(patch.get_path().get_extents().height - 3.0) < 1e-9
    ]
    bar = max(one.x1 for one in halves) - min(one.x0 for one in halves)

    west, north, east, south = shown.bounds_merc
    lat = np.radians(mercator.to_lonlat([[west, (north + south) / 2]])[0, 1])
    ground_m = (east - west) * 2 * np.pi * 6_378_137 * np.cos(lat)
    assert bar / map_box("a4").width * ground_m == pytest.approx(
        float(said.removesuffix(" m").replace(",", "")), rel=1e-6
    )


def test_hostile_words_are_drawn_as_words() -> None:
    shown = _sheet(
        title=HOSTILE,
        facts=(HOSTILE,) * 9,
        figures=((HOSTILE * 4, HOSTILE),) * 12,
        legend=((HOSTILE, (Entry(HOSTILE * 9, "#d55e00"),) * 60),) * 4,
        sources=(HOSTILE * 40,),
    )
    for sheet in MAP_SHEETS:
        with drawing():
            page = draw_map_sheet(shown, sheet)
            content = to_bytes(page, "svg", title="x")

        assert b"<script>" not in content
        assert "<script>alert(1)</script> $x_1$" in " ".join(_words(shown, sheet))


def test_a_picture_lies_in_its_frame() -> None:
    with drawing():
        content = to_bytes(draw_map_sheet(_sheet()), "png", title="x", dpi=72)
    with Image.open(io.BytesIO(content)) as image:
        seen = np.asarray(image.convert("RGB"))
    box = map_box("a4")
    green = (seen == (10, 200, 30)).all(axis=2)
    rows, columns = np.nonzero(green)

    assert columns.min() == pytest.approx(box.left, abs=2)
    assert columns.max() == pytest.approx(box.right, abs=2)
    assert seen.shape[0] - rows.max() == pytest.approx(box.low, abs=2)
    assert seen.shape[0] - rows.min() == pytest.approx(box.high, abs=2)


@pytest.mark.parametrize("pattern", [*PATTERNS, "diamond", "slash", "halo"])
def test_each_pattern_of_a_legend_is_drawn(pattern: str) -> None:
    entry = Entry("a sign", "#d55e00", pattern=pattern)
    with drawing():
        bare = to_bytes(draw_map_sheet(_sheet(legend=())), "png", title="x", dpi=72)
        signed = _sheet(legend=(("", (entry,)),))
        drawn = to_bytes(draw_map_sheet(signed), "png", title="x", dpi=72)

    left, top = int(map_box("a4").right) + 12, 90
    area = (left, top, left + 22, top + 60)
    reddish = []
    for content in (bare, drawn):
        with Image.open(io.BytesIO(content)) as image:
            part = np.asarray(image.convert("RGB").crop(area), np.int16)
        reddish.append(int((part[..., 0] - part[..., 2] > 60).sum()))
    assert reddish[0] == 0
    assert reddish[1] >= 8


def test_a_sheet_that_there_is_not_is_refused() -> None:
    with pytest.raises(InputError, match="sheet is 'a0'; allowed: a4"):
        map_box("a0")
    with pytest.raises(InputError, match="sheet is 'a0'; allowed: a4"):
        draw_map_sheet(_sheet(), "a0")
