"""Coordinates: nowhere, swapped, mirrored, far away, in feet, in metres."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Transformer

from coveragekit.errors import CRSError, SourceChanged
from coveragekit.sources import read_table
from coveragekit.sources.grids import candidates
from tests.sources.made_files import faults, told, write_rows

WEST, SOUTH = -84.39, 33.75


def _town(count: int = 30) -> list[tuple[float, float]]:
    rng = np.random.default_rng(5)
    lon = WEST + rng.uniform(-0.05, 0.05, count)
    lat = SOUTH + rng.uniform(-0.05, 0.05, count)
    return list(zip(lon.round(6).tolist(), lat.round(6).tolist(), strict=True))


def _write(path: Path, places: list[tuple[float, float]], header: str) -> Path:
    rows = [f"{number},{x},{y}" for number, (x, y) in enumerate(places, start=1)]
    return write_rows(path, header, *rows)


def test_rows_without_a_place_are_left_out_each_with_its_cause(tmp_path: Path) -> None:
    path = write_rows(
        tmp_path / "a.csv",
        "id,lon,lat",
        "1,-84.39,33.75",
        "2,0,0",
        "3,0.0,0.000",
        "4,,33.75",
        "5,-84.39,north",
        "6,inf,33.75",
    )

    loaded = read_table(path, "cameras")

    assert loaded.table["camera_id"].tolist() == ["1"]
    assert faults(loaded) == [
        (2, "point at (0,0)", "row left out"),
        (3, "point at (0,0)", "row left out"),
        (4, "missing coordinates", "row left out"),
        (5, "unreadable coordinate", "row left out"),
        (6, "unreadable coordinate", "row left out"),
    ]
    values = dict(zip(loaded.rejected["row"], loaded.rejected["value"], strict=True))
    assert values[5] == "north"
    assert loaded.rows_left_out() == 5
    assert loaded.notices[0].startswith("ATTENTION: 5 of 6 rows of a.csv (83%)")


def test_a_file_with_no_place_at_all_is_refused(tmp_path: Path) -> None:
    path = write_rows(tmp_path / "a.csv", "id,lon,lat", "1,0,0", "2,,")

    with pytest.raises(SourceChanged, match=r"no row of a\.csv has a place"):
        read_table(path, "cameras")


def test_a_swapped_file_is_turned_with_a_notice_where_the_town_is_known(
    tmp_path: Path,
) -> None:
    swapped = [(lat, lon) for lon, lat in _town()]
    path = _write(tmp_path / "a.csv", swapped, "id,lon,lat")
    box = (-84.5, 33.6, -84.2, 33.9)

    loaded = read_table(path, "cameras", near=box)

    assert loaded.table.total_bounds == pytest.approx(
        [WEST, SOUTH, WEST, SOUTH], abs=0.06
    )
    assert told(loaded, "latitude and longitude stand swapped in a.csv: turned right")
    assert len(loaded.rejected) == 0


def test_latitudes_beyond_the_pole_prove_a_swap_without_any_hint(
    tmp_path: Path,
) -> None:
    places = [(47.6, -122.3 + place / 1000) for place in range(9)]
    path = _write(tmp_path / "a.csv", places, "id,lon,lat")

    loaded = read_table(path, "cameras")

    assert loaded.table.geometry[0].x == -122.3
    assert told(loaded, "stand swapped")


def test_a_swapped_file_that_lands_in_antarctica_is_turned(tmp_path: Path) -> None:
    swapped = [(lat, lon) for lon, lat in _town()]
    path = _write(tmp_path / "a.csv", swapped, "id,lon,lat")

    assert told(read_table(path, "cameras"), "stand swapped")


def test_a_file_with_the_wrong_sign_is_turned_by_its_time_zone(tmp_path: Path) -> None:
    mirrored = [(-lon, lat) for lon, lat in _town()]
    path = _write(tmp_path / "a.csv", mirrored, "id,lon,lat")

    silent = read_table(path, "cameras")
    loaded = read_table(path, "cameras", time_zone="America/New_York")

    assert silent.table.geometry[0].x == -_town()[0][0]
    assert loaded.table.geometry[0].x == _town()[0][0]
    assert told(loaded, "the sign of the longitude is wrong in a.csv: turned right")


def test_a_southern_town_keeps_its_sign(tmp_path: Path) -> None:
    places = [(151.2 + place / 1000, -33.86) for place in range(9)]
    path = _write(tmp_path / "a.csv", places, "id,lon,lat")

    loaded = read_table(path, "cameras", time_zone="Australia/Sydney")

    assert loaded.table.geometry[0].y == -33.86


def test_single_rows_that_are_turned_are_left_out_as_such(tmp_path: Path) -> None:
    turned = [(84.39, 33.75), (33.75, -84.39), (-84.39, -33.75)]
    path = _write(tmp_path / "a.csv", _town(400) + turned, "id,lon,lat")

    loaded = read_table(path, "cameras")

    assert faults(loaded) == [
        (401, "wrong sign?", "row left out"),
        (402, "latitude and longitude swapped?", "row left out"),
        (403, "wrong sign?", "row left out"),
    ]
    assert loaded.rejected["value"][0] == "84.390000, 33.750000"


def test_a_row_far_from_the_rest_is_left_out(tmp_path: Path) -> None:
    path = _write(tmp_path / "a.csv", [*_town(), (-95.6, 30.3)], "id,lon,lat")

    loaded = read_table(path, "cameras")

    assert faults(loaded) == [(31, "far from the rest", "row left out")]
    assert "1,1" in loaded.rejected["detail"][0]


def test_a_latitude_out_of_range_is_told(tmp_path: Path) -> None:
    path = _write(tmp_path / "a.csv", [*_town(), (-84.4, 337.5)], "id,lon,lat")

    assert faults(read_table(path, "cameras")) == [
        (31, "coordinates out of range", "row left out")
    ]


def test_two_towns_in_one_file_both_stay(tmp_path: Path) -> None:
    second = [(lon + 7.0, lat + 5.0) for lon, lat in _town(6)]
    path = _write(tmp_path / "a.csv", _town() + second, "id,lon,lat")

    assert len(read_table(path, "cameras").table) == 36


def test_two_rows_of_a_hundred_and_fifty_may_be_a_second_town(tmp_path: Path) -> None:
    second = [(lon + 7.0, lat + 5.0) for lon, lat in _town(2)]
    path = _write(tmp_path / "a.csv", _town(148) + second, "id,lon,lat")

    assert len(read_table(path, "cameras").table) == 150


def test_a_row_beyond_the_rest_with_a_neighbour_stays(tmp_path: Path) -> None:
    # The 99th percentile lies 0.28 degrees east; 1.4 times that is 0.392 degrees.
    suburb = [(WEST + 0.385, SOUTH), (WEST + 0.41, SOUTH)]
    town = [(WEST + 0.28, SOUTH)] * 40 + _town(2000)
    path = _write(tmp_path / "a.csv", town + suburb, "id,lon,lat")
    lone = _write(tmp_path / "b.csv", _town(2000) + suburb[1:], "id,lon,lat")

    assert len(read_table(path, "cameras", time_zone="UTC").table) == 2042
    assert faults(read_table(lone, "cameras"))[0][1] == "far from the rest"


def test_a_state_with_a_few_far_corners_loses_none(tmp_path: Path) -> None:
    rng = np.random.default_rng(7)
    metro = _town(2000)
    rural = list(
        zip(rng.uniform(-85.5, -81.0, 200), rng.uniform(30.5, 35.0, 200), strict=True)
    )
    path = _write(tmp_path / "a.csv", metro + rural, "id,lon,lat")

    assert len(read_table(path, "cameras").table) == 2200


@settings(max_examples=40, deadline=None, derandomize=True)
@given(
    lon=st.floats(-179.0, 179.0),
    lat=st.floats(-55.0, 78.0),
    spread=st.floats(0.001, 0.3),
    seed=st.integers(0, 99),
)
def test_no_row_of_an_even_town_is_far_from_the_rest(
    tmp_path_factory: pytest.TempPathFactory,
    lon: float,
    lat: float,
    spread: float,
    seed: int,
) -> None:
    rng = np.random.default_rng(seed)
    places = rng.normal(0.0, spread, (200, 2)) + np.array([lon, lat])
    places[:, 0] = np.clip(places[:, 0], -180.0, 180.0)
    path = tmp_path_factory.mktemp("town") / "a.csv"
    _write(path, [(x, y) for x, y in places.tolist()], "id,lon,lat")

    assert len(read_table(path, "cameras").table) == 200


def _in_feet() -> list[tuple[float, float]]:
    forward = Transformer.from_crs("EPSG:4326", "EPSG:2240", always_xy=True)
    return [forward.transform(lon, lat) for lon, lat in _town()]


def test_feet_are_recognised_and_their_grid_is_asked_for(tmp_path: Path) -> None:
    path = _write(tmp_path / "a.csv", _in_feet(), "id,X,Y")

    with pytest.raises(CRSError, match=r"not degrees.*EPSG:2240 \(NAD83 / Georgia W"):
        read_table(path, "cameras")
    with pytest.raises(CRSError, match=r'Confirm one, such as crs="EPSG:'):
        read_table(path, "cameras")


def test_a_confirmed_grid_is_used(tmp_path: Path) -> None:
    path = _write(tmp_path / "a.csv", _in_feet(), "id,X,Y")

    table = read_table(path, "cameras", crs="EPSG:2240").table

    assert (table.geometry[0].x, table.geometry[0].y) == pytest.approx(
        _town()[0], abs=1e-7
    )


def test_a_known_town_leaves_one_grid_in_feet(tmp_path: Path) -> None:
    path = _write(tmp_path / "a.csv", _in_feet(), "id,X,Y")

    with pytest.raises(CRSError, match="EPSG:2240") as caught:
        read_table(path, "cameras", near=(-84.5, 33.6, -84.2, 33.9))

    assert "Colorado" not in str(caught.value)


def test_degrees_beside_the_feet_tell_the_grid(tmp_path: Path) -> None:
    rows = [
        f"{n},{x},{y},{lon},{lat}"
        for n, ((x, y), (lon, lat)) in enumerate(zip(_in_feet(), _town(), strict=True))
    ]
    path = write_rows(tmp_path / "a.csv", "id,X,Y,Long,Lat", *rows)
    aliases = write_rows(
        tmp_path / "a.toml",
        'table = "cameras"',
        '[geometry]\nx = "X"\ny = "Y"',
        '[columns]\ncamera_id = "id"',
    )

    by_name = read_table(path, "cameras")
    with pytest.raises(CRSError, match="EPSG:2240") as caught:
        read_table(path, "cameras", aliases=aliases)

    assert by_name.table.geometry[0].x == _town()[0][0]
    assert "Colorado" not in str(caught.value)


def test_a_named_grid_takes_the_columns_of_feet_before_those_of_degrees(
    tmp_path: Path,
) -> None:
    (x, y), (lon, lat) = _in_feet()[0], (10.0, 10.0)
    path = write_rows(tmp_path / "a.csv", "id,Lon,Lat,X,Y", f"1,{lon},{lat},{x},{y}")

    table = read_table(path, "cameras", crs="EPSG:2240").table

    assert table.geometry[0].x == pytest.approx(_town()[0][0], abs=1e-7)


def test_web_mercator_is_among_the_candidates(tmp_path: Path) -> None:
    forward = Transformer.from_crs("EPSG:4326", "EPSG:3857", always_xy=True)
    places = [forward.transform(lon, lat) for lon, lat in _town()]
    path = _write(tmp_path / "a.csv", places, "id,lon,lat")

    with pytest.raises(CRSError, match=r"EPSG:3857.*33\.7\d N, 84\.\d+ W"):
        read_table(path, "cameras")


def test_a_grid_that_contradicts_the_numbers_is_refused(tmp_path: Path) -> None:
    path = _write(tmp_path / "a.csv", _town(), "id,X,Y")

    with pytest.raises(CRSError, match=r"look like degrees.*US survey foot"):
        read_table(path, "cameras", crs="EPSG:2240")
    with pytest.raises(CRSError, match="'EPSG:99' is not a CRS"):
        read_table(path, "cameras", crs="EPSG:99")


def test_x_and_y_that_are_degrees_are_taken_so_with_a_notice(tmp_path: Path) -> None:
    path = _write(tmp_path / "a.csv", _town(), "id,x,y")

    loaded = read_table(path, "cameras")

    assert told(loaded, "states no CRS; its coordinates are taken for longitude")


def test_rows_outside_a_grid_are_left_out(tmp_path: Path) -> None:
    path = _write(tmp_path / "a.csv", [*_in_feet(), (9e30, 9e30)], "id,X,Y")

    assert faults(read_table(path, "cameras", crs="EPSG:2240"))[0][0] == 31


def test_every_state_plane_zone_in_feet_is_found_from_a_point_inside_it() -> None:
    for code, lon, lat in (
        (2240, -84.4, 33.7),
        (2263, -74.0, 40.7),
        (2229, -118.2, 34.0),
        (2285, -122.3, 47.6),
        (3435, -87.6, 41.9),
        (2272, -75.2, 40.0),
        (2278, -98.5, 29.4),
    ):
        forward = Transformer.from_crs("EPSG:4326", f"EPSG:{code}", always_xy=True)
        x, y = forward.transform(lon, lat)

        found = candidates(np.array([x]), np.array([y]))

        assert f"EPSG:{code}" in {one.code for one in found}
