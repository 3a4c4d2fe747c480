"""Letters that ask owners for footage: as e-mail files, or as a list for mail merge."""

from __future__ import annotations

import csv
import io
import re
import tomllib
import unicodedata
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from coveragekit.errors import InputError
from coveragekit.study.export import FORMULA_STARTS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from coveragekit.access import FootageRequest, OwnerContact

__all__ = [
    "Letter",
    "Sender",
    "email_file",
    "merge_list",
    "request_letters",
]

_COLUMNS: Final = (
    *("owner", "name", "email", "phone", "best_time", "language"),
    *("subject", "body", "overwritten_at", "requests"),
)
# One plain mailbox: no list, no comment, no quoted part that could hide another one.
_MAILBOX: Final = re.compile(
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@"
    r"[A-Za-z0-9](?:[A-Za-z0-9.-]{0,250}[A-Za-z0-9])?"
)


@dataclass(frozen=True, slots=True)
class Sender:
    """
    Who asks.

    Parameters
    ----------
    agency
        Name of the agency.
    name
        Name of the person.
    email
        Address that answers go to.
    phone
        Telephone number.

    Raises
    ------
    InputError
        If the address is not one plain mailbox.
    """

    agency: str
    name: str
    email: str
    phone: str

    def __post_init__(self) -> None:
        if not _MAILBOX.fullmatch(self.email):
            message = (
                f"the sender's address {self.email[:80]!r} is no mailbox; allowed: "
                "such as records@example.gov"
            )
            raise InputError(message)


@dataclass(frozen=True, slots=True)
class Letter:
    """
    What one owner is asked with.

    Parameters
    ----------
    owner_id, owner
        The owner's id, and what it is called.
    name, email, phone, best_time
        The person to reach; each ``None`` where it is not known, ``email`` also where
        it is not one plain mailbox.
    language
        Language of subject and body.
    subject, body
        The text.
    deadline_at
        When the first of this footage is overwritten; ``None`` if nobody knows.
    request_ids
        The requests that it stands for.
    """

    owner_id: str
    owner: str
    name: str | None
    email: str | None
    phone: str | None
    best_time: str | None
    language: str
    subject: str
    body: str
    deadline_at: datetime | None
    request_ids: tuple[str, ...]


def request_letters(
    requests: Iterable[FootageRequest],
    contacts: Iterable[OwnerContact],
    *,
    sender: Sender,
    now: datetime,
    cameras: Mapping[str, str] | None = None,
    time_zone: str = "UTC",
) -> tuple[tuple[Letter, ...], tuple[FootageRequest, ...]]:
    """
    Write one letter to each owner for all requests made together.

    Parameters
    ----------
    requests
        The requests, as ``access.request_footage`` drafts them.
    contacts
        How to reach the owners, as ``access.contacts`` gives them; of several people of
        one owner the first who can copy footage and has a mailbox is written to.
    sender
        Who asks.
    now
        The present: letters say how long footage is still there.
    cameras
        What owners call their cameras, by ``camera_id``; the id where it is missing.
    time_zone
        Zone in which times are told.

    Returns
    -------
    tuple of tuple of Letter and tuple of FootageRequest
        The letters, those whose footage goes first at the top; and the requests whose
        owners nobody knows how to reach.
    """
    people: dict[str, list[OwnerContact]] = {}
    for one in contacts:
        people.setdefault(one.camera_id, []).append(one)
    asked: dict[tuple[str, str], list[FootageRequest]] = {}
    unreached: list[FootageRequest] = []
    for request in requests:
        if request.camera_id in people:
            owner_id = people[request.camera_id][0].owner_id
            asked.setdefault((request.batch_id, owner_id), []).append(request)
        else:
            unreached.append(request)
    letters = [
        _letter(
            same,
            _best(people[same[0].camera_id]),
            sender=sender,
            told=_Told(now, cameras or {}, time_zone),
        )
        for same in asked.values()
    ]
    letters.sort(key=lambda one: (one.deadline_at is None, str(one.deadline_at)))
    return tuple(letters), tuple(unreached)


def email_file(letter: Letter, sender: Sender) -> bytes:
    """
    Give a letter as an e-mail file that mail programs open as a draft.

    Parameters
    ----------
    letter
        The letter.
    sender
        Who asks.

    Returns
    -------
    bytes
        The message in the form of RFC 5322, lines ended by CR LF.

    Raises
    ------
    InputError
        If the owner has no mailbox; then use the mail merge, or call.

    Notes
    -----
    Names come from a form that anybody fills in. A line end within a name becomes a
    blank, an encoded word (RFC 2047) is broken up, and an address is taken only if it
    is one plain mailbox, so no name can add a header or a second receiver.
    """
    if letter.email is None:
        message = (
            f"owner {letter.owner_id} has no mailbox; reach it by telephone, or print "
            "the letter from the mail-merge list"
        )
        raise InputError(message)
    draft = EmailMessage(policy=SMTP)
    draft["From"] = Address(_header(sender.name), addr_spec=sender.email)
    draft["To"] = Address(_header(letter.name), addr_spec=letter.email)
    draft["Subject"] = _header(letter.subject)
    draft["X-Unsent"] = "1"
    draft.set_content(letter.body, charset="utf-8", cte="quoted-printable")
    return bytes(draft)


