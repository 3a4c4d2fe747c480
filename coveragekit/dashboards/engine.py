"""Run Voila in a process of its own, and end it when its parent is gone."""

from __future__ import annotations

import os
import signal
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from typing import IO

__all__ = ["HERE", "give_token", "main", "settings"]

HERE = Path(__file__).parent
_CULL_AFTER_S = 600
_CULL_EVERY_S = 60
# The browser itself refuses every other host. Jupyter's widgets need inline and
# evaluated scripts; anywidget imports its modules from blob addresses.
_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval' blob: data:; "
    "style-src 'self' 'unsafe-inline' blob: data:; img-src 'self' data: blob:; "
    "font-src 'self' data:; worker-src 'self' blob:; connect-src 'self'; "
    "object-src 'none'; base-uri 'self'; frame-ancestors 'self'"
)
_TORNADO = {
    # Else a foreign site could rebind its name to this machine and read the page.
    "allow_remote_access": False,
    "headers": {
        "Content-Security-Policy": _POLICY,
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
    },
}


def settings(*, port: int) -> dict[str, dict[str, object]]:
    """
    Give the configuration of Voila for one notebook on this machine alone.

    Parameters
    ----------
    port
        A free port of the loopback interface.

    Returns
    -------
    dict
        Class to trait to value, as ``traitlets`` takes them.

    Notes
    -----
    No file is served, no traceback is shown, the template and theme cannot be changed
    by the address, and a kernel ends when its page is closed, at the latest ten minutes
    after; one whose page is open stays. Nobody else on the machine can listen to the
    kernels, because they speak through sockets in a private folder (where there are
    such: not on Windows).

    Examples
    --------
    >>> settings(port=8866)["Voila"]["ip"]
    '127.0.0.1'
    """
    config: dict[str, dict[str, object]] = {
        "Voila": {
            "ip": "127.0.0.1",
            "port": port,
            "port_retries": 0,
            "open_browser": False,
            "log_level": "WARN",
            "config_file_paths": [],
            "tornado_settings": _TORNADO,
        },
        "VoilaConfiguration": {
            "template": "coveragekit",
            "theme": "light",
            "allow_template_override": "NO",
            "allow_theme_override": "NO",
            "strip_sources": True,
            "show_tracebacks": False,
            "file_allowlist": [],
            "file_denylist": [".*"],
            "prelaunch_hook": give_token,
        },
        "MappingKernelManager": {
            "cull_idle_timeout": _CULL_AFTER_S,
            "cull_interval": _CULL_EVERY_S,
            "cull_connected": False,
        },
    }
    if sys.platform != "win32":
        config["KernelManager"] = {"transport": "ipc"}
    return config


def give_token(handler: Any, notebook: object, cwd: str) -> None:  # noqa: ANN401, ARG001
    """
    Give a page the token with which it may end its own kernel when it is closed.

    Parameters
    ----------
    handler
        The request's handler; reading its token sets the cookie.
    notebook, cwd
        Given by Voila, not used.

    Notes
    -----
    Voila 0.5 sends the token back on closing but never gives it out, so that the server
    refuses and each closed page leaves a kernel behind until it is culled.
    """
    _ = handler.xsrf_token


def main(notebook: str, port: int) -> None:
    """
    Run Voila until it is told to stop, or until standard input ends.

    Parameters
    ----------
    notebook
        The notebook to show.
    port
        A free port of the loopback interface.

    Notes
    -----
    The parent holds the other end of standard input. When the parent dies, however
    suddenly, the pipe closes and Voila stops with its kernels; nothing is left behind.
    """
    folders = [str(HERE), *filter(None, [os.environ.get("JUPYTER_PATH")])]
    os.environ["JUPYTER_PATH"] = os.pathsep.join(folders)
    from traitlets.config import Config
    from voila.app import Voila

    watcher = threading.Thread(
        target=_stop_at_end_of, args=(sys.stdin,), name="parent-watch", daemon=True
    )
    watcher.start()
    app = Voila.instance(config=Config(settings(port=port)))
    app.initialize([notebook])
    app.start()


def _stop_at_end_of(pipe: IO[str]) -> None:
    pipe.read()
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
