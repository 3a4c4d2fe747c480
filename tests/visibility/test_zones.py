"""Privacy zones: no camera looks into one, and nothing else changes."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import LineString, MultiPolygon, Point, Polygon, box

from coveragekit.errors import CRSError, InputError
from coveragekit.optics import Footprints
from coveragekit.visibility import (
    Obstacles,
    Pictures,
    Surface,
    isovists,
    viewsheds,
    who_sees,
)
from coveragekit.visibility.eyes import look
from coveragekit.visibility.isovist import view_arrays
from coveragekit.visibility.lookouts import look_over
from coveragekit.visibility.seen_cells import view_arrays_over
from coveragekit.visibility.zones import Zones
from tests.oracles import visibility as oracle
from tests.visibility.plans import CRS, FULL, cameras, houses, points
from tests.visibility.reliefs import cell_centres, lookouts

HOUSE = box(10, -5, 20, 5)
# With a courtyard that everybody may look into.
YARD = Polygon(
    [(-30, 8), (-6, 8), (-6, 30), (-30, 30)],
    [[(-20, 15), (-12, 15), (-12, 22), (-20, 22)]],
)
BESIDE = box(4, -20, 9, -2)


def zones(*shapes: object) -> gpd.GeoDataFrame:
    names = [f"z{row}" for row in range(len(shapes))]
    return gpd.GeoDataFrame({"zone_id": names}, geometry=list(shapes), crs=CRS)


def even_odd(
    xy: np.ndarray, ring_ptr: np.ndarray, row_ptr: np.ndarray, row: int
) -> shapely.Geometry:
    """Give what an odd number of a view's rings go round."""
    made: shapely.Geometry = Polygon()
    for ring in range(row_ptr[row], row_ptr[row + 1]):
        face = shapely.make_valid(Polygon(xy[ring_ptr[ring] : ring_ptr[ring + 1]]))
        made = made.symmetric_difference(face)
    return made


def apart(one: shapely.Geometry, other: shapely.Geometry) -> float:
    return float(one.symmetric_difference(other).area)


def test_a_place_in_a_zone_or_on_its_edge_is_seen_by_nobody_and_one_behind_it_is() -> (
    None
):
    walls = Obstacles.from_buildings(houses(), zones(box(10, -5, 20, 5)))
    there = points((5, 0), (10, 0), (15, 0), (20, 0), (20 + 2e-6, 0), (30, 0))

    seen = who_sees(there, cameras((0, 0, *FULL)), walls).toarray()[:, 0]

    assert seen.tolist() == [True, False, False, False, True, True]


def test_the_isovist_is_that_without_zones_less_the_zones() -> None:
    eyes = cameras((0, 0, *FULL), (0, 0, 90.0, 60.0, 40.0), (-16, 18, *FULL))
    table = zones(YARD, BESIDE)

    cut = isovists(eyes, Obstacles.from_buildings(houses(HOUSE), table), north="grid")
    whole = isovists(eyes, Obstacles.from_buildings(houses(HOUSE)), north="grid")

    ground = table.union_all()
    for left, before in zip(cut, whole, strict=True):
        assert left.is_valid
        assert left.intersection(ground).area == pytest.approx(0.0, abs=1e-9)
        assert apart(left, before.difference(ground)) == pytest.approx(0.0, abs=1e-9)
    assert (cut.area < whole.area - 1.0).all()
    # In the courtyard of a zone a camera sees its courtyard, and on beyond the zone.
    assert cut.iloc[2].contains(Point(-16, 20))
    assert cut.iloc[2].contains(Point(-4, 25))


