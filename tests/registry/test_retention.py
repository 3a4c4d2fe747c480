"""What is kept for how long, and what is left of an owner who is erased."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import insert, select

from coveragekit.errors import InputError, RegistryError
from coveragekit.registry import cameras, owners, prospects, schema, shares, sites
from coveragekit.registry.audit import Entry, append, read_log
from coveragekit.registry.audit_check import verify
from coveragekit.registry.cameras import nearest_cameras
from coveragekit.registry.consent import (
    camera_tier,
    check_receipt,
    history,
    move,
    run_clock,
)
from coveragekit.registry.consent_rules import Act
from coveragekit.registry.erasing import erase_owner
from coveragekit.registry.received import FileDigest, receive
from coveragekit.registry.request_rows import footage_requests
from coveragekit.registry.request_rules import Ask
from coveragekit.registry.requests import move_request, request_footage
from coveragekit.registry.retention import (
    due_purges,
    parse_rules,
    purge,
    retention_rules,
)
from coveragekit.registry.texts import consent_text
from tests.registry.owned import (
    NOON,
    agency,
    by_owner,
    integrated,
    own_camera,
    registered,
)

CANARY = "Canaria"
CLERK = Act(side="agency", name="kim", role="administrator")


def _contact(connection, owner_id, **more):
    values = {"name": f"{CANARY} Vega", "email": "canaria@example.org"}
    values |= {"phone": "+1 404 555 0100", "owner_id": owner_id, **more}
    return owners.add_contact(connection, values, by="kim")


def _everything(connection) -> str:
    """Give all that the database holds, as text."""
    return "\n".join(
        str(tuple(row))
        for table in schema.metadata.sorted_tables
        for row in connection.execute(select(table))
    )


def _submit(connection, submission_id, **values) -> None:
    moments = {"submitted_at": NOON, "made_at": NOON, "changed_at": NOON}
    base = {"state": "waiting", "payload": {"contact": {}}, "changed_by": "form"}
    row = {"submission_id": submission_id, **moments, **base, **values}
    connection.execute(insert(schema.submission).values(row))


def _due(connection) -> dict[str, int]:
    return {one.rule.name: len(one.ids) for one in due_purges(connection) if one.ids}


def _named_shop(connection, clock):
    """Add an owner whose every text holds the canary, with all that hangs on it."""
    del clock
    shop = integrated(connection, name=f"{CANARY} door", address=f"{CANARY} St 1")
    owner = owners.get_owner(connection, shop.owner_id)
    change = {"name": f"{CANARY} Deli"}
    owners.change_owner(connection, owner.owner_id, change, revision=1, by="kim")
    site = {"name": CANARY, "address": CANARY, "place_id": "place_7", "lon": 1.23456}
    site["lat"] = 2.34567
    sites.change_site(connection, shop.site_id, site, revision=1, by="kim")
    _contact(connection, shop.owner_id)
    cameras.add_credential(
        connection,
        {"camera_id": shop.camera_id, "store": "environment", "reference": "CANARIA"},
        by="kim",
    )
    shares.add_share(
        connection,
        {"camera_id": shop.camera_id, "to_role": "officer", "scope_live": True},
        by="kim",
    )
    signed = by_owner(shop, text=consent_text("registration"), signer="Ana Ruiz")
    move(connection, shop.camera_id, "registered", act=by_owner(shop))
    move(connection, shop.camera_id, "registered", act=signed)
    return shop


def test_an_erased_owner_is_named_nowhere_and_the_log_stays_true(
    registry, clock
) -> None:
    with registry.write() as connection:
        shop = _named_shop(connection, clock)
        payload = {"contact": {"email": " CANARIA@example.org", "name": CANARY}}
        _submit(connection, "sub_mine", payload=payload)
        _submit(connection, "sub_other", payload={"contact": {"email": "x@y.org"}})
        prospects.add_prospect(
            connection,
            {"name": "Deli", "place_id": "place_7", "stage": "registered"},
            by="kim",
        )
        hour = timedelta(hours=1)
        request_footage(
            connection,
            [shop.camera_id],
            Ask(from_at=NOON - hour, to_at=NOON),
            act=agency(),
        )
        before = _everything(connection)
        erased = erase_owner(connection, shop.owner_id, act=CLERK)
    with registry.read() as connection:
        after = _everything(connection)
        kept = connection.execute(select(schema.submission)).all()
        is_true = check_receipt(connection, erased.receipts[0].code).is_true
        first = history(connection, shop.camera_id)[0].receipt
        one = connection.execute(select(schema.camera)).one()
        share = connection.execute(select(schema.share)).one()
        prospect = connection.execute(select(schema.prospect)).one()
        asked = footage_requests(connection)
        verdict = verify(connection, [])
        found = nearest_cameras(connection, -84.35, 33.75, n=1)

    assert before.count(CANARY) > 6
    assert CANARY not in after
    assert "canaria" not in after.casefold()
    assert "555 0100" not in after
    assert "Ana Ruiz" not in after
    assert verdict.ok
    assert erased.submissions == 1
    assert {row.submission_id: row.payload for row in kept} == {
        "sub_mine": None,
        "sub_other": {"contact": {"email": "x@y.org"}},
    }
    assert is_true
    assert check_code(registry, first.code)
    assert (one.lon, one.lat, one.removed_at) == (-84.35, 33.75, NOON)
    assert found == ()
    assert share.revoked_at == NOON
    assert prospect.do_not_contact
    assert [(one.state, one.outcome) for one in asked] == [("closed", "none")]


def check_code(registry, code: str) -> bool:
    """Tell whether a receipt is still true."""
    with registry.read() as connection:
        return check_receipt(connection, code).is_true


def test_a_place_is_left_as_a_neighbourhood(registry) -> None:
    with registry.write() as connection:
        shop = registered(connection, lon=-84.123456, lat=33.765432)
        erase_owner(connection, shop.owner_id, act=CLERK)
        row = connection.execute(select(schema.camera)).one()
        site = connection.execute(select(schema.site)).one()

    assert (row.lon, row.lat) == (-84.12, 33.77)
    assert (site.lon, site.lat, site.name) == (None, None, None)


def test_erasing_one_owner_leaves_the_others(registry) -> None:
    with registry.write() as connection:
        gone, stays = integrated(connection), integrated(connection)
        mine = _contact(connection, gone.owner_id)
        theirs = _contact(connection, stays.owner_id, name="Bo Lee", email="bo@b.org")
        erase_owner(connection, gone.owner_id, act=CLERK)

        assert owners.get_contact(connection, mine.contact_id).name is None
        assert owners.get_contact(connection, theirs.contact_id).name == "Bo Lee"
        assert camera_tier(connection, gone.camera_id) is None
        assert camera_tier(connection, stays.camera_id) == "integrated"
        assert owners.get_owner(connection, stays.owner_id).erased_at is None
        signed = [one.signed_by for one in history(connection, stays.camera_id)]
        assert signed == ["Ana Ruiz", None, "Ana Ruiz"]


def test_an_owner_is_erased_once_and_only_if_there(registry) -> None:
    with registry.write() as connection:
        shop = own_camera(connection)
        erase_owner(connection, shop.owner_id, act=CLERK)
        with pytest.raises(InputError, match="is erased already"):
            erase_owner(connection, shop.owner_id, act=CLERK)
        with pytest.raises(InputError, match="'own_none' is not in this registry"):
            erase_owner(connection, "own_none", act=CLERK)


def test_the_texts_promise_what_the_rules_keep() -> None:
    days = {rule.table: rule.after_days for rule in retention_rules()}

    for kind in ("registration", "integration"):
        for language, words in (
            ("en", "at the latest {} days after you leave"),
            ("es", "a más tardar {} días después de que usted"),
        ):
            promised = words.format(days["owner"])
            assert promised in consent_text(kind, language).body


def test_owners_who_left_are_erased_90_days_later(registry, clock) -> None:
    with registry.write() as connection:
        left, stays = registered(connection), registered(connection)
        expires = integrated(connection, days=10)
        _contact(connection, left.owner_id)
    clock.pass_by(days=20)
    with registry.write() as connection:
        move(connection, left.camera_id, "withdrawn", act=by_owner(left))
    found = []
    for days in (79.9, 0.1, 9.9, 0.1, 500):
        clock.pass_by(days=days)
        with registry.read() as connection:
            found.append(next(one.ids for one in due_purges(connection)))

    both = tuple(sorted((left.owner_id, expires.owner_id)))
    assert found == [(), (expires.owner_id,), (expires.owner_id,), both, both]
    with registry.write() as connection:
        taken = purge(connection, act=CLERK, sure=True)
        again = _due(connection)
        rows = connection.execute(select(schema.owner)).all()

    assert taken[0].ids == both
    assert again == {}
    erased = {row.owner_id: row.erased_at is not None for row in rows}
    assert erased == dict.fromkeys(both, True) | {stays.owner_id: False}


def test_an_owner_with_one_camera_left_has_not_left(registry, clock) -> None:
    with registry.write() as connection:
        shop = registered(connection)
        second = cameras.add_camera(
            connection, {"site_id": shop.site_id, "lon": 1.0, "lat": 2.0}, by="kim"
        )
        move(connection, shop.camera_id, "withdrawn", act=by_owner(shop))
        move(connection, second.camera_id, "invited", act=agency())
    clock.pass_by(days=89)
    with registry.read() as connection:
        assert _due(connection) == {}
    # its invitation runs out after 90 days, and 90 days later nothing holds the owner
    clock.pass_by(days=91)
    with registry.write() as connection:
        move(connection, second.camera_id, "withdrawn", act=by_owner(shop))
    clock.pass_by(days=89)
    with registry.read() as connection:
        assert _due(connection) == {}
    clock.pass_by(days=1)
    with registry.read() as connection:
        assert _due(connection) == {"owners who left": 1}


def test_the_agency_and_new_owners_do_not_leave(registry, clock) -> None:
    with registry.write() as connection:
        owners.add_owner(connection, {"name": "City", "kind": "agency"}, by="kim")
        owners.add_owner(connection, {"name": "New", "kind": "person"}, by="kim")
    clock.pass_by(days=89)
    with registry.read() as connection:
        assert _due(connection) == {}
    clock.pass_by(days=1)
    with registry.read() as connection:
        assert _due(connection) == {"owners who left": 1}


def test_calls_forms_and_requests_go_when_their_time_is_over(registry, clock) -> None:
    with registry.write() as connection:
        shop = registered(connection)
        call = {"call_id": "call_1", "address": CANARY, "received_at": NOON}
        connection.execute(insert(schema.call).values(**call, lon=1.0, lat=2.0))
        ask = Ask(
            from_at=NOON - timedelta(hours=1),
            to_at=NOON,
            place=CANARY,
            case_number="26-1",
            call_id="call_1",
        )
        batch = request_footage(connection, [shop.camera_id], ask, act=agency())
        request_id = batch.requests[0].request_id
        move_request(connection, request_id, "sent", act=agency(reason=CANARY))
        move_request(connection, request_id, "closed", act=agency(), outcome="arrest")
        _submit(connection, "sub_old", payload={"contact": {"name": CANARY}})
        decided = {"state": "accepted", "decided_at": NOON}
        _submit(
            connection, "sub_done", **decided, payload={"contact": {"name": CANARY}}
        )
    names = [rule.name for rule in retention_rules()]
    found = {}
    for days in (29, 30, 364, 365, 729, 730):
        clock.at = NOON + timedelta(days=days)
        with registry.read() as connection:
            found[days] = _due(connection)
    with registry.write() as connection:
        purge(connection, act=CLERK, sure=True)
        after = _everything(connection)
        asked = footage_requests(connection)[0]
        forms = {
            row.submission_id: (row.state, row.payload)
            for row in connection.execute(select(schema.submission))
        }
        again = _due(connection)
        lines = [
            line.entry
            for line in read_log(connection)
            if line.entry.action == "retention_purge"
        ]

    forms_due = {"decided submissions": 1}
    year = forms_due | {"calls": 1, "undecided submissions": 1}
    assert found[29] == {}
    assert found[30] == found[364] == forms_due
    assert found[365] == found[729] == year
    assert found[730] == year | {"closed requests": 1, "words about requests": 1}
    assert CANARY not in after
    assert again == {}
    assert (asked.state, asked.outcome, asked.ask.case_number) == (
        "closed",
        "arrest",
        None,
    )
    assert forms == {"sub_old": ("rejected", None), "sub_done": ("accepted", None)}
    assert [entry.parameters["rule"] for entry in lines] == [
        name for name in names if name in found[730]
    ]
    assert all(entry.rows == 1 for entry in lines)


def test_a_clock_far_ahead_erases_and_ends_nothing(registry, clock) -> None:
    with registry.write() as connection:
        left, stays = registered(connection), integrated(connection)
        move(connection, left.camera_id, "withdrawn", act=by_owner(left))
    clock.pass_by(days=35, microseconds=1)
    with registry.write() as connection:
        with pytest.raises(RegistryError, match="if the clock is right, say that you"):
            purge(connection, act=CLERK)
        with pytest.raises(RegistryError, match="nothing was done"):
            run_clock(connection)
        assert owners.get_owner(connection, left.owner_id).erased_at is None
        assert len(history(connection, stays.camera_id)) == 3
    clock.pass_by(microseconds=-1)
    erased = []
    for _ in range(4):  # as long as somebody works in it, time may pass
        with registry.write() as connection:
            purge(connection, act=CLERK)
            append(connection, Entry("kim", "officer", "human", "look", "camera"))
            found = owners.get_owner(connection, left.owner_id)
            erased.append(found.erased_at is not None)
        clock.pass_by(days=35)
    assert erased == [False, False, True, True]


def test_an_owner_whose_camera_was_taken_down_has_left(registry, clock) -> None:
    with registry.write() as connection:
        shop = registered(connection)
        _contact(connection, shop.owner_id)
    clock.pass_by(days=200)
    with registry.write() as connection:
        down = {"removed_at": clock.at}
        cameras.change_camera(connection, shop.camera_id, down, revision=1, by="kim")
        purge(connection, act=CLERK, sure=True)
    clock.pass_by(days=89.9)
    with registry.write() as connection:
        assert purge(connection, act=CLERK, sure=True)[0].ids == ()
    clock.pass_by(days=0.1)
    with registry.write() as connection:
        assert purge(connection, act=CLERK, sure=True)[0].ids == (shop.owner_id,)


def test_what_was_said_about_a_request_goes_with_its_owner(registry) -> None:
    with registry.write() as connection:
        shop = registered(connection)
        hour = timedelta(hours=1)
        ask = Ask(from_at=NOON - hour, to_at=NOON)
        batch = request_footage(connection, [shop.camera_id], ask, act=agency())
        one = batch.requests[0]
        move_request(connection, one.request_id, "sent", act=agency(reason=CANARY))
        file = FileDigest(f"{CANARY}.mp4", "1" * 64, 5)
        receive(connection, one.request_id, file, act=agency())
        assert CANARY in _everything(connection)
        erase_owner(connection, shop.owner_id, act=CLERK)

        assert CANARY not in _everything(connection)
        assert "1" * 64 in _everything(connection)


def test_a_dry_run_takes_nothing(registry, clock) -> None:
    with registry.write() as connection:
        call = {"call_id": "call_1", "received_at": NOON}
        connection.execute(insert(schema.call).values(call))
    clock.pass_by(days=400)
    with registry.read() as connection:
        before = _everything(connection)
        due = due_purges(connection)
        after = _everything(connection)

    assert {one.rule.name: one.ids for one in due if one.ids} == {"calls": ("call_1",)}
    assert [one.rule.name for one in due] == [rule.name for rule in retention_rules()]
    assert before == after


def test_many_rows_are_one_line_with_the_digest_of_their_ids(registry, clock) -> None:
    with registry.write() as connection:
        rows = [{"call_id": f"call_{at:04}", "received_at": NOON} for at in range(1200)]
        connection.execute(insert(schema.call), rows)
    clock.pass_by(days=365)
    with registry.write() as connection:
        purge(connection, act=CLERK)
        left = connection.execute(select(schema.call)).all()
        lines = list(read_log(connection))

    assert left == []
    assert [(line.entry.rows, line.entry.object_ids) for line in lines] == [(1200, ())]
    assert len(lines[0].entry.digest or "") == 64


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"table": "audit_entry"}, "allowed: owner, request"),
        ({"table": "consent_event"}, "allowed: owner, request"),
        ({"action": "burn"}, "allowed: owner, request.*; erase, delete, blank"),
        ({"action": "erase"}, "owners are erased, and only owners are"),
        ({"since": "noon"}, "no column 'noon'"),
        ({"since": "address"}, "since 'address' is no time"),
        ({"after_days": -1}, "after_days -1; allowed: days, 0 to 36500"),
        ({"after_days": True}, "after_days True"),
        ({"after_days": float("inf")}, "after_days inf"),
        ({"after_days": 1e12}, "after_days 1000000000000.0"),
        ({"columns": ["address"]}, "for blank alone"),
        ({"action": "blank"}, "name columns or set for blank"),
        ({"action": "blank", "columns": ["call_id"]}, "'call_id' may not be empty"),
        ({"colour": "red"}, r"unknown \['colour'\]"),
    ],
)
def test_a_rule_that_may_not_be_is_refused(change, match) -> None:
    rule = {"name": "x", "words": "y", "table": "call", "since": "received_at"}
    rule |= {"after_days": 1, "action": "delete"} | change
    lines = [f"{key} = {_toml(value)}" for key, value in rule.items()]

    with pytest.raises(InputError, match=match):
        parse_rules("\n".join(["[[rules]]", *lines]))


def _toml(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else repr(value)


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("[[rules]", "this is no TOML"),
        ("rule = 1", "twice or unknown: rule"),
        ("[[rules]]\nname = 'x'", r"missing \['words', 'table'"),
    ],
)
def test_rules_that_cannot_be_read_are_refused(text, match) -> None:
    with pytest.raises(InputError, match=match):
        parse_rules(text)


def test_a_rule_that_stands_twice_is_refused() -> None:
    rule = (
        "[[rules]]\nname='a'\nwords='b'\ntable='call'\nsince='received_at'\n"
        "after_days=1\naction='delete'\n"
    )
    assert len(parse_rules(rule)) == 1

    with pytest.raises(InputError, match="twice or unknown: a"):
        parse_rules(rule * 2)
