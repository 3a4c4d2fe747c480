"""Shares, zones, authority, prospects and erasing at the command line."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest

from coveragekit.access import Purpose, User, open_door
from tests.cli.office import LAT, LON, Office, ids


def zone_file(path: Path, *features: dict[str, Any]) -> Path:
    """Write zones as a map program saves them."""
    collection = {"type": "FeatureCollection", "features": list(features)}
    path.write_text(json.dumps(collection))
    return path


def zone(lon: float = LON, **properties: Any) -> dict[str, Any]:
    """Give a square of about a kilometre."""
    ring = [[lon, LAT], [lon + 0.01, LAT], [lon + 0.01, LAT + 0.01], [lon, LAT]]
    shape = {"type": "Polygon", "coordinates": [[[*one, 12.5] for one in ring]]}
    return {"type": "Feature", "properties": properties, "geometry": shape}


def test_a_share_opens_what_the_role_would_not_until_it_is_revoked(
    office: Office,
) -> None:
    camera_id = office.registered()
    office.done("consent", camera_id, "offered", "--by", "agency")
    office.done("authority", "add", camera_id, "--signer", "Ann Lee")
    agreed = ("--signer", "Ann Lee", "--scope", "live", "--expires", "2027-11-01")
    office.done("consent", camera_id, "integrated", *agreed)
    asked, who = Purpose("call", case_number="26-1"), User("pat", "planner")

    def may_look() -> bool:
        with open_door(sign=False) as door:
            return door.may(who, "view_live", camera_id, asked).allowed

    assert not may_look()
    past = ("--to", "pat", "--until", "2020-12-31")
    code, _, noted = office.run("share", "make", camera_id, *past)
    assert (code, "2020-12-31 is past" in noted) == (1, True)
    code, said, noted = office.run("share", "make", camera_id, "--to", "pat")
    assert code == 0
    assert "it has no end" in noted
    (share_id,) = ids("shr", said)
    assert may_look()
    listed = office.done("share", "list")
    assert f"{share_id}  {camera_id}  with pat" in listed
    assert "live, without end" in listed

    office.done("share", "revoke", share_id, user="sue")

    assert not may_look()
    assert office.done("share", "list") == "nothing is shared\n"
    assert "revoked 20" in office.done("share", "list", "--all")
    assert "was revoked" in office.refused("share", "revoke", share_id)


def test_a_share_that_cannot_be_is_told_whole(office: Office) -> None:
    why = office.refused("share", "make", "x", "--to-role", "boss", "--scope", "sound")

    assert "'x' is no id of a camera" in why
    assert "--to-role 'boss'; allowed: analyst" in why
    assert "--scope sound; allowed: live, recorded, ptz" in why
    assert "give either --to NAME or --to-role ROLE" in office.refused(
        "share", "make", "cam_0"
    )
    assert "there is no camera 'cam_0'" in office.refused(
        "share", "make", "cam_0", "--to", "pat"
    )
    assert "supervisor and administrator may" in office.refused(
        "share", "make", "cam_0", "--to", "pat", user="sam"
    )
    assert "there is no share 'shr_0'" in office.refused("share", "revoke", "shr_0")


def test_zones_come_from_a_file_once_and_end(office: Office, tmp_path: Path) -> None:
    school = zone(name="School", **{"from": "2026-01-01"})
    file = zone_file(tmp_path / "z.geojson", school, zone(LON + 0.02))

    assert "2 zones would be added" in office.done("zones", "import", file, "--dry-run")
    assert office.done("zones", "list") == "no privacy zone holds\n"
    code, said, noted = office.run("zones", "import", file, user="sue")
    assert code == 0
    assert said == "2 zones added, 0 there already\n"
    assert "1 zone without a name" in noted
    assert office.done("zones", "import", file) == "0 zones added, 2 there already\n"
    listed = office.done("zones", "list")
    assert "School\n    from 2026-01-01 00:00 UTC without end; around 33.75" in listed
    first = ids("zon", listed)[0]

    office.done("zones", "end", first)

    assert ids("zon", office.done("zones", "list")) == ids("zon", listed)[1:]
    assert ", over; " in office.done("zones", "list", "--all")
    assert f"{first} is over since" in office.refused("zones", "end", first)


def test_a_file_with_a_bad_zone_gives_none_and_names_every_fault(
    office: Office, tmp_path: Path
) -> None:
    cut = zone(to="soon")
    del cut["geometry"]["coordinates"][0][-1]
    point = {"type": "Feature", "geometry": {"type": "Point", "coordinates": [0, 0]}}
    file = zone_file(tmp_path / "z.geojson", zone(), cut, point)

    why = office.refused("zones", "import", file)

    assert "row 2, to: soon; allowed: a day such as 2026-11-22" in why
    assert "row 2, geometry: Polygon; allowed: a ring" in why
    assert "row 3, geometry: Point; allowed: Polygon, MultiPolygon" in why
    assert office.done("zones", "list", "--all") == "no privacy zone holds\n"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"lon,lat\n1,2\n", "this is no GeoJSON"),
        (b"[]", "collection of features"),
        (b'{"type": "FeatureCollection", "features": []}', "there is no polygon"),
        (b"\xff\xfe\x00", "is no UTF-8 text"),
        (
            b'{"crs": {"properties": {"name": "EPSG:3857"}}, "features": []}',
            "allowed: longitude and latitude",
        ),
    ],
)
def test_a_file_that_holds_no_zones_is_told(
    office: Office, tmp_path: Path, content: bytes, words: str
) -> None:
    file = tmp_path / "z.geojson"
    file.write_bytes(content)

    assert words in office.refused("zones", "import", file)


def test_zones_are_not_for_everybody(office: Office, tmp_path: Path) -> None:
    file = zone_file(tmp_path / "z.geojson", zone())

    assert "supervisor and administrator may" in office.refused(
        "zones", "import", file, user="sam"
    )
    assert "there is no privacy_zone 'zon_0'" in office.refused("zones", "end", "zon_0")


def test_who_may_sign_is_added_listed_and_ended(office: Office) -> None:
    camera_id = office.registered()
    lease = ("--capacity", "tenant", "--to", "2027-12-31")

    said = office.done("authority", "add", camera_id, "--signer", "Ann Lee", *lease)

    (added,) = ids("aut", said)
    assert "as tenant until 2027-12-31" in said
    listed = office.done("authority", "list", camera_id)
    assert f"{added}  Ann Lee\n    as tenant, until 2027-12-31" in listed
    assert "Canary Rosa\n    as owner, without end" in listed
    office.done("authority", "end", added, "--last-day", "2026-12-31")
    assert "until 2026-12-31" in office.done("authority", "list", camera_id)
    assert "allowed: owner, tenant, manager, chain" in office.refused(
        "authority", "add", camera_id, "--signer", "Ann", "--capacity", "boss"
    )
    assert "there is no camera 'cam_0'" in office.refused(
        "authority", "add", "cam_0", "--signer", "Ann"
    )
    assert "recruiter and administrator may" in office.refused(
        "authority", "list", camera_id, user="sam"
    )


def test_prospects_move_by_stages_and_who_said_no_is_marked(office: Office) -> None:
    said = office.done(
        "prospects", "add", "Joe's Diner", "--address", "5 Elm St", user="ria"
    )
    (key,) = ids("pro", said)

    assert "prospect -> contacted" in office.done(
        "prospects", "stage", key, "contacted", user="ria"
    )
    office.done("prospects", "do-not-contact", key, user="ria")

    listed = office.done("prospects", "list", "--stage", "contacted", user="ria")
    assert f"{key}  contacted  DO NOT CONTACT\n    Joe's Diner, 5 Elm St" in listed
    none = office.done("prospects", "list", "--may-call", user="ria")
    assert none == "there are no such prospects\n"
    code, _, noted = office.run("prospects", "stage", key, "declined")
    assert code == 0
    assert "do not contact" in noted
    office.done("prospects", "do-not-contact", key, "--undo")
    assert key in office.done("prospects", "list", "--may-call")
    assert "allowed: prospect, contacted" in office.refused(
        "prospects", "stage", key, "lost"
    )
    assert "there is no prospect 'pro_0'" in office.refused(
        "prospects", "stage", "pro_0", "contacted"
    )
    assert "recruiter and administrator may" in office.refused(
        "prospects", "add", "x", user="sam"
    )


class Keyboard(io.StringIO):
    """A person at a terminal, who answers."""

    def isatty(self) -> bool:
        """Say that somebody sits there."""
        return True


def test_a_person_is_asked_before_an_owner_is_erased(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    camera_id = office.registered()
    (site_id,) = ids("site", office.done("show", "camera", camera_id))
    (owner_id,) = ids("own", office.done("show", "site", site_id))

    monkeypatch.setattr("sys.stdin", Keyboard("n\n"))
    code, said, noted = office.run("erase", owner_id)
    assert code == 1
    assert "for good?" in said + noted
    assert "nothing was done" in noted
    assert "Canary Tienda" in office.done("show", "owner", owner_id)
    monkeypatch.setattr("sys.stdin", Keyboard("y\n"))
    assert f"erased: {owner_id}" in office.done("erase", owner_id)
    assert "Canary" not in office.done("show", "owner", owner_id)


def test_an_owner_is_erased_only_when_somebody_is_sure(office: Office) -> None:
    camera_id = office.registered()
    (site_id,) = ids("site", office.done("show", "camera", camera_id))
    (owner_id,) = ids("own", office.done("show", "site", site_id))

    said = office.done("erase", owner_id, "--dry-run")
    assert "this was a dry run" in said
    assert camera_id in said
    why = office.refused("erase", owner_id)
    assert "add --yes" in why
    assert "Canary Tienda" in office.done("show", "owner", owner_id)
    assert "only the role administrator may" in office.refused(
        "erase", owner_id, "--yes", user="ria"
    )

    said = office.done("erase", owner_id, "--yes", "--language", "es")

    assert f"erased: {owner_id}" in said
    assert "RECIBO" in said
    assert "Canary" not in office.done("show", "owner", owner_id)
    assert "is erased already" in office.refused("erase", owner_id, "--yes")
    assert "is not in this registry" in office.refused("erase", "own_0", "--yes")
    done = [one.entry for one in office.log() if one.entry.action == "erase_owner"]
    dry = [one.parameters.get("dry_run") for one in done if one.result == "done"]
    assert dry.count(False) == 1
    assert "in order" in office.done("audit", "verify")
