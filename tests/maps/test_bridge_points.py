"""Cameras reach the page as a few bytes each, and nothing of them is lost."""

from __future__ import annotations

import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from coveragekit.errors import InputError
from coveragekit.maps.bridge_points import (
    pack_points,
    pack_shown,
    point_classes,
    unpack_points,
)
from coveragekit.view import morton
from coveragekit.view.mercator import to_merc

STEP = 2.0**-29  # 7 cm at the equator
places = arrays(
    float, st.tuples(st.integers(0, 40), st.just(2)), elements=st.floats(0.0, 1.0)
)


def test_two_cameras_come_back_where_they_were() -> None:
    merc = np.array([[0.25, 0.5], [0.25 + 8 * STEP, 0.5 - 4 * STEP]])

    back, classes = unpack_points(pack_points(merc, np.array([3, 12], np.uint8)))

    assert back == pytest.approx(merc, abs=STEP / 100)
    assert classes.tolist() == [3, 12]


def test_the_bytes_are_what_the_page_reads() -> None:
    """Planes of the low to high bytes of x, then of y, then the classes."""
    merc = np.array([[0.5, 0.5], [0.5 + 300 * STEP, 0.5 - STEP]])
    merc[:, 1] += STEP  # so that the lowest y is not the first

    packed = pack_points(merc, np.array([1, 2], np.uint8))

    raw = zlib.decompress(packed["data"])
    # zigzag: 0, then +300 -> 600 = 0x0258; y: +1 -> 2, then -1 -> 1
    assert raw[:8].hex() == "0058" + "0002" + "0000" + "0000"
    assert raw[8:16].hex() == "0201" + "0000" + "0000" + "0000"
    assert raw[16:].hex() == "0102"
    assert packed["unit"] == STEP


@settings(deadline=None)
@given(places)
def test_no_camera_moves_by_more_than_half_a_step(merc: np.ndarray) -> None:
    classes = np.arange(len(merc), dtype=np.uint8)

    back, kinds = unpack_points(pack_points(merc, classes))

    assert np.abs(back - merc).max(initial=0.0) <= STEP * 0.51
    assert kinds.tolist() == classes.tolist()


def test_sixty_thousand_cameras_of_a_city_take_less_than_300_kilobytes() -> None:
    rng = np.random.default_rng(1)
    lon = -84.4 + rng.uniform(0, 0.25, 60_000)
    lat = 33.75 + rng.uniform(0, 0.2, 60_000)
    merc = to_merc(lon, lat)
    merc = merc[np.argsort(morton.keys(merc))]

    packed = pack_points(merc, rng.integers(0, 16, 60_000).astype(np.uint8))

    assert len(packed["data"]) < 300_000


def test_which_are_shown_takes_a_bit_each() -> None:
    shown = np.zeros(20, bool)
    shown[[0, 9, 19]] = True

    bits = zlib.decompress(pack_shown(shown))

    assert bits.hex() == "804010"
    assert pack_shown(None) == b""


def test_no_camera_is_no_byte() -> None:
    packed = pack_points(np.empty((0, 2)), np.empty(0, np.uint8))

    assert packed["count"] == 0
    assert packed["data"] == b""
    assert unpack_points(packed)[0].shape == (0, 2)


def test_positions_that_are_none_are_refused() -> None:
    with pytest.raises(InputError, match="point 1 lies at nan"):
        pack_points(np.array([[0.1, 0.1], [np.nan, 0.1]]), np.zeros(2, np.uint8))
    with pytest.raises(InputError, match=r"point 0 lies at 1\.5"):
        pack_points(np.array([[1.5, 0.1]]), np.zeros(1, np.uint8))
    with pytest.raises(InputError, match="1 points need as many classes"):
        pack_points(np.array([[0.5, 0.1]]), np.zeros(2, np.uint8))


def test_a_class_says_tier_state_and_what_is_known() -> None:
    byte = point_classes([0, 1, 2, 3], offline=[0, 1, 0, 1], unknown=[0, 0, 1, 1])

    assert byte.tolist() == [0, 5, 10, 15]
    with pytest.raises(InputError, match="tiers from -1 to 2"):
        point_classes([-1, 2])
