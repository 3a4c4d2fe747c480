"""A privacy zone that could be in view covers the picture until a mask says where."""

from __future__ import annotations

import math
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod

from coveragekit.access.grounds import covered
from coveragekit.access.zones_in_view import may_see
from coveragekit.feeds.masks import Mask
from coveragekit.registry import picture_masks, zones
from coveragekit.registry.opening import now
from tests.access.scene import LAT, LON, Scene

GEOD = Geod(ellps="WGS84")


def _camera(**values: object) -> SimpleNamespace:
    usual = {"kind": "bullet", "lon": LON, "lat": LAT, "bearing_deg": 90.0}
    usual |= {"hfov_deg": 60.0, "range_m": 50.0, "position_error_m": 1.0}
    usual |= {"bearing_error_deg": 5.0, "hfov_error_deg": None}
    return SimpleNamespace(**{**usual, **values})


def _square(
    bearing_deg: float, away_m: float, half_m: float
) -> list[list[list[float]]]:
    """Give a square whose middle lies in a direction, by the ellipsoid."""
    lon, lat, _ = GEOD.fwd(LON, LAT, bearing_deg, away_m)
    corners = [
        GEOD.fwd(lon, lat, turn, half_m * math.sqrt(2)) for turn in (45, 135, 225, 315)
    ]
    ring = [[x, y] for x, y, _ in corners]
    return [[*ring, ring[0]]]


@pytest.mark.parametrize(
    ("camera", "square", "is_in_view"),
    [
        (_camera(), _square(90, 30, 2), True),
        (_camera(), _square(270, 30, 2), False),
        (_camera(), _square(90, 60, 2), False),
        (_camera(), _square(90, 0, 200), True),
        (_camera(kind="ptz"), _square(270, 30, 2), True),
        (_camera(bearing_deg=None), _square(270, 30, 2), True),
        (_camera(hfov_deg=360.0), _square(270, 30, 2), True),
        (_camera(range_m=None), _square(90, 150, 2), True),
        (_camera(hfov_deg=None), _square(150, 30, 2), True),
        (_camera(bearing_deg=350.0), _square(5, 30, 2), True),
    ],
)
def test_what_could_be_in_view(camera, square, is_in_view: bool) -> None:
    assert may_see(camera, square) is is_in_view


@given(
    bearing_deg=st.floats(0, 360),
    hfov_deg=st.floats(10, 170),
    range_m=st.floats(10, 200),
    toward_deg=st.floats(0, 360),
    away_m=st.floats(1, 250),
)
@settings(max_examples=150, deadline=None)
def test_no_corner_that_a_camera_sees_is_missed(
    bearing_deg: float,
    hfov_deg: float,
    range_m: float,
    toward_deg: float,
    away_m: float,
) -> None:
    camera = _camera(bearing_deg=bearing_deg, hfov_deg=hfov_deg, range_m=range_m)
    square = _square(toward_deg, away_m, 1.0)
    seen = False
    for lon, lat in square[0]:
        azimuth, _, metres = GEOD.inv(LON, LAT, lon, lat)
        aside = abs((azimuth - bearing_deg + 180) % 360 - 180)
        seen |= metres <= range_m and aside <= hfov_deg / 2
    if seen:
        assert may_see(camera, square)
    # nor is all the world in view
    behind = _square(bearing_deg + 180, range_m / 2 + 20, 1.0)
    if hfov_deg < 140:
        assert not may_see(camera, behind)


def test_a_zone_covers_the_picture_until_a_mask_says_where(scene: Scene) -> None:
    toward = {"kind": "bullet", "bearing_deg": 90.0, "hfov_deg": 60.0, "range_m": 50.0}
    toward_id = scene.camera(**toward)
    away_id = scene.camera(**toward | {"bearing_deg": 270.0})
    ring = _square(90, 30, 3)
    with scene.door.registry.write() as connection:
        at = now(connection)
        assert covered(connection, toward_id, at) == ()
        zone = zones.add_zone(connection, {"ring": ring, "name": "shelter"}, by="t")
        (whole,) = covered(connection, toward_id, at)
        assert np.ptp(whole.ring, axis=0).tolist() == [1.0, 1.0]
        assert covered(connection, away_id, at) == ()
        left = [[0.0, 0.2], [0.3, 0.2], [0.3, 0.9]]
        mask = {"camera_id": toward_id, "ring": left, "name": "shelter"}
        picture_masks.add_mask(connection, mask, by="t")
        assert covered(connection, toward_id, at) == (
            Mask(tuple((x, y) for x, y in left)),
        )
        turning = scene_turning(scene, connection)
        assert len(covered(connection, turning, at)) == 1
        ended = {"to_at": at}
        zones.change_zone(connection, zone.zone_id, ended, revision=1, by="t")
        assert covered(connection, turning, at) == ()


def scene_turning(scene: Scene, connection) -> str:
    """Add a camera that turns, which no mask can help."""
    from coveragekit.registry import cameras

    place = {"site_id": scene.site_id, "lon": LON, "lat": LAT, "kind": "ptz"}
    return cameras.add_camera(connection, place, by="t").camera_id
