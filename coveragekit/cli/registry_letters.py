"""The commands that write to owners for footage, and count what it brought."""

from __future__ import annotations

import os
import tomllib
from datetime import datetime  # noqa: TC003 - typer reads it when it runs
from pathlib import Path  # noqa: TC003 - typer reads it when it runs
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from coveragekit.cli.moments import read_moment
from coveragekit.cli.registry_app import (
    PurposeCode,
    RegistryUrl,
    RoleName,
    UserName,
    door_of,
)
from coveragekit.cli.registry_paging import Sitting
from coveragekit.cli.registry_requests import (
    FOLLOW_UP,
    OPEN,
    find_requests,
    requests_app,
)
from coveragekit.cli.screen import err
from coveragekit.cli.told import count, say
from coveragekit.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from coveragekit.access import FootageRequest, OwnerContact, Yield
    from coveragekit.reports.request_letters import Letter, Sender

__all__ = ["letters", "yield_"]

_MERGE: Final = "letters.csv"
_COUNTS: Final = {
    **{name: name for name in ("sent", "received", "refused", "overdue", "waiting")},
    "of use": "helped",
}
_SENDER: Final = ("agency", "name", "email", "phone")


@requests_app.command()
def letters(  # noqa: PLR0913 - which ones, from whom, where to
    requests: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[REQUEST|BATCH...]", help="None: all that were not sent yet."
        ),
    ] = None,
    *,
    to: Annotated[
        Path, typer.Option("--to", metavar="FOLDER", help="A new folder for them.")
    ],
    sender: Annotated[
        Path,
        typer.Option(metavar="FILE.toml", help="agency, name, email and phone."),
    ],
    due: Annotated[
        bool, typer.Option("--due", help="Those whose owners are to be asked again.")
    ] = False,
    time_zone: Annotated[
        str, typer.Option(metavar="ZONE", help="Such as America/New_York.")
    ] = "UTC",
    registry: RegistryUrl = None,
    user: UserName = None,
    role: RoleName = None,
) -> None:
    """
    Write one letter to each owner: e-mail drafts, and a list for mail merge.

    How to reach an owner is looked up for the case of the request, and on record so.
    """
    from coveragekit import access
    from coveragekit.reports.request_letters import request_letters

    signed = _sender(sender)
    _check_zone(time_zone)
    follow_up = access.Purpose(FOLLOW_UP)
    with door_of(registry, user, role) as (door, who):
        desk = Sitting(door, who, follow_up)
        chosen = _chosen(desk, requests or (), due=due)
        if not chosen:
            say("nobody is to be written to")
            return
        _check_folder(to)
        people = [one for case in _by_case(chosen) for one in _people(desk, case)]
        ids = [one.camera_id for one in chosen]
        written, unreached = request_letters(
            chosen,
            people,
            sender=signed,
            now=door.registry.clock(),
            cameras=access.asked_cameras(who, follow_up, ids, registry=door),
            time_zone=time_zone,
        )
    _write(to, written, signed)
    for one in unreached:
        words = f"nobody is known to write to: {one.request_id} ({one.camera_id})"
        err.print(words, markup=False)
    done = [one for letter in written for one in letter.request_ids]
    if done:
        step = "remind" if due else "sent"
        words = f"when they are out: coveragekit registry requests {step} "
        err.print(words + " ".join(_short(chosen, done)), markup=False)


