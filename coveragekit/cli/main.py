"""Run a command, and end every fault of the input in one clear message."""

from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING

import click
import typer

from coveragekit.cli.commands import app
from coveragekit.cli.screen import err
from coveragekit.errors import CoverageKitError

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["main"]

EXIT_FAULT = 1
EXIT_USAGE = 2


def main(arguments: Sequence[str] | None = None) -> None:
    """
    Run the command line and leave with its exit code.

    Parameters
    ----------
    arguments
        The words after ``coveragekit``; those of the process when ``None``.

    Raises
    ------
    SystemExit
        Always: 0 done, 1 a fault in the input, 2 wrong usage.
    """
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(message)s")
    sys.exit(_run(arguments))


def _run(arguments: Sequence[str] | None) -> int:
    command = typer.main.get_command(app)
    words = None if arguments is None else list(arguments)
    try:
        code = command.main(args=words, standalone_mode=False, prog_name="coveragekit")
    except click.UsageError as error:
        error.show()
        return EXIT_USAGE
    except (click.Abort, KeyboardInterrupt):
        err.print("stopped: nothing was changed", style="yellow")
        return EXIT_FAULT
    except CoverageKitError as error:
        err.print(f"[bold red]error:[/] {_escaped(error)}", soft_wrap=True)
        return EXIT_FAULT
    return code if isinstance(code, int) else 0


def _escaped(error: CoverageKitError) -> str:
    from rich.markup import escape

    return escape(str(error))
