"""Owners are asked before footage is overwritten, and what came of it is kept."""

from __future__ import annotations

import hashlib
import io
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from coveragekit.errors import ConflictError, InputError
from coveragekit.registry import cameras, schema, sites
from coveragekit.registry.audit import read_log
from coveragekit.registry.consent import move
from coveragekit.registry.consent_rules import Act
from coveragekit.registry.received import (
    FileDigest,
    digest_file,
    receive,
    received_files,
)
from coveragekit.registry.request_rows import footage_requests
from coveragekit.registry.request_rules import (
    OUTCOMES,
    Ask,
    deadline_of,
    is_reminder_due,
    overwrite_words,
    reminders,
    request_machine,
)
from coveragekit.registry.request_yield import yield_report
from coveragekit.registry.requests import (
    due_reminders,
    move_request,
    request_footage,
    run_request_clock,
)
from tests.registry.owned import (
    NOON,
    agency,
    by_owner,
    integrated,
    own_camera,
    registered,
)

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
ASK = Ask(
    from_at=NOON - 3 * HOUR,
    to_at=NOON - 2 * HOUR,
    place="Carroll St and Wylie St",
    lon=-84.35,
    lat=33.75,
    call_id="call_7",
    case_number="26-0042",
    offence="120",
)
OFFICER = Act(side="agency", name="lee", role="officer")
OWNER = Act(side="owner", name="lee", role="officer")


def _drafted(connection, camera_id: str, ask: Ask = ASK):
    return request_footage(connection, [camera_id], ask, act=OFFICER).requests[0]


def _sent(connection, **camera):
    shop = registered(connection, **camera)
    one = _drafted(connection, shop.camera_id)
    return move_request(connection, one.request_id, "sent", act=OFFICER)


def test_one_click_asks_every_owner_and_says_what_is_left_out(registry) -> None:
    with registry.write() as connection:
        week = registered(connection, retention_days=7)
        two_days = integrated(connection, retention_days=2, language="en")
        silent = registered(connection)
        never = own_camera(connection)
        gone = registered(connection, retention_days=0.05)
        left = registered(connection)
        move(connection, left.camera_id, "withdrawn", act=by_owner(left))
        down = registered(connection)
        cameras.change_camera(
            connection, down.camera_id, {"removed_at": NOON}, revision=1, by="kim"
        )
        everyone = (week, two_days, silent, never, gone, left, down)
        ids = [one.camera_id for one in everyone]
        batch = request_footage(connection, [*ids, ids[0]], ASK, act=OFFICER)
        kept = footage_requests(connection, batch_id=batch.batch_id)

    assert [one.camera_id for one in batch.requests] == [
        two_days.camera_id,
        week.camera_id,
        silent.camera_id,
    ]
    assert [one.deadline_at for one in batch.requests] == [
        NOON - 3 * HOUR + 2 * DAY,
        NOON - 3 * HOUR + 7 * DAY,
        None,
    ]
    assert [one.language for one in batch.requests] == ["en", "es", "es"]
    assert {one.camera_id: one.reason for one in batch.left_out} == {
        never.camera_id: "no consent in force: no consent",
        gone.camera_id: (
            "overwritten since 2026-11-22 11:12 UTC by what the owner said"
        ),
        left.camera_id: "no consent in force: withdrawn",
        down.camera_id: "taken down at 2026-11-22 12:00 UTC",
    }
    assert kept == batch.requests
    assert kept[0].ask == ASK


def test_a_batch_is_one_line_of_the_log(registry) -> None:
    with registry.write() as connection:
        shops = [registered(connection) for _ in range(3)]
        ids = tuple(one.camera_id for one in shops)
        batch = request_footage(connection, ids, ASK, act=OFFICER)
        entries = [line.entry for line in read_log(connection)]
        drafts = [one for one in entries if one.action == "request_draft"]

    assert len(drafts) == 1
    assert drafts[0].object_ids == tuple(ids)
    assert (drafts[0].case_number, drafts[0].offence) == ("26-0042", "120")
    assert (drafts[0].actor, drafts[0].rows) == ("lee", 3)
    assert drafts[0].parameters["batch"] == batch.batch_id
    assert "Carroll" not in str(drafts)


