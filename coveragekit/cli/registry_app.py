"""What the commands of the registry share: who asks, which registry, what for."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from coveragekit.access import Door, User

__all__ = [
    "CaseNumber",
    "Offence",
    "PurposeCode",
    "RegistryUrl",
    "RoleName",
    "UserName",
    "audit_app",
    "door_of",
    "registry_app",
]

registry_app = typer.Typer(
    no_args_is_help=True,
    help="Owners, cameras, consent, footage requests and the audit log.",
)
audit_app = typer.Typer(
    no_args_is_help=True, help="Who looked at what and why: check it, read it."
)
registry_app.add_typer(audit_app, name="audit")

RegistryUrl = Annotated[
    str | None,
    typer.Option(
        "--registry",
        metavar="URL",
        help="A file, or postgresql://...; COVERAGEKIT_REGISTRY if not given.",
    ),
]
UserName = Annotated[
    str | None, typer.Option(help="Your name; that of the system if not given.")
]
RoleName = Annotated[
    str | None, typer.Option(help="Your role, where the registry does not list you.")
]
Offence = Annotated[str | None, typer.Option(help="The offence: NIBRS code or name.")]
CaseNumber = Annotated[str | None, typer.Option("--case", help="Case number.")]
PurposeCode = Annotated[
    str, typer.Option(help="What for: call, investigation, oversight, ...")
]


@contextlib.contextmanager
def door_of(
    registry: str | None, user: str | None, role: str | None
) -> Iterator[tuple[Door, User]]:
    """
    Open the door for whoever sits before this machine.

    Parameters
    ----------
    registry
        Which registry.
    user, role
        Name and role, where they are given.

    Yields
    ------
    tuple of Door and User
        The door, and who asks.

    Raises
    ------
    RegistryError
        The registry cannot be opened.
    """
    from coveragekit import access

    with access.open_door(registry) as door:
        yield door, access.local_user(user, role, registry=door)