def test_a_zone_that_covers_all_that_a_camera_sees_leaves_nothing() -> None:
    walls = Obstacles.from_buildings(houses(), zones(box(-99, -99, 99, 99)))
    eyes = cameras((0, 0, *FULL))

    assert isovists(eyes, walls).iloc[0].is_empty
    ring_ptr, row_ptr = view_arrays(look(eyes, walls, None, north="grid"), walls)[1:]
    assert (ring_ptr.tolist(), row_ptr.tolist()) == ([0], [0, 0])


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, 2**32 - 1),
    st.sampled_from([FULL, (70.0, 90.0, 45.0), (200.0, 40.0, 60.0)]),
)
def test_zones_cut_what_brute_force_sees_and_nothing_else(
    seed: int, view: tuple[float, float, float]
) -> None:
    rng = np.random.default_rng(seed)

    def boxes(count: int, most: float) -> list[Polygon]:
        low = rng.uniform(-60, 60, (count, 2))
        low += np.where(np.abs(low) < most + 2.0, np.sign(low) * (most + 2.0), 0.0)
        size = rng.uniform(2, most, (count, 2))
        turned = [box(*a, *(a + b)) for a, b in zip(low, size, strict=True)]
        return [
            shapely.affinity.rotate(one, angle)
            for one, angle in zip(turned, rng.uniform(0, 90, count), strict=True)
        ]

    built = [one for one in boxes(6, 12.0) if one.distance(Point(0, 0)) > 1.0]
    table = zones(*boxes(4, 40.0))
    bearing, hfov, reach = view
    eyes = cameras((0.0, 0.0, bearing, hfov, reach))
    walls = Obstacles.from_buildings(houses(*built), table)
    bare = Obstacles.from_buildings(houses(*built))
    ground = table.union_all()

    places = rng.uniform(-65, 65, (300, 2))
    corners = shapely.get_coordinates(table.geometry.to_numpy())
    places = np.vstack([places, corners])
    there = points(*map(tuple, places))
    kept = ground.disjoint(there.to_numpy()) & (
        shapely.distance(ground, there.to_numpy()) > 2e-6
    )
    seen = who_sees(there, eyes, walls, north="grid").toarray()[:, 0]
    before = who_sees(there, eyes, bare, north="grid").toarray()[:, 0]
    told = oracle.sees(places, built, (0.0, 0.0, reach, bearing, hfov))

    assert not seen[shapely.intersects(ground, there.to_numpy())].any()
    assert not seen[len(places) - len(corners) :].any()
    np.testing.assert_array_equal(seen[kept], before[kept])
    sure = told.certain & kept
    np.testing.assert_array_equal(seen[sure], told.seen[sure])

    found = isovists(eyes, walls, north="grid", chord_tolerance_m=0.001).iloc[0]
    shadows = oracle.shadow_isovist(built, 0.0, 0.0, reach, bearing, hfov)
    assert apart(found, shadows.difference(ground)) < 1e-3 * reach**2
    whole = isovists(eyes, bare, north="grid", chord_tolerance_m=0.001).iloc[0]
    assert apart(found, whole.difference(ground)) < 1e-6
    rings = view_arrays(
        look(eyes, walls, None, north="grid", chord_tolerance_m=0.001), walls
    )
    assert apart(even_odd(*rings, 0), found) < 1e-6


@pytest.mark.parametrize("seed", range(4))
def test_over_a_surface_zones_cut_the_same_ground(seed: int) -> None:
    rng = np.random.default_rng(seed)
    built = houses(box(4, 6, 9, 12), box(22, 3, 30, 8)).assign(height_m=[4.0, 9.0])
    x, y = rng.uniform(2, 30, 2)
    table = zones(
        shapely.affinity.rotate(box(x, y, x + 9.3, y + 6.1), 30), box(0, 0, 3, 3)
    )
    frame = {"bounds": (0.0, 0.0, 40.0, 30.0)}
    cut = Surface.from_buildings(built, zones=table, **frame)
    bare = Surface.from_buildings(built, **frame)
    eyes = lookouts((15.5, 15.5, 6.0, *FULL), (1.5, 1.5, 5.0, 45.0, 90.0, 30.0))
    ground = table.union_all()
    centres = cell_centres(bare)
    hidden = shapely.intersects(ground, centres.to_numpy())

    seen = who_sees(centres, eyes, cut, north="grid").toarray()
    before = who_sees(centres, eyes, bare, north="grid").toarray()
    shapes, whole = (isovists(eyes, one, north="grid") for one in (cut, bare))
    made = viewsheds(eyes, cut, mode="accurate", north="grid")
    over = look_over(eyes, cut, north="grid")
    rings = view_arrays_over(over, cut, 1.5)

    assert before[hidden].any()
    assert not seen[hidden].any()
    np.testing.assert_array_equal(seen[~hidden], before[~hidden])
    np.testing.assert_array_equal(made.area_m2(), seen.sum(axis=0))
    for row in range(2):
        left = whole.iloc[row].difference(ground)
        assert apart(shapes.iloc[row], left) == pytest.approx(0.0, abs=1e-9)
        assert apart(even_odd(*rings, row), left) == pytest.approx(0.0, abs=1e-6)
        outline = made.to_polygons().iloc[row]
        assert outline.intersection(ground).area == pytest.approx(0.0, abs=1e-9)


