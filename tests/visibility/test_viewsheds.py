"""Viewsheds show what a camera sees over ground and roofs, in both modes."""

from __future__ import annotations

import math
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import box

from coveragekit.coverage import multiplicity
from coveragekit.errors import CRSError, InputError
from coveragekit.optics import Footprints, footprints
from coveragekit.visibility import (
    Obstacles,
    Surface,
    Viewsheds,
    isovists,
    mount,
    viewsheds,
    who_sees,
    who_sees_relief,
)
from tests.oracles.relief import margin
from tests.strategies import examples
from tests.visibility.plans import CRS, houses
from tests.visibility.reliefs import (
    ALL_ROUND,
    cell_centres,
    cells_seen,
    lookouts,
    raster_surface,
)

MODES = ("fast", "accurate")
both_modes = pytest.mark.parametrize("mode", MODES)


def see(cameras: gpd.GeoDataFrame, surface: Surface, **how: Any) -> Viewsheds:
    """Give viewsheds of cameras whose bearing counts from the grid's north."""
    return viewsheds(cameras, surface, north="grid", **how)


def rough(rng: np.random.Generator, size: int = 24) -> Surface:
    """Give a surface of slopes with blocks on it."""
    rows, columns = np.indices((size, size))
    turn, fall = rng.uniform(0, math.tau), rng.uniform(0.0, 0.3)
    ground = 50.0 + fall * (np.cos(turn) * columns + np.sin(turn) * rows)
    rise = np.zeros((size, size))
    for _ in range(5):
        j, i = rng.integers(0, size - 4, 2)
        rise[j : j + rng.integers(1, 6), i : i + rng.integers(1, 6)] = rng.uniform(1, 9)
    return raster_surface(ground, rise)


# What a reader can check by hand.


@both_modes
def test_a_wall_of_three_metres_hides_the_ground_to_twenty_metres(mode: str) -> None:
    # Lens 6 m high; the wall 3 m high stands 10 m away and is one cell deep.
    rise = np.zeros((21, 61))
    rise[:, 10] = 3.0
    surface = raster_surface(np.zeros((21, 61)), rise)
    camera = lookouts((0.5, 10.5, 6.0, *ALL_ROUND, 100.0))

    ground = cells_seen(see(camera, surface, target_height_m=0.0, mode=mode))[10]
    faces = cells_seen(see(camera, surface, target_height_m=1.6, mode=mode))[10]

    # Cell n lies n metres away. The line over the wall's top (10 m, 3 m) comes down to
    # the ground at 20.000 m, and to a face at 1.6 m at 14.667 m.
    assert ground[:11].all()  # the wall's own roof too
    assert not ground[11:20].any()
    assert ground[20:].all()
    assert not faces[11:15].any()
    assert faces[15:].all()


@both_modes
def test_a_wall_as_high_as_the_lens_hides_for_ever(mode: str) -> None:
    rise = np.zeros((21, 121))
    rise[:, 10] = 6.5
    surface = raster_surface(np.zeros((21, 121)), rise)
    camera = lookouts((0.5, 10.5, 6.0, *ALL_ROUND, 200.0))

    seen = cells_seen(see(camera, surface, target_height_m=1.6, mode=mode))

    assert not seen[10, 11:].any()


@both_modes
def test_a_hill_hides_what_lies_behind_it(mode: str) -> None:
    x = np.arange(81.0)
    ground = np.tile(5.0 * np.exp(-(((x - 30.0) / 6.0) ** 2)), (41, 1))
    camera = lookouts((0.5, 20.5, 3.0, *ALL_ROUND, 120.0))

    seen = cells_seen(see(camera, raster_surface(ground), mode=mode))[20]

    assert seen[:27].all()
    assert not seen[40:80].any()


@both_modes
def test_a_camera_on_a_hill_looks_down_over_roofs(mode: str) -> None:
    rise = np.zeros((11, 41))
    rise[:, 10:13] = 6.0
    flat = raster_surface(np.zeros((11, 41)), rise)
    hill = np.zeros((11, 41))
    hill[:, :2] = 40.0
    raised = raster_surface(hill, rise)
    camera = lookouts((0.5, 5.5, 4.0, *ALL_ROUND, 60.0))

    assert not cells_seen(see(camera, flat, mode=mode))[5, 13:].any()
    assert cells_seen(see(camera, raised, mode=mode))[5, 20:].all()


