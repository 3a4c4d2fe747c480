"""Consent is given, narrowed, paused and withdrawn, with proof of each step."""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from coveragekit.errors import ConflictError, ConsentError, InputError
from coveragekit.registry import cameras, owners, schema, sites
from coveragekit.registry.audit import read_log
from coveragekit.registry.consent import (
    camera_tier,
    check_receipt,
    effective_state_column,
    history,
    move,
    run_clock,
    standing_of,
)
from coveragekit.registry.consent_rules import Act, Scope, effective
from coveragekit.registry.receipts import receipt_words
from coveragekit.registry.texts import consent_text
from tests.registry.owned import (
    LIVE,
    NOON,
    agency,
    agreed,
    by_owner,
    integrated,
    own_camera,
    registered,
)

YEAR = timedelta(days=365)


def _row(connection, camera_id):
    query = select(schema.consent).where(schema.consent.c.camera_id == camera_id)
    return connection.execute(query).one()


def test_a_shop_registers_integrates_and_leaves_with_a_receipt(registry, clock) -> None:
    with registry.write() as connection:
        shop = own_camera(connection)
        move(connection, shop.camera_id, "invited", act=agency())
        move(connection, shop.camera_id, "registered", act=agreed(shop, "registration"))
        move(connection, shop.camera_id, "offered", act=agency())
        scope = Scope(live=True, ptz=True, hours="Mo-Fr 22:00-06:00")
        act = agreed(shop, "integration", scope=scope, expires_at=NOON + YEAR)
        move(connection, shop.camera_id, "integrated", act=act)
        during = camera_tier(connection, shop.camera_id)
    clock.pass_by(days=3)
    with registry.write() as connection:
        receipt = move(connection, shop.camera_id, "withdrawn", act=by_owner(shop))
        # at once, in the same transaction
        after = camera_tier(connection, shop.camera_id)
    with registry.read() as connection:
        row = _row(connection, shop.camera_id)
        told = [
            (one.receipt.origin, one.receipt.to)
            for one in history(connection, shop.camera_id)
        ]
        checked = check_receipt(connection, receipt.code)

    assert (during, after) == ("integrated", None)
    assert told == [
        ("nothing", "invited"),
        ("invited", "registered"),
        ("registered", "offered"),
        ("offered", "integrated"),
        ("integrated", "withdrawn"),
    ]
    assert (row.scope_live, row.scope_ptz, row.hours) == (False, False, None)
    assert (row.state, row.expires_at, row.state_at) == ("withdrawn", None, clock.at)
    assert checked.is_true
    assert checked.receipt == receipt
    assert checked.state == "withdrawn"


def test_what_was_agreed_is_kept_with_text_scope_and_end(registry) -> None:
    with registry.write() as connection:
        shop = registered(connection)
        move(connection, shop.camera_id, "offered", act=agency())
        scope = Scope(recorded=True, hours=" Sa,Su 10:00-12:00 ", emergencies_only=True)
        act = agreed(
            shop, "integration", scope=scope, expires_at=NOON + YEAR, language="es"
        )
        receipt = move(connection, shop.camera_id, "integrated", act=act)
        row = _row(connection, shop.camera_id)
        event = history(connection, shop.camera_id)[-1]

    shown = consent_text("integration", "es")
    assert (row.text_version, row.text_digest) == (shown.version, shown.digest)
    assert (row.language, row.signed_by, row.given_at) == ("es", "Ana Ruiz", NOON)
    assert (row.scope_live, row.scope_recorded, row.scope_ptz) == (False, True, False)
    assert (row.hours, row.emergencies_only) == ("Sa,Su 10:00-12:00", True)
    assert row.expires_at == NOON + YEAR
    assert event.receipt == receipt
    assert (event.signed_by, event.by_name) == ("Ana Ruiz", shop.owner_id)


