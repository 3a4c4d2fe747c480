"""Kernels that draw, held against slow and obvious ways to the same pixels."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from coveragekit.maps.tiles.index import BoxIndex, Drawn, frozen, slices_in
from coveragekit.maps.tiles.kernels import blend, fills, spots, strokes
from coveragekit.maps.tiles.kernels.views import add_shapes, add_views
from coveragekit.view import Ragged, morton

SIDE = 24
GRID = np.array([fills.SUB * 1.0, 0.0, 0.0])


def ring_of(polygon) -> list[np.ndarray]:
    return [np.asarray(ring.coords) for ring in (polygon.exterior, *polygon.interiors)]


def star(seed: int, *, corners: int = 9, spread: float = 10.0) -> shapely.Polygon:
    """A polygon round the window's middle with corners at random distances."""
    rng = np.random.default_rng(seed)
    turn = (np.arange(corners) + rng.uniform(0.0, 1.0, corners)) * 2 * np.pi / corners
    away = rng.uniform(0.25, 1.0, corners) * spread
    middle = SIDE / 2 + rng.uniform(-4.0, 4.0, 2)
    return shapely.Polygon(
        middle + np.stack([np.cos(turn), np.sin(turn)], axis=-1) * away[:, None]
    ).buffer(0)


def summed(counts: np.ndarray, full: float) -> np.ndarray:
    return np.cumsum(counts, axis=1)[:, :-2] / full


def filled(polygons: list[list[np.ndarray]], *, lines: int) -> np.ndarray:
    shapes = Drawn.of(Ragged.of(polygons))
    counts = np.zeros((SIDE, SIDE + 2), np.int32)
    fills.fill(counts, *shapes.arrays, np.arange(len(shapes)), GRID, lines)
    return summed(counts, fills.SUB * lines)


def centres(fine: int = 1) -> np.ndarray:
    middle = (np.arange(SIDE * fine) + 0.5) / fine
    return np.stack(np.meshgrid(middle, middle), axis=-1)


def test_a_box_covers_pixels_by_their_parts() -> None:
    box = np.array([[1.5, 1.0], [4.0, 1.0], [4.0, 2.25], [1.5, 2.25], [1.5, 1.0]])

    cover = filled([[box]], lines=4)

    assert cover[1, :5].tolist() == [0.0, 0.5, 1.0, 1.0, 0.0]
    assert cover[2, :5].tolist() == [0.0, 0.125, 0.25, 0.25, 0.0]
    assert cover[3].sum() == 0.0


@given(st.integers(0, 10_000))
@settings(max_examples=40, deadline=None)
def test_a_polygon_fills_its_area(seed: int) -> None:
    shape = star(seed)
    polygons = [ring_of(one) for one in shapely.get_parts(shape)]

    cover = filled(polygons, lines=16)

    window = shapely.box(0, 0, SIDE, SIDE)
    # The worst of all 10,001 seeds is 0.27: an almost level edge along a line.
    assert cover.sum() == pytest.approx(shape.intersection(window).area, abs=0.28)
    assert cover.min() >= 0.0
    assert cover.max() <= 1.0 + 1e-9


def test_a_yard_stays_clear_whichever_way_its_ring_runs() -> None:
    house, yard = shapely.box(2, 2, 12, 12), shapely.box(5, 5, 9, 9)
    rings = [np.asarray(house.exterior.coords), np.asarray(yard.exterior.coords)]

    for inner in (rings[1], rings[1][::-1]):
        cover = filled([[rings[0], inner]], lines=4)

        assert cover[6, 6] == 0.0
        assert cover[3, 3] == 1.0
        assert cover.sum() == 100 - 16


def test_neighbours_leave_no_seam_and_overlap_nowhere() -> None:
    left = np.array([[2.0, 2], [7.3, 2], [9.1, 14], [2, 14], [2, 2]])
    right = np.array([[7.3, 2], [15.0, 2], [15, 14], [9.1, 14], [7.3, 2]])

    cover = filled([[left], [right]], lines=4)

    assert np.allclose(cover[2:14, 2:15], 1.0)


def test_rings_need_not_be_closed() -> None:
    box = np.array([[2.0, 2], [6, 2], [6, 6], [2, 6]])

    assert filled([[box]], lines=4).sum() == 16.0