def test_nobody_is_asked_twice_for_the_same_time(registry, clock) -> None:
    with registry.write() as connection:
        shop = registered(connection)
        first = _drafted(connection, shop.camera_id)
        overlapping = Ask(from_at=ASK.to_at - HOUR / 2, to_at=ASK.to_at + HOUR)
        touching = Ask(from_at=ASK.to_at, to_at=ASK.to_at + HOUR)
        before = Ask(from_at=ASK.from_at - HOUR, to_at=ASK.from_at)
        again = request_footage(connection, [shop.camera_id], overlapping, act=OFFICER)
        later = request_footage(connection, [shop.camera_id], touching, act=OFFICER)
        earlier = request_footage(connection, [shop.camera_id], before, act=OFFICER)
        closed = {"act": OFFICER, "outcome": "none"}
        for one in (first, *later.requests):
            move_request(connection, one.request_id, "closed", **closed)
        anew = request_footage(connection, [shop.camera_id], overlapping, act=OFFICER)

    assert again.requests == ()
    assert again.left_out[0].reason == f"asked already: {first.request_id}"
    assert len(later.requests) == 1
    assert len(earlier.requests) == 1
    assert len(anew.requests) == 1


def test_retention_of_the_recorder_counts_where_the_cameras_is_unknown(
    registry,
) -> None:
    with registry.write() as connection:
        shop = registered(connection)
        recorder = cameras_recorder(connection, shop.site_id, 3)
        cameras.change_camera(
            connection, shop.camera_id, {"recorder_id": recorder}, revision=1, by="kim"
        )
        by_recorder = _drafted(connection, shop.camera_id)
        move_request(
            connection, by_recorder.request_id, "closed", act=OFFICER, outcome="none"
        )
        cameras.change_camera(
            connection, shop.camera_id, {"retention_days": 9}, revision=2, by="kim"
        )
        by_camera = _drafted(connection, shop.camera_id)

    assert by_recorder.deadline_at == ASK.from_at + 3 * DAY
    assert by_camera.deadline_at == ASK.from_at + 9 * DAY


def cameras_recorder(connection, site_id: str, days: float) -> str:
    """Add a recorder that keeps footage for so many days."""
    values = {"site_id": site_id, "retention_days": days}
    return sites.add_recorder(connection, values, by="kim").recorder_id


def test_footage_that_should_be_gone_is_asked_for_on_purpose_only(registry) -> None:
    with registry.write() as connection:
        shop = registered(connection, retention_days=0.01)
        ids = [shop.camera_id]
        batch = request_footage(
            connection, ids, ASK, act=OFFICER, even_overwritten=True
        )
        sent = move_request(
            connection, batch.requests[0].request_id, "sent", act=OFFICER
        )

    assert batch.left_out == ()
    assert (sent.state, sent.deadline_at) == ("sent", None)


def test_a_request_goes_from_draft_to_charge(registry, clock) -> None:
    with registry.write() as connection:
        one = _sent(connection, retention_days=7)
        at = clock.at
        clock.pass_by(hours=25)
        one = move_request(connection, one.request_id, "reminded", act=OFFICER)
        one = move_request(connection, one.request_id, "answered", act=OWNER)
        digest = digest_file(io.BytesIO(b"x" * 3_000_000), "door.mp4")
        one = receive(connection, one.request_id, digest, act=OFFICER)
        one = move_request(
            connection, one.request_id, "closed", act=OFFICER, outcome="arrest"
        )
        one = move_request(
            connection, one.request_id, "closed", act=OFFICER, outcome="charge"
        )
        rows = connection.execute(
            select(schema.request_event).order_by(schema.request_event.c.number)
        ).all()
        closed_at = connection.execute(select(schema.request.c.closed_at)).scalar_one()
        files = received_files(connection, one.request_id)

    assert [(row.from_state, row.to_state, row.by_role) for row in rows] == [
        ("nothing", "drafted", "agency"),
        ("drafted", "sent", "agency"),
        ("sent", "reminded", "agency"),
        ("reminded", "answered", "owner"),
        ("answered", "received", "owner"),
        ("received", "closed", "agency"),
        ("closed", "closed", "agency"),
    ]
    assert [row.number for row in rows] == [1, 2, 3, 4, 5, 6, 7]
    assert (one.state, one.outcome, one.reminders, one.sent_at) == (
        "closed",
        "charge",
        1,
        at,
    )
    assert closed_at == clock.at
    assert [file.digest for file in files] == [digest]
    assert digest.sha256 == hashlib.sha256(b"x" * 3_000_000).hexdigest()
    assert digest.size_bytes == 3_000_000


