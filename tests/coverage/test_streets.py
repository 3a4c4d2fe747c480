"""Streets as samples for shares."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely import LineString, MultiPolygon, Point, box

from coveragekit.coverage import street_coverage, street_samples, street_share
from coveragekit.errors import CRSError, InputError
from coveragekit.visibility import Obstacles
from tests.strategies import CRS, examples

EAST = 500000.0
GROUND = box(0, 0, 1, 1)


def streets(*lines, highway="residential", crs=CRS) -> gpd.GeoDataFrame:
    columns = {
        "street_id": [f"s{n}" for n in range(len(lines))],
        "highway": [highway] * len(lines) if isinstance(highway, str) else highway,
    }
    return gpd.GeoDataFrame(columns, geometry=[LineString(xy) for xy in lines], crs=crs)


def camera(**columns) -> gpd.GeoDataFrame:
    filled = {"bearing_deg": 90.0, "hfov_deg": 90.0, "range_m": 30.0} | columns
    return gpd.GeoDataFrame(
        {name: [value] for name, value in filled.items()},
        geometry=[Point(EAST, 0)],
        crs=CRS,
    )


def nothing() -> Obstacles:
    return Obstacles.from_buildings(gpd.GeoDataFrame(geometry=[], crs=CRS))


def test_a_street_is_sampled_in_the_middle_of_equal_pieces() -> None:
    samples = street_samples(streets([(0, 0), (5, 0)]), box(-9, -9, 9, 9))

    assert [point.x for point in samples.geometry] == pytest.approx(
        [5 / 6, 5 / 2, 25 / 6]
    )
    assert samples["length_m"].tolist() == pytest.approx([5 / 3] * 3)
    assert samples["street"].tolist() == [0, 0, 0]


def test_a_street_is_cut_exactly_at_the_edge_of_the_area() -> None:
    lines = streets([(-7, 0), (7, 0)], [(0, 50), (9, 50)])

    samples = street_samples(lines, box(-3, -1, 100, 1))

    assert samples["length_m"].sum() == pytest.approx(10.0)
    assert samples.geometry.x.min() == pytest.approx(-2.0)
    assert set(samples["street"]) == {0}


def test_a_street_that_leaves_and_comes_back_is_sampled_on_both_sides() -> None:
    two = MultiPolygon([box(0, -1, 3, 1), box(7, -1, 9, 1)])

    samples = street_samples(streets([(0, 0), (9, 0)]), two, 10.0)

    assert samples["length_m"].tolist() == pytest.approx([3.0, 2.0])
    assert samples["street"].tolist() == [0, 0]


def test_a_street_that_only_touches_the_area_is_not_sampled() -> None:
    samples = street_samples(streets([(-5, 0), (0, 0)]), box(0, -1, 9, 1))

    assert len(samples) == 0


def test_a_street_along_the_edge_of_the_area_counts() -> None:
    samples = street_samples(streets([(0, 0), (9, 0)]), box(0, 0, 9, 9))

    assert samples["length_m"].sum() == pytest.approx(9.0)


def test_footways_and_drives_are_not_public_streets() -> None:
    lines = streets(
        [(0, 0), (5, 0)], [(0, 1), (5, 1)], highway=["footway", "residential"]
    )

    assert set(street_samples(lines, box(-9, -9, 9, 9))["street"]) == {1}


def test_streets_without_rows_have_no_samples() -> None:
    samples = street_samples(streets(), box(0, 0, 1, 1))

    assert len(samples) == 0
    assert list(samples.columns) == ["street", "length_m", "geometry"]


@examples(40)
@given(
    seed=st.integers(0, 2**32 - 1), spacing=st.sampled_from((0.5, 2.0, 7.0, 1_000.0))
)
def test_samples_stand_for_the_length_within_the_area_and_no_more(
    seed, spacing
) -> None:
    rng = np.random.default_rng(seed)
    lines = streets(*rng.uniform(-50, 150, (6, 4, 2)))
    area = Point(50, 50).buffer(60)

    samples = street_samples(lines, area, spacing)

    by_street = samples.groupby("street")["length_m"].sum()
    for row, line in enumerate(lines.geometry):
        wanted = line.intersection(area).length
        assert by_street.get(row, 0.0) == pytest.approx(wanted, abs=1e-6)
    assert (samples["length_m"] <= spacing + 1e-9).all()
    assert samples.within(area.buffer(1e-6)).all()


def test_the_street_share_is_the_length_in_the_camera_s_view() -> None:
    # The camera stands on the street and looks along it 30 of its 100 metres.
    line = streets([(EAST, 0), (EAST + 100, 0)])
    area = box(EAST, -9, EAST + 100, 9)

    share = street_share(
        line, area, cameras=camera(), obstacles=nothing(), spacing_m=1.0
    )

    assert share.total == pytest.approx(100.0)
    assert share.seen == pytest.approx(30.0)
    assert share.unit == "m"


def test_a_wall_across_the_street_hides_what_is_behind_it() -> None:
    wall = gpd.GeoDataFrame(geometry=[box(EAST + 10, -5, EAST + 11, 5)], crs=CRS)
    line = streets([(EAST, 0), (EAST + 100, 0)])
    area = box(EAST, -9, EAST + 100, 9)

    share = street_share(
        line,
        area,
        cameras=camera(),
        obstacles=Obstacles.from_buildings(wall),
        spacing_m=1.0,
    )

    assert share.seen == pytest.approx(10.0)


def test_an_unknown_bearing_counts_by_its_share_of_the_circle() -> None:
    line = streets([(EAST - 50, 0), (EAST + 50, 0)])
    area = box(EAST - 50, -9, EAST + 50, 9)

    share = street_share(
        line, area, cameras=camera(bearing_deg=np.nan), obstacles=nothing()
    )

    assert share.seen == pytest.approx(60.0 * 0.25)


def test_each_street_gets_its_length_and_what_is_seen_of_it() -> None:
    lines = streets([(0, 0), (4, 0)], [(0, 5), (2, 5)], [(90, 90), (99, 90)])
    lines.index = ["a", "b", "c"]
    samples = street_samples(lines, box(0, 0, 10, 10))

    covered = street_coverage(lines, samples, [1.0, 0.5, 0.25])

    assert covered.index.tolist() == ["a", "b"]
    assert covered["length_m"].tolist() == [4.0, 2.0]
    assert covered["seen_m"].tolist() == [3.0, 0.5]
    assert "seen_m" not in lines.columns


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (
            lambda: street_samples(streets([(0, 0), (1, 0)]), box(0, 0, 1, 1), 0.0),
            InputError,
            "spacing_m is 0; allowed: more than 0",
        ),
        (
            lambda: street_samples(
                streets([(0, 0), (1, 0)]).drop(columns="highway"), box(0, 0, 1, 1)
            ),
            InputError,
            "no column 'highway'",
        ),
        (
            lambda: street_samples(
                streets([(0, 0), (1, 0)], crs=4326), box(0, 0, 1, 1)
            ),
            CRSError,
            "streets are in WGS 84",
        ),
        (
            lambda: street_share(
                streets([(0, 0), (1, 0)], crs=32617),
                box(0, 0, 1, 1),
                cameras=camera(),
                obstacles=nothing(),
            ),
            CRSError,
            "streets and cameras have different CRS",
        ),
        (
            lambda: street_coverage(
                streets([(0, 0), (1, 0)]),
                street_samples(streets([(0, 0), (1, 0)]), box(-1, -1, 2, 1)),
                [1.0, 1.0],
            ),
            InputError,
            r"shape \(2,\); allowed: one for each of the 1 samples",
        ),
    ],
)
def test_streets_that_cannot_be_sampled_are_refused(call, error, message) -> None:
    with pytest.raises(error, match=message):
        call()
