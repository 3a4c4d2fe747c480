"""The commands that check and read the audit log, and keep the registry safe."""

from __future__ import annotations

import json
from datetime import datetime  # noqa: TC003 - typer reads it when it runs
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape

from coveragekit.cli.moments import read_moment
from coveragekit.cli.registry_app import (
    PurposeCode,
    RegistryUrl,
    RoleName,
    UserName,
    audit_app,
    door_of,
    registry_app,
)
from coveragekit.cli.screen import counted, err, out

__all__ = ["backup", "purge", "read", "restore", "reviews", "verify"]


@audit_app.command()
def verify(
    *,
    checkpoints: Annotated[
        Path | None, typer.Option(help="Your own copy of the signed checkpoints.")
    ] = None,
    key: Annotated[
        list[str] | None,
        typer.Option(help="A public key that you wrote down; may be given again."),
    ] = None,
    purpose: PurposeCode = "oversight",
    registry: RegistryUrl = None,
    user: UserName = None,
    role: RoleName = None,
) -> None:
    """Check the whole log, and name the first line changed, removed or reordered."""
    from coveragekit import access

    with door_of(registry, user, role) as (door, who):
        found = access.verify_audit(
            who,
            access.Purpose(purpose),
            checkpoints=checkpoints,
            keys=key or None,
            registry=door,
        )
    for words in found.words:
        out.print(words, markup=False)
    if found.ok:
        mark = "complete" if found.complete else "not proved complete"
        out.print(f"[green]in order:[/] {found.entries:,} lines, {mark}")
        return
    where = "" if found.first_bad is None else f" at line {found.first_bad:,}"
    err.print(f"[bold red]not as it was written:[/] {escape(str(found.what))}{where}")
    raise typer.Exit(code=1)


@audit_app.command()
def read(  # noqa: PLR0913 - one option for each question people ask of a log
    *,
    actor: Annotated[str | None, typer.Option(help="Only by this person.")] = None,
    action: Annotated[str | None, typer.Option(help="Only this action.")] = None,
    about: Annotated[str | None, typer.Option(help="Only about this id.")] = None,
    result: Annotated[
        str | None, typer.Option(help="allowed, refused, done or failed.")
    ] = None,
    case: Annotated[str | None, typer.Option(help="Only this case number.")] = None,
    since: Annotated[
        datetime | None,
        typer.Option(parser=read_moment, help="From then on: 2026-11-20T10:00 (UTC)."),
    ] = None,
    until: Annotated[
        datetime | None,
        typer.Option(parser=read_moment, help="Before then: 2026-11-20T10:00 (UTC)."),
    ] = None,
    after: Annotated[int, typer.Option(min=0, help="Only after this line.")] = 0,
    limit: Annotated[int, typer.Option(min=1, help="How many lines.")] = 100,
    as_json: Annotated[
        bool, typer.Option("--json", help="One line of JSON for each, for a program.")
    ] = False,
    purpose: PurposeCode = "oversight",
    registry: RegistryUrl = None,
    user: UserName = None,
    role: RoleName = None,
) -> None:
    """Read lines of the log, the oldest first; that is a line of its own."""
    from coveragekit import access

    asked = {
        "actor": actor,
        "action": action,
        "object_id": about,
        "result": result,
        "case_number": case,
        "since": since,
        "until": until,
    }
    wanted: dict[str, Any] = {name: one for name, one in asked.items() if one}
    with door_of(registry, user, role) as (door, who):
        lines = access.read_audit(
            who,
            access.Purpose(purpose),
            registry=door,
            after_seq=after,
            limit=limit,
            **wanted,
        )
    for one in lines:
        if as_json:
            typer.echo(_as_json(one))
        else:
            out.print(_as_text(one), markup=False)
    if len(lines) == limit:
        err.print(f"more: --after {lines[-1].seq}")


def _as_json(line: Any) -> str:  # noqa: ANN401 - access.Written
    from dataclasses import asdict

    told = {"seq": line.seq, "at": line.at.isoformat(), **asdict(line.entry)}
    told |= {"prev_hash": line.prev_hash, "hash": line.hash}
    return json.dumps(told, ensure_ascii=False)


def _as_text(line: Any) -> str:  # noqa: ANN401 - access.Written
    said = line.entry
    ids = ", ".join(said.object_ids[:3])
    more = len(said.object_ids) - 3
    about = f" {ids}{f' and {more:,} more' if more > 0 else ''}" if ids else ""
    case = f" case {said.case_number}" if said.case_number else ""
    why = f": {said.reason}" if said.reason else ""
    kind = "" if said.kind == "human" else f" [{said.kind}]"
    words = (
        f"{line.seq} {line.at:%Y-%m-%d %H:%M:%S} {said.actor} ({said.role}){kind} "
        f"{said.action}{about} for {said.purpose or '-'}{case} - {said.result}{why}"
    )
    # A line is one line, whatever somebody called themselves.
    return "".join(one if one.isprintable() else "?" for one in words)


