"""Cameras of OpenStreetMap files."""

from __future__ import annotations

import pytest

from coveragekit.sources.osm import read_osm
from tests.sources.osm_files import Town


def read(tmp_path, *many, **tags):
    town = Town()
    for number, one in enumerate([*many, tags] if tags else many, start=5):
        town.node(number, 0, 0, man_made="surveillance", **one)
    return read_osm(town.write(tmp_path / "town.osm"))["cameras"]


def test_a_pole_with_two_directions_is_two_cameras(tmp_path):
    table = read(tmp_path, surveillance__type="ALPR", direction="90;180").table
    assert table["camera_id"].tolist() == ["node/5/1", "node/5/2"]
    assert table["sector"].tolist() == ["1", "2"]
    assert table["bearing_deg"].tolist() == [90.0, 180.0]
    assert table["kind"].tolist() == ["alpr", "alpr"]
    assert table["source_id"].tolist() == ["node/5", "node/5"]
    assert table["source"].unique().tolist() == ["openstreetmap"]


def test_one_direction_is_one_camera_without_a_sector(tmp_path):
    [row] = read(tmp_path, camera__direction="-118").table.itertuples()
    assert (row.camera_id, row.bearing_deg) == ("node/5", 242.0)
    assert row.sector is None or row.sector != row.sector


def test_the_width_of_a_range_is_the_field_of_view(tmp_path):
    table = read(tmp_path, direction="55-125;NW").table
    assert table["bearing_deg"].tolist() == [90.0, 315.0]
    assert table["hfov_deg"][0] == 70.0
    assert table["hfov_deg"].isna().tolist() == [False, True]


def test_the_camera_s_own_direction_is_preferred(tmp_path):
    table = read(tmp_path, camera__direction="45", direction="200").table
    assert table["bearing_deg"].tolist() == [45.0]


def test_no_direction_is_an_unknown_bearing_and_no_fault(tmp_path):
    loaded = read(tmp_path, surveillance__type="camera")
    assert loaded.table["bearing_deg"].isna().all()
    assert len(loaded.rejected) == 0


def test_a_direction_that_cannot_be_read_is_noted_and_never_guessed(tmp_path):
    loaded = read(tmp_path, direction="forward", surveillance__type="camera")
    assert loaded.table["bearing_deg"].isna().all()
    [fault] = loaded.rejected.itertuples()
    assert (fault.row, fault.cause) == ("node/5", "direction cannot be read")
    assert (fault.column, fault.value) == ("direction", "forward")
    assert fault.action == "cell left empty"


@pytest.mark.parametrize(
    ("tags", "kind"),
    [
        ({"camera__type": "dome"}, "dome"),
        ({"camera__type": "panning"}, "ptz"),
        ({"camera__type": "doorbell"}, "doorbell"),
        ({"camera__type": "fixed"}, "unknown"),
        ({"surveillance__type": "camera"}, "unknown"),
        ({"surveillance__type": "ALPR", "camera__type": "fixed"}, "alpr"),
        ({"surveillance__type": "alpr;camera"}, "alpr"),
        ({"surveillance__type": "ANPR"}, "alpr"),
    ],
)
def test_the_kind_is_what_the_tags_say_and_no_more(tmp_path, tags, kind):
    assert read(tmp_path, tags).table["kind"].tolist() == [kind]


@pytest.mark.parametrize(
    ("tags", "cause"),
    [
        ({"surveillance__type": "guard"}, "not a camera"),
        ({"surveillance__type": "gunshot_detector"}, "not a camera"),
        ({"surveillance": "indoor"}, "indoors"),
        ({"indoor": "yes"}, "indoors"),
        ({"disused": "yes"}, "no longer used"),
    ],
)
def test_what_watches_no_street_with_a_lens_is_rejected(tmp_path, tags, cause):
    loaded = read(tmp_path, tags)
    assert len(loaded.table) == 0
    assert loaded.rejected["cause"].tolist() == [cause]


def test_a_speed_camera_is_not_offered(tmp_path):
    town = Town().node(5, 0, 0, highway="speed_camera")
    loaded = read_osm(town.write(tmp_path / "town.osm"))["cameras"]
    assert loaded.provenance["rows_offered"] == 0


def test_a_camera_drawn_as_an_area_is_rejected(tmp_path):
    town = Town()
    town.way(10, town.square(1, 0, 0), man_made="surveillance")
    town.way(11, [1, 2], man_made="surveillance")
    loaded = read_osm(town.write(tmp_path / "town.osm"))["cameras"]
    assert loaded.rejected["cause"].tolist() == ["not drawn as a node"] * 2


@pytest.mark.parametrize(
    ("tags", "access"),
    [
        ({"surveillance": "public"}, "public"),
        ({"operator": "Seattle Police Department"}, "public"),
        ({"operator": "City of Atlanta"}, "public"),
        ({"operator__type": "government"}, "public"),
        ({"operator": "Corner Shop Ltd", "surveillance": "outdoor"}, "registered"),
        ({"surveillance__type": "camera"}, "registered"),
    ],
)
def test_the_tier_is_a_marked_assumption(tmp_path, tags, access):
    table = read(tmp_path, tags).table
    assert table["access"].tolist() == [access]
    assert table["assumed"].tolist() == [["access"]]


def test_height_tilt_and_dates_are_read(tmp_path):
    [row] = read(
        tmp_path,
        height="6.4",
        camera__angle="15",
        start_date="2020-05-01",
        check_date="2024-03-02",
        name="Mast 4",
    ).table.itertuples()
    assert (row.mount_height_m, row.tilt_deg, row.name) == (6.4, 15.0, "Mast 4")
    assert row.active_from.isoformat() == "2020-05-01T00:00:00+00:00"
    assert row.verified_at.isoformat() == "2024-03-02T00:00:00+00:00"


def test_a_tilt_counted_the_other_way_is_not_guessed(tmp_path):
    loaded = read(tmp_path, camera__angle="-15")
    assert loaded.table["tilt_deg"].isna().all()
    assert loaded.rejected["cause"].tolist() == ["tilt cannot be read"]


def test_the_address_of_a_live_picture_is_read_nowhere(tmp_path):
    loaded = read(
        tmp_path,
        contact__webcam="https://user:secret@cam.example/live",
        direction="rtsp://admin:1234@10.0.0.9/live",
    )
    assert "secret" not in loaded.table.to_json()
    assert "1234" not in loaded.rejected.to_json()
    assert "10.0.0.9" not in loaded.rejected.to_json()
