"""Owners get one letter each, in their language, and no name can bend it."""

from __future__ import annotations

import csv
import email
import email.policy
import io
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coveragekit.access import Ask, FootageRequest, OwnerContact
from coveragekit.errors import InputError
from coveragekit.reports.request_letters import (
    Letter,
    Sender,
    email_file,
    merge_list,
    request_letters,
)

NOON = datetime(2026, 11, 22, 17, 0, tzinfo=UTC)
SENDER = Sender("Police Department", "Lee Park", "records@example.gov", "404 555 0100")
ASK = Ask(
    from_at=NOON - timedelta(hours=3),
    to_at=NOON - timedelta(hours=2),
    place="Carroll St and Wylie St",
    case_number="26-0042",
    offence="11A",
)


def _request(number: int, hours: float | None = 41, **more) -> FootageRequest:
    values = {
        "request_id": f"req_{number}",
        "batch_id": "bat_1",
        "camera_id": f"cam_{number}",
        "ask": ASK,
        "state": "drafted",
        "language": "en",
        "deadline_at": None if hours is None else NOON + timedelta(hours=hours),
        "sent_at": None,
        "changed_at": NOON,
        "reminders": 0,
        "outcome": None,
        "revision": 1,
    }
    return FootageRequest(**values | more)


def _contact(number: int, owner: str = "own_1", **more) -> OwnerContact:
    values = {
        "camera_id": f"cam_{number}",
        "owner_id": owner,
        "owner": "Corner Shop",
        "language": "en",
        "contact_id": "ctc_1",
        "name": "Ana Ruiz",
        "phone": "+1 404 555 0199",
        "email": "ana@example.org",
        "best_time": "mornings",
        "can_export": True,
    }
    return OwnerContact(**values | more)


def _letters(requests, contacts, **more):
    given = {"sender": SENDER, "now": NOON, **more}
    return request_letters(requests, contacts, **given)


def _letter(**contact) -> Letter:
    return _letters([_request(1)], [_contact(1, **contact)])[0][0]


def _read(raw: bytes) -> email.message.EmailMessage:
    return email.message_from_bytes(raw, policy=email.policy.default)


def test_an_owner_of_two_cameras_gets_one_letter_with_both() -> None:
    requests = [_request(1), _request(2, None), _request(3, 5), _request(4)]
    contacts = [_contact(1), _contact(2), _contact(3, "own_2", name="Bo Lee")]

    letters, unreached = _letters(
        requests, contacts, cameras={"cam_1": "Door"}, time_zone="America/New_York"
    )

    assert [letter.name for letter in letters] == ["Bo Lee", "Ana Ruiz"]
    assert unreached == (requests[3],)
    ana = letters[1]
    assert ana.request_ids == ("req_1", "req_2")
    assert ana.deadline_at == NOON + timedelta(hours=41)
    assert ana.subject == "Request for footage, case 26-0042"
    for words in (
        "Dear Ana Ruiz,\n",
        "Place: Carroll St and Wylie St\n",
        "From 2026-11-22 09:00 to 2026-11-22 10:00 (America/New_York)\n",
        "- Door: overwritten in 41 h\n",
        "- cam_2: nobody has said how long this camera keeps footage: ask soon\n",
        "You may say no",
        "Police Department, Lee Park, 404 555 0100, records@example.gov\n",
        "Requests: req_1, req_2\n",
    ):
        assert words in ana.body
    # what happened to whom is nobody's business in a letter
    assert "11A" not in ana.body


def test_a_letter_speaks_the_owners_language() -> None:
    letter = _letter(language="es")
    unknown = _letter(language=None)

    assert letter.subject == "Solicitud de grabaciones, caso 26-0042"
    assert letter.body.startswith("Estimado/a Ana Ruiz:\n")
    assert "Puede decir que no" in letter.body
    assert "- cam_1: se sobrescribe en 41 h\n" in letter.body
    assert unknown.language == "en"


def test_a_letter_does_without_what_is_not_known() -> None:
    bare = replace(ASK, place=None, case_number=None)

    letters, _ = _letters([_request(1, ask=bare)], [_contact(1, name=" \n")])

    assert letters[0].subject == "Request for footage"
    assert letters[0].body.startswith("Dear Sir or Madam,\n")
    assert "Place:" not in letters[0].body
    assert "Case number:" not in letters[0].body


def test_of_several_people_the_one_who_can_send_footage_is_written_to() -> None:
    people = [
        _contact(1, name="Cleaner", can_export=False),
        _contact(1, name="No mail", email=None),
        _contact(1, name="Manager"),
    ]

    letters, _ = _letters([_request(1)], people)

    assert letters[0].name == "Manager"


def test_two_batches_are_two_letters() -> None:
    requests = [_request(1), _request(2, batch_id="bat_2")]

    letters, _ = _letters(requests, [_contact(1), _contact(2)])

    assert len(letters) == 2


