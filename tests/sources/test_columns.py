"""What is proposed for a file that nobody has described yet."""

from __future__ import annotations

from pathlib import Path

import pytest

from coveragekit.errors import InputError, SourceChanged, SourceUnavailable
from coveragekit.sources import propose_columns, read_table
from tests.sources.made_files import (
    outline,
    square,
    three_buildings,
    two_streets,
    write_features,
    write_rows,
)

CAMERAS = (
    "Camera ID;Lat;Lng;Type;Azimuth;Install Date;Feed;Height ft\n"
    "A1;33,75;-84,38;Fixed Box;NW;12/31/2020;rtsp://u:pw1234@10.0.0.5/x;12\n"
    "A2;33,76;-84,39;PTZ;;1/2/2021;rtsp://u:pw1234@10.0.0.6/x;20\n"
    "A3;0;0;PTZ;;1/2/2021;;20\n"
)


def test_a_list_of_cameras_is_proposed_and_reads_the_same_when_saved(
    tmp_path: Path,
) -> None:
    path = tmp_path / "list.csv"
    path.write_text(CAMERAS)

    proposal = propose_columns(path)
    saved = tmp_path / "ours.toml"
    saved.write_text(proposal.toml.replace("# time_zone", "time_zone"))

    assert proposal.table == "cameras"
    assert proposal.preset is None
    fed = {one.column: one.source for one in proposal.columns}
    assert fed["camera_id"] == "Camera ID"
    assert fed["bearing_deg"] == "Azimuth"
    assert fed["mount_height_m"] == "Height ft"
    assert proposal.rejected == {"point at (0,0) (row left out)": 1}
    again = read_table(path, "cameras", aliases=saved)
    named = read_table(path, "cameras", time_zone="America/New_York")
    assert again.table.drop(columns=["source", "geometry"]).equals(
        named.table.drop(columns=["source", "geometry"])
    )


def test_no_feed_address_is_shown(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text(CAMERAS.replace("Feed", "Name"))

    text = propose_columns(path).to_text()

    assert "pw1234" not in text
    assert "10.0.0.5" not in text
    assert "(feed address hidden)" in text


def test_what_a_file_leaves_open_is_asked(tmp_path: Path) -> None:
    path = write_rows(
        tmp_path / "a.csv",
        "case number,date,offense,x,y",
        "1,1/2/2021 10:00,THEFT,-84.39,33.75",
        "2,1/3/2021 10:00,THEFT,-84.38,33.75",
    )

    proposal = propose_columns(path)

    assert proposal.table == "incidents"
    assert len(proposal.questions) == 2
    assert "month or the day first" in proposal.questions[0]
    assert "time zone" in proposal.questions[1]
    assert proposal.preview is not None
    assert "to be answered:" in proposal.to_text()


def test_coordinates_in_feet_become_a_question(tmp_path: Path) -> None:
    path = write_rows(tmp_path / "a.csv", "camera id,x,y", "1,2230000,1370000")

    proposal = propose_columns(path)
    answered = propose_columns(path, crs="EPSG:2240")

    assert proposal.preview is None
    assert "EPSG:2240" in proposal.questions[0]
    assert answered.preview is not None
    assert 'crs = "EPSG:2240"' in answered.toml
    assert 'x = "x"' in answered.toml


def test_columns_without_telling_names_are_found_by_their_values(
    tmp_path: Path,
) -> None:
    path = write_rows(
        tmp_path / "a.csv",
        "foo,bar,when",
        "33.75,-84.38,2020-01-05 10:00",
        "33.76,-84.39,2020-01-06 11:00",
    )

    proposal = propose_columns(path, "calls", time_zone="America/New_York")

    assert {one.column: one.source for one in proposal.columns} == {
        "longitude/x": "bar",
        "latitude/y": "foo",
        "received_at": "when",
    }
    assert proposal.columns[-1].why == "its values are times"


@pytest.mark.parametrize(
    ("frame", "table"), [(three_buildings, "buildings"), (two_streets, "streets")]
)
def test_the_table_is_guessed_from_shapes_and_names(
    tmp_path: Path, frame: object, table: str
) -> None:
    frame().to_file(tmp_path / "a.gpkg")  # type: ignore[operator]

    assert propose_columns(tmp_path / "a.gpkg").table == table


def test_a_known_file_names_its_preset(tmp_path: Path) -> None:
    path = write_features(
        tmp_path / "a.geojson",
        (outline(square(-84.39, 33.75)), {"@id": "way/1", "building": "yes"}),
    )

    proposal = propose_columns(path)

    assert (proposal.table, proposal.preset) == ("buildings", "overpass-buildings")
    assert "no alias table is needed" in proposal.toml


def test_what_cannot_be_guessed_is_refused(tmp_path: Path) -> None:
    path = write_rows(tmp_path / "a.csv", "a,b", "x,y")

    with pytest.raises(SourceChanged, match="nothing tells which table it is"):
        propose_columns(path)
    with pytest.raises(SourceChanged, match="no columns of coordinates"):
        propose_columns(path, "cameras")
    with pytest.raises(InputError, match="no table 'cams'"):
        propose_columns(path, "cams")
    with pytest.raises(SourceUnavailable, match="no file"):
        propose_columns(tmp_path / "none.csv")
