"""Who sees what, and what stands between: by hand, at every edge, and at scale."""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING

import numpy as np
import pytest
import scipy.sparse
import shapely
from geopandas.testing import assert_geoseries_equal
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import LineString, Point, Polygon, box

from coveragekit.errors import CRSError, InputError
from coveragekit.visibility import (
    Obstacles,
    first_obstacle,
    isovists,
    mount,
    sight,
    who_sees,
)
from tests.strategies import Scene, dense_scene, examples, scenes, targets
from tests.visibility.plans import CRS, FULL, cameras, houses, points

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd
    from numpy.typing import NDArray

HOUSE = box(10, -5, 20, 5)


def sees(
    shapes: list[Polygon],
    camera: tuple[float, float, float, float, float],
    *places: tuple[float, float],
) -> list[bool]:
    obstacles = Obstacles.from_buildings(houses(*shapes))
    seen = who_sees(points(*places), cameras(camera), obstacles, north="grid")
    return seen.toarray()[:, 0].tolist()


def blocks(
    shapes: list[Polygon],
    place: tuple[float, float],
    *rows: tuple[float, float, float, float, float],
    ids: list[str] | None = None,
) -> pd.DataFrame:
    obstacles = Obstacles.from_buildings(houses(*shapes, ids=ids))
    return first_obstacle(place, cameras(*rows), obstacles, north="grid")


def scattered(scene: Scene, seed: int, count: int) -> gpd.GeoSeries:
    rng = np.random.default_rng(seed)
    xy = rng.uniform(-20, 110, (count, 2)) + scene.offset
    return points(*xy)


# Who sees, by hand.


def test_a_house_hides_what_is_behind_it_and_in_it() -> None:
    seen = sees([HOUSE], (0, 0, *FULL), (5, 0), (30, 0), (15, 0), (0, 40), (0, 60))

    assert seen == [True, False, False, True, False]


def test_the_face_towards_the_camera_is_seen_and_no_other() -> None:
    seen = sees([HOUSE], (0, 0, *FULL), (10, 0), (10, 5), (20, 0), (15, 5), (15, -5))

    assert seen == [True, True, False, False, False]


def test_a_point_a_micrometre_behind_the_face_is_on_it_and_a_little_more_is_not() -> (
    None
):
    assert sees([HOUSE], (0, 0, *FULL), (10 + 5e-7, 1), (10 + 2e-6, 1)) == [True, False]


def test_the_range_is_inclusive() -> None:
    seen = sees(
        [], (0, 0, math.nan, 360, 5), (3, 4), (-5, 0), (5 + 2e-6, 0), (3, 4.001)
    )

    assert seen == [True, True, False, False]


@pytest.mark.parametrize("offset", [0.0, 5_400_000.0])
def test_the_edges_of_the_field_of_view_are_inclusive(offset: float) -> None:
    camera = (offset, offset, 90, 90, 50)
    places = [(10, 10), (10, -10), (10, 10.001), (10, -10.001), (-10, 0)]

    seen = sees([], camera, *[(x + offset, y + offset) for x, y in places])

    assert seen == [True, True, False, False, False]


def test_a_narrow_field_of_view_does_not_see_behind_itself() -> None:
    assert sees([], (0, 0, 0, 1e-6, 50), (0, 10), (0, -10)) == [True, False]


def test_a_field_of_view_of_half_a_turn_ends_beside_the_camera() -> None:
    seen = sees([], (0, 0, 0, 180, 50), (7, 0), (-7, 0), (7, 0.01), (7, -0.01), (0, -1))

    assert seen == [True, True, True, False, False]


def test_a_field_of_view_of_more_than_half_a_turn_leaves_out_a_wedge_behind() -> None:
    seen = sees([], (0, 0, 0, 270, 50), (0, -5), (5, -5), (5, -4.99), (-5, -5.01))

    assert seen == [False, True, True, False]


@pytest.mark.parametrize("bearing", [0.0, 90.0, 137.0])
def test_a_hair_less_than_the_whole_circle_sees_all_but_the_hair(
    bearing: float,
) -> None:
    # 359.8 degrees leave 0.1 degree to either side straight behind: 0.07 m at 40 m.
    way = np.radians(bearing + np.array([0.0, 90.0, 179.8, 180.0, 180.2, 270.0]))
    places = [(40 * np.sin(turn), 40 * np.cos(turn)) for turn in way]
    row = (0, 0, bearing, 359.8, 50)
    post = box(60, 60, 61, 61)
    made = isovists(
        cameras(row), Obstacles.from_buildings(houses(post)), north="grid"
    ).iloc[0]

    expected = [True, True, True, False, True, True]
    many = [place for place in places for _ in range(8)]
    assert sees([post], row, *places) == expected
    assert sees([post], row, *many) == [value for value in expected for _ in range(8)]
    assert shapely.intersects(made, shapely.points(places)).tolist() == expected


