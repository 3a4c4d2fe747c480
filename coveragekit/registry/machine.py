"""A state machine that is data: states, who may move where, and what a move demands."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Final

from coveragekit.errors import CoverageKitError, InputError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

__all__ = [
    "NOTHING",
    "SIDES",
    "Machine",
    "Move",
    "State",
    "load_machine",
    "parse_machine",
]

NOTHING: Final = "nothing"
SIDES: Final = ("owner", "agency", "clock")
_PEOPLE: Final = ("owner", "agency")

_KEYS: Final = {"from", "to", "by", "demands", "at", "after_days", "words"}


@dataclass(frozen=True, slots=True)
class State:
    """
    One state.

    Parameters
    ----------
    name
        Its word.
    words
        What it means, as a sentence.
    tier
        What a camera in it counts as, ``None`` where it may not be used.
    is_open
        Whether something is still to be done.
    is_end
        Whether it is over; a new beginning is possible where a move says so.
    place
        Column and row in a drawing.
    """

    name: str
    words: str
    tier: str | None = None
    is_open: bool = False
    is_end: bool = False
    place: tuple[float, float] = (0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Move:
    """
    One allowed move.

    Parameters
    ----------
    origin, to
        State before and after.
    by
        Whose act it is: ``"owner"``, ``"agency"`` or ``"clock"``.
    demands
        Facts that must hold.
    at
        Moves of the clock: name of the time at which it falls due.
    after_days
        Moves of the clock: days after the state began.
    words
        What happens, as a sentence.
    """

    origin: str
    to: str
    by: str
    demands: tuple[str, ...]
    at: str | None
    after_days: float | None
    words: str

    def due_at(
        self, since: datetime, times: Mapping[str, datetime | None]
    ) -> datetime | None:
        """
        Give the moment at which the clock makes this move.

        Parameters
        ----------
        since
            When the state began.
        times
            The times that moves may name, with ``None`` where there is none.

        Returns
        -------
        datetime.datetime | None
            The moment; ``None`` if it never comes.
        """
        if self.after_days is not None:
            return since + timedelta(days=self.after_days)
        return times[self.at] if self.at else None


@dataclass(frozen=True, slots=True)
class Machine:
    """
    States and moves.

    Parameters
    ----------
    name
        What it is about.
    states
        State by name, in the order of the file.
    moves
        Moves in the order of the file, one for each origin.
    demands
        Each fact that a move may demand, in words.
    error
        What a refusal raises.
    """

    name: str
    states: Mapping[str, State]
    moves: tuple[Move, ...]
    demands: Mapping[str, str]
    error: type[CoverageKitError] = InputError

    def allowed(self, state: str, by: str | None = None) -> tuple[Move, ...]:
        """
        Give the moves out of a state.

        Parameters
        ----------
        state
            Name of the state, or ``"nothing"``.
        by
            Only those of one side.

        Returns
        -------
        tuple of Move
            Moves in the order of the file.
        """
        return tuple(
            move
            for move in self.moves
            if move.origin == state and by in (None, move.by)
        )

    def find(
        self, state: str, to: str, *, by: str, facts: Collection[str] = ()
    ) -> Move:
        """
        Give the move from one state to another, if it is allowed now.

        Parameters
        ----------
        state, to
            Name of the state before and after.
        by
            Whose act it is.
        facts
            The facts that hold, of those that moves may demand.

        Returns
        -------
        Move
            The move.

        Raises
        ------
        InputError
            If there is no such move for this side, or a fact that it demands does not
            hold; the message says what is allowed. A machine of another ``error``
            raises that.
        """
        if to not in self.states:
            known = ", ".join(self.states)
            message = f"{self.name}: no state {to!r}; allowed: {known}"
            raise self.error(message)
        found = next((move for move in self.allowed(state, by) if move.to == to), None)
        if found is None:
            message = (
                f"{self.name}: {by} may not move {state} to {to}; "
                f"allowed from {state}: {self._ways(state)}"
            )
            raise self.error(message)
        missing = [fact for fact in found.demands if fact not in facts]
        if missing:
            words = "; ".join(self.demands[fact] for fact in missing)
            message = f"{self.name}: {state} to {to} needs {words}"
            raise self.error(message).lacking(*missing)
        return found

    def due(
        self,
        state: str,
        since: datetime,
        times: Mapping[str, datetime | None],
        *,
        now: datetime,
    ) -> tuple[Move, datetime] | None:
        """
        Give the first move that the clock has made by now.

        Parameters
        ----------
        state
            Name of the state.
        since
            When it began.
        times
            The times that moves may name.
        now
            The present.

        Returns
        -------
        tuple of Move and datetime.datetime | None
            The move and when it fell due; ``None`` if none has. Of two at one moment
            the one that stands first in the file.
        """
        moments = [
            (moment, move)
            for move in self.allowed(state, "clock")
            if (moment := move.due_at(since, times)) is not None and moment <= now
        ]
        if not moments:
            return None
        moment, move = min(moments, key=lambda pair: pair[0])
        return move, moment

    def _ways(self, state: str) -> str:
        """Say what people may do; what the clock does nobody can ask for."""
        ways = {
            side: [move.to for move in self.allowed(state, side)] for side in _PEOPLE
        }
        told = [f"{', '.join(to)} by the {side}" for side, to in ways.items() if to]
        return "; ".join(told) or "nothing"


@cache
def load_machine(name: str, error: type[CoverageKitError] = InputError) -> Machine:
    """
    Read a machine that comes with the package.

    Parameters
    ----------
    name
        ``"consent"`` or ``"requests"``, a file of ``registry/data``.
    error
        What its refusals raise.

    Returns
    -------
    Machine
        The machine.

    Raises
    ------
    InputError
        If the file names a state, a side or a fact that it does not explain, or a move
        twice.

    Examples
    --------
    >>> load_machine("consent").find("nothing", "invited", by="agency").words
    'The agency asks the owner.'
    """
    source = files("coveragekit.registry").joinpath("data", f"{name}.toml")
    return parse_machine(source.read_text("utf-8"), error)


def parse_machine(text: str, error: type[CoverageKitError] = InputError) -> Machine:
    r"""
    Read a machine from TOML.

    Parameters
    ----------
    text
        TOML with ``name``, ``[states]``, ``[demands]`` and ``[[moves]]``.
    error
        What its refusals raise.

    Returns
    -------
    Machine
        The machine.

    Raises
    ------
    InputError
        If it names a state, a side or a fact that it does not explain, or a move twice.

    Examples
    --------
    >>> parse_machine('name = "door"\nstates.open.words = "Open."').allowed("open")
    ()
    """
    data = tomllib.loads(text)
    states = {
        name: State(
            name=name,
            words=entry["words"],
            tier=entry.get("tier"),
            is_open=entry.get("is_open", False),
            is_end=entry.get("is_end", False),
            place=(float(place[0]), float(place[1])),
        )
        for name, entry in data["states"].items()
        for place in (entry.get("place", (0, 0)),)
    }
    demands = {name: entry["words"] for name, entry in data.get("demands", {}).items()}
    moves = tuple(
        Move(
            origin=origin,
            to=entry["to"],
            by=entry["by"],
            demands=tuple(entry.get("demands", ())),
            at=entry.get("at"),
            after_days=entry.get("after_days"),
            words=entry["words"],
        )
        for entry in data.get("moves", ())
        for origin in entry["from"]
        if _is_known(entry, origin, states=states, demands=demands)
    )
    seen = [(move.origin, move.to, move.by) for move in moves]
    twice = {move for move in seen if seen.count(move) > 1}
    if twice:
        message = f"{data['name']}: stands twice: {sorted(twice)}; keep one of each"
        raise InputError(message)
    return Machine(data["name"], states, moves, demands, error)


def _is_known(
    entry: Mapping[str, object],
    origin: str,
    *,
    states: Collection[str],
    demands: Collection[str],
) -> bool:
    wanted = entry.get("demands", ())
    facts: Collection[object] = wanted if isinstance(wanted, list) else ()
    clocked = ("at" in entry) != ("after_days" in entry)
    faults = [
        *(str(key) for key in entry if key not in _KEYS),
        *(str(fact) for fact in facts if fact not in demands),
        *(str(name) for name in (entry["to"],) if name not in states),
        *(name for name in (origin,) if name not in {*states, NOTHING}),
        *(str(side) for side in (entry["by"],) if side not in SIDES),
        *(("at or after_days",) if clocked != (entry["by"] == "clock") else ()),
    ]
    if faults:
        message = (
            f"move {origin} to {entry['to']}: unknown or out of place: "
            f"{', '.join(faults)}; allowed: explained states and demands, "
            f"{', '.join(SIDES)}, and at or after_days for the clock alone"
        )
        raise InputError(message)
    return True