@both_modes
def test_on_a_building_the_target_is_the_roof(mode: str) -> None:
    rise = np.zeros((9, 31))
    rise[:, 10:20] = 8.0
    surface = raster_surface(np.zeros((9, 31)), rise)
    below = lookouts((0.5, 4.5, 5.0, *ALL_ROUND, 60.0))
    above = lookouts((0.5, 4.5, 12.0, *ALL_ROUND, 60.0))

    # From below the first edge of the roof shows, the rest is behind it.
    assert cells_seen(see(below, surface, mode=mode))[4, 10:20].tolist() == [
        True,
        *[False] * 9,
    ]
    assert cells_seen(see(above, surface, mode=mode))[4, 10:20].all()


@both_modes
@pytest.mark.parametrize(
    ("bearing", "hfov"),
    [(0.0, 70.0), (37.0, 12.0), (200.0, 179.0), (90.0, 180.0), (300.0, 250.0)],
)
def test_open_level_ground_shows_the_plain_sector(
    mode: str, bearing: float, hfov: float
) -> None:
    surface = raster_surface(np.zeros((80, 90)))
    camera = lookouts((41.3, 38.8, 4.0, bearing, hfov, 33.0))

    seen = cells_seen(see(camera, surface, mode=mode))

    open_ground = Obstacles.from_buildings(camera.iloc[:0])
    expected = who_sees(cell_centres(surface), camera, open_ground, north="grid")
    assert np.array_equal(seen.ravel(), expected.toarray()[:, 0])


@both_modes
def test_open_level_ground_shows_the_whole_circle_of_an_unknown_bearing(
    mode: str,
) -> None:
    surface = raster_surface(np.zeros((80, 90)))
    camera = lookouts((41.3, 38.8, 4.0, math.nan, 60.0, 33.0))

    seen = cells_seen(see(camera, surface, mode=mode))

    rows, columns = np.indices(seen.shape)
    far = np.hypot(columns + 0.5 - 41.3, 79.5 - rows - 38.8)
    assert np.array_equal(seen, far <= 33.0)


@both_modes
def test_bearings_count_from_true_north_unless_told(mode: str) -> None:
    # In zone 16 at 84.35 W, 33.75 N grid north is 1.47 degrees west of true north.
    surface = Surface.from_buildings(
        gpd.GeoDataFrame(geometry=[], crs=CRS),
        bounds=(745_400.0, 3_737_000.0, 745_600.0, 3_737_200.0),
    )
    camera = lookouts((745_500.5, 3_737_050.5, 4.0, 0.0, 20.0, 120.0))

    def lean(north: str) -> float:
        seen = cells_seen(viewsheds(camera, surface, mode=mode, north=north))
        rows, columns = np.nonzero(seen)
        far = rows < 60  # the far end
        return float(columns[far].mean() - 100.0)

    assert lean("grid") == pytest.approx(0.0, abs=0.05)
    assert lean("true") == pytest.approx(-math.tan(math.radians(1.47)) * 103, abs=0.4)


# Footprints of optics bound the view exactly.


def shown(
    half: float, reach: float, near: float = 0.0, *planes: tuple[float, float, float]
) -> Footprints:
    """Give the footprint of one camera."""
    rows = [*planes, *[(0.0, 0.0, math.inf)] * (4 - len(planes))]
    return Footprints(
        np.array([half]), np.array([reach]), np.array([near]), np.array([rows])
    )


