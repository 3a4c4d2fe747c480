"""What owners and devices entrusted leaves by no command, file, log or traceback."""

from __future__ import annotations

import json
import logging
import os
import re
import shlex
import tarfile
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import typer

from coveragekit import access
from coveragekit.access import Purpose, User, open_door
from coveragekit.cli import main
from coveragekit.cli.run import app
from tests.canaries import (
    CANARIES,
    CREDENTIAL,
    DEVICES,
    FEED,
    MAIL,
    PERSON,
    PHONE,
    SECRET,
    SIGNER,
    check,
    check_files,
)
from tests.dashboards.fixture_study import write_fixture_study
from tests.databases import PASSWORD, postgres, registry_url  # noqa: F401 - fixtures

KIM = User("kim", "administrator", "local")
OFFICE = Purpose("administration")
WORDS = (*CANARIES, PASSWORD)
NEVER = (*DEVICES, PASSWORD)
# These tell a person's name or number to whoever may ask for it: that is their work.
TELL_PEOPLE = {"authority list", "submissions contact"}
REGISTRY = typer.main.get_command(app).commands["registry"]  # type: ignore[attr-defined]
GROUPS = {name for name, one in REGISTRY.commands.items() if hasattr(one, "commands")}


@dataclass
class Town:
    """A registry with the canaries in it, and the folder in which files are written."""

    folder: Path
    capsys: pytest.CaptureFixture[str]
    walked: set[str] = field(default_factory=set)
    ids: dict[str, str] = field(default_factory=dict)

    def run(self, words: str, *, code: int = 0) -> str:
        """Run a command of the registry, and look at every word that it says."""
        said = shlex.split(words.format(**self.ids, f=self.folder))
        name = " ".join(said[:2]) if said[0] in GROUPS else said[0]
        secret = NEVER if name in TELL_PEOPLE else WORDS
        with pytest.raises(SystemExit) as ended:
            main(["registry", *said])
        shown = self.capsys.readouterr()
        check(shown.out + shown.err, words, secret)
        told = int(ended.value.code or 0)
        assert told == code, f"{words}: {shown.out}{shown.err}"
        self.walked.add(name)
        return shown.out


ROWS = """source_id,name,lon,lat,kind,bearing_deg,retention_days,owner_name,owner_kind,\
site_address,site_kind,contact_name,contact_phone,contact_email
"""


