"""Run Voila in a process of its own, and end it when its parent is gone."""

from __future__ import annotations

import json
import logging
import os
import signal
import sys
import threading
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any

from coveragekit.dashboards.backroom_keeper import BackroomKeeper
from coveragekit.dashboards.engine_messages import LONGEST
from coveragekit.dashboards.faults import log_to_file
from coveragekit.dashboards.serving import Serving, proof_of
from coveragekit.dashboards.visit_desk import VisitDesk

if TYPE_CHECKING:
    from typing import IO

__all__ = ["HERE", "main", "settings"]

_log = logging.getLogger("coveragekit.dashboards.engine")
HERE = Path(__file__).parent
_CULL_EVERY_S = 60
# The browser itself refuses every other host. Jupyter's widgets need inline and
# evaluated scripts; anywidget imports its modules from blob addresses.
_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval' blob: data:; "
    "style-src 'self' 'unsafe-inline' blob: data:; img-src 'self' data: blob:; "
    "font-src 'self' data:; worker-src 'self' blob:; connect-src 'self'; "
    # a live picture is put together in the page, which gives it a blob address
    "media-src blob:; object-src 'none'; base-uri 'self'; frame-ancestors 'self'"
)
# A kernel's threads need no heap each, and its algebra is small: this saves a tenth of
# its memory.
_THRIFT = {
    "MALLOC_ARENA_MAX": "2",
    "MALLOC_TRIM_THRESHOLD_": "131072",
    "OPENBLAS_NUM_THREADS": "1",
}
_TORNADO = {
    # Else a foreign site could rebind its name to this machine and read the page.
    "allow_remote_access": False,
    "websocket_max_message_size": LONGEST,
    "headers": {
        "Content-Security-Policy": _POLICY,
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
    },
}


def _log_request(handler: Any) -> None:  # noqa: ANN401 - any of Tornado's handlers
    """Log what was not answered well, without the query, which may hold the token."""
    status = handler.get_status()
    if status >= HTTPStatus.BAD_REQUEST:
        asked = handler.request
        _log.warning("%d %s %s", status, asked.method, asked.path)


def settings(serving: Serving, *, port: int) -> dict[str, dict[str, object]]:
    """
    Give the configuration of Voila for one notebook.

    Parameters
    ----------
    serving
        Where it listens, who may come in, and how many.
    port
        A free port.

    Returns
    -------
    dict
        Class to trait to value, as ``traitlets`` takes them.

    Notes
    -----
    No traceback is shown, and the template and theme cannot be changed by the address.
    A kernel ends when its page is closed, or, where the page could not say so, when
    nobody has been connected to it for a while; one whose page is open stays. One that
    died is not started again, because nothing of the page would be in it. Nobody else
    on the machine can listen to the kernels, because they speak through sockets in a
    private folder (where there are such: not on Windows).

    Examples
    --------
    >>> settings(Serving(), port=8866)["Voila"]["ip"]
    '127.0.0.1'
    """
    cull_every_s = max(1, min(_CULL_EVERY_S, serving.cull_after_s // 2))
    config: dict[str, dict[str, object]] = {
        "Voila": {
            "ip": serving.listen,
            "port": port,
            "port_retries": 0,
            "open_browser": False,
            "log_level": "WARN",
            "config_file_paths": [],
            "base_url": serving.base_url,
            "tornado_settings": {
                **_TORNADO,
                "local_hostnames": ["localhost", *serving.hosts],
                "log_function": _log_request,
            },
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
            "preheat_kernel": serving.preheat > 0,
            "default_pool_size": serving.preheat,
        },
        "MappingKernelManager": {
            "cull_idle_timeout": serving.cull_after_s,
            "cull_interval": cull_every_s,
            "cull_connected": False,
        },
        "KernelManager": {"autorestart": False},
    }
    if sys.platform != "win32":
        config["KernelManager"]["transport"] = "ipc"
    return config


def main(notebook: str, port: int) -> None:
    """
    Run Voila until it is told to stop, or until standard input ends.

    Parameters
    ----------
    notebook
        The notebook to show.
    port
        A free port.

    Notes
    -----
    The first line of standard input says how to serve, so that no secret stands in an
    environment or a list of processes. The parent holds the other end: when it dies,
    however suddenly, the pipe closes and Voila stops with its kernels and the back
    room; nothing is left behind.
    """
    log_to_file()
    logging.getLogger("coveragekit").setLevel(logging.INFO)
    told = json.loads(sys.stdin.readline())
    serving = Serving.from_json(told["serving"])
    folders = [str(HERE), *filter(None, [os.environ.get("JUPYTER_PATH")])]
    os.environ["JUPYTER_PATH"] = os.pathsep.join(folders)
    study = os.environ["COVERAGEKIT_STUDY"]
    watcher = threading.Thread(
        target=_stop_at_end_of, args=(sys.stdin,), name="parent-watch", daemon=True
    )
    with BackroomKeeper(study) as backroom, VisitDesk() as desk:
        os.environ.update(backroom.environment)
        os.environ.update(desk.environment)
        for name, value in _THRIFT.items():
            os.environ.setdefault(name, value)
        from traitlets.config import Config

        from coveragekit.dashboards.engine_app import Engine, Identity, Kernels

        config = Config(settings(serving, port=port))
        config.Voila.identity_provider_class = Identity
        config.VoilaConfiguration.multi_kernel_manager_class = Kernels
        app = Engine.instance(config=config)
        app.serving, app.desk, app.study = serving, desk, Path(study)
        app.proof = proof_of(told["nonce"])
        app.initialize([notebook])
        watcher.start()
        app.start()


def _stop_at_end_of(pipe: IO[str]) -> None:
    pipe.read()
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
