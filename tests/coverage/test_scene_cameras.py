"""Drawing cameras as they may really hang and look."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import Point, box

from coveragekit.coverage import draw_cameras
from coveragekit.coverage.kernels.hanging import nearest_facades
from coveragekit.errors import CRSError, InputError
from coveragekit.visibility import Obstacles, mount

CRS = "EPSG:32616"
ZERO = {
    "position_error_m": 0.0,
    "bearing_error_deg": 0.0,
    "hfov_error_deg": 0.0,
    "height_error_m": 0.0,
    "range_error_m": 0.0,
}
SHOP = box(0, 0, 30, 16)


def cameras(xy: list[tuple[float, float]], **columns: object) -> gpd.GeoDataFrame:
    basis = {
        "camera_id": [f"c{row}" for row in range(len(xy))],
        "kind": "bullet",
        "bearing_deg": 90.0,
        "tilt_deg": 15.0,
        "hfov_deg": 80.0,
        "vfov_deg": 50.0,
        "mount_height_m": 4.0,
        "range_m": 30.0,
        **ZERO,
    }
    frame = pd.DataFrame({**basis, **columns}, index=range(len(xy)))
    return gpd.GeoDataFrame(frame, geometry=[Point(*at) for at in xy], crs=CRS)


def walls(*shapes: shapely.Polygon) -> Obstacles:
    return Obstacles.from_buildings(gpd.GeoDataFrame(geometry=list(shapes), crs=CRS))


def draws(
    table: gpd.GeoDataFrame, n: int, obstacles: Obstacles | None = None
) -> list[gpd.GeoDataFrame]:
    return [
        draw_cameras(table, np.random.default_rng(seed), obstacles, north="grid")
        for seed in range(n)
    ]


def test_without_errors_every_scene_has_the_cameras_as_recorded() -> None:
    one = cameras([(50, 5), (2, 8), (15, 8)], bearing_deg=[90.0, 270.0, 0.0])
    nominal = mount(one, walls(SHOP), north="grid")

    for drawn in draws(one, 5, walls(SHOP)):
        assert drawn.drop(columns="geometry").equals(one.drop(columns="geometry"))
        assert drawn.geometry.x.tolist() == nominal["x"].tolist()
        assert drawn.geometry.y.tolist() == nominal["y"].tolist()


def test_the_same_seed_gives_the_same_cameras_and_leaves_the_table_alone() -> None:
    table = cameras([(50, 5)] * 20, position_error_m=4.0, bearing_error_deg=10.0)
    before = table.copy()
    rngs = [np.random.default_rng(seed) for seed in (7, 7, 8)]

    one, again, other = (draw_cameras(table, rng, walls(SHOP)) for rng in rngs)

    assert one.equals(again)
    assert not one.equals(other)
    assert table.equals(before)


def test_places_and_bearings_are_off_by_their_errors() -> None:
    table = cameras([(500, 500)] * 4000, position_error_m=3.0, bearing_error_deg=20.0)
    table["bearing_deg"] = 2.0

    drawn = draws(table, 1)[0]

    east = drawn.geometry.x - 500
    turned = np.mod(drawn["bearing_deg"] - 2.0 + 180.0, 360.0) - 180.0
    # Of 4,000 the deviation's own error is a hundredth.
    assert east.std() == pytest.approx(3.0, rel=0.05)
    assert (drawn.geometry.y - 500).std() == pytest.approx(3.0, rel=0.05)
    assert turned.std() == pytest.approx(20.0, rel=0.05)
    assert abs(turned.mean()) < 1.0
    assert drawn["bearing_deg"].between(0.0, 360.0, inclusive="left").all()


def test_an_unknown_bearing_is_drawn_all_round() -> None:
    table = cameras([(500, 500)] * 4000, bearing_deg=np.nan)

    quarter = draws(table, 1)[0]["bearing_deg"] // 90.0

    assert quarter.value_counts().between(880, 1120).all()


def test_one_that_looks_all_round_keeps_its_unknown_bearing() -> None:
    table = cameras([(500, 500)] * 2, bearing_deg=np.nan, probability=[1.0, 0.2])

    drawn = draws(table, 1)[0]

    assert drawn["bearing_deg"].isna().tolist() == [True, False]


@settings(max_examples=40, deadline=None)
@given(
    hfov=st.floats(1.0, 360.0),
    height=st.floats(0.1, 50.0),
    tilt=st.floats(-90.0, 90.0),
    reach=st.floats(1.0, 500.0),
    error=st.floats(0.0, 180.0),
    seed=st.integers(0, 99),
)
def test_nothing_drawn_is_impossible(
    hfov: float, height: float, tilt: float, reach: float, error: float, seed: int
) -> None:
    table = cameras(
        [(500, 500)] * 50,
        hfov_deg=hfov,
        mount_height_m=height,
        tilt_deg=tilt,
        range_m=reach,
        **dict.fromkeys(ZERO, error),
    )

    drawn = draw_cameras(table, np.random.default_rng(seed))

    assert drawn["hfov_deg"].between(1.0, 360.0).all()
    assert (drawn["hfov_deg"] > 180.0).eq(hfov > 180.0).all()
    assert drawn["vfov_deg"].between(0.0, 180.0, inclusive="right").all()
    assert drawn["vfov_deg"].notna().all()
    assert drawn["mount_height_m"].between(min(0.5, height), 500.0).all()
    assert drawn["tilt_deg"].between(-90.0, 90.0).all()
    assert drawn["range_m"].between(0.1 * reach, 20_000.0).all()


def test_a_camera_on_a_wall_is_drawn_on_a_wall_and_looks_away_from_it() -> None:
    # Recorded two metres inside the eastern wall; the shop is 16 m deep.
    table = cameras([(28, 8)] * 200, position_error_m=4.0, bearing_error_deg=25.0)

    drawn = draws(table, 1, walls(SHOP))[0]

    off = drawn.geometry.distance(SHOP)
    assert off.between(0.0, 1.01, inclusive="right").all()
    turn = np.radians(drawn["bearing_deg"])
    ahead = shapely.points(
        drawn.geometry.x + 0.05 * np.sin(turn), drawn.geometry.y + 0.05 * np.cos(turn)
    )
    assert (shapely.distance(ahead, SHOP) > off.to_numpy() - 1e-9).all()
    assert drawn.geometry.y.std() > 2.0


def test_a_camera_recorded_before_its_wall_hangs_there_in_most_scenes() -> None:
    near = cameras([(31.0, 8)] * 300, position_error_m=4.0)
    further = cameras([(36.0, 8)] * 600, position_error_m=4.0)
    far = cameras([(60.0, 8)] * 300, position_error_m=4.0)

    hung = draws(near, 1, walls(SHOP))[0].geometry.distance(SHOP) < 1.0
    some = draws(further, 1, walls(SHOP))[0].geometry.distance(SHOP) < 1.0
    apart = draws(far, 1, walls(SHOP))[0].geometry.distance(SHOP) < 1.0

    # Odds of a bullet camera a quarter of its error off: 0.95 e^(-1/32) / (4 sqrt 2 pi)
    # to 0.05 / 10; and of one that is one and a half errors off.
    assert hung.mean() == pytest.approx(0.948, abs=0.05)
    assert some.mean() == pytest.approx(0.860, abs=0.05)
    assert not apart.any()


def test_a_camera_on_a_pole_is_drawn_in_the_open_air() -> None:
    table = cameras([(33.0, 8)] * 300, position_error_m=4.0, kind="alpr")

    drawn = draws(table, 1, walls(SHOP))[0]

    assert not drawn.geometry.within(SHOP).any()
    assert (drawn.geometry.distance(SHOP) > 0.2).mean() > 0.8


def test_a_camera_deep_in_a_building_stays_there_or_comes_out() -> None:
    deep = cameras([(15, 8)] * 100, position_error_m=0.5)

    drawn = draws(deep, 1, walls(SHOP))[0]

    assert drawn.geometry.within(SHOP).all()
    assert drawn.geometry.y.std() == pytest.approx(0.5, rel=0.3)


def test_a_camera_of_unknown_bearing_does_not_look_into_its_building() -> None:
    table = cameras([(29.5, 8)] * 200, bearing_deg=np.nan, position_error_m=1.0)

    drawn = draws(table, 1, walls(SHOP))[0]

    assert not drawn.geometry.within(SHOP).any()
    # From the east wall: the more squarely, the likelier, and never to the west.
    assert drawn["bearing_deg"].between(0.0, 180.0).all()
    assert (drawn.geometry.x > 30.0).all()
    assert drawn["bearing_deg"].between(30.0, 150.0).mean() == pytest.approx(
        np.sin(np.radians(60.0)), abs=0.08
    )


def test_a_camera_that_fits_nowhere_stays_where_it_is_recorded() -> None:
    # It looks along its wall: one draw in a hundred is kept, and there are 24.
    table = cameras([(29.9, 8)] * 200, bearing_deg=0.5, position_error_m=0.5)
    nominal = mount(table, walls(SHOP), north="grid").iloc[0]

    drawn = draws(table, 1, walls(SHOP))[0]

    stays = drawn.geometry.distance(Point(nominal["x"], nominal["y"])) < 1e-9
    assert stays.mean() == pytest.approx((1 - np.sin(np.radians(0.5))) ** 24, abs=0.1)


def test_views_of_one_camera_move_together() -> None:
    views = cameras(
        [(500, 500)] * 3,
        camera_id=["a", "a", "b"],
        bearing_deg=[10.0, 100.0, 10.0],
        position_error_m=4.0,
        bearing_error_deg=10.0,
        height_error_m=1.0,
    )

    drawn = draws(views, 1)[0]

    assert drawn.geometry[0].equals(drawn.geometry[1])
    assert not drawn.geometry[0].equals(drawn.geometry[2])
    assert drawn["mount_height_m"][0] == drawn["mount_height_m"][1]
    turned = np.mod(drawn["bearing_deg"] - views["bearing_deg"], 360.0)
    assert turned[0] == pytest.approx(turned[1])


@pytest.mark.parametrize(("assumed", "common"), [(["hfov_deg"], 0.5), ([], 0.0)])
def test_half_of_the_error_of_a_default_is_the_same_for_all_of_its_kind(
    assumed: list[str], common: float
) -> None:
    table = cameras([(500, 500)] * 50, hfov_error_deg=5.0)
    table["assumed"] = [assumed] * 50

    drawn = np.array([one["hfov_deg"] for one in draws(table, 150)]) - 80.0

    # The variance of a scene's mean is that of its common part, and 1/50 of the rest.
    share = drawn.mean(axis=1).var() / drawn.var()
    assert share == pytest.approx(common + (1.0 - common) / 50.0, abs=0.13)


def test_an_assumed_width_is_drawn_and_a_known_one_is_not() -> None:
    table = cameras([(500, 500)] * 200, width_px=1920)
    table["assumed"] = [["width_px"]] * 100 + [[]] * 100

    width = draws(table, 1)[0]["width_px"].to_numpy()

    # Half of the quarter's variance is common to all, so within the scene less is left.
    assert width[:100].std() == pytest.approx(480.0 * np.sqrt(0.5), rel=0.25)
    assert (width[100:] == 1920).all()


def test_the_tilt_is_off_by_no_more_than_the_bearing() -> None:
    table = cameras([(500, 500)] * 2000, bearing_error_deg=[1.0] * 1000 + [30.0] * 1000)

    tilt = draws(table, 1)[0]["tilt_deg"]

    assert tilt[:1000].std() == pytest.approx(1.0, rel=0.1)
    assert tilt[1000:].std() == pytest.approx(5.0, rel=0.1)


def test_the_nearest_facade_is_one_that_faces_the_bearing() -> None:
    fence = walls(box(0, 0, 2, 40))
    places = np.array([[-1.0, 20.0], [-1.0, 20.0], [-1.0, 20.0], [-1.0, 20.0]])
    ways = np.array([[1.0, 0.0], [-0.6, 0.8], [np.nan, np.nan], [1.0, 0.0]])
    reach = np.array([5.0, 5.0, 5.0, 2.5])
    put, off, square = np.empty((4, 2)), np.empty(4), np.empty(4)

    nearest_facades(
        fence.index, places, ways, reach, 0.1, 0, np.empty((64, 2)), put, off, square
    )

    assert put == pytest.approx(
        np.array([[2.1, 20.0], [-0.1, 20.0], [-0.1, 20.0], [-1.0, 20.0]])
    )
    assert off == pytest.approx([3.0, 1.0, 1.0, np.inf])
    assert square == pytest.approx([1.0, 0.6, 1.0, 0.0])


def test_no_cameras_give_no_cameras() -> None:
    table = cameras([(500, 500)]).iloc[:0]

    assert len(draws(table, 1, walls(SHOP))[0]) == 0


def test_cameras_without_errors_known_are_refused() -> None:
    table = cameras([(0, 0)])

    with pytest.raises(InputError, match=r"no column .hfov_error_deg.*camera_errors"):
        draws(table.drop(columns="hfov_error_deg"), 1)
    with pytest.raises(InputError, match="height_error_m is missing or below 0 in row"):
        draws(table.assign(height_error_m=np.nan), 1)
    with pytest.raises(InputError, match="position_error_m is missing or below 0"):
        draws(table.assign(position_error_m=-1.0), 1)


def test_cameras_elsewhere_or_nowhere_are_refused() -> None:
    table = cameras([(0, 0)])

    with pytest.raises(CRSError, match="obstacles and cameras"):
        draws(table.to_crs("EPSG:32617"), 1, walls(SHOP))
    with pytest.raises(CRSError):
        draws(table.to_crs(4326), 1)
    table.loc[0, "geometry"] = None
    with pytest.raises(InputError, match="row 0 has no point"):
        draws(table, 1)
