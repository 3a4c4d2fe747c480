"""Rows that lie far from the others are named, with what may be wrong with them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod

from coveragekit.registry.moving import Imported, import_cameras
from coveragekit.registry.moving_far import distance_km
from coveragekit.registry.opening import Registry

LON, LAT = -84.39, 33.75


def _take(registry: Registry, *places: tuple[float, float], **more) -> Imported:
    rows = [
        {"source_id": f"{number}", "lon": lon, "lat": lat, "kind": "dome"}
        for number, (lon, lat) in enumerate(places, 1)
    ]
    with registry.write() as connection:
        return import_cameras(connection, rows, by="anna", source="city.csv", **more)


def _near(number: int) -> tuple[float, float]:
    return LON + number / 100, LAT - number / 200


def test_rows_that_are_swapped_at_nought_or_elsewhere_are_each_told(
    registry: Registry,
) -> None:
    odd = [(LAT, LON), (0.0, 0.0), (24.94, 60.17), (1.0, 2.0), (LAT, LON + 0.2)]
    done = _take(
        registry,
        *(_near(one) for one in range(6)),
        *odd,
        lines=[10 * one for one in range(1, 12)],
    )

    assert done.added == 11
    told = [one for one in done.notices if "look at a map" in one]
    swapped, nought, far = told
    ends = "; look at a map before it is relied on"
    assert swapped == (
        f"lines 70, 110 lie with longitude and latitude swapped, it seems{ends}"
    )
    assert nought == f"line 80 lies at longitude 0, latitude 0, which is the sea{ends}"
    assert far == f"lines 90, 100 lie more than 100 km from most of the others{ends}"


def test_the_cameras_that_are_there_say_where_the_middle_is(
    registry: Registry,
) -> None:
    assert not _take(registry, _near(0), _near(1)).notices
    # all rows of this file are wrong, and alone they would look right
    done = _take(registry, (LAT, LON), (LAT, LON + 0.1), again=True, dry_run=True)
    assert any("rows 1, 2 lie with longitude" in one for one in done.notices)
    moved = _take(registry, _near(0), (24.94, 60.17))
    assert moved.changed == 1
    assert any(
        "row 2 lies more than 100 km from the cameras that are there" in one
        for one in moved.notices
    )


@pytest.mark.parametrize(
    "places",
    [
        [],
        [(LON, LAT)],
        [_near(one) for one in range(5)],
        # two towns of one size: there is no middle to be far from
        [(LON, LAT)] * 3 + [(24.94, 60.17)] * 3,
    ],
)
def test_nothing_is_said_where_nothing_is_odd(
    registry: Registry, places: list[tuple[float, float]]
) -> None:
    assert not [one for one in _take(registry, *places).notices if "map" in one]


def test_of_many_the_first_are_named_and_the_others_counted(
    registry: Registry,
) -> None:
    done = _take(registry, *(_near(one) for one in range(10)), *[(3.0, 3.0)] * 8)
    assert any("rows 11, 12, 13, 14, 15 and 3 more lie" in one for one in done.notices)


PLACES = st.tuples(st.floats(-180, 180), st.floats(-90, 90))


@given(one=PLACES, other=PLACES)
def test_distances_are_those_of_the_earth(
    one: tuple[float, float], other: tuple[float, float]
) -> None:
    exact_km = Geod(ellps="WGS84").inv(*one, *other)[2] / 1000
    assert distance_km(one, other) == pytest.approx(exact_km, rel=0.006, abs=0.1)
