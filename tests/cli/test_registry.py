"""The registry at the command line: from nothing to a checked log, under a name."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest

from coveragekit.access import Purpose, User, open_door
from coveragekit.cli import main
from coveragekit.study import Study
from tests.dashboards.fixture_study import write_fixture_study
from tests.registry.tampering import behind

ROWS = """source_id,name,lon,lat,kind,bearing_deg,retention_days,access,owner_name,\
owner_kind,site_address,site_kind,contact_name,contact_phone,contact_email
1,=HYPERLINK("x"),-84.39,33.75,dome,90,30,registered,Corner Shop,business,12 Oak St,\
business,Canary Person,404-555-0199,canary@example.org
2,Back,-84.391,33.75,bullet,370,30,,Corner Shop,business,12 Oak St,business,,,
3,Pole,-84.392,33.75,ptz,,,public,,,,,,,
"""


def run(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as ended:
        main(["registry", *(str(word) for word in words)])
    shown = capsys.readouterr()
    return int(ended.value.code or 0), shown.out, " ".join(shown.err.split())


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the place of a registry that is not there yet; kim sits before it."""
    path = tmp_path / "data" / "registry.sqlite"
    monkeypatch.setenv("COVERAGEKIT_REGISTRY", str(path))
    monkeypatch.setenv("COVERAGEKIT_CHECKPOINTS", str(tmp_path / "checkpoints"))
    monkeypatch.setenv("COVERAGEKIT_AUDIT_KEY", str(tmp_path / "keys" / "audit.pem"))
    monkeypatch.setenv("COVERAGEKIT_USER", "kim")
    monkeypatch.delenv("COVERAGEKIT_ROLE", raising=False)
    monkeypatch.delenv("COVERAGEKIT_POLICY", raising=False)
    return path


