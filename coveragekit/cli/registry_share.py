"""The commands that share a camera or a site with a person or a role."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from coveragekit.cli.moments import read_moment
from coveragekit.cli.registry_app import (
    CaseNumber,
    Offence,
    PurposeCode,
    RegistryUrl,
    RoleName,
    UserName,
    door_of,
    registry_app,
)
from coveragekit.cli.registry_paging import Sitting, all_rows
from coveragekit.cli.screen import err
from coveragekit.cli.told import at, say, tell_entry
from coveragekit.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Collection

__all__ = ["list_", "make", "read_scope", "revoke"]

SCOPES = ("live", "recorded", "ptz")
share_app = typer.Typer(
    no_args_is_help=True,
    help="Share cameras with people whose role would not do; consent still rules.",
)
registry_app.add_typer(share_app, name="share")


def read_scope(given: str) -> tuple[set[str], list[str]]:
    """
    Read what may be seen.

    Parameters
    ----------
    given
        Words with commas between.

    Returns
    -------
    tuple of set of str and list of str
        Those that are scopes, and those that are none.

    Examples
    --------
    >>> read_scope("live, sound")
    ({'live'}, ['sound'])
    """
    words = {word.strip() for word in given.split(",") if word.strip()}
    return words & set(SCOPES), sorted(words - set(SCOPES))


@share_app.command()
def make(  # noqa: PLR0913 - what, with whom, how far and how long
    what: Annotated[
        str, typer.Argument(metavar="CAMERA|SITE", help="Id of a camera or a site.")
    ],
    *,
    to: Annotated[
        str | None, typer.Option(metavar="NAME", help="A person, as they sign on.")
    ] = None,
    to_role: Annotated[
        str | None, typer.Option("--to-role", metavar="ROLE", help="A whole role.")
    ] = None,
    scope: Annotated[
        str, typer.Option(metavar="live,recorded,ptz", help="What they may do.")
    ] = "live",
    begin: Annotated[
        datetime | None,
        typer.Option(
            "--from", parser=read_moment, metavar="TIME", help="From then on."
        ),
    ] = None,
    end: Annotated[
        datetime | None,
        typer.Option("--until", parser=read_moment, metavar="TIME", help="Until then."),
    ] = None,
    emergencies_only: Annotated[
        bool, typer.Option("--emergencies-only", help="In an emergency alone.")
    ] = False,
    purpose: PurposeCode = "administration",
    offence: Offence = None,
    case: CaseNumber = None,
    registry: RegistryUrl = None,
    user: UserName = None,
    role: RoleName = None,
) -> None:
    """Share a camera, or all cameras of a site, within what the owner agreed to."""
    from coveragekit import access

    words = _check(what, scope, to=to, to_role=to_role, begin=begin, end=end)
    kind = "camera_id" if what.startswith("cam_") else "site_id"
    values: dict[str, Any] = {
        kind: what,
        "to_name": to,
        "to_role": to_role,
        "from_at": begin,
        "to_at": end,
        "emergencies_only": emergencies_only,
        **{f"scope_{word}": word in words for word in SCOPES},
    }
    with door_of(registry, user, role) as (door, who):
        row = access.add_row(
            who,
            access.Purpose(purpose, offence, case),
            "share",
            values={name: one for name, one in values.items() if one is not None},
            registry=door,
        )
    say(f"shared: {row.share_id}")
    if end is None:
        err.print("[yellow]note:[/] it has no end; revoke it when it has done its work")


def _check(
    what: str,
    scope: str,
    *,
    to: str | None,
    to_role: str | None,
    begin: datetime | None,
    end: datetime | None,
) -> set[str]:
    from coveragekit.model import roles

    words, unknown = read_scope(scope)
    faults = []
    if not what.startswith(("cam_", "site_")):
        faults.append(f"{what!r} is no id of a camera (cam_...) or a site (site_...)")
    if (to is None) == (to_role is None):
        faults.append("give either --to NAME or --to-role ROLE")
    if to_role is not None and to_role not in roles():
        faults.append(f"--to-role {to_role!r}; allowed: {', '.join(roles())}")
    if end is not None and end <= datetime.now(UTC):
        faults.append(f"--until: {end:%Y-%m-%d} is past; give a day to come")
    elif end is not None and begin is not None and end <= begin:
        faults.append(f"--until: {end:%Y-%m-%d} is not after --from")
    if unknown or not words:
        seen = ", ".join(unknown) or "nothing"
        faults.append(f"--scope {seen}; allowed: {', '.join(SCOPES)}")
    if faults:
        raise InputError("\n  ".join(faults))
    return words


@share_app.command(name="list")
def list_(
    *,
    every: Annotated[
        bool, typer.Option("--all", help="Those that ended or were revoked too.")
    ] = False,
    purpose: PurposeCode = "administration",
    registry: RegistryUrl = None,
    user: UserName = None,
    role: RoleName = None,
) -> None:
    """List what is shared with whom, and until when."""
    from coveragekit import access

    with door_of(registry, user, role) as (door, who):
        asked = access.Purpose(purpose)
        rows = list(all_rows(Sitting(door, who, asked), "share"))
        now = door.registry.clock()
    shown = [one for one in rows if every or not _is_over(one, now)]
    for one in shown:
        _tell(one, now)
    if not shown:
        say("nothing is shared")


def _is_over(row: Any, now: datetime) -> bool:  # noqa: ANN401 - the registry's row
    ended = row.to_at is not None and row.to_at <= now
    return row.revoked_at is not None or ended


def _tell(row: Any, now: datetime) -> None:  # noqa: ANN401 - the registry's row
    words = [word for word in SCOPES if getattr(row, f"scope_{word}")]
    with_whom = row.to_name or f"everybody who is {row.to_role}"
    only = ", in an emergency alone" if row.emergencies_only else ""
    begin = f"from {at(row.from_at)} " if row.from_at else ""
    end = f"until {at(row.to_at)}" if row.to_at else "without end"
    over = f"revoked {at(row.revoked_at)}" if row.revoked_at else ""
    if not over and _is_over(row, now):
        over = "over"
    tell_entry(
        f"{row.share_id}  {row.camera_id or row.site_id}  with {with_whom}",
        f"{_joined(words)}{only}, {begin}{end}",
        over,
    )


def _joined(words: Collection[str]) -> str:
    return ", ".join(words) or "nothing"


@share_app.command()
def revoke(
    share: Annotated[str, typer.Argument(metavar="SHARE", help="Its id.")],
    *,
    purpose: PurposeCode = "administration",
    registry: RegistryUrl = None,
    user: UserName = None,
    role: RoleName = None,
) -> None:
    """Take a share back; it opens nothing from that moment."""
    from coveragekit import access

    asked = access.Purpose(purpose)
    with door_of(registry, user, role) as (door, who):
        seen = access.get_row(who, asked, "share", key=share, registry=door)
        if seen.revoked_at is not None:
            message = f"{share} was revoked {at(seen.revoked_at)} already"
            raise InputError(message)
        access.change_row(
            who,
            asked,
            "share",
            key=share,
            values={"revoked_at": door.registry.clock()},
            revision=seen.revision,
            registry=door,
        )
    say(f"revoked: {share}")