def test_each_change_is_one_line_of_the_log_without_names(registry) -> None:
    with registry.write() as connection:
        shop = registered(connection)
        receipt = move(
            connection,
            shop.camera_id,
            "withdrawn",
            act=by_owner(shop, reason="Sold it"),
        )
        lines = list(read_log(connection))
    moves = [line.entry for line in lines if line.entry.action == "consent_move"]

    assert [entry.parameters["to"] for entry in moves] == ["registered", "withdrawn"]
    assert moves[1].parameters["event"] == receipt.event_id
    assert moves[1].digest == hashlib.sha256(receipt.code.encode()).hexdigest()
    assert receipt.code not in str(moves)
    assert moves[1].actor == shop.owner_id
    assert moves[1].object_ids == (shop.camera_id, receipt.consent_id)
    assert not any("Ana" in str(entry) or "Sold" in str(entry) for entry in moves)


def test_a_change_that_fails_later_leaves_nothing(registry) -> None:
    with registry.write() as connection:
        shop = registered(connection)

    def leave_and_fail() -> None:
        with registry.write() as connection:
            move(connection, shop.camera_id, "withdrawn", act=by_owner(shop))
            message = "something went wrong later"
            raise RuntimeError(message)

    with pytest.raises(RuntimeError, match="later"):
        leave_and_fail()

    with registry.read() as connection:
        assert camera_tier(connection, shop.camera_id) == "registered"
        assert len(history(connection, shop.camera_id)) == 1
        assert len([*read_log(connection)]) == 1


def test_the_agency_says_why_it_pauses_or_ends(registry) -> None:
    with registry.write() as connection:
        shop = integrated(connection)
        for to in ("suspended", "registered", "lapsed"):
            with pytest.raises(ConsentError, match="needs a reason in words"):
                move(connection, shop.camera_id, to, act=agency(reason=" "))
        move(connection, shop.camera_id, "suspended", act=agency(reason="Cable cut"))
        assert history(connection, shop.camera_id)[-1].reason == "Cable cut"


def test_a_camera_in_a_makers_cloud_is_registered_only(registry) -> None:
    with registry.write() as connection:
        shop = registered(connection, cloud_only=True)
        with pytest.raises(ConsentError, match="only through its maker's cloud"):
            move(connection, shop.camera_id, "offered", act=agency())
        assert camera_tier(connection, shop.camera_id) == "registered"


@pytest.mark.parametrize(
    ("authority", "is_good"),
    [
        ({}, True),
        ({"to_on": date(2027, 11, 22)}, True),
        ({"to_on": date(2027, 11, 21)}, False),
        ({"from_on": date(2026, 11, 22)}, True),
        (None, False),
    ],
)
def test_who_integrates_may_speak_for_the_place_until_the_end(
    registry, authority, is_good
) -> None:
    with registry.write() as connection:
        shop = registered(connection, authority=authority)
        move(connection, shop.camera_id, "offered", act=agency())
        act = agreed(shop, "integration", scope=LIVE, expires_at=NOON + YEAR)
        if is_good:
            move(connection, shop.camera_id, "integrated", act=act)
        else:
            with pytest.raises(ConsentError, match="has authority over the place"):
                move(connection, shop.camera_id, "integrated", act=act)


@pytest.mark.parametrize(
    "authority", [{"to_on": date(2026, 11, 21)}, {"from_on": date(2026, 11, 23)}]
)
def test_an_authority_that_does_not_hold_today_registers_nothing(
    registry, authority
) -> None:
    with registry.write() as connection:
        shop = own_camera(connection, authority=authority)
        act = agreed(shop, "registration")
        with pytest.raises(ConsentError, match="has authority over the place"):
            move(connection, shop.camera_id, "registered", act=act)


def test_only_who_has_authority_signs(registry) -> None:
    with registry.write() as connection:
        shop = registered(connection)
        move(connection, shop.camera_id, "offered", act=agency())
        given = {
            "text": consent_text("integration"),
            "scope": LIVE,
            "expires_at": NOON + YEAR,
        }
        stranger = by_owner(shop, signer="Bob Stranger", **given)
        with pytest.raises(ConsentError, match="who agrees has authority over the"):
            move(connection, shop.camera_id, "integrated", act=stranger)
        typed = by_owner(shop, signer="  ana  RUIZ ", **given)
        move(connection, shop.camera_id, "integrated", act=typed)

        assert _row(connection, shop.camera_id).signed_by == "Ana Ruiz"
        assert history(connection, shop.camera_id)[-1].signed_by == "Ana Ruiz"


