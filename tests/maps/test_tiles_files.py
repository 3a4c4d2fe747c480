"""PNG files hold the colours that were drawn."""

from __future__ import annotations

import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from coveragekit.maps.tiles.png import encode, paletted, to_png


def read(png: bytes) -> np.ndarray:
    return np.array(Image.open(io.BytesIO(png)).convert("RGBA"))


def packed(rgba: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(rgba, np.uint8).view("<u4").ravel()


@pytest.mark.parametrize("colours", [1, 2, 16, 17, 256])
@pytest.mark.parametrize("width", [1, 5, 8])
@pytest.mark.parametrize("smooth", [False, True])
def test_a_palette_gives_the_same_colours_back(
    colours: int, width: int, *, smooth: bool
) -> None:
    rng = np.random.default_rng(colours)
    palette = rng.integers(0, 256, (colours, 4)).astype(np.uint8)
    numbers = rng.integers(0, colours, (7, width)).astype(np.uint8)

    png = paletted(numbers, packed(palette), smooth=smooth)

    assert np.array_equal(read(png), palette[numbers])


def test_any_colours_come_back() -> None:
    rgba = np.random.default_rng(1).integers(0, 256, (9, 4, 4)).astype(np.uint8)

    assert np.array_equal(read(encode(rgba)), rgba)


def test_a_clear_canvas_is_no_file() -> None:
    assert to_png(np.zeros((4, 4, 4), np.float32)) == b""


@given(st.integers(0, 1000), st.integers(1, 4))
@settings(max_examples=30, deadline=None)
def test_few_colours_come_back_exactly(seed: int, count: int) -> None:
    rng = np.random.default_rng(seed)
    colours = rng.integers(0, 256, (count, 4)).astype(np.float32) / 255.0
    colours[:, 3] = rng.integers(1, 5, count) / 4.0
    canvas = colours[rng.integers(0, count, (6, 6))]
    canvas[..., :3] *= canvas[..., 3:]

    seen = read(to_png(canvas.astype(np.float32), levels=4)) / 255.0

    opacity = canvas[..., 3:]
    assert np.abs(seen[..., 3:] - opacity).max() <= 1.01 / 255
    assert np.abs(seen[..., :3] - canvas[..., :3] / opacity).max() <= 1.01 / 255


def test_a_smooth_picture_is_smaller_as_differences() -> None:
    step = np.add.outer(np.arange(256), np.arange(256)) // 11
    palette = packed(np.stack([np.arange(64)] * 4, axis=-1) * 4)

    plain, smooth = (
        len(paletted(step.astype(np.uint8), palette, smooth=one)) for one in (0, 1)
    )

    assert smooth < 0.9 * plain


def test_many_colours_are_joined_but_surfaces_keep_theirs() -> None:
    canvas = np.random.default_rng(5).uniform(0.5, 0.9, (64, 64, 4)).astype(np.float32)
    ground = np.array([0.933, 0.941, 0.953, 1.0], np.float32)
    canvas[:, :32] = ground
    canvas[..., 3] = 1.0

    png = to_png(canvas)

    image = Image.open(io.BytesIO(png))
    assert image.mode == "P"
    seen = read(png)
    assert np.array_equal(seen[0, 0], np.round(ground * 255).astype(np.uint8))
    assert np.abs(seen / 255.0 - canvas).max() < 0.16


def test_colours_that_no_palette_holds_are_kept_all() -> None:
    rgba = np.random.default_rng(2).uniform(0.0, 1.0, (96, 96, 4)).astype(np.float32)
    rgba[..., :3] *= rgba[..., 3:]

    assert Image.open(io.BytesIO(to_png(rgba, levels=255))).mode == "RGBA"