def merge_list(letters: Sequence[Letter]) -> str:
    """
    Give letters as a list for mail merge.

    Parameters
    ----------
    letters
        The letters.

    Returns
    -------
    str
        CSV with a head, each cell in quotes. A cell that a spreadsheet would take for
        a formula begins with an apostrophe. Write it as ``utf-8-sig``, without turning
        its line ends.

    References
    ----------
    RFC 4180. OWASP, CSV Injection.

    Examples
    --------
    >>> merge_list([]).split(",")[0]
    '"owner"'
    """
    written = io.StringIO()
    rows = csv.writer(written, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    rows.writerow(_COLUMNS)
    for letter in letters:
        end = letter.deadline_at
        lines = (
            *(letter.owner, letter.name, letter.email, letter.phone),
            *(letter.best_time, letter.language, letter.subject),
        )
        rest = (
            letter.body,
            end.isoformat(timespec="minutes") if end else "",
            " ".join(letter.request_ids),
        )
        cells = (*map(_line, lines), *rest)
        rows.writerow([_cell(cell) for cell in cells])
    return written.getvalue()


@dataclass(frozen=True, slots=True)
class _Told:
    now: datetime
    cameras: Mapping[str, str]
    time_zone: str

    def moment(self, moment: datetime) -> str:
        return f"{moment.astimezone(ZoneInfo(self.time_zone)):%Y-%m-%d %H:%M}"


def _letter(
    same: list[FootageRequest], contact: OwnerContact, *, sender: Sender, told: _Told
) -> Letter:
    from coveragekit.access import overwrite_words

    language = contact.language or same[0].language
    words = _words(language)
    ask = same[0].ask
    case, place = _line(ask.case_number), _line(ask.place)
    deadlines = [one.deadline_at for one in same if one.deadline_at is not None]
    name = _line(contact.name)
    key = "greeting" if name else "greeting_without_name"
    window = {"since": told.moment(ask.from_at), "until": told.moment(ask.to_at)}
    lines = [
        words[key].format(name=name),
        "",
        words["ask"],
        "",
        *([words["place"].format(place=place)] if place else []),
        words["window"].format(**window, zone=told.time_zone),
        *([words["case"].format(case=case)] if case else []),
        words["cameras"],
        *(
            words["camera"].format(
                camera=_line(told.cameras.get(one.camera_id)) or one.camera_id,
                deadline=overwrite_words(one.deadline_at, told.now, language),
            )
            for one in same
        ),
        "",
        words["how"],
        "",
        words["free"],
        "",
        words["leave"],
        "",
        words["reach"].format(
            agency=_line(sender.agency),
            sender=_line(sender.name),
            phone=_line(sender.phone),
            email=sender.email,
        ),
        words["numbers"].format(ids=", ".join(one.request_id for one in same)),
    ]
    subject = words["subject"] if case else words["subject_without_case"]
    return Letter(
        owner_id=contact.owner_id,
        owner=contact.owner,
        name=name or None,
        email=_mailbox(contact.email),
        phone=contact.phone,
        best_time=contact.best_time,
        language=language,
        subject=subject.format(case=case),
        body="\n".join(lines) + "\n",
        deadline_at=min(deadlines, default=None),
        request_ids=tuple(one.request_id for one in same),
    )


def _best(people: list[OwnerContact]) -> OwnerContact:
    return max(
        people, key=lambda one: (one.can_export, _mailbox(one.email) is not None)
    )


def _mailbox(address: str | None) -> str | None:
    cleaned = (address or "").strip()
    return cleaned if _MAILBOX.fullmatch(cleaned) else None


def _line(text: str | None) -> str:
    """Give a text as one line without marks that no reader sees."""
    kept = "".join(
        char if unicodedata.category(char)[0] != "C" else " " for char in text or ""
    )
    return " ".join(kept.split())


def _header(text: str | None) -> str:
    """Give a line for a header: what looks like an encoded word would be decoded."""
    return _line(text).replace("=?", "= ?")


def _cell(text: str) -> str:
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


@cache
def _words(language: str) -> dict[str, Any]:
    source = files("coveragekit.reports").joinpath("data", "request_letters.toml")
    known: dict[str, dict[str, Any]] = tomllib.loads(source.read_text("utf-8"))
    return known.get(language, known["en"])
