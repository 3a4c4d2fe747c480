"""Serve a study's dashboards on this machine."""

from __future__ import annotations

import contextlib
import getpass
import http.client
import json
import os
import secrets
import socket
import subprocess
import sys
import time
import webbrowser
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Self

from coveragekit.dashboards.serve_live import live_environment
from coveragekit.dashboards.serving import LOOPBACK, STAFF, Serving, proof_of
from coveragekit.errors import InputError, SourceUnavailable

if TYPE_CHECKING:
    from collections.abc import Mapping
    from os import PathLike

__all__ = [
    "ROLES",
    "Served",
    "notebook_path",
    "serve",
    "serve_planner",
]

ROLES = STAFF
_HERE = Path(__file__).parent
_WHO = "X-Coveragekit-Server"
_ATTEMPTS = 3
_READY_WITHIN_S = 60.0
_STOP_WITHIN_S = 8.0
_LOG_TAIL = 1500


@dataclass(slots=True)
class Served:
    """
    Dashboards that are being served; usable as a context manager.

    Parameters
    ----------
    url
        Where to point the browser; where there is no sign-on it ends in a token,
        without which nobody is let in.
    log_path
        File in which faults are written down, with their reference numbers.
    """

    url: str
    log_path: Path
    _process: subprocess.Popen[bytes] = field(repr=False)

    def page(self, query: str = "") -> str:
        """
        Give the address of the page with a query.

        Parameters
        ----------
        query
            What stands behind the question mark.

        Returns
        -------
        str
            The address.
        """
        return (
            self.url + ("&" if "?" in self.url else "?") + query if query else self.url
        )

    def is_running(self) -> bool:
        """Whether the server has not ended."""
        return self._process.poll() is None

    def wait(self) -> None:
        """Wait until the server ends; ``KeyboardInterrupt`` passes through."""
        self._process.wait()

    def stop(self) -> None:
        """Stop the server and every kernel of it; again does nothing."""
        if self._process.stdin is not None:
            with contextlib.suppress(OSError):
                self._process.stdin.close()
        if self._process.poll() is None:
            self._process.terminate()
        try:
            self._process.wait(_STOP_WITHIN_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.stop()


def notebook_path(name: str) -> Path:
    """
    Give the notebook of a dashboard, as shipped or in a checkout.

    Parameters
    ----------
    name
        Name of the dashboard, such as ``"planner"``.

    Returns
    -------
    pathlib.Path
        The file.

    Raises
    ------
    SourceUnavailable
        The notebook is in neither place: the installation is incomplete.

    Examples
    --------
    >>> notebook_path("planner").name
    'planner.ipynb'
    """
    file = f"{name}.ipynb"
    shipped = _HERE / "notebooks" / file
    checkout = _HERE.parent.parent / "notebooks" / "dashboards" / file
    for path in (shipped, checkout):
        if path.is_file():
            return path
    message = (
        f"the notebook {file} is neither at {shipped} nor at {checkout}; install "
        "coveragekit again"
    )
    raise SourceUnavailable(message)


def serve_planner(  # noqa: PLR0913 - how one page is served
    study: str | PathLike[str],
    *,
    port: int = 0,
    user: str | None = None,
    role: str | None = None,
    serving: Serving | None = None,
    registry: str | None = None,
    told: Mapping[str, str] | None = None,
    open_browser: bool = False,
) -> Served:
    """
    Serve the planner of a built study on this machine, and return once it answers.

    Parameters
    ----------
    study
        The study's folder.
    port
        Port of the loopback interface, 1 to 65535, or 0 for any free one.
    user
        Name shown on the page; by default the one of the operating system.
    role
        Role of the user, one of ``ROLES``, by default analyst.
    serving
        How to serve; by default on this machine alone, to whoever has the address.
    registry
        A file or an address; by default what ``COVERAGEKIT_REGISTRY`` names, else the
        user's own. Where ``COVERAGEKIT_FEEDS`` names feed settings, the page offers
        live pictures of its cameras.
    told
        What the page's kernels find in their environment.
    open_browser
        Open the page in the default browser.

    Returns
    -------
    Served
        The address, and the handle that stops it.

    Raises
    ------
    InputError
        A port out of range or in use, a role that there is not, or unfit feed settings.
    StudyError
        The folder is no study, or was never built, or by another version.
    RegistryError
        The registry that is named is not there, or cannot be opened.
    SourceUnavailable
        The server did not start; the message ends with what it said.

    Notes
    -----
    Voila runs in a process of its own on 127.0.0.1. Others on this machine cannot open
    the page, because the address ends in a random token, which the browser keeps in a
    cookie. Behind a sign-on proxy there is no token, and the proxy says who comes.
    """
    from coveragekit.study import Study
    from coveragekit.view import Store

    settings = (serving or Serving()).changed(user=user, role=role)
    Store.open(Study.open(study).results().path)  # else each page would say so
    return serve(
        "planner",
        study,
        port=port,
        serving=settings,
        open_browser=open_browser,
        told=live_environment(registry, told or {}),
    )


def serve(
    name: str,
    study: str | PathLike[str],
    *,
    port: int = 0,
    serving: Serving | None = None,
    open_browser: bool = False,
    told: Mapping[str, str] | None = None,
) -> Served:
    """
    Serve one dashboard of a built study; see :func:`serve_planner`.

    Parameters
    ----------
    name
        Name of the dashboard, such as ``"planner"``.
    study
        The study's folder.
    port
        Port of the loopback interface, 1 to 65535, or 0 for any free one.
    serving
        How to serve, and to whom; by default on this machine alone.
    open_browser
        Open the page in the default browser.
    told
        Variables that the page's kernels find in their environment.

    Returns
    -------
    Served
        The address, and the handle that stops it.

    Raises
    ------
    InputError
        A port that is out of range or in use, or a role that there is not.
    StudyError
        The folder is no study, or was never built.
    SourceUnavailable
        The server did not start; the message ends with what it said.
    """
    from coveragekit.study import Study

    settings = _complete(serving or Serving())
    opened = Study.open(study)
    opened.results()
    _check_port(port, listen=settings.listen)
    notebook, log_path = notebook_path(name), _log_path()
    environment = {
        **os.environ,
        "COVERAGEKIT_STUDY": str(opened.path.resolve()),
        "COVERAGEKIT_LOG": str(log_path),
        **(told or {}),
    }
    start = _Start(notebook, settings, environment, log_path)
    # Somebody may take a free port between our look and Voila's, so another is tried.
    for _ in range(1 if port else _ATTEMPTS):
        served = start.at(port or _free_port())
        if served is not None:
            if open_browser:
                webbrowser.open(served.url)
            return served
    said = log_path.read_text("utf-8", "replace")[-_LOG_TAIL:].strip()
    message = f"the dashboard did not start; see {log_path}. It said: {said}"
    raise SourceUnavailable(message)


def _complete(serving: Serving) -> Serving:
    """Give each setting that was left open a value."""
    named = serving.changed(user=serving.user or _os_user())
    if named.proxy is None and not named.token:
        return named.changed(token=secrets.token_urlsafe(24))
    return named


def _check_port(port: int, *, listen: str) -> None:
    if not 0 <= port <= 65535:
        message = f"port {port} is out of range; allowed: 1 to 65535, or 0 for any free"
        raise InputError(message)
    if port == 0:
        return
    try:
        family = socket.AF_INET6 if ":" in listen else socket.AF_INET
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((listen, port))
    except OSError as error:
        message = (
            f"port {port} cannot be used: {error.strerror or error}; choose another, "
            "or 0 for any free one"
        )
        raise InputError(message) from error


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def _os_user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):  # a system account without a name
        return "unnamed"


