"""What the tests of serving look at from outside: the processes of a server."""

from __future__ import annotations

import contextlib
import time
from pathlib import Path

READY = "[data-ck-ready]"
KERNEL = (
    "JSON.parse(document.getElementById('jupyter-config-data')?.textContent ?? '{}')"
    ".kernelId"
)


def kernels_of(served) -> list[int]:
    """Give the kernels among the processes whose parent is the server."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):  # it may have ended meanwhile
            stat = (process / "stat").read_text("utf-8").rpartition(")")[2].split()
            line = (process / "cmdline").read_bytes()
            if int(stat[1]) == served._process.pid and b"ipykernel" in line:
                found.append(int(process.name))
    return found


def process_of(served, kernel: str) -> int:
    """Give the process of a kernel."""
    for pid in kernels_of(served):
        if kernel in Path(f"/proc/{pid}/cmdline").read_text("utf-8"):
            return pid
    raise AssertionError(kernel)


def have_ended(served, kernels: list[int], *, within_s: float = 90.0) -> bool:
    """Wait until none of some kernels is there any more."""
    until = time.monotonic() + within_s
    while set(kernels) & set(kernels_of(served)) and time.monotonic() < until:
        time.sleep(0.1)
    return not set(kernels) & set(kernels_of(served))
