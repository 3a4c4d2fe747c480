"""Cameras are found by place, the same on both databases, as slow reckoning says."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod
from sqlalchemy import insert, text, update

from coveragekit.errors import InputError
from coveragekit.registry import cameras, schema
from coveragekit.registry.opening import Registry, now
from coveragekit.registry.places import boxes_around, in_box

GEOD = Geod(ellps="WGS84")
Place = tuple[float, float]


def _put(registry: Registry, places: list[Place]) -> list[str]:
    ids = [f"cam_{number:04d}" for number in range(len(places))]
    with registry.write() as connection:
        stamp = {"made_at": now(connection), "changed_at": now(connection)}
        stamp |= {"changed_by": "x", "kind": "dome", "status": "unknown"}
        rows = [
            {"camera_id": one, "lon": lon, "lat": lat, **stamp}
            for one, (lon, lat) in zip(ids, places, strict=True)
        ]
        connection.execute(insert(schema.camera), rows)
    return ids


def _nearest(registry: Registry, place: Place, **asked) -> list[tuple[str, float]]:
    with registry.read() as connection:
        found = cameras.nearest_cameras(connection, *place, **asked)
    return [(one.camera.camera_id, one.distance_m) for one in found]


def _slow(places: list[Place], place: Place) -> list[tuple[float, str]]:
    """Reckon every distance, one by one."""
    found = []
    for number, (lon, lat) in enumerate(places):
        distance = GEOD.inv(*place, lon, lat)[2]
        found.append((distance, f"cam_{number:04d}"))
    return sorted(found)


def test_the_nearest_cameras_are_told_with_their_distance(registry: Registry) -> None:
    # a degree of latitude at the equator is 110,574 m on WGS 84
    _put(registry, [(0.0, 0.001), (0.0, -0.002), (0.0, 0.1)])

    found = _nearest(registry, (0.0, 0.0), n=5, within_m=1000.0)

    assert [one for one, _ in found] == ["cam_0000", "cam_0001"]
    assert found[0][1] == pytest.approx(110.574, abs=0.01)
    assert found[1][1] == pytest.approx(221.149, abs=0.01)


@pytest.mark.parametrize(
    "middle", [(-84.39, 33.75), (179.999, -16.5), (-179.999, 65.0), (20.0, 89.99)]
)
def test_the_nearest_are_those_that_slow_reckoning_finds(
    registry: Registry, middle: Place
) -> None:
    rng = np.random.default_rng(11)
    spread = 0.02
    stretch = 1.0 / max(math.cos(math.radians(middle[1])), 0.01)
    offsets = rng.normal(0, spread, (300, 2)) * (stretch, 1.0)
    places = [
        ((middle[0] + dx + 180.0) % 360.0 - 180.0, min(middle[1] + dy, 90.0))
        for dx, dy in offsets
    ]
    _put(registry, places)

    for n, within in ((1, 5000.0), (10, 5000.0), (300, 1500.0), (7, 40.0)):
        for place in (middle, places[0], places[17]):
            expected = [
                (one, distance)
                for distance, one in _slow(places, place)
                if distance <= within
            ][:n]
            found = _nearest(registry, place, n=n, within_m=within)
            assert [one for one, _ in found] == [one for one, _ in expected]
            assert [d for _, d in found] == pytest.approx([d for _, d in expected])


def test_cameras_at_one_place_come_by_their_ids(registry: Registry) -> None:
    _put(registry, [(1.0, 1.0)] * 5)

    assert [one for one, _ in _nearest(registry, (1.0, 1.0), n=3)] == [
        "cam_0000",
        "cam_0001",
        "cam_0002",
    ]


def test_a_camera_that_moves_is_found_where_it_is_now(registry: Registry) -> None:
    ids = _put(registry, [(1.0, 1.0), (2.0, 2.0)])
    with registry.write() as connection:
        cameras.change_camera(
            connection, ids[0], {"lon": 2.0, "lat": 2.0}, revision=1, by="anna"
        )
        connection.execute(
            schema.camera.delete().where(schema.camera.c.camera_id == ids[1])
        )

    assert _nearest(registry, (1.0, 1.0)) == []
    assert _nearest(registry, (2.0, 2.0)) == [(ids[0], 0.0)]


def test_a_camera_taken_down_is_not_found(registry: Registry) -> None:
    _put(registry, [(1.0, 1.0)])
    with registry.write() as connection:
        connection.execute(update(schema.camera).values(removed_at=now(connection)))

    assert _nearest(registry, (1.0, 1.0)) == []


def test_duplicates_are_those_within_fifty_metres(registry: Registry) -> None:
    # 0.000452 degrees of latitude are 49.98 m, 0.000453 are 50.09 m
    _put(registry, [(0.0, 0.000452), (0.0, 0.000453), (0.0, -0.0001)])

    with registry.read() as connection:
        found = cameras.duplicates_near(connection, 0.0, 0.0)

    assert [one.camera.camera_id for one in found] == ["cam_0002", "cam_0000"]


def test_a_box_is_asked_of_the_spatial_index(registry: Registry) -> None:
    rng = np.random.default_rng(5)
    _put(registry, [(float(x), float(y)) for x, y in rng.uniform(-1, 1, (2000, 2))])
    with registry.read() as connection:
        wanted = cameras.CameraFilter(box=(0.0, 0.0, 0.01, 0.01))
        where = [in_box(connection, wanted.box)]
        query = schema.camera.select().with_only_columns(schema.camera.c.camera_id)
        query = query.where(*where)
        sql = str(
            query.compile(
                dialect=connection.dialect, compile_kwargs={"literal_binds": True}
            )
        ).replace("%%", "%")
        if registry.dialect == "postgresql":
            connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
            plan = connection.exec_driver_sql(f"EXPLAIN {sql}").scalars().all()
        else:
            rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}").all()
            plan = [row[3] for row in rows]

    assert any(
        "ix_camera_place" in line or "camera_place VIRTUAL TABLE INDEX" in line
        for line in plan
    ), plan


@pytest.mark.parametrize(
    ("place", "asked", "words"),
    [
        ((200.0, 0.0), {}, "is no place"),
        ((0.0, math.nan), {}, "is no place"),
        ((0.0, 0.0), {"n": 0}, "seen: 0 within"),
        ((0.0, 0.0), {"within_m": -1.0}, "within -1.0 m"),
        ((0.0, 0.0), {"within_m": math.inf}, "within inf m"),
    ],
)
def test_a_question_without_sense_is_refused(
    registry: Registry, place: Place, asked: dict[str, float], words: str
) -> None:
    with registry.read() as connection, pytest.raises(InputError, match=words):
        cameras.nearest_cameras(connection, *place, **asked)


def test_a_box_upside_down_is_refused(registry: Registry) -> None:
    with (
        registry.read() as connection,
        pytest.raises(InputError, match="from south to north"),
    ):
        cameras.list_cameras(connection, cameras.CameraFilter(box=(0.0, 2.0, 1.0, 1.0)))


@given(
    st.floats(-180, 180),
    st.floats(-90, 90),
    st.floats(0, 360),
    st.floats(0.1, 30_000),
)
def test_the_boxes_hold_every_place_within_the_distance(
    lon: float, lat: float, azimuth: float, within: float
) -> None:
    there = GEOD.fwd(lon, lat, azimuth, within * (1 - 1e-9))[:2]

    boxes = boxes_around(lon, lat, within)

    assert any(
        west <= there[0] <= east and south <= there[1] <= north
        for west, south, east, north in boxes
    ) or (abs(there[0]) == 180.0 and any(abs(box[0]) == 180.0 for box in boxes))


def test_the_spatial_index_agrees_with_the_table_after_many_changes(
    registry: Registry,
) -> None:
    rng = np.random.default_rng(3)
    ids = _put(registry, [(float(x), 0.0) for x in rng.uniform(-9, 9, 50)])
    with registry.write() as connection:
        for one in rng.choice(ids, 40):
            statement = update(schema.camera).where(schema.camera.c.camera_id == one)
            connection.execute(statement.values(lon=float(rng.uniform(-9, 9))))
    if registry.dialect == "postgresql":
        query = "SELECT count(*) FROM camera WHERE ST_X(place) = lon AND lat = 0"
    else:
        query = (
            "SELECT count(*) FROM camera JOIN camera_place USING (camera_no) "
            "WHERE lon BETWEEN lon_low AND lon_high AND lat_low = 0 AND lat_high = 0"
        )

    with registry.read() as connection:
        assert connection.execute(text(query)).scalar_one() == 50
