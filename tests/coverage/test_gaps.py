"""Gaps: where they are, how they are ranked, what they are called."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from shapely import LineString, Point, box

from coveragekit.coverage import gaps, seen, street_blocks
from coveragekit.coverage.gap_names import name_gaps
from coveragekit.errors import CRSError, InputError
from tests.strategies import CRS

# A street of 300 m with a crossing at 150 m; the ground is 20 m to either side of it.
GROUND = box(0, -20, 300, 20)


def streets(**lines) -> gpd.GeoDataFrame:
    names = [None if name.startswith("unnamed") else name for name in lines]
    return gpd.GeoDataFrame(
        {"name": pd.array(names, dtype="str"), "highway": "residential"},
        geometry=[LineString(xy) for xy in lines.values()],
        crs=CRS,
    )


TOWN = streets(
    Main=[(0, 0), (150, 0), (300, 0)],
    Cross=[(150, -20), (150, 0), (150, 20)],
)


def raster(*views, area=GROUND, houses=(), resolution_m=2.0, chance=None):
    buildings = gpd.GeoDataFrame(geometry=list(houses), crs=CRS)
    return seen(
        gpd.GeoSeries(list(views), crs=CRS),
        chance,
        resolution_m,
        area=area,
        buildings=buildings,
    )


def demand(*rows) -> gpd.GeoDataFrame:
    """Rows of x, y and what is not met a year."""
    return gpd.GeoDataFrame(
        {"per_year": [row[2] for row in rows]},
        geometry=[Point(row[:2]) for row in rows],
        crs=CRS,
    )


def test_what_no_camera_sees_falls_into_gaps_by_street_block() -> None:
    found = gaps(raster(), TOWN)

    assert found["area_m2"].sum() == 300 * 40
    assert list(found.columns) == [
        "gap_id",
        "rank",
        "name",
        "incidents_per_year",
        "calls_per_year",
        "street_m",
        "area_m2",
        "nearest_camera_id",
        "nearest_camera_m",
        "geometry",
    ]
    # Main Street west and east of the crossing, and the two arms of the latter.
    assert len(found) == 4
    assert found["rank"].tolist() == [1, 2, 3, 4]
    # To a cell on either side, as those at the crossing belong to one of its blocks.
    assert sorted(found["street_m"]) == pytest.approx([20, 20, 150, 150], abs=4.0)
    assert found["street_m"].sum() == pytest.approx(340.0)
    assert found.crs == CRS


def test_what_is_seen_even_by_chance_is_no_gap() -> None:
    found = gaps(raster(box(0, -20, 300, 18), chance=[0.01]), TOWN)

    assert found.total_bounds[1] >= 18.0


def test_ground_under_buildings_and_outside_the_area_is_no_gap() -> None:
    found = gaps(raster(area=box(0, 0, 100, 20), houses=[box(0, 10, 100, 20)]), TOWN)

    assert found["area_m2"].sum() == 1000.0
    assert found.total_bounds.tolist() == [0, 0, 100, 10]


def test_gaps_are_ranked_by_incidents_then_calls_then_street_then_area() -> None:
    # Four gaps of one street, parted by views across it.
    views = [box(x, -20, x + 4, 20) for x in (70, 140, 210)]
    lines = streets(Main=[(0, 0), (300, 0)])
    crimes = demand((180, 0, 2.0), (250, 0, 5.0))
    calls = demand((100, 0, 7.0))

    found = gaps(raster(*views), lines, incidents=crimes, calls=calls)

    assert found["incidents_per_year"].tolist()[:3] == [5.0, 2.0, 0.0]
    assert found["calls_per_year"].tolist()[:3] == [0.0, 0.0, 7.0]
    assert found.geometry.iloc[0].contains(Point(250, 0.5))
    rest = found.iloc[3:]
    assert rest["street_m"].is_monotonic_decreasing


def test_demand_near_a_gap_counts_there_and_farther_off_it_does_not() -> None:
    view = box(0, -20, 100, 20)
    lines = streets(Main=[(0, 0), (120, 0)])
    rows = demand((90, 1, 1.0), (86.5, 1, 2.0), (85.5, 1, 4.0), (110, 1, 8.0))

    found = gaps(raster(view, area=box(0, -20, 120, 20)), lines, incidents=rows)

    # The first unseen cell has its centre at x = 101: within 15 m are 90 and 86.5.
    assert found["incidents_per_year"].sum() == pytest.approx(11.0)
    assert found.attrs["incidents_elsewhere"] == pytest.approx(4.0)
    assert found.attrs["calls_elsewhere"] == 0.0


def test_small_gaps_without_demand_are_left_out_and_counted() -> None:
    # Two holes of 16 m2 in what is seen, and one of 20 m2.
    holes = [box(20, 4, 24, 8), box(60, 4, 64, 8), box(100, 4, 104, 9.5)]
    view = GROUND.difference(shapely.union_all(holes))
    lines = streets(Main=[(0, 0), (300, 0)])
    area = box(0, -20, 150, 20)

    bare = gaps(raster(view, area=area), lines)
    wanted = gaps(raster(view, area=area), lines, incidents=demand((22, 6, 0.1)))

    assert bare["area_m2"].tolist() == [24.0]
    assert bare.attrs["small_count"] == 2
    assert bare.attrs["small_m2"] == 32.0
    assert wanted["area_m2"].tolist() == [16.0, 24.0]
    assert wanted.attrs["small_count"] == 1


def test_cells_that_touch_at_a_corner_are_one_gap_with_two_valid_parts() -> None:
    holes = box(20, 4, 26, 10).union(box(26, 10, 32, 16))
    lines = streets(Main=[(0, 0), (60, 0)])

    found = gaps(raster(GROUND.difference(holes), area=box(0, -20, 60, 20)), lines)

    assert len(found) == 1
    assert found["area_m2"].tolist() == [72.0]
    assert found.geometry.iloc[0].geom_type == "MultiPolygon"
    assert found.is_valid.all()


def test_a_gap_around_what_is_seen_has_a_hole() -> None:
    found = gaps(
        raster(box(20, 4, 28, 12), area=box(0, -20, 60, 20)),
        streets(Main=[(0, 0), (60, 0)]),
    )

    assert found["area_m2"].tolist() == [2400.0 - 64.0]
    assert not found.geometry.iloc[0].contains(Point(24, 8))


def test_outlines_differ_from_the_cells_by_a_cell_at_most() -> None:
    rng = np.random.default_rng(11)
    views = [Point(xy).buffer(9) for xy in rng.uniform((0, -20), (300, 20), (40, 2))]

    grid = raster(*views)
    found = gaps(grid, TOWN)

    x, y = np.meshgrid(grid["x"].to_numpy(), grid["y"].to_numpy())
    unseen = grid.to_numpy() == 0.0
    left = found.union_all().buffer(2.0 * np.sqrt(2.0))
    far = [p for p in shapely.points(x[unseen], y[unseen]) if not left.covers(p)]
    assert len(far) * 4.0 <= found.attrs["small_m2"]
    assert found.is_valid.all()


def test_the_nearest_camera_is_named_with_its_distance() -> None:
    lines = streets(Main=[(0, 0), (300, 0)])
    cameras = gpd.GeoDataFrame(
        {"camera_id": ["far", "near", "also near"]},
        geometry=[Point(200, 0), Point(90, 0), Point(90, 0)],
        crs=CRS,
    )
    view = box(40, -20, 300, 20)

    found = gaps(raster(view), lines, cameras=cameras)

    assert found["nearest_camera_id"].tolist() == ["near"]
    assert found["nearest_camera_m"].tolist() == [50.0]


def test_without_cameras_none_is_nearest() -> None:
    found = gaps(raster(), TOWN, cameras=gpd.GeoDataFrame(geometry=[], crs=CRS))

    assert found["nearest_camera_id"].isna().all()
    assert found["nearest_camera_m"].isna().all()


def test_the_same_ground_keeps_its_id_when_its_rank_changes() -> None:
    before = gaps(raster(), TOWN, incidents=demand((10, 0, 9.0)))
    after = gaps(raster(), TOWN, incidents=demand((290, 0, 9.0)))

    assert before["gap_id"].tolist() != after["gap_id"].tolist()
    assert set(before["gap_id"]) == set(after["gap_id"])


def test_where_everything_is_seen_there_are_no_gaps() -> None:
    found = gaps(raster(GROUND), TOWN)

    assert len(found) == 0
    assert "nearest_camera_m" in found.columns
    assert found.attrs["small_count"] == 0


def test_without_streets_gaps_are_what_hangs_together() -> None:
    view = box(100, -20, 110, 20)

    found = gaps(raster(view), streets())

    assert found["area_m2"].tolist() == [190 * 40.0, 100 * 40.0]
    assert found["street_m"].tolist() == [0.0, 0.0]
    assert found["name"].tolist() == ["unnamed place", "unnamed place (2)"]


def test_where_two_streets_share_all_their_cells_the_first_has_them() -> None:
    both = streets(First=[(0, 1.2), (90, 1.2)], Second=[(0, 0.8), (90, 0.8)])

    found = gaps(raster(area=box(0, -20, 90, 20)), both)

    assert found["name"].tolist() == ["First"]


def test_streets_beyond_the_raster_leave_it_without_streets() -> None:
    far = streets(Far=[(9000, 0), (9100, 0)])

    found = gaps(raster(), far)

    assert found["name"].tolist() == ["unnamed place"]


def test_streets_and_demand_are_not_changed() -> None:
    rows, lines = demand((10, 0, 9.0)), TOWN.copy()
    before = rows.copy()

    gaps(raster(), lines, incidents=rows)

    pd.testing.assert_frame_equal(rows, before)
    assert lines.geom_equals(TOWN).all()


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (
            lambda: gaps(raster(), TOWN.to_crs(32617)),
            CRSError,
            "the raster and streets have different CRS",
        ),
        (
            lambda: gaps(raster(), TOWN, places=TOWN.to_crs(32617)),
            CRSError,
            "the raster and places have different CRS",
        ),
        (
            lambda: gaps(raster(), TOWN, calls=demand().drop(columns="per_year")),
            InputError,
            "calls have no column 'per_year'; .*unmet_demand",
        ),
        (
            lambda: gaps(raster().drop_vars("spatial_ref"), TOWN),
            CRSError,
            "the raster have no CRS",
        ),
    ],
)
def test_gaps_that_cannot_be_found_are_refused(call, error, message) -> None:
    with pytest.raises(error, match=message):
        call()


# Names.


def named(*, at=(0.0, 0.0), away=0.0, street_m=10.0, lines=TOWN, places=None) -> str:
    """Name one gap whose middle is at a place, nearest to the block there."""
    blocks = street_blocks(lines)
    middle = np.array([at])
    # Of the level street, on which all the names here are judged.
    block = int(blocks.distance(Point(at[0], 0)).argmin()) if len(blocks) else 0
    found = gpd.GeoDataFrame(
        {"street_m": [street_m]}, geometry=[Point(at).buffer(1)], crs=CRS
    )
    return name_gaps(
        found,
        blocks,
        places,
        block=np.array([block], dtype=np.int32),
        middle=middle,
        away_m=np.array([away]),
    )[0]


def place(name, x, y) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        {"name": pd.array([name], dtype="str")}, geometry=[Point(x, y)], crs=CRS
    )


LONG = streets(
    Main=[(0, 0), (100, 0), (240, 0), (300, 0)],
    Ash=[(100, 0), (100, 50)],
    Oak=[(240, 0), (240, 50)],
)


def test_near_a_corner_a_gap_is_at_the_cross_street() -> None:
    assert named(at=(140, 3)) == "Main at Cross"
    assert named(at=(120, 3), lines=LONG) == "Main at Ash"
    assert named(at=(220, 3), lines=LONG) == "Main at Oak"


def test_between_two_corners_a_gap_has_both_in_the_order_of_the_alphabet() -> None:
    assert named(at=(170, 3), lines=LONG) == "Main between Ash and Oak"


def test_far_from_its_only_corner_a_gap_is_near_it() -> None:
    assert named(at=(40, 3), lines=LONG) == "Main near Ash"


def test_a_loop_with_both_ends_on_one_street_is_near_that_street() -> None:
    loop = streets(
        Loop=[(0, 70), (0, 0), (60, 0), (60, 70)],
        Main=[(-50, 70), (0, 70), (60, 70), (90, 70)],
    )

    assert named(at=(30, 2), lines=loop, away=2.0) == "Loop near Main"


def test_a_street_that_meets_none_stands_alone() -> None:
    assert named(at=(30, 0), lines=streets(Lone=[(0, 0), (99, 0)])) == "Lone"


def test_an_unnamed_street_is_told_by_its_crossing_or_a_place() -> None:
    lines = streets(unnamed=[(0, 0), (140, 0)], Oak=[(140, 0), (140, 9), (140, -9)])
    alone = streets(unnamed=[(0, 0), (140, 0)])

    assert named(at=(10, 0), lines=lines) == "unnamed street near Oak"
    assert named(at=(10, 0), lines=alone) == "unnamed street"
    shop = place("Corner Deli", 60, 0)
    assert named(at=(10, 0), lines=alone, places=shop) == (
        "unnamed street near Corner Deli"
    )


def test_a_gap_off_the_street_lies_behind_it() -> None:
    assert named(at=(170, 40), away=30.0, street_m=0.0, lines=LONG) == (
        "behind Main between Ash and Oak"
    )
    assert named(at=(170, 40), away=30.0, street_m=0.1, lines=LONG) == (
        "Main between Ash and Oak"
    )


def test_far_from_any_street_a_gap_is_named_by_the_place_beside_it() -> None:
    deli = place("Corner Deli", 170, 90)

    assert named(at=(170, 130), away=61.0, street_m=0.0, lines=LONG, places=deli) == (
        "behind Corner Deli"
    )
    assert named(at=(170, 190), away=61.0, street_m=0.0, lines=LONG, places=deli) == (
        "near Corner Deli"
    )
    assert named(at=(170, 90), away=60.0, street_m=0.0, lines=LONG, places=deli) == (
        "behind Main between Ash and Oak"
    )


def test_far_from_any_street_and_place_the_distance_is_told() -> None:
    assert named(at=(170, 130), away=129.6, street_m=0.0, lines=LONG) == (
        "130 m off Main between Ash and Oak"
    )


def test_places_without_a_name_name_nothing() -> None:
    nameless = place(None, 170, 130)

    told = named(at=(170, 130), away=90.0, street_m=0.0, lines=LONG, places=nameless)

    assert told == "90 m off Main between Ash and Oak"


def test_of_two_places_equally_near_the_first_by_the_alphabet_is_taken() -> None:
    two = pd.concat([place("Zoo", 170, 130), place("Bar", 170, 130)])
    other = two.iloc[::-1]

    names = {
        named(at=(170, 130), away=90.0, street_m=0.0, places=rows)
        for rows in (two, other)
    }

    assert names == {"behind Bar"}


def test_equal_names_are_told_apart_by_side_and_then_by_number() -> None:
    # Houses along both kerbs part the ground into two strips on each side.
    street = streets(Main=[(0, 0), (100, 0)])
    seen_m = [box(0, -6, 100, 6), box(48, -20, 52, 20)]

    found = gaps(raster(*seen_m, area=box(0, -20, 100, 20)), street)

    assert sorted(found["name"]) == [
        "Main, north side",
        "Main, north side (2)",
        "Main, south side",
        "Main, south side (2)",
    ]
    north = found[found["name"].str.contains("north")]
    assert (north.geometry.centroid.y > 0).all()