def _log_path() -> Path:
    """Give the file for faults, readable by nobody else."""
    given = os.environ.get("COVERAGEKIT_LOG")
    if given:
        path = Path(given)
    else:
        from platformdirs import user_log_path

        path = user_log_path("coveragekit", appauthor=False) / "dashboards.log"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
    except OSError as error:
        message = (
            f"the log {path} cannot be written: {error.strerror or error}; name "
            "another file in COVERAGEKIT_LOG"
        )
        raise SourceUnavailable(message) from error
    return path


@dataclass(frozen=True, slots=True)
class _Start:
    """What a server is started with."""

    notebook: Path
    serving: Serving
    environment: dict[str, str]
    log_path: Path

    def at(self, port: int) -> Served | None:
        """Start it at a port, and wait until it answers."""
        command = [
            sys.executable,
            "-m",
            "coveragekit.dashboards.engine",
            str(self.notebook),
            str(port),
        ]
        with self.log_path.open("ab") as log:
            process = subprocess.Popen(  # noqa: S603 - our own module and arguments
                command,
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                env=self.environment,
                cwd=self.notebook.parent,
                # Ctrl-C is for us; we tell the server to stop in good order.
                start_new_session=True,
            )
        served = Served(self._url(port), self.log_path, process)
        nonce = secrets.token_hex(16)
        with contextlib.ExitStack() as undo:
            undo.callback(served.stop)
            self._say(process, nonce)
            if self._answers(served, port, proof=proof_of(nonce)):
                undo.pop_all()
                return served
        return None

    def _url(self, port: int) -> str:
        token = f"?token={self.serving.token}" if self.serving.token else ""
        host = self.serving.listen
        named = f"[{host}]" if ":" in host else host
        return f"http://{named}:{port}{self.serving.base_url}{token}"

    def _say(self, process: subprocess.Popen[bytes], nonce: str) -> None:
        """Say how to serve where no other process can read it."""
        told = json.dumps({"serving": self.serving.as_json(), "nonce": nonce}) + "\n"
        if process.stdin is not None:
            with contextlib.suppress(OSError):  # it has ended; its log says why
                process.stdin.write(told.encode("utf-8"))
                process.stdin.flush()

    def _answers(self, served: Served, port: int, *, proof: str) -> bool:
        """
        Wait until the server answers; ``False`` where it ended or never answered.

        Another program may have taken the port meanwhile: its answer proves nothing.
        """
        until = time.monotonic() + _READY_WITHIN_S
        path = f"{self.serving.base_url}coveragekit/health"
        host = {"0.0.0.0": LOOPBACK, "::": "::1"}.get(  # noqa: S104 - asked, not listened at
            self.serving.listen, self.serving.listen
        )
        while time.monotonic() < until and served.is_running():
            try:
                connection = http.client.HTTPConnection(host, port, timeout=2.0)
                with contextlib.closing(connection):
                    connection.request("HEAD", path)
                    if connection.getresponse().getheader(_WHO) == proof:
                        return served.is_running()
            except (OSError, http.client.HTTPException):
                pass  # it is not there yet
            time.sleep(0.1)
        return False