def test_an_unknown_bearing_sees_all_round() -> None:
    assert sees([], (0, 0, math.nan, 70, 50), (0, 9), (0, -9), (9, 0)) == [True] * 3


def test_a_camera_sees_the_place_it_stands_on() -> None:
    assert sees([HOUSE], (0, 0, 90, 30, 50), (0, 0)) == [True]


def test_a_camera_sees_from_where_it_is_mounted() -> None:
    obstacles = Obstacles.from_buildings(houses(HOUSE))
    table = cameras((19, 0, 90, 90, 20))
    places = points((40.05, 0), (40.15, 0), (5, 0))

    seen = who_sees(places, table, obstacles, north="grid")
    given_ = who_sees(
        places,
        table,
        obstacles,
        north="grid",
        mounting=mount(table, obstacles, north="grid", stand_off_m=0.2),
    )

    # 20 m from x = 20.1, and from x = 20.2.
    assert seen.toarray()[:, 0].tolist() == [True, False, False]
    assert given_.toarray()[:, 0].tolist() == [True, True, False]


# Ties: corners, walls in line, houses that touch.


def test_a_line_past_a_corner_is_free() -> None:
    diamond = Polygon([(10, 0), (15, 5), (10, 10), (5, 5)])

    assert sees([diamond], (5, -5, *FULL), (5, 5), (5, 30)) == [True, True]


def test_a_line_in_at_a_corner_is_not_free() -> None:
    assert sees([HOUSE], (5, 10, *FULL), (10, 5), (15, 0), (25, -10)) == [
        True,
        False,
        False,
    ]


def test_a_line_along_a_wall_is_free_and_along_a_party_wall_is_not() -> None:
    above, below = box(10, 0, 20, 10), box(10, -10, 20, 0)

    assert sees([above], (0, 0, *FULL), (30, 0)) == [True]
    assert sees([below], (0, 0, *FULL), (30, 0)) == [True]
    assert sees([above, below], (0, 0, *FULL), (10, 0), (15, 0), (30, 0)) == [
        True,
        False,
        False,
    ]


def test_a_line_between_houses_one_on_either_hand_is_free() -> None:
    left, right = box(10, 0, 20, 10), box(30, -10, 40, 0)

    assert sees([left, right], (0, 0, *FULL), (45, 0)) == [True]


def test_a_line_between_corners_that_touch_is_free() -> None:
    left, right = box(0, 10, 10, 20), box(10, 20, 20, 30)

    assert sees([left, right], (0, 30, *FULL), (20, 10)) == [True]


def test_many_touching_corners_on_one_line_are_all_minded() -> None:
    # Forty diamonds that touch the axis from above, and one house across it.
    row = [Polygon([(n, 0), (n + 0.5, 1), (n, 2), (n - 0.5, 1)]) for n in range(2, 42)]
    below = Polygon([(45, 0), (46, -1), (44, -1)])

    assert sees([*row, below], (0, 0, *FULL), (49, 0)) == [True]
    assert sees([*row, below, box(43, -3, 43.5, 3)], (0, 0, *FULL), (49, 0)) == [False]


def test_a_long_line_over_many_cells_is_minded_where_it_touches() -> None:
    # On either hand a corner touches the diagonal, a hundred metres apart.
    above = Polygon([(10, 10), (8, 14), (12, 14)])
    below = Polygon([(110, 110), (108, 106), (112, 106)])
    camera = (0, 0, math.nan, 360, 400)

    assert sees([above, below], camera, (200, 200)) == [True]
    assert sees([above, below, box(60, 60, 61, 61)], camera, (200, 200)) == [False]


# Inside.


def test_a_camera_in_a_hall_sees_its_hall_and_not_the_town() -> None:
    hall = box(0, 0, 100, 40)

    seen = sees(
        [hall], (50, 20, math.nan, 360, 90), (60, 20), (50, 40), (50, 45), (110, 20)
    )

    assert seen == [True, True, False, False]


def test_a_pillar_hides_inside_a_hall() -> None:
    hall = Polygon(
        box(0, 0, 100, 40).exterior.coords, [box(60, 18, 62, 22).exterior.coords]
    )

    seen = sees(
        [hall], (50, 20, math.nan, 360, 90), (59, 20), (61, 20), (70, 20), (70, 35)
    )

    assert seen == [True, False, False, True]