@both_modes
def test_a_footprint_bounds_the_view_exactly(mode: str) -> None:
    surface = raster_surface(np.zeros((60, 70)))
    # hfov and range of the table are not read where a footprint is given
    camera = lookouts((30.2, 22.7, 4.0, 40.0, 1.0, 1.0))
    print_ = shown(
        45.0, 28.0, 0.0, (0.0, -1.0, -6.0), (0.0, 1.0, 24.0), (0.8, -0.6, 1.0)
    )

    seen = cells_seen(see(camera, surface, footprints=print_, mode=mode))

    rows, columns = np.indices(seen.shape)
    east, north = columns + 0.5 - 30.2, 59.5 - rows - 22.7
    turn = math.radians(40.0)
    ahead = east * math.sin(turn) + north * math.cos(turn)
    right = east * math.cos(turn) - north * math.sin(turn)
    inside = (np.hypot(east, north) <= 28.0) & (ahead >= 6.0) & (ahead <= 24.0)
    inside &= np.abs(np.arctan2(right, ahead)) <= math.radians(45.0)
    inside &= 0.8 * right - 0.6 * ahead <= 1.0
    assert inside.sum() > 200
    assert np.array_equal(seen, inside)


@both_modes
def test_a_round_dead_zone_is_not_seen(mode: str) -> None:
    surface = raster_surface(np.zeros((60, 60)))
    camera = lookouts((30.5, 30.5, 4.0, math.nan, 60.0, 1.0))

    seen = cells_seen(see(camera, surface, footprints=shown(180, 20, 5), mode=mode))

    rows, columns = np.indices(seen.shape)
    far = np.hypot(columns - 30.0, rows - 29.0)
    assert np.array_equal(seen, (far <= 20.0) & (far >= 5.0))


@both_modes
def test_a_footprint_of_no_reach_sees_nothing(mode: str) -> None:
    surface = raster_surface(np.zeros((20, 20)))
    camera = lookouts((10.5, 10.5, 4.0, 0.0, 60.0, 10.0))

    made = see(camera, surface, footprints=shown(30.0, 0.0), mode=mode)

    assert made.area_m2().tolist() == [0.0]
    assert made.to_polygons().is_empty.all()


@both_modes
def test_an_unknown_bearing_without_a_lamp_sees_nothing_by_night(mode: str) -> None:
    surface = raster_surface(np.zeros((60, 60)))
    table = lookouts(
        *[(30.5, 30.5, 4.0, turn, 70.0, 20.0) for turn in (math.nan, math.nan, 90.0)]
    ).assign(kind="dome", tilt_deg=20.0, vfov_deg=52.0, width_px=2688)
    table["ir_range_m"] = [np.nan, 30.0, np.nan]
    by_night = footprints(table, 62.5, light="night")

    seen = see(table, surface, footprints=by_night, mode=mode)
    points = cell_centres(surface)
    found = who_sees_relief(points, table, surface, footprints=by_night)

    assert (seen.area_m2() > 0.0).tolist() == [False, True, False]
    assert (found.toarray().sum(axis=0) > 0).tolist() == [False, True, False]


def test_footprints_of_other_cameras_are_refused() -> None:
    surface = raster_surface(np.zeros((20, 20)))
    camera = lookouts((10.5, 10.5, 4.0, math.nan, 60.0, 10.0))

    with pytest.raises(InputError, match="row 0 look one way, though the bearing"):
        see(camera, surface, footprints=shown(30.0, 9.0))
    with pytest.raises(InputError, match="footprints are of 1 cameras, not of these 2"):
        see(pd.concat([camera, camera]), surface, footprints=shown(180.0, 9.0))
    with pytest.raises(InputError, match="row 0 have no finite reach"):
        see(camera, surface, footprints=shown(180.0, math.inf))


# Where a camera stands.


@pytest.fixture
def block() -> Surface:
    """A block 8 m high from x 10 to 20 and y 10 to 20 on level ground."""
    return Surface.from_buildings(
        houses(box(10, 10, 20, 20)).assign(height_m=[8.0]), bounds=(0, 0, 40, 30)
    )


def test_a_lens_above_the_roof_stays_on_the_roof(block: Surface) -> None:
    made = see(lookouts((15.5, 15.5, 12.0, 90.0, 90.0, 30.0)), block)

    placed = made.placed.iloc[0]
    assert (placed["mount"], placed["mount_shift_m"]) == ("roof", 0.0)
    assert (placed["x"], placed["y"], placed["eye_m"]) == (15.5, 15.5, 12.0)
    # the line over the edge of the roof, 4 m below and 4.5 m away, meets 1.5 m at 27.3
    assert not cells_seen(made)[14, 20:26].any()
    assert cells_seen(made)[14, 29:].all()