@pytest.fixture
def filled(place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> str:
    """Give the id of a registered camera in a registry that was filled from a file."""
    assert run(capsys, "init")[0] == 0
    file = tmp_path / "rows.csv"
    file.write_text(ROWS)
    assert run(capsys, "import", file, "--agency", "City")[0] == 0
    _, listed, _ = run(capsys, "list")
    camera_id = re.findall(r"cam_[0-9a-f]{16}(?=.*  dome)", listed)[0]
    code, said, _ = run(
        capsys, "consent", camera_id, "registered", "--signer", "Canary Person"
    )
    assert code == 0, said
    return camera_id


def test_a_registry_is_made_once_and_its_key_is_told(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, said, _ = run(capsys, "init")

    assert code == 0
    assert "kim is its administrator" in said
    assert re.search(r"signed with the key [A-Za-z0-9+/]{43}=", said)
    code, _, noted = run(capsys, "init")
    assert code == 1
    assert "there is a registry already" in noted


def test_a_missing_registry_is_one_clear_error(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, _, noted = run(capsys, "list")

    assert code == 1
    assert "make one with: coveragekit registry init" in noted


def test_an_import_reports_every_row_and_a_dry_run_keeps_nothing(
    place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(capsys, "init")
    file, report = tmp_path / "rows.csv", tmp_path / "report.csv"
    file.write_text(ROWS)

    words = ("import", file, "--agency", "City", "--report", report)
    code, would, noted = run(capsys, *words, "--dry-run")
    assert code == 0
    assert "3 rows: 2 would be added, 0 would be changed, 0 the same, 1 refus" in would
    assert "line 3, bearing_deg: 370; allowed: a number from 0 below 360" in noted
    assert run(capsys, "list")[1].startswith("no cameras are in the registry")

    _, done, _ = run(capsys, *words)
    assert "2 added" in done
    fates = pd.read_csv(report, keep_default_na=False)
    assert fates["what"].tolist() == ["added", "refused", "added"]
    assert fates["camera_id"].str.startswith("cam_").tolist() == [True, False, True]
    _, again, _ = run(capsys, *words)
    assert "0 added, 0 changed, 2 the same, 1 refused" in again


def test_a_file_under_another_name_is_not_taken_twice(
    place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(capsys, "init")
    first, second = tmp_path / "good.csv", tmp_path / "good (1).csv"
    report = tmp_path / "report.csv"
    for file in (first, second):
        file.write_text(ROWS.replace("370", "10"))
    assert "3 added" in run(capsys, "import", first, "--agency", "City")[1]

    words = ("import", second, "--agency", "City")
    _, would, noted = run(capsys, *words, "--dry-run", "--report", report)
    assert "0 would be added, 0 would be changed, 0 the same, 3 would be lef" in would
    assert "3 rows are just like cameras there already (source good.csv); the" in noted
    assert 'the same source? --source "good.csv"; to have them a second' in noted
    assert set(pd.read_csv(report)["what"]) == {
        "would be left out: just like this camera"
    }
    _, done, _ = run(capsys, *words)
    assert "3 rows: 0 added, 0 changed, 0 the same, 3 left out as doubles" in done
    _, same, noted = run(capsys, *words, "--source", "good.csv")
    assert "3 rows: 0 added, 0 changed, 3 the same, 0 refused" in same
    assert "just like" not in noted
    _, done, _ = run(capsys, *words, "--again")
    assert "3 added" in done


def test_a_dry_run_names_no_camera_that_it_did_not_make(
    place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(capsys, "init")
    file, report = tmp_path / "rows.csv", tmp_path / "report.csv"
    file.write_text(ROWS)

    words = ("import", file, "--agency", "City", "--report", report)
    assert run(capsys, *words, "--dry-run")[0] == 0

    fates = pd.read_csv(report, keep_default_na=False)
    assert fates["what"].tolist() == ["would be added", "refused", "would be added"]
    assert set(fates["camera_id"]) == {""}
    assert fates["line"].tolist() == [2, 3, 4]


def test_what_is_wrong_is_told_by_the_line_of_the_file(
    place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(capsys, "init")
    file = tmp_path / "rows.csv"
    rows = (
        "source_id,name,lon,lat,bearing_deg",
        '1,"two',
        'lines",-84.39,33.75,',
        "",
        "1,M\xe9lo,-84.39,33.75,",
        "2,bell\x07rings,-84.39,33.75,north",
    )
    file.write_bytes("\r\n".join(rows).encode("cp1252"))

    code, said, noted = run(capsys, "import", file)

    assert code == 0, noted
    assert "3 rows: 1 added, 0 changed, 0 the same, 2 refused" in said
    assert "rows.csv is not UTF-8; read as Windows-1252, which is a guess" in noted
    assert "line 5, source_id: 1; allowed: once in a file; line 2 has it" in noted
    assert 'line 6, name: "bell?rings"; allowed: letters that print' in noted
    assert 'line 6, bearing_deg: "north"; allowed: a number' in noted


def test_cameras_are_listed_as_a_clerk_looks_for_them(
    filled: str, capsys: pytest.CaptureFixture[str]
) -> None:
    heading, first, *rest = run(capsys, "list", "cameras")[1].splitlines()
    assert heading.split()[:4] == ["camera", "consent", "name", "owner"]
    line = next(one for one in (first, *rest) if one.startswith(filled))
    assert line.split("  ")[1].strip() == "registered"
    assert "Corner Shop" in line
    assert "12 Oak St" in line
    assert "E 90°" in line

    def found(*words: object) -> list[str]:
        said = run(capsys, "list", "cameras", "--json", *words)[1]
        return [json.loads(one)["camera_id"] for one in said.splitlines()]

    assert "agency's own" in run(capsys, "list", "--words", "pole")[1]
    everything = found()
    assert len(everything) == 2
    assert found("--owner", "corner") == [filled]
    assert found("--state", "registered") == [filled]
    assert found("--state", "none", "--state", "registered") == everything
    assert found("--state", "withdrawn") == []
    assert found("--street", "oak st") == [filled]
    assert found("--near", "-84.392,33.7501")[1] == filled
    assert found("--near", "-84.2,33.7") == []
    assert found("--words", "pole") == [one for one in everything if one != filled]
    code, _, noted = run(capsys, "list", "cameras", "--state", "gone")
    assert code == 1
    assert 'there is no state "gone"; allowed: ' in noted
    assert run(capsys, "list", "owners", "--street", "Oak")[0] == 2
    assert run(capsys, "list", "cameras", "--near", "here")[0] == 2


def test_lists_are_asked_for_in_everyday_words_and_as_sheets(
    filled: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "kim" in run(capsys, "list", "users")[1]
    assert "kim" in run(capsys, "list", "user", "--csv")[1]
    assert "no authorities are" in run(capsys, "list", "authorities")[1]
    assert run(capsys, "list", "zones")[1] == "no zones are in the registry\n"
    code, _, noted = run(capsys, "list", "submissions")
    assert code == 2
    assert "there is no list of 'submissions'" in noted

    sheet = run(capsys, "list", "cameras", "--csv", "--state", "registered")[1]

    (row,) = pd.read_csv(StringIO(sheet)).to_dict("records")
    assert row["camera_id"] == filled
    assert row["name"].startswith("'=")
    assert (row["lon"], row["bearing_deg"], row["cloud_only"]) == (-84.39, 90, "no")
    told = json.loads(run(capsys, "show", "cameras", filled, "--json")[1])
    assert [one["to"] for one in told["consent"]] == ["registered"]


def test_a_persons_name_is_for_those_who_keep_the_registry(
    place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(capsys, "init")
    file = tmp_path / "rows.csv"
    rows = ROWS.replace("Corner Shop,business", "Rosa Canary,person")
    file.write_text(rows.replace("Canary Person", "Rosa"))
    run(capsys, "import", file, "--agency", "City")
    run(capsys, "user", "sam", "--is", "officer")

    assert "Rosa Canary" in run(capsys, "list", "--owner", "rosa")[1]
    (line,) = run(capsys, "list", "--owner", "rosa", "--street", "12 Oak", "--json")[
        1
    ].splitlines()
    camera_id = json.loads(line)["camera_id"]
    words = ("consent", camera_id, "registered", "--signer", "Rosa Canary")
    assert run(capsys, *words)[0] == 0
    told = ("--user", "sam", "--purpose", "investigation", "--case", "26-1")
    told = (*told, "--offence", "120")
    code, said, noted = run(capsys, "list", *told)
    assert code == 0, noted
    assert re.search(f"^{camera_id}  registered .*\\(a person\\)", said, re.MULTILINE)
    assert "Canary" not in said
    unasked = run(capsys, "list", *told, "--state", "none")[1]
    assert len(unasked.splitlines()) == 2
    assert "agency's own" in unasked
    assert run(capsys, "list", *told, "--owner", "rosa")[1].startswith("no cameras fit")
    code, said, noted = run(capsys, "list", *told[:-2])
    assert code == 1
    assert "offence" in noted


def test_a_file_of_another_city_is_read_by_its_columns(
    place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(capsys, "init")
    file = tmp_path / "cams.geojson"
    point = {"type": "Point", "coordinates": [-84.39, 33.75]}
    tags = {"man_made": "surveillance", "camera:direction": "90", "@id": "node/5"}
    feature = {"type": "Feature", "properties": tags, "geometry": point}
    collection = {"type": "FeatureCollection", "features": [feature]}
    file.write_text(json.dumps(collection))

    code, said, noted = run(capsys, "import", file)

    assert code == 0, noted
    assert "1 row: 1 added" in said
    assert "E 90°" in run(capsys, "list")[1]


def test_rows_are_listed_and_shown_whole(
    filled: str, capsys: pytest.CaptureFixture[str]
) -> None:
    _, listed, noted = run(capsys, "list", "camera", "--limit", "1")
    assert len(listed.splitlines()) == 2
    assert "more: --after cam_" in noted

    code, shown, _ = run(capsys, "show", "camera", filled)

    assert code == 0
    assert 'name: =HYPERLINK("x")' in shown
    assert "nothing -> registered by the owner" in shown
    code, _, noted = run(capsys, "show", "camera", "cam_0")
    assert code == 1
    assert "there is no camera 'cam_0'" in noted


def test_consent_is_recorded_with_a_receipt_in_the_owners_language(
    filled: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, _, _ = run(capsys, "consent", filled, "offered", "--by", "agency")
    assert code == 0
    code, _, noted = run(capsys, "consent", filled, "integrated")
    assert code == 1
    assert "needs" in noted
    code, _, noted = run(
        capsys, "consent", filled, "integrated", "--scope", "live,sound"
    )
    assert "'sound' is no scope; allowed: live, recorded, ptz" in noted
    code, _, noted = run(capsys, "consent", filled, "withdrawn", "--hours", "24/7")
    assert "need a scope" in noted

    code, said, _ = run(capsys, "consent", filled, "withdrawn")
    assert (code, said[:7]) == (0, "RECEIPT")
    spanish = ("registered", "--signer", "Canary Person", "--language", "es")
    code, said, noted = run(capsys, "consent", filled, *spanish)
    assert (code, noted) == (0, "")
    assert said.startswith("RECIBO")

    # the language is the one in which the owner was shown the text
    code, said, _ = run(capsys, "consent", filled, "withdrawn", "--by", "owner")

    assert code == 0
    assert said.startswith("RECIBO")
    assert re.search(r"([0-9A-Z]{5}-){3}[0-9A-Z]{5}", said)


def test_footage_is_asked_for_by_those_who_may(
    filled: str, capsys: pytest.CaptureFixture[str]
) -> None:
    now = datetime.now(UTC).replace(microsecond=0, tzinfo=None)
    begin, end = now - timedelta(hours=2), now - timedelta(hours=1)
    words = ("request", f"{filled},cam_0", "--from", begin.isoformat())
    words = (*words, "--to", end.isoformat(), "--case", "26-0417", "--offence", "120")

    code, _, noted = run(capsys, *words)
    assert code == 1
    assert "the role administrator may not ask the owner for footage" in noted

    code, _, noted = run(capsys, *words, "--user", "sam", "--role", "officer")
    assert code == 1
    assert "sam is not listed as officer" in noted
    assert run(capsys, "user", "sam", "--is", "officer")[1] == "sam is officer\n"
    code, said, noted = run(capsys, *words, "--user", "sam")

    assert code == 0
    assert f"camera {filled}: overwritten in 29 days" in said
    assert "left out: cam_0: there is no such camera" in noted
    assert "1 request drafted" in said


def test_two_releases_leave_and_neither_holds_a_contact(
    filled: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    inside, outside = tmp_path / "in.csv", tmp_path / "out.csv"

    code, said, noted = run(
        capsys, "export", "--release", "internal", "--out", inside, "--case", "26-1"
    )
    assert code == 0, noted
    assert "2 cameras written" in said
    code, said, noted = run(capsys, "export", "--out", outside, "--case", "26-1")
    assert code == 0
    assert "0 cells written" in said
    assert "there is nothing to publish yet" in noted
    assert "cells with fewer than 5 are left out" in noted

    text = inside.read_text() + outside.read_text()
    assert "anary" not in text
    assert "404-555" not in text
    assert "'=HYPERLINK" in text  # a spreadsheet takes it for words
    code, _, noted = run(capsys, "export", "--out", outside)
    assert code == 1
    assert "needs a case number" in noted


def test_a_study_takes_its_cameras_and_zones_from_the_registry(
    filled: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    town = write_fixture_study(tmp_path / "town")
    ring = [[[-84.4, 33.7], [-84.3, 33.7], [-84.3, 33.8], [-84.4, 33.7]]]
    from coveragekit.access import add_row

    with open_door() as door:
        who = User("kim", "administrator")
        values = {"ring": ring, "name": "school"}
        add_row(
            who,
            Purpose("administration"),
            "privacy_zone",
            values=values,
            registry=door,
        )

    code, said, noted = run(capsys, "study", town)
    assert code == 1
    assert "has 10 cameras, not of the registry; to put" in noted
    former = Study.open(town).table("cameras")
    code, said, noted = run(capsys, "study", town, "--replace")

    assert code == 0, noted
    # both of the registry's cameras are in Atlanta, and the made-up town is not
    assert "none of them is near" in noted
    (kept,) = (town / "former").glob("cameras-*.parquet")
    assert set(gpd.read_parquet(kept)["camera_id"]) == set(former["camera_id"])
    assert "2 cameras of the registry taken in" in said
    assert "1 privacy zone of the registry taken in" in said
    study = Study.open(town)
    table = study.table("cameras")
    assert dict(zip(table["camera_id"], table["access"], strict=True))[filled] == (
        "registered"
    )
    assert study.table("privacy_zones")["name"].tolist() == ["school"]
    sources = {one.table: one.file for one in study.settings.inputs}
    assert re.fullmatch("registry [0-9a-f]{32}", sources["cameras"])
    assert sources["privacy_zones"] == sources["cameras"]

    here = former.geometry.iloc[0]
    with open_door() as door:
        spot = {"lon": here.x, "lat": here.y, "kind": "dome", "planned": True}
        office = Purpose("administration")
        add_row(who, office, "camera", values=spot, registry=door)
    noted = run(capsys, "study", town)[2]
    assert "2 cameras lie far from the buildings and streets" in noted

    assert run(capsys, "consent", filled, "withdrawn")[0] == 0
    run(capsys, "study", town)
    assert filled not in set(Study.open(town).table("cameras")["camera_id"])


def test_the_log_is_read_and_checked(
    filled: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, said, _ = run(capsys, "audit", "verify")
    assert code == 0
    assert "in order: " in said
    assert "complete up to line" in said
    code, said, _ = run(capsys, "audit", "read", "--action", "change_consent")
    assert f"kim (administrator) change_consent {filled} for owner_request" in said
    code, said, _ = run(capsys, "audit", "read", "--json", "--limit", "1")
    line = json.loads(said)
    assert (line["seq"], line["action"]) == (1, "create_registry")
    assert run(capsys, "audit", "read", "--since", "2020-01-01T10:00")[1]
    assert run(capsys, "audit", "read", "--until", "2020-01-01T10:00")[1] == ""
    assert "such as 2026-11-20T10:00" in run(
        capsys, "audit", "read", "--since", "yesterday"
    )[2].replace("│ │ ", "")
    _, said, _ = run(capsys, "audit", "reviews")
    assert "no emergency look waits" in said
    code, _, noted = run(capsys, "audit", "read", "--user", "x", "--role", "planner")
    assert code == 1
    assert "the role planner may not read the audit log" in noted


def test_a_log_that_was_changed_ends_the_check_with_the_line(
    filled: str, capsys: pytest.CaptureFixture[str]
) -> None:
    from sqlalchemy import text

    with open_door(sign=False) as door, behind(door.registry) as connection:
        connection.execute(text("UPDATE audit_entry SET actor = 'sam' WHERE seq = 3"))

    code, said, noted = run(capsys, "audit", "verify")

    assert code == 1
    assert "line 3 was changed" in said
    assert "not as it was written: changed at line 3" in noted


def test_a_backup_is_restored_as_a_copy_that_can_be_checked(
    filled: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    archive, copy = tmp_path / "b.tar.gz", tmp_path / "copy.sqlite"
    policy = tmp_path / "note.txt"
    policy.write_text("kept along")

    code, said, noted = run(capsys, "backup", archive, "--part", f"note.txt={policy}")
    assert code == 0, noted
    assert re.search(r"files kept in .*b\.tar\.gz \([1-9][0-9]* kB\)", said)
    code, _, noted = run(capsys, "backup", tmp_path / "b2.zip")
    assert code == 1
    assert "'b2.zip' does not end so; call it b2.tar.gz" in noted
    code, said, _ = run(
        capsys, "restore", archive, "--registry", copy, "--into", tmp_path / "back"
    )

    assert code == 0
    (following,) = [line for line in said.splitlines() if line.startswith("next: ")]
    code, said, _ = run(capsys, *following.split()[3:])
    assert code == 0
    assert "in order" in said
    assert (tmp_path / "back" / "note.txt").read_text() == "kept along"

    # Both go on by themselves; neither is taken for the other with lines cut off.
    assert run(capsys, "list", "cameras", "--registry", copy)[0] == 0
    assert run(capsys, "list", "owners")[0] == 0
    assert run(capsys, "audit", "verify")[0] == 0
    code, said, _ = run(capsys, "audit", "verify", "--registry", copy)
    assert code == 0, said
    assert "this is a copy to look at" in said
    assert "named with --checkpoints FILE" in said
    code, _, noted = run(
        capsys, "restore", archive, "--registry", copy, "--into", tmp_path / "more"
    )
    assert code == 1
    code, _, _ = run(capsys, "backup", archive, "--part", "nothing")
    assert code == 2


def test_what_is_old_goes_by_rule(
    filled: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, said, _ = run(capsys, "purge", "--dry-run")

    assert code == 0
    assert "owners who left: 0 would go" in said
    assert run(capsys, "purge")[0] == 0
    assert "is of version" in run(capsys, "upgrade")[1]