CHANGES = {
    "tenant left": ({"to_on": date(2026, 11, 21)}, {}, {}),
    "tenant not yet there": ({"from_on": date(2026, 11, 23)}, {}, {}),
    "another owner": ({}, {"owner_id": "other"}, {}),
    "another site": ({}, {}, {"site_id": "other"}),
    "taken down": ({}, {}, {"removed_at": NOON}),
}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("make", [registered, integrated])
def test_a_consent_ends_with_the_authority_that_it_rests_on(
    registry, clock, change, make
) -> None:
    of_authority, of_site, of_camera = CHANGES[change]
    with registry.write() as connection:
        shop, other = make(connection), make(connection)
        next_door = own_camera(connection, authority={"signer": "Bo Lee"})
        signers = select(schema.authority).where(
            schema.authority.c.site_id == shop.site_id
        )
        key = connection.execute(signers).one().authority_id
        if of_authority:
            sites.change_authority(connection, key, of_authority, revision=1, by="kim")
        if of_site:
            new = {"owner_id": next_door.owner_id}
            sites.change_site(connection, shop.site_id, new, revision=1, by="kim")
        if of_camera:
            new = {
                name: next_door.site_id if value == "other" else value
                for name, value in of_camera.items()
            }
            cameras.change_camera(connection, shop.camera_id, new, revision=1, by="kim")
        state = effective_state_column(NOON)
        query = select(schema.consent.c.camera_id, state)
        by_column = {row[0]: row[1] for row in connection.execute(query)}
        tiers = [camera_tier(connection, one.camera_id) for one in (shop, other)]
    clock.pass_by(hours=1)
    with registry.write() as connection:
        receipts = run_clock(connection)
        rows = [_row(connection, one.camera_id) for one in (shop, other)]

    full = "integrated" if make is integrated else "registered"
    assert tiers == [None, full]
    assert by_column == {shop.camera_id: "lapsed", other.camera_id: full}
    # what takes the camera from its owner writes it down itself
    at_once = "another" in change or change == "taken down"
    assert [one.to for one in receipts] == ([] if at_once else ["lapsed"])
    assert [row.state for row in rows] == ["lapsed", full]


def test_an_authority_that_will_end_ends_the_consent_that_day(registry, clock) -> None:
    with registry.write() as connection:
        shop = integrated(connection)
        key = connection.execute(select(schema.authority)).one().authority_id
        new = {"to_on": date(2026, 11, 30)}
        sites.change_authority(connection, key, new, revision=1, by="kim")
    found = []
    for at in (
        datetime(2026, 11, 30, 23, 59, 59, tzinfo=UTC),
        datetime(2026, 12, 1, tzinfo=UTC),
    ):
        clock.at = at
        with registry.read() as connection:
            state = effective_state_column(at)
            query = select(state).select_from(schema.consent)
            found.append(
                (
                    camera_tier(connection, shop.camera_id),
                    connection.execute(query).scalar_one(),
                )
            )
    clock.pass_by(days=5)
    with registry.write() as connection:
        receipt = run_clock(connection)[0]

    assert found == [("integrated", "integrated"), (None, "lapsed")]
    assert (receipt.to, receipt.at) == ("lapsed", datetime(2026, 12, 1, tzinfo=UTC))