def test_a_lens_below_the_roof_looks_out_of_the_facade_ahead(block: Surface) -> None:
    rows = [
        (15.5, 15.5, 4.0, 90.0, 90.0, 30.0),
        (15.5, 15.5, 4.0, 0.0, 90.0, 30.0),
        (19.5, 15.5, 4.0, math.nan, 90.0, 30.0),
    ]

    placed = see(lookouts(*rows), block).placed

    assert placed["mount"].tolist() == ["facade"] * 3
    assert placed[["x", "y"]].to_numpy().tolist() == [
        [20.5, 15.5],
        [15.5, 20.5],
        [20.5, 15.5],
    ]
    assert placed["mount_shift_m"].tolist() == [5.0, 5.0, 1.0]
    assert placed["eye_m"].tolist() == [4.0] * 3


def test_a_lens_deep_in_a_building_sees_nothing_and_that_is_told() -> None:
    hall = Surface.from_buildings(houses(box(0, 0, 40, 40)), bounds=(-20, -20, 60, 60))

    made = see(lookouts((20.5, 20.5, 4.0, 90.0, 90.0, 50.0)), hall)

    assert made.placed["mount"].tolist() == ["inside"]
    assert made.area_m2().tolist() == [0.0]


def test_a_camera_never_looks_out_of_a_facade_behind_it() -> None:
    # Two metres behind the west facade of a deep hall: looking in, and along it.
    hall = Surface.from_buildings(houses(box(0, 0, 40, 40)), bounds=(-20, -20, 60, 60))
    rows = [(2.5, 20.5, 4.0, turn, 90.0, 50.0) for turn in (90.0, 0.0, 270.0)]

    placed = see(lookouts(*rows), hall).placed

    assert placed["mount"].tolist() == ["inside", "facade", "facade"]
    assert placed.loc[1, ["x", "y"]].tolist() == [-0.5, 20.5]
    assert placed.loc[2, ["x", "y"]].tolist() == [-0.5, 20.5]


def test_the_mounting_rule_of_walls_is_followed_where_it_is_given(
    block: Surface,
) -> None:
    table = lookouts(
        (19.0, 15.3, 4.0, 90.0, 90.0, 30.0), (15.0, 15.3, 20.0, 0, 90, 30.0)
    )
    walls = Obstacles.from_buildings(houses(box(10, 10, 20, 20)))
    mounting = mount(table, walls, north="grid")

    placed = see(table, block, mounting=mounting).placed

    assert placed["mount"].tolist() == ["facade", "roof"]
    assert placed.loc[0, ["x", "y"]].tolist() == pytest.approx([20.1, 15.3])
    # the lens above the roof stays where it is drawn
    assert placed.loc[1, ["x", "y"]].tolist() == [15.0, 15.3]


def test_a_mounted_place_in_a_covered_cell_steps_to_the_next_lower_one() -> None:
    # The wall at x = 19.8 covers the centre 19.5; the stand-off is at 19.9.
    block = Surface.from_buildings(
        houses(box(10, 10, 19.8, 20)).assign(height_m=[8.0]), bounds=(0, 0, 40, 30)
    )
    table = lookouts((19.0, 15.3, 4.0, 90.0, 90.0, 30.0))
    walls = Obstacles.from_buildings(houses(box(10, 10, 19.8, 20)))

    made = see(table, block, mounting=mount(table, walls, north="grid"))

    assert made.placed.loc[0, ["x", "y"]].tolist() == pytest.approx([20.5, 15.5])
    assert made.area_m2()[0] > 100.0


def test_a_camera_that_the_mounting_rule_left_inside_sees_nothing(
    block: Surface,
) -> None:
    # Half a metre from the facade, where the surface alone would put it outside.
    table = lookouts((19.5, 15.3, 4.0, 90.0, 90.0, 30.0))
    walls = Obstacles.from_buildings(houses(box(10, 10, 20, 20)))
    mounting = mount(table, walls, north="grid", mount_depth_m=0.1)

    made = see(table, block, mounting=mounting)

    assert made.placed["mount"].tolist() == ["inside"]
    assert made.area_m2().tolist() == [0.0]