def test_a_line_out_of_a_hall_through_its_corner_is_blocked() -> None:
    hall = box(0, 0, 40, 40)

    assert sees([hall], (20, 20, *FULL), (40, 40), (45, 45)) == [True, False]


# A hall with a wedge from the left and one from the right that end on the line x = 10.
NARROWS = box(0, 0, 20, 40)
NARROWS -= Polygon([(20, 26), (10, 28), (20, 30)])
NARROWS -= Polygon([(0, 14), (10, 12), (0, 10)])
# A hall whose wall comes from the left, runs along x = 10, and goes on to the right.
JOG = Polygon([(0, 0), (20, 0), (20, 20), (10, 20), (10, 15), (0, 15)])


def inside(
    hall: Polygon, camera: tuple[float, float], *places: tuple[float, float]
) -> tuple[list[bool], list[float]]:
    """Give which places a camera in a hall sees, and what is met on the way to each."""
    obstacles = Obstacles.from_buildings(houses(hall))
    table = cameras((*camera, *FULL))
    hung = mount(table, obstacles, mount_depth_m=0.0, north="grid")
    how = {"north": "grid", "mounting": hung}
    seen = who_sees(points(*places), table, obstacles, **how).toarray()[:, 0]
    met = [first_obstacle(place, table, obstacles, **how) for place in places]
    assert hung["mount"].tolist() == ["inside"]
    return seen.tolist(), [float(row["distance_m"].iloc[0]) for row in met]


def test_a_line_past_a_corner_on_either_hand_of_one_hall_is_free() -> None:
    seen, met = inside(NARROWS, (10, 1), (10, 39), (10, 28), (9, 39), (11, 39))

    assert seen == [True, True, False, False]
    assert [math.isnan(distance) for distance in met] == [True, True, False, False]
    assert met[2:] == pytest.approx([11.0, 27.0], abs=0.5)


def test_a_line_along_a_wall_that_turns_across_it_is_blocked_where_it_turns() -> None:
    seen, met = inside(JOG, (10, 1), (10, 18), (10, 20), (10, 30), (12, 19))

    assert seen == [True, True, False, True]
    assert met == pytest.approx([math.nan, math.nan, 19.0, math.nan], nan_ok=True)


@pytest.mark.parametrize("seed", range(6))
def test_whole_number_sight_lines_in_a_hall_stay_in_it_or_are_blocked(
    seed: int,
) -> None:
    side = 10
    filled = np.random.default_rng(seed).random((side, side)) < 0.75
    # No two cells may meet at a corner alone: between those no line would be clear.
    for _ in range(side):
        for i, j in itertools.product(range(side - 1), repeat=2):
            block = filled[i : i + 2, j : j + 2]
            if block.sum() == 2 and block[0, 0] == block[1, 1]:
                block[:] = True
    cells = [box(i, j, i + 1, j + 1) for i, j in np.argwhere(filled)]
    hall = max(shapely.get_parts(shapely.union_all(cells)), key=lambda part: part.area)
    nodes = [(i, j) for i in range(side + 1) for j in range(side + 1)]
    nodes = [node for node in nodes if hall.covers(Point(node))]
    stands = [node for node in nodes if hall.contains(Point(node))][::5]
    table = cameras(*((*stand, *FULL) for stand in stands))
    obstacles = Obstacles.from_buildings(houses(hall))
    hung = mount(table, obstacles, mount_depth_m=0.0, north="grid")

    seen = who_sees(
        points(*nodes), table, obstacles, north="grid", mounting=hung
    ).toarray()

    free = [
        [node == stand or hall.covers(LineString([stand, node])) for stand in stands]
        for node in nodes
    ]
    assert len(stands) > 3
    assert np.array_equal(seen, free)


def test_a_camera_on_a_wall_between_rooms_too_thin_to_stand_in_sees_nothing() -> None:
    # A step off the wall is as long as the rooms are wide, and ends on the next wall.
    thin = 1e-4
    rooms = [box(-50, 0, 70, thin), box(-50, thin, 70, 2 * thin)]
    halls = [box(-50, -50, 70, 0), box(-50, 2 * thin, 70, 50)]
    obstacles = Obstacles.from_buildings(houses(*rooms, *halls))
    table = cameras((10, thin, 90, 90, 30))

    assert mount(table, obstacles, north="grid")["mount"].tolist() == ["inside"]
    assert isovists(table, obstacles, north="grid").is_empty.tolist() == [True]
    assert who_sees(points((10, thin), (15, thin)), table, obstacles).nnz == 0
    made = first_obstacle((15, thin), table, obstacles)
    assert made["building_id"].tolist() == ["a"]
    assert made["distance_m"].tolist() == [0.0]