def views(
    shapes: list[shapely.Polygon],
    *,
    feet: list[tuple[float, float]],
    bearings: list[float],
    radii: list[float],
    fars: list[float],
    chances: list[float] | None = None,
    exact: int = 0,
) -> np.ndarray:
    drawn = Drawn.of(Ragged.of([ring_of(one) for one in shapes]))
    counts = np.zeros((SIDE, SIDE + 2), np.int64)
    chance = [1.0] * len(shapes) if chances is None else chances
    add_views(
        *(counts, *drawn.arrays, np.arange(len(shapes))),
        frozen(np.array(feet, float)),
        frozen(np.array(bearings), np.float32),
        frozen(np.array(radii, float)),
        frozen(np.array(fars, float)),
        frozen(np.array(chance), np.float32),
        GRID,
        exact,
    )
    return summed(counts, fills.FULL)


def cut(
    shape: shapely.Polygon,
    foot: tuple[float, float],
    *,
    bearing: float,
    radius: float,
    far: float,
) -> shapely.Geometry:
    """The same cut by shapely: a fine disc and half a plane."""
    parts = shape.intersection(shapely.Point(foot).buffer(radius, quad_segs=128))
    if not np.isfinite(bearing + far):
        return parts
    ahead = np.array([np.sin(np.radians(bearing)), -np.cos(np.radians(bearing))])
    side = np.array([-ahead[1], ahead[0]])
    line = np.array(foot) + far * ahead
    corners = [line + 99 * side, line - 99 * side]
    corners += [corners[1] - 99 * ahead, corners[0] - 99 * ahead]
    return parts.intersection(shapely.Polygon(corners))


CUTS = st.fixed_dictionaries(
    {
        "bearing": st.sampled_from([0.0, 90.0, 180.0, 270.0, 37.0, 211.0, np.nan]),
        "radius": st.floats(1.0, 15.0),
        "far": st.sampled_from([0.5, 3.0, 7.0, np.inf]),
    }
)


@given(st.integers(0, 10_000), CUTS)
@settings(max_examples=40, deadline=None)
def test_near_a_cell_counts_where_its_middle_is_seen(seed: int, how: dict) -> None:
    shape, foot = star(seed), (SIDE / 2, SIDE / 2)

    seen = views(
        [shape],
        feet=[foot],
        bearings=[how["bearing"]],
        radii=[how["radius"]],
        fars=[how["far"]],
    )

    truth = cut(shape, foot, **how)
    dots = shapely.points(centres())
    # Middles that lie on the edge may count or not.
    sure = shapely.distance(truth.boundary, dots) > 0.01
    if truth.is_empty:
        sure[:] = True
    assert np.array_equal(seen[sure] > 0.5, shapely.contains(truth, dots)[sure])
    assert set(np.unique(seen)) <= {0.0, 1.0}


@given(st.integers(0, 10_000), CUTS, st.sampled_from([1.0, 0.05]))
@settings(max_examples=40, deadline=None)
def test_far_a_view_counts_by_its_area(seed: int, how: dict, size: float) -> None:
    small = shapely.affinity.scale(star(seed), size, size, origin=(12, 12))
    foot = (12.0, 12.0)
    radius, far = how["radius"] * size, how["far"] * size

    seen = views(
        [small],
        feet=[foot],
        bearings=[how["bearing"]],
        radii=[radius],
        fars=[far],
        chances=[0.5],
        exact=1,
    )

    truth = cut(small, foot, bearing=how["bearing"], radius=radius, far=far)
    inside = truth.intersection(shapely.box(0, 0, SIDE, SIDE)).area / 2
    reached = small.intersection(shapely.Point(foot).buffer(radius))
    if reached.is_empty:
        assert seen.sum() == 0.0
        return
    # Eight lines meet a low view, one a row a high one: its upper and its lower edge
    # are off by half of what lies between two lines, along its width, at chance 0.5.
    west, north, east, south = reached.bounds
    between = max(min((south - north) / 8.0, 1.0), 1.0 / fills.LINES)
    assert seen.sum() == pytest.approx(inside, abs=0.5 * (east - west) * between)


def test_chances_of_views_add_up() -> None:
    box = shapely.box(4, 4, 12, 12)

    seen = views(
        [box, box, box],
        feet=[(8, 8)] * 3,
        bearings=[np.nan] * 3,
        radii=[20.0, 20.0, 0.0],
        fars=[np.inf] * 3,
        chances=[1.0, 0.25, 1.0],
    )

    assert seen[8, 8] == 1.25
    assert seen[2, 2] == 0.0


