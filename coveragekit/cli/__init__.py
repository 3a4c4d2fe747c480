"""The command ``coveragekit``: rooms joined for people at a terminal."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["main"]


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
    try:
        from coveragekit.cli.run import run

        code = run(arguments)
    except KeyboardInterrupt:  # also while libraries are still being imported
        sys.stderr.write("stopped\n")
        code = 1
    sys.exit(code)
