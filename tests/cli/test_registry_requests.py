"""Footage requests at the command line, from the draft to what it brought."""

from __future__ import annotations

import csv
import hashlib
import json
import stat
from pathlib import Path

import pytest

from tests.cli.office import Office, ids, sent_form

SENDER = """agency = "City Police"
name = "Sam Roe"
email = "sam@example.org"
phone = "404 555 0100"
"""


@pytest.fixture
def sender(tmp_path: Path) -> Path:
    """Give the file that says who writes."""
    file = tmp_path / "sender.toml"
    file.write_text(SENDER)
    return file


def test_the_overwrite_clock_stands_in_the_list(office: Office) -> None:
    assert "no request is open" in office.done("requests", "list", user="sam")
    first = office.requested(office.registered())
    second = office.requested(office.registered(), case="26-0500", hours_ago=20)

    said = office.done("requests", "list", user="sam")

    assert ids("req", said) == [first, second]
    assert f"{first}  drafted  case 26-0417  overwritten in 12 days" in said
    one = office.done("requests", "list", "--case", "26-0500", user="sam")
    assert ids("req", one) == [second]
    assert office.log()[-1].entry.case_number == "26-0500"
    none = office.done("requests", "list", "--state", "closed", user="sam")
    assert none == "there is no such request\n"


def test_letters_go_to_owners_in_their_language_and_to_nobody_else(
    office: Office, sender: Path, tmp_path: Path
) -> None:
    request = office.requested(office.registered())
    folder = tmp_path / "letters"
    words = ("requests", "letters", "--to", folder, "--sender", sender)

    code, said, noted = office.run(*words, user="sam")

    assert code == 0, noted
    assert "1 letter in" in said
    assert f"requests sent {request}" in noted
    (draft,) = folder.glob("*.eml")
    text = draft.read_bytes().decode("ascii")
    assert "To: Canary Rosa <rosa.canary@example.org>" in text
    assert "Solicitud de grabaciones, caso 26-0417" in text
    with (folder / "letters.csv").open(encoding="utf-8-sig", newline="") as file:
        (row,) = csv.DictReader(file)
    assert row["requests"] == request
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(one.stat().st_mode) for one in folder.iterdir()} == {0o600}
    looked = [one.entry for one in office.log() if one.entry.action == "see_contact"]
    assert [(one.purpose, one.case_number, one.offence) for one in looked] == [
        ("investigation", "26-0417", "120")
    ]
    assert "is there already" in office.refused(*words, user="sam")


def test_an_owner_without_a_mailbox_is_named(
    office: Office, sender: Path, tmp_path: Path
) -> None:
    person = {**sent_form()["contact"], "email": ""}
    office.requested(office.registered(contact=person))

    code, said, noted = office.run(
        "requests", "letters", "--to", tmp_path / "out", "--sender", sender, user="sam"
    )

    assert code == 0
    assert "0 e-mail drafts" in said
    assert "no mailbox, call or print: owner own_" in noted


def test_a_request_runs_to_its_outcome_and_is_counted(
    office: Office, tmp_path: Path
) -> None:
    request = office.requested(office.registered())
    clip = tmp_path / "clip.mp4"
    clip.write_bytes(b"pictures")

    assert office.done("requests", "sent", request, user="sam") == f"{request} sent\n"
    assert "nobody is to be asked" in office.done("requests", "remind", user="sam")
    office.done("requests", "remind", request, user="sam")
    office.done("requests", "answered", request, user="sam")
    said = office.done("requests", "received", request, clip, user="sam")

    assert hashlib.sha256(b"pictures").hexdigest() in said
    assert "has this file already" in office.refused(
        "requests", "received", request, clip, user="sam"
    )
    office.done("requests", "outcome", request, "useful", user="sam")
    assert "closed: charge" in office.done(
        "requests", "outcome", request, "charge", user="sam"
    )
    shown = office.done("requests", "show", request, user="sam")
    assert "sent -> reminded by the agency (sam)" in shown
    assert "answered -> received by the owner (sam)" in shown
    assert "file clip.mp4  8 bytes" in shown
    table = tmp_path / "yield.csv"
    said = office.done("requests", "yield", "--out", table)
    assert "1 request sent, 1 of use (100 %)" in said
    with table.open(newline="") as file:
        (row,) = csv.DictReader(file)
    assert (row["received"], row["charge"], row["helped"]) == ("1", "1", "1")