def _sender(file: Path) -> Sender:
    from coveragekit.reports.request_letters import Sender

    try:
        told = tomllib.loads(file.read_text("utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        message = f"{file.name} is no TOML: {error}"
        raise InputError(message) from None
    faults = [f"{key} is missing" for key in _SENDER if key not in told]
    faults += [f"{key} is not known" for key in told if key not in _SENDER]
    faults += [
        f"{key} is no text"
        for key in _SENDER
        if key in told and not (isinstance(told[key], str) and told[key].strip())
    ]
    if faults:
        message = f"{file.name}: {'; '.join(faults)}; allowed: {', '.join(_SENDER)}"
        raise InputError(message)
    return Sender(**told)


def _check_zone(name: str) -> None:
    from zoneinfo import available_timezones

    if name not in available_timezones():
        message = f"--time-zone {name!r} is not known; such as America/New_York"
        raise InputError(message)


def _chosen(
    desk: Sitting, ids: Sequence[str], *, due: bool
) -> tuple[FootageRequest, ...]:
    from coveragekit import access

    door, who, asked = desk.door, desk.who, desk.asked
    if due:
        if ids:
            message = "give either ids or --due"
            raise InputError(message)
        return access.due_reminders(who, asked, registry=door)
    if ids:
        found = find_requests(desk, ids, among=OPEN)
        return tuple(one for one in found if one.state in OPEN)
    return access.list_requests(who, asked, states=("drafted",), registry=door)


def _by_case(chosen: Sequence[FootageRequest]) -> Iterator[list[FootageRequest]]:
    """Give the requests of one case together: contacts are looked up for it."""
    cases: dict[tuple[str | None, str | None], list[FootageRequest]] = {}
    for one in chosen:
        key = (one.ask.offence, one.ask.case_number)
        cases.setdefault(key, []).append(one)
    yield from cases.values()


def _people(desk: Sitting, same: Sequence[FootageRequest]) -> tuple[OwnerContact, ...]:
    from coveragekit import access

    ask = same[0].ask
    code = "investigation" if ask.offence else "call"
    asked = access.Purpose(code, ask.offence, ask.case_number)
    ids = [one.camera_id for one in same]
    return access.contacts(desk.who, asked, ids, registry=desk.door)


def _check_folder(folder: Path) -> None:
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        message = f"{folder} is there already; name a new folder"
        raise InputError(message)


def _write(folder: Path, written: Sequence[Letter], sender: Sender) -> None:
    """Write drafts and list; they hold contacts, so their owner alone may read them."""
    from coveragekit.reports.request_letters import email_file, merge_list

    if not written:
        return
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    drafts = 0
    for number, letter in enumerate(written, start=1):
        if letter.email is None:
            continue
        name = f"{number:03d}-{letter.owner_id}.eml"
        _new_file(folder / name, email_file(letter, sender))
        drafts += 1
    _new_file(folder / _MERGE, merge_list(written).encode("utf-8-sig"))
    say(
        f"{count(len(written), 'letter')} in {folder}: "
        f"{count(drafts, 'e-mail draft')}, and all of them in {_MERGE} for mail merge"
    )
    silent = [one for one in written if one.email is None]
    for letter in silent:
        err.print(f"no mailbox, call or print: owner {letter.owner_id}", markup=False)


def _new_file(path: Path, content: bytes) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
    with os.fdopen(os.open(path, flags, 0o600), "wb") as file:
        file.write(content)


def _short(chosen: Sequence[FootageRequest], done: Sequence[str]) -> list[str]:
    """Give whole batches by their one id."""
    written = set(done)
    batches: dict[str, list[str]] = {}
    for one in chosen:
        batches.setdefault(one.batch_id, []).append(one.request_id)
    told: list[str] = []
    for batch_id, ids in batches.items():
        out_now = [one for one in ids if one in written]
        told += [batch_id] if len(out_now) == len(ids) and len(ids) > 1 else out_now
    return told


@requests_app.command(name="yield")
def yield_(  # noqa: PLR0913 - which time, and where to
    *,
    since: Annotated[
        datetime | None,
        typer.Option(parser=read_moment, metavar="TIME", help="Sent from then on."),
    ] = None,
    until: Annotated[
        datetime | None,
        typer.Option(parser=read_moment, metavar="TIME", help="Sent before then."),
    ] = None,
    file: Annotated[
        Path | None, typer.Option("--out", metavar="FILE.csv", help="By camera.")
    ] = None,
    purpose: PurposeCode = "oversight",
    registry: RegistryUrl = None,
    user: UserName = None,
    role: RoleName = None,
) -> None:
    """Say what requests brought, in all and for each camera."""
    import pandas as pd

    from coveragekit import access

    with door_of(registry, user, role) as (door, who):
        in_all, by_camera = access.footage_yield(
            who, access.Purpose(purpose), since=since, until=until, registry=door
        )
    share = in_all.helped_share
    of_use = "" if share is None else f" ({100 * share:.0f} %)"
    say(f"{count(in_all.sent, 'request')} sent, {in_all.helped:,} of use{of_use}")
    if not by_camera:
        return
    # No drawn table: an id that is cut short cannot be copied.
    say(f"{'camera':<22}" + "".join(f"{name:>9}" for name in _COUNTS))
    for name, told in (("all", in_all), *by_camera.items()):
        counted = "".join(f"{getattr(told, one):>9,}" for one in _COUNTS.values())
        say(f"{name:<22}{counted}")
    if file is not None:
        rows = [_row(one, told) for one, told in by_camera.items()]
        pd.DataFrame(rows).to_csv(file, index=False)
        say(f"by camera: {file}")


def _row(camera_id: str, told: Yield) -> dict[str, Any]:
    counted = {one: getattr(told, one) for one in _COUNTS.values()}
    return {"camera_id": camera_id, **counted, **told.outcomes}