@pytest.mark.parametrize(
    ("to", "given", "match"),
    [
        ("answered", {"act": OWNER}, "owner may not move drafted to answered"),
        ("lost", {"act": OFFICER}, "no state 'lost'; allowed: drafted, sent"),
        ("sent", {"act": OWNER}, "owner may not move drafted to sent"),
        ("closed", {"act": OFFICER}, "needs an outcome: none, useful, arrest"),
        (
            "closed",
            {"act": OFFICER, "outcome": "fame"},
            "outcome 'fame'.*; allowed: none",
        ),
        (
            "sent",
            {"act": OFFICER, "outcome": "none"},
            "outcome 'none' of a request that",
        ),
        (
            "overdue",
            {"act": Act(side="clock", name="x", role="y")},
            "moves requests by",
        ),
    ],
)
def test_a_move_that_may_not_be_is_refused(registry, to, given, match) -> None:
    with registry.write() as connection:
        shop = registered(connection)
        one = _drafted(connection, shop.camera_id)
        with pytest.raises(InputError, match=match):
            move_request(connection, one.request_id, to, **given)
        assert footage_requests(connection)[0] == one


def test_nothing_is_received_without_a_file(registry) -> None:
    with registry.write() as connection:
        one = _sent(connection)
        with pytest.raises(
            InputError, match="needs a file with its name, size and SHA"
        ):
            move_request(connection, one.request_id, "received", act=OWNER)


def test_who_paused_is_neither_asked_nor_reminded(registry, clock) -> None:
    with registry.write() as connection:
        first, second = registered(connection), registered(connection)
        drafted = _drafted(connection, first.camera_id)
        sent = _drafted(connection, second.camera_id)
        move_request(connection, sent.request_id, "sent", act=OFFICER)
    clock.pass_by(hours=30)
    with registry.write() as connection:
        assert [one.request_id for one in due_reminders(connection)] == [
            sent.request_id
        ]
        move(connection, first.camera_id, "suspended", act=by_owner(first))
        move(connection, second.camera_id, "suspended", act=by_owner(second))

        assert due_reminders(connection) == ()
        for one, to in ((drafted, "sent"), (sent, "reminded")):
            with pytest.raises(InputError, match="needs a consent in force"):
                move_request(connection, one.request_id, to, act=OFFICER)


@pytest.mark.parametrize(
    ("to", "act"),
    [("withdrawn", by_owner), ("lapsed", lambda _: agency(reason="Moved out"))],
)
def test_who_left_is_asked_for_nothing_from_that_moment(registry, to, act) -> None:
    later = Ask(from_at=ASK.to_at, to_at=ASK.to_at + HOUR)
    with registry.write() as connection:
        shop, other = registered(connection), registered(connection)
        _drafted(connection, shop.camera_id)
        given = _drafted(connection, shop.camera_id, later)
        move_request(connection, given.request_id, "sent", act=OFFICER)
        file = FileDigest("a.mp4", "1" * 64, 5)
        receive(connection, given.request_id, file, act=OFFICER)
        theirs = _drafted(connection, other.camera_id)
        move(connection, shop.camera_id, to, act=act(shop))
        found = {
            one.request_id: (one.state, one.outcome)
            for one in footage_requests(connection)
        }
        reasons = connection.execute(select(schema.request_event.c.reason)).scalars()

        assert sorted(found.values(), key=str) == [
            ("closed", "none"),
            ("drafted", None),
            ("received", None),
        ]
        assert found[given.request_id] == ("received", None)
        assert found[theirs.request_id] == ("drafted", None)
        assert [one for one in reasons if one] == ["The owner has left."]


