"""The commands that keep stills and clips of cameras, and check what was kept."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from textwrap import shorten
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape

from coveragekit.cli.feed import CameraId, SettingsFile, feed_app, looks_of
from coveragekit.cli.moments import read_moment
from coveragekit.cli.registry_app import (
    CaseNumber,
    Offence,
    PurposeCode,
    RegistryUrl,
    RoleName,
    UserName,
    door_of,
)
from coveragekit.cli.screen import err, out
from coveragekit.cli.told import plain, say, tell_entry

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["clip", "snapshot", "verify"]

_EARLY_S = 1.0
_MOST_WORDS = 200
_ENDED = {
    "Interrupted": "it was stopped",
    "TooLarge": "the clip was as large as one may be",
}

OutFolder = Annotated[
    Path | None,
    typer.Option(
        "--out",
        metavar="FOLDER",
        help="Where to; the evidence folder of the feed settings if not given.",
    ),
]


@feed_app.command()
def snapshot(  # noqa: PLR0913 - of what, where to, by whom and what for
    camera: CameraId,
    *,
    folder: OutFolder = None,
    purpose: PurposeCode = "call",
    offence: Offence = None,
    case: CaseNumber = None,
    feeds: SettingsFile = None,
    registry: RegistryUrl = None,
    user: UserName = None,
    role: RoleName = None,
) -> None:
    """Keep a still of a camera, with an account of it beside it."""
    from coveragekit import access
    from coveragekit.access.evidence import keep_still

    asked = access.Purpose(purpose, offence, case)
    with looks_of(registry, user, role, feeds=feeds) as (looks, who):
        kept = keep_still(looks, who, asked, camera, folder=folder)
    _tell([kept])


@feed_app.command()
def clip(  # noqa: PLR0913 - of what, of when, where to, by whom and what for
    camera: CameraId,
    *,
    for_s: Annotated[
        float | None,
        typer.Option("--for", metavar="SECONDS", help="Film from now on, so long."),
    ] = None,
    begin: Annotated[
        datetime | None,
        typer.Option(
            "--from",
            parser=read_moment,
            metavar="TIME",
            help="What the camera's device has stored from then on ...",
        ),
    ] = None,
    end: Annotated[
        datetime | None,
        typer.Option(
            "--to", parser=read_moment, metavar="TIME", help="... until then."
        ),
    ] = None,
    folder: OutFolder = None,
    purpose: PurposeCode = "investigation",
    offence: Offence = None,
    case: CaseNumber = None,
    feeds: SettingsFile = None,
    registry: RegistryUrl = None,
    user: UserName = None,
    role: RoleName = None,
) -> None:
    """Keep a clip of a camera as it comes, bit for bit: from now on, or stored."""
    from coveragekit import access
    from coveragekit.access.evidence import keep_live, keep_recording

    _check(for_s, begin, end)
    asked = access.Purpose(purpose, offence, case)
    with looks_of(registry, user, role, feeds=feeds) as (looks, who):
        if begin is not None and end is not None:
            kept = keep_recording(
                looks, who, asked, camera, start_at=begin, end_at=end, folder=folder
            )
        else:
            assert for_s is not None
            words = f"filming for {for_s:g} s; Ctrl-C ends it and keeps what is there"
            with err.status(words):
                kept = keep_live(looks, who, asked, camera, for_s=for_s, folder=folder)
    _tell(kept)
    account = kept[-1].account
    ended = datetime.fromisoformat(account["start_at"]).timestamp()
    ended += account["duration_s"]
    if "ended_early" in account:
        why = _ENDED.get(account["ended_early"], "the camera was lost")
        err.print(f"[yellow]note:[/] {why} before the time was over")
    elif end is not None and ended < end.timestamp() - _EARLY_S:
        err.print("[yellow]note:[/] its device has no more of that time")


def _check(for_s: float | None, begin: datetime | None, end: datetime | None) -> None:
    stored = [one is not None for one in (begin, end)]
    if all(stored) and for_s is None:
        return
    if for_s is None or any(stored):
        words = (
            "give --for SECONDS to film from now on, or --from TIME --to TIME for what "
            "the camera's device has stored; the last seconds before now are kept only "
            "where somebody is looking at the camera, and there they are one click away"
        )
        raise typer.BadParameter(words)


@feed_app.command()
def verify(
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE...", help="Stills and clips.")
    ],
    *,
    log: Annotated[
        bool, typer.Option("--log", help="Compare with the audit log as well.")
    ] = False,
    purpose: PurposeCode = "oversight",
    registry: RegistryUrl = None,
    user: UserName = None,
    role: RoleName = None,
) -> None:
    """Check that kept files are what was kept, by their accounts and by the log."""
    from coveragekit import access
    from coveragekit.access import proving

    if log:
        with door_of(registry, user, role) as (door, who):
            asked = access.Purpose(purpose)
            found = [
                proving.verify(one, user=who, purpose=asked, registry=door)
                for one in files
            ]
    else:
        found = [proving.verify(one) for one in files]
    for path, proof in zip(files, found, strict=True):
        _judge(path, proof)
    if not log and all(one.is_intact for one in found):
        err.print(
            "[yellow]note:[/] whoever can change a file can change its account; --log "
            "compares both with the audit log"
        )
    if not all(one.is_intact for one in found):
        raise typer.Exit(code=1)


def _judge(path: Path, proof: Any) -> None:  # noqa: ANN401 - access.proving.Proof
    if proof.is_intact:
        where = "" if proof.seq is None else f", line {proof.seq:,} of the log"
        say(f"intact: {path.name}{where}")
        return
    # an account is whatever somebody laid there
    reasons = "; ".join(shorten(plain(one), _MOST_WORDS) for one in proof.reasons)
    err.print(f"[bold red]changed:[/] {escape(plain(path.name))}: {escape(reasons)}")


def _tell(kept: Sequence[Any]) -> None:  # access gives what the feeds made
    for one in kept:
        account = one.account
        size = f"{account['width_px']} x {account['height_px']} pixels"
        lasts = f", {account['duration_s']:g} s" if "duration_s" in account else ""
        gaps = account.get("gaps_count", 0)
        tell_entry(
            str(one.path),
            f"from {account['start_at']}{lasts}, {size}",
            f"{gaps} gaps, listed in its account" if gaps else "",
            f"SHA-256 {one.sha256}",
        )
    out.print(f"kept: {len(kept)}, each with an account (.json) and a line of the log")