# Form of the answer, refusals.


def test_the_answer_is_a_sparse_matrix_of_points_by_cameras() -> None:
    obstacles = Obstacles.from_buildings(houses(HOUSE))
    places = points((5, 0), (30, 0), (5, 1))
    before = places.copy(deep=True)

    seen = who_sees(
        places, cameras((0, 0, *FULL), (40, 0, *FULL), (0, 1, *FULL)), obstacles
    )

    assert isinstance(seen, scipy.sparse.csr_array)
    assert seen.dtype == np.bool_
    assert seen.toarray().tolist() == [
        [True, False, True],
        [False, True, False],
        [True, False, True],
    ]
    assert seen.has_sorted_indices
    assert_geoseries_equal(places, before)


def test_points_may_be_a_frame_and_none_may_be_there() -> None:
    obstacles = Obstacles.from_buildings(houses(HOUSE))
    table = cameras((0, 0, *FULL))
    places = points((5, 0))

    assert who_sees(places.to_frame("geometry"), table, obstacles).shape == (1, 1)
    assert who_sees(points(), table, obstacles).shape == (0, 1)
    assert who_sees(places, cameras(), obstacles).shape == (1, 0)
    assert who_sees(places, cameras(), obstacles).dtype == np.bool_


def test_cameras_far_from_all_points_see_none() -> None:
    obstacles = Obstacles.from_buildings(houses(HOUSE))
    table = cameras((5, 5, *FULL), (5000, 0, *FULL), (-5000, 0, *FULL), (0, 900, *FULL))
    corners = points((0, 0), (2000, 2000), (2000, 0), (0, 2000))

    seen = who_sees(corners, table, obstacles)

    assert seen.toarray().tolist() == [[True, False, False, False]] + [[False] * 4] * 3


def test_points_on_another_plan_or_no_points_are_refused() -> None:
    obstacles = Obstacles.from_buildings(houses(HOUSE))
    table = cameras((0, 0, *FULL))

    with pytest.raises(CRSError, match="points and obstacles have different CRS"):
        who_sees(points((0, 0)).to_crs(32617), table, obstacles)
    with pytest.raises(CRSError, match="points have no CRS"):
        who_sees(points((0, 0)).set_crs(None, allow_override=True), table, obstacles)
    lines = points((0, 0)).map(lambda _: LineString([(0, 0), (1, 1)]))
    with pytest.raises(InputError, match="points: row 0 has no point"):
        who_sees(lines.set_crs(CRS), table, obstacles)
    with pytest.raises(InputError, match="threads is -1"):
        who_sees(points((0, 0)), table, obstacles, threads=-1)


# At scale, and against the isovists.


@pytest.mark.parametrize("kind", ["lattice", "overlapping", "courts", "rows", "fences"])
def test_many_points_at_once_are_seen_as_each_alone(kind: str) -> None:
    scene = dense_scene(kind, 3)
    obstacles = Obstacles.from_buildings(scene.buildings_table())
    table = scene.cameras_table()
    places = scattered(scene, 7, 3000)

    # With many points the walls are gathered first; with few every line is walked.
    many = who_sees(places, table, obstacles, north="grid").toarray()
    few = np.vstack(
        [
            who_sees(places.iloc[n : n + 20], table, obstacles, north="grid").toarray()
            for n in range(0, 3000, 20)
        ]
    )

    assert many.sum() > 100
    assert np.array_equal(many, few)


def test_threads_and_small_buffers_change_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    scene = dense_scene("rows", 5, count=40)
    obstacles = Obstacles.from_buildings(scene.buildings_table())
    places = scattered(scene, 9, 5000)
    table = scene.cameras_table()

    one = who_sees(places, table, obstacles, north="grid", threads=1)
    four = who_sees(places, table, obstacles, north="grid", threads=4)
    monkeypatch.setattr(sight, "_PAIRS", 64)
    monkeypatch.setattr(sight, "FOUND", 4)
    small = who_sees(places, table, obstacles, north="grid", threads=1)

    assert one.nnz > 1000
    assert (one != four).nnz == 0
    assert (one != small).nnz == 0


@examples(100)
@given(data=st.data(), scene=scenes())
def test_isovists_and_lines_of_sight_agree(data: st.DataObject, scene: Scene) -> None:
    obstacles = Obstacles.from_buildings(scene.buildings_table())
    table = scene.cameras_table()
    xy: NDArray[np.float64] = data.draw(targets(scene, count=100))

    made = isovists(table, obstacles, north="grid", chord_tolerance_m=1e-3)
    seen = who_sees(points(*xy), table, obstacles, north="grid").toarray()

    spots = shapely.points(xy)
    for column, isovist in enumerate(made):
        strictly = shapely.covers(isovist.buffer(-1e-4), spots)
        beyond = shapely.distance(isovist, spots) > 2e-3
        assert seen[strictly, column].all()
        assert not seen[beyond, column].any()


