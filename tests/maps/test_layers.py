"""Layers of a map: GeoJSON where it fits a browser, pictures where it does not."""

from __future__ import annotations

import geopandas as gpd
import ipyleaflet
import pytest
from shapely.geometry import LineString, Point, box

from coveragekit.maps import layers
from coveragekit.maps.features import FEATURE_LIMIT
from coveragekit.maps.layers import (
    buildings_layer,
    cameras_layer,
    coverage_layer,
    gaps_layer,
    incidents_layer,
    isovists_layer,
    probability_layer,
    streets_layer,
)


@pytest.fixture
def small_limit(monkeypatch) -> int:
    """Let three features be too many, so that a test stays fast."""
    monkeypatch.setattr(layers, "FEATURE_LIMIT", 3)
    return 3


def test_the_limit_is_the_one_that_was_measured() -> None:
    assert FEATURE_LIMIT == 5000


def test_the_town_s_tables_become_layers_with_all_their_rows(town) -> None:
    results = town.results()
    cameras = results.cameras()

    drawn = {
        "buildings": (buildings_layer(town.table("buildings")), 228),
        "streets": (streets_layer(town.table("streets")), 12),
        "cameras": (cameras_layer(cameras), 10),
        "gaps": (gaps_layer(results.gaps()), 5),
        "isovists": (isovists_layer(results.isovists(), cameras), 10),
    }

    for key, (made, rows) in drawn.items():
        assert made.key == key
        assert made.note == ""
        assert isinstance(made.layer, ipyleaflet.GeoJSON)
        assert len(made.layer.data["features"]) == rows


def test_too_many_buildings_become_one_picture_and_the_layer_says_so(
    small_limit,
) -> None:
    shapes = [box(i, 0, i + 0.5, 0.5) for i in range(small_limit + 1)]

    made = buildings_layer(gpd.GeoDataFrame(geometry=shapes, crs=4326))

    assert isinstance(made.layer, ipyleaflet.ImageOverlay)
    assert made.layer.url.startswith("data:image/png;base64,")
    assert made.title == "Buildings (4, as a picture)"
    assert "drawn as a picture, because 4 of them are more than the 3" in made.note


def test_exactly_as_many_as_the_limit_are_still_drawn_one_by_one(small_limit) -> None:
    shapes = [LineString([(i, 0), (i, 1)]) for i in range(small_limit)]
    streets = gpd.GeoDataFrame({"highway": ["path"] * 3}, geometry=shapes, crs=4326)

    assert isinstance(streets_layer(streets).layer, ipyleaflet.GeoJSON)


def test_too_many_cameras_or_gaps_are_cut_and_the_layer_says_so(
    small_limit, town
) -> None:
    cameras = cameras_layer(town.results().cameras())
    gaps = gaps_layer(town.results().gaps())

    assert len(cameras.layer.data["features"]) == small_limit
    assert "the first 3 of 10" in cameras.title
    assert "all of them are counted" in cameras.note
    assert "the first 3 of 5" in gaps.title


def test_views_are_dashed_where_the_camera_s_direction_is_unknown(town) -> None:
    results = town.results()
    cameras = results.cameras()

    made = isovists_layer(results.isovists(), cameras)

    dashed = sum(
        "unknown" in feature["properties"]["style"]["className"]
        for feature in made.layer.data["features"]
    )
    assert dashed == cameras["bearing_deg"].isna().sum() == 3


def test_incidents_are_a_density_unless_points_are_asked_for(town) -> None:
    incidents = town.results().incident_coverage()

    density = incidents_layer(incidents)
    points = incidents_layer(incidents, points=True)

    assert isinstance(density.layer, ipyleaflet.ImageOverlay)
    assert "600 incidents" in density.note
    assert len(points.layer.data["features"]) == 600


def test_no_incident_tells_anything_of_itself(town) -> None:
    made = incidents_layer(town.results().incident_coverage(), points=True)

    assert all(
        set(feature["properties"]) == {"style"}
        for feature in made.layer.data["features"]
    )


def test_without_incidents_there_is_no_layer() -> None:
    none = gpd.GeoDataFrame(geometry=gpd.GeoSeries([], dtype="geometry"), crs=4326)

    assert incidents_layer(none) is None


def test_too_many_incidents_as_points_become_a_picture(small_limit) -> None:
    points = [Point(i, 0) for i in range(small_limit + 1)]
    many = gpd.GeoDataFrame(geometry=points, crs=4326)

    made = incidents_layer(many, points=True)

    assert isinstance(made.layer, ipyleaflet.ImageOverlay)


def test_the_probability_is_a_layer_only_where_scenes_were_drawn(
    town, former_town
) -> None:
    made = probability_layer(town.results().seen_probability_path)

    assert made.key == "probability"
    assert made.layer.pane == "ck-coverage"
    assert made.layer.url.startswith("data:image/png")
    assert probability_layer(former_town.results().seen_probability_path) is None


def test_coverage_lies_below_the_buildings(town) -> None:
    made = coverage_layer(town.results().multiplicity_path)

    assert made.layer.pane == "ck-coverage"
