"""The rules of consent, without a database."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from coveragekit.errors import ConsentError, InputError
from coveragekit.registry.consent_rules import (
    Act,
    Scope,
    Standing,
    check_hours,
    consent_machine,
    effective,
    next_state,
    tier_of,
)
from coveragekit.registry.machine import parse_machine
from coveragekit.registry.receipts import Receipt, code_of, receipt_words
from coveragekit.registry.texts import consent_text, languages
from tests.registry.owned import LIVE, NOON, agency

YEAR = timedelta(days=365)
REGISTERED = Standing("registered", NOON)
OFFERED = Standing("offered", NOON)


def _owner(**more) -> Act:
    return Act(side="owner", name="own_1", role="owner", **more)


@pytest.mark.parametrize(
    ("to", "match"),
    [
        ("integrated", r"owner may not move registered to integrated; allowed from"),
        ("flying", r"no state 'flying'; allowed: invited, registered, offered"),
        ("lapsed", r"owner may not move registered to lapsed"),
    ],
)
def test_a_move_that_the_machine_lacks_is_refused(to, match) -> None:
    with pytest.raises(ConsentError, match=match):
        next_state(REGISTERED, to, _owner(), now=NOON)


@pytest.mark.parametrize(
    ("lacks", "match"),
    [
        ({"text": None}, "needs the version and language of the consent text"),
        ({"signer": "  "}, "needs the name of the person who agrees"),
        ({"scope": Scope(hours="24/7")}, "needs at least one of live, recorded, PTZ"),
        ({"expires_at": None}, "needs the day it ends"),
        ({"expires_at": NOON}, "needs the day it ends, in the future"),
        ({"expires_at": NOON + 5 * YEAR + timedelta(days=3)}, "at most five years"),
        ({"text": consent_text("registration")}, "was shown 'registration-v2'"),
        ({"scope": Scope(live=True, hours="soon")}, "hours 'soon' cannot be read"),
    ],
)
def test_integration_demands_all_that_it_says(lacks, match) -> None:
    given = {
        "text": consent_text("integration"),
        "signer": "Ana Ruiz",
        "scope": LIVE,
        "expires_at": NOON + 5 * YEAR + timedelta(days=2),
    }
    assert next_state(OFFERED, "integrated", _owner(**given), now=NOON) == Standing(
        "integrated", NOON, given["expires_at"]
    )

    with pytest.raises(ConsentError, match=match):
        next_state(OFFERED, "integrated", _owner(**given | lacks), now=NOON)


@pytest.mark.parametrize("known", [("own_feed",), ("authority",), ()])
def test_what_holds_of_the_camera_and_its_place_is_demanded_too(known) -> None:
    given = {"text": consent_text("integration"), "signer": "Ana", "scope": LIVE}
    act = _owner(**given, expires_at=NOON + YEAR)

    with pytest.raises(ConsentError, match=r"authority over the place|maker's cloud"):
        next_state(OFFERED, "integrated", act, now=NOON, known=known)


@pytest.mark.parametrize(
    ("useless", "match"),
    [
        ({"scope": LIVE}, "takes no scope; leave that out"),
        ({"expires_at": NOON + YEAR}, "takes no end"),
        ({"text": consent_text("registration")}, "takes no text"),
        ({"signer": "Ana"}, "takes no signer"),
    ],
)
def test_nobody_is_left_to_believe_that_something_useless_was_agreed(
    useless, match
) -> None:
    with pytest.raises(ConsentError, match=match):
        next_state(REGISTERED, "suspended", _owner(**useless), now=NOON)


def test_a_registration_may_have_an_end_that_is_one() -> None:
    given = {"text": consent_text("registration"), "signer": "Ana"}
    ends = _owner(**given, expires_at=NOON + YEAR)
    past = _owner(**given, expires_at=NOON - YEAR)

    moved = next_state(Standing(), "registered", ends, now=NOON)

    assert moved.expires_at == NOON + YEAR
    with pytest.raises(ConsentError, match="is no end; allowed: in the future"):
        next_state(Standing(), "registered", past, now=NOON)


def test_a_renewal_without_an_end_takes_the_old_end_away() -> None:
    before = Standing("registered", NOON, NOON + YEAR)
    act = _owner(text=consent_text("registration"), signer="Ana")

    assert next_state(before, "registered", act, now=NOON).expires_at is None


def test_who_steps_back_to_registered_keeps_the_end() -> None:
    before = Standing("integrated", NOON, NOON + YEAR)

    moved = next_state(before, "registered", _owner(), now=NOON)

    assert moved == Standing("registered", NOON, NOON + YEAR)


def test_a_pause_of_both_sides_ends_where_it_began() -> None:
    standing = Standing("integrated", NOON, NOON + YEAR)

    standing = next_state(standing, "suspended", agency(reason="Storm"), now=NOON)
    standing = next_state(standing, "suspended", _owner(), now=NOON)

    assert (standing.paused_from, standing.paused_by) == (
        "integrated",
        {"owner", "agency"},
    )
    with pytest.raises(ConsentError, match="is who resumes it"):
        next_state(standing, "integrated", agency(), now=NOON)
    assert next_state(standing, "integrated", _owner(), now=NOON) == Standing(
        "integrated", NOON, NOON + YEAR
    )


def test_an_offer_runs_out_and_then_the_registration_does() -> None:
    offered = Standing("offered", NOON, NOON + timedelta(days=70))

    days = [59, 60, 69, 70, 5000]
    found = [effective(offered, NOON + timedelta(days=day)) for day in days]

    assert [one.state for one in found] == [
        "offered",
        "registered",
        "registered",
        "expired",
        "expired",
    ]
    assert found[1].since == NOON + timedelta(days=60)
    assert found[-1] == Standing("expired", NOON + timedelta(days=70))


def test_an_end_before_the_offers_comes_first() -> None:
    offered = Standing("offered", NOON, NOON + timedelta(days=30))

    found = effective(offered, NOON + timedelta(days=90))

    assert found == Standing("expired", NOON + timedelta(days=30))


def test_of_two_moves_due_at_one_moment_the_first_in_the_file_holds() -> None:
    offered = Standing("offered", NOON, NOON + timedelta(days=60))

    assert effective(offered, NOON + timedelta(days=60)).state == "expired"


def test_a_camera_counts_as_what_its_state_says_and_as_nothing_else() -> None:
    tiers = {name: tier_of(name) for name in consent_machine().states}

    assert tiers == {
        "invited": None,
        "registered": "registered",
        "offered": "registered",
        "integrated": "integrated",
        "suspended": None,
        "withdrawn": None,
        "expired": None,
        "lapsed": None,
    }
    assert tier_of("nothing") is None
    assert tier_of("free text") is None


def test_only_the_owners_own_agreement_or_resuming_raises_a_tier() -> None:
    rank = {None: 0, "registered": 1, "integrated": 2}

    for move in consent_machine().moves:
        raised = rank[tier_of(move.to)] > rank[tier_of(move.origin)]
        if raised and move.origin == "suspended":
            assert "same_side" in move.demands
        elif raised:
            assert move.by == "owner"
            assert {"text", "signer", "authority"} <= set(move.demands)


def test_the_owner_can_leave_from_everywhere() -> None:
    machine = consent_machine()

    for name in machine.states:
        if name != "withdrawn":
            found = machine.find(name, "withdrawn", by="owner")
            assert found.demands == ()


def test_every_state_can_be_reached_and_none_holds_anybody() -> None:
    machine = consent_machine()
    reached = {"nothing"}
    for _ in machine.states:
        reached |= {move.to for move in machine.moves if move.origin in reached}

    assert reached == {"nothing", *machine.states}
    for name in machine.states:
        assert machine.allowed(name, "owner")


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"to": "shut"}, "unknown or out of place: shut"),
        ({"by": "wind"}, "unknown or out of place: wind"),
        ({"from": ["ajar"]}, "unknown or out of place: ajar"),
        ({"demands": ["key"]}, "unknown or out of place: key"),
        ({"colour": "red"}, "unknown or out of place: colour"),
        ({"after_days": 3}, "at or after_days"),
        ({"by": "clock"}, "at or after_days"),
        ({"from": ["open", "open"]}, "stands twice"),
    ],
)
def test_a_machine_that_does_not_explain_itself_is_refused(change, match) -> None:
    move = {"from": ["nothing"], "to": "open", "by": "owner", "words": "Open."} | change
    lines = [f"{name} = {value!r}" for name, value in move.items()]
    text = "\n".join(
        ['name = "door"', '[states.open]\nwords = "Open."', "[[moves]]", *lines]
    )

    with pytest.raises(InputError, match=match):
        parse_machine(text)


@pytest.mark.parametrize(
    ("field", "value", "match"),
    [
        ("name", "", "name is missing"),
        ("signer", "Ana\r\nBcc: all", "characters that no line of text has"),
        ("reason", "x" * 1001, "has 1001 characters; allowed: at most 1000"),
        ("signer", "Ana\u202egnp.exe", "characters that no line of text has"),
        ("signer", "Ana\x00", "characters that no line of text has"),
        ("expires_at", datetime(2027, 1, 1), "has no time zone"),  # noqa: DTZ001
    ],
)
def test_what_cannot_be_kept_is_refused_before_anything(field, value, match) -> None:
    given = {"side": "owner", "name": "own_1", "role": "owner", field: value}

    with pytest.raises(InputError, match=match):
        Act(**given)


def test_hours_of_a_scope_can_be_read_or_are_refused() -> None:
    assert check_hours(None) is None
    assert check_hours("Mo-Fr 08:00-18:00; PH off") == "Mo-Fr 08:00-18:00; PH off"
    with pytest.raises(ConsentError, match="cannot be read; allowed: OpenStreetMap's"):
        check_hours("Mo-Fr 08:00-18:00; " * 100)


def test_receipts_of_two_registries_never_agree() -> None:
    facts = ("cev_1", "con_1", "cam_1", 1, "nothing", "invited", "agency", NOON)

    assert code_of(Receipt("one", *facts)) != code_of(Receipt("two", *facts))


def test_every_state_has_words_in_every_language() -> None:
    told = {
        receipt_words(
            Receipt("r", "e", "c", "cam", 1, "nothing", state, "owner", NOON),
            language=language,
        ).splitlines()[2]
        for state in consent_machine().states
        for language in languages()
    }

    assert len(told) == len(consent_machine().states) * len(languages())
