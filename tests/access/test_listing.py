"""A study's cameras come from consent: who left is not in it, and no contact is."""

from __future__ import annotations

import subprocess
import sys
from datetime import timedelta

import geopandas as gpd
import numpy as np
import pytest
from sqlalchemy import text

from coveragekit import model
from coveragekit.access import Scope, add_row, camera_arrays, cameras, zones
from coveragekit.errors import AccessRefused
from coveragekit.registry.audit import read_log
from tests.access.scene import ANN, KIM, NOBODY, OFFICE, Scene
from tests.databases import Clock


def tiers(frame: gpd.GeoDataFrame) -> dict[str, str]:
    return dict(zip(frame["camera_id"], frame["access"], strict=True))


def test_tiers_come_from_consent_alone(scene: Scene, clock: Clock) -> None:
    soon = clock() + timedelta(days=1)
    integrated, ends = scene.integrated(), scene.integrated(expires_at=soon)
    registered, offered = scene.registered(), scene.registered()
    scene.move(offered, "offered", side="agency")
    invited, planned = scene.camera(), scene.camera(planned=True)
    scene.move(invited, "invited", side="agency")
    gone, paused, silent = scene.integrated(), scene.integrated(), scene.camera()
    scene.move(gone, "withdrawn")
    scene.move(paused, "suspended")
    clock.at = soon

    found = tiers(cameras(KIM, scene_purpose(), registry=scene.door))

    assert found == {
        integrated: "integrated",
        registered: "registered",
        offered: "registered",
        planned: "planned",
    }
    assert not {ends, invited, gone, paused, silent} & set(found)


def scene_purpose():
    from coveragekit.access import Purpose

    return Purpose("planning")


def test_withdrawal_leaves_the_camera_out_at_once(scene: Scene) -> None:
    camera_id = scene.integrated()
    assert camera_id in tiers(cameras(ANN, OFFICE, registry=scene.door))

    scene.move(camera_id, "withdrawn")

    assert camera_id not in tiers(cameras(ANN, OFFICE, registry=scene.door))


def test_a_clock_that_ran_back_brings_no_camera_back(
    scene: Scene, clock: Clock
) -> None:
    camera_id = scene.integrated(expires_at=clock() + timedelta(hours=1))
    clock.pass_by(hours=2)
    assert camera_id not in tiers(cameras(ANN, OFFICE, registry=scene.door))

    clock.pass_by(hours=-2)

    assert camera_id not in tiers(cameras(ANN, OFFICE, registry=scene.door))


def test_the_agencys_own_cameras_are_public(scene: Scene) -> None:
    camera_id = scene.camera()
    with scene.door.registry.write() as connection:
        connection.execute(text("UPDATE owner SET kind = 'agency'"))

    assert tiers(cameras(ANN, OFFICE, registry=scene.door)) == {camera_id: "public"}


def test_the_table_is_the_models_and_keeps_what_is_known(
    scene: Scene, clock: Clock
) -> None:
    camera_id = scene.integrated(
        name="Döör",
        bearing_deg=90.0,
        width_px=1920,
        last_seen_at=clock(),
        assumed=["hfov_deg"],
        recording_hours="24/7",
        feed_ref="canary-feed",
    )

    found = cameras(ANN, OFFICE, registry=scene.door)

    model.check("cameras", found)
    assert list(found.columns) == list(model.empty("cameras").columns)
    (row,) = found.to_dict("records")
    assert (row["camera_id"], row["name"], row["kind"]) == (camera_id, "Döör", "dome")
    assert (row["bearing_deg"], row["width_px"]) == (90.0, 1920)
    assert row["assumed"] == ["hfov_deg"]
    assert row["last_seen_at"] == clock()
    assert row["owner_id"] == scene.owner_id
    assert (row["geometry"].x, row["geometry"].y) == (-84.39, 33.75)
    assert "canary" not in found.to_csv().lower()


def test_an_empty_registry_gives_an_empty_table(scene: Scene) -> None:
    found = cameras(ANN, OFFICE, registry=scene.door)

    assert found.empty
    model.check("cameras", found)
    assert camera_arrays(ANN, OFFICE, registry=scene.door)["lon"].shape == (0,)


def test_arrays_say_what_the_table_says(scene: Scene, clock: Clock) -> None:
    scene.integrated(bearing_deg=90.0, last_seen_at=clock())
    scene.registered(name="B")

    table = cameras(ANN, OFFICE, registry=scene.door)
    arrays = camera_arrays(ANN, OFFICE, registry=scene.door)

    assert set(arrays) == {*table.columns} - {"geometry"} | {"lon", "lat"}
    assert arrays["camera_id"].tolist() == table["camera_id"].tolist()
    assert arrays["access"].tolist() == table["access"].tolist()
    np.testing.assert_array_equal(arrays["lon"], table.geometry.x)
    np.testing.assert_array_equal(arrays["bearing_deg"], table["bearing_deg"])
    seen = table["last_seen_at"].dt.tz_localize(None).to_numpy("datetime64[us]")
    np.testing.assert_array_equal(arrays["last_seen_at"], seen)


def test_arrays_load_no_table_library() -> None:
    code = (
        "import sys, tempfile, pathlib\n"
        "from coveragekit.access import *\n"
        "with tempfile.TemporaryDirectory() as folder:\n"
        "    place = pathlib.Path(folder) / 'registry.sqlite'\n"
        "    with open_door(place, create=True, sign=False) as door:\n"
        "        who = User('ann', 'administrator')\n"
        "        camera_arrays(who, Purpose('administration'), registry=door)\n"
        "heavy = ['geopandas', 'pandas', 'pandera', 'pyarrow', 'shapely']\n"
        "print([name for name in heavy if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )

    assert done.stdout.strip() == "[]"


def test_who_lists_cameras_is_on_record_without_a_city_of_ids(scene: Scene) -> None:
    scene.integrated()
    gone = scene.integrated(Scope(live=True))
    scene.move(gone, "withdrawn")

    cameras(ANN, OFFICE, registry=scene.door)
    with pytest.raises(AccessRefused, match="nobody is named"):
        cameras(NOBODY, OFFICE, registry=scene.door)

    with scene.door.registry.read() as connection:
        *_, done, refused = read_log(connection)
    assert (done.entry.action, done.entry.rows) == ("list_cameras", 1)
    assert done.entry.parameters["left_out"] == 1
    assert len(str(done.entry.digest)) == 64
    assert refused.entry.result == "refused"


RING = [[[-84.4, 33.7], [-84.3, 33.7], [-84.3, 33.8], [-84.4, 33.7]]]


def test_zones_are_those_of_now(scene: Scene, clock: Clock) -> None:
    until = clock() + timedelta(days=1)
    for values in (
        {"ring": RING, "name": "school"},
        {"ring": RING, "name": "vigil", "to_at": until},
    ):
        add_row(ANN, OFFICE, "privacy_zone", values=values, registry=scene.door)

    before = zones(ANN, OFFICE, registry=scene.door)
    clock.at = until
    after = zones(ANN, OFFICE, registry=scene.door)

    assert sorted(before["name"]) == ["school", "vigil"]
    assert after["name"].tolist() == ["school"]
    model.check("privacy_zones", after)
    assert after.geometry.iloc[0].area == pytest.approx(0.005)
    assert zones(ANN, OFFICE, registry=scene.door).crs.to_epsg() == 4326