def test_footage_that_is_overwritten_makes_a_request_overdue(registry, clock) -> None:
    with registry.write() as connection:
        soon = _sent(connection, retention_days=1)
        later = _sent(connection, retention_days=5)
        unknown = _sent(connection)
    clock.at = soon.deadline_at - timedelta(microseconds=1)
    with registry.write() as connection:
        assert run_request_clock(connection) == ()
    clock.pass_by(microseconds=1)
    with registry.write() as connection:
        late = run_request_clock(connection)
        assert run_request_clock(connection) == ()
        states = {one.request_id: one.state for one in footage_requests(connection)}

    assert [one.request_id for one in late] == [soon.request_id]
    assert states == {
        soon.request_id: "overdue",
        later.request_id: "sent",
        unknown.request_id: "sent",
    }
    assert late[0].changed_at == soon.deadline_at


def test_late_footage_is_welcome_and_late_reminders_are_not(registry, clock) -> None:
    with registry.write() as connection:
        one = _sent(connection, retention_days=1)
    clock.pass_by(days=3)
    with registry.write() as connection:
        # nobody ran the clock, and yet it is too late
        with pytest.raises(InputError, match="agency may not move overdue to reminded"):
            move_request(connection, one.request_id, "reminded", act=OFFICER)
        file = FileDigest("late.mp4", "0" * 64, 5)
        assert (
            receive(connection, one.request_id, file, act=OFFICER).state == "received"
        )


def test_reminders_are_due_by_the_rule_and_the_clock(registry, clock) -> None:
    with registry.write() as connection:
        urgent = _sent(connection, retention_days=0.5)
        calm = _sent(connection, retention_days=30)
        answered = _sent(connection)
        move_request(connection, answered.request_id, "answered", act=OWNER)
        registered_only = registered(connection)
        _drafted(connection, registered_only.camera_id)
    found = {}
    for hours in (2.9, 3, 23.9, 24):
        clock.at = NOON + timedelta(hours=hours)
        with registry.read() as connection:
            found[hours] = [one.request_id for one in due_reminders(connection)]

    assert found[2.9] == []
    assert found[3] == [urgent.request_id]
    # by then the footage of the first is gone, and no reminder brings it back
    assert found[23.9] == []
    assert found[24] == [calm.request_id, answered.request_id]
    with registry.write() as connection:
        move_request(connection, calm.request_id, "reminded", act=OFFICER)
        left = [one.request_id for one in due_reminders(connection)]
    assert left == [answered.request_id]


def test_nobody_is_reminded_for_ever() -> None:
    late = NOON + timedelta(days=300)

    due = [is_reminder_due(NOON, count, None, now=late) for count in range(6)]

    assert due == [True] * reminders().most + [False] * (6 - reminders().most)


@pytest.mark.parametrize(
    ("left", "english", "spanish"),
    [
        (
            timedelta(hours=41, minutes=59),
            "overwritten in 41 h",
            "se sobrescribe en 41 h",
        ),
        (timedelta(hours=2), "overwritten in 2 h", "se sobrescribe en 2 h"),
        (timedelta(minutes=119), "overwritten in 119 min", "se sobrescribe en 119 min"),
        (timedelta(seconds=59), "overwritten in 0 min", "se sobrescribe en 0 min"),
        (timedelta(days=3), "overwritten in 3 days", "se sobrescribe en 3 días"),
        (
            timedelta(hours=71, minutes=59),
            "overwritten in 71 h",
            "se sobrescribe en 71 h",
        ),
        (timedelta(days=29, hours=23), "overwritten in 29 days", "en 29 días"),
        (timedelta(0), "overwritten by what the owner said", "ya se sobrescribió"),
        (-DAY, "overwritten by what the owner said", "ya se sobrescribió"),
        (None, "nobody has said how long", "no se sabe cuánto tiempo"),
    ],
)
def test_a_deadline_is_told_so_that_nobody_comes_too_late(
    left, english, spanish
) -> None:
    deadline = None if left is None else NOON + left

    assert overwrite_words(deadline, NOON).startswith(english)
    assert spanish in overwrite_words(deadline, NOON, "es")
    assert overwrite_words(deadline, NOON, "fr") == overwrite_words(deadline, NOON)


