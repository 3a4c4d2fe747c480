"""Colours and classes that Python draws with."""

from __future__ import annotations

import math
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coveragekit.maps.tokens import (
    ACCESS,
    ACCESS_ORDER,
    DARK,
    LIGHT,
    MULTIPLICITY,
    PROBABILITY,
    multiplicity_class,
)

_CSS = Path("coveragekit/dashboards/static/tokens.css")


def _luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [
        p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(one: str, two: str) -> float:
    light, dark = sorted((_luminance(one), _luminance(two)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _blocks() -> list[dict[str, str]]:
    text = re.sub(r"/\*.*?\*/", "", _CSS.read_text("utf-8"), flags=re.DOTALL)
    blocks = re.findall(r"\{([^{}]*)\}", text)
    return [
        dict(re.findall(r"--ck-([\w-]+):\s*(#[0-9a-f]{6})", block)) for block in blocks
    ]


def test_the_colours_are_those_of_the_screens_document() -> None:
    assert ACCESS["integrated"].colour == "#0072B2"
    assert ACCESS["registered"].colour == "#E69F00"
    assert ACCESS["public"].colour == "#009E73"
    assert ACCESS["planned"].colour == "#CC79A7"
    assert LIGHT["gap"] == "#d55e00"


def test_every_tier_has_a_shape_of_its_own_beside_its_colour() -> None:
    shapes = [ACCESS[tier].shape for tier in ACCESS_ORDER]

    assert len(set(shapes)) == 4


def test_the_page_and_python_share_their_tokens() -> None:
    light, dark_by_system, dark_by_choice = _blocks()

    for page, ours in ((light, LIGHT), (dark_by_system, DARK), (dark_by_choice, DARK)):
        assert {name: page[name] for name in ours} == dict(ours)
    assert dark_by_system == dark_by_choice


def test_the_page_and_python_share_the_coverage_ramp() -> None:
    light, dark, _ = _blocks()

    for i, step in enumerate(MULTIPLICITY):
        assert light[f"ramp-{i}"] == step.colour
        assert dark[f"ramp-{i}"] == step.dark_colour


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("ink", ["ink", "quiet", "accent"])
@pytest.mark.parametrize("ground", ["page", "panel"])
def test_text_can_be_read_on_every_ground(theme, ink, ground) -> None:
    assert _contrast(theme[ink], theme[ground]) >= 4.5


def test_the_ramp_is_cividis_at_five_equal_steps() -> None:
    colormaps = pytest.importorskip("matplotlib").colormaps
    to_hex = pytest.importorskip("matplotlib.colors").to_hex

    expected = [to_hex(colormaps["cividis"](x)) for x in (0.0, 0.25, 0.5, 0.75, 1.0)]

    assert [step.colour for step in MULTIPLICITY[1:]] == expected


@pytest.mark.parametrize("name", ["colour", "dark_colour"])
def test_more_cameras_are_never_darker(name) -> None:
    lights = [_luminance(getattr(step, name)) for step in MULTIPLICITY]

    assert lights == sorted(lights)


def test_the_first_step_shows_on_its_ground() -> None:
    assert _contrast(MULTIPLICITY[1].colour, LIGHT["map"]) >= 3
    assert _contrast(MULTIPLICITY[1].dark_colour, DARK["map"]) >= 3


@pytest.mark.parametrize(
    ("value", "step"),
    [
        (0.0, None),
        (1e-9, 0),
        (0.999, 0),
        (1.0, 1),
        (2.0, 2),
        (4.99, 3),
        (5.0, 4),
        (9.0, 5),
    ],
)
def test_a_value_on_a_border_belongs_to_the_upper_step(value, step) -> None:
    assert multiplicity_class(value) == step


def test_the_surer_a_place_is_seen_the_more_of_its_colour_it_has() -> None:
    lows = [step.low for step in PROBABILITY]
    opacities = [step.opacity for step in PROBABILITY]

    assert lows == sorted(set(lows))
    assert opacities == sorted(set(opacities))
    assert max(lows) < 1.0


def test_outside_the_study_area_there_is_no_step() -> None:
    assert multiplicity_class(math.nan) is None


@given(st.floats(0, 1000), st.floats(0, 1000))
def test_more_is_never_a_lower_step(one, other) -> None:
    low, high = sorted((one, other))

    assert (multiplicity_class(low) or 0) <= (multiplicity_class(high) or 0)