def test_the_lens_is_above_the_ground_where_it_stands() -> None:
    columns = np.tile(np.arange(30.0), (30, 1))
    surface = raster_surface(100.0 + 0.5 * columns)

    placed = see(lookouts((10.75, 15.2, 4.0, *ALL_ROUND, 10.0)), surface).placed

    assert float(placed["eye_m"].iloc[0]) == pytest.approx(100.0 + 0.5 * 10.25 + 4.0)


def test_a_view_over_the_edge_of_the_surface_is_marked_as_cut() -> None:
    surface = raster_surface(np.zeros((40, 40)))
    rows = [
        (20.5, 20.5, 4.0, *ALL_ROUND, 15.0),
        (20.5, 20.5, 4.0, *ALL_ROUND, 25.0),
        (20.5, 35.5, 4.0, 180.0, 60.0, 25.0),
        *((20.5, 20.5, 4.0, turn, 40.0, 15.0) for turn in (0, 90, 180, 270)),
        *((20.5, 20.5, 4.0, turn, 40.0, 25.0) for turn in (0, 90, 180, 270)),
    ]

    cut = see(lookouts(*rows), surface).cut

    assert cut.tolist() == [False, True, False, *[False] * 4, *[True] * 4]


# Refusals.


@both_modes
def test_a_camera_off_the_surface_is_named(mode: str) -> None:
    surface = raster_surface(np.zeros((20, 20)))
    table = lookouts(
        (10.0, 10.0, 4.0, *ALL_ROUND, 5.0), (25.0, 10.0, 4.0, *ALL_ROUND, 5.0)
    ).set_axis(["in", "out"])

    with pytest.raises(
        InputError, match=r"does not reach row out; it covers x 0 to 20"
    ):
        see(table, surface, mode=mode)


@both_modes
def test_unknown_ground_under_a_camera_is_refused_by_name(mode: str) -> None:
    ground = np.zeros((20, 20))
    ground[5, 8] = np.nan
    surface = raster_surface(ground)
    table = lookouts(
        (3.5, 3.5, 4.0, *ALL_ROUND, 5.0), (8.7, 14.2, 4.0, *ALL_ROUND, 5.0)
    ).set_axis(["known", "unknown"])

    with pytest.raises(InputError, match=r"ground is unknown .* under row unknown"):
        see(table, surface, mode=mode)


@both_modes
def test_unknown_cells_are_never_seen_and_hide_nothing(mode: str) -> None:
    ground = np.zeros((21, 41))
    ground[:, 15:18] = np.nan
    camera = lookouts((5.5, 10.5, 4.0, *ALL_ROUND, 60.0))

    seen = cells_seen(see(camera, raster_surface(ground), mode=mode))

    assert not seen[:, 15:18].any()
    assert seen[:, :15].all()
    assert seen[:, 18:].all()


def test_cameras_are_named_by_their_id_where_they_have_one() -> None:
    ground = np.zeros((20, 20))
    ground[5, 8] = np.nan
    surface = raster_surface(ground)
    table = lookouts((8.5, 14.5, 4.0, *ALL_ROUND, 5.0)).assign(camera_id="pole-7")

    for wrong, message in (
        (table, r"under camera_id pole-7; give terrain that covers them .*--terrain"),
        (table.translate(99), r"the surface does not reach camera_id pole-7;"),
        (table.assign(range_m=-1.0), r"range_m is -1 in camera_id pole-7;"),
        (table.assign(geometry=None), r"cameras: camera_id pole-7 has no point"),
    ):
        moved = wrong if "camera_id" in wrong else table.set_geometry(wrong)
        with pytest.raises(InputError, match=message):
            see(moved, surface)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"mount_height_m": [-2.0]},
            r"mount_height_m is -2 in row 0; allowed: 0 to 500",
        ),
        ({"mount_height_m": [np.nan]}, r"mount_height_m is nan in row 0"),
        ({"hfov_deg": [0.0]}, r"hfov_deg is 0 in row 0"),
        ({"range_m": [np.inf]}, r"range_m is inf in row 0"),
        ({"bearing_deg": [np.inf]}, r"bearing_deg is infinite in row 0"),
    ],
)
def test_values_that_cannot_be_are_refused_by_row(
    change: dict[str, list[float]], message: str
) -> None:
    table = lookouts((10.0, 10.0, 4.0, 0.0, 90.0, 5.0)).assign(**change)

    with pytest.raises(InputError, match=message):
        see(table, raster_surface(np.zeros((20, 20))))