@pytest.mark.parametrize(
    ("owned", "words"),
    [
        (None, "has no owner on file who could agree"),
        ("nobody", "has no owner on file who could agree"),
        ("agency", "is the agency's own: it needs nobody's consent"),
    ],
)
def test_nobody_agrees_for_a_camera_without_an_owner(registry, owned, words) -> None:
    with registry.write() as connection:
        shop = own_camera(connection)
        values = {"lon": -84.35, "lat": 33.75}
        if owned is not None:
            place = {"kind": "public"}
            if owned == "agency":
                city = {"name": "City", "kind": "agency"}
                made = owners.add_owner(connection, city, by="kim")
                place["owner_id"] = made.owner_id
            site = sites.add_site(connection, place, by="kim")
            values["site_id"] = site.site_id
        device = cameras.add_camera(connection, values, by="kim")

        with pytest.raises(ConsentError, match=words):
            move(
                connection,
                device.camera_id,
                "registered",
                act=agreed(shop, "registration"),
            )
        assert history(connection, device.camera_id) == ()


def test_a_camera_that_was_taken_down_and_put_up_again_has_to_be_asked_for(
    registry, clock
) -> None:
    with registry.write() as connection:
        shop = integrated(connection)
        seen = cameras.get_camera(connection, shop.camera_id)
        taken = cameras.change_camera(
            connection,
            shop.camera_id,
            {"removed_at": clock.at},
            revision=seen.revision,
            by="kim",
        )
        cameras.change_camera(
            connection,
            shop.camera_id,
            {"removed_at": None},
            revision=taken.revision,
            by="kim",
        )

        assert camera_tier(connection, shop.camera_id) is None
        last = history(connection, shop.camera_id)[-1]
    assert (last.receipt.to, last.reason) == ("lapsed", "The camera was taken down.")


def test_another_owner_or_place_has_agreed_to_nothing(registry) -> None:
    with registry.write() as connection:
        # nobody is listed for the place: only the signer's own word
        sold = registered(connection, authority=None)
        moved = registered(connection, authority=None)
        stays = registered(connection, authority=None)
        other = own_camera(connection, authority=None)
        new = {"owner_id": other.owner_id}
        sites.change_site(connection, sold.site_id, new, revision=1, by="kim")
        new = {"site_id": other.site_id}
        cameras.change_camera(connection, moved.camera_id, new, revision=1, by="kim")
        same = {"owner_id": stays.owner_id, "name": "Deli"}
        sites.change_site(connection, stays.site_id, same, revision=1, by="kim")
        same = {"site_id": stays.site_id, "name": "Door"}
        cameras.change_camera(connection, stays.camera_id, same, revision=1, by="kim")
        tiers = [camera_tier(connection, one.camera_id) for one in (sold, moved, stays)]
        last = history(connection, sold.camera_id)[-1]

    assert tiers == [None, None, "registered"]
    assert (last.receipt.to, last.receipt.side, last.by_name, last.reason) == (
        "lapsed",
        "agency",
        "kim",
        "The place has another owner.",
    )


def test_a_registration_by_ones_own_word_needs_no_authority(registry) -> None:
    with registry.write() as connection:
        shop = registered(connection, authority=None)

        assert camera_tier(connection, shop.camera_id) == "registered"
        assert run_clock(connection) == ()


def test_who_paused_resumes_and_the_owner_wins(registry) -> None:
    with registry.write() as connection:
        shop = integrated(connection)
        camera_id = shop.camera_id
        move(connection, camera_id, "suspended", act=agency(reason="Storm"))
        with pytest.raises(ConsentError, match="is who resumes it"):
            move(connection, camera_id, "integrated", act=by_owner(shop))
        move(connection, camera_id, "suspended", act=by_owner(shop))
        with pytest.raises(ConsentError, match="is who resumes it"):
            move(connection, camera_id, "integrated", act=agency())
        with pytest.raises(ConsentError, match="so far only the agency paused it"):
            move(connection, camera_id, "suspended", act=by_owner(shop))
        paused = _row(connection, camera_id)
        receipt = move(connection, camera_id, "integrated", act=by_owner(shop))
        resumed = _row(connection, camera_id)

    assert paused.state == "suspended"
    assert receipt.scope == LIVE
    assert (resumed.scope_live, resumed.expires_at) == (True, NOON + YEAR)


