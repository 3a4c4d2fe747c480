"""Keep the back room running: start it, start it again when it died, end it."""

from __future__ import annotations

import contextlib
import logging
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

from coveragekit.dashboards.backroom import ADDRESS, KEY

if TYPE_CHECKING:
    from os import PathLike

__all__ = ["BackroomKeeper", "PrivatePlace"]

_log = logging.getLogger(__name__)
_STOP_WITHIN_S: Final = 4.0
_HEALTHY_S: Final = 30.0
_LONGEST_PAUSE_S: Final = 10.0
# The name of a Unix socket may have 107 characters, less the name in the folder.
_LONGEST_FOLDER: Final = 80


class PrivatePlace:
    """
    Where processes of one user meet: a socket in a folder that nobody else can enter.

    Attributes
    ----------
    address
        Path of the socket, or name of a pipe on Windows.
    """

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="coveragekit-", dir=_roomy()))
        self.address = str(self._folder / "s")
        if os.name == "nt":
            self.address = rf"\\.\pipe\coveragekit-{secrets.token_hex(16)}"

    def remove(self) -> None:
        """Take the folder away; again does nothing."""
        shutil.rmtree(self._folder, ignore_errors=True)


def _roomy() -> str | None:
    """Give a folder whose name leaves room for that of a socket."""
    for parent in (tempfile.gettempdir(), os.environ.get("XDG_RUNTIME_DIR", "")):
        if parent and len(parent) < _LONGEST_FOLDER and Path(parent).is_dir():
            return parent
    return None


class BackroomKeeper:
    """
    Starts the helper process of a server, and keeps it running.

    Parameters
    ----------
    study
        The study's folder.

    Attributes
    ----------
    environment
        What kernels need to know to reach the helper, as environment variables.

    Notes
    -----
    The socket is in a folder that only this user can enter, and who connects has to
    prove that it knows a random key. A helper that died is started again at once, and
    after ever longer pauses where it keeps dying.
    """

    def __init__(self, study: str | PathLike[str]) -> None:
        self._study = Path(study)
        self._place = PrivatePlace()
        self.environment = {
            ADDRESS: self._place.address,
            KEY: secrets.token_hex(32),
        }
        self._is_stopping = threading.Event()
        self._process = self._start()
        self._watch = threading.Thread(
            target=self._keep, name="backroom-keeper", daemon=True
        )
        self._watch.start()

    @property
    def pid(self) -> int:
        """Number of the helper's process, another one after it died."""
        return self._process.pid

    def stop(self) -> None:
        """End the helper and take its folder away; again does nothing."""
        self._is_stopping.set()
        self._watch.join(_STOP_WITHIN_S)
        _end(self._process)
        self._place.remove()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.stop()

    def _start(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(  # noqa: S603 - our own module, our own arguments
            [
                sys.executable,
                "-m",
                "coveragekit.dashboards.backroom_process",
                str(self._study),
            ],
            stdin=subprocess.PIPE,
            env={**os.environ, **self.environment, "MPLBACKEND": "agg"},
        )

    def _keep(self) -> None:
        pause_s = 0.0
        began = time.monotonic()
        while not self._is_stopping.wait(0.1):
            code = self._process.poll()
            if code is None:
                continue
            _log.error("the back room ended with code %s and is started again", code)
            if time.monotonic() - began > _HEALTHY_S:
                pause_s = 0.0
            if self._is_stopping.wait(pause_s):
                return
            pause_s = min(2.0 * pause_s + 0.25, _LONGEST_PAUSE_S)
            _end(self._process)
            self._process, began = self._start(), time.monotonic()


def _end(process: subprocess.Popen[bytes]) -> None:
    """Close a process's input, which ends it, or end it the hard way."""
    if process.stdin is not None:
        with contextlib.suppress(OSError):
            process.stdin.close()
    try:
        process.wait(_STOP_WITHIN_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
