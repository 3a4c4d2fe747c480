"""A city on one map in a notebook, with an analyst's own tables on top."""

from __future__ import annotations

import io
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely
from geopandas.testing import assert_geodataframe_equal
from PIL import Image

from coveragekit import maps
from coveragekit.errors import CRSError, InputError
from coveragekit.maps.bridge import TileAsk
from coveragekit.maps.bridge_points import pack_shown
from coveragekit.maps.city_map import CityMap
from coveragekit.maps.own_layer import OwnLayer
from coveragekit.maps.tiles import Frame
from coveragekit.view import mercator
from tests.view.made import write_store

HOSTILE = "<img src=x onerror=alert(1)>"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    results = tmp_path_factory.mktemp("city") / "results"
    write_store(results)
    return results


@pytest.fixture
def city(folder: Path) -> CityMap:
    return maps.city_map(folder)


def _middle(city: CityMap) -> tuple[float, float]:
    west, north, east, south = city._store.meta["bounds_merc"]
    lon, lat = mercator.to_lonlat([[(west + east) / 2, (north + south) / 2]])[0]
    return float(lon), float(lat)


def _points(city: CityMap, count: int = 40) -> gpd.GeoDataFrame:
    lon, lat = _middle(city)
    rng = np.random.default_rng(4)
    return gpd.GeoDataFrame(
        {
            "kind": [f"kind {n % 9}" for n in range(count)],
            "size": np.arange(count, dtype=float),
            "name": [HOSTILE] * count,
        },
        geometry=gpd.points_from_xy(
            lon + rng.normal(0, 2e-4, count), lat + rng.normal(0, 2e-4, count)
        ),
        crs="EPSG:4326",
    )


def _tile_of(lon: float, lat: float, z: int = 17) -> tuple[int, int, int]:
    x, y = mercator.to_merc(lon, lat) * 2**z
    return z, int(x), int(y)


def _ink(content: bytes) -> int:
    with Image.open(io.BytesIO(content)) as image:
        return int((np.asarray(image.convert("RGBA"))[..., 3] > 0).sum())


def test_the_layers_of_a_study_are_stacked_as_asked(folder: Path) -> None:
    city = maps.city_map(folder, ("coverage", "incidents", "cameras"))

    assert [one.key for one in city._bridge.layers] == ["base", "coverage", "incidents"]


def test_a_layer_is_shown_and_hidden(city: CityMap) -> None:
    city.show("areas").hide("gaps")

    keys = [one.key for one in city._bridge.layers]
    assert "areas" in keys
    assert "gaps" not in keys
    assert "Areas" in city._legend.value
    assert "Gaps" not in city._legend.value


def test_tiles_of_the_study_and_of_ones_own_are_painted(city: CityMap) -> None:
    city.add(_points(city), "Shops")
    z, x, y = _tile_of(*_middle(city))

    assert _ink(city._paint(TileAsk("base", z, x, y))) > 0
    assert _ink(city._paint(TileAsk("own:Shops", z, x, y))) > 0
    assert city._paint(TileAsk("own:Shops", z, x + 3000, y)) == b""
    assert city._paint(TileAsk("own:gone", z, x, y)) == b""


def test_points_are_drawn_where_they_are(city: CityMap) -> None:
    lon, lat = _middle(city)
    one = gpd.GeoDataFrame(geometry=[shapely.Point(lon, lat)], crs="EPSG:4326")
    city.add(one, "One", colour="#ff0000")
    z, x, y = _tile_of(lon, lat, 18)

    with Image.open(io.BytesIO(city._paint(TileAsk("own:One", z, x, y)))) as image:
        pixels = np.asarray(image.convert("RGBA")).astype(int)
    red = (pixels[..., 0] > 200) & (pixels[..., 1] < 60) & (pixels[..., 3] > 200)
    rows, columns = np.nonzero(red)
    within = (mercator.to_merc(lon, lat) * 2**z - [x, y]) * 256
    assert columns.mean() == pytest.approx(within[0], abs=1.0)
    assert rows.mean() == pytest.approx(within[1], abs=1.0)
    assert red.sum() == pytest.approx(np.pi * 4.5**2, rel=0.25)


def test_a_point_at_the_edge_of_a_tile_is_drawn_into_both(city: CityMap) -> None:
    z, x, y = _tile_of(*_middle(city))
    lon, lat = mercator.to_lonlat([[(x + 1) / 2**z, (y + 0.5) / 2**z]])[0]
    one = gpd.GeoDataFrame(geometry=[shapely.Point(lon, lat)], crs="EPSG:4326")
    own = OwnLayer.of(one)

    sheets = [own.draw(Frame.tile(z, x + step, y), dark=False) for step in (0, 1)]

    inks = [sheet.canvas[..., 3].sum() for sheet in sheets if sheet is not None]
    assert len(inks) == 2
    assert inks[0] == pytest.approx(inks[1], rel=0.05)


@pytest.mark.parametrize(
    "shape",
    [
        shapely.LineString([(0, 0), (1e-3, 1e-3)]),
        shapely.MultiLineString([[(0, 0), (1e-3, 0)], [(0, 1e-3), (1e-3, 1e-3)]]),
        shapely.box(0, 0, 1e-3, 1e-3),
        shapely.MultiPolygon([shapely.box(0, 0, 1e-3, 1e-3)]),
    ],
    ids=lambda shape: shape.geom_type,
)
def test_lines_and_polygons_are_drawn(shape: shapely.Geometry) -> None:
    own = OwnLayer.of(gpd.GeoDataFrame(geometry=[shape, None], crs="EPSG:4326"))

    sheet = own.draw(Frame.tile(*_tile_of(5e-4, 5e-4)), dark=True)

    assert len(own.frame) == 1
    assert sheet is not None
    assert sheet.canvas[..., 3].max() > 0.4