# What stands between.


def test_the_first_building_on_the_line_is_named_with_its_distance() -> None:
    made = blocks(
        [box(30, -5, 40, 5), HOUSE],
        (50, 0),
        (0, 0, *FULL),
        (25, 0, *FULL),
        (45, 0, *FULL),
        (0, 20, *FULL),
    )

    assert made["building"].tolist() == [1, 0, -1, 0]
    assert made["building_id"].isna().tolist() == [False, False, True, False]
    assert made["building_id"].tolist()[:2] == ["b", "a"]
    # The slanting line of slope -2/5 meets the face y = 5 at x = 37.5.
    slanting = math.hypot(37.5, 15)
    assert made["distance_m"].tolist() == pytest.approx(
        [10, 5, math.nan, slanting], nan_ok=True
    )


def test_range_and_field_of_view_do_not_matter_to_what_stands_between() -> None:
    made = blocks([HOUSE], (50, 0), (0, 0, 270, 10, 1))

    assert made["building"].tolist() == [0]


def test_at_one_distance_the_building_first_by_id_is_named() -> None:
    made = blocks([HOUSE, HOUSE, HOUSE], (50, 0), (0, 0, *FULL), ids=["m", "c", "x"])

    assert made["building_id"].tolist() == ["c"]


def test_a_line_in_at_a_corner_or_a_party_wall_is_blocked_there() -> None:
    above, below = box(10, 0, 20, 10), box(10, -10, 20, 0)

    corner = blocks([HOUSE], (25, -10), (5, 10, *FULL))
    party = blocks([above, below], (30, 0), (0, 0, *FULL), ids=["n", "m"])
    grazing = blocks([above], (30, 0), (0, 0, *FULL))
    zigzag = blocks([above, box(30, -10, 40, 0)], (45, 0), (0, 0, *FULL))

    assert corner["distance_m"].tolist() == pytest.approx([math.hypot(5, 5)])
    assert party["distance_m"].tolist() == pytest.approx([10])
    assert party["building_id"].tolist() == ["m"]
    assert grazing["building"].tolist() == [-1]
    assert zigzag["building"].tolist() == [-1]


def test_a_camera_in_a_hall_is_blocked_by_its_own_walls() -> None:
    hall = box(0, 0, 100, 40)

    made = blocks([hall], (150, 20), (50, 20, *FULL), (50, 20, *FULL))
    corner = blocks([box(0, 0, 40, 40)], (50, 50), (20, 20, *FULL))

    assert made["building"].tolist() == [0, 0]
    assert made["distance_m"].tolist() == pytest.approx([50, 50])
    assert corner["distance_m"].tolist() == pytest.approx([math.hypot(20, 20)])


def test_the_face_that_a_point_is_on_does_not_stand_between() -> None:
    made = blocks([HOUSE], (10, 1), (0, 0, *FULL), (30, 0, *FULL))

    assert made["building"].tolist() == [-1, 0]


def test_nothing_stands_between_a_camera_and_its_own_place() -> None:
    assert blocks([HOUSE], (0, 0), (0, 0, *FULL))["building"].tolist() == [-1]


def test_no_cameras_give_an_empty_table_of_obstacles() -> None:
    made = blocks([HOUSE], (0, 0))

    assert len(made) == 0
    assert list(made.columns) == ["building", "building_id", "distance_m"]


def test_a_point_that_is_nowhere_is_refused() -> None:
    with pytest.raises(InputError, match="the point is"):
        blocks([HOUSE], (math.nan, 0), (0, 0, *FULL))


@examples(60)
@given(data=st.data(), scene=scenes())
def test_a_point_in_the_sector_is_seen_where_nothing_stands_between(
    data: st.DataObject, scene: Scene
) -> None:
    obstacles = Obstacles.from_buildings(scene.buildings_table())
    table = scene.cameras_table().assign(bearing_deg=math.nan, range_m=500.0)
    xy: NDArray[np.float64] = data.draw(targets(scene, count=10))

    seen = who_sees(points(*xy), table, obstacles, north="grid").toarray()

    for row, place in enumerate(xy):
        made = first_obstacle(tuple(place), table, obstacles, north="grid")
        assert (seen[row] == (made["building"] < 0)).all()
        assert (made["distance_m"].isna() == (made["building"] < 0)).all()