@audit_app.command()
def reviews(
    *,
    every: Annotated[
        bool, typer.Option("--all", help="Those that were reviewed too.")
    ] = False,
    purpose: PurposeCode = "oversight",
    registry: RegistryUrl = None,
    user: UserName = None,
    role: RoleName = None,
) -> None:
    """List the emergency looks that a supervisor has to review."""
    from coveragekit import access

    with door_of(registry, user, role) as (door, who):
        found = access.list_reviews(
            who, access.Purpose(purpose), open_only=not every, registry=door
        )
    for one in found:
        mark = "OVERDUE " if one.is_overdue else ""
        state = one.verdict or f"due {one.due_at:%Y-%m-%d %H:%M} UTC"
        out.print(
            f"{mark}{one.review_id} line {one.audit_seq}: {one.actor} {one.action} "
            f"{', '.join(one.camera_ids)} {one.at:%Y-%m-%d %H:%M} UTC, {state}",
            markup=False,
        )
    if not found:
        out.print("no emergency look waits for a review")


@registry_app.command()
def backup(
    file: Annotated[Path, typer.Argument(metavar="FILE.tar.gz", help="The archive.")],
    *,
    part: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=PATH", help="A study, policy or masks to keep along; again."
        ),
    ] = None,
    registry: RegistryUrl = None,
    user: UserName = None,
    role: RoleName = None,
) -> None:
    """Keep the registry and its checkpoints in one archive; others may go on."""
    from coveragekit import access

    parts = {}
    for item in part or []:
        name, sign, path = item.partition("=")
        if not (sign and name and path):
            message = f"{item!r} is not of the form NAME=PATH, such as study=town"
            raise typer.BadParameter(message)
        parts[name] = Path(path)
    with door_of(registry, user, role) as (door, who), err.status("making a backup"):
        kept = access.back_up(
            who, access.Purpose("administration"), file, parts=parts, registry=door
        )
    files = counted(kept.files, "file")
    size = _size(kept.size_bytes)
    out.print(f"{files} kept in {kept.path} ({size})", markup=False)
    err.print("it holds contacts: keep it where only few can read it")


def _size(number: int) -> str:
    """Give a size in the unit in which it is not nought."""
    if number < 1_000_000:
        return f"{number / 1e3:,.0f} kB"
    return f"{number / 1e6:,.1f} MB"


@registry_app.command()
def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE.tar.gz", help="The archive.")],
    *,
    registry: Annotated[
        str,
        typer.Option("--registry", metavar="URL", help="Where nothing is there yet."),
    ],
    into: Annotated[
        Path, typer.Option(help="Folder for the studies, policy and masks of it.")
    ],
    replaces: Annotated[
        bool,
        typer.Option(
            "--replaces",
            help="It takes the place of the former registry, which is gone; without "
            "this it is a copy to look at.",
        ),
    ] = False,
    former: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            help="With --replaces: the former registry, if it can be read still; what "
            "owners decided since is brought over. Without it all consents pause.",
        ),
    ] = None,
    user: UserName = None,
) -> None:
    """Bring a registry back from an archive; nothing there is ever overwritten."""
    from coveragekit import access

    who = access.local_user(user, "administrator")
    place = access.shown_place(registry)
    with err.status("checking and bringing back"):
        found = access.restore(
            who, file, registry, into=into, replaces=replaces, former=former
        )
    out.print(
        f"registry of {found.made_at:%Y-%m-%d %H:%M} UTC is back at {place}",
        markup=False,
    )
    for name, path in found.parts.items():
        out.print(f"{name}: {path}", markup=False)
    if replaces and former is None:
        err.print("every consent is paused: ask the owners, for who withdrew is lost")
    signed = ""
    if not replaces:
        out.print("it is a copy to look at; the registry in use goes on as it was")
    if not replaces and "checkpoints" in found.parts:
        name = f"{found.registry_id}.checkpoints.jsonl"
        signed = f" --checkpoints {found.parts['checkpoints'] / name}"
    out.print(
        f"next: coveragekit registry audit verify --registry {place}{signed}",
        markup=False,
    )


@registry_app.command()
def purge(
    *,
    rules: Annotated[
        Path | None, typer.Option(help="Retention rules; the package's if not given.")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would go, and do nothing.")
    ] = False,
    registry: RegistryUrl = None,
    user: UserName = None,
    role: RoleName = None,
) -> None:
    """Let go of contacts, calls and requests kept as long as the rules say."""
    from coveragekit import access

    text = None if rules is None else rules.read_text("utf-8")
    with door_of(registry, user, role) as (door, who):
        done = access.purge(
            who,
            access.Purpose("administration"),
            rules=text,
            dry_run=dry_run,
            registry=door,
        )
    would = "would go" if dry_run else "gone"
    for one in done:
        out.print(f"{one.rule.name}: {len(one.ids):,} {would}", markup=False)