def test_numbers_become_classes_and_words_become_colours(city: CityMap) -> None:
    frame = _points(city)

    by_size = OwnLayer.of(frame, by="size").legend("Shops", dark=False)
    by_kind = OwnLayer.of(frame, by="kind").legend("Shops", dark=False)

    assert by_size[0].text == "0 to 7.8"
    assert len(by_size) == 6
    assert len(by_kind) == 7
    assert by_kind[-1].text == "other or not known"
    assert len({one.colour for one in by_kind}) == 7


def test_what_is_not_known_has_a_class_of_its_own(city: CityMap) -> None:
    frame = _points(city)
    frame.loc[3, "size"] = np.nan
    frame.loc[3, "kind"] = None

    for by in ("size", "kind"):
        own = OwnLayer.of(frame, by=by)
        assert own.classes[3] == len(own.words) - 1


def test_a_click_tells_the_row_without_making_markup_of_it(city: CityMap) -> None:
    frame = _points(city)
    city.add(frame, HOSTILE)

    city._clicked(frame.geometry.x[5], frame.geometry.y[5])

    assert "size: 5.0" in city._words.value
    assert "<img" not in city._words.value
    assert "<img" not in city._legend.value
    city._clicked(frame.geometry.x[5] + 1.0, frame.geometry.y[5])
    assert city._words.value == ""


def test_the_table_stays_as_it_was(city: CityMap) -> None:
    frame = _points(city).to_crs(3857)
    before = frame.copy(deep=True)

    city.add(frame, "Shops", by="kind")

    assert_geodataframe_equal(frame, before)


def test_a_table_of_the_same_title_is_replaced(city: CityMap) -> None:
    city.add(_points(city), "Shops").add(_points(city, 3), "Shops")

    assert [one.key for one in city._bridge.layers].count("own:Shops") == 1
    assert len(city._own["Shops"][0].frame) == 3


def test_a_picture_of_the_map_is_saved(city: CityMap, tmp_path: Path) -> None:
    city.save(tmp_path / "map.png", (320, 200))

    with Image.open(tmp_path / "map.png") as image:
        assert image.size == (320, 200)
    with pytest.raises(InputError, match=r"does not end in \.png"):
        city.save(tmp_path / "map.jpg", (320, 200))


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"purpose": "guess"}, "there is no purpose 'guess'; allowed:"),
        ({"light": "dusk"}, "there is no light 'dusk'; allowed: day, night"),
        ({"tiers": ("secret",)}, "there is no tier 'secret'"),
        ({"layers": ("owners",)}, "there is no layer 'owners'"),
    ],
)
def test_a_wish_that_cannot_be_is_refused(
    folder: Path, wrong: dict[str, object], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        maps.city_map(folder, **wrong)  # type: ignore[arg-type]


def test_a_table_that_cannot_be_drawn_is_refused(city: CityMap) -> None:
    frame = _points(city)
    with pytest.raises(CRSError, match="the table has no CRS"):
        city.add(frame.set_crs(None, allow_override=True), "Shops")
    with pytest.raises(InputError, match="there is no column 'x' to colour by"):
        city.add(frame, "Shops", by="x")
    with pytest.raises(InputError, match="is no colour"):
        city.add(frame, "Shops", colour="red")
    with pytest.raises(InputError, match="is a layer of the study"):
        city.add(frame, "Coverage")
    with pytest.raises(InputError, match="opacity is 2"):
        city.add(frame, "Shops", opacity=2)
    with pytest.raises(InputError, match="none of the 0 rows"):
        city.add(frame[:0], "Shops")
    mixed = gpd.GeoDataFrame(
        geometry=[shapely.Point(0, 0), shapely.box(0, 0, 1, 1)], crs="EPSG:4326"
    )
    with pytest.raises(InputError, match="the table holds Point, Polygon"):
        city.add(mixed, "Shops")
    with pytest.raises(InputError, match="there is no layer 'Shops'"):
        city.hide("Shops")


def test_a_notebook_shows_it(city: CityMap) -> None:
    bundle = city._repr_mimebundle_()

    assert "application/vnd.jupyter.widget-view+json" in bundle


def test_an_online_map_is_drawn_only_when_asked_for(folder: Path) -> None:
    own = maps.city_map(folder)
    online = maps.city_map(folder, basemap="OpenStreetMap.Mapnik")

    assert own._bridge.map.layers == ()
    assert "base" in own._keys
    assert [one.name for one in online._bridge.map.layers] == ["OpenStreetMap.Mapnik"]
    assert "OpenStreetMap" in online._bridge.map.layers[0].attribution
    assert "base" not in online._keys
    with pytest.raises(InputError, match="there is no free online map 'Nowhere'"):
        maps.city_map(folder, basemap="Nowhere")


def test_only_cameras_of_the_tiers_asked_for_are_shown(folder: Path) -> None:
    every = maps.city_map(folder, tiers=("public", "integrated", "registered"))
    some = maps.city_map(folder, tiers=("public",), dark=True)

    assert "Registered" in every._legend.value
    assert "Registered" not in some._legend.value
    assert "Public" in some._legend.value
    cameras = some._store.cameras
    public = some._store.meta["tiers"].index("public")
    expected = np.asarray(cameras.active & (cameras.access == public))
    assert some._bridge._shown == pack_shown(expected)
    assert every._bridge._shown != some._bridge._shown
    assert ".ck-city-dark .leaflet-container{background:#171c24}" in some._legend.value
