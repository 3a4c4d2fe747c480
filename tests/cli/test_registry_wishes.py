"""Wishes to leave that the desk has to ask about, and a clock that was wrong."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from coveragekit.access import Purpose, User, open_door, withdraw
from tests.cli.office import Office, ids

CODE = re.compile(r"([0-9A-Z]{5}-){3}[0-9A-Z]{5}")


def wished(office: Office) -> tuple[str, str]:
    """Give a camera whose owner typed another contact, and the wish."""
    sent = office.send()
    said = office.done("submissions", "accept", sent)
    code = CODE.search(said)
    assert code is not None
    assert withdraw(code[0], "other@example.org") == ()
    return ids("cam", said)[0], ids("rvw", office.done("leaving", "list"))[0]


def test_an_owner_who_was_reached_leaves_with_a_receipt(office: Office) -> None:
    assert office.done("leaving", "list") == "no wish to leave is open\n"
    camera_id, wish = wished(office)
    listed = office.done("leaving", "list")
    assert f"standing: {camera_id}" in listed
    assert "other@example.org" not in listed

    said = office.done("leaving", "settle", wish, "withdrawn", "--note", "by phone")

    assert "1 thing taken back" in said
    assert CODE.search(said)
    assert "-> withdrawn" in office.done("show", "camera", camera_id)
    assert office.done("leaving", "list") == "no wish to leave is open\n"
    assert "is open; look at the list" in office.refused(
        "leaving", "settle", wish, "stays", "--note", "again"
    )


def test_an_owner_who_did_not_wish_it_stays(office: Office) -> None:
    camera_id, wish = wished(office)
    settle = ("leaving", "settle", wish)

    assert "allowed: withdrawn, stays" in office.refused(*settle, "no", "--note", "x")
    assert "administrator may" in office.refused(
        *settle, "stays", "--note", "x", user="sam"
    )
    assert "the owner stays" in office.done(*settle, "stays", "--note", "was a joke")

    assert "-> withdrawn" not in office.done("show", "camera", camera_id)


def test_a_log_that_ran_ahead_is_corrected_by_the_line_that_is_named(
    office: Office,
) -> None:
    ahead = datetime.now(UTC) + timedelta(days=20)
    with open_door(clock=lambda: ahead, sign=False) as door:
        kim = User("kim", "administrator")
        door.demand(kim, "list_cameras", None, Purpose("planning"))

    why = office.refused("clock", "--correct", 0)

    (line,) = re.findall(r"--correct (\d+)", why)
    said = office.done("clock", "--correct", line)
    assert f"from line {line} on" in said
    assert "may not" in office.refused("clock", "--correct", line, user="sam")