@pytest.mark.parametrize("is_surface", [False, True])
def test_pictures_show_nothing_of_a_zone_whoever_found_the_pairs(
    is_surface: bool,
) -> None:
    eyes = lookouts((15.5, 15.5, 6.0, *FULL))
    where = {"bounds": (0.0, 0.0, 40.0, 30.0)}
    table = zones(box(20, 10, 26, 20))
    make = (
        (lambda some: Surface.from_buildings(houses(), zones=some, **where))
        if is_surface
        else (lambda some: Obstacles.from_buildings(houses(), some))
    )
    planes = np.full((1, 4, 3), (0.0, 0.0, np.inf))
    shown = [
        Footprints(np.full(1, 180.0), np.full(1, reach), np.zeros(1), planes=planes)
        for reach in (40.0, 9.0)
    ]
    cut = Pictures.of(eyes, make(table), shown)
    bare = Pictures.of(eyes, make(None), shown)
    spots = np.array([(18.5, 15.5), (23.5, 15.5), (29.5, 15.5)])

    pairs = bare.sees(spots)

    assert np.diff(cut.sees(spots).ptr).tolist() == [1, 0, 1]
    assert bare.count(spots, pairs).tolist() == [2, 2, 1]
    assert cut.count(spots, pairs).tolist() == [2, 0, 1]


def test_zones_come_back_from_their_arrays_and_none_may_be_missing() -> None:
    table = zones(MultiPolygon([YARD, BESIDE]), BESIDE)
    walls = Obstacles.from_buildings(houses(HOUSE), table)
    arrays = walls.to_arrays()

    again = Obstacles.from_arrays(arrays, crs=CRS)

    assert len(again.zones) == 2
    assert apart(shapely.union_all(again.zones.outlines()), table.union_all()) == 0.0
    del arrays["zone_xy"]
    with pytest.raises(InputError, match=r"lack the arrays zone_xy.*would be shown"):
        Obstacles.from_arrays(arrays, crs=CRS)
    with pytest.raises(InputError, match="zone_rows is float64"):
        Zones.from_arrays(
            Zones.none().to_arrays() | {"zone_rows": np.zeros(1)}, "obstacles"
        )


@pytest.mark.parametrize(
    "shape",
    [
        Point(0, 0),
        LineString([(0, 0), (1, 1)]),
        Polygon(),
        None,
        Polygon([(0, 0), (1, 1), (2, 2)]),
    ],
)
def test_a_zone_without_area_is_refused_and_never_left_out(shape: object) -> None:
    with pytest.raises(InputError, match="row 1 has no area"):
        Obstacles.from_buildings(houses(HOUSE), zones(YARD, shape))


def test_a_zone_that_crosses_itself_is_mended() -> None:
    bow = Polygon([(0, 0), (10, 10), (10, 0), (0, 10)])

    made = Zones.of(zones(bow), crs=CRS)

    inside = made.hide(np.array([(2.0, 5.0), (8.0, 5.0), (5.0, 2.0), (5.0, 8.0)]))
    assert inside.tolist() == [True, True, False, False]


def test_zones_in_another_crs_are_refused() -> None:
    with pytest.raises(CRSError, match="privacy zones and what hides"):
        Obstacles.from_buildings(houses(HOUSE), zones(YARD).to_crs(4326))


def test_without_zones_nothing_is_copied() -> None:
    none = Zones.none()
    cameras_seen, ptr = np.zeros(2, np.int32), np.array([0, 1, 2])

    found = none.unseen(np.zeros((2, 2)), cameras_seen, ptr)

    assert found[0] is cameras_seen
    assert found[1] is ptr
