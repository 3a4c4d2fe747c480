"""The mounting rule held against its own promises, on scenes of every kind."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import box

from coveragekit.visibility import Obstacles, mount
from tests.oracles.mounting import Mounted, facades, faults
from tests.strategies import (
    DENSE,
    Camera,
    Scene,
    dense_scene,
    examples,
    neighbourhood,
    scene_of,
    scenes,
)

if TYPE_CHECKING:
    from pathlib import Path

HALL = box(0.0, 0.0, 40.0, 20.0)


# The oracle itself, by hand.


def test_the_oracle_knows_the_outward_side_of_a_wall() -> None:
    sides = {(facade.east, facade.north) for facade in facades(HALL)}

    assert sides == {(1.0, 0.0), (-1.0, 0.0), (0.0, 1.0), (0.0, -1.0)}


@pytest.mark.parametrize(
    ("camera", "mounted"),
    [
        ((-5.0, 5.0, 90.0), Mounted(-5.0, 5.0, "open", 0.0)),
        ((0.0, 5.0, 270.0), Mounted(-0.1, 5.0, "facade", 0.1)),
        ((3.0, 10.0, math.nan), Mounted(-0.1, 10.0, "facade", 3.1)),
        ((20.0, 10.0, 0.0), Mounted(20.0, 10.0, "inside", 0.0)),
        ((3.0, 10.0, 90.0), Mounted(3.0, 10.0, "inside", 0.0)),
    ],
)
def test_the_oracle_accepts_what_the_rule_allows(
    camera: tuple[float, float, float], mounted: Mounted
) -> None:
    assert faults([HALL], camera, mounted) == []


@pytest.mark.parametrize(
    ("camera", "mounted", "fault"),
    [
        ((-5.0, 5.0, 90.0), Mounted(-5.0, 6.0, "open", 1.0), "yet it was moved"),
        ((-5.0, 5.0, 90.0), Mounted(-0.1, 5.0, "facade", 4.9), "left there"),
        ((3.0, 10.0, 270.0), Mounted(3.0, 10.0, "open", 0.0), "yet it is called open"),
        ((3.0, 10.0, 270.0), Mounted(3.0, 10.0, "inside", 0.0), "is free"),
        ((3.0, 10.0, 270.0), Mounted(0.1, 10.0, "facade", 2.9), "out of the buildings"),
        ((3.0, 10.0, 270.0), Mounted(-0.2, 10.0, "facade", 3.2), "stand-off"),
        ((3.0, 10.0, 90.0), Mounted(-0.1, 10.0, "facade", 3.1), "faces away"),
        ((3.0, 10.0, 270.0), Mounted(-0.1, 15.0, "facade", 5.88), "nearer facade"),
        ((3.0, 10.0, 270.0), Mounted(-0.1, 10.0, "facade", 3.0), "shift it reports"),
        ((3.0, 10.0, 270.0), Mounted(-0.1, 10.0, "roof", 3.1), "no kind of mount"),
    ],
)
def test_the_oracle_names_the_promise_that_is_broken(
    camera: tuple[float, float, float], mounted: Mounted, fault: str
) -> None:
    assert any(fault in found for found in faults([HALL], camera, mounted))


# The room against the oracle.


def put(scene: Scene) -> pd.DataFrame:
    """Give the room's mounting of a scene."""
    obstacles = Obstacles.from_buildings(scene.buildings_table())
    return mount(scene.cameras_table(), obstacles, north="grid")


def check_mounting(scene: Scene) -> set[str]:
    """Hold every camera of a scene against the rule, and give the mounts that occur."""
    mounted = put(scene)

    for camera, row in zip(scene.cameras, mounted.itertuples(), strict=True):
        given_ = (camera.x, camera.y, camera.bearing_deg)
        got = Mounted(row.x, row.y, row.mount, row.mount_shift_m)
        near = shapely.box(camera.x - 30, camera.y - 30, camera.x + 30, camera.y + 30)
        polygons = [polygon for polygon in scene.polygons if polygon.intersects(near)]
        broken = faults(polygons, given_, got)
        assert broken == [], (
            f"{camera} became {got}; buildings {[p.wkt for p in polygons]}"
        )
        assert pd.isna(row.mount_building) == (row.mount == "open")
    return set(mounted["mount"])