@pytest.fixture
def town(
    registry_url: str,  # noqa: F811
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Town:
    """Fill a registry from a file of canaries, on each database in turn."""
    monkeypatch.setenv("COVERAGEKIT_REGISTRY", registry_url)
    monkeypatch.setenv("COVERAGEKIT_CHECKPOINTS", str(tmp_path / "signed"))
    monkeypatch.setenv("COVERAGEKIT_AUDIT_KEY", str(tmp_path / "keys" / "audit.pem"))
    monkeypatch.setenv("COVERAGEKIT_USER", "kim")
    monkeypatch.setenv("COVERAGEKIT_ROLE", "administrator")
    monkeypatch.setenv(CREDENTIAL, SECRET)
    monkeypatch.delenv("COVERAGEKIT_POLICY", raising=False)
    folder = tmp_path / "files"
    folder.mkdir()
    made = Town(folder, capsys)
    rows = (
        f"{n},Door {n},{-84.39 + n * 1e-5},33.75,dome,90,30,Shop {n},business,"
        f'{n} Oak St,business,{PERSON},{PHONE},"{n}{MAIL}"\n'
        for n in range(1, 8)
    )
    file = tmp_path / "rows.csv"
    file.write_text(ROWS + "".join(rows))
    with pytest.raises(SystemExit):
        main(["registry", "import", str(file), "--report", str(folder / "fates.csv")])
    shown = capsys.readouterr()
    check(shown.out + shown.err, "an import", WORDS)
    _plant(made, registry_url)
    return made


def _plant(town: Town, url: str) -> None:
    with open_door(url) as door:
        cameras = access.list_rows(KIM, OFFICE, "camera", limit=100, registry=door).rows
        camera = cameras[0]
        site = access.get_row(KIM, OFFICE, "site", key=camera.site_id, registry=door)
        signs = {"site_id": site.site_id, "owner_id": site.owner_id}
        signs |= {"capacity": "owner", "signer": SIGNER}
        listed = access.add_row(KIM, OFFICE, "authority", values=signs, registry=door)
        kept = {"camera_id": camera.camera_id, "store": "environment"}
        kept |= {"reference": CREDENTIAL}
        access.add_row(KIM, OFFICE, "credential", values=kept, registry=door)
        feed = {"name": "door-1", "address": f"rtsp://{FEED}/1", "tls": "verify"}
        access.add_row(KIM, OFFICE, "feed", values=feed, registry=door)
        access.change_row(
            KIM,
            OFFICE,
            "camera",
            key=camera.camera_id,
            values={"feed_ref": "door-1"},
            revision=camera.revision,
            registry=door,
        )
        payload = {
            "format": 1,
            "text_version": access.consent_text("registration", "en").version,
            "owner": {"name": "Bakery", "kind": "business"},
            "contact": {"name": PERSON, "phone": PHONE, "email": MAIL},
            "site": {"kind": "business", "address": "9 Elm", "lon": -84.3, "lat": 33.7},
            "authority": {"capacity": "owner", "signer": SIGNER},
            "cameras": [{"lon": -84.3, "lat": 33.7, "kind": "dome"}],
        }
        for _ in range(3):
            access.submit(payload, language="en", registry=door)
        sent = access.list_submissions(KIM, OFFICE, registry=door).rows
    town.ids |= {
        "cam": camera.camera_id,
        "cam2": cameras[1].camera_id,
        "own": site.owner_id,
        "own7": "",
        "site": site.site_id,
        "auth": listed.authority_id,
        **{f"sub{n}": one.submission_id for n, one in enumerate(sent)},
    }


def test_no_command_tells_what_was_entrusted(
    town: Town, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    _walk_rows(town)
    _walk_feeds(town)
    _walk_consent(town)
    _walk_requests(town)
    _walk_desk(town)
    _walk_upkeep(town)

    every = {
        f"{name} {inner}".strip()
        for name, one in REGISTRY.commands.items()
        for inner in getattr(one, "commands", [""])
    }
    # these two begin with a registry that is not there yet
    assert every - town.walked == {"init", "restore"}
    check(caplog.text, "the program's log", WORDS)
    assert check_files(town.folder, WORDS) > 20
    assert check_files(town.folder.parent / "signed", WORDS) >= 1


OFFICER = "--user lee --role officer"


def _walk_rows(town: Town) -> None:
    town.run(f"import {town.folder.parent / 'rows.csv'}")
    town.run("list")
    town.run("list cameras --json --limit 100")
    town.run("list cameras --csv")
    for kind in (
        "owners",
        "sites",
        "recorders",
        "prospects",
        "shares",
        "users",
        "zones",
    ):
        town.run(f"list {kind}")
    town.run("show camera {cam}")
    town.run("show camera {cam} --json")
    town.run("show owner {own}")
    town.run("show site {site}")
    town.run("show camera cam_0", code=1)
    town.run("add recorder site_id={site} make=Hik model=A channels=4")
    town.run("add contact owner_id={own} name=X phone=1 hat=2", code=1)
    town.run("change camera {cam2} name=Backdoor --revision 1")
    town.run("change camera {cam2} name=Backdoor --revision 1", code=1)
    for role in ("officer", "planner", "auditor", "public", "wizard"):
        # whoever may not look people up is told so, and told nothing else
        town.run(f"list contacts --user lee --role {role} --purpose call", code=1)
        town.run(f"list credentials --user lee --role {role} --purpose call", code=1)
    town.run("list feeds")
    town.run("list feeds --json")
    town.run("list masks")
    town.run("list feeds --user lee --role officer", code=1)


def _walk_feeds(town: Town) -> None:
    feeds = town.folder.parent / "feeds.csv"
    feeds.write_text(
        "camera,address,store,reference\n"
        f"{town.ids['cam2']},rtsp://{FEED}/2,environment,{CREDENTIAL}\n"
        f"7,rtsp://ann:{SECRET}@{FEED}/3,,\n"
    )
    town.run(f"import-feeds {feeds} --report {town.folder / 'feeds.csv'}", code=1)
    town.run(f"import-feeds {feeds} --dry-run")
    town.run(f"import-feeds {feeds} --keep-good")


def _walk_consent(town: Town) -> None:
    town.run("consent {cam} registered", code=1)
    town.run("consent {cam} integrated --signer Nobody", code=1)
    town.run("consent {cam} registered --signer 'Ulmar Someone'", code=1)
    receipt = _signed(town, "registered")
    _leaves_with_a_slip_of_the_pen(town, receipt)
    town.run("consent {cam} offered --by agency --purpose administration")
    _signed(town, "integrated", "--scope", "live", "--expires", _in(days=300))
    town.run("show camera {cam} --user lee --role officer --purpose upkeep")
    town.run("consent {cam2} invited --by agency --purpose recruitment")
    town.run("authority list {cam} --purpose owner_request")
    town.run(f"authority end {{auth}} --last-day {_in(days=400)[:10]}")
    town.run("authority add {cam} --signer 'Ada Else' --capacity tenant")
    town.run(f"share make {{cam}} --to sue --until {_in(days=200)}")
    shares = town.run("share list")
    town.ids["share"] = _first("shr_", shares)
    town.run("share revoke {share}")
    town.run("clock")


def _leaves_with_a_slip_of_the_pen(town: Town, receipt: str) -> None:
    code = re.search(r"[0-9A-Z]{5}(-[0-9A-Z]{5}){3}", receipt)
    assert code is not None, receipt
    with open_door(os.environ["COVERAGEKIT_REGISTRY"]) as door:
        assert not access.withdraw(code.group(), MAIL, registry=door)
    town.ids["wish"] = _first("rvw_", town.run("leaving list"))
    town.run("leaving settle {wish} stays --note 'by telephone'")


def _signed(town: Town, state: str, *more: str) -> str:
    """Write down what somebody signed; the receipt does not repeat who it was."""
    words = ["consent", town.ids["cam"], state, "--signer", SIGNER, *more]
    with pytest.raises(SystemExit) as ended:
        main(["registry", *words])
    shown = town.capsys.readouterr()
    assert not ended.value.code, shown.err
    check(shown.out + shown.err, "a receipt", WORDS)
    return shown.out


def _in(**span: float) -> str:
    return f"{datetime.now(UTC) + timedelta(**span):%Y-%m-%dT%H:%M}"


def _first(prefix: str, text: str) -> str:
    found = re.search(rf"{prefix}[0-9a-f]{{16}}", text)
    assert found is not None, text
    return found.group()


def _walk_requests(town: Town) -> None:
    case = "--case 26-0417 --offence 120"
    span = f"--from {_in(hours=-5)} --to {_in(hours=-4)}"
    told = town.run(f"request {{cam}} {span} {case} {OFFICER}")
    town.run(f"request {{cam}},{{cam2}} {span} {OFFICER}", code=1)
    found = town.run(f"requests list --all {OFFICER}")
    town.ids["req"] = _first("req_", told + found)
    town.run(f"requests show {{req}} {OFFICER}")
    sender = town.folder.parent / "sender.toml"
    sender.write_text(
        'agency = "City Police"\nname = "Lee"\nemail = "lee@city.example"\n'
        'phone = "404 555 0100"\n'
    )
    # letters are for owners, so they hold the owner's name: not among the files here
    letters = town.folder.parent / "letters"
    town.run(f"requests letters --to {letters} --sender {sender} {OFFICER}")
    assert PERSON in "".join(one.read_text("utf-8") for one in letters.iterdir())
    check_files(letters, NEVER)
    town.run(f"requests sent {{req}} {OFFICER}")
    town.run(f"requests remind {OFFICER}")
    town.run(f"requests answered {{req}} {OFFICER}")
    clip = town.folder.parent / "clip.mp4"
    clip.write_bytes(b"footage")
    town.run(f"requests received {{req}} {clip} {OFFICER}")
    town.run(f"requests outcome {{req}} useful {OFFICER}")
    town.run(f"requests refused {{req}} {OFFICER}", code=1)
    town.run(f"requests close {{req}} {OFFICER}", code=1)
    town.run("requests yield --out {f}/yield.csv")


def _walk_desk(town: Town) -> None:
    town.run("submissions list")
    town.run("submissions show {sub0}")
    town.run("submissions contact {sub0}")
    town.run(f"submissions contact {{sub0}} {OFFICER}", code=1)
    town.run("submissions accept {sub0}")
    town.run("submissions refuse {sub1} --reason 'not ours'")
    town.run("submissions duplicate {sub2}")
    town.run("fees example")
    plan = town.folder.parent / "plan.toml"
    with pytest.raises(SystemExit):
        main(["registry", "fees", "example"])
    plan.write_text(town.capsys.readouterr().out)
    town.run(f"fees add {plan} --dry-run")
    town.run("fees list")
    town.run("fees quote --cameras 2 --days 30", code=1)  # no plan holds
    town.run("fees retire fee_0 --last-day 2099-01-01", code=1)
    town.run("prospects add 'Corner Deli' --address '1 Elm' --lon -84.3 --lat 33.7")
    town.ids["prospect"] = _first("pro_", town.run("list prospects"))
    town.run("prospects list")
    town.run("prospects stage {prospect} contacted")
    town.run("prospects do-not-contact {prospect}")
    zone = town.folder.parent / "zones.geojson"
    ring = [[-84.4, 33.7], [-84.3, 33.7], [-84.3, 33.8], [-84.4, 33.7]]
    shape = {"type": "Polygon", "coordinates": [ring]}
    feature = {"type": "Feature", "properties": {"name": "Yard"}, "geometry": shape}
    zone.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    town.run(f"zones import {zone}")
    town.ids["zone"] = _first("zon_", town.run("zones list") + town.run("list zones"))
    town.run("zones end {zone}")


def _walk_upkeep(town: Town) -> None:
    study = write_fixture_study(town.folder / "town")
    town.run(f"study {study} --replace")
    for ending in (".csv", ".xlsx", ".geojson", ".gpkg", ".parquet"):
        for release in ("internal", "public"):
            words = f"export --out {{f}}/{release}{ending} --release {release}"
            town.run(f"{words} --purpose administration")
    town.run("export --out {f}/no.csv --user lee --role officer", code=1)
    town.run("audit read --limit 10000")
    town.run("audit read --json --limit 10000")
    town.run("audit verify")
    town.run("audit reviews")
    town.run("audit read --user lee --role officer", code=1)
    town.run("grants city_desk")
    town.run("user kim --is administrator")
    town.run("user lee --is officer")
    town.run("upgrade")
    town.run("purge --dry-run")
    archive = town.folder.parent / "kept.tar.gz"
    town.run(f"backup {archive} --part town={study}")
    # the archive is private and holds the database, but never what opens a device
    with tarfile.open(archive) as packed:
        check("\n".join(packed.getnames()), "the listing of a backup", WORDS)
        for member in packed.getmembers():
            content = packed.extractfile(member)
            if content is not None:
                text = content.read().decode("latin-1")
                check(text, member.name, (SECRET, PASSWORD))
    town.run("erase {own} --dry-run")
    town.run("erase {own} --yes")
