"""The ground that counts."""

from __future__ import annotations

import math

import geopandas as gpd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely import LineString, box

from coveragekit.coverage import public_area, study_area
from coveragekit.errors import CRSError, InputError
from tests.strategies import CRS, examples


def table(*shapes, crs=CRS) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(geometry=list(shapes), crs=crs)


def test_the_study_area_is_the_hull_of_the_buildings_with_a_margin_of_50_m() -> None:
    area = study_area(table(box(0, 0, 10, 10), box(90, 0, 100, 10)))

    assert area.bounds == (-50, -50, 150, 60)
    # Hull 100 x 10, sides times 50, and a round corner in all.
    assert area.area == pytest.approx(1000 + 220 * 50 + math.pi * 2500, rel=1e-3)


def test_without_buildings_the_streets_span_the_area() -> None:
    street = table(LineString([(0, 0), (100, 0)]))

    area = study_area(table(), street, margin_m=10)

    assert area.bounds == (-10, -10, 110, 10)


def test_with_buildings_far_streets_do_not_widen_the_area() -> None:
    house, street = table(box(0, 0, 10, 10)), table(LineString([(0, 0), (9000, 0)]))

    assert study_area(house, street).bounds == (-50, -50, 60, 60)


def test_areas_cut_the_rest_off() -> None:
    quarters = table(box(-100, -100, 0, 100), box(-100, -100, 5, 0))

    area = study_area(table(box(0, 0, 10, 10)), areas=quarters, margin_m=20)

    assert area.bounds == (-20, -20, 5, 30)


def test_areas_without_rows_cut_nothing() -> None:
    house = table(box(0, 0, 10, 10))

    assert study_area(house, areas=table()).equals(study_area(house))


def test_areas_that_touch_along_a_line_alone_are_refused() -> None:
    with pytest.raises(InputError, match="areas given do not touch"):
        study_area(table(box(0, 0, 9, 9)), areas=table(box(59, -99, 99, 99)))


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: study_area(table()), InputError, "neither a building nor a street"),
        (
            lambda: study_area(table(), table()),
            InputError,
            "neither a building nor a street",
        ),
        (
            lambda: study_area(table(box(0, 0, 1, 1)), margin_m=-1),
            InputError,
            "margin_m is -1; allowed: 0 or more",
        ),
        (
            lambda: study_area(
                table(box(0, 0, 1, 1)), areas=table(box(9e5, 0, 1e6, 1))
            ),
            InputError,
            "check the areas' CRS",
        ),
        (
            lambda: study_area(table(box(0, 0, 1, 1), crs=4326)),
            CRSError,
            "buildings are in WGS 84",
        ),
        (
            lambda: study_area(table(box(0, 0, 1, 1)), table(crs=32617)),
            CRSError,
            "buildings and streets have different CRS",
        ),
        (
            lambda: study_area(
                table(box(0, 0, 1, 1)), areas=table(box(0, 0, 1, 1), crs=32617)
            ),
            CRSError,
            "buildings and areas have different CRS",
        ),
        (
            lambda: public_area(box(0, 0, 1, 1), table(crs=None)),
            CRSError,
            "buildings have no CRS",
        ),
    ],
)
def test_an_area_that_cannot_be_is_refused(call, error, message) -> None:
    with pytest.raises(error, match=message):
        call()


def test_the_public_area_leaves_footprints_out_and_courtyards_in() -> None:
    court = box(2, 2, 8, 8).difference(box(4, 4, 6, 6))
    beyond = box(50, 50, 60, 60)

    public = public_area(box(0, 0, 10, 10), table(court, court, beyond))

    assert public.area == pytest.approx(100 - 36 + 4)


def test_an_area_full_of_building_has_no_public_ground() -> None:
    assert public_area(box(0, 0, 5, 5), table(box(-1, -1, 6, 6))).is_empty


@examples(30)
@given(
    corners=st.lists(
        st.tuples(st.integers(0, 300), st.integers(0, 300)), min_size=1, max_size=8
    ),
    margin=st.integers(0, 80),
)
def test_every_building_lies_in_the_area_as_far_inside_as_the_margin(
    corners, margin
) -> None:
    houses = table(*[box(x, y, x + 9, y + 7) for x, y in corners])

    area = study_area(houses, margin_m=margin)

    # The rounded corners are inscribed by less than half a per cent of the margin.
    assert houses.within(area.buffer(1e-6)).all()
    assert area.boundary.distance(houses.union_all()) >= margin * 0.995 - 1e-6