@examples(200)
@given(scene=scenes(places=("whole", "wall", "corner", "inside", "facade")))
def test_mounting_keeps_the_rule_on_any_scene(scene: Scene) -> None:
    check_mounting(scene)


@pytest.mark.parametrize("kind", DENSE)
def test_mounting_keeps_the_rule_on_dense_scenes(kind: str) -> None:
    found: set[str] = set()

    for seed in range(30):
        found |= check_mounting(dense_scene(kind, seed, count=8))

    assert {"open", "facade"} <= found


@examples(60)
@given(scene=scenes(at_most=6), seed=st.integers(0, 2**32 - 1))
def test_the_order_of_cameras_does_not_change_where_they_are_mounted(
    scene: Scene, seed: int
) -> None:
    order = np.random.default_rng(seed).permutation(len(scene.cameras))
    cameras = tuple(scene.cameras[number] for number in order)

    first = put(scene)
    second = put(Scene(scene.polygons, cameras, scene.offset))

    columns = ["x", "y", "mount_shift_m"]
    assert (first[columns].to_numpy()[order] == second[columns].to_numpy()).all()
    assert (first["mount"].to_numpy()[order] == second["mount"].to_numpy()).all()


@examples(60)
@given(scene=scenes(at_most=6), seed=st.integers(0, 2**32 - 1))
def test_the_order_of_buildings_does_not_change_where_cameras_are_mounted(
    scene: Scene, seed: int
) -> None:
    order = np.random.default_rng(seed).permutation(len(scene.polygons))
    polygons = tuple(scene.polygons[number] for number in order)

    first = put(scene)
    second = put(Scene(polygons, scene.cameras, scene.offset))

    assert (first["mount"] == second["mount"]).all()
    assert first[["x", "y"]].to_numpy() == pytest.approx(
        second[["x", "y"]].to_numpy(), abs=1e-6
    )


def test_a_camera_on_a_party_wall_is_not_put_into_the_neighbours_house() -> None:
    left, right = box(0.0, 0.0, 10.0, 10.0), box(10.0, 0.0, 20.0, 10.0)
    scene = scene_of([left, right], [Camera(10.0, 2.0, bearing_deg=180.0)])

    mounted = put(scene)

    assert mounted["mount"].tolist() == ["facade"]
    assert mounted[["x", "y"]].to_numpy()[0] == pytest.approx([10.0, -0.1])


def test_a_camera_in_a_court_stands_in_the_open() -> None:
    ring = box(0.0, 0.0, 30.0, 30.0).difference(box(10.0, 10.0, 20.0, 20.0))
    scene = scene_of([ring], [Camera(15.0, 15.0)])

    assert put(scene)["mount"].tolist() == ["open"]


def test_a_camera_in_the_wall_of_a_court_that_looks_into_it_moves_into_it() -> None:
    ring = box(0.0, 0.0, 30.0, 30.0).difference(box(10.0, 10.0, 20.0, 20.0))
    scene = scene_of([ring], [Camera(15.0, 8.0, bearing_deg=0.0)])

    mounted = put(scene)

    assert mounted["mount"].tolist() == ["facade"]
    assert mounted[["x", "y"]].to_numpy()[0] == pytest.approx([15.0, 10.1])


def test_a_camera_exactly_at_the_mounting_depth_is_moved_and_deeper_is_not() -> None:
    hall = box(0.0, 0.0, 40.0, 40.0)
    at = scene_of([hall], [Camera(6.0, 20.0), Camera(6.001, 20.0)])

    assert put(at)["mount"].tolist() == ["facade", "inside"]


@pytest.mark.real_data
def test_mounting_keeps_the_rule_in_a_real_neighbourhood(real_data: Path) -> None:
    found = check_mounting(neighbourhood(real_data, seed=3, count=400))

    assert {"open", "facade"} <= found
