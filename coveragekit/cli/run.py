"""Run a command, and end every fault of the input in one clear message."""

from __future__ import annotations

import logging
import sys
from io import TextIOWrapper
from typing import TYPE_CHECKING

import typer
from rich.markup import escape

from coveragekit.cli import (
    commands,
    feed,
    feed_devices,
    feed_pictures,
    feed_probe,
    feed_uptime,
    making,
    pages,
    registry,
    registry_audit,
    registry_authority,
    registry_consent,
    registry_erase,
    registry_feeds,
    registry_fees,
    registry_import,
    registry_leaving,
    registry_letters,
    registry_list,
    registry_moves,
    registry_prospects,
    registry_requests,
    registry_rows,
    registry_share,
    registry_submissions,
    registry_zones,
    taking,
)
from coveragekit.cli.app import app
from coveragekit.cli.hints import hint_of
from coveragekit.cli.screen import err
from coveragekit.errors import CoverageKitError

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["run"]

EXIT_FAULT = 1
# In the order in which the help lists their commands.
COMMANDS = (
    *(making, commands, taking, pages),
    *(registry, registry_import, registry_feeds, registry_list, registry_rows),
    *(registry_consent, registry_audit),
    *(registry_authority, registry_submissions),
    *(registry_requests, registry_letters, registry_moves),
    *(registry_fees, registry_share, registry_zones, registry_prospects),
    *(registry_leaving, registry_erase),
    *(feed, feed_probe, feed_uptime, feed_pictures, feed_devices),
)


def run(arguments: Sequence[str] | None) -> int:
    """
    Run the command line and give its exit code.

    Parameters
    ----------
    arguments
        The words after ``coveragekit``; those of the process when ``None``.

    Returns
    -------
    int
        0 done, 1 a fault in the input, 2 wrong usage.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # a name may not fit a Windows code page
            stream.reconfigure(errors="replace")
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(message)s")
    command = typer.main.get_command(app)
    words = None if arguments is None else list(arguments)
    try:
        command.main(args=words, prog_name="coveragekit")
    except CoverageKitError as error:
        hint = hint_of(error)
        told = f"{error}\n  {hint}" if hint else str(error)
        err.print(f"[bold red]error:[/] {escape(told)}")
        return EXIT_FAULT
    except OSError as error:
        named = f": {error.filename}" if error.filename else ""
        cause = f"{error.strerror or error}{named}"
        err.print(f"[bold red]error:[/] {escape(cause)}")
        return EXIT_FAULT
    except SystemExit as error:  # how the command line ends, well or not
        return error.code if isinstance(error.code, int) else EXIT_FAULT
    return 0
