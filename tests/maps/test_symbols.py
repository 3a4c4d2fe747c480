"""Symbols drawn once, used by every map."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from itertools import product

import pytest

from coveragekit.maps.symbols import (
    CAMERA_RADIUS_PX,
    camera_class,
    density_svg,
    gap_svg,
    isovist_svg,
    map_css,
    multiplicity_svg,
    probability_svg,
    symbol_defs,
    symbol_svg,
)
from coveragekit.maps.tokens import ACCESS_ORDER

_STATES = list(product(ACCESS_ORDER, (False, True), (False, True)))


@pytest.mark.parametrize(("tier", "offline", "unknown"), _STATES)
def test_every_class_has_its_rule_and_its_drawing(tier, offline, unknown) -> None:
    name = camera_class(tier, offline=offline, unknown=unknown)

    assert f"path.{name}{{marker-start:url(#{name})}}" in map_css()
    assert f'id="{name}"' in symbol_defs()


def test_no_two_states_share_a_class_or_a_drawing() -> None:
    drawings = {symbol_svg(t, offline=o, unknown=u) for t, o, u in _STATES}

    assert len({camera_class(t, offline=o, unknown=u) for t, o, u in _STATES}) == 16
    assert len(drawings) == 16


def test_offline_is_hollow_with_a_slash_and_unknown_has_a_dashed_ring() -> None:
    offline = symbol_svg("integrated", offline=True)
    unknown = symbol_svg("integrated", unknown=True)

    assert "M4 20 20 4" in offline
    assert "fill:#0072B2" not in offline
    assert "dasharray" in unknown
    assert "fill:#0072B2" in unknown


def test_an_unheard_of_tier_is_drawn_as_public() -> None:
    assert camera_class("secret") == camera_class("public")
    assert symbol_svg("secret") == symbol_svg("public")


def test_the_symbol_stands_on_the_middle_of_the_circle_that_catches_the_click() -> None:
    marker = ET.fromstring(symbol_defs()).find(".//marker")  # noqa: S314 - our own text

    # Leaflet's circle starts one radius left of its middle; the drawing's is at 12, 12.
    assert float(marker.get("refX")) + CAMERA_RADIUS_PX == 12.0
    assert float(marker.get("refY")) == 12.0


@pytest.mark.parametrize(
    "svg",
    [
        symbol_defs(),
        gap_svg(),
        density_svg(),
        isovist_svg(),
        isovist_svg(unknown=True),
        *(multiplicity_svg(i) for i in range(6)),
        *(probability_svg(i) for i in range(5)),
        *(symbol_svg(t, offline=o, unknown=u) for t, o, u in _STATES),
    ],
)
def test_every_drawing_is_well_formed_and_silent_to_screen_readers(svg) -> None:
    root = ET.fromstring(svg)  # noqa: S314 - our own text

    assert root.tag == "svg"
    assert root.get("aria-hidden") == "true"


def test_every_colour_of_the_map_has_a_value_of_its_own() -> None:
    bare = re.findall(r"var\(--ck-[\w-]+\)", map_css())

    assert bare == []
