"""The consent of a camera as a page and as a drawing, both made from its data."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Final
from xml.sax.saxutils import escape

from coveragekit.registry.consent_rules import consent_machine
from coveragekit.registry.machine import SIDES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from coveragekit.registry.machine import Machine, Move, State

__all__ = ["consent_drawing", "consent_page"]

_WIDTH: Final = 190
_HEIGHT: Final = 66
_TALL: Final = 146
_STEP_X: Final = 270
_STEP_Y: Final = 170
_EDGE: Final = 40
_COLOURS: Final = {"owner": "#0b6e4f", "agency": "#1f4e9e", "clock": "#8a4b08"}
_FILLS: Final = {"registered": "#e3f1ea", "integrated": "#cfe3fb", None: "#f2f2f2"}

_PAGE: Final = """\
# Consent of a camera

This page is drawn from `coveragekit/registry/data/consent.toml`, which the code
obeys; a test holds both together. Write it anew with `python scripts/draw_consent.py`.

![The states and who moves between them](consent.svg)

A camera is *registered* or *integrated* by the state of its consent and by nothing
else. Each change is written with who, when, the text and language that was shown, scope
and end, and gives the owner a receipt whose code anyone can check. What falls due by
the clock holds from that moment, before any job has written it down.

## States

{states}

## Moves

{moves}

What is not in this table is refused, and the refusal says what is allowed.

## What moves may demand

