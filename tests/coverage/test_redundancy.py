"""How far cameras stand in for each other."""

from __future__ import annotations

import itertools
import json
import math

import geopandas as gpd
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_array
from shapely import Point, Polygon, box

from coveragekit.coverage import effective_cameras, k_covered_shares, point_share
from coveragekit.errors import CRSError, InputError
from tests.strategies import CRS, examples


def series(*polygons) -> gpd.GeoSeries:
    return gpd.GeoSeries(list(polygons), crs=CRS)


def discs(apart_m: float) -> gpd.GeoSeries:
    # 1,024 sides: the area is 6 millionths short of a circle's.
    return series(
        Point(0, 0).buffer(120.0, quad_segs=256),
        Point(apart_m, 0).buffer(120.0, quad_segs=256),
    )


# By hand: two discs of radius r at distance r share r^2 (2 pi / 3 - sqrt(3) / 2).
LENS = 2.0 - (2.0 * math.pi / 3.0 - math.sqrt(3.0) / 2.0) / math.pi


def test_the_lens_of_two_discs_is_the_published_figure() -> None:
    assert round(LENS, 6) == 1.608998


@pytest.mark.parametrize(("apart_m", "wanted"), [(0, 1.0), (120, LENS), (240, 2.0)])
def test_two_discs_count_by_how_far_they_are_apart(apart_m, wanted) -> None:
    exact = effective_cameras(discs(apart_m), resolution_m=None)
    raster = effective_cameras(discs(apart_m))

    assert exact == pytest.approx(wanted, abs=2e-6)
    # Cells of 1 m along 1,500 m of outline.
    assert raster == pytest.approx(wanted, abs=2e-4)


@pytest.mark.real_data
def test_the_published_vectors_hold(real_data) -> None:
    path = real_data.parent / "reference" / "optics_vectors.json"
    if not path.is_file():
        pytest.skip(f"no test vectors at {path}")
    vectors = json.loads(path.read_text("utf-8"))["effective_cameras"]

    assert len(vectors) == 3
    for vector in vectors:
        assert vector["r"] == 120
        views = discs(vector["sep"])
        found = effective_cameras(views, resolution_m=None)
        assert found == pytest.approx(vector["value"], abs=2e-6)


def test_views_of_one_place_are_exactly_one_camera() -> None:
    assert effective_cameras(discs(0)) == 1.0


def test_cameras_that_see_nothing_are_none() -> None:
    views = series(box(0, 0, 4, 4), Polygon(), box(0, 0, 4, 4))

    assert effective_cameras(views) == 1.0
    assert effective_cameras(views, resolution_m=None) == 1.0
    assert effective_cameras(views, [1.0, 1.0, 0.0]) == 1.0
    assert effective_cameras(series(Polygon())) == 0.0
    assert effective_cameras(series()) == 0.0


def test_views_smaller_than_a_cell_are_none_on_the_raster() -> None:
    assert effective_cameras(series(box(0.1, 0.1, 0.2, 0.2))) == 0.0


def test_unknown_bearings_overlap_only_by_chance() -> None:
    # Two in one place that look at any of it half the time: 0.75 / 0.5.
    same = series(box(0, 0, 4, 4), box(0, 0, 4, 4))

    assert effective_cameras(same, [0.5, 0.5]) == 1.5
    apart = series(box(0, 0, 4, 4), box(4, 0, 8, 4))
    assert effective_cameras(apart, [0.5, 0.5]) == 2.0


def test_an_exact_union_of_chances_is_refused() -> None:
    with pytest.raises(InputError, match=r"probability is 0\.5, and an exact union"):
        effective_cameras(discs(0), [0.5, 1.0], resolution_m=None)


def test_views_without_metres_and_resolutions_of_nothing_are_refused() -> None:
    degrees = gpd.GeoSeries([box(0, 0, 1, 1)], crs="EPSG:4326")

    with pytest.raises(CRSError):
        effective_cameras(degrees)
    with pytest.raises(InputError, match="resolution_m is 0"):
        effective_cameras(discs(0), resolution_m=0.0)


# At least k.


def matrix(*rows) -> csr_array:
    return csr_array(np.array(rows, dtype=bool))


def test_street_is_counted_by_how_many_cameras_see_it() -> None:
    # Metres seen by none, one, two and three cameras.
    sees = matrix([0, 0, 0], [1, 0, 0], [1, 0, 1], [1, 1, 1])

    shares = k_covered_shares(sees, [1.0, 1.0, 1.0], weights=[40, 30, 20, 10])

    assert shares.to_dict() == {1: 0.6, 2: 0.3, 3: 0.1}
    assert shares.index.name == "cameras"


def test_more_cameras_than_there_are_see_nothing() -> None:
    shares = k_covered_shares(matrix([1]), [1.0], most=4)

    assert shares.tolist() == [1.0, 0.0, 0.0, 0.0]


def test_of_nothing_there_is_no_share() -> None:
    shares = k_covered_shares(csr_array((0, 2), dtype=bool), [1.0, 1.0])

    assert shares.isna().all()
    assert k_covered_shares(matrix([1]), [1.0], [0.0]).isna().all()


def test_entries_stored_as_false_do_not_count() -> None:
    sees = csr_array((np.array([True, False]), ([0, 0], [0, 1])), shape=(1, 2))

    assert k_covered_shares(sees, [1.0, 1.0], most=2).tolist() == [1.0, 0.0]


def test_the_views_of_one_camera_count_as_one_camera() -> None:
    sees = matrix([1, 1, 0], [0, 1, 1])

    shares = k_covered_shares(sees, [0.5, 0.5, 1.0], units=["ptz", "ptz", "bank"])

    # By hand: 1 and 1 by any, as a preset always looks; 0 and 0.5 by two.
    assert shares.tolist() == [1.0, 0.25, 0.0]


def test_fewer_than_one_camera_cannot_be_asked_about() -> None:
    with pytest.raises(InputError, match="most is 0; allowed: 1 or more"):
        k_covered_shares(matrix([1]), [1.0], most=0)


@examples(40)
@given(
    seed=st.integers(0, 2**32 - 1),
    points=st.integers(1, 12),
    cameras=st.integers(1, 6),
    most=st.integers(1, 7),
)
def test_the_shares_are_those_of_every_combination_of_cameras(
    seed, points, cameras, most
) -> None:
    rng = np.random.default_rng(seed)
    dense = rng.random((points, cameras)) < 0.5
    chance = rng.choice([0.0, 0.3, 0.5, 1.0], cameras)
    weights = rng.integers(1, 9, points).astype(float)

    shares = k_covered_shares(csr_array(dense), chance, weights, most=most)

    wanted = np.zeros(most)
    for looks in itertools.product((False, True), repeat=cameras):
        likely = np.prod(np.where(looks, chance, 1.0 - chance))
        seen_by = (dense & np.array(looks)).sum(axis=1)
        for k in range(1, most + 1):
            wanted[k - 1] += likely * weights[seen_by >= k].sum()
    assert shares.tolist() == pytest.approx(wanted / weights.sum())
    assert (np.diff(shares) <= 1e-12).all()
    whole = point_share(csr_array(dense), chance, weights=weights)
    assert shares[1] == pytest.approx(whole.value)