def test_words_and_numbers_that_cannot_be_are_refused() -> None:
    surface = raster_surface(np.zeros((20, 20)))
    table = lookouts((10.0, 10.0, 4.0, 0.0, 90.0, 5.0))

    with pytest.raises(InputError, match="mode is 'quick'; allowed: 'fast' or"):
        see(table, surface, mode="quick")
    for wrong in (-1.0, np.nan, np.inf):
        with pytest.raises(InputError, match=r"target_height_m is .*0 or more"):
            see(table, surface, target_height_m=wrong)
    with pytest.raises(InputError, match="threads is 0"):
        see(table, surface, threads=0)
    with pytest.raises(InputError, match="no column mount_height_m"):
        see(table.drop(columns="mount_height_m"), surface)
    with pytest.raises(CRSError, match="cameras and obstacles"):
        see(table.to_crs(32617), surface)


# What holds for any surface.


@given(seed=st.integers(0, 2**32 - 1))
@examples(40)
@both_modes
def test_raising_a_building_reveals_nothing_behind_it(mode: str, seed: int) -> None:
    rng = np.random.default_rng(seed)
    low = rough(rng)
    rise = low.top_m - low.ground_m
    part = np.zeros(rise.shape, np.bool_)
    j, i = rng.integers(0, 20, 2)
    part[j : j + 3, i : i + 3] = True
    high = raster_surface(
        low.ground_m, np.where(part, rise + rng.uniform(0.5, 6), rise)
    )
    free = np.argwhere((rise <= 0.0) & ~part)
    row, column = free[rng.integers(len(free))]
    camera = lookouts((column + 0.5, 23.5 - row, 4.0, *ALL_ROUND, 30.0))

    before = cells_seen(see(camera, low, mode=mode))
    after = cells_seen(see(camera, high, mode=mode))

    assert not (after & ~before & ~part).any()


@given(seed=st.integers(0, 2**32 - 1), low=st.floats(0, 3), more=st.floats(0, 3))
@examples(40)
@both_modes
def test_raising_the_target_never_hides_it(
    mode: str, seed: int, low: float, more: float
) -> None:
    rng = np.random.default_rng(seed)
    surface = rough(rng)
    x, y = rng.uniform(1.0, 23.0, 2)
    camera = lookouts((x, y, 5.0, *ALL_ROUND, 30.0))

    before = see(camera, surface, target_height_m=low, mode=mode)
    after = see(camera, surface, target_height_m=low + more, mode=mode)

    assert not (cells_seen(before) & ~cells_seen(after)).any()


@given(seed=st.integers(0, 2**32 - 1))
@examples(40)
@both_modes
def test_the_order_of_cameras_and_threads_change_nothing(mode: str, seed: int) -> None:
    rng = np.random.default_rng(seed)
    surface = rough(rng)
    rows = [
        (*rng.uniform(1, 23, 2), rng.uniform(1, 8), rng.uniform(0, 360), hfov, 14.0)
        for hfov in (30.0, 90.0, 200.0, 360.0)
    ]
    table = lookouts(*rows)
    order = rng.permutation(4)

    made = see(table, surface, mode=mode, threads=1)
    other = see(table.iloc[order], surface, mode=mode, threads=3)

    for place, row in enumerate(order):
        assert np.array_equal(cells_seen(made, row), cells_seen(other, place))
    assert other.placed.index.tolist() == order.tolist()


