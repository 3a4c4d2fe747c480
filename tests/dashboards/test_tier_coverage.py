"""The coverage of some tiers, drawn where it is."""

from __future__ import annotations

import io
import math

import numpy as np
import pytest
from PIL import Image
from shapely.geometry import Point

from coveragekit.dashboards.planner.tier_coverage import tier_picture
from coveragekit.maps.pictures import Picture
from coveragekit.maps.tokens import MULTIPLICITY


@pytest.fixture(scope="module")
def public_only(town) -> Picture:
    results = town.results()
    return tier_picture(
        results.isovists(),
        results.area(),
        tiers=("public",),
        resolution_m=1.0,
        crs=town.settings.crs,
    )


def _opacity(picture: Picture, place: Point) -> int:
    def mercator(degrees: float) -> float:
        return math.log(math.tan(math.pi / 4 + math.radians(degrees) / 2))

    pixels = np.asarray(Image.open(io.BytesIO(picture.png)).convert("RGBA"))
    across = (place.x - picture.west) / (picture.east - picture.west)
    top, bottom = mercator(picture.north), mercator(picture.south)
    down = (top - mercator(place.y)) / (top - bottom)
    row, column = int(down * pixels.shape[0]), int(across * pixels.shape[1])
    return int(pixels[row, column, 3])


def _clear_inside(town, camera_id: str, *, shrink_m: float = 3.0) -> list[Point]:
    """Give places well inside one view and the study area, far from other views."""
    views = town.results().isovists().to_crs(town.settings.crs)
    views = views.set_index("camera_id").geometry
    others = views.drop(camera_id).union_all().buffer(shrink_m)
    area = town.results().area().to_crs(town.settings.crs).union_all()
    inside = views[[camera_id]].intersection(area).buffer(-shrink_m)
    core = inside.difference(others)
    places = core.sample_points(60, rng=np.random.default_rng(3)).explode()
    return list(places.to_crs(4326))


def test_what_the_tier_s_cameras_see_is_drawn_where_it_is(town, public_only) -> None:
    known = round(255 * MULTIPLICITY[1].opacity)
    perhaps = round(255 * MULTIPLICITY[0].opacity)

    assert {_opacity(public_only, p) for p in _clear_inside(town, "c7")} == {known}
    assert {_opacity(public_only, p) for p in _clear_inside(town, "c8")} == {perhaps}


@pytest.mark.parametrize("camera_id", ["c0", "c1", "c3", "c9"])
def test_what_only_other_tiers_see_is_clear(town, public_only, camera_id) -> None:
    assert {_opacity(public_only, p) for p in _clear_inside(town, camera_id)} == {0}


@pytest.mark.parametrize("camera_id", ["c7", "c8"])
def test_just_outside_a_view_nothing_is_drawn(town, public_only, camera_id) -> None:
    views = town.results().isovists().to_crs(town.settings.crs)
    seen = views[views["access"] == "public"].union_all()
    one = views.set_index("camera_id").geometry[[camera_id]]
    rim = one.buffer(5.0).boundary.difference(seen.buffer(3.0))

    places = rim.sample_points(60, rng=np.random.default_rng(3)).explode().to_crs(4326)

    assert {_opacity(public_only, place) for place in places} == {0}
