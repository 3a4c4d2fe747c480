"""The commands that add and change rows of the registry, one at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from coveragekit.cli.registry_app import (
    PurposeCode,
    RegistryUrl,
    RoleName,
    UserName,
    door_of,
    registry_app,
)
from coveragekit.cli.registry_kinds import kind_of
from coveragekit.cli.screen import counted, out

if TYPE_CHECKING:
    from coveragekit.access import Corrected

__all__ = ["add", "change", "clock", "grants", "user_"]

Kind = Annotated[
    str, typer.Argument(help="owner, contact, site, authority, camera, share, ...")
]
Values = Annotated[
    list[str], typer.Argument(metavar="COLUMN=VALUE...", help="What it is to hold.")
]


def _told(values: list[str]) -> dict[str, str]:
    told = {}
    for item in values:
        name, sign, text = item.partition("=")
        if not (name and sign):
            message = f"{item!r} is not of the form COLUMN=VALUE, such as kind=business"
            raise typer.BadParameter(message)
        told[name.strip()] = text
    return told


@registry_app.command()
def add(
    kind: Kind,
    values: Values,
    *,
    purpose: PurposeCode = "administration",
    registry: RegistryUrl = None,
    user: UserName = None,
    role: RoleName = None,
) -> None:
    """Add a row: an owner, a contact, a site, who may sign for it, a share."""
    from coveragekit import access

    kind = kind_of(kind)
    read = access.read_values(kind, _told(values))
    with door_of(registry, user, role) as (door, who):
        row = access.add_row(
            who, access.Purpose(purpose), kind, values=read, registry=door
        )
    key = next(iter(row.__dataclass_fields__))
    out.print(f"added: {getattr(row, key)}", markup=False)


@registry_app.command()
def change(  # noqa: PLR0913 - which row, what, and what was seen of it
    kind: Kind,
    key: Annotated[str, typer.Argument(metavar="ID", help="Its id.")],
    values: Values,
    *,
    revision: Annotated[
        int, typer.Option(min=1, help="Its revision when you saw it (show tells).")
    ],
    purpose: PurposeCode = "administration",
    registry: RegistryUrl = None,
    user: UserName = None,
    role: RoleName = None,
) -> None:
    """Change a row, unless somebody else did since you saw it."""
    from coveragekit import access

    kind = kind_of(kind)
    read = access.read_values(kind, _told(values))
    with door_of(registry, user, role) as (door, who):
        row = access.change_row(
            who,
            access.Purpose(purpose),
            kind,
            key=key,
            values=read,
            revision=revision,
            registry=door,
        )
    out.print(f"changed: {key}, now of revision {row.revision}", markup=False)


@registry_app.command()
def clock(
    *,
    sure: Annotated[
        bool,
        typer.Option("--sure", help="The clock is right, though the log is old."),
    ] = False,
    correct: Annotated[
        int | None,
        typer.Option(
            metavar="LINE",
            min=0,
            help="The log was written by a clock that was ahead, from this line on; "
            "0 says which line that is.",
        ),
    ] = None,
    registry: RegistryUrl = None,
    user: UserName = None,
    role: RoleName = None,
) -> None:
    """Write down what has fallen due: consents that ended, footage overwritten."""
    from coveragekit import access

    with door_of(registry, user, role) as (door, who):
        if sure:
            access.accept_clock(who, registry=door)
        if correct is not None:
            # Without a number the refusal names the line that has to be looked at.
            cured = access.correct_clock(
                who, first_wrong=correct or None, registry=door
            )
            _tell_cure(cured)
        done = access.run_clock(door)
    consents = counted(done["consents"], "consent")
    out.print(f"{consents} and {counted(done['requests'], 'request')} moved")


def _tell_cure(cured: Corrected) -> None:
    out.print(
        f"corrected: {counted(cured.lines, 'line')} from line {cured.first_wrong:,} on "
        "written by a wrong clock; the log counts its time anew"
    )
    for camera_id in cured.ended:
        out.print(f"its consent ended by that clock, ask the owner: {camera_id}")


@registry_app.command()
def grants(
    name: Annotated[
        str, typer.Argument(metavar="ROLE", help="A role of PostgreSQL, not the owner.")
    ],
) -> None:
    """Print what the tables' owner runs, so that a role can only add to the log."""
    from coveragekit import access

    for statement in access.grant_statements(name):
        out.print(f"{statement};", markup=False)


@registry_app.command(name="user")
def user_(
    name: Annotated[str, typer.Argument(help="As the sign-on or the system says it.")],
    *,
    is_: Annotated[
        str, typer.Option("--is", metavar="ROLE", help="The person's role.")
    ],
    gone: Annotated[
        bool, typer.Option("--gone", help="The person may do nothing any more.")
    ] = False,
    registry: RegistryUrl = None,
    user: UserName = None,
    role: RoleName = None,
) -> None:
    """Say who has which role; who is listed has no other."""
    from coveragekit import access

    office = access.Purpose("administration")
    values = {"role": is_, "active": not gone}
    with door_of(registry, user, role) as (door, who):
        page = access.list_rows(who, office, "app_user", registry=door, name=name)
        if page.rows:
            seen = page.rows[0]
            access.change_row(
                who,
                office,
                "app_user",
                key=seen.user_id,
                values=values,
                revision=seen.revision,
                registry=door,
            )
        else:
            new = {"name": name, **values}
            access.add_row(who, office, "app_user", values=new, registry=door)
    state = "may do nothing any more" if gone else f"is {is_}"
    out.print(f"{name} {state}", markup=False)
