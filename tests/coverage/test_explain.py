"""Why a camera sees a place, or does not."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from shapely import Point, box

from coveragekit.coverage import explain
from coveragekit.coverage.explain import VERDICTS
from coveragekit.errors import CRSError, InputError
from coveragekit.visibility import Obstacles, mount, who_sees
from tests.strategies import CRS, examples, scenes

# On the middle of the zone, where the grid's north is true north.
EAST, NORTH = 500000.0, 4000000.0


def cameras(*rows) -> gpd.GeoDataFrame:
    """Cameras by x, y, bearing, field of view and range, from the middle."""
    table = pd.DataFrame(
        rows, columns=["x", "y", "bearing_deg", "hfov_deg", "range_m"], dtype="float64"
    )
    columns = {
        "camera_id": [f"c{n}" for n in range(len(table))],
        "kind": "bullet",
        "width_px": 1920,
        "mount_height_m": 4.0,
        **{name: table[name] for name in ("bearing_deg", "hfov_deg", "range_m")},
    }
    places = gpd.points_from_xy(table["x"] + EAST, table["y"] + NORTH)
    return gpd.GeoDataFrame(columns, geometry=places, crs=CRS)


def walls(**houses) -> Obstacles:
    shapes = [
        box(x0 + EAST, y0 + NORTH, x1 + EAST, y1 + NORTH)
        for x0, y0, x1, y1 in houses.values()
    ]
    return Obstacles.from_buildings(
        gpd.GeoDataFrame({"building_id": list(houses)}, geometry=shapes, crs=CRS)
    )


def at(x, y) -> Point:
    return Point(x + EAST, y + NORTH)


def one(row) -> dict:
    assert len(row) == 1
    return row.iloc[0].to_dict()


def test_a_camera_that_looks_at_the_place_sees_it() -> None:
    row = one(explain(at(10, 0), cameras((0, 0, 90, 90, 50)), walls()))

    assert row["camera_id"] == "c0"
    assert row["verdict"] == "sees"
    assert row["distance_m"] == pytest.approx(10.0)
    assert row["beyond_m"] == 0.0
    assert row["off_angle_deg"] == 0.0
    assert pd.isna(row["blocked_by"])
    assert np.isnan(row["blocked_at_m"])
    # 1920 px over 20 m.
    assert row["pixel_density_px_per_m"] == pytest.approx(96.0)
    assert row["reason"] == "sees it at 10 m (96 px/m there: observe)"


def test_a_camera_of_unknown_bearing_sees_with_a_probability() -> None:
    row = one(explain(at(10, 0), cameras((0, 0, np.nan, 90, 50)), walls()))

    assert row["verdict"] == "sees with probability"
    assert row["reason"].startswith("sees it at 10 m if it looks this way")
    assert "25% of all directions" in row["reason"]
    assert row["off_angle_deg"] == 0.0


def test_an_all_round_camera_of_unknown_bearing_simply_sees() -> None:
    row = one(explain(at(10, 0), cameras((0, 0, np.nan, 360, 50)), walls()))

    assert row["verdict"] == "sees"


def test_a_place_past_the_range_is_out_of_range_by_the_rest() -> None:
    row = one(
        explain(at(58, 0), cameras((0, 0, 90, 90, 50)), walls(), density_px_per_m=62.5)
    )

    assert row["verdict"] == "out of range"
    assert row["beyond_m"] == pytest.approx(8.0)
    assert row["reason"] == "out of range by 8 m (17 px/m there, 62.5 asked for)"


def test_a_place_beside_the_view_is_outside_the_angle_by_the_rest() -> None:
    # Seen from the camera the place lies at 90 degrees, the view ends at 78.
    row = one(explain(at(10, 0), cameras((0, 0, 33, 90, 50)), walls()))

    assert row["verdict"] == "outside the angle"
    assert row["off_angle_deg"] == pytest.approx(12.0)
    assert row["reason"] == "outside the angle by 12 degrees"


def test_the_angle_is_taken_the_short_way_round() -> None:
    # The view ends at 360 degrees, the place lies 5 degrees east of north.
    place = at(30 * np.tan(np.radians(5.0)), 30)

    row = one(explain(place, cameras((0, 0, 350, 20, 50)), walls()))

    assert row["off_angle_deg"] == pytest.approx(5.0)


def test_within_a_micrometre_of_the_edge_is_within_the_angle() -> None:
    row = one(explain(at(10, -5e-7), cameras((0, 0, 45, 90, 50)), walls()))

    assert row["verdict"] == "sees"
    assert row["off_angle_deg"] == 0.0


def test_a_building_in_the_way_is_named_with_its_distance() -> None:
    row = one(
        explain(at(50, 0), cameras((0, 0, 90, 90, 60)), walls(shop=(34, -9, 40, 9)))
    )

    assert row["verdict"] == "blocked"
    assert row["blocked_by"] == "shop"
    assert row["blocked_at_m"] == pytest.approx(34.0)
    assert row["reason"] == "blocked by building shop at 34 m"


def test_all_that_keeps_a_camera_from_the_place_is_told() -> None:
    row = one(
        explain(at(58, 0), cameras((0, 0, 33, 90, 50)), walls(shop=(34, -9, 40, 9)))
    )

    assert row["verdict"] == "out of range"
    assert row["reason"] == (
        "out of range by 8 m (17 px/m there); also outside the angle by 12 degrees; "
        "also blocked by building shop at 34 m"
    )


def test_less_than_a_metre_is_told_with_a_decimal() -> None:
    row = one(explain(at(50.25, 0), cameras((0, 0, 90, 90, 50)), walls()))

    assert "out of range by 0.2 m" in row["reason"]


def test_a_place_in_a_building_is_said_to_be_so() -> None:
    table = explain(at(37, 0), cameras((0, 0, 90, 90, 60)), walls(shop=(34, -9, 40, 9)))

    assert table.attrs["building_id"] == "shop"
    assert one(table)["reason"] == (
        "blocked by building shop (the place is inside it) at 34 m"
    )
    assert explain(at(1, 0), cameras(), walls()).attrs["building_id"] is None


def test_a_camera_deep_inside_a_building_sees_its_room_only() -> None:
    hall = walls(hall=(-40, -40, 40, 40))

    row = one(explain(at(60, 0), cameras((0, 0, 90, 90, 100)), hall))
    same = one(explain(at(10, 0), cameras((0, 0, 90, 90, 100)), hall))

    assert row["verdict"] == "inside a building"
    assert row["reason"] == "stands inside a building and sees its own room only"
    assert same["verdict"] == "sees"


def test_a_camera_drawn_on_a_wall_is_measured_from_where_it_hangs() -> None:
    house = walls(h=(-20, -10, 0, 10))

    row = one(explain(at(10, 0), cameras((-1, 0, 90, 90, 50)), house))

    # Mounting puts it a tenth of a metre before the wall.
    assert row["distance_m"] == pytest.approx(9.9)
    assert row["verdict"] == "sees"


def test_a_mounting_given_is_used() -> None:
    rows, house = cameras((-1, 0, 90, 90, 50)), walls(h=(-20, -10, 0, 10))
    hung = mount(rows, house, stand_off_m=0.5)

    assert one(explain(at(10, 0), rows, house, mounting=hung))[
        "distance_m"
    ] == pytest.approx(9.5)


def test_pixels_that_are_not_known_are_not_named() -> None:
    rows = cameras((0, 0, 90, 90, 50), (0, 0, 90, 90, 5)).assign(width_px=np.nan)

    reasons = explain(at(10, 0), rows, walls(), density_px_per_m=62.5)["reason"]

    assert reasons.tolist() == ["sees it at 10 m", "out of range by 5 m"]


def test_cameras_that_see_come_first_then_the_nearest() -> None:
    rows = cameras(
        (0, 5, 270, 90, 50),
        (0, 30, 180, 90, 50),
        (0, -20, np.nan, 90, 50),
        (0, -10, 0, 90, 50),
        (0, -40, 180, 90, 50),
    )

    table = explain(at(0, 0), rows, walls())

    assert table["camera_id"].tolist() == ["c3", "c1", "c2", "c0", "c4"]
    assert table.index.tolist() == [3, 1, 2, 0, 4]


def test_cameras_within_one_and_a_half_ranges_are_listed_beside_the_five_nearest() -> (
    None
):
    near = [(100 + n, 0, 270, 90, 10) for n in range(6)]
    rows = cameras(*near, (0, 140, 180, 90, 100), (0, 900, 180, 90, 100))

    table = explain(at(0, 0), rows, walls())

    assert set(table["camera_id"]) == {"c0", "c1", "c2", "c3", "c4", "c6"}


def test_a_place_on_the_edge_of_view_and_range_is_seen() -> None:
    rows = cameras((0, 0, 45, 90, 10))

    assert one(explain(at(10, 0), rows, walls()))["verdict"] == "sees"


def test_the_place_of_the_camera_itself_is_seen() -> None:
    row = one(explain(at(0, 0), cameras((0, 0, 45, 90, 10)), walls()))

    assert row["verdict"] == "sees"
    assert row["pixel_density_px_per_m"] == np.inf


def test_without_cameras_there_is_nothing_to_explain() -> None:
    table = explain(at(0, 0), cameras(), walls())

    assert len(table) == 0
    assert list(table.columns) == [
        "camera_id",
        "verdict",
        "distance_m",
        "beyond_m",
        "off_angle_deg",
        "blocked_by",
        "blocked_at_m",
        "pixel_density_px_per_m",
        "band",
        "dead_zone_m",
        "view_ends_m",
        "night_range_m",
        "mount_height_m",
        "target_height_m",
        "x",
        "y",
        "turn_deg",
        "would_see",
        "reason",
    ]


@examples(60)
@given(scene=scenes())
def test_verdicts_agree_with_who_sees_and_every_fault_is_told(scene) -> None:
    rows = scene.cameras_table()
    rows["camera_id"] = [f"c{n}" for n in range(len(rows))]
    rows[["kind", "width_px", "mount_height_m"]] = ["bullet", 1920, 4.0]
    obstacles = Obstacles.from_buildings(scene.buildings_table())
    place = Point(np.array([31.37, 27.91]) + scene.offset)

    table = explain(place, rows, obstacles)

    sees = who_sees(gpd.GeoSeries([place], crs=CRS), rows, obstacles).toarray()[0]
    told = table["verdict"].str.startswith("sees")
    wanted = pd.Series(sees, index=rows.index)[table.index]
    assert told.tolist() == wanted.tolist()
    assert wanted.sum() == sees.sum()
    assert table["verdict"].isin(VERDICTS).all()
    assert (table["reason"] != "").all()
    blind = table[~told & (table["verdict"] != "inside a building")]
    faulty = (
        (blind["beyond_m"] > 0)
        | (blind["off_angle_deg"] > 0)
        | blind["blocked_by"].notna()
    )
    assert faulty.all()


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (
            lambda: explain(Point(), cameras(), walls()),
            InputError,
            "POINT EMPTY; allowed: a Point with finite",
        ),
        (
            lambda: explain(at(0, 0), cameras().to_crs(32617), walls()),
            CRSError,
            "cameras and obstacles have different CRS",
        ),
        (
            lambda: explain(
                at(0, 0), pd.concat([cameras((0, 0, 0, 90, 9))] * 2), walls()
            ),
            InputError,
            "index has labels twice",
        ),
    ],
)
def test_a_place_that_cannot_be_explained_is_refused(call, error, message) -> None:
    with pytest.raises(error, match=message):
        call()
