"""What is masked cannot be seen in any picture that leaves."""

from __future__ import annotations

import io
import subprocess

import av
import numpy as np
import pytest
from PIL import Image

from coveragekit.errors import FeedBroken, InputError
from coveragekit.feeds.jpeg import JpegMaker, decoded_jpeg, grey_of, picture_size
from coveragekit.feeds.masks import Mask, MaskPainter
from tests.feeds.readings import require_ffmpeg

SIZE = (360, 640)
LEFT = ((0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0))
TRIANGLE = ((0.25, 0.25), (0.75, 0.25), (0.5, 0.75))


def frame_of(grey: np.ndarray) -> av.VideoFrame:
    rgb = np.repeat(grey[:, :, None], 3, axis=2).astype(np.uint8)
    return av.VideoFrame.from_ndarray(rgb, format="rgb24")


def noise(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, SIZE, dtype=np.uint8)


def seen(jpeg: bytes) -> np.ndarray:
    """Read a picture with another program than the one that made it."""
    with Image.open(io.BytesIO(jpeg)) as picture:
        return np.asarray(picture.convert("L")).astype(int)


@pytest.mark.parametrize("style", ["solid", "pixels"])
@pytest.mark.parametrize("width_px", [None, 320])
@pytest.mark.parametrize("ring", [LEFT, TRIANGLE], ids=["left", "triangle"])
def test_what_happens_behind_a_mask_changes_no_pixel_of_a_solid_one(
    style, width_px, ring
) -> None:
    inside = np.asarray(_inside(ring))
    scene = noise(1)
    other = np.where(inside, noise(2), scene)

    maker = JpegMaker([Mask(ring, style)], width_px=width_px, quality=2)
    first, second = (seen(maker.make(frame_of(one))) for one in (scene, other))

    difference = np.abs(first - second)
    if style == "solid":
        assert difference.max() == 0
    else:
        # means of cells of hundreds of random pixels hardly differ
        assert difference.max() <= 40
        assert difference.mean() < 3
    bare = JpegMaker(width_px=width_px, quality=2)
    assert np.abs(seen(bare.make(frame_of(scene))) - first).max() > 100


def _inside(ring) -> Image.Image:
    """Draw a ring with another pen: every pixel whose centre lies inside."""
    high, wide = SIZE
    y, x = np.mgrid[0:high, 0:wide]
    x, y = (x + 0.5) / wide, (y + 0.5) / high
    inside = np.zeros(SIZE, dtype=bool)
    previous = ring[-1]
    for corner in ring:
        (x0, y0), (x1, y1) = previous, corner
        if y0 != y1:
            crosses = (y0 > y) != (y1 > y)
            inside ^= crosses & (x < (x1 - x0) * (y - y0) / (y1 - y0) + x0)
        previous = corner
    return inside


def test_a_solid_mask_is_one_flat_area_and_the_rest_is_as_it_was() -> None:
    maker = JpegMaker([Mask(LEFT)], quality=2)
    bare = JpegMaker(quality=2)

    masked = seen(maker.make(frame_of(noise(3))))
    plain = seen(bare.make(frame_of(noise(3))))

    assert np.abs(masked[:, :312] - 40).max() <= 2
    # beyond the seam of JPEG's blocks nothing changed
    assert np.array_equal(masked[:, 352:], plain[:, 352:])


def test_colours_behind_a_mask_do_not_shine_through() -> None:
    red = np.zeros((*SIZE, 3), dtype=np.uint8)
    red[..., 0] = 255
    frame = av.VideoFrame.from_ndarray(red, format="rgb24")

    with Image.open(io.BytesIO(JpegMaker([Mask(LEFT)]).make(frame))) as picture:
        colours = np.asarray(picture.convert("RGB")).astype(int)

    left = colours[:, :312]
    assert np.abs(left - left.mean(axis=2, keepdims=True)).max() <= 3
    assert colours[:, 360:, 0].min() > 240


def test_cells_are_coarse_however_small_the_mask() -> None:
    ring = ((0.1, 0.1), (0.2, 0.1), (0.2, 0.2), (0.1, 0.2))
    frame = frame_of(noise(4)).reformat(format="yuvj420p")

    MaskPainter([Mask(ring, "pixels")]).paint(frame)
    luma = frame.to_ndarray()[: SIZE[0]]

    part = luma[40:68, 68:124]
    edges = np.flatnonzero((np.diff(part.astype(int), axis=1) != 0).any(axis=0))
    assert len(edges) >= 2
    assert np.diff(edges).min() >= 10