def test_what_was_only_registered_is_not_resumed_as_integrated(registry) -> None:
    with registry.write() as connection:
        shop = registered(connection)
        move(connection, shop.camera_id, "suspended", act=by_owner(shop))
        with pytest.raises(ConsentError, match="it was integrated when it was paused"):
            move(connection, shop.camera_id, "integrated", act=by_owner(shop))
        move(connection, shop.camera_id, "registered", act=by_owner(shop))
        # a pause that is over is forgotten
        move(connection, shop.camera_id, "suspended", act=agency(reason="Storm"))
        assert standing_of(connection, shop.camera_id).paused_by == {"agency"}


def test_after_leaving_only_the_owner_comes_back(registry) -> None:
    with registry.write() as connection:
        shop = integrated(connection)
        move(connection, shop.camera_id, "withdrawn", act=by_owner(shop))
        for to in ("invited", "registered", "offered", "integrated"):
            with pytest.raises(ConsentError, match="agency may not move withdrawn"):
                move(connection, shop.camera_id, to, act=agency(reason="Please"))
        act = agreed(shop, "registration")
        move(connection, shop.camera_id, "registered", act=act)
        assert camera_tier(connection, shop.camera_id) == "registered"


def test_the_end_holds_before_anybody_wrote_it_down(registry, clock) -> None:
    with registry.write() as connection:
        shop = integrated(connection, days=10)
    clock.at = NOON + timedelta(days=10) - timedelta(microseconds=1)
    with registry.read() as connection:
        before = camera_tier(connection, shop.camera_id)
    clock.at = NOON + timedelta(days=10)
    with registry.read() as connection:
        after = camera_tier(connection, shop.camera_id)
        written = _row(connection, shop.camera_id).state

    assert (before, after, written) == ("integrated", None, "integrated")

    clock.pass_by(days=100)
    with registry.write() as connection:
        receipts = run_clock(connection, sure=True)
        again = run_clock(connection, sure=True)
        row = _row(connection, shop.camera_id)

    assert [(one.to, one.side, one.at) for one in receipts] == [
        ("expired", "clock", NOON + timedelta(days=10))
    ]
    assert again == ()
    assert (row.state, row.scope_live) == ("expired", False)


def test_an_invitation_and_an_offer_do_not_stand_for_ever(registry, clock) -> None:
    with registry.write() as connection:
        asked, offered = own_camera(connection), registered(connection)
        move(connection, asked.camera_id, "invited", act=agency())
        move(connection, offered.camera_id, "offered", act=agency())
    clock.pass_by(days=89)
    with registry.write() as connection:
        first = run_clock(connection, sure=True)
    clock.pass_by(days=1)
    with registry.write() as connection:
        second = run_clock(connection, sure=True)

    assert [(one.camera_id, one.to) for one in first] == [
        (offered.camera_id, "registered")
    ]
    assert first[0].at == NOON + timedelta(days=60)
    assert [(one.camera_id, one.to) for one in second] == [(asked.camera_id, "lapsed")]


def test_a_late_move_is_judged_by_what_the_clock_has_done(registry, clock) -> None:
    with registry.write() as connection:
        shop = integrated(connection, days=10)
    clock.pass_by(days=11)

    with registry.write() as connection:
        with pytest.raises(
            ConsentError, match="owner may not move expired to suspended"
        ):
            move(connection, shop.camera_id, "suspended", act=by_owner(shop))
        act = agreed(shop, "registration")
        move(connection, shop.camera_id, "registered", act=act)
        states = [one.receipt.to for one in history(connection, shop.camera_id)]

    assert states[-2:] == ["expired", "registered"]


def test_a_clock_that_runs_back_never_reorders_history(registry, clock) -> None:
    with registry.write() as connection:
        shop = registered(connection)
    clock.pass_by(days=-30)
    with registry.write() as connection:
        receipt = move(connection, shop.camera_id, "withdrawn", act=by_owner(shop))

    assert receipt.at == NOON