def test_a_batch_moves_as_one_and_who_left_stops_nobody_else(office: Office) -> None:
    camera = sent_form()["cameras"][0]
    sent = office.send(cameras=[camera, {**camera, "bearing_deg": 270.0}])
    first, second = ids("cam", office.done("submissions", "accept", sent))
    words = ("--from", "2026-11-20T10:00", "--to", "2026-11-20T11:00")
    said = office.done(
        "request",
        f"{first},{second}",
        *words,
        *("--case", "26-0417", "--offence", "120"),
        user="sam",
    )
    (batch,) = ids("bat", said)
    requests = ids("req", said)
    office.done("consent", second, "withdrawn")

    said = office.done("requests", "sent", batch, user="sam")

    (moved,) = ids("req", said)
    assert moved in requests
    listed = office.done("requests", "list", user="sam")
    assert f"{moved}  sent" in listed
    assert second not in listed
    assert f"no request of {batch} is drafted any more" in office.refused(
        "requests", "sent", batch, user="sam"
    )


def test_closing_needs_a_word_that_is_an_outcome(office: Office) -> None:
    request = office.requested(office.registered())

    assert "allowed: none, useful, arrest, charge, unknown" in office.refused(
        "requests", "outcome", request, "great", user="sam"
    )
    assert "closed: unknown" in office.done("requests", "close", request, user="sam")
    assert "is closed already: unknown" in office.refused(
        "requests", "close", request, user="sam"
    )
    office.done("requests", "outcome", request, "arrest", user="sam")
    assert "is closed already: arrest" in office.refused(
        "requests", "close", request, user="sam"
    )
    assert "owner may not move closed to answered" in office.refused(
        "requests", "answered", request, user="sam"
    )


def test_who_may_not_is_told_who_may_and_what_is_not_there_is_named(
    office: Office, sender: Path, tmp_path: Path
) -> None:
    request = office.requested(office.registered())

    why = office.refused("requests", "list")
    assert "analyst, dispatcher, officer and supervisor may" in why
    assert "no request 'req_0'" in office.refused(
        "requests", "sent", "req_0", user="sam"
    )
    assert "no id of a request" in office.refused("requests", "sent", "x", user="sam")
    assert "cannot be read" in office.refused(
        "requests", "received", request, "no.mp4", user="sam"
    )
    sender.write_text('agency = "City"\nfax = 1\n')
    words = ("requests", "letters", "--to", tmp_path / "out", "--sender", sender)
    why = office.refused(*words, user="sam")
    assert "name is missing; email is missing; phone is missing; fax is not" in why
    sender.write_text(SENDER)
    assert "such as America/New_York" in office.refused(
        *words, "--time-zone", "Mars", user="sam"
    )
    assert not (tmp_path / "out").exists()


def test_what_is_missing_is_told_with_what_to_type(office: Office) -> None:
    camera_id = office.registered()
    words = ("request", camera_id, "--from", "2026-11-20T10:00", "--to")

    why = office.refused(*words, "2026-11-20T11:00", user="sam")
    assert "needs an offence and a case number" in why
    assert "give it with --offence CODE --case NUMBER" in why
    why = office.refused(*words, "tomorrow", "--case", "26-1", user="sam")
    assert "a date and time such as 2026-11-20T10:00" in why.replace("│ │ ", "")
    why = office.refused(*words, "2026-11-20T11:00", "--case", "26-1")
    assert "analyst, dispatcher, officer and supervisor may" in why


def test_a_consent_tells_all_that_is_wrong_and_what_to_type_first(
    office: Office,
) -> None:
    camera_id = office.registered()
    office.done("consent", camera_id, "offered", "--by", "agency")
    wish = ("consent", camera_id, "integrated", "--signer", "Ann Lee")

    why = office.refused(
        *wish, "--scope", "sound,live", "--expires", "2020-01-01", "--hours", "never"
    )
    assert "2020-01-01 is past" in why
    assert "'sound' is no scope; allowed: live, recorded, ptz" in why
    assert "--hours: hours 'never' cannot be read" in why
    why = office.refused(*wish)
    assert "give it with --scope live,recorded --expires" in why
    good = (*wish, "--scope", "live", "--expires", "2027-11-01")
    assert "type first: coveragekit registry authority add" in office.refused(*good)
    office.done("authority", "add", camera_id, "--signer", "Ann Lee")
    assert "registry authority" not in office.done(*good)
    shown = json.dumps(office.done("show", "camera", camera_id))
    assert "offered -> integrated by the owner" in shown
