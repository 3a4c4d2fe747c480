"""Whatever happened before: what is allowed has the owner's live consent in scope."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from coveragekit.access import Purpose, Scope, User, open_door
from coveragekit.errors import ConsentError
from coveragekit.registry.audit import last_entry
from coveragekit.registry.audit_check import verify
from tests.access.scene import Scene
from tests.databases import Clock
from tests.oracles.access import (
    FOR,
    MAY,
    OPEN,
    Agreed,
    Shared,
    consent_is_live,
    is_shared,
)

WORDS = ["live", "recorded", "ptz"]
PEOPLE = [
    ("kim", "officer"),
    ("dee", "dispatcher"),
    ("sue", "supervisor"),
    ("pat", "planner"),
]
HOURS = st.floats(-60, 60).map(lambda one: round(one, 2))
SCOPES = st.sets(st.sampled_from(WORDS), min_size=1)
MOVES = ["registered", "offered", "integrated", "suspended", "withdrawn", "lapsed"]

consents = st.tuples(
    st.just("consent"),
    st.sampled_from(MOVES),
    st.sampled_from(["owner", "agency"]),
    SCOPES,
    st.sampled_from(sorted(OPEN, key=str)),
    st.booleans(),
    st.floats(0.5, 90),
)
integrations = st.tuples(
    st.just("integrate"),
    SCOPES,
    st.sampled_from(sorted(OPEN, key=str)),
    st.booleans(),
    st.floats(0.5, 90),
)
clocks = st.tuples(st.just("pass_time"), HOURS)
sharings = st.tuples(
    st.just("share"),
    st.sampled_from(["kim", "pat", "planner", "dispatcher"]),
    SCOPES,
    st.none() | HOURS,
    st.none() | st.floats(1, 60),
    st.booleans(),
)
revocations = st.tuples(st.just("revoke"), st.integers(0, 5))
questions = st.tuples(
    st.just("ask"),
    st.sampled_from(PEOPLE),
    st.sampled_from(sorted(MAY)),
    st.sampled_from(["call", "investigation", "planning"]),
    st.booleans(),
)
later = st.lists(
    st.one_of(
        consents, integrations, clocks, sharings, revocations, questions, questions
    ),
    max_size=12,
)
histories = st.builds(lambda first, rest: [first, *rest], integrations, later)


class World:
    """One camera, what was said about it, and what an honest clerk would remember."""

    def __init__(self, scene: Scene, clock: Clock) -> None:
        self.scene, self.clock = scene, clock
        self.camera = scene.camera()
        self.agreed = Agreed()
        self.shares: list[tuple[str, Shared]] = []
        self.latest = clock()
        self.asked = self.allowed = 0

    def play(self, step: tuple[Any, ...]) -> None:
        name, *told = step
        getattr(self, name)(*told)
        # a time of which no line tells leaves no trace
        with self.scene.door.registry.read() as connection:
            _, at, _ = last_entry(connection)
        if at is not None:
            self.latest = max(self.latest, at)

    def pass_time(self, hours: float) -> None:
        self.clock.pass_by(hours=hours)

    def consent(self, to: str, side: str, *terms: Any) -> None:
        told: dict[str, Any] = {"side": side}
        if side == "agency":
            told["reason"] = "a reason"
        if to == "integrated":
            told |= self.terms(*terms)
        if side == "agency" or (to == "registered" and self.agreed.state == "offered"):
            told["signs"] = False
        try:
            self.scene.move(self.camera, to, **told)
        except ConsentError:
            return  # the machine does not know this move; nothing changed
        self.remember(to, *terms)

    def integrate(self, *terms: Any) -> None:
        for to, side in (
            ("registered", "owner"),
            ("offered", "agency"),
            ("integrated", "owner"),
        ):
            self.consent(to, side, *terms)

    def terms(
        self, scope: set[str], hours: str | None, urgent: bool, days: float
    ) -> dict[str, Any]:
        self.end = self.clock() + timedelta(days=days)
        flags = {word: word in scope for word in WORDS}
        said = Scope(**flags, hours=hours, emergencies_only=urgent)
        return {"scope": said, "expires_at": self.end}

    def remember(
        self, to: str, scope: set[str], hours: str | None, urgent: bool, days: float
    ) -> None:
        del days
        if to == "integrated":
            self.agreed = Agreed(to, scope, hours, urgent, self.end)
        else:
            self.agreed.state = to

    def share(
        self,
        to: str,
        scope: set[str],
        begin_h: float | None,
        length_h: float | None,
        urgent: bool,
    ) -> None:
        now = self.clock()
        begin = None if begin_h is None else now + timedelta(hours=begin_h)
        end = None if length_h is None else (begin or now) + timedelta(hours=length_h)
        named = {"to_role" if to in {"planner", "dispatcher"} else "to_name": to}
        flags = {f"scope_{word}": word in scope for word in WORDS}
        share_id = self.scene.share(
            camera_id=self.camera,
            from_at=begin,
            to_at=end,
            emergencies_only=urgent,
            **named,
            **flags,
        )
        self.shares.append((share_id, Shared(to, scope, begin, end, urgent)))

    def revoke(self, number: int) -> None:
        standing = [one for one in self.shares if not one[1].is_revoked]
        if standing:
            share_id, one = standing[number % len(standing)]
            self.scene.revoke(share_id)
            one.is_revoked = True

    def ask(
        self, who: tuple[str, str], action: str, purpose: str, urgent: bool
    ) -> None:
        user = User(who[0], who[1], "proxy")
        asked = Purpose(purpose, "120", "26-0417", emergency=urgent)
        decision = self.scene.door.may(user, action, self.camera, asked)
        self.check(decision.allowed, who, action, purpose, urgent)

    def look(
        self, who: tuple[str, str], action: str, purpose: str, urgent: bool
    ) -> None:
        user = User(who[0], who[1], "proxy")
        asked = Purpose(purpose, "120", "26-0417", emergency=urgent)
        is_allowed = self.scene.door.still_may(user, action, self.camera, asked)
        self.check(is_allowed, who, action, purpose, urgent)

    def check(
        self,
        is_allowed: bool,
        who: tuple[str, str],
        action: str,
        purpose: str,
        urgent: bool,
    ) -> None:
        now = self.clock()
        told = {"emergency": urgent}
        lives = consent_is_live(self.agreed, action, now, self.latest, **told)
        shares = [one for _, one in self.shares]
        shared = is_shared(shares, who, action, now, self.latest, **told)
        opened = purpose in FOR[action] and (who[1] in MAY[action] or shared)
        if urgent and who[1] not in {"officer", "dispatcher", "supervisor"}:
            opened = False
        self.asked += 1
        self.allowed += is_allowed
        assert not is_allowed or lives
        assert is_allowed == (lives and opened)


def test_what_is_allowed_always_has_live_consent_in_scope(tmp_path: Path) -> None:
    clock = Clock(datetime(2026, 3, 2, 15, 0, tzinfo=UTC))
    asked = allowed = 0

    with open_door(
        tmp_path / "registry.sqlite", create=True, sign=False, clock=clock
    ) as door:
        scene = Scene(door)

        @settings(max_examples=60, deadline=None)
        @given(history=histories)
        def play(history: list[tuple[Any, ...]]) -> None:
            nonlocal asked, allowed
            world = World(scene, clock)
            for step in history:
                world.play(step)
            for who, action, urgent in product(PEOPLE, MAY, (False, True)):
                world.look(who, action, "investigation", urgent)
                world.look(who, action, "call", urgent)
            asked, allowed = asked + world.asked, allowed + world.allowed
            clock.at = world.latest + timedelta(minutes=1)

        play()
        with door.registry.read() as connection:
            assert verify(connection).ok

    assert asked > 2_000
    assert allowed > 50  # else nothing was shown