@given(
    st.floats(0, 60),
    st.floats(0.01, 168),
    st.floats(-100, 100),
)
def test_a_deadline_is_when_the_first_of_what_is_left_goes(
    retention_days, length_h, now_h
) -> None:
    ask = Ask(from_at=NOON, to_at=NOON + timedelta(hours=length_h))
    now = NOON + timedelta(hours=now_h)

    deadline = deadline_of(ask, retention_days, now)

    kept = timedelta(days=retention_days)
    if NOON + kept > now:
        assert deadline == NOON + kept
    else:
        assert deadline == ask.to_at + kept
    assert deadline_of(ask, None, now) is None


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"to_at": ASK.from_at}, "is no stretch to ask for; allowed: an end after"),
        ({"to_at": ASK.from_at + timedelta(days=7, seconds=1)}, "at most 7 days later"),
        ({"from_at": datetime(2026, 1, 1)}, "no time zone"),  # noqa: DTZ001
        ({"case_number": "26\r\nBcc: x"}, "case_number: .* no line of text has"),
        ({"place": "x" * 201}, "place: .* has 201 characters"),
    ],
)
def test_a_question_that_cannot_be_asked_is_refused(change, match) -> None:
    given = {"from_at": ASK.from_at, "to_at": ASK.to_at} | change

    with pytest.raises(InputError, match=match):
        Ask(**given)


def test_cameras_that_cannot_be_asked_for_are_refused(registry) -> None:
    with registry.write() as connection:
        shop = registered(connection)
        future = Ask(from_at=NOON + HOUR, to_at=NOON + 2 * HOUR)
        for ids, ask, match in (
            ([], ASK, "0 cameras; allowed: 1 to 500"),
            ([f"cam_{at}" for at in range(501)], ASK, "501 cameras"),
            (["cam_none", shop.camera_id], ASK, "no camera cam_none in this registry"),
            ([shop.camera_id], future, "has not begun"),
        ):
            with pytest.raises(InputError, match=match):
                request_footage(connection, ids, ask, act=OFFICER)
        with pytest.raises(InputError, match="owner may not move nothing to drafted"):
            request_footage(connection, [shop.camera_id], ASK, act=OWNER)
        assert footage_requests(connection) == ()
        with pytest.raises(InputError, match="no request 'req_none'"):
            move_request(connection, "req_none", "sent", act=OFFICER)


def test_two_who_change_one_request_are_told(registry) -> None:
    with registry.write() as connection:
        shop = registered(connection)
        seen = _drafted(connection, shop.camera_id)
        given = {"act": OFFICER, "revision": seen.revision}
        move_request(connection, seen.request_id, "sent", **given)
        with pytest.raises(ConflictError, match="was changed at 2026-11-22T12"):
            move_request(connection, seen.request_id, "sent", **given)


def test_a_clock_that_runs_back_never_reorders_a_request(registry, clock) -> None:
    with registry.write() as connection:
        one = _sent(connection)
    clock.pass_by(days=-3)
    with registry.write() as connection:
        moved = move_request(connection, one.request_id, "reminded", act=OFFICER)
        file = FileDigest("a.mp4", "1" * 64, 5)
        received = receive(connection, one.request_id, file, act=OFFICER)

    assert moved.changed_at == NOON
    assert received.changed_at == NOON


def test_a_file_is_digested_in_pieces_from_a_path_or_a_stream(tmp_path) -> None:
    path = tmp_path / "front door.mp4"
    path.write_bytes(b"\x00\xff" * 1_500_000)

    found = digest_file(path)

    assert found == digest_file(io.BytesIO(path.read_bytes()), "front door.mp4")
    assert found.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert (found.name, found.size_bytes) == ("front door.mp4", 3_000_000)


@pytest.mark.parametrize(
    ("name", "content", "match"),
    [
        ("a.mp4", b"", "is empty; ask the owner"),
        ("../a.mp4", b"x", "allowed: a name without folders"),
        ("C:\\a.mp4", b"x", "allowed: a name without folders"),
        ("a\r\nb.mp4", b"x", "characters that no line of text has"),
        ("", b"x", "name of the file is missing"),
    ],
)
def test_a_file_that_cannot_be_is_refused(name, content, match) -> None:
    with pytest.raises(InputError, match=match):
        digest_file(io.BytesIO(content), name)


