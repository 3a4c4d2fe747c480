"""Start the kernel of a page as ipykernel does, but without its debugger."""

from __future__ import annotations

import runpy
import sys

__all__ = ["main"]


def main() -> None:
    """
    Start a kernel by the arguments of the command line, until it is shut down.

    Notes
    -----
    No page is debugged, and nobody who opens one should be able to: the debugger would
    run code that a message brings. Without it each viewer takes 7 MB less. The server
    starts its kernels by this, as ``kernels/python3/kernel.json`` beside it says.

    Examples
    --------
    >>> callable(main)
    True
    """
    # An import that is refused so is, to ipykernel, a debugger that is not installed.
    sys.modules["debugpy"] = None  # type: ignore[assignment]
    # The module that Jupyter itself starts Python's kernels by.
    runpy.run_module("ipykernel_launcher", run_name="__main__")


if __name__ == "__main__":
    main()