def test_shapes_that_are_cut_already_count_as_views_do() -> None:
    shape = star(3)
    drawn = Drawn.of(Ragged.of([ring_of(shape)]))
    chance = frozen(np.array([0.5]), np.float32)

    for exact in (0, 1):
        counts = np.zeros((SIDE, SIDE + 2), np.int64)
        add_shapes(counts, *drawn.arrays, np.array([0]), chance, GRID, exact)

        whole = views(
            [shape],
            feet=[(12, 12)],
            bearings=[np.nan],
            radii=[99.0],
            fars=[np.inf],
            chances=[0.5],
            exact=exact,
        )
        assert np.array_equal(summed(counts, fills.FULL), whole)


def stroked(line: np.ndarray, width: float, dash: tuple[float, float]) -> np.ndarray:
    out = np.zeros((SIDE, SIDE), np.uint8)
    drawn = Drawn.of(Ragged.of([[line]]))
    wide = np.array([width])
    strokes.stroke(out, *drawn.arrays, np.array([0]), wide, GRID, np.array(dash))
    return out


@given(
    hnp.arrays(np.float64, (4, 2), elements=st.floats(-5.0, SIDE + 5.0, width=32)),
    st.sampled_from([1.0, 2.5, 7.0]),
)
@settings(max_examples=40, deadline=None)
def test_a_line_covers_what_is_nearer_than_half_its_width(
    line: np.ndarray, width: float
) -> None:
    out = stroked(line, width, (0.0, 1.0))

    away = shapely.distance(shapely.LineString(line), shapely.points(centres()))
    truth = np.clip(width / 2 + 0.5 - away, 0.0, 1.0) * 255.0
    assert np.abs(out - truth).max() < 255 * 0.52
    # Corners left out are nearer than half a pixel, most are nearer still.
    assert np.abs(out - truth).mean() < 3.0


def test_a_thin_line_is_fainter_and_dashes_have_pauses() -> None:
    line = np.array([[0.0, 10.5], [24.0, 10.5]])

    assert stroked(line, 1.0, (0.0, 1.0))[10].tolist() == [255] * SIDE
    assert stroked(line, 0.5, (0.0, 1.0))[10].tolist() == [128] * SIDE
    dashed = stroked(line, 1.0, (3.0, 6.0))[10] > 0
    assert dashed.tolist() == ([True] * 3 + [False] * 3) * 4


def test_the_edge_of_a_cut_view_is_drawn_where_the_cut_is() -> None:
    box = shapely.box(2, 2, 22, 22)
    drawn = Drawn.of(Ragged.of([ring_of(box)]))
    out = np.zeros((SIDE, SIDE), np.uint8)

    strokes.cut_outlines(
        *(out, *drawn.arrays, np.array([0])),
        frozen(np.array([[12.0, 12.0]])),
        frozen(np.array([0.0]), np.float32),
        frozen(np.array([8.0])),
        frozen(np.array([5.0])),
        1.0,
        GRID,
        np.array([2.0, 4.0]),
    )

    # North stands up: the line lies 5 above the foot, the disc goes round below.
    assert out[6, 12] > 90
    assert out[7, 12] > 90 or out[6, 12] == 255
    assert out[19, 12] > 90
    assert out[12, 3] > 90
    assert out[12, 20] > 90
    assert out[2].sum() == 0
    assert out[12, 12] == 0


@given(
    hnp.arrays(np.float64, (70, 2), elements=st.floats(0.0, 1.0, width=16)),
    hnp.arrays(np.float64, (70, 2), elements=st.floats(0.0, 0.1875, width=16)),
    st.floats(0.0, 0.9),
    st.floats(0.0, 0.9),
)
@settings(max_examples=50, deadline=None)
def test_the_index_finds_the_boxes_that_meet_a_window(
    corner: np.ndarray, size: np.ndarray, x: float, y: float
) -> None:
    box = np.concatenate([corner, corner + size], axis=1)
    box[::9] = np.nan
    window = np.array([x, y, x + 0.1, y + 0.1])

    rows = BoxIndex.of(box).rows(window)

    meets = (box[:, 0] <= window[2]) & (box[:, 2] >= window[0])
    meets &= (box[:, 1] <= window[3]) & (box[:, 3] >= window[1])
    assert rows.tolist() == np.flatnonzero(meets).tolist()


