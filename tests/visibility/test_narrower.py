"""One look at the widest picture tells what every narrower one shows."""

import geopandas as gpd
import numpy as np
import pytest
from scipy.sparse import csr_array
from shapely import Point, box

from coveragekit.errors import InputError
from coveragekit.optics import Footprints, footprints
from coveragekit.visibility import Obstacles, Pictures, Surface, mount, who_sees

CRS = "EPSG:32616"
CORNER = np.array([5e5, 0.0])
DENSITIES = (12.5, 25.0, 62.5, 125.0, 250.0)


def made_town(seed):
    """Houses, cameras of every lens (some in rooms, some blind by night), places."""
    rng = np.random.default_rng(seed)
    corners = rng.uniform(0.0, 150.0, (25, 2)).round(1) + CORNER
    sizes = rng.uniform(4.0, 18.0, (25, 2)).round(1)
    houses = gpd.GeoDataFrame(
        {"height_m": rng.uniform(2.0, 12.0, 25)},
        geometry=box(*corners.T, *(corners + sizes).T),
        crs=CRS,
    )
    n = 60
    bearing = np.where(rng.random(n) < 0.2, np.nan, rng.integers(360, size=n))
    hfov = rng.choice([30.0, 60.0, 90.0, 110.0, 180.0, 360.0], n)
    cameras = gpd.GeoDataFrame(
        {
            "kind": np.where(hfov == 360.0, "fisheye", "bullet"),
            "bearing_deg": bearing,
            "tilt_deg": np.where(hfov == 360.0, 90.0, rng.uniform(0.0, 60.0, n)),
            "hfov_deg": hfov,
            "vfov_deg": np.minimum(hfov * 0.6, 180.0),
            "width_px": rng.choice([640.0, 1920.0, 3840.0], n),
            "mount_height_m": rng.choice([1.5, 4.0, 8.0], n),
            "range_m": np.where(rng.random(n) < 0.5, np.nan, rng.uniform(5.0, 60.0, n)),
            "ir_range_m": np.where(rng.random(n) < 0.5, np.nan, 20.0),
        },
        geometry=[Point(x, y) for x, y in rng.uniform(0, 165, (n, 2)) + CORNER],
        crs=CRS,
    )
    xy = rng.uniform(-20.0, 190.0, (1500, 2)).round(0) + CORNER
    return houses, cameras, xy


def shown(cameras, light):
    return [footprints(cameras, density, light=light) for density in DENSITIES]


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("has_heights", [False, True])
def test_counts_are_what_a_look_at_each_picture_finds(seed, has_heights) -> None:
    houses, cameras, xy = made_town(seed)
    places = gpd.GeoSeries(gpd.points_from_xy(*xy.T), crs=CRS)
    walls = Obstacles.from_buildings(houses)
    mounting = mount(cameras, walls)
    hides = walls
    if has_heights:
        bounds = (5e5 - 60, -60, 5e5 + 230, 230)
        hides = Surface.from_buildings(houses, bounds=bounds)
    look = {"mounting": mounting, "target_height_m": 1.5}
    days = Pictures.of(cameras, hides, shown(cameras, "day"), mounting=mounting)
    widest = days.sees(xy)

    for light in ("day", "night"):
        made = shown(cameras, light)
        pictures = Pictures.of(cameras, hides, made, mounting=mounting)
        counts = csr_array(
            (pictures.count(xy, widest), widest.cameras, widest.ptr),
            shape=(len(xy), len(cameras)),
        )

        for band, one in enumerate(made):
            sees = who_sees(places, cameras, hides, footprints=one, **look)
            assert ((counts > band) != sees).nnz == 0
            assert sees.nnz > 0


def test_feet_are_where_cameras_hang() -> None:
    houses, cameras, _ = made_town(1)
    walls = Obstacles.from_buildings(houses)
    mounting = mount(cameras, walls)

    made = Pictures.of(cameras, walls, shown(cameras, "day"), mounting=mounting)

    outside = (mounting["mount"] != "inside").to_numpy()
    assert made.feet[outside] == pytest.approx(mounting[["x", "y"]].to_numpy()[outside])


def test_feet_over_a_surface_are_in_metres() -> None:
    houses, cameras, _ = made_town(1)
    one = cameras.iloc[[0]].assign(geometry=[Point(5e5 - 50, -50)])
    surface = Surface.from_buildings(houses, bounds=(5e5 - 60, -60, 5e5 + 230, 230))

    made = Pictures.of(one, surface, shown(one, "day"))

    assert made.feet[0] == pytest.approx([5e5 - 50, -50])


def test_nobody_sees_nothing() -> None:
    houses, cameras, xy = made_town(0)
    walls = Obstacles.from_buildings(houses)
    none = Footprints(*np.zeros((3, 0)), planes=np.zeros((0, 4, 3)))
    nobody = Pictures.of(cameras.iloc[:0], walls, [none])

    assert nobody.count(xy, nobody.sees(xy)).tolist() == []
    assert nobody.sees(xy[:0]).ptr.tolist() == [0]


def test_a_look_at_other_places_is_refused() -> None:
    houses, cameras, xy = made_town(0)
    walls = Obstacles.from_buildings(houses)
    made = shown(cameras, "day")
    pictures = Pictures.of(cameras, walls, made)
    few = Pictures.of(cameras.iloc[:2], walls, [made[0].take([0, 1])])
    sees = pictures.sees(xy)

    with pytest.raises(InputError, match=r"of 1500 places .* allowed: 3 and 60"):
        pictures.count(xy[:3], sees)
    with pytest.raises(InputError, match=r"or more; allowed: 1500 and 2"):
        few.count(xy, sees)
    with pytest.raises(InputError, match="no footprints"):
        Pictures.of(cameras, walls, [])


def test_a_place_that_is_none_is_refused() -> None:
    houses, cameras, _ = made_town(0)
    outside = cameras.iloc[[0]].assign(geometry=[Point(5e5 - 50, -50)])
    surface = Surface.from_buildings(houses, bounds=(5e5 - 60, -60, 5e5 + 230, 230))
    over = Pictures.of(outside, surface, [shown(outside, "day")[0]])
    flat = Pictures.of(outside, Obstacles.from_buildings(houses), shown(outside, "day"))

    with pytest.raises(InputError, match=r"place 1 at .* is off the surface"):
        over.sees(np.array([[5e5, 0.0], [0.0, 0.0]]))
    with pytest.raises(InputError, match=r"place 0 at .* is not finite"):
        flat.sees(np.array([[np.nan, 0.0]]))