def test_an_email_file_opens_as_a_draft_with_all_its_letters() -> None:
    letter = _letter(language="es", name="Ángela Núñez")

    raw = email_file(letter, SENDER)
    found = _read(raw)

    assert found["To"] == "Ángela Núñez <ana@example.org>"
    assert found["From"] == "Lee Park <records@example.gov>"
    assert found["Subject"] == letter.subject
    assert found["X-Unsent"] == "1"
    assert found.get_content().replace("\r\n", "\n") == letter.body
    assert raw.isascii()
    assert all(line.endswith(b"\r") for line in raw.split(b"\n")[:-1])
    assert max(map(len, raw.split(b"\r\n"))) <= 78


HOSTILE = [
    "Ana\r\nBcc: all@example.com",
    "Ana\nBcc: all@example.com",
    "Ana\r\n\r\n<script>alert(1)</script>",
    "Ana, Eve <eve@example.com>",
    "Ana\x00\x0b\u2028Bcc: x@example.com",
    '"; Bcc: x@example.com',
    "=?utf-8?q?Ana=0ABcc=3A_x=40example=2Ecom?=",
    "\u202eanA",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_no_name_adds_a_header_or_a_receiver(name) -> None:
    letters, _ = _letters(
        [_request(1, ask=ASK)], [_contact(1, name=name)], cameras={"cam_1": name}
    )
    sender = replace(SENDER, name=name)

    found = _read(email_file(letters[0], sender))

    assert sorted(found.keys()) == [
        *("Content-Transfer-Encoding", "Content-Type", "From"),
        *("MIME-Version", "Subject", "To", "X-Unsent"),
    ]
    assert [one.addr_spec for one in found["To"].addresses] == ["ana@example.org"]
    assert [one.addr_spec for one in found["From"].addresses] == [SENDER.email]
    body = found.get_content().splitlines()
    assert not [line for line in body if line.startswith(("Bcc", "<script"))]


# besides anything, what headers are made of
BENT = st.one_of(
    st.text(max_size=60), st.text('=?utf-8qb_0AD:<>@,; "\\()Bc\r\n.é', max_size=60)
)


@given(BENT, BENT)
def test_whatever_a_name_is_the_headers_stay_the_same(name, subject) -> None:
    letter = replace(_letter(), name=name, subject=subject)

    found = _read(email_file(letter, SENDER))

    assert len(found.keys()) == 7
    assert [one.addr_spec for one in found["To"].addresses] == ["ana@example.org"]


@pytest.mark.parametrize(
    "address",
    [
        None,
        "",
        "ana",
        "ana@",
        "ana@example.org, eve@example.com",
        "ana@example.org\r\nBcc: eve@example.com",
        "<ana@example.org>",
        '"ana eve"@example.org',
        "ana@exam ple.org",
        "ana@@example.org",
        "ana@example.org;eve@example.com",
        "aña@example.org",
        "-ana@.org",
        f"{'a' * 65}@example.org",
    ],
)
def test_what_is_not_one_plain_mailbox_is_no_address(address) -> None:
    letter = _letter(email=address)

    assert letter.email is None
    assert letter.phone == "+1 404 555 0199"
    with pytest.raises(InputError, match="own_1 has no mailbox; reach it by telephone"):
        email_file(letter, SENDER)


def test_a_sender_without_a_mailbox_is_refused() -> None:
    with pytest.raises(InputError, match="'records' is no mailbox"):
        replace(SENDER, email="records")


def test_the_merge_list_reads_back_and_no_cell_is_a_formula() -> None:
    evil = _letter(name="=HYPERLINK(1)", best_time="@SUM(1)", phone="+1 404\r\n555")
    evil = replace(evil, owner='-2+3", "x', subject="\t=1", body="=1\nDear Ana\n")

    written = merge_list([evil, _letter()])
    rows = list(csv.DictReader(io.StringIO(written, newline="")))

    assert len(rows) == 2
    assert rows[0]["name"] == "'=HYPERLINK(1)"
    assert rows[0]["best_time"] == "'@SUM(1)"
    assert rows[0]["phone"] == "'+1 404 555"
    assert rows[0]["owner"] == '\'-2+3", "x'
    assert rows[0]["subject"] == "'=1"
    assert rows[0]["body"] == "'=1\nDear Ana\n"
    assert rows[1]["name"] == "Ana Ruiz"
    assert rows[1]["overwritten_at"] == "2026-11-24T10:00+00:00"
    assert rows[1]["requests"] == "req_1"
    for row in rows:
        for cell in row.values():
            assert not cell.startswith(("=", "+", "-", "@", "\t", "\r"))


def test_nobody_to_write_to_is_no_letter() -> None:
    assert _letters([], []) == ((), ())
    assert merge_list([]).count("\r\n") == 1
