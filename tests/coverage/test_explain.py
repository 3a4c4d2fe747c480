"""Why a camera sees a place, or does not."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely import Point, box

from coveragekit.coverage import Explainer, Question, explain
from coveragekit.coverage.explain import VERDICTS
from coveragekit.errors import CRSError, InputError
from coveragekit.optics import footprints
from coveragekit.visibility import Obstacles, Surface, mount, who_sees
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


def test_of_those_that_do_not_see_the_nearest_comes_first_whatever_its_fault() -> None:
    rows = cameras((0, 0, 90, 90, 20), (30, -9, 180, 90, 90))

    table = explain(at(30, 0), rows, walls())

    assert table["verdict"].tolist() == ["outside the angle", "out of range"]
    assert table["camera_id"].tolist() == ["c1", "c0"]


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
        "mount",
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


def filled(rows: gpd.GeoDataFrame, **optics_of) -> gpd.GeoDataFrame:
    """Cameras whose pictures can be laid on the ground; their range is not given."""
    known = {
        "tilt_deg": 30.0,
        "vfov_deg": 30.0,
        "hfov_deg": 52.0,
        "ir_range_m": 20.0,
        "range_m": np.nan,
        **optics_of,
    }
    return rows.assign(**known)


def through_lenses(place, rows, buildings=None, **asked) -> pd.DataFrame:
    """Explain by footprints for 62.5 px/m on a level of 1.5 m."""
    return explain(
        place,
        rows,
        walls() if buildings is None else buildings,
        footprints=footprints(rows, 62.5),
        density_px_per_m=62.5,
        **asked,
    )


def test_a_place_under_the_picture_is_in_the_dead_zone() -> None:
    # 2.5 m below the lens, the picture's lower edge 45 degrees down.
    row = one(through_lenses(at(2, 0), filled(cameras((0, 0, 90, 52, 0)))))

    assert row["verdict"] == "dead zone"
    assert row["dead_zone_m"] == pytest.approx(2.5)
    assert row["reason"] == "in the dead zone under it, which ends at 2.5 m"


def test_a_place_past_the_pictures_upper_edge_is_above_it() -> None:
    # The upper edge 15 degrees down: 2.5 / tan 15 = 9.33 m.
    row = one(
        through_lenses(at(12, 0), filled(cameras((0, 0, 90, 52, 0)), width_px=9000))
    )

    assert row["verdict"] == "above the picture"
    assert row["view_ends_m"] == pytest.approx(9.3301, abs=1e-4)
    assert row["beyond_m"] == 0.0
    assert row["reason"] == "above the picture, which ends at 9.3 m"


def test_the_pixels_are_those_at_the_true_depth() -> None:
    # z = 8 cos 30 + 2.5 sin 30 = 8.178 m; 1920 / (2 z tan 26) = 240.68 px/m.
    row = one(through_lenses(at(8, 0), filled(cameras((0, 0, 90, 52, 0)))))

    assert row["verdict"] == "sees"
    assert row["pixel_density_px_per_m"] == pytest.approx(240.675, abs=0.01)
    assert row["band"] == "recognise"
    assert row["reason"] == "sees it at 8 m (241 px/m there: recognise)"


def test_too_few_pixels_are_out_of_range_though_the_picture_goes_on() -> None:
    level = filled(cameras((0, 0, 90, 52, 0)), tilt_deg=0.0)

    row = one(through_lenses(at(40, 0), level))

    # 1920 px on 2 z tan 26 fall to 62.5 px/m at z = 31.49 m.
    assert row["verdict"] == "out of range"
    assert row["beyond_m"] == pytest.approx(40.0 - 31.4922, abs=1e-3)
    assert row["view_ends_m"] == np.inf
    assert pd.isna(row["band"]) or row["band"] == "detect"


def test_a_purpose_that_no_place_gets_is_said_to_be_served_nowhere() -> None:
    high = filled(
        cameras((0, 0, 270, 360, 0)),
        kind="fisheye",
        hfov_deg=360.0,
        vfov_deg=180.0,
        tilt_deg=90.0,
        mount_height_m=60.0,
    )

    row = one(through_lenses(at(3, 0), high))

    assert row["verdict"] == "out of range"
    assert row["reason"].startswith("out of range: it serves the purpose nowhere")
    assert "angle" not in row["reason"]


@pytest.mark.parametrize(
    ("lamp_m", "verdict", "reason"),
    [
        # 70 % of 20 m reach 14 m.
        (20.0, "sees", "sees it at 8 m (241 px/m there: recognise)"),
        (5.0, "too dark", "too dark: 4 m beyond its infrared, which reaches 4 m"),
        (np.nan, "too dark", "too dark: no lamp of it is known"),
    ],
)
def test_by_night_a_camera_sees_as_far_as_its_lamp(lamp_m, verdict, reason) -> None:
    rows = filled(cameras((0, 0, 90, 52, 0)), ir_range_m=lamp_m)

    row = one(through_lenses(at(8, 0), rows, light="night"))

    assert (row["verdict"], row["reason"]) == (verdict, reason)
    assert row["would_see"] == (verdict == "sees")
    assert one(through_lenses(at(8, 0), rows))["verdict"] == "sees"
    assert one(through_lenses(at(8, 0), rows))["night_range_m"] == np.inf


WHEN = pd.Timestamp("2024-06-30T12:00:00Z")


@pytest.mark.parametrize(
    ("state", "verdict", "words"),
    [
        ({"status": "offline"}, "offline", "offline; would see it at 10 m"),
        (
            {"access": "planned"},
            "not consented",
            "planned, counted in no share; would see it at 10 m",
        ),
        (
            {"active_to": WHEN},
            "not in service",
            "not in service at that time; would see it at 10 m",
        ),
        ({"status": "unknown"}, "sees", "sees it at 10 m"),
    ],
)
def test_a_camera_that_would_see_but_for_its_state_says_so(
    state, verdict, words
) -> None:
    never = pd.Series(pd.NaT, index=[0], dtype="datetime64[us, UTC]")
    rows = cameras((0, 0, 90, 90, 50))
    rows = rows.assign(active_from=never, active_to=never).assign(**state)

    row = one(explain(at(10, 0), rows, walls(), as_of=WHEN.to_pydatetime()))

    assert row["verdict"] == verdict
    assert row["reason"].startswith(words)
    assert row["would_see"]


def test_the_state_of_a_camera_that_would_not_see_anyway_is_told_last() -> None:
    rows = cameras((0, 0, 90, 90, 50)).assign(status="offline")

    row = one(explain(at(58, 0), rows, walls()))

    assert row["verdict"] == "out of range"
    assert row["reason"].endswith("; also offline")
    assert not row["would_see"]


def test_a_camera_that_does_not_record_then_is_told() -> None:
    ready = Explainer(cameras((0, 0, 90, 90, 50)), walls())
    asked = Question(records=lambda near: np.zeros(len(near), dtype=bool))

    row = one(ready.ask(at(10, 0), asked))

    assert row["verdict"] == "not recording"


def test_one_preset_of_several_sees_for_its_share_of_the_time() -> None:
    rows = cameras((0, 0, 90, 90, 50)).assign(probability=0.3)

    row = one(explain(at(10, 0), rows, walls()))

    assert row["verdict"] == "sees with probability"
    assert "for 30% of the time, while it shows this preset" in row["reason"]


def test_the_wall_that_a_camera_hangs_on_is_called_so() -> None:
    house = walls(h=(-20, -10, 0, 10))

    row = one(explain(at(-40, 0), cameras((-1, 0, 90, 90, 60)), house))

    assert "also blocked by building h (it hangs on it) at 0.1 m" in row["reason"]


def test_over_a_surface_a_low_wall_hides_only_what_is_near_it() -> None:
    shop = gpd.GeoDataFrame(
        {"building_id": ["shop"], "height_m": [3.0]},
        geometry=[box(EAST + 10, NORTH - 9, EAST + 12, NORTH + 9)],
        crs=CRS,
    )
    surface = Surface.from_buildings(shop)
    rows = cameras((0, 0, 90, 90, 90)).assign(mount_height_m=6.0)
    obstacles = Obstacles.from_buildings(shop)

    behind = one(explain(at(15.5, 0.5), rows, obstacles, surface=surface))
    far = one(explain(at(60.5, 0.5), rows, obstacles, surface=surface))
    flat = one(explain(at(60.5, 0.5), rows, obstacles))

    assert behind["verdict"] == "blocked"
    assert behind["blocked_by"] == "shop"
    assert far["verdict"] == "sees"
    assert flat["verdict"] == "blocked"


def test_over_a_surface_a_hill_blocks_without_a_name() -> None:
    nothing = gpd.GeoDataFrame({"height_m": []}, geometry=[], crs=CRS)
    bounds = (EAST - 20, NORTH - 20, EAST + 80, NORTH + 20)
    flat = Surface.from_buildings(nothing, bounds=bounds)
    arrays = flat.to_arrays()
    ground = np.array(arrays["ground_m"])
    ground[:, 40:44] += 30.0
    arrays = arrays | {"ground_m": ground, "top_m": ground.copy()}
    hill = Surface.from_arrays(arrays, crs=CRS)

    # The hut is in the table of buildings only: nothing of it stands above the hill.
    hut = walls(hut=(20.2, -2, 21, 2))
    row = one(explain(at(50, 0), cameras((0, 0, 90, 90, 90)), hut, surface=hill))

    assert row["verdict"] == "blocked"
    assert pd.isna(row["blocked_by"])
    assert row["reason"] == "blocked by the ground at 20 m"


def test_an_explainer_answers_place_after_place_as_explain_does() -> None:
    rows = cameras((0, 0, 90, 90, 50), (30, 0, 270, 90, 50), (0, 90, 0, 90, 20))
    house = walls(shop=(14, -4, 18, 4))
    ready = Explainer(rows, house)

    for place in (at(10, 0), at(40, 0), at(0, 100), at(10, 0)):
        pd.testing.assert_frame_equal(ready.ask(place), explain(place, rows, house))


@examples(60)
@given(
    scene=scenes(),
    lens=st.tuples(
        st.sampled_from((-10.0, 0.0, 20.0, 45.0, 90.0)),
        st.sampled_from((20.0, 43.0, 90.0)),
        st.sampled_from((1.2, 1.5, 4.0, 12.0)),
        st.sampled_from((400, 1920, 8000)),
    ),
    light=st.sampled_from(("day", "night")),
)
def test_verdicts_agree_with_who_sees_through_every_lens(scene, lens, light) -> None:
    tilt, vfov, height, width = lens
    rows = scene.cameras_table()
    rows["camera_id"] = [f"c{n}" for n in range(len(rows))]
    rows = rows.assign(
        kind=["bullet", "fisheye"] * (len(rows) // 2) + ["dome"] * (len(rows) % 2),
        tilt_deg=tilt,
        vfov_deg=vfov,
        mount_height_m=height,
        width_px=width,
        ir_range_m=30.0,
    )
    obstacles = Obstacles.from_buildings(scene.buildings_table())
    place = Point(np.array([31.37, 27.91]) + scene.offset)

    table = through_lenses(place, rows, obstacles, light=light)

    there = gpd.GeoSeries([place], crs=CRS)
    in_force = footprints(rows, 62.5, light=light)
    sees = who_sees(there, rows, obstacles, footprints=in_force).toarray()[0]
    told = table["verdict"].str.startswith("sees")
    wanted = pd.Series(sees, index=rows.index)
    assert told.tolist() == wanted[table.index].tolist()
    assert wanted.sum() == told.sum()
    blind = table[~told]
    assert not blind["reason"].str.contains("on a wall that faces away").any()
    assert (blind["reason"] != "").all()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda rows: explain(at(0, 0), rows, walls(), light="dusk"),
            "light is 'dusk'; allowed: day or night",
        ),
        (
            lambda rows: explain(at(0, 0), rows, walls(), target_height_m=-1.0),
            "target_height_m is -1.0; allowed: metres, 0 or more",
        ),
        (
            lambda rows: explain(
                at(0, 0), rows, walls(), as_of=WHEN.tz_localize(None).to_pydatetime()
            ),
            "allowed: a time with its zone",
        ),
        (
            lambda rows: Explainer(
                rows, walls(), footprints=footprints(filled(rows), 62.5).take([0, 0])
            ),
            "2 footprints for 1 cameras",
        ),
        (
            lambda rows: Explainer(
                rows, walls(), mounting=mount(rows, walls()).set_index("x", drop=False)
            ),
            "mounting is of other cameras",
        ),
    ],
)
def test_a_question_that_means_nothing_is_refused(call, message) -> None:
    with pytest.raises(InputError, match=message):
        call(cameras((0, 0, 90, 90, 50)))
