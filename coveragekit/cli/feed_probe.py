"""The command that sees which cameras work: once, again and again, or some of them."""

from __future__ import annotations

import contextlib
import json
import re
import signal
import threading
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from coveragekit.cli.feed import SettingsFile, feed_app, looks_of
from coveragekit.cli.registry_app import (
    PurposeCode,  # noqa: TC001 - typer reads it when it runs
    RegistryUrl,  # noqa: TC001
    RoleName,  # noqa: TC001
    UserName,  # noqa: TC001
)
from coveragekit.cli.registry_kinds import lines_of
from coveragekit.cli.screen import counted, err, out

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from coveragekit.access.looking import Looks
    from coveragekit.access.rounds import LookedAt, Rounds

__all__ = ["probe", "read_span", "round_words"]

_UNITS: Final = {"s": 1.0, "m": 60.0, "h": 3_600.0, "d": 86_400.0}
_SPAN: Final = re.compile(r"([0-9]{1,6}(?:\.[0-9]{1,3})?)\s*([smhd])")
_USUAL_S: Final = 3_600.0
_NONE_WORKS: Final = 1


def read_span(text: str) -> float:
    """
    Read a length of time.

    Parameters
    ----------
    text
        A number and a unit: s, m, h or d.

    Returns
    -------
    float
        Seconds.

    Raises
    ------
    typer.BadParameter
        It cannot be read.

    Examples
    --------
    >>> read_span("1h"), read_span("90 s")
    (3600.0, 90.0)
    """
    found = _SPAN.fullmatch(text.strip().lower())
    if found is None:
        message = f"{text[:40]!r} is no length of time; give one such as 1h, 30m or 1d"
        raise typer.BadParameter(message)
    return float(found[1]) * _UNITS[found[2]]


@feed_app.command()
def probe(  # noqa: PLR0913 - which cameras, how often, and who asks
    cameras: Annotated[
        list[str] | None,
        typer.Argument(metavar="[CAMERA]...", help="Ids; all that are due if none."),
    ] = None,
    *,
    every: Annotated[
        str | None,
        typer.Option(
            metavar="TIME",
            help="Go on until stopped, each camera once in this time: 1h, 30m.",
        ),
    ] = None,
    joining: Annotated[
        bool,
        typer.Option(
            "--joining",
            help="Measure one camera of a shop that joins, step by step.",
        ),
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="One line of JSON for each, for a program.")
    ] = False,
    purpose: PurposeCode = "upkeep",
    feeds: SettingsFile = None,
    registry: RegistryUrl = None,
    user: UserName = None,
    role: RoleName = None,
) -> None:
    """See which cameras work; no picture is kept."""
    named = list(cameras or ())
    _check_together(named, every, joining=joining)
    with _ends_by_signal() as stop:
        if joining:
            from coveragekit.cli.feed_joining import measure

            with looks_of(registry, user, role, feeds=feeds) as (looks, who):
                measure(looks, who, purpose, named[0], as_json=as_json)
        elif named:
            from coveragekit import access
            from coveragekit.access.rounds import probe_cameras

            with looks_of(registry, user, role, feeds=feeds) as (looks, who):
                told = probe_cameras(
                    looks, who, access.Purpose(purpose), named, stop=stop
                )
            _say_cameras(told, as_json=as_json)
            if any(one.status != "online" for one in told):
                raise typer.Exit(_NONE_WORKS)
        else:
            with _by_itself(registry, feeds) as looks:
                _say_rounds(looks, every, stop, as_json=as_json)


def _check_together(named: Sequence[str], every: str | None, *, joining: bool) -> None:
    if joining and len(named) != 1:
        message = f"--joining measures one camera; {len(named)} are named"
        raise typer.BadParameter(message)
    if every is not None and named:
        message = "--every is for all cameras; leave the ids out, or leave it out"
        raise typer.BadParameter(message)