def test_a_wide_mask_has_at_most_ten_cells_along_its_longer_side() -> None:
    frame = frame_of(noise(5)).reformat(format="yuvj420p")
    whole = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))

    MaskPainter([Mask(whole, "pixels")]).paint(frame)

    row = frame.to_ndarray()[100].astype(int)
    assert np.count_nonzero(np.diff(row)) <= 9


def test_sizes_that_are_odd_and_change_are_masked_all_the_same() -> None:
    maker = JpegMaker([Mask(LEFT)], quality=2)

    for wide, high in [(641, 361), (320, 180), (33, 17), (640, 360)]:
        grey = np.full((high, wide), 200, dtype=np.uint8)
        picture = seen(maker.make(frame_of(grey)))
        assert picture.shape == (high - high % 2, wide - wide % 2)
        assert np.abs(picture[:, : wide // 2 - 8] - 40).max(initial=0) <= 3
        assert picture[:, -4:].min() > 180


def test_the_picture_that_is_masked_is_not_the_decoders_own() -> None:
    frame = frame_of(noise(6)).reformat(format="yuvj420p")
    before = frame.to_ndarray().copy()

    JpegMaker([Mask(LEFT)]).make(frame)

    assert np.array_equal(frame.to_ndarray(), before)


@pytest.mark.parametrize(
    "ring",
    [
        ((0.0, 0.0), (1.0, 1.0)),
        ((0.0, 0.0), (0.5, 0.5), (1.0, 1.0)),
        ((0.0, 0.0), (1.1, 0.0), (1.0, 1.0)),
        ((0.0, 0.0), (float("nan"), 0.0), (1.0, 1.0)),
        (),
    ],
)
def test_a_mask_that_covers_nothing_or_leaves_the_picture_is_refused(ring) -> None:
    with pytest.raises(InputError, match="mask"):
        Mask(ring)


def test_a_mask_of_another_style_is_refused() -> None:
    with pytest.raises(InputError, match="blur"):
        Mask(LEFT, "blur")


def test_a_picture_of_another_form_is_not_let_through_unmasked() -> None:
    with pytest.raises(InputError, match="rgb24"):
        MaskPainter([Mask(LEFT)]).paint(frame_of(noise(7)))


def test_a_picture_is_scaled_in_step_and_never_up() -> None:
    frame = frame_of(noise(8))

    assert picture_size(JpegMaker(width_px=320).make(frame)) == (320, 180)
    assert picture_size(JpegMaker(width_px=9999).make(frame)) == (640, 360)


def test_another_program_reads_what_is_made(tmp_path) -> None:
    path = tmp_path / "made.jpg"
    path.write_bytes(JpegMaker(quality=2).make(frame_of(np.full(SIZE, 77, np.uint8))))

    program = require_ffmpeg()
    words = [program, "-v", "error", "-i", str(path), "-pix_fmt", "gray"]
    done = subprocess.run(
        [*words, "-f", "rawvideo", "-"], capture_output=True, check=True
    )

    grey = np.frombuffer(done.stdout, np.uint8)
    assert grey.size == SIZE[0] * SIZE[1]
    assert np.abs(grey.astype(int) - 77).max() <= 3


@pytest.mark.parametrize("data", [b"", b"\xff\xd8\xff", b"GIF89a" + bytes(50)])
def test_what_is_no_picture_is_a_fault_of_the_camera(data: bytes) -> None:
    with pytest.raises(FeedBroken, match="no picture"):
        picture_size(data)
    with pytest.raises(FeedBroken, match="no picture"):
        decoded_jpeg(data)


def test_a_picture_whose_size_is_monstrous_is_not_decoded() -> None:
    small = io.BytesIO()
    Image.new("L", (16, 16)).save(small, "JPEG")
    data = bytearray(small.getvalue())
    at = data.index(b"\xff\xc0")
    data[at + 5 : at + 9] = (60_000).to_bytes(2, "big") * 2

    with pytest.raises(FeedBroken, match="60000"):
        decoded_jpeg(bytes(data))


def test_a_small_grey_copy_blends_nothing() -> None:
    stripes = np.zeros(SIZE, dtype=np.uint8)
    stripes[:, ::2] = 255

    grey = grey_of(frame_of(stripes))

    assert grey.shape == (90, 160)
    assert set(np.unique(grey)) <= {0, 255}
