"""Whatever owners, agency and clock do in whatever order, consent stays true."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from coveragekit.errors import ConsentError
from coveragekit.registry import schema
from coveragekit.registry.audit_check import verify
from coveragekit.registry.consent import (
    camera_tier,
    check_receipt,
    effective_state_column,
    history,
    move,
    run_clock,
    standing_of,
)
from coveragekit.registry.consent_rules import (
    Act,
    Scope,
    Standing,
    effective,
    next_state,
    tier_of,
)
from coveragekit.registry.texts import consent_text
from tests.oracles.consent import Paper
from tests.registry.owned import NOON, own_camera

STATES = [
    *("invited", "registered", "offered", "integrated"),
    *("suspended", "withdrawn", "expired", "lapsed"),
]
TIERS = {"registered": "registered", "offered": "registered"}
TIERS |= {"integrated": "integrated"}
SCOPES = [
    Scope(live=live, recorded=recorded, ptz=not (live or recorded), hours=hours)
    for live in (True, False)
    for recorded in (True, False)
    for hours in (None, "Mo-Fr 08:00-18:00")
]


@dataclass(frozen=True)
class Try:
    """One thing that somebody tries."""

    side: str
    to: str
    given: frozenset[str]
    end_days: int
    scope: Scope


@dataclass(frozen=True)
class Way:
    """The n-th of all things that would be allowed when its turn comes."""

    number: int
    end_days: int
    scope: Scope

    def resolved(self, paper: Paper) -> Try:
        """Say which one that is."""
        ways = paper.ways()
        side, to, given = ways[self.number % len(ways)]
        return Try(side, to, given, self.end_days, self.scope)


GIVEN = st.frozensets(st.sampled_from(["text", "signer", "scope", "end", "reason"]))
DAYS, SOME_SCOPE = st.sampled_from([1, 30, 60, 100, 800, 1826]), st.sampled_from(SCOPES)
SIDES, TO = st.sampled_from(["owner", "agency"]), st.sampled_from(STATES)
TRIES = st.builds(Try, SIDES, TO, GIVEN, DAYS, SOME_SCOPE)
# blind tries seldom get beyond registered, so most do something that may be done
NUMBERS = st.sampled_from([*(0,) * 8, *range(12)])
WAYS = st.builds(Way, NUMBERS, DAYS, SOME_SCOPE)
PAUSES = st.builds(
    Try,
    SIDES,
    st.sampled_from(["suspended", "suspended", "integrated", "registered"]),
    st.sampled_from([frozenset(), frozenset({"reason"})]),
    DAYS,
    SOME_SCOPE,
)
WAITS = st.sampled_from([0.0, 0.5, 1.0, 29.0, 59.9, 60.0, 90.0, 500.0])
EVENTS = st.lists(st.one_of(WAYS, WAYS, PAUSES, TRIES, WAITS), min_size=14, max_size=30)


def _act(one: Try, now) -> tuple[Act, object]:
    kind = "integration" if one.to == "integrated" else "registration"
    end = now + timedelta(days=one.end_days)
    act = Act(
        side=one.side,
        name="somebody",
        role="recruiter",
        text=consent_text(kind) if "text" in one.given else None,
        signer="Ana Ruiz" if "signer" in one.given else None,
        scope=one.scope if "scope" in one.given else None,
        expires_at=end if "end" in one.given else None,
        reason="Because" if "reason" in one.given else None,
    )
    return act, end


@settings(max_examples=400)
@given(EVENTS)
def test_the_rules_agree_with_a_clerks_paper_file(events) -> None:
    paper, standing, now = Paper(), Standing(), NOON
    for event in events:
        if isinstance(event, float):
            now += timedelta(days=event)
        paper.tick(now)
        standing = effective(standing, now)
        event = event.resolved(paper) if isinstance(event, Way) else event  # noqa: PLW2901
        if isinstance(event, Try):
            act, end = _act(event, now)
            try:
                standing = next_state(standing, event.to, act, now=now)
                is_allowed = True
            except ConsentError:
                is_allowed = False
            told = paper.ask(event.side, event.to, set(event.given), now, end)
            assert is_allowed == told, (event, paper)
        assert standing.state == paper.state
        assert standing.expires_at == paper.ends
        assert tier_of(standing.state) == TIERS.get(paper.state)


def test_what_is_kept_agrees_with_a_clerks_paper_file(registry, clock) -> None:
    is_small = registry.dialect == "sqlite"

    @settings(
        max_examples=25 if is_small else 4,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow],
    )
    @given(EVENTS)
    def run(events) -> None:
        _live_through(registry, clock, events)

    run()
    with registry.read() as connection:
        assert verify(connection, []).ok


def _live_through(registry, clock, events) -> None:
    paper, scope, codes = Paper(), None, []
    with registry.write() as connection:
        shop = own_camera(connection)
    camera_id = shop.camera_id
    for event in events:
        if isinstance(event, float):
            clock.pass_by(days=event)
        paper.tick(clock.at)
        event = event.resolved(paper) if isinstance(event, Way) else event  # noqa: PLW2901
        with registry.write() as connection:
            if isinstance(event, Try):
                act, end = _act(event, clock.at)
                told = paper.ask(event.side, event.to, set(event.given), clock.at, end)
                try:
                    codes.append(move(connection, camera_id, event.to, act=act).code)
                    is_allowed = True
                except ConsentError:
                    is_allowed = False
                assert is_allowed == told, (event, paper)
                scope = event.scope if told and "scope" in event.given else scope
            elif event == 1.0:
                run_clock(connection, sure=True)  # years may pass between lines
        with registry.read() as connection:
            assert camera_tier(connection, camera_id) == TIERS.get(paper.state)
            _check_row(connection, camera_id, paper, scope, now=clock.at)
    with registry.read() as connection:
        _check_history(connection, camera_id, paper, codes)


def _check_row(connection, camera_id, paper, scope, *, now) -> None:
    standing = effective(standing_of(connection, camera_id), now)
    assert standing.state == paper.state
    query = select(schema.consent, effective_state_column(now).label("by_clock"))
    row = connection.execute(
        query.where(schema.consent.c.camera_id == camera_id)
    ).first()
    assert (row is None) == (paper.state == "nothing")
    if row is None:
        return
    assert tier_of(row.by_clock) == TIERS.get(paper.state)
    if paper.state == "integrated":
        kept = (row.scope_live, row.scope_recorded, row.scope_ptz, row.hours)
        assert kept == (scope.live, scope.recorded, scope.ptz, scope.hours)
    elif row.by_clock not in ("suspended", "expired"):
        kept = (row.scope_live, row.scope_recorded, row.scope_ptz)
        assert kept == (False, False, False)


def _check_history(connection, camera_id, paper, codes) -> None:
    events = history(connection, camera_id)
    receipts = [event.receipt for event in events]
    states = ["nothing", *(one.to for one in receipts)]

    assert [one.number for one in receipts] == [*range(1, len(receipts) + 1)]
    assert [one.origin for one in receipts] == states[:-1]
    assert [one.at for one in receipts] == sorted(one.at for one in receipts)
    # what only the clock did may not be written down yet
    assert paper.past[: len(receipts)] == states[1:]
    assert set(codes) <= {one.code for one in receipts}
    for code in codes:
        assert check_receipt(connection, code).is_true
