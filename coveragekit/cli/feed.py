"""What the commands of camera feeds share: who looks, at which camera, what for."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from coveragekit.cli.app import app
from coveragekit.cli.registry_app import door_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from coveragekit.access import User
    from coveragekit.access.looking import Looks

__all__ = ["CameraId", "SettingsFile", "feed_app", "looks_of"]

feed_app = typer.Typer(
    no_args_is_help=True,
    help="Live cameras: whether they work, stills and clips of them.",
)
app.add_typer(feed_app, name="feed")

CameraId = Annotated[str, typer.Argument(metavar="CAMERA", help="Its id.")]
SettingsFile = Annotated[
    Path | None,
    typer.Option(
        "--feeds",
        metavar="FILE",
        help="Where cameras may be (TOML); COVERAGEKIT_FEEDS if not given.",
    ),
]


@contextlib.contextmanager
def looks_of(
    registry: str | None, user: str | None, role: str | None, *, feeds: Path | None
) -> Iterator[tuple[Looks, User]]:
    """
    Open what looks at cameras, for whoever sits before this machine.

    Parameters
    ----------
    registry
        Which registry.
    user, role
        Name and role, where they are given.
    feeds
        File that says where cameras may be.

    Yields
    ------
    tuple of Looks and User
        What looks, and who does; every look has ended when it is left.

    Raises
    ------
    RegistryError
        The registry cannot be opened.
    InputError
        The feed settings cannot be used.
    """
    from coveragekit.access.feed_settings import read_feed_settings
    from coveragekit.access.looking import Looks

    settings = read_feed_settings(feeds)
    with door_of(registry, user, role) as (door, who), Looks(door, settings) as looks:
        yield looks, who