def test_an_index_of_nothing_finds_nothing() -> None:
    index = BoxIndex.of(np.empty((0, 4)))

    assert index.rows(np.array([0.0, 0.0, 1.0, 1.0])).tolist() == []


@given(
    hnp.arrays(np.float64, (200, 2), elements=st.floats(0.0, 0.999)),
    st.floats(-0.2, 1.1),
    st.floats(-0.2, 1.1),
    st.floats(0.001, 0.4),
)
@settings(max_examples=50, deadline=None)
def test_slices_hold_every_point_of_a_window(
    merc: np.ndarray, x: float, y: float, side: float
) -> None:
    key = np.sort(morton.keys(merc))
    merc = merc[np.argsort(morton.keys(merc), kind="stable")]
    window = np.array([x, y, x + side, y + side])

    slices = slices_in(key, window)

    taken = np.zeros(200, bool)
    for start, stop in slices.tolist():
        assert not taken[start:stop].any()
        taken[start:stop] = True
    inside = ((merc >= window[:2]) & (merc <= window[2:])).all(axis=1)
    near = ((merc >= window[:2] - side) & (merc <= window[2:] + side)).all(axis=1)
    assert not (inside & ~taken).any()
    assert not (taken & ~near).any()


def test_points_are_counted_in_their_cells_by_weight() -> None:
    counts = np.zeros((4, 4), np.float32)
    merc = frozen(np.array([[0.1, 0.1], [0.3, 0.1], [0.3, 0.1], [0.9, 0.9]]))
    weights = frozen(np.array([1.0, 2.0, 0.5, 0.0]), np.float32)

    spots.count_points(counts, merc, weights, np.array([[0, 4]]), 4.0, 0, 0)

    assert counts[0].tolist() == [1.0, 2.5, 0.0, 0.0]
    assert counts.sum() == 3.5


def test_blurring_keeps_the_sum_and_is_a_gaussian() -> None:
    counts = np.zeros((25, 25), np.float32)
    counts[12, 12] = 5.0
    middle = np.linspace(0.5, 24.5, 25)

    smooth = spots.blur(counts, middle, middle, 2.0, 8)

    assert smooth.sum() == pytest.approx(5.0, rel=1e-3)
    off = middle - 12.5
    one = np.exp(-0.5 * (off / 2.0) ** 2) / (2.0 * np.sqrt(2.0 * np.pi))
    truth = 5.0 * np.outer(one, one)
    assert np.abs(smooth - truth)[5:20, 5:20].max() < 1e-5


def test_two_discs_let_less_through_than_one() -> None:
    through = np.ones((9, 9), np.float32)
    merc = frozen(np.array([[4.5, 4.5], [4.5, 4.5], [40.0, 4.5]]))
    weights = frozen(np.array([1.0, 0.5, 1.0]), np.float32)

    spots.discs(through, merc, weights, np.array([[0, 3]]), GRID, 2.0, 0.6)

    assert through[4, 4] == pytest.approx(0.4 * 0.7)
    assert through[0, 0] == 1.0


def test_classes_colour_a_pixel_by_the_mean_of_its_cells() -> None:
    # One pixel of 2 by 2 cells: clear, class 0, class 0, class 1.
    counts = np.array([[0, 3, 0, 0], [3, 7, 0, 0]], np.int64)
    colours = np.array([[1.0, 0, 0, 1.0], [0, 0, 0.5, 0.5]], np.float32)
    canvas = np.ones((1, 1, 4), np.float32)

    blend.colour_classes(canvas, counts, 2, np.array([1, 10]), colours)

    assert canvas[0, 0].tolist() == [0.5, 0.0, 0.125, 0.625]


def test_laying_a_colour_over_another_mixes_them_by_opacity() -> None:
    canvas = np.zeros((1, 2, 4), np.float32)
    canvas[:] = (1.0, 0.0, 0.0, 1.0)

    blend.over(canvas, np.array([[0, 255]], np.uint8), 0.0, 0.0, 1.0, 0.25)

    assert canvas[0, 0].tolist() == [1.0, 0.0, 0.0, 1.0]
    assert canvas[0, 1].tolist() == [0.75, 0.0, 0.25, 1.0]