@given(seed=st.integers(0, 2**32 - 1))
@examples(40)
@both_modes
def test_a_narrower_or_shorter_view_is_the_wider_one_cut(mode: str, seed: int) -> None:
    rng = np.random.default_rng(seed)
    surface = rough(rng)
    x, y, height, bearing = (*rng.uniform(2, 22, 2), 5.0, rng.uniform(0, 360))
    # a reach that takes the same rays in the fast mode
    whole = see(lookouts((x, y, height, *ALL_ROUND, 16.0)), surface, mode=mode)
    part = lookouts((x, y, height, bearing, rng.uniform(10, 300), 16.0))

    # One that the mounting rule moves may move elsewhere when its bearing is known.
    if whole.placed["mount"][0] in ("open", "roof"):
        open_ground = Obstacles.from_buildings(part.iloc[:0])
        points = cell_centres(surface)
        sector = who_sees(points, part, open_ground, north="grid").toarray()[:, 0]
        assert np.array_equal(
            cells_seen(see(part, surface, mode=mode)).ravel(),
            cells_seen(whole).ravel() & sector,
        )


@given(seed=st.integers(0, 2**32 - 1))
@examples(40)
def test_each_cell_of_the_accurate_mode_has_its_own_line_of_sight(seed: int) -> None:
    rng = np.random.default_rng(seed)
    surface = rough(rng, 20)
    x, y, target = (*rng.uniform(1, 19, 2), rng.uniform(0, 2))
    made = see(
        lookouts((x, y, 4.0, *ALL_ROUND, 30.0)),
        surface,
        mode="accurate",
        target_height_m=target,
    )
    placed = made.placed.iloc[0]
    if placed["mount"] == "inside":
        assert not cells_seen(made).any()
        return
    eye = (placed["x"] - 0.5, 19.5 - placed["y"], placed["eye_m"])

    seen = cells_seen(made)

    for row, column in rng.integers(0, 20, (60, 2)):
        ground, top = surface.ground_m[row, column], surface.top_m[row, column]
        height = max(float(ground) + target, float(top))
        over = margin(surface.top_m, eye, (float(column), float(row), height))
        if over is None or abs(over) > 1e-5:
            assert bool(seen[row, column]) == (over is None or over > 0)


# What comes out.


def test_a_window_is_a_raster_of_the_surfaces_cells(block: Surface) -> None:
    made = see(lookouts((25.5, 15.5, 4.0, 90.0, 60.0, 10.0)), block)

    window = made[0]

    assert len(made) == 1
    assert window.name == "viewshed"
    assert window.dtype == np.bool_
    assert window.rio.crs.to_epsg() == 32616
    assert float(window.sel(x=30.5, y=15.5)) == 1.0
    assert window.sum().item() == made.area_m2()[0] == cells_seen(made).sum()
    assert window.any("x").all()  # as small as can be
    assert window.any("y").all()


def test_a_coarse_surface_counts_its_cells_by_their_area() -> None:
    surface = raster_surface(np.zeros((40, 40)), cell=2.5)

    made = see(lookouts((50.0, 50.0, 4.0, *ALL_ROUND, 30.0)), surface)

    # the circle within the cells that its rim crosses
    assert made.area_m2()[0] == pytest.approx(math.pi * 900.0, rel=0.02)
    assert made.area_m2()[0] % 6.25 == 0.0


@given(seed=st.integers(0, 2**32 - 1))
@examples(40)
def test_polygons_are_the_exact_outlines_of_the_cells(seed: int) -> None:
    # Cells by chance: every kind of corner, hole and island.
    rng = np.random.default_rng(seed)
    size = int(rng.integers(1, 9))
    cells = rng.random((3, size, size + 2)) < rng.uniform(0.2, 0.9)
    surface = raster_surface(np.zeros((size, size + 2)), cell=2.0)
    packed = [np.packbits(each) for each in cells]
    made = Viewsheds(
        surface,
        pd.DataFrame(index=["a", "b", "c"]),
        np.zeros(3, np.bool_),
        np.array([[0, 0, size, size + 2]] * 3),
        np.cumsum([0, *map(len, packed)]),
        np.concatenate(packed),
    )

    shapes = made.to_polygons()

    centres = cell_centres(surface)
    assert shapes.name == "isovist"
    assert shapes.index.tolist() == ["a", "b", "c"]
    assert shapes.is_valid.all()
    for shape, own in zip(shapes, cells, strict=True):
        assert shape.area == 4.0 * own.sum()
        assert np.array_equal(shapely.contains(shape, centres.array), own.ravel())
        squares = [
            box(p.x - 1, p.y - 1, p.x + 1, p.y + 1) for p in centres[own.ravel()]
        ]
        assert shape.equals(shapely.union_all(squares))
        assert shape.geom_type in ("Polygon", "MultiPolygon")
        parts = shapely.get_parts(shape)
        shells = shapely.get_exterior_ring(parts[~shapely.is_empty(parts)])
        assert shapely.is_ccw(shells).all()