{demands}
"""


def consent_page() -> str:
    """
    Give the page about consent.

    Returns
    -------
    str
        Markdown with the states, every move, and what moves demand.

    Examples
    --------
    >>> print(consent_page().splitlines()[0])
    # Consent of a camera
    """
    machine = consent_machine()
    states = [
        (state.name, state.tier or "not used", state.words)
        for state in machine.states.values()
    ]
    demands = [(_said(name), words) for name, words in machine.demands.items()]
    return _PAGE.format(
        states=_table(("state", "the camera counts as", "meaning"), states),
        moves=_table(
            ("from", "to", "by", "demands", "what happens"),
            (_move_cells(same) for same in _same_moves(machine)),
        ),
        demands=_table(("demand", "meaning"), demands),
    )


def _same_moves(machine: Machine) -> Iterable[list[Move]]:
    """Group moves that differ only in where they begin."""
    kinds = groupby(
        machine.moves, lambda move: (move.to, move.by, move.demands, move.words)
    )
    return [list(same) for _, same in kinds]


def _move_cells(same: list[Move]) -> tuple[str, ...]:
    move = same[0]
    origins = ", ".join(one.origin for one in same)
    demands = ", ".join(map(_said, move.demands)) or "-"
    return origins, move.to, move.by, demands, move.words


def _said(name: str) -> str:
    return name.replace("_", " ")


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def consent_drawing() -> str:
    """
    Give the states and who moves between them as a drawing.

    Returns
    -------
    str
        SVG without scripts or outside references. Arrows join the states before an
        end; the boxes of the ends say where they come from and where they lead.

    Examples
    --------
    >>> consent_drawing()[:4]
    '<svg'
    """
    machine = consent_machine()
    width = 3 * _STEP_X + _WIDTH + 2 * _EDGE
    height = 2 * _STEP_Y + _TALL + 2 * _EDGE
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        'font-family="sans-serif" font-size="13" role="img" '
        'aria-label="States of a consent and who moves between them">'
    )
    parts = [
        head,
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
        *_heads(),
        *_arrows(machine),
        *(part for state in machine.states.values() for part in _box(machine, state)),
        *_legend(height),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _heads() -> list[str]:
    return [
        f'<marker id="{side}" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" '
        f'markerHeight="8" orient="auto"><path d="M0 0 8 4 0 8z" '
        f'fill="{_COLOURS[side]}"/></marker>'
        for side in SIDES
    ]


def _corner(state: State) -> tuple[float, float]:
    column, row = state.place
    return _EDGE + column * _STEP_X, _EDGE + row * _STEP_Y


def _box(machine: Machine, state: State) -> list[str]:
    left, top = _corner(state)
    height = _TALL if state.is_end else _HEIGHT
    fill = _FILLS[state.tier]
    lines = [f"counts as {state.tier}" if state.tier else "not used"]
    if state.is_end:
        lines += [
            f"from {_origins(machine, state, side)} ({side})"
            for side in SIDES
            if _origins(machine, state, side)
        ]
        onward = machine.allowed(state.name)
        lines.append(f"to {', '.join(f'{one.to} ({one.by})' for one in onward)}")
    rows = [row for line in lines for row in _folded(line)]
    middle = left + _WIDTH / 2
    told = [(24, 'font-weight="bold"', state.name)]
    told += [(44 + 14 * at, 'font-size="11"', row) for at, row in enumerate(rows)]
    box = (
        f'<rect x="{left:g}" y="{top:g}" width="{_WIDTH}" height="{height}" rx="8" '
        f'fill="{fill}" stroke="#333333"/>'
    )
    texts = [
        f'<text x="{middle:g}" y="{top + down:g}" text-anchor="middle" {style}>'
        f"{escape(words)}</text>"
        for down, style, words in told
    ]
    return [box, *texts]


def _origins(machine: Machine, state: State, side: str) -> str:
    moves = (move for move in machine.moves if move.to == state.name)
    return ", ".join(move.origin for move in moves if move.by == side)


def _folded(line: str, longest: int = 33) -> list[str]:
    rows = [""]
    for word in line.split():
        longer = f"{rows[-1]} {word}".strip()
        rows = [*rows[:-1], longer] if len(longer) <= longest else [*rows, word]
    return rows


def _arrows(machine: Machine) -> list[str]:
    drawn: list[str] = []
    pairs: dict[tuple[str, str], int] = {}
    for move in machine.moves:
        ends = machine.states.get(move.origin), machine.states[move.to]
        if ends[1].is_end or (ends[0] is not None and ends[0].is_end):
            continue
        pair = (move.origin, move.to)
        pairs[pair] = pairs.get(pair, -1) + 1
        drawn.append(_arrow(ends[0], ends[1], side=move.by, lane=pairs[pair]))
    return drawn


def _arrow(origin: State | None, to: State, *, side: str, lane: int) -> str:
    x1, y1, x2, y2 = _line(origin, to, lane)
    bend = 40 if origin is not None and abs(to.place[0] - origin.place[0]) > 1 else 0
    style = f'fill="none" stroke="{_COLOURS[side]}" marker-end="url(#{side})"'
    middle = f"Q {(x1 + x2) / 2:g} {(y1 + y2) / 2 + 2 * bend:g}"
    return f'<path d="M {x1:g} {y1:g} {middle} {x2:g} {y2:g}" {style}/>'


def _line(
    origin: State | None, to: State, lane: int
) -> tuple[float, float, float, float]:
    """Give where an arrow begins and ends; those of one pair lie side by side."""
    left, top = _corner(to)
    if origin is None:
        x = left + 24 + 12 * lane
        return x, top - 30, x, top
    from_left, from_top = _corner(origin)
    if origin.name == to.name:
        x = left + _WIDTH - 40 + 14 * lane
        return x, top + _HEIGHT + 22, x, top + _HEIGHT
    if origin.place[1] == to.place[1]:
        return _level_line(from_left, left, top, lane=lane)
    shift = 12 * lane + (0 if from_top < top else 60) + 40
    if from_top < top:
        return from_left + shift, from_top + _HEIGHT, left + shift, top
    return from_left + shift, from_top, left + shift, top + _HEIGHT


def _level_line(
    from_left: float, left: float, top: float, *, lane: int
) -> tuple[float, float, float, float]:
    if abs(left - from_left) > _STEP_X:
        # under the states between
        y = top + _HEIGHT
        return from_left + 60 + 14 * lane, y, left + _WIDTH - 80 - 14 * lane, y
    y = top + 12 + 9 * lane + (0 if from_left < left else 28)
    if from_left < left:
        return from_left + _WIDTH, y, left, y
    return from_left, y, left + _WIDTH, y


def _legend(height: float) -> list[str]:
    return [
        f'<text x="{_EDGE + 150 * at}" y="{height - 12}" fill="{_COLOURS[side]}">'
        f"→ {side}</text>"
        for at, side in enumerate(SIDES)
    ]