@contextlib.contextmanager
def _ends_by_signal() -> Iterator[threading.Event]:
    """Let an interrupt, or the system's wish to end, finish what is under way."""
    stop = threading.Event()
    former = {}
    for number in (signal.SIGINT, signal.SIGTERM):
        former[number] = signal.signal(number, lambda *_: stop.set())
    try:
        yield stop
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)


@contextlib.contextmanager
def _by_itself(registry: str | None, feeds: Path | None) -> Iterator[Looks]:
    from coveragekit import access
    from coveragekit.access.feed_settings import read_feed_settings
    from coveragekit.access.looking import Looks

    settings = read_feed_settings(feeds)
    with access.open_door(registry) as door, Looks(door, settings) as looks:
        yield looks


def _say_rounds(
    looks: Looks, every: str | None, stop: threading.Event, *, as_json: bool
) -> None:
    from coveragekit.access.rounds import probe_round
    from coveragekit.live.prober import keep_probing

    def say(done: Rounds) -> None:
        at = datetime.now(UTC)
        if as_json:
            told = {
                "at": at.isoformat(timespec="seconds"),
                "cameras": done.cameras,
                "due": done.due,
                **done.tally.parameters(),
                "opened": done.tally.opened,
            }
            typer.echo(json.dumps(told))
        else:
            typer.echo(f"{at:%Y-%m-%d %H:%M:%SZ} {round_words(done)}")

    if every is None:
        say(probe_round(looks, every_s=_USUAL_S, stop=stop))
    else:
        keep_probing(looks, every_s=read_span(every), stop=stop, told=say)


def round_words(done: Rounds) -> str:
    """
    Tell in a line what a round did.

    Parameters
    ----------
    done
        The round.

    Returns
    -------
    str
        One line, without any camera's name.
    """
    tally = done.tally
    seen = counted(tally.kept, "camera")
    found = f"{tally.online:,} online, {tally.offline:,} offline"
    if tally.unknown:
        found += f", {tally.unknown:,} unknown"
    parts = [f"{seen} looked at in {tally.seconds:.0f} s: {found}"]
    for word, some in (("of these", tally.faults), ("not looked at", tally.skipped)):
        if some:
            listed = ", ".join(f"{n:,} {name}" for name, n in some.most_common())
            parts.append(f"{word} {listed.replace('_', ' ')}")
    if done.refused:
        parts.append(f"{done.refused:,} left alone because their login was refused")
    if tally.changed:
        parts.append(f"{tally.changed:,} are another than before")
    if tally.waiting:
        parts.append(f"{tally.waiting:,} wait for their turn")
    if tally.is_stopped:
        parts.append("stopped")
    return "; ".join(parts)


def _say_cameras(told: Sequence[LookedAt], *, as_json: bool) -> None:
    from coveragekit.access.health import fault_words

    if as_json:
        for one in told:
            row = asdict(one) | {"words": one.words or fault_words(one.fault) or None}
            typer.echo(json.dumps(row, ensure_ascii=False, default=_text))
        return
    for line in lines_of([_row(one) for one in told]):
        out.print(line, markup=False)
    for one in told:
        words = one.words or fault_words(one.fault)
        if words:
            err.print(f"{one.camera_id}: {words}", markup=False)


def _row(one: LookedAt) -> dict[str, Any]:
    size = f"{one.width_px} x {one.height_px}" if one.width_px else None
    return {
        "camera": one.camera_id,
        "state": one.status,
        "fault": None if one.fault is None else one.fault.replace("_", " "),
        "first picture s": one.first_picture_s,
        "size": size,
        "codec": one.codec,
        "frozen": _yes(one.is_frozen),
        "black": _yes(one.is_black),
        "name": one.name,
    }


def _yes(is_so: bool | None) -> str | None:  # noqa: FBT001 - a sign, told in words
    return None if is_so is None else "yes" if is_so else "no"


def _text(value: object) -> str:
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