@both_modes
def test_multiplicity_is_that_of_the_polygons(mode: str, block: Surface) -> None:
    table = lookouts(
        (25.5, 15.5, 4.0, 270.0, 90.0, 12.0),
        (5.2, 5.9, 4.0, 40.0, 120.0, 30.0),
        (25.5, 5.5, 4.0, math.nan, 90.0, 9.0),
    )
    chances = pd.Series([1.0, 1.0, 0.25])
    made = see(table, block, mode=mode)

    raster = made.multiplicity(chances)
    wider = made.multiplicity(chances, bounds=(-3.0, 2.0, 45.0, 33.0))

    expected = multiplicity(made.to_polygons(), chances)
    assert raster.identical(expected)
    assert wider.identical(
        multiplicity(made.to_polygons(), chances, bounds=(-3.0, 2.0, 45.0, 33.0))
    )
    assert made.multiplicity().max() == 3.0


def test_roofs_can_be_left_out(block: Surface) -> None:
    table = lookouts(
        (25.5, 15.5, 20.0, *ALL_ROUND, 18.0), (5.5, 5.5, 20.0, *ALL_ROUND, 30.0)
    )
    made = see(table, block)

    ground = made.ground_only()

    roofs = block.top_m > block.ground_m
    for number in range(2):
        assert (cells_seen(made, number) & roofs).any()
        expected = cells_seen(made, number) & ~roofs
        assert np.array_equal(cells_seen(ground, number), expected)
    house = box(10, 10, 20, 20)
    assert not ground.to_polygons().buffer(-0.1).intersects(house).any()
    assert ground.area_m2().tolist() == ground.to_polygons().area.tolist()


def test_isovists_on_a_surface_are_the_ground_that_is_seen(block: Surface) -> None:
    table = lookouts((25.5, 15.5, 20.0, 270.0, 90.0, 18.0))

    made = isovists(table, block, north="grid")

    whole = see(table, block, mode="accurate")
    assert made.iloc[0].equals(whole.ground_only().to_polygons().iloc[0])


def test_multiplicity_refuses_what_it_cannot_count(block: Surface) -> None:
    made = see(lookouts((25.5, 15.5, 4.0, 270.0, 90.0, 12.0)), block)
    blind = see(
        lookouts((25.5, 15.5, 4.0, 0.0, 9.0, 9.0)), block, footprints=shown(9.0, 0.0)
    )

    with pytest.raises(InputError, match="no camera sees anything"):
        blind.multiplicity()
    assert float(blind.multiplicity(bounds=(0, 0, 5, 5)).sum()) == 0.0
    with pytest.raises(InputError, match="another index than the cameras"):
        made.multiplicity(pd.Series([1.0], index=["x"]))
    for wrong in ([1.5], [0.5, 0.5], [np.nan]):
        with pytest.raises(InputError, match="0 to 1 for each of the 1 cameras"):
            made.multiplicity(wrong)
    with pytest.raises(InputError, match="bounds are"):
        made.multiplicity(bounds=(5, 0, 0, 5))


def test_no_cameras_give_no_viewsheds(block: Surface) -> None:
    made = see(lookouts((25.5, 15.5, 4.0, 270.0, 90.0, 12.0)).iloc[:0], block)

    assert len(made) == 0
    assert len(made.to_polygons()) == 0
    assert made.area_m2().empty


def test_nothing_given_to_viewsheds_is_changed(block: Surface) -> None:
    table = lookouts((25.5, 15.5, 4.0, 270.0, 90.0, 12.0))
    before, top = table.copy(), block.top_m.copy()

    see(table, block)

    assert table.equals(before)
    assert np.array_equal(block.top_m, top)
