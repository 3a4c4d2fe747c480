"""The owner's form, served by itself."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import typer

from coveragekit.cli.app import get_pages_ready
from coveragekit.cli.screen import err, out

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["serve_form"]


def serve_form(
    folder: Path,
    *,
    port: int,
    settings: Path | None,
    catalogue: Path | None,
    registry: str | None,
) -> None:
    """
    Serve the form by which owners register cameras, until it is stopped.

    Parameters
    ----------
    folder
        A built study.
    port
        Port to listen at, 0 for any free one.
    settings
        A file with a table ``form``, or ``None``.
    catalogue
        A list of camera models, or ``None`` for the generic one.
    registry
        Which registry; the user's own where ``None``.

    Raises
    ------
    InputError
        A setting, the catalogue or the port cannot be used.
    StudyError
        The folder is no built study.
    RegistryError
        The registry cannot be opened.
    """
    from coveragekit import access, server

    read = (
        server.FrontFile(server.Front())
        if settings is None
        else server.read_front(settings)
    )
    models = None if catalogue is None else server.read_catalogue(catalogue)
    get_pages_ready()
    with (
        access.open_door(registry) as door,
        server.serve_public(
            folder,
            server.Registered(door),
            port=port,
            address=read.address,
            front=read.front,
            catalogue=models,
        ) as form,
    ):
        door.sign()
        if not read.front.contact:
            err.print(
                "[yellow]note:[/] owners who lost their code are sent to the agency's "
                "front desk, because no contact is named; name one in --settings: "
                'contact = "404 555 0100"'
            )
        with contextlib.suppress(KeyboardInterrupt):
            # An address that is broken in two cannot be clicked.
            out.print(f"owner's form: {form.url}  (Ctrl-C stops it)", soft_wrap=True)
            form.wait()
            err.print("the form's server has ended by itself")
            raise typer.Exit(code=1)
    out.print("stopped")
