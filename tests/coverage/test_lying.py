"""Which of many outlines holds a place."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely import MultiPolygon, Point, Polygon, box

from coveragekit.coverage import first_holding
from coveragekit.errors import InputError

RING = Polygon(
    [(0, 0), (30, 0), (30, 30), (0, 30)], [[(10, 10), (10, 20), (20, 20), (20, 10)]]
)


def shapes_of(*shapes: object) -> np.ndarray:
    made = np.empty(len(shapes), dtype=object)
    made[:] = shapes
    return made


def test_a_courtyard_is_no_part_of_the_block_around_it() -> None:
    places = np.array([[5.0, 5.0], [15.0, 15.0], [25.0, 15.0], [31.0, 15.0]])

    assert first_holding(places, shapes_of(RING)).tolist() == [0, -1, 0, -1]


def test_the_first_of_several_shapes_wins_and_its_edge_is_its_own() -> None:
    shapes = shapes_of(box(10, 0, 20, 10), box(0, 0, 15, 10))
    places = np.array([[12.0, 5.0], [10.0, 5.0], [9.0, 5.0], [20.0, 10.0], [0.0, 0.0]])

    assert first_holding(places, shapes).tolist() == [0, 0, 1, 0, 1]
    assert first_holding(places, shapes[::-1]).tolist() == [0, 0, 0, 1, 0]


def test_what_is_missing_or_empty_holds_nothing_and_keeps_its_row() -> None:
    several = MultiPolygon([box(0, 0, 1, 1), box(5, 0, 6, 1)])
    shapes = shapes_of(None, Polygon(), several)

    assert first_holding(np.array([[5.5, 0.5], [3.0, 0.5]]), shapes).tolist() == [2, -1]
    assert first_holding(np.array([[0.0, 0.0]]), shapes_of()).tolist() == [-1]
    assert first_holding(np.empty((0, 2)), shapes).tolist() == []


def test_a_point_is_no_outline() -> None:
    with pytest.raises(InputError, match=r"shape 1 is a Point; allowed: Polygon"):
        first_holding(np.zeros((1, 2)), shapes_of(box(0, 0, 1, 1), Point(0, 0)))


def test_many_thin_slanted_sides_far_from_the_origin() -> None:
    angle = np.linspace(0.0, 2.0 * np.pi, 4001)[:-1]
    reach = np.where(np.arange(4000) % 2, 40.0, 90.0)
    star = np.column_stack([np.cos(angle), np.sin(angle)]) * reach[:, None]
    middle = np.array([5.0e5, 4.6e6])
    shape = shapes_of(Polygon(star + middle))
    rng = np.random.default_rng(3)
    places = rng.uniform(-95.0, 95.0, (5000, 2)) + middle
    on_edge = shapely.get_coordinates(
        shapely.line_interpolate_point(
            shape[0].exterior, rng.uniform(0.0, 1.0, 500), normalized=True
        )
    )
    places = np.concatenate([places, on_edge, star[::7] + middle])

    held = first_holding(places, shape) == 0

    assert (held == shapely.intersects_xy(shape[0], *places.T)).all()
    assert held[-len(star[::7]) :].all()


corner = st.tuples(st.integers(0, 12), st.integers(0, 12))


@given(
    boxes=st.lists(st.tuples(corner, corner), min_size=1, max_size=6),
    turn=st.floats(0.0, 90.0),
    places=st.lists(corner, min_size=1, max_size=30),
)
def test_the_same_as_shapely_for_any_boxes_even_on_their_edges(
    boxes: list, turn: float, places: list
) -> None:
    shapes = shapes_of(
        *(
            shapely.affinity.rotate(
                box(*np.minimum(*one), *np.maximum(*one)), turn, origin=(0, 0)
            )
            for one in boxes
        )
    )
    turned = shapely.affinity.rotate(shapely.MultiPoint(places), turn, origin=(0, 0))
    at = shapely.get_coordinates(turned)

    holds = shapely.intersects_xy(shapes[:, None], *at.T)

    expected = np.where(holds.any(axis=0), holds.argmax(axis=0), -1)
    assert first_holding(at, shapes).tolist() == expected.tolist()
