"""The local CRS, and bearings between true north and grid north."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod, Proj, Transformer

from coveragekit import crs
from coveragekit.errors import CRSError


@pytest.mark.parametrize(
    ("lon", "lat", "epsg"),
    [
        (-84.35, 33.75, 32616),
        (24.94, 60.17, 32635),
        (151.2, -33.9, 32756),
        (180.0, 10.0, 32660),
        (-180.0, 10.0, 32601),
        (0.0, 0.0, 32631),
        (10.0, 89.0, 32661),
        (10.0, -85.0, 32761),
    ],
)
def test_the_local_crs_is_the_utm_zone(lon: float, lat: float, epsg: int) -> None:
    assert crs.local_crs(lon=lon, lat=lat).to_epsg() == epsg


@pytest.mark.parametrize(
    ("lon", "lat"), [(181.0, 0.0), (0.0, 91.0), (float("nan"), 0.0), (0.0, np.inf)]
)
def test_a_place_off_the_globe_is_refused(lon: float, lat: float) -> None:
    with pytest.raises(CRSError, match="out of range"):
        crs.local_crs(lon=lon, lat=lat)


@pytest.mark.parametrize(
    ("given_crs", "words"),
    [
        (None, "have no CRS"),
        ("EPSG:4326", "degrees"),
        ("EPSG:2240", "US survey foot"),
        ("nonsense", "not a CRS"),
    ],
)
def test_a_crs_without_metres_is_refused(given_crs: str | None, words: str) -> None:
    with pytest.raises(CRSError, match=words):
        crs.check_metric(given_crs, "cameras")


def test_two_crs_that_differ_are_refused() -> None:
    with pytest.raises(CRSError, match="cameras and buildings have different CRS"):
        crs.check_same("EPSG:32616", "EPSG:32617", "cameras and buildings")
    with pytest.raises(CRSError, match="one of them has no CRS"):
        crs.check_same("EPSG:32616", None, "cameras and buildings")


def test_convergence_agrees_with_proj() -> None:
    lon, lat = np.array([24.93, -84.35, 151.2]), np.array([60.17, 33.75, -33.9])
    for one_lon, one_lat in zip(lon, lat, strict=True):
        local = crs.local_crs(lon=one_lon, lat=one_lat)
        x, y = Transformer.from_crs(4326, local, always_xy=True).transform(
            one_lon, one_lat
        )

        ours = crs.grid_convergence_deg([x], [y], local)[0]
        theirs = Proj(local).get_factors(one_lon, one_lat).meridian_convergence

        assert ours == pytest.approx(theirs, abs=1e-5)


@given(
    bearing=st.floats(0, 359.99),
    lon=st.floats(-86.9, -84.1),
    lat=st.floats(-60, 70),
)
def test_a_step_along_the_grid_bearing_goes_the_true_way(
    bearing: float, lon: float, lat: float
) -> None:
    local = crs.local_crs(lon=lon, lat=lat)
    to_local = Transformer.from_crs(4326, local, always_xy=True)
    x, y = to_local.transform(lon, lat)
    end_lon, end_lat, _ = Geod(ellps="WGS84").fwd(lon, lat, bearing, 100.0)
    end_x, end_y = to_local.transform(end_lon, end_lat)

    grid = crs.to_grid_bearing_deg([bearing], [x], [y], crs=local)[0]

    went = np.degrees(np.arctan2(end_x - x, end_y - y)) % 360.0
    assert abs((went - grid + 180.0) % 360.0 - 180.0) < 0.002


def test_an_unknown_bearing_stays_unknown() -> None:
    grid = crs.to_grid_bearing_deg([np.nan], [500000.0], [4e6], crs="EPSG:32616")

    assert np.isnan(grid[0])
