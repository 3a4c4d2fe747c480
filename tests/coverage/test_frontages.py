"""Where points within buildings are judged, and what is left unmet."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely import LineString, Point, box

from coveragekit.coverage import frontages, incident_coverage, unmet_demand
from coveragekit.errors import CRSError, InputError
from coveragekit.visibility import Obstacles
from tests.strategies import CRS, examples

HOUSE = box(0, 10, 20, 30)
STREET = [(-500, 0), (500, 0)]


def walls(**houses) -> Obstacles:
    return Obstacles.from_buildings(
        gpd.GeoDataFrame(
            {"building_id": list(houses)}, geometry=list(houses.values()), crs=CRS
        )
    )


def streets(*lines, highway="residential") -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        {"highway": [highway] * len(lines)},
        geometry=[LineString(xy) for xy in lines],
        crs=CRS,
    )


def at(*xy) -> gpd.GeoSeries:
    return gpd.GeoSeries([Point(place) for place in xy], crs=CRS)


def front(*xy, obstacles, lines=None, **options) -> gpd.GeoDataFrame:
    lines = streets(STREET) if lines is None else lines
    return frontages(at(*xy), obstacles, lines, **options)


def test_a_point_in_a_house_is_judged_a_metre_before_it_towards_the_street() -> None:
    points = gpd.GeoSeries([Point(5, 20), Point(5, 5)], index=[7, 3], crs=CRS)

    table = frontages(points, walls(h=HOUSE), streets(STREET))

    assert table.index.tolist() == [7, 3]
    assert table["basis"].tolist() == ["frontage", "point"]
    assert table["building_id"].fillna("-").tolist() == ["h", "-"]
    assert (table.geometry.x[7], table.geometry.y[7]) == pytest.approx((5.0, 9.0))
    assert (table["frontage_x"][7], table["frontage_y"][7]) == pytest.approx((5, 9))
    assert np.isnan(table["frontage_x"][3])
    assert table.geometry[3].equals(Point(5, 5))
    assert table.crs == CRS


def test_the_distance_before_the_house_can_be_chosen() -> None:
    table = front((5, 20), obstacles=walls(h=HOUSE), frontage_m=3.0)

    assert table["frontage_y"][0] == pytest.approx(7.0)


def test_the_nearest_public_street_counts_not_the_nearest_path() -> None:
    lines = pd.concat(
        [streets(STREET), streets([(-99, 40), (99, 40)], highway="footway")]
    )

    assert front((5, 29), obstacles=walls(h=HOUSE), lines=lines)["frontage_y"][
        0
    ] == pytest.approx(9.0)


def test_another_house_on_the_way_is_walked_past() -> None:
    # Behind the front house, half a metre apart: the metre ends in the latter.
    obstacles = walls(back=HOUSE, front=box(0, 4, 20, 9.5))

    table = front((5, 20), obstacles=obstacles)

    assert table["building_id"][0] == "back"
    assert table["frontage_y"][0] == pytest.approx(3.0)


def test_a_gap_of_more_than_a_metre_between_two_houses_is_front_enough() -> None:
    table = front((5, 20), obstacles=walls(back=HOUSE, front=box(0, 3, 20, 8)))

    assert table["frontage_y"][0] == pytest.approx(9.0)


def test_a_courtyard_is_no_front() -> None:
    court = box(0, 10, 40, 50).difference(box(10, 20, 30, 40))

    table = front((20, 45), obstacles=walls(h=court))

    assert table["frontage_y"][0] == pytest.approx(9.0)


def test_a_point_in_a_courtyard_is_in_the_open() -> None:
    court = box(0, 10, 40, 50).difference(box(10, 20, 30, 40))

    table = front((20, 30), obstacles=walls(h=court))

    assert table["basis"].tolist() == ["point"]
    assert table["building_id"].isna().all()


def test_where_a_street_runs_through_the_house_the_next_one_is_tried() -> None:
    # The nearest street is a passage below the house, the next lies 60 m north.
    lines = streets([(5, 18), (15, 18)], [(-99, 90), (99, 90)])

    table = front((10, 20), obstacles=walls(h=HOUSE), lines=lines)

    assert table["basis"].tolist() == ["frontage"]
    assert (table["frontage_x"][0], table["frontage_y"][0]) == pytest.approx((10, 31))


def test_a_way_through_more_than_sixteen_buildings_is_no_way() -> None:
    rows = {f"h{n:02}": box(0, 30 - n, 20, 30.5 - n) for n in range(1, 25)}

    through = front((5, 29.2), obstacles=walls(**rows))
    shorter = dict(list(rows.items())[:10])

    assert through["basis"].tolist() == ["point"]
    assert through["building_id"].tolist() == ["h01"]
    assert front((5, 29.2), obstacles=walls(**shorter))["basis"][0] == "frontage"


def test_a_street_that_is_known_goes_before_the_nearest() -> None:
    lines = streets(STREET, [(90, -99), (90, 99)])
    toward = np.array([[90.0, 20.0], [np.nan, np.nan], [np.nan, np.nan]])

    table = front(*[(5, 20)] * 3, obstacles=walls(h=HOUSE), lines=lines, toward=toward)

    assert table["frontage_x"].tolist() == pytest.approx([21.0, 5.0, 5.0])
    assert table["frontage_y"].tolist() == pytest.approx([20.0, 9.0, 9.0])
    with pytest.raises(InputError, match="one place for each of the 1 points"):
        front((5, 20), obstacles=walls(h=HOUSE), toward=toward)


def test_without_a_street_a_point_in_a_house_has_no_front() -> None:
    table = front((5, 20), obstacles=walls(h=HOUSE), lines=streets())

    assert table["basis"].tolist() == ["point"]
    assert table["building_id"].tolist() == ["h"]
    assert table.geometry[0].equals(Point(5, 20))


def test_a_street_farther_than_a_kilometre_is_none() -> None:
    table = front(
        (5, 20), obstacles=walls(h=HOUSE), lines=streets([(2000, 20), (3000, 20)])
    )

    assert table["basis"].tolist() == ["point"]
    assert table["building_id"].tolist() == ["h"]


def test_a_house_close_to_the_street_may_be_judged_beyond_its_middle() -> None:
    table = front((5, 20), obstacles=walls(h=box(0, 0.5, 20, 30)))

    assert table["frontage_y"][0] == pytest.approx(-0.5)


def test_a_point_on_an_outline_is_in_the_open() -> None:
    table = front((0, 20), (20, 20), (5, 10), (5, 30), obstacles=walls(h=HOUSE))

    assert set(table["basis"]) == {"point"}
    assert table["building_id"].isna().all()


def test_where_houses_overlap_the_first_by_id_counts_whatever_the_order() -> None:
    wide, deep = box(0, 10, 20, 30), box(0, 5, 20, 30)

    one = front((5, 20), obstacles=walls(a=wide, b=deep))
    other = front((5, 20), obstacles=walls(b=deep, a=wide))

    assert one["building_id"][0] == other["building_id"][0] == "a"
    assert one["frontage_y"][0] == other["frontage_y"][0] == pytest.approx(4.0)


def test_points_outside_the_area_are_told_apart() -> None:
    table = front(
        (5, 20), (5, 5), (5, -5), obstacles=walls(h=HOUSE), area=box(0, 0, 20, 15)
    )

    assert table["basis"].tolist() == ["outside", "point", "outside"]
    assert table["building_id"].fillna("-").tolist() == ["h", "-", "-"]
    assert table["frontage_x"].isna().all()


def test_no_points_make_an_empty_table() -> None:
    table = front(obstacles=walls(h=HOUSE))

    assert len(table) == 0
    assert list(table.columns) == [
        "basis",
        "building_id",
        "frontage_x",
        "frontage_y",
        "geometry",
    ]


def test_on_open_ground_every_point_is_judged_as_given() -> None:
    table = front((5, 20), (6, 7), obstacles=walls())

    assert table["basis"].tolist() == ["point", "point"]


@examples(40)
@given(seed=st.integers(0, 2**32 - 1))
def test_fronts_lie_in_no_building_and_rows_that_repeat_are_judged_alike(seed) -> None:
    rng = np.random.default_rng(seed)
    corners = rng.uniform(0, 80, (12, 2))
    sizes = rng.uniform(4, 25, (12, 2))
    houses = {
        f"h{n}": box(*corner, *(corner + size))
        for n, (corner, size) in enumerate(zip(corners, sizes, strict=True))
    }
    places = rng.uniform(0, 100, (40, 2))
    lines = streets([(-10, -10), (110, -10)], [(-10, 50), (110, 60)])

    table = front(*places, *places, obstacles=walls(**houses), lines=lines)

    solid = gpd.GeoSeries(list(houses.values()), crs=CRS).union_all()
    fronted = table[table["basis"] == "frontage"]
    assert not fronted.within(solid.buffer(-1e-6)).any()
    inside = at(*places, *places).within(solid.buffer(-1e-6))
    assert table["building_id"].notna()[inside].all()
    first, second = table.iloc[:40], table.iloc[40:].reset_index(drop=True)
    assert first.geometry.geom_equals(second.geometry).all()
    assert (first["basis"] == second["basis"]).all()


# Coverage of incidents.


def camera(x, y, **columns) -> gpd.GeoDataFrame:
    filled = {"bearing_deg": 0.0, "hfov_deg": 90.0, "range_m": 50.0} | columns
    return gpd.GeoDataFrame(
        {name: [value] for name, value in filled.items()},
        geometry=[Point(x, y)],
        crs=CRS,
    )


EAST = 500000.0


def moved(shape):
    from shapely.affinity import translate

    return translate(shape, EAST, 0)


def test_an_offence_in_a_house_counts_as_seen_where_its_front_is() -> None:
    lines = streets([(EAST - 500, 0), (EAST + 500, 0)])
    points = at((EAST + 5, 20), (EAST + 5, 5), (EAST + 300, 5))

    table = incident_coverage(
        points, camera(EAST + 5, 0), walls(h=moved(HOUSE)), streets=lines
    )

    assert table["seen_probability"].tolist() == [1.0, 1.0, 0.0]
    assert table["naive_probability"].tolist() == [0.0, 1.0, 0.0]
    assert table["seen_naive"].tolist() == [False, True, False]


def test_an_offence_without_a_front_counts_as_not_seen() -> None:
    # A camera in the very room would see the point itself.
    inside = camera(EAST + 5, 20, bearing_deg=90.0, range_m=3.0)

    table = incident_coverage(
        at((EAST + 6, 20)), inside, walls(h=moved(HOUSE)), streets=streets()
    )

    assert table["basis"].tolist() == ["point"]
    assert table["seen_probability"].tolist() == [0.0]
    assert table["naive_probability"].tolist() == [0.0]


def test_each_group_of_cameras_gets_its_own_probabilities() -> None:
    two = pd.concat(
        [camera(EAST, 0), camera(EAST, 0, bearing_deg=np.nan)], ignore_index=True
    )
    groups = {"known": np.array([True, False]), "guess": np.array([False, True])}

    table = incident_coverage(
        at((EAST, 9)), two, walls(), streets=streets(), groups=groups
    )

    assert table["seen_probability"].tolist() == [1.0]
    assert table["seen_probability_known"].tolist() == [1.0]
    assert table["seen_probability_guess"].tolist() == [0.25]
    assert table["naive_probability_guess"].tolist() == [0.25]


def test_without_cameras_nothing_is_seen() -> None:
    nobody = camera(EAST, 0).iloc[:0]

    table = incident_coverage(at((EAST, 9)), nobody, walls(), streets=streets())

    assert table["seen_probability"].tolist() == [0.0]
    assert table["seen_naive"].tolist() == [False]


def test_points_and_cameras_are_not_changed() -> None:
    points, cameras = at((EAST, 9)), camera(EAST, 0)
    before, kept = points.copy(), cameras.copy()

    incident_coverage(points, cameras, walls(), streets=streets())

    assert points.geom_equals(before).all()
    pd.testing.assert_frame_equal(cameras, kept)


def test_unmet_demand_is_what_is_missed_a_year_by_weight() -> None:
    judged = gpd.GeoDataFrame(
        {"seen_probability": [0.0, 0.75, 1.0, np.nan]},
        geometry=[Point(n, 0) for n in range(4)],
        index=list("abcd"),
        crs=CRS,
    )

    unmet = unmet_demand(judged, [1.0, 8.0, 5.0, 9.0], years=2.0)

    assert unmet["per_year"].to_dict() == {"a": 0.5, "b": 1.0, "c": 0.0}
    assert unmet_demand(judged)["per_year"].tolist() == [1.0, 0.25, 0.0]
    assert unmet.crs == CRS


JUDGED = gpd.GeoDataFrame({"seen_probability": [0.0]}, geometry=[Point(0, 0)], crs=CRS)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (
            lambda: front((0, 0), obstacles=walls(), frontage_m=0.0),
            InputError,
            "frontage_m is 0",
        ),
        (
            lambda: front((0, 0), obstacles=walls(), lines=streets().to_crs(4326)),
            CRSError,
            "obstacles and streets have different CRS",
        ),
        (
            lambda: frontages(at((0, 0)).to_crs(32617), walls(), streets()),
            CRSError,
            "points and obstacles have different CRS",
        ),
        (
            lambda: frontages(gpd.GeoSeries([None], crs=CRS), walls(), streets()),
            InputError,
            "row 0 has no point",
        ),
        (
            lambda: incident_coverage(
                at((0, 0)), camera(0, 0).to_crs(32617), walls(), streets=streets()
            ),
            CRSError,
            "obstacles and cameras have different CRS",
        ),
        (lambda: unmet_demand(JUDGED, years=0.0), InputError, "years is 0"),
        (
            lambda: unmet_demand(JUDGED, [1.0, 1.0]),
            InputError,
            r"weights have the shape \(2,\)",
        ),
        (lambda: unmet_demand(JUDGED, [-1.0]), InputError, "0 or more"),
    ],
)
def test_points_that_cannot_be_judged_are_refused(call, error, message) -> None:
    with pytest.raises(error, match=message):
        call()
