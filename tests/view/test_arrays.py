"""Texts, ragged shapes, Mercator and Morton order, against plain Python."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Transformer

from coveragekit.errors import InputError
from coveragekit.view import Ragged, Texts, mercator, morton

LON = st.floats(-180.0, 180.0)
LAT = st.floats(-85.0, 85.0)
UNIT = st.floats(0.0, 1.0, exclude_max=True)


@given(st.lists(st.text() | st.none()))
def test_texts_come_back_in_any_script(texts) -> None:
    plain = [(one or "").encode("utf-8", "replace").decode() for one in texts]

    kept = Texts.of(texts)

    assert [kept[row] for row in range(len(kept))] == plain
    for one in plain:
        assert kept.find(one) == plain.index(one)


def test_a_row_beyond_the_texts_is_refused() -> None:
    kept = Texts.of(["a", "b"])

    assert kept[-2] == "a"
    for row in (2, -3):
        with pytest.raises(IndexError, match=f"no text {row}; there are 2"):
            kept[row]
    with pytest.raises(IndexError, match="there are 0"):
        Texts.of([])[0]


def test_iterating_texts_ends() -> None:
    assert list(Texts.of(["x", "", "z"])) == ["x", "", "z"]


@given(st.lists(st.lists(st.lists(st.tuples(UNIT, UNIT), min_size=1), max_size=3)))
def test_shapes_come_back_with_the_box_round_them(rows) -> None:
    given_rows = [[np.array(ring) for ring in row] for row in rows]

    kept = Ragged.of(given_rows)

    assert len(kept) == len(rows)
    for number, row in enumerate(given_rows):
        rings = kept.rings(number)
        assert len(rings) == len(row)
        for one, other in zip(rings, row, strict=True):
            assert np.array_equal(one, other)
        if row:
            corners = np.concatenate(row)
            assert kept.box[number].tolist() == [
                *corners.min(axis=0),
                *corners.max(axis=0),
            ]
        else:
            assert np.isnan(kept.box[number]).all()


@given(LON, LAT)
def test_the_square_is_the_web_mercator_of_everybody(lon, lat) -> None:
    to_web = Transformer.from_crs("EPSG:4326", "EPSG:3857", always_xy=True)
    x, y = to_web.transform(lon, lat)

    merc = mercator.to_merc(lon, lat)

    side = 2.0 * np.pi * 6378137.0
    assert merc == pytest.approx([0.5 + x / side, 0.5 - y / side], abs=1e-12)
    assert mercator.to_lonlat(merc) == pytest.approx([lon, lat], abs=1e-9)


def test_places_beyond_the_square_are_taken_to_its_edge() -> None:
    merc = mercator.to_merc([0.0, 0.0], [90.0, -90.0])

    assert merc[:, 1] == pytest.approx([0.0, 1.0], abs=1e-12)


def test_a_metre_is_longer_in_the_square_by_the_latitude() -> None:
    merc = mercator.to_merc(0.0, [0.0, 60.0])

    assert mercator.scale(merc)[1] == pytest.approx(2.0 * mercator.scale(merc)[0])


def by_digits(x, y):
    """The key of a place, digit by digit."""
    key = 0
    for digit in range(32):
        column = int(x * 2 ** (digit + 1)) & 1
        row = int(y * 2 ** (digit + 1)) & 1
        key = key << 2 | row << 1 | column
    return key


@given(st.lists(st.tuples(UNIT, UNIT)))
def test_keys_are_the_digits_in_turn(places) -> None:
    found = morton.keys(places).tolist()

    assert found == [by_digits(x, y) for x, y in places]


@given(
    st.lists(st.tuples(UNIT, UNIT), max_size=60),
    st.integers(0, 32),
    st.data(),
)
def test_a_tile_is_a_slice(places, z, data) -> None:
    x, y = (data.draw(st.integers(0, 2**z - 1)) for _ in "xy")
    if places and data.draw(st.booleans()):
        x, y = (int(one * 2**z) for one in places[0])
    merc = np.array(places).reshape(-1, 2)
    order = np.argsort(morton.keys(merc), kind="stable")
    key = morton.keys(merc)[order]

    found = morton.tile_slice(key, z, x, y)

    # the whole numbers of a column and row hold every digit of a tile
    cells = np.floor(merc[order] * 2.0**32).astype(np.uint64) >> np.uint64(32 - z)
    inside = (cells[:, 0] == x) & (cells[:, 1] == y)
    assert np.flatnonzero(inside).tolist() == list(range(found.start, found.stop))


def test_the_edge_of_the_square_belongs_to_the_last_tile() -> None:
    key = morton.keys([[1.0, 1.0], [2.0, -1.0]])

    assert morton.tile_slice(key[:1], 3, 7, 7) == slice(0, 1)
    assert morton.tile_slice(key[1:], 3, 7, 0) == slice(0, 1)


def test_what_is_no_place_or_no_tile_is_refused() -> None:
    with pytest.raises(InputError, match="row 1 is no place"):
        morton.keys([[0.5, 0.5], [np.nan, 0.5]])
    for z, x, y in ((-1, 0, 0), (33, 0, 0), (2, 4, 0), (2, 0, -1)):
        with pytest.raises(InputError, match=f"no tile {z}/{x}/{y}"):
            morton.tile_slice(morton.keys([]), z, x, y)