def test_two_who_change_one_consent_are_told(registry) -> None:
    with registry.write() as connection:
        shop = registered(connection)
        seen = _row(connection, shop.camera_id).revision
        move(connection, shop.camera_id, "offered", act=agency(), revision=seen)
        with pytest.raises(
            ConflictError, match=r"was changed by kim at .* look at it anew"
        ):
            move(
                connection,
                shop.camera_id,
                "withdrawn",
                act=by_owner(shop),
                revision=seen,
            )


def test_a_camera_that_was_taken_down_gets_no_new_consent(registry) -> None:
    with registry.write() as connection:
        shop = registered(connection)
        cameras.change_camera(
            connection, shop.camera_id, {"removed_at": NOON}, revision=1, by="kim"
        )
        with pytest.raises(ConsentError, match="was taken down at 2026-11-22T12"):
            move(connection, shop.camera_id, "offered", act=agency())
        move(connection, shop.camera_id, "withdrawn", act=by_owner(shop))


def test_nobody_speaks_for_the_clock_or_an_unknown_camera(registry) -> None:
    with registry.write() as connection:
        shop = registered(connection)
        clock = Act(side="clock", name="kim", role="recruiter")
        with pytest.raises(ConsentError, match="the clock moves by itself"):
            move(connection, shop.camera_id, "expired", act=clock)
        with pytest.raises(ConsentError, match="no camera 'cam_none' in this registry"):
            move(connection, "cam_none", "invited", act=agency())


def test_a_receipt_is_found_however_it_is_typed(registry) -> None:
    with registry.write() as connection:
        shop = registered(connection)
        receipt = history(connection, shop.camera_id)[0].receipt
        typed = receipt.code.lower().replace("-", " ").replace("0", "o")

        assert check_receipt(connection, typed).receipt == receipt
        with pytest.raises(InputError, match="no receipt here has the code"):
            check_receipt(connection, "00000-00000-00000-00000")
        with pytest.raises(InputError, match="is no code of a receipt"):
            check_receipt(connection, "hello")


@pytest.mark.parametrize(
    "change",
    [
        {"to_state": "suspended"},
        {"number": 9},
        {"language": "es"},
        {"text_digest": "0" * 64},
        {"scope": {"live": True}},
        {"expires_at": NOON + YEAR},
        {"at": NOON - timedelta(microseconds=1)},
    ],
)
def test_a_receipt_tells_when_its_record_was_changed(registry, change) -> None:
    with registry.write() as connection:
        shop = registered(connection)
        code = history(connection, shop.camera_id)[0].receipt.code
        before = check_receipt(connection, code).is_true
        connection.execute(schema.consent_event.update().values(**change))

        assert before
        assert not check_receipt(connection, code).is_true


def test_a_receipt_reads_in_the_owners_language_and_zone(registry) -> None:
    with registry.write() as connection:
        shop = integrated(connection)
        receipt = history(connection, shop.camera_id)[-1].receipt
    told = receipt_words(
        receipt, language="es", time_zone="America/New_York", camera="Puerta"
    )

    assert told.startswith("RECIBO\n\nEsta cámara está integrada")
    assert f"Código: {receipt.code}\n" in told
    assert f"Cámara: Puerta ({shop.camera_id})\n" in told
    assert "Cuándo: 2026-11-22 07:00:00 EST\n" in told
    assert "Acordado: en vivo\nHoras: siempre\n" in told
    assert "Ana" not in told
    assert receipt_words(receipt, language="fr").startswith("RECEIPT\n")


def test_the_column_for_many_reads_as_the_clock_does(registry, clock) -> None:
    with registry.write() as connection:
        ends = [integrated(connection, days=days) for days in (1, 2, 3)]
    clock.pass_by(days=2)
    with registry.read() as connection:
        state = effective_state_column(clock.at)
        query = select(schema.consent.c.camera_id, state)
        found = {row[0]: row[1] for row in connection.execute(query)}
        standings = [standing_of(connection, one.camera_id) for one in ends]

    assert [found[one.camera_id] for one in ends] == [
        "expired",
        "expired",
        "integrated",
    ]
    assert [effective(one, clock.at).state for one in standings] == [
        "expired",
        "expired",
        "integrated",
    ]
