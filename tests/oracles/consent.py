"""What a consent allows, told once more by hand, without reading the machine's data."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

LIVING = {"registered", "offered", "integrated"}
OVER = {"withdrawn", "expired", "lapsed"}
ENDS = ("invited", "withdrawn", "lapsed")
GIVEN = [
    frozenset(),
    frozenset({"text", "signer"}),
    frozenset({"text", "signer", "scope", "end"}),
    frozenset({"reason"}),
]


@dataclass
class Paper:
    """A consent as a clerk with a paper file would keep it."""

    state: str = "nothing"
    since: datetime | None = None
    ends: datetime | None = None
    paused_by_owner: bool = False
    paused_by_agency: bool = False
    before_pause: str = ""
    past: list[str] = field(default_factory=list)

    def tick(self, now: datetime) -> None:
        """Let the clock do what it does, one thing after the other."""
        while True:
            due = []
            if self.ends is not None and self.state in LIVING | {"suspended"}:
                due.append((self.ends, 0, "expired"))
            if self.state == "invited":
                due.append((self.since + timedelta(days=90), 1, "lapsed"))
            if self.state == "offered":
                due.append((self.since + timedelta(days=60), 1, "registered"))
            due = [one for one in sorted(due) if one[0] <= now]
            if not due:
                return
            self._enter(due[0][2], due[0][0])

    def ask(
        self, side: str, to: str, given: set[str], now: datetime, ends: datetime | None
    ) -> bool:
        """Say whether a move is allowed, and make it."""
        if not self._may(side, to, given):
            return False
        pauses = to == "suspended"
        if pauses and self.state != "suspended":
            self.before_pause = self.state
            self.paused_by_owner = self.paused_by_agency = False
        if pauses and side == "owner":
            self.paused_by_owner = True
        if pauses and side == "agency":
            self.paused_by_agency = True
        if "text" in given:
            self.ends = ends if "end" in given else None
        self._enter(to, now)
        return True

    def ways(self) -> list[tuple[str, str, frozenset[str]]]:
        """Give what would be allowed now, what leads furthest first."""
        return [
            (side, to, given)
            for to in ("integrated", "offered", "registered", "suspended", *ENDS)
            for side in ("owner", "agency")
            for given in GIVEN
            if self._may(side, to, set(given))
        ]

    def _enter(self, to: str, at: datetime) -> None:
        if to in OVER | {"invited"}:
            self.ends = None
        self.state, self.since = to, at
        self.past.append(to)

    def _may(  # noqa: C901, PLR0911, PLR0912 - cases, to be read from top to bottom
        self, side: str, to: str, given: set[str]
    ) -> bool:
        agreement = {"text", "signer"} <= given
        nothing_useless = not given & {"text", "signer", "scope", "end"}
        if side == "owner":
            if to == "withdrawn":
                is_there = self.state not in {"nothing", "withdrawn"}
                return is_there and nothing_useless
            if to == "registered":
                fresh = {"nothing", "invited", "withdrawn", "expired", "lapsed"}
                if self.state in fresh | {"registered"}:
                    return agreement and "scope" not in given
                if self.state in {"offered", "integrated"}:
                    return nothing_useless
                resumes = self.state == "suspended" and self.paused_by_owner
                return resumes and nothing_useless
            if to == "integrated":
                if self.state in {"offered", "integrated"}:
                    return agreement and {"scope", "end"} <= given
                resumes = self.state == "suspended" and self.paused_by_owner
                was = self.before_pause == "integrated"
                return resumes and was and nothing_useless
            if to == "suspended":
                joins = self.state == "suspended" and not self.paused_by_owner
                return (self.state in LIVING or joins) and nothing_useless
            return False
        if not nothing_useless:
            return False
        if to == "invited":
            return self.state in {"nothing", "expired", "lapsed"}
        if to == "offered":
            return self.state == "registered"
        if to == "suspended":
            return self.state in LIVING and "reason" in given
        if to == "lapsed":
            return self.state in LIVING | {"invited", "suspended"} and "reason" in given
        only_agency = self.paused_by_agency and not self.paused_by_owner
        resumes = self.state == "suspended" and only_agency
        if to == "registered":
            ends_it = self.state in {"offered", "integrated"} and "reason" in given
            return ends_it or resumes
        if to == "integrated":
            return resumes and self.before_pause == "integrated"
        return False
