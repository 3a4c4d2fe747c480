"""The kernels held against SciPy and shapely, which share no code with them."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from scipy import ndimage

from coveragekit.coverage.kernels import pieces, places, points
from tests.strategies import examples

seeds = st.integers(0, 2**32 - 1)


def owners(seed: int, *, shape=(17, 23), count=3) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return rng.integers(-1, count, shape).astype(np.int32)


@examples(60)
@given(seed=seeds, share=st.sampled_from((0.01, 0.1, 0.5)))
def test_every_cell_gets_a_seed_at_the_distance_of_the_nearest(seed, share) -> None:
    rng = np.random.default_rng(seed)
    raster = np.full((19, 31), -1, dtype=np.int32)
    chosen = rng.random(raster.shape) < share
    chosen[rng.integers(19), rng.integers(31)] = True
    raster[chosen] = np.arange(chosen.sum())

    label, apart2 = pieces.nearest_label(raster)

    wanted = ndimage.distance_transform_edt(~chosen)
    assert np.sqrt(apart2) == pytest.approx(wanted)
    row, column = np.nonzero(chosen)
    r, c = np.indices(raster.shape)
    assert ((r - row[label]) ** 2 + (c - column[label]) ** 2 == apart2).all()


def test_without_seeds_no_cell_gets_a_label() -> None:
    label, _ = pieces.nearest_label(np.full((2, 3), -1, dtype=np.int32))

    assert (label == -1).all()


def test_of_two_seeds_equally_near_the_northern_then_the_western_one_is_taken() -> None:
    column = np.array([[0], [-1], [1]], dtype=np.int32)
    row = np.array([[0, -1, 1]], dtype=np.int32)

    assert pieces.nearest_label(column)[0][1, 0] == 0
    assert pieces.nearest_label(row)[0][0, 1] == 0


@examples(60)
@given(seed=seeds)
def test_pieces_are_the_components_of_each_owner(seed) -> None:
    owner = owners(seed)

    piece, count = pieces.label_pieces(owner)

    total = 0
    for one in range(3):
        wanted, several = ndimage.label(owner == one, structure=np.ones((3, 3)))
        total += several
        pairs = np.unique(
            np.column_stack([wanted[owner == one], piece[owner == one]]), axis=0
        )
        assert len(pairs) == several
    assert count == total
    assert ((piece < 0) == (owner < 0)).all()


def test_pieces_are_numbered_by_their_first_cell_even_where_they_join_late() -> None:
    owner = np.array([[0, -1, 0, -1, 0], [0, 0, 0, -1, 0]], dtype=np.int32)

    piece, count = pieces.label_pieces(owner)

    assert count == 2
    assert piece.tolist() == [[0, -1, 0, -1, 1], [0, 0, 0, -1, 1]]


def test_cells_of_one_owner_that_share_a_corner_are_one_piece() -> None:
    owner = np.array([[0, 1], [1, 0]], dtype=np.int32)

    piece, count = pieces.label_pieces(owner)

    assert count == 2
    assert piece.tolist() == [[0, 1], [1, 0]]


def test_many_pieces_are_told_apart() -> None:
    # More than the first size of the table of labels.
    owner = np.where(np.indices((160, 160)).sum(axis=0) % 2 == 0, 0, -1)
    owner[:, 1::2] = -1
    owner[1::2] = -1

    count = pieces.label_pieces(owner.astype(np.int32))[1]

    assert count == 80 * 80


def test_pieces_are_measured_cell_by_cell() -> None:
    piece = np.array([[0, 0, -1], [1, 0, -1]], dtype=np.int32)
    apart2 = np.array([[4, 1, 9], [0, 1, 9]], dtype=np.int32)

    facts = pieces.measure_pieces(piece, 2, apart2)

    assert facts.tolist() == [[3, 1, 2, 1, 0, 1], [1, 1, 0, 0, 1, 0]]


@examples(60)
@given(seed=seeds, radius=st.floats(0.0, 6.0))
def test_points_go_to_the_piece_they_are_in_or_to_the_nearest_in_reach(
    seed, radius
) -> None:
    rng = np.random.default_rng(seed)
    piece = np.where(rng.random((9, 11)) < 0.1, rng.integers(0, 5, (9, 11)), -1)
    row, column = rng.uniform(-2, 11, 20), rng.uniform(-2, 13, 20)

    got = pieces.nearest_piece(piece.astype(np.int32), row, column, radius)

    r, c = np.nonzero(piece >= 0)
    for n in range(20):
        at = int(np.floor(row[n])), int(np.floor(column[n]))
        inside = 0 <= at[0] < 9 and 0 <= at[1] < 11 and piece[at] >= 0
        apart = np.hypot(r + 0.5 - row[n], c + 0.5 - column[n])
        if inside:
            assert got[n] == piece[at]
        elif len(apart) and apart.min() <= radius:
            nearest = piece[r, c][apart <= apart.min() + 1e-9]
            assert got[n] in nearest
        else:
            assert got[n] == -1


def test_a_point_as_far_as_the_reach_still_counts_and_ties_go_to_the_first() -> None:
    piece = np.array([[7, -1, 8]], dtype=np.int32)
    middle = (np.array([0.5]), np.array([1.5]))

    assert pieces.nearest_piece(piece, *middle, 1.0).tolist() == [7]
    assert pieces.nearest_piece(piece, *middle, 0.999).tolist() == [-1]


def grid_of(boxes):
    frame, shape = (-5.0, -5.0, 7.0), (17, 17)
    return (*places.box_cells(boxes, frame, shape), frame, shape)


@examples(40)
@given(seed=seeds, count=st.integers(1, 4))
def test_the_nearest_lines_are_those_of_shapely(seed, count) -> None:
    rng = np.random.default_rng(seed)
    ends = rng.uniform(0.0, 100.0, (12, 4))
    line_of = (np.arange(12) // 2).astype(np.int32)
    where = rng.uniform(-20.0, 120.0, (30, 2))
    low, high = (
        np.minimum(ends[:, :2], ends[:, 2:]),
        np.maximum(ends[:, :2], ends[:, 2:]),
    )
    cells = grid_of(np.hstack([low, high]))

    found, foot = places.nearest_lines(where, ends, line_of, *cells, count, 40.0)

    lines = [
        shapely.MultiLineString([one.reshape(2, 2) for one in ends[line_of == n]])
        for n in range(6)
    ]
    apart = np.array(
        [[line.distance(shapely.Point(p)) for line in lines] for p in where]
    )
    order = np.argsort(apart, axis=1)[:, :count]
    near = np.take_along_axis(apart, order, axis=1) <= 40.0
    assert found.tolist() == np.where(near, order, -1).tolist()
    length = np.hypot(*(foot - where[:, None]).transpose(2, 0, 1))
    assert length[near] == pytest.approx(np.take_along_axis(apart, order, axis=1)[near])


def walls_of(polygons):
    ends, ptr = [], [0]
    for polygon in polygons:
        for ring in (polygon.exterior, *polygon.interiors):
            xy = np.asarray(ring.coords)
            ends.extend(np.hstack([xy[:-1], xy[1:]]))
        ptr.append(len(ends))
    return np.array(ends), np.array(ptr, dtype=np.int64)


HOUSES = [
    shapely.box(0, 0, 40, 30).difference(shapely.box(10, 10, 20, 20)),
    shapely.box(30, 20, 60, 50),
    shapely.Polygon([(70, 70), (95, 75), (80, 78), (90, 95)]),
]


@examples(40)
@given(seed=seeds)
def test_the_building_over_a_place_is_the_first_by_rank_that_holds_it(seed) -> None:
    ends, ptr = walls_of(HOUSES)
    where = np.random.default_rng(seed).uniform(-10.0, 110.0, (60, 2))
    rank = np.array([2, 0, 1], dtype=np.int32)
    boxes = np.array([house.bounds for house in HOUSES])

    over = places.building_over(where, ends, ptr, rank, *grid_of(boxes))

    for place, building in zip(where, over, strict=True):
        holding = [n for n in range(3) if HOUSES[n].contains(shapely.Point(place))]
        assert building == min(holding, key=rank.__getitem__, default=-1)


@examples(40)
@given(seed=seeds)
def test_the_last_exit_is_the_farthest_meeting_with_a_wall(seed) -> None:
    ends, ptr = walls_of(HOUSES)
    rng = np.random.default_rng(seed)
    start, target = rng.uniform(-10, 110, (30, 2)), rng.uniform(-10, 110, (30, 2))
    building = rng.integers(0, 3, 30).astype(np.int32)

    out = places.last_exit(start, target, building, ends, ptr)
    gap = places.gap_to_walls(start, building, ends, ptr)

    for n in range(30):
        outline = HOUSES[building[n]].boundary
        way = shapely.LineString([start[n], target[n]])
        met = shapely.get_coordinates(outline.intersection(way))
        wanted = np.hypot(*(met - start[n]).T).max() if len(met) else -1.0
        assert out[n] == pytest.approx(wanted, abs=1e-6)
        assert gap[n] == pytest.approx(outline.distance(shapely.Point(start[n])))


def test_a_line_along_a_wall_leaves_it_at_the_walls_end() -> None:
    ends, ptr = walls_of([shapely.box(0, 0, 10, 10)])
    start, target = np.array([[2.0, 0.0]]), np.array([[30.0, 0.0]])

    out = places.last_exit(start, target, np.zeros(1, dtype=np.int32), ends, ptr)

    assert out.tolist() == [8.0]


def test_a_line_without_length_meets_nothing() -> None:
    ends, ptr = walls_of([shapely.box(0, 0, 10, 10)])
    here = np.array([[0.0, 0.0]])

    out = places.last_exit(here, here, np.zeros(1, dtype=np.int32), ends, ptr)

    assert out.tolist() == [-1.0]


def test_a_certain_camera_leaves_no_chance_to_miss_and_none_leaves_all() -> None:
    row_ptr, columns = np.array([0, 2, 2, 3]), np.array([0, 1, 1])
    sees = np.ones(3, dtype=np.bool_)

    miss = points.miss_by_row(row_ptr, columns, sees, np.array([0.1, 1.0]))

    assert miss.tolist() == [0.0, 1.0, 0.0]


def test_a_stored_false_is_no_sight() -> None:
    miss = points.miss_by_row(
        np.array([0, 1]), np.array([0]), np.array([False]), np.array([1.0])
    )

    assert miss.tolist() == [1.0]