def test_a_file_that_is_not_there_is_told(tmp_path) -> None:
    with pytest.raises(InputError, match=r"'gone.mp4' cannot be read: No such file"):
        digest_file(tmp_path / "gone.mp4")
    with pytest.raises(InputError, match="allowed: 64 hexadecimal digits"):
        FileDigest("a.mp4", "xyz", 1)


def test_the_same_file_is_received_once_and_another_too(registry) -> None:
    with registry.write() as connection:
        one = _sent(connection)
        first, second = (FileDigest(f"{at}.mp4", str(at) * 64, 5) for at in (1, 2))
        receive(connection, one.request_id, first, act=OFFICER)
        with pytest.raises(InputError, match="has this file already: SHA-256 1111"):
            receive(connection, one.request_id, first, act=OFFICER)
        receive(connection, one.request_id, second, act=OFFICER)
        names = {
            file.digest.name for file in received_files(connection, one.request_id)
        }

    assert names == {"1.mp4", "2.mp4"}


def test_yield_is_told_by_camera_and_in_all(registry, clock) -> None:
    with registry.write() as connection:
        shop, bar = registered(connection), registered(connection)
        for at, (owned, outcome) in enumerate(
            [
                (shop, "arrest"),
                (shop, "none"),
                (shop, None),
                (bar, "unknown"),
                (bar, "x"),
            ]
        ):
            ask = Ask(from_at=NOON - (at + 2) * HOUR, to_at=NOON - (at + 1) * HOUR)
            one = _drafted(connection, owned.camera_id, ask)
            if outcome == "x":
                continue
            move_request(connection, one.request_id, "sent", act=OFFICER)
            if outcome == "arrest":
                for number in ("1", "2"):
                    file = FileDigest(f"{number}.mp4", number * 64, 5)
                    receive(connection, one.request_id, file, act=OFFICER)
            if outcome is None:
                move_request(connection, one.request_id, "refused", act=OWNER)
            else:
                move_request(
                    connection, one.request_id, "closed", act=OFFICER, outcome=outcome
                )
        clock.pass_by(days=1)
        _sent(connection)
        in_all, by_camera = yield_report(connection)
        first_day, _ = yield_report(connection, until=clock.at)
        second_day, _ = yield_report(connection, since=clock.at)
        nothing, of_none = yield_report(connection, since=clock.at + DAY)

    assert (in_all.sent, in_all.received, in_all.refused, in_all.waiting) == (
        5,
        1,
        1,
        1,
    )
    assert in_all.outcomes == {
        "none": 1,
        "useful": 0,
        "arrest": 1,
        "charge": 0,
        "unknown": 1,
    }
    assert (in_all.helped, in_all.helped_share) == (1, 0.2)
    assert by_camera[shop.camera_id].sent == 3
    assert by_camera[shop.camera_id].helped == 1
    assert by_camera[bar.camera_id].sent == 1
    assert (first_day.sent, second_day.sent) == (4, 1)
    assert (nothing.sent, nothing.helped_share, of_none) == (0, None, {})


def test_every_open_state_ends_and_every_outcome_has_a_word() -> None:
    machine = request_machine()

    for name, state in machine.states.items():
        assert machine.find(name, "closed", by="agency", facts={"outcome"})
        assert state.words
    assert set(OUTCOMES) == {"none", "useful", "arrest", "charge", "unknown"}
    assert all(outcome in machine.demands["outcome"] for outcome in OUTCOMES)


def test_requests_are_found_by_batch_camera_and_state(registry) -> None:
    with registry.write() as connection:
        shop, bar = registered(connection), registered(connection)
        first = _drafted(connection, shop.camera_id)
        second = _drafted(connection, bar.camera_id)
        move_request(connection, second.request_id, "sent", act=agency())
        found = [
            footage_requests(connection, batch_id=first.batch_id),
            footage_requests(connection, camera_id=bar.camera_id),
            footage_requests(connection, states=("drafted",)),
            footage_requests(connection, request_ids=(second.request_id,)),
            footage_requests(connection, most=1),
        ]

    ids = [[one.request_id for one in some] for some in found]
    assert ids[:4] == [
        [first.request_id],
        [second.request_id],
        [first.request_id],
        [second.request_id],
    ]
    assert len(ids[4]) == 1
